//! `/api/v1/market/…`

use crate::desk::symbol::Unfound;
use crate::door::error::ApiError;
use crate::door::kept::Written;
use crate::door::query::Query;
use crate::door::shape::{DEPTH, TRADES, VENUE};
use crate::door::{Door, dto};
use crate::role::Route;
use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use engine_model::image::BOOK_IMAGE_LEVELS;
use engine_model::instrument::Instrument;
use engine_model::units::Nanos;
use engine_model::venue::VenueId;
use std::sync::Arc;

/// Of a long list of instruments so many are named in an error.
pub(super) const NAMED_MAX: usize = 50;

pub(crate) type Symbol = Result<Path<String>, PathRejection>;

pub(crate) async fn orderbook(
    State(door): State<Arc<Door>>,
    symbol: Symbol,
    RawQuery(raw): RawQuery,
    asked: HeaderMap,
) -> Result<Response, ApiError> {
    let query = Query::of(Route::OrderBook, raw.as_deref())?;
    let depth = query.count(&DEPTH)?;
    let instrument = find(&door, symbol, &query)?;
    let question = instrument.id.index() * (BOOK_IMAGE_LEVELS + 1) + depth;
    let version = door.desk.book_version(instrument.id);
    door.kept.book(instrument.id).answer(&door, &asked, (question, version), || {
        let book = door.desk.book(instrument.id);
        let written = dto::OrderBook::new(instrument, &book, depth, door.desk.now());
        let since = written.received_at_ns.map(Nanos);
        Written::aged(&dto::OrderBook { age_ns: None, ..written }, since)
    })
}

pub(crate) async fn trades(
    State(door): State<Arc<Door>>,
    symbol: Symbol,
    RawQuery(raw): RawQuery,
) -> Result<Json<dto::Trades>, ApiError> {
    let query = Query::of(Route::Trades, raw.as_deref())?;
    let limit = query.count(&TRADES)?;
    let instrument = find(&door, symbol, &query)?;
    let (trades, missed) = door.desk.trades(instrument.id, limit);
    Ok(Json(dto::Trades {
        symbol: instrument.symbol.to_string(),
        venue: instrument.venue.name().to_owned(),
        trades: dto::Trade::list(&instrument.grid, &trades),
        missed,
    }))
}

/// How every venue and instrument is doing.
pub(crate) async fn venues(
    State(door): State<Arc<Door>>,
    RawQuery(raw): RawQuery,
) -> Result<Json<dto::Venues>, ApiError> {
    Query::of(Route::Venues, raw.as_deref())?;
    Ok(Json(dto::Venues::new(&door.desk.venues(), door.desk.instruments(), door.desk.now())))
}

/// The instrument that path and query name.
pub(crate) fn find<'d>(door: &'d Door, symbol: Symbol, query: &Query<'_>) -> Result<&'d Instrument, ApiError> {
    let Ok(Path(symbol)) = symbol else {
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "bad_path", "the symbol is not text"));
    };
    door.desk.find(&symbol, query.text(&VENUE)).map_err(|unfound| match unfound {
        Unfound::Venue(name) => {
            ApiError::bad_query("no such venue").found(&name).expected(VenueId::ALL.map(VenueId::name))
        }
        Unfound::TwoVenues { in_symbol, asked } => {
            ApiError::bad_query("symbol and query name two venues").found(&asked).expected([in_symbol])
        }
        Unfound::Symbol(name) => {
            ApiError::new(StatusCode::NOT_FOUND, "unknown_symbol", "no such instrument in this run")
                .found(&name)
                .expected(door.desk.instruments().iter().take(NAMED_MAX).map(full_name))
        }
    })
}

/// The name that always finds this one: symbol and venue.
pub(crate) fn full_name(instrument: &Instrument) -> String {
    format!("{}.{}", instrument.symbol, instrument.venue.name())
}
