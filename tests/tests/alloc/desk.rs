//! A strategy's desk asks for no memory once it is there: brackets that are entered, grow, are stopped or take their profit,
//! icebergs slice after slice, trailing stops that follow, orders of every algorithm, over and over.

use engine_core::strategy::seat::{Floor, Seat};
use engine_model::algorithm::{Algorithm, Manner, PegTo, Profile, Work};
use engine_model::instrument::{ContractKind, Grid, Instrument, InstrumentId, Instruments, Name};
use engine_model::intent::{IntentKind, StrategyId};
use engine_model::market::{BookState, Level, MarketChange, MarketEvent, Side, Stamp};
use engine_model::order::{Contingency, Order, OrderEvent, OrderStatus, OrderType, Progress, TriggerType};
use engine_model::report::Report;
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use engine_model::venue::VenueId;
use engine_ring::alloc_guard::AllocGuard;
use engine_ring::ring::{Reader, Spec, ring};
use std::sync::Arc;

const US: StrategyId = StrategyId(1);
const OF: InstrumentId = InstrumentId(0);

fn instruments() -> Instruments {
    let name = |text| Name::new(text).expect("short");
    Instruments::new(vec![Instrument {
        id: OF,
        venue: VenueId::BinanceUsdm,
        symbol: name("BTCUSDT"),
        base: name("BTC"),
        quote: name("USDT"),
        kind: ContractKind::Linear,
        grid: Grid { price_decimals: 1, tick_step: 1, qty_decimals: 3, lot_step: 1 },
        contract_size: 1,
        contract_decimals: 0,
        min_qty: Lots(1),
        max_qty: Lots(1_000_000),
        min_notional: Quote::whole(5),
    }])
}

/// Every algorithm but the iceberg, which is an order's own word.
fn works() -> [Work; 6] {
    let (duration_ms, slices) = (4_000, 4);
    let profile = Profile::new(&[5_000, 5_000]).expect("whole");
    [
        Algorithm::Twap { duration_ms, slices },
        Algorithm::Vwap { duration_ms, slices, profile },
        Algorithm::Shortfall { duration_ms, slices, urgency_centi: 100 },
        Algorithm::Pov { participation_bps: 10_000, duration_ms: 0 },
        Algorithm::Sniper { shown_min: Lots(1) },
        Algorithm::Peg { to: PegTo::Own, offset_ticks: 0, reprice_ticks: 1 },
    ]
    .map(|algorithm| Work::new(algorithm, Manner::default()).expect("in range"))
}

/// A desk whose every order is filled at once and whole, and every withdrawal obeyed.
struct Obeyed {
    seat: Seat,
    floor: Floor,
    intents: Reader<engine_model::intent::Intent>,
    fills: u64,
    /// The orders that are worked in parts, and what was filled of them.
    worked: Vec<(Order, i64)>,
    works: [Work; 6],
}

impl Obeyed {
    fn new() -> Self {
        let mut ends = ring(&Spec { name: "intent", depth: 256, readers: &["risk"], taps: &[] });
        let intents = ends.reader("risk").expect("free");
        let floor = Floor::new(Arc::new(instruments()), ends.writer("strategy").expect("free"));
        Self { seat: Seat::new(US, 1, 1), floor, intents, fills: 0, worked: Vec::with_capacity(16), works: works() }
    }

    fn market(&mut self, change: MarketChange) {
        let at = Stamp { instrument: OF, venue: VenueId::BinanceUsdm, ..Stamp::default() };
        let event = MarketEvent { at, change };
        self.floor.fold(&event);
        let prices = self.floor.prices(&event);
        self.seat.on_market(&mut self.floor, &prices, &event);
        self.answer();
    }

    /// Carries out what is wished for, until nothing is.
    fn answer(&mut self) {
        loop {
            let mut wish = None;
            self.intents.take(1, |_, intent| wish = Some(intent.what));
            match wish {
                None => return,
                Some(IntentKind::Hold(order)) => {
                    if let Contingency::Primary(_) = order.contingency {
                        self.worked.push((order, 0));
                    }
                    self.tell(&order, OrderEvent::Emulated, OrderStatus::Emulated, 0);
                }
                Some(IntentKind::Submit(order) | IntentKind::Release(order)) => {
                    self.tell(&order, OrderEvent::Accepted, OrderStatus::Accepted, 0);
                    // Targets rest far away; all else is taken.
                    if order.px.0 < 700_000 {
                        self.fill(&order);
                    }
                }
                Some(IntentKind::Cancel(client_order_id) | IntentKind::Expire(client_order_id)) => {
                    let order = Order { client_order_id, qty: Lots(10), ..Order::default() };
                    self.tell(&order, OrderEvent::Canceled, OrderStatus::Canceled, 0);
                }
                Some(IntentKind::Modify(_)) => {}
            }
        }
    }

