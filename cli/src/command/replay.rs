//! `replay`: recorded bytes through the same decoders, books, strategies, risk and paper execution as live ones.
//!
//! The recording is looked through once before it runs, because a capture need not tell ticks and lots; then each record
//! enters when the consequences of the one before are complete, so that every layout ends in the same state.

use crate::args::{PaceName, Replay};
use crate::boot::{Booted, BridgeEnds, Made, Plan, boot, venue_stage_name};
use crate::exit::Exit;
use crate::layout::layout;
use crate::outcome::{self, Ended};
use crate::{config, market, output};
use anyhow::{Context as _, anyhow};
use engine_analytics::indicator::catalogue::nearest;
use engine_backtest::venue::PaperMarket;
use engine_core::config::{Config, Mode};
use engine_core::journal::disk::{self, Disk, Epoch};
use engine_core::journal::format::Prologue;
use engine_core::strategy::catalog::{CATALOGUE, Strategy};
use engine_core::strategy::play::Entry;
use engine_core::strategy::stage::Time;
use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::market::{Level, Side};
use engine_model::units::Nanos;
use engine_model::venue::VenueId;
use engine_ring::clock::{Clock, ClockHand};
use engine_ring::driver::{Reins, launch_held};
use engine_ring::flag::{StopFlag, Switch};
use engine_ring::ring_gauges::settled;
use engine_ring::stage::{Stage, StageExt as _};
use feeds::capture::Recording;
use feeds::capture::feed::{CaptureFeed, Pace, Warm};
use feeds::metadata;
use feeds::session::Session;
use serde_json::{Value, json};
use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// Bytes for deltas that wait for a snapshot: a capture may hold one back for its whole length.
const KEEP_BYTES: usize = 256 << 20;
/// Every client order id of a replay carries this run number: the same replay, the same ids.
const EPOCH: u32 = 1;

/// Whether everybody has read what was told.
pub(crate) type Settled = Box<dyn FnMut() -> bool + Send>;

pub(crate) type Feed = CaptureFeed<PaperMarket, Settled>;

/// Runs the command.
pub(crate) fn run(args: &Replay) -> Result<(), Exit> {
    let venue = VenueId::from_name(&args.venue).ok_or_else(|| unknown_venue(&args.venue))?;
    let mut config = Config { layout: chosen_layout(args)?, ..config::read(None)? };
    forgive_clocks(&mut config);
    let progress = output::Progress::new();
    progress.step("reading");
    let recording = Arc::new(
        Recording::read(&args.capture).map_err(|error| Exit::Usage(format!("--capture: {:#}", anyhow!(error))))?,
    );
    progress.step("looking through");
    let instruments = Arc::new(metadata::infer(&recording, venue));
    let strategies = strategies(args, &instruments)?;
    progress.step("replaying");
    let (config, instruments) = (&config, &instruments);
    let (journal_out, at_original_speed) = (args.journal_out.as_deref(), args.pace == PaceName::Original);
    let feed = recorded(&recording, instruments, venue, at_original_speed);
    let replayed = Passage { config, venue, instruments, strategies, journal_out }.run(feed, None)?;
    progress.end();
    if let Some(path) = &args.book_out {
        write_books(path, &replayed.feed, instruments)?;
    }
    let report = report(args, venue, &replayed, instruments);
    if args.json {
        output::print_json(&report)?
    } else {
        output::print(&text(&report))?
    }
    replayed.ended.journal_fault.map_or(Ok(()), |fault| Err(Exit::Failed(anyhow!(fault))))
}

pub(crate) fn unknown_venue(name: &str) -> Exit {
    let known = VenueId::ALL.map(VenueId::name).join(", ");
    Exit::Usage(format!("--venue: found `{name}`, accepted: {known}"))
}

/// The clock of a recording was its recorder's, often seconds off; nothing real is priced by it.
pub(crate) fn forgive_clocks(config: &mut Config) {
    config.limits.clock_skew_max_ns = u64::MAX;
}

