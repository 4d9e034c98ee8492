//! Market profile (Steidlmayer): how long a price was traded, in letters of half an hour, and not how much.

use super::levels::{Level, Levels};
use super::profile::{VALUE_SHARE, ValueArea};
use super::{DAY_MS, period};

/// Length of a letter, if nobody says otherwise.
pub const LETTER_MS: i64 = 1_800_000;
/// Letters of the initial balance.
const BALANCE: i64 = 2;

/// Time-price opportunities of each UTC day: a level has a letter for each half hour in which it was traded, once, however
/// often. The [`ValueArea`] of a day is that of its letters.
#[derive(Debug)]
pub struct Tpo {
    letter_ms: i64,
    day_ms: i64,
    /// Letters by level, as what was bought.
    levels: Levels,
    /// Level and its newest letter, lowest first.
    marks: Vec<(i64, i64)>,
    /// Highest and lowest price of the first letters, if the day's first one was seen.
    balance: Option<(f64, f64)>,
    letter: i64,
}

impl Tpo {
    /// Letters of `letter_ms`, levels of `height`, at most `capacity` of them. Panics if one of them is not above 0.
    #[must_use]
    pub fn new(letter_ms: i64, height: f64, capacity: usize) -> Self {
        assert!(letter_ms > 0, "a letter of no time");
        let (levels, marks) = (Levels::new(height, capacity), Vec::with_capacity(capacity));
        Self { letter_ms, day_ms: i64::MIN, levels, marks, balance: None, letter: 0 }
    }

    /// Takes the next bar, which lies within one letter, or a trade as a bar of one price: a step a level between its low and
    /// its high.
    pub fn update(&mut self, time_ms: i64, high: f64, low: f64) {
        let day_ms = period(time_ms, DAY_MS);
        self.letter = (time_ms - day_ms) / self.letter_ms;
        if day_ms != self.day_ms {
            self.day_ms = day_ms;
            self.levels.clear();
            self.marks.clear();
            self.balance = (self.letter == 0).then_some((high, low));
        }
        if let Some((highest, lowest)) = &mut self.balance
            && self.letter < BALANCE
        {
            (*highest, *lowest) = (highest.max(high), lowest.min(low));
        }
        let (first, last) = (self.levels.index(low), self.levels.index(high));
        if last.saturating_sub(first) >= self.levels.capacity() as i64 {
            return self.levels.miss(1.0);
        }
        for index in first..=last {
            self.mark(index);
        }
    }

    fn mark(&mut self, index: i64) {
        match self.marks.binary_search_by_key(&index, |(index, _)| *index) {
            Ok(at) if self.marks[at].1 == self.letter => return,
            Ok(at) => self.marks[at].1 = self.letter,
            Err(at) if self.marks.len() < self.marks.capacity() => self.marks.insert(at, (index, self.letter)),
            // The levels have no room either, and count it as missed.
            Err(_) => {}
        }
        self.levels.add(Level { index, buy: 1.0, sell: 0.0 });
    }

    /// Start of the running day; `None` before the first bar.
    #[must_use]
    pub fn day_ms(&self) -> Option<i64> {
        (self.day_ms != i64::MIN).then_some(self.day_ms)
    }

    /// Number and letters of each level of the running day, lowest first.
    pub fn letters(&self) -> impl Iterator<Item = (i64, u32)> {
        self.levels.all().iter().map(|level| (level.index, level.buy as u32))
    }

    /// Level with the most letters, and the area around it that holds 70 % of them.
    #[must_use]
    pub fn value_area(&self) -> Option<ValueArea> {
        ValueArea::of(&self.levels, VALUE_SHARE)
    }

    /// Highest and lowest price of the day's first two letters; `None` before they are over, or if their start was not seen.
    #[must_use]
    pub fn initial_balance(&self) -> Option<(f64, f64)> {
        self.balance.filter(|_| self.letter >= BALANCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    #[test]
    fn a_level_has_a_letter_once_and_the_balance_is_the_first_hours() {
        let mut tpo = Tpo::new(LETTER_MS, 1.0, 16);
        tpo.update(0, 12.0, 10.0);
        tpo.update(10 * MINUTE, 12.5, 11.0);
        assert_eq!(tpo.letters().collect::<Vec<_>>(), [(10, 1), (11, 1), (12, 1)]);
        assert_eq!(tpo.initial_balance(), None);
        tpo.update(30 * MINUTE, 13.5, 12.0);
        tpo.update(60 * MINUTE, 20.0, 12.0);
        assert_eq!(tpo.initial_balance(), Some((13.5, 10.0)));
        let area = tpo.value_area().expect("letters");
        assert_eq!((area.poc, area.total), (12, 14.0));
        // Two levels a step, those above if both sides have as much: 13 and 14 have three letters, 10 and 11 two.
        assert_eq!((area.low, area.high), (12, 18));
    }

    #[test]
    fn a_day_begins_anew_and_what_was_not_seen_is_not_told() {
        let mut tpo = Tpo::new(LETTER_MS, 1.0, 4);
        tpo.update(40 * MINUTE, 12.0, 10.0);
        tpo.update(90 * MINUTE, 12.0, 10.0);
        assert_eq!(tpo.initial_balance(), None, "the first half hour was not seen");
        tpo.update(91 * MINUTE, 50.0, 10.0);
        assert_eq!(tpo.value_area(), None, "more levels than there is room for");
        tpo.update(DAY_MS, 12.0, 12.0);
        assert_eq!(tpo.value_area().map(|area| (area.poc, area.total)), Some((12, 1.0)));
        assert_eq!(tpo.day_ms(), Some(DAY_MS));
    }
}
