use super::schedule::{Schedule, shortfall_parts};
use super::*;
use crate::units::Nanos;

fn fault(algorithm: Algorithm, manner: Manner) -> String {
    Work::new(algorithm, manner).expect_err("must be refused").to_string()
}

fn plan(algorithm: Algorithm, manner: Manner, qty: i64) -> Vec<i64> {
    let schedule = Schedule::new(&Work::new(algorithm, manner).expect("in range"), Lots(qty)).expect("has one");
    (0..schedule.parts()).map(|part| schedule.part(part).0).collect()
}

const TWAP: Algorithm = Algorithm::Twap { duration_ms: 60_000, slices: 6 };
const PLAIN: Manner = Manner { child_max: Lots(0), size_jitter_bps: 0, time_jitter_bps: 0, seed: 0 };

#[test]
fn every_parameter_out_of_its_range_is_refused_by_name_with_value_and_range() {
    let twap = |duration_ms, slices| Algorithm::Twap { duration_ms, slices };
    let shortfall = |urgency_centi| Algorithm::Shortfall { duration_ms: 60_000, slices: 6, urgency_centi };
    let pov = |participation_bps, duration_ms| Algorithm::Pov { participation_bps, duration_ms };
    let peg = |offset_ticks, reprice_ticks| Algorithm::Peg { to: PegTo::Mid, offset_ticks, reprice_ticks };
    let cases = [
        (fault(twap(60_000, 0), PLAIN), "parameter `slices` is 0, must be 1 to 64"),
        (fault(twap(60_000, 65), PLAIN), "parameter `slices` is 65, must be 1 to 64"),
        (fault(twap(2_999, 6), PLAIN), "parameter `duration_ms` is 2999, must be 3000 to 604800000"),
        (fault(twap(u64::MAX, 6), PLAIN), "parameter `duration_ms` is 9223372036854775807, must be 3000 to 604800000"),
        (fault(shortfall(2_001), PLAIN), "parameter `urgency_centi` is 2001, must be 0 to 2000"),
        (fault(pov(0, 0), PLAIN), "parameter `participation_bps` is 0, must be 1 to 10000"),
        (fault(pov(10_001, 0), PLAIN), "parameter `participation_bps` is 10001, must be 1 to 10000"),
        (fault(pov(1, 604_800_001), PLAIN), "parameter `duration_ms` is 604800001, must be 0 to 604800000"),
        (
            fault(Algorithm::Iceberg { display: Lots(0) }, PLAIN),
            "parameter `display_lots` is 0, must be 1 to 9223372036854775807",
        ),
        (
            fault(Algorithm::Sniper { shown_min: Lots(0) }, PLAIN),
            "parameter `shown_min_lots` is 0, must be 1 to 9223372036854775807",
        ),
        (fault(peg(1_000_001, 1), PLAIN), "parameter `offset_ticks` is 1000001, must be -1000000 to 1000000"),
        (fault(peg(0, 0), PLAIN), "parameter `reprice_ticks` is 0, must be 1 to 1000000"),
        (
            fault(TWAP, Manner { child_max: Lots(-1), ..PLAIN }),
            "parameter `child_max_lots` is -1, must be 0 to 9223372036854775807",
        ),
        (
            fault(TWAP, Manner { size_jitter_bps: 5_001, ..PLAIN }),
            "parameter `size_jitter_bps` is 5001, must be 0 to 5000",
        ),
        (
            fault(TWAP, Manner { time_jitter_bps: 5_001, ..PLAIN }),
            "parameter `time_jitter_bps` is 5001, must be 0 to 5000",
        ),
    ];
    for (found, expected) in cases {
        assert_eq!(found, expected);
    }
    let profile = |parts: &[u16]| Profile::new(parts).expect_err("must be refused").to_string();
    assert_eq!(profile(&[]), "parameter `profile_parts` is 0, must be 1 to 64");
    assert_eq!(profile(&[5_000, 4_999]), "parameter `profile_bps` is 9999, must be 10000 to 10000");
}

