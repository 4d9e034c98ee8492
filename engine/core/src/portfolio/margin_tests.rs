//! Liquidation prices done by hand, and against a slow oracle that tries every price.

use super::*;
use crate::portfolio::Ledger;
use crate::test_instruments::{INVERSE, LINEAR, instruments};
use crate::test_random::Random;
use engine_model::instrument::InstrumentId;
use engine_model::margin::MarginTier;
use engine_model::market::Side;
use engine_model::units::{Lots, Quote};

const E8: i128 = Quote::ONE as i128;

fn flat(leverage_max: u16, maintenance_ppm: u32) -> MarginTiers {
    MarginTiers::new(&[MarginTier { up_to: Quote(i64::MAX), leverage_max, maintenance_ppm }]).unwrap()
}

/// What one fill leaves: scale, quantity, cost.
fn position(id: InstrumentId, side: Side, px: i64, lots: i64) -> (Scale, i64, i128) {
    let scale = Scale::new(instruments().get(id));
    let mut ledger = Ledger::default();
    ledger.book(&scale, side, Ticks(px), Lots(lots), Quote::ZERO);
    (scale, ledger.qty, ledger.cost)
}

fn at(tiers: &MarginTiers, (scale, qty, cost): (Scale, i64, i128), wallet: i128) -> Liquidation {
    liquidation(&scale, tiers, qty, cost, wallet)
}

#[test]
fn linear_by_hand() {
    // 1 BTC at 60,000 with 6,000 behind it and 0.5 % to stay: 54,000 / 0.995 = 54,271.36 below, 66,000 / 1.005 = 65,671.64
    // above. In ticks of 0.1; a long's is cut, a short's is filled up.
    let tiers = flat(100, 5_000);
    let long = position(LINEAR, Side::Buy, 600_000, 1_000);
    let short = position(LINEAR, Side::Sell, 600_000, 1_000);
    assert_eq!(at(&tiers, long, 6_000 * E8), Liquidation::At(Ticks(542_713)));
    assert_eq!(at(&tiers, short, 6_000 * E8), Liquidation::At(Ticks(656_717)));
    assert_eq!(at(&tiers, long, 60_000 * E8), Liquidation::Never, "paid in full");
    assert_eq!(at(&tiers, short, 60_000 * E8), Liquidation::At(Ticks(1_194_030)), "a short never is");
    assert_eq!(at(&tiers, position(LINEAR, Side::Buy, 600_000, 1_000), 300 * E8), Liquidation::At(Ticks(600_000)));
}

#[test]
fn a_second_step_brings_it_nearer_and_its_deduction_is_in_it() {
    // 2 BTC at 60,000 are 120,000: 0.4 % to 50,000, 0.5 % beyond, less 50. (120,000 - 12,000 - 50) / (2 * 0.995).
    let step = |up_to, leverage_max, maintenance_ppm| MarginTier { up_to, leverage_max, maintenance_ppm };
    let tiers = MarginTiers::new(&[step(Quote::whole(50_000), 125, 4_000), step(Quote(i64::MAX), 100, 5_000)]).unwrap();
    let long = position(LINEAR, Side::Buy, 600_000, 2_000);
    assert_eq!(at(&tiers, long, 12_000 * E8), Liquidation::At(Ticks(542_462)), "54,246.23");
    // With 75,000 behind it, it is closed at a value below 50,000, where the first step counts: 45,000 / (2 * 0.996).
    assert_eq!(at(&tiers, long, 75_000 * E8), Liquidation::At(Ticks(225_903)), "22,590.36");
}

#[test]
fn inverse_by_hand() {
    // 600 contracts of 100 dollars at 60,000 are one coin; 0.1 coins behind it and 0.5 % to stay:
    // long 60,300 / 1.1 = 54,818.18, short 59,700 / 0.9 = 66,333.33.
    let tiers = flat(100, 5_000);
    let long = position(INVERSE, Side::Buy, 600_000, 600);
    let short = position(INVERSE, Side::Sell, 600_000, 600);
    assert_eq!(at(&tiers, long, E8 / 10), Liquidation::At(Ticks(548_181)));
    assert_eq!(at(&tiers, short, E8 / 10), Liquidation::At(Ticks(663_334)));
    assert_eq!(at(&tiers, short, E8), Liquidation::Never, "a short with its coins is a dollar");
    assert_eq!(at(&tiers, long, -2 * E8), Liquidation::At(Ticks(i64::MAX)), "nothing is behind it");
}

