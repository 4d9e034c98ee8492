//! The words for how an order is priced, what lets it go, how long it stands and what it is tied to; and which of them
//! contradict each other.
//!
//! Never asks the market or a limit: a fault here is one at any price.

use super::Order;
use crate::algorithm::AlgorithmKind;
use crate::market::Side;
use crate::units::{Lots, Ticks};
use std::fmt;

/// How an order is priced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum OrderType {
    /// At `px` or better.
    #[default]
    Limit = 0,
    /// At what is there; risk turns it into an IOC limit at the collar before it leaves.
    Market = 1,
    /// A market order once the price got as bad as the trigger.
    StopMarket = 2,
    /// A limit order once the price got as bad as the trigger.
    StopLimit = 3,
    /// A market order whose rest stands at the price of its last fill.
    MarketToLimit = 4,
    /// A market order once the price got as good as the trigger.
    MarketIfTouched = 5,
    /// A limit order once the price got as good as the trigger.
    LimitIfTouched = 6,
    /// A stop whose trigger follows the price.
    TrailingStopMarket = 7,
    /// The same, as a limit order that lies `limit_offset` beyond the trigger.
    TrailingStopLimit = 8,
}

impl OrderType {
    /// Every type, in the order of their numbers.
    pub const ALL: [Self; 9] = [
        Self::Limit,
        Self::Market,
        Self::StopMarket,
        Self::StopLimit,
        Self::MarketToLimit,
        Self::MarketIfTouched,
        Self::LimitIfTouched,
        Self::TrailingStopMarket,
        Self::TrailingStopLimit,
    ];

    /// The name used in JSON and messages, as NautilusTrader spells it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Limit => "LIMIT",
            Self::Market => "MARKET",
            Self::StopMarket => "STOP_MARKET",
            Self::StopLimit => "STOP_LIMIT",
            Self::MarketToLimit => "MARKET_TO_LIMIT",
            Self::MarketIfTouched => "MARKET_IF_TOUCHED",
            Self::LimitIfTouched => "LIMIT_IF_TOUCHED",
            Self::TrailingStopMarket => "TRAILING_STOP_MARKET",
            Self::TrailingStopLimit => "TRAILING_STOP_LIMIT",
        }
    }

    /// Waits for a price before it is an order of the market.
    #[must_use]
    pub const fn has_trigger(self) -> bool {
        !matches!(self, Self::Limit | Self::Market | Self::MarketToLimit)
    }

    /// Its trigger follows the price.
    #[must_use]
    pub const fn trails(self) -> bool {
        matches!(self, Self::TrailingStopMarket | Self::TrailingStopLimit)
    }

    /// Is let go when the price gets better, not worse.
    #[must_use]
    pub const fn is_if_touched(self) -> bool {
        matches!(self, Self::MarketIfTouched | Self::LimitIfTouched)
    }

    /// What it is once it is let go: an order that every venue knows.
    #[must_use]
    pub const fn plain(self) -> Self {
        match self {
            Self::Limit | Self::StopLimit | Self::LimitIfTouched | Self::TrailingStopLimit => Self::Limit,
            _ => Self::Market,
        }
    }

    /// Brings its limit price with it.
    #[must_use]
    const fn has_px(self) -> bool {
        matches!(self, Self::Limit | Self::StopLimit | Self::LimitIfTouched)
    }
}

/// How long an order stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum TimeInForce {
    /// Until canceled.
    #[default]
    Gtc = 0,
    /// Immediate or cancel.
    Ioc = 1,
    /// Fill or kill.
    Fok = 2,
    /// Until a time.
    Gtd = 3,
    /// Until the end of the day (UTC).
    Day = 4,
}

impl TimeInForce {
    /// Every one, in the order of their numbers.
    pub const ALL: [Self; 5] = [Self::Gtc, Self::Ioc, Self::Fok, Self::Gtd, Self::Day];

