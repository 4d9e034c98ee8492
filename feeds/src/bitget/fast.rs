//! Bitget's frames of the usual shape, by literal matching: the keys in the order in which the venue has sent them for
//! years, no white space, no escapes.
//!
//! Owns: that shape, to the last byte, of books, trades and candles in both generations, and tickers in any order of keys.
//! Never: errors. What differs anywhere is "not mine" and goes the general way, which alone decides what is wrong.

use crate::decoded::{Book, BookKind, Decoded, Derivative, Funding, Ids, Proof, Scratch, Trade};
use crate::flat::{Sent, rate_e8};
use crate::grid::{JOINED_MAX, RunGrids, joined};
use crate::marks::Marks;
use crate::reader::LevelReader;
use crate::scan::Rest;
use engine_model::instrument::InstrumentId;
use engine_model::market::{Level, Side};
use engine_model::units::Nanos;

/// The frame, if it is of the usual shape and its instrument is ours.
#[inline]
pub(crate) fn frame(run: &mut RunGrids, bytes: &[u8], out: &mut Scratch) -> Option<Decoded> {
    let mut rest = Rest(bytes);
    rest.skip(b"{\"action\":\"")?;
    let action = rest.text()?;
    rest.skip(b",\"arg\":{\"instType\":\"")?;
    let kind = rest.text()?;
    rest.skip(b",\"channel\":\"")?;
    let channel = rest.text()?;
    rest.skip(b",\"instId\":\"")?;
    let symbol = rest.text()?;
    rest.skip(b"},\"data\":[")?;
    let instrument = run.symbols.find(joined(kind, symbol, &mut [0; JOINED_MAX])?)?;
    let reader = run.readers.get(instrument.index())?;
    let decoded = match (channel, action) {
        (b"books", b"update") => book(BookKind::Delta, instrument, reader, out, &mut rest)?,
        (b"books", b"snapshot") => book(BookKind::Snapshot, instrument, reader, out, &mut rest)?,
        (b"trade", _) => trades(instrument, reader, out, &mut rest)?,
        (b"ticker", _) => tickers(instrument, run, out, &mut rest)?,
        (channel, _) if channel.starts_with(b"candle") => candles(instrument, &mut rest)?,
        _ => return None,
    };
    // v2 says when it was sent.
    if rest.skip(b",\"ts\":").is_some() {
        rest.digits()?;
    }
    (rest.0 == b"}").then_some(decoded)
}

/// `asks bids checksum [seq [pseq]] ts`
#[inline(always)]
fn book(
    kind: BookKind,
    instrument: InstrumentId,
    reader: &LevelReader,
    out: &mut Scratch,
    rest: &mut Rest<'_>,
) -> Option<Decoded> {
    rest.skip(b"{\"asks\":[")?;
    rest.unlike_levels(reader, &mut out.asks)?;
    rest.skip(b",\"bids\":[")?;
    rest.unlike_levels(reader, &mut out.bids)?;
    rest.skip(b",\"checksum\":")?;
    let checksum = rest.checksum()?;
    let mut ids = Ids::NONE;
    if rest.skip(b",\"seq\":").is_some() {
        let last = rest.unsigned()?;
        let previous = if rest.skip(b",\"pseq\":").is_some() { Some(rest.unsigned()?) } else { None };
        ids = Ids::after(previous.filter(|_| kind == BookKind::Delta), last);
    }
    let venue_at_ns = rest.quoted_ms(b",\"ts\":\"")?;
    rest.skip(b"}]")?;
    Some(Decoded::Book(Book {
        instrument: Some(instrument),
        venue_at_ns,
        kind,
        ids,
        bids: out.bids.all(),
        asks: out.asks.all(),
        proof: Proof { depth_max: 0, checksum },
    }))
}

