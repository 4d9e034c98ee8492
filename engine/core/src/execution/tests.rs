//! The clerk against what venues do: in order, out of order, twice, too late, too much.

use super::*;
use crate::risk::test_desk::{Desk, EPOCH, Entry, wide};
use crate::test_instruments::{LINEAR, SPOT};
use crate::test_random::Random;
use engine_model::closeout::{Cause, Closeout};
use engine_model::command::CommandKind;
use engine_model::intent::{Change, Intent, IntentKind};
use engine_model::market::Side;
use engine_model::payment::{Payment, PaymentKind};
use engine_model::report::Liquidity;
use engine_model::units::{Lots, Quote, Ticks};
use engine_model::venue::RejectReason;
use std::collections::BTreeMap;

const MID: i64 = 600_000;

fn filled(trade_id: u64, px: i64, qty: i64) -> ReplyKind {
    let (last_px, last_qty) = (Ticks(px), Lots(qty));
    ReplyKind::Filled { trade_id, last_px, last_qty, fee: Quote(0), liquidity: Liquidity::Maker }
}

/// The reports of one order: event, status, filled so far.
fn story(desk: &Desk, id: ClientOrderId) -> Vec<String> {
    let told = desk.entries.iter().filter_map(|entry| match entry {
        Entry::Report(report) if report.client_order_id == id => Some(report),
        _ => None,
    });
    told.map(|r| format!("{} {} {}", &r.event.name()[5..], r.status.name(), r.filled_qty.0)).collect()
}

fn backpressure(value: i64, limit: i64) -> Refusal {
    Refusal::new(Check::Backpressure, value, limit)
}

fn anomalies(desk: &Desk) -> Vec<(&'static str, u64)> {
    let counts = Anomaly::ALL.map(|anomaly| (anomaly.name(), desk.clerk.anomalies().count(anomaly)));
    counts.into_iter().filter(|(_, count)| *count > 0).collect()
}

#[test]
fn an_ordinary_life() {
    let mut desk = Desk::new(wide());
    let id = desk.buy(LINEAR, MID, 10).unwrap();
    desk.reply(id, ReplyKind::Accepted);
    desk.reply(id, filled(1, MID, 4));
    desk.cancel(id);
    desk.reply(id, ReplyKind::CancelRejected(RejectReason::UnknownOrder));
    desk.reply(id, filled(2, MID, 6));
    let want = [
        "Submitted SUBMITTED 0",
        "Accepted ACCEPTED 0",
        "Filled PARTIALLY_FILLED 4",
        "PendingCancel PENDING_CANCEL 4",
        "CancelRejected PARTIALLY_FILLED 4",
        "Filled FILLED 10",
    ];
    assert_eq!(story(&desk, id), want);
    assert_eq!((desk.clerk.orders().open_count(), desk.clerk.orders().get(id)), (0, None));
    assert_eq!(anomalies(&desk), []);
}

#[test]
fn money_that_moves_without_an_execution_reaches_risk_whatever_became_of_the_order() {
    let mut desk = Desk::new(wide());
    let id = desk.buy(LINEAR, MID, 10).unwrap();
    desk.reply(id, filled(1, MID, 10));
    let settlement = |desk: &Desk| desk.risk.instruments().get(LINEAR).settlement();
    let asset = desk.risk.instruments().asset(settlement(&desk)).unwrap();
    let equity = desk.risk.equity();
    let paid = |kind, amount| ReplyKind::Paid(Payment { kind, asset, amount: Quote::whole(amount) });
    // A fee of an order that is over, funding of none, and an order that nobody knows.
    desk.reply(id, paid(PaymentKind::Fee, -2));
    desk.reply_on(LINEAR, ClientOrderId(0), paid(PaymentKind::Funding, 5));
    desk.reply_on(LINEAR, ClientOrderId(77), paid(PaymentKind::Interest, -1));
    assert_eq!(story(&desk, id).len(), 3, "submitted, filled, paid");
    assert_eq!(anomalies(&desk), []);
    desk.risk.review(Nanos(0), false);
    assert_eq!(desk.risk.equity().0 - equity.0, 2 * Quote::ONE);
    let position = desk.risk.portfolio().position(LINEAR, None);
    assert_eq!((position.fees, position.payments), (Quote::whole(2), Quote::whole(4)));
}

