//! REST requests that are an account's: proven by key, pass phrase, time and signature, then done.
//!
//! Owns: the routes, the proof. Never: what an order may do.

use super::algo;
use super::clerk::{self, BAD, Deed, Named, No, instrument, which, word};
use super::socket::positions;
use super::texts;
use crate::account::{Fill, Holder, Order, Teller, Which};
use crate::http::{Answer, Request, percent_decoded};
use crate::listing::Listing;
use crate::okx::rest::{faulty, told};
use crate::proof::{Hash, base64, hmac};
use crate::protocol::Asked;
use crate::text::iso;
use serde_json::{Map, Value};

/// How long a request is good, in s.
const GOOD_S: u64 = 30;

/// Seconds of the dead-man switch.
const SWITCH_S: std::ops::RangeInclusive<u64> = 10..=120;

/// The largest page.
const PAGE_MAX: usize = 100;

/// Orders in a batch, and in one of those that wait.
const BATCH_MAX: usize = 20;
const WAITING_BATCH_MAX: usize = 10;

/// 10 in 2 s.
const REQUESTS_A_MINUTE: u32 = 300;

/// Answers a request of an account; `None` where the route is everyone's.
pub(in crate::okx) fn answer(asked: &mut Asked<'_>, listings: &[Listing], teller: &mut Teller<'_>) -> Option<Answer> {
    let request = asked.request;
    let path = request.path.strip_prefix("/api/v5/")?;
    let is_get = request.method == "GET";
    let deed = path.strip_prefix("trade/").filter(|_| !is_get).and_then(Deed::of);
    let is_question = is_get
        && matches!(
            path,
            "trade/order"
                | "trade/orders-pending"
                | "trade/fills"
                | "trade/order-algo"
                | "trade/orders-algo-pending"
                | "account/balance"
                | "account/positions"
                | "account/config"
                | "account/leverage-info"
        );
    let is_switch = !is_get && path == "trade/cancel-all-after";
    let is_batch = !is_get && path == "trade/cancel-batch-orders";
    let waits = !is_get && matches!(path, "trade/order-algo" | "trade/amend-algos" | "trade/cancel-algos");
    (deed.is_some() || is_question || is_switch || is_batch || waits).then(|| {
        if let Some(status) = asked.armed.take_rest_status() {
            return faulty(status);
        }
        // Orders have limits of their own.
        if deed.is_none() && !waits && !asked.weights.spend(asked.now_ns, 1, REQUESTS_A_MINUTE) {
            return faulty(429);
        }
        let proven = holder(request, teller).and_then(|holder| Ok((holder, parameters(request)?)));
        let (holder, parameters) = match proven {
            Ok(proven) => proven,
            Err(no) => return said(Err(no), 401),
        };
        if is_batch {
            return cancel_batch(holder, &parameters, listings, teller);
        }
        if waits {
            return act_on_waiting(path, holder, &parameters, listings, teller);
        }
        if let Some(deed) = deed {
            return act(deed, holder, &parameters, listings, teller);
        }
        let rows = match path {
            "trade/order" => one(teller, holder, listings, &parameters),
            "trade/orders-pending" => open(teller, holder, listings, &parameters),
            "trade/order-algo" => algo::one(teller, holder, listings, &parameters),
            "trade/orders-algo-pending" => waiting(teller, holder, listings, &parameters),
            "trade/fills" => fills(teller, holder, listings, &parameters),
            "trade/cancel-all-after" => switch(teller, holder, &parameters),
            "account/balance" => Ok(texts::account(teller.balances(holder), teller.at_ms())),
            "account/positions" => Ok(positions(teller, holder, listings, word(&parameters, "instId"))),
            "account/leverage-info" => leverage(teller, holder, listings, &parameters),
            _ => Ok(config(holder, teller.is_two_way(holder))),
        };
        said(rows, 200)
    })
}

/// An answer with these rows, or a refusal with that status.
fn said(rows: Result<String, No>, status: u16) -> Answer {
    match rows {
        Ok(rows) => told(200, "0", "", &rows),
        Err(No::Row(code, words) | No::Whole(code, words)) => told(status, &code.to_string(), words, ""),
        Err(No::Status(status)) => faulty(status),
    }
}

fn act(deed: Deed, holder: Holder, asked: &Value, listings: &[Listing], teller: &mut Teller<'_>) -> Answer {
    let at_ms = teller.at_ms();
    match clerk::act(teller, holder, listings, (deed, Named::ByName), asked) {
        Ok(order) => told(200, "0", "", &clerk::row(Ok(&order), asked, at_ms)),
        Err(No::Row(code, words)) => {
            told(200, "1", "All operations failed", &clerk::row(Err((code, words)), asked, at_ms))
        }
        Err(no) => said(Err(no), 200),
    }
}