/// Rows of names that both generations have, each its own.
fn tickers(instrument: InstrumentId, run: &RunGrids, out: &mut Scratch, rest: &mut Rest<'_>) -> Option<Decoded> {
    loop {
        rest.skip(b"{")?;
        let [mark, index, rate, paid, open_interest, time, old_rate, old_paid, old_open_interest, old_time] = rest
            .members([
                "markPrice",
                "indexPrice",
                "fundingRate",
                "nextFundingTime",
                "holdingAmount",
                "ts",
                "capitalRate",
                "nextSettleTime",
                "holding",
                "systemTime",
            ])?;
        let (mark, index) = (run.average(instrument, mark)?, run.average(instrument, index)?);
        let open_interest = run.sum(instrument, open_interest.or(old_open_interest))?;
        let next_at_ns = paid.or(old_paid).map_or(Nanos(0), Sent::ms);
        let funding = rate_e8(rate.or(old_rate))?.map(|rate_e8| Funding { rate_e8, next_at_ns, interval_s: 0 });
        let venue_at_ns = time.or(old_time).map_or(Nanos(0), Sent::ms);
        let instrument = Some(instrument);
        out.push(Decoded::Ticker(Derivative { instrument, venue_at_ns, mark, index, funding, open_interest })).ok()?;
        if rest.skip(b",").is_none() {
            rest.skip(b"]")?;
            return Some(Decoded::Many);
        }
    }
}

/// Rows of texts: only that there are some is told.
fn candles(instrument: InstrumentId, rest: &mut Rest<'_>) -> Option<Decoded> {
    let bytes = rest.0;
    if !bytes.starts_with(b"[\"") {
        return None;
    }
    let mut marks = Marks::new(bytes);
    marks.take();
    loop {
        let end = marks.take();
        let behind = bytes.get(end..)?;
        let to_next = if behind.starts_with(b"\",\"") {
            2
        } else if behind.starts_with(b"\"],[\"") {
            4
        } else {
            rest.0 = behind.strip_prefix(b"\"]]")?;
            return Some(Decoded::Candle { instrument: Some(instrument) });
        };
        if marks.take() != end + to_next {
            return None;
        }
    }
}

/// Newest first: `[[ts px qty side] …]` in v1, `[{ts price size side tradeId} …]` in v2
#[inline(always)]
fn trades(instrument: InstrumentId, reader: &LevelReader, out: &mut Scratch, rest: &mut Rest<'_>) -> Option<Decoded> {
    loop {
        let trade = if rest.skip(b"[\"").is_some() { old_trade(reader, rest)? } else { trade(reader, rest)? };
        out.push(Decoded::Trade(Trade { instrument: Some(instrument), ..trade })).ok()?;
        if rest.skip(b",").is_none() {
            rest.skip(b"]")?;
            out.turn_round(0);
            return Some(Decoded::Many);
        }
    }
}

#[inline(always)]
fn old_trade(reader: &LevelReader, rest: &mut Rest<'_>) -> Option<Trade> {
    let venue_at_ns = rest.ms()?;
    rest.skip(b"\",\"")?;
    let Level { px, qty } = rest.level_apart(b"\",\"", reader)?;
    rest.skip(b",\"")?;
    let aggressor = side(rest)?;
    rest.skip(b"]")?;
    Some(Trade { instrument: None, venue_at_ns, px, qty, aggressor, trade_id: 0 })
}

#[inline(always)]
fn trade(reader: &LevelReader, rest: &mut Rest<'_>) -> Option<Trade> {
    let venue_at_ns = rest.quoted_ms(b"{\"ts\":\"")?;
    rest.skip(b",\"price\":\"")?;
    let Level { px, qty } = rest.level_apart(b"\",\"size\":\"", reader)?;
    rest.skip(b",\"side\":\"")?;
    let aggressor = side(rest)?;
    rest.skip(b",\"tradeId\":\"")?;
    let trade_id = crate::json::unsigned(rest.text()?)?;
    rest.skip(b"}")?;
    Some(Trade { instrument: None, venue_at_ns, px, qty, aggressor, trade_id })
}

/// Past `buy"` or `sell"`.
#[inline(always)]
fn side(rest: &mut Rest<'_>) -> Option<Side> {
    if rest.skip(b"buy\"").is_some() {
        return Some(Side::Buy);
    }
    rest.skip(b"sell\"")?;
    Some(Side::Sell)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::twin;
    use engine_model::venue::VenueId;

    #[test]
    fn the_fast_way_says_what_the_general_way_says() {
        let files = ["bitget/v1_cf_20220407.ndjson.zst"];
        let Some(taken) = twin::check(VenueId::Bitget, &files, frame) else { return };
        assert!(taken > 1_000, "of 1,160 messages: {taken}");
    }
}
