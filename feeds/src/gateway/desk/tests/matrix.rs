//! Every cell of what we say of an order, what the venue says of it, and the position beside it, through the real desk: a
//! line is lost, comes back, and what was told, asked and withdrawn is held against a table that was written by hand.

use super::clerk::{Clerk, Row};
use super::verdict::{Gate, Here, Position, Step, There, gate, step};
use super::*;
use crate::gateway::desk::simulated::exchange::{Exchange, Held};
use engine_model::order::OrderStatus;

const TABLE: &str = include_str!("matrix.txt");
/// By the columns of the table: an order's state at the venue, and how much of it was executed there.
const THERE: [(There, Option<(OrderState, i64)>); 8] = [
    (There::Open, Some((OrderState::Open, 0))),
    (There::PartiallyFilled, Some((OrderState::Open, 4))),
    (There::Filled, Some((OrderState::Filled, 10))),
    (There::Canceled, Some((OrderState::Canceled, 4))),
    (There::Expired, Some((OrderState::Expired, 0))),
    (There::Rejected, Some((OrderState::Rejected(RejectReason::Filter), 0))),
    (There::Gone, None),
    (There::Silent, None),
];
/// By the last rows: what the account holds beside what our fills come to.
const POSITIONS: [(&str, Position, i64); 3] =
    [("agrees", Position::Agrees, 0), ("more", Position::More, 5), ("less", Position::Less, -5)];
/// A tick of this story, in milliseconds.
const TICK: u64 = 50;

/// The rows of the table, from the top.
fn heres() -> Vec<(String, Here)> {
    let known = OrderStatus::ALL.map(|status| (status.name().to_owned(), Here::Known(status)));
    let others = [("EARLIER".to_owned(), Here::Earlier), ("FOREIGN".to_owned(), Here::Foreign)];
    known.into_iter().chain(others).collect()
}

/// What stands in the table behind a name, by column.
fn cells(name: &str) -> Vec<&'static str> {
    let row = TABLE.lines().find(|line| line.split('|').next().is_some_and(|first| first.trim() == name));
    row.unwrap_or_else(|| panic!("no row of {name}")).split('|').skip(1).map(str::trim).collect()
}

/// The desk, the venue and the engine of one cell.
struct Cell {
    play: Play,
    venue: Exchange,
    clerk: Clerk,
    id: ClientOrderId,
    beside: i64,
    served: AskId,
}

impl Cell {
    fn new(here: Here, there: There, at_venue: Option<(OrderState, i64)>, beside: i64) -> Self {
        let id = if here == Here::Earlier { ClientOrderId::new(1, EPOCH - 1, 1) } else { id(1) };
        let mut cell = Self {
            play: Play::new(&ROOMY_MANNERS),
            venue: Exchange::new(vec![BTC]),
            clerk: Clerk::default(),
            id,
            beside,
            served: AskId(0),
        };
        if let Here::Known(status) = here {
            cell.bring_to(status);
        }
        cell.put_at_venue(here, there, at_venue);
        cell.served = AskId(cell.play.desk.last);
        cell
    }

    fn asks(&mut self, what: RequestKind) {
        self.clerk.asks(self.id, &what);
        self.play.request(self.id.counter(), what);
    }

    fn places(&mut self) {
        let order = Order { client_order_id: self.id, px: Ticks(100), qty: Lots(10), ..Order::default() };
        self.asks(RequestKind::Place(order));
    }

    /// Brings our side to a state, in the words of an ordinary life.
    fn bring_to(&mut self, status: OrderStatus) {
        use OrderStatus as S;
        if status.is_active_local() || status == S::Denied {
            self.clerk.rows.insert(self.id, Row::new(status, 10));
            return;
        }
        self.places();
        match status {
            S::Submitted => return,
            S::Rejected => self.play.answer("place 1", Answer::Refused(RejectReason::Filter)),
            _ => {
                self.play.answer("place 1", Answer::Done);
                self.play.news(1, OrderState::Open, 0);
            }
        }
        self.listen();
        match status {
            S::PendingUpdate => self.asks(RequestKind::Modify { px: Ticks(101), qty: Lots(8) }),
            S::PendingCancel => self.asks(RequestKind::Cancel),
            S::PartiallyFilled => self.play.fill(1, 1, 4),
            S::Filled => {
                self.play.fill(1, 1, 4);
                self.play.fill(1, 2, 6);
            }
            S::Canceled => self.play.news(1, OrderState::Canceled, 0),
            S::Expired => self.play.news(1, OrderState::Expired, 0),
            _ => {}
        }
        self.listen();
        // The one state that the venue alone brings about, and that the desk has no word for.
        if status == S::Triggered {
            self.clerk.rows.insert(self.id, Row::new(status, 10));
        }
        assert_eq!(self.clerk.rows[&self.id].status, status);
    }

    /// The venue's side, which nobody was told of.
    fn put_at_venue(&mut self, here: Here, there: There, at_venue: Option<(OrderState, i64)>) {
        self.venue.is_mute = there == There::Silent;
        let Some((state, filled)) = at_venue else { return };
        let order = Order { client_order_id: self.id, px: Ticks(100), qty: Lots(10), ..Order::default() };
        self.venue.now = self.play.now().venue;
        self.venue.enter(order, here != Here::Foreign);
        for qty in [4, 6] {
            if self.venue.orders[0].filled < filled {
                self.venue.execute(0, qty);
            }
        }
        self.venue.orders[0].state = state;
        self.venue.said.clear();
    }

