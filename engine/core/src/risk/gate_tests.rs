//! The checks on groups, pace and losses at their limits and one unit to either side; and what risk does by itself.

use super::test_desk::{Desk, EPOCH, US, wide};
use super::tests::{LOT, MID, SIDES, breaches, limit_of};
use super::*;
use crate::test_instruments::{INVERSE, LINEAR, SPOT};
use engine_model::command::CommandKind;
use engine_model::instrument::{Instrument, Name};
use engine_model::intent::{Change, Intent, IntentKind};
use engine_model::limit::Limits;
use engine_model::market::{MarketChange, Side};
use engine_model::order::{Order, OrderStatus};
use engine_model::refusal::{Check, Refusal};
use engine_model::units::{Lots, Ticks};
use engine_model::venue::{RejectReason, ReplyKind};

const MS: u64 = Nanos::MILLI;

/// Ten lots of BTCUSDT are 600 dollars, of equity `600 * 10_000 / bps`, less a fee of `off`.
fn share(limits: Limits, bps: i64, side: Side, off: i64) -> (Desk, Order) {
    let mut desk = Desk::with(limits, 600 * 10_000 / bps, 10, |_| {});
    desk.fee = Quote(off);
    desk.hold(SPOT, Side::Buy, 300_000, 20);
    desk.fee = Quote(0);
    let order = desk.order(LINEAR, side, MID, 10);
    (desk, order)
}

#[test]
pub(super) fn a_second_of_orders() {
    limit_of(Check::BatchNotional, |side, off| {
        let mut desk = Desk::new(Limits { batch_notional_max: Quote(10 * LOT - off), ..wide() });
        assert!(desk.submit(desk.order(LINEAR, side, MID, 4)).is_ok());
        let order = desk.order(LINEAR, side, MID, 6);
        (desk, order)
    });
    let mut desk = Desk::new(Limits { batch_notional_max: Quote(10 * LOT), ..wide() });
    assert!(desk.buy(LINEAR, MID, 4).is_ok());
    let no = desk.buy(LINEAR, MID, 7).unwrap_err();
    assert_eq!((no.headroom, no.passes), (6 * LOT, 6), "what was left, and what would have passed");
    desk.wait(Nanos::SECOND - 1);
    assert!(desk.buy(LINEAR, MID, 7).is_err());
    desk.wait(1);
    assert!(desk.buy(LINEAR, MID, 7).is_ok(), "a second is over");
}

#[test]
fn a_second_of_changes_counts_what_they_added() {
    for side in SIDES {
        let mut desk = Desk::new(Limits { batch_notional_max: Quote(10 * LOT), ..wide() });
        let ids = [MID, MID - side.sign(), MID - 2 * side.sign()].map(|px| {
            let id = desk.submit(desk.order(LINEAR, side, px, 1)).unwrap();
            desk.reply(id, ReplyKind::Accepted);
            (id, px)
        });
        desk.wait(Nanos::SECOND);
        // Each comes to four lots and adds three to the one that was there.
        let grow = |desk: &mut Desk, at: usize, qty: i64| {
            let (client_order_id, px) = ids[at];
            let change = Change { client_order_id, px: Ticks(px), qty: Lots(qty) };
            let decided = desk.ask(IntentKind::Modify(change)).what;
            matches!(decided, DecisionKind::Modify(_))
        };
        let px = |at: usize| ids[at].1;
        assert!(grow(&mut desk, 0, 4));
        desk.reply(ids[0].0, ReplyKind::Updated { px: Ticks(px(0)), qty: Lots(4) });
        assert!(grow(&mut desk, 1, 4), "{side:?}: 3 and 4");
        assert!(!grow(&mut desk, 2, 5), "{side:?}: 6 and 5");
        assert!(grow(&mut desk, 2, 2), "{side:?}: 6 and 2");
        assert!(
            desk.submit(desk.order(LINEAR, side, px(2), 4)).is_err(),
            "{side:?}: 7 and 4: new orders count behind them"
        );
        desk.wait(Nanos::SECOND);
        assert!(desk.submit(desk.order(LINEAR, side, px(2), 4)).is_ok(), "{side:?}: a second is over");
    }
}

/// 2,400 lots a day, by what was heard in an hour.
fn busy(limits: Limits) -> Desk {
    let mut desk = Desk::new(limits);
    let trade = MarketChange::Trade { px: Ticks(MID), qty: Lots(100), aggressor: Side::Buy, trade_id: 1 };
    desk.market(LINEAR, trade);
    desk.wait(3_600 * Nanos::SECOND);
    desk.top(LINEAR, MID - 1, MID + 1);
    desk
}

