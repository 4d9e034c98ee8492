//! The clerk: keeps the order table, speaks to the venues, tells everybody what became of every order.
//!
//! **Owns** the order table (a fold of its own reports), the count of what did not fit, and tick-to-order latency.
//!
//! **Never** decides whether an order may leave (that is risk's, see [`Approved`](crate::risk::Approved)), never applies
//! what the lifecycle does not admit, never drops a cancel.
//!
//! Enter at [`Execution`] (the clerk, without rings), [`stage`] (the clerk at its rings), [`order_table`].

mod anomaly;
mod held;
#[cfg(test)]
mod held_tests;
pub mod latency;
pub mod order_table;
#[cfg(test)]
mod parent_tests;
pub mod stage;
#[cfg(test)]
mod tests;
mod wanted;
#[cfg(test)]
mod wanted_tests;
mod withdrawing;
#[cfg(test)]
mod withdrawing_tests;

pub use anomaly::{Anomalies, Anomaly};
pub use order_table::{Change, OrderRow, OrderTable};

use self::wanted::Wanted;
use self::withdrawing::Withdrawing;
use crate::risk::{Decision, DecisionKind, Denial, Wish};
use engine_model::command::CommandKind;
use engine_model::instrument::Instruments;
use engine_model::intent::StrategyId;
use engine_model::limit::{Scope, TradingState};
use engine_model::order::{ClientOrderId, Order, OrderEvent, OrderStatus};
use engine_model::planted::planted;
use engine_model::refusal::{Check, Refusal};
use engine_model::report::Report;
use engine_model::steer::Steer;
use engine_model::units::{Lots, Nanos};
use engine_model::venue::{RejectReason, Reply, ReplyKind, Request, RequestKind, VenueId};
use std::sync::Arc;

/// What an approved order or a cancel leads to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// To be handed to this venue.
    pub request: Option<(VenueId, Request)>,
    /// To be published.
    pub reports: Reports,
}

/// The reports of one reply or decision: a late fill in part is told as the fill and the cancel that it overtook, letting
/// go as that and what follows at once; a fill of a slice also as what it is to the order that is worked in parts.
pub type Reports = [Option<Report>; 3];

/// The clerk.
#[derive(Clone, Debug)]
pub struct Execution {
    instruments: Arc<Instruments>,
    orders: OrderTable,
    anomalies: Anomalies,
    withdrawing: Withdrawing,
    /// Where a withdrawal gathers those that it reaches.
    reached: Vec<ClientOrderId>,
    /// Orders whose withdrawal is asked for until they are over.
    wanted: Wanted,
    /// Where only less is allowed.
    reducing: Vec<Scope>,
}

impl Execution {
    /// An empty table with room for `open_orders_max` open orders: as many as risk counts with.
    #[must_use]
    pub fn new(instruments: Arc<Instruments>, open_orders_max: usize) -> Self {
        let orders = OrderTable::new(open_orders_max);
        let withdrawing = Withdrawing::new(&instruments, open_orders_max);
        let reached = Vec::with_capacity(open_orders_max * 2);
        let wanted = Wanted::new(open_orders_max * 2);
        // Each strategy, venue and instrument, and everything.
        let scopes = 2 + usize::from(u8::MAX) + VenueId::ALL.len() + instruments.len();
        let reducing = Vec::with_capacity(scopes);
        Self { instruments, orders, anomalies: Anomalies::default(), withdrawing, reached, wanted, reducing }
    }

    /// The states that the run begins in, as risk was told them.
    #[must_use]
    pub fn beginning_in(mut self, states: &[(Scope, TradingState)]) -> Self {
        states.iter().for_each(|(scope, state)| self.note_state(*scope, *state));
        self
    }

    fn note_state(&mut self, scope: Scope, state: TradingState) {
        self.reducing.retain(|known| *known != scope);
        if state == TradingState::Reducing && self.reducing.len() < self.reducing.capacity() {
            self.reducing.push(scope);
        }
    }

    /// Where the order of this decision, or its change, would go, if it is one.
    #[must_use]
    pub fn venue_of(&self, decision: &Decision) -> Option<VenueId> {
        match decision.what {
            DecisionKind::Submit(order) | DecisionKind::Release(order) => {
                Some(self.instruments.get(order.instrument).venue)
            }
            DecisionKind::Modify(change) => {
                self.orders.get_open(change.client_order_id).map(|row| self.instruments.get(row.instrument).venue)
            }
            _ => None,
        }
    }

