//! The thread that waits for the disk, so that nobody else has to.
//!
//! Owns the pages that travel to the [`segments`](super::segments) and the files' names. Group commit: whatever has gathered
//! while the last sync ran is written in one go and synced once.
//!
//! The first error is the last: after a failed sync the kernel may call lost pages clean, so a second sync would report
//! success over lost data. The thread then drops what comes, records the error, and pulls the kill switch.

use super::fence::Fence;
use super::format::Prologue;
use super::segments::{End, SEGMENT_BYTES, Segments};
use super::states::Sheet;
use super::volume::{Folder, Segment, Volume};
use crate::config::EPOCHS;
use crossbeam::channel::{Receiver, Sender, bounded};
use engine_model::planted::planted;
use engine_model::units::Nanos;
use engine_ring::clock::Clock;
use engine_ring::counter::Counter;
use engine_ring::flag::Switch;
use engine_ring::volume::Room;
use std::ffi::OsStr;
use std::fs::File;
use std::io;
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
    /// Decisions among them.
    pub(super) decisions: u64,
    /// When its first record was encoded, by the engine's clock.
    pub(super) begun_at_ns: u64,
    /// Behind its last record.
    pub(super) end: End,
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
    /// Decisions that the disk has, from the first one of the run.
    pub durable_decisions: Counter,
    /// Since when the oldest record waits that the disk is at, by the engine's clock; 0 while it is at none.
    pub waits_since_ns: Counter,
    /// The same of the page that gathers meanwhile. A group that ends late leaves one that is late already: between the two
    /// nothing may pass.
    pub gathers_since_ns: Counter,
    /// Of the disk, in percent of its size: free for us when it was last asked, at most a second ago while there is work.
    pub free_pct: Counter,
    /// 1 while the next segment is wanted and cannot be made.
    pub is_full: Counter,
    fault: OnceLock<String>,
}

/// A record that waits longer for the disk than that lets no new order pass. A sync takes some 50 us, and 30 ms at its worst.
pub const LAG_MAX_NS: u64 = 250 * Nanos::MILLI;

/// With so much of the disk free, in percent, or less, only what reduces passes.
pub const SCARCE_PCT: u64 = 5;

impl JournalGauges {
    /// For how long the oldest record waits that the disk does not have.
    #[must_use]
    pub fn waits_ns(&self, now: Nanos) -> u64 {
        let since = [&self.waits_since_ns, &self.gathers_since_ns].map(Counter::get_acquire);
        since.into_iter().filter(|since| *since > 0).min().map_or(0, |since| now.0.saturating_sub(since))
    }

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
    pub(super) clock: Clock,
    path: PathBuf,
    /// `None`: it is turned by hand.
    thread: Option<JoinHandle<()>>,
}

/// The disk of a run on one thread, which turns it: for simulations, where a sync takes as long as they say.
#[derive(Debug)]
pub struct DiskHand {
    writer: DiskThread,
    segments: Option<Segments>,
    group: Vec<Page>,
}

impl DiskHand {
    /// Does what a disk would do now: one group, if there is anything to write. Whether there was.
    pub fn turn(&mut self) -> bool {
        let Self { writer, segments, group } = self;
        group.extend(writer.pages.try_iter().take(PAGES - group.len()));
        let has_any = !group.is_empty();
        if has_any {
            writer.write(segments, group);
        }
        has_any
    }

    /// Takes what there is and does not get it done: whoever looks sees how long it waits.
    pub fn hang(&mut self) {
        let Self { writer, group, .. } = self;
        group.extend(writer.pages.try_iter().take(PAGES - group.len()));
        if let Some(first) = group.first() {
            writer.gauges.waits_since_ns.set_release(first.begun_at_ns);
        }
    }

    /// The end of a journal whose stage has said its last words.
    pub fn close(mut self) {
        while self.turn() {}
        self.writer.close(self.segments);
    }
}

