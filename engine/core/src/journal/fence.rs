//! The fence of a folder of journals: runs below its number are over, whatever they themselves think.
//!
//! Whoever takes over raises it before anything else. A run looks at it before each group that it writes, so one that was
//! taken over ends by the name `FENCED` at its next word. It stays: a folder whose newest run is below its fence was taken
//! over from elsewhere, and no run begins in it.
//!
//! One at a time raises it, and none while a run begins in the folder: of two who take over from one run only the first does,
//! and nobody takes over from a run behind which another has begun.
//!
//! Owns the file, and the lock beside it. Never: lowers it; takes a fence that cannot be read for none; waits for the lock.

use super::disk::latest_epoch;
use engine_model::planted::planted;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// What a run that was taken over ends with.
pub const FENCED: &str = "FENCED";
/// The name of the file.
const NAME: &str = "fence";
/// The end of the name of the one that is locked while it is raised, or while a run begins.
const LOCK: &str = "lock";
/// Its first line.
const TITLE: &str = "ringside fence 1";

/// The fence of one folder.
#[derive(Clone, Debug)]
pub struct Fence(PathBuf);

/// Who takes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taker {
    /// The number of the run that is not over any more.
    pub run: u32,
    /// Whose that is: another's number, so that the same two who ask twice are told apart from two who have one number.
    pub by: u64,
}

/// Held while a run begins: nobody raises the fence meanwhile.
#[derive(Debug)]
#[must_use]
pub struct Held {
    /// Its lock goes with it.
    _file: File,
}

impl Fence {
    /// That of the journals in a folder.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        Self(folder.join(NAME))
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The first run that is not over; `None`: nobody ever took over.
    ///
    /// # Errors
    /// When it cannot be read, or is not what was written.
    pub fn run(&self) -> io::Result<Option<u32>> {
        Ok(self.read()?.map(|taker| taker.run))
    }

