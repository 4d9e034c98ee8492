//! Journals on a disk that fails: by seed, and in every bit and at every length of one of 64 KiB.

use super::disk::{Page, file_name, segment_name};
use super::format::{Damage, PROLOGUE_BYTES, Prologue, RecordKind, is_unwritten};
use super::reader::{Cursor, Fault, Reader};
use super::record::Run;
use super::row::decision::DecisionRow;
use super::row::market::MarketRow;
use super::row::run::RunRow;
use super::segments::{End, Segments};
use super::simulated::{Faults, Files, SimulatedDisk};
use super::stage::Pages;
use super::volume::Volume as _;
use crate::risk::{Decision, DecisionKind, Rules};
use crate::test_instruments::instruments;
use crate::test_random::{Random, seeds};
use engine_model::command::CommandKind;
use engine_model::limit::Limits;
use engine_model::market::{MarketChange, MarketEvent, Side, Stamp};
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use engine_ring::clock::Clock;

const PROLOGUE: Prologue = Prologue { epoch: 1, build_id: *b"a build of tests", config_hash: [7; 16] };

/// A run's journal while it is written: what its records are told by, and how many of them the disk said it has.
struct Scribe {
    disk: SimulatedDisk,
    /// `None` after an error.
    segments: Option<Segments>,
    pages: Pages,
    written: Vec<u64>,
    acknowledged: usize,
    /// Behind each group that was acknowledged.
    groups: Vec<usize>,
}

impl Scribe {
    /// `None` where the disk fails so early that there is no run.
    fn begin(faults: Faults, segment_bytes: u64) -> Option<Self> {
        let mut disk = SimulatedDisk::new(faults);
        let file = disk.create(&file_name(1)).ok()?;
        let segments = Segments::begin(Box::new(disk.clone()), file, &PROLOGUE, segment_bytes).ok()?;
        let previous = crc32c::crc32c(&PROLOGUE.encode()[..PROLOGUE_BYTES - 4]);
        let (end, (clock, _)) = (End { sequence: 0, previous }, Clock::manual());
        let pages = Pages { page: Some(Page::default()), end, clock };
        let (written, groups) = (Vec::new(), Vec::new());
        Some(Self { disk, segments: Some(segments), pages, written, acknowledged: 0, groups })
    }

    fn append(&mut self, at_ns: u64) {
        if self.written.is_empty() {
            let run = Run {
                instruments: instruments().iter().copied().collect(),
                margin_tiers: instruments().all_margin_tiers(),
                rules: Box::new(Rules::open(Limits::default(), &instruments())),
                equity_start: Quote::whole(1),
                open_orders_max: 1,
                is_live: false,
                strategies: Vec::new(),
            };
            self.pages.append(RecordKind::Run, at_ns, &RunRow::from(&run));
        } else {
            let at = Stamp { received_at_ns: Nanos(at_ns), ..Stamp::default() };
            let change =
                MarketChange::Trade { px: Ticks(7), qty: Lots(at_ns as i64), aggressor: Side::Sell, trade_id: at_ns };
            self.pages.append(RecordKind::Market, at_ns, &MarketRow::from(&MarketEvent { at, change }));
        }
        self.written.push(at_ns);
    }

    /// Writes that the run ends; whether the disk took it.
    fn end(&mut self) -> bool {
        let what = DecisionKind::CommandTaken { id: 1, what: CommandKind::End };
        let row = DecisionRow::from(&Decision { what, ..Decision::default() });
        self.pages.append(RecordKind::Decision, 1, &row);
        let group: Vec<Page> = self.pages.page.replace(Page::default()).into_iter().collect();
        self.segments.as_mut().is_some_and(|segments| segments.commit(&group).is_ok())
    }

    /// Writes so many pages of so many records as one group; whether the disk took it.
    fn commit(&mut self, records: &[u64], random: &mut Random) -> bool {
        let mut group = Vec::new();
        for count in records {
            (0..*count).for_each(|_| self.append(random.next()));
            group.extend(self.pages.page.replace(Page::default()));
        }
        let Some(mut segments) = self.segments.take() else { return false };
        if segments.commit(&group).is_err() {
            return false;
        }
        if segments.wants_next() {
            // Without room for one, the rest of this segment is what there is.
            let _ = segments.prepare();
        }
        self.segments = Some(segments);
        self.acknowledged = self.written.len();
        self.groups.push(self.acknowledged);
        true
    }
}

/// A journal as it is found: what its records are told by, where each begins, and what reading ended with.
struct Found {
    told: Vec<u64>,
    places: Vec<Cursor>,
    fault: Option<Fault>,
}

fn found(files: &Files) -> Found {
    let mut found = Found { told: Vec::new(), places: Vec::new(), fault: None };
    // Not in the order of their names: that of the first one has no number.
    let segments = (0..files.len() as u32).map(|number| files[&segment_name(1, number)].as_slice());
    match Reader::over(segments.collect()) {
        Ok(mut reader) => loop {
            let place = reader.cursor();
            match reader.next() {
                Some(Ok(entry)) => {
                    found.told.push(entry.head.at_ns);
                    found.places.push(place);
                }
                Some(Err(fault)) => found.fault = Some(fault),
                None => break,
            }
        },
        Err(fault) => found.fault = Some(fault),
    }
    found
}

