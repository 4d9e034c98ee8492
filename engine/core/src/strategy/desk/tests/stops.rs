//! Stops that wait at the venue: which go there, how their sizes follow, and what is done where the venue will not have them.

use super::*;
use crate::strategy::desk::follow::TRIES_MAX;
use engine_model::native::StopsAt;

const UPDATED: OrderEvent = OrderEvent::Updated;
const REJECTED: OrderEvent = OrderEvent::Rejected(RejectReason::Filter);
const BUSY: OrderEvent = OrderEvent::Denied(Refusal::new(Check::MessageRate, 1, 0));

fn bench(venue: VenueId, stops: StopsAt) -> Bench {
    let mut all: Vec<Instrument> = instruments().iter().copied().collect();
    all[LINEAR.index()].venue = venue;
    let mut bench = Bench::of(Arc::new(Instruments::new(all)));
    bench.seat = bench.seat.with_stops(stops);
    bench
}

fn exit(order: Order) -> Order {
    Order { reduce_only: true, ..order }
}

fn entry_and_exits() -> (Order, [Order; 2]) {
    let exits = [exit(limit(Side::Sell, 620_000, 10)), exit(stop(Side::Sell, 590_000, 10))];
    (limit(Side::Buy, 600_000, 10), exits)
}

impl Bench {
    fn emulate(&mut self, held: &[IntentKind]) {
        for wish in held {
            let IntentKind::Hold(order) = wish else { panic!("{wish:?} is no wish to hold") };
            self.report(order.client_order_id, OrderEvent::Emulated, OrderStatus::Emulated, order.qty.0, 0);
        }
    }

    /// A bracket whose entry stands: its three ids.
    fn bracket(&mut self) -> [ClientOrderId; 3] {
        let (entry, exits) = entry_and_exits();
        let first = self.list(Some(entry), Contingency::Ouo, &exits).expect("room");
        let held = self.wishes();
        self.emulate(&held);
        let ids = [0, 1, 2].map(|next| ClientOrderId(first.0 + next));
        let [IntentKind::Release(entry)] = self.wishes()[..] else { panic!("the entry leaves") };
        assert_eq!(entry.client_order_id, ids[0]);
        self.report(ids[0], OrderEvent::Accepted, OrderStatus::Accepted, 10, 0);
        ids
    }

    fn accept(&mut self, id: ClientOrderId, qty: i64) {
        self.report(id, OrderEvent::Accepted, OrderStatus::Accepted, qty, 0);
    }
}

/// What leaves: type, quantity and trigger of each.
fn leaving(wishes: &[IntentKind]) -> Vec<(OrderType, i64, i64)> {
    let of = |wish: &IntentKind| match wish {
        IntentKind::Submit(order) | IntentKind::Release(order) => (order.order_type, order.qty.0, order.trigger_px.0),
        other => panic!("{other:?} leaves nothing"),
    };
    wishes.iter().map(of).collect()
}

#[test]
fn a_stop_waits_where_it_is_told_to_and_the_venue_knows_how() {
    let whole = stop(Side::Sell, 590_000, 5);
    let by = |trigger_type| Order { trigger_type, ..whole };
    let cases = [
        (VenueId::Bybit, StopsAt::Venue, whole, true),
        (VenueId::Bybit, StopsAt::Venue, by(TriggerType::MarkPrice), true),
        (VenueId::Bybit, StopsAt::Venue, by(TriggerType::BidAsk), false),
        (VenueId::Bybit, StopsAt::Ours, whole, false),
        (VenueId::Coinbase, StopsAt::Venue, whole, false),
    ];
    for (venue, stops, order, at_venue) in cases {
        let mut bench = bench(venue, stops);
        bench.submit(order).expect("room");
        let is_sent = match bench.wishes()[..] {
            [IntentKind::Submit(sent)] => sent == Order { client_order_id: sent.client_order_id, ..order },
            [IntentKind::Hold(_)] => false,
            ref other => panic!("{other:?}"),
        };
        assert_eq!(is_sent, at_venue, "{venue:?} {stops:?} {order:?}");
        bench.trade(589_000);
        let is_pulled = !at_venue && order.trigger_type == TriggerType::LastPrice;
        assert_eq!(bench.wishes().len(), usize::from(is_pulled), "what waits there is not let go here");
    }
}

