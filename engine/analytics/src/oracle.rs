//! Where the tests find the outputs of other engines.

use flate2::read::GzDecoder;
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

/// A column of a compressed CSV; an empty cell is no number.
pub(crate) fn column(path: &Path, name: &str) -> Vec<Option<f64>> {
    let mut text = String::new();
    GzDecoder::new(File::open(path).expect("a file")).read_to_string(&mut text).expect("a text");
    let mut lines = text.lines();
    let at = lines.next().expect("a head").split(',').position(|head| head == name).expect("the column");
    lines.map(|line| line.split(',').nth(at).expect("a cell").parse().ok()).collect()
}
