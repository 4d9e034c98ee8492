//! Recordings with one fault each: exactly the counters and instruments that the fault explains may change.
//!
//! The variants are made by the script that the expected values come from. Where there is no Python with its `zstandard`
//! the story says so.

use crate::recordings::{Replay, compare, expected, hash, shared, venue};
use crate::scratch::Scratch;
use std::path::Path;
use std::process::Command;

/// `dedicated` is left out: hand-overs between more threads than cores are three times as slow, and the same code is
/// held to the recordings in it. A fault is found by the session, on the one thread that it has in every layout.
const AFFORDABLE: [&str; 2] = ["inline", "shared"];

/// Makes the variants; `false` where this machine cannot.
fn make(root: &Path, out: &Path) -> bool {
    let able = Command::new("python3").args(["-c", "import zstandard"]).output().is_ok_and(|run| run.status.success());
    if !able {
        eprintln!("skipped: faulty variants need python3 with zstandard (pip install zstandard)");
        return false;
    }
    let mut run = Command::new("python3");
    run.arg(root.join("oracles/captures/make_faults.py")).arg("--data-root").arg(root.join("data"));
    let run = run.arg("--out").arg(out).output().expect("python3 ran just now");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    true
}

#[test]
fn every_fault_changes_exactly_what_it_explains_in_two_layouts() {
    let Some(root) = shared() else { return };
    let scratch = Scratch::new();
    if !make(&root, scratch.path()) {
        return;
    }
    let clean = expected(&root, "expected.json");
    let mut seen = 0;
    for (name, expected) in expected(&root, "faults_expected.json") {
        seen += 1;
        let files = [scratch.path().join(&name)];
        let mut first: Option<String> = None;
        for layout in AFFORDABLE {
            let replay = Replay { venue: venue(&expected), files: &files, layout, strategy: None };
            let found = replay.run().json();
            compare(&format!("{name} ({layout})"), &found, &expected);
            let hash = hash(&found).to_owned();
            assert_eq!(first.get_or_insert_with(|| hash.clone()), &hash, "{name} ({layout}): another state");
            // What is said to have changed did: a fault that leaves no trace would prove nothing.
            let before = &clean[expected["from"].as_str().expect("a recording")];
            for (counter, change) in expected["changed"].as_object().expect("counters") {
                let pointer = format!("/{}", counter.replace('.', "/"));
                let counts = [before.pointer(&pointer), found.pointer(&pointer)].map(|count| count.cloned());
                assert_eq!(counts, [0, 1].map(|place| change.get(place).cloned()), "{name}: {counter}");
            }
        }
    }
    assert!(seen >= 88, "{seen} variants");
}
