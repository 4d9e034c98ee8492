//! Lines that are drawn elsewhere than where they are known.

use crate::indicator::block::{Lag, Rma};
use crate::indicator::overlap::Donchian;
use crate::indicator::{Filter, Indicator};

/// Williams' alligator: Wilder's averages of `(high + low) / 2`, as they are and as they are drawn, 8, 5 and 3
/// bars ahead; and the gator, what lies between the drawn ones.
#[derive(Clone, Debug)]
pub struct Alligator {
    lines: [Rma; 3],
    drawn: [Lag; 3],
}

impl Alligator {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(jaw: usize, teeth: usize, lips: usize) -> Self {
        Self { lines: [jaw, teeth, lips].map(Rma::new), drawn: [8, 5, 3].map(Lag::new) }
    }
}

impl Indicator<2, 8> for Alligator {
    /// Jaw, teeth, lips, the same as drawn, gator above and below.
    #[inline]
    fn update(&mut self, [high, low]: [f64; 2]) -> [f64; 8] {
        let [jaw, teeth, lips] = self.lines.each_mut().map(|line| line.next((high + low) / 2.0));
        let [jaw_line, teeth_line, lips_line] = &mut self.drawn;
        let drawn = [jaw_line.next(jaw), teeth_line.next(teeth), lips_line.next(lips)];
        let (upper, lower) = ((drawn[0] - drawn[1]).abs(), -(drawn[1] - drawn[2]).abs());
        [jaw, teeth, lips, drawn[0], drawn[1], drawn[2], upper, lower]
    }
}

/// Ichimoku's lines. With `mid(n)` the middle between the extremes of `n` bars: conversion and base are such, span A is the
/// mean of both, span B is one of a longer window. Spans are given as they are and as they are drawn, `displacement - 1` bars
/// ahead; the lagging span is the close, drawn as many bars back.
#[derive(Clone, Debug)]
pub struct Ichimoku {
    middles: [Donchian; 3],
    drawn: [Lag; 2],
    shift: usize,
}

impl Ichimoku {
    /// Panics on a length or a displacement of 0.
    #[must_use]
    pub fn new(conversion: usize, base: usize, span: usize, displacement: usize) -> Self {
        let shift = displacement - 1;
        Self { middles: [conversion, base, span].map(Donchian::new), drawn: [shift; 2].map(Lag::new), shift }
    }
}

impl Indicator<3, 7> for Ichimoku {
    /// Conversion, base, both spans, both as drawn, lagging.
    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 7] {
        let [conversion, base, span_b] = self.middles.each_mut().map(|middle| {
            let [_, middle, _] = middle.update([high, low]);
            middle
        });
        let span_a = (conversion + base) / 2.0;
        let [a, b] = &mut self.drawn;
        [conversion, base, span_a, span_b, a.next(span_a), b.next(span_b), close]
    }

    const DRAWS_BACK: bool = true;

    fn back(&self, output: usize) -> usize {
        if output == 6 { self.shift } else { 0 }
    }
}
