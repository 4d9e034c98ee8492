//! What the tests of this room stand on: instruments, and a paper venue with its rings that speaks a trader's language.

use super::{Latency, PaperConfig, PaperMarket};
use engine_core::market::Market;
use engine_model::closeout::Closeout;
use engine_model::instrument::{ContractKind, Grid, Instrument, InstrumentId, Instruments, Name};
use engine_model::margin::{MarginTier, MarginTiers};
use engine_model::market::{Applied, Level, MarketChange, MarketEvent, MarketSink, Side, Stamp};
use engine_model::order::{ClientOrderId, Order, OrderType, TimeInForce};
use engine_model::report::Liquidity;
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use engine_model::venue::{Reply, ReplyKind, Request, RequestKind, VenueId};
use engine_ring::ring::{Ends, Reader, Spec, Writer, ring};

pub(crate) const MS: u64 = Nanos::MILLI;

fn name(text: &str) -> Name {
    Name::new(text).expect("short")
}

/// BTC of that venue with its real decimals.
pub(crate) fn instrument(id: u32, venue: VenueId) -> Instrument {
    let (kind, (price_decimals, qty_decimals), contract_size) = match venue {
        VenueId::BinanceCoinm => (ContractKind::Inverse, (1, 0), 100),
        VenueId::BinanceUsdm => (ContractKind::Linear, (1, 3), 1),
        _ => (ContractKind::Spot, (2, 5), 1),
    };
    Instrument {
        id: InstrumentId(id),
        venue,
        symbol: name("BTC"),
        base: name("BTC"),
        quote: name("USDT"),
        kind,
        grid: Grid { price_decimals, tick_step: 1, qty_decimals, lot_step: 1 },
        contract_size,
        contract_decimals: 0,
        min_qty: Lots(1),
        max_qty: Lots(1_000_000),
        min_notional: Quote::ZERO,
    }
}

/// Whole prices and quantities, so that a scenario can be read.
pub(crate) fn plain() -> Instrument {
    let grid = Grid { price_decimals: 0, tick_step: 1, qty_decimals: 0, lot_step: 1 };
    Instrument { grid, min_notional: Quote::whole(10), ..instrument(0, VenueId::BinanceSpot) }
}

/// The same as contracts of one venue, with steps of margin that can be worked out by hand: to 1,000 dollars 10 % must stay,
/// to 10,000 20 %, above 40 %.
pub(crate) fn contracts() -> Instruments {
    let contract =
        |id| Instrument { min_notional: Quote::ZERO, grid: plain().grid, ..instrument(id, VenueId::BinanceUsdm) };
    let tier = |up_to, leverage_max, maintenance_ppm| MarginTier { up_to, leverage_max, maintenance_ppm };
    let tiers = [
        tier(Quote::whole(1_000), 5, 100_000),
        tier(Quote::whole(10_000), 4, 200_000),
        tier(Quote(i64::MAX), 2, 400_000),
    ];
    let tiers = MarginTiers::new(&tiers).expect("a table");
    Instruments::new(vec![contract(0), contract(1)]).with_margin_tiers(vec![Some(tiers); 2])
}

/// A paper venue and the other ends of its rings.
pub(crate) struct Bench {
    pub(crate) paper: PaperMarket,
    pub(crate) requests: Writer<Request>,
    pub(crate) replies: Reader<Reply>,
    pub(crate) market: Reader<MarketEvent>,
    pub(crate) now_ms: u64,
    /// What is spoken of.
    pub(crate) on: InstrumentId,
    venue: VenueId,
    update_id: u64,
    ends: (Ends<MarketEvent>, Ends<Request>, Ends<Reply>),
}

/// A venue whose reply ring has that many slots.
pub(crate) fn bench_with(latency: Latency, reply_slots: usize) -> Bench {
    bench_of(PaperConfig { latency, ..PaperConfig::of(VenueId::BinanceSpot) }, reply_slots)
}

/// The same with all its settings.
pub(crate) fn bench_of(config: PaperConfig, reply_slots: usize) -> Bench {
    let instruments = Instruments::new(vec![plain(), instrument(1, VenueId::BinanceUsdm)]);
    bench_on(VenueId::BinanceSpot, &instruments, &config, reply_slots)
}

/// The same of another venue.
pub(crate) fn bench_on(venue: VenueId, instruments: &Instruments, config: &PaperConfig, reply_slots: usize) -> Bench {
    let spec = |name, depth| Spec { name, depth, readers: &["other"], taps: &[] };
    let mut events = ring(&spec("market", 1 << 14));
    let mut requests = ring(&spec("request", 1 << 10));
    let mut replies = ring(&spec("reply", reply_slots));
    let (market, _images) = Market::new(venue, instruments, events.writer("venue").expect("free"));
    let request_reader = requests.reader("other").expect("granted");
    let reply_writer = replies.writer("venue").expect("free");
    let mut paper = PaperMarket::new(market, instruments, request_reader, reply_writer, config);
    paper.turn(Nanos(1));
    Bench {
        paper,
        requests: requests.writer("execution").expect("free"),
        replies: replies.reader("other").expect("granted"),
        market: events.reader("other").expect("granted"),
        now_ms: 1_000,
        on: InstrumentId(0),
        venue,
        update_id: 0,
        ends: (events, requests, replies),
    }
}

