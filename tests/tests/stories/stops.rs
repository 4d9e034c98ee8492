//! Orders that wait for a price at the venue, at every venue that holds them: they stand there, are changed, withdrawn,
//! pulled by the market, lost sight of and found again; and what was told is what the venue has.

use crate::trader::Trader;
use engine_model::market::Side;
use engine_model::native::Stops;
use engine_model::order::{Order, OrderType, TriggerType};
use engine_model::units::{Lots, Ticks};
use engine_model::venue::{ReplyKind, RequestKind, VenueId};
use std::time::Duration;
use tests_venue::Fault;
use tests_venue::account::OrderFault;

/// The market may be where an order is to wait by the time the order comes: then it is refused, and another is tried.
const TRIES: usize = 20;

struct Waiter {
    trader: Trader,
    contract: usize,
    stops: Stops,
    pause: Duration,
    placed: Vec<Order>,
}

impl Waiter {
    /// One that holds a position large enough for all that may reduce it.
    fn begin(venue: VenueId, symbols: &[&str], contract: usize) -> Self {
        let mut trader = Trader::begin(venue, symbols);
        let entry = trader.taker((contract, Side::Buy, OrderType::Limit));
        let entry = Order { qty: Lots(entry.qty.0 * 20), ..entry };
        trader.place(&entry);
        trader.until("the position", |trader| trader.filled(&entry) == entry.qty.0);
        let stops = venue.native().stops.expect("a venue that holds stops");
        // Two thirds of what is sent in ten seconds may be orders and their changes; Kraken Futures counts 30 of them.
        let pause = Duration::from_millis(if venue == VenueId::KrakenFutures { 1_600 } else { 900 });
        Self { trader, contract, stops, pause, placed: vec![entry] }
    }

    /// An exit that waits so far from the market, in thousandths of its price; not sooner than the venue's window lets three
    /// messages pass.
    fn exit(&mut self, order_type: OrderType, by: TriggerType, away: i64) -> Order {
        self.trader.run_for(self.pause);
        self.trader.until_ready();
        let usual = self.trader.resting(self.contract);
        let bid = self.trader.best(self.contract, Side::Buy).0;
        let away = if order_type.is_if_touched() { away } else { -away };
        let trigger = (bid * (1_000 + away) / 1_000).max(1);
        let px = if order_type.plain() == OrderType::Limit { Ticks(trigger * 99 / 100) } else { Ticks(0) };
        let (side, trigger_px, trigger_type) = (Side::Sell, Ticks(trigger), by);
        Order { order_type, side, px, trigger_px, trigger_type, reduce_only: true, ..usual }
    }

    fn stand(&mut self, order: &Order) {
        self.placed.push(*order);
        self.trader.stand(order);
    }

    fn check(mut self) {
        self.trader.run_for(Duration::from_millis(2_500));
        self.trader.check(&self.placed);
        assert_eq!(self.trader.gauges.positions_off.get(), 0);
    }

    /// Each type, by each price in turn, stands at its trigger, is changed where that can be done, and is withdrawn.
    fn stands_and_ends(&mut self) {
        for (order_type, by) in self.stops.order_types.iter().zip(self.stops.triggers.iter().cycle()) {
            let order = self.exit(*order_type, *by, 200);
            self.stand(&order);
            let there = self.trader.truth().open().next().cloned().expect("it stands");
            let trigger = there.waiting().expect("it waits");
            assert_eq!((trigger.px, trigger.rises), (order.trigger_px.0, order.rises()), "{order:?}");
            if self.stops.can_modify {
                self.is_changed(&order);
            }
            self.trader.withdraw(&order);
        }
    }

    fn is_changed(&mut self, order: &Order) {
        let (px, qty) = (Ticks(order.price().0 - 10), Lots(order.qty.0 * 2));
        self.trader.ask(order, RequestKind::Modify { px, qty });
        self.trader.until_told(order, ReplyKind::Updated { px, qty });
        let there = self.trader.truth().open().next().cloned().expect("it stands");
        let stands = there.px.or(there.trigger.map(|trigger| trigger.px));
        assert_eq!((stands, there.qty), (Some(px.0), qty.0), "{order:?}");
    }

