//! The fence of a folder of journals: runs below its number are over, whatever they themselves think.
//!
//! Whoever takes over raises it before anything else. A run looks at it before each group that it writes, so one that was
//! taken over ends by the name `FENCED` at its next word. It stays: a folder whose newest run is below its fence was taken
//! over from elsewhere, and no run begins in it.
//!
//! Owns the file. Never: lowers it; takes a fence that cannot be read for none.

use engine_model::planted::planted;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// What a run that was taken over ends with.
pub const FENCED: &str = "FENCED";
/// The name of the file.
const NAME: &str = "fence";
/// Its first line.
const TITLE: &str = "ringside fence 1";

/// The fence of one folder.
#[derive(Clone, Debug)]
pub struct Fence(PathBuf);

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
        // Asked before each group, and nearly always there is none: that takes no descriptor, of which none may be left.
        match std::fs::metadata(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            found => found?,
        };
        let text = std::fs::read_to_string(&self.0)?;
        let told = || format!("{} is not what was written: {FENCED}", self.0.display());
        parse(&text).map(Some).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, told()))
    }

    /// Runs below that one are over: on the disk when this returns. A higher fence stays.
    ///
    /// # Errors
    /// What the disk says; the fence of before stands.
    pub fn raise(&self, run: u32) -> io::Result<()> {
        if self.run()?.is_some_and(|found| found >= run) {
            return Ok(());
        }
        let fresh = self.0.with_extension("new");
        let mut file = File::create(&fresh)?;
        file.write_all(written(run).as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&fresh, &self.0)?;
        let folder = self.0.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }

    /// Whether a run of that number may write on.
    ///
    /// # Errors
    /// `FENCED` and by whom; what is wrong with the fence: who cannot read it does not pass it.
    pub fn check(&self, epoch: u32) -> io::Result<()> {
        match self.run()? {
            Some(fence) if fence > epoch && !planted("standby/fence-not-looked-at") => {
                Err(io::Error::other(format!("{FENCED}: run {epoch} was taken over by run {fence}")))
            }
            _ => Ok(()),
        }
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

fn written(run: u32) -> String {
    let body = format!("{TITLE}\nrun {run}\n");
    let crc = crc32c::crc32c(body.as_bytes());
    format!("{body}crc32c {crc:08x}\n")
}

fn parse(text: &str) -> Option<u32> {
    let run = text.strip_prefix(TITLE)?.strip_prefix("\nrun ")?.lines().next()?.parse().ok()?;
    (text == written(run)).then_some(run)
}

#[cfg(test)]
mod tests {
    use super::super::kill_tests::Scratch;
    use super::*;

    #[test]
    fn a_fence_is_raised_never_lowered_and_lets_only_the_new_run_pass() {
        let scratch = Scratch::new("fence");
        std::fs::create_dir_all(&scratch.0).unwrap();
        let fence = Fence::of(&scratch.0);
        assert_eq!(fence.run().unwrap(), None);
        fence.check(0).unwrap();
        fence.raise(7).unwrap();
        fence.raise(5).unwrap();
        assert_eq!(fence.run().unwrap(), Some(7));
        let told = fence.check(6).unwrap_err().to_string();
        assert_eq!(told, "FENCED: run 6 was taken over by run 7");
        fence.check(7).unwrap();
        let elsewhere = [None, Some(6), Some(7), Some(8)].map(|latest| fence.is_of_elsewhere(latest).unwrap());
        assert_eq!(elsewhere, [Some(7), Some(7), None, None]);
    }

    #[test]
    fn a_fence_that_is_not_what_was_written_lets_nobody_pass() {
        let scratch = Scratch::new("fence-damaged");
        std::fs::create_dir_all(&scratch.0).unwrap();
        let fence = Fence::of(&scratch.0);
        fence.raise(70_000).unwrap();
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
            assert!(fence.raise(80_000).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn the_number_of_who_takes_over_is_above_every_one_that_the_old_run_can_give() {
        assert_eq!([number_after(5, 0), number_after(5, 6), number_after(5, 900)], [6, 6, 900]);
    }
}
