//! What is to be withdrawn until it is over: a halt, a flatten, a withdrawal of all, the end of a run, or of a growing order
//! where only less is allowed, is not done with the first no of a venue.
//!
//! Owns a bounded list of orders that a scope was withdrawn with, and when each is asked for again. Never: an order that its
//! owner alone wished to withdraw (he hears the no, and decides), a clock, memory once running.

use engine_model::limit::{Scope, TradingState};
use engine_model::order::ClientOrderId;
use engine_model::units::Nanos;

/// Until what was refused once is asked for again; twice as long after each further no, up to 16 s.
const AGAIN_NS: u64 = 250 * Nanos::MILLI;
const DOUBLINGS_MAX: u8 = 6;
/// What was not refused is not asked for again.
pub(super) const NEVER: Nanos = Nanos(u64::MAX);

#[derive(Clone, Copy, Debug)]
struct Row {
    id: ClientOrderId,
    /// The scopes that were withdrawn, a bit for each kind: an order is in one of each.
    scopes: u8,
    /// Noes so far.
    refused: u8,
    again_at_ns: Nanos,
}

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    /// In the order of their ids.
    rows: Vec<Row>,
    /// The earliest time that one is asked for again.
    due_at_ns: Nanos,
}

impl Wanted {
    /// Room for as many orders as can be open.
    pub(super) fn new(room: usize) -> Self {
        Self { rows: Vec::with_capacity(room), due_at_ns: NEVER }
    }

    /// When the next one is asked for again.
    #[inline]
    pub(super) fn due_at_ns(&self) -> Nanos {
        self.due_at_ns
    }

    /// From now on these are wanted, as orders of that scope; what is over is forgotten, so there is room.
    pub(super) fn note(&mut self, ids: &[ClientOrderId], scope: Scope, is_open: impl Fn(ClientOrderId) -> bool) {
        self.rows.retain(|row| is_open(row.id));
        for id in ids {
            match self.place(*id) {
                Ok(at) => self.rows[at].scopes |= bit(scope),
                Err(at) => {
                    let row = Row { id: *id, scopes: bit(scope), refused: 0, again_at_ns: NEVER };
                    self.rows.insert(at, row); // never grows: all of them are open
                }
            }
        }
    }

    /// That scope trades again: what was withdrawn for it alone is not wanted any more.
    pub(super) fn resume(&mut self, scope: Scope, state: TradingState, is_within: impl Fn(ClientOrderId) -> bool) {
        if state == TradingState::Active {
            self.rows.retain_mut(|row| {
                row.scopes &= if is_within(row.id) { !bit(scope) } else { u8::MAX };
                row.scopes != 0
            });
            self.look_ahead();
        }
    }

    /// The venue does not withdraw it now.
    #[cold]
    pub(super) fn refuse(&mut self, id: ClientOrderId, now: Nanos) {
        if let Ok(at) = self.place(id) {
            let row = &mut self.rows[at];
            row.again_at_ns = now.plus(AGAIN_NS << row.refused.min(DOUBLINGS_MAX));
            row.refused = row.refused.saturating_add(1);
            self.due_at_ns = self.due_at_ns.min(row.again_at_ns);
        }
    }

    /// Calls `ask` for each that is due.
    #[cold]
    pub(super) fn ask(&mut self, now: Nanos, mut ask: impl FnMut(ClientOrderId)) {
        for row in self.rows.iter_mut().filter(|row| row.again_at_ns <= now) {
            row.again_at_ns = NEVER;
            ask(row.id);
        }
        self.look_ahead();
    }

    fn place(&self, id: ClientOrderId) -> Result<usize, usize> {
        self.rows.binary_search_by_key(&id, |row| row.id)
    }

    fn look_ahead(&mut self) {
        self.due_at_ns = self.rows.iter().fold(NEVER, |due, row| due.min(row.again_at_ns));
    }
}

fn bit(scope: Scope) -> u8 {
    match scope {
        Scope::Whole => 1,
        Scope::Strategy(_) => 2,
        Scope::Venue(_) => 4,
        Scope::Instrument(_) => 8,
    }
}