/// A file made for this run, not yet written to, and the folder for those that follow.
#[derive(Debug)]
pub struct NewFile {
    volume: Box<dyn Volume>,
    file: Box<dyn Segment>,
    path: PathBuf,
    segment_bytes: u64,
    /// Of its folder.
    fence: Option<Fence>,
    /// The run's number in its folder.
    pub epoch: u32,
}

impl NewFile {
    /// Made on that volume, for the run of that number.
    pub fn on(mut volume: Box<dyn Volume>, epoch: u32) -> io::Result<Self> {
        let path = PathBuf::from(file_name(epoch));
        let file = volume.create(&file_name(epoch))?;
        Ok(Self { volume, file, path, segment_bytes: SEGMENT_BYTES, fence: None, epoch })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Sets so many bytes aside for each segment.
    #[must_use]
    pub fn with_segments_of(self, segment_bytes: u64) -> Self {
        Self { segment_bytes, ..self }
    }
}

/// The name of a run's first file.
#[must_use]
pub fn file_name(epoch: u32) -> String {
    segment_name(epoch, 0)
}

/// The name of a run's file with that number.
#[must_use]
pub fn segment_name(epoch: u32, segment: u32) -> String {
    match segment {
        0 => format!("ringside-{epoch:08}.journal"),
        _ => format!("ringside-{epoch:08}-{segment:06}.journal"),
    }
}

/// The number in the name of a run's first file; `None` for any other name, and for a number that no run can have.
#[must_use]
pub fn epoch_of(name: &OsStr) -> Option<u32> {
    segment_of(name).filter(|(_, segment)| *segment == 0).map(|(epoch, _)| epoch)
}

/// The run and the number in the name of a segment, the first one included.
#[must_use]
pub fn segment_of(name: &OsStr) -> Option<(u32, u32)> {
    let numbers = name.to_str()?.strip_prefix("ringside-")?.strip_suffix(".journal")?;
    let (epoch, segment) = match numbers.split_once('-') {
        Some((epoch, segment)) => (epoch, segment.parse().ok().filter(|number: &u32| *number > 0)?),
        None => (numbers, 0),
    };
    let epoch = epoch.parse().ok().filter(|epoch: &u32| *epoch < EPOCHS)?;
    Some((epoch, segment))
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
    let mut volume = Folder::open(directory)?;
    let epoch = match epoch {
        Epoch::Exactly(epoch) => epoch,
        Epoch::AtLeast(least) => match latest_epoch(directory)? {
            Some(latest) if latest + 1 >= EPOCHS => {
                let told = "has the last number of a run; move it away, or name a free number";
                return Err(io::Error::other(format!("{} {told}", directory.join(file_name(latest)).display())));
            }
            latest if planted("recovery/number-of-a-run-used-again") => latest.unwrap_or(least),
            latest => latest.map_or(least, |latest| least.max(latest + 1)),
        },
    };
    let path = directory.join(file_name(epoch));
    let file = volume.create(&file_name(epoch)).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            let told = "is there already, and its run's order ids are never used again; name another number";
            io::Error::new(error.kind(), format!("{} {told}", path.display()))
        }
        _ => error,
    })?;
    let fence = Some(Fence::of(directory));
    Ok(NewFile { volume: Box::new(volume), file, path, segment_bytes: SEGMENT_BYTES, fence, epoch })
}

/// The highest number of a run in the folder; none where there is no run, or no folder.
///
/// # Errors
/// What the system says.
pub fn latest_epoch(directory: &Path) -> io::Result<Option<u32>> {
    let entries = match std::fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        entries => entries?,
    };
    let mut latest = None;
    for entry in entries {
        latest = latest.max(segment_of(&entry?.file_name()).map(|(epoch, _)| epoch));
    }
    Ok(latest)
}

impl Disk {
    /// Writes the prologue, syncs it, and starts the thread.
    pub fn start(new: NewFile, prologue: &Prologue, clock: Clock, kill: Switch) -> io::Result<Self> {
        let (disk, DiskHand { writer, segments, .. }) = Self::by_hand(new, prologue, clock, kill)?;
        let thread = std::thread::Builder::new().name("journal-disk".into()).spawn(move || writer.run(segments))?;
        Ok(Self { thread: Some(thread), ..disk })
    }

