//! The WebSocket API: requests by message, a session that is logged on, and spot's user stream on the same connection.
//!
//! Owns: whose session it is, and what it follows. Never: what a request answers.

use super::clerk::{Clerk, Verb};
use super::params::Params;
use super::refusal::No;
use super::{auth, order_counts, spot};
use crate::account::{Event, Holder, Teller};
use crate::listing::Listing;
use crate::object::{Object, array};
use crate::protocol::{self, Said};
use engine_model::venue::VenueId;
use serde_json::{Map, Value};

const SPOT: [(&str, Verb); 10] = [
    ("order.place", Verb::Place),
    ("order.cancel", Verb::Cancel),
    ("order.cancelReplace", Verb::CancelReplace),
    ("order.amend.keepPriority", Verb::Amend),
    ("openOrders.cancelAll", Verb::CancelAll),
    ("order.status", Verb::Order),
    ("openOrders.status", Verb::OpenOrders),
    ("allOrders", Verb::AllOrders),
    ("myTrades", Verb::Trades),
    ("account.status", Verb::Account),
];

const FUTURES: [(&str, Verb); 11] = [
    ("order.place", Verb::Place),
    ("algoOrder.place", Verb::PlaceWaiting),
    ("algoOrder.cancel", Verb::CancelWaiting),
    ("order.modify", Verb::Modify),
    ("order.cancel", Verb::Cancel),
    ("order.status", Verb::Order),
    ("v2/account.balance", Verb::Balances),
    ("v2/account.position", Verb::Positions),
    ("userDataStream.start", Verb::ListenKey),
    ("userDataStream.ping", Verb::KeepListenKey),
    ("userDataStream.stop", Verb::DropListenKey),
];

pub(in crate::binance) struct Session {
    venue: VenueId,
    /// Logged on.
    holder: Option<Holder>,
    logged_on_at_ms: u64,
    opened_at_ms: u64,
    /// The user streams on this connection: their numbers, and the places of their accounts.
    followed: Vec<(u64, usize)>,
    next_subscription: u64,
}

impl Session {
    /// The session that a path asks for; `None` where it is not the WebSocket API's.
    pub(in crate::binance) fn of_path(path: &str, venue: VenueId) -> Option<Self> {
        let own = match venue {
            VenueId::BinanceSpot => "/ws-api/v3",
            VenueId::BinanceCoinm => "/ws-dapi/v1",
            _ => "/ws-fapi/v1",
        };
        (path == own).then_some(Self {
            venue,
            holder: None,
            logged_on_at_ms: 0,
            opened_at_ms: 0,
            followed: Vec::new(),
            next_subscription: 0,
        })
    }

    /// Who asks: by the key and signature of the request, or because the session is logged on.
    fn asker(&self, params: &Params, needs_signature: bool, teller: &Teller<'_>) -> Result<Holder, No> {
        match (params.get("apiKey"), self.holder) {
            (None, Some(holder)) => {
                if needs_signature {
                    auth::check_time(params, teller)?;
                }
                Ok(holder)
            }
            (key_id, _) => {
                let holder = auth::holder(Some(key_id.ok_or_else(|| No::missing("apiKey"))?), teller)?;
                if needs_signature {
                    auth::check(holder, params, &params.sorted(), teller)?;
                }
                Ok(holder)
            }
        }
    }

    fn answer(
        &mut self,
        method: &str,
        params: &Params,
        listings: &[Listing],
        teller: &mut Teller<'_>,
    ) -> Result<String, No> {
        let is_spot = self.venue == VenueId::BinanceSpot;
        match method {
            "ping" => return Ok("{}".to_owned()),
            "time" => return Ok(Object::new().raw("serverTime", teller.at_ms()).end()),
            "session.logon" => return self.log_on(params, teller),
            "session.status" => return Ok(self.status(teller)),
            "session.logout" => {
                self.holder = None;
                return Ok(self.status(teller));
            }
            "userDataStream.subscribe" if is_spot => {
                let holder = self.holder.ok_or_else(|| No::new(401, -2015, "The session is not authenticated."))?;
                return Ok(self.follow(holder, teller));
            }
            "userDataStream.subscribe.signature" if is_spot => {
                params.need("apiKey")?;
                let holder = self.asker(params, true, teller)?;
                return Ok(self.follow(holder, teller));
            }
            "userDataStream.unsubscribe" if is_spot => {
                let number = params.number("subscriptionId")?;
                self.followed.retain(|(followed, _)| number.is_some_and(|number| number != *followed));
                return Ok("{}".to_owned());
            }
            _ => {}
        }
        let methods: &[(&str, Verb)] = if is_spot { &SPOT } else { &FUTURES };
        // Contracts of coins take what waits for a price by REST only.
        let is_there = |name: &str| self.venue != VenueId::BinanceCoinm || !name.starts_with("algoOrder.");
        let found = methods.iter().find(|(known, _)| *known == method && is_there(known));
        let (_, verb) = *found.ok_or_else(|| No::new(400, -1000, format!("Unknown method '{method}'.")))?;
        let holder = self.asker(params, verb.needs_signature(), teller)?;
        Clerk { venue: self.venue, listings, params, holder, teller }.answer(verb)
    }

