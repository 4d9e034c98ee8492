//! What `/api/v1/engine` and `/api/v1/market/venues` say, as far as it is shown. Tolerant: a field that is not there is
//! unknown, one that is new is passed over, so that a monitor and an engine of neighbouring versions understand each other.

use serde::Deserialize;
use std::collections::BTreeMap;

/// The whole answer.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Engine {
    /// The one field that must be there: what has none is no engine.
    pub(super) at_ns: u64,
    #[serde(default)]
    pub(super) version: String,
    #[serde(default)]
    pub(super) mode: String,
    #[serde(default)]
    pub(super) layout: String,
    #[serde(default)]
    pub(super) started_at_ns: u64,
    #[serde(default)]
    pub(super) trading_state: Option<String>,
    #[serde(default)]
    pub(super) stages: Vec<Stage>,
    #[serde(default)]
    pub(super) threads: Vec<Thread>,
    #[serde(default)]
    pub(super) rings: Vec<Ring>,
    #[serde(default)]
    pub(super) tick_to_order_ns: Option<Latency>,
    #[serde(default)]
    pub(super) venues: Vec<Venue>,
    #[serde(default)]
    pub(super) positions: Positions,
    #[serde(default)]
    pub(super) counters: Option<Counters>,
    /// Told by routes of their own, as are the next two.
    #[serde(skip)]
    pub(super) orders: Option<Orders>,
    #[serde(skip)]
    pub(super) limits: Vec<Limit>,
    #[serde(skip)]
    pub(super) hits: Option<Hits>,
}

/// What `/api/v1/trading/orders` says.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Orders {
    /// The one field that must be there.
    pub(super) open: Vec<OpenOrder>,
    #[serde(default)]
    pub(super) total: Option<usize>,
}

/// An order that has not ended.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct OpenOrder {
    pub(super) client_order_id: String,
    pub(super) symbol: String,
    pub(super) venue: String,
    pub(super) side: String,
    pub(super) status: String,
    pub(super) px: Option<String>,
    pub(super) qty: String,
    pub(super) filled_qty: String,
    pub(super) changed_at_ns: u64,
    pub(super) terms: Option<OrderTerms>,
}

/// On what terms an order stands.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct OrderTerms {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) trigger_px: Option<String>,
    pub(super) is_triggered: bool,
}

/// What `/api/v1/risk/limits` says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Limits {
    pub(super) limits: Vec<Limit>,
}

/// A limit: money as a text, all else as numbers.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Limit {
    pub(super) name: String,
    pub(super) limit: Option<serde_json::Value>,
    pub(super) used: Option<serde_json::Value>,
    pub(super) used_ratio: Option<f64>,
    pub(super) state: Option<String>,
    pub(super) by: Option<String>,
}

/// What `/api/v1/alerts/hits` says.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Hits {
    /// The one field that must be there.
    pub(super) hits: Vec<Hit>,
}

/// What an alert found.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Hit {
    /// `None`: the engine or a feed stands still.
    pub(super) alert: Option<u64>,
    pub(super) at_ns: u64,
    pub(super) text: String,
}

/// What the stages count, by name.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Counters {
    pub(super) risk: BTreeMap<String, u64>,
    pub(super) execution: BTreeMap<String, u64>,
    pub(super) anomalies: BTreeMap<String, u64>,
}

/// A stage: shares of its time.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Stage {
    pub(super) name: String,
    pub(super) busy_ratio: f64,
    pub(super) idle_ratio: f64,
    pub(super) blocked_ratio: f64,
    pub(super) heartbeat_age_ns: Option<u64>,
}

/// An engine thread.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Thread {
    pub(super) name: String,
    pub(super) allocations: Option<u64>,
    pub(super) parks: u64,
}

/// A ring.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Ring {
    pub(super) name: String,
    pub(super) depth: u64,
    pub(super) used: u64,
    pub(super) published: u64,
    pub(super) refusals: u64,
    pub(super) readers: Vec<Reader>,
    pub(super) taps: Vec<Tap>,
}

/// A reader that holds the writer back.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Reader {
    pub(super) name: String,
    pub(super) lag: u64,
}

/// A reader that may be lapped.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Tap {
    pub(super) name: String,
    pub(super) lag: u64,
    pub(super) laps: u64,
}

/// Latency in ns.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Latency {
    pub(super) p50: u64,
    pub(super) p90: u64,
    pub(super) p99: u64,
    pub(super) p999: u64,
    pub(super) max: u64,
    pub(super) samples: u64,
}

/// A venue.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Venue {
    pub(super) name: String,
    pub(super) state: String,
    pub(super) messages: u64,
    pub(super) gaps: u64,
    pub(super) resyncs: u64,
    pub(super) errors: u64,
    pub(super) age_ns: Option<u64>,
    pub(super) message_rate: Option<u64>,
    pub(super) clock_offset_us: Option<i64>,
    pub(super) score_min: Option<u64>,
    /// Told by the list of venues alone.
    pub(super) instruments: Vec<Instrument>,
}

/// What `/api/v1/market/venues` says: every venue, with its instruments.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Venues {
    pub(super) venues: Vec<Venue>,
}

/// An instrument at its venue.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Instrument {
    pub(super) symbol: String,
    pub(super) state: String,
    pub(super) age_ns: Option<u64>,
    pub(super) gaps: u64,
    pub(super) resyncs: u64,
    pub(super) crossed: u64,
    pub(super) checksum_failed: u64,
    pub(super) score: Option<u64>,
    pub(super) message_rate: Option<u64>,
    pub(super) clock_offset_us: Option<i64>,
    pub(super) silent_streams: Vec<String>,
    pub(super) rejected_streams: Vec<String>,
}

/// All positions.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Positions {
    pub(super) positions: Vec<Position>,
    /// Not told: all.
    pub(super) complete: Option<bool>,
}

/// One position; numbers are texts, exact.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Position {
    pub(super) symbol: String,
    pub(super) venue: String,
    pub(super) qty: String,
    pub(super) avg_px: Option<String>,
    pub(super) mark_px: Option<String>,
    pub(super) realised: String,
    pub(super) unrealised: Option<String>,
    pub(super) fees: String,
    pub(super) currency: String,
}
