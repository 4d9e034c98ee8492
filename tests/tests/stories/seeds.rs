//! Three hundred seeds of trouble, 25 on each simulated venue: what is missing, doubled, late, wrong or cut is found and
//! mended, the other books go on meanwhile, and every book ends as the venue's own. How long it took is printed
//! (`-- --nocapture`) and judged by nobody: the machine may be busy.

use crate::simulated::{MS, Match, Story};
use engine_model::instrument::InstrumentId;
use engine_model::market::BookState;
use engine_model::venue::VenueId;
use feeds::live::gauges::FeedState;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tests_venue::Fault;

/// Three hundred in all, and some.
const SEEDS_A_VENUE: u64 = 24;
/// Books of a session.
const INSTRUMENTS: usize = 4;
/// Sessions at once: they wait most of the time.
const WORKERS: usize = 4;

/// Every venue, and how its book is known to be of the moment of ours; the slowest first.
const VENUES: [(VenueId, Match); 13] = [
    (VenueId::Hyperliquid, Match::Levels),
    (VenueId::Coinbase, Match::Levels),
    (VenueId::Okx, Match::Id),
    (VenueId::Kraken, Match::Levels),
    (VenueId::BinanceSpot, Match::Id),
    (VenueId::BinanceUsdm, Match::Id),
    (VenueId::BinanceCoinm, Match::Id),
    (VenueId::GateSpot, Match::Id),
    (VenueId::GateFutures, Match::Id),
    (VenueId::Bitget, Match::Id),
    (VenueId::Bybit, Match::Id),
    (VenueId::KrakenFutures, Match::Id),
    (VenueId::Deribit, Match::Id),
];

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Harm {
    Drop,
    Swap,
    Repeat,
    Disconnect,
    WrongChecksum,
}

/// What comes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Effect {
    /// No book is lost.
    Nothing,
    /// These are, once each, and come back.
    Lost(Range<usize>),
    /// That one is, unless later changes mend it before a checksum tells of it.
    LostOrMended(usize),
}

/// SplitMix64: one seed, one sequence.
struct Drawn(u64);

impl Drawn {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ mixed >> 31) as usize % bound
    }

    fn harm(&mut self, venue: VenueId) -> Harm {
        let harms = [Harm::Drop, Harm::Swap, Harm::Repeat, Harm::Disconnect, Harm::WrongChecksum];
        let has_checksum = matches!(venue, VenueId::Okx | VenueId::Bitget | VenueId::Kraken);
        harms[self.below(harms.len() - usize::from(!has_checksum))]
    }
}

fn effect(venue: VenueId, harm: Harm, hit: usize, instruments: usize) -> Effect {
    match (harm, venue) {
        (Harm::Disconnect, _) => Effect::Lost(0..instruments),
        // Every book of the venue is whole.
        (Harm::Repeat, _) | (_, VenueId::Hyperliquid) => Effect::Nothing,
        // A connection is numbered, not a book; it has two of them.
        (_, VenueId::Coinbase) => Effect::Lost(hit / 2 * 2..instruments.min(hit / 2 * 2 + 2)),
        // Nothing is numbered, and the checksum is of the ten best levels.
        (Harm::Drop | Harm::Swap, VenueId::Kraken) => Effect::LostOrMended(hit),
        _ => Effect::Lost(hit..hit + 1),
    }
}

/// How long a loss took: until it was found, from then until a book was asked for, and until all were in sync.
#[derive(Clone, Copy, Debug)]
struct Times {
    harm: Harm,
    found: Duration,
    started: Duration,
    ended: Duration,
}

/// One session and what it has come to.
struct Session {
    story: Story,
    venue: VenueId,
    times: Vec<Times>,
    /// Losses that were mended before they were found.
    mended: u64,
}

impl Session {
    fn begin(venue: VenueId, matched: Match) -> Self {
        let seed = 300 + venue as u64;
        let story = Story::begin_fast(venue, matched, (seed, INSTRUMENTS), |settings| {
            // Two books on a connection of Coinbase; snapshots of Binance that 25 seeds can afford within its weights.
            if venue == VenueId::Coinbase {
                settings.streams_max = 4;
            }
            settings.snapshot_levels = settings.snapshot_levels.min(1_000);
            settings.snapshot_after_ns = 120 * MS;
        });
        Self { story, venue, times: Vec::new(), mended: 0 }
    }

    fn play(&mut self, seed: u64) {
        let mut drawn = Drawn(seed << 8 | self.venue as u64);
        let instruments = self.story.symbols.len();
        let (harm, hit) = (drawn.harm(self.venue), drawn.below(instruments));
        let what = format!("{} seed {seed}, {harm:?} of {}", self.venue.name(), self.story.symbols[hit]);
        self.story.run_for(Duration::from_millis(drawn.below(60) as u64));
        let before = (self.story.lost(), self.story.snapshots());
        self.inject(harm, hit);
        let injected_at = Instant::now();
        let lost = match effect(self.venue, harm, hit, instruments) {
            Effect::Nothing => {
                self.nothing_happens(hit, &what);
                0..0
            }
            Effect::Lost(lost) => {
                self.comes_back(&lost, (harm, injected_at), &before.0, &what);
                lost
            }
            Effect::LostOrMended(hit) => {
                if self.is_mended(hit, before.0[hit], &what) {
                    self.mended += 1;
                    0..0
                } else {
                    self.comes_back(&(hit..hit + 1), (harm, injected_at), &before.0, &what);
                    hit..hit + 1
                }
            }
        };
        self.story.check_calm(&what);
        let more = |counts: &[u64]| -> Vec<u64> {
            counts.iter().enumerate().map(|(instrument, count)| count + u64::from(lost.contains(&instrument))).collect()
        };
        let trouble = self.story.gauges.take_trouble();
        assert_eq!(self.story.lost(), more(&before.0), "{what}: another book was lost, or one twice: {trouble:?}");
        if self.venue != VenueId::Hyperliquid {
            assert_eq!(self.story.snapshots(), more(&before.1), "{what}: another book came anew, or one twice");
        }
    }

