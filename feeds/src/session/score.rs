//! What a session holds against a book, and when that keeps it out. The formula stands in [`crate::integrity`].

use super::Session;
use crate::integrity::Fault;
use engine_model::instrument::InstrumentId;
use engine_model::market::BookState;
use engine_model::units::Nanos;

impl Session {
    /// Something went wrong with a book, or with the way to it.
    pub fn fault(&mut self, instrument: InstrumentId, fault: Fault, at_ns: Nanos) {
        self.books[instrument.index()].integrity.add(fault, at_ns.0);
    }

    /// Books that score less than this are not taken in again before they score more; 0: every snapshot is taken.
    #[must_use]
    pub fn with_floor(self, floor: u64) -> Self {
        Self { floor, ..self }
    }

    /// Whether a book that is lost has to wait until its faults are forgotten.
    #[must_use]
    pub fn is_held_back(&self, instrument: InstrumentId, at_ns: Nanos) -> bool {
        let book = &self.books[instrument.index()];
        book.state != BookState::Synced && book.score(at_ns) < self.floor
    }

    pub(super) fn gap(&mut self, instrument: InstrumentId, at_ns: Nanos) {
        self.books[instrument.index()].losses.gaps += 1;
        self.fault(instrument, Fault::Gap, at_ns);
    }
}
