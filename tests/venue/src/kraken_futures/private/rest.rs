//! REST requests that are an account's: proven by key and signature, then done.
//!
//! Owns: the routes, what each costs, the proof. Never: what an order may do. A nonce is signed and not counted: the venue
//! bears some that are late.

use super::clerk::{self, No, needed, parameter};
use super::{signed, texts};
use crate::account::{Holder, Order, State, Teller, Which};
use crate::http::{Answer, Request};
use crate::kraken_futures::rest::faulty;
use crate::listing::Listing;
use crate::object::array;
use crate::protocol::Asked;

/// 500 in ten seconds.
const COST_A_MINUTE: u32 = 3_000;
/// The largest page of executions.
const PAGE_MAX: usize = 100;
/// So long an order that ended is still told of by its id.
const REMEMBERED_NS: u64 = 5_000_000_000;

const ORDERS: &str = "/derivatives/api/v3/";
const RIGHTS: &str = "/api/auth/v1/api-keys/v3/check";

/// Method, route, cost.
const ROUTES: [(&str, &str, u32); 10] = [
    ("POST", "sendorder", 10),
    ("POST", "editorder", 10),
    ("POST", "cancelorder", 10),
    ("POST", "cancelallorders", 25),
    ("POST", "cancelallordersafter", 25),
    ("POST", "orders/status", 1),
    ("GET", "openorders", 2),
    ("GET", "fills", 2),
    ("GET", "openpositions", 2),
    ("GET", "accounts", 2),
];