    /// The market comes to it: it says that it was pulled, then what it fills.
    fn is_pulled(&mut self, order_type: OrderType) {
        for _ in 0..TRIES {
            let order = self.exit(order_type, self.stops.triggers[0], 0);
            let away = if order_type.is_if_touched() { 1 } else { -1 };
            let order = Order { trigger_px: Ticks(order.trigger_px.0 + away), ..order };
            self.trader.place(&order);
            self.trader.until("news", |trader| !trader.told(&order).is_empty());
            if let [ReplyKind::Rejected(_)] = self.trader.told(&order)[..] {
                continue;
            }
            self.placed.push(order);
            self.trader.until("the execution", |trader| trader.filled(&order) == order.qty.0);
            let told = self.trader.told(&order);
            assert_eq!(told[..2], [ReplyKind::Accepted, ReplyKind::Triggered], "{told:?}");
            return;
        }
        panic!("the market was always there before the order");
    }

    /// Its answer is lost, an error, or behind its pull; it is asked for by our id and found.
    fn loses_answers(&mut self) {
        let faults = [
            OrderFault::ReplyLost,
            OrderFault::Status { status: 503, acted: true },
            OrderFault::FillBeforeAck,
            OrderFault::Cut,
        ];
        for fault in faults {
            let order = self.exit(OrderType::StopMarket, self.stops.triggers[0], 200);
            self.trader.venue.inject(Fault::Order(fault));
            self.trader.place(&order);
            self.placed.push(order);
            self.trader.until(&format!("news in spite of {fault:?}"), |trader| !trader.told(&order).is_empty());
            self.trader.until_ready();
            if fault != OrderFault::FillBeforeAck {
                self.trader.withdraw(&order);
            }
        }
    }

    /// A cancel that crosses a pull.
    fn is_pulled_while_withdrawn(&mut self) {
        let order = self.exit(OrderType::StopMarket, self.stops.triggers[0], 200);
        self.stand(&order);
        self.trader.venue.inject(Fault::Order(OrderFault::CancelFillRace));
        self.trader.cancel(&order);
        self.trader.until("the execution", |trader| trader.filled(&order) == order.qty.0);
    }

    fn lives_through_all_of_it(mut self) {
        self.stands_and_ends();
        self.loses_answers();
        self.is_pulled_while_withdrawn();
        self.is_pulled(OrderType::StopMarket);
        self.is_pulled(OrderType::MarketIfTouched);
        self.check();
    }
}

#[test]
fn at_bybit_a_stop_waits_and_all_that_it_meets_is_known() {
    Waiter::begin(VenueId::Bybit, &["linear:BTCUSDT", "spot:BTCUSDT"], 0).lives_through_all_of_it();
}

#[test]
fn at_binance_a_stop_waits_beside_the_orders_and_all_that_it_meets_is_known() {
    Waiter::begin(VenueId::BinanceUsdm, &["BTCUSDT"], 0).lives_through_all_of_it();
}

#[test]
fn at_binance_coin_m_a_stop_is_entered_by_rest_and_all_that_it_meets_is_known() {
    Waiter::begin(VenueId::BinanceCoinm, &["BTCUSD_PERP"], 0).lives_through_all_of_it();
}

#[test]
fn at_deribit_a_stop_waits_and_becomes_another_order_and_all_that_it_meets_is_known() {
    Waiter::begin(VenueId::Deribit, &["BTC-PERPETUAL"], 0).lives_through_all_of_it();
}

#[test]
fn at_kraken_futures_a_stop_waits_and_becomes_another_order_and_all_that_it_meets_is_known() {
    Waiter::begin(VenueId::KrakenFutures, &["PF_XBTUSD"], 0).lives_through_all_of_it();
}

#[test]
fn at_hyperliquid_a_stop_waits_for_the_mark_and_all_that_it_meets_is_known() {
    Waiter::begin(VenueId::Hyperliquid, &["BTC"], 0).lives_through_all_of_it();
}

#[test]
fn at_bitget_a_stop_waits_beside_the_orders_and_what_it_became_is_found_by_its_past() {
    Waiter::begin(VenueId::Bitget, &["USDT-FUTURES:BTCUSDT", "SPOT:BTCUSDT"], 0).lives_through_all_of_it();
}

#[test]
fn at_gate_a_stop_waits_beside_the_orders_and_names_what_it_became() {
    Waiter::begin(VenueId::GateFutures, &["BTC_USDT"], 0).lives_through_all_of_it();
}

#[test]
fn at_okx_a_stop_waits_on_a_line_of_its_own_and_all_that_it_meets_is_known() {
    Waiter::begin(VenueId::Okx, &["BTC-USDT-SWAP"], 0).lives_through_all_of_it();
}
