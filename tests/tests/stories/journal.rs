//! A journal leads to the state of its run, or says where it is damaged.

use crate::engine::state_of_journal;
use crate::process::ringside;
use crate::recordings::{LAYOUTS, Replay, beginning, hash, shared};
use crate::scratch::Scratch;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Records a journal of a recording that trades; the summary of the run, and the file.
fn recorded(layout: &str, scratch: &Scratch) -> Option<(Value, PathBuf)> {
    let root = shared()?;
    let text = beginning(&root.join("data/binance_usdm/hft_btcusdt_20230404.ndjson.zst"), 4_000);
    let files = [PathBuf::from("-")];
    let replay = Replay { venue: "binance-usdm", files: &files, layout, strategy: Some("imbalance_maker") };
    let folder = scratch.path().join("journal");
    let summary = replay.run_with(&["--journal-out", folder.to_str().expect("text")], text).json();
    Some((summary, scratch.journal()))
}

fn journal(verb: &str, at: &Path) -> crate::process::Ran {
    ringside(["journal", verb, "--json"]).arg(at).run()
}

#[test]
fn the_journal_of_a_replay_leads_to_its_state_in_every_layout() {
    let mut first = None;
    for layout in LAYOUTS {
        let scratch = Scratch::new();
        let Some((summary, file)) = recorded(layout, &scratch) else { return };
        assert!(summary["orders"].as_u64() > Some(0), "nothing was traded: {summary}");
        assert_eq!(state_of_journal(&file).as_deref(), Ok(hash(&summary)), "{layout}");
        // The file, and the folder that it is in.
        for at in [file.as_path(), file.parent().expect("a folder")] {
            assert_eq!(hash(&journal("replay", at).json()), hash(&summary), "{layout}");
        }
        assert_eq!(first.get_or_insert_with(|| hash(&summary).to_owned()), hash(&summary), "{layout}");
    }
}

#[test]
fn a_journal_that_was_cut_or_changed_says_where() {
    let scratch = Scratch::new();
    let Some((_, file)) = recorded("inline", &scratch) else { return };
    let whole = std::fs::read(&file).expect("readable");
    assert_eq!(journal("verify", &file).code, Some(0));
    let middle = whole.len() / 2;
    let mut changed = whole.clone();
    changed[middle] ^= 1;
    let cases = [
        ("cut in the middle", whole[..middle].to_vec()),
        ("cut by its last byte", whole[..whole.len() - 1].to_vec()),
        ("cut in its prologue", whole[..40].to_vec()),
        ("one bit changed", changed),
        ("a few bytes behind it", [whole.as_slice(), b"more"].concat()),
    ];
    for (case, bytes) in cases {
        let damaged = scratch.file("damaged.journal", &bytes);
        let told = state_of_journal(&damaged).expect_err(case);
        let offset = told.split("byte ").nth(1).and_then(|rest| rest.split(':').next()).expect("a place");
        let place: usize = offset.parse().expect("a number");
        assert!(place <= bytes.len(), "{case}: {told}");
        for verb in ["replay", "verify"] {
            let ran = journal(verb, &damaged);
            assert_eq!(ran.code, Some(1), "{case}: {ran}");
            assert!(format!("{}{}", ran.stdout, ran.stderr).contains(offset), "{case}, byte {offset}: {ran}");
        }
    }
}

#[test]
fn what_is_no_journal_is_said_to_be_none() {
    let scratch = Scratch::new();
    let empty = scratch.file("empty.journal", "");
    let text =
        scratch.file("text.journal", "a letter to a friend, which is long enough to be a prologue if one were lenient");
    let nothing = scratch.path().join("nothing");
    let folder = scratch.path().join("folder");
    std::fs::create_dir(&folder).expect("made");
    for verb in ["verify", "replay", "inspect"] {
        for file in [&empty, &text] {
            let ran = journal(verb, file);
            assert_eq!(ran.code, Some(1), "{ran}");
            let name = file.file_name().expect("named").to_str().expect("text");
            assert!(format!("{}{}", ran.stdout, ran.stderr).contains(name), "{ran}");
        }
        journal(verb, &nothing).refused(2, &["nothing"]);
        journal(verb, &folder).refused(2, &["no journal"]);
    }
}
