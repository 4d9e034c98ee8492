//! Orders that wait for a price at Bitget: there they are *TP/SL orders*, which can only close what there is, with ids,
//! paths, lists and a channel of their own. One that is pulled becomes an order like others, whose id its past names
//! (<https://www.bitget.com/api-doc/contract/plan/Place-Tpsl-Order>,
//! <https://www.bitget.com/api-doc/contract/plan/orders-plan-history>).
//!
//! Its *trigger orders* could open something, but do not say from which side the price is to come: one whose price has come
//! already would wait for the way back. So what may do more than close a position is kept on our side.
//!
//! They are of several kinds, and are withdrawn by their kind: what a run before left is of that which the venue told.
//!
//! Owns: what is said of them, what is heard, and which kind those are of that are no stops. Never: an order after it was
//! pulled.

use super::Bitget;
use super::hears::state;
use crate::error::{Field, FrameError};
use crate::gateway::ask::{Ask, Known};
use crate::gateway::call::{Call, Purse};
use crate::gateway::heard::{Answer, Heard, OrderNews, OrderState, Whose};
use crate::gateway::read::{name, price, quantity, whose};
use crate::gateway::text::Text;
use crate::gateway::tongue::Unable;
use crate::grid::{buy_or_sell, needed, not_empty, text, time_ms};
use crate::json::Value;
use engine_model::instrument::{Instrument, InstrumentId, Name};
use engine_model::market::Side;
use engine_model::order::{Order, OrderType, TriggerType};
use engine_model::units::{Lots, Nanos, Ticks};
use std::collections::VecDeque;

/// What is subscribed to on the private line, of contracts only.
pub(super) const CHANNEL: (&str, &str) = ("orders-algo", "instId");

/// Where the question about one that waits goes on, once it was not found among those.
pub(super) const PAST: &str = "past";

const LOSS: &str = "loss_plan";
const PROFIT: &str = "profit_plan";

/// Kinds by the words of requests and lists, and by those of pushes; all but the first two are nobody's here.
const KINDS: [(&str, &str); 7] = [
    (LOSS, "sl"),
    (PROFIT, "tp"),
    ("pos_loss", "psl"),
    ("pos_profit", "ptp"),
    ("moving_plan", "mtpsl"),
    ("normal_plan", "pl"),
    ("track_plan", "track"),
];

/// Words for one that was pulled.
const PULLED: [&str; 3] = ["executing", "executed", "triggered"];

/// What is withdrawn once all stops are, and so the cursor of that question.
const THEN: &str = PROFIT;

fn kind(order: &Order) -> &'static str {
    if order.order_type.is_if_touched() { PROFIT } else { LOSS }
}

/// What triggers it, in the venue's words.
fn trigger_type(order: &Order) -> &'static str {
    if order.trigger_type == TriggerType::MarkPrice { "mark_price" } else { "fill_price" }
}

