//! Bars as columns, checked once.

use std::fmt::{Display, Formatter};

/// Bars in the order of time, a column each; all columns have one length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    time_ms: Vec<i64>,
    open: Vec<f64>,
    high: Vec<f64>,
    low: Vec<f64>,
    close: Vec<f64>,
}

/// One bar. `time_ms` is its open's, in ms since the epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// When it opened.
    pub time_ms: i64,
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
}

/// What is wrong with a bar, by its row (the first is 0; people are told rows as files have them, from 1 below the names).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BarFault {
    /// A price that nobody trades at.
    Price {
        /// Its row.
        row: usize,
        /// Which of the four.
        name: &'static str,
        /// What stood there.
        found: f64,
    },
    /// The highest is not the highest, or the lowest not the lowest.
    Range {
        /// Its row.
        row: usize,
        /// The bar.
        bar: Bar,
    },
    /// Not after the bar before it.
    Time {
        /// Its row.
        row: usize,
        /// ms since the epoch.
        found: i64,
        /// ms since the epoch.
        before: i64,
    },
}

impl Display for BarFault {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Price { row, name, found } => {
                write!(f, "row {} (below the names): {name} is {found}, expected a price above 0", row + 1)
            }
            Self::Range { row, bar: Bar { open, high, low, close, .. } } => {
                let row = row + 1;
                write!(f, "row {row} (below the names): open {open} and close {close} do not lie between ")?;
                write!(f, "low {low} and high {high}")
            }
            Self::Time { row, found, before } => write!(
                f,
                "row {} (below the names): its time {found} is not after {before}, that of the bar before: sort the file, drop doubles",
                row + 1
            ),
        }
    }
}

impl std::error::Error for BarFault {}

impl Series {
    /// Takes the next bar.
    pub fn push(&mut self, bar: Bar) -> Result<(), BarFault> {
        let row = self.len();
        if let Some(before) = self.time_ms.last().copied().filter(|before| *before >= bar.time_ms) {
            return Err(BarFault::Time { row, found: bar.time_ms, before });
        }
        for (name, found) in [("open", bar.open), ("high", bar.high), ("low", bar.low), ("close", bar.close)] {
            if !(found.is_finite() && found > 0.0) {
                return Err(BarFault::Price { row, name, found });
            }
        }
        let (least, most) = (bar.open.min(bar.close), bar.open.max(bar.close));
        if bar.low > least || bar.high < most {
            return Err(BarFault::Range { row, bar });
        }
        self.time_ms.push(bar.time_ms);
        self.open.push(bar.open);
        self.high.push(bar.high);
        self.low.push(bar.low);
        self.close.push(bar.close);
        Ok(())
    }

    /// How many bars.
    #[must_use]
    pub fn len(&self) -> usize {
        self.close.len()
    }

    /// Some of the bars, as a series of their own.
    ///
    /// # Panics
    /// If there are not so many.
    #[must_use]
    pub fn part(&self, bars: std::ops::Range<usize>) -> Self {
        let prices = |column: &[f64]| column[bars.clone()].to_vec();
        Self {
            time_ms: self.time_ms[bars.clone()].to_vec(),
            open: prices(&self.open),
            high: prices(&self.high),
            low: prices(&self.low),
            close: prices(&self.close),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.close.is_empty()
    }

    /// Times of the opens, ms since the epoch.
    #[must_use]
    pub fn time_ms(&self) -> &[i64] {
        &self.time_ms
    }

    /// First prices.
    #[must_use]
    pub fn open(&self) -> &[f64] {
        &self.open
    }

    /// Highest prices.
    #[must_use]
    pub fn high(&self) -> &[f64] {
        &self.high
    }

    /// Lowest prices.
    #[must_use]
    pub fn low(&self) -> &[f64] {
        &self.low
    }

    /// Last prices.
    #[must_use]
    pub fn close(&self) -> &[f64] {
        &self.close
    }
}
