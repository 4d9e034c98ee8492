//! Indicators, each defined once, as a stream: a bar in, the newest values out.
//!
//! Owns: the definitions by group, the blocks that they are made of, and the catalogue that names them all.
//! Never: what a bar is made of, what anybody does with a value.
//!
//! **Two shapes.** A [`Filter`] turns one series into one; an [`Indicator`] turns `I` columns into `O`. A filter is an
//! indicator of one column. Whoever knows what it wants uses the types; whoever has a name uses the [`catalogue`].
//!
//! **One definition.** A batch is the stream run over the series block by block ([`catalogue::Running::run`]). Where a loop
//! of its own is worth it, a definition works on a block at once ([`Filter::over`], [`Indicator::block`]): the same
//! arithmetic in the same order, column by column, so that a processor does several bars at a time. Both give the same bits.
//!
//! **No value is NaN,** and nothing that the catalogue makes gives an infinity. While an indicator warms up it gives NaN, and
//! NaN as an input is no input: nothing moves, NaN comes out. So the warm-up of what is chained adds up by itself. A few
//! whole-numbered outputs are 0 instead, as their reference has it.
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

/// Bars that are worked on together. So few that a processor still waits for the memory of one block while it works on
/// another: of 64, 128, 256 and 512 the first two took a third less time than the last two.
pub const BLOCK: usize = 64;

/// One series in, one out.
pub trait Filter: Debug + Send + 'static {
    /// Takes the next input. NaN: no value yet, or no input.
    fn next(&mut self, input: f64) -> f64;

    /// Takes so many inputs, and leaves each one's value in its place: the same bits as one by one.
    #[inline]
    fn over(&mut self, values: &mut [f64]) {
        for value in values {
            *value = self.next(*value);
        }
    }

    /// The same where the values go elsewhere, to as many places.
    #[inline]
    fn through(&mut self, inputs: &[f64], values: &mut [f64]) {
        values.copy_from_slice(inputs);
        self.over(values);
    }
}

/// `I` columns in, `O` out.
pub trait Indicator<const I: usize, const O: usize>: Debug + Send + 'static {
    /// Takes the next bar. NaN: no value yet.
    fn update(&mut self, input: [f64; I]) -> [f64; O];

    /// Takes at most [`BLOCK`] bars, a slice a column, all of one length: the same bits as bar by bar. Where there are
    /// several columns no bar lacks a number; of one column, the definition asks itself.
    #[inline]
    fn block(&mut self, inputs: [&[f64]; I], outputs: [&mut [f64]; O]) {
        let length = inputs[0].len();
        // Slices of their own, whose length is known to be the loop's: nothing is looked up again at every bar.
        let inputs = inputs.map(|column| &column[..length]);
        let outputs = outputs.map(|column| &mut column[..length]);
        for row in 0..length {
            let values = self.update(inputs.map(|column| column[row]));
            for at in 0..O {
                outputs[at][row] = values[at];
            }
        }
    }

    /// An output of it is drawn at an earlier bar than the one that shows it.
    const DRAWS_BACK: bool = false;

    /// Bars before the last one at which the value of an output just given is drawn.
    fn back(&self, _output: usize) -> usize {
        0
    }
}

impl<F: Filter> Indicator<1, 1> for F {
    #[inline]
    fn update(&mut self, [input]: [f64; 1]) -> [f64; 1] {
        [self.next(input)]
    }

    #[inline]
    fn block(&mut self, [inputs]: [&[f64]; 1], [outputs]: [&mut [f64]; 1]) {
        self.through(inputs, outputs);
    }
}

/// One of them is no number. A block that has one goes bar by bar: it is a warm-up's, and those are few.
#[inline]
fn any_nan(values: &[f64]) -> bool {
    values.iter().fold(false, |any, value| any | value.is_nan())
}

#[cfg(test)]
mod oracle_tests;
