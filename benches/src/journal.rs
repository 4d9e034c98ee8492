//! `journal`: one market event from its ring to the disk, and back.
//!
//! Owns: a journal of a million events in a folder of its own, written by the real stage and its disk thread as fast as they
//! take them, then read and proved. The hot thread's part is the publication, with the journal holding the ring.
//! Never: keeps what it wrote.

use crate::call::Call;
use crate::error::BenchError;
use crate::machine;
use crate::report::Report;
use crate::rounds::{Contender, Round, interleave};
use engine_core::config::Rings;
use engine_core::journal::disk::{Disk, Epoch, create};
use engine_core::journal::format::Prologue;
use engine_core::journal::record::Run;
use engine_core::journal::stage::{JournalInputs, JournalStage};
use engine_core::journal::stored::Stored;
use engine_core::risk::Rules;
use engine_core::topology::Stage as Place;
use engine_core::wiring::Wiring;
use engine_model::instrument::Instruments;
use engine_model::limit::Limits;
use engine_model::market::{Level, MarketChange, MarketEvent, Stamp};
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use engine_model::venue::VenueId;
use engine_ring::clock::Clock;
use engine_ring::flag::Switch;
use engine_ring::stage::{Poll, Stage};
use serde_json::{Map, json};
use std::path::{Path, PathBuf};

const EVENTS: usize = 1_000_000;
/// Published before the journal has its turn: an eighth of the ring.
const BURST: usize = 512;
const ROUNDS: usize = 5;
const VENUE: VenueId = VenueId::BinanceUsdm;

/// A folder that goes with its round.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is the system's to clean up: it lies in its folder for such things.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Measures the journal.
pub fn run(call: &Call) -> Result<Report, BenchError> {
    let rounds = call.rounds.unwrap_or(ROUNDS);
    let before = machine::before();
    let series = interleave(&mut [Contender::new("ringside", move || round(EVENTS))], rounds)?;
    let config = json!({"events": EVENTS, "rounds": rounds, "folder": std::env::temp_dir().display().to_string()});
    Ok(Report {
        bench: "journal",
        question: "what does one event cost from its ring to the disk, and back?",
        sample: "none: a round is a million events",
        headline: "mean of one event until all are on the disk",
        config: config.as_object().cloned().unwrap_or_default(),
        machine: before.after(),
        overhead_ns: None,
        series,
        ours: 1,
        per_second_of: Some("-"),
        more: Map::new(),
    })
}

/// Writes so many events, `passes` times over, nothing timed.
pub fn steady(passes: usize) -> Result<u64, BenchError> {
    for _ in 0..passes {
        round(EVENTS / 10)?;
    }
    Ok((passes * EVENTS / 10) as u64)
}

fn round(events: usize) -> Result<Round, BenchError> {
    let clock = Clock::machine();
    let folder = Folder(std::env::temp_dir().join(format!("ringside-bench-journal-{}", std::process::id())));
    let start_ns = clock.now();
    let (path, published_ns) = written(&folder.0, events, &clock)?;
    let written_ns = clock.now() - start_ns;
    let start_ns = clock.now();
    let stored = Stored::read(&path)?;
    let unread = |what: String| BenchError::Differ { rival: "the journal's reader".to_owned(), what };
    let reader = stored.reader().map_err(|fault| unread(fault.to_string()))?;
    let mut read = 0;
    for entry in reader {
        read += entry.map(|_| 1).map_err(|fault| unread(fault.to_string()))?;
    }
    let read_ns = clock.now() - start_ns;
    if read != events + 1 {
        return Err(unread(format!("{read} records of {events} events and their run")));
    }
    let mean = |ns: u64| ns as f64 / events as f64;
    let metrics = vec![("published by the hot thread", mean(published_ns)), ("read and proved", mean(read_ns))];
    Ok(Round { headline_ns: Some(mean(written_ns)), metrics, ..Round::default() })
}

/// The file, and how long publishing alone took.
fn written(folder: &Path, events: usize, clock: &Clock) -> Result<(PathBuf, u64), BenchError> {
    let mut wiring = Wiring::new(&[VENUE], &Rings::default(), &[Place::Strategy, Place::Bridge]);
    let (mut market, mut others) = (wiring.market_writer(VENUE)?, wiring.market_readers(Place::Risk)?);
    let inputs = JournalInputs {
        market: wiring.market_readers(Place::Journal)?,
        order: wiring.order().reader(Place::Journal.name())?,
        report: wiring.report().reader(Place::Journal.name())?,
    };
    let prologue = Prologue { epoch: 1, ..Prologue::default() };
    let disk = Disk::start(create(folder, Epoch::Exactly(1))?, &prologue, clock.clone(), Switch::new())?;
    let instruments = Instruments::new(Vec::new());
    let run = Run {
        instruments: Vec::new(),
        margin_tiers: Vec::new(),
        rules: Box::new(Rules::open(Limits::default(), &instruments)),
        equity_start: Quote::whole(1),
        open_orders_max: 1,
        is_live: false,
        strategies: Vec::new(),
    };
    let mut stage = JournalStage::new(inputs, disk, &prologue, &run);
    let level = |px| Level { px: Ticks(px), qty: Lots(7) };
    let mut published_ns = 0;
    for burst in 0..events / BURST + 1 {
        let until = events.min((burst + 1) * BURST);
        let start_ns = clock.now();
        for place in burst * BURST..until {
            let at = Stamp { received_at_ns: Nanos(start_ns), venue: VENUE, ..Stamp::default() };
            let change = MarketChange::Top { bid: level(place as i64), ask: level(place as i64 + 1), imbalance_bps: 0 };
            let full = || BenchError::Differ { rival: "the journal".to_owned(), what: "left its ring full".to_owned() };
            market.try_publish(MarketEvent { at, change }).map_err(|_| full())?;
        }
        published_ns += clock.now() - start_ns;
        others.iter_mut().for_each(|(_, ring)| _ = ring.take(BURST, |_, _| ()));
        // Without a free page it waits for the disk like its thread would.
        while stage.poll() != Poll::Idle {
            std::thread::yield_now();
        }
    }
    stage.finish();
    let path = stage.path().clone();
    stage.gauges().fault().map_or(Ok((path, published_ns)), |fault| Err(std::io::Error::other(fault.to_owned()).into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_timed_is_written_and_read() {
        let round = round(3_000).expect("on the disk and back");
        assert!(round.headline_ns.is_some_and(|ns| ns > 0.0));
        assert_eq!(round.metrics.len(), 2);
    }
}
