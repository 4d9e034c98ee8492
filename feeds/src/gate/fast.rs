//! Gate's frames of the usual shape, by literal matching: changes of books, best bids and asks, and books that were asked
//! for, the keys in the order in which the venue has sent them for years.
//!
//! Owns: those shapes, to the last byte. Never: errors. What differs anywhere is "not mine" and goes the general way.

use crate::decimal::Scale;
use crate::decoded::{BookKind, Decoded, Ids, NO_ID, Scratch, SideScratch};
use crate::grid::{RunGrids, asked_for, path_of};
use crate::reader::LevelReader;
use crate::scan::Rest;
use crate::symbol::SymbolTable;
use engine_model::instrument::InstrumentId;
use engine_model::market::Level;
use engine_model::units::Nanos;

/// Bytes of a frame's end in which the symbol of a contract stands: it comes behind the levels.
const TAIL: usize = 128;

/// The frame, if it is of the usual shape and its instrument is ours.
#[inline]
pub(super) fn frame(futures: bool, run: &mut RunGrids, bytes: &[u8], out: &mut Scratch) -> Option<Decoded> {
    let RunGrids { symbols, readers } = run;
    let mut rest = Rest(bytes);
    rest.skip(b"{\"time\":")?;
    rest.unsigned()?;
    if rest.skip(b",\"time_ms\":").is_some() {
        rest.unsigned()?;
    }
    rest.skip(b",\"channel\":\"")?;
    let decoded = if futures {
        rest.skip(b"futures.")?;
        if rest.skip(b"order_book_update\",\"event\":\"update\",\"result\":{").is_some() {
            contract_delta(symbols, readers, out, &mut rest)?
        } else {
            rest.skip(b"book_ticker\",\"event\":\"update\",\"result\":{")?;
            quote(true, symbols, readers, &mut rest)?
        }
    } else {
        rest.skip(b"spot.")?;
        if rest.skip(b"order_book_update\",\"event\":\"update\",\"result\":{").is_some() {
            spot_delta(symbols, readers, out, &mut rest)?
        } else {
            rest.skip(b"book_ticker\",\"event\":\"update\",\"result\":{")?;
            quote(false, symbols, readers, &mut rest)?
        }
    };
    (rest.0 == b"}}").then_some(decoded)
}

/// The book that was asked for, if the answer is of a usual shape and its URL names an instrument of ours:
/// `[id] [current update] asks bids [id]`.
pub(super) fn answer(
    futures: bool,
    run: &RunGrids,
    url: Option<&str>,
    body: &[u8],
    out: &mut Scratch,
) -> Option<Decoded> {
    let url = url.filter(|url| path_of(url).ends_with("/order_book"))?;
    let symbol = asked_for(url, "currency_pair").or_else(|| asked_for(url, "contract"))?;
    let instrument = run.symbols.find(symbol.as_bytes())?;
    let reader = run.readers.get(instrument.index())?;
    let mut rest = Rest(body);
    rest.skip(b"{")?;
    let id_before = if rest.skip(b"\"id\":").is_some() {
        let id = rest.unsigned()?;
        rest.skip(b",")?;
        Some(id)
    } else {
        None
    };
    let mut venue_at_ns = Nanos(0);
    if rest.skip(b"\"current\":").is_some() {
        rest.bare_number()?;
        rest.skip(b",\"update\":")?;
        let unit = if futures { 1_000 } else { 1 };
        let units = Scale::E6.nearest(rest.bare_number()?).ok().and_then(|units| u64::try_from(units).ok())?;
        venue_at_ns = Nanos(units.saturating_mul(unit));
        rest.skip(b",")?;
    }
    rest.skip(b"\"asks\":[")?;
    rest.rows(reader, &mut out.asks)?;
    rest.skip(b",\"bids\":[")?;
    rest.rows(reader, &mut out.bids)?;
    let id = match id_before {
        Some(id) => id,
        None => {
            rest.skip(b",\"id\":")?;
            rest.unsigned()?
        }
    };
    let book = out.whole_book(BookKind::Snapshot, Some(instrument), venue_at_ns, Ids::one(id));
    (rest.0 == b"}").then_some(book)
}

/// `t e E s U u b a`
#[inline(always)]
fn spot_delta(
    symbols: &SymbolTable,
    readers: &[LevelReader],
    out: &mut Scratch,
    rest: &mut Rest<'_>,
) -> Option<Decoded> {
    rest.skip(b"\"t\":")?;
    let venue_ms = rest.unsigned()?;
    rest.skip(b",\"e\":\"depthUpdate\",\"E\":")?;
    rest.unsigned()?;
    rest.skip(b",\"s\":\"")?;
    let instrument = rest.symbol(symbols)?;
    rest.skip(b"\",\"U\":")?;
    let first = rest.unsigned()?;
    rest.skip(b",\"u\":")?;
    let last = rest.unsigned()?;
    let reader = readers.get(instrument.index())?;
    rest.skip(b",\"b\":[")?;
    rest.unlike_levels(reader, &mut out.bids)?;
    rest.skip(b",\"a\":[")?;
    rest.unlike_levels(reader, &mut out.asks)?;
    Some(delta(instrument, venue_ms, first, last, out))
}

