//! Where in its period a swing is, and what is left of the price without it.

use super::hilbert::{Hilbert, Swing};
use crate::indicator::Filter;
use crate::indicator::block::Ring;

/// Bars before the first value: 37 until the transform begins, 26 until it has settled.
pub(super) const LOOKBACK: usize = 63;
/// Bar at which the transform begins.
const BEGIN: usize = 37;
/// Longest period, in whole bars.
const LONGEST: usize = 50;

/// What is known at a bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Phase {
    /// The swing.
    pub swing: Swing,
    /// Degrees: -45 to 315.
    pub phase: f64,
    /// Sine of it, and of 45 degrees more.
    pub sine: (f64, f64),
    /// The price, averaged over a period: without the swing.
    pub trend: f64,
}

/// Follows the phase of a swing.
#[derive(Clone, Debug)]
pub struct Phases {
    hilbert: Hilbert,
    prices: Ring,
    smooth: Ring,
    phase: f64,
    /// The last three averages over a period, newest first.
    averages: [f64; 3],
    /// Values that the transform gave: the first ones are not told.
    settled: usize,
    /// Sine and cosine of each step of each whole period.
    circle: Box<[(f64, f64)]>,
}

impl Default for Phases {
    fn default() -> Self {
        let step = |(period, at): (usize, usize)| (at as f64 * std::f64::consts::TAU / period as f64).sin_cos();
        let circle =
            (0..=LONGEST).flat_map(|period| (0..LONGEST).map(move |at| (period.max(1), at))).map(step).collect();
        let (prices, smooth) = (Ring::new(LONGEST), Ring::new(LONGEST));
        Self { hilbert: Hilbert::after(BEGIN), prices, smooth, phase: 0.0, averages: [0.0; 3], settled: BEGIN, circle }
    }
}

impl Phases {
    /// Takes the next price; `None` for the first 63, and for NaN.
    #[inline]
    pub fn next(&mut self, price: f64) -> Option<Phase> {
        let swing = self.hilbert.next(price);
        if !price.is_nan() {
            self.prices.push(price);
        }
        let swing = swing?;
        self.smooth.push(swing.smooth);
        self.settled += 1;
        let bars = (swing.period + 0.5) as usize;
        self.turn(swing.period, bars);
        let sum: f64 = (0..bars).map(|age| self.prices.back(age)).sum();
        let average = if bars > 0 { sum / bars as f64 } else { sum };
        let [one, two, three] = self.averages;
        let trend = (4.0 * average + 3.0 * one + 2.0 * two + three) / 10.0;
        self.averages = [average, one, two];
        let sine = (self.phase.to_radians().sin(), (self.phase + 45.0).to_radians().sin());
        Some(Phase { swing, phase: self.phase, sine, trend })
    }

    /// Whether what it gives may be told by now.
    #[inline]
    pub(super) fn is_settled(&self) -> bool {
        self.settled > LOOKBACK
    }

    fn turn(&mut self, period: f64, bars: usize) {
        let (mut real, mut imaginary) = (0.0, 0.0);
        for age in 0..bars {
            let ((sin, cos), smooth) = (self.circle[bars * LONGEST + age], self.smooth.back(age));
            real += sin * smooth;
            imaginary += cos * smooth;
        }
        if imaginary != 0.0 {
            self.phase = f64::atan(real / imaginary).to_degrees();
        } else if real < 0.0 {
            self.phase -= 90.0;
        } else if real > 0.0 {
            self.phase += 90.0;
        }
        // The average lags by a bar of the swing.
        self.phase += 90.0 + 360.0 / period;
        if imaginary < 0.0 {
            self.phase += 180.0;
        }
        if self.phase > 315.0 {
            self.phase -= 360.0;
        }
    }
}

/// Bars of the period that the price swings in.
#[derive(Clone, Debug)]
pub struct Period {
    hilbert: Hilbert,
    silent: usize,
}

impl Default for Period {
    fn default() -> Self {
        Self { hilbert: Hilbert::after(super::BEGIN), silent: super::SETTLE }
    }
}

impl Period {
    /// Takes the next price; `None` for the first 32, and for NaN.
    #[inline]
    pub fn next(&mut self, price: f64) -> Option<Swing> {
        let swing = self.hilbert.next(price)?;
        if self.silent > 0 {
            self.silent -= 1;
            return None;
        }
        Some(swing)
    }
}

impl Filter for Period {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        Period::next(self, input).map_or(f64::NAN, |swing| swing.period)
    }
}
