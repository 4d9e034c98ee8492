//! The greatest and the least of a window, and where they were.

use crate::indicator::{Filter, any_nan};
use std::fmt::Debug;
use std::marker::PhantomData;

/// Which end is looked for.
pub trait ExtremeOrder: Debug + Clone + Copy + Send + 'static {
    /// Whether `input` is the better one.
    fn beats(input: f64, other: f64) -> bool;
}

/// The greatest.
#[derive(Clone, Copy, Debug)]
pub struct Highest;

/// The least.
#[derive(Clone, Copy, Debug)]
pub struct Lowest;

impl ExtremeOrder for Highest {
    #[inline]
    fn beats(input: f64, other: f64) -> bool {
        input > other
    }
}

impl ExtremeOrder for Lowest {
    #[inline]
    fn beats(input: f64, other: f64) -> bool {
        input < other
    }
}

/// The extreme of the last `length` inputs. The series is cut into stretches of that length. A window is the end of one
/// stretch and the beginning of the next: so the best of each end is worked out when a stretch is complete, and the best of
/// each beginning as it comes. Two comparisons an input, and nothing to guess for the processor.
#[derive(Clone, Debug)]
pub struct Extreme<O> {
    /// Inputs of this stretch, then the best of what is left of the one before, from each place on.
    values: Box<[f64]>,
    at: usize,
    /// Best of this stretch.
    best: f64,
    full: bool,
    order: PhantomData<O>,
}

/// Greatest of a window.
pub type Maximum = Extreme<Highest>;
/// Least of a window.
pub type Minimum = Extreme<Lowest>;

impl<O: ExtremeOrder> Extreme<O> {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        assert!(length > 0, "a window of nothing");
        Self { values: vec![0.0; length].into(), at: 0, best: 0.0, full: false, order: PhantomData }
    }

    /// Takes a whole stretch at its beginning: the same comparisons.
    #[inline]
    fn stretch(&mut self, stretch: &mut [f64]) {
        let last = stretch.len() - 1;
        let mut best = stretch[0];
        for (place, value) in stretch.iter_mut().enumerate() {
            let input = *value;
            best = if place == 0 { input } else { Self::better(input, best) };
            *value = if place == last { best } else { Self::better(best, self.values[place + 1]) };
            self.values[place] = input;
        }
        for place in (1..=last).rev() {
            self.values[place - 1] = Self::better(self.values[place - 1], self.values[place]);
        }
        self.best = best;
    }

    #[inline]
    fn better(one: f64, other: f64) -> f64 {
        if O::beats(one, other) { one } else { other }
    }
}

impl<O: ExtremeOrder> Filter for Extreme<O> {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        if input.is_nan() {
            return f64::NAN;
        }
        self.best = if self.at == 0 { input } else { Self::better(input, self.best) };
        self.values[self.at] = input;
        self.at += 1;
        if self.at == self.values.len() {
            for place in (1..self.at).rev() {
                self.values[place - 1] = Self::better(self.values[place - 1], self.values[place]);
            }
            self.at = 0;
            self.full = true;
            return self.best;
        }
        if self.full { Self::better(self.best, self.values[self.at]) } else { f64::NAN }
    }

    #[inline]
    fn over(&mut self, values: &mut [f64]) {
        let length = self.values.len();
        if any_nan(values) {
            return values.iter_mut().for_each(|value| *value = self.next(*value));
        }
        let whole = if self.full { values.len().min((length - self.at) % length) } else { values.len() };
        let (first, rest) = values.split_at_mut(whole);
        first.iter_mut().for_each(|value| *value = self.next(*value));
        let mut stretches = rest.chunks_exact_mut(length);
        for stretch in &mut stretches {
            self.stretch(stretch);
        }
        stretches.into_remainder().iter_mut().for_each(|value| *value = self.next(*value));
    }
}

/// The extreme of the last `length` inputs, and where it was. Keeps only what may still become one, in order: what a
/// newer input beats, never will. So an input costs two steps on average, however long the window is.
#[derive(Clone, Debug)]
pub struct Located<O> {
    /// Value and number of the candidates, best (and oldest) first, from `head` on, `count` of them, in a ring.
    values: Box<[f64]>,
    numbers: Box<[u64]>,
    head: usize,
    count: usize,
    /// Inputs so far.
    taken: u64,
    /// Of equal ones that are not the extreme, the older stays before the newer.
    keeps_equals: bool,
    order: PhantomData<O>,
}

impl<O: ExtremeOrder> Located<O> {
    /// Of equal inputs the newest counts. Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self::with(length, false)
    }

    /// As TA-Lib's index functions have it, where a number is asked for: an input equal to the extreme takes its place, but
    /// when the extreme leaves the window, the oldest of equal ones follows it. Panics on a length of 0.
    #[must_use]
    pub fn scanning(length: usize) -> Self {
        Self::with(length, true)
    }

    fn with(length: usize, keeps_equals: bool) -> Self {
        assert!(length > 0, "a window of nothing");
        let (values, numbers) = (vec![0.0; length].into(), vec![0; length].into());
        Self { values, numbers, head: 0, count: 0, taken: 0, keeps_equals, order: PhantomData }
    }

    /// Inputs since the extreme came; 0: the newest is it. Before the first input it is 0.
    #[must_use]
    #[inline]
    pub fn age(&self) -> usize {
        if self.count == 0 { 0 } else { (self.taken - 1 - self.numbers[self.head]) as usize }
    }

    /// Number of the extreme's input, from 0.
    #[must_use]
    #[inline]
    pub fn number(&self) -> u64 {
        self.numbers[self.head]
    }

    #[inline]
    fn wrap(&self, at: usize) -> usize {
        if at >= self.values.len() { at - self.values.len() } else { at }
    }
}

impl<O: ExtremeOrder> Filter for Located<O> {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        if input.is_nan() {
            return f64::NAN;
        }
        let length = self.values.len() as u64;
        if self.count > 0 && self.numbers[self.head] + length <= self.taken {
            self.head = self.wrap(self.head + 1);
            self.count -= 1;
        }
        while self.count > 0 {
            let last = self.values[self.wrap(self.head + self.count - 1)];
            let worse_than_best = O::beats(self.values[self.head], input);
            if O::beats(last, input) || (self.keeps_equals && worse_than_best && !O::beats(input, last)) {
                break;
            }
            self.count -= 1;
        }
        let at = self.wrap(self.head + self.count);
        self.values[at] = input;
        self.numbers[at] = self.taken;
        self.count += 1;
        self.taken += 1;
        if self.taken >= length { self.values[self.head] } else { f64::NAN }
    }
}
