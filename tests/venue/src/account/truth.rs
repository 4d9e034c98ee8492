//! What an account truly is, for whoever compares a client's idea of it.
//!
//! Owns: the copy, and the sums that must hold in it. Never: how it came about.

use super::ledger::{Account, bound_in};
use super::money::{Round, base_e8, settled_in};
use super::order::{Fill, Order, State};
use super::wallet::{Balance, Position, flow};
use engine_model::instrument::{ContractKind, Instrument, Name};
use std::collections::BTreeMap;

/// An account as the venue has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountTruth {
    /// Every order there ever was, oldest first.
    pub orders: Vec<Order>,
    /// Every execution, oldest first.
    pub fills: Vec<Fill>,
    /// By asset.
    pub balances: BTreeMap<Name, Balance>,
    /// By instrument, flat ones too.
    pub positions: Vec<Position>,
    /// What it began with.
    pub opening: BTreeMap<Name, i128>,
    /// What is listed.
    pub instruments: Vec<Instrument>,
}

impl AccountTruth {
    pub(crate) fn of(account: &Account, instruments: &[Instrument]) -> Self {
        Self {
            orders: account.orders.clone(),
            fills: account.fills.clone(),
            balances: account.wallet.iter().collect(),
            positions: account.positions.clone(),
            opening: account.opening.iter().copied().collect(),
            instruments: instruments.to_vec(),
        }
    }

    /// Orders that stand, oldest first.
    pub fn open(&self) -> impl Iterator<Item = &Order> + '_ {
        self.orders.iter().filter(|order| order.is_open())
    }

    /// The last order of that client id.
    #[must_use]
    pub fn order(&self, client_id: &str) -> Option<&Order> {
        self.orders.iter().rev().find(|order| order.client_id == client_id)
    }

    /// Executions of that order.
    pub fn fills_of(&self, order_id: u64) -> impl Iterator<Item = &Fill> + '_ {
        self.fills.iter().filter(move |fill| fill.order_id == order_id)
    }

    /// Panics unless everything adds up to the last unit: orders to their fills, balances to what was there at first and
    /// the fills and fees since, positions to their fills, what is bound to what binds it.
    pub fn check(&self) {
        self.check_orders();
        self.check_positions();
        self.check_totals();
        self.check_locks();
    }

    fn check_orders(&self) {
        assert!(self.orders.is_sorted_by(|one, next| one.id < next.id), "order ids rise");
        assert!(self.fills.is_sorted_by(|one, next| one.trade_id < next.trade_id), "trade ids rise");
        let mut sums: BTreeMap<u64, (i64, i128)> = BTreeMap::new();
        for fill in &self.fills {
            let sum = sums.entry(fill.order_id).or_default();
            *sum = (sum.0 + fill.qty, sum.1 + fill.value_e8);
        }
        for order in &self.orders {
            let (filled, value_e8) = sums.remove(&order.id).unwrap_or_default();
            assert_eq!((order.filled, order.filled_value_e8), (filled, value_e8), "the fills of {order:?}");
            assert!((0..=order.qty).contains(&filled), "{order:?}");
            assert_eq!(order.state == State::Filled, filled == order.qty, "{order:?}");
        }
        assert!(sums.is_empty(), "fills of no order: {sums:?}");
    }

    fn check_positions(&self) {
        for (index, (position, instrument)) in self.positions.iter().zip(&self.instruments).enumerate() {
            if instrument.kind == ContractKind::Spot {
                assert_eq!(*position, Position::default(), "spot has no positions");
                continue;
            }
            let fills = self.fills.iter().filter(|fill| fill.instrument == index);
            let sum = fills.fold((0, 0), |(qty, cost_e8), fill| {
                let paid = flow(instrument, fill.side, fill.value_e8);
                (qty + fill.side.sign() * fill.qty, cost_e8 + paid + fill.realised_e8)
            });
            // What was paid, less what left with the closed part, which came back with its profit.
            assert_eq!((position.qty, position.cost_e8), sum, "the position in {}", instrument.symbol);
            assert!(position.qty != 0 || position.cost_e8 == 0, "a cost of nothing: {position:?}");
        }
    }

    fn check_totals(&self) {
        let mut totals = self.opening.clone();
        let mut add = |asset: Name, more_e8: i128| *totals.entry(asset).or_default() += more_e8;
        for fill in &self.fills {
            let instrument = &self.instruments[fill.instrument];
            let sign = i128::from(fill.side.sign());
            if instrument.kind == ContractKind::Spot {
                add(instrument.base, sign * base_e8(instrument, fill.qty, Round::Down));
                add(instrument.quote, -sign * fill.value_e8);
            } else {
                add(settled_in(instrument), fill.realised_e8);
            }
            add(fill.fee_asset, -fill.fee_e8);
        }
        let held: BTreeMap<_, _> = self.balances.iter().map(|(asset, balance)| (*asset, balance.total_e8)).collect();
        assert_eq!(held, totals, "balances are what there was and what the fills made of it");
    }

    fn check_locks(&self) {
        let mut locks: BTreeMap<Name, i128> = self.balances.keys().map(|asset| (*asset, 0)).collect();
        for order in &self.orders {
            assert!(order.is_open() || order.locked_e8 == 0, "done, and binds still: {order:?}");
            *locks.entry(bound_in(&self.instruments[order.instrument], order.side)).or_default() += order.locked_e8;
        }
        for (position, instrument) in self.positions.iter().zip(&self.instruments) {
            *locks.entry(settled_in(instrument)).or_default() += position.margin_e8;
        }
        let is_settled_in =
            |asset: Name| self.instruments.iter().any(|i| i.kind != ContractKind::Spot && settled_in(i) == asset);
        for (asset, balance) in &self.balances {
            assert_eq!(locks.get(asset), Some(&balance.locked_e8), "what is bound of {asset}");
            assert!(balance.free_e8() >= 0 || is_settled_in(*asset), "{asset}: {balance:?}");
        }
    }
}
