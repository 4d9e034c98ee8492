//! What the venue does to an account that has too little, and to one that another's loss falls on: see [`margin`] for when
//! and how much. Here it withdraws, executes, and tells.
//!
//! Each step is whole: it makes no more replies than one event may, and the next one finds the account as it is then. All
//! steps of one cause happen at one time.
//!
//! [`margin`]: super::margin
//!
//! Owns: nothing. Never: decides who is short.

use super::fee::Fees;
use super::margin::{Close, Margin, Step};
use super::matching::Matcher;
use super::shelf::Crossing;
use engine_core::market::{Book, Market};
use engine_model::closeout::{Cause, Closeout};
use engine_model::instrument::InstrumentId;
use engine_model::market::{BookState, Level, MarketChange, MarketEvent, Side};
use engine_model::order::ClientOrderId;
use engine_model::payment::{Payment, PaymentKind};
use engine_model::report::Liquidity;
use engine_model::units::{Lots, Nanos, Quote};
use engine_model::venue::ReplyKind;

impl Matcher {
    /// Does the next step against an account that is short. Whether there was one.
    #[inline]
    pub(super) fn liquidate(&mut self, market: &Market, at_ns: Nanos) -> bool {
        let is_short = self.margin.as_mut().is_some_and(Margin::is_short);
        is_short && self.step(market, at_ns)
    }

    #[cold]
    fn step(&mut self, market: &Market, at_ns: Nanos) -> bool {
        let standing = (0u32..).map(InstrumentId).take(self.shelves.len()).find(|id| self.resting(*id) > 0);
        if let Some(id) = standing {
            self.withdraw_all(id, at_ns);
            return true;
        }
        match self.margin.as_ref().and_then(Margin::next) {
            Some(Step::Reduce(close)) => self.reduce(&close, market, at_ns),
            Some(Step::Insure(id, amount)) => {
                let asset = self.instruments.asset(self.instruments.get(id).quote).unwrap_or_default();
                let payment = Payment { kind: PaymentKind::Insurance, asset, amount };
                if let Some(margin) = &mut self.margin {
                    margin.spend(i128::from(amount.0));
                    margin.paid(id, &payment);
                }
                self.outbox.say(at_ns, id, ClientOrderId(0), ReplyKind::Paid(payment));
            }
            None => return false,
        }
        true
    }

    /// Nobody is deleveraged and nothing is liquidated while orders of his stand there.
    fn withdraw_all(&mut self, id: InstrumentId, at_ns: Nanos) {
        let Self { shelves, outbox, .. } = self;
        let shelf = &mut shelves[id.index()];
        for side in [Side::Buy, Side::Sell] {
            shelf.queue(side).clear(|order| outbox.say(at_ns, id, order, ReplyKind::Canceled));
        }
    }

    fn reduce(&mut self, close: &Close, market: &Market, at_ns: Nanos) {
        let listing = market.listing(close.instrument);
        let book = (listing.state() == BookState::Synced).then(|| listing.book());
        let taken = book.map_or(0, |book| self.take_for(close, book, at_ns));
        if taken == 0 {
            let rest = Level { px: close.bankruptcy_px, qty: Lots(close.whole) };
            if let Some(margin) = &mut self.margin {
                margin.took_over(close.instrument, close.side, rest.px, rest.qty);
            }
            self.close_out(close, rest, Cause::Takeover, at_ns);
        }
    }

    /// In the book, not beyond the bankruptcy price. How much that was.
    fn take_for(&mut self, close: &Close, book: &Book, at_ns: Nanos) -> i64 {
        let Close { instrument: id, side, lots, bankruptcy_px: limit, .. } = *close;
        let instrument = *self.instruments.get(id);
        let crossing = Crossing { instrument: &instrument, book, side, limit, lots };
        let mut levels = std::mem::take(&mut self.levels);
        levels.clear();
        let shelf = &mut self.shelves[id.index()];
        shelf.pressure.fade(at_ns);
        let taken = shelf.cross(&crossing, |level| levels.push(level));
        levels.iter().for_each(|level| self.close_out(close, *level, Cause::Liquidation, at_ns));
        self.levels = levels;
        taken
    }

    /// Tells one execution, and books it here as everybody will.
    fn close_out(&mut self, close: &Close, level: Level, cause: Cause, at_ns: Nanos) {
        let Close { instrument: id, side, .. } = *close;
        let Self { instruments, trade_id, outbox, funding, counters, margin, .. } = self;
        let Some(margin) = margin else { return };
        *trade_id += 1;
        counters.closeouts.add(1);
        let ppm = if cause == Cause::Deleveraging { 0 } else { margin.fee_ppm() };
        let fees = Fees { maker_ppm: 0, taker_ppm: ppm };
        // What cannot be told is all that is left.
        let fee = fees.fee(instruments.get(id), level.px, level.qty, Liquidity::Taker);
        let fee = margin.closed(id, side, level.px, level.qty, fee.unwrap_or(Quote(i64::MAX)));
        funding.filled(id, side, level.px, level.qty);
        let closeout = Closeout { cause, trade_id: *trade_id, px: level.px, qty: level.qty, fee };
        outbox.say(at_ns, id, ClientOrderId(0), ReplyKind::ClosedOut { side, closeout });
    }

    /// Somebody's liquidation: it may fall on us.
    pub(super) fn somebody_was_liquidated(&mut self, event: &MarketEvent) {
        let MarketChange::Liquidation { px, qty, closed } = event.change else { return };
        let (id, at_ns) = (event.at.instrument, event.at.received_at_ns);
        let deleveraged = self.margin.as_mut().and_then(|margin| margin.deleverages(id, closed, px, qty));
        if let Some(close) = deleveraged {
            self.withdraw_all(id, at_ns);
            let level = Level { px, qty: Lots(close.lots) };
            self.close_out(&close, level, Cause::Deleveraging, at_ns);
        }
    }
}
