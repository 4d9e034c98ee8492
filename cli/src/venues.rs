//! Venues of a live run: what they list, and the settings of their feeds.

use crate::config::nearest;
use crate::exit::Exit;
use anyhow::{Context as _, anyhow, bail};
use bridges::{InstrumentHealth, StreamsHealth, VenueHealth, VenueSource, VenueState};
use engine_core::config;
use engine_model::instrument::{Instrument, InstrumentId, Instruments};
use engine_model::margin::MarginTiers;
use engine_model::units::Nanos;
use engine_model::venue::VenueId;
use engine_ring::clock::Clock;
use feeds::live::gauges::{FeedGauges, FeedState, InstrumentGauges};
use feeds::live::plan::{Channel, ChannelSet, Urls};
use feeds::live::settings::FeedSettings;
use feeds::metadata::{MetadataError, margin_requests, read_margin};
use feeds::net::endpoint::Endpoint;
use feeds::net::request::Request;
use feeds::net::rest::{Job, Outcome, RestClient, RestSettings};
use feeds::net::tls::Tls;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Longest wait for a venue's list of instruments.
const LIST_WITHIN: Duration = Duration::from_secs(30);
/// Request weight of an answer: 20 at most on all markets of Binance, 1 elsewhere.
const LIST_WEIGHT: u32 = 20;

/// The instruments of every venue, in the order of the configuration, with one numbering.
pub(crate) fn instruments(
    venues: &[config::Venue],
    clock: &Clock,
    interrupted: &AtomicBool,
) -> Result<Instruments, Exit> {
    let (mut all, mut funding, mut tiers) = (Vec::<Instrument>::new(), Vec::new(), Vec::new());
    for venue in venues {
        let desk = Desk::open(venue, clock, interrupted)?;
        let listed = desk.listed(venue)?;
        tiers.extend(desk.margin(&listed));
        for instrument in &listed {
            funding.push(listed.funding_interval_s(instrument.id));
            all.push(Instrument { id: InstrumentId(all.len() as u32), ..*instrument });
        }
    }
    Ok(Instruments::new(all).with_funding_intervals(funding).with_margin_tiers(tiers))
}

/// The one instrument of a call that names it.
pub(crate) fn instrument(venue: &config::Venue, clock: &Clock, interrupted: &AtomicBool) -> Result<Instrument, Exit> {
    let key = format!("venue.{}.symbols", venue.id.name());
    match instruments(std::slice::from_ref(venue), clock, interrupted) {
        Ok(instruments) => Ok(*instruments.get(InstrumentId(0))),
        Err(Exit::Usage(text)) => Err(Exit::Usage(text.replacen(&key, "--symbol", 1))),
        Err(other) => Err(other),
    }
}

/// Where a venue is asked what it lists.
struct Desk<'a> {
    client: RestClient,
    until: Instant,
    interrupted: &'a AtomicBool,
}

impl<'a> Desk<'a> {
    fn open(venue: &config::Venue, clock: &Clock, interrupted: &'a AtomicBool) -> anyhow::Result<Self> {
        let endpoint = Endpoint::rest(&urls(venue).rest)?;
        let tls = if endpoint.tls { Some(Tls::public()?) } else { None };
        let settings = RestSettings {
            // A list of every instrument of a venue is far longer than a snapshot.
            body_bytes_max: 64 << 20,
            headers: feeds::headers(venue.id),
            limited_for: feeds::limited_for(venue.id),
            ..RestSettings::new(endpoint, tls, feeds::weight_limit(venue.id), 0)
        };
        let client = RestClient::start(settings, clock.clone(), None)?;
        Ok(Self { client, until: Instant::now() + LIST_WITHIN, interrupted })
    }

    /// The instruments that the configuration wants of a venue, ids from 0.
    fn listed(&self, venue: &config::Venue) -> Result<Instruments, Exit> {
        let wanted: Vec<&str> = venue.symbols.iter().map(String::as_str).collect();
        let requests = feeds::list_requests(venue.id, &wanted).into_iter();
        let answers: anyhow::Result<Vec<_>> = requests.map(|request| self.ask(request)).collect();
        let answers = answers.with_context(|| format!("asking {} for its instruments", venue.id.name()));
        let listed = answers.and_then(|answers| Ok(feeds::read_list(venue.id, &answers, &wanted)?));
        listed.map_err(|error| match error.downcast_ref() {
            Some(MetadataError::List(_) | MetadataError::Rule { .. } | MetadataError::Type { .. }) => {
                Exit::Failed(error)
            }
            // Some venues answer an unknown name with an error of their own: what they list decides.
            Some(MetadataError::Absent { .. } | MetadataError::Refused { .. }) | None => {
                self.unknown(venue).map_or(Exit::Failed(error), Exit::Usage)
            }
        })
    }

