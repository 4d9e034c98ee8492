//! Answers of the public REST routes: snapshots, listings, time, open interest.
//!
//! Owns: bodies, request weights and the limit a minute. Never: sockets, delays.

use super::{derivatives, history};
use crate::fault::Armed;
use crate::floor::Floor;
use crate::http::{Answer, Request};
use crate::listing::Listing;
use crate::protocol::Asked;
use crate::text::Text;
use engine_model::market::Side;
use engine_model::venue::VenueId;

/// What a venue's REST paths start with, and what it allows a minute.
pub(super) fn base(venue: VenueId) -> (&'static str, u32) {
    match venue {
        VenueId::BinanceSpot => ("/api/v3/", 6_000),
        VenueId::BinanceCoinm => ("/dapi/v1/", 2_400),
        _ => ("/fapi/v1/", 2_400),
    }
}

/// The contracts that do not pay funding each eight hours: none of those that are listed here.
const FUNDING_INFO: &str = r#"[{"symbol":"BLZUSDT","adjustedFundingRateCap":"0.02500000","adjustedFundingRateFloor":"-0.02500000","fundingIntervalHours":4,"disclaimer":false}]"#;

/// Answers one request.
pub(super) fn answer(floor: &Floor, asked: Asked<'_>) -> Answer {
    let Asked { request, now_ns, armed, weights } = asked;
    let venue = floor.venue;
    if let Some(status) = armed.take_rest_status() {
        return faulty(status);
    }
    if let Some(statistics) = derivatives::statistics(floor, request, floor.at_ms(now_ns)) {
        return statistics;
    }
    let (prefix, weight_max) = base(venue);
    let Some(name) = request.path.strip_prefix(prefix) else {
        return Answer::of(404, "<html><body><h2>404 Not found</h2></body></html>".to_owned());
    };
    if request.method != "GET" {
        return Answer::error(405, -1000, "Request method is not supported.");
    }
    if !weights.spend(now_ns, weight(venue, name, request), weight_max) {
        return Answer { used_weight: weights.used(), ..faulty(429) };
    }
    Answer { used_weight: weights.used(), ..body(venue, floor, name, request, now_ns, armed) }
}