#[test]
pub(super) fn an_order_against_what_its_market_trades_in_a_day() {
    limit_of(Check::VolumeShare, |side, off| {
        let desk = busy(Limits { order_volume_share_max_bps: 50, ..wide() });
        let order = desk.order(LINEAR, side, MID, 12 + off); // half a percent of 2,400 are 12
        (desk, order)
    });
    let mut desk = busy(Limits { order_volume_share_max_bps: 50, ..wide() });
    let refusal = desk.buy(LINEAR, MID, 13).expect_err("too large");
    assert_eq!((refusal.value, refusal.limit, refusal.passes), (55, 50, 12), "rounded up: 54.2");
    let mut desk = busy(Limits { order_volume_share_max_bps: 50, ..wide() });
    desk.limit(|limits| limits.order_volume_share_max_bps = 10_000);
    desk.hold(LINEAR, Side::Buy, MID, 100);
    desk.limit(|limits| limits.order_volume_share_max_bps = 50);
    assert!(desk.sell(LINEAR, MID, 100).is_ok(), "what makes a position smaller passes");
    assert_eq!(desk.sell(LINEAR, MID, 13).expect_err("beyond flat").check, Check::VolumeShare);
    let mut desk = Desk::new(Limits { order_volume_share_max_bps: 1, ..wide() });
    assert!(desk.buy(LINEAR, MID, 1_000).is_ok(), "before an hour was heard nothing is known");
    let mut desk = Desk::new(Limits { order_volume_share_max_bps: 0, ..wide() });
    assert_eq!(desk.buy(LINEAR, MID, 1).expect_err("none is allowed").check, Check::VolumeShare);
}

#[test]
pub(super) fn collars_of_majors_of_others_and_of_all() {
    for (is_major, check) in [(true, Check::PriceCollar), (false, Check::PriceCollar), (true, Check::PriceCollarHard)] {
        limit_of(check, |side, off| {
            let mut limits = wide();
            match (is_major, check) {
                (_, Check::PriceCollarHard) => limits.price_collar_hard_bps = 200,
                (true, _) => limits.price_collar_bps = 200,
                (false, _) => limits.price_collar_others_bps = 200,
            }
            let desk = Desk::ruled(
                1_000_000,
                10,
                |_| {},
                |instruments| {
                    let mut rules = Rules::open(limits, instruments);
                    rules.kin[0].is_major = is_major;
                    rules
                },
            );
            let order = desk.order(LINEAR, side, MID + side.sign() * (12_000 + off), 1);
            (desk, order)
        });
    }
    let mut desk = Desk::new(Limits { price_collar_bps: 200, ..wide() });
    for (side, px) in [(Side::Buy, 612_000), (Side::Sell, 588_000)] {
        let no = desk.submit(desk.order(LINEAR, side, MID + side.sign() * 20_000, 1)).unwrap_err();
        assert_eq!(no.passes, px, "the furthest price that would have passed");
        assert!(desk.submit(desk.order(LINEAR, side, px, 1)).is_ok());
        desk.fill(ClientOrderId::new(1, EPOCH, desk.risk.next_id(US).counter() - 1), px, 1);
    }
}

#[test]
fn a_book_bent_away_from_the_mark() {
    let mut desk = Desk::new(Limits { price_collar_hard_bps: 1_000, ..wide() });
    desk.market(LINEAR, MarketChange::Mark { px: Ticks(MID) });
    desk.top(LINEAR, MID * 12 / 10 - 1, MID * 12 / 10 + 1);
    let order = desk.order(LINEAR, Side::Buy, MID * 12 / 10, 1);
    assert_eq!(breaches(&mut desk, &order), [Check::PriceCollarHard], "20 % above the mark, at the mid of the book");
}

#[test]
pub(super) fn a_mid_away_from_the_median_of_three_venues() {
    let name = |text| Name::new(text).unwrap();
    let bitcoin = |instrument: &mut Instrument| {
        if instrument.id == SPOT {
            (instrument.base, instrument.grid.price_decimals) = (name("BTC"), 1);
        }
    };
    for side in SIDES {
        for (off, passes) in [(-1, true), (0, true), (1, false)] {
            let rules = |i: &Instruments| Rules::open(Limits { reference_deviation_max_bps: 100, ..wide() }, i);
            let mut desk = Desk::ruled(1_000_000, 10, bitcoin, rules);
            desk.top(SPOT, MID - 1, MID + 1);
            let mid = MID + 6_000 * side.sign() + off * side.sign(); // 1 % of the median, which is at MID
            desk.top(LINEAR, mid - 1, mid + 1);
            let order = desk.order(LINEAR, side, mid, 1);
            let want: &[Check] = if passes { &[] } else { &[Check::ReferenceDeviation] };
            assert_eq!(breaches(&mut desk, &order), want, "{side:?} {off:+}");
        }
    }
    let rules = |i: &Instruments| Rules::open(Limits { reference_deviation_max_bps: 0, ..wide() }, i);
    let mut desk = Desk::ruled(1_000_000, 10, bitcoin, rules);
    desk.limit(|limits| limits.price_age_max_ns = 1_000);
    desk.top(SPOT, MID - 1, MID + 1);
    desk.wait(1_001);
    desk.top(LINEAR, MID + 9, MID + 11);
    assert!(desk.buy(LINEAR, MID, 1).is_ok(), "the others are too old to say anything");
}

