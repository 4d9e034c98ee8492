//! The office: what a person at the machine does with users, keys and the audit, whether an engine runs or not. Who may open
//! the database's file (or knows its URL) is an admin here.
//!
//! Owns: a runtime for the time of a call. Never: a rule about people (the desk has them), a socket.

use crate::desk::people::secret::hex;
use crate::desk::people::{By, KeyWish, People, PeopleConfig, PeopleError, UserChange, secret};
use crate::door::dto;
use crate::role::Role;
use engine_ring::clock::Clock;
use tokio::runtime::{Builder, Runtime};

/// See the module.
pub struct Office {
    runtime: Runtime,
    people: People,
    by: By,
}

/// What a walk over the audit found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chain {
    /// It is whole.
    Whole {
        /// Rows.
        rows: i64,
        /// Of the last one.
        hash: String,
    },
    /// It is not.
    Broken {
        /// The first row that is wrong.
        seq: i64,
        /// How.
        why: String,
    },
}

impl Office {
    /// Opens the database, and makes it if it is not there.
    pub fn open(config: &PeopleConfig, by: By) -> Result<Self, PeopleError> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(|_| PeopleError::Ended)?;
        let people = runtime.block_on(People::open(config, Clock::machine()))?;
        Ok(Self { runtime, people, by })
    }

    /// Everybody, by name.
    #[must_use]
    pub fn users(&self) -> Vec<dto::User> {
        dto::Users::new(&self.people.picture().users()).users
    }

    /// Adds a user.
    pub fn add(&self, name: &str, password: &str, role: Role) -> Result<(), PeopleError> {
        self.runtime.block_on(self.people.add(name, password, role, false, &self.by))
    }

    /// Changes a user.
    pub fn change(&self, name: &str, change: UserChange) -> Result<(), PeopleError> {
        self.runtime.block_on(self.people.change(name, change, &self.by))
    }

    /// A user's keys, oldest first.
    pub fn keys(&self, user: &str) -> Result<Vec<dto::Key>, PeopleError> {
        let id = self.people.picture().user(user)?.id;
        Ok(dto::Keys::new(&self.people.keys(id)).keys)
    }

    /// Makes a key, which is in the answer and nowhere else.
    pub fn add_key(&self, user: &str, wish: &KeyWish) -> Result<dto::KeyShownOnce, PeopleError> {
        let (token, row) = self.runtime.block_on(self.people.add_key(user, Role::Admin, wish, &self.by))?;
        Ok(dto::KeyShownOnce { key: token.reveal().to_owned(), about: dto::Key::new(&row) })
    }

    /// Ends a key, whosever it is.
    pub fn revoke_key(&self, id: &str) -> Result<(), PeopleError> {
        let owner = self.people.picture().owner_of_key(id)?;
        self.runtime.block_on(self.people.revoke_key(id, owner, &self.by))
    }

    /// At most `count` rows of the audit behind that one, in order.
    pub fn audit(&self, after: i64, count: i64) -> Result<Vec<dto::AuditLine>, PeopleError> {
        let rows = self.runtime.block_on(self.people.audit_after(after, count))?;
        Ok(dto::Audit::new(&rows).rows)
    }

    /// Walks the whole audit.
    pub fn verify(&self) -> Result<Chain, PeopleError> {
        Ok(match self.runtime.block_on(self.people.verify_audit())? {
            Ok(head) => Chain::Whole { rows: head.seq, hash: head.hash },
            Err(broken) => Chain::Broken { seq: broken.seq, why: broken.why },
        })
    }

    /// Keeps the audit's head, and closes the database.
    pub fn close(self) -> Result<(), PeopleError> {
        self.runtime.block_on(self.people.close())
    }

    /// A password for somebody who is to take another one: 128 random bits.
    pub fn draw_password() -> Result<String, PeopleError> {
        Ok(hex(&secret::drawn::<16>()?))
    }
}
