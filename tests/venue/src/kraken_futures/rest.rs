//! Answers of the public REST routes: the list of contracts, their open interest, funding that was paid.
//!
//! Owns: bodies, and the limit of requests. Never: sockets, delays.

use super::{derivatives, history};
use crate::floor::Floor;
use crate::http::Answer;
use crate::listing::Listing;
use crate::protocol::Asked;
use crate::text::{iso, pointed};
use engine_model::instrument::ContractKind;
use engine_model::units::Ticks;

const REQUESTS_A_MINUTE: u32 = 600;

/// Answers one request.
pub(super) fn answer(floor: &Floor, asked: Asked<'_>) -> Answer {
    let Asked { request, now_ns, armed, weights } = asked;
    if let Some(status) = armed.take_rest_status() {
        return faulty(status);
    }
    let at_ms = floor.at_ms(now_ns);
    let at = iso(at_ms, 6);
    let refused =
        |problem: &str| Answer::of(200, format!(r#"{{"result":"error","error":"{problem}","serverTime":"{at}"}}"#));
    if !weights.spend(now_ns, 1, REQUESTS_A_MINUTE) {
        return refused("apiLimitExceeded");
    }
    if let Some(path) = request.path.strip_prefix("/api/charts/v1/trade/").filter(|_| request.method == "GET") {
        let chart = history::chart(&floor.listings, path, request, at_ms);
        return chart.unwrap_or_else(|| Answer::of(404, r#"{"error":"not found"}"#.to_owned()));
    }
    let members = match request.path.strip_prefix("/derivatives/api/").filter(|_| request.method == "GET") {
        Some("v3/instruments") => instruments(&floor.listings),
        Some("v3/tickers") => derivatives::tickers(floor),
        Some("v4/historicalfundingrates") => match derivatives::funding(floor, request, at_ms) {
            Some(rates) => rates,
            None => return refused("contractNotFound"),
        },
        Some("v3/history") => match history::trade_rows(&floor.listings, request, at_ms) {
            Some(trades) => trades,
            None => return refused("contractNotFound"),
        },
        _ => return Answer::of(404, String::new()),
    };
    Answer::of(200, format!(r#"{{"result":"success",{members},"serverTime":"{at}"}}"#))
}

/// An answer with a status that the venue's own front gives.
pub(super) fn faulty(status: u16) -> Answer {
    match status {
        418 | 429 => Answer { retry_after_s: Some(1), ..Answer::of(status, String::new()) },
        _ => Answer::of(status, "Service Unavailable from simulated venue".to_owned()),
    }
}

fn instruments(listings: &[Listing]) -> String {
    let listed: Vec<String> = listings.iter().map(contract).collect();
    // An index stands in the list too, and is not traded.
    let index = r#"{"symbol":"in_xbtusd","type":"spot index","tradeable":false}"#;
    format!(r#""instruments":[{},{index}]"#, listed.join(","))
}

fn contract(listing: &Listing) -> String {
    let instrument = &listing.instrument;
    let grid = instrument.grid;
    let kind = if instrument.kind == ContractKind::Inverse { "futures_inverse" } else { "flexible_futures" };
    // Decimals of a quantity; of a lot of 1,000 it is -3.
    let precision = i64::from(grid.qty_decimals) - i64::from(grid.lot_step.ilog10());
    let (symbol, tick) = (listing.name(), pointed(&grid.price_text(Ticks(1))));
    let (base, quote) = (instrument.base.as_str(), instrument.quote.as_str());
    format!(
        r#"{{"symbol":"{symbol}","type":"{kind}","tickSize":{tick},"contractSize":1,"tradeable":true,"impactMidSize":1.5,"maxPositionSize":16000.0,"openingDate":"2022-03-22T13:18:45Z","marginLevels":[{{"numNonContractUnits":0.0,"initialMargin":0.02,"maintenanceMargin":0.01}}],"fundingRateCoefficient":24,"maxRelativeFundingRate":0.0025,"contractValueTradePrecision":{precision},"postOnly":false,"mtf":true,"base":"{base}","quote":"{quote}","pair":"{base}:{quote}"}}"#
    )
}
