//! The live feed against the simulated Bybit, which is told to misbehave: a hole is one gap and one resync of that book
//! alone, a cut line loses every book and brings it back, and what is kept at the end is the venue's true book.

use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::market::{Applied, Level, MarketChange, MarketEvent, MarketSink, Side, Stamp, VerifiedMessage};
use engine_model::units::Nanos;
use engine_model::venue::VenueId;
use engine_ring::clock::Clock;
use engine_ring::stage::{Poll, Stage as _};
use feeds::live::feed::VenueFeed;
use feeds::live::gauges::{FeedGauges, FeedState};
use feeds::live::plan::Urls;
use feeds::live::settings::{FeedSettings, LinePolicy};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tests_venue::{Config, Fault, Listing, SimulatedVenue, Truth};

const MS: u64 = 1_000_000;
/// No story waits longer than this for what must come.
const PATIENCE: Duration = Duration::from_secs(30);
const VENUE: VenueId = VenueId::Bybit;
/// Three linear perpetuals, an inverse one and a coin on spot: a socket a category.
const INSTRUMENTS: usize = 5;
const ETH: usize = 1;

/// A book kept the slow and obvious way, and what else was told of its instrument.
#[derive(Clone, Debug, Default)]
struct Kept {
    sides: [BTreeMap<i64, i64>; 2],
    snapshots: u64,
    lost: u64,
    trades: u64,
    marks: u64,
    fundings: Vec<MarketChange>,
}

impl Kept {
    fn put(&mut self, bids: &[Level], asks: &[Level]) {
        for (side, levels) in self.sides.iter_mut().zip([bids, asks]) {
            for level in levels {
                match level.qty.0 {
                    0 => side.remove(&level.px.0),
                    qty => side.insert(level.px.0, qty),
                };
            }
        }
    }
}

#[derive(Debug, Default)]
struct Keeper(Vec<Kept>);

impl MarketSink for Keeper {
    fn book_snapshot(&mut self, at: Stamp, _: u64, bids: &[Level], asks: &[Level]) -> Applied {
        let kept = &mut self.0[at.instrument.index()];
        kept.snapshots += 1;
        kept.sides = Default::default();
        kept.put(bids, asks);
        Applied::Valid
    }

    fn book_delta(&mut self, at: Stamp, _: u64, bids: &[Level], asks: &[Level]) -> Applied {
        self.0[at.instrument.index()].put(bids, asks);
        Applied::Valid
    }

    fn book_verified(
        &mut self,
        _: Stamp,
        _: &VerifiedMessage<'_>,
        _: &mut dyn FnMut(&[Level], &[Level]) -> bool,
    ) -> Applied {
        panic!("this venue proves nothing")
    }

    fn book_lost(&mut self, at: Stamp) {
        let kept = &mut self.0[at.instrument.index()];
        kept.lost += 1;
        kept.sides = Default::default();
    }

    fn event(&mut self, event: MarketEvent) {
        let kept = &mut self.0[event.at.instrument.index()];
        match event.change {
            MarketChange::Trade { .. } => kept.trades += 1,
            MarketChange::Mark { .. } => kept.marks += 1,
            change @ MarketChange::Funding { .. } => kept.fundings.push(change),
            _ => {}
        }
    }

    fn ready(&self) -> bool {
        true
    }

    fn turn(&mut self, _: Nanos) -> bool {
        false
    }
}

struct Story {
    exchange: Option<SimulatedVenue>,
    feed: VenueFeed<Keeper>,
    gauges: Arc<FeedGauges>,
    symbols: Vec<String>,
}

/// A feed that dials the exchange with times short enough for a story.
fn begin(change: impl FnOnce(&mut FeedSettings)) -> Story {
    let exchange = SimulatedVenue::start(Config::new(VENUE, 7)).expect("a free port");
    let listings = Listing::defaults(VENUE);
    let instruments = Instruments::new(listings.iter().map(|listing| listing.instrument).collect());
    let mut settings = FeedSettings::new(VENUE, 7);
    settings.urls = Urls::of(VENUE, &exchange.rest_url(), &exchange.ws_url());
    settings.line = LinePolicy { backoff_ns: (20 * MS, 100 * MS), ..LinePolicy::default() };
    change(&mut settings);
    let keeper = Keeper(vec![Kept::default(); INSTRUMENTS]);
    let feed = VenueFeed::new(settings, &instruments, keeper, Clock::machine()).expect("a feed");
    let symbols = listings.iter().map(|listing| listing.instrument.symbol.as_str().to_owned()).collect();
    Story { exchange: Some(exchange), gauges: feed.gauges(), feed, symbols }
}

