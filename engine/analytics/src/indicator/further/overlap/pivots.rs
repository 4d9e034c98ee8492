//! Levels from the day before.

use crate::indicator::Indicator;

const DAY_MS: f64 = 86_400_000.0;

/// Levels of the previous UTC day's open, high, low and close (O, H, L, C); none on the first day.
///
/// `P = (H + L + C) / 3`. Classic: `R1 = 2P - L`, `S1 = 2P - H`, `R2, S2 = P ± (H - L)`, `R3 = H + 2 (P - L)`, `S3
/// = L - 2 (H - P)`. Fibonacci: `P ± 0.382, 0.618, 1 (H - L)`. Camarilla: `C ± 1.1 (H - L) / 12, 6, 4, 2`. Woodie:
/// `P = (H + L + 2C) / 4`, R1 and S1 as classic. Central range: `BC = (H + L) / 2`, `TC = 2P - BC`. `DeMark`: `X =
/// H + 2L + C` if `C < O`, `2H + L + C` if `C > O`, else `H + L + 2C`; `P = X / 4`, `R1 = X / 2 - L`, `S1 = X / 2
/// - H`.
#[derive(Clone, Debug)]
pub struct Pivots {
    day: f64,
    /// Open, high, low, close of the day so far.
    today: [f64; 4],
    levels: [f64; 29],
}

impl Pivots {
    /// Before the first bar.
    #[must_use]
    pub fn new() -> Self {
        Self { day: f64::NAN, today: [f64::NAN; 4], levels: [f64::NAN; 29] }
    }
}

impl Default for Pivots {
    fn default() -> Self {
        Self::new()
    }
}

impl Indicator<5, 29> for Pivots {
    fn update(&mut self, [open, high, low, close, time_ms]: [f64; 5]) -> [f64; 29] {
        let day = (time_ms / DAY_MS).floor();
        if (open + high + low + close + day).is_nan() {
            return [f64::NAN; 29];
        }
        if self.day < day {
            self.levels = levels(self.today);
        }
        if self.day < day || self.day.is_nan() {
            self.day = day;
            self.today = [open, high, low, close];
        } else {
            let [first, highest, lowest, _] = self.today;
            self.today = [first, highest.max(high), lowest.min(low), close];
        }
        self.levels
    }
}

fn levels([open, high, low, close]: [f64; 4]) -> [f64; 29] {
    let (pivot, range) = ((high + low + close) / 3.0, high - low);
    let cam = [12.0, 6.0, 4.0, 2.0].map(|part| range * 1.1 / part);
    let woodie = (high + low + 2.0 * close) / 4.0;
    let bottom = (high + low) / 2.0;
    let x = if close < open {
        high + 2.0 * low + close
    } else if close > open {
        2.0 * high + low + close
    } else {
        high + low + 2.0 * close
    };
    [
        pivot,
        2.0 * pivot - low,
        2.0 * pivot - high,
        pivot + range,
        pivot - range,
        high + 2.0 * (pivot - low),
        low - 2.0 * (high - pivot),
        pivot + 0.382 * range,
        pivot + 0.618 * range,
        pivot + range,
        pivot - 0.382 * range,
        pivot - 0.618 * range,
        pivot - range,
        close + cam[0],
        close + cam[1],
        close + cam[2],
        close + cam[3],
        close - cam[0],
        close - cam[1],
        close - cam[2],
        close - cam[3],
        woodie,
        2.0 * woodie - low,
        2.0 * woodie - high,
        bottom,
        2.0 * pivot - bottom,
        x / 4.0,
        x / 2.0 - low,
        x / 2.0 - high,
    ]
}
