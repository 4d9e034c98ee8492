//! A person's orders at the strategy stage: what is asked becomes one wish, once, and its answer has its ticket.

use super::*;
use crate::strategy::catalog::Strategy;
use crate::strategy::stage::tests::{Floor, made};
use engine_model::intent::{IntentKind, StrategyId};
use engine_model::market::BookState;
use engine_model::order::OrderEvent;
use engine_model::steer::{Mode, Steer};

const NOTHING: [&str; 0] = [];

/// A maker (1) and the desk of people (2), on a contract with a price.
fn floor() -> Floor {
    let manual = Strategy::of(&ENTRY, &[InstrumentId(1)], &[]).expect("no deed yet");
    let quiet = &[("imbalance_skew_ticks", 0), ("inventory_skew_ticks", 0)];
    let mut floor = Floor::of(vec![made("imbalance_maker", &[1], quiet), manual], 64);
    floor.at(1_000).book(1, BookState::Synced).top(1, 100_000, 100_010, 0);
    assert_eq!(floor.wishes().len(), 2, "the maker quotes");
    floor
}

fn ask(floor: &mut Floor, ticket: i64, deed: &Deed) {
    let values = deed.values(ticket);
    for (param, value) in (0u8..).zip(values) {
        floor.steer(2, Steer::Set { param, value, is_last: usize::from(param) == VALUES - 1 });
    }
}

fn answer(floor: &Floor) -> Option<Answered> {
    floor.stage().board().rows[1].answer()
}

fn limit(side: Side, px: i64, qty: i64) -> Order {
    Order { instrument: InstrumentId(1), side, px: Ticks(px), qty: Lots(qty), ..Order::default() }
}

fn id(counter: u32) -> ClientOrderId {
    ClientOrderId::new(2, 7, counter)
}

#[test]
fn an_order_is_wished_once_under_the_desks_number_and_answered_with_its_ticket() {
    let mut floor = floor();
    assert_eq!(answer(&floor), None);
    ask(&mut floor, 41, &Deed::Place(limit(Side::Sell, 100_200, 7)));
    assert_eq!(floor.wishes(), ["2.1 sell 7 @ 100200"]);
    assert_eq!(answer(&floor), Some(Answered { ticket: 41, outcome: Ok(id(1)) }));
    floor.at(9_000).top(1, 100_000, 100_010, 0).trade(1, 100_005);
    assert_eq!(floor.wishes(), NOTHING, "no market brings it again");
    floor.steer(2, Steer::Pause).steer(2, Steer::Start);
    let again: Vec<String> = floor.wishes();
    assert_eq!(again, ["2.1 cancel"], "a pause withdraws it, and a start does not bring it again");
}

#[test]
fn every_kind_of_order_comes_out_as_it_went_in() {
    let whole = Order {
        instrument: InstrumentId(77),
        side: Side::Sell,
        post_only: true,
        reduce_only: true,
        px: Ticks(i64::MAX),
        qty: Lots(5),
        trigger_px: Ticks(9),
        display_qty: Lots(3),
        trailing_offset: u32::MAX,
        limit_offset: 8,
        offset_unit: OffsetUnit::Bps,
        expire_at_s: 1_900_000_000,
        ..Order::default()
    };
    let mut deeds = vec![
        Deed::Cancel(ClientOrderId(u64::MAX)),
        Deed::Change { to: Change { client_order_id: id(3), px: Ticks(1), qty: Lots(2) }, trigger_px: Ticks(0) },
        Deed::Change { to: Change { client_order_id: id(3), ..Change::default() }, trigger_px: Ticks(7) },
    ];
    for order_type in OrderType::ALL {
        deeds.extend(TimeInForce::ALL.map(|time_in_force| Deed::Place(Order { order_type, time_in_force, ..whole })));
        deeds.extend(TriggerType::ALL.map(|trigger_type| Deed::Place(Order { order_type, trigger_type, ..whole })));
    }
    for (ticket, deed) in (1..).zip(deeds) {
        let values = deed.values(ticket);
        let asked = Asked::of(&Given::new(&[], &values)).expect("lawful");
        assert_eq!(asked, Some(Asked { ticket, deed }));
        let in_range = PARAMS.iter().zip(values).all(|(param, value)| (param.min..=param.max).contains(&value));
        assert!(in_range, "{deed:?}");
    }
}

