//! How far a book deserves to be believed, from 0 to 100: what has lately gone wrong with it, forgotten with time.
//!
//! The formula: a debt that each fault adds to ([`Fault::cost`]), never above 100, less one point each second; the score is
//! 100 less the debt. Whole numbers, times handed in: the same faults at the same times give the same score. Below a floor
//! a book is not taken in again although a snapshot is there, so that nothing prices an order by it: whoever follows the
//! market sees a book that is not in sync, and a journal judges the same. Never: what a fault is.

/// What may go wrong with a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A message was missing.
    Gap,
    /// Bid met ask: the book was wrong before anybody noticed.
    Crossed,
    /// A checksum did not hold: the same.
    Checksum,
    /// It was let go of: silent for too long, or its line was lost.
    Dropped,
    /// The way from the venue's clock to ours changed by more than a tenth of a second.
    ClockJump,
}

impl Fault {
    /// Points of debt. A book may lose a message or a line now and then; three in a minute are a bad line, two wrong books
    /// are a reason to look.
    #[must_use]
    pub const fn cost(self) -> u64 {
        match self {
            Self::Gap => 20,
            Self::Crossed | Self::Checksum => 30,
            Self::Dropped => 10,
            Self::ClockJump => 5,
        }
    }
}

/// The score of a book with which nothing is wrong.
pub const SCORE_MAX: u64 = 100;

/// Time in which a point of debt is forgotten.
const POINT_NS: u64 = 1_000_000_000;

/// The debt of one book.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Integrity {
    debt: u64,
    /// When it was that.
    at_ns: u64,
}

impl Integrity {
    pub(crate) fn add(&mut self, fault: Fault, at_ns: u64) {
        let debt = self.debt_at(at_ns);
        // Parts of a second stay: many faults in a second must not stop time.
        let whole_ns = at_ns.saturating_sub(self.at_ns) / POINT_NS * POINT_NS;
        self.at_ns = if debt == 0 { at_ns.max(self.at_ns) } else { self.at_ns + whole_ns };
        self.debt = (debt + fault.cost()).min(SCORE_MAX);
    }

    pub(crate) fn score(&self, at_ns: u64) -> u64 {
        SCORE_MAX - self.debt_at(at_ns)
    }

    fn debt_at(&self, at_ns: u64) -> u64 {
        self.debt.saturating_sub(at_ns.saturating_sub(self.at_ns) / POINT_NS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_cost_points_and_time_gives_them_back() {
        let second = POINT_NS;
        let mut book = Integrity::default();
        assert_eq!(book.score(0), 100);
        book.add(Fault::Gap, 100 * second);
        assert_eq!([100, 101, 119, 120, 500].map(|at| book.score(at * second)), [80, 81, 99, 100, 100]);
        (0..3).for_each(|_| book.add(Fault::Gap, 110 * second));
        assert_eq!(book.score(110 * second), 30, "10 are left of the first");
        (0..9).for_each(|_| book.add(Fault::Checksum, 110 * second));
        assert_eq!((book.score(110 * second), book.score(160 * second)), (0, 50), "never below 0");
    }

    #[test]
    fn many_faults_within_a_second_do_not_stop_time() {
        let mut book = Integrity::default();
        (0..10).for_each(|n| book.add(Fault::ClockJump, 1_000 * POINT_NS + n * POINT_NS / 2));
        assert_eq!(book.score(1_000 * POINT_NS + 9 * POINT_NS / 2), 100 - (50 - 4));
        book.add(Fault::Gap, 5);
        assert_eq!(book.score(5), 34, "a clock that was set back forgives nothing");
    }
}
