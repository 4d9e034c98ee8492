//! REST requests that are an account's: proven by key, time and signature, then done.
//!
//! Owns: the routes, the proof. Never: what an order may do.

use super::clerk::{self, BAD, No, refused, word};
use super::texts::{self, To};
use super::{auto, find, is_timely, user_id};
use crate::account::{Fill, Holder, Order, Teller, Which};
use crate::http::{Answer, Request};
use crate::listing::Listing;
use crate::object::{Object, array};
use crate::proof::{Hash, digest, hex, hmac};
use crate::protocol::Asked;
use engine_model::instrument::ContractKind;
use serde_json::Value;

/// 200 in 10 s.
const REQUESTS_A_MINUTE: u32 = 1_200;
/// The largest pages.
const ORDERS_MAX: usize = 100;
const FILLS_MAX: usize = 1_000;

/// Where orders stand that wait for a price.
const AUTO: &str = "price_orders";

/// Answers a request of an account; `None` where the route is everyone's.
pub(in crate::gate) fn answer(asked: &mut Asked<'_>, listings: &[Listing], teller: &mut Teller<'_>) -> Option<Answer> {
    let request = asked.request;
    let is_spot = listings.first().is_some_and(|listing| listing.instrument.kind == ContractKind::Spot);
    let path = request.path.strip_prefix("/api/v4/")?;
    let market = if is_spot { "spot/" } else { "futures/usdt/" };
    let route = path.strip_prefix(market).unwrap_or(path);
    let is_ours = match (request.method.as_str(), route) {
        ("GET", "account/main_keys") => true,
        _ if route == path => false,
        ("GET", route) if route.starts_with("orders/") || !is_spot && route.starts_with("positions/") => true,
        ("GET", "orders" | "my_trades" | "my_trades_timerange" | "accounts" | "positions") => true,
        ("DELETE", "orders") | ("POST", "countdown_cancel_all") => true,
        (_, route) if route == AUTO || route.strip_prefix(AUTO).is_some_and(|rest| rest.starts_with('/')) => !is_spot,
        _ => false,
    };
    is_ours.then(|| {
        let done = match asked.armed.take_rest_status() {
            Some(status) => Err(refused(crate::account::Refusal::Status(status), is_spot)),
            None if !asked.weights.spend(asked.now_ns, 1, REQUESTS_A_MINUTE) => Err(No::of(429, "TOO_MANY_REQUESTS")),
            None => holder(request, teller)
                .and_then(|holder| Desk { teller, holder, listings, is_spot }.answer(request, route)),
        };
        match done {
            Ok(body) => Answer::of(200, body),
            Err(no) => Answer::of(no.status, no.body()),
        }
    })
}

/// Whose request it is, if key, time and signature say so: over exactly the bytes that came.
fn holder(request: &Request, teller: &Teller<'_>) -> Result<Holder, No> {
    let header = |name: &str| request.header(name).unwrap_or_default();
    let holder = teller.holder(header("KEY")).ok_or(No::of(401, "INVALID_KEY"))?;
    let time = header("Timestamp");
    if !is_timely(time.parse().ok(), teller.at_ms()) {
        return Err(No::of(401, "REQUEST_EXPIRED"));
    }
    let hash = hex(&digest(Hash::Sha512, &request.body));
    let signed = [&request.method, &request.path, &request.query, &hash, time].join("\n");
    let expected = hex(&hmac(Hash::Sha512, holder.key.secret.as_bytes(), signed.as_bytes()));
    if expected == header("SIGN") { Ok(holder) } else { Err(No::of(401, "INVALID_SIGNATURE")) }
}

struct Desk<'a, 'b> {
    teller: &'a mut Teller<'b>,
    holder: Holder,
    listings: &'a [Listing],
    is_spot: bool,
}

impl Desk<'_, '_> {
    fn answer(&mut self, request: &Request, route: &str) -> Result<String, No> {
        match (request.method.as_str(), route) {
            (_, "account/main_keys") => Ok(array([self.rights()])),
            (_, route) if route.starts_with(AUTO) => self.auto(request, route),
            ("DELETE", _) => self.cancel_all(request),
            ("POST", _) => self.switch(request),
            (_, "orders") => self.orders(request),
            (_, "my_trades" | "my_trades_timerange") => self.fills(request),
            (_, "accounts") => self.accounts(),
            (_, "positions") => Ok(self.positions()),
            ("GET", rest) if rest.starts_with("positions/") => self.position(rest),
            _ => self.order(request, route.strip_prefix("orders/").unwrap_or_default()),
        }
    }

