//! The channel of a line that tells how an account's orders are.
//!
//! Owns: who listens on a line. Never: a number of a text, which the session counts over all channels.

use super::{proven, texts};
use crate::account::{Cause, Event, Holder, Teller};
use crate::coinbase::wire;
use crate::listing::Listing;
use serde_json::Value;

/// Orders in one text of the snapshot.
const BATCH: usize = 50;

/// Who listens on a line.
#[derive(Debug, Default)]
pub(in crate::coinbase) struct Line {
    holder: Option<Holder>,
}

impl Line {
    /// Whether an account listens.
    pub(in crate::coinbase) fn is_open(&self) -> bool {
        self.holder.is_some()
    }

    /// Obeys a subscription to the orders of an account: the open ones as texts without numbers, or why not. `None`: the
    /// message is everyone's.
    pub(in crate::coinbase) fn obey(
        &mut self,
        text: &str,
        listings: &[Listing],
        teller: &mut Teller<'_>,
    ) -> Option<Result<Vec<String>, &'static str>> {
        let message = serde_json::from_str::<Value>(text).ok()?;
        let word = |name: &str| message.get(name).and_then(Value::as_str).unwrap_or_default();
        if word("channel") != "user" || word("type") != "subscribe" {
            return None;
        }
        let Some(holder) = proven::holder(teller, word("jwt"), None) else {
            return Some(Err("authentication failure"));
        };
        teller.logs_in();
        teller.subscribes();
        self.holder = Some(holder);
        let (open, at_ms) = (teller.open_orders(holder, None), teller.at_ms());
        let rows: Vec<String> =
            open.iter().map(|order| texts::told(order, texts::status(order), &listings[order.instrument])).collect();
        let texts = match rows.is_empty() {
            true => vec![wire::user(at_ms, true, "")],
            false => rows.chunks(BATCH).map(|rows| wire::user(at_ms, true, &rows.join(","))).collect(),
        };
        Some(Ok(texts))
    }

    /// What it hears of what happened, as texts without numbers.
    pub(in crate::coinbase) fn tell(&self, event: &Event, listings: &[Listing]) -> Vec<String> {
        if self.holder.is_none_or(|holder| holder.account != event.account) {
            return Vec::new();
        }
        let (order, at_ms) = (&event.order, event.at_ns / 1_000_000);
        let row = |status| wire::user(at_ms, false, &texts::told(order, status, &listings[order.instrument]));
        match event.cause {
            Cause::Entered => vec![row("PENDING"), row("OPEN")],
            _ => vec![row(texts::status(order))],
        }
    }
}
