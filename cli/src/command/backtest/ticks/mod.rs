//! A strategy of the engine over recorded ticks or candles: books, strategy, risk, execution, a simulated venue, as live.
//!
//! Owns: what was typed, the files, and the watch behind the stages. What runs is `replay`'s passage and nothing else, so a
//! strategy cannot tell a backtest from a run.

pub(super) mod candles;
mod refused;
pub(super) mod tell;
#[cfg(test)]
mod tests;

use super::page;
use crate::args::{Backtest, Staged, Ticks};
use crate::boot::BridgeEnds;
use crate::command::replay::{
    Gate, Passage, Replayed, forgive_clocks, priced, recorded, row, seated_on, unknown_venue,
};
use crate::exit::Exit;
use crate::outcome::Ended;
use crate::{config, output, typed};
use anyhow::{Context as _, anyhow};
use candles::OfCandles;
use engine_backtest::candles::waits::Waits;
use engine_backtest::ticks::waiting::Waiting;
use engine_backtest::ticks::{Ends, Outcome, SAMPLES_MAX, Terms, Watch};
use engine_core::config::{Config, LayoutKind};
use engine_core::market::Market;
use engine_core::strategy::catalog::Strategy;
use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::venue::VenueId;
use engine_ring::snapshot::SnapshotWriter;
use engine_ring::stage::{Stage, StageExt as _};
use feeds::capture::Recording;
use feeds::metadata;
use serde_json::Value;
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Between two samples of the account, unless another time is asked for.
const SAMPLE: Duration = Duration::from_secs(1);

/// A run, and on which terms.
struct Ran {
    strategy: String,
    params: Vec<(String, i64)>,
    venue: VenueId,
    of: Of,
    config: Config,
    instruments: Arc<Instruments>,
    warm_up: Duration,
    sample: Duration,
    /// Levels that changed, trades, and all else that markets told: what went through the stages.
    events: u64,
    ended: Ended,
    elapsed_ns: u64,
    outcome: Outcome,
}

/// What was traded on.
enum Of {
    /// Recorded bytes: files, messages in them, gaps between those; and what of them the strategy may trade.
    Captures { files: Vec<PathBuf>, messages: u64, gaps: u64, traded: Vec<InstrumentId> },
    /// Candles, a series an instrument; times at which some have one and others do not; messages that were made of them.
    Candles { of: Vec<OfCandles>, apart: usize, messages: u64 },
}

/// Runs the command over recordings.
pub(super) fn run(args: &Backtest) -> Result<(), Exit> {
    hand_out(args, &ran(args)?)
}

/// The same over candles.
pub(super) fn run_candles(args: &Backtest) -> Result<(), Exit> {
    hand_out(args, &candles::ran(args)?)
}

/// Files that were asked for, then the answer; then whether it failed.
fn hand_out(args: &Backtest, ran: &Ran) -> Result<(), Exit> {
    if let Some(path) = &args.equity_out {
        typed::write("--equity-out", path, &ran.equity())?;
    }
    if let Some(path) = &args.trades_out {
        typed::write("--trades-out", path, &ran.trades())?;
    }
    if let Some(path) = &args.report {
        typed::write("--report", path, &page::page(&ran.view()))?;
    }
    if args.json {
        output::print_json(&ran.json())?
    } else {
        output::print(&ran.text())?
    }
    ran.verdict()
}

impl Ran {
    /// A failure, if the strategy gave up or the journal could not be kept.
    fn verdict(&self) -> Result<(), Exit> {
        let fault = self.fault().or_else(|| self.ended.journal_fault.clone());
        fault.map_or(Ok(()), |fault| Err(Exit::Failed(anyhow!(fault))))
    }
}

/// Everything that is asked is checked before the first record.
fn ran(args: &Backtest) -> Result<Ran, Exit> {
    let (Ticks { capture, symbol }, Staged { venue, warm_up, sample, .. }) = (&args.ticks, &args.staged);
    let venue = venue.as_deref().context("a venue stands beside captures")?;
    let venue = VenueId::from_name(venue).ok_or_else(|| unknown_venue(venue))?;
    let config = settings(args.staged.config.as_deref())?;
    let params = whole(&args.params)?;
    let files = files(capture)?;
    let progress = output::Progress::new();
    progress.step("reading");
    let read = Recording::read(&files).map_err(|error| Exit::Usage(format!("--capture: {:#}", anyhow!(error))))?;
    let recording = Arc::new(read);
    progress.step("looking through");
    let instruments = Arc::new(metadata::infer(&recording, venue));
    let (name, traded) = (args.past.strategy.as_str(), chosen(symbol, venue, &instruments)?);
    let strategy = seated_on(row(name)?, name, &params, &instruments, &traded)?;
    progress.step("running");
    let (warm_up, sample) = (warm_up.unwrap_or_default(), sample.unwrap_or(SAMPLE));
    let asked = Asked { config: &config, venue, instruments: &instruments, strategy, warm_up, sample, waits: None };
    let (replayed, outcome) = asked.run(recorded(&recording, &instruments, venue, false))?;
    progress.end();
    let counts = replayed.feed.session().counts();
    let of = Of::Captures { files, messages: counts.messages, gaps: counts.gaps, traded };
    let events = events(replayed.feed.sink().market());
    let Replayed { ended, elapsed_ns, .. } = replayed;
    let strategy = args.past.strategy.clone();
    Ok(Ran { strategy, params, venue, of, config, instruments, warm_up, sample, events, ended, elapsed_ns, outcome })
}

