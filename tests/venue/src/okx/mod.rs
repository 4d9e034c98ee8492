//! OKX v5 as it speaks: spot and swaps on one public path, candles on another, accounts on a third; swaps in
//! contracts of a face value.

mod derivatives;
mod history;
mod listings;
mod private;
mod rest;
mod session;
mod voice;
mod wire;

use crate::listing::Listing;
use crate::protocol::{Manners, Protocol};
use engine_model::instrument::ContractKind;
use std::time::Duration;

pub(crate) static PROTOCOL: Protocol =
    Protocol { manners: |_| MANNERS, listings: listings::of, voice: |floor| Box::new(voice::Voice::new(floor)) };

/// It never pings. Of messages it limits those that subscribe, 480 an hour, which no test here comes near.
const MANNERS: Manners = Manners {
    dense_ids: false,
    ping_every: Duration::MAX,
    pong_within: Duration::from_secs(600),
    client_messages_a_second_max: 100,
};

fn is_swap(listing: &Listing) -> bool {
    listing.instrument.kind != ContractKind::Spot
}

/// What the venue calls the kind of instrument.
fn instrument_type(listing: &Listing) -> &'static str {
    if is_swap(listing) { "SWAP" } else { "SPOT" }
}

/// The pair that an instrument is on, and the name of its index: `BTC-USD` of `BTC-USD-SWAP`.
fn pair(listing: &Listing) -> &str {
    listing.name().trim_end_matches("-SWAP")
}
