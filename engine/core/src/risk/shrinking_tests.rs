//! What is withdrawn when a state falls to reducing, and what stays.

use super::check::reduces;
use super::test_desk::{Desk, EPOCH, US, wide};
use super::tests::{MID, SIDES};
use super::*;
use crate::test_instruments::{INVERSE, LINEAR};
use crate::test_random::Random;
use engine_model::command::CommandKind;
use engine_model::intent::{Change, Intent, IntentKind};
use engine_model::market::Side;
use engine_model::order::{Order, OrderStatus, OrderType};
use engine_model::refusal::Check;
use engine_model::units::{Lots, Ticks};
use engine_model::venue::{RejectReason, ReplyKind, VenueId};

const NO: ReplyKind = ReplyKind::CancelRejected(RejectReason::NotAllowed);

fn falls(scope: Scope) -> CommandKind {
    CommandKind::SetTradingState { scope, state: TradingState::Reducing }
}

fn resumes(scope: Scope) -> CommandKind {
    CommandKind::SetTradingState { scope, state: TradingState::Active }
}

/// An order of that side that stands, out of the others' way.
fn standing(desk: &mut Desk, side: Side, qty: i64) -> ClientOrderId {
    let id = desk.submit(desk.order(LINEAR, side, MID - 50 * side.sign(), qty)).unwrap();
    desk.reply(id, ReplyKind::Accepted);
    id
}

fn as_strategy(desk: &mut Desk, strategy: StrategyId, side: Side, qty: i64) -> ClientOrderId {
    let client_order_id = desk.risk.next_id(strategy);
    let order = Order { client_order_id, ..desk.order(LINEAR, side, MID - 50 * side.sign(), qty) };
    let intent = Intent { strategy, seen: *desk.risk.seen(), caused_at_ns: desk.now, what: IntentKind::Submit(order) };
    assert!(matches!(desk.ask_for(intent).what, DecisionKind::Submit(_)));
    desk.reply(client_order_id, ReplyKind::Accepted);
    client_order_id
}

#[test]
fn whatever_falls_withdraws_what_grows_once_and_nothing_that_only_reduces() {
    let scopes = [Scope::Whole, Scope::Strategy(US), Scope::Venue(VenueId::BinanceUsdm), Scope::Instrument(LINEAR)];
    for side in SIDES {
        for scope in scopes {
            let mut desk = Desk::new(wide());
            desk.hold(LINEAR, side, MID, 10);
            let grows = standing(&mut desk, side, 1);
            let closes = standing(&mut desk, side.opposite(), 6);
            let too_many = standing(&mut desk, side.opposite(), 5);
            let fits = standing(&mut desk, side.opposite(), 4);
            assert_eq!(desk.shrink(), [], "nothing has fallen");
            desk.command(falls(Scope::Instrument(INVERSE)));
            assert_eq!(desk.shrink(), [], "nothing of it stands");
            desk.command(falls(scope));
            assert_eq!(desk.shrink(), [grows, too_many], "{side:?} {scope:?}");
            assert_eq!(desk.shrink(), [], "once");
            let status = |desk: &Desk, id| desk.clerk.orders().get(id).unwrap().status;
            assert_eq!([grows, too_many].map(|id| status(&desk, id)), [OrderStatus::PendingCancel; 2]);
            assert_eq!([closes, fits].map(|id| status(&desk, id)), [OrderStatus::Accepted; 2]);
            // What it did before it was gone leaves less to close.
            desk.fill(too_many, MID, 1);
            assert_eq!(desk.shrink(), [fits], "9 are held, 6 stay");
            desk.fill(closes, MID, 3);
            assert_eq!(desk.shrink(), [], "each fill of what closes leaves what there is for the rest");
        }
    }
}

#[test]
fn a_stop_at_the_venue_stays_before_a_target_that_would_close_the_same() {
    for side in SIDES {
        let mut desk = Desk::new(wide());
        desk.hold(LINEAR, side, MID, 10);
        let target = standing(&mut desk, side.opposite(), 10);
        let trigger_px = Ticks(MID - 40 * side.sign());
        let order = desk.order(LINEAR, side.opposite(), 0, 10);
        let stop = desk.submit(Order { order_type: OrderType::StopMarket, trigger_px, ..order }).unwrap();
        desk.reply(stop, ReplyKind::Accepted);
        desk.state(TradingState::Reducing);
        assert_eq!(desk.shrink(), [target], "{side:?}: what is lost by it is a gain");
    }
}

