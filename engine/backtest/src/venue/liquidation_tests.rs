//! Liquidations and deleveragings worked out by hand, and against a slow twin in plain decimals that hears what we hear.

use super::fixture::{Bench, bench_on, check_on, contracts, instrument, level, limit};
use super::margin::{Collateral, Margin};
use super::{Fees, PaperConfig};
use engine_model::closeout::Cause;
use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::market::{MarketChange, Side};
use engine_model::order::{ClientOrderId, Order, TimeInForce};
use engine_model::units::{Lots, Quote, Ticks};
use engine_model::venue::{Reply, ReplyKind, RequestKind, VenueId};
use rust_decimal::Decimal;

/// A venue of contracts that costs nothing but what it takes from who is liquidated: 1 %.
fn venue(collateral: i64, fund: Option<i64>, taker_ppm: i64) -> Bench {
    let amount = Quote::whole(collateral);
    let collateral = Some(Collateral { amount, fee_ppm: 10_000, fund: fund.map(Quote::whole) });
    let fees = Fees { maker_ppm: 0, taker_ppm }.into();
    let config = PaperConfig { fees, collateral, ..PaperConfig::of(VenueId::BinanceUsdm) };
    bench_on(VenueId::BinanceUsdm, &contracts(), &config, 1 << 12)
}

fn check(collateral: i64, fund: Option<i64>, script: &str) {
    check_on(&mut venue(collateral, fund, 0), script);
}

#[test]
fn a_position_is_made_smaller_step_by_step_and_only_as_far_as_it_must() {
    check(
        1_000,
        None,
        "
        book 40x100 | 40x101
        mark 100
        sell A 40x101               # 4,040 dollars, of which a quarter would have to stand behind it
        > A rejected InsufficientFunds
        book 40x99 | 40x100
        buy B 40x100                # 1,000 behind 4,000 dollars; 700 must stay: 10 % of the first 1,000, 20 % of the rest
        > B accepted
        > B filled 40x100 taker
        mark 91                     # 640 against 628
        book 30x89 | 40x91
        mark 90                     # 600 against 620: down to 1,000 dollars
        > venue sells 29x89 LIQUIDATION fee 25.81
        mark 45                     # 50.19 against 49.50
        book 5x43 3x40 | 9x46
        mark 44                     # 39.19 against 48.40: whole, but what was sold is enough
        > venue sells 5x43 LIQUIDATION fee 2.15
        mark 42                     # 20.04 against 25.20
        > venue sells 3x40 LIQUIDATION fee 1.20
        mark 41                     # 9.84 against 12.30, nobody buys at 38 or better: the fund does, and takes all that is left
        > venue sells 3x38 TAKEOVER fee 0.84
        mark 1
        buy C 1x46
        > C rejected InsufficientFunds
        ",
    );
}

#[test]
fn all_that_stands_is_withdrawn_first_and_other_positions_stay_where_one_is_enough() {
    check(
        1_000,
        None,
        "
        book 40x100 | 40x101
        other book 40x10 | 40x11
        other buy A 9x11
        > A accepted
        > A filled 9x11 taker
        buy B 30x101
        > B accepted
        > B filled 30x101 taker
        sell C 1x150
        > C accepted
        other sell D 2x30
        > D accepted
        other buy E 1x5
        > E accepted
        book 30x85 | 30x86          # the middle, where no mark is told: 85. 511 against 419
        mark 80                     # 361 against 389
        > C canceled
        > E canceled
        > D canceled
        > venue sells 18x85 LIQUIDATION fee 15.30
        mark 90
        ",
    );
}

#[test]
fn an_order_is_not_made_larger_than_what_stands_behind_it() {
    check(
        1_000,
        None,
        "
        book 40x99 | 40x100
        buy A 30x90
        > A accepted
        modify A 45x90              # 4,050 dollars
        > A modify rejected InsufficientFunds
        modify A 44x90
        > A updated 44x90
        modify A 1x90               # smaller always
        > A updated 1x90
        ",
    );
}

#[test]
fn a_gap_beyond_what_there_was_is_the_funds() {
    check(
        1_000,
        None,
        "
        book 40x99 | 40x100
        mark 100
        buy A 40x100
        > A accepted
        > A filled 40x100 taker
        book 40x69 | 40x71
        mark 70                     # 200 below zero: at 75 it is nothing
        > venue sells 40x75 TAKEOVER fee 0.00
        mark 50
        ",
    );
    check(
        1_000,
        None,
        "
        book 40x100 | 40x101
        mark 100
        sell A 40x100
        > A accepted
        > A filled 40x100 taker
        book 40x130 | 10x131
        mark 130
        > venue buys 40x125 TAKEOVER fee 0.00
        ",
    );
}