#[test]
fn what_the_venue_closes_is_of_no_order_and_reaches_risk() {
    let mut desk = Desk::new(wide());
    let id = desk.buy(LINEAR, MID, 10).unwrap();
    desk.reply(id, filled(1, MID, 10));
    desk.risk.review(Nanos(0), false);
    let equity = desk.risk.equity();
    let closeout =
        Closeout { cause: Cause::Liquidation, trade_id: 2, px: Ticks(MID), qty: Lots(4), fee: Quote::whole(3) };
    desk.reply_on(LINEAR, ClientOrderId(0), ReplyKind::ClosedOut { side: Side::Sell, closeout });
    assert_eq!((anomalies(&desk), story(&desk, id).len()), (vec![], 2), "submitted, filled");
    desk.risk.review(Nanos(0), false);
    assert_eq!((desk.risk.portfolio().qty(LINEAR), equity.0 - desk.risk.equity().0), (6, 3 * Quote::ONE));
    // A file that says what cannot be is doubted; risk would panic.
    let report = |px, qty| Report {
        event: OrderEvent::ClosedOut(Closeout { px: Ticks(px), qty: Lots(qty), ..closeout }),
        ..Report::default()
    };
    let doubts = [(0, 1), (1, 0), (1, -1)].map(|(px, qty)| desk.risk.doubt(&report(px, qty)).is_some());
    assert_eq!((doubts, desk.risk.doubt(&report(1, 1))), ([true; 3], None));
}

#[test]
fn a_denied_order_has_one_report_and_no_row() {
    let mut desk = Desk::new(wide());
    let id = desk.order(LINEAR, Side::Buy, MID, 0).client_order_id;
    assert!(desk.buy(LINEAR, MID, 0).is_err());
    assert_eq!(story(&desk, id), ["Denied DENIED 0"]);
    assert_eq!(desk.clerk.orders().get(id), None);
    assert_eq!(desk.clerk.orders().absence(id), Anomaly::AfterEnd, "its number is used");
}

#[test]
fn requests_carry_the_order_its_venue_and_its_times() {
    let mut desk = Desk::new(wide());
    let mut clerk = Execution::new(desk.instruments.clone(), 4);
    let bid = desk.order(SPOT, Side::Buy, 300_000, 100);
    let decision = desk.ask(engine_model::intent::IntentKind::Submit(bid));
    assert_eq!(clerk.venue_of(&decision), Some(VenueId::BinanceSpot));
    let sent = desk.now.plus(77);
    let (venue, request) = clerk.on_decision(&decision, sent, None).request.unwrap();
    let want = Request {
        client_order_id: bid.client_order_id,
        instrument: SPOT,
        decided_at_ns: desk.now,
        sent_at_ns: sent,
        what: RequestKind::Place(bid),
    };
    assert_eq!((venue, request), (VenueId::BinanceSpot, want));
    let decision = desk.cancel(bid.client_order_id);
    assert_eq!(clerk.venue_of(&decision), None);
    let (venue, request) = clerk.on_decision(&decision, sent, Some(backpressure(9, 8))).request.unwrap();
    assert_eq!((venue, request), (VenueId::BinanceSpot, Request { what: RequestKind::Cancel, ..want }));
}

#[test]
fn an_order_for_a_full_ring_is_denied_and_its_lots_no_longer_work() {
    let mut desk = Desk::new(wide());
    let order = desk.order(LINEAR, Side::Buy, MID, 10);
    let intent = engine_model::intent::IntentKind::Submit(order);
    let mut risk = desk.risk.clone();
    let asked = engine_model::intent::Intent { strategy: StrategyId(1), what: intent, ..Default::default() };
    let decision = risk.judge(&asked, desk.now, crate::risk::Outside::default());
    let outcome = desk.clerk.on_decision(&decision, desk.now, Some(backpressure(225, 224)));
    assert_eq!(outcome.request, None);
    let report = outcome.reports[0].unwrap();
    assert_eq!(report.event, OrderEvent::Denied(backpressure(225, 224)));
    assert_eq!(risk.exposure().working(LINEAR).buys, 10);
    risk.on_report(&report);
    assert_eq!(risk.exposure().working(LINEAR).buys, 0);
}

#[test]
fn a_fill_that_overtook_the_acknowledgement_is_booked_and_the_acknowledgement_counted() {
    let mut desk = Desk::new(wide());
    let id = desk.buy(LINEAR, MID, 10).unwrap();
    desk.reply(id, filled(1, MID, 4));
    desk.reply(id, ReplyKind::Accepted);
    assert_eq!(story(&desk, id), ["Submitted SUBMITTED 0", "Filled PARTIALLY_FILLED 4"]);
    assert_eq!(anomalies(&desk), [("invalid_transition", 1)]);
    assert_eq!(desk.clerk.anomalies().order(Anomaly::InvalidTransition), id);
}

