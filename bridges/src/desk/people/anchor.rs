//! The audit's head, kept a second time in a file beside it: a chain by itself does not show that its end was cut off, or
//! that the whole of it was written anew.
//!
//! A line that was torn by a power cut is passed over, and said: the head before it and the one behind it stand.
//!
//! A line a minute, `SEQ HASH TIME`, only when there are new rows. A copy of it elsewhere (a log that is shipped, an
//! append-only file system) is what a thief of this machine cannot reach: the same line goes to the log.

use super::PeopleError;
use crate::store::operational::audit::Head;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
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

    /// Every head that was kept, by its row.
    pub(super) fn heads(&self) -> Result<Vec<Head>, PeopleError> {
        let text = match std::fs::read_to_string(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            read => read.map_err(|source| self.fault(source))?,
        };
        let mut heads = Vec::new();
        for line in text.lines() {
            match head(line) {
                Some(head) => heads.push(head),
                None => tracing::error!(path = %self.path.display(), line, "not `SEQ HASH TIME`: passed over"),
            }
        }
        heads.sort_by_key(|head: &Head| head.seq);
        Ok(heads)
    }

    /// Adds the head if it is a new one.
    pub(super) fn keep(&mut self, head: &Head, now_ns: u64) -> Result<(), PeopleError> {
        if head.seq <= self.last {
            return Ok(());
        }
        let line = format!("{} {} {now_ns}\n", head.seq, head.hash);
        let write = || -> io::Result<()> {
            let mut file = OpenOptions::new().create(true).read(true).append(true).mode(0o600).open(&self.path)?;
            if is_torn(&file)? {
                file.write_all(b"\n")?;
            }
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

fn head(line: &str) -> Option<Head> {
    let (seq, rest) = line.split_once(' ')?;
    let (hash, at) = rest.split_once(' ')?;
    let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    let _at: u64 = at.parse().ok().filter(|_| is_hash)?;
    Some(Head { seq: seq.parse().ok()?, hash: hash.to_owned() })
}

/// Whether the file ends within a line.
fn is_torn(file: &File) -> io::Result<bool> {
    let length = file.metadata()?.len();
    let mut last = [b'\n'];
    if length > 0 {
        file.read_exact_at(&mut last, length - 1)?;
    }
    Ok(last != [b'\n'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_line_costs_itself_alone() {
        let folder = std::env::temp_dir().join(format!("ringside-anchor-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("room");
        let head = |seq: i64| Head { seq, hash: format!("{seq:064x}") };
        let mut anchor = Anchor::new(&folder);
        anchor.keep(&head(1), 5).expect("room");
        anchor.keep(&head(2), 6).expect("room");
        let path = folder.join("audit.heads");
        let whole = std::fs::read(&path).expect("kept");
        for cut in 1..67 {
            std::fs::write(&path, &whole[..whole.len() - cut]).expect("room");
            let mut anchor = Anchor::new(&folder);
            anchor.keep(&head(3), 7).expect("room");
            let seqs: Vec<i64> = anchor.heads().expect("readable").iter().map(|head| head.seq).collect();
            // Of the line's end alone nothing is lost that counts.
            let is_whole = cut == 1;
            assert_eq!(seqs, if is_whole { vec![1, 2, 3] } else { vec![1, 3] }, "cut by {cut}");
            std::fs::write(&path, &whole).expect("room");
        }
        std::fs::remove_dir_all(&folder).expect("ours");
    }
}
