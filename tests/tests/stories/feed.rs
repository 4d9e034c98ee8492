//! A whole engine on one thread against the simulated exchange, which is told to misbehave: what the feed makes of it, and
//! that the trading goes on.

use crate::engine::{EPOCH, Parts, Plan, put_together};
use engine_backtest::venue::{Latency, PaperMarket};
use engine_core::config::Rings;
use engine_core::execution::stage::ExecutionCounters;
use engine_core::risk::Rules;
use engine_core::strategy::catalog::Strategy;
use engine_core::strategy::{StrategyStage, Time};
use engine_core::topology::Stage as Place;
use engine_model::instrument::{Instrument, InstrumentId, Instruments};
use engine_model::limit::Limits;
use engine_model::market::{BookState, MarketChange, MarketEvent};
use engine_model::units::Quote;
use engine_model::venue::VenueId;
use engine_ring::Crank;
use engine_ring::clock::Clock;
use engine_ring::counter::CachePadded;
use engine_ring::lossy::{Tap, Tapped};
use engine_ring::stage::{Poll, Stage};
use feeds::live::feed::VenueFeed;
use feeds::live::gauges::{FeedGauges, FeedState};
use feeds::live::plan::Urls;
use feeds::live::settings::{FeedSettings, LinePolicy};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tests_venue::{Config, Fault, Listing, SimulatedVenue};

const MS: u64 = 1_000_000;
/// No story waits longer than this for what must come.
const PATIENCE: Duration = Duration::from_secs(30);
const VENUE: VenueId = VenueId::BinanceSpot;
/// Their places in the exchange's list.
const BTC: usize = 0;
const ETH: usize = 1;

/// What was told of one instrument.
#[derive(Clone, Debug, Default)]
struct Told {
    synced: u64,
    lost: u64,
    trades: Vec<u64>,
}

struct Story {
    exchange: SimulatedVenue,
    feed: VenueFeed<PaperMarket>,
    gauges: Arc<FeedGauges>,
    execution: Arc<CachePadded<ExecutionCounters>>,
    crank: Crank,
    tap: Tap<MarketEvent>,
    told: Vec<Told>,
}

fn instruments() -> Instruments {
    Instruments::new(Listing::defaults(VENUE).iter().map(|listing| listing.instrument).collect())
}

/// An engine that dials the exchange with times short enough for a story. `before`: what the exchange is told at its start.
fn begin(before: &[Fault], change: impl FnOnce(&mut FeedSettings)) -> Story {
    let exchange = SimulatedVenue::start(Config::new(VENUE, 7)).expect("a free port");
    before.iter().for_each(|fault| exchange.inject(fault.clone()));
    let instruments = Arc::new(instruments());
    let clock = Clock::machine();
    let ways = MS / 2;
    let limits = Limits {
        message_rate_per_s: 100,
        message_burst: 200,
        venue_rate_per_s: 100,
        venue_burst: 200,
        duplicate_window_ns: 0,
        warm_up_ns: 0,
        ..Limits::default()
    };
    let rules = Rules::open(limits, &instruments);
    let plan = Plan {
        instruments: &instruments,
        venues: &[VENUE],
        spoken: &[],
        rules: &rules,
        equity: Quote::whole(1_000_000),
        open_orders_max: 64,
        rings: Rings::default(),
        latency: Latency { feed_ns: 0, order_ns: ways, reply_ns: ways },
        collateral: None,
        clock: clock.clone(),
        journal: None,
    };
    let Parts { mut wiring, mut papers, risk, execution, .. } = put_together(&plan);
    let mut settings = FeedSettings::new(VENUE, 7);
    settings.urls = Urls::of(VENUE, &exchange.rest_url(), &exchange.ws_url());
    settings.snapshot_after_ns = 120 * MS;
    settings.line = LinePolicy { backoff_ns: (20 * MS, 100 * MS), dead_after_ns: 600 * MS, ..LinePolicy::default() };
    change(&mut settings);
    let sink = papers.pop().expect("one venue");
    let feed = VenueFeed::new(settings, &instruments, sink, clock.clone()).expect("a feed");
    let ids: Vec<InstrumentId> = instruments.iter().map(|instrument: &Instrument| instrument.id).collect();
    let strategy = StrategyStage::new(
        vec![Strategy::new("imbalance_maker", &ids, &[]).expect("known")],
        EPOCH,
        Arc::clone(&instruments),
        wiring.market_readers(Place::Strategy).expect("free"),
        wiring.report().reader(Place::Strategy.name()).expect("free"),
        wiring.intent().writer(Place::Strategy.name()).expect("free"),
        Time::Clock(clock),
    );
    let counters = execution.counters();
    let stages: Vec<Box<dyn Stage>> = vec![Box::new(strategy), Box::new(risk), Box::new(execution)];
    let mut crank = Crank::new(stages);
    crank.start();
    let (_, tap) = wiring.market_taps(Place::Bridge).expect("free").pop().expect("one venue");
    let (gauges, told) = (feed.gauges(), vec![Told::default(); instruments.len()]);
    Story { exchange, gauges, feed, execution: counters, crank, tap, told }
}

