//! Alerts: rules of people, held against the desk twice a second; what they hit, and who is told.
//!
//! Owns: the rules, in memory and in a file ([`keep`]); the last hits ([`hits`]); the dead-man's word when the engine or a
//! feed stands still ([`watch`]).
//! Never: a number of its own ([`Measure`] asks the desk), a rule of one user shown to another (but to an admin, who makes
//! room), anything that waits for whoever listens: a stream reads the hits by number, like every other.

pub(crate) mod hits;
pub(crate) mod keep;
pub(crate) mod watch;

use crate::desk::answer::Answer;
use crate::desk::flow::Timeframe;
use crate::desk::measure::Measure;
use crate::hub::Since;
use crate::ops::place::Place;
use crate::role::UserId;
use engine_model::units::Nanos;
use hits::Hits;
pub(crate) use hits::{HITS_KEPT, Hit, HitCursor, NewHits};
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::watch as wake;

/// Rules of all users; each is looked at twice a second.
pub(crate) const RULES_MAX: usize = 256;
/// Rules of one user.
pub(crate) const OWN_MAX: usize = 64;
/// The shortest time between two hits of one rule, in seconds.
pub(crate) const COOLDOWN_S: (u64, u64) = (1, 86_400);

/// When a rule hits.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Condition {
    pub(crate) measure: Measure,
    /// As the desk always finds it; empty where the measure is of nothing.
    pub(crate) of: String,
    pub(crate) window: Timeframe,
    /// From this on.
    pub(crate) above: Option<f64>,
    /// Down to this.
    pub(crate) below: Option<f64>,
    pub(crate) cooldown_ns: u64,
}

/// A rule, and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rule {
    pub(crate) id: u64,
    pub(crate) owner: UserId,
    pub(crate) when: Condition,
    /// Until then it says nothing.
    pub(crate) snoozed_until: Nanos,
    pub(crate) hits: u64,
    pub(crate) last_hit: Option<Nanos>,
    /// Whether it held when it was last looked at: it hits when that begins.
    pub(crate) holds: bool,
    /// Why it could not be looked at.
    pub(crate) blind: Option<String>,
    /// Where its hits are sent, besides.
    pub(crate) webhook: Option<String>,
}

/// Why a rule was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    Own,
    All,
}

/// See the module.
pub(crate) struct Alerts {
    state: Mutex<State>,
    news: wake::Sender<()>,
    /// Where they are kept, if they outlast the run.
    place: Option<Place>,
    /// Held by who writes the file: two at once would write one over the other.
    writing: tokio::sync::Mutex<()>,
}

/// What outlasts a run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Kept {
    /// Numbers are not given twice.
    pub(crate) next_id: u64,
    pub(crate) rules: Vec<Rule>,
    /// What they found, oldest first of each person.
    pub(crate) hits: Vec<Hit>,
}

impl Kept {
    /// Of a house that has had no alert yet.
    pub(crate) const fn none() -> Self {
        Self { next_id: 1, rules: Vec::new(), hits: Vec::new() }
    }
}

#[derive(Debug)]
struct State {
    rules: Vec<Rule>,
    next_id: u64,
    hits: Hits,
    /// The file is older than the rules.
    is_unkept: bool,
}

