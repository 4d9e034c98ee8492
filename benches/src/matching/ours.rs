//! Our paper venue as a simulator: the stage that a replay runs, with its books, its rings and both of their ends.

use super::feed::{Feed, Step, What, Wish};
use super::{Fill, Simulator};
use engine_backtest::venue::{Collateral, Footprint, PaperConfig, PaperMarket};
use engine_core::config::QueueModel;
use engine_core::market::Market;
use engine_model::instrument::{Instrument, InstrumentId, Instruments};
use engine_model::market::{MarketChange, MarketEvent, MarketSink, Stamp};
use engine_model::order::{ClientOrderId, Order, TimeInForce};
use engine_model::report::Liquidity;
use engine_model::units::{Nanos, Quote};
use engine_model::venue::{Reply, ReplyKind, Request, RequestKind};
use engine_ring::ring::{Ends, Reader, Spec, Writer, ring};

/// Replies and events that one step makes at most.
const DEPTH: usize = 1 << 12;

/// See the module.
pub struct Paper {
    market: PaperMarket,
    requests: Writer<Request>,
    replies: Reader<Reply>,
    events: Reader<MarketEvent>,
    instrument: Instrument,
    update_id: u64,
    fills: Vec<Fill>,
    _ends: (Ends<MarketEvent>, Ends<Request>, Ends<Reply>),
}

impl Paper {
    fn stamp(&self, at_ns: u64) -> Stamp {
        let (at, instrument) = (Nanos(at_ns), self.instrument);
        Stamp { venue_at_ns: at, received_at_ns: at, instrument: InstrumentId(0), venue: instrument.venue }
    }

    fn ask(&mut self, at_ns: u64, wish: &Wish, what: RequestKind) {
        let (client_order_id, at) = (ClientOrderId::new(0, 0, wish.id), Nanos(at_ns));
        let request = Request { client_order_id, instrument: InstrumentId(0), decided_at_ns: at, sent_at_ns: at, what };
        assert!(self.requests.try_publish(request).is_ok(), "the venue takes every request at once");
        self.market.turn(at);
    }

    fn listen(&mut self) {
        let Self { events, replies, fills, .. } = self;
        events.take(DEPTH, |_, event| {
            std::hint::black_box(event);
        });
        replies.take(DEPTH, |_, reply| {
            if let ReplyKind::Filled { last_px, last_qty, liquidity, .. } = reply.what {
                let id = reply.client_order_id.counter();
                fills.push(Fill { id, px: last_px, qty: last_qty, is_maker: liquidity == Liquidity::Maker });
            }
        });
    }
}

/// An order as our venue takes it.
fn order_of(wish: &Wish) -> Order {
    Order {
        client_order_id: ClientOrderId::new(0, 0, wish.id),
        instrument: InstrumentId(0),
        side: wish.side,
        px: wish.px,
        qty: wish.qty,
        post_only: !wish.takes,
        time_in_force: if wish.takes { TimeInForce::Ioc } else { TimeInForce::Gtc },
        ..Order::default()
    }
}

impl Simulator for Paper {
    const NAME: &'static str = "ringside";
    type Prepared = Step;

    #[expect(clippy::expect_used, reason = "a ring that was just made has all its ends")]
    fn new(feed: &Feed, queue: QueueModel) -> Self {
        let instrument = Instrument { id: InstrumentId(0), ..feed.instrument };
        let instruments = Instruments::new(vec![instrument]);
        let spec = |name| Spec { name, depth: DEPTH, readers: &["bench"], taps: &[] };
        let (mut events, mut requests, mut replies) =
            (ring(&spec("market")), ring(&spec("request")), ring(&spec("reply")));
        let writer = events.writer("venue").expect("free");
        let (market, _images) = Market::new(instrument.venue, &instruments, writer);
        // As a run has it: what stands behind the position is asked for at every move of the price. More than is ever needed.
        let collateral = Some(Collateral { amount: Quote::whole(1_000_000_000), fee_ppm: 5_000, fund: None });
        let usual = PaperConfig::of(instrument.venue);
        let config = PaperConfig { queue, footprint: Footprint::Forgotten, collateral, ..usual };
        let (request_reader, reply_writer) =
            (requests.reader("bench").expect("free"), replies.writer("venue").expect("free"));
        Self {
            market: PaperMarket::new(market, &instruments, request_reader, reply_writer, &config),
            requests: requests.writer("execution").expect("free"),
            replies: replies.reader("bench").expect("free"),
            events: events.reader("bench").expect("free"),
            instrument,
            update_id: 0,
            fills: Vec::with_capacity(DEPTH),
            _ends: (events, requests, replies),
        }
    }

    fn prepare(_: &Feed, step: &Step) -> Step {
        step.clone()
    }

    #[inline]
    fn step(&mut self, step: &Step) {
        let at = self.stamp(step.at_ns);
        match &step.what {
            What::Book { bids, asks } => {
                self.update_id += 1;
                let _ = match self.update_id {
                    1 => self.market.book_snapshot(at, 1, bids, asks),
                    update_id => self.market.book_delta(at, update_id, bids, asks),
                };
            }
            What::Trade { px, qty, aggressor } => {
                let change = MarketChange::Trade { px: *px, qty: *qty, aggressor: *aggressor, trade_id: 0 };
                self.market.event(MarketEvent { at, change });
            }
            What::Place(wish) => self.ask(step.at_ns, wish, RequestKind::Place(order_of(wish))),
            What::Cancel(wish) => self.ask(step.at_ns, wish, RequestKind::Cancel),
        }
        self.listen();
    }

    fn fills(&mut self) -> &mut Vec<Fill> {
        &mut self.fills
    }
}
