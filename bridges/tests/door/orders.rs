//! People's orders over the line, before a desk of people and a venue that the test plays: who waits for whom.

use crate::client::{PATIENCE, get, get_until};
use crate::operator::Place;
use crate::rig::{Rig, fill, report};
use bridges::dto::{NewOrder, OrderChange, OrderOutcome};
use bridges::operator::words::{Answer, Ask};
use engine_core::strategy::manual::{Answered, VALUES};
use engine_model::command::{Command, CommandKind};
use engine_model::order::{ClientOrderId, OrderEvent, OrderStatus};
use engine_model::report::Report;
use engine_model::steer::Steer;
use engine_model::units::Lots;
use std::time::{Duration, Instant};

/// Of the values of a deed.
const TICKET: usize = 0;
const DEED: usize = 1;
const QTY: usize = 10;
/// Long enough for whoever does not wait for it.
const MEANWHILE: Duration = Duration::from_millis(150);

/// The next deed that reaches the desk of people, which answers it.
fn deed(rig: &mut Rig, id: ClientOrderId) -> [i64; VALUES] {
    let values = asked(rig);
    answer(rig, &values, id);
    values
}

fn answer(rig: &Rig, values: &[i64; VALUES], id: ClientOrderId) {
    let answer = Answered { ticket: values[TICKET], outcome: Ok(id) };
    rig.counters.strategies.rows[0].set_answer(Some(answer));
}

/// The next deed that reaches the desk of people.
fn asked(rig: &mut Rig) -> [i64; VALUES] {
    let start = Instant::now();
    let mut values = [0; VALUES];
    while start.elapsed() < PATIENCE {
        let mut taken: Option<Command> = None;
        rig.commands.take(1, |_, command| taken = Some(*command));
        match taken.map(|command| command.what) {
            Some(CommandKind::Steer { what: Steer::Set { param, value, is_last }, .. }) => {
                values[usize::from(param)] = value;
                if is_last {
                    return values;
                }
            }
            Some(other) => panic!("{other:?} is no deed"),
            None => std::thread::sleep(Duration::from_millis(1)),
        }
    }
    panic!("nobody asked for a deed");
}

fn id(counter: u32) -> ClientOrderId {
    ClientOrderId::new(1, 7, counter)
}

fn outcome(answer: Answer) -> OrderOutcome {
    match answer {
        Answer::Order(outcome) => outcome,
        other => panic!("{other:?}"),
    }
}

/// With orders 1 and 2 standing.
fn standing(place: &Place) -> Rig {
    let mut rig = Rig::with_manual(&place.0);
    rig.report(report(1, OrderStatus::Accepted));
    rig.report(report(2, OrderStatus::Accepted));
    get_until(rig.address, "/api/v1/trading/orders", |answer| answer.body.contains("R1-7-2"));
    rig
}

#[test]
fn a_change_counts_from_what_the_one_before_left_and_a_cancel_waits_for_neither() {
    let place = Place::new("order-changes");
    let mut rig = standing(&place);
    let modify = |to| Ask::Modify { order: "R1-7-1".to_owned(), to };
    let smaller = modify(OrderChange { qty: Some("0.020".to_owned()), ..OrderChange::default() });
    let dearer = modify(OrderChange { price: Some("61835.0".to_owned()), ..OrderChange::default() });
    let cancel = Ask::Cancel { order: "R1-7-2".to_owned() };
    std::thread::scope(|scope| {
        let first = scope.spawn(|| place.ask(&smaller));
        let values = deed(&mut rig, id(1));
        assert_eq!((values[DEED], values[QTY]), (2, 20));
        // The venue has not said yet that it took it.
        let second = scope.spawn(|| place.ask(&dearer));
        std::thread::sleep(MEANWHILE);
        let gone = scope.spawn(|| place.ask(&cancel));
        assert_eq!(deed(&mut rig, id(2))[DEED], 1, "a cancel is asked for while changes wait");
        rig.report(Report { event: OrderEvent::Canceled, ..report(2, OrderStatus::Canceled) });
        assert_eq!(outcome(gone.join().expect("an answer")).status, "CANCELED");
        rig.report(Report { event: OrderEvent::Updated, qty: Lots(20), ..report(1, OrderStatus::Accepted) });
        assert_eq!(outcome(first.join().expect("an answer")).qty.as_deref(), Some("0.020"));
        let values = deed(&mut rig, id(1));
        assert_eq!((values[DEED], values[QTY]), (2, 20), "the smaller quantity stays");
        rig.report(Report { event: OrderEvent::Updated, qty: Lots(20), ..report(1, OrderStatus::Accepted) });
        outcome(second.join().expect("an answer"));
    });
}

