//! REST requests that are an account's: proven by key, pass phrase, time and signature, then done.
//!
//! Owns: the routes, the proof. Never: what an order may do.

use super::clerk::{self, BAD, No, is_spot, no, refused, which, word};
use super::texts::{self, To};
use super::{is_timely, plan};
use crate::account::{Holder, Order, Teller};
use crate::bitget::rest::{enveloped, faulty, refused as said};
use crate::bitget::type_of;
use crate::http::{Answer, Request};
use crate::listing::Listing;
use crate::object::{Object, array};
use crate::proof::{Hash, base64, hmac};
use crate::protocol::Asked;
use serde_json::Value;

/// 20 in a second.
const REQUESTS_A_MINUTE: u32 = 1_200;
/// The largest page.
const PAGE_MAX: usize = 100;

const ROUTES: [(&str, &str); 21] = [
    ("POST", "/api/v2/spot/trade/place-order"),
    ("POST", "/api/v2/mix/order/place-order"),
    ("POST", "/api/v2/spot/trade/cancel-order"),
    ("POST", "/api/v2/mix/order/cancel-order"),
    ("POST", "/api/v2/spot/trade/cancel-symbol-order"),
    ("POST", "/api/v2/mix/order/batch-cancel-orders"),
    ("POST", "/api/v2/mix/order/place-tpsl-order"),
    ("POST", "/api/v2/mix/order/modify-tpsl-order"),
    ("POST", "/api/v2/mix/order/cancel-plan-order"),
    ("GET", "/api/v2/mix/order/orders-plan-pending"),
    ("GET", "/api/v2/mix/order/orders-plan-history"),
    ("GET", "/api/v2/spot/trade/orderInfo"),
    ("GET", "/api/v2/mix/order/detail"),
    ("GET", "/api/v2/spot/trade/unfilled-orders"),
    ("GET", "/api/v2/mix/order/orders-pending"),
    ("GET", "/api/v2/spot/trade/fills"),
    ("GET", "/api/v2/mix/order/fills"),
    ("GET", "/api/v2/spot/account/assets"),
    ("GET", "/api/v2/mix/account/accounts"),
    ("GET", "/api/v2/mix/account/account"),
    ("GET", "/api/v2/mix/position/all-position"),
];
const RIGHTS: &str = "/api/v2/spot/account/info";

/// Answers a request of an account; `None` where the route is everyone's.
pub(in crate::bitget) fn answer(
    asked: &mut Asked<'_>,
    listings: &[Listing],
    teller: &mut Teller<'_>,
) -> Option<Answer> {
    let request = asked.request;
    let route = (request.method.as_str(), request.path.as_str());
    let is_ours = ROUTES.contains(&route) || route == ("GET", RIGHTS);
    is_ours.then(|| {
        if let Some(status) = asked.armed.take_rest_status() {
            return faulty(status);
        }
        if !asked.weights.spend(asked.now_ns, 1, REQUESTS_A_MINUTE) {
            return faulty(429);
        }
        let at_ms = teller.at_ms();
        let done = holder(request, teller).and_then(|holder| match request.method.as_str() {
            "POST" => deed(request, holder, listings, teller),
            _ => question(request, holder, listings, teller),
        });
        match done {
            Ok(data) => enveloped(&data, at_ms),
            Err(No { status, .. }) if status == 429 || status >= 500 => faulty(status),
            Err(No { status, code, words }) => said(status, code, words, at_ms),
        }
    })
}

/// Whose request it is, if all that proves it says so: over exactly the bytes that came.
fn holder(request: &Request, teller: &Teller<'_>) -> Result<Holder, No> {
    let header = |name: &str| request.header(name).unwrap_or_default();
    let holder = teller.holder(header("ACCESS-KEY")).ok_or(no(40_006, "Invalid ACCESS_KEY"))?;
    let time = header("ACCESS-TIMESTAMP");
    if !is_timely(time.parse().ok(), teller.at_ms()) {
        return Err(no(40_008, "Request timestamp expired"));
    }
    if header("ACCESS-PASSPHRASE") != holder.key.passphrase {
        return Err(no(40_012, "apikey/password is incorrect"));
    }
    let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
    let signed = [time, &request.method, &request.path, &query].concat();
    let signed = [signed.as_bytes(), &request.body].concat();
    let expected = base64(&hmac(Hash::Sha256, holder.key.secret.as_bytes(), &signed));
    if expected == header("ACCESS-SIGN") { Ok(holder) } else { Err(no(40_009, "sign signature error")) }
}

fn ids(order: &Order) -> String {
    Object::new().text("orderId", &order.id.to_string()).text("clientOid", &order.client_id).end()
}

fn deed(request: &Request, holder: Holder, listings: &[Listing], teller: &mut Teller<'_>) -> Result<String, No> {
    let asked = serde_json::from_slice::<Value>(&request.body).map_err(|_| BAD)?;
    match request.path.rsplit('/').next() {
        Some("place-tpsl-order") => {
            return plan::place(teller, holder, listings, &asked).map(|order| plan::named(&order));
        }
        Some("modify-tpsl-order") => {
            return plan::change(teller, holder, listings, &asked).map(|order| plan::named(&order));
        }
        Some("cancel-plan-order") => return plan::cancel(teller, holder, listings, &asked),
        _ => {}
    }
    if request.path.ends_with("/place-order") {
        return clerk::place(teller, holder, listings, &asked).map(|order| ids(&order));
    }
    if request.path.ends_with("/cancel-order") {
        return clerk::cancel(teller, holder, &asked).map(|order| ids(&order));
    }
    let instrument = clerk::instrument(listings, word(&asked, "productType"), word(&asked, "symbol"))?;
    let canceled = teller.cancel_those(holder, Some(instrument), |order| !order.waits).map_err(refused)?;
    let all = array(canceled.iter().map(ids));
    Ok(Object::new().raw("successList", all).raw("failureList", "[]").end())
}

