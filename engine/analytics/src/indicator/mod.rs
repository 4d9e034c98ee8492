//! Indicators, each defined once, as a stream: a bar in, the newest values out.
//!
//! Owns: the definitions by group, the blocks that they are made of, and the catalogue that names them all.
//! Never: what a bar is made of, what anybody does with a value.
//!
//! **Two shapes.** A [`Filter`] turns one series into one; an [`Indicator`] turns `I` columns into `O`. A filter is an
//! indicator of one column. Whoever knows what it wants uses the types; whoever has a name uses the [`catalogue`].
//!
//! **One definition.** A batch is the stream run over the series in one compiled loop ([`catalogue::Running::run`]), so both
//! give the same bits.
//!
//! **No value is NaN.** While an indicator warms up it gives NaN, and NaN as an input is no input: nothing moves, NaN comes
//! out. So the warm-up of what is chained adds up by itself. A few whole-numbered outputs are 0 instead, as their reference
//! has it.
//!
//! **No allocation after construction**, memory by the parameters alone, and nothing drifts: sums over windows are added up
//! anew, for nothing, each time the window has gone round (see [`block`]).
//!
//! Conventions are TA-Lib's at an unstable period of 0: averages are seeded with the plain mean of their first inputs.

pub mod block;
pub mod catalogue;
pub mod cycle;
pub mod further;
pub mod math;
pub mod momentum;
pub mod overlap;
pub mod pattern;
pub mod price;
pub mod statistic;
pub mod volatility;
pub mod volume;

use std::fmt::Debug;

/// Longest window that may be asked for, in bars.
const PERIOD_MAX: usize = 100_000;
/// Whose conventions a row has.
const TALIB: &str = "TA-Lib 0.8.1 (C), unstable period 0";
/// Where it is from what is not TA-Lib's.
const FURTHER: &str = "common definition, written out at its type; checked against a reference of our own";

/// One series in, one out.
pub trait Filter: Debug + Send + 'static {
    /// Takes the next input. NaN: no value yet, or no input.
    fn next(&mut self, input: f64) -> f64;
}

/// `I` columns in, `O` out.
pub trait Indicator<const I: usize, const O: usize>: Debug + Send + 'static {
    /// Takes the next bar. NaN: no value yet.
    fn update(&mut self, input: [f64; I]) -> [f64; O];

    /// An output of it is drawn at an earlier bar than the one that shows it.
    const DRAWS_BACK: bool = false;

    /// Bars before the last one at which the value of an output just given is drawn.
    fn back(&self, _output: usize) -> usize {
        0
    }
}

impl<F: Filter> Indicator<1, 1> for F {
    fn update(&mut self, [input]: [f64; 1]) -> [f64; 1] {
        [self.next(input)]
    }
}

#[cfg(test)]
mod oracle_tests;
