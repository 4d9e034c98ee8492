//! One side of a book: quantities by price, best price known at all times.
//!
//! Near the top the quantities lie in a flat circular window, one slot a tick, with a [`Bitmap`] over it: an update is
//! an index, an exchange and at most a bit. What lies worse than the window is kept in a sorted list. The window slides
//! with the best price; nothing is copied when it does, only what crosses its lower edge moves.
//!
//! Works on *keys*, where higher is better on both sides: a bid's key is its price, an ask's key is `!price`, which
//! turns the order around without overflow even at the ends of `i64`.
//!
//! Measured on a BTCUSDT depth stream (tick 0.01, 298 k updates, about 2,000 levels a side): 15 % of the updates lie
//! more than 24,576 ticks from the top, 4 % more than 49,152, 3 % more than 98,304. Hence [`WINDOW_BLOCKS`].
//!
//! Owns: the levels of one side. Never: what a crossed book means, events, time.

use super::bitmap::{BLOCK_SLOTS, Bitmap, Descent, touched};

/// Blocks of 4,096 ticks in the window of a side, of which at least half, and after a slide three quarters, lie below the
/// best price. 65,536 ticks, 512 KiB a side.
pub(super) const WINDOW_BLOCKS: usize = 16;
/// Levels outside of the window that a side has room for from the start (256 KiB). More may come: the list then grows,
/// which is counted, because to forget a level would be worse than one allocation.
pub(super) const FAR_LEVELS: usize = 16_384;

/// A level outside of the window, or the place that one has left: with a quantity of zero. Far from the top the same
/// prices come and go (round ones), and to move all that lies above one costs ten times what the search does.
#[derive(Clone, Copy, Debug)]
struct Far {
    key: i64,
    qty: i64,
}

/// One side of a book.
///
/// Holds between calls: `far` is ascending and all of it lies below `base`; nothing lies above the window; when there
/// is a level at all, the best one is in the window. Places that were left in `far` go when it is full.
#[derive(Debug)]
pub(super) struct Ladder<const BLOCKS: usize> {
    /// Lowest key of the window. At most `i64::MAX - window + 1`, so that the window's top is a key.
    base: i64,
    /// Best key; `i64::MIN` when the side is empty.
    best: i64,
    /// Best key that the last message touched, `i64::MIN` when it touched none.
    touched: i64,
    /// Levels in the window.
    near: usize,
    /// Quantities of the window; key `k` lies at `k mod window`. Zero is no level.
    qty: Box<[[i64; BLOCK_SLOTS]; BLOCKS]>,
    taken: Bitmap<BLOCKS>,
    far: Vec<Far>,
    /// Levels in `far`, without the places that were left.
    far_count: usize,
    far_growths: u64,
}

impl<const BLOCKS: usize> Ladder<BLOCKS> {
    /// Ticks in the window.
    const WINDOW: i64 = (BLOCKS * BLOCK_SLOTS) as i64;

    pub(super) fn new(far_levels: usize) -> Self {
        let mut far: Vec<Far> = Vec::with_capacity(far_levels);
        far.resize_with(far_levels, || std::hint::black_box(Far { key: 0, qty: 0 }));
        far.clear();
        Self {
            base: 0,
            best: i64::MIN,
            touched: i64::MIN,
            near: 0,
            qty: touched(),
            taken: Bitmap::new(),
            far,
            far_count: 0,
            far_growths: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.near + self.far_count
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.near == 0
    }

    /// Best key; `i64::MIN` when the side is empty.
    #[inline]
    pub(super) fn best(&self) -> i64 {
        self.best
    }

    /// Quantity at the best key; 0 when the side is empty.
    #[inline]
    pub(super) fn best_qty(&self) -> i64 {
        if self.is_empty() { 0 } else { self.qty(self.slot(self.best)) }
    }

    /// Times that the list outside of the window had to grow.
    pub(super) fn far_growths(&self) -> u64 {
        self.far_growths
    }

    /// Best key that the last message touched.
    #[inline]
    pub(super) fn touched(&self) -> i64 {
        self.touched
    }

    /// Quantity at `key`; 0 when there is no level.
    pub(super) fn get(&self, key: i64) -> i64 {
        if self.in_window(key) {
            return self.qty(self.slot(key));
        }
        self.far.binary_search_by_key(&key, |level| level.key).map_or(0, |at| self.far[at].qty)
    }

    /// Sets the quantities of a message, in the order given; zero deletes. To delete what is not there is fine.
    #[inline]
    pub(super) fn apply(&mut self, levels: impl Iterator<Item = (i64, i64)>) {
        let mut touched = i64::MIN;
        for (key, qty) in levels {
            debug_assert!(qty >= 0, "a level has no negative quantity");
            touched = touched.max(key);
            if self.in_window(key) { self.set_near(key, qty) } else { self.set_outside(key, qty) }
        }
        self.touched = touched;
    }

    /// The same for one level more of that message.
    pub(super) fn set(&mut self, key: i64, qty: i64) {
        debug_assert!(qty >= 0, "a level has no negative quantity");
        self.touched = self.touched.max(key);
        if self.in_window(key) { self.set_near(key, qty) } else { self.set_outside(key, qty) }
    }

    /// Replaces the whole side. Best first without repetition, as venues send it, costs no search; any other order is
    /// applied level by level.
    pub(super) fn load(&mut self, levels: impl Iterator<Item = (i64, i64)> + Clone) {
        self.clear();
        if levels.clone().all(|(_, qty)| qty > 0) && levels.clone().is_sorted_by(|a, b| a.0 > b.0) {
            self.load_sorted(levels);
        } else {
            levels.for_each(|(key, qty)| self.set(key, qty));
        }
        self.touched = i64::MAX;
    }

    fn load_sorted(&mut self, levels: impl Iterator<Item = (i64, i64)>) {
        for (key, qty) in levels {
            if self.is_empty() {
                self.base = Self::base_for(key);
            }
            if self.in_window(key) { self.set_near(key, qty) } else { self.push_far(Far { key, qty }) }
        }
        self.far.reverse();
    }

    /// Takes all levels away: as many steps as there are levels in the window.
    pub(super) fn clear(&mut self) {
        let mut slot = self.slot(self.best);
        for _ in 0..self.near {
            *self.qty_mut(slot) = 0;
            self.taken.put(slot, false);
            slot = self.taken.below(slot).unwrap_or(slot);
        }
        self.near = 0;
        self.best = i64::MIN;
        self.far.clear();
        self.far_count = 0;
    }

    /// Levels, best first, as (key, quantity).
    #[inline]
    pub(super) fn iter(&self) -> Keys<'_, BLOCKS> {
        let slots = self.taken.descend(self.slot(self.best));
        Keys { ladder: self, slots, near: self.near, far: self.far.iter(), far_count: self.far_count }
    }

