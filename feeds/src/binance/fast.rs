//! Binance's frames of the usual shape, by literal matching: the keys in the order in which the venue has sent them for
//! years, no white space, no escapes.
//!
//! Owns: that shape, to the last byte. Never: errors. What differs anywhere is "not mine" and goes the general way, which
//! alone decides what is wrong; so a new field costs microseconds, not data.

use super::decode::time_of;
use super::template::{Kind, Stream, Template, Templates};
use crate::decoded::{Book, BookKind, Decoded, Ids, NO_ID, Proof, Scratch, Trade};
use crate::grid::RunGrids;
use crate::reader::LevelReader;
use crate::scan::Rest;
use crate::symbol::SymbolTable;

use engine_model::instrument::InstrumentId;
use engine_model::market::{Level, Side};
use engine_model::units::Nanos;

/// The frame, if it is of the usual shape and its instrument is ours.
#[inline(always)]
pub(crate) fn frame(
    futures: bool,
    templates: &mut Templates,
    run: &mut RunGrids,
    bytes: &[u8],
    out: &mut Scratch,
) -> Option<Decoded> {
    let RunGrids { symbols, readers } = run;
    let template = templates.find(bytes);
    let mut rest = Rest(bytes);
    let (kind, wrapped) = match template {
        Some(template) => {
            rest.0 = &bytes[template.head().len()..];
            (template.stream.kind, true)
        }
        None => head(&mut rest)?,
    };
    let head = &bytes[..bytes.len() - rest.0.len()];
    let mut stream = Around { template, symbols, id_digits: template.map_or(0, |t| t.stream.id_digits), seen: None };
    let decoded = match kind {
        Kind::Quote => quote(&mut stream, readers, &mut rest)?,
        Kind::Depth => delta(&mut stream, readers, futures, out, &mut rest)?,
        Kind::Trade => trade(&mut stream, readers, &mut rest)?,
        Kind::AggregateTrade => aggregate_trade(&mut stream, readers, &mut rest)?,
    };
    if !matches!((wrapped, rest.0), (true, b"}}") | (false, b"}")) {
        return None;
    }
    if let (Some((middle, instrument)), true) = (stream.seen, wrapped) {
        templates.note(bytes, head, middle, Stream { kind, instrument, id_digits: stream.id_digits });
    }
    Some(decoded)
}

/// Up to the first number: the kind, and whether the frame is wrapped with the name of its stream.
#[cold]
#[inline(never)]
fn head(rest: &mut Rest<'_>) -> Option<(Kind, bool)> {
    let wrapped = rest.skip(b"{\"stream\":\"").is_some();
    if wrapped {
        rest.name()?;
        rest.skip(b"\",\"data\":")?;
    }
    let kind = if rest.skip(b"{\"e\":\"bookTicker\",\"u\":").is_some() || rest.skip(b"{\"u\":").is_some() {
        Kind::Quote
    } else if rest.skip(b"{\"e\":\"depthUpdate\",\"E\":").is_some() {
        Kind::Depth
    } else if rest.skip(b"{\"e\":\"trade\",\"E\":").is_some() {
        Kind::Trade
    } else {
        rest.skip(b"{\"e\":\"aggTrade\",\"E\":")?;
        Kind::AggregateTrade
    };
    Some((kind, wrapped))
}

/// What is known of the stream that a frame belongs to, and what there is to remember of it.
struct Around<'t, 'a> {
    template: Option<&'t Template>,
    symbols: &'t SymbolTable,
    /// Digits of the stream's ids, as far as known.
    id_digits: u32,
    /// The middle of a frame without template, and its instrument.
    seen: Option<(&'a [u8], InstrumentId)>,
}

impl<'a> Around<'_, 'a> {
    /// Past what stands between two numbers around the symbol, up to and with `until`.
    #[inline(always)]
    fn middle<const N: usize>(&mut self, rest: &mut Rest<'a>, until: &[u8; N]) -> Option<InstrumentId> {
        if let Some(template) = self.template
            && let Some(behind) = rest.0.strip_prefix(template.middle())
        {
            rest.0 = behind;
            return Some(template.stream.instrument);
        }
        let (instrument, behind) = middle(rest.0, self.symbols, until)?;
        self.seen = Some((&rest.0[..rest.0.len() - behind.len()], instrument));
        rest.0 = behind;
        Some(instrument)
    }

