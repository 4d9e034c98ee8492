//! Kraken's old changes of books of the usual shape, by literal matching: no white space, no escapes.
//!
//! Owns: that shape, to the last byte. Never: errors. What differs anywhere is "not mine" and goes the general way, which
//! alone decides what is wrong.

use crate::decoded::{Book, BookKind, Ids, Proof, Scratch, SideScratch};
use crate::grid::RunGrids;
use crate::json::unsigned;
use crate::reader::LevelReader;
use crate::scan::Rest;
use crate::word::{ZEROS, digits_value, non_digits, word};
use engine_model::units::Nanos;

/// Where the pair and the channel are looked for, from the end: neither is longer.
const NAME_MAX: usize = 40;

/// The change, if the frame is one of the usual shape and its instrument is ours.
#[inline]
pub(crate) fn change(run: &mut RunGrids, bytes: &[u8], out: &mut Scratch) -> Option<Book> {
    let (front, pair) = last_text(bytes.strip_suffix(b"\"]")?)?;
    let (front, channel) = last_text(front.strip_suffix(b"\",")?)?;
    let depth_max = u32::try_from(unsigned(channel.strip_prefix(b"book-")?)?).ok()?;
    let instrument = run.symbols.find(pair)?;
    let reader = run.readers.get(instrument.index())?;
    let (mut rest, mut venue_at_ns, mut checksum) = (Rest(front), Nanos(0), None);
    (out.bids.count, out.asks.count) = (0, 0);
    rest.skip(b"[")?;
    rest.digits()?;
    rest.skip(b",{")?;
    // Each side at most once, in one object or in two.
    let mut seen = [false; 2];
    loop {
        let is_bid = rest.skip(b"\"b\":[").is_some();
        if !is_bid {
            rest.skip(b"\"a\":[")?;
        }
        if std::mem::replace(&mut seen[usize::from(is_bid)], true) {
            return None;
        }
        let side = if is_bid { &mut out.bids } else { &mut out.asks };
        venue_at_ns = venue_at_ns.max(levels(&mut rest, reader, side)?);
        if rest.skip(b",\"c\":\"").is_some() {
            checksum = Some(u32::try_from(rest.unsigned()?).ok()?);
            rest.skip(b"\"")?;
            break;
        }
        if rest.skip(b"},{").is_none() {
            break;
        }
    }
    if rest.0 != b"}," {
        return None;
    }
    let (bids, asks) = (out.bids.all(), out.asks.all());
    let proof = Proof { depth_max, checksum };
    let (instrument, kind, ids) = (Some(instrument), BookKind::Delta, Ids::NONE);
    Some(Book { instrument, venue_at_ns, kind, ids, bids, asks, proof })
}

/// What is before the last quote, and the text behind it.
#[inline(always)]
fn last_text(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let near = &bytes[bytes.len().saturating_sub(NAME_MAX)..];
    let length = near.iter().rev().position(|&byte| byte == b'"')?;
    let (front, text) = bytes.split_at(bytes.len() - length);
    Some((&front[..front.len() - 1], text))
}

/// Past the rows of a side and their closing bracket, `["1.5","2.5","1617666423.714230"],…]`, some with `"r"` at their end;
/// the newest of their times.
#[inline(always)]
fn levels(rest: &mut Rest<'_>, reader: &LevelReader, side: &mut SideScratch) -> Option<Nanos> {
    let mut newest = Nanos(0);
    loop {
        rest.skip(b"[\"")?;
        let slot = side.levels.get_mut(side.count)?;
        rest.0 = reader.read_apart(rest.0, b"\",\"", slot)?;
        side.count += 1;
        rest.skip(b",\"")?;
        newest = newest.max(seconds(rest)?);
        rest.skip(b"\"")?;
        let _ = rest.skip(b",\"r\"");
        rest.skip(b"]")?;
        if rest.skip(b",").is_none() {
            rest.skip(b"]")?;
            return Some(newest);
        }
    }
}

/// Past a time of ten digits and six decimals.
#[inline(always)]
fn seconds(rest: &mut Rest<'_>) -> Option<Nanos> {
    // Beyond these, nanoseconds pass the 63 bits of the general way.
    let whole = rest.unsigned().filter(|whole| (1_000_000_000..9_000_000_000).contains(whole))?;
    rest.skip(b".")?;
    let micros = word(rest.0) ^ ZEROS;
    if non_digits(micros).trailing_zeros() / 8 != 6 {
        return None;
    }
    rest.0 = rest.0.get(6..)?;
    Some(Nanos(whole * Nanos::SECOND + digits_value(micros << 16) * 1_000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kraken::tests::run;
    use engine_model::units::{Lots, Ticks};
    use engine_model::venue::VenueId;

    #[test]
    fn the_usual_frames_are_taken() {
        let (mut run, mut out) = (run(VenueId::KrakenV1, "XBT/USD", 5, 8), Scratch::new());
        let ask = r#"{"a":[["58810.30000","2.00000000","1617666423.014230"],["61816.40000","0.12983051","1617666288.174674","r"]]"#;
        let bid = r#"{"b":[["58724.80000","0.36000000","1617666424.690142"]]"#;
        let checksum = r#","c":"821599009"}"#;
        for (inside, bids, asks, at_ns, proved) in [
            (format!("{ask}{checksum}"), 0, 2, 1_617_666_423_014_230_000, true),
            (format!("{bid}{checksum}"), 1, 0, 1_617_666_424_690_142_000, true),
            (format!("{ask}}},{bid}{checksum}"), 1, 2, 1_617_666_424_690_142_000, true),
            (format!("{bid}}}"), 1, 0, 1_617_666_424_690_142_000, false),
        ] {
            let frame = format!(r#"[320,{inside},"book-1000","XBT/USD"]"#);
            for _ in 0..2 {
                let book = change(&mut run, frame.as_bytes(), &mut out).expect("taken");
                assert_eq!((out.bids.count, out.asks.count, book.venue_at_ns), (bids, asks, Nanos(at_ns)), "{frame}");
                let checksum = proved.then_some(821_599_009);
                assert_eq!(book.proof, Proof { depth_max: 1000, checksum }, "{frame}");
            }
        }
        let last = out.bids.get(out.bids.all())[0];
        assert_eq!((last.px, last.qty), (Ticks(5_872_480_000), Lots(36_000_000)));
    }
}
