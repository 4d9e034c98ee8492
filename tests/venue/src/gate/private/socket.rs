//! The private side of a socket: logins, orders, and what is told of an account.
//!
//! Owns: who is logged in, what it listens to. Never: whether an order may stand.

use super::clerk::{self, Deed, No, word};
use super::texts::{self, To};
use super::{auto, is_timely, user_id};
use crate::account::{Cause, Event, Holder, Teller};
use crate::listing::Listing;
use crate::object::Object;
use crate::proof::{Hash, hex, hmac};
use crate::protocol::Said;
use engine_model::instrument::ContractKind;
use serde_json::Value;

/// Channels of an account on spot, and of contracts.
const CHANNELS: [&[&str]; 2] =
    [&["orders", "usertrades", "balances"], &["orders", "usertrades", "positions", "autoorders"]];

/// What a socket is to an account.
#[derive(Debug, Default)]
pub(in crate::gate) struct Private {
    /// Logged in: may enter orders.
    holder: Option<Holder>,
    /// Whose channels it listens to.
    channels: Vec<(&'static str, Holder)>,
}

impl Private {
    pub(in crate::gate) fn is_any(&self) -> bool {
        self.holder.is_some() || !self.channels.is_empty()
    }

    /// Obeys a message that is an account's; `None` of one that is everyone's.
    pub(in crate::gate) fn obey(
        &mut self,
        market: &str,
        text: &str,
        listings: &[Listing],
        teller: &mut Teller<'_>,
    ) -> Option<Vec<Said>> {
        let message = serde_json::from_str::<Value>(text).ok()?;
        let name = word(&message, "channel")?.strip_prefix(market)?.strip_prefix('.')?;
        let deed = match name {
            "order_place" => Some(Deed::Place),
            "order_amend" => Some(Deed::Amend),
            "order_cancel" => Some(Deed::Cancel),
            _ => None,
        };
        let channel = CHANNELS[usize::from(market != "spot")].iter().copied().find(|channel| *channel == name);
        let said = match (word(&message, "event"), deed, channel) {
            (Some("api"), Some(deed), _) => self.order(&message, deed, listings, teller),
            (Some("api"), None, _) if name == "login" => vec![self.login(&message, market, teller)],
            (Some("subscribe"), _, Some(channel)) => vec![self.subscribe(&message, market, channel, teller)],
            _ => return None,
        };
        Some(said.into_iter().map(Said::Text).collect())
    }

    fn login(&mut self, message: &Value, market: &str, teller: &mut Teller<'_>) -> String {
        let payload = message.get("payload").unwrap_or(&Value::Null);
        let time = word(payload, "timestamp").unwrap_or_default();
        let found = teller.holder(word(payload, "api_key").unwrap_or_default()).ok_or(No::of(401, "INVALID_KEY"));
        let proven = found.and_then(|holder| {
            let signed = format!("api\n{market}.login\n\n{time}");
            match hex(&hmac(Hash::Sha512, holder.key.secret.as_bytes(), signed.as_bytes())) {
                _ if !is_timely(time.parse().ok(), teller.at_ms()) => Err(No::of(401, "REQUEST_EXPIRED")),
                expected if Some(expected.as_str()) == word(payload, "signature") => Ok(holder),
                _ => Err(No::of(401, "INVALID_SIGNATURE")),
            }
        });
        let result = proven.map(|holder| {
            teller.logs_in();
            self.holder = Some(holder);
            Object::new().text("api_key", holder.key.id).text("uid", &user_id(holder).to_string()).end()
        });
        answer(message, None, result, "", teller.at_ms())
    }

