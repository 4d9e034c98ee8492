//! Charts as pictures: numbers to SVG by a small writer of our own, SVG to PNG with the one font that is in the tree.
//!
//! Owns: what a chart looks like. Never: a number of its own; what is not known is a gap, and every picture says whence and
//! when its numbers are. Floats are places on a picture here, not money.

mod axis;
mod bars;
mod chart;
mod png;
mod svg;

pub use bars::{OpenInterestBar, open_interest};
pub use chart::{Bar, Candles, Curve, Profile, candles, cvd, equity};
pub use png::{PictureError, png};

/// Pixels of every picture: twice a phone's columns, a fifth of a megabyte at most.
pub const WIDTH: u32 = 960;
/// See [`WIDTH`].
pub const HEIGHT: u32 = 600;

#[cfg(test)]
mod tests;
