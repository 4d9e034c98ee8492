//! A journal that grows while others read it: by its files, and as bytes on their way to a copy. Cut anywhere, torn, turned
//! from segment to segment, cut off in the middle of a record, with bits flipped on the way.

use super::*;
use crate::journal::fence::{Fence, Taker};
use crate::journal::follower::Follower;
use crate::journal::follower::tests::Watched;
use crate::journal::hashes::{Comparison, EVERY, Hashed, Told, path_of, tell};
use crate::journal::kill_tests::Scratch;
use crate::journal::outlet::Outlet;
use crate::journal::recovery::left;
use crate::journal::replay::replay;
use crate::journal::stored::{Stored, segment_path};
use crate::test_random::Random;

const BUILD: [u8; 16] = [1; 16];
const SEGMENT: u64 = 16 << 10;

/// A journal that is whole, by segment.
struct Whole {
    segments: Vec<Vec<u8>>,
    first: PathBuf,
    _scratch: Scratch,
}

impl Whole {
    /// Of so many steps, with what its writer set aside cut off.
    fn new(name: &str, seed: u64, steps: u64) -> Self {
        let scratch = Scratch::new(name);
        let mut watched = Watched::new(&scratch.0, seed);
        (0..steps / 3).for_each(|_| watched.live(3));
        let first = watched.first.clone();
        let mut segments = Vec::new();
        while let Ok(mut bytes) = std::fs::read(segment_path(&first, segments.len() as u32)) {
            if bytes.iter().all(|byte| *byte == 0) {
                break;
            }
            let mut end = PROLOGUE_BYTES;
            while let Some(head) = bytes.get(end..).and_then(|rest| rest.first_chunk()).map(Head::decode) {
                if head.crc == 0 {
                    break;
                }
                end += HEAD_BYTES + head.length as usize;
            }
            bytes.truncate(end);
            segments.push(bytes);
        }
        Self { segments, first, _scratch: scratch }
    }

    /// Behind what a run begins with, which is longer than a segment: it stands in the second.
    fn begun(&self) -> usize {
        self.segments[0].len() + self.segments[1].len()
    }

    fn length(&self) -> usize {
        self.segments.iter().map(Vec::len).sum()
    }

    /// As it is when so many of its bytes are written: room behind them, and those before it cut where they end.
    fn grown(&self, folder: &Path, bytes: usize) -> PathBuf {
        std::fs::create_dir_all(folder).expect("a folder of our own");
        let mut left = bytes;
        for (number, segment) in self.segments.iter().enumerate() {
            let here = left.min(segment.len());
            left -= here;
            let mut file = segment[..here].to_vec();
            if here < segment.len() || number + 1 == self.segments.len() {
                file.resize((SEGMENT as usize).max(segment.len()), 0);
            }
            if here > 0 {
                std::fs::write(folder.join(segment_name(1, number as u32)), file).expect("written");
            }
        }
        folder.join(segment_name(1, 0))
    }

    /// The obvious twin: how many records of so many bytes a mark, or the next segment, stands behind.
    fn synced(&self, bytes: usize) -> u64 {
        let (mut left, mut synced, mut records) = (bytes, 0, 0);
        for segment in &self.segments {
            let here = &segment[..left.min(segment.len())];
            left -= here.len();
            if here.len() < PROLOGUE_BYTES {
                break;
            }
            synced = records;
            let mut at = PROLOGUE_BYTES;
            while at < here.len() {
                let Some(head) = segment.get(at..).and_then(|rest| rest.first_chunk()).map(Head::decode) else { break };
                let end = at + HEAD_BYTES + head.length as usize;
                // What is cut off of it may be zeros, as the room behind is: then it is whole.
                if end > here.len() && segment[here.len()..end].iter().any(|byte| *byte != 0) {
                    break;
                }
                if head.kind == MARK {
                    synced = records;
                } else {
                    records += 1;
                }
                at = end;
            }
            if here.len() < segment.len() {
                break;
            }
        }
        synced
    }