    /// The same without a thread: nothing is on the disk before the hand is turned.
    pub fn by_hand(new: NewFile, prologue: &Prologue, clock: Clock, kill: Switch) -> io::Result<(Self, DiskHand)> {
        let segments = Segments::begin(new.volume, new.file, prologue, new.segment_bytes)?;
        let (to_disk, pages) = bounded::<Page>(PAGES);
        let (back, free) = bounded::<Page>(PAGES);
        for _ in 0..PAGES {
            back.send(Page::default()).map_err(|_| io::ErrorKind::BrokenPipe)?;
        }
        let gauges = Arc::new(JournalGauges::default());
        gauges.free_pct.set(100); // until the disk is asked
        let fence = new.fence.map(|fence| (fence, new.epoch));
        let writer = DiskThread {
            gauges: gauges.clone(),
            clock: clock.clone(),
            kill,
            pages,
            back,
            looked_at_ns: 0,
            fence,
            spare: spare(),
        };
        let hand = DiskHand { writer, segments: Some(segments), group: Vec::with_capacity(PAGES) };
        Ok((Self { to_disk, free, gauges, clock, path: new.path, thread: None }, hand))
    }

    /// The first file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it has done.
    #[must_use]
    pub fn gauges(&self) -> Arc<JournalGauges> {
        Arc::clone(&self.gauges)
    }

    /// Nothing that was handed over is on its way: every page is back, but the one that is being filled.
    pub(super) fn is_idle(&self) -> bool {
        self.free.len() + 1 >= PAGES
    }

    /// Waits until everything handed over is on the disk (or the disk has failed).
    pub(super) fn close(self) {
        drop(self.to_disk);
        drop(self.free);
        // A panic of the thread has left its mark in the process' panic output; there is nothing more to save here.
        let _ = self.thread.map(JoinHandle::join);
    }
}

impl Default for Page {
    fn default() -> Self {
        Self {
            bytes: Vec::with_capacity(PAGE_BYTES),
            oldest_at_ns: 0,
            records: 0,
            decisions: 0,
            begun_at_ns: 0,
            end: End::default(),
            sheet: Sheet::default(),
        }
    }
}

impl Page {
    /// As it was before anything was written on it.
    fn clear(&mut self) {
        self.bytes.clear();
        self.sheet.clear();
        (self.oldest_at_ns, self.records, self.decisions, self.begun_at_ns) = (0, 0, 0, 0);
    }
}

#[derive(Debug)]
struct DiskThread {
    gauges: Arc<JournalGauges>,
    clock: Clock,
    kill: Switch,
    pages: Receiver<Page>,
    back: Sender<Page>,
    looked_at_ns: u64,
    /// Behind which this run is over, and its number.
    fence: Option<(Fence, u32)>,
    /// See [`Self::kept`].
    spare: Option<File>,
}

/// The disk is asked for its room at most so often, and so soon again for the next segment that it had no room for.
const LOOK_EVERY_NS: u64 = Nanos::SECOND;

impl DiskThread {
    fn run(mut self, mut segments: Option<Segments>) {
        let mut group = Vec::with_capacity(PAGES);
        while let Ok(page) = self.pages.recv() {
            group.push(page);
            group.extend(self.pages.try_iter().take(PAGES - 1));
            self.write(&mut segments, &mut group);
        }
        self.close(segments);
    }

