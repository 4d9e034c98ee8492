//! `optimize --state`: a file of what a sweep has found, so that one that was broken off goes on where it was.
//!
//! A line each: which sweep it is (as JSON, so that a refusal can say what differs), then a trial a line, behind its
//! checksum. Numbers stand as their bits: what is read is what was written. Lines are only added. What a kill tore off the
//! end is cut and told; what is wrong before a good line is damage, and named with its place.
//!
//! Never: a trial of another sweep. Parts of one (`--shard`) are the same sweep, and may be read by each other.

use crate::exit::Exit;
use anyhow::{Context as _, anyhow};
use engine_analytics::performance::curve;
use engine_backtest::sweep::memory::{Memory, Scope};
use engine_backtest::sweep::objective::{OBJECTIVES_MAX, Objective};
use engine_backtest::sweep::run::Trial;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What the first line begins with; the number is that of the format.
const HEAD: &str = "ringside sweep 2";
/// What is looked for, and four more.
const NUMBERS: usize = OBJECTIVES_MAX + 4;
/// Words of a trial's line.
const WORDS: usize = 4 + NUMBERS + 1;
/// Between two writes: as much work is done again after a kill, at most.
const WRITTEN_EVERY: Duration = Duration::from_millis(200);

/// What is known, and where more is written.
#[derive(Debug)]
pub(super) struct State {
    known: BTreeMap<(Scope, u64), Trial>,
    /// `None`: what is found is kept nowhere.
    file: Option<Mutex<Pending>>,
    /// Trials over all bars that need not be run again.
    reused: AtomicU64,
    /// Bytes that a kill had torn off.
    pub(super) torn: u64,
}

/// Lines that are not written yet.
#[derive(Debug)]
struct Pending {
    file: File,
    lines: String,
    written: Instant,
}

/// Which sweep it is, by name; and what its trials look for.
pub(super) struct Identity<'a> {
    pub(super) names: Map<String, Value>,
    pub(super) objectives: &'a [Objective],
}

impl State {
    /// Knows what the file has, if there is one, and goes on in it; and what other parts have found.
    pub(super) fn open(path: Option<&Path>, parts: &[impl AsRef<Path>], identity: &Identity<'_>) -> Result<Self, Exit> {
        let mut state = Self { known: BTreeMap::new(), file: None, reused: AtomicU64::new(0), torn: 0 };
        let own = path.map(|path| go_on("--state", path, identity)).transpose()?;
        if let Some((file, read)) = own {
            state.torn = read.torn;
            state.known.extend(read.trials);
            let pending = Pending { file, lines: String::new(), written: Instant::now() };
            state.file = Some(Mutex::new(pending));
        }
        for part in parts {
            let part = part.as_ref();
            let bytes = std::fs::read(part).with_context(|| format!("--merge {}", part.display()))?;
            for ((scope, point), trial) in read("--merge", part, &bytes, identity)?.trials {
                if !state.known.contains_key(&(scope, point)) {
                    state.keep(scope, &trial).map_err(|told| Exit::Failed(anyhow!(told)))?;
                    state.known.insert((scope, point), trial);
                }
            }
        }
        Ok(state)
    }

    /// Trials over all bars that were known.
    pub(super) fn reused(&self) -> u64 {
        self.reused.load(Ordering::Relaxed)
    }

    /// All that was found is on the disk.
    pub(super) fn end(&self) -> Result<(), Exit> {
        let Some(file) = &self.file else { return Ok(()) };
        let mut pending = file.lock().unwrap_or_else(PoisonError::into_inner);
        pending.write().and_then(|()| pending.file.sync_data()).context("--state")?;
        Ok(())
    }
}

impl Memory for State {
    fn known(&self, scope: Scope, point: u64) -> Option<Trial> {
        let known = self.known.get(&(scope, point)).cloned();
        if known.is_some() && scope == Scope::Whole {
            self.reused.fetch_add(1, Ordering::Relaxed);
        }
        known
    }

