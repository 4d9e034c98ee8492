//! Every named no of ours. A refusal carries the check, the value found and the limit, as numbers; words are made at the
//! edge.

use crate::limit::Unit;
use std::fmt;

/// Makes the enum, the list and the codes out of one list, worst first.
macro_rules! checks {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal;)*) => {
        /// Which check said no. The order of the variants is the order in which a refusal is reported: worst first.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Check {
            #[default]
            $($(#[doc = $doc])+ $name,)*
        }

        impl Check {
            /// Every check.
            pub const ALL: [Self; [$(Self::$name),*].len()] = [$(Self::$name),*];

            /// The stable code, FIX/Nautilus style.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }
        }
    };
}

checks! {
    /// The kill switch is pulled. Value 1, limit 0.
    Killed = "KILLED";
    /// Trading is `Halted`: as a whole, or of the strategy, venue or instrument. Value 2, limit 0.
    TradingState = "TRADING_HALTED";
    /// What we know of the venue's account is not yet, or no longer, what the venue says. Value 1, limit 0.
    Reconciling = "VENUE_NOT_RECONCILED";
    /// No sentinel watches over the run, and the order would not reduce. Value 1, limit 0.
    Unwatched = "NO_SENTINEL";
    /// The journal does not keep up. Value: entries it is behind; limit: entries it may be.
    JournalHealth = "JOURNAL_LAG";
    /// Trading is `Reducing` and the order would not reduce. Value: position after in lots; limit: before.
    Reducing = "TRADING_STATE_REDUCING";
    /// Loss of the day at which positions are closed, in bps of the day's opening equity.
    EmergencyFlatten = "EMERGENCY_FLATTEN";
    /// Loss of the day at which nothing passes, in bps of the day's opening equity.
    CircuitBreaker = "CIRCUIT_BREAKER";
    /// Fall of equity from its peak, in bps of the peak.
    Drawdown = "DRAWDOWN_EXCEEDED";
    /// Loss of the day at which only reducing orders pass, in bps of the day's opening equity.
    DailyLoss = "DAILY_LOSS_EXCEEDED";
    /// Loss within five minutes, in bps of the day's opening equity.
    LossSpeed = "LOSS_SPEED_EXCEEDED";
    /// Loss of the strategy itself at which it is halted, in bps of the day's opening equity.
    StrategyHalt = "STRATEGY_LOSS_HALT";
    /// Fall of what the strategy has made from its peak, in bps of equity at that peak.
    StrategyDrawdown = "STRATEGY_DRAWDOWN_EXCEEDED";
    /// Loss of the strategy itself at which only its reducing orders pass, in bps of the day's opening equity.
    StrategyLoss = "STRATEGY_LOSS_EXCEEDED";
    /// Loss of the strategy itself within five minutes, in bps of the day's opening equity.
    StrategyLossSpeed = "STRATEGY_LOSS_SPEED_EXCEEDED";
    /// The strategy may not trade the instrument. Value: instrument; limit 0.
    NotAllowed = "INSTRUMENT_NOT_ALLOWED";
    /// The client order id is not the next one of its strategy. Value: id; limit: expected.
    ClientOrderId = "INVALID_CLIENT_ORDER_ID";
    /// The order's terms contradict each other. Value: number of the fault, see
    /// [`TermsFault`](crate::order::TermsFault); limit 0.
    OrderTerms = "ORDER_TERMS_INVALID";
    /// The book is not in sync. Value: book state; limit: 1 (synced).
    BookNotSynced = "STREAM_RECONCILING";
    /// The best bid is not below the best ask. Value: bid less ask in ticks; limit: -1.
    BookCrossed = "BOOK_CROSSED";
    /// Age of the top of book, in ns.
    StalePrice = "STALE_PRICE";
    /// Difference between the venue's clock and ours, in ns.
    ClockSkew = "CLOCK_SKEW";
    /// Distance of the mid from the median of venues, in bps.
    ReferenceDeviation = "REFERENCE_DEVIATION";
    /// The price moved too far within a minute. Value: ns left of the pause; limit 0.
    VolatilityPause = "VOLATILITY_PAUSE";
    /// Dollars cannot be told: the instrument is not quoted in dollars. Value: instrument; limit 0.
    NoConversion = "NO_CONVERSION_TO_USD";
    /// Arithmetic would overflow. Value: what was multiplied; limit: largest.
    Overflow = "ARITHMETIC_OVERFLOW";
    /// Quantity below the minimum or not positive, in lots.
    OrderQtyMin = "QUANTITY_BELOW_MINIMUM";
    /// Quantity above the maximum, in lots.
    OrderQtyMax = "QUANTITY_EXCEEDS_MAXIMUM";
    /// Quantity above its share of what the market trades in a day, in bps of that.
    VolumeShare = "VOLUME_SHARE_EXCEEDED";
    /// Value below the venue's minimum, in 1e-8 dollars.
    OrderNotionalMin = "NOTIONAL_BELOW_MINIMUM";
    /// Value above the maximum, in 1e-8 dollars.
    OrderNotionalMax = "NOTIONAL_EXCEEDS_MAX_PER_ORDER";
    /// Value of the strategy's orders within a second, in 1e-8 dollars.
    BatchNotional = "NOTIONAL_EXCEEDS_MAX_PER_SECOND";
    /// Distance of the limit price from the venue's mark, in bps.
    PriceCollarHard = "PRICE_OUTSIDE_HARD_COLLAR";
    /// Distance of the limit price from the mid, in bps.
    PriceCollar = "PRICE_OUTSIDE_COLLAR";
    /// The order would meet an order of our own. Value: its price in ticks; limit: the nearest price that would not.
    SelfMatch = "SELF_MATCH";
    /// Reduce-only order that would not reduce. Value: position after in lots; limit: before.
    ReduceOnly = "REDUCE_ONLY_WOULD_INCREASE_POSITION";
    /// Position value after, in 1e-8 dollars.
    PositionNotional = "POSITION_NOTIONAL_EXCEEDED";
    /// Position value after over equity, in bps.
    PositionShare = "POSITION_SHARE_EXCEEDED";
    /// The sector's value after over equity, in bps.
    SectorShare = "SECTOR_SHARE_EXCEEDED";
    /// Value after of coins that move together, over equity, in bps.
    ClusterShare = "CLUSTER_SHARE_EXCEEDED";
    /// The venue's value after over equity, in bps.
    VenueShare = "VENUE_SHARE_EXCEEDED";
    /// Gross value after over equity, in percent.
    Leverage = "LEVERAGE_EXCEEDED";
    /// Initial margin after over equity, in bps.
    MarginUse = "MARGIN_USE_EXCEEDED";
    /// Move of the price after which the position would be liquidated, in bps.
    LiquidationDistance = "LIQUIDATION_TOO_NEAR";
    /// A day's loss that one day in a hundred exceeds, over equity, in bps.
    ValueAtRisk = "VALUE_AT_RISK_EXCEEDED";
    /// Mean loss of such days over equity, in bps.
    ExpectedShortfall = "EXPECTED_SHORTFALL_EXCEEDED";
    /// Age of what such days are estimated from, in ns.
    ModelStale = "RISK_MODEL_STALE";
    /// Messages in the strategy's bucket. Value: tokens wanted; limit: tokens there.
    MessageRate = "RATE_LIMIT_EXCEEDED";
    /// Messages in the venue's bucket, without what is kept for cancels. Value: tokens wanted; limit: tokens there.
    VenueRate = "VENUE_RATE_LIMIT_EXCEEDED";
    /// The same order a moment ago. Value: ns since then; limit: ns that must lie between.
    DuplicateOrder = "DUPLICATE_ORDER";
    /// Orders for each fill within this minute.
    OrderToTrade = "ORDER_TO_TRADE_RATIO";
    /// Open orders of the instrument.
    OpenOrdersInstrument = "OPEN_ORDERS_OF_INSTRUMENT_EXCEEDED";
    /// Open orders at the venue.
    OpenOrdersVenue = "OPEN_ORDERS_AT_VENUE_EXCEEDED";
    /// Open orders in all; at most the order table's rows.
    OpenOrders = "OPEN_ORDERS_EXCEEDED";
    /// A ring is full: the stage behind does not keep up. Value: slots used; limit: slots.
    Backpressure = "BACKPRESSURE";
    /// More than is left of the order that it is a slice of. Value: what its slices did and may do, with this one, in lots;
    /// limit: the order's quantity, 0 when it is over.
    ParentQty = "PARENT_QUANTITY_EXCEEDED";
    /// Cancel of an order that is not open, release of one that is not held, change of one that does not
    /// stand settled. Value: id; limit 0.
    UnknownOrder = "UNKNOWN_ORDER";
    /// Spot cannot be sold short. Value: position after in lots; limit 0.
    ShortSpot = "SPOT_SHORT_SALE";
    /// The journal's disk is nearly full, and the order would not reduce. Value 1, limit 0. This and what follows is
    /// last, for journals know a check by its place.
    DiskScarce = "JOURNAL_DISK_SCARCE";
    /// A person paused the strategy, and the order would not reduce. Value: position after in lots, limit: before; where the
    /// strategy itself knew of it, the mode's number and 0.
    StrategyPaused = "STRATEGY_PAUSED";
    /// A person stopped the strategy, or it gave up. Value 1, or the mode's number; limit 0.
    StrategyStopped = "STRATEGY_STOPPED";
}

