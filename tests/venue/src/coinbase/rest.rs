//! Answers of the public REST routes: products and time.
//!
//! Owns: bodies, and the limit of requests. Never: sockets, delays.

use super::history;
use crate::floor::Floor;
use crate::http::{Answer, Request};
use crate::listing::Listing;
use crate::protocol::Asked;
use crate::text::{iso, trimmed};
use engine_model::units::{Lots, Quote, Ticks};

/// 10 a second.
const REQUESTS_A_MINUTE: u32 = 600;
pub(super) const BASE: &str = "/api/v3/brokerage/";

/// Answers one request.
pub(super) fn answer(floor: &Floor, asked: Asked<'_>) -> Answer {
    let Asked { request, now_ns, armed, weights } = asked;
    if let Some(status) = armed.take_rest_status() {
        return faulty(status);
    }
    if !weights.spend(now_ns, 1, REQUESTS_A_MINUTE) {
        return faulty(429);
    }
    let name = request.path.strip_prefix(BASE).filter(|_| request.method == "GET");
    match name.map(|name| (name, name.strip_prefix("market/products/"))) {
        Some(("time", _)) => {
            let at_ms = floor.at_ms(now_ns);
            let (time, seconds) = (iso(at_ms, 3), at_ms / 1_000);
            Answer::of(200, format!(r#"{{"iso":"{time}","epochSeconds":"{seconds}","epochMillis":"{at_ms}"}}"#))
        }
        Some(("market/products", _)) => {
            let products: Vec<String> = floor.listings.iter().map(product).collect();
            let (count, products) = (products.len(), products.join(","));
            Answer::of(200, format!(r#"{{"products":[{products}],"num_products":{count}}}"#))
        }
        Some((_, Some(path))) => match of_product(floor, request, path, floor.at_ms(now_ns)) {
            Some(body) => Answer::of(200, body),
            None => refused(404, "NOT_FOUND", "valid product_id is required"),
        },
        _ => refused(404, "NOT_FOUND", "route not found"),
    }
}

/// What is asked of a product by a path like `BTC-USD/candles`.
fn of_product(floor: &Floor, request: &Request, path: &str, at_ms: u64) -> Option<String> {
    let (name, question) = path.split_once('/').unwrap_or((path, ""));
    let listing = floor.listings.iter().find(|listing| listing.name() == name)?;
    match question {
        "" => Some(product(listing)),
        "candles" => history::candle_rows(listing, request, at_ms),
        "ticker" => Some(history::trade_rows(listing, request, at_ms)),
        _ => None,
    }
}

fn refused(status: u16, error: &str, told: &str) -> Answer {
    Answer::of(status, format!(r#"{{"error":"{error}","error_details":"{told}","message":"{told}"}}"#))
}

pub(super) fn faulty(status: u16) -> Answer {
    match status {
        418 | 429 => Answer { retry_after_s: Some(1), ..refused(status, "RESOURCE_EXHAUSTED", "too many requests") },
        _ => Answer::of(status, "Service Unavailable from simulated venue".to_owned()),
    }
}

fn product(listing: &Listing) -> String {
    let instrument = &listing.instrument;
    let (grid, name) = (instrument.grid, listing.name());
    let (base, quote) = (instrument.base.as_str(), instrument.quote.as_str());
    let [tick, price] = [Ticks(1), listing.start_px].map(|ticks| trimmed(&grid.price_text(ticks)).to_owned());
    let [lot, least, most] =
        [Lots(1), instrument.min_qty, instrument.max_qty].map(|lots| trimmed(&grid.qty_text(lots)).to_owned());
    let notional = instrument.min_notional.0 / Quote::ONE;
    format!(
        r#"{{"product_id":"{name}","price":"{price}","base_increment":"{lot}","quote_increment":"{tick}","quote_min_size":"{notional}","quote_max_size":"150000000","base_min_size":"{least}","base_max_size":"{most}","base_name":"{base}","quote_name":"{quote}","is_disabled":false,"new":false,"status":"online","cancel_only":false,"limit_only":false,"post_only":false,"trading_disabled":false,"auction_mode":false,"product_type":"SPOT","quote_currency_id":"{quote}","base_currency_id":"{base}","fcm_trading_session_details":null,"alias":"","base_display_symbol":"{base}","quote_display_symbol":"{quote}","view_only":false,"price_increment":"{tick}","display_name":"{name}","product_venue":"CBE"}}"#
    )
}
