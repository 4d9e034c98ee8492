//! Closing everything while a book prices nothing.

use super::test_desk::{Desk, wide};
use super::tests::{LOT, MID};
use super::*;
use crate::market_state::MARK_AGE_MAX_NS;
use crate::test_instruments::{CROSS, INVERSE, LINEAR, SPOT};
use engine_model::command::CommandKind;
use engine_model::instrument::{Instrument, Name};
use engine_model::limit::Limits;
use engine_model::market::{BookState, MarketChange, Side};
use engine_model::refusal::Check;
use engine_model::units::{Quote, Ticks};
use engine_model::venue::{RejectReason, ReplyKind};

fn limits() -> Limits {
    Limits {
        price_age_max_ns: Nanos::SECOND,
        market_collar_bps: 50,
        market_collar_others_bps: 50,
        price_collar_bps: 200,
        price_collar_others_bps: 500,
        price_collar_hard_bps: 1_000,
        ..wide()
    }
}

/// Ten lots are held, and the book is gone since.
fn without_a_book(limits: Limits) -> Desk {
    let mut desk = Desk::new(limits);
    desk.hold(LINEAR, Side::Buy, MID, 10);
    desk.market(LINEAR, MarketChange::Book(BookState::Lost));
    desk
}

/// What becomes of the next step out.
fn step(desk: &mut Desk) -> DecisionKind {
    let wish = desk.risk.next_closing(desk.now).expect("a step is due");
    desk.ask_for(wish).what
}

fn sold_at(desk: &mut Desk) -> i64 {
    match step(desk) {
        DecisionKind::Submit(order) => {
            assert!(order.reduce_only && order.side == Side::Sell);
            order.px.0
        }
        other => panic!("{other:?}"),
    }
}

/// Where a sale beside the book is limited.
fn furthest(desk: &Desk, px: i64) -> i64 {
    let collar = desk.risk.collar_of(0, LINEAR);
    assert!(collar > 50, "wider than a market order");
    check::price::collar_px(Side::Sell, 2 * i128::from(px), collar).0
}

#[test]
fn a_position_whose_book_is_lost_is_closed_by_the_mark_else_by_what_the_book_said_last() {
    let mut desk = without_a_book(limits());
    let mark = MID + 40;
    desk.market(LINEAR, MarketChange::Mark { px: Ticks(mark) });
    desk.command(CommandKind::Flatten);
    assert_eq!(sold_at(&mut desk), furthest(&desk, mark));

    let mut desk = without_a_book(limits());
    desk.command(CommandKind::Flatten);
    assert_eq!(sold_at(&mut desk), furthest(&desk, MID), "no mark was ever told");
}

#[test]
fn a_mark_and_a_book_of_long_ago_price_nothing_and_the_refusal_says_how_old_the_last_one_is() {
    let mut desk = without_a_book(limits());
    desk.market(LINEAR, MarketChange::Mark { px: Ticks(MID + 40) });
    desk.wait(MARK_AGE_MAX_NS + 1);
    desk.command(CommandKind::Flatten);
    assert_eq!(desk.risk.beside(StrategyId(0), &out(&desk), desk.now).map(|(by, _)| by), Some(Beside::Book));
    desk.wait(beside::KNOWN_MAX_NS);
    let DecisionKind::Denied(denial) = step(&mut desk) else { panic!("by which price?") };
    assert!(denial.breaches.contains(Check::StalePrice), "{denial:?}");
    // The same coin trades elsewhere.
    desk.top(INVERSE, MID + 9, MID + 11);
    desk.wait(Nanos::SECOND / 2);
    assert_eq!(sold_at(&mut desk), furthest(&desk, MID + 10));
}

fn out(desk: &Desk) -> engine_model::order::Order {
    engine_model::order::Order { reduce_only: true, ..desk.market_order(LINEAR, Side::Sell, 1) }
}

