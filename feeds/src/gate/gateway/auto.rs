//! Orders that wait for a price at Gate, on contracts alone: *automatic orders*, entered by REST and told of on a channel of
//! their own, with ids, paths and a list of their own. When one is pulled it becomes an order like others, whose id it names,
//! and which may bear none of ours (<https://www.gate.com/docs/developers/apiv4/en/#create-a-price-triggered-order>).
//!
//! There they are asked for by the venue's id only. One of which it was not told is looked for among those that wait, then
//! among those of the past, by the text that it was entered with.
//!
//! Owns: what is said of them, what is heard, and what the venue calls each. Never: an order after it was pulled.

use super::hears::{is_below_nothing, magnitude, ours, time_of};
use super::{Gate, OPEN_ORDERS_MAX, PREFIX};
use crate::error::{Field, FrameError};
use crate::gateway::ask::{Ask, Known};
use crate::gateway::call::{Call, Purse, Way};
use crate::gateway::heard::{Answer, Heard, OrderNews, OrderState, Whose};
use crate::gateway::read::{Listed, name, price, quantity, whose_is};
use crate::gateway::text::Text;
use crate::gateway::tongue::Unable;
use crate::grid::{needed, not_empty, text};
use crate::json::{TextBuffer, Value};
use engine_model::instrument::{Instrument, InstrumentId, Name};
use engine_model::market::Side;
use engine_model::order::{ClientOrderId, Order, OrderType, TriggerType};
use engine_model::units::{Lots, Nanos, Ticks};
use std::collections::VecDeque;

/// What is subscribed to on the line, of contracts only.
pub(super) const CHANNEL: &str = "autoorders";

/// Where the question about one goes on once it was not found among those that wait.
const PAST: &str = "finished";

/// What the venue calls those of ours that wait or waited, the latest last. Its room is there from the start.
#[derive(Debug)]
pub(super) struct Ids(VecDeque<(ClientOrderId, Name)>);

impl Ids {
    /// Of one that was forgotten the lists tell it again.
    const MOST: usize = 256;

    pub(super) fn new() -> Self {
        Self(VecDeque::with_capacity(Self::MOST))
    }

    fn learn(&mut self, ours: ClientOrderId, theirs: Name) {
        if self.of(ours).is_some() {
            return;
        }
        if self.0.len() == Self::MOST {
            self.0.pop_front();
        }
        self.0.push_back((ours, theirs));
    }

    fn of(&self, ours: ClientOrderId) -> Option<Name> {
        self.0.iter().find(|(id, _)| *id == ours).map(|(_, name)| *name)
    }

    fn whose(&self, theirs: Name) -> Option<ClientOrderId> {
        self.0.iter().find(|(_, name)| *name == theirs).map(|(id, _)| *id)
    }
}

/// By which price it is pulled.
fn price_type(order: &Order) -> u64 {
    match order.trigger_type {
        TriggerType::MarkPrice => 1,
        TriggerType::IndexPrice => 2,
        _ => 0,
    }
}

