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
//! more than 24,576 ticks from the top, 4 % more than 49,152, 3 % more than 98,304. Hence [`WINDOW_TICKS`].
//!
//! Owns: the levels of one side. Never: what a crossed book means, events, time.

use super::bitmap::{Bitmap, Descent, touched};

/// Ticks in the window of a side, of which at least half, and after a slide three quarters, lie below the best price.
/// 512 KiB a side.
pub(super) const WINDOW_TICKS: usize = 65_536;
/// Levels outside of the window that a side has room for from the start (256 KiB). More may come: the list then grows,
/// which is counted, because to forget a level would be worse than one allocation.
pub(super) const FAR_LEVELS: usize = 16_384;

/// A level outside of the window.
#[derive(Clone, Copy, Debug)]
struct Far {
    key: i64,
    qty: i64,
}

/// One side of a book.
///
/// Holds between calls: `far` is ascending and all of it lies below `base`; nothing lies above the window; when there
/// is a level at all, the best one is in the window.
#[derive(Debug)]
pub(super) struct Ladder {
    /// Lowest key of the window. At most `i64::MAX - window + 1`, so that the window's top is a key.
    base: i64,
    /// Best key; `i64::MIN` when the side is empty.
    best: i64,
    /// Best key that was touched since [`Ladder::begin`], `i64::MIN` when none was.
    touched: i64,
    /// Levels in the window.
    near: usize,
    /// Quantities of the window; key `k` lies at `k mod window`. Zero is no level.
    qty: Box<[i64]>,
    taken: Bitmap,
    far: Vec<Far>,
    far_growths: u64,
}

