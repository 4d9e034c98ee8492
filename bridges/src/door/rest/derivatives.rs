//! `/api/v1/market/open-interest/…`, `funding/…` and `long-short/…`: of a coin, over all venues of the run.

use super::market::Symbol;
use crate::door::error::ApiError;
use crate::door::query::Query;
use crate::door::shape::POINTS;
use crate::door::{Door, dto};
use crate::role::Route;
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use std::sync::Arc;

/// Of a long list of coins so many are named in an error.
const NAMED_MAX: usize = 50;

pub(crate) async fn open_interest(
    State(door): State<Arc<Door>>,
    symbol: Symbol,
    RawQuery(raw): RawQuery,
) -> Result<Json<dto::OpenInterest>, ApiError> {
    let points = Query::of(Route::OpenInterest, raw.as_deref())?.count(&POINTS)?;
    let all = door.desk.open_interest(named_coin(&door, symbol)?);
    Ok(Json(dto::OpenInterest::new(&all, |instrument| door.desk.open_interest_history(instrument, points))))
}

pub(crate) async fn funding(
    State(door): State<Arc<Door>>,
    symbol: Symbol,
    RawQuery(raw): RawQuery,
) -> Result<Json<dto::FundingOverVenues>, ApiError> {
    let all = door.desk.funding(coin(&door, Route::Funding, symbol, raw.as_deref())?);
    Ok(Json(dto::FundingOverVenues::new(&all)))
}

pub(crate) async fn long_short(
    State(door): State<Arc<Door>>,
    symbol: Symbol,
    RawQuery(raw): RawQuery,
) -> Result<Json<dto::LongShortOverVenues>, ApiError> {
    let all = door.desk.long_short(coin(&door, Route::LongShort, symbol, raw.as_deref())?);
    Ok(Json(dto::LongShortOverVenues::new(&all)))
}

/// The coin that a path names.
fn coin<'d>(door: &'d Door, route: Route, symbol: Symbol, raw: Option<&str>) -> Result<&'d str, ApiError> {
    Query::of(route, raw)?;
    named_coin(door, symbol)
}

/// The coin with contracts that a path names.
pub(super) fn named_coin(door: &Door, symbol: Symbol) -> Result<&str, ApiError> {
    let Ok(Path(symbol)) = symbol else {
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "bad_path", "the symbol is not text"));
    };
    door.desk.coin(&symbol).ok_or_else(|| {
        ApiError::new(StatusCode::NOT_FOUND, "unknown_symbol", "no contract of this run is on such a coin")
            .found(&symbol)
            .expected(door.desk.coins().take(NAMED_MAX))
    })
}
