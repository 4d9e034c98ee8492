//! Every registered indicator against what other engines made of the same series: each case of both manifests, in batch and
//! bar by bar, to the tolerance that the manifest states.

use super::catalogue::{self, Entry};
use crate::oracle::{columns, oracles, text};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

#[test]
fn talib_functions_equal_talib_on_every_row() {
    check_all("manifest_talib.json", |case| string(case, "group") != PATTERNS);
}

#[test]
fn candlestick_patterns_equal_talib_on_every_row() {
    check_all("manifest_talib.json", |case| string(case, "group") == PATTERNS);
}

#[test]
fn further_indicators_equal_their_references_on_every_row() {
    check_all("manifest_refs.json", |_| true);
}

#[test]
fn nothing_is_registered_that_no_oracle_knows() {
    let Some(root) = oracles() else { return };
    let mut known = BTreeSet::new();
    for manifest in ["manifest_talib.json", "manifest_refs.json"] {
        let text = std::fs::read_to_string(root.join("indicators").join(manifest)).expect("a manifest");
        let cases: Vec<Value> = serde_json::from_str(&text).expect("a list");
        known.extend(cases.iter().map(|case| string(case, "indicator").to_owned()));
    }
    let wanted = std::fs::read_to_string(root.join("indicators/canonical_indicators.csv")).expect("a list");
    let level = |level: &'static str| wanted.lines().filter(move |line| line.ends_with(level));
    let names = |line: &str| line.split(',').nth(1).expect("an abbreviation").to_owned();
    known.extend(level(",microstructure,must").map(names));
    known.extend(level(",should").map(names));
    assert!(UNCLEAR.iter().all(|name| known.remove(*name)));
    let registered: BTreeSet<_> = catalogue::entries().map(|entry| entry.name.to_owned()).collect();
    assert_eq!(registered, known);
    println!("{} indicators", known.len());
}

/// Names without a definition that two people would share: the manual says why.
const UNCLEAR: [&str; 3] = ["HVN_LVN", "SPOOF", "TECH_RATING"];

const PATTERNS: &str = "pattern_recognition";