    fn fill(&mut self, order: &Order) {
        self.fills += 1;
        let (last_qty, liquidity) = (order.qty, Default::default());
        let event =
            OrderEvent::Filled { trade_id: self.fills, last_px: Ticks(600_000), last_qty, fee: Quote(0), liquidity };
        self.tell(order, event, OrderStatus::Filled, order.qty.0);
        let of = |(primary, _): &&mut (Order, i64)| primary.client_order_id.counter() == order.parent;
        let Some((primary, filled)) = self.worked.iter_mut().find(of) else { return };
        *filled += order.qty.0;
        let (primary, filled) = (*primary, *filled);
        let is_whole = filled == primary.qty.0;
        let status = if is_whole { OrderStatus::Filled } else { OrderStatus::Emulated };
        if is_whole {
            self.worked.retain(|(known, _)| known.client_order_id != primary.client_order_id);
        }
        self.tell(&primary, OrderEvent::Worked(Progress { last_qty, ..Progress::default() }), status, filled);
    }

    fn tell(&mut self, order: &Order, event: OrderEvent, status: OrderStatus, filled: i64) {
        let Order { client_order_id, side, qty, px, .. } = *order;
        let (strategy, instrument, filled_qty) = (US, OF, Lots(filled));
        let report = Report {
            client_order_id,
            strategy,
            instrument,
            side,
            event,
            status,
            qty,
            px,
            filled_qty,
            ..Report::default()
        };
        self.seat.on_report(&mut self.floor, &report);
    }

    fn round(&mut self) {
        let limit = |side, px| Order { instrument: OF, side, px: Ticks(px), qty: Lots(10), ..Order::default() };
        let by = TriggerType::LastPrice;
        let waits = |order_type| Order { order_type, px: Ticks(0), trigger_type: by, ..limit(Side::Sell, 0) };
        let stop = Order { trigger_px: Ticks(590_000), ..waits(OrderType::StopMarket) };
        let trailing = Order { trailing_offset: 100, ..waits(OrderType::TrailingStopMarket) };
        let mut context = self.seat.context(&mut self.floor, Nanos(0));
        let children = [limit(Side::Sell, 700_000), stop];
        context.submit_with_children(limit(Side::Buy, 600_000), Contingency::Ouo, &children).expect("room");
        context.submit(Order { display_qty: Lots(3), ..limit(Side::Buy, 600_000) }).expect("room");
        context.submit(trailing).expect("room");
        for work in &self.works {
            context.work(limit(Side::Buy, 600_002), work).expect("room");
        }
        self.answer();
        for px in [600_000, 600_050, 600_020, 599_000, 589_000] {
            let (px, qty, aggressor) = (Ticks(px), Lots(2), Side::Sell);
            self.market(MarketChange::Trade { px, qty, aggressor, trade_id: 0 });
        }
        // Schedules go on with the time, what pauses begins again.
        for _ in 0..20 {
            self.floor.now = self.floor.now.plus(250 * Nanos::MILLI);
            self.seat.on_time(&mut self.floor);
            self.answer();
        }
        assert_eq!(self.seat.desk().followed(), 0, "every round ends with nothing left");
        assert!(self.seat.account().working().is_empty());
    }
}

#[test]
fn a_desk_at_work_allocates_nothing() {
    let mut desk = Obeyed::new();
    desk.market(MarketChange::Book(BookState::Synced));
    let level = |px| Level { px: Ticks(px), qty: Lots(5) };
    desk.market(MarketChange::Top { bid: level(600_000), ask: level(600_001), imbalance_bps: 0 });
    desk.round();
    let guard = AllocGuard::arm().expect("this process counts");
    for _ in 0..5_000 {
        desk.round();
    }
    assert_eq!(guard.disarm(), 0);
    // Entry, stop, four slices, trailing stop; three schedules of four, three by volume, two as shown, one that rests.
    assert_eq!(desk.fills, 5_001 * (7 + 3 * 4 + 3 + 2 + 1));
}
