//! What a strategy knows of its own orders and positions: a fold of the reports about it, nothing else.
//!
//! Owns: working orders, positions, the counter of the next order id. Never: money (the portfolio has it), other
//! strategies' orders.

use engine_model::instrument::InstrumentId;
use engine_model::intent::StrategyId;
use engine_model::order::{ClientOrderId, Order, OrderEvent, OrderStatus};
use engine_model::refusal::{Check, Refusal};
use engine_model::report::Report;
use engine_model::units::Lots;

/// Orders of one strategy that may be on their way or standing at once.
pub const WORKING_MAX: usize = 256;

/// An order that has been wished for and has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Working {
    /// As it was wished.
    pub order: Order,
    /// As the last report said; `Initialized` until there is one.
    pub status: OrderStatus,
    /// Filled so far.
    pub filled: Lots,
}

/// One strategy's orders and positions.
#[derive(Debug)]
pub struct Account {
    strategy: StrategyId,
    epoch: u32,
    /// Counter of the next order id: they start at 1 and none is left out, risk checks that.
    next: u32,
    positions: Box<[Lots]>,
    working: Vec<Working>,
}

impl Account {
    pub(super) fn new(strategy: StrategyId, epoch: u32, instruments: usize) -> Self {
        Self {
            strategy,
            epoch,
            next: 1,
            positions: vec![Lots(0); instruments].into_boxed_slice(),
            working: Vec::with_capacity(WORKING_MAX),
        }
    }

    /// Whose.
    #[must_use]
    pub fn strategy(&self) -> StrategyId {
        self.strategy
    }

    /// Net position of this strategy alone: what it was given of what the account held before, and its own fills.
    #[must_use]
    pub fn position(&self, instrument: InstrumentId) -> Lots {
        self.positions[instrument.index()]
    }

    /// Orders that have not ended, oldest first.
    #[must_use]
    pub fn working(&self) -> &[Working] {
        &self.working
    }

    /// Whether the working order of that place can only make this strategy's position smaller, whatever else fills: the
    /// venue, or risk, is told so; or it closes, and fits into what is left beside those that do before it. Stops come
    /// before all others: each of several that close all is one too many, and a stop is what ends a loss.
    pub(super) fn only_reduces(&self, at: usize) -> bool {
        let order = self.working[at].order;
        let position = self.position(order.instrument).0;
        if order.reduce_only || position.signum() * order.side.sign() >= 0 {
            return order.reduce_only;
        }
        let is_like = |other: &Working| {
            let is_it = (other.order.instrument, other.order.side) == (order.instrument, order.side);
            // Of a list of which one withdraws the others only one is filled.
            is_it && other.status != OrderStatus::PendingCancel && (order.list == 0 || other.order.list != order.list)
        };
        let mut kept = 0;
        for is_stop in [true, false] {
            for (place, other) in self.working.iter().enumerate() {
                let order_type = other.order.order_type;
                if (order_type.has_trigger() && !order_type.is_if_touched()) != is_stop
                    || !(place == at || is_like(other))
                {
                    continue;
                }
                let with_it = kept + i128::from(other.order.qty.0 - other.filled.0);
                let fits = with_it <= i128::from(position).abs();
                if place == at {
                    return fits;
                }
                kept = if fits { with_it } else { kept };
            }
        }
        false
    }

    /// Whether so many orders more can be followed.
    pub(super) fn room_for(&self, orders: usize) -> Result<(), Refusal> {
        let (value, limit) = ((self.working.len() + orders) as i64, WORKING_MAX as i64);
        let refusal = Refusal::new(Check::OpenOrders, value, limit);
        if value > limit { Err(refusal) } else { Ok(()) }
    }

    /// The id that the next order gets, if there is room for one more.
    pub(super) fn next_id(&self) -> Result<ClientOrderId, Refusal> {
        self.room_for(1)?;
        if self.next == u32::MAX {
            let (value, limit) = (i64::from(self.next), i64::from(u32::MAX));
            return Err(Refusal::new(Check::Overflow, value, limit));
        }
        Ok(ClientOrderId::new(self.strategy.0, self.epoch, self.next))
    }

