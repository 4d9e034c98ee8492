//! What a venue wants to see behind a position: its table of steps, as values.
//!
//! A step is dearer than the one below it, and the maintenance of a value is *the greatest over all steps* of
//! `value * rate - deduction`. The deductions make that continuous, so nobody ever has to look for "the right step".
//!
//! Values are in units of 1e-8 quote. Venues that count an inverse contract's steps in coins are told of here in quote.

use crate::units::Quote;
use std::fmt;

/// Most steps of a table; venues publish 5 to 12, and what is beyond is dearer than anything we may hold.
pub const MARGIN_TIERS_MAX: usize = 12;
/// Parts in one.
pub const PPM: i128 = 1_000_000;

/// One step of a venue's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarginTier {
    /// Positions of at most that value, in quote.
    pub up_to: Quote,
    /// Highest leverage.
    pub leverage_max: u16,
    /// What must stay, in 1e-6 of the value.
    pub maintenance_ppm: u32,
}

/// A venue's table, cheapest step first. Above the last step no position may be opened; one that is there is counted by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarginTiers {
    tiers: [MarginTier; MARGIN_TIERS_MAX],
    /// Of each step, in 1e-14 quote (value times ppm): exact.
    deductions: [i128; MARGIN_TIERS_MAX],
    /// The same in 1e-8 quote, rounded down.
    floors: [i64; MARGIN_TIERS_MAX],
    count: usize,
}

/// What a position takes, in 1e-8 quote: at least what the table says, and at most half a cent more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MarginAtMost {
    /// To open it, at the most leverage that its step allows.
    pub initial: i64,
    /// To keep it.
    pub maintenance: i64,
}

/// Nothing is dearer: no leverage, and half must stay.
const DEAREST: MarginTier = MarginTier { up_to: Quote(i64::MAX), leverage_max: 1, maintenance_ppm: 500_000 };

/// Of a venue that has told nothing.
static CONSERVATIVE: MarginTiers = MarginTiers::conservative();

/// Why a table cannot be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarginTierError {
    /// No step, or more than [`MARGIN_TIERS_MAX`].
    Count(usize),
    /// The step does not reach beyond the one before it.
    Reach(usize),
    /// The step's maintenance is not above the one before it.
    Maintenance(usize),
    /// The step's leverage is 0, or above the one before it.
    Leverage(usize),
    /// The step lets open what it would liquidate at once: maintenance is not below `1 / leverage`.
    Initial(usize),
}

impl fmt::Display for MarginTierError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(found) => write!(f, "{found} margin steps, expected 1 to {MARGIN_TIERS_MAX}"),
            Self::Reach(step) => write!(f, "margin step {step}: its value is not above the step before it"),
            Self::Maintenance(step) => write!(f, "margin step {step}: its maintenance is not above the step before it"),
            Self::Leverage(step) => write!(f, "margin step {step}: its leverage is 0, or above the step before it"),
            Self::Initial(step) => {
                write!(f, "margin step {step}: its maintenance is not below 1 / leverage, it would liquidate at once")
            }
        }
    }
}

impl std::error::Error for MarginTierError {}

impl MarginTiers {
    /// A table that holds together.
    ///
    /// # Errors
    /// Names the first step (from 1) that does not fit.
    pub fn new(steps: &[MarginTier]) -> Result<Self, MarginTierError> {
        let (Some(first), true) = (steps.first(), steps.len() <= MARGIN_TIERS_MAX) else {
            return Err(MarginTierError::Count(steps.len()));
        };
        let mut table = Self {
            tiers: [*first; MARGIN_TIERS_MAX],
            deductions: [0; MARGIN_TIERS_MAX],
            floors: [0; MARGIN_TIERS_MAX],
            count: 0,
        };
        for (index, step) in steps.iter().enumerate() {
            let before = index.checked_sub(1).map(|before| (steps[before], table.deductions[before]));
            let number = index + 1;
            if step.up_to <= before.map_or(Quote::ZERO, |(before, _)| before.up_to) {
                return Err(MarginTierError::Reach(number));
            }
            if step.leverage_max == 0 || before.is_some_and(|(before, _)| step.leverage_max > before.leverage_max) {
                return Err(MarginTierError::Leverage(number));
            }
            if step.maintenance_ppm <= before.map_or(0, |(before, _)| before.maintenance_ppm) {
                return Err(MarginTierError::Maintenance(number));
            }
            if i128::from(step.maintenance_ppm) * i128::from(step.leverage_max) >= PPM {
                return Err(MarginTierError::Initial(number));
            }
            table.tiers[index] = *step;
            table.deductions[index] = before.map_or(0, |(before, deduction)| {
                let dearer = i128::from(step.maintenance_ppm - before.maintenance_ppm);
                deduction + i128::from(before.up_to.0) * dearer
            });
            table.floors[index] = floor(table.deductions[index]);
            table.count = number;
        }
        Ok(table)
    }