    /// Carries out one decision at `now`. `barred` tells why no order may leave for the venue: the kill word is on, or its
    /// `request` ring has only its reserve left. Then an order is denied, and a change of one. A cancel is not: the caller
    /// has room for it.
    ///
    /// A withdrawal of all starts here and goes on with [`Execution::withdraw_next`], which asks again for what a venue does
    /// not withdraw while its scope is halted.
    pub fn on_decision(&mut self, decision: &Decision, now: Nanos, barred: Option<Refusal>) -> Outcome {
        if let Some((scope, state)) = decision.sets() {
            let Self { orders, instruments, wanted, .. } = self;
            wanted.resume(scope, state, |id| orders.get(id).is_some_and(|row| is_within(scope, row, instruments)));
            self.note_state(scope, state);
        }
        self.want(decision);
        if let Some(scope) = decision.withdraws() {
            let Self { orders, instruments, withdrawing, reached, wanted, .. } = self;
            let is_reached = |id| orders.get(id).is_some_and(|row| is_within(scope, row, instruments));
            withdrawing.add_all(orders, instruments, is_reached);
            orders.open_ids(reached);
            reached.retain(|id| is_reached(*id));
            wanted.note(reached, scope, |id| orders.get_open(id).is_some());
            return steered(decision, now);
        }
        match decision.what {
            DecisionKind::Submit(order) => match barred {
                None => self.submit(&order, decision, now),
                Some(refusal) => self.deny(&order, decision.strategy, refusal, now),
            },
            DecisionKind::Denied(denial) => self.tell_denied(&denial, decision.strategy, now),
            DecisionKind::Cancel(id) => self.cancel(id, OrderEvent::Canceled, decision.at_ns, now),
            DecisionKind::Expire(id) => self.cancel(id, OrderEvent::Expired, decision.at_ns, now),
            DecisionKind::Hold(order) => self.hold(&order, decision.strategy, now),
            DecisionKind::Release(order) => self.release(&order, barred, decision.at_ns, now),
            DecisionKind::Modify(change) => self.change(&change, barred, decision.at_ns, now),
            DecisionKind::CommandTaken { .. } => steered(decision, now),
            DecisionKind::CancelDenied(_)
            | DecisionKind::State { .. }
            | DecisionKind::DayOpened { .. }
            | DecisionKind::Stop { .. }
            | DecisionKind::Marked { .. } => Outcome::default(),
        }
    }

    /// What risk or the operator withdraws where only less is allowed is asked for until it is over.
    fn want(&mut self, decision: &Decision) {
        let (DecisionKind::Cancel(id), StrategyId(0)) = (decision.what, decision.strategy) else { return };
        let Self { instruments, orders, wanted, reducing, .. } = self;
        let Some(row) = orders.get_open(id) else { return };
        for scope in reducing.iter().filter(|scope| is_within(**scope, row, instruments)) {
            wanted.note(&[id], *scope, |id| orders.get_open(id).is_some());
        }
    }

    /// Whether orders are left that are to be withdrawn.
    #[must_use]
    pub fn is_withdrawing(&self) -> bool {
        !self.withdrawing.is_empty()
    }

    /// Whether some of them are at that venue. Whatever else is decided for it comes behind them.
    #[must_use]
    pub fn is_withdrawing_at(&self, venue: VenueId) -> bool {
        self.withdrawing.is_waiting_at(self.instruments.slot(venue))
    }

    /// Whether one is to be asked for again by now, after a venue said no.
    #[inline]
    #[must_use]
    pub fn asks_again(&self, now: Nanos) -> bool {
        self.wanted.due_at_ns() <= now
    }

    /// Whether one is to be asked for again at some time.
    #[inline]
    #[must_use]
    pub fn has_refused(&self) -> bool {
        self.wanted.due_at_ns() != wanted::NEVER
    }

    /// Withdraws the next order that is to be, of those whose venue has room for it; one that never left needs none. `None`:
    /// nothing is left that could go now. Asks once for each venue at most, however many wait.
    pub fn withdraw_next(&mut self, now: Nanos, has_room: impl FnMut(VenueId) -> bool) -> Option<Outcome> {
        let is_due = self.asks_again(now);
        let Self { orders, instruments, withdrawing, wanted, .. } = self;
        if is_due {
            wanted.ask(now, |id| {
                if orders.get_open(id).is_some() {
                    withdrawing.add(id, orders, instruments);
                }
            });
        }
        let id = withdrawing.next(orders, instruments, has_room)?;
        Some(self.cancel(id, OrderEvent::Canceled, now, now))
    }

    /// The venue that a decision to withdraw one order has to reach.
    #[must_use]
    pub fn cancels_at(&self, decision: &Decision) -> Option<VenueId> {
        let (DecisionKind::Cancel(id) | DecisionKind::Expire(id)) = decision.what else { return None };
        self.cancel_venue(id)
    }

