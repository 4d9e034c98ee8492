//! Hyperliquid as it speaks: perpetuals and spot on one socket, books always whole, lists by POST.

mod derivatives;
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

/// It never pings; 2,000 messages a minute and address.
const MANNERS: Manners = Manners {
    dense_ids: false,
    ping_every: Duration::MAX,
    pong_within: Duration::from_secs(600),
    client_messages_a_second_max: 100,
};
