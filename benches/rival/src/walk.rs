//! One bot for every venue: borrowed `serde_json` and a tree a side. Owns its one visitor, which goes through a frame once,
//! takes fields by the names that venues give them (symbol, bids, asks, side, price, quantity), skips all others unread, and
//! builds no tree of values. Prices become integers of 1e-11, quantities of 1e-8.
//!
//! It does less than ours: no sequence numbers, no checksums, no time stamps; deltas before a snapshot are applied at once,
//! trades are read and forgotten, and a change that names only the id of a level (BitMEX) is read and not applied. So its
//! books need not end as ours do, and are only held to hold something. What it leaves out makes it faster, never slower.

use crate::decode::set;
use benches::decode::Decoder;
use benches::error::BenchError;
use benches::stream::Stream;
use engine_model::instrument::Instrument;
use engine_model::market::Side;
use feeds::capture::{Direction, Record};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;
use std::hint::black_box;

/// The bot.
pub(crate) struct Walk {
    books: Vec<(String, Tree)>,
    seen: Seen,
}

/// A book.
#[derive(Default)]
struct Tree {
    bids: BTreeMap<i64, i64>,
    asks: BTreeMap<i64, i64>,
}

/// What a frame held; reused, so that it allocates as little as such a bot can.
#[derive(Default)]
struct Seen {
    bids: Vec<(i64, i64)>,
    asks: Vec<(i64, i64)>,
    /// Rows that name their side: levels of some venues, trades of others.
    sided: Vec<(Side, i64, i64)>,
    is_snapshot: bool,
}

impl Decoder for Walk {
    const NAME: &'static str = "serde-walk-btreemap";
    const ENDS_EQUAL: bool = false;

    fn new(_: &Stream) -> Result<Self, BenchError> {
        Ok(Self { books: Vec::new(), seen: Seen::default() })
    }

    fn begin(&mut self, _: &Stream) {
        self.books.iter_mut().for_each(|(_, tree)| *tree = Tree::default());
    }

    fn message(&mut self, record: &Record<'_>) {
        let Self { books, seen } = self;
        seen.bids.clear();
        seen.asks.clear();
        seen.sided.clear();
        let head = &record.payload[..record.payload.len().min(160)];
        let has = |word: &[u8]| head.windows(word.len()).any(|window| window == word);
        let is_answer = record.direction == Direction::Rest;
        seen.is_snapshot = is_answer || has(b"snapshot") || has(b"partial") || has(b"l2Book");
        let mut symbol = None;
        let mut json = serde_json::Deserializer::from_slice(record.payload);
        if json.deserialize_any(Frame { seen, symbol: &mut symbol }).is_err() {
            return;
        }
        let is_levels = has(b"l2_data") || has(b"orderBookL2") || has(b"\"book") || has(b"l2update");
        if !is_levels && !seen.sided.is_empty() {
            black_box(&seen.sided);
            seen.sided.clear();
        }
        if seen.bids.is_empty() && seen.asks.is_empty() && seen.sided.is_empty() {
            return;
        }
        let url = record.url.unwrap_or_default();
        let place = match symbol {
            Some(symbol) => books.iter().position(|(known, _)| known == symbol),
            None => books.iter().position(|(known, _)| url.contains(known.as_str())),
        };
        let place = place.unwrap_or_else(|| {
            let symbol = symbol.or_else(|| url.rsplit('=').next()).unwrap_or_default();
            books.push((symbol.to_owned(), Tree::default()));
            books.len() - 1
        });
        books[place].1.apply(seen);
    }

    fn levels(&self, instrument: &Instrument, side: Side) -> Vec<String> {
        let tree = self.books.iter().find(|(symbol, _)| instrument.symbol.to_string().ends_with(symbol.as_str()));
        let Some((_, tree)) = tree else { return Vec::new() };
        match side {
            Side::Buy => tree.bids.iter().rev().map(|(px, qty)| format!("{px}:{qty}")).collect(),
            Side::Sell => tree.asks.iter().map(|(px, qty)| format!("{px}:{qty}")).collect(),
        }
    }
}

impl Tree {
    fn apply(&mut self, seen: &Seen) {
        if seen.is_snapshot {
            self.bids.clear();
            self.asks.clear();
        }
        seen.bids.iter().for_each(|&(px, qty)| set(&mut self.bids, px, qty, 0));
        seen.asks.iter().for_each(|&(px, qty)| set(&mut self.asks, px, qty, 0));
        for &(side, px, qty) in &seen.sided {
            match side {
                Side::Buy => set(&mut self.bids, px, qty, 0),
                Side::Sell => set(&mut self.asks, px, qty, 0),
            }
        }
    }
}

/// A text as a number of `decimals`; `None` for what does not begin as one.
fn fixed(text: &str, decimals: u32) -> Option<i64> {
    let (mut units, mut seen, mut behind_point) = (0_i64, 0_u32, false);
    text.bytes().next().filter(u8::is_ascii_digit)?;
    for byte in text.bytes() {
        match byte {
            b'.' => behind_point = true,
            _ if seen == decimals => break,
            digit => {
                units = units.wrapping_mul(10).wrapping_add(i64::from(digit) - 48);
                seen += u32::from(behind_point);
            }
        }
    }
    Some(units.wrapping_mul(10_i64.pow(decimals - seen)))
}

const PX: u32 = 11;
const QTY: u32 = 8;

/// A number in either spelling, or nothing.
struct Number(u32);

