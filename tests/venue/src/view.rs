//! The best levels of a book as they were last told: what protocols tell that look at a book now and then.
//!
//! Owns: what a change is: a level that moved, came into view or left it. Never: text, time, a protocol's ids.

use crate::exchange::Truth;
use crate::market::Book;
use engine_model::market::{Level, Side};
use engine_model::units::{Lots, Ticks};
use std::collections::BTreeMap;

pub(crate) struct View {
    /// Levels a side in view.
    depth: usize,
    sides: [BTreeMap<i64, i64>; 2],
    /// The market's own id, with holes.
    pub(crate) sequence: u64,
    /// When the book was so.
    pub(crate) made_at_ms: u64,
}

impl View {
    pub(crate) fn new(depth: usize, book: &Book, sequence: u64, made_at_ms: u64) -> Self {
        Self { depth, sides: sides(depth, book), sequence, made_at_ms }
    }

    /// Looks once more. What differs, bids then asks, each from the best level; `None` when nothing does.
    pub(crate) fn turn(&mut self, book: &Book, sequence: u64, made_at_ms: u64) -> Option<[Vec<Level>; 2]> {
        let now = sides(self.depth, book);
        let changes = [Side::Buy, Side::Sell].map(|side| {
            let place = side as usize;
            from_best(side, differences(&self.sides[place], &now[place]))
        });
        if changes.iter().all(Vec::is_empty) {
            return None;
        }
        *self = Self { sides: now, sequence, made_at_ms, ..*self };
        Some(changes)
    }

    /// Everything in view, from the best level.
    pub(crate) fn levels(&self, side: Side) -> Vec<Level> {
        from_best(side, self.sides[side as usize].clone())
    }

    /// What a client's book must be like once it has heard everything, the last under that id.
    pub(crate) fn truth(&self, update_id: u64) -> Truth {
        Truth { update_id, bids: self.levels(Side::Buy), asks: self.levels(Side::Sell) }
    }
}

fn sides(depth: usize, book: &Book) -> [BTreeMap<i64, i64>; 2] {
    [Side::Buy, Side::Sell].map(|side| book.levels(side).take(depth).map(|level| (level.px.0, level.qty.0)).collect())
}

/// New quantities by price; 0 of what is no more in view.
fn differences(before: &BTreeMap<i64, i64>, now: &BTreeMap<i64, i64>) -> BTreeMap<i64, i64> {
    let gone = before.keys().filter(|px| !now.contains_key(px)).map(|px| (*px, 0));
    let changed = now.iter().filter(|(px, qty)| before.get(px) != Some(qty)).map(|(px, qty)| (*px, *qty));
    gone.chain(changed).collect()
}

fn from_best(side: Side, levels: BTreeMap<i64, i64>) -> Vec<Level> {
    let level = |(px, qty)| Level { px: Ticks(px), qty: Lots(qty) };
    match side {
        Side::Buy => levels.into_iter().rev().map(level).collect(),
        Side::Sell => levels.into_iter().map(level).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_that_leaves_the_view_is_told_as_gone_though_it_still_stands() {
        let mut book = Book::default();
        (1..=200).for_each(|px| book.set(Side::Buy, px, 5));
        let mut view = View::new(200, &book, 7, 0);
        assert_eq!((view.turn(&book, 8, 1), view.sequence), (None, 7));
        book.set(Side::Buy, 300, 1);
        let level = |px, qty| Level { px: Ticks(px), qty: Lots(qty) };
        assert_eq!(view.turn(&book, 9, 2), Some([vec![level(300, 1), level(1, 0)], vec![]]));
        book.set(Side::Buy, 300, 0);
        assert_eq!(view.turn(&book, 10, 3), Some([vec![level(300, 0), level(1, 5)], vec![]]));
        assert_eq!((view.sequence, view.made_at_ms, view.levels(Side::Buy).len()), (10, 3, 200));
    }
}