#[test]
fn a_debt_that_nothing_stands_for_is_made_good() {
    check_on(
        &mut venue(300, None, 500_000),
        "
        book 8x100 | 8x101
        mark 100
        buy A 8x100
        > A accepted
        wait 10
        trade sell 16x100
        > A filled 8x100 maker
        delta 8x100 |
        sell B 8x100
        > B accepted
        > B filled 8x100 taker
        > @ paid insurance 10000000000
        ",
    );
}

#[test]
fn funding_alone_can_liquidate() {
    check(
        1_000,
        None,
        "
        book 40x99 | 40x100
        mark 100
        buy A 40x100
        > A accepted
        > A filled 40x100 taker
        funding 7500000 10          # 7.5 % of 4,000 are 300: 700 against 700
        wait 10
        > @ paid funding -30000000000
        > venue sells 30x99 LIQUIDATION fee 29.70
        ",
    );
}

#[test]
fn who_profits_is_deleveraged_at_the_others_price_once_the_fund_is_empty() {
    let script = "
        book 40x100 | 40x101
        mark 100
        sell A 5x100
        > A accepted
        > A filled 5x100 taker
        buy B 1x50
        > B accepted
        other book 40x100 | 40x101
        other buy C 1x50
        > C accepted
        mark 90
        liquidated buy 10x95        # 50 dollars that the fund bears
        liquidated buy 10x89        # better than the mark: costs it nothing
        liquidated sell 9x80        # on our own side
        liquidated buy 10x95        # the other 50
        liquidated buy 3x95
        > B canceled
        > venue buys 3x95 DELEVERAGING fee 0.00
        mark 101
        liquidated buy 9x120        # in loss we are nobody's counterpart
        mark 90
        liquidated buy 9x95         # no more than is held
        > venue buys 2x95 DELEVERAGING fee 0.00
        liquidated buy 9x95
        ";
    check(
        1_000,
        Some(100 + 90),
        &script.replace("liquidated sell 9x80        # on our own side", "liquidated sell 9x80"),
    );
    // A fund without an end never falls on anybody.
    let endless: Vec<&str> =
        script.lines().filter(|line| !line.contains("DELEVERAGING") && !line.contains("B canceled")).collect();
    check(1_000, None, &endless.join("\n"));
}

#[test]
fn coins_are_liquidated_at_the_price_that_leaves_none() {
    for (side, mark, gap) in [(Side::Buy, 600_000, 400_000), (Side::Sell, 600_000, 900_000)] {
        let instruments = Instruments::new(vec![instrument(0, VenueId::BinanceCoinm)]);
        let collateral = Collateral { amount: Quote::whole(20_000), fee_ppm: 10_000, fund: Some(Quote::whole(50_000)) };
        let mut margin = Margin::new(VenueId::BinanceCoinm, &instruments, collateral);
        let id = InstrumentId(0);
        margin.marked(id, Ticks(mark));
        margin.filled(id, side, Ticks(mark), Lots(600), Quote::ZERO);
        assert!(!margin.is_short());
        margin.marked(id, Ticks(gap));
        assert!(margin.is_short());
        let Some(super::margin::Step::Reduce(close)) = margin.next() else { panic!("a position") };
        let fee = margin.closed(id, close.side, close.bankruptcy_px, Lots(close.whole), Quote::whole(1));
        // What a tick of the whole position is worth, less what rounding coins makes.
        assert!(
            (-10..=i128::from(Quote::ONE) * 2).contains(&margin.equity()),
            "{side:?}: {} left, fee {fee}",
            margin.equity()
        );
    }
}

/// splitmix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound) as i64
    }
}

/// An account as a person would keep it: money, and what is held; prices and quantities are whole.
#[derive(Default)]
struct Twin {
    money: Decimal,
    held: [Decimal; 2],
    marks: [Decimal; 2],
    closeouts: [u32; Cause::ALL.len()],
    insured: u32,
}

impl Twin {
    fn hear(&mut self, sides: &[Side], reply: &Reply) {
        let at = reply.instrument.index();
        let dollars = |e8: i64| Decimal::new(e8, 8);
        let (side, px, qty, fee) = match reply.what {
            ReplyKind::Filled { last_px, last_qty, fee, .. } => {
                (sides[reply.client_order_id.counter() as usize], last_px, last_qty, fee)
            }
            ReplyKind::ClosedOut { side, closeout } => {
                let lots = Decimal::from(side.sign() * closeout.qty.0);
                assert!(self.held[at].abs() >= lots.abs() && (self.held[at] * lots).is_sign_negative(), "{reply:?}");
                self.closeouts[closeout.cause as usize] += 1;
                (side, closeout.px, closeout.qty, closeout.fee)
            }
            ReplyKind::Paid(payment) => {
                self.insured += 1;
                self.money += dollars(payment.amount.0);
                return;
            }
            _ => return,
        };
        let lots = Decimal::from(side.sign() * qty.0);
        self.money -= lots * Decimal::from(px.0) + dollars(fee.0);
        self.held[at] += lots;
    }

