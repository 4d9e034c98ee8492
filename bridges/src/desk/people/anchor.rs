//! The audit's head, kept a second time in a file beside it: a chain by itself does not show that its end was cut off, or
//! that the whole of it was written anew.
//!
//! A line a minute, `SEQ HASH TIME`, only when there are new rows. A copy of it elsewhere (a log that is shipped, an
//! append-only file system) is what a thief of this machine cannot reach: the same line goes to the log.

use super::PeopleError;
use crate::store::operational::audit::Head;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// See the module.
pub(super) struct Anchor {
    path: PathBuf,
    last: i64,
}

impl Anchor {
    pub(super) fn new(folder: &Path) -> Self {
        Self { path: folder.join("audit.heads"), last: 0 }
    }

    /// Every head that was kept.
    pub(super) fn heads(&self) -> Result<Vec<Head>, PeopleError> {
        let text = match std::fs::read_to_string(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            read => read.map_err(|source| self.fault(source))?,
        };
        let head = |line: &str| {
            let (seq, rest) = line.split_once(' ')?;
            Some(Head { seq: seq.parse().ok()?, hash: rest.split(' ').next()?.to_owned() })
        };
        let heads: Option<Vec<Head>> = text.lines().map(head).collect();
        heads.ok_or_else(|| self.fault(io::Error::new(io::ErrorKind::InvalidData, "a line is not `SEQ HASH TIME`")))
    }

    /// Adds the head if it is a new one.
    pub(super) fn keep(&mut self, head: &Head, now_ns: u64) -> Result<(), PeopleError> {
        if head.seq <= self.last {
            return Ok(());
        }
        let line = format!("{} {} {now_ns}\n", head.seq, head.hash);
        let write = || -> io::Result<()> {
            let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(&self.path)?;
            file.write_all(line.as_bytes())?;
            file.sync_data()
        };
        write().map_err(|source| self.fault(source))?;
        tracing::info!(seq = head.seq, hash = head.hash, "the audit's head");
        self.last = head.seq;
        Ok(())
    }

    fn fault(&self, source: io::Error) -> PeopleError {
        PeopleError::File { path: self.path.clone(), source }
    }
}
