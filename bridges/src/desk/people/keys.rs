//! Keys: for programs, shown once, never above their user.

use super::network::Networks;
use super::secret::Token;
use super::{By, People, PeopleError};
use crate::role::{Role, UserId};
use crate::store::operational::people::{TokenKind, TokenRow};
use std::time::Duration;

const NAME_CHARS_MAX: usize = 64;
/// Ten years: whoever means longer means a key that does not expire.
const HOLDS_S_MAX: u64 = 10 * 365 * 86_400;

/// What a key is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyWish {
    /// For people: what it is for.
    pub name: String,
    /// At most the user's own.
    pub role: Role,
    /// `None`: until it is revoked.
    pub holds: Option<Duration>,
    /// Networks by commas; nothing: from anywhere.
    pub addresses: String,
}

impl People {
    /// Makes a key of a user, who may what `most` says. The key is in the answer and nowhere else.
    pub(crate) async fn add_key(
        &self,
        user: &str,
        most: Role,
        wish: &KeyWish,
        by: &By,
    ) -> Result<(Token, TokenRow), PeopleError> {
        let user = self.picture().user(user)?.clone();
        let most = most.min(user.role);
        if wish.role > most {
            return Err(PeopleError::RoleTooHigh { found: wish.role, most });
        }
        if wish.name.chars().count() > NAME_CHARS_MAX || wish.name.chars().any(char::is_control) {
            return Err(PeopleError::Name { found: wish.name.chars().take(NAME_CHARS_MAX).collect() });
        }
        Networks::parse(&wish.addresses)?;
        let most = Duration::from_secs(HOLDS_S_MAX);
        if let Some(found) = wish.holds.filter(|holds| *holds > most) {
            return Err(PeopleError::TooLong { found_s: found.as_secs(), most_s: HOLDS_S_MAX });
        }
        let expires_ns = wish.holds.map_or(0, |holds| self.now_ns().saturating_add(holds.as_nanos() as i64));
        let (token, row) = self.token(TokenKind::Key, &user, &wish.name, wish.role, &wish.addresses, expires_ns)?;
        let after = format!("role={} expires_ns={expires_ns} addresses={}", wish.role.name(), wish.addresses);
        let what = format!("{} of {}", row.id, user.name);
        self.audited(by, "key.add", &what, "", &after, async { Ok(self.store.add_token(&row).await?) }).await?;
        Ok((token, row))
    }

    /// A user's keys, oldest first.
    pub(crate) fn keys(&self, user: UserId) -> Vec<TokenRow> {
        self.picture().tokens(user).into_iter().filter(|row| row.kind == TokenKind::Key).cloned().collect()
    }

    /// Ends a key of that user. Another user's is not there.
    pub(crate) async fn revoke_key(&self, id: &str, user: UserId, by: &By) -> Result<(), PeopleError> {
        if !self.keys(user).iter().any(|key| key.id == id) {
            return Err(PeopleError::NoKey { found: id.to_owned() });
        }
        let deed = async {
            match self.store.revoke_token(id, user, self.now_ns()).await? {
                true => Ok(()),
                false => Err(PeopleError::NoKey { found: id.to_owned() }),
            }
        };
        self.audited(by, "key.revoke", id, "", "", deed).await
    }
}
