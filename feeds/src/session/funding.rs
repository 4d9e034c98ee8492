//! How often funding is paid, where the stream does not say it with the rate: as the venue's list says, and as its payments
//! follow each other, for a venue changes the interval while it runs.
//!
//! Never: an interval that nobody told. What is not known is 0.

use crate::decoded::Funding;
use engine_model::instrument::Instruments;
use engine_model::units::Nanos;

const HOUR_S: u64 = 3_600;
/// The longest interval that any venue has, in hours.
const HOURS_MAX: u64 = 8;

/// Of one instrument.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FundingClock {
    /// As known so far; 0: not.
    interval_s: u32,
    /// When it is paid next, as told last.
    next: Nanos,
}

impl FundingClock {
    /// By instrument index, as the lists say.
    pub(super) fn of(instruments: &Instruments) -> Box<[Self]> {
        let clock = |id| Self { interval_s: instruments.funding_interval_s(id), next: Nanos(0) };
        instruments.iter().map(|instrument| clock(instrument.id)).collect()
    }

    /// Seconds between payments, once that was told; 0 where nobody says.
    pub(super) fn interval_s(&mut self, told: &Funding) -> u32 {
        if told.interval_s > 0 {
            return told.interval_s;
        }
        if self.next.0 > 0 && told.next_at_ns > self.next {
            self.interval_s = followed(self.interval_s, told.next_at_ns.0 - self.next.0);
        }
        self.next = told.next_at_ns;
        self.interval_s
    }
}

/// What is known once payments were so far apart. Closer than known: it has become shorter. Farther: it has become longer, or
/// one was not heard of, so that nothing is known before the next.
fn followed(known_s: u32, apart_ns: u64) -> u32 {
    let apart_s = apart_ns / Nanos::SECOND;
    let is_interval = apart_s.is_multiple_of(HOUR_S) && (1..=HOURS_MAX).contains(&(apart_s / HOUR_S));
    match u32::try_from(apart_s) {
        Ok(apart_s) if is_interval && (known_s == 0 || apart_s <= known_s) => apart_s,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = HOUR_S * Nanos::SECOND;

    fn told(hour: u64, interval_s: u32) -> Funding {
        Funding { rate_e8: 1, next_at_ns: Nanos(hour * HOUR), interval_s }
    }

    #[test]
    fn an_interval_is_as_listed_until_payments_say_otherwise() {
        let mut clock = FundingClock { interval_s: 28_800, next: Nanos(0) };
        let hours = [8, 8, 16, 20, 24, 32, 36, 36];
        let intervals = hours.map(|hour| clock.interval_s(&told(hour, 0)));
        assert_eq!(intervals, [28_800, 28_800, 28_800, 14_400, 14_400, 0, 14_400, 14_400]);
        assert_eq!(clock.interval_s(&told(37, 7_200)), 7_200, "the stream's own word");
    }

    #[test]
    fn nothing_is_made_up() {
        let mut clock = FundingClock::default();
        // Not told yet, told once, a time that is gone, one that is no whole hour later, one that is too late, none.
        for next in [0, 8 * HOUR, 7 * HOUR, 7 * HOUR + 1, 40 * HOUR, 0] {
            let funding = Funding { rate_e8: 1, next_at_ns: Nanos(next), interval_s: 0 };
            assert_eq!(clock.interval_s(&funding), 0, "{next}");
        }
    }
}
