//! One wish over two paper venues with different fees: depth told by their books, orders matched by their matching.

use super::fixture::{MS, instrument, level};
use super::{Fees, Latency, PaperConfig, PaperMarket};
use engine_core::market::Market;
use engine_core::strategy::route::router::{LeftOut, Router, Wish};
use engine_core::strategy::seat::{Floor, Seat};
use engine_model::instrument::{Instrument, InstrumentId, Instruments};
use engine_model::intent::{Intent, IntentKind, StrategyId};
use engine_model::market::{Applied, BookState, Level, MarketEvent, MarketSink, Side, Stamp};
use engine_model::order::{Order, OrderEvent, OrderStatus};
use engine_model::report::Report;
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use engine_model::venue::{Reply, ReplyKind, Request, RequestKind, VenueId};
use engine_ring::ring::{Reader, Spec, Writer, ring};
use std::sync::Arc;

/// The second one is cheaper: 10 and 4 bps for a taker.
const VENUES: [(VenueId, i64); 2] = [(VenueId::BinanceSpot, 1_000), (VenueId::Okx, 400)];
/// Lots in a coin.
const COIN: i64 = 100_000;

struct Venue {
    paper: PaperMarket,
    market: Reader<MarketEvent>,
    requests: Writer<Request>,
    replies: Reader<Reply>,
}

struct Desk {
    venues: Vec<Venue>,
    floor: Floor,
    seat: Seat,
    router: Router,
    intents: Reader<Intent>,
    /// Every order that was sent, with what it filled and what that cost in fees.
    orders: Vec<(Order, Lots, Quote)>,
    updates: u64,
}

fn venue((id, (venue, taker_ppm)): (usize, (VenueId, i64)), instruments: &Instruments) -> Venue {
    let spec = |name| Spec { name, depth: 1 << 8, readers: &["other"], taps: &[] };
    let (mut events, mut requests, mut replies) = (ring(&spec("market")), ring(&spec("request")), ring(&spec("reply")));
    let (mut market, _images) = Market::new(venue, instruments, events.writer("venue").expect("free"));
    market.tell_depth(InstrumentId(id as u32));
    let config = PaperConfig {
        fees: Fees { maker_ppm: 0, taker_ppm }.into(),
        latency: Latency::default(),
        ..PaperConfig::of(venue)
    };
    let (reader, writer) = (requests.reader("other").expect("granted"), replies.writer("venue").expect("free"));
    Venue {
        paper: PaperMarket::new(market, instruments, reader, writer, &config),
        market: events.reader("other").expect("granted"),
        requests: requests.writer("execution").expect("free"),
        replies: replies.reader("other").expect("granted"),
    }
}

impl Desk {
    fn new() -> Self {
        let list: Vec<Instrument> = VENUES.into_iter().zip(0..).map(|((venue, _), id)| instrument(id, venue)).collect();
        let router = Router::new(&list).expect("one pair");
        let instruments = Arc::new(Instruments::new(list));
        let mut ends = ring(&Spec { name: "intent", depth: 64, readers: &["risk"], taps: &[] });
        let mut floor = Floor::new(Arc::clone(&instruments), ends.writer("strategy").expect("free"));
        floor.set_taker_fees(|of| VENUES.iter().find(|(known, _)| *known == of.venue).expect("of the run").1);
        let mut desk = Self {
            venues: VENUES.into_iter().enumerate().map(|one| self::venue(one, &instruments)).collect(),
            floor,
            seat: Seat::new(StrategyId(1), 7, VENUES.len()),
            router,
            intents: ends.reader("risk").expect("granted"),
            orders: Vec::new(),
            updates: 0,
        };
        desk.floor.now = Nanos(1_000 * MS);
        desk
    }

    /// Another book, a millisecond later; the strategy does not know of it yet.
    fn book(&mut self, at: usize, asks: &[Level]) {
        self.updates += 1;
        let now = self.floor.now.plus(self.updates * MS);
        let stamp =
            Stamp { venue_at_ns: now, received_at_ns: now, instrument: InstrumentId(at as u32), venue: VENUES[at].0 };
        let bids = [level(5_900_000, COIN)];
        assert_eq!(self.venues[at].paper.book_snapshot(stamp, self.updates, &bids, asks), Applied::Valid);
        self.venues[at].paper.turn(now);
    }

    fn hear(&mut self) {
        for venue in &mut self.venues {
            venue.market.take(1 << 8, |_, event| {
                self.floor.now = self.floor.now.max(event.at.received_at_ns);
                self.floor.fold(event);
            });
        }
    }

    fn buy(&mut self, qty: i64) {
        self.hear();
        let now = self.floor.now;
        let wish = Wish {
            side: Side::Buy,
            like: InstrumentId(0),
            qty: Lots(qty),
            worst: Ticks(0),
            until: now.plus(60 * Nanos::SECOND),
        };
        assert!(self.router.take(&mut self.seat.context(&mut self.floor, now), wish));
        self.settle();
    }

    /// Orders go out, answers come back, until nothing more happens.
    fn settle(&mut self) {
        loop {
            let mut sent = Vec::new();
            self.intents.take(64, |_, intent| sent.extend(submitted(intent)));
            if sent.is_empty() {
                return;
            }
            let now = self.floor.now.plus(self.updates * MS);
            for order in sent {
                let venue = &mut self.venues[order.instrument.index()];
                let (client_order_id, instrument) = (order.client_order_id, order.instrument);
                let what = RequestKind::Place(order);
                let request = Request { client_order_id, instrument, decided_at_ns: now, sent_at_ns: now, what };
                venue.requests.try_publish(request).expect("room");
                self.orders.push((order, Lots(0), Quote(0)));
            }
            let mut replies = Vec::new();
            for venue in &mut self.venues {
                venue.paper.turn(now);
                venue.replies.take(1 << 8, |_, reply| replies.push(*reply));
            }
            self.hear();
            replies.iter().for_each(|reply| self.report(reply));
        }
    }