/// What a start says of it, which reads the last segment only.
fn found_at_end(files: &Files) -> Option<Fault> {
    let segments = (0..files.len() as u32).map(|number| (number, files[&segment_name(1, number)].as_slice()));
    let (number, last) = segments.rev().find(|(number, bytes)| *number == 0 || !is_unwritten(bytes))?;
    Reader::last(number, last).map_or_else(Some, |mut reader| reader.find_map(Result::err))
}

fn faults_of(random: &mut Random) -> Faults {
    let mut faults = Faults::default();
    match random.below(5) {
        0 => faults.write_fails_at = Some(random.below(60)),
        1 => faults.sync_fails_at = Some(random.below(30)),
        2 => faults.room_bytes = Some(2_000 + random.below(20_000)),
        _ => {}
    }
    faults
}

/// A life of a journal until the power goes or its process is killed.
fn lived(seed: u64, faults: Option<Faults>) -> (Scribe, Files) {
    let mut random = Random::new(seed);
    let faults = faults.unwrap_or(faults_of(&mut random));
    let segment_bytes = *random.pick(&[600, 2_000, 8_000, 1 << 20]);
    let mut faultless = || Scribe::begin(Faults::default(), segment_bytes).expect("nothing is wrong with it");
    let mut scribe = Scribe::begin(faults, segment_bytes).unwrap_or_else(&mut faultless);
    for _ in 0..random.below(25) + 2 {
        let pages = (0..random.below(3) + 1).map(|_| random.below(6)).collect::<Vec<_>>();
        if !scribe.commit(&pages, &mut random) {
            break;
        }
    }
    let is_killed = random.once_in(4);
    let files =
        if is_killed { scribe.disk.after_kill() } else { scribe.disk.after_power_cut(|below| random.below(below)) };
    (scribe, files)
}

#[test]
fn what_the_disk_said_it_has_is_there_after_any_failure_and_nothing_else_is_believed() {
    let (mut acknowledged, mut cut, mut segments) = (0, 0, 0);
    for seed in seeds(2_000) {
        let (scribe, files) = lived(seed, None);
        let Found { told, fault, .. } = found(&files);
        assert!(told.len() >= scribe.acknowledged, "seed {seed}: {} of {}", told.len(), scribe.acknowledged);
        assert!(scribe.written.starts_with(&told), "seed {seed}: other records than were written");
        assert!(fault.is_none_or(|fault| fault.damage == Damage::Torn), "seed {seed}: {fault:?}");
        let at_end = found_at_end(&files);
        assert!(at_end.is_none_or(|fault| fault.damage == Damage::Torn), "seed {seed}: at its end {at_end:?}");
        acknowledged += scribe.acknowledged;
        cut += usize::from(fault.is_some());
        segments += files.len();
    }
    assert!(
        acknowledged > 20_000 && cut > 200 && segments > 4_000,
        "{acknowledged} {cut} {segments}: nothing was tried"
    );
}

#[test]
fn a_sync_that_does_nothing_is_noticed() {
    let lost = (0..200).filter(|seed| {
        let (scribe, files) = lived(*seed, Some(Faults { lies: true, ..Faults::default() }));
        found(&files).told.len() < scribe.acknowledged
    });
    // A quarter of the lives end by a kill, which forgets nothing, so no test can notice there.
    assert!(lost.count() >= 140);
}

#[test]
fn the_same_seed_is_the_same_life() {
    for seed in 0..50 {
        assert_eq!(lived(seed, None).1, lived(seed, None).1, "seed {seed}");
    }
}

#[test]
fn a_changed_bit_behind_which_a_group_stands_is_refused_with_its_place() {
    let mut refused = 0;
    for seed in 0..500 {
        let (scribe, mut files) = lived(seed, Some(Faults::default()));
        let Found { places, .. } = found(&files);
        // Behind the last group but one stands the mark of that one, and the last one's was on its way.
        let [.., settled, _] = scribe.groups[..] else { continue };
        let mut random = Random::new(seed ^ 0xf11b);
        let Some(place) = (settled > 0).then(|| places[random.below(settled as u64) as usize]) else { continue };
        let file = files.get_mut(&segment_name(1, place.segment)).expect("read from there");
        // A place may have a mark before its record, or the end of its segment.
        let Some(byte) = file.get_mut(place.offset as usize + random.below(32) as usize) else { continue };
        *byte ^= 1 << random.below(8);
        let Found { fault, .. } = found(&files);
        let is_told = |fault: Fault| fault.damage != Damage::Torn && fault.segment == place.segment;
        assert!(fault.is_some_and(is_told), "seed {seed}: {fault:?} at {place:?}");
        refused += 1;
    }
    assert!(refused > 300, "{refused}");
}

/// A whole journal of some segments, closed; the run did not say that it ends.
pub(super) fn of_segments(count: usize) -> Files {
    closed(count, false)
}

