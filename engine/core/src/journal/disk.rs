//! The thread that waits for the disk, so that nobody else has to.
//!
//! Owns the file and the pages that travel to it. Group commit: whatever has gathered while the last sync ran is written
//! in one go and synced once.
//!
//! The first error is the last: after a failed sync the kernel may call lost pages clean, so a second sync would report
//! success over lost data. The thread then drops what comes, records the error, and pulls the kill switch.

use super::format::Prologue;
use super::states::Sheet;
use crate::config::EPOCHS;
use crossbeam::channel::{Receiver, Sender, bounded};
use engine_ring::clock::Clock;
use engine_ring::counter::Counter;
use engine_ring::flag::Switch;
use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;

/// A page of records on its way to the disk.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) bytes: Vec<u8>,
    /// When its first event reached us; 0 while it has none.
    pub(super) oldest_at_ns: u64,
    pub(super) records: u64,
    /// The trading states and losses as its records leave them, where they changed: on the disk right behind it.
    pub(super) sheet: Sheet,
}

/// Bytes in a page: at a normal rate (10,000 records of about 100 bytes a second) a page carries a quarter of a second.
pub(super) const PAGE_BYTES: usize = 256 << 10;
/// Pages: 16 MiB, some ten seconds of a busy market while the disk does nothing at all.
pub(super) const PAGES: usize = 64;

/// What the journal has done; one writer for each counter, any readers.
#[derive(Debug, Default)]
pub struct JournalGauges {
    /// Records that the disk has.
    pub durable: Counter,
    /// Bytes that the disk has.
    pub bytes: Counter,
    /// Longest time from an event's arrival to its being durable.
    pub lag_max_ns: Counter,
    /// Records encoded, durable or not.
    pub encoded: Counter,
    fault: OnceLock<String>,
}

impl JournalGauges {
    /// What the disk said when it failed, if it did.
    #[must_use]
    pub fn fault(&self) -> Option<&str> {
        self.fault.get().map(String::as_str)
    }

    /// Says what else could not be written; the first fault is the one that is told.
    pub(super) fn tell_fault(&self, fault: &str) {
        self.fault.get_or_init(|| fault.to_owned());
    }
}

/// The journal file of one run.
#[derive(Debug)]
pub struct Disk {
    pub(super) to_disk: Sender<Page>,
    pub(super) free: Receiver<Page>,
    pub(super) gauges: Arc<JournalGauges>,
    path: PathBuf,
    thread: JoinHandle<()>,
}

/// A file made for this run, not yet written to.
#[derive(Debug)]
pub struct NewFile {
    file: File,
    path: PathBuf,
    /// The run's number in its folder.
    pub epoch: u32,
}

impl NewFile {
    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The name of a run's file.
#[must_use]
pub fn file_name(epoch: u32) -> String {
    format!("ringside-{epoch:08}.journal")
}

/// The number in the name of a run's file; `None` for any other name, and for a number that no run can have.
#[must_use]
pub fn epoch_of(name: &OsStr) -> Option<u32> {
    let number = name.to_str()?.strip_prefix("ringside-")?.strip_suffix(".journal")?.parse().ok();
    number.filter(|epoch| *epoch < EPOCHS)
}

/// The number of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Epoch {
    /// That one, or none.
    Exactly(u32),
    /// That one, or one more than the highest in the folder if that is higher.
    AtLeast(u32),
}

/// Makes a run's file in `directory`. Client order ids carry the number, and an existing file is never opened for writing,
/// so no id is used again. The folder itself is synced, so that the name survives a power cut.
///
/// # Errors
/// What the system says; and when the number is taken, or the folder holds the last number there is.
pub fn create(directory: &Path, epoch: Epoch) -> io::Result<NewFile> {
    std::fs::create_dir_all(directory)?;
    let epoch = match epoch {
        Epoch::Exactly(epoch) => epoch,
        Epoch::AtLeast(least) => match latest_epoch(directory)? {
            Some(latest) if latest + 1 >= EPOCHS => {
                let told = "has the last number of a run; move it away, or name a free number";
                return Err(io::Error::other(format!("{} {told}", directory.join(file_name(latest)).display())));
            }
            latest => latest.map_or(least, |latest| least.max(latest + 1)),
        },
    };
    let path = directory.join(file_name(epoch));
    let file = OpenOptions::new().write(true).create_new(true).open(&path).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            let told = "is there already, and its run's order ids are never used again; name another number";
            io::Error::new(error.kind(), format!("{} {told}", path.display()))
        }
        _ => error,
    })?;
    File::open(directory)?.sync_all()?;
    Ok(NewFile { file, path, epoch })
}

fn latest_epoch(directory: &Path) -> io::Result<Option<u32>> {
    let mut latest = None;
    for entry in std::fs::read_dir(directory)? {
        latest = latest.max(epoch_of(&entry?.file_name()));
    }
    Ok(latest)
}

