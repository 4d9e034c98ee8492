//! Follows a trend: long while a short average is above a long one.

use super::Wanted;
use crate::indicator::block::Sma;
use crate::indicator::{BLOCK, Filter as _};

/// Long while the mean of the last `fast` closes is above that of the last `slow`; flat while the slow one warms up.
#[derive(Clone, Debug)]
pub struct SmaCross {
    fast: Sma,
    slow: Sma,
}

impl SmaCross {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(fast: usize, slow: usize) -> Self {
        Self { fast: Sma::new(fast), slow: Sma::new(slow) }
    }

    /// Takes the next close.
    #[inline]
    pub fn update(&mut self, close: f64) -> Wanted {
        let (fast, slow) = (self.fast.next(close), self.slow.next(close));
        // Nothing compares with NaN: flat until both have a value.
        Wanted::long_if(fast > slow)
    }

    /// Takes so many closes, and says what is wanted after each: the same as one by one.
    ///
    /// # Panics
    /// If there is not as much room as there are closes.
    pub fn over(&mut self, closes: &[f64], wanted: &mut [Wanted]) {
        assert_eq!(closes.len(), wanted.len(), "a place for each close");
        let (mut fast, mut slow) = ([0.0; BLOCK], [0.0; BLOCK]);
        for (closes, wanted) in closes.chunks(BLOCK).zip(wanted.chunks_mut(BLOCK)) {
            let (fast, slow) = (&mut fast[..closes.len()], &mut slow[..closes.len()]);
            fast.copy_from_slice(closes);
            slow.copy_from_slice(closes);
            self.fast.over(fast);
            self.slow.over(slow);
            let both = fast.iter().zip(slow);
            wanted.iter_mut().zip(both).for_each(|(wanted, (fast, slow))| *wanted = Wanted::long_if(*fast > *slow));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_long_while_the_fast_mean_is_above_and_flat_when_they_are_equal() {
        let mut signal = SmaCross::new(1, 2);
        let wanted = [3.0, 4.0, 4.0, 3.0, 5.0].map(|close| signal.update(close));
        assert_eq!(wanted, [Wanted::Flat, Wanted::Long, Wanted::Flat, Wanted::Flat, Wanted::Long]);
    }

    #[test]
    fn a_series_at_once_wants_what_close_by_close_wants() {
        let closes: Vec<f64> = (0..700).map(|n| f64::from(n * n % 37) + f64::from(n % 90) / 3.0).collect();
        for (fast, slow) in [(1, 2), (3, 7), (20, 50), (70, 5), (64, 128)] {
            let (mut stream, mut block) = (SmaCross::new(fast, slow), SmaCross::new(fast, slow));
            let one_by_one: Vec<Wanted> = closes.iter().map(|close| stream.update(*close)).collect();
            let mut at_once = vec![Wanted::Short; closes.len()];
            let (first, rest) = closes.split_at(333);
            block.over(first, &mut at_once[..333]);
            block.over(rest, &mut at_once[333..]);
            assert_eq!(at_once, one_by_one, "{fast} {slow}");
            assert!(one_by_one.array_windows().filter(|[before, now]| before != now).count() > 10, "{fast} {slow}");
        }
    }
}
