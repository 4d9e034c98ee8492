//! REST requests that are an account's: proven by key, time and signature, then done.
//!
//! Owns: the routes, the proof. Never: what an order may do.

use super::clerk::{self, Deed, No, instrument, word};
use super::socket::{LATE, is_timely};
use super::switch::Switches;
use super::texts;
use crate::account::{Holder, Teller, Which};
use crate::bybit::rest::{enveloped, faulty};
use crate::http::{Answer, Request, percent_decoded};
use crate::listing::Listing;
use crate::proof::{Hash, hex, hmac};
use crate::protocol::Asked;
use serde_json::{Map, Value};

/// The largest pages.
const ORDERS_MAX: usize = 50;
const FILLS_MAX: usize = 100;

/// 50 in a second.
const REQUESTS_A_MINUTE: u32 = 3_000;

/// Answers a request of an account; `None` where the route is everyone's.
pub(in crate::bybit) fn answer(
    asked: &mut Asked<'_>,
    listings: &[Listing],
    teller: &mut Teller<'_>,
    switches: &Switches,
) -> Option<Answer> {
    let request = asked.request;
    let route = (request.method.as_str(), request.path.as_str());
    let order = request.path.strip_prefix("/v5/order/");
    let deed = order.and_then(Deed::of).filter(|_| request.method == "POST");
    let is_ours = deed.is_some()
        || matches!(
            route,
            ("POST", "/v5/order/cancel-all" | "/v5/order/disconnected-cancel-all")
                | ("GET", "/v5/order/realtime" | "/v5/execution/list" | "/v5/account/wallet-balance")
                | ("GET", "/v5/position/list" | "/v5/account/info" | "/v5/user/query-api")
        );
    is_ours.then(|| {
        if let Some(status) = asked.armed.take_rest_status() {
            return faulty(status);
        }
        if !asked.weights.spend(asked.now_ns, 1, REQUESTS_A_MINUTE) {
            return faulty(403);
        }
        let done = holder(request, teller).and_then(|holder| {
            let asked = parameters(request)?;
            match (deed, request.path.as_str()) {
                (Some(deed), _) => {
                    clerk::act(teller, holder, listings, deed, &asked).map(|order| clerk::ids(&order, listings))
                }
                (_, "/v5/order/cancel-all") => cancel_all(teller, holder, listings, &asked),
                (_, "/v5/order/disconnected-cancel-all") => switches.set(holder, &asked),
                (_, "/v5/order/realtime") => orders(teller, holder, listings, &asked),
                (_, "/v5/execution/list") => fills(teller, holder, listings, &asked),
                (_, "/v5/position/list") => positions(teller, holder, listings, &asked),
                (_, "/v5/account/wallet-balance") => {
                    Ok(format!(r#"{{"list":[{}]}}"#, texts::wallet(teller.balances(holder))))
                }
                (_, "/v5/account/info") => Ok(account(teller.is_isolated(holder), teller.at_ms())),
                _ => Ok(rights(holder)),
            }
        });
        match done {
            Ok(result) => enveloped(0, "OK", &result, teller.at_ms()),
            Err(No::Status(status)) => faulty(status),
            Err(no) => {
                let (code, words) = no.in_words();
                enveloped(code, words, "{}", teller.at_ms())
            }
        }
    })
}

/// Whose request it is, if key, time and signature say so: over exactly the bytes that came.
fn holder(request: &Request, teller: &Teller<'_>) -> Result<Holder, No> {
    let header = |name: &str| request.header(name).unwrap_or_default();
    let (id, time, window) = (header("X-BAPI-API-KEY"), header("X-BAPI-TIMESTAMP"), header("X-BAPI-RECV-WINDOW"));
    let holder = teller.holder(id).ok_or(No::Code(10_003, "API key is invalid."))?;
    if !is_timely(time.parse().ok(), window.parse().unwrap_or(5_000), teller.at_ms()) {
        return Err(LATE);
    }
    let payload = if request.method == "GET" { request.query.as_bytes() } else { &request.body };
    let signed = [format!("{time}{id}{window}").as_bytes(), payload].concat();
    let expected = hex(&hmac(Hash::Sha256, holder.key.secret.as_bytes(), &signed));
    let is_proven = expected == header("X-BAPI-SIGN");
    is_proven.then_some(holder).ok_or(No::Code(10_004, "error sign! please check your signature generation algorithm."))
}

/// What is asked, from the query or from the body.
fn parameters(request: &Request) -> Result<Value, No> {
    if request.method == "GET" {
        let pairs = request.query.split('&').filter_map(|pair| pair.split_once('='));
        let members = pairs.map(|(name, value)| (name.to_owned(), Value::from(percent_decoded(value))));
        return Ok(Value::Object(members.collect::<Map<_, _>>()));
    }
    serde_json::from_slice(&request.body).map_err(|_| No::Code(10_001, "params error: body is not JSON"))
}

fn cancel_all(teller: &mut Teller<'_>, holder: Holder, listings: &[Listing], asked: &Value) -> Result<String, No> {
    let instrument = instrument(listings, asked)?;
    let is_spot = !texts::is_contract(&listings[instrument]);
    let canceled = teller.cancel_all(holder, Some(instrument));
    let canceled = canceled.map_err(|refusal| clerk::refused(refusal, is_spot))?;
    let rows: Vec<String> = canceled.iter().map(|order| clerk::ids(order, listings)).collect();
    Ok(format!(r#"{{"list":[{}],"success":"1"}}"#, rows.join(",")))
}

/// A page of rows by id, newest first, and where the next one goes on; empty where there is none.
fn page(rows: &mut Vec<(u64, String)>, asked: &Value, most: usize) -> String {
    let number = |name: &str| word(asked, name).and_then(|text| text.parse::<u64>().ok());
    let limit = number("limit").map_or(most, |limit| most.min(usize::try_from(limit).unwrap_or(most)));
    rows.sort_by_key(|(id, _)| std::cmp::Reverse(*id));
    rows.retain(|(id, _)| number("cursor").is_none_or(|behind| *id < behind));
    let is_more = rows.len() > limit;
    rows.truncate(limit);
    rows.last().filter(|_| is_more).map(|(id, _)| id.to_string()).unwrap_or_default()
}

fn list(category: &str, mut rows: Vec<(u64, String)>, asked: &Value, most: usize) -> String {
    let cursor = page(&mut rows, asked, most);
    let rows: Vec<String> = rows.into_iter().map(|(_, row)| row).collect();
    format!(r#"{{"category":"{category}","nextPageCursor":"{cursor}","list":[{}]}}"#, rows.join(","))
}

/// By our id or theirs open or done, else all that are open.
fn orders(teller: &Teller<'_>, holder: Holder, listings: &[Listing], asked: &Value) -> Result<String, No> {
    let instrument = instrument(listings, asked)?;
    let which = match (word(asked, "orderId"), word(asked, "orderLinkId")) {
        (Some(id), _) => texts::entry_id(id).map(Which::Venue),
        (None, id) => id.map(Which::Client),
    };
    let listing = &listings[instrument];
    let found = match which {
        Some(which) => teller.order(holder, which).into_iter().filter(|order| order.instrument == instrument).collect(),
        None => teller.open_orders(holder, Some(instrument)),
    };
    let rows = found.into_iter().map(|order| (order.id, texts::order(order, listing))).collect();
    Ok(list(listing.category(), rows, asked, ORDERS_MAX))
}

fn fills(teller: &Teller<'_>, holder: Holder, listings: &[Listing], asked: &Value) -> Result<String, No> {
    let instrument = instrument(listings, asked)?;
    let since_ms = word(asked, "startTime").and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    let listing = &listings[instrument];
    let of = teller.fills(holder, since_ms.saturating_mul(1_000_000)).filter(|fill| fill.instrument == instrument);
    let rows = of.map(|fill| (fill.trade_id, texts::fill(fill, listing))).collect();
    Ok(list(listing.category(), rows, asked, FILLS_MAX))
}

/// Of a category; of linear contracts only those that settle in the coin asked for.
fn positions(teller: &Teller<'_>, holder: Holder, listings: &[Listing], asked: &Value) -> Result<String, No> {
    let category = word(asked, "category").unwrap_or_default();
    let coin = word(asked, "settleCoin");
    if category == "linear" && coin.is_none() && word(asked, "symbol").is_none() {
        return Err(No::Code(10_001, "Missing some parameters that must be filled in, symbol or settleCoin"));
    }
    let is_asked = |listing: &Listing| {
        listing.category() == category && coin.is_none_or(|coin| listing.instrument.quote.as_str() == coin)
    };
    // By its symbol a contract is told without a position, too.
    if let Some(symbol) = word(asked, "symbol") {
        let named = teller.positions(holder).iter().zip(listings);
        let named = named.filter(|(_, listing)| listing.category() == category && listing.name() == symbol);
        let rows = named.map(|(held, listing)| {
            (0, texts::position(held, listing, teller.is_two_way(holder), &teller.leverage(holder)))
        });
        return Ok(list(category, rows.collect(), &Value::Null, listings.len()));
    }
    let held =
        teller.positions(holder).iter().zip(listings).filter(|(held, listing)| held.qty != 0 && is_asked(listing));
    let rows = held.enumerate().map(|(place, (held, listing))| {
        (place as u64, texts::position(held, listing, false, &teller.leverage(holder)))
    });
    Ok(list(category, rows.collect(), &Value::Null, listings.len()))
}

fn account(is_isolated: bool, at_ms: u64) -> String {
    let mode = if is_isolated { "ISOLATED_MARGIN" } else { "REGULAR_MARGIN" };
    format!(
        r#"{{"marginMode":"{mode}","updatedTime":"{at_ms}","unifiedMarginStatus":5,"dcpStatus":"OFF","timeWindow":10,"smpGroup":0,"isMasterTrader":false,"spotHedgingStatus":"OFF"}}"#
    )
}

fn rights(holder: Holder) -> String {
    let rights = holder.key.rights;
    let [contracts, spot] = if rights.trade { [r#""Order","Position""#, r#""SpotTrade""#] } else { [""; 2] };
    let wallet = if rights.withdraw { r#""AccountTransfer","Withdraw""# } else { "" };
    let (read_only, addresses) = (u8::from(!rights.trade), if rights.address_bound { "127.0.0.1" } else { "*" });
    format!(
        r#"{{"id":"1","note":"simulated","apiKey":"{}","readOnly":{read_only},"secret":"","permissions":{{"ContractTrade":[{contracts}],"Spot":[{spot}],"Wallet":[{wallet}],"Options":[],"Derivatives":[],"Exchange":[]}},"ips":["{addresses}"],"type":1,"unified":1,"uta":1}}"#,
        holder.key.id
    )
}
