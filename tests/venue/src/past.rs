//! What a venue tells of the time before: ratios of long to short, funding that was paid. Made by arithmetic from the time
//! alone, so that a moment always looks the same, whoever asks and however often.
//!
//! Never: open interest, which is the floor's own.

use crate::http::Request;

/// Funding is paid each eight hours, UTC.
pub(crate) const FUNDING_MS: u64 = 8 * 3_600_000;

/// The share that is long, in 1/10000: between 0.35 and 0.65. `whose` tells instruments and crowds apart.
pub(crate) fn long_e4(whose: u64, at_ms: u64) -> u64 {
    3_500 + mixed(whose, at_ms) % 3_000
}

/// The rate that was paid, in 1e-8: between -0.005 % and 0.015 %.
pub(crate) fn rate_e8(whose: u64, at_ms: u64) -> i64 {
    mixed(whose, at_ms) as i64 % 20_000 - 5_000
}

/// The newest `limit` multiples of `every_ms` that the request's span and the present leave, oldest first.
pub(crate) fn moments(request: &Request, every_ms: u64, limit: usize, now_ms: u64) -> Vec<u64> {
    let given = |name| request.parameter(name).and_then(|text| text.parse::<u64>().ok());
    let limit =
        given("limit").and_then(|wanted| usize::try_from(wanted).ok()).map_or(limit, |wanted| wanted.min(limit));
    let from = given("startTime").unwrap_or(0);
    let newest = given("endTime").map_or(now_ms, |to| to.min(now_ms)) / every_ms;
    let mut moments: Vec<u64> =
        (0..=newest).rev().map(|index| index * every_ms).take_while(|at| *at >= from).take(limit).collect();
    moments.reverse();
    moments
}

/// The newest `rows` multiples of `every_ms`, oldest first.
pub(crate) fn newest(every_ms: u64, rows: u64, now_ms: u64) -> Vec<u64> {
    let last = now_ms / every_ms;
    (last.saturating_sub(rows - 1)..=last).map(|index| index * every_ms).collect()
}

/// A number below 2^31 that looks like nothing.
fn mixed(whose: u64, at_ms: u64) -> u64 {
    let seed = (at_ms / 1_000).wrapping_add(whose.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let mixed = (seed ^ seed >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (mixed ^ mixed >> 32) >> 33
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_looks_the_same_and_its_neighbours_do_not() {
        assert_eq!(long_e4(1, 1_790_812_800_000), long_e4(1, 1_790_812_800_000));
        assert_ne!(long_e4(1, 1_790_812_800_000), long_e4(2, 1_790_812_800_000));
        assert_ne!(long_e4(1, 1_790_812_800_000), long_e4(1, 1_790_813_100_000));
        for step in 0..1_000 {
            let at_ms = 1_790_812_800_000 + step * 300_000;
            assert!((3_500..6_500).contains(&long_e4(step, at_ms)));
            assert!((-5_000..15_000).contains(&rate_e8(step, at_ms)));
        }
    }
}
