//! What Gate lists by default: three coins on spot; of the perpetuals four settled in USDT, of which one takes decimals and
//! one is of ten million coins, and one settled in bitcoin.

use crate::listing::{Listing, Row};
use engine_model::instrument::ContractKind::{Inverse, Linear, Spot};
use engine_model::venue::VenueId;

#[rustfmt::skip]
const SPOT: [Row; 3] = [
    Row { symbol: "BTC_USDT", base: "BTC", quote: "USDT", kind: Spot,
          price: (1, 1), qty: (6, 1), contract: (0, 1),
          start_ticks: 618_377, typical_lots: 40_000, max_lots: i64::MAX, min_notional: 3, flow_per_s: 900, wander_bps: 1 },
    Row { symbol: "ETH_USDT", base: "ETH", quote: "USDT", kind: Spot,
          price: (2, 1), qty: (4, 1), contract: (0, 1),
          start_ticks: 268_155, typical_lots: 12_000, max_lots: i64::MAX, min_notional: 3, flow_per_s: 600, wander_bps: 1 },
    Row { symbol: "SOL_USDT", base: "SOL", quote: "USDT", kind: Spot,
          price: (2, 1), qty: (3, 1), contract: (0, 1),
          start_ticks: 15_441, typical_lots: 20_000, max_lots: i64::MAX, min_notional: 3, flow_per_s: 400, wander_bps: 2 },
];

#[rustfmt::skip]
const FUTURES: [Row; 5] = [
    Row { symbol: "BTC_USDT", base: "BTC", quote: "USDT", kind: Linear,
          price: (1, 1), qty: (0, 1), contract: (4, 1),
          start_ticks: 618_013, typical_lots: 1_100, max_lots: 1_000_000, min_notional: 0, flow_per_s: 1100, wander_bps: 1 },
    Row { symbol: "ETH_USDT", base: "ETH", quote: "USDT", kind: Linear,
          price: (2, 1), qty: (2, 1), contract: (2, 1),
          start_ticks: 268_133, typical_lots: 24_000, max_lots: 100_000_000, min_notional: 0, flow_per_s: 800, wander_bps: 1 },
    Row { symbol: "SOL_USDT", base: "SOL", quote: "USDT", kind: Linear,
          price: (2, 1), qty: (0, 1), contract: (0, 1),
          start_ticks: 15_442, typical_lots: 40, max_lots: 1_000_000, min_notional: 0, flow_per_s: 500, wander_bps: 2 },
    Row { symbol: "PEPE_USDT", base: "PEPE", quote: "USDT", kind: Linear,
          price: (10, 1), qty: (0, 1), contract: (0, 10_000_000),
          start_ticks: 98_450, typical_lots: 30, max_lots: 1_000_000, min_notional: 0, flow_per_s: 300, wander_bps: 2 },
    Row { symbol: "BTC_USD", base: "BTC", quote: "USD", kind: Inverse,
          price: (1, 1), qty: (0, 1), contract: (0, 1),
          start_ticks: 618_051, typical_lots: 4_000, max_lots: 1_000_000, min_notional: 0, flow_per_s: 300, wander_bps: 1 },
];

pub(super) fn of(venue: VenueId) -> Vec<Listing> {
    Row::listings(venue, if super::is_spot(venue) { &SPOT } else { &FUTURES })
}