/// The layout of the command line. A journal, where one is kept, turns with the others: a replay waits for it anyhow.
fn chosen_layout(args: &Replay) -> Result<engine_core::config::Layout, Exit> {
    let mut layout = config::read(None)?.layout;
    layout.kind = args.layout.into();
    for group in &mut layout.groups {
        group.stages.retain(|stage| *stage != engine_core::topology::Stage::Journal);
    }
    if let Some(hot) = layout.groups.first_mut() {
        hot.stages.push(engine_core::topology::Stage::Journal);
    }
    Ok(layout)
}

/// The strategy asked for, on every instrument whose dollars can be told; the others would only be denied.
fn strategies(args: &Replay, instruments: &Instruments) -> Result<Vec<Strategy>, Exit> {
    let Some(name) = &args.strategy else { return Ok(Vec::new()) };
    Ok(vec![strategy(name, &[], instruments)?])
}

/// The row of one of the catalogue, or of a script.
pub(crate) fn row(name: &str) -> Result<&'static Entry, Exit> {
    if is_script(name) {
        return scripts::load(Path::new(name)).map_err(|fault| Exit::Usage(format!("--strategy {name}: {fault}")));
    }
    CATALOGUE.iter().find(|known| known.name == name).ok_or_else(|| unknown_strategy(name))
}

/// Nobody has that name.
pub(crate) fn unknown_strategy(name: &str) -> Exit {
    let near = nearest(name, CATALOGUE.iter().map(|known| known.name)).join(", ");
    Exit::Usage(format!("--strategy: no strategy is called {name}; nearest: {near}; or FILE.rhai"))
}

/// Whether that names a script.
pub(crate) fn is_script(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "rhai")
}

/// One of the catalogue, or a script, on all that it can trade.
pub(crate) fn strategy(name: &str, params: &[(String, i64)], instruments: &Instruments) -> Result<Strategy, Exit> {
    seated(row(name)?, name, params, instruments)
}

/// The same of its row.
pub(crate) fn seated(
    row: &'static Entry,
    name: &str,
    params: &[(String, i64)],
    instruments: &Instruments,
) -> Result<Strategy, Exit> {
    seated_on(row, name, params, instruments, &priced(instruments))
}

/// Instruments that risk can judge: the others would only be denied.
pub(crate) fn priced(instruments: &Instruments) -> Vec<InstrumentId> {
    instruments.iter().filter(|i| i.is_dollar_quoted()).map(|i| i.id).collect()
}

/// The same on some of them.
pub(crate) fn seated_on(
    row: &'static Entry,
    name: &str,
    params: &[(String, i64)],
    instruments: &Instruments,
    ids: &[InstrumentId],
) -> Result<Strategy, Exit> {
    let refused = |fault: &dyn Display| Exit::Usage(format!("--strategy {name}: {fault}"));
    let mut strategy = Strategy::of(row, ids, params).map_err(|fault| refused(&fault))?;
    strategy.sit(instruments).map_err(|fault| refused(&fault))?;
    Ok(strategy)
}

/// The past that went through every stage, and the stage that told it.
pub(crate) struct Replayed<F> {
    pub(crate) feed: Box<F>,
    pub(crate) ended: Ended,
    pub(crate) elapsed_ns: u64,
    /// Who watched, if anybody did.
    pub(crate) watch: Option<Box<dyn Stage>>,
}

/// The past of one venue on its way through every stage.
pub(crate) struct Passage<'a> {
    pub(crate) config: &'a Config,
    pub(crate) venue: VenueId,
    pub(crate) instruments: &'a Arc<Instruments>,
    pub(crate) strategies: Vec<Strategy>,
    pub(crate) journal_out: Option<&'a Path>,
}

/// What whoever tells the past holds of the run.
pub(crate) struct Gate {
    /// The stage's name.
    pub(crate) name: String,
    /// Where events go.
    pub(crate) sink: PaperMarket,
    /// Whether everybody has read what was told.
    pub(crate) settled: Settled,
    /// The run's time.
    pub(crate) hand: ClockHand,
    /// Raised when all is told.
    pub(crate) stop: StopFlag,
    /// Switched on when what allocates has.
    pub(crate) warm: Switch,
}

