//! Strategies as the rest of the engine sees them: events in, intents out, over real rings.

use super::*;
use engine_model::closeout::{Cause, Closeout};
use engine_model::instrument::{ContractKind, Grid, Instrument, InstrumentId, Name};
use engine_model::intent::{IntentKind, Seen};
use engine_model::market::{BookState, Level, MarketChange, Side, Stamp};
use engine_model::order::{ClientOrderId, Order, OrderEvent, OrderStatus, OrderType};
use engine_model::refusal::{Check, Refusal};
use engine_model::report::Liquidity;
use engine_model::units::{Lots, Quote, Ticks};
use engine_model::venue::RejectReason;
use engine_ring::ring::{Spec, ring};

const EPOCH: u32 = 7;
const MS: u64 = Nanos::MILLI;

/// Price and lot of 0.01: 1,000.00 is 100,000 ticks, and 1 lot there is worth 10.
fn instrument(id: u32, venue: VenueId, kind: ContractKind) -> Instrument {
    let name = |text| Name::new(text).expect("short");
    Instrument {
        id: InstrumentId(id),
        venue,
        symbol: name(if id == 2 { "YUSDT" } else { "XUSDT" }),
        base: name(if id == 2 { "Y" } else { "X" }),
        quote: name("USDT"),
        kind,
        grid: Grid { price_decimals: 2, tick_step: 1, qty_decimals: 2, lot_step: 1 },
        contract_size: 1,
        contract_decimals: 0,
        min_qty: Lots(1),
        max_qty: Lots(1_000_000),
        min_notional: Quote::whole(10),
    }
}

/// A strategy's name, the instrument it trades, its parameters.
type Seated<'a> = (&'a str, u32, &'a [(&'a str, i64)]);

/// A stage with the other ends of its rings. Instrument 0 is spot, 1 a linear contract of another venue.
pub(in crate::strategy) struct Floor {
    stage: StrategyStage,
    markets: Vec<Writer<MarketEvent>>,
    reports: Writer<Report>,
    intents: Reader<Intent>,
    orders: Vec<Order>,
    now_ms: u64,
    trades: u64,
}

