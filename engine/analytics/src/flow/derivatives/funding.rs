//! Funding: what longs pay shorts, an interval at a time.

use super::ZScore;

/// Length of the year that rates are annualised to: 365 days.
const YEAR_MS: f64 = 365.0 * 86_400_000.0;

/// A rate in percent a year, not compounded, by the interval that it was really paid for: 8 h, 4 h or 1 h, whatever the time
/// between two payments was. `None` if that is not above 0.
#[must_use]
pub fn annualised(rate: f64, interval_ms: i64) -> Option<f64> {
    (interval_ms > 0).then(|| 100.0 * rate * (YEAR_MS / interval_ms as f64))
}

/// Rates as they are paid.
#[derive(Clone, Debug)]
pub struct Funding {
    paid: f64,
    score: ZScore,
}

/// What a payment says of itself among others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paid {
    /// Sum of all rates so far.
    pub cumulative: f64,
    /// Standard deviations from the mean of the last so many; `None` before there were, or where all are one.
    pub score: Option<f64>,
}

impl Funding {
    /// Scored among `length` rates. Panics on 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self { paid: 0.0, score: ZScore::new(length) }
    }

    /// Takes the next rate: a share of the position, for its interval.
    pub fn update(&mut self, rate: f64) -> Paid {
        self.paid += rate;
        Paid { cumulative: self.paid, score: self.score.update(rate) }
    }
}
