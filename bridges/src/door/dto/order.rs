//! A person's order: as it is asked, and what came of it.

use crate::desk::risk::OF_ACCOUNT;
use crate::desk::sight::Sight;
use crate::door::body::Asked;
use engine_model::instrument::Instrument;
use engine_model::refusal::Refusal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// To enter an order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrder {
    /// `BTCUSDT.binance-usdm`, or what people write for it.
    pub symbol: String,
    /// Where, if the symbol does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub venue: Option<String>,
    /// `buy` or `sell`.
    pub side: String,
    /// `limit`, `market`, `stop_market`, `stop_limit`, `market_to_limit`, `market_if_touched`, `limit_if_touched`,
    /// `trailing_stop_market` or `trailing_stop_limit`; without it a limit order, if a price is given, else a market order.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// A decimal: coins or contracts, as the venue counts them.
    pub qty: String,
    /// The limit, a decimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<String>,
    /// Of an order that waits for a price, a decimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger_price: Option<String>,
    /// Which price pulls the trigger: `last_price` (the default), `mark_price`, `index_price`, `bid_ask`, `mid_point`,
    /// `double_last`, `double_bid_ask` or `last_or_bid_ask`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger_by: Option<String>,
    /// How far a trailing trigger stays behind: a decimal, or bps as `30bps`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trailing_offset: Option<String>,
    /// How far a trailing limit lies beyond its trigger, in the same unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_offset: Option<String>,
    /// `gtc` (the default), `ioc`, `fok`, `gtd` or `day`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_in_force: Option<String>,
    /// When a `gtd` order ends: seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expire_at_s: Option<u32>,
    /// Must rest: the venue refuses it if it would take.
    #[serde(default)]
    pub post_only: bool,
    /// May only make the position smaller.
    #[serde(default)]
    pub reduce_only: bool,
    /// Most that is shown at once, a decimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_qty: Option<String>,
    /// A name of your own, 1 to 128 printable characters: the same again is answered again, and not entered again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_order_id: Option<String>,
    /// What it is worth in dollars, as the refusal of one that is not confirmed tells it: needed on a live account, and of
    /// more than 5000 dollars anywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm_usd: Option<String>,
}

impl Asked for NewOrder {
    const FIELDS: &'static [&'static str] = &[
        "symbol",
        "side",
        "qty",
        "type (optional)",
        "price (optional)",
        "trigger_price (optional)",
        "trigger_by (optional)",
        "trailing_offset (optional)",
        "limit_offset (optional)",
        "time_in_force (optional)",
        "expire_at_s (optional)",
        "post_only (optional)",
        "reduce_only (optional)",
        "display_qty (optional)",
        "venue (optional)",
        "client_order_id (optional)",
        "confirm_usd (optional)",
    ];
}

/// To change an order of the desk of people: price and quantity, or the trigger alone. What is not given stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderChange {
    /// Another limit, a decimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<String>,
    /// Another quantity, with what was executed of it, a decimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qty: Option<String>,
    /// Another trigger, a decimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger_price: Option<String>,
    /// As of a new order, where it becomes worth more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm_usd: Option<String>,
}

impl Asked for OrderChange {
    const FIELDS: &'static [&'static str] =
        &["price (optional)", "qty (optional)", "trigger_price (optional)", "confirm_usd (optional)"];
}

/// What came of an order, as far as it was known when the answer was sent; what follows is on `/ws/orders`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrderOutcome {
    /// Ours: `R6-1-3`. `null` where nothing was wished.
    pub order: Option<String>,
    /// Yours, if you gave one.
    pub client_order_id: Option<String>,
    /// The venue's spelling.
    pub symbol: String,
    /// Where.
    pub venue: String,
    /// `DENIED` by us, `REJECTED` by the venue, `ACCEPTED`, `FILLED`, `PARTIALLY_FILLED`, `EMULATED` (held here until its
    /// price comes), `CANCELED`, `PENDING_CANCEL`, `SUBMITTED` (the venue has not answered yet); `UNKNOWN`: the engine has
    /// not taken it in time, and may still: look at the open orders before you ask again.
    pub status: String,
    /// Quantity.
    pub qty: Option<String>,
    /// Executed of it.
    pub filled_qty: Option<String>,
    /// Why it was denied.
    pub denied: Option<Box<DeniedBy>>,
    /// Why the venue rejected it.
    pub rejected: Option<String>,
}

/// The check that said no.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeniedBy {
    /// Its stable code: docs/RISK.md tells its unit.
    pub check: String,
    /// What was found; `null`, as the next three, where it is a figure of the account and whoever asks sees a part of it.
    pub value: Option<i64>,
    /// What is allowed.
    pub limit: Option<i64>,
    /// How much of that was left without this order.
    pub headroom: Option<i64>,
    /// The price in ticks, or the quantity in lots, that would have passed; 0: none would.
    pub passes: Option<i64>,
    /// The same for people.
    pub text: String,
}

impl DeniedBy {
    pub(crate) fn new(refusal: &Refusal, sight: &Sight) -> Self {
        let (check, figures) = (refusal.check.code(), sight.figures(refusal));
        Self {
            check: check.to_owned(),
            value: figures.map(|it| it.value),
            limit: figures.map(|it| it.limit),
            headroom: figures.map(|it| it.headroom),
            passes: figures.map(|it| it.passes),
            text: figures.map_or_else(|| format!("{check}: {OF_ACCOUNT}"), |it| it.to_string()),
        }
    }
}

impl OrderOutcome {
    /// Of an order that nothing is known of yet.
    pub(crate) fn unknown(instrument: &Instrument, key: Option<&str>) -> Self {
        Self {
            order: None,
            client_order_id: key.map(str::to_owned),
            symbol: instrument.symbol.to_string(),
            venue: instrument.venue.name().to_owned(),
            status: "UNKNOWN".to_owned(),
            qty: None,
            filled_qty: None,
            denied: None,
            rejected: None,
        }
    }

    /// Whether it was refused, by us or by the venue.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.denied.is_some() || self.rejected.is_some()
    }
}
