//! Whether a message follows the book: the sequence rules of all venues, as data-checked on every capture.
//!
//! Owns: the three-way judgement. Never: books, levels.

use crate::decoded::{BookKind, Ids, NO_ID};
use engine_model::planted::planted;

/// How a delta stands to a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// It follows: apply it.
    Next,
    /// It is in the book already: ignore it.
    Old,
    /// Something between is missing: the book is lost.
    Gap,
}

/// A venue's rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chain {
    /// A delta covers `first..=last`, each number once. Binance spot, Gate, KuCoin.
    Range,
    /// The same behind a snapshot; then each delta names the last of the one before. Binance futures.
    RangeThenLink,
    /// Each delta names the last of the one before, or nothing does. OKX, Bitget, Deribit.
    Link,
    /// One number a delta, each one above the last. Bybit, Kraken Futures.
    Counted,
    /// No numbers, or numbers that another rule judges. Coinbase, Kraken, Hyperliquid, BitMEX.
    None,
}

/// Where the first book comes from, and the next one after a loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SnapshotSource {
    /// A REST answer: deltas before it are kept.
    Rest,
    /// A message of the stream: deltas before it are dropped.
    Stream,
}

/// The place of a book in its stream of deltas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// Id of the snapshot, then of each delta applied.
    pub(crate) update_id: u64,
    /// Whether no delta was applied since the snapshot.
    pub(crate) fresh: bool,
}

impl Place {
    /// A book just loaded from a snapshot.
    pub(crate) const fn after_snapshot(update_id: u64) -> Self {
        Self { update_id, fresh: true }
    }

    /// How a message of this kind and these ids stands to a book at this place.
    #[inline]
    pub(crate) fn step(self, chain: Chain, kind: BookKind, ids: Ids) -> Step {
        match self.judge(chain, ids) {
            _ if kind == BookKind::Broken => Step::Gap,
            Step::Gap if planted("session/gap-unseen") => Step::Next,
            Step::Old if planted("session/old-applied-again") => Step::Next,
            step => step,
        }
    }

    /// How a delta with these ids stands to a book at this place.
    #[inline]
    pub(crate) const fn judge(self, chain: Chain, ids: Ids) -> Step {
        let id = self.update_id;
        let (old, next) = match (chain, self.fresh) {
            (Chain::Range, _) => (ids.last <= id, ids.first <= id.saturating_add(1)),
            // A futures snapshot stands inside a delta: that delta repeats what the snapshot has, and is applied.
            (Chain::RangeThenLink, true) => (ids.last < id, ids.first <= id || ids.previous == id),
            (Chain::RangeThenLink, false) => (ids.last <= id && ids.previous != id, ids.previous == id),
            (Chain::Link, _) if ids.previous == NO_ID => (false, true),
            // A book without a number cannot be linked to: better a new snapshot than a book that stands still.
            (Chain::Link, _) => (id != NO_ID && ids.last <= id && ids.previous != id, ids.previous == id),
            (Chain::Counted, _) => (ids.last <= id, ids.last == id.saturating_add(1)),
            (Chain::None, _) => (false, true),
        };
        if old {
            Step::Old
        } else if next {
            Step::Next
        } else {
            Step::Gap
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(chain: Chain, fresh: bool, rows: &[(u64, u64, u64, Step)]) {
        let place = Place { update_id: 100, fresh };
        for (first, last, previous, step) in rows {
            let ids = Ids { first: *first, last: *last, previous: *previous };
            assert_eq!(place.step(chain, BookKind::Delta, ids), *step, "{ids:?} {chain:?} fresh {fresh}");
            assert_eq!(place.step(chain, BookKind::Broken, ids), Step::Gap);
        }
    }

    #[test]
    fn a_range_goes_by_first_and_last() {
        for fresh in [true, false] {
            let rows = [
                (90, 99, 0, Step::Old),
                (90, 100, 0, Step::Old),
                (90, 101, 0, Step::Next),
                (101, 101, 0, Step::Next),
                (102, 110, 0, Step::Gap),
            ];
            check(Chain::Range, fresh, &rows);
        }
    }

    #[test]
    fn the_first_futures_delta_after_a_snapshot_holds_the_snapshot_or_follows_it() {
        let rows = [
            (90, 99, 89, Step::Old),
            (90, 100, 89, Step::Next),
            (100, 105, 99, Step::Next),
            (101, 105, 100, Step::Next),
            (101, 105, 99, Step::Gap),
        ];
        check(Chain::RangeThenLink, true, &rows);
    }

    #[test]
    fn later_futures_deltas_go_by_the_one_before() {
        let rows = [
            (90, 100, 89, Step::Old),
            (95, 110, 94, Step::Gap),
            (101, 110, 100, Step::Next),
            (105, 110, 104, Step::Gap),
            (90, 99, 100, Step::Next),
        ];
        check(Chain::RangeThenLink, false, &rows);
    }

    #[test]
    fn a_link_goes_by_the_one_before_wherever_the_numbers_go() {
        let rows = [
            (110, 110, 100, Step::Next),
            (110, 110, 99, Step::Gap),
            (100, 100, 90, Step::Old),
            // After maintenance the numbers start lower; an idle message stands where it stood.
            (7, 7, 100, Step::Next),
            (100, 100, 100, Step::Next),
            (110, 110, NO_ID, Step::Next),
        ];
        for fresh in [true, false] {
            check(Chain::Link, fresh, &rows);
        }
    }

    #[test]
    fn nothing_links_to_a_book_without_a_number() {
        let place = Place { update_id: NO_ID, fresh: true };
        assert_eq!(place.judge(Chain::Link, Ids::after(Some(5), 7)), Step::Gap);
        assert_eq!(place.judge(Chain::Link, Ids::NONE), Step::Next);
    }

    #[test]
    fn counted_messages_come_one_by_one() {
        for fresh in [true, false] {
            let rows = [(0, 100, NO_ID, Step::Old), (0, 101, NO_ID, Step::Next), (0, 102, NO_ID, Step::Gap)];
            check(Chain::Counted, fresh, &rows);
        }
    }

    #[test]
    fn without_numbers_everything_follows() {
        check(Chain::None, false, &[(NO_ID, NO_ID, NO_ID, Step::Next), (1, 1, 1, Step::Next)]);
    }
}
