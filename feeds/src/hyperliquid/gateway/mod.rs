//! How orders are talked about with Hyperliquid: one line that is asked and that tells, and REST for questions.
//!
//! Every action is signed by a wallet that the account has approved for trading: key `id` is the account's address, key
//! `secret` the private key of that wallet. Questions name the account and are not signed. An instrument is a number: of
//! spot it stands in the name, of a perpetual it is its place in the venue's list, asked for before the line is opened.
//!
//! What the venue does not have: fill-or-kill, market orders (its own client sends an immediate order at a price that it
//! makes up), withdrawing all in one message. Its *modify* withdraws and enters another order of the size named, whatever
//! was executed meanwhile: that could execute more than was wanted, so orders are not changed here.
//!
//! What waits for a price is an order with a trigger, pulled by the mark alone
//! (<https://hyperliquid.gitbook.io/hyperliquid-docs/trading/take-profit-and-stop-loss-orders-tp-sl>). The line tells of it as of
//! a plain order, so its id says that it is one, see [`head`]. A market order that waits needs a worst price: a tenth behind
//! its trigger, as the venue's own pages take it.
//!
//! Owns: what is said to the venue, to the letter. What it says back is read in [`hears`], what its words mean stands in
//! [`codes`]. Never: sockets, clocks, orders.

mod codes;
mod hears;
#[cfg(test)]
mod tests;

use super::sign::{Action, Address, Signer};
use crate::error::FrameError;
use crate::gateway::ask::{Ask, AskId, Known, Prepare};
use crate::gateway::call::{CLOCK_AGAIN_NS, Call, Purse, Way, good_until};
use crate::gateway::heard::Heard;
use crate::gateway::key::{Key, KeyError};
use crate::gateway::page::Page;
use crate::gateway::read::Listed;
use crate::gateway::text::Text;
use crate::gateway::tongue::{Allowance, DeadMan, Manners, Place, PrivateLine, Tongue, Unable};
use crate::json::unsigned;
use crate::live::dialect::{Beat, Heartbeat};
use engine_model::instrument::{ContractKind, Instrument, InstrumentId, Instruments};
use engine_model::market::Side;
use engine_model::order::{Order, OrderType, TimeInForce};
use engine_model::units::{Nanos, Ticks};
use engine_model::venue::VenueId;

