//! Stop orders that stand, as risk let them pass: a report has the price that stands for an order, and neither its type
//! nor how it trails.
//!
//! Owns the terms of each stop that is neither pulled nor over. Bounded like open orders.
//! Never: orders that leave when the price gets better (they protect nothing), a trigger that only the one who trails knows.

use super::image::ORDERS_KEPT;
use engine_core::risk::decision::{Decision, DecisionKind};
use engine_model::instrument::InstrumentId;
use engine_model::market::Side;
use engine_model::order::{ClientOrderId, Order, OrderEvent, OrderStatus};
use engine_model::report::Report;
use engine_model::units::Ticks;
use std::collections::BTreeMap;

/// See the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct StopOrders {
    /// With the terms in force. A trigger of 0 is one that nobody here knows: it trails, or was moved.
    terms: BTreeMap<ClientOrderId, Order>,
    /// News of orders were missed, or there were more than there is room for: some may not be here. For the rest of the run:
    /// what a missed decision let pass may stand until then, and no later news tells of its type or its trigger.
    is_partial: bool,
}

impl StopOrders {
    /// Takes in what risk let pass. Its report comes later, or at the same time.
    pub(super) fn take_decision(&mut self, decision: &Decision) {
        if let DecisionKind::Submit(order) | DecisionKind::Hold(order) = &decision.what {
            self.passed(order);
        }
    }

    fn passed(&mut self, order: &Order) {
        if !order.order_type.has_trigger() || order.order_type.is_if_touched() {
            return;
        }
        if self.terms.len() >= ORDERS_KEPT {
            self.is_partial = true;
            return;
        }
        self.terms.insert(order.client_order_id, *order);
    }

    /// What was decided is not all known.
    pub(super) fn decisions_lapped(&mut self) {
        self.is_partial = true;
    }

    /// One whose end was among them would stand here for ever: as with open orders, all go.
    pub(super) fn reports_lapped(&mut self) {
        self.is_partial = true;
        self.terms.clear();
    }

    pub(super) fn take_report(&mut self, report: &Report) {
        let id = report.client_order_id;
        let is_pulled = matches!(report.event, OrderEvent::Released | OrderEvent::Triggered);
        if is_pulled || report.status.is_terminal() {
            self.terms.remove(&id);
        } else if report.event == OrderEvent::Updated
            && let Some(order) = self.terms.get_mut(&id)
        {
            // A change moves the price that stands for an order: its limit if it has one. Of one that has a limit and is held
            // on our side another trigger is told, too, and not which.
            let is_moved = report.status == OrderStatus::Emulated && (order.px, order.qty) == (report.px, report.qty);
            order.qty = report.qty;
            if order.px.0 > 0 {
                order.px = report.px;
                if is_moved {
                    order.trigger_px = Ticks(0);
                }
            } else if !order.order_type.trails() {
                order.trigger_px = report.px;
            }
        }
    }

    /// Who had a trigger moved says where to, once that was reported.
    pub(crate) fn moved(&mut self, id: ClientOrderId, trigger_px: Ticks) {
        let unknown =
            self.terms.get_mut(&id).filter(|order| order.trigger_px == Ticks(0) && !order.order_type.trails());
        if let Some(order) = unknown {
            order.trigger_px = trigger_px;
        }
    }

    /// Those that would make a position smaller: of that instrument, and of the side that closes.
    pub(crate) fn behind(&self, instrument: InstrumentId, closing: Side) -> impl Iterator<Item = &Order> {
        self.terms.values().filter(move |order| order.instrument == instrument && order.side == closing)
    }