impl Check {
    /// What its numbers count; `None` of a state, an id, a price in ticks, and of what only says yes or no.
    #[must_use]
    pub const fn unit(self) -> Option<Unit> {
        use Check::{
            BatchNotional, CircuitBreaker, ClockSkew, ClusterShare, DailyLoss, Drawdown, DuplicateOrder,
            EmergencyFlatten, ExpectedShortfall, Leverage, LiquidationDistance, LossSpeed, MarginUse, MessageRate,
            ModelStale, OpenOrders, OpenOrdersInstrument, OpenOrdersVenue, OrderNotionalMax, OrderNotionalMin,
            OrderQtyMax, OrderQtyMin, OrderToTrade, ParentQty, PositionNotional, PositionShare, PriceCollar,
            PriceCollarHard, ReduceOnly, Reducing, ReferenceDeviation, SectorShare, ShortSpot, StalePrice,
            StrategyDrawdown, StrategyHalt, StrategyLoss, StrategyLossSpeed, ValueAtRisk, VenueRate, VenueShare,
            VolatilityPause, VolumeShare,
        };
        Some(match self {
            OrderNotionalMin | OrderNotionalMax | BatchNotional | PositionNotional => Unit::Usd,
            EmergencyFlatten | CircuitBreaker | Drawdown | DailyLoss | LossSpeed => Unit::Bps,
            StrategyHalt | StrategyDrawdown | StrategyLoss | StrategyLossSpeed => Unit::Bps,
            ReferenceDeviation | VolumeShare | PriceCollarHard | PriceCollar => Unit::Bps,
            PositionShare | SectorShare | ClusterShare | VenueShare | MarginUse => Unit::Bps,
            LiquidationDistance | ValueAtRisk | ExpectedShortfall => Unit::Bps,
            Leverage => Unit::Percent,
            Reducing | ReduceOnly | ShortSpot | OrderQtyMin | OrderQtyMax | ParentQty => Unit::Lots,
            StalePrice | ClockSkew | VolatilityPause | ModelStale | DuplicateOrder => Unit::Time,
            OrderToTrade | OpenOrdersInstrument | OpenOrdersVenue | OpenOrders | MessageRate | VenueRate => Unit::Count,
            _ => return None,
        })
    }
}

