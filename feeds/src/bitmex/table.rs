//! What the rows of a book are called by: after its first message a row has no price, only its number.
//!
//! Owns: of one instrument, number to side, price and quantity, in one open-addressing table with a fixed hash, and its
//! bound. Never: text, errors, what becomes of a book.

use crate::decoded::LEVELS_MAX;
use engine_model::market::{Level, Side};
use engine_model::units::Lots;

/// A row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) side: Side,
    pub(super) level: Level,
}

impl Row {
    /// Nothing at its place.
    pub(super) const fn emptied(self) -> Self {
        Self { level: Level { qty: Lots(0), ..self.level }, ..self }
    }
}

/// The rows of one instrument.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    /// A power of two of them, at most half of them filled; none before the first row.
    slots: Vec<Option<(u64, Row)>>,
    count: usize,
}

/// Slots of the first table.
const SLOTS_MIN: usize = 64;

impl Table {
    /// Every row gone, the room kept.
    pub(super) fn clear(&mut self) {
        self.slots.fill(None);
        self.count = 0;
    }

    pub(super) fn get(&self, id: u64) -> Option<Row> {
        self.slots.get(self.slot_of(id))?.map(|(_, row)| row)
    }

    /// Puts in a row, in place of the one of that number; `None` where there is no room for it.
    pub(super) fn put(&mut self, id: u64, row: Row) -> Option<()> {
        if self.slots.get(self.slot_of(id)).is_none_or(Option::is_none) {
            if self.count == LEVELS_MAX {
                return None;
            }
            self.count += 1;
            self.make_room();
        }
        let at = self.slot_of(id);
        self.slots[at] = Some((id, row));
        Some(())
    }

    /// Takes out a row.
    pub(super) fn take(&mut self, id: u64) -> Option<Row> {
        let at = self.slot_of(id);
        let (_, row) = self.slots.get_mut(at)?.take()?;
        self.count -= 1;
        self.close(at);
        Some(row)
    }

    /// Doubles the slots as long as more than half of them would be filled: in steady state it does nothing.
    fn make_room(&mut self) {
        if 2 * self.count <= self.slots.len() {
            return;
        }
        let wider = vec![None; (2 * self.slots.len()).max(SLOTS_MIN)];
        for (id, row) in std::mem::replace(&mut self.slots, wider).into_iter().flatten() {
            let at = self.slot_of(id);
            self.slots[at] = Some((id, row));
        }
    }

    /// A slot was emptied: those behind it that stand there only because it was filled move up.
    fn close(&mut self, emptied: usize) {
        let mask = self.slots.len() - 1;
        let mut hole = emptied;
        let mut at = (hole + 1) & mask;
        while let Some((id, _)) = self.slots[at] {
            let from_home = |slot: usize| slot.wrapping_sub(self.home(id)) & mask;
            if from_home(hole) < from_home(at) {
                self.slots[hole] = self.slots[at].take();
                hole = at;
            }
            at = (at + 1) & mask;
        }
    }

    /// The slot of that number, or the empty one where it belongs. Ends because half of the slots are empty.
    fn slot_of(&self, id: u64) -> usize {
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = self.home(id);
        while matches!(self.slots.get(at), Some(Some((other, _))) if *other != id) {
            at = (at + 1) & mask;
        }
        at
    }

    /// Where a number would like to stand. Neighbouring prices have neighbouring numbers: the product spreads them.
    fn home(&self, id: u64) -> usize {
        let spread = id.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        spread as usize & self.slots.len().wrapping_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::units::Ticks;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn row(price: i64) -> Row {
        Row { side: Side::Buy, level: Level { px: Ticks(price), qty: Lots(1) } }
    }

    #[test]
    fn a_full_table_takes_no_more_and_keeps_what_it_has() {
        let mut table = Table::default();
        let ids = || (0..LEVELS_MAX as u64).map(|n| 8_700_000_000 + 50 * n);
        assert!(ids().all(|id| table.put(id, row(id as i64)).is_some()));
        assert_eq!((table.put(7, row(7)), table.put(8_700_000_000, row(9))), (None, Some(())));
        assert_eq!((table.take(8_700_000_000), table.put(7, row(7))), (Some(row(9)), Some(())));
        assert!(ids().skip(1).all(|id| table.get(id) == Some(row(id as i64))));
        table.clear();
        assert_eq!((table.get(7), table.take(7)), (None, None));
    }

    proptest! {
        #[test]
        fn it_says_what_a_plain_map_says(steps in proptest::collection::vec((0u8..4, 0u64..90, 0i64..9), 0..400)) {
            let (mut table, mut plain) = (Table::default(), BTreeMap::new());
            for (what, id, price) in steps {
                // Numbers that fall on few homes.
                let id = (id % 6) << 40 | id;
                match what {
                    0 | 1 => {
                        prop_assert_eq!(table.put(id, row(price)), Some(()));
                        plain.insert(id, row(price));
                    }
                    2 => prop_assert_eq!(table.take(id), plain.remove(&id)),
                    _ => prop_assert_eq!(table.get(id), plain.get(&id).copied()),
                }
                prop_assert!(plain.iter().all(|(id, row)| table.get(*id) == Some(*row)));
            }
        }
    }
}
