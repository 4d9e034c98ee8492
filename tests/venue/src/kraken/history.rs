//! Answers about the past: the last 720 candles, whatever is asked for, and trades behind a moment.

use super::rest::old_name;
use crate::http::Request;
use crate::listing::Listing;
use crate::past::{PastCandle, PastTrade, candles, first_trades, number, numbers, trades};

/// Candles of an answer: there are no others.
const CANDLES: u64 = 720;
const PERIODS_MINUTES: [u64; 6] = [1, 5, 15, 60, 240, 1_440];

/// The pair of a question, by the name that only this side has: `XBTUSD`.
pub(super) fn asked<'a>(request: &Request, listings: &'a [Listing]) -> Option<&'a Listing> {
    let asked = request.parameter("pair")?;
    listings.iter().find(|listing| {
        let (base, quote) = (listing.instrument.base, listing.instrument.quote);
        asked == format!("{}{}", old_name(base.as_str()), old_name(quote.as_str()))
    })
}

/// The last of the rows is not over yet; `None` of a period that there is not.
pub(super) fn candle_rows(listing: &Listing, request: &Request, at_ms: u64) -> Option<String> {
    let minutes = number(request, "interval").unwrap_or(1);
    let period_ms = 60_000 * Some(minutes).filter(|minutes| PERIODS_MINUTES.contains(minutes))?;
    let since_ms = number(request, "since").map_or(0, |since| (since + 1) * 1_000);
    let first_ms = (at_ms / period_ms + 1).saturating_sub(CANDLES) * period_ms;
    let row = |candle: PastCandle| {
        let [open, high, low, close, volume] = candle.texts(listing);
        format!(r#"[{},"{open}","{high}","{low}","{close}","{close}","{volume}",9]"#, candle.opened_at_ms / 1_000)
    };
    let rows = candles(listing, (first_ms.max(since_ms), at_ms), period_ms);
    Some(rows.into_iter().map(row).collect::<Vec<_>>().join(","))
}

/// The rows, and the nanosecond of the last: the next page is asked for behind it.
pub(super) fn trade_rows(listing: &Listing, request: &Request, at_ms: u64) -> (String, u64) {
    let row = |trade: PastTrade| {
        let ([px, qty], PastTrade { id, at_ms, is_bought, .. }) = (trade.texts(listing), trade);
        let (at_s, ms, side) = (at_ms / 1_000, at_ms % 1_000, if is_bought { "b" } else { "s" });
        format!(r#"["{px}","{qty}",{at_s}.{ms:03},"{side}","m","",{id}]"#)
    };
    let count = number(request, "count").unwrap_or(1_000).min(1_000);
    let rows = match number(request, "since") {
        Some(since_ns) => first_trades(listing, numbers((since_ns / 1_000_000 + 1, at_ms)), count),
        None => trades(listing, count, at_ms),
    };
    let last_ns = rows.last().map_or(at_ms, |trade| trade.at_ms) * 1_000_000;
    (rows.into_iter().map(row).collect::<Vec<_>>().join(","), last_ns)
}
