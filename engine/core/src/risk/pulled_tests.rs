//! Stops of risk's own: set behind a strategy's position, moved along, pulled at the limit and not before, and what follows.

use super::test_desk::{Desk, Entry, US, wide};
use super::tests::MID;
use super::*;
use crate::test_instruments::LINEAR;
use engine_model::command::CommandKind;
use engine_model::intent::{Intent, IntentKind};
use engine_model::limit::TradingState::{Active, Halted};
use engine_model::market::Side;
use engine_model::order::{Order, OrderStatus, OrderType};
use engine_model::position::Opening;
use engine_model::units::{Lots, Ticks};
use engine_model::venue::{ReplyKind, VenueId};

const OTHER: StrategyId = StrategyId(2);

fn desk(limits: Limits) -> Desk {
    let mut desk = Desk::with(Limits { market_collar_bps: 50, ..limits }, 1_000_000, 20, |_| {});
    desk.is_watched = true;
    desk.risk.review(desk.now, false);
    desk
}

fn quote(desk: &mut Desk, px: i64) {
    desk.top(LINEAR, px - 1, px + 1);
}

/// Only the first of two strategies has a stop.
fn desk_of_two() -> Desk {
    let mut desk = desk(wide());
    let tight = Limits { stop_trailing_bps: 100, ..wide() };
    let mut rules = desk.rules.clone();
    rules.mandates[0].limits = tight;
    desk.risk = Risk::new(desk.instruments.clone(), &rules, desk.risk.terms);
    desk.market(LINEAR, engine_model::market::MarketChange::Book(engine_model::market::BookState::Synced));
    quote(&mut desk, MID);
    desk
}

/// What was told of stops: why, best, price.
fn told(desk: &Desk) -> Vec<(Option<Cause>, i64, i64)> {
    let of_stop = |entry: &Entry| match entry {
        Entry::Decision(Decision { what: DecisionKind::Stop { cause, best, px, .. }, .. }) => {
            Some((*cause, best.0, px.0))
        }
        _ => None,
    };
    desk.entries.iter().filter_map(of_stop).collect()
}

fn submit_as(desk: &mut Desk, strategy: StrategyId, order: Order) -> Decision {
    let what = IntentKind::Submit(Order { client_order_id: desk.risk.next_id(strategy), ..order });
    desk.ask_for(Intent { strategy, seen: *desk.risk.seen(), what, caused_at_ns: desk.now })
}

fn hold_as(desk: &mut Desk, strategy: StrategyId, side: Side, qty: i64) {
    let order = desk.order(LINEAR, side, MID, qty);
    let DecisionKind::Submit(order) = submit_as(desk, strategy, order).what else { panic!("denied") };
    desk.fill(order.client_order_id, MID, qty);
}

/// Lets risk close what it wants to, each order filled at once: the sizes.
fn closed(desk: &mut Desk) -> Vec<i64> {
    let mut sizes = Vec::new();
    for _ in 0..4 {
        desk.wait(Nanos::SECOND / 2);
        while let Some(wish) = desk.risk.next_closing(desk.now) {
            let DecisionKind::Submit(order) = desk.ask_for(wish).what else { panic!("risk refused itself") };
            assert!(order.reduce_only && wish.strategy == StrategyId(0));
            sizes.push(order.side.sign() * order.qty.0);
            desk.fill(order.client_order_id, order.px.0, order.qty.0);
        }
    }
    sizes
}

