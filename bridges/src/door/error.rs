//! How a question fails: a status, a stable code, a sentence, what was found and what would have been right.
//! Nothing of the inside (paths, types, backtraces) is in it.

use super::dto;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Of a wrong question so much is repeated in the answer.
const FOUND_CHARS_MAX: usize = 64;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: &'static str,
    found: Option<String>,
    expected: Vec<String>,
    /// When to come again.
    again_in_s: Option<u64>,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: &'static str) -> Self {
        Self { status, code, message, found: None, expected: Vec::new(), again_in_s: None }
    }

    /// Of a key that shows less than its user sees.
    pub(crate) fn sees_less() -> Self {
        let message = "this key sees a part of what its user sees, and this would tell all of it";
        Self::new(StatusCode::FORBIDDEN, "key_sees_less", message)
            .expected(["a session, or a key of the user's own role"])
    }

    pub(crate) fn bad_query(message: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_query", message)
    }

    pub(crate) fn found(mut self, found: &str) -> Self {
        self.found = Some(found.chars().take(FOUND_CHARS_MAX).collect());
        self
    }

    /// Asked again after that, it may be answered.
    pub(crate) fn again_in(mut self, seconds: u64) -> Self {
        self.again_in_s = Some(seconds);
        self
    }

    pub(crate) fn expected(mut self, expected: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.expected = expected.into_iter().map(Into::into).collect();
        self
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let error = dto::FailureText {
            code: self.code.to_owned(),
            message: self.message.to_owned(),
            found: self.found,
            expected: self.expected,
        };
        let failure = dto::Failure {
            kind: format!("urn:ringside:{}", self.code),
            title: self.message.to_owned(),
            status: self.status.as_u16(),
            error,
        };
        let problem = HeaderValue::from_static("application/problem+json");
        let mut response = (self.status, Json(failure)).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, problem);
        if let Some(seconds) = self.again_in_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
