//! Orders at Binance: spot, USD-M and COIN-M.
//!
//! Spot has one line, the WebSocket API, for orders and for what the user hears. Futures have two: their WebSocket API for
//! orders, and the user's stream, which a listen key opens. Questions go by REST. A message is signed each for itself with
//! a key for HMAC; an Ed25519 key logs the line on once and signs only questions.

mod algo;
mod codes;
mod hears;
#[cfg(test)]
mod tests;
mod words;

use super::sign::Signer;
use crate::decimal::Scale;
use crate::error::FrameError;
use crate::gateway::ask::{Ask, AskId, Known, Prepare};
use crate::gateway::call::{Call, Purse, Way};
use crate::gateway::halves::{Half, Halves};
use crate::gateway::heard::Heard;
use crate::gateway::key::{Key, KeyError};
use crate::gateway::page::Page;
use crate::gateway::text::Text;
use crate::gateway::tongue::{Manners, Place, Tongue, Unable};
use crate::json::Value;
use crate::symbol::SymbolTable;
use engine_model::instrument::{Instrument, InstrumentId, Instruments};
use engine_model::market::Side;
use engine_model::order::{Order, OrderType, TimeInForce};
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::VenueId;
use words::Words;

/// How long after its time a message is still good, in milliseconds: the venue's own default.
const RECEIVE_WINDOW_MS: &str = "5000";

/// The largest page of executions that the venue gives.
const FILLS_MAX: usize = 1_000;

/// The number by which the answer to a greeting is known; those of questions begin at 1.
const GREETING: AskId = AskId(0);

/// Our ids at this venue: letters, digits and dashes are allowed.
const BETWEEN: &str = "-";

/// Parameters that are numbers in JSON; the others are texts.
const NUMBERS: [&str; 3] = ["recvWindow", "timestamp", "countdownTime"];

/// One market of Binance.
pub(crate) struct Binance {
    words: &'static Words,
    instruments: Instruments,
    symbols: SymbolTable,
    /// By instrument: of price and quantity.
    scales: Box<[(Scale, Scale)]>,
    key_id: Text,
    signer: Signer,
    /// Of futures: what opens the user's stream; empty until it came.
    listen_key: Text,
    /// Parameters of a message, `name=value` joined by `&` in the order of their names: what is signed on a line.
    params: Text,
    page: Page,
    halves: Halves,
}

impl Binance {
    pub(crate) fn new(venue: VenueId, key: &Key, instruments: &Instruments) -> Result<Self, KeyError> {
        let mut key_id = Text::default();
        key_id.put_bytes(key.id.bytes());
        let scales = |instrument: &Instrument| (Scale::of_price(&instrument.grid), Scale::of_qty(&instrument.grid));
        Ok(Self {
            words: Words::of(venue),
            symbols: SymbolTable::new(venue, instruments),
            scales: instruments.iter().map(scales).collect(),
            instruments: instruments.clone(),
            key_id,
            signer: Signer::new(&key.secret)?,
            listen_key: Text::default(),
            params: Text::default(),
            page: Page::default(),
            halves: Halves::new(instruments.len()),
        })
    }

    /// Adds a parameter. On a line they are signed, and so given, in the order of their names.
    fn param(&mut self, name: &str) -> &mut Text {
        if !self.params.bytes().is_empty() {
            self.params.put("&");
        }
        self.params.put(name).put("=")
    }

    fn symbol(&mut self, instrument: InstrumentId) {
        let symbol = self.instruments.get(instrument).symbol;
        // Some are not ASCII: what is signed is what is sent, percent-encoded.
        self.param("symbol").percent(symbol.as_bytes());
    }

    fn client_id(&mut self, name: &str, known: &Known) {
        self.param(name).order_id(known.id(), BETWEEN);
    }

    fn millis(&mut self, name: &str, at: Nanos) {
        self.param(name).whole(at.0 / 1_000_000);
    }

    fn price(&mut self, name: &str, instrument: InstrumentId, px: Ticks) {
        self.param(name);
        self.params.price(self.instruments.get(instrument), px);
    }

    fn quantity(&mut self, name: &str, instrument: InstrumentId, qty: Lots) {
        self.param(name);
        self.params.quantity(self.instruments.get(instrument), qty);
    }

    fn receive_window(&mut self) {
        self.param("recvWindow").put(RECEIVE_WINDOW_MS);
    }

    fn is_signed_on(&self, line: usize) -> bool {
        self.words.manners.orders_on == Some(line) && !self.signer.logs_on()
    }

