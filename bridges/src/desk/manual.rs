//! A person's order on its way: asked as a deed of the strategy `manual`, judged by risk like any wish, and answered with
//! what came of it.
//!
//! Owns: one deed at a time, its ticket, the wait for its answer and for the first word about the order; what was answered
//! under a person's own name of an order. Never: a rule of risk, a second order for one name.

use super::Desk;
use super::order::{Meant, No, to_confirm};
use super::second::Voice;
use super::teller::Teller;
use crate::door::dto::{DeniedBy, NewOrder, OrderChange, OrderOutcome};
use crate::operator::words::Answer;
use engine_core::strategy::board::BoardRow;
use engine_core::strategy::manual::{Deed, NAME, is_manual};
use engine_model::command::CommandKind;
use engine_model::instrument::Instrument;
use engine_model::intent::{Change, StrategyId};
use engine_model::order::{ClientOrderId, OrderEvent, OrderStatus, TimeInForce};
use engine_model::refusal::Refusal;
use engine_model::report::Report;
use engine_model::steer::Steer;
use engine_model::units::{Lots, Ticks};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

/// For the first word about an order: a venue's answer, where one is to come.
const WORD_WITHIN: Duration = Duration::from_secs(2);
const LOOK_EVERY: Duration = Duration::from_millis(2);
/// Names of orders that are remembered, of all people together.
const NAMES_KEPT: usize = 4_096;

/// See the module.
#[derive(Default)]
pub(crate) struct Manual {
    /// Held from the asking to the answer: deeds do not mix.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    ticket: i64,
    named: VecDeque<Named>,
}

/// What was asked under a person's own name of an order, and answered.
struct Named {
    by: Voice,
    name: String,
    asked: NewOrder,
    outcome: OrderOutcome,
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
    pub(super) async fn place(&self, desk: &Desk, asked: &NewOrder, by: Voice) -> Answer {
        let meant = match desk.order_meant(asked) {
            Ok(meant) => meant,
            Err(no) => return refused(no),
        };
        let mut state = self.manual.state.lock().await;
        if let Some(name) = &asked.client_order_id {
            let known = state.named.iter().find(|named| named.by == by && named.name == *name);
            match known {
                Some(known) if same(&known.asked, asked) => return Answer::Order(known.outcome.clone()),
                Some(_) => return Answer::refused("another order had this client_order_id", name),
                None => {}
            }
        }
        if let Some(worth) = desk.unconfirmed(&meant, asked.confirm_usd.as_deref()) {
            return Answer::Confirm { worth_usd: to_confirm(worth) };
        }
        let rests = !matches!(meant.order.time_in_force, TimeInForce::Ioc | TimeInForce::Fok)
            && (meant.order.px.0 > 0 || meant.order.order_type.has_trigger());
        let done = self.deed(desk, &mut state, &meant, Deed::Place(meant.order), Until::Placed { rests }).await;
        let outcome = match done {
            Ok(outcome) => outcome,
            Err(no) => return refused(no),
        };
        let outcome = OrderOutcome { client_order_id: asked.client_order_id.clone(), ..outcome };
        if let Some(name) = asked.client_order_id.clone() {
            if state.named.len() == NAMES_KEPT {
                state.named.pop_front();
            }
            state.named.push_back(Named { by, name, asked: asked.clone(), outcome: outcome.clone() });
        }
        Answer::Order(outcome)
    }

    /// Closes a part of a position. What reduces is confirmed by nobody's amount.
    pub(super) async fn close(&self, desk: &Desk, symbol: &str, share_pct: u32) -> Answer {
        let meant = match desk.closing(symbol, share_pct) {
            Ok(closing) => closing.meant(),
            Err(no) => return refused(no),
        };
        let mut state = self.manual.state.lock().await;
        let until = Until::Placed { rests: false };
        self.answered(self.deed(desk, &mut state, &meant, Deed::Place(meant.order), until).await)
    }

    /// Withdraws an order, whosever it is.
    pub(super) async fn cancel(&self, desk: &Desk, text: &str) -> Answer {
        let open = match desk.open_order(text) {
            Ok(open) => open,
            Err(no) => return refused(no),
        };
        let mut state = self.manual.state.lock().await;
        let meant = of_report(desk, &open);
        self.answered(self.deed(desk, &mut state, &meant, Deed::Cancel(open.client_order_id), Until::Withdrawn).await)
    }

    /// Changes an order of the desk of people.
    pub(super) async fn modify(&self, desk: &Desk, text: &str, asked: &OrderChange) -> Answer {
        let open = match desk.open_order(text) {
            Ok(open) => open,
            Err(no) => return refused(no),
        };
        if manual(desk).is_some_and(|(own, _)| own != open.strategy) {
            return Answer::refused("only orders of the desk of people are changed; this one is a strategy's", text);
        }
        let (meant, moves) = match desk.change_meant(&open, asked) {
            Ok(meant) => meant,
            Err(no) => return refused(no),
        };
        let grows = moves || meant.order.qty > open.qty || meant.order.px != open.px;
        if grows && let Some(worth) = desk.unconfirmed(&meant, asked.confirm_usd.as_deref()) {
            return Answer::Confirm { worth_usd: to_confirm(worth) };
        }
        let mut state = self.manual.state.lock().await;
        let trigger_px = if moves { meant.order.trigger_px } else { Ticks(0) };
        let to = Change { client_order_id: open.client_order_id, px: meant.order.px, qty: meant.order.qty };
        let until = if moves { Until::Placed { rests: true } } else { Until::Changed };
        self.answered(self.deed(desk, &mut state, &meant, Deed::Change { to, trigger_px }, until).await)
    }

