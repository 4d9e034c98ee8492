//! Answers about the past: candles and trades from the oldest that is asked for, else the newest trades.

use crate::floor::Floor;
use crate::http::Request;
use crate::past::{DAY_MS, PastCandle, PastTrade, candles, first_trades, number, numbers, trades};
use engine_model::venue::VenueId;

/// Rows of an answer where the question does not say how many, and at most.
const ROWS: (u64, u64) = (500, 1_000);

/// Why there is no answer: code and words.
type No = (i32, &'static str);

/// Candles, or trades.
pub(super) fn answer(
    floor: &Floor,
    name: &str,
    request: &Request,
    instrument: usize,
    at_ms: u64,
) -> Result<String, No> {
    let listing = &floor.listings[instrument];
    let limit = number(request, "limit").unwrap_or(ROWS.0).min(ROWS.1);
    let rows: Vec<String> = match name {
        "klines" => {
            let period = request.parameter("interval").and_then(period_ms);
            let period_ms = period.ok_or((-1_120, "Invalid interval."))?;
            let to_ms = number(request, "endTime").unwrap_or(at_ms).min(at_ms);
            let from_ms = number(request, "startTime").unwrap_or(to_ms.saturating_sub(limit * period_ms));
            let row = |candle: PastCandle| {
                let [open, high, low, close, volume] = candle.texts(listing);
                let (opened, closes) = (candle.opened_at_ms, candle.opened_at_ms + period_ms - 1);
                format!(r#"[{opened},"{open}","{high}","{low}","{close}","{volume}",{closes},"0",9,"0","0","0"]"#)
            };
            let rows = candles(listing, (from_ms, to_ms), period_ms);
            rows.into_iter().take(limit as usize).map(row).collect()
        }
        _ => {
            refuse(floor.venue, request, at_ms)?;
            let row = |trade: PastTrade| {
                let ([px, qty], PastTrade { id, at_ms, is_bought, .. }) = (trade.texts(listing), trade);
                format!(r#"{{"a":{id},"p":"{px}","q":"{qty}","f":{id},"l":{id},"T":{at_ms},"m":{}}}"#, !is_bought)
            };
            let last = *numbers((0, at_ms)).end();
            let (from, to) = (number(request, "startTime"), number(request, "endTime"));
            let rows = match (number(request, "fromId"), from, to) {
                (Some(id), None, None) => first_trades(listing, id..=last, limit),
                (None, Some(from), Some(to)) => first_trades(listing, numbers((from, to.min(at_ms))), limit),
                _ => trades(listing, limit, at_ms),
            };
            rows.into_iter().map(row).collect()
        }
    };
    Ok(format!("[{}]", rows.join(",")))
}

/// What may not be asked of trades.
fn refuse(venue: VenueId, request: &Request, at_ms: u64) -> Result<(), No> {
    let (from, to) = (number(request, "startTime").unwrap_or(at_ms), number(request, "endTime").unwrap_or(at_ms));
    if to.saturating_sub(from) >= 3_600_000 {
        return Err((-1_127, "More than 1 hours between startTime and endTime."));
    }
    match venue != VenueId::BinanceSpot && from + 365 * DAY_MS < at_ms {
        true => Err((-1_130, "Data sent for parameter 'startTime' is not valid.")),
        false => Ok(()),
    }
}

fn period_ms(period: &str) -> Option<u64> {
    if period == "1m" { Some(60_000) } else { super::derivatives::period_ms(period) }
}
