//! The stage against the small exchange: what reaches the sink is the truth, whatever happens on the way.

use crate::exchange::{Exchange, Side as Levels};
use crate::server::PATIENCE;
use engine_model::instrument::{ContractKind, Grid, Instrument, InstrumentId, Instruments, Name};
use engine_model::market::{Applied, Level, MarketChange, MarketEvent, MarketSink, Stamp, VerifiedMessage};
use engine_model::units::{Lots, Nanos, Quote};
use engine_model::venue::VenueId;
use engine_ring::alloc_guard::AllocGuard;
use engine_ring::clock::Clock;
use engine_ring::stage::{Poll, Stage};
use feeds::live::feed::VenueFeed;
use feeds::live::gauges::FeedState;
use feeds::live::plan::Urls;
use feeds::live::settings::{FeedSettings, LinePolicy};
use std::time::{Duration, Instant};

const MS: u64 = 1_000_000;

/// A sink that keeps books the slow way and every id it was given. Reserved beforehand, so that it never allocates.
struct Notebook {
    books: Vec<Pages>,
    full: bool,
    /// Keeps no books: their trees allocate.
    ids_only: bool,
    turns: u64,
}

#[derive(Default)]
struct Pages {
    bids: Levels,
    asks: Levels,
    update_id: u64,
    trades: Vec<u64>,
    snapshots: usize,
    lost: usize,
    marks: usize,
    synced: bool,
}

impl Notebook {
    fn new(instruments: usize) -> Self {
        let pages = |_| Pages { trades: Vec::with_capacity(100_000), ..Pages::default() };
        Self { books: (0..instruments).map(pages).collect(), full: false, ids_only: false, turns: 0 }
    }

    fn apply(&mut self, at: Stamp, update_id: u64, bids: &[Level], asks: &[Level]) -> Applied {
        assert!(!self.full, "pushed into a full sink");
        let pages = &mut self.books[at.instrument.index()];
        pages.update_id = update_id;
        if self.ids_only {
            return Applied::Valid;
        }
        for (side, levels) in [(&mut pages.bids, bids), (&mut pages.asks, asks)] {
            for Level { px, qty } in levels {
                match qty.0 {
                    0 => drop(side.remove(&px.0)),
                    lots => drop(side.insert(px.0, lots)),
                }
            }
        }
        Applied::Valid
    }
}

impl MarketSink for Notebook {
    fn book_snapshot(&mut self, at: Stamp, update_id: u64, bids: &[Level], asks: &[Level]) -> Applied {
        let pages = &mut self.books[at.instrument.index()];
        pages.bids.clear();
        pages.asks.clear();
        pages.snapshots += 1;
        pages.synced = true;
        self.apply(at, update_id, bids, asks)
    }

    fn book_delta(&mut self, at: Stamp, update_id: u64, bids: &[Level], asks: &[Level]) -> Applied {
        assert!(self.books[at.instrument.index()].synced, "a change of a book that is not there");
        self.apply(at, update_id, bids, asks)
    }

    fn book_verified(
        &mut self,
        at: Stamp,
        message: &VerifiedMessage<'_>,
        _: &mut dyn FnMut(&[Level], &[Level]) -> bool,
    ) -> Applied {
        match message.is_snapshot {
            true => self.book_snapshot(at, message.update_id, message.bids, message.asks),
            false => self.book_delta(at, message.update_id, message.bids, message.asks),
        }
    }
    fn book_lost(&mut self, at: Stamp) {
        let pages = &mut self.books[at.instrument.index()];
        pages.lost += 1;
        pages.synced = false;
    }

    fn event(&mut self, event: MarketEvent) {
        let pages = &mut self.books[event.at.instrument.index()];
        match event.change {
            MarketChange::Trade { trade_id, .. } => pages.trades.push(trade_id),
            MarketChange::Mark { .. } => pages.marks += 1,
            _ => {}
        }
    }

    fn ready(&self) -> bool {
        !self.full
    }

    fn turn(&mut self, _: Nanos) -> bool {
        self.turns += 1;
        false
    }
}

