//! One journal, wherever it is replayed: the state is what its events make of it and nothing around it.

use crate::journal::recorded;
use crate::process::{Call, binary, ringside};
use crate::recordings::{LAYOUTS, hash};
use crate::scratch::Scratch;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The states that a journal leads to: at its end, and at these times before.
fn states(file: &Path, times: &[String], around: &dyn Fn(Call) -> Call) -> Vec<String> {
    let replay = |until: Option<&String>| {
        let call = ringside(["journal", "replay", "--json"]).arg(file);
        let call = until.into_iter().fold(call, |call, time| call.arg("--until").arg(time));
        hash(&around(call).run().json()).to_owned()
    };
    times.iter().map(Some).chain([None]).map(replay).collect()
}

/// Times that lie evenly within a journal.
fn times_within(file: &Path, count: u64) -> Vec<String> {
    let told = ringside(["journal", "verify", "--json"]).arg(file).run().json();
    let first = &told["files"][0];
    let at = |name: &str| first[name].as_u64().unwrap_or_else(|| panic!("{name}: {told}"));
    let (from, until) = (at("first_at_ns"), at("last_at_ns"));
    let times = (1..=count).map(|part| from + (until - from) / (count + 1) * part);
    times.map(utc).collect()
}

/// As `--until` takes a time.
fn utc(ns: u64) -> String {
    let output = std::process::Command::new("date")
        .args(["--utc", "+%Y-%m-%dT%H:%M:%S", &format!("--date=@{}", ns / 1_000_000_000)])
        .output()
        .expect("date runs");
    format!("{}.{:09}Z", String::from_utf8_lossy(&output.stdout).trim(), ns % 1_000_000_000)
}

/// Builds of this very commit in other profiles, where they were built; nothing is built for it.
fn other_builds() -> Vec<PathBuf> {
    let (own, version) = (binary(), |of: &Path| ringside(["--version"]).built(of).run().stdout);
    let profiles = own.ancestors().nth(2).expect("<target>/<profile>/ringside").read_dir().expect("readable");
    let builds = profiles.map(|profile| profile.expect("an entry").path().join("ringside"));
    let others: Vec<PathBuf> = builds.filter(|build| build.is_file() && build != own).collect();
    let (same, stale): (Vec<_>, Vec<_>) = others.into_iter().partition(|build| version(build) == version(own));
    for build in stale {
        eprintln!("not compared: {} is of another commit", build.display());
    }
    if same.is_empty() {
        eprintln!(
            "skipped: no other profile of this commit is built beside {} (`cargo build --profile demo`): a journal replayed by an \
             optimised build and by one with every check",
            own.display()
        );
    }
    same
}

#[test]
fn a_journal_leads_to_one_state_whatever_the_layout_time_zone_locale_hash_seed_cores_and_build() {
    let mut files = Vec::new();
    let scratches = LAYOUTS.map(|_| Scratch::new());
    for (layout, scratch) in LAYOUTS.into_iter().zip(&scratches) {
        let Some((summary, file)) = recorded(layout, scratch) else { return };
        files.push((layout, file, hash(&summary).to_owned()));
    }
    let (_, file, end) = &files[0];
    let times = times_within(file, 3);
    let expected = states(file, &times, &|call| call);
    assert_eq!(expected.last(), Some(end));
    assert!(expected.windows(2).all(|two| two[0] != two[1]), "the times are of one state: {expected:?}");
    for (layout, file, run) in &files {
        assert_eq!((run, states(file, &[], &|call| call).first()), (end, Some(end)), "{layout}");
    }
    let same = |what: &str, around: &dyn Fn(Call) -> Call| assert_eq!(states(file, &times, around), expected, "{what}");
    // One that knows another day for most of ours, by three quarters of an hour.
    same("time zone", &|call| call.knowing("TZ", "Pacific/Chatham"));
    same("locale", &|call| {
        call.knowing("LC_ALL", "tr_TR.UTF-8").knowing("LANG", "tr_TR.UTF-8").knowing("LC_NUMERIC", "de_DE.UTF-8")
    });
    // Every process draws a seed of its own for its tables.
    same("hash seed", &|call| call);
    same("one core", &|call| call.on_one_core());
    for build in other_builds() {
        same(&format!("build {}", build.display()), &|call| call.built(&build));
    }
}

#[test]
fn a_time_is_told_as_it_is_asked_for() {
    assert_eq!(utc(1_700_000_000_000_000_007), "2023-11-14T22:13:20.000000007Z");
    let told: Value = serde_json::json!({"at": utc(0)});
    assert_eq!(told["at"], "1970-01-01T00:00:00.000000000Z");
}