impl Disk {
    /// Writes the prologue, syncs it, and starts the thread.
    pub fn start(mut new: NewFile, prologue: &Prologue, clock: Clock, kill: Switch) -> io::Result<Self> {
        new.file.write_all(&prologue.encode())?;
        new.file.sync_all()?;
        let (to_disk, pages) = bounded::<Page>(PAGES);
        let (back, free) = bounded::<Page>(PAGES);
        for _ in 0..PAGES {
            let page =
                Page { bytes: Vec::with_capacity(PAGE_BYTES), oldest_at_ns: 0, records: 0, sheet: Sheet::default() };
            back.send(page).map_err(|_| io::ErrorKind::BrokenPipe)?;
        }
        let gauges = Arc::new(JournalGauges::default());
        let writer = DiskThread { file: new.file, gauges: gauges.clone(), clock, kill, pages, back, failed: false };
        let thread = std::thread::Builder::new().name("journal-disk".into()).spawn(move || writer.run())?;
        Ok(Self { to_disk, free, gauges, path: new.path, thread })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Waits until everything handed over is on the disk (or the disk has failed).
    pub(super) fn close(self) {
        drop(self.to_disk);
        drop(self.free);
        // A panic of the thread has left its mark in the process' panic output; there is nothing more to save here.
        let _ = self.thread.join();
    }
}

struct DiskThread {
    file: File,
    gauges: Arc<JournalGauges>,
    clock: Clock,
    kill: Switch,
    pages: Receiver<Page>,
    back: Sender<Page>,
    failed: bool,
}

impl DiskThread {
    fn run(mut self) {
        let mut group = Vec::with_capacity(PAGES);
        while let Ok(page) = self.pages.recv() {
            group.push(page);
            group.extend(self.pages.try_iter().take(PAGES - 1));
            if !self.failed {
                match self.commit(&group) {
                    Ok(()) => self.count(&group),
                    Err(error) => self.fail(&error),
                }
            }
            // Also where the journal failed: a halt is to outlive that. Each is whole, so the last one says it all.
            if let Some(page) = group.iter().rfind(|page| page.sheet.is_due())
                && let Err(error) = page.sheet.write()
            {
                self.gauges.tell_fault(&format!("trading states: {error}"));
            }
            for mut page in group.drain(..) {
                page.bytes.clear();
                page.sheet.clear();
                page.records = 0;
                page.oldest_at_ns = 0;
                // The stage is gone once the receiving side is closed: the page may go too.
                let _ = self.back.send(page);
            }
        }
    }

    fn commit(&mut self, group: &[Page]) -> io::Result<()> {
        for page in group {
            self.file.write_all(&page.bytes)?;
        }
        self.file.sync_data()
    }

    fn count(&self, group: &[Page]) {
        let now_ns = self.clock.now();
        for page in group {
            self.gauges.durable.add(page.records);
            self.gauges.bytes.add(page.bytes.len() as u64);
            if page.oldest_at_ns > 0 {
                self.gauges.lag_max_ns.raise_to(now_ns.saturating_sub(page.oldest_at_ns));
            }
        }
    }

    fn fail(&mut self, error: &io::Error) {
        self.failed = true;
        self.kill.set(true);
        self.gauges.fault.get_or_init(|| error.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::super::states::StatesFile;
    use super::*;
    use crate::test_instruments::instruments;
    use engine_model::limit::{Scope, TradingState};

    #[test]
    fn a_full_disk_pulls_the_kill_switch_says_why_and_gives_its_pages_back() {
        let (to_disk, pages) = bounded(PAGES);
        let (back, free) = bounded(PAGES);
        let (gauges, kill) = (Arc::new(JournalGauges::default()), Switch::new());
        // Opens like any file, and answers every write with "no space left on device".
        let file = OpenOptions::new().write(true).open("/dev/full").expect("every Linux has it");
        let (clock, failed) = (Clock::machine(), false);
        let thread = DiskThread { file, gauges: gauges.clone(), clock, kill: kill.clone(), pages, back, failed };
        let path = std::env::temp_dir().join(format!("ringside-full-disk-{}", std::process::id()));
        let open = || StatesFile::open(&path, &instruments()).expect("readable");
        for state in [None, Some(TradingState::Halted), None] {
            let (mut file, mut sheet) = (open(), Sheet::default());
            if state.is_some_and(|state| file.set(Scope::Whole, state)) {
                file.fill(&mut sheet);
            }
            to_disk.send(Page { bytes: vec![1; 100], oldest_at_ns: 1, records: 2, sheet }).expect("room");
        }
        drop(to_disk);
        thread.run();
        assert_eq!(
            open().states(),
            [(Scope::Whole, TradingState::Halted)],
            "a halt is written whatever the journal is"
        );
        std::fs::remove_file(&path).expect("written");
        assert!(kill.is_on(), "what cannot be written down is not traded on");
        assert!(gauges.fault().is_some_and(|fault| fault.contains("No space left")), "{:?}", gauges.fault());
        assert_eq!((gauges.durable.get(), gauges.bytes.get()), (0, 0));
        assert_eq!(free.try_iter().filter(|page| page.bytes.is_empty()).count(), 3);
    }
}
