//! How orders are talked about with Kraken Futures: they are entered by REST, one line tells, questions go by REST.
//!
//! Owns: what is said to the venue, to the letter. What it says back is read in [`hears`] and [`answers`], what its words
//! mean stands in [`codes`]. Never: sockets, clocks, orders.
//!
//! The venue tells of an order that is open or was within the last five seconds, and of one that it withdrew perhaps only
//! its own id: what it does not know any more is looked for among the executions, as everywhere. A change keeps the id.
//!
//! What waits for a price is an order like others (`stp`, `take_profit`), with a limit or without
//! (<https://docs.kraken.com/api-reference/order-management/send-order>). When it is pulled the venue removes it and makes
//! another out of it, which may bear another id of the venue's
//! (<https://docs.kraken.com/api/docs/futures-api/websocket/open_orders>).

mod answers;
mod codes;
mod hears;
#[cfg(test)]
mod tests;

use super::sign::Signer;
use crate::error::FrameError;
use crate::gateway::ask::{Ask, AskId, Known, Prepare};
use crate::gateway::call::{CLOCK_AGAIN_NS, Call, Purse, Way, good_until};
use crate::gateway::heard::Heard;
use crate::gateway::key::{Key, KeyError};
use crate::gateway::page::Page;
use crate::gateway::read::Listed;
use crate::gateway::text::Text;
use crate::gateway::tongue::{Allowance, DeadMan, Manners, Place, PrivateLine, Tongue, Unable};
use crate::live::dialect::{Beat, Heartbeat};
use engine_model::instrument::Instruments;
use engine_model::market::Side;
use engine_model::order::{Order, OrderType, TimeInForce, TriggerType};
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::VenueId;

/// The largest page that the venue gives.
const PAGE_MAX: usize = 100;

/// What is subscribed to, one message each.
const FEEDS: [&str; 4] = ["open_orders", "fills", "open_positions", "balances"];

/// What an order, a change or a withdrawal costs of 500 in 10 s, which questions share.
const ORDER_WEIGHT: u32 = 10;
/// What withdrawing all, arming the switch, and executions of before a moment cost.
const LARGE_WEIGHT: u32 = 25;
/// What a list costs.
const LIST_WEIGHT: u32 = 2;

/// What Kraken Futures is like.
pub(crate) static MANNERS: Manners = Manners {
    rest: "https://futures.kraken.com",
    rights: None,
    lines: &[PrivateLine {
        host: "wss://futures.kraken.com",
        // 60 s without a ping close a connection; the answer to each is heard, so silence means that the line is dead.
        heartbeat: Some(Heartbeat { every_ns: 10_000_000_000, beat: Beat::Ping }),
        silent_after_ns: 30_000_000_000,
    }],
    // Nothing that is signed depends on the time, but executions are asked for from one on.
    before: &[Prepare::Time, Prepare::Rights],
    again: Some((Prepare::Time, CLOCK_AGAIN_NS)),
    orders_on: None,
    // By the engine: "placed", "edited".
    answer_is_final: true,
    can_modify: true,
    is_whole: true,
    // Of 500 in 10 s: 300 for orders, 100 for questions, and as much again for the switch.
    allowance: Allowance { orders: 300, orders_window_ms: 10_000, kept_for_cancels: 100, questions_a_minute: 600 },
    dead_man: Some(DeadMan { seconds: 60, by_instrument: false, is_fed: true }),
};

/// Orders in Kraken Futures' words.
#[derive(Debug)]
pub(crate) struct KrakenFutures {
    signer: Signer,
    listed: Listed,
    /// What the venue challenged the line with.
    challenge: Text,
    page: Page,
}

impl KrakenFutures {
    pub(crate) fn new(key: &Key, instruments: &Instruments) -> Result<Self, KeyError> {
        Ok(Self {
            signer: Signer::new(key)?,
            listed: Listed::new(VenueId::KrakenFutures, instruments),
            challenge: Text::default(),
            page: Page::default(),
        })
    }