fn instruments(venue: VenueId, symbols: &[&str]) -> Instruments {
    let instrument = |(index, symbol): (usize, &&str)| Instrument {
        id: InstrumentId(index as u32),
        venue,
        symbol: Name::new(symbol).expect("short"),
        base: Name::default(),
        quote: Name::default(),
        kind: ContractKind::Spot,
        grid: Grid { price_decimals: 2, tick_step: 1, qty_decimals: 3, lot_step: 1 },
        contract_size: 1,
        contract_decimals: 0,
        min_qty: Lots(1),
        max_qty: Lots(i64::MAX),
        min_notional: Quote::ZERO,
    };
    Instruments::new(symbols.iter().enumerate().map(instrument).collect())
}

/// A feed and its exchange, with times short enough for a test.
struct Rig {
    exchange: Exchange,
    feed: VenueFeed<Notebook>,
}

fn rig(venue: VenueId, symbols: &[&str], change: impl FnOnce(&mut FeedSettings)) -> Rig {
    let exchange = Exchange::start(symbols);
    exchange.desk().futures = venue == VenueId::BinanceUsdm;
    let mut settings = FeedSettings::new(venue, 7);
    settings.urls = Urls::of(venue, &format!("http://{}", exchange.rest), &format!("ws://{}", exchange.sockets));
    settings.snapshot_after_ns = 30 * MS;
    settings.line = LinePolicy { backoff_ns: (20 * MS, 100 * MS), dead_after_ns: 600 * MS, ..LinePolicy::default() };
    change(&mut settings);
    let sink = Notebook::new(symbols.len());
    let feed = VenueFeed::new(settings, &instruments(venue, symbols), sink, Clock::machine()).expect("a feed");
    Rig { exchange, feed }
}

fn spot(symbols: &[&str], change: impl FnOnce(&mut FeedSettings)) -> Rig {
    rig(VenueId::BinanceSpot, symbols, change)
}

impl Rig {
    /// Polls, and parks when idle, until `done`.
    fn until(&mut self, what: &str, mut done: impl FnMut(&Self) -> bool) {
        let start = Instant::now();
        while !done(self) {
            if self.feed.poll() == Poll::Idle {
                self.feed.park(Duration::from_millis(2));
            }
            assert!(start.elapsed() < PATIENCE, "{what} did not happen: {:?}", self.feed);
        }
    }

    fn run_for(&mut self, time: Duration) {
        let end = Instant::now() + time;
        self.until("the time", |_| Instant::now() >= end);
    }

    fn until_synced(&mut self) {
        self.until("sync", |rig| rig.feed.gauges().state.get() == FeedState::Synced);
    }

    fn pages(&self, instrument: usize) -> &Pages {
        &self.feed.sink().books[instrument]
    }

    /// Lets a few trades come, stops the market, takes what is under way, and compares every book with the exchange's.
    fn check_truth(&mut self) {
        self.until("trades", |rig| rig.feed.sink().books.iter().all(|pages| pages.trades.len() > 60));
        self.exchange.desk().frozen = true;
        let markets = self.exchange.desk().markets.clone();
        self.until("the last message", |rig| {
            markets.iter().enumerate().all(|(index, market)| rig.pages(index).update_id == market.update_id)
        });
        for (index, market) in markets.iter().enumerate() {
            assert_eq!(
                (&self.pages(index).bids, &self.pages(index).asks),
                (&market.bids, &market.asks),
                "{}",
                market.symbol
            );
        }
    }

    /// Every trade once, in order, from the first to the last.
    fn check_trades(&self, instrument: usize) {
        let trades = &self.pages(instrument).trades;
        let first = trades.first().copied().unwrap_or_default();
        assert!(trades.len() > 50, "only {} trades", trades.len());
        assert!(trades.iter().zip(first..).all(|(trade, due)| *trade == due), "a trade is missing or doubled");
    }
}

#[test]
fn books_follow_the_exchange_and_every_trade_comes_once() {
    let mut rig = spot(&["BTCUSDT", "ETHUSDT"], |_| {});
    assert_eq!(rig.feed.gauges().state.get(), FeedState::Connecting);
    rig.until_synced();
    rig.run_for(Duration::from_millis(300));
    rig.check_truth();
    for instrument in 0..2 {
        rig.check_trades(instrument);
        assert_eq!((rig.pages(instrument).snapshots, rig.pages(instrument).lost), (1, 0));
    }
    let gauges = rig.feed.gauges();
    rig.run_for(Duration::from_millis(20));
    assert_eq!((gauges.gaps.get(), gauges.connects.get(), gauges.net_errors.get(), gauges.errors.get()), (0, 1, 0, 0));
    assert!(gauges.messages.get() > 200 && gauges.bytes.get() > 20_000 && gauges.last_message_at_ns.get() > 0);
    assert!(gauges.instruments().iter().all(|i| i.state.get() == FeedState::Synced && i.last_message_at_ns.get() > 0));
    assert!(rig.feed.sink().turns > 0);
}

