//! Positions, as values. How they change is `engine/core/src/portfolio`.

use crate::instrument::InstrumentId;
use crate::units::{Lots, Quote, Ticks};

/// A net position and what it has earned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Of what.
    pub instrument: InstrumentId,
    /// Signed quantity; 0 is flat.
    pub qty: Lots,
    /// Average entry price in 1/1000 tick, rounded half up; 0 when flat. For reading: profits are computed from the cost.
    pub avg_px_milliticks: i64,
    /// Profit of what was closed, before fees, in the settlement currency.
    pub realised: Quote,
    /// Profit of what is open at the mark, before fees, in the settlement currency; `None` without a price.
    pub unrealised: Option<Quote>,
    /// Fees paid; negative is a rebate.
    pub fees: Quote,
    /// The price that `unrealised` was taken at: mark, else mid (rounded down).
    pub mark_px: Option<Ticks>,
    /// Value at `mark_px` in quote, unsigned.
    pub notional: Option<Quote>,
}
