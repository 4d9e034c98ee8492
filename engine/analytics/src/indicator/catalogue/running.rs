//! An indicator at work, whatever it is.

use crate::indicator::{BLOCK, Indicator};
use std::fmt::Debug;

/// One that was made by name. Called through a pointer: once a bar, or once a whole series.
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
    Running { lookback, stream: Box::new(Typed(indicator)) }
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

trait Stream: Debug + Send {
    fn update(&mut self, input: &[f64], output: &mut [f64]);
    fn back(&self, output: usize) -> usize;
    fn run(&mut self, inputs: &[&[f64]], outputs: &mut [&mut [f64]]);
}

#[derive(Debug)]
struct Typed<T, const I: usize, const O: usize>(T);

impl<T: Indicator<I, O>, const I: usize, const O: usize> Stream for Typed<T, I, O> {
    fn update(&mut self, input: &[f64], output: &mut [f64]) {
        assert_eq!(input.len(), I, "a number a column");
        output.copy_from_slice(&self.0.update(std::array::from_fn(|column| input[column])));
    }

    fn back(&self, output: usize) -> usize {
        self.0.back(output)
    }

    fn run(&mut self, inputs: &[&[f64]], outputs: &mut [&mut [f64]]) {
        let length = inputs[0].len();
        assert_eq!((inputs.len(), outputs.len()), (I, O), "a slice a column, a slice an output");
        let inputs: [&[f64]; I] = std::array::from_fn(|column| inputs[column]);
        assert!(inputs.iter().all(|column| column.len() == length), "columns of unequal length");
        assert!(outputs.iter().all(|column| column.len() == length), "outputs of another length than the inputs");
        let mut columns: [&mut [f64]; O] = [(); O].map(|()| Default::default());
        for (column, output) in columns.iter_mut().zip(outputs) {
            *column = output;
        }
        if T::DRAWS_BACK {
            for row in 0..length {
                let values = self.0.update(inputs.map(|column| column[row]));
                for at in 0..O {
                    place(columns[at], row, self.0.back(at), values[at]);
                }
            }
        } else {
            for from in (0..length).step_by(BLOCK) {
                let rows = from..length.min(from + BLOCK);
                let outputs = columns.each_mut().map(|column| &mut column[rows.clone()]);
                self.0.block(inputs.map(|column| &column[rows.clone()]), outputs);
            }
        }
    }
}
