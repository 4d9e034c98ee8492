//! How orders are talked about with Bybit: a private line that tells, a trade line that is asked, and REST for questions.
//!
//! Owns: what is said to the venue, to the letter. What it says back is read in [`hears`], what its codes mean stands in
//! [`codes`]. Never: sockets, clocks, orders.

mod codes;
mod hears;
#[cfg(test)]
mod tests;

use super::session::parts;
use super::sign::Signer;
use crate::error::FrameError;
use crate::gateway::ask::{Ask, AskId, Known, Prepare};
use crate::gateway::call::{Call, Purse, Way};
use crate::gateway::heard::Heard;
use crate::gateway::key::Key;
use crate::gateway::page::Page;
use crate::gateway::read::Listed;
use crate::gateway::text::Text;
use crate::gateway::tongue::{Allowance, DeadMan, Manners, Place, PrivateLine, Tongue, Unable};
use crate::live::dialect::{Beat, Heartbeat};
use engine_model::instrument::{ContractKind, InstrumentId, Instruments, Name};
use engine_model::market::Side;
use engine_model::order::{ClientOrderId, Order, OrderType, TimeInForce, TriggerType};
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::VenueId;

/// The line that tells of orders, executions, positions and money.
const TELLS: usize = 0;
/// The line on which orders are entered.
const TRADES: usize = 1;

/// The largest pages that the venue gives.
const OPEN_ORDERS_MAX: usize = 50;
const FILLS_MAX: usize = 100;
const POSITIONS_MAX: usize = 200;

