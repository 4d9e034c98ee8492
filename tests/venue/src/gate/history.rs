//! Answers about the past: candles from the oldest that is asked for, trades of a span from the newest, page by page.

use crate::http::{Answer, Request};
use crate::listing::Listing;
use crate::past::{DAY_MS, PastCandle, PastTrade, candles, last_trades, number, numbers};
use engine_model::units::Lots;

/// Candles of an answer; of more that are asked for there are none.
const CANDLES_MAX: u64 = 1_000;
/// Rows in front of a page at most.
const OFFSET_MAX: u64 = 100_000;

/// `None` of a name that is none of these. `is_spot`: it has other words for both.
pub(super) fn answer(listing: &Listing, name: &str, request: &Request, is_spot: bool, at_ms: u64) -> Option<Answer> {
    let rows: Vec<String> = match name {
        "candlesticks" => {
            let period_ms = 60_000
                * match request.parameter("interval")? {
                    "1m" => 1,
                    "5m" => 5,
                    "15m" => 15,
                    "1h" => 60,
                    "4h" => 240,
                    "1d" => 1_440,
                    _ => return None,
                };
            let (from_s, to_s) = (number(request, "from")?, number(request, "to")?);
            if to_s.saturating_sub(from_s) * 1_000 / period_ms >= CANDLES_MAX {
                let told = r#"{"label":"INVALID_PARAM_VALUE","message":"Too many data points requested. Maximum 1000 points"}"#;
                return Some(Answer::of(400, told.to_owned()));
            }
            let row = |candle: PastCandle| {
                let [open, high, low, close, volume] = candle.texts(listing);
                let at_s = candle.opened_at_ms / 1_000;
                let is_over = candle.opened_at_ms + period_ms <= at_ms;
                if is_spot {
                    format!(r#"["{at_s}","0.5","{close}","{high}","{low}","{open}","{volume}","{is_over}"]"#)
                } else {
                    format!(
                        r#"{{"t":{at_s},"v":"{volume}","c":"{close}","h":"{high}","l":"{low}","o":"{open}","sum":"0.5"}}"#
                    )
                }
            };
            candles(listing, (from_s * 1_000, (to_s * 1_000).min(at_ms)), period_ms).into_iter().map(row).collect()
        }
        "trades" => {
            let limit = number(request, "limit").unwrap_or(100).min(1_000);
            let over = match is_spot {
                true => (number(request, "page").unwrap_or(1).max(1) - 1) * limit,
                false => number(request, "offset").unwrap_or(0),
            };
            if over > OFFSET_MAX {
                let told = r#"{"label":"INVALID_PARAM_VALUE","message":"limit * (page - 1) exceeds 100000"}"#;
                return Some(Answer::of(400, told.to_owned()));
            }
            let from_ms = number(request, "from").map_or(0, |from| from * 1_000).max(at_ms.saturating_sub(30 * DAY_MS));
            let to_ms = number(request, "to").map_or(at_ms, |to| (to * 1_000).min(at_ms));
            let (first, last) = numbers((from_ms, to_ms)).into_inner();
            let row = |trade: PastTrade| if is_spot { spot_trade(listing, trade) } else { trade_of(listing, trade) };
            last_trades(listing, first..=last.saturating_sub(over), limit).into_iter().rev().map(row).collect()
        }
        _ => return None,
    };
    Some(Answer::of(200, format!("[{}]", rows.join(","))))
}

fn spot_trade(listing: &Listing, trade: PastTrade) -> String {
    let ([px, qty], PastTrade { id, at_ms, is_bought, .. }) = (trade.texts(listing), trade);
    let (name, at_s, side) = (listing.name(), at_ms / 1_000, if is_bought { "buy" } else { "sell" });
    format!(
        r#"{{"id":"{id}","create_time":"{at_s}","create_time_ms":"{at_ms}.000000","currency_pair":"{name}","side":"{side}","amount":"{qty}","price":"{px}","sequence_id":"{id}"}}"#
    )
}

/// Below zero the taker sold; what is called milliseconds is seconds.
fn trade_of(listing: &Listing, trade: PastTrade) -> String {
    let ([px, _], PastTrade { id, at_ms, qty, is_bought, .. }) = (trade.texts(listing), trade);
    let (name, at_s, ms) = (listing.name(), at_ms / 1_000, at_ms % 1_000);
    let size = listing.instrument.grid.qty_text(Lots(if is_bought { qty.0 } else { -qty.0 }));
    format!(
        r#"{{"size":"{size}","id":{id},"create_time":{at_s}.{ms:03},"create_time_ms":{at_s}.{ms:03},"contract":"{name}","price":"{px}"}}"#
    )
}
