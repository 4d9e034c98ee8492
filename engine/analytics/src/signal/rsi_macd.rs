//! Buys a fall that has turned: momentum turns up soon after the price was oversold.

use crate::indicator::Filter as _;
use crate::indicator::momentum::{Macd, Rsi};

/// How many of the last inputs, the newest included, may have been the oversold one.
const OVERSOLD_WITHIN: usize = 10;

/// Lengths and thresholds of a [`RsiMacd`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RsiMacdPeriods {
    /// Inputs of the RSI.
    pub rsi: u32,
    /// An RSI below it is oversold.
    pub low: f64,
    /// An RSI above it is overbought.
    pub high: f64,
    /// Inputs of the fast average.
    pub fast: u32,
    /// Inputs of the slow average.
    pub slow: u32,
    /// Inputs of the average of their difference.
    pub signal: u32,
}

/// Long or flat.
///
/// - flat to long: the MACD histogram is above 0 and was not before, and the least RSI of the last ten inputs is below
///   `low`;
/// - long to flat: the histogram is below 0 and was not before, or the RSI is above `high`.
///
/// Flat while either indicator warms up.
#[derive(Clone, Copy, Debug)]
pub struct RsiMacd {
    rsi: Rsi,
    macd: Macd,
    opinion: RsiMacdOpinion,
}

/// What a [`RsiMacd`] thinks of its two indicators, wherever they were computed.
#[derive(Clone, Copy, Debug)]
pub struct RsiMacdOpinion {
    low: f64,
    high: f64,
    /// The last RSI values; infinite where there was none yet.
    recent: [f64; OVERSOLD_WITHIN],
    next: usize,
    /// The last one; NaN before the first.
    histogram: f64,
    long: bool,
}

impl RsiMacd {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(periods: RsiMacdPeriods) -> Self {
        Self {
            rsi: Rsi::new(periods.rsi as usize),
            macd: Macd::new(periods.fast as usize, periods.slow as usize, periods.signal as usize),
            opinion: RsiMacdOpinion::new(&periods),
        }
    }

    /// Takes the next close; whether a long position is wanted from now on. Any unit of price will do: the rule does not
    /// depend on the scale.
    pub fn update(&mut self, close: f64) -> bool {
        self.opinion.update(self.rsi.next(close), self.macd.next(close).histogram)
    }
}

impl RsiMacdOpinion {
    /// Before the first close.
    #[must_use]
    pub fn new(periods: &RsiMacdPeriods) -> Self {
        Self {
            low: periods.low,
            high: periods.high,
            recent: [f64::INFINITY; OVERSOLD_WITHIN],
            next: 0,
            histogram: f64::NAN,
            long: false,
        }
    }

    /// Takes both values of the next close, NaN for none yet; whether a long position is wanted from now on.
    pub fn update(&mut self, rsi: f64, now: f64) -> bool {
        if !rsi.is_nan() {
            self.recent[self.next] = rsi;
            self.next = (self.next + 1) % OVERSOLD_WITHIN;
        }
        let before = std::mem::replace(&mut self.histogram, now);
        // Nothing compares with NaN: without a value of each there is neither a turn nor a leave.
        self.long = if self.long { !self.leaves(rsi, before, now) } else { self.enters(before, now) };
        self.long
    }

    fn enters(&self, before: f64, now: f64) -> bool {
        let least = self.recent.iter().copied().fold(f64::INFINITY, f64::min);
        now > 0.0 && before <= 0.0 && least < self.low
    }

    fn leaves(&self, rsi: f64, before: f64, now: f64) -> bool {
        (now < 0.0 && before >= 0.0) || rsi > self.high
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::{column, oracles};

    #[test]
    fn wants_what_the_reference_run_wanted_after_every_bar() {
        let Some(oracles) = oracles() else { return };
        let closes = column(&oracles.join("series/eth_usd_4h.csv.gz"), "close");
        let targets = column(&oracles.join("backtests/rsi_macd_stops/equity.csv.gz"), "target");
        assert_eq!(closes.len(), targets.len());
        let periods = RsiMacdPeriods { rsi: 14, low: 40.0, high: 70.0, fast: 12, slow: 26, signal: 9 };
        let (mut signal, mut changes, mut last) = (RsiMacd::new(periods), 0, false);
        for (bar, (close, target)) in closes.into_iter().zip(targets).enumerate() {
            let long = signal.update(close.expect("a price"));
            assert_eq!(long, target == Some(1.0), "bar {bar}");
            changes += usize::from(long != last);
            last = long;
        }
        assert!(changes > 20, "only {changes} changes: the series does not try the rule");
    }
}
