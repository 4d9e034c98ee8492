//! A map that never allocates after it is made: open addressing, linear probing, at most half full.
//!
//! Owns its slots. Never grows, never leaves tombstones (a removal shifts its followers back), never uses a random hash:
//! the same calls give the same slots in every run.

use crate::order::ClientOrderId;

/// What can be a key.
pub trait Key: Copy + Eq {
    /// The bits to spread; equal keys give equal bits.
    fn bits(self) -> u64;
}

impl Key for ClientOrderId {
    fn bits(self) -> u64 {
        self.0
    }
}

/// An execution of an order: a venue's ids of executions are unique only within an instrument, and of a trade with ourselves
/// two orders have the same.
impl Key for (ClientOrderId, u64) {
    fn bits(self) -> u64 {
        self.0.0.rotate_left(32) ^ self.1
    }
}

/// The map.
#[derive(Clone, Debug)]
pub struct FixedMap<K, V> {
    slots: Box<[Option<(K, V)>]>,
    len: usize,
    capacity: usize,
}

impl<K: Key, V: Copy> FixedMap<K, V> {
    /// Room for `capacity` entries.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        let slots = (capacity.max(1) * 2).next_power_of_two();
        Self { slots: vec![None; slots].into_boxed_slice(), len: 0, capacity }
    }

    /// Entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The value at `key`.
    #[must_use]
    pub fn get(&self, key: K) -> Option<&V> {
        match &self.slots[self.find(key)] {
            Some((_, value)) => Some(value),
            None => None,
        }
    }

    /// The value at `key`, to be changed.
    pub fn get_mut(&mut self, key: K) -> Option<&mut V> {
        let at = self.find(key);
        self.slots[at].as_mut().map(|(_, value)| value)
    }

    /// Whether a new key finds no room.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.len == self.capacity
    }

    /// Sets the value at `key`, and gives it where it lies.
    ///
    /// # Panics
    /// When a new key comes to a full map: whoever sized it was to refuse before.
    pub fn insert(&mut self, key: K, value: V) -> &mut V {
        let at = self.find(key);
        if self.slots[at].is_none() {
            assert!(self.len < self.capacity, "a fixed map of {} is full", self.capacity);
            self.len += 1;
        }
        &mut self.slots[at].insert((key, value)).1
    }

    /// Takes `key` out; whether it was there.
    pub fn remove(&mut self, key: K) -> bool {
        let mut hole = self.find(key);
        if self.slots[hole].is_none() {
            return false;
        }
        let mask = self.slots.len() - 1;
        let mut next = hole;
        loop {
            next = (next + 1) & mask;
            let Some((follower, _)) = self.slots[next] else { break };
            // A follower may move into the hole unless its home lies between the hole and itself.
            let home = self.home(follower);
            if (next.wrapping_sub(home) & mask) >= (next.wrapping_sub(hole) & mask) {
                self.slots[hole] = self.slots[next];
                hole = next;
            }
        }
        self.slots[hole] = None;
        self.len -= 1;
        true
    }

    /// Every entry, in the order of the slots.
    pub fn iter(&self) -> impl Iterator<Item = &(K, V)> {
        self.slots.iter().flatten()
    }

    /// Every entry, in an order in which inserting them into an empty map of this size leads to the same slots: from behind
    /// a free slot on, so that whoever was pushed on comes behind whom it gave way to.
    pub fn in_order(&self) -> impl Iterator<Item = (K, V)> + '_ {
        let gap = self.slots.iter().position(Option::is_none).unwrap_or(0);
        let (before, behind) = self.slots.split_at(gap);
        behind.iter().chain(before).copied().flatten()
    }

    /// Every value, to be changed, in the order of the slots.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.slots.iter_mut().flatten().map(|(_, value)| value)
    }

    /// The slot of `key`, or the empty one where it belongs. Ends: at least half of the slots are empty.
    fn find(&self, key: K) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = self.home(key);
        while let Some((found, _)) = &self.slots[at] {
            if *found == key {
                break;
            }
            at = (at + 1) & mask;
        }
        at
    }

    /// Fibonacci hashing: ids that count upwards land apart.
    fn home(&self, key: K) -> usize {
        let spread = key.bits().wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (spread >> 32) as usize & (self.slots.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    impl Key for u64 {
        fn bits(self) -> u64 {
            self % 5 // few homes: long runs of collisions, wrapping around the end
        }
    }

    #[test]
    fn does_what_a_tree_map_does() {
        // SplitMix64 (public domain, Vigna 2015).
        let mut state = 1_u64;
        let mut below = |n: u64| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) % n
        };
        let mut twin = BTreeMap::new();
        let mut map = FixedMap::new(12);
        for _ in 0..100_000 {
            let key = below(20);
            if below(2) == 0 && (twin.len() < 12 || twin.contains_key(&key)) {
                let value = below(1_000);
                twin.insert(key, value);
                map.insert(key, value);
            } else {
                assert_eq!(map.remove(key), twin.remove(&key).is_some());
            }
            let mut entries: Vec<_> = map.iter().copied().collect();
            entries.sort_unstable();
            assert!(entries.iter().copied().eq(twin.iter().map(|(k, v)| (*k, *v))));
            assert_eq!(map.len(), twin.len());
            assert_eq!((map.is_empty(), map.is_full()), (twin.is_empty(), twin.len() == 12));
            if let (Some(value), Some(told)) = (map.get_mut(key), twin.get_mut(&key)) {
                *value += 1;
                *told += 1;
            }
            assert!((0..20).all(|key| map.get(key) == twin.get(&key)));
        }
    }

    #[test]
    #[should_panic(expected = "is full")]
    fn one_entry_too_many_is_a_bug() {
        let mut map = FixedMap::new(2);
        for key in 0..3u64 {
            map.insert(key, ());
        }
    }
}
