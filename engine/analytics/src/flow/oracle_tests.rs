//! Every measure against the values of the oracles: both data sets, every column, to 1e-9 of its scale.

mod book;
mod catalogue;
mod derivatives;
mod profile;
mod trades;

use super::Trade;
use crate::oracle::{oracles, text};
use engine_model::market::Side;
use std::path::{Path, PathBuf};

/// The two data sets: folder of the expected values, the tape, the quotes.
fn sets() -> Option<[(PathBuf, PathBuf, PathBuf); 2]> {
    let oracles = oracles()?;
    let (seen, made) = (oracles.join("microstructure"), oracles.join("microstructure/synthetic"));
    let series = oracles.join("series");
    let of_seen = (series.join("xrp_eth_trades.csv.gz"), series.join("btc_usdt_quotes.csv.gz"));
    let of_made = (made.join("trades.csv.gz"), made.join("quotes.csv.gz"));
    Some([(seen, of_seen.0, of_seen.1), (made, of_made.0, of_made.1)])
}

/// `time_ms,id,side,price,amount`, each with its id.
fn tape(path: &Path) -> Vec<(u64, Trade)> {
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let [time_ms, id, side, price, amount] = cells[..] else { panic!("five cells: {line}") };
        let aggressor = match side {
            "buy" => Side::Buy,
            "sell" => Side::Sell,
            _ => panic!("a side: {line}"),
        };
        let (price, amount) = (price.parse().unwrap(), amount.parse().unwrap());
        (id.parse().unwrap(), Trade { time_ms: time_ms.parse().unwrap(), aggressor, price, amount })
    };
    text(path).lines().skip(1).map(row).collect()
}

/// Equal to 1e-9 of the largest of the column, and known exactly where it is; an unknown is NaN in `wanted`.
#[track_caller]
fn equal(name: &str, got: &[Option<f64>], wanted: &[f64]) {
    assert_eq!(got.len(), wanted.len(), "{name}: rows");
    let scale = wanted.iter().filter(|value| !value.is_nan()).fold(0.0f64, |scale, value| scale.max(value.abs()));
    assert!(scale > 0.0, "{name}: a column of nothing");
    for (row, (got, wanted)) in got.iter().zip(wanted).enumerate() {
        let is = match got {
            Some(got) => (got - wanted).abs() <= 1e-9 * scale,
            None => wanted.is_nan(),
        };
        assert!(is, "{name}, row {row}: found {got:?}, expected {wanted}, scale {scale}");
    }
}
