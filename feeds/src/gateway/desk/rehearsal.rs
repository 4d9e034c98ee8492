//! A gateway that has one order under way and is told anything, for tests and the fuzzer: no socket, no clock.
//!
//! What is said by a venue can be wrong in any way. It must not panic, must leave nothing behind where it is not understood,
//! and must not lead to news that the law of orders has no place for.

use super::{Ask, AskId, Call, Desk, Heard, Known, Now, Phase, Post, Rules};
use crate::gateway::ask::Prepare;
use crate::gateway::heard::Answer;
use crate::gateway::key::Key;
use crate::gateway::tongue::{self, NoTongue, Place};
use engine_model::instrument::{InstrumentId, Instruments, Name};
use engine_model::order::{ClientOrderId, Order};
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::{ReplyKind, Request, RequestKind, VenueId};

/// The order: number 3 of strategy 1 in run 2.
const ORDER: ClientOrderId = ClientOrderId::new(1, 2, 3);
/// Each message comes so much later than the one before.
const STEP_NS: u64 = 100_000_000;

/// The gateway.
#[derive(Debug)]
pub struct Rehearsal {
    desk: Desk,
    asks: Vec<Ask>,
    now: Now,
    accepted: usize,
    ended: usize,
}

/// Carries everything nowhere.
struct Void;

impl Post for Void {
    fn send(&mut self, _: AskId, _: &Call) -> bool {
        true
    }

    fn give_up(&mut self, _: usize) {}
}

impl Rehearsal {
    /// With the order standing on that instrument, by the venue's `theirs` once it was told.
    pub fn new(
        venue: VenueId,
        key: &Key,
        instruments: &Instruments,
        of: InstrumentId,
        theirs: &str,
    ) -> Result<Self, NoTongue> {
        let tongue = tongue::of(venue, key, instruments)?;
        let rules = Rules {
            answer_within_ns: 1_000_000_000,
            reconcile_every_ns: 1_000_000_000,
            orders: None,
            epoch: ORDER.epoch(),
            adopts: false,
        };
        let own: Vec<InstrumentId> = instruments.iter().map(|instrument| instrument.id).collect();
        let mut desk = Desk::new(tongue, instruments, own, rules);
        (desk.phase, desk.lines_up) = (Phase::Ready, u64::MAX);
        let order =
            Order { client_order_id: ORDER, instrument: of, px: Ticks(100), qty: Lots(1_000), ..Order::default() };
        let known = Known { order, venue_order_id: Name::new(theirs).unwrap_or_default() };
        let unnamed = Known { venue_order_id: Name::default(), ..known };
        let asks = vec![
            Ask::Place(order),
            Ask::Cancel(known),
            Ask::CancelByRest(known),
            Ask::Modify(known, Ticks(101), Lots(900)),
            Ask::CancelAll(of),
            Ask::Order(known),
            Ask::Order(unnamed),
            Ask::OpenOrders(of),
            Ask::Fills(of, Nanos(0)),
            Ask::FillsOf(known, Nanos(0)),
            Ask::Balances,
            Ask::Positions,
            Ask::Mode(of),
            Ask::Setup(of),
            Ask::DeadMan(of, 10),
            Ask::Prepare(Prepare::Rights),
            Ask::Prepare(Prepare::Token),
            Ask::Prepare(Prepare::KeepToken),
            Ask::Prepare(Prepare::Time),
        ];
        let now = Nanos(1_700_000_000_000_000_000);
        let now = Now { timer_ns: STEP_NS, clock: now, venue: now };
        let mut rehearsal = Self { desk, asks, now, accepted: 0, ended: 0 };
        rehearsal.request(RequestKind::Place(order));
        Ok(rehearsal)
    }

    fn request(&mut self, what: RequestKind) {
        let request = Request { client_order_id: ORDER, what, ..Request::default() };
        self.desk.request(&request, self.now, &mut Void);
    }

    /// How many places there are in which something can be said: lines, and the answer to each question.
    #[must_use]
    pub fn places(&self) -> usize {
        self.desk.manners.lines.len() + self.asks.len()
    }