    /// The parameters so far as a request by REST, signed or not.
    fn rest(&mut self, way: Way, (path, weight): (&str, u32), is_signed: bool, call: &mut Call) {
        call.begin(way, Purse::Questions);
        call.weight = weight;
        call.path.put(path);
        if !self.params.bytes().is_empty() {
            call.path.put("?").put_bytes(self.params.bytes());
        }
        if is_signed {
            let signature = self.signer.sign(self.params.bytes());
            call.path.put("&signature=");
            signature.write_in_url(&mut call.path);
        }
        call.headers.put("X-MBX-APIKEY: ").put_bytes(self.key_id.bytes()).put("\r\n");
    }

    /// A question with a time and a signature.
    fn signed_rest(&mut self, way: Way, path: (&str, u32), now: Nanos, call: &mut Call) {
        self.param("recvWindow").put(RECEIVE_WINDOW_MS);
        self.millis("timestamp", now);
        self.rest(way, path, true, call);
    }

    /// The parameters so far as a message on a line.
    fn message(&mut self, line: usize, method: &str, id: AskId, is_signed: bool, purse: Purse, call: &mut Call) {
        call.begin(Way::Line(line), purse);
        let body = &mut call.body;
        body.put("{\"id\":\"").whole(id.0).put("\",\"method\":\"").put(method).put("\",\"params\":{");
        for (number, pair) in
            self.params.bytes().split(|&byte| byte == b'&').filter(|pair| !pair.is_empty()).enumerate()
        {
            let at = pair.iter().position(|&byte| byte == b'=').unwrap_or(pair.len());
            let (name, value) = (&pair[..at], pair.get(at + 1..).unwrap_or_default());
            body.put(if number > 0 { ",\"" } else { "\"" }).put_bytes(name).put("\":");
            let quote = if NUMBERS.iter().any(|known| known.as_bytes() == name) { "" } else { "\"" };
            body.put(quote).percent_decoded(value).put(quote);
        }
        if is_signed {
            body.put(",\"signature\":\"");
            self.signer.sign(self.params.bytes()).write(body);
            body.put("\"");
        }
        body.put("}}");
    }

    fn place(&mut self, order: &Order, id: AskId, now: Nanos, line: usize, call: &mut Call) {
        let is_signed = self.is_signed_on(line);
        let is_futures = self.words.listen_key.is_some();
        let is_limit = order.order_type == OrderType::Limit;
        let maker_on_spot = order.post_only && !is_futures;
        if is_signed {
            self.key_param();
        }
        self.param("newClientOrderId").order_id(order.client_order_id, BETWEEN);
        self.param("newOrderRespType").put("ACK");
        if is_limit {
            self.price("price", order.instrument, order.px);
        }
        self.quantity("quantity", order.instrument, order.qty);
        self.param("recvWindow").put(RECEIVE_WINDOW_MS);
        if order.reduce_only && is_futures {
            self.param("reduceOnly").put("true");
        }
        self.param("side").put(side_word(order.side));
        self.symbol(order.instrument);
        if is_limit && !maker_on_spot {
            let word = match order.time_in_force {
                _ if order.post_only => "GTX",
                TimeInForce::Gtc | TimeInForce::Gtd | TimeInForce::Day => "GTC",
                TimeInForce::Ioc => "IOC",
                TimeInForce::Fok => "FOK",
            };
            self.param("timeInForce").put(word);
        }
        self.millis("timestamp", now);
        self.param("type").put(match order.order_type {
            OrderType::Limit if maker_on_spot => "LIMIT_MAKER",
            OrderType::Limit => "LIMIT",
            _ => "MARKET", // risk lets plain orders leave, and no others
        });
        self.message(line, "order.place", id, is_signed, Purse::Orders, call);
    }

    fn key_param(&mut self) {
        if !self.params.bytes().is_empty() {
            self.params.put("&");
        }
        self.params.put("apiKey=").put_bytes(self.key_id.bytes());
    }

    fn cancel(&mut self, known: &Known, id: AskId, now: Nanos, line: usize, call: &mut Call) {
        let is_signed = self.is_signed_on(line);
        if is_signed {
            self.key_param();
        }
        self.named(known);
        self.param("recvWindow").put(RECEIVE_WINDOW_MS);
        self.symbol(known.order.instrument);
        self.millis("timestamp", now);
        self.message(line, "order.cancel", id, is_signed, Purse::Cancels, call);
    }

