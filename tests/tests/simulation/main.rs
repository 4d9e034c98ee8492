//! The whole system by seeds: venues with sessions, gateways and accounts, networks that lose and delay, a disk that tears,
//! fills, hangs and fails, a clock, people, and one engine after the other, on one thread.
//!
//! `RINGSIDE_SEED=7 cargo test -p tests --test simulation -- --nocapture` plays one seed and prints what it expands to;
//! `RINGSIDE_SEEDS=2000` plays that many.

#![allow(clippy::expect_used, reason = "a test that cannot go on ends here and says why")]

mod dice;
mod engine;
mod options;
mod scribe;
mod trader;
mod venue;
mod world;

use options::Options;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;
use world::{Outcome, World};

/// Seeds where nobody says how many: as many as a change can wait for.
const SEEDS: u64 = 300;
/// Threads that play, a story each.
const WORKERS: u64 = 2;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}

#[test]
fn nothing_is_lost_whatever_goes_wrong_and_all_agree_once_it_is_over() {
    let only = number("RINGSIDE_SEED");
    let from = only.or(number("RINGSIDE_SEEDS_FROM")).unwrap_or(0);
    let until = from + if only.is_some() { 1 } else { number("RINGSIDE_SEEDS").unwrap_or(SEEDS) };
    let (next, told, began) = (AtomicU64::new(from), Mutex::new((Vec::new(), Vec::new())), Instant::now());
    std::thread::scope(|scope| {
        for _ in 0..WORKERS.min(until - from) {
            scope.spawn(|| {
                while let Some(seed) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|seed| *seed < until) {
                    let options = Options::of(seed);
                    if only.is_some() {
                        println!("{options}");
                    }
                    let outcome = catch_unwind(AssertUnwindSafe(|| World::new(options).play()));
                    let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
                    match outcome {
                        Ok(outcome) => told.0.push(outcome),
                        Err(_) => told.1.push(options),
                    }
                }
            });
        }
    });
    let (outcomes, failed) = told.into_inner().unwrap_or_else(PoisonError::into_inner);
    println!("{}", figures(&outcomes, began.elapsed().as_secs_f64()));
    assert!(failed.is_empty(), "{} seeds failed; the first: {}", failed.len(), failed[0]);
}

fn figures(outcomes: &[Outcome], seconds: f64) -> String {
    let sum = |of: fn(&Outcome) -> u64| outcomes.iter().map(of).sum::<u64>();
    let simulated = sum(|of| of.simulated_s);
    format!(
        "simulation: {} seeds, {} min simulated in {seconds:.1} s ({:.0} x real time): {} faults, {} runs, {} orders, {} \
         fills, {} records replayed, {} seeds with executions of a run before behind its successor's back",
        outcomes.len(),
        simulated / 60,
        simulated as f64 / seconds,
        sum(|of| of.faults),
        sum(|of| of.runs),
        sum(|of| of.orders),
        sum(|of| of.fills),
        sum(|of| of.records),
        sum(|of| u64::from(of.is_disturbed)),
    )
}

#[test]
fn a_seed_is_the_same_story_each_time() {
    for seed in 1_000..1_002 {
        let [once, again] = [(); 2].map(|()| World::new(Options::of(seed)).play());
        assert_eq!(once, again, "{}", Options::of(seed));
    }
}