#[test]
fn the_exits_of_a_bracket_stand_together_at_the_venue_and_follow_the_fills_by_changes() {
    let mut bench = bench(VenueId::Bybit, StopsAt::Venue);
    let [entry, target, stop] = bench.bracket();
    bench.report(entry, fill(4), OrderStatus::PartiallyFilled, 10, 4);
    assert_eq!(leaving(&bench.wishes()), [(OrderType::Limit, 4, 0), (OrderType::StopMarket, 4, 590_000)]);
    bench.accept(target, 4);
    bench.accept(stop, 4);
    bench.report(entry, fill(6), OrderStatus::Filled, 10, 10);
    let change = |client_order_id, px| IntentKind::Modify(Change { client_order_id, px: Ticks(px), qty: Lots(10) });
    assert_eq!(bench.wishes(), [change(target, 620_000), change(stop, 590_000)], "its trigger stands for its price");
    bench.report(target, UPDATED, OrderStatus::Accepted, 10, 0);
    // The stop is pulled at the venue: what it fills, the target is made smaller by, and nothing is withdrawn first.
    bench.report(stop, OrderEvent::Triggered, OrderStatus::Triggered, 10, 0);
    assert_eq!(bench.wishes(), []);
    bench.report(stop, fill(7), OrderStatus::PartiallyFilled, 10, 7);
    let [IntentKind::Modify(smaller)] = bench.wishes()[..] else { panic!("the target follows") };
    assert_eq!((smaller.client_order_id, smaller.qty), (target, Lots(3)));
    bench.report(target, UPDATED, OrderStatus::Accepted, 3, 0);
    bench.report(stop, fill(3), OrderStatus::Filled, 10, 10);
    assert_eq!(bench.wishes(), [IntentKind::Cancel(target)]);
    bench.report(target, OrderEvent::Canceled, OrderStatus::Canceled, 3, 0);
    assert_eq!((bench.wishes(), bench.seat.desk().followed()), (Vec::new(), 0));
}

#[test]
fn exits_that_could_open_a_position_wait_here() {
    let mut bench = bench(VenueId::Bybit, StopsAt::Venue);
    let (entry, [target, stop]) = entry_and_exits();
    bench.list(Some(entry), Contingency::Oco, &[Order { reduce_only: false, ..target }, stop]).expect("room");
    let held = bench.wishes();
    bench.emulate(&held);
    let IntentKind::Release(entry) = bench.wishes()[0] else { panic!("the entry leaves") };
    bench.report(entry.client_order_id, fill(10), OrderStatus::Filled, 10, 10);
    assert_eq!(leaving(&bench.wishes()), [(OrderType::Limit, 10, 0)], "the stop is held");
}

#[test]
fn an_entry_that_still_works_is_withdrawn_when_its_stop_is_pulled_and_what_it_filled_then_is_exited_at_once() {
    let mut bench = bench(VenueId::Bybit, StopsAt::Venue);
    let [entry, target, stop] = bench.bracket();
    bench.report(entry, fill(4), OrderStatus::PartiallyFilled, 10, 4);
    bench.wishes();
    bench.accept(target, 4);
    bench.accept(stop, 4);
    bench.report(stop, OrderEvent::Triggered, OrderStatus::Triggered, 4, 0);
    assert_eq!(bench.wishes(), [IntentKind::Cancel(entry)]);
    bench.report(stop, fill(4), OrderStatus::Filled, 4, 4);
    assert_eq!(bench.wishes(), [IntentKind::Cancel(target)]);
    bench.report(target, OrderEvent::Canceled, OrderStatus::Canceled, 4, 0);
    bench.report(entry, fill(2), OrderStatus::PartiallyFilled, 10, 6);
    bench.report(entry, OrderEvent::Canceled, OrderStatus::Canceled, 10, 6);
    assert_eq!(leaving(&bench.wishes()), [(OrderType::Market, 2, 0)], "the cancel came too late for two");
}