/// A stop of that side that stands at the venue and is not told to reduce only, out of reach.
fn standing_stop(desk: &mut Desk, strategy: StrategyId, side: Side, qty: i64) -> ClientOrderId {
    let (client_order_id, trigger_px) = (desk.risk.next_id(strategy), Ticks(MID + 40 * side.sign()));
    let order = Order { client_order_id, trigger_px, ..desk.order(LINEAR, side, 0, qty) };
    let what = IntentKind::Submit(Order { order_type: OrderType::StopMarket, ..order });
    let intent = Intent { strategy, seen: *desk.risk.seen(), caused_at_ns: desk.now, what };
    let decision = desk.ask_for(intent).what;
    assert!(matches!(decision, DecisionKind::Submit(_)), "{decision:?}");
    desk.reply(client_order_id, ReplyKind::Accepted);
    client_order_id
}

#[test]
fn a_target_that_waits_at_a_trigger_is_no_stop() {
    for side in SIDES {
        let mut desk = Desk::new(wide());
        desk.hold(LINEAR, side, MID, 10);
        let trigger_px = Ticks(MID + 40 * side.sign());
        let target = desk.order(LINEAR, side.opposite(), 0, 10);
        let target = desk.submit(Order { order_type: OrderType::MarketIfTouched, trigger_px, ..target }).unwrap();
        desk.reply(target, ReplyKind::Accepted);
        standing_stop(&mut desk, US, side.opposite(), 10);
        desk.state(TradingState::Reducing);
        assert_eq!(desk.shrink(), [target], "{side:?}: it came first, and ends no loss");
    }
}

#[test]
fn a_stop_larger_than_what_is_left_is_made_smaller_and_withdrawn_only_if_that_is_refused() {
    let made = |side: Side, qty| ReplyKind::Updated { px: Ticks(MID + 40 * side.sign()), qty: Lots(qty) };
    for side in SIDES {
        let mut desk = Desk::new(wide());
        desk.hold(LINEAR, side, MID, 10);
        let closing = side.opposite();
        let stop = standing_stop(&mut desk, US, closing, 10);
        let target = standing(&mut desk, closing, 4);
        desk.fill(target, MID, 4);
        desk.command(falls(Scope::Strategy(US)));
        assert_eq!(desk.shrink_all(), [(stop, Some(Lots(6)))], "{side:?}: six are left to close");
        let theirs = as_strategy(&mut desk, StrategyId(2), closing, 1);
        desk.fill(theirs, MID, 1);
        assert_eq!(desk.shrink_all(), [], "{side:?}: the venue's answer comes first");
        desk.reply(stop, made(closing, 6));
        assert_eq!(desk.shrink_all(), [(stop, Some(Lots(5)))], "{side:?}: less is left by now");
        // It says yes, and makes nothing smaller: to ask for ever would be a circle.
        desk.reply(stop, made(closing, 6));
        assert_eq!(desk.shrink_all(), [(stop, None)], "{side:?}");

        let mut desk = Desk::new(wide());
        desk.hold(LINEAR, side, MID, 6);
        let stop = standing_stop(&mut desk, US, closing, 10);
        desk.command(falls(Scope::Strategy(US)));
        assert_eq!(desk.shrink_all(), [(stop, Some(Lots(6)))]);
        desk.reply(stop, ReplyKind::ModifyRejected(RejectReason::Unavailable));
        assert_eq!(desk.shrink_all(), [], "{side:?}: not now, and to ask at once would be a circle");
        let theirs = as_strategy(&mut desk, StrategyId(2), closing, 1);
        desk.fill(theirs, MID, 1);
        assert_eq!(desk.shrink_all(), [(stop, Some(Lots(5)))], "{side:?}: behind other news it is");
        desk.reply(stop, ReplyKind::ModifyRejected(RejectReason::NotAllowed));
        assert_eq!(desk.shrink_all(), [(stop, None)], "{side:?}: it cannot be made smaller there");
    }
}

#[test]
fn a_stop_has_what_others_leave_and_its_owners_change_is_waited_for() {
    let (other, opposite) = (StrategyId(2), Side::Sell);
    let mut desk = Desk::new(wide());
    desk.hold(LINEAR, Side::Buy, MID, 10);
    let stop = standing_stop(&mut desk, US, opposite, 9);
    let theirs = as_strategy(&mut desk, other, opposite, 3);
    let trigger = Ticks(MID + 40 * opposite.sign());
    let change = Change { client_order_id: stop, px: trigger, qty: Lots(8) };
    assert!(matches!(desk.ask(IntentKind::Modify(change)).what, DecisionKind::Modify(_)));
    desk.command(falls(Scope::Strategy(US)));
    assert_eq!(desk.shrink_all(), [], "what becomes of it is not known yet");
    desk.reply(stop, ReplyKind::Updated { px: trigger, qty: Lots(8) });
    assert_eq!(desk.shrink_all(), [(stop, Some(Lots(7)))], "three are another's to close");
    desk.reply(stop, ReplyKind::Updated { px: trigger, qty: Lots(7) });
    desk.fill(theirs, MID, 3);
    assert_eq!(desk.shrink_all(), [], "seven are held, and seven are stopped");
}

