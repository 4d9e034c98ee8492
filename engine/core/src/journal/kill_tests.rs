//! A process that trades and writes its journal is killed at any moment, the next one goes on from there; again and again.
//!
//! The process is this test's own binary. What it says on its standard output it knew before it was killed: how many records
//! are on the disk, and the hash of its state after so many. So what a replay finds is held against another's word.

#![expect(clippy::disallowed_methods, reason = "it is no stage: it starts a process, waits, and kills it")]

use super::disk::{Disk, Epoch, NewFile, create, epoch_of};
use super::format::Prologue;
use super::reader::Entry;
use super::record::{Record, Run, Verdict};
use super::recovery::{Left, left};
use super::replay::replay;
use super::replay::tests::names;
use super::stage::{JournalInputs, JournalStage};
use super::stored::{Stored, runs};
use crate::config::Rings;
use crate::risk::test_desk;
use crate::risk::test_world::World;
use crate::risk::{Rules, Terms};
use crate::state::{hex, state_hash};
use crate::test_random::Random;
use crate::topology::Stage as Name;
use crate::wiring::Wiring;
use engine_model::intent::IntentKind;
use engine_model::market::MarketEvent;
use engine_model::report::Report;
use engine_model::venue::VenueId;
use engine_ring::clock::Clock;
use engine_ring::flag::Switch;
use engine_ring::ring::Writer;
use engine_ring::stage::{Poll, Stage as _};
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const BUILD: [u8; 16] = [7; 16];
/// Where the process that is killed finds its journals.
const FOLDER: &str = "RINGSIDE_KILLED_IN";
/// In a usual run: so many kills, as far as they fit into that time.
const KILLS: usize = 200;
const WITHIN: Duration = Duration::from_secs(45);

/// A folder of a test's own, gone when it ends.
pub(super) struct Scratch(pub(super) PathBuf);

impl Scratch {
    pub(super) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ringside-{name}-{}", std::process::id()));
        // Of a run that was killed, perhaps.
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The journal's part of an engine: rings, stage, file.
pub(super) struct Book {
    stage: JournalStage,
    markets: Vec<(VenueId, Writer<MarketEvent>)>,
    orders: Writer<crate::risk::Decision>,
    reports: Writer<Report>,
}

impl Book {
    pub(super) fn begin(file: NewFile, run: &Run) -> Self {
        let mut venues: Vec<VenueId> = Vec::new();
        for instrument in &run.instruments {
            if !venues.contains(&instrument.venue) {
                venues.push(instrument.venue);
            }
        }
        let mut wiring = Wiring::new(&venues, &Rings::default(), &[Name::Bridge]);
        let inputs = JournalInputs {
            market: wiring.market_readers(Name::Journal).expect("granted"),
            order: wiring.order().reader(Name::Journal.name()).expect("granted"),
            report: wiring.report().reader(Name::Journal.name()).expect("granted"),
        };
        let prologue = Prologue { epoch: file.epoch, ..Prologue::default() };
        let disk = Disk::start(file, &prologue, Clock::machine(), Switch::new()).expect("a disk");
        Self {
            stage: JournalStage::new(inputs, disk, &prologue, run),
            markets: venues.into_iter().map(|v| (v, wiring.market_writer(v).expect("granted"))).collect(),
            orders: wiring.order().writer(Name::Risk.name()).expect("granted"),
            reports: wiring.report().writer(Name::Execution.name()).expect("granted"),
        }
    }

    /// Writes one entry down, behind those before it.
    pub(super) fn write(&mut self, entry: &test_desk::Entry) {
        let is_taken = match *entry {
            test_desk::Entry::Market(event) => {
                let market = self.markets.iter_mut().find(|(venue, _)| *venue == event.at.venue);
                market.expect("of the run").1.try_publish(event).is_ok()
            }
            test_desk::Entry::Decision(decision) => self.orders.try_publish(decision).is_ok(),
            test_desk::Entry::Report(report) => self.reports.try_publish(report).is_ok(),
        };
        assert!(is_taken, "each is read before the next");
        while self.stage.poll() == Poll::Blocked {
            std::thread::yield_now();
        }
    }

