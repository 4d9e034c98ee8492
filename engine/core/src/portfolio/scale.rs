//! From ticks and lots to money, exactly: each instrument's factors, computed once.
//!
//! Two units. *Native* units keep what an instrument earns without loss: ticks times lots for what settles in quote,
//! 1e-16 coins for inverse contracts (a venue rounds to 1e-8; 1e-16 leaves eight digits of room). [`Quote`] units of 1e-8
//! are for reading; rounding to them happens once, at the end, downwards: a profit is never shown larger than it is.

use crate::portfolio::wide::{product, quotient};
use engine_model::instrument::{ContractKind, Instrument};
use engine_model::market::Side;
use engine_model::units::{Quote, Ticks};

/// Decimals of a coin in native units of an inverse contract.
const COIN_DECIMALS: i32 = 16;
/// Decimals of a [`Quote`].
const QUOTE_DECIMALS: i32 = 8;

/// `value * mul / div`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ratio {
    pub(super) mul: i128,
    pub(super) div: i128,
}

impl Ratio {
    /// `factor * 10^exponent`.
    ///
    /// # Panics
    /// When that does not fit: such an instrument cannot be traded, and the run must not start.
    fn new(factor: i128, exponent: i32) -> Self {
        let power = 10i128.checked_pow(exponent.unsigned_abs());
        let ratio = power.and_then(|power| {
            if exponent >= 0 {
                Some(Self { mul: factor.checked_mul(power)?, div: 1 })
            } else {
                Some(Self { mul: factor, div: power })
            }
        });
        match ratio {
            Some(ratio) => ratio,
            None => panic!("{factor} * 10^{exponent} does not fit 128 bits"),
        }
    }

    fn floor(self, value: i128) -> Option<i128> {
        let product = product(value, self.mul)?;
        if self.div == 1 {
            return Some(product);
        }
        let (towards_zero, rest) = quotient(product, self.div);
        Some(if rest < 0 { towards_zero - 1 } else { towards_zero })
    }

    fn away_from_zero(self, value: i128) -> Option<i128> {
        let product = product(value, self.mul)?;
        if self.div == 1 {
            return Some(product);
        }
        let (towards_zero, rest) = quotient(product, self.div);
        Some(towards_zero + rest.signum())
    }
}

/// One instrument's factors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    pub(super) inverse: bool,
    dollar_quoted: bool,
    /// Value in units of 1e-8 quote: of ticks times lots; inverse: of lots.
    pub(super) notional: Ratio,
    /// The same where it is a whole number that fits 64 bits; else zero.
    short: i64,
    /// Native units to units of 1e-8 of the settlement currency.
    pub(super) settled: Ratio,
    /// Inverse: lots over ticks to native units.
    pub(super) coins: Ratio,
    /// Ticks to quote.
    price: Ratio,
    /// Inverse: native units times ticks to units of 1e-8 quote.
    pub(super) coin_value: Ratio,
}

impl Scale {
    /// The factors of `instrument`.
    #[must_use]
    pub fn new(instrument: &Instrument) -> Self {
        let grid = &instrument.grid;
        let (tick, lot) = (i128::from(grid.tick_step), i128::from(grid.lot_step));
        let size = lot * i128::from(instrument.contract_size);
        let (px_decimals, qty_decimals) = (i32::from(grid.price_decimals), i32::from(instrument.size_decimals()));
        let inverse = instrument.kind == ContractKind::Inverse;
        let linear = Ratio::new(tick * size, QUOTE_DECIMALS - px_decimals - qty_decimals);
        let coins = Ratio::new(size, px_decimals - qty_decimals + COIN_DECIMALS);
        let notional = if inverse { Ratio::new(size, QUOTE_DECIMALS - qty_decimals) } else { linear };
        Self {
            inverse,
            dollar_quoted: instrument.is_dollar_quoted(),
            notional,
            short: if notional.div == 1 { i64::try_from(notional.mul).unwrap_or(0) } else { 0 },
            settled: if inverse { Ratio::new(1, QUOTE_DECIMALS - COIN_DECIMALS) } else { linear },
            coins: Ratio { mul: coins.mul, div: coins.div * tick },
            price: Ratio::new(tick, -px_decimals),
            coin_value: Ratio::new(tick, QUOTE_DECIMALS - COIN_DECIMALS - px_decimals),
        }
    }

    /// Whether money of this instrument can be told in dollars.
    #[must_use]
    pub fn is_dollar_quoted(&self) -> bool {
        self.dollar_quoted
    }

