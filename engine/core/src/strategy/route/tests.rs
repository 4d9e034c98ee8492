//! Shares against every way to share, and what must hold of any.

use super::*;
use crate::test_random::Random;

fn level(px: i64, qty: i64) -> Level {
    Level { px: Ticks(px), qty: Lots(qty) }
}

fn offer(fee_ppm: i64, levels: &[Level]) -> Offer<'_> {
    Offer { lot: 1, tick: 1, fee_ppm, min: Lots(1), max: Lots(i64::MAX), levels }
}

fn quantities(plan: &Plan, offers: usize) -> Vec<i64> {
    plan.parts[..offers].iter().map(|part| part.qty.0).collect()
}

#[test]
fn the_price_after_fees_counts_and_not_the_price() {
    // 10,000 with 10 bps of fee is 10,010; 10,004 with 5 bps is 10,009.002, and 10,005 is 10,010.0025.
    let (dear, cheap) = ([level(10_000, 5), level(10_001, 5)], [level(10_004, 3), level(10_005, 9)]);
    let offers = [offer(1_000, &dear), offer(500, &cheap)];
    let plan = |qty| allocate(Side::Buy, qty, &offers);
    assert_eq!(quantities(&plan(3), 2), [0, 3]);
    assert_eq!(quantities(&plan(8), 2), [5, 3]);
    assert_eq!(quantities(&plan(10), 2), [5, 5], "10,005 with 5 bps before 10,001 with 10");
    assert_eq!(plan(10).parts[1].px, Ticks(10_005), "the limit of what goes there");
    let all = plan(30);
    assert_eq!((quantities(&all, 2), all.unplaced), (vec![10, 12], 8), "no more than stands there");
}

#[test]
fn a_sale_goes_where_most_is_left_after_fees() {
    let (rebate, full) = ([level(9_990, 5)], [level(10_000, 5)]);
    let offers = [offer(-100, &rebate), offer(1_000, &full)];
    let plan = allocate(Side::Sell, 6, &offers);
    assert_eq!(quantities(&plan, 2), [5, 1], "9,990.999 against 9,990.0");
}

#[test]
fn a_venue_that_would_get_less_than_its_minimum_gets_nothing_or_that() {
    let (best, next) = ([level(100, 4)], [level(101, 20)]);
    let mut offers = [offer(0, &best), offer(0, &next)];
    offers[1].min = Lots(5);
    assert_eq!(quantities(&allocate(Side::Buy, 4, &offers), 2), [4, 0]);
    assert_eq!(quantities(&allocate(Side::Buy, 6, &offers), 2), [1, 5], "not 4 and 2");
    offers[0].min = Lots(2);
    let plan = allocate(Side::Buy, 6, &offers);
    assert_eq!((quantities(&plan, 2), plan.unplaced), (vec![0, 6], 0), "not 1 and 5 either");
}

#[test]
fn what_is_below_the_common_step_goes_where_it_fits() {
    let (fine, coarse) = ([level(1_000, 7)], [level(999, 30)]);
    let coarse = Offer { lot: 10, tick: 1, ..offer(0, &coarse) };
    let plan = allocate(Side::Buy, 25, &[offer(0, &fine), coarse]);
    assert_eq!((quantities(&plan, 2), plan.unplaced), (vec![5, 2], 0), "two coarse lots of ten, five fine ones");
}

/// Every way to share so many steps out, each venue nothing or at least its minimum.
fn exhaustive(side: Side, steps: i64, offers: &[Offer<'_>]) -> (i64, i128) {
    let Some((offer, others)) = offers.split_first() else { return (0, 0) };
    let own = (0..=steps.min(offer.depth())).filter(|lots| *lots == 0 || *lots >= offer.min.0);
    let mut best = (0, i128::MIN);
    for lots in own {
        let (placed, gain) = exhaustive(side, steps - lots, others);
        // One lot after the other, each at the price of the level that it stands in.
        let stands = offer.levels.iter().flat_map(|level| (0..level.qty.0).map(|_| level.px.0));
        let paid: i128 = stands.take(lots as usize).map(i128::from).sum();
        let sign = if side == Side::Buy { 1 } else { -1 };
        let cost = sign * paid * i128::from(offer.tick) * (1_000_000 + i128::from(sign as i64 * offer.fee_ppm));
        best = best.max((placed + lots, gain - cost));
    }
    best
}

fn books(random: &mut Random, side: Side) -> Vec<Vec<Level>> {
    let venues = random.within(1, 4);
    (0..venues)
        .map(|_| {
            let mut px = random.within(990, 1_010);
            let levels = random.within(0, 3);
            (0..levels)
                .map(|_| {
                    px += side.sign() * random.within(1, 4);
                    level(px, random.within(1, 5))
                })
                .collect()
        })
        .collect()
}

#[test]
fn no_other_way_to_place_as_much_is_cheaper() {
    for seed in 0..4_000 {
        let mut random = Random::new(seed);
        let side = *random.pick(&[Side::Buy, Side::Sell]);
        let books = books(&mut random, side);
        let offers: Vec<Offer<'_>> = books
            .iter()
            .map(|levels| Offer {
                fee_ppm: random.within(-300, 4_000),
                min: Lots(random.within(0, 4)),
                max: Lots(random.within(2, 12)),
                ..offer(0, levels)
            })
            .collect();
        let qty = random.within(0, 12);
        let plan = allocate(side, qty, &offers);
        let placed: i64 = quantities(&plan, offers.len()).iter().sum();
        assert_eq!((placed, -plan.cost), exhaustive(side, qty, &offers), "seed {seed}: {plan:?}");
        assert_eq!(placed + plan.unplaced, qty);
    }
}

#[test]
fn whatever_the_grids_no_more_than_the_wish_and_no_less_than_a_minimum() {
    let mut rests = 0;
    for seed in 0..4_000 {
        let mut random = Random::new(seed);
        let side = *random.pick(&[Side::Buy, Side::Sell]);
        let books = books(&mut random, side);
        let offers: Vec<Offer<'_>> = books
            .iter()
            .map(|levels| Offer {
                lot: *random.pick(&[1, 2, 3, 10]),
                tick: *random.pick(&[1, 5]),
                fee_ppm: random.within(-300, 4_000),
                min: Lots(random.within(0, 4)),
                ..offer(0, levels)
            })
            .collect();
        let qty = random.within(0, 90);
        let plan = allocate(side, qty, &offers);
        let sent: i64 = plan.parts.iter().zip(&offers).map(|(part, offer)| part.qty.0 * offer.lot).sum();
        assert_eq!(sent + plan.unplaced, qty, "seed {seed}");
        assert!(plan.unplaced >= 0, "seed {seed}: {plan:?}");
        for (part, offer) in plan.parts.iter().zip(&offers) {
            assert!(part.qty.0 == 0 || part.qty >= offer.min, "seed {seed}: {plan:?}");
            assert!(part.qty.0 <= offer.depth(), "seed {seed}: {plan:?}");
            let worst = offer.levels.iter().map(|level| level.px.0 * side.sign());
            let within = worst.filter(|px| *px <= part.px.0 * side.sign()).count();
            let stands: i64 = offer.levels[..within].iter().map(|level| level.qty.0).sum();
            assert!(part.qty.0 <= stands, "seed {seed}: all of it stands within its limit: {plan:?}");
        }
        rests += u64::from(sent % step(&offers) != 0);
    }
    assert!(rests > 300, "what is below a step is met: {rests}");
}
