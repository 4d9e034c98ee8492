//! Every check of the table has its test at the limit and one unit to either side: a check that is new does not compile
//! without one, and one whose test does not hear it fails.

use super::test_desk::{Desk, HEARD, US, wide};
use super::tests::MID;
use super::{gate_tests as gate, people_tests as people, purse_tests as purse, tests as plain, *};
use crate::test_instruments::LINEAR;
use engine_model::intent::{Change, IntentKind};
use engine_model::market::Side;
use engine_model::order::{Order, OrderType};
use engine_model::refusal::Check;
use engine_model::units::{Lots, Ticks};
use engine_model::venue::ReplyKind;

/// Where a check is met at its boundary; `None`: in execution, which alone knows what the slices of an order have filled.
fn test_of(check: Check) -> Option<fn()> {
    let test: fn() = match check {
        Check::ParentQty => return None,
        Check::Killed | Check::TradingState => plain::nothing_passes_while_halted_or_killed,
        Check::Reconciling | Check::NotAllowed | Check::JournalHealth | Check::Unwatched | Check::DiskScarce => {
            gate::what_is_not_allowed_not_reconciled_or_not_written_down_does_not_pass
        }
        Check::StrategyPaused | Check::StrategyStopped => {
            people::who_is_paused_may_reduce_and_who_is_stopped_may_nothing
        }
        Check::Reducing => plain::while_reducing_nothing_grows_or_turns_a_position_whatever_is_working,
        Check::CircuitBreaker => plain::second_step_of_the_days_loss_halts_and_withdraws,
        Check::DailyLoss => plain::first_step_of_the_days_loss_lets_only_reducing_orders_pass,
        Check::EmergencyFlatten | Check::Drawdown | Check::LossSpeed => gate::each_step_of_the_ladder_at_its_limit,
        Check::StrategyHalt | Check::StrategyDrawdown | Check::StrategyLoss | Check::StrategyLossSpeed => {
            purse::each_step_of_a_strategys_own_ladder_at_its_limit_and_others_go_on
        }
        Check::ClientOrderId => plain::only_the_next_number_of_the_strategy_passes_and_a_refused_order_has_used_its,
        Check::OrderTerms => terms_that_no_venue_could_follow,
        Check::BookNotSynced | Check::NoConversion => plain::without_a_price_in_sync_or_in_dollars_nothing_passes,
        Check::BookCrossed => gate::a_book_whose_sides_meet,
        Check::StalePrice => plain::price_too_old,
        Check::ClockSkew => gate::a_clock_that_is_off_either_way,
        Check::ReferenceDeviation => gate::a_mid_away_from_the_median_of_three_venues,
        Check::VolatilityPause => gate::a_move_within_a_minute,
        Check::Overflow => plain::what_does_not_fit_is_refused,
        Check::OrderQtyMin => plain::quantity_below_the_minimum,
        Check::OrderQtyMax => plain::quantity_above_the_maximum,
        Check::VolumeShare => gate::an_order_against_what_its_market_trades_in_a_day,
        Check::OrderNotionalMin => plain::value_below_the_minimum,
        Check::OrderNotionalMax => plain::value_above_the_maximum,
        Check::BatchNotional => gate::a_second_of_orders,
        Check::PriceCollarHard | Check::PriceCollar => gate::collars_of_majors_of_others_and_of_all,
        Check::SelfMatch => gate::our_own_orders_never_meet,
        Check::ReduceOnly => plain::a_reduce_only_order_reduces,
        Check::PositionNotional => plain::position_value_with_what_is_working,
        Check::PositionShare => plain::position_as_a_share_of_equity,
        Check::SectorShare | Check::ClusterShare | Check::VenueShare => gate::shares_of_sector_cluster_and_venue,
        Check::Leverage => plain::leverage_over_all_instruments_at_their_worst,
        Check::MarginUse | Check::ValueAtRisk | Check::ExpectedShortfall => gate::margin_value_at_risk_and_shortfall,
        Check::LiquidationDistance => gate::a_liquidation_near,
        Check::ModelStale => gate::a_history_too_old,
        Check::MessageRate => plain::message_rate,
        Check::VenueRate => gate::a_venues_rate_keeps_a_part_for_cancels,
        Check::DuplicateOrder => gate::the_same_order_again,
        Check::OrderToTrade => gate::orders_for_each_fill_of_a_minute,
        Check::OpenOrdersInstrument | Check::OpenOrdersVenue => gate::open_orders_of_an_instrument_and_at_a_venue,
        Check::OpenOrders => plain::open_orders,
        Check::Backpressure => plain::room_in_the_ring_behind,
        Check::UnknownOrder => a_change_of_what_does_not_stand,
        Check::ShortSpot => plain::spot_is_not_sold_short,
    };
    Some(test)
}

