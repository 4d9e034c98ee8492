//! No indicator of the catalogue asks for memory after it is made: its first bars are watched as its last ones are.

use engine_analytics::indicator::catalogue::entries;
use engine_analytics::indicator::pattern::Patterns;
use engine_ring::alloc_guard::AllocGuard;

const BARS: usize = 3_000;

/// A price that goes up and down, for a column.
fn value(column: &str, bar: usize) -> f64 {
    let at = bar as f64;
    let middle = 100.0 + 30.0 * (at / 70.0).sin() + (at * 1.7).sin();
    match column {
        "high" => middle + 1.0,
        "low" => middle - 1.0,
        "open" => middle - (at * 2.1).sin(),
        "volume" => 1_000.0 + 300.0 * (at * 0.9).sin(),
        "periods" => 2.0 + (bar % 29) as f64,
        "time_ms" => at * 3_600_000.0,
        _ => middle,
    }
}

#[test]
fn no_indicator_allocates_after_it_is_made() {
    for entry in entries() {
        let columns: Vec<_> = entry.columns().collect();
        let (mut input, mut output) = (vec![0.0; columns.len()], vec![0.0; entry.outputs.len()]);
        let mut made = entry.make(&[]).expect("defaults");
        let guard = AllocGuard::arm().expect("this process counts");
        for bar in 0..BARS {
            for (value_of, column) in input.iter_mut().zip(&columns) {
                *value_of = value(column, bar);
            }
            made.update(&input, &mut output);
        }
        let allocations = guard.disarm();
        assert_eq!(allocations, 0, "{} allocated {allocations} times in {BARS} bars", entry.name);
    }
}

#[test]
fn all_patterns_in_one_pass_allocate_nothing() {
    let mut patterns = Patterns::new();
    let guard = AllocGuard::arm().expect("this process counts");
    let mut found = 0;
    for bar in 0..BARS {
        let told = patterns.next(["open", "high", "low", "close"].map(|column| value(column, bar)));
        found += told.iter().filter(|value| **value != 0).count();
    }
    assert_eq!(guard.disarm(), 0);
    assert!(found > 0, "no pattern in {BARS} bars");
}
