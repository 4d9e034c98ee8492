//! The stories that a trader would tell of the judge.

use super::test_desk::{Desk, EPOCH, US, wide};
use super::tests::{LOT, MID, SIDES, breaches};
use super::*;
use crate::test_instruments::{INVERSE, LINEAR, SPOT};
use engine_model::command::CommandKind;
use engine_model::intent::IntentKind;
use engine_model::market::{BookState, MarketChange, Side};
use engine_model::order::{ClientOrderId, Order, OrderType, TimeInForce};
use engine_model::position::Opening;
use engine_model::refusal::{Check, Refusal};
use engine_model::units::{Lots, Ticks};
use engine_model::venue::{RejectReason, ReplyKind};

#[test]
fn every_breach_is_recorded_and_the_worst_is_told() {
    let mut desk = Desk::with(Limits { order_qty_max_lots: 5, price_collar_bps: 10, ..wide() }, 1_000, 10, |_| {});
    desk.limit(|limits| limits.leverage_max_pct = 100);
    let order = Order { reduce_only: true, ..desk.order(LINEAR, Side::Buy, MID + 601, 100) };
    let DecisionKind::Denied(denial) = desk.ask(IntentKind::Submit(order)).what else { panic!("it passed") };
    let all = [Check::OrderQtyMax, Check::PriceCollar, Check::ReduceOnly, Check::Leverage];
    assert_eq!(denial.breaches.iter().collect::<Vec<_>>(), all);
    assert_eq!(denial.refusal, Refusal { headroom: 5, passes: 5, ..Refusal::new(Check::OrderQtyMax, 100, 5) });
}

#[test]
fn a_market_order_becomes_an_ioc_limit_order_at_the_collar() {
    let mut desk = Desk::new(Limits { market_collar_bps: 200, ..wide() });
    for (side, mid, px) in
        [(Side::Buy, 0, 612_000), (Side::Sell, 0, 588_000), (Side::Buy, 1, 612_000), (Side::Sell, 1, 588_001)]
    {
        desk.top(LINEAR, MID - 1, MID + 1 + mid); // a mid on half a tick: the limit is rounded towards it
        let order = Order { post_only: true, ..desk.market_order(LINEAR, side, 2) };
        let DecisionKind::Submit(approved) = desk.ask(IntentKind::Submit(order)).what else { panic!("refused") };
        assert_eq!((approved.order_type, approved.time_in_force), (OrderType::Limit, TimeInForce::Ioc));
        assert_eq!((approved.px, approved.post_only, approved.qty), (Ticks(px), false, Lots(2)));
        desk.fill(approved.client_order_id, px, 2);
    }
    desk.limit(|limits| limits.market_collar_bps = 20_000);
    desk.limit(|limits| limits.price_collar_bps = 20_000);
    desk.top(LINEAR, 1, 2);
    let order = desk.market_order(LINEAR, Side::Sell, 100_000);
    let DecisionKind::Submit(approved) = desk.ask(IntentKind::Submit(order)).what else { panic!("refused") };
    assert_eq!(approved.px, Ticks(1), "never below a tick");
}

#[test]
fn a_position_beyond_its_limit_can_always_be_made_smaller() {
    let limits =
        Limits { position_notional_max: Quote(10 * LOT), leverage_max_pct: 1, position_share_max_bps: 1, ..wide() };
    for side in SIDES {
        let mut desk = Desk::with(wide(), 100_000, 10, |_| {}); // 1 % of it is 1,000 dollars, held are 1,200
        desk.hold(LINEAR, side, MID, 20);
        desk.risk.set_limits(limits);
        assert!(desk.submit(desk.order(LINEAR, side.opposite(), MID, 1)).is_ok(), "19 is still too much, but less");
        assert!(desk.submit(desk.order(LINEAR, side, MID, 1)).is_err());
        let order = desk.order(LINEAR, side.opposite(), MID, 40);
        assert!(
            breaches(&mut desk, &order).contains(&Check::PositionNotional),
            "through flat and out on the other side"
        );
    }
}

