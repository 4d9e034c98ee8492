//! Answers of the public REST routes: pairs, contracts, whole books, time.
//!
//! Owns: bodies, and the limit of requests. Never: sockets, delays.

use super::session::without_decimals;
use super::wire::levels;
use super::{DECIMALS, is_spot, settle};
use super::{derivatives, history};
use crate::floor::Floor;
use crate::http::{Answer, Request};
use crate::listing::Listing;
use crate::moment::From;
use crate::protocol::Asked;
use crate::text::trimmed;
use engine_model::instrument::ContractKind;
use engine_model::market::Level;
use engine_model::units::{Quote, Ticks};

/// 200 in 10 s.
const REQUESTS_A_MINUTE: u32 = 1_200;
/// Most levels a side.
const LEVELS_MAX: usize = 100;

/// A book as it was last told.
pub(super) struct Told {
    pub(super) update_id: u64,
    pub(super) made_at_ms: u64,
    /// Bids, asks.
    pub(super) sides: [Vec<Level>; 2],
}

/// Answers one request. `told`: the book of an instrument.
pub(super) fn answer(floor: &Floor, asked: Asked<'_>, told: impl Fn(usize) -> Told) -> Answer {
    let Asked { request, now_ns, armed, weights } = asked;
    if let Some(status) = armed.take_rest_status() {
        return faulty(status);
    }
    if !weights.spend(now_ns, 1, REQUESTS_A_MINUTE) {
        return faulty(429);
    }
    let path = request.path.strip_prefix("/api/v4").filter(|_| request.method == "GET").unwrap_or_default();
    let (is_spot, at_ms) = (is_spot(floor.venue), floor.at_ms(now_ns));
    let mut ask = |name: &str, listings: Vec<usize>| match book(request, name, &listings, floor) {
        Ok((instrument, limit)) => {
            let mut told = told(instrument);
            told.update_id = told.update_id.saturating_sub(armed.take_snapshot_age());
            told.sides.iter_mut().for_each(|side| side.truncate(limit));
            Answer::of(200, whole(floor.from(instrument, at_ms), &told, request.parameter("with_id") == Some("true")))
        }
        Err(refusal) => refusal,
    };
    let of_settle = |wanted: &str| {
        let is_here = |at: &usize| settle(floor.listings[*at].name()) == wanted;
        (0..floor.listings.len()).filter(is_here).collect::<Vec<_>>()
    };
    let answer = match (is_spot, path.split('/').skip(1).collect::<Vec<_>>().as_slice()) {
        (_, ["spot", "time"]) => Answer::of(200, format!(r#"{{"server_time":{at_ms}}}"#)),
        (true, ["spot", "currency_pairs"]) => list(floor.listings.iter().map(pair)),
        (true, ["spot", "order_book"]) => ask("currency_pair", (0..floor.listings.len()).collect()),
        (true, ["spot", name]) => {
            let asked = request.parameter("currency_pair").unwrap_or_default();
            let listing = floor.listings.iter().find(|listing| listing.name() == asked);
            let answer = listing.and_then(|listing| history::answer(listing, name, request, true, at_ms));
            answer.unwrap_or_else(|| refused(400, "INVALID_CURRENCY_PAIR", "Invalid currency pair"))
        }
        (false, ["futures", settle @ ("usdt" | "btc"), "contracts"]) => {
            list(of_settle(settle).into_iter().map(|at| contract(floor, at, at_ms)))
        }
        (false, ["futures", settle @ ("usdt" | "btc"), "order_book"]) => ask("contract", of_settle(settle)),
        (false, ["futures", settle @ ("usdt" | "btc"), name]) => {
            let is_asked = |at: &usize| request.parameter("contract") == Some(floor.listings[*at].name());
            let found = of_settle(settle).into_iter().find(is_asked);
            let answer = found.and_then(|found| {
                let past = history::answer(&floor.listings[found], name, request, false, at_ms);
                past.or_else(|| derivatives::answer(floor, name, request, found, at_ms))
            });
            answer.unwrap_or_else(|| refused(400, "CONTRACT_NOT_FOUND", "CONTRACT_NOT_FOUND"))
        }
        _ => Answer::of(404, String::new()),
    };
    // Sizes as texts only for who asks for them.
    if is_spot || request.header(DECIMALS) == Some("1") {
        return answer;
    }
    Answer { body: without_decimals(&answer.body), ..answer }
}

fn faulty(status: u16) -> Answer {
    let refused = |label, message| refused(status, label, message);
    match status {
        418 | 429 => Answer { retry_after_s: Some(1), ..refused("TOO_MANY_REQUESTS", "Request Rate limit Exceeded") },
        _ => refused("SERVER_ERROR", "Service Unavailable from simulated venue"),
    }
}

fn refused(status: u16, label: &str, message: &str) -> Answer {
    Answer::of(status, format!(r#"{{"label":"{label}","message":"{message}"}}"#))
}

fn list(rows: impl Iterator<Item = String>) -> Answer {
    Answer::of(200, format!("[{}]", rows.collect::<Vec<_>>().join(",")))
}

/// Whose book is asked for, and how much of it.
fn book(request: &Request, name: &str, listings: &[usize], floor: &Floor) -> Result<(usize, usize), Answer> {
    let symbol = request.parameter(name).unwrap_or_default();
    let place = listings.iter().copied().find(|at| floor.listings[*at].name() == symbol);
    let unknown = if name == "contract" { "CONTRACT_NOT_FOUND" } else { "INVALID_CURRENCY_PAIR" };
    let place = place.ok_or_else(|| refused(400, unknown, &format!("{name} {symbol} is not known")))?;
    match request.parameter("limit").map_or(Ok(10), str::parse) {
        Ok(limit) if (1..=LEVELS_MAX).contains(&limit) => Ok((place, limit)),
        _ => Err(refused(400, "INVALID_PARAM_VALUE", "Invalid request parameter `limit` value")),
    }
}

/// A whole book; times of spot in milliseconds, of contracts in seconds.
fn whole(from: From<'_>, told: &Told, with_id: bool) -> String {
    let id = if with_id { format!(r#""id":{},"#, told.update_id) } else { String::new() };
    let [bids, asks] = [0, 1].map(|side| levels(from, &told.sides[side]));
    let time = |ms: u64| match is_spot(from.listing.instrument.venue) {
        true => ms.to_string(),
        false => format!("{}.{:03}", ms / 1_000, ms % 1_000),
    };
    let (now, made) = (time(from.at_ms), time(told.made_at_ms));
    format!(r#"{{{id}"current":{now},"update":{made},"asks":[{asks}],"bids":[{bids}]}}"#)
}

fn pair(listing: &Listing) -> String {
    let instrument = &listing.instrument;
    let (symbol, base, quote, grid) = (listing.name(), instrument.base, instrument.quote, instrument.grid);
    let (precision, amount_precision) = (grid.price_decimals, grid.qty_decimals);
    let (least, least_quote) = (grid.qty_text(instrument.min_qty), instrument.min_notional.0 / Quote::ONE);
    format!(
        r#"{{"id":"{symbol}","base":"{base}","base_name":"{base}","quote":"{quote}","quote_name":"{quote}","fee":"0.2","min_base_amount":"{least}","min_quote_amount":"{least_quote}","max_quote_amount":"5000000","amount_precision":{amount_precision},"precision":{precision},"trade_status":"tradable","sell_start":0,"buy_start":0,"type":"normal"}}"#
    )
}

fn contract(floor: &Floor, at: usize, at_ms: u64) -> String {
    let listing = &floor.listings[at];
    let instrument = &listing.instrument;
    let (symbol, grid) = (listing.name(), instrument.grid);
    let tick = grid.price_text(Ticks(1));
    let (kind, multiplier) = match instrument.kind {
        ContractKind::Inverse => ("inverse", "0".to_owned()),
        _ => ("direct", multiplier(listing)),
    };
    // Where decimals are taken, the least size is told as none.
    let has_decimals = grid.qty_decimals > 0;
    let least = if has_decimals { "0" } else { "1" };
    let most = grid.qty_text(instrument.max_qty);
    let (most, next_s) = (trimmed(&most), (at_ms / 28_800_000 + 1) * 28_800);
    format!(
        r#"{{"name":"{symbol}","type":"{kind}","quanto_multiplier":"{multiplier}","mark_type":"index","order_price_round":"{tick}","mark_price_round":"{tick}","order_price_deviate":"0.1","order_size_min":{least},"order_size_max":{most},"enable_decimal":{has_decimals},"leverage_min":"1","leverage_max":"100","maker_fee_rate":"-0.0001","taker_fee_rate":"0.00075","funding_interval":28800,"funding_offset":0,"funding_next_apply":{next_s},"in_delisting":false,"orders_limit":100}}"#
    )
}

/// Coins in a contract.
fn multiplier(listing: &Listing) -> String {
    let (size, decimals) = (listing.instrument.contract_size, listing.instrument.contract_decimals);
    crate::text::Text::new().decimal(i128::from(size), decimals).take()
}
