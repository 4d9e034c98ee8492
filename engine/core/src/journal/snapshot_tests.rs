//! Journals that are followed, cut anywhere, with snapshots that are whole, damaged, of others, or half written.

use super::*;
use crate::journal::disk::{Epoch, create};
use crate::journal::format::PROLOGUE_BYTES;
use crate::journal::kill_tests::{Book, Scratch, run_of};
use crate::journal::recovery::left;
use crate::risk::test_world::World;
use crate::test_random::Random;
use engine_model::intent::IntentKind;

const BUILD: [u8; 16] = [1; 16];

/// A world that is written down, and a follower behind it.
pub(in crate::journal) struct Watched {
    world: World,
    book: Book,
    pub(in crate::journal) first: PathBuf,
    written: usize,
}

impl Watched {
    pub(in crate::journal) fn new(folder: &Path, seed: u64) -> Self {
        let file = create(folder, Epoch::AtLeast(1)).expect("a folder of our own").with_segments_of(16 << 10);
        let first = file.path().to_owned();
        let mut world = World::new(seed);
        world.desk.is_watched = true;
        let mut terms = world.desk.terms();
        terms.epoch = file.epoch;
        let rules = world.desk.rules.clone();
        world.desk.going_on(rules, terms);
        let mut book = Book::begin(file, &run_of(&world));
        book.settle(1);
        Self { world, book, first, written: 0 }
    }

    /// So many things happen and are on the disk afterwards.
    pub(in crate::journal) fn live(&mut self, steps: u64) {
        for _ in 0..steps {
            self.world.step();
            if self.world.random.once_in(2) {
                let order = self.world.order();
                self.world.desk.ask(IntentKind::Submit(order));
            }
            for entry in &self.world.desk.entries[self.written..] {
                self.book.write(entry);
            }
            self.written = self.world.desk.entries.len();
        }
        self.book.settle(self.written as u64 + 1);
    }

    pub(in crate::journal) fn hash(&self) -> [u8; 32] {
        crate::state::state_hash(&self.world.desk.risk, self.world.desk.clerk.orders())
    }
}

fn opened(first: &Path) -> Follower {
    Follower::open(first, BUILD).expect("readable").expect("whole").expect("a run")
}

/// The state that a whole replay comes to.
fn whole(first: &Path) -> [u8; 32] {
    let reader = Stored::read(first).expect("readable").reader().expect("a journal");
    let epoch = reader.prologue().epoch;
    let entries = reader.take_while(|entry| !matches!(entry, Err(Fault { damage: Damage::Torn, .. })));
    crate::journal::replay::replay(entries, epoch).expect("it follows").state_hash()
}

fn recovered(first: &Path) -> (Option<u64>, usize, [u8; 32]) {
    let left = left(first, BUILD).expect("readable").expect("whole").expect("a run");
    (left.begun_at, left.skipped.len(), left.replayed.state_hash())
}

#[test]
fn a_snapshot_and_the_tail_behind_it_come_to_the_state_of_the_whole_journal_wherever_it_was_taken() {
    let seeds = if std::env::var_os("RINGSIDE_THOROUGH").is_some() { 125 } else { 8 };
    let mut taken = 0;
    for seed in 0..seeds {
        let scratch = Scratch::new("snapshot-cuts");
        let mut watched = Watched::new(&scratch.0, seed);
        let mut follower = opened(&watched.first);
        let mut random = Random::new(seed);
        for cut in 0..8 {
            watched.live(1 + random.below(40));
            follower.advance().expect("readable").expect("it follows");
            // What a mark does not tell yet is not written: the next look does.
            if follower.snapshot().expect("room").is_some() {
                taken += 1;
            }
            let (begun_at, skipped, hash) = recovered(&watched.first);
            assert_eq!((hash, skipped), (whole(&watched.first), 0), "seed {seed}, cut {cut}, from {begun_at:?}");
            assert_eq!(hash, watched.hash(), "seed {seed}, cut {cut}");
            assert!(snapshot::all(&watched.first, follower.epoch()).expect("readable").len() <= snapshot::KEPT);
        }
        let kept = snapshot::all(&watched.first, follower.epoch()).expect("readable");
        let begun_at = recovered(&watched.first).0;
        assert_eq!(begun_at.is_some(), !kept.is_empty(), "seed {seed}");
    }
    assert!(taken > 3 * seeds, "{taken}: nothing was tried");
}

