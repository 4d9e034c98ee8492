//! What Kraken Futures lists by default: four linear perpetuals and an inverse one.

use crate::listing::{Listing, Row};
use engine_model::instrument::ContractKind::{Inverse, Linear};
use engine_model::venue::VenueId;

/// Of the cheapest a lot is a thousand coins.
#[rustfmt::skip]
const KRAKEN_FUTURES: [Row; 5] = [
    Row { symbol: "PF_XBTUSD", base: "BTC", quote: "USD", kind: Linear,
          price: (0, 1), qty: (4, 1), contract: (0, 1),
          start_ticks: 61_801, typical_lots: 1_100, max_lots: 15_000_000, min_notional: 0, flow_per_s: 200, wander_bps: 1 },
    Row { symbol: "PF_ETHUSD", base: "ETH", quote: "USD", kind: Linear,
          price: (1, 1), qty: (3, 1), contract: (0, 1),
          start_ticks: 26_813, typical_lots: 2_400, max_lots: 16_000_000, min_notional: 0, flow_per_s: 150, wander_bps: 1 },
    Row { symbol: "PF_SOLUSD", base: "SOL", quote: "USD", kind: Linear,
          price: (2, 1), qty: (2, 1), contract: (0, 1),
          start_ticks: 15_439, typical_lots: 3_800, max_lots: 9_600_000, min_notional: 0, flow_per_s: 100, wander_bps: 2 },
    Row { symbol: "PF_PEPEUSD", base: "PEPE", quote: "USD", kind: Linear,
          price: (9, 1), qty: (0, 1_000), contract: (0, 1),
          start_ticks: 12_345, typical_lots: 4_000, max_lots: 90_000_000, min_notional: 0, flow_per_s: 50, wander_bps: 2 },
    Row { symbol: "PI_XBTUSD", base: "BTC", quote: "USD", kind: Inverse,
          price: (1, 5), qty: (0, 1), contract: (0, 1),
          start_ticks: 123_603, typical_lots: 4_000, max_lots: 75_000_000, min_notional: 0, flow_per_s: 100, wander_bps: 1 },
];

pub(super) fn of(venue: VenueId) -> Vec<Listing> {
    Row::listings(venue, &KRAKEN_FUTURES)
}