    /// Two answers: that it came, and what came of it. What cannot be an order has only the second.
    fn order(&self, message: &Value, deed: Deed, listings: &[Listing], teller: &mut Teller<'_>) -> Vec<String> {
        let asked = message.get("payload").and_then(|payload| payload.get("req_param")).unwrap_or(&Value::Null);
        let is_late = !is_timely(message.get("time").and_then(Value::as_u64), teller.at_ms());
        let done = match self.holder {
            None => Err(No::of(401, "NOT_LOGIN")),
            Some(_) if is_late => Err(No::of(401, "REQUEST_EXPIRED")),
            Some(holder) => clerk::act(teller, holder, listings, deed, asked),
        };
        let limit = self.holder.and_then(|holder| teller.used(holder).first().copied());
        let limits = limit.map_or_else(String::new, |(_, used, most)| {
            let left = most.saturating_sub(used);
            // Nothing left is left out.
            let left = if left > 0 { format!(r#","x_gate_ratelimit_requests_remain":{left}"#) } else { String::new() };
            format!(r#"{left},"x_gate_ratelimit_limit":{most}"#)
        });
        let at_ms = teller.at_ms();
        let result = done.map(|order| texts::order(&order, &listings[order.instrument], To::Answer));
        let first = result
            .is_ok()
            .then(|| answer(message, Some(true), Ok(r#"{"req_header":null}"#.to_owned()), &limits, at_ms));
        first.into_iter().chain([answer(message, Some(false), result, &limits, at_ms)]).collect()
    }

    /// Contracts want the user first, spot only what is listened to; all instruments at once is what is simulated.
    fn subscribe(&mut self, message: &Value, market: &str, channel: &'static str, teller: &mut Teller<'_>) -> String {
        let refusal = match self.listener(message, market, channel, teller) {
            Ok(holder) => {
                teller.subscribes();
                self.channels.push((channel, holder));
                None
            }
            Err(refusal) => Some(refusal),
        };
        let at_ms = teller.at_ms();
        let outcome = match refusal {
            None => r#""error":null,"result":{"status":"success"}"#.to_owned(),
            Some((code, words)) => {
                format!(r#""error":{{"code":{code},"message":"{words}"}},"result":{{"status":"fail"}}"#)
            }
        };
        let time_s = at_ms / 1_000;
        format!(r#"{{"time":{time_s},"time_ms":{at_ms},"channel":"{market}.{channel}","event":"subscribe",{outcome}}}"#)
    }

    fn listener(
        &self,
        message: &Value,
        market: &str,
        channel: &str,
        teller: &Teller<'_>,
    ) -> Result<Holder, (u32, &'static str)> {
        let auth = message.get("auth").unwrap_or(&Value::Null);
        let time_s = message.get("time").and_then(Value::as_u64);
        let holder = teller.holder(word(auth, "KEY").unwrap_or_default()).ok_or((4, "invalid key"))?;
        if !is_timely(time_s, teller.at_ms()) {
            return Err((4, "timestamp expired"));
        }
        let signed = format!("channel={market}.{channel}&event=subscribe&time={}", time_s.unwrap_or(0));
        if Some(hex(&hmac(Hash::Sha512, holder.key.secret.as_bytes(), signed.as_bytes())).as_str())
            != word(auth, "SIGN")
        {
            return Err((4, "authentication failed: sign"));
        }
        let payload = message.get("payload").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let words: Vec<&str> = payload.iter().filter_map(Value::as_str).collect();
        let user = user_id(holder).to_string();
        match words[..] {
            ["!all"] if market == "spot" => Ok(holder),
            [id, "!all"] if market != "spot" && id == user => Ok(holder),
            _ => Err((2, "invalid argument")),
        }
    }

    /// What it hears of what happened to an account.
    pub(in crate::gate) fn tell(&self, event: &Event, listings: &[Listing]) -> Vec<String> {
        let listing = &listings[event.order.instrument];
        let market = if listing.instrument.kind == ContractKind::Spot { "spot" } else { "futures" };
        let at_ms = event.at_ns / 1_000_000;
        let told = |channel: &str, row: String| {
            let is_wanted = |(name, holder): &(&str, Holder)| *name == channel && holder.account == event.account;
            self.channels.iter().any(is_wanted).then(|| {
                format!(
                    r#"{{"time":{},"time_ms":{at_ms},"channel":"{market}.{channel}","event":"update","result":[{row}]}}"#,
                    at_ms / 1_000
                )
            })
        };
        let waiting = auto::news(event, listing).and_then(|row| told("autoorders", row));
        // One that waits stands elsewhere, and enters when it is pulled.
        let is_new = [Cause::Entered, Cause::Triggered].contains(&event.cause);
        let row = texts::order(&event.order, listing, To::Push(is_new));
        let row = if event.order.waits { None } else { told("orders", row) };
        let is_named = event.order.trigger.is_none();
        let fill = event.fill.as_ref().and_then(|fill| told("usertrades", texts::fill(fill, listing, true, is_named)));
        let position = event.position.as_ref().and_then(|held| told("positions", texts::position(held, listing)));
        let balances: Vec<String> =
            event.balances.iter().map(|(asset, held, _)| texts::balance((*asset, *held), "freeze")).collect();
        let balances = if balances.is_empty() { None } else { told("balances", balances.join(",")) };
        [waiting, fill, row, position, balances].into_iter().flatten().collect()
    }
}

/// An answer to a message that was numbered by the client. `limits`: more of its head.
fn answer(message: &Value, ack: Option<bool>, result: Result<String, No>, limits: &str, at_ms: u64) -> String {
    let id = message.get("payload").and_then(|payload| payload.get("req_id")).unwrap_or(&Value::Null);
    let channel = message.get("channel").unwrap_or(&Value::Null);
    let ack = ack.map_or_else(String::new, |ack| format!(r#""ack":{ack},"#));
    let (status, data, reset_ms) = match result {
        Ok(result) => (200, format!(r#"{{"result":{result}}}"#), None),
        Err(no) => (no.status, format!(r#"{{"errs":{}}}"#, no.body()), no.reset_ms),
    };
    let reset =
        reset_ms.map_or_else(String::new, |reset_ms| format!(r#","x_gate_ratelimit_reset_timestamp":{reset_ms}"#));
    format!(
        r#"{{"request_id":{id},{ack}"header":{{"response_time":"{at_ms}","status":"{status}","channel":{channel},"event":"api"{limits}{reset}}},"data":{data}}}"#
    )
}
