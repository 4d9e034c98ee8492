//! Coinbase Advanced's frames of the usual shape, by literal matching: the keys in the order in which the venue sends them,
//! no white space, no escapes, one event.
//!
//! Owns: that shape, to the last byte. Never: errors. What differs anywhere is "not mine" and goes the general way, which
//! alone decides what is wrong.

use crate::decoded::{Book, BookKind, Decoded, Derivative, Ids, Proof, Scratch, Trade};
use crate::grid::{RunGrids, time_iso_of};
use crate::reader::LevelReader;
use crate::scan::Rest;
use engine_model::instrument::InstrumentId;
use engine_model::market::Side;
use engine_model::units::Nanos;

/// The frame, if it is of the usual shape and its instruments are ours. The scratch is empty before, and anything after a
/// frame that is not.
pub(crate) fn frame(run: &mut RunGrids, bytes: &[u8], out: &mut Scratch) -> Option<Decoded> {
    let mut rest = Rest(bytes);
    rest.skip(b"{\"channel\":\"")?;
    let decoded = if rest.skip(b"l2_data\"").is_some() {
        book(run, &mut rest, out)?
    } else if rest.skip(b"market_trades\"").is_some() {
        trades(run, &mut rest, out)?
    } else {
        rest.skip(b"ticker\"")?;
        tickers(run, &mut rest, out)?
    };
    (rest.0 == b"}]}").then_some(decoded)
}

/// `,"timestamp":"…","sequence_num":…,"events":[{"type":"…"`: when, and whether the event is a snapshot.
#[inline(always)]
fn head(rest: &mut Rest<'_>, out: &mut Scratch) -> Option<(Nanos, bool)> {
    rest.skip(b",\"timestamp\":\"")?;
    let venue_at_ns = time_iso_of(rest.text()?);
    rest.skip(b",\"sequence_num\":")?;
    out.socket_sequence = Some(rest.unsigned()?);
    rest.skip(b",\"events\":[{\"type\":\"")?;
    let is_snapshot = rest.skip(b"update\"").is_none();
    if is_snapshot {
        rest.skip(b"snapshot\"")?;
    }
    Some((venue_at_ns, is_snapshot))
}

/// Past the rest of a product's name.
#[inline(always)]
fn product(run: &RunGrids, rest: &mut Rest<'_>) -> Option<InstrumentId> {
    run.symbols.find(rest.text()?)
}

fn book(run: &RunGrids, rest: &mut Rest<'_>, out: &mut Scratch) -> Option<Decoded> {
    let (venue_at_ns, is_snapshot) = head(rest, out)?;
    rest.skip(b",\"product_id\":\"")?;
    let instrument = product(run, rest)?;
    rest.skip(b",\"updates\":[")?;
    rows(run.readers.get(instrument.index())?, rest, out)?;
    let kind = if is_snapshot { BookKind::Snapshot } else { BookKind::Delta };
    let (ids, bids, asks) = (Ids::one(out.socket_sequence?), out.bids.all(), out.asks.all());
    let instrument = Some(instrument);
    Some(Decoded::Book(Book { instrument, venue_at_ns, kind, ids, bids, asks, proof: Proof::NONE }))
}

/// The rows of a book and their closing bracket. What stands before the price of a row is mostly what stood there in the
/// row before: it is read only where it differs.
#[inline(always)]
fn rows(reader: &LevelReader, rest: &mut Rest<'_>, out: &mut Scratch) -> Option<()> {
    if rest.skip(b"]").is_some() {
        return Some(());
    }
    let mut start = rest.0;
    let mut is_bid = row_head(rest)?;
    let mut head = &start[..start.len() - rest.0.len()];
    loop {
        let level = rest.unlike_level(b",\"new_quantity\":\"", reader)?;
        let side = if is_bid { &mut out.bids } else { &mut out.asks };
        side.push(level).ok()?;
        if rest.skip(b"},").is_none() {
            return rest.skip(b"}]");
        }
        if let Some(behind) = rest.0.strip_prefix(head) {
            rest.0 = behind;
        } else {
            start = rest.0;
            is_bid = row_head(rest)?;
            head = &start[..start.len() - rest.0.len()];
        }
    }
}

/// `{"side":"…","event_time":"…","price_level":"`: whether it is a bid.
#[inline(never)]
fn row_head(rest: &mut Rest<'_>) -> Option<bool> {
    let is_bid = rest.skip(b"{\"side\":\"bid\"").is_some();
    if !is_bid {
        rest.skip(b"{\"side\":\"offer\"")?;
    }
    rest.skip(b",\"event_time\":\"")?;
    rest.text()?;
    rest.skip(b",\"price_level\":\"")?;
    Some(is_bid)
}

fn trades(run: &RunGrids, rest: &mut Rest<'_>, out: &mut Scratch) -> Option<Decoded> {
    head(rest, out)?;
    rest.skip(b",\"trades\":[")?;
    loop {
        let trade = trade(run, rest)?;
        out.push(Decoded::Trade(trade)).ok()?;
        if rest.skip(b",").is_none() {
            rest.skip(b"]")?;
            break;
        }
    }
    out.turn_round(0);
    Some(Decoded::Many)
}

fn trade(run: &RunGrids, rest: &mut Rest<'_>) -> Option<Trade> {
    rest.skip(b"{\"product_id\":\"")?;
    let instrument = product(run, rest)?;
    let reader = run.readers.get(instrument.index())?;
    rest.skip(b",\"trade_id\":\"")?;
    let trade_id = rest.unsigned()?;
    rest.skip(b"\",\"price\":\"")?;
    let level = rest.unlike_level(b",\"size\":\"", reader)?;
    rest.skip(b",\"time\":\"")?;
    let venue_at_ns = time_iso_of(rest.text()?);
    // The side sent is the maker's.
    let aggressor = if rest.skip(b",\"side\":\"SELL\"}").is_some() {
        Side::Buy
    } else {
        rest.skip(b",\"side\":\"BUY\"}")?;
        Side::Sell
    };
    Some(Trade { instrument: Some(instrument), venue_at_ns, px: level.px, qty: level.qty, aggressor, trade_id })
}

fn tickers(run: &RunGrids, rest: &mut Rest<'_>, out: &mut Scratch) -> Option<Decoded> {
    let (venue_at_ns, _) = head(rest, out)?;
    rest.skip(b",\"tickers\":[")?;
    loop {
        rest.skip(b"{\"type\":\"ticker\",\"product_id\":\"")?;
        let instrument = Some(product(run, rest)?);
        others(rest)?;
        out.push(Decoded::Ticker(Derivative { instrument, venue_at_ns, ..Derivative::default() })).ok()?;
        if rest.skip(b",").is_none() {
            rest.skip(b"]")?;
            return Some(Decoded::Many);
        }
    }
}

/// Past the other members of an object, all of them texts, and its end. A second product would be the one that counts.
fn others(rest: &mut Rest<'_>) -> Option<()> {
    while rest.skip(b",\"").is_some() {
        let key = rest.text()?;
        rest.skip(b":\"")?;
        rest.text()?;
        if key == b"product_id" {
            return None;
        }
    }
    rest.skip(b"}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::twin;
    use engine_model::venue::VenueId;

    #[test]
    fn every_book_trade_and_ticker_of_the_capture_is_taken_and_reads_the_same() {
        let files = ["coinbase/cf_20260809_part1.ndjson.zst"];
        let Some(taken) = twin::check(VenueId::Coinbase, &files, frame) else { return };
        // 619 messages less the list, 14 heartbeats, 5 answers and 4 candles.
        assert_eq!(taken, 595);
    }
}
