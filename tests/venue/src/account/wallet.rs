//! What an account holds: assets, and positions in contracts.
//!
//! Owns: the sums. Never: why they change.

use super::money::{Round, divide, value_e8};
use engine_model::instrument::{ContractKind, Instrument, Name};
use engine_model::market::Side;
use std::collections::BTreeMap;

/// An asset of an account, in 1e-8.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// All of it.
    pub total_e8: i128,
    /// Of it, bound by orders and positions.
    pub locked_e8: i128,
}

impl Balance {
    /// What orders may bind. Below zero only where a position's loss ate what it was backed with.
    #[must_use]
    pub fn free_e8(&self) -> i128 {
        self.total_e8 - self.locked_e8
    }
}

/// A position in a contract; one a contract, long or short.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Lots; negative is short.
    pub qty: i64,
    /// What the lots were bought for less what they were sold for, in 1e-8 of what the contract is settled in. Of inverse
    /// contracts, whose value falls in coins while the price rises, the other way round.
    pub cost_e8: i128,
    /// Bound for it.
    pub margin_e8: i128,
}

impl Position {
    /// The mean price of entry, in 1e-8; 0 of no position.
    #[must_use]
    pub fn entry_px_e8(&self, instrument: &Instrument) -> i128 {
        let size =
            i128::from(self.qty.abs()) * i128::from(instrument.grid.lot_step) * i128::from(instrument.contract_size);
        let scale = 10i128.pow(u32::from(instrument.size_decimals()));
        let cost_e8 = self.cost_e8.abs();
        match instrument.kind {
            _ if size == 0 || cost_e8 == 0 => 0,
            ContractKind::Inverse => size * 10i128.pow(16) / (cost_e8 * scale),
            _ => cost_e8 * scale / size,
        }
    }

    /// What closing it at that price in ticks would make, in 1e-8.
    #[must_use]
    pub fn unrealised_e8(&self, instrument: &Instrument, px: i64) -> i128 {
        let side = if self.qty < 0 { Side::Sell } else { Side::Buy };
        flow(instrument, side, value_e8(instrument, px, self.qty.abs(), Round::Down)) - self.cost_e8
    }

    /// Books an execution worth `value_e8`; gives the profit of what it closed.
    pub(crate) fn book(&mut self, instrument: &Instrument, side: Side, px: i64, qty: i64, value: i128) -> i128 {
        let closes = if self.qty * side.sign() < 0 { qty.min(self.qty.abs()) } else { 0 };
        // A fill that turns the position is valued in two parts, which add up to the whole.
        let closing_value = if closes == qty { value } else { value_e8(instrument, px, closes, Round::Down) };
        let closing = flow(instrument, side, closing_value);
        let share = if closes == self.qty.abs() {
            self.cost_e8
        } else {
            self.cost_e8 * i128::from(closes) / i128::from(self.qty.abs())
        };
        let share = if closes == 0 { 0 } else { share };
        self.cost_e8 += flow(instrument, side, value) - closing - share;
        self.qty += side.sign() * qty;
        -closing - share
    }

    /// What has to be bound for it.
    pub(crate) fn needed_margin_e8(&self, leverage: i64) -> i128 {
        divide(self.cost_e8.abs(), i128::from(leverage), Round::Up)
    }
}

/// Which way an execution moves a position's cost.
pub(crate) fn flow(instrument: &Instrument, side: Side, value_e8: i128) -> i128 {
    let sign = i128::from(side.sign());
    if instrument.kind == ContractKind::Inverse { -sign * value_e8 } else { sign * value_e8 }
}

/// Balances by asset.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wallet {
    assets: BTreeMap<Name, Balance>,
    /// Assets that changed since they were last asked for, with how much they grew.
    touched: BTreeMap<Name, i128>,
}

impl Wallet {
    pub(crate) fn of(balances: &[(Name, i128)]) -> Self {
        let held = |&(asset, total_e8): &(Name, i128)| (asset, Balance { total_e8, locked_e8: 0 });
        Self { assets: balances.iter().map(held).collect(), touched: BTreeMap::new() }
    }

    pub(crate) fn get(&self, asset: Name) -> Balance {
        self.assets.get(&asset).copied().unwrap_or_default()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Name, Balance)> + '_ {
        self.assets.iter().map(|(asset, balance)| (*asset, *balance))
    }

    pub(crate) fn add(&mut self, asset: Name, more_e8: i128) {
        self.assets.entry(asset).or_default().total_e8 += more_e8;
        *self.touched.entry(asset).or_default() += more_e8;
    }

    pub(crate) fn lock(&mut self, asset: Name, more_e8: i128) {
        if more_e8 != 0 {
            self.assets.entry(asset).or_default().locked_e8 += more_e8;
            self.touched.entry(asset).or_default();
        }
    }

    /// What changed since the last time, and by how much.
    pub(crate) fn take_touched(&mut self) -> Vec<(Name, Balance, i128)> {
        let touched = std::mem::take(&mut self.touched);
        touched.into_iter().map(|(asset, grew)| (asset, self.get(asset), grew)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::Listing;
    use engine_model::venue::VenueId;

    fn booked(instrument: &Instrument, fills: &[(Side, i64, i64)]) -> (Position, i128) {
        let mut position = Position::default();
        let mut realised = 0;
        for &(side, px, qty) in fills {
            realised += position.book(instrument, side, px, qty, value_e8(instrument, px, qty, Round::Down));
        }
        (position, realised)
    }

    #[test]
    fn profit_is_what_a_trader_would_say() {
        let usdm = Listing::defaults(VenueId::BinanceUsdm)[0].instrument;
        // 1 coin bought at 60000.0, half sold at 61000.0, then sold into a short of half a coin at 59000.0.
        let (position, realised) =
            booked(&usdm, &[(Side::Buy, 600_000, 1_000), (Side::Sell, 610_000, 500), (Side::Sell, 590_000, 1_000)]);
        assert_eq!(realised, 0, "500 won, 500 lost");
        assert_eq!((position.qty, position.cost_e8), (-500, -29_500 * 100_000_000));
        assert_eq!(position.entry_px_e8(&usdm), 59_000 * 100_000_000);
        assert_eq!(position.unrealised_e8(&usdm, 580_000), 500 * 100_000_000);
        // 100 contracts of 100 dollars: 0.2 coins at 50000, 0.16 at 62500: the long made 0.04 coins.
        let coinm = Listing::defaults(VenueId::BinanceCoinm)[0].instrument;
        let (position, realised) = booked(&coinm, &[(Side::Buy, 500_000, 100), (Side::Sell, 625_000, 100)]);
        assert_eq!((position, realised), (Position::default(), 4_000_000));
        let (position, _) = booked(&coinm, &[(Side::Buy, 500_000, 100)]);
        assert_eq!(position.entry_px_e8(&coinm), 50_000 * 100_000_000);
        assert_eq!(position.unrealised_e8(&coinm, 625_000), 4_000_000);
    }
}
