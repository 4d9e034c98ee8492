//! State hashes that a run's own follower tells, and those of whoever follows it elsewhere: at the same records they are the
//! same, or one of the two is not what it seems.
//!
//! They lie in a file of lines beside the journal, `ringside-RUN.hashes`. Nothing rests on it: what is lost of it is a
//! comparison that is not made.
//!
//! Owns the file and the comparison. Never: decides what follows from a difference.

use super::disk::segment_name;
use crate::state::hex;
use engine_model::planted::planted;
use std::collections::VecDeque;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// A hash is told behind so many records.
pub const EVERY: u64 = 1_000;
/// Read at a time.
const LOOK_BYTES: u64 = 1 << 20;
/// So many wait for the other side's.
const WAITING_MAX: usize = 4_096;

/// The state behind so many records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hashed {
    /// Of the record that comes next.
    pub sequence: u64,
    /// See [`state_hash`](crate::state::state_hash).
    pub hash: [u8; 32],
}

/// Two states that should be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// As it came out here.
    pub own: Hashed,
    /// As it was told.
    pub told: [u8; 32],
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { own: Hashed { sequence, hash }, told } = self;
        write!(
            f,
            "STATE_DIFFERS: behind record {sequence} the state here is {}, the one told is {}",
            hex(hash),
            hex(told)
        )
    }
}

impl std::error::Error for Difference {}

/// The file of the run whose journal begins in `first`.
#[must_use]
pub fn path_of(first: &Path, epoch: u32) -> PathBuf {
    first.with_file_name(segment_name(epoch, 0)).with_extension("hashes")
}

/// Tells some more of a run.
///
/// # Errors
/// What the disk says.
pub fn tell(file: &Path, hashes: &[Hashed]) -> io::Result<()> {
    if hashes.is_empty() {
        return Ok(());
    }
    let lines: String = hashes.iter().map(|Hashed { sequence, hash }| format!("{sequence} {}\n", hex(hash))).collect();
    OpenOptions::new().create(true).append(true).open(file)?.write_all(lines.as_bytes())
}

/// What a run tells, read as it comes.
#[derive(Debug)]
pub struct Told {
    path: PathBuf,
    read: u64,
}

impl Told {
    /// Of that file, from its beginning; it need not be there yet.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path, read: 0 }
    }

    /// What came since. A line that is not whole is left for the next look, one that says nothing, or is no text, is passed
    /// over: nothing rests on it.
    ///
    /// # Errors
    /// What the system says.
    pub fn read(&mut self) -> io::Result<Vec<Hashed>> {
        let mut file = match File::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            file => file?,
        };
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(self.read))?;
        file.take(LOOK_BYTES).read_to_end(&mut bytes)?;
        // So long a line is none of ours: what comes behind it may be.
        let none = if bytes.len() as u64 == LOOK_BYTES { bytes.len() } else { 0 };
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(none, |end| end + 1);
        self.read += whole as u64;
        let lines = bytes[..whole].split(|byte| *byte == b'\n');
        Ok(lines.filter_map(|line| parse(std::str::from_utf8(line).ok()?)).collect())
    }
}

fn parse(line: &str) -> Option<Hashed> {
    let (sequence, hash) = line.split_once(' ')?;
    let mut bytes = [0; 32];
    if hash.len() != 64 || !hash.is_ascii() {
        return None;
    }
    for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(&hash[at..at + 2], 16).ok()?;
    }
    Some(Hashed { sequence: sequence.parse().ok()?, hash: bytes })
}

/// What was told and what came out, in whichever order they come.
#[derive(Debug, Default)]
pub struct Comparison {
    own: VecDeque<Hashed>,
    told: VecDeque<Hashed>,
    /// So many were held against each other, and were the same.
    pub equal: u64,
}

impl Comparison {
    /// What came out here.
    ///
    /// # Errors
    /// It is not what was told.
    pub fn own(&mut self, own: Hashed) -> Result<(), Difference> {
        match self.told.iter().find(|told| told.sequence == own.sequence) {
            Some(told) => self.compare(own, told.hash),
            None => {
                keep(&mut self.own, own);
                Ok(())
            }
        }
    }

    /// What the other side tells.
    ///
    /// # Errors
    /// It is not what came out here.
    pub fn told(&mut self, told: Hashed) -> Result<(), Difference> {
        match self.own.iter().find(|own| own.sequence == told.sequence) {
            Some(own) => self.compare(*own, told.hash),
            None => {
                keep(&mut self.told, told);
                Ok(())
            }
        }
    }

    fn compare(&mut self, own: Hashed, told: [u8; 32]) -> Result<(), Difference> {
        let is_behind = |hashed: &Hashed| hashed.sequence > own.sequence;
        self.own.retain(is_behind);
        self.told.retain(is_behind);
        if own.hash != told && !planted("standby/hash-not-compared") {
            return Err(Difference { own, told });
        }
        self.equal += 1;
        Ok(())
    }
}

fn keep(waiting: &mut VecDeque<Hashed>, hashed: Hashed) {
    if waiting.len() == WAITING_MAX {
        waiting.pop_front();
    }
    waiting.push_back(hashed);
}

#[cfg(test)]
mod tests {
    use super::super::kill_tests::Scratch;
    use super::*;

    #[test]
    fn what_is_no_line_of_ours_is_passed_over_and_what_comes_behind_it_is_read() {
        let scratch = Scratch::new("hashes-bytes");
        std::fs::create_dir_all(&scratch.0).unwrap();
        let path = scratch.0.join("told");
        let hashed = |sequence| Hashed { sequence, hash: [sequence as u8; 32] };
        let mut told = Told::new(path.clone());
        let add =
            |bytes: &[u8]| OpenOptions::new().create(true).append(true).open(&path).unwrap().write_all(bytes).unwrap();
        tell(&path, &[hashed(1)]).unwrap();
        add(b"\xff\xfe\n2 no hash\n\n");
        tell(&path, &[hashed(3)]).unwrap();
        add(b"4 \xc3");
        assert_eq!(told.read().unwrap(), [hashed(1), hashed(3)]);
        // A line that has no end.
        add(&vec![b'x'; 2 << 20]);
        add(b"\n");
        tell(&path, &[hashed(5)]).unwrap();
        let rest: Vec<Hashed> = (0..4).flat_map(|_| told.read().unwrap()).collect();
        assert_eq!(rest, [hashed(5)]);
    }
}
