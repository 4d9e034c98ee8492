//! A file of history: rows of CSV, oldest first, each time once; written beside itself until it is whole.
//!
//! Owns: what is a row, that what was there before stays, where rows are missing. Never: a question to a venue, or a change
//! of a row that was there.
//!
//! Rows are written to `FILE.part`, whole lines only, and it takes the place of `FILE` at the end: whatever happens before,
//! `FILE` is what it was, and the next call goes on behind the last whole row of `FILE.part`.

use crate::exit::Exit;
use anyhow::Context as _;
use engine_model::instrument::Instrument;
use engine_model::market::Side;
use engine_model::units::Nanos;
use feeds::poll::answer::{Candle, Rows, Trade};
use feeds::poll::question::Period;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufRead as _, BufReader, ErrorKind, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Gaps that are told one by one.
const GAPS_TOLD: usize = 100;

/// A stretch without a trade that is told when it is longer: nobody can say whether the market was quiet or its past is lost.
const SILENCE_NS: u64 = 3_600 * Nanos::SECOND;

/// What the rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Of that length.
    Candles(Period),
    Trades,
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Candles(_) => "candles",
            Self::Trades => "trades",
        }
    }

    const fn header(self) -> &'static str {
        match self {
            Self::Candles(_) => "ts_ms,open,high,low,close,volume",
            Self::Trades => "ts_ns,id,side,price,qty",
        }
    }

    /// The time of a row that is one.
    fn at(self, of: &Instrument, line: &str) -> Option<Nanos> {
        let fields: Vec<&str> = line.split(',').collect();
        let time = |text: &str, unit: u64| Some(Nanos(text.parse::<u64>().ok()?.checked_mul(unit)?));
        let px = |text: &str| of.grid.ticks(text.as_bytes()).ok();
        let qty = |text: &str| of.grid.lots(text.as_bytes()).ok();
        match (self, fields.as_slice()) {
            (Self::Candles(period), [at, prices @ .., volume]) if prices.len() == 4 => {
                let at = time(at, Nanos::MILLI).filter(|at| at.0.is_multiple_of(period.ns()))?;
                prices.iter().try_for_each(|text| px(text).map(|_| ()))?;
                qty(volume).map(|_| at)
            }
            (Self::Trades, [at, id, "buy" | "sell", price, size]) => {
                (id.is_empty() || id.parse::<u64>().is_ok()).then_some(())?;
                px(price).and(qty(size))?;
                time(at, 1)
            }
            _ => None,
        }
    }
}

/// Rows as lines, with their times.
pub(super) fn lines(of: &Instrument, rows: &Rows) -> Vec<(Nanos, String)> {
    match rows {
        Rows::Candles(rows) => rows.iter().map(|row| (row.opened_at, candle(of, row))).collect(),
        Rows::Trades(rows) => rows.iter().map(|row| (row.at, trade(of, row))).collect(),
        // Nobody asks for these here.
        Rows::OpenInterest(_) | Rows::LongShort(_) | Rows::Funding(_) => Vec::new(),
    }
}

fn candle(of: &Instrument, row: &Candle) -> String {
    let [open, high, low, close] = [row.open, row.high, row.low, row.close].map(|px| of.grid.price_text(px));
    let (at, volume) = (row.opened_at.0 / Nanos::MILLI, of.grid.qty_text(row.volume));
    format!("{at},{open},{high},{low},{close},{volume}")
}

fn trade(of: &Instrument, row: &Trade) -> String {
    let id = row.id.map_or(String::new(), |id| id.to_string());
    let side = if row.aggressor == Side::Buy { "buy" } else { "sell" };
    format!("{},{id},{side},{},{}", row.at.0, of.grid.price_text(row.px), of.grid.qty_text(row.qty))
}

/// A span without rows, its end left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) from: Nanos,
    pub(super) to: Nanos,
}

/// Where rows are missing. Candles follow each other without a hole; of trades the venue says what it does not have, and a
/// long silence is named, too.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    /// The first ones, in order.
    pub(super) told: Vec<Gap>,
    pub(super) count: u64,
}

impl Gaps {
    pub(super) fn add(&mut self, from: Nanos, to: Nanos) {
        if from < to {
            self.count += 1;
            if self.told.len() < GAPS_TOLD {
                self.told.push(Gap { from, to });
            }
        }
    }
}

