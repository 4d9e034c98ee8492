//! Random documents: the scanner against `serde_json`, the fast frames against the general ones.

use crate::changed::{changed, spaced};
use crate::hostile::{DEPTH, QUOTE, SNAPSHOT, TRADE, synced};
use engine_model::units::Nanos;
use feeds::json::{DEPTH_MAX, JsonError, Value};
use proptest::prelude::*;
use serde::de::IgnoredAny;

/// JSON and near-JSON text.
fn document() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("fals".to_owned()),
        "-?(0|[1-9][0-9]{0,5})(\\.[0-9]{1,4})?([eE][+-]?[0-9]{1,3})?",
        "[-+0-9.eE]{1,6}",
        "\"([a-z{}\\[\\],:é😀]|\\\\[\"\\\\/bfnrtux]|\\\\u[0-9a-fA-F]{4}|[\u{1}-\u{1f}]){0,6}\"",
        "[ -~]{0,5}",
    ];
    let space = "[ \t\n\r]{0,2}";
    scalar.prop_recursive(5, 40, 5, move |inner| {
        let spaced = (space, inner, space).prop_map(|(before, value, after)| format!("{before}{value}{after}"));
        let member = ("\"[a-z]{0,3}\"", spaced.clone()).prop_map(|(key, value)| format!("{key}:{value}"));
        prop_oneof![
            proptest::collection::vec(spaced, 0..5).prop_map(|values| format!("[{}]", values.join(","))),
            proptest::collection::vec(member, 0..5).prop_map(|members| format!("{{{}}}", members.join(","))),
        ]
    })
}

/// Every value in it, by our walk and by the other's.
fn same(ours: Value<'_>, theirs: &serde_json::Value) {
    match theirs {
        serde_json::Value::Object(members) => {
            assert!(ours.is_object());
            for (key, theirs) in members {
                same(ours.member(key).unwrap_or_else(|| panic!("{key} not found")), theirs);
            }
        }
        serde_json::Value::Array(elements) => {
            assert!(ours.is_array());
            assert_eq!(ours.elements().count(), elements.len());
            ours.elements().zip(elements).for_each(|(ours, theirs)| same(ours, theirs));
        }
        serde_json::Value::String(text) => assert!(ours.string().is_some_and(|ours| text.len() > 64 || ours.is(text))),
        serde_json::Value::Bool(value) => assert_eq!(ours.boolean(), Some(*value)),
        serde_json::Value::Number(number) => assert_eq!(ours.unsigned(), number.as_u64().filter(|_| number.is_u64())),
        serde_json::Value::Null => assert_eq!(ours.bytes(), b"null"),
    }
}

fn depth_of(text: &str) -> u32 {
    let (mut depth, mut deepest) = (0u32, 0);
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fn check_frame(bytes: &[u8]) {
    let outcome = |bytes: &[u8]| {
        let (mut session, mut books) = synced();
        session.on_frame(0, bytes, Nanos(2), &mut books);
        // Twice, for the readers now know this form.
        session.on_frame(0, bytes, Nanos(2), &mut books);
        (*session.counts(), books, session.take_refusal(Nanos(3)).map(|refusal| refusal.error))
    };
    assert_eq!(outcome(bytes), outcome(&spaced(bytes)), "{}", String::from_utf8_lossy(bytes));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_scanner_takes_what_serde_json_takes(text in document()) {
        let theirs = serde_json::from_str::<IgnoredAny>(&text);
        match Value::parse(text.as_bytes()) {
            Ok(ours) => {
                prop_assert!(theirs.is_ok(), "taken: {}", text);
                if let Ok(theirs) = serde_json::from_str(&text) {
                    same(ours, &theirs);
                }
            }
            Err(JsonError::TooDeep) => prop_assert!(depth_of(&text) > DEPTH_MAX),
            Err(error) => prop_assert!(theirs.is_err(), "refused as {:?}: {}", error, text),
        }
    }

    #[test]
    fn any_bytes_are_taken_or_refused_as_serde_json_would(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        let theirs = std::str::from_utf8(&bytes).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
        prop_assert_eq!(Value::parse(&bytes).is_ok(), theirs);
    }

    #[test]
    fn fast_and_general_depth_say_the_same(bytes in changed(DEPTH)) {
        check_frame(&bytes);
    }

    #[test]
    fn fast_and_general_trade_say_the_same(bytes in changed(TRADE)) {
        check_frame(&bytes);
    }

    #[test]
    fn fast_and_general_quote_say_the_same(bytes in changed(QUOTE)) {
        check_frame(&bytes);
    }

    #[test]
    fn changed_snapshots_never_panic(bytes in changed(SNAPSHOT)) {
        let (mut session, mut books) = synced();
        session.on_rest(None, &bytes, Nanos(2), &mut books);
        prop_assert_eq!(session.counts().messages, 2);
    }
}