#[test]
fn a_trailing_stop_is_pulled_beyond_its_distance_and_not_at_it() {
    for side in [Side::Buy, Side::Sell] {
        for off in [-1, 0, 1] {
            let mut desk = desk(Limits { stop_trailing_bps: 100, ..wide() });
            desk.hold(LINEAR, side, MID, 10);
            let resting = desk.submit(desk.order(LINEAR, side, MID - side.sign() * 50_000, 1)).expect("passes");
            let px = MID - side.sign() * (6_000 + off);
            quote(&mut desk, px);
            let want = if off > 0 { vec![(Some(Cause::StopTrailing), MID, px)] } else { vec![] };
            assert_eq!(told(&desk), want, "{side:?} {off:+}");
            let state = desk.risk.state_of(Scope::Strategy(US));
            assert_eq!(state, if off > 0 { Halted } else { Active }, "{side:?} {off:+}");
            assert_eq!(desk.risk.is_closing_any(), off > 0);
            if off > 0 {
                assert!(closed(&mut desk).is_empty(), "its own orders may fill yet");
                assert_eq!(desk.clerk.orders().get(resting).unwrap().status, OrderStatus::PendingCancel);
                desk.reply(resting, ReplyKind::Canceled);
            }
            let sizes = closed(&mut desk);
            assert_eq!(sizes, if off > 0 { vec![-10 * side.sign()] } else { vec![] }, "{side:?} {off:+}");
            assert!(!desk.risk.is_closing_any());
            assert_eq!(desk.risk.portfolio().qty(LINEAR) == 0, off > 0);
        }
    }
}

#[test]
fn it_follows_a_better_price_in_small_steps_and_never_back() {
    for side in [Side::Buy, Side::Sell] {
        let mut desk = desk(Limits { stop_trailing_bps: 100, ..wide() });
        desk.hold(LINEAR, side, MID, 10);
        let at = |ticks: i64| MID + side.sign() * ticks;
        // A 64th of 6,000 ticks is 93.
        for (ticks, steps) in [(92, 0), (93, 1), (50, 1), (186, 2), (6_000, 3), (200, 3)] {
            quote(&mut desk, at(ticks));
            assert_eq!(told(&desk).len(), steps, "{side:?} {ticks}");
        }
        // One percent of 606,000, or of 594,000.
        let distance = (MID + side.sign() * 6_000) / 100;
        quote(&mut desk, at(6_000 - distance));
        assert_eq!(desk.risk.state_of(Scope::Strategy(US)), Active);
        quote(&mut desk, at(6_000 - distance - 1));
        assert_eq!(desk.risk.state_of(Scope::Strategy(US)), Halted);
        assert_eq!(told(&desk)[3], (Some(Cause::StopTrailing), at(6_000), at(6_000 - distance - 1)));
    }
}

#[test]
fn a_position_is_held_so_long_and_no_longer() {
    for off in [-1, 0, 1] {
        let mut desk = desk(Limits { stop_age_ns: 60 * Nanos::SECOND, ..wide() });
        desk.hold(LINEAR, Side::Buy, MID, 1);
        desk.wait(30 * Nanos::SECOND);
        desk.hold(LINEAR, Side::Buy, MID, 1); // more of it is no new position
        desk.wait((30 * Nanos::SECOND).wrapping_add_signed(off));
        quote(&mut desk, MID + 1);
        let want = if off > 0 { vec![(Some(Cause::StopAge), MID, MID + 1)] } else { vec![] };
        assert_eq!(told(&desk), want, "{off:+}");
    }
}

#[test]
fn a_position_that_is_left_and_entered_again_or_turned_is_a_new_one() {
    let mut desk = desk(Limits { stop_age_ns: 60 * Nanos::SECOND, ..wide() });
    for (side, qty) in [(Side::Buy, 1), (Side::Sell, 1), (Side::Buy, 2), (Side::Sell, 3), (Side::Buy, 2)] {
        desk.hold(LINEAR, side, MID, qty);
        desk.wait(40 * Nanos::SECOND);
        quote(&mut desk, MID);
        quote(&mut desk, MID + 1);
        assert_eq!(told(&desk), [], "{side:?} {qty}");
    }
    desk.wait(40 * Nanos::SECOND);
    quote(&mut desk, MID);
    assert_eq!(told(&desk).len(), 1);
}

