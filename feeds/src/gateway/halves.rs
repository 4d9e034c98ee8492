//! Questions of two halves, where a venue keeps apart what waits for a price: of plain orders first, then of those.
//!
//! Owns: by question and instrument, which half is next and which an answer is of. Each instrument has a place of its own
//! from the start: an errand asks for all of them at once. Never: the paths; what an answer says.

use super::ask::{Ask, AskId};
use super::heard::Answer;
use engine_model::units::Nanos;

/// How long after the first half was asked for the second may be.
const WITHIN_NS: u64 = 10 * Nanos::SECOND;

/// Which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Half {
    Plain,
    Waiting,
}

/// One question on one instrument.
#[derive(Clone, Copy, Debug, Default)]
struct Halving {
    /// The first message of each half; a message before both is of another time.
    plain: Option<AskId>,
    waiting: Option<AskId>,
    is_plain_done: bool,
    /// When the first half was last asked for.
    at: Nanos,
}

/// All of them, by instrument.
#[derive(Debug)]
pub(crate) struct Halves {
    open_orders: Box<[Halving]>,
    cancel_all: Box<[Halving]>,
}

impl Halves {
    pub(crate) fn new(instruments: usize) -> Self {
        let none = || vec![Halving::default(); instruments].into();
        Self { open_orders: none(), cancel_all: none() }
    }

    fn of(&mut self, ask: &Ask) -> Option<&mut Halving> {
        match ask {
            Ask::OpenOrders(of) => self.open_orders.get_mut(of.index()),
            Ask::CancelAll(of) => self.cancel_all.get_mut(of.index()),
            _ => None,
        }
    }

    /// The half that is asked for with that message. A first one of long ago is nobody's any more.
    pub(crate) fn next(&mut self, ask: &Ask, id: AskId, now: Nanos) -> Half {
        let Some(halving) = self.of(ask) else { return Half::Plain };
        if now.since(halving.at) > WITHIN_NS {
            *halving = Halving::default();
        }
        if halving.is_plain_done {
            halving.waiting.get_or_insert(id);
            return Half::Waiting;
        }
        halving.plain.get_or_insert(id);
        halving.at = now;
        Half::Plain
    }

    /// The half that an answer is of; `None`: of a message of another time, which says nothing any more.
    pub(crate) fn answered(&mut self, ask: &Ask, id: AskId) -> Option<Half> {
        let halving = self.of(ask)?;
        match halving {
            Halving { waiting: Some(first), .. } if *first <= id => Some(Half::Waiting),
            Halving { plain: Some(first), .. } if *first <= id => Some(Half::Plain),
            _ => None,
        }
    }

    /// A half was understood. Only behind the second it is a whole answer.
    pub(crate) fn done(&mut self, ask: &Ask, half: Half) -> Answer {
        if half == Half::Waiting {
            self.begin_anew(ask);
            return Answer::Done;
        }
        if let Some(halving) = self.of(ask) {
            halving.is_plain_done = true;
        }
        Answer::More
    }

    /// The next message is of the first half again.
    pub(crate) fn begin_anew(&mut self, ask: &Ask) {
        if let Some(halving) = self.of(ask) {
            *halving = Halving::default();
        }
    }
}
