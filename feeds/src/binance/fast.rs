//! Binance's frames of the usual shape, by literal matching: the keys in the order in which the venue has sent them for
//! years, no white space, no escapes.
//!
//! Owns: that shape, to the last byte. Never: errors. What differs anywhere is "not mine" and goes the general way, which
//! alone decides what is wrong; so a new field costs microseconds, not data.

use super::decode::{Decoded, Decoder, Delta, Ids, Readers, SideScratch, Trade, time_of};
use crate::word::{ZEROS, digits_value, non_digits, not_plain, word};
use engine_model::instrument::InstrumentId;
use engine_model::market::{Level, Side};
use engine_model::units::{Lots, Nanos, Ticks};

/// The frame, if it is of the usual shape and its instrument is ours.
#[inline]
pub(crate) fn frame(decoder: &mut Decoder, bytes: &[u8]) -> Option<Decoded> {
    let mut at = Cursor { bytes, at: 0 };
    let wrapped = at.skip(b"{\"stream\":\"").is_some();
    if wrapped {
        at.name()?;
        at.skip(b",\"data\":")?;
    }
    let decoded = if at.skip(b"{\"u\":").is_some() || at.skip(b"{\"e\":\"bookTicker\",\"u\":").is_some() {
        quote(decoder, &mut at)?
    } else if at.skip(b"{\"e\":\"depthUpdate\",\"E\":").is_some() {
        delta(decoder, &mut at)?
    } else if at.skip(b"{\"e\":\"trade\",\"E\":").is_some() {
        trade(decoder, &mut at)?
    } else if at.skip(b"{\"e\":\"aggTrade\",\"E\":").is_some() {
        aggregate_trade(decoder, &mut at)?
    } else {
        return None;
    };
    at.skip(b"}")?;
    if wrapped {
        at.skip(b"}")?;
    }
    (at.at == bytes.len()).then_some(decoded)
}

/// `u [e] s [ps] b B a A [T E]`
#[inline(always)]
fn quote(decoder: &mut Decoder, at: &mut Cursor<'_>) -> Option<Decoded> {
    at.unsigned()?;
    let _ = at.skip(b",\"e\":\"bookTicker\"");
    let instrument = at.symbol(decoder)?;
    let readers = decoder.readers.get_mut(instrument.index())?;
    at.skip(b",\"b\":\"")?;
    let bid_px = at.price(readers)?;
    at.skip(b",\"B\":\"")?;
    let bid_qty = at.quantity(readers)?;
    at.skip(b",\"a\":\"")?;
    let ask_px = at.price(readers)?;
    at.skip(b",\"A\":\"")?;
    let ask_qty = at.quantity(readers)?;
    let venue_at_ns = if at.skip(b",\"T\":").is_some() {
        at.unsigned()?;
        at.skip(b",\"E\":")?;
        time_of(at.unsigned()?)
    } else {
        Nanos(0)
    };
    let sides = [Level { px: bid_px, qty: bid_qty }, Level { px: ask_px, qty: ask_qty }];
    Some(Decoded::Quote { instrument: Some(instrument), venue_at_ns, sides: Some(sides) })
}

/// `e E [T] s [ps] U u [pu] b a`
#[inline(always)]
fn delta(decoder: &mut Decoder, at: &mut Cursor<'_>) -> Option<Decoded> {
    let venue_at_ns = time_of(at.unsigned()?);
    if at.skip(b",\"T\":").is_some() {
        at.unsigned()?;
    }
    let instrument = at.symbol(decoder)?;
    at.skip(b",\"U\":")?;
    let first = at.unsigned()?;
    at.skip(b",\"u\":")?;
    let last = at.unsigned()?;
    let previous = if decoder.futures {
        at.skip(b",\"pu\":")?;
        at.unsigned()?
    } else {
        0
    };
    let readers = decoder.readers.get_mut(instrument.index())?;
    at.skip(b",\"b\":[")?;
    at.levels(readers, &mut decoder.bids)?;
    at.skip(b",\"a\":[")?;
    at.levels(readers, &mut decoder.asks)?;
    let ids = Ids { first, last, previous };
    Some(Decoded::Delta(Delta { instrument: Some(instrument), venue_at_ns, ids }))
}

/// `e E [T] s t p q [b a] [T] [X] m [M]`
#[inline(always)]
fn trade(decoder: &mut Decoder, at: &mut Cursor<'_>) -> Option<Decoded> {
    let sent = at.unsigned()?;
    let traded = at.trade_time()?;
    let instrument = at.symbol(decoder)?;
    at.skip(b",\"t\":")?;
    let trade_id = at.unsigned()?;
    let Level { px, qty } = at.trade_level(decoder, instrument)?;
    if at.skip(b",\"b\":").is_some() {
        at.unsigned()?;
        at.skip(b",\"a\":")?;
        at.unsigned()?;
    }
    let traded = if traded.is_some() { traded } else { at.trade_time()? };
    if at.skip(b",\"X\":\"").is_some() {
        at.name()?;
    }
    let aggressor = at.aggressor()?;
    let venue_at_ns = time_of(traded.unwrap_or(sent));
    Some(Decoded::Trade(Trade { instrument: Some(instrument), venue_at_ns, px, qty, aggressor, trade_id }))
}

