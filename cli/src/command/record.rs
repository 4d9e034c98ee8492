//! `record`: real streams into capture files. The feeds, books and stages are those of `run`, without a strategy, a journal
//! or a door; beside each feed a thread writes down what came.

use crate::args::Record;
use crate::exit::Exit;
use crate::serve::{Hooks, LiveFeed, Served, Started, serve};
use crate::{config, market, output, time, venues};
use anyhow::{Context as _, anyhow};
use engine_core::config::Venue;
use engine_model::venue::VenueId;
use engine_ring::clock::Clock;
use engine_ring::stage::{Stage, StageExt as _};
use feeds::capture::recorder::{Recorder, RecorderGauges, RecorderSettings, Tap, record};
use serde_json::{Map, Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Runs the command.
pub(crate) fn run(args: &Record) -> Result<(), Exit> {
    let config = config::read_listening(args.config.as_deref())?;
    let mut recorders = Vec::new();
    let gauges = std::cell::RefCell::new(Vec::new());
    let mut tap = |venue: &Venue| -> anyhow::Result<Option<Tap>> {
        let (tap, recorder) = begin(args, venue)?;
        gauges.borrow_mut().push((venue.id, recorder.gauges()));
        recorders.push((venue.id, recorder));
        Ok(Some(tap))
    };
    let mut started = |started: &Started<'_>| {
        let listed: Vec<String> =
            started.instruments.iter().map(|i| format!("{}.{}", i.symbol, i.venue.name())).collect();
        tracing::info!("recording {} into {}", listed.join(" "), args.out.display());
    };
    let mut troubles = Troubles::default();
    let mut tick = |_: Duration, _: &[_]| troubles.tell(&gauges.borrow());
    let served = serve(
        &config,
        Hooks { for_: args.for_, started: &mut started, tick: &mut tick, tap: &mut tap, takes: None, settings: None },
    );
    // However the run ended: what came is written before anything is said of it.
    let recorded: Vec<Recorded> = recorders.into_iter().map(finish).collect();
    let mut served = served?;
    let stages = std::mem::take(&mut served.ended.venues);
    let report = report(&served, stages, &recorded)?;
    if args.json {
        output::print_json(&report)?
    } else {
        output::print(&text(&report))?
    }
    complete(&recorded)?;
    served.exit(true)
}

fn begin(args: &Record, venue: &Venue) -> anyhow::Result<(Tap, Recorder)> {
    let stamp = |at_ns: u64| time::utc(at_ns).replace(['-', ':'], "");
    let rest_url = venues::urls(venue).rest;
    let settings = RecorderSettings::new(args.out.clone(), venue.id.name().to_owned(), stamp, rest_url);
    record(settings, Clock::machine().now()).with_context(|| format!("--out {}", args.out.display()))
}

/// A recording that is over.
struct Recorded {
    venue: VenueId,
    gauges: Arc<RecorderGauges>,
    files: Vec<PathBuf>,
}

fn finish((venue, recorder): (VenueId, Recorder)) -> Recorded {
    Recorded { venue, gauges: recorder.gauges(), files: recorder.finish() }
}

/// What was told of each recorder, in order.
#[derive(Default)]
struct Troubles {
    dropped: Vec<u64>,
}

impl Troubles {
    /// Warns of what was dropped since the last look. Whether writing goes on: where it does not, neither need the run.
    fn tell(&mut self, recorders: &[(VenueId, Arc<RecorderGauges>)]) -> bool {
        self.dropped.resize(recorders.len(), 0);
        for ((venue, gauges), told) in recorders.iter().zip(&mut self.dropped) {
            let dropped = gauges.tap.dropped.get();
            if dropped > *told {
                tracing::error!(venue = venue.name(), dropped, "records were dropped: the disk does not keep up");
                *told = dropped;
            }
        }
        let mut faults = recorders.iter().filter_map(|(venue, gauges)| Some((venue, gauges.fault()?)));
        let fault = faults.next();
        if let Some((venue, fault)) = fault {
            tracing::error!(venue = venue.name(), fault, "the recording cannot be written: it ends here");
        }
        fault.is_none()
    }
}

fn report(served: &Served, stages: Vec<Box<dyn Stage>>, recorded: &[Recorded]) -> Result<Value, Exit> {
    let mut venues = Map::new();
    for (stage, recorded) in stages.into_iter().zip(recorded) {
        let feed = stage.into_stage::<LiveFeed>().map_err(|_| anyhow!("the venue is a live one"))?;
        let own = served.instruments.iter().filter(|instrument| instrument.venue == recorded.venue);
        let mut told = market::told(feed.session(), feed.sink(), own);
        let state = served.feeds.iter().find(|gauges| gauges.venue == recorded.venue);
        let Recorded { gauges, files, .. } = recorded;
        let rest = json!({
            "state": state.map(|gauges| gauges.state.get().name()),
            "records": gauges.writer.written.get(),
            "dropped": gauges.tap.dropped.get(),
            "missing": gauges.missing(),
            "replaced": gauges.writer.replaced.get(),
            "waiting_max_bytes": gauges.tap.waiting_max.get(),
            "bytes": gauges.writer.bytes.get(),
            "files": files,
        });
        told.extend(rest.as_object().cloned().into_iter().flatten());
        venues.insert(recorded.venue.name().to_owned(), told.into());
    }
    let sum = |field: &str| venues.values().filter_map(|venue| venue[field].as_u64()).sum::<u64>();
    Ok(json!({
        "messages": sum("messages"),
        "records": sum("records"),
        "missing": sum("missing"),
        "bytes": sum("bytes"),
        "hot_allocations": served.ended.hot_allocations,
        "elapsed_ns": u64::try_from(served.elapsed.as_nanos()).unwrap_or(u64::MAX),
        "venues": venues,
    }))
}

/// A recording with a hole is no success.
fn complete(recorded: &[Recorded]) -> Result<(), Exit> {
    for Recorded { venue, gauges, .. } in recorded {
        let venue = venue.name();
        if let Some(fault) = gauges.fault() {
            return Err(Exit::Failed(anyhow!("the recording of {venue} cannot be written: {fault}")));
        }
        match gauges.missing() {
            0 => {}
            missing => {
                return Err(Exit::Failed(anyhow!(
                    "the recording of {venue} lacks {missing} records: the disk did not keep up; its file says where"
                )));
            }
        }
    }
    Ok(())
}

fn text(report: &Value) -> String {
    let number = |value: &Value| value.as_u64().unwrap_or_default();
    let seconds = number(&report["elapsed_ns"]) as f64 / 1e9;
    let mut out = String::new();
    for (name, venue) in report["venues"].as_object().into_iter().flatten() {
        let state = venue["state"].as_str().unwrap_or("-");
        out += &format!(
            "{name}: {state}, {} messages in {seconds:.1} s, gaps {}, resyncs {}, errors {}\n",
            venue["messages"], venue["gaps"], venue["resyncs"], venue["errors"]
        );
        out += &format!(
            "  {} records, {} missing, {} bytes; at most {} bytes waited\n",
            venue["records"], venue["missing"], venue["bytes"], venue["waiting_max_bytes"]
        );
        for file in venue["files"].as_array().into_iter().flatten() {
            out += &format!("  {}\n", file.as_str().unwrap_or_default());
        }
    }
    out
}