/// Of those that wait one is entered or changed, and several are withdrawn at once.
fn act_on_waiting(path: &str, holder: Holder, asked: &Value, listings: &[Listing], teller: &mut Teller<'_>) -> Answer {
    let one = std::slice::from_ref(asked);
    let all = match path {
        "trade/cancel-algos" => asked.as_array().map_or(&[] as &[Value], Vec::as_slice),
        _ => one,
    };
    if all.is_empty() || all.len() > WAITING_BATCH_MAX {
        return said(Err(BAD), 200);
    }
    let (mut rows, mut failed) = (Vec::new(), 0);
    for asked in all {
        let done = match path {
            "trade/order-algo" => algo::place(teller, holder, listings, asked),
            "trade/amend-algos" => algo::amend(teller, holder, listings, asked),
            _ => algo::cancel(teller, holder, asked),
        };
        match done {
            Ok(order) => rows.push(algo::outcome(Ok(&order), asked)),
            Err(No::Row(code, words)) => {
                failed += 1;
                rows.push(algo::outcome(Err((code, words)), asked));
            }
            Err(no) => return said(Err(no), 200),
        }
    }
    told(200, if failed == 0 { "0" } else { "1" }, "", &rows.join(","))
}

/// Several at once, each for itself. 1: all failed, 2: some.
fn cancel_batch(holder: Holder, asked: &Value, listings: &[Listing], teller: &mut Teller<'_>) -> Answer {
    let at_ms = teller.at_ms();
    let asked = asked.as_array().map_or(&[] as &[Value], Vec::as_slice);
    if asked.is_empty() || asked.len() > BATCH_MAX {
        return said(Err(BAD), 200);
    }
    let (mut rows, mut failed) = (Vec::new(), 0);
    for one in asked {
        match clerk::act(teller, holder, listings, (Deed::Cancel, Named::ByName), one) {
            Ok(order) => rows.push(clerk::row(Ok(&order), one, at_ms)),
            Err(No::Row(code, words)) => {
                failed += 1;
                rows.push(clerk::row(Err((code, words)), one, at_ms));
            }
            Err(no) => return said(Err(no), 200),
        }
    }
    let code = match failed {
        0 => "0",
        _ if failed == rows.len() => "1",
        _ => "2",
    };
    told(200, code, "", &rows.join(","))
}

/// Whose request it is, if key, pass phrase, time and signature say so: over exactly the bytes that came.
fn holder(request: &Request, teller: &Teller<'_>) -> Result<Holder, No> {
    let header = |name: &str| request.header(name).unwrap_or_default();
    let (id, time) = (header("OK-ACCESS-KEY"), header("OK-ACCESS-TIMESTAMP"));
    let holder = teller.holder(id).ok_or(No::Whole(50_111, "Invalid OK-ACCESS-KEY"))?;
    if header("OK-ACCESS-PASSPHRASE") != holder.key.passphrase {
        return Err(No::Whole(50_105, "Request header OK-ACCESS-PASSPHRASE incorrect."));
    }
    if !is_timely(time, teller.at_ms()) {
        return Err(No::Whole(50_102, "Timestamp request expired"));
    }
    let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
    let head = format!("{time}{}{}{query}", request.method, request.path);
    let signature = hmac(Hash::Sha256, holder.key.secret.as_bytes(), &[head.as_bytes(), &request.body].concat());
    let is_proven = base64(&signature) == header("OK-ACCESS-SIGN");
    is_proven.then_some(holder).ok_or(No::Whole(50_113, "Invalid Sign"))
}

/// Whether a time as `2020-12-08T09:08:57.715Z` is near: one of the seconds around is written so.
fn is_timely(time: &str, now_ms: u64) -> bool {
    let now_s = now_ms / 1_000;
    let mut near = now_s.saturating_sub(GOOD_S)..=now_s + GOOD_S;
    let has_form = time.len() == "2020-12-08T09:08:57.715Z".len() && time.ends_with('Z');
    has_form && near.any(|second| iso(second * 1_000, 3)[..20] == time[..20])
}

/// What is asked, from the query or from the body.
fn parameters(request: &Request) -> Result<Value, No> {
    if request.method == "GET" {
        let pairs = request.query.split('&').filter_map(|pair| pair.split_once('='));
        let members = pairs.map(|(name, value)| (name.to_owned(), Value::from(percent_decoded(value))));
        return Ok(Value::Object(members.collect::<Map<_, _>>()));
    }
    serde_json::from_slice(&request.body).map_err(|_| No::Whole(50_006, "Invalid request body"))
}

fn one(teller: &Teller<'_>, holder: Holder, listings: &[Listing], asked: &Value) -> Result<String, No> {
    let instrument = instrument(listings, Named::ByName, asked)?;
    let which = which(asked)?;
    // What became of one that waited bears no id of the client's.
    let is_it = |order: &&Order| {
        let is_named = matches!(which, Which::Venue(_)) || order.trigger.is_none();
        order.instrument == instrument && is_named && !order.waits
    };
    let found = teller.order(holder, which).filter(is_it);
    let found = found.ok_or(No::Row(51_603, "Order does not exist"))?;
    Ok(texts::order(found, None, &listings[instrument]))
}