#[test]
fn what_the_venue_will_not_have_is_held_here_and_what_it_cannot_have_now_is_sent_again() {
    let mut bench = bench(VenueId::Bybit, StopsAt::Venue);
    let order = exit(stop(Side::Sell, 590_000, 5));
    let first = bench.submit(order).expect("room");
    bench.wishes();
    let moments = [RejectReason::Unavailable, RejectReason::RateLimited, RejectReason::NotReconciled];
    for (place, reason) in (0..).zip(moments) {
        let id = ClientOrderId(first.0 + place);
        bench.report(id, OrderEvent::Rejected(reason), OrderStatus::Rejected, 5, 0);
        let again = bench.at(10 * (place + 1)).wishes();
        assert!(matches!(again[..], [IntentKind::Submit(_)]), "{reason:?}, again, there: {again:?}");
    }
    let second = ClientOrderId(first.0 + 3);
    bench.report(second, REJECTED, OrderStatus::Rejected, 5, 0);
    let [IntentKind::Hold(held)] = bench.wishes()[..] else { panic!("it is held") };
    assert_eq!(
        (held.order_type, held.trigger_px, held.parent),
        (OrderType::StopMarket, Ticks(590_000), first.counter())
    );
    bench.trade(589_999);
    assert_eq!(leaving(&bench.wishes()), [(OrderType::Market, 5, 590_000)]);
}

#[test]
fn what_protects_is_entered_again_until_the_venue_is_reconciled_however_long_that_takes() {
    for (no, status) in [
        (OrderEvent::Denied(Refusal::new(Check::Reconciling, 1, 0)), OrderStatus::Denied),
        (OrderEvent::Rejected(RejectReason::NotReconciled), OrderStatus::Rejected),
    ] {
        let mut bench = bench(VenueId::Bybit, StopsAt::Venue);
        let first = bench.submit(exit(stop(Side::Sell, 590_000, 5))).expect("room");
        bench.wishes();
        for number in 0..3 * u64::from(TRIES_MAX) {
            bench.report(ClientOrderId(first.0 + number), no, status, 5, 0);
            let again = bench.at(10 * (number + 1)).wishes();
            assert!(matches!(again[..], [IntentKind::Submit(_)]), "{number} {no:?}: {again:?}");
        }
    }
}

#[test]
fn a_trigger_is_put_elsewhere_by_a_change_or_by_another_order_in_its_place() {
    let mut bench = bench(VenueId::Bybit, StopsAt::Venue);
    let market = bench.submit(exit(stop(Side::Sell, 590_000, 5))).expect("room");
    let limited = Order { order_type: OrderType::StopLimit, px: Ticks(589_000), ..stop(Side::Sell, 590_000, 5) };
    let limited = bench.submit(exit(limited)).expect("room");
    bench.wishes();
    bench.accept(market, 5);
    bench.accept(limited, 5);
    let mut put = |id| bench.seat.context(&mut bench.floor, Nanos(0)).move_trigger(id, Ticks(591_000));
    put(market).expect("waits");
    put(limited).expect("waits");
    let change = Change { client_order_id: market, px: Ticks(591_000), qty: Lots(5) };
    assert_eq!(bench.wishes(), [IntentKind::Modify(change), IntentKind::Cancel(limited)]);
    bench.report(limited, OrderEvent::Canceled, OrderStatus::Canceled, 5, 0);
    assert_eq!(leaving(&bench.wishes()), [(OrderType::StopLimit, 5, 591_000)]);
    bench.report(market, OrderEvent::Triggered, OrderStatus::Triggered, 5, 0);
    let late = bench.seat.context(&mut bench.floor, Nanos(0)).move_trigger(market, Ticks(592_000));
    assert_eq!(late.map_err(|no| no.check), Err(Check::UnknownOrder), "it was pulled");
}

#[test]
fn a_stop_whose_target_exited_all_so_far_comes_again_with_the_next_fill_of_the_entry() {
    for (venue, price) in [(VenueId::Bybit, 590_000), (VenueId::BinanceUsdm, 590_000)] {
        let mut bench = bench(venue, StopsAt::Venue);
        let [entry, target, stop] = bench.bracket();
        bench.report(entry, fill(4), OrderStatus::PartiallyFilled, 10, 4);
        bench.wishes();
        bench.accept(target, 4);
        bench.accept(stop, 4);
        bench.report(target, fill(4), OrderStatus::Filled, 4, 4);
        assert_eq!(bench.wishes(), [IntentKind::Cancel(stop)], "{venue:?}");
        bench.report(stop, OrderEvent::Canceled, OrderStatus::Canceled, 4, 0);
        assert_eq!(bench.wishes(), [], "{venue:?}: nothing to protect");
        bench.report(entry, fill(6), OrderStatus::Filled, 10, 10);
        let both = [(OrderType::Limit, 6, 0), (OrderType::StopMarket, 6, price)];
        assert_eq!(leaving(&bench.wishes()), both, "{venue:?}: and so does its target");
    }
}