    /// What the venue wants to see behind positions, as far as it tells without a key. Where it has a table and does not give
    /// it the run begins by that of the configuration, or by one that is dearer than any: said in the log.
    fn margin(&self, listed: &Instruments) -> Vec<Option<MarginTiers>> {
        let mut tables = listed.all_margin_tiers();
        for (instrument, table) in listed.iter().zip(&mut tables) {
            let requests = margin_requests(instrument);
            if requests.is_empty() {
                continue;
            }
            let answers: anyhow::Result<Vec<_>> = requests.into_iter().map(|request| self.ask(request)).collect();
            match answers.and_then(|answers| Ok(read_margin(instrument, &answers)?)) {
                Ok(told) => *table = Some(told),
                Err(error) => {
                    let (venue, symbol) = (instrument.venue.name(), instrument.symbol.as_str());
                    tracing::warn!(venue, symbol, "the venue's margin table is not known: {error:#}");
                }
            }
        }
        tables
    }

    /// What is said of the first symbol that the venue's whole list does not have.
    fn unknown(&self, venue: &config::Venue) -> Option<String> {
        let mut lists: BTreeMap<(Arc<str>, Vec<u8>), Vec<u8>> = BTreeMap::new();
        venue.symbols.iter().find_map(|symbol| {
            let request = feeds::whole_list_request(venue.id, symbol)?;
            let asked = (Arc::clone(&request.path), request.body.clone());
            if !lists.contains_key(&asked) {
                lists.insert(asked.clone(), self.ask(request).ok()?);
            }
            let names = feeds::listed_names(lists.get(&asked)?, symbol);
            unknown(venue.id, symbol, &names)
        })
    }

    /// One answer.
    fn ask(&self, request: Request) -> anyhow::Result<Vec<u8>> {
        let job = Job::Send { id: 0, request, weight: LIST_WEIGHT, body: Vec::new() };
        self.client.try_ask(job).map_err(|_| anyhow!("the question found no room"))?;
        while Instant::now() < self.until {
            if self.interrupted.load(Ordering::Relaxed) {
                bail!("interrupted");
            }
            match self.client.try_take().map(|answer| answer.outcome) {
                Some(Outcome::Body(body)) => return Ok(body),
                Some(Outcome::Failed(error, _)) => return Err(error.into()),
                Some(_) | None => std::thread::sleep(Duration::from_millis(5)),
            }
        }
        bail!("no answer within {} s", LIST_WITHIN.as_secs())
    }
}

/// What is said of a symbol that is none of these names; a list without names says nothing.
fn unknown(venue: VenueId, symbol: &str, names: &[String]) -> Option<String> {
    if names.is_empty() || names.iter().any(|name| name == symbol) {
        return None;
    }
    let venue = venue.name();
    let meant = nearest(symbol, names.iter().map(String::as_str));
    let meant = meant.map_or(String::new(), |meant| format!("; did you mean `{meant}`?"));
    Some(format!("venue.{venue}.symbols: found \"{symbol}\", accepted: a symbol that {venue} lists{meant}"))
}

/// Where a venue is: its own hosts, or those of the configuration.
pub(crate) fn urls(venue: &config::Venue) -> Urls {
    let public = Urls::defaults(venue.id);
    match (&venue.rest_url, &venue.ws_url) {
        (None, None) => public,
        (Some(rest), Some(ws)) => Urls::of(venue.id, rest, ws),
        (Some(rest), None) => Urls { rest: rest.clone(), ..public },
        (None, Some(ws)) => Urls { rest: public.rest.clone(), ..Urls::of(venue.id, &public.rest, ws) },
    }
}

/// Levels a side of Hyperliquid's fast books.
const HYPERLIQUID_FAST_LEVELS: u32 = 5;

/// The settings of a venue's feed.
pub(crate) fn feed_settings(venue: &config::Venue, feeds: config::Feeds, name: String, seed: u64) -> FeedSettings {
    let ns = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    if venue.id == VenueId::Hyperliquid && venue.snapshot_depth > HYPERLIQUID_FAST_LEVELS {
        let told = "hyperliquid.snapshot_depth above 5: the deep books, told each 5 s; only `quote` follows the market";
        tracing::warn!("venue.{told}");
    }
    let mut settings = FeedSettings::new(venue.id, seed).with_levels(venue.snapshot_depth);
    settings.name = name;
    settings.score_min = feeds.book_score_min;
    settings.line.dead_after_ns = ns(feeds.dead_after);
    settings.urls = urls(venue);
    settings.second_urls = venue.second_ws_url.as_ref().map(|second| match second {
        None => settings.urls.clone(),
        Some(url) => Urls::of(venue.id, &settings.urls.rest, url),
    });
    if let Some(named) = &venue.channels {
        settings.channels = Channel::ALL.into_iter().filter(|channel| named.contains(&channel.name())).collect();
    }
    settings.line.silent_after_ns = ns(venue.stale_after);
    settings.stale_after_ns = ns(venue.stale_after);
    settings.line.renew_after_ns = ns(venue.reconnect_after);
    settings
}

