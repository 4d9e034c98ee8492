//! What Kraken's stream told once and does not tell again: only the first row of an order names its pair, side and price,
//! later ones the order alone.
//!
//! Owns: that, of orders that stand; the numbers of the messages; what is bound of each asset. Never: a field's name.

use crate::error::{Field, FrameError};
use engine_model::fixed_map::{FixedMap, Key};
use engine_model::instrument::{InstrumentId, Name};
use engine_model::market::Side;
use engine_model::order::ClientOrderId;
use engine_model::units::{Lots, Ticks};

/// Orders remembered: several times what the venue lets one account have open.
const ORDERS_MAX: usize = 2_048;

/// The venue's id of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Theirs(Name);

impl Key for Theirs {
    fn bits(self) -> u64 {
        crate::gateway::heard::trade_id(self.0.as_bytes())
    }
}

/// An order as it was last told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub(super) ours: Option<ClientOrderId>,
    pub(super) instrument: Option<InstrumentId>,
    pub(super) side: Side,
    pub(super) px: Ticks,
    pub(super) qty: Lots,
    pub(super) filled: Lots,
}

/// A stream whose messages are numbered.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stream {
    Executions = 0,
    Balances = 1,
}

/// What was told on a line.
#[derive(Debug)]
pub(super) struct Told {
    heads: FixedMap<Theirs, Head>,
    /// By stream: the number of its last message on this line.
    last: [Option<u64>; 2],
    /// What the last answer about balances said is bound.
    bound: Vec<(Name, i64)>,
}

impl Told {
    pub(super) fn new() -> Self {
        Self { heads: FixedMap::new(ORDERS_MAX), last: [None; 2], bound: Vec::with_capacity(64) }
    }

    /// A line begins: every order that stands will be told whole, and numbers begin anew.
    pub(super) fn begin(&mut self) {
        (self.heads, self.last) = (FixedMap::new(ORDERS_MAX), [None; 2]);
    }

    /// Whether no message is missing before that one. One that comes again, or late, is no loss.
    pub(super) fn is_next(&mut self, stream: Stream, number: u64) -> bool {
        let last = &mut self.last[stream as usize];
        let is_next = last.is_none_or(|last| number.saturating_sub(last) <= 1);
        *last = Some(last.map_or(number, |last| last.max(number)));
        is_next
    }

    pub(super) fn head(&self, id: Name) -> Option<&Head> {
        self.heads.get(Theirs(id))
    }

    /// Remembers an order, or forgets one that is over.
    pub(super) fn note(&mut self, id: Name, head: Head, is_over: bool) -> Result<(), FrameError> {
        if is_over {
            self.heads.remove(Theirs(id));
        } else if let Some(known) = self.heads.get_mut(Theirs(id)) {
            *known = head;
        } else if self.heads.is_full() {
            return Err(FrameError::OutOfRange(Field::Id));
        } else {
            self.heads.insert(Theirs(id), head);
        }
        Ok(())
    }

    /// How much of an asset is bound, in 1e-8.
    pub(super) fn bound(&self, asset: Name) -> i64 {
        self.bound.iter().find(|(name, _)| *name == asset).map_or(0, |(_, bound)| *bound)
    }

    pub(super) fn binds(&mut self, asset: Name, e8: i64) {
        match self.bound.iter_mut().find(|(name, _)| *name == asset) {
            Some((_, bound)) => *bound = e8,
            None => self.bound.push((asset, e8)),
        }
    }
}
