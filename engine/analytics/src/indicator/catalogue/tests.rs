//! The list as a whole.

use super::*;
use std::collections::BTreeSet;

mod extreme;

#[test]
fn rows_are_unique_complete_and_makeable_at_every_bound() {
    let mut names = BTreeSet::new();
    for entry in entries() {
        let name = entry.name;
        assert!(names.insert(name), "{name} twice");
        assert!(!entry.title.is_empty() && !entry.source.is_empty() && !entry.outputs.is_empty(), "{name}");
        assert!(entry.columns().count() > 0, "{name} takes nothing");
        for param in entry.params {
            for value in [param.min, param.default, param.max] {
                assert!(entry.make(&[(param.name, value)]).is_ok(), "{name} {} at {value}", param.name);
            }
            for value in [param.min - 1.0, param.max + 1.0, f64::NAN] {
                let told = entry.make(&[(param.name, value)]).map(|made| made.lookback());
                assert!(matches!(told, Err(Fault::ParamRange { .. })), "{name} {} at {value}", param.name);
            }
        }
    }
}

#[test]
fn a_look_back_is_the_bars_before_the_first_value() {
    for entry in entries() {
        let mut made = entry.make(&[]).expect("defaults");
        let (mut values, mut first) = (vec![0.0; entry.outputs.len()], None);
        // What it gives at an event only, or from one on, depends on the series: each has a test of its own.
        let events = |at: usize| match (entry.name, entry.outputs[at]) {
            ("AUTOFIB" | "PITCHFORK" | "VPIN" | "EFF_SPREAD" | "NAKED_POC" | "WALLS", _) => true,
            (_, output) => matches!(output, "pivot" | "ob_high" | "ob_low" | "ib_high" | "ib_low"),
        };
        for bar in 0..600 {
            let input: Vec<_> = entry.columns().map(|column| wave(column, bar)).collect();
            made.update(&input, &mut values);
            if first.is_none() && values.iter().enumerate().all(|(at, value)| !value.is_nan() || events(at)) {
                first = Some(bar);
            }
        }
        let first = first.unwrap_or_else(|| panic!("{} gave nothing in 600 bars", entry.name));
        // What holds 0 while it warms up, has a value from the start.
        assert!(first == made.lookback() || first == 0, "{}: first at {first}, said {}", entry.name, made.lookback());
    }
}

/// A series that goes up and down, for a column.
fn wave(column: &str, bar: usize) -> f64 {
    let angle = bar as f64;
    let middle = 0.5 + 0.3 * (angle / 7.0).sin() + 0.05 * (angle * 1.7).sin();
    match column {
        "high" => middle + 0.04,
        "low" => middle - 0.05,
        "open" => middle - 0.01 * (angle * 2.1).sin(),
        "volume" => 1_000.0 + 300.0 * (angle * 0.9).sin(),
        "signed" => [1.0, -1.0][bar % 2] * middle,
        "periods" => 2.0 + (bar % 29) as f64,
        "time_ms" => angle * 86_400_000.0,
        book if book.ends_with("_size") => 2.0 + (angle * 1.3).sin(),
        book if book.len() > 3 && book.starts_with("bid") => {
            middle - 0.0001 * book[3..].parse::<f64>().expect("a level")
        }
        book if book.len() > 3 && book.starts_with("ask") => {
            middle + 0.0001 * book[3..].parse::<f64>().expect("a level")
        }
        _ => middle,
    }
}

#[test]
fn what_is_not_there_is_refused_by_name() {
    let told = |fault: Fault| fault.to_string();
    assert!(told(find("MACDD").unwrap_err()).starts_with("no indicator is called MACDD; nearest: MACD"));
    let rsi = find("rsi").expect("RSI");
    assert_eq!(
        told(rsi.make(&[("timeperiod", 1.0)]).unwrap_err()),
        "RSI timeperiod: found 1, accepted: a whole number from 2 to 100000"
    );
    assert_eq!(
        told(rsi.make(&[("timeperiod", 2.5)]).unwrap_err()),
        "RSI timeperiod: found 2.5, accepted: a whole number from 2 to 100000"
    );
    assert_eq!(told(rsi.make(&[("period", 5.0)]).unwrap_err()), "RSI has no parameter period; nearest: timeperiod");
}

