//! Answers about one symbol: its past, and of contracts open interest now, the ratio of all accounts, funding that was paid.
//! Lists begin with the newest.

use super::history;
use super::rest::enveloped;
use crate::floor::Floor;
use crate::http::{Answer, Request};
use crate::margin::{Step, steps};
use crate::past::{FUNDING_MS, long_e4, moments, rate_e8};
use crate::text::Text;
use engine_model::units::Lots;

/// `None` of a path that is none of these.
pub(super) fn answer(floor: &Floor, request: &Request, at_ms: u64) -> Option<Answer> {
    let category = request.parameter("category").unwrap_or_default();
    let symbol = request.parameter("symbol").unwrap_or_default();
    let found = floor.listings.iter().position(|l| l.category() == category && l.name() == symbol);
    let rows = match request.path.as_str() {
        "/v5/market/tickers" => ticker,
        "/v5/market/account-ratio" => ratios,
        "/v5/market/funding/history" => funding,
        "/v5/market/risk-limit" => risk_limits,
        "/v5/market/kline" | "/v5/market/recent-trade" => {
            let result = found.and_then(|found| history::result(&floor.listings[found], request, at_ms));
            return Some(match result {
                Some(result) => enveloped(0, "OK", &format!(r#"{{"category":"{category}",{result}}}"#), at_ms),
                None => enveloped(10_001, "params error: symbol invalid", "{}", at_ms),
            });
        }
        _ => return None,
    };
    Some(match found.filter(|_| category != "spot").and_then(|found| rows(floor, request, found, at_ms)) {
        Some(rows) => {
            let result = format!(r#"{{"category":"{category}","list":[{}]}}"#, rows.join(","));
            enveloped(0, "OK", &result, at_ms)
        }
        None => enveloped(10_001, "params error: symbol invalid", "{}", at_ms),
    })
}

fn ticker(floor: &Floor, _: &Request, instrument: usize, _: u64) -> Option<Vec<String>> {
    let listing = &floor.listings[instrument];
    let open = listing.instrument.grid.qty_text(Lots(floor.open_interest_lots(instrument)));
    Some(vec![format!(r#"{{"symbol":"{}","openInterest":"{open}"}}"#, listing.name())])
}

fn risk_limits(floor: &Floor, _: &Request, instrument: usize, _: u64) -> Option<Vec<String>> {
    let symbol = floor.listings[instrument].name();
    let row = |(step, id): (Step, usize)| {
        let Step { up_to, leverage, rate, .. } = step;
        format!(
            r#"{{"id":{id},"symbol":"{symbol}","riskLimitValue":"{up_to}","maintenanceMargin":"{rate}","initialMargin":"","isLowestRisk":{},"maxLeverage":"{leverage}.00","mmDeduction":""}}"#,
            u8::from(id == 1)
        )
    };
    Some(steps().into_iter().zip(1..).map(row).collect())
}

fn ratios(floor: &Floor, request: &Request, instrument: usize, at_ms: u64) -> Option<Vec<String>> {
    let minutes = match request.parameter("period")? {
        "5min" => 5,
        "15min" => 15,
        "1h" => 60,
        "4h" => 240,
        "1d" => 1_440,
        _ => return None,
    };
    let symbol = floor.listings[instrument].name();
    let row = |at_ms: u64| {
        let long = long_e4(3 + 10 * instrument as u64, at_ms);
        let [long, short] = [long, 10_000 - long].map(|share| Text::new().decimal(i128::from(share), 4).take());
        format!(r#"{{"symbol":"{symbol}","buyRatio":"{long}","sellRatio":"{short}","timestamp":"{at_ms}"}}"#)
    };
    Some(moments(request, minutes * 60_000, 500, at_ms).into_iter().rev().map(row).collect())
}

fn funding(floor: &Floor, request: &Request, instrument: usize, at_ms: u64) -> Option<Vec<String>> {
    let symbol = floor.listings[instrument].name();
    let row = |at_ms: u64| {
        let rate = Text::new().decimal(i128::from(rate_e8(instrument as u64, at_ms)), 8).take();
        format!(r#"{{"symbol":"{symbol}","fundingRate":"{rate}","fundingRateTimestamp":"{at_ms}"}}"#)
    };
    Some(moments(request, FUNDING_MS, 200, at_ms).into_iter().rev().map(row).collect())
}
