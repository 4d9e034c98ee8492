//! `patterns`: the 61 shapes of candles in one pass over a file or the store.
//!
//! Owns: which of them are told, and how. Never: a shape; those are `engine_analytics::indicator::pattern`'s.

use crate::args::Patterns as Args;
use crate::exit::Exit;
use crate::series::{self, Series, Source};
use crate::{output, typed};
use anyhow::anyhow;
use engine_analytics::indicator::catalogue::{find, nearest};
use engine_analytics::indicator::pattern::{COUNT, NAMES, Patterns};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// Columns of a file, the first of which it may lack.
const COLUMNS: [&str; 4] = ["open", "high", "low", "close"];
const TIMES: [&str; 2] = ["time_ms", "ts_ms"];
/// Bars before the longest pattern speaks.
const NEEDED: usize = 15;

/// A shape at a bar.
#[derive(Debug, PartialEq)]
struct Find {
    /// From 1, below the names.
    row: usize,
    time_ms: Option<i64>,
    /// Which, in the order of [`NAMES`].
    pattern: usize,
    value: i32,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<(), Exit> {
    let asked = asked(&args.only)?;
    let source = Source::typed(args.input.as_ref(), &args.of)?;
    let (series, has_time) = read(source)?;
    if series.rows < NEEDED {
        let told = format!("{source}: found {} rows, expected at least {NEEDED}", series.rows);
        return Err(Exit::Failed(anyhow!("{told}: before, the longest pattern says nothing")));
    }
    let began = Instant::now();
    let found = found(&series, has_time, &asked);
    let elapsed = began.elapsed();
    if let Some(path) = &args.output {
        typed::write("--output", path, &csv(&found))?;
    }
    if args.json {
        return output::print_json(&as_json(&source.name(), &series, &asked, &found, elapsed));
    }
    output::print(&text(&series, &asked, &found, args.output.is_none()))
}

/// Which are told.
fn asked(only: &[String]) -> Result<[bool; COUNT], Exit> {
    let mut asked = [only.is_empty(); COUNT];
    for name in only {
        let place = NAMES.iter().position(|known| known.eq_ignore_ascii_case(name)).ok_or_else(|| {
            let near = nearest(name, NAMES.into_iter()).join(", ");
            Exit::Usage(format!("--only: no pattern is called {name}; nearest: {near}"))
        })?;
        asked[place] = true;
    }
    Ok(asked)
}

/// Open, high, low and close, and behind them a time in ms if there is one.
fn read(source: Source<'_>) -> Result<(Series, bool), Exit> {
    let mut has_time = false;
    let series = series::open_those(source, |head| {
        let place = |column: &str| head.iter().position(|name| *name == column);
        let needed = COLUMNS.iter().map(|column| {
            place(column).map(Some).ok_or_else(|| {
                let found = head.join(", ");
                Exit::Usage(format!("{source}: found the columns {found}, none is `{column}`"))
            })
        });
        let mut places = needed.collect::<Result<Vec<_>, Exit>>()?;
        let time = TIMES.iter().find_map(|time| place(time));
        has_time = time.is_some();
        places.extend(time.map(Some));
        Ok(places)
    })?;
    Ok((series, has_time))
}

fn found(series: &Series, has_time: bool, asked: &[bool; COUNT]) -> Vec<Find> {
    let (mut patterns, mut found) = (Patterns::new(), Vec::new());
    for row in 0..series.rows {
        let values = patterns.next([0, 1, 2, 3].map(|column: usize| series.columns[column][row]));
        let time_ms = has_time.then(|| series.columns[COLUMNS.len()][row] as i64);
        let told = values.into_iter().enumerate().filter(|(pattern, value)| *value != 0 && asked[*pattern]);
        found.extend(told.map(|(pattern, value)| Find { row: row + 1, time_ms, pattern, value }));
    }
    found
}

/// Of a pattern: how often it spoke for rising prices, and for falling.
fn counts(found: &[Find], pattern: usize) -> (usize, usize) {
    let of = |is_rise: bool| found.iter().filter(|find| find.pattern == pattern && (find.value > 0) == is_rise).count();
    (of(true), of(false))
}

fn title(pattern: usize) -> &'static str {
    find(NAMES[pattern]).map_or("", |entry| entry.title)
}

fn csv(found: &[Find]) -> String {
    let mut text = "row,time_ms,pattern,value\n".to_owned();
    for find in found {
        let time = find.time_ms.map_or_else(String::new, |time| time.to_string());
        _ = writeln!(text, "{},{time},{},{}", find.row, NAMES[find.pattern], find.value);
    }
    text
}