fn question(request: &Request, holder: Holder, listings: &[Listing], teller: &Teller<'_>) -> Result<String, No> {
    let kind = request.parameter("productType");
    match request.path.as_str() {
        RIGHTS => return Ok(rights(holder)),
        "/api/v2/spot/account/assets" => {
            return Ok(array(teller.balances(holder).map(|held| texts::account(held, true, false))));
        }
        "/api/v2/mix/account/accounts" => {
            let held = teller.balances(holder).filter(|(asset, _)| asset.as_str() == "USDT");
            return Ok(array(held.map(|held| texts::account(held, false, false))));
        }
        "/api/v2/mix/account/account" => {
            let instrument = clerk::instrument(listings, kind, request.parameter("symbol"))?;
            let margin = request.parameter("marginCoin").ok_or(no(40_019, "Parameter marginCoin cannot be empty"))?;
            let mode = if teller.is_two_way(holder) { "hedge_mode" } else { "one_way_mode" };
            let symbol = listings[instrument].name();
            let (leverage, is_isolated) = (teller.leverage(holder), teller.is_isolated(holder));
            return Ok(Object::new()
                .text("marginCoin", margin)
                .text("symbol", symbol)
                .text("posMode", mode)
                .text("marginMode", if is_isolated { "isolated" } else { "crossed" })
                .raw("crossedMarginLeverage", &leverage)
                .raw("isolatedLongLever", &leverage)
                .raw("isolatedShortLever", &leverage)
                .end());
        }
        "/api/v2/mix/position/all-position" => {
            let held = teller.positions(holder).iter().zip(listings);
            let held = held.filter(|(held, listing)| held.qty != 0 && Some(type_of(listing)) == kind);
            return Ok(array(held.map(|(held, listing)| texts::position(held, listing, false))));
        }
        _ => {}
    }
    let instrument = clerk::instrument(listings, kind, request.parameter("symbol"))?;
    let listing = &listings[instrument];
    if request.path.ends_with("/orderInfo") || request.path.ends_with("/detail") {
        let which = which(request.parameter("orderId"), request.parameter("clientOid"))?;
        let is_it = |order: &&Order| order.instrument == instrument && !clerk::is_elsewhere(order, which);
        let found = teller.order(holder, which).filter(is_it);
        let row = found.map(|order| texts::order(order, listing, To::Detail));
        // Of spot a list, which is empty where there is none.
        return match is_spot(listing) {
            true => Ok(array(row)),
            false => row.ok_or(no(40_109, "The data of the order cannot be found")),
        };
    }
    if request.path.contains("/orders-plan-") {
        let is_past = request.path.ends_with("history");
        if request.parameter("planType") != Some("profit_loss") {
            return Err(BAD);
        }
        let asked = ["orderId", "clientOid"].map(|name| request.parameter(name));
        let rows = plan::rows(teller, holder, (instrument, listing), is_past, asked);
        return Ok(page("entrustedList", rows, request, false));
    }
    let since_ms = request.parameter("startTime").and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    let (name, rows) = if request.path.ends_with("fills") {
        let since = teller.fills(holder, since_ms.saturating_mul(1_000_000));
        let fills = since.filter(|fill| fill.instrument == instrument);
        // The page of one order where its id is named.
        let of = request.parameter("orderId").and_then(|id| id.parse::<u64>().ok());
        let fills = fills.filter(|fill| of.is_none_or(|of| fill.order_id == of));
        ("fillList", fills.map(|fill| (fill.trade_id, texts::fill(fill, listing, false, true))).collect())
    } else {
        let open = teller.open_orders(holder, Some(instrument)).into_iter().filter(|order| !order.waits);
        ("entrustedList", open.map(|order| (order.id, texts::order(order, listing, To::Open))).collect())
    };
    Ok(page(name, rows, request, is_spot(listing)))
}

/// Newest first, before the id that was asked for. Contracts have an object around it, and nothing in it where it is empty.
fn page(name: &str, mut rows: Vec<(u64, String)>, request: &Request, is_spot: bool) -> String {
    let number = |name: &str| request.parameter(name).and_then(|text| text.parse::<u64>().ok());
    let most = number("limit").map_or(PAGE_MAX, |limit| PAGE_MAX.min(usize::try_from(limit).unwrap_or(PAGE_MAX)));
    rows.sort_by_key(|(id, _)| std::cmp::Reverse(*id));
    rows.retain(|(id, _)| number("idLessThan").is_none_or(|before| *id < before));
    rows.truncate(most);
    let last = rows.last().map_or_else(|| "null".to_owned(), |(id, _)| format!("\"{id}\""));
    let list = array(rows.into_iter().map(|(_, row)| row));
    match (is_spot, last.as_str()) {
        (true, _) => list,
        (false, "null") => Object::new().raw(name, "null").raw("endId", last).end(),
        (false, _) => Object::new().raw(name, list).raw("endId", last).end(),
    }
}

fn rights(holder: Holder) -> String {
    let rights = holder.key.rights;
    let mut all = if rights.trade { vec!["stow", "coow"] } else { vec!["stor", "coor"] };
    if rights.withdraw {
        all.push("wwow");
    }
    Object::new()
        .text("userId", &(holder.account + 1).to_string())
        .text("ips", if rights.address_bound { "127.0.0.1" } else { "" })
        .raw("authorities", array(all.into_iter().map(|right| format!("\"{right}\""))))
        .end()
}
