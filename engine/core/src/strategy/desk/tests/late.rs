//! Exits of an entry that fills bit by bit: what its first fills leave to exit may be nothing, or too small.

use super::*;

const BOUGHT: i64 = 10;

/// An entry of ten with one target, held on our side until it fills.
fn targeted(tie: Contingency) -> (Bench, ClientOrderId) {
    let mut bench = Bench::new();
    bench.at(1);
    let (entry, target) = (limit(Side::Buy, 600_000, BOUGHT), limit(Side::Sell, 610_000, BOUGHT));
    let entry = bench.list(Some(entry), tie, &[target]).expect("room");
    bench.obey(&mut BTreeMap::new());
    (bench, entry)
}

fn filled(bench: &mut Bench, entry: ClientOrderId, qty: i64, in_all: i64) {
    let status = if in_all == BOUGHT { OrderStatus::Filled } else { OrderStatus::PartiallyFilled };
    bench.report(entry, fill(qty), status, BOUGHT, in_all);
}

/// The venue kept so many coins of what an order bought.
fn charged(bench: &mut Bench, entry: ClientOrderId, qty: i64) {
    bench.close_out(Cause::CoinFee, entry, qty);
}

/// The one order that is let go or entered, and how large it is.
fn leaves(bench: &mut Bench) -> (ClientOrderId, i64) {
    match bench.wishes()[..] {
        [IntentKind::Submit(order) | IntentKind::Release(order)] => (order.client_order_id, order.qty.0),
        ref other => panic!("{other:?}"),
    }
}

const TIES: [Contingency; 3] = [Contingency::None, Contingency::Oco, Contingency::Ouo];

/// Its first fill was of one coin, and that the venue kept: there is nothing to sell yet, and nine are to come.
#[test]
fn a_target_waits_for_more_when_a_fee_took_all_that_had_filled() {
    let denied = OrderEvent::Denied(Refusal::new(Check::ShortSpot, -1, 0));
    let ends = [
        (OrderEvent::Canceled, OrderStatus::Canceled),
        (OrderEvent::Rejected(RejectReason::InsufficientFunds), OrderStatus::Rejected),
        (denied, OrderStatus::Denied),
    ];
    for (tie, (event, status)) in TIES.into_iter().flat_map(|tie| ends.map(|end| (tie, end))) {
        let (mut bench, entry) = targeted(tie);
        filled(&mut bench, entry, 1, 1);
        let (target, 1) = leaves(&mut bench) else { panic!("one is there to sell") };
        if status == OrderStatus::Canceled {
            bench.report(target, OrderEvent::Accepted, OrderStatus::Accepted, 1, 0);
        }
        charged(&mut bench, entry, 1);
        assert_eq!(bench.wishes(), [IntentKind::Cancel(target)], "there is nothing to sell");
        bench.report(target, event, status, 1, 0);
        assert_eq!((bench.wishes(), bench.seat.desk().followed()), (Vec::new(), 2), "{tie:?} {status:?}");
        filled(&mut bench, entry, 4, 5);
        let (again, 4) = leaves(&mut bench) else { panic!("{tie:?} {status:?}: no exit for four") };
        bench.report(again, OrderEvent::Accepted, OrderStatus::Accepted, 4, 0);
        filled(&mut bench, entry, 5, 10);
        let change = Change { client_order_id: again, px: Ticks(610_000), qty: Lots(9) };
        assert_eq!(bench.wishes(), [IntentKind::Modify(change)]);
        bench.report(again, OrderEvent::Updated, OrderStatus::Accepted, 9, 0);
        bench.report(again, fill(9), OrderStatus::Filled, 9, 9);
        assert_eq!((bench.wishes(), bench.seat.desk().followed()), (Vec::new(), 0), "{tie:?} {status:?}");
    }
}

/// The same when the entry ends there: nothing is left to wait for.
#[test]
fn a_target_ends_with_an_entry_of_which_a_fee_took_all() {
    for is_withdrawn_first in [true, false] {
        let (mut bench, entry) = targeted(Contingency::Ouo);
        filled(&mut bench, entry, 1, 1);
        let (target, _) = leaves(&mut bench);
        bench.report(target, OrderEvent::Accepted, OrderStatus::Accepted, 1, 0);
        charged(&mut bench, entry, 1);
        for is_target in [is_withdrawn_first, !is_withdrawn_first] {
            match is_target {
                true => bench.report(target, OrderEvent::Canceled, OrderStatus::Canceled, 1, 0),
                false => bench.report(entry, OrderEvent::Canceled, OrderStatus::Canceled, BOUGHT, 1),
            }
        }
        assert_eq!(bench.wishes(), [IntentKind::Cancel(target)]);
        assert_eq!(bench.seat.desk().followed(), 0, "{is_withdrawn_first}");
    }
}