#[test]
fn a_position_through_flat_is_held_against_its_limit_however_large_it_was_before() {
    let limits = Limits { position_notional_max: Quote(10 * LOT), ..wide() };
    for side in SIDES {
        for (qty, is_allowed) in [(10, true), (15, true), (16, false), (19, false)] {
            let mut desk = Desk::new(limits);
            desk.hold(LINEAR, side, MID, 10);
            desk.top(LINEAR, 2 * MID - 1, 2 * MID + 1); // a lot is worth two now, and the limit five lots
            let order = desk.order(LINEAR, side.opposite(), 2 * MID, qty);
            let expected = if is_allowed { vec![] } else { vec![Check::PositionNotional] };
            assert_eq!(
                breaches(&mut desk, &order),
                expected,
                "{side:?}: 10 lots become {} of the other side",
                qty - 10
            );
        }
    }
}

#[test]
fn an_order_counts_from_its_approval_before_any_report_tells_of_it() {
    let limits = Limits { leverage_max_pct: 300, ..wide() };
    let mut risk = Desk::with(limits, 200, 10, |_| {}).risk;
    let mut wish = |instrument, qty| {
        let client_order_id = risk.next_id(US);
        let order = Order { client_order_id, instrument, px: Ticks(MID), qty: Lots(qty), ..Order::default() };
        let what = IntentKind::Submit(order);
        let intent = engine_model::intent::Intent { strategy: US, what, ..Default::default() };
        risk.judge(&intent, Nanos(1_700_000_000 * Nanos::SECOND), Outside::default()).what
    };
    assert!(matches!(wish(LINEAR, 6), DecisionKind::Submit(_)));
    assert!(matches!(wish(INVERSE, 3), DecisionKind::Denied(_)), "360 and 300 dollars of 600");
    assert!(matches!(wish(INVERSE, 2), DecisionKind::Submit(_)));
}

#[test]
fn working_orders_are_worth_what_the_market_makes_of_them() {
    let mut desk = Desk::with(Limits { leverage_max_pct: 300, ..wide() }, 200, 10, |_| {});
    assert!(desk.buy(LINEAR, MID, 5).is_ok());
    assert!(desk.buy(INVERSE, MID, 3).is_ok(), "300 and 300 of 600");
    desk.cancel(ClientOrderId::new(1, EPOCH, 2));
    desk.reply(ClientOrderId::new(1, EPOCH, 2), ReplyKind::Canceled);
    desk.top(LINEAR, MID + 999, MID + 1_001);
    assert_eq!(desk.buy(INVERSE, MID, 3).unwrap_err().check, Check::Leverage, "300.50 and 300");
}

#[test]
fn a_fill_changes_equity_at_once() {
    let mut desk = Desk::with(Limits { daily_loss_reduce_bps: 200, ..wide() }, 10_000, 10, |_| {});
    let id = desk.buy(LINEAR, MID, 10).unwrap();
    desk.risk.write_image(desk.now, &mut PortfolioImage::default());
    desk.fee = Quote(200 * Quote::ONE + 1);
    desk.fill(id, MID, 10);
    assert_eq!(desk.buy(LINEAR, MID, 1).unwrap_err().check, Check::Reducing);
}

#[test]
fn a_mark_that_is_told_no_more_does_not_hide_a_loss() {
    let limits = Limits { daily_loss_reduce_bps: 200, daily_loss_halt_bps: 500, ..wide() };
    let mut desk = Desk::with(limits, 1_000_000, 10, |_| {});
    desk.market(LINEAR, MarketChange::Mark { px: Ticks(MID) });
    desk.hold(LINEAR, Side::Buy, MID, 5_000); // 300,000 dollars
    desk.wait(3_600 * Nanos::SECOND);
    desk.top(LINEAR, MID / 2 - 1, MID / 2 + 1);
    assert_eq!(desk.buy(LINEAR, MID / 2, 1).unwrap_err().check, Check::TradingState, "150,000 of 1,000,000 are gone");
    assert_eq!(desk.risk.equity(), Quote::whole(850_000));
    desk.market(LINEAR, MarketChange::Book(BookState::Lost));
    desk.command(CommandKind::CancelAll);
    assert_eq!(desk.risk.equity(), Quote::whole(850_000), "the old mark is no price when the book is lost, either");
}

