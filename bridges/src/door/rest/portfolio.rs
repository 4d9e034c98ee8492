//! `/api/v1/portfolio/…`

use crate::door::error::ApiError;
use crate::door::query::Query;
use crate::door::{Door, dto};
use axum::Json;
use axum::extract::{RawQuery, State};
use std::sync::Arc;

pub(crate) async fn positions(
    State(door): State<Arc<Door>>,
    RawQuery(raw): RawQuery,
) -> Result<Json<dto::Positions>, ApiError> {
    Query::parse(raw.as_deref(), &[])?;
    Ok(Json(dto::Positions::new(door.desk.instruments(), door.desk.portfolio().as_ref())))
}

pub(crate) async fn performance(
    State(door): State<Arc<Door>>,
    RawQuery(raw): RawQuery,
) -> Result<Json<dto::Performance>, ApiError> {
    Query::parse(raw.as_deref(), &[])?;
    Ok(Json(dto::Performance::new(door.desk.portfolio().as_ref(), door.desk.latency().as_ref())))
}
