//! A venue in one process that holds the truth: its orders, its executions, and what it said of them. And the other end: the
//! engine's table of orders, a fold of what the desk tells by the law of orders.
//!
//! Owns no clock and draws nothing: what happens, and when, is the story's.

use super::*;
use engine_model::order::{OrderEvent, OrderStatus, transition};
use std::collections::{BTreeMap, BTreeSet};

/// An order at the venue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub(super) order: Order,
    pub(super) theirs: Name,
    pub(super) state: OrderState,
    pub(super) filled: i64,
    /// Whether its id is one of ours; else it has none that we know of.
    pub(super) is_ours: bool,
    pub(super) entered_at: Nanos,
}

impl Held {
    pub(super) fn is_open(&self) -> bool {
        self.state == OrderState::Open
    }

    fn whose(&self) -> Whose {
        Whose { ours: self.is_ours.then_some(self.order.client_order_id), venue_order_id: self.theirs }
    }

    fn news(&self, at_ns: Nanos) -> OrderNews {
        let Order { instrument, side, px, qty, .. } = self.order;
        let (whose, state, filled) = (self.whose(), self.state, Lots(self.filled));
        OrderNews { whose, instrument: Some(instrument), side, px, qty, filled, state, waits: false, at_ns }
    }
}

/// The venue.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    pub(super) orders: Vec<Held>,
    pub(super) fills: Vec<FillNews>,
    /// Said on the private line since it was last emptied.
    pub(super) said: Vec<Heard>,
    pub(super) now: Nanos,
    /// Answers no question about an order, and names it in no list.
    pub(super) is_mute: bool,
    /// Orders that came under an id that was used already.
    pub(super) duplicates: u64,
    /// What was asked to be withdrawn.
    pub(super) cancels: Vec<ClientOrderId>,
    /// When the dead-man switch withdraws everything, unless it is fed.
    fires_at: Option<Nanos>,
}

impl Exchange {
    pub(super) fn of(&self, id: ClientOrderId) -> Option<&Held> {
        self.orders.iter().find(|held| held.order.client_order_id == id)
    }

    /// Lots bought less lots sold.
    pub(super) fn position(&self) -> i64 {
        self.fills.iter().map(|fill| fill.qty.0 * fill.side.sign()).sum()
    }

    /// An order that is in the book now.
    pub(super) fn enter(&mut self, order: Order, is_ours: bool) {
        let theirs = Name::new(&format!("v{}", self.orders.len() + 1)).expect("short");
        self.orders.push(Held { order, theirs, state: OrderState::Open, filled: 0, is_ours, entered_at: self.now });
        self.tell(self.orders.len() - 1);
    }

    /// Executes so much of an order, as far as it goes.
    pub(super) fn execute(&mut self, at: usize, qty: i64) {
        let held = &mut self.orders[at];
        let qty = qty.min(held.order.qty.0 - held.filled);
        if qty <= 0 {
            return;
        }
        self.now = self.now.plus(1);
        held.filled += qty;
        if held.is_open() && held.filled == held.order.qty.0 {
            held.state = OrderState::Filled;
        }
        let fill = FillNews {
            whose: held.whose(),
            instrument: Some(held.order.instrument),
            side: held.order.side,
            trade_id: self.fills.len() as u64 + 1,
            px: held.order.px,
            qty: Lots(qty),
            fee_e8: 0,
            fee_asset: Name::default(),
            liquidity: Liquidity::Maker,
            at_ns: self.now,
        };
        self.fills.push(fill);
        self.said.push(Heard::Fill(fill));
        self.tell(at);
    }

    /// Ends an order that is open.
    pub(super) fn end(&mut self, at: usize, state: OrderState) {
        if self.orders[at].is_open() {
            self.orders[at].state = state;
            self.tell(at);
        }
    }

    /// The dead-man switch, when it is its time.
    pub(super) fn fire(&mut self) {
        if self.fires_at.is_some_and(|at| at <= self.now) {
            (0..self.orders.len()).for_each(|at| self.end(at, OrderState::Canceled));
        }
    }

    fn tell(&mut self, at: usize) {
        self.said.push(Heard::Order(self.orders[at].news(self.now)));
    }