    /// The state behind so many records.
    fn hash(&self, records: u64) -> [u8; 32] {
        let entries = Stored::read(&self.first).expect("there").reader().expect("whole").take(records as usize);
        replay(entries, 1).expect("it follows").state_hash()
    }
}

/// What a replay of as many records comes to as that follower took, decisions that wait left where they are.
fn settled(follower: Follower) -> [u8; 32] {
    follower.finish().expect("it follows").state_hash()
}

#[test]
fn a_follower_knows_what_is_on_the_disk_and_no_more_wherever_it_looks() {
    for seed in 0..4 {
        let whole = Whole::new("follow-whole", seed, 400);
        assert!(whole.segments.len() > 3, "{}: no segment was turned", whole.segments.len());
        let (mut random, mut looks) = (Random::new(seed), 0);
        let scratch = Scratch::new("follow-grown");
        let (mut bytes, mut follower) = (0, None);
        while bytes < whole.length() {
            bytes = (bytes + 1 + random.below(3_000) as usize).min(whole.length());
            let first = whole.grown(&scratch.0, bytes);
            let synced = whole.synced(bytes);
            if follower.is_none() {
                follower = Follower::open(&first, BUILD).expect("readable").expect("whole");
            }
            let Some(following) = &mut follower else { continue };
            while following.follow().expect("readable").unwrap_or_else(|e| panic!("seed {seed}, {bytes} bytes: {e}")) {}
            assert_eq!(following.at().sequence, synced.max(1), "seed {seed}, {bytes} bytes");
            // Now and then a second one, from its beginning, to its end.
            if random.once_in(8) && synced > 1 {
                let mut fresh = Follower::open(&first, BUILD).expect("readable").expect("whole").expect("a run");
                while fresh.follow().expect("readable").expect("whole") {}
                assert_eq!(fresh.state_hash(), following.state_hash());
                assert_eq!(settled(fresh), whole.hash(synced), "seed {seed}, {bytes} bytes");
                looks += 1;
            }
        }
        assert!(looks > 3, "{looks}");
    }
}

/// What a way does to the bytes that go over it.
struct Way {
    random: Random,
    flips: bool,
}

/// Gives on what an outlet gives out, cut anywhere; whether the line held.
fn carry(way: &mut Way, outlet: &mut Outlet, mirror: &mut Mirror) -> (bool, usize) {
    let mut flipped = 0;
    for _ in 0..1 + way.random.below(6) {
        let Some(chunk) = outlet.take().expect("readable").expect("whole") else { break };
        let (mut from, bytes) = (0, chunk.bytes.to_vec());
        loop {
            let to = (from + way.random.below(2_000) as usize).min(bytes.len());
            let mut part = bytes[from..to].to_vec();
            if way.flips && !part.is_empty() && way.random.once_in(10) {
                let at = way.random.below(part.len() as u64) as usize;
                part[at] ^= 1 << way.random.below(8);
                flipped += 1;
            }
            let piece = Chunk { offset: chunk.offset + from as u64, bytes: &part, ..chunk };
            if mirror.take(&piece).expect("a disk").is_err() {
                return (false, flipped);
            }
            if way.random.once_in(20) {
                return (false, flipped);
            }
            if to == bytes.len() {
                break;
            }
            from = to;
        }
    }
    (true, flipped)
}

/// Whether every byte of a copy is that of the original, or room that nobody has written to.
fn is_copy(whole: &Whole, folder: &Path) -> bool {
    whole.segments.iter().enumerate().all(|(number, segment)| {
        let copied = std::fs::read(folder.join(segment_name(1, number as u32))).unwrap_or_default();
        let used = copied.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
        used <= segment.len() && copied[..used] == segment[..used]
    })
}

