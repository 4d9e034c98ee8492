//! Sessions of a day, and what is usual at this time of day.
//!
//! A day has three sessions by UTC, without gap and without overlap, all year: summer time moves none of them, so that a time
//! of day always belongs to the same one.

use super::DAY_MS;

const HOUR_MS: i64 = 3_600_000;

/// Who is at their desks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Session {
    /// 00:00 to 08:00 UTC.
    Asia,
    /// 08:00 to 13:00 UTC.
    London,
    /// 13:00 to 24:00 UTC.
    NewYork,
}

impl Session {
    /// All of a day, in their order.
    pub const ALL: [Self; 3] = [Self::Asia, Self::London, Self::NewYork];

    /// The one of a time.
    #[must_use]
    pub fn at(time_ms: i64) -> Self {
        match time_ms.rem_euclid(DAY_MS) / HOUR_MS {
            0..8 => Self::Asia,
            8..13 => Self::London,
            _ => Self::NewYork,
        }
    }

    /// Its name, as users see it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Asia => "Asia",
            Self::London => "London",
            Self::NewYork => "New York",
        }
    }

    /// Hours of the day at which it begins and ends.
    #[must_use]
    pub fn hours(self) -> (i64, i64) {
        match self {
            Self::Asia => (0, 8),
            Self::London => (8, 13),
            Self::NewYork => (13, 24),
        }
    }

    /// When it began that `time_ms` is in.
    #[must_use]
    pub fn start_ms(time_ms: i64) -> i64 {
        time_ms.div_euclid(DAY_MS) * DAY_MS + Self::at(time_ms).hours().0 * HOUR_MS
    }
}

/// Volume by time of day, of the running day and of some days before: what is usual is the median of the days before whose
/// same stretch is known.
///
/// A stretch is known if it lies between two bars that it was given, or in one; a slot between two bars of it without one
/// is a slot without a trade. What lies before the first bar is unknown.
#[derive(Clone, Debug)]
pub struct Baseline {
    slot_ms: i64,
    /// Slots of a day.
    slots: usize,
    /// By day and slot, NaN for unknown; days lie at their number modulo the days kept.
    volumes: Box<[f64]>,
    /// Number of the newest slot since the epoch; `None` before the first bar.
    newest: Option<i64>,
    sorted: Vec<f64>,
}

impl Baseline {
    /// Slots of `slot_ms`, which divides a day; `days` before the running one. Panics otherwise.
    #[must_use]
    pub fn new(slot_ms: i64, days: usize) -> Self {
        assert!(slot_ms > 0 && DAY_MS % slot_ms == 0 && days > 0, "slots that do not make a day");
        let slots = (DAY_MS / slot_ms) as usize;
        let volumes = vec![f64::NAN; slots * (days + 1)].into();
        Self { slot_ms, slots, volumes, newest: None, sorted: Vec::with_capacity(days) }
    }

    /// Takes what was traded in the bar that began at `time_ms`; bars come in their order, several may share a slot. One that
    /// is older than the newest slot is left out.
    pub fn update(&mut self, time_ms: i64, volume: f64) {
        let slot = time_ms.div_euclid(self.slot_ms);
        let next = self.newest.map_or(slot, |newest| newest + 1);
        if self.newest.is_some_and(|newest| slot < newest) {
            return;
        }
        // No more than all that is kept.
        for quiet in next.max(slot + 1 - self.volumes.len() as i64)..=slot {
            let place = self.place(quiet);
            self.volumes[place] = 0.0;
        }
        self.newest = Some(slot);
        let place = self.place(slot);
        self.volumes[place] += volume;
    }

    /// Says that nothing was heard from the last bar until then: the slots of that time are unknown, not quiet.
    pub fn deafened(&mut self, until_ms: i64) {
        let until = until_ms.div_euclid(self.slot_ms);
        let Some(newest) = self.newest else { return };
        for deaf in newest.max(until + 1 - self.volumes.len() as i64)..=until {
            let place = self.place(deaf);
            self.volumes[place] = f64::NAN;
        }
        self.newest = Some(newest.max(until));
    }

    fn place(&self, slot: i64) -> usize {
        slot.rem_euclid(self.volumes.len() as i64) as usize
    }