#[test]
fn nothing_is_input_that_is_no_number() {
    for name in ["SMA", "EMA", "WMA", "RSI", "MACD", "CVD", "FUNDING_Z"] {
        let entry = find(name).expect("an entry");
        let (mut plain, mut holed) = (entry.make(&[]).expect("defaults"), entry.make(&[]).expect("defaults"));
        let (mut one, mut other) = (vec![0.0; entry.outputs.len()], vec![0.0; entry.outputs.len()]);
        for bar in 0..200 {
            let input = [wave("close", bar)];
            plain.update(&input, &mut one);
            holed.update(&input, &mut other);
            assert_eq!(
                one.iter().map(|v| v.to_bits()).collect::<Vec<_>>(),
                other.iter().map(|v| v.to_bits()).collect::<Vec<_>>()
            );
            holed.update(&[f64::NAN], &mut other);
            assert!(other.iter().all(|value| value.is_nan()), "{name}");
        }
    }
}

#[test]
fn a_bar_that_lacks_one_number_moves_nothing() {
    let mut moved = Vec::new();
    for entry in entries() {
        let columns: Vec<_> = entry.columns().collect();
        for missing in 0..columns.len().min(6) {
            let (mut plain, mut holed) = (entry.make(&[]).expect("defaults"), entry.make(&[]).expect("defaults"));
            let (mut one, mut other) = (vec![0.0; entry.outputs.len()], vec![0.0; entry.outputs.len()]);
            let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
            for bar in 0..150 {
                let input: Vec<_> = columns.iter().map(|column| wave(column, bar)).collect();
                if bar % 7 == 3 {
                    let mut hole = input.clone();
                    hole[missing] = f64::NAN;
                    holed.update(&hole, &mut other);
                }
                plain.update(&input, &mut one);
                holed.update(&input, &mut other);
                if bits(&one) != bits(&other) {
                    moved.push(format!("{} {}", entry.name, columns[missing]));
                    break;
                }
            }
        }
    }
    assert!(moved.is_empty(), "moved by a bar that lacks a number: {moved:?}");
}

#[test]
fn a_batch_of_fading_averages_may_be_cut_anywhere() {
    // Lengths that put the stretches of fading averages at every place to each other.
    let lengths = (2..8).flat_map(|length| {
        let period = [("timeperiod", f64::from(length))];
        let signal = [("fastperiod", 3.0), ("slowperiod", 7.0), ("signalperiod", f64::from(length))];
        let of = |name: &'static str, params: &[(&'static str, f64)]| (name, params.to_vec());
        ["EMA", "RSI", "ATR", "ADX", "DX"].map(|name| of(name, &period)).into_iter().chain([of("MACD", &signal)])
    });
    for (name, params) in lengths {
        let entry = find(name).expect("an entry");
        let columns: Vec<Vec<f64>> =
            entry.columns().map(|column| (0..400).map(|bar| wave(column, bar)).collect()).collect();
        let (mut stream, mut batch) = (entry.make(&params).expect("in range"), entry.make(&params).expect("in range"));
        let mut values = vec![0.0; entry.outputs.len()];
        let mut from = 0;
        for length in [1, 3, 64, 65, 130, 2, 135] {
            let mut got = vec![vec![0.0; length]; entry.outputs.len()];
            let piece: Vec<_> = columns.iter().map(|column| &column[from..from + length]).collect();
            batch.run(&piece, &mut got.iter_mut().map(Vec::as_mut_slice).collect::<Vec<_>>());
            for at in 0..length {
                let input: Vec<_> = columns.iter().map(|column| column[from + at]).collect();
                stream.update(&input, &mut values);
                for (output, value) in values.iter().enumerate() {
                    let same = got[output][at].to_bits() == value.to_bits();
                    assert!(same, "{name} {params:?} row {}: {} {value}", from + at, got[output][at]);
                }
            }
            from += length;
        }
        assert_eq!(from, 400);
    }
}
