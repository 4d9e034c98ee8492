//! The bot's token: whoever has it is the bot. It is never printed: this type has no text of itself, and what others
//! say is scrubbed of it before anybody reads it.

use std::fs::metadata;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// What stands in its place.
const SCRUBBED: &str = "<token>";
/// A token that is shorter is none: `123456:` and 35 letters is how they are.
const CHARS_MIN: usize = 20;

/// Where a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenPlace {
    /// A variable of the environment.
    Env(String),
    /// A file of ours, mode 0600.
    File(PathBuf),
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The variable is not there, or empty: Telegram is off.
    #[error("{0} is not set")]
    Unset(String),
    /// The file is not there, or is not readable.
    #[error("cannot read {}", path.display())]
    File {
        /// Where.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Others may read it.
    #[error("{} has mode {mode:03o} and user {owner}: it must be 600 and ours (chmod 600)", path.display())]
    Open {
        /// Where.
        path: PathBuf,
        /// As it is.
        mode: u32,
        /// Whose.
        owner: u32,
    },
    /// Not what BotFather gives.
    #[error("what is at {0} is no bot token: a number, a colon, and letters")]
    NoToken(String),
}

/// See the module.
#[derive(Clone)]
pub struct Token(String);

impl TokenPlace {
    /// What is there.
    pub fn text(&self) -> Result<String, TokenError> {
        match self {
            Self::Env(name) => {
                let text = std::env::var(name).ok().filter(|text| !text.trim().is_empty());
                text.ok_or_else(|| TokenError::Unset(name.clone()))
            }
            Self::File(path) => {
                is_ours(path)?;
                std::fs::read_to_string(path).map_err(|source| TokenError::File { path: path.clone(), source })
            }
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Env(name) => name.clone(),
            Self::File(path) => path.display().to_string(),
        }
    }
}

impl Token {
    /// Reads it.
    pub fn read(place: &TokenPlace) -> Result<Self, TokenError> {
        Self::new(&place.text()?).ok_or_else(|| TokenError::NoToken(place.name()))
    }

    /// Out of a text, if it is one.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let (number, letters) = text.split_once(':')?;
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let is_one = is_number && text.len() >= CHARS_MIN && letters.bytes().all(is_letter);
        is_one.then(|| Self(text.to_owned()))
    }

    /// For the one who asks Telegram.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }

    /// A text of others without it: whole, and the secret half alone.
    pub(super) fn scrub(&self, text: &str) -> String {
        let secret = self.0.split_once(':').map_or(self.0.as_str(), |(_, secret)| secret);
        text.replace(&self.0, SCRUBBED).replace(secret, SCRUBBED)
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(SCRUBBED)
    }
}

fn is_ours(path: &Path) -> Result<(), TokenError> {
    let told = |source| TokenError::File { path: path.to_owned(), source };
    let file = metadata(path).map_err(told)?;
    // Of this process: what it owns, it may read alone.
    let own = metadata("/proc/self").map_err(told)?.uid();
    let (mode, owner) = (file.permissions().mode() & 0o777, file.uid());
    let is_private = mode & 0o077 == 0 && owner == own;
    if is_private { Ok(()) } else { Err(TokenError::Open { path: path.to_owned(), mode, owner }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{Permissions, set_permissions, write};

    const TEXT: &str = "123456:AAE-canary_canary_canary_canary_cana";

    #[test]
    fn it_is_in_no_text() {
        let token = Token::new(&format!(" {TEXT}\n")).expect("a token");
        assert_eq!(format!("{token:?}"), "<token>");
        let error = format!(
            "POST https://api.telegram.org/bot{TEXT}/SendMessage: refused, AAE-canary_canary_canary_canary_cana"
        );
        let scrubbed = token.scrub(&error);
        assert_eq!(scrubbed, "POST https://api.telegram.org/bot<token>/SendMessage: refused, <token>");
    }

    #[test]
    fn a_file_that_others_may_read_is_refused_and_what_is_no_token_too() {
        let path = std::env::temp_dir().join(format!("ringside-token-{}", std::process::id()));
        write(&path, TEXT).expect("a file");
        let place = TokenPlace::File(path.clone());
        for mode in [0o644, 0o640, 0o604, 0o660, 0o666, 0o601, 0o610, 0o777] {
            set_permissions(&path, Permissions::from_mode(mode)).expect("ours");
            let error = Token::read(&place).expect_err("others may read it").to_string();
            assert!(error.contains(&format!("mode {mode:03o}")), "{error}");
        }
        set_permissions(&path, Permissions::from_mode(0o600)).expect("ours");
        assert!(Token::read(&place).is_ok());
        for text in
            ["", "secret", ":abc", "12a:AAAAAAAAAAAAAAAAAAAAAAAA", "123:short", "1234567890:with blanks in it here"]
        {
            write(&path, text).expect("a file");
            let error = Token::read(&place).expect_err("no token").to_string();
            assert!(text.is_empty() || !error.contains(text), "{error}");
        }
        std::fs::remove_file(&path).expect("ours");
        assert!(matches!(Token::read(&place), Err(TokenError::File { .. })));
        assert!(matches!(Token::read(&TokenPlace::Env("RINGSIDE_NO_SUCH".to_owned())), Err(TokenError::Unset(_))));
    }
}
