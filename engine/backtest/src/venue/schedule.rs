//! Which fees count now: by instrument, and by what was traded in the thirty days before today.
//!
//! As venues do it, the step is found once a day: the first execution of a UTC day looks at the whole days before. Volume is
//! the value of our own executions in their quote currencies, counted as dollars; an account that traded before the run
//! brings its volume along, spread evenly over the thirty days.
//!
//! Owns: the days' volumes. Never: a clock; the venue's time comes with each execution.

use super::fee::Fees;
use engine_model::instrument::{Instrument, InstrumentId, Instruments};
use engine_model::market::Level;
use engine_model::report::Liquidity;
use engine_model::units::{Lots, Nanos, Quote, Ticks};

/// Days that count.
const DAYS: usize = 30;
const DAY_NS: u64 = 86_400 * Nanos::SECOND;

/// Cheaper (or dearer) fees from a volume on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeeTier {
    /// Traded in thirty days, in dollars.
    pub from: Quote,
    /// What is paid then.
    pub fees: Fees,
}

/// What a venue charges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeeSchedule {
    /// Without volume.
    pub entry: Fees,
    /// With volume, smallest first.
    pub tiers: Vec<FeeTier>,
    /// Instruments with fees of their own, whatever the volume.
    pub of: Vec<(InstrumentId, Fees)>,
    /// Traded in the thirty days before the run.
    pub volume: Quote,
}

impl From<Fees> for FeeSchedule {
    fn from(entry: Fees) -> Self {
        Self { entry, tiers: Vec::new(), of: Vec::new(), volume: Quote::ZERO }
    }
}

impl FeeSchedule {
    /// What an instrument costs with the volume before the run.
    #[must_use]
    pub fn at_start(&self, id: InstrumentId) -> Fees {
        let own = self.of.iter().find(|(known, _)| *known == id).map(|(_, fees)| *fees);
        let reached = self.tiers.iter().rev().find(|tier| tier.from <= self.volume).map(|tier| tier.fees);
        own.or(reached).unwrap_or(self.entry)
    }
}

/// The schedule at work.
#[derive(Debug)]
pub(super) struct Charges {
    tiers: Box<[FeeTier]>,
    own: Box<[Option<Fees>]>,
    now: Fees,
    /// By day of thirty, in 1e-8 dollars.
    days: [i128; DAYS],
    /// The last day's number since 1970.
    today: Option<u64>,
    today_volume: i128,
}

impl Charges {
    pub(super) fn new(schedule: &FeeSchedule, instruments: &Instruments) -> Self {
        let own =
            |instrument: &Instrument| schedule.of.iter().find(|(id, _)| *id == instrument.id).map(|(_, fees)| *fees);
        let entry = FeeTier { from: Quote(i64::MIN), fees: schedule.entry };
        let mut charges = Self {
            tiers: std::iter::once(entry).chain(schedule.tiers.iter().copied()).collect(),
            own: instruments.iter().map(own).collect(),
            now: schedule.entry,
            days: [i128::from(schedule.volume.0) / DAYS as i128; DAYS],
            today: None,
            today_volume: 0,
        };
        charges.find();
        charges
    }

    fn find(&mut self) {
        let volume: i128 = self.days.iter().sum();
        let reached = self.tiers.iter().rev().find(|tier| i128::from(tier.from.0) <= volume);
        self.now = reached.map_or(self.now, |tier| tier.fees);
    }

    /// Closes the days before the one of that time.
    fn turn(&mut self, at_ns: Nanos) {
        let day = at_ns.0 / DAY_NS;
        let Some(today) = self.today.replace(day) else { return };
        if day <= today {
            self.today = Some(today);
            return;
        }
        self.days[(today % DAYS as u64) as usize] = std::mem::take(&mut self.today_volume);
        for quiet in (today + 1..day).take(DAYS) {
            self.days[(quiet % DAYS as u64) as usize] = 0;
        }
        self.find();
    }

    fn fees(&self, instrument: InstrumentId) -> Fees {
        self.own[instrument.index()].unwrap_or(self.now)
    }

    /// The fee of an execution, which from now on is part of the volume. Never `None` after [`Self::can_tell`]: every price
    /// an order gets lies between its limit and the best it could cross, and a fee rises or falls with the price all the way.
    pub(super) fn charge(
        &mut self,
        instrument: &Instrument,
        level: Level,
        liquidity: Liquidity,
        at_ns: Nanos,
    ) -> Quote {
        self.turn(at_ns);
        let value = instrument.notional(level.px, level.qty).map_or(0, |value| i128::from(value.0));
        self.today_volume = self.today_volume.saturating_add(value);
        let fee = self.fees(instrument.id).fee(instrument, level.px, level.qty, liquidity);
        debug_assert!(fee.is_some(), "a fee that was tellable when the order was placed");
        fee.unwrap_or(Quote(i64::MAX))
    }