impl Ladder {
    pub(super) fn new(window_ticks: usize, far_levels: usize) -> Self {
        let mut far: Vec<Far> = Vec::with_capacity(far_levels);
        far.resize_with(far_levels, || std::hint::black_box(Far { key: 0, qty: 0 }));
        far.clear();
        Self {
            base: 0,
            best: i64::MIN,
            touched: i64::MIN,
            near: 0,
            qty: touched(window_ticks),
            taken: Bitmap::new(window_ticks),
            far,
            far_growths: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.near + self.far.len()
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
        if self.is_empty() { 0 } else { self.qty[self.slot(self.best)] }
    }

    /// Times that the list outside of the window had to grow.
    pub(super) fn far_growths(&self) -> u64 {
        self.far_growths
    }

    /// Best key that was touched since [`Ladder::begin`].
    #[inline]
    pub(super) fn touched(&self) -> i64 {
        self.touched
    }

    /// Starts a message.
    #[inline]
    pub(super) fn begin(&mut self) {
        self.touched = i64::MIN;
    }

    /// Quantity at `key`; 0 when there is no level.
    pub(super) fn get(&self, key: i64) -> i64 {
        if self.in_window(key) {
            return self.qty[self.slot(key)];
        }
        self.far.binary_search_by_key(&key, |level| level.key).map_or(0, |at| self.far[at].qty)
    }

    /// Sets the quantity at `key`; zero deletes. To delete what is not there is fine.
    #[inline]
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
                self.base = self.base_for(key);
            }
            if self.in_window(key) { self.set_near(key, qty) } else { self.push_far(Far { key, qty }) }
        }
        self.far.reverse();
    }

    /// Takes all levels away: as many steps as there are levels in the window.
    pub(super) fn clear(&mut self) {
        let mut slot = self.slot(self.best);
        for _ in 0..self.near {
            self.qty[slot] = 0;
            self.taken.put(slot, false);
            slot = self.taken.below(slot).unwrap_or(slot);
        }
        self.near = 0;
        self.best = i64::MIN;
        self.far.clear();
    }

    /// Levels, best first, as (key, quantity).
    #[inline]
    pub(super) fn iter(&self) -> Keys<'_> {
        let slots = self.taken.descend(self.slot(self.best));
        Keys { ladder: self, slots, near: self.near, far: self.far.iter() }
    }

    /// Quantity of the `count` best levels, at most the largest number there is, and the worst key among them; `None` when
    /// there are fewer.
    pub(super) fn best_few(&self, count: usize) -> (i64, Option<i64>) {
        let near = self.near.min(count);
        let (mut qty, mut last) = (0_i128, self.slot(self.best));
        for slot in self.taken.descend(last).take(near) {
            qty += i128::from(self.qty[slot]);
            last = slot;
        }
        let qty = i64::try_from(qty).unwrap_or(i64::MAX);
        if near == count { (qty, Some(self.key(last))) } else { self.add_far(qty, count - near) }
    }

    /// What [`Ladder::best_few`] leaves to do when the window holds fewer.
    #[cold]
    fn add_far(&self, near: i64, count: usize) -> (i64, Option<i64>) {
        let few = &self.far[self.far.len().saturating_sub(count)..];
        let qty = few.iter().fold(near, |qty, level| qty.saturating_add(level.qty));
        (qty, few.first().filter(|_| few.len() == count).map(|level| level.key))
    }

    fn window(&self) -> usize {
        self.qty.len()
    }

    /// `base` keeps its distance from `i64::MAX`, therefore a key below it never wraps into the window.
    #[inline]
    fn in_window(&self, key: i64) -> bool {
        (key.wrapping_sub(self.base) as u64) < self.qty.len() as u64
    }

    #[inline]
    fn slot(&self, key: i64) -> usize {
        key as usize & (self.qty.len() - 1)
    }

    /// The key of the window that lies at `slot`.
    #[inline]
    fn key(&self, slot: usize) -> i64 {
        self.base + (slot.wrapping_sub(self.slot(self.base)) & (self.window() - 1)) as i64
    }

    /// Whether a level comes, changes or goes is as random as a coin to a branch predictor, and a miss costs as much as
    /// all the rest (12 against 7 ns an update): everything but a change of the best price is done without asking.
    #[inline]
    fn set_near(&mut self, key: i64, qty: i64) {
        let slot = self.slot(key);
        let before = std::mem::replace(&mut self.qty[slot], qty);
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
                self.base = self.base_for(key);
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
            self.best -= (slot.wrapping_sub(next) & (self.window() - 1)) as i64;
            // Below a quarter the window holds too little of what comes next. Half a window of movement lies between
            // two such slides.
            if self.best.wrapping_sub(self.base) < self.window() as i64 / 4 {
                self.slide_to(self.best);
            }
        } else if let Some(&Far { key, .. }) = self.far.last() {
            self.best = i64::MIN;
            self.slide_to(key);
        } else {
            self.best = i64::MIN;
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
            Ok(at) if qty == 0 => {
                self.far.remove(at);
            }
            Ok(at) => self.far[at].qty = qty,
            Err(_) if qty == 0 => {}
            Err(at) => {
                self.count_growth();
                self.far.insert(at, Far { key, qty });
            }
        }
    }

    /// Where a window begins that has `top` at three quarters of it.
    fn base_for(&self, top: i64) -> i64 {
        let window = self.window() as i64;
        top.saturating_sub(window / 4 * 3).min(i64::MAX - window + 1)
    }

    /// Moves the window so that `top` lies at three quarters of it.
    #[cold]
    fn slide_to(&mut self, top: i64) {
        let base = self.base_for(top);
        if base > self.base {
            self.evict_below(base);
        }
        self.base = base;
        while let Some(&Far { key, qty }) = self.far.last()
            && key >= base
        {
            self.far.pop();
            self.set_near(key, qty);
        }
    }

    /// Moves what lies below `base` from the window to the list. All of it is better than what the list holds.
    fn evict_below(&mut self, base: i64) {
        let kept = self.far.len();
        let (mut key, mut slot) = (self.best, self.slot(self.best));
        for _ in 0..self.near {
            let next = self.taken.below(slot);
            if key < base {
                let qty = std::mem::take(&mut self.qty[slot]);
                self.taken.put(slot, false);
                self.push_far(Far { key, qty });
            }
            let Some(next) = next else { break };
            key -= (slot.wrapping_sub(next) & (self.window() - 1)) as i64;
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
    }

    fn count_growth(&mut self) {
        self.far_growths += u64::from(self.far.len() == self.far.capacity());
    }
}

/// Levels of a ladder, best first.
#[derive(Clone, Debug)]
pub(super) struct Keys<'a> {
    ladder: &'a Ladder,
    slots: Descent<'a>,
    /// Levels in the window still to come.
    near: usize,
    far: std::slice::Iter<'a, Far>,
}

impl Iterator for Keys<'_> {
    type Item = (i64, i64);

    #[inline]
    fn next(&mut self) -> Option<(i64, i64)> {
        if self.near == 0 {
            return self.far.next_back().map(|level| (level.key, level.qty));
        }
        let slot = self.slots.next()?;
        self.near -= 1;
        Some((self.ladder.key(slot), self.ladder.qty[slot]))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.near + self.far.len();
        (left, Some(left))
    }
}
