//! The sink, with an eye on when each book last changed. Costs two stores a message.

use super::gauges::FeedGauges;
use engine_model::instrument::{Instrument, InstrumentId, Instruments};
use engine_model::market::{Applied, Level, MarketEvent, MarketSink, Stamp, VerifiedMessage};
use engine_model::units::Nanos;

/// Passes everything on.
pub(super) struct Watched<'a, S> {
    pub(super) sink: &'a mut S,
    pub(super) gauges: &'a FeedGauges,
    pub(super) slots: &'a Slots,
    /// By slot: when its book last changed, in the time of the timers.
    pub(super) changed_at_ns: &'a mut [u64],
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
        self.changed_at_ns[slot] = self.now_ns;
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