    /// The name used in JSON and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gtc => "GTC",
            Self::Ioc => "IOC",
            Self::Fok => "FOK",
            Self::Gtd => "GTD",
            Self::Day => "DAY",
        }
    }
}

/// Which price pulls a trigger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum TriggerType {
    /// A trade.
    #[default]
    LastPrice = 0,
    /// The venue's mark.
    MarkPrice = 1,
    /// The index.
    IndexPrice = 2,
    /// What one would get: the ask for a buy, the bid for a sell.
    BidAsk = 3,
    /// The middle of bid and ask.
    MidPoint = 4,
    /// Two trades running.
    DoubleLast = 5,
    /// [`TriggerType::BidAsk`] twice running.
    DoubleBidAsk = 6,
    /// A trade, or what one would get.
    LastOrBidAsk = 7,
}

impl TriggerType {
    /// Every one, in the order of their numbers.
    pub const ALL: [Self; 8] = [
        Self::LastPrice,
        Self::MarkPrice,
        Self::IndexPrice,
        Self::BidAsk,
        Self::MidPoint,
        Self::DoubleLast,
        Self::DoubleBidAsk,
        Self::LastOrBidAsk,
    ];

    /// The name used in JSON and messages, as NautilusTrader spells it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LastPrice => "LAST_PRICE",
            Self::MarkPrice => "MARK_PRICE",
            Self::IndexPrice => "INDEX_PRICE",
            Self::BidAsk => "BID_ASK",
            Self::MidPoint => "MID_POINT",
            Self::DoubleLast => "DOUBLE_LAST",
            Self::DoubleBidAsk => "DOUBLE_BID_ASK",
            Self::LastOrBidAsk => "LAST_OR_BID_ASK",
        }
    }
}

/// In what an offset is counted. A distance in money is one in ticks of its instrument.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum OffsetUnit {
    /// Ticks.
    #[default]
    Ticks = 0,
    /// 1/10000 of the price.
    Bps = 1,
}

/// How an order is tied to others (FIX ContingencyType 1385), and to a primary that it was spawned from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Contingency {
    /// To none; or only to a `parent`, whose fills let it go (one triggers the other).
    #[default]
    None,
    /// One cancels the other: the first fill of one of its `list` withdraws the rest.
    Oco,
    /// One updates the other: what one of its `list` fills, the rest is made smaller by.
    Ouo,
    /// A slice of its `parent`, an order that is worked in parts.
    Spawned,
    /// Worked in parts by an algorithm: it never leaves itself, its slices do.
    Primary(AlgorithmKind),
}

/// Two terms of an order that cannot both be meant, or one that is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum TermsFault {
    /// No quantity.
    Qty = 1,
    /// A limit price is missing, or there is one that nothing reads.
    Px = 2,
    /// A trigger is missing, or there is one that nothing reads.
    Trigger = 3,
    /// A trailing offset is missing, or there is one that nothing reads.
    TrailingOffset = 4,
    /// A limit offset that nothing reads.
    LimitOffset = 5,
    /// The end of a `Gtd` order is missing, or there is one that nothing reads.
    Expiry = 6,
    /// Shows more than there is; or is no plain resting order of its own.
    Display = 7,
    /// Must rest and must take.
    PostOnly = 8,
    /// Immediate, and waits for a trigger of its own making.
    TimeInForce = 9,
    /// Tied to others by hand, or in a way that no list has.
    List = 10,
    /// Sent as something that its venue does not know, see [`Native`](crate::native::Native).
    NotNative = 11,
    /// Two that rest and update one another, at a venue that changes no order: both could fill whole.
    Unchangeable = 12,
    /// Worked in parts, and immediate, tied to others, waiting for a price, or without the limit that its algorithm needs.
    Algorithm = 13,
}