    /// Folds what the engine was told. How much that was.
    fn listen(&mut self) -> usize {
        let told: Vec<Reply> = self.play.desk.orders.replies.drain(..).collect();
        told.iter().for_each(|reply| self.clerk.hears(reply).expect("lawful"));
        told.len()
    }

    /// A line is lost and comes back; two looks at positions. How much the engine was told, and how many cancels left.
    fn reconcile(&mut self) -> (usize, usize) {
        let cancels = self.venue.cancels.len();
        let now = self.play.now();
        self.play.desk.line_down(0, now.timer_ns, now, &mut self.play.post);
        let mut told = 0;
        for _ in 0..75 * SECOND / TICK {
            self.play.now_ms += TICK;
            let now = self.play.now();
            self.venue.now = now.venue;
            self.play.desk.tick(now, &mut self.play.post);
            if self.play.desk.phase == Phase::Opening {
                self.play.desk.line_up(0, now);
            }
            self.serve();
            told += self.listen();
        }
        (told, self.venue.cancels.len() - cancels)
    }

    /// The venue answers what it was asked, and says what came of it.
    fn serve(&mut self) {
        while self.served < AskId(self.play.desk.last) {
            self.served.0 += 1;
            let Some(ask) = self.play.desk.ask_of(self.served) else { continue };
            let mut said = self.venue.answer(self.served, &ask);
            if let Some(Heard::Position { qty, .. }) = said.first_mut() {
                *qty = Lots(self.play.desk.orders.net[BTC.index()] + self.beside);
            }
            self.play.hear(&said, Some(self.served));
            let unasked = std::mem::take(&mut self.venue.said);
            self.play.hear(&unasked, None);
        }
    }

    /// Which orders may be entered, by trying one on each side of the position that the venue holds.
    fn gate(&mut self) -> Gate {
        let held = self.play.desk.orders.net[BTC.index()] + self.beside;
        let away = if held >= 0 { Side::Buy } else { Side::Sell };
        let back = if held >= 0 { Side::Sell } else { Side::Buy };
        let mut enters = |number, side| {
            let order = Order { client_order_id: id(number), side, px: Ticks(100), qty: Lots(1), ..Order::default() };
            self.play.request(number, RequestKind::Place(order));
            self.play.told().is_empty()
        };
        match (enters(90, away), enters(91, back)) {
            (true, true) => Gate::Open,
            (false, true) => Gate::Reducing,
            found => panic!("away from the position, back to it: {found:?}"),
        }
    }

    /// The order as the engine knows it.
    fn found(&self) -> Option<(OrderStatus, i64)> {
        self.clerk.rows.get(&self.id).map(|row| (row.status, row.filled))
    }
}

fn word(step: Step) -> String {
    format!("{step:?}").to_lowercase()
}

/// One cell, through the desk and back.
fn check((name, here): &(String, Here), column: usize, (position_name, position, beside): (&str, Position, i64)) {
    let (there, at_venue) = THERE[column];
    let (expected, after) = cells(name)[column].split_once(' ').expect("what is done, and what comes of it");
    let story = format!("{name}, {there:?}, {position_name}");
    let mut cell = Cell::new(*here, there, at_venue, beside);
    let before = cell.found();
    assert_eq!(word(step(*here, there)), expected, "{story}: what is done");
    let (_, cancels) = cell.reconcile();
    let found = cell.found().map(|(status, filled)| format!("{} {filled}", status.name()));
    let same = before.map(|(status, filled)| format!("{} {filled}", status.name()));
    assert_eq!(found, if after == "same" { same } else { Some(after.to_owned()) }, "{story}: what comes of it");
    assert_eq!((cancels > 0, cell.play.desk.unknown() > 0), (expected == "withdraw", expected == "ask"), "{story}");
    assert_eq!(cell.play.desk.strays.standing() > 0, expected == "note", "{story}: told to a person");
    if expected == "withdraw" {
        assert!(!cell.venue.orders.iter().any(Held::is_open), "{story}: it still stands");
    }
    let (open, net) = (cell.play.desk.orders.open(), cell.play.desk.orders.net.clone());
    let (told, cancels) = cell.reconcile();
    assert_eq!((told, cancels), (0, 0), "{story}: a second pass changes nothing");
    assert_eq!((cell.play.desk.orders.open(), &cell.play.desk.orders.net), (open, &net), "{story}: a second pass");
    let may_enter = if cells(position_name) == ["any"] { Gate::Open } else { Gate::Reducing };
    assert_eq!((gate(position), cell.gate()), (may_enter, may_enter), "{story}: what may be entered");
}

#[test]
fn every_cell_of_our_state_the_venues_and_the_position_is_reconciled_as_it_is_written() {
    let mut cells = 0;
    for here in heres() {
        for column in 0..THERE.len() {
            for position in POSITIONS {
                check(&here, column, position);
                cells += 1;
            }
        }
    }
    println!("reconcile matrix: {cells} of 384");
    assert_eq!(cells, 384);
}