/// Whoever withdraws it means it, also while the desk withdraws it to bring it back.
#[test]
fn a_target_that_is_withdrawn_by_its_strategy_does_not_come_back() {
    let (mut bench, entry) = targeted(Contingency::Ouo);
    filled(&mut bench, entry, 1, 1);
    let (target, _) = leaves(&mut bench);
    charged(&mut bench, entry, 1);
    bench.wishes();
    bench.cancel(target).expect("room");
    bench.wishes();
    bench.report(target, OrderEvent::Canceled, OrderStatus::Canceled, 1, 0);
    filled(&mut bench, entry, 9, 10);
    assert_eq!((bench.wishes(), bench.seat.desk().followed()), (Vec::new(), 0));
}

/// What has filled first is less than the venue, or we, take as an order: it is no accident that lasts.
#[test]
fn a_target_that_is_refused_for_its_size_waits_until_it_may_be_larger() {
    let noes = [
        (OrderEvent::Denied(Refusal::new(Check::OrderQtyMin, 1, 2)), OrderStatus::Denied),
        (OrderEvent::Denied(Refusal::new(Check::OrderNotionalMin, 1, 2)), OrderStatus::Denied),
        (OrderEvent::Rejected(RejectReason::Filter), OrderStatus::Rejected),
    ];
    for (event, status) in noes {
        let (mut bench, entry) = targeted(Contingency::Ouo);
        filled(&mut bench, entry, 1, 1);
        let (target, 1) = leaves(&mut bench) else { panic!("one is there to sell") };
        bench.report(target, event, status, 1, 0);
        bench.at(2).at(60);
        assert_eq!(
            (bench.wishes(), bench.seat.desk().followed()),
            (Vec::new(), 2),
            "not as it was: that would be a circle"
        );
        filled(&mut bench, entry, 3, 4);
        let (again, 4) = leaves(&mut bench) else { panic!("no exit for four") };
        bench.report(again, event, status, 4, 0);
        assert_eq!(bench.wishes(), []);
        bench.report(entry, OrderEvent::Canceled, OrderStatus::Canceled, BOUGHT, 4);
        assert_eq!((bench.wishes(), bench.seat.desk().followed()), (Vec::new(), 0), "dust that nobody takes");
    }
}

/// A target that had all there was comes back for what its entry fills after it.
#[test]
fn a_target_that_filled_whole_comes_back_for_what_its_entry_fills_after_it() {
    for tie in TIES {
        let (mut bench, entry) = targeted(tie);
        filled(&mut bench, entry, 3, 3);
        let (target, 3) = leaves(&mut bench) else { panic!("three are there to sell") };
        bench.report(target, OrderEvent::Accepted, OrderStatus::Accepted, 3, 0);
        bench.report(target, fill(3), OrderStatus::Filled, 3, 3);
        assert_eq!(bench.wishes(), []);
        filled(&mut bench, entry, 7, 10);
        let (again, 7) = leaves(&mut bench) else { panic!("{tie:?}: seven have no exit") };
        bench.report(again, fill(7), OrderStatus::Filled, 7, 7);
        assert_eq!((bench.wishes(), bench.seat.desk().followed()), (Vec::new(), 0), "{tie:?}");
    }
}

/// A pause withdraws the entry, which may fill until the venue has heard of that.
#[test]
fn a_target_that_filled_whole_waits_through_a_pause_until_its_entry_is_over() {
    for fills in [7, 0] {
        let (mut bench, entry) = targeted(Contingency::Oco);
        filled(&mut bench, entry, 3, 3);
        let (target, 3) = leaves(&mut bench) else { panic!("three are there to sell") };
        bench.report(target, OrderEvent::Accepted, OrderStatus::Accepted, 3, 0);
        bench.report(target, fill(3), OrderStatus::Filled, 3, 3);
        bench.seat.give_up(&mut bench.floor, true);
        assert_eq!(bench.wishes(), []);
        if fills == 0 {
            bench.report(entry, OrderEvent::Canceled, OrderStatus::Canceled, BOUGHT, 3);
        } else {
            filled(&mut bench, entry, 7, 10);
            let (again, 7) = leaves(&mut bench) else { panic!("seven have no exit") };
            bench.report(again, fill(7), OrderStatus::Filled, 7, 7);
        }
        assert_eq!((bench.wishes(), bench.seat.desk().followed()), (Vec::new(), 0));
    }
}
