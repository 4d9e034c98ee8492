//! One depth stream: level changes gathered between two frames, with the chain of ids.
//!
//! Owns: the pending difference. Never: text, time (the exchange flushes it when due).

use super::wire::DepthIds;
use crate::market::Change;
use engine_model::market::{Level, Side};
use engine_model::units::{Lots, Ticks};
use std::collections::BTreeMap;

/// Changes since the last frame; a level that changed twice is told once, with its last quantity.
pub(super) struct DepthStream {
    pending: [BTreeMap<i64, i64>; 2],
    ids: DepthIds,
    empty: bool,
}

impl DepthStream {
    /// A stream that starts behind that update.
    pub(super) fn after(update_id: u64) -> Self {
        let ids = DepthIds { first: update_id, last: update_id, previous_last: update_id };
        Self { pending: Default::default(), ids, empty: true }
    }

    pub(super) fn add(&mut self, change: &Change) {
        if self.empty {
            self.empty = false;
            self.ids = DepthIds { first: change.update_id, last: 0, previous_last: self.ids.last };
        }
        self.ids.last = change.update_id;
        self.pending[change.side as usize].insert(change.level.px.0, change.level.qty.0);
    }

    /// The frame's content, and an empty stream after it; `None` when nothing changed. Levels as on the wire: asks
    /// rising; bids rising too, on spot falling.
    pub(super) fn flush(&mut self, spot: bool) -> Option<(DepthIds, Vec<Level>, Vec<Level>)> {
        if self.empty {
            return None;
        }
        self.empty = true;
        let mut bids = drain(&mut self.pending[Side::Buy as usize]);
        if spot {
            bids.reverse();
        }
        Some((self.ids, bids, drain(&mut self.pending[Side::Sell as usize])))
    }
}

fn drain(side: &mut BTreeMap<i64, i64>) -> Vec<Level> {
    std::mem::take(side).into_iter().map(|(px, qty)| Level { px: Ticks(px), qty: Lots(qty) }).collect()
}