#[test]
fn steady_state_allocates_nothing() {
    let mut rig = spot(&["BTCUSDT", "ETHUSDT"], |_| {});
    rig.until_synced();
    rig.feed.sink_mut().ids_only = true;
    rig.run_for(Duration::from_millis(300));
    let before = rig.feed.gauges().messages.get();
    let guard = AllocGuard::arm().expect("this binary counts");
    let end = Instant::now() + Duration::from_millis(500);
    while Instant::now() < end {
        if rig.feed.poll() == Poll::Idle {
            rig.feed.park(Duration::from_millis(2));
        }
    }
    let allocations = guard.disarm();
    let messages = rig.feed.gauges().messages.get() - before;
    assert!(messages > 300, "only {messages} messages");
    assert_eq!(allocations, 0, "in {messages} messages");
}

#[test]
fn a_gap_resyncs_that_instrument_only() {
    let mut rig = spot(&["BTCUSDT", "ETHUSDT"], |_| {});
    rig.until_synced();
    rig.run_for(Duration::from_millis(100));
    rig.exchange.desk().markets[1].skip_delta = true;
    let seen = Instant::now();
    rig.until("the gap", |rig| rig.pages(1).lost == 1);
    rig.until("the resync", |rig| rig.pages(1).synced);
    assert!(seen.elapsed() < Duration::from_secs(2));
    rig.check_truth();
    assert_eq!((rig.pages(0).lost, rig.pages(0).snapshots), (0, 1));
    assert_eq!((rig.feed.session().counts().gaps, rig.feed.session().counts().resyncs), (1, 1));
    rig.check_trades(1);
}

#[test]
fn connections_relieve_each_other_without_losing_or_doubling_anything() {
    let mut rig = spot(&["BTCUSDT", "ETHUSDT"], |settings| {
        settings.line = LinePolicy { renew_after_ns: 300 * MS, overlap_ns: 150 * MS, ..settings.line };
    });
    // The old line is late, then the relief is, then one is ahead of the other by less than a tick.
    rig.exchange.desk().lag = [40, 0, 30, 5, 60, 0, 1].map(Duration::from_millis).to_vec();
    rig.until_synced();
    rig.until("several renewals", |rig| rig.feed.gauges().renewals.get() >= 6);
    rig.check_truth();
    for instrument in 0..2 {
        rig.check_trades(instrument);
        assert_eq!((rig.pages(instrument).lost, rig.pages(instrument).snapshots), (0, 1));
    }
    let gauges = rig.feed.gauges();
    assert_eq!((rig.feed.session().counts().gaps, gauges.reconnects.get(), gauges.net_errors.get()), (0, 0, 0));
    assert!(gauges.doubles.get() > 100, "both lines talked, yet only {} doubles", gauges.doubles.get());
}

#[test]
fn a_relief_that_would_wait_for_ever_takes_over_and_the_hole_is_a_gap() {
    let mut rig = spot(&["BTCUSDT"], |settings| {
        let (renew_after_ns, overlap_ns, hold_ns, silent_after_ns) = (300 * MS, 5_000 * MS, 60 * MS, 60_000 * MS);
        settings.line = LinePolicy { renew_after_ns, overlap_ns, hold_ns, silent_after_ns, ..settings.line };
    });
    // The first connection is a minute late: its snapshot comes, its changes never do.
    rig.exchange.desk().lag = vec![Duration::from_secs(60), Duration::ZERO];
    rig.until_synced();
    rig.until("the renewal", |rig| rig.feed.gauges().renewals.get() == 1);
    rig.until("the gap", |rig| rig.pages(0).lost == 1);
    rig.until("trades", |rig| rig.pages(0).trades.len() > 60);
    rig.check_truth();
    rig.check_trades(0);
    assert_eq!(rig.feed.session().counts().gaps, 1);
}

