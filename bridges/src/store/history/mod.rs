//! History in columns: candles, trades, quotes, funding and open interest of any venue, exactly as they were told.
//!
//! Owns: the layout of the files, what a row of each kind is, that a row is there once. Never: where rows come from (text is
//! read by [`csv`], venues and recordings are the command line's), what they mean to anybody.
//!
//! **Layout**: `VENUE/SYMBOL/KIND/PART.parquet` under one root: `bybit/linear=3ABTCUSDT/candles-1h/2025.parquet`. A part is a
//! day of trades or quotes, a month of candles shorter than an hour, else a year. What cannot stand in the name of a folder
//! is written as `=` and two hexadecimal digits.
//!
//! **Numbers are decimals without loss** ([`decimal`]), not ticks: archives reach back to venues and grids that nobody can
//! ask any more. In a file a number is an integer at one scale of its column, so it costs what ticks would.
//!
//! **Whole or not**: rows are checked and merged with what is there before anything is written; a file is replaced in one
//! step. A process that is killed between two files leaves whole files, and the same import again adds the rest and nothing
//! twice. One process writes at a time, held by a lock on the root; who reads needs none.

pub mod csv;
pub mod decimal;
mod error;
mod file;
pub mod gaps;
pub mod kind;
mod place;
pub mod resample;
pub mod table;
#[cfg(test)]
mod tests;

pub use error::HistoryError;

use file::Opened;
use gaps::Gap;
use kind::{Kind, Period};
use place::{Chunks, Listed, Place};
use std::fmt;
use std::path::Path;
use table::Table;

/// Longest name of a venue or symbol.
const NAME_MAX: usize = 100;
/// Candles from that length on are kept by the year.
const YEARLY_FROM_MS: u64 = 3_600_000;

/// What rows are of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Series {
    /// The venue, by any name: the store keeps those that nobody connects to any more.
    pub venue: String,
    /// Its own spelling.
    pub symbol: String,
    /// What the rows are.
    pub kind: Kind,
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} {}", self.venue, self.symbol, self.kind)
    }
}

impl Series {
    fn folder(&self) -> Result<String, HistoryError> {
        Ok(format!("{}/{}/{}", escaped(&self.venue)?, escaped(&self.symbol)?, self.kind))
    }

    /// Of the path of a file; `None` where it is none of ours.
    fn of(path: &str) -> Option<Self> {
        let mut parts = path.split('/');
        let (venue, symbol) = (unescaped(parts.next()?)?, unescaped(parts.next()?)?);
        let kind = Kind::parse(parts.next()?)?;
        (parts.next().is_some() && parts.next().is_none()).then_some(Self { venue, symbol, kind })
    }
}

fn escaped(name: &str) -> Result<String, HistoryError> {
    if name.is_empty() || name.len() > NAME_MAX || name == "." || name == ".." {
        return Err(HistoryError::Name(name.to_owned()));
    }
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let escape = |byte: u8| if is_plain(byte) { char::from(byte).to_string() } else { format!("={byte:02X}") };
    Ok(name.bytes().map(escape).collect())
}

fn unescaped(folder: &str) -> Option<String> {
    let (mut bytes, mut out) = (folder.bytes(), Vec::new());
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'=' => {
                let digits = [bytes.next()?, bytes.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(out).ok()
}

/// Which file a row is in.
fn part(kind: Kind, at_ns: i64) -> String {
    let (year, month, day) = crate::time::date(at_ns.max(0) as u64 / 86_400_000_000_000);
    match kind {
        Kind::Trades | Kind::Quotes => format!("{year:04}-{month:02}-{day:02}"),
        Kind::Candles(_, period) if period.ms() < YEARLY_FROM_MS => format!("{year:04}-{month:02}"),
        Kind::Candles(..) | Kind::Funding | Kind::OpenInterest => format!("{year:04}"),
    }
}

/// What an addition came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// Rows that were not there.
    pub rows: usize,
    /// Rows that were there already.
    pub known: usize,
    /// Files written.
    pub files: usize,
}

/// What there is of a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stock {
    /// Of what.
    pub series: Series,
    /// The first row's time, in ns since the epoch.
    pub first_ns: i64,
    /// The last row's.
    pub last_ns: i64,
    /// Rows.
    pub rows: usize,
    /// Bytes on the disk.
    pub bytes: u64,
    /// Files.
    pub files: usize,
    /// Where rows are missing, in order.
    pub gaps: Vec<Gap>,
}

/// The store.
#[derive(Debug)]
pub struct History {
    place: Place,
}