/// A line of Bybit's private host.
const fn line() -> PrivateLine {
    PrivateLine {
        host: "wss://stream.bybit.com",
        // The answer to each is heard, so silence means that the line is dead.
        heartbeat: Some(Heartbeat { every_ns: 20_000_000_000, beat: Beat::Text(r#"{"op":"ping"}"#) }),
        silent_after_ns: 30_000_000_000,
    }
}

/// What Bybit is like.
pub(crate) static MANNERS: Manners = Manners {
    rest: "https://api.bybit.com",
    rights: None,
    lines: &[line(), line()],
    before: &[Prepare::Time, Prepare::Rights],
    again: None,
    orders_on: Some(TRADES),
    // "Accepted for processing": the order topic tells what came of it.
    answer_is_final: false,
    can_modify: true,
    is_whole: false,
    // 10 a second is what the lowest level has for contracts; 50 questions a second and account.
    allowance: Allowance { orders: 10, orders_window_ms: 1_000, kept_for_cancels: 3, questions_a_minute: 3_000 },
    // Works on the loss of the private line. One window for all contracts and one for spot, so each instrument names its own.
    dead_man: Some(DeadMan { seconds: 10, by_instrument: true, is_fed: false }),
};

/// Orders in Bybit's words.
#[derive(Debug)]
pub(crate) struct Bybit {
    signer: Signer,
    listed: Listed,
    page: Page,
    /// Each list that positions of the run stand in: one for every coin that linear contracts are settled in, and one, which
    /// is `None`, for all inverse ones.
    lists: Vec<Option<Name>>,
}

impl Bybit {
    pub(crate) fn new(key: &Key, instruments: &Instruments) -> Self {
        let listed = Listed::new(VenueId::Bybit, instruments);
        let mut lists = Vec::new();
        for of in listed.iter().filter(|of| of.kind != ContractKind::Spot) {
            let list = (of.kind == ContractKind::Linear).then_some(of.quote);
            if !lists.contains(&list) {
                lists.push(list);
            }
        }
        Self { signer: Signer::new(key), listed, page: Page::default(), lists }
    }

    fn is_any(&self, is: impl Fn(ContractKind) -> bool) -> bool {
        self.listed.iter().any(|instrument| is(instrument.kind))
    }

    /// Category and symbol as members of an object.
    fn put_symbol(&self, of: InstrumentId, to: &mut Text) {
        let (category, symbol) = parts(self.listed.get(of).symbol.as_str());
        to.put(r#""category":""#).put(category).put(r#"","symbol":""#).put(symbol).put("\"");
    }

    /// An order message up to its arguments, and the symbol of the first.
    fn begin_order(&self, op: &str, purse: Purse, of: InstrumentId, id: AskId, now: Nanos, call: &mut Call) {
        call.begin(Way::Line(TRADES), purse);
        call.body.put(r#"{"reqId":""#).whole(id.0).put("\",");
        Signer::header(now, &mut call.body);
        call.body.put(r#","op":"order."#).put(op).put(r#"","args":[{"#);
        self.put_symbol(of, &mut call.body);
    }

    fn place(&self, order: &Order, id: AskId, now: Nanos, call: &mut Call) {
        self.begin_order("create", Purse::Orders, order.instrument, id, now, call);
        let instrument = self.listed.get(order.instrument);
        let (body, is_spot) = (&mut call.body, instrument.kind == ContractKind::Spot);
        let (side, is_market) = (order.side, order.order_type.plain() == OrderType::Market);
        body.put(if side == Side::Buy { r#","side":"Buy""# } else { r#","side":"Sell""# });
        body.put(if is_market { r#","orderType":"Market""# } else { r#","orderType":"Limit""# });
        body.put(r#","qty":""#).quantity(instrument, order.qty).put("\"");
        if is_market {
            // A market buy of spot is counted in quote unless said otherwise.
            body.put(if is_spot { r#","marketUnit":"baseCoin""# } else { "" });
        } else {
            body.put(r#","price":""#).price(instrument, order.px).put(r#"","timeInForce":""#);
            body.put(time_in_force(order)).put("\"");
        }
        if order.order_type.has_trigger() {
            body.put(r#","triggerPrice":""#).price(instrument, order.trigger_px).put("\"");
            body.put(if order.rises() { r#","triggerDirection":1"# } else { r#","triggerDirection":2"# });
            body.put(r#","triggerBy":""#).put(trigger_by(order.trigger_type)).put("\"");
        }
        body.put(if order.reduce_only && !is_spot { r#","reduceOnly":true"# } else { "" });
        end_order(order.client_order_id, body);
    }

    fn modify(&self, order: &Order, px: Ticks, qty: Lots, id: AskId, now: Nanos, call: &mut Call) {
        self.begin_order("amend", Purse::Orders, order.instrument, id, now, call);
        let instrument = self.listed.get(order.instrument);
        let waits = order.order_type.has_trigger() && order.order_type.plain() == OrderType::Market;
        call.body.put(r#","qty":""#).quantity(instrument, qty).put("\",\"");
        call.body.put(if waits { "triggerPrice" } else { "price" }).put(r#"":""#).price(instrument, px).put("\"");
        end_order(order.client_order_id, &mut call.body);
    }

    fn cancel(&self, known: &Known, id: AskId, now: Nanos, call: &mut Call) {
        self.begin_order("cancel", Purse::Cancels, known.order.instrument, id, now, call);
        put_name(known, &mut call.body);
        call.body.put("\"}]}");
    }

    fn cancel_all(&mut self, of: InstrumentId, now: Nanos, call: &mut Call) {
        call.begin(Way::Post, Purse::Cancels);
        call.path.put("/v5/order/cancel-all");
        call.body.put("{");
        self.put_symbol(of, &mut call.body);
        call.body.put("}");
        self.sign_body(now, call);
    }

    fn cancel_by_rest(&mut self, known: &Known, now: Nanos, call: &mut Call) {
        call.begin(Way::Post, Purse::Cancels);
        call.path.put("/v5/order/cancel");
        call.body.put("{");
        self.put_symbol(known.order.instrument, &mut call.body);
        put_name(known, &mut call.body);
        call.body.put("\"}");
        self.sign_body(now, call);
    }

    /// Once set, the window is the account's: it cannot be taken back, only be made longer.
    fn dead_man(&mut self, of: InstrumentId, seconds: u32, now: Nanos, call: &mut Call) -> Result<(), Unable> {
        if seconds == 0 {
            return Err(Unable::NotThere);
        }
        let is_spot = self.listed.get(of).kind == ContractKind::Spot;
        call.begin(Way::Post, Purse::Switch);
        call.path.put("/v5/order/disconnected-cancel-all");
        call.body.put(r#"{"product":""#).put(if is_spot { "SPOT" } else { "DERIVATIVES" });
        call.body.put(r#"","timeWindow":"#).whole(u64::from(seconds.clamp(3, 300))).put("}");
        self.sign_body(now, call);
        Ok(())
    }

    fn sign_body(&mut self, now: Nanos, call: &mut Call) {
        call.headers.put("Content-Type: application/json\r\n");
        self.signer.headers(now, call.body.bytes(), &mut call.headers);
    }

    /// A question by REST; `query` writes what stands behind the path.
    fn get(&mut self, path: &str, now: Nanos, call: &mut Call, query: impl FnOnce(&Self, &mut Text)) {
        call.begin(Way::Get, Purse::Questions);
        call.path.put(path);
        query(self, &mut call.path);
        let signed = call.path.bytes().splitn(2, |byte| *byte == b'?').nth(1).unwrap_or_default();
        self.signer.headers(now, signed, &mut call.headers);
    }

    /// Category and symbol in a query.
    fn put_query(&self, of: InstrumentId, query: &mut Text) {
        let (category, symbol) = parts(self.listed.get(of).symbol.as_str());
        query.put("category=").put(category).put("&symbol=").percent(symbol.as_bytes());
    }

    /// Behind the last full page of the same question.
    fn put_cursor(&self, ask: &Ask, query: &mut Text) {
        if let Some(cursor) = self.page.cursor(ask) {
            query.put("&cursor=").put(cursor);
        }
    }

    /// Positions are asked for list by list, each page by page.
    fn positions(&mut self, ask: &Ask, now: Nanos, call: &mut Call) -> Result<(), Unable> {
        let list = *self.lists.get(place(self.page.cursor(ask)).0).ok_or(Unable::NotThere)?;
        self.get("/v5/position/list?", now, call, |this, query| {
            match list {
                Some(coin) => query.put("category=linear&settleCoin=").put(coin.as_str()),
                None => query.put("category=inverse"),
            };
            query.put("&limit=").whole(POSITIONS_MAX as u64);
            let (_, cursor) = place(this.page.cursor(ask));
            query.put(if cursor.is_empty() { "" } else { "&cursor=" }).put(cursor);
        });
        Ok(())
    }

    fn subscribe(&self, message: &mut Text) {
        message.put(r#"{"op":"subscribe","args":["order","execution","position","wallet""#);
        for topic in self.switches() {
            message.put(",\"").put(topic).put("\"");
        }
        message.put("]}");
    }

    /// Only a line that listens to these counts for the switch that withdraws orders when it is lost.
    fn switches(&self) -> impl Iterator<Item = &'static str> {
        let is = |is_spot| self.is_any(|kind| (kind == ContractKind::Spot) == is_spot);
        let topics = [(is(true), "dcp.spot"), (is(false), "dcp.future")];
        topics.into_iter().filter(|(is_there, _)| *is_there).map(|(_, topic)| topic)
    }
}

/// Where the question for positions goes on: in which list, and behind which cursor of the venue's; at the start, and where a
/// list begins, that is empty.
fn place(cursor: Option<&str>) -> (usize, &str) {
    let (list, cursor) = cursor.and_then(|cursor| cursor.split_once(' ')).unwrap_or_default();
    (list.parse().unwrap_or(0), cursor)
}

fn trigger_by(which: TriggerType) -> &'static str {
    match which {
        TriggerType::MarkPrice => "MarkPrice",
        TriggerType::IndexPrice => "IndexPrice",
        _ => "LastPrice",
    }
}

fn time_in_force(order: &Order) -> &'static str {
    match order.time_in_force {
        _ if order.post_only => "PostOnly",
        TimeInForce::Gtc | TimeInForce::Gtd | TimeInForce::Day => "GTC",
        TimeInForce::Ioc => "IOC",
        TimeInForce::Fok => "FOK",
    }
}

fn end_order(id: ClientOrderId, body: &mut Text) {
    body.put(r#","orderLinkId":""#).order_id(id, "-").put("\"}]}");
}

/// An order by our id; one of nobody here by the venue's.
fn put_name(known: &Known, body: &mut Text) {
    if known.is_theirs() {
        body.put(r#","orderId":""#).escaped(known.venue_order_id.as_bytes());
    } else {
        body.put(r#","orderLinkId":""#).order_id(known.id(), "-");
    }
}

impl Tongue for Bybit {
    fn manners(&self) -> &'static Manners {
        &MANNERS
    }

    fn line_path(&self, line: usize, path: &mut Text) {
        path.put(if line == TRADES { "/v5/trade" } else { "/v5/private" });
    }

    fn greet(&mut self, line: usize, step: usize, now: Nanos, call: &mut Call) -> bool {
        call.begin(Way::Line(line), Purse::Questions);
        match (line, step) {
            (_, 0) => self.signer.login(now, &mut call.body),
            (TELLS, 1) => self.subscribe(&mut call.body),
            _ => return false,
        }
        true
    }

    fn leave(&mut self, line: usize, call: &mut Call) -> bool {
        call.begin(Way::Line(line), Purse::Questions);
        call.body.put(r#"{"op":"unsubscribe","args":["#);
        for (place, topic) in self.switches().enumerate() {
            call.body.put(if place == 0 { "\"" } else { ",\"" }).put(topic).put("\"");
        }
        call.body.put("]}");
        line == TELLS
    }

    fn ask(&mut self, ask: &Ask, id: AskId, now: Nanos, call: &mut Call) -> Result<(), Unable> {
        match *ask {
            Ask::Place(ref order) => self.place(order, id, now, call),
            Ask::Cancel(ref known) => self.cancel(known, id, now, call),
            Ask::Modify(ref known, px, qty) => self.modify(&known.order, px, qty, id, now, call),
            Ask::CancelAll(of) => self.cancel_all(of, now, call),
            Ask::DeadMan(of, seconds) => return self.dead_man(of, seconds, now, call),
            Ask::CancelByRest(ref known) => self.cancel_by_rest(known, now, call),
            // By our id the venue tells of closed orders too.
            Ask::Order(ref known) => self.get("/v5/order/realtime?", now, call, |this, query| {
                this.put_query(known.order.instrument, query);
                query.put("&orderLinkId=").order_id(known.id(), "-");
            }),
            Ask::OpenOrders(of) => self.get("/v5/order/realtime?", now, call, |this, query| {
                this.put_query(of, query);
                query.put("&openOnly=0&limit=").whole(OPEN_ORDERS_MAX as u64);
                this.put_cursor(ask, query);
            }),
            Ask::Fills(of, since) => self.get("/v5/execution/list?", now, call, |this, query| {
                this.put_query(of, query);
                query.put("&startTime=").whole(since.0 / Nanos::MILLI).put("&limit=").whole(FILLS_MAX as u64);
                this.put_cursor(ask, query);
            }),
            Ask::FillsOf(ref known, since) => self.get("/v5/execution/list?", now, call, |this, query| {
                this.put_query(known.order.instrument, query);
                query.put("&orderId=").percent(known.venue_order_id.as_bytes());
                query.put("&startTime=").whole(since.0 / Nanos::MILLI).put("&limit=").whole(FILLS_MAX as u64);
                this.put_cursor(ask, query);
            }),
            Ask::Balances => self.get("/v5/account/wallet-balance?accountType=UNIFIED", now, call, |_, _| ()),
            Ask::Positions => return self.positions(ask, now, call),
            // By its symbol a contract has a row without a position, too: two of them where sides are kept apart.
            Ask::Mode(of) => self.get("/v5/position/list?", now, call, |this, query| this.put_query(of, query)),
            // Leverage is the contract's, margin the account's: one behind the other.
            Ask::Setup(_) if self.page.cursor(ask).is_some() => self.get("/v5/account/info", now, call, |_, _| ()),
            Ask::Setup(of) => self.get("/v5/position/list?", now, call, |this, query| this.put_query(of, query)),
            Ask::Prepare(Prepare::Rights) => self.get("/v5/user/query-api", now, call, |_, _| ()),
            Ask::Prepare(Prepare::Time) => self.get("/v5/market/time", now, call, |_, _| ()),
            Ask::Prepare(Prepare::Token | Prepare::KeepToken) => return Err(Unable::NotThere),
        }
        Ok(())
    }

    fn begin_anew(&mut self, ask: &Ask) {
        self.page.ends(ask);
    }

    fn hear(&mut self, place: Place, said: &[u8], heard: &mut Vec<Heard>) -> Result<(), FrameError> {
        let before = heard.len();
        let understood = match place {
            Place::Line(_) => hears::line(&self.listed, said, heard),
            Place::Rest(id, ask, status) => {
                let place = (id, &ask, status);
                hears::answer(&self.listed, place, said, (&mut self.page, self.lists.len()), heard)
            }
        };
        understood.inspect_err(|_| heard.truncate(before))
    }
}
