//! The private side of a socket: a challenge, and the feeds that its signature opens.
//!
//! Owns: what a socket was challenged with, what it listens to. Never: whether an order may stand.

use super::{signed, texts};
use crate::account::{Cause, Event, Holder, Order, State, Teller};
use crate::listing::Listing;
use crate::object::{Object, array};
use serde_json::Value;

const FEEDS: [&str; 4] = ["open_orders", "fills", "open_positions", "balances"];

/// What a socket hears of an account.
#[derive(Debug, Default)]
pub(in crate::kraken_futures) struct Feeds {
    /// Number of the connection: no two are challenged with the same.
    number: usize,
    challenge: Option<String>,
    holder: Option<Holder>,
    open: Vec<&'static str>,
}

impl Feeds {
    pub(in crate::kraken_futures) fn of(number: usize) -> Self {
        Self { number, ..Self::default() }
    }

    /// Whether any was opened.
    pub(in crate::kraken_futures) fn is_open(&self) -> bool {
        self.holder.is_some()
    }

    /// Obeys a message that is an account's; `None`: it is everyone's.
    pub(in crate::kraken_futures) fn obey(
        &mut self,
        text: &str,
        listings: &[Listing],
        teller: &mut Teller<'_>,
    ) -> Option<Vec<String>> {
        let message = serde_json::from_str::<Value>(text).ok()?;
        let word = |name: &str| message.get(name).and_then(Value::as_str).unwrap_or_default();
        if word("event") == "challenge" {
            let words = format!("c4a11e60-0000-4000-8000-{:012x}", self.number);
            self.challenge = Some(words.clone());
            return Some(vec![format!(r#"{{"event":"challenge","message":"{words}"}}"#)]);
        }
        let feed = FEEDS.into_iter().find(|feed| *feed == word("feed")).filter(|_| word("event") == "subscribe")?;
        let [key, original, answer] = ["api_key", "original_challenge", "signed_challenge"].map(word);
        let is_proven = |holder: &Holder| {
            self.challenge.as_deref() == Some(original) && signed(holder.key, original.as_bytes()) == answer
        };
        let Some(holder) = teller.holder(key).filter(is_proven) else {
            return Some(vec![format!(r#"{{"event":"subscribed_failed","feed":"{feed}"}}"#)]);
        };
        if !self.is_open() {
            teller.logs_in();
        }
        teller.subscribes();
        self.holder = Some(holder);
        self.open.push(feed);
        let yes = format!(
            r#"{{"event":"subscribed","feed":"{feed}","api_key":"{key}","original_challenge":"{original}","signed_challenge":"{answer}"}}"#
        );
        Some(vec![yes, snapshot(feed, holder, listings, teller)])
    }

    /// What it hears of what happened.
    pub(in crate::kraken_futures) fn tell(&self, event: &Event, listings: &[Listing]) -> Vec<String> {
        let Some(holder) = self.holder.filter(|holder| holder.account == event.account) else { return Vec::new() };
        let (order, listing, name) = (&event.order, &listings[event.order.instrument], holder.key.id);
        let fill = event.fill.as_ref().map(|fill| {
            let row = texts::fill(fill, order.left(), listing);
            format!(r#"{{"feed":"fills","username":"{name}","fills":[{row}]}}"#)
        });
        let position = event.position.as_ref().map(|held| {
            let row = texts::position(held, listing);
            format!(r#"{{"feed":"open_positions","account":"{name}","positions":[{row}]}}"#)
        });
        let held: Vec<_> = event.balances.iter().map(|(asset, balance, _)| (*asset, *balance)).collect();
        let balances = (!held.is_empty()).then(|| {
            let (at_ms, rows) = (event.at_ns / 1_000_000, texts::balances(&held, listings));
            format!(r#"{{"feed":"balances","account":"{name}","timestamp":{at_ms},"seq":{},{rows}}}"#, event.number)
        });
        let mut all = vec![("fills", fill)];
        if event.cause == Cause::Triggered {
            all.push(("open_orders", Some(pulled(event))));
        }
        all.extend([("open_orders", changed(event, listing)), ("open_positions", position), ("balances", balances)]);
        all.into_iter().filter(|(feed, _)| self.open.contains(feed)).filter_map(|(_, text)| text).collect()
    }
}

/// An order, by its ids alone, has left the list.
fn short(order: &Order, reason: &str) -> String {
    let ids = Object::new().text("order_id", &texts::id_of(order)).text("cli_ord_id", &order.client_id);
    ids.text("feed", "open_orders").raw("is_cancel", true).text("reason", reason).end()
}

/// The price of one that waited has come: it goes, and what it became comes.
fn pulled(event: &Event) -> String {
    short(&Order { waits: true, ..event.order.clone() }, "stop_order_triggered")
}

/// What the feed of open orders says. One that takes and goes is told only of as it goes; one that is withdrawn names its
/// ids alone.
fn changed(event: &Event, listing: &Listing) -> Option<String> {
    let (order, is_immediate) = (&event.order, texts::is_immediate(&event.order));
    let whole = |is_over: bool, reason: &str| {
        let row = texts::told(order, listing);
        Some(format!(r#"{{"feed":"open_orders","order":{row},"is_cancel":{is_over},"reason":"{reason}"}}"#))
    };
    let short = |reason: &str| Some(short(order, reason));
    match (event.cause, order.state) {
        (Cause::Filled, State::Filled) if !is_immediate => whole(true, "full_fill"),
        (Cause::Ended, _) if !is_immediate => short("cancelled_by_user"),
        (Cause::Ended, _) if order.filled > 0 => whole(true, "partial_fill"),
        (Cause::Ended, _) => short("ioc_order_failed_because_it_would_not_be_executed"),
        _ if is_immediate => None,
        (Cause::Triggered, _) => whole(false, "limit_order_from_stop"),
        (Cause::Entered, _) => whole(false, "new_placed_order_by_user"),
        (Cause::Changed, _) => whole(false, "edited_by_user"),
        (Cause::Filled, _) => whole(false, "partial_fill"),
    }
}

/// What a feed tells first.
fn snapshot(feed: &str, holder: Holder, listings: &[Listing], teller: &Teller<'_>) -> String {
    let name = holder.key.id;
    match feed {
        "open_orders" => {
            let open = teller.open_orders(holder, None).into_iter();
            let rows = array(open.map(|order| texts::told(order, &listings[order.instrument])));
            format!(r#"{{"feed":"open_orders_snapshot","account":"{name}","orders":{rows}}}"#)
        }
        "fills" => {
            let fills = teller.fills(holder, 0).map(|fill| texts::fill(fill, 0, &listings[fill.instrument]));
            format!(r#"{{"feed":"fills_snapshot","account":"{name}","fills":{}}}"#, array(fills))
        }
        "open_positions" => {
            let held = teller.positions(holder).iter().zip(listings).filter(|(held, _)| held.qty != 0);
            let rows = array(held.map(|(held, listing)| texts::position(held, listing)));
            format!(r#"{{"feed":"open_positions","account":"{name}","positions":{rows}}}"#)
        }
        _ => {
            let rows = texts::balances(&teller.balances(holder).collect::<Vec<_>>(), listings);
            let at_ms = teller.at_ms();
            format!(r#"{{"feed":"balances_snapshot","account":"{name}","timestamp":{at_ms},"seq":0,{rows}}}"#)
        }
    }
}
