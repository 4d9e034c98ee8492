//! Answers about the past, which begin with the newest: candles, trades.

use crate::http::Request;
use crate::listing::Listing;
use crate::past::{DAY_MS, PastCandle, PastTrade, candles, last_trades, number, numbers};

/// The rows of an answer; `None` of a path that is none of these, or of a bar that there is not.
pub(super) fn rows(listing: &Listing, request: &Request, at_ms: u64) -> Option<Vec<String>> {
    match request.path.as_str() {
        "/api/v5/market/history-candles" => {
            let period_ms = 60_000
                * match request.parameter("bar")? {
                    "1m" => 1,
                    "5m" => 5,
                    "15m" => 15,
                    "1H" => 60,
                    "4H" => 240,
                    "1Dutc" => 1_440,
                    _ => return None,
                };
            // Older than the one, newer than the other.
            let to_ms = number(request, "after").map_or(at_ms, |after| (after - 1).min(at_ms));
            let from_ms = number(request, "before").map_or(0, |before| before + 1);
            let limit = number(request, "limit").unwrap_or(100).min(300);
            let from_ms = from_ms.max(to_ms.saturating_sub(limit * period_ms));
            let row = |candle: PastCandle| {
                let [open, high, low, close, volume] = candle.texts(listing);
                let is_over = u8::from(candle.opened_at_ms + period_ms <= at_ms);
                let at = candle.opened_at_ms;
                format!(r#"["{at}","{open}","{high}","{low}","{close}","{volume}","0","0","{is_over}"]"#)
            };
            let rows = candles(listing, (from_ms, to_ms), period_ms);
            Some(rows.into_iter().rev().take(limit as usize).map(row).collect())
        }
        "/api/v5/market/history-trades" => {
            let limit = number(request, "limit").unwrap_or(100).min(100);
            let kept = numbers((at_ms.saturating_sub(90 * DAY_MS), at_ms));
            // Older than a number, or than a time.
            let last = match (number(request, "after"), request.parameter("type")) {
                (None, _) => *kept.end(),
                (Some(after), Some("2")) => *numbers((0, after.saturating_sub(1).min(at_ms))).end(),
                (Some(after), _) => after.saturating_sub(1).min(*kept.end()),
            };
            let name = listing.name();
            let row = |trade: PastTrade| {
                let ([px, qty], PastTrade { id, at_ms, is_bought, .. }) = (trade.texts(listing), trade);
                let side = if is_bought { "buy" } else { "sell" };
                format!(
                    r#"{{"instId":"{name}","side":"{side}","sz":"{qty}","px":"{px}","source":"0","tradeId":"{id}","ts":"{at_ms}"}}"#
                )
            };
            Some(last_trades(listing, *kept.start()..=last, limit).into_iter().rev().map(row).collect())
        }
        _ => None,
    }
}