#[test]
fn shares_of_nothing_or_less_and_spot_below_zero_are_judged_with_care() {
    let limits = Limits::default();
    assert!(check::loss::daily_loss(&limits, 0, -1).is_ok(), "no loss is no breach, even of a debt");
    assert!(check::loss::circuit_breaker(&limits, 1, -1).is_err());
    assert!(check::holding::leverage(1, 0, i64::MAX).is_err());
    assert!(check::holding::leverage(0, -5, 0).is_ok());
    assert!(check::order::short_spot(true, Side::Buy, -1).is_ok(), "buying back");
}

#[test]
fn with_equity_gone_nothing_that_grows_passes() {
    let mut desk = Desk::with(wide(), 100, 10, |_| {});
    desk.hold(LINEAR, Side::Buy, MID, 10);
    desk.top(LINEAR, MID / 2 - 1, MID / 2 + 1);
    let order = desk.order(LINEAR, Side::Buy, MID / 2, 1);
    let found = breaches(&mut desk, &order);
    assert!(found.contains(&Check::PositionShare) && found.contains(&Check::Leverage), "{found:?}");
}

#[test]
fn a_cancel_needs_an_open_order_of_its_own_strategy_or_the_operator() {
    let mut desk = Desk::new(wide());
    let id = desk.buy(LINEAR, MID, 2).unwrap();
    let ask = |desk: &mut Desk, strategy| {
        let intent = engine_model::intent::Intent { strategy, what: IntentKind::Cancel(id), ..Default::default() };
        desk.risk.judge(&intent, desk.now, Outside::default()).what
    };
    assert_eq!(ask(&mut desk, StrategyId(2)), DecisionKind::CancelDenied(id));
    assert_eq!(ask(&mut desk, StrategyId(0)), DecisionKind::Cancel(id));
    desk.fill(id, MID, 2);
    assert_eq!(ask(&mut desk, US), DecisionKind::CancelDenied(id), "filled");
}

#[test]
fn working_lots_follow_an_order_through_its_life() {
    let mut desk = Desk::new(wide());
    let working = |desk: &Desk| (desk.risk.exposure().working(LINEAR).buys, desk.risk.exposure().working(LINEAR).sells);
    let bid = desk.buy(LINEAR, MID, 10).unwrap();
    let ask = desk.sell(LINEAR, MID + 5, 4).unwrap();
    assert_eq!(working(&desk), (10, 4));
    desk.reply(bid, ReplyKind::Accepted);
    desk.fill(bid, MID, 3);
    assert_eq!((working(&desk), desk.risk.portfolio().qty(LINEAR)), ((7, 4), 3));
    desk.reply(ask, ReplyKind::Rejected(RejectReason::Filter));
    assert_eq!(working(&desk), (7, 0));
    assert!(matches!(desk.cancel(bid).what, DecisionKind::Cancel(_)));
    assert_eq!(working(&desk), (7, 0), "until the venue says so, all of it may still fill");
    desk.reply(bid, ReplyKind::Canceled);
    assert_eq!(working(&desk), (0, 0));
    desk.fill(bid, MID, 2);
    assert_eq!((working(&desk), desk.risk.portfolio().qty(LINEAR)), ((0, 0), 5), "a late fill is booked");
    let late = crate::execution::Anomaly::LateFill;
    assert_eq!(desk.clerk.anomalies().count(late), 1);
}

