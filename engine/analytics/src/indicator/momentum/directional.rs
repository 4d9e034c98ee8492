//! Wilder's directional movement.

use crate::indicator::Filter;
use crate::indicator::Indicator;
use crate::indicator::block::{Lag, Sma, TrueRange};

/// How far a bar reaches beyond the one before, to the one side that it reaches further.
#[derive(Clone, Copy, Debug)]
struct Movement {
    last: (f64, f64),
}

impl Movement {
    fn new() -> Self {
        Self { last: (f64::NAN, f64::NAN) }
    }

    /// Up and down; NaN at the first bar.
    #[inline]
    fn next(&mut self, high: f64, low: f64) -> (f64, f64) {
        if high.is_nan() || low.is_nan() {
            return (f64::NAN, f64::NAN);
        }
        let (last_high, last_low) = std::mem::replace(&mut self.last, (high, low));
        let (up, down) = (high - last_high, last_low - low);
        if up.is_nan() {
            (f64::NAN, f64::NAN)
        } else {
            // Multiplied, not branched to: which side it is cannot be foreseen.
            let one_if = |holds: bool| f64::from(u8::from(holds));
            (one_if(up > down) * up.max(0.0), one_if(down > up) * down.max(0.0))
        }
    }
}

/// Wilder's sum: of the first `period - 1` values, then less a `period`-th of itself with every one that it takes.
#[derive(Clone, Copy, Debug)]
struct WilderSum {
    keep: f64,
    seeds: usize,
    sum: f64,
}

impl WilderSum {
    fn new(period: usize) -> Self {
        Self { keep: 1.0 - 1.0 / period as f64, seeds: period - 1, sum: 0.0 }
    }

    /// Once it is seeded.
    #[inline]
    fn next(&mut self, input: f64) {
        if self.seeds > 0 {
            self.seeds -= 1;
            self.sum += input;
        } else {
            self.sum = self.sum * self.keep + input;
        }
    }
}

/// Sums of movement up and down.
#[derive(Clone, Copy, Debug)]
pub struct DirectionalMovement {
    movement: Movement,
    up: WilderSum,
    down: WilderSum,
    /// Bars before the first value.
    silent: usize,
}

impl DirectionalMovement {
    /// Panics on a period below 2.
    #[must_use]
    pub fn new(period: usize) -> Self {
        assert!(period > 1, "a sum of nothing");
        let sum = WilderSum::new(period);
        Self { movement: Movement::new(), up: sum, down: sum, silent: period - 1 }
    }
}

impl Indicator<2, 2> for DirectionalMovement {
    /// Up and down.
    #[inline]
    fn update(&mut self, [high, low]: [f64; 2]) -> [f64; 2] {
        let (up, down) = self.movement.next(high, low);
        if high.is_nan() || low.is_nan() {
            return [f64::NAN; 2];
        }
        if !up.is_nan() {
            self.up.next(up);
            self.down.next(down);
        }
        if self.silent > 0 {
            self.silent -= 1;
            return [f64::NAN; 2];
        }
        [self.up.sum, self.down.sum]
    }
}

/// What the directional system says at a bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Direction {
    /// Movement up in percent of the range.
    pub plus: f64,
    /// Movement down in percent of the range.
    pub minus: f64,
}

/// Movement up and down in percent of the true range.
#[derive(Clone, Copy, Debug)]
pub struct Directional {
    movement: DirectionalMovement,
    range: TrueRange,
    sum: WilderSum,
    begun: bool,
}

impl Directional {
    /// Panics on a period below 2.
    #[must_use]
    pub fn new(period: usize) -> Self {
        let movement = DirectionalMovement::new(period);
        Self { movement, range: TrueRange::new(), sum: WilderSum::new(period), begun: false }
    }

    /// Takes the next bar; `None` for the first `period`.
    #[inline]
    pub fn next(&mut self, high: f64, low: f64, close: f64) -> Option<Direction> {
        let [up, down] = self.movement.update([high, low]);
        let range = self.range.next(high, low, close);
        if !range.is_nan() {
            self.sum.next(range);
        }
        // The movement has its first value a bar before the index: its sum is seeded, and has not been smoothed yet.
        if up.is_nan() || !std::mem::replace(&mut self.begun, true) {
            return None;
        }
        let percent = |movement: f64| if self.sum.sum == 0.0 { 0.0 } else { 100.0 * (movement / self.sum.sum) };
        let (plus, minus) = (percent(up), percent(down));
        Some(Direction { plus, minus })
    }
}

/// What lies between movement up and down in percent of both. The range, by which both would be divided, cancels out.
#[derive(Clone, Copy, Debug)]
struct Index {
    movement: DirectionalMovement,
    begun: bool,
}

impl Index {
    fn new(period: usize) -> Self {
        Self { movement: DirectionalMovement::new(period), begun: false }
    }

    /// `None` for the first `period`; NaN where neither moved.
    #[inline]
    fn next(&mut self, [high, low, close]: [f64; 3]) -> Option<f64> {
        if close.is_nan() {
            return None;
        }
        let [up, down] = self.movement.update([high, low]);
        if up.is_nan() || !std::mem::replace(&mut self.begun, true) {
            return None;
        }
        Some(100.0 * ((down - up).abs() / (up + down)))
    }
}

/// The directional index; where nothing moves it stays what it was.
#[derive(Clone, Copy, Debug)]
pub struct Dx {
    index: Index,
    last: f64,
}

impl Dx {
    /// Panics on a period below 2.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self { index: Index::new(period), last: 0.0 }
    }
}

impl Indicator<3, 1> for Dx {
    #[inline]
    fn update(&mut self, bar: [f64; 3]) -> [f64; 1] {
        let Some(index) = self.index.next(bar) else { return [f64::NAN] };
        if !index.is_nan() {
            self.last = index;
        }
        [self.last]
    }
}

/// Wilder's average of the directional index. A bar that has none changes nothing.
#[derive(Clone, Debug)]
pub struct Adx {
    index: Index,
    seed: Sma,
    weight: f64,
    value: f64,
}

impl Adx {
    /// Panics on a period below 2.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self { index: Index::new(period), seed: Sma::new(period), weight: 1.0 / period as f64, value: f64::NAN }
    }

    /// Takes the next bar; NaN for the first `2 * period - 1`.
    #[inline]
    pub fn next(&mut self, bar: [f64; 3]) -> f64 {
        let Some(index) = self.index.next(bar) else { return f64::NAN };
        if self.value.is_nan() {
            self.value = self.seed.next(if index.is_nan() { 0.0 } else { index });
        } else if !index.is_nan() {
            self.value = self.value * (1.0 - self.weight) + index * self.weight;
        }
        self.value
    }
}

impl Indicator<3, 1> for Adx {
    #[inline]
    fn update(&mut self, bar: [f64; 3]) -> [f64; 1] {
        [self.next(bar)]
    }
}

/// Mean of the average index and that of some bars ago.
#[derive(Clone, Debug)]
pub struct Adxr {
    adx: Adx,
    lag: Lag,
}

impl Adxr {
    /// Panics on a period below 2.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self { adx: Adx::new(period), lag: Lag::new(period - 1) }
    }
}

impl Indicator<3, 1> for Adxr {
    #[inline]
    fn update(&mut self, bar: [f64; 3]) -> [f64; 1] {
        let adx = self.adx.next(bar);
        [(adx + self.lag.next(adx)) / 2.0]
    }
}
