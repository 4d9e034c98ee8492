//! How orders are talked about with OKX: one private line on which orders are entered and all is told, another one on which
//! orders that wait for a price are told of, see [`algo`], and REST for questions.
//!
//! Owns: what is said to the venue, to the letter, and the numbers by which its line knows instruments. What it says back is
//! read in [`hears`], what its codes mean stands in [`codes`]. Never: sockets, clocks, orders.
//!
//! The venue withdraws many orders at once only by their ids. So withdrawing all on an instrument withdraws those that the
//! last answer to [`Ask::OpenOrders`] named, at most 20; the rest after the next such answer, and nothing before one.
//! Accounts net their positions (`net_mode`); contracts are entered on cross margin.

mod algo;
mod codes;
mod hears;
#[cfg(test)]
mod tests;

use super::session::kind;
use super::sign::Signer;
use crate::error::FrameError;
use crate::gateway::ask::{Ask, AskId, Known, Prepare};
use crate::gateway::call::{Call, Purse, Way, good_until};
use crate::gateway::halves::{Half, Halves};
use crate::gateway::heard::{Answer, Heard};
use crate::gateway::key::{Key, KeyError};
use crate::gateway::page::Page;
use crate::gateway::read::Listed;
use crate::gateway::text::Text;
use crate::gateway::tongue::{Allowance, DeadMan, Manners, Place, PrivateLine, Tongue, Unable};
use crate::live::dialect::{Beat, Heartbeat};
use engine_model::instrument::{ContractKind, InstrumentId, Instruments, Name};
use engine_model::market::Side;
use engine_model::order::{ClientOrderId, Order, OrderType, TimeInForce};
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::VenueId;

/// Our ids at this venue: only letters and digits are allowed.
const BETWEEN: &str = "x";

/// The largest page that the venue gives.
const PAGE_MAX: usize = 100;

/// Orders that are withdrawn in one request.
const BATCH: usize = 20;

