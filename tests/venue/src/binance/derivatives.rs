//! Answers about contracts: open interest now, ratios of long to short, funding that was paid.

use crate::floor::Floor;
use crate::http::{Answer, Request};
use crate::past::{FUNDING_MS, long_e4, moments, rate_e8};
use crate::text::Text;
use engine_model::venue::VenueId;

/// The statistics, which stand apart from the other paths and cost no weight; `None` of a path that is none of them.
pub(super) fn statistics(floor: &Floor, request: &Request, at_ms: u64) -> Option<Answer> {
    let name = request.path.strip_prefix("/futures/data/")?;
    let (whose, words) = match (name, floor.venue) {
        // What is called accounts on USD-M is called positions on COIN-M.
        ("topLongShortPositionRatio", VenueId::BinanceCoinm) => (1, ["longPosition", "shortPosition"]),
        ("topLongShortPositionRatio", _) => (1, ["longAccount", "shortAccount"]),
        ("topLongShortAccountRatio", _) => (2, ["longAccount", "shortAccount"]),
        ("globalLongShortAccountRatio", _) => (3, ["longAccount", "shortAccount"]),
        _ => return None,
    };
    // By pair on COIN-M, by symbol elsewhere.
    let by = if floor.venue == VenueId::BinanceCoinm { "pair" } else { "symbol" };
    let asked = request.parameter(by).unwrap_or_default();
    let found = floor.listings.iter().position(|l| l.pair() == asked);
    let (Some(instrument), Some(period_ms)) = (found, request.parameter("period").and_then(period_ms)) else {
        return Some(Answer::error(400, -1130, "Data sent for parameter is not valid."));
    };
    let whose = whose + 10 * instrument as u64;
    let mut text = Text::new();
    text.raw("[");
    for (index, at_ms) in moments(request, period_ms, 500, at_ms).into_iter().enumerate() {
        let long = long_e4(whose, at_ms);
        text.raw(if index == 0 { "{\"" } else { ",{\"" }).raw(by).raw("\":\"").raw(asked).raw("\",\"").raw(words[0]);
        text.raw("\":\"").decimal(i128::from(long), 4).raw("\",\"longShortRatio\":\"");
        text.decimal(i128::from(long * 10_000 / (10_000 - long)), 4).raw("\",\"").raw(words[1]).raw("\":\"");
        text.decimal(i128::from(10_000 - long), 4).raw("\",\"timestamp\":").number(at_ms).raw("}");
    }
    Some(Answer::of(200, text.raw("]").take()))
}

pub(super) fn period_ms(period: &str) -> Option<u64> {
    let minutes = match period {
        "5m" => 5,
        "15m" => 15,
        "1h" => 60,
        "4h" => 240,
        "1d" => 1_440,
        _ => return None,
    };
    Some(minutes * 60_000)
}

/// Funding that was paid.
pub(super) fn funding(floor: &Floor, request: &Request, instrument: usize, at_ms: u64) -> String {
    let symbol = floor.listings[instrument].instrument.symbol;
    let mut text = Text::new();
    text.raw("[");
    for (index, at_ms) in moments(request, FUNDING_MS, 1_000, at_ms).into_iter().enumerate() {
        text.raw(if index == 0 { "{\"symbol\":\"" } else { ",{\"symbol\":\"" }).raw(symbol.as_str());
        text.raw("\",\"fundingTime\":").number(at_ms).raw(",\"fundingRate\":\"");
        text.decimal(i128::from(rate_e8(instrument as u64, at_ms)), 8).raw("\"}");
    }
    text.raw("]").take()
}

/// Contracts that are open: coins on USD-M, contracts on COIN-M.
pub(super) fn open_interest(floor: &Floor, instrument: usize, at_ms: u64) -> String {
    let listing = &floor.listings[instrument];
    let mut text = Text::new();
    text.raw("{\"symbol\":\"").raw(listing.instrument.symbol.as_str()).raw("\",");
    if floor.venue == VenueId::BinanceCoinm {
        text.raw("\"pair\":\"").raw(listing.pair()).raw("\",");
    }
    text.raw("\"openInterest\":\"").qty(&listing.instrument.grid, floor.open_interest_lots(instrument)).raw("\"");
    if floor.venue == VenueId::BinanceCoinm {
        text.raw(",\"contractType\":\"PERPETUAL\"");
    }
    text.raw(",\"time\":").number(at_ms).raw("}").take()
}
