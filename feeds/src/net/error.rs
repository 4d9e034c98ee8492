//! Everything that can go wrong between this machine and a venue, in one enum.
//!
//! Each message says what was found, what was expected, and what to do. All of it is weather: the caller counts it,
//! declares the affected books lost, backs off and tries again.

use std::io;

/// What went wrong on the network.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// An address in the configuration that cannot be used.
    #[error("url {url:?}: {problem}; expected ws://, wss://, http:// or https://, then host[:port][/path]")]
    Url {
        /// As configured.
        url: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A stream that the venue does not have: it would accept the subscription and stay silent.
    #[error("{venue} has no {channel} streams; remove the channel from this venue's configuration")]
    Channel {
        /// The venue's name.
        venue: &'static str,
        /// The channel's name.
        channel: &'static str,
    },
    /// A venue whose messages do not say what they are a copy of.
    #[error(
        "{venue} cannot be taken by two lines: it numbers the messages of a socket, not those of a book; set lines = 1"
    )]
    OneLine {
        /// The venue's name.
        venue: &'static str,
    },
    /// A name without an address.
    #[error("name {host:?} has no address: {reason}; check the spelling and this machine's resolver")]
    Resolve {
        /// The name.
        host: String,
        /// The resolver's words.
        reason: String,
    },
    /// No TCP connection.
    #[error("{peer}: not connected: {source}; check that the host is up and reachable from here")]
    Connect {
        /// `host:port`.
        peer: String,
        /// The kernel's words.
        source: io::Error,
    },
    /// A step took longer than its limit.
    #[error("{peer}: {step} not done within {limit_ms} ms; the peer is slow or silent, it will be tried again")]
    TimedOut {
        /// `host:port`.
        peer: String,
        /// Which step.
        step: &'static str,
        /// The limit it passed.
        limit_ms: u64,
    },
    /// No trust, or no common cipher.
    #[error("{peer}: tls failed: {source}; expected a certificate for this host from a trusted root")]
    Tls {
        /// `host:port`.
        peer: String,
        /// The library's words.
        source: rustls::Error,
    },
    /// The server did not want to speak WebSocket.
    #[error("{peer}: websocket upgrade refused: {reason}; expected status 101, check the path and the request limits")]
    Upgrade {
        /// `host:port`.
        peer: String,
        /// Status or violation.
        reason: String,
    },
    /// Longer than we are ready to hold.
    #[error(
        "{peer}: {what} of {found} bytes, at most {limit} are accepted; no venue documents such a size, the connection is given up"
    )]
    Oversized {
        /// `host:port`.
        peer: String,
        /// Message, head or body.
        what: &'static str,
        /// Its size, as far as known.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// The peer said goodbye.
    #[error("{peer}: closed by the peer with code {code} ({reason}); it will be dialled again")]
    Closed {
        /// `host:port`.
        peer: String,
        /// WebSocket close code; 1005 when none was sent.
        code: u16,
        /// Its words.
        reason: String,
    },
    /// The connection ended without goodbye.
    #[error("{peer}: connection cut in {during}: {reason}; it will be dialled again")]
    Cut {
        /// `host:port`.
        peer: String,
        /// Which step.
        during: &'static str,
        /// What was seen.
        reason: String,
    },
    /// Bytes that are not the protocol.
    #[error("{peer}: {what} is malformed: {reason}; the connection is given up")]
    Malformed {
        /// `host:port`.
        peer: String,
        /// Frame, head, chunk.
        what: &'static str,
        /// What was found and what was expected.
        reason: String,
    },
    /// A REST answer that is not 200.
    #[error("{peer}: status {status} for {path}, expected 200; {advice}")]
    Status {
        /// `host:port`.
        peer: String,
        /// HTTP status.
        status: u16,
        /// What was asked.
        path: String,
        /// What to do.
        advice: &'static str,
    },
    /// 429 or 418: the venue wants silence.
    #[error(
        "{peer}: status {status}, rate limit passed; nothing is asked for {retry_after_ms} ms; if this repeats, another program asks from this address too"
    )]
    Limited {
        /// `host:port`.
        peer: String,
        /// 429 (slow down) or 418 (banned).
        status: u16,
        /// How long to be silent.
        retry_after_ms: u64,
    },
    /// It waited too long for its turn, or the venue wants silence: it never left this machine.
    #[error("{peer}: {path} was not sent: {reason}")]
    NotSent {
        /// `host:port`.
        peer: String,
        /// What was to be asked, without its query: a signature may stand there.
        path: String,
        /// Why.
        reason: &'static str,
    },
    /// The machine refused.
    #[error("{what}: {source}; check the limits of open files and threads")]
    System {
        /// What was asked of the machine.
        what: &'static str,
        /// Its words.
        source: io::Error,
    },
}
