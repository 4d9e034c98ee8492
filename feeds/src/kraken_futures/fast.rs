//! Kraken Futures' books, trades and tickers of the usual shape, by literal matching: the keys in the order in which the
//! venue has sent them for years, no white space, no escapes.
//!
//! Owns: that shape, to the last byte. Never: errors. What differs anywhere is "not mine" and goes the general way, which
//! alone decides what is wrong.

use crate::decoded::{Book, BookKind, Decoded, Derivative, Funding, Ids, Proof, Scratch, SideScratch, Trade};
use crate::flat::{Sent, not_empty, rate_e8};
use crate::grid::RunGrids;
use crate::reader::LevelReader;
use crate::scan::Rest;
use engine_model::market::{Level, Side};
use engine_model::units::Nanos;

/// The frame, if it is of the usual shape and its instrument is ours. The scratch is empty before, and anything after a
/// frame that is not.
#[inline]
pub(crate) fn frame(run: &mut RunGrids, bytes: &[u8], out: &mut Scratch) -> Option<Decoded> {
    let mut rest = Rest(bytes);
    rest.skip(b"{\"feed\":\"")?;
    let decoded = if rest.skip(b"book\",\"product_id\":\"").is_some() {
        change(run, &mut rest, out)?
    } else if rest.skip(b"book_snapshot\",\"product_id\":\"").is_some() {
        snapshot(run, &mut rest, out)?
    } else if rest.skip(b"trade_snapshot\",\"product_id\":\"").is_some() {
        trades(run, &mut rest, out)?
    } else if rest.skip(b"trade\",\"product_id\":\"").is_some() {
        let instrument = run.symbols.find(rest.text()?)?;
        let trade = trade(run.readers.get(instrument.index())?, &mut rest)?;
        out.push(Decoded::Trade(Trade { instrument: Some(instrument), ..trade })).ok()?;
        return rest.0.is_empty().then_some(Decoded::Many);
    } else {
        rest.skip(b"ticker")?;
        let _ = rest.skip(b"_lite");
        rest.skip(b"\",")?;
        // The last bracket is behind us with the last member.
        return ticker(run, &mut rest).filter(|_| rest.0.is_empty());
    };
    (rest.0 == b"}").then_some(decoded)
}

/// `product_id side seq price qty timestamp`
#[inline(always)]
fn change(run: &RunGrids, rest: &mut Rest<'_>, out: &mut Scratch) -> Option<Decoded> {
    let instrument = run.symbols.find(rest.text()?)?;
    let reader = run.readers.get(instrument.index())?;
    rest.skip(b",\"side\":\"")?;
    let side = match side(rest)? {
        Side::Buy => &mut out.bids,
        Side::Sell => &mut out.asks,
    };
    rest.skip(b",\"seq\":")?;
    let ids = Ids::one(rest.unsigned()?);
    rest.skip(b",\"price\":")?;
    let mut level = Level::default();
    rest.0 = reader.read_apart_until::<7, b','>(rest.0, b",\"qty\":", &mut level)?;
    side.push(level).ok()?;
    rest.skip(b"\"timestamp\":")?;
    let venue_at_ns = rest.ms()?;
    let (instrument, kind) = (Some(instrument), BookKind::Delta);
    let (bids, asks) = (out.bids.all(), out.asks.all());
    Some(Decoded::Book(Book { instrument, venue_at_ns, kind, ids, bids, asks, proof: Proof::NONE }))
}

/// `product_id timestamp seq tickSize bids asks`
fn snapshot(run: &RunGrids, rest: &mut Rest<'_>, out: &mut Scratch) -> Option<Decoded> {
    let instrument = run.symbols.find(rest.text()?)?;
    let reader = run.readers.get(instrument.index())?;
    rest.skip(b",\"timestamp\":")?;
    let venue_at_ns = rest.ms()?;
    rest.skip(b",\"seq\":")?;
    let ids = Ids::one(rest.unsigned()?);
    rest.skip(b",\"tickSize\":null,\"bids\":[")?;
    rows(reader, rest, &mut out.bids)?;
    rest.skip(b",\"asks\":[")?;
    rows(reader, rest, &mut out.asks)?;
    Some(out.whole_book(BookKind::Snapshot, Some(instrument), venue_at_ns, ids))
}

