//! Wilder's directional movement.

use crate::indicator::block::{Fading, Lag, STRETCH, Sma, TrueRange};
use crate::indicator::{BLOCK, Filter, Indicator};

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
        if last_high.is_nan() { (f64::NAN, f64::NAN) } else { Self::of(high - last_high, last_low - low) }
    }

    /// The same for a block in which there is no NaN, behind a bar that had none.
    #[inline]
    fn over(&mut self, [highs, lows]: [&[f64]; 2], ups: &mut [f64], downs: &mut [f64]) {
        let length = highs.len();
        let (lows, ups, downs) = (&lows[..length], &mut ups[..length], &mut downs[..length]);
        (ups[0], downs[0]) = Self::of(highs[0] - self.last.0, self.last.1 - lows[0]);
        for at in 1..length {
            (ups[at], downs[at]) = Self::of(highs[at] - highs[at - 1], lows[at - 1] - lows[at]);
        }
        self.last = (highs[length - 1], lows[length - 1]);
    }

    /// Which side it is cannot be foreseen: chosen, not branched to.
    #[inline]
    fn of(up: f64, down: f64) -> (f64, f64) {
        let greater = |one: f64, other: f64| if one > other { one } else { other };
        let above = |one: f64, other: f64| if one > other { one } else { 0.0 };
        (above(up, greater(down, 0.0)), above(down, greater(up, 0.0)))
    }
}

/// Wilder's sum: of the first `period - 1` values, then less a `period`-th of itself with every one that it takes.
#[derive(Clone, Copy, Debug)]
struct WilderSum {
    seeds: usize,
    sum: f64,
    fading: Fading,
}

impl WilderSum {
    fn new(period: usize) -> Self {
        Self { seeds: period - 1, sum: 0.0, fading: Fading::new(1.0 - 1.0 / period as f64) }
    }

    /// Once it is seeded.
    #[inline]
    fn next(&mut self, input: f64) {
        if self.seeds > 0 {
            self.seeds -= 1;
            self.sum += input;
            self.fading.start(self.sum);
        } else {
            self.sum = self.fading.next(input);
        }
    }

    /// The same for a stretch at its beginning, once it is seeded.
    #[inline]
    fn stretch(&mut self, inputs: [f64; STRETCH]) -> [f64; STRETCH] {
        let sums = self.fading.stretch(inputs);
        self.sum = sums[STRETCH - 1];
        sums
    }

    /// The same for a block, once it is seeded: inputs become sums.
    #[inline]
    fn over(&mut self, values: &mut [f64]) {
        self.fading.over(values, |input| input);
        self.sum = values.last().copied().unwrap_or(self.sum);
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

    /// Once there is a value, a block in which there is no NaN.
    #[inline]
    fn over(&mut self, bars: [&[f64]; 2], ups: &mut [f64], downs: &mut [f64]) {
        self.movement.over(bars, ups, downs);
        // Both began together, so their stretches do: worked on side by side, neither waits for its own beginning.
        let whole = ups.len().min(self.up.fading.until_stretch());
        let ((first_ups, ups), (first_downs, downs)) = (ups.split_at_mut(whole), downs.split_at_mut(whole));
        self.up.over(first_ups);
        self.down.over(first_downs);
        let ((ups, last_ups), (downs, last_downs)) = (ups.as_chunks_mut(), downs.as_chunks_mut());
        let (mut up, mut down) = (self.up, self.down);
        for (ups, downs) in ups.iter_mut().zip(downs) {
            (*ups, *downs) = (up.stretch(*ups), down.stretch(*downs));
        }
        (self.up, self.down) = (up, down);
        self.up.over(last_ups);
        self.down.over(last_downs);
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

    #[inline]
    fn block(&mut self, [highs, lows]: [&[f64]; 2], [ups, downs]: [&mut [f64]; 2]) {
        // The value comes one bar before the sums are seeded.
        if self.silent > 0 || self.up.seeds > 0 {
            for (((high, low), up), down) in highs.iter().zip(lows).zip(ups).zip(downs) {
                [*up, *down] = self.update([*high, *low]);
            }
            return;
        }
        self.over([highs, lows], ups, downs);
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
        let (up, down) = self.moved(high, low, close)?;
        Some(self.direction(up, down))
    }

    /// Sums of movement up and down up to the next bar.
    #[inline]
    fn moved(&mut self, high: f64, low: f64, close: f64) -> Option<(f64, f64)> {
        if (high + low + close).is_nan() {
            return None;
        }
        let [up, down] = self.movement.update([high, low]);
        let range = self.range.next(high, low, close);
        if !range.is_nan() {
            self.sum.next(range);
        }
        // The movement has its first value a bar before the index: its sum is seeded, and has not been smoothed yet.
        if up.is_nan() || !std::mem::replace(&mut self.begun, true) {
            return None;
        }
        Some((up, down))
    }

    /// Both by the range.
    #[inline]
    fn direction(&self, up: f64, down: f64) -> Direction {
        let percent = |movement: f64| if self.sum.sum == 0.0 { 0.0 } else { 100.0 * (movement / self.sum.sum) };
        let (plus, minus) = (percent(up), percent(down));
        Direction { plus, minus }
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
        Some(Self::of(up, down))
    }

    /// The same for a block of at most [`BLOCK`], once it has begun: whether there is an index at every bar. `None`, and
    /// nothing done, if it has not begun.
    #[inline]
    fn over(&mut self, [highs, lows]: [&[f64]; 2], indexes: &mut [f64]) -> Option<bool> {
        if !self.begun {
            return None;
        }
        let mut downs = [0.0; BLOCK];
        let downs = &mut downs[..lows.len()];
        self.movement.over([highs, lows], indexes, downs);
        let mut all_moved = true;
        for (up, down) in indexes.iter_mut().zip(downs) {
            *up = Self::of(*up, *down);
            all_moved &= !up.is_nan();
        }
        Some(all_moved)
    }

    #[inline]
    fn of(up: f64, down: f64) -> f64 {
        100.0 * ((down - up).abs() / (up + down))
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
        self.last = if index.is_nan() { self.last } else { index };
        [self.last]
    }
}

/// Wilder's average of the directional index. A bar that has none changes nothing.
#[derive(Clone, Debug)]
pub struct Adx {
    index: Index,
    average: IndexAverage,
}

/// The average alone.
#[derive(Clone, Debug)]
struct IndexAverage {
    seed: Sma,
    weight: f64,
    value: f64,
    fading: Fading,
}

impl IndexAverage {
    fn new(period: usize) -> Self {
        let weight = 1.0 / period as f64;
        Self { seed: Sma::new(period), weight, value: f64::NAN, fading: Fading::new(1.0 - weight) }
    }

    #[inline]
    fn next(&mut self, index: f64) -> f64 {
        if self.value.is_nan() {
            self.value = self.seed.next(if index.is_nan() { 0.0 } else { index });
            self.fading.start(self.value);
        } else if !index.is_nan() {
            self.value = self.fading.next(index * self.weight);
        }
        self.value
    }
}

impl Adx {
    /// Panics on a period below 2.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self { index: Index::new(period), average: IndexAverage::new(period) }
    }

    /// Takes the next bar; NaN for the first `2 * period - 1`.
    #[inline]
    pub fn next(&mut self, bar: [f64; 3]) -> f64 {
        let Some(index) = self.index.next(bar) else { return f64::NAN };
        self.average.next(index)
    }
}

impl Indicator<3, 1> for Adx {
    #[inline]
    fn update(&mut self, bar: [f64; 3]) -> [f64; 1] {
        [self.next(bar)]
    }