    /// Of a venue's table of any length: what is beyond the steps that are kept takes no leverage, and half must stay.
    ///
    /// # Errors
    /// As [`MarginTiers::new`].
    pub fn first_of(steps: &[MarginTier]) -> Result<Self, MarginTierError> {
        if steps.len() <= MARGIN_TIERS_MAX {
            return Self::new(steps);
        }
        let mut kept = [DEAREST; MARGIN_TIERS_MAX];
        kept[..MARGIN_TIERS_MAX - 1].copy_from_slice(&steps[..MARGIN_TIERS_MAX - 1]);
        Self::new(&kept)
    }

    /// Of steps as venues tell them: what is not dearer than the step before it joins that one, at the lower leverage of
    /// both.
    ///
    /// # Errors
    /// As [`MarginTiers::new`].
    pub fn told(steps: &[MarginTier]) -> Result<Self, MarginTierError> {
        let mut joined: Vec<MarginTier> = Vec::with_capacity(steps.len());
        for step in steps {
            match joined.last_mut() {
                Some(last) if step.maintenance_ppm <= last.maintenance_ppm => {
                    last.up_to = last.up_to.max(step.up_to);
                    last.leverage_max = last.leverage_max.min(step.leverage_max);
                }
                Some(last) => {
                    let leverage_max = step.leverage_max.min(last.leverage_max);
                    joined.push(MarginTier { leverage_max, ..*step });
                }
                None => joined.push(*step),
            }
        }
        Self::first_of(&joined)
    }

    /// A table that is never cheaper than either of the two, and no dearer than both where they agree: of each part of a
    /// value the dearer step of both counts, and at each value the lower leverage. It ends where the first of the two does:
    /// beyond no position may be opened, and one that is there is counted by the last step.
    ///
    /// # Errors
    /// As [`MarginTiers::new`]; of two tables that hold together none is known.
    pub fn stricter(&self, other: &Self) -> Result<Self, MarginTierError> {
        let end = |table: &Self| table.tiers[table.count - 1].up_to;
        let last = end(self).min(end(other));
        let mut ends: Vec<Quote> = self.steps().chain(other.steps()).map(|(step, _)| step.up_to.min(last)).collect();
        ends.sort_unstable();
        ends.dedup();
        let step = |up_to: Quote| {
            let (one, two) = (self.tier(i128::from(up_to.0)), other.tier(i128::from(up_to.0)));
            MarginTier {
                up_to,
                leverage_max: one.leverage_max.min(two.leverage_max),
                maintenance_ppm: one.maintenance_ppm.max(two.maintenance_ppm),
            }
        };
        Self::told(&ends.into_iter().map(step).collect::<Vec<_>>())
    }

