//! The body of a request: one JSON object of known fields, bounded, and said to be JSON (a form of another site cannot
//! say that).

use super::bounds::BODY_BYTES_MAX;
use super::error::ApiError;
use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use serde::de::DeserializeOwned;

/// A shape that is asked with. Unknown fields are refused by name: a misspelt one is an answer, not a silent default.
pub(crate) trait Asked: DeserializeOwned {
    /// Its fields, for whoever has it wrong.
    const FIELDS: &'static [&'static str];
}

/// What was asked with.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: Asked, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let is_json = kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
        if !is_json {
            let message = "the body is not said to be JSON";
            return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json", message)
                .found(kind)
                .expected(["content-type: application/json"]));
        }
        let bytes = to_bytes(request.into_body(), BODY_BYTES_MAX).await.map_err(|_| {
            ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "the body is too long, or broke off")
                .expected([format!("at most {BODY_BYTES_MAX} bytes")])
        })?;
        // What serde says may repeat what stands there, a password included: only the place is told.
        serde_json::from_slice(&bytes).map(Self).map_err(|error| {
            ApiError::new(StatusCode::BAD_REQUEST, "bad_body", "the body is not a JSON object with these fields")
                .found(&format!("line {}, column {}", error.line(), error.column()))
                .expected(T::FIELDS.iter().copied())
        })
    }
}
