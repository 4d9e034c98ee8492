//! Mesa sine wave.

use crate::indicator::Indicator;
use crate::indicator::block::Ring;
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI, TAU};

/// Sine of the phase of the last closes against one turn of a circle, and of an eighth of a turn more.
#[derive(Clone, Debug)]
pub struct MesaSine {
    window: Ring,
    /// Cosine and sine of each step back.
    circle: Box<[(f64, f64)]>,
    /// A full window is not told of at once.
    begun: bool,
}

impl MesaSine {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        let step = |k: usize| {
            let (sine, cosine) = (TAU * k as f64 / length as f64).sin_cos();
            (cosine, sine)
        };
        Self { window: Ring::new(length), circle: (0..length).map(step).collect(), begun: false }
    }
}

impl Indicator<1, 2> for MesaSine {
    fn update(&mut self, [input]: [f64; 1]) -> [f64; 2] {
        if input.is_nan() {
            return [f64::NAN; 2];
        }
        self.window.push(input);
        if !self.window.is_full() || !std::mem::replace(&mut self.begun, true) {
            return [f64::NAN; 2];
        }
        let (mut real, mut imaginary) = (0.0, 0.0);
        for (age, (cosine, sine)) in self.circle.iter().enumerate() {
            let value = self.window.back(age);
            real += cosine * value;
            imaginary += sine * value;
        }
        let mut phase = if real.abs() > 0.001 { (imaginary / real).atan() } else { FRAC_PI_2 * f64::signum(imaginary) };
        if real < 0.0 {
            phase += PI;
        }
        phase += FRAC_PI_2;
        if phase < 0.0 {
            phase += TAU;
        } else if phase > TAU {
            phase -= TAU;
        }
        [phase.sin(), (phase + FRAC_PI_4).sin()]
    }
}
