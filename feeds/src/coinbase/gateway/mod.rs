//! How orders are talked about with Coinbase Advanced: a private line that tells how orders stand, and REST for all else.
//!
//! Owns: what is said to the venue, to the letter. What it says back is read in [`hears`] and [`answers`], what its words
//! mean stands in [`codes`]. Never: sockets, clocks, orders.
//!
//! The venue knows orders by its own ids: they are withdrawn and changed by nothing else, and an order of which we have no
//! such id is looked for by ours among those of the last hour. Withdrawing all on an instrument withdraws those that the last
//! answer to [`Ask::OpenOrders`] named. The line tells how much of an order is executed, but no execution: those are asked
//! for. There is no switch at the venue that withdraws orders.

mod answers;
mod codes;
mod hears;
#[cfg(test)]
mod tests;

use super::sign::Signer;
use crate::error::FrameError;
use crate::gateway::ask::{Ask, AskId, Known, Prepare};
use crate::gateway::call::{Call, Purse, Way};
use crate::gateway::heard::{Heard, OrderState};
use crate::gateway::key::{Key, KeyError};
use crate::gateway::page::Page;
use crate::gateway::read::Listed;
use crate::gateway::text::Text;
use crate::gateway::tongue::{Allowance, Manners, Place, PrivateLine, Tongue, Unable};
use engine_model::instrument::{InstrumentId, Instruments, Name};
use engine_model::market::Side;
use engine_model::order::{Order, OrderType, TimeInForce};
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::VenueId;

/// What all questions begin with.
const ROOT: &str = "/api/v3/brokerage";

/// The largest page that is asked for.
const PAGE_MAX: usize = 100;

/// An order of which nothing was ever heard is no older than this.
const UNHEARD_NS: u64 = 3_600 * Nanos::SECOND;

/// What is subscribed to, one message each: beats keep the line open, and number it together with the orders.
const CHANNELS: [&str; 2] = ["heartbeats", "user"];

/// What Coinbase is like.
pub(crate) static MANNERS: Manners = Manners {
    rest: "https://api.coinbase.com",
    rights: None,
    lines: &[PrivateLine {
        host: "wss://advanced-trade-ws-user.coinbase.com",
        // The venue beats each second.
        heartbeat: None,
        silent_after_ns: 10_000_000_000,
    }],
    before: &[Prepare::Time, Prepare::Rights],
    again: None,
    orders_on: None,
    // An order that was taken in may be refused yet; the line tells.
    answer_is_final: false,
    can_modify: true,
    is_whole: false,
    // 30 a second for all that is private.
    allowance: Allowance { orders: 20, orders_window_ms: 1_000, kept_for_cancels: 5, questions_a_minute: 600 },
    dead_man: None,
};

/// Orders in Coinbase's words.
#[derive(Debug)]
pub(crate) struct Coinbase {
    signer: Signer,
    listed: Listed,
    page: Page,
    /// The number of the last message on the line.
    last: Option<u64>,
    /// By instrument: the venue's ids of the orders that the last list of open ones named.
    open: Box<[Vec<Name>]>,
}

impl Coinbase {
    pub(crate) fn new(key: &Key, instruments: &Instruments) -> Result<Self, KeyError> {
        Ok(Self {
            signer: Signer::new(key)?,
            listed: Listed::new(VenueId::Coinbase, instruments),
            page: Page::default(),
            last: None,
            open: vec![Vec::new(); instruments.len()].into(),
        })
    }

    fn symbol(&self, of: InstrumentId) -> &str {
        self.listed.get(of).symbol.as_str()
    }

    /// The token of the question that stands in `call`.
    fn sign(&mut self, method: &str, now: Nanos, call: &mut Call) -> Result<(), Unable> {
        let path = call.path.bytes().split(|byte| *byte == b'?').next().unwrap_or_default();
        call.headers.put("Authorization: Bearer ");
        self.signer.question(now, method, path, &mut call.headers).ok_or(Unable::NotYet)?;
        call.headers.put("\r\n");
        Ok(())
    }

    fn post(
        &mut self,
        path: &str,
        purse: Purse,
        now: Nanos,
        call: &mut Call,
        body: impl FnOnce(&Self, &mut Text),
    ) -> Result<(), Unable> {
        call.begin(Way::Post, purse);
        call.path.put(ROOT).put(path);
        body(self, &mut call.body);
        call.headers.put("Content-Type: application/json\r\n");
        self.sign("POST", now, call)
    }

