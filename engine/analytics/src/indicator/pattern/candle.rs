//! Candles, and how they compare with those before them.
//!
//! What is long, short or near is so by the average of the last ten candles, or of five, before the one in question; TA-Lib's
//! default settings. The averages are kept once, for all patterns.

use super::all;
use crate::indicator::Filter;
use crate::indicator::block::Sma;

/// Candles that a pattern may look at, and a power of two.
const KEPT: usize = 8;
/// Candles that a body, a range or a shadow is compared with.
const LONG: usize = 10;
/// Candles whose ranges say what is near.
const NEAR: usize = 5;

/// A candle, with the averages of those before it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Candle {
    /// First price.
    pub open: f64,
    /// Greatest price.
    pub high: f64,
    /// Least price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Close not below open: white.
    pub white: bool,
    /// Between open and close.
    pub body: f64,
    /// Upper end of the body.
    pub top: f64,
    /// Lower end of the body.
    pub bottom: f64,
    /// Above the body.
    pub upper: f64,
    /// Below the body.
    pub lower: f64,
    /// A body above the average: neither short nor equal to it.
    pub long: bool,
    /// A body below the average.
    pub short: bool,
    /// A body of at most a tenth of the average range.
    pub doji: bool,
    /// Nothing above the body to speak of.
    pub bare_above: bool,
    /// Nothing below the body to speak of.
    pub bare_below: bool,
    /// A tenth of the average range: a body up to it is none, a shadow below it is none.
    pub very_short: f64,
    /// Half of the average of both shadows: a shadow below it is short.
    pub short_shadow: f64,
    /// What counts as near: a fifth of the average range.
    pub near: f64,
    /// What counts as far.
    pub far: f64,
    /// What counts as equal.
    pub equal: f64,
}

impl Candle {
    /// With the averages of those before it: body, range, shadows, near range.
    fn new([open, high, low, close]: [f64; 4], [body, range, shadows, near_range]: [f64; 4]) -> Self {
        let (top, bottom) = (open.max(close), open.min(close));
        let (own, upper, lower, very_short) = (top - bottom, high - top, bottom - low, 0.1 * range);
        Self {
            open,
            high,
            low,
            close,
            white: close >= open,
            body: own,
            top,
            bottom,
            upper,
            lower,
            long: own > body,
            short: own < body,
            doji: own <= very_short,
            bare_above: upper < very_short,
            bare_below: lower < very_short,
            very_short,
            short_shadow: shadows / 2.0,
            near: 0.2 * near_range,
            far: 0.6 * near_range,
            equal: 0.05 * near_range,
        }
    }

    /// Close below open.
    #[inline]
    pub fn black(&self) -> bool {
        !self.white
    }

    /// Within [`Self::equal`] of one of its prices.
    #[inline]
    pub fn equals(&self, own: f64, price: f64) -> bool {
        all([price <= own + self.equal, price >= own - self.equal])
    }

    /// Its body lies above the other's.
    #[inline]
    pub fn gaps_up(&self, other: &Self) -> bool {
        self.bottom > other.top
    }

    /// Its body lies below the other's.
    #[inline]
    pub fn gaps_down(&self, other: &Self) -> bool {
        self.top < other.bottom
    }

    /// It lies above the other with all that it has.
    #[inline]
    pub fn leaps_up(&self, other: &Self) -> bool {
        self.low > other.high
    }

    /// It lies below the other with all that it has.
    #[inline]
    pub fn leaps_down(&self, other: &Self) -> bool {
        self.high < other.low
    }
}

/// The last candles.
#[derive(Clone, Debug)]
pub struct Candles {
    ring: [Candle; KEPT],
    taken: usize,
    bodies: Sma,
    ranges: Sma,
    shadows: Sma,
    near_ranges: Sma,
    /// Averages up to the last candle, body, range, shadows, near range: those before the next.
    averages: [f64; 4],
}

impl Candles {
    /// Before the first bar.
    #[must_use]
    pub fn new() -> Self {
        Self {
            ring: [Candle::default(); KEPT],
            taken: 0,
            bodies: Sma::new(LONG),
            ranges: Sma::new(LONG),
            shadows: Sma::new(LONG),
            near_ranges: Sma::new(NEAR),
            averages: [f64::NAN; 4],
        }
    }

    /// Takes the next bar; whether it was one.
    #[inline]
    pub fn push(&mut self, bar: [f64; 4]) -> bool {
        if bar.iter().any(|price| price.is_nan()) {
            return false;
        }
        let candle = Candle::new(bar, self.averages);
        let range = candle.high - candle.low;
        self.averages = [
            self.bodies.next(candle.body),
            self.ranges.next(range),
            self.shadows.next(candle.upper + candle.lower),
            self.near_ranges.next(range),
        ];
        self.ring[self.taken % KEPT] = candle;
        self.taken += 1;
        true
    }

    /// Bars so far.
    #[inline]
    pub fn taken(&self) -> usize {
        self.taken
    }

    /// The last `N`, oldest first.
    #[inline]
    pub fn last<const N: usize>(&self) -> [&Candle; N] {
        std::array::from_fn(|at| &self.ring[(self.taken + KEPT - N + at) % KEPT])
    }
}

impl Default for Candles {
    fn default() -> Self {
        Self::new()
    }
}
