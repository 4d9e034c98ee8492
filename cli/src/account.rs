//! One run at a time on an account, and a number for it that no run before it had.
//!
//! Two processes with one key and one number would take each other's orders for their own. So a live run holds a file of the
//! account for as long as it lives; beside it stands the number of the account's last run.
//!
//! Owns: the two files. Never: a key in them or in their names; a number that a full disk or a power cut took away.

use crate::exit::Exit;
use crate::terms::Terms;
use anyhow::Context as _;
use engine_model::venue::VenueId;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// An account that is ours while this lives; the system lets it go with the process.
#[derive(Debug)]
pub(crate) struct Account {
    /// Holds the lock. It is never written or replaced: a lock is on a file, not on its name.
    _held: File,
    /// Where the number is.
    number: PathBuf,
    last: Option<u32>,
}

impl Account {
    /// Takes the account of that key at a venue; `host`: where it is, if not at the venue's own.
    pub(crate) fn take(venue: VenueId, fingerprint: u64, host: Option<&str>, terms: Terms) -> Result<Self, Exit> {
        Self::take_in(&folder()?, venue, fingerprint, host, terms)
    }

    fn take_in(
        folder: &Path,
        venue: VenueId,
        fingerprint: u64,
        host: Option<&str>,
        terms: Terms,
    ) -> Result<Self, Exit> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '.';
        let host: String = host.unwrap_or_default().chars().map(|c| if is_plain(c) { c } else { '-' }).collect();
        let path = folder.join(format!("{}-{fingerprint:016x}{host}.account", venue.name()));
        let told = || format!("{}: the file that keeps two runs off one account", path.display());
        fs::create_dir_all(folder).with_context(told)?;
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = open.with_context(told)?;
        let said = path.with_extension("terms");
        match file.try_lock() {
            Ok(()) => fs::write(&said, terms.to_string()).with_context(told)?,
            Err(TryLockError::WouldBlock) => {
                let theirs = fs::read_to_string(&said).unwrap_or_else(|_| "terms that are not told".to_owned());
                return Err(Exit::Refused(format!(
                    "{}: another run trades with this key ({} is held, by {theirs}; this one has {terms}): two would take \
                     each other's orders for their own; end it first",
                    venue.name(),
                    path.display()
                )));
            }
            Err(TryLockError::Error(error)) => return Err(Exit::Failed(anyhow::Error::new(error).context(told()))),
        }
        let number = path.with_extension("number");
        let last = last(&number)?;
        Ok(Self { _held: file, number, last })
    }

    /// The number of the last run on it; `None`: the first, as far as this machine knows.
    pub(crate) fn last(&self) -> Option<u32> {
        self.last
    }

    /// This run has that number. Written beside and put in place whole: whatever fails, the old one stands.
    pub(crate) fn is_of(&mut self, epoch: u32) -> anyhow::Result<()> {
        let beside = self.number.with_extension("number.new");
        let write = || -> io::Result<()> {
            let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
            writeln!(file, "{epoch}")?;
            file.sync_all()?;
            fs::rename(&beside, &self.number)?;
            self.number.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
        };
        write().with_context(|| format!("{}: the number of the run cannot be written", self.number.display()))
    }
}

/// The number in that file; `None` where there is no file. What is no number is not the first run's word.
fn last(path: &Path) -> Result<Option<u32>, Exit> {
    let told = || format!("{}: the number of the account's last run", path.display());
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        read => read.with_context(told)?,
    };
    let number = text.trim().parse().map_err(|_| {
        Exit::Refused(format!(
            "{}: {:?} is not the number of the account's last run, which this one must not have again: write it there (the \
             names of the journals have it)",
            path.display(),
            text.trim()
        ))
    });
    number.map(Some)
}

/// Of the user: `$XDG_STATE_HOME/ringside`, else `~/.local/state/ringside`. A folder that the next boot empties, or that is
/// another one for another caller, would forget the numbers and let two runs on one account.
fn folder() -> Result<PathBuf, Exit> {
    let of = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    folder_of(of("XDG_STATE_HOME"), of("HOME"))
}

fn folder_of(state: Option<PathBuf>, home: Option<PathBuf>) -> Result<PathBuf, Exit> {
    let state = state.or_else(|| Some(home?.join(".local/state"))).filter(|state| state.is_absolute());
    state.map(|state| state.join("ringside")).ok_or_else(|| {
        Exit::Refused(
            "mode live: neither XDG_STATE_HOME nor HOME is set to an absolute path, so there is no lasting place for the file \
             that keeps two runs off one account; set one of them (of a service: Environment=XDG_STATE_HOME=/var/lib)"
                .to_owned(),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_place_that_lasts_no_account_is_taken() {
        let path = |text: &str| Some(PathBuf::from(text));
        let is = |state, home| folder_of(state, home).ok();
        assert_eq!(is(path("/var/lib"), path("/home/a")), path("/var/lib/ringside"));
        assert_eq!(is(None, path("/home/a")), path("/home/a/.local/state/ringside"));
        assert_eq!(is(path("state"), path("/home/a")), None, "relative: another one in each folder");
        let Err(Exit::Refused(told)) = folder_of(None, None) else { panic!("taken without a place") };
        assert!(told.contains("HOME"), "{told}");
    }

    #[test]
    fn an_account_is_one_runs_at_a_time_and_remembers_its_number() {
        let folder = std::env::temp_dir().join(format!("ringside-account-{}", std::process::id()));
        let terms = [1, 2].map(|risk| Terms::of_words([u64::from_be_bytes(*b"58b06891"), risk]));
        let take_by = |key, host, terms| Account::take_in(&folder, VenueId::Bybit, key, host, terms);
        let take = |key, host| take_by(key, host, terms[0]);
        let mut first = take(1, None).expect("free");
        assert_eq!(first.last(), None);
        first.is_of(70_000).expect("written");
        first.is_of(7).expect("written over");
        let Exit::Refused(refused) = take(1, None).expect_err("held") else { panic!("refused, not failed") };
        assert!(refused.contains("another run trades with this key"), "{refused}");
        let Exit::Refused(refused) = take_by(1, None, terms[1]).expect_err("held") else {
            panic!("refused, not failed")
        };
        let both = "by build 58b06891, risk 0000000000000001; this one has build 58b06891, risk 0000000000000002";
        assert!(refused.contains(both), "{refused}");
        take(2, None).expect("another key");
        take(1, Some("http://127.0.0.1:9/../x")).expect("another host");
        let number = first.number.clone();
        drop(first);
        let mut next = take(1, None).expect("free again");
        assert_eq!(next.last(), Some(7));
        // What cannot be written takes nothing away.
        let beside = number.with_extension("number.new");
        std::fs::create_dir(&beside).expect("in the way");
        next.is_of(8).expect_err("in the way");
        assert_eq!(last(&number).expect("read"), Some(7));
        std::fs::remove_dir(&beside).expect("removed");
        drop(next);
        std::fs::write(&number, "").expect("emptied");
        assert_eq!(take(1, None).expect_err("no number").code(), 3);
        std::fs::remove_dir_all(folder).expect("removed");
    }
}
