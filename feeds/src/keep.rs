//! Deltas that wait for a snapshot.
//!
//! Owns: one ring of levels (and of their numbers, where they have some) and one of heads for all instruments of a session,
//! allocated once; when either is full the oldest delta is thrown out and counted. Never: growth, sequence rules.

use crate::decoded::{Ids, Rows, retain_above};
use engine_model::instrument::InstrumentId;
use engine_model::market::Level;
use engine_model::units::Nanos;
use std::collections::VecDeque;

/// Head of a kept delta. Its levels lie together in the ring, bids first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kept {
    pub(crate) instrument: InstrumentId,
    pub(crate) venue_at_ns: Nanos,
    pub(crate) ids: Ids,
    start: usize,
    bid_count: usize,
    ask_count: usize,
    live: bool,
}

/// Kept deltas in order of arrival.
#[derive(Debug)]
pub(crate) struct Keep {
    heads: VecDeque<Kept>,
    heads_max: usize,
    levels: Box<[Level]>,
    /// The numbers of the levels in the same places; empty at a venue whose levels have none.
    row_ids: Box<[u64]>,
    /// Where the next delta's levels go.
    next: usize,
}

impl Keep {
    /// About `bytes` in all: half for levels, the rest for heads, one per 256 bytes (a head is 80; a delta of the
    /// busiest real stream has 68 levels, of a quiet one 2).
    pub(crate) fn new(bytes: usize) -> Self {
        let heads_max = (bytes / 256).max(16);
        let levels = (bytes / 2 / size_of::<Level>()).max(1024);
        Self {
            heads: VecDeque::with_capacity(heads_max),
            heads_max,
            levels: vec![Level::default(); levels].into(),
            row_ids: Box::default(),
            next: 0,
        }
    }

    /// The same with room for the numbers of levels.
    pub(crate) fn with_row_ids(self) -> Self {
        Self { row_ids: vec![0; self.levels.len()].into(), ..self }
    }

    /// Keeps a delta. Returns how many were thrown out for it; itself, if it is larger than the whole ring.
    pub(crate) fn push(
        &mut self,
        instrument: InstrumentId,
        venue_at_ns: Nanos,
        ids: Ids,
        bids: Rows<'_>,
        asks: Rows<'_>,
    ) -> u64 {
        let (bid_count, ask_count) = (bids.levels.len(), asks.levels.len());
        let count = bid_count + ask_count;
        if count >= self.levels.len() {
            return 1;
        }
        let mut thrown = 0;
        let start = loop {
            match self.room_for(count) {
                Some(start) if self.heads.len() < self.heads_max => break start,
                _ => thrown += self.throw_oldest(),
            }
        };
        let split = start + bid_count;
        self.levels[start..split].copy_from_slice(bids.levels);
        self.levels[split..start + count].copy_from_slice(asks.levels);
        if !self.row_ids.is_empty() {
            self.row_ids[start..split].copy_from_slice(bids.row_ids);
            self.row_ids[split..start + count].copy_from_slice(asks.row_ids);
        }
        self.next = start + count;
        self.heads.push_back(Kept { instrument, venue_at_ns, ids, start, bid_count, ask_count, live: true });
        thrown
    }

    /// Throws out those levels of a delta whose number is not above `id`: what is left of it.
    pub(crate) fn retain_above(&mut self, id: u64, kept: &Kept) -> Kept {
        let split = kept.start + kept.bid_count;
        let count = |levels: &mut [Level], start: usize, count: usize| {
            retain_above(id, &mut levels[start..start + count], &self.row_ids[start..start + count])
        };
        let bid_count = count(&mut self.levels, kept.start, kept.bid_count);
        let ask_count = count(&mut self.levels, split, kept.ask_count);
        self.levels.copy_within(split..split + ask_count, kept.start + bid_count);
        Kept { bid_count, ask_count, ..*kept }
    }

    /// Where `count` levels fit without touching those that are kept. What is kept lies between the oldest and `next`,
    /// around the end if `next` is below the oldest; the two are never equal after such a turn.
    fn room_for(&self, count: usize) -> Option<usize> {
        let Some(oldest) = self.heads.front().map(|head| head.start) else { return Some(0) };
        if self.next < oldest {
            return (count < oldest - self.next).then_some(self.next);
        }
        if count <= self.levels.len() - self.next {
            return Some(self.next);
        }
        (count < oldest).then_some(0)
    }

    fn throw_oldest(&mut self) -> u64 {
        self.heads.pop_front().map_or(0, |head| u64::from(head.live))
    }

    /// How many places there are, dead ones included.
    pub(crate) fn len(&self) -> usize {
        self.heads.len()
    }

