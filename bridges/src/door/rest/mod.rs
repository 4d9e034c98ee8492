//! Questions asked once: path and query in, JSON out.

pub(super) mod alert;
pub(super) mod analysis;
pub(super) mod command;
pub(super) mod derivatives;
pub(super) mod engine;
pub(super) mod flow;
pub(super) mod jobs;
pub(super) mod market;
pub(super) mod order;
pub(super) mod people;
pub(super) mod portfolio;
pub(super) mod risk;
pub(super) mod session;
pub(super) mod strategy;
pub(super) mod trading;

use super::error::ApiError;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::StatusCode;

/// What varies in a path, where it is a name. A handler that took the text alone would leave the no to the framework, which
/// says it in plain text.
type Name = Result<Path<String>, PathRejection>;

fn name(path: Name) -> Result<String, ApiError> {
    let bad = |_| ApiError::new(StatusCode::BAD_REQUEST, "bad_path", "the name is not text");
    path.map(|Path(name)| name).map_err(bad)
}