    /// The order with that next id has left as a wish.
    pub(super) fn wished(&mut self, order: Order) {
        debug_assert_eq!(order.client_order_id.counter(), self.next);
        self.next += 1;
        self.working.push(Working { order, status: OrderStatus::Initialized, filled: Lots(0) });
    }

    /// An order of a run before that still stands is this one's from now on.
    fn adopt(&mut self, report: &Report) {
        let is_of_before = report.client_order_id.epoch() < self.epoch;
        if report.event != OrderEvent::Accepted || !is_of_before || self.working.len() == WORKING_MAX {
            return;
        }
        let Report { client_order_id, instrument, side, px, qty, .. } = *report;
        let order = Order { client_order_id, instrument, side, px, qty, ..Order::default() };
        self.working.push(Working { order, status: report.status, filled: report.filled_qty });
    }

    /// An earlier run left it so many lots.
    pub(super) fn inherit(&mut self, instrument: InstrumentId, lots: Lots) {
        self.positions[instrument.index()] = lots;
    }

    /// The venue closed so many lots (a sale: negative) of what this strategy holds.
    pub(super) fn closed_out(&mut self, instrument: InstrumentId, lots: i64) {
        let position = &mut self.positions[instrument.index()];
        position.0 = position.0.saturating_add(lots);
    }