#[test]
pub(super) fn a_book_whose_sides_meet() {
    for (bid, ask, passes) in [(-1, 1, true), (0, 0, false), (1, -1, false)] {
        let mut desk = Desk::new(wide());
        desk.top(LINEAR, MID + bid, MID + ask);
        for side in SIDES {
            let order = desk.order(LINEAR, side, MID - 9 * side.sign(), 1);
            let want: &[Check] = if passes { &[] } else { &[Check::BookCrossed] };
            assert_eq!(breaches(&mut desk, &order), want, "{bid} {ask}");
        }
    }
}

#[test]
pub(super) fn a_clock_that_is_off_either_way() {
    for sign in [1, -1] {
        limit_of(Check::ClockSkew, |side, off| {
            let mut desk = Desk::new(Limits { clock_skew_max_ns: 1_000_000_000, ..wide() });
            desk.wait(20 * Nanos::SECOND); // what was seen before is forgotten
            desk.venue_is_ahead_ns = sign * (1_000_000_000 + off);
            desk.top(LINEAR, MID - 1, MID + 1);
            let order = desk.order(LINEAR, side, MID, 1);
            (desk, order)
        });
    }
}

#[test]
pub(super) fn a_move_within_a_minute() {
    for side in SIDES {
        for (off, passes) in [(-2, true), (0, true), (2, false)] {
            let mut desk = Desk::new(Limits { volatility_pause_bps: 500, volatility_pause_ns: 7, ..wide() });
            desk.hold(LINEAR, side, MID, 5);
            desk.top(LINEAR, MID + 30_000 + off - 1, MID + 30_000 + off + 1);
            let order = desk.order(LINEAR, side, MID, 1);
            let want: &[Check] = if passes { &[] } else { &[Check::VolatilityPause] };
            assert_eq!(breaches(&mut desk, &order), want, "{side:?} {off:+}");
            let out = desk.order(LINEAR, side.opposite(), MID + 9 * side.sign(), 1);
            assert_eq!(breaches(&mut desk, &out), [], "out is always allowed");
            desk.wait(7);
            let order = desk.order(LINEAR, side, MID - side.sign(), 1);
            assert_eq!(breaches(&mut desk, &order), [], "the pause is over");
        }
    }
}

#[test]
pub(super) fn our_own_orders_never_meet() {
    for side in SIDES {
        for (off, passes) in [(-1, true), (0, false), (1, false)] {
            let mut desk = Desk::new(wide());
            let away = |n: i64| MID + n * side.sign();
            assert!(desk.submit(desk.order(LINEAR, side.opposite(), away(30), 1)).is_ok());
            let resting = desk.submit(desk.order(LINEAR, side.opposite(), away(20), 1)).unwrap();
            let order = desk.order(LINEAR, side, away(20 + off), 1);
            let want: &[Check] = if passes { &[] } else { &[Check::SelfMatch] };
            assert_eq!(breaches(&mut desk, &order), want, "{side:?} {off:+}");
            if !passes {
                let no = desk.submit(desk.order(LINEAR, side, away(20 + off), 1)).unwrap_err();
                assert_eq!(no.passes, away(19), "the nearest price that would not meet");
                desk.reply(resting, ReplyKind::Canceled);
                assert!(desk.submit(desk.order(LINEAR, side, away(20 + off), 1)).is_ok(), "it is gone");
            }
        }
    }
}

#[test]
pub(super) fn shares_of_sector_cluster_and_venue() {
    let of = |check: Check| {
        limit_of(check, |side, off| {
            let mut limits = wide();
            match check {
                Check::SectorShare => limits.sector_share_max_bps = 2_000,
                Check::ClusterShare => limits.cluster_share_max_bps = 2_000,
                _ => limits.venue_share_max_bps = 2_000,
            }
            let mut desk = Desk::ruled(
                3_000,
                10,
                |_| {},
                |instruments| {
                    let mut rules = Rules::open(limits, instruments);
                    (rules.kin[0].cluster, rules.kin[2].cluster) = (9, 9);
                    rules.kin[1].sector = 5;
                    rules
                },
            );
            // Of 3,000 dollars 20 % are 600: three contracts of 100 working beside, five lots of 60 more. For the venue, ten.
            desk.fee = Quote(off * 10);
            let (px, lots) = if check == Check::VenueShare { (MID, 10) } else { (MID, 5) };
            desk.hold(SPOT, Side::Buy, 300_000, 20);
            if check != Check::VenueShare {
                assert!(desk.sell(INVERSE, MID, 3).is_ok());
            }
            let order = desk.order(LINEAR, side, px, lots);
            (desk, order)
        });
    };
    [Check::SectorShare, Check::ClusterShare, Check::VenueShare].into_iter().for_each(of);
}

