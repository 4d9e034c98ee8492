//! Journals of several files in a folder, some of them lost or not whole.

use super::super::fault_tests::of_segments;
use super::super::format::{HEAD_BYTES, Head, PROLOGUE_BYTES};
use super::*;
use crate::test_random::Random;
use std::fs;

struct Folder(PathBuf);

impl Folder {
    /// With a journal of four segments, run 1.
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ringside-stored-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder of our own");
        let folder = Self(path);
        of_segments(4).iter().for_each(|(name, bytes)| fs::write(folder.0.join(name), bytes).expect("written"));
        folder
    }

    fn file(&self, segment: u32) -> PathBuf {
        self.0.join(segment_name(1, segment))
    }

    /// What a start says of its newest run, and what reading all of it does.
    fn faults(&self) -> (Option<Fault>, Option<Fault>) {
        let first = newest(&self.0).expect("readable").expect("a run");
        let stored = Stored::read(&first).expect("readable");
        let all = stored.reader().map_or_else(Some, |mut reader| reader.find_map(Result::err));
        (fault_at_end(&first).expect("readable"), all)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_lost_segment_is_missed_by_a_start_and_by_all_who_read() {
    assert_eq!(Folder::new("whole").faults(), (None, None));
    for lost in 0..3 {
        let folder = Folder::new("lost");
        fs::remove_file(folder.file(lost)).expect("there");
        let missing = Some(Fault { segment: lost, offset: 0, damage: Damage::Missing });
        assert_eq!(folder.faults(), (missing, missing));
        assert_eq!(runs(&folder.0).expect("readable"), [folder.file(0)], "a run without its first file is one");
    }
}

#[test]
fn a_segment_that_its_writer_takes_away_while_somebody_looks_is_none() {
    let folder = Folder::new("taken-away");
    // A name with no file behind it: what who looks finds between the two.
    std::os::unix::fs::symlink(folder.0.join("nothing"), folder.file(4)).expect("a folder of our own");
    let stored = Stored::read(&folder.file(0)).expect("readable");
    assert_eq!((stored.segments(), folder.faults()), (4, (None, None)));
    fs::remove_file(folder.file(4)).expect("there");
    fs::remove_file(folder.file(0)).expect("there");
    std::os::unix::fs::symlink(folder.0.join("nothing"), folder.file(0)).expect("a folder of our own");
    let error = Stored::read(&folder.file(0)).expect_err("without its first there is no journal");
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
}

#[test]
fn a_start_takes_a_further_segment_whose_first_sync_was_cut_off_for_torn_and_another_for_damaged() {
    let folder = Folder::new("torn");
    let torn = Some(Fault { segment: 3, offset: 0, damage: Damage::Torn });
    let whole = fs::read(folder.file(3)).expect("there");
    // Its first sector never came to the disk, the next one did; nothing says that anything had been synced.
    let records = &whole[PROLOGUE_BYTES..][..HEAD_BYTES + 4];
    fs::write(folder.file(3), [&[0; 512], records].concat()).expect("written");
    assert_eq!(folder.faults(), (torn, torn));
    let mark = Head::mark(1 << 20, 0);
    fs::write(folder.file(3), [&[0; 512], records, &mark].concat()).expect("written");
    let (at_start, _) = folder.faults();
    assert_eq!(at_start, Some(Fault { segment: 3, offset: 0, damage: Damage::NotAJournal }));
}

#[test]
fn a_start_reads_the_last_segment_only_and_the_one_before_where_nothing_was_written_to_it() {
    let folder = Folder::new("last");
    fs::write(folder.file(1), b"anything").expect("written");
    let (at_start, all) = folder.faults();
    assert_eq!(at_start, None);
    assert!(all.is_some_and(|fault| fault.segment == 1 && fault.damage != Damage::Torn), "{all:?}");
    fs::write(folder.file(4), vec![0; 5_000]).expect("written");
    assert_eq!(folder.faults().0, None);
    fs::write(folder.file(3), b"anything").expect("written");
    assert!(folder.faults().0.is_some_and(|fault| fault.segment == 3));
}

#[test]
fn what_is_streamed_is_what_is_read_at_once_wherever_it_is_cut_or_changed() {
    let mut random = Random::new(3);
    let (mut whole, mut faulty) = (0, 0);
    for case in 0..300 {
        let folder = Folder::new("streamed");
        let segment = random.below(4) as u32;
        let mut bytes = fs::read(folder.file(segment)).expect("there");
        let at = random.below(bytes.len() as u64) as usize;
        match random.below(5) {
            0 => bytes.truncate(at),
            1 => bytes[at] ^= 1 << random.below(8),
            2 => bytes[at..].fill(0),
            3 => bytes[..at].fill(0),
            _ => {}
        }
        fs::write(folder.file(segment), bytes).expect("written");
        if random.once_in(4) {
            fs::write(folder.file(4), vec![0; 5_000]).expect("written");
        }
        let there = (0..5).map(|segment| folder.file(segment)).filter(|file| file.exists());
        let all: Vec<Vec<u8>> = there.map(|file| fs::read(file).expect("there")).collect();
        let at_once: Vec<_> = match Reader::over(all.iter().map(Vec::as_slice).collect()) {
            Ok(reader) => reader.collect(),
            Err(fault) => vec![Err(fault)],
        };
        let streamed: Vec<_> = match Stored::read(&folder.file(0)).expect("readable").reader() {
            Ok(stream) => stream.collect(),
            Err(fault) => vec![Err(fault)],
        };
        assert_eq!(streamed, at_once, "case {case}");
        // And on from any place between two of them.
        let mut stream = match Stored::read(&folder.file(0)).expect("readable").reader() {
            Ok(stream) => stream,
            Err(_) => continue,
        };
        let skipped = random.below(streamed.len() as u64 + 1) as usize;
        stream.by_ref().take(skipped).for_each(drop);
        let is_over = streamed[..skipped].iter().any(Result::is_err);
        let again = Stored::read(&folder.file(0)).expect("readable").reader().expect("as before").from(stream.cursor());
        if !is_over {
            assert_eq!(again.collect::<Vec<_>>(), streamed[skipped..], "case {case} from {skipped}");
        }
        *(if at_once.iter().all(Result::is_ok) { &mut whole } else { &mut faulty }) += 1;
    }
    assert!(whole > 30 && faulty > 30, "{whole} {faulty}: nothing was tried");
}