impl History {
    /// Opens a folder to read.
    pub fn open(root: &Path) -> Result<Self, HistoryError> {
        Ok(Self { place: Place::folder(root, false)? })
    }

    /// Opens a folder to write as well, and makes it. Refused while another process has it open so.
    pub fn open_to_write(root: &Path) -> Result<Self, HistoryError> {
        Ok(Self { place: Place::folder(root, true)? })
    }

    /// All there is, by name.
    pub fn series(&self) -> Result<Vec<Series>, HistoryError> {
        let mut series: Vec<Series> = self.place.list("")?.iter().filter_map(|file| Series::of(&file.path)).collect();
        series.sort();
        series.dedup();
        Ok(series)
    }

    /// Adds rows; those that are there already stay as they are. Rows out of order are the caller's bug.
    pub fn add(&self, series: &Series, table: &Table) -> Result<Added, HistoryError> {
        let folder = series.folder()?;
        let there = self.place.list(&folder)?;
        let (mut added, mut files, mut start) = (Added::default(), Vec::new(), 0);
        while start < table.len() {
            let name = part(series.kind, table.times_ns()[start]);
            let ends = |at: &i64| part(series.kind, *at) != name;
            let end = table.times_ns()[start..].iter().position(ends).map_or(table.len(), |length| start + length);
            let mut new = Table::new(series.kind);
            new.append(table, start..end)?;
            let path = format!("{folder}/{name}.parquet");
            let known = match there.iter().find(|file| file.path == path) {
                Some(file) => self.opened(series, file)?.read(i64::MIN, i64::MAX)?,
                None => Table::new(series.kind),
            };
            let mut merged = known.merged(&new)?.map_err(HistoryError::Conflict)?;
            let rows = merged.len() - known.len();
            (added.rows, added.known) = (added.rows + rows, added.known + new.len() - rows);
            if rows > 0 {
                merged.tighten();
                files.push((path, file::write(&merged)?));
            }
            start = end;
        }
        for (path, bytes) in files {
            self.place.put(&path, bytes)?;
            added.files += 1;
        }
        Ok(added)
    }

    /// The rows of a span, its end left out, oldest first.
    pub fn read(&self, series: &Series, from_ns: i64, to_ns: i64) -> Result<Table, HistoryError> {
        let mut out = Table::new(series.kind);
        for file in self.files(series)? {
            let table = self.opened(series, &file)?.read(from_ns, to_ns)?;
            out.append(&table, 0..table.len())?;
        }
        Ok(out)
    }

    /// What there is of a series; `None` of one that is not there. Reads times alone.
    pub fn stock(&self, series: &Series) -> Result<Option<Stock>, HistoryError> {
        let files = self.files(series)?;
        let mut times_ns = Vec::new();
        for file in &files {
            times_ns.extend(self.opened(series, file)?.times_ns()?);
        }
        let (Some(&first_ns), Some(&last_ns)) = (times_ns.first(), times_ns.last()) else { return Ok(None) };
        let (rows, bytes) = (times_ns.len(), files.iter().map(|file| file.bytes).sum());
        let gaps = gaps::gaps(series.kind, &times_ns);
        Ok(Some(Stock { series: series.clone(), first_ns, last_ns, rows, bytes, files: files.len(), gaps }))
    }

    /// The longest length of candles that the store has of these, and that fits a whole number of times into the one wanted.
    pub fn finest(&self, wanted: &Series, period: Period) -> Result<Option<Series>, HistoryError> {
        let fits = |series: &Series| match (series.kind, wanted.kind) {
            (Kind::Candles(of, length), Kind::Candles(same, _)) if of == same => {
                period.ms().is_multiple_of(length.ms()).then_some(length)
            }
            _ => None,
        };
        let of_it = |series: &Series| series.venue == wanted.venue && series.symbol == wanted.symbol;
        Ok(self.series()?.into_iter().filter(of_it).filter(|series| fits(series).is_some()).max_by_key(fits))
    }

    fn files(&self, series: &Series) -> Result<Vec<Listed>, HistoryError> {
        let mut files = self.place.list(&series.folder()?)?;
        files.retain(|file| Series::of(&file.path).as_ref() == Some(series));
        Ok(files)
    }

    fn opened(&self, series: &Series, file: &Listed) -> Result<Opened<Chunks>, HistoryError> {
        Opened::open(self.place.open(file)?, series.kind, &file.path)
    }
}

/// A table as a Parquet file, as the store has it.
pub fn parquet(table: &Table) -> Result<Vec<u8>, HistoryError> {
    file::write(table)
}
