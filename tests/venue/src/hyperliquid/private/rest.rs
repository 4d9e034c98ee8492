//! Requests by REST that are about an account: actions, which are signed, and questions, which anyone may ask.
//!
//! Owns: which are which, and their weights. Never: what an action does.

use super::clerk::Clerk;
use super::texts;
use super::wallet::{Nonces, holders};
use crate::account::{Holder, Teller, Which};
use crate::http::Answer;
use crate::hyperliquid::rest::{WEIGHT_A_MINUTE, faulty};
use crate::listing::Listing;
use crate::object::{Object, array};
use crate::protocol::Asked;
use serde_json::Value;

/// Questions about an account, with what each costs.
const QUESTIONS: [(&str, u32); 7] = [
    ("orderStatus", 2),
    ("frontendOpenOrders", 20),
    ("userFillsByTime", 20),
    ("clearinghouseState", 2),
    ("spotClearinghouseState", 2),
    ("activeAssetData", 20),
    ("userRole", 60),
];

/// Answers one request; `None`: it is everyone's.
pub(in crate::hyperliquid) fn answer(
    asked: &mut Asked<'_>,
    listings: &[Listing],
    teller: &mut Teller<'_>,
    nonces: &Nonces,
) -> Option<Answer> {
    let body = serde_json::from_slice::<Value>(&asked.request.body).unwrap_or_default();
    let kind = body["type"].as_str().unwrap_or_default();
    let weight = match asked.request.path.as_str() {
        "/exchange" => 1,
        "/info" => QUESTIONS.iter().find(|(known, _)| *known == kind)?.1,
        _ => return None,
    };
    if let Some(status) = asked.armed.take_rest_status() {
        return Some(faulty(status));
    }
    if !asked.weights.spend(asked.now_ns, weight, WEIGHT_A_MINUTE) {
        return Some(faulty(429));
    }
    if asked.request.path == "/exchange" {
        let done = Clerk { listings, teller, nonces }.answer(&body);
        return Some(done.map_or_else(faulty, |text| Answer::of(200, text)));
    }
    let user = body["user"].as_str().unwrap_or_default().to_ascii_lowercase();
    let told = if kind == "userRole" { Some(role(&user, teller)) } else { told(kind, &user, &body, listings, teller) };
    Some(told.map_or_else(|| Answer::of(422, "Failed to deserialize the JSON body".to_owned()), |t| Answer::of(200, t)))
}

/// Any key of the account of that address.
pub(super) fn account(user: &str, teller: &Teller<'_>) -> Option<Holder> {
    holders(teller).map(|(_, holder)| holder).find(|holder| holder.key.id == user)
}

/// What an address is: an account, a wallet that one has approved, or nothing.
fn role(user: &str, teller: &Teller<'_>) -> String {
    let approved = holders(teller).find(|(address, holder)| address == user && holder.key.rights.trade);
    match (account(user, teller), approved) {
        (Some(_), _) => r#"{"role":"user"}"#.to_owned(),
        (None, Some((_, holder))) => format!(r#"{{"role":"agent","data":{{"user":"{}"}}}}"#, holder.key.id),
        (None, None) => r#"{"role":"missing"}"#.to_owned(),
    }
}

fn told(kind: &str, user: &str, asked: &Value, listings: &[Listing], teller: &Teller<'_>) -> Option<String> {
    let holder = account(user, teller)?;
    Some(match kind {
        "orderStatus" => {
            let which = match &asked["oid"] {
                Value::String(cloid) => Which::Client(cloid),
                oid => Which::Venue(oid.as_u64()?),
            };
            match teller.order(holder, which) {
                Some(order) => {
                    let news = texts::answer(order, &listings[order.instrument]);
                    Object::new().text("status", "order").raw("order", news).end()
                }
                None => r#"{"status":"unknownOid"}"#.to_owned(),
            }
        }
        "frontendOpenOrders" => {
            let open = teller.open_orders(holder, None);
            array(open.into_iter().map(|order| texts::whole(order, &listings[order.instrument])))
        }
        "userFillsByTime" => {
            let since_ns = asked["startTime"].as_u64()?.saturating_mul(1_000_000);
            array(teller.fills(holder, since_ns).map(|fill| texts::fill(fill, &listings[fill.instrument])))
        }
        "activeAssetData" => {
            let coin = asked["coin"].as_str().filter(|coin| listings.iter().any(|listing| listing.name() == *coin))?;
            let kind = if teller.is_isolated(holder) { "isolated" } else { "cross" };
            let leverage = Object::new().text("type", kind).raw("value", teller.leverage(holder)).end();
            Object::new().text("user", user).text("coin", coin).raw("leverage", leverage).end()
        }
        "spotClearinghouseState" => texts::spot(teller, holder),
        _ => texts::perpetuals(teller, holder, listings),
    })
}