#[test]
fn a_silent_exchange_is_stale_then_dialled_again_and_in_sync_again() {
    let mut rig = spot(&["BTCUSDT"], |settings| {
        settings.line = LinePolicy { silent_after_ns: 150 * MS, ..settings.line };
    });
    rig.until_synced();
    rig.exchange.desk().silent = true;
    let silent = Instant::now();
    rig.until("the loss", |rig| rig.pages(0).lost == 1);
    // On a quiet machine 150 to 165 ms; the bound allows for a busy one.
    assert!(silent.elapsed() < Duration::from_millis(1_000), "noticed after {:?}", silent.elapsed());
    assert!(rig.feed.gauges().state.get() > FeedState::Synced);
    let error = rig.feed.gauges().take_trouble().expect("told").to_string();
    assert!(error.contains("the next message not done within 150 ms"), "{error}");
    rig.exchange.desk().silent = false;
    rig.until_synced();
    rig.check_truth();
    assert!(rig.feed.gauges().reconnects.get() >= 1);
}

#[test]
fn a_book_that_falls_silent_alone_is_let_go_of_and_fetched_again() {
    let mut rig = spot(&["BTCUSDT", "ETHUSDT"], |settings| settings.stale_after_ns = 150 * MS);
    rig.until_synced();
    rig.exchange.desk().markets[1].silent = true;
    rig.until("the loss", |rig| rig.pages(1).lost == 1);
    assert_eq!(rig.feed.gauges().stale_books.get(), 1);
    assert_eq!(rig.feed.gauges().instruments()[1].state.get(), FeedState::Stale);
    rig.until("the snapshot", |rig| rig.pages(1).snapshots == 2);
    assert_eq!((rig.pages(0).lost, rig.pages(0).snapshots, rig.feed.gauges().reconnects.get()), (0, 1, 0));
    rig.exchange.desk().markets[1].silent = false;
    rig.until("sync", |rig| rig.pages(1).synced);
    rig.check_truth();
}

#[test]
fn a_cut_connection_loses_its_books_and_gets_them_back() {
    let mut rig = spot(&["BTCUSDT", "ETHUSDT"], |_| {});
    rig.until_synced();
    for round in 1..=3 {
        rig.exchange.desk().cut = true;
        rig.until("the loss", |rig| (0..2).all(|instrument| rig.pages(instrument).lost == round));
        rig.until_synced();
    }
    rig.check_truth();
    assert_eq!(rig.feed.gauges().reconnects.get(), 3);
    assert_eq!(rig.feed.session().counts().gaps, 0);
}

#[test]
fn a_host_with_a_name_is_looked_up_and_every_address_of_it_tried() {
    let mut rig = spot(&["BTCUSDT"], |settings| {
        let port = |url: &str| url.rsplit(':').next().expect("a port").trim_end_matches("/stream").to_owned();
        let (rest, sockets) = (port(&settings.urls.rest), port(&settings.urls.routes[0].1));
        let (rest, sockets) = (format!("http://localhost:{rest}"), format!("ws://localhost:{sockets}"));
        settings.urls = Urls::of(VenueId::BinanceSpot, &rest, &sockets);
    });
    rig.until_synced();
    rig.check_truth();
}

#[test]
fn an_exchange_that_is_down_is_tried_again_and_called_dead_after_a_while() {
    let exchange_was = Exchange::start(&["BTCUSDT"]);
    let address = exchange_was.sockets;
    drop(exchange_was);
    let mut rig = spot(&["BTCUSDT"], |settings| {
        settings.urls = Urls::of(VenueId::BinanceSpot, &settings.urls.rest, &format!("ws://{address}"));
    });
    rig.until("the verdict", |rig| rig.feed.gauges().state.get() == FeedState::Dead);
    assert!(rig.feed.gauges().net_errors.get() >= 8);
    assert!(rig.feed.gauges().take_trouble().expect("told").to_string().contains("not connected"));
}

