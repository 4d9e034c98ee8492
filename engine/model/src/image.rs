//! What the slow side sees: whole copies through a triple buffer, conflated. Fixed size, no pointers.

use crate::instrument::InstrumentId;
use crate::limit::{LIMITS, TradingState};
use crate::market::{BookState, Level};
use crate::position::Position;
use crate::units::{Nanos, Quote};

/// Levels a side in a [`BookImage`].
pub const BOOK_IMAGE_LEVELS: usize = 20;
/// Positions in a [`PortfolioImage`]; the rest is in the journal.
pub const POSITIONS_MAX: usize = 64;

/// The upper part of one book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BookImage {
    /// Of what.
    pub instrument: InstrumentId,
    /// Trust.
    pub state: BookState,
    /// Id of the last message applied.
    pub update_id: u64,
    /// When that message reached us.
    pub received_at_ns: Nanos,
    /// Best first; zero lots = no more levels.
    pub bids: [Level; BOOK_IMAGE_LEVELS],
    /// Best first; zero lots = no more levels.
    pub asks: [Level; BOOK_IMAGE_LEVELS],
}

impl Default for BookImage {
    fn default() -> Self {
        Self {
            instrument: InstrumentId(0),
            state: BookState::Waiting,
            update_id: 0,
            received_at_ns: Nanos(0),
            bids: [Level::default(); BOOK_IMAGE_LEVELS],
            asks: [Level::default(); BOOK_IMAGE_LEVELS],
        }
    }
}

/// Positions and money as risk knows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortfolioImage {
    /// When.
    pub at_ns: Nanos,
    /// How many of `positions` are filled.
    pub positions_count: u32,
    /// Instruments that have traded, in order of index.
    pub positions: [Position; POSITIONS_MAX],
    /// Whether these are all; more have traded than fit otherwise.
    pub is_complete: bool,
    /// Equity at the start of the run, in dollars.
    pub equity_start: Quote,
    /// Equity at the start of the day (UTC): what the day's loss is counted from.
    pub day_open: Quote,
    /// Equity now.
    pub equity: Quote,
    /// Realised profit before fees.
    pub realised: Quote,
    /// Unrealised profit before fees.
    pub unrealised: Quote,
    /// Fees paid.
    pub fees: Quote,
    /// Funding and interest: received less paid.
    pub payments: Quote,
    /// Gross notional of all positions.
    pub gross: Quote,
    /// Highest equity so far.
    pub peak: Quote,
    /// Largest loss from a peak of equity so far.
    pub drawdown: Quote,
    /// Orders that passed.
    pub orders: u64,
    /// Wishes refused.
    pub denied: u64,
    /// Executions.
    pub fills: u64,
    /// Reports that were read before it was made: whoever has read as many, or fewer, finds all of them in it.
    pub reports: u64,
    /// Whether orders pass, as a whole.
    pub trading_state: TradingState,
    /// What is used of each limit, in the order and units of [`Limits::TABLE`](crate::limit::Limits::TABLE); `None` where a
    /// limit judges single orders, or nothing is known.
    pub limit_uses: [Option<i64>; LIMITS],
}

impl Default for PortfolioImage {
    fn default() -> Self {
        Self {
            at_ns: Nanos(0),
            positions_count: 0,
            positions: [Position::default(); POSITIONS_MAX],
            is_complete: true,
            equity_start: Quote::ZERO,
            day_open: Quote::ZERO,
            equity: Quote::ZERO,
            realised: Quote::ZERO,
            unrealised: Quote::ZERO,
            fees: Quote::ZERO,
            payments: Quote::ZERO,
            gross: Quote::ZERO,
            peak: Quote::ZERO,
            drawdown: Quote::ZERO,
            orders: 0,
            denied: 0,
            fills: 0,
            reports: 0,
            trading_state: TradingState::Active,
            limit_uses: [None; LIMITS],
        }
    }
}

/// Tick-to-order latency of the run so far, in ns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LatencyImage {
    /// Orders measured.
    pub samples: u64,
    /// Median.
    pub p50_ns: u64,
    /// 90 %.
    pub p90_ns: u64,
    /// 99 %.
    pub p99_ns: u64,
    /// 99.9 %.
    pub p999_ns: u64,
    /// Largest.
    pub max_ns: u64,
}
