//! Who waits for a price of one instrument: orders that are held until it comes, and the stop of risk's own behind the
//! strategy's position. Told to whoever tells candles, so that it does not jump over any of them.
//!
//! Never: a word in what becomes of them; a desk and risk pull them, by what the market tells.

use crate::candles::waits::Waits;
use engine_core::journal::record::{Judgement, Verdict};
use engine_core::risk::trailing_px;
use engine_core::strategy::desk::trigger::{Prices, Trigger};
use engine_model::limit::Limits;
use engine_model::market::{BookState, MarketEvent, Side};
use engine_model::order::{ClientOrderId, OrderEvent};
use engine_model::report::Report;
use engine_model::units::Ticks;
use engine_ring::snapshot::SnapshotWriter;

/// See the module.
#[derive(Debug)]
pub struct Waiting {
    limits: Limits,
    out: SnapshotWriter<Waits>,
    held: Vec<(ClientOrderId, Trigger)>,
    /// The strategy's position, in lots.
    qty: i64,
    /// Best price since it was entered, as far as risk's stop has followed; `None`: there is none to be pulled.
    best: Option<Ticks>,
}

impl Waiting {
    /// Of a run with those limits, that has not begun.
    #[must_use]
    pub fn new(limits: Limits, out: SnapshotWriter<Waits>) -> Self {
        Self { limits, out, held: Vec::new(), qty: 0, best: None }
    }

    /// Triggers that trail follow the market.
    pub(super) fn on_market(&mut self, event: &MarketEvent) {
        if self.held.is_empty() {
            return;
        }
        let prices = Prices::of(&event.change, BookState::Synced);
        self.held.iter_mut().for_each(|(_, trigger)| _ = trigger.watch(&prices));
        self.tell();
    }

    pub(super) fn on_decision(&mut self, judgement: &Judgement) {
        match judgement.verdict {
            Verdict::Hold(order) if order.order_type.has_trigger() => {
                self.held.push((order.client_order_id, Trigger::new(&order)));
            }
            Verdict::Release(order) => self.held.retain(|(id, _)| *id != order.client_order_id),
            Verdict::Stop { cause: None, best, .. } => self.best = Some(best),
            Verdict::Stop { cause: Some(_), .. } => self.best = None,
            _ => return,
        }
        self.tell();
    }

    pub(super) fn on_report(&mut self, report: &Report) {
        let before = self.held.len();
        if !report.status.is_active_local() {
            self.held.retain(|(id, _)| *id != report.client_order_id);
        }
        match report.event {
            OrderEvent::Filled { last_px, last_qty, .. } => self.filled(report.side, last_px, last_qty.0),
            _ if self.held.len() == before => return,
            _ => {}
        }
        self.tell();
    }

    /// A position that is entered, or turned, has a stop anew: from the price of that execution.
    fn filled(&mut self, side: Side, px: Ticks, lots: i64) {
        let before = self.qty.signum();
        self.qty += side.sign() * lots;
        if self.qty.signum() != before {
            self.best = (self.qty != 0).then_some(px);
        }
    }

