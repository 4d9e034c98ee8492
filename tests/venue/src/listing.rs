//! What is listed: the instruments with the venue's own decimals, and the few numbers that shape their markets.
//!
//! Owns: what a row of a list becomes. Never: the lists (each protocol has its own), state of a market.

use crate::protocol;
use engine_model::instrument::{ContractKind, Grid, Instrument, InstrumentId, Name};
use engine_model::units::{Lots, Quote, Ticks};
use engine_model::venue::VenueId;

/// One listed instrument and its market's character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The instrument. Its grid has the decimals that the venue prints, so its texts are the venue's texts. The id is
    /// the position in the list.
    pub instrument: Instrument,
    /// Where the price starts.
    pub start_px: Ticks,
    /// A usual order's quantity.
    pub typical_qty: Lots,
    /// Orders, cancels and takers a second while calm; bursts multiply it.
    pub flow_per_s: u32,
    /// How far the fair price wanders in a second, in 1/10000 of the start price.
    pub wander_bps: u32,
}

/// A row of a protocol's list. Prices and quantities in units of the last printed decimal.
pub(crate) struct Row {
    /// Ours: with the category in front where the venue has several under one symbol.
    pub(crate) symbol: &'static str,
    pub(crate) base: &'static str,
    pub(crate) quote: &'static str,
    pub(crate) kind: ContractKind,
    /// Decimals, and the tick in units of the last one.
    pub(crate) price: (u8, i64),
    /// Decimals, and the lot in units of the last one.
    pub(crate) qty: (u8, i64),
    /// Decimals of a contract's face value, and the value in units of the last one.
    pub(crate) contract: (u8, i64),
    pub(crate) start_ticks: i64,
    pub(crate) typical_lots: i64,
    pub(crate) max_lots: i64,
    pub(crate) min_notional: i64,
    pub(crate) flow_per_s: u32,
    pub(crate) wander_bps: u32,
}

impl Row {
    /// A venue's list of these rows.
    pub(crate) fn listings(venue: VenueId, rows: &[Self]) -> Vec<Listing> {
        rows.iter().enumerate().map(|(index, row)| Listing::of_row(venue, index as u32, row)).collect()
    }
}

impl Listing {
    /// What the simulated venue lists by default: a few large coins, of each kind of market that it has. Nothing of a venue
    /// that is not simulated.
    #[must_use]
    pub fn defaults(venue: VenueId) -> Vec<Self> {
        protocol::of(venue).map(|protocol| (protocol.listings)(venue)).unwrap_or_default()
    }

    fn of_row(venue: VenueId, index: u32, row: &Row) -> Self {
        let name = |text| Name::new(text).unwrap_or_default();
        let ((price_decimals, tick_step), (qty_decimals, lot_step)) = (row.price, row.qty);
        let (contract_decimals, contract_size) = row.contract;
        let instrument = Instrument {
            id: InstrumentId(index),
            venue,
            symbol: name(row.symbol),
            base: name(row.base),
            quote: name(row.quote),
            kind: row.kind,
            grid: Grid { price_decimals, tick_step, qty_decimals, lot_step },
            contract_size,
            contract_decimals,
            min_qty: Lots(1),
            max_qty: Lots(row.max_lots),
            min_notional: Quote::whole(row.min_notional),
        };
        Self {
            instrument,
            start_px: Ticks(row.start_ticks),
            typical_qty: Lots(row.typical_lots),
            flow_per_s: row.flow_per_s,
            wander_bps: row.wander_bps,
        }
    }

    /// The symbol that goes over the wire: ours without the category.
    #[must_use]
    pub fn name(&self) -> &str {
        let symbol = self.instrument.symbol.as_str();
        symbol.split_once(':').map_or(symbol, |(_, name)| name)
    }

    /// What Bybit calls the kind of contract.
    #[must_use]
    pub fn category(&self) -> &'static str {
        match self.instrument.kind {
            ContractKind::Linear => "linear",
            ContractKind::Inverse => "inverse",
            _ => "spot",
        }
    }

    /// The pair that COIN-M names beside the symbol: `BTCUSD` of `BTCUSD_PERP`.
    #[must_use]
    pub fn pair(&self) -> &str {
        let symbol = self.instrument.symbol.as_str();
        symbol.split_once('_').map_or(symbol, |(pair, _)| pair)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_the_grid_are_the_venues_texts() {
        let text = |venue, index: usize| {
            let listing = Listing::defaults(venue)[index];
            let grid = listing.instrument.grid;
            (grid.price_text(listing.start_px), grid.qty_text(listing.typical_qty))
        };
        assert_eq!(text(VenueId::BinanceSpot, 0), ("61837.63000000".into(), "0.04000000".into()));
        assert_eq!(text(VenueId::BinanceUsdm, 0), ("61800.20".into(), "0.120".into()));
        assert_eq!(text(VenueId::BinanceUsdm, 2), ("154.3800".into(), "40.00".into()));
        assert_eq!(text(VenueId::BinanceCoinm, 0), ("61804.7".into(), "60".into()));
        assert_eq!(Listing::defaults(VenueId::BinanceCoinm)[1].pair(), "ETHUSD");
        assert_eq!(Listing::defaults(VenueId::BinanceSpot)[1].pair(), "ETHUSDT");
    }
}
