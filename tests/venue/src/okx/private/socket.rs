//! The private line: login, what is told of an account, and orders that are entered on it.
//!
//! Owns: who is logged in on a line, what it listens to. Never: whether an order may stand.

use super::algo;
use super::clerk::{self, Deed, Named, No, word};
use super::texts;
use crate::account::{Event, Holder, Teller};
use crate::listing::Listing;
use crate::okx::session::Session;
use crate::proof::{Hash, base64, hmac};
use crate::protocol::{self, Said};
use crate::stream::Stream;
use serde_json::Value;

/// How long a login is good, in s.
const LOGIN_S: u64 = 30;

const CHANNELS: [&str; 3] = ["orders", "account", "positions"];
/// Of the line that candles share with orders that wait for a price.
const WAITING: [&str; 1] = ["orders-algo"];

/// A line of an account.
pub(in crate::okx) struct Private {
    connection: String,
    holder: Option<Holder>,
    channels: Vec<&'static str>,
    /// Public streams: none.
    wanted: Vec<bool>,
    /// What everyone may ask on that line.
    public: Option<Session>,
}

impl Private {
    /// The line that a path asks for; `None` where it is another.
    pub(in crate::okx) fn of_path(path: &str, listings: &[Listing], number: usize) -> Option<Self> {
        let public = match path {
            "/ws/v5/private" => None,
            "/ws/v5/business" => Some(Session::of_path(path, listings, number)?),
            _ => return None,
        };
        Some(Self {
            connection: format!("{number:08x}"),
            holder: None,
            channels: Vec::new(),
            wanted: vec![false; Stream::count(listings.len())],
            public,
        })
    }

    /// Whether a message is everyone's.
    fn is_public(&self, text: &str) -> bool {
        let message = serde_json::from_str::<Value>(text).unwrap_or_default();
        let is_of_account = |asked: &Value| word(asked, "channel").is_some_and(|channel| WAITING.contains(&channel));
        let mut args = message.get("args").and_then(Value::as_array).into_iter().flatten();
        self.public.is_some() && word(&message, "op") != Some("login") && !args.any(is_of_account)
    }

    fn obey(&mut self, text: &str, listings: &[Listing], teller: &mut Teller<'_>) -> Vec<String> {
        if text == "ping" {
            return vec!["pong".to_owned()];
        }
        let message = serde_json::from_str::<Value>(text).unwrap_or_default();
        let op = word(&message, "op").unwrap_or_default();
        let args = message.get("args").and_then(Value::as_array).map_or(&[] as &[Value], Vec::as_slice);
        match (op, Deed::of(op), self.holder, args) {
            ("login", _, _, [asked]) => vec![self.login(asked, teller)],
            ("subscribe", _, Some(holder), [_, ..]) => {
                args.iter().flat_map(|asked| self.subscribe(asked, holder, listings, teller)).collect()
            }
            (_, Some(deed), Some(holder), [asked]) => {
                vec![order(deed, op, (&message, asked), holder, listings, teller)]
            }
            ("subscribe", ..) | (_, Some(_), ..) if self.holder.is_none() => vec![self.error(60_011, "Please log in")],
            _ => vec![self.error(60_012, "Invalid request")],
        }
    }

