//! The private side of a line: the channels that a token opens, and orders that are entered on it.
//!
//! Owns: what a line listens to, the numbers of its messages. Never: whether an order may stand.

use super::clerk::{self, Deed};
use super::{holder, texts};
use crate::account::{Cause, Event, Holder, Teller};
use crate::listing::Listing;
use crate::text::iso;
use serde_json::Value;

/// What a line hears of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Channel {
    Executions,
    Balances,
}

/// What a line hears of an account, and since when: how many messages of each channel it was told.
#[derive(Debug, Default)]
pub(in crate::kraken) struct Line {
    holder: Option<Holder>,
    executions: Option<u64>,
    balances: Option<u64>,
}

impl Line {
    /// Whether anything was opened by a token.
    pub(in crate::kraken) fn is_open(&self) -> bool {
        self.holder.is_some()
    }

    /// Obeys a message that is an account's; `None`: it is everyone's.
    pub(in crate::kraken) fn obey(
        &mut self,
        text: &str,
        listings: &[Listing],
        teller: &mut Teller<'_>,
    ) -> Option<Vec<String>> {
        let message = serde_json::from_str::<Value>(text).ok()?;
        let (method, params) = (message.get("method")?.as_str()?, message.get("params")?);
        let channel = match params.get("channel").and_then(Value::as_str) {
            Some("executions") => Some(Channel::Executions),
            Some("balances") => Some(Channel::Balances),
            _ => None,
        };
        let deed = Deed::of(method);
        let is_switch = method == "cancel_all_orders_after";
        if !(deed.is_some() || is_switch || (channel.is_some() && method == "subscribe")) {
            return None;
        }
        let at = iso(teller.at_ms(), 6);
        let number = message.get("req_id").map(|id| format!(r#","req_id":{id}"#)).unwrap_or_default();
        let tail = format!(r#""time_in":"{at}","time_out":"{at}"{number}"#);
        let no = |problem: &str| {
            let problem = Value::from(problem);
            vec![format!(r#"{{"error":{problem},"method":"{method}","success":false,{tail}}}"#)]
        };
        let given = params.get("token").and_then(Value::as_str).unwrap_or_default();
        let Some(holder) = holder(teller, given) else { return Some(no("ESession:Invalid session")) };
        let yes = |result: &str| format!(r#"{{"method":"{method}","result":{{{result}}},"success":true,{tail}}}"#);
        Some(match (channel, deed) {
            (Some(channel), None) => {
                let snapshot = self.subscribe(channel, holder, listings, teller);
                let name = if channel == Channel::Executions { "executions" } else { "balances" };
                vec![yes(&format!(r#""channel":"{name}","maxratecount":180,"snapshot":true"#)), snapshot]
            }
            (_, Some(deed)) => match clerk::act(teller, holder, listings, deed, params) {
                Ok(order) => {
                    let (id, ours) = (texts::venue_id('O', order.id), Value::from(order.client_id.as_str()));
                    vec![yes(&format!(r#""order_id":"{id}","cl_ord_id":{ours}"#))]
                }
                Err(problem) => no(&problem),
            },
            _ => match params.get("timeout").and_then(Value::as_u64) {
                Some(seconds) if holder.key.rights.trade => {
                    teller.dead_man(holder, None, seconds * 1_000_000_000);
                    vec![yes(&format!(r#""currentTime":"{at}","triggerTime":"{at}""#))]
                }
                Some(_) => no("EGeneral:Permission denied"),
                None => no("EGeneral:Invalid arguments:timeout"),
            },
        })
    }

    fn subscribe(&mut self, channel: Channel, holder: Holder, listings: &[Listing], teller: &mut Teller<'_>) -> String {
        if !self.is_open() {
            teller.logs_in();
        }
        teller.subscribes();
        self.holder = Some(holder);
        let (told, rows): (_, Vec<String>) = match channel {
            Channel::Executions => {
                let open = teller.open_orders(holder, None);
                let row = |order: &&crate::account::Order| {
                    let status = if order.filled > 0 { "partially_filled" } else { "new" };
                    texts::whole(order, status, &listings[order.instrument])
                };
                (&mut self.executions, open.iter().map(row).collect())
            }
            Channel::Balances => {
                let held = teller.balances(holder).map(|(asset, balance)| texts::held(asset, balance));
                (&mut self.balances, held.collect())
            }
        };
        *told = Some(1);
        message(channel, "snapshot", &rows.join(","), 1)
    }

    /// What it hears of what happened. Each text has its number from here on, whether it gets there or not.
    pub(in crate::kraken) fn tell(&mut self, event: &Event, listings: &[Listing]) -> Vec<String> {
        if self.holder.is_none_or(|holder| holder.account != event.account) {
            return Vec::new();
        }
        let (order, listing) = (&event.order, &listings[event.order.instrument]);
        let rows = match (event.cause, &event.fill) {
            (Cause::Entered, _) => vec![texts::whole(order, "pending_new", listing), texts::entered(order)],
            (Cause::Filled, Some(fill)) if order.left() == 0 => {
                vec![texts::traded(order, fill, listing), texts::ended(order, listing)]
            }
            (Cause::Filled, Some(fill)) => vec![texts::traded(order, fill, listing)],
            (Cause::Filled, None) => Vec::new(),
            (Cause::Changed | Cause::Triggered, _) => vec![texts::amended(order, listing)],
            (Cause::Ended, _) => vec![texts::ended(order, listing)],
        };
        let mut said = Vec::new();
        if let Some(told) = &mut self.executions {
            for row in rows {
                *told += 1;
                said.push(message(Channel::Executions, "update", &row, *told));
            }
        }
        if let Some(told) = &mut self.balances {
            for row in texts::moved(event) {
                *told += 1;
                said.push(message(Channel::Balances, "update", &row, *told));
            }
        }
        said
    }
}

fn message(channel: Channel, kind: &str, rows: &str, number: u64) -> String {
    let channel = if channel == Channel::Executions { "executions" } else { "balances" };
    format!(r#"{{"channel":"{channel}","type":"{kind}","data":[{rows}],"sequence":{number}}}"#)
}
