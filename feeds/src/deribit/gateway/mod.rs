//! How orders are talked about with Deribit: one line on which orders are entered and all is told, JSON-RPC on both sides,
//! and REST for questions.
//!
//! Owns: what is said to the venue, to the letter. What it says back is read in [`hears`], what its codes mean stands in
//! [`codes`]. Never: sockets, clocks, orders.
//!
//! Our id is a label there, which need not be unique and by which orders are found for a while. Once the venue's id is known
//! it is used. The switch is the line itself: when it breaks, the venue withdraws what was entered on it. It notices within
//! two heartbeats, ten seconds each, so an engine that hangs is the watchdog's business.

mod codes;
mod hears;
#[cfg(test)]
mod tests;

use super::session::TEST;
use super::sign::Signer;
use crate::error::FrameError;
use crate::gateway::ask::{Ask, AskId, Known, Prepare};
use crate::gateway::call::{Call, Purse, Way, good_until};
use crate::gateway::heard::Heard;
use crate::gateway::key::Key;
use crate::gateway::page::Page;
use crate::gateway::read::Listed;
use crate::gateway::text::Text;
use crate::gateway::tongue::{Allowance, Manners, Place, PrivateLine, Tongue, Unable};
use crate::live::dialect::Heartbeat;
use engine_model::instrument::{ContractKind, Instrument, InstrumentId, Instruments, Name};
use engine_model::market::Side;
use engine_model::order::{Order, OrderType, TimeInForce, TriggerType};
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::VenueId;

/// The only line.
const LINE: usize = 0;

/// Executions in a page.
const PAGE_MAX: u64 = 1_000;

