//! Binance as it speaks: spot, USD-M, COIN-M.

mod depth;
mod derivatives;
mod history;
mod listings;
mod names;
mod private;
mod rest;
mod session;
mod voice;
mod wire;

use crate::protocol::{Manners, Protocol};
use engine_model::venue::VenueId;
use std::time::Duration;

pub(crate) static PROTOCOL: Protocol =
    Protocol { manners, listings: listings::of, voice: |floor| Box::new(voice::Voice::new(floor)) };

fn manners(venue: VenueId) -> Manners {
    let is_spot = venue == VenueId::BinanceSpot;
    Manners {
        dense_ids: is_spot,
        ping_every: Duration::from_secs(if is_spot { 20 } else { 180 }),
        pong_within: Duration::from_secs(if is_spot { 60 } else { 600 }),
        client_messages_a_second_max: if is_spot { 5 } else { 10 },
    }
}