#[test]
fn a_stop_that_is_entered_anew_in_place_of_its_change_is_told_by_its_new_number() {
    let place = Place::new("order-renewed");
    let mut rig = standing(&place);
    let to = OrderChange { trigger_price: Some("61000.0".to_owned()), ..OrderChange::default() };
    let modify = Ask::Modify { order: "R1-7-1".to_owned(), to };
    std::thread::scope(|scope| {
        let moved = scope.spawn(|| place.ask(&modify));
        deed(&mut rig, id(1));
        rig.report(Report { event: OrderEvent::PendingCancel, ..report(1, OrderStatus::PendingCancel) });
        rig.report(Report { event: OrderEvent::Canceled, ..report(1, OrderStatus::Canceled) });
        std::thread::sleep(MEANWHILE);
        // Somebody else's of the same instrument, and the one that follows.
        rig.report(report(3, OrderStatus::Accepted));
        rig.report(Report { parent: 1, ..report(4, OrderStatus::Accepted) });
        let told = outcome(moved.join().expect("an answer"));
        assert_eq!((told.order.as_deref(), told.status.as_str()), (Some("R1-7-4"), "ACCEPTED"));
    });
    // Nothing follows in time.
    let modify = Ask::Modify {
        order: "R1-7-4".to_owned(),
        to: OrderChange { trigger_price: Some("61001.0".to_owned()), ..OrderChange::default() },
    };
    std::thread::scope(|scope| {
        let moved = scope.spawn(|| place.ask(&modify));
        deed(&mut rig, id(4));
        rig.report(Report { event: OrderEvent::Canceled, parent: 1, ..report(4, OrderStatus::Canceled) });
        let told = outcome(moved.join().expect("an answer"));
        assert_eq!((told.order.as_deref(), told.status.as_str()), (Some("R1-7-4"), "PENDING_UPDATE"));
    });
}

#[test]
fn an_order_that_is_under_way_under_its_name_is_not_entered_again() {
    let place = Place::new("order-named");
    let mut rig = standing(&place);
    let order = NewOrder {
        symbol: "BTCUSDT.binance-usdm".to_owned(),
        side: "buy".to_owned(),
        qty: "0.050".to_owned(),
        price: Some("61834.0".to_owned()),
        client_order_id: Some("tuesday".to_owned()),
        ..NewOrder::default()
    };
    let same = Ask::Place { order: Box::new(order.clone()) };
    let other = Ask::Place { order: Box::new(NewOrder { qty: "0.060".to_owned(), ..order }) };
    std::thread::scope(|scope| {
        let first = scope.spawn(|| place.ask(&same));
        assert_eq!(deed(&mut rig, id(3))[DEED], 0);
        let second = scope.spawn(|| place.ask(&same));
        let answer = place.ask(&other);
        assert!(matches!(&answer, Answer::Refused { why, .. } if why.contains("another order had")), "{answer:?}");
        std::thread::sleep(MEANWHILE);
        rig.report(report(3, OrderStatus::Accepted));
        let first = outcome(first.join().expect("an answer"));
        assert_eq!((first.order.as_deref(), first.status.as_str()), (Some("R1-7-3"), "ACCEPTED"));
        assert_eq!(outcome(second.join().expect("an answer")), first);
    });
    let mut taken = 0;
    rig.commands.take(16, |_, _| taken += 1);
    assert_eq!(taken, 0, "it was entered once");
}

