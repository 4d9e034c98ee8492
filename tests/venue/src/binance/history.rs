//! Answers about the past: candles from the oldest that is asked for, and the newest trades.

use crate::floor::Floor;
use crate::http::Request;
use crate::past::{PastCandle, PastTrade, candles, number, trades};
use engine_model::venue::VenueId;

/// Rows of an answer where the question does not say how many, and at most.
const ROWS: (u64, u64) = (500, 1_000);

/// `None` of a name that is none of these, and of a period that there is not.
pub(super) fn answer(floor: &Floor, name: &str, request: &Request, instrument: usize, at_ms: u64) -> Option<String> {
    let listing = &floor.listings[instrument];
    let limit = number(request, "limit").unwrap_or(ROWS.0).min(ROWS.1);
    let is_spot = floor.venue == VenueId::BinanceSpot;
    let rows: Vec<String> = match name {
        "klines" => {
            let period_ms = period_ms(request.parameter("interval")?)?;
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
        "trades" if is_spot => {
            let row = |trade: PastTrade| {
                let ([px, qty], PastTrade { id, at_ms, is_bought, .. }) = (trade.texts(listing), trade);
                format!(
                    r#"{{"id":{id},"price":"{px}","qty":"{qty}","quoteQty":"0","time":{at_ms},"isBuyerMaker":{},"isBestMatch":true}}"#,
                    !is_bought
                )
            };
            trades(listing, limit, at_ms).into_iter().map(row).collect()
        }
        "aggTrades" if !is_spot => {
            let row = |trade: PastTrade| {
                let ([px, qty], PastTrade { id, at_ms, is_bought, .. }) = (trade.texts(listing), trade);
                format!(r#"{{"a":{id},"p":"{px}","q":"{qty}","f":{id},"l":{id},"T":{at_ms},"m":{}}}"#, !is_bought)
            };
            trades(listing, limit, at_ms).into_iter().map(row).collect()
        }
        _ => return None,
    };
    Some(format!("[{}]", rows.join(",")))
}

fn period_ms(period: &str) -> Option<u64> {
    if period == "1m" { Some(60_000) } else { super::derivatives::period_ms(period) }
}