pub(crate) fn bench() -> Bench {
    bench_with(Latency::default(), 1 << 12)
}

impl Bench {
    /// From now on paced by all three rings, as in a replay.
    pub(crate) fn pace(&mut self) {
        let (events, requests, replies) = &self.ends;
        self.paper.pace(vec![events.gauges(), requests.gauges(), replies.gauges()]);
    }

    pub(crate) fn stamp(&self, venue_at_ms: u64) -> Stamp {
        Stamp {
            venue_at_ns: Nanos(venue_at_ms * MS),
            received_at_ns: Nanos(self.now_ms * MS),
            instrument: self.on,
            venue: self.venue,
        }
    }

    pub(crate) fn snapshot(&mut self, bids: &[Level], asks: &[Level]) {
        self.update_id += 1;
        let applied = self.paper.book_snapshot(self.stamp(self.now_ms), self.update_id, bids, asks);
        assert_eq!(applied, Applied::Valid);
    }

    pub(crate) fn delta(&mut self, venue_at_ms: u64, bids: &[Level], asks: &[Level]) {
        self.update_id += 1;
        let applied = self.paper.book_delta(self.stamp(venue_at_ms), self.update_id, bids, asks);
        assert_eq!(applied, Applied::Valid);
    }

    pub(crate) fn trade(&mut self, venue_at_ms: u64, aggressor: Side, level: Level) {
        self.tell(venue_at_ms, MarketChange::Trade { px: level.px, qty: level.qty, aggressor, trade_id: 0 });
    }

    pub(crate) fn tell(&mut self, venue_at_ms: u64, change: MarketChange) {
        self.paper.event(MarketEvent { at: self.stamp(venue_at_ms), change });
    }

    pub(crate) fn request(&mut self, id: ClientOrderId, what: RequestKind) {
        let instrument = if let RequestKind::Place(order) = what { order.instrument } else { self.on };
        let now = Nanos(self.now_ms * MS);
        let request = Request { client_order_id: id, instrument, decided_at_ns: now, sent_at_ns: now, what };
        self.requests.try_publish(request).expect("room");
    }

    /// Turns the crank at the present time and takes what came back.
    pub(crate) fn turn(&mut self) -> Vec<Reply> {
        self.paper.turn(Nanos(self.now_ms * MS));
        let mut replies = Vec::new();
        self.replies.take(1 << 12, |_, reply| replies.push(*reply));
        self.market.take(1 << 14, |_, _| ());
        replies
    }
}

pub(crate) fn level(px: i64, qty: i64) -> Level {
    Level { px: Ticks(px), qty: Lots(qty) }
}

pub(crate) fn limit(id: ClientOrderId, side: Side, px: i64, qty: i64) -> Order {
    Order { client_order_id: id, instrument: InstrumentId(0), side, px: Ticks(px), qty: Lots(qty), ..Order::default() }
}

/// Plays a scenario: each line is done, then the crank is turned, and what came back is written below it with a `>`.
/// Lines with `>` in the script are what is expected.
///
/// ```text
/// mark PX · funding RATE MS · liquidated buy|sell LEVEL (which side was closed) · other … (of the second instrument)
/// wait MS · book BIDS | ASKS · delta[@MS] BIDS | ASKS · trade[@MS] buy|sell LEVEL · lost
/// buy|sell NAME LEVEL [post|ioc|fok|market] · modify NAME LEVEL · cancel NAME
///                                              a LEVEL is QTYxPX; @MS is the venue's time
/// ```
pub(crate) fn check_with(latency: Latency, script: &str) {
    check_of(PaperConfig { latency, ..PaperConfig::of(VenueId::BinanceSpot) }, script);
}

/// The same at a venue with those settings.
pub(crate) fn check_of(config: PaperConfig, script: &str) {
    check_on(&mut bench_of(config, 1 << 12), script);
}

/// The same at that venue.
pub(crate) fn check_on(bench: &mut Bench, script: &str) {
    let lines = || script.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut told = Vec::new();
    for line in lines().filter(|line| !line.starts_with('>')) {
        told.push(line.to_owned());
        play(bench, line);
        told.extend(bench.turn().iter().map(|reply| format!("> {}", tell(reply))));
    }
    let expected: Vec<_> = lines().map(str::to_owned).collect();
    assert!(told == expected, "it went otherwise:\n\n{}\n", told.join("\n"));
}

pub(crate) fn check(script: &str) {
    check_with(Latency::default(), script);
}

