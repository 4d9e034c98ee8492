//! Instruments of a recording, from its own numbers: a capture need not hold the venue's list, and the list would not
//! tell the grid of another year.

use super::Description;
use crate::capture::{Direction, Record, Recording};
use crate::checksum::Recipe;
use crate::decoded::{Decoded, Scratch};
use crate::error::FrameError;
use crate::grid::{Grids, Number};
use crate::venue::{self, Decoder};
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
    let mut reader = Reader {
        decoder: Decoder::new(venue),
        grids: Grids::Survey(Survey::new(keeps_zeros(venue))),
        scratch: Scratch::new(),
        listed: None,
    };
    for record in recording.iter() {
        reader.record(&record);
    }
    match reader.grids {
        Grids::Survey(survey) => survey.instruments(venue, reader.listed.as_deref()),
        Grids::Run(_) => unreachable!("it was made for a survey"),
    }
}

/// Whether a checksum covers the zeros that a number ends with: the grid must then have as many decimals as are sent.
const fn keeps_zeros(venue: VenueId) -> bool {
    matches!(venue::recipe(venue), Recipe::PairsFixed | Recipe::Digits)
}

/// A decoder that reads a recording for what it names.
struct Reader {
    decoder: Decoder,
    grids: Grids,
    scratch: Scratch,
    listed: Option<Vec<u8>>,
}

impl Reader {
    fn record(&mut self, record: &Record<'_>) {
        let Self { decoder, grids, scratch, listed } = self;
        let decoded = match record.direction {
            Direction::In => decoder.frame(grids, record.channel, record.payload, scratch),
            Direction::Rest => decoder.answer(grids, record.url, record.payload, None, scratch),
            Direction::Open => return decoder.opened(record.channel, record.url.unwrap_or_default()),
            Direction::Other => return,
        };
        if decoded == Ok(Decoded::Instruments) {
            *listed = Some(record.payload.to_vec());
        }
        if let Grids::Survey(survey) = grids {
            survey.end_frame(decoded.is_ok());
        }
    }
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

/// Digits before and behind the point; of those behind, the zeros that say nothing only where they are kept. `None` for
/// what is no plain decimal.
fn digits_of(text: &[u8], keeps_zeros: bool) -> Option<(usize, usize)> {
    let (whole, fraction) = match text.iter().position(|&b| b == b'.') {
        Some(point) => (&text[..point], &text[point + 1..]),
        None => (text, &b"0"[..]),
    };
    let is_number = |run: &[u8]| !run.is_empty() && run.iter().all(u8::is_ascii_digit);
    if !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let behind = match keeps_zeros && fraction.len() < text.len() {
        true if text.contains(&b'.') => fraction.len(),
        _ => fraction.iter().rposition(|&b| b != b'0').map_or(0, |last| last + 1),
    };
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

/// The instruments named so far, and what their numbers look like.
#[derive(Debug)]
pub(crate) struct Survey {
    ids: BTreeMap<Name, InstrumentId>,
    /// By id.
    seen: Vec<(Name, Box<Seen>)>,
    /// Of the frame in hand: a frame that turns out wrong says nothing.
    notes: Vec<(InstrumentId, Number, (usize, usize))>,
    /// Instruments before the frame in hand.
    known: usize,
    keeps_zeros: bool,
}

impl Survey {
    fn new(keeps_zeros: bool) -> Self {
        Self { ids: BTreeMap::new(), seen: Vec::new(), notes: Vec::new(), known: 0, keeps_zeros }
    }

    /// The instrument of that symbol, a new one if it was not named before.
    pub(crate) fn find(&mut self, symbol: &[u8]) -> Option<InstrumentId> {
        let name = Name::new(std::str::from_utf8(symbol).ok()?).filter(|name| !name.as_bytes().is_empty())?;
        let next = InstrumentId(self.seen.len() as u32);
        let id = *self.ids.entry(name).or_insert(next);
        if id == next {
            let seen = Seen { prices: Digits::new(), quantities: Digits::new(), averages: Digits::new() };
            self.seen.push((name, Box::new(seen)));
        }
        Some(id)
    }

    /// Looks at a number.
    pub(crate) fn note(
        &mut self,
        instrument: Option<InstrumentId>,
        what: Number,
        text: &[u8],
    ) -> Result<(), FrameError> {
        let field = what.field();
        let digits = digits_of(text, self.keeps_zeros).ok_or(FrameError::Unreadable(field))?;
        self.notes.extend(instrument.map(|instrument| (instrument, what, digits)));
        Ok(())
    }

    /// The frame in hand is read: what it said counts, or nothing of it.
    fn end_frame(&mut self, is_ok: bool) {
        if is_ok {
            for (instrument, what, digits) in &self.notes {
                let seen = &mut self.seen[instrument.index()].1;
                match what {
                    Number::Price => seen.prices.add(*digits),
                    Number::Quantity | Number::Rest => seen.quantities.add(*digits),
                    Number::Average => seen.averages.add(*digits),
                    // It says nothing of what can be traded.
                    Number::Sum => {}
                }
            }
        } else {
            for (name, _) in self.seen.drain(self.known..) {
                self.ids.remove(&name);
            }
        }
        self.notes.clear();
        self.known = self.seen.len();
    }

    fn instruments(self, venue: VenueId, listed: Option<&[u8]>) -> Instruments {
        let Self { ids, seen, .. } = self;
        let describe = venue::describe(venue, listed);
        let instruments = ids.into_iter().enumerate().map(|(index, (symbol, id))| {
            let Description { base, quote, kind, contract_size, contract_decimals } = describe(symbol.as_str());
            Instrument {
                id: InstrumentId(index as u32),
                venue,
                symbol,
                base,
                quote,
                kind,
                grid: seen[id.index()].1.grid(),
                contract_size,
                contract_decimals,
                min_qty: Lots(1),
                max_qty: Lots(i64::MAX),
                min_notional: Quote::ZERO,
            }
        });
        Instruments::new(instruments.collect())
    }
}

impl Seen {
    fn grid(&self) -> Grid {
        let prices = if self.prices.is_empty() { &self.averages } else { &self.prices };
        let (price_decimals, qty_decimals) = (prices.decimals(), self.quantities.decimals());
        Grid { price_decimals, tick_step: 1, qty_decimals, lot_step: 1 }
    }
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
