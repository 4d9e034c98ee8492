//! Frames as Bitget writes them: field order and number formats are those of real captures; numbers have all decimals of
//! their instrument, and checksums are over those texts.
//!
//! Owns: texts. Never: when or to whom they are sent.

use super::session::Kind;
use super::{TYPES, type_of};
use crate::candle::Candle;
use crate::market::{Book, Outcome};
use crate::moment::{From, Mark};
use crate::proof::crc32;
use crate::text::{Text, trimmed};
use crate::view::View;
use engine_model::market::{Level, Side};
use engine_model::units::{Lots, Ticks};

/// Levels a side that a checksum is over.
const PROVEN: usize = 25;

fn price(from: From<'_>, ticks: i64) -> String {
    from.listing.instrument.grid.price_text(Ticks(ticks))
}

fn qty(from: From<'_>, lots: i64) -> String {
    from.listing.instrument.grid.qty_text(Lots(lots))
}

fn frame(from: From<'_>, action: &str, kind: Kind, data: &str) -> String {
    let (of, channel, symbol, at_ms) = (type_of(from.listing), kind.name(), from.listing.name(), from.at_ms);
    let argument = format!(r#"{{"instType":"{of}","channel":"{channel}","instId":"{symbol}"}}"#);
    format!(r#"{{"action":"{action}","arg":{argument},"data":[{data}],"ts":{at_ms}}}"#)
}

/// Ids of a book's message: its own, and that of the one before.
#[derive(Clone, Copy)]
pub(super) struct Chain {
    pub(super) sequence: u64,
    pub(super) previous: u64,
}

/// The whole view, with no checksum.
pub(super) fn whole_book(from: From<'_>, view: &View) -> String {
    let sides = [Side::Buy, Side::Sell].map(|side| view.levels(side));
    let chain = Chain { sequence: view.sequence, previous: 0 };
    frame(from, "snapshot", Kind::Book, &book(from, chain, &sides, 0, view.made_at_ms))
}

/// A change of the book, which the view already shows, with the checksum of what it then is.
pub(super) fn book_change(from: From<'_>, chain: Chain, view: &View, changes: &[Vec<Level>; 2]) -> String {
    let checksum = checksum(from, view);
    frame(from, "update", Kind::Book, &book(from, chain, changes, checksum, view.made_at_ms))
}

fn book(from: From<'_>, chain: Chain, [bids, asks]: &[Vec<Level>; 2], checksum: i32, made_at_ms: u64) -> String {
    let level = |level: &Level| match level.qty.0 {
        0 => format!(r#"["{}","0"]"#, price(from, level.px.0)),
        lots => format!(r#"["{}","{}"]"#, price(from, level.px.0), qty(from, lots)),
    };
    let [bids, asks] = [bids, asks].map(|side| side.iter().map(level).collect::<Vec<_>>().join(","));
    let Chain { sequence, previous } = chain;
    format!(
        r#"{{"asks":[{asks}],"bids":[{bids}],"checksum":{checksum},"seq":{sequence},"pseq":{previous},"ts":"{made_at_ms}"}}"#
    )
}

/// Over the best levels, `bid:size:ask:size:…`; where one side is shorter the other goes on.
fn checksum(from: From<'_>, view: &View) -> i32 {
    let [bids, asks] = [Side::Buy, Side::Sell].map(|side| view.levels(side));
    let places = (0..PROVEN).flat_map(|at| [bids.get(at), asks.get(at)]).flatten();
    let texts: Vec<String> = places.flat_map(|level| [price(from, level.px.0), qty(from, level.qty.0)]).collect();
    crc32(texts.join(":").as_bytes()).cast_signed()
}

/// The text with another checksum; `None` where there is none in it.
pub(super) fn with_wrong_checksum(text: &str) -> Option<String> {
    let (before, rest) = text.split_once(r#""checksum":"#)?;
    let end = rest.find(',')?;
    let checksum: i32 = rest[..end].parse().ok()?;
    Some(format!(r#"{before}"checksum":{}{}"#, checksum ^ 1, &rest[end..]))
}

/// The rows of an event's trades, newest first.
pub(super) fn trade_rows(from: From<'_>, outcome: &Outcome) -> Vec<String> {
    let mut rows = Vec::new();
    for fill in &outcome.fills {
        let side = if fill.aggressor == Side::Buy { "buy" } else { "sell" };
        for (id, lots) in fill.trades() {
            let (at_ms, px, qty) = (from.at_ms, price(from, fill.level.px.0), qty(from, lots.0));
            rows.push(format!(
                r#"{{"ts":"{at_ms}","price":"{px}","size":"{qty}","side":"{side}","tradeId":"12356{id:014}"}}"#
            ));
        }
    }
    rows.reverse();
    rows
}

pub(super) fn trades(from: From<'_>, action: &str, rows: &[String]) -> String {
    frame(from, action, Kind::Trade, &rows.join(","))
}

/// A running candle.
pub(super) fn candle(from: From<'_>, candle: &Candle) -> String {
    let [open, high, low, close] = [candle.open, candle.high, candle.low, candle.close].map(|px| price(from, px));
    let turnover = Text::new().decimal(candle.turnover_e8(from.listing, candle.tick_lots), 8).take();
    let (starts_at_ms, lots, turnover) = (candle.starts_at_ms, qty(from, candle.lots), trimmed(&turnover));
    let row = format!(r#"["{starts_at_ms}","{open}","{high}","{low}","{close}","{lots}","{turnover}","{turnover}"]"#);
    frame(from, "update", Kind::Candle, &row)
}

/// What a ticker tells besides its day.
pub(super) struct Moment<'a> {
    pub(super) book: &'a Book,
    pub(super) mark: Mark,
    pub(super) interest_lots: i64,
}

/// Prices, and of contracts funding and open interest. Always whole.
pub(super) fn ticker(from: From<'_>, day: &Candle, now: &Moment<'_>) -> String {
    let (symbol, at_ms) = (from.listing.name(), from.at_ms);
    let [last, open, high, low] = [day.close, day.open, day.high, day.low].map(|px| price(from, px));
    let [bid, ask] = [Side::Buy, Side::Sell].map(|side| now.book.best(side));
    let [bid_px, ask_px] = [bid, ask].map(|level| price(from, level.px.0));
    let [bid_qty, ask_qty] = [bid, ask].map(|level| qty(from, level.qty.0));
    let change =
        Text::new().decimal(i128::from(day.close - day.open) * 100_000 / i128::from(day.open.max(1)), 5).take();
    let turnover = Text::new().decimal(day.turnover_e8(from.listing, day.tick_lots) / 10_000, 4).take();
    let (volume, turnover) = (qty(from, day.lots), trimmed(&turnover));
    let head = format!(
        r#"{{"instId":"{symbol}","lastPr":"{last}","bidPr":"{bid_px}","askPr":"{ask_px}","bidSz":"{bid_qty}","askSz":"{ask_qty}","open24h":"{open}","high24h":"{high}","low24h":"{low}","change24h":"{change}""#
    );
    let tail = format!(r#""baseVolume":"{volume}","quoteVolume":"{turnover}","openUtc":"{open}""#);
    let row = if type_of(from.listing) == TYPES[0] {
        format!(r#"{head},{tail},"ts":"{at_ms}"}}"#)
    } else {
        format!(r#"{head},{},{tail},"symbolType":"1","symbol":"{symbol}","ts":"{at_ms}"}}"#, funding(from, now))
    };
    frame(from, "snapshot", Kind::Ticker, &row)
}

fn funding(from: From<'_>, now: &Moment<'_>) -> String {
    let decimals = from.listing.instrument.grid.price_decimals.min(12);
    let e12 = |value: i128, more: u8| {
        Text::new().decimal(value / 10i128.pow(12 - u32::from(decimals + more)), decimals + more).take()
    };
    let rate = Text::new().decimal(now.mark.rate_e8, 8).take();
    let (rate, next_at_ms) = (trimmed(&rate), now.mark.next_at_ms);
    let (mark, index, interest) = (e12(now.mark.mark_e12, 0), e12(now.mark.index_e12, 2), qty(from, now.interest_lots));
    format!(
        r#""fundingRate":"{rate}","nextFundingTime":"{next_at_ms}","markPrice":"{mark}","indexPrice":"{index}","holdingAmount":"{interest}""#
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::Listing;
    use engine_model::venue::VenueId;

    #[test]
    fn a_checksum_is_over_the_texts_of_both_sides_as_far_as_they_go() {
        let listings = Listing::defaults(VenueId::Bitget);
        let from = From { listing: &listings[0], at_ms: 5 };
        let mut book = Book::default();
        book.set(Side::Buy, 1_000, 15_000);
        book.set(Side::Buy, 995, 100);
        book.set(Side::Sell, 1_005, 20_000);
        let view = View::new(200, &book, 7, 5);
        let expected = crc32(b"100.0:1.5000:100.5:2.0000:99.5:0.0100").cast_signed();
        assert_eq!(checksum(from, &view), expected);
        let chain = Chain { sequence: 7, previous: 6 };
        let text = book_change(from, chain, &view, &[vec![], vec![]]);
        assert!(text.contains(&format!(r#""checksum":{expected},"seq":7,"pseq":6,"ts":"5"}}]"#)), "{text}");
        let wrong = with_wrong_checksum(&text).expect("a checksum");
        assert!(wrong != text && wrong.len().abs_diff(text.len()) <= 1, "{wrong}");
    }
}
