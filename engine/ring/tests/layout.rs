//! Layouts: what is refused, with which words, and how dedicated threads are dealt over too few cores.
#![cfg(not(loom))]
#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use engine_ring::layout::{Group, Idle, Layout};
use std::time::Duration;

const STAGES: [&str; 3] = ["venue", "risk", "journal"];
const NAP: Idle = Idle::Sleep(Duration::from_millis(1));

fn group(name: &str, core: Option<usize>, idle: Idle, stages: &[&str]) -> Group {
    Group { name: name.into(), core, idle, stages: stages.iter().map(|&stage| stage.into()).collect() }
}

#[track_caller]
fn refused(groups: Vec<Group>, words: &str) {
    let error = Layout::Shared(groups).plan(&STAGES, &[0, 1]).unwrap_err();
    assert_eq!(error.to_string(), words);
}

#[test]
fn groups_are_checked_before_anything_starts() {
    refused(vec![group("hot", None, NAP, &["venue", "risk"])], "stage `journal` is in no group");
    refused(vec![group("hot", None, NAP, &["venue", "rusk"])], "group `hot` names stage `rusk`, which does not exist");
    let slow = group("slow", None, NAP, &["journal", "risk"]);
    refused(
        vec![group("hot", None, NAP, &["venue", "risk"]), slow.clone()],
        "stage `risk` is placed in group `hot` and again in group `slow`",
    );
    refused(
        vec![group("hot", Some(7), NAP, &["venue"]), slow],
        "group `hot` wants core 7, this process may use [0, 1]",
    );
}

#[test]
fn two_threads_never_spin_on_one_core() {
    let hot = group("hot", Some(1), Idle::HOT, &["venue", "risk"]);
    refused(
        vec![hot.clone(), group("slow", Some(1), Idle::Spin, &["journal"])],
        "groups `hot` and `slow` would both spin on core 1",
    );
    let sleeper = Layout::Shared(vec![hot, group("slow", Some(1), NAP, &["journal"])]);
    assert_eq!(sleeper.plan(&STAGES, &[0, 1]).unwrap().len(), 2, "one that sleeps may share it");
    let yielding = STAGES.map(|stage| group(stage, Some(1), Idle::Yield, &[stage])).to_vec();
    assert_eq!(Layout::Shared(yielding).plan(&STAGES, &[0, 1]).unwrap().len(), 3, "those that give it away may, too");
    let unpinned = STAGES.map(|stage| group(stage, None, Idle::Spin, &[stage])).to_vec();
    refused(unpinned, "3 groups would spin on 2 cores");
}

#[test]
fn stages_need_different_names() {
    let error = Layout::Inline.plan(&["risk", "risk"], &[0]).unwrap_err();
    assert_eq!(error.to_string(), "two stages are named `risk`");
}

#[test]
fn dedicated_threads_beyond_the_cores_do_not_spin() {
    let layout = Layout::Dedicated { first_core: 1, idle: Idle::HOT };
    let groups = layout.plan(&STAGES, &[4, 5]).unwrap();
    let dealt: Vec<_> = groups.iter().map(|group| (group.name.as_str(), group.core, group.idle.spins())).collect();
    assert_eq!(dealt, [("venue", Some(5), true), ("risk", Some(4), true), ("journal", Some(5), false)]);
}

#[test]
fn dedicated_threads_that_yield_keep_yielding_however_few_cores_there_are() {
    let layout = Layout::Dedicated { first_core: 0, idle: Idle::Yield };
    let groups = layout.plan(&STAGES, &[3]).unwrap();
    assert!(groups.iter().all(|group| (group.core, group.idle) == (Some(3), Idle::Yield)), "{groups:?}");
}

#[test]
fn inline_has_no_groups() {
    assert_eq!(Layout::Inline.plan(&STAGES, &[]).unwrap(), []);
}
