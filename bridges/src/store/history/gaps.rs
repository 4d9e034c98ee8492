//! Where rows are missing.

use super::kind::Kind;

/// Nothing for so long is told of trades and quotes: nobody can say whether the market was quiet or its past is lost.
const SILENCE_NS: i64 = 3_600_000_000_000;

/// A span without rows, its end left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Where the next row was expected, in ns since the epoch. Of trades and quotes, the last one before.
    pub from_ns: i64,
    /// The next row that there is.
    pub to_ns: i64,
    /// How many rows are missing, where that can be counted.
    pub rows: Option<u64>,
}

/// The gaps between rows, in order: candles follow each other without a hole; what is told from time to time (funding, open
/// interest) follows within one and a half times its usual distance; of trades and quotes a silence of an hour is told.
#[must_use]
pub fn gaps(kind: Kind, times_ns: &[i64]) -> Vec<Gap> {
    let (step, limit) = match kind {
        Kind::Candles(_, period) => (Some(period.ns()), period.ns()),
        Kind::Trades | Kind::Quotes => (None, SILENCE_NS),
        Kind::Funding | Kind::OpenInterest => match usual(times_ns) {
            Some(usual) => (Some(usual), usual.saturating_add(usual / 2)),
            None => return Vec::new(),
        },
    };
    let mut gaps = Vec::new();
    for [before, at] in times_ns.array_windows() {
        let distance = at - before;
        if distance > limit {
            // A row that is late by less than half a step is none that is missing.
            let rows = step.map(|step| ((distance + step / 2) / step - 1) as u64);
            gaps.push(Gap { from_ns: before + step.unwrap_or(0), to_ns: *at, rows });
        }
    }
    gaps
}

/// The distance in the middle of all; the shorter one of two.
fn usual(times_ns: &[i64]) -> Option<i64> {
    let mut distances: Vec<i64> = times_ns.array_windows().map(|[before, at]| at - before).collect();
    distances.sort_unstable();
    distances.get(distances.len().saturating_sub(1) / 2).copied().filter(|usual| *usual > 0)
}

#[cfg(test)]
mod tests {
    use super::super::kind::{Period, PriceOf};
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_gaps_of_candles_are_the_minutes_without_one(
            there in prop::collection::btree_set(0..200_i64, 1..120),
        ) {
            let minute = Period::parse("1m").expect("a length");
            let times: Vec<i64> = there.iter().map(|at| at * minute.ns()).collect();
            let found = gaps(Kind::Candles(PriceOf::Trades, minute), &times);
            let inside = |at: &i64| found.iter().any(|gap| (gap.from_ns..gap.to_ns).contains(&(at * minute.ns())));
            let (first, last) = (there.first().copied().unwrap_or(0), there.last().copied().unwrap_or(0));
            for at in first..=last {
                prop_assert_eq!(inside(&at), !there.contains(&at));
            }
            let missing: u64 = found.iter().filter_map(|gap| gap.rows).sum();
            prop_assert_eq!(missing, (last - first + 1) as u64 - there.len() as u64);
        }
    }

    #[test]
    fn what_is_told_now_and_then_is_missing_when_it_is_late_by_half() {
        let at = |hours: &[f64]| hours.iter().map(|hours| (hours * 3.6e12) as i64).collect::<Vec<i64>>();
        let found = gaps(Kind::Funding, &at(&[0.0, 8.0, 16.001, 24.0, 40.0]));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].rows, found[0].from_ns), (Some(1), at(&[32.0])[0]));
        assert_eq!(gaps(Kind::Trades, &at(&[0.0, 0.9, 2.0])).len(), 1);
        assert_eq!(gaps(Kind::Funding, &at(&[0.0])), []);
    }
}
