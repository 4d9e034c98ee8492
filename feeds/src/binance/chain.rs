//! Whether a delta follows the book: the sequence rules of Binance, as data-checked on every capture.
//!
//! Owns: the three-way judgement. Never: books, levels.

use super::decode::Ids;

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

    /// How a delta with these ids stands to a book at this place.
    pub(crate) const fn judge(self, futures: bool, ids: Ids) -> Step {
        let id = self.update_id;
        let (old, next) = match (futures, self.fresh) {
            (false, _) => (ids.last <= id, ids.first <= id.saturating_add(1)),
            // A futures snapshot stands inside a delta: that delta repeats what the snapshot has, and is applied.
            (true, true) => (ids.last < id, ids.first <= id || ids.previous == id),
            (true, false) => (ids.last <= id && ids.previous != id, ids.previous == id),
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

    fn check(futures: bool, fresh: bool, rows: &[(u64, u64, u64, Step)]) {
        let place = Place { update_id: 100, fresh };
        for (first, last, previous, step) in rows {
            let ids = Ids { first: *first, last: *last, previous: *previous };
            assert_eq!(place.judge(futures, ids), *step, "{ids:?} futures {futures} fresh {fresh}");
        }
    }

    #[test]
    fn spot_goes_by_first_and_last() {
        for fresh in [true, false] {
            let rows = [
                (90, 99, 0, Step::Old),
                (90, 100, 0, Step::Old),
                (90, 101, 0, Step::Next),
                (101, 101, 0, Step::Next),
                (102, 110, 0, Step::Gap),
            ];
            check(false, fresh, &rows);
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
        check(true, true, &rows);
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
        check(true, false, &rows);
    }
}
