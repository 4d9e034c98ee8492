//! What Coinbase lists by default: four coins against dollars.

use crate::listing::{Listing, Row};
use engine_model::instrument::ContractKind::Spot;
use engine_model::venue::VenueId;

#[rustfmt::skip]
const ROWS: [Row; 4] = [
    Row { symbol: "BTC-USD", base: "BTC", quote: "USD", kind: Spot,
          price: (2, 1), qty: (8, 1), contract: (0, 1),
          start_ticks: 6_185_214, typical_lots: 2_500_000, max_lots: 340_000_000_000, min_notional: 1,
          flow_per_s: 900, wander_bps: 1 },
    Row { symbol: "ETH-USD", base: "ETH", quote: "USD", kind: Spot,
          price: (2, 1), qty: (8, 1), contract: (0, 1),
          start_ticks: 268_209, typical_lots: 60_000_000, max_lots: 4_200_000_000_000, min_notional: 1,
          flow_per_s: 700, wander_bps: 1 },
    Row { symbol: "SOL-USD", base: "SOL", quote: "USD", kind: Spot,
          price: (2, 1), qty: (8, 1), contract: (0, 1),
          start_ticks: 15_446, typical_lots: 1_100_000_000, max_lots: 127_400_000_000_000, min_notional: 1,
          flow_per_s: 500, wander_bps: 2 },
    Row { symbol: "DOGE-USD", base: "DOGE", quote: "USD", kind: Spot,
          price: (5, 1), qty: (1, 1), contract: (0, 1),
          start_ticks: 16_123, typical_lots: 12_000, max_lots: 1_418_343_000, min_notional: 1,
          flow_per_s: 300, wander_bps: 3 },
];

pub(super) fn of(venue: VenueId) -> Vec<Listing> {
    Row::listings(venue, &ROWS)
}
