//! The algo service of both futures: orders that wait for a price, their own ids, paths and news.
//!
//! Owns: its words. Never: when one is pulled, which is `crate::account`'s; an order after that, which is told like others.

use super::clerk::Clerk;
use super::refusal::{Asking, No};
use super::words::{ms, side};
use crate::account::{Amount, By, Cause, Entry, Event, Order, Refusal, Stands, State, Trigger, Which};
use crate::listing::Listing;
use crate::object::{Object, array};
use engine_model::instrument::Instrument;
use engine_model::market::Side;
use engine_model::units::{Lots, Ticks};

/// The service counts for itself.
const FIRST: u64 = 27_000_000_000;

fn algo_id(order: &Order) -> u64 {
    order.id - FIRST
}

/// Where it is in the service's words.
fn status(order: &Order) -> &'static str {
    match (order.waits, order.state) {
        (true, State::Open) => "NEW",
        (true, State::Expired) => "EXPIRED",
        (true, _) => "CANCELED",
        (false, State::Open) => "TRIGGERED",
        (false, _) => "FINISHED",
    }
}

/// It is a stop where its price is worse than the market's.
fn kind(order: &Order) -> &'static str {
    let is_stop = order.trigger.is_some_and(|trigger| trigger.rises == (order.side == Side::Buy));
    match (is_stop, order.px) {
        (true, None) => "STOP_MARKET",
        (true, Some(_)) => "STOP",
        (false, None) => "TAKE_PROFIT_MARKET",
        (false, Some(_)) => "TAKE_PROFIT",
    }
}

fn working_type(order: &Order) -> &'static str {
    if order.trigger.is_some_and(|trigger| trigger.by == By::Mark) { "MARK_PRICE" } else { "CONTRACT_PRICE" }
}

/// Limit, trigger and quantity.
fn amounts(order: &Order, instrument: &Instrument) -> [String; 3] {
    let px = |px: Option<i64>| instrument.grid.price_text(Ticks(px.unwrap_or(0)));
    [px(order.px), px(order.trigger.map(|trigger| trigger.px)), instrument.grid.qty_text(Lots(order.qty))]
}

fn became(order: &Order) -> String {
    if order.waits { String::new() } else { order.id.to_string() }
}

fn told(order: &Order, listings: &[Listing]) -> String {
    let instrument = &listings[order.instrument].instrument;
    let [px, trigger, qty] = amounts(order, instrument);
    Object::new()
        .raw("algoId", algo_id(order))
        .text("clientAlgoId", &order.client_id)
        .text("algoType", "CONDITIONAL")
        .text("orderType", kind(order))
        .text("symbol", instrument.symbol.as_str())
        .text("side", side(order.side))
        .text("positionSide", "BOTH")
        .text("timeInForce", "GTC")
        .text("quantity", &qty)
        .text("algoStatus", status(order))
        .text("actualOrderId", &became(order))
        .text("actualPrice", "0.00000")
        .text("triggerPrice", &trigger)
        .text("price", &px)
        .text("workingType", working_type(order))
        .raw("reduceOnly", order.reduce_only)
        .raw("createTime", ms(order.entered_at_ns))
        .raw("updateTime", ms(order.changed_at_ns))
        .end()
}

/// What the service tells of an event; nothing of an order that was never its own.
pub(super) fn news(event: &Event, listing: &Listing) -> Vec<String> {
    let order = &event.order;
    let is_over = order.state != State::Open;
    let states: &[&str] = match event.cause {
        _ if order.trigger.is_none() => &[],
        Cause::Triggered => &["TRIGGERING", "TRIGGERED"],
        _ if order.waits || is_over => &[status(order)],
        _ => &[],
    };
    states.iter().map(|state| update(event, state, &listing.instrument)).collect()
}

fn update(event: &Event, state: &str, instrument: &Instrument) -> String {
    let order = &event.order;
    let [px, trigger, qty] = amounts(order, instrument);
    let became = if state == "TRIGGERING" { String::new() } else { became(order) };
    let update = Object::new()
        .text("caid", &order.client_id)
        .raw("aid", algo_id(order))
        .text("at", "CONDITIONAL")
        .text("o", kind(order))
        .text("s", instrument.symbol.as_str())
        .text("S", side(order.side))
        .text("ps", "BOTH")
        .text("f", "GTC")
        .text("q", &qty)
        .text("X", state)
        .text("ai", &became)
        .text("tp", &trigger)
        .text("p", &px)
        .text("wt", working_type(order))
        .raw("R", order.reduce_only)
        .text("rm", "")
        .end();
    let (sent, made) = (ms(event.at_ns), ms(event.at_ns));
    Object::new().text("e", "ALGO_UPDATE").raw("T", made).raw("E", sent).raw("o", update).end()
}

