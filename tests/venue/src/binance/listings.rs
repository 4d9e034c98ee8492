//! What Binance lists by default: three coins on spot and USD-M, two perpetuals on COIN-M.

use crate::listing::{Listing, Row};
use engine_model::instrument::ContractKind::{Inverse, Linear, Spot};
use engine_model::venue::VenueId;

/// Spot prints eight decimals whatever the tick is.
#[rustfmt::skip]
const SPOT: [Row; 3] = [
    Row { symbol: "BTCUSDT", base: "BTC", quote: "USDT", kind: Spot,
          price: (8, 1_000_000), qty: (8, 1_000), contract: (0, 1),
          start_ticks: 6_183_763, typical_lots: 4_000, max_lots: 900_000_000, min_notional: 5, flow_per_s: 1250, wander_bps: 1 },
    Row { symbol: "ETHUSDT", base: "ETH", quote: "USDT", kind: Spot,
          price: (8, 1_000_000), qty: (8, 10_000), contract: (0, 1),
          start_ticks: 268_150, typical_lots: 12_000, max_lots: 90_000_000, min_notional: 5, flow_per_s: 900, wander_bps: 1 },
    Row { symbol: "SOLUSDT", base: "SOL", quote: "USDT", kind: Spot,
          price: (8, 1_000_000), qty: (8, 100_000), contract: (0, 1),
          start_ticks: 15_440, typical_lots: 20_000, max_lots: 90_000_000, min_notional: 5, flow_per_s: 600, wander_bps: 2 },
];

#[rustfmt::skip]
const USDM: [Row; 3] = [
    Row { symbol: "BTCUSDT", base: "BTC", quote: "USDT", kind: Linear,
          price: (2, 10), qty: (3, 1), contract: (0, 1),
          start_ticks: 618_002, typical_lots: 120, max_lots: 1_000_000, min_notional: 100, flow_per_s: 1400, wander_bps: 1 },
    Row { symbol: "ETHUSDT", base: "ETH", quote: "USDT", kind: Linear,
          price: (2, 1), qty: (3, 1), contract: (0, 1),
          start_ticks: 268_122, typical_lots: 2_500, max_lots: 10_000_000, min_notional: 20, flow_per_s: 1000, wander_bps: 1 },
    Row { symbol: "SOLUSDT", base: "SOL", quote: "USDT", kind: Linear,
          price: (4, 100), qty: (2, 1), contract: (0, 1),
          start_ticks: 15_438, typical_lots: 4_000, max_lots: 100_000_000, min_notional: 5, flow_per_s: 700, wander_bps: 2 },
];

#[rustfmt::skip]
const COINM: [Row; 2] = [
    Row { symbol: "BTCUSD_PERP", base: "BTC", quote: "USD", kind: Inverse,
          price: (1, 1), qty: (0, 1), contract: (0, 100),
          start_ticks: 618_047, typical_lots: 60, max_lots: 1_000_000, min_notional: 0, flow_per_s: 900, wander_bps: 1 },
    Row { symbol: "ETHUSD_PERP", base: "ETH", quote: "USD", kind: Inverse,
          price: (2, 1), qty: (0, 1), contract: (0, 10),
          start_ticks: 268_164, typical_lots: 300, max_lots: 1_000_000, min_notional: 0, flow_per_s: 600, wander_bps: 1 },
];

pub(super) fn of(venue: VenueId) -> Vec<Listing> {
    let rows: &[Row] = match venue {
        VenueId::BinanceSpot => &SPOT,
        VenueId::BinanceCoinm => &COINM,
        _ => &USDM,
    };
    Row::listings(venue, rows)
}