    fn place(&mut self, order: &Order, now: Nanos, call: &mut Call) {
        self.post("sendorder", Purse::Orders, ORDER_WEIGHT, now, call, |listed, body| {
            let instrument = listed.get(order.instrument);
            body.put("orderType=").put(order_type(order)).put("&symbol=").put(instrument.symbol.as_str());
            body.put(if order.side == Side::Buy { "&side=buy&size=" } else { "&side=sell&size=" });
            body.quantity(instrument, order.qty);
            if order.order_type.plain() == OrderType::Limit {
                body.put("&limitPrice=").price(instrument, order.px);
            }
            if order.order_type.has_trigger() {
                body.put("&stopPrice=").price(instrument, order.trigger_px);
                body.put("&triggerSignal=").put(trigger_signal(order.trigger_type));
            }
            body.put("&cliOrdId=").order_id(order.client_order_id, "-");
            body.put(if order.reduce_only { "&reduceOnly=true" } else { "" });
            put_deadline(now, body);
        });
    }

    fn modify(&mut self, known: &Known, px: Ticks, qty: Lots, now: Nanos, call: &mut Call) {
        self.post("editorder", Purse::Orders, ORDER_WEIGHT, now, call, |listed, body| {
            let (order, instrument) = (&known.order, listed.get(known.order.instrument));
            let is_limit = order.order_type.plain() == OrderType::Limit;
            body.put("cliOrdId=").order_id(known.id(), "-").put("&size=").quantity(instrument, qty);
            if is_limit {
                body.put("&limitPrice=").price(instrument, px);
            }
            // Of one that waits it is always needed.
            if order.order_type.has_trigger() {
                body.put("&stopPrice=").price(instrument, if is_limit { order.trigger_px } else { px });
            }
            put_deadline(now, body);
        });
    }

    /// A message by REST; `rest` writes its parameters.
    fn post(
        &mut self,
        path: &str,
        purse: Purse,
        weight: u32,
        now: Nanos,
        call: &mut Call,
        rest: impl FnOnce(&Listed, &mut Text),
    ) {
        call.begin(Way::Post, purse);
        call.weight = weight;
        call.path.put("/derivatives/api/v3/").put(path);
        rest(&self.listed, &mut call.body);
        call.headers.put("Content-Type: application/x-www-form-urlencoded\r\n");
        self.signer.headers(now, call.path.bytes(), call.body.bytes(), &mut call.headers);
    }

    /// A question by REST, at that path, with those parameters.
    fn get(&mut self, path: &str, parameters: &str, weight: u32, now: Nanos, call: &mut Call) {
        call.begin(Way::Get, Purse::Questions);
        call.weight = weight;
        self.signer.headers(now, path.as_bytes(), parameters.as_bytes(), &mut call.headers);
        call.path.put(path).put(if parameters.is_empty() { "" } else { "?" }).put(parameters);
    }

    fn list(&mut self, path: &str, now: Nanos, call: &mut Call) {
        self.get(path, "", LIST_WEIGHT, now, call);
    }

    /// The newest page; behind a full one what lies before its oldest row.
    fn fills(&mut self, ask: &Ask, now: Nanos, call: &mut Call) {
        let parameters = self.page.cursor(ask).map(|before| format!("lastFillTime={before}"));
        let weight = if parameters.is_some() { LARGE_WEIGHT } else { LIST_WEIGHT };
        self.get("/derivatives/api/v3/fills", &parameters.unwrap_or_default(), weight, now, call);
    }
}

fn put_deadline(now: Nanos, body: &mut Text) {
    body.put("&processBefore=").iso_ms_percent(good_until(now));
}

/// A market order takes up to 1 % from the best, and the rest of it goes.
fn order_type(order: &Order) -> &'static str {
    match (order.order_type, order.time_in_force) {
        (OrderType::Market, _) => "mkt",
        (OrderType::StopMarket | OrderType::StopLimit, _) => "stp",
        (OrderType::MarketIfTouched | OrderType::LimitIfTouched, _) => "take_profit",
        _ if order.post_only => "post",
        (_, TimeInForce::Ioc) => "ioc",
        (_, TimeInForce::Fok) => "fok",
        // What expires is kept on our side, and arrives here as a limit order.
        _ => "lmt",
    }
}