impl<'de> DeserializeSeed<'de> for Number {
    type Value = Option<i64>;
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Option<i64>, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Number {
    type Value = Option<i64>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Option<i64>, E> {
        Ok(fixed(text, self.0))
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<Option<i64>, E> {
        Ok(Some((value * 10_f64.powi(self.0.cast_signed())).round() as i64))
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<Option<i64>, E> {
        Ok(Some(value.cast_signed().wrapping_mul(10_i64.pow(self.0))))
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<Option<i64>, E> {
        Ok(Some(value.unsigned_abs().cast_signed().wrapping_mul(10_i64.pow(self.0))))
    }
    fn visit_bool<E: Error>(self, _: bool) -> Result<Option<i64>, E> {
        Ok(None)
    }
    fn visit_unit<E: Error>(self) -> Result<Option<i64>, E> {
        Ok(None)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Option<i64>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<i64>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

/// Levels of one side.
struct Rows<'s>(&'s mut Vec<(i64, i64)>);

impl<'de> DeserializeSeed<'de> for Rows<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Rows<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("levels")
    }
    // A ticker's bid or ask has the same name.
    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        black_box(fixed(text, PX));
        Ok(())
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        black_box(value);
        Ok(())
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        black_box(value);
        Ok(())
    }
    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(row) = seq.next_element_seed(Row)? {
            self.0.extend(row);
        }
        Ok(())
    }
}

/// One level: a list whose first two numbers are price and quantity, or a map.
struct Row;

impl<'de> DeserializeSeed<'de> for Row {
    type Value = Option<(i64, i64)>;
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Row {
    type Value = Option<(i64, i64)>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a level")
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        black_box(fixed(text, PX));
        Ok(None)
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        black_box(value);
        Ok(None)
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        black_box(value);
        Ok(None)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut px = None;
        // A word stands before the price of some venues.
        while px.is_none() {
            let Some(number) = seq.next_element_seed(Number(PX))? else { return Ok(None) };
            px = number;
        }
        let qty = seq.next_element_seed(Number(QTY))?.flatten();
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(px.zip(qty))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut px, mut qty) = (None, None);
        while let Some(key) = map.next_key::<&str>()? {
            match key {
                "px" | "p" | "price" => px = map.next_value_seed(Number(PX))?,
                "sz" | "s" | "qty" | "size" => qty = map.next_value_seed(Number(QTY))?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(px.zip(qty))
    }
}

/// A frame, and whatever is nested in it on the way to levels and trades.
struct Frame<'s, 'de> {
    seen: &'s mut Seen,
    symbol: &'s mut Option<&'de str>,
}

impl<'de> DeserializeSeed<'de> for Frame<'_, 'de> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Frame<'_, 'de> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a frame")
    }
    // The last word of a list is its instrument (Kraken's older lists).
    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<(), E> {
        *self.symbol = Some(text);
        Ok(())
    }
    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }
    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }
    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }
    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(Frame { seen: self.seen, symbol: self.symbol })?.is_some() {}
        Ok(())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { seen, symbol } = self;
        let (mut side, mut px, mut qty) = (None, None, None);
        while let Some(key) = map.next_key::<&str>()? {
            match key {
                "bids" | "b" => map.next_value_seed(Rows(&mut seen.bids))?,
                "asks" | "a" => map.next_value_seed(Rows(&mut seen.asks))?,
                "bs" | "as" => {
                    seen.is_snapshot = true;
                    map.next_value_seed(Rows(if key == "bs" { &mut seen.bids } else { &mut seen.asks }))?;
                }
                "levels" => map.next_value_seed(Both(seen))?,
                "changes" => map.next_value_seed(Changes(seen))?,
                "data" | "params" | "result" | "events" | "updates" | "trades" | "arg" => {
                    map.next_value_seed(Frame { seen, symbol })?;
                }
                "s" | "instId" | "product_id" | "symbol" | "coin" | "instrument_name" | "currency_pair"
                | "contract" => {
                    map.next_value_seed(Frame { seen, symbol })?;
                }
                "price" | "px" | "p" | "price_level" => px = map.next_value_seed(Number(PX))?,
                "size" | "sz" | "qty" | "q" | "v" | "amount" | "new_quantity" => {
                    qty = map.next_value_seed(Number(QTY))?
                }
                "side" | "S" | "direction" => side = side_of(map.next_value()?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        if let (Some(px), Some(qty)) = (px, qty) {
            seen.sided.push((side.unwrap_or(Side::Buy), px, qty));
        }
        Ok(())
    }
}

fn side_of(text: &str) -> Option<Side> {
    match text.as_bytes().first()? {
        b'b' | b'B' => Some(Side::Buy),
        _ => Some(Side::Sell),
    }
}

/// Both sides in one list (Hyperliquid).
struct Both<'s>(&'s mut Seen);

impl<'de> DeserializeSeed<'de> for Both<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Both<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bids and asks")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        seq.next_element_seed(Rows(&mut self.0.bids))?;
        seq.next_element_seed(Rows(&mut self.0.asks))?;
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// Changes by side (KuCoin), or rows that begin with their side (Coinbase Exchange).
struct Changes<'s>(&'s mut Seen);

impl<'de> DeserializeSeed<'de> for Changes<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Changes<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("changes")
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        Frame { seen: self.0, symbol: &mut None }.visit_map(map)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some((side, px, qty)) = seq.next_element::<(&str, &str, &str)>()? {
            let level = side_of(side).zip(fixed(px, PX)).zip(fixed(qty, QTY));
            self.0.sided.extend(level.map(|((side, px), qty)| (side, px, qty)));
        }
        Ok(())
    }
}