    /// Keeps such a decision, for whose venue there is no room: it goes with [`Execution::withdraw_next`].
    pub fn cancel_later(&mut self, decision: &Decision) {
        let (DecisionKind::Cancel(id) | DecisionKind::Expire(id)) = decision.what else { return };
        self.want(decision);
        let Self { orders, instruments, withdrawing, .. } = self;
        withdrawing.add(id, orders, instruments);
    }

    /// Who is asked to withdraw an order; `None` of one that is over, or was never sent.
    fn cancel_venue(&self, id: ClientOrderId) -> Option<VenueId> {
        let row = self.orders.get_open(id).filter(|row| !row.is_held)?;
        Some(self.instruments.get(row.instrument).venue)
    }

    /// Takes in what a venue says.
    pub fn on_reply(&mut self, reply: &Reply) -> Reports {
        let id = reply.client_order_id;
        let event = event_of(reply);
        let is_possible = match event {
            OrderEvent::Opened(opening) => opening.is_possible(),
            OrderEvent::ClosedOut(closeout) => closeout.is_possible(),
            _ => true,
        };
        if !is_possible {
            self.anomalies.note(Anomaly::ImpossibleFill, id);
            return Reports::default();
        }
        if event.is_of_account() {
            return [Some(of_account(reply, event)), None, None];
        }
        if let ReplyKind::Adopted { side, px, qty, filled } = reply.what {
            let order = Order { client_order_id: id, instrument: reply.instrument, side, px, qty, ..Order::default() };
            return self.adopt(&order, filled, reply);
        }
        let Some(row) = self.orders.get(id).copied() else {
            self.anomalies.note(self.unmatched(reply), id);
            return Reports::default();
        };
        if let ReplyKind::Filled { trade_id, .. } = reply.what
            && self.orders.has_trade(id, trade_id)
        {
            self.anomalies.note(Anomaly::DuplicateTrade, id);
            return Reports::default();
        }
        // What became of one that the venue does not know, its gateway asks and tells.
        if let ReplyKind::CancelRejected(reason) = reply.what
            && reason != RejectReason::UnknownOrder
        {
            self.wanted.refuse(id, reply.received_at_ns);
        }
        let after = match after(row, reply, &event) {
            Ok(after) => after,
            Err(anomaly) => {
                // A trigger that is pulled behind a wish to cancel has no row in the law: the cancel's answer tells the rest.
                let crossed = match reply.what {
                    ReplyKind::CancelRejected(_) | ReplyKind::ModifyRejected(_) => true,
                    ReplyKind::Triggered => row.status == OrderStatus::PendingCancel,
                    _ => false,
                };
                self.anomalies.note(if crossed { Anomaly::CrossedCancel } else { anomaly }, id);
                return Reports::default();
            }
        };
        let first = self.publish(&after, event, reply.venue_at_ns, reply.received_at_ns);
        let worked = self.worked(&row, reply);
        if !row.status.is_terminal() {
            return [Some(first), worked, None];
        }
        // The venue executed before it withdrew, and told it in the other order: what is left stays withdrawn.
        self.anomalies.note(Anomaly::LateFill, id);
        if planted("execution/late-fill-revives-its-order") {
            return [Some(first), worked, None];
        }
        let end = if row.status == OrderStatus::Expired { OrderEvent::Expired } else { OrderEvent::Canceled };
        let rest = after.after(&end).ok();
        let second = rest.map(|rest| self.publish(&rest, end, reply.venue_at_ns, reply.received_at_ns));
        [Some(first), second, worked]
    }

    /// The order table.
    #[must_use]
    pub fn orders(&self) -> &OrderTable {
        &self.orders
    }

    /// What did not fit.
    #[must_use]
    pub fn anomalies(&self) -> &Anomalies {
        &self.anomalies
    }

    /// Writes the order table. Allocates: not for the hot path.
    pub fn digest(&self, hasher: &mut blake3::Hasher) {
        self.orders.digest(hasher);
    }

    /// An order of a run before stands: it is its strategy's again, under its own number.
    fn adopt(&mut self, order: &Order, filled: Lots, reply: &Reply) -> Reports {
        let id = order.client_order_id;
        let has_room = self.orders.open_count() < self.orders.open_max();
        let row = OrderRow { filled_qty: filled, ..OrderRow::new(order, StrategyId(id.strategy())) };
        let is_whole = order.px.0 > 0 && filled.0 >= 0 && filled < order.qty;
        match row.after(&OrderEvent::Accepted) {
            Ok(row) if has_room && is_whole && self.orders.admits(id) => {
                [Some(self.publish(&row, OrderEvent::Accepted, reply.venue_at_ns, reply.received_at_ns)), None, None]
            }
            Ok(_) | Err(_) => {
                self.anomalies.note(Anomaly::UnknownOrder, id);
                Reports::default()
            }
        }
    }