#[test]
fn every_check_is_met_at_its_boundary_and_both_ways() {
    for check in Check::ALL {
        let Some(test) = test_of(check) else { continue };
        HEARD.take();
        test();
        let (passed, refused) = HEARD.take();
        assert!(refused.contains(check), "the boundary test of {check:?} never met it, only {refused:?}");
        assert!(passed > 0, "the boundary test of {check:?} let nothing pass");
    }
}

fn terms_that_no_venue_could_follow() {
    let mut desk = Desk::new(wide());
    let plain = |desk: &Desk| desk.order(LINEAR, Side::Buy, MID, 1);
    let waits = Order { order_type: OrderType::TrailingStopLimit, ..plain(&desk) };
    // What trails has no price of its own that a collar could hold.
    let all = [Check::OrderTerms, Check::PriceCollarHard, Check::PriceCollar];
    assert_eq!(plain::breaches(&mut desk, &waits), all, "no venue knows it, and it was not held");
    let order = plain(&desk);
    assert_eq!(plain::breaches(&mut desk, &order), []);
}

fn a_change_of_what_does_not_stand() {
    let mut desk = Desk::new(wide());
    let id = desk.buy(LINEAR, MID - 5, 2).expect("nothing is in its way");
    desk.reply(id, ReplyKind::Accepted);
    let change = |id, px| IntentKind::Modify(Change { client_order_id: id, px: Ticks(px), qty: Lots(1) });
    let other = ClientOrderId::new(US.0, id.epoch(), id.counter() + 1);
    for (id, stands) in [(other, false), (id, true)] {
        let decision = desk.ask(change(id, MID - 6));
        assert_eq!(matches!(decision.what, DecisionKind::Modify(_)), stands, "{decision:?}");
    }
}

#[test]
fn the_page_of_checks_names_each_with_its_default() {
    let page = include_str!("../../../../docs/RISK.md");
    for check in Check::ALL {
        assert!(page.contains(&format!("`{}`", check.code())), "docs/RISK.md does not have {}", check.code());
    }
    let defaults = Limits::default();
    for row in Limits::TABLE.iter().filter(|row| row.get(&defaults) != i64::MAX) {
        let told = format!("`{}` {}", row.key, row.get(&defaults) / row.scale);
        let is_told =
            page.match_indices(&told).any(|(at, _)| !page[at + told.len()..].starts_with(|c: char| c.is_ascii_digit()));
        assert!(is_told, "docs/RISK.md does not have {told}");
    }
}

/// What a run is told to change must be there to be changed, and must be what the table of that page says of the check.
#[test]
fn every_limit_that_a_check_or_a_cause_names_is_one() {
    let page = include_str!("../../../../docs/RISK.md");
    let mut named = 0;
    for check in Check::ALL {
        let Some(key) = check.limit_key() else { continue };
        assert!(Limits::row(key).is_some(), "{check:?} names {key}, which is no limit");
        let (code, key) = (format!("`{}`", check.code()), format!("`{key}`"));
        let is_row = |line: &&str| line.starts_with('|') && line.contains(&code) && line.contains(&key);
        assert!(page.lines().any(|line| is_row(&line)), "no row of docs/RISK.md has {code} beside {key}");
        named += 1;
    }
    assert!(named > 35, "{named} checks name a limit");
    let strategy = Scope::Strategy(US);
    for cause in Cause::ALL {
        let keys = [Scope::Whole, strategy].map(|scope| cause.limit_key(scope));
        assert!(keys.iter().flatten().all(|key| Limits::row(key).is_some()), "{cause:?} names {keys:?}");
        assert_eq!(keys[0].is_none(), cause == Cause::Killed, "{cause:?}");
    }
    assert_eq!(Cause::Drawdown.limit_key(strategy), Some("strategy_drawdown_max_bps"));
}
