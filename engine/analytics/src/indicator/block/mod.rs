//! What indicators are made of: windows, averages, extremes, moments.
//!
//! Owns: each rolling computation once, at a fixed number of steps an input.
//! Never: a name that a user types.
//!
//! A sum over a window loses a little with every input that it adds and takes off. So each keeps a second sum of what came
//! since its ring last started anew; when the ring is round, that is the window, and takes the place of the first. It costs
//! one addition and no pass over the window, and an error lives for at most two windows.

mod after;
mod average;
mod each;
mod extreme;
mod fading;
mod moments;
mod range;
mod regression;
mod ring;
mod sorted;
mod sum;

pub use after::After;
pub use average::{Ema, Rma, Sma, Wma};
pub use each::Each;
pub use extreme::{Extreme, ExtremeOrder, Highest, Located, Lowest, Maximum, Minimum};
pub use fading::Fading;
pub(super) use fading::STRETCH;
pub use moments::{CoMoments, Moments, Together};
pub use range::TrueRange;
pub use regression::{Line, LineFit};
pub use ring::{Lag, Ring};
pub use sorted::Sorted;
pub use sum::Sum;

#[cfg(test)]
mod tests;
