//! The market room: books from whole messages, and what leaves for the `market` ring.
//!
//! Owns: the books of a venue's instruments, the events that tell of them.
//! Never: bytes of a venue, sequence rules (a feed's session has them), orders, a clock.

/// Which slots of a circular window are taken, and the next one in a few instructions.
mod bitmap;
/// Both sides of one instrument, and the judgement of a whole message.
pub mod book;
/// One number for a whole book.
pub mod digest;
/// One side of a book: a flat window of ticks near the top, a sorted list for the rest.
mod ladder;
/// The way out to the ring, where nothing is dropped.
mod outlet;
/// How much of a book stands near its best price, for whoever routes orders.
mod reach;
/// The books of one venue, filled by its feed.
pub mod sink;
/// Best bid, best ask and imbalance: what of a book is worth telling.
mod top;

pub use book::Book;
/// Candles of equal length in time, made of trades.
pub use engine_analytics::bar::time as candle;
pub use sink::{BookImages, Listing, Market, MarketCounters};