#[test]
fn where_nothing_is_changed_another_of_the_new_size_takes_its_place_and_only_when_the_first_is_gone() {
    let mut bench = bench(VenueId::BinanceUsdm, StopsAt::Venue);
    let [entry, target, stop] = bench.bracket();
    bench.report(entry, fill(4), OrderStatus::PartiallyFilled, 10, 4);
    bench.wishes();
    bench.accept(target, 4);
    bench.accept(stop, 4);
    bench.report(entry, fill(6), OrderStatus::Filled, 10, 10);
    let grown = IntentKind::Modify(Change { client_order_id: target, px: Ticks(620_000), qty: Lots(10) });
    assert_eq!(bench.wishes(), [grown, IntentKind::Cancel(stop)]);
    bench.report(stop, OrderEvent::Canceled, OrderStatus::Canceled, 4, 0);
    assert_eq!(leaving(&bench.wishes()), [(OrderType::StopMarket, 10, 590_000)]);
    // The second is pulled before it could be made another: no third one, and no change.
    let second = ClientOrderId(stop.0 + 1);
    bench.accept(second, 10);
    let change = Change { client_order_id: second, px: Ticks(591_000), qty: Lots(10) };
    bench.seat.context(&mut bench.floor, Nanos(0)).modify(change).expect("it waits");
    assert_eq!(bench.wishes(), [IntentKind::Cancel(second)]);
    bench.report(second, fill(10), OrderStatus::Filled, 10, 10);
    assert_eq!(bench.wishes(), [IntentKind::Cancel(target)], "the fill was faster");
}

/// Fills what the strategy may say at once.
fn fill_up(bench: &mut Bench) {
    while bench.seat.context(&mut bench.floor, Nanos(0)).cancel(ClientOrderId::new(1, 5, 99)).is_ok() {}
}

#[test]
fn a_change_or_a_move_that_finds_no_room_says_so_and_leaves_the_stop_as_it_was() {
    let mut bench = bench(VenueId::BinanceUsdm, StopsAt::Venue);
    let id = bench.submit(exit(stop(Side::Sell, 590_000, 5))).expect("room");
    bench.wishes();
    bench.accept(id, 5);
    fill_up(&mut bench);
    let mut context = bench.seat.context(&mut bench.floor, Nanos(0));
    assert!(context.move_trigger(id, Ticks(591_000)).is_err());
    assert!(context.modify(Change { client_order_id: id, px: Ticks(592_000), qty: Lots(3) }).is_err());
    bench.wishes();
    bench.report(id, OrderEvent::Canceled, OrderStatus::Canceled, 5, 0);
    let [IntentKind::Hold(held)] = bench.wishes()[..] else { panic!("the venue ended it unasked: it is held here") };
    assert_eq!((held.trigger_px, held.qty), (Ticks(590_000), Lots(5)), "as the venue had it");
}

#[test]
fn a_withdrawal_that_finds_no_room_is_asked_for_when_there_is_whatever_is_heard_meanwhile() {
    for tie in [Contingency::Oco, Contingency::Ouo] {
        let mut bench = Bench::new();
        let pair = [limit(Side::Sell, 610_000, 10), limit(Side::Sell, 620_000, 10)];
        let first = bench.list(None, tie, &pair).expect("room");
        let second = ClientOrderId::new(first.strategy(), first.epoch(), first.counter() + 1);
        bench.obey(&mut BTreeMap::new());
        fill_up(&mut bench);
        bench.report(first, fill(10), OrderStatus::Filled, 10, 10);
        bench.wishes();
        bench.at(1);
        assert_eq!(bench.wishes(), [IntentKind::Cancel(second)], "{tie:?}");
    }
}

#[test]
fn a_smaller_sibling_that_found_no_room_is_asked_for_when_there_is() {
    let mut bench = Bench::new();
    let pair = [limit(Side::Sell, 610_000, 10), limit(Side::Sell, 620_000, 10)];
    let first = bench.list(None, Contingency::Ouo, &pair).expect("room");
    let second = ClientOrderId::new(first.strategy(), first.epoch(), first.counter() + 1);
    bench.obey(&mut BTreeMap::new());
    fill_up(&mut bench);
    bench.report(first, fill(4), OrderStatus::PartiallyFilled, 10, 4);
    bench.wishes();
    bench.at(1);
    let [IntentKind::Modify(change)] = bench.wishes()[..] else { panic!("it is smaller now") };
    assert_eq!((change.client_order_id, change.qty), (second, Lots(6)));
}