/// What is subscribed to, one message each, so that each is answered by itself. Executions come with the orders: their own
/// channel is open to few.
const CHANNELS: [&str; 3] = [r#""orders","instType":"ANY""#, r#""account""#, r#""positions","instType":"ANY""#];

/// The line of orders, money and positions; the one after it is of orders that wait for a price.
const TRADES: usize = 0;

/// A line of OKX's private host.
const fn line() -> PrivateLine {
    PrivateLine {
        host: "wss://ws.okx.com:8443",
        // 30 s of silence close a connection; the answer to each ping is heard.
        heartbeat: Some(Heartbeat { every_ns: 20_000_000_000, beat: Beat::Text("ping") }),
        silent_after_ns: 30_000_000_000,
    }
}

/// What OKX is like.
pub(crate) static MANNERS: Manners = Manners {
    rest: "https://www.okx.com",
    rights: None,
    lines: &[line(), line()],
    // The token is the numbers of instruments: once for each kind that there is, spot, swaps and futures.
    before: &[Prepare::Time, Prepare::Rights, Prepare::Token, Prepare::Token, Prepare::Token],
    again: None,
    orders_on: Some(TRADES),
    // Taken in: what came of it, of changes and cancels above all, is told on the channel of orders.
    answer_is_final: false,
    can_modify: true,
    is_whole: false,
    // 60 of each kind in 2 s and instrument; questions for money and positions 10 in 2 s.
    allowance: Allowance {
        orders: 60,
        orders_window_ms: codes::WINDOW_MS,
        kept_for_cancels: 15,
        questions_a_minute: 300,
    },
    dead_man: Some(DeadMan { seconds: 10, by_instrument: false, is_fed: true }),
};

/// Orders in OKX's words.
#[derive(Debug)]
pub(crate) struct Okx {
    signer: Signer,
    listed: Listed,
    /// By instrument: the number by which the line knows it, once the venue told it.
    codes: Box<[Option<u64>]>,
    /// By instrument: the venue's ids of the orders that the last list of open ones named.
    open: Box<[Vec<Name>]>,
    /// The same of those that wait for a price.
    waiting: Box<[Vec<Name>]>,
    halves: Halves,
    page: Page,
}

impl Okx {
    pub(crate) fn new(key: &Key, instruments: &Instruments) -> Result<Self, KeyError> {
        Ok(Self {
            signer: Signer::new(key)?,
            listed: Listed::new(VenueId::Okx, instruments),
            codes: vec![None; instruments.len()].into(),
            open: vec![Vec::new(); instruments.len()].into(),
            waiting: vec![Vec::new(); instruments.len()].into(),
            halves: Halves::new(instruments.len()),
            page: Page::default(),
        })
    }

    /// An order message up to the instrument of its argument. On lines the venue replaced names by numbers in 2026.
    ///
    /// `until`: what arrives later is refused by the venue, so that an order that was held up somewhere is never executed
    /// long after it was given up here. A cancel is welcome at any time.
    fn begin_order(&self, op: &str, purse: Purse, of: InstrumentId, id: AskId, until: Option<Nanos>, call: &mut Call) {
        call.begin(Way::Line(TRADES), purse);
        call.body.put(r#"{"id":""#).whole(id.0).put(r#"","op":""#).put(op);
        if let Some(until) = until {
            call.body.put(r#"","expTime":""#).whole(until.0 / Nanos::MILLI);
        }
        call.body.put(r#"","args":[{"#);
        match self.codes[of.index()] {
            Some(code) => call.body.put(r#""instIdCode":"#).whole(code),
            None => call.body.put(r#""instId":""#).put(self.symbol(of)).put("\""),
        };
    }

    fn symbol(&self, of: InstrumentId) -> &str {
        self.listed.get(of).symbol.as_str()
    }

    fn place(&self, order: &Order, id: AskId, now: Nanos, call: &mut Call) {
        self.begin_order("order", Purse::Orders, order.instrument, id, Some(good_until(now)), call);
        let instrument = self.listed.get(order.instrument);
        let (body, is_spot) = (&mut call.body, instrument.kind == ContractKind::Spot);
        body.put(if is_spot { r#","tdMode":"cash""# } else { r#","tdMode":"cross""# });
        body.put(if order.side == Side::Buy { r#","side":"buy""# } else { r#","side":"sell""# });
        body.put(r#","ordType":""#).put(order_type(order)).put(r#"","sz":""#).quantity(instrument, order.qty).put("\"");
        if order.order_type == OrderType::Limit {
            body.put(r#","px":""#).price(instrument, order.px).put("\"");
        } else {
            // A market buy of spot is counted in quote unless said otherwise.
            body.put(if is_spot { r#","tgtCcy":"base_ccy""# } else { "" });
        }
        body.put(if order.reduce_only && !is_spot { r#","reduceOnly":true"# } else { "" });
        end_order(order.client_order_id, body);
    }

    fn modify(&self, known: &Known, px: Ticks, qty: Lots, id: AskId, now: Nanos, call: &mut Call) {
        let order = &known.order;
        self.begin_order("amend-order", Purse::Orders, order.instrument, id, Some(good_until(now)), call);
        let instrument = self.listed.get(order.instrument);
        call.body.put(r#","newSz":""#).quantity(instrument, qty).put(r#"","newPx":""#).price(instrument, px).put("\"");
        put_name(known, &mut call.body);
        call.body.put("\"}]}");
    }

    fn cancel(&self, known: &Known, id: AskId, call: &mut Call) {
        self.begin_order("cancel-order", Purse::Cancels, known.order.instrument, id, None, call);
        put_name(known, &mut call.body);
        call.body.put("\"}]}");
    }

    fn cancel_by_rest(&mut self, known: &Known, now: Nanos, call: &mut Call) {
        call.begin(Way::Post, Purse::Cancels);
        call.path.put("/api/v5/trade/cancel-order");
        call.body.put(r#"{"instId":""#).put(self.symbol(known.order.instrument)).put("\"");
        put_name(known, &mut call.body);
        call.body.put("\"}");
        self.sign_body(now, call);
    }

    /// What waits stands in a list of its own. Where one of the two lists is empty there is one half only.
    fn cancel_all(
        &mut self,
        ask: &Ask,
        (of, id): (InstrumentId, AskId),
        now: Nanos,
        call: &mut Call,
    ) -> Result<(), Unable> {
        let is_empty = [self.open[of.index()].is_empty(), self.waiting[of.index()].is_empty()];
        let half = match (is_empty, self.halves.next(ask, id, now)) {
            ([true, true], _) => {
                self.halves.begin_anew(ask);
                return Err(Unable::NotYet);
            }
            ([true, false], Half::Plain) => {
                self.halves.done(ask, Half::Plain);
                self.halves.next(ask, id, now)
            }
            ([false, true], Half::Waiting) => {
                self.halves.begin_anew(ask);
                self.halves.next(ask, id, now)
            }
            (_, half) => half,
        };
        let (path, key, list, most) = match half {
            Half::Plain => ("/api/v5/trade/cancel-batch-orders", "ordId", &self.open, BATCH),
            Half::Waiting => ("/api/v5/trade/cancel-algos", "algoId", &self.waiting, algo::BATCH),
        };
        call.begin(Way::Post, Purse::Cancels);
        call.path.put(path);
        for (place, id) in list[of.index()].iter().take(most).enumerate() {
            call.body.put(if place == 0 { r#"[{"instId":""# } else { r#",{"instId":""# });
            call.body.put(self.symbol(of)).put(r#"",""#).put(key).put(r#"":""#).put(id.as_str()).put("\"}");
        }
        call.body.put("]");
        self.sign_body(now, call);
        Ok(())
    }

    /// One of the two lists of open orders; of spot there is one, as nothing waits there.
    fn open_orders(&mut self, ask: &Ask, (of, id): (InstrumentId, AskId), now: Nanos, call: &mut Call) {
        let half = if self.holds_waiting(of) { self.halves.next(ask, id, now) } else { Half::Plain };
        let path = match half {
            Half::Plain => "/api/v5/trade/orders-pending?instId=",
            Half::Waiting => "/api/v5/trade/orders-algo-pending?ordType=conditional&instId=",
        };
        self.get(path, now, call, |this, query| {
            query.put(this.symbol(of)).put("&limit=").whole(PAGE_MAX as u64);
            this.put_cursor(ask, query);
        });
    }

    fn holds_waiting(&self, of: InstrumentId) -> bool {
        self.listed.get(of).kind != ContractKind::Spot
    }

    fn dead_man(&mut self, seconds: u32, now: Nanos, call: &mut Call) {
        call.begin(Way::Post, Purse::Switch);
        call.path.put("/api/v5/trade/cancel-all-after");
        // 10 to 120; 0 is the end of it.
        let seconds = if seconds == 0 { 0 } else { seconds.clamp(10, 120) };
        call.body.put(r#"{"timeOut":""#).whole(u64::from(seconds)).put("\"}");
        self.sign_body(now, call);
    }

    fn sign_body(&mut self, now: Nanos, call: &mut Call) {
        call.headers.put("Content-Type: application/json\r\n");
        self.signer.headers(now, "POST", call.path.bytes(), call.body.bytes(), &mut call.headers);
    }

    /// A question by REST; `query` writes what stands behind the path.
    fn get(&mut self, path: &str, now: Nanos, call: &mut Call, query: impl FnOnce(&Self, &mut Text)) {
        call.begin(Way::Get, Purse::Questions);
        call.path.put(path);
        query(self, &mut call.path);
        self.signer.headers(now, "GET", call.path.bytes(), b"", &mut call.headers);
    }

    /// Behind the last full page of the same question.
    fn put_cursor(&self, ask: &Ask, query: &mut Text) {
        if let Some(cursor) = self.page.cursor(ask) {
            query.put("&after=").put(cursor);
        }
    }

    /// A page that was behind the first adds to what the first named.
    fn remember_open(&mut self, of: InstrumentId, half: Half, is_first: bool, heard: &[Heard]) {
        let id = |heard: &Heard| match heard {
            Heard::Order(news) if news.instrument == Some(of) => Some(news.whose.venue_order_id),
            _ => None,
        };
        let open = match half {
            Half::Plain => &mut self.open[of.index()],
            Half::Waiting => &mut self.waiting[of.index()],
        };
        if is_first {
            open.clear();
        }
        open.extend(heard.iter().filter_map(id));
    }

    /// The numbers of instruments of the first kind that lacks some, in one answer; of a single one where none lacks any.
    fn instruments(&mut self, now: Nanos, call: &mut Call) -> Result<(), Unable> {
        let lacks = self.listed.iter().find(|instrument| self.codes[instrument.id.index()].is_none());
        let any = lacks.or_else(|| self.listed.iter().next()).ok_or(Unable::NotThere)?;
        let (symbol, is_known) = (any.symbol, lacks.is_none());
        self.get("/api/v5/public/instruments?instType=", now, call, |_, query| {
            query.put(kind(symbol.as_str()));
            if is_known {
                query.put("&instId=").percent(symbol.as_bytes());
            }
        });
        Ok(())
    }
}

fn order_type(order: &Order) -> &'static str {
    match (order.order_type, order.time_in_force) {
        _ if order.order_type != OrderType::Limit => "market", // risk lets plain orders leave, and no others
        _ if order.post_only => "post_only",
        (_, TimeInForce::Gtc | TimeInForce::Gtd | TimeInForce::Day) => "limit",
        (_, TimeInForce::Ioc) => "ioc",
        (_, TimeInForce::Fok) => "fok",
    }
}

fn end_order(id: ClientOrderId, body: &mut Text) {
    body.put(r#","clOrdId":""#).order_id(id, BETWEEN).put("\"}]}");
}

/// A plain order by the venue's id once that was told, which is of every order: what became of one that waited bears none of
/// ours, and of one that a run before left nobody knows whether it waited.
fn put_name(known: &Known, body: &mut Text) {
    if is_named(known) {
        body.put(r#","ordId":""#).escaped(known.venue_order_id.as_bytes());
    } else {
        body.put(r#","clOrdId":""#).order_id(known.id(), BETWEEN);
    }
}

/// Whether the venue has told its id.
fn is_named(known: &Known) -> bool {
    known.venue_order_id != Name::default()
}

impl Tongue for Okx {
    fn manners(&self) -> &'static Manners {
        &MANNERS
    }

    fn line_path(&self, line: usize, path: &mut Text) {
        path.put(if line == TRADES { "/ws/v5/private" } else { "/ws/v5/business" });
    }

    fn greet(&mut self, line: usize, step: usize, now: Nanos, call: &mut Call) -> bool {
        call.begin(Way::Line(line), Purse::Questions);
        let channels = if line == TRADES { &CHANNELS[..] } else { &algo::CHANNELS[..] };
        match step.checked_sub(1).map(|at| channels.get(at)) {
            None => self.signer.login(now, &mut call.body),
            Some(Some(channel)) => {
                call.body.put(r#"{"op":"subscribe","args":[{"channel":"#).put(channel).put("}]}");
            }
            Some(None) => return false,
        }
        true
    }

    fn ask(&mut self, ask: &Ask, id: AskId, now: Nanos, call: &mut Call) -> Result<(), Unable> {
        match *ask {
            Ask::Place(ref order) if order.order_type.has_trigger() => self.place_waiting(order, now, call),
            Ask::Place(ref order) => self.place(order, id, now, call),
            Ask::Cancel(ref known) | Ask::CancelByRest(ref known) if known.waits() => {
                self.cancel_waiting(known, now, call);
            }
            Ask::Cancel(ref known) | Ask::CancelByRest(ref known) | Ask::Modify(ref known, ..)
                if known.is_nameless() =>
            {
                return Err(Unable::NotYet);
            }
            Ask::Cancel(ref known) => self.cancel(known, id, call),
            Ask::Modify(ref known, px, qty) if known.waits() => {
                self.modify_waiting(&known.order, px, qty, now, call);
            }
            Ask::Modify(ref known, px, qty) => self.modify(known, px, qty, id, now, call),
            Ask::CancelByRest(ref known) => self.cancel_by_rest(known, now, call),
            Ask::DeadMan(_, seconds) => self.dead_man(seconds, now, call),
            Ask::Order(ref known) if known.is_among_waiting() => self.ask_for_waiting(known, now, call),
            Ask::Order(ref known) => self.get("/api/v5/trade/order?instId=", now, call, |this, query| {
                query.put(this.symbol(known.order.instrument));
                if is_named(known) {
                    query.put("&ordId=").percent(known.venue_order_id.as_bytes());
                } else {
                    query.put("&clOrdId=").order_id(known.id(), BETWEEN);
                }
            }),
            Ask::OpenOrders(of) => self.open_orders(ask, (of, id), now, call),
            Ask::Fills(of, since) => self.get("/api/v5/trade/fills?instId=", now, call, |this, query| {
                query.put(this.symbol(of)).put("&begin=").whole(since.0 / Nanos::MILLI);
                query.put("&limit=").whole(PAGE_MAX as u64);
                this.put_cursor(ask, query);
            }),
            Ask::FillsOf(ref known, since) => self.get("/api/v5/trade/fills?instId=", now, call, |this, query| {
                query.put(this.symbol(known.order.instrument)).put("&ordId=");
                query.percent(known.venue_order_id.as_bytes()).put("&begin=").whole(since.0 / Nanos::MILLI);
                query.put("&limit=").whole(PAGE_MAX as u64);
                this.put_cursor(ask, query);
            }),
            Ask::Balances => self.get("/api/v5/account/balance", now, call, |_, _| ()),
            Ask::Positions => self.get("/api/v5/account/positions", now, call, |_, _| ()),
            Ask::Mode(_) | Ask::Prepare(Prepare::Rights) => self.get("/api/v5/account/config", now, call, |_, _| ()),
            Ask::Setup(of) if self.listed.get(of).kind == ContractKind::Spot => return Err(Unable::NotThere),
            Ask::Setup(of) => {
                self.get("/api/v5/account/leverage-info?mgnMode=cross&instId=", now, call, |this, query| {
                    query.put(this.symbol(of));
                })
            }
            Ask::Prepare(Prepare::Time) => self.get("/api/v5/public/time", now, call, |_, _| ()),
            Ask::Prepare(Prepare::Token) => return self.instruments(now, call),
            Ask::CancelAll(of) => return self.cancel_all(ask, (of, id), now, call),
            Ask::Prepare(Prepare::KeepToken) => return Err(Unable::NotThere),
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
            Place::Line(_) => hears::line(&self.listed, said, heard),
            Place::Rest(id, Ask::Prepare(Prepare::Token), status) => {
                hears::instruments(&self.listed, &mut self.codes, id, status, said, heard)
            }
            Place::Rest(id, ask, status) => self.hear_rest((id, &ask, status), said, heard),
        };
        understood.inspect_err(|_| heard.truncate(before))
    }
}

impl Okx {
    fn hear_rest(&mut self, place: (AskId, &Ask, u16), said: &[u8], heard: &mut Vec<Heard>) -> Result<(), FrameError> {
        let (id, ask, _) = place;
        let (before, is_first) = (heard.len(), self.page.cursor(ask).is_none());
        let half = match ask {
            Ask::OpenOrders(of) | Ask::CancelAll(of) if self.holds_waiting(*of) => self.halves.answered(ask, id),
            _ => Some(Half::Plain),
        };
        // A message of another time says nothing any more.
        let Some(half) = half else {
            heard.push(Heard::Answer(id, Answer::Unknown));
            return Ok(());
        };
        hears::answer(&self.listed, place, said, &mut self.page, heard)?;
        if let Ask::OpenOrders(of) = *ask {
            self.remember_open(of, half, is_first, &heard[before..]);
        }
        let Some(Heard::Answer(_, answer)) = heard.last_mut() else { return Ok(()) };
        match *ask {
            Ask::OpenOrders(of) if *answer == Answer::Done && self.holds_waiting(of) => {
                *answer = self.halves.done(ask, half);
            }
            Ask::CancelAll(of) if *answer == Answer::Done && self.holds_waiting(of) => {
                *answer = self.halves.done(ask, half);
                if self.waiting[of.index()].is_empty() {
                    self.halves.begin_anew(ask);
                    *answer = Answer::Done;
                }
            }
            _ => {}
        }
        Ok(())
    }
}
