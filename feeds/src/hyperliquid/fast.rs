//! Hyperliquid's books, quotes and trades of the usual shape, by literal matching: no white space, no escapes, the keys in
//! the order in which the venue sends them or in that of the alphabet, in which some recorders write them.
//!
//! Owns: that shape, to the last byte. Never: errors. What differs anywhere is "not mine" and goes the general way, which
//! alone decides what is wrong.

use crate::decoded::{Book, BookKind, Decoded, Ids, Proof, Scratch, SideScratch, Trade};
use crate::grid::RunGrids;
use crate::json::unsigned;
use crate::reader::LevelReader;
use crate::scan::Rest;
use engine_model::market::{Level, Side};
use engine_model::units::Nanos;

/// The frame, if it is of the usual shape and its instruments are ours. The scratch is empty before, and anything after a
/// frame that is not.
pub(crate) fn frame(run: &mut RunGrids, bytes: &[u8], out: &mut Scratch) -> Option<Decoded> {
    let mut rest = Rest(bytes);
    rest.skip(b"{\"channel\":\"")?;
    let decoded = if rest.skip(b"trades\",\"data\":[").is_some() {
        trades(run, &mut rest, out)?
    } else if rest.skip(b"bbo\",\"data\":{\"coin\":\"").is_some() {
        quote(run, &mut rest)?
    } else {
        rest.skip(b"l2Book\",\"data\":{\"coin\":\"")?;
        book(run, &mut rest, out)?
    };
    (rest.0 == b"}").then_some(decoded)
}

/// Past `,"time":…` where it stands here.
#[inline(always)]
fn time(rest: &mut Rest<'_>) -> Option<Option<Nanos>> {
    if rest.skip(b",\"time\":").is_none() {
        return Some(None);
    }
    rest.unsigned().map(|ms| Some(Nanos(ms.saturating_mul(1_000_000))))
}

fn book(run: &RunGrids, rest: &mut Rest<'_>, out: &mut Scratch) -> Option<Decoded> {
    let instrument = run.symbols.find(rest.text()?)?;
    let reader = run.readers.get(instrument.index())?;
    let early = time(rest)?;
    rest.skip(b",\"levels\":[[")?;
    levels(reader, rest, &mut out.bids)?;
    rest.skip(b",[")?;
    levels(reader, rest, &mut out.asks)?;
    rest.skip(b"]")?;
    let venue_at_ns = if let Some(early) = early { early } else { time(rest)?? };
    rest.skip(b"}")?;
    let (instrument, kind) = (Some(instrument), BookKind::Snapshot);
    let (bids, asks) = (out.bids.all(), out.asks.all());
    Some(Decoded::Book(Book { instrument, venue_at_ns, kind, ids: Ids::NONE, bids, asks, proof: Proof::NONE }))
}

/// The rows of a side and their closing bracket.
fn levels(reader: &LevelReader, rest: &mut Rest<'_>, side: &mut SideScratch) -> Option<()> {
    if rest.skip(b"]").is_some() {
        return Some(());
    }
    loop {
        side.push(level(reader, rest)?).ok()?;
        if rest.skip(b",").is_none() {
            return rest.skip(b"]");
        }
    }
}

/// `{"px":"…","sz":"…","n":…}`
#[inline(always)]
fn level(reader: &LevelReader, rest: &mut Rest<'_>) -> Option<Level> {
    let is_count_first = rest.skip(b"{\"n\":").is_some();
    if is_count_first {
        rest.digits()?;
        rest.skip(b",\"px\":\"")?;
    } else {
        rest.skip(b"{\"px\":\"")?;
    }
    let level = rest.unlike_level(b",\"sz\":\"", reader)?;
    if !is_count_first {
        rest.skip(b",\"n\":")?;
        rest.digits()?;
    }
    rest.skip(b"}")?;
    Some(level)
}

fn quote(run: &RunGrids, rest: &mut Rest<'_>) -> Option<Decoded> {
    let instrument = run.symbols.find(rest.text()?)?;
    let reader = run.readers.get(instrument.index())?;
    let early = time(rest)?;
    rest.skip(b",\"bbo\":[")?;
    let bid = level(reader, rest)?;
    rest.skip(b",")?;
    let sides = Some([bid, level(reader, rest)?]);
    rest.skip(b"]")?;
    let venue_at_ns = if let Some(early) = early { early } else { time(rest)?? };
    rest.skip(b"}")?;
    Some(Decoded::Quote { instrument: Some(instrument), venue_at_ns, sides })
}