impl Story {
    /// Turns everything until `done`.
    fn until(&mut self, what: &str, mut done: impl FnMut(&Self) -> bool) {
        let start = Instant::now();
        while !done(self) {
            let poll = self.feed.poll();
            self.crank.until_idle(1_000);
            self.listen();
            if poll == Poll::Idle {
                self.feed.park(Duration::from_millis(2));
            }
            assert!(start.elapsed() < PATIENCE, "{what} did not happen: {:?} {:?}", self.feed, self.told);
        }
    }

    fn listen(&mut self) {
        loop {
            match self.tap.next() {
                Tapped::Event(_, MarketEvent { at, change }) => {
                    let told = &mut self.told[at.instrument.index()];
                    match change {
                        MarketChange::Book(BookState::Synced) => told.synced += 1,
                        MarketChange::Book(BookState::Lost) => told.lost += 1,
                        MarketChange::Trade { trade_id, .. } => told.trades.push(trade_id),
                        _ => {}
                    }
                }
                Tapped::Lapped { missed } => panic!("{missed} events unheard"),
                Tapped::Empty => return,
            }
        }
    }

    fn run_for(&mut self, time: Duration) {
        let end = Instant::now() + time;
        self.until("the time", |_| Instant::now() >= end);
    }

    fn until_synced(&mut self) {
        self.until("sync", |story| story.gauges.state.get() == FeedState::Synced);
    }

    /// Orders leave now that did not before.
    fn until_it_trades(&mut self) {
        let before = self.execution.placed.get();
        self.until("an order", |story| story.execution.placed.get() > before + 2);
    }

    fn lost(&self) -> Vec<u64> {
        self.told.iter().map(|told| told.lost).collect()
    }

    /// Every trade once and in order, from the first that was heard.
    fn check_trades(&self) {
        for (instrument, told) in self.told.iter().enumerate() {
            let first = told.trades.first().copied().unwrap_or_default();
            assert!(told.trades.len() > 5, "instrument {instrument}: only {} trades", told.trades.len());
            let is_whole = told.trades.iter().zip(first..).all(|(trade, due)| *trade == due);
            assert!(is_whole, "instrument {instrument}: a trade is missing or doubled: {:?}", told.trades);
        }
    }

    /// Gaps, resyncs, frames refused, connections that broke.
    fn counts(&self) -> [u64; 4] {
        let counts = self.feed.session().counts();
        [counts.gaps, counts.resyncs, counts.errors, self.gauges.net_errors.get()]
    }

    /// Lets it go on for a while, so that what must not happen has its chance; then the end is counted.
    fn end(&mut self) {
        self.run_for(Duration::from_millis(700));
        self.until_it_trades();
        self.check_is_synced();
    }

    fn check_is_synced(&self) {
        assert_eq!(self.gauges.state.get(), FeedState::Synced, "{:?}", self.feed);
    }
}

#[test]
fn without_trouble_nothing_is_lost_and_the_engine_trades() {
    let mut story = begin(&[], |_| {});
    story.until_synced();
    story.end();
    story.check_trades();
    assert_eq!((story.counts(), story.lost()), ([0; 4], vec![0; 3]));
    assert!(story.told.iter().all(|told| told.synced == 1), "{:?}", story.told);
}

#[test]
fn a_missing_change_is_one_gap_and_one_resync_of_that_instrument() {
    let mut story = begin(&[], |_| {});
    story.until_synced();
    story.until_it_trades();
    story.exchange.inject(Fault::DropNextDelta("ETHUSDT".into()));
    story.until("the loss", |story| story.told[ETH].lost == 1);
    story.until("the resync", |story| story.told[ETH].synced == 2);
    story.end();
    story.check_trades();
    assert_eq!((story.counts(), story.lost()), ([1, 1, 0, 0], vec![0, 1, 0]));
}