#[test]
fn a_stop_may_be_moved_for_ever_where_each_move_is_another_order() {
    for how in [OrderEvent::Canceled, OrderEvent::Expired] {
        let mut bench = bench(VenueId::BinanceUsdm, StopsAt::Venue);
        let first = bench.submit(exit(stop(Side::Sell, 590_000, 5))).expect("room");
        bench.wishes();
        let mut now = first;
        for step in 1..=1_000 {
            bench.accept(now, 5);
            let px = Ticks(590_000 + step);
            bench.seat.context(&mut bench.floor, Nanos(0)).move_trigger(first, px).expect("waits");
            assert_eq!(bench.wishes(), [IntentKind::Cancel(now)], "{step}");
            let status = if how == OrderEvent::Canceled { OrderStatus::Canceled } else { OrderStatus::Expired };
            bench.report(now, how, status, 5, 0);
            let [IntentKind::Submit(anew)] = bench.wishes()[..] else { panic!("{step}: it is entered anew") };
            assert_eq!((anew.trigger_px, anew.qty), (px, Lots(5)));
            now = anew.client_order_id;
        }
        assert!(bench.seat.desk().followed() <= 3, "{}", bench.seat.desk().followed());
    }
}

#[test]
fn a_stop_that_the_venue_ends_unasked_waits_here_from_then_on() {
    let ends = [(OrderEvent::Canceled, OrderStatus::Canceled), (OrderEvent::Expired, OrderStatus::Expired)];
    for (event, status) in ends {
        let mut bench = bench(VenueId::Bybit, StopsAt::Venue);
        let id = bench.submit(exit(stop(Side::Sell, 590_000, 5))).expect("room");
        bench.wishes();
        bench.accept(id, 5);
        bench.report(id, event, status, 5, 0);
        let [IntentKind::Hold(held)] = bench.wishes()[..] else { panic!("{event:?}: it is held") };
        assert_eq!((held.order_type, held.trigger_px, held.qty), (OrderType::StopMarket, Ticks(590_000), Lots(5)));
    }
}

#[test]
fn a_stop_that_was_changed_at_the_venue_comes_again_as_it_was_changed() {
    for qty in [3, 8] {
        let mut bench = bench(VenueId::Bybit, StopsAt::Venue);
        let id = bench.submit(exit(stop(Side::Sell, 590_000, 5))).expect("room");
        bench.wishes();
        bench.accept(id, 5);
        let change = Change { client_order_id: id, px: Ticks(600_000), qty: Lots(qty) };
        bench.seat.context(&mut bench.floor, Nanos(0)).modify(change).expect("it waits");
        assert_eq!(bench.wishes(), [IntentKind::Modify(change)]);
        bench.report(id, UPDATED, OrderStatus::Accepted, qty, 0);
        bench.report(id, OrderEvent::Canceled, OrderStatus::Canceled, qty, 0);
        let [IntentKind::Hold(held)] = bench.wishes()[..] else {
            panic!("the venue ended it unasked: it is held here")
        };
        assert_eq!((held.trigger_px, held.qty), (Ticks(600_000), Lots(qty)));
        // And once more: pulled here, its own fills come off what it was changed to.
        let next = held.client_order_id;
        bench.report(next, OrderEvent::Emulated, OrderStatus::Emulated, qty, 0);
        bench.trade(599_999);
        assert_eq!(leaving(&bench.wishes()), [(OrderType::Market, qty, 600_000)]);
        bench.report(next, fill(1), OrderStatus::PartiallyFilled, qty, 1);
        bench.report(next, OrderEvent::Canceled, OrderStatus::Canceled, qty, 1);
        bench.at(1);
        assert_eq!(leaving(&bench.wishes()), [(OrderType::Market, qty - 1, 0)]);
    }
}