#[test]
fn average_true_ranges_count_from_the_fourteenth_minute_and_the_nearer_limit_counts() {
    let limits = Limits { stop_atr_pct: 200, stop_trailing_bps: 100, ..wide() };
    let mut desk = desk(limits);
    // Each minute 100 ticks from its lowest to its highest price; with the jump between them 110.
    let minute = |desk: &mut Desk, n: i64| {
        for ticks in [0, 100, 10] {
            quote(desk, MID + 10 * n + ticks);
            desk.wait(20 * Nanos::SECOND);
        }
    };
    desk.hold(LINEAR, Side::Buy, MID, 1);
    (0..13).for_each(|n| minute(&mut desk, n));
    quote(&mut desk, MID - 3_000);
    assert_eq!(desk.risk.state_of(Scope::Strategy(US)), Active, "no range is known, and it is no hundredth");
    let mut desk = self::desk(limits);
    (0..15).for_each(|n| minute(&mut desk, n));
    quote(&mut desk, MID + 150);
    desk.hold(LINEAR, Side::Buy, MID, 1);
    quote(&mut desk, MID + 150);
    let best = told(&desk).last().expect("the price is better than the entry").1;
    assert_eq!(best, MID + 150);
    quote(&mut desk, best - 200);
    assert_eq!(desk.risk.state_of(Scope::Strategy(US)), Active, "two ranges of 100");
    quote(&mut desk, best - 201);
    assert_eq!(told(&desk).last(), Some(&(Some(Cause::StopAtr), best, best - 201)));
}

#[test]
fn a_limit_of_nothing_allows_not_one_tick_against_us_and_no_moment() {
    for (limits, cause) in [
        (Limits { stop_trailing_bps: 0, ..wide() }, Cause::StopTrailing),
        (Limits { stop_age_ns: 0, ..wide() }, Cause::StopAge),
    ] {
        let mut desk = desk(limits);
        desk.hold(LINEAR, Side::Buy, MID, 1);
        quote(&mut desk, MID);
        assert_eq!(told(&desk), []);
        desk.wait(1);
        quote(&mut desk, MID - 1);
        assert_eq!(told(&desk), [(Some(cause), MID, MID - 1)]);
    }
}

#[test]
fn one_strategys_stop_closes_its_own_part_and_halts_nobody_else() {
    let mut desk = desk_of_two();
    hold_as(&mut desk, OTHER, Side::Buy, 7);
    hold_as(&mut desk, US, Side::Buy, 4);
    quote(&mut desk, MID - 6_001);
    assert_eq!(closed(&mut desk), [-4]);
    assert_eq!(desk.risk.portfolio().qty(LINEAR), 7, "the other's");
    let states = [US, OTHER].map(|strategy| desk.risk.state_of(Scope::Strategy(strategy)));
    assert_eq!((states, desk.risk.trading_state()), ([Halted, Active], Active));
    // Resumed and entered again, it has a stop again.
    desk.command(CommandKind::SetTradingState { scope: Scope::Strategy(US), state: Active });
    let order = Order { px: Ticks(MID - 6_000), qty: Lots(1), ..desk.order(LINEAR, Side::Buy, 0, 0) };
    let DecisionKind::Submit(order) = submit_as(&mut desk, US, order).what else { panic!("denied") };
    desk.fill(order.client_order_id, MID - 6_000, 1);
    quote(&mut desk, MID - 13_000);
    assert_eq!((told(&desk).len(), closed(&mut desk)), (2, vec![-1]));
}

#[test]
fn a_closing_that_is_not_answered_is_not_sent_again_out_of_anothers_position() {
    let mut desk = desk_of_two();
    hold_as(&mut desk, OTHER, Side::Buy, 7);
    hold_as(&mut desk, US, Side::Buy, 4);
    quote(&mut desk, MID - 6_001);
    let mut sent = Vec::new();
    for _ in 0..20 {
        desk.wait(Nanos::SECOND / 2);
        while let Some(wish) = desk.risk.next_closing(desk.now) {
            let DecisionKind::Submit(order) = desk.ask_for(wish).what else { panic!("risk refused itself") };
            sent.push(order);
        }
    }
    assert_eq!(sent.iter().map(|order| order.qty.0).collect::<Vec<_>>(), [4], "ten seconds without an answer");
    // A part of it is filled, the rest comes back: only that is sent again.
    desk.fill(sent[0].client_order_id, sent[0].px.0, 1);
    assert!(closed(&mut desk).is_empty(), "three are on their way");
    desk.reply(sent[0].client_order_id, ReplyKind::Canceled);
    assert_eq!(closed(&mut desk), [-3]);
    assert_eq!(desk.risk.portfolio().qty(LINEAR), 7, "the other's");
}

