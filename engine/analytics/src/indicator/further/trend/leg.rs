//! What is drawn from the turns of a zigzag: levels of the running leg, and a fork.

use super::ZigZag;
use crate::indicator::Indicator;

/// Where retracements are looked for, as shares of the way back.
const FIBONACCI: [f64; 7] = [0.0, 0.236, 0.382, 0.5, 0.618, 0.786, 1.0];

/// Fibonacci's levels of the running leg of a [`ZigZag`]: 0 is the extreme that it has reached, 1 the pivot that it comes
/// from. None before the first pivot.
#[derive(Clone, Copy, Debug)]
pub struct Fibonacci(ZigZag);

impl Fibonacci {
    /// Of legs that turn by so many percent.
    #[must_use]
    pub fn new(percent: f64) -> Self {
        Self(ZigZag::new(percent))
    }
}

impl Indicator<2, 7> for Fibonacci {
    #[inline]
    fn update(&mut self, bar: [f64; 2]) -> [f64; 7] {
        self.0.update(bar);
        self.0.leg().map_or([f64::NAN; 7], |(from, to)| FIBONACCI.map(|share| to + (from - to) * share))
    }
}

/// Andrews' fork on the last three pivots of a [`ZigZag`], as it is at the newest bar: the line from the first through the
/// middle of the other two, and its parallels through those. None before the third pivot.
#[derive(Clone, Copy, Debug)]
pub struct Pitchfork {
    zigzag: ZigZag,
    bars: f64,
    /// Bar and price, oldest first.
    pivots: [(f64, f64); 3],
}

impl Pitchfork {
    /// On legs that turn by so many percent.
    #[must_use]
    pub fn new(percent: f64) -> Self {
        Self { zigzag: ZigZag::new(percent), bars: 0.0, pivots: [(f64::NAN, f64::NAN); 3] }
    }
}

impl Indicator<2, 3> for Pitchfork {
    /// Median, upper, lower.
    #[inline]
    fn update(&mut self, bar: [f64; 2]) -> [f64; 3] {
        let [pivot, _] = self.zigzag.update(bar);
        let now = self.bars;
        self.bars += 1.0;
        if !pivot.is_nan() {
            let [_, one, two] = self.pivots;
            self.pivots = [one, two, (now - self.zigzag.back(0) as f64, pivot)];
        }
        let [(t0, p0), (t1, p1), (t2, p2)] = self.pivots;
        let slope = ((p1 + p2) / 2.0 - p0) / ((t1 + t2) / 2.0 - t0);
        let [median, one, two] = [(t0, p0), (t1, p1), (t2, p2)].map(|(time, price)| price + slope * (now - time));
        // Of numbers that are none, one is as good as the other.
        if one > two { [median, one, two] } else { [median, two, one] }
    }
}