#[test]
fn a_change_that_comes_twice_is_nothing() {
    let mut story = begin(&[], |_| {});
    story.until_synced();
    for symbol in ["BTCUSDT", "ETHUSDT", "SOLUSDT"] {
        story.exchange.inject(Fault::RepeatNextDelta(symbol.into()));
    }
    story.end();
    story.check_trades();
    assert_eq!(story.exchange.figures().faults, 3);
    assert_eq!((story.counts(), story.lost()), ([0; 4], vec![0; 3]));
}

#[test]
fn a_cut_connection_is_dialled_again_and_every_book_comes_back() {
    let mut story = begin(&[], |_| {});
    story.until_synced();
    for round in 1..=2 {
        story.until_it_trades();
        story.exchange.inject(Fault::Disconnect);
        story.until("the loss", |story| story.lost() == vec![round; 3]);
        story.until_synced();
    }
    story.end();
    let [gaps, _, errors, broken] = story.counts();
    assert_eq!((gaps, errors, broken, story.gauges.reconnects.get()), (0, 0, 2, 2));
}

#[test]
fn a_silent_exchange_is_not_believed_and_dialled_again() {
    let mut story = begin(&[], |settings| {
        settings.line = LinePolicy { silent_after_ns: 400 * MS, ..settings.line };
    });
    story.until_synced();
    story.exchange.inject(Fault::Silence(Duration::from_millis(900)));
    story.until("the loss", |story| story.lost() == vec![1; 3]);
    assert!(story.gauges.state.get() > FeedState::Synced);
    story.until_synced();
    story.end();
    assert!(story.gauges.reconnects.get() >= 1);
    assert_eq!(story.counts()[0], 0, "silence is no gap");
}

#[test]
fn garbage_between_two_frames_is_one_error_and_nothing_else() {
    let mut story = begin(&[], |_| {});
    story.until_synced();
    story.exchange.inject(Fault::Garbage("<html>502 Bad Gateway</html>".into()));
    story.until("the error", |story| story.counts()[2] == 1);
    story.end();
    story.check_trades();
    assert_eq!((story.counts(), story.lost()), ([0, 0, 1, 0], vec![0; 3]));
}

#[test]
fn bytes_that_are_no_frame_end_the_connection_and_it_is_dialled_again() {
    let mut story = begin(&[], |_| {});
    story.until_synced();
    story.exchange.inject(Fault::GarbageBytes);
    story.until("the loss", |story| story.lost() == vec![1; 3]);
    story.until_synced();
    story.end();
    assert_eq!((story.counts()[3], story.gauges.reconnects.get()), (1, 1));
    let trouble = story.gauges.take_trouble().expect("it was told").to_string();
    assert!(!trouble.is_empty());
}

#[test]
fn slow_refused_and_outdated_snapshots_only_delay_the_start() {
    let slow = Duration::from_millis(600);
    let cases = [
        ("slow", Fault::SlowRest(slow)),
        ("too many requests", Fault::RestStatus { status: 429, count: 1 }),
        ("server trouble", Fault::RestStatus { status: 503, count: 2 }),
        ("older than the stream", Fault::OldSnapshots { count: 4, update_ids: 1_000_000 }),
    ];
    for (case, fault) in cases {
        let started = Instant::now();
        let mut story = begin(std::slice::from_ref(&fault), |_| {});
        story.until_synced();
        assert!(fault != Fault::SlowRest(slow) || started.elapsed() >= slow, "{case}");
        story.exchange.inject(Fault::SlowRest(Duration::ZERO));
        story.end();
        story.check_trades();
        let failed = story.gauges.snapshots_failed.get();
        assert_eq!(failed > 0, matches!(fault, Fault::RestStatus { .. }), "{case}: {failed} failed");
        assert_eq!((story.counts()[0], story.counts()[2], story.lost()), (0, 0, vec![0; 3]), "{case}");
        assert!(story.told[BTC].synced == 1, "{case}");
    }
}

#[test]
fn connections_relieve_each_other_without_a_gap_and_without_a_trade_twice() {
    let mut story = begin(&[], |settings| {
        settings.line = LinePolicy { renew_after_ns: 500 * MS, overlap_ns: 250 * MS, ..settings.line };
    });
    story.until_synced();
    story.until("renewals", |story| story.gauges.renewals.get() >= 3);
    story.end();
    story.check_trades();
    assert_eq!((story.counts(), story.lost(), story.gauges.reconnects.get()), ([0; 4], vec![0; 3], 0));
    assert!(story.gauges.doubles.get() > 20, "both talked, yet only {} came twice", story.gauges.doubles.get());
}