#[test]
fn what_cannot_be_believed_of_a_snapshot_is_skipped_by_name_and_the_one_before_is_taken() {
    let scratch = Scratch::new("snapshot-damage");
    let mut watched = Watched::new(&scratch.0, 3);
    let mut follower = opened(&watched.first);
    let mut places = Vec::new();
    while places.len() < 3 {
        watched.live(30);
        follower.advance().expect("readable").expect("it follows");
        places.extend(follower.snapshot().expect("room"));
    }
    watched.live(10);
    let kept = snapshot::all(&watched.first, follower.epoch()).expect("readable");
    assert_eq!(kept, [places[2].clone(), places[1].clone()], "the newest two");
    let expected = watched.hash();
    let (newest, bytes) = (&kept[0], std::fs::read(&kept[0]).expect("there"));
    let older = recovered(&watched.first).0.expect("a snapshot");
    let mut random = Random::new(9);
    for case in 0..90 {
        let at = random.below(bytes.len() as u64) as usize;
        let mut wrong = bytes.clone();
        if case % 3 == 0 {
            wrong.truncate(at)
        } else {
            wrong[at] ^= 1 << random.below(8)
        }
        std::fs::write(newest, &wrong).expect("written");
        let (begun_at, skipped, hash) = recovered(&watched.first);
        assert_eq!((skipped, hash), (1, expected), "case {case} at {at}");
        assert!(begun_at.is_some_and(|at| at < older), "case {case}: the one before");
    }
    // Nor is one of another build, nor one that was begun and not named; with both gone, all is read.
    let other = Follower::open(&watched.first, [2; 16]).expect("readable").expect("whole").expect("a run");
    assert!(
        other.begun_at().is_none()
            && other.skipped().iter().all(|(_, why)| why.contains("another build") || why.contains("checksum"))
    );
    kept.iter().for_each(|path| std::fs::remove_file(path).expect("there"));
    std::fs::write(newest.with_extension("new"), &bytes).expect("written");
    assert_eq!(recovered(&watched.first), (None, 0, expected));
    // Of another journal with the same number.
    let elsewhere = Scratch::new("snapshot-elsewhere");
    let mut stranger = Watched::new(&elsewhere.0, 4);
    stranger.live(400);
    std::fs::copy(newest.with_extension("new"), stranger.first.with_file_name(newest.file_name().expect("named")))
        .expect("copied");
    let (begun_at, skipped, hash) = recovered(&stranger.first);
    assert_eq!((begun_at, skipped, hash), (None, 1, stranger.hash()));
}

#[test]
fn nothing_is_in_a_snapshot_that_no_mark_tells_to_be_on_the_disk() {
    let scratch = Scratch::new("snapshot-marks");
    let mut watched = Watched::new(&scratch.0, 5);
    watched.live(50);
    let mut follower = opened(&watched.first);
    follower.advance().expect("readable").expect("it follows");
    follower.synced = follower.at.sequence - 1;
    assert_eq!(follower.snapshot().expect("room"), None);
    follower.synced += 1;
    assert!(follower.snapshot().expect("room").is_some());
}

#[test]
fn a_journal_that_is_only_being_begun_is_waited_for_by_name_however_much_of_its_prologue_is_there() {
    let scratch = Scratch::new("begun-prologue");
    let file = create(&scratch.0, Epoch::Exactly(1)).expect("a folder of our own").with_segments_of(256 << 10);
    let first = &file.path().to_owned();
    let mut book = Book::begin(file, &run_of(&World::new(6)));
    book.settle(1);
    let whole = std::fs::read(first).expect("there");
    assert_ne!(whole[PROLOGUE_BYTES - 1], 0, "else it is whole without its last byte");
    for written in 0..PROLOGUE_BYTES {
        let room = vec![0; whole.len() - written];
        for bytes in [whole[..written].to_vec(), [&whole[..written], &room].concat()] {
            std::fs::write(first, &bytes).expect("written");
            let mut doubt = Doubt::default();
            let last = bytes[..written].iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            for _ in 0..3 {
                let opened = Follower::open(first, BUILD).expect("readable");
                match &opened {
                    Ok(None) if written == 0 => {}
                    Err(error @ ReplayError::Begins { written: found }) if *found == last => {
                        assert!(error.to_string().starts_with("JOURNAL_BEGINS: "), "{error}");
                    }
                    other => panic!("{written} bytes: {other:?}"),
                }
                let waits = doubt.weigh(opened).expect("nothing is wrong, however often it is looked at");
                assert!(waits.flatten().is_none());
            }
            assert!(Trail::open(first).expect("readable").expect("nothing is wrong").is_none(), "{written} bytes");
        }
        std::fs::write(first, &whole).expect("written");
        assert_eq!(opened(first).epoch(), 1, "behind {written} bytes");
    }
    // With anything behind it, or when it begins as no journal does, it is damaged.
    for (at, is_cut) in [(0, true), (3, true), (0, false), (9, false), (40, false), (63, false)] {
        let mut wrong = if is_cut { whole[..40].to_vec() } else { whole.clone() };
        wrong[at] ^= 1;
        std::fs::write(first, &wrong).expect("written");
        let mut doubt = Doubt::default();
        let mut weigh = || doubt.weigh(Follower::open(first, BUILD).expect("readable"));
        let found = [weigh(), weigh()];
        assert!(matches!(found, [Ok(None), Err(ReplayError::Fault(_))]), "byte {at}: {found:?}");
        let trail = Trail::open(first).expect("readable");
        assert!(trail.is_err(), "byte {at}");
    }
}
