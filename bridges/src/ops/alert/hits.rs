//! What alerts have found: a trail of each person, one of what concerns everybody, and one of all for what sends letters.
//!
//! Owns: the last hits, and where a reader of them stands.
//! Never: anything of one person in what another reads. Not a hit, not that there was one: each trail has numbers of its own,
//! and however often the rules of one hit, they push nothing out of the trail of another.

use crate::hub::Since;
use crate::hub::trail::Trail;
use crate::role::UserId;
use engine_model::units::Nanos;
use std::collections::BTreeMap;

/// Hits kept of each person, and of what concerns everybody. Whoever has rules was let in by an admin, so these are few.
pub(crate) const HITS_KEPT: usize = 500;
/// Of those, so many outlast the run: the file is written whole at each hit.
const HITS_FILED: usize = 100;

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Hit {
    /// Whom it concerns; `None`: everybody.
    pub(crate) owner: Option<UserId>,
    /// Of which rule; `None`: the dead-man's.
    pub(crate) rule: Option<u64>,
    pub(crate) at: Nanos,
    pub(crate) text: String,
    pub(crate) value: Option<f64>,
    /// Where it is sent, besides.
    pub(crate) webhook: Option<String>,
}

/// How far somebody has read: of his own, and of what concerns everybody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct HitCursor {
    own: u64,
    house: u64,
}

/// What somebody has not read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NewHits {
    /// Hits that concern him and are no longer kept.
    pub(crate) missed: u64,
    /// Oldest first.
    pub(crate) hits: Vec<Hit>,
    /// Where to go on.
    pub(crate) next: HitCursor,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Hits {
    own: BTreeMap<UserId, Trail<Hit>>,
    house: Trail<Hit>,
    /// Of whomever, for who sends them on.
    all: Trail<Hit>,
    /// How many of each person's, and of everybody's, are of a run before this one: history, and no news.
    old: BTreeMap<Option<UserId>, u64>,
}

impl Hits {
    pub(super) fn new() -> Self {
        let trail = || Trail::new(HITS_KEPT);
        Self { own: BTreeMap::new(), house: trail(), all: trail(), old: BTreeMap::new() }
    }

    /// With what a run before this one has found. Nobody is told of it again.
    pub(super) fn with(kept: Vec<Hit>) -> Self {
        let mut hits = Self::new();
        for hit in kept {
            *hits.old.entry(hit.owner).or_default() += 1;
            hits.file(hit);
        }
        hits
    }

    /// What outlasts the run, person by person.
    pub(super) fn filed(&self) -> Vec<Hit> {
        self.own.values().chain([&self.house]).flat_map(|trail| trail.last(HITS_FILED)).collect()
    }

    pub(super) fn push(&mut self, hit: Hit) {
        self.all.push(hit.clone());
        self.file(hit);
    }

    fn file(&mut self, hit: Hit) {
        match hit.owner {
            Some(owner) => self.own.entry(owner).or_insert_with(|| Trail::new(HITS_KEPT)).push(hit),
            None => self.house.push(hit),
        }
    }

    /// The last `count` that concern somebody, and where to go on.
    pub(super) fn last(&self, user: UserId, count: usize) -> (Vec<Hit>, HitCursor) {
        let own = self.own.get(&user);
        let mut hits = own.map(|own| own.last(count)).unwrap_or_default();
        hits.extend(self.house.last(count));
        hits.sort_by_key(|hit| hit.at);
        hits.drain(..hits.len().saturating_sub(count));
        (hits, HitCursor { own: own.map_or(0, Trail::pushed), house: self.house.pushed() })
    }

