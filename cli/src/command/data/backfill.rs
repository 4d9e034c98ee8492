//! `data backfill`: candles or trades of the past, asked of a venue window by window, into a file that grows; and from there,
//! unless the file was what was asked for, into the store.

use super::history::{History, Kind, lines};
use crate::args::{Backfill as Args, HistoryKind};
use crate::exit::Exit;
use crate::output::{self, Progress};
use crate::{config, log, signals, time, venues};
use anyhow::Context as _;
use bridges::store::history as store;
use engine_model::instrument::Instrument;
use engine_model::units::Nanos;
use engine_model::venue::VenueId;
use engine_ring::clock::Clock;
use feeds::poll::backfill::{Backfill, Part};
use feeds::poll::offers;
use feeds::poll::poller::Source;
use feeds::poll::question::{Page, Period, Question, Span};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<(), Exit> {
    let (kind, venue) = (kind(args)?, venue(args)?);
    log::start(&config::read_listening(args.config.as_deref())?.log);
    let (interrupted, clock) = (signals::signals()?, Clock::machine());
    let span = span(args, kind, Nanos(clock.now()))?;
    let settings = config::read_venue(args.config.as_deref(), venue)?;
    let settings = engine_core::config::Venue { symbols: vec![args.symbol.clone()], ..settings };
    let source = Source { venue, rest_url: venues::urls(&settings).rest };
    let instrument = or_interrupted(venues::instrument(&settings, &clock, &interrupted), &interrupted)?;
    let question = question(&instrument, kind)?;
    let backfill = Backfill::new(&source, &instrument, question, &clock).map_err(|error| Exit::Failed(error.into()))?;
    let mut backfill = backfill.ok_or_else(|| Exit::Usage(unanswered(&instrument, kind)))?;
    let out = out(args, kind)?;
    let mut history = History::open(&instrument, kind, &out, span.from)?;
    let fetched = fetch(&mut backfill, &mut history, span, &interrupted);
    if interrupted.load(Ordering::Relaxed) || fetched.is_err() {
        let part = history.part().display();
        tracing::warn!("{} rows are in {part}: the same call goes on behind them", history.kept + history.fetched);
    }
    or_interrupted(fetched.map_err(Exit::Failed), &interrupted)?;
    history.finish()?;
    if args.out.is_none() {
        keep(args, kind, &out)?;
    }
    let report = report(args, &instrument, &history, span);
    if args.json { output::print_json(&report) } else { output::print(&text(&report)) }
}

/// What failed because somebody ended it was interrupted.
fn or_interrupted<T>(result: Result<T, Exit>, interrupted: &AtomicBool) -> Result<T, Exit> {
    if interrupted.load(Ordering::Relaxed) { Err(Exit::Interrupted) } else { result }
}

fn kind(args: &Args) -> Result<Kind, Exit> {
    if let Some(out) = &args.out
        && matches!(out.extension().and_then(|end| end.to_str()), Some("gz" | "zst"))
    {
        let told = format!("--out: found {}, accepted: a name that does not end in .gz or .zst", out.display());
        return Err(Exit::Usage(told + ", for only plain text can be continued"));
    }
    match (args.kind, args.interval) {
        (HistoryKind::Candles, interval) => Ok(Kind::Candles(interval.unwrap_or(Period::M1))),
        (HistoryKind::Trades, None) => Ok(Kind::Trades),
        (HistoryKind::Trades, Some(interval)) => {
            Err(Exit::Usage(format!("--interval: found {}, accepted: none with --kind trades", interval.name())))
        }
    }
}

/// Where rows are collected: the file that was asked for, or one in the store's folder that is no part of it yet.
fn out(args: &Args, kind: Kind) -> anyhow::Result<PathBuf> {
    if let Some(out) = &args.out {
        return Ok(out.clone());
    }
    fs::create_dir_all(&args.store).with_context(|| format!("--store {}", args.store.display()))?;
    let (kind, symbol) = (stored(kind)?, args.symbol.replace([':', '/'], "_"));
    Ok(args.store.join(format!(".backfill-{}-{symbol}-{kind}.csv", args.venue)))
}

/// What the store calls it.
fn stored(kind: Kind) -> anyhow::Result<store::kind::Kind> {
    let name = match kind {
        Kind::Candles(period) => format!("candles-{}", period.name()),
        Kind::Trades => "trades".to_owned(),
    };
    store::kind::Kind::parse(&name).with_context(|| format!("the store does not know {name}"))
}

/// Takes all rows of the file into the store, and the file away.
fn keep(args: &Args, kind: Kind, file: &Path) -> anyhow::Result<()> {
    let kind = stored(kind)?;
    let asked = store::csv::Asked { kind: Some(kind), ..store::csv::Asked::default() };
    let rows = match store::csv::read(feeds::capture::open(file)?, asked) {
        // The venue had nothing of that span.
        Err(store::HistoryError::Empty) => return Ok(fs::remove_file(file)?),
        rows => rows.with_context(|| file.display().to_string())?,
    };
    let series = store::Series { venue: args.venue.clone(), symbol: args.symbol.clone(), kind };
    let history = store::History::open_to_write(&args.store)?;
    history.add(&series, &rows.table).with_context(|| format!("the rows stay in {}", file.display()))?;
    Ok(fs::remove_file(file)?)
}

