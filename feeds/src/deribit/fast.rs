//! Deribit's books and tickers of the usual shape, by literal matching: the keys of books in the order in which the venue
//! sends them, no white space, no escapes.
//!
//! Owns: that shape, to the last byte. Never: errors. What differs anywhere is "not mine" and goes the general way, which
//! alone decides what is wrong. Trades and quotes go that way too: no capture has them, and of the single frames that we
//! have no two years agree on the order of their keys.

use super::decode::FUNDING_INTERVAL_S;
use crate::decoded::{Book, BookKind, Decoded, Derivative, Funding, Ids, Proof, Scratch, SideScratch};
use crate::flat::{Sent, not_empty, rate_e8};
use crate::grid::RunGrids;
use crate::reader::LevelReader;
use crate::scan::Rest;
use engine_model::market::Level;
use engine_model::units::{Lots, Nanos};

/// The frame, if it is of the usual shape and its instrument is ours. The scratch is empty before, and anything after a
/// frame that is not.
#[inline(always)]
pub(crate) fn frame(run: &mut RunGrids, bytes: &[u8], out: &mut Scratch) -> Option<Decoded> {
    let mut rest = Rest(bytes);
    rest.skip(b"{\"jsonrpc\":\"2.0\",\"method\":\"subscription\",\"params\":{\"channel\":\"")?;
    let decoded = if rest.skip(b"ticker.").is_some() {
        rest.text()?;
        rest.skip(b",\"data\":{")?;
        ticker(run, &mut rest)?
    } else {
        rest.skip(b"book.")?;
        rest.text()?;
        rest.skip(b",\"data\":{\"type\":\"")?;
        let is_change = rest.skip(b"change\"").is_some();
        if !is_change {
            rest.skip(b"snapshot\"")?;
        }
        book(is_change, run, out, &mut rest)?
    };
    (rest.0 == b"}}").then_some(decoded)
}

/// `timestamp [prev_change_id] instrument_name change_id bids asks`
#[inline(always)]
fn book(is_change: bool, run: &RunGrids, out: &mut Scratch, rest: &mut Rest<'_>) -> Option<Decoded> {
    rest.skip(b",\"timestamp\":")?;
    let venue_at_ns = rest.ms()?;
    let mut previous = None;
    if is_change {
        rest.skip(b",\"prev_change_id\":")?;
        previous = Some(rest.unsigned()?);
    }
    rest.skip(b",\"instrument_name\":\"")?;
    let instrument = run.symbols.find(rest.text()?)?;
    let reader = run.readers.get(instrument.index())?;
    rest.skip(b",\"change_id\":")?;
    let last = rest.unsigned()?;
    rest.skip(b",\"bids\":[")?;
    rows(reader, rest, &mut out.bids)?;
    rest.skip(b",\"asks\":[")?;
    rows(reader, rest, &mut out.asks)?;
    rest.skip(b"}")?;
    let kind = if is_change { BookKind::Delta } else { BookKind::Snapshot };
    let (bids, asks, ids) = (out.bids.all(), out.asks.all(), Ids::after(previous, last));
    let instrument = Some(instrument);
    Some(Decoded::Book(Book { instrument, venue_at_ns, kind, ids, bids, asks, proof: Proof::NONE }))
}

/// Its members in any order.
fn ticker(run: &RunGrids, rest: &mut Rest<'_>) -> Option<Decoded> {
    let [symbol, mark, index, rate, average_rate, open_interest, venue_time] = rest.members([
        "instrument_name",
        "mark_price",
        "index_price",
        "current_funding",
        "funding_8h",
        "open_interest",
        "timestamp",
    ])?;
    let instrument = run.symbols.find(symbol?.text()?)?;
    let (mark, index) = (run.average(instrument, mark)?, run.average(instrument, index)?);
    let rate_e8 = rate_e8(not_empty(rate).or(average_rate))?;
    let funding = rate_e8.map(|rate_e8| Funding { rate_e8, interval_s: FUNDING_INTERVAL_S, ..Funding::default() });
    let open_interest = run.sum(instrument, open_interest)?;
    let venue_at_ns = venue_time.map_or(Nanos(0), Sent::ms);
    Some(Decoded::Ticker(Derivative { instrument: Some(instrument), venue_at_ns, mark, index, funding, open_interest }))
}

/// Past the rows of a side and their closing bracket.
#[inline(always)]
fn rows(reader: &LevelReader, rest: &mut Rest<'_>, side: &mut SideScratch) -> Option<()> {
    if rest.skip(b"]").is_some() {
        return Some(());
    }
    loop {
        let is_deleted = if rest.skip(b"[\"new\",").is_some() || rest.skip(b"[\"change\",").is_some() {
            false
        } else {
            rest.skip(b"[\"delete\",")?;
            true
        };
        let mut level = Level::default();
        rest.0 = reader.read_apart_until::<1, b']'>(rest.0, b",", &mut level)?;
        side.push(if is_deleted { Level { qty: Lots(0), ..level } } else { level }).ok()?;
        if rest.skip(b",").is_none() {
            return rest.skip(b"]");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::twin;
    use engine_model::venue::VenueId;

    #[test]
    fn every_book_and_ticker_of_the_captures_is_taken_and_reads_the_same() {
        for (file, all) in [("deribit/cf_20210405.ndjson.zst", 460), ("deribit/cf_20210722.ndjson.zst", 135)] {
            let Some(taken) = twin::check(VenueId::Deribit, &[file], frame) else { return };
            assert_eq!(taken, all, "{file}");
        }
    }
}