    fn place(&mut self, order: Order) -> Answer {
        if self.of(order.client_order_id).is_some() {
            self.duplicates += 1;
            return Answer::Refused(RejectReason::DuplicateId);
        }
        self.enter(order, true);
        Answer::Done
    }

    fn cancel(&mut self, known: &Known) -> Answer {
        self.cancels.push(known.id());
        let found = self.orders.iter().position(|held| held.order.client_order_id == known.id() && held.is_open());
        let Some(at) = found else { return Answer::Refused(RejectReason::UnknownOrder) };
        self.end(at, OrderState::Canceled);
        Answer::Done
    }

    fn modify(&mut self, known: &Known, px: Ticks, qty: Lots) -> Answer {
        let found = self.orders.iter().position(|held| held.order.client_order_id == known.id() && held.is_open());
        let Some(at) = found else { return Answer::Refused(RejectReason::UnknownOrder) };
        if qty.0 <= self.orders[at].filled {
            return Answer::Refused(RejectReason::Filter);
        }
        (self.orders[at].order.px, self.orders[at].order.qty) = (px, qty);
        self.tell(at);
        Answer::Done
    }

    /// Takes a question: what is said in answer to it, the answer last.
    pub(super) fn answer(&mut self, id: AskId, ask: &Ask) -> Vec<Heard> {
        self.now = self.now.plus(1);
        let mut rows = Vec::new();
        let is_mute = self.is_mute;
        let mut lists = |orders: &[Held], is_it: &dyn Fn(&Held) -> bool, now| {
            rows.extend(orders.iter().filter(|held| is_it(held) && !is_mute).map(|held| Heard::Order(held.news(now))));
            rows.len()
        };
        let answer = match *ask {
            Ask::Place(order) => self.place(order),
            Ask::Cancel(known) | Ask::CancelByRest(known) => self.cancel(&known),
            Ask::Modify(known, px, qty) => self.modify(&known, px, qty),
            Ask::CancelAll(_) => {
                (0..self.orders.len()).for_each(|at| self.end(at, OrderState::Canceled));
                Answer::Done
            }
            Ask::Order(_) if self.is_mute => Answer::Unknown,
            Ask::Order(known) => {
                match lists(&self.orders, &|held| held.order.client_order_id == known.id(), self.now) {
                    0 => Answer::NoSuchOrder,
                    _ => Answer::Done,
                }
            }
            Ask::OpenOrders(_) => {
                lists(&self.orders, &Held::is_open, self.now);
                Answer::Done
            }
            Ask::Fills(_, since) => {
                rows.extend(self.fills.iter().filter(|fill| fill.at_ns >= since).map(|fill| Heard::Fill(*fill)));
                Answer::Done
            }
            Ask::FillsOf(known, since) => {
                let is_of = |fill: &&FillNews| fill.whose.ours == Some(known.id()) && fill.at_ns >= since;
                rows.extend(self.fills.iter().filter(is_of).map(|fill| Heard::Fill(*fill)));
                Answer::Done
            }
            Ask::Positions => {
                rows.push(Heard::Position { instrument: BTC, qty: Lots(self.position()) });
                Answer::Done
            }
            Ask::DeadMan(_, seconds) => {
                self.fires_at = (seconds > 0).then(|| self.now.plus(u64::from(seconds) * Nanos::SECOND));
                Answer::Done
            }
            Ask::Prepare(_) | Ask::Balances => Answer::Done,
        };
        rows.push(Heard::Answer(id, answer));
        rows
    }
}

/// An order by the engine's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) status: OrderStatus,
    former: OrderStatus,
    pub(super) qty: i64,
    pub(super) filled: i64,
    /// The quantity of changes that are not answered; 0: none.
    asked: i64,
}

impl Row {
    pub(super) fn new(status: OrderStatus, qty: i64) -> Self {
        Self { status, former: status, qty, filled: 0, asked: 0 }
    }

    /// Whether a change is not answered: risk denies another one.
    pub(super) fn is_changing(&self) -> bool {
        self.asked != 0
    }

    fn step(&mut self, event: &OrderEvent) -> Result<(), String> {
        let next = transition(self.status, self.former, event, Lots(self.qty.max(self.asked) - self.filled));
        (self.status, self.former) = next.map_err(|invalid| invalid.to_string())?;
        Ok(())
    }
}

