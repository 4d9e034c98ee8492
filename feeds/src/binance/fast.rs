//! Binance's frames of the usual shape, by literal matching: the keys in the order in which the venue has sent them for
//! years, no white space, no escapes.
//!
//! Owns: that shape, to the last byte. Never: errors. What differs anywhere is "not mine" and goes the general way, which
//! alone decides what is wrong; so a new field costs microseconds, not data.

use super::decode::{Decoded, Decoder, Delta, Ids, SideScratch, Trade, time_of};
use crate::reader::LevelReader;
use crate::word::{ZEROS, digits_value, literal_word, non_digits, not_name, word, word_in};
use engine_model::instrument::InstrumentId;
use engine_model::market::{Level, Side};
use engine_model::units::Nanos;

/// Powers of ten up to the digits of one word.
const POW10: [u64; 8] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];

/// The frame, if it is of the usual shape and its instrument is ours.
#[inline(always)]
pub(crate) fn frame(decoder: &mut Decoder, bytes: &[u8]) -> Option<Decoded> {
    let mut rest = Rest(bytes);
    let wrapped = rest.skip(b"{\"stream\":\"").is_some();
    if wrapped {
        rest.name()?;
        rest.skip(b"\",\"data\":")?;
    }
    let decoded = if rest.skip(b"{\"e\":\"bookTicker\",\"u\":").is_some() || rest.skip(b"{\"u\":").is_some() {
        quote(decoder, &mut rest)?
    } else if rest.skip(b"{\"e\":\"depthUpdate\",\"E\":").is_some() {
        delta(decoder, &mut rest)?
    } else if rest.skip(b"{\"e\":\"trade\",\"E\":").is_some() {
        trade(decoder, &mut rest)?
    } else if rest.skip(b"{\"e\":\"aggTrade\",\"E\":").is_some() {
        aggregate_trade(decoder, &mut rest)?
    } else {
        return None;
    };
    matches!((wrapped, rest.0), (true, b"}}") | (false, b"}")).then_some(decoded)
}

