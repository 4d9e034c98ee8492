//! Deribit's changes of books of the usual shape, by literal matching: the keys in the order in which the venue sends them,
//! no white space, no escapes.
//!
//! Owns: that shape, to the last byte. Never: errors. What differs anywhere is "not mine" and goes the general way, which
//! alone decides what is wrong. Trades and quotes go that way too: no capture has them, and of the single frames that we
//! have no two years agree on the order of their keys.

use crate::decoded::{Book, BookKind, Decoded, Ids, Proof, Scratch, SideScratch};
use crate::grid::RunGrids;
use crate::reader::LevelReader;
use crate::scan::Rest;
use engine_model::market::Level;
use engine_model::units::Lots;

/// The frame, if it is of the usual shape and its instrument is ours. The scratch is empty before, and anything after a
/// frame that is not.
#[inline(always)]
pub(crate) fn frame(run: &mut RunGrids, bytes: &[u8], out: &mut Scratch) -> Option<Decoded> {
    let mut rest = Rest(bytes);
    rest.skip(b"{\"jsonrpc\":\"2.0\",\"method\":\"subscription\",\"params\":{\"channel\":\"book.")?;
    rest.text()?;
    rest.skip(b",\"data\":{\"type\":\"change\",\"timestamp\":")?;
    let venue_at_ns = rest.ms()?;
    rest.skip(b",\"prev_change_id\":")?;
    let previous = rest.unsigned()?;
    rest.skip(b",\"instrument_name\":\"")?;
    let instrument = run.symbols.find(rest.text()?)?;
    let reader = run.readers.get_mut(instrument.index())?;
    rest.skip(b",\"change_id\":")?;
    let last = rest.unsigned()?;
    rest.skip(b",\"bids\":[")?;
    rows(reader, &mut rest, &mut out.bids)?;
    rest.skip(b",\"asks\":[")?;
    rows(reader, &mut rest, &mut out.asks)?;
    let (instrument, kind, ids) = (Some(instrument), BookKind::Delta, Ids::after(Some(previous), last));
    let (bids, asks) = (out.bids.all(), out.asks.all());
    let book = Book { instrument, venue_at_ns, kind, ids, bids, asks, proof: Proof::NONE };
    (rest.0 == b"}}}").then_some(Decoded::Book(book))
}

/// Past the rows of a side and their closing bracket.
#[inline(always)]
fn rows(reader: &mut LevelReader, rest: &mut Rest<'_>, side: &mut SideScratch) -> Option<()> {
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
        rest.0 = reader.read_until::<1, b']'>(rest.0, b",", &mut level)?;
        side.push(if is_deleted { Level { qty: Lots(0), ..level } } else { level }).ok()?;
        if rest.skip(b",").is_none() {
            return rest.skip(b"]");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{Direction, Recording};
    use crate::grid::Grids;
    use crate::metadata;
    use engine_model::venue::VenueId;
    use std::path::Path;

    #[test]
    fn every_change_of_the_captures_is_taken() {
        let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
        let root = std::env::var_os("RINGSIDE_SHARED").map_or(beside, Into::into).join("data/deribit");
        for (file, changes) in [("cf_20210405.ndjson.zst", 177), ("cf_20210722.ndjson.zst", 36)] {
            let file = root.join(file);
            if !file.is_file() {
                return eprintln!("skipped: {} not found", file.display());
            }
            let recording = Recording::read(&[file]).expect("readable");
            let instruments = metadata::infer(&recording, VenueId::Deribit);
            let Grids::Run(mut run) = Grids::of_run(VenueId::Deribit, &instruments) else {
                unreachable!("it is of a run")
            };
            let mut out = Scratch::new();
            let mut is_taken = |bytes: &[u8]| {
                out.clear();
                frame(&mut run, bytes, &mut out).is_some()
            };
            let frames = recording.iter().filter(|record| record.direction == Direction::In);
            assert_eq!(frames.filter(|record| is_taken(record.payload)).count(), changes);
        }
    }
}