#[test]
fn a_refused_snapshot_is_asked_for_again_and_a_slow_one_does_not_hold_the_sockets() {
    let mut rig = spot(&["BTCUSDT"], |_| {});
    rig.exchange.desk().refuse = Some(("429 Too Many Requests", "Retry-After: 1\r\n"));
    rig.exchange.desk().rest_delay = Duration::from_millis(800);
    let mut longest = Duration::ZERO;
    let start = Instant::now();
    while rig.feed.gauges().state.get() != FeedState::Synced {
        let before = Instant::now();
        rig.feed.poll();
        longest = longest.max(before.elapsed());
        assert!(start.elapsed() < PATIENCE, "no sync");
    }
    assert!(start.elapsed() > Duration::from_millis(2_000), "the exchange had asked for silence");
    assert!(longest < Duration::from_millis(700), "a poll took {longest:?}");
    assert_eq!(rig.feed.gauges().snapshots_failed.get(), 1);
    rig.check_truth();
    rig.check_trades(0);
}

#[test]
fn a_full_sink_is_never_pushed_and_nothing_is_lost_by_it() {
    let mut rig = spot(&["BTCUSDT"], |_| {});
    rig.until_synced();
    let exchange_id = |rig: &Rig| rig.exchange.desk().markets[0].update_id;
    rig.feed.sink_mut().full = true;
    let before = exchange_id(&rig);
    let end = Instant::now() + Duration::from_millis(100);
    while Instant::now() < end {
        assert_eq!(rig.feed.poll(), Poll::Blocked);
    }
    assert!(exchange_id(&rig) > before);
    rig.feed.sink_mut().full = false;
    rig.check_truth();
    rig.check_trades(0);
    assert_eq!(rig.pages(0).lost, 0);
}

#[test]
fn garbage_between_frames_is_counted_and_changes_nothing() {
    let mut rig = spot(&["BTCUSDT"], |_| {});
    rig.until_synced();
    let rubbish = [
        "".to_owned(),
        "not json".to_owned(),
        "[".repeat(100_000),
        r#"{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","s":"BTCUSDT","U":1}}"#.to_owned(),
        r#"{"stream":"btcusdt@trade","data":{"e":"trade","s":"BTCUSDT","t":1,"p":"1e999","q":"1","m":true}}"#
            .to_owned(),
        r#"{"error":{"code":2,"msg":"Invalid request"},"id":1}"#.to_owned(),
    ];
    for text in rubbish {
        rig.exchange.desk().shout = Some(text);
        rig.run_for(Duration::from_millis(20));
    }
    rig.check_truth();
    rig.check_trades(0);
    assert!(rig.feed.gauges().errors.get() >= 4, "{}", rig.feed.gauges().errors.get());
    assert!(rig.feed.gauges().take_refusal().is_some());
    assert_eq!((rig.pages(0).lost, rig.feed.gauges().net_errors.get()), (0, 0));
}

#[test]
fn usdm_listens_on_two_routes_and_hears_on_both() {
    let mut rig = rig(VenueId::BinanceUsdm, &["BTCUSDT"], |_| {});
    rig.until_synced();
    rig.until("marks and trades", |rig| rig.pages(0).marks > 20 && rig.pages(0).trades.len() > 60);
    rig.check_truth();
    rig.check_trades(0);
    let mut paths = rig.exchange.desk().paths.clone();
    paths.sort();
    assert_eq!(paths, ["/market/stream", "/public/stream"]);
}

#[test]
fn subscriptions_stay_below_the_limit_of_messages() {
    let symbols: Vec<String> = (0..340).map(|n| format!("S{n}USDT")).collect();
    let symbols: Vec<&str> = symbols.iter().map(String::as_str).collect();
    let mut rig = spot(&symbols, |settings| settings.weight_per_minute = 1);
    rig.exchange.desk().frozen = true;
    rig.until("all messages", |rig| rig.exchange.desk().asked_at.len() == 6);
    let asked_at = rig.exchange.desk().asked_at.clone();
    for five in asked_at.windows(5) {
        assert!(five[4] - five[0] > Duration::from_millis(700), "five messages within {:?}", five[4] - five[0]);
    }
}

#[test]
fn a_channel_that_the_venue_lacks_refuses_to_start() {
    let mut settings = FeedSettings::new(VenueId::BinanceSpot, 1);
    settings.channels.push(feeds::live::plan::Channel::Liquidation);
    let none = instruments(VenueId::BinanceSpot, &[]);
    let error = VenueFeed::new(settings, &none, Notebook::new(0), Clock::machine()).expect_err("refused");
    assert!(error.to_string().contains("binance-spot has no liquidation"), "{error}");
}
