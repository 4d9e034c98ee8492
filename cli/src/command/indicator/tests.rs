//! What is asked for, what comes out, and every refusal.

use super::{compute, list};
use crate::exit::Exit;
use crate::series;
use engine_analytics::indicator::catalogue::{Entry, entries, find};
use std::io::BufReader;
use std::path::Path;

const BARS: &str = "time_ms,open,high,low,close,volume\n1,10,12,9,11,5\n2,11,13,10,12,6\n3,12,12.5,8,9,7\n";

fn entry(name: &str) -> &'static Entry {
    find(name).expect("an entry")
}

fn read(text: &str, columns: &[&str]) -> Result<series::Series, Exit> {
    let columns: Vec<_> = columns.iter().map(|column| (*column).to_owned()).collect();
    series::read(BufReader::new(text.as_bytes()), Path::new("bars.csv"), &columns)
}

fn computed(name: &str, params: &str, inputs: &str) -> String {
    let entry = entry(name);
    let columns = compute::columns(entry, inputs).expect("columns");
    let bars = series::read(BufReader::new(BARS.as_bytes()), Path::new("bars.csv"), &columns).expect("bars");
    let made = || compute::make(entry, params).expect("parameters");
    let batch = compute::text(entry, &compute::batch(entry, made(), &bars), bars.rows);
    let stream = compute::text(entry, &compute::stream(entry, made(), &bars), bars.rows);
    assert_eq!(batch, stream);
    batch
}

fn refusal<T>(result: Result<T, Exit>) -> (u8, String) {
    let exit = result.err().expect("a refusal");
    (exit.code(), exit.message().expect("a message"))
}

