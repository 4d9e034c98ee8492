//! Frames as Hyperliquid writes them: the field order is that of its own messages, numbers are texts with one decimal at
//! least and no zero behind.
//!
//! Owns: texts. Never: when or to whom they are sent.

use crate::candle::Candle;
use crate::market::{Book, Outcome};
use crate::moment::{From, Mark};
use crate::text::{Text, pointed};
use engine_model::instrument::ContractKind;
use engine_model::market::{Level, Side};

fn decimal(units: i128, decimals: u8) -> String {
    pointed(&Text::new().decimal(units, decimals).take())
}

pub(super) fn price(from: From<'_>, ticks: i64) -> String {
    let grid = from.listing.instrument.grid;
    decimal(i128::from(ticks) * i128::from(grid.tick_step), grid.price_decimals)
}

pub(super) fn size(from: From<'_>, lots: i64) -> String {
    let grid = from.listing.instrument.grid;
    decimal(i128::from(lots) * i128::from(grid.lot_step), grid.qty_decimals)
}

/// Orders at a level: there is at least one, and nobody here counts them.
fn level(from: From<'_>, level: &Level) -> String {
    let (px, sz, n) = (price(from, level.px.0), size(from, level.qty.0), 1 + level.qty.0 % 7);
    format!(r#"{{"px":"{px}","sz":"{sz}","n":{n}}}"#)
}

fn levels(from: From<'_>, levels: &[Level]) -> String {
    levels.iter().map(|of| level(from, of)).collect::<Vec<_>>().join(",")
}

/// A whole book.
pub(super) fn book(from: From<'_>, sides: [&[Level]; 2]) -> String {
    format!(r#"{{"channel":"l2Book","data":{}}}"#, book_data(from, sides))
}

/// The same as an answer to a question.
pub(super) fn book_data(from: From<'_>, [bids, asks]: [&[Level]; 2]) -> String {
    let (coin, at_ms) = (from.listing.name(), from.at_ms);
    let (bids, asks) = (levels(from, bids), levels(from, asks));
    format!(r#"{{"coin":"{coin}","time":{at_ms},"levels":[[{bids}],[{asks}]]}}"#)
}

pub(super) fn quote(from: From<'_>, book: &Book) -> String {
    let (coin, at_ms) = (from.listing.name(), from.at_ms);
    let [bid, ask] = [Side::Buy, Side::Sell].map(|side| level(from, &book.best(side)));
    format!(r#"{{"channel":"bbo","data":{{"coin":"{coin}","time":{at_ms},"bbo":[{bid},{ask}]}}}}"#)
}

/// All trades of an event in one frame.
pub(super) fn trades(from: From<'_>, outcome: &Outcome) -> String {
    let fills = outcome.fills.iter().flat_map(|fill| fill.trades().map(move |(id, lots)| (fill, id, lots)));
    let trade = |(fill, id, lots): (&crate::market::Fill, u64, engine_model::units::Lots)| {
        let side = match fill.aggressor {
            Side::Buy => "B",
            Side::Sell => "A",
        };
        let (coin, at_ms) = (from.listing.name(), from.at_ms);
        let (px, sz) = (price(from, fill.level.px.0), size(from, lots.0));
        let (hash, users) = (hex(id, 64), [hex(2 * id, 40), hex(2 * id + 1, 40)].join("\",\""));
        // Ids are drawn from 50 bits.
        let id = spread(id) >> 14;
        format!(
            r#"{{"coin":"{coin}","side":"{side}","px":"{px}","sz":"{sz}","time":{at_ms},"hash":"{hash}","tid":{id},"users":["{users}"]}}"#
        )
    };
    format!(r#"{{"channel":"trades","data":[{}]}}"#, fills.map(trade).collect::<Vec<_>>().join(","))
}

/// A multiplication that spreads a number over all bits.
fn spread(number: u64) -> u64 {
    (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn hex(number: u64, digits: usize) -> String {
    let part = format!("{:016x}", spread(number));
    format!("0x{}", part.repeat(digits.div_ceil(16)).split_at(digits).0)
}

/// A perpetual's context, or that of a pair, which has neither funding nor oracle.
pub(super) fn context(from: From<'_>, mark: Mark, day: &Candle, book: &Book, interest_lots: i64) -> String {
    let coin = from.listing.name();
    let decimals = from.listing.instrument.grid.price_decimals;
    let e12 = |value: i128| decimal(value / 10i128.pow(12 - u32::from(decimals.min(12))), decimals);
    let (mark_px, oracle) = (e12(mark.mark_e12), e12(mark.index_e12));
    let (before, volume) = (price(from, day.open), decimal(day.turnover_e8(from.listing, day.tick_lots), 8));
    let (bid, ask) = (book.best(Side::Buy).px.0, book.best(Side::Sell).px.0);
    let grid = from.listing.instrument.grid;
    let mid = decimal(i128::from(bid + ask) * i128::from(grid.tick_step) * 5, decimals + 1);
    if from.listing.instrument.kind == ContractKind::Spot {
        return format!(
            r#"{{"channel":"activeSpotAssetCtx","data":{{"coin":"{coin}","ctx":{{"prevDayPx":"{before}","dayNtlVlm":"{volume}","markPx":"{mark_px}","midPx":"{mid}","circulatingSupply":"598274922.5","coin":"{coin}"}}}}}}"#
        );
    }
    // An eighth of what is paid elsewhere in eight hours.
    let funding = decimal(mark.rate_e8 * 100 / 8, 10);
    let premium = decimal((mark.mark_e12 - mark.index_e12) * 100_000_000 / mark.index_e12.max(1), 8);
    let (interest, impact) = (size(from, interest_lots), [bid, ask].map(|px| price(from, px)).join("\",\""));
    format!(
        r#"{{"channel":"activeAssetCtx","data":{{"coin":"{coin}","ctx":{{"funding":"{funding}","openInterest":"{interest}","prevDayPx":"{before}","dayNtlVlm":"{volume}","premium":"{premium}","oraclePx":"{oracle}","markPx":"{mark_px}","midPx":"{mid}","impactPxs":["{impact}"]}}}}}}"#
    )
}

pub(super) fn candle(from: From<'_>, candle: &Candle) -> String {
    let coin = from.listing.name();
    let [o, c, h, l] = [candle.open, candle.close, candle.high, candle.low].map(|px| price(from, px));
    let (starts, ends, v, n) = (candle.starts_at_ms, candle.ends_at_ms(), size(from, candle.lots), candle.trades);
    format!(
        r#"{{"channel":"candle","data":{{"t":{starts},"T":{ends},"s":"{coin}","i":"1m","o":"{o}","c":"{c}","h":"{h}","l":"{l}","v":"{v}","n":{n}}}}}"#
    )
}
