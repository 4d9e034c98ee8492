//! Venues of a live run: what they list, and the settings of their feeds.

use anyhow::{Context as _, anyhow, bail};
use bridges::{InstrumentHealth, StreamsHealth, VenueHealth, VenueSource, VenueState};
use engine_core::config;
use engine_model::instrument::{Instrument, InstrumentId, Instruments};
use engine_model::units::Nanos;
use engine_ring::clock::Clock;
use feeds::live::gauges::{FeedGauges, FeedState, InstrumentGauges};
use feeds::live::plan::{Channel, ChannelSet, Urls};
use feeds::live::settings::FeedSettings;
use feeds::net::endpoint::Endpoint;
use feeds::net::request::Request;
use feeds::net::rest::{Job, Outcome, RestClient, RestSettings};
use feeds::net::tls::Tls;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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
) -> anyhow::Result<Instruments> {
    let mut all: Vec<Instrument> = Vec::new();
    for venue in venues {
        let wanted: Vec<&str> = venue.symbols.iter().map(String::as_str).collect();
        let answers = list(venue, &wanted, clock, interrupted);
        let answers = answers.with_context(|| format!("asking {} for its instruments", venue.id.name()))?;
        let listed = feeds::read_list(venue.id, &answers, &wanted)?;
        for instrument in &listed {
            all.push(Instrument { id: InstrumentId(all.len() as u32), ..*instrument });
        }
    }
    Ok(Instruments::new(all))
}

/// The answers that tell a venue's instruments, as they come.
fn list(
    venue: &config::Venue,
    wanted: &[&str],
    clock: &Clock,
    interrupted: &AtomicBool,
) -> anyhow::Result<Vec<Vec<u8>>> {
    let endpoint = Endpoint::rest(&urls(venue).rest)?;
    let tls = if endpoint.tls { Some(Tls::public()?) } else { None };
    let settings = RestSettings {
        // A list of every instrument of a venue is far longer than a snapshot.
        body_bytes_max: 64 << 20,
        headers: feeds::headers(venue.id),
        ..RestSettings::new(endpoint, tls, feeds::weight_limit(venue.id), 0)
    };
    let client = RestClient::start(settings, clock.clone(), None)?;
    let until = Instant::now() + LIST_WITHIN;
    let requests = feeds::list_requests(venue.id, wanted).into_iter();
    requests.map(|request| ask(&client, request, until, interrupted)).collect()
}

/// One answer.
fn ask(client: &RestClient, request: Request, until: Instant, interrupted: &AtomicBool) -> anyhow::Result<Vec<u8>> {
    let job = Job::Send { id: 0, request, weight: LIST_WEIGHT, body: Vec::new() };
    client.try_ask(job).map_err(|_| anyhow!("the question found no room"))?;
    while Instant::now() < until {
        if interrupted.load(Ordering::Relaxed) {
            bail!("interrupted");
        }
        match client.try_take().map(|answer| answer.outcome) {
            Some(Outcome::Body(body)) => return Ok(body),
            Some(Outcome::Failed(error, _)) => return Err(error.into()),
            Some(_) | None => std::thread::sleep(Duration::from_millis(5)),
        }
    }
    bail!("no answer within {} s", LIST_WITHIN.as_secs())
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

/// The settings of a venue's feed.
pub(crate) fn feed_settings(venue: &config::Venue, name: String, seed: u64) -> FeedSettings {
    let ns = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let mut settings = FeedSettings::new(venue.id, seed);
    settings.name = name;
    settings.urls = urls(venue);
    settings.snapshot_levels = venue.snapshot_depth.min(settings.snapshot_levels);
    settings.line.silent_after_ns = ns(venue.stale_after);
    settings.stale_after_ns = ns(venue.stale_after);
    settings.line.renew_after_ns = ns(venue.reconnect_after);
    settings
}

/// How the venues are doing, for the slow side.
pub(crate) fn health(feeds: Vec<Arc<FeedGauges>>) -> VenueSource {
    Arc::new(move || feeds.iter().map(|feed| one(feed)).collect())
}

fn one(feed: &FeedGauges) -> VenueHealth {
    let instrument = |gauges: &InstrumentGauges| InstrumentHealth {
        instrument: gauges.instrument,
        state: state(gauges.state.get()),
        gaps: gauges.gaps.get(),
        resyncs: gauges.resyncs.get(),
        crossed: gauges.crossed.get(),
        checksum_failed: gauges.checksum_failed.get(),
        last_message_at_ns: told(gauges.last_message_at_ns.get()),
        streams: streams(gauges),
    };
    VenueHealth {
        venue: feed.venue,
        state: state(feed.state.get()),
        messages: feed.messages.get(),
        gaps: feed.gaps.get(),
        resyncs: feed.resyncs.get(),
        errors: feed.errors.get(),
        last_message_at_ns: told(feed.last_message_at_ns.get()),
        instruments: feed.instruments().iter().map(instrument).collect(),
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
