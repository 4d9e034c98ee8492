//! Answers of the public REST routes: instruments and time.
//!
//! Owns: bodies, and the limit of requests. Never: sockets, delays.

use super::derivatives;
use crate::floor::Floor;
use crate::http::{Answer, Request};
use crate::listing::Listing;
use crate::protocol::Asked;
use engine_model::units::Quote;

/// 600 in 5 s.
const REQUESTS_A_MINUTE: u32 = 7_200;

/// Answers one request.
pub(super) fn answer(floor: &Floor, asked: Asked<'_>) -> Answer {
    let Asked { request, now_ns, armed, weights } = asked;
    if let Some(status) = armed.take_rest_status() {
        return faulty(status);
    }
    if !weights.spend(now_ns, 1, REQUESTS_A_MINUTE) {
        return faulty(403);
    }
    let at_ms = floor.at_ms(now_ns);
    if let Some(answer) = derivatives::answer(floor, request, at_ms) {
        return answer;
    }
    match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/v5/market/instruments-info") => instruments(request, &floor.listings, at_ms),
        ("GET", "/v5/market/time") => {
            let result = format!(r#"{{"timeSecond":"{}","timeNano":"{}"}}"#, at_ms / 1_000, at_ms * 1_000_000);
            enveloped(0, "OK", &result, at_ms)
        }
        _ => Answer::of(404, "404 page not found".to_owned()),
    }
}

pub(super) fn faulty(status: u16) -> Answer {
    match status {
        403 | 418 | 429 => Answer { retry_after_s: Some(1), ..Answer::of(status, "access too frequent".to_owned()) },
        _ => Answer::of(status, "Service Unavailable from simulated venue".to_owned()),
    }
}

/// Every answer is HTTP 200; a refusal is told inside.
pub(super) fn enveloped(code: u32, told: &str, result: &str, at_ms: u64) -> Answer {
    let body = format!(r#"{{"retCode":{code},"retMsg":"{told}","result":{result},"retExtInfo":{{}},"time":{at_ms}}}"#);
    Answer::of(200, body)
}

fn instruments(request: &Request, listings: &[Listing], at_ms: u64) -> Answer {
    let category = request.parameter("category").unwrap_or_default();
    if !["spot", "linear", "inverse"].contains(&category) {
        return enveloped(10_001, "params error: Category is invalid", "{}", at_ms);
    }
    let symbol = request.parameter("symbol");
    let is_asked = |l: &&Listing| l.category() == category && symbol.is_none_or(|symbol| l.name() == symbol);
    let list: Vec<String> = listings.iter().filter(is_asked).map(listed).collect();
    if list.is_empty() && symbol.is_some() {
        return enveloped(10_001, "params error: symbol invalid", "{}", at_ms);
    }
    // Spot has no pages.
    let cursor = if category == "spot" { "" } else { r#","nextPageCursor":"""# };
    let result = format!(r#"{{"category":"{category}","list":[{}]{cursor}}}"#, list.join(","));
    enveloped(0, "OK", &result, at_ms)
}

fn listed(listing: &Listing) -> String {
    if listing.category() == "spot" { spot(listing) } else { contract(listing) }
}

fn spot(listing: &Listing) -> String {
    let Rules { symbol, base, quote, tick, step, min, max, notional, .. } = Rules::of(listing);
    format!(
        r#"{{"symbol":"{symbol}","baseCoin":"{base}","quoteCoin":"{quote}","innovation":"0","status":"Trading","marginTrading":"utaOnly","stTag":"0","lotSizeFilter":{{"basePrecision":"{step}","quotePrecision":"0.0000001","minOrderQty":"{min}","maxOrderQty":"{max}","minOrderAmt":"{notional}","maxOrderAmt":"8000000"}},"priceFilter":{{"tickSize":"{tick}"}}}}"#
    )
}

fn contract(listing: &Listing) -> String {
    let Rules { symbol, base, quote, tick, max_px, step, min, max, notional } = Rules::of(listing);
    let is_linear = listing.category() == "linear";
    let (kind, settle) = if is_linear { ("LinearPerpetual", &quote) } else { ("InversePerpetual", &base) };
    // Inverse contracts have no least value.
    let notional = if is_linear { format!(r#","minNotionalValue":"{notional}""#) } else { String::new() };
    let scale = listing.instrument.grid.price_decimals;
    format!(
        r#"{{"symbol":"{symbol}","contractType":"{kind}","status":"Trading","baseCoin":"{base}","quoteCoin":"{quote}","launchTime":"1584230400000","deliveryTime":"0","deliveryFeeRate":"","priceScale":"{scale}","leverageFilter":{{"minLeverage":"1","maxLeverage":"100.00","leverageStep":"0.01"}},"priceFilter":{{"minPrice":"{tick}","maxPrice":"{max_px}","tickSize":"{tick}"}},"lotSizeFilter":{{"maxOrderQty":"{max}","minOrderQty":"{min}","qtyStep":"{step}","postOnlyMaxOrderQty":"{max}","maxMktOrderQty":"{max}"{notional}}},"unifiedMarginTrade":true,"fundingInterval":480,"settleCoin":"{settle}","copyTrading":"both"}}"#
    )
}

/// What both kinds of answers tell, as text.
struct Rules {
    symbol: String,
    base: String,
    quote: String,
    tick: String,
    max_px: String,
    step: String,
    min: String,
    max: String,
    notional: i64,
}

impl Rules {
    fn of(listing: &Listing) -> Self {
        let instrument = &listing.instrument;
        let grid = instrument.grid;
        let price = |ticks| grid.price_text(engine_model::units::Ticks(ticks));
        Self {
            symbol: listing.name().to_owned(),
            base: instrument.base.as_str().to_owned(),
            quote: instrument.quote.as_str().to_owned(),
            tick: price(1),
            max_px: price(listing.start_px.0 * 30),
            step: grid.qty_text(engine_model::units::Lots(1)),
            min: grid.qty_text(instrument.min_qty),
            max: grid.qty_text(instrument.max_qty),
            notional: instrument.min_notional.0 / Quote::ONE,
        }
    }
}
