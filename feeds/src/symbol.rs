//! The venue's spelling of an instrument to our dense index.
//!
//! Owns: a small open-addressing table, built once, with one fixed hash: the same in every run and on every machine.
//! Never: growth after construction, a random seed.

use crate::word::{first_bytes, word};
use engine_model::instrument::{InstrumentId, Instruments, Name};
use engine_model::venue::VenueId;

/// Bytes of the longest [`Name`]: one of its bytes is the length.
const NAME_MAX: usize = size_of::<Name>() - 1;
/// A name and its length in words.
const NAME_WORDS: usize = (NAME_MAX + 1).div_ceil(8);

/// A symbol as words: equality is four compares, hashing a few multiplications.
type Key = [u64; NAME_WORDS];

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
            let symbol = instrument.symbol.as_bytes();
            if let Some(key) = key_of(symbol, 0, symbol.len()) {
                let at = table.slot_of(&key);
                table.slots[at] = Slot { key, index_plus_one: instrument.id.0 + 1 };
            }
        }
        table
    }

    /// The instrument of that symbol.
    #[must_use]
    pub fn find(&self, symbol: &[u8]) -> Option<InstrumentId> {
        self.find_at(symbol, 0, symbol.len())
    }

    /// The instrument of the symbol that is the `length` bytes at `at` of a frame: read in words where it stands.
    #[inline]
    #[must_use]
    pub fn find_at(&self, bytes: &[u8], at: usize, length: usize) -> Option<InstrumentId> {
        let key = key_of(bytes, at, length)?;
        let index_plus_one = self.slots[self.slot_of(&key)].index_plus_one;
        index_plus_one.checked_sub(1).map(InstrumentId)
    }

    /// The slot of that key, or the empty one where it belongs. Ends because half of the slots are empty.
    #[inline]
    fn slot_of(&self, key: &Key) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = hash(key) & mask;
        while self.slots[at].index_plus_one != 0 && self.slots[at].key != *key {
            at = (at + 1) & mask;
        }
        at
    }
}

/// The `length` bytes at `at` as words. The last byte is the length (a name has at most 31 bytes), so that a symbol
/// with zeros behind it is not the symbol.
#[inline]
fn key_of(bytes: &[u8], at: usize, length: usize) -> Option<Key> {
    if length == 0 || length > NAME_MAX {
        return None;
    }
    let mut key = [0; NAME_WORDS];
    for (index, slot) in key.iter_mut().enumerate() {
        let from = 8 * index;
        if from >= length {
            break;
        }
        *slot = word(bytes, at + from) & first_bytes((length - from) as u32);
    }
    key[NAME_WORDS - 1] |= (length as u64) << 56;
    Some(key)
}

#[inline]
fn hash(key: &Key) -> usize {
    // The golden ratio's fraction: spreads the low bytes, where symbols differ, over the high bits.
    const MIX: u64 = 0x9E37_79B9_7F4A_7C15;
    let folded = key.iter().fold(0u64, |hash, word| (hash ^ word).wrapping_mul(MIX).rotate_left(29));
    (folded.wrapping_mul(MIX) >> 32) as usize
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
            let framed = format!("\"{symbol}\",\"b\"");
            assert_eq!(table.find_at(framed.as_bytes(), 1, symbol.len()), Some(InstrumentId(index as u32)));
        }
        for absent in ["", "B", "BTCUSDT", "A0\0", "btcusdt1", &"A".repeat(32), &"A".repeat(500)] {
            assert_eq!(table.find(absent.as_bytes()), None, "{absent:?}");
        }
    }

    #[test]
    fn symbols_of_another_venue_are_not_found() {
        let table = SymbolTable::new(VenueId::BinanceUsdm, &instruments(&[String::from("BTCUSDT")]));
        assert_eq!(table.find(b"BTCUSDT"), None);
    }
}