impl Check {
    /// The limit that it holds an order against, by its key; `None` where no limit of the settings says it: a state, a book,
    /// an order's own terms, what a venue lists. (Of a collar: the one of majors; others have a key of their own.)
    #[must_use]
    pub const fn limit_key(self) -> Option<&'static str> {
        Some(match self {
            Self::EmergencyFlatten => "daily_loss_flatten_bps",
            Self::CircuitBreaker => "daily_loss_halt_bps",
            Self::Drawdown => "drawdown_max_bps",
            Self::DailyLoss => "daily_loss_reduce_bps",
            Self::LossSpeed => "loss_speed_max_bps",
            Self::StrategyHalt => "strategy_loss_halt_bps",
            Self::StrategyDrawdown => "strategy_drawdown_max_bps",
            Self::StrategyLoss => "strategy_loss_reduce_bps",
            Self::StrategyLossSpeed => "strategy_loss_speed_max_bps",
            Self::StalePrice => "price_age_max_ms",
            Self::ClockSkew => "clock_skew_max_ms",
            Self::ReferenceDeviation => "reference_deviation_max_bps",
            Self::VolatilityPause => "volatility_pause_bps",
            Self::OrderQtyMax => "order_qty_max_lots",
            Self::VolumeShare => "order_volume_share_max_bps",
            Self::OrderNotionalMax => "order_notional_max_usd",
            Self::BatchNotional => "batch_notional_max_usd",
            Self::PriceCollarHard => "price_collar_hard_bps",
            Self::PriceCollar => "price_collar_bps",
            Self::PositionNotional => "position_notional_max_usd",
            Self::PositionShare => "position_share_max_bps",
            Self::SectorShare => "sector_share_max_bps",
            Self::ClusterShare => "cluster_share_max_bps",
            Self::VenueShare => "venue_share_max_bps",
            Self::Leverage => "leverage_max_pct",
            Self::MarginUse => "margin_use_max_bps",
            Self::LiquidationDistance => "liquidation_distance_min_bps",
            Self::ValueAtRisk => "var_max_bps",
            Self::ExpectedShortfall => "cvar_max_bps",
            Self::ModelStale => "model_age_max_s",
            Self::MessageRate => "message_rate_per_s",
            Self::VenueRate => "venue_rate_per_s",
            Self::DuplicateOrder => "duplicate_window_ms",
            Self::OrderToTrade => "orders_per_fill_max",
            Self::OpenOrdersInstrument => "open_orders_instrument_max",
            Self::OpenOrdersVenue => "open_orders_venue_max",
            Self::OpenOrders => "open_orders_max",
            _ => return None,
        })
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
    /// How much of the limit was left without this order, in its unit; 0 where nothing is.
    pub headroom: i64,
    /// What would have passed this check, all else being the same: for a price the furthest one in ticks, for an amount the
    /// largest quantity in lots; 0 where no other price or quantity would.
    pub passes: i64,
}

impl Refusal {
    /// A no that a smaller order would have met, too.
    #[must_use]
    pub const fn new(check: Check, value: i64, limit: i64) -> Self {
        Self { check, value, limit, headroom: 0, passes: 0 }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: found {}, allowed {}", self.check.code(), self.value, self.limit)?;
        if self.passes == 0 {
            return Ok(());
        }
        write!(f, ", left {}; {} would have passed", self.headroom, self.passes)
    }
}
