//! Answers of the public REST routes: symbols, contracts, time.
//!
//! Owns: bodies, and the limit of requests. Never: sockets, delays.

use super::{TYPES, derivatives, history, type_of};
use crate::floor::Floor;
use crate::http::{Answer, Request};
use crate::listing::Listing;
use crate::protocol::Asked;
use crate::text::trimmed;
use engine_model::units::{Lots, Quote};

/// 20 in a second.
const REQUESTS_A_MINUTE: u32 = 1_200;

/// Answers one request.
pub(super) fn answer(floor: &Floor, asked: Asked<'_>) -> Answer {
    let Asked { request, now_ns, armed, weights } = asked;
    if let Some(status) = armed.take_rest_status() {
        return faulty(status);
    }
    if !weights.spend(now_ns, 1, REQUESTS_A_MINUTE) {
        return faulty(429);
    }
    let at_ms = floor.at_ms(now_ns);
    match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/api/v2/public/time") => enveloped(&format!(r#"{{"serverTime":"{at_ms}"}}"#), at_ms),
        ("GET", "/api/v2/spot/public/symbols") => list(request, floor, TYPES[0], at_ms),
        ("GET", "/api/v2/mix/market/contracts") => match request.parameter("productType") {
            Some(kind) if TYPES[1..].contains(&kind) => list(request, floor, kind, at_ms),
            _ => refused(400, 40_034, "Parameter productType does not exist", at_ms),
        },
        ("GET", path) if path.starts_with("/api/v2/spot/market/") => {
            let symbol = request.parameter("symbol");
            let is_asked = |listing: &&Listing| type_of(listing) == TYPES[0] && Some(listing.name()) == symbol;
            let name = path.rsplit('/').next().unwrap_or_default();
            let found = floor.listings.iter().find(is_asked);
            match found.and_then(|listing| history::data(listing, name, request, true, at_ms)) {
                Some(data) => enveloped(&data, at_ms),
                None => refused(400, 40_034, "Parameter symbol does not exist", at_ms),
            }
        }
        ("GET", path) if path.starts_with("/api/v2/mix/market/") => {
            let (kind, symbol) = (request.parameter("productType"), request.parameter("symbol"));
            let is_asked = |listing: &Listing| Some(type_of(listing)) == kind && Some(listing.name()) == symbol;
            let found = floor.listings.iter().position(is_asked);
            let name = path.rsplit('/').next().unwrap_or_default();
            let data = found.and_then(|found| {
                let past = history::data(&floor.listings[found], name, request, false, at_ms);
                past.or_else(|| derivatives::data(floor, name, found, at_ms))
            });
            match data {
                Some(data) => enveloped(&data, at_ms),
                None => refused(400, 40_034, "Parameter symbol does not exist", at_ms),
            }
        }
        _ => refused(404, 40_404, "Request URL NOT FOUND", at_ms),
    }
}

/// A passed limit is told by its status and a code, and not for how long: limits are counted by the second.
pub(super) fn faulty(status: u16) -> Answer {
    match status {
        418 | 429 => refused(status, 429, "Too Many Requests", 0),
        _ => Answer::of(status, "Service Unavailable from simulated venue".to_owned()),
    }
}

pub(super) fn refused(status: u16, code: u32, message: &str, at_ms: u64) -> Answer {
    Answer::of(status, format!(r#"{{"code":"{code}","msg":"{message}","requestTime":{at_ms},"data":null}}"#))
}

pub(super) fn enveloped(data: &str, at_ms: u64) -> Answer {
    Answer::of(200, format!(r#"{{"code":"00000","msg":"success","requestTime":{at_ms},"data":{data}}}"#))
}

fn list(request: &Request, floor: &Floor, kind: &str, at_ms: u64) -> Answer {
    let symbol = request.parameter("symbol");
    let is_asked =
        |listing: &&Listing| type_of(listing) == kind && symbol.is_none_or(|symbol| listing.name() == symbol);
    let row = if kind == TYPES[0] { spot } else { contract };
    let rows: Vec<String> = floor.listings.iter().filter(is_asked).map(row).collect();
    if rows.is_empty() && symbol.is_some() {
        return refused(400, 40_034, "Parameter symbol does not exist", at_ms);
    }
    enveloped(&format!("[{}]", rows.join(",")), at_ms)
}

fn spot(listing: &Listing) -> String {
    let instrument = &listing.instrument;
    let (symbol, base, quote, grid) = (listing.name(), instrument.base, instrument.quote, instrument.grid);
    let (price_decimals, qty_decimals) = (grid.price_decimals, grid.qty_decimals);
    let least = instrument.min_notional.0 / Quote::ONE;
    format!(
        r#"{{"symbol":"{symbol}","baseCoin":"{base}","quoteCoin":"{quote}","minTradeAmount":"0","maxTradeAmount":"900000000000000000000","takerFeeRate":"0.002","makerFeeRate":"0.002","pricePrecision":"{price_decimals}","quantityPrecision":"{qty_decimals}","quotePrecision":"8","minTradeUSDT":"{least}","status":"online","buyLimitPriceRatio":"0.05","sellLimitPriceRatio":"0.05","areaSymbol":"no","orderQuantity":"200"}}"#
    )
}

fn contract(listing: &Listing) -> String {
    let instrument = &listing.instrument;
    let (symbol, base, quote, grid) = (listing.name(), instrument.base, instrument.quote, instrument.grid);
    let (price_place, volume_place, end_step) = (grid.price_decimals, grid.qty_decimals, grid.tick_step);
    let [lot, least, most] =
        [Lots(1), instrument.min_qty, instrument.max_qty].map(|lots| trimmed(&grid.qty_text(lots)).to_owned());
    let (margin, notional) =
        (if quote.as_str() == "USD" { base } else { quote }, instrument.min_notional.0 / Quote::ONE);
    format!(
        r#"{{"symbol":"{symbol}","baseCoin":"{base}","quoteCoin":"{quote}","buyLimitPriceRatio":"0.05","sellLimitPriceRatio":"0.05","feeRateUpRatio":"0.005","makerFeeRate":"0.0002","takerFeeRate":"0.0006","openCostUpRatio":"0.01","supportMarginCoins":["{margin}"],"minTradeNum":"{least}","priceEndStep":"{end_step}","volumePlace":"{volume_place}","pricePlace":"{price_place}","sizeMultiplier":"{lot}","symbolType":"perpetual","minTradeUSDT":"{notional}","maxSymbolOrderNum":"200","symbolStatus":"normal","fundInterval":"8","minLever":"1","maxLever":"125","maxMarketOrderQty":"{most}","maxOrderQty":"{most}"}}"#
    )
}
