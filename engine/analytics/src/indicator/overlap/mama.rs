//! Ehlers' adaptive average.

use crate::indicator::Indicator;
use crate::indicator::cycle::{self, Hilbert};

/// As fast as the phase of the price turns slowly: a price that trends has a phase that stands.
#[derive(Clone, Debug)]
pub struct Mama {
    hilbert: Hilbert,
    fast: f64,
    slow: f64,
    phase: f64,
    mama: f64,
    fama: f64,
    silent: usize,
}

/// One result of a [`Mama`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MamaValue {
    /// The average.
    pub mama: f64,
    /// The average that follows it at half the speed.
    pub fama: f64,
}

impl Mama {
    /// Inputs before the first value.
    pub const LOOKBACK: usize = cycle::BEGIN + cycle::SETTLE;

    /// With the greatest and the least weight of the newest input.
    #[must_use]
    pub fn new(fast: f64, slow: f64) -> Self {
        let hilbert = Hilbert::after(cycle::BEGIN);
        Self { hilbert, fast, slow, phase: 0.0, mama: 0.0, fama: 0.0, silent: cycle::SETTLE }
    }

    /// Takes the next price; NaN for the first 32.
    #[inline]
    pub fn next(&mut self, price: f64) -> MamaValue {
        let none = MamaValue { mama: f64::NAN, fama: f64::NAN };
        let Some(swing) = self.hilbert.next(price) else { return none };
        let phase = if swing.in_phase == 0.0 { 0.0 } else { (swing.quadrature / swing.in_phase).atan().to_degrees() };
        let turned = (self.phase - phase).max(1.0);
        self.phase = phase;
        let weight = if turned > 1.0 { (self.fast / turned).max(self.slow) } else { self.fast };
        self.mama = weight * price + (1.0 - weight) * self.mama;
        self.fama = 0.5 * weight * self.mama + (1.0 - 0.5 * weight) * self.fama;
        if self.silent > 0 {
            self.silent -= 1;
            return none;
        }
        MamaValue { mama: self.mama, fama: self.fama }
    }
}

impl Indicator<1, 2> for Mama {
    #[inline]
    fn update(&mut self, [input]: [f64; 1]) -> [f64; 2] {
        let MamaValue { mama, fama } = self.next(input);
        [mama, fama]
    }
}