fn half() -> Ask {
    Ask::Close { symbol: "BTCUSDT.binance-usdm".to_owned(), share_pct: 50 }
}

/// Lots are held, behind so many reports, and risk counts so many open orders; the bridge has heard of it.
fn counts(rig: &mut Rig, lots: i64, reports: u64, open: Option<i64>, text: &str) {
    rig.held_and_open(lots, reports, open);
    get_until(rig.address, "/api/v1/portfolio/positions", |answer| answer.body.contains(text));
}

fn holds(rig: &mut Rig, lots: i64, reports: u64, text: &str) {
    counts(rig, lots, reports, None, text);
}

/// Half is not closed now: why, and what was found.
fn refused(place: &Place) -> (String, String) {
    match place.ask(&half()) {
        Answer::Refused { why, found } => (why, found),
        other => panic!("{other:?}"),
    }
}

/// Half is closed now, as order `counter`.
fn closes(place: &Place, rig: &mut Rig, counter: u32) {
    std::thread::scope(|scope| {
        let closing = scope.spawn(|| place.ask(&half()));
        deed(rig, id(counter));
        rig.report(fill(counter, u64::from(counter)));
        assert_eq!(outcome(closing.join().expect("an answer")).status, "FILLED");
    });
}

#[test]
fn a_closing_is_under_way_although_it_is_answered_late() {
    let place = Place::new("order-closing-late");
    let mut rig = standing(&place);
    holds(&mut rig, -100, 2, "-0.100");
    let values = std::thread::scope(|scope| {
        let first = scope.spawn(|| place.ask(&half()));
        let values = asked(&mut rig);
        assert_eq!(outcome(first.join().expect("an answer")).status, "UNKNOWN");
        values
    });
    assert!(refused(&place).0.contains("is not answered"));
    answer(&rig, &values, id(3));
    let under_way = ("a closing there is under way: ask again when it is over".to_owned(), "R1-7-3".to_owned());
    assert_eq!(refused(&place), under_way, "no report tells of it yet");
    rig.report(fill(3, 1));
    holds(&mut rig, -50, 3, "-0.050");
    closes(&place, &mut rig, 4);
}

#[test]
fn a_closing_whose_answer_nobody_saw_is_under_way_until_risk_counts_no_order_that_is_not_known() {
    let place = Place::new("order-closing-unseen");
    let mut rig = standing(&place);
    holds(&mut rig, -100, 2, "-0.100");
    std::thread::scope(|scope| {
        let first = scope.spawn(|| place.ask(&half()));
        asked(&mut rig);
        assert_eq!(outcome(first.join().expect("an answer")).status, "UNKNOWN");
    });
    // Another deed is answered, and with it the closing: nobody has seen under which number.
    std::thread::scope(|scope| {
        let gone = scope.spawn(|| place.ask(&Ask::Cancel { order: "R1-7-2".to_owned() }));
        deed(&mut rig, id(2));
        rig.report(Report { event: OrderEvent::Canceled, ..report(2, OrderStatus::Canceled) });
        assert_eq!(outcome(gone.join().expect("an answer")).status, "CANCELED");
    });
    counts(&mut rig, -101, 3, Some(2), "-0.101");
    let (why, found) = refused(&place);
    assert!(why.contains("may be under way") && why.contains("may only reduce"), "{why}");
    assert_eq!(found, "its number is not known");
    // Order 1 buys, too, and stands: it might be the closing.
    counts(&mut rig, -102, 3, Some(1), "-0.102");
    assert!(refused(&place).0.contains("may be under way"));
    rig.report(Report { event: OrderEvent::Canceled, ..report(1, OrderStatus::Canceled) });
    counts(&mut rig, -103, 4, Some(0), "-0.103");
    closes(&place, &mut rig, 4);
}