#[test]
fn a_stop_is_held_by_the_desk_and_let_go_at_its_price() {
    let mut floor = floor();
    let stop = Order { order_type: OrderType::StopMarket, trigger_px: Ticks(99_000), ..limit(Side::Sell, 0, 4) };
    ask(&mut floor, 1, &Deed::Place(stop));
    assert_eq!(floor.wishes(), ["2.1 hold sell 4 @ 0"]);
    floor.report(2, 1, OrderEvent::Emulated, OrderStatus::Emulated);
    ask(
        &mut floor,
        2,
        &Deed::Change { to: Change { client_order_id: id(1), ..Change::default() }, trigger_px: Ticks(98_000) },
    );
    floor.at(1_100).trade(1, 98_500);
    assert_eq!(floor.wishes(), ["2.1 change to 4 @ 98000"], "it was put lower");
    assert_eq!(answer(&floor), Some(Answered { ticket: 2, outcome: Ok(id(1)) }));
    let less = Change { client_order_id: id(1), px: Ticks(0), qty: Lots(3) };
    ask(&mut floor, 3, &Deed::Change { to: less, trigger_px: Ticks(0) });
    // A limit it has none; its trigger's place in what is told of it is not one.
    let limited = Change { px: Ticks(98_500), ..less };
    ask(&mut floor, 4, &Deed::Change { to: limited, trigger_px: Ticks(0) });
    let refusal = Refusal::new(Check::OrderTerms, TermsFault::Px as i64, 0);
    assert_eq!(floor.wishes(), ["2.1 change to 3 @ 98000"]);
    assert_eq!(answer(&floor), Some(Answered { ticket: 4, outcome: Err(refusal) }));
    floor.trade(1, 98_400);
    assert_eq!(floor.wishes(), NOTHING, "nothing of it was done");
    floor.at(1_200).trade(1, 97_900);
    assert_eq!(floor.wishes(), ["2.1 release sell 3 @ 0"]);
}

#[test]
fn what_a_change_does_not_name_stays_as_the_changes_before_left_it() {
    let mut floor = floor();
    let stop = Order { order_type: OrderType::StopLimit, trigger_px: Ticks(99_000), ..limit(Side::Sell, 98_900, 8) };
    let shown = Order { display_qty: Lots(2), ..limit(Side::Buy, 97_000, 8) };
    for (counter, order) in [(1, stop), (2, shown)] {
        ask(&mut floor, 1, &Deed::Place(order));
        floor.wishes();
        floor.report(2, counter, OrderEvent::Emulated, OrderStatus::Emulated);
    }
    for (ticket, px, qty) in [(2, 0, 5), (3, 98_700, 0), (4, 0, 4)] {
        for counter in [1, 2] {
            let to = Change { client_order_id: id(counter), px: Ticks(px), qty: Lots(qty) };
            ask(&mut floor, ticket, &Deed::Change { to, trigger_px: Ticks(0) });
            floor.wishes();
            assert_eq!(answer(&floor), Some(Answered { ticket, outcome: Ok(id(counter)) }));
        }
    }
    floor.at(1_200).trade(1, 98_950);
    assert_eq!(floor.wishes(), ["2.1 release sell 4 @ 98700"]);
}

#[test]
fn any_order_is_withdrawn_in_the_operators_name_and_only_its_own_is_changed() {
    let mut floor = floor();
    let makers = ClientOrderId::new(1, 7, 1);
    ask(&mut floor, 5, &Deed::Cancel(makers));
    let intents = floor.intents();
    assert_eq!(intents.len(), 1);
    assert_eq!((intents[0].strategy, intents[0].what), (StrategyId(0), IntentKind::Cancel(makers)));
    let change = Change { client_order_id: makers, px: Ticks(1), qty: Lots(1) };
    ask(&mut floor, 6, &Deed::Change { to: change, trigger_px: Ticks(0) });
    assert_eq!(floor.wishes(), NOTHING);
    let refused = answer(&floor).expect("an answer");
    assert_eq!((refused.ticket, refused.outcome.map_err(|no| no.check)), (6, Err(Check::UnknownOrder)));
    ask(&mut floor, 7, &Deed::Place(limit(Side::Sell, 100_200, 7)));
    floor.wishes();
    ask(&mut floor, 8, &Deed::Cancel(id(1)));
    assert_eq!(floor.intents()[0].strategy, StrategyId(2), "its own in its own name");
}

#[test]
fn while_it_is_stopped_nothing_is_wished_and_the_answer_says_why() {
    let mut floor = floor();
    floor.steer(2, Steer::Stop);
    ask(&mut floor, 3, &Deed::Place(limit(Side::Buy, 99_000, 7)));
    assert_eq!(floor.wishes(), NOTHING);
    let refusal = Refusal::new(Check::StrategyStopped, Mode::Stopped as i64, Mode::Running as i64);
    assert_eq!(answer(&floor), Some(Answered { ticket: 3, outcome: Err(refusal) }));
    floor.steer(2, Steer::Start).at(2_000).top(1, 100_000, 100_010, 0);
    assert!(!floor.wishes().iter().any(|wish| wish.starts_with("2.")), "what was refused is not kept");
}