#[test]
fn a_copy_over_any_line_is_the_journal_byte_for_byte_and_a_flipped_bit_is_refused() {
    let mut flips = 0;
    for seed in 0..6 {
        let whole = Whole::new("copy-whole", seed, 300);
        let (here, there) = (Scratch::new("copy-here"), Scratch::new("copy-there"));
        let mut way = Way { random: Random::new(seed), flips: seed % 2 == 1 };
        let mut bytes = 0;
        let mut line: Option<(Outlet, Mirror)> = None;
        for turn in 0.. {
            assert!(turn < 20_000, "seed {seed}: it does not come to an end");
            bytes = (bytes + way.random.below(1_500) as usize).min(whole.length());
            let first = whole.grown(&here.0, bytes.max(PROLOGUE_BYTES));
            let (outlet, mirror) = line.get_or_insert_with(|| {
                let mirror = Mirror::open(&there.0, 1).expect("a disk").expect("a copy");
                let outlet = Outlet::open(&first, mirror.at()).expect("readable").expect("whole");
                (outlet.expect("a place of this journal"), mirror)
            });
            let (holds, flipped) = carry(&mut way, outlet, mirror);
            flips += flipped;
            assert!(mirror.at().sequence <= whole.synced(bytes), "seed {seed}: a copy knows more than the disk");
            if !holds {
                line = None;
            }
            assert!(is_copy(&whole, &there.0), "seed {seed}, turn {turn}: a byte that was never written");
            if bytes == whole.length()
                && line.as_ref().is_some_and(|(_, mirror)| {
                    (mirror.at().segment as usize + 1, mirror.at().offset as usize)
                        == (whole.segments.len(), whole.segments[whole.segments.len() - 1].len())
                })
            {
                break;
            }
        }
        let copy = there.0.join(segment_name(1, 0));
        let (own, copied) = (left(&whole.first, BUILD), left(&copy, BUILD));
        let state = |left: std::io::Result<Result<Option<crate::journal::recovery::Left>, _>>| {
            left.expect("readable")
                .map_err(|error: crate::journal::replay::ReplayError| error.to_string())
                .expect("whole")
                .expect("a run")
                .replayed
                .state_hash()
        };
        assert_eq!(state(copied), state(own), "seed {seed}");
    }
    assert!(flips > 20, "{flips}: nothing was tried");
}

#[test]
fn what_a_dead_writer_left_whole_comes_over_and_what_it_tore_does_not() {
    let whole = Whole::new("dead-whole", 5, 200);
    let mut random = Random::new(5);
    let mut torn = 0;
    for case in 0..40 {
        let (here, there) = (Scratch::new("dead-here"), Scratch::new("dead-there"));
        let least = whole.begun();
        let bytes = least + random.below((whole.length() - least) as u64) as usize;
        let first = whole.grown(&here.0, bytes);
        let mut mirror = Mirror::open(&there.0, 1).expect("a disk").expect("a copy");
        let mut outlet = Outlet::open(&first, mirror.at()).expect("readable").expect("whole").expect("its beginning");
        while let Some(chunk) = outlet.take().expect("readable").expect("whole") {
            mirror.take(&chunk).expect("a disk").expect("whole");
        }
        assert_eq!(mirror.at().sequence, whole.synced(bytes), "case {case}: while it lived");
        outlet.leave().expect("synced");
        while let Some(chunk) = outlet.take().expect("readable").expect("whole") {
            mirror.take(&chunk).expect("a disk").expect("whole");
        }
        assert!(outlet.is_over());
        let copy = there.0.join(segment_name(1, 0));
        let [own, copied] =
            [&first, &copy].map(|file| left(file, BUILD).expect("readable").expect("whole").expect("a run"));
        assert_eq!(copied.replayed.state_hash(), own.replayed.state_hash(), "case {case}");
        assert_eq!(copied.replayed.counts, own.replayed.counts, "case {case}");
        assert_eq!(copied.is_closed, own.is_closed, "case {case}: it was cut off, and so is its copy");
        torn += usize::from(mirror.at().sequence > whole.synced(bytes));
    }
    assert!(torn > 5, "{torn}: nothing stood behind the last mark");
}

