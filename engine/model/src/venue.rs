//! Venues, and what crosses the wall to and from one: requests out, replies in.

use crate::closeout::Closeout;
use crate::instrument::InstrumentId;
use crate::market::Side;
use crate::order::{ClientOrderId, Order};
use crate::payment::Payment;
use crate::position::Opening;
use crate::report::Liquidity;
use crate::units::{Lots, Nanos, Quote, Ticks};

/// An exchange and market, as a dense index. Closed: a new venue is one line here and one folder in `feeds`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum VenueId {
    /// Binance spot.
    #[default]
    BinanceSpot = 0,
    /// Binance USD-margined futures.
    BinanceUsdm = 1,
    /// Binance coin-margined futures.
    BinanceCoinm = 2,
    /// Bybit v5: spot, linear and inverse; a symbol carries its category (`linear:BTCUSDT`).
    Bybit = 3,
    /// OKX v5: spot and swaps.
    Okx = 4,
    /// Gate v4 spot.
    GateSpot = 5,
    /// Gate v4 perpetuals.
    GateFutures = 6,
    /// Bitget: a symbol carries its instrument type (`USDT-FUTURES:BTCUSDT`).
    Bitget = 7,
    /// Hyperliquid perpetuals.
    Hyperliquid = 8,
    /// Coinbase Advanced Trade.
    Coinbase = 9,
    /// Kraken spot, WebSocket v2.
    Kraken = 10,
    /// Kraken Futures.
    KrakenFutures = 11,
    /// Deribit.
    Deribit = 12,
    /// Kraken spot, WebSocket v1: recordings only.
    KrakenV1 = 13,
    /// Coinbase Exchange: recordings only.
    CoinbaseExchange = 14,
    /// KuCoin spot: recordings only.
    Kucoin = 15,
    /// BitMEX, closed in 2026: recordings only.
    Bitmex = 16,
}

/// Most venues in one run: what a decision says of how far it had read has room for so many.
pub const VENUES_MAX: usize = 8;

impl VenueId {
    /// Every venue, in the order of their indices.
    pub const ALL: [Self; 17] = [
        Self::BinanceSpot,
        Self::BinanceUsdm,
        Self::BinanceCoinm,
        Self::Bybit,
        Self::Okx,
        Self::GateSpot,
        Self::GateFutures,
        Self::Bitget,
        Self::Hyperliquid,
        Self::Coinbase,
        Self::Kraken,
        Self::KrakenFutures,
        Self::Deribit,
        Self::KrakenV1,
        Self::CoinbaseExchange,
        Self::Kucoin,
        Self::Bitmex,
    ];

    /// The name used on the command line, in configuration and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BinanceSpot => "binance-spot",
            Self::BinanceUsdm => "binance-usdm",
            Self::BinanceCoinm => "binance-coinm",
            Self::Bybit => "bybit",
            Self::Okx => "okx",
            Self::GateSpot => "gate-spot",
            Self::GateFutures => "gate-futures",
            Self::Bitget => "bitget",
            Self::Hyperliquid => "hyperliquid",
            Self::Coinbase => "coinbase",
            Self::Kraken => "kraken",
            Self::KrakenFutures => "kraken-futures",
            Self::Deribit => "deribit",
            Self::KrakenV1 => "kraken-v1",
            Self::CoinbaseExchange => "coinbase-exchange",
            Self::Kucoin => "kucoin",
            Self::Bitmex => "bitmex",
        }
    }

    /// The venue of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|v| v.name() == name)
    }
}

/// What execution asks of a venue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Which order.
    pub client_order_id: ClientOrderId,
    /// On which instrument.
    pub instrument: InstrumentId,
    /// When risk decided.
    pub decided_at_ns: Nanos,
    /// When it was handed to the gateway.
    pub sent_at_ns: Nanos,
    /// What is asked.
    pub what: RequestKind,
}

/// What a venue can be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RequestKind {
    /// Withdraw the order.
    #[default]
    Cancel,
    /// Enter the order.
    Place(Order),
    /// Change the order: both whole, the quantity with what was executed of it.
    Modify {
        /// The new limit price.
        px: Ticks,
        /// The new quantity.
        qty: Lots,
    },
}

