//! Candles, and how they compare with those before them.
//!
//! What is long, short or near is so by the average of the last ten candles, or of five, before the one in question; TA-Lib's
//! default settings. The averages are kept once, for all patterns.

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
    average_body: f64,
    average_range: f64,
    average_shadows: f64,
    near_range: f64,
}

impl Candle {
    fn new([open, high, low, close]: [f64; 4]) -> Self {
        let (top, bottom) = (open.max(close), open.min(close));
        Self {
            open,
            high,
            low,
            close,
            white: close >= open,
            body: top - bottom,
            top,
            bottom,
            upper: high - top,
            lower: bottom - low,
            ..Self::default()
        }
    }

    /// 1 white, -1 black.
    #[inline]
    pub fn sign(&self) -> f64 {
        if self.white { 1.0 } else { -1.0 }
    }

    /// Close below open.
    #[inline]
    pub fn black(&self) -> bool {
        !self.white
    }

    /// A body above the average: neither short nor equal to it.
    #[inline]
    pub fn is_long(&self) -> bool {
        self.body > self.average_body
    }

    /// A body below the average.
    #[inline]
    pub fn is_short(&self) -> bool {
        self.body < self.average_body
    }

    /// A body of at most a tenth of the average range.
    #[inline]
    pub fn is_doji(&self) -> bool {
        self.body <= self.very_short()
    }

    /// A tenth of the average range: a body below is none, a shadow below is none.
    #[inline]
    pub fn very_short(&self) -> f64 {
        0.1 * self.average_range
    }

    /// Nothing above the body to speak of.
    #[inline]
    pub fn is_bare_above(&self) -> bool {
        self.upper < self.very_short()
    }

    /// Nothing below the body to speak of.
    #[inline]
    pub fn is_bare_below(&self) -> bool {
        self.lower < self.very_short()
    }

    /// Half of the average of both shadows: a shadow below is short.
    #[inline]
    pub fn short_shadow(&self) -> f64 {
        self.average_shadows / 2.0
    }

    /// What counts as near: a fifth of the average range.
    #[inline]
    pub fn near(&self) -> f64 {
        0.2 * self.near_range
    }

    /// What counts as far.
    #[inline]
    pub fn far(&self) -> f64 {
        0.6 * self.near_range
    }

    /// What counts as equal.
    #[inline]
    pub fn equal(&self) -> f64 {
        0.05 * self.near_range
    }

    /// Within [`Self::equal`] of one of its prices.
    #[inline]
    pub fn equals(&self, own: f64, price: f64) -> bool {
        price <= own + self.equal() && price >= own - self.equal()
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
        let [average_body, average_range, average_shadows, near_range] = self.averages;
        let candle = Candle { average_body, average_range, average_shadows, near_range, ..Candle::new(bar) };
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