/// Those that stand and are no stops, by the venue's id, the latest last. Its room is there from the start.
#[derive(Debug)]
pub(super) struct Kinds(VecDeque<(Name, &'static str)>);

impl Kinds {
    /// More than the venue lets stand on a contract.
    const MOST: usize = 256;

    pub(super) fn new() -> Self {
        Self(VecDeque::with_capacity(Self::MOST))
    }

    fn learn(&mut self, id: Name, kind: &'static str, stands: bool) {
        let place = self.0.iter().position(|(known, _)| *known == id);
        match place {
            Some(place) if !stands => _ = self.0.remove(place),
            None if stands && kind != LOSS => {
                if self.0.len() == Self::MOST {
                    self.0.pop_front();
                }
                self.0.push_back((id, kind));
            }
            _ => {}
        }
    }

    fn of(&self, known: &Known) -> &'static str {
        let told = self.0.iter().find(|(id, _)| *id == known.venue_order_id);
        told.map_or_else(|| kind(&known.order), |(_, kind)| kind)
    }
}

impl Bitget {
    /// One that may open something is not of this kind: it is never sent.
    pub(super) fn place_waiting(&mut self, order: &Order, now: Nanos, call: &mut Call) -> Result<(), Unable> {
        if !order.reduce_only {
            return Err(Unable::NotThere);
        }
        self.begin_order(["", "/api/v2/mix/order/place-tpsl-order"], Purse::Orders, order.instrument, call);
        let (instrument, body) = (self.listed.get(order.instrument), &mut call.body);
        body.put(r#","planType":""#).put(kind(order)).put(r#"","triggerPrice":""#);
        body.price(instrument, order.trigger_px);
        body.put(r#"","triggerType":""#).put(trigger_type(order)).put(r#"","executePrice":""#);
        put_execute_price(order.order_type, instrument, order.px, body);
        // Whose position it closes: that of a buyer is long.
        body.put(if order.side == Side::Sell { r#"","holdSide":"buy""# } else { r#"","holdSide":"sell""# });
        body.put(r#","size":""#).quantity(instrument, order.qty);
        body.put(r#"","clientOid":""#).order_id(order.client_order_id, "-").put("\"}");
        self.sign(now, call);
        Ok(())
    }

    /// The price of a market order is its trigger.
    pub(super) fn modify_waiting(&mut self, known: &Known, px: Ticks, qty: Lots, now: Nanos, call: &mut Call) {
        let order = &known.order;
        self.begin_order(["", "/api/v2/mix/order/modify-tpsl-order"], Purse::Orders, order.instrument, call);
        let (instrument, body) = (self.listed.get(order.instrument), &mut call.body);
        let of_market = order.order_type.plain() != OrderType::Limit;
        body.put(r#","triggerPrice":""#).price(instrument, if of_market { px } else { order.trigger_px });
        body.put(r#"","triggerType":""#).put(trigger_type(order)).put(r#"","executePrice":""#);
        put_execute_price(order.order_type, instrument, px, body);
        body.put(r#"","size":""#).quantity(instrument, qty);
        body.put(r#"","clientOid":""#).order_id(known.id(), "-").put("\"}");
        self.sign(now, call);
    }

    pub(super) fn cancel_waiting(&mut self, known: &Known, now: Nanos, call: &mut Call) {
        self.begin_order(["", CANCEL], Purse::Cancels, known.order.instrument, call);
        let body = &mut call.body;
        body.put(r#","planType":""#).put(self.kinds.of(known)).put(r#"","orderIdList":[{"#);
        if known.venue_order_id == Name::default() {
            body.put(r#""clientOid":""#).order_id(known.id(), "-");
        } else {
            body.put(r#""orderId":""#).escaped(known.venue_order_id.as_bytes());
        }
        body.put("\"}]}");
        self.sign(now, call);
    }

    /// Every stop of an instrument; behind that answer every mirror image of one.
    pub(super) fn cancel_all_waiting(&mut self, ask: &Ask, of: InstrumentId, now: Nanos, call: &mut Call) {
        self.begin_order(["", CANCEL], Purse::Cancels, of, call);
        let kind = if self.page.cursor(ask).is_some() { THEN } else { LOSS };
        call.body.put(r#","planType":""#).put(kind).put("\"}");
        self.sign(now, call);
    }

    /// One of the two kinds is withdrawn.
    pub(super) fn withdrew_waiting(&mut self, ask: &Ask) -> Answer {
        if self.page.cursor(ask).is_none() {
            return self.page.goes_on(ask, THEN);
        }
        self.page.ends(ask);
        Answer::Done
    }

    /// Among those that wait; behind that answer, among those of the past.
    pub(super) fn ask_for_waiting(&mut self, ask: &Ask, known: &Known, now: Nanos, call: &mut Call) {
        let is_past = self.page.cursor(ask) == Some(PAST) || known.is_nameless();
        let path = if is_past { HISTORY } else { PENDING };
        self.get_of(["", path], known.order.instrument, now, call, |_, query| {
            query.put("&planType=profit_loss&clientOid=").order_id(known.id(), "-");
        });
    }

    pub(super) fn open_waiting(&mut self, ask: &Ask, of: InstrumentId, now: Nanos, call: &mut Call) {
        self.get_of(["", PENDING], of, now, call, |this, query| {
            query.put("&planType=profit_loss");
            this.put_page(ask, query);
        });
    }

    /// The answer to a question about one: the list that it stands in, or stood.
    pub(super) fn hear_waiting(
        &mut self,
        ask: &Ask,
        known: &Known,
        data: Option<Value<'_>>,
        heard: &mut Vec<Heard>,
    ) -> Result<Answer, FrameError> {
        let of = Some(*self.listed.get(known.order.instrument));
        let is_past = self.page.cursor(ask) == Some(PAST) || known.is_nameless();
        let list = data.and_then(|data| data.member("entrustedList"));
        let mut answer = None;
        // Rows of others were not asked for.
        let is_it = |row: &Value<'_>| {
            row.member("clientOid")
                .is_some_and(|ours| whose(Some(ours), b'-', None).is_ok_and(|of| of.ours == Some(known.id())))
        };
        for row in list.into_iter().flat_map(Value::elements).filter(is_it) {
            answer = Some(self::row(of.as_ref(), row, &mut self.kinds, heard)?);
        }
        Ok(match answer {
            Some(answer) => {
                self.page.ends(ask);
                answer
            }
            None if is_past => {
                self.page.ends(ask);
                // One that was pulled was there: its past comes late.
                if known.is_nameless() { Answer::Unknown } else { Answer::NoSuchOrder }
            }
            None => self.page.goes_on(ask, PAST),
        })
    }
}

fn put_execute_price(order_type: OrderType, instrument: &Instrument, px: Ticks, body: &mut Text) {
    if order_type.plain() == OrderType::Limit {
        body.price(instrument, px);
    } else {
        // At the market.
        body.put("0");
    }
}

/// Whether any of those that were to be withdrawn could not be.
pub(super) fn has_failures(data: Option<Value<'_>>) -> bool {
    let list = data.and_then(|data| data.member("failureList"));
    list.into_iter().flat_map(Value::elements).next().is_some()
}

const CANCEL: &str = "/api/v2/mix/order/cancel-plan-order";
const PENDING: &str = "/api/v2/mix/order/orders-plan-pending?";
const HISTORY: &str = "/api/v2/mix/order/orders-plan-history?";

/// One that waits, or waited: a push, or a row of a list.
pub(super) fn row(
    of: Option<&Instrument>,
    row: Value<'_>,
    kinds: &mut Kinds,
    heard: &mut Vec<Heard>,
) -> Result<Answer, FrameError> {
    let [theirs, ours, became, side, qty] = row.pick(["orderId", "clientOid", "executeOrderId", "side", "size"]);
    let [status, other_status, plan, order_type, at, created_at] =
        row.pick(["status", "planStatus", "planType", "orderType", "uTime", "cTime"]);
    let whose = whose(ours, b'-', theirs)?;
    let (is_ours, at_ns) = (whose.ours.is_some(), time_ms(not_empty(at).or(created_at)));
    let status = text(not_empty(status).or(other_status), Field::State)?;
    let plan = plan.and_then(Value::string);
    let is_it = |(long, short): &(&str, &str)| plan.is_some_and(|plan| plan.is(long) || plan.is(short));
    let kind = KINDS.into_iter().find(is_it).map_or(LOSS, |(kind, _)| kind);
    kinds.learn(whose.venue_order_id, kind, status.is("live"));
    if PULLED.iter().any(|pulled| status.is(pulled)) {
        // What it became is told of under an id of its own, which only its past names.
        let became = not_empty(became).map(|id| name(id, Field::Id)).transpose()?.unwrap_or_default();
        heard.push(Heard::Triggered { whose: Whose { venue_order_id: became, ..whose }, at_ns });
        return Ok(Answer::Unknown);
    }
    let is_market = order_type.and_then(Value::string).is_some_and(|kind| kind.is("market"));
    // Some messages name prices by what they are for.
    let first = |names: [&str; 3]| row.pick(names).into_iter().find_map(not_empty);
    let trigger = first(["triggerPrice", "stopLossTriggerPrice", "stopSurplusTriggerPrice"]);
    let limit = first(["executePrice", "stopLossPrice", "stopSurplusPrice"]).or(not_empty(row.member("price")));
    let limit = limit.filter(|_| !is_market);
    let limit = limit.map_or(Ok(Ticks(0)), |px| price(of, Some(px), is_ours))?;
    let failed = ["fail_trigger", "fail_execute"].iter().any(|failed| status.is(failed));
    let state = if failed { OrderState::Canceled } else { state(status)? };
    heard.push(Heard::Order(OrderNews {
        whose,
        instrument: of.map(|of| of.id),
        side: buy_or_sell(text(side, Field::Side)?)?,
        px: if limit > Ticks(0) { limit } else { price(of, trigger, is_ours)? },
        qty: quantity(of, Some(needed(qty, Field::Quantity)?), is_ours)?,
        filled: Lots(0),
        state,
        waits: state == OrderState::Open,
        at_ns,
    }));
    Ok(Answer::Done)
}
