//! The line that tells: a login, then channels by type of instrument.
//!
//! Owns: who is logged in, what it listens to. Never: whether an order may stand.

use super::clerk::{is_spot, word};
use super::{is_timely, plan, texts};
use crate::account::{Event, Holder, Teller};
use crate::bitget::{TYPES, type_of};
use crate::listing::Listing;
use crate::proof::{Hash, base64, hmac};
use crate::protocol::{self, Said};
use crate::stream::Stream;
use serde_json::Value;

const CHANNELS: [&str; 5] = ["orders", "fill", "account", "positions", "orders-algo"];

/// A line of an account.
pub(in crate::bitget) struct Private {
    holder: Option<Holder>,
    /// Type and channel.
    channels: Vec<(&'static str, &'static str)>,
    /// Public streams: none.
    wanted: Vec<bool>,
}

impl Private {
    /// The line that a path asks for; `None` where it is no private one.
    pub(in crate::bitget) fn of_path(path: &str, listings: &[Listing]) -> Option<Self> {
        let wanted = vec![false; Stream::count(listings.len())];
        (path == "/v2/ws/private").then_some(Self { holder: None, channels: Vec::new(), wanted })
    }

    fn obey(&mut self, text: &str, teller: &mut Teller<'_>) -> String {
        if text == "ping" {
            return "pong".to_owned();
        }
        let message = serde_json::from_str::<Value>(text).unwrap_or_default();
        let argument = message.get("args").and_then(|args| args.get(0)).unwrap_or(&Value::Null);
        let done = match word(&message, "op") {
            Some("login") => self.login(argument, teller),
            Some("subscribe") => self.subscribe(argument, teller),
            _ => Err(30_003),
        };
        done.unwrap_or_else(|code| format!(r#"{{"event":"error","code":"{code}","msg":"error"}}"#))
    }

    fn login(&mut self, argument: &Value, teller: &mut Teller<'_>) -> Result<String, u32> {
        let said = |name: &str| word(argument, name).unwrap_or_default();
        let holder = teller.holder(said("apiKey")).ok_or(30_011_u32)?;
        let time = said("timestamp");
        let time_ms = time.parse::<u64>().ok().map(|seconds| seconds.saturating_mul(1_000));
        if !is_timely(time_ms, teller.at_ms()) {
            return Err(30_014);
        }
        if said("passphrase") != holder.key.passphrase {
            return Err(30_012);
        }
        let signed = format!("{time}GET/user/verify");
        if base64(&hmac(Hash::Sha256, holder.key.secret.as_bytes(), signed.as_bytes())) != said("sign") {
            return Err(30_015);
        }
        teller.logs_in();
        self.holder = Some(holder);
        Ok(r#"{"event":"login","code":"0","msg":""}"#.to_owned())
    }

    /// All instruments of a type at once is what is simulated.
    fn subscribe(&mut self, argument: &Value, teller: &mut Teller<'_>) -> Result<String, u32> {
        if self.holder.is_none() {
            return Err(30_004);
        }
        let find = |all: &[&'static str], name| all.iter().copied().find(|known| word(argument, name) == Some(*known));
        let (kind, channel) = find(&TYPES, "instType").zip(find(&CHANNELS, "channel")).ok_or(30_001_u32)?;
        let of = if channel == "account" { "coin" } else { "instId" };
        if word(argument, of) != Some("default")
            || (kind == TYPES[0] && ["positions", "orders-algo"].contains(&channel))
        {
            return Err(30_001);
        }
        teller.subscribes();
        self.channels.push((kind, channel));
        Ok(format!(r#"{{"event":"subscribe","arg":{{"instType":"{kind}","channel":"{channel}","{of}":"default"}}}}"#))
    }
}

impl protocol::Session for Private {
    fn wanted(&self) -> &[bool] {
        &self.wanted
    }

    fn is_private(&self) -> bool {
        true
    }

    fn private(&mut self, text: &str, _: &[Listing], teller: &mut Teller<'_>) -> Option<Vec<Said>> {
        Some(vec![Said::Text(self.obey(text, teller))])
    }

    /// Nothing: all it hears is private.
    fn control(&mut self, _: &str, _: &[Listing], _: u64) -> Vec<Said> {
        Vec::new()
    }

    fn tell(&mut self, event: &Event, listings: &[Listing]) -> Vec<String> {
        if self.holder.is_none_or(|holder| holder.account != event.account) {
            return Vec::new();
        }
        let listing = &listings[event.order.instrument];
        let (kind, is_spot, at_ms) = (type_of(listing), is_spot(listing), event.at_ns / 1_000_000);
        let told = |channel: &str, rows: String| {
            let is_wanted = self.channels.contains(&(kind, channel));
            let of = if channel == "account" { "coin" } else { "instId" };
            is_wanted.then(|| {
                format!(
                    r#"{{"action":"snapshot","arg":{{"instType":"{kind}","channel":"{channel}","{of}":"default"}},"data":[{rows}],"ts":{at_ms}}}"#
                )
            })
        };
        let is_named = event.order.trigger.is_none();
        let fill = event.fill.as_ref().and_then(|fill| told("fill", texts::fill(fill, listing, true, is_named)));
        let waiting = plan::news(event, listing).and_then(|row| told("orders-algo", row));
        let order = if event.order.waits { None } else { Some(texts::order(&event.order, listing, texts::To::Push)) };
        let order = order.and_then(|row| told("orders", row));
        let position = event.position.as_ref().and_then(|held| told("positions", texts::position(held, listing, true)));
        let balances: Vec<String> =
            event.balances.iter().map(|(asset, held, _)| texts::account((*asset, *held), is_spot, true)).collect();
        let account = if balances.is_empty() { None } else { told("account", balances.join(",")) };
        [waiting, order, fill, position, account].into_iter().flatten().collect()
    }
}
