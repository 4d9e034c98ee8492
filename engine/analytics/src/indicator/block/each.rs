//! What needs no memory: a bar's values out of that bar alone.

use crate::indicator::Indicator;
use std::fmt::{Debug, Formatter, Result};

/// A function of the bar.
#[derive(Clone, Copy)]
pub struct Each<F>(pub F);

impl<F> Debug for Each<F> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str("Each")
    }
}

impl<F, const I: usize, const O: usize> Indicator<I, O> for Each<F>
where
    F: Fn([f64; I]) -> [f64; O] + Send + 'static,
{
    #[inline]
    fn update(&mut self, input: [f64; I]) -> [f64; O] {
        (self.0)(input)
    }
}
