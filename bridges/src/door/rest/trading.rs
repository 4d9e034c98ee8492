//! `/api/v1/trading/…`

use crate::door::auth::Sees;
use crate::door::error::ApiError;
use crate::door::query::Query;
use crate::door::shape::{BEFORE_NUMBER, FILLS, ORDERS, PAGE};
use crate::door::{Door, dto};
use crate::role::Route;
use axum::Json;
use axum::extract::{RawQuery, State};
use std::sync::Arc;

pub(crate) async fn orders(
    State(door): State<Arc<Door>>,
    Sees(sight): Sees,
    RawQuery(raw): RawQuery,
) -> Result<Json<dto::OrdersPage>, ApiError> {
    let query = Query::of(Route::Orders, raw.as_deref())?;
    let (limit, skip) = (query.count(&ORDERS)?, query.number(&PAGE)?.unwrap_or(0));
    let orders = door.desk.open_orders(&sight, skip as usize, limit);
    Ok(Json(dto::OrdersPage::new(door.desk.instruments(), &orders)))
}

pub(crate) async fn executions(
    State(door): State<Arc<Door>>,
    Sees(sight): Sees,
    RawQuery(raw): RawQuery,
) -> Result<Json<dto::Executions>, ApiError> {
    let query = Query::of(Route::Executions, raw.as_deref())?;
    let (limit, before) = (query.count(&FILLS)?, query.number(&BEFORE_NUMBER)?);
    let page = door.desk.executions(&sight, before, limit);
    Ok(Json(dto::Executions::new(door.desk.instruments(), &page)))
}

pub(crate) async fn strategies(
    State(door): State<Arc<Door>>,
    Sees(sight): Sees,
    RawQuery(raw): RawQuery,
) -> Result<Json<dto::Strategies>, ApiError> {
    Query::of(Route::Strategies, raw.as_deref())?;
    Ok(Json(dto::Strategies::new(&door.desk, &sight)))
}

pub(crate) async fn state(
    State(door): State<Arc<Door>>,
    Sees(sight): Sees,
    RawQuery(raw): RawQuery,
) -> Result<Json<dto::Standing>, ApiError> {
    Query::of(Route::TradingState, raw.as_deref())?;
    Ok(Json(dto::Standing::new(door.desk.trading(&sight))))
}