/// The engine's table.
#[derive(Clone, Debug, Default)]
pub(super) struct Clerk {
    pub(super) rows: BTreeMap<ClientOrderId, Row>,
    trades: BTreeSet<(ClientOrderId, u64)>,
    /// What was held when the run began, and what was executed since.
    pub(super) position: i64,
    sides: BTreeMap<ClientOrderId, Side>,
}

impl Clerk {
    /// What the engine does to an order before it asks the venue for it.
    pub(super) fn asks(&mut self, id: ClientOrderId, what: &RequestKind) {
        let row = match what {
            RequestKind::Place(order) => {
                self.sides.insert(id, order.side);
                self.rows.insert(id, Row::new(OrderStatus::Initialized, order.qty.0));
                self.rows.get_mut(&id).expect("there").step(&OrderEvent::Submitted)
            }
            RequestKind::Cancel => self.rows.get_mut(&id).expect("ours").step(&OrderEvent::PendingCancel),
            RequestKind::Modify { qty, .. } => {
                let row = self.rows.get_mut(&id).expect("ours");
                row.asked = row.asked.max(qty.0);
                row.step(&OrderEvent::PendingUpdate)
            }
        };
        row.expect("the law has it");
    }

    /// Folds a reply in as execution does: what the law has no row for is an error, but for two messages that crossed.
    pub(super) fn hears(&mut self, reply: &Reply) -> Result<(), String> {
        let id = reply.client_order_id;
        if let ReplyKind::Opened(opening) = reply.what {
            self.position += opening.qty.0;
            return Ok(());
        }
        if let ReplyKind::Adopted { side, qty, filled, .. } = reply.what {
            self.sides.insert(id, side);
            let row = Row { filled: filled.0, ..Row::new(OrderStatus::Accepted, qty.0) };
            return self.rows.insert(id, row).map_or(Ok(()), |row| Err(format!("{row:?} was adopted twice")));
        }
        let row = self.rows.get_mut(&id).ok_or_else(|| format!("{} was never sent", tell(reply)))?;
        let was = row.status;
        let event = match reply.what {
            ReplyKind::Accepted => OrderEvent::Accepted,
            ReplyKind::Triggered => OrderEvent::Triggered,
            ReplyKind::Rejected(reason) => OrderEvent::Rejected(reason),
            ReplyKind::Canceled => OrderEvent::Canceled,
            ReplyKind::Expired => OrderEvent::Expired,
            ReplyKind::CancelRejected(reason) => OrderEvent::CancelRejected(reason),
            ReplyKind::ModifyRejected(reason) => {
                row.asked = 0;
                OrderEvent::ModifyRejected(reason)
            }
            ReplyKind::Updated { qty, .. } => {
                if qty.0 <= row.filled {
                    return Err(format!("{} of {} are executed", row.filled, qty.0));
                }
                (row.qty, row.asked) = (qty.0, 0);
                OrderEvent::Updated
            }
            ReplyKind::Filled { trade_id, last_px, last_qty, fee, liquidity } => {
                if !self.trades.insert((id, trade_id)) {
                    return Err(format!("execution {trade_id} was told twice"));
                }
                row.filled += last_qty.0;
                self.position += self.sides[&id].sign() * last_qty.0;
                if row.filled > row.qty.max(row.asked) {
                    return Err(format!("{} of {} are executed", row.filled, row.qty));
                }
                row.qty = if row.filled > row.qty { row.asked } else { row.qty };
                OrderEvent::Filled { trade_id, last_px, last_qty, fee, liquidity }
            }
            ReplyKind::Paid(_) | ReplyKind::ClosedOut { .. } | ReplyKind::Adopted { .. } | ReplyKind::Opened(_) => {
                return Ok(());
            }
        };
        let crossed = matches!(event, OrderEvent::CancelRejected(_) | OrderEvent::ModifyRejected(_));
        match row.step(&event) {
            // The rest stays withdrawn.
            Ok(()) if was.is_terminal() && row.status == OrderStatus::PartiallyFilled => {
                let end = if was == OrderStatus::Expired { OrderEvent::Expired } else { OrderEvent::Canceled };
                row.step(&end)
            }
            Err(_) if crossed => Ok(()),
            stepped => stepped.map_err(|why| format!("{}: {why}", tell(reply))),
        }
    }
}
