//! The scanner takes exactly what `serde_json` takes, up to its own bound on depth.

use feeds::json::{JsonError, Value};
use serde::de::IgnoredAny;

/// One case.
pub(crate) fn run(bytes: &[u8]) {
    let theirs = std::str::from_utf8(bytes).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
    match Value::parse(bytes) {
        Ok(value) => {
            assert!(theirs);
            walk(value);
        }
        Err(JsonError::TooDeep) => {}
        Err(_) => assert!(!theirs),
    }
}

/// Every value inside is found whole.
fn walk(value: Value<'_>) {
    for (_, inside) in value.members() {
        assert_eq!(Value::parse(inside.bytes()), Ok(inside));
        walk(inside);
    }
    for inside in value.elements() {
        assert_eq!(Value::parse(inside.bytes()), Ok(inside));
        walk(inside);
    }
}