impl Clerk<'_, '_> {
    pub(super) fn place_waiting(&mut self) -> Result<String, No> {
        let params = self.params;
        let instrument = params.need_instrument(self.listings)?;
        let grid = self.listings[instrument].instrument.grid;
        if params.need("algoType")? != "CONDITIONAL" {
            return Err(No::malformed("algoType"));
        }
        let side = match params.need("side")? {
            "BUY" => Side::Buy,
            "SELL" => Side::Sell,
            _ => return Err(No::new(400, -1117, "Invalid side.")),
        };
        let (is_stop, is_limit) = match params.need("type")? {
            "STOP_MARKET" => (true, false),
            "STOP" => (true, true),
            "TAKE_PROFIT_MARKET" => (false, false),
            "TAKE_PROFIT" => (false, true),
            _ => return Err(No::new(400, -1116, "Invalid orderType.")),
        };
        let by = match params.get("workingType") {
            None | Some("CONTRACT_PRICE") => By::Last,
            Some("MARK_PRICE") => By::Mark,
            Some(_) => return Err(No::malformed("workingType")),
        };
        let trigger =
            Trigger { px: params.need_ticks("triggerPrice", &grid)?, rises: is_stop == (side == Side::Buy), by };
        let entry = Entry {
            client_id: params.get("clientAlgoId").unwrap_or_default().to_owned(),
            instrument,
            side,
            px: is_limit.then(|| params.need_ticks("price", &grid)).transpose()?,
            amount: Amount::Lots(params.need_lots("quantity", &grid)?),
            stands: if is_limit { Stands::UntilCanceled } else { Stands::Immediate },
            post_only: false,
            reduce_only: params.get("reduceOnly") == Some("true"),
        };
        let order = self.teller.wait(self.holder, entry, trigger).map_err(self.no(Asking::Place))?;
        // As it was entered, whatever happened since.
        Ok(told(&Order { waits: true, state: State::Open, ..order }, self.listings))
    }

    fn waiting(&self, asking: Asking) -> Result<Order, No> {
        let which = match (self.params.number("algoId")?, self.params.get("clientAlgoId")) {
            (Some(id), _) => Which::Venue(id + FIRST),
            (None, Some(client_id)) => Which::Client(client_id),
            (None, None) => return Err(No::missing("clientAlgoId")),
        };
        let order = self.teller.order(self.holder, which).filter(|order| order.trigger.is_some());
        order.cloned().ok_or_else(|| self.no(asking)(Refusal::NoSuchOrder))
    }

    /// What was pulled already is no order of the service's any more.
    pub(super) fn cancel_waiting(&mut self) -> Result<String, No> {
        let order = self.waiting(Asking::Cancel)?;
        if !order.waits {
            return Err(self.no(Asking::Cancel)(Refusal::NoSuchOrder));
        }
        let order = self.teller.cancel(self.holder, Which::Venue(order.id)).map_err(self.no(Asking::Cancel))?;
        let ids = Object::new().raw("algoId", algo_id(&order)).text("clientAlgoId", &order.client_id);
        Ok(ids.text("code", "200").text("msg", "success").end())
    }

    pub(super) fn waiting_order(&self) -> Result<String, No> {
        self.waiting(Asking::Query).map(|order| told(&order, self.listings))
    }

    pub(super) fn waiting_orders(&self) -> Result<String, No> {
        let instrument = self.params.instrument(self.listings)?;
        let open = self.teller.open_orders(self.holder, instrument);
        Ok(array(open.into_iter().filter(|order| order.waits).map(|order| told(order, self.listings))))
    }

    pub(super) fn cancel_all_waiting(&mut self) -> Result<String, No> {
        let instrument = self.params.need_instrument(self.listings)?;
        let waits = |order: &Order| order.waits;
        self.teller.cancel_those(self.holder, Some(instrument), waits).map_err(self.no(Asking::Cancel))?;
        Ok(r#"{"code":200,"msg":"The operation of cancel all open order is done."}"#.to_owned())
    }
}
