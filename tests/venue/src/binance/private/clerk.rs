//! What can be asked of an account, the same by REST and by message: the request's words to an entry, the outcome to words.
//!
//! Owns: what each request needs and what it answers. Never: who asks (that was checked), sockets.

use super::refusal::{Asking, No};
use super::words::cancel_id;
use super::{futures, listen_key, params::Params, spot};
use crate::account::{Amount, Entry, Holder, Order, Refusal, Stands, Teller, Which};
use crate::listing::Listing;
use crate::object::{Object, array};
use engine_model::instrument::Grid;
use engine_model::market::Side;
use engine_model::venue::VenueId;

const CLIENT_ID_MAX: usize = 36;
const TRADES_MAX: usize = 1_000;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Place,
    Cancel,
    CancelReplace,
    /// Smaller, in its place.
    Amend,
    Modify,
    CancelAll,
    /// Of the algo service: orders that wait for a price.
    PlaceWaiting,
    CancelWaiting,
    CancelAllWaiting,
    WaitingOrder,
    WaitingOrders,
    Order,
    OpenOrders,
    AllOrders,
    Trades,
    Account,
    Balances,
    Positions,
    /// Whether longs and shorts are kept side by side.
    Mode,
    /// Leverage and margin of a contract.
    Setup,
    Countdown,
    Restrictions,
    /// These three need a key and no signature.
    ListenKey,
    KeepListenKey,
    DropListenKey,
}

impl Verb {
    pub(super) fn needs_signature(self) -> bool {
        !matches!(self, Self::ListenKey | Self::KeepListenKey | Self::DropListenKey)
    }
}

/// Who answers one request.
pub(super) struct Clerk<'a, 't> {
    pub(super) venue: VenueId,
    pub(super) listings: &'a [Listing],
    pub(super) params: &'a Params,
    pub(super) holder: Holder,
    pub(super) teller: &'a mut Teller<'t>,
}