/// Makes a stage that stands behind all others: for a run in one line.
pub(crate) type WatchMaker<'a> = &'a dyn Fn(BridgeEnds) -> anyhow::Result<Box<dyn Stage>>;

/// The stage that tells a recording.
pub(crate) fn recorded<'a>(
    recording: &'a Arc<Recording>,
    instruments: &'a Instruments,
    venue: VenueId,
    at_original_speed: bool,
) -> impl FnOnce(Gate) -> Feed + 'a {
    move |Gate { name, sink, settled, hand, stop, warm }| {
        let session = Session::new(venue, instruments, KEEP_BYTES);
        let warm = Warm { after: recording.len() / 10, switch: warm };
        let recording = Arc::clone(recording);
        let feed = CaptureFeed::new(name, recording, session, sink, Pace::Settled, settled, hand, stop, warm);
        if at_original_speed { feed.at_original_speed() } else { feed }
    }
}

impl Passage<'_> {
    /// Goes through it; `feed` makes the stage that tells it.
    pub(crate) fn run<F: Stage>(
        self,
        feed: impl FnOnce(Gate) -> F,
        watch: Option<WatchMaker<'_>>,
    ) -> Result<Replayed<F>, Exit> {
        let Self { config, venue, instruments, strategies, journal_out } = self;
        let (clock, hand) = Clock::manual();
        let (stop, warm, kill) = (StopFlag::new(), Switch::new(), Switch::new());
        let journal = journal_out.map(|folder| journal(folder, &clock, &kill)).transpose()?;
        let has_journal = journal.is_some();
        let plan = Plan {
            config,
            instruments: Arc::clone(instruments),
            venues: &[venue],
            strategies,
            clock: clock.clone(),
            time: Time::Events,
            kill,
            page: None,
            watched: None,
            epoch: EPOCH,
            journal,
            is_paced: true,
            mode: Mode::Paper,
            states: None,
            estate: None,
        };
        let mut feed = Some((feed, hand));
        let Booted { mut stages, bridge, .. } = boot(plan, &mut |venue, sink, rings| {
            let rings = rings.to_vec();
            let settled: Settled = Box::new(move || settled(&rings));
            let (feed, hand) = feed.take().context("one past, one venue")?;
            let (name, sink) = (venue_stage_name(venue), sink.paper()?);
            let feed = feed(Gate { name, sink, settled, hand, stop: stop.clone(), warm: warm.clone() });
            Ok(Made { stage: Box::new(feed), gateway: None })
        })?;
        stages.extend(watch.map(|watch| watch(bridge)).transpose()?);
        let layout = layout(config, &[venue], has_journal, true);
        let started = Instant::now();
        let running = launch_held(stages, &layout, Reins { stop, arm: warm, pulse: None })
            .map_err(|error| Exit::Failed(anyhow!(error)))?;
        let mut finished = running.join().map_err(|panicked| Exit::Failed(anyhow!(panicked)))?;
        let elapsed_ns = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let watch = watch.and_then(|_| finished.stages.pop());
        let mut ended = outcome::ended(finished, Nanos(clock.now()))?;
        let feed = ended.venues.pop().context("one venue")?;
        let feed = feed.into_stage::<F>().map_err(|_| anyhow!("the venue tells the past"))?;
        Ok(Replayed { feed, ended, elapsed_ns, watch })
    }
}

fn journal(folder: &Path, clock: &Clock, kill: &Switch) -> Result<(Disk, Prologue), Exit> {
    let told = || format!("--journal-out {}", folder.display());
    let file = disk::create(folder, Epoch::Exactly(EPOCH)).with_context(told)?;
    let prologue = Prologue { epoch: EPOCH, build_id: outcome::build_id(), ..Prologue::default() };
    let disk = Disk::start(file, &prologue, clock.clone(), kill.clone()).with_context(told)?;
    Ok((disk, prologue))
}

