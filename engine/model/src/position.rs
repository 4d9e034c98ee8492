//! Positions, and how an account keeps them, as values. How they change is `engine/core/src/portfolio`.

use crate::instrument::InstrumentId;
use crate::units::{Lots, Quote, Ticks};
use std::fmt;

/// How an account keeps what is bought and sold of one instrument.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PositionMode {
    /// As one net quantity.
    #[default]
    Netting,
    /// As a long and a short, side by side.
    Hedging,
}

/// Which of an instrument's positions an order is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum PositionSide {
    /// The net one.
    #[default]
    Net = 0,
    /// The long one: bought to open, sold to close.
    Long = 1,
    /// The short one: sold to open, bought to close.
    Short = 2,
}

impl PositionSide {
    /// In order of their numbers.
    pub const ALL: [Self; 3] = [Self::Net, Self::Long, Self::Short];

    /// The word used in JSON and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Net => "NET",
            Self::Long => "LONG",
            Self::Short => "SHORT",
        }
    }
}

/// A side that an account of that mode does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PositionSideFault {
    /// How the account keeps positions.
    pub mode: PositionMode,
    /// What was asked for.
    pub side: PositionSide,
}

impl fmt::Display for PositionSideFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (account, has) = match self.mode {
            PositionMode::Netting => ("netting", "NET"),
            PositionMode::Hedging => ("hedging", "LONG or SHORT"),
        };
        write!(f, "HEDGING_FLAG: position side {} on a {account} account, expected {has}", self.side.name())
    }
}

impl std::error::Error for PositionSideFault {}

impl PositionMode {
    /// Whether an account of this mode has such a position.
    ///
    /// # Errors
    /// Names both when it has not.
    pub fn admit(self, side: PositionSide) -> Result<(), PositionSideFault> {
        let is_net = side == PositionSide::Net;
        if (self == Self::Netting) == is_net { Ok(()) } else { Err(PositionSideFault { mode: self, side }) }
    }
}

/// What an account held of an instrument when the run began. The run's profit counts from the first price that it sees of the
/// instrument: what was earned before is not its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// Signed quantity.
    pub qty: Lots,
    /// What the venue says that it was entered at on average, in 1/1000 tick; 0: not told, as of a coin.
    pub avg_px_milliticks: i64,
}

impl Opening {
    /// Most lots: at any price below 2^48 ticks what they cost leaves room for 2^31 executions in an account.
    pub const LOTS_MAX: i64 = 1 << 48;

    /// Whether an account can have held that.
    #[must_use]
    pub const fn is_possible(&self) -> bool {
        self.qty.0 != 0 && self.qty.0.unsigned_abs() <= Self::LOTS_MAX.unsigned_abs()
    }
}

/// A net position and what it has earned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Of what.
    pub instrument: InstrumentId,
    /// Signed quantity; 0 is flat.
    pub qty: Lots,
    /// What of it, or of what was closed since, the account held when the run began.
    pub opening: Opening,
    /// Average entry price in 1/1000 tick, rounded half up; 0 when flat. For reading: profits are computed from the cost.
    pub avg_px_milliticks: i64,
    /// Profit of what was closed, before fees, in the settlement currency.
    pub realised: Quote,
    /// Profit of what is open at the mark, before fees, in the settlement currency; `None` without a price.
    pub unrealised: Option<Quote>,
    /// Fees paid; negative is a rebate.
    pub fees: Quote,
    /// Funding and interest: received less paid, in the settlement currency.
    pub payments: Quote,
    /// The price that `unrealised` was taken at: mark, else mid (rounded down).
    pub mark_px: Option<Ticks>,
    /// Value at `mark_px` in quote, unsigned.
    pub notional: Option<Quote>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hedging_flag_on_a_netting_account_is_refused_by_name_and_the_other_way_round() {
        use PositionMode::{Hedging, Netting};
        use PositionSide::{Long, Net, Short};
        assert_eq!([Netting.admit(Net), Hedging.admit(Long), Hedging.admit(Short)], [Ok(()); 3]);
        for (mode, side, text) in [
            (Netting, Long, "HEDGING_FLAG: position side LONG on a netting account, expected NET"),
            (Netting, Short, "HEDGING_FLAG: position side SHORT on a netting account, expected NET"),
            (Hedging, Net, "HEDGING_FLAG: position side NET on a hedging account, expected LONG or SHORT"),
        ] {
            assert_eq!(mode.admit(side).unwrap_err().to_string(), text);
        }
    }
}