fn body(venue: VenueId, floor: &Floor, name: &str, request: &Request, now_ns: u64, armed: &mut Armed) -> Answer {
    let at_ms = floor.at_ms(now_ns);
    match name {
        "ping" => return Answer::of(200, "{}".to_owned()),
        "time" => return Answer::of(200, format!("{{\"serverTime\":{at_ms}}}")),
        "exchangeInfo" => return Answer::of(200, exchange_info(venue, &floor.listings, at_ms)),
        "fundingInfo" if venue != VenueId::BinanceSpot => return Answer::of(200, FUNDING_INFO.to_owned()),
        "depth" | "openInterest" | "fundingRate" | "klines" | "aggTrades" => {}
        _ => return Answer::of(404, "<html><body><h2>404 Not found</h2></body></html>".to_owned()),
    }
    let Some(symbol) = request.parameter("symbol") else {
        return Answer::error(400, -1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.");
    };
    let Some(instrument) = floor.listings.iter().position(|l| l.instrument.symbol.as_str() == symbol) else {
        return Answer::error(400, -1121, "Invalid symbol.");
    };
    match (name, venue) {
        ("openInterest" | "fundingRate", VenueId::BinanceSpot) => Answer::of(404, String::new()),
        ("openInterest", _) => Answer::of(200, derivatives::open_interest(floor, instrument, at_ms)),
        ("fundingRate", _) => Answer::of(200, derivatives::funding(floor, request, instrument, at_ms)),
        ("klines" | "aggTrades", _) => match history::answer(floor, name, request, instrument, at_ms) {
            Ok(rows) => Answer::of(200, rows),
            Err((code, told)) => Answer::error(400, code, told),
        },
        _ => match limit(venue, request) {
            Some(limit) => Answer::of(200, snapshot(venue, floor, instrument, limit, at_ms, armed.take_snapshot_age())),
            None => Answer::error(400, -4021, "Invalid limit."),
        },
    }
}

pub(super) fn faulty(status: u16) -> Answer {
    match status {
        418 | 429 => Answer { retry_after_s: Some(1), ..Answer::error(status, -1003, "Too much request weight used.") },
        _ => Answer::of(status, "Service Unavailable from simulated venue".to_owned()),
    }
}

/// Levels a side that a depth request asks for; `None` where the venue would refuse. Spot cuts at 5000, futures know
/// only some sizes.
fn limit(venue: VenueId, request: &Request) -> Option<usize> {
    let Some(text) = request.parameter("limit") else {
        return Some(if venue == VenueId::BinanceSpot { 100 } else { 500 });
    };
    let limit: usize = text.parse().ok()?;
    match venue {
        VenueId::BinanceSpot => (limit >= 1).then_some(limit.min(5_000)),
        _ => [5, 10, 20, 50, 100, 500, 1_000].contains(&limit).then_some(limit),
    }
}

fn weight(venue: VenueId, name: &str, request: &Request) -> u32 {
    let limit = limit(venue, request).unwrap_or(1);
    match (name, venue) {
        ("depth", VenueId::BinanceSpot) => {
            [(100, 5), (500, 25), (1_000, 50)].iter().find(|(max, _)| limit <= *max).map_or(250, |w| w.1)
        }
        ("depth", _) => [(50, 2), (100, 5), (500, 10)].iter().find(|(max, _)| limit <= *max).map_or(20, |w| w.1),
        ("aggTrades", VenueId::BinanceSpot) => 4,
        ("exchangeInfo", VenueId::BinanceSpot) | ("aggTrades", _) => 20,
        ("klines", _) => 2,
        _ => 1,
    }
}

fn snapshot(venue: VenueId, floor: &Floor, instrument: usize, limit: usize, at_ms: u64, age: u64) -> String {
    let listing = &floor.listings[instrument];
    let grid = &listing.instrument.grid;
    let mut text = Text::new();
    text.raw("{\"lastUpdateId\":").number(floor.update_id(instrument).saturating_sub(age));
    if venue != VenueId::BinanceSpot {
        text.raw(",\"E\":").number(at_ms).raw(",\"T\":").number(at_ms);
    }
    if venue == VenueId::BinanceCoinm {
        text.raw(",\"symbol\":\"")
            .raw(listing.instrument.symbol.as_str())
            .raw("\",\"pair\":\"")
            .raw(listing.pair())
            .raw("\"");
    }
    text.raw(",\"bids\":").levels(grid, floor.levels(instrument, Side::Buy, limit));
    text.raw(",\"asks\":").levels(grid, floor.levels(instrument, Side::Sell, limit)).raw("}").take()
}

fn exchange_info(venue: VenueId, listings: &[Listing], at_ms: u64) -> String {
    let mut text = Text::new();
    text.raw("{\"timezone\":\"UTC\",\"serverTime\":").number(at_ms);
    if venue == VenueId::BinanceUsdm {
        text.raw(",\"futuresType\":\"U_MARGINED\"");
    }
    text.raw(
        ",\"rateLimits\":[{\"rateLimitType\":\"REQUEST_WEIGHT\",\"interval\":\"MINUTE\",\"intervalNum\":1,\"limit\":",
    );
    text.number(u64::from(base(venue).1)).raw("}],\"exchangeFilters\":[],\"symbols\":[");
    for (index, listing) in listings.iter().enumerate() {
        text.raw(if index == 0 { "" } else { "," });
        symbol_info(venue, listing, &mut text);
    }
    text.raw("]}").take()
}

fn symbol_info(venue: VenueId, listing: &Listing, text: &mut Text) {
    let instrument = &listing.instrument;
    let grid = &instrument.grid;
    text.raw("{\"symbol\":\"").raw(instrument.symbol.as_str()).raw("\"");
    if venue != VenueId::BinanceSpot {
        text.raw(",\"pair\":\"").raw(listing.pair()).raw("\",\"contractType\":\"PERPETUAL\"");
    }
    text.raw(if venue == VenueId::BinanceCoinm {
        ",\"contractStatus\":\"TRADING\""
    } else {
        ",\"status\":\"TRADING\""
    });
    if venue == VenueId::BinanceCoinm {
        text.raw(",\"contractSize\":").number(instrument.contract_size.unsigned_abs());
    }
    text.raw(",\"baseAsset\":\"")
        .raw(instrument.base.as_str())
        .raw("\",\"quoteAsset\":\"")
        .raw(instrument.quote.as_str());
    if venue == VenueId::BinanceSpot {
        text.raw("\",\"baseAssetPrecision\":8,\"quotePrecision\":8,\"quoteAssetPrecision\":8");
    } else {
        text.raw("\",\"pricePrecision\":").number(u64::from(grid.price_decimals));
        text.raw(",\"quantityPrecision\":").number(u64::from(grid.qty_decimals));
    }
    text.raw(",\"filters\":[{\"filterType\":\"PRICE_FILTER\",\"minPrice\":\"").price(grid, 1);
    text.raw("\",\"maxPrice\":\"").price(grid, listing.start_px.0 * 100).raw("\",\"tickSize\":\"").price(grid, 1);
    for filter in ["LOT_SIZE", "MARKET_LOT_SIZE"] {
        text.raw("\"},{\"filterType\":\"").raw(filter).raw("\",\"minQty\":\"").qty(grid, instrument.min_qty.0);
        text.raw("\",\"maxQty\":\"").qty(grid, instrument.max_qty.0).raw("\",\"stepSize\":\"").qty(grid, 1);
    }
    text.raw("\"}");
    let whole = u64::try_from(instrument.min_notional.0 / engine_model::units::Quote::ONE).unwrap_or(0);
    match venue {
        VenueId::BinanceSpot => {
            text.raw(",{\"filterType\":\"NOTIONAL\",\"minNotional\":\"").number(whole).raw(".00000000\"}");
        }
        VenueId::BinanceUsdm => {
            text.raw(",{\"filterType\":\"MIN_NOTIONAL\",\"notional\":\"").number(whole).raw("\"}");
        }
        _ => {}
    }
    text.raw("]}");
}