/// Runs the cases that are asked for. Fails with a list of all that are wrong, and if one has no entry.
fn check_all(manifest: &str, asked: fn(&Value) -> bool) {
    let Some(root) = oracles() else { return };
    let text = std::fs::read_to_string(root.join("indicators").join(manifest)).expect("a manifest");
    let cases: Vec<Value> = serde_json::from_str(&text).expect("a list");
    let mut files = Files { root, columns: BTreeMap::new(), events: BTreeMap::new() };
    let (mut missing, mut wrong, mut right) = (BTreeSet::new(), Vec::new(), 0);
    for case in cases.iter().filter(|case| asked(case)) {
        match catalogue::find(string(case, "indicator")) {
            Err(_) => _ = missing.insert(string(case, "indicator")),
            Ok(entry) => match check(entry, case, &mut files) {
                Ok(()) => right += 1,
                Err(why) => wrong.push(why),
            },
        }
    }
    println!("{manifest}: {right} cases right, {} wrong; not registered: {missing:?}", wrong.len());
    assert!(wrong.is_empty(), "{} cases are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(missing.is_empty(), "not registered: {missing:?}");
}

fn check(entry: &Entry, case: &Value, files: &mut Files) -> Result<(), String> {
    let id = string(case, "id");
    let params: Vec<_> = case["params"].as_object().expect("parameters").iter().collect();
    let params: Vec<_> = params.iter().map(|(name, value)| (name.as_str(), number(value))).collect();
    let named: BTreeSet<_> = params.iter().map(|(name, _)| *name).collect();
    assert_eq!(named, entry.params.iter().map(|param| param.name).collect(), "{id}: parameters");
    let names: Vec<_> = outputs(case).map(|output| string(output, "name")).collect();
    assert_eq!(names, entry.outputs, "{id}: outputs");
    let series = files.columns(&format!("series/{}.csv.gz", string(case, "series"))).clone();
    let inputs: Vec<_> = entry.columns().map(|column| input(entry.name, column, &series)).collect();
    let made = || entry.make(&params).expect("parameters in range");
    if let Some(lookback) = case["lookback"].as_u64() {
        assert_eq!(made().lookback() as u64, lookback, "{id}: lookback");
    }
    let (batch, stream) = (batch(made(), &inputs, names.len()), stream(made(), &inputs, names.len()));
    for (k, output) in outputs(case).enumerate() {
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert!(bits(&batch[k]) == bits(&stream[k]), "{id} {}: batch and stream differ", names[k]);
        let want = files.wanted(case, output, batch[k].len());
        compare(case, output, &batch[k], &want)?;
    }
    Ok(())
}

fn batch(mut made: catalogue::Running, inputs: &[Vec<f64>], outputs: usize) -> Vec<Vec<f64>> {
    let mut columns = vec![vec![0.0; inputs[0].len()]; outputs];
    let inputs: Vec<_> = inputs.iter().map(Vec::as_slice).collect();
    made.run(&inputs, &mut columns.iter_mut().map(Vec::as_mut_slice).collect::<Vec<_>>());
    columns
}

fn stream(mut made: catalogue::Running, inputs: &[Vec<f64>], outputs: usize) -> Vec<Vec<f64>> {
    let (mut columns, mut values) = (vec![vec![0.0; inputs[0].len()]; outputs], vec![0.0; outputs]);
    for row in 0..inputs[0].len() {
        made.update(&inputs.iter().map(|column| column[row]).collect::<Vec<_>>(), &mut values);
        for (at, column) in columns.iter_mut().enumerate() {
            catalogue::place(column, row, made.back(at), values[at]);
        }
    }
    columns
}

/// The column of a case, or what the oracle took in its place.
fn input(name: &str, column: &str, series: &BTreeMap<String, Vec<f64>>) -> Vec<f64> {
    let rows = 0..series["close"].len();
    let turn = |rows: std::ops::Range<usize>, length: usize| rows.map(move |row| (row % length) as f64);
    match (name, column) {
        ("ACOS" | "ASIN", "close") => turn(rows, 21).map(|step| (step - 10.0) / 10.0).collect(),
        ("EXP" | "SINH" | "COSH", "close") => turn(rows, 41).map(|step| (step - 20.0) / 4.0).collect(),
        (_, "periods") => turn(rows, 29).map(|step| step + 2.0).collect(),
        _ => series[column].clone(),
    }
}

fn compare(case: &Value, output: &Value, got: &[f64], want: &[f64]) -> Result<(), String> {
    assert_eq!(got.len(), want.len());
    let from = output["compare_from"].as_u64().unwrap_or(0) as usize;
    let scale = output["scale"].as_f64().unwrap_or(100.0);
    let (rtol, atol) = (number(&case["rtol"]), number(&case["atol_of_scale"]) * scale);
    let differ = |(row, (got, want)): &(usize, (&f64, &f64))| {
        got.is_nan() != want.is_nan() || (*row >= from && (**got - **want).abs() > atol + rtol * want.abs())
    };
    let mut wrong = got.iter().zip(want).enumerate().filter(differ);
    let Some((row, (got, want))) = wrong.next() else { return Ok(()) };
    let (id, name, series) = (string(case, "id"), string(output, "name"), string(case, "series"));
    Err(format!("{id} {name} on {series}, row {row}: {got}, expected {want}; and {} rows more", wrong.count()))
}

fn outputs(case: &Value) -> impl Iterator<Item = &Value> {
    case["outputs"].as_array().expect("outputs").iter()
}

fn string<'a>(of: &'a Value, key: &str) -> &'a str {
    of[key].as_str().unwrap_or_else(|| panic!("{key} is a text in {of}"))
}

fn number(of: &Value) -> f64 {
    of.as_f64().expect("a number")
}

/// Files of the oracles, each read once.
struct Files {
    root: PathBuf,
    columns: BTreeMap<String, BTreeMap<String, Vec<f64>>>,
    events: BTreeMap<String, Value>,
}

impl Files {
    fn columns(&mut self, name: &str) -> &BTreeMap<String, Vec<f64>> {
        let path = self.root.join(name);
        self.columns.entry(name.to_owned()).or_insert_with(|| columns(&path))
    }

    /// A column as it should be. Patterns are given as a list of rows that are not 0.
    fn wanted(&mut self, case: &Value, output: &Value, rows: usize) -> Vec<f64> {
        let name = format!("indicators/{}", string(case, "file"));
        if output["column"].is_string() {
            return self.columns(&name)[string(output, "column")].clone();
        }
        let path = self.root.join(&name);
        let events = self.events.entry(name).or_insert_with(|| serde_json::from_str(&text(&path)).expect("events"));
        let mut column = vec![0.0; rows];
        for event in events[string(case, "id")].as_array().expect("a list of events") {
            column[event[0].as_u64().expect("a row") as usize] = number(&event[1]);
        }
        column
    }
}
