//! Answers about contracts: open interest, and funding that was paid.

use super::wire::{amount, number};
use crate::floor::Floor;
use crate::http::Request;
use crate::listing::Listing;
use crate::past::rate_e8;

const HOUR_MS: u64 = 3_600_000;
/// The most rows of an answer.
const ROWS_MAX: usize = 744;

/// Dollars of inverse contracts, coins of the others.
pub(super) fn summary(floor: &Floor, listing: &Listing, at_ms: u64) -> String {
    let instrument = listing.instrument.id.index();
    let open = amount(floor.from(instrument, at_ms), floor.open_interest_lots(instrument));
    let symbol = listing.name();
    format!(r#"[{{"volume":0.0,"open_interest":{open},"instrument_name":"{symbol}","creation_timestamp":{at_ms}}}]"#)
}

/// What each hour of the span paid, oldest first.
pub(super) fn funding(listing: &Listing, request: &Request, now_ms: u64) -> String {
    let given = |name| request.parameter(name).and_then(|text| text.parse::<u64>().ok());
    let newest = given("end_timestamp").unwrap_or(now_ms).min(now_ms) / HOUR_MS;
    let from = given("start_timestamp").unwrap_or(0).div_ceil(HOUR_MS);
    let whose = listing.instrument.id.index() as u64;
    let row = |hour: u64| {
        let at_ms = hour * HOUR_MS;
        let rate = i128::from(rate_e8(whose, at_ms));
        let (hour, eight) = (number(rate, 9), number(rate * 8, 9));
        format!(
            r#"{{"timestamp":{at_ms},"prev_index_price":1.0,"interest_8h":{eight},"interest_1h":{hour},"index_price":1.0}}"#
        )
    };
    let mut rows: Vec<String> = (from..=newest).rev().take(ROWS_MAX).map(row).collect();
    rows.reverse();
    format!("[{}]", rows.join(","))
}
