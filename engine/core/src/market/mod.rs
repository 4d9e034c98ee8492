//! The market room: books from whole messages, and what leaves for the `market` ring.
//!
//! Owns: the books of a venue's instruments, the events that tell of them, candles made of trades.
//! Never: bytes of a venue, sequence rules (a feed's session has them), orders, a clock.

/// One side of a book seen as bits: the next taken slot in a few instructions.
mod bitmap;
/// One side of a book: a flat window of ticks near the top, a sorted list for the rest.
mod ladder;
/// Both sides, and the judgement of a whole message.
pub mod book;
/// Candles of equal length in time, made of trades.
pub mod candle;
