//! Orders that wait for a price at OKX: there they are *algo orders*, entered by REST and told of on a line of their own,
//! with ids, paths and a list of their own. When one is pulled it becomes an order like others, which names the one that it
//! came from by our id, and bears none of ours itself (<https://www.okx.com/docs-v5/en/#order-book-trading-algo-trading>).
//!
//! Only those with one price to wait for are used (`conditional`): a stop as a stop loss, its mirror image as a take profit.
//!
//! Owns: what is said of them and what is heard. Never: an order after it was pulled.

use super::hears::Head;
use super::{BETWEEN, Okx};
use crate::error::{Field, FrameError};
use crate::gateway::ask::Known;
use crate::gateway::call::{Call, Purse, Way};
use crate::gateway::heard::{Answer, Heard, OrderNews, OrderState, Whose};
use crate::gateway::read::{Listed, name, price, quantity};
use crate::grid::{needed, not_empty, text, time_ms};
use crate::json::Value;
use engine_model::market::Side;
use engine_model::order::{Order, OrderType, TriggerType};
use engine_model::units::{Lots, Nanos, Ticks};

/// What is subscribed to on their line.
pub(super) const CHANNELS: [&str; 1] = [r#""orders-algo","instType":"ANY""#];

/// That are withdrawn in one request.
pub(super) const BATCH: usize = 10;

/// What one that waits is called among orders.
pub(super) const KIND: &str = "conditional";

/// The price of a market order.
const MARKET: &str = "-1";

impl Okx {
    pub(super) fn place_waiting(&mut self, order: &Order, now: Nanos, call: &mut Call) {
        let instrument = self.listed.get(order.instrument);
        let name = if order.order_type.is_if_touched() { "tp" } else { "sl" };
        call.begin(Way::Post, Purse::Orders);
        call.path.put("/api/v5/trade/order-algo");
        let body = &mut call.body;
        body.put(r#"{"instId":""#).put(instrument.symbol.as_str()).put(r#"","tdMode":"cross""#);
        body.put(if order.side == Side::Buy { r#","side":"buy""# } else { r#","side":"sell""# });
        body.put(r#","ordType":"conditional","sz":""#).quantity(instrument, order.qty).put(r#"",""#);
        body.put(name).put(r#"TriggerPx":""#).price(instrument, order.trigger_px).put(r#"",""#);
        body.put(name).put(r#"TriggerPxType":""#).put(trigger_by(order.trigger_type)).put(r#"",""#);
        body.put(name).put(r#"OrdPx":""#);
        if order.order_type.plain() == OrderType::Limit {
            body.price(instrument, order.px);
        } else {
            body.put(MARKET);
        }
        body.put(if order.reduce_only { r#"","reduceOnly":true"# } else { "\"" });
        body.put(r#","algoClOrdId":""#).order_id(order.client_order_id, BETWEEN).put("\"}");
        self.sign_body(now, call);
    }

    /// The price of a market order is its trigger.
    pub(super) fn modify_waiting(&mut self, order: &Order, px: Ticks, qty: Lots, now: Nanos, call: &mut Call) {
        let instrument = self.listed.get(order.instrument);
        let of_market = order.order_type.plain() != OrderType::Limit;
        call.begin(Way::Post, Purse::Orders);
        call.path.put("/api/v5/trade/amend-algos");
        let body = &mut call.body;
        body.put(r#"{"instId":""#).put(instrument.symbol.as_str()).put(r#"","algoClOrdId":""#);
        body.order_id(order.client_order_id, BETWEEN).put(r#"","newSz":""#).quantity(instrument, qty).put(r#"",""#);
        body.put(if order.order_type.is_if_touched() { "newTp" } else { "newSl" });
        body.put(if of_market { r#"TriggerPx":""# } else { r#"OrdPx":""# }).price(instrument, px).put("\"}");
        self.sign_body(now, call);
    }

    pub(super) fn cancel_waiting(&mut self, known: &Known, now: Nanos, call: &mut Call) {
        call.begin(Way::Post, Purse::Cancels);
        call.path.put("/api/v5/trade/cancel-algos");
        call.body.put(r#"[{"instId":""#).put(self.symbol(known.order.instrument));
        if known.is_theirs() {
            call.body.put(r#"","algoId":""#).escaped(known.venue_order_id.as_bytes()).put("\"}]");
        } else {
            call.body.put(r#"","algoClOrdId":""#).order_id(known.id(), BETWEEN).put("\"}]");
        }
        self.sign_body(now, call);
    }

    pub(super) fn ask_for_waiting(&mut self, known: &Known, now: Nanos, call: &mut Call) {
        self.get("/api/v5/trade/order-algo?algoClOrdId=", now, call, |_, query| {
            query.order_id(known.id(), BETWEEN);
        });
    }
}

fn trigger_by(which: TriggerType) -> &'static str {
    match which {
        TriggerType::MarkPrice => "mark",
        TriggerType::IndexPrice => "index",
        _ => "last",
    }
}

/// One that waits, or waited: a row of its line, of its list, or of an answer.
pub(super) fn row(listed: &Listed, row: Value<'_>, heard: &mut Vec<Heard>) -> Result<Answer, FrameError> {
    let head = Head::of_waiting(listed, row)?;
    let [qty, state, became, all, at, changed_at] = row.pick(["sz", "state", "ordId", "ordIdList", "cTime", "uTime"]);
    let at_ns = time_ms(not_empty(changed_at).or(not_empty(at)));
    let state = match text(state, Field::State)? {
        state if state.is("live") || state.is("pause") => OrderState::Open,
        state if ["effective", "partially_effective"].iter().any(|pulled| state.is(pulled)) => {
            // What it became tells the rest under its own id.
            let became = not_empty(became).or_else(|| all?.elements().next());
            let venue_order_id = became.map(|id| name(id, Field::Id)).transpose()?.unwrap_or_default();
            heard.push(Heard::Triggered { whose: Whose { venue_order_id, ..head.whose }, at_ns });
            return Ok(Answer::Unknown);
        }
        state if state.is("canceled") => OrderState::Canceled,
        state if state.is("order_failed") || state.is("partially_failed") => OrderState::Canceled,
        _ => return Err(FrameError::Unreadable(Field::State)),
    };
    let [stop, stop_px, touched, touched_px] = row.pick(["slTriggerPx", "slOrdPx", "tpTriggerPx", "tpOrdPx"]);
    let (trigger, px) = if not_empty(stop).is_some() { (stop, stop_px) } else { (touched, touched_px) };
    let is_limit = not_empty(px).is_some_and(|px| !px.string().is_some_and(|px| px.is(MARKET)));
    heard.push(Heard::Order(OrderNews {
        whose: head.whose,
        instrument: head.of.map(|of| of.id),
        side: head.side,
        px: match not_empty(if is_limit { px } else { trigger }) {
            Some(px) => price(head.of, Some(px), head.is_ours())?,
            None => Ticks(0),
        },
        qty: quantity(head.of, Some(needed(qty, Field::Quantity)?), head.is_ours())?,
        filled: Lots(0),
        state,
        waits: state == OrderState::Open,
        at_ns,
    }));
    Ok(Answer::Done)
}
