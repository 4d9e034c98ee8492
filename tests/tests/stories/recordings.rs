//! The recorded markets, what an independent program made of them, and how the two are compared.

use crate::process::{Ran, ringside};
use serde_json::{Map, Value};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Every layout of threads.
pub(crate) const LAYOUTS: [&str; 3] = ["inline", "shared", "dedicated"];

/// The folder of shared facts; says so and returns `None` where it is absent.
pub(crate) fn shared() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let root = std::env::var_os("RINGSIDE_SHARED").map_or(beside, PathBuf::from);
    if root.join("oracles/captures/expected.json").is_file() {
        return Some(root);
    }
    eprintln!("skipped: {} not found", root.join("oracles/captures").display());
    None
}

/// A file of expected values.
pub(crate) fn expected(root: &Path, name: &str) -> Map<String, Value> {
    let text = std::fs::read_to_string(root.join("oracles/captures").join(name)).expect("readable");
    serde_json::from_str(&text).expect("an object")
}

pub(crate) fn venue(expected: &Value) -> &str {
    expected["venue"].as_str().expect("a venue")
}

/// One replay.
#[derive(Clone, Copy)]
pub(crate) struct Replay<'a> {
    pub(crate) venue: &'a str,
    pub(crate) files: &'a [PathBuf],
    pub(crate) layout: &'a str,
    pub(crate) strategy: Option<&'a str>,
}

impl Replay<'_> {
    pub(crate) fn run(&self) -> Ran {
        self.run_with(&[], Vec::new())
    }

    /// With more words, and these bytes on standard input.
    pub(crate) fn run_with(&self, more: &[&str], bytes: Vec<u8>) -> Ran {
        let mut call = ringside(["replay", "--venue", self.venue, "--layout", self.layout, "--json"]);
        for word in more {
            call = call.arg(word);
        }
        if let Some(strategy) = self.strategy {
            call = call.arg("--strategy").arg(strategy);
        }
        call = self.files.iter().fold(call.arg("--capture"), |call, file| call.arg(file));
        // Layouts with threads of their own share a machine badly: two at once on two cores take longer than one after the
        // other.
        static THREADS: Mutex<()> = Mutex::new(());
        let _alone = (self.layout != "inline").then(|| THREADS.lock().unwrap_or_else(PoisonError::into_inner));
        call.reading(bytes).run()
    }
}

/// Every value that is expected was found; a kind of event that is not expected did not come; exactly the instruments.
pub(crate) fn compare(name: &str, found: &Value, expected: &Value) {
    for field in ["venue", "messages", "control", "unknown", "errors", "gaps", "resyncs", "crossed"]
        .into_iter()
        .chain(["checksum_ok", "checksum_failed"])
    {
        assert_eq!(found[field], expected[field], "{name}: {field}");
    }
    for (kind, count) in object(&found["events"]) {
        assert_eq!(count.as_u64(), Some(expected["events"][kind].as_u64().unwrap_or(0)), "{name}: {kind}");
    }
    let kinds = object(&expected["events"]).keys();
    assert!(kinds.into_iter().all(|kind| found["events"][kind].is_u64()), "{name}: a kind of event is not told");
    let (found, expected) = (object(&found["instruments"]), object(&expected["instruments"]));
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{name}: instruments");
    for (symbol, fields) in expected {
        for (field, value) in object(fields) {
            assert_eq!(&found[symbol][field], value, "{name}: {field} of {symbol}");
        }
    }
}

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().expect("an object")
}

/// The state that a replay ended in.
pub(crate) fn hash(found: &Value) -> &str {
    let hash = found["state_hash"].as_str().expect("a hash");
    assert!(hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit()), "{hash}");
    hash
}

/// The first `lines` of a recording, as plain text.
pub(crate) fn beginning(file: &Path, lines: usize) -> Vec<u8> {
    let mut text = Vec::new();
    let file = std::fs::File::open(file).expect("there");
    zstd::Decoder::new(file).expect("zstandard").read_to_end(&mut text).expect("whole");
    let end = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(lines - 1).expect("long enough").0;
    text.truncate(end + 1);
    text
}