/// The same of a run that said so.
pub(super) fn of_an_ended_run(count: usize) -> Files {
    closed(count, true)
}

fn closed(count: usize, says_end: bool) -> Files {
    let (mut scribe, mut random) = (Scribe::begin(Faults::default(), 2_000).expect("begun"), Random::new(12));
    while scribe.disk.after_kill().len() <= count {
        assert!(scribe.commit(&[1, 2], &mut random));
    }
    if says_end {
        assert!(scribe.end());
    }
    // The last one stood ready and goes.
    scribe.segments.take().expect("well").close().expect("well");
    let files = scribe.disk.after_kill();
    assert_eq!((files.len(), found(&files).fault), (count, None));
    files
}

#[test]
fn a_segment_that_is_lost_or_empty_is_named_whichever_it_is() {
    for lost in 0..3 {
        for of in [0, 100] {
            let mut files = of_segments(4);
            files.insert(segment_name(1, lost), vec![0; of]);
            let missing = Fault { segment: lost, offset: 0, damage: Damage::Missing };
            assert_eq!(found(&files).fault, Some(missing));
        }
    }
}

#[test]
fn a_segment_that_lost_its_end_is_named_and_not_the_one_behind_it() {
    let (mut files, lost, behind) = (of_segments(5), 2, 3);
    files.remove(&segment_name(1, 4));
    let Found { places, told, .. } = found(&files);
    // The place behind all of a segment is the one from which the first record of the next was read.
    let last = *places.iter().rev().filter(|place| place.segment == lost).nth(1).expect("some");
    files.get_mut(&segment_name(1, lost)).expect("there").truncate(last.offset as usize);
    // No group of the one behind it was acknowledged.
    let begun = files.get_mut(&segment_name(1, behind)).expect("there");
    let second = places.iter().find(|place| place.segment == behind).expect("some");
    begun.truncate(second.offset as usize);
    let Found { fault, told: left, .. } = found(&files);
    let damage = Damage::Sequence { found: second.sequence - 1, expected: last.sequence };
    assert_eq!(fault, Some(Fault { segment: lost, offset: last.offset, damage }));
    assert!(told.starts_with(&left) && left.len() as u64 == last.sequence);
}

/// A whole journal of 64 KiB in one file, in groups of a few records.
fn of_64_kib() -> Vec<u8> {
    let (mut scribe, mut random) = (Scribe::begin(Faults::default(), 1 << 20).expect("begun"), Random::new(64));
    while scribe.disk.after_kill()[&file_name(1)].iter().rposition(|byte| *byte != 0).is_none_or(|end| end < 1 << 16) {
        assert!(scribe.commit(&[1, 2], &mut random));
    }
    scribe.segments.take().expect("well").close().expect("well");
    scribe.disk.after_kill().remove(&file_name(1)).expect("there")
}

/// Each case is read from the record before it on: what stands before is as it was, and led there.
#[test]
fn every_truncation_and_every_flipped_bit_of_64_kib_is_cut_or_refused_at_its_place() {
    let mut bytes = of_64_kib();
    let length = bytes.len();
    assert!(length >= 1 << 16);
    let files = Files::from([(file_name(1), bytes.clone())]);
    let Found { places, fault, told } = found(&files);
    assert_eq!(fault, None);
    let ends = places.iter().skip(1).copied().chain([Cursor { offset: length as u64, ..Cursor::default() }]);
    let spans: Vec<(Cursor, usize)> = places.iter().copied().zip(ends.map(|end| end.offset as usize)).collect();
    let (last_mark, mut cases) = (length - 32, 0);
    for (place, end) in &spans {
        let start = place.offset as usize;
        // The closing mark stands behind the last record and belongs to its span.
        for bit in start * 8..end * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            let fault = Reader::new(&bytes).expect("begins well").from(*place).find_map(Result::err).expect("seen");
            bytes[bit / 8] ^= 1 << (bit % 8);
            let is_last = bit / 8 >= last_mark;
            let at = fault.offset as usize;
            assert!((start..*end).contains(&at) && at <= bit / 8, "bit {bit}: {fault}");
            assert_eq!(fault.damage == Damage::Torn, is_last, "bit {bit}: {fault}");
            cases += 1;
        }
        for cut in start..*end {
            let mut reader = Reader::new(&bytes[..cut]).expect("begins well").from(*place);
            let fault = reader.find_map(Result::err);
            assert!(fault.is_none_or(|fault| fault.damage == Damage::Torn && fault.offset <= cut as u64), "{cut}");
            cases += 1;
        }
    }
    for bit in 0..PROLOGUE_BYTES * 8 {
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(Reader::new(&bytes).is_err_and(|fault| fault.offset == 0 && fault.damage != Damage::Torn), "bit {bit}");
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
    for cut in 0..PROLOGUE_BYTES {
        assert!(Reader::new(&bytes[..cut]).is_err_and(|fault| fault.damage == Damage::Torn), "cut at {cut}");
    }
    assert_eq!(cases + PROLOGUE_BYTES * 9, length * 9, "every one of {} records", told.len());
}
