//! How orders are talked about with Gate: one line a market on which orders are entered and all is told, and REST for
//! questions and for orders that wait for a price, see [`auto`].
//!
//! Owns: what is said to the venue, to the letter, the user id that a login told, and which orders are no longer asked for by
//! our id. What it says back is read in [`hears`], what its labels mean stands in [`codes`]. Never: sockets, clocks, orders.
//!
//! By our id the venue knows an order only while it stands (of contracts for a minute more). So where it does not know an
//! order of which we were told no other id, the same question put again looks through the latest finished ones.
//!
//! Accounts net their positions (`single` mode). A market buy of spot is counted in quote there and nowhere here: it is not
//! sent. Contracts of one settlement coin a run; those of another are refused. What contracts' accounts hold is asked for
//! only: its pushes do not tell what orders bind.

mod auto;
mod codes;
mod hears;
#[cfg(test)]
mod tests;

use super::session::{SETTLES, settle};
use super::sign::Signer;
use crate::error::FrameError;
use crate::gateway::ask::{Ask, AskId, Known, Prepare};
use crate::gateway::call::{CLOCK_AGAIN_NS, Call, Purse, Way, good_until};
use crate::gateway::halves::{Half, Halves};
use crate::gateway::heard::Heard;
use crate::gateway::key::Key;
use crate::gateway::page::Page;
use crate::gateway::read::Listed;
use crate::gateway::text::Text;
use crate::gateway::tongue::{Allowance, DeadMan, Manners, Place, PrivateLine, Tongue, Unable};
use crate::live::dialect::{Beat, Heartbeat};
use engine_model::instrument::{Instrument, InstrumentId, Instruments, Name};
use engine_model::market::Side;
use engine_model::order::{ClientOrderId, Order, OrderType, TimeInForce};
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::VenueId;

/// The largest pages that the venue gives.
const OPEN_ORDERS_MAX: usize = 100;
const FILLS_MAX: usize = 1_000;

/// What begins every id that is not the venue's.
const PREFIX: &str = "t-";

/// A line of that host. Heartbeats are pings; the answer to each is heard, so silence means that the line is dead.
const fn line(host: &'static str) -> PrivateLine {
    let heartbeat = Some(Heartbeat { every_ns: 10_000_000_000, beat: Beat::Ping });
    PrivateLine { host, heartbeat, silent_after_ns: 30_000_000_000 }
}

const fn manners(lines: &'static [PrivateLine; 1], orders: u32) -> Manners {
    Manners {
        rest: "https://api.gateio.ws",
        rights: None,
        lines,
        before: &[Prepare::Time, Prepare::Rights],
        again: Some((Prepare::Time, CLOCK_AGAIN_NS)),
        orders_on: Some(0),
        // The second answer to an order is its outcome; the first one is never taken for it.
        answer_is_final: true,
        can_modify: true,
        is_whole: false,
        allowance: Allowance {
            orders,
            orders_window_ms: 1_000,
            kept_for_cancels: orders / 4,
            // 200 of a kind in 10 s.
            questions_a_minute: 1_200,
        },
        dead_man: Some(DeadMan { seconds: 10, by_instrument: true, is_fed: true }),
    }
}

/// What Gate is like on spot: 10 orders and changes a second on a pair.
static SPOT: Manners = manners(&[line("wss://api.gateio.ws")], 10);

/// What Gate is like on contracts: 100 orders and changes a second.
static FUTURES: Manners = manners(&[line("wss://fx-ws.gateio.ws")], 100);

/// Orders in Gate's words, on one of its markets.
#[derive(Debug)]
pub(crate) struct Gate {
    signer: Signer,
    listed: Listed,
    is_spot: bool,
    /// What contracts are settled in, as paths have it.
    settle: &'static str,
    /// What a login told; empty before.
    user: Name,
    /// Orders that do not stand and of which no id is known but ours.
    finished: Vec<ClientOrderId>,
    page: Page,
    halves: Halves,
    ids: auto::Ids,
}

impl Gate {
    pub(crate) fn new(venue: VenueId, key: &Key, instruments: &Instruments) -> Self {
        let listed = Listed::new(venue, instruments);
        let settle = listed.iter().next().map_or(SETTLES[0], |first| settle(first.symbol.as_str()));
        let (signer, is_spot) = (Signer::new(key), venue == VenueId::GateSpot);
        let (finished, page) = (Vec::new(), Page::default());
        let (halves, ids) = (Halves::new(instruments.len()), auto::Ids::new());
        Self { signer, listed, is_spot, settle, user: Name::default(), finished, page, halves, ids }
    }