    /// Writes a group, and gives its pages back. `segments`: gone after the first error.
    fn write(&mut self, segments: &mut Option<Segments>, group: &mut Vec<Page>) {
        if let Some(mut writing) = segments.take() {
            self.gauges.waits_since_ns.set_release(group[0].begun_at_ns);
            // Before the disk has a word of this group, and before anybody is told that it has: whoever froze in between and
            // was taken over meanwhile tells nobody, so no order that waits for it leaves.
            let fenced = || self.fence.as_ref().map_or(Ok(()), |(fence, epoch)| fence.check(*epoch));
            let committed = fenced().and_then(|()| writing.commit(group)).and_then(|()| fenced());
            let committed = committed.map(|()| self.count(group));
            match committed.and_then(|()| self.look(&mut writing)) {
                Ok(()) => *segments = Some(writing),
                Err(error) if planted("journal/goes-on-after-an-error") => drop(error),
                Err(error) => self.fail(&error),
            }
            self.gauges.waits_since_ns.set_release(0);
        }
        // Also where the journal failed: a halt is to outlive that. Each is whole, so the last one says it all.
        if let Some(page) = group.iter().rfind(|page| page.sheet.is_due())
            && let Err(error) = self.kept(&page.sheet)
        {
            self.gauges.tell_fault(&format!("trading states: {error}"));
        }
        for mut page in group.drain(..) {
            page.clear();
            // The stage is gone once the receiving side is closed: the page may go too.
            let _ = self.back.send(page);
        }
    }

    /// Writes a sheet. Connections that come and go may have taken every file that the process may have open: it is the one
    /// kept for this that is given up then, for as long.
    fn kept(&mut self, sheet: &Sheet) -> io::Result<()> {
        match sheet.write() {
            Err(error) if is_no_file(&error) && self.spare.take().is_some() => {
                let written = sheet.write();
                self.spare = spare();
                written
            }
            written => written,
        }
    }

    fn close(&self, segments: Option<Segments>) {
        if let Some(Err(error)) = segments.map(Segments::close) {
            self.fail(&error);
        }
    }

