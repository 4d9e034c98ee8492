//! What is listed: the instruments with the venue's own decimals, and the few numbers that shape their markets.
//!
//! Owns: the default lists. Never: state of a market.

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

/// A row of the tables below. Prices and quantities in units of the last printed decimal.
struct Row {
    symbol: &'static str,
    base: &'static str,
    quote: &'static str,
    price: (u8, i64),
    qty: (u8, i64),
    contract_size: i64,
    start_ticks: i64,
    typical_lots: i64,
    max_lots: i64,
    min_notional: i64,
    flow_per_s: u32,
    wander_bps: u32,
}

/// Spot prints eight decimals whatever the tick is.
#[rustfmt::skip]
const SPOT: [Row; 3] = [
    Row { symbol: "BTCUSDT", base: "BTC", quote: "USDT", price: (8, 1_000_000), qty: (8, 1_000), contract_size: 1,
          start_ticks: 6_183_763, typical_lots: 4_000, max_lots: 900_000_000, min_notional: 5, flow_per_s: 1250, wander_bps: 1 },
    Row { symbol: "ETHUSDT", base: "ETH", quote: "USDT", price: (8, 1_000_000), qty: (8, 10_000), contract_size: 1,
          start_ticks: 268_150, typical_lots: 12_000, max_lots: 90_000_000, min_notional: 5, flow_per_s: 900, wander_bps: 1 },
    Row { symbol: "SOLUSDT", base: "SOL", quote: "USDT", price: (8, 1_000_000), qty: (8, 100_000), contract_size: 1,
          start_ticks: 15_440, typical_lots: 20_000, max_lots: 90_000_000, min_notional: 5, flow_per_s: 600, wander_bps: 2 },
];

#[rustfmt::skip]
const USDM: [Row; 3] = [
    Row { symbol: "BTCUSDT", base: "BTC", quote: "USDT", price: (2, 10), qty: (3, 1), contract_size: 1,
          start_ticks: 618_002, typical_lots: 120, max_lots: 1_000_000, min_notional: 100, flow_per_s: 1400, wander_bps: 1 },
    Row { symbol: "ETHUSDT", base: "ETH", quote: "USDT", price: (2, 1), qty: (3, 1), contract_size: 1,
          start_ticks: 268_122, typical_lots: 2_500, max_lots: 10_000_000, min_notional: 20, flow_per_s: 1000, wander_bps: 1 },
    Row { symbol: "SOLUSDT", base: "SOL", quote: "USDT", price: (4, 100), qty: (2, 1), contract_size: 1,
          start_ticks: 15_438, typical_lots: 4_000, max_lots: 100_000_000, min_notional: 5, flow_per_s: 700, wander_bps: 2 },
];

#[rustfmt::skip]
const COINM: [Row; 2] = [
    Row { symbol: "BTCUSD_PERP", base: "BTC", quote: "USD", price: (1, 1), qty: (0, 1), contract_size: 100,
          start_ticks: 618_047, typical_lots: 60, max_lots: 1_000_000, min_notional: 0, flow_per_s: 900, wander_bps: 1 },
    Row { symbol: "ETHUSD_PERP", base: "ETH", quote: "USD", price: (2, 1), qty: (0, 1), contract_size: 10,
          start_ticks: 268_164, typical_lots: 300, max_lots: 1_000_000, min_notional: 0, flow_per_s: 600, wander_bps: 1 },
];

/// Symbols carry the category, for one venue has all of them.
#[rustfmt::skip]
const BYBIT: [Row; 5] = [
    Row { symbol: "linear:BTCUSDT", base: "BTC", quote: "USDT", price: (2, 10), qty: (3, 1), contract_size: 1,
          start_ticks: 618_011, typical_lots: 110, max_lots: 1_500_000, min_notional: 5, flow_per_s: 1200, wander_bps: 1 },
    Row { symbol: "linear:ETHUSDT", base: "ETH", quote: "USDT", price: (2, 1), qty: (2, 1), contract_size: 1,
          start_ticks: 268_130, typical_lots: 240, max_lots: 1_000_000, min_notional: 5, flow_per_s: 900, wander_bps: 1 },
    Row { symbol: "linear:SOLUSDT", base: "SOL", quote: "USDT", price: (3, 10), qty: (1, 1), contract_size: 1,
          start_ticks: 15_439, typical_lots: 380, max_lots: 960_000, min_notional: 5, flow_per_s: 600, wander_bps: 2 },
    Row { symbol: "spot:BTCUSDT", base: "BTC", quote: "USDT", price: (1, 1), qty: (6, 1), contract_size: 1,
          start_ticks: 618_372, typical_lots: 30_000, max_lots: 230_000_000, min_notional: 5, flow_per_s: 300, wander_bps: 1 },
    Row { symbol: "inverse:BTCUSD", base: "BTC", quote: "USD", price: (2, 50), qty: (0, 1), contract_size: 1,
          start_ticks: 123_609, typical_lots: 4_000, max_lots: 25_000_000, min_notional: 0, flow_per_s: 300, wander_bps: 1 },
];

impl Listing {
    /// What the simulated venue lists by default: three coins on spot and USD-M, two perpetuals on COIN-M; on Bybit three
    /// linear perpetuals, one inverse, and one coin on spot.
    #[must_use]
    pub fn defaults(venue: VenueId) -> Vec<Self> {
        let rows: &[Row] = match venue {
            VenueId::BinanceSpot => &SPOT,
            VenueId::BinanceCoinm => &COINM,
            VenueId::Bybit => &BYBIT,
            _ => &USDM,
        };
        rows.iter().enumerate().map(|(index, row)| Self::of_row(venue, index as u32, row)).collect()
    }

    fn of_row(venue: VenueId, index: u32, row: &Row) -> Self {
        let name = |text| Name::new(text).unwrap_or_default();
        let category = row.symbol.split_once(':').map(|(category, _)| category);
        let kind = match (venue, category) {
            (VenueId::BinanceSpot, _) | (_, Some("spot")) => ContractKind::Spot,
            (VenueId::BinanceCoinm, _) | (_, Some("inverse")) => ContractKind::Inverse,
            _ => ContractKind::Linear,
        };
        let ((price_decimals, tick_step), (qty_decimals, lot_step)) = (row.price, row.qty);
        let instrument = Instrument {
            id: InstrumentId(index),
            venue,
            symbol: name(row.symbol),
            base: name(row.base),
            quote: name(row.quote),
            kind,
            grid: Grid { price_decimals, tick_step, qty_decimals, lot_step },
            contract_size: row.contract_size,
            contract_decimals: 0,
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
