//! The venue's spelling of an instrument to our dense index.
//!
//! Owns: a small open-addressing table, built once, with one fixed hash: the same in every run and on every machine.
//! Never: growth after construction, a random seed.

use crate::word::word;
use engine_model::instrument::{InstrumentId, Instruments, Name};
use engine_model::venue::VenueId;

/// Bytes of the longest [`Name`]: one of its bytes is the length.
const NAME_MAX: usize = size_of::<Name>() - 1;

/// What tells most symbols apart: their length, and the words that they begin and end with. Up to 16 bytes it is all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Ends {
    first: u64,
    last: u64,
    length: u32,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    ends: Ends,
    /// Index + 1; 0 is empty.
    index_plus_one: u32,
    name: [u8; NAME_MAX],
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
        let empty = Slot { ends: Ends::default(), index_plus_one: 0, name: [0; NAME_MAX] };
        let mut table = Self { slots: vec![empty; (2 * count).next_power_of_two().max(4)].into() };
        for instrument in instruments.iter().filter(|i| i.venue == venue) {
            let symbol = instrument.symbol.as_bytes();
            if let Some(ends) = Ends::of(symbol) {
                let at = table.slot_of(ends, symbol);
                let slot = &mut table.slots[at];
                (slot.ends, slot.index_plus_one) = (ends, instrument.id.0 + 1);
                slot.name[..symbol.len()].copy_from_slice(symbol);
            }
        }
        table
    }

    /// The instrument of that symbol.
    #[must_use]
    #[inline]
    pub fn find(&self, symbol: &[u8]) -> Option<InstrumentId> {
        let at = self.slot_of(Ends::of(symbol)?, symbol);
        self.slots[at].index_plus_one.checked_sub(1).map(InstrumentId)
    }

    /// The slot of that symbol, or the empty one where it belongs. Ends because half of the slots are empty.
    #[inline]
    fn slot_of(&self, ends: Ends, symbol: &[u8]) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = ends.hash() & mask;
        while self.slots[at].index_plus_one != 0 && !self.slots[at].is_of(ends, symbol) {
            at = (at + 1) & mask;
        }
        at
    }
}

impl Slot {
    #[inline]
    fn is_of(&self, ends: Ends, symbol: &[u8]) -> bool {
        self.ends == ends && (symbol.len() <= 16 || self.name.starts_with(symbol))
    }
}

impl Ends {
    /// `None` of what is no name of an instrument.
    #[inline]
    fn of(symbol: &[u8]) -> Option<Self> {
        if symbol.is_empty() || symbol.len() > NAME_MAX {
            return None;
        }
        let (first, last) = match (symbol.first_chunk::<8>(), symbol.last_chunk::<8>()) {
            (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
            _ => (word(symbol), 0),
        };
        Some(Self { first, last, length: symbol.len() as u32 })
    }

    /// The golden ratio's fraction spreads the low bytes, where symbols differ, over the high bits.
    #[inline]
    fn hash(self) -> usize {
        const MIX: u64 = 0x9E37_79B9_7F4A_7C15;
        let folded = self.first ^ self.last.rotate_left(23) ^ u64::from(self.length).rotate_left(53);
        ((folded ^ folded >> 29).wrapping_mul(MIX) >> 32) as usize
    }
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
    fn symbols_with_the_same_ends_are_told_apart() {
        let symbols: Vec<String> = (0..50).map(|n| format!("OPTIONS-{n:02}-OPTIONS")).collect();
        let table = SymbolTable::new(VenueId::BinanceSpot, &instruments(&symbols));
        for (index, symbol) in symbols.iter().enumerate() {
            assert_eq!(table.find(symbol.as_bytes()), Some(InstrumentId(index as u32)), "{symbol}");
        }
        assert_eq!(table.find(b"OPTIONS-50-OPTIONS"), None);
    }

    #[test]
    fn symbols_of_another_venue_are_not_found() {
        let table = SymbolTable::new(VenueId::BinanceUsdm, &instruments(&[String::from("BTCUSDT")]));
        assert_eq!(table.find(b"BTCUSDT"), None);
    }
}