    fn submit(&mut self, order: &Order, decision: &Decision, now: Nanos) -> Outcome {
        let row = OrderRow::new(order, decision.strategy);
        if let Some(refusal) = self.beyond_primary(&row, row.qty) {
            return self.deny(order, decision.strategy, refusal, now);
        }
        let request = self.request(&row, RequestKind::Place(*order), decision.at_ns, now);
        let report = self.step(row, OrderEvent::Submitted, now);
        Outcome { request: Some(request), reports: [Some(report), None, None] }
    }

    fn request(&self, row: &OrderRow, what: RequestKind, decided_at_ns: Nanos, now: Nanos) -> (VenueId, Request) {
        let OrderRow { client_order_id, instrument, .. } = *row;
        let request = Request { client_order_id, instrument, decided_at_ns, sent_at_ns: now, what };
        (self.instruments.get(instrument).venue, request)
    }

    fn tell_denied(&mut self, denial: &Denial, strategy: StrategyId, now: Nanos) -> Outcome {
        if denial.breaches.contains(Check::ClientOrderId) {
            // The number may belong to another, living order. Its report would be a lie about that one.
            self.anomalies.note(Anomaly::Misnumbered, denial.order.client_order_id);
            return Outcome::default();
        }
        let (id, refusal) = (denial.order.client_order_id, denial.refusal);
        match denial.wish {
            Wish::Submit | Wish::Hold => self.deny(&denial.order, strategy, refusal, now),
            Wish::Release => match self.held(id) {
                Some(row) => self.release_and_deny(row, refusal, now),
                None => Outcome::default(),
            },
            Wish::Modify => {
                // Of an order that is over, or another's, no report can tell.
                let row = self.orders.get_open(id).copied();
                let row = row.filter(|row| row.strategy == strategy || strategy == StrategyId(0));
                row.map_or(Outcome::default(), |row| self.deny_change(row, refusal, false, now))
            }
        }
    }

    fn deny(&mut self, order: &Order, strategy: StrategyId, refusal: Refusal, now: Nanos) -> Outcome {
        let report = self.step(OrderRow::new(order, strategy), OrderEvent::Denied(refusal), now);
        Outcome { request: None, reports: [Some(report), None, None] }
    }

    /// `end`: what becomes of it if it is held. One that was sent is over when the venue says so, whatever the cause.
    fn cancel(&mut self, id: ClientOrderId, end: OrderEvent, decided_at_ns: Nanos, now: Nanos) -> Outcome {
        let Some(row) = self.orders.get_open(id).copied() else {
            self.anomalies.note(Anomaly::CrossedCancel, id);
            return Outcome::default();
        };
        if row.is_held {
            let report = self.step(row, end, now);
            return Outcome { request: None, reports: [Some(report), None, None] };
        }
        let request = self.request(&row, RequestKind::Cancel, decided_at_ns, now);
        let report = self.step(row, OrderEvent::PendingCancel, now);
        Outcome { request: Some(request), reports: [Some(report), None, None] }
    }

    /// A step that we make ourselves. The law has it, or we are wrong.
    fn step(&mut self, row: OrderRow, event: OrderEvent, now: Nanos) -> Report {
        match row.after(&event) {
            Ok(after) => self.publish(&after, event, Nanos(0), now),
            Err(anomaly) => {
                panic!("{}: {} while {}: {anomaly:?}", row.client_order_id, event.name(), row.status.name())
            }
        }
    }

    /// The report of a lawful step, folded into our own table as everybody else will.
    fn publish(&mut self, row: &OrderRow, event: OrderEvent, venue_at_ns: Nanos, received_at_ns: Nanos) -> Report {
        let report = Report {
            client_order_id: row.client_order_id,
            strategy: row.strategy,
            instrument: row.instrument,
            side: row.side,
            event,
            status: row.status,
            parent: row.parent,
            qty: row.qty,
            px: row.px,
            filled_qty: row.filled_qty,
            venue_at_ns,
            received_at_ns,
        };
        match self.orders.apply(&report) {
            Ok(()) => {
                if row.status.is_terminal() {
                    let slot = self.instruments.slot(self.instruments.get(row.instrument).venue);
                    self.withdrawing.is_over(slot, &self.orders);
                }
                report
            }
            Err(anomaly) => panic!("our own report of {} does not fold: {anomaly:?}", row.client_order_id),
        }
    }