    /// Volume of the slots from `from_ms` on up to before `to_ms`, of one day; `None` if one is unknown.
    #[must_use]
    pub fn volume(&self, from_ms: i64, to_ms: i64) -> Option<f64> {
        let (from, to) = (from_ms.div_euclid(self.slot_ms), to_ms.div_euclid(self.slot_ms));
        let (newest, kept) = (self.newest?, self.volumes.len() as i64);
        if from >= to || to > newest + 1 || from <= newest - kept {
            return None;
        }
        super::known((from..to).map(|slot| self.volumes[self.place(slot)]).sum())
    }

    /// The median of the same stretch on the days before, and of how many; `None` if it is known of none.
    pub fn usual(&mut self, from_ms: i64, to_ms: i64) -> Option<(f64, usize)> {
        self.sorted.clear();
        for day in 1..self.volumes.len() as i64 / self.slots as i64 {
            if let Some(volume) = self.volume(from_ms - day * DAY_MS, to_ms - day * DAY_MS) {
                self.sorted.push(volume);
            }
        }
        self.sorted.sort_unstable_by(f64::total_cmp);
        let count = self.sorted.len();
        let middle = (self.sorted.get(count / 2)? + self.sorted.get((count.checked_sub(1)?) / 2)?) / 2.0;
        Some((middle, count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_three_sessions_without_gap() {
        let mut hour = 0;
        for session in Session::ALL {
            let (from, to) = session.hours();
            assert_eq!(from, hour, "{}", session.name());
            for at in from..to {
                assert_eq!(Session::at(at * HOUR_MS + DAY_MS), session);
                assert_eq!(Session::start_ms(at * HOUR_MS - DAY_MS), from * HOUR_MS - DAY_MS);
            }
            hour = to;
        }
        assert_eq!(hour, 24);
    }

    #[test]
    fn what_is_usual_is_the_median_of_the_days_that_are_known() {
        let mut baseline = Baseline::new(HOUR_MS, 3);
        // From 10:00 of day 0 on, 1 an hour on day 0, 2 on day 1, 9 on day 2; nothing at 11:00 of day 1.
        for hour in 10..24 {
            baseline.update(hour * HOUR_MS, 1.0);
        }
        for hour in 0..24 {
            if hour != 11 {
                baseline.update(DAY_MS + hour * HOUR_MS, 2.0);
            }
        }
        for hour in 0..24 {
            baseline.update(2 * DAY_MS + hour * HOUR_MS, 9.0);
        }
        baseline.update(3 * DAY_MS + 12 * HOUR_MS, 4.0);
        baseline.update(3 * DAY_MS + 12 * HOUR_MS + 1, 0.5);
        let at = |hour: i64| 3 * DAY_MS + hour * HOUR_MS;
        assert_eq!(baseline.volume(at(12), at(13)), Some(4.5));
        assert_eq!(baseline.volume(at(12), at(14)), None, "13:00 has not come");
        assert_eq!(baseline.usual(at(12), at(13)), Some((2.0, 3)));
        assert_eq!(baseline.usual(at(10), at(13)), Some((4.0, 3)), "3, 4 and 27: the quiet hour counts as 0");
        assert_eq!(baseline.usual(at(8), at(10)), Some((11.0, 2)), "day 0 was not heard then");
        // What is four days old has made room, and day 3 is a day before.
        baseline.update(at(24) + 12 * HOUR_MS, 1.0);
        assert_eq!(baseline.usual(at(24) + 12 * HOUR_MS, at(24) + 13 * HOUR_MS), Some((4.5, 3)));
    }

    #[test]
    fn what_was_not_heard_is_not_quiet() {
        let mut baseline = Baseline::new(HOUR_MS, 1);
        baseline.update(0, 1.0);
        baseline.update(HOUR_MS, 1.0);
        baseline.deafened(3 * HOUR_MS);
        baseline.update(4 * HOUR_MS, 1.0);
        assert_eq!(baseline.volume(0, HOUR_MS), Some(1.0));
        assert_eq!(baseline.volume(0, 2 * HOUR_MS), None);
        assert_eq!(baseline.volume(4 * HOUR_MS, 5 * HOUR_MS), Some(1.0));
        baseline.update(2 * HOUR_MS, 100.0);
        assert_eq!(baseline.volume(2 * HOUR_MS, 3 * HOUR_MS), None, "too late to count");
        // A gap longer than all that is kept is a quiet one, and takes no more steps than that.
        baseline.update(1_000_000 * DAY_MS, 5.0);
        let now = 1_000_000 * DAY_MS;
        assert_eq!(baseline.usual(now, now + HOUR_MS), Some((0.0, 1)));
    }
}