    /// Past an id.
    #[inline(always)]
    fn id(&mut self, rest: &mut Rest<'a>) -> Option<u64> {
        let digits = rest.digits_like(self.id_digits)?;
        self.id_digits = digits.count;
        Some(digits.value())
    }

    /// Past an id that does not matter.
    #[inline(always)]
    fn skip_id(&mut self, rest: &mut Rest<'a>) -> Option<()> {
        self.id_digits = rest.digits_like(self.id_digits)?.count;
        Some(())
    }
}

/// `[,"e":"bookTicker"],"s":"…"[,"ps":"…"]` (the pair of a contract) and `until`, found byte by byte: the instrument, and
/// what is behind.
#[cold]
#[inline(never)]
fn middle<'a, const N: usize>(
    start: &'a [u8],
    symbols: &SymbolTable,
    until: &[u8; N],
) -> Option<(InstrumentId, &'a [u8])> {
    let mut rest = Rest(start);
    let _ = rest.skip(b",\"e\":\"bookTicker\"");
    rest.skip(b",\"s\":\"")?;
    let symbol = rest.0;
    let length = rest.name()?;
    rest.skip(b"\"")?;
    let instrument = symbols.find(&symbol[..length])?;
    if rest.skip(b",\"ps\":\"").is_some() {
        rest.name()?;
        rest.skip(b"\"")?;
    }
    rest.skip(until)?;
    Some((instrument, rest.0))
}

/// `u [e] s [ps] b B a A [T E]`
#[inline(always)]
fn quote<'a>(stream: &mut Around<'_, 'a>, readers: &mut [LevelReader], rest: &mut Rest<'a>) -> Option<Decoded> {
    stream.skip_id(rest)?;
    let instrument = stream.middle(rest, b",\"b\":\"")?;
    let reader = readers.get_mut(instrument.index())?;
    let bid = rest.level(b"\",\"B\":\"", reader)?;
    rest.skip(b",\"a\":\"")?;
    let ask = rest.level(b"\",\"A\":\"", reader)?;
    let venue_at_ns = if rest.skip(b",\"T\":").is_some() {
        let (_traded, sent) = rest.two_times(b",\"E\":")?;
        time_of(sent)
    } else {
        Nanos(0)
    };
    Some(Decoded::Quote { instrument: Some(instrument), venue_at_ns, sides: Some([bid, ask]) })
}

/// `e E [T] s [ps] U u [pu] b a`
#[inline(always)]
fn delta<'a>(
    stream: &mut Around<'_, 'a>,
    readers: &mut [LevelReader],
    futures: bool,
    out: &mut Scratch,
    rest: &mut Rest<'a>,
) -> Option<Decoded> {
    let (sent, _traded) = rest.time_or_two()?;
    let venue_at_ns = time_of(sent);
    let instrument = stream.middle(rest, b",\"U\":")?;
    let first = stream.id(rest)?;
    rest.skip(b",\"u\":")?;
    let last = stream.id(rest)?;
    let mut previous = NO_ID;
    if futures {
        rest.skip(b",\"pu\":")?;
        previous = stream.id(rest)?;
    }
    let reader = readers.get_mut(instrument.index())?;
    rest.skip(b",\"b\":[")?;
    rest.levels(reader, &mut out.bids)?;
    rest.skip(b",\"a\":[")?;
    rest.levels(reader, &mut out.asks)?;
    let ids = Ids { first, last, previous };
    let (bids, asks) = (out.bids.all(), out.asks.all());
    let (instrument, kind) = (Some(instrument), BookKind::Delta);
    Some(Decoded::Book(Book { instrument, venue_at_ns, kind, ids, bids, asks, proof: Proof::NONE }))
}