    fn log_on(&mut self, params: &Params, teller: &mut Teller<'_>) -> Result<String, No> {
        let holder = auth::holder(Some(params.need("apiKey")?), teller)?;
        if !auth::is_ed25519_key(holder) {
            return Err(No::new(400, -4056, "HMAC_SHA256 API key is not supported."));
        }
        auth::check(holder, params, &params.sorted(), teller)?;
        teller.logs_in();
        (self.holder, self.logged_on_at_ms) = (Some(holder), teller.at_ms());
        Ok(self.status(teller))
    }

    fn status(&self, teller: &Teller<'_>) -> String {
        let object = match self.holder {
            Some(holder) => Object::new().text("apiKey", holder.key.id).raw("authorizedSince", self.logged_on_at_ms),
            None => Object::new().raw("apiKey", "null").raw("authorizedSince", "null"),
        };
        object
            .raw("connectedSince", self.opened_at_ms)
            .raw("returnRateLimits", true)
            .raw("serverTime", teller.at_ms())
            .raw("userDataStream", !self.followed.is_empty())
            .end()
    }

    fn follow(&mut self, holder: Holder, teller: &mut Teller<'_>) -> String {
        teller.subscribes();
        let number = self.next_subscription;
        self.next_subscription += 1;
        self.followed.push((number, holder.account));
        Object::new().raw("subscriptionId", number).end()
    }

    /// Limits of orders as they stand, of whoever is logged on or named.
    fn limits(&self, params: &Params, teller: &Teller<'_>) -> String {
        let named = params.get("apiKey").and_then(|key_id| teller.holder(key_id));
        let limit = |(number, letter, used, most): (u64, char, u32, u32)| {
            let interval = match letter {
                'S' => "SECOND",
                'M' => "MINUTE",
                _ => "DAY",
            };
            Object::new()
                .text("rateLimitType", "ORDERS")
                .text("interval", interval)
                .raw("intervalNum", number)
                .raw("limit", most)
                .raw("count", used)
                .end()
        };
        array(named.or(self.holder).into_iter().flat_map(|holder| order_counts(holder, teller)).map(limit))
    }
}

impl protocol::Session for Session {
    fn is_private(&self) -> bool {
        true
    }

    fn opens(&mut self, teller: &mut Teller<'_>) {
        self.opened_at_ms = teller.at_ms();
    }

    fn private(&mut self, text: &str, listings: &[Listing], teller: &mut Teller<'_>) -> Option<Vec<Said>> {
        let message: Value = serde_json::from_str(text).unwrap_or_default();
        let id = message.get("id").cloned().unwrap_or_default();
        let empty = Map::new();
        let params = Params::of_json(message.get("params").and_then(Value::as_object).unwrap_or(&empty));
        let answered = match message.get("method").and_then(Value::as_str) {
            Some(method) => self.answer(method, &params, listings, teller),
            None => Err(No::new(400, -1135, "Invalid JSON Request")),
        };
        let head = Object::new().raw("id", id);
        let answer = match answered {
            Ok(result) => head.raw("status", 200).raw("result", result),
            Err(no) => {
                let waits = Object::new().raw("serverTime", teller.at_ms()).raw("retryAfter", teller.at_ms() + 1_000);
                let (status, code) = (no.status, no.code);
                let no = if code == -1003 { no.with_data(waits.end()) } else { no };
                head.raw("status", status).raw("error", no.body())
            }
        };
        Some(vec![Said::Text(answer.raw("rateLimits", self.limits(&params, teller)).end())])
    }

    fn tell(&mut self, event: &Event, listings: &[Listing]) -> Vec<String> {
        let mut texts = Vec::new();
        for (number, account) in &self.followed {
            if *account == event.account {
                let wrap = |text| Object::new().raw("subscriptionId", number).raw("event", text).end();
                texts.extend(spot::events(event, listings).into_iter().map(wrap));
            }
        }
        texts
    }

    fn wanted(&self) -> &[bool] {
        &[]
    }

    /// Never asked: everything is an account's here.
    fn control(&mut self, _: &str, _: &[Listing], _: u64) -> Vec<Said> {
        Vec::new()
    }
}
