//! The machine itself, for monitors.

use super::{Latency, Positions, told_ns};
use crate::desk::engine as desk;
use crate::door::dto::market::state_name;
use crate::hub::venues::VenueHealth;
use crate::standby::FollowerLag;
use engine_model::units::Nanos;
use engine_ring::counter::Reading;
use engine_ring::ring_gauges::RingGauges;
use engine_ring::stage_gauges::{StageGauges, ThreadGauges};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// `/health`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// `ok`, or `degraded` with the reasons.
    pub status: String,
    /// What is not well.
    pub reasons: Vec<String>,
    /// When this was true.
    pub at_ns: u64,
    /// What is to be sent by Telegram; `null`: there is no such door. It is no reason: trading does not wait for it.
    pub telegram: Option<Outbox>,
}

/// What is to be sent by Telegram.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Outbox {
    /// Answers and notices that wait or are under way.
    pub queued: u64,
    /// Since the oldest of them was put in, or happened; `null`: none waits.
    pub oldest_age_ns: Option<u64>,
    /// Messages that Telegram took.
    pub sent: u64,
    /// Notices that went into another's message.
    pub coalesced: u64,
    /// Expired, refused by Telegram, of a chat that is gone, or beyond what may wait.
    pub dropped: u64,
    /// Tries that ended without an answer of Telegram's, or with trouble of its own.
    pub failed: u64,
    /// Tries that Telegram called too fast.
    pub too_fast: u64,
}

/// `/api/v1/engine`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Engine {
    /// Of the program.
    pub version: String,
    /// `paper`, `live` or `replay`.
    pub mode: String,
    /// Which stage runs where.
    pub layout: String,
    /// When the run started.
    pub started_at_ns: u64,
    /// When this was true.
    pub at_ns: u64,
    /// `ACTIVE`, `REDUCING` or `HALTED`.
    pub trading_state: Option<String>,
    /// In the order of the topology.
    pub stages: Vec<Stage>,
    /// Engine threads.
    pub threads: Vec<Thread>,
    /// In the order of the topology.
    pub rings: Vec<Ring>,
    /// From the event that caused an order to the order.
    pub tick_to_order_ns: Option<Latency>,
    /// Venues.
    pub venues: Vec<Venue>,
    /// Books.
    pub books: Vec<Book>,
    /// Positions.
    pub positions: Positions,
    /// What the stages count.
    pub counters: Counters,
    /// Who follows the journal by TCP; `null`: it is not served so, or the process that serves it is silent.
    pub followers: Option<Vec<Follower>>,
    /// This door.
    pub door: Door,
}

/// Numbers by the names that they have in `/metrics`, where their meanings stand.
pub type Counts = BTreeMap<String, u64>;

/// What the stages count. What is counted of orders is empty for whoever does not see the whole account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Counters {
    /// Of the strategies.
    pub strategy: Counts,
    /// Of risk.
    pub risk: Counts,
    /// Of execution.
    pub execution: Counts,
    /// Execution: what did not fit the order table.
    pub anomalies: Counts,
    /// Of each venue.
    pub venues: Vec<VenueCounters>,
}

/// What one venue's stage counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VenueCounters {
    /// Its name.
    pub name: String,
    /// Of its books.
    pub market: Counts,
    /// Of the paper venue around them; none in a live run.
    pub paper: Counts,
    /// Of the gateway to the venue; none in a paper run.
    pub gateway: Counts,
}

/// A stage: shares of its time since it started, which sum to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Stage {
    /// As in the topology.
    pub name: String,
    /// Working.
    pub busy_ratio: f64,
    /// Nothing to do.
    pub idle_ratio: f64,
    /// Held back by a full output.
    pub blocked_ratio: f64,
    /// Since it was last polled; `null` before its first.
    pub heartbeat_age_ns: Option<u64>,
}

/// An engine thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Thread {
    /// Its group's name.
    pub name: String,
    /// Since the run was armed; `null` before that.
    pub allocations: Option<u64>,
    /// How often it slept.
    pub parks: u64,
    /// How long in all.
    pub parked_ns: u64,
}

