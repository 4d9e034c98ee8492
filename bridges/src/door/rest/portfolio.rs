//! `/api/v1/portfolio/…`

use crate::door::auth::Sees;
use crate::door::error::ApiError;
use crate::door::kept::Written;
use crate::door::query::Query;
use crate::door::{Door, dto};
use crate::role::Route;
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use std::sync::Arc;

pub(crate) async fn positions(
    State(door): State<Arc<Door>>,
    Sees(sight): Sees,
    RawQuery(raw): RawQuery,
    asked: HeaderMap,
) -> Result<Response, ApiError> {
    Query::of(Route::Positions, raw.as_deref())?;
    let told = || dto::Positions::new(&door.desk, &sight);
    if !sight.is_whole() {
        // What is kept is everybody's who sees the same.
        return Ok(Json(told()).into_response());
    }
    door.kept.positions.answer(&door, &asked, door.desk.positions_version(), || Written::of(&told()))
}

pub(crate) async fn performance(
    State(door): State<Arc<Door>>,
    Sees(sight): Sees,
    RawQuery(raw): RawQuery,
) -> Result<Json<dto::Performance>, ApiError> {
    Query::of(Route::Performance, raw.as_deref())?;
    Ok(Json(dto::Performance::new(&door.desk, &sight)))
}

pub(crate) async fn attribution(
    State(door): State<Arc<Door>>,
    Sees(sight): Sees,
    RawQuery(raw): RawQuery,
) -> Result<Json<dto::Attribution>, ApiError> {
    Query::of(Route::Attribution, raw.as_deref())?;
    dto::Attribution::told(&door.desk, &sight).map(Json).map_err(|fault| {
        let message = "the profit of this run's instruments cannot be told in parts";
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "no_books", message).found(&fault.to_string())
    })
}

pub(crate) async fn costs(
    State(door): State<Arc<Door>>,
    Sees(sight): Sees,
    RawQuery(raw): RawQuery,
) -> Result<Json<dto::Costs>, ApiError> {
    Query::of(Route::Costs, raw.as_deref())?;
    dto::Costs::told(&door.desk, &sight).map(Json).map_err(|fault| {
        let message = "the costs of this run's instruments cannot be told";
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "no_costs", message).found(&fault.to_string())
    })
}

pub(crate) async fn balance(
    State(door): State<Arc<Door>>,
    Sees(sight): Sees,
    RawQuery(raw): RawQuery,
) -> Result<Json<dto::Balance>, ApiError> {
    Query::of(Route::Balance, raw.as_deref())?;
    Ok(Json(dto::Balance::new(&door.desk, &sight)))
}

pub(crate) async fn risk(
    State(door): State<Arc<Door>>,
    Sees(sight): Sees,
    RawQuery(raw): RawQuery,
) -> Result<Json<dto::PortfolioRisk>, ApiError> {
    Query::of(Route::PortfolioRisk, raw.as_deref())?;
    Ok(Json(dto::PortfolioRisk::new(&door.desk, &sight)))
}