fn as_json(input: &str, series: &Series, asked: &[bool; COUNT], found: &[Find], elapsed: Duration) -> Value {
    let all: Map<_, _> = (0..COUNT)
        .filter(|pattern| asked[*pattern])
        .map(|pattern| {
            let (rising, falling) = counts(found, pattern);
            (NAMES[pattern].to_owned(), json!({ "title": title(pattern), "rising": rising, "falling": falling }))
        })
        .collect();
    let told: Vec<Value> = found
        .iter()
        .map(|find| {
            json!({ "row": find.row, "time_ms": find.time_ms, "pattern": NAMES[find.pattern], "value": find.value })
        })
        .collect();
    json!({
        "input": { "name": input, "blake3": series.blake3 }, "bars": series.rows, "patterns": all, "found": told,
        "elapsed_ns": elapsed.as_nanos() as u64,
    })
}

fn text(series: &Series, asked: &[bool; COUNT], found: &[Find], with_each: bool) -> String {
    let mut text = String::new();
    if with_each {
        for find in found {
            let time = find.time_ms.map_or_else(String::new, |time| time.to_string());
            let (name, title) = (NAMES[find.pattern], title(find.pattern));
            _ = writeln!(text, "{:>8} {time:>14} {:>5}  {name:<20} {title}", find.row, find.value);
        }
        text.push('\n');
    }
    _ = writeln!(text, "{:<22}{:>8}{:>8}   of {} bars", "pattern", "rising", "falling", series.rows);
    for pattern in (0..COUNT).filter(|pattern| asked[*pattern]) {
        let (rising, falling) = counts(found, pattern);
        if rising + falling > 0 {
            _ = writeln!(text, "{:<22}{rising:>8}{falling:>8}   {}", NAMES[pattern], title(pattern));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::backtest::tests::oracles;
    use std::collections::BTreeMap;
    use std::io::Read as _;

    fn message(exit: Exit) -> String {
        exit.message().expect("a message")
    }

    #[test]
    fn every_bar_that_another_library_names_is_found_and_no_other() {
        let Some(oracles) = oracles() else { return };
        let mut compared = 0;
        for name in ["btc_usd_4h_full", "candle_fuzz_a", "candle_templates_a"] {
            let file = oracles.join(format!("series/{name}.csv.gz"));
            let (series, has_time) = read(Source::File(&file)).expect("bars");
            assert!(has_time, "{name}");
            let found = found(&series, has_time, &asked(&[]).expect("all"));
            let expected = oracles.join(format!("indicators/{name}/pattern_recognition.json.gz"));
            let mut text = String::new();
            feeds::capture::open(&expected).expect("a file").read_to_string(&mut text).expect("read");
            let expected: BTreeMap<String, Vec<[i64; 2]>> = serde_json::from_str(&text).expect("JSON");
            for (pattern, known) in NAMES.iter().enumerate() {
                let Some(wanted) = expected.get(&format!("{known}.def")) else { continue };
                // Rows of the oracles are counted from 0.
                let got: Vec<[i64; 2]> = found
                    .iter()
                    .filter(|find| find.pattern == pattern)
                    .map(|find| [find.row as i64 - 1, find.value.into()])
                    .collect();
                assert_eq!(&got, wanted, "{name} {known}");
                compared += 1;
            }
        }
        assert_eq!(compared, 3 * COUNT);
    }

    #[test]
    fn names_are_taken_in_any_case_and_another_is_answered_with_the_nearest() {
        let only = |name: &str| asked(&[name.to_owned()]);
        let asked = only("cdlhammer").expect("one");
        assert_eq!(asked.iter().filter(|is| **is).count(), 1);
        let told = message(only("CDLHAMER").expect_err("none"));
        assert!(told.starts_with("--only: no pattern is called CDLHAMER; nearest: CDLHAMMER"), "{told}");
    }

    #[test]
    fn a_file_without_times_is_read_and_its_rows_are_told() {
        let folder = std::env::temp_dir().join(format!("ringside-patterns-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("made");
        let file = folder.join("bars.csv");
        let bars: String =
            (0..30).map(|n| format!("{0},{1},{2},{0}\n", 100 + n % 3, 104 + n % 3, 96 + n % 3)).collect();
        std::fs::write(&file, format!("open,high,low,close\n{bars}")).expect("written");
        let (series, has_time) = read(Source::File(&file)).expect("bars");
        let all = asked(&[]).expect("all");
        let found = found(&series, has_time, &all);
        let doji = found.iter().find(|find| NAMES[find.pattern] == "CDLDOJI").expect("opens as it closes");
        assert_eq!((doji.row, doji.time_ms, doji.value), (11, None, 100), "its averages have ten bars");
        let json = as_json("bars.csv", &series, &all, &found, Duration::ZERO);
        assert_eq!((&json["patterns"]["CDLDOJI"]["rising"], &json["found"][0]["time_ms"]), (&20.into(), &Value::Null));
        assert!(csv(&found).contains("11,,CDLDOJI,100\n"));
        assert!(text(&series, &all, &found, true).contains("CDLDOJI"));
        std::fs::write(&file, "open,close\n1,2\n").expect("written");
        let told = message(read(Source::File(&file)).expect_err("no high"));
        assert!(told.ends_with("found the columns open, close, none is `high`"), "{told}");
        std::fs::remove_dir_all(&folder).expect("removed");
    }
}
