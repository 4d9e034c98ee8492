//! Returns by month, and a ratio that moves along: what a report shows of a run's course.

use super::stats;

/// A month of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Month {
    /// The year.
    pub year: i64,
    /// 1 to 12.
    pub month: u32,
    /// From the last value before the month (the first value of a run's first month) to the last in it, as a share.
    pub total: f64,
}

/// The months that the bars lie in; `closed_ms` is each bar's time in ms since the epoch, UTC.
#[must_use]
pub fn months(closed_ms: &[i64], equity: &[f64]) -> Vec<Month> {
    let mut months: Vec<Month> = Vec::new();
    let Some(first) = equity.first() else { return months };
    let (mut before, mut last) = (*first, *first);
    for (ms, value) in closed_ms.iter().zip(equity) {
        let (year, month) = year_and_month(*ms);
        if months.last().is_none_or(|at| (at.year, at.month) != (year, month)) {
            before = last;
            months.push(Month { year, month, total: 0.0 });
        }
        if let Some(at) = months.last_mut() {
            at.total = value / before - 1.0;
        }
        last = *value;
    }
    months
}

const DAY_MS: i64 = 86_400_000;

/// Of a time in ms since the epoch, by the civil calendar (Hinnant, "chrono-compatible low-level date algorithms").
#[must_use]
pub fn year_and_month(ms: i64) -> (i64, u32) {
    // Counted from the first of March of year 0, so that the day of February that comes and goes is a year's last.
    let day = ms.div_euclid(DAY_MS) + 719_468;
    let (era, of_era) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month as u32)
}

/// Sharpe's ratio of the last `window` returns at each of them, annualised; `None` before there are as many and where nothing
/// moved.
#[must_use]
pub fn rolling_sharpe(returns: &[f64], window: usize, periods_per_year: f64) -> Vec<Option<f64>> {
    let ratio = |window: &[f64]| {
        let spread = stats::deviation(window, 1)?;
        stats::ratio(stats::mean(window)? * periods_per_year.sqrt(), spread)
    };
    let warming = window.saturating_sub(1).min(returns.len());
    let mut all = vec![None; warming];
    if window >= 2 {
        all.extend(returns.windows(window).map(ratio));
    }
    all.resize(returns.len(), None);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_that_of_the_calendar() {
        for (ms, wanted) in [
            (0, (1970, 1)),
            (-1, (1969, 12)),
            (951_782_400_000, (2000, 2)), // 29 February
            (951_868_800_000, (2000, 3)),
            (1_761_609_600_000, (2025, 10)),
        ] {
            assert_eq!(year_and_month(ms), wanted, "{ms}");
        }
    }

    #[test]
    fn a_month_counts_from_the_last_value_before_it() {
        let (jan, feb) = (1_704_067_200_000, 1_706_745_600_000);
        let months = months(&[jan, jan + DAY_MS, feb, feb + DAY_MS], &[100.0, 110.0, 99.0, 121.0]);
        let all: Vec<_> = months.iter().map(|at| (at.year, at.month, (at.total * 1e9).round() / 1e9)).collect();
        assert_eq!(all, [(2024, 1, 0.1), (2024, 2, 0.1)], "{months:?}");
    }

    #[test]
    fn the_moving_ratio_is_none_until_its_window_is_full() {
        let all = rolling_sharpe(&[0.01, 0.02, 0.01, 0.01, 0.01], 3, 1.0);
        assert_eq!((all.len(), all[0], all[1], all[4]), (5, None, None, None), "{all:?}");
        assert!((all[2].unwrap() - 2.309_401_076_758_503).abs() < 1e-12, "{all:?}");
        assert_eq!(rolling_sharpe(&[0.1], 3, 1.0), [None]);
    }
}
