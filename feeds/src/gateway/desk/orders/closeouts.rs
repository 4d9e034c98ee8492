//! Executions that the venue placed on our account: they are of no order of anybody's, and change what is held.
//!
//! Owns: that each is told once. Never: why the venue did it; its words say so.

use super::{Found, Now, Orders, fee};
use crate::gateway::heard::FillNews;
use engine_model::closeout::{Cause, Closeout};
use engine_model::order::ClientOrderId;
use engine_model::units::Quote;
use engine_model::venue::ReplyKind;

impl Orders {
    /// Whether an execution is of an order of ours.
    pub(in super::super) fn knows(&self, fill: &FillNews) -> bool {
        matches!(self.find(&fill.whose, fill.instrument, fill.side), Found::Ours(_))
    }

    /// The venue executed on our account. Whether that was of an instrument of the run.
    pub(in super::super) fn closed_out(&mut self, cause: Cause, fill: &FillNews, now: Now) -> bool {
        let Some(instrument) = fill.instrument.filter(|_| fill.qty.0 > 0 && fill.px.0 > 0) else { return false };
        // Under a number that no order of ours has: its run would be 0.
        let known = (ClientOrderId::new(0, 0, instrument.0 + 1), fill.trade_id);
        if self.trades.get(known).is_some() {
            return true;
        }
        self.remember(known);
        let net = &mut self.net[instrument.index()];
        *net = net.saturating_add(fill.qty.0 * fill.side.sign());
        let fill = &self.with_fee(instrument, fill);
        self.moves(instrument, fill.side, fill);
        let settled = fee(self.instruments.get(instrument), fill);
        let (trade_id, px, qty) = (fill.trade_id, fill.px, fill.qty);
        let closeout = Closeout { cause, trade_id, px, qty, fee: settled.unwrap_or(Quote::ZERO) };
        self.tell(ClientOrderId(0), instrument, ReplyKind::ClosedOut { side: fill.side, closeout }, fill.at_ns, now);
        if settled.is_none() {
            self.tell_foreign_fee(ClientOrderId(0), instrument, fill, now);
        }
        true
    }
}
