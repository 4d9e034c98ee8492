//! A trader of stories: the venue's own stage with a gateway, against a simulated venue; what it asks goes through the rings
//! that the engine has, and what it was told is held against the venue's truth.

use engine_model::instrument::{Instrument, InstrumentId, Instruments, Name};
use engine_model::market::{Applied, Level, MarketEvent, MarketSink, Side, Stamp, VerifiedMessage};
use engine_model::order::{ClientOrderId, Order};
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::{Reply, ReplyKind, Request, RequestKind, VenueId};
use engine_ring::clock::Clock;
use engine_ring::ring::{Reader, Spec, Writer, ring};
use engine_ring::stage::{Poll, Stage as _};
use feeds::gateway::desk::gauges::GatewayGauges;
use feeds::gateway::desk::{GatewaySettings, Phase};
use feeds::gateway::key::{Key, Secret};
use feeds::live::feed::VenueFeed;
use feeds::live::plan::Urls;
use feeds::live::settings::FeedSettings;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tests_venue::account::{AccountTruth, ApiKey, State, TRADER, TRADER_WALLET};
use tests_venue::{Config, Fault, Listing, SimulatedVenue};

/// No story waits longer than this for what must come.
const PATIENCE: Duration = Duration::from_secs(30);
/// Number of the run.
const EPOCH: u32 = 7;

/// Market data is another story's.
#[derive(Debug)]
pub(crate) struct Quiet;

impl MarketSink for Quiet {
    fn book_snapshot(&mut self, _: Stamp, _: u64, _: &[Level], _: &[Level]) -> Applied {
        Applied::Valid
    }

    fn book_delta(&mut self, _: Stamp, _: u64, _: &[Level], _: &[Level]) -> Applied {
        Applied::Valid
    }

    fn book_verified(
        &mut self,
        _: Stamp,
        _: &VerifiedMessage<'_>,
        _: &mut dyn FnMut(&[Level], &[Level]) -> bool,
    ) -> Applied {
        Applied::Valid
    }

    fn book_lost(&mut self, _: Stamp) {}

    fn event(&mut self, _: MarketEvent) {}

    fn ready(&self) -> bool {
        true
    }

    fn turn(&mut self, _: Nanos) -> bool {
        false
    }
}

pub(crate) struct Trader {
    pub(crate) venue: SimulatedVenue,
    pub(crate) gauges: Arc<GatewayGauges>,
    pub(crate) instruments: Vec<Instrument>,
    feed: VenueFeed<Quiet>,
    requests: Writer<Request>,
    replies: Reader<Reply>,
    told: Vec<Reply>,
    counter: u32,
    /// Our ids as they are written at the venue.
    named: fn(&Order) -> String,
}

fn named(venue: VenueId) -> fn(&Order) -> String {
    match venue {
        VenueId::Okx => |order| {
            let id = order.client_order_id;
            format!("R{}x{}x{}", id.strategy(), id.epoch(), id.counter())
        },
        VenueId::Kraken => |order| format!("R{:016x}", order.client_order_id.0),
        // Sixteen bytes, of which the first eight say whose, and whether it waits for a price.
        VenueId::Hyperliquid => |order| {
            let whose = if order.order_type.has_trigger() { "52696e6753746f70" } else { "52696e6773696465" };
            format!("0x{whose}{:016x}", order.client_order_id.0)
        },
        _ => |order| order.client_order_id.to_string(),
    }
}

pub(crate) fn key(of: ApiKey) -> Key {
    Key { id: Secret::new(of.id), secret: Secret::new(of.secret), passphrase: Some(Secret::new(of.passphrase)) }
}

/// Settings of a gateway for that venue, with times short enough for a story.
pub(crate) fn settings(venue: VenueId, exchange: &SimulatedVenue) -> GatewaySettings {
    GatewaySettings {
        rest_url: Some(exchange.rest_url()),
        ws_url: Some(exchange.ws_url()),
        answer_within: Duration::from_millis(600),
        reconcile_every: Duration::from_secs(1),
        // A story's own thread rests between its steps; who tells of the watchdog says when it is to bite.
        still_after: Duration::from_secs(3_600),
        ..GatewaySettings::new(venue, EPOCH, 7)
    }
}

/// A venue that lists these, and nothing else.
pub(crate) fn exchange(venue: VenueId, symbols: &[&str]) -> (SimulatedVenue, Instruments) {
    exchange_with(venue, symbols, |_| ())
}

