//! A stage whose polls are timed: where the time of a frame goes.
//!
//! Owns the time of the polls in which a frame becomes an order. Never in a run that is measured as a whole: two readings
//! of the clock a stage would be in it.

use engine_ring::clock::Clock;
use engine_ring::counter::{CachePadded, Counter};
use engine_ring::stage::{Poll, Stage};
use std::sync::Arc;

/// Times of the stages, in their order, and whether they are being taken.
#[derive(Debug, Default)]
pub(super) struct Spent {
    pub(super) is_on: Counter,
    pub(super) ns: [CachePadded<Counter>; 4],
}

/// A stage, and where its time goes.
pub(super) struct Timed {
    pub(super) stage: Box<dyn Stage>,
    pub(super) clock: Clock,
    pub(super) spent: Arc<Spent>,
    pub(super) place: usize,
}

impl Stage for Timed {
    fn name(&self) -> &str {
        self.stage.name()
    }

    fn poll(&mut self) -> Poll {
        if self.spent.is_on.get() == 0 {
            return self.stage.poll();
        }
        let start_ns = self.clock.now();
        let poll = self.stage.poll();
        self.spent.ns[self.place].add(self.clock.now() - start_ns);
        poll
    }

    fn start(&mut self) {
        self.stage.start();
    }

    fn finish(&mut self) {
        self.stage.finish();
    }
}
