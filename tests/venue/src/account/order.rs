//! Orders of an account: what is asked, what there is, why not, and what came of it.
//!
//! Owns: the values. Never: a decision.

use engine_model::instrument::Name;
use engine_model::market::Side;

/// What an order may do with time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    /// Until it is withdrawn.
    UntilCanceled,
    /// Until then, in nanoseconds since the epoch.
    Until(u64),
    /// Takes what is there; the rest goes.
    Immediate,
    /// Takes all or nothing.
    AllOrNothing,
}

/// How much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// Lots.
    Lots(i64),
    /// So much money, in 1e-8 of the quote: market orders on spot.
    Quote(i128),
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The client's id; empty: the venue makes one.
    pub client_id: String,
    /// Position in the listings.
    pub instrument: usize,
    /// Buy or sell.
    pub side: Side,
    /// Limit in ticks; `None`: a market order.
    pub px: Option<i64>,
    /// How much.
    pub amount: Amount,
    /// How long.
    pub stands: Stands,
    /// Must not take.
    pub post_only: bool,
    /// May only make the position smaller; its quantity is cut to the position.
    pub reduce_only: bool,
}

/// Which price pulls a trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A trade.
    Last,
    /// The venue's mark.
    Mark,
    /// The index.
    Index,
}

/// The price that an order waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// In ticks.
    pub px: i64,
    /// Pulled at or above it, else at or below.
    pub rises: bool,
    /// By what.
    pub by: By,
}

impl Trigger {
    /// Whether such a price pulls it.
    #[must_use]
    pub fn is_pulled_by(&self, px: i64) -> bool {
        if self.rises { px >= self.px } else { px <= self.px }
    }
}

/// Where an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Stands.
    Open,
    /// Executed whole.
    Filled,
    /// Withdrawn, by the client or by the venue.
    Canceled,
    /// Its time ran out.
    Expired,
}

/// An order as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The venue's id.
    pub id: u64,
    /// The client's id.
    pub client_id: String,
    /// Position in the listings.
    pub instrument: usize,
    /// Buy or sell.
    pub side: Side,
    /// Limit in ticks as it stands; `None`: a market order.
    pub px: Option<i64>,
    /// Whole quantity as it stands, in lots.
    pub qty: i64,
    /// Executed so far, in lots.
    pub filled: i64,
    /// What was executed so far was worth, in 1e-8.
    pub filled_value_e8: i128,
    /// How long.
    pub stands: Stands,
    /// Must not take.
    pub post_only: bool,
    /// May only make the position smaller.
    pub reduce_only: bool,
    /// The price that it waits for, or waited for.
    pub trigger: Option<Trigger>,
    /// Waits still: it is in no book.
    pub waits: bool,
    /// Where it is.
    pub state: State,
    /// Venue time of its entry, in nanoseconds since the epoch.
    pub entered_at_ns: u64,
    /// Venue time of its last change.
    pub changed_at_ns: u64,
    /// The client's id before it was given another one.
    pub(crate) former_client_id: Option<String>,
    /// Bound for it, in 1e-8 of what it would be paid with.
    pub(crate) locked_e8: i128,
    /// Lots of others at its price that trade before it.
    pub(crate) queue_ahead: i64,
}

impl Order {
    /// Lots that may still be executed.
    #[must_use]
    pub fn left(&self) -> i64 {
        self.qty - self.filled
    }

    /// What it waits for, while it does.
    #[must_use]
    pub fn waiting(&self) -> Option<Trigger> {
        self.trigger.filter(|_| self.waits && self.is_open())
    }

    /// Whether it stands.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state == State::Open
    }
}

/// An execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fill {
    /// The venue's number of it: rising, unique at the venue.
    pub trade_id: u64,
    /// The order's id there.
    pub order_id: u64,
    /// The order's id of the client.
    pub client_id: String,
    /// Position in the listings.
    pub instrument: usize,
    /// The order's side.
    pub side: Side,
    /// Ticks.
    pub px: i64,
    /// Lots.
    pub qty: i64,
    /// What it was worth, in 1e-8 of what the instrument is settled in.
    pub value_e8: i128,
    /// What it cost, in 1e-8 of `fee_asset`; negative is a rebate.
    pub fee_e8: i128,
    /// What the fee was taken from.
    pub fee_asset: Name,
    /// Profit that the closed part of a position made, before fees, in 1e-8.
    pub realised_e8: i128,
    /// Whether the order rested.
    pub maker: bool,
    /// Venue time, in nanoseconds since the epoch.
    pub at_ns: u64,
}

/// Which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which<'a> {
    /// By the client's id: the last that had it.
    Client(&'a str),
    /// By the venue's id.
    Venue(u64),
}

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The key may not trade.
    NoTradeRight,
    /// Too many orders in the window that opens again at that time, in nanoseconds since the epoch.
    TooMany(u64),
    /// Too many open orders.
    TooManyOpen,
    /// The id is in use.
    DuplicateClientId,
    /// A price of zero or less, or so far off that it is a slip.
    Price,
    /// Less than the smallest order, or none at all.
    TooSmall,
    /// More than the largest order.
    TooLarge,
    /// Worth less than the smallest order.
    NotionalTooSmall,
    /// Not enough is free.
    Balance,
    /// Would take although it must not.
    WouldTake,
    /// Cannot be filled whole.
    CannotFill,
    /// The price that it is to wait for has come.
    WouldTrigger,
    /// There is no position that it would make smaller.
    NothingToReduce,
    /// There is no such order.
    NoSuchOrder,
    /// The order is done.
    Done(State),
    /// The change changes nothing.
    NoChange,
    /// The order cannot be changed in that way.
    Unchangeable,
    /// A fault: the request is to be answered with that HTTP status, in the venue's words. What was done is not said.
    Status(u16),
}
