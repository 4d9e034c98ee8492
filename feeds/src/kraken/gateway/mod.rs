//! How orders are talked about with Kraken: one private line on which orders are entered and all is told, and REST for
//! questions, of which the venue allows few.
//!
//! Owns: what is said to the venue, to the letter. What it says back is read in [`hears`] and [`answers`], what its texts
//! mean stands in [`codes`], how it spells ids and pairs in [`names`]. Never: sockets, clocks, orders.
//!
//! By our id the venue is asked in two steps, first among the open orders, then among the closed; only what is in neither
//! is no order. Once the venue's id is known one question does. All orders are withdrawn of the account at once, whatever
//! the instrument: for less, the venue wants ids. Fees are asked for in the quote currency.

mod answers;
mod codes;
mod hears;
mod names;
#[cfg(test)]
mod tests;
mod told;

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
use engine_model::instrument::{Instrument, Instruments, Name};
use engine_model::market::Side;
use engine_model::order::{ClientOrderId, Order, OrderType, TimeInForce};
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::VenueId;
use told::Told;

/// The only line.
const LINE: usize = 0;

/// The largest page that the venue gives.
const PAGE_MAX: usize = 50;

/// Orders remembered as not open while they are looked for among the closed.
const ABSENT_MAX: usize = 1_024;

