//! A page of words that processes share: one that throws everything off, and a heartbeat a thread.
//!
//! Owns the file under the page, its lock (whoever wrote the page lives as long as the lock is held; the system lets it go
//! with the process, however that ended), and every access to the words. A beat costs its thread one load and one store of
//! a line that nobody else writes; reading the kill word is one load of a line that is almost never written.
//!
//! The file belongs in a file system of memory (`/dev/shm`): a page that is written back to a disk may hold up whoever
//! writes it.
//!
//! Never: waits, decides that somebody is dead for being slow. That is the reader's judgement.

use crate::flag::Switch;
use memmap2::MmapRaw;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// First word of the page, with its version in the last byte.
const MAGIC: u64 = u64::from_le_bytes(*b"RSPULSE\x03");
/// How files are called: `ringside-<process>.pulse`.
const SUFFIX: &str = ".pulse";
/// Threads that may have a heartbeat: a run has a handful.
pub const BEATS_MAX: usize = 16;

/// A word on a line of its own.
#[repr(C, align(64))]
#[derive(Debug, Default)]
struct Line(AtomicU64);

/// The page. Every bit pattern of it is a valid value: another process may write what it likes.
#[repr(C)]
#[derive(Debug)]
struct Words {
    magic: Line,
    kill: Line,
    facts: [Line; Fact::ALL.len()],
    beats: [Line; BEATS_MAX],
}

/// What the writer of a page says of itself: numbers, whose meaning is theirs who write and read them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Fact {
    /// The process.
    Process = 0,
    /// When it began, nanoseconds since 1970.
    StartedAt = 1,
    /// What kind of run it is.
    Kind = 2,
    /// Where in its life it is; see [`Life`].
    Life = 3,
    /// Threads that beat.
    Threads = 4,
    /// What is open.
    Open = 5,
    /// The process that watches it, 0 for none.
    Watcher = 6,
    /// Grows with each of its looks.
    Looks = 7,
    /// Which build it is.
    Build = 8,
    /// What it judges by.
    Terms = 9,
}

impl Fact {
    const ALL: [Self; 10] = [
        Self::Process,
        Self::StartedAt,
        Self::Kind,
        Self::Life,
        Self::Threads,
        Self::Open,
        Self::Watcher,
        Self::Looks,
        Self::Build,
        Self::Terms,
    ];
}

/// Where in its life a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Life {
    /// Its threads may not beat yet.
    Starting = 0,
    /// Its threads beat.
    Running = 1,
    /// It ends in order, and its threads still beat.
    Closing = 2,
    /// Its threads were told to stop, and do so one by one.
    Stopping = 3,
    /// It ended in order.
    Ended = 4,
}

impl Life {
    const fn from_word(word: u64) -> Self {
        match word {
            0 => Self::Starting,
            1 => Self::Running,
            2 => Self::Closing,
            3 => Self::Stopping,
            _ => Self::Ended,
        }
    }
}

/// A shared page.
#[derive(Debug)]
pub struct Pulse {
    map: MmapRaw,
    /// Of the owner: holds the lock. Of a reader: asks for it.
    file: File,
    path: PathBuf,
    is_owner: bool,
}

/// A thread's heartbeat.
#[derive(Clone, Debug)]
pub struct Beat {
    pulse: Arc<Pulse>,
    index: usize,
}

impl Pulse {
    /// Makes this process's page in `folder`; what dead processes left there is removed.
    ///
    /// # Errors
    /// The folder's, the file's, the mapping's.
    pub fn create(folder: &Path, kind: u64, now_ns: u64) -> io::Result<Self> {
        for path in Self::list(folder)? {
            // Gone meanwhile, or not a page: not ours to mend.
            if Self::open(&path).is_ok_and(|pulse| !pulse.is_owned()) {
                let _gone_meanwhile = fs::remove_file(&path);
            }
        }
        let path = folder.join(format!("ringside-{}{SUFFIX}", std::process::id()));
        // One of our number, of a process that is gone: a page that somebody still holds is not written over.
        let _may_not_be_there = fs::remove_file(&path);
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
        file.try_lock().map_err(io::Error::from)?;
        file.set_len(size_of::<Words>() as u64)?;
        let pulse = Self { map: MmapRaw::map_raw(&file)?, file, path, is_owner: true };
        pulse.set(Fact::Process, u64::from(std::process::id()));
        pulse.set(Fact::StartedAt, now_ns);
        pulse.set(Fact::Kind, kind);
        // Last: a reader that sees the magic sees the facts.
        pulse.words().magic.0.store(MAGIC, Ordering::Release);
        Ok(pulse)
    }