    /// Spot can only make an order smaller in its place; futures change price and quantity.
    fn modify(
        &mut self,
        (known, px, qty): (&Known, Ticks, Lots),
        id: AskId,
        now: Nanos,
        line: usize,
        call: &mut Call,
    ) -> Result<(), Unable> {
        let is_signed = self.is_signed_on(line);
        let instrument = known.order.instrument;
        let is_futures = self.words.listen_key.is_some();
        if !is_futures && (px != known.order.px || qty >= known.order.qty) {
            return Err(Unable::NotThere);
        }
        if is_signed {
            self.key_param();
        }
        if !is_futures {
            // Without it the venue gives the order another name.
            self.client_id("newClientOrderId", known);
            self.quantity("newQty", instrument, qty);
        }
        self.named(known);
        if is_futures {
            self.price("price", instrument, px);
            self.quantity("quantity", instrument, qty);
        }
        self.param("recvWindow").put(RECEIVE_WINDOW_MS);
        if is_futures {
            self.param("side").put(side_word(known.order.side));
        }
        self.symbol(instrument);
        self.millis("timestamp", now);
        let method = if is_futures { "order.modify" } else { "order.amend.keepPriority" };
        self.message(line, method, id, is_signed, Purse::Orders, call);
        Ok(())
    }

    /// The symbol of an order, and its id.
    fn about(&mut self, known: &Known) {
        self.symbol(known.order.instrument);
        self.named(known);
    }

    /// An order by our id; one that was pulled by the venue's, whatever its client id is by then, and so one of nobody here.
    fn named(&mut self, known: &Known) {
        if known.is_renamed() || known.is_theirs() {
            self.param("orderId").put_bytes(known.venue_order_id.as_bytes());
        } else {
            self.client_id("origClientOrderId", known);
        }
    }

    /// The path of the half that is next; the first where there is no second.
    fn half(
        &mut self,
        (ask, id): (&Ask, AskId),
        first: (&'static str, u32),
        second: Option<(&'static str, u32)>,
        now: Nanos,
    ) -> (&'static str, u32) {
        let Some(second) = second else { return first };
        match self.halves.next(ask, id, now) {
            Half::Plain => first,
            Half::Waiting => second,
        }
    }

    /// Executions since then, or behind the last full page: the venue takes the time or the number of one, not both.
    fn fills(&mut self, ask: &Ask, since: Option<Nanos>, now: Nanos, call: &mut Call) {
        self.param("limit").whole(FILLS_MAX as u64);
        if let Some(behind) = self.page.cursor(ask).map(str::to_owned) {
            self.param("fromId").put(&behind);
        } else if let Some(since) = since {
            self.millis("startTime", since);
        }
        self.signed_rest(Way::Get, self.words.fills, now, call);
    }

    fn prepare(&mut self, what: Prepare, now: Nanos, call: &mut Call) -> Result<(), Unable> {
        match what {
            Prepare::Rights => self.signed_rest(Way::Get, ("/sapi/v1/account/apiRestrictions", 1), now, call),
            Prepare::Time => self.rest(Way::Get, (self.words.time, 1), false, call),
            Prepare::Token | Prepare::KeepToken => {
                let path = self.words.listen_key.ok_or(Unable::NotThere)?;
                let way = if what == Prepare::Token { Way::Post } else { Way::Put };
                self.rest(way, (path, 1), false, call);
            }
        }
        Ok(())
    }
}

const fn side_word(side: Side) -> &'static str {
    match side {
        Side::Buy => "BUY",
        Side::Sell => "SELL",
    }
}

impl Tongue for Binance {
    fn manners(&self) -> &'static Manners {
        &self.words.manners
    }

    fn line_path(&self, line: usize, path: &mut Text) {
        path.put(self.words.lines[line]);
        if Some(line) != self.words.manners.orders_on {
            path.put_bytes(self.listen_key.bytes());
        }
    }

    fn greet(&mut self, line: usize, step: usize, now: Nanos, call: &mut Call) -> bool {
        if Some(line) != self.words.manners.orders_on {
            return false;
        }
        self.params.clear();
        let method = match (self.signer.logs_on(), self.words.user_on_orders, step) {
            (true, _, 0) => "session.logon",
            (true, true, 1) => "userDataStream.subscribe",
            (false, true, 0) => "userDataStream.subscribe.signature",
            _ => return false,
        };
        let is_signed = step == 0;
        if is_signed {
            self.key_param();
            self.param("recvWindow").put(RECEIVE_WINDOW_MS);
            self.millis("timestamp", now);
        }
        self.message(line, method, GREETING, is_signed, Purse::Questions, call);
        true
    }

