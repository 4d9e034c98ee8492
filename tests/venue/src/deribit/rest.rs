//! Answers of the public REST methods: the lists, open interest, funding that was paid, candles, trades, the time.
//!
//! Owns: bodies, and the limit of requests. Never: sockets, delays.

use super::rpc::{self, INVALID, NO_METHOD, No, no};
use super::wire::number;
use super::{derivatives, history};
use crate::floor::Floor;
use crate::http::Answer;
use crate::listing::Listing;
use crate::protocol::Asked;
use engine_model::instrument::ContractKind;
use serde_json::Value;

/// 20 in a second.
const REQUESTS_A_MINUTE: u32 = 1_200;

/// Answers one request.
pub(super) fn answer(floor: &Floor, asked: Asked<'_>) -> Answer {
    let Asked { request, now_ns, armed, weights } = asked;
    if let Some(status) = armed.take_rest_status() {
        return faulty(status);
    }
    let at_ms = floor.at_ms(now_ns);
    if !weights.spend(now_ns, 1, REQUESTS_A_MINUTE) {
        return framed(&Err(no(10_028, "too_many_requests")), at_ms);
    }
    let Some(method) = request.path.strip_prefix("/api/v2/public/").filter(|_| request.method == "GET") else {
        return Answer::of(404, String::new());
    };
    let listing = request
        .parameter("instrument_name")
        .and_then(|name| floor.listings.iter().find(|listing| listing.name() == name));
    let done = match method {
        "get_time" => Ok(at_ms.to_string()),
        "get_instruments" => instruments(&floor.listings, request.parameter("kind")),
        "get_book_summary_by_instrument" => {
            listing.map(|listing| derivatives::summary(floor, listing, at_ms)).ok_or(INVALID)
        }
        "get_funding_rate_history" => {
            listing.map(|listing| derivatives::funding(listing, request, at_ms)).ok_or(INVALID)
        }
        "get_tradingview_chart_data" => {
            listing.and_then(|listing| history::chart(floor, listing, request, at_ms)).ok_or(INVALID)
        }
        "get_last_trades_by_instrument_and_time" => {
            listing.and_then(|listing| history::trades(floor, listing, request, at_ms)).ok_or(INVALID)
        }
        _ => Err(NO_METHOD),
    };
    framed(&done, at_ms)
}

/// A refusal has another status.
pub(super) fn framed(done: &Result<String, No>, at_ms: u64) -> Answer {
    let status = if done.is_ok() { 200 } else { 400 };
    Answer::of(status, rpc::answer(&Value::Null, done, at_ms))
}

/// An answer with a status that the venue's own front gives.
pub(super) fn faulty(status: u16) -> Answer {
    match status {
        418 | 429 => Answer { retry_after_s: Some(1), ..Answer::of(status, String::new()) },
        _ => Answer::of(status, "Service Unavailable from simulated venue".to_owned()),
    }
}

/// Only futures are listed here, perpetual ones too.
fn instruments(listings: &[Listing], kind: Option<&str>) -> Result<String, No> {
    let rows: Vec<String> = match kind {
        None | Some("future") => listings.iter().map(row).collect(),
        Some("spot" | "option" | "future_combo" | "option_combo") => Vec::new(),
        Some(_) => return Err(INVALID),
    };
    Ok(format!("[{}]", rows.join(",")))
}

fn row(listing: &Listing) -> String {
    let instrument = &listing.instrument;
    let (grid, symbol) = (instrument.grid, listing.name());
    let tick = number(i128::from(grid.tick_step), grid.price_decimals);
    let step = number(i128::from(grid.lot_step), grid.qty_decimals);
    let (base, quote) = (instrument.base, instrument.quote);
    let is_inverse = instrument.kind == ContractKind::Inverse;
    let (kind, settled) = if is_inverse { ("reversed", base) } else { ("linear", quote) };
    format!(
        r#"{{"tick_size":{tick},"tick_size_steps":[],"taker_commission":0.0005,"settlement_period":"perpetual","settlement_currency":"{settled}","quote_currency":"{quote}","price_index":"btc_usd","min_trade_amount":{step},"maker_commission":0.0,"kind":"future","is_active":true,"instrument_type":"{kind}","instrument_name":"{symbol}","instrument_id":1,"expiration_timestamp":32503708800000,"creation_timestamp":1534167754000,"counter_currency":"USD","contract_size":{step},"base_currency":"{base}"}}"#
    )
}
