//! Units as types: a price is [`Ticks`], a quantity is [`Lots`], money is [`Quote`], time is [`Nanos`].
//!
//! All are integers. What one tick or one lot is worth is told by the [`Instrument`](crate::instrument::Instrument).

use std::fmt;

/// A price, in ticks of its instrument. Signed: spreads and some venues' prices go below zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticks(pub i64);

/// A quantity, in lots of its instrument. Signed: a short position is negative; orders and levels are never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lots(pub i64);

/// An amount of the quote (for inverse contracts: settlement) currency, in units of 1e-8.
/// Range ±92 billion: larger results are an error, never a wrap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quote(pub i64);

/// A time, in nanoseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nanos(pub u64);

impl Quote {
    /// Units in one whole of the currency.
    pub const ONE: i64 = 100_000_000;
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Whole units of currency. Panics on overflow: for constants and configuration only.
    #[must_use]
    pub const fn whole(amount: i64) -> Self {
        match amount.checked_mul(Self::ONE) {
            Some(units) => Self(units),
            None => panic!("amount of currency out of range"),
        }
    }

    /// From a wide intermediate result; `None` when it does not fit.
    #[must_use]
    pub fn from_wide(units: i128) -> Option<Self> {
        i64::try_from(units).ok().map(Self)
    }

    /// Sum, or `None` on overflow.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }
}

impl fmt::Display for Quote {
    /// Plain decimal with two to eight decimals, e.g. `-12.50`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let units = self.0.unsigned_abs();
        let fraction = format!("{:08}", units % 100_000_000);
        let kept = fraction.trim_end_matches('0').len().max(2);
        write!(f, "{sign}{}.{}", units / 100_000_000, &fraction[..kept])
    }
}

impl Nanos {
    /// Nanoseconds in a day.
    pub const DAY: u64 = 86_400 * Self::SECOND;
    /// Nanoseconds in a second.
    pub const SECOND: u64 = 1_000_000_000;
    /// Nanoseconds in a millisecond.
    pub const MILLI: u64 = 1_000_000;

    /// Time from `earlier` to `self`; zero when `earlier` is later (clocks of venues run apart).
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// This time, later by `ns`.
    #[must_use]
    pub const fn plus(self, ns: u64) -> Self {
        Self(self.0.saturating_add(ns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_prints_at_least_two_and_at_most_eight_decimals() {
        assert_eq!(Quote(1_250_000_000).to_string(), "12.50");
        assert_eq!(Quote(-1).to_string(), "-0.00000001");
        assert_eq!(Quote(0).to_string(), "0.00");
        assert_eq!(Quote(i64::MIN).to_string(), "-92233720368.54775808");
    }
}
