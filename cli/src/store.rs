//! The store of history, as commands ask it.

use crate::args::{OfStore, RowsOf};
use crate::config;
use crate::exit::Exit;
use crate::time::utc;
use anyhow::{Context as _, anyhow};
use bridges::store::history::resample::{Longer, resample};
use bridges::store::history::table::Table;
use bridges::store::history::{History, HistoryError, Series};
use std::path::Path;

/// Opens it to read.
pub(crate) fn open(root: &Path) -> Result<History, Exit> {
    History::open(root).map_err(|error| match error {
        HistoryError::Place { .. } => Exit::Usage(format!("--store {error}")),
        error => Exit::Failed(anyhow::Error::new(error).context(format!("--store {}", root.display()))),
    })
}

/// What the store could not do.
pub(crate) fn failed<T>(result: Result<T, HistoryError>) -> Result<T, Exit> {
    Ok(result.context("the store cannot be read")?)
}

/// Venue and symbol of `VENUE:SYMBOL`, of which the store has something.
pub(crate) fn find(known: &[Series], data: &str) -> Result<(String, String), Exit> {
    let names: Vec<String> = known.iter().map(|series| format!("{}:{}", series.venue, series.symbol)).collect();
    match known.iter().zip(&names).find(|(_, name)| *name == data) {
        Some((series, _)) => Ok((series.venue.clone(), series.symbol.clone())),
        None => {
            let meant = config::nearest(data, names.iter().map(String::as_str));
            let told = meant
                .map_or_else(|| "; `data list` tells them".to_owned(), |meant| format!("; did you mean `{meant}`?"));
            Err(Exit::Usage(format!("--data: found `{data}`, accepted: VENUE:SYMBOL of what the store has{told}")))
        }
    }
}

/// The rows that were asked for. Candles of a length that is not there are made of the longest that fits.
pub(crate) fn rows(of: &OfStore, kind: RowsOf) -> Result<(Series, Table), Exit> {
    let data =
        of.data.as_deref().ok_or_else(|| Exit::Usage("--data: found nothing, accepted: VENUE:SYMBOL".to_owned()))?;
    let history = open(&of.store)?;
    let known = failed(history.series())?;
    let (venue, symbol) = find(&known, data)?;
    let mine: Vec<String> = known
        .iter()
        .filter(|series| series.venue == venue && series.symbol == symbol)
        .map(|series| series.kind.to_string())
        .collect();
    let there = mine.join(", ");
    let kind =
        kind.kind(of.tf).ok_or_else(|| Exit::Usage(format!("--tf: found none; the store has {there} of {data}")))?;
    let wanted = Series { venue, symbol, kind };
    let absent = || Exit::Usage(format!("--data {data}: found no {kind}; the store has {there}"));
    let from = if known.contains(&wanted) {
        wanted.clone()
    } else {
        let finer = of.tf.map(|period| failed(history.finest(&wanted, period))).transpose()?.flatten();
        finer.ok_or_else(absent)?
    };
    let limit = |at: Option<u64>, without: i64| at.map_or(without, |at| i64::try_from(at).unwrap_or(i64::MAX));
    let mut table = failed(history.read(&from, limit(of.from, i64::MIN), limit(of.to, i64::MAX)))?;
    if let Some(period) = of.tf.filter(|_| from != wanted) {
        let made = failed(resample(&table, period).map_err(HistoryError::from))?;
        let Longer { table: longer, holed } = made.ok_or_else(absent)?;
        if let Some(first) = holed.first() {
            let (count, all, at) = (holed.len(), longer.len(), utc((*first).max(0) as u64));
            tracing::warn!(
                "--data {data}: {count} of {all} candles of --tf are made of fewer parts than fit, the first at {at}: `data list --gaps`"
            );
        }
        table = longer;
    }
    if table.is_empty() {
        return Err(Exit::Failed(anyhow!("--data {data}: the store has no {kind} of that span")));
    }
    Ok((wanted, table))
}
