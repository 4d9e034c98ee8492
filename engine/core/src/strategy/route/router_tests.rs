//! One wish over venues that fill, fill in part, refuse, and keep silent.

use super::router::{DOUBT_NS, LeftOut, RouteFault, Router, Wish};
use crate::strategy::seat::{Floor, Seat};
use crate::test_random::Random;
use engine_model::instrument::{ContractKind, Grid, Instrument, InstrumentId, Instruments, Name};
use engine_model::intent::{Intent, IntentKind, StrategyId};
use engine_model::market::{BookState, Level, MarketChange, MarketEvent, Side, Stamp};
use engine_model::order::{Contingency, Order, OrderEvent, OrderStatus, TimeInForce};
use engine_model::refusal::{Check, Refusal};
use engine_model::report::{Liquidity, Report};
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use engine_model::venue::{RejectReason, VenueId};
use engine_ring::ring::{Reader, Spec, ring};
use std::sync::Arc;

/// Fees in millionths: dear, cheap, dearest.
const FEES: [i64; 3] = [1_000, 400, 2_000];
const VENUES: [VenueId; 3] = [VenueId::BinanceSpot, VenueId::Okx, VenueId::Coinbase];

/// BTC for USDT: lots of 0.001, and of 0.0001 at the second venue, ticks of 0.1, and of 0.01 there; orders of 5 dollars.
fn instruments() -> Vec<Instrument> {
    let name = |text| Name::new(text).expect("short");
    let of = |(id, venue): (usize, VenueId)| {
        let finer = i64::from(id == 1) as u8;
        Instrument {
            id: InstrumentId(id as u32),
            venue,
            symbol: name("BTCUSDT"),
            base: name("BTC"),
            quote: name("USDT"),
            kind: ContractKind::Spot,
            grid: Grid { price_decimals: 1 + finer, tick_step: 1, qty_decimals: 3 + finer, lot_step: 1 },
            contract_size: 1,
            contract_decimals: 0,
            min_qty: Lots(1),
            max_qty: Lots(1_000_000),
            min_notional: Quote::whole(5),
        }
    };
    VENUES.into_iter().enumerate().map(of).collect()
}

struct Rig {
    floor: Floor,
    seat: Seat,
    router: Router,
    intents: Reader<Intent>,
    sent: Vec<Order>,
}

impl Rig {
    fn new() -> Self {
        let list = instruments();
        let mut ends = ring(&Spec { name: "intent", depth: 1_024, readers: &["risk"], taps: &[] });
        let mut floor = Floor::new(Arc::new(Instruments::new(list.clone())), ends.writer("strategy").expect("free"));
        floor.taker_fees_ppm.copy_from_slice(&FEES);
        let (seat, intents) = (Seat::new(StrategyId(1), 7, list.len()), ends.reader("risk").expect("granted"));
        Self { floor, seat, router: Router::new(&list).expect("one pair"), intents, sent: Vec::new() }
    }

    fn tell(&mut self, id: u32, change: MarketChange) {
        let at = Stamp { instrument: InstrumentId(id), received_at_ns: self.floor.now, ..Stamp::default() };
        self.floor.fold(&MarketEvent { at, change });
    }

    /// Ten lots at the ask, and a lot at the bid.
    fn top(&mut self, id: u32, ask: i64) -> &mut Self {
        self.tell(id, MarketChange::Book(BookState::Synced));
        let level = |px, qty| Level { px: Ticks(px), qty: Lots(qty) };
        self.tell(id, MarketChange::Top { bid: level(ask - 1, 1), ask: level(ask, 10), imbalance_bps: 0 });
        self
    }

