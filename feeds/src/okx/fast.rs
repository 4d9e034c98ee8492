//! OKX's frames of the usual shape, by literal matching: the keys in the order in which the venue has sent them for
//! years, no white space, no escapes.
//!
//! Owns: that shape, to the last byte, of books, trades and quotes, and tickers in any order of keys. Never: errors. What
//! differs anywhere is "not mine" and goes the general way, which alone decides what is wrong.

use crate::decoded::{Book, BookKind, Decoded, Derivative, Ids, Proof, Scratch, Trade};
use crate::flat::Sent;
use crate::grid::RunGrids;
use crate::reader::LevelReader;
use crate::scan::Rest;
use engine_model::instrument::InstrumentId;
use engine_model::market::{Level, Side};
use engine_model::units::Nanos;

/// The frame, if it is of the usual shape and its instrument is ours.
#[inline]
pub(crate) fn frame(run: &mut RunGrids, bytes: &[u8], out: &mut Scratch) -> Option<Decoded> {
    let mut rest = Rest(bytes);
    rest.skip(b"{\"arg\":{\"channel\":\"")?;
    let channel = rest.text()?;
    rest.skip(b",\"instId\":\"")?;
    let symbol = rest.text()?;
    if channel == b"tickers" {
        return tickers(run, out, &mut rest);
    }
    let instrument = run.symbols.find(symbol)?;
    let reader = run.readers.get(instrument.index())?;
    let decoded = match channel {
        b"books" | b"books-l2-tbt" | b"books50-l2-tbt" => book(instrument, reader, out, &mut rest)?,
        b"trades" => trade(symbol, instrument, reader, &mut rest)?,
        b"bbo-tbt" => quote(instrument, reader, &mut rest)?,
        _ => return None,
    };
    (rest.0 == b"}]}").then_some(decoded)
}

