//! Bybit's books and trades of the usual shape, by literal matching: the keys in the order in which contracts send them, or
//! in that of spot; no white space, no escapes.
//!
//! Owns: those shapes, to the last byte. Never: errors. What differs anywhere is "not mine" and goes the general way, which
//! alone decides what is wrong; so a new field costs microseconds, not data.

use super::decode::Category;
use crate::decoded::{Book, BookKind, Decoded, Ids, Proof, Scratch, Trade};
use crate::grid::RunGrids;
use crate::json;
use crate::reader::LevelReader;
use crate::scan::Rest;
use engine_model::instrument::InstrumentId;
use engine_model::market::{Level, Side};
use engine_model::units::Nanos;

/// The frame, if it is of a usual shape and its instrument is ours. The scratch is empty before, and anything after a frame
/// that is not.
#[inline(always)]
pub(crate) fn frame(
    category: Option<Category>,
    run: &mut RunGrids,
    bytes: &[u8],
    out: &mut Scratch,
) -> Option<Decoded> {
    let mut rest = Rest(bytes);
    if rest.skip(b"{\"topic\":\"orderbook.").is_some() {
        return book(category, run, &mut rest, out);
    }
    rest.skip(b"{\"topic\":\"publicTrade.")?;
    trades(category, run, &mut rest, out)
}

fn find(category: Option<Category>, run: &RunGrids, symbol: &[u8]) -> Option<InstrumentId> {
    match category {
        Some(category) => run.find_in(category.name(), symbol),
        None => run.symbols.find(symbol),
    }
}

/// `topic (type ts | ts type) data { s b a u seq } cts`
#[inline(always)]
fn book(category: Option<Category>, run: &mut RunGrids, rest: &mut Rest<'_>, out: &mut Scratch) -> Option<Decoded> {
    rest.text()?;
    let is_snapshot = if rest.skip(b",\"type\":\"").is_some() {
        let is_snapshot = rest.is_snapshot()?;
        rest.skip(b",\"ts\":")?;
        rest.digits()?;
        is_snapshot
    } else {
        rest.skip(b",\"ts\":")?;
        rest.digits()?;
        rest.skip(b",\"type\":\"")?;
        rest.is_snapshot()?
    };
    rest.skip(b",\"data\":{\"s\":\"")?;
    let instrument = find(category, run, rest.text()?)?;
    let reader = run.readers.get_mut(instrument.index())?;
    rest.skip(b",\"b\":[")?;
    rest.levels(reader, &mut out.bids)?;
    rest.skip(b",\"a\":[")?;
    rest.levels(reader, &mut out.asks)?;
    rest.skip(b",\"u\":")?;
    let update_id = rest.unsigned()?;
    rest.skip(b",\"seq\":")?;
    rest.digits()?;
    rest.skip(b"},\"cts\":")?;
    let venue_at_ns = rest.ms()?;
    // The service was restarted: what it calls a delta is the whole book.
    let kind = if is_snapshot || update_id == 1 { BookKind::Snapshot } else { BookKind::Delta };
    let (instrument, ids) = (Some(instrument), Ids::one(update_id));
    let (bids, asks) = (out.bids.all(), out.asks.all());
    let book = Book { instrument, venue_at_ns, kind, ids, bids, asks, proof: Proof::NONE };
    (rest.0 == b"}").then_some(Decoded::Book(book))
}

/// `topic (type ts | ts type) data [ rows ]`. What a trade is of stands behind its numbers on spot: it is taken from the
/// topic, and each row must say the same.
#[inline(always)]
fn trades(category: Option<Category>, run: &mut RunGrids, rest: &mut Rest<'_>, out: &mut Scratch) -> Option<Decoded> {
    let symbol = rest.text()?;
    let instrument = find(category, run, symbol)?;
    let of = Of { symbol, instrument, reader: run.readers.get(instrument.index())? };
    let is_contract = rest.skip(b",\"type\":\"snapshot\",\"ts\":").is_some();
    if !is_contract {
        rest.skip(b",\"ts\":")?;
    }
    rest.digits()?;
    if !is_contract {
        rest.skip(b",\"type\":\"snapshot\"")?;
    }
    rest.skip(b",\"data\":[")?;
    loop {
        let trade = if rest.skip(b"{\"T\":").is_some() { of.contract_row(rest)? } else { of.spot_row(rest)? };
        out.push(Decoded::Trade(trade)).ok()?;
        if rest.skip(b",").is_none() {
            break;
        }
    }
    (rest.0 == b"]}").then_some(Decoded::Many)
}

/// What the trades of a frame are of.
struct Of<'a> {
    symbol: &'a [u8],
    instrument: InstrumentId,
    reader: &'a LevelReader,
}