#[test]
fn what_the_strategys_own_order_may_yet_sell_is_not_sold_out_of_anothers_position() {
    let mut desk = desk_of_two();
    hold_as(&mut desk, OTHER, Side::Buy, 7);
    hold_as(&mut desk, US, Side::Buy, 5);
    let order = desk.order(LINEAR, Side::Sell, MID + 50_000, 2);
    let DecisionKind::Submit(_) = submit_as(&mut desk, US, order).what else { panic!("denied") };
    quote(&mut desk, MID - 6_001);
    desk.wait(5 * Nanos::SECOND);
    assert_eq!(closed(&mut desk), [-3], "two may still be sold by the order");
}

#[test]
fn what_was_adopted_for_a_strategy_has_its_stop_from_the_start() {
    for limits in [Limits { stop_trailing_bps: 100, ..wide() }, Limits { stop_age_ns: Nanos::SECOND, ..wide() }] {
        for (owner, sizes) in [(US, vec![-10]), (StrategyId(0), vec![])] {
            let mut desk = desk(limits);
            let opening = Opening { qty: Lots(10), avg_px_milliticks: MID * 1_000 };
            desk.reply_on(LINEAR, ClientOrderId::new(owner.0, 0, 0), ReplyKind::Opened(opening));
            quote(&mut desk, MID - 6_000);
            assert_eq!(told(&desk), [], "at its distance, and not too old");
            desk.wait(2 * Nanos::SECOND);
            quote(&mut desk, MID - 6_001);
            assert_eq!(closed(&mut desk), sizes, "of {owner:?}: what is the operator's has none");
        }
    }
}

#[test]
fn what_would_make_the_accounts_position_larger_waits() {
    let mut desk = desk(Limits { stop_trailing_bps: 100, ..wide() });
    hold_as(&mut desk, US, Side::Buy, 5);
    hold_as(&mut desk, OTHER, Side::Sell, 4);
    quote(&mut desk, MID - 6_001);
    assert_eq!(closed(&mut desk), [-1], "as far as the account is long");
    assert!(desk.risk.is_closing_any(), "four are left, and are another's short");
    hold_as(&mut desk, OTHER, Side::Buy, 4);
    assert_eq!(closed(&mut desk), [-4]);
    assert!(!desk.risk.is_closing_any());
}

#[test]
fn orders_of_which_nobody_hears_are_not_waited_for_for_ever() {
    let mut desk = desk(Limits { stop_trailing_bps: 100, ..wide() });
    desk.hold(LINEAR, Side::Buy, MID, 5);
    desk.submit(desk.order(LINEAR, Side::Sell, MID + 50_000, 2)).expect("passes");
    quote(&mut desk, MID - 6_001);
    assert!(closed(&mut desk).is_empty());
    desk.wait(5 * Nanos::SECOND);
    quote(&mut desk, MID - 6_001);
    assert_eq!(closed(&mut desk), [-3], "two may still be sold by the order");
}