#[test]
pub(super) fn margin_value_at_risk_and_shortfall() {
    // 600 dollars: 30 of margin, and at a tenth 60 of a bad day.
    limit_of(Check::MarginUse, |side, off| share(Limits { margin_use_max_bps: 5, ..wide() }, 100, side, off * 20));
    let prior = Limits { var_prior_bps: 1_000, ..wide() };
    limit_of(Check::ValueAtRisk, |side, off| tail(Limits { var_max_bps: 100, ..prior }, side, off));
    limit_of(Check::ExpectedShortfall, |side, off| tail(Limits { cvar_max_bps: 100, ..prior }, side, off));
}

/// Ten lots are 600 dollars, of which a bad day takes 60: 1 % of 6,000.
fn tail(limits: Limits, side: Side, off: i64) -> (Desk, Order) {
    let mut desk = Desk::with(limits, 6_000, 10, |_| {});
    desk.fee = Quote(off * 100);
    desk.hold(LINEAR, side, MID, 1);
    let order = desk.order(LINEAR, side, MID, 9);
    (desk, order)
}

#[test]
pub(super) fn a_liquidation_near() {
    limit_of(Check::LiquidationDistance, |side, off| {
        // Of 615 dollars 15 stay for maintenance: 600 free against 600 of contracts are 100 %.
        let mut desk = Desk::with(Limits { liquidation_distance_min_bps: 10_000, ..wide() }, 615, 10, |_| {});
        desk.fee = Quote(off);
        desk.hold(LINEAR, side, MID, 1);
        let order = desk.order(LINEAR, side, MID, 9);
        (desk, order)
    });
}

#[test]
fn while_too_much_margin_is_used_no_coin_is_bought_either() {
    // 600 dollars of contracts use 30 of 6,000; then a limit of a thousandth is beneath them.
    let (mut desk, order) = share(Limits { margin_use_max_bps: 50, ..wide() }, 1_000, Side::Buy, 0);
    assert_eq!(breaches(&mut desk, &order), []);
    desk.limit(|limits| limits.margin_use_max_bps = 10);
    let coins = desk.order(SPOT, Side::Buy, 300_000, 1_000);
    assert_eq!(breaches(&mut desk, &coins), [Check::MarginUse]);
}

/// A loss of 300 dollars of 10,000, and 100 more below the peak before it, looked at every ten seconds.
fn losing_run(losses: Option<Losses>) -> Desk {
    let limits = Limits { daily_loss_reduce_bps: 450, drawdown_max_bps: 700, ..wide() };
    let mut desk = Desk::ruled(
        10_000,
        10,
        |_| {},
        |i| Rules { losses: losses.map(|told| (StrategyId(0), told)).into_iter().collect(), ..Rules::open(limits, i) },
    );
    desk.is_watched = true;
    desk.risk.review(desk.now, false);
    desk.fee = Quote::whole(300);
    desk.hold(LINEAR, Side::Buy, MID, 10);
    desk.wait(10 * Nanos::SECOND);
    desk.command(CommandKind::CancelAll);
    desk.top(LINEAR, MID - 1, MID + 1);
    desk
}

#[test]
fn what_a_run_lost_is_told_and_goes_on_in_the_next_one() {
    let told = |desk: &Desk| {
        let marked = |entry: &test_desk::Entry| match entry {
            test_desk::Entry::Decision(Decision { at_ns, what: DecisionKind::Marked { loss, fall, .. }, .. }) => {
                Some(Losses { day: at_ns.0 / Nanos::DAY, loss: *loss, fall: *fall })
            }
            _ => None,
        };
        desk.entries.iter().filter_map(marked).next_back().expect("a mark was told")
    };
    let first = losing_run(None);
    let lost = told(&first);
    assert_eq!((lost.loss, lost.fall), (Quote::whole(300), Quote::whole(300)));
    assert_eq!(first.risk.trading_state(), TradingState::Active);
    let second = losing_run(Some(lost));
    assert_eq!(told(&second).loss, Quote::whole(600), "the day goes on");
    assert_eq!(second.risk.trading_state(), TradingState::Reducing);
    // Of another day only the fall from the peak goes on.
    let third = losing_run(Some(Losses { day: lost.day - 1, loss: Quote::whole(600), fall: Quote::whole(500) }));
    assert_eq!((told(&third).loss, told(&third).fall), (Quote::whole(300), Quote::whole(800)));
    assert_eq!(third.risk.trading_state(), TradingState::Halted, "8 % below the peak");
}