    #[inline]
    fn block(&mut self, [highs, lows, closes]: [&[f64]; 3], [values]: [&mut [f64]; 1]) {
        match self.index.over([highs, lows], values) {
            None => {
                for (((value, high), low), close) in values.iter_mut().zip(highs).zip(lows).zip(closes) {
                    *value = self.next([*high, *low, *close]);
                }
            }
            Some(true) if !self.average.value.is_nan() => {
                let IndexAverage { fading, weight, value, .. } = &mut self.average;
                fading.over(values, |index| index * *weight);
                *value = values.last().copied().unwrap_or(*value);
            }
            Some(_) => values.iter_mut().for_each(|value| *value = self.average.next(*value)),
        }
    }
}

/// The whole of Wilder's system at a bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct System {
    /// What [`Directional`] says.
    pub direction: Direction,
    /// What [`Dx`] says.
    pub dx: f64,
    /// What [`Adx`] says: NaN for `period - 1` bars more.
    pub adx: f64,
}

/// [`Directional`], [`Dx`] and [`Adx`] of one movement, which is summed once; the same bits.
#[derive(Clone, Debug)]
pub struct DirectionalSystem {
    directional: Directional,
    index: f64,
    average: IndexAverage,
}

impl DirectionalSystem {
    /// Panics on a period below 2.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self { directional: Directional::new(period), index: 0.0, average: IndexAverage::new(period) }
    }

    /// Takes the next bar; `None` for the first `period`.
    #[inline]
    pub fn next(&mut self, [high, low, close]: [f64; 3]) -> Option<System> {
        let (up, down) = self.directional.moved(high, low, close)?;
        let index = Index::of(up, down);
        self.index = if index.is_nan() { self.index } else { index };
        let direction = self.directional.direction(up, down);
        Some(System { direction, dx: self.index, adx: self.average.next(index) })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_says_what_its_parts_say() {
        let (mut parts, mut dx, mut adx) = (Directional::new(5), Dx::new(5), Adx::new(5));
        let mut system = DirectionalSystem::new(5);
        let mut told = 0;
        for n in 0..200_u32 {
            // It stands still for a while, and once there is no bar.
            let at = if (80..100).contains(&n) { 7.0 } else { f64::from(n * n % 23) };
            let bar =
                [at + 2.0, at - f64::from(n % 3) * f64::from(u8::from(n < 80)), if n == 50 { f64::NAN } else { at }];
            let ([dx], adx) = (dx.update(bar), adx.next(bar));
            let bits = |direction: Direction| [direction.plus.to_bits(), direction.minus.to_bits()];
            match (parts.next(bar[0], bar[1], bar[2]), system.next(bar)) {
                (None, None) => assert!(dx.is_nan()),
                (Some(alone), Some(all)) => {
                    assert_eq!(bits(alone), bits(all.direction), "bar {n}");
                    assert_eq!([dx.to_bits(), adx.to_bits()], [all.dx.to_bits(), all.adx.to_bits()], "bar {n}");
                    told += usize::from(!adx.is_nan());
                }
                (alone, all) => panic!("bar {n}: {alone:?} {all:?}"),
            }
        }
        assert!(told > 150, "{told}");
    }
}
