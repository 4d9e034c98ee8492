//! The last so many inputs.

use crate::indicator::Filter;

/// A window of fixed length.
#[derive(Clone, Debug)]
pub struct Ring {
    values: Box<[f64]>,
    /// Where the next input goes, which is where the oldest is.
    next: usize,
    full: bool,
}

impl Ring {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        assert!(length > 0, "a window of nothing");
        Self { values: vec![0.0; length].into(), next: 0, full: false }
    }

    /// Takes `input` in the place of the oldest, which it gives back; 0 as long as there is none.
    #[inline]
    pub fn push(&mut self, input: f64) -> f64 {
        let leaving = std::mem::replace(&mut self.values[self.next], input);
        self.next += 1;
        if self.next == self.values.len() {
            self.next = 0;
            self.full = true;
        }
        leaving
    }

    /// The places of the next inputs, at most `count` and not beyond the ring's end; in them is what leaves, and who asks
    /// puts the inputs there. Whether the ring is round then.
    #[inline]
    pub(super) fn turn(&mut self, count: usize) -> (&mut [f64], bool) {
        let (from, until) = (self.next, self.values.len().min(self.next + count));
        let is_round = until == self.values.len();
        self.next = if is_round { 0 } else { until };
        self.full |= is_round;
        (&mut self.values[from..until], is_round)
    }

    /// Takes what a block brings, one after the other: `each` is given an input, what leaves for it, and whether the ring is
    /// round then, and its answer goes in the input's place.
    #[inline]
    pub fn push_all(&mut self, mut block: &mut [f64], mut each: impl FnMut(f64, f64, bool) -> f64) {
        while !block.is_empty() {
            let (places, is_round) = self.turn(block.len());
            let (now, later) = block.split_at_mut(places.len());
            if let ([now @ .., last], [places @ .., last_place]) = (now, places) {
                for (value, place) in now.iter_mut().zip(places) {
                    let leaving = std::mem::replace(place, *value);
                    *value = each(*value, leaving, false);
                }
                let leaving = std::mem::replace(last_place, *last);
                *last = each(*last, leaving, is_round);
            }
            block = later;
        }
    }

    /// As many inputs as it holds have come.
    #[must_use]
    #[inline]
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// The last push filled the last place: the next goes to the first one.
    #[must_use]
    #[inline]
    pub fn is_round(&self) -> bool {
        self.next == 0
    }

    /// The input of `age` pushes ago; 0 is the newest. Panics beyond the length.
    #[must_use]
    #[inline]
    pub fn back(&self, age: usize) -> f64 {
        assert!(age < self.values.len(), "older than the window");
        let at = if age < self.next { self.next - 1 - age } else { self.next + self.values.len() - 1 - age };
        self.values[at]
    }

    /// The oldest; 0 unless it is full.
    #[must_use]
    #[inline]
    pub fn oldest(&self) -> f64 {
        self.values[self.next]
    }

    /// What it holds, oldest first; zeros first unless it is full.
    pub fn iter(&self) -> impl Iterator<Item = f64> {
        let (newer, older) = self.values.split_at(self.next);
        older.iter().chain(newer).copied()
    }

    /// How many it holds when it is full.
    #[must_use]
    pub fn length(&self) -> usize {
        self.values.len()
    }
}

/// The input of so many inputs ago; of 0 ago is the input itself.
#[derive(Clone, Debug)]
pub struct Lag(Ring);

impl Lag {
    /// By so many inputs.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self(Ring::new(length + 1))
    }
}

impl Filter for Lag {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        if input.is_nan() {
            return f64::NAN;
        }
        self.0.push(input);
        if self.0.is_full() { self.0.oldest() } else { f64::NAN }
    }
}
