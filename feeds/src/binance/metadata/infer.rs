//! Instruments of a recording, from its own numbers: a capture need not hold the venue's list, and the list would not
//! tell the grid of another year.

use super::{contract_kind, listing, split_symbol, usual_contract_size};
use crate::binance::wire::{self, Answer, Frame};
use crate::capture::{Direction, Record, Recording};
use crate::json::{Text, TextBuffer, Value};
use engine_model::instrument::{Grid, Instrument, InstrumentId, Instruments, Name};
use engine_model::units::{Lots, Quote};
use engine_model::venue::VenueId;
use std::collections::BTreeMap;

/// Digits that always fit 64 bits.
const DIGITS_MAX: usize = 18;

/// The instruments that an event other than a list of instruments names, sorted by symbol, each on the coarsest grid of
/// steps of one that holds the most of its numbers. Frames that the decoder would refuse say nothing.
#[must_use]
pub fn infer(recording: &Recording, venue: VenueId) -> Instruments {
    let mut survey = Survey::new(venue);
    for record in recording.iter() {
        survey.record(&record);
    }
    survey.instruments()
}

/// How many numbers have so many digits before and behind the point.
#[derive(Clone, Debug)]
struct Digits([[u64; DIGITS_MAX + 1]; DIGITS_MAX + 1]);

impl Digits {
    fn new() -> Self {
        Self([[0; DIGITS_MAX + 1]; DIGITS_MAX + 1])
    }

    fn add(&mut self, (whole, decimals): (usize, usize)) {
        self.0[whole.min(DIGITS_MAX)][decimals.min(DIGITS_MAX)] += 1;
    }

    fn is_empty(&self) -> bool {
        self.0.iter().flatten().all(|count| *count == 0)
    }

    /// The fewest decimals with which the most numbers are exact and fit. One absurd number must not cost the others
    /// their grid: it is the one that becomes an error.
    fn decimals(&self) -> u8 {
        let held = |decimals: usize| -> u64 {
            let fitting = self.0.iter().take(DIGITS_MAX + 1 - decimals);
            fitting.map(|row| row[..=decimals].iter().sum::<u64>()).sum()
        };
        let best = (0..=DIGITS_MAX).max_by_key(|decimals| (held(*decimals), std::cmp::Reverse(*decimals)));
        best.unwrap_or(0) as u8
    }
}

/// Digits before and behind the point, without zeros that say nothing; `None` for what is no plain decimal.
fn digits_of(value: Value<'_>) -> Option<(usize, usize)> {
    let mut buffer = TextBuffer::default();
    let text = value.number_text(&mut buffer)?;
    let (whole, fraction) = match text.iter().position(|&b| b == b'.') {
        Some(point) => (&text[..point], &text[point + 1..]),
        None => (text, &b"0"[..]),
    };
    let is_number = |run: &[u8]| !run.is_empty() && run.iter().all(u8::is_ascii_digit);
    if !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let behind = fraction.iter().rposition(|&b| b != b'0').map_or(0, |last| last + 1);
    let before = whole.iter().position(|&b| b != b'0').map_or(0, |first| whole.len() - first);
    Some((before, behind))
}

/// What was seen of one symbol.
#[derive(Debug)]
struct Seen {
    prices: Digits,
    quantities: Digits,
    /// Mark and index prices: used only where there is no other price.
    averages: Digits,
}

#[derive(Debug)]
struct Survey {
    venue: VenueId,
    seen: BTreeMap<Name, Box<Seen>>,
    listed: Option<Vec<u8>>,
}

/// A level's two numbers, or nothing where one cannot be read.
type LevelDigits = ((usize, usize), (usize, usize));

impl Survey {
    fn new(venue: VenueId) -> Self {
        Self { venue, seen: BTreeMap::new(), listed: None }
    }

    fn record(&mut self, record: &Record<'_>) {
        // A frame that cannot be read has no effect, here as there.
        let _ = match record.direction {
            Direction::In => self.frame(record.payload),
            Direction::Rest => self.answer(record.url, record.payload),
            Direction::Other => None,
        };
    }