fn report(args: &Replay, venue: VenueId, replayed: &Replayed<Feed>, instruments: &Instruments) -> Value {
    let Replayed { feed, ended, elapsed_ns, .. } = replayed;
    let mut report = market::told(feed.session(), feed.sink(), instruments.iter());
    let rest = json!({
        "venue": venue.name(),
        "layout": engine_core::config::LayoutKind::from(args.layout).name(),
        "orders": ended.orders,
        "fills": ended.fills,
        "denied": ended.denied,
        "state_hash": ended.state_hash,
        "elapsed_ns": elapsed_ns,
        "ns_per_message": *elapsed_ns as f64 / feed.session().counts().messages.max(1) as f64,
        "hot_allocations": ended.hot_allocations,
    });
    report.extend(rest.as_object().cloned().into_iter().flatten());
    Value::Object(report)
}

/// `symbol,side,price,qty`, best first: the whole depth of every book.
fn write_books(path: &Path, feed: &Feed, instruments: &Instruments) -> Result<(), Exit> {
    let mut text = String::from("symbol,side,price,qty\n");
    for instrument in instruments {
        let (book, grid) = (feed.sink().market().book(instrument.id), &instrument.grid);
        for (side, name) in [(Side::Buy, "bid"), (Side::Sell, "ask")] {
            for Level { px, qty } in book.levels(side) {
                let (px, qty) = (grid.price_text(px), grid.qty_text(qty));
                text += &format!("{},{name},{px},{qty}\n", instrument.symbol);
            }
        }
    }
    std::fs::write(path, text).with_context(|| format!("--book-out {}", path.display()))?;
    Ok(())
}

fn text(report: &Value) -> String {
    let mut out = String::new();
    let mut line = |name: &str, value: &str| out += &format!("{name:<14} {value}\n");
    let number = |name: &str| report[name].to_string();
    line("venue", &format!("{} ({})", text_of(&report["venue"]), text_of(&report["layout"])));
    let per_message = report["ns_per_message"].as_f64().unwrap_or_default();
    line("messages", &format!("{} in {} ms, {per_message:.0} ns each", number("messages"), elapsed_ms(report)));
    let events = report["events"].as_object().into_iter().flatten();
    let events: Vec<String> = events.filter(|(_, n)| **n != json!(0)).map(|(kind, n)| format!("{kind} {n}")).collect();
    line("events", &events.join(", "));
    for name in [
        "control",
        "unknown",
        "errors",
        "gaps",
        "checksum_ok",
        "checksum_failed",
        "crossed",
        "resyncs",
        "orders",
        "fills",
        "denied",
    ] {
        line(name, &number(name));
    }
    line("hot alloc", &number("hot_allocations"));
    line("state hash", text_of(&report["state_hash"]));
    out += "\n";
    out += &format!(
        "{:<14} {:>7} {:>16} {:>14} {:>16} {:>14} {:>6} {:>6} {:>8}\n",
        "instrument", "synced", "bid", "qty", "ask", "qty", "bids", "asks", "crc"
    );
    for (symbol, book) in report["instruments"].as_object().into_iter().flatten() {
        let field = |name: &str| text_of(&book[name]).to_owned();
        out += &format!(
            "{symbol:<14} {:>7} {:>16} {:>14} {:>16} {:>14} {:>6} {:>6} {:>8}\n",
            book["synced"].to_string(),
            field("bid_px"),
            field("bid_qty"),
            field("ask_px"),
            field("ask_qty"),
            book["bid_levels"].to_string(),
            book["ask_levels"].to_string(),
            field("book_crc"),
        );
    }
    out
}

fn text_of(value: &Value) -> &str {
    value.as_str().unwrap_or("-")
}

fn elapsed_ms(report: &Value) -> u64 {
    report["elapsed_ns"].as_u64().unwrap_or_default() / 1_000_000
}