#[test]
fn orders_of_others_and_of_risk_itself_stay_and_are_counted_with() {
    let other = StrategyId(2);
    for side in SIDES {
        let mut desk = Desk::new(wide());
        desk.hold(LINEAR, side, MID, 10);
        let ours = standing(&mut desk, side.opposite(), 5);
        let theirs = as_strategy(&mut desk, other, side.opposite(), 6);
        let operators = as_strategy(&mut desk, StrategyId(0), side, 1);
        desk.command(falls(Scope::Strategy(US)));
        assert_eq!(desk.shrink(), [ours], "with theirs it would go through flat");
        desk.command(falls(Scope::Whole));
        assert_eq!(desk.shrink(), [], "it is on its way already");
        for id in [theirs, operators] {
            assert_eq!(desk.clerk.orders().get(id).unwrap().status, OrderStatus::Accepted);
        }
    }
}

#[test]
fn what_comes_back_into_a_scope_that_only_reduces_is_withdrawn() {
    let mut desk = Desk::new(wide());
    desk.hold(LINEAR, Side::Buy, MID, 2);
    desk.state(TradingState::Reducing);
    assert_eq!(desk.shrink(), []);
    // A run before left it, and it is found late.
    let late = ClientOrderId::new(1, EPOCH - 1, 7);
    desk.reply_on(
        LINEAR,
        late,
        ReplyKind::Adopted { side: Side::Buy, px: Ticks(MID - 9), qty: Lots(3), filled: Lots(1) },
    );
    assert_eq!(desk.shrink(), [late]);
    // Its owner withdrew it, and the venue does not.
    desk.state(TradingState::Active);
    let owned = standing(&mut desk, Side::Buy, 1);
    desk.cancel(owned);
    desk.state(TradingState::Reducing);
    assert_eq!(desk.shrink(), [], "both are on their way already");
    desk.reply(owned, NO);
    assert_eq!(desk.shrink(), [owned], "now risk wants it, too");
}

#[test]
fn a_held_order_stays_held_and_is_denied_when_it_would_grow() {
    let mut desk = Desk::new(wide());
    desk.hold(LINEAR, Side::Buy, MID, 2);
    let held =
        Order { order_type: OrderType::StopMarket, trigger_px: Ticks(MID + 9), ..desk.order(LINEAR, Side::Buy, 0, 1) };
    assert!(matches!(desk.ask(IntentKind::Hold(held)).what, DecisionKind::Hold(_)));
    desk.state(TradingState::Reducing);
    assert_eq!(desk.shrink(), []);
    let let_go = Order { order_type: OrderType::Market, trigger_px: Ticks(0), ..held };
    let DecisionKind::Denied(denial) = desk.ask(IntentKind::Release(let_go)).what else { panic!("it left") };
    assert_eq!((denial.wish, denial.refusal.check), (Wish::Release, Check::Reducing));
}

#[test]
fn a_refused_withdrawal_is_asked_for_again_until_its_scope_trades_again() {
    let scopes = [Scope::Whole, Scope::Strategy(US), Scope::Instrument(LINEAR)];
    for scope in scopes {
        let mut desk = Desk::new(wide());
        let id = standing(&mut desk, Side::Buy, 5);
        desk.command(falls(scope));
        assert_eq!(desk.shrink(), [id]);
        for pause_ms in [250, 500, 1_000] {
            desk.reply(id, NO);
            assert_eq!(desk.shrink(), [], "{scope:?}: execution has it");
            desk.wait(pause_ms * Nanos::MILLI - 1);
            assert_eq!(desk.withdraw(), 0, "{scope:?}: not yet");
            desk.wait(1);
            assert_eq!(desk.withdraw(), 1, "{scope:?} after {pause_ms} ms");
        }
        desk.reply(id, NO);
        desk.command(resumes(scope));
        desk.wait(60 * Nanos::SECOND);
        assert_eq!((desk.withdraw(), desk.shrink()), (0, vec![]), "{scope:?}: it may stand again");
        desk.command(falls(scope));
        assert_eq!(desk.shrink(), [id], "{scope:?}: and has to go again");
    }
    // Who withdraws by himself while all is well hears the no, and decides.
    let mut desk = Desk::new(wide());
    let id = standing(&mut desk, Side::Buy, 5);
    let what = IntentKind::Cancel(id);
    desk.ask_for(Intent { strategy: StrategyId(0), seen: *desk.risk.seen(), caused_at_ns: desk.now, what });
    desk.reply(id, NO);
    desk.wait(60 * Nanos::SECOND);
    assert_eq!(desk.withdraw(), 0);
}