    fn tell(&mut self) {
        let side = if self.qty > 0 { Side::Buy } else { Side::Sell };
        let stop = self.best.and_then(|best| trailing_px(side, best, &self.limits));
        let held = self.held.iter().filter_map(|(_, trigger)| trigger.px());
        self.out.write(Waits::at(stop.into_iter().chain(held)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_core::risk::Cause;
    use engine_model::instrument::InstrumentId;
    use engine_model::intent::{Seen, StrategyId};
    use engine_model::market::{MarketChange, Stamp};
    use engine_model::order::{OffsetUnit, Order, OrderStatus, OrderType, TriggerType};
    use engine_model::report::Liquidity;
    use engine_model::units::{Lots, Nanos, Quote};
    use engine_ring::snapshot::{SnapshotReader, snapshot_of};

    fn waiting() -> (Waiting, SnapshotReader<Waits>) {
        let (out, read) = snapshot_of(Waits::NONE);
        (Waiting::new(Limits { stop_trailing_bps: 500, ..Limits::wide() }, out), read)
    }

    fn decide(waiting: &mut Waiting, verdict: Verdict) {
        let (at_ns, caused_at_ns) = (Nanos(1), Nanos(1));
        let judgement = Judgement { seen: Seen::default(), at_ns, caused_at_ns, strategy: StrategyId(1), verdict };
        waiting.on_decision(&judgement);
    }

    fn fill(waiting: &mut Waiting, side: Side, lots: i64, px: i64) {
        let (last_px, last_qty, fee, liquidity) = (Ticks(px), Lots(lots), Quote(0), Liquidity::Taker);
        let event = OrderEvent::Filled { trade_id: 1, last_px, last_qty, fee, liquidity };
        waiting.on_report(&Report { side, event, status: OrderStatus::Filled, ..Report::default() });
    }

    fn nearest(read: &mut SnapshotReader<Waits>, from: i64, to: i64) -> Option<i64> {
        read.read().between(Ticks(from), Ticks(to)).map(|px| px.0)
    }

    #[test]
    fn behind_a_position_the_stop_waits_a_share_below_the_best_price_or_above_it() {
        let (mut waiting, mut read) = waiting();
        let stop = |cause, best| {
            let instrument = InstrumentId(0);
            Verdict::Stop { instrument, cause, best: Ticks(best), px: Ticks(best) }
        };
        fill(&mut waiting, Side::Buy, 2, 1_000);
        assert_eq!(nearest(&mut read, 1_000, 500), Some(949), "the first price that is further behind than 50");
        fill(&mut waiting, Side::Buy, 1, 1_020);
        assert_eq!(nearest(&mut read, 1_000, 500), Some(949), "more of it is the same position");
        decide(&mut waiting, stop(None, 1_100));
        assert_eq!(nearest(&mut read, 1_100, 500), Some(1_044));
        fill(&mut waiting, Side::Sell, 5, 1_000);
        assert_eq!((nearest(&mut read, 1_000, 2_000), nearest(&mut read, 1_000, 5)), (Some(1_051), None), "it turned");
        decide(&mut waiting, stop(Some(Cause::StopTrailing), 1_000));
        assert_eq!(nearest(&mut read, 1_000, 2_000), None, "it was pulled");
        fill(&mut waiting, Side::Buy, 2, 1_060);
        assert_eq!(nearest(&mut read, 2_000, 5), None, "nothing is held");
        fill(&mut waiting, Side::Sell, 1, 500);
        assert_eq!(nearest(&mut read, 500, 1_000), Some(526), "what is entered anew has one anew");
    }

    #[test]
    fn a_held_order_waits_at_its_trigger_until_it_leaves_or_is_over_and_one_that_trails_goes_along() {
        let (mut waiting, mut read) = waiting();
        let id = |n| ClientOrderId::new(1, 1, n);
        let trigger_type = TriggerType::LastPrice;
        let held = Order { side: Side::Sell, trigger_type, order_type: OrderType::StopMarket, ..Order::default() };
        let stop = Order { client_order_id: id(1), trigger_px: Ticks(90), ..held };
        let (order_type, offset_unit) = (OrderType::TrailingStopMarket, OffsetUnit::Ticks);
        let trails = Order { client_order_id: id(2), order_type, trailing_offset: 10, offset_unit, ..held };
        let plain = Order { client_order_id: id(3), order_type: OrderType::Limit, px: Ticks(95), ..held };
        [stop, trails, plain].into_iter().for_each(|order| decide(&mut waiting, Verdict::Hold(order)));
        assert_eq!(nearest(&mut read, 100, 1), Some(90));
        let mut trade = |px| {
            let change = MarketChange::Trade { px: Ticks(px), qty: Lots(1), aggressor: Side::Buy, trade_id: 1 };
            waiting.on_market(&MarketEvent { at: Stamp::default(), change });
            nearest(&mut read, 130, 1)
        };
        assert_eq!([trade(105), trade(120), trade(112)], [Some(95), Some(110), Some(110)]);
        let canceled = Report { client_order_id: id(2), status: OrderStatus::Canceled, ..Report::default() };
        waiting.on_report(&Report { status: OrderStatus::Emulated, ..canceled });
        assert_eq!(nearest(&mut read, 130, 1), Some(110), "it is held");
        waiting.on_report(&canceled);
        assert_eq!(nearest(&mut read, 130, 1), Some(90));
        decide(&mut waiting, Verdict::Release(stop));
        assert_eq!(nearest(&mut read, 130, 1), None);
    }
}
