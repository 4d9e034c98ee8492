//! Sums that a cost is told from: amounts against a value, and times. Both add up, so a total is the sum of its parts.

use engine_model::units::Nanos;

/// Basis points are told in hundredths: so many in the whole.
const HUNDREDTHS_OF_BPS: u32 = 6;

/// What executions cost against one price, summed. Twice the amounts, because a middle may lie on half a tick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measure {
    /// Twice the amount, in atoms of the settlement currency.
    pub amount_doubled: i128,
    /// Twice the value that it is told against, in the same; never negative.
    pub value_doubled: i128,
    /// Executions in it: those of which the price was known.
    pub fills: u64,
}

impl Measure {
    /// One execution more. `None`: a sum that does not fit; then nothing was added.
    pub(super) fn add(&mut self, amount_doubled: i128, value_doubled: i128) -> Option<()> {
        *self = Self {
            amount_doubled: self.amount_doubled.checked_add(amount_doubled)?,
            value_doubled: self.value_doubled.checked_add(value_doubled.checked_abs()?)?,
            fills: self.fills + 1,
        };
        Some(())
    }

    pub(super) fn join(&mut self, other: &Self) {
        self.amount_doubled += other.amount_doubled;
        self.value_doubled += other.value_doubled;
        self.fills += other.fills;
    }

    /// The amount in atoms, rounded down. `None`: of no execution it is known.
    #[must_use]
    pub fn amount(&self) -> Option<i128> {
        (self.fills > 0).then(|| self.amount_doubled.div_euclid(2))
    }

    /// The amount against the value in hundredths of a basis point, rounded to the nearest, halves away from zero. `None`:
    /// of no execution it is known, or what they are worth does not fit.
    #[must_use]
    pub fn bps_hundredths(&self) -> Option<i64> {
        if self.fills == 0 || self.value_doubled == 0 {
            return None;
        }
        // Digit by digit, as on paper: a million times a sum of trillions would not fit.
        let (mut told, mut rest) =
            (self.amount_doubled.abs() / self.value_doubled, self.amount_doubled.abs() % self.value_doubled);
        for _ in 0..HUNDREDTHS_OF_BPS {
            rest = rest.checked_mul(10)?;
            told = told.checked_mul(10)?.checked_add(rest / self.value_doubled)?;
            rest %= self.value_doubled;
        }
        let up = i128::from(rest >= self.value_doubled - rest);
        i64::try_from((told + up) * self.amount_doubled.signum()).ok()
    }
}

/// How long something took, summed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lag {
    /// Nanoseconds of all together.
    pub sum_ns: u128,
    /// How often it was measured.
    pub count: u64,
}

impl Lag {
    pub(super) fn add(&mut self, from: Option<Nanos>, to: Option<Nanos>) {
        if let Some((from, to)) = from.zip(to) {
            self.sum_ns += u128::from(to.since(from));
            self.count += 1;
        }
    }

    pub(super) fn join(&mut self, other: &Self) {
        self.sum_ns += other.sum_ns;
        self.count += other.count;
    }

    /// The mean in nanoseconds, rounded down; `None` when it was never measured.
    #[must_use]
    pub fn mean_ns(&self) -> Option<u64> {
        (self.count > 0).then(|| u64::try_from(self.sum_ns / u128::from(self.count)).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bps(amount: i128, value: i128) -> Option<i64> {
        let mut measure = Measure::default();
        measure.add(amount, value).expect("fits");
        measure.bps_hundredths()
    }

    #[test]
    fn basis_points_are_rounded_to_the_nearest_hundredth_at_any_size() {
        assert_eq!(bps(1, 10_000), Some(100), "one basis point");
        assert_eq!((bps(1, 2_000_000), bps(-1, 2_000_000)), (Some(1), Some(-1)), "a half is away from zero");
        assert_eq!((bps(1, 2_000_001), bps(2, 3_000_000)), (Some(0), Some(1)));
        assert_eq!(bps(-3 << 90, 1 << 100), Some(-2_930), "far beyond what a million times would fit");
        assert_eq!((bps(1, 0), Measure::default().bps_hundredths()), (None, None));
        assert_eq!(bps(i128::MAX, 1), None, "told by nobody, and no panic");
    }
}
