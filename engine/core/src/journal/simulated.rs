//! A disk that is simulated: it fails where it is told to, and forgets like a real one when the power goes.
//!
//! Owns the files, what of them is on the disk, and what only seems to be. For tests and simulations of a whole system;
//! time is theirs: a slow disk is one that calls them while it syncs.
//! Never: draws a number itself.

#![expect(clippy::disallowed_types, reason = "a disk is no stage: each of its files is another hand on it")]

use super::volume::{Segment, Volume};
use engine_ring::volume::Room;
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes that a disk writes whole or not at all.
const SECTOR: usize = 512;
/// The size of a disk that nobody said the size of: a pebibyte.
const ROOM_BYTES: u64 = 1 << 50;
/// Input/output error.
const EIO: i32 = 5;
/// No space left on device.
const ENOSPC: i32 = 28;

/// What is wrong with the disk.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    /// The write of that number, from 0, writes half of its bytes and fails.
    pub write_fails_at: Option<u64>,
    /// The sync of that number, from 0, fails, and what was to be synced is lost in part.
    pub sync_fails_at: Option<u64>,
    /// The making of a file of that number, from 0, fails, and there is none.
    pub create_fails_at: Option<u64>,
    /// The taking away of a file of that number, from 0, fails, and it is still there.
    pub remove_fails_at: Option<u64>,
    /// Bytes that files may have in all.
    pub room_bytes: Option<u64>,
    /// A sync says that all is well and does nothing: what a test of durability must notice.
    pub lies: bool,
}

/// The disk. A clone is another hand on the same one.
#[derive(Clone)]
pub struct SimulatedDisk(Arc<Mutex<State>>);

/// Files by name.
pub type Files = BTreeMap<String, Vec<u8>>;

#[derive(Default)]
struct State {
    files: BTreeMap<String, File>,
    faults: Faults,
    writes: u64,
    syncs: u64,
    creates: u64,
    removes: u64,
    pass: Option<Box<dyn FnMut() + Send>>,
}

#[derive(Clone, Debug, Default)]
struct File {
    durable: Vec<u8>,
    /// Reserved since the last sync.
    length: usize,
    /// Written since the last sync.
    unsynced: Vec<(usize, Vec<u8>)>,
}

impl fmt::Debug for SimulatedDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        write!(f, "{} files, {} writes, {} syncs, {:?}", state.files.len(), state.writes, state.syncs, state.faults)
    }
}

impl SimulatedDisk {
    /// An empty one.
    #[must_use]
    pub fn new(faults: Faults) -> Self {
        Self(Arc::new(Mutex::new(State { faults, ..State::default() })))
    }

    /// Calls `pass` in each sync from now on: time passes there.
    pub fn slow_down(&self, pass: impl FnMut() + Send + 'static) {
        self.state().pass = Some(Box::new(pass));
    }