    /// Value of `lots` at `px` in units of 1e-8 quote, rounded away from zero. `None`: overflow.
    #[inline]
    #[must_use]
    pub fn notional(&self, px: Ticks, lots: i128) -> Option<i128> {
        match i64::try_from(lots).ok().and_then(|lots| self.short_notional(px, lots)) {
            Some(value) => Some(i128::from(value)),
            None => self.long_notional(px, lots),
        }
    }

    /// The same in 64 bits: 10 instructions in place of 60. `None` says nothing.
    #[inline]
    #[must_use]
    pub fn short_notional(&self, px: Ticks, lots: i64) -> Option<i64> {
        let value = if self.inverse { lots } else { lots.checked_mul(px.0)? };
        if self.short > 0 { value.checked_mul(self.short) } else { None }
    }

    #[cold]
    #[inline(never)]
    fn long_notional(&self, px: Ticks, lots: i128) -> Option<i128> {
        let value = if self.inverse { lots } else { product(lots, i128::from(px.0))? };
        self.notional.away_from_zero(value)
    }

    /// What an execution pays (positive) or costs, in native units, before fees. `None`: overflow, or a price at which an
    /// inverse contract is worth no number of coins.
    #[must_use]
    pub fn cash(&self, side: Side, px: Ticks, lots: i128) -> Option<i128> {
        let sign = i128::from(side.sign());
        if !self.inverse {
            let value = product(lots, i128::from(px.0))?;
            return if sign < 0 { Some(value) } else { value.checked_neg() };
        }
        // A long inverse contract owes coins less as the price rises: buying pays size/entry, selling costs size/exit.
        if px.0 <= 0 {
            return None;
        }
        let (coins, _) = quotient(product(lots, self.coins.mul)?, product(self.coins.div, i128::from(px.0))?);
        Some(if sign < 0 { -coins } else { coins })
    }

    /// Native units as units of 1e-8 of the settlement currency, rounded down.
    #[must_use]
    pub fn settled(&self, native: i128) -> Option<i128> {
        self.settled.floor(native)
    }

    /// Native units as units of 1e-8 quote, rounded down; an inverse contract's coins are valued at `px`.
    #[must_use]
    pub fn in_quote(&self, native: i128, px: Ticks) -> Option<i128> {
        if self.inverse {
            return self.coin_value.floor(product(native, i128::from(px.0))?);
        }
        self.settled(native)
    }

    /// Units of 1e-8 of the settlement currency (a fee) as units of 1e-8 quote, rounded up: a fee is never shown smaller.
    #[must_use]
    pub fn fee_in_quote(&self, fee: i128, px: Ticks) -> Option<i128> {
        if !self.inverse {
            return Some(fee);
        }
        let native = fee.checked_mul(10i128.pow((COIN_DECIMALS - QUOTE_DECIMALS).unsigned_abs()))?;
        self.in_quote(-native, px).map(|quote| -quote)
    }

    /// Units of 1e-8 of the base as units of 1e-8 quote at `px`, rounded down. `None`: overflow.
    #[must_use]
    pub fn coins_in_quote(&self, coins: i128, px: Ticks) -> Option<i128> {
        self.price.floor(product(coins, i128::from(px.0))?)
    }

    /// Average price of `lots` that cost `cost` native units, in 1/1000 tick, rounded half up; saturates.
    #[must_use]
    pub fn average_milliticks(&self, cost: i128, lots: i64) -> i64 {
        let (cost, lots) = (cost.unsigned_abs(), u128::from(lots.unsigned_abs()));
        let thousandths = if self.inverse {
            let coins = self.coins.mul.unsigned_abs();
            let over = self.coins.div.unsigned_abs().checked_mul(cost);
            lots.checked_mul(coins).and_then(|units| rounded_thousandths(units, over?))
        } else {
            rounded_thousandths(cost, lots)
        };
        thousandths.and_then(|px| i64::try_from(px).ok()).unwrap_or(i64::MAX)
    }
}

/// `1000 * a / b`, rounded half up, without a product that need not fit.
fn rounded_thousandths(a: u128, b: u128) -> Option<u128> {
    if b == 0 {
        return Some(0);
    }
    let whole = (a / b).checked_mul(1_000)?;
    let rest = (a % b).checked_mul(2_000)?.checked_add(b)? / b.checked_mul(2)?;
    whole.checked_add(rest)
}

/// A wide amount as [`Quote`]; what does not fit is shown as the largest that does.
#[must_use]
pub fn saturated(units: i128) -> Quote {
    Quote(i64::try_from(units).unwrap_or(if units < 0 { i64::MIN } else { i64::MAX }))
}
