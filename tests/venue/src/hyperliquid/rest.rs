//! Answers of `POST /info`: both lists of instruments, a book, and what is asked of perpetuals.
//!
//! Owns: bodies, and the limit of requests. Never: sockets, delays.

use super::{derivatives, history, voice, wire};
use crate::floor::Floor;
use crate::http::Answer;
use crate::listing::Listing;
use crate::margin::{Step, steps};
use crate::protocol::Asked;
use engine_model::instrument::ContractKind;
use serde_json::Value;

pub(super) const WEIGHT_A_MINUTE: u32 = 1_200;

/// Answers one request.
pub(super) fn answer(floor: &Floor, asked: Asked<'_>) -> Answer {
    let Asked { request, now_ns, armed, weights } = asked;
    if let Some(status) = armed.take_rest_status() {
        return faulty(status);
    }
    if request.path != "/info" {
        return Answer::of(404, String::new());
    }
    if request.method != "POST" {
        return Answer::of(405, String::new());
    }
    let question = serde_json::from_slice::<Value>(&request.body).unwrap_or_default();
    let kind = question.get("type").and_then(Value::as_str).unwrap_or_default();
    let weight = if kind == "l2Book" { 2 } else { 20 };
    if !weights.spend(now_ns, weight, WEIGHT_A_MINUTE) {
        return faulty(429);
    }
    let body = match kind {
        "meta" => Some(meta(&floor.listings)),
        "spotMeta" => Some(spot_meta(&floor.listings)),
        "metaAndAssetCtxs" => Some(derivatives::contexts(floor, &meta(&floor.listings))),
        "fundingHistory" => derivatives::funding(floor, &question, floor.at_ms(now_ns)),
        "candleSnapshot" => history::candle_snapshot(floor, &question, floor.at_ms(now_ns)),
        "recentTrades" => history::recent_trades(floor, &question, floor.at_ms(now_ns)),
        "l2Book" => book(floor, &question, floor.at_ms(now_ns)),
        _ => None,
    };
    match body {
        Some(body) => Answer::of(200, body),
        None => Answer::of(422, "Failed to deserialize the JSON body into the target type".to_owned()),
    }
}

pub(super) fn faulty(status: u16) -> Answer {
    match status {
        418 | 429 => Answer { retry_after_s: Some(1), ..Answer::of(status, "null".to_owned()) },
        _ => Answer::of(status, "Service Unavailable from simulated venue".to_owned()),
    }
}

pub(super) fn of_kind(listings: &[Listing], is_spot: bool) -> impl Iterator<Item = &Listing> {
    listings.iter().filter(move |listing| (listing.instrument.kind == ContractKind::Spot) == is_spot)
}

fn meta(listings: &[Listing]) -> String {
    let listed = |listing: &Listing| {
        let (coin, decimals) = (listing.name(), listing.instrument.grid.qty_decimals);
        format!(r#"{{"szDecimals":{decimals},"name":"{coin}","maxLeverage":20,"marginTableId":56}}"#)
    };
    let universe: Vec<String> = of_kind(listings, false).map(listed).collect();
    let step = |step: Step| format!(r#"{{"lowerBound":"{}","maxLeverage":{}}}"#, step.from, step.leverage);
    let steps: Vec<String> = steps().into_iter().map(step).collect();
    format!(
        r#"{{"universe":[{}],"marginTables":[[56,{{"description":"tiered 20x","marginTiers":[{}]}}]],"collateralToken":0}}"#,
        universe.join(","),
        steps.join(",")
    )
}

/// Token 0 is USDC, in which everything here is quoted; the others are numbered as their pairs are listed.
fn spot_meta(listings: &[Listing]) -> String {
    let token = |name: &str, decimals: u8, index: usize| {
        format!(
            r#"{{"name":"{name}","szDecimals":{decimals},"weiDecimals":8,"index":{index},"tokenId":"0x{index:032x}","isCanonical":true,"evmContract":null,"fullName":null,"deployerTradingFeeShare":"0.0"}}"#
        )
    };
    let pairs = || of_kind(listings, true).enumerate();
    let pair = |(index, listing): (usize, &Listing)| {
        let (name, base) = (listing.name(), index + 1);
        format!(r#"{{"tokens":[{base},0],"name":"{name}","index":{index},"isCanonical":true}}"#)
    };
    let base = |(index, listing): (usize, &Listing)| {
        token(listing.instrument.base.as_str(), listing.instrument.grid.qty_decimals, index + 1)
    };
    let universe: Vec<String> = pairs().map(pair).collect();
    let tokens: Vec<String> = std::iter::once(token("USDC", 8, 0)).chain(pairs().map(base)).collect();
    format!(r#"{{"universe":[{}],"tokens":[{}]}}"#, universe.join(","), tokens.join(","))
}

fn book(floor: &Floor, question: &Value, at_ms: u64) -> Option<String> {
    let coin = question.get("coin")?.as_str()?;
    let instrument = floor.listings.iter().position(|listing| listing.name() == coin)?;
    let [bids, asks] = voice::sides(floor, instrument, voice::LEVELS);
    Some(wire::book_data(floor.from(instrument, at_ms), [&bids, &asks]))
}
