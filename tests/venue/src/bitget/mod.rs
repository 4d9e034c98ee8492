//! Bitget v2 as it speaks: spot and three types of contracts on one socket, each symbol with its type.

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
use std::time::Duration;

pub(crate) static PROTOCOL: Protocol =
    Protocol { manners: |_| MANNERS, listings: listings::of, voice: |floor| Box::new(voice::Voice::new(floor)) };

/// It never pings, and takes ten messages a second.
const MANNERS: Manners = Manners {
    dense_ids: false,
    ping_every: Duration::MAX,
    pong_within: Duration::from_secs(600),
    client_messages_a_second_max: 10,
};

/// Types of instrument, spot first.
const TYPES: [&str; 4] = ["SPOT", "USDT-FUTURES", "USDC-FUTURES", "COIN-FUTURES"];

/// The type of a listing, which stands in front of its symbol.
fn type_of(listing: &Listing) -> &str {
    listing.instrument.symbol.as_str().split_once(':').map_or("", |(kind, _)| kind)
}
