//! Bybit v5 as it speaks: spot, linear and inverse, each on a socket of its own, all on one host.

mod derivatives;
mod history;
mod listings;
mod private;
mod rest;
mod session;
mod ticker;
mod voice;
mod wire;

use crate::protocol::{Manners, Protocol};
use std::time::Duration;

pub(crate) static PROTOCOL: Protocol =
    Protocol { manners: |_| MANNERS, listings: listings::of, voice: |floor| Box::new(voice::Voice::new(floor)) };

/// It never pings, and names no limit of messages.
const MANNERS: Manners = Manners {
    dense_ids: false,
    ping_every: Duration::MAX,
    pong_within: Duration::from_secs(600),
    client_messages_a_second_max: 100,
};
