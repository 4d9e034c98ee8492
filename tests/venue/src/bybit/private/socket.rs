//! The private side of the lines: login, what is told of an account, and orders that are entered on a line.
//!
//! Owns: who is logged in on a line, what it listens to. Never: whether an order may stand.

use super::clerk::{self, Deed, No};
use super::switch::Switches;
use super::texts;
use crate::account::{Event, Holder, LEVERAGE, Teller};
use crate::listing::Listing;
use crate::proof::{Hash, hex, hmac};
use crate::protocol::{self, Said};
use crate::stream::Stream;
use serde_json::Value;
use std::sync::Arc;

/// Most a client may be ahead of the venue, in ms.
const AHEAD_MS: u64 = 1_000;

const TOPICS: [&str; 7] = ["order", "execution", "position", "wallet", "dcp.spot", "dcp.future", "dcp.option"];

/// A line of an account.
pub(in crate::bybit) struct Private {
    /// Whether orders are entered on it; else it tells.
    is_trade: bool,
    connection: String,
    holder: Option<Holder>,
    topics: Vec<&'static str>,
    switches: Arc<Switches>,
    /// Public streams: none.
    wanted: Vec<bool>,
}

impl Private {
    /// The line that a path asks for; `None` where the venue has no such path.
    pub(in crate::bybit) fn of_path(
        path: &str,
        listings: &[Listing],
        number: usize,
        switches: &Arc<Switches>,
    ) -> Option<Self> {
        let is_trade = match path {
            "/v5/private" => false,
            "/v5/trade" => true,
            _ => return None,
        };
        Some(Self {
            is_trade,
            connection: format!("simulated-{number:05}"),
            holder: None,
            topics: Vec::new(),
            switches: Arc::clone(switches),
            wanted: vec![false; Stream::count(listings.len())],
        })
    }

    fn obey(&mut self, text: &str, listings: &[Listing], teller: &mut Teller<'_>) -> String {
        let message = serde_json::from_str::<Value>(text).unwrap_or_default();
        let op = message.get("op").and_then(Value::as_str).unwrap_or_default();
        match (op, op.strip_prefix("order.").and_then(Deed::of)) {
            ("ping", _) => self.pong(teller),
            ("auth", _) => self.auth(&message, teller),
            ("subscribe", _) if !self.is_trade => self.subscribe(&message, listings, teller),
            ("unsubscribe", _) if !self.is_trade => self.unsubscribe(&message),
            (_, Some(deed)) if self.is_trade => self.order(deed, op, &message, listings, teller),
            _ => self.reply(op, Err("error:request not supported")),
        }
    }

