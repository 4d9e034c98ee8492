//! Kraken's books and trades of the usual shape, by literal matching: the keys of books in the order in which the venue has
//! sent them for years, no white space, no escapes.
//!
//! Owns: that shape, to the last byte. Never: errors. What differs anywhere is "not mine" and goes the general way, which
//! alone decides what is wrong.

use crate::decoded::{BookKind, Decoded, Scratch, SideScratch, Trade};
use crate::flat::Sent;
use crate::grid::{RunGrids, iso_ns, time_iso_of};
use crate::reader::LevelReader;
use crate::scan::Rest;
use engine_model::instrument::InstrumentId;
use engine_model::market::{Level, Side};
use engine_model::units::Nanos;

/// Once a second while nothing else is said.
pub(crate) const HEARTBEAT: &[u8] = br#"{"channel":"heartbeat"}"#;

/// What a frame says besides its levels, which are in the scratch.
pub(crate) struct Book {
    pub(crate) instrument: InstrumentId,
    pub(crate) kind: BookKind,
    pub(crate) checksum: u32,
    pub(crate) venue_at_ns: Nanos,
}

/// The book, if the frame is one of the usual shape and its instrument is ours.
#[inline]
pub(crate) fn book(run: &mut RunGrids, bytes: &[u8], out: &mut Scratch) -> Option<Book> {
    let mut rest = Rest(bytes);
    rest.skip(b"{\"channel\":\"book\",\"type\":\"")?;
    let kind = if rest.skip(b"update").is_some() {
        BookKind::Delta
    } else {
        rest.skip(b"snapshot")?;
        BookKind::Snapshot
    };
    rest.skip(b"\",\"data\":[{\"symbol\":\"")?;
    let instrument = run.symbols.find(pair(&mut rest)?)?;
    let reader = run.readers.get(instrument.index())?;
    rest.skip(b"\",\"bids\":[")?;
    levels(&mut rest, reader, &mut out.bids)?;
    rest.skip(b",\"asks\":[")?;
    levels(&mut rest, reader, &mut out.asks)?;
    rest.skip(b",\"checksum\":")?;
    let checksum = u32::try_from(rest.unsigned()?).ok()?;
    rest.skip(b",\"timestamp\":\"")?;
    let venue_at_ns = iso_ns(rest.0.strip_suffix(b"\"}]}")?)?;
    Some(Book { instrument, kind, checksum, venue_at_ns })
}

/// The trades, if the frame has some of the usual shape and their instruments are ours. The scratch is empty before, and
/// anything after a frame that is not.
pub(crate) fn trades(run: &RunGrids, bytes: &[u8], out: &mut Scratch) -> Option<Decoded> {
    let mut rest = Rest(bytes);
    rest.skip(b"{\"channel\":\"trade\",\"type\":\"")?;
    rest.text()?;
    rest.skip(b",\"data\":[")?;
    loop {
        rest.skip(b"{")?;
        let [symbol, side, price, quantity, id, venue_time] =
            rest.members(["symbol", "side", "price", "qty", "trade_id", "timestamp"])?;
        let instrument = run.symbols.find(symbol?.text()?)?;
        let Level { px, qty } = run.level(instrument, price?, quantity?)?;
        let aggressor = match side?.text()? {
            b"buy" => Side::Buy,
            b"sell" => Side::Sell,
            _ => return None,
        };
        let trade_id = id.map_or(0, Sent::unsigned_or_zero);
        let venue_at_ns = venue_time.and_then(Sent::text).map_or(Nanos(0), time_iso_of);
        let instrument = Some(instrument);
        out.push(Decoded::Trade(Trade { instrument, venue_at_ns, px, qty, aggressor, trade_id })).ok()?;
        if rest.skip(b",").is_none() {
            return (rest.0 == b"]}").then_some(Decoded::Many);
        }
    }
}

/// Past a pair: two names and a stroke.
#[inline(always)]
fn pair<'a>(rest: &mut Rest<'a>) -> Option<&'a [u8]> {
    let all = rest.0;
    rest.name()?;
    rest.skip(b"/")?;
    rest.name()?;
    all.get(..all.len() - rest.0.len())
}

/// Past the rows of a side and their closing bracket: `{"price":1.5,"qty":2.5},…]`.
#[inline(always)]
fn levels(rest: &mut Rest<'_>, reader: &LevelReader, side: &mut SideScratch) -> Option<()> {
    side.count = 0;
    if rest.skip(b"]").is_some() {
        return Some(());
    }
    loop {
        rest.skip(b"{\"price\":")?;
        let slot = side.levels.get_mut(side.count)?;
        rest.0 = reader.read_apart_until::<7, b'}'>(rest.0, b",\"qty\":", slot)?;
        side.count += 1;
        if rest.skip(b",").is_none() {
            return rest.skip(b"]");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kraken::tests::run;
    use crate::twin;
    use engine_model::units::{Lots, Ticks};
    use engine_model::venue::VenueId;

    #[test]
    fn trades_in_the_venues_own_order_read_the_same() {
        let frame = r#"{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"sell","price":78858.8,"qty":0.00012345,"ord_type":"limit","trade_id":4665906,"timestamp":"2026-08-24T22:21:58.343688Z"},{"symbol":"BTC/USD","side":"buy","price":78858,"qty":0.5,"ord_type":"market","trade_id":4665907,"timestamp":"2026-08-24T22:21:58.343688Z"}]}"#;
        let taken = twin::check_frames(VenueId::Kraken, &[frame.to_owned()], |run, frame, out| trades(run, frame, out));
        assert_eq!(taken, 1);
    }

    #[test]
    fn a_heartbeat_is_what_the_general_way_says_it_is() {
        let general = crate::kraken::wire::frame(HEARTBEAT).expect("JSON");
        assert!(matches!(general, crate::kraken::wire::Frame::Control), "{general:?}");
    }

    #[test]
    fn the_usual_frames_are_taken() {
        let (mut run, mut out) = (run(VenueId::Kraken, "BTC/USD", 1, 8), Scratch::new());
        let update = br#"{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[{"price":78858.8,"qty":0.00000000},{"price":78857.0,"qty":0.34775324}],"asks":[],"checksum":2416540570,"timestamp":"2026-08-24T22:21:58.343688Z"}]}"#;
        for _ in 0..3 {
            let book = book(&mut run, update, &mut out).expect("taken");
            assert_eq!((book.kind, book.checksum), (BookKind::Delta, 2_416_540_570));
            assert_eq!(book.venue_at_ns, Nanos(1_787_610_118_343_688_000));
            let last = out.bids.get(out.bids.all())[1];
            assert_eq!((out.bids.count, out.asks.count), (2, 0));
            assert_eq!((last.px, last.qty), (Ticks(788_570), Lots(34_775_324)));
        }
    }
}
