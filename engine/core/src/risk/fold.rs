//! What events make of what risk knows: markets, reports, and how long it has been since.

use crate::risk::desk::Adopted;
use crate::risk::{Cause, Risk};
use engine_model::closeout::Closeout;
use engine_model::instrument::InstrumentId;
use engine_model::intent::StrategyId;
use engine_model::market::{MarketChange, MarketEvent};
use engine_model::order::OrderEvent;
use engine_model::position::Opening;
use engine_model::report::Report;
use engine_model::units::{Lots, Nanos, Ticks};

/// How often the oldest history is looked for.
const MODELS_EVERY_NS: u64 = 10 * Nanos::SECOND;

impl Risk {
    /// Takes in a market event.
    #[inline]
    pub fn on_market(&mut self, event: &MarketEvent) {
        let id = event.at.instrument;
        let desk = &mut self.desks[id.index()];
        let read = &mut self.seen.market[desk.slot];
        *read = read.wrapping_add(1);
        self.venues[desk.slot].skew.see(event.at.venue_at_ns, event.at.received_at_ns);
        if let MarketChange::Trade { qty, .. } = event.change {
            desk.volume.trade(qty, event.at.received_at_ns);
        }
        let market = &mut self.markets[id.index()];
        let then = market.known_px();
        market.apply(event);
        let Some(px) = market.known_px() else { return };
        let moved = then != Some(px);
        if moved || desk.pulse.is_due(event.at.received_at_ns) {
            self.feel(id, px, event.at.received_at_ns, moved);
        }
    }

    /// Follows the price: pauses after too large a move, estimates anew what a day may lose, and marks what became old.
    #[inline(never)]
    fn feel(&mut self, id: InstrumentId, px: Ticks, now: Nanos, moved: bool) {
        self.stops.see(id, px, now);
        let desk = &mut self.desks[id.index()];
        if desk.first_px.is_none() {
            desk.first_px = Some(px);
            self.open(id);
        }
        let limits = &self.limits;
        let pulse = &mut self.desks[id.index()].pulse;
        if moved {
            pulse.moves(px, now, limits.volatility_pause_bps, limits.volatility_pause_ns);
        }
        if pulse.is_due(now) {
            let estimate = pulse.sample(px, now, limits.var_prior_bps);
            self.exposure.set_tail(id, estimate.var_bps, estimate.cvar_bps);
            let desk = &mut self.desks[id.index()];
            desk.volume.estimate(now);
            self.clusters.note(id, desk.pulse.returned());
            self.revalue(id); // no loss follows from it
        }
        if moved && (self.portfolio.has_traded(id) || !self.exposure.working(id).is_none()) {
            self.outdate(id);
        }
    }

    /// Takes in a report.
    ///
    /// # Panics
    /// When the report is no lawful step of an order: execution publishes no others, so one of the two folds is wrong.
    pub fn on_report(&mut self, report: &Report) {
        self.seen.report = self.seen.report.wrapping_add(1);
        if let OrderEvent::Paid(payment) = report.event {
            let before = self.portfolio.total().fees;
            self.portfolio.pay(report.instrument, &payment, |id| self.markets[id.index()].known_px());
            self.pay_share(report, &payment, self.portfolio.total().fees - before);
            return self.outdate(report.instrument);
        }
        if let OrderEvent::Opened(opening) = report.event {
            let (strategy, at) = (report.strategy, report.received_at_ns);
            self.desks[report.instrument.index()].adopted = Some(Adopted { opening, strategy, at });
            return self.open(report.instrument);
        }
        if let OrderEvent::ClosedOut(closeout) = report.event {
            let Closeout { px, qty, fee, .. } = closeout;
            self.portfolio.book(report.instrument, report.side, px, qty, fee);
            self.close_share(report, &closeout);
            self.shrink_soon(report.instrument);
            return self.outdate(report.instrument);
        }
        if let OrderEvent::Steered(_) = report.event {
            return; // it was taken with its command
        }
        let denied = matches!(report.event, OrderEvent::Denied(_));
        if denied && self.orders.get(report.client_order_id).is_none() {
            return; // our own no, coming back: it was never working
        }
        let change = match self.orders.look(report) {
            Ok(change) => change,
            Err(anomaly) => panic!("report of {}: {anomaly:?}", report.client_order_id),
        };
        self.orders.make(&change, report);
        let (id, before, row) = (change.row.instrument, &change.before, &change.row);
        self.exposure.add(id, row.side, Lots(row.weight().0 - before.weight().0));
        let desk = &mut self.desks[id.index()];
        if self.markets[id.index()].known_px().is_none() {
            desk.early_px = desk.early_px.max(Some(row.px));
        }
        let open_at_venue = &mut self.venues[desk.slot].open_orders;
        if before.is_in_book() {
            desk.own.remove(row.side, before.px);
        }
        if row.is_in_book() {
            desk.own.add(row.side, row.px);
        }
        if before.leaves().0 > 0 {
            (desk.open_orders, *open_at_venue) = (desk.open_orders - 1, *open_at_venue - 1);
        }
        if row.leaves().0 > 0 {
            (desk.open_orders, *open_at_venue) = (desk.open_orders + 1, *open_at_venue + 1);
        }
        if let OrderEvent::Filled { last_px, last_qty, fee, .. } = report.event {
            self.portfolio.book(id, row.side, last_px, last_qty, fee);
            self.book_share(report, last_px, last_qty, fee);
            let desk = &mut self.desks[id.index()];
            if desk.dust_ns > 0 {
                // Another amount: no dust any more, perhaps.
                (desk.dust_ns, desk.closed_at) = (0, desk.closed_at.min(report.received_at_ns));
            }
        }
        self.remember(report);
        self.go_nearer(report);
        // A change that only this moment does not take is asked for again behind other news: at once would be a circle. That
        // it is under way is no news of what may grow.
        let is_no_news = match report.event {
            OrderEvent::PendingUpdate => true,
            OrderEvent::ModifyRejected(reason) => reason.passes(),
            OrderEvent::ModifyDenied { was_granted, .. } => was_granted,
            _ => false,
        };
        if !is_no_news {
            self.shrink_soon(id);
        }
        self.outdate(id);
    }