#[test]
fn a_late_fill_is_told_before_the_cancel_that_overtook_it() {
    for (end, end_story) in [(ReplyKind::Canceled, "Canceled CANCELED"), (ReplyKind::Expired, "Expired EXPIRED")] {
        let mut desk = Desk::new(wide());
        let id = desk.buy(LINEAR, MID, 10).unwrap();
        desk.reply(id, ReplyKind::Accepted);
        desk.reply(id, end);
        desk.reply(id, filled(1, MID, 4));
        let part = ["Filled PARTIALLY_FILLED 4".to_owned(), format!("{end_story} 4")];
        assert_eq!(story(&desk, id)[3..], part, "a part, and the rest stays withdrawn");
        assert_eq!(desk.clerk.orders().open_count(), 0);
        desk.reply(id, filled(2, MID, 6));
        assert_eq!(story(&desk, id)[5..], ["Filled FILLED 10"], "and the whole");
        assert_eq!(desk.risk.portfolio().qty(LINEAR), 10);
        assert_eq!(anomalies(&desk), [("late_fill", 2)]);
    }
}

#[test]
fn an_execution_told_twice_is_booked_once_even_after_the_end() {
    let mut desk = Desk::new(wide());
    let id = desk.buy(LINEAR, MID, 10).unwrap();
    desk.reply(id, filled(1, MID, 4));
    desk.reply(id, filled(1, MID, 4));
    desk.reply(id, filled(2, MID, 6));
    desk.reply(id, filled(2, MID, 6));
    assert_eq!(desk.risk.portfolio().qty(LINEAR), 10);
    assert_eq!(anomalies(&desk), [("duplicate_trade", 2)]);
    let other = desk.sell(LINEAR, MID, 3).unwrap();
    desk.reply(other, filled(2, MID, 3));
    assert_eq!(desk.risk.portfolio().qty(LINEAR), 7, "both sides of one trade may be ours");
}

#[test]
fn fills_that_cannot_be_are_counted_and_not_booked() {
    let mut desk = Desk::new(wide());
    let id = desk.buy(LINEAR, MID, 10).unwrap();
    desk.reply(id, filled(1, MID, 11));
    desk.reply(id, filled(2, MID, 0));
    desk.reply(id, filled(3, MID, -1));
    desk.reply(id, filled(4, 0, 1));
    desk.reply(id, filled(5, i64::MAX, i64::MAX));
    desk.reply(id, filled(6, MID, 10));
    desk.reply(id, filled(7, MID, 1));
    assert_eq!(desk.risk.portfolio().qty(LINEAR), 10);
    assert_eq!(anomalies(&desk), [("after_end", 1), ("overfill", 1), ("impossible_fill", 4)]);
}

#[test]
fn answers_to_nothing_are_told_apart() {
    let mut desk = Desk::new(wide());
    let id = desk.buy(LINEAR, MID, 10).unwrap();
    let never = ClientOrderId::new(1, EPOCH, 2);
    desk.reply(never, ReplyKind::Accepted);
    desk.reply(never, ReplyKind::CancelRejected(RejectReason::UnknownOrder));
    assert_eq!(anomalies(&desk), [("unknown_order", 2)]);
    desk.reply(id, ReplyKind::Rejected(RejectReason::Filter));
    desk.reply(id, ReplyKind::Accepted);
    assert_eq!(anomalies(&desk), [("unknown_order", 2), ("after_end", 1)]);
}

#[test]
fn a_cancel_that_crosses_the_end_of_its_order_is_weather() {
    let mut desk = Desk::new(wide());
    let id = desk.buy(LINEAR, MID, 10).unwrap();
    desk.cancel(id);
    desk.reply(id, filled(1, MID, 10));
    desk.reply(id, ReplyKind::CancelRejected(RejectReason::UnknownOrder));
    assert_eq!(anomalies(&desk), [("crossed_cancel", 1)], "the order was filled first");
    let id = desk.buy(LINEAR, MID, 10).unwrap();
    let decision = desk.cancel(id);
    desk.reply(id, ReplyKind::Canceled);
    desk.reply(id, ReplyKind::CancelRejected(RejectReason::UnknownOrder));
    assert_eq!(anomalies(&desk), [("crossed_cancel", 2)], "canceled twice");
    assert_eq!(
        desk.clerk.on_decision(&decision, desk.now, None),
        Outcome::default(),
        "decided before the end was known"
    );
    assert_eq!(anomalies(&desk), [("crossed_cancel", 3)]);
}