    /// The smallest value whose step differs between the two, with both steps; `None` where they are the same.
    #[must_use]
    pub fn differs<'a>(&'a self, other: &'a Self) -> Option<(&'a MarginTier, &'a MarginTier)> {
        let mut ends: Vec<Quote> = self.steps().chain(other.steps()).map(|(step, _)| step.up_to).collect();
        ends.sort_unstable();
        let pairs = ends.into_iter().map(|end| (self.tier(i128::from(end.0)), other.tier(i128::from(end.0))));
        let mut unlike = pairs
            .filter(|(one, two)| (one.leverage_max, one.maintenance_ppm) != (two.leverage_max, two.maintenance_ppm));
        unlike.next().or_else(|| {
            let (one, two) = (&self.tiers[self.count - 1], &other.tiers[other.count - 1]);
            (one.up_to != two.up_to).then_some((one, two))
        })
    }

    /// For a venue that has told nothing: dearer than any of the venues' own tables for BTC and ETH, so that a distance
    /// to liquidation is never shown larger than it is.
    #[must_use]
    pub const fn conservative() -> Self {
        const fn tier(up_to: i64, leverage_max: u16, maintenance_ppm: u32) -> MarginTier {
            MarginTier { up_to: Quote::whole(up_to), leverage_max, maintenance_ppm }
        }
        let mut tiers = [DEAREST; MARGIN_TIERS_MAX];
        tiers[0] = tier(50_000, 20, 25_000);
        tiers[1] = tier(250_000, 10, 50_000);
        tiers[2] = tier(1_000_000, 5, 100_000);
        tiers[3] = tier(5_000_000, 2, 250_000);
        let (mut deductions, mut floors) = ([0; MARGIN_TIERS_MAX], [0; MARGIN_TIERS_MAX]);
        let mut step = 1;
        while step < 5 {
            let dearer = (tiers[step].maintenance_ppm - tiers[step - 1].maintenance_ppm) as i128;
            deductions[step] = deductions[step - 1] + tiers[step - 1].up_to.0 as i128 * dearer;
            floors[step] = floor(deductions[step]);
            step += 1;
        }
        Self { tiers, deductions, floors, count: 5 }
    }

    /// The same, where it stands.
    #[must_use]
    pub fn unknown() -> &'static Self {
        &CONSERVATIVE
    }

    /// Each step with its deduction in 1e-14 quote.
    pub fn steps(&self) -> impl Iterator<Item = (&MarginTier, i128)> {
        self.tiers[..self.count].iter().zip(self.deductions)
    }

    /// The step that a position of `value` is in; the last one beyond it.
    #[must_use]
    pub fn tier(&self, value: i128) -> &MarginTier {
        &self.tiers[self.place(value)]
    }

    #[inline]
    fn place(&self, value: i128) -> usize {
        let tiers = &self.tiers[..self.count];
        tiers.iter().position(|tier| value <= i128::from(tier.up_to.0)).unwrap_or(self.count - 1)
    }

    /// What must stay behind a position of `value` (unsigned), in 1e-14 quote: exact. `None`: overflow.
    ///
    /// The curve is continuous and ever steeper, so a value's own step is the greatest of all.
    #[must_use]
    pub fn maintenance_ppm(&self, value: i128) -> Option<i128> {
        let place = self.place(value);
        let ppm = self.tiers[place].maintenance_ppm;
        let whole = match i64::try_from(value) {
            Ok(value) => i128::from(value) * i128::from(ppm),
            Err(_) => value.checked_mul(i128::from(ppm))?,
        };
        whole.checked_sub(self.deductions[place])
    }

    /// Both margins of a position of `value` (unsigned), in 64 bits, for who only asks whether they surely fit. `None`: they
    /// are not told in so few.
    #[inline]
    #[must_use]
    pub fn at_most(&self, value: i64) -> Option<MarginAtMost> {
        let place = self.place(i128::from(value));
        let tier = &self.tiers[place];
        let whole = (value / PPM as i64 + 1).checked_mul(i64::from(tier.maintenance_ppm))?;
        Some(MarginAtMost {
            initial: value / i64::from(tier.leverage_max) + 1,
            maintenance: whole.checked_sub(self.floors[place])?,
        })
    }

    /// The same in 1e-8 quote, rounded up: what must be there is never told smaller.
    #[must_use]
    pub fn maintenance(&self, value: i128) -> Option<i128> {
        self.maintenance_ppm(value).map(|exact| rounded_up(exact, PPM))
    }

    /// What opening a position of `value` takes at `leverage`, or at the most that its step allows if that is less; in
    /// 1e-8 quote, rounded up.
    #[must_use]
    pub fn initial(&self, value: i128, leverage: u16) -> i128 {
        let leverage = i128::from(leverage.min(self.tier(value).leverage_max).max(1));
        rounded_up(value, leverage)
    }
}

/// `a / b`, rounded up, of what is not negative: by one division of 64 bits where both fit, as they nearly always do.
#[inline]
fn rounded_up(a: i128, b: i128) -> i128 {
    match (i64::try_from(a), i64::try_from(b)) {
        (Ok(a), Ok(b)) => i128::from(a / b + i64::from(a % b > 0)),
        _ => a / b + i128::from(a % b > 0),
    }
}