fn play(bench: &mut Bench, line: &str) {
    let words: Vec<&str> = line.split_whitespace().take_while(|word| *word != "#").collect();
    let (verb, rest) = words.split_first().expect("a verb");
    let (verb, venue_at_ms) = match verb.split_once('@') {
        Some((verb, ms)) => (verb, ms.parse().expect("a time")),
        None => (*verb, bench.now_ms),
    };
    match (verb, rest) {
        ("other", rest) => {
            bench.on = InstrumentId(1);
            play(bench, &rest.join(" "));
            bench.on = InstrumentId(0);
        }
        ("mark", [px]) => bench.tell(venue_at_ms, MarketChange::Mark { px: Ticks(px.parse().expect("a price")) }),
        ("funding", [rate_e8, ms]) => {
            let next_at_ns = Nanos((bench.now_ms + ms.parse::<u64>().expect("a time")) * MS);
            let rate_e8 = rate_e8.parse().expect("a rate");
            bench.tell(venue_at_ms, MarketChange::Funding { rate_e8, next_at_ns, interval_s: 0 });
        }
        ("liquidated", [closed, at]) => {
            let (Level { px, qty }, closed) = (parse_level(at), side(closed));
            bench.tell(venue_at_ms, MarketChange::Liquidation { px, qty, closed });
        }
        ("wait", [ms]) => bench.now_ms += ms.parse::<u64>().expect("a time"),
        ("book", sides) => {
            let (bids, asks) = book(sides);
            bench.snapshot(&bids, &asks);
        }
        ("delta", sides) => {
            let (bids, asks) = book(sides);
            bench.delta(venue_at_ms, &bids, &asks);
        }
        ("lost", []) => bench.paper.book_lost(bench.stamp(venue_at_ms)),
        ("trade", [aggressor, at]) => bench.trade(venue_at_ms, side(aggressor), parse_level(at)),
        ("cancel", [who]) => bench.request(id(who), RequestKind::Cancel),
        ("modify", [who, to]) => {
            let Level { px, qty } = parse_level(to);
            bench.request(id(who), RequestKind::Modify { px, qty });
        }
        ("buy" | "sell", [who, at, how @ ..]) => {
            let Level { px, qty } = parse_level(at);
            let order = Order { instrument: bench.on, ..limit(id(who), side(verb), px.0, qty.0) };
            let order = how.iter().fold(order, |order, how| match *how {
                "post" => Order { post_only: true, ..order },
                "ioc" => Order { time_in_force: TimeInForce::Ioc, ..order },
                "fok" => Order { time_in_force: TimeInForce::Fok, ..order },
                "market" => Order { order_type: OrderType::Market, ..order },
                "elsewhere" => Order { instrument: InstrumentId(1), ..order },
                other => panic!("{other}"),
            });
            bench.request(order.client_order_id, RequestKind::Place(order));
        }
        other => panic!("{other:?}"),
    }
}

fn side(word: &str) -> Side {
    if word == "buy" { Side::Buy } else { Side::Sell }
}

/// A, B, … are the orders 1, 2, … of strategy 0.
fn id(who: &str) -> ClientOrderId {
    ClientOrderId::new(0, 0, u32::from(who.as_bytes()[0] - b'@'))
}

fn parse_level(text: &str) -> Level {
    let (qty, px) = text.split_once('x').expect("QTYxPX");
    level(px.parse().expect("a price"), qty.parse().expect("a quantity"))
}

fn book(words: &[&str]) -> (Vec<Level>, Vec<Level>) {
    let bar = words.iter().position(|word| *word == "|").expect("bids | asks");
    let levels = |words: &[&str]| words.iter().map(|word| parse_level(word)).collect();
    (levels(&words[..bar]), levels(&words[bar + 1..]))
}

fn tell(reply: &Reply) -> String {
    let who = char::from(b'@' + reply.client_order_id.counter() as u8);
    match reply.what {
        ReplyKind::Filled { last_px, last_qty, liquidity, .. } => {
            let how = if liquidity == Liquidity::Maker { "maker" } else { "taker" };
            format!("{who} filled {}x{} {how}", last_qty.0, last_px.0)
        }
        ReplyKind::Accepted => format!("{who} accepted"),
        ReplyKind::Triggered => format!("{who} triggered"),
        ReplyKind::Canceled => format!("{who} canceled"),
        ReplyKind::Expired => format!("{who} expired"),
        ReplyKind::Rejected(reason) => format!("{who} rejected {reason:?}"),
        ReplyKind::CancelRejected(reason) => format!("{who} cancel rejected {reason:?}"),
        ReplyKind::Updated { px, qty } => format!("{who} updated {}x{}", qty.0, px.0),
        ReplyKind::ModifyRejected(reason) => format!("{who} modify rejected {reason:?}"),
        ReplyKind::Adopted { qty, .. } => format!("{who} adopted {}", qty.0),
        ReplyKind::Opened(opening) => format!("{who} opened {}", opening.qty.0),
        ReplyKind::Paid(payment) => format!("{who} paid {} {}", payment.kind.name(), payment.amount.0),
        ReplyKind::ClosedOut { side, closeout: Closeout { cause, px, qty, fee, .. } } => {
            let verb = if side == Side::Buy { "buys" } else { "sells" };
            let of = if reply.instrument == InstrumentId(0) { "" } else { " other" };
            format!("venue {verb}{of} {}x{} {} fee {fee}", qty.0, px.0, cause.name())
        }
    }
}
