//! What Deribit lists by default: two inverse perpetuals and three linear ones.

use crate::listing::{Listing, Row};
use engine_model::instrument::ContractKind::{Inverse, Linear};
use engine_model::venue::VenueId;

/// Inverse contracts count dollars: a lot of bitcoin's is ten.
#[rustfmt::skip]
const DERIBIT: [Row; 5] = [
    Row { symbol: "BTC-PERPETUAL", base: "BTC", quote: "USD", kind: Inverse,
          price: (1, 5), qty: (0, 10), contract: (0, 1),
          start_ticks: 123_603, typical_lots: 400, max_lots: 7_500_000, min_notional: 0, flow_per_s: 200, wander_bps: 1 },
    Row { symbol: "ETH-PERPETUAL", base: "ETH", quote: "USD", kind: Inverse,
          price: (2, 5), qty: (0, 1), contract: (0, 1),
          start_ticks: 53_626, typical_lots: 4_000, max_lots: 75_000_000, min_notional: 0, flow_per_s: 100, wander_bps: 1 },
    Row { symbol: "BTC_USDC-PERPETUAL", base: "BTC", quote: "USDC", kind: Linear,
          price: (0, 1), qty: (4, 1), contract: (0, 1),
          start_ticks: 61_801, typical_lots: 1_100, max_lots: 15_000_000, min_notional: 0, flow_per_s: 150, wander_bps: 1 },
    Row { symbol: "ETH_USDC-PERPETUAL", base: "ETH", quote: "USDC", kind: Linear,
          price: (2, 5), qty: (3, 1), contract: (0, 1),
          start_ticks: 53_626, typical_lots: 2_400, max_lots: 16_000_000, min_notional: 0, flow_per_s: 100, wander_bps: 1 },
    Row { symbol: "SOL_USDC-PERPETUAL", base: "SOL", quote: "USDC", kind: Linear,
          price: (2, 1), qty: (1, 1), contract: (0, 1),
          start_ticks: 15_439, typical_lots: 380, max_lots: 9_600_000, min_notional: 0, flow_per_s: 100, wander_bps: 2 },
];

pub(super) fn of(venue: VenueId) -> Vec<Listing> {
    Row::listings(venue, &DERIBIT)
}