/// `U a b s t u` (2023), `t s U u b a` (2021)
#[inline(always)]
fn contract_delta(
    symbols: &SymbolTable,
    readers: &[LevelReader],
    out: &mut Scratch,
    rest: &mut Rest<'_>,
) -> Option<Decoded> {
    if rest.skip(b"\"U\":").is_none() {
        rest.skip(b"\"t\":")?;
        let venue_ms = rest.unsigned()?;
        rest.skip(b",\"s\":\"")?;
        let instrument = rest.symbol(symbols)?;
        rest.skip(b"\",\"U\":")?;
        let first = rest.unsigned()?;
        rest.skip(b",\"u\":")?;
        let last = rest.unsigned()?;
        let reader = readers.get(instrument.index())?;
        rest.skip(b",\"b\":[")?;
        rest.objects(reader, &mut out.bids)?;
        rest.skip(b",\"a\":[")?;
        rest.objects(reader, &mut out.asks)?;
        return Some(delta(instrument, venue_ms, first, last, out));
    }
    let first = rest.unsigned()?;
    // Levels are read on the grid of their instrument, so it is looked for first; that it stands in its place is seen when
    // the levels are behind us.
    let tail = &rest.0[rest.0.len().saturating_sub(TAIL)..];
    let at = tail.windows(7).rposition(|window| window == b"],\"s\":\"")?;
    let mut named = Rest(&tail[at + 7..]);
    let instrument = named.symbol(symbols)?;
    let reader = readers.get(instrument.index())?;
    rest.skip(b",\"a\":[")?;
    rest.objects(reader, &mut out.asks)?;
    rest.skip(b",\"b\":[")?;
    rest.objects(reader, &mut out.bids)?;
    rest.skip(b",\"s\":\"")?;
    if rest.0.len() != tail.len() - at - 7 {
        return None;
    }
    *rest = named;
    rest.skip(b"\",\"t\":")?;
    let venue_ms = rest.unsigned()?;
    rest.skip(b",\"u\":")?;
    let last = rest.unsigned()?;
    Some(delta(instrument, venue_ms, first, last, out))
}

fn delta(instrument: InstrumentId, venue_ms: u64, first: u64, last: u64, out: &Scratch) -> Decoded {
    let ids = Ids { first, last, previous: NO_ID };
    out.whole_book(BookKind::Delta, Some(instrument), time(venue_ms), ids)
}

/// `t u s b B a A`; quantities of contracts without quotes.
#[inline(always)]
fn quote(futures: bool, symbols: &SymbolTable, readers: &[LevelReader], rest: &mut Rest<'_>) -> Option<Decoded> {
    rest.skip(b"\"t\":")?;
    let venue_ms = rest.unsigned()?;
    rest.skip(b",\"u\":")?;
    rest.unsigned()?;
    rest.skip(b",\"s\":\"")?;
    let instrument = rest.symbol(symbols)?;
    let reader = readers.get(instrument.index())?;
    rest.skip(b"\",\"b\":\"")?;
    let [mut bid, mut ask] = [Level::default(); 2];
    if futures {
        rest.0 = reader.read_apart_until::<6, b','>(rest.0, b"\",\"B\":", &mut bid)?;
        rest.skip(b"\"a\":\"")?;
        let end = rest.0;
        // The last number ends where the frame does, with a bracket that is looked for once more by the caller.
        let behind = reader.read_apart_until::<6, b'}'>(end, b"\",\"A\":", &mut ask)?;
        rest.0 = &end[end.len() - behind.len() - 1..];
    } else {
        rest.0 = reader.read_apart(rest.0, b"\",\"B\":\"", &mut bid)?;
        rest.skip(b",\"a\":\"")?;
        rest.0 = reader.read_apart(rest.0, b"\",\"A\":\"", &mut ask)?;
    }
    Some(Decoded::Quote { instrument: Some(instrument), venue_at_ns: time(venue_ms), sides: Some([bid, ask]) })
}

fn time(ms: u64) -> Nanos {
    Nanos(ms.saturating_mul(1_000_000))
}