/// A page of rows by id, newest first, behind the one that is named.
fn page(mut rows: Vec<(u64, String)>, asked: &Value) -> String {
    let number = |name: &str| word(asked, name).and_then(|text| text.parse::<u64>().ok());
    let limit = number("limit").and_then(|limit| usize::try_from(limit).ok()).unwrap_or(PAGE_MAX).min(PAGE_MAX);
    rows.sort_by_key(|(id, _)| std::cmp::Reverse(*id));
    let behind = rows.into_iter().filter(|(id, _)| number("after").is_none_or(|after| *id < after));
    behind.take(limit).map(|(_, row)| row).collect::<Vec<_>>().join(",")
}

fn open(teller: &Teller<'_>, holder: Holder, listings: &[Listing], asked: &Value) -> Result<String, No> {
    let of = word(asked, "instId").map(|_| instrument(listings, Named::ByName, asked)).transpose()?;
    let open = teller.open_orders(holder, of).into_iter().filter(|order| !order.waits);
    Ok(page(open.map(|order| (order.id, texts::order(order, None, &listings[order.instrument]))).collect(), asked))
}

fn waiting(teller: &Teller<'_>, holder: Holder, listings: &[Listing], asked: &Value) -> Result<String, No> {
    if word(asked, "ordType") != Some("conditional") {
        return Err(No::Row(51_000, "Parameter ordType error"));
    }
    let of = word(asked, "instId").map(|_| instrument(listings, Named::ByName, asked)).transpose()?;
    let open = teller.open_orders(holder, of).into_iter().filter(|order| order.waits);
    Ok(page(open.map(|order| (algo::id(order), algo::row(order, &listings[order.instrument]))).collect(), asked))
}

fn fills(teller: &Teller<'_>, holder: Holder, listings: &[Listing], asked: &Value) -> Result<String, No> {
    let of = word(asked, "instId").map(|_| instrument(listings, Named::ByName, asked)).transpose()?;
    let since_ms = word(asked, "begin").map_or(Ok(0), |text| text.parse::<u64>().map_err(|_| BAD))?;
    let since = teller.fills(holder, since_ms.saturating_mul(1_000_000));
    let since = since.filter(|fill| of.is_none_or(|of| of == fill.instrument));
    let is_named =
        |fill: &Fill| teller.order(holder, Which::Venue(fill.order_id)).is_some_and(|order| order.trigger.is_none());
    let row = |fill: &Fill| (fill.trade_id, texts::fill(fill, &listings[fill.instrument], is_named(fill)));
    Ok(page(since.map(row).collect(), asked))
}

fn switch(teller: &mut Teller<'_>, holder: Holder, asked: &Value) -> Result<String, No> {
    let seconds = word(asked, "timeOut").and_then(|text| text.parse::<u64>().ok());
    let seconds = seconds.filter(|seconds| *seconds == 0 || SWITCH_S.contains(seconds)).ok_or(BAD)?;
    teller.dead_man(holder, None, seconds * 1_000_000_000);
    let at_ms = teller.at_ms();
    let due = if seconds == 0 { 0 } else { at_ms + seconds * 1_000 };
    Ok(format!(r#"{{"triggerTime":"{due}","tag":"","ts":"{at_ms}"}}"#))
}

fn leverage(teller: &Teller<'_>, holder: Holder, listings: &[Listing], asked: &Value) -> Result<String, No> {
    let (id, mode) = (word(asked, "instId").ok_or(BAD)?, word(asked, "mgnMode").ok_or(BAD)?);
    listings.iter().find(|listing| listing.name() == id).ok_or(BAD)?;
    let times = teller.leverage(holder);
    Ok(format!(r#"{{"ccy":"","instId":"{id}","mgnMode":"{mode}","posSide":"net","lever":"{times}"}}"#))
}

fn config(holder: Holder, is_two_way: bool) -> String {
    let mode = if is_two_way { "long_short_mode" } else { "net_mode" };
    let rights = holder.key.rights;
    let trade = if rights.trade { ",trade" } else { "" };
    let withdraw = if rights.withdraw { ",withdraw" } else { "" };
    let addresses = if rights.address_bound { "127.0.0.1" } else { "" };
    format!(
        r#"{{"acctLv":"2","acctStpMode":"cancel_maker","autoLoan":false,"ctIsoMode":"automatic","greeksType":"PA","ip":"{addresses}","kycLv":"2","label":"simulated","level":"Lv1","mainUid":"1","perm":"read_only{withdraw}{trade}","posMode":"{mode}","roleType":"0","uid":"1"}}"#
    )
}