    fn read(&self) -> io::Result<Option<Taker>> {
        // Asked before each group, and nearly always there is none: that takes no descriptor, of which none may be left.
        match std::fs::metadata(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            found => found?,
        };
        let text = std::fs::read_to_string(&self.0)?;
        let told = || format!("{} is not what was written: {FENCED}", self.0.display());
        parse(&text).map(Some).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, told()))
    }

    /// The run `over` and those before it are over: on the disk when this returns. Who asks once more is answered the same.
    ///
    /// # Errors
    /// When another took over from that run already, or a newer one has begun in the folder; when another is at it, or a run
    /// is just beginning; what the disk says. The fence of before stands.
    pub fn raise(&self, over: u32, taker: Taker) -> io::Result<()> {
        let refused = |why: String| Err(io::Error::other(why));
        if taker.run <= over {
            return refused(format!("run {} cannot take over from run {over}: its number is not above it", taker.run));
        }
        let _held = self.lock(|file| file.try_lock())?;
        match self.read()? {
            Some(found) if found == taker => return Ok(()),
            Some(Taker { run, .. }) if run > over && !planted("standby/fence-raised-twice") => {
                return refused(format!(
                    "run {over} was taken over already, by run {run}; if that one did not begin, remove {} and ask again",
                    self.0.display()
                ));
            }
            _ => {}
        }
        let latest = latest_epoch(self.folder())?;
        if latest != Some(over) && !planted("standby/fence-over-a-newer-run") {
            return refused(match latest {
                Some(latest) if latest > over => format!("a newer run has begun here, run {latest}: follow it first"),
                _ => format!("{} does not hold run {over}", self.folder().display()),
            });
        }
        // Who is at it alone has the name alone; what one that was killed left of it is written over.
        let fresh = self.0.with_extension("new");
        let mut file = File::create(&fresh)?;
        file.write_all(written(taker).as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&fresh, &self.0)?;
        File::open(self.folder())?.sync_all()
    }

    /// Nobody raises it as long as that is held: what a run found of it before it began still holds when it has.
    ///
    /// # Errors
    /// When it is being raised just now; what the system says.
    pub fn hold(&self) -> io::Result<Held> {
        self.lock(|file| file.try_lock_shared())
    }

    fn lock(&self, lock: impl FnOnce(&File) -> Result<(), TryLockError>) -> io::Result<Held> {
        let path = self.0.with_extension(LOCK);
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path)?;
        match lock(&file) {
            Ok(()) => Ok(Held { _file: file }),
            Err(TryLockError::WouldBlock) => Err(io::Error::new(
                io::ErrorKind::WouldBlock,
                format!("{}: a run is just being taken over here, or is just beginning: ask again", path.display()),
            )),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn folder(&self) -> &Path {
        self.0.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    /// By whom a run of that number was taken over; `None`: it may write on.
    ///
    /// # Errors
    /// What is wrong with the fence. That says of no run that it was taken over, and lets none pass.
    pub fn over(&self, epoch: u32) -> io::Result<Option<u32>> {
        Ok(self.run()?.filter(|fence| *fence > epoch && !planted("standby/fence-not-looked-at")))
    }

    /// Whether a run of that number may write on.
    ///
    /// # Errors
    /// `FENCED` and by whom; what is wrong with the fence: who cannot read it does not pass it.
    pub fn check(&self, epoch: u32) -> io::Result<()> {
        self.over(epoch)?.map_or(Ok(()), |fence| Err(io::Error::other(taken_over(epoch, fence))))
    }

    /// Whether it was raised by a run of another folder: none of this one has come so far.
    ///
    /// # Errors
    /// What is wrong with the fence.
    pub fn is_of_elsewhere(&self, latest: Option<u32>) -> io::Result<Option<u32>> {
        Ok(self.run()?.filter(|fence| latest.is_none_or(|latest| latest < *fence)))
    }
}

/// The number of a run that takes over from `old`: above it, and not below what the clock says (`least`). No id that the old
/// one gave, and none that it may still give, is one of the new run's.
#[must_use]
pub fn number_after(old: u32, least: u32) -> u32 {
    if planted("standby/number-of-the-old-run") {
        return old;
    }
    least.max(old + 1)
}

/// What a run that was taken over is told.
#[must_use]
pub fn taken_over(epoch: u32, by: u32) -> String {
    format!("{FENCED}: run {epoch} was taken over by run {by}")
}

fn written(Taker { run, by }: Taker) -> String {
    let body = format!("{TITLE}\nrun {run}\nby {by:016x}\n");
    let crc = crc32c::crc32c(body.as_bytes());
    format!("{body}crc32c {crc:08x}\n")
}

fn parse(text: &str) -> Option<Taker> {
    let mut lines = text.strip_prefix(TITLE)?.strip_prefix('\n')?.lines();
    let run = lines.next()?.strip_prefix("run ")?.parse().ok()?;
    let by = u64::from_str_radix(lines.next()?.strip_prefix("by ")?, 16).ok()?;
    let taker = Taker { run, by };
    (text == written(taker)).then_some(taker)
}

#[cfg(test)]
mod tests {
    use super::super::disk::segment_name;
    use super::super::kill_tests::Scratch;
    use super::*;
    use std::sync::Barrier;

    /// A run begins there, as far as its name tells.
    fn begins(folder: &Path, epoch: u32) {
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(folder.join(segment_name(epoch, 0)), []).unwrap();
    }

    fn taker(run: u32) -> Taker {
        Taker { run, by: 1 }
    }

    #[test]
    fn a_fence_is_raised_never_lowered_and_lets_only_the_new_run_pass() {
        let scratch = Scratch::new("fence");
        begins(&scratch.0, 4);
        let fence = Fence::of(&scratch.0);
        assert_eq!(fence.run().unwrap(), None);
        fence.check(0).unwrap();
        fence.raise(4, taker(7)).unwrap();
        assert!(fence.raise(4, taker(5)).is_err());
        assert!(fence.raise(4, taker(4)).is_err());
        assert_eq!(fence.run().unwrap(), Some(7));
        assert_eq!([fence.over(6).unwrap(), fence.over(7).unwrap()], [Some(7), None]);
        let told = fence.check(6).unwrap_err().to_string();
        assert_eq!(told, "FENCED: run 6 was taken over by run 7");
        fence.check(7).unwrap();
        let elsewhere = [None, Some(6), Some(7), Some(8)].map(|latest| fence.is_of_elsewhere(latest).unwrap());
        assert_eq!(elsewhere, [Some(7), Some(7), None, None]);
    }

    #[test]
    fn a_fence_that_is_not_what_was_written_lets_nobody_pass() {
        let scratch = Scratch::new("fence-damaged");
        begins(&scratch.0, 69_999);
        let fence = Fence::of(&scratch.0);
        fence.raise(69_999, taker(70_000)).unwrap();
        let bytes = std::fs::read(fence.path()).unwrap();
        for length in 0..bytes.len() {
            std::fs::write(fence.path(), &bytes[..length]).unwrap();
            assert!(fence.check(u32::MAX).is_err(), "cut at {length}");
        }
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            std::fs::write(fence.path(), &flipped).unwrap();
            assert!(fence.check(u32::MAX).is_err(), "bit {bit}");
            assert!(fence.raise(69_999, taker(80_000)).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn one_takes_over_from_a_run_and_is_answered_the_same_when_it_asks_again() {
        let scratch = Scratch::new("fence-once");
        begins(&scratch.0, 5);
        let fence = Fence::of(&scratch.0);
        fence.raise(5, taker(6)).unwrap();
        fence.raise(5, taker(6)).unwrap();
        // By the clock two of one minute have the same number.
        for other in [Taker { run: 6, by: 2 }, Taker { run: 9, by: 2 }, taker(9)] {
            let told = fence.raise(5, other).unwrap_err().to_string();
            assert!(told.starts_with("run 5 was taken over already, by run 6"), "{told}");
        }
        assert_eq!(fence.run().unwrap(), Some(6));
        // The one that took over is taken over in its turn.
        begins(&scratch.0, 6);
        fence.raise(6, Taker { run: 8, by: 3 }).unwrap();
        assert_eq!(fence.run().unwrap(), Some(8));
    }

    #[test]
    fn nobody_takes_over_from_a_run_behind_which_another_has_begun_or_is_just_beginning() {
        let scratch = Scratch::new("fence-newer");
        begins(&scratch.0, 5);
        let fence = Fence::of(&scratch.0);
        // Runs that begin are in nobody's way but his who takes over.
        let held = [fence.hold().unwrap(), fence.hold().unwrap()];
        assert_eq!(fence.raise(5, taker(7)).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        begins(&scratch.0, 6);
        drop(held);
        let told = fence.raise(5, taker(7)).unwrap_err().to_string();
        assert_eq!(told, "a newer run has begun here, run 6: follow it first");
        assert_eq!(fence.run().unwrap(), None);
        fence.raise(6, taker(7)).unwrap();
    }

    #[test]
    fn of_many_who_take_over_at_once_one_does_and_the_fence_is_his() {
        let scratch = Scratch::new("fence-race");
        for round in 0..50_u32 {
            let folder = scratch.0.join(round.to_string());
            begins(&folder, 5);
            let (fence, start) = (Fence::of(&folder), Barrier::new(8));
            let (fence, start) = (&fence, &start);
            let raised: Vec<Taker> = std::thread::scope(|scope| {
                let all: Vec<_> = (0..8)
                    .map(|by| {
                        scope.spawn(move || {
                            let taker = Taker { run: 6 + by as u32 % 3, by };
                            start.wait();
                            fence.raise(5, taker).ok().map(|()| taker)
                        })
                    })
                    .collect();
                all.into_iter().filter_map(|thread| thread.join().unwrap()).collect()
            });
            assert!(raised.len() <= 1, "{raised:?}");
            assert_eq!(fence.read().unwrap(), raised.first().copied(), "round {round}");
        }
    }

    #[test]
    fn the_number_of_who_takes_over_is_above_every_one_that_the_old_run_can_give() {
        assert_eq!([number_after(5, 0), number_after(5, 6), number_after(5, 900)], [6, 6, 900]);
    }
}
