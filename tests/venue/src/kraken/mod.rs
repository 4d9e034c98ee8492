//! Kraken spot as it speaks (WebSocket v2): every book frame carries a checksum of the ten best levels a side, and levels
//! that fall out of a book's depth are not told.

mod checksum;
mod history;
mod listings;
mod private;
mod rest;
mod session;
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
