//! The first admin. Where there is nobody yet, a secret that holds once and for an hour is written to a file that only the
//! engine's own user may read; who can read it is whoever may be admin here.

use super::secret::{CLAIM, Token};
use super::{By, People, PeopleError};
use crate::role::Role;
use engine_model::units::Nanos;
use std::fs::{OpenOptions, remove_file};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

const HOLDS_NS: u64 = 3_600 * Nanos::SECOND;

/// An open one.
pub(super) struct Claim {
    digest: blake3::Hash,
    until_ns: u64,
    path: PathBuf,
}

impl People {
    /// Writes the secret to `claim` in the folder, if there is nobody yet. Where it is.
    pub(crate) fn offer(&self, folder: &Path) -> Result<Option<PathBuf>, PeopleError> {
        if !self.picture().is_empty() {
            return Ok(None);
        }
        let path = folder.join("claim");
        let token = Token::draw(CLAIM)?;
        let write = || -> io::Result<()> {
            // Of a start before, whose secret died with it.
            match remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&path)?;
            writeln!(file, "{}", token.reveal())
        };
        write().map_err(|source| PeopleError::File { path: path.clone(), source })?;
        let claim = Claim { digest: token.digest(), until_ns: self.clock.now() + HOLDS_NS, path: path.clone() };
        *self.claim.lock().unwrap_or_else(PoisonError::into_inner) = Some(claim);
        Ok(Some(path))
    }

    /// Makes the first admin. A wrong secret is counted like a login; the right one holds once.
    pub(crate) async fn claim(&self, secret: &str, name: &str, password: &str, by: &By) -> Result<(), PeopleError> {
        let now = self.clock.now();
        let shown = Token::parse(secret).map(|token| token.digest());
        let path = {
            let claim = self.claim.lock().unwrap_or_else(PoisonError::into_inner);
            let open = claim.as_ref().filter(|open| Some(open.digest) == shown && now < open.until_ns);
            open.map(|open| open.path.clone()).ok_or(PeopleError::NoClaim)?
        };
        self.add(name, password, Role::Admin, true, by).await?;
        *self.claim.lock().unwrap_or_else(PoisonError::into_inner) = None;
        if let Err(error) = remove_file(&path) {
            tracing::warn!(%error, path = %path.display(), "the used secret of the first admin stays behind");
        }
        Ok(())
    }
}
