//! Answers about the past, which begin with the newest: candles, trades.

use crate::http::Request;
use crate::listing::Listing;
use crate::past::{PastCandle, PastTrade, candles, last_trades, number, numbers};
use crate::text::iso;

/// Candles of an answer; of more that are asked for there are none.
const CANDLES_MAX: u64 = 350;

/// `None` of a granularity that there is not, and of too many.
pub(super) fn candle_rows(listing: &Listing, request: &Request, at_ms: u64) -> Option<String> {
    let minutes = match request.parameter("granularity")? {
        "ONE_MINUTE" => 1,
        "FIVE_MINUTE" => 5,
        "FIFTEEN_MINUTE" => 15,
        "ONE_HOUR" => 60,
        "ONE_DAY" => 1_440,
        _ => return None,
    };
    let (from_s, to_s) = (number(request, "start")?, number(request, "end")?);
    (to_s.checked_sub(from_s)? / (minutes * 60) < CANDLES_MAX).then_some(())?;
    let row = |candle: PastCandle| {
        let [open, high, low, close, volume] = candle.texts(listing);
        let at_s = candle.opened_at_ms / 1_000;
        format!(
            r#"{{"start":"{at_s}","low":"{low}","high":"{high}","open":"{open}","close":"{close}","volume":"{volume}"}}"#
        )
    };
    let rows = candles(listing, (from_s * 1_000, (to_s * 1_000).min(at_ms)), minutes * 60_000);
    let rows: Vec<String> = rows.into_iter().rev().map(row).collect();
    Some(format!(r#"{{"candles":[{}]}}"#, rows.join(",")))
}

/// The side is that of who rested.
pub(super) fn trade_rows(listing: &Listing, request: &Request, at_ms: u64) -> String {
    let name = listing.name();
    let row = |trade: PastTrade| {
        let ([px, qty], PastTrade { id, at_ms, is_bought, .. }) = (trade.texts(listing), trade);
        let (time, side) = (iso(at_ms, 6), if is_bought { "SELL" } else { "BUY" });
        format!(
            r#"{{"trade_id":"{id}","product_id":"{name}","price":"{px}","size":"{qty}","time":"{time}","side":"{side}","exchange":""}}"#
        )
    };
    let limit = number(request, "limit").unwrap_or(100).min(1_000);
    let ms = |name| number(request, name).map(|second| second * 1_000);
    let span = numbers((ms("start").unwrap_or(0), ms("end").map_or(at_ms, |end| end.min(at_ms))));
    let rows: Vec<String> = last_trades(listing, span, limit).into_iter().rev().map(row).collect();
    format!(r#"{{"trades":[{}],"best_bid":"","best_ask":""}}"#, rows.join(","))
}