/// The same with settings that are changed.
pub(crate) fn exchange_with(
    venue: VenueId,
    symbols: &[&str],
    change: impl FnOnce(&mut Config),
) -> (SimulatedVenue, Instruments) {
    let all = Listing::defaults(venue);
    let listing = |(place, symbol): (usize, &&str)| {
        let mut listing = *all.iter().find(|listing| listing.instrument.symbol.as_str() == *symbol).expect("listed");
        listing.instrument.id = InstrumentId(place as u32);
        listing
    };
    let listings: Vec<Listing> = symbols.iter().enumerate().map(listing).collect();
    let instruments = Instruments::new(listings.iter().map(|listing| listing.instrument).collect());
    let mut config = Config { listings, ..Config::new(venue, 7) };
    change(&mut config);
    (SimulatedVenue::start(config).expect("a free port"), instruments)
}

impl Trader {
    /// One that is ready to trade.
    pub(crate) fn begin(venue: VenueId, symbols: &[&str]) -> Self {
        let own = if venue == VenueId::Hyperliquid { TRADER_WALLET } else { TRADER };
        Self::begin_with(venue, symbols, key(own), |_| ())
    }

    /// The same with another key, and settings that are changed.
    pub(crate) fn begin_with(
        venue: VenueId,
        symbols: &[&str],
        key: Key,
        change: impl FnOnce(&mut GatewaySettings),
    ) -> Self {
        let (exchange, instruments) = exchange(venue, symbols);
        let mut feed_settings = FeedSettings::new(venue, 7);
        feed_settings.urls = Urls::of(venue, &exchange.rest_url(), &exchange.ws_url());
        let mut feed = VenueFeed::new(feed_settings, &instruments, Quiet, Clock::machine()).expect("a feed");
        let spec = |name| Spec { name, depth: 256, readers: &["reader"], taps: &[] };
        let (mut asked, mut told) = (ring(&spec("venue_request")), ring(&spec("venue_reply")));
        let ends = (asked.reader("reader").expect("an end"), told.writer("writer").expect("an end"));
        let mut settings = settings(venue, &exchange);
        change(&mut settings);
        let gauges = feed.trade(&settings, &key, &instruments, ends).expect("a gateway");
        let mut trader = Self {
            venue: exchange,
            gauges,
            instruments: instruments.iter().copied().collect(),
            feed,
            requests: asked.writer("writer").expect("an end"),
            replies: told.reader("reader").expect("an end"),
            told: Vec::new(),
            counter: 0,
            named: named(venue),
        };
        trader.until_ready();
        trader
    }

    fn turn(&mut self) {
        if self.feed.poll() == Poll::Idle {
            self.feed.park(Duration::from_millis(2));
        }
        let Self { replies, told, .. } = self;
        replies.take(64, |_, reply| told.push(*reply));
    }

    pub(crate) fn until(&mut self, what: &str, mut done: impl FnMut(&Self) -> bool) {
        let start = Instant::now();
        while !done(self) {
            self.turn();
            if start.elapsed() > PATIENCE {
                let troubles: Vec<String> =
                    std::iter::from_fn(|| self.gauges.take_trouble()).map(|trouble| trouble.to_string()).collect();
                panic!("{what} did not happen: {:?} {:?} {troubles:#?}", self.gauges.phase(), self.told);
            }
        }
    }

    pub(crate) fn until_ready(&mut self) {
        self.until("readiness", |trader| trader.gauges.phase() == Phase::Ready);
    }

    pub(crate) fn run_for(&mut self, time: Duration) {
        let end = Instant::now() + time;
        self.until("the time", |_| Instant::now() >= end);
    }

    pub(crate) fn instruments(&self) -> Instruments {
        Instruments::new(self.instruments.clone())
    }

    /// An order for a usual quantity far below the market: it rests.
    pub(crate) fn resting(&mut self, instrument: usize) -> Order {
        let px = Ticks(self.best(instrument, Side::Sell).0 / 10 * 9);
        self.counter += 1;
        Order {
            client_order_id: ClientOrderId::new(1, EPOCH, self.counter),
            instrument: self.instruments[instrument].id,
            side: Side::Buy,
            px,
            qty: Lots(self.lots(instrument, px)),
            ..Order::default()
        }
    }

