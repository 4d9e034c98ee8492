//! A simulated venue as a whole system meets it: requests in, replies out, and the truth to compare with.

use super::passage::{Passage, leaves};
use crate::gateway::desk::Phase;
use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::order::{ClientOrderId, Order};
use engine_model::units::{Lots, Nanos};
use engine_model::venue::{Reply, Request};
use std::fmt;

/// A venue behind its gateway. All chances come from its seed.
pub struct SimulatedVenue {
    seed: u64,
    passage: Passage,
}

impl fmt::Debug for SimulatedVenue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seed {}, {} orders, {} faults", self.seed, self.passage.venue.orders.len(), self.passage.faults)
    }
}

impl SimulatedVenue {
    /// A venue that trades `own` of the instruments, met by the run of that number.
    #[must_use]
    pub fn new(seed: u64, instruments: &Instruments, own: Vec<InstrumentId>, epoch: u32) -> Self {
        Self { seed, passage: Passage::new(seed, instruments, own, epoch) }
    }

    /// Whether everything goes wrong from now on, or nothing.
    pub fn set_trouble(&mut self, is_troubled: bool) {
        self.passage.is_troubled = is_troubled;
    }

    /// Takes a request of the engine.
    pub fn request(&mut self, request: &Request) {
        self.passage.request(request);
        self.passage.carry();
    }

    /// It is so late now: whatever is due by then arrives, on either side.
    pub fn pass_to(&mut self, now: Nanos) {
        self.passage.pass_to(now.0 / Nanos::MILLI);
        while self.passage.arrive() {}
        self.passage.tick();
    }

    /// The next reply for the engine.
    ///
    /// # Panics
    /// When it is not the truth.
    pub fn take_reply(&mut self) -> Option<Reply> {
        let (reply, is_true) = self.passage.told()?;
        assert!(is_true.is_ok(), "seed {}: {reply:?}: {is_true:?}", self.seed);
        Some(reply)
    }

    /// Something happens to an order that stands, if there is one: it is executed or it ends.
    pub fn execute_something(&mut self) {
        self.passage.market();
        self.passage.speak();
    }

    /// The private line breaks.
    pub fn break_line(&mut self) {
        self.passage.break_line();
        self.passage.carry();
    }

    /// Something was said that nobody understands.
    pub fn mishear(&mut self) {
        self.passage.mishear();
    }

    /// The engine died, and one with that number begins. `adopts`: what stands is its own from now on; else somebody withdrew
    /// it meanwhile.
    pub fn meet_run(&mut self, epoch: u32, adopts: bool) {
        self.passage.die(epoch, adopts);
    }

    /// Whether orders pass.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.passage.desk.phase == Phase::Ready
    }

    /// An order of which the gateway does not know what became.
    #[must_use]
    pub fn unknown(&self) -> Option<ClientOrderId> {
        self.passage.unknown()
    }

    /// Lots that the account holds, by all that was ever executed.
    #[must_use]
    pub fn position(&self, of: InstrumentId) -> Lots {
        Lots(self.passage.venue.position(of))
    }

    /// What stands, and what is left of it.
    pub fn open(&self) -> impl Iterator<Item = (&Order, Lots)> {
        self.passage.open().map(|held| (&held.order, leaves(held)))
    }

    /// Every order that ever arrived, in that order.
    pub fn arrived(&self) -> impl Iterator<Item = &Order> {
        self.passage.venue.orders.iter().map(|held| &held.order)
    }

    /// Whether anything of a run before `epoch` was executed since that one began, and the gateway did not know of it then: a
    /// request that was under way when the engine died.
    #[must_use]
    pub fn is_disturbed(&self, epoch: u32, began_at: Nanos) -> bool {
        let Passage { venue, desk, .. } = &self.passage;
        let is_late = |id: ClientOrderId| {
            let is_known = desk.orders.entries.get(id).is_some();
            id.epoch() < epoch && (!is_known || venue.of(id).is_some_and(|held| held.entered_at >= began_at))
        };
        let since = venue.fills.iter().filter(|fill| fill.at_ns >= began_at);
        since.filter_map(|fill| fill.whose.ours).any(is_late)
    }

    /// Orders that came under a number that was used already.
    #[must_use]
    pub fn duplicates(&self) -> u64 {
        self.passage.venue.duplicates
    }

    /// Messages that went wrong so far.
    #[must_use]
    pub fn faults(&self) -> u64 {
        self.passage.faults
    }
}