#[test]
fn a_book_that_is_stale_and_stands_is_no_price_for_anybody_but_who_flattens() {
    let mut desk = Desk::new(limits());
    desk.hold(LINEAR, Side::Buy, MID, 10);
    desk.wait(6 * Nanos::SECOND);
    let refused = desk.sell(LINEAR, MID, 1).expect_err("stale");
    assert_eq!(refused.check, Check::StalePrice);
    desk.command(CommandKind::Flatten);
    assert_eq!(desk.risk.beside(StrategyId(1), &out(&desk), desk.now), None, "a strategy's own way out");
    let plain = desk.market_order(LINEAR, Side::Sell, 1);
    assert_eq!(desk.risk.beside(StrategyId(0), &plain, desk.now), None, "what may open");
    assert_eq!(sold_at(&mut desk), furthest(&desk, MID));
}

#[test]
fn a_position_above_the_largest_order_is_closed_past_a_stale_book_that_stands_far_above_the_mark() {
    for side in [Side::Buy, Side::Sell] {
        let mut desk = Desk::new(limits());
        desk.hold(LINEAR, side, MID, 100);
        desk.wait(6 * Nanos::SECOND);
        desk.limit(|limits| limits.order_notional_max = Quote(40 * LOT));
        desk.command(CommandKind::Flatten);
        for _ in 0..10 {
            desk.wait(Nanos::SECOND / 2);
            desk.market(LINEAR, MarketChange::Mark { px: Ticks(MID * 9 / 10) });
            let Some(wish) = desk.risk.next_closing(desk.now) else { continue };
            let DecisionKind::Submit(order) = desk.ask_for(wish).what else { panic!("risk refused itself") };
            desk.fill(order.client_order_id, order.px.0, order.qty.0);
        }
        assert_eq!(desk.risk.portfolio().qty(LINEAR), 0, "{side:?}");
    }
}

#[test]
fn no_way_out_passes_the_gate_of_a_venue_that_is_not_there() {
    let mut desk = without_a_book(limits());
    let venue = desk.instruments.get(LINEAR).venue;
    desk.command(CommandKind::SetGate { venue, is_open: false });
    desk.command(CommandKind::Flatten);
    let DecisionKind::Denied(denial) = step(&mut desk) else { panic!("to whom?") };
    assert_eq!(denial.breaches.iter().collect::<Vec<_>>(), [Check::Reconciling]);
    desk.command(CommandKind::SetGate { venue, is_open: true });
    desk.wait(Nanos::SECOND);
    assert_eq!(sold_at(&mut desk), furthest(&desk, MID));
}

#[test]
fn a_book_that_prices_is_what_prices() {
    let mut desk = Desk::new(limits());
    desk.hold(LINEAR, Side::Buy, MID, 10);
    desk.top(LINEAR, MID - 1, MID + 1);
    desk.market(LINEAR, MarketChange::Mark { px: Ticks(MID + 40) });
    desk.command(CommandKind::Flatten);
    assert_eq!(sold_at(&mut desk), check::price::collar_px(Side::Sell, 2 * i128::from(MID), 50).0);
}

/// Bitcoin in dollars at four venues, one of them with ticks of a cent. Of the first ten lots are held, and it has said
/// nothing for so long that it has no price of its own; nor has any of the others.
fn among_peers() -> Desk {
    let bitcoin = |instrument: &mut Instrument| {
        instrument.base = Name::new("BTC").expect("short");
        if instrument.id == CROSS {
            (instrument.quote, instrument.grid.price_decimals) = (Name::new("USDT").expect("short"), 1);
        }
    };
    let mut desk = Desk::ruled(1_000_000, 10, bitcoin, |instruments| Rules::open(limits(), instruments));
    desk.market(CROSS, MarketChange::Book(BookState::Synced));
    desk.hold(LINEAR, Side::Buy, MID, 10);
    desk.market(LINEAR, MarketChange::Book(BookState::Lost));
    desk.wait(beside::KNOWN_MAX_NS + 1);
    desk.command(CommandKind::Flatten);
    desk
}

fn trades_at(desk: &mut Desk, peer: InstrumentId, px: i64) {
    desk.top(peer, px - 1, px + 1);
}