/// What is sold is below nothing. Contracts that are no whole number have a name of their own: without it nothing would stand
/// for all there is.
fn put_size(side: Side, instrument: &Instrument, qty: Lots, to: &mut Text) {
    let (grid, sign) = (&instrument.grid, if side == Side::Sell { "-" } else { "" });
    let one = 10_i64.pow(u32::from(grid.qty_decimals));
    let units = qty.0.saturating_mul(grid.lot_step);
    if units % one == 0 {
        to.put(r#""size":"#).put(sign).whole((units / one).unsigned_abs());
    } else {
        to.put(r#""amount":""#).put(sign).quantity(instrument, qty).put("\"");
    }
}

/// At the market is a price of nothing.
fn put_limit(order: &Order, px: Ticks, instrument: &Instrument, to: &mut Text) {
    to.put(r#","price":""#);
    if order.order_type.plain() == OrderType::Limit {
        to.price(instrument, px);
    } else {
        to.put("0");
    }
    to.put("\"");
}

impl Gate {
    /// What the venue calls it where it waits, or waited.
    fn theirs(&self, known: &Known) -> Option<Name> {
        let told = known.venue_order_id;
        if known.waits() && told != Name::default() { Some(told) } else { self.ids.of(known.id()) }
    }

    /// One that answered to that question is called so.
    pub(super) fn learn_waiting(&mut self, order: &Order, said: Value<'_>) -> Result<(), FrameError> {
        let id = needed(said.member("id"), Field::Id)?;
        self.ids.learn(order.client_order_id, name(id, Field::Id)?);
        Ok(())
    }

    pub(super) fn place_waiting(&mut self, order: &Order, now: Nanos, call: &mut Call) {
        self.rest(Way::Post, Purse::Orders, now, call, |this, path, body| {
            let instrument = this.listed.get(order.instrument);
            let of_market = order.order_type.plain() != OrderType::Limit;
            path.put("/price_orders");
            body.put(r#"{"initial":{"#);
            this.put_symbol(order.instrument, body);
            body.put(",");
            put_size(order.side, instrument, order.qty, body);
            put_limit(order, order.px, instrument, body);
            body.put(if of_market { r#","tif":"ioc""# } else { r#","tif":"gtc""# });
            body.put(if order.reduce_only { r#","reduce_only":true"# } else { "" });
            body.put(r#","text":""#).put(PREFIX).order_id(order.client_order_id, "-");
            body.put(r#""},"trigger":{"strategy_type":0,"price_type":"#).whole(price_type(order));
            body.put(r#","price":""#).price(instrument, order.trigger_px);
            // Pulled at or above it, or at or below.
            body.put(if order.rises() { r#"","rule":1}}"# } else { r#"","rule":2}}"# });
        });
    }

    /// The price of a market order is its trigger.
    pub(super) fn modify_waiting(
        &mut self,
        known: &Known,
        (px, qty): (Ticks, Lots),
        now: Nanos,
        call: &mut Call,
    ) -> Result<(), Unable> {
        let (theirs, order) = (self.theirs(known).ok_or(Unable::NotYet)?, &known.order);
        self.rest(Way::Put, Purse::Orders, now, call, |this, path, body| {
            let instrument = this.listed.get(order.instrument);
            let of_market = order.order_type.plain() != OrderType::Limit;
            path.put("/price_orders/amend");
            body.put(r#"{"order_id":"#).put_bytes(theirs.as_bytes()).put(",");
            put_size(order.side, instrument, qty, body);
            put_limit(order, px, instrument, body);
            body.put(r#","trigger_price":""#).price(instrument, if of_market { px } else { order.trigger_px });
            body.put(r#"","price_type":"#).whole(price_type(order)).put("}");
        });
        Ok(())
    }

    pub(super) fn cancel_waiting(&mut self, known: &Known, now: Nanos, call: &mut Call) -> Result<(), Unable> {
        let theirs = self.theirs(known).ok_or(Unable::NotYet)?;
        self.rest(Way::Delete, Purse::Cancels, now, call, |_, path, _| {
            path.put("/price_orders/").put_bytes(theirs.as_bytes());
        });
        Ok(())
    }

    pub(super) fn cancel_all_waiting(&mut self, of: InstrumentId, now: Nanos, call: &mut Call) {
        self.rest(Way::Delete, Purse::Cancels, now, call, |this, path, _| {
            path.put("/price_orders?contract=").put(this.symbol(of));
        });
    }

    /// By the venue's id; without it among those that wait, then among those of the past.
    pub(super) fn ask_for_waiting(&mut self, ask: &Ask, known: &Known, now: Nanos, call: &mut Call) {
        let theirs = self.theirs(known);
        self.get(now, call, |this, path| {
            path.put("/price_orders");
            if let Some(theirs) = theirs {
                path.put("/").put_bytes(theirs.as_bytes());
                return;
            }
            path.put("?contract=").put(this.symbol(known.order.instrument));
            if this.page.cursor(ask) == Some(PAST) {
                path.put("&status=finished&limit=").whole(OPEN_ORDERS_MAX as u64);
                return;
            }
            path.put("&status=open");
            this.put_page(ask, OPEN_ORDERS_MAX, path);
        });
    }

    pub(super) fn open_waiting(&mut self, ask: &Ask, of: InstrumentId, now: Nanos, call: &mut Call) {
        self.get(now, call, |this, path| {
            path.put("/price_orders?contract=").put(this.symbol(of)).put("&status=open");
            this.put_page(ask, OPEN_ORDERS_MAX, path);
        });
    }

    /// The answer to a question about one: itself, or the list that it stands in, or stood.
    pub(super) fn hear_waiting(
        &mut self,
        ask: &Ask,
        known: &Known,
        said: Value<'_>,
        heard: &mut Vec<Heard>,
    ) -> Result<Answer, FrameError> {
        if said.is_object() {
            return row(&self.listed, &mut self.ids, said, heard);
        }
        let is_it = |row: &Value<'_>| {
            ours(row.member("initial").and_then(|initial| initial.member("text"))) == Some(known.id())
        };
        if let Some(found) = said.elements().find(is_it) {
            self.page.ends(ask);
            return row(&self.listed, &mut self.ids, found, heard);
        }
        if self.page.cursor(ask) == Some(PAST) {
            self.page.ends(ask);
            return Ok(Answer::NoSuchOrder);
        }
        if said.elements().count() < OPEN_ORDERS_MAX {
            return Ok(self.page.goes_on(ask, PAST));
        }
        let before = self.page.cursor(ask).and_then(|cursor| cursor.parse().ok()).unwrap_or(0);
        Ok(self.page.goes_on(ask, &(before + OPEN_ORDERS_MAX).to_string()))
    }
}

/// One that waits, or waited: a push, a row of a list, or an answer.
pub(super) fn row(
    listed: &Listed,
    ids: &mut Ids,
    row: Value<'_>,
    heard: &mut Vec<Heard>,
) -> Result<Answer, FrameError> {
    let [initial, trigger, id, became, status, how] =
        row.pick(["initial", "trigger", "id", "trade_id", "status", "finish_as"]);
    let initial = needed(initial, Field::Action)?;
    let [symbol, amount, size, px, text_of] = initial.pick(["contract", "amount", "size", "price", "text"]);
    let mut whose = whose_is(ours(text_of), Some(needed(id, Field::Id)?))?;
    // A text that the venue did not keep.
    whose.ours = whose.ours.or_else(|| ids.whose(whose.venue_order_id));
    if let Some(ours) = whose.ours {
        ids.learn(ours, whose.venue_order_id);
    }
    let (is_ours, at_ns) = (whose.ours.is_some(), time_of(row, ["finish_time", "create_time", "", ""]));
    let became = not_empty(became).map(|id| name(id, Field::Id)).transpose()?.filter(|id| id.as_str() != "0");
    let status = text(status, Field::State)?;
    let ended = |word: &str| how.and_then(Value::string).is_some_and(|how| how.is(word));
    let is_told = not_empty(how).is_some();
    let state = match status {
        status if status.is("open") || status.is("inactive") => OrderState::Open,
        status if !["finished", "invalid"].iter().any(|end| status.is(end)) => {
            return Err(FrameError::Unreadable(Field::State));
        }
        _ if ended("succeeded") || (became.is_some() && !is_told) => {
            // What it became tells the rest under its own id.
            let venue_order_id = became.unwrap_or_default();
            heard.push(Heard::Triggered { whose: Whose { venue_order_id, ..whose }, at_ns });
            return Ok(Answer::Unknown);
        }
        status if ended("expired") && status.is("finished") => OrderState::Expired,
        _ if is_told || status.is("invalid") => OrderState::Canceled,
        // It ended, and how is not told: pulled or withdrawn, which an answer says.
        _ => return Ok(Answer::Unknown),
    };
    let mut room = TextBuffer::default();
    let symbol = text(symbol, Field::Symbol)?.plain(&mut room).ok_or(FrameError::Unreadable(Field::Symbol))?;
    let (of, size) = (listed.find(symbol), needed(not_empty(amount).or(size), Field::Quantity)?);
    let limit = price(of, px, is_ours)?;
    let pulled_at = trigger.and_then(|trigger| trigger.member("price"));
    heard.push(Heard::Order(OrderNews {
        whose,
        instrument: of.map(|of| of.id),
        side: if is_below_nothing(size) { Side::Sell } else { Side::Buy },
        px: if limit > Ticks(0) { limit } else { price(of, pulled_at, is_ours)? },
        qty: magnitude(quantity(of, Some(size), is_ours)?),
        filled: Lots(0),
        state,
        waits: state == OrderState::Open,
        at_ns,
    }));
    Ok(Answer::Done)
}