impl Story {
    fn exchange(&self) -> &SimulatedVenue {
        self.exchange.as_ref().expect("not stopped yet")
    }

    fn turn(&mut self) {
        if self.feed.poll() == Poll::Idle {
            self.feed.park(Duration::from_millis(2));
        }
    }

    fn until(&mut self, what: &str, mut done: impl FnMut(&Self) -> bool) {
        let start = Instant::now();
        while !done(self) {
            self.turn();
            assert!(start.elapsed() < PATIENCE, "{what} did not happen: {:?} {:?}", self.feed, self.counts());
        }
    }

    fn until_state(&mut self, state: FeedState) {
        self.until(state.name(), |story| story.gauges.state.get() == state);
    }

    fn run_for(&mut self, time: Duration) {
        let end = Instant::now() + time;
        self.until("the time", |_| Instant::now() >= end);
    }

    fn kept(&self) -> &[Kept] {
        &self.feed.sink().0
    }

    fn lost(&self) -> Vec<u64> {
        self.kept().iter().map(|kept| kept.lost).collect()
    }

    fn snapshots(&self) -> Vec<u64> {
        self.kept().iter().map(|kept| kept.snapshots).collect()
    }

    /// Gaps, resyncs, frames refused, connections that broke.
    fn counts(&self) -> [u64; 4] {
        let counts = self.feed.session().counts();
        [counts.gaps, counts.resyncs, counts.errors, self.gauges.net_errors.get()]
    }

    /// Every book is the venue's own at the same id: three times each, for a level that went wrong may be gone later.
    fn check_books(&mut self) {
        for instrument in 0..INSTRUMENTS {
            for round in 0..3 {
                let start = Instant::now();
                while !self.is_true(instrument) {
                    assert!(
                        start.elapsed() < PATIENCE,
                        "round {round}: instrument {instrument} never at the venue's id"
                    );
                }
            }
        }
    }

    /// Whether both stand at the same id, and then at the same book.
    fn is_true(&mut self, instrument: usize) -> bool {
        let Truth { update_id, bids, asks } = self.exchange().truth(&self.symbols[instrument]).expect("listed");
        let id = InstrumentId(u32::try_from(instrument).expect("small"));
        let at = |story: &Self| story.feed.session().book(id).update_id();
        let end = Instant::now() + Duration::from_millis(300);
        while at(self) < Some(update_id) && Instant::now() < end {
            self.turn();
        }
        if at(self) != Some(update_id) {
            return false;
        }
        let kept = &self.kept()[instrument];
        for (side, (levels, kept)) in [(Side::Buy, (bids, &kept.sides[0])), (Side::Sell, (asks, &kept.sides[1]))] {
            let levels: BTreeMap<i64, i64> = levels.iter().map(|level| (level.px.0, level.qty.0)).collect();
            assert!(levels.len() > 20 && levels == *kept, "instrument {instrument} {side:?}: {levels:?} {kept:?}");
        }
        true
    }
}

#[test]
fn without_trouble_every_book_comes_once_and_is_true() {
    let mut story = begin(|_| {});
    story.until_state(FeedState::Synced);
    story.run_for(Duration::from_millis(1_500));
    story.check_books();
    assert_eq!((story.counts(), story.lost(), story.snapshots()), ([0; 4], vec![0; INSTRUMENTS], vec![1; INSTRUMENTS]));
    for (instrument, kept) in story.kept().iter().enumerate() {
        assert!(kept.trades > 5, "instrument {instrument}: {} trades", kept.trades);
        let is_spot = story.symbols[instrument].starts_with("spot:");
        assert_eq!((kept.marks == 0, kept.fundings.is_empty()), (is_spot, is_spot), "instrument {instrument}");
        let eight_hours = |change: &MarketChange| matches!(change, MarketChange::Funding { interval_s: 28_800, .. });
        assert!(kept.fundings.iter().all(eight_hours), "{:?}", kept.fundings);
    }
}