#[test]
fn a_change_that_was_not_made_is_none_of_the_stop() {
    for event in [OrderEvent::ModifyRejected(RejectReason::Filter), OrderEvent::Canceled] {
        let mut bench = bench(VenueId::Bybit, StopsAt::Venue);
        let id = bench.submit(exit(stop(Side::Sell, 590_000, 5))).expect("room");
        bench.wishes();
        bench.accept(id, 5);
        let change = Change { client_order_id: id, px: Ticks(600_000), qty: Lots(3) };
        bench.seat.context(&mut bench.floor, Nanos(0)).modify(change).expect("it waits");
        if event != OrderEvent::Canceled {
            bench.report(id, event, OrderStatus::Accepted, 5, 0);
        }
        bench.wishes();
        bench.report(id, OrderEvent::Canceled, OrderStatus::Canceled, 5, 0);
        let [IntentKind::Hold(held)] = bench.wishes()[..] else { panic!("it is held here") };
        assert_eq!(held.qty, Lots(5), "{event:?}");
    }
}

#[test]
fn a_renewal_whose_cancel_is_refused_leaves_the_stop_as_it_was() {
    let limited = Order { order_type: OrderType::StopLimit, px: Ticks(589_000), ..stop(Side::Sell, 590_000, 5) };
    for order in [stop(Side::Sell, 590_000, 5), limited] {
        for moves in [false, true] {
            let mut bench = bench(VenueId::BinanceUsdm, StopsAt::Venue);
            let id = bench.submit(exit(order)).expect("room");
            bench.wishes();
            bench.accept(id, 5);
            // Asked twice before the venue answers: what it has is still the first.
            for step in [1, 2] {
                let mut context = bench.seat.context(&mut bench.floor, Nanos(0));
                let change = Change { client_order_id: id, px: Ticks(588_000 - step), qty: Lots(3) };
                let asked =
                    if moves && step == 1 { context.move_trigger(id, Ticks(591_000)) } else { context.modify(change) };
                assert_eq!((asked, bench.wishes()), (Ok(()), vec![IntentKind::Cancel(id)]), "{moves}");
            }
            bench.report(id, OrderEvent::CancelRejected(RejectReason::NotAllowed), OrderStatus::Accepted, 5, 0);
            assert_eq!(bench.wishes(), [], "{moves}: who asked hears of it");
            bench.report(id, OrderEvent::Canceled, OrderStatus::Canceled, 5, 0);
            let [IntentKind::Hold(held)] = bench.wishes()[..] else {
                panic!("the venue ended it unasked: it is held here")
            };
            assert_eq!((held.trigger_px, held.px, held.qty), (order.trigger_px, order.px, order.qty), "{moves}");
        }
    }
}

#[test]
fn a_stop_whose_successor_is_denied_comes_back_as_it_was() {
    let limited = Order { order_type: OrderType::StopLimit, px: Ticks(589_000), ..stop(Side::Sell, 590_000, 5) };
    for order in [stop(Side::Sell, 590_000, 5), limited] {
        let mut bench = bench(VenueId::BinanceUsdm, StopsAt::Venue);
        let id = bench.submit(exit(order)).expect("room");
        bench.wishes();
        bench.accept(id, 5);
        bench.seat.context(&mut bench.floor, Nanos(0)).move_trigger(id, Ticks(611_000)).expect("it waits");
        assert_eq!(bench.wishes(), [IntentKind::Cancel(id)]);
        bench.report(id, OrderEvent::Canceled, OrderStatus::Canceled, 5, 0);
        assert_eq!(leaving(&bench.wishes()), [(order.order_type, 5, 611_000)]);
        let (second, third) = (ClientOrderId(id.0 + 1), ClientOrderId(id.0 + 2));
        let denied = OrderEvent::Denied(Refusal::new(Check::PriceCollar, 361, 200));
        bench.report(second, denied, OrderStatus::Denied, 5, 0);
        assert_eq!(leaving(&bench.wishes()), [(order.order_type, 5, 590_000)], "nothing else protects the position");
        // Once it stands it is what was asked for last: a move from there that is denied comes back to it.
        bench.accept(third, 5);
        bench.seat.context(&mut bench.floor, Nanos(0)).move_trigger(id, Ticks(591_000)).expect("it waits");
        bench.wishes();
        bench.report(third, OrderEvent::Canceled, OrderStatus::Canceled, 5, 0);
        assert_eq!(leaving(&bench.wishes()), [(order.order_type, 5, 591_000)]);
        bench.accept(ClientOrderId(id.0 + 3), 5);
        bench.report(ClientOrderId(id.0 + 3), OrderEvent::Canceled, OrderStatus::Canceled, 5, 0);
        let [IntentKind::Hold(held)] = bench.wishes()[..] else {
            panic!("the venue ended it unasked: it is held here")
        };
        assert_eq!(held.trigger_px, Ticks(591_000));
    }
}