#[test]
fn what_is_too_small_to_be_closed_is_asked_for_seldom_and_at_once_when_it_is_more() {
    for flattens in [false, true] {
        let limits = Limits { stop_trailing_bps: 100, market_collar_bps: 50, ..wide() };
        let mut desk = Desk::with(limits, 1_000_000, 20, |instrument| instrument.min_qty = Lots(3));
        desk.is_watched = true;
        desk.risk.review(desk.now, false);
        let opening = Opening { qty: Lots(2), avg_px_milliticks: MID * 1_000 };
        desk.reply_on(LINEAR, ClientOrderId::new(US.0, 0, 0), ReplyKind::Opened(opening));
        let resting = desk.buy(LINEAR, MID - 50_000, 3).expect("passes");
        if flattens {
            desk.command(CommandKind::Flatten);
        } else {
            quote(&mut desk, MID - 6_001);
        }
        let mut asked_at = Vec::new();
        for _ in 0..6_000 {
            desk.wait(Nanos::SECOND / 10);
            while let Some(wish) = desk.risk.next_closing(desk.now) {
                assert!(matches!(desk.ask_for(wish).what, DecisionKind::Denied(_)));
                asked_at.push(desk.now);
            }
        }
        let pauses: Vec<u64> = asked_at.windows(2).map(|two| two[1].since(two[0]) / Nanos::SECOND).collect();
        assert_eq!(pauses[..7], [1, 2, 4, 8, 16, 32, 60], "flattens: {flattens}");
        assert!(pauses[7..].iter().all(|pause| *pause == 60));
        // Of the order that waited for its withdrawal three are filled after all.
        desk.fill(resting, MID - 50_000, 3);
        assert_eq!(closed(&mut desk), [-5], "flattens: {flattens}");
    }
}

#[test]
fn a_stop_that_waits_at_the_venue_is_waited_for_though_it_weighs_nothing() {
    let limits = Limits { stop_trailing_bps: 100, market_collar_bps: 50, ..wide() };
    let mut desk = Desk::with(limits, 1_000_000, 20, |instrument| instrument.venue = VenueId::Bybit);
    desk.is_watched = true;
    desk.risk.review(desk.now, false);
    desk.hold(LINEAR, Side::Buy, MID, 5);
    let (order_type, trigger_px) = (OrderType::StopMarket, Ticks(MID - 9_000));
    let order = desk.order(LINEAR, Side::Sell, 0, 5);
    let waits = desk.submit(Order { order_type, trigger_px, reduce_only: true, ..order }).expect("reduces");
    desk.reply(waits, ReplyKind::Accepted);
    quote(&mut desk, MID - 6_001);
    assert!(closed(&mut desk).is_empty(), "it may yet be pulled there, too");
    desk.reply(waits, ReplyKind::Canceled);
    assert_eq!(closed(&mut desk), [-5]);
}

#[test]
fn while_all_is_halted_nothing_is_closed_and_afterwards_it_is() {
    let mut desk = desk(Limits { stop_trailing_bps: 100, ..wide() });
    desk.hold(LINEAR, Side::Buy, MID, 5);
    desk.state(Halted);
    quote(&mut desk, MID - 6_001);
    assert_eq!(told(&desk).len(), 1);
    assert!(closed(&mut desk).is_empty(), "whoever halted means it");
    desk.state(Active);
    assert_eq!(closed(&mut desk), [-5]);
}

#[test]
fn a_stop_that_was_pulled_stays_so_in_the_next_run_though_the_price_came_back() {
    for (px, sizes) in [(MID - 6_000, vec![]), (MID - 6_001, vec![-5])] {
        let mut desk = desk(Limits { stop_trailing_bps: 100, ..wide() });
        hold_as(&mut desk, US, Side::Buy, 5);
        quote(&mut desk, px);
        quote(&mut desk, MID);
        let (legacy, _) = desk.risk.clone().into_legacy([0; 32]);
        let rules =
            Rules { legacy: Some(Box::new(legacy)), states: desk.risk.states().collect(), ..desk.rules.clone() };
        let terms = Terms { epoch: desk.terms().epoch + 1, ..desk.terms() };
        desk.going_on(rules, terms);
        desk.entries.clear();
        assert_eq!((closed(&mut desk), told(&desk)), (sizes, vec![]), "{px}");
        assert!(!desk.risk.is_closing_any());
    }
}
