//! Which candles of the past there are, by their names in the store of history: what is not there is refused before a job
//! waits for it.

use super::JobsError;
use super::work::DAYS_MAX;
use crate::door::dto::JobPast;
use crate::store::history::kind::{Kind, Period, PriceOf};
use crate::store::history::{History, Series};
use std::path::Path;

/// Names that a refusal lists.
const TOLD: usize = 12;

/// Candles of trades that the store has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stock(Vec<(String, Period)>);

impl Stock {
    pub(crate) fn of(series: &[Series]) -> Self {
        let candles = series.iter().filter_map(|series| match series.kind {
            Kind::Candles(PriceOf::Trades, length) => Some((name(&series.venue, &series.symbol), length)),
            _ => None,
        });
        Self(candles.collect())
    }

    /// Looks at the folder; one that is not there has nothing.
    pub(crate) fn read(root: &Path) -> Result<Self, JobsError> {
        if !root.exists() {
            return Ok(Self::default());
        }
        let failed =
            |error: &dyn std::fmt::Display| JobsError::History { path: root.to_owned(), why: error.to_string() };
        let series = History::open(root).and_then(|history| history.series()).map_err(|error| failed(&error))?;
        Ok(Self::of(&series))
    }

    /// The lengths that there are of it, or that can be made of those.
    fn has(&self, data: &str, wanted: Period) -> bool {
        self.0.iter().any(|(name, length)| name == data && wanted.ms().is_multiple_of(length.ms()))
    }

    fn lengths(&self, data: &str) -> Vec<String> {
        self.0.iter().filter(|(name, _)| name == data).map(|(_, length)| length.to_string()).collect()
    }

    /// The name of a series, if the store has candles of it.
    pub(crate) fn find(&self, venue: &str, symbol: &str) -> Option<String> {
        let wanted = name(venue, symbol);
        self.0.iter().any(|(name, _)| *name == wanted).then_some(wanted)
    }

    /// The usual length of candles, or the shortest there is.
    pub(crate) fn usual(&self, data: &str) -> Option<String> {
        let hour = Period::parse("1h").filter(|hour| self.has(data, *hour));
        let shortest = || self.0.iter().filter(|(name, _)| name == data).map(|(_, length)| *length).min();
        hour.or_else(shortest).map(|length| length.to_string())
    }

    /// All names, once each.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.0.iter().map(|(name, _)| name.clone()).collect();
        names.sort();
        names.dedup();
        names
    }
}

fn name(venue: &str, symbol: &str) -> String {
    format!("{venue}:{symbol}")
}

/// Whether there are such candles.
pub(super) fn check(past: &JobPast, stock: &Stock) -> Result<(), JobsError> {
    let bad = |what, found: &str, expected| Err(JobsError::Bad { what, found: found.to_owned(), expected });
    let lengths = stock.lengths(&past.data);
    if lengths.is_empty() {
        let mut names = stock.names();
        if names.is_empty() {
            names.push("nothing yet: fill the store of history first".to_owned());
        }
        names.truncate(TOLD);
        return bad("past.data", &past.data, names);
    }
    match Period::parse(&past.timeframe) {
        Some(wanted) if stock.has(&past.data, wanted) => {}
        _ => return bad("past.timeframe", &past.timeframe, lengths),
    }
    Ok(())
}

/// Whether the span is one, whatever the store has.
pub(super) fn holds(past: &JobPast) -> Result<(), JobsError> {
    let bad = |what, found: String, expected: String| Err(JobsError::Bad { what, found, expected: vec![expected] });
    match (past.from_ns, past.to_ns, past.days) {
        (Some(from), Some(to), None) if from >= to => {
            bad("past.from_ns", from.to_string(), "a time before to_ns".to_owned())
        }
        (Some(_), _, Some(days)) => bad("past.days", days.to_string(), "days or from_ns, not both".to_owned()),
        (None, _, Some(days)) if !(1..=DAYS_MAX).contains(&days) => {
            bad("past.days", days.to_string(), format!("1 to {DAYS_MAX}"))
        }
        _ => Ok(()),
    }
}
