//! Answers about the past: candles from the oldest that is asked for, a hundred trades before a moment from the newest.

use crate::http::{Answer, Request};
use crate::listing::Listing;
use crate::past::{DAY_MS, PastCandle, PastTrade, candles, last_trades, number, numbers};
use crate::text::{iso, iso_ms};

/// Candles of an answer at most.
const CANDLES_MAX: usize = 2_000;
/// Trades of an answer.
const TRADES: u64 = 100;

/// The chart of a path like `PF_XBTUSD/1m`; `None` of one that there is not.
pub(super) fn chart(listings: &[Listing], path: &str, request: &Request, at_ms: u64) -> Option<Answer> {
    let (symbol, resolution) = path.split_once('/')?;
    let listing = listings.iter().find(|listing| listing.name() == symbol)?;
    let minutes = match resolution {
        "1m" => 1,
        "5m" => 5,
        "15m" => 15,
        "1h" => 60,
        "4h" => 240,
        "1d" => 1_440,
        _ => return None,
    };
    let (from_s, to_s) = (number(request, "from")?, number(request, "to")?);
    let rows = candles(listing, (from_s * 1_000, (to_s * 1_000).min(at_ms)), minutes * 60_000);
    let more = rows.len() > CANDLES_MAX;
    let row = |candle: PastCandle| {
        let ([open, high, low, close, volume], at) = (candle.texts(listing), candle.opened_at_ms);
        format!(
            r#"{{"time":{at},"open":"{open}","high":"{high}","low":"{low}","close":"{close}","volume":"{volume}"}}"#
        )
    };
    let rows: Vec<String> = rows.into_iter().take(CANDLES_MAX).map(row).collect();
    Some(Answer::of(200, format!(r#"{{"candles":[{}],"more_candles":{more}}}"#, rows.join(","))))
}

/// The member that holds the trades; `None` of a contract that is not listed.
pub(super) fn trade_rows(listings: &[Listing], request: &Request, at_ms: u64) -> Option<String> {
    let asked = request.parameter("symbol")?;
    let listing = listings.iter().find(|listing| listing.name() == asked)?;
    let row = |trade: PastTrade| {
        let ([px, qty], PastTrade { id, at_ms, is_bought, .. }) = (trade.texts(listing), trade);
        let (time, side) = (iso(at_ms, 3), if is_bought { "buy" } else { "sell" });
        format!(r#"{{"time":"{time}","trade_id":{id},"price":{px},"size":{qty},"side":"{side}","type":"fill"}}"#)
    };
    // What is older than a week is gone.
    let before_ms = match request.parameter("lastTime") {
        Some(last) => iso_ms(last)?.saturating_sub(1).min(at_ms),
        None => at_ms,
    };
    let kept = numbers((at_ms.saturating_sub(7 * DAY_MS), before_ms));
    let rows: Vec<String> = last_trades(listing, kept, TRADES).into_iter().rev().map(row).collect();
    Some(format!(r#""history":[{}]"#, rows.join(",")))
}
