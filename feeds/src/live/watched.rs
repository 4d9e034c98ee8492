//! The sink, with an eye on when each book last changed and what else was heard. Costs three stores a message.

use super::gauges::{FeedGauges, OFFSET_MOVED};
use super::plan::{Channel, ChannelSet};
use engine_model::instrument::{Instrument, InstrumentId, Instruments};
use engine_model::market::{Applied, Level, MarketChange, MarketEvent, MarketSink, Stamp, VerifiedMessage};
use engine_model::units::Nanos;

/// What was seen of one instrument.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    /// When its book last changed, in the time of the timers.
    pub(super) book_at_ns: u64,
    /// The channels that spoke since their lines were opened.
    pub(super) heard: ChannelSet,
    /// Messages so far.
    pub(super) messages: u64,
    pub(super) offset: Offset,
}

/// The least of receive time less venue time over the last two windows: delays only add to it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Offset {
    window: u64,
    /// In µs: of this window, and of the one before.
    least: [Option<i64>; 2],
    jumped: bool,
}

/// Long enough for one message to come by the shortest way, short enough to see a clock that is set.
const WINDOW_NS: u64 = 5_000_000_000;
/// A change of the least offset that no way explains.
const JUMP_US: i64 = 100_000;

impl Offset {
    #[inline]
    fn take(&mut self, at: Stamp, now_ns: u64) {
        if at.venue_at_ns == Nanos(0) {
            return;
        }
        let window = now_ns / WINDOW_NS;
        if window != self.window {
            let [this, before] = self.least;
            self.jumped |= this.zip(before).is_some_and(|(this, before)| (this - before).abs() > JUMP_US);
            self.least = [None, this];
            self.window = window;
        }
        let [received, sent] = [at.received_at_ns, at.venue_at_ns].map(|at| (at.0 / 1_000).cast_signed());
        let offset = received - sent;
        self.least[0] = Some(self.least[0].map_or(offset, |least| least.min(offset)));
    }

    /// As a gauge has it; 0: unknown.
    pub(super) fn told(&self) -> u64 {
        let least = self.least.iter().flatten().min();
        least.map_or(0, |least| (least + OFFSET_MOVED).cast_unsigned() + 1)
    }

    /// Whether it changed by more than any way explains since this was last asked.
    pub(super) fn take_jump(&mut self) -> bool {
        std::mem::take(&mut self.jumped)
    }
}

/// Passes everything on.
pub(super) struct Watched<'a, S> {
    pub(super) sink: &'a mut S,
    pub(super) gauges: &'a FeedGauges,
    pub(super) slots: &'a Slots,
    /// By slot.
    pub(super) seen: &'a mut [Seen],
    /// Whether it is a stream that speaks. A snapshot that was asked for by REST says nothing of the stream.
    pub(super) is_stream: bool,
    pub(super) now_ns: u64,
}

/// Position of an instrument among those of one venue.
#[derive(Debug)]
pub(super) struct Slots(Box<[u32]>);

impl Slots {
    pub(super) fn new(all: &Instruments, own: &[&Instrument]) -> Self {
        let mut slots = vec![0; all.len()];
        own.iter().enumerate().for_each(|(slot, instrument)| slots[instrument.id.index()] = slot as u32);
        Self(slots.into())
    }

    pub(super) fn of(&self, instrument: InstrumentId) -> usize {
        self.0[instrument.index()] as usize
    }
}

impl<S> Watched<'_, S> {
    #[inline]
    fn heard(&mut self, at: Stamp) {
        let slot = self.slots.of(at.instrument);
        self.seen[slot].book_at_ns = self.now_ns;
        if self.is_stream {
            let seen = &mut self.seen[slot];
            seen.heard.insert(Channel::Book);
            seen.messages += 1;
            seen.offset.take(at, self.now_ns);
        }
        self.gauges.instruments()[slot].last_message_at_ns.set(at.received_at_ns.0);
    }
}

impl<S: MarketSink> MarketSink for Watched<'_, S> {
    #[inline]
    fn book_snapshot(&mut self, at: Stamp, update_id: u64, bids: &[Level], asks: &[Level]) -> Applied {
        self.heard(at);
        self.sink.book_snapshot(at, update_id, bids, asks)
    }

    #[inline]
    fn book_delta(&mut self, at: Stamp, update_id: u64, bids: &[Level], asks: &[Level]) -> Applied {
        self.heard(at);
        self.sink.book_delta(at, update_id, bids, asks)
    }

    #[inline]
    fn book_verified(
        &mut self,
        at: Stamp,
        message: &VerifiedMessage<'_>,
        holds: &mut dyn FnMut(&[Level], &[Level]) -> bool,
    ) -> Applied {
        self.heard(at);
        self.sink.book_verified(at, message, holds)
    }

    fn book_lost(&mut self, at: Stamp) {
        self.sink.book_lost(at);
    }

    #[inline]
    fn event(&mut self, event: MarketEvent) {
        let seen = &mut self.seen[self.slots.of(event.at.instrument)];
        seen.messages += 1;
        let heard = &mut seen.heard;
        match event.change {
            MarketChange::Trade { .. } => {
                heard.insert(Channel::Trade);
                heard.insert(Channel::AggregateTrade);
            }
            MarketChange::Quote { .. } => heard.insert(Channel::Quote),
            MarketChange::Liquidation { .. } => heard.insert(Channel::Liquidation),
            MarketChange::Mark { .. }
            | MarketChange::Index { .. }
            | MarketChange::Funding { .. }
            | MarketChange::OpenInterest { .. } => heard.insert(Channel::Mark),
            // Not of a stream: the sink's own.
            MarketChange::Book(_)
            | MarketChange::Top { .. }
            | MarketChange::Depth { .. }
            | MarketChange::BookDigest { .. } => {}
        }
        self.sink.event(event);
    }

    #[inline]
    fn ready(&self) -> bool {
        self.sink.ready()
    }

    #[inline]
    fn turn(&mut self, now: Nanos) -> bool {
        self.sink.turn(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quickest_message_of_the_last_windows_tells_the_offset_and_a_clock_that_is_set_is_noticed() {
        let told = |offset: &Offset| offset.told().checked_sub(1).map(|bits| bits.cast_signed() - OFFSET_MOVED);
        let mut offset = Offset::default();
        let mut take = |sent_us: u64, received_us: u64, at_s: u64| {
            let [venue_at_ns, received_at_ns] = [sent_us, received_us].map(|us| Nanos(us * 1_000));
            offset.take(Stamp { venue_at_ns, received_at_ns, ..Stamp::default() }, at_s * 1_000_000_000);
            (told(&offset), offset.take_jump())
        };
        assert_eq!(take(0, 5_000, 1), (None, false), "a message without a time");
        assert_eq!(take(1_000, 5_000, 1), (Some(4_000), false));
        assert_eq!(take(1_000, 4_000, 2), (Some(3_000), false));
        assert_eq!(take(1_000, 9_000, 3), (Some(3_000), false), "a slow one says nothing");
        assert_eq!(take(1_000, 6_000, 6), (Some(3_000), false), "the window before still counts");
        assert_eq!(take(200_000, 1_000, 11), (Some(-199_000), false), "our clock behind the venue's");
        assert_eq!(take(200_000, 1_000, 16), (Some(-199_000), true), "set by two tenths of a second");
        assert_eq!(take(200_000, 1_000, 21), (Some(-199_000), false), "told once");
    }
}