#[test]
fn a_copy_of_another_journal_has_no_place_in_this_one() {
    let [one, other] = [3, 4].map(|seed| Whole::new(&format!("strangers-{seed}"), seed, 100));
    let there = Scratch::new("strangers-there");
    other.grown(&there.0, other.begun());
    let mirror = Mirror::open(&there.0, 1).expect("a disk").expect("a copy");
    assert!(mirror.at().sequence > 0);
    assert!(Outlet::open(&one.first, mirror.at()).expect("readable").expect("whole").is_none());
    assert!(Outlet::open(&other.first, mirror.at()).expect("readable").expect("whole").is_some());
    // Nor does one begin with the bytes of a run of another number.
    let mut wrong = Mirror::open(&Scratch::new("strangers-run").0, 2).expect("a disk").expect("a copy");
    let chunk = Chunk { segment: 0, offset: 0, length: SEGMENT, bytes: &one.segments[0], is_last: false };
    assert!(wrong.take(&chunk).expect("a disk").is_err());
}

#[test]
fn followers_from_wherever_they_began_tell_the_same_hashes_and_a_difference_is_named() {
    let scratch = Scratch::new("hashes");
    let mut watched = Watched::new(&scratch.0, 11);
    let mut told = Told::new(path_of(&watched.first, 1));
    let mut early = Follower::open(&watched.first, BUILD).expect("readable").expect("whole").expect("a run").hashing();
    let mut comparison = Comparison::default();
    let mut late: Option<Follower> = None;
    let mut all: Vec<Hashed> = Vec::new();
    // No more: nobody reads the rings of this journal but its stage.
    for turn in 0..40 {
        watched.live(20);
        while early.follow().expect("readable").expect("whole") {}
        let hashes = early.take_hashes();
        all.extend(&hashes);
        tell(&path_of(&watched.first, 1), &hashes).expect("a disk");
        if turn >= 10 && late.is_none() && early.snapshot().expect("a disk").is_some() {
            late = Follower::open(&watched.first, BUILD).expect("readable").expect("whole").map(Follower::hashing);
            assert!(late.as_ref().is_some_and(|late| late.begun_at().is_some()), "from a snapshot");
        }
        let Some(late) = &mut late else { continue };
        for hashed in told.read().expect("readable") {
            comparison.told(hashed).expect("equal");
        }
        while late.follow().expect("readable").expect("whole") {}
        late.take_hashes().into_iter().for_each(|own| comparison.own(own).expect("equal"));
    }
    assert!(comparison.equal >= 1, "{} of {all:?}", comparison.equal);
    // What no mark stands behind yet, too: so far it went by marks alone.
    early.advance().expect("readable").expect("it follows");
    assert_eq!(settled(early), watched.hash());
    // Whichever side comes first.
    let own = all[0];
    let wrong = Hashed { hash: [9; 32], ..own };
    for own_first in [true, false] {
        let mut comparison = Comparison::default();
        let difference = if own_first {
            comparison.own(own).expect("nothing to compare");
            comparison.told(wrong)
        } else {
            comparison.told(wrong).expect("nothing to compare");
            comparison.own(own)
        };
        let difference = difference.expect_err("told");
        assert!(difference.to_string().starts_with(&format!("STATE_DIFFERS: behind record {EVERY}")), "{difference}");
    }
}