#[test]
fn cross_is_isolated_with_all_the_rest_behind_it() {
    // 10,000 in the account, another position 1,500 down that wants 500: 8,000 are behind this one.
    let wallet = cross_wallet(10_000 * E8, -1_500 * E8, 500 * E8);
    assert_eq!(wallet, 8_000 * E8);
    let tiers = flat(100, 5_000);
    let long = position(LINEAR, Side::Buy, 600_000, 1_000);
    assert_eq!(at(&tiers, long, wallet), Liquidation::At(Ticks(522_613)), "52,000 / 0.995");
}

#[test]
fn flat_is_never_closed_and_what_does_not_fit_is_said() {
    let scale = Scale::new(instruments().get(LINEAR));
    let tiers = MarginTiers::conservative();
    assert_eq!(liquidation(&scale, &tiers, 0, 0, 0), Liquidation::Never);
    assert_eq!(liquidation(&scale, &tiers, 1, i128::MAX, 0), Liquidation::Untellable);
    assert_eq!(liquidation(&scale, &tiers, -1, -1, i128::MAX), Liquidation::Untellable);
}

/// Whether a venue would close it at `px`: in fractions of its own, from the contract's own terms.
fn is_closed(id: InstrumentId, steps: &[MarginTier], qty: i64, cost: i128, wallet: i128, px: i64) -> bool {
    let (qty, px) = (i128::from(qty), i128::from(px));
    // Deductions by the words of the venues: each part of a value pays its own step's rate.
    let maintenance_e14 = |value_e8: i128| {
        let (mut below, mut sum) = (0, 0);
        for (index, step) in steps.iter().enumerate() {
            let top = if index + 1 == steps.len() { value_e8 } else { value_e8.min(i128::from(step.up_to.0)) };
            sum += (top - below).max(0) * i128::from(step.maintenance_ppm);
            below = below.max(top);
        }
        sum
    };
    if id == LINEAR {
        // A tick and lot is 0.0001 dollars: 10,000 units.
        let equity_e8 = wallet + (qty * px - cost) * 10_000;
        return equity_e8 * PPM <= maintenance_e14(qty.abs() * px * 10_000);
    }
    // 100 dollars a contract, ticks of 0.1: 10^19 units of 1e-16 coins over ticks. All times px.
    let equity = (wallet * 100_000_000 - cost) * px - qty * 10_i128.pow(19);
    // Coins are quote over price: 1e-14 quote over ticks of 0.1, in 1e-16 coins, times 10^6.
    equity * PPM <= maintenance_e14(qty.abs() * 100 * E8) * 1_000_000_000
}

#[test]
fn every_answer_is_the_first_price_that_a_walk_through_all_prices_finds() {
    let mut random = Random::new(41);
    let (mut found, mut never) = (0, 0);
    for _ in 0..3_000 {
        let id = *random.pick(&[LINEAR, INVERSE]);
        let side = *random.pick(&[Side::Buy, Side::Sell]);
        let lots = random.within(1, 400);
        let held = position(id, side, random.within(300, 700), lots);
        let first = random.within(50, 4_000);
        let steps = [
            MarginTier {
                up_to: Quote::whole(first),
                leverage_max: 20,
                maintenance_ppm: random.within(1, 9_000) as u32,
            },
            MarginTier {
                up_to: Quote::whole(first * 3),
                leverage_max: 10,
                maintenance_ppm: random.within(9_001, 60_000) as u32,
            },
            MarginTier {
                up_to: Quote::whole(first * 4),
                leverage_max: 2,
                maintenance_ppm: random.within(60_001, 400_000) as u32,
            },
        ];
        let tiers = MarginTiers::new(&steps).unwrap();
        let (_, qty, cost) = held;
        // Up to one and a half times what it cost.
        let most = if id == LINEAR { cost.abs() * 15_000 } else { cost.abs() * 3 / 200_000_000 };
        let wallet = i128::from(random.below(u64::try_from(most).unwrap().max(1)));
        let closed = |px: &i64| is_closed(id, &steps, qty, cost, wallet, *px);
        let slow = if qty > 0 { (1..4_000).rev().find(closed) } else { (1..4_000).find(closed) };
        match (at(&tiers, held, wallet), slow) {
            (Liquidation::At(Ticks(px)), Some(slow)) => {
                assert_eq!(px, slow, "{qty} lots at {cost} with {wallet}: {steps:?}");
                found += 1;
            }
            (Liquidation::At(Ticks(px)), None) => assert!(px >= 4_000 && qty < 0, "{px}"),
            (Liquidation::Never, None) => never += 1,
            (fast, slow) => panic!("{fast:?} against {slow:?}: {qty} lots at {cost} with {wallet}: {steps:?}"),
        }
    }
    assert!(found > 1_500 && never > 100, "{found} found, {never} never");
}