    fn call<T>(&mut self, what: impl FnOnce(&mut Router, &mut crate::strategy::context::Context<'_>) -> T) -> T {
        let now = self.floor.now;
        let told = what(&mut self.router, &mut self.seat.context(&mut self.floor, now));
        let sent = &mut self.sent;
        self.intents.take(64, |_, intent| match intent.what {
            IntentKind::Submit(order) => sent.push(order),
            other => panic!("{other:?}"),
        });
        told
    }

    fn buy(&mut self, qty: i64) -> Vec<Order> {
        let until = self.floor.now.plus(60 * Nanos::SECOND);
        let wish = Wish { side: Side::Buy, like: InstrumentId(0), qty: Lots(qty), worst: Ticks(0), until };
        assert!(self.call(|router, context| router.take(context, wish)));
        std::mem::take(&mut self.sent)
    }

    /// What is sent once a market event came.
    fn route(&mut self) -> Vec<Order> {
        self.call(Router::route);
        std::mem::take(&mut self.sent)
    }

    fn report(&mut self, order: &Order, event: OrderEvent, status: OrderStatus) -> Vec<Order> {
        let report = Report {
            client_order_id: order.client_order_id,
            strategy: StrategyId(1),
            instrument: order.instrument,
            side: order.side,
            event,
            status,
            qty: order.qty,
            received_at_ns: self.floor.now,
            ..Report::default()
        };
        self.seat.on_report(&mut self.floor, &report);
        self.call(|router, context| router.on_report(context, &report));
        std::mem::take(&mut self.sent)
    }

    fn fill(&mut self, order: &Order, qty: i64, status: OrderStatus) -> Vec<Order> {
        let (last_px, last_qty, fee, liquidity) = (order.px, Lots(qty), Quote(0), Liquidity::Taker);
        self.report(order, OrderEvent::Filled { trade_id: 1, last_px, last_qty, fee, liquidity }, status)
    }

    fn left_out(&mut self) -> Vec<(u32, LeftOut)> {
        self.call(|router, context| router.left_out(context).map(|(id, why)| (id.0, why)).collect())
    }
}

fn parts(orders: &[Order]) -> Vec<(u32, i64, i64)> {
    orders.iter().map(|order| (order.instrument.0, order.qty.0, order.px.0)).collect()
}

#[test]
fn a_wish_goes_where_it_is_cheapest_after_fees_and_its_parts_know_of_each_other() {
    let mut rig = Rig::new();
    // 60,000.0 and 10 bps, 60,020.00 and 4 bps, 59,970.0 and 20 bps: 60,060.0, 60,044.008 and 60,089.94.
    rig.top(0, 600_000).top(1, 6_002_000).top(2, 599_700);
    let sent = rig.buy(9);
    // The second has 10 lots of a tenth: a whole lot, and the first has the rest.
    assert_eq!(parts(&sent), [(0, 8, 600_000), (1, 10, 6_002_000)]);
    let [first, second] = [sent[0], sent[1]];
    assert_eq!((first.parent, first.contingency), (0, Contingency::None));
    assert_eq!((second.parent, second.contingency), (first.client_order_id.counter(), Contingency::Spawned));
    assert!(sent.iter().all(|order| order.time_in_force == TimeInForce::Ioc));
    assert_eq!(rig.left_out(), [(0, LeftOut::Asked), (1, LeftOut::Asked)]);
    assert!(
        rig.fill(&first, 8, OrderStatus::Filled).is_empty() && rig.fill(&second, 10, OrderStatus::Filled).is_empty()
    );
    assert_eq!(rig.router.filled(InstrumentId(0)), Lots(9));
    assert!(rig.router.is_over(rig.floor.now));
}

#[test]
fn depth_behind_the_top_is_taken_where_it_is_still_cheaper() {
    let mut rig = Rig::new();
    rig.top(0, 600_000).top(1, 6_002_000);
    // 400 more tenths within 1 bp of 60,020.00, at most 60,026.00: 60,050.01 with fees, before 60,060.0.
    let qty = [410, 410, 410, 410, 410, 410, 410];
    rig.tell(1, MarketChange::Depth { side: Side::Sell, qty, px: Ticks(6_002_000) });
    assert_eq!(parts(&rig.buy(45)), [(0, 4, 600_000), (1, 410, 6_002_600)]);
}

#[test]
fn what_a_venue_rejects_or_does_not_fill_is_routed_again_elsewhere() {
    let mut rig = Rig::new();
    rig.top(0, 600_000).top(1, 6_002_000).top(2, 600_000);
    let sent = rig.buy(9);
    assert_eq!(parts(&sent), [(0, 8, 600_000), (1, 10, 6_002_000)]);
    let rejected = OrderEvent::Rejected(RejectReason::InsufficientFunds);
    let again = rig.report(&sent[0], rejected, OrderStatus::Rejected);
    assert_eq!(parts(&again), [(2, 8, 600_000)], "the next best");
    assert!(rig.fill(&sent[1], 4, OrderStatus::PartiallyFilled).is_empty(), "the rest of it is still on its way");
    rig.report(&sent[1], OrderEvent::Canceled, OrderStatus::Canceled);
    rig.fill(&again[0], 8, OrderStatus::Filled);
    let reject = LeftOut::Rejected(RejectReason::InsufficientFunds);
    assert_eq!(rig.left_out(), [(0, reject), (1, LeftOut::NoNews)]);
    assert!(rig.top(1, 6_002_050).route().is_empty(), "it may still be told that it was filled");
    rig.floor.now = Nanos(DOUBT_NS - 1);
    assert!(rig.top(1, 6_002_060).route().is_empty());
    rig.floor.now = Nanos(DOUBT_NS);
    assert_eq!(parts(&rig.top(1, 6_002_100).route()), [(1, 6, 6_002_100)]);
}

#[test]
fn a_fill_that_is_told_behind_the_end_of_its_order_takes_its_part_of_the_wish() {
    let mut rig = Rig::new();
    rig.top(1, 6_002_000);
    let sent = rig.buy(1);
    assert_eq!(parts(&sent), [(1, 10, 6_002_000)]);
    rig.report(&sent[0], OrderEvent::Canceled, OrderStatus::Canceled);
    rig.floor.now = Nanos(Nanos::SECOND);
    rig.fill(&sent[0], 7, OrderStatus::Canceled);
    rig.floor.now = Nanos(DOUBT_NS);
    assert_eq!(parts(&rig.top(1, 6_002_100).route()), [(1, 3, 6_002_100)], "and the rest is routed in its time");
}

#[test]
fn who_is_left_out_is_named_and_asked_again_when_it_is_back() {
    let mut rig = Rig::new();
    rig.floor.now = Nanos(10 * Nanos::SECOND);
    rig.top(0, 600_000);
    rig.tell(1, MarketChange::Book(BookState::Lost));
    let halted = OrderEvent::Denied(Refusal::new(Check::TradingState, 0, 0));
    let sent = rig.buy(20);
    assert_eq!(parts(&sent), [(0, 10, 600_000)]);
    rig.report(&sent[0], halted, OrderStatus::Denied);
    let lost = (1, LeftOut::NotSynced(BookState::Lost));
    let never = (2, LeftOut::NotSynced(BookState::Waiting));
    assert_eq!(rig.left_out(), [(0, LeftOut::Denied(Check::TradingState)), lost, never]);
    rig.floor.now = Nanos(11 * Nanos::SECOND - 1);
    rig.top(0, 600_000);
    assert!(rig.route().is_empty());
    rig.floor.now = Nanos(11 * Nanos::SECOND);
    rig.top(0, 600_001);
    assert_eq!(parts(&rig.route()), [(0, 10, 600_001)]);
    rig.floor.now = Nanos(12 * Nanos::SECOND + 1);
    rig.top(1, 6_000_000);
    assert_eq!(rig.left_out(), [(0, LeftOut::Asked), never]);
    rig.floor.now = Nanos(13 * Nanos::SECOND + 2);
    assert_eq!(rig.left_out(), [(0, LeftOut::Asked), (1, LeftOut::Stale(Nanos::SECOND + 1)), never]);
}

#[test]
fn beyond_the_worst_price_nothing_is_taken_and_after_its_time_nothing_is_sent() {
    let mut rig = Rig::new();
    rig.top(0, 600_001).top(1, 6_000_000);
    let wish = Wish { side: Side::Buy, like: InstrumentId(0), qty: Lots(9), worst: Ticks(600_000), until: Nanos(9) };
    assert!(rig.call(|router, context| router.take(context, wish)));
    assert_eq!(parts(&std::mem::take(&mut rig.sent)), [(1, 10, 6_000_000)], "60,000.1 is beyond");
    assert!(!rig.call(|router, context| router.take(context, wish)), "one wish at a time");
    rig.floor.now = Nanos(9);
    assert!(rig.top(0, 600_000).route().is_empty());
    assert!(!rig.router.is_over(Nanos(9)), "what is on its way is not over");
}

#[test]
fn instruments_that_are_not_one_pair_are_refused_by_name() {
    let list = instruments();
    let fault = |list: &[Instrument]| Router::new(list).expect_err("no pair");
    let other = Instrument { base: Name::new("ETH").expect("short"), ..list[1] };
    let inverse = Instrument { kind: ContractKind::Inverse, ..list[1] };
    assert_eq!(fault(&[]), RouteFault::Count(0));
    assert_eq!(fault(&[list[0], other]), RouteFault::Other(InstrumentId(1)));
    assert_eq!(fault(&[list[0], inverse]), RouteFault::Inverse(InstrumentId(1)));
    let fine = Instrument { grid: Grid { qty_decimals: 200, ..list[1].grid }, ..list[1] };
    assert_eq!(fault(&[list[0], fine]), RouteFault::TooFine(InstrumentId(0)));
}

/// An order as its venue sees it.
struct Open {
    order: Order,
    filled: i64,
}

#[test]
fn whatever_venues_do_their_fills_never_sum_to_more_than_the_wish() {
    let (mut wholly, mut children, mut late) = (0, 0, 0);
    for seed in 0..600 {
        let mut random = Random::new(seed);
        let mut rig = Rig::new();
        rig.top(0, 600_000).top(1, 6_000_000).top(2, 600_000);
        let wish = random.within(1, 60);
        let mut open: Vec<Open> = rig.buy(wish).into_iter().map(|order| Open { order, filled: 0 }).collect();
        let mut filled_tenths = 0;
        let mut gone: Vec<(Open, Nanos)> = Vec::new();
        let tenths = |order: &Order, lots: i64| if order.instrument.0 == 1 { lots } else { lots * 10 };
        for _ in 0..80 {
            rig.floor.now = rig.floor.now.plus(random.below(400) * Nanos::MILLI);
            let id = random.below(3) as u32;
            let px = if id == 1 { 6_000_000 + random.within(-900, 900) } else { 600_000 + random.within(-90, 90) };
            let mut sent = rig.top(id, px).route();
            if !open.is_empty() && random.once_in(2) {
                let at = random.below(open.len() as u64) as usize;
                let Open { order, filled } = &mut open[at];
                let (order, left) = (*order, order.qty.0 - *filled);
                let (event, status) = match random.below(4) {
                    0 if *filled == 0 => (OrderEvent::Rejected(RejectReason::Other), OrderStatus::Rejected),
                    1 => (OrderEvent::Canceled, OrderStatus::Canceled),
                    _ => {
                        let last_qty = random.within(1, left);
                        *filled += last_qty;
                        filled_tenths += tenths(&order, last_qty);
                        let status = if last_qty == left { OrderStatus::Filled } else { OrderStatus::PartiallyFilled };
                        let (last_px, last_qty, fee, liquidity) =
                            (order.px, Lots(last_qty), Quote(0), Liquidity::Taker);
                        (OrderEvent::Filled { trade_id: 1, last_px, last_qty, fee, liquidity }, status)
                    }
                };
                if status.is_terminal() {
                    let open = open.remove(at);
                    gone.extend((status == OrderStatus::Canceled).then_some((open, rig.floor.now)));
                }
                sent.extend(rig.report(&order, event, status));
            }
            gone.retain(|(open, at)| open.filled < open.order.qty.0 && rig.floor.now.since(*at) < DOUBT_NS);
            if !gone.is_empty() && random.once_in(4) {
                // A fill is told behind the end of its order.
                let at = random.below(gone.len() as u64) as usize;
                let Open { order, filled } = &mut gone[at].0;
                let last_qty = random.within(1, order.qty.0 - *filled);
                *filled += last_qty;
                filled_tenths += tenths(order, last_qty);
                let order = *order;
                sent.extend(rig.fill(&order, last_qty, OrderStatus::Canceled));
                late += 1;
            }
            children += sent.len();
            open.extend(sent.into_iter().map(|order| Open { order, filled: 0 }));
            let asked: i64 = open.iter().map(|open| tenths(&open.order, open.order.qty.0 - open.filled)).sum();
            assert!(filled_tenths + asked <= wish * 10, "seed {seed}: {filled_tenths} and {asked} of {}", wish * 10);
        }
        wholly += u64::from(filled_tenths == wish * 10);
        assert_eq!(rig.router.filled(InstrumentId(1)), Lots(filled_tenths), "seed {seed}");
    }
    assert!(
        wholly > 150 && children > 1_500 && late > 200,
        "{wholly} of 600 were filled, by {children} orders after the first, {late} fills were late"
    );
}
