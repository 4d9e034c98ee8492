//! `/api/v1/risk/…`

use crate::door::auth::Sees;
use crate::door::error::ApiError;
use crate::door::query::Query;
use crate::door::{Door, dto};
use crate::role::Route;
use axum::Json;
use axum::extract::{RawQuery, State};
use std::sync::Arc;

pub(crate) async fn limits(
    State(door): State<Arc<Door>>,
    Sees(sight): Sees,
    RawQuery(raw): RawQuery,
) -> Result<Json<dto::LimitsInForce>, ApiError> {
    Query::of(Route::Limits, raw.as_deref())?;
    Ok(Json(dto::LimitsInForce::new(&door.desk, &sight)))
}

pub(crate) async fn alerts(
    State(door): State<Arc<Door>>,
    Sees(sight): Sees,
    RawQuery(raw): RawQuery,
) -> Result<Json<dto::RiskAlerts>, ApiError> {
    Query::of(Route::RiskAlerts, raw.as_deref())?;
    Ok(Json(dto::RiskAlerts::new(&door.desk, &sight)))
}

pub(crate) async fn metrics(
    State(door): State<Arc<Door>>,
    Sees(sight): Sees,
    RawQuery(raw): RawQuery,
) -> Result<Json<dto::RiskMetrics>, ApiError> {
    Query::of(Route::RiskMetrics, raw.as_deref())?;
    Ok(Json(dto::RiskMetrics::new(&door.desk.risk_metrics(&sight))))
}
