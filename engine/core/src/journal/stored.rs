//! A journal as it lies on the disk: the files of one run.
//!
//! Owns: which files those are. Never: writes, or believes what they say; that is [`reader`](super::reader)'s.

use super::disk::{segment_name, segment_of};
use super::format::is_unwritten;
use super::reader::{Fault, Reader};
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

/// The bytes of a journal's segments, by number.
#[derive(Debug)]
pub struct Stored(Vec<Vec<u8>>);

impl Stored {
    /// Reads the journal that begins in that file; one with a name of its own is a journal of one segment.
    ///
    /// # Errors
    /// What the system says of a file.
    pub fn read(first: &Path) -> io::Result<Self> {
        let mut segments = vec![std::fs::read(first)?];
        if let Some((_, 0)) = first.file_name().and_then(segment_of) {
            for number in 1.. {
                match std::fs::read(segment_path(first, number)) {
                    Ok(bytes) => segments.push(bytes),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => break,
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(Self(segments))
    }

    /// Reads its first prologue.
    pub fn reader(&self) -> Result<Reader<'_>, Fault> {
        Reader::over(self.0.iter().map(Vec::as_slice).collect())
    }

    /// How many files it is.
    #[must_use]
    pub fn segments(&self) -> usize {
        self.0.len()
    }

    /// Bytes of all files, those set aside included.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.0.iter().map(Vec::len).sum()
    }
}

/// What is wrong with the end of the journal that begins in that file: its last segment, read from its own beginning. What
/// stands before it was proved to be on the disk when that one began; `journal verify` reads all of it.
///
/// # Errors
/// What the system says of a file.
pub fn fault_at_end(first: &Path) -> io::Result<Option<Fault>> {
    let (mut number, mut last) = (0, std::fs::read(first)?);
    loop {
        match std::fs::read(segment_path(first, number + 1)) {
            // The one that stood ready, and that nothing was written to.
            Ok(bytes) if is_unwritten(&bytes) => break,
            Ok(bytes) => (number, last) = (number + 1, bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => break,
            Err(error) => return Err(error),
        }
    }
    let fault = match Reader::alone(&last) {
        Ok(mut reader) => reader.find_map(Result::err),
        Err(fault) => Some(Fault { segment: number, ..fault }),
    };
    Ok(fault)
}

/// The file of that segment of the journal that begins in `first`.
#[must_use]
pub fn segment_path(first: &Path, segment: u32) -> PathBuf {
    match first.file_name().and_then(segment_of) {
        Some((epoch, 0)) => first.with_file_name(segment_name(epoch, segment)),
        _ => first.to_owned(),
    }
}

/// The first file of the run with the highest number in a folder; `None` where there is none, or no folder.
///
/// # Errors
/// What the system says.
pub fn newest(folder: &Path) -> io::Result<Option<PathBuf>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        entries => entries?,
    };
    let names = entries.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>()?;
    let first = |name: &OsStr| segment_of(name).filter(|(_, segment)| *segment == 0).map(|(epoch, _)| epoch);
    let newest = names.iter().filter_map(|name| Some((first(name)?, name))).max();
    Ok(newest.map(|(_, name)| folder.join(name)))
}
