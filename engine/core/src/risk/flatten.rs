//! Closing everything: when the last step of the loss is reached, a liquidation is near, or somebody says so. Risk wishes for
//! itself then, as the operator, by orders that can only reduce; and it judges them as it judges everybody's.

use crate::risk::decision::Denial;
use crate::risk::every::Case;
use crate::risk::{Risk, check};
use engine_model::instrument::InstrumentId;
use engine_model::intent::{Intent, IntentKind, StrategyId};
use engine_model::limit::TradingState;
use engine_model::market::Side;
use engine_model::order::{Order, OrderType};
use engine_model::refusal::Check;
use engine_model::units::{Lots, Nanos};

/// Between two steps out of one position: what was sent has its time to come back.
pub(super) const STEP_NS: u64 = Nanos::SECOND / 2;
/// What stands on the closing side has this time to be withdrawn, and what was sent to be answered: until then nothing more
/// is sent, behind it all but those lots are.
const ON_ITS_WAY_NS: u64 = Nanos::SECOND;
/// Between two looks at what is too small to be closed.
const DUST_MAX_NS: u64 = 60 * Nanos::SECOND;

impl Risk {
    /// Halts, and begins to close.
    pub(super) fn flatten(&mut self, now: Nanos) {
        self.state = TradingState::Halted;
        self.is_flattening = true;
        for desk in &mut self.desks {
            // A step is due, and a wait for what is on its way begins.
            desk.closed_at = desk.closed_at.max(Nanos(now.0.saturating_sub(STEP_NS)));
            desk.refused_beside = 0;
        }
    }

    /// Whether positions are being closed.
    #[inline]
    #[must_use]
    pub fn is_flattening(&self) -> bool {
        self.is_flattening
    }

    /// Whether risk itself closes anything: every position, or those whose stop was pulled.
    #[inline]
    #[must_use]
    pub fn is_closing_any(&self) -> bool {
        self.is_flattening || self.stops.is_closing()
    }

    /// The next wish out of a position, if one is due.
    pub fn next_closing(&mut self, now: Nanos) -> Option<Intent> {
        if !self.is_flattening {
            return self.next_stopped(now);
        }
        let held = (0..self.desks.len() as u32).map(InstrumentId);
        let (id, side, lots) = held.into_iter().find_map(|id| {
            let (side, lots) = self.left_to_close(id, now)?;
            Some((id, side, lots))
        })?;
        self.desks[id.index()].closed_at = now;
        Some(self.closing(id, side, self.step_of(id, lots, now), now))
    }

    /// A wish of risk's own that can only reduce.
    pub(super) fn closing(&self, id: InstrumentId, side: Side, lots: i64, now: Nanos) -> Intent {
        let what = IntentKind::Submit(Order {
            client_order_id: self.next_id(StrategyId(0)),
            instrument: id,
            side,
            order_type: OrderType::Market,
            reduce_only: true,
            qty: Lots(lots),
            ..Order::default()
        });
        Intent { strategy: StrategyId(0), seen: self.seen, caused_at_ns: now, what }
    }

    /// What is left of a position and not on its way out, if a step is due. What is on its way (orders of anybody's whose
    /// withdrawal is not known yet, risk's own of before) is waited for, but not for long: a venue may refuse to withdraw it,
    /// and then it holds up its own lots and no more.
    fn left_to_close(&self, id: InstrumentId, now: Nanos) -> Option<(Side, i64)> {
        let (waited_ns, qty) = (now.since(self.desks[id.index()].closed_at), self.portfolio.qty(id));
        let side = if qty > 0 { Side::Sell } else { Side::Buy };
        let working = self.exposure.working(id);
        let on_its_way = if side == Side::Buy { working.buys } else { working.sells };
        let left = i64::try_from(i128::from(qty).abs() - on_its_way).unwrap_or(0);
        let is_due = waited_ns >= if on_its_way > 0 { ON_ITS_WAY_NS } else { STEP_NS };
        (is_due && left > 0).then_some((side, left))
    }

    /// What is left is too small to be an order: asked for again after a second, then twice as long each time, up to a
    /// minute. A fill makes it another amount, see `fold.rs`.
    pub(super) fn leave_dust(&mut self, case: &Case<'_>, denial: &Denial) {
        let too_small = [Check::OrderQtyMin, Check::OrderNotionalMin];
        if too_small.into_iter().any(|check| denial.breaches.contains(check)) {
            let desk = &mut self.desks[case.order.instrument.index()];
            desk.dust_ns = (2 * desk.dust_ns).clamp(2 * STEP_NS, DUST_MAX_NS);
            desk.closed_at = case.now.plus(desk.dust_ns - STEP_NS);
        }
    }

    /// As much as one order may be.
    pub(super) fn step_of(&self, id: InstrumentId, lots: i64, now: Nanos) -> i64 {
        let beside = self.is_flattening.then(|| self.terms_beside(id, now)).flatten();
        let by_book = || Some((self.markets[id.index()].mid_doubled()?, self.market_collar(&self.limits, id)));
        let by = beside.or_else(by_book);
        let worth = by.and_then(|(px_doubled, collar_bps)| {
            // A purchase is worth its own limit, the dearer end; and no order less than a book in sync says, as old as it is.
            let px = check::price::collar_px(Side::Buy, px_doubled, collar_bps);
            let px = self.markets[id.index()].mid_up().map_or(px, |mid| mid.max(px));
            self.portfolio.scale(id).notional(px, i128::from(lots))
        });
        let max = i128::from(self.limits.order_notional_max.0);
        let within = match worth {
            Some(worth) if worth > max => i64::try_from(i128::from(lots) * max / worth).unwrap_or(1),
            _ => lots,
        };
        let desk = &self.desks[id.index()];
        within.min(desk.max_qty.0).min(self.limits.order_qty_max_lots).max(1)
    }
}