/// What a venue answers, or tells unasked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// Which order.
    pub client_order_id: ClientOrderId,
    /// On which instrument.
    pub instrument: InstrumentId,
    /// The venue's own time.
    pub venue_at_ns: Nanos,
    /// When it reached us.
    pub received_at_ns: Nanos,
    /// What happened.
    pub what: ReplyKind,
}

/// What happened to an order at the venue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReplyKind {
    /// The order stands (or is about to execute).
    #[default]
    Accepted,
    /// The trigger of an order that waited there was pulled.
    Triggered,
    /// Refused by the venue.
    Rejected(RejectReason),
    /// Executed, in whole or in part.
    Filled {
        /// Unique per venue and instrument.
        trade_id: u64,
        /// Price of this execution.
        last_px: Ticks,
        /// Quantity of this execution.
        last_qty: Lots,
        /// Fee of this execution; negative is a rebate.
        fee: Quote,
        /// Whether we rested or crossed.
        liquidity: Liquidity,
    },
    /// Withdrawn: asked for, or the rest of an IOC.
    Canceled,
    /// Its time ran out.
    Expired,
    /// The cancel was refused; the order is as it was.
    CancelRejected(RejectReason),
    /// The order stands changed.
    Updated {
        /// Its limit price; of a stop market order its trigger.
        px: Ticks,
        /// Its quantity, with what was executed of it.
        qty: Lots,
    },
    /// The change was refused; the order is as it was.
    ModifyRejected(RejectReason),
    /// An order of a run before this one stands, and is this one's from now on.
    Adopted {
        /// Which side.
        side: Side,
        /// Its limit price.
        px: Ticks,
        /// Its quantity, with what was executed of it.
        qty: Lots,
        /// What was executed of it before: part of the position that the account had, not of this run's.
        filled: Lots,
    },
    /// Money moved: of this order, or (id 0) of the account's position in this instrument.
    Paid(Payment),
    /// The account held that when the run began, and it is the run's from now on. Of no order: the id has the strategy's
    /// bits alone, whose it is.
    Opened(Opening),
    /// The venue closed a position of ours, in part or whole, by an execution that it placed itself (id 0).
    ClosedOut {
        /// Which side the execution was on: a long is closed by a sale.
        side: Side,
        /// What was executed, and why.
        closeout: Closeout,
    },
}

/// Why a venue refused. Venues' own codes are mapped to these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum RejectReason {
    /// No such order, or no longer open.
    #[default]
    UnknownOrder,
    /// A post-only order would have taken.
    PostOnlyWouldTake,
    /// A fill-or-kill order could not be filled at once and whole.
    CannotFillWhole,
    /// No such instrument, or it has no book.
    NoMarket,
    /// Price or quantity off the venue's grid or out of its bounds.
    Filter,
    /// This client order id was used before.
    DuplicateId,
    /// More orders than the venue allows.
    TooManyOrders,
    /// Not enough of what pays for it, or of margin.
    InsufficientFunds,
    /// A reduce-only order that would not reduce.
    ReduceOnly,
    /// Asked too often: by the venue's own word, or held back by our share of its limits and never sent.
    RateLimited,
    /// The key may not, or the account may not trade this.
    NotAllowed,
    /// The venue is busy, in maintenance, or cannot be reached: nothing was sent, or it said that nothing happened.
    Unavailable,
    /// Anything else; the venue's words are in the log.
    Other,
    /// What the account holds there is not what our executions come to: only what makes it smaller leaves, and this order
    /// was never sent.
    NotReconciled,
}

impl RejectReason {
    /// Every reason.
    pub const ALL: [Self; 14] = [
        Self::UnknownOrder,
        Self::PostOnlyWouldTake,
        Self::CannotFillWhole,
        Self::NoMarket,
        Self::Filter,
        Self::DuplicateId,
        Self::TooManyOrders,
        Self::InsufficientFunds,
        Self::ReduceOnly,
        Self::RateLimited,
        Self::NotAllowed,
        Self::Unavailable,
        Self::Other,
        Self::NotReconciled,
    ];

    /// Whether it says nothing of the order, but of a moment that may pass: the same order may be entered later.
    #[must_use]
    pub const fn passes(self) -> bool {
        matches!(self, Self::Unavailable | Self::RateLimited | Self::NotReconciled)
    }
}

const _: () = assert!(size_of::<Request>() <= 128, "a request is two cache lines");
const _: () = assert!(size_of::<Reply>() <= 128, "a reply is two cache lines");
