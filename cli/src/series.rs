//! Bars out of a CSV file or the store, and every reason why they are none.

use crate::args::{OfStore, RowsOf};
use crate::exit::Exit;
use crate::store;
use anyhow::{Context as _, anyhow};
use bridges::store::history::csv;
use std::fmt;
use std::io::{BufRead, Cursor};
use std::path::{Path, PathBuf};

/// Columns that say when a bar was, the first that a file has. The rows must be in their order.
const TIMES: [&str; 5] = ["time_ms", "ts_ms", "ts_ns", "timestamp", "time"];

/// Where bars come from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Source<'a> {
    /// A CSV file.
    File(&'a Path),
    /// Candles of the store.
    Store(&'a OfStore),
}

impl<'a> Source<'a> {
    /// What was typed: a file, if one was. A file is read as it is: what would cut or join rows of the store is refused
    /// beside it, for a cut that is not made lets a search see what it is held against later.
    pub(crate) fn typed(input: Option<&'a PathBuf>, of: &'a OfStore) -> Result<Self, Exit> {
        let Some(path) = input else { return Ok(Self::Store(of)) };
        of.belongs("--input").map(|()| Self::File(path))
    }

    /// What people call it.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Store(of) => of.data.clone().unwrap_or_default(),
        }
    }
}

impl<'a> From<&'a Path> for Source<'a> {
    fn from(path: &'a Path) -> Self {
        Self::File(path)
    }
}

impl fmt::Display for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = if let Self::File(_) = self { "--input" } else { "--data" };
        write!(f, "{key} {}", self.name())
    }
}

/// The columns of a file that were asked for.
#[derive(Debug, PartialEq)]
pub(crate) struct Series {
    /// In the order in which they were asked for, all of one length.
    pub(crate) columns: Vec<Vec<f64>>,
    /// How many that is.
    pub(crate) rows: usize,
}

/// Reads a file, or what the store has.
pub(crate) fn open<'a>(source: impl Into<Source<'a>>, columns: &[String]) -> Result<Series, Exit> {
    open_with(source, columns, &[])
}

/// The same, with columns behind them that need not be there: then theirs is empty.
pub(crate) fn open_with<'a>(
    source: impl Into<Source<'a>>,
    columns: &[String],
    perhaps: &[String],
) -> Result<Series, Exit> {
    let source = source.into();
    match source {
        Source::File(path) => {
            let lines = feeds::capture::open(path).with_context(|| source.to_string())?;
            read_with(lines, source, columns, perhaps)
        }
        Source::Store(of) => {
            let (_, table) = store::rows(of, RowsOf::Candles)?;
            let mut lines = Vec::new();
            csv::write(&table, &mut lines).with_context(|| source.to_string())?;
            read_with(Cursor::new(lines), source, columns, perhaps)
        }
    }
}

/// Reads lines: a head with names, then a row a bar.
#[cfg(test)]
pub(crate) fn read<'a>(lines: impl BufRead, source: impl Into<Source<'a>>, columns: &[String]) -> Result<Series, Exit> {
    read_with(lines, source.into(), columns, &[])
}

fn read_with(lines: impl BufRead, source: Source<'_>, columns: &[String], perhaps: &[String]) -> Result<Series, Exit> {
    let mut lines = lines.lines();
    let mut line = || {
        let line = lines.next().transpose();
        line.map_err(|error| Exit::Failed(anyhow::Error::new(error).context(format!("{source}"))))
    };
    let head = line()?.ok_or_else(|| Exit::Failed(anyhow!("{source}: found nothing, expected names of columns")))?;
    let names: Vec<_> = head.trim_start_matches('\u{feff}').split(',').map(str::trim).collect();
    let places: Result<Vec<_>, _> = columns.iter().map(|column| place(&names, column).map(Some)).collect();
    let mut places = places.map_err(|column| {
        let found = names.join(", ");
        Exit::Usage(format!("{source}: found the columns {found}, none is `{column}`; --inputs maps others"))
    })?;
    let time = TIMES.iter().find_map(|time| names.iter().position(|name| name == time));
    places.extend(perhaps.iter().map(|column| place(&names, column).ok()));
    let mut series = Series { columns: vec![Vec::new(); places.len()], rows: 0 };
    let mut last: Option<String> = None;
    while let Some(line) = line()? {
        if line.trim().is_empty() {
            continue;
        }
        series.rows += 1;
        let row = series.rows;
        let wrong = |what: String| Exit::Failed(anyhow!("{source}: row {row} (below the names): {what}"));
        let cells: Vec<_> = line.split(',').map(str::trim).collect();
        if cells.len() != names.len() {
            return Err(wrong(format!("found {} cells, expected {}", cells.len(), names.len())));
        }
        if let Some(time) = time {
            follows(last.as_deref(), cells[time], names[time]).map_err(wrong)?;
            last = Some(cells[time].to_owned());
        }
        for (column, place) in series.columns.iter_mut().zip(&places) {
            let Some(place) = *place else { continue };
            column.push(number(cells[place], names[place]).map_err(wrong)?);
        }
    }
    Ok(series)
}

/// Where a column is. Times in milliseconds have two names.
fn place(names: &[&str], column: &str) -> Result<usize, String> {
    let other = if column == "time_ms" { "ts_ms" } else { column };
    let at = |wanted: &str| names.iter().position(|name| *name == wanted);
    at(column).or_else(|| at(other)).ok_or_else(|| column.to_owned())
}

fn number(cell: &str, column: &str) -> Result<f64, String> {
    let found = if cell.is_empty() { "nothing" } else { cell };
    let told = || format!("{column}: found {found}, expected a finite number");
    cell.parse::<f64>().ok().filter(|number| number.is_finite()).ok_or_else(told)
}

/// Numbers are compared as such (whole ones exactly), anything else as text: days and hours are in order as texts where the
/// year comes first.
fn follows(last: Option<&str>, time: &str, column: &str) -> Result<(), String> {
    let Some(last) = last else { return Ok(()) };
    let numbers = || Some(last.parse::<f64>().ok()?.total_cmp(&time.parse::<f64>().ok()?));
    let order = match (last.parse::<i128>(), time.parse::<i128>()) {
        (Ok(last), Ok(time)) => last.cmp(&time),
        _ => numbers().unwrap_or_else(|| last.cmp(time)),
    };
    match order {
        std::cmp::Ordering::Less => Ok(()),
        std::cmp::Ordering::Equal => Err(format!("{column}: found {time} again, expected a time after it")),
        std::cmp::Ordering::Greater => Err(format!("{column}: found {time}, expected a time after {last}")),
    }
}