/// From 1e-14 quote to 1e-8, rounded down; what does not fit is the most that does.
const fn floor(deduction: i128) -> i64 {
    let whole = deduction / PPM;
    if whole > i64::MAX as i128 { i64::MAX } else { whole as i64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tier(up_to: i64, leverage_max: u16, maintenance_ppm: u32) -> MarginTier {
        MarginTier { up_to: Quote::whole(up_to), leverage_max, maintenance_ppm }
    }

    /// As Binance publishes them for BTCUSDT: 0.40 % to 50,000, 0.50 % to 600,000 less 50, 1.00 % to 3,000,000 less 3,050.
    fn published() -> MarginTiers {
        MarginTiers::new(&[tier(50_000, 125, 4_000), tier(600_000, 100, 5_000), tier(3_000_000, 75, 10_000)]).unwrap()
    }

    #[test]
    fn deductions_are_those_that_the_venue_publishes() {
        let table = published();
        let deductions: Vec<i128> = table.steps().map(|(_, deduction)| deduction / PPM).collect();
        assert_eq!(deductions, [0, i128::from(Quote::whole(50).0), i128::from(Quote::whole(3_050).0)]);
    }

    #[test]
    fn maintenance_is_continuous_and_each_part_of_a_value_pays_its_own_step() {
        let table = published();
        let dollars = |amount: i64| i128::from(Quote::whole(amount).0);
        for (value, maintenance) in [(0, 0), (50_000, 200), (600_000, 2_950), (1_000_000, 6_950), (4_000_000, 36_950)] {
            assert_eq!(table.maintenance(dollars(value)), Some(dollars(maintenance)), "{value}");
        }
        for bound in [50_000, 600_000] {
            let (below, above) = (table.maintenance(dollars(bound)), table.maintenance(dollars(bound) + 1));
            assert_eq!(above.unwrap() - below.unwrap(), 1, "a step has no cliff");
        }
        assert_eq!(table.maintenance(1), Some(1), "rounded up");
        assert_eq!(table.maintenance(i128::MAX), None);
    }

    #[test]
    fn a_values_own_step_is_the_greatest_of_all_and_in_64_bits_hardly_more() {
        for table in [published(), MarginTiers::conservative()] {
            let bounds = table.steps().map(|(tier, _)| tier.up_to.0).filter(|bound| *bound < i64::MAX);
            let values = bounds.flat_map(|bound| [bound - 1, bound, bound + 1, bound / 3, bound.saturating_mul(7)]);
            for value in values.chain([0, 1, 999_999, 1_000_000, 1_000_001]) {
                let wide = i128::from(value);
                let of_steps = table.steps().map(|(tier, less)| wide * i128::from(tier.maintenance_ppm) - less);
                assert_eq!(table.maintenance_ppm(wide), of_steps.max(), "{value}");
                let short = table.at_most(value).unwrap();
                let over = i128::from(short.maintenance) - table.maintenance(wide).unwrap();
                assert!((0..=500_001).contains(&over), "{value}: {over}");
                assert!((0..=1).contains(&(i128::from(short.initial) - table.initial(wide, u16::MAX))), "{value}");
            }
        }
    }

    #[test]
    fn of_a_longer_table_the_rest_is_the_dearest_there_is() {
        let steps: Vec<MarginTier> = (1..=20).map(|n| tier(i64::from(n) * 100, 20 - n as u16 / 2, n * 1_000)).collect();
        let table = MarginTiers::first_of(&steps).unwrap();
        let kept: Vec<MarginTier> = table.steps().map(|(tier, _)| *tier).collect();
        assert_eq!(kept[..11], steps[..11]);
        assert_eq!((kept[11].leverage_max, kept[11].maintenance_ppm, kept[11].up_to.0), (1, 500_000, i64::MAX));
        assert_eq!(MarginTiers::first_of(&steps[..3]), MarginTiers::new(&steps[..3]));
    }

    #[test]
    fn the_step_bounds_the_leverage_and_what_opening_takes_is_rounded_up() {
        let table = published();
        let dollars = |amount: i64| i128::from(Quote::whole(amount).0);
        assert_eq!(table.initial(dollars(50_000), 125), dollars(400));
        assert_eq!(table.initial(dollars(50_000), 200), dollars(400), "no more than the step allows");
        assert_eq!(table.initial(dollars(50_000) + 1, 125), dollars(500) + 1);
        assert_eq!(table.initial(dollars(9_000_000), 20), dollars(450_000));
        assert_eq!(table.tier(dollars(600_000)).leverage_max, 100);
        assert_eq!(table.tier(dollars(99_000_000)).leverage_max, 75, "beyond the table its last step counts");
    }

    #[test]
    fn of_two_tables_the_stricter_is_never_cheaper_than_either_and_is_either_where_they_are_the_same() {
        let cheap = MarginTiers::new(&[tier(100_000, 50, 4_000), tier(9_000_000, 20, 20_000)]).unwrap();
        let wide = MarginTiers::new(&[tier(600_000, 100, 5_000), tier(i64::MAX / 200_000_000, 3, 100_000)]).unwrap();
        let long: Vec<MarginTier> =
            (1..=12).map(|n| tier(i64::from(n) * 70_000, 60 - 4 * n as u16, n * 3_000)).collect();
        let all = [published(), MarginTiers::conservative(), cheap, wide, MarginTiers::new(&long).unwrap()];
        for (one, two) in all.iter().flat_map(|one| all.iter().map(move |two| (one, two))) {
            let both = one.stricter(two).expect("holds together");
            assert_eq!(both, two.stricter(one).unwrap(), "neither is preferred");
            let end = i128::from(both.tiers[both.count - 1].up_to.0);
            let bounds = one.steps().chain(two.steps()).map(|(step, _)| i128::from(step.up_to.0));
            let values = bounds.flat_map(|bound| [bound / 2, bound - 1, bound, bound + 1, bound * 3]);
            for value in values.filter(|value| *value <= end) {
                for table in [one, two] {
                    assert!(both.maintenance_ppm(value) >= table.maintenance_ppm(value), "{value}");
                    assert!(both.initial(value, u16::MAX) >= table.initial(value, u16::MAX), "{value}");
                }
            }
        }
        for table in &all {
            assert_eq!(table.stricter(table).map(|both| both.differs(table).is_none()), Ok(true));
        }
    }

    #[test]
    fn what_differs_is_told_by_its_first_step() {
        let table = published();
        assert_eq!(table.differs(&table), None);
        let other =
            MarginTiers::new(&[tier(50_000, 125, 4_000), tier(600_000, 100, 6_000), tier(3_000_000, 75, 10_000)]);
        let other = other.unwrap();
        let (one, two) = table.differs(&other).expect("another");
        assert_eq!((one.maintenance_ppm, two.maintenance_ppm), (5_000, 6_000));
        let shorter = MarginTiers::new(&[tier(50_000, 125, 4_000), tier(600_000, 100, 5_000)]).unwrap();
        assert_eq!(table.differs(&shorter).map(|(one, two)| (one.leverage_max, two.leverage_max)), Some((75, 100)));
        let ends =
            MarginTiers::new(&[tier(50_000, 125, 4_000), tier(600_000, 100, 5_000), tier(2_000_000, 75, 10_000)]);
        assert_eq!(table.differs(&ends.unwrap()).map(|(one, two)| one.up_to > two.up_to), Some(true));
    }

    #[test]
    fn steps_of_a_venue_that_are_no_dearer_join_the_one_before() {
        let told = MarginTiers::told(&[tier(100, 50, 5_000), tier(200, 60, 5_000), tier(300, 55, 6_000)]).unwrap();
        let steps: Vec<MarginTier> = told.steps().map(|(step, _)| *step).collect();
        assert_eq!(steps, [tier(200, 50, 5_000), tier(300, 50, 6_000)]);
        assert_eq!(MarginTiers::told(&[]), Err(MarginTierError::Count(0)));
    }

    #[test]
    fn a_table_that_does_not_hold_together_is_refused_by_step_and_reason() {
        let refused = |steps: &[MarginTier]| MarginTiers::new(steps).unwrap_err();
        let first = tier(100, 10, 5_000);
        assert_eq!(refused(&[]), MarginTierError::Count(0));
        assert_eq!(refused(&[first; 13]), MarginTierError::Count(13));
        assert_eq!(refused(&[tier(0, 10, 5_000)]), MarginTierError::Reach(1));
        assert_eq!(refused(&[first, tier(100, 5, 6_000)]), MarginTierError::Reach(2));
        assert_eq!(refused(&[first, tier(200, 11, 6_000)]), MarginTierError::Leverage(2));
        assert_eq!(refused(&[first, tier(200, 0, 6_000)]), MarginTierError::Leverage(2));
        assert_eq!(refused(&[first, tier(200, 5, 5_000)]), MarginTierError::Maintenance(2));
        assert_eq!(refused(&[tier(100, 10, 0)]), MarginTierError::Maintenance(1));
        assert_eq!(refused(&[tier(100, 10, 100_000)]), MarginTierError::Initial(1));
        let text = refused(&[first, tier(200, 11, 6_000)]).to_string();
        assert_eq!(text, "margin step 2: its leverage is 0, or above the step before it");
    }

    #[test]
    fn the_conservative_table_holds_together_and_is_dearer_than_a_published_one() {
        let table = MarginTiers::conservative();
        let steps: Vec<MarginTier> = table.steps().map(|(tier, _)| *tier).collect();
        let built = MarginTiers::new(&steps).unwrap();
        assert!(table.steps().eq(built.steps()));
        for value in [1, 10_000, 50_000, 700_000, 20_000_000] {
            let value = i128::from(Quote::whole(value).0);
            assert!(table.maintenance(value) > published().maintenance(value));
            assert!(table.initial(value, 125) > published().initial(value, 125));
        }
    }
}
