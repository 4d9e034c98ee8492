//! Deribit as it speaks: JSON-RPC 2.0 on sockets and by REST, books linked by number, inverse and linear perpetuals.

mod derivatives;
mod history;
mod listings;
mod private;
mod rest;
mod rpc;
mod session;
mod voice;
mod wire;

use crate::protocol::{Manners, Protocol};
use std::time::Duration;

pub(crate) static PROTOCOL: Protocol =
    Protocol { manners: |_| MANNERS, listings: listings::of, voice: |floor| Box::new(voice::Voice::new(floor)) };

/// Its heartbeats are messages of its own; 20 of ours in a second.
const MANNERS: Manners = Manners {
    dense_ids: false,
    ping_every: Duration::MAX,
    pong_within: Duration::from_secs(600),
    client_messages_a_second_max: 20,
};