/// The instruments of those names; of no name, all that are priced in dollars.
fn chosen(symbols: &[String], venue: VenueId, instruments: &Instruments) -> Result<Vec<InstrumentId>, Exit> {
    let all = priced(instruments);
    let one = |symbol: &String| {
        let known = instruments.find(venue, symbol).map(|instrument| instrument.id);
        known.filter(|id| all.contains(id)).ok_or_else(|| {
            let there: Vec<&str> = all.iter().map(|id| instruments.get(*id).symbol.as_str()).collect();
            let why = if known.is_some() { ", which is not priced in dollars" } else { "" };
            let told = format!("--symbol: found {symbol}{why}, accepted: what the captures have in dollars");
            Exit::Usage(format!("{told}: {}", there.join(", ")))
        })
    };
    let mut ids = symbols.iter().map(one).collect::<Result<Vec<_>, _>>()?;
    ids.sort_unstable();
    ids.dedup();
    Ok(if symbols.is_empty() { all } else { ids })
}

/// The settings of a run on one thread, whose time is the past's.
fn settings(file: Option<&Path>) -> Result<Config, Exit> {
    let mut config = config::read(file)?;
    config.layout.kind = LayoutKind::Inline;
    forgive_clocks(&mut config);
    Ok(config)
}

fn events(market: &Market) -> u64 {
    let counted = market.counters();
    counted.levels.get() + counted.trades.get() + counted.others.get()
}

/// What is asked of any past.
struct Asked<'a> {
    config: &'a Config,
    venue: VenueId,
    instruments: &'a Arc<Instruments>,
    strategy: Strategy,
    warm_up: Duration,
    sample: Duration,
    /// Who wants to know at which prices somebody waits.
    waits: Option<SnapshotWriter<Waits>>,
}

impl Asked<'_> {
    /// Goes through the stages, with somebody who watches behind them.
    fn run<F: Stage>(self, feed: impl FnOnce(Gate) -> F) -> Result<(Replayed<F>, Outcome), Exit> {
        let Self { config, venue, instruments, strategy, warm_up, sample, waits } = self;
        let waits = Cell::new(waits);
        let terms = Terms { equity_start: config.paper.equity, every_ns: ns(sample), warm_up_ns: ns(warm_up) };
        let watch = |ends: BridgeEnds| {
            let waiting = waits.take().map(|out| Waiting::new(config.limits, out));
            watch(ends, instruments, terms, waiting)
        };
        let passage = Passage { config, venue, instruments, strategies: vec![strategy], journal_out: None };
        let mut replayed = passage.run(feed, Some(&watch))?;
        let watch = replayed.watch.take().context("somebody watched")?;
        let watch = watch.into_stage::<Watch>().map_err(|_| anyhow!("the last stage is the watch"))?;
        let outcome = watch.into_outcome();
        is_whole(&outcome)?;
        Ok((replayed, outcome))
    }
}

fn ns(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn watch(
    ends: BridgeEnds,
    instruments: &Arc<Instruments>,
    terms: Terms,
    waiting: Option<Waiting>,
) -> anyhow::Result<Box<dyn Stage>> {
    let market = ends.taps.market.into_iter().map(|(_, tap)| tap).collect();
    let (order, report, board) = (ends.taps.order, ends.taps.report, ends.counters.strategies);
    let ends = Ends { market, order, report, command: ends.command, board };
    let watch = Watch::new(ends, Arc::clone(instruments), terms)?;
    Ok(Box::new(match waiting {
        Some(waiting) => watch.with_waiting(waiting),
        None => watch,
    }))
}

/// Figures of a part are worth nothing.
fn is_whole(outcome: &Outcome) -> Result<(), Exit> {
    let found = match (outcome.missed, outcome.is_cut, outcome.books.skipped()) {
        (0, false, 0) if outcome.equity.is_empty() => "no event of a market after the warm-up".to_owned(),
        (0, false, 0) => return Ok(()),
        (0, true, _) => {
            return Err(Exit::Usage(format!(
                "--sample: found more than {SAMPLES_MAX} samples, accepted: a longer time"
            )));
        }
        (0, false, skipped) => format!("{skipped} executions or prices that the books cannot hold"),
        (missed, ..) => format!("{missed} events that ran past the watch: make the rings of the settings deeper"),
    };
    Err(Exit::Failed(anyhow!("the run cannot be told: found {found}")))
}

/// Parameters of the engine's strategies are whole numbers.
fn whole(text: &str) -> Result<Vec<(String, i64)>, Exit> {
    // A whole number that was a float to somebody on its way is written with a point.
    let pointed = |value: &Value| value.as_f64().filter(|of| of.fract() == 0.0 && of.abs() < 9e15).map(|of| of as i64);
    let one = |(name, value): (String, Value)| match value.as_i64().or_else(|| pointed(&value)) {
        Some(number) => Ok((name, number)),
        None => Err(Exit::Usage(format!("--params {name}: found {value}, accepted: a whole number"))),
    };
    typed::object("--params", text)?.into_iter().map(one).collect()
}

/// Files as they were named; of a folder its captures, by name.
pub(crate) fn files(named: &[PathBuf]) -> Result<Vec<PathBuf>, Exit> {
    let mut files = Vec::new();
    for path in named {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let told = || format!("--capture {}", path.display());
        let inside = std::fs::read_dir(path).with_context(told)?.map(|entry| entry.map(|entry| entry.path()));
        let mut inside: Vec<PathBuf> = inside.collect::<Result<_, _>>().with_context(told)?;
        inside.retain(|file| is_capture(file));
        if inside.is_empty() {
            return Err(Exit::Usage(format!("{}: found no capture in that folder, accepted: .ndjson files", told())));
        }
        inside.sort();
        files.append(&mut inside);
    }
    Ok(files)
}

/// By its name: `.ndjson`, compressed or not.
fn is_capture(file: &Path) -> bool {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    [".ndjson", ".ndjson.gz", ".ndjson.zst"].iter().any(|ending| name.ends_with(ending))
}