/// How the venues are doing, for the slow side.
pub(crate) fn health(feeds: Vec<Arc<FeedGauges>>) -> VenueSource {
    let rates = Mutex::new(Rates::default());
    Arc::new(move || {
        // Who panicked while it counted has left counts.
        let mut rates = rates.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        feeds.iter().map(|feed| one(feed, &mut rates, now)).collect()
    })
}

fn one(feed: &FeedGauges, rates: &mut Rates, now: Instant) -> VenueHealth {
    let mut instrument = |gauges: &InstrumentGauges| InstrumentHealth {
        instrument: gauges.instrument,
        state: state(gauges.state.get()),
        gaps: gauges.gaps.get(),
        resyncs: gauges.resyncs.get(),
        crossed: gauges.crossed.get(),
        checksum_failed: gauges.checksum_failed.get(),
        last_message_at_ns: told(gauges.last_message_at_ns.get()),
        streams: streams(gauges),
        score: gauges.score.get(),
        message_rate: rates.of((feed.venue, Some(gauges.instrument)), gauges.messages.get(), now),
        clock_offset_us: gauges.clock_offset_us(),
    };
    let instruments = feed.instruments().iter().map(&mut instrument).collect();
    VenueHealth {
        venue: feed.venue,
        state: state(feed.state.get()),
        messages: feed.messages.get(),
        gaps: feed.gaps.get(),
        resyncs: feed.resyncs.get(),
        errors: feed.errors.get(),
        last_message_at_ns: told(feed.last_message_at_ns.get()),
        message_rate: rates.of((feed.venue, None), feed.messages.get(), now),
        instruments,
    }
}

/// Counts of a while ago, to make rates of: the feeds only count.
#[derive(Debug, Default)]
struct Rates(BTreeMap<Counted, [(Instant, u64); 2]>);

/// A venue, or one of its instruments.
type Counted = (VenueId, Option<InstrumentId>);

/// A rate is over so long at least, and twice that where it is asked for often.
const RATE_OVER: Duration = Duration::from_secs(2);

impl Rates {
    /// A second, rounded; `None` before there is a count of [`RATE_OVER`] ago.
    fn of(&mut self, counted: Counted, count: u64, now: Instant) -> Option<u64> {
        let [before, last] = self.0.entry(counted).or_insert([(now, count); 2]);
        if now.duration_since(last.0) >= RATE_OVER {
            (*before, *last) = (*last, (now, count));
        }
        let ms = u64::try_from(now.duration_since(before.0).as_millis()).ok()?;
        let is_long = ms >= RATE_OVER.as_millis() as u64;
        is_long.then(|| (count.saturating_sub(before.1) * 1_000 + ms / 2) / ms)
    }
}

fn streams(gauges: &InstrumentGauges) -> StreamsHealth {
    let names = |channels: ChannelSet| channels.iter().map(Channel::name).collect();
    StreamsHealth { silent: names(gauges.silent()), quiet: names(gauges.quiet()), rejected: names(gauges.rejected()) }
}

fn told(at_ns: u64) -> Option<Nanos> {
    (at_ns > 0).then_some(Nanos(at_ns))
}

fn state(state: FeedState) -> VenueState {
    match state {
        FeedState::Synced => VenueState::Synced,
        FeedState::Syncing => VenueState::Syncing,
        FeedState::Gapped => VenueState::Gapped,
        FeedState::Stale => VenueState::Stale,
        FeedState::Connecting => VenueState::Connecting,
        FeedState::Dead => VenueState::Dead,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_symbol_is_told_with_the_nearest_that_there_is() {
        let names = ["linear:BTCUSDT", "linear:ETHUSDT"].map(str::to_owned);
        let said = |symbol| unknown(VenueId::Bybit, symbol, &names);
        assert_eq!(
            said("linear:BTCUSTD").as_deref(),
            Some(
                "venue.bybit.symbols: found \"linear:BTCUSTD\", accepted: a symbol that bybit lists; did you mean \
                 `linear:BTCUSDT`?"
            )
        );
        assert_eq!(said("linear:BTCUSDT"), None);
        assert!(said("linear:SOMETHINGELSE").is_some_and(|text| text.ends_with("that bybit lists")));
        assert_eq!(unknown(VenueId::Bybit, "linear:X", &[]), None, "an empty list is no list");
    }

    #[test]
    fn a_rate_is_over_the_last_seconds() {
        let (mut rates, start) = (Rates::default(), Instant::now());
        let counted = (VenueId::Bybit, None);
        let mut of = |count, ms| rates.of(counted, count, start + Duration::from_millis(ms));
        assert_eq!((of(100, 0), of(150, 500)), (None, None));
        assert_eq!([of(300, 2_000), of(400, 3_000), of(500, 4_000)], [Some(100); 3]);
        assert_eq!([of(500, 5_000), of(500, 6_000)], [Some(67), Some(0)], "it fell silent");
    }
}