#[test]
fn a_peers_price_is_told_in_the_ticks_of_what_is_closed() {
    let mut desk = among_peers();
    trades_at(&mut desk, SPOT, 10 * (MID + 100));
    assert_eq!(sold_at(&mut desk), furthest(&desk, MID + 100));
}

#[test]
fn of_three_peers_the_median_prices() {
    let mut desk = among_peers();
    trades_at(&mut desk, SPOT, 11 * MID);
    trades_at(&mut desk, CROSS, MID + 700);
    trades_at(&mut desk, INVERSE, MID - 100);
    assert_eq!(sold_at(&mut desk), furthest(&desk, MID + 700));
}

#[test]
fn a_peer_far_from_what_was_known_last_however_long_ago_is_another_product() {
    for (off, is_used) in [(0, true), (10, false)] {
        for far in [12 * MID + off, 8 * MID - off] {
            let mut desk = among_peers();
            trades_at(&mut desk, SPOT, far);
            match step(&mut desk) {
                DecisionKind::Submit(order) => assert!(is_used, "{far}: {order:?}"),
                DecisionKind::Denied(denial) => assert!(!is_used, "{far}: {denial:?}"),
                other => panic!("{other:?}"),
            }
            if !is_used {
                trades_at(&mut desk, INVERSE, MID + 5);
                desk.wait(Nanos::SECOND / 2);
                assert_eq!(sold_at(&mut desk), furthest(&desk, MID + 5), "it does not count beside others, either");
            }
        }
    }
}

#[test]
fn two_instruments_of_a_coin_close_each_other_but_are_not_compared() {
    let desk = Desk::new(limits());
    let own = &desk.risk.desks[LINEAR.index()];
    assert_eq!((own.peers.len(), own.is_compared), (2, false));
    assert!(among_peers().risk.desks[LINEAR.index()].is_compared);
}

#[test]
fn no_way_out_lies_beyond_the_hard_collar() {
    let mut desk = without_a_book(Limits { price_collar_hard_bps: 20, ..limits() });
    desk.command(CommandKind::Flatten);
    assert_eq!(sold_at(&mut desk), check::price::collar_px(Side::Sell, 2 * i128::from(MID), 20).0);

    let mut desk = Desk::new(Limits { price_collar_hard_bps: 20, ..limits() });
    desk.hold(LINEAR, Side::Buy, MID, 10);
    desk.command(CommandKind::Flatten);
    assert_eq!(sold_at(&mut desk), check::price::collar_px(Side::Sell, 2 * i128::from(MID), 20).0, "by its book");
}

#[test]
fn each_way_out_that_the_venue_refuses_brings_the_next_one_nearer() {
    let mut desk = without_a_book(limits());
    desk.command(CommandKind::Flatten);
    let mut prices = Vec::new();
    for _ in 0..8 {
        let wish = desk.risk.next_closing(desk.now).expect("a step is due");
        let DecisionKind::Submit(order) = desk.ask_for(wish).what else { panic!("risk refused itself") };
        prices.push(order.px.0);
        desk.reply(order.client_order_id, ReplyKind::Rejected(RejectReason::Filter));
        desk.wait(Nanos::SECOND / 2);
    }
    let nearest = check::price::collar_px(Side::Sell, 2 * i128::from(MID), 50).0;
    assert_eq!((prices[0], prices[7]), (furthest(&desk, MID), nearest), "{prices:?}");
    assert!(prices.is_sorted() && prices[0] < prices[1] && prices[1] < prices[2], "{prices:?}");
    desk.command(CommandKind::Flatten);
    assert_eq!(sold_at(&mut desk), furthest(&desk, MID), "asked for anew");
}

#[test]
fn a_quiet_market_is_closed_as_near_as_any_market_order() {
    let mut desk = Desk::new(limits());
    desk.hold(LINEAR, Side::Buy, MID, 10);
    desk.wait(5 * Nanos::SECOND);
    desk.command(CommandKind::Flatten);
    assert_eq!(sold_at(&mut desk), check::price::collar_px(Side::Sell, 2 * i128::from(MID), 50).0);
}
