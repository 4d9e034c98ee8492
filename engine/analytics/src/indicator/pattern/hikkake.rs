//! Hikkake: an inside bar, left to one side, and what becomes of it.

use super::all;
use super::candle::Candles;

/// Bars within which it is confirmed.
const WITHIN: usize = 3;

/// Follows one kind of it.
#[derive(Clone, Debug)]
pub(super) struct Hikkake {
    modified: bool,
    /// The last one: its sign, the bar that made it, high and low of the bar before that.
    last: Option<(i32, usize, f64, f64)>,
}

impl Hikkake {
    /// `modified`: two bars within each other, the first of which closed near its end.
    pub(super) fn new(modified: bool) -> Self {
        Self { modified, last: None }
    }

    /// 100 or -100 for one, 200 or -200 for its confirmation.
    pub(super) fn next(&mut self, candles: &Candles) -> i32 {
        let at = candles.taken();
        if let Some(sign) = self.found(candles) {
            let [b, _] = candles.last();
            self.last = Some((sign, at, b.high, b.low));
            return 100 * sign;
        }
        let Some((sign, made, high, low)) = self.last else { return 0 };
        let [newest] = candles.last();
        let confirmed = if sign > 0 { newest.close > high } else { newest.close < low };
        if at <= made + WITHIN && confirmed {
            self.last = None;
            return 200 * sign;
        }
        0
    }

    fn found(&self, candles: &Candles) -> Option<i32> {
        let [z, a, b, c] = candles.last();
        let inside = all([b.high < a.high, b.low > a.low]);
        let falls = all([c.high < b.high, c.low < b.low]);
        let rises = all([c.high > b.high, c.low > b.low]);
        if !all([inside, falls | rises]) {
            return None;
        }
        if self.modified {
            let inner = a.high < z.high && a.low > z.low;
            let end = if falls { a.close <= a.low + a.near } else { a.close >= a.high - a.near };
            if !inner || !end {
                return None;
            }
        }
        Some(if falls { 1 } else { -1 })
    }
}