    fn report(&mut self, reply: &Reply) {
        let known = self.orders.iter_mut().find(|(order, ..)| order.client_order_id == reply.client_order_id);
        let (order, filled, fees) = known.expect("one of ours");
        let (event, status) = match reply.what {
            ReplyKind::Accepted => (OrderEvent::Accepted, OrderStatus::Accepted),
            ReplyKind::Filled { trade_id, last_px, last_qty, fee, liquidity } => {
                (filled.0, fees.0) = (filled.0 + last_qty.0, fees.0 + fee.0);
                let status = if *filled == order.qty { OrderStatus::Filled } else { OrderStatus::PartiallyFilled };
                (OrderEvent::Filled { trade_id, last_px, last_qty, fee, liquidity }, status)
            }
            ReplyKind::Canceled => (OrderEvent::Canceled, OrderStatus::Canceled),
            ReplyKind::Expired => (OrderEvent::Expired, OrderStatus::Expired),
            other => panic!("{other:?}"),
        };
        let Order { client_order_id, instrument, side, qty, .. } = *order;
        let report = Report {
            client_order_id,
            strategy: StrategyId(1),
            instrument,
            side,
            event,
            status,
            qty,
            ..Report::default()
        };
        self.seat.on_report(&mut self.floor, &report);
        let now = self.floor.now;
        self.router.on_report(&mut self.seat.context(&mut self.floor, now), &report);
    }

    /// Venue, wished and filled of every order.
    fn told(&self) -> Vec<(u32, i64, i64)> {
        self.orders.iter().map(|(order, filled, _)| (order.instrument.0, order.qty.0, filled.0)).collect()
    }
}

fn submitted(intent: &Intent) -> Option<Order> {
    if let IntentKind::Submit(order) = intent.what { Some(order) } else { None }
}

/// 60,000.00 and 60,010.00 at the dear one: 60,060.00 and 60,070.01 with fees. 60,020.00 and 60,023.00 at the cheap one:
/// 60,044.008 and, told as if at 60,026.00, 60,050.01.
fn books(desk: &mut Desk) {
    desk.book(0, &[level(6_000_000, COIN), level(6_001_000, COIN)]);
    desk.book(1, &[level(6_002_000, COIN / 2), level(6_002_300, COIN)]);
}

#[test]
fn two_coins_are_bought_where_they_are_cheapest_after_fees_through_the_depth_of_both() {
    let mut desk = Desk::new();
    books(&mut desk);
    desk.buy(2 * COIN);
    assert_eq!(desk.told(), [(0, COIN / 2, COIN / 2), (1, 3 * COIN / 2, 3 * COIN / 2)]);
    let fees: Vec<Quote> = desk.orders.iter().map(|(.., fees)| *fees).collect();
    // 10 bps of 30,000, and 4 bps of 30,010 and 60,023.
    assert_eq!(fees, [Quote::whole(30), Quote(3_601_320_000)]);
    assert!(desk.router.is_over(desk.floor.now));
}

#[test]
fn what_the_cheap_venue_no_longer_has_is_bought_at_the_other() {
    let mut desk = Desk::new();
    books(&mut desk);
    desk.hear();
    // Its second level is gone before the order is there; depth behind a top that stands is told every 50 ms.
    desk.book(1, &[level(6_002_000, COIN / 2), level(6_100_000, COIN)]);
    desk.buy(2 * COIN);
    assert_eq!(
        desk.told(),
        [(0, COIN / 2, COIN / 2), (1, 3 * COIN / 2, COIN / 2)],
        "it may still be told to have filled"
    );
    // Half a coin of the dear one's is ours already; two seconds later it shows a whole one, and that is all that is left.
    desk.floor.now = desk.floor.now.plus(2_000 * MS);
    desk.book(0, &[level(6_001_000, COIN)]);
    desk.hear();
    let now = desk.floor.now;
    desk.router.route(&mut desk.seat.context(&mut desk.floor, now));
    desk.settle();
    assert_eq!(desk.told()[2..], [(0, COIN, COIN)]);
    assert_eq!(desk.router.filled(InstrumentId(0)), Lots(2 * COIN), "and not a lot more");
}

#[test]
fn a_venue_whose_book_is_lost_is_left_out_by_name() {
    let mut desk = Desk::new();
    books(&mut desk);
    let now = desk.floor.now.plus(3 * MS);
    let stamp = Stamp { venue_at_ns: now, received_at_ns: now, instrument: InstrumentId(1), venue: VENUES[1].0 };
    desk.venues[1].paper.book_lost(stamp);
    desk.buy(2 * COIN);
    assert_eq!(desk.told(), [(0, 2 * COIN, 2 * COIN)]);
    desk.hear();
    desk.buy(COIN);
    let now = desk.floor.now;
    let context = desk.seat.context(&mut desk.floor, now);
    let why: Vec<(InstrumentId, LeftOut)> = desk.router.left_out(&context).collect();
    assert!(why.contains(&(InstrumentId(1), LeftOut::NotSynced(BookState::Lost))), "{why:?}");
}
