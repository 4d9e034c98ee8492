//! Everybody and every good token, in memory: what a request is held against, without a look at the disk.

use super::network::Networks;
use super::secret::{digest, shown_id};
use super::{By, PeopleError};
use crate::role::{Caller, Role, UserId};
use crate::store::operational::people::{TokenKind, TokenRow, UserRow};
use crate::store::operational::{Store, StoreError};
use blake3::Hash;
use std::collections::HashMap;
use std::net::IpAddr;

/// See the module.
pub(crate) struct Picture {
    pub(super) revision: i64,
    users: HashMap<UserId, UserRow>,
    tokens: HashMap<String, Known>,
}

struct Known {
    row: TokenRow,
    /// Compared in constant time.
    digest: Hash,
    networks: Networks,
}

/// Somebody who has shown what he is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asker {
    pub(crate) caller: Caller,
    pub(crate) name: String,
    /// Of his session or key: the part that is no secret.
    pub(crate) token: String,
    pub(crate) kind: TokenKind,
    pub(crate) from: IpAddr,
}

impl Asker {
    /// By a password, not by a key.
    pub(crate) fn has_logged_in(&self) -> bool {
        self.kind == TokenKind::Session
    }

    /// For the audit.
    pub(crate) fn by(&self) -> By {
        let kind = match self.kind {
            TokenKind::Session => "session",
            TokenKind::Key => "key",
        };
        By { actor: format!("user:{}", self.name), source: format!("{kind}:{}@{}", self.token, self.from) }
    }
}

impl Picture {
    pub(super) async fn read(store: &Store, now_ns: i64) -> Result<Self, PeopleError> {
        // Read first: what is changed meanwhile is looked at again.
        let revision = store.revision().await?;
        let users = store.users().await?.into_iter().map(|user| (user.id, user)).collect();
        let tokens = store.tokens(now_ns).await?.into_iter().map(known).collect::<Result<_, _>>()?;
        Ok(Self { revision, users, tokens })
    }

    pub(super) fn find(&self, shown: &str, from: IpAddr, now_ns: i64) -> Result<Asker, PeopleError> {
        let id = shown_id(shown).ok_or(PeopleError::NoToken)?;
        let known = self.tokens.get(id).filter(|known| known.digest == digest(shown));
        let known = known.filter(|known| known.row.expires_ns == 0 || now_ns < known.row.expires_ns);
        let Known { row, networks, .. } = known.ok_or(PeopleError::NoToken)?;
        let user = self.users.get(&row.user).filter(|user| user.is_enabled).ok_or(PeopleError::NoToken)?;
        if !networks.allow(from) {
            return Err(PeopleError::WrongPlace { from: from.to_string() });
        }
        let caller = Caller { user: user.id, role: row.role.min(user.role) };
        Ok(Asker { caller, name: user.name.clone(), token: row.id.clone(), kind: row.kind, from })
    }

    /// Whether the same would be found again: the token good, its user not shut out, no role taken away.
    pub(super) fn still_knows(&self, asker: &Asker, now_ns: i64) -> bool {
        let row = self.tokens.get(&asker.token).map(|known| &known.row);
        let row = row.filter(|row| row.user == asker.caller.user && (row.expires_ns == 0 || now_ns < row.expires_ns));
        let user = row.and_then(|row| self.users.get(&row.user)).filter(|user| user.is_enabled);
        matches!((row, user), (Some(row), Some(user)) if row.role.min(user.role) >= asker.caller.role)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.users.is_empty()
    }

    /// Everybody, by name.
    pub(crate) fn users(&self) -> Vec<UserRow> {
        let mut users: Vec<UserRow> = self.users.values().cloned().collect();
        users.sort_by(|one, other| one.name.cmp(&other.name));
        users
    }

    pub(crate) fn user(&self, name: &str) -> Result<&UserRow, PeopleError> {
        self.users.values().find(|user| user.name == name).ok_or_else(|| PeopleError::NoUser { found: name.to_owned() })
    }

    /// Whether a user of that number is let in at all.
    pub(super) fn is_enabled(&self, user: UserId) -> bool {
        self.users.get(&user).is_some_and(|user| user.is_enabled)
    }

    /// The name of the user of that number; `None`: there is none.
    pub(crate) fn name(&self, user: UserId) -> Option<&str> {
        self.users.get(&user).map(|user| user.name.as_str())
    }

    /// What the user of that number may; `None`: there is none.
    pub(crate) fn role(&self, user: UserId) -> Option<Role> {
        self.users.get(&user).map(|user| user.role)
    }

    /// Whose key it is.
    pub(crate) fn owner_of_key(&self, id: &str) -> Result<UserId, PeopleError> {
        let key = self.tokens.get(id).filter(|known| known.row.kind == TokenKind::Key);
        key.map(|known| known.row.user).ok_or_else(|| PeopleError::NoKey { found: id.to_owned() })
    }

    /// One user's good tokens, oldest first.
    pub(super) fn tokens(&self, user: UserId) -> Vec<&TokenRow> {
        let mut tokens: Vec<&TokenRow> =
            self.tokens.values().map(|known| &known.row).filter(|row| row.user == user).collect();
        tokens.sort_by(|one, other| (one.created_ns, &one.id).cmp(&(other.created_ns, &other.id)));
        tokens
    }
}

fn known(row: TokenRow) -> Result<(String, Known), PeopleError> {
    let unread = || StoreError::Unread { what: "the digest of token", found: row.id.clone() };
    let digest = Hash::from_hex(&row.digest).map_err(|_| unread())?;
    let networks = Networks::parse(&row.addresses)?;
    Ok((row.id.clone(), Known { row, digest, networks }))
}
