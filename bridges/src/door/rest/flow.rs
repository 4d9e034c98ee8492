//! `/api/v1/market/ohlcv/…`, `cvd/…`, `profile/…`, `liquidations/…`: what was traded.

use super::derivatives::named_coin;
use super::market::{Symbol, find};
use crate::desk::coin::coin;
use crate::desk::flow::{Timeframe, Window};
use crate::door::error::ApiError;
use crate::door::query::Query;
use crate::door::shape::{BEFORE, CANDLES, LIQUIDATIONS, TIMEFRAME, WINDOW};
use crate::door::{Door, dto};
use crate::role::Route;
use axum::Json;
use axum::extract::{RawQuery, State};
use engine_model::instrument::{ContractKind, Instrument};
use std::sync::Arc;

pub(crate) async fn ohlcv(
    State(door): State<Arc<Door>>,
    symbol: Symbol,
    RawQuery(raw): RawQuery,
) -> Result<Json<dto::Ohlcv>, ApiError> {
    let query = Query::of(Route::Ohlcv, raw.as_deref())?;
    let timeframe = query.word(&TIMEFRAME, Timeframe::from_name)?;
    let (limit, before) = (query.count(&CANDLES)?, query.time(&BEFORE)?);
    let instrument = find(&door, symbol, &query)?;
    Ok(Json(dto::Ohlcv::new(instrument, &door.desk.candles(instrument.id, timeframe, limit, before))))
}

pub(crate) async fn cvd(
    State(door): State<Arc<Door>>,
    symbol: Symbol,
    RawQuery(raw): RawQuery,
) -> Result<Json<dto::Cvd>, ApiError> {
    let query = Query::of(Route::Cvd, raw.as_deref())?;
    let timeframe = query.word(&TIMEFRAME, Timeframe::from_name)?;
    let limit = query.count(&CANDLES)?;
    let instrument = find(&door, symbol, &query)?;
    let (bars, last_is_closed) = door.desk.bars(instrument.id, timeframe, limit);
    let of_coin = coin(instrument.base.as_str()).0;
    let others = door.desk.on(of_coin).filter(|other| other.id != instrument.id);
    let [day, quarter] = windows(&door, instrument);
    Ok(Json(dto::Cvd {
        symbol: instrument.symbol.to_string(),
        venue: instrument.venue.name().to_owned(),
        timeframe: timeframe.name().to_owned(),
        day,
        quarter,
        trend: dto::Reading::new(&door.desk.trend(instrument.id, timeframe), dto::Trend::new),
        bars: dto::CvdBar::list(&instrument.grid, &bars),
        last_is_closed,
        others: others.map(|other| market(&door, other)).collect(),
    }))
}

fn market(door: &Door, instrument: &Instrument) -> dto::CvdMarket {
    let [day, quarter] = windows(door, instrument);
    let (symbol, venue) = (instrument.symbol.to_string(), instrument.venue.name().to_owned());
    dto::CvdMarket { symbol, venue, day, quarter }
}

pub(crate) async fn volume(
    State(door): State<Arc<Door>>,
    symbol: Symbol,
    RawQuery(raw): RawQuery,
) -> Result<Json<dto::VolumeOverVenues>, ApiError> {
    let query = Query::of(Route::MarketVolume, raw.as_deref())?;
    let timeframe = query.word(&TIMEFRAME, Timeframe::from_name)?;
    let asked = find(&door, symbol, &query)?;
    let of_coin = coin(asked.base.as_str()).0;
    let others = door.desk.on(of_coin).filter(|other| other.id != asked.id);
    let one = |instrument: &Instrument| {
        let closed = door.desk.volume(instrument.id, timeframe);
        let running = door.desk.window(instrument.id, timeframe.length_ns());
        dto::VolumeMarket {
            symbol: instrument.symbol.to_string(),
            venue: instrument.venue.name().to_owned(),
            closed: dto::Reading::new(&closed, |volume| dto::Volume::new(instrument, volume)),
            running: dto::Reading::new(&running, |window: &Window| dto::Window::new(&instrument.grid, window)),
        }
    };
    let markets = std::iter::once(asked).chain(others).map(one).collect();
    Ok(Json(dto::VolumeOverVenues { coin: of_coin.to_owned(), timeframe: timeframe.name().to_owned(), markets }))
}

/// The last 24 h and the last 15 min.
fn windows(door: &Door, instrument: &Instrument) -> [dto::Reading<dto::Window>; 2] {
    [Timeframe::D1, Timeframe::M15].map(|length| {
        let window = door.desk.window(instrument.id, length.length_ns());
        dto::Reading::new(&window, |window: &Window| dto::Window::new(&instrument.grid, window))
    })
}

pub(crate) async fn profile(
    State(door): State<Arc<Door>>,
    symbol: Symbol,
    RawQuery(raw): RawQuery,
) -> Result<Json<dto::Profile>, ApiError> {
    let query = Query::of(Route::Profile, raw.as_deref())?;
    let instrument = find(&door, symbol, &query)?;
    let grid = &instrument.grid;
    let last = door.desk.last_price(instrument.id);
    let px = last.as_ref().ok().map(|known| known.value);
    let rows = door.desk.profile(instrument.id);
    Ok(Json(dto::Profile {
        symbol: instrument.symbol.to_string(),
        venue: instrument.venue.name().to_owned(),
        last_px: dto::Reading::new(&last, |px| grid.price_text(*px)),
        rows: rows.iter().map(|row| dto::ProfileRow::new(grid, row, px)).collect(),
    }))
}

pub(crate) async fn liquidations(
    State(door): State<Arc<Door>>,
    symbol: Symbol,
    RawQuery(raw): RawQuery,
) -> Result<Json<dto::Liquidations>, ApiError> {
    let query = Query::of(Route::Liquidations, raw.as_deref())?;
    let window_ns = query.word(&WINDOW, Timeframe::from_name)?.length_ns();
    let limit = query.count(&LIQUIDATIONS)?;
    let asked = named_coin(&door, symbol)?;
    let is_asked =
        |instrument: &Instrument| instrument.kind != ContractKind::Spot && coin(instrument.base.as_str()).0 == asked;
    let told = door.desk.liquidations(window_ns, is_asked);
    Ok(Json(dto::Liquidations::new(asked, window_ns, &told, limit)))
}