#[test]
fn withdrawing_all_reaches_every_open_order_in_the_order_of_their_ids() {
    let mut desk = Desk::new(wide());
    let ids: Vec<_> = (0..5).map(|n| desk.buy(LINEAR, MID - n, 1).unwrap()).collect();
    desk.reply(ids[1], filled(1, MID, 1));
    let all =
        Decision { what: DecisionKind::CommandTaken { id: 1, what: CommandKind::CancelAll }, ..Decision::default() };
    let told = desk.clerk.on_decision(&all, desk.now, None);
    let [Some(report), None, None] = told.reports else { panic!("{told:?}") };
    let withdrawn = (StrategyId(0), OrderEvent::Steered(Steer::Withdraw));
    assert_eq!((told.request, report.strategy, report.event), (None, withdrawn.0, withdrawn.1), "desks hear of it");
    let first = desk.clerk.withdraw_next(desk.now, |_| true).unwrap().request.unwrap().1;
    assert_eq!((first.client_order_id, first.what), (ids[0], RequestKind::Cancel));
    desk.clerk.on_reply(&Reply { client_order_id: ids[2], what: filled(2, MID, 1), ..Reply::default() });
    let mut reached = Vec::new();
    while let Some(outcome) = desk.clerk.withdraw_next(desk.now, |_| true) {
        reached.extend(outcome.request.map(|(_, request)| request.client_order_id));
    }
    assert_eq!(reached, ids[3..], "the one that was filled meanwhile is left alone");
    assert_eq!(anomalies(&desk), [], "and that is nothing odd");
}

#[test]
fn closed_orders_wait_for_late_fills_until_newer_ones_take_their_place() {
    let mut desk = Desk::with(wide(), 1_000_000, 3, |_| {});
    let mut ids = Vec::new();
    for _ in 0..4 {
        let id = desk.buy(LINEAR, MID, 10).unwrap();
        desk.reply(id, ReplyKind::Canceled);
        ids.push(id);
    }
    assert_eq!(desk.clerk.orders().get(ids[0]), None, "three are kept");
    desk.fill(ids[0], MID, 1);
    desk.fill(ids[1], MID, 1);
    assert_eq!(anomalies(&desk), [("after_end", 1), ("late_fill", 1)]);
}

/// Tells a table of one step of the `counter`-th order, of nine lots.
fn tell(table: &mut OrderTable, counter: u32, event: OrderEvent, status: OrderStatus, filled: i64) {
    let client_order_id = ClientOrderId::new(1, EPOCH, counter);
    let (qty, filled_qty) = (Lots(9), Lots(filled));
    let told = table.apply(&Report { client_order_id, event, status, qty, filled_qty, ..Report::default() });
    assert!(told.is_ok(), "{counter} {event:?}: {told:?}");
}

#[test]
fn an_order_that_a_late_fill_revived_is_kept_and_forgotten_like_any_other() {
    let mut table = OrderTable::new(2);
    let close = |table: &mut OrderTable, counter| {
        tell(table, counter, OrderEvent::Submitted, OrderStatus::Submitted, 0);
        tell(table, counter, OrderEvent::Canceled, OrderStatus::Canceled, 0);
    };
    let first = ClientOrderId::new(1, EPOCH, 1);
    close(&mut table, 1);
    let (last_px, last_qty, fee, liquidity) = (Ticks(MID), Lots(1), Quote(0), Liquidity::Maker);
    let late = OrderEvent::Filled { trade_id: 1, last_px, last_qty, fee, liquidity };
    tell(&mut table, 1, late, OrderStatus::PartiallyFilled, 1);
    close(&mut table, 2);
    close(&mut table, 3); // takes the place of the first among the closed, which is open now
    assert!(table.get_open(first).is_some());
    tell(&mut table, 1, OrderEvent::Canceled, OrderStatus::Canceled, 1);
    assert!(table.get(first).is_some(), "it closed again, last");
    close(&mut table, 4);
    assert!(table.get(first).is_some());
    close(&mut table, 5);
    assert_eq!((table.get(first), table.open_count()), (None, 0));
}

#[test]
fn a_report_that_belies_itself_does_not_fold() {
    let mut desk = Desk::new(wide());
    let id = desk.buy(LINEAR, MID, 10).unwrap();
    let mut table = desk.clerk.orders().clone();
    let honest = Report {
        client_order_id: id,
        strategy: StrategyId(1),
        event: OrderEvent::Accepted,
        status: OrderStatus::Accepted,
        qty: Lots(10),
        ..Report::default()
    };
    for lie in [
        Report { status: OrderStatus::Filled, ..honest },
        Report { filled_qty: Lots(1), ..honest },
        Report { event: OrderEvent::Triggered, ..honest },
    ] {
        assert_eq!(table.apply(&lie), Err(Anomaly::InvalidTransition), "{lie:?}");
    }
    let submitted = Report { event: OrderEvent::Submitted, status: OrderStatus::Submitted, ..honest };
    assert_eq!(table.apply(&submitted), Err(Anomaly::InvalidTransition), "submitted twice");
    let unknown = Report { client_order_id: ClientOrderId::new(1, EPOCH, 9), ..honest };
    assert_eq!(table.apply(&unknown), Err(Anomaly::UnknownOrder));
    assert_eq!(table.apply(&honest), Ok(()));
    assert_eq!(table.get(honest.client_order_id).map(|row| row.status), Some(OrderStatus::Accepted));
    let fill = |filled| {
        let (last_px, last_qty, fee, liquidity) = (Ticks(MID), Lots(3), Quote(0), Liquidity::Maker);
        let event = OrderEvent::Filled { trade_id: 7, last_px, last_qty, fee, liquidity };
        Report { event, status: OrderStatus::PartiallyFilled, filled_qty: Lots(filled), ..honest }
    };
    let change = table.look(&fill(3)).map(|change| (change.before.leaves(), change.row.leaves()));
    assert_eq!(change, Ok((Lots(10), Lots(7))));
    assert_eq!(table.apply(&fill(3)), Ok(()));
    assert_eq!(table.apply(&fill(6)), Err(Anomaly::DuplicateTrade), "told by the journal as by a venue");
}