#[test]
fn a_closing_whose_news_were_missed_is_under_way_until_risk_counts_no_order_that_is_not_known() {
    let place = Place::new("order-closing-lapped");
    let mut rig = standing(&place);
    holds(&mut rig, -100, 2, "-0.100");
    std::thread::scope(|scope| {
        let first = scope.spawn(|| place.ask(&half()));
        deed(&mut rig, id(3));
        rig.report(Report { event: OrderEvent::Submitted, ..report(3, OrderStatus::Submitted) });
        assert_eq!(outcome(first.join().expect("an answer")).status, "SUBMITTED");
    });
    // More at once than the ring has room for: the bridge forgets what is open, and hears of orders 1 and 2 again.
    let mut heard = 3;
    while get(rig.address, "/api/v1/trading/orders").json()["complete"] == true {
        (0..64).for_each(|n| rig.report(report(1 + n % 2, OrderStatus::Accepted)));
        heard += 64;
        std::thread::sleep(MEANWHILE);
    }
    counts(&mut rig, -101, heard, Some(3), "-0.101");
    let (why, found) = refused(&place);
    assert!(why.contains("may be under way"), "{why}");
    assert_eq!(found, "R1-7-3");
    // Risk has not read as far: what it counts may be of before.
    counts(&mut rig, -102, heard + 1, Some(2), "-0.102");
    assert!(refused(&place).0.contains("may be under way"));
    counts(&mut rig, -103, heard, Some(2), "-0.103");
    closes(&place, &mut rig, 4);
}

#[test]
fn a_closing_is_a_part_of_what_the_one_before_has_left() {
    let place = Place::new("order-closings");
    let mut rig = standing(&place);
    // Two reports are heard, and it has told what it holds behind one of them.
    holds(&mut rig, -100, 1, "-0.100");
    let (why, found) = refused(&place);
    assert!(why.contains("has not told what it holds"), "{why}");
    assert_eq!(found, "BTCUSDT.binance-usdm");
    holds(&mut rig, -101, 2, "-0.101");
    std::thread::scope(|scope| {
        let first = scope.spawn(|| place.ask(&half()));
        let values = deed(&mut rig, id(3));
        assert_eq!((values[DEED], values[QTY]), (0, 51), "half, and up");
        rig.report(fill(3, 1));
        assert_eq!(outcome(first.join().expect("an answer")).status, "FILLED");
        // What is held now comes with the engine's next word about it, and is waited for.
        let second = scope.spawn(|| place.ask(&half()));
        std::thread::sleep(MEANWHILE);
        assert_eq!(rig.commands.take(1, |_, _| {}), 0, "nothing is asked by what was held before");
        rig.held(-51, 3);
        assert_eq!(deed(&mut rig, id(4))[QTY], 26);
        // No word of the venue in time: it may still fill.
        rig.report(Report { event: OrderEvent::Submitted, ..report(4, OrderStatus::Submitted) });
        assert_eq!(outcome(second.join().expect("an answer")).status, "SUBMITTED");
    });
    holds(&mut rig, -51, 4, "-0.051");
    let (why, found) = refused(&place);
    assert_eq!((why.as_str(), found.as_str()), ("a closing there is under way: ask again when it is over", "R1-7-4"));
    rig.report(fill(4, 2));
    holds(&mut rig, -25, 5, "-0.025");
    std::thread::scope(|scope| {
        let third = scope.spawn(|| place.ask(&half()));
        assert_eq!(deed(&mut rig, id(5))[QTY], 13);
        rig.report(fill(5, 3));
        assert_eq!(outcome(third.join().expect("an answer")).status, "FILLED");
    });
}
