//! Everything at the door has a bound.

use std::time::Duration;

/// Bounds of the door. The defaults are meant; tests make them smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Connections at once; the next is closed as it comes. Default 512: half of the 1,024 files that a process may
    /// have open on a usual Linux.
    pub connections_max: usize,
    /// Connections at once from one address (of IPv6: one /64) that is not this machine's own; the next is closed as it
    /// comes. Default 32.
    pub house_connections_max: usize,
    /// WebSocket clients at once; the next gets 503. Default 64.
    pub sockets_max: usize,
    /// Of these of one user, by whatever keys and sessions; without users, of one address. The next gets 429. Default 16.
    pub own_sockets_max: usize,
    /// For a whole request head, and for silence between two requests. Default 5 s.
    pub head_timeout: Duration,
    /// For the answer to a request. Default 10 s.
    pub answer_timeout: Duration,
    /// After this a connection finishes its request and closes, so that none is held for ever. Default 5 min.
    pub connection_age_max: Duration,
    /// Shortest time between two updates to one WebSocket client. Default 50 ms.
    pub update_interval: Duration,
    /// A client that takes nothing of what it is told for this long, or less than 4 KiB a second for longer, is cut: of an
    /// answer as of a stream. Default 15 s.
    pub take_timeout: Duration,
    /// Between two pings; a client that has not spoken for three of them is cut. Default 15 s.
    pub ping_interval: Duration,
    /// For what is under way when the bridge stops. Default 2 s.
    pub drain_timeout: Duration,
    /// Kernel memory for what a client has not read. Default 64 KiB; the kernel doubles it.
    pub send_buffer_bytes: u32,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connections_max: 512,
            house_connections_max: 32,
            sockets_max: 64,
            own_sockets_max: 16,
            head_timeout: Duration::from_secs(5),
            answer_timeout: Duration::from_secs(10),
            connection_age_max: Duration::from_secs(300),
            update_interval: Duration::from_millis(50),
            take_timeout: Duration::from_secs(15),
            ping_interval: Duration::from_secs(15),
            drain_timeout: Duration::from_secs(2),
            send_buffer_bytes: 64 * 1024,
        }
    }
}

/// Bytes of a request head, and of hyper's buffer for it.
pub(crate) const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Bytes of a request's body.
pub(crate) const BODY_BYTES_MAX: usize = 64 * 1024;
/// Header lines of a request.
pub(crate) const HEADERS_MAX: usize = 64;
/// Bytes of one WebSocket message from a client. Nothing is asked that way yet: pings and closes are far smaller.
pub(crate) const MESSAGE_BYTES_MAX: usize = 4 * 1024;