#[test]
#[should_panic(expected = "used twice")]
fn an_id_that_was_used_cannot_begin_again() {
    let mut table = OrderTable::new(4);
    let order = Order { client_order_id: ClientOrderId::new(1, EPOCH, 2), qty: Lots(1), ..Order::default() };
    table.begin(&order, StrategyId(1));
    table.begin(&Order { client_order_id: ClientOrderId::new(1, EPOCH, 1), ..order }, StrategyId(1));
}

#[test]
#[should_panic(expected = "is full")]
fn an_order_beyond_the_table_is_a_bug() {
    let mut table = OrderTable::new(1);
    for counter in 1..=2 {
        let order = Order { client_order_id: ClientOrderId::new(1, EPOCH, counter), ..Order::default() };
        table.begin(&Order { qty: Lots(1), ..order }, StrategyId(1));
    }
}

/// Everything a venue may say, at random, to living and dead orders alike.
fn chaos(desk: &mut Desk, random: &mut Random, ids: &mut Vec<ClientOrderId>) {
    if random.once_in(3) || ids.is_empty() {
        ids.extend(desk.buy(LINEAR, MID, random.within(1, 5)).ok());
        return;
    }
    let recent = ids.len() - 1 - random.below(ids.len().min(12) as u64) as usize;
    let id = ids[recent];
    match random.below(8) {
        0 => desk.reply(id, ReplyKind::Accepted),
        1 => desk.reply(id, ReplyKind::Rejected(RejectReason::Filter)),
        2 => desk.reply(id, ReplyKind::Canceled),
        3 => desk.reply(id, ReplyKind::Expired),
        4 => desk.reply(id, ReplyKind::CancelRejected(RejectReason::UnknownOrder)),
        5 => {
            desk.cancel(id);
        }
        _ => desk.reply(id, filled(random.below(60), MID, random.within(-1, 4))),
    }
}

#[test]
fn whoever_folds_the_reports_has_the_table_and_the_money() {
    for seed in 0..200 {
        let mut random = Random::new(seed);
        let mut desk = Desk::with(wide(), 1_000_000, 4, |_| {});
        let mut ids = Vec::new();
        let (mut folded, mut twin, mut bought) = (OrderTable::new(4), BTreeMap::new(), 0);
        let mut told = 0;
        for _ in 0..300 {
            chaos(&mut desk, &mut random, &mut ids);
            for entry in &desk.entries[told..] {
                let Entry::Report(report) = entry else { continue };
                assert!(folded.apply(report).is_ok(), "{report:?}");
                twin.insert(report.client_order_id, (report.status, report.filled_qty));
                if let OrderEvent::Filled { last_qty, .. } = report.event {
                    bought += last_qty.0;
                }
            }
            told = desk.entries.len();
            let open = twin.values().filter(|(status, _)| !status.is_terminal()).count();
            assert_eq!((folded.open_count(), desk.clerk.orders().open_count()), (open, open));
            assert_eq!(desk.risk.portfolio().qty(LINEAR), bought);
            let left: i64 = twin.keys().filter_map(|id| folded.get_open(*id)).map(|row| row.leaves().0).sum();
            assert_eq!(desk.risk.exposure().working(LINEAR).buys, i128::from(left));
            for (id, (status, filled_qty)) in &twin {
                let row = folded.get(*id).map(|row| (row.status, row.filled_qty));
                assert!(row == Some((*status, *filled_qty)) || row.is_none() && status.is_terminal());
            }
        }
        let hash = |table: &OrderTable| {
            let mut hasher = blake3::Hasher::new();
            table.digest(&mut hasher);
            hasher.finalize()
        };
        assert_eq!(hash(&folded), hash(desk.clerk.orders()), "seed {seed}");
        let mut hasher = blake3::Hasher::new();
        desk.clerk.digest(&mut hasher);
        assert_eq!(hasher.finalize(), hash(&folded));
    }
}