#[test]
pub(super) fn a_history_too_old() {
    limit_of(Check::ModelStale, |side, off| {
        let mut desk = Desk::new(Limits { model_age_max_ns: 90 * Nanos::SECOND, ..wide() });
        desk.wait((90 * Nanos::SECOND).wrapping_add_signed(off));
        let order = desk.order(LINEAR, side, MID, 1);
        (desk, order)
    });
    let mut desk = Desk::new(Limits { model_age_max_ns: 90 * Nanos::SECOND, ..wide() });
    assert!(desk.buy(SPOT, 300_000, 1_000).is_ok());
    desk.wait(91 * Nanos::SECOND);
    desk.top(LINEAR, MID, MID + 2);
    assert_eq!(desk.buy(LINEAR, MID, 1).unwrap_err().check, Check::ModelStale, "of what is held elsewhere");
}

#[test]
pub(super) fn open_orders_of_an_instrument_and_at_a_venue() {
    limit_of(Check::OpenOrdersInstrument, |side, off| {
        let mut desk = Desk::new(Limits { open_orders_instrument_max: 3, ..wide() });
        (0..2 + off).for_each(|_| assert!(desk.submit(desk.order(LINEAR, side, MID, 1)).is_ok()));
        let order = desk.order(LINEAR, side, MID, 1);
        (desk, order)
    });
    limit_of(Check::OpenOrdersVenue, |side, off| {
        let mut desk = Desk::new(Limits { open_orders_venue_max: 3, ..wide() });
        (0..2 + off).for_each(|_| assert!(desk.submit(desk.order(LINEAR, side, MID, 1)).is_ok()));
        let order = desk.order(LINEAR, side, MID, 1);
        (desk, order)
    });
    let mut desk = Desk::new(Limits { open_orders_instrument_max: 1, open_orders_venue_max: 1, ..wide() });
    let first = desk.buy(LINEAR, MID, 2).unwrap();
    desk.fill(first, MID, 1);
    assert!(desk.buy(LINEAR, MID, 1).is_err(), "half of it is still there");
    desk.fill(first, MID, 1);
    assert!(desk.buy(LINEAR, MID, 1).is_ok());
}

#[test]
pub(super) fn a_venues_rate_keeps_a_part_for_cancels() {
    limit_of(Check::VenueRate, |side, off| {
        let limits = Limits { venue_rate_per_s: 1, venue_burst: 10, cancel_reserve_pct: 20, ..wide() };
        let mut desk = Desk::new(limits);
        (0..7 + off).for_each(|_| assert!(desk.submit(desk.order(LINEAR, side, MID, 1)).is_ok()));
        let order = desk.order(LINEAR, side, MID, 1);
        (desk, order)
    });
}

#[test]
pub(super) fn the_same_order_again() {
    for side in SIDES {
        for (ns, passes) in [(500 * MS - 1, false), (500 * MS, true), (500 * MS + 1, true)] {
            let mut desk = Desk::new(Limits { duplicate_window_ns: 500 * MS, ..wide() });
            assert!(desk.submit(desk.order(LINEAR, side, MID, 2)).is_ok());
            desk.wait(ns);
            let order = desk.order(LINEAR, side, MID, 2);
            let want: &[Check] = if passes { &[] } else { &[Check::DuplicateOrder] };
            assert_eq!(breaches(&mut desk, &order), want, "{ns}");
            assert!(desk.submit(desk.order(LINEAR, side, MID, 3)).is_ok(), "another quantity is another order");
        }
    }
}

#[test]
pub(super) fn orders_for_each_fill_of_a_minute() {
    limit_of(Check::OrderToTrade, |side, off| {
        let mut desk = Desk::new(Limits { orders_per_fill_max: 3, ..wide() });
        (0..2 + off).for_each(|_| assert!(desk.submit(desk.order(LINEAR, side, MID, 1)).is_ok()));
        let order = desk.order(LINEAR, side, MID, 1);
        (desk, order)
    });
}