#[test]
fn a_missing_change_is_one_gap_and_one_resync_of_that_instrument() {
    let mut story = begin(|_| {});
    story.until_state(FeedState::Synced);
    story.run_for(Duration::from_millis(300));
    story.exchange().inject(Fault::DropNextDelta("linear:ETHUSDT".into()));
    story.until("the loss", |story| story.kept()[ETH].lost == 1);
    let lost_at = Instant::now();
    story.until("the resync", |story| story.kept()[ETH].snapshots == 2);
    assert!(lost_at.elapsed() < Duration::from_secs(2), "{:?}", lost_at.elapsed());
    story.until_state(FeedState::Synced);
    story.run_for(Duration::from_millis(700));
    story.check_books();
    assert_eq!(
        (story.counts(), story.lost(), story.snapshots()),
        ([1, 1, 0, 0], vec![0, 1, 0, 0, 0], vec![1, 2, 1, 1, 1])
    );
    let gaps: Vec<u64> = story.gauges.instruments().iter().map(|gauges| gauges.gaps.get()).collect();
    assert_eq!(gaps, [0, 1, 0, 0, 0]);
}

#[test]
fn a_change_that_comes_twice_and_garbage_in_between_lose_nothing() {
    let mut story = begin(|_| {});
    story.until_state(FeedState::Synced);
    for symbol in story.symbols.clone() {
        story.exchange().inject(Fault::RepeatNextDelta(symbol));
    }
    story.run_for(Duration::from_millis(500));
    assert_eq!(story.counts(), [0; 4]);
    story.exchange().inject(Fault::Garbage("<html>502 Bad Gateway</html>".into()));
    story.until("the error", |story| story.counts()[2] >= 1);
    story.run_for(Duration::from_millis(300));
    story.check_books();
    assert_eq!((story.counts(), story.lost()), ([0, 0, 1, 0], vec![0; INSTRUMENTS]));
}

#[test]
fn cut_connections_are_dialled_again_and_every_book_comes_back() {
    let mut story = begin(|_| {});
    story.until_state(FeedState::Synced);
    for round in 1..=2 {
        story.run_for(Duration::from_millis(200));
        story.exchange().inject(Fault::Disconnect);
        story.until("the loss", |story| story.lost() == vec![round; INSTRUMENTS]);
        story.until_state(FeedState::Synced);
    }
    story.check_books();
    let [gaps, _, errors, broken] = story.counts();
    assert_eq!((gaps, errors, broken, story.gauges.reconnects.get()), (0, 0, 6, 6), "three sockets, twice");
}

#[test]
fn a_silent_exchange_is_not_believed_and_dialled_again() {
    let mut story = begin(|settings| {
        settings.line = LinePolicy { silent_after_ns: 400 * MS, ..settings.line };
    });
    story.until_state(FeedState::Synced);
    story.exchange().inject(Fault::Silence(Duration::from_millis(900)));
    story.until("the loss", |story| story.lost().iter().all(|lost| *lost >= 1));
    assert!(story.gauges.state.get() > FeedState::Synced);
    story.until_state(FeedState::Synced);
    story.check_books();
    assert_eq!(story.counts()[0], 0, "silence is no gap");
}

#[test]
fn a_venue_that_is_gone_is_connecting_and_then_dead() {
    let mut story = begin(|_| {});
    story.until_state(FeedState::Synced);
    story.exchange.take().expect("running").stop();
    story.until("the loss", |story| story.lost() == vec![1; INSTRUMENTS]);
    story.until("connecting or worse", |story| story.gauges.state.get() >= FeedState::Connecting);
    assert_eq!(story.gauges.state.get(), FeedState::Connecting);
    story.until_state(FeedState::Dead);
    // The venue is as bad as its worst line; the others have waits of their own.
    let is_dead = |story: &Story| story.gauges.instruments().iter().all(|gauges| gauges.state.get() == FeedState::Dead);
    story.until("every instrument dead", is_dead);
}
