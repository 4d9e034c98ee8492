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
    let portfolio = door.desk.portfolio();
    Ok(Json(dto::LimitsInForce {
        trading_state: portfolio.map(|p| p.trading_state.name().to_owned()),
        at_ns: portfolio.map(|p| p.at_ns.0),
        limits: dto::Limit::list(door.desk.instruments(), &door.desk.limits()),
    }))
}