    fn market(&self) -> &'static str {
        if self.is_spot { "spot" } else { "futures" }
    }

    /// What an instrument is called in, on this market.
    fn named(&self) -> &'static str {
        if self.is_spot { "currency_pair" } else { "contract" }
    }

    fn symbol(&self, of: InstrumentId) -> &str {
        self.listed.get(of).symbol.as_str()
    }

    /// Whether it is settled in what this line is for.
    fn is_here(&self, of: InstrumentId) -> Result<(), Unable> {
        if self.is_spot || settle(self.symbol(of)) == self.settle { Ok(()) } else { Err(Unable::NotThere) }
    }

    /// An order message up to its parameters.
    fn begin_order(&self, what: &str, purse: Purse, id: AskId, now: Nanos, call: &mut Call) {
        call.begin(Way::Line(0), purse);
        call.body.put(r#"{"time":"#).whole(now.0 / Nanos::SECOND).put(r#","channel":""#).put(self.market());
        call.body.put(".order_").put(what).put(r#"","event":"api","payload":{"req_id":""#).whole(id.0);
        call.body.put(r#"","req_param":{"#);
    }

    fn put_symbol(&self, of: InstrumentId, to: &mut Text) {
        to.put("\"").put(self.named()).put("\":\"").put(self.symbol(of)).put("\"");
    }

    fn place(&self, order: &Order, id: AskId, now: Nanos, call: &mut Call) -> Result<(), Unable> {
        let is_market = order.order_type == OrderType::Market;
        if is_market && self.is_spot && order.side == Side::Buy {
            return Err(Unable::NotThere);
        }
        self.begin_order("place", Purse::Orders, id, now, call);
        call.body.put(r#""text":""#).put(PREFIX).order_id(order.client_order_id, "-").put("\",");
        self.put_symbol(order.instrument, &mut call.body);
        let (instrument, body) = (self.listed.get(order.instrument), &mut call.body);
        let is_sell = order.side == Side::Sell;
        if self.is_spot {
            body.put(if is_market { r#","type":"market""# } else { r#","type":"limit""# });
            body.put(if is_sell { r#","side":"sell""# } else { r#","side":"buy""# });
            body.put(r#","amount":""#).quantity(instrument, order.qty).put(r#"","time_in_force":""#);
            body.put(time_in_force(order)).put("\"");
        } else {
            put_size(is_sell, instrument, order.qty, body);
            body.put(r#","tif":""#).put(time_in_force(order)).put("\"");
            body.put(if order.reduce_only { r#","reduce_only":true"# } else { "" });
        }
        match (is_market, self.is_spot) {
            (false, _) => body.put(r#","price":""#).price(instrument, order.px).put("\""),
            // Contracts have no other word for it.
            (true, false) => body.put(r#","price":"0""#),
            (true, true) => body,
        };
        end_order(now, body);
        Ok(())
    }

    /// The venue's id where it was told: by ours an order is known only while it stands.
    fn put_id(known: &Known, to: &mut Text) {
        match known.venue_order_id.as_bytes() {
            [] => to.put(PREFIX).order_id(known.id(), "-"),
            theirs => to.put_bytes(theirs),
        };
    }

    /// A message about an order that there is, up to its symbol.
    fn begin_about(&self, what: &str, purse: Purse, known: &Known, id: AskId, now: Nanos, call: &mut Call) {
        self.begin_order(what, purse, id, now, call);
        call.body.put(r#""order_id":""#);
        Self::put_id(known, &mut call.body);
        call.body.put("\",");
        self.put_symbol(known.order.instrument, &mut call.body);
    }

    fn modify(&self, known: &Known, px: Ticks, qty: Lots, id: AskId, now: Nanos, call: &mut Call) {
        self.begin_about("amend", Purse::Orders, known, id, now, call);
        let (instrument, body) = (self.listed.get(known.order.instrument), &mut call.body);
        if self.is_spot {
            body.put(r#","amount":""#).quantity(instrument, qty).put("\"");
        } else {
            put_size(known.order.side == Side::Sell, instrument, qty, body);
        }
        body.put(r#","price":""#).price(instrument, px).put("\"");
        end_order(now, body);
    }

    fn cancel(&self, known: &Known, id: AskId, now: Nanos, call: &mut Call) {
        self.begin_about("cancel", Purse::Cancels, known, id, now, call);
        call.body.put("}}}");
    }

    /// A question by REST; `path` behind that of the market, and its query.
    fn rest(
        &mut self,
        way: Way,
        purse: Purse,
        now: Nanos,
        call: &mut Call,
        path: impl FnOnce(&Self, &mut Text, &mut Text),
    ) {
        call.begin(way, purse);
        call.path.put("/api/v4/").put(self.market());
        if !self.is_spot {
            call.path.put("/").put(self.settle);
            // Without it sizes of contracts come cut to whole numbers.
            call.headers.put("X-Gate-Size-Decimal: 1\r\n");
        }
        path(self, &mut call.path, &mut call.body);
        self.sign(way, now, call);
    }

    fn sign(&mut self, way: Way, now: Nanos, call: &mut Call) {
        let method = match way {
            Way::Post => "POST",
            Way::Put => "PUT",
            Way::Delete => "DELETE",
            Way::Get | Way::Line(_) => "GET",
        };
        call.headers.put(if matches!(way, Way::Post | Way::Put) { "Content-Type: application/json\r\n" } else { "" });
        self.signer.headers(now, method, call.path.bytes(), call.body.bytes(), &mut call.headers);
    }

    fn get(&mut self, now: Nanos, call: &mut Call, path: impl FnOnce(&Self, &mut Text)) {
        self.rest(Way::Get, Purse::Questions, now, call, |this, text, _| path(this, text));
    }

    /// What every market has in the same place.
    fn common(&mut self, path: &str, now: Nanos, call: &mut Call) {
        call.begin(Way::Get, Purse::Questions);
        call.path.put(path);
        self.sign(Way::Get, now, call);
    }

    fn order(&mut self, known: &Known, now: Nanos, call: &mut Call) {
        let is_finished = known.venue_order_id == Name::default() && self.finished.contains(&known.id());
        self.get(now, call, |this, path| {
            let symbol = this.symbol(known.order.instrument);
            if is_finished {
                path.put("/orders?").put(this.named()).put("=").put(symbol).put("&status=finished&limit=100");
                return;
            }
            path.put("/orders/");
            Self::put_id(known, path);
            if this.is_spot {
                path.put("?currency_pair=").put(symbol);
            }
        });
    }

    /// The largest page behind the last full one of the same question: spot counts pages, contracts count rows.
    fn put_page(&self, ask: &Ask, most: usize, path: &mut Text) {
        path.put("&limit=").whole(most as u64);
        if let Some(cursor) = self.page.cursor(ask) {
            path.put(if self.is_spot { "&page=" } else { "&offset=" }).put(cursor);
        }
    }

    /// Which half of a question is next; on spot nothing waits, so there is one.
    fn half(&mut self, ask: &Ask, id: AskId, now: Nanos) -> Half {
        if self.is_spot { Half::Plain } else { self.halves.next(ask, id, now) }
    }

    fn dead_man(&mut self, of: InstrumentId, seconds: u32, now: Nanos, call: &mut Call) {
        self.rest(Way::Post, Purse::Switch, now, call, |this, path, body| {
            path.put("/countdown_cancel_all");
            // At least 5; 0 is the end of it.
            let seconds = if seconds == 0 { 0 } else { seconds.max(5) };
            body.put(r#"{"timeout":"#).whole(u64::from(seconds)).put(",");
            this.put_symbol(of, body);
            body.put("}");
        });
    }

    /// What is subscribed to, one message each, so that each is answered by itself.
    fn subscribe(&mut self, channel: &'static str, now: Nanos, message: &mut Text) {
        let market = self.market();
        message
            .put(r#"{"time":"#)
            .whole(now.0 / Nanos::SECOND)
            .put(r#","channel":""#)
            .put(market)
            .put(".")
            .put(channel);
        message.put(r#"","event":"subscribe","payload":["#);
        if !self.is_spot {
            message.put("\"").put(self.user.as_str()).put("\",");
        }
        message.put(r#""!all"],"#);
        self.signer.auth(now, [market, channel], message);
        message.put("}");
    }
}

/// Contracts have no side: what is sold is below nothing.
fn put_size(is_sell: bool, instrument: &Instrument, qty: Lots, body: &mut Text) {
    body.put(if is_sell { r#","size":"-"# } else { r#","size":""# }).quantity(instrument, qty).put("\"");
}

fn time_in_force(order: &Order) -> &'static str {
    match (order.order_type, order.time_in_force) {
        _ if order.post_only => "poc",
        (_, TimeInForce::Fok) => "fok",
        (OrderType::Limit, TimeInForce::Gtc | TimeInForce::Gtd | TimeInForce::Day) => "gtc",
        _ => "ioc", // a market order never rests
    }
}

fn end_order(now: Nanos, body: &mut Text) {
    body.put(r#"},"req_header":{"x-gate-exptime":""#).whole(good_until(now).0 / Nanos::MILLI).put("\"}}}");
}

impl Tongue for Gate {
    fn manners(&self) -> &'static Manners {
        if self.is_spot { &SPOT } else { &FUTURES }
    }

    fn line_path(&self, _line: usize, path: &mut Text) {
        if self.is_spot {
            path.put("/ws/v4/")
        } else {
            path.put("/v4/ws/").put(self.settle)
        };
    }

    fn greet(&mut self, line: usize, step: usize, now: Nanos, call: &mut Call) -> bool {
        call.begin(Way::Line(line), Purse::Questions);
        match (step, self.is_spot) {
            (0, _) => self.signer.login(now, self.market(), &mut call.body),
            (1, _) => self.subscribe("orders", now, &mut call.body),
            (2, _) => self.subscribe("usertrades", now, &mut call.body),
            (3, true) => self.subscribe("balances", now, &mut call.body),
            (3, false) => self.subscribe("positions", now, &mut call.body),
            (4, false) => self.subscribe(auto::CHANNEL, now, &mut call.body),
            _ => return false,
        }
        true
    }

    fn ask(&mut self, ask: &Ask, id: AskId, now: Nanos, call: &mut Call) -> Result<(), Unable> {
        if let Ask::Place(Order { instrument, .. }) | Ask::OpenOrders(instrument) | Ask::Fills(instrument, _) = ask {
            self.is_here(*instrument)?;
        }
        match *ask {
            Ask::Place(ref order) if order.order_type.has_trigger() => self.place_waiting(order, now, call),
            Ask::Place(ref order) => return self.place(order, id, now, call),
            Ask::Cancel(ref known) | Ask::CancelByRest(ref known) if known.waits() => {
                return self.cancel_waiting(known, now, call);
            }
            Ask::Cancel(ref known) | Ask::CancelByRest(ref known) | Ask::Modify(ref known, ..)
                if known.is_nameless() =>
            {
                return Err(Unable::NotYet);
            }
            Ask::Cancel(ref known) => self.cancel(known, id, now, call),
            Ask::Modify(ref known, px, qty) if known.waits() => {
                return self.modify_waiting(known, (px, qty), now, call);
            }
            Ask::Modify(ref known, px, qty) => self.modify(known, px, qty, id, now, call),
            Ask::CancelAll(of) if self.half(ask, id, now) == Half::Waiting => self.cancel_all_waiting(of, now, call),
            Ask::CancelAll(of) => self.rest(Way::Delete, Purse::Cancels, now, call, |this, path, _| {
                path.put("/orders?").put(this.named()).put("=").put(this.symbol(of));
            }),
            Ask::DeadMan(of, seconds) => self.dead_man(of, seconds, now, call),
            Ask::Order(ref known) if known.is_among_waiting() => self.ask_for_waiting(ask, known, now, call),
            Ask::Order(ref known) => self.order(known, now, call),
            Ask::OpenOrders(of) if self.half(ask, id, now) == Half::Waiting => self.open_waiting(ask, of, now, call),
            Ask::OpenOrders(of) => self.get(now, call, |this, path| {
                path.put("/orders?").put(this.named()).put("=").put(this.symbol(of)).put("&status=open");
                this.put_page(ask, OPEN_ORDERS_MAX, path);
            }),
            Ask::Fills(of, since) => self.get(now, call, |this, path| {
                path.put(if this.is_spot { "/my_trades?" } else { "/my_trades_timerange?" });
                path.put(this.named()).put("=").put(this.symbol(of));
                path.put("&from=").whole(since.0 / Nanos::SECOND);
                this.put_page(ask, FILLS_MAX, path);
            }),
            Ask::FillsOf(ref known, _) => self.get(now, call, |this, path| {
                path.put("/my_trades?").put(this.named()).put("=").put(this.symbol(known.order.instrument));
                path.put(if this.is_spot { "&order_id=" } else { "&order=" })
                    .put_bytes(known.venue_order_id.as_bytes());
                this.put_page(ask, FILLS_MAX, path);
            }),
            Ask::CancelByRest(ref known) => self.rest(Way::Delete, Purse::Cancels, now, call, |this, path, _| {
                path.put("/orders/");
                Self::put_id(known, path);
                if this.is_spot {
                    path.put("?currency_pair=").put(this.symbol(known.order.instrument));
                }
            }),
            Ask::Balances => self.get(now, call, |_, path| _ = path.put("/accounts")),
            Ask::Positions | Ask::Mode(_) | Ask::Setup(_) if self.is_spot => return Err(Unable::NotThere),
            // What an account of contracts holds says how it keeps them.
            Ask::Mode(_) => self.get(now, call, |_, path| _ = path.put("/accounts")),
            Ask::Setup(of) => self.get(now, call, |this, path| _ = path.put("/positions/").put(this.symbol(of))),
            Ask::Positions => self.get(now, call, |_, path| _ = path.put("/positions?holding=true")),
            Ask::Prepare(Prepare::Rights) => self.common("/api/v4/account/main_keys", now, call),
            Ask::Prepare(Prepare::Time) => self.common("/api/v4/spot/time", now, call),
            Ask::Prepare(Prepare::Token | Prepare::KeepToken) => return Err(Unable::NotThere),
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
            Place::Line(_) => hears::line(self, said, heard),
            Place::Rest(id, ask, status) => hears::answer(self, (id, &ask, status), said, heard),
        };
        understood.inspect_err(|_| heard.truncate(before))
    }
}
