//! A person's order, as it is typed.

use super::Whom;
use clap::{Args, Subcommand};

/// `order place|cancel|modify`.
#[derive(Subcommand, Debug)]
pub(crate) enum OrderAsked {
    /// Enters an order. Without --price and --type it is a market order, with a price a limit order.
    #[command(after_help = "Examples:\n  ringside order place buy 0.01 BTCUSDT.binance-spot --price 61000\n  \
        ringside order place sell 0.5 eth-perp --yes\n  \
        ringside order place sell 0.01 BTCUSDT.binance-usdm --type stop_market --trigger-price 58000 --reduce-only\n  \
        ringside order place sell 1 SOL@bybit --type trailing_stop_market --trailing-offset 50bps --id tuesday-1 --json")]
    Place(Box<Place>),
    /// Withdraws an order, whosever it is.
    #[command(after_help = "Example:\n  ringside order cancel R6-1-3")]
    Cancel(Cancel),
    /// Changes an order of the desk of people: price and quantity, or the trigger alone. What is not given stays.
    #[command(after_help = "Example:\n  ringside order modify R6-1-3 --price 60900 --qty 0.02")]
    Modify(Modify),
}

/// `order place`.
#[derive(Args, Debug)]
pub(crate) struct Place {
    /// buy or sell.
    #[arg(value_name = "SIDE")]
    pub(crate) side: String,
    /// A decimal: coins or contracts, as the venue counts them.
    #[arg(value_name = "QTY")]
    pub(crate) qty: String,
    /// BTCUSDT.binance-usdm, or what people write for it.
    #[arg(value_name = "SYMBOL")]
    pub(crate) symbol: String,
    /// The limit.
    #[arg(long, value_name = "PX")]
    pub(crate) price: Option<String>,
    /// limit, market, stop_market, stop_limit, market_to_limit, market_if_touched, limit_if_touched, trailing_stop_market or
    /// trailing_stop_limit.
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) kind: Option<String>,
    /// Where an order that waits for a price is let go.
    #[arg(long, value_name = "PX")]
    pub(crate) trigger_price: Option<String>,
    /// Which price lets it go: last_price, mark_price, index_price, bid_ask, mid_point, double_last, double_bid_ask or
    /// last_or_bid_ask.
    #[arg(long, value_name = "WHICH")]
    pub(crate) trigger_by: Option<String>,
    /// How far a trailing trigger stays behind: a distance in price, or bps as 30bps.
    #[arg(long, value_name = "DISTANCE")]
    pub(crate) trailing_offset: Option<String>,
    /// How far a trailing limit lies beyond its trigger, in the same unit.
    #[arg(long, value_name = "DISTANCE")]
    pub(crate) limit_offset: Option<String>,
    /// gtc, ioc, fok, gtd or day.
    #[arg(long, value_name = "HOW")]
    pub(crate) time_in_force: Option<String>,
    /// When a gtd order ends: seconds since 1970.
    #[arg(long, value_name = "SECONDS")]
    pub(crate) expire_at: Option<u32>,
    /// Must rest.
    #[arg(long)]
    pub(crate) post_only: bool,
    /// May only make the position smaller.
    #[arg(long)]
    pub(crate) reduce_only: bool,
    /// Most that is shown at once.
    #[arg(long, value_name = "QTY")]
    pub(crate) display_qty: Option<String>,
    /// A name of your own: the same again is answered again, and not entered again.
    #[arg(long, value_name = "NAME")]
    pub(crate) id: Option<String>,
    /// Do not ask: whatever it is worth.
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) whom: Whom,
}

/// `order cancel`.
#[derive(Args, Debug)]
pub(crate) struct Cancel {
    /// Its number, as `ringside orders` tells it: R6-1-3.
    #[arg(value_name = "ORDER")]
    pub(crate) order: String,
    #[command(flatten)]
    pub(crate) whom: Whom,
}

/// `order modify`.
#[derive(Args, Debug)]
pub(crate) struct Modify {
    /// Its number.
    #[arg(value_name = "ORDER")]
    pub(crate) order: String,
    /// Another limit.
    #[arg(long, value_name = "PX")]
    pub(crate) price: Option<String>,
    /// Another quantity, with what was executed of it.
    #[arg(long, value_name = "QTY")]
    pub(crate) qty: Option<String>,
    /// Another trigger.
    #[arg(long, value_name = "PX")]
    pub(crate) trigger_price: Option<String>,
    /// Do not ask: whatever it is worth.
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) whom: Whom,
}
