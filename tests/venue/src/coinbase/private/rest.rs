//! REST requests that are an account's: proven by a token for their address, then answered.
//!
//! Owns: the routes. Never: what an order may do.

use super::clerk::{self, No};
use super::{proven, texts};
use crate::account::{Holder, Teller, Which};
use crate::coinbase::rest::{BASE, faulty};
use crate::http::{Answer, Request, percent_decoded};
use crate::listing::Listing;
use crate::protocol::Asked;
use serde_json::Value;

/// 30 a second.
const REQUESTS_A_MINUTE: u32 = 1_800;

/// The largest page.
const PAGE_MAX: usize = 1_000;

/// Answers a request of an account; `None` where the route is everyone's.
pub(in crate::coinbase) fn answer(
    asked: &mut Asked<'_>,
    listings: &[Listing],
    teller: &mut Teller<'_>,
) -> Option<Answer> {
    let request = asked.request;
    let route = request.path.strip_prefix(BASE)?;
    let is_ours = matches!(route, "orders" | "accounts" | "key_permissions") || route.starts_with("orders/");
    is_ours.then(|| {
        if let Some(status) = asked.armed.take_rest_status() {
            return faulty(status);
        }
        if !asked.weights.spend(asked.now_ns, 1, REQUESTS_A_MINUTE) {
            return faulty(429);
        }
        let token = request.header("Authorization").and_then(|header| header.strip_prefix("Bearer "));
        let address = format!("{} api.coinbase.com{}", request.method, request.path);
        let holder = token.and_then(|token| proven::holder(teller, token, Some(&address)));
        let done = holder.ok_or(No::Status(401)).and_then(|holder| act(route, request, holder, listings, teller));
        match done {
            Ok(said) => Answer::of(200, said),
            Err(No::Status(401)) => Answer::of(401, "Unauthorized\n".to_owned()),
            Err(No::Status(403)) => {
                Answer::of(403, r#"{"error":"PERMISSION_DENIED","message":"simulated"}"#.to_owned())
            }
            Err(No::Status(404)) => Answer::of(404, r#"{"error":"NOT_FOUND","message":"simulated"}"#.to_owned()),
            Err(No::Status(status)) => faulty(status),
            Err(No::Word(word)) => Answer::of(400, format!(r#"{{"error":"{word}","message":"simulated"}}"#)),
        }
    })
}

fn act(
    route: &str,
    request: &Request,
    holder: Holder,
    listings: &[Listing],
    teller: &mut Teller<'_>,
) -> Result<String, No> {
    let body = || serde_json::from_slice::<Value>(&request.body).map_err(|_| No::Word("INVALID_ARGUMENT"));
    match (request.method.as_str(), route) {
        ("POST", "orders") => match clerk::place(teller, holder, listings, &body()?) {
            Err(No::Word(word)) => Ok(clerk::not_placed(word)),
            done => done,
        },
        ("POST", "orders/batch_cancel") => clerk::cancel(teller, holder, &body()?),
        ("POST", "orders/edit") => match clerk::edit(teller, holder, listings, &body()?) {
            Ok(_) => Ok(r#"{"success":true,"errors":[]}"#.to_owned()),
            Err(No::Word(word)) => Ok(format!(
                r#"{{"success":false,"errors":[{{"edit_failure_reason":"{word}","preview_failure_reason":"UNKNOWN_PREVIEW_FAILURE_REASON"}}]}}"#
            )),
            Err(no) => Err(no),
        },
        ("GET", "orders/historical/batch") => Ok(orders(request, holder, listings, teller)),
        ("GET", "orders/historical/fills") => Ok(fills(request, holder, listings, teller)),
        ("GET", "accounts") => {
            let rows = teller.balances(holder).map(|(asset, balance)| texts::account(asset, balance));
            let rows: Vec<String> = rows.collect();
            let (size, rows) = (rows.len(), rows.join(","));
            Ok(format!(r#"{{"accounts":[{rows}],"has_next":false,"cursor":"","size":{size}}}"#))
        }
        ("GET", "key_permissions") => {
            let (trade, transfer) = (holder.key.rights.trade, holder.key.rights.withdraw);
            Ok(format!(
                r#"{{"can_view":true,"can_trade":{trade},"can_transfer":{transfer},"portfolio_uuid":"simulated","portfolio_type":"DEFAULT"}}"#
            ))
        }
        ("GET", route) => {
            let id = route.strip_prefix("orders/historical/").and_then(texts::entry_id).ok_or(No::Status(404))?;
            let order = teller.order(holder, Which::Venue(id)).ok_or(No::Status(404))?;
            Ok(format!(r#"{{"order":{}}}"#, texts::row(order, &listings[order.instrument])))
        }
        _ => Err(No::Status(404)),
    }
}

fn parameter(request: &Request, name: &str) -> Option<String> {
    request.parameter(name).map(percent_decoded)
}

/// A page of rows, newest first, and the cursor behind it, which is a place; empty where there is no more.
fn page(mut rows: Vec<String>, request: &Request) -> (String, String) {
    rows.reverse();
    let number = |name: &str| parameter(request, name).and_then(|text| text.parse::<usize>().ok());
    let (from, most) = (number("cursor").unwrap_or(0), number("limit").unwrap_or(PAGE_MAX).min(PAGE_MAX));
    let cursor = if rows.len() > from + most { (from + most).to_string() } else { String::new() };
    let rows: Vec<String> = rows.into_iter().skip(from).take(most).collect();
    (rows.join(","), cursor)
}

/// Times are compared as the texts that they are.
fn is_since(at_ns: u64, since: Option<&String>) -> bool {
    since.is_none_or(|since| crate::text::iso(at_ns / 1_000_000, 3) >= *since)
}

fn orders(request: &Request, holder: Holder, listings: &[Listing], teller: &Teller<'_>) -> String {
    let [product, status, since] = ["product_ids", "order_status", "start_date"].map(|name| parameter(request, name));
    let is_asked = |order: &&crate::account::Order| {
        product.as_ref().is_none_or(|name| listings[order.instrument].name() == name)
            && status.as_ref().is_none_or(|status| texts::status(order) == status)
            && is_since(order.entered_at_ns, since.as_ref())
    };
    let found = teller.all_orders(holder).iter().filter(is_asked);
    let (rows, cursor) = page(found.map(|order| texts::row(order, &listings[order.instrument])).collect(), request);
    let has_next = !cursor.is_empty();
    format!(r#"{{"orders":[{rows}],"sequence":"0","has_next":{has_next},"cursor":"{cursor}"}}"#)
}

fn fills(request: &Request, holder: Holder, listings: &[Listing], teller: &Teller<'_>) -> String {
    let [product, since] = ["product_ids", "start_sequence_timestamp"].map(|name| parameter(request, name));
    let is_asked = |fill: &&crate::account::Fill| {
        product.as_ref().is_none_or(|name| listings[fill.instrument].name() == name)
            && is_since(fill.at_ns, since.as_ref())
    };
    let found = teller.fills(holder, 0).filter(is_asked);
    let (rows, cursor) = page(found.map(|fill| texts::fill(fill, &listings[fill.instrument])).collect(), request);
    format!(r#"{{"fills":[{rows}],"cursor":"{cursor}"}}"#)
}