#[test]
fn a_run_that_was_taken_over_writes_not_one_record_more_and_says_so() {
    use crate::journal::disk::{Disk, Epoch, create};
    use crate::journal::stage::{JournalInputs, JournalStage};
    use crate::risk::test_world::World;
    use engine_ring::clock::Clock;
    use engine_ring::flag::Switch;
    use engine_ring::stage::Stage as _;
    let scratch = Scratch::new("fenced-run");
    let world = World::new(1);
    let run = crate::journal::kill_tests::run_of(&world);
    let file = create(&scratch.0, Epoch::Exactly(4)).expect("a folder of our own");
    let (kill, prologue) = (Switch::new(), Prologue { epoch: 4, ..Prologue::default() });
    let mut wiring =
        crate::wiring::Wiring::new(&[], &crate::config::Rings::default(), &[crate::topology::Stage::Bridge]);
    let name = crate::topology::Stage::Journal;
    let inputs = JournalInputs {
        market: Vec::new(),
        order: wiring.order().reader(name.name()).expect("granted"),
        report: wiring.report().reader(name.name()).expect("granted"),
    };
    let (disk, mut hand) = Disk::by_hand(file, &prologue, Clock::machine(), kill.clone()).expect("a disk");
    let path = disk.path().to_owned();
    let before = std::fs::read(&path).expect("there");
    let mut stage = JournalStage::new(inputs, disk, &prologue, &run);
    let gauges = stage.gauges();
    Fence::of(&scratch.0).raise(4, Taker { run: 5, by: 1 }).expect("a disk");
    let _ = stage.poll();
    assert!(hand.turn(), "its first record");
    assert_eq!((gauges.durable.get(), kill.is_on()), (0, true));
    let fault = gauges.fault().expect("told");
    assert_eq!(fault, "FENCED: run 4 was taken over by run 5");
    assert_eq!(std::fs::read(&path).expect("there"), before, "not one byte");
}

/// Says that its thread has ended, however it did.
struct Ends<'a>(&'a std::sync::atomic::AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, std::sync::atomic::Ordering::Release);
    }
}

#[test]
fn beside_a_thread_that_writes_no_look_finds_damage() {
    use crate::journal::disk::{Epoch, create};
    use crate::journal::kill_tests::{Book, run_of};
    use crate::risk::test_world::World;
    use engine_model::intent::IntentKind;
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
    let mut looks = 0;
    // On a busy machine the writer may be through before the first look: then some more worlds are needed.
    for seed in 0..100 {
        if seed >= 10 && looks > 10 {
            break;
        }
        let scratch = Scratch::new("beside-a-writer");
        let file = create(&scratch.0, Epoch::Exactly(1)).expect("a folder of our own").with_segments_of(4 << 10);
        let first = scratch.0.join(segment_name(1, 0));
        let (is_over, written) = (AtomicBool::new(false), AtomicU64::new(0));
        let mut records = 0;
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let _ends = Ends(&is_over);
                let mut world = World::new(seed);
                let run = run_of(&world);
                let mut book = Book::begin(file, &run);
                let mut before = 0;
                // No more: nobody reads the rings of this journal but its stage.
                while before < 900 {
                    world.step();
                    if world.random.once_in(2) {
                        let order = world.order();
                        world.desk.ask(IntentKind::Submit(order));
                    }
                    world.desk.entries[before..].iter().for_each(|entry| book.write(entry));
                    before = world.desk.entries.len();
                }
                // The run's own record stands before them.
                book.settle(before as u64 + 1);
                written.store(before as u64 + 1, Ordering::Relaxed);
            });
            let mut trail = None;
            loop {
                let is_last = is_over.load(Ordering::Acquire);
                if trail.is_none() {
                    trail = Trail::open(&first).expect("readable").expect("whole");
                }
                if let Some(trail) = &mut trail {
                    while trail.read().expect("readable").unwrap_or_else(|fault| panic!("look {looks}: {fault}")) {
                        records += std::iter::from_fn(|| trail.next_synced()).count() as u64;
                        looks += 1;
                    }
                    records += std::iter::from_fn(|| trail.next_synced()).count() as u64;
                }
                // From its beginning, too: that reads what is being written by another way.
                Follower::open(&first, BUILD)
                    .expect("readable")
                    .unwrap_or_else(|error| panic!("look {looks}: {error}"));
                if is_last {
                    break;
                }
            }
        });
        assert_eq!(records, written.load(Ordering::Relaxed), "seed {seed}");
    }
    assert!(looks > 10, "{looks} looks that found something: nothing was tried");
}
