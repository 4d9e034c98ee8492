//! A person's order on its way: asked as a deed of the strategy `manual`, judged by risk like any wish, and answered with
//! what came of it.
//!
//! Owns: one deed at a time, its ticket, the wait for its answer and for the first word about the order; one change at a
//! time; what was answered under a person's own name of an order. Never: a rule of risk, a second order for one name.

mod closing;

use super::Desk;
use super::order::{Meant, No, to_confirm};
use super::second::Voice;
use super::sight::{self, Sight};
use super::teller::Teller;
use crate::door::dto::{DeniedBy, NewOrder, OrderChange, OrderOutcome};
use crate::operator::words::Answer;
use closing::UnderWay;
use engine_core::strategy::board::BoardRow;
use engine_core::strategy::manual::{Answered, Deed, NAME, is_manual};
use engine_model::command::CommandKind;
use engine_model::instrument::Instrument;
use engine_model::intent::{Change, StrategyId};
use engine_model::order::{ClientOrderId, OrderEvent, OrderStatus, TermsFault, TimeInForce};
use engine_model::refusal::{Check, Refusal};
use engine_model::report::Report;
use engine_model::steer::Steer;
use engine_model::units::{Lots, Nanos, Ticks};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, sleep};

/// For the first word about an order: a venue's answer, where one is to come.
const WORD_WITHIN: Duration = Duration::from_secs(2);
const LOOK_EVERY: Duration = Duration::from_millis(2);
/// Names of orders that are remembered, of all people together.
const NAMES_KEPT: usize = 4_096;

/// See the module.
#[derive(Default)]
pub(crate) struct Manual {
    /// Held from the look at how things stand to the answer of the desk of people, which is a matter of milliseconds: deeds
    /// do not mix. Not until a venue has spoken: who withdraws an order does not wait for other people's.
    state: Mutex<State>,
    /// Held until the last word about a change: the next one counts from what that one left. Taken before `state`.
    changes: Mutex<()>,
    /// The same of closings, which do not wait for changes.
    closings: Mutex<()>,
}

#[derive(Default)]
struct State {
    ticket: i64,
    named: VecDeque<Named>,
    /// Closings whose end is not known: one of an instrument.
    closings: Vec<UnderWay>,
    /// Who asked for an order that the desk of people has not answered for, and by which ticket.
    unsigned: Option<(i64, Arc<str>)>,
}

/// What was asked under a person's own name of an order, and answered.
struct Named {
    by: Voice,
    name: String,
    asked: NewOrder,
    /// `None`: it is under way.
    outcome: Option<OrderOutcome>,
}

impl State {
    fn named(&mut self, by: Voice, name: &str) -> Option<&mut Named> {
        self.named.iter_mut().find(|named| named.by == by && named.name == name)
    }

    /// What the desk of people answered last.
    fn hear(&mut self, answer: Option<Answered>, now: Nanos) {
        answer.iter().for_each(|answer| self.closings.iter_mut().for_each(|closing| closing.hear(answer, now)));
    }

    /// Whose the order is that this answer tells of, however late it comes.
    fn signs(&mut self, answer: Option<Answered>) -> Option<(ClientOrderId, Arc<str>)> {
        let answer = answer?;
        // A later answer stands in the place of the one that is waited for: that one is lost.
        let (ticket, author) = self.unsigned.take_if(|(ticket, _)| *ticket <= answer.ticket)?;
        (ticket == answer.ticket).then_some((answer.outcome.ok()?, author))
    }
}

/// What is waited for behind a deed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Until {
    /// A word that says where the order is; its end, if it does not rest.
    Placed { rests: bool },
    /// That it is withdrawn, or on its way.
    Withdrawn,
    /// That it was changed, or not.
    Changed,
}

