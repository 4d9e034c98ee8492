//! Bybit's books, trades and tickers of the usual shape, by literal matching: the keys in the order in which contracts send
//! them, or in that of spot; no white space, no escapes.
//!
//! Owns: those shapes, to the last byte. Never: errors. What differs anywhere is "not mine" and goes the general way, which
//! alone decides what is wrong; so a new field costs microseconds, not data.

use super::decode::{Category, Paid, remember};
use crate::decoded::{Book, BookKind, Decoded, Derivative, Funding, Ids, Proof, Scratch, Trade};
use crate::flat::{Sent, not_empty, rate_e8};
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
    paid: &mut Vec<Paid>,
    bytes: &[u8],
    out: &mut Scratch,
) -> Option<Decoded> {
    let mut rest = Rest(bytes);
    rest.skip(b"{\"topic\":\"")?;
    if rest.skip(b"orderbook.").is_some() {
        return book(category, run, &mut rest, out);
    }
    if rest.skip(b"tickers.").is_some() {
        return ticker(category, run, paid, &mut rest);
    }
    rest.skip(b"publicTrade.")?;
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

/// `topic (type data cs ts | ts type cs data)`, of the data only what derivatives have that is of use.
#[inline(never)]
fn ticker(category: Option<Category>, run: &RunGrids, paid: &mut Vec<Paid>, rest: &mut Rest<'_>) -> Option<Decoded> {
    rest.text()?;
    let sent_first = if rest.skip(b",\"ts\":").is_some() { Some(rest.ms()?) } else { None };
    rest.skip(b",\"type\":\"")?;
    rest.text()?;
    if sent_first.is_some() {
        rest.skip(b",\"cs\":")?;
        rest.digits()?;
    }
    rest.skip(b",\"data\":{")?;
    let [symbol, mark, index, rate, next, hours, open_interest] = rest.members([
        "symbol",
        "markPrice",
        "indexPrice",
        "fundingRate",
        "nextFundingTime",
        "fundingIntervalHour",
        "openInterest",
    ])?;
    let venue_at_ns = match sent_first {
        Some(sent) => sent,
        None => {
            rest.skip(b",\"cs\":")?;
            rest.digits()?;
            rest.skip(b",\"ts\":")?;
            rest.ms()?
        }
    };
    let instrument = find(category, run, symbol?.text()?)?;
    let (mark, index) = (run.average(instrument, mark)?, run.average(instrument, index)?);
    let open_interest = run.sum(instrument, open_interest)?;
    let rate_e8 = rate_e8(rate)?;
    if rest.0 != b"}" {
        return None;
    }
    let hours = u32::try_from(not_empty(hours).map_or(0, Sent::unsigned_or_zero)).unwrap_or(0);
    let told = (not_empty(next).map_or(Nanos(0), Sent::ms), hours.saturating_mul(3_600));
    let (next_at_ns, interval_s) = remember(paid, instrument, told);
    let funding = rate_e8.map(|rate_e8| Funding { rate_e8, next_at_ns, interval_s });
    let instrument = Some(instrument);
    Some(Decoded::Ticker(Derivative { instrument, venue_at_ns, mark, index, funding, open_interest }))
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
    use crate::{metadata, twin};
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
        let (mut out, mut paid, mut categories, mut taken) = (Scratch::new(), Vec::new(), Vec::new(), 0);
        for record in recording.iter() {
            if record.direction == Direction::Open {
                categories.push((record.channel, Category::of_url(record.url.unwrap_or_default())));
            }
            if record.direction == Direction::In {
                let category =
                    categories.iter().find(|(channel, _)| *channel == record.channel).and_then(|(_, of)| *of);
                out.clear();
                taken += u32::from(frame(category, &mut run, &mut paid, record.payload, &mut out).is_some());
            }
        }
        // 1,135 books, 39 frames of trades and 442 tickers.
        assert_eq!(taken, 1_616);
    }

    /// Whole and changed, of contracts and of spot, with what is empty and what is told later.
    const TICKERS: [&str; 6] = [
        r#"{"topic":"tickers.BTCUSDT","type":"snapshot","data":{"symbol":"BTCUSDT","tickDirection":"ZeroPlusTick","lastPrice":"65114.30","markPrice":"65117.44","indexPrice":"65137.76","openInterest":"59891.732","fundingIntervalHour":"8","nextFundingTime":"1786320000000","fundingRate":"0.0001","bid1Price":"65114.20","preOpenPrice":""},"cs":753843900397,"ts":1786310817583}"#,
        r#"{"topic":"tickers.BTCUSDT","type":"delta","data":{"symbol":"BTCUSDT","ask1Price":"1922.55","fundingRate":"-0.000125"},"cs":430879495649,"ts":1786310861574}"#,
        r#"{"topic":"tickers.BTCUSDT","type":"delta","data":{"symbol":"BTCUSDT","nextFundingTime":"1786348800000","openInterest":"0.0000001"},"cs":430879495649,"ts":1786310861574}"#,
        r#"{"topic":"tickers.BTCUSDT","type":"delta","data":{"symbol":"BTCUSDT","fundingRate":"0.0002","fundingIntervalHour":"4","markPrice":""},"cs":430879495649,"ts":1786310861574}"#,
        r#"{"topic":"tickers.BTCUSDT","type":"delta","data":{"symbol":"BTCUSDT","fundingRate":"0.0003"},"cs":430879495649,"ts":1786310861574}"#,
        r#"{"topic":"tickers.BTCUSDT","ts":1786310861727,"type":"snapshot","cs":112488552285,"data":{"symbol":"BTCUSDT","lastPrice":"65140.4","usdIndexPrice":"65092.825681"}}"#,
    ];

    #[test]
    fn the_fast_way_says_what_the_general_way_says() {
        let capture = "bybit/cf_20260809_a.ndjson.zst";
        let mut paid = Vec::new();
        // Without the addresses of sockets a symbol is of no category, and found where the recording names it so.
        let _ = twin::check(VenueId::Bybit, &[capture], |run, bytes, out| frame(None, run, &mut paid, bytes, out));
        let (tickers, mut paid) = (TICKERS.map(str::to_owned), Vec::new());
        let fast = |run: &mut _, bytes: &_, out: &mut _| frame(None, run, &mut paid, bytes, out);
        assert_eq!(twin::check_frames(VenueId::Bybit, &tickers, fast), TICKERS.len());
    }
}