/// Answers a request of an account; `None` where the route is everyone's.
pub(in crate::kraken_futures) fn answer(
    asked: &mut Asked<'_>,
    listings: &[Listing],
    teller: &mut Teller<'_>,
) -> Option<Answer> {
    let request = asked.request;
    let name = request.path.strip_prefix(ORDERS).unwrap_or_default();
    let found = ROUTES.iter().find(|(method, route, _)| request.method == *method && name == *route);
    let is_of_rights = request.method == "GET" && request.path == RIGHTS;
    if found.is_none() && !is_of_rights {
        return None;
    }
    if let Some(status) = asked.armed.take_rest_status() {
        return Some(faulty(status));
    }
    let at = texts::time(teller.at_ns());
    let refused = |word: &str| Answer::of(200, format!(r#"{{"result":"error","error":"{word}","serverTime":"{at}"}}"#));
    let before = if parameter(request, "lastFillTime").is_some() { 23 } else { 0 };
    let cost = found.map_or(0, |(_, _, cost)| cost + before);
    if !asked.weights.spend(asked.now_ns, cost, COST_A_MINUTE) {
        return Some(refused("apiLimitExceeded"));
    }
    let Some(holder) = holder(request, teller) else {
        let unknown = r#"{"error":"UNAUTHORIZED","message":"API key is not found or request signature is invalid."}"#;
        return Some(if is_of_rights { Answer::of(401, unknown.to_owned()) } else { refused("authenticationError") });
    };
    if is_of_rights {
        return Some(Answer::of(200, rights(holder)));
    }
    Some(match act(name, request, holder, listings, teller) {
        Ok(members) => Answer::of(200, format!(r#"{{"result":"success",{members},"serverTime":"{at}"}}"#)),
        Err(No::Error(word)) => refused(word),
        Err(No::Http(status)) => faulty(status),
        Err(No::Status(word)) => {
            let member = member_of(name);
            let status = format!(r#""{member}":{{"status":"{word}","receivedTime":"{at}","orderEvents":[]}}"#);
            Answer::of(200, format!(r#"{{"result":"success",{status},"serverTime":"{at}"}}"#))
        }
    })
}

/// Where the status of an answer stands.
fn member_of(route: &str) -> &'static str {
    match route {
        "sendorder" => "sendStatus",
        "editorder" => "editStatus",
        _ => "cancelStatus",
    }
}

/// Whose request it is, if key and signature say so: over exactly the parameters that came.
fn holder(request: &Request, teller: &Teller<'_>) -> Option<Holder> {
    let header = |name: &str| request.header(name).unwrap_or_default();
    let holder = teller.holder(header("APIKey"))?;
    let path = request.path.strip_prefix("/derivatives").unwrap_or(&request.path);
    let parameters = if request.method == "POST" { &request.body[..] } else { request.query.as_bytes() };
    let words = [parameters, header("Nonce").as_bytes(), path.as_bytes()].concat();
    (signed(holder.key, &words) == header("Authent")).then_some(holder)
}

fn act(
    route: &str,
    request: &Request,
    holder: Holder,
    listings: &[Listing],
    teller: &mut Teller<'_>,
) -> Result<String, No> {
    let at = texts::time(teller.at_ns());
    let text = |order: &Order| texts::order(order, &listings[order.instrument]);
    let status = |word: &str, order: &Order, events: String| {
        let (member, id) = (member_of(route), texts::id_of(order));
        format!(r#""{member}":{{"order_id":"{id}","status":"{word}","receivedTime":"{at}","orderEvents":[{events}]}}"#)
    };
    Ok(match route {
        "sendorder" => {
            let order = clerk::place(request, holder, listings, teller)?;
            let fills = teller.fills(holder, 0).filter(|fill| fill.order_id == order.id);
            let events: Vec<_> = fills.map(|fill| texts::executed(fill, &listings[order.instrument])).collect();
            // As it was entered, whatever happened since.
            let first = Order { waits: order.trigger.is_some(), ..order.clone() };
            if first.waits {
                let trigger = texts::waiting(&first, &listings[order.instrument]);
                return Ok(status("placed", &first, format!(r#"{{"type":"PLACE","orderTrigger":{trigger}}}"#)));
            }
            match (order.filled, texts::is_immediate(&order)) {
                (0, true) => {
                    let reject = r#"{"type":"REJECT","reason":"IOC_WOULD_NOT_EXECUTE"}"#;
                    status("iocWouldNotExecute", &order, reject.to_owned())
                }
                (0, false) => {
                    let placed = format!(r#"{{"type":"PLACE","order":{},"reducedQuantity":null}}"#, text(&order));
                    status("placed", &order, placed)
                }
                _ => status("placed", &order, events.join(",")),
            }
        }
        "editorder" => {
            let order = clerk::edit(request, holder, listings, teller)?;
            status("edited", &order, format!(r#"{{"type":"EDIT","new":{}}}"#, text(&order)))
        }
        "cancelorder" => {
            let order = clerk::cancel(request, holder, teller)?;
            let row = if order.waits {
                format!(r#""orderTrigger":{}"#, texts::waiting(&order, &listings[order.instrument]))
            } else {
                format!(r#""order":{}"#, text(&order))
            };
            status("cancelled", &order, format!(r#"{{"type":"CANCEL",{row}}}"#))
        }
        "cancelallorders" => {
            let of = clerk::instrument(request, listings)?;
            let gone = teller.cancel_all(holder, of).map_err(|refusal| clerk::refused(refusal, "notFound"))?;
            let word = if gone.is_empty() { "noOrdersToCancel" } else { "cancelled" };
            let rows = gone.iter().map(|order| format!(r#"{{"order_id":"{}"}}"#, texts::id_of(order)));
            format!(
                r#""cancelStatus":{{"receivedTime":"{at}","cancelOnly":"all","status":"{word}","cancelledOrders":{}}}"#,
                array(rows)
            )
        }
        "cancelallordersafter" => {
            let seconds = needed(request, "timeout")?.parse::<u64>().map_err(|_| No::Error("invalidArgument"))?;
            if !holder.key.rights.trade {
                return Err(No::Error("authenticationError"));
            }
            teller.dead_man(holder, None, seconds * 1_000_000_000);
            format!(r#""status":{{"currentTime":"{at}","triggerTime":"{at}"}}"#)
        }
        "orders/status" => {
            let id = needed(request, "cliOrdIds")?;
            let is_told = |order: &&Order| order.is_open() || order.changed_at_ns + REMEMBERED_NS >= teller.at_ns();
            let found = teller.order(holder, Which::Client(&id)).filter(is_told);
            let row = found.map(|order| {
                let state = match order.state {
                    State::Open if order.waits => "TRIGGER_PLACED",
                    State::Open => "ENTERED_BOOK",
                    State::Filled => "FULLY_EXECUTED",
                    State::Canceled | State::Expired => "CANCELLED",
                };
                format!(r#"{{"order":{},"status":"{state}","updateReason":null,"error":null}}"#, text(order))
            });
            format!(r#""orders":{}"#, array(row))
        }
        "openorders" => {
            let open = teller.open_orders(holder, None).into_iter();
            let rows = open.map(|order| texts::open(order, &listings[order.instrument]));
            format!(r#""openOrders":{}"#, array(rows))
        }
        "fills" => format!(r#""fills":{}"#, page(request, holder, listings, teller)),
        "openpositions" => {
            let held = teller.positions(holder).iter().zip(listings).filter(|(held, _)| held.qty != 0);
            format!(r#""openPositions":{}"#, array(held.map(|(held, listing)| texts::held(held, listing))))
        }
        _ => texts::accounts(&teller.balances(holder).collect::<Vec<_>>(), listings),
    })
}

/// The newest executions, or the newest before a moment.
fn page(request: &Request, holder: Holder, listings: &[Listing], teller: &Teller<'_>) -> String {
    let before = parameter(request, "lastFillTime");
    let mut fills: Vec<_> = teller.fills(holder, 0).collect();
    fills.reverse();
    fills.retain(|fill| before.as_ref().is_none_or(|before| texts::time(fill.at_ns) < *before));
    fills.truncate(PAGE_MAX);
    array(fills.into_iter().map(|fill| texts::filled(fill, &listings[fill.instrument])))
}

fn rights(holder: Holder) -> String {
    let rights = holder.key.rights;
    let general = if rights.trade { "FULL_ACCESS" } else { "READ_ONLY" };
    let transfer = if rights.withdraw { "FULL_ACCESS" } else { "NO_ACCESS" };
    let addresses = if rights.address_bound { r#""127.0.0.1/32""# } else { "" };
    let id = holder.key.id;
    format!(
        r#"{{"apiKey":"{id}","accountUid":"3c90c3cc-0d44-4b50-8888-8dd25736052a","iiban":null,"createdAt":"2026-01-01T00:00:00Z","permissions":{{"general":"{general}","transfer":"{transfer}"}},"allowedCidrBlock":null,"allowedCidrBlocks":[{addresses}]}}"#
    )
}
