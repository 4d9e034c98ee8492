//! A venue that does nothing of its own: it says what the scenario says, in the scenario's order. For what no paper venue
//! does: news that overtake each other, come twice, or never.

use engine_core::market::Market;
use engine_core::wiring::Wiring;
use engine_model::closeout::{Cause, Closeout};
use engine_model::instrument::{Instrument, Instruments};
use engine_model::market::Side;
use engine_model::order::ClientOrderId;
use engine_model::report::Liquidity;
use engine_model::units::{Nanos, Quote};
use engine_model::venue::{RejectReason, Reply, ReplyKind, Request, VenueId};
use engine_ring::ring::{Reader, Writer};
use engine_ring::stage::{Poll, Stage};

pub(super) const VENUE: VenueId = VenueId::Bybit;

pub(super) struct Spoken {
    pub(super) market: Market,
    requests: Reader<Request>,
    replies: Writer<Reply>,
}

impl Stage for Spoken {
    fn name(&self) -> &str {
        VENUE.name()
    }

    /// Hears what is asked, and leaves it at that.
    fn poll(&mut self) -> Poll {
        Poll::from_count(self.requests.take(usize::MAX, |_, _| ()))
    }
}

impl Spoken {
    pub(super) fn new(instruments: &Instruments, wiring: &mut Wiring) -> Self {
        Self {
            market: Market::new(VENUE, instruments, wiring.market_writer(VENUE).expect("free")).0,
            requests: wiring.request_reader(VENUE).expect("free"),
            replies: wiring.reply_writer(VENUE).expect("free"),
        }
    }

    pub(super) fn say(&mut self, id: ClientOrderId, instrument: &Instrument, now: Nanos, words: &[&str], place: &str) {
        let what = match words {
            ["accepted"] => ReplyKind::Accepted,
            ["canceled"] => ReplyKind::Canceled,
            ["expired"] => ReplyKind::Expired,
            ["rejected", "for", "now"] => ReplyKind::Rejected(RejectReason::Unavailable),
            ["cancel", "refused"] => ReplyKind::CancelRejected(RejectReason::Other),
            ["rejected"] => ReplyKind::Rejected(RejectReason::Other),
            ["no", "such", "order"] => ReplyKind::CancelRejected(RejectReason::UnknownOrder),
            ["updated", "to", qty, "@", px] => {
                let level = super::words::level(instrument, px, qty);
                ReplyKind::Updated { px: level.px, qty: level.qty }
            }
            ["change", "rejected"] => ReplyKind::ModifyRejected(RejectReason::Other),
            ["filled", qty, "@", px, "as", number] => {
                let level = super::words::level(instrument, px, qty);
                let trade_id = number.parse().expect("a number");
                let (last_px, last_qty, fee, liquidity) = (level.px, level.qty, Quote(0), Liquidity::Maker);
                ReplyKind::Filled { trade_id, last_px, last_qty, fee, liquidity }
            }
            _ => panic!("{place}: no such answer"),
        };
        self.tell(id, instrument, now, what);
    }

    /// An execution that it placed itself; `cause` says why, and of a fee of which order.
    pub(super) fn close(
        &mut self,
        instrument: &Instrument,
        now: Nanos,
        side: Side,
        of: (Cause, ClientOrderId),
        fill: &[&str],
    ) {
        let [qty, "@", px, "as", number] = fill else { panic!("{fill:?}: QTY @ PX as N") };
        let level = super::words::level(instrument, px, qty);
        let trade_id = number.parse().expect("a number");
        let closeout = Closeout { cause: of.0, trade_id, px: level.px, qty: level.qty, fee: Quote(0) };
        self.tell(of.1, instrument, now, ReplyKind::ClosedOut { side, closeout });
    }

    fn tell(&mut self, client_order_id: ClientOrderId, instrument: &Instrument, now: Nanos, what: ReplyKind) {
        let instrument = instrument.id;
        let reply = Reply { client_order_id, instrument, venue_at_ns: now, received_at_ns: now, what };
        self.replies.try_publish(reply).expect("room for an answer");
    }
}