impl Alerts {
    /// With what a file has.
    pub(crate) fn new(place: Option<Place>, kept: Kept) -> Self {
        let Kept { next_id, rules, hits } = kept;
        let state = State { rules, next_id, hits: Hits::with(hits), is_unkept: false };
        Self { state: Mutex::new(state), news: wake::Sender::new(()), place, writing: tokio::sync::Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change leaves it whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `webhook`: where its hits are sent, besides.
    pub(crate) fn add(&self, owner: UserId, when: Condition, webhook: Option<String>) -> Result<Rule, Full> {
        let mut state = self.state();
        if state.rules.len() >= RULES_MAX {
            return Err(Full::All);
        }
        if state.rules.iter().filter(|rule| rule.owner == owner).count() >= OWN_MAX {
            return Err(Full::Own);
        }
        let (id, snoozed_until) = (state.next_id, Nanos(0));
        let rule = Rule { id, owner, when, snoozed_until, hits: 0, last_hit: None, holds: false, blind: None, webhook };
        state.next_id += 1;
        state.rules.push(rule.clone());
        state.is_unkept = true;
        Ok(rule)
    }

    /// A user's own, in the order in which they were made.
    pub(crate) fn own(&self, owner: UserId) -> Vec<Rule> {
        self.state().rules.iter().filter(|rule| rule.owner == owner).cloned().collect()
    }

    /// Whether there was such a rule of that user.
    pub(crate) fn remove(&self, owner: UserId, id: u64) -> bool {
        self.forget(|rule| (rule.owner, rule.id) == (owner, id))
    }

    /// Takes away what is meant; whether there was any.
    pub(crate) fn forget(&self, is_meant: impl Fn(&Rule) -> bool) -> bool {
        let mut state = self.state();
        let before = state.rules.len();
        state.rules.retain(|rule| !is_meant(rule));
        let is_gone = state.rules.len() < before;
        state.is_unkept |= is_gone;
        is_gone
    }

    /// Until then the rule says nothing; `None`: there is no such rule of that user.
    pub(crate) fn snooze(&self, owner: UserId, id: u64, until: Nanos) -> Option<Rule> {
        let mut state = self.state();
        let rule = state.rules.iter_mut().find(|rule| (rule.owner, rule.id) == (owner, id))?;
        rule.snoozed_until = until;
        let rule = rule.clone();
        state.is_unkept = true;
        Some(rule)
    }

    /// Everybody's: to be looked at.
    pub(crate) fn rules(&self) -> Vec<Rule> {
        self.state().rules.clone()
    }

    /// What looking at a rule said.
    fn looked(&self, id: u64, found: Answer<f64>, now: Nanos) {
        let mut state = self.state();
        let State { rules, hits, is_unkept, .. } = &mut *state;
        // It may have been taken away meanwhile.
        let Some(rule) = rules.iter_mut().find(|rule| rule.id == id) else { return };
        let held = rule.holds;
        let hit = rule.look(found, now);
        // That it ended, too: a run that believed it still held would not say that it began again.
        *is_unkept |= hit.is_some() || rule.holds != held;
        let Some(hit) = hit else { return };
        hits.push(hit.clone());
        drop(state);
        self.tell(&hit);
    }

    /// What concerns everybody.
    fn everybody(&self, at: Nanos, text: String) {
        let hit = Hit { owner: None, rule: None, at, text, value: None, webhook: None };
        let mut state = self.state();
        state.hits.push(hit.clone());
        state.is_unkept = true;
        drop(state);
        self.tell(&hit);
    }

    fn tell(&self, hit: &Hit) {
        tracing::warn!(rule = hit.rule, text = hit.text, "alert");
        self.news.send_replace(());
    }

    /// Wakes at a hit.
    pub(crate) fn watch(&self) -> wake::Receiver<()> {
        self.news.subscribe()
    }

    /// The last `count` hits that concern a user, oldest first, and where to go on.
    pub(crate) fn hits(&self, owner: UserId, count: usize) -> (Vec<Hit>, HitCursor) {
        self.state().hits.last(owner, count)
    }

    /// Those of everybody, from number `next` on: for what sends them.
    pub(crate) fn all_since(&self, next: u64) -> Since<Hit> {
        self.state().hits.all_since(next)
    }

    /// Where hits of any rule are sent whose owner is one of those, and whose it is.
    pub(crate) fn webhooks(&self, is_told: impl Fn(UserId) -> bool) -> BTreeSet<(UserId, String)> {
        let state = self.state();
        let rules = state.rules.iter().filter(|rule| is_told(rule.owner));
        rules.filter_map(|rule| Some((rule.owner, rule.webhook.clone()?))).collect()
    }

    /// Those behind a cursor.
    pub(crate) fn hits_since(&self, owner: UserId, cursor: HitCursor) -> NewHits {
        self.state().hits.since(owner, cursor)
    }
}

impl Condition {
    fn holds(&self, value: f64) -> bool {
        self.above.is_some_and(|above| value >= above) || self.below.is_some_and(|below| value <= below)
    }
}

impl Rule {
    /// A rule hits when its condition begins to hold, not sooner than its cooldown after the last hit. What is unknown holds
    /// nothing and ends nothing.
    fn look(&mut self, found: Answer<f64>, now: Nanos) -> Option<Hit> {
        let known = match found {
            Ok(known) => known,
            Err(unknown) => {
                self.blind = Some(unknown.0);
                return None;
            }
        };
        self.blind = None;
        let holds = self.when.holds(known.value);
        let is_cool = self.last_hit.is_none_or(|last| now.since(last) >= self.when.cooldown_ns);
        if !holds || self.holds || !is_cool || now < self.snoozed_until {
            // While it may not speak it has not begun: it speaks afterwards if it still holds.
            self.holds &= holds;
            return None;
        }
        self.holds = true;
        self.hits += 1;
        self.last_hit = Some(now);
        Some(Hit {
            owner: Some(self.owner),
            rule: Some(self.id),
            at: now,
            text: self.when.text(known.value),
            value: Some(known.value),
            webhook: self.webhook.clone(),
        })
    }
}

impl Condition {
    /// In a line, with what was found.
    fn text(&self, value: f64) -> String {
        let bound = match (self.above, self.below) {
            (Some(above), _) if value >= above => format!("at or above {above}"),
            (_, Some(below)) => format!("at or below {below}"),
            _ => String::new(),
        };
        let (measure, unit, window) = (self.measure.name(), self.measure.unit(), self.window.name());
        let of = if self.of.is_empty() { String::new() } else { format!(" of {}", self.of) };
        format!("{measure}{of} ({window}) is {value:.4} {unit}, {bound}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::answer::{Known, Source, Unknown};

    const OWNER: UserId = UserId(1);

    fn when(above: Option<f64>, below: Option<f64>) -> Condition {
        let (measure, window) = (Measure::Price, Timeframe::M15);
        Condition { measure, of: "BTCUSDT.bybit".to_owned(), window, above, below, cooldown_ns: 10 }
    }

    fn known(value: f64) -> Answer<f64> {
        Ok(Known::new(value, Source::Trades, Nanos(0), Nanos(0)))
    }

    fn alerts() -> (Alerts, u64) {
        let alerts = Alerts::new(None, Kept::none());
        let id = alerts.add(OWNER, when(Some(100.0), None), None).expect("room").id;
        (alerts, id)
    }

    #[test]
    fn a_rule_hits_when_it_begins_to_hold_and_not_again_before_it_is_cool() {
        let (alerts, id) = alerts();
        let looks = [
            (0, 99.0),
            (1, 100.0),
            (2, 101.0),
            (3, 99.0),
            (4, 105.0),
            (11, 106.0),
            (30, 107.0),
            (31, 99.0),
            (50, 100.5),
        ];
        for (at, value) in looks {
            alerts.looked(id, known(value), Nanos(at));
        }
        let hit_at: Vec<u64> = alerts.hits(OWNER, 9).0.iter().map(|hit| hit.at.0).collect();
        assert_eq!(hit_at, [1, 11, 50], "at 4 it was not cool; at 11 it still held");
        let rule = &alerts.own(OWNER)[0];
        assert_eq!((rule.hits, rule.last_hit), (3, Some(Nanos(50))));
        assert_eq!(alerts.hits(OWNER, 1).0[0].text, "price of BTCUSDT.bybit (15m) is 100.5000 quote, at or above 100");
    }

    #[test]
    fn what_is_unknown_holds_nothing_and_says_why() {
        let (alerts, id) = alerts();
        alerts.looked(id, known(100.0), Nanos(1));
        alerts.looked(id, Err(Unknown::because("no trade was heard yet")), Nanos(20));
        assert_eq!(alerts.own(OWNER)[0].blind.as_deref(), Some("no trade was heard yet"));
        alerts.looked(id, known(100.0), Nanos(30));
        assert_eq!((alerts.hits(OWNER, 9).0.len(), alerts.own(OWNER)[0].blind.clone()), (1, None), "it held all along");
    }

    #[test]
    fn a_snoozed_rule_speaks_afterwards_if_it_still_holds() {
        let (alerts, id) = alerts();
        assert!(alerts.snooze(OWNER, id, Nanos(100)).is_some());
        alerts.looked(id, known(120.0), Nanos(50));
        assert!(alerts.hits(OWNER, 9).0.is_empty());
        alerts.looked(id, known(120.0), Nanos(100));
        assert_eq!(alerts.hits(OWNER, 9).0.len(), 1);
    }

    #[test]
    fn nothing_of_one_user_is_another_users() {
        let (alerts, id) = alerts();
        let other = UserId(2);
        alerts.looked(id, known(120.0), Nanos(1));
        alerts.everybody(Nanos(2), "the engine stands still".to_owned());
        assert!(alerts.own(other).is_empty() && !alerts.remove(other, id));
        assert!(alerts.snooze(other, id, Nanos(9)).is_none());
        let texts = |user| alerts.hits(user, 9).0.len();
        assert_eq!((texts(OWNER), texts(other)), (2, 1), "what concerns everybody is told everybody");
        let since = |user| alerts.hits_since(user, HitCursor::default()).hits.len();
        assert_eq!((since(OWNER), since(other)), (2, 1));
    }

    #[test]
    fn there_is_an_end_of_rules() {
        let alerts = Alerts::new(None, Kept::none());
        for _ in 0..OWN_MAX {
            assert!(alerts.add(OWNER, when(Some(1.0), None), None).is_ok());
        }
        assert_eq!(alerts.add(OWNER, when(None, Some(1.0)), None).unwrap_err(), Full::Own);
        assert!(alerts.add(UserId(2), when(None, Some(1.0)), None).is_ok());
    }
}