    /// Quantity of the `count` best levels, at most the largest number there is, and the worst key among them; `None` when
    /// there are fewer.
    pub(super) fn best_few(&self, count: usize) -> (i64, Option<i64>) {
        let near = self.near.min(count);
        let (mut qty, mut last) = (0_i64, self.slot(self.best));
        for slot in self.taken.descend(last).take(near) {
            qty = qty.saturating_add(self.qty(slot));
            last = slot;
        }
        if near == count { (qty, Some(self.key(last))) } else { self.add_far(qty, count - near) }
    }

    /// What [`Ladder::best_few`] leaves to do when the window holds fewer.
    #[cold]
    fn add_far(&self, near: i64, count: usize) -> (i64, Option<i64>) {
        let few = self.far.iter().rev().filter(|level| level.qty != 0).take(count);
        let qty = few.clone().fold(near, |qty, level| qty.saturating_add(level.qty));
        (qty, few.last().filter(|_| self.far_count >= count).map(|level| level.key))
    }

    #[inline]
    fn qty(&self, slot: usize) -> i64 {
        self.qty[slot / BLOCK_SLOTS][slot % BLOCK_SLOTS]
    }

    #[inline]
    fn qty_mut(&mut self, slot: usize) -> &mut i64 {
        &mut self.qty[slot / BLOCK_SLOTS][slot % BLOCK_SLOTS]
    }

    /// `base` keeps its distance from `i64::MAX`, therefore a key below it never wraps into the window.
    #[inline]
    fn in_window(&self, key: i64) -> bool {
        (key.wrapping_sub(self.base) as u64) < Self::WINDOW as u64
    }

    #[inline]
    fn slot(&self, key: i64) -> usize {
        key as usize % Self::WINDOW as usize
    }

    /// The key of the window that lies at `slot`.
    #[inline]
    fn key(&self, slot: usize) -> i64 {
        self.base + Self::below(slot, self.slot(self.base))
    }

    /// How far `low` lies below `high` in the circle.
    #[inline]
    fn below(high: usize, low: usize) -> i64 {
        (high.wrapping_sub(low) % Self::WINDOW as usize) as i64
    }

    /// Whether a level comes, changes or goes is as random as a coin to a branch predictor, and a miss costs as much as
    /// all the rest (12 against 7 ns an update): everything but a change of the best price is done without asking.
    #[inline]
    fn set_near(&mut self, key: i64, qty: i64) {
        let slot = self.slot(key);
        let before = std::mem::replace(self.qty_mut(slot), qty);
        self.taken.put(slot, qty != 0);
        self.near = self.near + usize::from(qty != 0) - usize::from(before != 0);
        if key >= self.best {
            self.set_at_top(key, slot, qty);
        }
    }

    /// What [`Ladder::set_near`] leaves to do at the best price or above it. Out of line: its calls would have every update
    /// save and restore the registers that they may use, 12 of 62 instructions.
    #[inline(never)]
    fn set_at_top(&mut self, key: i64, slot: usize, qty: i64) {
        if qty != 0 {
            if self.len() == 1 {
                self.base = Self::base_for(key);
                self.far.clear(); // places that were left
            }
            self.best = key;
        } else if key == self.best {
            self.descend(slot);
        }
    }

