//! Follows a breakout: a close beyond the extremes of the bars before it.

use super::Wanted;
use crate::indicator::Filter as _;
use crate::indicator::block::{Maximum, Minimum};

/// With the extremes of the bars before the current one: long leaves below the lowest low of `exit` bars, short above their
/// highest high. Then, if flat: long above the highest high of `entry` bars, short below their lowest low. Closes are
/// compared; nothing is wanted while either window fills: what it could not leave is not entered.
#[derive(Clone, Debug)]
pub struct Donchian {
    entry: Channel,
    exit: Channel,
    opinion: DonchianOpinion,
}

/// What a [`Donchian`] thinks of the extremes of the bars before, wherever they were computed.
#[derive(Clone, Copy, Debug, Default)]
pub struct DonchianOpinion {
    wanted: Wanted,
}

/// The extremes of a window, as they were before the current bar.
#[derive(Clone, Debug)]
struct Channel {
    highs: Maximum,
    lows: Minimum,
    high: f64,
    low: f64,
}

impl Channel {
    fn new(length: usize) -> Self {
        Self { highs: Maximum::new(length), lows: Minimum::new(length), high: f64::NAN, low: f64::NAN }
    }

    #[inline]
    fn take(&mut self, high: f64, low: f64) {
        (self.high, self.low) = (self.highs.next(high), self.lows.next(low));
    }
}

impl Donchian {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(entry: usize, exit: usize) -> Self {
        Self { entry: Channel::new(entry), exit: Channel::new(exit), opinion: DonchianOpinion::default() }
    }

    /// Takes the next bar.
    #[inline]
    pub fn update(&mut self, high: f64, low: f64, close: f64) -> Wanted {
        let (entry, exit) = (&self.entry, &self.exit);
        let wanted = self.opinion.update(close, [entry.high, entry.low], [exit.high, exit.low]);
        self.entry.take(high, low);
        self.exit.take(high, low);
        wanted
    }
}

impl DonchianOpinion {
    /// Takes the next close and the highest and lowest of the bars before it, NaN where a window is not full.
    #[inline]
    pub fn update(&mut self, close: f64, [entry_high, entry_low]: [f64; 2], [exit_high, exit_low]: [f64; 2]) -> Wanted {
        // Nothing compares with NaN, so what is entered before the other window is full could not be left by its rule.
        if exit_high.is_nan() || exit_low.is_nan() {
            return self.wanted;
        }
        let leaves = match self.wanted {
            Wanted::Long => close < exit_low,
            Wanted::Short => close > exit_high,
            Wanted::Flat => true,
        };
        if leaves {
            self.wanted = match close {
                _ if close > entry_high => Wanted::Long,
                _ if close < entry_low => Wanted::Short,
                _ => Wanted::Flat,
            };
        }
        self.wanted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_itself_is_not_among_those_it_is_held_against() {
        let mut signal = Donchian::new(2, 1);
        let bars = [(10.0, 9.0, 9.5), (11.0, 9.0, 10.0), (12.0, 10.0, 11.5), (12.0, 11.0, 11.5), (11.5, 8.0, 8.5)];
        let wanted = bars.map(|(high, low, close)| signal.update(high, low, close));
        let (flat, long, short) = (Wanted::Flat, Wanted::Long, Wanted::Short);
        // The third closes above 11; the last below the low of the bar before (11) and of the two before (10): turned round.
        assert_eq!(wanted, [flat, flat, long, long, short]);
    }

    #[test]
    fn nothing_is_entered_before_it_could_be_left() {
        // Each closes above all before it.
        let rising = |bar: u32| (f64::from(bar) + 1.0, f64::from(bar) - 1.0, f64::from(bar) + 1.5);
        for (entry, exit) in [(2, 6), (6, 2), (1, 1)] {
            let mut signal = Donchian::new(entry, exit);
            let mut wanted = (0..10).map(rising).map(|(high, low, close)| signal.update(high, low, close));
            // The first bar that has the longer window before it.
            assert_eq!(wanted.position(|wanted| wanted != Wanted::Flat), Some(entry.max(exit)), "{entry} {exit}");
        }
    }
}
