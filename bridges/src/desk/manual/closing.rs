//! A closing on its way: from the moment it is asked of the engine until it is known to be over, so that no second one counts
//! from what the first has not taken yet.

use super::{Desk, manual};
use crate::hub::image::Image;
use engine_core::strategy::manual::Answered;
use engine_model::instrument::InstrumentId;
use engine_model::market::Side;
use engine_model::order::{ClientOrderId, Order};
use engine_model::units::Nanos;

/// See the module.
#[derive(Clone, Copy, Debug)]
pub(super) struct UnderWay {
    /// Under which it was asked.
    pub(super) ticket: i64,
    pub(super) instrument: InstrumentId,
    side: Side,
    /// Where the word about it began.
    from: u64,
    /// Reports that had been missed by then.
    missed: u64,
    answer: Heard,
}

/// What the desk of people made of it.
#[derive(Clone, Copy, Debug)]
enum Heard {
    Nothing,
    Refused,
    /// That order; and when that was known.
    Order(ClientOrderId, Nanos),
    /// It has answered, and a later answer took the place of that one before anybody looked.
    Passed(Nanos),
}

impl UnderWay {
    pub(super) fn new(desk: &Desk, ticket: i64, order: &Order) -> Self {
        let orders = &desk.hub.image().orders;
        let (from, missed) = (orders.said.pushed(), orders.missed);
        Self { ticket, instrument: order.instrument, side: order.side, from, missed, answer: Heard::Nothing }
    }

    pub(super) fn hear(&mut self, answer: &Answered, now: Nanos) {
        if !matches!(self.answer, Heard::Nothing) || answer.ticket < self.ticket {
            return;
        }
        self.answer = match answer.outcome {
            _ if answer.ticket > self.ticket => Heard::Passed(now),
            Ok(order) => Heard::Order(order, now),
            Err(_) => Heard::Refused,
        };
    }

    /// Whether it is known to be over: its end was heard, or it is gone from the open orders while none of their news was
    /// missed. Where some was, or its number is not known, risk itself must count no open order that is not known here.
    pub(super) fn is_over(&self, desk: &Desk) -> bool {
        let image = desk.hub.image();
        let orders = &image.orders;
        match self.answer {
            Heard::Nothing => false,
            Heard::Refused => true,
            Heard::Order(id, at) => {
                let said = orders.said.since(self.from);
                let mut of_it = said.values.iter().filter(|report| report.client_order_id == id);
                let has_ended = of_it.clone().any(|report| report.status.is_terminal());
                let was_heard = said.missed > 0 || of_it.next().is_some();
                let is_gone = was_heard && orders.is_whole_since(self.missed) || image.knows_all_open(at);
                has_ended || is_gone && !orders.open.contains_key(&id)
            }
            Heard::Passed(at) => {
                let own = manual(desk).map(|(own, _)| own);
                let (instrument, side) = (self.instrument, self.side);
                let mut open = orders.open.values();
                let is_open = open.any(|of| (Some(of.strategy), of.instrument, of.side) == (own, instrument, side));
                !is_open && image.knows_all_open(at)
            }
        }
    }

    /// As people know it.
    pub(super) fn name(&self) -> String {
        match self.answer {
            Heard::Order(id, _) => id.to_string(),
            _ => "its number is not known".to_owned(),
        }
    }

    /// Why there is to be no other, and what to do.
    pub(super) fn says(&self, image: &Image) -> &'static str {
        match self.answer {
            Heard::Order(..) if image.orders.is_whole_since(self.missed) => {
                "a closing there is under way: ask again when it is over"
            }
            _ => {
                "a closing there may be under way, and not all news of it was heard: look at the orders at the venue, and \
                 ask again, or enter an order that may only reduce"
            }
        }
    }
}
