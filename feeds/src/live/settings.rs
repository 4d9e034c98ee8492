//! What a feed is made from, with the reasons of its defaults.

use super::dialect::{self, Resync};
use super::plan::{Channel, Urls};
use crate::net::tls::Tls;
use engine_model::venue::VenueId;
use std::time::Duration;

/// When a line is given up, relieved, tried again. All times in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub struct LinePolicy {
    /// A connection of this age gets a relief. The venue ends them after 24 h.
    pub renew_after_ns: u64,
    /// How long both talk, from when the relief has asked for everything: longer than any message is under way.
    pub overlap_ns: u64,
    /// How long a message of the relief waits for the old connection to get there; then the old one is given up.
    pub hold_ns: u64,
    /// A connection that says nothing for so long is given up. (One that only says that it is there, and brings no market
    /// data of any instrument, is given up after twice the time in which a book is not believed any more.)
    pub silent_after_ns: u64,
    /// A line that could not be had for so long is called dead.
    pub dead_after_ns: u64,
    /// First and longest wait before dialling again.
    pub backoff_ns: (u64, u64),
}

impl Default for LinePolicy {
    /// 23 h and 5 s of overlap; 2 s of waiting; 10 s of silence; 30 s of dialling in vain; waits of 250 ms to
    /// 30 s.
    fn default() -> Self {
        Self {
            renew_after_ns: 23 * 3_600 * SECOND_NS,
            overlap_ns: 5 * SECOND_NS,
            hold_ns: 2 * SECOND_NS,
            silent_after_ns: 10 * SECOND_NS,
            dead_after_ns: 30 * SECOND_NS,
            backoff_ns: (SECOND_NS / 4, 30 * SECOND_NS),
        }
    }
}

const SECOND_NS: u64 = 1_000_000_000;

/// Settings of a feed.
#[derive(Clone, Debug)]
pub struct FeedSettings {
    /// Its name in the topology.
    pub name: String,
    /// Which venue.
    pub venue: VenueId,
    /// Hosts and paths.
    pub urls: Urls,
    /// Hosts and paths of the second line, where every stream is taken twice.
    pub second_urls: Option<Urls>,
    /// Whom to trust; `None`: the roots that browsers trust.
    pub tls: Option<Tls>,
    /// What is subscribed to for every instrument of the venue.
    pub channels: Vec<Channel>,
    /// Milliseconds between changes of a book.
    pub depth_ms: u32,
    /// Levels a side of a book that is asked for: of a REST snapshot, of the stream where it has several kinds of books;
    /// else of no meaning.
    pub snapshot_levels: u32,
    /// Most streams on a connection.
    pub streams_max: usize,
    /// Request weight that snapshots may spend in any minute.
    pub weight_per_minute: u32,
    /// Longest message of a socket.
    pub message_bytes_max: usize,
    /// Longest wait for a REST answer.
    pub answer_within: Duration,
    /// Most frames that one poll takes from a connection: what a frame causes waits for the rest of the poll. Reading the
    /// next one costs 2 µs, the whole way from an event to an order 0.2, so the default is one frame, then its
    /// consequences (32 a poll: tick to order 38 µs p50 in the demo; 1: see docs/BENCHMARKS.md).
    pub frames_a_poll: usize,
    /// From subscribing to the first snapshot: longer than a change of the book is under way, so that the snapshot is
    /// younger than the first change that was received.
    pub snapshot_after_ns: u64,
    /// A book that did not change for so long is not believed any more and fetched again; on some venues not before a time
    /// that their signs of life take.
    pub stale_after_ns: u64,
    /// A lost book with a lower score is not taken in again before its faults are forgotten: see [`crate::integrity`]. 0 to
    /// 100; 0: never held back.
    pub score_min: u64,
    /// When lines are given up, relieved, tried again.
    pub line: LinePolicy,
    /// Bytes for changes that wait for a snapshot.
    pub keep_bytes: usize,
    /// For the jitter of waits.
    pub seed: u64,
}

impl FeedSettings {
    /// The defaults of a venue in production: books every 100 ms, the deepest snapshots, four fifths of the request
    /// weight (other programs may share the address), 30 s until a silent book is fetched again.
    #[must_use]
    pub fn new(venue: VenueId, seed: u64) -> Self {
        let dialect = dialect::of(venue);
        Self {
            name: venue.name().to_owned(),
            venue,
            urls: Urls::defaults(venue),
            second_urls: None,
            tls: None,
            channels: (dialect.channels)(venue).to_vec(),
            depth_ms: 100,
            snapshot_levels: levels(venue).0,
            streams_max: dialect.streams_max,
            weight_per_minute: (dialect.weight_limit)(venue) / 5 * 4,
            message_bytes_max: crate::net::ws::MESSAGE_BYTES_MAX,
            answer_within: Duration::from_secs(10),
            frames_a_poll: 1,
            snapshot_after_ns: SECOND_NS / 4,
            stale_after_ns: 30 * SECOND_NS,
            score_min: 0,
            line: LinePolicy::default(),
            keep_bytes: crate::session::KEEP_BYTES,
            seed,
        }
    }

    /// The same with books of so many levels a side, as far as the venue has them.
    #[must_use]
    pub fn with_levels(self, wanted: u32) -> Self {
        Self { snapshot_levels: wanted.min(levels(self.venue).1), ..self }
    }

    /// The same where orders go out from this address, too. A gateway may spend a fifth of a venue's limit on questions and
    /// twice that on a switch that is fed by REST, the door's questions an eighth: books have what is left.
    #[must_use]
    pub fn beside_orders(self) -> Self {
        let limit = (dialect::of(self.venue).weight_limit)(self.venue);
        // Binance's spot has no switch.
        let left = if self.venue == VenueId::BinanceSpot { limit / 5 * 3 } else { limit / 4 };
        Self { weight_per_minute: self.weight_per_minute.min(left), ..self }
    }
}

/// Levels a side of a book that is asked for: usually, and at most.
fn levels(venue: VenueId) -> (u32, u32) {
    match &dialect::of(venue).resync {
        Resync::Rest(rest) => ((rest.levels_max)(venue), (rest.levels_max)(venue)),
        Resync::Again | Resync::Reconnect => dialect::stream_levels(venue),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_book_has_as_many_levels_as_are_wanted_and_the_venue_has() {
        let usual = |venue| FeedSettings::new(venue, 1).snapshot_levels;
        let wanted = |venue, levels| FeedSettings::new(venue, 1).with_levels(levels).snapshot_levels;
        let venues = [VenueId::BinanceSpot, VenueId::Hyperliquid, VenueId::Okx];
        assert_eq!(venues.map(usual), [5_000, 5, 0]);
        assert_eq!(venues.map(|venue| wanted(venue, 1_000)), [1_000, 20, 0]);
    }
}
