//! The row of a market event.

use super::{book_state, side, venue};
use engine_model::instrument::InstrumentId;
use engine_model::market::{DEPTH_REACHES_BPS, Level, MarketChange, MarketEvent, Stamp};
use engine_model::units::{Lots, Nanos, Ticks};
use rkyv::{Archive, Deserialize, Serialize};

#[derive(Archive, Serialize, Deserialize)]
struct LevelRow {
    px: i64,
    qty: i64,
}

impl From<Level> for LevelRow {
    fn from(level: Level) -> Self {
        Self { px: level.px.0, qty: level.qty.0 }
    }
}

impl From<LevelRow> for Level {
    fn from(row: LevelRow) -> Self {
        Self { px: Ticks(row.px), qty: Lots(row.qty) }
    }
}

#[derive(Archive, Serialize, Deserialize)]
enum ChangeRow {
    Book { state: u8 },
    Top { bid: LevelRow, ask: LevelRow, imbalance_bps: i16 },
    Trade { px: i64, qty: i64, aggressor: u8, trade_id: u64 },
    Quote { bid: LevelRow, ask: LevelRow },
    Mark { px: i64 },
    Index { px: i64 },
    Funding { rate_e8: i64, next_at_ns: u64, interval_s: u32 },
    OpenInterest { qty: i64 },
    Liquidation { px: i64, qty: i64, closed: u8 },
    BookDigest { digest: u64, bid_levels: u32, ask_levels: u32, update_id: u64 },
    Depth { side: u8, qty: [u32; DEPTH_REACHES_BPS.len()], px: i64 },
}

/// See [`MarketEvent`].
#[derive(Archive, Serialize, Deserialize)]
pub(in crate::journal) struct MarketRow {
    venue_at_ns: u64,
    received_at_ns: u64,
    instrument: u32,
    venue: u8,
    change: ChangeRow,
}

impl From<&MarketEvent> for MarketRow {
    fn from(event: &MarketEvent) -> Self {
        Self {
            venue_at_ns: event.at.venue_at_ns.0,
            received_at_ns: event.at.received_at_ns.0,
            instrument: event.at.instrument.0,
            venue: event.at.venue as u8,
            change: match event.change {
                MarketChange::Book(state) => ChangeRow::Book { state: state as u8 },
                MarketChange::Top { bid, ask, imbalance_bps } => {
                    ChangeRow::Top { bid: bid.into(), ask: ask.into(), imbalance_bps }
                }
                MarketChange::Trade { px, qty, aggressor, trade_id } => {
                    ChangeRow::Trade { px: px.0, qty: qty.0, aggressor: aggressor as u8, trade_id }
                }
                MarketChange::Quote { bid, ask } => ChangeRow::Quote { bid: bid.into(), ask: ask.into() },
                MarketChange::Mark { px } => ChangeRow::Mark { px: px.0 },
                MarketChange::Index { px } => ChangeRow::Index { px: px.0 },
                MarketChange::Funding { rate_e8, next_at_ns, interval_s } => {
                    ChangeRow::Funding { rate_e8, next_at_ns: next_at_ns.0, interval_s }
                }
                MarketChange::OpenInterest { qty } => ChangeRow::OpenInterest { qty: qty.0 },
                MarketChange::Liquidation { px, qty, closed } => {
                    ChangeRow::Liquidation { px: px.0, qty: qty.0, closed: closed as u8 }
                }
                MarketChange::BookDigest { digest, bid_levels, ask_levels, update_id } => {
                    ChangeRow::BookDigest { digest, bid_levels, ask_levels, update_id }
                }
                MarketChange::Depth { side, qty, px } => ChangeRow::Depth { side: side as u8, qty, px: px.0 },
            },
        }
    }
}

impl MarketRow {
    pub(in crate::journal) fn into_event(self) -> Option<MarketEvent> {
        let change = match self.change {
            ChangeRow::Book { state } => MarketChange::Book(book_state(state)?),
            ChangeRow::Top { bid, ask, imbalance_bps } => {
                MarketChange::Top { bid: bid.into(), ask: ask.into(), imbalance_bps }
            }
            ChangeRow::Trade { px, qty, aggressor, trade_id } => {
                MarketChange::Trade { px: Ticks(px), qty: Lots(qty), aggressor: side(aggressor)?, trade_id }
            }
            ChangeRow::Quote { bid, ask } => MarketChange::Quote { bid: bid.into(), ask: ask.into() },
            ChangeRow::Mark { px } => MarketChange::Mark { px: Ticks(px) },
            ChangeRow::Index { px } => MarketChange::Index { px: Ticks(px) },
            ChangeRow::Funding { rate_e8, next_at_ns, interval_s } => {
                MarketChange::Funding { rate_e8, next_at_ns: Nanos(next_at_ns), interval_s }
            }
            ChangeRow::OpenInterest { qty } => MarketChange::OpenInterest { qty: Lots(qty) },
            ChangeRow::Liquidation { px, qty, closed } => {
                MarketChange::Liquidation { px: Ticks(px), qty: Lots(qty), closed: side(closed)? }
            }
            ChangeRow::BookDigest { digest, bid_levels, ask_levels, update_id } => {
                MarketChange::BookDigest { digest, bid_levels, ask_levels, update_id }
            }
            ChangeRow::Depth { side: of, qty, px } => MarketChange::Depth { side: side(of)?, qty, px: Ticks(px) },
        };
        let at = Stamp {
            venue_at_ns: Nanos(self.venue_at_ns),
            received_at_ns: Nanos(self.received_at_ns),
            instrument: InstrumentId(self.instrument),
            venue: venue(self.venue)?,
        };
        Some(MarketEvent { at, change })
    }
}
