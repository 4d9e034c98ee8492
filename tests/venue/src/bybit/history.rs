//! Answers about the past, which begin with the newest: candles, trades.

use crate::http::Request;
use crate::listing::Listing;
use crate::past::{PastCandle, PastTrade, candles, number, trades};

/// The members of a result but the category; `None` of a path that is none of these, or of a question that is none.
pub(super) fn result(listing: &Listing, request: &Request, at_ms: u64) -> Option<String> {
    let name = listing.name();
    let limit = |most: u64| number(request, "limit").unwrap_or(60).clamp(1, most);
    let (members, rows): (String, Vec<String>) = match request.path.as_str() {
        "/v5/market/kline" => {
            let minutes = match request.parameter("interval")? {
                "D" => 1_440,
                minutes => minutes.parse().ok().filter(|minutes| [1, 5, 15, 60, 240].contains(minutes))?,
            };
            let to_ms = number(request, "end").unwrap_or(at_ms).min(at_ms);
            let rows = candles(listing, (number(request, "start")?, to_ms), minutes * 60_000);
            let row = |candle: PastCandle| {
                let [open, high, low, close, volume] = candle.texts(listing);
                format!(r#"["{}","{open}","{high}","{low}","{close}","{volume}","0"]"#, candle.opened_at_ms)
            };
            let rows = rows.into_iter().rev().take(limit(1_000) as usize).map(row).collect();
            (format!(r#""symbol":"{name}","#), rows)
        }
        "/v5/market/recent-trade" => {
            let most = if listing.category() == "spot" { 60 } else { 1_000 };
            let row = |trade: PastTrade| {
                let ([px, qty], PastTrade { id, at_ms, is_bought, .. }) = (trade.texts(listing), trade);
                let side = if is_bought { "Buy" } else { "Sell" };
                // Only spot counts its trades.
                let id = if most == 60 { id.to_string() } else { format!("{id:08x}-5a47-5f9e-8b5c-0d1e6bb2e6d2") };
                format!(
                    r#"{{"execId":"{id}","symbol":"{name}","price":"{px}","size":"{qty}","side":"{side}","time":"{at_ms}","isBlockTrade":false}}"#
                )
            };
            (String::new(), trades(listing, limit(most), at_ms).into_iter().rev().map(row).collect())
        }
        _ => return None,
    };
    Some(format!(r#"{members}"list":[{}]"#, rows.join(",")))
}