/// What Hyperliquid is like.
pub(crate) static MANNERS: Manners = Manners {
    rest: "https://api.hyperliquid.xyz",
    rights: None,
    lines: &[PrivateLine {
        host: "wss://api.hyperliquid.xyz",
        // The answer to each is heard, so silence means that the line is dead.
        heartbeat: Some(Heartbeat { every_ns: 20_000_000_000, beat: Beat::Text(r#"{"method":"ping"}"#) }),
        silent_after_ns: 30_000_000_000,
    }],
    before: &[Prepare::Time, Prepare::Rights, Prepare::Token],
    again: Some((Prepare::Time, CLOCK_AGAIN_NS)),
    orders_on: Some(0),
    // The answer comes with the block that the order is in.
    answer_is_final: true,
    can_modify: false,
    is_whole: true,
    // An address has 1,200 a minute for actions, questions and what is asked of the market together. A look at the account
    // costs 20 an instrument.
    allowance: Allowance { orders: 10, orders_window_ms: 1_000, kept_for_cancels: 3, questions_a_minute: 600 },
    // Each feeding is an action, of which an account has 10,000 and one more for each dollar traded.
    dead_man: Some(DeadMan { seconds: 30, by_instrument: false, is_fed: true }),
};

/// Number of the first pair of spot.
const SPOT: u32 = 10_000;

/// Orders withdrawn in one message: of 40 and more the venue counts a message as two.
const HANDFUL: usize = 39;

/// So many executions may be as many as an answer has room for: the venue says 2,000 of these, and 500 of whatever is asked
/// for by a time.
const FILLS_MAX: usize = 500;

/// Significant figures that a price may have, unless it is whole.
const FIGURES: u32 = 5;

/// What our ids begin with at the venue, where an id is 16 bytes: the others are not ours.
const OURS: &[u8; 8] = b"Ringside";
/// The same of what waits for a price, or has waited.
const OURS_WAITING: &[u8; 8] = b"RingStop";

/// Orders in Hyperliquid's words.
#[derive(Debug)]
pub(crate) struct Hyperliquid {
    signer: Signer,
    listed: Listed,
    /// By instrument: its number; `None` of perpetuals before they were told.
    assets: Box<[Option<u32>]>,
    are_told: bool,
    /// Whether the venue has not refused its switch to this account.
    has_switch: bool,
    packed: Text,
    number: Text,
    page: Page,
}

impl Hyperliquid {
    pub(crate) fn new(key: &Key, instruments: &Instruments) -> Result<Self, KeyError> {
        let number = |instrument: &Instrument| match instrument.venue {
            VenueId::Hyperliquid => number_of_spot(instrument.symbol.as_str()),
            _ => None,
        };
        Ok(Self {
            signer: Signer::new(key)?,
            listed: Listed::new(VenueId::Hyperliquid, instruments),
            assets: instruments.iter().map(number).collect(),
            are_told: false,
            has_switch: true,
            packed: Text::default(),
            number: Text::default(),
            page: Page::default(),
        })
    }

    fn asset(&self, of: InstrumentId) -> Result<u64, Unable> {
        let absent = if self.are_told { Unable::NotThere } else { Unable::NotYet };
        self.assets[of.index()].map(u64::from).ok_or(absent)
    }

    /// An action on the line, or by REST; `write` says it.
    fn act(
        &mut self,
        (way, purse): (Way, Purse),
        id: AskId,
        now: Nanos,
        call: &mut Call,
        write: impl FnOnce(&mut Action<'_>, &mut Text),
    ) {
        call.begin(way, purse);
        if let Way::Line(_) = way {
            call.body.put(r#"{"method":"post","id":"#).whole(id.0);
            call.body.put(r#","request":{"type":"action","payload":"#);
        } else {
            call.path.put("/exchange");
            call.headers.put("Content-Type: application/json\r\n");
        }
        call.body.put(r#"{"action":"#);
        write(&mut Action::new(&mut call.body, &mut self.packed), &mut self.number);
        let nonce = self.signer.nonce(now.0 / Nanos::MILLI);
        let until_ms = (purse == Purse::Orders).then(|| good_until(now).0 / Nanos::MILLI);
        self.signer.sign(self.packed.bytes(), nonce, until_ms, &mut call.body);
        call.body.put(if matches!(way, Way::Line(_)) { "}}}" } else { "}" });
    }

    fn place(&mut self, order: &Order, id: AskId, now: Nanos, call: &mut Call) -> Result<(), Unable> {
        let waits = order.order_type.has_trigger();
        let time_in_force: &[u8] = match (order.order_type, order.time_in_force) {
            _ if waits => b"",
            (OrderType::Limit, _) if order.post_only => b"Alo",
            (OrderType::Limit, TimeInForce::Gtc | TimeInForce::Gtd | TimeInForce::Day) => b"Gtc",
            (OrderType::Limit, TimeInForce::Ioc) => b"Ioc",
            _ => return Err(Unable::NotThere),
        };
        let asset = self.asset(order.instrument)?;
        let instrument = *self.listed.get(order.instrument);
        self.act((Way::Line(0), Purse::Orders), id, now, call, |action, number| {
            action.object(3).name("type").text(b"order").name("orders").list().object(7);
            action.name("a").whole(asset).name("b").flag(order.side == Side::Buy);
            number.clear();
            put_price(&instrument, order.side, worst(order), number);
            action.name("p").text(number.bytes());
            number.clear();
            let grid = &instrument.grid;
            number.decimal_trimmed((order.qty.0 * grid.lot_step).unsigned_abs(), grid.qty_decimals);
            action.name("s").text(number.bytes()).name("r").flag(order.reduce_only);
            if waits {
                action.name("t").object(1).name("trigger").object(3).name("isMarket");
                action.flag(order.order_type.plain() == OrderType::Market);
                number.clear();
                // One that must be put elsewhere is put to where it is pulled sooner.
                let way = if order.rises() { Side::Buy } else { Side::Sell };
                put_price(&instrument, way, order.trigger_px, number);
                action.name("triggerPx").text(number.bytes()).name("tpsl");
                action.text(if order.order_type.is_if_touched() { b"tp" } else { b"sl" }).end("}}");
            } else {
                action.name("t").object(1).name("limit").object(1).name("tif").text(time_in_force).end("}}");
            }
            number.clear();
            put_id(order, number);
            action.name("c").text(number.bytes()).end("}]").name("grouping").text(b"na").end("}");
        });
        Ok(())
    }

    fn cancel(&mut self, known: &Known, way: Way, id: AskId, now: Nanos, call: &mut Call) -> Result<(), Unable> {
        let order = &known.order;
        let asset = self.asset(order.instrument)?;
        if known.is_theirs() {
            let theirs = unsigned(known.venue_order_id.as_bytes()).ok_or(Unable::NotThere)?;
            self.act((way, Purse::Cancels), id, now, call, |action, _| {
                action.object(2).name("type").text(b"cancel").name("cancels").list();
                action.object(2).name("a").whole(asset).name("o").whole(theirs).end("}]}");
            });
            return Ok(());
        }
        self.act((way, Purse::Cancels), id, now, call, |action, number| {
            action.object(2).name("type").text(b"cancelByCloid").name("cancels").list();
            number.clear();
            put_id(order, number);
            action.object(2).name("asset").whole(asset).name("cloid").text(number.bytes()).end("}]}");
        });
        Ok(())
    }

    /// Several in one message, by the venue's ids: a list of open orders tells those of all.
    fn withdraw(&mut self, standing: &[Known], id: AskId, now: Nanos, call: &mut Call) -> Result<usize, Unable> {
        let mut some = Vec::with_capacity(HANDFUL);
        for known in standing.iter().take(HANDFUL) {
            let theirs = unsigned(known.venue_order_id.as_bytes()).ok_or(Unable::NotThere)?;
            some.push((self.asset(known.order.instrument)?, theirs));
        }
        self.act((Way::Post, Purse::Cancels), id, now, call, |action, _| {
            action.object(2).name("type").text(b"cancel").name("cancels").list_of(some.len());
            for (at, (asset, theirs)) in some.iter().enumerate() {
                action.next(at).object(2).name("a").whole(*asset).name("o").whole(*theirs).end("}");
            }
            action.end("]}");
        });
        Ok(some.len())
    }

    /// For the whole account. Most accounts do not have it: it needs a million dollars traded.
    fn dead_man(&mut self, seconds: u32, id: AskId, now: Nanos, call: &mut Call) -> Result<(), Unable> {
        if !self.has_switch {
            return Err(Unable::NotThere);
        }
        self.act((Way::Post, Purse::Switch), id, now, call, |action, _| {
            action.object(if seconds == 0 { 1 } else { 2 }).name("type").text(b"scheduleCancel");
            if seconds > 0 {
                action.name("time").whole(now.0 / Nanos::MILLI + u64::from(seconds) * 1_000);
            }
            action.end("}");
        });
        Ok(())
    }

    fn put_address(address: &Address, to: &mut Text) {
        to.put("0x").hex(address);
    }

    /// A question of that weight; `more` writes what stands behind its type.
    fn question(&self, kind: &str, weight: u32, call: &mut Call, more: impl FnOnce(&mut Text)) {
        call.begin(Way::Post, Purse::Questions);
        call.weight = weight;
        call.path.put("/info");
        call.headers.put("Content-Type: application/json\r\n");
        call.body.put(r#"{"type":""#).put(kind).put("\"");
        more(&mut call.body);
        call.body.put("}");
    }

    /// The same about the account.
    fn question_of(&self, kind: &str, weight: u32, call: &mut Call, more: impl FnOnce(&mut Text)) {
        let account = self.signer.account();
        self.question(kind, weight, call, |body| {
            body.put(r#","user":""#);
            Self::put_address(&account, body);
            body.put("\"");
            more(body);
        });
    }

    fn is_any(&self, is: impl Fn(ContractKind) -> bool) -> bool {
        self.listed.iter().any(|instrument| is(instrument.kind))
    }
}

/// The number of a pair, which its name tells; the only pair with a name of its own is the first.
fn number_of_spot(coin: &str) -> Option<u32> {
    match coin.strip_prefix('@') {
        Some(number) => number.parse().ok().and_then(|number| SPOT.checked_add(number)),
        None => (coin == "PURR/USDC").then_some(SPOT),
    }
}

/// A price that the venue takes: with more figures than it wants it is put to the nearest of those that are no worse for us.
/// The order's news tells at which it stands.
fn put_price(instrument: &Instrument, side: Side, px: Ticks, to: &mut Text) {
    let decimals = instrument.grid.price_decimals;
    let units = (px.0 * instrument.grid.tick_step).unsigned_abs();
    let figures = units.checked_ilog10().map_or(1, |log| log + 1);
    let step = 10_u64.pow(figures.saturating_sub(FIGURES).min(u32::from(decimals)));
    let is_whole = units.is_multiple_of(10_u64.pow(u32::from(decimals)));
    let units = match side {
        _ if is_whole => units,
        Side::Buy => units / step * step,
        Side::Sell => units.div_ceil(step) * step,
    };
    to.decimal_trimmed(units, decimals);
}

/// The worst price that an order may get.
fn worst(order: &Order) -> Ticks {
    if !order.order_type.has_trigger() || order.order_type.plain() == OrderType::Limit {
        return order.px;
    }
    let tenths = if order.side == Side::Buy { 11 } else { 9 };
    Ticks(order.trigger_px.0.saturating_mul(tenths) / 10)
}

/// Our id as the venue wants ids.
fn put_id(order: &Order, to: &mut Text) {
    to.put("0x").hex(head(order)).hex(&order.client_order_id.0.to_be_bytes());
}

/// What our id of an order begins with: one that was pulled keeps the id that it waited under.
fn head(order: &Order) -> &'static [u8; 8] {
    if order.order_type.has_trigger() || order.trigger_px > Ticks(0) { OURS_WAITING } else { OURS }
}

impl Tongue for Hyperliquid {
    fn manners(&self) -> &'static Manners {
        &MANNERS
    }

    fn line_path(&self, _line: usize, path: &mut Text) {
        path.put("/ws");
    }

    fn greet(&mut self, line: usize, step: usize, _now: Nanos, call: &mut Call) -> bool {
        call.begin(Way::Line(line), Purse::Questions);
        let Some(kind) = ["orderUpdates", "userFills"].get(step) else { return false };
        call.body.put(r#"{"method":"subscribe","subscription":{"type":""#).put(kind).put(r#"","user":""#);
        Self::put_address(&self.signer.account(), &mut call.body);
        call.body.put("\"}}");
        true
    }

    fn ask_to_withdraw(&mut self, standing: &[Known], id: AskId, now: Nanos, call: &mut Call) -> Result<usize, Unable> {
        self.withdraw(standing, id, now, call)
    }

    fn ask(&mut self, ask: &Ask, id: AskId, now: Nanos, call: &mut Call) -> Result<(), Unable> {
        match *ask {
            Ask::Place(ref order) => return self.place(order, id, now, call),
            Ask::Cancel(ref known) => return self.cancel(known, Way::Line(0), id, now, call),
            Ask::CancelByRest(ref known) => return self.cancel(known, Way::Post, id, now, call),
            Ask::DeadMan(_, seconds) => return self.dead_man(seconds, id, now, call),
            Ask::Modify(..) | Ask::CancelAll(_) | Ask::FillsOf(..) | Ask::Mode(_) => return Err(Unable::NotThere),
            Ask::Order(ref known) => self.question_of("orderStatus", 2, call, |body| {
                body.put(r#","oid":""#);
                put_id(&known.order, body);
                body.put("\"");
            }),
            // With our ids and whole quantities, which `openOrders` is not said to have.
            Ask::OpenOrders(_) => self.question_of("frontendOpenOrders", 20, call, |_| ()),
            // Oldest first; behind a page, what was executed since the last of it.
            Ask::Fills(_, since) => self.question_of("userFillsByTime", 20, call, |body| {
                body.put(r#","startTime":"#);
                match self.page.cursor(ask) {
                    Some(last) => body.put(last),
                    None => body.whole(since.0 / Nanos::MILLI),
                };
            }),
            // Of a run that trades in both, the money of spot: that of perpetuals is not in one answer with it.
            Ask::Balances if self.is_any(|kind| kind == ContractKind::Spot) => {
                self.question_of("spotClearinghouseState", 2, call, |_| ());
            }
            Ask::Positions if self.is_any(|kind| kind != ContractKind::Spot) => {
                self.question_of("clearinghouseState", 2, call, |_| ());
            }
            Ask::Positions => return Err(Unable::NotThere),
            Ask::Setup(of) if self.listed.get(of).kind == ContractKind::Spot => return Err(Unable::NotThere),
            Ask::Setup(of) => {
                let coin = self.listed.get(of).symbol;
                self.question_of("activeAssetData", 20, call, |body| {
                    body.put(r#","coin":""#).escaped(coin.as_bytes()).put("\"");
                });
            }
            // No question is for the time alone; the state of the account names it.
            Ask::Balances | Ask::Prepare(Prepare::Time) => self.question_of("clearinghouseState", 2, call, |_| ()),
            Ask::Prepare(Prepare::Token) => self.question("meta", 20, call, |_| ()),
            // Whose the wallet is that signs.
            Ask::Prepare(Prepare::Rights) => self.question("userRole", 60, call, |body| {
                body.put(r#","user":""#);
                Self::put_address(&self.signer.own_address(), body);
                body.put("\"");
            }),
            Ask::Prepare(Prepare::KeepToken) => return Err(Unable::NotThere),
        }
        Ok(())
    }

    fn begin_anew(&mut self, ask: &Ask) {
        self.page.ends(ask);
    }

    fn hear(&mut self, place: Place, said: &[u8], heard: &mut Vec<Heard>) -> Result<(), FrameError> {
        let before = heard.len();
        let understood = match place {
            Place::Line(_) => hears::line(&self.listed, &self.signer.account(), said, heard),
            Place::Rest(id, Ask::Prepare(Prepare::Token), 200) => self.numbers(id, said, heard),
            Place::Rest(id, Ask::DeadMan(..), 200) => self.switch(id, said, heard),
            Place::Rest(id, ask, status) => {
                let wallet = (self.signer.account(), self.signer.own_address());
                hears::answer((&self.listed, &mut self.page), wallet, (id, &ask, status), said, heard)
            }
        };
        understood.inspect_err(|_| heard.truncate(before))
    }
}
