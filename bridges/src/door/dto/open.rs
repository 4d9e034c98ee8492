//! Orders that are not final, and the terms on which they stand.

use super::{side_name, told_ns};
use crate::desk::portfolio as desk;
use crate::hub::terms::Terms;
use engine_model::instrument::{Grid, Instruments};
use engine_model::order::{ClientOrderId, Contingency, OffsetUnit, Order};
use engine_model::units::Ticks;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Orders that are not final.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Orders {
    /// In the order of their ids.
    pub open: Vec<OpenOrder>,
    /// Whether these are all: `false` once the bridge came too late for a report.
    pub complete: bool,
}

/// One order that is not final.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpenOrder {
    /// Ours.
    pub client_order_id: String,
    /// Index of the strategy; 0 is the operator.
    pub strategy: u8,
    /// The venue's spelling.
    pub symbol: String,
    /// Where.
    pub venue: String,
    /// `BUY` or `SELL`.
    pub side: String,
    /// Where it is in its life.
    pub status: String,
    /// Its limit; `null` for a market order, and for one that is a market order once its price comes.
    pub px: Option<String>,
    /// Whole.
    pub qty: String,
    /// Of that, done.
    pub filled_qty: String,
    /// When it last changed.
    pub changed_at_ns: u64,
    /// How it is priced and how long it stands; `null` where this run does not know: the order was entered before it, or
    /// news of it were missed.
    pub terms: Option<OrderTerms>,
}

/// On what terms an order stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrderTerms {
    /// `LIMIT`, `MARKET`, `STOP_MARKET`, `STOP_LIMIT`, `MARKET_TO_LIMIT`, `MARKET_IF_TOUCHED`, `LIMIT_IF_TOUCHED`,
    /// `TRAILING_STOP_MARKET` or `TRAILING_STOP_LIMIT`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `GTC`, `IOC`, `FOK`, `GTD` or `DAY`.
    pub time_in_force: String,
    /// When a `GTD` order ends: seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expire_at_s: Option<u32>,
    /// Must rest.
    pub post_only: bool,
    /// May only make the position smaller.
    pub reduce_only: bool,
    /// Most that is shown at once; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_qty: Option<String>,
    /// What pulls it; absent of an order that waits for none, of one that trails from its first price on, and of one that
    /// its strategy may have moved, which tells nobody where to. The trigger of one that trails has moved since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger_px: Option<String>,
    /// Which price pulls it, of one that waits for a price: `LAST_PRICE`, `MARK_PRICE`, `INDEX_PRICE`, `BID_ASK`,
    /// `MID_POINT`, `DOUBLE_LAST`, `DOUBLE_BID_ASK` or `LAST_OR_BID_ASK`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger_by: Option<String>,
    /// Whether that price came: it is a plain order since.
    pub is_triggered: bool,
    /// How far a trailing trigger stays behind: a decimal, or bps as `30bps`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trailing_offset: Option<String>,
    /// How far a trailing limit lies beyond its trigger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_offset: Option<String>,
    /// How it is tied to others: `OCO` (one cancels the other), `OUO` (one updates the other), `SLICE` (of its parent), or
    /// the algorithm that works it in slices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tied: Option<String>,
    /// The first order of its list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<String>,
    /// The order that it is a slice of, or whose fills let it go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// When risk let it pass.
    pub passed_at_ns: Option<u64>,
}

impl OpenOrder {
    pub(crate) fn list(instruments: &Instruments, orders: &[desk::OpenOrder]) -> Vec<Self> {
        orders.iter().map(|order| Self::new(instruments, order)).collect()
    }

    fn new(instruments: &Instruments, order: &desk::OpenOrder) -> Self {
        let report = &order.report;
        let instrument = instruments.get(report.instrument);
        let grid = &instrument.grid;
        Self {
            client_order_id: report.client_order_id.to_string(),
            strategy: report.strategy.0,
            symbol: instrument.symbol.to_string(),
            venue: instrument.venue.name().to_owned(),
            side: side_name(report.side),
            status: report.status.name().to_owned(),
            px: order.limit().map(|px| grid.price_text(px)),
            qty: grid.qty_text(report.qty),
            filled_qty: grid.qty_text(report.filled_qty),
            changed_at_ns: report.received_at_ns.0,
            terms: order.terms.as_ref().map(|terms| OrderTerms::new(grid, terms)),
        }
    }
}

impl OrderTerms {
    fn new(grid: &Grid, terms: &Terms) -> Self {
        let order = &terms.order;
        let kind = order.order_type;
        let number = |counter| sibling(order.client_order_id, counter);
        Self {
            kind: kind.name().to_owned(),
            time_in_force: order.time_in_force.name().to_owned(),
            expire_at_s: (order.expire_at_s > 0).then_some(order.expire_at_s),
            post_only: order.post_only,
            reduce_only: order.reduce_only,
            display_qty: (order.display_qty.0 > 0).then(|| grid.qty_text(order.display_qty)),
            trigger_px: (order.trigger_px.0 > 0).then(|| grid.price_text(order.trigger_px)),
            trigger_by: kind.has_trigger().then(|| order.trigger_type.name().to_owned()),
            is_triggered: terms.is_pulled,
            trailing_offset: offset(grid, order, order.trailing_offset),
            limit_offset: offset(grid, order, order.limit_offset),
            tied: tied(order.contingency).map(str::to_owned),
            list: number(order.list),
            parent: number(order.parent),
            passed_at_ns: told_ns(terms.passed_at),
        }
    }
}

/// As it is written when an order is entered.
pub(crate) fn offset(grid: &Grid, order: &Order, distance: u32) -> Option<String> {
    let text = match order.offset_unit {
        OffsetUnit::Bps => format!("{distance}bps"),
        OffsetUnit::Ticks => grid.price_text(Ticks(i64::from(distance))),
    };
    (distance > 0).then_some(text)
}

pub(crate) const fn tied(contingency: Contingency) -> Option<&'static str> {
    match contingency {
        Contingency::None => None,
        Contingency::Oco => Some("OCO"),
        Contingency::Ouo => Some("OUO"),
        Contingency::Spawned => Some("SLICE"),
        Contingency::Primary(algorithm) => Some(algorithm.name()),
    }
}

/// The order of the same strategy and run with that counter.
fn sibling(of: ClientOrderId, counter: u32) -> Option<String> {
    (counter != 0).then(|| ClientOrderId::new(of.strategy(), of.epoch(), counter).to_string())
}
