//! Bars out of a CSV file or the store, and every reason why they are none.

use crate::args::{OfStore, RowsOf};
use crate::exit::Exit;
use crate::store;
use anyhow::{Context as _, anyhow};
use bridges::store::history::csv;
use std::fmt;
use std::io::{self, BufRead, Cursor};
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
    /// A table of returns, a CSV file.
    Returns(&'a Path),
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
            Self::File(path) | Self::Returns(path) => path.display().to_string(),
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
        let key = match self {
            Self::File(_) => "--input",
            Self::Store(_) => "--data",
            Self::Returns(_) => "--returns",
        };
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
    /// BLAKE3 of the whole text, uncompressed, in hex: what `b3sum` says of it.
    pub(crate) blake3: String,
    /// The first and the last time as they are written, if a column is one and there are rows.
    pub(crate) times: Option<[String; 2]>,
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
    open_those(source, |names| {
        let mut places = places(names, columns, source)?;
        places.extend(perhaps.iter().map(|column| place(names, column).ok()));
        Ok(places)
    })
}

/// The same of those columns whose places `choose` tells, once it has seen the names; a column without one stays empty.
pub(crate) fn open_those(
    source: Source<'_>,
    choose: impl FnOnce(&[&str]) -> Result<Vec<Option<usize>>, Exit>,
) -> Result<Series, Exit> {
    match source {
        Source::File(path) | Source::Returns(path) => {
            read_those(feeds::capture::open(path).with_context(|| source.to_string())?, source, choose)
        }
        Source::Store(of) => {
            let (_, table) = store::rows(of, RowsOf::Candles)?;
            let mut lines = Vec::new();
            csv::write(&table, &mut lines).with_context(|| source.to_string())?;
            read_those(Cursor::new(lines), source, choose)
        }
    }
}

/// Reads lines: a head with names, then a row a bar.
#[cfg(test)]
pub(crate) fn read<'a>(lines: impl BufRead, source: impl Into<Source<'a>>, columns: &[String]) -> Result<Series, Exit> {
    let source = source.into();
    read_those(lines, source, |names| places(names, columns, source))
}

fn places(names: &[&str], columns: &[String], source: Source<'_>) -> Result<Vec<Option<usize>>, Exit> {
    let places: Result<Vec<_>, _> = columns.iter().map(|column| place(names, column).map(Some)).collect();
    places.map_err(|column| {
        let found = names.join(", ");
        Exit::Usage(format!("{source}: found the columns {found}, none is `{column}`; --inputs maps others"))
    })
}

/// Reads lines of which those columns are taken whose places `choose` tells, once it has seen the names.
pub(crate) fn read_those(
    lines: impl BufRead,
    source: Source<'_>,
    choose: impl FnOnce(&[&str]) -> Result<Vec<Option<usize>>, Exit>,
) -> Result<Series, Exit> {
    let mut lines = Lines { of: lines, hash: blake3::Hasher::new(), line: Vec::new() };
    let failed = |error| Exit::Failed(anyhow::Error::new(error).context(format!("{source}")));
    let head = lines.next().map_err(failed)?.map(str::to_owned);
    let head = head.ok_or_else(|| Exit::Failed(anyhow!("{source}: found nothing, expected names of columns")))?;
    let names: Vec<_> = head.trim_start_matches('\u{feff}').split(',').map(str::trim).collect();
    is_named_once(&names).map_err(|name| {
        Exit::Usage(format!("{source}: found two columns called `{name}`, expected each name once: which is meant?"))
    })?;
    let places = choose(&names)?;
    let time = TIMES.iter().find_map(|time| names.iter().position(|name| name == time));
    let mut series = Series { columns: vec![Vec::new(); places.len()], rows: 0, blake3: String::new(), times: None };
    let (mut first, mut last): (Option<String>, Option<String>) = (None, None);
    while let Some(line) = lines.next().map_err(failed)? {
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
            first = first.or_else(|| last.clone());
        }
        for (column, place) in series.columns.iter_mut().zip(&places) {
            let Some(place) = *place else { continue };
            column.push(number(cells[place], names[place]).map_err(wrong)?);
        }
    }
    series.blake3 = lines.hash.finalize().to_hex().to_string();
    series.times = first.zip(last).map(Into::into);
    Ok(series)
}

/// Lines of a text whose bytes are all counted in.
struct Lines<R> {
    of: R,
    hash: blake3::Hasher,
    line: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    /// The next one without its end.
    fn next(&mut self) -> io::Result<Option<&str>> {
        self.line.clear();
        if self.of.read_until(b'\n', &mut self.line)? == 0 {
            return Ok(None);
        }
        self.hash.update(&self.line);
        let line =
            std::str::from_utf8(&self.line).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        Ok(Some(line.trim_end_matches(['\n', '\r'])))
    }
}

/// Two columns of one name are two answers to one question. Columns without a name are asked for by nobody.
fn is_named_once<'a>(names: &[&'a str]) -> Result<(), &'a str> {
    let twice = names.iter().enumerate().find(|(at, name)| !name.is_empty() && names[..*at].contains(name));
    twice.map_or(Ok(()), |(_, name)| Err(name))
}

/// Whether a column says when, and nothing else.
pub(crate) fn is_time(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.is_empty() || TIMES.contains(&name.as_str()) || ["date", "datetime", "index"].contains(&name.as_str())
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
