//! A process that trades and writes its journal is killed at any moment, the next one goes on from there; again and again.
//!
//! The process is this test's own binary. What it says on its standard output it knew before it was killed: how many records
//! are on the disk, and the hash of its state after so many. So what a replay finds is held against another's word.

#![expect(clippy::disallowed_methods, reason = "it is no stage: it starts a process, waits, and kills it")]

use super::disk::{Disk, Epoch, NewFile, create, epoch_of, latest_epoch};
use super::follower::Follower;
use super::format::Prologue;
use super::reader::Entry;
use super::record::{Record, Run, Verdict};
use super::recovery::{Left, left};
use super::replay::replay;
use super::replay::tests::names;
use super::stage::{JournalInputs, JournalStage};
use super::stored::{Stored, runs};
use super::volume::{Segment, Volume};
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
use engine_model::order::ClientOrderId;
use engine_model::report::Report;
use engine_model::venue::VenueId;
use engine_ring::clock::Clock;
use engine_ring::flag::Switch;
use engine_ring::ring::Writer;
use engine_ring::stage::{Poll, Stage as _};
use engine_ring::volume::Room;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const BUILD: [u8; 16] = [7; 16];
/// Where the process that is killed finds its journals.
const FOLDER: &str = "RINGSIDE_KILLED_IN";
/// And whether it keeps them without a sync, to show that one is missed.
const FORGETS: &str = "RINGSIDE_FORGETS";
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
    let file = match std::env::var_os(FORGETS) {
        None => create(&folder, Epoch::AtLeast(1)).expect("a folder of our own"),
        Some(_) => {
            std::fs::create_dir_all(&folder).expect("a folder of our own");
            let epoch = latest_epoch(&folder).expect("readable").map_or(1, |latest| latest + 1);
            NewFile::on(Box::new(Forgetful(folder.clone())), epoch).expect("a folder of our own")
        }
    };
    let (file, mut follower) = (file.with_segments_of(64 << 10), None);
    let first = folder.join(file.path().file_name().expect("named"));
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
        if step % 8 == 0 {
            // Who reads while another writes may see the end of a write before its beginning, and take that for damage: it
            // begins anew. Whether anything is damaged is for those to say who read when the writer is gone.
            follower = follower.or_else(|| Follower::open(&first, BUILD).expect("readable").ok().flatten());
            follower = follower.take_if(|of| of.advance().expect("readable").is_ok());
            if let Some(follower) = &mut follower {
                follower.snapshot().expect("room");
            }
        }
    }
}

/// A folder whose disk is asked for nothing: what this process wrote is there as long as the power is.
#[derive(Debug)]
struct Forgetful(PathBuf);

impl Volume for Forgetful {
    fn create(&mut self, name: &str) -> io::Result<Box<dyn Segment>> {
        let file = File::options().write(true).create_new(true).open(self.0.join(name))?;
        Ok(Box::new(ForgetfulFile(file)))
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.0.join(name))
    }

    fn room(&self) -> io::Result<Room> {
        Ok(Room { free: 1, total: 1 })
    }
}

#[derive(Debug)]
struct ForgetfulFile(File);

impl Segment for ForgetfulFile {
    fn reserve(&mut self, bytes: u64) -> io::Result<()> {
        self.0.reserve(bytes)
    }

    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        Segment::write_at(&mut self.0, bytes, offset)
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn truncate(&mut self, bytes: u64) -> io::Result<()> {
        self.0.set_len(bytes)
    }
}

/// What a process had said when it ended.
#[derive(Default)]
pub(super) struct Said {
    /// Hash of what it went on from.
    begun: Option<String>,
    pub(super) durable: usize,
    /// Records, and the hash behind them.
    hashes: Vec<(usize, String)>,
}

/// When a process is ended: so long after something was safe, or after it was started.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    pub(super) after: Duration,
    pub(super) is_safe: bool,
}

