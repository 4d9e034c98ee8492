//! The numbers that risk holds orders against. Checked form: built once from configuration.

use crate::units::Quote;

/// One run's limits. All are inclusive: a value equal to the limit passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest order in lots of the instrument, next to the venue's own maximum.
    pub order_qty_max_lots: i64,
    /// Largest order in dollars.
    pub order_notional_max: Quote,
    /// Furthest a limit price may lie on the aggressive side of the mid, in 1/10000. Default 200 (2 %).
    pub price_collar_bps: i64,
    /// Largest position, working orders of the same side included, in dollars. Default 50,000.
    pub position_notional_max: Quote,
    /// The same as a share of equity, in 1/10000. Default 500 (5 %).
    pub position_share_max_bps: i64,
    /// Gross notional, working orders included, over equity, in 1/100. Default 300 (3.0).
    pub leverage_max_pct: i64,
    /// Loss since the day's start over equity at the day's start, in 1/10000, at which only reducing orders pass.
    /// Default 200 (2 %).
    pub daily_loss_reduce_bps: i64,
    /// The same, at which nothing passes. Default 500 (5 %).
    pub daily_loss_halt_bps: i64,
    /// Oldest top of book that may price an order, in ns. Default 1 s.
    pub price_age_max_ns: u64,
    /// Orders per second per strategy, token bucket. Default 10.
    pub message_rate_per_s: u32,
    /// Depth of the bucket. Default 20. Cancels take from the bucket but are never refused.
    pub message_burst: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            order_qty_max_lots: i64::MAX,
            order_notional_max: Quote::whole(10_000),
            price_collar_bps: 200,
            position_notional_max: Quote::whole(50_000),
            position_share_max_bps: 500,
            leverage_max_pct: 300,
            daily_loss_reduce_bps: 200,
            daily_loss_halt_bps: 500,
            price_age_max_ns: 1_000_000_000,
            message_rate_per_s: 10,
            message_burst: 20,
        }
    }
}

/// Whether orders pass at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum TradingState {
    /// Orders pass the checks.
    #[default]
    Active = 0,
    /// Only orders that make a position smaller pass.
    Reducing = 1,
    /// No order passes; cancels do.
    Halted = 2,
}

impl TradingState {
    /// The name used in JSON and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Reducing => "REDUCING",
            Self::Halted => "HALTED",
        }
    }
}
