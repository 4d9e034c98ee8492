use super::{import, messages, name};
use crate::args::{Cli, Command, Data};
use bridges::store::history::decimal::Decimal;
use bridges::store::history::kind::Kind;
use bridges::store::history::table::Table;
use bridges::store::history::{History, csv};
use clap::Parser as _;
use std::fs;
use std::io::BufRead as _;
use std::path::{Path, PathBuf};

/// Of a compressed file.
const BYTES_MAX: u64 = 450_000;

/// The real files, where there are any.
fn shared() -> Option<PathBuf> {
    let shared = std::env::var_os("RINGSIDE_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"), PathBuf::from);
    let found = shared.join("data/ohlcv");
    if !found.is_dir() {
        println!("skipped: no {}", found.display());
    }
    found.is_dir().then(|| shared.join("data"))
}

fn args(words: &[&str]) -> crate::args::Import {
    let typed = ["ringside", "data", "import"].into_iter().chain(words.iter().copied());
    match Cli::try_parse_from(typed).expect("arguments").command {
        Command::Data(Data::Import(args)) => args,
        other => panic!("{other:?}"),
    }
}

/// The obvious way: a line is split, each number read for itself; columns found by their place.
fn slow(file: &Path) -> Vec<Vec<String>> {
    let number = |text: &str| Decimal::parse(text).map_or_else(|| text.to_owned(), |number| number.to_string());
    let lines = feeds::capture::open(file).expect("opened").lines();
    lines.skip(1).map(|line| line.expect("read").split(',').skip(1).take(5).map(number).collect()).collect()
}

fn kept(table: &Table) -> Vec<Vec<String>> {
    let cell = |row, column| table.cell(row, column).map_or_else(String::new, |cell| cell.text());
    (0..table.len()).map(|row| (0..5).map(|column| cell(row, column)).collect()).collect()
}

#[test]
fn every_file_of_candles_is_in_the_store_row_by_row_and_comes_out_as_it_went_in() {
    let Some(shared) = shared() else { return };
    let root = std::env::temp_dir().join(format!("ringside-import-{}", std::process::id()));
    let _ = fs::remove_dir_all(&root);
    let history = History::open_to_write(&root).expect("made");
    let mut files: Vec<PathBuf> =
        fs::read_dir(shared.join("ohlcv")).expect("read").map(|entry| entry.expect("read").path()).collect();
    files.sort();
    assert!(files.len() >= 27, "{} files", files.len());
    for file in &files {
        // The longest are of the same shape as the others and take most of the time; they are imported by hand.
        if fs::metadata(file).expect("there").len() > BYTES_MAX {
            continue;
        }
        let (series, rows) = import::read(&args(&["x"]), file).expect("a file that is right");
        let name = file.display();
        assert_eq!(history.add(&series, &rows.table).expect("added").rows, rows.table.len(), "{name}");
        let (first, last) = (rows.table.times_ns()[0], rows.table.times_ns()[rows.table.len() - 1]);
        let read = history.read(&series, first, last + 1).expect("read");
        assert!(kept(&read) == slow(file), "{name}");
        let mut out = Vec::new();
        csv::write(&read, &mut out).expect("written");
        let asked = csv::Asked { kind: Some(series.kind), ..csv::Asked::default() };
        assert!(csv::read(out.as_slice(), asked).expect("read").table == rows.table, "{name}");
    }
    fs::remove_dir_all(&root).expect("removed");
}

#[test]
fn what_a_recording_says_of_trades_and_quotes_is_what_a_plain_reading_of_its_lines_says() {
    let Some(shared) = shared() else { return };
    let file = shared.join("binance_usdm/hft_btcusdt_20230404.ndjson.zst");
    let venue = name::venue_of_messages(&file).expect("the folder says it");
    let recording = feeds::capture::Recording::read(&[&file]).expect("read");
    let gathered = messages::gather(&recording, venue).expect("short");
    assert_eq!(gathered.errors, 0);
    // The obvious way: each line for itself, as JSON.
    let (mut trades, mut quotes) = (Vec::new(), 0);
    for line in feeds::capture::open(&file).expect("opened").lines() {
        let line: serde_json::Value = serde_json::from_str(&line.expect("read")).expect("JSON");
        let Ok(raw) = serde_json::from_str::<serde_json::Value>(line["raw"].as_str().unwrap_or_default()) else {
            continue;
        };
        let data = &raw["data"];
        match data["e"].as_str() {
            Some("trade") => {
                let text = |field: &str| data[field].as_str().and_then(Decimal::parse).expect("a number").to_string();
                let side = if data["m"] == true { "sell" } else { "buy" };
                trades.push(format!("{},{side},{},{}", data["t"], text("p"), text("q")));
            }
            Some("bookTicker") => quotes += 1,
            _ => {}
        }
    }
    let rows = |kind: Kind| gathered.tables.iter().find(|(series, _)| series.kind == kind).map(|(_, table)| table);
    let found = rows(Kind::Trades).expect("trades");
    let mut found: Vec<String> = (0..found.len()).map(|row| found.line(row)).collect();
    found.sort();
    trades.sort();
    assert!(found == trades, "{} and {} trades", found.len(), trades.len());
    assert_eq!(rows(Kind::Quotes).map_or(0, Table::len), quotes);
}

#[test]
fn a_file_that_is_wrong_is_named_by_its_row_and_nothing_of_it_is_written() {
    let root = std::env::temp_dir().join(format!("ringside-wrong-{}", std::process::id()));
    let _ = fs::remove_dir_all(&root);
    let history = History::open_to_write(&root).expect("made");
    let file = root.join("some-venue_BTC_1m.csv");
    let told = |text: &str, words: &[&str]| {
        fs::write(&file, text).expect("written");
        let words: Vec<&str> = ["x"].into_iter().chain(words.iter().copied()).collect();
        let refused = import::import(&history, &args(&words), &file).map_err(|error| format!("{error:#}"));
        assert_eq!(history.series().expect("listed"), [], "{text}");
        refused.expect_err("a fault")
    };
    let head = "ts_ms,open,high,low,close,volume\n";
    let nan = told(&format!("{head}60000,1,1,1,1,1\n120000,1,1,1,NaN,1\n"), &[]);
    assert!(nan.contains("row 2 (below the names): close: found NaN"), "{nan}");
    let slip = told("ts_ms,open,high,low,close,volum\n60000,1,1,1,1,1\n", &[]);
    assert!(slip.contains("missing: volume; is `volum` the volume?"), "{slip}");
    let length = told(&format!("{head}60000,1,1,1,1,1\n"), &["--tf", "1h"]);
    assert!(length.contains("expected the start of a candle of 1h"), "{length}");
    let kind = told(&format!("{head}60000,1,1,1,1,1\n"), &["--kind", "trades"]);
    assert!(kind.contains("missing: price, qty"), "{kind}");
    fs::remove_dir_all(&root).expect("removed");
}
