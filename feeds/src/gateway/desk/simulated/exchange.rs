//! A venue in one process that holds the truth: its orders, its executions, and what it said of them.
//!
//! Owns no clock and draws nothing: what happens, and when, is the story's.

use crate::gateway::ask::{Ask, AskId, Known};
use crate::gateway::heard::{Answer, FillNews, Heard, OrderNews, OrderState, Whose};
use engine_model::instrument::{InstrumentId, Name};
use engine_model::order::{ClientOrderId, Order, TimeInForce};
use engine_model::report::Liquidity;
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::RejectReason;

/// An order at the venue.
#[derive(Clone, Copy, Debug)]
pub(in crate::gateway::desk) struct Held {
    pub(in crate::gateway::desk) order: Order,
    pub(in crate::gateway::desk) theirs: Name,
    pub(in crate::gateway::desk) state: OrderState,
    pub(in crate::gateway::desk) filled: i64,
    /// Whether its id is one of ours; else it has none that we know of.
    pub(in crate::gateway::desk) is_ours: bool,
    pub(in crate::gateway::desk) entered_at: Nanos,
}

impl Held {
    pub(in crate::gateway::desk) fn is_open(&self) -> bool {
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
pub(in crate::gateway::desk) struct Exchange {
    /// What it trades.
    own: Vec<InstrumentId>,
    pub(in crate::gateway::desk) orders: Vec<Held>,
    pub(in crate::gateway::desk) fills: Vec<FillNews>,
    /// Said on the private line since it was last emptied.
    pub(in crate::gateway::desk) said: Vec<Heard>,
    pub(in crate::gateway::desk) now: Nanos,
    /// Answers no question about an order, and names it in no list.
    pub(in crate::gateway::desk) is_mute: bool,
    /// Orders that came under an id that was used already.
    pub(in crate::gateway::desk) duplicates: u64,
    /// What was asked to be withdrawn.
    pub(in crate::gateway::desk) cancels: Vec<ClientOrderId>,
    /// When the dead-man switch withdraws everything, unless it is fed.
    fires_at: Option<Nanos>,
}

impl Exchange {
    pub(in crate::gateway::desk) fn new(own: Vec<InstrumentId>) -> Self {
        Self { own, ..Self::default() }
    }

    pub(in crate::gateway::desk) fn of(&self, id: ClientOrderId) -> Option<&Held> {
        self.orders.iter().find(|held| held.order.client_order_id == id)
    }

    /// Lots of it bought less lots sold.
    pub(in crate::gateway::desk) fn position(&self, of: InstrumentId) -> i64 {
        let own = self.fills.iter().filter(|fill| fill.instrument == Some(of));
        own.map(|fill| fill.qty.0 * fill.side.sign()).sum()
    }

    /// An order that is in the book now.
    pub(in crate::gateway::desk) fn enter(&mut self, order: Order, is_ours: bool) {
        let theirs = Name::new(&format!("v{}", self.orders.len() + 1)).unwrap_or_default();
        self.orders.push(Held { order, theirs, state: OrderState::Open, filled: 0, is_ours, entered_at: self.now });
        self.tell(self.orders.len() - 1);
    }

    /// Executes so much of an order, as far as it goes.
    pub(in crate::gateway::desk) fn execute(&mut self, at: usize, qty: i64) {
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
    pub(in crate::gateway::desk) fn end(&mut self, at: usize, state: OrderState) {
        if self.orders[at].is_open() {
            self.orders[at].state = state;
            self.tell(at);
        }
    }

    /// The dead-man switch, when it is its time.
    pub(in crate::gateway::desk) fn fire(&mut self) {
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
        // What takes finds all that it wants, at its limit.
        if matches!(order.time_in_force, TimeInForce::Ioc | TimeInForce::Fok) {
            self.execute(self.orders.len() - 1, i64::MAX);
        }
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
    pub(in crate::gateway::desk) fn answer(&mut self, id: AskId, ask: &Ask) -> Vec<Heard> {
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
                let position = |of: &InstrumentId| Heard::Position { instrument: *of, qty: Lots(self.position(*of)) };
                rows.extend(self.own.iter().map(position));
                Answer::Done
            }
            Ask::DeadMan(_, seconds) => {
                self.fires_at = (seconds > 0).then(|| self.now.plus(u64::from(seconds) * Nanos::SECOND));
                Answer::Done
            }
            Ask::Prepare(_) | Ask::Balances | Ask::Mode(_) | Ask::Setup(_) => Answer::Done,
        };
        rows.push(Heard::Answer(id, answer));
        rows
    }
}