/// Starts a process in that folder, has it ended then, and gives back what it had said. `forgets`: without a sync.
pub(super) fn ended(folder: &Path, forgets: bool, when: Moment, end: impl FnOnce(&mut Child)) -> Said {
    let mut child = Command::new(std::env::current_exe().expect("a path"));
    child.args([
        "--exact",
        "journal::kill_tests::a_process_that_trades_until_it_is_killed",
        "--ignored",
        "--nocapture",
    ]);
    child.env(FOLDER, folder).stdout(Stdio::piped());
    if forgets {
        child.env(FORGETS, "1");
    }
    let mut child = child.spawn().expect("it runs");
    let out = BufReader::new(child.stdout.take().expect("piped"));
    let (tells, told_safe) = std::sync::mpsc::channel();
    let lines = std::thread::spawn(move || {
        let told = |line: &String| {
            // Nobody waits for it, perhaps.
            let _ = (line.starts_with("durable ") && line != "durable 0").then(|| tells.send(()));
        };
        out.lines().map_while(Result::ok).inspect(told).collect::<Vec<_>>()
    });
    if when.is_safe {
        told_safe.recv_timeout(Duration::from_secs(60)).expect("something is safe at last");
    }
    std::thread::sleep(when.after);
    end(&mut child);
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

/// Records that can be read of the newest run of a folder.
pub(super) fn kept(folder: &Path) -> usize {
    let newest = folder.exists().then(|| runs(folder).expect("readable").pop()).flatten();
    newest.map_or(0, |first| entries(&first).len())
}

/// One process after the other in one folder, and what each left behind held against what it had said.
#[derive(Default)]
pub(super) struct Lives {
    ids: BTreeSet<ClientOrderId>,
    /// Hash of what was left last, and by which run.
    left: String,
    run: u32,
    pub(super) ended: usize,
    pub(super) records: usize,
    /// Of whom a hash was compared.
    pub(super) compared: usize,
    /// That went on from another.
    pub(super) went_on: usize,
    /// That left a snapshot from which the next one goes on.
    pub(super) snapshots: usize,
}

impl Lives {
    /// Nothing is lost that it had said is safe, it went on from what was left before, and no number came twice.
    pub(super) fn judge(&mut self, folder: &Path, said: &Said) {
        self.ended += 1;
        let ended = self.ended;
        if let Some(begun) = &said.begun {
            assert_eq!(*begun, self.left, "end {ended}: it went on from another state than was left");
            self.went_on += usize::from(!begun.is_empty());
        }
        let Some((first, left)) = newest(folder) else {
            assert_eq!(said.durable, 0, "end {ended}: no journal is left");
            return;
        };
        let all = entries(&first);
        let epoch = epoch_of(first.file_name().expect("named")).expect("of a run");
        if said.durable > 0 {
            assert!(epoch > self.run, "end {ended}: its whole journal is lost, and run {epoch} is the newest");
            assert!(all.len() >= said.durable, "end {ended}: {} of {} records", all.len(), said.durable);
        }
        self.run = epoch;
        let known = said.hashes.iter().rev().find(|(count, _)| *count <= all.len());
        if let Some((count, hash)) = known.filter(|_| said.durable > 0) {
            let replayed = replay(all[..*count].iter().cloned().map(Ok), epoch).expect("it follows");
            assert_eq!(hex(&replayed.state_hash()), *hash, "end {ended}, record {count}");
            self.compared += 1;
        }
        self.left = hex(&left.replayed.state_hash());
        if left.begun_at.is_some() {
            let whole = replay(all.iter().cloned().map(Ok), epoch).expect("it follows");
            assert_eq!(hex(&whole.state_hash()), self.left, "end {ended}: the snapshot leads elsewhere");
            self.snapshots += 1;
        }
        if said.durable > 0 {
            for entry in &all {
                if let Record::Decision(judgement) = &entry.record
                    && let Verdict::Submit(order) = judgement.verdict
                {
                    assert!(self.ids.insert(order.client_order_id), "end {ended}: {} again", order.client_order_id);
                }
            }
            self.records += all.len();
        }
        // What is gone on from is kept, however many were ended before they began.
        for file in std::fs::read_dir(folder).expect("readable").map(|file| file.expect("there").path()) {
            let of = file.file_name().and_then(|name| name.to_str()).and_then(|name| name.get(9..17)?.parse().ok());
            if of.is_some_and(|of: u32| of < epoch) {
                std::fs::remove_file(file).expect("ours");
            }
        }
    }
}

/// What the environment asks for, if it asks.
pub(super) fn asked(name: &str) -> Option<usize> {
    std::env::var(name).ok().and_then(|count| count.parse().ok())
}

/// The long run plays chunk after chunk, each from a seed of its own.
pub(super) fn chunk() -> u64 {
    asked("RINGSIDE_SEEDS_FROM").unwrap_or(0) as u64
}

#[test]
fn a_process_that_is_killed_under_load_loses_nothing_that_it_said_was_safe_and_the_next_goes_on_from_there() {
    let scratch = Scratch::new("kills");
    let (asked, started) = (asked("RINGSIDE_KILLS"), Instant::now());
    let is_bounded = asked.is_none() && std::env::var_os("RINGSIDE_THOROUGH").is_none();
    let (mut random, mut lives) = (Random::new(5 + chunk()), Lives::default());
    while lives.ended < asked.unwrap_or(KILLS) && !(is_bounded && started.elapsed() > WITHIN) {
        let when = Moment { after: Duration::from_millis(random.below(60)), is_safe: !random.once_in(4) };
        let said = ended(&scratch.0, false, when, |child| child.kill().expect("ours"));
        lives.judge(&scratch.0, &said);
    }
    let Lives { ended, records, compared, went_on, snapshots, .. } = lives;
    println!("kills: {ended}, {records} records, {compared} hashes, {snapshots} snapshots");
    // On a machine that is so busy that few fit into the time, none may come as far as a snapshot.
    let is_tried = compared * 4 > ended && went_on > 0 && (snapshots > 0 || ended < KILLS);
    assert!(
        is_tried,
        "{ended} kills, {records} records, {compared} compared, {snapshots} snapshots: nothing was tried"
    );
}