    fn inject(&self, harm: Harm, hit: usize) {
        let symbol = self.story.symbols[hit].clone();
        self.story.exchange().inject(match harm {
            Harm::Drop => Fault::DropNextDelta(symbol),
            Harm::Swap => Fault::SwapNextDeltas(symbol),
            Harm::Repeat => Fault::RepeatNextDelta(symbol),
            Harm::Disconnect => Fault::Disconnect,
            Harm::WrongChecksum => Fault::WrongChecksum(symbol),
        });
    }

    /// Its book goes on for a while: the first message may have been under way before the fault.
    fn nothing_happens(&mut self, hit: usize, what: &str) {
        let heard = |story: &Story| story.kept()[hit].deltas + story.kept()[hit].snapshots;
        let before = heard(&self.story);
        self.story.until(what, |story| heard(story) >= before + 4);
    }

    /// Whether the book is the venue's though it was not lost by what came for a while.
    fn is_mended(&mut self, hit: usize, lost: u64, what: &str) -> bool {
        let deltas = self.story.kept()[hit].deltas + 60;
        self.story.until(what, |story| story.kept()[hit].lost > lost || story.kept()[hit].deltas >= deltas);
        while self.story.kept()[hit].lost == lost {
            if self.story.is_true(hit) {
                return self.story.kept()[hit].lost == lost;
            }
        }
        false
    }

    /// Those are lost, each is asked for and comes back, and meanwhile the others are in sync.
    fn comes_back(&mut self, lost: &Range<usize>, (harm, injected_at): (Harm, Instant), before: &[u64], what: &str) {
        let others = |story: &Story| {
            let mut others = (0..story.symbols.len()).filter(|at| !lost.contains(at));
            let out = others.find(|at| !is_synced(story, *at));
            assert_eq!(out, None, "{what}: another book is out of sync: {:?}", story.gauges.take_trouble());
        };
        let asked = self.story.gauges.snapshots_asked.get();
        let is_lost = |story: &Story| lost.clone().all(|at| story.kept()[at].lost > before[at]);
        self.story.until(&format!("{what}: the loss"), |story| {
            others(story);
            is_lost(story)
        });
        let (found, found_at) = (injected_at.elapsed(), Instant::now());
        let mut started = None;
        self.story.until(&format!("{what}: sync"), |story| {
            others(story);
            if started.is_none() && story.gauges.snapshots_asked.get() > asked {
                started = Some(found_at.elapsed());
            }
            lost.clone().all(|at| is_synced(story, at))
        });
        // A line that was cut is dialled again, and on most venues its books come with it unasked.
        self.times.push(Times { harm, found, started: started.unwrap_or_default(), ended: found_at.elapsed() });
    }
}

/// As the session has it: gauges are some milliseconds behind.
fn is_synced(story: &Story, at: usize) -> bool {
    story.feed.session().book(InstrumentId(at as u32)).state == BookState::Synced
}

/// Median, 99th percentile, longest.
fn spread(times: impl Iterator<Item = Duration>) -> String {
    let mut all: Vec<f64> = times.map(|time| time.as_secs_f64() * 1e3).collect();
    all.sort_by(f64::total_cmp);
    let last = all.len().saturating_sub(1);
    let at = |share: f64| all.get((all.len() as f64 * share) as usize).or(all.get(last)).copied().unwrap_or_default();
    format!("{:5.1} {:5.1} {:5.1}", at(0.5), at(0.99), at(1.0))
}

/// One line: of what was missing or wrong, and of lines that were cut.
fn line(name: &str, times: &[Times], mended: u64) -> String {
    let of = |is_cut: bool| times.iter().filter(move |times| (times.harm == Harm::Disconnect) == is_cut);
    let [found, started, ended] =
        [|t: &Times| t.found, |t: &Times| t.started, |t: &Times| t.ended].map(|part| spread(of(false).map(part)));
    let (gaps, cuts, cut) = (of(false).count(), of(true).count(), spread(of(true).map(|times| times.ended)));
    format!("{name:15} {gaps:3}  {found}  {started}  {ended}  {mended:2}  {cuts:3}  {cut}\n")
}

#[test]
fn three_hundred_seeds_of_trouble_leave_every_book_true() {
    let (next, sessions) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some(&(venue, matched)) = VENUES.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut session = Session::begin(venue, matched);
                    session.story.until_state(FeedState::Synced);
                    (0..SEEDS_A_VENUE).for_each(|seed| session.play(seed));
                    let Session { times, mended, .. } = session;
                    sessions.lock().expect("no panic before").push((venue, times, mended));
                }
            });
        }
    });
    let sessions = sessions.into_inner().expect("no panic");
    let seeds = sessions.len() as u64 * SEEDS_A_VENUE;
    assert_eq!(sessions.len(), VENUES.len());
    assert!(seeds >= 300, "{seeds} seeds");
    let mut text = format!("{seeds} seeds in {:.1} s; p50, p99 and longest in ms\n", start.elapsed().as_secs_f64());
    text += "venue          gaps  found              from then asked    in sync           mended cuts  in sync\n";
    sessions.iter().for_each(|(venue, times, mended)| text += &line(venue.name(), times, *mended));
    let all: Vec<Times> = sessions.iter().flat_map(|(_, times, _)| times.clone()).collect();
    text += &line("all", &all, sessions.iter().map(|(.., mended)| mended).sum());
    eprintln!("{text}");
}
