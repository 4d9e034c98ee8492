//! Whose an order is: of a strategy's, its strategy; of the desk of people's, whoever asked for it.
//!
//! Owns: who asked for which order, and how much of each one's is no longer kept, so that what is told one of them can be
//! numbered as if there were nobody else.
//! Never: who may see it; the desk's `sight` says that.

use super::trail::Trail;
use engine_model::intent::StrategyId;
use engine_model::order::ClientOrderId;
use engine_model::report::Report;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Authors kept, of all people together: a day's orders of a busy house. The oldest go first, and with one of them goes
/// that anybody sees the order who does not see the whole.
const AUTHORS_KEPT: usize = 16_384;

/// Whose something is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Whose {
    pub(crate) strategy: StrategyId,
    /// By name; `None`: of no person, or of one that is not known here.
    pub(crate) author: Option<Arc<str>>,
}

/// Who asked for which order of the desk of people. Its number comes with the desk's answer, a few milliseconds behind what
/// may be heard of the order meanwhile: until then it is nobody's.
#[derive(Debug, Default)]
pub(crate) struct Authors(BTreeMap<ClientOrderId, Arc<str>>);

impl Authors {
    pub(crate) fn learn(&mut self, order: ClientOrderId, author: Arc<str>) {
        self.0.insert(order, author);
        if self.0.len() > AUTHORS_KEPT {
            self.0.pop_first();
        }
    }

    /// Whose an order is that may be a part of another one, or stand in its place.
    pub(crate) fn whose(&self, order: ClientOrderId, strategy: StrategyId, parent: u32) -> Whose {
        let root = ClientOrderId::new(order.strategy(), order.epoch(), parent);
        let of_root = || self.0.get(&root).filter(|_| parent != 0);
        Whose { strategy, author: self.0.get(&order).or_else(of_root).cloned() }
    }

    pub(crate) fn of_report(&self, report: &Report) -> Whose {
        self.whose(report.client_order_id, report.strategy, report.parent)
    }
}

/// A trail that is shared: how many of each one's are no longer kept.
#[derive(Clone, Debug)]
pub(crate) struct Shared<T> {
    pub(crate) all: Trail<T>,
    gone: BTreeMap<Whose, u64>,
}

impl<T: Clone> Shared<T> {
    pub(super) fn new(capacity: usize) -> Self {
        Self { all: Trail::new(capacity), gone: BTreeMap::new() }
    }

    pub(super) fn push(&mut self, value: T, whose: impl Fn(&T) -> Whose) {
        if let Some(gone) = self.all.goes_next() {
            *self.gone.entry(whose(gone)).or_default() += 1;
        }
        self.all.push(value);
    }

    /// What of it is of those.
    pub(crate) fn of(&self, whose: impl Fn(&T) -> Whose, is_seen: impl Fn(&Whose) -> bool) -> Trail<T> {
        let gone = self.gone.iter().filter(|(of, _)| is_seen(of)).map(|(_, count)| count).sum();
        self.all.of(|value| is_seen(&whose(value)), gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESK: StrategyId = StrategyId(3);

    fn id(counter: u32) -> ClientOrderId {
        ClientOrderId::new(DESK.0, 7, counter)
    }

    #[test]
    fn an_order_is_its_authors_and_so_is_what_stands_in_its_place() {
        let mut authors = Authors::default();
        authors.learn(id(1), "ada".into());
        let author = |counter, parent| authors.whose(id(counter), DESK, parent).author;
        assert_eq!((author(1, 0).as_deref(), author(3, 1).as_deref()), (Some("ada"), Some("ada")));
        assert_eq!((author(2, 0), author(4, 2)), (None, None));
    }

    #[test]
    fn authors_are_bounded_and_the_oldest_go_first() {
        let mut authors = Authors::default();
        (0..=AUTHORS_KEPT as u32).for_each(|counter| authors.learn(id(counter), "ada".into()));
        assert!(authors.whose(id(0), DESK, 0).author.is_none() && authors.whose(id(1), DESK, 0).author.is_some());
    }

    #[test]
    fn what_is_shared_is_numbered_for_each_as_if_there_were_nobody_else() {
        let whose = |n: &u64| Whose { strategy: StrategyId((n % 2) as u8 + 1), author: None };
        let mut shared = Shared::new(4);
        (0..7).for_each(|n| shared.push(n, whose));
        let first = shared.of(whose, |of| of.strategy == StrategyId(1));
        assert_eq!((first.pushed(), first.last(9)), (4, vec![4, 6]), "0 and 2 are gone");
        assert_eq!(shared.of(whose, |_| false).pushed(), 0);
    }
}
