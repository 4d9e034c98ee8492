//! Every named no of ours. A refusal carries the check, the value found and the limit, as numbers; words are made at the
//! edge.

use std::fmt;

/// Which check said no. The order of the variants is the order in which a refusal is reported: worst first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Check {
    /// The kill switch is pulled. Value 1, limit 0.
    #[default]
    Killed = 0,
    /// Trading state is `Halted`. Value 2, limit 0.
    TradingState = 1,
    /// Trading state is `Reducing` and the order would not reduce. Value: position after in lots; limit: before.
    Reducing = 2,
    /// Loss of the day, in bps of the day's opening equity.
    DailyLoss = 3,
    /// The client order id is not the next one of its strategy. Value: id; limit: expected.
    ClientOrderId = 4,
    /// The book is not in sync. Value: book state; limit: 1 (synced).
    BookNotSynced = 5,
    /// Age of the top of book, in ns.
    StalePrice = 6,
    /// Dollars cannot be told: the instrument is not quoted in dollars. Value: instrument; limit 0.
    NoConversion = 7,
    /// Arithmetic would overflow. Value: what was multiplied; limit: largest.
    Overflow = 8,
    /// Quantity below the minimum or not positive, in lots.
    OrderQtyMin = 9,
    /// Quantity above the maximum, in lots.
    OrderQtyMax = 10,
    /// Value below the venue's minimum, in 1e-8 dollars.
    OrderNotionalMin = 11,
    /// Value above the maximum, in 1e-8 dollars.
    OrderNotionalMax = 12,
    /// Distance of the limit price from the mid, in bps.
    PriceCollar = 13,
    /// Reduce-only order that would not reduce. Value: position after in lots; limit: before.
    ReduceOnly = 14,
    /// Position value after, in 1e-8 dollars.
    PositionNotional = 15,
    /// Position value after over equity, in bps.
    PositionShare = 16,
    /// Gross value after over equity, in percent.
    Leverage = 17,
    /// Messages in the bucket's window. Value: tokens wanted; limit: tokens there.
    MessageRate = 18,
    /// The table of open orders is full. Value: open orders; limit: capacity.
    OpenOrders = 19,
    /// A ring is full: the stage behind does not keep up. Value: slots used; limit: slots.
    Backpressure = 20,
    /// Cancel of an order that is not open, release of one that is not held, change of one that does not stand settled.
    /// Value: id; limit 0.
    UnknownOrder = 21,
    /// Spot cannot be sold short. Value: position after in lots; limit 0.
    ShortSpot = 22,
    /// The order's terms contradict each other. Value: number of the fault, see
    /// [`TermsFault`](crate::order::TermsFault); limit 0.
    OrderTerms = 23,
}

impl Check {
    /// Every check.
    pub const ALL: [Self; 24] = [
        Self::Killed,
        Self::TradingState,
        Self::Reducing,
        Self::DailyLoss,
        Self::ClientOrderId,
        Self::BookNotSynced,
        Self::StalePrice,
        Self::NoConversion,
        Self::Overflow,
        Self::OrderQtyMin,
        Self::OrderQtyMax,
        Self::OrderNotionalMin,
        Self::OrderNotionalMax,
        Self::PriceCollar,
        Self::ReduceOnly,
        Self::PositionNotional,
        Self::PositionShare,
        Self::Leverage,
        Self::MessageRate,
        Self::OpenOrders,
        Self::Backpressure,
        Self::UnknownOrder,
        Self::ShortSpot,
        Self::OrderTerms,
    ];

    /// The stable code, FIX/Nautilus style.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Killed => "KILLED",
            Self::TradingState => "TRADING_HALTED",
            Self::Reducing => "TRADING_STATE_REDUCING",
            Self::DailyLoss => "DAILY_LOSS_EXCEEDED",
            Self::ClientOrderId => "INVALID_CLIENT_ORDER_ID",
            Self::BookNotSynced => "STREAM_RECONCILING",
            Self::StalePrice => "STALE_PRICE",
            Self::NoConversion => "NO_CONVERSION_TO_USD",
            Self::Overflow => "ARITHMETIC_OVERFLOW",
            Self::OrderQtyMin => "QUANTITY_BELOW_MINIMUM",
            Self::OrderQtyMax => "QUANTITY_EXCEEDS_MAXIMUM",
            Self::OrderNotionalMin => "NOTIONAL_BELOW_MINIMUM",
            Self::OrderNotionalMax => "NOTIONAL_EXCEEDS_MAX_PER_ORDER",
            Self::PriceCollar => "PRICE_OUTSIDE_COLLAR",
            Self::ReduceOnly => "REDUCE_ONLY_WOULD_INCREASE_POSITION",
            Self::PositionNotional => "POSITION_NOTIONAL_EXCEEDED",
            Self::PositionShare => "POSITION_SHARE_EXCEEDED",
            Self::Leverage => "LEVERAGE_EXCEEDED",
            Self::MessageRate => "RATE_LIMIT_EXCEEDED",
            Self::OpenOrders => "OPEN_ORDERS_EXCEEDED",
            Self::Backpressure => "BACKPRESSURE",
            Self::UnknownOrder => "UNKNOWN_ORDER",
            Self::ShortSpot => "SPOT_SHORT_SALE",
            Self::OrderTerms => "ORDER_TERMS_INVALID",
        }
    }
}

/// A named no: *Denied*, in the field's words, never to be mixed with a venue's *Rejected*.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// Which check.
    pub check: Check,
    /// What was found. Unit: see [`Check`].
    pub value: i64,
    /// What is allowed.
    pub limit: i64,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: found {}, allowed {}", self.check.code(), self.value, self.limit)
    }
}
