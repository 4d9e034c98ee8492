//! The live feed of a venue against the simulated exchange of it, and a book of every instrument kept the slow and obvious
//! way: what the stories of each venue share.

use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::market::{Applied, Level, MarketChange, MarketEvent, MarketSink, Stamp, VerifiedMessage};
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
use tests_venue::{Config, Fault, SimulatedVenue, Truth};

pub(crate) const MS: u64 = 1_000_000;
/// No story waits longer than this for what must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A book kept the slow and obvious way, and what else was told of its instrument.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept {
    pub(crate) sides: [BTreeMap<i64, i64>; 2],
    pub(crate) snapshots: u64,
    /// Messages of its book that are no snapshots.
    pub(crate) deltas: u64,
    pub(crate) lost: u64,
    /// Ids in the order in which they came.
    pub(crate) trades: Vec<u64>,
    pub(crate) marks: u64,
    pub(crate) fundings: Vec<MarketChange>,
    pub(crate) open_interests: u64,
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

    /// The best levels a side, at most so many.
    pub(crate) fn best(&self, levels: usize) -> [Vec<Level>; 2] {
        let level = |(px, qty): (&i64, &i64)| Level {
            px: engine_model::units::Ticks(*px),
            qty: engine_model::units::Lots(*qty),
        };
        let [bids, asks] = &self.sides;
        [bids.iter().rev().take(levels).map(level).collect(), asks.iter().take(levels).map(level).collect()]
    }

    /// Each side keeps so many levels at most.
    fn cut(&mut self, levels: usize) {
        let [bids, asks] = &mut self.sides;
        while bids.len() > levels {
            bids.pop_first();
        }
        while asks.len() > levels {
            asks.pop_last();
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Keeper(Vec<Kept>);

impl MarketSink for Keeper {
    fn book_snapshot(&mut self, at: Stamp, _: u64, bids: &[Level], asks: &[Level]) -> Applied {
        let kept = &mut self.0[at.instrument.index()];
        kept.snapshots += 1;
        kept.sides = Default::default();
        kept.put(bids, asks);
        Applied::Valid
    }

    fn book_delta(&mut self, at: Stamp, _: u64, bids: &[Level], asks: &[Level]) -> Applied {
        let kept = &mut self.0[at.instrument.index()];
        kept.deltas += 1;
        kept.put(bids, asks);
        Applied::Valid
    }

    fn book_verified(
        &mut self,
        at: Stamp,
        message: &VerifiedMessage<'_>,
        holds: &mut dyn FnMut(&[Level], &[Level]) -> bool,
    ) -> Applied {
        let VerifiedMessage { is_snapshot, update_id, bids, asks, depth_max, proof_levels } = *message;
        let applied = match is_snapshot {
            true => self.book_snapshot(at, update_id, bids, asks),
            false => self.book_delta(at, update_id, bids, asks),
        };
        let kept = &mut self.0[at.instrument.index()];
        depth_max.into_iter().for_each(|levels| kept.cut(levels));
        let [bids, asks] = kept.best(proof_levels);
        if proof_levels == 0 || holds(&bids, &asks) { applied } else { Applied::Mismatch }
    }

    fn book_lost(&mut self, at: Stamp) {
        let kept = &mut self.0[at.instrument.index()];
        kept.lost += 1;
        kept.sides = Default::default();
    }

    fn event(&mut self, event: MarketEvent) {
        let kept = &mut self.0[event.at.instrument.index()];
        match event.change {
            MarketChange::Trade { trade_id, .. } => kept.trades.push(trade_id),
            MarketChange::Mark { .. } => kept.marks += 1,
            MarketChange::OpenInterest { .. } => kept.open_interests += 1,
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

/// How a kept book and the venue's own are known to be of the same moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Match {
    /// By the id of the last message.
    Id,
    /// Messages have no ids of their book: one moment's book differs from every other's.
    Levels,
}

pub(crate) struct Story {
    pub(crate) exchange: Option<SimulatedVenue>,
    pub(crate) feed: VenueFeed<Keeper>,
    pub(crate) gauges: Arc<FeedGauges>,
    pub(crate) symbols: Vec<String>,
    matched: Match,
}

impl Story {
    /// A feed that dials the venue's exchange with times short enough for a story.
    pub(crate) fn begin(venue: VenueId, matched: Match, change: impl FnOnce(&mut FeedSettings)) -> Self {
        Self::begin_at(Config::new(venue, 7), matched, change)
    }

    /// The same with the first two instruments alone, in a market so quiet that seconds pass without an event.
    pub(crate) fn begin_quiet(venue: VenueId, matched: Match, change: impl FnOnce(&mut FeedSettings)) -> Self {
        let mut config = Config::new(venue, 7);
        config.speed_percent = 10;
        config.listings.truncate(2);
        config.listings.iter_mut().for_each(|listing| listing.flow_per_s = 1);
        Self::begin_at(config, matched, change)
    }

    /// The same with at most so many instruments, in a market of that seed, faster than the real one.
    pub(crate) fn begin_fast(
        venue: VenueId,
        matched: Match,
        (seed, instruments): (u64, usize),
        change: impl FnOnce(&mut FeedSettings),
    ) -> Self {
        let mut config = Config::new(venue, seed);
        config.speed_percent = 200;
        config.listings.truncate(instruments);
        Self::begin_at(config, matched, change)
    }

    fn begin_at(config: Config, matched: Match, change: impl FnOnce(&mut FeedSettings)) -> Self {
        let (venue, listings) = (config.venue, config.listings.clone());
        let exchange = SimulatedVenue::start(config).expect("a free port");
        let instruments = Instruments::new(listings.iter().map(|listing| listing.instrument).collect());
        let mut settings = FeedSettings::new(venue, 7);
        settings.urls = Urls::of(venue, &exchange.rest_url(), &exchange.ws_url());
        settings.line =
            LinePolicy { backoff_ns: (20 * MS, 100 * MS), dead_after_ns: 600 * MS, ..LinePolicy::default() };
        change(&mut settings);
        let keeper = Keeper(vec![Kept::default(); listings.len()]);
        let feed = VenueFeed::new(settings, &instruments, keeper, Clock::machine()).expect("a feed");
        let symbols = listings.iter().map(|listing| listing.instrument.symbol.as_str().to_owned()).collect();
        Self { exchange: Some(exchange), gauges: feed.gauges(), feed, symbols, matched }
    }

    pub(crate) fn exchange(&self) -> &SimulatedVenue {
        self.exchange.as_ref().expect("not stopped yet")
    }

    fn turn(&mut self) {
        if self.feed.poll() == Poll::Idle {
            self.feed.park(Duration::from_millis(2));
        }
    }

    pub(crate) fn until(&mut self, what: &str, mut done: impl FnMut(&Self) -> bool) {
        let start = Instant::now();
        while !done(self) {
            self.turn();
            assert!(start.elapsed() < PATIENCE, "{what} did not happen: {:?} {:?}", self.feed, self.counts());
        }
    }

    pub(crate) fn until_state(&mut self, state: FeedState) {
        self.until(state.name(), |story| story.gauges.state.get() == state);
    }

    /// The same for a client that is slow: longer between two turns than between two looks at its books (10 ms), so that
    /// each of its turns reads what is there and then looks.
    pub(crate) fn until_state_slowly(&mut self, state: FeedState) {
        self.until(state.name(), |story| {
            std::thread::sleep(Duration::from_millis(11));
            story.gauges.state.get() == state
        });
    }

    pub(crate) fn run_for(&mut self, time: Duration) {
        let end = Instant::now() + time;
        self.until("the time", |_| Instant::now() >= end);
    }

    pub(crate) fn kept(&self) -> &[Kept] {
        &self.feed.sink().0
    }

    pub(crate) fn lost(&self) -> Vec<u64> {
        self.kept().iter().map(|kept| kept.lost).collect()
    }

    pub(crate) fn snapshots(&self) -> Vec<u64> {
        self.kept().iter().map(|kept| kept.snapshots).collect()
    }

    /// Gaps, resyncs, frames refused, connections that broke.
    pub(crate) fn counts(&self) -> [u64; 4] {
        let counts = self.feed.session().counts();
        [counts.gaps, counts.resyncs, counts.errors, self.gauges.net_errors.get()]
    }

    /// So many of each instrument, `other` of one.
    pub(crate) fn all_but(&self, all: u64, one: usize, other: u64) -> Vec<u64> {
        (0..self.symbols.len()).map(|instrument| if instrument == one { other } else { all }).collect()
    }

    /// Where ids of trades rise: none came twice, though venues tell the last ones again to whoever asks anew.
    pub(crate) fn check_trades_come_once(&self) {
        for (symbol, kept) in self.symbols.iter().zip(self.kept()) {
            assert!(kept.trades.len() > 1, "{symbol}: {} trades", kept.trades.len());
            assert!(kept.trades.is_sorted_by(|before, after| before < after), "{symbol}: {:?}", kept.trades);
        }
    }

    /// Every book is the venue's own at the same moment: three times each, for a level that went wrong may be gone later.
    pub(crate) fn check_books(&mut self) {
        for instrument in 0..self.symbols.len() {
            for round in 0..3 {
                self.check_book(instrument, &format!("round {round}"));
            }
        }
    }

    /// A book is the venue's own at some moment.
    fn check_book(&mut self, instrument: usize, when: &str) {
        let start = Instant::now();
        while !self.is_true(instrument) {
            let id = InstrumentId(u32::try_from(instrument).expect("small"));
            assert!(
                start.elapsed() < PATIENCE,
                "{when}: {} was never the venue's: {:?}",
                self.symbols[instrument],
                self.feed.session().book(id)
            );
        }
    }

    /// Every book is the venue's own once nothing moves any more.
    pub(crate) fn check_calm(&mut self, when: &str) {
        self.exchange().inject(Fault::Calm(PATIENCE));
        (0..self.symbols.len()).for_each(|instrument| self.check_book(instrument, when));
        self.exchange().inject(Fault::Calm(Duration::ZERO));
    }

    /// Whether both come to stand at the same moment, and then at the same book.
    pub(crate) fn is_true(&mut self, instrument: usize) -> bool {
        // On a machine so busy that the venue does not answer within its second it is asked again.
        let truth = self.exchange().truth(&self.symbols[instrument]);
        let Some(Truth { update_id, bids, asks }) = truth else { return false };
        let sides = [bids, asks].map(|levels| -> BTreeMap<i64, i64> {
            assert!(levels.len() >= 5, "a book of {} levels", levels.len());
            levels.iter().map(|level| (level.px.0, level.qty.0)).collect()
        });
        let id = InstrumentId(u32::try_from(instrument).expect("small"));
        let end = Instant::now() + Duration::from_millis(300);
        while Instant::now() < end {
            let is_there = match self.matched {
                Match::Id => self.feed.session().book(id).update_id() == Some(update_id),
                Match::Levels => self.kept()[instrument].sides == sides,
            };
            if is_there {
                let kept = &self.kept()[instrument].sides;
                assert!(sides == *kept, "{}: {sides:?} {kept:?}", self.symbols[instrument]);
                return true;
            }
            self.turn();
        }
        false
    }
}