#[test]
fn a_change_at_the_venue_is_what_the_order_is_from_then_on() {
    let mut desk = Desk::new(wide());
    let id = desk.buy(LINEAR, MID, 10).unwrap();
    desk.reply(id, ReplyKind::Accepted);
    desk.reply(id, filled(1, MID, 4));
    assert_eq!(desk.risk.exposure().working(LINEAR).buys, 6);
    desk.reply(id, ReplyKind::Updated { px: Ticks(MID - 5), qty: Lots(7) });
    let row = desk.clerk.orders().get(id).copied().unwrap();
    assert_eq!((row.px, row.qty, row.leaves()), (Ticks(MID - 5), Lots(7), Lots(3)));
    assert_eq!(desk.risk.exposure().working(LINEAR).buys, 3, "risk counts what the venue holds");
    for (px, qty) in [(MID, 4), (MID, 3), (0, 9)] {
        desk.reply(id, ReplyKind::Updated { px: Ticks(px), qty: Lots(qty) });
    }
    assert_eq!(anomalies(&desk), [("invalid_transition", 3)], "less than was filled, or for nothing");
    desk.reply(id, ReplyKind::ModifyRejected(RejectReason::Filter));
    assert_eq!(anomalies(&desk), [("invalid_transition", 3)], "it is told, and changes nothing");
    desk.reply(id, filled(2, MID - 5, 3));
    assert_eq!(desk.clerk.orders().get(id), None);
}

/// An order of 100 that stands, and was asked to become one of that many.
fn being_changed(qty: i64) -> (Desk, ClientOrderId) {
    let mut desk = Desk::new(wide());
    let id = desk.buy(LINEAR, MID, 100).unwrap();
    desk.reply(id, ReplyKind::Accepted);
    desk.ask(IntentKind::Modify(Change { client_order_id: id, px: Ticks(MID), qty: Lots(qty) }));
    (desk, id)
}

#[test]
fn what_fills_of_a_larger_order_before_the_change_is_answered_counts() {
    for parts in [&[150][..], &[100, 50], &[40, 100, 10]] {
        let (mut desk, id) = being_changed(150);
        for (part, trade_id) in parts.iter().zip(1..) {
            assert_eq!(desk.clerk.orders().open_count(), 1);
            desk.reply(id, filled(trade_id, MID, *part));
        }
        assert_eq!((desk.risk.portfolio().qty(LINEAR), desk.clerk.orders().open_count()), (150, 0), "{parts:?}");
        assert_eq!(desk.risk.exposure().working(LINEAR).buys, 0);
        assert_eq!(anomalies(&desk), []);
    }
    let (mut desk, id) = being_changed(150);
    desk.reply(id, filled(1, MID, 120));
    desk.reply(id, ReplyKind::Updated { px: Ticks(MID), qty: Lots(150) });
    assert_eq!(desk.clerk.orders().get(id).map(|row| (row.qty, row.leaves())), Some((Lots(150), Lots(30))));
    desk.reply(id, filled(2, MID, 31));
    assert_eq!(anomalies(&desk), [("overfill", 1)]);
}

#[test]
fn an_order_that_was_filled_as_it_was_is_over_when_the_larger_one_is_refused() {
    let (mut desk, id) = being_changed(150);
    desk.reply(id, filled(1, MID, 100));
    assert_eq!(desk.risk.exposure().working(LINEAR).buys, 50, "it may have become larger");
    desk.reply(id, ReplyKind::ModifyRejected(RejectReason::UnknownOrder));
    assert_eq!(story(&desk, id)[3..], ["Filled PARTIALLY_FILLED 100", "ModifyRejected FILLED 100"]);
    assert_eq!((desk.clerk.orders().open_count(), desk.risk.exposure().working(LINEAR).buys), (0, 0));
}

#[test]
fn a_question_that_is_refused_behind_a_fill_is_closed() {
    let (mut desk, id) = being_changed(150);
    desk.reply(id, filled(1, MID, 10));
    desk.reply(id, ReplyKind::ModifyRejected(RejectReason::Other));
    assert_eq!(story(&desk, id)[3..], ["Filled PARTIALLY_FILLED 10", "ModifyRejected PARTIALLY_FILLED 10"]);
    assert_eq!(desk.risk.exposure().working(LINEAR).buys, 90, "nothing more is asked for");
    desk.cancel(id);
    desk.reply(id, filled(2, MID, 10));
    desk.reply(id, ReplyKind::CancelRejected(RejectReason::Other));
    assert_eq!(story(&desk, id)[6..], ["Filled PARTIALLY_FILLED 20", "CancelRejected PARTIALLY_FILLED 20"]);
    assert_eq!(anomalies(&desk), []);
    let (mut desk, id) = being_changed(150);
    desk.cancel(id);
    desk.reply(id, ReplyKind::ModifyRejected(RejectReason::Other));
    desk.reply(id, ReplyKind::CancelRejected(RejectReason::Other));
    assert_eq!(
        story(&desk, id)[3..],
        ["PendingCancel PENDING_CANCEL 0", "ModifyRejected PENDING_CANCEL 0", "CancelRejected ACCEPTED 0"]
    );
}