    /// Books what the account held of an instrument when the run began, once both are known: that, and the first price of the
    /// run. So what comes of it does not depend on which was told first.
    #[cold]
    fn open(&mut self, id: InstrumentId) {
        let desk = &mut self.desks[id.index()];
        // A price that such a position could not be booked at is none of a market.
        let Some(px) = desk.first_px.filter(|px| px.0 < Opening::LOTS_MAX) else { return };
        let Some(adopted) = desk.adopted.take() else { return };
        self.portfolio.open(id, px, &adopted.opening);
        self.open_share(id, px, &adopted);
        self.shrink_soon(id);
        self.outdate(id);
    }

    /// What a strategy's orders came to: whoever is refused or filled too often in a row is halted.
    fn remember(&mut self, report: &Report) {
        let now = report.received_at_ns;
        let place = self.place(report.strategy);
        let trader = &mut self.traders[place];
        let limits = &trader.limits[0];
        let cause = match report.event {
            OrderEvent::Filled { .. } => {
                trader.minute.turn(now);
                trader.minute.note_fill();
                let (side, tally) = &mut trader.hands[report.instrument.index()].filled;
                if *side != report.side {
                    *side = report.side;
                    tally.clear();
                }
                tally.note(now, limits.same_side_fills_halt).then_some(Cause::SameSideFills)
            }
            // A gateway that is not ready, or a venue that is busy, is no fault of the strategy's.
            OrderEvent::Rejected(reason) if !reason.passes() => {
                trader.rejects.note(now, limits.rejects_halt).then_some(Cause::Rejects)
            }
            OrderEvent::Accepted => {
                trader.rejects.clear();
                None
            }
            _ => None,
        };
        if let Some(cause) = cause {
            self.halt_soon(report.strategy, cause);
        }
    }

    /// A strategy is to be halted, as soon as that can be written down.
    #[cold]
    pub(super) fn halt_soon(&mut self, strategy: StrategyId, cause: Cause) {
        if self.to_halt.iter().all(|(known, _)| *known != strategy) {
            self.to_halt.push_back((strategy, cause)); // never grows: room for every strategy, each at most once
        }
    }

    /// Marks an instrument's dollars as old.
    pub(super) fn outdate(&mut self, id: InstrumentId) {
        self.is_unwatched = true;
        self.revalue(id);
    }

    /// It is to be valued anew before the next judgement.
    fn revalue(&mut self, id: InstrumentId) {
        let flag = &mut self.is_stale[id.index()];
        if !*flag {
            *flag = true;
            self.stale.push(id); // never grows: room for every instrument, each at most once
        }
    }

    /// Values anew what became old.
    #[inline]
    pub(super) fn refresh(&mut self) {
        while let Some(id) = self.stale.pop() {
            self.value_anew(id);
        }
    }

    /// Out of line: inside of the loop, which has one turn nearly always, 70 instructions prepare the others.
    #[inline(never)]
    fn value_anew(&mut self, id: InstrumentId) {
        self.is_stale[id.index()] = false;
        let px = self.valued_px(id);
        self.portfolio.value_at(id, px);
        self.value_shares(id, px);
        let (qty, scale) = (self.portfolio.qty(id), self.portfolio.scale(id));
        // Adopting needs no price. Of an order adopted before there is one its own is known: a worth beyond all telling
        // would be a liquidation near, and flatten everything.
        self.exposure.value_at(id, qty, scale, px.or(self.desks[id.index()].early_px));
    }

    /// Where it is valued: at its market's price, until there is one at what an earlier run left it at.
    #[inline]
    pub(super) fn valued_px(&self, id: InstrumentId) -> Option<Ticks> {
        self.markets[id.index()].known_px().or(self.desks[id.index()].left_px)
    }

    /// Looks for the oldest history among the instruments that something is held of; not at every judgement.
    #[inline]
    pub(super) fn look_for_models(&mut self, now: Nanos) {
        if now >= self.models_due_at {
            self.models_due_at = now.plus(MODELS_EVERY_NS);
            self.find_oldest_model();
        }
    }

    #[cold]
    fn find_oldest_model(&mut self) {
        let held = (0u32..).map(InstrumentId).zip(&self.desks);
        let held = held.filter(|(id, _)| self.exposure.weight(*id).worth != 0);
        self.oldest_model = held.filter_map(|(_, desk)| desk.pulse.sampled_at()).min();
    }
}
