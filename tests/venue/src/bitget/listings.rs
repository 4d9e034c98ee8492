//! What Bitget lists by default: four perpetuals settled in USDT, one of them of a thousand coins, one coin on spot, one
//! perpetual settled in bitcoin.

use crate::listing::{Listing, Row};
use engine_model::instrument::ContractKind::{Linear, Spot};
use engine_model::venue::VenueId;

/// Symbols carry the type. Quantities are coins everywhere, so that all contracts are linear in them.
#[rustfmt::skip]
const BITGET: [Row; 6] = [
    Row { symbol: "USDT-FUTURES:BTCUSDT", base: "BTC", quote: "USDT", kind: Linear,
          price: (1, 1), qty: (4, 1), contract: (0, 1),
          start_ticks: 618_021, typical_lots: 1_100, max_lots: 12_000_000, min_notional: 5, flow_per_s: 1000, wander_bps: 1 },
    Row { symbol: "USDT-FUTURES:ETHUSDT", base: "ETH", quote: "USDT", kind: Linear,
          price: (2, 1), qty: (2, 1), contract: (0, 1),
          start_ticks: 268_137, typical_lots: 240, max_lots: 1_000_000, min_notional: 5, flow_per_s: 800, wander_bps: 1 },
    Row { symbol: "USDT-FUTURES:SOLUSDT", base: "SOL", quote: "USDT", kind: Linear,
          price: (3, 10), qty: (1, 1), contract: (0, 1),
          start_ticks: 15_443, typical_lots: 380, max_lots: 960_000, min_notional: 5, flow_per_s: 500, wander_bps: 2 },
    Row { symbol: "USDT-FUTURES:1000BONKUSDT", base: "1000BONK", quote: "USDT", kind: Linear,
          price: (5, 1), qty: (0, 10), contract: (0, 1),
          start_ticks: 12_345, typical_lots: 900, max_lots: 9_000_000, min_notional: 5, flow_per_s: 300, wander_bps: 2 },
    Row { symbol: "SPOT:BTCUSDT", base: "BTC", quote: "USDT", kind: Spot,
          price: (2, 1), qty: (6, 1), contract: (0, 1),
          start_ticks: 6_183_711, typical_lots: 30_000, max_lots: i64::MAX, min_notional: 1, flow_per_s: 300, wander_bps: 1 },
    Row { symbol: "COIN-FUTURES:BTCUSD", base: "BTC", quote: "USD", kind: Linear,
          price: (1, 1), qty: (4, 1), contract: (0, 1),
          start_ticks: 618_061, typical_lots: 700, max_lots: 12_000_000, min_notional: 5, flow_per_s: 300, wander_bps: 1 },
];

pub(super) fn of(venue: VenueId) -> Vec<Listing> {
    Row::listings(venue, &BITGET)
}
