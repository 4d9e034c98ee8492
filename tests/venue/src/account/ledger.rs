//! One account's book-keeping: every change of an order, with the money that moves because of it.
//!
//! Owns: orders, fills, balances and positions, and that they agree. Never: whether a change is allowed.

use super::event::{Cause, Event};
use super::key::ApiKey;
use super::money::{Round, base_e8, divide, part, settled_in, value_e8};
use super::order::{Fill, Order, State, Which};
use super::rules::{FeeIn, Rules};
use super::wallet::{Position, Wallet};
use engine_model::instrument::{ContractKind, Instrument, Name};
use engine_model::market::Side;
use engine_model::setup::Setup;
use std::collections::BTreeMap;

pub(crate) struct Account {
    pub(crate) keys: Vec<ApiKey>,
    /// What it began with.
    pub(crate) opening: Vec<(Name, i128)>,
    pub(crate) wallet: Wallet,
    /// By instrument.
    pub(crate) positions: Vec<Position>,
    /// All there ever were, in order of entry.
    pub(crate) orders: Vec<Order>,
    /// Places in `orders`, oldest first.
    pub(crate) open: Vec<usize>,
    by_client_id: BTreeMap<String, usize>,
    pub(crate) fills: Vec<Fill>,
    /// When everything on an instrument, or all (`None`), is withdrawn unless told otherwise.
    pub(crate) dead_men: BTreeMap<Option<usize>, u64>,
    /// By limit: the window, and how much was spent in it.
    pub(crate) spent: Vec<(u64, u32)>,
    pub(crate) setup: Setup,
}

/// An execution that is to be booked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Execution {
    pub(crate) trade_id: u64,
    pub(crate) px: i64,
    pub(crate) qty: i64,
    pub(crate) maker: bool,
    pub(crate) at_ns: u64,
}

/// What is bound for orders of that side.
pub(crate) fn bound_in(instrument: &Instrument, side: Side) -> Name {
    match (instrument.kind, side) {
        (ContractKind::Spot, Side::Sell) => instrument.base,
        _ => settled_in(instrument),
    }
}

/// How much has to be bound so that `lots` can be paid for at `px`. For contracts the taker's fee is counted by whoever
/// admits the order.
pub(crate) fn bound_e8(rules: &Rules, instrument: &Instrument, side: Side, px: i64, lots: i64) -> i128 {
    let value = value_e8(instrument, px, lots, Round::Up);
    match (instrument.kind, side) {
        (ContractKind::Spot, Side::Sell) => base_e8(instrument, lots, Round::Up),
        (ContractKind::Spot, Side::Buy) if rules.fee_in == FeeIn::Quote => {
            value + part(value, rules.taker_ppm.max(rules.maker_ppm), Round::Up)
        }
        (ContractKind::Spot, Side::Buy) => value,
        _ => divide(value, i128::from(rules.leverage), Round::Up),
    }
}

impl Account {
    pub(crate) fn new(keys: Vec<ApiKey>, opening: Vec<(Name, i128)>, instruments: usize, limits: usize) -> Self {
        Self {
            keys,
            wallet: Wallet::of(&opening),
            opening,
            positions: vec![Position::default(); instruments],
            orders: Vec::new(),
            open: Vec::new(),
            by_client_id: BTreeMap::new(),
            fills: Vec::new(),
            dead_men: BTreeMap::new(),
            spent: vec![(0, 0); limits],
            setup: Setup::default(),
        }
    }

    /// The place of an order.
    pub(crate) fn find(&self, which: Which<'_>) -> Option<usize> {
        match which {
            Which::Client(id) => self.by_client_id.get(id).copied(),
            Which::Venue(id) => self.orders.binary_search_by_key(&id, |order| order.id).ok(),
        }
    }

    /// Lots by which an order of that side may make the position smaller.
    pub(crate) fn reducible(&self, instrument: usize, side: Side) -> i64 {
        (-side.sign() * self.positions[instrument].qty).max(0)
    }

    pub(crate) fn enter(&mut self, order: Order) -> usize {
        let place = self.orders.len();
        self.by_client_id.insert(order.client_id.clone(), place);
        self.open.push(place);
        self.orders.push(order);
        place
    }

    /// From now on the order is known by that id and no more by the one before.
    pub(crate) fn rename(&mut self, place: usize, client_id: &str) {
        let former = std::mem::replace(&mut self.orders[place].client_id, client_id.to_owned());
        self.by_client_id.remove(&former);
        self.orders[place].former_client_id = Some(former);
        self.by_client_id.insert(client_id.to_owned(), place);
    }

