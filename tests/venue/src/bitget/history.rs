//! Answers about the past: candles from the oldest that is asked for, trades from the newest.

use crate::http::Request;
use crate::listing::Listing;
use crate::past::{DAY_MS, PastCandle, PastTrade, candles, last_trades, number, numbers};

/// The data of an answer; `None` of a name that is none of these, or of a candle that there is not.
pub(super) fn data(listing: &Listing, name: &str, request: &Request, is_spot: bool, at_ms: u64) -> Option<String> {
    let limit = number(request, "limit").unwrap_or(100);
    let rows: Vec<String> = match name {
        "candles" => {
            let minutes = match (request.parameter("granularity")?, is_spot) {
                ("1min", true) | ("1m", false) => 1,
                ("5min", true) | ("5m", false) => 5,
                ("15min", true) | ("15m", false) => 15,
                ("1h", true) | ("1H", false) => 60,
                ("4h", true) | ("4H", false) => 240,
                ("1Dutc", _) => 1_440,
                _ => return None,
            };
            let (from_ms, to_ms) = (number(request, "startTime")?, number(request, "endTime")?.min(at_ms));
            let rows = candles(listing, (from_ms, to_ms), minutes * 60_000);
            let row = |candle: &PastCandle| {
                let [open, high, low, close, volume] = candle.texts(listing);
                // Money that was traded: of spot twice, in dollars, too.
                let money = if is_spot { r#""0.5","0.5""# } else { r#""0.5""# };
                format!(r#"["{}","{open}","{high}","{low}","{close}","{volume}",{money}]"#, candle.opened_at_ms)
            };
            let from = rows.len().saturating_sub(limit.min(1_000) as usize);
            rows[from..].iter().map(row).collect()
        }
        "fills-history" => {
            let to_ms = number(request, "endTime").map_or(at_ms, |to| to.min(at_ms));
            let from_ms = number(request, "startTime").unwrap_or(to_ms.saturating_sub(7 * DAY_MS));
            (to_ms.saturating_sub(from_ms) <= 7 * DAY_MS).then_some(())?;
            let (first, last) = numbers((from_ms.max(at_ms.saturating_sub(90 * DAY_MS)), to_ms)).into_inner();
            let last = number(request, "idLessThan").map_or(last, |id| last.min(id.saturating_sub(1)));
            let symbol = listing.name();
            let row = |trade: PastTrade| {
                let ([px, qty], PastTrade { id, at_ms, is_bought, .. }) = (trade.texts(listing), trade);
                let side = match (is_bought, is_spot) {
                    (true, true) => "buy",
                    (false, true) => "sell",
                    (true, false) => "Buy",
                    (false, false) => "Sell",
                };
                format!(
                    r#"{{"tradeId":"{id}","price":"{px}","size":"{qty}","side":"{side}","ts":"{at_ms}","symbol":"{symbol}"}}"#
                )
            };
            last_trades(listing, first..=last, limit.min(1_000)).into_iter().rev().map(row).collect()
        }
        _ => return None,
    };
    Some(format!("[{}]", rows.join(",")))
}
