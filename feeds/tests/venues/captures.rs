//! Every capture of every venue but Binance (which has a test of its own, for its snapshots by REST), clean and with
//! faults, against values made by an independent implementation.

use crate::shared::{expected, shared};
use crate::summary::{check, replay, summary};
use engine_model::venue::VenueId;
use std::path::Path;
use std::process::Command;

/// The venue of an entry, if this test replays it.
fn venue_of(entry: &serde_json::Value) -> Option<VenueId> {
    let venue = VenueId::from_name(entry["venue"].as_str()?)?;
    (!venue.name().starts_with("binance")).then_some(venue)
}

#[test]
fn every_capture_gives_what_an_independent_decoder_gave() {
    let Some(root) = shared() else { return };
    for (name, expected) in expected(&root, "expected.json") {
        let Some(venue) = venue_of(&expected) else { continue };
        let files: Vec<_> = name.split('+').map(|file| root.join("data").join(file)).collect();
        let (instruments, session, books) = replay(venue, &files);
        check(&name, &summary(&instruments, &session, &books), &expected);
        assert_eq!(session.counts().foreign, 0, "{name}");
    }
}

#[test]
fn every_fault_changes_exactly_what_it_explains() {
    let Some(root) = shared() else { return };
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("venue-faults");
    let mut run = Command::new("python3");
    run.arg(root.join("oracles/captures/make_faults.py")).arg("--data-root").arg(root.join("data"));
    run.arg("--out").arg(&out).args(["--only", "^(?!binance)"]);
    if !run.output().is_ok_and(|run| run.status.success()) {
        return eprintln!("skipped: faulty variants need python3 with zstandard");
    }
    for (name, expected) in expected(&root, "faults_expected.json") {
        let Some(venue) = venue_of(&expected) else { continue };
        let (instruments, session, books) = replay(venue, &[out.join(&name)]);
        check(&name, &summary(&instruments, &session, &books), &expected);
    }
}