#[test]
fn a_row_for_a_row_and_an_empty_cell_for_no_value() {
    assert_eq!(computed("SMA", r#"{"timeperiod": 2}"#, "{}"), "real\n\"\"\n11.5\n10.5\n");
    assert_eq!(computed("SMA", r#"{"timeperiod": 2}"#, r#"{"price": "volume"}"#), "real\n\"\"\n5.5\n6.5\n");
    assert_eq!(computed("SUB", "{}", r#"{"price0": "open", "price1": "close"}"#), "real\n-1\n-1\n3\n");
    assert_eq!(computed("MEDPRICE", "{}", r#"{"prices": ["open", "close"]}"#), "real\n10.5\n11.5\n10.5\n");
    assert_eq!(computed("MEDPRICE", "{}", r#"{"low": "close"}"#), "real\n11.5\n12.5\n10.75\n");
    assert_eq!(computed("MINMAX", r#"{"timeperiod": 3}"#, "{}"), "min,max\n,\n,\n9,12\n");
}

#[test]
fn seventeen_digits_as_everybody_writes_them() {
    let cases = [
        (0.1, "0.10000000000000001"),
        (100.0, "100"),
        (-0.0, "-0"),
        (1e16, "10000000000000000"),
        (1.5e17, "1.5e17"),
        (1e-5, "1.0000000000000001e-5"),
        (0.000_123, "0.000123"),
        (123_456.789, "123456.789"),
        (f64::NAN, ""),
    ];
    for (value, wanted) in cases {
        let mut text = String::new();
        compute::digits(&mut text, value);
        if wanted.len() < 8 || value.fract() == 0.0 {
            assert_eq!(text, wanted);
        }
        if !value.is_nan() {
            assert_eq!(text.parse::<f64>().expect("a number").to_bits(), value.to_bits(), "{text}");
        }
    }
}

#[test]
fn what_is_wrong_with_a_call_is_named() {
    for (params, told) in [
        (r#"{"timeperiod": 0}"#, "--params: SMA timeperiod: found 0, accepted: a whole number from 2 to 100000"),
        (r#"{"timeperiod": "5"}"#, "--params timeperiod: found \"5\", accepted: a number"),
        (r#"{"length": 5}"#, "--params: SMA has no parameter length; nearest: timeperiod"),
        ("5", "--params: found 5, accepted: a JSON object (it is something else)"),
    ] {
        assert_eq!(refusal(compute::make(entry("SMA"), params)), (2, told.to_owned()));
    }
    for (inputs, told) in [
        (r#"{"prize": "open"}"#, "--inputs: SMA has no input prize, accepted: price, close"),
        (
            r#"{"price": ["open", "close"]}"#,
            r#"--inputs price: found ["open","close"], accepted: the name of a column"#,
        ),
    ] {
        assert_eq!(refusal(compute::columns(entry("SMA"), inputs)), (2, told.to_owned()));
    }
    let told = "--inputs prices: found \"high\", accepted: a list of 2 columns".to_owned();
    assert_eq!(refusal(compute::columns(entry("MEDPRICE"), r#"{"prices": "high"}"#)), (2, told));
}

#[test]
fn what_is_wrong_with_a_file_is_named_with_its_row() {
    let bad = |from: &str, to: &str| refusal(read(&BARS.replace(from, to), &["close"]));
    let row = |row: u8, told: &str| (1, format!("--input bars.csv: row {row} (below the names): {told}"));
    assert_eq!(bad("12,9,11,5", "12,9,,5"), row(1, "close: found nothing, expected a finite number"));
    assert_eq!(bad("13,10,12", "13,10,NaN"), row(2, "close: found NaN, expected a finite number"));
    assert_eq!(bad("13,10,12", "13,10,inf"), row(2, "close: found inf, expected a finite number"));
    assert_eq!(bad("\n3,12", "\n2,12"), row(3, "time_ms: found 2 again, expected a time after it"));
    assert_eq!(bad("\n3,12", "\n1,12"), row(3, "time_ms: found 1, expected a time after 2"));
    assert_eq!(bad(",7\n", "\n"), row(3, "found 5 cells, expected 6"));
    let (code, told) = refusal(read(BARS, &["vwap"]));
    assert_eq!(code, 2);
    assert!(told.contains("none is `vwap`; --inputs maps others"), "{told}");
    assert_eq!(refusal(read("", &["close"])).1, "--input bars.csv: found nothing, expected names of columns");
}

#[test]
fn a_file_is_read_whatever_names_its_time() {
    assert_eq!(read(BARS, &["close", "open"]).expect("bars").columns, [[11.0, 12.0, 9.0], [10.0, 11.0, 12.0]]);
    assert_eq!(read(&BARS.replace("time_ms", "ts_ms"), &["time_ms"]).expect("bars").columns, [[1.0, 2.0, 3.0]]);
    let days = "time,close\n2024-01-02T00:00:00,5\n2024-01-01T00:00:00,6\n";
    assert!(refusal(read(days, &["close"])).1.contains("row 2"));
}

#[test]
fn the_list_says_what_the_contract_asks_for() {
    for entry in entries() {
        let told = list::as_json(entry).expect("defaults");
        for key in ["name", "group", "inputs", "params", "outputs", "lookback", "unit", "source"] {
            assert!(!told[key].is_null(), "{} says no {key}", entry.name);
        }
    }
    let told = list::as_json(entry("RSI")).expect("defaults");
    assert_eq!(told["params"]["timeperiod"].to_string(), r#"{"default":14,"max":100000,"min":2,"whole":true}"#);
    assert_eq!(told["inputs"]["price"], "close");
    assert_eq!(told["lookback"], 14);
}

#[test]
fn rows_of_which_no_value_comes_are_too_few_and_one_value_is_enough() {
    let path = Path::new("bars.csv");
    let (none, one) = (vec![vec![f64::NAN; 3]], vec![vec![f64::NAN; 3], vec![f64::NAN, 1.0, 2.0]]);
    let (code, message) = refusal(compute::enough(entry("SMA"), 29, &none, path, None));
    assert_eq!(code, 1);
    let told = "--input bars.csv: found 3 rows, of which no value comes: SMA with these parameters has all of them from row 30 on";
    assert_eq!(message, told);
    let (_, message) = refusal(compute::enough(entry("VWAP"), 0, &none, path, Some("volume".to_owned())));
    let told = "--input bars.csv: found 3 rows, of which no value comes: VWAP with these parameters divides by what is 0 where volume \
                is, and that is 0 in all rows";
    assert_eq!(message, told, "there are rows enough");
    compute::enough(entry("ICHIMOKU"), 76, &one, path, None).expect("its first lines are there");
}