fn venue(args: &Args) -> Result<VenueId, Exit> {
    VenueId::from_name(&args.venue).ok_or_else(|| {
        let known = VenueId::ALL.map(VenueId::name);
        let meant = config::nearest(&args.venue, known);
        let meant = meant.map_or(String::new(), |meant| format!("; did you mean `{meant}`?"));
        Exit::Usage(format!("--venue: found `{}`, accepted: {}{meant}", args.venue, known.join(", ")))
    })
}

/// The rows wanted: candles that are over, trades before the end.
fn span(args: &Args, kind: Kind, now: Nanos) -> Result<Span, Exit> {
    let (from, to) = (Nanos(args.from), Nanos(args.to.unwrap_or(now.0)).min(now));
    let span = match kind {
        Kind::Candles(period) => {
            let from = Nanos(from.0.next_multiple_of(period.ns()));
            (to.0 / period.ns()).checked_sub(1).map(|last| Span { from, to: Nanos(last * period.ns()) })
        }
        Kind::Trades => to.0.checked_sub(1).map(|last| Span { from, to: Nanos(last) }),
    };
    span.filter(|span| span.from <= span.to).ok_or_else(|| {
        let (from, to) = (time::utc(from.0), time::utc(to.0));
        Exit::Usage(format!(
            "--from, --to: found {from} to {to}, accepted: a span of the past in which {kind} fit",
            kind = kind.name()
        ))
    })
}

fn question(of: &Instrument, kind: Kind) -> Result<Question, Exit> {
    let question = match kind {
        Kind::Candles(period) => Question::Candles(period),
        Kind::Trades => Question::Trades(Page::default()),
    };
    if offers(of, question) { Ok(question) } else { Err(Exit::Usage(unanswered(of, kind))) }
}

/// What is said of a question that the venue has no answer to.
fn unanswered(of: &Instrument, kind: Kind) -> String {
    let offered = Period::ALL.into_iter().filter(|period| offers(of, Question::Candles(*period)));
    let offered: Vec<&str> = offered.map(Period::name).collect();
    let venue = of.venue.name();
    match kind {
        Kind::Candles(period) if !offered.is_empty() => {
            let (found, accepted) = (period.name(), offered.join(", "));
            format!("--interval: found {found}, accepted of {venue}: {accepted}")
        }
        _ => format!("--kind: found {}, which {venue} is not asked for", kind.name()),
    }
}

/// All that the venue has, from where the file ends.
fn fetch(
    backfill: &mut Backfill<'_>,
    history: &mut History<'_>,
    span: Span,
    interrupted: &AtomicBool,
) -> anyhow::Result<()> {
    let before = history.last;
    // The last row is asked for again: it tells whether the file is of this instrument.
    let wanted = Span { from: before.unwrap_or(span.from).max(span.from), ..span };
    let length_ms = |ns: u64| ns / Nanos::MILLI;
    let progress = Progress::until(length_ms(span.to.0 - span.from.0));
    let mut each = |part: Part| -> anyhow::Result<()> {
        match part {
            Part::Missing(missing) => history.missing(missing.from, missing.to.plus(1)),
            Part::Rows(rows) => history.add(&lines(history.of(), &rows), span.from)?,
        }
        progress.at(length_ms(history.last.map_or(0, |last| last.0.saturating_sub(span.from.0))));
        Ok(())
    };
    let fetched = if wanted.from <= wanted.to { backfill.fetch(wanted, interrupted, &mut each) } else { Ok(true) };
    progress.end();
    if fetched? {
        history.reached(span.from, span.to);
    }
    Ok(())
}

fn report(args: &Args, of: &Instrument, history: &History<'_>, span: Span) -> Value {
    let gap = |gap: &super::history::Gap| json!({ "from_ns": gap.from.0, "to_ns": gap.to.0 });
    let interval = match history.kind() {
        Kind::Candles(period) => Some(period.name()),
        Kind::Trades => None,
    };
    json!({
        "venue": of.venue.name(),
        "symbol": of.symbol.as_str(),
        "kind": history.kind().name(),
        "interval": interval,
        "from_ns": span.from.0,
        "to_ns": span.to.0,
        "last_ns": history.last.map(|last| last.0),
        "out": args.out,
        "store": args.out.is_none().then_some(&args.store),
        "rows": history.kept + history.fetched,
        "fetched": history.fetched,
        "gaps": history.gaps.count,
        "gaps_told": history.gaps.told.iter().map(gap).collect::<Vec<_>>(),
    })
}

fn text(report: &Value) -> String {
    let name = |field: &str| report[field].as_str().unwrap_or("-").to_owned();
    let at = |value: &Value| time::utc(value.as_u64().unwrap_or(0));
    let mut out = format!(
        "{}: {} {} of {}, {} of them new; the last of {}\n",
        report["out"].as_str().map_or_else(|| name("store"), str::to_owned),
        report["rows"],
        name("kind"),
        name("symbol"),
        report["fetched"],
        at(&report["last_ns"])
    );
    let told = report["gaps_told"].as_array().map(Vec::as_slice).unwrap_or_default();
    for gap in told {
        out += &format!("  missing from {} to {}\n", at(&gap["from_ns"]), at(&gap["to_ns"]));
    }
    let more = report["gaps"].as_u64().unwrap_or(0).saturating_sub(told.len() as u64);
    if more > 0 {
        out += &format!("  and {more} gaps more\n");
    }
    out
}