#[test]
fn a_stop_that_took_nothing_leaves_again_whatever_its_venue_calls_that() {
    for reason in [RejectReason::CannotFillWhole, RejectReason::NoMarket] {
        let mut bench = bench(VenueId::Hyperliquid, StopsAt::Ours);
        let id = bench.submit(exit(stop(Side::Sell, 590_000, 5))).expect("room");
        let held = bench.wishes();
        bench.emulate(&held);
        bench.trade(589_999);
        bench.wishes();
        bench.report(id, OrderEvent::Rejected(reason), OrderStatus::Rejected, 5, 0);
        assert_eq!(leaving(&bench.at(1).wishes()), [(OrderType::Market, 5, 0)], "{reason:?}");
    }
}

/// How often a stop of five that was pulled leaves within 300 s, each time denied for that reason, with so much held.
fn tries(order: Order, held: i64, refusal: Check) -> usize {
    let mut bench = bench(VenueId::Bybit, StopsAt::Ours);
    if held > 0 {
        let entry = bench.submit(limit(Side::Buy, 600_000, held)).expect("room");
        bench.wishes();
        bench.report(entry, fill(held), OrderStatus::Filled, held, held);
    }
    bench.submit(order).expect("room");
    let waiting = bench.wishes();
    bench.emulate(&waiting);
    bench.trade(589_999);
    let mut tries = 0;
    for second in 1..=300 {
        for wish in bench.wishes() {
            let (IntentKind::Release(order) | IntentKind::Submit(order)) = wish else { panic!("{wish:?}") };
            tries += 1;
            let denied = OrderEvent::Denied(Refusal::new(refusal, 2, 1));
            bench.report(order.client_order_id, denied, OrderStatus::Denied, order.qty.0, 0);
        }
        bench.at(second);
    }
    tries
}

#[test]
fn what_exits_a_position_is_tried_as_long_as_a_moment_bars_it_and_an_entry_is_given_up() {
    let plain = stop(Side::Sell, 590_000, 5);
    let limited = Order { order_type: OrderType::StopLimit, px: Ticks(585_000), ..plain };
    for refusal in [Check::StalePrice, Check::Reconciling] {
        for (order, held, is_kept) in [
            (exit(plain), 5, true),
            (plain, 5, true),
            (plain, 4, false),       // it would go through flat
            (plain, 0, false),       // an entry that comes minutes late is another one
            (exit(plain), 0, false), // there is nothing to exit any more
        ] {
            let tries = tries(order, held, refusal);
            assert!(if is_kept { tries > 60 } else { tries < 15 }, "{refusal:?} {held}: {tries}");
        }
    }
    assert!(tries(limited, 5, Check::PriceCollar) > 60, "it leaves when the market is near its limit again");
    assert_eq!(tries(limited, 0, Check::PriceCollar), 1);
    assert_eq!(tries(plain, 5, Check::NotAllowed), 1, "that will not change");
}

#[test]
fn an_order_of_another_run_with_the_same_counter_is_another_order() {
    let mut bench = bench(VenueId::Coinbase, StopsAt::Ours);
    let id = bench.submit(exit(stop(Side::Sell, 590_000, 5))).expect("room");
    let held = bench.wishes();
    bench.emulate(&held);
    let theirs = ClientOrderId::new(id.strategy(), id.epoch() + 1, id.counter());
    bench.report(theirs, fill(5), OrderStatus::Filled, 5, 5);
    bench.seat.context(&mut bench.floor, Nanos(0)).cancel(theirs).expect("passed on");
    assert_eq!(bench.wishes(), [IntentKind::Cancel(theirs)]);
    bench.trade(589_999);
    assert_eq!(leaving(&bench.wishes()), [(OrderType::Market, 5, 590_000)], "ours still protects");
}

/// Two stops that were let go and denied for a moment: one that opens, one that can only reduce. Both would be tried again.
fn refused() -> Bench {
    let mut bench = bench(VenueId::Bybit, StopsAt::Ours);
    bench.submit(stop(Side::Buy, 610_000, 5)).expect("room");
    bench.submit(exit(stop(Side::Buy, 610_000, 7))).expect("room");
    bench.wishes();
    bench.trade(610_001);
    let released: Vec<ClientOrderId> = bench
        .wishes()
        .iter()
        .filter_map(|wish| if let IntentKind::Release(order) = wish { Some(order.client_order_id) } else { None })
        .collect();
    assert_eq!(released.len(), 2);
    for (id, qty) in released.into_iter().zip([5, 7]) {
        bench.report(id, BUSY, OrderStatus::Denied, qty, 0);
    }
    bench
}