/// A ring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Ring {
    /// As in the topology.
    pub name: String,
    /// Slots.
    pub depth: u64,
    /// Slots that some reader still needs.
    pub used: u64,
    /// Events so far.
    pub published: u64,
    /// How often it was full when its writer came.
    pub refusals: u64,
    /// Those that hold the writer back.
    pub readers: Vec<Reader>,
    /// Those that do not.
    pub taps: Vec<Tap>,
}

/// A reader that holds the writer back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reader {
    /// Its stage.
    pub name: String,
    /// Events published and not yet read.
    pub lag: u64,
}

/// A reader that may be lapped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tap {
    /// Its stage.
    pub name: String,
    /// Events published and not yet read.
    pub lag: u64,
    /// How often it was lapped.
    pub laps: u64,
    /// Events lost to it by that.
    pub missed: u64,
}

/// A venue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Venue {
    /// Its name.
    pub name: String,
    /// `connecting`, `syncing`, `synced`, `gapped`, `stale`, `dead` or `ended`.
    pub state: String,
    /// Received.
    pub messages: u64,
    /// Breaks in a sequence.
    pub gaps: u64,
    /// Books lost and found.
    pub resyncs: u64,
    /// Malformed messages.
    pub errors: u64,
    /// Since the last message.
    pub age_ns: Option<u64>,
    /// Messages a second, over the last seconds.
    pub message_rate: Option<u64>,
    /// The least of its instruments, in µs; `null` where messages carry no time.
    pub clock_offset_us: Option<i64>,
    /// The worst of its books, 0 to 100.
    pub score_min: Option<u64>,
}

/// A book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Book {
    /// The venue's spelling.
    pub symbol: String,
    /// Where.
    pub venue: String,
    /// `waiting`, `synced` or `lost`.
    pub state: String,
    /// Since the last message applied to it.
    pub age_ns: Option<u64>,
    /// Events of this instrument seen by the bridge.
    pub events: u64,
    /// Events of its venue that the bridge came too late for.
    pub missed: u64,
}

/// A standby that follows the journal by TCP, and how far its disk is behind this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Follower {
    /// From 1; one that leaves leaves it to the next.
    pub seat: u64,
    /// Where it is.
    pub address: String,
    /// Records that it lacks.
    pub lag_records: u64,
    /// The same in bytes of the journal.
    pub lag_bytes: u64,
    /// For how long the oldest of them has been on this disk, in ms; 0 when it has all.
    pub lag_ms: u64,
}

/// The door itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Door {
    /// Requests so far.
    pub requests: u64,
    /// Requests, connections and clients turned away.
    pub refused: u64,
    /// WebSocket clients now.
    pub clients: u64,
    /// Places for them.
    pub clients_max: u64,
    /// Clients cut because they did not take what they were told.
    pub stuck: u64,
}

impl Health {
    pub(crate) fn new(health: desk::Health, now: Nanos, telegram: Option<Outbox>) -> Self {
        let status = if health.reasons.is_empty() { "ok" } else { "degraded" };
        Self { status: status.to_owned(), reasons: health.reasons, at_ns: now.0, telegram }
    }
}

impl Follower {
    pub(crate) fn new(lag: FollowerLag) -> Self {
        let FollowerLag { seat, address, records, bytes, ms } = lag;
        Self { seat: u64::from(seat), address, lag_records: records, lag_bytes: bytes, lag_ms: ms }
    }
}

impl Counters {
    /// What is counted of orders is everybody's: `is_whole` says whether it is told.
    pub(crate) fn new(counters: &desk::Counters, is_whole: bool) -> Self {
        let desk::Counters { strategy, risk, execution, venues, .. } = counters;
        let venues = venues.iter().map(|venue| VenueCounters::new(venue, is_whole)).collect();
        if !is_whole {
            let none = Counts::new;
            return Self { strategy: none(), risk: none(), execution: none(), anomalies: none(), venues };
        }
        Self {
            strategy: counts(&strategy.readings()),
            risk: counts(&risk.readings()),
            execution: counts(&execution.readings()),
            anomalies: execution.anomalies().map(|(anomaly, count)| (anomaly.name().to_owned(), count)).collect(),
            venues,
        }
    }
}

