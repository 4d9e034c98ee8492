//! Bars: what trades are cut into, in whole ticks and lots.
//!
//! Owns: each way to cut, defined once, as a stream: by [`time`], by what has traded ([`cut`]), by how far the price went
//! ([`cut`], [`renko`]); longer candles made of shorter ones, and several lengths side by side ([`frames`]).
//! Never: a clock, a grid, bars that are over, which are handed out at once (but for the last few of [`frames`]).
//!
//! Nothing is allocated after construction, and nothing but the thresholds of [`cut`] that learn is a float.

mod candle;
pub mod cut;
pub mod frames;
pub mod renko;
pub mod time;

pub use candle::Candle;
