//! Keys of an account at a venue: where they are read from, and how they are kept from being seen.
//!
//! Owns: reading and the rules of it. Never: a key in a message, a log or a `Debug` text.

use super::heard::hash;
use std::fmt;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use thiserror::Error;
use zeroize::Zeroizing;

/// A text that nobody sees: it prints as its length and is wiped when it goes.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes the text over; spaces and newlines around it are not part of it.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.trim().as_bytes().to_vec()))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a secret of {} bytes", self.0.len())
    }
}

/// What signs our messages. Which parts there are depends on the venue.
#[derive(Clone, Debug)]
pub struct Key {
    /// The public half: what a venue knows the key by.
    pub id: Secret,
    /// The private half.
    pub secret: Secret,
    /// The pass phrase of venues that have one.
    pub passphrase: Option<Secret>,
}

/// Where a key's parts are. Each is a file (`file:/path`, mode 0600) or the name of an environment variable (`env:NAME`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySource {
    /// Of [`Key::id`].
    pub id: String,
    /// Of [`Key::secret`].
    pub secret: String,
    /// Of [`Key::passphrase`].
    pub passphrase: Option<String>,
}

/// Why a key could not be had.
#[derive(Debug, Error)]
pub enum KeyError {
    /// Neither of the two kinds of places: perhaps the key itself, so it is not repeated.
    #[error("a key is named by file:/path (mode 0600) or env:NAME; what stands there is neither, and is not shown")]
    Place,
    /// No such variable, or an empty one.
    #[error("the environment variable {0} is not set or empty")]
    Unset(String),
    /// The file cannot be read.
    #[error("the key file {path} cannot be read")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Others could read it.
    #[error("the key file {path} has mode {mode:04o}, only 0600 or 0400 keep it to its owner: chmod 600 {path}")]
    Mode {
        /// Which.
        path: PathBuf,
        /// What it has.
        mode: u32,
    },
    /// It belongs to another user.
    #[error("the key file {path} belongs to user {owner}, not to the user who runs this ({user})")]
    Owner {
        /// Which.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Who asks.
        user: u32,
    },
    /// Not what the venue's keys are like. The text says what was expected, never what was found.
    #[error("{0}")]
    Unfit(&'static str),
    /// Nothing in it.
    #[error("the key file {path} is empty")]
    Empty {
        /// Which.
        path: PathBuf,
    },
}

impl Key {
    /// Reads a key's parts.
    pub fn read(source: &KeySource) -> Result<Self, KeyError> {
        let passphrase = source.passphrase.as_deref().map(secret).transpose()?;
        Ok(Self { id: secret(&source.id)?, secret: secret(&source.secret)?, passphrase })
    }

    /// A number by which two keys are told apart without being shown: a hash of the public half.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        hash(self.id.bytes())
    }
}

fn secret(place: &str) -> Result<Secret, KeyError> {
    if let Some(name) = place.strip_prefix("env:") {
        let value = std::env::var(name).map(Zeroizing::new).ok().filter(|value| !value.trim().is_empty());
        return value.map(|value| Secret::new(&value)).ok_or_else(|| KeyError::Unset(name.to_owned()));
    }
    match place.strip_prefix("file:") {
        Some(path) => from_file(Path::new(path)),
        None => Err(KeyError::Place),
    }
}

/// The open file is looked at, not its name: nobody can exchange it in between.
fn from_file(path: &Path) -> Result<Secret, KeyError> {
    use std::io::Read as _;
    let path = path.to_owned();
    let failed = |source| KeyError::File { path: path.clone(), source };
    let mut file = std::fs::File::open(&path).map_err(failed)?;
    let found = file.metadata().map_err(failed)?;
    let mode = found.mode() & 0o7777;
    if mode != 0o600 && mode != 0o400 {
        return Err(KeyError::Mode { path, mode });
    }
    let user = own_user()?;
    if found.uid() != user {
        return Err(KeyError::Owner { path, owner: found.uid(), user });
    }
    let mut text = Zeroizing::new(String::new());
    file.read_to_string(&mut text).map_err(failed)?;
    if text.trim().is_empty() {
        return Err(KeyError::Empty { path });
    }
    Ok(Secret::new(&text))
}

/// Who runs this: whom the system says our own entry in `/proc` belongs to.
fn own_user() -> Result<u32, KeyError> {
    let path = Path::new("/proc/self");
    let found = std::fs::metadata(path).map_err(|source| KeyError::File { path: path.to_owned(), source })?;
    Ok(found.uid())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn file(name: &str, text: &str, mode: u32) -> PathBuf {
        let path = std::env::temp_dir().join(format!("ringside-key-{}-{name}", std::process::id()));
        std::fs::write(&path, text).expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("set");
        path
    }

    fn read(path: &Path) -> Result<Secret, String> {
        let read = secret(&format!("file:{}", path.display()));
        std::fs::remove_file(path).expect("removed");
        read.map_err(|error| error.to_string())
    }

    #[test]
    fn only_a_file_of_its_owner_alone_is_read() {
        for mode in [0o600, 0o400] {
            let secret = read(&file(&format!("good-{mode:o}"), " abc\n", mode)).expect("read");
            assert_eq!(secret.bytes(), b"abc");
        }
        for mode in [0o644, 0o640, 0o660, 0o604, 0o700, 0o666, 0o777, 0o4600] {
            let refused = read(&file(&format!("bad-{mode:o}"), "abc", mode)).expect_err("refused");
            assert!(refused.contains("chmod 600") && refused.contains(&format!("{mode:04o}")), "{refused}");
        }
        assert!(read(&file("empty", "\n", 0o600)).expect_err("refused").contains("is empty"));
    }

    #[test]
    fn a_key_written_into_the_configuration_is_not_repeated() {
        let refused = secret("f3b1c0ffee").expect_err("refused").to_string();
        assert!(!refused.contains("c0ffee") && refused.contains("env:NAME"), "{refused}");
        assert!(
            secret("env:RINGSIDE_SURELY_NOT_SET").expect_err("unset").to_string().contains("RINGSIDE_SURELY_NOT_SET")
        );
    }

    #[test]
    fn a_secret_prints_as_its_length() {
        let key =
            Key { id: Secret::new("public"), secret: Secret::new("hidden"), passphrase: Some(Secret::new("word")) };
        let printed = format!("{key:?}");
        assert!(!printed.contains("hidden") && !printed.contains("public") && !printed.contains("word"), "{printed}");
    }
}
