//! What a venue closes of a position leaves exits that can only close the rest of it.

use super::*;

const TARGET_PX: i64 = 610_000;

/// What a venue does by itself.
const CAUSES: [Cause; 3] = [Cause::Liquidation, Cause::Takeover, Cause::Deleveraging];

/// An entry of ten that filled, its exits under way.
fn bracket(all: Arc<Instruments>, tie: Contingency, exits: &[Order]) -> (Bench, Vec<ClientOrderId>) {
    let mut bench = Bench::of(all);
    bench.at(1);
    let entry = bench.list(Some(limit(Side::Buy, 600_000, 10)), tie, exits).expect("room");
    let mut family = BTreeMap::new();
    bench.obey(&mut family);
    bench.report(entry, fill(10), OrderStatus::Filled, 10, 10);
    bench.obey(&mut family);
    (bench, family.into_keys().skip(1).collect())
}

fn closed(bench: &mut Bench, cause: Cause, qty: i64) {
    bench.close_out(cause, ClientOrderId(0), qty);
}

fn smaller(id: ClientOrderId, qty: i64) -> IntentKind {
    IntentKind::Modify(Change { client_order_id: id, px: Ticks(TARGET_PX), qty: Lots(qty) })
}

/// None of these is reduce-only: as they stood, the target or the stop would have sold six that nobody holds.
#[test]
fn exits_are_of_what_a_venue_has_left_of_a_position() {
    let exits = [limit(Side::Sell, TARGET_PX, 10), stop(Side::Sell, 590_000, 10)];
    for (cause, is_stopped) in CAUSES.into_iter().flat_map(|cause| [(cause, false), (cause, true)]) {
        let (mut bench, ids) = bracket(instruments(), Contingency::Ouo, &exits);
        let [target, stop] = ids[..] else { panic!("{ids:?}") };
        closed(&mut bench, cause, 6);
        assert_eq!(bench.wishes(), [smaller(target, 4)], "{cause:?}");
        bench.report(target, OrderEvent::Updated, OrderStatus::Accepted, 4, 0);
        if is_stopped {
            bench.trade(590_000);
            assert_eq!(bench.wishes(), [IntentKind::Cancel(target)]);
            bench.report(target, OrderEvent::Canceled, OrderStatus::Canceled, 4, 0);
            let wishes = bench.wishes();
            assert!(matches!(wishes[..], [IntentKind::Release(order)] if order.qty == Lots(4)), "{wishes:?}");
            bench.report(stop, fill(4), OrderStatus::Filled, 4, 4);
        } else {
            bench.report(target, fill(4), OrderStatus::Filled, 4, 4);
            assert_eq!(bench.wishes(), [IntentKind::Cancel(stop)]);
            bench.report(stop, OrderEvent::Canceled, OrderStatus::Canceled, 10, 0);
        }
        assert_eq!((bench.position(), bench.wishes(), bench.seat.desk().followed()), (0, Vec::new(), 0), "{cause:?}");
    }
}

#[test]
fn exits_of_a_position_that_a_venue_closed_whole_are_withdrawn() {
    let exits = [limit(Side::Sell, TARGET_PX, 10), stop(Side::Sell, 590_000, 10)];
    for tie in [Contingency::None, Contingency::Oco, Contingency::Ouo] {
        let (mut bench, ids) = bracket(instruments(), tie, &exits);
        closed(&mut bench, Cause::Liquidation, 7);
        bench.wishes();
        closed(&mut bench, Cause::Liquidation, 3);
        let wishes: Vec<_> = ids.iter().map(|id| IntentKind::Cancel(*id)).collect();
        assert_eq!(bench.wishes(), wishes, "{tie:?}");
        bench.trade(590_000);
        assert_eq!(bench.wishes(), [], "{tie:?}: a stop of nothing");
        for id in ids {
            bench.report(id, OrderEvent::Canceled, OrderStatus::Canceled, 10, 0);
        }
        assert_eq!(bench.seat.desk().followed(), 0, "{tie:?}");
    }
}

/// Targets that know nothing of each other share what is left, and what filled already is gone.
#[test]
fn two_targets_of_half_each_are_of_what_is_left_together() {
    let half = limit(Side::Sell, TARGET_PX, 5);
    let (mut bench, ids) = bracket(instruments(), Contingency::None, &[half, half]);
    bench.report(ids[0], fill(1), OrderStatus::PartiallyFilled, 5, 1);
    closed(&mut bench, Cause::Deleveraging, 6);
    // Three of nine are left: of four and five that could still sell, six go.
    assert_eq!(bench.wishes(), [smaller(ids[0], 2), smaller(ids[1], 2)]);
}

