//! What rules are made of, as columns: an indicator over a whole series, so that many runs may share it.

use super::series::Series;
use engine_analytics::indicator::block::{Maximum, Minimum, Moments, Sma};
use engine_analytics::indicator::momentum::{Macd, Rsi};
use engine_analytics::indicator::{BLOCK, Filter};
use std::fmt::{Display, Formatter};

/// An indicator with its parameters, in bars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// Mean of the last closes.
    Mean(usize),
    /// Relative strength of the closes.
    Rsi(usize),
    /// How far moving averages run apart, less the average of that.
    Histogram {
        /// Of the fast average.
        fast: usize,
        /// Of the slow one.
        slow: usize,
        /// Of the average of their difference.
        signal: usize,
    },
    /// Middle of a band: the mean that its deviation is taken about.
    Middle(usize),
    /// Population deviation of the last closes.
    Deviation(usize),
    /// Highest of the last bars.
    Highest(usize),
    /// Lowest of the last bars.
    Lowest(usize),
}

impl Display for Column {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Mean(n) => write!(f, "mean {n}"),
            Self::Rsi(n) => write!(f, "rsi {n}"),
            Self::Histogram { fast, slow, signal } => write!(f, "macd histogram {fast}, {slow}, {signal}"),
            Self::Middle(n) => write!(f, "middle {n}"),
            Self::Deviation(n) => write!(f, "deviation {n}"),
            Self::Highest(n) => write!(f, "highest {n}"),
            Self::Lowest(n) => write!(f, "lowest {n}"),
        }
    }
}

impl Column {
    /// Its value at each close, `NaN` before there is one: the stream's, to the bit.
    #[must_use]
    pub fn of(self, series: &Series) -> Vec<f64> {
        match self {
            Self::Mean(n) => filtered(series.close(), Sma::new(n)),
            Self::Rsi(n) => filtered(series.close(), Rsi::new(n)),
            Self::Histogram { fast, slow, signal } => {
                let mut macd = Macd::new(fast, slow, signal);
                over(series.close(), |close| macd.next(close).histogram)
            }
            Self::Middle(n) => {
                let mut moments = Moments::new(n);
                over(series.close(), |close| moments.next(close).0)
            }
            Self::Deviation(n) => {
                let mut moments = Moments::new(n);
                over(series.close(), |close| moments.next(close).1.sqrt())
            }
            Self::Highest(n) => filtered(series.high(), Maximum::new(n)),
            Self::Lowest(n) => filtered(series.low(), Minimum::new(n)),
        }
    }
}

/// A block at a time, as a batch has it.
fn filtered(values: &[f64], mut filter: impl Filter) -> Vec<f64> {
    let mut values = values.to_vec();
    values.chunks_mut(BLOCK).for_each(|block| filter.over(block));
    values
}

fn over(values: &[f64], mut next: impl FnMut(f64) -> f64) -> Vec<f64> {
    values.iter().map(|value| next(*value)).collect()
}