    fn error(&self, code: u32, words: &str) -> String {
        format!(r#"{{"event":"error","code":"{code}","msg":"{words}","connId":"{}"}}"#, self.connection)
    }

    fn login(&mut self, asked: &Value, teller: &mut Teller<'_>) -> String {
        let said = |name: &str| word(asked, name).unwrap_or_default();
        let (time, now_s) = (said("timestamp"), teller.at_ms() / 1_000);
        let Some(holder) = teller.holder(said("apiKey")) else { return self.error(60_005, "Invalid apiKey") };
        if said("passphrase") != holder.key.passphrase {
            return self.error(60_024, "Wrong passphrase");
        }
        let Ok(time_s) = time.parse::<u64>() else { return self.error(60_004, "Invalid timestamp") };
        if time_s.abs_diff(now_s) > LOGIN_S {
            return self.error(60_006, "Timestamp request expired");
        }
        let signed = format!("{time}GET/users/self/verify");
        if base64(&hmac(Hash::Sha256, holder.key.secret.as_bytes(), signed.as_bytes())) != said("sign") {
            return self.error(60_007, "Invalid sign");
        }
        teller.logs_in();
        self.holder = Some(holder);
        format!(r#"{{"event":"login","msg":"","code":"0","connId":"{}"}}"#, self.connection)
    }

    /// Each argument is answered for itself; what there is of money and positions is told at once.
    fn subscribe(
        &mut self,
        asked: &Value,
        holder: Holder,
        listings: &[Listing],
        teller: &mut Teller<'_>,
    ) -> Vec<String> {
        let mut channels = if self.public.is_some() { WAITING.iter() } else { CHANNELS.iter() };
        let Some(&channel) = channels.find(|known| Some(**known) == word(asked, "channel")) else {
            return vec![self.error(60_018, "Wrong URL or channel doesn't exist.")];
        };
        teller.subscribes();
        self.channels.push(channel);
        let at_ms = teller.at_ms();
        let answer = format!(r#"{{"event":"subscribe","arg":{asked},"connId":"{}"}}"#, self.connection);
        let first = match channel {
            "account" => Some(told(channel, &texts::account(teller.balances(holder), at_ms))),
            "positions" => Some(told(channel, &positions(teller, holder, listings, None))),
            _ => None,
        };
        std::iter::once(answer).chain(first).collect()
    }
}

/// Rows of the positions that there are, of an instrument or of all.
pub(super) fn positions(teller: &Teller<'_>, holder: Holder, listings: &[Listing], name: Option<&str>) -> String {
    let held = teller.positions(holder).iter().zip(listings);
    let held = held.filter(|(held, listing)| held.qty != 0 && name.is_none_or(|name| listing.name() == name));
    held.map(|(held, listing)| texts::position(held, listing, teller.at_ms())).collect::<Vec<_>>().join(",")
}

fn told(channel: &str, rows: &str) -> String {
    let kind = if channel == "account" { "" } else { r#""instType":"ANY","# };
    format!(r#"{{"arg":{{"channel":"{channel}",{kind}"uid":"simulated"}},"data":[{rows}]}}"#)
}

fn order(
    deed: Deed,
    op: &str,
    (message, asked): (&Value, &Value),
    holder: Holder,
    listings: &[Listing],
    teller: &mut Teller<'_>,
) -> String {
    let at_ms = teller.at_ms();
    let done = clerk::act(teller, holder, listings, (deed, Named::ByNumber), asked);
    let (code, words, rows) = match done {
        Ok(order) => (0, "", clerk::row(Ok(&order), asked, at_ms)),
        Err(No::Row(code, words)) => (1, "", clerk::row(Err((code, words)), asked, at_ms)),
        Err(no) => {
            let (code, words) = no.in_words();
            (code, words, String::new())
        }
    };
    let (id, us) = (message.get("id").unwrap_or(&Value::Null), at_ms * 1_000);
    format!(
        r#"{{"id":{id},"op":"{op}","code":"{code}","msg":"{words}","data":[{rows}],"inTime":"{us}","outTime":"{us}"}}"#
    )
}

impl protocol::Session for Private {
    fn wanted(&self) -> &[bool] {
        self.public.as_ref().map_or(&self.wanted, |public| public.wanted())
    }

    fn is_private(&self) -> bool {
        self.public.is_none() || self.holder.is_some()
    }

    fn private(&mut self, text: &str, listings: &[Listing], teller: &mut Teller<'_>) -> Option<Vec<Said>> {
        if self.is_public(text) {
            return None;
        }
        Some(self.obey(text, listings, teller).into_iter().map(Said::Text).collect())
    }

    /// Of a line that is all private nothing.
    fn control(&mut self, text: &str, listings: &[Listing], at_ms: u64) -> Vec<Said> {
        self.public.as_mut().map_or_else(Vec::new, |public| public.control(text, listings, at_ms))
    }

    fn tell(&mut self, event: &Event, listings: &[Listing]) -> Vec<String> {
        if self.holder.is_none_or(|holder| holder.account != event.account) {
            return Vec::new();
        }
        let (listing, at_ms) = (&listings[event.order.instrument], event.at_ns / 1_000_000);
        let order = (!event.order.waits).then(|| texts::order(&event.order, event.fill.as_ref(), listing));
        let position = event.position.as_ref().map(|held| texts::position(held, listing, at_ms));
        let balances = event.balances.iter().map(|(asset, balance, _)| (*asset, *balance));
        let account = (!event.balances.is_empty()).then(|| texts::account(balances, at_ms));
        let waiting = algo::news(event, listing);
        let rows = [("orders", order), ("orders-algo", waiting), ("positions", position), ("account", account)];
        let wanted = rows.into_iter().filter(|(channel, _)| self.channels.contains(channel));
        wanted.filter_map(|(channel, row)| Some(told(channel, &row?))).collect()
    }
}
