//! An indicator at work, whatever it is.

use crate::indicator::{BLOCK, Indicator};
use std::array::from_fn;
use std::fmt::Debug;

/// One that was made by name. Called through a pointer: once a bar, or once a whole series.
///
/// A bar of several columns of which one is NaN is none: nothing moves, and every output is NaN. Of one column, the
/// definition says so itself.
#[derive(Debug)]
pub struct Running {
    lookback: usize,
    stream: Box<dyn Stream>,
}

impl Running {
    /// Bars before the first that has a value.
    #[must_use]
    pub fn lookback(&self) -> usize {
        self.lookback
    }

    /// Takes the next bar, a number a column, and writes a number an output: NaN for no value. Panics if there are not as
    /// many of each as its entry has.
    #[inline]
    pub fn update(&mut self, input: &[f64], output: &mut [f64]) {
        self.stream.update(input, output);
    }

    /// Bars before the last one at which the value of an output just given is drawn: mostly 0. What is drawn back was not
    /// known at the bar where it is drawn.
    #[must_use]
    #[inline]
    pub fn back(&self, output: usize) -> usize {
        self.stream.back(output)
    }

    /// Takes a whole series, a slice a column, and writes a slice an output. The same bits as bar by bar. Panics if there
    /// are not as many of each as its entry has, or if they are not of one length.
    pub fn run(&mut self, inputs: &[&[f64]], outputs: &mut [&mut [f64]]) {
        self.stream.run(inputs, outputs);
    }
}

/// Wraps a definition. Bars before its first value are said by its row.
pub(crate) fn running<T: Indicator<I, O>, const I: usize, const O: usize>(lookback: usize, indicator: T) -> Running {
    Running { lookback, stream: Box::new(Typed { indicator, was_bar: true }) }
}

/// Writes a value of bar `row` where it is drawn; a bar that draws elsewhere, or before the first, has none of its own.
#[inline]
pub fn place(column: &mut [f64], row: usize, back: usize, value: f64) {
    if back > 0 {
        column[row] = f64::NAN;
    }
    if let Some(at) = row.checked_sub(back) {
        column[at] = value;
    }
}

/// What is beyond every number is none: a quotient by nothing, a power that no float holds. Every output passes here.
#[inline]
fn finite(value: f64) -> f64 {
    if value.is_infinite() { f64::NAN } else { value }
}

trait Stream: Debug + Send {
    fn update(&mut self, input: &[f64], output: &mut [f64]);
    fn back(&self, output: usize) -> usize;
    fn run(&mut self, inputs: &[&[f64]], outputs: &mut [&mut [f64]]);
}

#[derive(Debug)]
struct Typed<T, const I: usize, const O: usize> {
    indicator: T,
    /// The last row was one.
    was_bar: bool,
}

impl<T: Indicator<I, O>, const I: usize, const O: usize> Typed<T, I, O> {
    #[inline]
    fn next(&mut self, bar: [f64; I]) -> [f64; O] {
        self.was_bar = I == 1 || !bar.iter().any(|value| value.is_nan());
        if self.was_bar { self.indicator.update(bar).map(finite) } else { [f64::NAN; O] }
    }

    /// Whether a number may be missing in a block: a sum is none if a part is none. Infinities of both signs count as one,
    /// which costs time and nothing else.
    #[inline]
    fn may_lack(columns: [&[f64]; I]) -> bool {
        let length = columns[0].len();
        let columns = columns.map(|column| &column[..length]);
        (0..length).fold(false, |any, row| any | columns.iter().map(|column| column[row]).sum::<f64>().is_nan())
    }
}

impl<T: Indicator<I, O>, const I: usize, const O: usize> Stream for Typed<T, I, O> {
    fn update(&mut self, input: &[f64], output: &mut [f64]) {
        assert_eq!(input.len(), I, "a number a column");
        output.copy_from_slice(&self.next(from_fn(|column| input[column])));
    }

    fn back(&self, output: usize) -> usize {
        if self.was_bar { self.indicator.back(output) } else { 0 }
    }

    fn run(&mut self, inputs: &[&[f64]], outputs: &mut [&mut [f64]]) {
        let length = inputs[0].len();
        assert_eq!((inputs.len(), outputs.len()), (I, O), "a slice a column, a slice an output");
        let inputs: [&[f64]; I] = from_fn(|column| inputs[column]);
        assert!(inputs.iter().all(|column| column.len() == length), "columns of unequal length");
        assert!(outputs.iter().all(|column| column.len() == length), "outputs of another length than the inputs");
        let mut columns: [&mut [f64]; O] = [(); O].map(|()| Default::default());
        for (column, output) in columns.iter_mut().zip(outputs) {
            *column = output;
        }
        if T::DRAWS_BACK {
            for row in 0..length {
                let values = self.next(inputs.map(|column| column[row]));
                for at in 0..O {
                    place(columns[at], row, self.back(at), values[at]);
                }
            }
        } else {
            for from in (0..length).step_by(BLOCK) {
                let rows = from..length.min(from + BLOCK);
                let inputs = inputs.map(|column| &column[rows.clone()]);
                // One column is looked at by whoever works on it.
                if I > 1 && Self::may_lack(inputs) {
                    for row in rows {
                        let values = self.next(inputs.map(|column| column[row - from]));
                        for at in 0..O {
                            columns[at][row] = values[at];
                        }
                    }
                    continue;
                }
                let outputs = columns.each_mut().map(|column| &mut column[rows.clone()]);
                self.indicator.block(inputs, outputs);
                // While they are near.
                for value in columns.iter_mut().flat_map(|column| &mut column[rows.clone()]) {
                    *value = finite(*value);
                }
            }
        }
    }
}
