//! How the run of a journal ended: in order, or not, and when.
//!
//! Owns: that from the last two segments alone, so that a start can afford to look. Never: what follows from it.

use super::format::is_unwritten;
use super::reader::{Entry, Reader};
use super::record::{Judgement, Record, Verdict};
use super::stored::{Stored, segment_path};
use engine_model::command::CommandKind;
use engine_model::units::Nanos;
use std::io;
use std::path::Path;

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// By its own word ([`CommandKind::End`]), and its writer has closed it.
    InOrder,
    /// Without that word: it was cut off, or a stage of it panicked. Its last record is of that time.
    Crashed(Nanos),
    /// Nothing was ever written down: no run had begun.
    Empty,
}

/// What a segment says of that.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    /// When its last record was made.
    last: Option<Nanos>,
    /// Each record is whole, and nothing was set aside behind them.
    is_whole: bool,
    says_end: bool,
}

impl Told {
    /// One that stood ready says nothing, and whoever ends in order takes it away; nor does one without a beginning.
    fn by(number: u32, bytes: &[u8]) -> Self {
        let mut told = Self::default();
        let reader = if is_unwritten(bytes) { None } else { Reader::last(number, bytes).ok() };
        let Some(mut reader) = reader else { return told };
        told.is_whole = true;
        for entry in reader.by_ref() {
            match entry {
                Ok(Entry { head, record, .. }) => {
                    told.last = Some(Nanos(head.at_ns));
                    told.says_end |= is_end(&record);
                }
                Err(_) => told.is_whole = false,
            }
        }
        told.is_whole &= reader.cursor().offset == bytes.len() as u64;
        told
    }
}

fn is_end(record: &Record) -> bool {
    let Record::Decision(Judgement { verdict, .. }) = record else { return false };
    matches!(verdict, Verdict::Command { what: CommandKind::End, .. })
}

/// How the run whose journal begins in that file ended, if nobody is at it any more. What is damaged is no orderly end.
///
/// # Errors
/// What the system says of a file.
pub fn end(first: &Path) -> io::Result<End> {
    let count = u32::try_from(Stored::read(first)?.segments()).unwrap_or(u32::MAX);
    let (mut is_closed, mut last) = (true, None);
    for number in (0..count).rev() {
        let told = Told::by(number, &std::fs::read(segment_path(first, number))?);
        let is_second = last.is_some();
        if !is_second {
            is_closed &= told.is_whole;
            last = told.last;
        }
        let Some(at) = last else { continue };
        if is_closed && told.says_end {
            return Ok(End::InOrder);
        }
        // What stands behind the word is no more than one segment.
        if !is_closed || is_second {
            return Ok(End::Crashed(at));
        }
    }
    Ok(last.map_or(End::Empty, End::Crashed))
}

/// Whether real orders left in the run whose journal begins in that file; `None`: it does not say.
///
/// # Errors
/// What the system says of a file.
pub fn is_live(first: &Path) -> io::Result<Option<bool>> {
    let Ok(mut entries) = Stored::read(first)?.reader() else { return Ok(None) };
    Ok(match entries.next() {
        Some(Ok(Entry { record: Record::Run(run), .. })) => Some(run.is_live),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::disk::segment_name;
    use super::super::fault_tests::{of_an_ended_run, of_segments};
    use super::super::simulated::Files;
    use super::*;
    use std::fs;
    use std::path::PathBuf;

    const LAST: u32 = 3;

    /// A folder with that journal in it, and its first segment.
    fn laid(name: &str, written: &Files) -> (PathBuf, PathBuf) {
        let folder = std::env::temp_dir().join(format!("ringside-crashes-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder of our own");
        written.iter().for_each(|(name, bytes)| fs::write(folder.join(name), bytes).expect("written"));
        let first = folder.join(segment_name(1, 0));
        (folder, first)
    }

    /// What is said of that journal where its last segments are those bytes.
    fn end_with(name: &str, written: &Files, changes: &[(u32, &[u8])]) -> End {
        let (folder, first) = laid(name, written);
        changes.iter().for_each(|(n, bytes)| fs::write(folder.join(segment_name(1, *n)), bytes).expect("written"));
        let found = end(&first).expect("readable");
        fs::remove_dir_all(folder).expect("ours");
        found
    }

    #[test]
    fn a_run_ended_in_order_where_it_said_so_and_nothing_is_set_aside_behind_its_last_record() {
        let written = of_an_ended_run(4);
        let bytes = &written[&segment_name(1, LAST)];
        let with = |changes: &[(u32, &[u8])]| end_with("order", &written, changes);
        assert_eq!(with(&[]), End::InOrder);
        let End::Crashed(at) = with(&[(LAST, &[&bytes[..], &[0; 4_096]].concat())]) else {
            panic!("room that was set aside")
        };
        assert!(at > Nanos(0));
        assert!(matches!(with(&[(LAST, &bytes[..bytes.len() - 1])]), End::Crashed(_)), "a record that is not whole");
        assert!(matches!(with(&[(LAST + 1, &[0; 4_096])]), End::Crashed(_)), "a segment that stood ready");
    }

    #[test]
    fn a_run_that_panicked_closed_its_journal_and_did_not_end_in_order() {
        assert!(matches!(end_with("panicked", &of_segments(4), &[]), End::Crashed(_)));
    }

    #[test]
    fn a_segment_that_was_only_begun_is_no_empty_journal() {
        let written = of_an_ended_run(4);
        let begun = end_with("begun", &written, &[(LAST + 1, b"RS")]);
        assert!(matches!(begun, End::Crashed(_)), "{begun:?}");
        let name = segment_name(1, 0);
        let nothing = Files::from([(name.clone(), written[&name][..10].to_vec())]);
        assert_eq!(end_with("empty", &nothing, &[]), End::Empty, "no run had begun");
    }

    #[test]
    fn a_journal_says_whether_real_orders_left() {
        let (folder, first) = laid("live", &of_segments(4));
        assert_eq!(is_live(&first).expect("readable"), Some(false));
        fs::write(&first, b"").expect("written");
        assert_eq!(is_live(&first).expect("readable"), None);
        fs::remove_dir_all(folder).expect("ours");
    }
}
