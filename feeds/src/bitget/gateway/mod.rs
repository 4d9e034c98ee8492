//! How orders are talked about with Bitget (v2): they are entered by REST, one private line tells, questions go by REST.
//!
//! Owns: what is said to the venue, to the letter. What it says back is read in [`hears`], what its codes mean stands in
//! [`codes`]. Never: sockets, clocks, orders.
//!
//! Accounts hold one position a contract (`one_way_mode`), on cross margin. A change would withdraw the order and enter
//! another under another id, so there is none but of orders that wait for a price, see [`plan`]. A market buy of spot is
//! counted in quote there and nowhere here: it is not sent. The venue has no dead-man switch in this version. Spot and each
//! type of contracts have accounts of their own: those of contracts are asked for one after another; money is asked of spot,
//! where the run trades there.

mod codes;
mod hears;
mod plan;
#[cfg(test)]
mod tests;

use super::listing::{TYPES, parts};
use super::sign::Signer;
use crate::error::FrameError;
use crate::gateway::ask::{Ask, AskId, Known, Prepare};
use crate::gateway::call::{Call, Purse, Way};
use crate::gateway::halves::{Half, Halves};
use crate::gateway::heard::{Answer, Heard};
use crate::gateway::key::{Key, KeyError};
use crate::gateway::page::Page;
use crate::gateway::read::Listed;
use crate::gateway::text::Text;
use crate::gateway::tongue::{Allowance, Manners, Place, PrivateLine, Tongue, Unable};
use crate::live::dialect::{Beat, Heartbeat};
use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::market::Side;
use engine_model::order::{Order, OrderType, TimeInForce};
use engine_model::units::Nanos;
use engine_model::venue::VenueId;

/// The largest page that the venue gives.
const PAGE_MAX: usize = 100;

/// What is subscribed to, and what of each is wanted; the last two only of contracts.
const CHANNELS: [(&str, &str); 5] =
    [("orders", "instId"), ("fill", "instId"), ("account", "coin"), ("positions", "instId"), plan::CHANNEL];
/// Of these so many are there on spot.
const SPOT_CHANNELS: usize = 3;

/// What Bitget is like.
pub(crate) static MANNERS: Manners = Manners {
    rest: "https://api.bitget.com",
    rights: None,
    lines: &[PrivateLine {
        host: "wss://ws.bitget.com",
        // 2 minutes of silence close a connection; the answer to each ping is heard.
        heartbeat: Some(Heartbeat { every_ns: 20_000_000_000, beat: Beat::Text("ping") }),
        silent_after_ns: 30_000_000_000,
    }],
    before: &[Prepare::Time, Prepare::Rights],
    again: None,
    orders_on: None,
    // Taken in: what came of it is told on the channel of orders.
    answer_is_final: false,
    // What waits for a price; no other order.
    can_modify: true,
    is_whole: false,
    // 10 of a kind in a second; positions 5 in a second.
    allowance: Allowance { orders: 10, orders_window_ms: 1_000, kept_for_cancels: 3, questions_a_minute: 300 },
    dead_man: None,
};

/// Orders in Bitget's words.
#[derive(Debug)]
pub(crate) struct Bitget {
    signer: Signer,
    listed: Listed,
    /// The types of instrument that the run trades in.
    types: Vec<&'static str>,
    page: Page,
    halves: Halves,
    kinds: plan::Kinds,
}

impl Bitget {
    pub(crate) fn new(key: &Key, instruments: &Instruments) -> Result<Self, KeyError> {
        let listed = Listed::new(VenueId::Bitget, instruments);
        let is_any = |kind: &&str| listed.iter().any(|instrument| parts(instrument.symbol.as_str()).0 == *kind);
        let types = TYPES.into_iter().filter(is_any).collect();
        let (page, halves, kinds) = (Page::default(), Halves::new(instruments.len()), plan::Kinds::new());
        Ok(Self { signer: Signer::new(key)?, listed, types, page, halves, kinds })
    }

    fn parts(&self, of: InstrumentId) -> (&str, &str) {
        parts(self.listed.get(of).symbol.as_str())
    }

    fn is_spot(&self, of: InstrumentId) -> bool {
        self.parts(of).0 == TYPES[0]
    }

