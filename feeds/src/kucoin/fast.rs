//! KuCoin's changes of books in their two usual shapes, by literal matching.
//!
//! Owns: those shapes, to the last byte. Never: errors. What differs anywhere is "not mine" and goes the general way.

use crate::decoded::{BookKind, Decoded, Ids, NO_ID, Scratch, SideScratch};
use crate::grid::RunGrids;
use crate::reader::LevelReader;
use crate::scan::Rest;
use engine_model::instrument::InstrumentId;
use engine_model::market::Level;
use engine_model::units::{Nanos, Ticks};

/// The frame, if it is of a usual shape and its instrument is ours.
#[inline]
pub(super) fn frame(run: &mut RunGrids, bytes: &[u8], out: &mut Scratch) -> Option<Decoded> {
    let mut rest = Rest(bytes);
    if rest.skip(b"{\"data\":{\"sequenceStart\":").is_some() {
        of_2021(run, out, &mut rest)
    } else {
        rest.skip(b"{\"type\":\"message\",\"topic\":\"/market/level2:")?;
        of_2022(run, out, &mut rest)
    }
}

/// `data {sequenceStart symbol changes sequenceEnd} subject topic type`; the topic repeats the symbol.
#[inline(always)]
fn of_2021(run: &mut RunGrids, out: &mut Scratch, rest: &mut Rest<'_>) -> Option<Decoded> {
    let first = rest.unsigned()?;
    rest.skip(b",\"symbol\":\"")?;
    let (instrument, _) = symbol(run, rest)?;
    rest.skip(b"\",\"changes\":{")?;
    changes(run.readers.get(instrument.index())?, out, rest)?;
    rest.skip(b",\"sequenceEnd\":")?;
    let last = rest.unsigned()?;
    rest.skip(b"},\"subject\":\"trade.l2update\",\"topic\":\"/market/level2:")?;
    dashed_name(rest)?;
    (rest.0 == b"\",\"type\":\"message\"}").then(|| delta(instrument, first, last, 0, out))
}

/// `type topic subject data {changes sequenceEnd sequenceStart symbol time}`
#[inline(always)]
fn of_2022(run: &mut RunGrids, out: &mut Scratch, rest: &mut Rest<'_>) -> Option<Decoded> {
    let (instrument, name) = symbol(run, rest)?;
    rest.skip(b"\",\"subject\":\"trade.l2update\",\"data\":{\"changes\":{")?;
    changes(run.readers.get(instrument.index())?, out, rest)?;
    rest.skip(b",\"sequenceEnd\":")?;
    let last = rest.unsigned()?;
    rest.skip(b",\"sequenceStart\":")?;
    let first = rest.unsigned()?;
    rest.skip(b",\"symbol\":\"")?;
    rest.0 = rest.0.strip_prefix(name)?;
    rest.skip(b"\",\"time\":")?;
    let venue_ms = rest.unsigned()?;
    (rest.0 == b"}}").then(|| delta(instrument, first, last, venue_ms, out))
}

fn delta(instrument: InstrumentId, first: u64, last: u64, venue_ms: u64, out: &Scratch) -> Decoded {
    let venue_at_ns = Nanos(venue_ms.saturating_mul(1_000_000));
    out.whole_book(BookKind::Delta, Some(instrument), venue_at_ns, Ids { first, last, previous: NO_ID })
}

/// Past a symbol, up to its quote: the instrument, and how it is spelt.
#[inline(always)]
fn symbol<'a>(run: &RunGrids, rest: &mut Rest<'a>) -> Option<(InstrumentId, &'a [u8])> {
    let start = rest.0;
    dashed_name(rest)?;
    let name = &start[..start.len() - rest.0.len()];
    Some((run.symbols.find(name)?, name))
}

/// Past `BTC-USDT`, up to its quote.
#[inline(always)]
fn dashed_name(rest: &mut Rest<'_>) -> Option<()> {
    rest.name()?;
    rest.skip(b"-")?;
    rest.name()?;
    (rest.0.first() == Some(&b'"')).then_some(())
}

/// Past `"asks":[…],"bids":[…]}`.
#[inline(always)]
fn changes(reader: &LevelReader, out: &mut Scratch, rest: &mut Rest<'_>) -> Option<()> {
    rest.skip(b"\"asks\":[")?;
    rows(reader, &mut out.asks, rest)?;
    rest.skip(b",\"bids\":[")?;
    rows(reader, &mut out.bids, rest)?;
    rest.skip(b"}")
}

/// Past `["price","quantity","number"],…]`.
#[inline(always)]
fn rows(reader: &LevelReader, side: &mut SideScratch, rest: &mut Rest<'_>) -> Option<()> {
    if rest.skip(b"]").is_some() {
        return Some(());
    }
    loop {
        rest.skip(b"[\"")?;
        let mut level = Level::default();
        rest.0 = reader.read_apart(rest.0, b"\",\"", &mut level)?;
        rest.skip(b",\"")?;
        let row_id = rest.unsigned()?;
        rest.skip(b"\"]")?;
        if level.px != Ticks(0) {
            side.push_numbered(level, row_id).ok()?;
        }
        if rest.skip(b",").is_none() {
            return rest.skip(b"]");
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::kucoin::fast;
    use crate::twin;
    use engine_model::venue::VenueId;

    /// As many as the capture has of changes of books.
    #[test]
    fn the_fast_way_says_what_the_general_way_says() {
        let fast = |run: &mut _, frame: &_, out: &mut _| fast::frame(run, frame, out);
        if let Some(taken) = twin::check(VenueId::Kucoin, &["kucoin/cf_20210425_a.ndjson.zst"], fast) {
            assert_eq!(taken, 1_332);
        }
        let of_2022 = r#"{"type":"message","topic":"/market/level2:SNX-BTC","subject":"trade.l2update","data":{"changes":{"asks":[["0","0","7"],["0.00028718","1.5","8"]],"bids":[]},"sequenceEnd":8,"sequenceStart":7,"symbol":"SNX-BTC","time":1658449800752}}"#;
        assert_eq!(twin::check_frames(VenueId::Kucoin, &[of_2022.to_owned()], fast), 1);
    }
}
