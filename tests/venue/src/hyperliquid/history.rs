//! Answers about the past: candles from the oldest that is asked for, the last ten trades from the newest.

use crate::floor::Floor;
use crate::past::{PastCandle, PastTrade, candles, trades};
use serde_json::Value;

/// Candles of an answer at most: the newest.
const CANDLES_MAX: usize = 5_000;
/// Trades of an answer.
const TRADES: u64 = 10;

/// `None` of a question that lacks a member.
pub(super) fn candle_snapshot(floor: &Floor, question: &Value, at_ms: u64) -> Option<String> {
    let wanted = question.get("req")?;
    let (coin, interval) = (wanted.get("coin")?.as_str()?, wanted.get("interval")?.as_str()?);
    let listing = floor.listings.iter().find(|listing| listing.name() == coin)?;
    let minutes = match interval {
        "1m" => 1,
        "5m" => 5,
        "15m" => 15,
        "1h" => 60,
        "4h" => 240,
        "1d" => 1_440,
        _ => return None,
    };
    let (from_ms, to_ms) = (wanted.get("startTime")?.as_u64()?, wanted.get("endTime")?.as_u64()?.min(at_ms));
    let rows = candles(listing, (from_ms, to_ms), minutes * 60_000);
    let row = |candle: &PastCandle| {
        let [open, high, low, close, volume] = candle.texts(listing);
        let (opened, closes) = (candle.opened_at_ms, candle.opened_at_ms + minutes * 60_000 - 1);
        format!(
            r#"{{"t":{opened},"T":{closes},"s":"{coin}","i":"{interval}","o":"{open}","c":"{close}","h":"{high}","l":"{low}","v":"{volume}","n":9}}"#
        )
    };
    let from = rows.len().saturating_sub(CANDLES_MAX);
    Some(format!("[{}]", rows[from..].iter().map(row).collect::<Vec<_>>().join(",")))
}

/// `None` of a coin that is not listed.
pub(super) fn recent_trades(floor: &Floor, question: &Value, at_ms: u64) -> Option<String> {
    let coin = question.get("coin")?.as_str()?;
    let listing = floor.listings.iter().find(|listing| listing.name() == coin)?;
    let row = |trade: PastTrade| {
        let ([px, qty], PastTrade { id, at_ms, is_bought, .. }) = (trade.texts(listing), trade);
        let side = if is_bought { "B" } else { "A" };
        format!(
            r#"{{"coin":"{coin}","side":"{side}","px":"{px}","sz":"{qty}","time":{at_ms},"hash":"0x00","tid":{id}}}"#
        )
    };
    let rows: Vec<String> = trades(listing, TRADES, at_ms).into_iter().rev().map(row).collect();
    Some(format!("[{}]", rows.join(",")))
}