    fn of(&mut self, symbol: &[u8]) -> Option<&mut Seen> {
        let name = Name::new(std::str::from_utf8(symbol).ok()?).filter(|name| !name.as_bytes().is_empty())?;
        let new = || Box::new(Seen { prices: Digits::new(), quantities: Digits::new(), averages: Digits::new() });
        Some(self.seen.entry(name).or_insert_with(new))
    }

    fn named(&mut self, symbol: Text<'_>) -> Option<&mut Seen> {
        let mut buffer = TextBuffer::default();
        self.of(symbol.plain(&mut buffer)?)
    }

    fn frame(&mut self, payload: &[u8]) -> Option<()> {
        match wire::frame(payload, self.venue != VenueId::BinanceSpot).ok()? {
            Frame::Depth(depth) => {
                let ids = [Some(depth.first), Some(depth.last), depth.previous];
                ids.into_iter().flatten().try_for_each(|id| id.unsigned().map(drop))?;
                let levels = levels([depth.bids, depth.asks])?;
                self.named(depth.symbol)?.add(&levels);
            }
            Frame::Trade(trade) => {
                let level = level(trade.price, trade.quantity)?;
                self.named(trade.symbol)?.add(&[level]);
            }
            Frame::Quote(quote) => {
                let levels = match quote.sides {
                    [Some(bid), Some(bid_qty), Some(ask), Some(ask_qty)] => {
                        vec![level(bid, bid_qty)?, level(ask, ask_qty)?]
                    }
                    _ => Vec::new(),
                };
                self.named(quote.symbol)?.add(&levels);
            }
            Frame::Mark(mark) => {
                let averages = [mark.mark, mark.index].into_iter().flatten();
                let averages = averages.map(digits_of).collect::<Option<Vec<_>>>()?;
                let seen = self.named(mark.symbol)?;
                averages.into_iter().for_each(|digits| seen.averages.add(digits));
            }
            Frame::Liquidation(order) => {
                let level = order.price.zip(order.quantity).map(|(px, qty)| level(px, qty));
                let levels: Vec<_> = level.into_iter().collect::<Option<_>>()?;
                self.named(order.symbol)?.add(&levels);
            }
            Frame::Candle(symbol) | Frame::Ticker(symbol) => drop(self.named(symbol)?),
            Frame::Control | Frame::Unknown => {}
        }
        Some(())
    }

    fn answer(&mut self, url: Option<&str>, payload: &[u8]) -> Option<()> {
        match wire::answer(url, payload).ok()? {
            Answer::Depth(depth) => {
                depth.last.unsigned()?;
                let levels = levels([depth.bids, depth.asks])?;
                // Without a name it is of the first delta's instrument, which has numbers of its own.
                match url.and_then(wire::symbol_of_url) {
                    Some(symbol) => self.of(symbol.as_bytes())?.add(&levels),
                    None => self.named(depth.symbol?)?.add(&levels),
                }
            }
            Answer::Instruments => self.listed = Some(payload.to_vec()),
            Answer::OpenInterest => {
                let symbol = url.and_then(wire::symbol_of_url);
                match symbol {
                    Some(symbol) => drop(self.of(symbol.as_bytes())?),
                    None => drop(self.named(Value::parse(payload).ok()?.member("symbol")?.string()?)?),
                }
            }
            Answer::Unknown => {}
        }
        Some(())
    }

    fn instruments(self) -> Instruments {
        let listed = self.listed.as_deref().map(listing::assets).unwrap_or_default();
        let instruments = self.seen.iter().enumerate().map(|(index, (symbol, seen))| {
            let known = listed.get(symbol.as_str());
            let (base, quote) = known.map_or_else(|| split_symbol(symbol.as_str()), |known| (known.base, known.quote));
            let contract_size = known.and_then(|known| known.contract_size);
            Instrument {
                id: InstrumentId(index as u32),
                venue: self.venue,
                symbol: *symbol,
                base,
                quote,
                kind: contract_kind(self.venue),
                grid: seen.grid(),
                contract_size: contract_size.unwrap_or_else(|| usual_contract_size(self.venue, base)),
                min_qty: Lots(1),
                max_qty: Lots(i64::MAX),
                min_notional: Quote::ZERO,
            }
        });
        Instruments::new(instruments.collect())
    }
}