    fn keep(&self, scope: Scope, trial: &Trial) -> Result<(), String> {
        let Some(file) = &self.file else { return Ok(()) };
        let mut pending = file.lock().unwrap_or_else(PoisonError::into_inner);
        pending.lines.push_str(&line(scope, trial));
        if pending.written.elapsed() < WRITTEN_EVERY {
            return Ok(());
        }
        pending.write().map_err(|error| format!("--state: what was found cannot be kept: {error}"))
    }
}

impl Pending {
    fn write(&mut self) -> std::io::Result<()> {
        self.file.write_all(self.lines.as_bytes())?;
        self.lines.clear();
        self.written = Instant::now();
        Ok(())
    }
}

impl Drop for State {
    /// A sweep that fails keeps what it had found; that it cannot is not worth a second failure.
    fn drop(&mut self) {
        let _ = self.end();
    }
}

/// What a file holds.
#[derive(Debug, Default)]
struct Read {
    trials: BTreeMap<(Scope, u64), Trial>,
    /// Bytes of good lines.
    good: u64,
    /// Bytes behind them.
    torn: u64,
}

/// Opens the file for more, or makes it. Nobody else may write to it meanwhile.
fn go_on(key: &'static str, path: &Path, identity: &Identity<'_>) -> Result<(File, Read), Exit> {
    let told = || format!("{key} {}", path.display());
    if !path.exists() {
        crate::typed::write(key, path, &checked(&head(identity)))?;
    }
    let mut file = File::options().read(true).write(true).open(path).with_context(told)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(Exit::Refused(format!(
                "{}: another sweep is writing to it; let it end, or take another file",
                told()
            )));
        }
        Err(TryLockError::Error(error)) => return Err(Exit::Failed(anyhow!(error).context(told()))),
    }
    let bytes = std::fs::read(path).with_context(told)?;
    let read = read(key, path, &bytes, identity)?;
    file.set_len(read.good).and_then(|()| file.seek(SeekFrom::End(0))).with_context(told)?;
    Ok((file, read))
}

fn head(identity: &Identity<'_>) -> String {
    format!("{HEAD} {}", Value::Object(identity.names.clone()))
}

/// A line with its checksum before it.
fn checked(text: &str) -> String {
    format!("{:08x} {text}\n", crc32fast::hash(text.as_bytes()))
}

/// What stands behind a checksum that is right.
fn verified(line: &[u8]) -> Option<&str> {
    let (sum, text) = str::from_utf8(line).ok()?.strip_suffix('\n')?.split_once(' ')?;
    (sum.len() == 8 && u32::from_str_radix(sum, 16).ok()? == crc32fast::hash(text.as_bytes())).then_some(text)
}

fn read(key: &'static str, path: &Path, bytes: &[u8], identity: &Identity<'_>) -> Result<Read, Exit> {
    let told = || format!("{key} {}", path.display());
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let is_one =
        || Exit::Usage(format!("{}: is no state of a sweep, or its first line is damaged; take another file", told()));
    let theirs = verified(first).and_then(|text| text.strip_prefix(HEAD)).ok_or_else(is_one)?;
    let theirs: Map<String, Value> = serde_json::from_str(theirs).map_err(|_| is_one())?;
    // Read back like theirs: a number of seventeen digits may come back as its neighbour, and would differ from itself.
    let ours = Value::Object(identity.names.clone()).to_string();
    let ours: Map<String, Value> = serde_json::from_str(&ours).map_err(|_| is_one())?;
    let nothing = Value::Null;
    let of = |names: &Map<String, Value>, name: &str| names.get(name).unwrap_or(&nothing).to_string();
    let names = ours.keys().chain(theirs.keys());
    if let Some(name) = names.into_iter().find(|name| theirs.get(*name) != ours.get(*name)) {
        let (found, expected) = (of(&theirs, name), of(&ours, name));
        return Err(Exit::Usage(format!(
            "{}: is of another sweep: its {name} is {found}, expected {expected}; take another file, or ask for the same",
            told()
        )));
    }
    let mut read = Read { good: first.len() as u64, ..Read::default() };
    let mut bad: Option<(usize, u64)> = None;
    let mut at = read.good;
    for (n, line) in lines.enumerate() {
        match (verified(line).and_then(|text| trial(text, identity.objectives)), bad) {
            (Some((scope, trial)), None) => {
                read.trials.insert((scope, trial.point), trial);
                read.good += line.len() as u64;
            }
            (Some(_), Some((row, offset))) => {
                return Err(Exit::Failed(anyhow!(
                    "{}: line {row} (byte {offset}) is damaged and others after it are not; `truncate -s {offset}` keeps what \
                     stands before it",
                    told()
                )));
            }
            (None, None) => bad = Some((n + 2, at)),
            (None, Some(_)) => {}
        }
        at += line.len() as u64;
    }
    read.torn = at - read.good;
    Ok(read)
}

