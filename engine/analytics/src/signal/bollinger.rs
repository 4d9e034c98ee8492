//! Bets on the way back: a close outside its band is expected to come home to the middle.

use super::Wanted;
use crate::indicator::block::Moments;

/// At each close first: long leaves when it is at or above the middle, short when at or below. Then, if flat: long below the
/// lower band, short above the upper one. The middle is the mean of the last `n` closes, the bands `k` population deviations
/// from it.
#[derive(Clone, Debug)]
pub struct BollingerReversion {
    moments: Moments,
    opinion: BollingerOpinion,
}

/// What a [`BollingerReversion`] thinks of its middle and deviation, wherever they were computed.
#[derive(Clone, Copy, Debug)]
pub struct BollingerOpinion {
    k: f64,
    wanted: Wanted,
}

impl BollingerReversion {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(n: usize, k: f64) -> Self {
        Self { moments: Moments::new(n), opinion: BollingerOpinion::new(k) }
    }

    /// Takes the next close.
    #[inline]
    pub fn update(&mut self, close: f64) -> Wanted {
        let (middle, variance) = self.moments.next(close);
        self.opinion.update(close, middle, variance.sqrt())
    }
}

impl BollingerOpinion {
    /// Before the first close.
    #[must_use]
    pub fn new(k: f64) -> Self {
        Self { k, wanted: Wanted::Flat }
    }

    /// Takes the next close with its middle and deviation, NaN for none yet.
    #[inline]
    pub fn update(&mut self, close: f64, middle: f64, deviation: f64) -> Wanted {
        let away = self.k * deviation;
        let leaves = match self.wanted {
            Wanted::Long => close >= middle,
            Wanted::Short => close <= middle,
            Wanted::Flat => true,
        };
        if leaves {
            self.wanted = match close {
                _ if close < middle - away => Wanted::Long,
                _ if close > middle + away => Wanted::Short,
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
    fn enters_outside_the_band_and_leaves_at_the_middle() {
        let mut signal = BollingerReversion::new(4, 1.5);
        let closes = [10.0, 10.0, 10.0, 6.0, 8.0, 9.0, 13.0, 11.0];
        let wanted = closes.map(|close| signal.update(close));
        let (flat, long, short) = (Wanted::Flat, Wanted::Long, Wanted::Short);
        // The fourth: middle 9, deviation 1.73. The sixth is above its middle of 8.25, the seventh beyond its band, the last
        // above its middle of 10.25: short stays.
        assert_eq!(wanted, [flat, flat, flat, long, long, flat, short, short]);
    }
}
