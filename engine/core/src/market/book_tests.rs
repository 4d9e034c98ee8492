//! The book against its slow obvious twin, two sorted maps.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Small, so that walks and far levels leave it often.
const WINDOW: usize = 4_096;

#[derive(Clone, Debug)]
enum Op {
    Snapshot(Vec<Level>, Vec<Level>),
    Delta(Vec<Level>, Vec<Level>),
    Clear,
}

#[derive(Default)]
struct Twin {
    bids: BTreeMap<i64, i64>,
    asks: BTreeMap<i64, i64>,
}

impl Twin {
    fn run(&mut self, op: &Op) {
        match op {
            Op::Clear => *self = Self::default(),
            Op::Snapshot(bids, asks) => {
                *self = Self::default();
                Self::set(&mut self.bids, bids);
                Self::set(&mut self.asks, asks);
            }
            Op::Delta(bids, asks) => {
                Self::set(&mut self.bids, bids);
                Self::set(&mut self.asks, asks);
            }
        }
    }

    fn set(side: &mut BTreeMap<i64, i64>, levels: &[Level]) {
        for level in levels {
            side.insert(level.px.0, level.qty.0);
            if level.qty.0 == 0 {
                side.remove(&level.px.0);
            }
        }
    }

    fn judge(&self) -> Applied {
        match (self.bids.last_key_value(), self.asks.first_key_value()) {
            (Some((bid, _)), Some((ask, _))) if bid >= ask => Applied::Crossed,
            _ => Applied::Valid,
        }
    }

    fn levels(&self, side: Side) -> Vec<Level> {
        let level = |(&px, &qty): (&i64, &i64)| Level { px: Ticks(px), qty: Lots(qty) };
        match side {
            Side::Buy => self.bids.iter().rev().map(level).collect(),
            Side::Sell => self.asks.iter().map(level).collect(),
        }
    }
}

/// Runs the operations on both and compares everything that can be asked, after each.
fn check(ops: &[Op]) {
    let (mut book, mut twin) = (Book::<1>::new(4), Twin::default());
    for (step, op) in ops.iter().enumerate() {
        let judged = match op {
            Op::Snapshot(bids, asks) => book.snapshot(bids, asks),
            Op::Delta(bids, asks) => book.apply(bids, asks),
            Op::Clear => {
                book.clear();
                Applied::Valid
            }
        };
        twin.run(op);
        assert_eq!(judged, twin.judge(), "step {step}");
        for side in [Side::Buy, Side::Sell] {
            let expected = twin.levels(side);
            assert_eq!(book.levels(side).collect::<Vec<_>>(), expected, "step {step}, {side:?}");
            assert_eq!(book.len(side), expected.len(), "step {step}, {side:?}");
            assert_eq!(book.best(side), expected.first().copied(), "step {step}, {side:?}");
            for level in &expected {
                assert_eq!(book.qty_at(side, level.px), level.qty, "step {step}, {side:?}");
                let beside = Ticks(level.px.0.wrapping_add(1));
                let there = expected.iter().find(|l| l.px == beside).map_or(Lots(0), |l| l.qty);
                assert_eq!(book.qty_at(side, beside), there, "step {step}, {side:?}");
            }
        }
        assert_eq!(book.is_empty(), twin.bids.is_empty() && twin.asks.is_empty());
    }
}

/// Prices around a few centres: dense, a window away, dust a million ticks away, and the ends of `i64`.
fn any_px() -> impl Strategy<Value = i64> {
    let window = WINDOW as i64;
    prop_oneof![
        8 => -20..20i64,
        4 => -window..window,
        2 => -5 * window..5 * window,
        1 => 999_990..1_000_010i64,
        1 => -1_000_010..-999_990i64,
        1 => (i64::MAX - window - 2)..=i64::MAX,
        1 => i64::MIN..=(i64::MIN + window + 2),
        1 => any::<i64>(),
    ]
}