/// Coins that no list is to exit are closed first: the exits open nothing with what is left.
#[test]
fn exits_stay_as_they_are_while_enough_is_held_beside_them() {
    let exits = [limit(Side::Sell, TARGET_PX, 10)];
    let (mut bench, ids) = bracket(instruments(), Contingency::Ouo, &exits);
    let loose = bench.submit(limit(Side::Buy, 600_000, 8)).expect("room");
    bench.wishes();
    bench.report(loose, fill(8), OrderStatus::Filled, 8, 8);
    closed(&mut bench, Cause::Liquidation, 8);
    assert_eq!((bench.position(), bench.wishes()), (10, Vec::new()));
    closed(&mut bench, Cause::Liquidation, 2);
    assert_eq!(bench.wishes(), [smaller(ids[0], 8)]);
}

/// A pair without an entry: what could only exit is an exit; what was to turn the position over is what it was.
#[test]
fn a_pair_that_could_only_close_a_position_can_only_close_what_is_left() {
    for (qty, is_exit) in [(10, true), (11, false)] {
        let mut bench = Bench::new();
        let loose = bench.submit(limit(Side::Buy, 600_000, 10)).expect("room");
        bench.wishes();
        bench.report(loose, fill(10), OrderStatus::Filled, 10, 10);
        let pair = [limit(Side::Sell, TARGET_PX, qty), stop(Side::Sell, 590_000, qty)];
        let first = bench.list(None, Contingency::Oco, &pair).expect("room");
        bench.obey(&mut BTreeMap::new());
        closed(&mut bench, Cause::Liquidation, 6);
        let expected = if is_exit { vec![smaller(first, 4)] } else { Vec::new() };
        assert_eq!(bench.wishes(), expected, "{qty}");
    }
}

/// A short position is closed by buys; what sells is no exit of it.
#[test]
fn exits_of_the_other_side_are_left_alone() {
    let exits = [limit(Side::Sell, TARGET_PX, 10)];
    let (mut bench, _) = bracket(instruments(), Contingency::Ouo, &exits);
    let loose = bench.submit(limit(Side::Sell, 600_000, 25)).expect("room");
    bench.wishes();
    bench.report(loose, fill(25), OrderStatus::Filled, 25, 25);
    closed(&mut bench, Cause::Liquidation, 15);
    assert_eq!((bench.position(), bench.wishes()), (0, Vec::new()));
}

/// A change that is refused leaves an exit that stands for too much: it is asked for again, and then withdrawn.
#[test]
fn an_exit_that_cannot_be_made_smaller_is_withdrawn_and_entered_anew() {
    let exits = [limit(Side::Sell, TARGET_PX, 10)];
    let (mut bench, ids) = bracket(instruments(), Contingency::Ouo, &exits);
    closed(&mut bench, Cause::Liquidation, 6);
    for second in 2..5 {
        let wishes = bench.wishes();
        let [IntentKind::Modify(change)] = wishes[..] else { panic!("{second}: {wishes:?}") };
        assert_eq!((change.client_order_id, change.qty), (ids[0], Lots(4)), "{second}");
        bench.report(ids[0], OrderEvent::ModifyRejected(RejectReason::Other), OrderStatus::Accepted, 10, 0);
        assert_eq!(bench.wishes(), [], "not at once: that would be a circle");
        bench.at(second);
    }
    assert_eq!(bench.wishes(), [IntentKind::Cancel(ids[0])]);
    bench.report(ids[0], OrderEvent::Canceled, OrderStatus::Canceled, 10, 0);
    let wishes = bench.wishes();
    let [IntentKind::Submit(again)] = wishes[..] else { panic!("{wishes:?}") };
    assert_eq!(again.qty, Lots(4));
}

/// Where orders are not changed another takes its place, be it smaller or larger.
#[test]
fn an_exit_at_a_venue_without_changes_is_entered_anew_as_large_as_it_should_be() {
    let moved = instruments().iter().map(|instrument| Instrument { venue: VenueId::Bitget, ..*instrument }).collect();
    let exits = [limit(Side::Sell, TARGET_PX, 10)];
    let (mut bench, ids) = bracket(Arc::new(Instruments::new(moved)), Contingency::None, &exits);
    closed(&mut bench, Cause::Liquidation, 6);
    assert_eq!(bench.wishes(), [IntentKind::Cancel(ids[0])]);
    bench.report(ids[0], OrderEvent::Canceled, OrderStatus::Canceled, 10, 0);
    let wishes = bench.wishes();
    let [IntentKind::Submit(again)] = wishes[..] else { panic!("{wishes:?}") };
    assert_eq!(again.qty, Lots(4));
}
