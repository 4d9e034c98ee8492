//! What a feed tells of itself while it runs. One thread writes, any thread reads.
//!
//! Owns: counts, states, and the last troubles as typed errors in a short queue, so that the hot thread never formats a
//! line of log. Never: a lock, a decision.

use super::plan::{Channel, ChannelSet};
use super::streams::SILENT_AFTER_NS;
use crate::error::Refusal;
use crate::net::error::NetError;
use crate::rejection::Rejection;
use crate::session::Losses;
use crossbeam::queue::ArrayQueue;
use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::venue::VenueId;
use engine_ring::counter::Counter;

/// How an instrument, or the venue as a whole, is doing. In order: each is worse than the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum FeedState {
    /// The book is complete and in sequence.
    Synced = 0,
    /// The line is open, a snapshot is awaited.
    Syncing = 1,
    /// A message was missing; the book is being fetched again.
    Gapped = 2,
    /// Nothing was heard for too long; the book is not believed any more.
    Stale = 3,
    /// The line is being opened.
    Connecting = 4,
    /// The line could not be opened many times in a row. It is still tried.
    Dead = 5,
}

impl FeedState {
    /// Every state, in the order of their numbers.
    pub const ALL: [Self; 6] = [Self::Synced, Self::Syncing, Self::Gapped, Self::Stale, Self::Connecting, Self::Dead];

    /// The name used in JSON and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Synced => "synced",
            Self::Syncing => "syncing",
            Self::Gapped => "gapped",
            Self::Stale => "stale",
            Self::Connecting => "connecting",
            Self::Dead => "dead",
        }
    }
}

/// A state that others may read.
#[derive(Debug)]
pub struct StateGauge(Counter);

impl StateGauge {
    fn new() -> Self {
        let state = Counter::new();
        state.set(FeedState::Connecting as u64);
        Self(state)
    }

    /// The state, some time ago.
    #[must_use]
    pub fn get(&self) -> FeedState {
        let index = usize::try_from(self.0.get()).unwrap_or(usize::MAX);
        FeedState::ALL.get(index).copied().unwrap_or(FeedState::Dead)
    }

    pub(super) fn set(&self, state: FeedState) {
        self.0.set(state as u64);
    }
}

/// One instrument.
#[derive(Debug)]
pub struct InstrumentGauges {
    /// Which.
    pub instrument: InstrumentId,
    /// How it is doing.
    pub state: StateGauge,
    /// When its book last changed.
    pub last_message_at_ns: Counter,
    /// Times that its book was lost to a missing message.
    pub gaps: Counter,
    /// Times that its book was lost because bid met ask.
    pub crossed: Counter,
    /// Times that its book was lost because a checksum did not hold.
    pub checksum_failed: Counter,
    /// Times that its book came back.
    pub resyncs: Counter,
    /// Messages of it that told something of a market.
    pub messages: Counter,
    /// How far its book deserves to be believed, 0 to 100: see [`crate::integrity`].
    pub score: Counter,
    /// The offset of our clock to the venue's, see [`InstrumentGauges::clock_offset_us`].
    pub(super) clock_offset_us: Counter,
    /// Its streams that must speak and were not heard within seconds of being asked for, a bit each.
    silent: Counter,
    /// Its streams that may be silent in a quiet market, and are.
    quiet: Counter,
    /// Its streams that the venue said no to.
    rejected: Counter,
}

/// A stream that does not come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamTrouble {
    /// It was asked for, the venue did not say no, and nothing came.
    Silent {
        /// Of what.
        instrument: InstrumentId,
        /// Which.
        channel: Channel,
    },
    /// The venue said no.
    Rejected {
        /// Of what, and which; `None` where the venue's words name none of ours.
        stream: Option<(InstrumentId, Channel)>,
        /// The words.
        rejection: Box<Rejection>,
    },
}

