//! How each venue is doing. Feeds know, but bridges must not see feeds: the binary hands in a function.

use engine_model::instrument::InstrumentId;
use engine_model::units::Nanos;
use engine_model::venue::VenueId;
use std::sync::Arc;

/// Where a venue's connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VenueState {
    /// No socket yet, or none at the moment.
    Connecting,
    /// Connected; at least one book waits for its snapshot.
    Syncing,
    /// A message was missing; at least one book is being fetched again.
    Gapped,
    /// Every book is complete and in sequence.
    Synced,
    /// Connected, but nothing has come for too long.
    Stale,
    /// The connection could not be opened many times in a row. It is still tried.
    Dead,
    /// The source has ended (a capture was read to its end).
    Ended,
}

impl VenueState {
    /// The name used in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Syncing => "syncing",
            Self::Gapped => "gapped",
            Self::Synced => "synced",
            Self::Dead => "dead",
            Self::Stale => "stale",
            Self::Ended => "ended",
        }
    }
}

/// One venue's state and counters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VenueHealth {
    /// Which.
    pub venue: VenueId,
    /// Where it stands.
    pub state: VenueState,
    /// Messages received.
    pub messages: u64,
    /// Breaks in a sequence.
    pub gaps: u64,
    /// Books that were lost and came back.
    pub resyncs: u64,
    /// Malformed messages.
    pub errors: u64,
    /// When the last message came.
    pub last_message_at_ns: Option<Nanos>,
    /// Messages a second, over the last seconds; `None` before there is anything to compare with.
    pub message_rate: Option<u64>,
    /// Its instruments.
    pub instruments: Vec<InstrumentHealth>,
}

/// How one instrument of a venue is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstrumentHealth {
    /// Which.
    pub instrument: InstrumentId,
    /// Where its book stands.
    pub state: VenueState,
    /// Times that its book was lost to a missing message.
    pub gaps: u64,
    /// Times that its book came back.
    pub resyncs: u64,
    /// Times that its book was lost because bid met ask.
    pub crossed: u64,
    /// Times that its book was lost because a checksum did not hold.
    pub checksum_failed: u64,
    /// When its book last changed.
    pub last_message_at_ns: Option<Nanos>,
    /// Its streams that do not come.
    pub streams: StreamsHealth,
    /// How far its book deserves to be believed, 0 to 100.
    pub score: u64,
    /// Messages a second, over the last seconds; `None` before there is anything to compare with.
    pub message_rate: Option<u64>,
    /// Our clock less the venue's, and the shortest way between them, in µs; `None` where messages carry no time.
    pub clock_offset_us: Option<i64>,
}

/// The streams of one instrument that do not come, by the names of their channels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StreamsHealth {
    /// Must speak, and said nothing for seconds after they were asked for.
    pub silent: Vec<&'static str>,
    /// Said nothing yet, as they may while nobody trades.
    pub quiet: Vec<&'static str>,
    /// The venue said no.
    pub rejected: Vec<&'static str>,
}

/// Tells how every venue is doing. Called on the bridge thread, so it must not wait.
pub type VenueSource = Arc<dyn Fn() -> Vec<VenueHealth> + Send + Sync>;
