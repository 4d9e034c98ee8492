//! Order flow: what trades, quotes and the numbers of a derivatives venue say themselves, each measure defined once, as a
//! stream.
//!
//! Owns: the measures, and the few plain values that they take ([`Trade`], [`book::Quote`]).
//! Never: where trades come from, the order of what it is given (oldest first is the caller's), what a price is worth.
//!
//! **Unknown is `None`**, never a number made up: before a window is full, where a divisor is 0, where a bound was passed.
//!
//! **No allocation after construction.** Windows have the length of their parameter. What grows with the prices traded
//! ([`levels::Levels`]) or with the trades under way ([`delta::RollingDelta`], [`cost::Costs`]) has a bound that its maker
//! sets; beyond it the measure says `None` until it is right again.
//!
//! Sizes are in units of the base asset, prices in units of the quote asset, times in ms since the epoch, UTC.

pub mod bar;
pub mod book;
pub mod cost;
pub mod delta;
pub mod depth;
pub mod derivatives;
pub mod footprint;
pub mod informed;
pub mod levels;
pub mod profile;
pub mod session;
pub mod tape;
pub mod tpo;
pub mod vwap;

use engine_model::market::Side;

/// A trade as everybody saw it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trade {
    /// When, in ms since the epoch.
    pub time_ms: i64,
    /// Who wanted it: the taker's side.
    pub aggressor: Side,
    /// Price.
    pub price: f64,
    /// Amount, in units of the base asset.
    pub amount: f64,
}

impl Trade {
    /// +1 if the taker bought, -1 if it sold.
    #[must_use]
    #[inline]
    pub fn sign(&self) -> f64 {
        match self.aggressor {
            Side::Buy => 1.0,
            Side::Sell => -1.0,
        }
    }
}

/// Where the period of `length_ms` begins that `time_ms` is in. Periods are counted from the epoch, so those of a day begin
/// at 00:00 UTC.
#[must_use]
#[inline]
pub fn period(time_ms: i64, length_ms: i64) -> i64 {
    time_ms.div_euclid(length_ms) * length_ms
}

/// Length of a day.
pub const DAY_MS: i64 = 86_400_000;

/// `a / b`, if there is such a number.
#[inline]
pub(crate) fn ratio(a: f64, b: f64) -> Option<f64> {
    known(a / b)
}

/// A number of the windows, which say NaN where there is none.
#[inline]
fn known(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod oracle_tests;