#[test]
fn a_twap_has_equal_parts_and_the_last_one_is_the_rest() {
    assert_eq!(plan(TWAP, PLAIN, 60), [10; 6]);
    assert_eq!(plan(TWAP, PLAIN, 20), [3, 4, 3, 3, 4, 3]);
    let schedule = Schedule::new(&Work::new(TWAP, PLAIN).expect("in range"), Lots(60)).expect("has one");
    let second = Nanos::SECOND;
    let allowed = [0, 1, 10 * second - 1, 10 * second, 50 * second, 1_000 * second].map(|at| schedule.allowed(at).0);
    assert_eq!(allowed, [10, 10, 10, 20, 60, 60]);
    assert_eq!(schedule.next_after_ns(0), Some(10 * second));
    assert_eq!(schedule.next_after_ns(50 * second), None);
}

#[test]
fn a_vwap_follows_its_profile_also_where_its_parts_are_not_the_profiles() {
    let vwap = |slices, parts: &[u16]| {
        let profile = Profile::new(parts).expect("whole");
        plan(Algorithm::Vwap { duration_ms: 60_000, slices, profile }, PLAIN, 1_000)
    };
    assert_eq!(vwap(4, &[4_000, 1_000, 2_000, 3_000]), [400, 100, 200, 300]);
    assert_eq!(vwap(2, &[4_000, 1_000, 2_000, 3_000]), [500, 500]);
    assert_eq!(vwap(4, &[8_000, 2_000]), [400, 400, 100, 100]);
    assert_eq!(vwap(3, &[6_000, 4_000]), [400, 333, 267]);
}

/// Against the closed form, in floats.
#[test]
fn a_shortfall_has_the_trajectory_of_almgren_and_chriss() {
    for (urgency_centi, count) in [(1, 2), (50, 5), (100, 10), (300, 12), (1_000, 64), (2_000, 64), (2_000, 20)] {
        let found = shortfall_parts(urgency_centi, count);
        // kappa from kappa~ as in their (2.13): cosh(kappa tau) = 1 + (kappa~ tau)^2 / 2.
        let kappa_tau = (1.0 + (f64::from(urgency_centi) / 100.0 / count as f64).powi(2) / 2.0).acosh();
        let left = |j: usize| (kappa_tau * (count - j) as f64).sinh() / (kappa_tau * count as f64).sinh();
        for (part, share) in found.iter().enumerate().take(count) {
            let (found, expected) = (*share as f64 / 1e12, 1.0 - left(part + 1));
            assert!((found - expected).abs() < 1e-9, "{urgency_centi} {count} {part}: {found} {expected}");
        }
    }
    let parts = |urgency_centi| {
        let shortfall = Algorithm::Shortfall { duration_ms: 60_000, slices: 5, urgency_centi };
        plan(shortfall, PLAIN, 1_000)
    };
    assert_eq!(parts(0), [200; 5]);
    assert_eq!(parts(200), [344, 238, 172, 132, 114]);
}

#[test]
fn jitter_is_the_seeds_alone_and_keeps_the_sum_the_order_and_its_bound() {
    let manner = |seed| Manner { size_jitter_bps: 3_000, time_jitter_bps: 5_000, seed, ..PLAIN };
    assert_eq!(plan(TWAP, manner(7), 6_000), plan(TWAP, manner(7), 6_000));
    assert_ne!(plan(TWAP, manner(7), 6_000), plan(TWAP, manner(8), 6_000));
    for seed in 0..2_000 {
        let schedule = Schedule::new(&Work::new(TWAP, manner(seed)).expect("in range"), Lots(6_000)).expect("has one");
        let mut sum = 0;
        for part in 0..6 {
            sum += schedule.part(part).0;
            assert!(schedule.part(part).0 >= 0);
            assert!((sum - 1_000 * (part as i64 + 1)).abs() <= 300, "{seed} {part} {sum}");
            let late = schedule.begins_after_ns(part) - part as u64 * 10 * Nanos::SECOND;
            assert!(late <= 5 * Nanos::SECOND, "{seed} {part} {late}");
        }
        assert_eq!(sum, 6_000);
    }
}