    /// A question; `query` writes what stands behind the path.
    fn get(
        &mut self,
        path: &str,
        now: Nanos,
        call: &mut Call,
        query: impl FnOnce(&Self, &mut Text),
    ) -> Result<(), Unable> {
        call.begin(Way::Get, Purse::Questions);
        call.path.put(ROOT).put(path);
        query(self, &mut call.path);
        self.sign("GET", now, call)
    }

    fn place(&mut self, order: &Order, now: Nanos, call: &mut Call) -> Result<(), Unable> {
        self.post("/orders", Purse::Orders, now, call, |this, body| {
            let instrument = this.listed.get(order.instrument);
            body.put(r#"{"client_order_id":""#).order_id(order.client_order_id, "-");
            body.put(r#"","product_id":""#).put(instrument.symbol.as_str());
            body.put(if order.side == Side::Buy { r#"","side":"BUY""# } else { r#"","side":"SELL""# });
            let (kind, is_limit) = configuration(order);
            body.put(r#","order_configuration":{""#).put(kind).put(r#"":{"base_size":""#);
            body.quantity(instrument, order.qty).put("\"");
            if is_limit {
                body.put(r#","limit_price":""#).price(instrument, order.px).put("\"");
            }
            if kind == RESTS {
                body.put(if order.post_only { r#","post_only":true"# } else { r#","post_only":false"# });
            }
            body.put("}}}");
        })
    }

    fn cancel(&mut self, known: &Known, now: Nanos, call: &mut Call) -> Result<(), Unable> {
        let id = named(known)?;
        self.post("/orders/batch_cancel", Purse::Cancels, now, call, |_, body| {
            body.put(r#"{"order_ids":[""#).put(id.as_str()).put("\"]}");
        })
    }

    fn modify(&mut self, known: &Known, px: Ticks, qty: Lots, now: Nanos, call: &mut Call) -> Result<(), Unable> {
        let id = named(known)?;
        self.post("/orders/edit", Purse::Orders, now, call, |this, body| {
            let instrument = this.listed.get(known.order.instrument);
            body.put(r#"{"order_id":""#).put(id.as_str()).put(r#"","price":""#).price(instrument, px);
            body.put(r#"","size":""#).quantity(instrument, qty).put("\"}");
        })
    }

    fn cancel_all(&mut self, of: InstrumentId, now: Nanos, call: &mut Call) -> Result<(), Unable> {
        if self.open[of.index()].is_empty() {
            return Err(Unable::NotYet);
        }
        self.post("/orders/batch_cancel", Purse::Cancels, now, call, |this, body| {
            for (place, id) in this.open[of.index()].iter().take(PAGE_MAX).enumerate() {
                body.put(if place == 0 { r#"{"order_ids":[""# } else { r#"",""# }).put(id.as_str());
            }
            body.put("\"]}");
        })
    }

    fn order(&mut self, ask: &Ask, known: &Known, now: Nanos, call: &mut Call) -> Result<(), Unable> {
        match named(known) {
            Ok(id) => self.get("/orders/historical/", now, call, |_, path| _ = path.percent(id.as_bytes())),
            Err(_) => self.get("/orders/historical/batch?product_ids=", now, call, |this, query| {
                let since = Nanos(now.0.saturating_sub(UNHEARD_NS));
                query.percent(this.symbol(known.order.instrument).as_bytes()).put("&start_date=").iso_ms(since);
                this.put_page(ask, query);
            }),
        }
    }

    /// How much, and behind the last full page of the same question.
    fn put_page(&self, ask: &Ask, query: &mut Text) {
        query.put("&limit=").whole(PAGE_MAX as u64);
        if let Some(cursor) = self.page.cursor(ask) {
            query.put("&cursor=").percent(cursor.as_bytes());
        }
    }

    /// A page that was behind the first adds to what the first named.
    fn remember_open(&mut self, of: InstrumentId, is_first: bool, heard: &[Heard]) {
        let id = |heard: &Heard| match heard {
            Heard::Order(news) if news.instrument == Some(of) && news.state == OrderState::Open => {
                Some(news.whose.venue_order_id)
            }
            _ => None,
        };
        let open = &mut self.open[of.index()];
        if is_first {
            open.clear();
        }
        open.extend(heard.iter().filter_map(id));
    }
}

/// The venue's id, without which it does not know of an order.
fn named(known: &Known) -> Result<Name, Unable> {
    Some(known.venue_order_id).filter(|id| *id != Name::default()).ok_or(Unable::NotYet)
}

/// The configuration of an order that may rest.
const RESTS: &str = "limit_limit_gtc";

/// The name of a configuration, and whether it has a limit.
fn configuration(order: &Order) -> (&'static str, bool) {
    match (order.order_type, order.time_in_force) {
        (OrderType::Limit, TimeInForce::Gtc | TimeInForce::Gtd | TimeInForce::Day) => (RESTS, true),
        (OrderType::Limit, TimeInForce::Ioc) => ("sor_limit_ioc", true),
        (OrderType::Limit, TimeInForce::Fok) => ("limit_limit_fok", true),
        _ => ("market_market_ioc", false), // risk lets plain orders leave, and no others
    }
}

impl Tongue for Coinbase {
    fn manners(&self) -> &'static Manners {
        &MANNERS
    }

    fn line_path(&self, _line: usize, path: &mut Text) {
        path.put("/");
    }

    fn greet(&mut self, line: usize, step: usize, now: Nanos, call: &mut Call) -> bool {
        call.begin(Way::Line(line), Purse::Questions);
        if step == 0 {
            self.last = None;
        }
        let Some(channel) = CHANNELS.get(step) else { return false };
        call.body.put(r#"{"type":"subscribe","channel":""#).put(channel).put(r#"","jwt":""#);
        // Without a token the venue refuses, and the line is opened anew.
        let _is_signed = self.signer.subscription(now, &mut call.body);
        call.body.put("\"}");
        true
    }

    fn ask(&mut self, ask: &Ask, _id: AskId, now: Nanos, call: &mut Call) -> Result<(), Unable> {
        match *ask {
            Ask::Place(ref order) => self.place(order, now, call),
            Ask::Cancel(ref known) => self.cancel(known, now, call),
            Ask::Modify(ref known, px, qty) => self.modify(known, px, qty, now, call),
            Ask::CancelAll(of) => self.cancel_all(of, now, call),
            Ask::Order(ref known) => self.order(ask, known, now, call),
            Ask::OpenOrders(of) => self.get("/orders/historical/batch?order_status=OPEN", now, call, |this, query| {
                query.put("&product_ids=").percent(this.symbol(of).as_bytes());
                this.put_page(ask, query);
            }),
            Ask::Fills(of, since) => self.get("/orders/historical/fills?product_ids=", now, call, |this, query| {
                query.percent(this.symbol(of).as_bytes()).put("&start_sequence_timestamp=").iso_ms(since);
                this.put_page(ask, query);
            }),
            Ask::FillsOf(ref known, since) => {
                self.get("/orders/historical/fills?order_ids=", now, call, |this, query| {
                    query.percent(known.venue_order_id.as_bytes()).put("&start_sequence_timestamp=").iso_ms(since);
                    this.put_page(ask, query);
                })
            }
            Ask::Balances => self.get("/accounts?", now, call, |this, query| this.put_page(ask, query)),
            Ask::Prepare(Prepare::Rights) => self.get("/key_permissions", now, call, |_, _| ()),
            Ask::Prepare(Prepare::Time) => {
                call.begin(Way::Get, Purse::Questions);
                call.path.put(ROOT).put("/time");
                Ok(())
            }
            Ask::Positions
            | Ask::Mode(_)
            | Ask::Setup(_)
            | Ask::CancelByRest(_)
            | Ask::DeadMan(..)
            | Ask::Prepare(Prepare::Token | Prepare::KeepToken) => Err(Unable::NotThere),
        }
    }

    fn begin_anew(&mut self, ask: &Ask) {
        self.page.ends(ask);
    }

    fn hear(&mut self, place: Place, said: &[u8], heard: &mut Vec<Heard>) -> Result<(), FrameError> {
        let before = heard.len();
        let is_first = match place {
            Place::Rest(_, ask, _) => self.page.cursor(&ask).is_none(),
            Place::Line(_) => true,
        };
        let understood = match place {
            Place::Line(_) => hears::line(&self.listed, &mut self.last, said, heard),
            Place::Rest(id, ask, status) => {
                answers::rest(&self.listed, (id, &ask, status), said, &mut self.page, heard)
            }
        };
        understood.inspect_err(|_| heard.truncate(before))?;
        if let Place::Rest(_, Ask::OpenOrders(of), 200) = place {
            self.remember_open(of, is_first, &heard[before..]);
        }
        Ok(())
    }
}
