//! The venue's spelling of an instrument to our dense index.
//!
//! Owns: a small open-addressing table, built once, with one fixed hash: the same in every run and on every machine.
//! Never: growth after construction, a random seed.

use crate::word::word;
use engine_model::instrument::{InstrumentId, Instruments, Name};
use engine_model::venue::VenueId;

/// Bytes of the longest [`Name`]: one of its bytes is the length.
const NAME_MAX: usize = size_of::<Name>() - 1;
/// A name and its length in words.
const NAME_WORDS: usize = (NAME_MAX + 1).div_ceil(8);

/// A symbol as words, zeros behind it: equality is a few compares, hashing two multiplications.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Key {
    words: [u64; NAME_WORDS],
    length: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    key: Key,
    /// Index + 1; 0 is empty.
    index_plus_one: u32,
}

/// Symbols of one venue.
#[derive(Clone, Debug)]
pub struct SymbolTable {
    slots: Box<[Slot]>,
}

impl SymbolTable {
    /// Every instrument of that venue, at most half of the slots filled.
    #[must_use]
    pub fn new(venue: VenueId, instruments: &Instruments) -> Self {
        let count = instruments.iter().filter(|i| i.venue == venue).count();
        let mut table = Self { slots: vec![Slot::default(); (2 * count).next_power_of_two().max(4)].into() };
        for instrument in instruments.iter().filter(|i| i.venue == venue) {
            if let Some(key) = key_of(instrument.symbol.as_bytes()) {
                let at = table.slot_of(&key);
                table.slots[at] = Slot { key, index_plus_one: instrument.id.0 + 1 };
            }
        }
        table
    }

    /// The instrument of that symbol.
    #[must_use]
    pub fn find(&self, symbol: &[u8]) -> Option<InstrumentId> {
        let key = key_of(symbol)?;
        let index_plus_one = self.slots[self.slot_of(&key)].index_plus_one;
        index_plus_one.checked_sub(1).map(InstrumentId)
    }

    /// The slot of that key, or the empty one where it belongs. Ends because half of the slots are empty.
    fn slot_of(&self, key: &Key) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = hash(key) & mask;
        while self.slots[at].index_plus_one != 0 && self.slots[at].key != *key {
            at = (at + 1) & mask;
        }
        at
    }
}

fn key_of(symbol: &[u8]) -> Option<Key> {
    if symbol.is_empty() || symbol.len() > NAME_MAX {
        return None;
    }
    let mut words = [0; NAME_WORDS];
    for (slot, part) in words.iter_mut().zip(symbol.chunks(8)) {
        *slot = word(part);
    }
    Some(Key { words, length: symbol.len() as u32 })
}

/// The golden ratio's fraction: spreads the low bytes, where symbols differ, over the high bits.
const MIX: u64 = 0x9E37_79B9_7F4A_7C15;

fn hash(key: &Key) -> usize {
    const TURNS: [u32; NAME_WORDS] = [0, 23, 41, 11, 31, 53];
    let turned = key.words.iter().zip(TURNS).map(|(word, turn)| word.rotate_left(turn));
    let folded = turned.fold(0, |folded, word| folded ^ word);
    ((folded ^ folded >> 29).wrapping_mul(MIX) >> 32) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::instrument::{ContractKind, Grid, Instrument};
    use engine_model::units::{Lots, Quote};

    fn instruments(symbols: &[String]) -> Instruments {
        let of = |(index, symbol): (usize, &String)| Instrument {
            id: InstrumentId(index as u32),
            venue: VenueId::BinanceSpot,
            symbol: Name::new(symbol).expect("short"),
            base: Name::default(),
            quote: Name::default(),
            kind: ContractKind::Spot,
            grid: Grid { price_decimals: 2, tick_step: 1, qty_decimals: 2, lot_step: 1 },
            contract_size: 1,
            contract_decimals: 0,
            min_qty: Lots(1),
            max_qty: Lots(1),
            min_notional: Quote::ZERO,
        };
        Instruments::new(symbols.iter().enumerate().map(of).collect())
    }

    #[test]
    fn every_symbol_is_found_and_its_neighbours_are_not() {
        let symbols: Vec<String> =
            (0..1000).map(|n| format!("{}{n}", ["A", "BTCUSDT", "1000000000000000000000000000"][n % 3])).collect();
        let table = SymbolTable::new(VenueId::BinanceSpot, &instruments(&symbols));
        for (index, symbol) in symbols.iter().enumerate() {
            assert_eq!(table.find(symbol.as_bytes()), Some(InstrumentId(index as u32)), "{symbol}");
        }
        for absent in ["", "B", "BTCUSDT", "A0\0", "btcusdt1", &"A".repeat(48), &"A".repeat(500)] {
            assert_eq!(table.find(absent.as_bytes()), None, "{absent:?}");
        }
    }

    #[test]
    fn symbols_of_another_venue_are_not_found() {
        let table = SymbolTable::new(VenueId::BinanceUsdm, &instruments(&[String::from("BTCUSDT")]));
        assert_eq!(table.find(b"BTCUSDT"), None);
    }
}
