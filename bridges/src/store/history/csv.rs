//! Rows out of text and into it: a head with names, then a row a line.
//!
//! Owns: which names a column goes by, how a time is written, what no row of a kind can say. Never: which file, or of what.

use super::decimal::Decimal;
use super::error::{HistoryError, time};
use super::kind::{Field, Kind, Period, PriceOf};
use super::table::{Cell, Column, Table};
use std::io::{self, BufRead, Write};

/// Columns that say when, the first that a file has, each with the length of its unit where its name says it.
const TIMES: [(&str, Option<i64>); 10] = [
    ("ts_ns", Some(1)),
    ("time_ns", Some(1)),
    ("ts_us", Some(1_000)),
    ("ts_ms", Some(1_000_000)),
    ("time_ms", Some(1_000_000)),
    ("open_time", None),
    ("timestamp", None),
    ("time", None),
    ("datetime", None),
    ("date", None),
];
/// Lengths from here on begin on other days than the epoch did: weeks on Mondays, months on their first.
const LOOSE_FROM_MS: u64 = 7 * 86_400_000;

/// What a file is, as far as that is known before it is read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked {
    /// Its kind; without it, what the columns say. Rows of trades and of changes of a book look alike, so those must be told.
    pub kind: Option<Kind>,
    /// Length of its candles, and whose price they are of.
    pub candles: Option<(PriceOf, Period)>,
    /// How far its clock is ahead of UTC, in ns.
    pub ahead_ns: i64,
}

/// What was read.
#[derive(Clone, Debug)]
pub struct Rows {
    /// The rows.
    pub table: Table,
    /// Columns that history has no place for.
    pub ignored: Vec<String>,
}

/// Reads rows. Each must be one and stand behind the one before it.
pub fn read(lines: impl BufRead, asked: Asked) -> Result<Rows, HistoryError> {
    let mut lines = lines.lines();
    let head = lines.next().transpose()?.ok_or(HistoryError::Empty)?;
    let found: Vec<String> = cells(head.trim_start_matches('\u{feff}')).map(str::to_owned).collect();
    let names: Vec<String> = found.iter().map(|name| name.to_ascii_lowercase()).collect();
    let when = TIMES.iter().find_map(|(time, unit)| Some((place(&names, time)?, *unit)));
    let kind = kind(&names, asked).map_err(|missing| HistoryError::Columns { found: found.clone(), missing })?;
    let Some((when, unit)) = when else { return Err(HistoryError::Columns { found, missing: vec!["ts_ms"] }) };
    let places: Vec<Option<usize>> = kind.fields().iter().map(|field| column(&names, field)).collect();
    let mut table = Table::new(kind);
    let mut row = 0;
    for line in lines {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        row += 1;
        let wrong = |what: String| HistoryError::Row { row, what };
        let texts: Vec<&str> = cells(&line).collect();
        if texts.len() != names.len() {
            return Err(wrong(format!("found {} cells, expected {}", texts.len(), names.len())));
        }
        let at_ns = at(texts[when], unit).map_err(|what| wrong(format!("{}: {what}", found[when])))? - asked.ahead_ns;
        follows(&table, at_ns).map_err(wrong)?;
        let read = kind.fields().iter().zip(&places).map(|(field, place)| match place {
            Some(place) => cell(texts[*place], field).map_err(|what| wrong(format!("{}: {what}", found[*place]))),
            None => Ok(None),
        });
        let read: Vec<Option<Cell>> = read.collect::<Result<_, _>>()?;
        says_sense(kind, at_ns, &read).map_err(wrong)?;
        table.push(at_ns, read).map_err(|_| wrong(HistoryError::TooLong.to_string()))?;
    }
    if table.is_empty() {
        return Err(HistoryError::Empty);
    }
    let is_known = |place: &usize| *place == when || places.contains(&Some(*place));
    let ignored = (0..found.len()).filter(|place| !is_known(place)).map(|place| found[place].clone()).collect();
    Ok(Rows { table, ignored })
}

fn cells(line: &str) -> impl Iterator<Item = &str> {
    line.split(',').map(|cell| cell.trim().trim_matches('"'))
}

fn place(names: &[String], wanted: &str) -> Option<usize> {
    names.iter().position(|name| name == wanted)
}

fn column(names: &[String], field: &Field) -> Option<usize> {
    std::iter::once(&field.name).chain(field.aliases).find_map(|name| place(names, name))
}

/// The kind that was asked for, or the one that the columns are of; else what is missing.
fn kind(names: &[String], asked: Asked) -> Result<Kind, Vec<&'static str>> {
    let missing = |kind: Kind| -> Vec<&'static str> {
        let needed = kind.fields().iter().filter(|field| field.is_needed && column(names, field).is_none());
        needed.map(|field| field.name).collect()
    };
    let candles = asked.candles.map(|(of, period)| Kind::Candles(of, period));
    let told = asked.kind.into_iter().chain(candles).next();
    if let Some(kind) = told {
        let missing = missing(kind);
        return if missing.is_empty() { Ok(kind) } else { Err(missing) };
    }
    let by_columns = [Kind::Quotes, Kind::Funding, Kind::OpenInterest].into_iter();
    by_columns.into_iter().find(|kind| missing(*kind).is_empty()).ok_or_else(|| vec!["a kind: --kind or --tf says it"])
}