fn trades(run: &RunGrids, rest: &mut Rest<'_>, out: &mut Scratch) -> Option<Decoded> {
    loop {
        rest.skip(b"{\"coin\":\"")?;
        out.push(Decoded::Trade(trade(run, rest)?)).ok()?;
        if rest.skip(b",").is_none() {
            rest.skip(b"]")?;
            return Some(Decoded::Many);
        }
    }
}

/// A row behind `{"coin":"`, up to and with its end. Each member may stand anywhere, but none twice.
fn trade(run: &RunGrids, rest: &mut Rest<'_>) -> Option<Trade> {
    let instrument = run.symbols.find(rest.text()?)?;
    let reader = run.readers.get(instrument.index())?;
    let (mut px, mut qty, mut aggressor, mut id, mut time) = (None, None, None, None, None);
    let (mut hash, mut users) = (None, None);
    while rest.skip(b",\"").is_some() {
        let is_second = if rest.skip(b"px\":\"").is_some() {
            px.replace(reader.price(rest)?).is_some()
        } else if rest.skip(b"sz\":\"").is_some() {
            qty.replace(reader.quantity(rest)?).is_some()
        } else if rest.skip(b"side\":\"").is_some() {
            aggressor.replace(side(rest)?).is_some()
        } else if rest.skip(b"time\":").is_some() {
            time.replace(rest.unsigned()?).is_some()
        } else if rest.skip(b"tid\":").is_some() {
            id.replace(long(rest)?).is_some()
        } else if rest.skip(b"hash\":\"").is_some() {
            hash.replace(rest.text()?).is_some()
        } else {
            rest.skip(b"users\":[\"")?;
            rest.text()?;
            rest.skip(b",\"")?;
            users.replace(rest.text()?).is_some() || rest.skip(b"]").is_none()
        };
        if is_second {
            return None;
        }
    }
    rest.skip(b"}")?;
    let venue_at_ns = Nanos(time?.saturating_mul(1_000_000));
    let (instrument, px, qty, aggressor, trade_id) = (Some(instrument), px?, qty?, aggressor?, id?);
    Some(Trade { instrument, venue_at_ns, px, qty, aggressor, trade_id })
}

#[inline(always)]
fn side(rest: &mut Rest<'_>) -> Option<Side> {
    if rest.skip(b"B\"").is_some() {
        return Some(Side::Buy);
    }
    rest.skip(b"A\"")?;
    Some(Side::Sell)
}

/// Past an id: it is drawn from 50 bits, so that one in nine has 16 digits.
#[inline(always)]
fn long(rest: &mut Rest<'_>) -> Option<u64> {
    if let Some(id) = rest.unsigned() {
        return Some(id);
    }
    let (digits, behind) = rest.0.split_at_checked(16)?;
    let is_end = digits[0] != b'0' && !behind.first().is_some_and(u8::is_ascii_digit);
    rest.0 = behind;
    unsigned(digits).filter(|_| is_end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::twin;
    use engine_model::venue::VenueId;

    #[test]
    fn every_frame_of_the_capture_is_taken_and_reads_the_same() {
        let files = ["hyperliquid/hft_btc_20250126.ndjson.zst"];
        let Some(taken) = twin::check(VenueId::Hyperliquid, &files, frame) else { return };
        assert_eq!(taken, 55);
    }

    #[test]
    fn frames_in_the_venues_own_order_read_the_same() {
        let level = r#"{"px":"100.0","sz":"1.5","n":2},{"px":"99.5","sz":"2","n":1}"#;
        let frames = [
            format!(r#"{{"channel":"l2Book","data":{{"coin":"BTC","time":5,"levels":[[{level}],[]]}}}}"#),
            format!(r#"{{"channel":"bbo","data":{{"coin":"BTC","time":5,"bbo":[{level}]}}}}"#),
            r#"{"channel":"trades","data":[{"coin":"BTC","side":"B","px":"100.5","sz":"0.00219","time":8,"hash":"0x0","tid":1121451470284048,"users":["0xe9","0x68"]},{"coin":"BTC","side":"A","px":"100","sz":"2","time":9,"hash":"0x0","tid":7}]}"#.to_owned(),
        ];
        assert_eq!(twin::check_frames(VenueId::Hyperliquid, &frames, frame), 3);
    }
}
