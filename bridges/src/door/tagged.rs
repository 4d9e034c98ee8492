//! Answers that have a tag: who shows the one he has is told in a line that nothing is new (RFC 9110, 8.8.3). Tags are weak,
//! because an age in an answer grows while nothing is new.

use super::Door;
use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// `version` rises when the answer to the same question changes in this run. `question` is what else the answer hangs on.
pub(super) fn tagged<T: Serialize>(
    door: &Door,
    asked: &HeaderMap,
    (question, version): (usize, u64),
    answer: impl FnOnce() -> T,
) -> Response {
    // Another run counts anew.
    let tag = format!("W/\"{:x}-{question:x}-{version:x}\"", door.desk.run.started_at_ns.0);
    let shown = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|tags| tags.to_str().ok());
    let is_known = shown.flat_map(|tags| tags.split(',')).any(|shown| shown.trim() == tag);
    let mut response = if is_known { StatusCode::NOT_MODIFIED.into_response() } else { Json(answer()).into_response() };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}
