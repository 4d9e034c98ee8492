//! The way out for wishes: bounded for each call, refused by name when the ring is full, never kept for later. A wish
//! that could not be judged now would be judged on a market that its author has not seen.

use engine_model::intent::Intent;
use engine_model::refusal::{Check, Refusal};
use engine_ring::ring::Writer;

/// Wishes that one call of a strategy may make: bounds the work that one event can cause.
pub(super) const WISHES_MAX: u32 = 64;

#[derive(Debug)]
pub(super) struct Outbox {
    writer: Writer<Intent>,
    /// Wishes left to the current call.
    left: u32,
    pub(super) sent: u64,
    pub(super) refused: u64,
}

impl Outbox {
    pub(super) fn new(writer: Writer<Intent>) -> Self {
        Self { writer, left: 0, sent: 0, refused: 0 }
    }

    /// A call begins.
    pub(super) fn begin(&mut self) {
        self.left = WISHES_MAX;
    }

    /// Whether so many wishes more find room in this call.
    pub(super) fn room_for(&mut self, wishes: usize) -> Result<(), Refusal> {
        let room = self.writer.room().min(self.left as usize);
        if wishes <= room {
            return Ok(());
        }
        self.refused += 1;
        Err(Refusal::new(Check::Backpressure, wishes as i64, room as i64))
    }

    #[inline]
    pub(super) fn send(&mut self, intent: Intent) -> Result<(), Refusal> {
        if self.left == 0 {
            self.refused += 1;
            let limit = i64::from(WISHES_MAX);
            return Err(Refusal::new(Check::Backpressure, limit + 1, limit));
        }
        if self.writer.try_publish(intent).is_err() {
            self.refused += 1;
            let depth = self.writer.depth() as i64;
            return Err(Refusal::new(Check::Backpressure, depth, depth));
        }
        self.left -= 1;
        self.sent += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_ring::ring::{Spec, ring};

    #[test]
    fn one_call_cannot_wish_without_end_and_the_next_one_begins_anew() {
        let mut ends = ring(&Spec { name: "intent", depth: 1_024, readers: &["risk"], taps: &[] });
        let mut outbox = Outbox::new(ends.writer("strategy").expect("free"));
        for _ in 0..2 {
            outbox.begin();
            assert!((0..WISHES_MAX).all(|_| outbox.send(Intent::default()).is_ok()));
            assert_eq!(outbox.send(Intent::default()).map_err(|refusal| refusal.check), Err(Check::Backpressure));
        }
        assert_eq!((outbox.sent, outbox.refused), (2 * u64::from(WISHES_MAX), 2));
    }
}
