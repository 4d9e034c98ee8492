//! Whether there is a trend at all.

use crate::indicator::Indicator;
use crate::indicator::momentum::{Adx, Direction, Directional};

/// Strength from which a trend counts, and below which there is none.
const BEGINS: f64 = 25.0;
const ENDS: f64 = 20.0;

/// 1 a rising trend, -1 a falling one, 0 none, by Wilder: at an average directional index of 25 or more there is one, to the
/// side that moves more; below 20 there is none; between the two it stays what it was, 0 at first.
#[derive(Clone, Debug)]
pub struct Regime {
    strength: Adx,
    sides: Directional,
    label: f64,
}

impl Regime {
    /// Panics on a period below 2.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self { strength: Adx::new(period), sides: Directional::new(period), label: 0.0 }
    }
}

impl Indicator<3, 1> for Regime {
    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 1] {
        let strength = self.strength.next([high, low, close]);
        let Some(Direction { plus, minus }) = self.sides.next(high, low, close) else { return [f64::NAN] };
        if strength.is_nan() {
            return [f64::NAN];
        }
        if strength >= BEGINS {
            self.label = f64::from(i8::from(plus > minus) - i8::from(plus < minus));
        } else if strength < ENDS {
            self.label = 0.0;
        }
        [self.label]
    }
}