/// A time as whole numbers of a unit, or as a day with or without a clock.
fn at(text: &str, unit: Option<i64>) -> Result<i64, String> {
    let told = || format!("found `{text}`, expected a time from 1970 on, like 1769817600000 or 2026-01-31 12:00:00");
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        // What has no unit in its name has it in its length, from 2001 until 2286.
        let unit = unit.unwrap_or(match text.len() {
            ..=11 => 1_000_000_000,
            12..=14 => 1_000_000,
            15..=17 => 1_000,
            _ => 1,
        });
        return text.parse::<i64>().ok().and_then(|time| time.checked_mul(unit)).ok_or_else(told);
    }
    let mut day = text.replacen(' ', "T", 1);
    if day.contains('T') && !day.ends_with('Z') {
        day.push('Z');
    }
    crate::time::parse(&day).ok().and_then(|at| i64::try_from(at).ok()).ok_or_else(told)
}

fn follows(table: &Table, at_ns: i64) -> Result<(), String> {
    let is_unique = table.kind().is_unique();
    let (found, row) = (time(at_ns), table.len());
    match table.times_ns().last() {
        Some(last) if at_ns < *last => {
            Err(format!("found {found}, expected a time after {} of row {row}", time(*last)))
        }
        Some(last) if at_ns == *last && is_unique => {
            Err(format!("found {found} again, which row {row} has, expected a time after it"))
        }
        _ => Ok(()),
    }
}

fn cell(text: &str, field: &Field) -> Result<Option<Cell>, String> {
    let told = |expected: &str| {
        let found = if text.is_empty() { "nothing" } else { text };
        Err(format!("found {found}, expected {expected}"))
    };
    match (text, field) {
        ("", Field { is_needed: false, .. }) => Ok(None),
        (_, Field { is_number: true, .. }) => match Decimal::parse(text) {
            Some(number) => Ok(Some(Cell::Number(number))),
            None => told("a finite number of at most 38 digits"),
        },
        (_, Field { name: "side", .. }) => match text.to_ascii_lowercase().as_str() {
            "buy" | "b" | "1" => Ok(Some(Cell::Text("buy".into()))),
            "sell" | "s" | "-1" => Ok(Some(Cell::Text("sell".into()))),
            "unknown" => Ok(None),
            _ => told("buy or sell, the taker's side"),
        },
        _ => Ok(Some(Cell::Text(text.into()))),
    }
}

/// What no candle is: one that begins between two, whose highest price is not the highest, or less than nothing.
fn says_sense(kind: Kind, at_ns: i64, cells: &[Option<Cell>]) -> Result<(), String> {
    let Kind::Candles(_, period) = kind else { return Ok(()) };
    if period.ms() < LOOSE_FROM_MS && at_ns % period.ns() != 0 {
        return Err(format!("found {}, expected the start of a candle of {period}", time(at_ns)));
    }
    let number = |place: usize| match &cells[place] {
        Some(Cell::Number(number)) => *number,
        _ => Decimal::default(),
    };
    let [open, high, low, close, volume] = [0, 1, 2, 3, 4].map(number);
    if open > high || close > high || open < low || close < low {
        return Err(format!(
            "found a high of {high} and a low of {low}, with an open of {open} and a close of {close}"
        ));
    }
    if volume.units < 0 {
        return Err(format!("found a volume of {volume}, expected none below 0"));
    }
    Ok(())
}

/// Columns that an export has: those of numbers that no row has are left out, unless each row must have them.
fn told(table: &Table) -> Vec<usize> {
    let has = |place: &usize| match &table.columns()[*place] {
        Column::Numbers(numbers) => {
            table.kind().fields()[*place].is_needed || numbers.units().iter().any(Option::is_some)
        }
        Column::Texts(_) => true,
    };
    (0..table.columns().len()).filter(has).collect()
}

/// Writes rows as [`read`] reads them: times of trades, quotes and open interest in ns, others in ms.
pub fn write(table: &Table, out: &mut impl Write) -> io::Result<()> {
    let (time, unit) = match table.kind() {
        Kind::Candles(..) | Kind::Funding => ("ts_ms", 1_000_000),
        Kind::Trades | Kind::Quotes | Kind::OpenInterest => ("ts_ns", 1),
    };
    let told = told(table);
    let names: Vec<&str> = told.iter().map(|place| table.kind().fields()[*place].name).collect();
    // Rates are told by the millisecond only where that is all there is to tell.
    let is_whole = table.times_ns().iter().all(|at| at % unit == 0);
    let (time, unit) = if is_whole { (time, unit) } else { ("ts_ns", 1) };
    writeln!(out, "{time},{}", names.join(","))?;
    for (row, at_ns) in table.times_ns().iter().enumerate() {
        write!(out, "{}", at_ns / unit)?;
        for place in &told {
            let cell = table.cell(row, *place).map_or_else(String::new, |cell| cell.text());
            write!(out, ",{cell}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Writes rows as a JSON array, an object a row: numbers as texts, as they are exactly.
pub fn write_json(table: &Table, out: &mut impl Write) -> io::Result<()> {
    let told = told(table);
    out.write_all(b"[")?;
    for (row, at_ns) in table.times_ns().iter().enumerate() {
        let mut object = serde_json::Map::new();
        object.insert("time_ns".to_owned(), (*at_ns).into());
        for place in &told {
            let cell = table.cell(row, *place).map(|cell| cell.text());
            object.insert(table.kind().fields()[*place].name.to_owned(), cell.into());
        }
        out.write_all(if row == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut *out, &object)?;
    }
    out.write_all(b"\n]\n")
}
