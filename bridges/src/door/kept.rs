//! Answers that many ask for again and again: written once for each version of what they tell, then handed out as they are.
//! A dashboard that asks ten times a second costs a copy each time, and the JSON only when the image has moved on.
//!
//! Owns: a text for each book (of the depth that was asked for last) and one of the positions, so that it never holds more
//! than the run has instruments; and their tags: who shows the one he has is told in a line that nothing is new (RFC 9110,
//! 8.8.3). Tags are weak, because an age in an answer grows while nothing is new.
//! Never: an answer older than the image, an age that stood still: it is put in anew each time.

use super::Door;
use super::error::ApiError;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use engine_model::instrument::InstrumentId;
use engine_model::units::Nanos;
use serde::Serialize;
use std::io::Write as _;
use std::sync::{Mutex, PoisonError};

/// How an age stands in a text that is kept.
const UNTOLD: &[u8] = b"null";
const AGE: &[u8] = b"\"age_ns\":null";
/// Digits of the greatest age.
const AGE_BYTES_MAX: usize = 20;

/// See the module. Handlers run on one thread, so no lock here is ever waited for.
pub(super) struct Kept {
    books: Box<[Place]>,
    pub(super) positions: Place,
}

/// Where one text is kept.
#[derive(Default)]
pub(super) struct Place(Mutex<Option<Text>>);

/// What an answer tells: the question (of those that share the place), and the version of what is told.
type Told = (usize, u64);

struct Text {
    told: Told,
    tag: HeaderValue,
    body: Written,
}

/// An answer's JSON.
pub(super) struct Written {
    text: Bytes,
    /// Where its age belongs, and since when it counts.
    aged: Option<(usize, Nanos)>,
}

impl Kept {
    pub(super) fn new(instruments: usize) -> Self {
        Self { books: (0..instruments).map(|_| Place::default()).collect(), positions: Place::default() }
    }

    pub(super) fn book(&self, id: InstrumentId) -> &Place {
        &self.books[id.index()]
    }
}

impl Place {
    /// Answers with what is kept, if it tells the same; else with what is written now. The version is read before the answer
    /// is written: what is kept is never older than it says.
    pub(super) fn answer(
        &self,
        door: &Door,
        asked: &HeaderMap,
        told: Told,
        write: impl FnOnce() -> serde_json::Result<Written>,
    ) -> Result<Response, ApiError> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = kept.take_if(|text| text.told == told);
        let tag = same.as_ref().map_or_else(|| tag(door, told), |text| Ok(text.tag.clone()))?;
        if is_shown(asked, &tag) {
            *kept = same;
            return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
        }
        let text = match same {
            Some(text) => text,
            None => Text { told, tag: tag.clone(), body: write().map_err(|_| unsaid())? },
        };
        let body = kept.insert(text).body.at(door.desk.now());
        let json = HeaderValue::from_static("application/json");
        Ok(([(header::CONTENT_TYPE, json), (header::ETAG, tag)], Body::from(body)).into_response())
    }
}

impl Written {
    /// What has no age.
    pub(super) fn of(answer: &impl Serialize) -> serde_json::Result<Self> {
        Ok(Self { text: serde_json::to_vec(answer)?.into(), aged: None })
    }

    /// What has one field `age_ns`, which is `None` in `answer` and counts since `at`; `None`: there is no age to tell.
    pub(super) fn aged(answer: &impl Serialize, at: Option<Nanos>) -> serde_json::Result<Self> {
        let written = Self::of(answer)?;
        // A quote within a text is escaped, so nothing else can look like that.
        let place = written.text.windows(AGE.len()).position(|part| part == AGE);
        debug_assert!(place.is_some(), "an answer with an age has a field for it");
        let place = place.map(|place| place + AGE.len() - UNTOLD.len());
        Ok(Self { aged: place.zip(at), ..written })
    }

    /// As it is answered at that time.
    fn at(&self, now: Nanos) -> Bytes {
        let Some((place, since)) = self.aged else { return self.text.clone() };
        let mut text = Vec::with_capacity(self.text.len() + AGE_BYTES_MAX);
        text.extend_from_slice(&self.text[..place]);
        // A vector takes whatever is written to it.
        let _ = write!(text, "{}", now.since(since));
        text.extend_from_slice(&self.text[place + UNTOLD.len()..]);
        text.into()
    }
}

/// Another run counts its versions anew.
fn tag(door: &Door, (question, version): Told) -> Result<HeaderValue, ApiError> {
    let tag = format!("W/\"{:x}-{question:x}-{version:x}\"", door.desk.run.started_at_ns.0);
    HeaderValue::try_from(tag).map_err(|_| unsaid())
}

fn is_shown(asked: &HeaderMap, tag: &HeaderValue) -> bool {
    let shown = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|tags| tags.to_str().ok());
    shown.flat_map(|tags| tags.split(',')).any(|shown| shown.trim().as_bytes() == tag.as_bytes())
}

/// Texts and numbers in plain structs: none of them can fail to become JSON.
fn unsaid() -> ApiError {
    ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "unsaid", "the answer is known, and cannot be written")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Aged {
        name: &'static str,
        age_ns: Option<u64>,
        last: u8,
    }

    #[test]
    fn an_age_is_put_in_anew_each_time_and_where_it_belongs() {
        let answer = Aged { name: "\"age_ns\":null", age_ns: None, last: 1 };
        let written = Written::aged(&answer, Some(Nanos(40))).expect("JSON");
        for age in [0, 1, 960, u64::MAX - 40] {
            let told = Aged { age_ns: Some(age), ..answer };
            assert_eq!(written.at(Nanos(40 + age)), serde_json::to_vec(&told).expect("JSON"));
        }
        let unknown = Written::aged(&answer, None).expect("JSON");
        assert_eq!(unknown.at(Nanos(1_000)), serde_json::to_vec(&answer).expect("JSON"), "no age is told of nothing");
    }
}
