//! Captures with one fault each: exactly the counters that the fault explains may change.
//!
//! The variants are made by the script that made the expected values; without it, or without Python and its `zstandard`,
//! the test says so and passes.

use crate::shared::{expected, shared};
use crate::summary::{check, replay, summary};
use engine_model::venue::VenueId;
use std::path::Path;
use std::process::Command;

/// Makes the variants of Binance captures; `false` where this machine cannot.
fn make(root: &Path, out: &Path) -> bool {
    let script = root.join("oracles/captures/make_faults.py");
    let able = Command::new("python3").args(["-c", "import zstandard"]).output().is_ok_and(|run| run.status.success());
    if !able {
        eprintln!("skipped: faulty variants need python3 with zstandard");
        return false;
    }
    let mut run = Command::new("python3");
    run.arg(script).arg("--data-root").arg(root.join("data")).arg("--out").arg(out).args(["--only", "^binance"]);
    let run = run.output().expect("python3 ran just now");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    true
}

#[test]
fn every_fault_changes_exactly_what_it_explains() {
    let Some(root) = shared() else { return };
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("faults");
    if !make(&root, &out) {
        return;
    }
    let mut replayed = 0;
    for (name, expected) in expected(&root, "faults_expected.json") {
        let venue = expected["venue"].as_str().filter(|venue| venue.starts_with("binance"));
        let Some(venue) = venue.and_then(VenueId::from_name) else { continue };
        let (instruments, session, books) = replay(venue, &[out.join(&name)]);
        check(&name, &summary(&instruments, &session, &books), &expected);
        replayed += 1;
    }
    assert!(replayed >= 19, "{replayed} variants of Binance captures");
}