    /// Binds what the order needs now: all of it while it stands at a price, nothing else.
    pub(crate) fn rebind(&mut self, place: usize, rules: &Rules, instrument: &Instrument) {
        let order = &mut self.orders[place];
        let needed = match order.px {
            Some(px) if order.is_open() && !order.reduce_only && !order.waits => {
                bound_e8(rules, instrument, order.side, px, order.left())
            }
            _ => 0,
        };
        let more = needed - order.locked_e8;
        order.locked_e8 = needed;
        self.wallet.lock(bound_in(instrument, order.side), more);
    }

    /// Ends it in that state.
    pub(crate) fn end(&mut self, place: usize, state: State, at_ns: u64, rules: &Rules, instrument: &Instrument) {
        let order = &mut self.orders[place];
        assert!(order.is_open(), "an order ends once: {order:?}");
        order.state = state;
        order.changed_at_ns = at_ns;
        self.open.retain(|open| *open != place);
        self.rebind(place, rules, instrument);
    }

    /// Books an execution, money and all.
    pub(crate) fn book(&mut self, place: usize, done: Execution, rules: &Rules, instrument: &Instrument) {
        let Execution { trade_id, px, qty, maker, at_ns } = done;
        let order = &mut self.orders[place];
        assert!(order.is_open() && qty > 0 && qty <= order.left(), "an execution of {qty} of {order:?}");
        let value = value_e8(instrument, px, qty, Round::Down);
        order.filled += qty;
        order.filled_value_e8 += value;
        order.changed_at_ns = at_ns;
        order.queue_ahead = 0;
        let side = order.side;
        let rate = if maker { rules.maker_ppm } else { rules.taker_ppm };
        let mut fill = Fill {
            trade_id,
            order_id: order.id,
            client_id: order.client_id.clone(),
            instrument: order.instrument,
            side,
            px,
            qty,
            value_e8: value,
            fee_e8: part(value, rate, Round::Down),
            fee_asset: settled_in(instrument),
            realised_e8: 0,
            maker,
            at_ns,
        };
        match instrument.kind {
            ContractKind::Spot => self.pay(&mut fill, rate, rules, instrument),
            _ => self.settle(&mut fill, rules, instrument),
        }
        self.fills.push(fill);
        match self.orders[place].left() {
            0 => self.end(place, State::Filled, at_ns, rules, instrument),
            _ => self.rebind(place, rules, instrument),
        }
    }

    /// Coins for money.
    fn pay(&mut self, fill: &mut Fill, rate: i64, rules: &Rules, instrument: &Instrument) {
        let coins = base_e8(instrument, fill.qty, Round::Down);
        if rules.fee_in == FeeIn::Received && fill.side == Side::Buy {
            (fill.fee_e8, fill.fee_asset) = (part(coins, rate, Round::Down), instrument.base);
        }
        let sign = i128::from(fill.side.sign());
        self.wallet.add(instrument.base, sign * coins);
        self.wallet.add(instrument.quote, -sign * fill.value_e8);
        self.wallet.add(fill.fee_asset, -fill.fee_e8);
    }

    /// A position, and profit where it closes one.
    fn settle(&mut self, fill: &mut Fill, rules: &Rules, instrument: &Instrument) {
        let position = &mut self.positions[fill.instrument];
        fill.realised_e8 = position.book(instrument, fill.side, fill.px, fill.qty, fill.value_e8);
        let needed = position.needed_margin_e8(rules.leverage);
        let more = needed - position.margin_e8;
        position.margin_e8 = needed;
        self.wallet.lock(fill.fee_asset, more);
        self.wallet.add(fill.fee_asset, fill.realised_e8 - fill.fee_e8);
    }

    /// What just happened to that order, told whole.
    pub(crate) fn event(
        &mut self,
        account: usize,
        number: u64,
        place: usize,
        cause: Cause,
        is_contract: bool,
    ) -> Event {
        let order = self.orders[place].clone();
        Event {
            account,
            number,
            at_ns: order.changed_at_ns,
            cause,
            fill: self.fills.last().filter(|_| cause == Cause::Filled).cloned(),
            balances: self.wallet.take_touched(),
            position: (cause == Cause::Filled && is_contract).then(|| self.positions[order.instrument]),
            order,
        }
    }
}