    /// Until so many records are on the disk.
    pub(super) fn settle(&mut self, records: u64) {
        let gauges = self.stage.gauges();
        while gauges.durable.get() < records {
            let _ = self.stage.poll();
            std::thread::yield_now();
        }
    }
}

/// What a world's run begins with.
pub(super) fn run_of(world: &World) -> Run {
    let terms = world.desk.terms();
    Run {
        instruments: world.desk.instruments.iter().copied().collect(),
        margin_tiers: world.desk.instruments.all_margin_tiers(),
        rules: Box::new(world.desk.rules.clone()),
        equity_start: terms.equity_start,
        open_orders_max: terms.open_orders_max as u32,
        is_live: false,
        strategies: names(),
    }
}

/// The newest run of a folder that was begun, as it was left.
fn newest(folder: &Path) -> Option<(PathBuf, Left)> {
    if !folder.exists() {
        return None;
    }
    runs(folder).expect("readable").into_iter().rev().find_map(|first| {
        let left =
            left(&first, BUILD).expect("readable").unwrap_or_else(|error| panic!("{}: {error}", first.display()));
        Some((first, left?))
    })
}

#[test]
#[ignore = "the process that the next test starts and kills"]
fn a_process_that_trades_until_it_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let before = newest(&folder);
    let file = create(&folder, Epoch::AtLeast(1)).expect("a folder of our own").with_segments_of(64 << 10);
    let mut world = World::new(u64::from(file.epoch));
    world.desk.is_watched = true;
    let mut told = None;
    let mut terms = Terms { epoch: file.epoch, ..world.desk.terms() };
    let mut rules: Rules = world.desk.rules.clone();
    if let Some((_, left)) = before {
        let names = names();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let estate = left.for_run(&world.desk.instruments, &names).expect("the same instruments");
        told = Some(hex(&estate.legacy.state_hash));
        terms.equity_start = estate.equity_start;
        rules.losses = estate.losses;
        rules.legacy = Some(Box::new(estate.legacy));
    }
    world.desk.going_on(rules, terms);
    let run = run_of(&world);
    let mut book = Book::begin(file, &run);
    let gauges = book.stage.gauges();
    let mut say = std::io::stdout().lock();
    writeln!(say, "begun {}", told.unwrap_or_default()).expect("heard");
    let mut written = 0;
    for step in 0u64.. {
        world.step();
        if world.random.once_in(2) {
            let order = world.order();
            world.desk.ask(IntentKind::Submit(order));
        }
        for entry in &world.desk.entries[written..] {
            book.write(entry);
        }
        written = world.desk.entries.len();
        // Now and then nothing is left to do: then what has gathered goes to the disk.
        while world.random.once_in(2) && book.stage.poll() != Poll::Idle {}
        if step % 8 == 0 {
            // The run's own record stands before them.
            let hash = hex(&state_hash(&world.desk.risk, world.desk.clerk.orders()));
            writeln!(say, "at {} {hash}", written + 1).expect("heard");
        }
        writeln!(say, "durable {}", gauges.durable.get()).expect("heard");
    }
}

/// What a killed process had said.
#[derive(Default)]
struct Said {
    /// Hash of what it went on from.
    begun: Option<String>,
    durable: usize,
    /// Records, and the hash behind them.
    hashes: Vec<(usize, String)>,
}