    /// Why a reply matches no row.
    fn unmatched(&self, reply: &Reply) -> Anomaly {
        let id = reply.client_order_id;
        match reply.what {
            ReplyKind::Filled { trade_id, .. } if self.orders.has_trade(id, trade_id) => Anomaly::DuplicateTrade,
            ReplyKind::CancelRejected(_) | ReplyKind::ModifyRejected(_)
                if self.orders.absence(id) == Anomaly::AfterEnd =>
            {
                Anomaly::CrossedCancel
            }
            _ => self.orders.absence(id),
        }
    }
}

/// What a person asked of a strategy is told to it among its reports: so it hears of it at one place of their order, in the
/// run and whenever it is told again. So is that everything of it was withdrawn: what its desk means to enter anew has no row
/// here.
fn steered(decision: &Decision, now: Nanos) -> Outcome {
    let (strategy, what) = match (decision.what, decision.withdraws()) {
        (DecisionKind::CommandTaken { what: CommandKind::Steer { strategy, what }, .. }, _) => (strategy, what),
        (DecisionKind::CommandTaken { .. }, Some(Scope::Whole)) => (StrategyId(0), Steer::Withdraw),
        (DecisionKind::CommandTaken { .. }, Some(Scope::Strategy(strategy))) => (strategy, Steer::Withdraw),
        _ => return Outcome::default(),
    };
    let report = Report { strategy, event: OrderEvent::Steered(what), received_at_ns: now, ..Report::default() };
    Outcome { request: None, reports: [Some(report), None, None] }
}

/// Whether an order is in what is withdrawn.
pub(crate) fn is_within(scope: Scope, row: &OrderRow, instruments: &Instruments) -> bool {
    match scope {
        Scope::Whole => true,
        Scope::Strategy(strategy) => row.strategy == strategy,
        Scope::Venue(venue) => instruments.get(row.instrument).venue == venue,
        Scope::Instrument(instrument) => row.instrument == instrument,
    }
}

/// The order after a reply, or why that cannot be.
fn after(row: OrderRow, reply: &Reply, event: &OrderEvent) -> Result<OrderRow, Anomaly> {
    let row = match reply.what {
        ReplyKind::Updated { .. } if row.is_held => return Err(Anomaly::InvalidTransition), // no venue has it
        ReplyKind::Updated { px, qty } => row.changed(px, qty).ok_or(Anomaly::InvalidTransition)?,
        _ => row,
    };
    row.after(event)
}

/// Money that moved without an execution, what was held before the run, or an execution that the venue placed: passed on,
/// whatever became of the order. Whose it is, its number tells; of none, it is the account's.
fn of_account(reply: &Reply, event: OrderEvent) -> Report {
    let closed = if let ReplyKind::ClosedOut { side, closeout } = reply.what { Some((side, closeout)) } else { None };
    let (side, closeout) = closed.unwrap_or_default();
    Report {
        client_order_id: reply.client_order_id,
        strategy: StrategyId(reply.client_order_id.strategy()),
        instrument: reply.instrument,
        side,
        event,
        qty: closeout.qty,
        px: closeout.px,
        filled_qty: closeout.qty,
        venue_at_ns: reply.venue_at_ns,
        received_at_ns: reply.received_at_ns,
        ..Report::default()
    }
}

/// A reply in the words of the lifecycle.
fn event_of(reply: &Reply) -> OrderEvent {
    match reply.what {
        ReplyKind::Accepted | ReplyKind::Adopted { .. } => OrderEvent::Accepted,
        ReplyKind::Triggered => OrderEvent::Triggered,
        ReplyKind::Rejected(reason) => OrderEvent::Rejected(reason),
        ReplyKind::Filled { trade_id, last_px, last_qty, fee, liquidity } => {
            OrderEvent::Filled { trade_id, last_px, last_qty, fee, liquidity }
        }
        ReplyKind::Canceled => OrderEvent::Canceled,
        ReplyKind::Expired => OrderEvent::Expired,
        ReplyKind::CancelRejected(reason) => OrderEvent::CancelRejected(reason),
        ReplyKind::Updated { .. } => OrderEvent::Updated,
        ReplyKind::ModifyRejected(reason) => OrderEvent::ModifyRejected(reason),
        ReplyKind::Paid(payment) => OrderEvent::Paid(payment),
        ReplyKind::Opened(opening) => OrderEvent::Opened(opening),
        ReplyKind::ClosedOut { closeout, .. } => OrderEvent::ClosedOut(closeout),
    }
}
