//! The network: WebSocket for one pinned thread, REST on a thread of its own.
//!
//! Owns: sockets, TLS, time-outs, budgets, back-off. Never: a venue's vocabulary, a book, a decision to reconnect.
//! Enter at [`ws::Socket`] and [`rest::RestClient`].

/// Doubling waits with jitter.
pub mod backoff;
/// Request weight in a token bucket.
pub mod budget;
/// Checked URLs.
pub mod endpoint;
/// Everything that can go wrong.
pub mod error;
/// Where a network thread sleeps.
pub mod poller;
/// What is asked of a REST server.
pub mod request;
/// Questions and answers, off the hot path.
pub mod rest;
/// Whom we trust.
pub mod tls;
/// WebSocket connections that never block.
pub mod ws;

mod dated;
mod http;
mod wire;

/// Header lines of requests: names in lower case, and values.
pub type Headers = &'static [(&'static str, &'static str)];