    /// Opens the page of another process.
    ///
    /// # Errors
    /// The file's, or [`io::ErrorKind::InvalidData`] if it is no page of this version.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        let found = file.metadata()?.len();
        let wanted = size_of::<Words>() as u64;
        let no_page = |text: String| io::Error::new(io::ErrorKind::InvalidData, text);
        if found != wanted {
            return Err(no_page(format!("{}: {found} bytes, a page has {wanted}", path.display())));
        }
        let pulse = Self { map: MmapRaw::map_raw(&file)?, file, path: path.to_owned(), is_owner: false };
        if pulse.words().magic.0.load(Ordering::Acquire) != MAGIC {
            return Err(no_page(format!("{}: not a page of this version", path.display())));
        }
        Ok(pulse)
    }

    /// The pages in a folder, of the living and the dead.
    ///
    /// # Errors
    /// The folder's.
    pub fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
        let mut all = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if name.starts_with("ringside-") && name.ends_with(SUFFIX) {
                all.push(path);
            }
        }
        all.sort();
        Ok(all)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the process that made it lives.
    #[must_use]
    pub fn is_owned(&self) -> bool {
        self.is_owner || is_held(&self.file)
    }

    /// Whether the process that made the file at `path` lives, of whatever version its page is.
    ///
    /// # Errors
    /// The file's.
    pub fn is_owned_at(path: &Path) -> io::Result<bool> {
        Ok(is_held(&OpenOptions::new().read(true).open(path)?))
    }

    /// The kill word, as a switch that every process with the page sees.
    #[must_use]
    pub fn kill(self: &Arc<Self>) -> Switch {
        Switch::on_page(Arc::clone(self))
    }

    /// Throws the kill word.
    pub(crate) fn set_kill(&self, on: bool) {
        self.words().kill.0.store(u64::from(on), Ordering::Release);
    }

    /// Whether the kill word is on.
    #[inline]
    #[must_use]
    pub fn is_killed(&self) -> bool {
        self.words().kill.0.load(Ordering::Acquire) != 0
    }

    /// Says a fact.
    pub fn set(&self, fact: Fact, value: u64) {
        self.words().facts[fact as usize].0.store(value, Ordering::Release);
    }

    /// A fact.
    #[must_use]
    pub fn get(&self, fact: Fact) -> u64 {
        self.words().facts[fact as usize].0.load(Ordering::Acquire)
    }

    /// Says where in its life the run is.
    pub fn set_life(&self, life: Life) {
        self.set(Fact::Life, life as u64);
    }

    /// Where in its life the run is.
    #[must_use]
    pub fn life(&self) -> Life {
        Life::from_word(self.get(Fact::Life))
    }

    /// The heartbeat of a thread; `None` for one too many.
    #[must_use]
    pub fn beat(self: &Arc<Self>, index: usize) -> Option<Beat> {
        (index < BEATS_MAX).then(|| Beat { pulse: Arc::clone(self), index })
    }

    /// How often each of the threads has beaten.
    #[must_use]
    pub fn beats(&self) -> [u64; BEATS_MAX] {
        std::array::from_fn(|index| self.words().beats[index].0.load(Ordering::Relaxed))
    }

    #[inline]
    fn words(&self) -> &Words {
        // SAFETY: the map is at least a page long and `Words` fits (the length was checked or set before it was mapped, and
        // no process shortens the file), it is aligned to a page, it lives as long as `self`, and `Words` is made of atomics
        // only, so that any bytes are a value and other processes may write at any time.
        unsafe { &*self.map.as_ptr().cast::<Words>() }
    }
}

/// Whether somebody has the lock of the file. Asking changes nothing.
fn is_held(file: &File) -> bool {
    match file.try_lock_shared() {
        Ok(()) => {
            let unlocked = file.unlock();
            debug_assert!(unlocked.is_ok(), "a lock just taken can be let go");
            false
        }
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => true,
    }
}

const _: () = assert!(size_of::<Words>() <= 4096, "a page is a page");

impl Drop for Pulse {
    fn drop(&mut self) {
        if self.is_owner {
            // An orderly end leaves nothing; what a crash leaves the next run removes.
            let _gone_already = fs::remove_file(&self.path);
        }
    }
}

impl Beat {
    /// One more. For the one thread whose heart it is.
    #[inline]
    pub fn beat(&self) {
        let word = &self.pulse.words().beats[self.index].0;
        word.store(word.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
    }
}

#[cfg(test)]
#[cfg(not(loom))]
mod tests {
    use super::*;

    /// A folder of this test's own, removed at its end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("pulse-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).expect("a folder");
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_reader_sees_beats_facts_and_throws_the_kill_word() {
        let folder = Folder::new("seen");
        let own = Arc::new(Pulse::create(&folder.0, 7, 11).expect("a page"));
        let kill = own.kill();
        let beat = own.beat(3).expect("room");
        let other = Arc::new(Pulse::open(own.path()).expect("a page"));
        assert_eq!((other.get(Fact::Kind), other.get(Fact::StartedAt)), (7, 11));
        beat.beat();
        beat.beat();
        assert_eq!((other.beats()[3], other.beats()[2]), (2, 0));
        assert_eq!(other.life(), Life::Starting);
        own.set_life(Life::Running);
        assert_eq!(other.life(), Life::Running);
        assert!(!kill.is_on());
        other.kill().set(true);
        assert!(kill.is_on());
        assert!(own.beat(BEATS_MAX).is_none());
    }

    #[test]
    fn a_page_outlives_a_crash_and_is_known_to_be_nobodys() {
        let folder = Folder::new("dead");
        let own = Pulse::create(&folder.0, 0, 0).expect("a page");
        let other = Pulse::open(own.path()).expect("a page");
        assert!(other.is_owned() && other.is_owned(), "asking changes nothing");
        let path = own.path().to_owned();
        let copy = fs::read(&path).expect("bytes");
        drop(own);
        assert!(!other.is_owned() && !path.exists(), "an orderly end takes it along");
        fs::write(folder.0.join("ringside-1.pulse"), copy).expect("left by a crash");
        fs::write(folder.0.join("ringside-2.pulse"), "no page").expect("somebody's");
        let next = Pulse::create(&folder.0, 0, 0).expect("a page");
        let left: Vec<_> = Pulse::list(&folder.0).expect("a folder");
        assert_eq!(left.len(), 2, "{left:?}: what a crash left is gone, what is no page stays");
        assert!(left.contains(&next.path().to_owned()));
        let refusal = Pulse::open(&folder.0.join("ringside-2.pulse")).expect_err("no page");
        assert_eq!(refusal.kind(), io::ErrorKind::InvalidData);
    }
}
