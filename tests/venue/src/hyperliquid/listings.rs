//! What Hyperliquid lists by default: four perpetuals, one of them of a thousand coins, and one pair on spot.

use crate::listing::{Listing, Row};
use engine_model::instrument::ContractKind::{Linear, Spot};
use engine_model::venue::VenueId;

/// Prices have five significant figures, and as many decimals as the size leaves: six of a perpetual, eight on spot.
#[rustfmt::skip]
const HYPERLIQUID: [Row; 5] = [
    Row { symbol: "BTC", base: "BTC", quote: "USDC", kind: Linear,
          price: (1, 10), qty: (5, 1), contract: (0, 1),
          start_ticks: 61_801, typical_lots: 11_000, max_lots: 150_000_000, min_notional: 10, flow_per_s: 600, wander_bps: 1 },
    Row { symbol: "ETH", base: "ETH", quote: "USDC", kind: Linear,
          price: (2, 10), qty: (4, 1), contract: (0, 1),
          start_ticks: 26_813, typical_lots: 24_000, max_lots: 100_000_000, min_notional: 10, flow_per_s: 500, wander_bps: 1 },
    Row { symbol: "SOL", base: "SOL", quote: "USDC", kind: Linear,
          price: (4, 10), qty: (2, 1), contract: (0, 1),
          start_ticks: 154_390, typical_lots: 3_800, max_lots: 9_600_000, min_notional: 10, flow_per_s: 400, wander_bps: 2 },
    Row { symbol: "kPEPE", base: "kPEPE", quote: "USDC", kind: Linear,
          price: (6, 1), qty: (0, 1), contract: (0, 1),
          start_ticks: 12_345, typical_lots: 40_000, max_lots: 900_000_000, min_notional: 10, flow_per_s: 300, wander_bps: 2 },
    Row { symbol: "PURR/USDC", base: "PURR", quote: "USDC", kind: Spot,
          price: (8, 1_000), qty: (0, 1), contract: (0, 1),
          start_ticks: 18_234, typical_lots: 900, max_lots: 90_000_000, min_notional: 10, flow_per_s: 200, wander_bps: 2 },
];

pub(super) fn of(venue: VenueId) -> Vec<Listing> {
    Row::listings(venue, &HYPERLIQUID)
}