/// Past the rows of a side and their closing bracket: `{"price":1.5,"qty":2.5},…]`.
#[inline(always)]
fn rows(reader: &LevelReader, rest: &mut Rest<'_>, side: &mut SideScratch) -> Option<()> {
    if rest.skip(b"]").is_some() {
        return Some(());
    }
    loop {
        rest.skip(b"{\"price\":")?;
        let mut level = Level::default();
        rest.0 = reader.read_apart_until::<7, b'}'>(rest.0, b",\"qty\":", &mut level)?;
        side.push(level).ok()?;
        if rest.skip(b",").is_none() {
            return rest.skip(b"]");
        }
    }
}

/// Newest first: `product_id trades`, all of one product. A liquidation goes the general way.
fn trades(run: &RunGrids, rest: &mut Rest<'_>, out: &mut Scratch) -> Option<Decoded> {
    let product = rest.text()?;
    let instrument = run.symbols.find(product)?;
    let reader = run.readers.get(instrument.index())?;
    rest.skip(b",\"trades\":[")?;
    loop {
        rest.skip(b"{\"feed\":\"trade\",\"product_id\":\"")?;
        rest.0 = rest.0.strip_prefix(product)?;
        rest.skip(b"\"")?;
        out.push(Decoded::Trade(Trade { instrument: Some(instrument), ..trade(reader, rest)? })).ok()?;
        if rest.skip(b",").is_none() {
            rest.skip(b"]")?;
            break;
        }
    }
    out.turn_round(0);
    Some(Decoded::Many)
}

/// Behind the product, up to and with the last bracket: `uid side type seq time qty price`
#[inline(always)]
fn trade(reader: &LevelReader, rest: &mut Rest<'_>) -> Option<Trade> {
    rest.skip(b",\"uid\":\"")?;
    rest.text()?;
    rest.skip(b",\"side\":\"")?;
    let aggressor = side(rest)?;
    rest.skip(b",\"type\":\"fill\",\"seq\":")?;
    let trade_id = rest.unsigned()?;
    rest.skip(b",\"time\":")?;
    let venue_at_ns = rest.ms()?;
    rest.skip(b",\"qty\":")?;
    let qty = reader.bare_quantity::<b','>(rest)?;
    rest.skip(b"\"price\":")?;
    let px = reader.bare_price::<b'}'>(rest)?;
    Some(Trade { instrument: None, venue_at_ns, px, qty, aggressor, trade_id })
}

/// Its members in any order, but `feed` once and in front.
fn ticker(run: &RunGrids, rest: &mut Rest<'_>) -> Option<Decoded> {
    let [feed, event, product, mark, index, rate, next, open_interest, venue_time] = rest.members([
        "feed",
        "event",
        "product_id",
        "markPrice",
        "index",
        "relative_funding_rate",
        "next_funding_rate_time",
        "openInterest",
        "time",
    ])?;
    if feed.is_some() || event.is_some() {
        return None;
    }
    let instrument = run.symbols.find(product?.text()?)?;
    let (mark, index) = (run.average(instrument, mark)?, run.average(instrument, index)?);
    let next_at_ns = not_empty(next).map_or(Nanos(0), Sent::ms);
    let funding = rate_e8(rate)?.map(|rate_e8| Funding { rate_e8, next_at_ns, interval_s: super::FUNDING_S });
    let open_interest = run.sum(instrument, open_interest)?;
    let venue_at_ns = venue_time.map_or(Nanos(0), Sent::ms);
    Some(Decoded::Ticker(Derivative { instrument: Some(instrument), venue_at_ns, mark, index, funding, open_interest }))
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
    fn every_book_history_and_ticker_of_the_capture_is_taken_and_reads_the_same() {
        let files = ["kraken_futures/cf_20210722.ndjson.zst"];
        let Some(taken) = twin::check(VenueId::KrakenFutures, &files, frame) else { return };
        assert_eq!(taken, 7_144);
    }

    #[test]
    fn frames_of_both_sides_read_the_same() {
        let frames = [("buy", "2002.4"), ("sell", "2004.85"), ("sell", "2004")].map(|(side, price)| {
            format!(
                r#"{{"feed":"book","product_id":"PI_ETHUSD","side":"{side}","seq":26660862,"price":{price},"qty":4787.0,"timestamp":1626994927766}}"#
            )
        });
        assert_eq!(twin::check_frames(VenueId::KrakenFutures, &frames, frame), 3);
    }
}