/// What was granted, and not carried out yet.
fn granted(desk: &mut Desk, id: ClientOrderId, qty: i64) -> Decision {
    let what = IntentKind::Modify(Change { client_order_id: id, px: Ticks(MID), qty: Lots(qty) });
    let intent = Intent { strategy: StrategyId(1), what, ..Intent::default() };
    desk.risk.judge(&intent, desk.now, crate::risk::Outside::default())
}

#[test]
fn an_order_may_end_before_the_change_that_was_granted_comes_to_it() {
    let mut desk = Desk::new(wide());
    let id = desk.buy(LINEAR, MID, 100).unwrap();
    desk.reply(id, ReplyKind::Accepted);
    let change = granted(&mut desk, id, 150);
    assert_eq!(desk.risk.exposure().working(LINEAR).buys, 150);
    desk.reply(id, filled(1, MID, 100));
    assert_eq!(
        (story(&desk, id)[2..].join(""), desk.risk.exposure().working(LINEAR).buys),
        ("Filled FILLED 100".into(), 0)
    );
    desk.carry_out(&change);
    assert_eq!((story(&desk, id).len(), anomalies(&desk)), (3, vec![("crossed_cancel", 1)]));
}

#[test]
fn a_change_that_is_dropped_is_told_and_no_longer_counted() {
    let mut desk = Desk::new(wide());
    let id = desk.buy(LINEAR, MID, 100).unwrap();
    desk.reply(id, ReplyKind::Accepted);
    let change = granted(&mut desk, id, 150);
    desk.reply(id, filled(1, MID, 10));
    desk.cancel(id);
    desk.carry_out(&change);
    assert_eq!(story(&desk, id)[4..], ["ModifyDenied PENDING_CANCEL 10"]);
    assert_eq!(desk.risk.exposure().working(LINEAR).buys, 90);
    desk.reply(id, ReplyKind::CancelRejected(RejectReason::Other));
    desk.ask(IntentKind::Modify(Change { client_order_id: id, px: Ticks(MID), qty: Lots(120) }));
    assert_eq!(story(&desk, id)[6..], ["PendingUpdate PENDING_UPDATE 10"], "and may be asked for again");
}

#[test]
fn a_change_that_risk_denies_is_told_with_its_refusal_and_leaves_the_order_as_it_is() {
    let (mut desk, id) = being_changed(150);
    let Decision { what: DecisionKind::Denied(denial), .. } =
        desk.ask(IntentKind::Modify(Change { client_order_id: id, px: Ticks(MID), qty: Lots(170) }))
    else {
        panic!("one is under way")
    };
    let Some(Entry::Report(told)) = desk.entries.last().copied() else { panic!("nothing was told") };
    assert_eq!(told.event, OrderEvent::ModifyDenied { refusal: denial.refusal, was_granted: false });
    assert_eq!(
        (told.strategy, told.status, told.qty, told.px),
        (StrategyId(1), OrderStatus::PendingUpdate, Lots(100), Ticks(MID))
    );
    assert_eq!(desk.risk.exposure().working(LINEAR).buys, 150, "the first one is still asked for");
    desk.reply(id, ReplyKind::Updated { px: Ticks(MID), qty: Lots(150) });
    assert_eq!(desk.risk.exposure().working(LINEAR).buys, 150);
    let theirs = Intent {
        strategy: StrategyId(2),
        what: IntentKind::Modify(Change { client_order_id: id, px: Ticks(MID), qty: Lots(9) }),
        ..Intent::default()
    };
    desk.ask_for(theirs);
    assert!(matches!(desk.entries.last(), Some(Entry::Decision(_))), "of another's order nothing is told");
}

#[test]
fn a_change_is_barred_as_an_order_is_and_told() {
    let mut desk = Desk::new(wide());
    let id = desk.buy(LINEAR, MID, 100).unwrap();
    desk.reply(id, ReplyKind::Accepted);
    for refusal in [Refusal::new(Check::Killed, 1, 0), backpressure(225, 224)] {
        let change = granted(&mut desk, id, 150);
        let venue = desk.instruments.get(LINEAR).venue;
        assert_eq!(desk.clerk.venue_of(&change), Some(venue), "its ring is looked at");
        let outcome = desk.clerk.on_decision(&change, desk.now, Some(refusal));
        let told = outcome.reports[0].unwrap();
        assert_eq!((outcome.request, told.event), (None, OrderEvent::ModifyDenied { refusal, was_granted: true }));
        desk.risk.on_report(&told);
        assert_eq!((told.status, desk.risk.exposure().working(LINEAR).buys), (OrderStatus::Accepted, 100));
    }
}

