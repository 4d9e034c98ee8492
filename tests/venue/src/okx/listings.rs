//! What OKX lists by default: four coins on spot, the same as linear swaps, two inverse ones.

use crate::listing::{Listing, Row};
use engine_model::instrument::ContractKind::{Inverse, Linear, Spot};
use engine_model::venue::VenueId;

/// Quantities of swaps are contracts: a hundredth of a bitcoin, a hundred dollars, ten million of a small coin.
#[rustfmt::skip]
const ROWS: [Row; 10] = [
    Row { symbol: "BTC-USDT", base: "BTC", quote: "USDT", kind: Spot,
          price: (1, 1), qty: (8, 1), contract: (0, 1),
          start_ticks: 618_371, typical_lots: 3_000_000, max_lots: 999_999_999_900_000_000, min_notional: 0,
          flow_per_s: 500, wander_bps: 1 },
    Row { symbol: "ETH-USDT", base: "ETH", quote: "USDT", kind: Spot,
          price: (2, 1), qty: (6, 1), contract: (0, 1),
          start_ticks: 268_152, typical_lots: 900_000, max_lots: 999_999_999_999_000_000, min_notional: 0,
          flow_per_s: 400, wander_bps: 1 },
    Row { symbol: "SOL-USDT", base: "SOL", quote: "USDT", kind: Spot,
          price: (2, 1), qty: (6, 1), contract: (0, 1),
          start_ticks: 15_441, typical_lots: 12_000_000, max_lots: 999_999_999_999_000_000, min_notional: 0,
          flow_per_s: 300, wander_bps: 2 },
    Row { symbol: "PEPE-USDT", base: "PEPE", quote: "USDT", kind: Spot,
          price: (9, 1), qty: (0, 1), contract: (0, 1),
          start_ticks: 10_234, typical_lots: 90_000_000, max_lots: 999_999_999_999_999, min_notional: 0,
          flow_per_s: 200, wander_bps: 3 },
    Row { symbol: "BTC-USDT-SWAP", base: "BTC", quote: "USDT", kind: Linear,
          price: (1, 1), qty: (2, 1), contract: (2, 1),
          start_ticks: 618_010, typical_lots: 600, max_lots: 10_000_000_000, min_notional: 0,
          flow_per_s: 600, wander_bps: 1 },
    Row { symbol: "ETH-USDT-SWAP", base: "ETH", quote: "USDT", kind: Linear,
          price: (2, 1), qty: (2, 1), contract: (1, 1),
          start_ticks: 268_128, typical_lots: 1_500, max_lots: 10_000_000_000, min_notional: 0,
          flow_per_s: 400, wander_bps: 1 },
    Row { symbol: "SOL-USDT-SWAP", base: "SOL", quote: "USDT", kind: Linear,
          price: (2, 1), qty: (2, 1), contract: (0, 1),
          start_ticks: 15_438, typical_lots: 4_000, max_lots: 10_000_000_000, min_notional: 0,
          flow_per_s: 300, wander_bps: 2 },
    Row { symbol: "PEPE-USDT-SWAP", base: "PEPE", quote: "USDT", kind: Linear,
          price: (9, 1), qty: (1, 1), contract: (0, 10_000_000),
          start_ticks: 10_231, typical_lots: 120, max_lots: 100_000_000, min_notional: 0,
          flow_per_s: 200, wander_bps: 3 },
    Row { symbol: "BTC-USD-SWAP", base: "BTC", quote: "USD", kind: Inverse,
          price: (1, 1), qty: (0, 1), contract: (0, 100),
          start_ticks: 618_045, typical_lots: 60, max_lots: 100_000_000, min_notional: 0,
          flow_per_s: 200, wander_bps: 1 },
    Row { symbol: "ETH-USD-SWAP", base: "ETH", quote: "USD", kind: Inverse,
          price: (2, 1), qty: (0, 1), contract: (0, 10),
          start_ticks: 268_161, typical_lots: 300, max_lots: 100_000_000, min_notional: 0,
          flow_per_s: 100, wander_bps: 1 },
];

pub(super) fn of(venue: VenueId) -> Vec<Listing> {
    Row::listings(venue, &ROWS)
}
