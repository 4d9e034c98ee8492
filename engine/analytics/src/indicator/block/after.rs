//! Filters that begin later.

use crate::indicator::Filter;

/// Leaves out the first so many inputs: so that two averages of unequal length end their seeds together.
#[derive(Clone, Copy, Debug)]
pub struct After<F> {
    skip: usize,
    filter: F,
}

impl<F: Filter> After<F> {
    /// `filter`, from input `skip` on.
    #[must_use]
    pub fn new(skip: usize, filter: F) -> Self {
        Self { skip, filter }
    }
}

impl<F> After<F> {
    /// The filter, once it takes inputs.
    #[inline]
    pub(in crate::indicator) fn begun(&mut self) -> Option<&mut F> {
        (self.skip == 0).then_some(&mut self.filter)
    }
}

impl<F: Filter> Filter for After<F> {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        if self.skip > 0 {
            self.skip -= usize::from(!input.is_nan());
            return f64::NAN;
        }
        self.filter.next(input)
    }

    #[inline]
    fn over(&mut self, mut values: &mut [f64]) {
        while self.skip > 0
            && let [first, rest @ ..] = values
        {
            *first = self.next(*first);
            values = rest;
        }
        self.filter.over(values);
    }
}