    /// Takes a report about this strategy in.
    pub(super) fn fold(&mut self, report: &Report) {
        if let OrderEvent::Filled { last_qty, .. } = report.event {
            let position = &mut self.positions[report.instrument.index()];
            position.0 = position.0.saturating_add(report.side.sign() * last_qty.0);
        }
        if let OrderEvent::Opened(opening) = report.event {
            let position = &mut self.positions[report.instrument.index()];
            position.0 = position.0.saturating_add(opening.qty.0);
        }
        if report.event.is_of_account() {
            return; // no step of an order
        }
        let known = self.working.iter().position(|working| working.order.client_order_id == report.client_order_id);
        let Some(at) = known else { return self.adopt(report) };
        if report.status.is_terminal() {
            // Not `swap_remove`: strategies see the oldest first, in every run alike.
            self.working.remove(at);
        } else {
            self.working[at].status = report.status;
            self.working[at].filled = report.filled_qty;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::market::Side;
    use engine_model::order::OrderType;
    use engine_model::report::Liquidity;
    use engine_model::units::{Quote, Ticks};

    fn report(id: ClientOrderId, side: Side, event: OrderEvent, status: OrderStatus, filled: i64) -> Report {
        let (strategy, instrument) = (StrategyId(3), InstrumentId(1));
        Report {
            client_order_id: id,
            strategy,
            instrument,
            side,
            event,
            status,
            filled_qty: Lots(filled),
            ..Report::default()
        }
    }

    fn fill(qty: i64) -> OrderEvent {
        let liquidity = Liquidity::Maker;
        OrderEvent::Filled { trade_id: 1, last_px: Ticks(1), last_qty: Lots(qty), fee: Quote(0), liquidity }
    }

    #[test]
    fn positions_and_working_orders_follow_the_reports() {
        let mut account = Account::new(StrategyId(3), 9, 2);
        for _ in 0..2 {
            let client_order_id = account.next_id().expect("room");
            account.wished(Order { client_order_id, instrument: InstrumentId(1), qty: Lots(5), ..Order::default() });
        }
        let ids: Vec<_> = account.working().iter().map(|working| working.order.client_order_id).collect();
        assert_eq!(ids, [ClientOrderId::new(3, 9, 1), ClientOrderId::new(3, 9, 2)]);

        account.fold(&report(ids[0], Side::Buy, OrderEvent::Accepted, OrderStatus::Accepted, 0));
        account.fold(&report(ids[0], Side::Buy, fill(2), OrderStatus::PartiallyFilled, 2));
        assert_eq!((account.position(InstrumentId(1)), account.working()[0].filled), (Lots(2), Lots(2)));
        account.fold(&report(ids[0], Side::Buy, fill(3), OrderStatus::Filled, 5));
        let left: Vec<_> = account.working().iter().map(|working| working.order.client_order_id).collect();
        assert_eq!(left, [ids[1]]);
        account.fold(&report(ids[1], Side::Sell, fill(9), OrderStatus::Filled, 9));
        assert_eq!((account.position(InstrumentId(1)), account.position(InstrumentId(0))), (Lots(-4), Lots(0)));
        assert!(account.working().is_empty());
        let of_before = ClientOrderId::new(3, 8, 40);
        account.fold(&report(of_before, Side::Buy, OrderEvent::Accepted, OrderStatus::Accepted, 2));
        assert_eq!(
            account.working().iter().map(|at| (at.order.client_order_id, at.filled.0)).collect::<Vec<_>>(),
            [(of_before, 2)]
        );
        account.fold(&report(of_before, Side::Buy, OrderEvent::Canceled, OrderStatus::Canceled, 2));
        assert!(account.working().is_empty());
        account.fold(&report(ids[1], Side::Sell, fill(1), OrderStatus::Filled, 9));
        assert_eq!(account.position(InstrumentId(1)), Lots(-5), "a fill counts even of an order that was forgotten");
    }

    #[test]
    fn what_closes_and_fits_into_the_position_only_reduces_and_stops_come_first() {
        let mut account = Account::new(StrategyId(3), 9, 2);
        account.inherit(InstrumentId(1), Lots(10));
        let mut enter = |side, order_type, qty, list, reduce_only| {
            let (client_order_id, instrument, qty) = (account.next_id().expect("room"), InstrumentId(1), Lots(qty));
            let order =
                Order { client_order_id, instrument, side, order_type, qty, list, reduce_only, ..Order::default() };
            account.wished(order);
        };
        enter(Side::Buy, OrderType::Limit, 1, 0, false); // grows
        enter(Side::Sell, OrderType::Limit, 6, 0, false); // there is not enough beside the stop for it
        enter(Side::Sell, OrderType::StopMarket, 7, 0, false);
        enter(Side::Sell, OrderType::Limit, 3, 0, false);
        enter(Side::Sell, OrderType::Limit, 9, 0, true); // the venue sees to it
        enter(Side::Sell, OrderType::StopMarket, 11, 0, false); // goes through flat
        enter(Side::Sell, OrderType::MarketIfTouched, 3, 0, false); // a target, though it waits
        let found =
            |account: &Account| (0..account.working().len()).map(|at| account.only_reduces(at)).collect::<Vec<_>>();
        assert_eq!(found(&account), [false, false, true, true, true, false, false]);
        let target = account.working()[3].order.client_order_id;
        account.fold(&report(target, Side::Sell, fill(2), OrderStatus::PartiallyFilled, 2));
        assert_eq!(found(&account)[2..4], [true, true], "eight are held, seven and one are left to sell");

        let mut pair = Account::new(StrategyId(3), 9, 2);
        pair.inherit(InstrumentId(1), Lots(-10));
        for order_type in [OrderType::Limit, OrderType::StopMarket] {
            let (client_order_id, instrument, qty, list) =
                (pair.next_id().expect("room"), InstrumentId(1), Lots(10), 1);
            pair.wished(Order { client_order_id, instrument, order_type, qty, list, ..Order::default() });
        }
        assert_eq!(found(&pair), [true, true], "one of them withdraws the other");
    }

    #[test]
    fn there_is_no_order_beyond_the_bound_and_no_id_is_left_out() {
        let mut account = Account::new(StrategyId(3), 9, 2);
        for _ in 0..WORKING_MAX {
            let client_order_id = account.next_id().expect("room");
            account.wished(Order { client_order_id, ..Order::default() });
        }
        assert_eq!(account.next_id().map_err(|refusal| refusal.check), Err(Check::OpenOrders));
        account.fold(&report(ClientOrderId::new(3, 9, 7), Side::Buy, OrderEvent::Canceled, OrderStatus::Canceled, 0));
        assert_eq!(account.next_id(), Ok(ClientOrderId::new(3, 9, WORKING_MAX as u32 + 1)));
    }
}