#[test]
fn the_image_tells_orders_refusals_and_state() {
    let mut desk = Desk::new(wide());
    desk.hold(LINEAR, Side::Buy, MID, 10);
    assert!(desk.buy(LINEAR, MID, 0).is_err());
    desk.top(LINEAR, MID + 999, MID + 1_001);
    desk.state(TradingState::Reducing);
    let mut image = PortfolioImage::default();
    desk.risk.write_image(desk.now, &mut image);
    assert_eq!((image.orders, image.denied, image.fills, image.trading_state), (1, 1, 1, TradingState::Reducing));
    assert_eq!((image.at_ns, image.unrealised, image.equity), (desk.now, Quote::whole(1), Quote::whole(1_000_001)));
    assert_eq!(desk.risk.equity(), image.equity);
    desk.top(LINEAR, MID - 1_001, MID - 999);
    desk.risk.write_image(desk.now, &mut image);
    assert_eq!(image.drawdown, Quote::whole(2), "from one up to one down");
}

#[test]
#[should_panic(expected = "judging on")]
fn judging_on_less_than_the_strategy_had_seen_is_a_bug() {
    let mut desk = Desk::new(wide());
    let mut intent = engine_model::intent::Intent { strategy: US, seen: *desk.risk.seen(), ..Default::default() };
    intent.seen.report += 1;
    desk.risk.judge(&intent, desk.now, Outside::default());
}

#[test]
fn the_digest_is_of_what_was_decided_and_not_of_when_it_was_looked_at() {
    let hash = |risk: &Risk| {
        let mut hasher = blake3::Hasher::new();
        risk.digest(&mut hasher);
        hasher.finalize()
    };
    let mut desk = Desk::new(wide());
    let empty = hash(&desk.risk);
    let id = desk.buy(LINEAR, MID, 10).unwrap();
    let working = hash(&desk.risk);
    assert_ne!(empty, working);
    desk.risk.write_image(desk.now, &mut PortfolioImage::default());
    desk.top(LINEAR, MID, MID + 2);
    assert_eq!(hash(&desk.risk), working, "prices are in the markets' digests");
    desk.reply(id, ReplyKind::Accepted);
    assert_ne!(hash(&desk.risk), working);
    let before = hash(&desk.risk);
    let mut changes: Vec<Risk> = vec![desk.risk.clone(); 7];
    changes[0].state = TradingState::Reducing;
    changes[1].traders[2].state = TradingState::Halted;
    changes[2].ladder.day_open += 1;
    changes[3].approved_count += 1;
    changes[4].denied_count += 1;
    changes[5].traders[1].counter += 1;
    changes[6].exposure.add(SPOT, Side::Sell, Lots(1));
    assert!(changes.iter().all(|risk| hash(risk) != before));
}

#[test]
fn a_time_before_midnight_does_not_open_the_day_again() {
    let mut desk = Desk::with(Limits { daily_loss_reduce_bps: 200, ..wide() }, 10_000, 10, |_| {});
    let midnight = Nanos(1_700_006_400 * Nanos::SECOND);
    desk.now = midnight.plus(1);
    desk.top(LINEAR, MID - 1, MID + 1);
    desk.hold(LINEAR, Side::Buy, MID, 100); // 6,000 dollars
    desk.top(LINEAR, MID * 9 / 10 - 1, MID * 9 / 10 + 1);
    for now in [Nanos(midnight.0 - 1), midnight.plus(2)] {
        desk.now = now;
        let refusal = desk.buy(LINEAR, MID * 9 / 10, 1).expect_err("6 % of the day's start are gone");
        assert_eq!((refusal.check, desk.risk.day_loss()), (Check::Reducing, 600 * i128::from(Quote::ONE)));
        desk.state(TradingState::Active);
    }
}

