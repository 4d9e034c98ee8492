//! A journal as it lies on the disk: the files of one run.
//!
//! Owns: which files those are. Never: writes, or believes what they say; that is [`reader`](super::reader)'s.

use super::disk::{segment_name, segment_of};
use super::format::{Damage, PROLOGUE_BYTES, Prologue, is_unwritten, prologue_begun};
use super::reader::{Cursor, Fault, Reader};
use super::stream::Stream;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// The files of a journal.
#[derive(Debug)]
pub struct Stored {
    /// By number, as far as none is missing; one that is missing is none.
    files: Vec<Option<PathBuf>>,
    /// Of each, in bytes.
    lengths: Vec<u64>,
    count: usize,
}

impl Stored {
    /// The journal that begins in that file; one with a name of its own is a journal of one segment.
    ///
    /// # Errors
    /// What the system says of a file.
    pub fn read(first: &Path) -> io::Result<Self> {
        let (mut files, mut lengths, there) = (Vec::new(), Vec::new(), there(first)?);
        let count = there.len();
        for ((number, length), place) in there.into_iter().zip(0..) {
            // One is enough: nothing is read behind it.
            if number != place && files.len() == place as usize {
                files.push(None);
                lengths.push(0);
            }
            lengths.push(length);
            files.push(Some(segment_path(first, number)));
        }
        Ok(Self { files, lengths, count })
    }

    /// Reads its first prologue.
    pub fn reader(&self) -> Result<Stream, Fault> {
        Stream::open(self.files.clone())
    }

    /// How many bytes of its prologue are there, while that is all there is: whoever makes it is at it, or ended there. 0:
    /// nothing was ever written.
    ///
    /// # Errors
    /// What the system says of its file.
    pub fn begun(&self) -> io::Result<Option<usize>> {
        let [Some(file)] = &self.files[..] else { return Ok(None) };
        prologue_begun_in(file)
    }

    /// Whether nothing was set aside behind that place: whoever wrote it gave back what it did not need.
    #[must_use]
    pub fn ends_at(&self, at: &Cursor) -> bool {
        let last = self.lengths.len().checked_sub(1);
        last == Some(at.segment as usize) && self.lengths.last() == Some(&at.offset)
    }

    /// Whether that place lies within what is there.
    #[must_use]
    pub fn reaches(&self, at: &Cursor) -> bool {
        self.lengths.get(at.segment as usize).is_some_and(|length| at.offset <= *length)
    }

    /// How many files it is.
    #[must_use]
    pub fn segments(&self) -> usize {
        self.count
    }

    /// Bytes of all files, those set aside included.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.lengths.iter().sum()
    }
}

/// What is wrong with the end of the journal that begins in that file: a segment that is not there, or its last one, read
/// from its own beginning. What stands before that was on the disk when it began and is believed; `journal verify` reads
/// all.
///
/// # Errors
/// What the system says of a file.
pub fn fault_at_end(first: &Path) -> io::Result<Option<Fault>> {
    let numbers: Vec<u32> = there(first)?.into_iter().map(|(number, _)| number).collect();
    let gap = numbers.iter().zip(0..).find(|(number, place)| *number != place);
    if let Some((_, segment)) = gap {
        return Ok(Some(Fault { segment, offset: 0, damage: Damage::Missing }));
    }
    for number in numbers.into_iter().rev() {
        let bytes = std::fs::read(segment_path(first, number))?;
        // The one that stood ready, and that nothing was written to; or a run that ended before its first byte.
        if is_unwritten(&bytes) {
            continue;
        }
        return Ok(match Reader::last(number, &bytes) {
            Ok(mut reader) => reader.find_map(Result::err),
            Err(fault) => Some(fault),
        });
    }
    Ok(None)
}

/// [`prologue_begun`] of a file, of which no more is read than that takes.
pub(super) fn prologue_begun_in(file: &Path) -> io::Result<Option<usize>> {
    let mut bytes = Vec::new();
    let mut file = File::open(file)?;
    (&mut file).take(PROLOGUE_BYTES as u64).read_to_end(&mut bytes)?;
    if Prologue::decode(&bytes).is_ok() {
        return Ok(None);
    }
    file.read_to_end(&mut bytes)?;
    Ok(prologue_begun(&bytes))
}

/// The segments that are there, ascending: number and bytes. One that its writer took away between its name and its length
/// had stood ready and was never written to: it is none. Without the first there is no journal.
fn there(first: &Path) -> io::Result<Vec<(u32, u64)>> {
    let mut there = Vec::new();
    for number in numbers(first)? {
        match std::fs::metadata(segment_path(first, number)) {
            Ok(file) => there.push((number, file.len())),
            Err(error) if error.kind() == io::ErrorKind::NotFound && number > 0 => {}
            Err(error) => return Err(error),
        }
    }
    Ok(there)
}

/// The numbers of the segments whose names are there, ascending.
fn numbers(first: &Path) -> io::Result<Vec<u32>> {
    let Some((epoch, 0)) = first.file_name().and_then(place_of) else { return Ok(vec![0]) };
    let folder = first.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut numbers = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let segment = place_of(&entry?.file_name()).filter(|(of, _)| *of == epoch);
        numbers.extend(segment.map(|(_, number)| number));
    }
    numbers.sort_unstable();
    // Not even one: to read the first will say so.
    Ok(if numbers.is_empty() { vec![0] } else { numbers })
}

/// The run and the number in a name that the journal gives.
fn place_of(name: &OsStr) -> Option<(u32, u32)> {
    segment_of(name).filter(|(epoch, segment)| name == OsStr::new(&segment_name(*epoch, *segment)))
}

/// The file of that segment of the journal that begins in `first`.
#[must_use]
pub fn segment_path(first: &Path, segment: u32) -> PathBuf {
    match first.file_name().and_then(place_of) {
        Some((epoch, 0)) => first.with_file_name(segment_name(epoch, segment)),
        _ => first.to_owned(),
    }
}

/// Puts what a writer that is gone left of its journal on the disk, from that segment on: what no mark stands behind may be
/// in memory alone.
///
/// # Errors
/// What the system says.
pub fn sync(first: &Path, from: u32) -> io::Result<()> {
    for number in from.. {
        // Through whatever descriptor: it is the file's pages that are written.
        match File::open(segment_path(first, number)) {
            Ok(file) => file.sync_all()?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => break,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The first file of the run with the highest number in a folder; `None` where there is none, or no folder.
///
/// # Errors
/// What the system says.
pub fn newest(folder: &Path) -> io::Result<Option<PathBuf>> {
    match runs(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        runs => Ok(runs?.pop()),
    }
}

/// The first files of the runs in a folder, by number; that of a run whose first file is lost, too.
///
/// # Errors
/// What the system says.
pub fn runs(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let names = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>()?;
    let epochs: BTreeSet<u32> = names.iter().filter_map(|name| place_of(name)).map(|(epoch, _)| epoch).collect();
    Ok(epochs.into_iter().map(|epoch| folder.join(segment_name(epoch, 0))).collect())
}

#[cfg(test)]
#[path = "stored_tests.rs"]
mod tests;