    fn equity(&self) -> Decimal {
        self.money + self.held[0] * self.marks[0] + self.held[1] * self.marks[1]
    }

    /// 10 % of the first thousand, 20 % up to ten thousand, 40 % beyond.
    fn maintenance(&self) -> Decimal {
        let thousand = Decimal::from(1_000);
        let of = |at: usize| {
            let value = self.held[at].abs() * self.marks[at];
            let second = (value - thousand).clamp(Decimal::ZERO, thousand * Decimal::from(9));
            let third = (value - thousand * Decimal::TEN).max(Decimal::ZERO);
            (value.min(thousand) + second * Decimal::TWO + third * Decimal::from(4)) / Decimal::TEN
        };
        of(0) + of(1)
    }
}

/// Money is neither made nor lost: what the account is worth follows from what was told, to the last 1e-8, and at rest enough
/// stands behind what is held.
#[test]
fn what_is_told_adds_up_to_what_the_account_is_worth() {
    let (mut closeouts, mut insured) = ([0; Cause::ALL.len()], 0);
    for seed in 0..300 {
        let mut dice = Dice(seed);
        let collateral = 100 + dice.below(3_000);
        let mut bench = venue(collateral, (seed % 2 == 0).then_some(200), dice.below(3) * 30_000);
        let mut twin = Twin { money: Decimal::from(collateral), ..Twin::default() };
        let mut sides = vec![Side::Buy];
        for at in 0..2 {
            bench.on = InstrumentId(at);
            twin.marks[at as usize] = Decimal::from(100);
            bench.tell(bench.now_ms, MarketChange::Mark { px: Ticks(100) });
        }
        for step in 0..60 {
            bench.now_ms += 1;
            bench.on = InstrumentId(dice.below(2) as u32);
            let mark = i64::try_from(twin.marks[bench.on.index()]).expect("whole");
            match dice.below(4) {
                0 => {
                    let (bid, ask) = (mark - 1 - dice.below(3), mark + 1 + dice.below(3));
                    let (bid, ask) = (level(bid.max(1), 1 + dice.below(30)), level(ask.max(2), 1 + dice.below(30)));
                    bench.snapshot(&[bid], &[ask]);
                }
                1 => {
                    let px = Ticks((mark * (80 + dice.below(41)) / 100).clamp(3, 400));
                    twin.marks[bench.on.index()] = Decimal::from(px.0);
                    bench.tell(bench.now_ms, MarketChange::Mark { px });
                }
                2 => {
                    let (closed, px) = (if dice.below(2) == 0 { Side::Buy } else { Side::Sell }, 1 + dice.below(150));
                    let (px, qty) = (Ticks(px), Lots(1 + dice.below(20)));
                    bench.tell(bench.now_ms, MarketChange::Liquidation { px, qty, closed });
                }
                _ => {
                    let side = if dice.below(2) == 0 { Side::Buy } else { Side::Sell };
                    let (px, qty) = (mark + side.sign() * dice.below(6), 1 + dice.below(40));
                    let time_in_force = if dice.below(2) == 0 { TimeInForce::Ioc } else { TimeInForce::Gtc };
                    let id = ClientOrderId::new(0, 0, sides.len() as u32);
                    sides.push(side);
                    let order = Order { instrument: bench.on, time_in_force, ..limit(id, side, px.max(1), qty) };
                    bench.request(id, RequestKind::Place(order));
                }
            }
            for reply in bench.turn() {
                twin.hear(&sides, &reply);
            }
            let (equity, maintenance) = (twin.equity(), twin.maintenance());
            let found = bench.paper.equity().expect("an account");
            assert_eq!(Decimal::from_i128_with_scale(found, 8), equity, "seed {seed}, step {step}");
            let is_flat = twin.held == [Decimal::ZERO; 2];
            assert!(equity >= Decimal::ZERO, "seed {seed}, step {step}: {equity} left");
            assert!(is_flat || equity > maintenance, "seed {seed}, step {step}: {equity} against {maintenance}");
        }
        insured += twin.insured;
        closeouts.iter_mut().zip(twin.closeouts).for_each(|(all, of_run)| *all += of_run);
    }
    // A law that is never put to the test holds always. This venue's fees are in the currency of account.
    let is_tested = |(cause, count): (Cause, &u32)| (*count > 20) == (cause != Cause::CoinFee);
    assert!(Cause::ALL.into_iter().zip(&closeouts).all(is_tested) && insured > 0, "{closeouts:?}, {insured} debts");
}
