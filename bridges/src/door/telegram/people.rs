//! Who may ask: people by the number that Telegram gives them. Names change and can be taken; numbers cannot. An
//! empty list is nobody.

use crate::desk::sight::Listed;
use crate::role::{Caller, Needs, Role, UserId};
use std::collections::BTreeMap;

/// One person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Telegram's number.
    pub id: u64,
    /// As it stands in messages and in the audit.
    pub name: String,
    /// What they may.
    pub role: Role,
}

impl Person {
    /// Telegram's people are no rows of the users' table: their numbers are below all of those.
    pub(crate) fn user(&self) -> UserId {
        UserId(i64::try_from(self.id).map_or(0, |id| -id))
    }

    /// Who asks, where this person does.
    pub(crate) fn caller(&self) -> Caller {
        Caller { user: self.user(), role: self.role }
    }

    /// As the desk knows them.
    pub(crate) fn listed(&self) -> Listed {
        Listed { user: self.user(), name: self.name.clone(), role: self.role }
    }
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct People(BTreeMap<u64, Person>);

impl People {
    pub(super) fn new(list: Vec<Person>) -> Self {
        Self(list.into_iter().map(|person| (person.id, person)).collect())
    }

    pub(super) fn get(&self, id: u64) -> Option<&Person> {
        self.0.get(&id)
    }

    /// Those who may that.
    pub(super) fn who_may(&self, needs: Needs) -> impl Iterator<Item = &Person> {
        self.0.values().filter(move |person| needs.allow(Some(person.role)))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Person> {
        self.0.values()
    }
}