impl Floor {
    pub(in crate::strategy) fn new(strategies: &[Seated<'_>], intent_depth: usize) -> Self {
        let made = strategies.iter().map(|&(name, instrument, params)| made(name, &[instrument], params));
        Self::of(made.collect(), intent_depth)
    }

    pub(in crate::strategy) fn of(mut strategies: Vec<Strategy>, intent_depth: usize) -> Self {
        let list = vec![
            instrument(0, VenueId::BinanceSpot, ContractKind::Spot),
            instrument(1, VenueId::BinanceUsdm, ContractKind::Linear),
            instrument(2, VenueId::BinanceUsdm, ContractKind::Linear),
        ];
        let spec = |name, depth| Spec { name, depth, readers: &["reader"], taps: &[] };
        let (mut readers, mut markets) = (Vec::new(), Vec::new());
        for venue in [VenueId::BinanceSpot, VenueId::BinanceUsdm] {
            let mut ends = ring(&spec("market", 1_024));
            markets.push(ends.writer("venue").expect("free"));
            readers.push((venue, ends.reader("reader").expect("granted")));
        }
        let (mut reports, mut intents) = (ring(&spec("report", 64)), ring(&spec("intent", intent_depth)));
        let instruments = Arc::new(Instruments::new(list));
        strategies.iter_mut().for_each(|strategy| strategy.sit(&instruments).expect("fits"));
        let stage = StrategyStage::new(
            strategies,
            EPOCH,
            instruments,
            readers,
            reports.reader("reader").expect("granted"),
            intents.writer("strategy").expect("free"),
            Time::Events,
        );
        let (reports, intents) =
            (reports.writer("execution").expect("free"), intents.reader("reader").expect("granted"));
        Self { stage, markets, reports, intents, orders: Vec::new(), now_ms: 0, trades: 0 }
    }

    /// Each strategy holds so many lots of instrument 0.
    pub(in crate::strategy) fn inheriting(mut self, lots: i64) -> Self {
        self.stage.host.players.iter_mut().for_each(|player| player.seat.account.inherit(InstrumentId(0), Lots(lots)));
        self
    }

    /// From now on events happen at that time.
    pub(in crate::strategy) fn at(&mut self, ms: u64) -> &mut Self {
        self.now_ms = ms;
        self
    }

    pub(in crate::strategy) fn market(&mut self, instrument: u32, change: MarketChange) -> &mut Self {
        let ring = instrument.min(1) as usize;
        let venue = VenueId::ALL[ring];
        let received_at_ns = Nanos(self.now_ms * MS);
        let at = Stamp { received_at_ns, instrument: InstrumentId(instrument), venue, ..Stamp::default() };
        self.markets[ring].try_publish(MarketEvent { at, change }).expect("room");
        self
    }

    pub(in crate::strategy) fn book(&mut self, instrument: u32, state: BookState) -> &mut Self {
        self.market(instrument, MarketChange::Book(state))
    }

    pub(in crate::strategy) fn top(&mut self, instrument: u32, bid: i64, ask: i64, imbalance_bps: i16) -> &mut Self {
        let level = |px| Level { px: Ticks(px), qty: Lots(50) };
        self.market(instrument, MarketChange::Top { bid: level(bid), ask: level(ask), imbalance_bps })
    }

    pub(in crate::strategy) fn trade(&mut self, instrument: u32, px: i64) -> &mut Self {
        self.trades += 1;
        let (qty, aggressor, trade_id) = (Lots(1), Side::Buy, self.trades);
        self.market(instrument, MarketChange::Trade { px: Ticks(px), qty, aggressor, trade_id })
    }

    /// Something happens to the order that was the `number`-th of its strategy.
    pub(in crate::strategy) fn report(
        &mut self,
        strategy: u8,
        number: u32,
        event: OrderEvent,
        status: OrderStatus,
    ) -> &mut Self {
        let id = ClientOrderId::new(strategy, EPOCH, number);
        let order = self.orders.iter().find(|order| order.client_order_id == id).expect("wished for before");
        let filled_qty = match event {
            OrderEvent::Filled { last_qty, .. } => last_qty,
            _ => Lots(0),
        };
        let report = Report {
            filled_qty,
            client_order_id: id,
            strategy: StrategyId(strategy),
            instrument: order.instrument,
            side: order.side,
            event,
            status,
            qty: order.qty,
            px: order.px,
            received_at_ns: Nanos(self.now_ms * MS),
            ..Report::default()
        };
        self.reports.try_publish(report).expect("room");
        self
    }

    /// A person asks that of a strategy.
    pub(in crate::strategy) fn steer(&mut self, strategy: u8, what: Steer) -> &mut Self {
        let (event, received_at_ns) = (OrderEvent::Steered(what), Nanos(self.now_ms * MS));
        let report = Report { strategy: StrategyId(strategy), event, received_at_ns, ..Report::default() };
        self.reports.try_publish(report).expect("room");
        self
    }

    pub(in crate::strategy) fn fill(&mut self, strategy: u8, number: u32, qty: i64, status: OrderStatus) -> &mut Self {
        let liquidity = Liquidity::Maker;
        let event =
            OrderEvent::Filled { trade_id: 1, last_px: Ticks(1), last_qty: Lots(qty), fee: Quote(0), liquidity };
        self.report(strategy, number, event, status)
    }

    /// Turns the crank until nothing is left, and reads what was wished for.
    pub(in crate::strategy) fn intents(&mut self) -> Vec<Intent> {
        while self.stage.poll() == Poll::Worked {}
        let mut read = Vec::new();
        self.intents.take(1_024, |_, intent| read.push(*intent));
        for intent in &read {
            if let IntentKind::Submit(order) | IntentKind::Hold(order) = intent.what {
                self.orders.push(order);
            }
        }
        read
    }

    /// The same, one line a wish: `1.2 buy 20 @ 100000`, `1.2 cancel`.
    pub(in crate::strategy) fn wishes(&mut self) -> Vec<String> {
        let id = |id: ClientOrderId| format!("{}.{}", id.strategy(), id.counter());
        let text = |what: &str, order: Order| {
            let side = if order.side == Side::Buy { "buy" } else { "sell" };
            format!("{} {what}{side} {} @ {}", id(order.client_order_id), order.qty.0, order.px.0)
        };
        let line = |intent: Intent| match intent.what {
            IntentKind::Cancel(order) => format!("{} cancel", id(order)),
            IntentKind::Expire(order) => format!("{} expire", id(order)),
            IntentKind::Modify(change) => {
                format!("{} change to {} @ {}", id(change.client_order_id), change.qty.0, change.px.0)
            }
            IntentKind::Submit(order) => text("", order),
            IntentKind::Hold(order) => text("hold ", order),
            IntentKind::Release(order) => text("release ", order),
        };
        self.intents().into_iter().map(line).collect()
    }

    pub(in crate::strategy) fn order(&self, number: usize) -> Order {
        self.orders[number]
    }

    /// All that the strategies are and remember, as one number.
    pub(in crate::strategy) fn state(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        self.stage.digest(&mut hasher);
        hasher.finalize().into()
    }

    pub(in crate::strategy) fn stage(&self) -> &StrategyStage {
        &self.stage
    }
}

/// A strategy of the catalogue.
pub(in crate::strategy) fn made(name: &str, instruments: &[u32], params: &[(&str, i64)]) -> Strategy {
    let ids: Vec<_> = instruments.iter().copied().map(InstrumentId).collect();
    let params: Vec<_> = params.iter().map(|&(name, value)| (name.to_owned(), value)).collect();
    Strategy::new(name, &ids, &params).expect("good parameters")
}

pub(in crate::strategy) fn denied() -> OrderEvent {
    OrderEvent::Denied(Refusal::new(Check::PriceCollar, 300, 200))
}

pub(in crate::strategy) fn would_take() -> OrderEvent {
    OrderEvent::Rejected(RejectReason::PostOnlyWouldTake)
}

/// A maker without leans, so that its quotes are the touch.
const PLAIN: &[(&str, i64)] = &[("imbalance_skew_ticks", 0), ("inventory_skew_ticks", 0)];

#[test]
fn an_intent_says_who_why_and_how_far_its_author_had_read() {
    let mut floor = Floor::new(&[("rsi_macd", 0, &[]), ("imbalance_maker", 1, PLAIN)], 64);
    floor.at(1_000).trade(0, 99_000).book(1, BookState::Synced);
    floor.at(1_001).top(1, 100_000, 100_010, 0);
    let intents = floor.intents();
    assert_eq!(intents.len(), 2);
    for (number, intent) in intents.iter().enumerate() {
        assert_eq!((intent.strategy, intent.caused_at_ns), (StrategyId(2), Nanos(1_001 * MS)));
        assert_eq!(intent.seen, Seen { market: [1, 2, 0, 0, 0, 0, 0, 0], report: 0 });
        assert_eq!(floor.order(number).client_order_id, ClientOrderId::new(2, EPOCH, number as u32 + 1));
    }
    floor.at(1_100).fill(2, 1, 20, OrderStatus::Filled);
    assert_eq!(floor.intents(), [], "the maker rests");
    floor.at(2_251).top(1, 100_000, 100_010, 5);
    let intents = floor.intents();
    assert_eq!(intents[0].seen, Seen { market: [1, 3, 0, 0, 0, 0, 0, 0], report: 1 });
}

#[test]
fn a_full_intent_ring_refuses_and_uses_up_no_order_id() {
    let mut floor = Floor::new(&[("imbalance_maker", 1, PLAIN)], 2);
    floor.at(1_000).book(1, BookState::Synced).top(1, 100_000, 100_010, 0);
    assert_eq!(floor.wishes(), ["1.1 buy 20 @ 100000", "1.2 sell 19 @ 100010"]);
    // Both quotes must move; the ring takes two wishes, which nobody reads before the third and fourth.
    floor.at(1_250).top(1, 100_100, 100_110, 0);
    while floor.stage.poll() == Poll::Worked {}
    floor.at(1_251).report(1, 1, OrderEvent::Canceled, OrderStatus::Canceled);
    floor.report(1, 2, OrderEvent::Canceled, OrderStatus::Canceled);
    while floor.stage.poll() == Poll::Worked {}
    floor.at(1_500).top(1, 100_100, 100_110, 9);
    while floor.stage.poll() == Poll::Worked {}
    assert_eq!(floor.stage().counters().refused.get(), 2);
    assert_eq!(floor.wishes().len(), 2);
    floor.at(4_000).top(1, 100_100, 100_110, 0);
    assert_eq!(floor.wishes(), ["1.3 buy 19 @ 100100", "1.4 sell 19 @ 100110"]);
    assert_eq!(floor.stage().counters().intents.get(), 6);
}

#[test]
fn a_strategy_hears_only_of_its_instruments_and_its_orders() {
    let mut floor = Floor::new(&[("imbalance_maker", 1, PLAIN), ("imbalance_maker", 1, PLAIN)], 64);
    floor.at(1_000).book(0, BookState::Synced).top(0, 100_000, 100_010, 0);
    assert_eq!(floor.wishes(), Vec::<String>::new());
    floor.book(1, BookState::Synced).top(1, 100_000, 100_010, 0);
    assert_eq!(floor.wishes().len(), 4);
    floor.at(1_100).fill(1, 1, 20, OrderStatus::Filled);
    floor.intents();
    let positions: Vec<_> = floor.stage().accounts().map(|(_, account)| account.position(InstrumentId(1))).collect();
    assert_eq!(positions, [Lots(20), Lots(0)]);
}

#[test]
fn timers_run_on_the_time_of_events_and_never_twice_for_one_period() {
    let mut floor = Floor::new(&[("imbalance_maker", 1, PLAIN)], 64);
    let timers = |floor: &mut Floor| {
        floor.intents();
        floor.stage().counters().timers.get()
    };
    floor.at(1_000).trade(0, 1);
    assert_eq!(timers(&mut floor), 1);
    floor.at(1_249).trade(0, 1).at(900).trade(1, 1);
    assert_eq!(timers(&mut floor), 1, "time does not go back");
    floor.at(1_250).trade(0, 1);
    assert_eq!(timers(&mut floor), 2);
    floor.at(60_000).trade(0, 1).trade(0, 1);
    assert_eq!(timers(&mut floor), 3, "a long silence is one call");
}

#[test]
fn an_event_that_comes_late_is_handled_now_and_remembered_as_what_it_is() {
    let mut floor = Floor::new(&[("imbalance_maker", 1, PLAIN)], 64);
    floor.at(1_000).book(1, BookState::Synced).top(1, 100_000, 100_010, 0);
    assert_eq!(floor.intents().len(), 2);
    floor.at(1_260).trade(0, 1).at(1_100).top(1, 100_100, 100_110, 0);
    let caused: Vec<_> = floor.intents().iter().map(|intent| intent.caused_at_ns).collect();
    assert_eq!(caused, [Nanos(1_100 * MS); 2], "the maker's rest was over at 1250");
}

#[test]
fn with_a_clock_timers_run_while_nothing_happens() {
    let (clock, mut hand) = Clock::manual();
    let mut floor = Floor::new(&[("imbalance_maker", 1, PLAIN)], 64);
    floor.stage.time = Time::Clock(clock);
    hand.set(1_000 * MS);
    assert_eq!(floor.stage.poll(), Poll::Idle);
    hand.set(1_300 * MS);
    assert_eq!(floor.stage.poll(), Poll::Idle);
    assert_eq!(floor.stage().counters().timers.get(), 2);
}

#[test]
fn what_the_venue_closes_is_taken_from_those_who_held_it() {
    let maker: &[(&str, i64)] = &[];
    let mut floor = Floor::new(&[("imbalance_maker", 1, maker), ("imbalance_maker", 1, maker)], 64);
    let mut publish = |strategy, side, event| {
        let (strategy, instrument) = (StrategyId(strategy), InstrumentId(1));
        let report = Report { strategy, instrument, side, event, status: OrderStatus::Filled, ..Report::default() };
        floor.reports.try_publish(report).expect("room");
    };
    let liquidity = Liquidity::Taker;
    let bought =
        |qty| OrderEvent::Filled { trade_id: 1, last_px: Ticks(1), last_qty: Lots(qty), fee: Quote(0), liquidity };
    publish(1, Side::Buy, bought(9));
    publish(2, Side::Buy, bought(3));
    let closeout = Closeout { px: Ticks(1), qty: Lots(8), ..Closeout::default() };
    publish(0, Side::Sell, OrderEvent::ClosedOut(closeout));
    // A fee in coins is its payer's alone.
    publish(2, Side::Sell, OrderEvent::ClosedOut(Closeout { cause: Cause::CoinFee, qty: Lots(1), ..closeout }));
    floor.intents();
    let held: Vec<i64> = floor.stage().accounts().map(|(_, account)| account.position(InstrumentId(1)).0).collect();
    assert_eq!(held, [3, 0]);
}

/// Each of two strategies has a stop that was let go and denied for a moment: both would come again.
#[test]
fn a_withdrawal_gives_up_what_would_come_again_of_whom_it_means_and_of_nobody_else() {
    let busy = OrderEvent::Denied(Refusal::new(Check::MessageRate, 1, 0));
    let (one, other) = ("1.2 sell 20 @ 0", "2.2 sell 20 @ 0");
    for (number, what, comes) in [
        (1, Steer::Withdraw, vec![other]),
        (2, Steer::Withdraw, vec![one]),
        (0, Steer::Withdraw, vec![]),
        (1, Steer::Stop, vec![other]),
        (2, Steer::Stop, vec![one]),
    ] {
        let mut floor = Floor::new(&[("sma_cross", 0, &[]), ("sma_cross", 0, &[])], 64);
        let Host { players, floor: seen, .. } = &mut floor.stage.host;
        for player in players.iter_mut() {
            let (order_type, side, trigger_px) = (OrderType::StopMarket, Side::Sell, Ticks(99_000));
            let order = Order { order_type, side, trigger_px, qty: Lots(20), ..Order::default() };
            player.seat.context(seen, Nanos(0)).submit(order).expect("room");
        }
        assert_eq!(floor.at(1_000).wishes().len(), 2);
        assert_eq!(floor.trade(0, 98_000).wishes(), ["1.1 release sell 20 @ 0", "2.1 release sell 20 @ 0"]);
        floor.report(1, 1, busy, OrderStatus::Denied).report(2, 1, busy, OrderStatus::Denied);
        floor.steer(number, what).at(20_000).trade(0, 98_000);
        assert_eq!(floor.wishes(), comes, "{number} {what:?}");
    }
}