    /// Whether some may be missing here.
    pub(crate) const fn is_partial(&self) -> bool {
        self.is_partial
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::order::OrderType;
    use engine_model::units::Lots;

    const ID: ClientOrderId = ClientOrderId::new(1, 7, 3);

    fn stop(order_type: OrderType, px: i64, trigger_px: i64) -> Order {
        let (px, trigger_px, qty) = (Ticks(px), Ticks(trigger_px), Lots(50));
        Order { client_order_id: ID, side: Side::Sell, order_type, px, trigger_px, qty, ..Order::default() }
    }

    fn said(event: OrderEvent, status: OrderStatus) -> Report {
        Report { client_order_id: ID, event, status, px: Ticks(610), qty: Lots(40), ..Report::default() }
    }

    fn standing(stops: &StopOrders) -> Vec<(i64, i64, i64)> {
        stops.behind(InstrumentId(0), Side::Sell).map(|o| (o.px.0, o.trigger_px.0, o.qty.0)).collect()
    }

    #[test]
    fn a_stop_stands_from_its_permission_until_it_is_pulled_or_over() {
        let mut stops = StopOrders::default();
        for kind in [OrderType::Limit, OrderType::MarketIfTouched, OrderType::LimitIfTouched] {
            stops.passed(&stop(kind, 600, 600));
        }
        assert_eq!(standing(&stops), [], "what leaves at a better price protects nothing");
        let ends = [
            (OrderEvent::Released, OrderStatus::Released),
            (OrderEvent::Triggered, OrderStatus::Triggered),
            (OrderEvent::Canceled, OrderStatus::Canceled),
        ];
        for (event, status) in ends {
            stops.passed(&stop(OrderType::StopMarket, 0, 600));
            stops.take_report(&said(OrderEvent::Accepted, OrderStatus::Accepted));
            assert_eq!(standing(&stops), [(0, 600, 50)]);
            assert_eq!(stops.behind(InstrumentId(0), Side::Buy).count(), 0, "it closes no short");
            assert_eq!(stops.behind(InstrumentId(1), Side::Sell).count(), 0);
            stops.take_report(&said(event, status));
            assert_eq!(standing(&stops), [], "{event:?}");
        }
    }

    #[test]
    fn a_change_moves_the_limit_of_one_that_has_a_limit_and_the_trigger_of_one_that_has_none() {
        let updated = said(OrderEvent::Updated, OrderStatus::Accepted);
        for (kind, px, trigger, then) in [
            (OrderType::StopMarket, 0, 600, (0, 610, 40)),
            (OrderType::StopLimit, 590, 600, (610, 600, 40)),
            (OrderType::TrailingStopMarket, 0, 0, (0, 0, 40)),
        ] {
            let mut stops = StopOrders::default();
            stops.passed(&stop(kind, px, trigger));
            stops.take_report(&updated);
            assert_eq!(standing(&stops), [then], "{kind:?}");
        }
    }

    #[test]
    fn a_trigger_that_was_moved_is_unknown_until_it_is_told_and_never_at_its_old_place() {
        let mut stops = StopOrders::default();
        stops.passed(&stop(OrderType::StopLimit, 590, 600));
        let held = |px, qty| {
            let report = said(OrderEvent::Updated, OrderStatus::Emulated);
            Report { px: Ticks(px), qty: Lots(qty), ..report }
        };
        stops.take_report(&held(590, 40));
        stops.take_report(&held(585, 40));
        assert_eq!(standing(&stops), [(585, 600, 40)], "its limit and its quantity are what was changed");
        stops.moved(ID, Ticks(620));
        assert_eq!(standing(&stops), [(585, 600, 40)], "nothing was reported of that");
        stops.take_report(&held(585, 40));
        assert_eq!(standing(&stops), [(585, 0, 40)], "its trigger is");
        stops.moved(ID, Ticks(620));
        assert_eq!(standing(&stops), [(585, 620, 40)]);
        // At a venue another order comes in its place.
        stops.take_report(&Report { status: OrderStatus::Accepted, ..held(585, 40) });
        assert_eq!(standing(&stops), [(585, 620, 40)]);
    }

    #[test]
    fn who_missed_news_says_so() {
        let mut stops = StopOrders::default();
        stops.passed(&stop(OrderType::StopMarket, 0, 600));
        assert!(!stops.is_partial());
        stops.decisions_lapped();
        assert!(stops.is_partial() && standing(&stops).len() == 1);
        stops.reports_lapped();
        assert_eq!(standing(&stops), []);
    }
}