impl Teller {
    /// Enters an order.
    pub(super) async fn place(&self, desk: &Desk, asked: &NewOrder, by: Voice, sight: &Sight) -> Answer {
        let mut state = self.manual.state.lock().await;
        let meant = match desk.order_meant(asked) {
            Ok(meant) => meant,
            Err(no) => return refused(no),
        };
        let name = asked.client_order_id.as_deref();
        if let Some(name) = name
            && let Some(known) = state.named(by, name)
        {
            if !same(&known.asked, asked) {
                return Answer::refused("another order had this client_order_id", name);
            }
            drop(state);
            let outcome = self.outcome_of(by, name).await;
            return Answer::Order(outcome.unwrap_or_else(|| OrderOutcome::unknown(meant.instrument, Some(name))));
        }
        match desk.unconfirmed(&meant, asked.confirm_usd.as_deref()) {
            Ok(None) => {}
            Ok(Some(worth)) => return Answer::Confirm { worth_usd: to_confirm(worth) },
            Err(no) => return refused(no),
        }
        if let Some(name) = name.map(str::to_owned) {
            if state.named.len() == NAMES_KEPT {
                state.named.pop_front();
            }
            state.named.push_back(Named { by, name, asked: asked.clone(), outcome: None });
        }
        let rests = !matches!(meant.order.time_in_force, TimeInForce::Ioc | TimeInForce::Fok)
            && (meant.order.px.0 > 0 || meant.order.order_type.has_trigger());
        let done = self.deed(desk, state, &meant, Deed::Place(meant.order), Until::Placed { rests }, sight).await;
        let done = done.map(|outcome| OrderOutcome { client_order_id: asked.client_order_id.clone(), ..outcome });
        if let Some(name) = name {
            let mut state = self.manual.state.lock().await;
            match &done {
                Ok(outcome) => {
                    if let Some(named) = state.named(by, name) {
                        named.outcome = Some(outcome.clone());
                    }
                }
                // Nothing was asked of the engine: the name is free.
                Err(_) => state.named.retain(|named| named.by != by || named.name != name),
            }
        }
        answered(done)
    }