    fn instrument(&self, request: &Request) -> Result<usize, No> {
        let (name, label) =
            if self.is_spot { ("currency_pair", "INVALID_CURRENCY_PAIR") } else { ("contract", "CONTRACT_NOT_FOUND") };
        let found = request.parameter(name).and_then(|name| find(self.listings, name));
        found.ok_or(No::of(400, label))
    }

    /// By the venue's id, or by the client's while it stands.
    fn order(&self, request: &Request, id: &str) -> Result<String, No> {
        if self.is_spot {
            self.instrument(request)?;
        }
        let found =
            clerk::order(self.teller, self.holder, id, &self.listings[0]).ok_or(No::of(404, "ORDER_NOT_FOUND"))?;
        Ok(texts::order(found, &self.listings[found.instrument], To::Answer))
    }

    /// Newest first.
    fn orders(&self, request: &Request) -> Result<String, No> {
        let instrument = self.instrument(request)?;
        let listing = &self.listings[instrument];
        let is_open = match request.parameter("status") {
            Some("open") => true,
            Some("finished") => false,
            _ => return Err(No::of(400, BAD)),
        };
        let all = self.teller.all_orders(self.holder).iter().rev();
        let found = all.filter(|order| order.instrument == instrument && order.is_open() == is_open && !order.waits);
        // Of contracts those without any execution are not told once they are over.
        let found = found.filter(|order| is_open || self.is_spot || order.filled > 0);
        let rows = found.map(|order| texts::order(order, listing, To::Answer)).collect();
        Ok(array(self.page(rows, request, ORDERS_MAX)))
    }

    /// Those that wait for a price, and waited.
    fn auto(&mut self, request: &Request, route: &str) -> Result<String, No> {
        let body = || serde_json::from_slice::<Value>(&request.body).map_err(|_| No::of(400, "INVALID_REQUEST_BODY"));
        let one = route.strip_prefix("price_orders/");
        let number = || one.and_then(|id| id.parse().ok()).ok_or(No::of(400, BAD));
        let ids = |order: &Order| {
            let id = auto::id(order);
            Object::new().raw("id", id).text("id_string", &id.to_string()).end()
        };
        match (request.method.as_str(), one) {
            ("POST", None) => auto::place(self.teller, self.holder, self.listings, &body()?).map(|order| ids(&order)),
            ("PUT", Some("amend")) => {
                auto::amend(self.teller, self.holder, self.listings, &body()?).map(|order| ids(&order))
            }
            ("GET", Some(_)) => {
                let found = auto::one(self.teller, self.holder, number()?)?;
                auto::told(found, &self.listings[found.instrument]).ok_or(No::of(400, BAD))
            }
            ("DELETE", Some(_)) => {
                let order = auto::cancel(self.teller, self.holder, number()?)?;
                auto::told(&order, &self.listings[order.instrument]).ok_or(No::of(400, BAD))
            }
            ("GET", None) => self.auto_list(request),
            ("DELETE", None) => {
                let instrument = self.instrument(request)?;
                let waits = |order: &Order| order.waiting().is_some();
                let canceled = self.teller.cancel_those(self.holder, Some(instrument), waits);
                let canceled = canceled.map_err(|refusal| refused(refusal, self.is_spot))?;
                Ok(array(canceled.iter().filter_map(|order| auto::told(order, &self.listings[instrument]))))
            }
            _ => Err(No::of(400, BAD)),
        }
    }

    /// Newest first.
    fn auto_list(&self, request: &Request) -> Result<String, No> {
        let instrument = self.instrument(request)?;
        let is_open = match request.parameter("status") {
            Some("open") => true,
            Some("finished") => false,
            _ => return Err(No::of(400, BAD)),
        };
        let all = self.teller.all_orders(self.holder).iter().rev();
        let found = all.filter(|order| order.instrument == instrument && order.waiting().is_some() == is_open);
        let rows = found.filter_map(|order| auto::told(order, &self.listings[instrument])).collect();
        Ok(array(self.page(rows, request, ORDERS_MAX)))
    }

