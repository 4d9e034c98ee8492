//! Kraken Futures' changes of books of the usual shape, by literal matching: the keys in the order in which the venue has
//! sent them for years, no white space, no escapes.
//!
//! Owns: that shape, to the last byte. Never: errors. What differs anywhere is "not mine" and goes the general way, which
//! alone decides what is wrong.

use crate::decoded::{Book, BookKind, Ids, Proof, Scratch};
use crate::grid::RunGrids;
use crate::scan::Rest;
use engine_model::units::Nanos;

/// The change, if the frame is one of the usual shape and its instrument is ours.
#[inline]
pub(crate) fn change(run: &mut RunGrids, bytes: &[u8], out: &mut Scratch) -> Option<Book> {
    let mut rest = Rest(bytes);
    rest.skip(b"{\"feed\":\"book\",\"product_id\":\"")?;
    let product = rest.0;
    let length = rest.name()?;
    let instrument = run.symbols.find(&product[..length])?;
    let reader = run.readers.get_mut(instrument.index())?;
    (out.bids.count, out.asks.count) = (0, 0);
    rest.skip(b"\",\"side\":\"")?;
    let side = if rest.skip(b"buy").is_some() {
        &mut out.bids
    } else {
        rest.skip(b"sell")?;
        &mut out.asks
    };
    rest.skip(b"\",\"seq\":")?;
    let ids = Ids::one(rest.unsigned()?);
    rest.skip(b",\"price\":")?;
    rest.0 = reader.read_until::<7, b','>(rest.0, b",\"qty\":", side.levels.first_mut()?)?;
    side.count = 1;
    rest.skip(b"\"timestamp\":")?;
    let venue_at_ns = Nanos(rest.unsigned()?.saturating_mul(1_000_000));
    if rest.0 != b"}" {
        return None;
    }
    let (bids, asks) = (out.bids.all(), out.asks.all());
    let (instrument, kind) = (Some(instrument), BookKind::Delta);
    Some(Book { instrument, venue_at_ns, kind, ids, bids, asks, proof: Proof::NONE })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kraken::tests::run;
    use engine_model::market::Level;
    use engine_model::units::{Lots, Ticks};
    use engine_model::venue::VenueId;

    #[test]
    fn the_usual_frames_are_taken() {
        let (mut run, mut out) = (run(VenueId::KrakenFutures, "PI_ETHUSD", 2, 0), Scratch::new());
        for (side, price, px, count) in [("buy", "2002.4", 200_240, (1, 0)), ("sell", "2004.85", 200_485, (0, 1))] {
            let frame = format!(
                r#"{{"feed":"book","product_id":"PI_ETHUSD","side":"{side}","seq":26660862,"price":{price},"qty":4787.0,"timestamp":1626994927766}}"#
            );
            for _ in 0..2 {
                let book = change(&mut run, frame.as_bytes(), &mut out).expect("taken");
                assert_eq!((book.ids, book.venue_at_ns), (Ids::one(26_660_862), Nanos(1_626_994_927_766_000_000)));
                assert_eq!((out.bids.count, out.asks.count), count, "{side}");
                let levels = [out.bids.get(book.bids), out.asks.get(book.asks)].concat();
                assert_eq!(levels, [Level { px: Ticks(px), qty: Lots(4_787) }]);
            }
        }
    }
}