/// `e E [a] s [a] p q f l T m [M]`
#[inline(always)]
fn aggregate_trade(decoder: &mut Decoder, at: &mut Cursor<'_>) -> Option<Decoded> {
    let sent = at.unsigned()?;
    let early_id = if at.skip(b",\"a\":").is_some() { Some(at.unsigned()?) } else { None };
    let instrument = at.symbol(decoder)?;
    let trade_id = match early_id {
        Some(id) => id,
        None => {
            at.skip(b",\"a\":")?;
            at.unsigned()?
        }
    };
    let Level { px, qty } = at.trade_level(decoder, instrument)?;
    at.skip(b",\"f\":")?;
    at.unsigned()?;
    at.skip(b",\"l\":")?;
    at.unsigned()?;
    let venue_at_ns = time_of(at.trade_time()?.unwrap_or(sent));
    let aggressor = at.aggressor()?;
    Some(Decoded::Trade(Trade { instrument: Some(instrument), venue_at_ns, px, qty, aggressor, trade_id }))
}

/// A place in a frame. Each step moves it, or says that the frame is not of this shape.
#[derive(Clone, Copy)]
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    /// Past exactly these bytes.
    #[inline(always)]
    fn skip<const N: usize>(&mut self, literal: &[u8; N]) -> Option<()> {
        let found = self.bytes.get(self.at..)?.first_chunk::<N>()?;
        (found == literal).then(|| self.at += N)
    }

    /// Past a plain string and its closing quote; where it began and how long it is.
    #[inline(always)]
    fn name(&mut self) -> Option<(usize, usize)> {
        let start = self.at;
        let mut end = start;
        loop {
            let stop = not_plain(word(self.bytes, end)).trailing_zeros() as usize / 8;
            end += stop;
            if stop < 8 {
                break;
            }
        }
        self.at = end + 1;
        (self.bytes.get(end) == Some(&b'"')).then_some((start, end - start))
    }

    /// Past `,"s":"…"` and, where it is sent, `,"ps":"…"` (the pair of a contract).
    #[inline(always)]
    fn symbol(&mut self, decoder: &Decoder) -> Option<InstrumentId> {
        self.skip(b",\"s\":\"")?;
        let (start, length) = self.name()?;
        let instrument = decoder.symbols.find_at(self.bytes, start, length)?;
        if self.skip(b",\"ps\":\"").is_some() {
            self.name()?;
        }
        Some(instrument)
    }

    /// Past a whole number of at most 16 digits, written as JSON wants it.
    #[inline(always)]
    fn unsigned(&mut self) -> Option<u64> {
        let first = word(self.bytes, self.at) ^ ZEROS;
        let count = non_digits(first).trailing_zeros() / 8;
        if count < 8 {
            if count == 0 || (count > 1 && first as u8 == 0) {
                return None;
            }
            self.at += count as usize;
            return Some(digits_value(first << (8 * (8 - count))));
        }
        let second = word(self.bytes, self.at + 8) ^ ZEROS;
        let more = non_digits(second).trailing_zeros() / 8;
        if more == 8 || first as u8 == 0 {
            return None;
        }
        self.at += 8 + more as usize;
        // Two shifts, since one of 64 bits is none.
        let low = digits_value(second << (8 * (7 - more)) << 8);
        Some(digits_value(first) * POW10[more as usize] + low)
    }

    #[inline(always)]
    fn price(&mut self, readers: &mut Readers) -> Option<Ticks> {
        let (steps, quote) = readers.px.read(self.bytes, self.at)?;
        self.at = quote + 1;
        Some(Ticks(steps))
    }

    #[inline(always)]
    fn quantity(&mut self, readers: &mut Readers) -> Option<Lots> {
        let (steps, quote) = readers.qty.read(self.bytes, self.at)?;
        self.at = quote + 1;
        Some(Lots(steps))
    }

    /// Past `,"p":"…","q":"…"`.
    #[inline(always)]
    fn trade_level(&mut self, decoder: &mut Decoder, instrument: InstrumentId) -> Option<Level> {
        let readers = decoder.readers.get_mut(instrument.index())?;
        self.skip(b",\"p\":\"")?;
        let px = self.price(readers)?;
        self.skip(b",\"q\":\"")?;
        Some(Level { px, qty: self.quantity(readers)? })
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

    /// Past the rows of a side and their closing bracket: `["price","quantity"],…]`.
    #[inline(always)]
    fn levels(&mut self, readers: &mut Readers, side: &mut SideScratch) -> Option<()> {
        side.count = 0;
        if self.skip(b"]").is_some() {
            return Some(());
        }
        // Copies: the loop keeps them in registers.
        let Readers { mut px, mut qty } = *readers;
        let bytes = self.bytes;
        let mut at = self.at;
        let mut count = 0;
        self.skip(b"[\"")?;
        at += 2;
        loop {
            let (ticks, quote) = px.read(bytes, at)?;
            let between = quote;
            if bytes.get(between..)?.first_chunk::<3>()? != b"\",\"" {
                return None;
            }
            let (lots, quote) = qty.read(bytes, between + 3)?;
            *side.levels.get_mut(count)? = Level { px: Ticks(ticks), qty: Lots(lots) };
            count += 1;
            let behind = bytes.get(quote..)?;
            if behind.first_chunk::<5>() == Some(b"\"],[\"") {
                at = quote + 5;
                continue;
            }
            if behind.first_chunk::<3>() != Some(b"\"]]") {
                return None;
            }
            self.at = quote + 3;
            break;
        }
        side.count = count;
        *readers = Readers { px, qty };
        Some(())
    }
}

/// Powers of ten up to the digits of one word.
const POW10: [u64; 8] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];
