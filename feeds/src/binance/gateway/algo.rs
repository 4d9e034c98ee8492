//! Orders that wait for a price at both futures: there they are *algo orders*, of a service with ids, paths, lists and news
//! of its own. When one is pulled it becomes an order like others, under another id of the venue's.
//!
//! COIN-M has the same service since its accounts were joined with USD-M's on 2026-06-30
//! (<https://developers.binance.com/docs/derivatives/coin-margined-futures>), by REST alone as far as it is told.
//!
//! Owns: what is said of them and what is heard. Never: an order after it was pulled.

use super::hears::name_of;
use super::{BETWEEN, Binance, side_word};
use crate::error::{Field, FrameError};
use crate::gateway::ask::{AskId, Known};
use crate::gateway::call::{Call, Purse, Way};
use crate::gateway::heard::{Answer, Heard, OrderNews, OrderState, Whose};
use crate::grid::{needed, not_empty, text, time_ms};
use crate::json::Value;
use engine_model::order::{Order, OrderType, TriggerType};
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::RejectReason;

/// Paths of the service, and the weights of its questions.
#[derive(Debug)]
pub(super) struct Algo {
    /// Whether they are entered and withdrawn on the line, too; else by REST.
    pub(super) is_on_line: bool,
    pub(super) order: (&'static str, u32),
    pub(super) open: (&'static str, u32),
    pub(super) cancel_all: &'static str,
}

/// What the fields are called, in one of two ways.
struct Names {
    ours: &'static str,
    id: &'static str,
    symbol: &'static str,
    side: &'static str,
    qty: &'static str,
    px: &'static str,
    trigger: &'static str,
    state: &'static str,
    /// The id of the order that it became.
    became: &'static str,
}

const EVENT: Names = Names {
    ours: "caid",
    id: "aid",
    symbol: "s",
    side: "S",
    qty: "q",
    px: "p",
    trigger: "tp",
    state: "X",
    became: "ai",
};

const ANSWER: Names = Names {
    ours: "clientAlgoId",
    id: "algoId",
    symbol: "symbol",
    side: "side",
    qty: "quantity",
    px: "price",
    trigger: "triggerPrice",
    state: "algoStatus",
    became: "actualOrderId",
};

impl Binance {
    pub(super) fn place_waiting(
        &mut self,
        algo: &Algo,
        order: &Order,
        (id, now, line): (AskId, Nanos, usize),
        call: &mut Call,
    ) {
        let is_signed = algo.is_on_line && self.is_signed_on(line);
        self.param("algoType").put("CONDITIONAL");
        if is_signed {
            self.key_param();
        }
        self.param("clientAlgoId").order_id(order.client_order_id, BETWEEN);
        if order.px > Ticks(0) {
            self.price("price", order.instrument, order.px);
        }
        self.quantity("quantity", order.instrument, order.qty);
        if algo.is_on_line {
            self.receive_window();
        }
        if order.reduce_only {
            self.param("reduceOnly").put("true");
        }
        self.param("side").put(side_word(order.side));
        self.symbol(order.instrument);
        self.param("timeInForce").put("GTC");
        if algo.is_on_line {
            self.millis("timestamp", now);
        }
        self.price("triggerPrice", order.instrument, order.trigger_px);
        self.param("type").put(match order.order_type {
            OrderType::StopLimit => "STOP",
            OrderType::LimitIfTouched => "TAKE_PROFIT",
            OrderType::MarketIfTouched => "TAKE_PROFIT_MARKET",
            _ => "STOP_MARKET",
        });
        let by_mark = order.trigger_type == TriggerType::MarkPrice;
        self.param("workingType").put(if by_mark { "MARK_PRICE" } else { "CONTRACT_PRICE" });
        if algo.is_on_line {
            return self.message(line, "algoOrder.place", id, is_signed, Purse::Orders, call);
        }
        self.signed_rest(Way::Post, (algo.order.0, 1), now, call);
        call.purse = Purse::Orders;
    }

    pub(super) fn cancel_waiting(
        &mut self,
        algo: &Algo,
        known: &Known,
        (id, now, line): (AskId, Nanos, usize),
        call: &mut Call,
    ) {
        let is_signed = algo.is_on_line && self.is_signed_on(line);
        if is_signed {
            self.key_param();
        }
        if known.is_theirs() {
            self.param("algoId").put_bytes(known.venue_order_id.as_bytes());
        } else {
            self.client_id("clientAlgoId", known);
        }
        if !algo.is_on_line {
            self.signed_rest(Way::Delete, (algo.order.0, 1), now, call);
            call.purse = Purse::Cancels;
            return;
        }
        self.receive_window();
        self.millis("timestamp", now);
        self.message(line, "algoOrder.cancel", id, is_signed, Purse::Cancels, call);
    }

    /// `ALGO_UPDATE`.
    pub(super) fn hear_algo_update(&self, event: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
        let (row, at_ns) = (needed(event.member("o"), Field::Action)?, time_ms(event.member("T")));
        // What it is about to become may have told of itself already.
        if row.member(EVENT.state).and_then(Value::string).is_some_and(|state| state.is("TRIGGERING")) {
            return Ok(());
        }
        self.push_waiting(row, &EVENT, at_ns, heard).map(|_| ())
    }

    /// A row of an answer: whether it waits still, or ended so.
    pub(super) fn push_waiting_row(&self, row: Value<'_>, heard: &mut Vec<Heard>) -> Result<Answer, FrameError> {
        self.push_waiting(row, &ANSWER, time_ms(row.member("updateTime")), heard)
    }

    fn push_waiting(
        &self,
        row: Value<'_>,
        names: &Names,
        at_ns: Nanos,
        heard: &mut Vec<Heard>,
    ) -> Result<Answer, FrameError> {
        let [symbol, qty, px, trigger, state, became] =
            row.pick([names.symbol, names.qty, names.px, names.trigger, names.state, names.became]);
        let (whose, side) =
            self.heading_of([row.member(names.ours), None, row.member(names.id), row.member(names.side)])?;
        let state = match text(state, Field::State)? {
            state if state.is("NEW") || state.is("TRIGGERING") => OrderState::Open,
            state if state.is("TRIGGERED") || state.is("FINISHED") => {
                // What it became tells the rest under its own id.
                let venue_order_id = name_of(not_empty(became))?;
                heard.push(Heard::Triggered { whose: Whose { venue_order_id, ..whose }, at_ns });
                return Ok(Answer::Unknown);
            }
            state if state.is("CANCELED") => OrderState::Canceled,
            state if state.is("EXPIRED") => OrderState::Expired,
            state if state.is("REJECTED") => OrderState::Rejected(RejectReason::Other),
            _ => return Err(FrameError::Unreadable(Field::State)),
        };
        let instrument = self.instrument(symbol)?;
        let price = |px: Option<Value<'_>>| {
            not_empty(px).map_or(Ok(Ticks(0)), |px| self.steps(instrument, Field::Price, px).map(Ticks))
        };
        let (px, trigger) = (price(px)?, price(trigger)?);
        heard.push(Heard::Order(OrderNews {
            whose,
            instrument,
            side,
            px: if px > Ticks(0) { px } else { trigger },
            qty: Lots(self.steps(instrument, Field::Quantity, needed(qty, Field::Quantity)?)?),
            filled: Lots(0),
            state,
            waits: state == OrderState::Open,
            at_ns,
        }));
        Ok(Answer::Done)
    }
}
