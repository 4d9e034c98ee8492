//! The indicators against TA-Lib's outputs on real series, to the tolerances that the manifest states.

use super::{Ema, Macd, MacdValue, Rsi};
use crate::oracle::{column, oracles};
use serde_json::Value;
use std::collections::BTreeMap;

/// Outputs of one indicator on one input, by the manifest's name of the output.
type Update = Box<dyn FnMut(f64) -> BTreeMap<&'static str, f64>>;

fn indicator(case: &Value) -> Option<Update> {
    let param = |name: &str| case["params"][name].as_u64().expect("a period") as u32;
    let real = |value: Option<f64>| value.map(|v| BTreeMap::from([("real", v)])).unwrap_or_default();
    Some(match case["indicator"].as_str().expect("a name") {
        "EMA" => {
            let mut ema = Ema::new(param("timeperiod"));
            Box::new(move |x| real(ema.update(x)))
        }
        "RSI" => {
            let mut rsi = Rsi::new(param("timeperiod"));
            Box::new(move |x| real(rsi.update(x)))
        }
        "MACD" => {
            let mut macd = Macd::new(param("fastperiod"), param("slowperiod"), param("signalperiod"));
            Box::new(move |x| {
                let outputs = |v: MacdValue| {
                    BTreeMap::from([("macd", v.macd), ("macdsignal", v.signal), ("macdhist", v.histogram)])
                };
                macd.update(x).map(outputs).unwrap_or_default()
            })
        }
        _ => return None,
    })
}

#[test]
fn ema_rsi_and_macd_equal_talib_on_every_row() {
    let Some(oracles) = oracles() else { return };
    let root = oracles.join("indicators");
    let manifest = std::fs::read_to_string(root.join("manifest_talib.json")).expect("a manifest");
    let manifest: Value = serde_json::from_str(&manifest).expect("a manifest");
    let mut checked = 0;
    for case in manifest.as_array().expect("a list") {
        let Some(mut update) = indicator(case) else { continue };
        let series = case["series"].as_str().expect("a series");
        let inputs = column(&oracles.join(format!("series/{series}.csv.gz")), "close");
        let got: Vec<_> = inputs.into_iter().map(|input| update(input.expect("a price"))).collect();
        let file = root.join(case["file"].as_str().expect("a file"));
        for output in case["outputs"].as_array().expect("outputs") {
            check(case, output, &got, &column(&file, output["column"].as_str().expect("a column")));
            checked += 1;
        }
    }
    assert_eq!(checked, 20, "4 cases of EMA, 4 of RSI, 4 of MACD with 3 outputs each");
}

fn check(case: &Value, output: &Value, got: &[BTreeMap<&'static str, f64>], want: &[Option<f64>]) {
    let number = |of: &Value| of.as_f64().expect("a number");
    let from = output["compare_from"].as_u64().expect("a row") as usize;
    let (rtol, atol) = (number(&case["rtol"]), number(&case["atol_of_scale"]) * number(&output["scale"]));
    let name = output["name"].as_str().expect("a name");
    assert_eq!(got.len(), want.len());
    for (row, (got, want)) in got.iter().zip(want).enumerate() {
        let got = got.get(name).copied();
        assert_eq!(got.is_some(), want.is_some(), "{} {name} row {row}: {got:?}, expected {want:?}", case["id"]);
        if let (Some(got), Some(want)) = (got, want)
            && row >= from
        {
            let off = (got - want).abs();
            assert!(off <= atol + rtol * want.abs(), "{} {name} row {row}: {got}, expected {want}", case["id"]);
        }
    }
}
