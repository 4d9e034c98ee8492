//! What people make up themselves: Argon2id, at most two at once, so that a flood of logins takes 40 MiB and two threads and
//! no more.

use super::PeopleError;
use super::secret::drawn;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// At once.
const HASHES_MAX: usize = 2;
/// Those beyond this are told to come again.
const WAITING_MAX: usize = 32;
const SALT_BYTES: usize = 16;
/// Shortest password, in characters: short ones are all in lists.
pub(crate) const PASSWORD_CHARS_MIN: usize = 12;
/// Longest, in bytes: a bound, not a wish.
const PASSWORD_BYTES_MAX: usize = 1_024;

/// What a guess costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordCost {
    /// KiB of memory.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

pub(super) struct Passwords {
    argon: Argon2<'static>,
    places: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    /// Of nobody: a name that does not exist takes as long as one that does.
    nobody: String,
}

impl Passwords {
    pub(super) fn new(cost: PasswordCost) -> Result<Self, PeopleError> {
        let PasswordCost { memory_kib, passes } = cost;
        let params = Params::new(memory_kib, passes, 1, None).map_err(|_| PeopleError::Cost { memory_kib, passes })?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobody = hashed(&argon, "nobody has this password")?;
        let places = Arc::new(Semaphore::new(HASHES_MAX));
        Ok(Self { argon, places, waiting: Arc::new(Semaphore::new(WAITING_MAX)), nobody })
    }

    /// The text to keep: algorithm, cost, salt, hash.
    pub(super) async fn hash(&self, password: &str) -> Result<String, PeopleError> {
        let is_good = password.chars().count() >= PASSWORD_CHARS_MIN && password.len() <= PASSWORD_BYTES_MAX;
        if !is_good {
            return Err(PeopleError::Password);
        }
        let (argon, password) = (self.argon.clone(), password.to_owned());
        self.apart(move || hashed(&argon, &password)).await?
    }

    /// Whether it is the password that was kept; `None`: of nobody.
    pub(super) async fn is(&self, kept: Option<&str>, password: &str) -> Result<bool, PeopleError> {
        if password.len() > PASSWORD_BYTES_MAX {
            return Ok(false);
        }
        let is_somebody = kept.is_some();
        let (argon, kept, password) =
            (self.argon.clone(), kept.unwrap_or(&self.nobody).to_owned(), password.to_owned());
        let is_it = self.apart(move || {
            let read = PasswordHash::new(&kept);
            read.is_ok_and(|kept| argon.verify_password(password.as_bytes(), &kept).is_ok())
        });
        Ok(is_it.await? && is_somebody)
    }

    /// On a thread of its own, when there is a place.
    async fn apart<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, PeopleError> {
        let _waiting = self.waiting.try_acquire().map_err(|_| PeopleError::TooMany { again_in_s: 1 })?;
        let _place = self.places.acquire().await.map_err(|_| PeopleError::Ended)?;
        tokio::task::spawn_blocking(work).await.map_err(|_| PeopleError::Ended)
    }
}

fn hashed(argon: &Argon2<'_>, password: &str) -> Result<String, PeopleError> {
    let salt = drawn::<SALT_BYTES>()?;
    let hash: PasswordHash =
        argon.hash_password_with_salt(password.as_bytes(), &salt).map_err(|_| PeopleError::Ended)?;
    Ok(hash.to_string())
}
