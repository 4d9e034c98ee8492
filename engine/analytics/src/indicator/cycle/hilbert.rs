//! Ehlers' Hilbert transform: the period and the phase of a price that swings, as TA-Lib computes them.

use crate::indicator::block::{Lag, Wma};
use crate::indicator::{Filter, block::Ring};

/// Shortest and longest period that is believed, in bars.
const PERIOD: (f64, f64) = (6.0, 50.0);
/// Inputs of the smoothing average.
const SMOOTH: usize = 4;

/// What is known of the swing at a bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Swing {
    /// The price, averaged over four bars.
    pub smooth: f64,
    /// In phase with the swing.
    pub in_phase: f64,
    /// A quarter of a period before it.
    pub quadrature: f64,
    /// Bars of a period, smoothed once more.
    pub period: f64,
}

/// Follows a swing. Its memory fades, but never ends.
#[derive(Clone, Debug)]
pub struct Hilbert {
    /// Bars before it begins to transform.
    skip: usize,
    smooth: Wma,
    detrend: Quadrature,
    quadrature: Quadrature,
    in_phase_ahead: Quadrature,
    quadrature_ahead: Quadrature,
    in_phase: Lag,
    /// Smoothed phasor, and the smoothed product with the one before: real and imaginary parts.
    phasor: (f64, f64),
    turned: (f64, f64),
    period: f64,
    smooth_period: f64,
}

impl Hilbert {
    /// That transforms from bar `skip` on, counted from 0. Panics if the first average is not complete by then.
    #[must_use]
    pub fn after(skip: usize) -> Self {
        assert!(skip >= SMOOTH - 1, "no average to transform");
        Self {
            skip,
            smooth: Wma::new(SMOOTH),
            detrend: Quadrature::default(),
            quadrature: Quadrature::default(),
            in_phase_ahead: Quadrature::default(),
            quadrature_ahead: Quadrature::default(),
            in_phase: Lag::new(3),
            phasor: (0.0, 0.0),
            turned: (0.0, 0.0),
            period: 0.0,
            smooth_period: 0.0,
        }
    }

    /// Takes the next price; `None` until it transforms, and for NaN.
    #[inline]
    pub fn next(&mut self, price: f64) -> Option<Swing> {
        let smooth = self.smooth.next(price);
        if price.is_nan() {
            return None;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return None;
        }
        let adjust = 0.075 * self.period + 0.54;
        let detrended = self.detrend.next(smooth, adjust);
        let quadrature = self.quadrature.next(detrended, adjust);
        let in_phase = self.in_phase.next(detrended);
        let in_phase = if in_phase.is_nan() { 0.0 } else { in_phase };
        let ahead = (self.in_phase_ahead.next(in_phase, adjust), self.quadrature_ahead.next(quadrature, adjust));
        self.turn(in_phase - ahead.1, quadrature + ahead.0);
        Some(Swing { smooth, in_phase, quadrature, period: self.smooth_period })
    }

    /// How far the phasor has turned since the bar before says how long a period is.
    #[inline]
    fn turn(&mut self, in_phase: f64, quadrature: f64) {
        let last = self.phasor;
        let now = (0.2 * in_phase + 0.8 * last.0, 0.2 * quadrature + 0.8 * last.1);
        self.phasor = now;
        self.turned.0 = 0.2 * (now.0 * last.0 + now.1 * last.1) + 0.8 * self.turned.0;
        self.turned.1 = 0.2 * (now.0 * last.1 - now.1 * last.0) + 0.8 * self.turned.1;
        let before = self.period;
        let mut period = before;
        if self.turned.0 != 0.0 && self.turned.1 != 0.0 {
            period = 360.0 / (self.turned.1 / self.turned.0).atan().to_degrees();
        }
        // Not clamp: half of the way the bounds are both 0.
        period = period.min(1.5 * before).max(0.67 * before).max(PERIOD.0).min(PERIOD.1);
        self.period = 0.2 * period + 0.8 * before;
        self.smooth_period = 0.33 * self.period + 0.67 * self.smooth_period;
    }
}

/// Shifts a swing by a quarter of its period.
#[derive(Clone, Debug)]
struct Quadrature(Ring);

impl Default for Quadrature {
    fn default() -> Self {
        Self(Ring::new(7))
    }
}

impl Quadrature {
    #[inline]
    fn next(&mut self, input: f64, adjust: f64) -> f64 {
        self.0.push(input);
        let [now, two, four, six] = [0, 2, 4, 6].map(|age| self.0.back(age));
        (0.0962 * (now - six) + 0.5769 * (two - four)) * adjust
    }
}