impl Seen {
    fn add(&mut self, levels: &[LevelDigits]) {
        for (price, quantity) in levels {
            self.prices.add(*price);
            self.quantities.add(*quantity);
        }
    }

    fn grid(&self) -> Grid {
        let prices = if self.prices.is_empty() { &self.averages } else { &self.prices };
        let (price_decimals, qty_decimals) = (prices.decimals(), self.quantities.decimals());
        Grid { price_decimals, tick_step: 1, qty_decimals, lot_step: 1 }
    }
}

fn level(px: Value<'_>, qty: Value<'_>) -> Option<LevelDigits> {
    Some((digits_of(px)?, digits_of(qty)?))
}

/// Every level of both sides, or nothing where one cannot be read.
fn levels(sides: [Value<'_>; 2]) -> Option<Vec<LevelDigits>> {
    let mut levels = Vec::new();
    for rows in sides {
        if !rows.is_array() {
            return None;
        }
        for row in rows.elements() {
            let mut parts = row.elements();
            levels.push(level(parts.next()?, parts.next()?)?);
        }
    }
    Some(levels)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn recording(payloads: &[&str]) -> Recording {
        let lines =
            payloads.iter().map(|raw| serde_json::json!({"ts": 1, "ch": "a", "dir": "in", "raw": raw}).to_string());
        let mut recording = Recording::default();
        recording.append(Path::new("test"), lines.collect::<Vec<_>>().join("\n").as_bytes()).expect("valid");
        recording
    }

    fn trade(symbol: &str, price: &str, quantity: &str) -> String {
        format!(r#"{{"e":"trade","E":1,"s":"{symbol}","t":1,"p":"{price}","q":"{quantity}","T":1,"m":true}}"#)
    }

    #[test]
    fn decimals_are_those_that_the_numbers_use() {
        let frames = [trade("ZRX", "0.00000074408", "92000000000.00"), trade("BTCUSDT", "61837.63000000", "0.1200")];
        let found = infer(&recording(&frames.each_ref().map(String::as_str)), VenueId::BinanceSpot);
        let grids: Vec<_> =
            found.iter().map(|i| (i.symbol.as_str(), i.grid.price_decimals, i.grid.qty_decimals)).collect();
        assert_eq!(grids, [("BTCUSDT", 2, 2), ("ZRX", 11, 0)]);
    }

    #[test]
    fn one_absurd_number_does_not_cost_the_others_their_grid() {
        let usual: Vec<_> = (0..10).map(|n| trade("BTCUSDT", &format!("61837.{n}"), "1")).collect();
        for absurd in ["0.0000000000000000000001", "123456789012345678901234567890", "1e5", "-1", "x"] {
            let absurd = trade("BTCUSDT", absurd, "0.000000000000000000000000001");
            let frames: Vec<_> = usual.iter().map(String::as_str).chain([absurd.as_str()]).collect();
            let found = infer(&recording(&frames), VenueId::BinanceSpot);
            let grid = found.iter().next().expect("one").grid;
            assert_eq!((grid.price_decimals, grid.qty_decimals), (1, 0), "{absurd}");
        }
    }

    #[test]
    fn frames_without_effect_name_nothing() {
        let frames = [
            r#"{"e":"trade","s":"A","p":"1","q":"1"}"#,
            r#"{"e":"trade","s":"B","p":"x","q":"1","m":true}"#,
            r#"{"e":"trade","s":"C","p":"1","q":"1","m":tr"#,
            r#"{"weather":{"s":"D"}}"#,
            r#"{"e":"kline","s":"a symbol that no venue would ever list, for it is far too long","k":{}}"#,
        ];
        assert!(infer(&recording(&frames), VenueId::BinanceSpot).is_empty());
    }
}