    /// A hundredth of a coin, or as many times ten of them as the venue takes at that price.
    fn lots(&self, instrument: usize, px: Ticks) -> i64 {
        let of = &self.instruments[instrument];
        let mut lots = 10_i64.pow(u32::from(of.grid.qty_decimals.saturating_sub(2)));
        while of.notional(px, Lots(lots)).expect("small") <= of.min_notional {
            lots *= 10;
        }
        lots
    }

    /// The best price of a side now.
    pub(crate) fn best(&self, instrument: usize, side: Side) -> Ticks {
        let truth = self.venue.truth(self.instruments[instrument].symbol.as_str()).expect("listed");
        let levels = if side == Side::Buy { truth.bids } else { truth.asks };
        levels.first().expect("a level").px
    }

    pub(crate) fn ask(&mut self, of: &Order, what: RequestKind) {
        let request =
            Request { client_order_id: of.client_order_id, instrument: of.instrument, what, ..Request::default() };
        self.requests.try_publish(request).expect("room");
    }

    pub(crate) fn place(&mut self, order: &Order) {
        self.ask(order, RequestKind::Place(*order));
    }

    /// What was told of that order so far.
    pub(crate) fn told(&self, order: &Order) -> Vec<ReplyKind> {
        let of = self.told.iter().filter(|reply| reply.client_order_id == order.client_order_id);
        of.map(|reply| reply.what).collect()
    }

    /// All that was told.
    pub(crate) fn replies(&self) -> impl Iterator<Item = &Reply> {
        self.told.iter()
    }

    /// The last that was told of what the account holds, bound or not, by asset in 1e-8.
    pub(crate) fn balances(&self) -> BTreeMap<Name, i128> {
        let all = std::iter::from_fn(|| self.gauges.take_balance());
        all.map(|told| (told.asset, i128::from(told.free_e8) + i128::from(told.locked_e8))).collect()
    }

    /// Until that was told of that order.
    pub(crate) fn until_told(&mut self, order: &Order, what: ReplyKind) {
        self.until(&format!("{what:?}"), |trader| trader.told(order).contains(&what));
    }

    /// Places it, and waits until it stands.
    pub(crate) fn stand(&mut self, order: &Order) {
        self.place(order);
        self.until_told(order, ReplyKind::Accepted);
    }

    pub(crate) fn cancel(&mut self, order: &Order) {
        self.ask(order, RequestKind::Cancel);
    }

    pub(crate) fn truth(&self) -> AccountTruth {
        self.venue.account_truth().expect("an answer")
    }

    /// Lots executed, by what we were told.
    pub(crate) fn filled(&self, order: &Order) -> i64 {
        let lots = |what: ReplyKind| match what {
            ReplyKind::Filled { last_qty, .. } => last_qty.0,
            _ => 0,
        };
        self.told(order).into_iter().map(lots).sum()
    }

    /// What we were told of these orders is what the venue has.
    pub(crate) fn check(&self, orders: &[Order]) {
        let truth = self.truth();
        truth.check();
        for order in orders {
            let text = (self.named)(order);
            let told = self.told(order);
            let Some(there) = truth.order(&text) else {
                // A cancel of it may have been asked for all the same.
                let is_refused = |what: &ReplyKind| matches!(what, ReplyKind::CancelRejected(_));
                let is_over = matches!(told[..], [ReplyKind::Canceled | ReplyKind::Rejected(_), ..]);
                let never_came = is_over && told[1..].iter().all(is_refused);
                assert!(never_came, "{text} never came: {told:?}");
                continue;
            };
            assert_eq!(self.filled(order), there.filled, "{text}: {told:?} {there:?}");
            let is_over = |what: &ReplyKind| matches!(what, ReplyKind::Canceled | ReplyKind::Rejected(_));
            let expected = (there.state == State::Open, there.state == State::Canceled);
            assert_eq!(
                (there.left() > 0 && !told.iter().any(is_over), told.iter().any(is_over)),
                expected,
                "{text}: {told:?}"
            );
        }
    }

    /// The stage alone, and the venue.
    pub(crate) fn taken_apart(self) -> (VenueFeed<Quiet>, SimulatedVenue) {
        (self.feed, self.venue)
    }

    /// The process dies: nothing is said any more, not even by the watchdog, and its connections end.
    pub(crate) fn die(self) -> SimulatedVenue {
        // Dropped, it would withdraw what stands: a dead process drops nothing.
        std::mem::forget(self.feed);
        self.venue.inject(Fault::Disconnect);
        self.venue
    }
}