/// Until its instrument has a price, an order of a run before is worth its own; beyond all telling it would be a liquidation.
#[test]
fn an_order_adopted_before_there_is_a_price_flattens_nothing() {
    let standing = |equity: i64| {
        let limits = Limits { liquidation_flatten_bps: 800, liquidation_distance_min_bps: 800, ..wide() };
        let mut desk = Desk::with(limits, equity, 10, |_| {});
        desk.risk.markets[LINEAR.index()] = Default::default();
        let what = ReplyKind::Adopted { side: Side::Buy, px: Ticks(MID), qty: Lots(100), filled: Lots(90) };
        let id = ClientOrderId::new(1, EPOCH - 1, 7);
        desk.reply_on(LINEAR, id, what);
        desk.command(CommandKind::CancelAll); // reviews first
        (desk, id)
    };
    let worth = |desk: &Desk| desk.risk.exposure().total().worth / i128::from(Quote::ONE);
    let (mut desk, id) = standing(10_000);
    assert_eq!((desk.risk.state, worth(&desk)), (TradingState::Active, 600), "ten lots at 60,000");
    desk.fill(id, MID, 4);
    desk.reply(id, ReplyKind::Canceled);
    desk.command(CommandKind::CancelAll);
    assert_eq!((desk.risk.state, worth(&desk)), (TradingState::Active, 240), "so is what it did");
    desk.market(LINEAR, MarketChange::Book(BookState::Synced));
    desk.top(LINEAR, MID * 2 - 1, MID * 2 + 1);
    desk.command(CommandKind::CancelAll);
    assert_eq!(worth(&desk), 480, "the market's price as soon as there is one");
    assert_eq!(standing(20).0.risk.state, TradingState::Halted, "what is near is no less near");
}

fn opened(desk: &mut Desk, qty: i64) {
    let opening = Opening { qty: Lots(qty), avg_px_milliticks: 1_000 * MID * 3 / 2 };
    desk.reply_on(LINEAR, ClientOrderId::new(1, 0, 0), ReplyKind::Opened(opening));
}

/// Bought at half as much again by the venue's average: a loss of before, which is none of the run's.
#[test]
fn what_the_account_held_before_is_in_every_limit_and_earns_from_the_first_price_on() {
    let mut desk = Desk::with(Limits { position_notional_max: Quote::whole(7_000), ..wide() }, 10_000, 10, |_| {});
    let equity = |desk: &mut Desk| {
        desk.command(CommandKind::CancelAll); // reviews first
        desk.risk.portfolio().equity() / i128::from(Quote::ONE)
    };
    opened(&mut desk, 100); // 6,000 dollars
    assert_eq!((desk.risk.portfolio().qty(LINEAR), equity(&mut desk)), (100, 10_000));
    assert_eq!(desk.buy(LINEAR, MID, 20).expect_err("7,200").check, Check::PositionNotional);
    desk.top(LINEAR, MID * 9 / 10 - 1, MID * 9 / 10 + 1);
    assert_eq!(equity(&mut desk), 9_400);
    let id = desk.sell(LINEAR, MID * 9 / 10, 100).expect("it makes the position smaller");
    desk.fill(id, MID * 9 / 10, 100);
    assert_eq!((desk.risk.portfolio().qty(LINEAR), equity(&mut desk)), (0, 9_400));
    let opening = desk.risk.portfolio().position(LINEAR, None).opening;
    assert_eq!((opening.qty, opening.avg_px_milliticks), (Lots(100), 1_500 * MID), "and is told apart");
    // Of something that no account holds nothing is believed.
    opened(&mut desk, i64::MIN);
    assert_eq!(desk.risk.portfolio().qty(LINEAR), 0);
}

#[test]
fn what_was_held_before_waits_for_a_price_and_flattens_nothing_meanwhile() {
    let limits = Limits { liquidation_flatten_bps: 800, liquidation_distance_min_bps: 800, ..wide() };
    let mut desk = Desk::with(limits, 10_000, 10, |_| {});
    let of = LINEAR.index();
    (desk.risk.markets[of], desk.risk.desks[of].first_px) = (Default::default(), None);
    opened(&mut desk, -50);
    desk.command(CommandKind::CancelAll);
    assert_eq!((desk.risk.state, desk.risk.portfolio().qty(LINEAR)), (TradingState::Active, 0));
    desk.market(LINEAR, MarketChange::Book(BookState::Synced));
    desk.top(LINEAR, MID - 1, MID + 1);
    desk.command(CommandKind::CancelAll);
    assert_eq!((desk.risk.state, desk.risk.portfolio().qty(LINEAR)), (TradingState::Active, -50));
    assert_eq!(desk.risk.portfolio().equity(), 10_000 * i128::from(Quote::ONE));
}
