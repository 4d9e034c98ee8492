//! Terms of open orders, as risk let them pass: a report has the price that stands for an order, and neither its type, how
//! long it stands, what pulls it nor since when it is there.
//!
//! Owns the terms in force of each order that is not over. Bounded like open orders.
//! Never: of an order that this run did not ask for; a trigger that only the one who trails knows.

use super::image::ORDERS_KEPT;
use engine_core::risk::decision::{Decision, DecisionKind};
use engine_model::instrument::InstrumentId;
use engine_model::market::Side;
use engine_model::order::{ClientOrderId, Order, OrderEvent, OrderStatus};
use engine_model::report::Report;
use engine_model::units::{Nanos, Ticks};
use std::collections::BTreeMap;

/// Of one order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    /// As they are now. A trigger of 0 is one that nobody here knows: it trails, or was moved.
    pub(crate) order: Order,
    /// When risk let it pass.
    pub(crate) passed_at: Nanos,
    /// Its price came: it is an order like any other now.
    pub(crate) is_pulled: bool,
}

impl Terms {
    /// Whether it waits for a price that is worse for a position of the other side.
    fn protects(&self) -> bool {
        let kind = self.order.order_type;
        !self.is_pulled && kind.has_trigger() && !kind.is_if_touched()
    }

    /// Whether it waits for a price that was moved, nobody here knows where to.
    pub(crate) fn has_lost_trigger(&self) -> bool {
        let Order { order_type, trigger_px, .. } = self.order;
        !self.is_pulled && order_type.has_trigger() && !order_type.trails() && trigger_px == Ticks(0)
    }

    fn update(&mut self, report: &Report) {
        let order = &mut self.order;
        // A change moves the price that stands for an order: its limit if it has one. Of one that has a limit and is held
        // on our side another trigger is told, too, and not which.
        let is_moved = report.status == OrderStatus::Emulated && (order.px, order.qty) == (report.px, report.qty);
        order.qty = report.qty;
        if order.px.0 > 0 || self.is_pulled {
            order.px = report.px;
            if is_moved {
                order.trigger_px = Ticks(0);
            }
        } else if order.order_type.has_trigger() && !order.order_type.trails() {
            order.trigger_px = report.px;
        }
    }
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct OpenTerms {
    terms: BTreeMap<ClientOrderId, Terms>,
    /// News of orders were missed, or there were more than there is room for: some may not be here. For the rest of the run:
    /// what a missed decision let pass may stand until then, and no later news tells of its type or its trigger.
    is_partial: bool,
}

impl OpenTerms {
    /// Takes in what risk let pass. Its report comes later, or at the same time.
    pub(super) fn take_decision(&mut self, decision: &Decision) {
        if let DecisionKind::Submit(order) | DecisionKind::Hold(order) = &decision.what {
            self.passed(order, decision.at_ns);
        }
    }

    fn passed(&mut self, order: &Order, passed_at: Nanos) {
        if self.terms.len() >= ORDERS_KEPT {
            self.is_partial = true;
            return;
        }
        self.terms.insert(order.client_order_id, Terms { order: *order, passed_at, is_pulled: false });
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
        if report.status.is_terminal() {
            self.terms.remove(&id);
        } else if let Some(terms) = self.terms.get_mut(&id) {
            match report.event {
                OrderEvent::Released | OrderEvent::Triggered => terms.is_pulled = true,
                OrderEvent::Updated => terms.update(report),
                _ => {}
            }
        }
    }

    /// Who had a trigger moved says where to, once that was reported.
    pub(crate) fn moved(&mut self, id: ClientOrderId, trigger_px: Ticks) {
        if let Some(terms) = self.terms.get_mut(&id).filter(|terms| terms.has_lost_trigger()) {
            terms.order.trigger_px = trigger_px;
        }
    }

    pub(crate) fn of(&self, id: ClientOrderId) -> Option<&Terms> {
        self.terms.get(&id)
    }

    /// Stops that would make a position smaller: of that instrument, and of the side that closes.
    pub(crate) fn behind(&self, instrument: InstrumentId, closing: Side) -> impl Iterator<Item = &Order> {
        let stops = self.terms.values().filter(|terms| terms.protects()).map(|terms| &terms.order);
        stops.filter(move |order| order.instrument == instrument && order.side == closing)
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

    const AT: Nanos = Nanos(9);
    const ID: ClientOrderId = ClientOrderId::new(1, 7, 3);

    fn stop(order_type: OrderType, px: i64, trigger_px: i64) -> Order {
        let (px, trigger_px, qty) = (Ticks(px), Ticks(trigger_px), Lots(50));
        Order { client_order_id: ID, side: Side::Sell, order_type, px, trigger_px, qty, ..Order::default() }
    }

    fn said(event: OrderEvent, status: OrderStatus) -> Report {
        Report { client_order_id: ID, event, status, px: Ticks(610), qty: Lots(40), ..Report::default() }
    }

    fn standing(stops: &OpenTerms) -> Vec<(i64, i64, i64)> {
        stops.behind(InstrumentId(0), Side::Sell).map(|o| (o.px.0, o.trigger_px.0, o.qty.0)).collect()
    }

    #[test]
    fn a_stop_stands_from_its_permission_until_it_is_pulled_or_over() {
        let mut stops = OpenTerms::default();
        for kind in [OrderType::Limit, OrderType::MarketIfTouched, OrderType::LimitIfTouched] {
            stops.passed(&stop(kind, 600, 600), AT);
        }
        assert_eq!(standing(&stops), [], "what leaves at a better price protects nothing");
        let ends = [
            (OrderEvent::Released, OrderStatus::Released),
            (OrderEvent::Triggered, OrderStatus::Triggered),
            (OrderEvent::Canceled, OrderStatus::Canceled),
        ];
        for (event, status) in ends {
            stops.passed(&stop(OrderType::StopMarket, 0, 600), AT);
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
            let mut stops = OpenTerms::default();
            stops.passed(&stop(kind, px, trigger), AT);
            stops.take_report(&updated);
            assert_eq!(standing(&stops), [then], "{kind:?}");
        }
    }

    #[test]
    fn a_trigger_that_was_moved_is_unknown_until_it_is_told_and_never_at_its_old_place() {
        let mut stops = OpenTerms::default();
        stops.passed(&stop(OrderType::StopLimit, 590, 600), AT);
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
    fn a_plain_order_has_terms_until_it_is_over_and_protects_nothing() {
        let mut stops = OpenTerms::default();
        stops.passed(&stop(OrderType::Limit, 600, 0), AT);
        stops.moved(ID, Ticks(620));
        stops.take_report(&said(OrderEvent::Updated, OrderStatus::Accepted));
        let terms = stops.of(ID).expect("it stands");
        assert_eq!((terms.order.px.0, terms.order.trigger_px.0, terms.order.qty.0, terms.passed_at), (610, 0, 40, AT));
        assert_eq!(standing(&stops), []);
        stops.take_report(&said(OrderEvent::Canceled, OrderStatus::Canceled));
        assert!(stops.of(ID).is_none());
    }

    #[test]
    fn who_missed_news_says_so() {
        let mut stops = OpenTerms::default();
        stops.passed(&stop(OrderType::StopMarket, 0, 600), AT);
        assert!(!stops.is_partial());
        stops.decisions_lapped();
        assert!(stops.is_partial() && standing(&stops).len() == 1);
        stops.reports_lapped();
        assert_eq!(standing(&stops), []);
    }
}