impl StreamTrouble {
    /// The same for people.
    #[must_use]
    pub fn text(&self, instruments: &Instruments) -> String {
        let name = |instrument: InstrumentId| instruments.get(instrument).symbol;
        match self {
            Self::Silent { instrument, channel } => format!(
                "{} {}: asked for, and nothing came within {} s; the venue may have it elsewhere, or not at all",
                name(*instrument),
                channel.name(),
                SILENT_AFTER_NS / 1_000_000_000
            ),
            Self::Rejected { stream, rejection } => {
                let words = String::from_utf8_lossy(rejection.words());
                match stream {
                    Some((instrument, channel)) => {
                        format!("{} {}: the venue says no: {words}", name(*instrument), channel.name())
                    }
                    None => format!("the venue says no to something that was asked for: {words}"),
                }
            }
        }
    }
}

impl InstrumentGauges {
    fn new(instrument: InstrumentId) -> Self {
        Self {
            instrument,
            state: StateGauge::new(),
            last_message_at_ns: Counter::new(),
            gaps: Counter::new(),
            crossed: Counter::new(),
            checksum_failed: Counter::new(),
            resyncs: Counter::new(),
            messages: Counter::new(),
            score: Counter::new(),
            clock_offset_us: Counter::new(),
            silent: Counter::new(),
            quiet: Counter::new(),
            rejected: Counter::new(),
        }
    }

    /// Receive time less venue time of the message that came quickest in the last seconds, in µs: the difference of the two
    /// clocks, and the shortest way between them. `None` where messages carry no time.
    #[must_use]
    pub fn clock_offset_us(&self) -> Option<i64> {
        // Moved up by one, so that nothing is told by 0.
        self.clock_offset_us.get().checked_sub(1).map(|bits| bits.cast_signed() - OFFSET_MOVED)
    }

    /// Its streams that must speak, were asked for seconds ago, and said nothing since their line was opened.
    #[must_use]
    pub fn silent(&self) -> ChannelSet {
        channels(&self.silent)
    }

    /// Its streams that said nothing yet, and may: nobody traded.
    #[must_use]
    pub fn quiet(&self) -> ChannelSet {
        channels(&self.quiet)
    }

    /// Its streams that the venue said no to.
    #[must_use]
    pub fn rejected(&self) -> ChannelSet {
        channels(&self.rejected)
    }

    pub(super) fn tell_streams(&self, silent: ChannelSet, quiet: ChannelSet, rejected: ChannelSet) {
        for (gauge, set) in [(&self.silent, silent), (&self.quiet, quiet), (&self.rejected, rejected)] {
            gauge.set(u64::from(set.bits()));
        }
    }

    pub(super) fn tell(&self, losses: &Losses) {
        self.gaps.set(u64::from(losses.gaps));
        self.crossed.set(u64::from(losses.crossed));
        self.checksum_failed.set(u64::from(losses.checksum_failed));
        self.resyncs.set(u64::from(losses.resyncs));
    }
}

/// Offsets are gauges, and gauges have no sign: 2^62 µs are more than any clock is wrong.
pub(super) const OFFSET_MOVED: i64 = 1 << 62;

fn channels(gauge: &Counter) -> ChannelSet {
    ChannelSet::from_bits(u8::try_from(gauge.get()).unwrap_or(0))
}

/// Everything that one venue's feed counts.
#[derive(Debug)]
pub struct FeedGauges {
    /// Which venue.
    pub venue: VenueId,
    /// The worst state of its instruments.
    pub state: StateGauge,
    /// Frames taken from the sockets.
    pub messages: Counter,
    /// Bytes received on the sockets, TLS and framing included.
    pub bytes: Counter,
    /// When the last frame was received.
    pub last_message_at_ns: Counter,
    /// Frames refused by the session.
    pub errors: Counter,
    /// Books lost to a missing message.
    pub gaps: Counter,
    /// Books that had been lost and are back.
    pub resyncs: Counter,
    /// Snapshots asked for.
    pub snapshots_asked: Counter,
    /// Snapshots that failed.
    pub snapshots_failed: Counter,
    /// Books not believed any more because nothing was heard of them.
    pub stale_books: Counter,
    /// Connections opened.
    pub connects: Counter,
    /// Connections that broke, went silent or could not be opened.
    pub net_errors: Counter,
    /// Connections opened again after a break.
    pub reconnects: Counter,
    /// Connections relieved by a younger one, without a break.
    pub renewals: Counter,
    /// Messages that two overlapping connections both brought.
    pub doubles: Counter,
    /// Frames that the other of two lines had brought.
    pub copies: Counter,
    /// Holes of one line that the other filled.
    pub filled: Counter,
    /// Troubles and refused frames that found their queue full.
    pub troubles_dropped: Counter,
    instruments: Vec<InstrumentGauges>,
    troubles: ArrayQueue<NetError>,
    refusals: ArrayQueue<Refusal>,
    stream_troubles: ArrayQueue<StreamTrouble>,
}

