//! The last gate before a venue: what slices did and may do never passes the order that they are of, whatever was wished
//! and judged before.

use super::*;
use crate::risk::test_desk::{Desk, Entry, wide};
use crate::test_instruments::LINEAR;
use engine_model::algorithm::AlgorithmKind;
use engine_model::intent::IntentKind;
use engine_model::market::Side;
use engine_model::order::{Contingency, Progress};
use engine_model::report::Liquidity;
use engine_model::units::{Lots, Quote, Ticks};

const MID: i64 = 600_000;

/// An order of ten that is worked in parts.
fn desk() -> (Desk, Order) {
    let mut desk = Desk::new(wide());
    let order = desk.order(LINEAR, Side::Buy, MID, 10);
    let primary = Order { contingency: Contingency::Primary(AlgorithmKind::Twap), ..order };
    desk.ask(IntentKind::Hold(primary));
    (desk, primary)
}

fn slice(desk: &mut Desk, primary: &Order, qty: i64) -> ClientOrderId {
    let order = desk.order(LINEAR, Side::Buy, MID, qty);
    let (parent, contingency) = (primary.client_order_id.counter(), Contingency::Spawned);
    desk.ask(IntentKind::Submit(Order { parent, contingency, ..order }));
    order.client_order_id
}

fn filled(trade_id: u64, px: i64, qty: i64) -> ReplyKind {
    let (last_px, last_qty) = (Ticks(px), Lots(qty));
    ReplyKind::Filled { trade_id, last_px, last_qty, fee: Quote(0), liquidity: Liquidity::Maker }
}

fn last(desk: &Desk, id: ClientOrderId) -> Report {
    let told = desk.entries.iter().rev().find_map(|entry| match entry {
        Entry::Report(report) if report.client_order_id == id => Some(*report),
        _ => None,
    });
    told.expect("told")
}

#[test]
fn a_slice_too_many_is_denied_at_the_last_gate_and_none_leaves_once_the_order_is_over() {
    let (mut desk, primary) = desk();
    let denied = |value, limit| OrderEvent::Denied(Refusal::new(Check::ParentQty, value, limit));
    let first = slice(&mut desk, &primary, 6);
    let much = slice(&mut desk, &primary, 5);
    assert_eq!(last(&desk, much).event, denied(11, 10), "six may fill, five more would be eleven");
    let whole = slice(&mut desk, &primary, 4);
    assert_eq!(last(&desk, whole).event, OrderEvent::Submitted);
    desk.reply(first, filled(1, MID, 2));
    desk.reply(first, ReplyKind::Canceled);
    let rest = slice(&mut desk, &primary, 5);
    assert_eq!(last(&desk, rest).event, denied(11, 10), "two are done, four may be");
    desk.ask(IntentKind::Cancel(primary.client_order_id));
    let after = slice(&mut desk, &primary, 1);
    assert_eq!(last(&desk, after).event, denied(7, 0));
    assert_eq!(desk.risk.exposure().working(LINEAR).buys, 4, "risk counts what stands");
}

#[test]
fn what_slices_fill_is_told_of_the_order_with_its_average_also_when_it_is_late() {
    let (mut desk, primary) = desk();
    let first = slice(&mut desk, &primary, 4);
    desk.reply(first, filled(1, MID, 4));
    let told = last(&desk, primary.client_order_id);
    assert_eq!((told.status, told.filled_qty), (OrderStatus::Emulated, Lots(4)));
    let second = slice(&mut desk, &primary, 6);
    desk.reply(second, filled(2, MID + 5, 2));
    desk.reply(second, ReplyKind::Canceled);
    desk.ask(IntentKind::Cancel(primary.client_order_id));
    desk.reply(second, filled(3, MID + 5, 2));
    let told = last(&desk, primary.client_order_id);
    assert_eq!((told.status, told.filled_qty, told.qty), (OrderStatus::Canceled, Lots(8), Lots(10)));
    let expected = Progress {
        slice: second.counter(),
        slices: 2,
        last_px: Ticks(MID + 5),
        last_qty: Lots(2),
        average_milliticks: MID * 1_000 + 2_500,
    };
    assert_eq!(told.event, OrderEvent::Worked(expected));
    desk.reply(second, filled(4, MID + 5, 2));
    assert_eq!(last(&desk, primary.client_order_id).status, OrderStatus::Filled, "late, and whole");
    assert_eq!(desk.risk.portfolio().qty(LINEAR), 10, "counted once");
}
