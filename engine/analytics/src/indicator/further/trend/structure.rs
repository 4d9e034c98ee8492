//! Market structure: what is broken, and what is left open.

use crate::indicator::Indicator;
use crate::indicator::block::Ring;

/// Breaks of swings, gaps and sweeps, as "smart money concepts" draw them.
///
/// A swing high is a high above the `n` before it and not below the `n` after it, so it is known `n` bars late; a swing low
/// mirrors it. Only the last of each counts, until a close breaks it.
/// - `bos`: 1 if the close breaks the swing high while the structure rises, -1 the swing low while it falls, else 0;
/// - `choch`: the same against the structure, or before it has a direction: the structure has that direction from then on;
/// - `fvg`: 1 if the low is above the high of two bars ago, -1 if the high is below that low, else 0;
/// - `sweep`: 1 if the low goes below the swing low and the close does not, -1 if the high goes above the swing high and the
///   close does not, else 0;
/// - `ob_high`, `ob_low`: the order block of the last break: the newest earlier candle of the other colour.
#[derive(Clone, Debug)]
pub struct Structure {
    swing: usize,
    highs: Ring,
    lows: Ring,
    /// The swings that are not broken.
    high: f64,
    low: f64,
    direction: i8,
    /// High and low of the newest rising and the newest falling candle.
    white: (f64, f64),
    black: (f64, f64),
    block: (f64, f64),
}

impl Structure {
    /// Swings of so many bars on each side. Panics on 0.
    #[must_use]
    pub fn new(swing: usize) -> Self {
        let none = (f64::NAN, f64::NAN);
        Self {
            swing,
            highs: Ring::new(2 * swing + 1),
            lows: Ring::new(2 * swing + 1),
            high: f64::NAN,
            low: f64::NAN,
            direction: 0,
            white: none,
            black: none,
            block: none,
        }
    }

    /// Whether the middle of the window is its extreme; `sign` 1 for the greatest, -1 for the least.
    fn turns(&self, window: &Ring, sign: f64) -> bool {
        let middle = sign * window.back(self.swing);
        let newer = (0..self.swing).all(|age| sign * window.back(age) <= middle);
        newer && (self.swing + 1..=2 * self.swing).all(|age| sign * window.back(age) < middle)
    }
}

impl Indicator<4, 6> for Structure {
    fn update(&mut self, [open, high, low, close]: [f64; 4]) -> [f64; 6] {
        self.highs.push(high);
        self.lows.push(low);
        let is_full = self.highs.is_full();
        let (mut broken, mut sweep) = (0_i8, 0.0);
        if is_full {
            if high > self.high && close <= self.high {
                sweep = -1.0;
            }
            if low < self.low && close >= self.low {
                sweep = 1.0;
            }
            if close > self.high {
                (broken, self.high, self.block) = (1, f64::NAN, self.black);
            } else if close < self.low {
                (broken, self.low, self.block) = (-1, f64::NAN, self.white);
            }
        }
        if close > open {
            self.white = (high, low);
        } else if close < open {
            self.black = (high, low);
        }
        if !is_full {
            return [f64::NAN; 6];
        }
        // A swing that this bar makes known counts from the next one on.
        if self.turns(&self.highs, 1.0) {
            self.high = self.highs.back(self.swing);
        }
        if self.turns(&self.lows, -1.0) {
            self.low = self.lows.back(self.swing);
        }
        let goes_on = broken == self.direction;
        if broken != 0 {
            self.direction = broken;
        }
        let (high_before, low_before) = (self.highs.back(2), self.lows.back(2));
        let gap = f64::from(i8::from(low > high_before) - i8::from(high < low_before));
        let broken = f64::from(broken);
        let (bos, choch) = if goes_on { (broken, 0.0) } else { (0.0, broken) };
        [bos, choch, gap, sweep, self.block.0, self.block.1]
    }
}