    /// What came of the order of that name, which may be under way.
    async fn outcome_of(&self, by: Voice, name: &str) -> Option<OrderOutcome> {
        let until = Instant::now() + WORD_WITHIN;
        loop {
            let outcome = self.manual.state.lock().await.named(by, name).and_then(|named| named.outcome.clone());
            if outcome.is_some() || Instant::now() >= until {
                return outcome;
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// Closes a part of a position. What reduces is confirmed by nobody's amount.
    ///
    /// A part is of what is held behind all that was heard when it was asked for, the closings before it included: the
    /// engine tells its positions every 100 ms, so it is waited for until it has told them once more. What others trade
    /// meanwhile it cannot know; the order may only reduce, so nothing is turned over by it.
    pub(super) async fn close(&self, desk: &Desk, symbol: &str, share_pct: u32, sight: &Sight) -> Answer {
        let _closings = self.manual.closings.lock().await;
        let heard = desk.reports_heard();
        let holds = || desk.holds_reports(heard).then_some(());
        // Where there is no desk for people the deed says so, and nothing has to be waited for.
        let is_told = manual(desk).is_none() || wait(Instant::now() + WORD_WITHIN, holds).await.is_some();
        let mut state = self.manual.state.lock().await;
        let meant = match desk.closing(sight, symbol, share_pct) {
            Ok(closing) => closing.meant(),
            Err(no) => return refused(no),
        };
        if !is_told {
            let why = "the engine has not told what it holds behind its last reports: ask again, or look at it";
            return Answer::refused(why, symbol);
        }
        let is_answered = manual(desk).is_none_or(|(_, row)| state.ticket == row.answer().map_or(0, |it| it.ticket));
        if !is_answered {
            let why = "what was asked of the desk of people before is not answered: look at the orders, and ask again";
            return Answer::refused(why, symbol);
        }
        state.hear(manual(desk).and_then(|(_, row)| row.answer()), desk.now());
        state.closings.retain(|before| !before.is_over(desk));
        if let Some(before) = state.closings.iter().find(|before| before.instrument == meant.instrument.id) {
            return Answer::refused(before.says(&desk.hub.image()), &before.name());
        }
        // From now on: whatever becomes of the answer, the engine may have it.
        let under_way = UnderWay::new(desk, state.ticket + 1, &meant.order);
        let ticket = under_way.ticket;
        state.closings.push(under_way);
        let until = Until::Placed { rests: false };
        let done = self.deed(desk, state, &meant, Deed::Place(meant.order), until, sight).await;
        if done.is_err() {
            // Nothing was asked of the engine.
            self.manual.state.lock().await.closings.retain(|closing| closing.ticket != ticket);
        }
        answered(done)
    }

    /// Withdraws an order, whosever it is.
    pub(super) async fn cancel(&self, desk: &Desk, text: &str, sight: &Sight) -> Answer {
        let mut state = self.manual.state.lock().await;
        learn(desk, state.signs(manual(desk).and_then(|(_, row)| row.answer())));
        let open = match desk.open_order(sight, text) {
            Ok(open) => open,
            Err(no) => return refused(no),
        };
        let meant = of_report(desk, &open);
        answered(self.deed(desk, state, &meant, Deed::Cancel(open.client_order_id), Until::Withdrawn, sight).await)
    }

    /// Withdraws every order that is seen, one after the other: the engine's own word for it withdraws everybody's.
    pub(super) async fn cancel_seen(&self, desk: &Desk, sight: &Sight) -> Answer {
        let is_signed = {
            let mut state = self.manual.state.lock().await;
            learn(desk, state.signs(manual(desk).and_then(|(_, row)| row.answer())));
            state.unsigned.is_none()
        };
        let (open, is_complete) = {
            let image = desk.hub.image();
            let open: Vec<_> = sight::open(&image, sight).map(|report| report.client_order_id.to_string()).collect();
            (open, image.orders.complete() && is_signed)
        };
        let mut left = Vec::new();
        for order in open {
            match self.cancel(desk, &order, sight).await {
                // It may have ended meanwhile.
                Answer::Refused { .. } if desk.open_order(sight, &order).is_err() => {}
                Answer::Refused { why, .. } => left.push(format!("{order} ({why})")),
                Answer::Order(outcome) if outcome.is_refused() || outcome.status == "UNKNOWN" => {
                    left.push(format!("{order} ({})", outcome.status));
                }
                _ => {}
            }
        }
        if !left.is_empty() {
            return Answer::refused("these may stand still: look at the orders, and ask again", &left.join(", "));
        }
        if !is_complete {
            let why = "what is known of is withdrawn, but there may be more: ask again, or a risk role to withdraw all";
            return Answer::refused(why, "orders");
        }
        Answer::Done(desk.trading(sight))
    }

    /// Changes an order of the desk of people.
    pub(super) async fn modify(&self, desk: &Desk, text: &str, asked: &OrderChange, sight: &Sight) -> Answer {
        let _changes = self.manual.changes.lock().await;
        let state = self.manual.state.lock().await;
        let open = match desk.open_order(sight, text) {
            Ok(open) => open,
            Err(no) => return refused(no),
        };
        if manual(desk).is_some_and(|(own, _)| own != open.strategy) {
            return Answer::refused("only orders of the desk of people are changed; this one is a strategy's", text);
        }
        if open.status == OrderStatus::PendingUpdate {
            return Answer::refused("a change of it is under way at the venue: ask again when it is answered", text);
        }
        let (meant, moves) = match desk.change_meant(&open, asked) {
            Ok(meant) => meant,
            Err(no) => return refused(no),
        };
        let grows = moves || meant.order.qty > open.qty || meant.order.px != open.px;
        match desk.unconfirmed(&meant, asked.confirm_usd.as_deref()) {
            Ok(Some(worth)) if grows => return Answer::Confirm { worth_usd: to_confirm(worth) },
            Err(no) if grows => return refused(no),
            _ => {}
        }
        let trigger_px = if moves { meant.order.trigger_px } else { Ticks(0) };
        // The price that is told of one that is held may be its trigger: what is not named is left to its desk.
        let is_held = open.status == OrderStatus::Emulated;
        let px = if is_held && asked.price.is_none() { Ticks(0) } else { meant.order.px };
        let qty = if is_held && asked.qty.is_none() { Lots(0) } else { meant.order.qty };
        let to = Change { client_order_id: open.client_order_id, px, qty };
        let until = if moves { Until::Placed { rests: true } } else { Until::Changed };
        answered(self.deed(desk, state, &meant, Deed::Change { to, trigger_px }, until, sight).await)
    }

    /// Asks for a deed and waits for what comes of it; others may ask for theirs once the desk of people has answered.
    async fn deed(
        &self,
        desk: &Desk,
        mut state: MutexGuard<'_, State>,
        meant: &Meant<'_>,
        deed: Deed,
        until: Until,
        sight: &Sight,
    ) -> Result<OrderOutcome, No> {
        let none = || {
            let why = format!("this run has no desk for people: add a [[strategy]] with name = \"{NAME}\"");
            (why, NAME.to_owned())
        };
        let (strategy, row) = manual(desk).ok_or_else(none)?;
        // Before another answer comes in its place.
        state.hear(row.answer(), desk.now());
        learn(desk, state.signs(row.answer()));
        if state.unsigned.is_some() && matches!(deed, Deed::Place(_)) {
            let why = "what was asked of the desk of people before is not answered: look at the orders, and ask again";
            return Err((why.to_owned(), NAME.to_owned()));
        }
        state.ticket += 1;
        let ticket = state.ticket;
        let values = deed.values(ticket);
        let last = values.len() - 1;
        let set = |(at, value): (usize, i64)| Steer::Set { param: at as u8, value, is_last: at == last };
        let steer = |what| CommandKind::Steer { strategy, what };
        let commands: Vec<CommandKind> = values.into_iter().enumerate().map(set).map(steer).collect();
        let from = desk.hub.image().orders.said.pushed();
        if let Err(error) = self.commands.send_all(&commands) {
            state.ticket -= 1; // all or none are taken: nobody was asked
            return Err(("the engine does not take it".to_owned(), error.to_string()));
        }
        if let (Deed::Place(_), Some(author)) = (&deed, sight.author()) {
            state.unsigned = Some((ticket, author.clone()));
        }
        let outcome = OrderOutcome::unknown(meant.instrument, None);
        let deadline = Instant::now() + WORD_WITHIN;
        let answer = wait(deadline, || row.answer().filter(|answer| answer.ticket == ticket)).await;
        state.hear(answer, desk.now());
        learn(desk, state.signs(answer));
        drop(state);
        let Some(answered) = answer else { return Ok(outcome) };
        Ok(match answered.outcome {
            Err(refusal) => {
                OrderOutcome { denied: Some(Box::new(denied(&deed, &refusal, sight))), ..said(outcome, "DENIED") }
            }
            Ok(id) => {
                let standing = standing(&deed, desk, id);
                let word = || last_word(&desk.hub.image().orders.said.since(from).values, id);
                let is_over = || word().filter(|report| until.is_met(report));
                let known = wait(deadline, is_over).await.or_else(word).or(standing);
                if let Deed::Change { trigger_px, .. } = deed
                    && trigger_px > Ticks(0)
                {
                    desk.hub.image().terms.moved(id, trigger_px);
                }
                // Where what waits at a venue cannot be changed another order comes in its place, under another number.
                let stops = meant.instrument.venue.native().stops;
                let is_renewed = matches!(deed, Deed::Change { .. }) && stops.is_some_and(|stops| !stops.can_modify);
                let Some(gone) = known.filter(|report| is_renewed && is_withdrawn(report)) else {
                    return Ok(told(outcome, meant.instrument, id, known.as_ref(), sight));
                };
                let follows = || successor(&desk.hub.image().orders.said.since(from).values, &gone);
                let is_over = || follows().filter(|report| (Until::Placed { rests: true }).is_met(report));
                match wait(Instant::now() + WORD_WITHIN, is_over).await.or_else(follows) {
                    Some(next) => told(outcome, meant.instrument, next.client_order_id, Some(&next), sight),
                    None => {
                        said(told(outcome, meant.instrument, id, Some(&gone), sight), OrderStatus::PendingUpdate.name())
                    }
                }
            }
        })
    }
}

impl Until {
    fn is_met(self, report: &Report) -> bool {
        if report.status.is_terminal() || matches!(report.event, OrderEvent::CancelRejected(_)) {
            return true;
        }
        match (self, &report.event) {
            (Self::Placed { rests }, _) => {
                let stands = matches!(
                    report.status,
                    OrderStatus::Accepted | OrderStatus::Emulated | OrderStatus::PartiallyFilled
                );
                rests && stands
            }
            (Self::Withdrawn, _) => report.status == OrderStatus::PendingCancel,
            (Self::Changed, event) => {
                matches!(event, OrderEvent::Updated | OrderEvent::ModifyDenied { .. } | OrderEvent::ModifyRejected(_))
            }
        }
    }
}

/// The desk of people, where the run has one.
fn manual(desk: &Desk) -> Option<(StrategyId, &BoardRow)> {
    let rows = (1..).zip(&desk.gauges.counters.strategies.rows);
    rows.map(|(number, row)| (StrategyId(number), row)).find(|(_, row)| is_manual(row.entry))
}

/// The last of what was said of an order; a refused change before what came by itself.
fn last_word(said: &[Report], id: ClientOrderId) -> Option<Report> {
    let of = |report: &&Report| report.client_order_id == id;
    let is_answer = |report: &&Report| {
        matches!(
            report.event,
            OrderEvent::ModifyDenied { .. } | OrderEvent::ModifyRejected(_) | OrderEvent::CancelRejected(_)
        )
    };
    said.iter().filter(of).find(is_answer).or_else(|| said.iter().rfind(of)).copied()
}

/// Whether it was withdrawn with something left of it.
fn is_withdrawn(report: &Report) -> bool {
    matches!(report.status, OrderStatus::Canceled | OrderStatus::Expired) && report.filled_qty < report.qty
}

/// The last word about the order that came in the place of one: spawned from the same, and later. Of several the newest.
fn successor(said: &[Report], gone: &Report) -> Option<Report> {
    let of = gone.client_order_id;
    let root = if gone.parent == 0 { of.counter() } else { gone.parent };
    let is_next = |report: &&Report| {
        let id = report.client_order_id;
        (id.strategy(), id.epoch(), report.parent) == (of.strategy(), of.epoch(), root)
            && (report.instrument, report.side) == (gone.instrument, gone.side)
            && id.counter() > of.counter()
    };
    said.iter()
        .filter(is_next)
        .max_by_key(|report| report.client_order_id.counter())
        .and_then(|next| last_word(said, next.client_order_id))
}

/// Why the desk of people did not even ask.
fn denied(deed: &Deed, refusal: &Refusal, sight: &Sight) -> DeniedBy {
    let told = DeniedBy::new(refusal, sight);
    let is_of_price = refusal.check == Check::OrderTerms && refusal.value == TermsFault::Px as i64;
    match deed {
        Deed::Change { to, .. } if is_of_price && to.px.0 > 0 => {
            let text = "it has no limit price to change: say another trigger price (--trigger-price) instead";
            DeniedBy { text: format!("{}: {text}", told.check), ..told }
        }
        _ => told,
    }
}

fn learn(desk: &Desk, signed: Option<(ClientOrderId, Arc<str>)>) {
    if let Some((order, author)) = signed {
        desk.hub.image().learn_author(order, author);
    }
}

/// Of an order that stood before the deed: nothing may be said of it any more. What its last report told is no answer.
fn standing(deed: &Deed, desk: &Desk, id: ClientOrderId) -> Option<Report> {
    let stood = !matches!(deed, Deed::Place(_));
    let open = stood.then(|| desk.hub.image().orders.open.get(&id).copied()).flatten();
    open.map(|report| Report { event: OrderEvent::Initialized, ..report })
}

fn of_report<'d>(desk: &'d Desk, report: &Report) -> Meant<'d> {
    let instrument = desk.instruments.get(report.instrument);
    Meant { instrument, order: engine_model::order::Order::default(), worth: None }
}

fn told(
    outcome: OrderOutcome,
    instrument: &Instrument,
    id: ClientOrderId,
    known: Option<&Report>,
    sight: &Sight,
) -> OrderOutcome {
    let outcome = OrderOutcome { order: Some(id.to_string()), ..outcome };
    let Some(report) = known else { return said(outcome, "SUBMITTED") };
    let text = |qty: Lots| Some(instrument.grid.qty_text(qty));
    let refusal = |refusal: &Refusal| Some(Box::new(DeniedBy::new(refusal, sight)));
    let (denied, rejected) = match &report.event {
        OrderEvent::Denied(why) | OrderEvent::ModifyDenied { refusal: why, .. } => (refusal(why), None),
        // A change by another order in its place begins with a cancel.
        OrderEvent::Rejected(why) | OrderEvent::ModifyRejected(why) | OrderEvent::CancelRejected(why) => {
            (None, Some(format!("{why:?}")))
        }
        _ => (None, None),
    };
    let outcome = said(outcome, report.status.name());
    OrderOutcome { qty: text(report.qty), filled_qty: text(report.filled_qty), denied, rejected, ..outcome }
}

fn said(outcome: OrderOutcome, status: &str) -> OrderOutcome {
    OrderOutcome { status: status.to_owned(), ..outcome }
}

fn answered(done: Result<OrderOutcome, No>) -> Answer {
    match done {
        Ok(outcome) => Answer::Order(outcome),
        Err(no) => refused(no),
    }
}

fn refused((why, found): No) -> Answer {
    Answer::refused(&why, &found)
}

/// The same order: what was confirmed of it does not make another of it.
fn same(one: &NewOrder, other: &NewOrder) -> bool {
    let bare = |order: &NewOrder| NewOrder { confirm_usd: None, ..order.clone() };
    bare(one) == bare(other)
}

async fn wait<T>(until: Instant, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if Instant::now() >= until {
            return None;
        }
        sleep(LOOK_EVERY).await;
    }
}