/// `e E [T] s t p q [b a] [T] [X] m [M]`
#[inline(always)]
fn trade<'a>(stream: &mut Around<'_, 'a>, readers: &mut [LevelReader], rest: &mut Rest<'a>) -> Option<Decoded> {
    let (sent, traded) = rest.time_or_two()?;
    let instrument = stream.middle(rest, b",\"t\":")?;
    let trade_id = stream.id(rest)?;
    rest.skip(b",\"p\":\"")?;
    let Level { px, qty } = rest.level(b"\",\"q\":\"", readers.get_mut(instrument.index())?)?;
    if rest.skip(b",\"b\":").is_some() {
        rest.digits()?;
        rest.skip(b",\"a\":")?;
        rest.digits()?;
    }
    let traded = if traded.is_some() { traded } else { rest.trade_time()? };
    if rest.skip(b",\"X\":\"MARKET\"").is_none() && rest.skip(b",\"X\":\"").is_some() {
        rest.name()?;
        rest.skip(b"\"")?;
    }
    let aggressor = rest.aggressor()?;
    let venue_at_ns = time_of(traded.unwrap_or(sent));
    Some(Decoded::Trade(Trade { instrument: Some(instrument), venue_at_ns, px, qty, aggressor, trade_id }))
}

/// `e E [a] s [a] p q f l T m [M]`
#[inline(always)]
fn aggregate_trade<'a>(
    stream: &mut Around<'_, 'a>,
    readers: &mut [LevelReader],
    rest: &mut Rest<'a>,
) -> Option<Decoded> {
    let sent = rest.unsigned()?;
    // Futures send the id before the symbol, spot behind it.
    let early_id = if rest.skip(b",\"a\":").is_some() { Some(stream.id(rest)?) } else { None };
    let (instrument, trade_id) = match early_id {
        Some(id) => (stream.middle(rest, b",\"p\":\"")?, id),
        None => {
            let instrument = stream.middle(rest, b",\"a\":")?;
            let id = stream.id(rest)?;
            rest.skip(b",\"p\":\"")?;
            (instrument, id)
        }
    };
    let Level { px, qty } = rest.level(b"\",\"q\":\"", readers.get_mut(instrument.index())?)?;
    rest.skip(b",\"f\":")?;
    rest.digits()?;
    rest.skip(b",\"l\":")?;
    rest.digits()?;
    let venue_at_ns = time_of(rest.trade_time()?.unwrap_or(sent));
    let aggressor = rest.aggressor()?;
    Some(Decoded::Trade(Trade { instrument: Some(instrument), venue_at_ns, px, qty, aggressor, trade_id }))
}

impl Rest<'_> {
    /// Past a time, and where it is sent `,"T":` and another.
    #[inline(always)]
    fn time_or_two(&mut self) -> Option<(u64, Option<u64>)> {
        if let Some((first, second)) = self.two_times_of_13_digits(b",\"T\":") {
            return Some((first, Some(second)));
        }
        Some((self.unsigned()?, self.trade_time()?))
    }

    /// Past `,"T":…` where it stands here.
    #[inline(always)]
    fn trade_time(&mut self) -> Option<Option<u64>> {
        if self.skip(b",\"T\":").is_some() { self.unsigned().map(Some) } else { Some(None) }
    }

    /// Past `,"m":…` and, on spot, `,"M":…`.
    #[inline(always)]
    fn aggressor(&mut self) -> Option<Side> {
        let aggressor = if self.skip(b",\"m\":true").is_some() {
            Side::Sell
        } else {
            self.skip(b",\"m\":false")?;
            Side::Buy
        };
        if self.skip(b",\"M\":").is_some() && self.skip(b"true").is_none() {
            self.skip(b"false")?;
        }
        Some(aggressor)
    }
}