    /// The delta at that place, if it is alive and of that instrument.
    pub(crate) fn get(&self, place: usize, instrument: InstrumentId) -> Option<Kept> {
        self.heads.get(place).filter(|head| head.live && head.instrument == instrument).copied()
    }

    /// Its bids and asks.
    pub(crate) fn levels_of(&self, kept: &Kept) -> (&[Level], &[Level]) {
        self.levels[kept.start..kept.start + kept.bid_count + kept.ask_count].split_at(kept.bid_count)
    }

    /// That delta is not needed any more.
    pub(crate) fn release(&mut self, place: usize) {
        if let Some(head) = self.heads.get_mut(place) {
            head.live = false;
        }
    }

    /// Gives the room of released deltas back, as far as they are the oldest. Places change.
    pub(crate) fn sweep(&mut self) {
        while self.heads.front().is_some_and(|head| !head.live) {
            self.heads.pop_front();
        }
    }

    /// Forgets everything of that instrument.
    pub(crate) fn forget(&mut self, instrument: InstrumentId) {
        for head in self.heads.iter_mut().filter(|head| head.instrument == instrument) {
            head.live = false;
        }
        self.sweep();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::units::{Lots, Ticks};

    fn levels(count: usize, mark: i64) -> Vec<Level> {
        (0..count).map(|n| Level { px: Ticks(mark), qty: Lots(n as i64) }).collect()
    }

    fn push(keep: &mut Keep, instrument: u32, ids: Ids, bids: &[Level], asks: &[Level]) -> u64 {
        let [bids, asks] = [bids, asks].map(|levels| Rows { levels, row_ids: &[] });
        keep.push(InstrumentId(instrument), Nanos(0), ids, bids, asks)
    }

    /// The slow twin: a list that is cut at the front.
    #[test]
    fn what_is_kept_is_always_the_newest_and_intact() {
        let mut keep = Keep::new(0);
        let mut twin: Vec<(u64, Vec<Level>, Vec<Level>)> = Vec::new();
        let mut random = 1u64;
        let mut thrown = 0;
        for id in 1..5_000u64 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let (bids, asks) = ((random >> 33) as usize % 300, (random >> 45) as usize % 300);
            let (bids, asks) = (levels(bids, id as i64), levels(asks, -(id as i64)));
            thrown += push(&mut keep, 0, Ids::one(id), &bids, &asks);
            twin.push((id, bids, asks));
            let kept: Vec<_> = (0..keep.len()).filter_map(|place| keep.get(place, InstrumentId(0))).collect();
            assert_eq!(kept.len() as u64 + thrown, id);
            for (kept, (id, bids, asks)) in kept.iter().rev().zip(twin.iter().rev()) {
                assert_eq!(kept.ids.last, *id);
                assert_eq!(keep.levels_of(kept), (&bids[..], &asks[..]));
            }
        }
        assert!(thrown > 0 && keep.len() <= 16);
    }

    #[test]
    fn of_numbered_levels_those_above_a_number_are_left_in_their_order() {
        let mut keep = Keep::new(0).with_row_ids();
        let (bids, asks) = (levels(4, 1), levels(3, 2));
        let bid_rows = Rows { levels: &bids, row_ids: &[5, 9, 7, 8] };
        let ask_rows = Rows { levels: &asks, row_ids: &[7, 8, 6] };
        assert_eq!(keep.push(InstrumentId(0), Nanos(0), Ids::NONE, bid_rows, ask_rows), 0);
        let kept = keep.get(0, InstrumentId(0)).expect("kept");
        let left = keep.retain_above(7, &kept);
        assert_eq!(keep.levels_of(&left), (&[bids[1], bids[3]][..], &asks[1..2]));
    }

    #[test]
    fn a_delta_larger_than_the_ring_is_thrown_itself() {
        let mut keep = Keep::new(0);
        assert_eq!(push(&mut keep, 0, Ids::NONE, &levels(1_000, 1), &levels(24, 1)), 1);
        assert_eq!(keep.len(), 0);
    }

    #[test]
    fn empty_deltas_are_kept_up_to_the_number_of_heads() {
        let mut keep = Keep::new(0);
        let thrown: u64 = (0..20).map(|_| push(&mut keep, 0, Ids::NONE, &[], &[])).sum();
        assert_eq!((thrown, keep.len()), (4, 16));
    }

    #[test]
    fn forgetting_one_instrument_leaves_the_other() {
        let mut keep = Keep::new(0);
        for id in 0..6 {
            let _ = push(&mut keep, id % 2, Ids::NONE, &levels(1, 1), &[]);
        }
        keep.forget(InstrumentId(0));
        assert_eq!((0..keep.len()).filter(|place| keep.get(*place, InstrumentId(1)).is_some()).count(), 3);
        assert_eq!((0..keep.len()).filter(|place| keep.get(*place, InstrumentId(0)).is_some()).count(), 0);
    }
}
