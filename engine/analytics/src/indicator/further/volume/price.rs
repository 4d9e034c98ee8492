//! Prices weighed by volume.

use crate::indicator::block::Sum;
use crate::indicator::{Filter, Indicator};

/// Elastic average: `y = ((v - vol) y + vol p) / v`, `v` the volume of the window; starting as the close.
#[derive(Clone, Debug)]
pub struct Elastic {
    volume: Sum,
    value: f64,
}

impl Elastic {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self { volume: Sum::new(length), value: f64::NAN }
    }
}

impl Indicator<2, 1> for Elastic {
    #[inline]
    fn update(&mut self, [close, volume]: [f64; 2]) -> [f64; 1] {
        let whole = self.volume.next(volume);
        if whole.is_nan() {
            return [f64::NAN];
        }
        if self.value.is_nan() {
            self.value = close;
        } else if whole > 0.0 {
            self.value = ((whole - volume) * self.value + volume * close) / whole;
        }
        [self.value]
    }
}

/// Mean typical price, weighed by volume, of all bars from one on.
#[derive(Clone, Copy, Debug)]
pub struct Anchored {
    skip: usize,
    money: f64,
    volume: f64,
}

impl Anchored {
    /// From the bar of that number on, the first being 0.
    #[must_use]
    pub fn new(anchor: usize) -> Self {
        Self { skip: anchor, money: 0.0, volume: 0.0 }
    }
}

impl Indicator<4, 1> for Anchored {
    #[inline]
    fn update(&mut self, [high, low, close, volume]: [f64; 4]) -> [f64; 1] {
        if self.skip > 0 {
            self.skip -= 1;
            return [f64::NAN];
        }
        self.money += (high + low + close) / 3.0 * volume;
        self.volume += volume;
        [self.money / self.volume]
    }
}

/// The same of the last bars.
#[derive(Clone, Debug)]
pub struct Rolling {
    money: Sum,
    volume: Sum,
}

impl Rolling {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self { money: Sum::new(length), volume: Sum::new(length) }
    }
}

impl Indicator<4, 1> for Rolling {
    #[inline]
    fn update(&mut self, [high, low, close, volume]: [f64; 4]) -> [f64; 1] {
        [self.money.next((high + low + close) / 3.0 * volume) / self.volume.next(volume)]
    }
}

/// The same of the UTC day, and one and two deviations around it; no value before the day's first volume.
#[derive(Clone, Copy, Debug)]
pub struct Session {
    day: f64,
    volume: f64,
    money: f64,
    squares: f64,
}

impl Session {
    const DAY_MS: f64 = 86_400_000.0;

    /// Before the first bar.
    #[must_use]
    pub fn new() -> Self {
        Self { day: f64::NAN, volume: 0.0, money: 0.0, squares: 0.0 }
    }
}

impl Default for Session {
    fn default() -> Self {
        Self::new()
    }
}

impl Indicator<5, 5> for Session {
    /// Average, upper and lower at one, upper and lower at two.
    #[inline]
    fn update(&mut self, [high, low, close, volume, time_ms]: [f64; 5]) -> [f64; 5] {
        let (day, typical) = ((time_ms / Self::DAY_MS).floor(), (high + low + close) / 3.0);
        if (typical + volume + day).is_nan() {
            return [f64::NAN; 5];
        }
        if self.day.is_nan() || day > self.day {
            *self = Self { day, ..Self::new() };
        }
        self.volume += volume;
        self.money += typical * volume;
        self.squares += typical * typical * volume;
        let average = self.money / self.volume;
        // As the definition says, though the difference loses digits: an oracle's bands are to be met.
        let deviation = (self.squares / self.volume - average * average).max(0.0).sqrt();
        // The greater of 0 and NaN is 0, but a day without volume has no average either.
        [0.0, 1.0, -1.0, 2.0, -2.0].map(|times| average + times * deviation)
    }
}