    fn ask(&mut self, ask: &Ask, id: AskId, now: Nanos, call: &mut Call) -> Result<(), Unable> {
        self.params.clear();
        let words = self.words;
        let line = words.manners.orders_on.ok_or(Unable::NotThere)?;
        match ask {
            Ask::Prepare(what) => return self.prepare(*what, now, call),
            Ask::Place(order) if order.order_type.has_trigger() => {
                let algo = words.algo.as_ref().ok_or(Unable::NotThere)?;
                self.place_waiting(algo, order, (id, now, line), call);
            }
            Ask::Place(order) => self.place(order, id, now, line, call),
            Ask::Cancel(known) if known.waits() => {
                let algo = words.algo.as_ref().ok_or(Unable::NotThere)?;
                self.cancel_waiting(algo, known, (id, now, line), call);
            }
            Ask::Cancel(known) => self.cancel(known, id, now, line, call),
            // The venue has no change of one that waits.
            Ask::Modify(known, ..) if known.waits() => return Err(Unable::NotThere),
            Ask::Modify(known, px, qty) => return self.modify((known, *px, *qty), id, now, line, call),
            Ask::CancelAll(instrument) => {
                let waiting = words.algo.as_ref().map(|algo| (algo.cancel_all, 1));
                let path = self.half((ask, id), (words.cancel_all, 1), waiting, now);
                self.symbol(*instrument);
                self.signed_rest(Way::Delete, path, now, call);
                call.purse = Purse::Cancels;
            }
            Ask::CancelByRest(known) | Ask::Order(known) => {
                let path = match words.algo.as_ref().filter(|_| known.waits()) {
                    Some(algo) => {
                        self.client_id("clientAlgoId", known);
                        algo.order
                    }
                    None => {
                        self.about(known);
                        words.order
                    }
                };
                match ask {
                    Ask::Order(_) => self.signed_rest(Way::Get, path, now, call),
                    _ => {
                        self.signed_rest(Way::Delete, (path.0, 1), now, call);
                        call.purse = Purse::Cancels;
                    }
                }
            }
            Ask::OpenOrders(instrument) => {
                let path = self.half((ask, id), words.open_orders, words.algo.as_ref().map(|algo| algo.open), now);
                self.symbol(*instrument);
                self.signed_rest(Way::Get, path, now, call);
            }
            Ask::Fills(instrument, since) => {
                self.symbol(*instrument);
                self.fills(ask, Some(*since), now, call);
            }
            Ask::FillsOf(known, _) => {
                self.symbol(known.order.instrument);
                self.param("orderId").put_bytes(known.venue_order_id.as_bytes());
                self.fills(ask, None, now, call);
            }
            Ask::Balances => self.signed_rest(Way::Get, words.balances, now, call),
            Ask::Positions => {
                let path = words.positions.ok_or(Unable::NotThere)?;
                self.signed_rest(Way::Get, path, now, call);
            }
            Ask::Mode(_) => {
                let path = words.mode.ok_or(Unable::NotThere)?;
                self.signed_rest(Way::Get, path, now, call);
            }
            Ask::Setup(instrument) => {
                let path = words.setup.ok_or(Unable::NotThere)?;
                self.symbol(*instrument);
                self.signed_rest(Way::Get, path, now, call);
            }
            Ask::DeadMan(instrument, seconds) => {
                let path = words.dead_man.ok_or(Unable::NotThere)?;
                self.param("countdownTime").whole(u64::from(*seconds) * 1_000);
                self.symbol(*instrument);
                self.signed_rest(Way::Post, path, now, call);
                call.purse = Purse::Switch;
            }
        }
        Ok(())
    }

    fn begin_anew(&mut self, ask: &Ask) {
        self.page.ends(ask);
        self.halves.begin_anew(ask);
    }

    fn hear(&mut self, place: Place, said: &[u8], heard: &mut Vec<Heard>) -> Result<(), FrameError> {
        let said = Value::parse(said)?;
        let before = heard.len();
        let understood = match place {
            Place::Line(_) => self.hear_line(said, heard),
            Place::Rest(id, ask, status) => self.hear_rest(said, id, &ask, status, heard),
        };
        if understood.is_err() {
            heard.truncate(before);
        }
        understood
    }
}