    fn answered(&self, done: Result<OrderOutcome, No>) -> Answer {
        match done {
            Ok(outcome) => Answer::Order(outcome),
            Err(no) => refused(no),
        }
    }

    /// Asks for a deed and waits for what comes of it.
    async fn deed(
        &self,
        desk: &Desk,
        state: &mut State,
        meant: &Meant<'_>,
        deed: Deed,
        until: Until,
    ) -> Result<OrderOutcome, No> {
        let none = || {
            let why = format!("this run has no desk for people: add a [[strategy]] with name = \"{NAME}\"");
            (why, NAME.to_owned())
        };
        let (strategy, row) = manual(desk).ok_or_else(none)?;
        state.ticket += 1;
        let ticket = state.ticket;
        let values = deed.values(ticket);
        let last = values.len() - 1;
        let set = |(at, value): (usize, i64)| Steer::Set { param: at as u8, value, is_last: at == last };
        let steer = |what| CommandKind::Steer { strategy, what };
        let commands: Vec<CommandKind> = values.into_iter().enumerate().map(set).map(steer).collect();
        let from = desk.hub.image().orders.said.pushed();
        self.commands
            .send_all(&commands)
            .map_err(|error| ("the engine does not take it".to_owned(), error.to_string()))?;
        let outcome = OrderOutcome::unknown(meant.instrument, None);
        let deadline = Instant::now() + WORD_WITHIN;
        let Some(answered) = wait(deadline, || row.answer().filter(|answer| answer.ticket == ticket)).await else {
            return Ok(outcome);
        };
        Ok(match answered.outcome {
            Err(refusal) => OrderOutcome { denied: Some(DeniedBy::new(&refusal)), ..said(outcome, "DENIED") },
            Ok(id) => {
                let standing = standing(&deed, desk, id);
                // One that is held is changed at its desk, and no report tells.
                if let (Deed::Change { .. }, Some(held)) =
                    (&deed, standing.filter(|it| it.status == OrderStatus::Emulated))
                {
                    let changed = Report { qty: meant.order.qty, ..held };
                    return Ok(told(outcome, meant.instrument, id, Some(&changed)));
                }
                let word = || last_word(&desk.hub.image().orders.said.since(from).values, id);
                let is_over = || word().filter(|report| until.is_met(report));
                let known = wait(deadline, is_over).await.or_else(word).or(standing);
                told(outcome, meant.instrument, id, known.as_ref())
            }
        })
    }
}

impl Until {
    fn is_met(self, report: &Report) -> bool {
        if report.status.is_terminal() {
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
    let is_answer =
        |report: &&Report| matches!(report.event, OrderEvent::ModifyDenied { .. } | OrderEvent::ModifyRejected(_));
    said.iter().filter(of).find(is_answer).or_else(|| said.iter().rfind(of)).copied()
}

/// Of an order that stood before the deed: nothing may be said of it any more.
fn standing(deed: &Deed, desk: &Desk, id: ClientOrderId) -> Option<Report> {
    let stood = !matches!(deed, Deed::Place(_));
    stood.then(|| desk.hub.image().orders.open.get(&id).copied()).flatten()
}

fn of_report<'d>(desk: &'d Desk, report: &Report) -> Meant<'d> {
    let instrument = desk.instruments.get(report.instrument);
    Meant { instrument, order: engine_model::order::Order::default(), worth: None }
}

fn told(outcome: OrderOutcome, instrument: &Instrument, id: ClientOrderId, known: Option<&Report>) -> OrderOutcome {
    let outcome = OrderOutcome { order: Some(id.to_string()), ..outcome };
    let Some(report) = known else { return said(outcome, "SUBMITTED") };
    let text = |qty: Lots| Some(instrument.grid.qty_text(qty));
    let refusal = |refusal: &Refusal| Some(DeniedBy::new(refusal));
    let (denied, rejected) = match &report.event {
        OrderEvent::Denied(why) | OrderEvent::ModifyDenied { refusal: why, .. } => (refusal(why), None),
        OrderEvent::Rejected(why) | OrderEvent::ModifyRejected(why) => (None, Some(format!("{why:?}"))),
        _ => (None, None),
    };
    let outcome = said(outcome, report.status.name());
    OrderOutcome { qty: text(report.qty), filled_qty: text(report.filled_qty), denied, rejected, ..outcome }
}

fn said(outcome: OrderOutcome, status: &str) -> OrderOutcome {
    OrderOutcome { status: status.to_owned(), ..outcome }
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
