//! A journal leads to the state of its run, or says where it is damaged.

use crate::engine::state_of_journal;
use crate::process::ringside;
use crate::recordings::{LAYOUTS, Replay, beginning, hash, shared};
use crate::run::{ANY_PORT, Ground};
use crate::scratch::Scratch;
use engine_core::journal::disk::epoch_of;
use engine_core::journal::stored::Stored;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Records a journal of a recording that trades; the summary of the run, and the file.
pub(crate) fn recorded(layout: &str, scratch: &Scratch) -> Option<(Value, PathBuf)> {
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

/// The newest journal; `None` while there is none yet.
fn newest(ground: &Ground) -> Option<PathBuf> {
    ground.scratch.path().join("journal").exists().then(|| ground.scratch.journals().pop()).flatten()
}

/// Records that can be read of the newest journal.
fn written(ground: &Ground) -> usize {
    let stored = newest(ground).map(|file| Stored::read(&file).expect("readable"));
    let reader = stored.as_ref().and_then(|stored| stored.reader().ok());
    reader.map_or(0, |reader| reader.map_while(Result::ok).count())
}

#[test]
fn a_run_that_is_killed_leaves_a_journal_to_its_last_write_and_a_changed_one_is_no_place_to_go_on() {
    let ground = Ground::new();
    let going = ground.call(ANY_PORT, &[]).start();
    let until = Instant::now() + Duration::from_secs(60);
    while written(&ground) < 500 {
        assert!(Instant::now() < until, "{} records", written(&ground));
        std::thread::sleep(Duration::from_millis(100));
    }
    going.signal("-KILL");
    let (ran, killed) = (going.end(), newest(&ground).expect("one"));
    assert_eq!(ran.code, None, "{ran}");
    assert!(written(&ground) >= 500);
    let state = ringside(["journal", "state-at", "--json", "2500-01-01"]).arg(&killed).run().json();
    assert!(state["books"].as_array().is_some_and(|books| books.len() == 2), "{state}");
    // The next run takes the next number, and so other order ids; nothing of the killed one is touched.
    let before = std::fs::read(&killed).expect("readable");
    ground.call(ANY_PORT, &["--for", "1s"]).run().json();
    let second = newest(&ground).expect("two");
    let number = |file: &Path| epoch_of(file.file_name().expect("named")).expect("of a run");
    assert!(number(&second) > number(&killed));
    assert!(std::fs::read(&killed).expect("readable") == before);
    let mut bytes = std::fs::read(&second).expect("readable");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&second, bytes).expect("written");
    let name = second.file_name().and_then(|name| name.to_str()).expect("text");
    ground.call(ANY_PORT, &["--for", "1s"]).run().refused(1, &[name, "damaged at byte", "journal verify"]);
    assert_eq!(newest(&ground), Some(second), "none was begun");
}