    /// Asks the venue for what the engine may want of the order.
    pub fn wish(&mut self, cancel: bool) {
        let change = RequestKind::Modify { px: Ticks(101), qty: Lots(900) };
        self.request(if cancel { RequestKind::Cancel } else { change });
    }

    /// Something is said in one of the places; by REST with that status of HTTP. Whether it was understood.
    ///
    /// # Panics
    /// When one of the promises above is broken.
    pub fn hear(&mut self, place: usize, status: u16, said: &[u8]) -> bool {
        self.now.timer_ns += STEP_NS;
        self.now.clock = self.now.clock.plus(STEP_NS);
        self.now.venue = self.desk.venue_time(self.now.clock);
        let lines = self.desk.manners.lines.len();
        let asked = self.asks.get(place.wrapping_sub(lines)).copied();
        let (place, id) = match asked {
            None => (Place::Line(place % lines), None),
            Some(ask) => {
                let id = self.desk.send(ask, self.now, &mut Void).unwrap_or(AskId(u64::MAX));
                (Place::Rest(id, ask, status), Some(id))
            }
        };
        let mut heard = Vec::new();
        let understood = self.desk.tongue.hear(place, said, &mut heard).is_ok();
        let answers = heard.iter().filter(|said| matches!(said, Heard::Answer(of, _) if Some(*of) == id)).count();
        assert!(understood || heard.is_empty(), "an error left {heard:?}");
        assert!(!understood || id.is_none() || answers == 1, "{answers} answers to {place:?}: {heard:?}");
        if !understood && let Some(id) = id {
            heard.push(Heard::Answer(id, Answer::Unknown));
        } else if !understood {
            self.desk.misheard(self.now);
        }
        self.desk.hear(&heard, id, self.now, &mut Void);
        self.desk.tick(self.now, &mut Void);
        self.desk.troubles.clear();
        self.desk.balances.clear();
        self.follow_the_law();
        understood
    }

    fn follow_the_law(&mut self) {
        while let Some(reply) = self.desk.orders.replies.pop_front().filter(|reply| reply.client_order_id == ORDER) {
            match reply.what {
                ReplyKind::Accepted => self.accepted += 1,
                ReplyKind::Rejected(_) | ReplyKind::Canceled | ReplyKind::Expired => self.ended += 1,
                ReplyKind::Filled { last_qty, .. } => assert!(last_qty > Lots(0), "an execution of {last_qty:?}"),
                ReplyKind::Triggered
                | ReplyKind::Updated { .. }
                | ReplyKind::CancelRejected(_)
                | ReplyKind::ModifyRejected(_)
                | ReplyKind::Adopted { .. }
                | ReplyKind::Paid(_)
                | ReplyKind::ClosedOut { .. }
                | ReplyKind::Opened(_) => {}
            }
        }
        assert!(self.accepted <= 1 && self.ended <= 1, "accepted {} times, ended {} times", self.accepted, self.ended);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::desk::tests::instruments;
    use crate::gateway::key::Secret;

    #[test]
    fn what_is_said_is_heard_and_what_is_not_understood_leaves_nothing() {
        let key = Key { id: Secret::new("me"), secret: Secret::new("hush"), passphrase: None };
        let mut rehearsal =
            Rehearsal::new(VenueId::BinanceSpot, &key, &instruments(), InstrumentId(0), "7").expect("spoken");
        let said = br#"{"event":{"e":"executionReport","s":"BTCUSDT","c":"R1-2-3","C":"","S":"BUY","q":"0.01000","p":"1.00","x":"NEW","X":"NEW","i":7,"z":"0","T":1}}"#;
        assert!(rehearsal.hear(0, 200, said));
        assert_eq!((rehearsal.accepted, rehearsal.ended), (1, 0));
        assert!(!rehearsal.hear(0, 200, &said[..90]));
        for place in 0..rehearsal.places() {
            rehearsal.wish(place % 2 == 0);
            assert!(rehearsal.hear(place, 200, b"{}") || place > 0, "a message of no interest on the line");
            rehearsal.hear(place, 500, said);
        }
    }
}