impl VenueCounters {
    fn new(counters: &desk::VenueCounters, is_whole: bool) -> Self {
        let desk::VenueCounters { venue, market, orders } = counters;
        let name = venue.name().to_owned();
        let of_orders = |readings: &[Reading]| if is_whole { counts(readings) } else { Counts::new() };
        let (paper, gateway) = (of_orders(&orders.paper()), of_orders(&orders.gateway()));
        Self { name, market: counts(&market.readings()), paper, gateway }
    }
}

fn counts(readings: &[Reading]) -> Counts {
    readings.iter().map(|reading| (reading.name.to_owned(), reading.value)).collect()
}

impl Stage {
    pub(crate) fn new(stage: &StageGauges, now: Nanos) -> Self {
        let shares = stage.shares();
        Self {
            name: stage.name.clone(),
            busy_ratio: f64::from(shares.busy_permille) / 1000.0,
            idle_ratio: f64::from(shares.idle_permille) / 1000.0,
            blocked_ratio: f64::from(shares.blocked_permille) / 1000.0,
            heartbeat_age_ns: stage.heartbeat().age_ns(now.0),
        }
    }
}

impl Thread {
    pub(crate) fn new(thread: &ThreadGauges) -> Self {
        Self {
            name: thread.name.clone(),
            allocations: thread.allocations(),
            parks: thread.parks(),
            parked_ns: thread.parked_ns(),
        }
    }
}

impl Ring {
    /// Readers are looked at before the writer: a lag may look too large by what was published in between, never negative.
    pub(crate) fn new(ring: &RingGauges) -> Self {
        let readers: Vec<_> = ring.readers().map(|(name, consumed)| (name.to_owned(), consumed)).collect();
        let taps: Vec<_> = ring
            .taps()
            .map(|(name, tap)| (name.to_owned(), tap.position.get(), tap.laps.get(), tap.missed.get()))
            .collect();
        let published = ring.published();
        let lag = |position: u64| published.saturating_sub(position);
        Self {
            name: ring.name.clone(),
            depth: ring.depth as u64,
            used: readers.iter().map(|(_, consumed)| lag(*consumed)).max().unwrap_or(0),
            published,
            refusals: ring.refusals(),
            readers: readers.into_iter().map(|(name, consumed)| Reader { name, lag: lag(consumed) }).collect(),
            taps: taps
                .into_iter()
                .map(|(name, position, laps, missed)| Tap { name, lag: lag(position), laps, missed })
                .collect(),
        }
    }
}

impl Venue {
    pub(crate) fn new(venue: &VenueHealth, now: Nanos) -> Self {
        let at = venue.last_message_at_ns.and_then(told_ns);
        Self {
            name: venue.venue.name().to_owned(),
            state: venue.state.name().to_owned(),
            messages: venue.messages,
            gaps: venue.gaps,
            resyncs: venue.resyncs,
            errors: venue.errors,
            age_ns: at.map(|at| now.since(Nanos(at))),
            message_rate: venue.message_rate,
            clock_offset_us: venue.instruments.iter().filter_map(|of| of.clock_offset_us).min(),
            score_min: venue.instruments.iter().map(|of| of.score).min(),
        }
    }
}

impl Book {
    pub(crate) fn new(feed: &desk::Feed<'_>) -> Self {
        Self {
            symbol: feed.instrument.symbol.to_string(),
            venue: feed.instrument.venue.name().to_owned(),
            state: state_name(feed.state).to_owned(),
            age_ns: feed.age_ns,
            events: feed.events,
            missed: feed.missed,
        }
    }
}