/// `action asks bids ts checksum [seqId prevSeqId]`
#[inline(always)]
fn book(instrument: InstrumentId, reader: &LevelReader, out: &mut Scratch, rest: &mut Rest<'_>) -> Option<Decoded> {
    rest.skip(b"},\"action\":\"")?;
    let kind = match rest.text()? {
        b"update" => BookKind::Delta,
        b"snapshot" => BookKind::Snapshot,
        _ => return None,
    };
    rest.skip(b",\"data\":[{\"asks\":[")?;
    rest.levels_with_tails(reader, &mut out.asks, tail)?;
    rest.skip(b",\"bids\":[")?;
    rest.levels_with_tails(reader, &mut out.bids, tail)?;
    let venue_at_ns = rest.quoted_ms(b",\"ts\":\"")?;
    rest.skip(b",\"checksum\":")?;
    let checksum = rest.checksum()?;
    let ids = if rest.skip(b",\"seqId\":").is_some() {
        let last = rest.unsigned()?;
        rest.skip(b",\"prevSeqId\":")?;
        match kind {
            BookKind::Snapshot => rest.skip(b"-1").map(|()| Ids::after(None, last))?,
            _ => Ids::after(Some(rest.unsigned()?), last),
        }
    } else {
        Ids::NONE
    };
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

/// What stands behind a quantity: `,"0","12"]`, how much of the level was forced and how many orders it has.
#[inline(always)]
fn tail(rest: &mut Rest<'_>) -> Option<()> {
    rest.skip_digits_between(b",\"0\",\"", b"\"]")
}

/// `instId tradeId px sz side ts [count]`
#[inline(always)]
fn trade(symbol: &[u8], instrument: InstrumentId, reader: &LevelReader, rest: &mut Rest<'_>) -> Option<Decoded> {
    rest.skip(b"},\"data\":[{\"instId\":\"")?;
    rest.0 = rest.0.strip_prefix(symbol)?;
    rest.skip(b"\",\"tradeId\":\"")?;
    let trade_id = rest.unsigned()?;
    rest.skip(b"\",\"px\":\"")?;
    let Level { px, qty } = rest.level_apart(b"\",\"sz\":\"", reader)?;
    let aggressor = if rest.skip(b",\"side\":\"buy\"").is_some() {
        Side::Buy
    } else {
        rest.skip(b",\"side\":\"sell\"")?;
        Side::Sell
    };
    let venue_at_ns = rest.quoted_ms(b",\"ts\":\"")?;
    if rest.skip(b",\"count\":\"").is_some() {
        rest.digits()?;
        rest.skip(b"\"")?;
    }
    let instrument = Some(instrument);
    Some(Decoded::Trade(Trade { instrument, venue_at_ns, px, qty, aggressor, trade_id }))
}

/// Rows in any order of keys, each of an instrument of ours. One that tells of funding goes the general way: there the next
/// payment tells how long the interval is.
#[inline(never)]
fn tickers(run: &RunGrids, out: &mut Scratch, rest: &mut Rest<'_>) -> Option<Decoded> {
    rest.skip(b"},\"data\":[")?;
    loop {
        rest.skip(b"{")?;
        let [symbol, mark, index, rate, open_interest, time] =
            rest.members(["instId", "markPx", "idxPx", "fundingRate", "oi", "ts"])?;
        if rate.is_some() {
            return None;
        }
        let instrument = run.symbols.find(symbol?.text()?)?;
        let (mark, index) = (run.average(instrument, mark)?, run.average(instrument, index)?);
        let open_interest = run.sum(instrument, open_interest)?;
        let venue_at_ns = time.map_or(Nanos(0), Sent::ms);
        let (instrument, funding) = (Some(instrument), None);
        out.push(Decoded::Ticker(Derivative { instrument, venue_at_ns, mark, index, funding, open_interest })).ok()?;
        if rest.skip(b",").is_none() {
            return (rest.0 == b"]}").then_some(Decoded::Many);
        }
    }
}

/// `asks bids ts [seqId]`, one level each
#[inline(always)]
fn quote(instrument: InstrumentId, reader: &LevelReader, rest: &mut Rest<'_>) -> Option<Decoded> {
    rest.skip(b"},\"data\":[{\"asks\":[[\"")?;
    let ask = rest.level_apart(b"\",\"", reader)?;
    tail(rest)?;
    rest.skip(b"],\"bids\":[[\"")?;
    let bid = rest.level_apart(b"\",\"", reader)?;
    tail(rest)?;
    let venue_at_ns = rest.quoted_ms(b"],\"ts\":\"")?;
    if rest.skip(b",\"seqId\":").is_some() {
        rest.digits()?;
    }
    Some(Decoded::Quote { instrument: Some(instrument), venue_at_ns, sides: Some([bid, ask]) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::twin;
    use engine_model::venue::VenueId;

    /// Of a contract, with what its rows may have besides, and without a time.
    const TICKERS: [&str; 3] = [
        r#"{"arg":{"channel":"tickers","instId":"BTC-USDT-SWAP"},"data":[{"instType":"SWAP","instId":"BTC-USDT-SWAP","last":"2.1729","askPx":"2.1738","askSz":"168","ts":"1640131263109"}]}"#,
        r#"{"arg":{"channel":"tickers","instId":"BTC-USDT-SWAP"},"data":[{"instId":"BTC-USDT-SWAP","markPx":"2.17","idxPx":"","oi":"2216113.01000000309","ts":"1640131263109"}]}"#,
        r#"{"arg":{"channel":"tickers","instId":"BTC-USDT-SWAP"},"data":[{"last":"1","instId":"BTC-USDT-SWAP"}]}"#,
    ];

    #[test]
    fn the_fast_way_says_what_the_general_way_says() {
        let files =
            ["cf_20210722.ndjson.zst", "cf_20210722_c2.ndjson.zst", "cf_20220227.ndjson.zst", "tv_20260824.ndjson.zst"];
        let taken = files.map(|file| {
            let file = format!("okx/{file}");
            twin::check(VenueId::Okx, &[file.as_str()], frame)
        });
        if taken.iter().all(Option::is_some) {
            assert_eq!(taken.map(Option::unwrap_or_default), [1_586, 1_529, 3_717, 7]);
        }
        let tickers = TICKERS.map(str::to_owned);
        assert_eq!(twin::check_frames(VenueId::Okx, &tickers, frame), 3);
    }
}
