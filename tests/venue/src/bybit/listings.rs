//! What Bybit lists by default: three linear perpetuals, one inverse, and one coin on spot.

use crate::listing::{Listing, Row};
use engine_model::instrument::ContractKind::{Inverse, Linear, Spot};
use engine_model::venue::VenueId;

/// Symbols carry the category, for one venue has all of them.
#[rustfmt::skip]
const BYBIT: [Row; 5] = [
    Row { symbol: "linear:BTCUSDT", base: "BTC", quote: "USDT", kind: Linear,
          price: (2, 10), qty: (3, 1), contract: (0, 1),
          start_ticks: 618_011, typical_lots: 110, max_lots: 1_500_000, min_notional: 5, flow_per_s: 1200, wander_bps: 1 },
    Row { symbol: "linear:ETHUSDT", base: "ETH", quote: "USDT", kind: Linear,
          price: (2, 1), qty: (2, 1), contract: (0, 1),
          start_ticks: 268_130, typical_lots: 240, max_lots: 1_000_000, min_notional: 5, flow_per_s: 900, wander_bps: 1 },
    Row { symbol: "linear:SOLUSDT", base: "SOL", quote: "USDT", kind: Linear,
          price: (3, 10), qty: (1, 1), contract: (0, 1),
          start_ticks: 15_439, typical_lots: 380, max_lots: 960_000, min_notional: 5, flow_per_s: 600, wander_bps: 2 },
    Row { symbol: "spot:BTCUSDT", base: "BTC", quote: "USDT", kind: Spot,
          price: (1, 1), qty: (6, 1), contract: (0, 1),
          start_ticks: 618_372, typical_lots: 30_000, max_lots: 230_000_000, min_notional: 5, flow_per_s: 300, wander_bps: 1 },
    Row { symbol: "inverse:BTCUSD", base: "BTC", quote: "USD", kind: Inverse,
          price: (2, 50), qty: (0, 1), contract: (0, 1),
          start_ticks: 123_609, typical_lots: 4_000, max_lots: 25_000_000, min_notional: 0, flow_per_s: 300, wander_bps: 1 },
];

pub(super) fn of(venue: VenueId) -> Vec<Listing> {
    Row::listings(venue, &BYBIT)
}
