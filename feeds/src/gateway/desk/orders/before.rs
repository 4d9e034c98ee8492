//! What was there before the run and is its own from now on: orders of runs before that stand, and what the account holds.
//!
//! Never: an order of somebody else; an execution of before.

use super::{Life, Orders};
use crate::gateway::desk::Now;
use crate::gateway::heard::{OrderNews, OrderState};
use engine_model::instrument::InstrumentId;
use engine_model::order::{ClientOrderId, Order};
use engine_model::position::Opening;
use engine_model::units::{Lots, Nanos};
use engine_model::venue::ReplyKind;

impl Orders {
    /// An order of a run before that stands: ours from now on, with what was executed of it by then. Whether it was taken:
    /// the whole of it must have been told. One that waits for a price is not: its news tell too little to follow it once it
    /// is pulled, perhaps under another id.
    pub(in super::super) fn adopt(&mut self, news: &OrderNews, now: Now) -> bool {
        let (Some(client_order_id), Some(instrument)) = (news.whose.ours, news.instrument) else { return false };
        let is_told = news.px.0 > 0 && news.filled.0 >= 0 && news.filled < news.qty && news.at_ns != Nanos(0);
        if !is_told || news.waits || news.state != OrderState::Open || self.is_used(client_order_id) || !self.has_room()
        {
            return false;
        }
        let (side, px, qty, filled) = (news.side, news.px, news.qty, news.filled);
        self.begin(Order { client_order_id, instrument, side, px, qty, ..Order::default() }, now);
        self.learn(client_order_id, news.whose.venue_order_id);
        if let Some(entry) = self.living(client_order_id) {
            (entry.life, entry.filled, entry.stated, entry.heard_ns) = (Life::Standing, filled, filled, now.timer_ns);
            entry.adopted_at = if filled.0 > 0 { news.at_ns } else { Nanos(0) };
        }
        self.adopted += 1;
        self.tell(client_order_id, instrument, ReplyKind::Adopted { side, px, qty, filled }, news.at_ns, now);
        true
    }

    /// The account held that before, and it counts from now on.
    pub(in super::super) fn open_with(
        &mut self,
        of: InstrumentId,
        owner: u8,
        qty: i64,
        avg_px_milliticks: i64,
        now: Now,
    ) {
        if qty == 0 {
            return;
        }
        self.net[of.index()] = self.net[of.index()].saturating_add(qty);
        let opening = Opening { qty: Lots(qty), avg_px_milliticks };
        self.tell(ClientOrderId::new(owner, 0, 0), of, ReplyKind::Opened(opening), now.venue, now);
    }
}