fn sizes(bench: &mut Bench) -> Vec<i64> {
    leaving(&bench.at(20).wishes()).into_iter().map(|(_, qty, _)| qty).collect()
}

#[test]
fn what_was_denied_for_a_moment_comes_again_unless_everything_was_withdrawn_meanwhile() {
    let mut bench = refused();
    assert!(sizes(&mut bench).contains(&5), "nobody withdrew it");
    let mut bench = refused();
    bench.seat.give_up(&mut bench.floor, false);
    assert!(sizes(&mut bench).is_empty());
    assert_eq!(bench.seat.desk().followed(), 0);
}

#[test]
fn of_who_is_paused_only_what_reduces_comes_again() {
    let mut bench = refused();
    bench.seat.give_up(&mut bench.floor, true);
    assert_eq!(sizes(&mut bench), [7], "the way out is still wanted");
}

#[test]
fn what_is_refused_behind_a_withdrawal_of_everything_does_not_come_again() {
    let passing = [
        (BUSY, OrderStatus::Denied),
        (OrderEvent::Rejected(RejectReason::Unavailable), OrderStatus::Rejected),
        (OrderEvent::Rejected(RejectReason::NotReconciled), OrderStatus::Rejected),
    ];
    for (is_withdrawn, (no, status)) in [true, false].into_iter().flat_map(|is| passing.map(|no| (is, no))) {
        let mut bench = bench(VenueId::Bybit, StopsAt::Ours);
        let id = bench.submit(exit(stop(Side::Sell, 590_000, 5))).expect("room");
        bench.wishes();
        bench.report(id, OrderEvent::Emulated, OrderStatus::Emulated, 5, 0);
        bench.trade(589_999);
        assert_eq!(leaving(&bench.wishes()), [(OrderType::Market, 5, 590_000)]);
        if is_withdrawn {
            bench.seat.give_up(&mut bench.floor, false);
        }
        bench.report(id, no, status, 5, 0);
        assert_eq!(sizes(&mut bench).is_empty(), is_withdrawn, "{no:?}");
        assert_eq!(bench.seat.desk().followed() == 0, is_withdrawn, "{no:?}");
    }
}

#[test]
fn what_the_venue_takes_behind_a_withdrawal_is_an_order_like_any_other() {
    let mut bench = bench(VenueId::Bybit, StopsAt::Venue);
    let id = bench.submit(exit(stop(Side::Sell, 590_000, 5))).expect("room");
    bench.wishes();
    bench.seat.give_up(&mut bench.floor, false);
    bench.accept(id, 5);
    bench.report(id, OrderEvent::Canceled, OrderStatus::Canceled, 5, 0);
    assert!(matches!(bench.wishes()[..], [IntentKind::Hold(_)]), "the venue ended it unasked: it is held here");
}

/// An entry that filled four of ten and ended without room for its rest, and a target that sold those and may only reduce.
#[test]
fn an_exit_that_waits_ends_with_the_entry_that_is_given_up() {
    let mut bench = bench(VenueId::Bybit, StopsAt::Ours);
    let entry = Order { order_type: OrderType::MarketToLimit, px: Ticks(0), ..limit(Side::Buy, 0, 10) };
    let target = exit(limit(Side::Sell, 610_000, 10));
    let entry = bench.list(Some(entry), Contingency::Oco, &[target]).expect("room");
    let target = ClientOrderId::new(entry.strategy(), entry.epoch(), entry.counter() + 1);
    bench.wishes();
    for id in [entry, target] {
        bench.report(id, OrderEvent::Emulated, OrderStatus::Emulated, 10, 0);
    }
    bench.wishes();
    bench.report(entry, fill(4), OrderStatus::PartiallyFilled, 10, 4);
    bench.wishes();
    bench.report(target, fill(4), OrderStatus::Filled, 4, 4);
    fill_up(&mut bench);
    bench.report(entry, OrderEvent::Canceled, OrderStatus::Canceled, 10, 4);
    assert_eq!(bench.seat.desk().followed(), 2, "the rest of the entry is to come");
    bench.seat.give_up(&mut bench.floor, true);
    assert_eq!(bench.seat.desk().followed(), 0);
}
