//! The way out to the `market` ring, where nothing is dropped: what the ring has no room for waits here, and the feed is
//! told to hold its input until it has left.
//!
//! A *paced* outlet publishes an event only when everything published before, on any ring, has been consumed. Then each
//! event's consequences are complete before the next is seen, whatever thread each stage runs on; replays need that to
//! give the same result in every layout.

use engine_model::market::MarketEvent;
use engine_ring::ring::{Writer, settled};
use engine_ring::ring_gauges::RingGauges;
use std::collections::VecDeque;
use std::sync::Arc;

/// Events that may wait before memory is asked for: more than one frame of any venue makes.
const WAITING_MAX: usize = 4_096;

#[derive(Debug)]
pub(super) struct Outlet {
    writer: Writer<MarketEvent>,
    waiting: VecDeque<MarketEvent>,
    /// Rings to be at rest before an event leaves; none when not paced.
    paced_by: Box<[Arc<RingGauges>]>,
}

impl Outlet {
    pub(super) fn new(writer: Writer<MarketEvent>) -> Self {
        Self { writer, waiting: VecDeque::with_capacity(WAITING_MAX), paced_by: Box::default() }
    }

    pub(super) fn pace(&mut self, rings: Vec<Arc<RingGauges>>) {
        self.paced_by = rings.into_boxed_slice();
    }

    /// Publishes, or keeps for later. Says whether it left at once.
    pub(super) fn send(&mut self, event: MarketEvent) -> bool {
        let left = self.waiting.is_empty() && self.try_send(event);
        if !left {
            self.waiting.push_back(event);
        }
        left
    }

    /// Publishes what waits, as far as there is room. Says whether anything left.
    pub(super) fn drain(&mut self) -> bool {
        let before = self.waiting.len();
        while let Some(&event) = self.waiting.front()
            && self.try_send(event)
        {
            self.waiting.pop_front();
        }
        self.waiting.len() < before
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether nothing is on its way on the rings that pace this outlet; always, when it is not paced.
    pub(super) fn is_settled(&self) -> bool {
        self.paced_by.is_empty() || settled(&self.paced_by)
    }

    fn try_send(&mut self, event: MarketEvent) -> bool {
        self.is_settled() && self.writer.room() > 0 && self.writer.try_publish(event).is_ok()
    }
}