impl fmt::Display for TermsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Qty => "quantity is not positive",
            Self::Px => "limit price and order type do not go together",
            Self::Trigger => "trigger price and order type do not go together",
            Self::TrailingOffset => "trailing offset and order type do not go together",
            Self::LimitOffset => "limit offset and order type do not go together",
            Self::Expiry => "time of expiry and time in force do not go together",
            Self::Display => "displayed quantity is not that of a larger resting limit order",
            Self::PostOnly => "post-only order that would take at once",
            Self::NotNative => "of a type or time in force that its venue does not know",
            Self::Algorithm => "order that is worked in parts, and is none of its own that may be",
            Self::Unchangeable => "updates another resting order, at a venue that changes none: tie them by OCO",
            Self::List => "tied to other orders, but not as a list",
            Self::TimeInForce => "rest of a market-to-limit order would stand, and was to be canceled at once",
        })
    }
}

impl Order {
    /// What contradicts itself in the terms, first one first.
    #[must_use]
    pub fn fault(&self) -> Option<TermsFault> {
        let kind = self.order_type;
        let immediate = matches!(self.time_in_force, TimeInForce::Ioc | TimeInForce::Fok);
        let triggered = self.trigger_px.0 > 0 || (kind.trails() && self.trigger_px.0 == 0);
        let shows_itself = matches!(self.contingency, Contingency::None | Contingency::Primary(AlgorithmKind::Iceberg));
        let displays = kind == OrderType::Limit && !immediate && shows_itself && self.parent == 0;
        let faults = [
            (self.qty.0 <= 0, TermsFault::Qty),
            (kind.has_px() != (self.px.0 > 0), TermsFault::Px),
            (if kind.has_trigger() { !triggered } else { self.trigger_px.0 != 0 }, TermsFault::Trigger),
            (kind.trails() != (self.trailing_offset > 0), TermsFault::TrailingOffset),
            (kind != OrderType::TrailingStopLimit && self.limit_offset > 0, TermsFault::LimitOffset),
            ((self.time_in_force == TimeInForce::Gtd) != (self.expire_at_s > 0), TermsFault::Expiry),
            (self.display_qty != Lots(0) && !(displays && self.shows_less()), TermsFault::Display),
            (self.post_only && (kind.plain() == OrderType::Market || immediate), TermsFault::PostOnly),
            (kind == OrderType::MarketToLimit && immediate, TermsFault::TimeInForce),
            (!self.is_workable(), TermsFault::Algorithm),
        ];
        faults.into_iter().find_map(|(broken, fault)| broken.then_some(fault))
    }

    /// Whether the algorithm that works it can, if one does; one that waits for its price needs a limit.
    fn is_workable(&self) -> bool {
        let Contingency::Primary(algorithm) = self.contingency else { return true };
        let is_plain = matches!(self.order_type, OrderType::Limit | OrderType::Market);
        let immediate = matches!(self.time_in_force, TimeInForce::Ioc | TimeInForce::Fok);
        let is_its_own = self.parent == 0 && self.list == 0;
        let needs_px = matches!(algorithm, AlgorithmKind::Iceberg | AlgorithmKind::Sniper);
        is_plain && !immediate && is_its_own && (!needs_px || self.order_type == OrderType::Limit)
    }

    /// The price that stands for it: its limit, else its trigger; 0 of a plain market order. A change of a stop market order
    /// puts this one elsewhere.
    #[must_use]
    pub fn price(&self) -> Ticks {
        if self.px.0 > 0 { self.px } else { self.trigger_px }
    }

    /// Its trigger is pulled by a price at or above it, not at or below.
    #[must_use]
    pub fn rises(&self) -> bool {
        (self.side == Side::Buy) != self.order_type.is_if_touched()
    }

    /// A stop that may only reduce: at a venue that holds it, it opens nothing whatever the position is by then.
    #[must_use]
    pub fn is_weightless(&self) -> bool {
        self.reduce_only && self.order_type.has_trigger()
    }

    fn shows_less(&self) -> bool {
        self.display_qty.0 > 0 && self.display_qty < self.qty
    }
}