/// The file that is being written.
#[derive(Debug)]
pub(super) struct History<'a> {
    of: &'a Instrument,
    kind: Kind,
    out: PathBuf,
    part: PathBuf,
    file: File,
    /// The rows of the last time: what comes again is not written again.
    tail: Vec<String>,
    pub(super) last: Option<Nanos>,
    /// Up to there is told what is missing.
    told_to: Nanos,
    /// Rows that were there.
    pub(super) kept: u64,
    /// Rows that came.
    pub(super) fetched: u64,
    pub(super) gaps: Gaps,
}

impl<'a> History<'a> {
    /// Goes on with what there is of the file, or begins it. `from`: what is wanted. Refused while somebody else writes it.
    pub(super) fn open(of: &'a Instrument, kind: Kind, out: &Path, from: Nanos) -> Result<Self, Exit> {
        let part = beside(out);
        let file = alone(&part)?;
        if file.metadata().with_context(|| format!("{} cannot be looked at", part.display()))?.len() == 0 {
            begin(&part, &file, kind, out)?;
        }
        let (out, tail, gaps) = (out.to_owned(), Vec::new(), Gaps::default());
        let mut history =
            Self { of, kind, out, part, file, tail, last: None, told_to: Nanos(0), kept: 0, fetched: 0, gaps };
        history.verify(from)?;
        Ok(history)
    }

    /// Reads what is there: each row must be one, each later than the one before. What stands behind the last end of a line
    /// is half a row, and goes.
    fn verify(&mut self, from: Nanos) -> anyhow::Result<()> {
        let file = self.file.try_clone().with_context(|| self.told())?;
        let (mut reader, mut line, mut number, mut whole) = (BufReader::new(file), Vec::new(), 0_u64, 0_u64);
        loop {
            line.clear();
            let length = reader.read_until(b'\n', &mut line).with_context(|| self.told())?;
            if line.pop() != Some(b'\n') {
                break;
            }
            (number, whole) = (number + 1, whole + length as u64);
            let text = String::from_utf8_lossy(&line);
            if number == 1 {
                anyhow::ensure!(text == self.kind.header(), self.wrong(1, &text, self.kind.header()));
                continue;
            }
            let at = self.kind.at(self.of, &text);
            let Some(at) = at else {
                let expected = format!("a row {} of {}", self.kind.header(), self.of.symbol);
                anyhow::bail!(self.wrong(number, &text, &expected));
            };
            anyhow::ensure!(self.is_next(at), self.wrong(number, &text, "a row that is later than the one before"));
            self.note(at, text.into_owned(), from);
            self.kept += 1;
        }
        anyhow::ensure!(number > 0, self.wrong(1, &String::from_utf8_lossy(&line), self.kind.header()));
        self.file.set_len(whole).with_context(|| self.told())
    }

    fn is_next(&self, at: Nanos) -> bool {
        match self.kind {
            Kind::Candles(_) => self.last.is_none_or(|last| at > last),
            Kind::Trades => self.last.is_none_or(|last| at >= last),
        }
    }

    /// Where the next candle is expected, or where trades went to.
    fn expected(&self, from: Nanos) -> Nanos {
        let expected = match (self.last, self.kind) {
            (None, _) => from,
            (Some(last), Kind::Candles(period)) => last.plus(period.ns()),
            (Some(last), Kind::Trades) => last,
        };
        expected.max(self.told_to)
    }

    /// The venue does not have what was from then until then, its end left out.
    pub(super) fn missing(&mut self, from: Nanos, to: Nanos) {
        self.gaps.add(from, to);
        self.told_to = self.told_to.max(to);
    }

    /// All that the venue has of the span is there: what does not reach its end is missing.
    pub(super) fn reached(&mut self, from: Nanos, to: Nanos) {
        let end = match self.kind {
            Kind::Candles(period) => to.plus(period.ns()),
            Kind::Trades => to.plus(1),
        };
        self.hole(self.expected(from).max(from), end);
    }

    /// Nothing from the one until the other.
    fn hole(&mut self, from: Nanos, to: Nanos) {
        if matches!(self.kind, Kind::Candles(_)) || to.since(from) > SILENCE_NS {
            self.gaps.add(from, to);
        }
    }

