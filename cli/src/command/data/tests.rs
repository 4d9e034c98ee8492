use super::import;
use crate::args::{Cli, Command, Data};
use bridges::store::history::decimal::Decimal;
use bridges::store::history::table::Table;
use bridges::store::history::{History, csv};
use clap::Parser as _;
use std::fs;
use std::io::BufRead as _;
use std::path::{Path, PathBuf};

/// Of a compressed file.
const BYTES_MAX: u64 = 800_000;

/// The real files, where there are any.
fn shared() -> Option<PathBuf> {
    let shared = std::env::var_os("RINGSIDE_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"), PathBuf::from);
    let found = shared.join("data/ohlcv");
    if !found.is_dir() {
        tracing::warn!("skipped: no {}", found.display());
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
