//! Venues: bytes in, bytes out.
//!
//! Owns: everything between a socket or a capture file and whole, checked market data on the instruments' grids.
//! Decoding and the sequence rules of a venue's books are calls on the feed's own thread; what comes out goes through
//! [`engine_model::market::MarketSink`]. And the orders' way to a venue and back ([`gateway`]), and what is asked of it
//! ([`poll`]).
//!
//! Never: books, positions, risk, business rules; the core is not visible from here.
//!
//! Enter at [`live`] (a venue's stage), [`gateway`] (orders), [`session`] (frames in, market data out), [`capture`] (recorded
//! bytes) and [`net`] (sockets).

// The venues, one folder each.
pub mod binance;
pub mod bitget;
pub mod bitmex;
pub mod bybit;
pub mod coinbase;
pub mod coinbase_exchange;
pub mod deribit;
pub mod gate;
pub mod hyperliquid;
pub mod kraken;
pub mod kraken_futures;
pub mod kraken_v1;
pub mod kucoin;
pub mod okx;

// Recorded bytes, and the stage that replays them.
pub mod capture;
// What a session has seen.
pub mod counts;
// Numbers in text to steps of a grid.
pub mod decimal;
// Why a frame was refused.
pub mod error;
// Orders: what all venues' gateways share.
pub mod gateway;
// How far a book deserves to be believed.
pub mod integrity;
// The general scanner.
pub mod json;
// Venues connected.
pub mod live;
// Which instruments there are.
pub mod metadata;
// Sockets and REST.
pub mod net;
// What no stream tells, asked for.
pub mod poll;
// A venue's no to what was asked.
pub mod rejection;
// Market data of one venue: the machine that all of them share.
pub mod session;
// The venue's spelling to our index.
pub mod symbol;

mod chain;
mod checksum;
mod decoded;
mod flat;
mod grid;
mod keep;
mod marks;
mod reader;
mod scan;
#[cfg(test)]
mod twin;
mod two_lines;
mod venue;
mod word;

/// Tests of the hot path demand that it allocates nothing.
#[cfg(test)]
#[global_allocator]
static ALLOCATOR: engine_ring::alloc_guard::CountingAllocator = engine_ring::alloc_guard::CountingAllocator;

pub use decoded::LEVELS_MAX;
pub use live::dialect::{headers, limited_for, list_requests, read_list, weight_limit};
pub use live::listed::{channels, listed_names, whole_list_request};
pub use venue::LIVE;
