//! Where a journal's segments lie: a folder on a disk, or a disk that is simulated.
//!
//! Owns the seam and the real folder. Plain positioned writes: an error of the disk is an answer to a call, never a signal.
//! Never: decides what an error means.

use engine_model::planted::planted;
use engine_ring::volume::{Room, reserve, room};
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// A folder of segments.
pub trait Volume: fmt::Debug + Send {
    /// Makes a file that was not there. Its name is on the disk when this returns. After an error there is none.
    fn create(&mut self, name: &str) -> io::Result<Box<dyn Segment>>;
    /// Takes away a file that nothing was written to.
    fn remove(&mut self, name: &str) -> io::Result<()>;
    /// How much there is left.
    fn room(&self) -> io::Result<Room>;
}

/// The file of one segment.
pub trait Segment: fmt::Debug + Send {
    /// Sets so many bytes aside, from the first one. What was not written reads as zeros.
    fn reserve(&mut self, bytes: u64) -> io::Result<()>;
    /// Writes there. Not on the disk before the next [`Segment::sync`].
    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()>;
    /// Waits until everything written is on the disk. After an error nothing is known of it, ever.
    fn sync(&mut self) -> io::Result<()>;
    /// Gives back what lies behind so many bytes; as lasting as a sync.
    fn truncate(&mut self, bytes: u64) -> io::Result<()>;
}

/// A folder on a real disk.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Open, because its names are synced through it.
    folder: File,
}

impl Folder {
    /// Opens the folder, and makes it where it is not there. Its own name is on the disk when this returns: a journal in a
    /// folder that nobody finds is lost.
    pub fn open(path: &Path) -> io::Result<Self> {
        make(path)?;
        Ok(Self { path: path.to_owned(), folder: File::open(path)? })
    }
}

/// Makes a folder and those above that are missing, each name synced.
fn make(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let above = path.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    make(above)?;
    // Of what is there and is no folder it says so.
    std::fs::create_dir_all(path)?;
    File::open(above)?.sync_all()
}

impl Volume for Folder {
    fn create(&mut self, name: &str) -> io::Result<Box<dyn Segment>> {
        let path = self.path.join(name);
        let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        if let Err(error) = self.folder.sync_all()
            && !planted("journal/folder-unsynced")
        {
            drop(file);
            // The error that is told is the first one.
            let _ = std::fs::remove_file(&path);
            return Err(error);
        }
        Ok(Box::new(file))
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.path.join(name))?;
        self.folder.sync_all()
    }

    fn room(&self) -> io::Result<Room> {
        room(&self.folder)
    }
}

impl Segment for File {
    fn reserve(&mut self, bytes: u64) -> io::Result<()> {
        reserve(self, bytes)
    }

    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.write_all_at(bytes, offset)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn truncate(&mut self, bytes: u64) -> io::Result<()> {
        self.set_len(bytes)?;
        self.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_whose_name_does_not_come_to_the_disk_is_taken_away_again() {
        let path = std::env::temp_dir().join(format!("ringside-volume-{}", std::process::id()));
        let mut volume = Folder::open(&path).expect("a folder of our own");
        // No system syncs that one.
        volume.folder = File::open("/dev/null").expect("there");
        let kinds = [(); 2].map(|()| volume.create("segment").expect_err("not synced").kind());
        std::fs::remove_dir(&path).expect("empty");
        assert!(!kinds.contains(&io::ErrorKind::AlreadyExists), "{kinds:?}");
    }
}
