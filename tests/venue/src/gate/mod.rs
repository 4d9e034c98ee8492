//! Gate v4 as it speaks: spot, and the perpetuals by what they are settled in, each on a socket of its own.

mod derivatives;
mod history;
mod listings;
mod private;
mod rest;
mod session;
mod voice;
mod wire;

use crate::protocol::{Manners, Protocol};
use engine_model::venue::VenueId;
use std::time::Duration;

pub(crate) static PROTOCOL: Protocol =
    Protocol { manners: |_| MANNERS, listings: listings::of, voice: |floor| Box::new(voice::Voice::new(floor)) };

/// It names no limit of messages on public channels.
const MANNERS: Manners = Manners {
    dense_ids: true,
    ping_every: Duration::from_secs(15),
    pong_within: Duration::from_secs(60),
    client_messages_a_second_max: 200,
};

/// What sends sizes of contracts with decimals, in the head of a request; without it they are cut to whole numbers.
const DECIMALS: &str = "X-Gate-Size-Decimal";

fn is_spot(venue: VenueId) -> bool {
    venue == VenueId::GateSpot
}

/// What a contract of that name is settled in, as paths have it.
fn settle(name: &str) -> &'static str {
    if name.ends_with("_USD") { "btc" } else { "usdt" }
}