#[test]
pub(super) fn what_is_not_allowed_not_reconciled_or_not_written_down_does_not_pass() {
    let mut desk = Desk::ruled(
        1_000,
        10,
        |_| {},
        |instruments| {
            let mut rules = Rules::open(wide(), instruments);
            rules.mandates[0].instruments.retain(|id| *id != SPOT);
            rules.mandates.truncate(1);
            rules.closed_gates = vec![instruments.get(INVERSE).venue];
            rules
        },
    );
    let order = desk.order(SPOT, Side::Buy, 300_000, 1_000);
    assert_eq!(breaches(&mut desk, &order), [Check::NotAllowed]);
    let order = desk.order(INVERSE, Side::Buy, MID, 1);
    assert_eq!(breaches(&mut desk, &order), [Check::Reconciling]);
    let venue = desk.instruments.get(INVERSE).venue;
    desk.command(CommandKind::SetGate { venue, is_open: true });
    let order = desk.order(INVERSE, Side::Buy, MID, 1);
    assert_eq!(breaches(&mut desk, &order), []);
    for (behind, passes) in [(9, true), (10, true), (11, false)] {
        desk.outside.journal = Some((behind, 10));
        let order = desk.order(LINEAR, Side::Buy, MID, 1);
        let want: &[Check] = if passes { &[] } else { &[Check::JournalHealth] };
        assert_eq!(breaches(&mut desk, &order), want);
    }
    desk.outside.journal = None;
    desk.outside.unwatched = true;
    let order = desk.order(LINEAR, Side::Buy, MID, 1);
    assert_eq!(breaches(&mut desk, &order), [Check::Unwatched]);
    desk.outside.unwatched = false;
    desk.outside.scarce = true;
    let order = desk.order(LINEAR, Side::Buy, MID, 1);
    assert_eq!(breaches(&mut desk, &order), [Check::DiskScarce]);
    desk.outside.scarce = false;
    let stranger = StrategyId(9);
    let order = Order { client_order_id: desk.risk.next_id(stranger), ..desk.order(LINEAR, Side::Buy, MID, 1) };
    let what = IntentKind::Submit(order);
    let decision = desk.ask_for(Intent { strategy: stranger, seen: *desk.risk.seen(), what, ..Intent::default() });
    let DecisionKind::Denied(denial) = decision.what else { panic!("{decision:?}") };
    assert_eq!(denial.refusal.check, Check::NotAllowed, "who has no mandate trades nothing");
}

/// Ten lots held, bought at the mid; then `lost` units are gone by a fee.
fn lost(limits: Limits, side: Side, lost: i64) -> Desk {
    let mut desk = Desk::with(limits, 10_000, 10, |_| {});
    desk.risk.review(desk.now, false);
    desk.fee = Quote(lost);
    desk.hold(LINEAR, side, MID, 10);
    desk.command(CommandKind::CancelAll);
    desk
}

#[test]
pub(super) fn each_step_of_the_ladder_at_its_limit() {
    use TradingState::{Halted, Reducing};
    let cases = [
        (Limits { daily_loss_halt_bps: 500, ..wide() }, 500, Halted, Cause::CircuitBreaker, Check::CircuitBreaker),
        (
            Limits { daily_loss_flatten_bps: 800, ..wide() },
            800,
            Halted,
            Cause::EmergencyFlatten,
            Check::EmergencyFlatten,
        ),
        (Limits { drawdown_max_bps: 1_000, ..wide() }, 1_000, Halted, Cause::Drawdown, Check::Drawdown),
        (Limits { loss_speed_max_bps: 100, ..wide() }, 100, Reducing, Cause::LossSpeed, Check::LossSpeed),
        (Limits { daily_loss_reduce_bps: 200, ..wide() }, 200, Reducing, Cause::DailyLoss, Check::DailyLoss),
    ];
    for (limits, dollars, state, cause, check) in cases {
        for side in SIDES {
            for off in [-1, 0, 1] {
                let mut desk = lost(limits, side, dollars * Quote::ONE + off);
                let want = if off > 0 { state } else { TradingState::Active };
                assert_eq!(desk.risk.trading_state(), want, "{cause:?} {side:?} {off:+}");
                let told = desk.entries.iter().any(|entry| {
                    matches!(entry, test_desk::Entry::Decision(Decision {
                        what: DecisionKind::State { cause: found, .. }, ..
                    }) if *found == cause)
                });
                assert_eq!(told, off > 0, "{cause:?}");
                let order = desk.order(LINEAR, side, MID, 1);
                assert_eq!(breaches(&mut desk, &order).contains(&check), off > 0, "{cause:?} {side:?} {off:+}");
            }
        }
    }
}

#[test]
fn a_peak_and_a_fall_are_remembered_for_as_long_as_they_are_asked_for() {
    let mut desk = Desk::with(Limits { loss_speed_max_bps: 100, ..wide() }, 10_000, 10, |_| {});
    desk.is_watched = true;
    desk.hold(LINEAR, Side::Buy, MID, 100); // a dollar of the price is a tenth of one
    desk.top(LINEAR, MID + 4_999, MID + 5_001); // 50 up
    assert!(desk.buy(LINEAR, MID, 1).is_ok());
    for step in 1..=9 {
        desk.wait(60 * Nanos::SECOND);
        let mid = MID + 5_000 - step * 1_500; // 15 down a minute: 75 in five
        desk.top(LINEAR, mid - 1, mid + 1);
        assert_eq!(desk.risk.trading_state(), TradingState::Active, "minute {step}");
    }
    desk.wait(60 * Nanos::SECOND);
    desk.top(LINEAR, MID - 18_001, MID - 17_999); // and now more than 100 in five
    assert_eq!(desk.risk.trading_state(), TradingState::Reducing);
}