/// `w 17 4 3ff0000000000000 ... -`: scope, number, point, the trial's numbers as their bits, and as JSON why it has none.
fn line(scope: Scope, trial: &Trial) -> String {
    let scope = match scope {
        Scope::Whole => "w".to_owned(),
        Scope::Window(n) => format!("w{n}"),
        Scope::Split(n) => format!("s{n}"),
    };
    let Trial { number, point, objectives, equity_final, sharpe_per_bar, max_drawdown, trades, fees, fault, .. } =
        trial;
    let numbers = objectives.iter().copied().chain([*sharpe_per_bar, *max_drawdown, *equity_final, Some(*fees)]);
    let bits = numbers.map(|number| number.map_or_else(|| "-".to_owned(), |number| format!("{:x}", number.to_bits())));
    let fault = fault.as_ref().map_or_else(|| "-".to_owned(), |fault| json!(fault).to_string());
    checked(&format!("{scope} {number} {point} {trades} {} {fault}", bits.collect::<Vec<_>>().join(" ")))
}

fn trial(text: &str, looked_for: &[Objective]) -> Option<(Scope, Trial)> {
    // The last one may have blanks.
    let mut words = text.splitn(WORDS, ' ');
    let scope = match words.next()?.split_at_checked(1)? {
        ("w", "") => Scope::Whole,
        ("w", n) => Scope::Window(n.parse().ok()?),
        ("s", n) => Scope::Split(n.parse().ok()?),
        _ => return None,
    };
    let [number, point, trades] = [words.next()?, words.next()?, words.next()?].map(str::parse::<u64>);
    let mut numbers = [None; NUMBERS];
    for number in &mut numbers {
        let word = words.next()?;
        *number = if word == "-" { None } else { Some(f64::from_bits(u64::from_str_radix(word, 16).ok()?)) };
    }
    let [objectives @ .., sharpe_per_bar, max_drawdown, equity_final, fees] = numbers;
    let mut scores = [0.0; OBJECTIVES_MAX];
    for ((objective, found), score) in looked_for.iter().zip(objectives).zip(&mut scores) {
        *score = objective.score(found);
    }
    let fault = match words.next()? {
        "-" => None,
        fault => Some(serde_json::from_str(fault).ok()?),
    };
    // As when it was run: whoever was worth nothing in between has lost.
    if max_drawdown.is_some_and(curve::is_ruin) {
        scores[..looked_for.len()].fill(f64::NEG_INFINITY);
    }
    let trial = Trial {
        number: number.ok()?,
        point: point.ok()?,
        objectives,
        scores,
        equity_final,
        sharpe_per_bar,
        max_drawdown,
        trades: usize::try_from(trades.ok()?).ok()?,
        fees: fees?,
        fault,
    };
    Some((scope, trial))
}
