//! The last few of an endless row, numbered, so that each reader can ask for what it has not seen and learn what it
//! missed.

use std::collections::VecDeque;

/// Keeps the last `capacity` values pushed.
#[derive(Clone, Debug)]
pub(crate) struct Trail<T> {
    kept: VecDeque<T>,
    capacity: usize,
    /// Values ever pushed: the number of the next one.
    pushed: u64,
}

/// What a reader at some number gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Since<T> {
    /// Pushed after the reader's last look, but no longer kept.
    pub(crate) missed: u64,
    /// Oldest first.
    pub(crate) values: Vec<T>,
    /// Where to go on.
    pub(crate) next: u64,
}

impl<T: Clone> Trail<T> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { kept: VecDeque::new(), capacity, pushed: 0 }
    }

    pub(crate) fn push(&mut self, value: T) {
        if self.kept.len() == self.capacity {
            self.kept.pop_front();
        }
        self.kept.push_back(value);
        self.pushed += 1;
    }

    /// The oldest so many are no longer kept.
    pub(crate) fn forget(&mut self, count: usize) {
        self.kept.drain(..count.min(self.kept.len()));
    }

    /// Changes each that is kept.
    pub(crate) fn change_all(&mut self, change: impl FnMut(&mut T)) {
        self.kept.iter_mut().for_each(change);
    }

    /// The value whose place the next one takes.
    pub(crate) fn goes_next(&self) -> Option<&T> {
        self.kept.front().filter(|_| self.kept.len() == self.capacity)
    }

    /// The same of some values, numbered as if there were no others: of those, so many are no longer kept.
    pub(crate) fn of(&self, is_one: impl Fn(&T) -> bool, gone: u64) -> Self {
        let kept: VecDeque<T> = self.kept.iter().filter(|value| is_one(value)).cloned().collect();
        Self { pushed: gone + kept.len() as u64, kept, capacity: self.capacity }
    }

    /// Values ever pushed.
    pub(crate) fn pushed(&self) -> u64 {
        self.pushed
    }

    pub(crate) fn newest(&self) -> Option<T> {
        self.kept.back().cloned()
    }

    /// The last `count`, oldest first.
    pub(crate) fn last(&self, count: usize) -> Vec<T> {
        let skipped = self.kept.len().saturating_sub(count);
        self.kept.iter().skip(skipped).cloned().collect()
    }

    /// The last `count` before number `before`, oldest first, and the number of the first of them.
    pub(crate) fn page(&self, before: Option<u64>, count: usize) -> (u64, Vec<T>) {
        let oldest = self.oldest();
        let end = before.unwrap_or(self.pushed).clamp(oldest, self.pushed);
        let start = end.saturating_sub(count as u64).max(oldest);
        let values = self.kept.range((start - oldest) as usize..(end - oldest) as usize);
        (start, values.cloned().collect())
    }

    /// The number of the oldest that is kept.
    pub(crate) fn oldest(&self) -> u64 {
        self.pushed - self.kept.len() as u64
    }

    /// All from number `next` on.
    pub(crate) fn since(&self, next: u64) -> Since<T> {
        let wanted = self.pushed.saturating_sub(next);
        let kept = wanted.min(self.kept.len() as u64);
        Since { missed: wanted - kept, values: self.last(kept as usize), next: self.pushed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_gets_what_it_has_not_seen_and_learns_what_it_missed() {
        let mut trail = Trail::new(3);
        assert_eq!(trail.since(0), Since { missed: 0, values: vec![], next: 0 });
        (0..2).for_each(|n| trail.push(n));
        assert_eq!(trail.since(0), Since { missed: 0, values: vec![0, 1], next: 2 });
        assert_eq!(trail.goes_next(), None);
        (2..7).for_each(|n| trail.push(n));
        assert_eq!(trail.goes_next(), Some(&4));
        assert_eq!(trail.since(2), Since { missed: 2, values: vec![4, 5, 6], next: 7 });
        assert_eq!(trail.since(6), Since { missed: 0, values: vec![6], next: 7 });
        assert_eq!(trail.since(7), Since { missed: 0, values: vec![], next: 7 });
        assert_eq!(trail.last(2), vec![5, 6]);
        assert_eq!(trail.last(9), vec![4, 5, 6]);
        assert_eq!(
            (trail.page(None, 2), trail.page(Some(5), 9), trail.page(Some(1), 9)),
            ((5, vec![5, 6]), (4, vec![4]), (4, vec![]))
        );
    }

    #[test]
    fn some_of_it_is_numbered_as_if_there_were_no_others() {
        let mut trail = Trail::new(4);
        (0..7).for_each(|n| trail.push(n));
        // Of 0, 2, 4 and 6 the first two are gone.
        let even = trail.of(|n| n % 2 == 0, 2);
        assert_eq!((even.pushed(), even.oldest(), even.last(9)), (4, 2, vec![4, 6]));
        assert_eq!(even.since(1), Since { missed: 1, values: vec![4, 6], next: 4 });
    }
}
