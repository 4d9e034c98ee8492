//! A window kept in order.

use super::Ring;

/// The last so many inputs, least first. An input costs a search and a shift.
#[derive(Clone, Debug)]
pub struct Sorted {
    window: Ring,
    values: Vec<f64>,
}

impl Sorted {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self { window: Ring::new(length), values: Vec::with_capacity(length) }
    }

    /// Takes the next input: the window in order, `None` until it is full or if it is NaN.
    #[inline]
    pub fn next(&mut self, input: f64) -> Option<&[f64]> {
        if input.is_nan() {
            return None;
        }
        let was_full = self.window.is_full();
        let leaving = self.window.push(input);
        if was_full {
            self.values.remove(self.values.partition_point(|value| *value < leaving));
        }
        self.values.insert(self.values.partition_point(|value| *value < input), input);
        self.window.is_full().then_some(&self.values)
    }
}