/// Troubles kept for whoever writes the log.
const TROUBLES: usize = 32;

impl FeedGauges {
    /// All zero, everything connecting.
    #[must_use]
    pub fn new(venue: VenueId, instruments: impl Iterator<Item = InstrumentId>) -> Self {
        Self {
            venue,
            state: StateGauge::new(),
            messages: Counter::new(),
            bytes: Counter::new(),
            last_message_at_ns: Counter::new(),
            errors: Counter::new(),
            gaps: Counter::new(),
            resyncs: Counter::new(),
            snapshots_asked: Counter::new(),
            snapshots_failed: Counter::new(),
            stale_books: Counter::new(),
            connects: Counter::new(),
            net_errors: Counter::new(),
            reconnects: Counter::new(),
            renewals: Counter::new(),
            doubles: Counter::new(),
            copies: Counter::new(),
            filled: Counter::new(),
            troubles_dropped: Counter::new(),
            instruments: instruments.map(InstrumentGauges::new).collect(),
            troubles: ArrayQueue::new(TROUBLES),
            refusals: ArrayQueue::new(TROUBLES),
            stream_troubles: ArrayQueue::new(TROUBLES),
        }
    }

    /// Its instruments.
    #[must_use]
    pub fn instruments(&self) -> &[InstrumentGauges] {
        &self.instruments
    }

    /// The next trouble that nobody has taken yet.
    #[must_use]
    pub fn take_trouble(&self) -> Option<NetError> {
        self.troubles.pop()
    }

    /// The next refused frame that nobody has taken yet; the session tells one a second at most.
    #[must_use]
    pub fn take_refusal(&self) -> Option<Refusal> {
        self.refusals.pop()
    }

    /// The next stream that does not come and that nobody has been told of yet.
    #[must_use]
    pub fn take_stream_trouble(&self) -> Option<StreamTrouble> {
        self.stream_troubles.pop()
    }

    pub(super) fn stream_trouble(&self, trouble: StreamTrouble) {
        if self.stream_troubles.push(trouble).is_err() {
            self.troubles_dropped.add(1);
        }
    }

    pub(super) fn refused(&self, refusal: Refusal) {
        if self.refusals.push(refusal).is_err() {
            self.troubles_dropped.add(1);
        }
    }

    /// Counts a trouble and keeps it, if there is room: a storm fills the queue once and is only counted then.
    pub(super) fn trouble(&self, error: NetError) {
        self.net_errors.add(1);
        if self.troubles.push(error).is_err() {
            self.troubles_dropped.add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_stand_at_their_own_number() {
        assert!(FeedState::ALL.iter().enumerate().all(|(number, state)| *state as usize == number));
        let gauge = StateGauge::new();
        assert_eq!(gauge.get(), FeedState::Connecting);
        gauge.set(FeedState::Gapped);
        assert_eq!(gauge.get().name(), "gapped");
    }

    #[test]
    fn a_storm_of_troubles_is_counted_whole_and_kept_short() {
        let gauges = FeedGauges::new(VenueId::BinanceSpot, std::iter::empty());
        for _ in 0..100 {
            gauges.trouble(NetError::Channel { venue: "v", channel: "c" });
        }
        assert_eq!(gauges.net_errors.get(), 100);
        let kept = std::iter::from_fn(|| gauges.take_trouble()).count() as u64;
        assert_eq!((kept, gauges.troubles_dropped.get()), (TROUBLES as u64, 100 - kept));
    }
}
