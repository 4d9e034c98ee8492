//! So many of something within ten seconds.

use crate::tape::carry;
use engine_model::units::Nanos;

/// Times remembered: the largest number that is ever asked for.
const KEPT: usize = 32;
/// How far back.
const WINDOW_NS: u64 = 10 * Nanos::SECOND;

/// A ring of times.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::risk) struct Tally {
    times: [Nanos; KEPT],
    noted: u32,
}

carry!(Tally { times, noted });

impl Tally {
    /// Remembers one; whether it is the `many`-th within ten seconds.
    pub(in crate::risk) fn note(&mut self, now: Nanos, many: u32) -> bool {
        self.times[self.noted as usize % KEPT] = now;
        self.noted = self.noted.wrapping_add(1);
        let is_told = (1..=KEPT as u32).contains(&many) && self.noted >= many;
        is_told && now.since(self.times[self.noted.wrapping_sub(many) as usize % KEPT]) < WINDOW_NS
    }

    /// Forgets all.
    pub(in crate::risk) fn clear(&mut self) {
        self.noted = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_so_many_within_ten_seconds_is_told() {
        let mut tally = Tally::default();
        let times = [0, 1, 2, WINDOW_NS, WINDOW_NS + 1, WINDOW_NS + 2, WINDOW_NS + 3].map(Nanos);
        let told = times.map(|at| tally.note(at, 4));
        assert_eq!(told, [false, false, false, false, false, false, true]);
        tally.clear();
        assert!(!tally.note(Nanos(WINDOW_NS + 4), 2) && tally.note(Nanos(WINDOW_NS + 5), 2));
        let mut many = Tally::default();
        assert_eq!((0..100).filter(|n| many.note(Nanos(*n), 32)).count(), 69, "the ring turns");
        assert!(!many.note(Nanos(100), 33) && !many.note(Nanos(100), 0), "what cannot be told is never told");
    }
}
