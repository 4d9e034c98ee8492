//! What a market trades in a day, from the trades that were heard: what one order may be a part of.
//!
//! Kept by the hour. Before a day was listened to, what was heard is taken for that part of it; before an hour, and where a
//! venue tells of no trade, nothing is known and nothing is held against it. From one ring's events alone, so a replay knows
//! the same.

use crate::tape::carry;
use engine_model::units::{Lots, Nanos};

const HOURS: usize = 24;
const HOUR_NS: u64 = 3_600 * Nanos::SECOND;

/// One instrument's.
#[derive(Clone, Debug)]
pub(super) struct Volume {
    /// Lots by hour of the day; the running one is part of it.
    hours: [i64; HOURS],
    /// The running hour, from the epoch.
    hour: u64,
    /// Of all hours.
    sum: i64,
    /// When it was first listened to.
    since: Option<Nanos>,
    day: i64,
}

carry!(Volume { hours, hour, sum, since, day });

impl Default for Volume {
    fn default() -> Self {
        Self { hours: [0; HOURS], hour: 0, sum: 0, since: None, day: i64::MAX }
    }
}

impl Volume {
    /// Somebody traded.
    #[inline]
    pub(super) fn trade(&mut self, qty: Lots, now: Nanos) {
        if now.0 / HOUR_NS > self.hour {
            self.turn(now);
        }
        let slot = &mut self.hours[(self.hour % HOURS as u64) as usize];
        *slot = slot.saturating_add(qty.0.max(0));
        self.sum = self.sum.saturating_add(qty.0.max(0));
    }

    /// Hours that passed are those of yesterday no more.
    #[cold]
    fn turn(&mut self, now: Nanos) {
        let hour = now.0 / HOUR_NS;
        let passed = (hour - self.hour).min(HOURS as u64);
        for passed in 0..passed {
            self.hours[((hour - passed) % HOURS as u64) as usize] = 0;
        }
        self.hour = hour;
        self.sum = self.hours.iter().fold(0, |sum, lots| sum.saturating_add(*lots));
    }

    /// Told once a minute: what a day is, as far as it was heard.
    pub(super) fn estimate(&mut self, now: Nanos) {
        let since = *self.since.get_or_insert(now);
        if now.0 / HOUR_NS > self.hour {
            self.turn(now);
        }
        // The running hour, and 23 before it.
        let kept = (HOURS as u64 - 1) * HOUR_NS + now.0 % HOUR_NS;
        let heard = now.since(since).min(kept);
        self.day = if heard < HOUR_NS || self.sum == 0 {
            i64::MAX
        } else {
            let day = i128::from(self.sum) * i128::from(Nanos::DAY) / i128::from(heard);
            i64::try_from(day).unwrap_or(i64::MAX)
        };
    }

    /// Lots of a day; the largest number while nothing is known.
    #[inline]
    pub(super) fn day(&self) -> i64 {
        self.day
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_random::Random;

    const START: u64 = 500_000 * HOUR_NS;

    fn at(ns: u64) -> Nanos {
        Nanos(START + ns)
    }

    #[test]
    fn nothing_is_known_before_an_hour_or_without_a_trade() {
        let mut volume = Volume::default();
        volume.estimate(at(0));
        volume.estimate(at(5 * HOUR_NS));
        assert_eq!(volume.day(), i64::MAX, "no trade was told of");
        let mut volume = Volume::default();
        volume.estimate(at(0));
        volume.trade(Lots(10), at(1));
        volume.estimate(at(HOUR_NS - 1));
        assert_eq!(volume.day(), i64::MAX);
        volume.estimate(at(HOUR_NS));
        assert_eq!(volume.day(), 240);
    }

    #[test]
    fn a_day_is_what_a_slow_twin_counts() {
        for seed in 0..300 {
            let mut random = Random::new(seed);
            let (mut volume, mut trades, mut now) = (Volume::default(), Vec::new(), at(random.below(HOUR_NS)));
            volume.estimate(now);
            let since = now;
            for _ in 0..400 {
                let most = if random.once_in(40) { 30 * HOUR_NS } else { HOUR_NS / 5 };
                now = now.plus(random.below(most));
                if random.once_in(3) {
                    let qty = random.within(1, 1_000);
                    volume.trade(Lots(qty), now);
                    trades.push((now, qty));
                    continue;
                }
                volume.estimate(now);
                let begins = (now.0 / HOUR_NS - 23) * HOUR_NS;
                let sum: i64 = trades.iter().filter(|(at, _)| at.0 >= begins).map(|(_, qty)| *qty).sum();
                let heard = now.0 - begins.max(since.0);
                let day = i128::from(sum) * i128::from(Nanos::DAY) / i128::from(heard.max(1));
                let want = if heard < HOUR_NS || sum == 0 { i64::MAX } else { day as i64 };
                assert_eq!(volume.day(), want, "seed {seed}");
            }
        }
    }
}
