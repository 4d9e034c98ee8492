//! Folders that exist as long as a story is told.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// An empty folder; gone with everything in it when dropped.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("story-{}-{number}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path).expect("a folder below the target folder");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The journals of the runs that laid them in here, oldest first; what outlives runs lies beside them.
    pub(crate) fn journals(&self) -> Vec<PathBuf> {
        let folder = std::fs::read_dir(self.0.join("journal")).expect("a folder of journals");
        let paths = folder.map(|entry| entry.expect("an entry").path());
        let is_journal = |path: &PathBuf| path.extension().is_some_and(|end| end == "journal");
        let mut journals: Vec<PathBuf> = paths.filter(is_journal).collect();
        journals.sort();
        journals
    }

    /// The only one.
    pub(crate) fn journal(&self) -> PathBuf {
        let journals = self.journals();
        let [journal] = &journals[..] else { panic!("one journal, not {journals:?}") };
        journal.clone()
    }

    /// Writes a file into it.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, content).expect("written");
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed lies in the target folder, where `cargo clean` finds it.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