    /// An order message up to its symbol, and of contracts their type and margin.
    fn begin_order(&self, [on_spot, on_contracts]: [&str; 2], purse: Purse, of: InstrumentId, call: &mut Call) {
        call.begin(Way::Post, purse);
        let (kind, symbol) = self.parts(of);
        call.path.put(if self.is_spot(of) { on_spot } else { on_contracts });
        call.body.put(r#"{"symbol":""#).put(symbol).put("\"");
        if !self.is_spot(of) {
            call.body.put(r#","productType":""#).put(kind).put(r#"","marginCoin":""#).put(self.margin(of)).put("\"");
        }
    }

    /// What a contract settles in: the coin itself where that is its type.
    fn margin(&self, of: InstrumentId) -> &str {
        let instrument = self.listed.get(of);
        if self.parts(of).0 == TYPES[3] { instrument.base.as_str() } else { instrument.quote.as_str() }
    }

    fn place(&mut self, order: &Order, now: Nanos, call: &mut Call) -> Result<(), Unable> {
        let (is_market, is_spot) = (order.order_type == OrderType::Market, self.is_spot(order.instrument));
        if is_market && is_spot && order.side == Side::Buy {
            return Err(Unable::NotThere);
        }
        let paths = ["/api/v2/spot/trade/place-order", "/api/v2/mix/order/place-order"];
        self.begin_order(paths, Purse::Orders, order.instrument, call);
        let (instrument, body) = (self.listed.get(order.instrument), &mut call.body);
        body.put(if is_spot { "" } else { r#","marginMode":"crossed""# });
        body.put(if order.side == Side::Buy { r#","side":"buy""# } else { r#","side":"sell""# });
        body.put(if is_market { r#","orderType":"market""# } else { r#","orderType":"limit""# });
        body.put(r#","force":""#).put(force(order)).put(r#"","size":""#).quantity(instrument, order.qty).put("\"");
        if !is_market {
            body.put(r#","price":""#).price(instrument, order.px).put("\"");
        }
        body.put(if order.reduce_only && !is_spot { r#","reduceOnly":"YES""# } else { "" });
        body.put(r#","clientOid":""#).order_id(order.client_order_id, "-").put("\"}");
        self.sign(now, call);
        Ok(())
    }

    fn cancel(&mut self, known: &Known, now: Nanos, call: &mut Call) {
        let paths = ["/api/v2/spot/trade/cancel-order", "/api/v2/mix/order/cancel-order"];
        self.begin_order(paths, Purse::Cancels, known.order.instrument, call);
        if known.is_theirs() || known.is_renamed() {
            call.body.put(r#","orderId":""#).escaped(known.venue_order_id.as_bytes());
        } else {
            call.body.put(r#","clientOid":""#).order_id(known.id(), "-");
        }
        call.body.put("\"}");
        self.sign(now, call);
    }

    /// Of contracts the message that withdraws named orders withdraws all where none is named.
    fn cancel_all(&mut self, of: InstrumentId, now: Nanos, call: &mut Call) {
        let paths = ["/api/v2/spot/trade/cancel-symbol-order", "/api/v2/mix/order/batch-cancel-orders"];
        self.begin_order(paths, Purse::Cancels, of, call);
        call.body.put("}");
        self.sign(now, call);
    }

    fn sign(&mut self, now: Nanos, call: &mut Call) {
        let method = if call.way == Way::Post { "POST" } else { "GET" };
        call.headers.put(if call.way == Way::Post { "Content-Type: application/json\r\n" } else { "" });
        self.signer.headers(now, method, call.path.bytes(), call.body.bytes(), &mut call.headers);
    }

    /// A question by REST; `query` writes what stands behind the path.
    fn get(&mut self, path: &str, now: Nanos, call: &mut Call, query: impl FnOnce(&Self, &mut Text)) {
        call.begin(Way::Get, Purse::Questions);
        call.path.put(path);
        query(self, &mut call.path);
        self.sign(now, call);
    }

    /// A question about an instrument.
    fn get_of(
        &mut self,
        [on_spot, on_contracts]: [&str; 2],
        of: InstrumentId,
        now: Nanos,
        call: &mut Call,
        query: impl FnOnce(&Self, &mut Text),
    ) {
        let path = if self.is_spot(of) { on_spot } else { on_contracts };
        self.get(path, now, call, |this, text| {
            let (kind, symbol) = this.parts(of);
            if !this.is_spot(of) {
                text.put("productType=").put(kind).put("&");
            }
            text.put("symbol=").put(symbol);
            query(this, text);
        });
    }

    /// The largest page, behind the last full one of the same question.
    fn put_page(&self, ask: &Ask, query: &mut Text) {
        query.put("&limit=").whole(PAGE_MAX as u64);
        if let Some(cursor) = self.page.cursor(ask) {
            query.put("&idLessThan=").put(cursor);
        }
    }

    /// Which half of a question is next; on spot nothing waits, so there is one.
    fn half(&mut self, ask: &Ask, of: InstrumentId, id: AskId, now: Nanos) -> Half {
        if self.is_spot(of) { Half::Plain } else { self.halves.next(ask, id, now) }
    }

    /// The type that this question is about now. Each type of contract has an account of its own: they are asked about one
    /// after another, behind the last one that was answered. Money is that of spot, of a run that trades there.
    fn kind_of(&self, ask: &Ask) -> Option<&'static str> {
        let spot = || self.types.iter().copied().find(|kind| *ask == Ask::Balances && *kind == TYPES[0]);
        let contracts = || self.types.iter().copied().filter(|kind| *kind != TYPES[0]);
        let last = self.page.cursor(ask);
        spot().or_else(|| match last {
            None => contracts().next(),
            Some(last) => contracts().skip_while(|kind| *kind != last).nth(1),
        })
    }

    /// The answer about one type was heard.
    fn kind_told(&mut self, ask: &Ask, kind: &str) -> Answer {
        let told = self.page.goes_on(ask, kind);
        if told == Answer::More && self.kind_of(ask).is_some_and(|next| next != kind) {
            return told;
        }
        self.page.ends(ask);
        Answer::Done
    }

    fn of_account(&mut self, ask: &Ask, now: Nanos, call: &mut Call) -> Result<(), Unable> {
        let kind = self.kind_of(ask).ok_or(Unable::NotThere)?;
        let path = match ask {
            Ask::Positions => "/api/v2/mix/position/all-position?productType=",
            _ if kind == TYPES[0] => "/api/v2/spot/account/assets",
            _ => "/api/v2/mix/account/accounts?productType=",
        };
        self.get(path, now, call, |_, path| _ = path.put(if kind == TYPES[0] { "" } else { kind }));
        Ok(())
    }

    /// What is subscribed to, one message each, so that each is answered by itself.
    fn subscribe(&self, step: usize, message: &mut Text) -> bool {
        let count = |kind: &str| if kind == TYPES[0] { SPOT_CHANNELS } else { CHANNELS.len() };
        let mut all =
            self.types.iter().flat_map(|kind| CHANNELS.iter().take(count(kind)).map(move |channel| (kind, channel)));
        let Some((kind, (channel, what))) = all.nth(step) else { return false };
        message.put(r#"{"op":"subscribe","args":[{"instType":""#).put(kind).put(r#"","channel":""#).put(channel);
        message.put("\",\"").put(what).put(r#"":"default"}]}"#);
        true
    }
}

/// A market order never rests, whatever stands there.
fn force(order: &Order) -> &'static str {
    match order.time_in_force {
        _ if order.post_only => "post_only",
        TimeInForce::Gtc | TimeInForce::Gtd | TimeInForce::Day => "gtc",
        TimeInForce::Ioc => "ioc",
        TimeInForce::Fok => "fok",
    }
}

impl Tongue for Bitget {
    fn manners(&self) -> &'static Manners {
        &MANNERS
    }

    fn line_path(&self, _line: usize, path: &mut Text) {
        path.put("/v2/ws/private");
    }

    fn greet(&mut self, line: usize, step: usize, now: Nanos, call: &mut Call) -> bool {
        call.begin(Way::Line(line), Purse::Questions);
        match step.checked_sub(1) {
            None => self.signer.login(now, &mut call.body),
            Some(step) => return self.subscribe(step, &mut call.body),
        }
        true
    }

    fn ask(&mut self, ask: &Ask, id: AskId, now: Nanos, call: &mut Call) -> Result<(), Unable> {
        match *ask {
            Ask::Place(ref order) if order.order_type.has_trigger() => return self.place_waiting(order, now, call),
            Ask::Place(ref order) => return self.place(order, now, call),
            Ask::Cancel(ref known) if known.waits() => self.cancel_waiting(known, now, call),
            Ask::Cancel(ref known) if known.is_nameless() => return Err(Unable::NotYet),
            Ask::Modify(ref known, px, qty) if known.waits() => {
                self.modify_waiting(known, px, qty, now, call);
            }
            Ask::Cancel(ref known) => self.cancel(known, now, call),
            Ask::CancelAll(of) => match self.half(ask, of, id, now) {
                Half::Plain => self.cancel_all(of, now, call),
                Half::Waiting => self.cancel_all_waiting(ask, of, now, call),
            },
            Ask::Order(ref known) if known.is_among_waiting() => self.ask_for_waiting(ask, known, now, call),
            Ask::Order(ref known) => {
                let paths = ["/api/v2/spot/trade/orderInfo?", "/api/v2/mix/order/detail?"];
                self.get_of(paths, known.order.instrument, now, call, |_, query| {
                    if known.is_renamed() {
                        query.put("&orderId=").percent(known.venue_order_id.as_bytes());
                    } else {
                        query.put("&clientOid=").order_id(known.id(), "-");
                    }
                });
            }
            Ask::OpenOrders(of) if self.half(ask, of, id, now) == Half::Waiting => {
                self.open_waiting(ask, of, now, call);
            }
            Ask::OpenOrders(of) => {
                let paths = ["/api/v2/spot/trade/unfilled-orders?", "/api/v2/mix/order/orders-pending?"];
                self.get_of(paths, of, now, call, |this, query| this.put_page(ask, query));
            }
            Ask::Fills(of, since) => {
                let paths = ["/api/v2/spot/trade/fills?", "/api/v2/mix/order/fills?"];
                self.get_of(paths, of, now, call, |this, query| {
                    query.put("&startTime=").whole(since.0 / Nanos::MILLI);
                    this.put_page(ask, query);
                });
            }
            Ask::FillsOf(ref known, since) => {
                let paths = ["/api/v2/spot/trade/fills?", "/api/v2/mix/order/fills?"];
                self.get_of(paths, known.order.instrument, now, call, |this, query| {
                    query.put("&orderId=").percent(known.venue_order_id.as_bytes());
                    query.put("&startTime=").whole(since.0 / Nanos::MILLI);
                    this.put_page(ask, query);
                });
            }
            Ask::Balances | Ask::Positions => return self.of_account(ask, now, call),
            Ask::Mode(of) | Ask::Setup(of) if self.is_spot(of) => return Err(Unable::NotThere),
            Ask::Mode(of) | Ask::Setup(of) => {
                self.get_of(["", "/api/v2/mix/account/account?"], of, now, call, |this, query| {
                    query.put("&marginCoin=").put(this.margin(of));
                });
            }
            Ask::Prepare(Prepare::Rights) => self.get("/api/v2/spot/account/info", now, call, |_, _| ()),
            Ask::Prepare(Prepare::Time) => self.get("/api/v2/public/time", now, call, |_, _| ()),
            Ask::Modify(..)
            | Ask::CancelByRest(_)
            | Ask::DeadMan(..)
            | Ask::Prepare(Prepare::Token | Prepare::KeepToken) => {
                return Err(Unable::NotThere);
            }
        }
        Ok(())
    }

    fn begin_anew(&mut self, ask: &Ask) {
        self.page.ends(ask);
        self.halves.begin_anew(ask);
    }

    fn hear(&mut self, place: Place, said: &[u8], heard: &mut Vec<Heard>) -> Result<(), FrameError> {
        let before = heard.len();
        let understood = match place {
            Place::Line(_) => hears::line(&self.listed, &mut self.kinds, said, heard),
            Place::Rest(id, ask, status) => hears::answer(self, (id, &ask, status), said, heard),
        };
        understood.inspect_err(|_| heard.truncate(before))
    }
}
