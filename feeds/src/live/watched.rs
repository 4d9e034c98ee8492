//! The sink, with an eye on when each book last changed and what else was heard. Costs three stores a message.

use super::gauges::FeedGauges;
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
            self.seen[slot].heard.insert(Channel::Book);
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
        let heard = &mut self.seen[self.slots.of(event.at.instrument)].heard;
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
            MarketChange::Book(_) | MarketChange::Top { .. } | MarketChange::BookDigest { .. } => {}
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