impl Of<'_> {
    /// `s S v p L i BT RPI seq` behind `T`.
    #[inline(always)]
    fn contract_row(&self, rest: &mut Rest<'_>) -> Option<Trade> {
        let venue_at_ns = rest.ms()?;
        rest.skip(b",\"s\":\"")?;
        self.same(rest)?;
        rest.skip(b",\"S\":\"")?;
        let aggressor = rest.side()?;
        rest.skip(b",\"v\":\"")?;
        let qty = self.reader.quantity(rest)?;
        rest.skip(b",\"p\":\"")?;
        let px = self.reader.price(rest)?;
        rest.skip(b",\"L\":\"")?;
        rest.text()?;
        rest.skip(b",\"i\":\"")?;
        let trade_id = json::unsigned(rest.text()?).unwrap_or(0);
        rest.flags()?;
        rest.skip(b",\"seq\":")?;
        rest.digits()?;
        rest.skip(b"}")?;
        Some(self.trade(venue_at_ns, aggressor, trade_id, Level { px, qty }))
    }

    /// `i T p v S seq s BT RPI`.
    #[inline(always)]
    fn spot_row(&self, rest: &mut Rest<'_>) -> Option<Trade> {
        rest.skip(b"{\"i\":\"")?;
        let trade_id = json::unsigned(rest.text()?).unwrap_or(0);
        rest.skip(b",\"T\":")?;
        let venue_at_ns = rest.ms()?;
        rest.skip(b",\"p\":\"")?;
        let px = self.reader.price(rest)?;
        rest.skip(b",\"v\":\"")?;
        let qty = self.reader.quantity(rest)?;
        rest.skip(b",\"S\":\"")?;
        let aggressor = rest.side()?;
        rest.skip(b",\"seq\":")?;
        rest.digits()?;
        rest.skip(b",\"s\":\"")?;
        self.same(rest)?;
        rest.flags()?;
        rest.skip(b"}")?;
        Some(self.trade(venue_at_ns, aggressor, trade_id, Level { px, qty }))
    }

    /// Past the symbol of the topic.
    #[inline(always)]
    fn same(&self, rest: &mut Rest<'_>) -> Option<()> {
        (rest.text()? == self.symbol).then_some(())
    }

    fn trade(&self, venue_at_ns: Nanos, aggressor: Side, trade_id: u64, level: Level) -> Trade {
        let Level { px, qty } = level;
        Trade { instrument: Some(self.instrument), venue_at_ns, px, qty, aggressor, trade_id }
    }
}

impl Rest<'_> {
    /// Past the type of a book and its quote.
    #[inline(always)]
    fn is_snapshot(&mut self) -> Option<bool> {
        if self.skip(b"delta\"").is_some() {
            return Some(false);
        }
        self.skip(b"snapshot\"").map(|()| true)
    }

    /// Past a side and its quote.
    #[inline(always)]
    fn side(&mut self) -> Option<Side> {
        if self.skip(b"Buy\"").is_some() {
            return Some(Side::Buy);
        }
        self.skip(b"Sell\"").map(|()| Side::Sell)
    }

    /// Past what says that a trade was a block, or with an order for retail.
    #[inline(always)]
    fn flags(&mut self) -> Option<()> {
        self.skip(b",\"BT\":")?;
        self.boolean()?;
        self.skip(b",\"RPI\":")?;
        self.boolean()
    }

    #[inline(always)]
    fn boolean(&mut self) -> Option<()> {
        self.skip(b"false").or_else(|| self.skip(b"true"))
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
    fn every_book_and_trade_of_the_capture_is_taken() {
        let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
        let root = std::env::var_os("RINGSIDE_SHARED").map_or(beside, Into::into);
        let file = root.join("data/bybit/cf_20260809_a.ndjson.zst");
        if !file.is_file() {
            return eprintln!("skipped: {} not found", file.display());
        }
        let recording = Recording::read(&[file]).expect("readable");
        let Grids::Run(mut run) = Grids::of_run(VenueId::Bybit, &metadata::infer(&recording, VenueId::Bybit)) else {
            unreachable!("it is of a run")
        };
        let (mut out, mut categories, mut taken) = (Scratch::new(), Vec::new(), 0);
        for record in recording.iter() {
            if record.direction == Direction::Open {
                categories.push((record.channel, Category::of_url(record.url.unwrap_or_default())));
            }
            if record.direction == Direction::In {
                let category =
                    categories.iter().find(|(channel, _)| *channel == record.channel).and_then(|(_, of)| *of);
                out.clear();
                taken += u32::from(frame(category, &mut run, record.payload, &mut out).is_some());
            }
        }
        // 1,135 books and 39 frames of trades.
        assert_eq!(taken, 1_174);
    }
}