    /// Changes what is wrong with it, from now on.
    pub fn fail_by(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut self.state().faults);
    }

    /// Bytes that its files have, and syncs so far.
    #[must_use]
    pub fn used(&self) -> (u64, u64) {
        let state = self.state();
        (state.used(), state.syncs)
    }

    /// What is there after the process was killed: the system has all that was written.
    #[must_use]
    pub fn after_kill(&self) -> Files {
        self.left(|file, _| file.flush(|_| true), |_| 0)
    }

    /// What is there after the power went: of what was not synced any sector may have been written or not. `below` draws a
    /// number from 0 to below the one given.
    #[must_use]
    pub fn after_power_cut(&self, below: impl FnMut(u64) -> u64) -> Files {
        self.left(
            |file, below| {
                file.length = below(file.length as u64 + 1) as usize;
                file.flush(|_| below(2) == 0);
            },
            below,
        )
    }

    fn left<B: FnMut(u64) -> u64>(&self, mut settle: impl FnMut(&mut File, &mut B), mut below: B) -> Files {
        let files = self.state().files.clone();
        let settled = |(name, mut file): (String, File)| {
            settle(&mut file, &mut below);
            (name, file.durable)
        };
        files.into_iter().map(settled).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl File {
    /// Brings what was not synced to the disk, sector by sector, where `is_kept` says so.
    fn flush(&mut self, mut is_kept: impl FnMut(usize) -> bool) {
        self.grow(self.length);
        for (offset, bytes) in std::mem::take(&mut self.unsynced) {
            let mut from = 0;
            while from < bytes.len() {
                let at = offset + from;
                let until = bytes.len().min(from + SECTOR - at % SECTOR);
                if is_kept(at / SECTOR) {
                    self.grow(offset + until);
                    self.durable[at..offset + until].copy_from_slice(&bytes[from..until]);
                }
                from = until;
            }
        }
    }

    fn grow(&mut self, length: usize) {
        if self.durable.len() < length {
            self.durable.resize(length, 0);
        }
    }

    fn size(&self) -> usize {
        let written = self.unsynced.iter().map(|(offset, bytes)| offset + bytes.len()).max();
        self.durable.len().max(self.length).max(written.unwrap_or(0))
    }
}

impl State {
    fn used(&self) -> u64 {
        self.files.values().map(|file| file.size() as u64).sum()
    }

    fn has_room(&self, name: &str, length: usize) -> io::Result<()> {
        let own = self.files.get(name).map_or(0, File::size);
        let more = length.saturating_sub(own) as u64;
        match self.faults.room_bytes {
            Some(room) if more > 0 && self.used() + more > room => Err(io::Error::from_raw_os_error(ENOSPC)),
            _ => Ok(()),
        }
    }

    fn file(&mut self, name: &str) -> io::Result<&mut File> {
        self.files.get_mut(name).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Volume for SimulatedDisk {
    fn create(&mut self, name: &str) -> io::Result<Box<dyn Segment>> {
        let mut state = self.state();
        if state.files.contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        state.creates += 1;
        if state.faults.create_fails_at == Some(state.creates - 1) {
            return Err(io::Error::from_raw_os_error(EIO));
        }
        state.files.insert(name.to_owned(), File::default());
        Ok(Box::new(SimulatedFile { disk: self.clone(), name: name.to_owned() }))
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        let mut state = self.state();
        state.removes += 1;
        if state.faults.remove_fails_at == Some(state.removes - 1) {
            return Err(io::Error::from_raw_os_error(EIO));
        }
        state.files.remove(name).map(|_| ()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn room(&self) -> io::Result<Room> {
        let state = self.state();
        let total = state.faults.room_bytes.unwrap_or(ROOM_BYTES);
        Ok(Room { free: total.saturating_sub(state.used()), total })
    }
}

#[derive(Debug)]
struct SimulatedFile {
    disk: SimulatedDisk,
    name: String,
}

impl Segment for SimulatedFile {
    fn reserve(&mut self, bytes: u64) -> io::Result<()> {
        let (mut state, length) = (self.disk.state(), bytes as usize);
        state.has_room(&self.name, length)?;
        let file = state.file(&self.name)?;
        file.length = file.length.max(length);
        Ok(())
    }

    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut state = self.disk.state();
        state.has_room(&self.name, offset as usize + bytes.len())?;
        let fails = state.faults.write_fails_at == Some(state.writes);
        state.writes += 1;
        let written = if fails { bytes.len() / 2 } else { bytes.len() };
        state.file(&self.name)?.unsynced.push((offset as usize, bytes[..written].to_vec()));
        if fails { Err(io::Error::from_raw_os_error(EIO)) } else { Ok(()) }
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.disk.state();
        let (number, lies) = (state.syncs, state.faults.lies);
        state.syncs += 1;
        if let Some(pass) = &mut state.pass {
            pass();
        }
        let fails = state.faults.sync_fails_at == Some(number);
        let file = state.file(&self.name)?;
        if fails {
            // Every other sector is lost, and no later sync brings it back.
            file.flush(|sector| sector % 2 == 0);
            return Err(io::Error::from_raw_os_error(EIO));
        }
        if !lies {
            file.flush(|_| true);
        }
        Ok(())
    }

    fn truncate(&mut self, bytes: u64) -> io::Result<()> {
        self.sync()?;
        let mut state = self.disk.state();
        let file = state.file(&self.name)?;
        file.durable.truncate(bytes as usize);
        file.length = file.length.min(bytes as usize);
        Ok(())
    }
}