#[test]
fn a_strategy_is_halted_alone_and_its_orders_are_withdrawn() {
    let limits = Limits { duplicate_window_ns: Nanos::SECOND, duplicates_halt: 2, ..wide() };
    let mut desk = Desk::new(limits);
    desk.is_watched = true;
    let resting = desk.buy(LINEAR, MID, 1).unwrap();
    assert!(desk.buy(LINEAR, MID, 1).is_err());
    assert_eq!(desk.risk.state_of(Scope::Strategy(US)), TradingState::Active, "once is no loop");
    assert!(desk.buy(LINEAR, MID, 1).is_err());
    assert_eq!(desk.buy(LINEAR, MID - 5, 1).unwrap_err().check, Check::TradingState);
    assert_eq!(desk.risk.state_of(Scope::Strategy(US)), TradingState::Halted);
    assert_eq!(desk.clerk.orders().get(resting).unwrap().status, OrderStatus::PendingCancel);
    let other = StrategyId(2);
    let order = Order { client_order_id: desk.risk.next_id(other), ..desk.order(LINEAR, Side::Buy, MID, 1) };
    let what = IntentKind::Submit(order);
    let decision = desk.ask_for(Intent { strategy: other, seen: *desk.risk.seen(), what, ..Intent::default() });
    assert!(matches!(decision.what, DecisionKind::Submit(_)), "others go on");
    desk.command(CommandKind::SetTradingState { scope: Scope::Strategy(US), state: TradingState::Active });
    assert!(desk.buy(LINEAR, MID - 5, 1).is_ok());
    assert_eq!(desk.risk.states().count(), 0);
}

#[test]
fn rejects_in_a_row_and_fills_of_one_side_halt_the_strategy() {
    let mut desk = Desk::new(Limits { rejects_halt: 3, same_side_fills_halt: 3, ..wide() });
    desk.is_watched = true;
    let reject = |desk: &mut Desk| {
        let id = desk.buy(LINEAR, MID, 1).unwrap();
        desk.reply(id, ReplyKind::Rejected(RejectReason::Filter));
    };
    (0..2).for_each(|_| reject(&mut desk));
    let accepted = desk.buy(LINEAR, MID - 50, 1).unwrap();
    desk.reply(accepted, ReplyKind::Accepted);
    (0..2).for_each(|_| reject(&mut desk));
    assert_eq!(desk.risk.state_of(Scope::Strategy(US)), TradingState::Active, "an acceptance between them");
    for reason in [RejectReason::Unavailable, RejectReason::RateLimited, RejectReason::NotReconciled] {
        let id = desk.buy(LINEAR, MID, 1).unwrap();
        desk.reply(id, ReplyKind::Rejected(reason));
    }
    assert_eq!(desk.risk.state_of(Scope::Strategy(US)), TradingState::Active, "a gateway that is not ready");
    reject(&mut desk);
    assert_eq!(desk.risk.state_of(Scope::Strategy(US)), TradingState::Halted);
    desk.command(CommandKind::SetTradingState { scope: Scope::Strategy(US), state: TradingState::Active });
    for (side, n) in [(Side::Buy, 2), (Side::Sell, 2), (Side::Buy, 2)] {
        (0..n).for_each(|_| desk.hold(LINEAR, side, MID, 1));
    }
    assert_eq!(desk.risk.state_of(Scope::Strategy(US)), TradingState::Active, "sides change");
    desk.hold(LINEAR, Side::Buy, MID, 1);
    assert_eq!(desk.risk.state_of(Scope::Strategy(US)), TradingState::Halted);
}

#[test]
fn the_strictest_state_counts_and_outlives_a_run() {
    let venue = |desk: &Desk| Scope::Venue(desk.instruments.get(LINEAR).venue);
    let mut desk = Desk::new(wide());
    let scopes = [Scope::Whole, Scope::Strategy(US), venue(&desk), Scope::Instrument(LINEAR)];
    for scope in scopes {
        desk.command(CommandKind::SetTradingState { scope, state: TradingState::Halted });
        assert_eq!(desk.buy(LINEAR, MID, 1).unwrap_err().check, Check::TradingState, "{scope:?}");
        let states: Vec<_> = desk.risk.states().collect();
        assert_eq!(states, [(scope, TradingState::Halted)]);
        let mut next =
            Desk::ruled(1_000, 10, |_| {}, |instruments| Rules { states, ..Rules::open(wide(), instruments) });
        assert_eq!(next.buy(LINEAR, MID, 1).unwrap_err().check, Check::TradingState, "{scope:?} in the next run");
        desk.command(CommandKind::SetTradingState { scope, state: TradingState::Active });
        assert!(desk.buy(LINEAR, MID, 1).is_ok());
    }
}

