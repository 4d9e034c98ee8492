//! What Kraken lists by default: five coins in dollars.

use crate::listing::{Listing, Row};
use engine_model::instrument::ContractKind::Spot;
use engine_model::venue::VenueId;

#[rustfmt::skip]
const KRAKEN: [Row; 5] = [
    Row { symbol: "BTC/USD", base: "BTC", quote: "USD", kind: Spot,
          price: (1, 1), qty: (8, 1), contract: (0, 1),
          start_ticks: 618_011, typical_lots: 3_000_000, max_lots: 1 << 40, min_notional: 1, flow_per_s: 600, wander_bps: 1 },
    Row { symbol: "ETH/USD", base: "ETH", quote: "USD", kind: Spot,
          price: (2, 1), qty: (8, 1), contract: (0, 1),
          start_ticks: 268_130, typical_lots: 80_000_000, max_lots: 1 << 40, min_notional: 1, flow_per_s: 400, wander_bps: 1 },
    Row { symbol: "SOL/USD", base: "SOL", quote: "USD", kind: Spot,
          price: (2, 1), qty: (8, 1), contract: (0, 1),
          start_ticks: 15_439, typical_lots: 1_200_000_000, max_lots: 1 << 43, min_notional: 1, flow_per_s: 300, wander_bps: 2 },
    Row { symbol: "PEPE/USD", base: "PEPE", quote: "USD", kind: Spot,
          price: (9, 1), qty: (5, 1), contract: (0, 1),
          start_ticks: 12_345, typical_lots: 800_000_000_000, max_lots: 1 << 56, min_notional: 1, flow_per_s: 200, wander_bps: 2 },
    Row { symbol: "DOGE/USD", base: "DOGE", quote: "USD", kind: Spot,
          price: (7, 10), qty: (8, 1), contract: (0, 1),
          start_ticks: 182_340, typical_lots: 100_000_000_000, max_lots: 1 << 53, min_notional: 1, flow_per_s: 200, wander_bps: 2 },
];

pub(super) fn of(venue: VenueId) -> Vec<Listing> {
    Row::listings(venue, &KRAKEN)
}
