//! `/api/v1/market/analysis/…` and `overview/…`

use super::market::{NAMED_MAX, Symbol, find, full_name};
use crate::desk::flow::Timeframe;
use crate::door::error::ApiError;
use crate::door::query::Query;
use crate::door::shape::TIMEFRAME;
use crate::door::{Door, dto};
use crate::role::Route;
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use std::sync::Arc;

pub(crate) async fn analysis(
    State(door): State<Arc<Door>>,
    symbol: Symbol,
    RawQuery(raw): RawQuery,
) -> Result<Json<dto::Analysis>, ApiError> {
    let query = Query::of(Route::MarketAnalysis, raw.as_deref())?;
    let timeframe = query.word(&TIMEFRAME, Timeframe::from_name)?;
    let instrument = find(&door, symbol, &query)?;
    Ok(Json(dto::Analysis::new(&door.desk.analysis(instrument.id, timeframe))))
}

pub(crate) async fn overview(
    State(door): State<Arc<Door>>,
    symbol: Symbol,
    RawQuery(raw): RawQuery,
) -> Result<Json<dto::Overview>, ApiError> {
    let query = Query::of(Route::Overview, raw.as_deref())?;
    let timeframe = query.word(&TIMEFRAME, Timeframe::from_name)?;
    let Ok(Path(symbol)) = symbol else {
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "bad_path", "the symbol is not text"));
    };
    let overview = door.desk.overview(&symbol, timeframe).ok_or_else(|| {
        ApiError::new(StatusCode::NOT_FOUND, "unknown_symbol", "no instrument of this run is on such a coin")
            .found(&symbol)
            .expected(door.desk.instruments().iter().take(NAMED_MAX).map(full_name))
    })?;
    Ok(Json(dto::Overview::new(&overview)))
}