#[test]
fn a_start_and_a_resumption_are_warmed_up() {
    let limits = Limits { order_notional_max: Quote(8 * LOT), warm_up_pct: 25, warm_up_ns: 1_000, ..wide() };
    let mut desk = Desk::new(limits);
    for _ in 0..2 {
        for (qty, ns, passes) in [(2, 0, true), (3, 999, false), (3, 1, true), (8, 0, true), (9, 0, false)] {
            desk.wait(ns);
            assert_eq!(desk.buy(LINEAR, MID, qty).is_ok(), passes, "{qty}");
        }
        desk.state(TradingState::Halted);
        desk.state(TradingState::Active);
    }
}

#[test]
fn a_runaway_gets_out_exactly_its_burst_and_its_rate() {
    let mut desk = Desk::with(Limits { message_rate_per_s: 10, message_burst: 20, ..wide() }, 1_000_000, 1_000, |_| {});
    let mut left = 0;
    for n in 0..100_000u64 {
        let side = if n % 2 == 0 { Side::Buy } else { Side::Sell };
        left += u64::from(desk.submit(desk.order(LINEAR, side, MID - 7 * side.sign(), 1)).is_ok());
        let seconds = (n * 100_000) as f64 / 1e9;
        assert!(left <= 20 + (10.0 * seconds) as u64, "{left} after {seconds} s");
        desk.entries.clear();
        desk.wait(100_000); // ten thousand a second
    }
    assert_eq!(left, 20 + 99, "ten seconds, but for the last tenth of one");
}

#[test]
fn cancels_pass_whatever_is_wrong() {
    let none = {
        let mut none = wide();
        Limits::TABLE.iter().for_each(|row| row.set(&mut none, 0));
        none
    };
    let mut desk = Desk::new(wide());
    let id = desk.buy(LINEAR, MID, 1).unwrap();
    desk.risk.set_limits(none);
    desk.market(LINEAR, MarketChange::Book(engine_model::market::BookState::Lost));
    let venue = desk.instruments.get(LINEAR).venue;
    desk.command(CommandKind::SetGate { venue, is_open: false });
    (desk.outside.full, desk.outside.journal) = (Some((9, 1)), Some((9, 1)));
    desk.state(TradingState::Halted);
    desk.outside.killed = true;
    desk.wait(86_400 * Nanos::SECOND);
    assert_eq!(desk.cancel(id).what, DecisionKind::Cancel(id));
    assert!(desk.buy(LINEAR, MID, 1).is_err(), "and at limits of nothing nothing else does");
}

#[test]
fn what_would_have_passed_passes_and_one_lot_more_does_not() {
    let cases: [(Check, Limits); 7] = [
        (Check::OrderNotionalMax, Limits { order_notional_max: Quote(7 * LOT + 5), ..wide() }),
        (Check::PositionNotional, Limits { position_notional_max: Quote(12 * LOT + 5), ..wide() }),
        (Check::PositionShare, Limits { position_share_max_bps: 500, ..wide() }),
        (Check::SectorShare, Limits { sector_share_max_bps: 700, ..wide() }),
        (Check::ClusterShare, Limits { cluster_share_max_bps: 700, ..wide() }),
        (Check::VenueShare, Limits { venue_share_max_bps: 700, ..wide() }),
        (Check::Leverage, Limits { leverage_max_pct: 7, ..wide() }),
    ];
    for (check, limits) in cases {
        for side in SIDES {
            let desk = || {
                let mut desk = Desk::with(limits, 15_000, 20, |_| {});
                desk.hold(LINEAR, side, MID, 3);
                desk
            };
            let mut refused = desk();
            let no = refused.submit(refused.order(LINEAR, side, MID, 90)).unwrap_err();
            assert_eq!(no.check, check, "{side:?}");
            assert!(no.passes > 0 && no.headroom > 0, "{no:?}");
            for (more, passes) in [(0, true), (1, false)] {
                let mut again = desk();
                let outcome = again.submit(again.order(LINEAR, side, MID, no.passes + more));
                assert_eq!(outcome.is_ok(), passes, "{check:?} {side:?}: {no:?} {outcome:?}");
            }
        }
    }
    assert_eq!(Refusal::new(Check::Killed, 1, 0).to_string(), "KILLED: found 1, allowed 0");
}