    fn note(&mut self, at: Nanos, line: String, from: Nanos) {
        self.hole(self.expected(from), at);
        if self.last != Some(at) {
            self.tail.clear();
        }
        self.tail.push(line);
        self.last = Some(at);
    }

    /// Adds what came, oldest first. Rows of before the last one are there already; a candle that is there with other
    /// numbers is of something else.
    pub(super) fn add(&mut self, rows: &[(Nanos, String)], from: Nanos) -> anyhow::Result<()> {
        let mut text = String::new();
        let mut there = self.tail.clone();
        for (at, line) in rows {
            if self.last.is_some_and(|last| *at < last) {
                continue;
            }
            if self.last == Some(*at) {
                if let Some(known) = there.iter().position(|known| known == line) {
                    there.swap_remove(known);
                    continue;
                }
                if let Kind::Candles(_) = self.kind {
                    let (out, known) = (self.out.display(), self.tail.join(" "));
                    anyhow::bail!("{out}: found `{known}`, but the venue says `{line}`: is it of another instrument?");
                }
            }
            text += line;
            text += "\n";
            self.note(*at, line.clone(), from);
            self.fetched += 1;
        }
        self.file.write_all(text.as_bytes()).with_context(|| self.told())
    }

    /// All is there: the file takes its place.
    pub(super) fn finish(&self) -> anyhow::Result<()> {
        self.file.sync_all().with_context(|| self.told())?;
        fs::rename(&self.part, &self.out).with_context(|| format!("{} cannot be put in place", self.out.display()))
    }

    pub(super) const fn of(&self) -> &'a Instrument {
        self.of
    }

    pub(super) const fn kind(&self) -> Kind {
        self.kind
    }

    /// Where what has come so far is.
    pub(super) fn part(&self) -> &Path {
        &self.part
    }

    fn told(&self) -> String {
        format!("{} cannot be read and written", self.part.display())
    }

    fn wrong(&self, line: u64, found: &str, expected: &str) -> String {
        let (part, start) = (self.part.display(), found.chars().take(96).collect::<String>());
        format!("{part}:{line}: found `{start}`, expected {expected}; name another --out, or remove it")
    }
}

/// `FILE.part`.
fn beside(out: &Path) -> PathBuf {
    let mut name: OsString = out.into();
    name.push(".part");
    name.into()
}

/// The file, made if need be, and its lock, which goes with the process however that ends: two calls that add rows to one
/// file would mix them.
fn alone(part: &Path) -> Result<File, Exit> {
    let told = || format!("{} cannot be opened", part.display());
    loop {
        let file = OpenOptions::new().read(true).append(true).create(true).open(part).with_context(told)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let part = part.display();
                return Err(Exit::Refused(format!(
                    "{part}: another back-fill writes it; let it end, or name another --out"
                )));
            }
            Err(TryLockError::Error(error)) => return Err(Exit::Failed(anyhow::Error::new(error).context(told()))),
        }
        // Whoever had it may have put it in its place meanwhile: then this is no part any more.
        let place = |file: fs::Metadata| (file.dev(), file.ino());
        let (held, there) = (file.metadata().with_context(told)?, fs::metadata(part));
        if there.is_ok_and(|there| place(there) == place(held)) {
            return Ok(file);
        }
    }
}

/// Fills it with what there is, or with its first line: whole or not at all.
fn begin(part: &Path, mut file: &File, kind: Kind, out: &Path) -> anyhow::Result<()> {
    let written = match File::open(out) {
        Ok(mut before) => io::copy(&mut before, &mut file).map(|_| ()),
        Err(error) if error.kind() == ErrorKind::NotFound => file.write_all(format!("{}\n", kind.header()).as_bytes()),
        Err(error) => Err(error),
    };
    written
        .and_then(|()| file.seek(SeekFrom::Start(0)).map(|_| ()))
        .inspect_err(|_| match fs::remove_file(part) {
            Err(error) if error.kind() != ErrorKind::NotFound => tracing::warn!(%error, "{} stays", part.display()),
            _ => {}
        })
        .with_context(|| format!("{} cannot be written", part.display()))
}
