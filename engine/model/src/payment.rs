//! Money that moves on an account without an execution, as values: fees in another asset, funding, interest.

use crate::units::Quote;

/// A currency or coin, as its place in the run's list ([`crate::instrument::Instruments::asset_name`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AssetId(pub u16);

/// Tokens that venues take fees in at a discount: known in every run, whether an instrument of theirs is or not.
pub const FEE_TOKENS: [&str; 7] = ["BGB", "BNB", "GT", "HYPE", "KCS", "MNT", "OKB"];

/// Why money moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum PaymentKind {
    /// The fee of an execution, taken in another asset than what the instrument settles in.
    #[default]
    Fee = 0,
    /// Between longs and shorts of a perpetual contract.
    Funding = 1,
    /// Of what was borrowed.
    Interest = 2,
    /// What was below zero once nothing was held any more, taken over by the venue's fund.
    Insurance = 3,
}

impl PaymentKind {
    /// In order of their numbers.
    pub const ALL: [Self; 4] = [Self::Fee, Self::Funding, Self::Interest, Self::Insurance];

    /// The word used in JSON and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fee => "fee",
            Self::Funding => "funding",
            Self::Interest => "interest",
            Self::Insurance => "insurance",
        }
    }
}

/// One movement of money.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Payment {
    /// Why.
    pub kind: PaymentKind,
    /// In what.
    pub asset: AssetId,
    /// In 1e-8 of the asset; positive is received, negative is paid.
    pub amount: Quote,
}

impl Payment {
    /// What a holder gets when a contract pays funding at `rate_e8` on `notional` (unsigned, in the settlement currency,
    /// `per_e8` of its units in one of 1e-8): longs pay where the rate is positive. Rounded down: never in our favour.
    /// `None`: overflow.
    #[must_use]
    pub fn funding(notional: i128, per_e8: i128, is_long: bool, rate_e8: i64) -> Option<Quote> {
        let paid = notional.checked_mul(i128::from(rate_e8))?;
        let got = if is_long { paid.checked_neg()? } else { paid };
        Quote::from_wide(got.div_euclid(per_e8.checked_mul(i128::from(Quote::ONE))?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longs_pay_shorts_at_a_positive_rate_and_a_fraction_is_ours_to_pay() {
        // 60,000 dollars at 0.01 %.
        let notional = i128::from(Quote::whole(60_000).0);
        assert_eq!(Payment::funding(notional, 1, true, 10_000), Some(Quote::whole(-6)));
        assert_eq!(Payment::funding(notional, 1, false, 10_000), Some(Quote::whole(6)));
        assert_eq!(Payment::funding(notional, 1, true, -10_000), Some(Quote::whole(6)));
        assert_eq!(Payment::funding(1, 1, true, 1), Some(Quote(-1)));
        assert_eq!(Payment::funding(1, 1, false, 1), Some(Quote(0)));
        assert_eq!(Payment::funding(199_999_999, 100_000_000, false, 100_000_000), Some(Quote(1)));
        assert_eq!(Payment::funding(i128::MAX, 1, false, 2), None);
    }
}