    /// How much room there is, and the next segment where it is wanted. No room is no failure yet: it is told, and whoever
    /// runs the engine lets no more orders pass. Any other error is the last.
    fn look(&mut self, segments: &mut Segments) -> io::Result<()> {
        let now_ns = self.clock.now();
        let is_due = now_ns.saturating_sub(self.looked_at_ns) >= LOOK_EVERY_NS;
        if is_due {
            self.looked_at_ns = now_ns;
            if let Ok(Room { free, total }) = segments.volume().room() {
                self.gauges.free_pct.set(free.saturating_mul(100) / total.max(1));
            }
        }
        let is_full = &self.gauges.is_full;
        if !segments.wants_next() {
            is_full.set(0);
        } else if is_due || is_full.get() == 0 {
            match segments.prepare() {
                Ok(()) => is_full.set(0),
                Err(error) if is_no_room(&error) => is_full.set(u64::from(!planted("journal/full-disk-untold"))),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn count(&self, group: &[Page]) {
        let now_ns = self.clock.now();
        for page in group {
            self.gauges.durable.add(page.records);
            self.gauges.durable_decisions.set_release(self.gauges.durable_decisions.get() + page.decisions);
            self.gauges.bytes.add(page.bytes.len() as u64);
            if page.oldest_at_ns > 0 {
                self.gauges.lag_max_ns.raise_to(now_ns.saturating_sub(page.oldest_at_ns));
            }
        }
    }

    fn fail(&self, error: &io::Error) {
        self.kill.set(true);
        self.gauges.fault.get_or_init(|| error.to_string());
    }
}

/// A file that is open for nothing but to be given up.
fn spare() -> Option<File> {
    File::open("/dev/null").ok()
}

/// Whether the process, or the system, may have no further file open.
fn is_no_file(error: &io::Error) -> bool {
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    matches!(error.raw_os_error(), Some(ENFILE | EMFILE))
}

fn is_no_room(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

#[cfg(test)]
mod tests {
    use super::super::simulated::{Faults, SimulatedDisk};
    use super::super::states::StatesFile;
    use super::*;
    use crate::test_instruments::instruments;
    use engine_model::limit::{Scope, TradingState};

    #[test]
    fn a_full_disk_pulls_the_kill_switch_says_why_and_gives_its_pages_back() {
        let (to_disk, pages) = bounded(PAGES);
        let (back, free) = bounded(PAGES);
        let (gauges, kill) = (Arc::new(JournalGauges::default()), Switch::new());
        // Room for a segment, and none for the next.
        let mut disk = SimulatedDisk::new(Faults { room_bytes: Some(300), ..Faults::default() });
        let first = disk.create(&file_name(1)).expect("made");
        let prologue = Prologue { epoch: 1, ..Prologue::default() };
        let segments = Segments::begin(Box::new(disk), first, &prologue, 300).expect("room for one");
        let (clock, looked_at_ns) = (Clock::machine(), 0);
        let thread = DiskThread {
            gauges: gauges.clone(),
            clock,
            kill: kill.clone(),
            pages,
            back,
            looked_at_ns,
            fence: None,
            spare: None,
        };
        let path = std::env::temp_dir().join(format!("ringside-full-disk-{}", std::process::id()));
        let open = || StatesFile::open(&path, &instruments()).expect("readable");
        for state in [None, Some(TradingState::Halted), None] {
            let (mut file, mut sheet) = (open(), Sheet::default());
            if state.is_some_and(|state| file.set(Scope::Whole, state)) {
                file.fill(&mut sheet);
            }
            to_disk.send(Page { bytes: vec![1; 100], records: 2, sheet, ..Page::default() }).expect("room");
        }
        drop(to_disk);
        thread.run(Some(segments));
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

    /// A thread's life with that many pages, on a disk of such faults; what it leaves behind.
    fn lived(faults: Faults, pages: usize) -> (Arc<JournalGauges>, Switch) {
        let (to_disk, received) = bounded(PAGES);
        let (back, _free) = bounded(PAGES);
        let (gauges, kill) = (Arc::new(JournalGauges::default()), Switch::new());
        let mut disk = SimulatedDisk::new(faults);
        let first = disk.create(&file_name(1)).expect("made");
        let prologue = Prologue { epoch: 1, ..Prologue::default() };
        let segments = Segments::begin(Box::new(disk), first, &prologue, 1_000).expect("room for one");
        let clock = Clock::machine();
        let thread = DiskThread {
            gauges: gauges.clone(),
            clock,
            kill: kill.clone(),
            pages: received,
            back,
            looked_at_ns: 0,
            fence: None,
            spare: None,
        };
        (0..pages)
            .for_each(|_| to_disk.send(Page { bytes: vec![1; 600], records: 1, ..Page::default() }).expect("room"));
        drop(to_disk);
        thread.run(Some(segments));
        (gauges, kill)
    }

    #[test]
    fn only_want_of_room_is_a_full_disk_and_any_other_error_about_the_next_segment_ends_the_journal() {
        let (gauges, kill) = lived(Faults { room_bytes: Some(1_500), ..Faults::default() }, 1);
        assert_eq!((gauges.is_full.get(), kill.is_on(), gauges.fault()), (1, false, None));
        let (gauges, kill) = lived(Faults { create_fails_at: Some(1), ..Faults::default() }, 1);
        assert_eq!((gauges.is_full.get(), gauges.durable.get(), kill.is_on()), (0, 1, true));
        let fault = gauges.fault().expect("told");
        assert!(fault.contains("ringside-00000001-000001.journal") && fault.contains("Input/output"), "{fault}");
        let both = Faults { room_bytes: Some(1_500), remove_fails_at: Some(0), ..Faults::default() };
        let (gauges, kill) = lived(both, 1);
        assert!(kill.is_on() && gauges.fault().is_some_and(|fault| fault.contains("Input/output")));
    }

    #[test]
    fn names_tell_run_and_segment_and_nothing_else_is_one() {
        for place in [(5, 0), (5, 1), (16_777_215, 1_234_567)] {
            assert_eq!(segment_of(OsStr::new(&segment_name(place.0, place.1))), Some(place));
        }
        for name in ["ringside-16777216.journal", "ringside-1-0.journal", "ringside-1-x.journal", "notes.journal"] {
            assert_eq!(segment_of(OsStr::new(name)), None, "{name}");
        }
        assert_eq!(epoch_of(OsStr::new("ringside-00000005-000001.journal")), None, "not where a run begins");
    }
}
