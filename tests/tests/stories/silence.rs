//! Streams that do not come: accepted and silent, or refused. Each is told by name within seconds, with the words of the
//! venue where it has some, and a venue that is otherwise well stays well.

use engine_model::instrument::{Instrument, InstrumentId, Instruments, Name};
use engine_model::market::{Applied, Level, MarketEvent, MarketSink, Stamp, VerifiedMessage};
use engine_model::units::Nanos;
use engine_model::venue::VenueId;
use engine_ring::clock::Clock;
use engine_ring::stage::{Poll, Stage as _};
use feeds::live::feed::VenueFeed;
use feeds::live::gauges::{FeedGauges, FeedState, StreamTrouble};
use feeds::live::plan::{Channel, Urls};
use feeds::live::settings::FeedSettings;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tests_venue::{Config, Listing, SimulatedVenue};

/// No story waits longer than this for what must come.
const PATIENCE: Duration = Duration::from_secs(30);

/// A sink that believes everything.
struct Deaf;

impl MarketSink for Deaf {
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

struct Story {
    _exchange: SimulatedVenue,
    instruments: Instruments,
    feed: VenueFeed<Deaf>,
    gauges: Arc<FeedGauges>,
    begun: Instant,
}

/// A feed of what `list` makes of the venue's instruments, on the hosts of the venue as `urls` leaves them.
fn begin(venue: VenueId, list: impl FnOnce(&mut Vec<Instrument>), urls: impl FnOnce(&mut Urls)) -> Story {
    let exchange = SimulatedVenue::start(Config::new(venue, 7)).expect("a free port");
    let mut instruments = Listing::defaults(venue).iter().map(|listing| listing.instrument).collect();
    list(&mut instruments);
    let instruments = Instruments::new(instruments);
    let mut settings = FeedSettings::new(venue, 7);
    settings.urls = Urls::of(venue, &exchange.rest_url(), &exchange.ws_url());
    urls(&mut settings.urls);
    let feed = VenueFeed::new(settings, &instruments, Deaf, Clock::machine()).expect("a feed");
    Story { _exchange: exchange, gauges: feed.gauges(), instruments, feed, begun: Instant::now() }
}

impl Story {
    fn until(&mut self, what: &str, mut done: impl FnMut(&Self) -> bool) {
        let start = Instant::now();
        while !done(self) {
            if self.feed.poll() == Poll::Idle {
                self.feed.park(Duration::from_millis(2));
            }
            assert!(start.elapsed() < PATIENCE, "{what} did not happen: {:?}", self.feed);
        }
    }

    fn troubles(&self) -> Vec<StreamTrouble> {
        std::iter::from_fn(|| self.gauges.take_stream_trouble()).collect()
    }
}

/// USD-M serves marks on one route and books on another; a mark asked for where books are is accepted, and never comes.
#[test]
fn a_stream_asked_for_on_the_wrong_route_is_told_within_seconds_and_changes_no_state() {
    let wrong = |urls: &mut Urls| {
        let public = urls.routes.iter().find(|(route, _)| *route == "public").expect("a route").1.clone();
        urls.routes.iter_mut().filter(|(route, _)| *route == "market").for_each(|(_, url)| url.clone_from(&public));
    };
    let mut story = begin(VenueId::BinanceUsdm, |_| {}, wrong);
    story.until("sync", |story| story.gauges.state.get() == FeedState::Synced);
    assert!(story.troubles().is_empty(), "nothing is told before its time");
    let is_silent = |story: &Story| story.gauges.instruments().iter().all(|of| of.silent().contains(Channel::Mark));
    story.until("the silence told", is_silent);
    assert!(story.begun.elapsed() < Duration::from_secs(7), "{:?}", story.begun.elapsed());
    let instruments = story.gauges.instruments();
    let expected: Vec<_> = instruments
        .iter()
        .map(|of| StreamTrouble::Silent { instrument: of.instrument, channel: Channel::Mark })
        .collect();
    assert_eq!(story.troubles(), expected, "each once, and no trade: nobody may have traded");
    for of in instruments {
        let quiet: Vec<_> = of.quiet().iter().collect();
        assert_eq!(quiet, [Channel::AggregateTrade, Channel::Liquidation]);
        assert_eq!(of.silent().iter().collect::<Vec<_>>(), [Channel::Mark], "the books speak");
    }
    assert_eq!(story.gauges.state.get(), FeedState::Synced);
    let text = expected[0].text(&story.instruments);
    assert!(text.starts_with("BTCUSDT mark: asked for, and nothing came within 5 s"), "{text}");
}

#[test]
fn a_refused_stream_is_told_at_once_with_the_venues_own_words() {
    let unlisted = |instruments: &mut Vec<Instrument>| {
        let symbol = Name::new("linear:NOPEUSDT").expect("short");
        // Alone in a message: a message with one bad topic changes nothing.
        let (like, id) = (instruments[0], InstrumentId(0));
        *instruments = vec![Instrument { id, symbol, ..like }];
    };
    let mut story = begin(VenueId::Bybit, unlisted, |_| {});
    let is_rejected = |story: &Story| story.gauges.instruments()[0].rejected().contains(Channel::Book);
    story.until("the refusal", is_rejected);
    assert!(story.begun.elapsed() < Duration::from_secs(2), "{:?}", story.begun.elapsed());
    let told = story.troubles();
    let [StreamTrouble::Rejected { stream, .. }] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(*stream, Some((InstrumentId(0), Channel::Book)), "the first topic that it does not know");
    let text = told[0].text(&story.instruments);
    assert!(text.starts_with("linear:NOPEUSDT book: the venue says no: {\"success\":false"), "{text}");
}