fn any_levels(most: usize) -> impl Strategy<Value = Vec<Level>> {
    let qty = prop_oneof![3 => Just(0), 5 => 1..100i64, 1 => Just(i64::MAX)];
    prop::collection::vec((any_px(), qty).prop_map(|(px, qty)| Level { px: Ticks(px), qty: Lots(qty) }), 0..most)
}

fn any_op() -> impl Strategy<Value = Op> {
    prop_oneof![
        1 => (any_levels(40), any_levels(40)).prop_map(|(b, a)| Op::Snapshot(b, a)),
        1 => (sorted(40), sorted(40)).prop_map(|(mut b, a)| { b.reverse(); Op::Snapshot(b, a) }),
        20 => (any_levels(12), any_levels(12)).prop_map(|(b, a)| Op::Delta(b, a)),
        1 => Just(Op::Clear),
    ]
}

/// As venues send snapshots: no repetition, no zero, sorted.
fn sorted(most: usize) -> impl Strategy<Value = Vec<Level>> {
    any_levels(most).prop_map(|mut levels| {
        levels.retain(|level| level.qty.0 > 0);
        levels.sort_by_key(|level| level.px);
        levels.dedup_by_key(|level| level.px);
        levels
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn equals_two_sorted_maps_under_any_messages(ops in prop::collection::vec(any_op(), 1..60)) {
        check(&ops);
    }

    /// A top that walks through many windows, with levels set and deleted around it.
    #[test]
    fn equals_two_sorted_maps_while_the_top_wanders(
        steps in prop::collection::vec((-900..900i64, prop::collection::vec((0..3_000i64, 0..4i64), 1..8)), 1..80),
    ) {
        let (mut middle, mut ops, mut worst) = (0, Vec::new(), Vec::new());
        for (step, levels) in steps {
            // What the last top left on the wrong side is deleted first, as venues do.
            let gone: Vec<Level> = std::mem::take(&mut worst);
            ops.push(Op::Delta(gone.clone(), gone));
            middle += step;
            let at = |sign: i64| levels.iter().map(move |&(off, qty)| level(middle + sign * (1 + off), qty)).collect();
            let (bids, asks): (Vec<Level>, Vec<Level>) = (at(-1), at(1));
            let near = bids.iter().chain(&asks).filter(|l| (l.px.0 - middle).abs() < 1_000);
            worst.extend(near.map(|l| level(l.px.0, 0)));
            ops.push(Op::Delta(bids, asks));
        }
        check(&ops);
    }
}

fn level(px: i64, qty: i64) -> Level {
    Level { px: Ticks(px), qty: Lots(qty) }
}

#[test]
fn the_ends_of_the_price_range_do_not_wrap_into_the_window() {
    let ends =
        vec![level(i64::MIN, 1), level(i64::MAX - 1, 2), level(i64::MAX, 3), level(0, 4), level(i64::MIN + 1, 5)];
    check(&[
        Op::Delta(ends.clone(), vec![]),
        Op::Delta(vec![level(i64::MAX, 0)], ends.clone()),
        Op::Delta(ends.iter().map(|l| level(l.px.0, 0)).collect(), vec![]),
        Op::Delta(vec![level(i64::MAX, 1)], vec![]),
        Op::Delta(vec![level(i64::MAX, 0)], vec![level(i64::MIN, 0)]),
    ]);
}

#[test]
fn dust_a_million_ticks_away_survives_and_becomes_the_top_when_it_is_all_that_is_left() {
    let mut book = Book::<1>::new(16);
    let _ = book.snapshot(&[level(1_000_000, 5), level(1, 7)], &[level(1_000_001, 6), level(2_000_001, 8)]);
    assert_eq!(book.best_bid(), Some(level(1_000_000, 5)));
    assert_eq!(book.apply(&[level(1_000_000, 0)], &[level(1_000_001, 0)]), Applied::Valid);
    assert_eq!(book.best_bid(), Some(level(1, 7)));
    assert_eq!(book.best_ask(), Some(level(2_000_001, 8)));
    assert_eq!(book.far_growths(), 0);
}

#[test]
fn a_message_may_cross_the_book_on_its_way_but_not_at_its_end() {
    let mut book = Book::<1>::new(16);
    assert_eq!(book.snapshot(&[level(10, 1)], &[level(11, 1)]), Applied::Valid);
    assert_eq!(book.apply(&[level(11, 1)], &[level(11, 0), level(12, 1)]), Applied::Valid);
    assert_eq!(book.apply(&[level(12, 1)], &[]), Applied::Crossed, "a locked book counts as crossed");
}

#[test]
fn a_list_that_outgrows_its_room_keeps_every_level_and_says_so() {
    let mut book = Book::<1>::new(2);
    let far: Vec<Level> = (0..50).map(|i| level(-10_000 - i * 10, 1)).collect();
    let _ = book.apply(&[level(0, 1)], &[]);
    let _ = book.apply(&far, &[]);
    assert_eq!(book.len(Side::Buy), 51);
    assert!(book.far_growths() > 0);
}

#[test]
fn the_window_goes_where_the_top_goes_and_leaves_nothing_near_outside() {
    let mut book = Book::<1>::new(0);
    let near = |top: i64| (0..1_000).map(|i| level(top - i, 1)).collect::<Vec<_>>();
    let _ = book.apply(&near(0), &[]);
    let _ = book.apply(&near(0).iter().map(|l| level(l.px.0, 0)).collect::<Vec<_>>(), &[]);
    let _ = book.apply(&near(-3_000), &[]);
    assert_eq!(book.far_growths(), 0, "an empty side begins anew around its first level");
    for top in (-20_000..-3_000).rev().step_by(500) {
        let gone: Vec<Level> = book.levels(Side::Buy).map(|l| level(l.px.0, 0)).take(500).collect();
        let _ = book.apply(&near(top), &[]);
        let _ = book.apply(&gone, &[]);
    }
    assert_eq!(book.far_growths(), 0, "a falling top takes its window along");
}

#[test]
fn far_levels_that_come_and_go_need_no_more_room_than_those_that_stand() {
    let mut book = Book::<1>::new(3);
    let _ = book.apply(&[level(0, 1), level(-20_000, 1), level(-30_000, 2)], &[]);
    for i in 0..100 {
        let _ = book.apply(&[level(-10_000 - i, 3)], &[]);
        assert_eq!(book.levels(Side::Buy).map(|l| l.px.0).collect::<Vec<_>>(), [0, -10_000 - i, -20_000, -30_000]);
        let _ = book.apply(&[level(-10_000 - i, 0)], &[]);
        assert_eq!((book.len(Side::Buy), book.qty_at(Side::Buy, Ticks(-10_000 - i))), (3, Lots(0)));
    }
    assert_eq!(book.far_growths(), 0);
}

#[test]
fn a_side_that_begins_anew_forgets_the_places_of_before() {
    let mut book = Book::<1>::new(16);
    let bids = |book: &mut Book<1>, levels: &[(i64, i64)]| {
        let levels: Vec<Level> = levels.iter().map(|(px, qty)| level(*px, *qty)).collect();
        let _ = book.apply(&levels, &[]);
    };
    // Two far places are left, then all is gone, then the window begins below them.
    bids(&mut book, &[(10_000, 1), (6_900, 1), (6_910, 1)]);
    bids(&mut book, &[(6_900, 0), (6_910, 0), (10_000, 0)]);
    bids(&mut book, &[(6_950, 1), (4_000, 1), (4_100, 1), (4_200, 1)]);
    // All of it becomes far, in order.
    bids(&mut book, &[(20_000, 1)]);
    bids(&mut book, &[(4_000, 0)]);
    assert_eq!(book.levels(Side::Buy).map(|l| l.px.0).collect::<Vec<_>>(), [20_000, 6_950, 4_200, 4_100]);
}