/// What is said behind the login, a method each with its parameters.
const GREETING: [(&str, &str); 3] = [
    ("public/set_heartbeat", r#"{"interval":10}"#),
    ("private/enable_cancel_on_disconnect", r#"{"scope":"connection"}"#),
    ("private/subscribe", r#"{"channels":["user.orders.any.any.raw","user.trades.any.any.raw","user.portfolio.any"]}"#),
];

/// What Deribit is like.
pub(crate) static MANNERS: Manners = Manners {
    rest: "https://www.deribit.com",
    rights: None,
    lines: &[PrivateLine {
        host: "wss://www.deribit.com",
        // The venue's own heartbeat comes each ten seconds.
        heartbeat: Some(Heartbeat { every_ns: 20_000_000_000, beat: TEST }),
        silent_after_ns: 30_000_000_000,
    }],
    before: &[Prepare::Time, Prepare::Rights],
    // A login is good for a quarter of an hour.
    again: Some((Prepare::KeepToken, 600_000_000_000)),
    orders_on: Some(LINE),
    // By the matching engine.
    answer_is_final: true,
    can_modify: true,
    is_whole: false,
    // Five in a second at the lowest level, twenty at once; questions 20 in a second.
    allowance: Allowance { orders: 20, orders_window_ms: 4_000, kept_for_cancels: 5, questions_a_minute: 600 },
    // It is armed by the greeting, and fed by being there.
    dead_man: None,
};

/// Orders in Deribit's words.
#[derive(Debug)]
pub(crate) struct Deribit {
    signer: Signer,
    listed: Listed,
    page: Page,
}

/// The coin or the dollar that a contract is settled in.
fn settled_in(of: &Instrument) -> Name {
    if of.kind == ContractKind::Inverse { of.base } else { of.quote }
}

impl Deribit {
    pub(crate) fn new(key: &Key, instruments: &Instruments) -> Self {
        Self { signer: Signer::new(key), listed: Listed::new(VenueId::Deribit, instruments), page: Page::default() }
    }

    /// A message on the line up to its parameters.
    fn begin(call: &mut Call, purse: Purse, id: AskId, method: &str) {
        call.begin(Way::Line(LINE), purse);
        call.body.put(r#"{"jsonrpc":"2.0","id":"#).whole(id.0).put(r#","method":""#).put(method).put(r#"","params":{"#);
    }

    fn place(&self, order: &Order, id: AskId, now: Nanos, call: &mut Call) {
        let method = if order.side == Side::Buy { "private/buy" } else { "private/sell" };
        Self::begin(call, Purse::Orders, id, method);
        let (of, body) = (self.listed.get(order.instrument), &mut call.body);
        body.put(r#""instrument_name":""#).put(of.symbol.as_str()).put(r#"","amount":"#).quantity(of, order.qty);
        body.put(r#","type":""#).put(type_word(order.order_type)).put("\"");
        if order.order_type.has_trigger() {
            body.put(r#","trigger":""#).put(trigger_word(order.trigger_type)).put("\"");
            body.put(r#","trigger_price":"#).price(of, order.trigger_px);
        }
        if order.order_type.plain() == OrderType::Limit {
            body.put(r#","price":"#).price(of, order.px);
            body.put(r#","time_in_force":""#).put(time_in_force(order)).put("\"");
            // Else its price would be moved.
            body.put(if order.post_only { r#","post_only":true,"reject_post_only":true"# } else { "" });
        }
        body.put(if order.reduce_only { r#","reduce_only":true"# } else { "" });
        body.put(r#","label":""#).order_id(order.client_order_id, "-").put("\"");
        end_order(now, body);
    }

    fn modify(&self, known: &Known, px: Ticks, qty: Lots, id: AskId, now: Nanos, call: &mut Call) {
        let by_label = known.venue_order_id == Name::default();
        Self::begin(call, Purse::Orders, id, if by_label { "private/edit_by_label" } else { "private/edit" });
        let (of, body) = (self.listed.get(known.order.instrument), &mut call.body);
        if by_label {
            body.put(r#""label":""#).order_id(known.id(), "-");
            body.put(r#"","instrument_name":""#).put(of.symbol.as_str());
        } else {
            body.put(r#""order_id":""#).escaped(known.venue_order_id.as_bytes());
        }
        let waits = known.order.order_type.has_trigger() && known.order.order_type.plain() == OrderType::Market;
        body.put(r#"","amount":"#).quantity(of, qty);
        body.put(if waits { r#","trigger_price":"# } else { r#","price":"# }).price(of, px);
        body.put(if known.order.post_only { r#","post_only":true,"reject_post_only":true"# } else { "" });
        // Said again, for what is not said may be taken back: a stop counts as one that opens nothing.
        body.put(if known.order.reduce_only { r#","reduce_only":true"# } else { "" });
        end_order(now, body);
    }

    fn cancel(&self, known: &Known, id: AskId, call: &mut Call) {
        let by_label = known.venue_order_id == Name::default();
        Self::begin(call, Purse::Cancels, id, if by_label { "private/cancel_by_label" } else { "private/cancel" });
        if by_label {
            let currency = settled_in(self.listed.get(known.order.instrument));
            call.body.put(r#""label":""#).order_id(known.id(), "-");
            call.body.put(r#"","currency":""#).put(currency.as_str());
        } else {
            call.body.put(r#""order_id":""#).escaped(known.venue_order_id.as_bytes());
        }
        call.body.put("\"}}");
    }

    fn cancel_by_rest(&mut self, known: &Known, now: Nanos, call: &mut Call) {
        let by_label = known.venue_order_id == Name::default();
        let method = if by_label { "cancel_by_label" } else { "cancel" };
        self.get(method, Purse::Cancels, now, call, |this, query| {
            if by_label {
                let currency = settled_in(this.listed.get(known.order.instrument));
                query.put("label=").order_id(known.id(), "-").put("&currency=").put(currency.as_str());
            } else {
                query.put("order_id=").percent(known.venue_order_id.as_bytes());
            }
        });
    }

    /// A question by REST; `query` writes what stands behind the method.
    fn get(&mut self, method: &str, purse: Purse, now: Nanos, call: &mut Call, query: impl FnOnce(&Self, &mut Text)) {
        call.begin(Way::Get, purse);
        call.path.put("/api/v2/private/").put(method).put("?");
        query(self, &mut call.path);
        self.signer.header(now, call.path.bytes(), &mut call.headers);
    }

    /// A question about an instrument.
    fn get_of(&mut self, method: &str, purse: Purse, of: InstrumentId, now: Nanos, call: &mut Call) {
        self.get(method, purse, now, call, |this, query| {
            query.put("instrument_name=").put(this.listed.get(of).symbol.as_str());
        });
    }

    fn order(&mut self, known: &Known, now: Nanos, call: &mut Call) {
        if known.venue_order_id != Name::default() {
            return self.get("get_order_state", Purse::Questions, now, call, |_, query| {
                query.put("order_id=").percent(known.venue_order_id.as_bytes());
            });
        }
        self.get("get_order_state_by_label", Purse::Questions, now, call, |this, query| {
            let currency = settled_in(this.listed.get(known.order.instrument));
            query.put("currency=").put(currency.as_str()).put("&label=").order_id(known.id(), "-");
        });
    }

    /// Oldest first, from then to now; behind a full page from the time of its newest.
    fn fills(&mut self, ask: &Ask, of: InstrumentId, since: Nanos, now: Nanos, call: &mut Call) {
        let method = "get_user_trades_by_instrument_and_time";
        self.get(method, Purse::Questions, now, call, |this, query| {
            query.put("instrument_name=").put(this.listed.get(of).symbol.as_str()).put("&start_timestamp=");
            match this.page.cursor(ask) {
                Some(from) => query.put(from),
                None => query.whole(since.0 / Nanos::MILLI),
            };
            // What happens while it is asked counts, too, and clocks differ.
            query.put("&end_timestamp=").whole(now.0 / Nanos::MILLI + 60_000);
            query.put("&count=").whole(PAGE_MAX).put("&sorting=asc");
        });
    }

    /// Without a login of its own: what a key may do is what a login says.
    fn rights(&mut self, now: Nanos, call: &mut Call) {
        call.begin(Way::Get, Purse::Questions);
        call.path.put("/api/v2/public/auth?");
        self.signer.login_query(now, &mut call.path);
    }
}

/// What one that waits is called before it is pulled; then it is another order, under another id, with our label.
fn type_word(order_type: OrderType) -> &'static str {
    match order_type {
        OrderType::Limit => "limit",
        OrderType::StopMarket => "stop_market",
        OrderType::StopLimit => "stop_limit",
        OrderType::MarketIfTouched => "take_market",
        OrderType::LimitIfTouched => "take_limit",
        _ => "market",
    }
}

fn trigger_word(which: TriggerType) -> &'static str {
    match which {
        TriggerType::MarkPrice => "mark_price",
        TriggerType::IndexPrice => "index_price",
        _ => "last_price",
    }
}

fn time_in_force(order: &Order) -> &'static str {
    match order.time_in_force {
        // What expires does so on our side.
        TimeInForce::Gtc | TimeInForce::Gtd | TimeInForce::Day => "good_til_cancelled",
        TimeInForce::Ioc => "immediate_or_cancel",
        TimeInForce::Fok => "fill_or_kill",
    }
}

/// Too late it is answered as one whose outcome is not known, and looked up.
fn end_order(now: Nanos, body: &mut Text) {
    body.put(r#","valid_until":"#).whole(good_until(now).0 / Nanos::MILLI).put("}}");
}

impl Tongue for Deribit {
    fn manners(&self) -> &'static Manners {
        &MANNERS
    }

    fn line_path(&self, _line: usize, path: &mut Text) {
        path.put("/ws/api/v2");
    }

    /// Its messages have a name in place of a number, so that no answer to them is taken for one to a question.
    fn greet(&mut self, line: usize, step: usize, now: Nanos, call: &mut Call) -> bool {
        call.begin(Way::Line(line), Purse::Questions);
        let body = call.body.put(r#"{"jsonrpc":"2.0","id":"greeting","method":""#);
        let Some(step) = step.checked_sub(1) else {
            self.signer.login(now, body.put(r#"public/auth","params":"#));
            body.put("}");
            return true;
        };
        let Some((method, params)) = GREETING.get(step) else { return false };
        body.put(method).put(r#"","params":"#).put(params).put("}");
        true
    }

    fn ask(&mut self, ask: &Ask, id: AskId, now: Nanos, call: &mut Call) -> Result<(), Unable> {
        match *ask {
            Ask::Place(ref order) => self.place(order, id, now, call),
            Ask::Modify(ref known, px, qty) => self.modify(known, px, qty, id, now, call),
            Ask::Cancel(ref known) => self.cancel(known, id, call),
            Ask::CancelByRest(ref known) => self.cancel_by_rest(known, now, call),
            Ask::CancelAll(of) => self.get_of("cancel_all_by_instrument", Purse::Cancels, of, now, call),
            Ask::Order(ref known) => self.order(known, now, call),
            Ask::OpenOrders(of) => self.get_of("get_open_orders_by_instrument", Purse::Questions, of, now, call),
            Ask::Fills(of, since) => self.fills(ask, of, since, now, call),
            Ask::FillsOf(ref known, _) if known.venue_order_id == Name::default() => return Err(Unable::NotYet),
            Ask::FillsOf(ref known, _) => {
                self.get("get_user_trades_by_order", Purse::Questions, now, call, |_, query| {
                    query.put("order_id=").percent(known.venue_order_id.as_bytes()).put("&sorting=asc");
                });
            }
            Ask::Balances => self.get("get_account_summaries", Purse::Questions, now, call, |_, query| {
                query.put("extended=false");
            }),
            Ask::Positions => self.get("get_positions", Purse::Questions, now, call, |_, query| {
                query.put("currency=any");
            }),
            Ask::Prepare(Prepare::Time) => {
                call.begin(Way::Get, Purse::Questions);
                call.path.put("/api/v2/public/get_time");
            }
            Ask::Prepare(Prepare::Rights) => self.rights(now, call),
            Ask::Prepare(Prepare::KeepToken) => {
                call.begin(Way::Line(LINE), Purse::Questions);
                call.body.put(r#"{"jsonrpc":"2.0","id":"#).whole(id.0).put(r#","method":"public/auth","params":"#);
                self.signer.login(now, &mut call.body);
                call.body.put("}");
            }
            Ask::Mode(_) | Ask::Setup(_) | Ask::DeadMan(..) | Ask::Prepare(Prepare::Token) => {
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
            Place::Line(_) => hears::line(&self.listed, said, heard),
            Place::Rest(id, ask, status) => hears::answer(self, (id, &ask, status), said, heard),
        };
        understood.inspect_err(|_| heard.truncate(before))
    }
}
