//! People's alerts, as every door has them: said to be there, or gone, when the file says so, too.
//!
//! Owns: whose place is freed when there is none, what an admin sees and takes away. Never: a rule ([`ops::alert`] has them),
//! anything of one user shown to another who is no admin.
//!
//! [`ops::alert`]: crate::ops::alert

use super::Desk;
use super::people::{By, PeopleError};
use crate::ops::alert::{Condition, Full, Rule};
use crate::role::UserId;
use engine_model::units::Nanos;

/// Why an alert was not taken, taken away or snoozed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AlertError {
    /// There is no room.
    #[error("there are as many alerts as there may be: an admin makes room")]
    Full(Full),
    /// The disk does not take it.
    #[error("the file of alerts is not written: see the log")]
    Unkept,
    /// It has to be in the audit, and is not.
    #[error(transparent)]
    People(#[from] PeopleError),
}

/// An alert, for an admin.
#[derive(Clone, Debug)]
pub(crate) struct Owned {
    /// `user tom`, `telegram 4711`.
    pub(crate) owner: String,
    /// Its owner is not let in: nothing is looked at for it.
    pub(crate) is_shut_out: bool,
    pub(crate) rule: Rule,
}

impl Desk {
    /// Where there is no room, those go whose owners there are no longer.
    pub(crate) async fn add_alert(
        &self,
        owner: UserId,
        when: Condition,
        webhook: Option<String>,
    ) -> Result<Rule, AlertError> {
        let added = match self.alerts.add(owner, when.clone(), webhook.clone()) {
            Err(Full::All) if self.alerts.forget(|rule| self.is_gone(rule.owner)) => {
                self.alerts.add(owner, when, webhook)
            }
            added => added,
        };
        let rule = added.map_err(AlertError::Full)?;
        if self.alerts.keep().await {
            return Ok(rule);
        }
        self.alerts.remove(owner, rule.id);
        Err(AlertError::Unkept)
    }

    /// Whether there was such an alert of that user.
    pub(crate) async fn remove_alert(&self, owner: UserId, id: u64) -> Result<bool, AlertError> {
        let is_gone = self.alerts.remove(owner, id);
        self.kept(is_gone).await
    }

    /// `None`: there is no such alert of that user.
    pub(crate) async fn snooze_alert(&self, owner: UserId, id: u64, until: Nanos) -> Result<Option<Rule>, AlertError> {
        let snoozed = self.alerts.snooze(owner, id, until);
        self.kept(snoozed).await
    }

    /// Everybody's, in the order in which they were made.
    pub(crate) fn all_alerts(&self) -> Vec<Owned> {
        let owned = |rule: Rule| {
            let (owner, is_shut_out) = (self.owner(rule.owner), self.is_shut_out(rule.owner));
            Owned { owner, is_shut_out, rule }
        };
        self.alerts.rules().into_iter().map(owned).collect()
    }

    /// Takes an alert away, whosever it is; whether there was one. Written down, where there is an audit.
    pub(crate) async fn remove_any_alert(&self, id: u64, by: &By) -> Result<bool, AlertError> {
        let Some(rule) = self.alerts.rules().into_iter().find(|rule| rule.id == id) else { return Ok(false) };
        let (owner, measure, of) = (self.owner(rule.owner), rule.when.measure.name(), &rule.when.of);
        let deed = async { Ok(self.alerts.forget(|rule| rule.id == id)) };
        let is_gone = match &self.people {
            Some(people) => {
                let before = format!("of {owner}: {measure} {of}");
                people.audited(by, "alert remove", &format!("alert {id}"), before.trim_end(), "", deed).await?
            }
            None => deed.await?,
        };
        self.kept(is_gone).await
    }

    async fn kept<T>(&self, done: T) -> Result<T, AlertError> {
        if self.alerts.keep().await { Ok(done) } else { Err(AlertError::Unkept) }
    }

    fn owner(&self, user: UserId) -> String {
        let name = || self.people.as_ref().and_then(|people| people.picture().name(user).map(str::to_owned));
        match user {
            UserId::LOCAL => "this machine, without users".to_owned(),
            UserId(number) if number < 0 => format!("telegram {}", number.unsigned_abs()),
            UserId(number) => name().map_or_else(|| format!("nobody: user {number}"), |name| format!("user {name}")),
        }
    }

    /// Whether that is a user whom the users' table does not know. Where there are no users now, they may be back.
    fn is_gone(&self, user: UserId) -> bool {
        user > UserId::LOCAL && self.people.as_ref().is_some_and(|people| people.picture().name(user).is_none())
    }
}
