//! Where the tests find the outputs of other engines.

use flate2::read::GzDecoder;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The folder of the oracles, or `None`, said aloud, where there is none.
pub(crate) fn oracles() -> Option<PathBuf> {
    let shared = std::env::var_os("RINGSIDE_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let oracles = shared.join("oracles");
    if oracles.is_dir() {
        return Some(oracles);
    }
    println!("skipped: {} not found", oracles.display());
    None
}

/// A column of a compressed CSV; an empty cell is no number. Other columns may hold words.
pub(crate) fn column(path: &Path, name: &str) -> Vec<Option<f64>> {
    let text = text(path);
    let mut lines = text.lines();
    let at = lines.next().expect("a head").split(',').position(|head| head == name).expect("the column");
    lines.map(|line| line.split(',').nth(at).expect("a cell").parse().ok()).collect()
}

/// All columns of a compressed CSV by their names; an empty cell is NaN.
pub(crate) fn columns(path: &Path) -> BTreeMap<String, Vec<f64>> {
    let text = text(path);
    let mut lines = text.lines();
    let heads: Vec<_> = lines.next().expect("a head").split(',').collect();
    let mut columns = vec![Vec::new(); heads.len()];
    for line in lines {
        for (column, cell) in columns.iter_mut().zip(line.split(',')) {
            column.push(if cell.is_empty() { f64::NAN } else { cell.parse().expect("a number") });
        }
    }
    heads.into_iter().map(str::to_owned).zip(columns).collect()
}

/// What a compressed file says.
pub(crate) fn text(path: &Path) -> String {
    let mut text = String::new();
    GzDecoder::new(File::open(path).expect("a file")).read_to_string(&mut text).expect("a text");
    text
}

/// A JSON file.
pub(crate) fn json(path: &Path) -> serde_json::Value {
    serde_json::from_reader(File::open(path).expect("a file")).expect("JSON")
}

/// A compressed JSON file.
pub(crate) fn json_of(path: &Path) -> serde_json::Value {
    serde_json::from_str(&text(path)).expect("JSON")
}
