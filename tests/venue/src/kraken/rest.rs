//! Answers of the public REST routes: pairs and time.
//!
//! Owns: bodies, and the limit of requests. Never: sockets, delays.

use super::history;
use crate::floor::Floor;
use crate::http::{Answer, Request};
use crate::listing::Listing;
use crate::protocol::Asked;
use engine_model::units::{Quote, Ticks};

/// One a second.
const REQUESTS_A_MINUTE: u32 = 60;

/// Answers one request. What the venue says no to is status 200 all the same.
pub(super) fn answer(floor: &Floor, asked: Asked<'_>) -> Answer {
    let Asked { request, now_ns, armed, weights } = asked;
    if let Some(status) = armed.take_rest_status() {
        return faulty(status);
    }
    if !weights.spend(now_ns, 1, REQUESTS_A_MINUTE) {
        return refused("EAPI:Rate limit exceeded");
    }
    match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/0/public/AssetPairs") => pairs(request, &floor.listings),
        ("GET", "/0/public/Time") => {
            let unix = floor.at_ms(now_ns) / 1_000;
            Answer::of(200, format!(r#"{{"error":[],"result":{{"unixtime":{unix}}}}}"#))
        }
        ("GET", path @ ("/0/public/OHLC" | "/0/public/Trades")) => past(floor, request, path, floor.at_ms(now_ns)),
        _ => refused("EGeneral:Unknown method"),
    }
}

fn past(floor: &Floor, request: &Request, path: &str, at_ms: u64) -> Answer {
    let Some(listing) = history::asked(request, &floor.listings) else {
        return refused("EQuery:Unknown asset pair");
    };
    let rows = match path {
        "/0/public/OHLC" => history::candle_rows(listing, request, at_ms).map(|rows| (rows, at_ms / 1_000)),
        _ => Some(history::trade_rows(listing, request, at_ms)),
    };
    let Some((rows, last)) = rows else { return refused("EGeneral:Invalid arguments") };
    let key = key(listing);
    Answer::of(200, format!(r#"{{"error":[],"result":{{"{key}":[{rows}],"last":{last}}}}}"#))
}

pub(super) fn faulty(status: u16) -> Answer {
    match status {
        418 | 429 => Answer { retry_after_s: Some(1), ..Answer::of(status, String::new()) },
        _ => Answer::of(status, "Service Unavailable from simulated venue".to_owned()),
    }
}

pub(super) fn refused(problem: &str) -> Answer {
    Answer::of(200, format!(r#"{{"error":["{problem}"]}}"#))
}

fn pairs(request: &Request, listings: &[Listing]) -> Answer {
    let Some(asked) = request.parameter("pair") else { return listed(listings.iter()) };
    let found = asked.split(',').map(|pair| listings.iter().find(|listing| listing.name() == pair));
    match found.collect::<Option<Vec<&Listing>>>() {
        Some(found) => listed(found.into_iter()),
        None => refused("EQuery:Unknown asset pair"),
    }
}

fn listed<'a>(listings: impl Iterator<Item = &'a Listing>) -> Answer {
    let pairs: Vec<String> = listings.map(pair).collect();
    Answer::of(200, format!(r#"{{"error":[],"result":{{{}}}}}"#, pairs.join(",")))
}

/// The name that an asset had first.
pub(super) fn old_name(asset: &str) -> &str {
    match asset {
        "BTC" => "XBT",
        "DOGE" => "XDG",
        other => other,
    }
}

/// The name of a pair in answers: the oldest assets have a letter in front, whether they are coins or money.
fn key(listing: &Listing) -> String {
    let instrument = &listing.instrument;
    let (base, quote) = (old_name(instrument.base.as_str()), old_name(instrument.quote.as_str()));
    if ["XBT", "ETH"].contains(&base) { format!("X{base}Z{quote}") } else { format!("{base}{quote}") }
}

fn pair(listing: &Listing) -> String {
    let instrument = &listing.instrument;
    let grid = instrument.grid;
    let (key, base, quote) = (key(listing), old_name(instrument.base.as_str()), old_name(instrument.quote.as_str()));
    let (px, qty, tick) = (grid.price_decimals, grid.qty_decimals, grid.price_text(Ticks(1)));
    let (least, cost) = (grid.qty_text(instrument.min_qty), instrument.min_notional.0 / Quote::ONE);
    format!(
        r#""{key}":{{"altname":"{base}{quote}","wsname":"{base}/{quote}","aclass_base":"currency","base":"X{base}","aclass_quote":"currency","quote":"Z{quote}","lot":"unit","cost_decimals":5,"pair_decimals":{px},"lot_decimals":{qty},"lot_multiplier":1,"leverage_buy":[2,3],"leverage_sell":[2,3],"fees":[[0,0.4],[10000,0.35]],"fees_maker":[[0,0.25],[10000,0.2]],"fee_volume_currency":"ZUSD","margin_call":80,"margin_stop":40,"ordermin":"{least}","costmin":"{cost}","tick_size":"{tick}","status":"online"}}"#
    )
}