    /// The best level, which was at `slot`, is gone: finds the next one.
    #[inline]
    fn descend(&mut self, slot: usize) {
        if let Some(next) = self.taken.below(slot) {
            self.best -= Self::below(slot, next);
            // Below a quarter the window holds too little of what comes next. Half a window of movement lies between
            // two such slides.
            if self.best.wrapping_sub(self.base) < Self::WINDOW / 4 {
                self.slide_to(self.best);
            }
        } else {
            self.best = i64::MIN;
            let next = self.far.iter().rev().find(|level| level.qty != 0);
            if let Some(&Far { key, .. }) = next {
                self.slide_to(key);
            }
        }
    }

    #[cold]
    fn set_outside(&mut self, key: i64, qty: i64) {
        if key > self.base || self.is_empty() {
            // Better than all there is: the window comes to it.
            if qty != 0 {
                self.slide_to(key);
                self.set_near(key, qty);
            }
            return;
        }
        match self.far.binary_search_by_key(&key, |level| level.key) {
            Ok(at) => self.put_far(at, Far { key, qty }),
            Err(_) if qty == 0 => {}
            Err(at) => self.insert_far(at, Far { key, qty }),
        }
    }

    /// In that place, which is the level's own or one that was left.
    fn put_far(&mut self, at: usize, level: Far) {
        let before = std::mem::replace(&mut self.far[at], level);
        self.far_count = self.far_count + usize::from(level.qty != 0) - usize::from(before.qty != 0);
    }

    /// Before that place: a neighbour that was left is taken.
    fn insert_far(&mut self, at: usize, level: Far) {
        let is_left = |place: usize| self.far.get(place).is_some_and(|level| level.qty == 0);
        if let Some(place) = [at, at.wrapping_sub(1)].into_iter().find(|place| is_left(*place)) {
            return self.put_far(place, level);
        }
        self.make_room(1);
        self.count_growth();
        self.far.insert(self.far.partition_point(|other| other.key < level.key), level);
        self.far_count += 1;
    }

    /// Room in the list for so many levels more, if giving up the places that were left makes it.
    fn make_room(&mut self, more: usize) {
        if self.far.len() + more > self.far.capacity() {
            self.far.retain(|level| level.qty != 0);
        }
    }

    /// Where a window begins that has `top` at three quarters of it.
    fn base_for(top: i64) -> i64 {
        top.saturating_sub(Self::WINDOW / 4 * 3).min(i64::MAX - Self::WINDOW + 1)
    }

    /// Moves the window so that `top` lies at three quarters of it.
    #[cold]
    fn slide_to(&mut self, top: i64) {
        let base = Self::base_for(top);
        if base > self.base {
            self.evict_below(base);
        }
        self.base = base;
        while let Some(&Far { key, qty }) = self.far.last()
            && key >= base
        {
            self.far.pop();
            if qty != 0 {
                self.far_count -= 1;
                self.set_near(key, qty);
            }
        }
    }

    /// Moves what lies below `base` from the window to the list. All of it is better than what the list holds.
    fn evict_below(&mut self, base: i64) {
        self.make_room(self.near);
        let kept = self.far.len();
        let (mut key, mut slot) = (self.best, self.slot(self.best));
        for _ in 0..self.near {
            let next = self.taken.below(slot);
            if key < base {
                let qty = std::mem::take(self.qty_mut(slot));
                self.taken.put(slot, false);
                self.push_far(Far { key, qty });
            }
            let Some(next) = next else { break };
            key -= Self::below(slot, next);
            slot = next;
        }
        self.near -= self.far.len() - kept;
        self.far[kept..].reverse();
        if self.near == 0 {
            self.best = i64::MIN;
        }
    }

    fn push_far(&mut self, level: Far) {
        self.count_growth();
        self.far.push(level);
        self.far_count += 1;
    }

    fn count_growth(&mut self) {
        self.far_growths += u64::from(self.far.len() == self.far.capacity());
    }
}

/// Levels of a ladder, best first.
#[derive(Clone, Debug)]
pub(super) struct Keys<'a, const BLOCKS: usize> {
    ladder: &'a Ladder<BLOCKS>,
    slots: Descent<'a, BLOCKS>,
    /// Levels in the window still to come.
    near: usize,
    far: std::slice::Iter<'a, Far>,
    /// Levels in the list still to come.
    far_count: usize,
}

impl<const BLOCKS: usize> Iterator for Keys<'_, BLOCKS> {
    type Item = (i64, i64);

    #[inline]
    fn next(&mut self) -> Option<(i64, i64)> {
        if self.near == 0 {
            let level = self.far.rfind(|level| level.qty != 0)?;
            self.far_count -= 1;
            return Some((level.key, level.qty));
        }
        let slot = self.slots.next()?;
        self.near -= 1;
        Some((self.ladder.key(slot), self.ladder.qty(slot)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.near + self.far_count;
        (left, Some(left))
    }
}