/// `u [e] s [ps] b B a A [T E]`
#[inline(always)]
fn quote(decoder: &mut Decoder, rest: &mut Rest<'_>) -> Option<Decoded> {
    rest.skip_unsigned()?;
    let _ = rest.skip(b",\"e\":\"bookTicker\"");
    let instrument = rest.symbol(decoder)?;
    let reader = decoder.readers.get_mut(instrument.index())?;
    rest.skip(b",\"b\":\"")?;
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
fn delta(decoder: &mut Decoder, rest: &mut Rest<'_>) -> Option<Decoded> {
    let (sent, _traded) = rest.time_or_two()?;
    let venue_at_ns = time_of(sent);
    let instrument = rest.symbol(decoder)?;
    rest.skip(b",\"U\":")?;
    let first = rest.unsigned()?;
    rest.skip(b",\"u\":")?;
    let last = rest.unsigned()?;
    let mut previous = 0;
    if decoder.futures {
        rest.skip(b",\"pu\":")?;
        previous = rest.unsigned()?;
    }
    let reader = decoder.readers.get_mut(instrument.index())?;
    rest.skip(b",\"b\":[")?;
    rest.levels(reader, &mut decoder.bids)?;
    rest.skip(b",\"a\":[")?;
    rest.levels(reader, &mut decoder.asks)?;
    let ids = Ids { first, last, previous };
    Some(Decoded::Delta(Delta { instrument: Some(instrument), venue_at_ns, ids }))
}

/// `e E [T] s t p q [b a] [T] [X] m [M]`
#[inline(always)]
fn trade(decoder: &mut Decoder, rest: &mut Rest<'_>) -> Option<Decoded> {
    let (sent, traded) = rest.time_or_two()?;
    let instrument = rest.symbol(decoder)?;
    rest.skip(b",\"t\":")?;
    let trade_id = rest.unsigned()?;
    rest.skip(b",\"p\":\"")?;
    let Level { px, qty } = rest.level(b"\",\"q\":\"", decoder.readers.get_mut(instrument.index())?)?;
    if rest.skip(b",\"b\":").is_some() {
        rest.skip_unsigned()?;
        rest.skip(b",\"a\":")?;
        rest.skip_unsigned()?;
    }
    let traded = if traded.is_some() { traded } else { rest.trade_time()? };
    if rest.skip(b",\"X\":\"").is_some() {
        rest.name()?;
        rest.skip(b"\"")?;
    }
    let aggressor = rest.aggressor()?;
    let venue_at_ns = time_of(traded.unwrap_or(sent));
    Some(Decoded::Trade(Trade { instrument: Some(instrument), venue_at_ns, px, qty, aggressor, trade_id }))
}

/// `e E [a] s [a] p q f l T m [M]`
#[inline(always)]
fn aggregate_trade(decoder: &mut Decoder, rest: &mut Rest<'_>) -> Option<Decoded> {
    let sent = rest.unsigned()?;
    let early_id = if rest.skip(b",\"a\":").is_some() { Some(rest.unsigned()?) } else { None };
    let instrument = rest.symbol(decoder)?;
    let trade_id = match early_id {
        Some(id) => id,
        None => {
            rest.skip(b",\"a\":")?;
            rest.unsigned()?
        }
    };
    rest.skip(b",\"p\":\"")?;
    let Level { px, qty } = rest.level(b"\",\"q\":\"", decoder.readers.get_mut(instrument.index())?)?;
    rest.skip(b",\"f\":")?;
    rest.skip_unsigned()?;
    rest.skip(b",\"l\":")?;
    rest.skip_unsigned()?;
    let venue_at_ns = time_of(rest.trade_time()?.unwrap_or(sent));
    let aggressor = rest.aggressor()?;
    Some(Decoded::Trade(Trade { instrument: Some(instrument), venue_at_ns, px, qty, aggressor, trade_id }))
}

/// What is left of a frame. Each step takes from its front, or says that the frame is not of this shape.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    /// Past exactly these bytes.
    #[inline(always)]
    fn skip<const N: usize>(&mut self, literal: &[u8; N]) -> Option<()> {
        // Three, five, six or seven bytes cost two loads and their joining; eight cost one, less a shift.
        if N < 8 && !N.is_power_of_two() && self.0.len() >= 8 {
            if (word(self.0) ^ literal_word(literal)) << (64 - 8 * N as u32) != 0 {
                return None;
            }
            self.0 = &self.0[N..];
            return Some(());
        }
        self.0 = self.0.strip_prefix(literal)?;
        Some(())
    }

    /// Past the bytes of a name, up to what ends it; how many they were.
    #[inline(always)]
    fn name(&mut self) -> Option<usize> {
        let all = self.0.len();
        loop {
            let stop = not_name(word(self.0)).trailing_zeros() as usize / 8;
            self.0 = self.0.get(stop..)?;
            if stop < 8 {
                return Some(all - self.0.len());
            }
        }
    }

    /// Past `,"s":"…"` and, where it is sent, `,"ps":"…"` (the pair of a contract).
    #[inline(always)]
    fn symbol(&mut self, decoder: &mut Decoder) -> Option<InstrumentId> {
        self.skip(b",\"s\":\"")?;
        let known = decoder.memo.find(self.0);
        let (instrument, length) = if known.is_some() { known? } else { new_symbol(self.0, decoder)? };
        self.0 = self.0.get(length + 1..)?;
        if self.skip(b",\"ps\":\"").is_some() {
            self.name()?;
            self.skip(b"\"")?;
        }
        Some(instrument)
    }

    /// Past a whole number of at most 15 digits, written as JSON wants it.
    #[inline(always)]
    fn unsigned(&mut self) -> Option<u64> {
        let (first, second, count) = self.digits()?;
        if count <= 8 {
            return Some(digits_value(first << (8 * (8 - count))));
        }
        let more = count - 8;
        Some(digits_value(first) * POW10[more as usize & 7] + digits_value(second << (8 * (8 - more))))
    }

    /// The same, where the number itself does not matter.
    #[inline(always)]
    fn skip_unsigned(&mut self) -> Option<()> {
        self.digits().map(drop)
    }

    /// Past 1 to 15 digits without a needless zero in front; the words that hold them, as values, and how many they are.
    #[inline(always)]
    fn digits(&mut self) -> Option<(u64, u64, u32)> {
        let first = word(self.0) ^ ZEROS;
        let marks = non_digits(first);
        let (second, count) = if marks == 0 {
            let second = word(self.0.get(8..)?) ^ ZEROS;
            (second, 8 + non_digits(second).trailing_zeros() / 8)
        } else {
            (0, marks.trailing_zeros() / 8)
        };
        if count == 0 || count == 16 || (first as u8 == 0 && count > 1) {
            return None;
        }
        self.0 = self.0.get(count as usize..)?;
        Some((first, second, count))
    }

    /// Past a price, `between` and a quantity, with the quote behind it.
    #[inline(always)]
    fn level<const N: usize>(&mut self, between: &[u8; N], reader: &mut LevelReader) -> Option<Level> {
        let (px, qty, behind) = reader.read(self.0, between)?;
        self.0 = behind;
        Some(Level { px, qty })
    }

    /// Past a time, and where it is sent `,"T":` and another.
    #[inline(always)]
    fn time_or_two(&mut self) -> Option<(u64, Option<u64>)> {
        if let Some((first, second)) = self.two_times_of_13_digits(b",\"T\":") {
            return Some((first, Some(second)));
        }
        Some((self.unsigned()?, self.trade_time()?))
    }

    /// Past a time, `between` and another.
    #[inline(always)]
    fn two_times(&mut self, between: &[u8; 5]) -> Option<(u64, u64)> {
        if let Some(times) = self.two_times_of_13_digits(between) {
            return Some(times);
        }
        let first = self.unsigned()?;
        self.skip(between)?;
        Some((first, self.unsigned()?))
    }

    /// The same for times in ms, which have 13 digits from 2001 to 2286: every byte is where it is.
    #[inline(always)]
    fn two_times_of_13_digits(&mut self, between: &[u8; 5]) -> Option<(u64, u64)> {
        const LENGTH: usize = 13 + 5 + 13;
        let window = self.0.first_chunk::<{ LENGTH + 1 }>()?;
        let (a, b) = (word_in(window, 0) ^ ZEROS, word_in(window, 5) ^ ZEROS);
        let (c, d) = (word_in(window, 18) ^ ZEROS, word_in(window, 23) ^ ZEROS);
        let link = (word_in(window, 13) ^ literal_word(between)) << 24;
        let wrong = non_digits(a) | non_digits(b) | non_digits(c) | non_digits(d) | link;
        if wrong != 0 || a as u8 == 0 || c as u8 == 0 || window[LENGTH].is_ascii_digit() {
            return None;
        }
        self.0 = self.0.get(LENGTH..)?;
        Some((value_of_13_digits(a, b), value_of_13_digits(c, d)))
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
    fn levels(&mut self, reader: &mut LevelReader, side: &mut SideScratch) -> Option<()> {
        side.count = 0;
        if self.skip(b"]").is_some() {
            return Some(());
        }
        let mut rest = self.0.strip_prefix(b"[\"")?;
        for (index, slot) in side.levels.iter_mut().enumerate() {
            let behind;
            (slot.px, slot.qty, behind) = reader.read(rest, b"\",\"")?;
            match behind.strip_prefix(b"],[\"") {
                Some(next) => rest = next,
                None => {
                    self.0 = behind.strip_prefix(b"]]")?;
                    side.count = index + 1;
                    return Some(());
                }
            }
        }
        None
    }
}

/// From the word of the first eight and the word of the last eight.
#[inline(always)]
const fn value_of_13_digits(first: u64, last: u64) -> u64 {
    digits_value(first << 24) * 100_000_000 + digits_value(last)
}

/// A symbol that the memo does not know, and its length. By value: a place whose address is taken lives in memory.
#[cold]
#[inline(never)]
fn new_symbol(start: &[u8], decoder: &mut Decoder) -> Option<(InstrumentId, usize)> {
    let mut rest = Rest(start);
    let length = rest.name()?;
    rest.skip(b"\"")?;
    let instrument = decoder.symbols.find(&start[..length])?;
    decoder.memo.note(start, length, instrument);
    Some((instrument, length))
}