/// What is to be withdrawn or made smaller, as the checks see it: whatever would be denied if it were wished for now, behind
/// what stays; of a stop as much as would not.
fn twin(desk: &Desk, is_in: impl Fn(StrategyId) -> bool) -> Vec<(ClientOrderId, Option<Lots>)> {
    let (mut ids, orders) = (Vec::new(), &desk.risk.orders);
    desk.clerk.orders().open_ids(&mut ids);
    let rows: Vec<_> = ids.iter().filter_map(|id| orders.get_open(*id)).collect();
    let at_venue = |row: &&&crate::execution::OrderRow| row.status != OrderStatus::PendingCancel && row.weight().0 > 0;
    let mut gone = Vec::new();
    for side in SIDES {
        let mut position = i128::from(desk.risk.portfolio().qty(LINEAR));
        let of_side = || rows.iter().filter(at_venue).filter(|row| row.side == side);
        // Of those that no state holds back only what closes can be gone through.
        for row in of_side().filter(|row| !is_in(row.strategy)) {
            position += i128::from(side.sign() * row.weight().0);
        }
        for row in of_side().filter(|row| is_in(row.strategy) && row.waits) {
            let after = |lots: i64| position + i128::from(side.sign() * lots);
            let fitting = (1..=row.weight().0).rev().find(|lots| reduces(side, position, after(*lots)));
            if fitting != Some(row.weight().0) {
                gone.push((row.client_order_id, fitting.map(|lots| Lots(row.filled_qty.0 + lots))));
            }
            position = after(fitting.unwrap_or(0));
        }
        for row in of_side().filter(|row| is_in(row.strategy) && !row.waits) {
            let after = position + i128::from(side.sign() * row.weight().0);
            match reduces(side, position, after) {
                true => position = after,
                false => gone.push((row.client_order_id, None)),
            }
        }
    }
    gone.sort_unstable_by_key(|(id, _)| *id);
    gone
}

#[test]
fn in_whatever_order_the_venue_fills_what_stays_no_position_grows() {
    let (mut withdrawn, mut cut, mut filled) = (0, 0, 0);
    for seed in 0..5_000 {
        let mut random = Random::new(seed);
        let mut desk = Desk::with(wide(), 1_000_000, 20, |_| {});
        let held = random.within(-20, 20);
        if held != 0 {
            desk.hold(LINEAR, if held > 0 { Side::Buy } else { Side::Sell }, MID, held.abs());
        }
        for _ in 0..random.below(9) {
            let (side, qty) = (*random.pick(&SIDES), random.within(1, 12));
            let strategy = StrategyId(1 + random.below(2) as u8);
            if random.once_in(3) {
                standing_stop(&mut desk, strategy, side, qty);
                continue;
            }
            let id = as_strategy(&mut desk, strategy, side, qty);
            if random.once_in(4) {
                desk.fill(id, MID, 1);
            }
        }
        let all = random.once_in(2);
        let is_in = |strategy: StrategyId| all || strategy == US;
        let expected = twin(&desk, is_in);
        desk.command(falls(if all { Scope::Whole } else { Scope::Strategy(US) }));
        let mut gone = desk.shrink_all();
        gone.sort_unstable_by_key(|(id, _)| *id);
        assert_eq!(gone, expected, "seed {seed}");
        for (id, to) in gone {
            let px = desk.clerk.orders().get(id).unwrap().px;
            desk.reply(id, to.map_or(ReplyKind::Canceled, |qty| ReplyKind::Updated { px, qty }));
            (withdrawn, cut) = (withdrawn + usize::from(to.is_none()), cut + usize::from(to.is_some()));
        }
        assert_eq!(desk.shrink_all(), [], "seed {seed}: what stays only reduces");
        let mut ids = Vec::new();
        desk.clerk.orders().open_ids(&mut ids);
        while all && !ids.is_empty() {
            let id = *random.pick(&ids);
            let leaves = desk.clerk.orders().get(id).unwrap().leaves().0;
            let before = desk.risk.portfolio().qty(LINEAR);
            desk.fill(id, MID, random.within(1, leaves));
            let after = desk.risk.portfolio().qty(LINEAR);
            assert!(
                after.abs() < before.abs() && after.signum() * before.signum() >= 0,
                "seed {seed}: {before}, {after}"
            );
            filled += 1;
            desk.clerk.orders().open_ids(&mut ids);
        }
    }
    assert!(withdrawn > 5_000 && cut > 500 && filled > 1_000, "{withdrawn} {cut} {filled}");
}