    /// Those behind a cursor that concern somebody.
    pub(super) fn since(&self, user: UserId, cursor: HitCursor) -> NewHits {
        let nothing = || Since { missed: 0, values: Vec::new(), next: 0 };
        let from = |owner: Option<UserId>, next: u64| next.max(self.old.get(&owner).copied().unwrap_or(0));
        let own = self.own.get(&user).map_or_else(nothing, |own| own.since(from(Some(user), cursor.own)));
        let house = self.house.since(from(None, cursor.house));
        let mut hits = own.values;
        hits.extend(house.values);
        hits.sort_by_key(|hit| hit.at);
        let next = HitCursor { own: own.next, house: house.next };
        NewHits { missed: own.missed + house.missed, hits, next }
    }

    /// Those of everybody, from number `next` on.
    pub(super) fn all_since(&self, next: u64) -> Since<Hit> {
        self.all.since(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOM: UserId = UserId(1);
    const EVE: UserId = UserId(2);

    fn hit(owner: Option<UserId>, at: u64) -> Hit {
        Hit { owner, rule: owner.map(|_| 1), at: Nanos(at), text: format!("at {at}"), value: None, webhook: None }
    }

    fn at(hits: &[Hit]) -> Vec<u64> {
        hits.iter().map(|hit| hit.at.0).collect()
    }

    #[test]
    fn however_much_one_is_told_another_misses_nothing_and_learns_nothing() {
        let mut hits = Hits::new();
        hits.push(hit(Some(TOM), 1));
        hits.push(hit(None, 2));
        let (first, tom) = hits.last(TOM, 9);
        let (of_eve, eve) = hits.last(EVE, 9);
        assert_eq!((at(&first), at(&of_eve)), (vec![1, 2], vec![2]), "what concerns everybody is told everybody");
        for n in 0..3 * HITS_KEPT as u64 {
            hits.push(hit(Some(EVE), 10 + n));
        }
        assert_eq!(hits.since(TOM, tom), NewHits { missed: 0, hits: vec![], next: tom }, "as if nothing had been");
        assert_eq!(at(&hits.last(TOM, 9).0), [1, 2], "his are still there");
        let told = hits.since(EVE, eve);
        assert_eq!((told.missed, told.hits.len()), (2 * HITS_KEPT as u64, HITS_KEPT));
        hits.push(hit(Some(TOM), 5_000));
        let told = hits.since(TOM, tom);
        assert_eq!((told.missed, at(&told.hits)), (0, vec![5_000]));
        assert_eq!(hits.since(TOM, told.next).hits, []);
    }

    #[test]
    fn what_the_run_before_found_is_history_and_no_news() {
        let mut before = Hits::new();
        for n in 0..2 * HITS_FILED as u64 {
            before.push(hit(Some(TOM), n));
        }
        before.push(hit(None, 900));
        let mut hits = Hits::with(before.filed());
        let (told, _) = hits.last(TOM, HITS_KEPT);
        assert_eq!((told.len(), at(&told)[0], told[HITS_FILED].at.0), (HITS_FILED + 1, HITS_FILED as u64, 900));
        assert_eq!(hits.since(TOM, HitCursor::default()).hits, [], "who has read nothing yet is not told of it again");
        assert_eq!(hits.all_since(0).values, [], "nor is a letter sent");
        hits.push(hit(Some(TOM), 950));
        assert_eq!(at(&hits.since(TOM, HitCursor::default()).hits), [950]);
        assert_eq!(at(&hits.last(EVE, 9).0), [900]);
    }

    #[test]
    fn ones_own_and_everybodys_come_in_the_order_in_which_they_happened() {
        let mut hits = Hits::new();
        for (owner, at) in [(None, 1), (Some(TOM), 2), (None, 3), (Some(TOM), 4), (Some(EVE), 5)] {
            hits.push(hit(owner, at));
        }
        assert_eq!(at(&hits.last(TOM, 9).0), [1, 2, 3, 4]);
        assert_eq!(at(&hits.last(TOM, 2).0), [3, 4], "the last of both together");
        assert_eq!(at(&hits.since(TOM, HitCursor::default()).hits), [1, 2, 3, 4]);
        assert_eq!(at(&hits.all_since(0).values), [1, 2, 3, 4, 5]);
    }
}
