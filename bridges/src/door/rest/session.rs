//! `/api/v1/session`, `/api/v1/me`: logging in and out, and who one is.

use crate::desk::people::By;
use crate::door::auth::{From, Known, people};
use crate::door::body::Body;
use crate::door::error::ApiError;
use crate::door::{Door, dto};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use std::sync::Arc;

pub(crate) async fn login(
    State(door): State<Arc<Door>>,
    From(from): From,
    Body(asked): Body<dto::Login>,
) -> Result<Json<dto::Session>, ApiError> {
    let (token, asker, expires_ns) = people(&door)?.login(&asked.name, &asked.password, from).await?;
    Ok(Json(dto::Session::new(&token, &asker, expires_ns)))
}

/// The first admin, by the secret of the first start.
pub(crate) async fn claim(
    State(door): State<Arc<Door>>,
    From(from): From,
    Body(asked): Body<dto::FirstAdmin>,
) -> Result<StatusCode, ApiError> {
    let by = By { actor: "nobody".to_owned(), source: format!("claim@{from}") };
    people(&door)?.claim(&asked.secret, &asked.name, &asked.password, &by).await?;
    Ok(StatusCode::CREATED)
}

pub(crate) async fn logout(State(door): State<Arc<Door>>, Known(asker): Known) -> Result<StatusCode, ApiError> {
    people(&door)?.logout(&asker).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn me(Known(asker): Known) -> Json<dto::Me> {
    Json(dto::Me::new(&asker))
}

pub(crate) async fn password(
    State(door): State<Arc<Door>>,
    Known(asker): Known,
    Body(asked): Body<dto::NewPassword>,
) -> Result<StatusCode, ApiError> {
    people(&door)?.own_password(&asker, &asked.old, &asked.new).await?;
    Ok(StatusCode::NO_CONTENT)
}
