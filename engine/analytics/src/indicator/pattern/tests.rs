//! The pass over all against each by itself.

use super::*;
use crate::indicator::catalogue::find;
use crate::oracle::{columns, oracles};

#[test]
fn one_pass_tells_what_each_tells_by_itself() {
    let Some(oracles) = oracles() else { return };
    let mut seen = [0; COUNT];
    for series in ["candle_templates_a", "candle_fuzz_a"] {
        let series = columns(&oracles.join(format!("series/{series}.csv.gz")));
        let bar = |row: usize| ["open", "high", "low", "close"].map(|column| series[column][row]);
        let mut alone = NAMES.map(|name| find(name).and_then(|entry| entry.make(&[])).expect("a pattern"));
        let mut pass = Patterns::new();
        for row in 0..series["open"].len() {
            let told = pass.next(bar(row));
            for (at, pattern) in alone.iter_mut().enumerate() {
                let mut value = [0.0];
                pattern.update(&bar(row), &mut value);
                assert_eq!(value[0].to_bits(), f64::from(told[at]).to_bits(), "{} row {row}", NAMES[at]);
                seen[at] += usize::from(told[at] != 0);
            }
        }
    }
    let unseen: Vec<_> = NAMES.iter().zip(seen).filter(|(_, count)| *count == 0).collect();
    assert!(unseen.is_empty(), "not tried: {unseen:?}");
}