/// What is subscribed to, one message each. Executions of before are asked for after a loss: the 50 newest of a snapshot
/// would be those of other runs most times.
const CHANNELS: [&str; 2] =
    [r#""executions","snap_orders":true,"snap_trades":false,"order_status":true"#, r#""balances","snapshot":true"#];

/// What Kraken is like.
pub(crate) static MANNERS: Manners = Manners {
    rest: "https://api.kraken.com",
    rights: None,
    lines: &[PrivateLine {
        host: "wss://ws-auth.kraken.com",
        // The venue's own heartbeat comes each second while nothing else does; 60 s of silence on our side end a line.
        heartbeat: Some(Heartbeat { every_ns: 30_000_000_000, beat: Beat::Text(r#"{"method":"ping"}"#) }),
        silent_after_ns: 15_000_000_000,
    }],
    // Nothing that is signed depends on the time, but executions are asked for from one on.
    before: &[Prepare::Time, Prepare::Rights, Prepare::Token],
    // A token that opened a line lives as long as the line.
    again: Some((Prepare::Time, CLOCK_AGAIN_NS)),
    orders_on: Some(LINE),
    // "Successfully processed by the engine".
    answer_is_final: true,
    can_modify: true,
    is_whole: true,
    // The engine's counter of a pair is 60 at the lowest level and falls by one a second. A cancel right behind its order
    // counts 8: of those the venue refuses none.
    allowance: Allowance {
        orders: 60,
        orders_window_ms: 60_000,
        kept_for_cancels: 20,
        // The counter of REST is 15 to 20 and falls by one in two or three seconds; half a minute's may go at once.
        questions_a_minute: 30,
    },
    dead_man: Some(DeadMan { seconds: 60, by_instrument: false, is_fed: true }),
};

/// Orders in Kraken's words.
#[derive(Debug)]
pub(crate) struct Kraken {
    signer: Signer,
    listed: Listed,
    /// What opens a private channel, and stands in each message.
    token: Text,
    told: Told,
    /// Orders that were not among the open ones: their next question is for the closed ones.
    absent: Vec<ClientOrderId>,
    page: Page,
}

impl Kraken {
    pub(crate) fn new(key: &Key, instruments: &Instruments) -> Result<Self, KeyError> {
        Ok(Self {
            signer: Signer::new(key)?,
            listed: Listed::new(VenueId::Kraken, instruments),
            token: Text::default(),
            told: Told::new(),
            absent: Vec::with_capacity(ABSENT_MAX),
            page: Page::default(),
        })
    }

    fn end_message(&self, id: AskId, call: &mut Call) {
        call.body.put(r#","token":""#).put_bytes(self.token.bytes()).put(r#""},"req_id":"#).whole(id.0).put("}");
    }

    /// The engine's own 5 s begin when it has heard of the order; these when it was written.
    fn put_deadline(now: Nanos, body: &mut Text) {
        body.put(r#","deadline":""#).iso_ms(good_until(now)).put("\"");
    }

    fn place(&self, order: &Order, id: AskId, now: Nanos, call: &mut Call) {
        call.begin(Way::Line(LINE), Purse::Orders);
        let (instrument, body) = (self.listed.get(order.instrument), &mut call.body);
        let is_limit = order.order_type == OrderType::Limit;
        body.put(r#"{"method":"add_order","params":{"order_type":""#).put(if is_limit { "limit" } else { "market" });
        body.put(if order.side == Side::Buy { r#"","side":"buy""# } else { r#"","side":"sell""# });
        put_qty(instrument, order.qty, body);
        body.put(r#","symbol":""#).put(instrument.symbol.as_str()).put("\"");
        if is_limit {
            put_px(instrument, order.px, body);
            body.put(r#","time_in_force":""#).put(time_in_force(order)).put("\"");
            body.put(if order.post_only { r#","post_only":true"# } else { "" });
        }
        body.put(r#","fee_preference":"quote","cl_ord_id":""#);
        names::put_id(order.client_order_id, body);
        body.put("\"");
        Self::put_deadline(now, body);
        self.end_message(id, call);
    }

    fn modify(&self, order: &Order, px: Ticks, qty: Lots, id: AskId, now: Nanos, call: &mut Call) {
        call.begin(Way::Line(LINE), Purse::Orders);
        let (instrument, body) = (self.listed.get(order.instrument), &mut call.body);
        body.put(r#"{"method":"amend_order","params":{"cl_ord_id":""#);
        names::put_id(order.client_order_id, body);
        body.put("\"");
        put_qty(instrument, qty, body);
        put_px(instrument, px, body);
        body.put(if order.post_only { r#","post_only":true"# } else { "" });
        Self::put_deadline(now, body);
        self.end_message(id, call);
    }

    fn cancel(&self, known: &Known, id: AskId, call: &mut Call) {
        call.begin(Way::Line(LINE), Purse::Cancels);
        call.body.put(r#"{"method":"cancel_order","params":{"#);
        if known.is_theirs() {
            call.body.put(r#""order_id":[""#).escaped(known.venue_order_id.as_bytes());
        } else {
            call.body.put(r#""cl_ord_id":[""#);
            names::put_id(known.id(), &mut call.body);
        }
        call.body.put("\"]");
        self.end_message(id, call);
    }

    /// On the line it costs nothing of the counter of REST.
    fn dead_man(&self, seconds: u32, id: AskId, call: &mut Call) {
        call.begin(Way::Line(LINE), Purse::Switch);
        call.weight = 0;
        call.body.put(r#"{"method":"cancel_all_orders_after","params":{"timeout":"#).whole(u64::from(seconds));
        self.end_message(id, call);
    }

    /// A question by REST; `rest` writes what stands behind the nonce.
    fn post(&mut self, path: &str, purse: Purse, now: Nanos, call: &mut Call, rest: impl FnOnce(&Self, &mut Text)) {
        call.begin(Way::Post, purse);
        call.path.put("/0/private/").put(path);
        self.signer.begin(now, &mut call.body);
        rest(self, &mut call.body);
        self.signer.headers(call.path.bytes(), call.body.bytes(), &mut call.headers);
    }

    fn question(&mut self, path: &str, now: Nanos, call: &mut Call) {
        self.post(path, Purse::Questions, now, call, |_, _| ());
    }

    fn order(&mut self, known: &Known, now: Nanos, call: &mut Call) {
        let id = known.id();
        if known.venue_order_id != Name::default() {
            return self.post("QueryOrders", Purse::Questions, now, call, |_, body| {
                body.put("&txid=").percent(known.venue_order_id.as_bytes());
            });
        }
        let is_absent = self.absent.contains(&id);
        let path = if is_absent { "ClosedOrders" } else { "OpenOrders" };
        self.post(path, Purse::Questions, now, call, |_, body| {
            body.put("&cl_ord_id=");
            names::put_id(id, body);
        });
        call.weight = if is_absent { 2 } else { 1 };
    }

    fn fills(&mut self, ask: &Ask, since: Nanos, now: Nanos, call: &mut Call) {
        self.post("TradesHistory", Purse::Questions, now, call, |this, body| {
            body.put("&start=").whole(since.0 / Nanos::SECOND).put("&consolidate_taker=false&ofs=");
            body.put(this.page.cursor(ask).unwrap_or("0"));
        });
        call.weight = 2;
    }
}

/// Numbers must have a point, else they are refused.
fn put_point(decimals: u8, body: &mut Text) {
    body.put(if decimals == 0 { ".0" } else { "" });
}

fn put_qty(instrument: &Instrument, qty: Lots, body: &mut Text) {
    body.put(r#","order_qty":"#).quantity(instrument, qty);
    put_point(instrument.grid.qty_decimals, body);
}

fn put_px(instrument: &Instrument, px: Ticks, body: &mut Text) {
    body.put(r#","limit_price":"#).price(instrument, px);
    put_point(instrument.grid.price_decimals, body);
}

fn time_in_force(order: &Order) -> &'static str {
    match order.time_in_force {
        TimeInForce::Gtc | TimeInForce::Gtd | TimeInForce::Day => "gtc",
        TimeInForce::Ioc => "ioc",
        TimeInForce::Fok => "fok",
    }
}

impl Tongue for Kraken {
    fn manners(&self) -> &'static Manners {
        &MANNERS
    }

    fn line_path(&self, _line: usize, path: &mut Text) {
        path.put("/v2");
    }

    fn greet(&mut self, line: usize, step: usize, _now: Nanos, call: &mut Call) -> bool {
        call.begin(Way::Line(line), Purse::Questions);
        if step == 0 {
            self.told.begin();
        }
        let Some(channel) = CHANNELS.get(step) else { return false };
        call.body.put(r#"{"method":"subscribe","params":{"channel":"#).put(channel);
        call.body.put(r#","token":""#).put_bytes(self.token.bytes()).put("\"}}");
        true
    }

    fn ask(&mut self, ask: &Ask, id: AskId, now: Nanos, call: &mut Call) -> Result<(), Unable> {
        match *ask {
            Ask::Place(ref order) => self.place(order, id, now, call),
            Ask::Cancel(ref known) => self.cancel(known, id, call),
            Ask::Modify(ref known, px, qty) => self.modify(&known.order, px, qty, id, now, call),
            Ask::DeadMan(_, seconds) => self.dead_man(seconds, id, call),
            Ask::CancelByRest(ref known) => self.post("CancelOrder", Purse::Cancels, now, call, |_, body| {
                if known.is_theirs() {
                    body.put("&txid=").percent(known.venue_order_id.as_bytes());
                } else {
                    body.put("&cl_ord_id=");
                    names::put_id(known.id(), body);
                }
            }),
            Ask::CancelAll(_) => self.post("CancelAll", Purse::Cancels, now, call, |_, _| ()),
            Ask::Order(ref known) => self.order(known, now, call),
            Ask::OpenOrders(_) => self.question("OpenOrders", now, call),
            Ask::Fills(_, since) => self.fills(ask, since, now, call),
            Ask::Balances => self.question("BalanceEx", now, call),
            Ask::Prepare(Prepare::Rights) => self.question("GetApiKeyInfo", now, call),
            Ask::Prepare(Prepare::Token) => self.question("GetWebSocketsToken", now, call),
            Ask::Prepare(Prepare::Time) => {
                call.begin(Way::Get, Purse::Questions);
                call.weight = 0;
                call.path.put("/0/public/Time");
            }
            Ask::Positions | Ask::Mode(_) | Ask::Setup(_) | Ask::FillsOf(..) | Ask::Prepare(Prepare::KeepToken) => {
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
            Place::Line(_) => hears::line(&self.listed, &mut self.told, said, heard),
            Place::Rest(id, ask, status) => answers::rest(self, (id, &ask, status), said, heard),
        };
        understood.inspect_err(|_| heard.truncate(before))
    }
}
