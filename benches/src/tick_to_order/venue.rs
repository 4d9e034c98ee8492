//! The venue's stage of the bench: frames in when the harness says so, orders out as text, answers so that every order is
//! over before the next frame.
//!
//! Owns: the frame in hand (copied to one buffer beforehand, as a socket would leave it), session, books, the venue's ends
//! of the request and reply rings. Never: matching; every order is accepted, and a bid is withdrawn by the venue at once,
//! so that the strategy has to place another at the next frame.

use super::order_text::OrderText;
use crate::engine::FRAME_STEP_NS;
use crate::synthetic::DepthFrames;
use engine_core::market::Market;
use engine_core::topology::Stage as Place;
use engine_model::instrument::Instrument;
use engine_model::market::{MarketSink as _, Side};
use engine_model::units::Nanos;
use engine_model::venue::{Reply, ReplyKind, Request, RequestKind};
use engine_ring::clock::Clock;
use engine_ring::counter::{CachePadded, Counter};
use engine_ring::ring::{Reader, Writer};
use engine_ring::stage::{Poll, Stage};
use feeds::session::Session;
use std::sync::Arc;

/// What harness and venue tell each other.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Frames that are due so far. The harness writes it.
    pub(super) due: Counter,
    /// Orders whose text is written.
    pub(super) orders: Counter,
    /// When the last text was complete.
    pub(super) written_at_ns: Counter,
}

/// The stage.
pub(super) struct VenueStage {
    pub(super) frames: DepthFrames,
    pub(super) session: Session,
    pub(super) market: Market,
    pub(super) instrument: Instrument,
    pub(super) requests: Reader<Request>,
    pub(super) replies: Writer<Reply>,
    pub(super) told: Arc<CachePadded<Told>>,
    pub(super) clock: Clock,
    pub(super) at: Nanos,
    pub(super) taken: u64,
    pub(super) prepared: u64,
    pub(super) frame: Vec<u8>,
    pub(super) text: OrderText,
    pub(super) answers: Vec<Reply>,
}

impl VenueStage {
    /// Has the next frame ready, once the one in hand was taken.
    pub(super) fn prepare(&mut self) {
        if self.prepared > self.taken {
            return;
        }
        self.prepared += 1;
        self.frame.clear();
        self.frame.extend_from_slice(self.frames.next_frame());
    }

    fn take_requests(&mut self) -> usize {
        let Self { requests, text, instrument, clock, told, answers, at, .. } = self;
        requests.take(16, |_, request| {
            let RequestKind::Place(order) = &request.what else { return };
            text.write(request.client_order_id, order, instrument, request.sent_at_ns);
            told.written_at_ns.set(clock.now());
            told.orders.add(1);
            let reply = |what| Reply {
                client_order_id: request.client_order_id,
                instrument: request.instrument,
                venue_at_ns: *at,
                received_at_ns: *at,
                what,
            };
            answers.push(reply(ReplyKind::Accepted));
            if order.side == Side::Buy {
                answers.push(reply(ReplyKind::Canceled));
            }
        })
    }

    fn answer(&mut self) -> usize {
        let Self { replies, answers, .. } = self;
        answers.drain(..).filter(|reply| replies.try_publish(*reply).is_ok()).count()
    }

    fn take_frame(&mut self) -> usize {
        if self.told.due.get() == self.taken {
            return 0;
        }
        self.taken += 1;
        self.at = self.at.plus(FRAME_STEP_NS);
        self.session.on_frame(0, &self.frame, self.at, &mut self.market);
        1
    }
}

impl Stage for VenueStage {
    fn name(&self) -> &str {
        Place::Venue.name()
    }

    fn poll(&mut self) -> Poll {
        let asked = self.take_requests();
        if asked > 0 {
            self.answer();
            self.prepare();
            return Poll::Worked;
        }
        // As a feed's poll does: what was left over first, then the next frame.
        let turned = self.market.turn(self.at);
        Poll::from_count(self.take_frame() + usize::from(turned))
    }
}
