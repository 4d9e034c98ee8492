//! Files that outlive a run: one run has each, and it is written whole beside the old one and put in its place, so that there
//! is always one that is right.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// A file that is ours alone: two runs that wrote it in turns would each undo what the other took.
#[derive(Debug)]
pub(crate) struct Place {
    path: PathBuf,
    /// Held until this process ends, however it does.
    _lock: File,
}

impl Place {
    /// Takes it; `None` if another run has it, or where nothing can be written. `what` is in it, in the plural.
    pub(crate) fn claim(path: &Path, what: &str) -> Option<Self> {
        match claim(&beside(path, "lock"), path) {
            Ok(place) => Some(place),
            Err(TryLockError::WouldBlock) => {
                tracing::warn!("{}: another run has it; {what} of this one end with it", path.display());
                None
            }
            Err(TryLockError::Error(error)) => {
                tracing::error!(%error, "{}: not to be written; {what} of this run end with it", path.display());
                None
            }
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// A file of that name with something behind it: two files that differ in their endings alone have each their own.
fn beside(path: &Path, what: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(what);
    name.into()
}

fn claim(beside: &Path, path: &Path) -> Result<Place, TryLockError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(TryLockError::Error)?;
    }
    let lock = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(beside);
    let lock = lock.map_err(TryLockError::Error)?;
    lock.try_lock()?;
    Ok(Place { path: path.to_owned(), _lock: lock })
}

/// For its owner's eyes: what is after a webhook's host may be a secret.
pub(crate) fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let beside = beside(path, "new");
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    // The name, too, is to be there after a power cut.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