impl Clerk<'_, '_> {
    pub(super) fn answer(&mut self, verb: Verb) -> Result<String, No> {
        match verb {
            Verb::Place => self.place(),
            Verb::Cancel => self.cancel("newClientOrderId"),
            Verb::CancelReplace => self.cancel_replace(),
            Verb::Amend => self.amend(),
            Verb::Modify => self.modify(),
            Verb::CancelAll => self.cancel_all(),
            Verb::PlaceWaiting => self.place_waiting(),
            Verb::CancelWaiting => self.cancel_waiting(),
            Verb::CancelAllWaiting => self.cancel_all_waiting(),
            Verb::WaitingOrder => self.waiting_order(),
            Verb::WaitingOrders => self.waiting_orders(),
            Verb::Order => self.order(),
            Verb::OpenOrders => self.open_orders(),
            Verb::AllOrders => self.all_orders(),
            Verb::Trades => self.trades(),
            Verb::Account => Ok(spot::account(self.holder, self.teller)),
            Verb::Balances => Ok(futures::balances(self.holder, self.teller)),
            Verb::Mode => Ok(format!(r#"{{"dualSidePosition":{}}}"#, self.teller.is_two_way(self.holder))),
            Verb::Setup => {
                let only = self.params.instrument(self.listings)?;
                Ok(futures::setups(self.holder, only, self.teller, self.listings))
            }
            Verb::Positions => {
                let only = self.params.instrument(self.listings)?;
                Ok(futures::positions(self.holder, only, self.teller, self.listings))
            }
            Verb::Countdown => self.countdown(),
            Verb::Restrictions => Ok(self.restrictions()),
            Verb::ListenKey | Verb::KeepListenKey => {
                Ok(Object::new().text("listenKey", &listen_key(self.holder)).end())
            }
            Verb::DropListenKey => Ok("{}".to_owned()),
        }
    }

    fn is_spot(&self) -> bool {
        self.venue == VenueId::BinanceSpot
    }

    pub(super) fn no(&self, asking: Asking) -> impl Fn(Refusal) -> No + use<> {
        let venue = self.venue;
        move |refusal| No::of(refusal, venue, asking)
    }

    fn grid(&self, instrument: usize) -> Grid {
        self.listings[instrument].instrument.grid
    }

    fn place(&mut self) -> Result<String, No> {
        let entry = self.entry()?;
        let order = self.teller.place(self.holder, entry).map_err(self.no(Asking::Place))?;
        Ok(self.placed(&order))
    }

    fn placed(&self, order: &Order) -> String {
        let detail = self.params.get("newOrderRespType");
        if !self.is_spot() {
            return match detail {
                Some("RESULT") => futures::told(order, false, self.listings),
                _ => futures::acknowledged(order, self.listings),
            };
        }
        let usual = if order.post_only { "ACK" } else { "FULL" };
        let fills = self.teller.fills(self.holder, order.entered_at_ns).filter(|fill| fill.order_id == order.id);
        spot::placed(order, detail.unwrap_or(usual), &fills.cloned().collect::<Vec<_>>(), self.listings)
    }

    fn entry(&self) -> Result<Entry, No> {
        let params = self.params;
        let instrument = params.need_instrument(self.listings)?;
        let grid = self.grid(instrument);
        let side = match params.need("side")? {
            "BUY" => Side::Buy,
            "SELL" => Side::Sell,
            _ => return Err(No::new(400, -1117, "Invalid side.")),
        };
        if params.get("positionSide").is_some_and(|side| side != "BOTH") {
            return Err(No::new(400, -4061, "Order's position side does not match user's setting."));
        }
        let (is_limit, maker) = match params.need("type")? {
            "LIMIT" => (true, false),
            "LIMIT_MAKER" if self.is_spot() => (true, true),
            "MARKET" => (false, false),
            _ => return Err(No::new(400, -1116, "Invalid orderType.")),
        };
        let (stands, post_only) = if is_limit && !maker { self.stands()? } else { (Stands::UntilCanceled, maker) };
        let amount = match params.get("quoteOrderQty").filter(|_| !is_limit && self.is_spot()) {
            Some(quote) => Amount::Quote(quote_e8(quote).ok_or_else(|| No::malformed("quoteOrderQty"))?),
            None => Amount::Lots(params.need_lots("quantity", &grid)?),
        };
        Ok(Entry {
            client_id: self.client_id()?.to_owned(),
            instrument,
            side,
            px: is_limit.then(|| params.need_ticks("price", &grid)).transpose()?,
            amount,
            stands,
            post_only,
            reduce_only: params.get("reduceOnly") == Some("true") && !self.is_spot(),
        })
    }

    /// How long it stands, and whether it must not take.
    fn stands(&self) -> Result<(Stands, bool), No> {
        Ok(match self.params.need("timeInForce")? {
            "GTC" => (Stands::UntilCanceled, false),
            "IOC" => (Stands::Immediate, false),
            "FOK" => (Stands::AllOrNothing, false),
            "GTX" if !self.is_spot() => (Stands::UntilCanceled, true),
            "GTD" if !self.is_spot() => {
                // Whole seconds count.
                let till_ms = self.params.need_number("goodTillDate")? / 1_000 * 1_000;
                (Stands::Until(till_ms.saturating_mul(1_000_000)), false)
            }
            _ => return Err(No::new(400, -1115, "Invalid timeInForce.")),
        })
    }

    fn client_id(&self) -> Result<&str, No> {
        let id = self.params.get("newClientOrderId").unwrap_or("");
        let other = if self.is_spot() { "-_" } else { ".:/_-" };
        let fits = id.len() <= CLIENT_ID_MAX && id.chars().all(|c| c.is_ascii_alphanumeric() || other.contains(c));
        if fits { Ok(id) } else { Err(No::malformed("newClientOrderId")) }
    }

    /// The order that is meant, under those names; of the symbol that is named.
    fn which(&self, by_id: &str, by_client_id: &str, asking: Asking) -> Result<Order, No> {
        let instrument = self.params.need_instrument(self.listings)?;
        let which = match (self.params.number(by_id)?, self.params.get(by_client_id)) {
            (Some(id), _) => Which::Venue(id),
            (None, Some(client_id)) => Which::Client(client_id),
            (None, None) => {
                let message = format!("Param '{by_client_id}' or '{by_id}' must be sent, but both were empty/null!");
                return Err(No::new(400, -1128, message));
            }
        };
        let order =
            self.teller.order(self.holder, which).filter(|order| order.instrument == instrument && !order.waits);
        order.cloned().ok_or_else(|| self.no(asking)(Refusal::NoSuchOrder))
    }

    /// `own_id`: under which name the withdrawal's own client id is sent.
    fn cancel(&mut self, own_id: &str) -> Result<String, No> {
        let order = self.which("orderId", "origClientOrderId", Asking::Cancel)?;
        self.cancel_order(&order, own_id)
    }

    fn cancel_order(&mut self, order: &Order, own_id: &str) -> Result<String, No> {
        let canceled = self.teller.cancel(self.holder, Which::Venue(order.id)).map_err(self.no(Asking::Cancel))?;
        let own_id = self.params.get(own_id).map_or_else(|| cancel_id(&canceled), str::to_owned);
        Ok(self.canceled(&canceled, &own_id))
    }

    fn canceled(&self, order: &Order, own_id: &str) -> String {
        match self.is_spot() {
            true => spot::canceled(order, own_id, self.listings),
            false => futures::told(order, false, self.listings),
        }
    }

    fn cancel_replace(&mut self) -> Result<String, No> {
        let goes_on = match self.params.need("cancelReplaceMode")? {
            "STOP_ON_FAILURE" => false,
            "ALLOW_FAILURE" => true,
            _ => return Err(No::malformed("cancelReplaceMode")),
        };
        let entry = self.entry()?;
        let canceled = match self.which("cancelOrderId", "cancelOrigClientOrderId", Asking::Cancel) {
            Ok(order) => self.cancel_order(&order, "cancelNewClientOrderId"),
            Err(no) => Err(no),
        };
        // A fault has the last word: what was done is not said.
        if let Some(no) = canceled.as_ref().err().filter(|no| matches!(no.code, -1003 | -1007)) {
            return Err(no.clone());
        }
        let tries = canceled.is_ok() || goes_on;
        let placed = tries.then(|| self.teller.place(self.holder, entry).map_err(self.no(Asking::Place)));
        let placed = placed.map(|placed| placed.map(|order| self.placed(&order)));
        replaced(canceled, placed)
    }

    /// The price stays, the quantity falls, the client id is a new one unless it is named again.
    fn amend(&mut self) -> Result<String, No> {
        let order = self.which("orderId", "origClientOrderId", Asking::Modify)?;
        let qty = self.params.need_lots("newQty", &self.grid(order.instrument))?;
        let own_id = match self.client_id()? {
            "" => format!("amend{}x{qty}", order.id),
            id => id.to_owned(),
        };
        if qty > order.qty {
            return Err(self.no(Asking::Modify)(Refusal::Unchangeable));
        }
        let (which, px) = (Which::Venue(order.id), order.px.unwrap_or(0));
        let renamed = self.teller.amend(self.holder, which, px, qty, &own_id).map_err(self.no(Asking::Modify))?;
        Ok(spot::amended(&renamed, &order.client_id, self.listings))
    }

    fn modify(&mut self) -> Result<String, No> {
        let order = self.which("orderId", "origClientOrderId", Asking::Modify)?;
        let grid = self.grid(order.instrument);
        let (px, qty) = (self.params.need_ticks("price", &grid)?, self.params.need_lots("quantity", &grid)?);
        match self.teller.modify(self.holder, Which::Venue(order.id), px, qty) {
            // Less than was executed already: what is left of it goes.
            Err(Refusal::Unchangeable) => self.cancel_order(&order, ""),
            changed => {
                let changed = changed.map_err(self.no(Asking::Modify))?;
                Ok(futures::told(&changed, false, self.listings))
            }
        }
    }

    fn cancel_all(&mut self) -> Result<String, No> {
        let instrument = self.params.need_instrument(self.listings)?;
        let canceled = self.teller.cancel_those(self.holder, Some(instrument), |order| !order.waits);
        let canceled = canceled.map_err(self.no(Asking::Cancel))?;
        match (self.is_spot(), canceled.is_empty()) {
            (true, true) => Err(self.no(Asking::Cancel)(Refusal::NoSuchOrder)),
            (true, false) => Ok(array(canceled.iter().map(|order| self.canceled(order, &cancel_id(order))))),
            (false, _) => Ok(r#"{"code":200,"msg":"The operation of cancel all open order is done."}"#.to_owned()),
        }
    }

    fn order(&self) -> Result<String, No> {
        let order = self.which("orderId", "origClientOrderId", Asking::Query)?;
        Ok(self.told(&order))
    }

    fn told(&self, order: &Order) -> String {
        match self.is_spot() {
            true => spot::told(order, self.listings),
            false => futures::told(order, true, self.listings),
        }
    }

    fn open_orders(&self) -> Result<String, No> {
        let instrument = self.params.instrument(self.listings)?;
        let open = self.teller.open_orders(self.holder, instrument);
        Ok(array(open.into_iter().filter(|order| !order.waits).map(|order| self.told(order))))
    }

    fn all_orders(&self) -> Result<String, No> {
        let instrument = self.params.need_instrument(self.listings)?;
        let since_ns = self.since_ns()?;
        let of = |order: &&Order| order.instrument == instrument && order.entered_at_ns >= since_ns;
        Ok(array(self.teller.all_orders(self.holder).iter().filter(of).map(|order| self.told(order))))
    }

    fn since_ns(&self) -> Result<u64, No> {
        Ok(self.params.number("startTime")?.unwrap_or(0).saturating_mul(1_000_000))
    }

    /// Without a start the latest, else the first since then.
    fn trades(&self) -> Result<String, No> {
        let instrument = self.params.need_instrument(self.listings)?;
        let order_id = self.params.number("orderId")?;
        let from_id = self.params.number("fromId")?;
        let limit = self.params.number("limit")?.map_or(500, |limit| usize::try_from(limit).unwrap_or(TRADES_MAX));
        let mut fills: Vec<_> = self
            .teller
            .fills(self.holder, self.since_ns()?)
            .filter(|fill| fill.instrument == instrument)
            .filter(|fill| order_id.is_none_or(|id| fill.order_id == id))
            .filter(|fill| from_id.is_none_or(|id| fill.trade_id >= id))
            .collect();
        let is_latest = self.params.get("startTime").is_none() && from_id.is_none();
        let limit = limit.min(TRADES_MAX);
        if is_latest && fills.len() > limit {
            fills.drain(..fills.len() - limit);
        }
        let text = if self.is_spot() { spot::trade } else { futures::trade };
        Ok(array(fills.into_iter().take(limit).map(|fill| text(fill, self.listings))))
    }

    fn countdown(&mut self) -> Result<String, No> {
        let instrument = self.params.need_instrument(self.listings)?;
        let after_ms = self.params.need_number("countdownTime")?;
        self.teller.dead_man(self.holder, Some(instrument), after_ms.saturating_mul(1_000_000));
        let symbol = self.listings[instrument].instrument.symbol;
        Ok(Object::new().text("symbol", symbol.as_str()).text("countdownTime", &after_ms.to_string()).end())
    }

    fn restrictions(&self) -> String {
        let rights = self.holder.key.rights;
        Object::new()
            .raw("ipRestrict", rights.address_bound)
            .raw("createTime", 1_698_645_219_000_u64)
            .raw("enableInternalTransfer", false)
            .raw("enableFutures", rights.trade && !self.is_spot())
            .raw("enablePortfolioMarginTrading", false)
            .raw("enableVanillaOptions", false)
            .raw("permitsUniversalTransfer", false)
            .raw("enableReading", true)
            .raw("enableFixApiTrade", false)
            .raw("enableFixReadOnly", false)
            .raw("enableSpotAndMarginTrading", rights.trade && self.is_spot())
            .raw("enableWithdrawals", rights.withdraw)
            .raw("enableMargin", false)
            .end()
    }
}

/// What a withdrawal with a new order behind it comes to; no new one: it was not tried.
fn replaced(canceled: Result<String, No>, placed: Option<Result<String, No>>) -> Result<String, No> {
    let words = |done: &Result<String, No>| match done {
        Ok(text) => ("SUCCESS", text.clone()),
        Err(no) => ("FAILURE", no.body()),
    };
    let (cancel_result, cancel_response) = words(&canceled);
    let (new_result, new_response) = placed.as_ref().map_or(("NOT_ATTEMPTED", "null".to_owned()), words);
    let told = Object::new()
        .text("cancelResult", cancel_result)
        .text("newOrderResult", new_result)
        .raw("cancelResponse", cancel_response)
        .raw("newOrderResponse", new_response)
        .end();
    match (canceled.is_ok(), placed) {
        (true, Some(Ok(_))) => Ok(told),
        // A fault has the last word here too.
        (_, Some(Err(no))) if matches!(no.code, -1003 | -1007) => Err(no),
        (true, _) | (_, Some(Ok(_))) => {
            Err(No::new(409, -2021, "Order cancel-replace partially failed.").with_data(told))
        }
        _ => Err(No::new(400, -2022, "Order cancel-replace failed.").with_data(told)),
    }
}

/// Money in 1e-8.
fn quote_e8(text: &str) -> Option<i128> {
    let money = Grid { price_decimals: 8, tick_step: 1, qty_decimals: 8, lot_step: 1 };
    money.ticks(text.as_bytes()).ok().map(|ticks| i128::from(ticks.0))
}
