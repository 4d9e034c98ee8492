//! Users: added, changed, logged in and out.

use super::secret::{SESSION, Token, drawn_id};
use super::{Asker, By, People, PeopleError, too_many, whose};
use crate::role::{Role, UserId};
use crate::store::operational::people::{TokenKind, TokenRow, UserRow, UserSet};
use std::net::IpAddr;

const NAME_CHARS_MAX: usize = 32;
/// Sessions and keys of one user that are good at once.
pub(super) const TOKENS_MAX: usize = 100;

/// What is to be another one of a user; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserChange {
    /// What he may.
    pub role: Option<Role>,
    /// Whether he is let in at all.
    pub is_enabled: Option<bool>,
    /// What he shows to be let in.
    pub password: Option<String>,
}

impl People {
    /// Adds a user; `is_first`: only if there is nobody yet.
    pub(crate) async fn add(
        &self,
        name: &str,
        password: &str,
        role: Role,
        is_first: bool,
        by: &By,
    ) -> Result<(), PeopleError> {
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-');
        if name.is_empty() || name.len() > NAME_CHARS_MAX || !name.chars().all(is_name) {
            return Err(PeopleError::Name { found: name.chars().take(2 * NAME_CHARS_MAX).collect() });
        }
        let password = self.passwords.hash(password).await?;
        let (id, created_ns) = (UserId(drawn_id()?), self.now_ns());
        let user = UserRow { id, name: name.to_owned(), role, password, is_enabled: true, created_ns };
        let add = async {
            let is_added = self.store.add_user(&user, is_first).await?;
            match is_added {
                true => Ok(()),
                false if is_first => Err(PeopleError::NoClaim),
                false => Err(PeopleError::Taken { found: name.to_owned() }),
            }
        };
        self.audited(by, "user.add", name, "", &state(&user), add).await
    }

    /// Changes a user: what is named, and nothing else. With another password, or without being enabled, nothing stays
    /// logged in; keys go on, or wait until he is enabled again.
    pub(crate) async fn change(&self, name: &str, change: UserChange, by: &By) -> Result<(), PeopleError> {
        let old = self.picture().user(name)?.clone();
        let password = match &change.password {
            Some(password) => Some(self.passwords.hash(password).await?),
            None => None,
        };
        let set = UserSet { role: change.role, password, is_enabled: change.is_enabled };
        let is_enabled = change.is_enabled.unwrap_or(old.is_enabled);
        let new = UserRow { role: change.role.unwrap_or(old.role), is_enabled, ..old.clone() };
        let deed = async {
            match self.store.set_user(old.id, &set, self.now_ns()).await? {
                true => Ok(()),
                false => Err(PeopleError::LastAdmin { found: name.to_owned() }),
            }
        };
        let action = if change.password.is_some() { "user.password" } else { "user.change" };
        self.audited(by, action, name, &state(&old), &state(&new), deed).await
    }

    /// Logs in: a token that holds for a while, and when it ends.
    pub(crate) async fn login(
        &self,
        name: &str,
        password: &str,
        from: IpAddr,
    ) -> Result<(Token, Asker, i64), PeopleError> {
        // What was typed may be anything, a password included: only the names of users are written down.
        let known = self.picture().user(name).map_or_else(|_| "?".to_owned(), |user| user.name.clone());
        let by = By { actor: format!("user:{known}"), source: format!("login@{from}") };
        let short: String = name.chars().take(NAME_CHARS_MAX).collect();
        // The address first, and names by address: nobody keeps another one out by guessing at his name.
        let place = whose(from);
        for counted in [format!("from {place}"), format!("name {short} {place}")] {
            self.logins.take(&counted, self.clock.now()).map_err(too_many)?;
        }
        let user = self.picture().user(name).ok().filter(|user| user.is_enabled).cloned();
        let is_it = self.passwords.is(user.as_ref().map(|user| user.password.as_str()), password).await?;
        let Some(user) = user.filter(|_| is_it) else {
            let asked = self.asked(&by, "login", "", "").await?;
            self.came(asked, &by, "login", "", "refused").await?;
            return Err(PeopleError::NotKnown);
        };
        let expires_ns = self.now_ns() + self.session.as_nanos() as i64;
        let (token, row) = self.token(TokenKind::Session, &user, "", user.role, "", expires_ns)?;
        self.audited(&by, "login", &row.id, "", "", async { Ok(self.store.add_token(&row).await?) }).await?;
        let asker = self.picture().find(token.reveal(), from, self.now_ns())?;
        Ok((token, asker, expires_ns))
    }

    /// Ends a session (or a key that was used in its place).
    pub(crate) async fn logout(&self, asker: &Asker) -> Result<(), PeopleError> {
        let deed = async {
            self.store.revoke_token(&asker.token, asker.caller.user, self.now_ns()).await?;
            Ok(())
        };
        self.audited(&asker.by(), "logout", &asker.token, "", "", deed).await
    }

    /// Another password of one's own, for the old one.
    pub(crate) async fn own_password(&self, asker: &Asker, old: &str, new: &str) -> Result<(), PeopleError> {
        self.logins.take(&format!("name {}", asker.name), self.clock.now()).map_err(too_many)?;
        let kept = self.picture().user(&asker.name)?.password.clone();
        if !self.passwords.is(Some(&kept), old).await? {
            return Err(PeopleError::NotKnown);
        }
        self.change(&asker.name, UserChange { password: Some(new.to_owned()), ..UserChange::default() }, &asker.by())
            .await
    }

    /// A new token of a user, and the row that knows it.
    pub(super) fn token(
        &self,
        kind: TokenKind,
        user: &UserRow,
        name: &str,
        role: Role,
        addresses: &str,
        expires_ns: i64,
    ) -> Result<(Token, TokenRow), PeopleError> {
        let (picture, now) = (self.picture(), self.now_ns());
        let good = picture.tokens(user.id).into_iter().filter(|row| row.expires_ns == 0 || now < row.expires_ns);
        if good.count() >= TOKENS_MAX {
            return Err(PeopleError::TooManyTokens { most: TOKENS_MAX });
        }
        let prefix = match kind {
            TokenKind::Session => SESSION,
            TokenKind::Key => super::secret::KEY,
        };
        let token = Token::draw(prefix)?;
        let row = TokenRow {
            id: token.id().to_owned(),
            kind,
            user: user.id,
            name: name.to_owned(),
            digest: token.digest().to_hex().to_string(),
            role,
            addresses: addresses.to_owned(),
            created_ns: self.now_ns(),
            expires_ns,
            revoked_ns: 0,
        };
        Ok((token, row))
    }
}

/// What the audit says of a user.
fn state(user: &UserRow) -> String {
    format!("role={} enabled={}", user.role.name(), user.is_enabled)
}