/// Starts a process in that folder, kills it so long after something was safe (or it was started), and gives back what it had
/// said.
fn killed(folder: &Path, after: Duration, is_safe: bool) -> Said {
    let mut child = Command::new(std::env::current_exe().expect("a path"))
        .args(["--exact", "journal::kill_tests::a_process_that_trades_until_it_is_killed", "--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    let out = BufReader::new(child.stdout.take().expect("piped"));
    let (tells, told_safe) = std::sync::mpsc::channel();
    let lines = std::thread::spawn(move || {
        let told = |line: &String| {
            // Nobody waits for it, perhaps.
            let _ = (line.starts_with("durable ") && line != "durable 0").then(|| tells.send(()));
        };
        out.lines().map_while(Result::ok).inspect(told).collect::<Vec<_>>()
    });
    if is_safe {
        told_safe.recv_timeout(Duration::from_secs(60)).expect("something is safe at last");
    }
    std::thread::sleep(after);
    child.kill().expect("ours");
    child.wait().expect("ours");
    let mut said = Said::default();
    for line in lines.join().expect("read") {
        let mut words = line.split(' ');
        match (words.next(), words.next(), words.next()) {
            (Some("begun"), Some(hash), _) => said.begun = Some(hash.to_owned()),
            (Some("durable"), Some(count), _) => said.durable = count.parse().unwrap_or(said.durable),
            // The last line may be cut off.
            (Some("at"), Some(count), Some(hash)) if hash.len() == 64 => {
                said.hashes.push((count.parse().expect("a number"), hash.to_owned()));
            }
            _ => {}
        }
    }
    said
}

fn entries(first: &Path) -> Vec<Entry> {
    let stored = Stored::read(first).expect("readable");
    stored.reader().map_or_else(|_| Vec::new(), |reader| reader.map_while(Result::ok).collect())
}

#[test]
fn a_process_that_is_killed_under_load_loses_nothing_that_it_said_was_safe_and_the_next_goes_on_from_there() {
    let scratch = Scratch::new("kills");
    let folder = &scratch.0;
    let asked: Option<usize> = std::env::var("RINGSIDE_KILLS").ok().and_then(|count| count.parse().ok());
    let is_bounded = asked.is_none() && std::env::var_os("RINGSIDE_THOROUGH").is_none();
    // The long run plays chunk after chunk, each from a seed of its own.
    let chunk = std::env::var("RINGSIDE_SEEDS_FROM").ok().and_then(|from| from.parse::<u64>().ok()).unwrap_or(0);
    let (mut random, started) = (Random::new(5 + chunk), Instant::now());
    let (mut ids, mut expected) = (BTreeSet::new(), String::new());
    let (mut kills, mut records, mut compared, mut went_on) = (0, 0, 0, 0);
    while kills < asked.unwrap_or(KILLS) && !(is_bounded && started.elapsed() > WITHIN) {
        let said = killed(folder, Duration::from_millis(random.below(60)), !random.once_in(4));
        kills += 1;
        if let Some(begun) = &said.begun {
            assert_eq!(*begun, expected, "kill {kills}: it went on from another state than was left");
            went_on += usize::from(!begun.is_empty());
        }
        let Some((first, left)) = newest(folder) else { continue };
        let all = entries(&first);
        let epoch = epoch_of(first.file_name().expect("named")).expect("of a run");
        if said.durable > 0 {
            assert!(all.len() >= said.durable, "kill {kills}: {} of {} records", all.len(), said.durable);
        }
        let known = said.hashes.iter().rev().find(|(count, _)| *count <= all.len());
        if let Some((count, hash)) = known.filter(|_| said.durable > 0) {
            let replayed = replay(all[..*count].iter().cloned().map(Ok), epoch).expect("it follows");
            assert_eq!(hex(&replayed.state_hash()), *hash, "kill {kills}, record {count}");
            compared += 1;
        }
        if said.durable > 0 {
            for entry in &all {
                if let Record::Decision(judgement) = &entry.record
                    && let Verdict::Submit(order) = judgement.verdict
                {
                    assert!(ids.insert(order.client_order_id), "kill {kills}: {} again", order.client_order_id);
                }
            }
            records += all.len();
        }
        expected = hex(&left.replayed.state_hash());
        // What is gone on from is kept, however many were killed before they began.
        let is_older = |run: &PathBuf| epoch_of(run.file_name().expect("named")) < Some(epoch);
        for old in runs(folder).expect("readable").into_iter().filter(is_older) {
            let of = epoch_of(old.file_name().expect("named"));
            for file in std::fs::read_dir(folder).expect("readable").map(|file| file.expect("there").path()) {
                if super::disk::segment_of(file.file_name().expect("named")).map(|(epoch, _)| epoch) == of {
                    std::fs::remove_file(file).expect("ours");
                }
            }
        }
    }
    assert!(
        compared * 4 > kills && went_on > 0,
        "{kills} kills, {records} records, {compared} compared: nothing was tried"
    );
}