    fn fills(&self, request: &Request) -> Result<String, No> {
        let instrument = self.instrument(request)?;
        let since_s = request.parameter("from").and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
        let mut found: Vec<_> = self.teller.fills(self.holder, since_s.saturating_mul(1_000_000_000)).collect();
        found.retain(|fill| fill.instrument == instrument);
        let of = request.parameter("order").and_then(|id| id.parse::<u64>().ok());
        found.retain(|fill| of.is_none_or(|of| of == fill.order_id));
        let is_named = |fill: &Fill| {
            let order = self.teller.order(self.holder, Which::Venue(fill.order_id));
            order.is_some_and(|order| order.trigger.is_none())
        };
        let listing = &self.listings[instrument];
        let rows = found.iter().rev().map(|fill| texts::fill(fill, listing, false, is_named(fill))).collect();
        Ok(array(self.page(rows, request, FILLS_MAX)))
    }

    /// Spot counts pages from 1, contracts count rows from 0.
    fn page(&self, rows: Vec<String>, request: &Request, most: usize) -> Vec<String> {
        let number = |name: &str| request.parameter(name).and_then(|text| text.parse::<usize>().ok());
        let limit = number("limit").map_or(100, |limit| limit.min(most));
        let behind = match self.is_spot {
            true => number("page").map_or(0, |page| page.saturating_sub(1) * limit),
            false => number("offset").unwrap_or(0),
        };
        rows.into_iter().skip(behind).take(limit).collect()
    }

    /// Of contracts there is one account, in what they are settled in.
    fn accounts(&self) -> Result<String, No> {
        let mut balances = self.teller.balances(self.holder);
        if self.is_spot {
            return Ok(array(balances.map(|held| texts::balance(held, "locked"))));
        }
        let held = balances.find(|(asset, _)| asset.as_str() == "USDT").ok_or(No::of(400, "USER_NOT_FOUND"))?;
        Ok(texts::account(held, self.teller.is_two_way(self.holder)))
    }

    fn positions(&self) -> String {
        let held = self.teller.positions(self.holder).iter().zip(self.listings).filter(|(held, _)| held.qty != 0);
        array(held.map(|(held, listing)| texts::position(held, listing)))
    }

    /// Of one contract, without a position, too.
    fn position(&self, rest: &str) -> Result<String, No> {
        let name = rest.trim_start_matches("positions/");
        let place = find(self.listings, name).ok_or(No::of(400, "CONTRACT_NOT_FOUND"))?;
        let (held, leverage) = (&self.teller.positions(self.holder)[place], self.teller.leverage(self.holder));
        let row = texts::position(held, &self.listings[place]);
        let [own, cross] = if self.teller.is_isolated(self.holder) { [&leverage, "0"] } else { ["0", &leverage] };
        Ok(format!(r#"{},"leverage":"{own}","cross_leverage_limit":"{cross}"}}"#, row.trim_end_matches('}')))
    }

    fn cancel_all(&mut self, request: &Request) -> Result<String, No> {
        let instrument = self.instrument(request)?;
        let canceled = self.teller.cancel_those(self.holder, Some(instrument), |order| !order.waits);
        let canceled = canceled.map_err(|refusal| refused(refusal, self.is_spot))?;
        Ok(array(canceled.iter().map(|order| texts::order(order, &self.listings[instrument], To::Answer))))
    }

    /// The dead-man switch of an instrument: at least 5 s, 0 turns it off.
    fn switch(&mut self, request: &Request) -> Result<String, No> {
        let asked = serde_json::from_slice::<Value>(&request.body).map_err(|_| No::of(400, "INVALID_REQUEST_BODY"))?;
        let name = word(&asked, if self.is_spot { "currency_pair" } else { "contract" }).unwrap_or_default();
        let instrument = find(self.listings, name).ok_or(No::of(400, BAD))?;
        let seconds = asked.get("timeout").and_then(Value::as_u64).filter(|seconds| *seconds == 0 || *seconds >= 5);
        let after_ns = seconds.ok_or(No::of(400, BAD))? * 1_000_000_000;
        self.teller.dead_man(self.holder, Some(instrument), after_ns);
        Ok(Object::new().text("triggerTime", &(self.teller.at_ms() + after_ns / 1_000_000).to_string()).end())
    }

    fn rights(&self) -> String {
        let rights = self.holder.key.rights;
        let right = |name: &str, read_only: bool| Object::new().text("name", name).raw("read_only", read_only).end();
        let mut all = vec![right("spot", !rights.trade), right("futures", !rights.trade)];
        if rights.withdraw {
            all.push(right("withdraw", false));
        }
        let addresses = if rights.address_bound { r#"["127.0.0.1"]"# } else { "[]" };
        Object::new()
            .raw("state", 1)
            .raw("user_id", user_id(self.holder))
            .text("key", self.holder.key.id)
            .raw("ip_whitelist", addresses)
            .raw("perms", array(all))
            .end()
    }
}