impl Rest<'_> {
    /// Past a symbol, up to its quote.
    #[inline(always)]
    fn symbol(&mut self, symbols: &SymbolTable) -> Option<InstrumentId> {
        let start = self.0;
        let length = self.name()?;
        if self.0.first() != Some(&b'"') {
            return None;
        }
        symbols.find(&start[..length])
    }

    /// Past the rows of a side and their closing bracket: `{"p":"price","s":quantity},…]`, the quantities with quotes or
    /// without.
    #[inline(always)]
    fn objects(&mut self, reader: &LevelReader, side: &mut SideScratch) -> Option<()> {
        let start = self.0;
        self.objects_to::<6, b'}'>(b"\",\"s\":", b"", reader, side).or_else(|| {
            self.0 = start;
            self.objects_to::<7, b'"'>(b"\",\"s\":\"", b"}", reader, side)
        })
    }

    /// Past the rows of a side that was asked for and their closing bracket: arrays, or objects in either order.
    fn rows(&mut self, reader: &LevelReader, side: &mut SideScratch) -> Option<()> {
        if self.0.starts_with(b"{\"p\"") {
            return self.objects(reader, side);
        }
        if !self.0.starts_with(b"{") {
            return self.unlike_levels(reader, side);
        }
        side.count = 0;
        for (index, slot) in side.levels.iter_mut().enumerate() {
            self.skip(b"{\"s\":")?;
            slot.qty = reader.bare_quantity::<b','>(self)?;
            self.skip(b"\"p\":\"")?;
            slot.px = reader.price(self)?;
            self.skip(b"}")?;
            if self.skip(b",").is_none() {
                side.count = index + 1;
                return self.skip(b"]");
            }
        }
        None
    }

    #[inline(always)]
    fn objects_to<const N: usize, const END: u8>(
        &mut self,
        between: &[u8; N],
        close: &[u8],
        reader: &LevelReader,
        side: &mut SideScratch,
    ) -> Option<()> {
        side.count = 0;
        if self.skip(b"]").is_some() {
            return Some(());
        }
        let mut rest = self.0.strip_prefix(b"{\"p\":\"")?;
        for (index, slot) in side.levels.iter_mut().enumerate() {
            let behind = reader.read_apart_until::<N, END>(rest, between, slot)?.strip_prefix(close)?;
            match behind.strip_prefix(b",{\"p\":\"") {
                Some(next) => rest = next,
                None => {
                    self.0 = behind.strip_prefix(b"]")?;
                    side.count = index + 1;
                    return Some(());
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use crate::gate::fast;
    use crate::twin;
    use engine_model::venue::VenueId;

    /// Shapes of other years: with `time_ms`, with contracts in decimals, levels behind the symbol.
    const SPOT: [&str; 2] = [
        r#"{"time":1,"time_ms":1001,"channel":"spot.order_book_update","event":"update","result":{"t":5,"e":"depthUpdate","E":1,"s":"NEO_BTC","U":7,"u":8,"b":[["0.0018734","5.084"]],"a":[]}}"#,
        r#"{"time":1,"channel":"spot.book_ticker","event":"update","result":{"t":5,"u":6,"s":"NEO_BTC","b":"0.0018734","B":"2.5","a":"0.0018735","A":"0"}}"#,
    ];
    const FUTURES: [&str; 3] = [
        r#"{"time":1,"time_ms":1001,"channel":"futures.order_book_update","event":"update","result":{"t":5,"s":"DIA_USDT","U":7,"u":8,"b":[{"p":"0.2983","s":0},{"p":"0.2982","s":15}],"a":[]}}"#,
        r#"{"time":1,"channel":"futures.order_book_update","event":"update","result":{"t":5,"s":"DIA_USDT","U":7,"u":8,"b":[],"a":[{"p":"0.2983","s":"0"},{"p":"0.2982","s":"15"}]}}"#,
        r#"{"time":1,"channel":"futures.order_book_update","event":"update","result":{"U":7,"a":[{"p":"0.2983","s":"0"},{"p":"0.2982","s":"15"}],"b":[{"p":"0.2983","s":"1"}],"s":"DIA_USDT","t":5,"u":8}}"#,
    ];

    /// As many as the captures have of changes of books, trades and quotes.
    #[test]
    fn the_fast_way_says_what_the_general_way_says() {
        for (venue, file, all) in [
            (VenueId::GateSpot, "gateio/cf_20210422_a.ndjson.zst", 81),
            (VenueId::GateFutures, "gateio_futures/cf_20230524_a.ndjson.zst", 285),
        ] {
            let fast =
                |run: &mut _, frame: &_, out: &mut _| fast::frame(venue == VenueId::GateFutures, run, frame, out);
            if let Some(taken) = twin::check(venue, &[file], fast) {
                assert_eq!(taken, all, "{file}");
            }
            let answer = |run: &mut _, url: Option<&_>, body: &_, out: &mut _| {
                fast::answer(venue == VenueId::GateFutures, run, url, body, out)
            };
            if let Some(taken) = twin::check_answers(venue, &[file], answer) {
                assert_eq!(taken, 5, "books asked for of {file}");
            }
            let more: &[&str] = if venue == VenueId::GateSpot { &SPOT } else { &FUTURES };
            let more: Vec<_> = more.iter().map(|frame| (*frame).to_owned()).collect();
            assert_eq!(twin::check_frames(venue, &more, fast), more.len());
        }
    }
}