fn trigger_signal(which: TriggerType) -> &'static str {
    match which {
        TriggerType::MarkPrice => "mark",
        TriggerType::IndexPrice => "index",
        _ => "last",
    }
}

impl Tongue for KrakenFutures {
    fn manners(&self) -> &'static Manners {
        &MANNERS
    }

    fn line_path(&self, _line: usize, path: &mut Text) {
        path.put("/ws/v1");
    }

    fn greet(&mut self, line: usize, step: usize, _now: Nanos, call: &mut Call) -> bool {
        call.begin(Way::Line(line), Purse::Questions);
        let Some(step) = step.checked_sub(1) else {
            self.signer.challenge(&mut call.body);
            return true;
        };
        let Some(feed) = FEEDS.get(step) else { return false };
        call.body.put(r#"{"event":"subscribe","feed":""#).put(feed).put("\",");
        self.signer.challenged(self.challenge.bytes(), &mut call.body);
        call.body.put("}");
        true
    }

    fn ask(&mut self, ask: &Ask, _id: AskId, now: Nanos, call: &mut Call) -> Result<(), Unable> {
        match *ask {
            Ask::Place(ref order) => self.place(order, now, call),
            Ask::Modify(ref known, px, qty) => self.modify(known, px, qty, now, call),
            Ask::Cancel(ref known) => self.post("cancelorder", Purse::Cancels, ORDER_WEIGHT, now, call, |_, body| {
                if known.is_theirs() {
                    body.put("order_id=").percent(known.venue_order_id.as_bytes());
                } else {
                    body.put("cliOrdId=").order_id(known.id(), "-");
                }
            }),
            Ask::CancelAll(of) => {
                self.post("cancelallorders", Purse::Cancels, LARGE_WEIGHT, now, call, |listed, body| {
                    body.put("symbol=").put(listed.get(of).symbol.as_str());
                });
            }
            Ask::DeadMan(_, seconds) => {
                self.post("cancelallordersafter", Purse::Switch, LARGE_WEIGHT, now, call, |_, body| {
                    body.put("timeout=").whole(u64::from(seconds));
                });
            }
            Ask::Order(ref known) => self.post("orders/status", Purse::Questions, 1, now, call, |_, body| {
                body.put("cliOrdIds=").order_id(known.id(), "-");
            }),
            Ask::OpenOrders(_) => self.list("/derivatives/api/v3/openorders", now, call),
            Ask::Fills(..) => self.fills(ask, now, call),
            Ask::Balances => self.list("/derivatives/api/v3/accounts", now, call),
            // Every answer carries the time: this one is the shortest.
            Ask::Positions | Ask::Prepare(Prepare::Time) => self.list("/derivatives/api/v3/openpositions", now, call),
            Ask::Prepare(Prepare::Rights) => self.get("/api/auth/v1/api-keys/v3/check", "", 0, now, call),
            Ask::CancelByRest(_)
            | Ask::FillsOf(..)
            | Ask::Mode(_)
            | Ask::Setup(_)
            | Ask::Prepare(Prepare::Token | Prepare::KeepToken) => {
                return Err(Unable::NotThere);
            }
        }
        Ok(())
    }

    fn begin_anew(&mut self, ask: &Ask) {
        self.page.ends(ask);
    }

    fn hear(&mut self, place: Place, said: &[u8], heard: &mut Vec<Heard>) -> Result<(), FrameError> {
        let before = heard.len();
        let understood = match place {
            Place::Line(_) => hears::line(&self.listed, &mut self.challenge, said, heard),
            Place::Rest(id, ask, status) => answers::rest(self, (id, &ask, status), said, heard),
        };
        understood.inspect_err(|_| heard.truncate(before))
    }
}