    /// Whether a fee of every step can be told for such an execution.
    pub(super) fn can_tell(&self, instrument: &Instrument, px: Ticks, qty: Lots) -> bool {
        let own = self.own[instrument.id.index()];
        let all = self.tiers.iter().map(|tier| tier.fees).chain(own);
        all.flat_map(|fees| [(fees, Liquidity::Maker), (fees, Liquidity::Taker)])
            .all(|(fees, liquidity)| fees.fee(instrument, px, qty, liquidity).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::venue::fixture;
    use engine_model::venue::VenueId;

    const ENTRY: Fees = Fees { maker_ppm: 1_000, taker_ppm: 1_000 };
    const LARGE: Fees = Fees { maker_ppm: -50, taker_ppm: 400 };

    fn charges(volume: i64, of: Vec<(InstrumentId, Fees)>) -> Charges {
        let tiers = vec![
            FeeTier { from: Quote::whole(100_000), fees: Fees { maker_ppm: 500, taker_ppm: 800 } },
            FeeTier { from: Quote::whole(1_000_000), fees: LARGE },
        ];
        let schedule = FeeSchedule { entry: ENTRY, tiers, of, volume: Quote::whole(volume) };
        Charges::new(&schedule, &Instruments::new(vec![fixture::plain(), fixture::instrument(1, VenueId::BinanceUsdm)]))
    }

    /// What 1,000 dollars cost on that day, in millionths.
    fn cost(charges: &mut Charges, day: u64, dollars: i64, liquidity: Liquidity) -> i64 {
        let level = fixture::level(1, dollars);
        charges.charge(&fixture::plain(), level, liquidity, Nanos(day * DAY_NS + 5)).0 / dollars * 1_000_000
            / Quote::ONE
    }

    #[test]
    fn a_step_is_reached_by_the_days_before_and_lost_thirty_days_later() {
        use Liquidity::{Maker, Taker};
        let mut charges = charges(0, Vec::new());
        assert_eq!(cost(&mut charges, 100, 99_999, Taker), 1_000);
        assert_eq!(cost(&mut charges, 100, 900_001, Taker), 1_000, "today does not count yet");
        assert_eq!(cost(&mut charges, 101, 1_000, Taker), 400);
        assert_eq!(cost(&mut charges, 101, 1_000, Maker), -50, "a rebate");
        assert_eq!(cost(&mut charges, 130, 1_000, Taker), 400, "the thirtieth day after");
        assert_eq!(cost(&mut charges, 131, 1_000, Taker), 1_000, "what was traded on day 100 is too old");
        assert_eq!(cost(&mut charges, 500, 1_000, Taker), 1_000);
        assert_eq!(cost(&mut charges, 499, 1_000, Taker), 1_000, "time that runs back closes no day");
    }

    #[test]
    fn volume_from_before_the_run_fades_day_by_day_and_an_instrument_may_have_its_own_fees() {
        let zero = Fees { maker_ppm: 0, taker_ppm: 0 };
        let mut brought = charges(110_000, vec![(InstrumentId(1), zero)]);
        assert_eq!(cost(&mut brought, 10, 1_000, Liquidity::Maker), 500);
        assert_eq!(cost(&mut brought, 12, 1_000, Liquidity::Maker), 500, "28 thirtieths of it and a thousand");
        assert_eq!(cost(&mut brought, 13, 1_000, Liquidity::Maker), 500, "27 and two thousand");
        assert_eq!(cost(&mut brought, 14, 1_000, Liquidity::Maker), 1_000);
        let own = fixture::instrument(1, VenueId::BinanceUsdm);
        assert_eq!(brought.charge(&own, fixture::level(600_000, 1_000), Liquidity::Taker, Nanos(1)), Quote::ZERO);
    }

    #[test]
    fn an_execution_whose_fee_does_not_fit_under_any_step_is_known_before() {
        let charges = charges(0, Vec::new());
        assert!(charges.can_tell(&fixture::plain(), Ticks(1_000), Lots(1_000)));
        assert!(!charges.can_tell(&fixture::plain(), Ticks(i64::MAX), Lots(i64::MAX)));
    }
}
