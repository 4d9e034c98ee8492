//! What the line of least squares says.

use crate::indicator::Filter;
use crate::indicator::block::LineFit;

/// What of the line is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Its height at the newest input.
    End,
    /// Its height one input further.
    Next,
    /// Its height at the oldest input.
    Intercept,
    /// Its rise an input.
    Slope,
    /// The angle of that rise, in degrees.
    Angle,
}

/// A reading of the line through the last inputs.
#[derive(Clone, Debug)]
pub struct Forecast {
    fit: LineFit,
    reading: Reading,
}

impl Forecast {
    /// Panics on a period below 2.
    #[must_use]
    pub fn new(period: usize, reading: Reading) -> Self {
        Self { fit: LineFit::new(period), reading }
    }
}

impl Filter for Forecast {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        let Some(line) = self.fit.next(input) else { return f64::NAN };
        let length = self.fit.window().length() as f64;
        match self.reading {
            Reading::End => line.at(length - 1.0),
            Reading::Next => line.at(length),
            Reading::Intercept => line.intercept,
            Reading::Slope => line.slope,
            Reading::Angle => line.slope.atan().to_degrees(),
        }
    }
}