    fn pong(&self, teller: &Teller<'_>) -> String {
        let (at_ms, connection) = (teller.at_ms(), &self.connection);
        match self.is_trade {
            true => format!(r#"{{"retCode":0,"retMsg":"OK","op":"pong","data":["{at_ms}"],"connId":"{connection}"}}"#),
            false => format!(r#"{{"req_id":"","op":"pong","args":["{at_ms}"],"conn_id":"{connection}"}}"#),
        }
    }

    fn reply(&self, op: &str, outcome: Result<(), &str>) -> String {
        let (connection, op, told) = (&self.connection, Value::from(op), outcome.err().unwrap_or_default());
        let code = if outcome.is_ok() { 0 } else { 10_004 };
        match self.is_trade {
            true => {
                let told = if outcome.is_ok() { "OK" } else { told };
                format!(r#"{{"retCode":{code},"retMsg":"{told}","op":{op},"connId":"{connection}"}}"#)
            }
            false => {
                let success = outcome.is_ok();
                format!(r#"{{"success":{success},"ret_msg":"{told}","op":{op},"req_id":"","conn_id":"{connection}"}}"#)
            }
        }
    }

    fn auth(&mut self, message: &Value, teller: &mut Teller<'_>) -> String {
        let args = message.get("args").and_then(Value::as_array).map_or(&[] as &[Value], Vec::as_slice);
        let [id, expires, signature] = args else { return self.reply("auth", Err("Params Error")) };
        let (Some(id), Some(expires), Some(signature)) = (id.as_str(), expires.as_u64(), signature.as_str()) else {
            return self.reply("auth", Err("Params Error"));
        };
        let Some(holder) = teller.holder(id) else { return self.reply("auth", Err("error:Invalid API key")) };
        let expected =
            hex(&hmac(Hash::Sha256, holder.key.secret.as_bytes(), format!("GET/realtime{expires}").as_bytes()));
        if expected != signature {
            return self.reply("auth", Err("error:Invalid sign"));
        }
        if expires <= teller.at_ms() {
            return self.reply("auth", Err("error:Request timestamp expired"));
        }
        teller.logs_in();
        self.holder = Some(holder);
        self.reply("auth", Ok(()))
    }

    /// A message with one bad topic changes nothing.
    fn subscribe(&mut self, message: &Value, listings: &[Listing], teller: &mut Teller<'_>) -> String {
        let Some(holder) = self.holder else {
            return self.reply("subscribe", Err("error:Request not authorized"));
        };
        let args = message.get("args").and_then(Value::as_array).map_or(&[] as &[Value], Vec::as_slice);
        let known = |arg: &Value| TOPICS.into_iter().find(|topic| Some(*topic) == arg.as_str());
        let Some(topics) = args.iter().map(known).collect::<Option<Vec<_>>>() else {
            return self.reply("subscribe", Err("error:handler not found"));
        };
        teller.subscribes();
        for topic in topics {
            if !self.topics.contains(&topic) {
                self.topics.push(topic);
                self.switches.listens(topic, holder, listings, teller);
            }
        }
        self.reply("subscribe", Ok(()))
    }

    /// What a line does not listen to any more does not start a clock when it is lost.
    fn unsubscribe(&mut self, message: &Value) -> String {
        let Some(holder) = self.holder else {
            return self.reply("unsubscribe", Err("error:Request not authorized"));
        };
        let args = message.get("args").and_then(Value::as_array).map_or(&[] as &[Value], Vec::as_slice);
        let Self { topics, switches, .. } = self;
        topics.retain(|topic| {
            let is_left = args.iter().any(|arg| arg.as_str() == Some(*topic));
            if is_left {
                switches.leaves(topic, holder);
            }
            !is_left
        });
        self.reply("unsubscribe", Ok(()))
    }

    fn order(&self, deed: Deed, op: &str, message: &Value, listings: &[Listing], teller: &mut Teller<'_>) -> String {
        let done = self.may(message, teller).and_then(|holder| {
            let asked = message.get("args").and_then(|args| args.get(0)).unwrap_or(&Value::Null);
            let order = clerk::act(teller, holder, listings, deed, asked)?;
            Ok(clerk::ids(&order, listings))
        });
        let (code, words) = done.as_ref().err().map_or((0, "OK"), No::in_words);
        let (req_id, at_ms, connection) =
            (message.get("reqId").unwrap_or(&Value::Null), teller.at_ms(), &self.connection);
        let limit = self.holder.and_then(|holder| teller.used(holder).first().copied());
        let (window_ns, used, most) = limit.unwrap_or((1, 0, 0));
        let left = most.saturating_sub(used);
        let window_ms = (window_ns / 1_000_000).max(1);
        let reset_ms = (at_ms / window_ms + 1) * window_ms;
        let data = done.unwrap_or_else(|_| "{}".to_owned());
        format!(
            r#"{{"reqId":{req_id},"retCode":{code},"retMsg":"{words}","op":"{op}","data":{data},"retExtInfo":{{}},"header":{{"X-Bapi-Limit":"{most}","X-Bapi-Limit-Status":"{left}","X-Bapi-Limit-Reset-Timestamp":"{reset_ms}","Traceid":"simulated","Timenow":"{at_ms}"}},"connId":"{connection}"}}"#
        )
    }

    /// Whether a message may enter orders: its line is logged in, and its time is near the venue's.
    fn may(&self, message: &Value, teller: &Teller<'_>) -> Result<Holder, No> {
        let holder = self.holder.ok_or(No::Code(10_004, "Request not authorized"))?;
        let header = |name: &str| message.get("header").and_then(|header| header.get(name)).and_then(Value::as_str);
        let time = header("X-BAPI-TIMESTAMP").and_then(|text| text.parse().ok());
        let window = header("X-BAPI-RECV-WINDOW").and_then(|text| text.parse().ok()).unwrap_or(5_000);
        is_timely(time, window, teller.at_ms()).then_some(holder).ok_or(LATE)
    }
}

pub(super) const LATE: No =
    No::Code(10_002, "invalid request, please check your server timestamp or recv_window param");

/// Whether a request of that time, good for `window` ms, is heard now.
pub(super) fn is_timely(time_ms: Option<u64>, window_ms: u64, now_ms: u64) -> bool {
    time_ms.is_some_and(|time_ms| now_ms.saturating_sub(window_ms) <= time_ms && time_ms < now_ms + AHEAD_MS)
}

impl protocol::Session for Private {
    fn wanted(&self) -> &[bool] {
        &self.wanted
    }

    fn is_private(&self) -> bool {
        true
    }

    fn private(&mut self, text: &str, listings: &[Listing], teller: &mut Teller<'_>) -> Option<Vec<Said>> {
        Some(vec![Said::Text(self.obey(text, listings, teller))])
    }

    /// Nothing: all it hears is private.
    fn control(&mut self, _: &str, _: &[Listing], _: u64) -> Vec<Said> {
        Vec::new()
    }

    fn closes(&mut self, listings: &[Listing], teller: &mut Teller<'_>) {
        if let Some(holder) = self.holder {
            self.topics.iter().for_each(|topic| self.switches.is_lost(topic, holder, listings, teller));
        }
    }

    fn tell(&mut self, event: &Event, listings: &[Listing]) -> Vec<String> {
        if self.holder.is_none_or(|holder| holder.account != event.account) {
            return Vec::new();
        }
        let listing = &listings[event.order.instrument];
        let (number, at_ms) = (event.number, event.at_ns / 1_000_000);
        let told = |topic: &str, row: String| {
            let is_wanted = self.topics.contains(&topic);
            is_wanted.then(|| format!(r#"{{"id":"{number}","topic":"{topic}","creationTime":{at_ms},"data":[{row}]}}"#))
        };
        let fill = event.fill.as_ref().and_then(|fill| told("execution", texts::fill(fill, listing)));
        let position = event
            .position
            .as_ref()
            .and_then(|held| told("position", texts::position(held, listing, false, &LEVERAGE.to_string())));
        let balances = event.balances.iter().map(|(asset, balance, _)| (*asset, *balance));
        let wallet = if event.balances.is_empty() { None } else { told("wallet", texts::wallet(balances)) };
        // Each topic has a way of its own, and that of executions is the shortest.
        [fill, told("order", texts::order(&event.order, listing)), position, wallet].into_iter().flatten().collect()
    }
}
