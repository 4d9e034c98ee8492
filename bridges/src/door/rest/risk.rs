//! `/api/v1/risk/…`

use crate::door::error::ApiError;
use crate::door::query::Query;
use crate::door::{Door, dto};
use axum::Json;
use axum::extract::{RawQuery, State};
use std::sync::Arc;

pub(crate) async fn limits(
    State(door): State<Arc<Door>>,
    RawQuery(raw): RawQuery,
) -> Result<Json<dto::LimitsInForce>, ApiError> {
    Query::parse(raw.as_deref(), &[])?;
    Ok(Json(dto::LimitsInForce::new(&door.desk)))
}