#[test]
fn a_second_change_waits_for_the_answer_to_the_first() {
    let mut desk = Desk::new(wide());
    let id = desk.buy(LINEAR, MID, 100).unwrap();
    desk.reply(id, ReplyKind::Accepted);
    let change = granted(&mut desk, id, 150);
    desk.carry_out(&change);
    let second = desk.clerk.on_decision(&change, desk.now, None);
    let told = second.reports[0].unwrap();
    assert!(matches!(told.event, OrderEvent::ModifyDenied { was_granted: true, .. }), "{told:?}");
    assert_eq!((second.request, told.status), (None, OrderStatus::PendingUpdate));
    assert_eq!(desk.clerk.orders().get(id).map(OrderRow::leaves), Some(Lots(150)), "the first is under way");
}

#[test]
fn what_was_withdrawn_while_it_was_held_is_not_let_go_behind_it() {
    for by_operator in [true, false] {
        let mut desk = Desk::new(wide());
        let order = desk.order(LINEAR, Side::Buy, MID, 10);
        let (id, order_type) = (order.client_order_id, engine_model::order::OrderType::StopLimit);
        desk.ask(IntentKind::Hold(Order { order_type, trigger_px: Ticks(MID), ..order }));
        let (now, outside) = (desk.now, crate::risk::Outside::default());
        let wish = |what| Intent { strategy: StrategyId(1), what, ..Intent::default() };
        let command = engine_model::command::Command { id: 1, asked_at_ns: now, what: CommandKind::CancelAll };
        let withdrawn = match by_operator {
            true => desk.risk.on_command(&command, now),
            false => desk.risk.judge(&wish(IntentKind::Cancel(id)), now, outside),
        };
        let released = desk.risk.judge(&wish(IntentKind::Release(order)), now, outside);
        assert!(matches!(released.what, DecisionKind::Denied(_)), "{released:?}");
        desk.carry_out(&withdrawn);
        desk.carry_out(&released);
        assert_eq!(story(&desk, id), ["Emulated EMULATED 0", "Canceled CANCELED 0"]);
    }
}

/// An order of a run before, of 10 at the middle, with 4 executed then.
fn adopted(desk: &mut Desk, id: ClientOrderId) {
    let what = ReplyKind::Adopted { side: Side::Buy, px: Ticks(MID), qty: Lots(10), filled: Lots(4) };
    desk.reply_on(LINEAR, id, what);
}

#[test]
fn an_order_of_a_run_before_that_stands_counts_like_one_of_this() {
    let mut desk = Desk::new(wide());
    let id = ClientOrderId::new(1, EPOCH - 1, 77);
    let working = |desk: &Desk| desk.risk.exposure().working(LINEAR).position_if_filled(0, Side::Buy);
    adopted(&mut desk, id);
    assert_eq!(story(&desk, id), ["Accepted ACCEPTED 4"]);
    assert_eq!((working(&desk), desk.clerk.orders().open_count()), (6, 1), "what was executed then is no exposure now");
    adopted(&mut desk, id);
    assert_eq!((story(&desk, id).len(), anomalies(&desk)), (1, vec![("unknown_order", 1)]), "once");
    desk.reply(id, ReplyKind::Updated { px: Ticks(MID), qty: Lots(11) });
    adopted(&mut desk, ClientOrderId::new(1, EPOCH - 1, 70));
    desk.reply(ClientOrderId::new(1, EPOCH - 1, 70), ReplyKind::Canceled);
    // Behind an order of this run, too: numbers of runs rise.
    let own = desk.buy(LINEAR, MID, 10).unwrap();
    let second = ClientOrderId::new(1, EPOCH - 2, 5);
    adopted(&mut desk, second);
    assert_eq!((working(&desk), desk.clerk.orders().open_count()), (23, 3));
    desk.cancel(id);
    desk.reply(id, filled(1, MID, 7));
    desk.reply(second, ReplyKind::Canceled);
    assert_eq!(story(&desk, id)[2..], ["PendingCancel PENDING_CANCEL 4", "Filled FILLED 11"]);
    assert_eq!((working(&desk), desk.risk.portfolio().qty(LINEAR)), (10, 7), "executions of this run are its position");
    // One of this run is none that could be adopted.
    desk.reply(own, ReplyKind::Canceled);
    adopted(&mut desk, own);
    assert_eq!((working(&desk), desk.clerk.orders().open_count()), (0, 0));
}
