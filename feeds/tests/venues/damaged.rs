//! What fuzzers do for hours, for some seconds: every target of `feeds/fuzz` bears texts that are not quite right any more.
//!
//! A case that fails is made small and kept (`proptest-regressions`). `RINGSIDE_SEEDS` says how many cases a target has.

use crate::changed::{changes, with};
use crate::targets::{ALL, STAGES, Target};
use engine_model::venue::VenueId;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

/// Each target in turn; a case takes some 50 us.
fn cases() -> u32 {
    std::env::var("RINGSIDE_SEEDS").map_or(2_000, |count| count.parse().expect("a number of cases"))
}

#[test]
fn every_venue_has_a_target_and_every_target_a_text() {
    for venue in VenueId::ALL {
        let is_fuzzed = ALL.iter().any(|target| target.markets().contains(&venue));
        assert!(is_fuzzed, "{}: found in no row of feeds/fuzz/targets/stream.rs", venue.name());
    }
    for target in ALL {
        assert!(target.texts().len() >= 8, "{}: {} texts", target.name, target.texts().len());
        // As it stands each of them is borne.
        fed(target).iter().for_each(|text| target.run(text.as_bytes()));
    }
}

/// Its texts, behind each first byte that chooses something else.
fn fed(target: &Target) -> Vec<String> {
    let choices = target.choices();
    let each = |text: String| choices.iter().map(move |choice| format!("{}{text}", char::from(*choice)));
    if choices.is_empty() { target.texts() } else { target.texts().into_iter().flat_map(each).collect() }
}

#[test]
fn frames_and_answers_that_are_damaged_are_borne() {
    for target in ALL.iter().filter(|target| target.name != "private") {
        let texts = fed(target);
        let mut runner =
            TestRunner::new(ProptestConfig { source_file: Some(file!()), ..ProptestConfig::with_cases(cases()) });
        let ran = runner.run(&changed_of(texts), |bytes| {
            target.run(&bytes);
            Ok(())
        });
        ran.unwrap_or_else(|failure| panic!("{}: {failure}", target.name));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn private_texts_that_are_damaged_are_borne(messages in proptest::collection::vec(message(), 1..12)) {
        let target = ALL.iter().find(|target| target.name == "private").expect("there is one");
        for venue in 0..STAGES.len() as u8 {
            target.run(&[&[venue, 0][..], &messages.join(&0xff)].concat());
        }
    }
}

/// One of these with some bytes changed.
fn changed_of(frames: Vec<String>) -> impl Strategy<Value = Vec<u8>> {
    let longest = frames.iter().map(String::len).max().unwrap_or_default();
    (0..frames.len(), changes(longest)).prop_map(move |(which, changes)| with(&frames[which], &changes))
}

/// Where it is said, with which status, which of the golden texts it is, and up to three changes of it.
fn message() -> impl Strategy<Value = Vec<u8>> {
    let change = (0..=0xfe_u8, 0..2_u8, 0..6_u8, 0..=0xfe_u8);
    let head = (0..8_u8, 0..7_u8, 0..8_u8, 0..60_u8);
    (head, proptest::collection::vec(change, 1..4)).prop_map(|((place, status, wish, text), changes)| {
        let changes = changes.into_iter().flat_map(|(at, far, what, with)| [at, far, what, with]);
        [place, status, wish, text].into_iter().chain(changes).collect()
    })
}
