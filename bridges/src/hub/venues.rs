//! How each venue is doing. Feeds know, but bridges must not see feeds: the binary hands in a function.

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
    /// Every book is complete and in sequence.
    Synced,
    /// Connected, but nothing has come for too long.
    Stale,
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
            Self::Synced => "synced",
            Self::Stale => "stale",
            Self::Ended => "ended",
        }
    }
}

/// One venue's state and counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
}

/// Tells how every venue is doing. Called on the bridge thread, so it must not wait.
pub type VenueSource = Arc<dyn Fn() -> Vec<VenueHealth> + Send + Sync>;
