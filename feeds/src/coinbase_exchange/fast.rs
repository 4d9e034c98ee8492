//! Coinbase Exchange's books of the usual shape, by literal matching: the keys in the order in which the venue sends them, no
//! white space, no escapes. Changes of books are 98 of 100 frames.
//!
//! Owns: that shape, to the last byte. Never: errors. What differs anywhere is "not mine" and goes the general way, which
//! alone decides what is wrong.

use crate::decoded::{Book, BookKind, Decoded, Ids, Proof, Scratch};
use crate::grid::{RunGrids, time_iso_of};
use crate::reader::LevelReader;
use crate::scan::Rest;
use engine_model::units::Nanos;

/// The frame, if it is of the usual shape and its instrument is ours. The scratch is empty before, and anything after a
/// frame that is not.
pub(crate) fn frame(run: &mut RunGrids, bytes: &[u8], out: &mut Scratch) -> Option<Decoded> {
    let mut rest = Rest(bytes);
    if rest.skip(b"{\"type\":\"snapshot\",\"product_id\":\"").is_some() {
        return snapshot(run, &mut rest, out);
    }
    rest.skip(b"{\"type\":\"l2update\",\"product_id\":\"")?;
    let instrument = run.symbols.find(rest.text()?)?;
    rest.skip(b",\"changes\":[")?;
    changes(run.readers.get(instrument.index())?, &mut rest, out)?;
    rest.skip(b",\"time\":\"")?;
    let venue_at_ns = time_iso_of(rest.text()?);
    let (instrument, kind) = (Some(instrument), BookKind::Delta);
    let (bids, asks) = (out.bids.all(), out.asks.all());
    let book = Book { instrument, venue_at_ns, kind, ids: Ids::NONE, bids, asks, proof: Proof::NONE };
    (rest.0 == b"}").then_some(Decoded::Book(book))
}

/// `asks bids`
fn snapshot(run: &RunGrids, rest: &mut Rest<'_>, out: &mut Scratch) -> Option<Decoded> {
    let instrument = run.symbols.find(rest.text()?)?;
    let reader = run.readers.get(instrument.index())?;
    rest.skip(b",\"asks\":[")?;
    rest.unlike_levels(reader, &mut out.asks)?;
    rest.skip(b",\"bids\":[")?;
    rest.unlike_levels(reader, &mut out.bids)?;
    (rest.0 == b"}").then(|| out.whole_book(BookKind::Snapshot, Some(instrument), Nanos(0), Ids::NONE))
}

/// The rows and their closing bracket.
#[inline(always)]
fn changes(reader: &LevelReader, rest: &mut Rest<'_>, out: &mut Scratch) -> Option<()> {
    loop {
        let side = if rest.skip(b"[\"buy\",\"").is_some() {
            &mut out.bids
        } else {
            rest.skip(b"[\"sell\",\"")?;
            &mut out.asks
        };
        side.push(rest.level_apart(b"\",\"", reader)?).ok()?;
        if rest.skip(b"],").is_none() {
            return rest.skip(b"]]");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::twin;
    use engine_model::venue::VenueId;

    #[test]
    fn every_book_of_the_capture_is_taken_and_reads_the_same() {
        let files = ["coinbase_exchange/cf_20210417.ndjson.zst"];
        let Some(taken) = twin::check(VenueId::CoinbaseExchange, &files, frame) else { return };
        assert_eq!(taken, 9_729);
    }
}
