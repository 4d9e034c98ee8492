//! How the run of a journal ended: in order, or cut off, and when.
//!
//! Owns: that from the last segment alone, so that a start can afford to look. Never: what follows from it.

use super::format::is_unwritten;
use super::reader::Reader;
use super::stored::{Stored, segment_path};
use engine_model::units::Nanos;
use std::io;
use std::path::Path;

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Its writer has closed it.
    Closed,
    /// Without a word. Its last record is of that time.
    CutOff(Nanos),
    /// Nothing was ever written down: no run had begun.
    Empty,
}

/// How the run whose journal begins in that file ended, if nobody is at it any more. What is damaged is no orderly end.
///
/// # Errors
/// What the system says of a file.
pub fn end(first: &Path) -> io::Result<End> {
    let count = u32::try_from(Stored::read(first)?.segments()).unwrap_or(u32::MAX);
    let mut is_last = true;
    for number in (0..count).rev() {
        let bytes = std::fs::read(segment_path(first, number))?;
        if is_unwritten(&bytes) {
            // One that stood ready: whoever ends in order takes it away.
            is_last = false;
            continue;
        }
        let Ok(mut reader) = Reader::last(number, &bytes) else { return Ok(End::Empty) };
        let (mut last, mut is_whole) = (None, true);
        for entry in reader.by_ref() {
            match entry {
                Ok(entry) => last = Some(Nanos(entry.head.at_ns)),
                Err(_) => is_whole = false,
            }
        }
        let is_closed = is_last && is_whole && reader.cursor().offset == bytes.len() as u64;
        return Ok(match last {
            None => End::Empty,
            Some(_) if is_closed => End::Closed,
            Some(at) => End::CutOff(at),
        });
    }
    Ok(End::Empty)
}

#[cfg(test)]
mod tests {
    use super::super::disk::segment_name;
    use super::super::fault_tests::of_segments;
    use super::*;
    use std::fs;

    #[test]
    fn a_journal_is_closed_where_nothing_is_set_aside_behind_its_last_record() {
        let folder = std::env::temp_dir().join(format!("ringside-crashes-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder of our own");
        let written = of_segments(4);
        let write = || written.iter().for_each(|(name, bytes)| fs::write(folder.join(name), bytes).expect("written"));
        let (first, last) = (folder.join(segment_name(1, 0)), folder.join(segment_name(1, 3)));
        let bytes = &written[&segment_name(1, 3)];
        write();
        assert_eq!(end(&first).expect("readable"), End::Closed);
        fs::write(&last, [&bytes[..], &[0; 4_096]].concat()).expect("written");
        let End::CutOff(at) = end(&first).expect("readable") else { panic!("room that was set aside") };
        assert!(at > Nanos(0));
        fs::write(&last, &bytes[..bytes.len() - 1]).expect("written");
        assert!(matches!(end(&first).expect("readable"), End::CutOff(_)), "a record that is not whole");
        write();
        fs::write(folder.join(segment_name(1, 4)), vec![0; 4_096]).expect("written");
        assert!(matches!(end(&first).expect("readable"), End::CutOff(_)), "a segment that stood ready");
        fs::remove_dir_all(folder).expect("ours");
    }
}
