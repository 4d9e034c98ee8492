//! What a line does for an account: it carries actions, and follows whoever it was asked to.
//!
//! Owns: what it follows. Never: market data, which the same line may carry.

use super::clerk::Clerk;
use super::rest::account;
use super::texts;
use super::wallet::Nonces;
use crate::account::{Cause, Event, Holder, Teller};
use crate::http::reason;
use crate::listing::Listing;
use serde_json::Value;
use std::sync::Arc;

const CHANNELS: [&str; 2] = ["orderUpdates", "userFills"];

/// The private part of a line.
pub(in crate::hyperliquid) struct Private {
    nonces: Arc<Nonces>,
    followed: Vec<(&'static str, Holder)>,
}

impl Private {
    pub(in crate::hyperliquid) fn new(nonces: &Arc<Nonces>) -> Self {
        Self { nonces: Arc::clone(nonces), followed: Vec::new() }
    }

    /// Whether it follows an account.
    pub(in crate::hyperliquid) fn is_used(&self) -> bool {
        !self.followed.is_empty()
    }

    /// The answers to a message; `None`: it is not about an account.
    pub(in crate::hyperliquid) fn obey(
        &mut self,
        text: &str,
        listings: &[Listing],
        teller: &mut Teller<'_>,
    ) -> Option<Vec<String>> {
        let message = serde_json::from_str::<Value>(text).ok()?;
        match message["method"].as_str()? {
            "post" => Some(vec![self.act(&message, listings, teller)]),
            "subscribe" => self.follow(&message["subscription"], listings, teller),
            _ => None,
        }
    }

    fn act(&self, message: &Value, listings: &[Listing], teller: &mut Teller<'_>) -> String {
        let (id, request) = (&message["id"], &message["request"]);
        let done = match request["type"].as_str() {
            Some("action") => Clerk { listings, teller, nonces: &self.nonces }.answer(&request["payload"]),
            _ => Err(422),
        };
        let (kind, payload) = match done {
            Ok(payload) => ("action", payload),
            Err(status) => ("error", format!("\"{status} {}\"", reason(status))),
        };
        let response = format!(r#"{{"type":"{kind}","payload":{payload}}}"#);
        format!(r#"{{"channel":"post","data":{{"id":{id},"response":{response}}}}}"#)
    }

    /// Of executions those of before are told at once.
    fn follow(&mut self, asked: &Value, listings: &[Listing], teller: &mut Teller<'_>) -> Option<Vec<String>> {
        let channel = CHANNELS.into_iter().find(|channel| asked["type"] == *channel)?;
        let holder = account(&asked["user"].as_str()?.to_ascii_lowercase(), teller)?;
        teller.subscribes();
        self.followed.push((channel, holder));
        let user = holder.key.id;
        let subscription = format!(r#"{{"type":"{channel}","user":"{user}"}}"#);
        let granted = format!(
            r#"{{"channel":"subscriptionResponse","data":{{"method":"subscribe","subscription":{subscription}}}}}"#
        );
        let first = (channel == "userFills").then(|| texts::fills(user, teller.fills(holder, 0), listings, true));
        Some(std::iter::once(granted).chain(first).collect())
    }

    /// What is told of what happened.
    pub(in crate::hyperliquid) fn tell(&self, event: &Event, listings: &[Listing]) -> Vec<String> {
        let of_account = self.followed.iter().filter(|(_, holder)| holder.account == event.account);
        let told = of_account.filter_map(|(channel, holder)| match (*channel, &event.fill) {
            ("userFills", fill) => Some(texts::fills(holder.key.id, std::iter::once(fill.as_ref()?), listings, false)),
            (_, _) => {
                let (order, listing) = (&event.order, &listings[event.order.instrument]);
                let is_pulled = event.cause == Cause::Triggered;
                let news = if is_pulled { texts::pulled(order, listing) } else { texts::news(order, listing) };
                Some(format!(r#"{{"channel":"orderUpdates","data":[{news}]}}"#))
            }
        });
        told.collect()
    }
}
