//! Coins that move together are limited as one; those that do not, or of which too little was heard, are not.

use super::clusters::Clusters;
use super::test_desk::{Desk, wide};
use super::tests::{MID, breaches};
use super::*;
use crate::test_instruments::{LINEAR, SPOT};
use crate::test_random::Random;
use engine_model::command::CommandKind;
use engine_model::market::Side;
use engine_model::refusal::Check;

/// Minutes of two coins, each told to move by so many thousandths of its price.
fn after(minutes: usize, limits: Limits, mut moves: impl FnMut(usize) -> [i64; 2]) -> Desk {
    let mut desk = Desk::new(limits);
    let mut mids = [(LINEAR, MID), (SPOT, 300_000)];
    for minute in 0..minutes {
        for ((id, mid), thousandths) in mids.iter_mut().zip(moves(minute)) {
            *mid += *mid * thousandths / 1_000;
            desk.top(*id, *mid - 1, *mid + 1);
        }
        desk.wait(40 * Nanos::SECOND);
        desk.command(CommandKind::CancelAll); // whatever is judged looks
        desk.wait(20 * Nanos::SECOND);
    }
    for (id, mid) in [(LINEAR, MID), (SPOT, 300_000)] {
        desk.top(id, mid - 1, mid + 1);
    }
    desk
}

/// Whether both are one cluster: 600 dollars of each, and 1,000 are allowed.
fn are_one(desk: &mut Desk) -> bool {
    desk.hold(LINEAR, Side::Buy, MID, 10);
    let order = desk.order(SPOT, Side::Buy, 300_000, 2_000);
    let found = breaches(desk, &order);
    assert!(found.is_empty() || found == [Check::ClusterShare], "{found:?}");
    !found.is_empty()
}

fn limits() -> Limits {
    Limits { cluster_share_max_bps: 10, cluster_correlation_bps: 8_000, ..wide() }
}

#[test]
fn who_moves_together_is_one_from_the_fourth_hour_on() {
    let mut random = Random::new(1);
    let mut both = || random.within(-3, 3);
    for (minutes, is_one) in [(238, false), (245, true)] {
        let mut desk = after(minutes, limits(), |_| [both(); 2]);
        assert_eq!(are_one(&mut desk), is_one, "{minutes} minutes");
    }
    let mut desk = after(245, Limits { cluster_correlation_bps: 10_000, ..limits() }, |_| [both(); 2]);
    assert!(!are_one(&mut desk), "nothing correlates by more than all");
}

#[test]
fn who_moves_apart_or_against_each_other_is_not() {
    let mut random = Random::new(2);
    let mut desk = after(300, limits(), |_| [random.within(-3, 3), random.within(-3, 3)]);
    assert!(!are_one(&mut desk));
    let mut desk = after(300, limits(), |_| {
        let px = random.within(-3, 3);
        [px, -px]
    });
    assert!(!are_one(&mut desk), "a hedge is no cluster");
    let mut desk = after(300, Limits { cluster_correlation_bps: 0, ..limits() }, |_| {
        let px = random.within(-3, 3);
        [px, if random.once_in(3) { px } else { random.within(-3, 3) }]
    });
    assert!(are_one(&mut desk), "and by a limit of nothing the least correlation is too much");
}

#[test]
fn a_correlation_is_what_a_slow_twin_works_out() {
    for seed in 0..200 {
        let mut random = Random::new(seed);
        let mut clusters = Clusters::new([0, 1].into_iter());
        let shared = random.within(0, 100);
        let mut past: Vec<[f64; 2]> = Vec::new();
        for minute in 1..=random.within(240, 2_000) {
            let common = random.within(-2_000, 2_000);
            let mut own = || (common * shared + random.within(-2_000, 2_000) * (100 - shared)) / 100;
            let returns = [own(), own()];
            past.push(returns.map(|ppm| ppm as f64));
            for (id, ppm) in returns.into_iter().enumerate() {
                clusters.note(InstrumentId(id as u32), ppm);
            }
            assert!(clusters.turn(Nanos(minute as u64 * 60 * Nanos::SECOND)));
        }
        let weighted = |a: usize, b: usize| {
            past.iter()
                .rev()
                .enumerate()
                .map(|(age, of)| (1.0 - 1.0 / 1_024.0_f64).powi(age as i32) * of[a] * of[b])
                .sum::<f64>()
        };
        let found = weighted(0, 1) / (weighted(0, 0) * weighted(1, 1)).sqrt() * 10_000.0;
        for (off, want) in [(-30.0, true), (30.0, false)] {
            let limit = (found + off) as i64;
            if (0..10_000).contains(&limit) {
                assert_eq!(clusters.move_together(0, 1, limit), want, "seed {seed}: {found} against {limit}");
            }
        }
    }
}
