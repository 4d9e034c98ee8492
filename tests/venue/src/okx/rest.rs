//! Answers of the public REST routes: instruments, time, and what is asked of swaps.
//!
//! Owns: bodies, and the limit of requests. Never: sockets, delays.

use super::{derivatives, history, instrument_type, is_swap, pair, private};
use crate::floor::Floor;
use crate::http::{Answer, Request};
use crate::listing::Listing;
use crate::protocol::Asked;
use crate::text::{Text, trimmed};
use engine_model::instrument::ContractKind;
use engine_model::units::{Lots, Ticks};

/// 20 questions for instruments in 2 s.
const REQUESTS_A_MINUTE: u32 = 600;

/// Answers one request.
pub(super) fn answer(floor: &Floor, asked: Asked<'_>) -> Answer {
    let Asked { request, now_ns, armed, weights } = asked;
    if let Some(status) = armed.take_rest_status() {
        return faulty(status);
    }
    if !weights.spend(now_ns, 1, REQUESTS_A_MINUTE) {
        return faulty(429);
    }
    match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/api/v5/public/instruments") => instruments(request, &floor.listings),
        ("GET", "/api/v5/public/time") => told(200, "0", "", &format!(r#"{{"ts":"{}"}}"#, floor.at_ms(now_ns))),
        ("GET", path) if path.starts_with("/api/v5/market/") => {
            let asked = request.parameter("instId").unwrap_or_default();
            let listing = floor.listings.iter().find(|listing| listing.name() == asked);
            match listing.map(|listing| history::rows(listing, request, floor.at_ms(now_ns))) {
                Some(Some(rows)) => told(200, "0", "", &rows.join(",")),
                Some(None) => told(200, "51000", "Parameter bar error", ""),
                None => told(200, "51001", "Instrument ID, Instrument ID code, or Spread ID doesn't exist.", ""),
            }
        }
        ("GET", "/api/v5/public/position-tiers") => {
            let family = request.parameter("instFamily").unwrap_or_default();
            let is_it = |listing: &Listing| is_swap(listing) && listing.name().strip_suffix("-SWAP") == Some(family);
            match floor.listings.iter().position(is_it) {
                Some(found) => told(200, "0", "", &derivatives::tiers(floor, found).join(",")),
                None => told(200, "51000", "Parameter instFamily error", ""),
            }
        }
        ("GET", _) => about_a_swap(floor, request, floor.at_ms(now_ns)),
        _ => told(404, "404", "Invalid request path", ""),
    }
}

fn about_a_swap(floor: &Floor, request: &Request, at_ms: u64) -> Answer {
    let asked = request.parameter("instId").unwrap_or_default();
    let Some(found) = floor.listings.iter().position(|listing| is_swap(listing) && listing.name() == asked) else {
        return told(200, "51001", "Instrument ID, Instrument ID code, or Spread ID doesn't exist.", "");
    };
    match derivatives::rows(floor, request, found, at_ms) {
        Some(rows) => told(200, "0", "", &rows.join(",")),
        None => told(404, "404", "Invalid request path", ""),
    }
}

pub(super) fn faulty(status: u16) -> Answer {
    match status {
        418 | 429 => Answer { retry_after_s: Some(1), ..told(status, "50011", "Too Many Requests", "") },
        _ => Answer::of(status, "Service Unavailable from simulated venue".to_owned()),
    }
}

pub(super) fn told(status: u16, code: &str, message: &str, rows: &str) -> Answer {
    Answer::of(status, format!(r#"{{"code":"{code}","data":[{rows}],"msg":"{message}"}}"#))
}

fn instruments(request: &Request, listings: &[Listing]) -> Answer {
    let Some(kind) = request.parameter("instType") else {
        return told(400, "50014", "Parameter instType can not be empty", "");
    };
    if !["SPOT", "SWAP", "FUTURES"].contains(&kind) {
        return told(400, "51000", "Parameter instType error", "");
    }
    let name = request.parameter("instId");
    let is_asked = |l: &&Listing| instrument_type(l) == kind && name.is_none_or(|name| l.name() == name);
    let rows: Vec<String> = listings.iter().filter(is_asked).map(row).collect();
    if rows.is_empty() && name.is_some() {
        return told(200, "51001", "Instrument ID, Instrument ID code, or Spread ID doesn't exist.", "");
    }
    told(200, "0", "", &rows.join(","))
}

/// Spot names its coins, a contract what it holds.
fn row(listing: &Listing) -> String {
    let instrument = &listing.instrument;
    let (grid, name, kind) = (instrument.grid, listing.name(), instrument_type(listing));
    let tick = trimmed(&grid.price_text(Ticks(1))).to_owned();
    let [lot, least, most] =
        [Lots(1), instrument.min_qty, instrument.max_qty].map(|lots| trimmed(&grid.qty_text(lots)).to_owned());
    let (base, quote) = (instrument.base.as_str(), instrument.quote.as_str());
    let contract = Text::new().decimal(i128::from(instrument.contract_size), instrument.contract_decimals).take();
    let [ct_mult, ct_type, ct_val, ct_ccy, settle] = match instrument.kind {
        ContractKind::Spot => [""; 5],
        ContractKind::Linear => ["1", "linear", &contract, base, quote],
        ContractKind::Inverse => ["1", "inverse", &contract, quote, base],
    };
    let code = private::code(listing);
    let family = if is_swap(listing) { pair(listing) } else { "" };
    let (base, quote) = if is_swap(listing) { ("", "") } else { (base, quote) };
    format!(
        r#"{{"alias":"","auctionEndTime":"","baseCcy":"{base}","category":"1","contTdSwTime":"","ctMult":"{ct_mult}","ctType":"{ct_type}","ctVal":"{ct_val}","ctValCcy":"{ct_ccy}","expTime":"","futureSettlement":false,"instFamily":"{family}","instId":"{name}","instIdCode":{code},"instType":"{kind}","lever":"","listTime":"1611916828000","lotSz":"{lot}","maxLmtAmt":"20000000","maxLmtSz":"{most}","maxMktSz":"{most}","minSz":"{least}","openType":"","optType":"","quoteCcy":"{quote}","ruleType":"normal","settleCcy":"{settle}","state":"live","stk":"","tickSz":"{tick}","uly":"{family}"}}"#
    )
}
