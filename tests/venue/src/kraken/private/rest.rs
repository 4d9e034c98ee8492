//! REST requests that are an account's: proven by key, nonce and signature, then answered.
//!
//! Owns: the routes, the proof, the nonces. Never: what an order may do.

use super::{clerk, texts, token};
use crate::account::{Holder, Teller, Which};
use crate::http::{Answer, Request, percent_decoded};
use crate::kraken::rest::{faulty, refused};
use crate::listing::Listing;
use crate::proof::{Hash, base64, digest, from_base64, hmac};
use crate::protocol::Asked;
use std::collections::BTreeMap;

/// A minute's of the counter at the highest level.
const REQUESTS_A_MINUTE: u32 = 60;

/// The largest page of executions.
const PAGE_MAX: usize = 50;

/// By key: the last nonce that it used.
#[derive(Debug, Default)]
pub(in crate::kraken) struct Nonces(BTreeMap<&'static str, u64>);

/// Answers a request of an account; `None` where the route is everyone's.
pub(in crate::kraken) fn answer(
    asked: &mut Asked<'_>,
    listings: &[Listing],
    teller: &mut Teller<'_>,
    nonces: &mut Nonces,
) -> Option<Answer> {
    let request = asked.request;
    let method = request.path.strip_prefix("/0/private/")?;
    if let Some(status) = asked.armed.take_rest_status() {
        return Some(faulty(status));
    }
    let weight = if ["TradesHistory", "ClosedOrders"].contains(&method) { 2 } else { 1 };
    if !asked.weights.spend(asked.now_ns, weight, REQUESTS_A_MINUTE) {
        return Some(refused("EAPI:Rate limit exceeded"));
    }
    let done = nonces.holder(request, teller).and_then(|holder| act(method, request, holder, listings, teller));
    Some(match done {
        Ok(result) => Answer::of(200, format!(r#"{{"error":[],"result":{{{result}}}}}"#)),
        Err(problem) => refused(&problem),
    })
}

impl Nonces {
    /// Whose request it is, if key, nonce and signature say so: over exactly the bytes that came.
    fn holder(&mut self, request: &Request, teller: &Teller<'_>) -> Result<Holder, String> {
        let header = |name: &str| request.header(name).unwrap_or_default();
        let holder = teller.holder(header("API-Key")).ok_or("EAPI:Invalid key")?;
        let nonce = parameter(request, "nonce").unwrap_or_default();
        let hash = digest(Hash::Sha256, &[nonce.as_bytes(), &request.body].concat());
        let secret = from_base64(holder.key.secret).unwrap_or_default();
        let signature = base64(&hmac(Hash::Sha512, &secret, &[request.path.as_bytes(), &hash].concat()));
        if request.method != "POST" || signature != header("API-Sign") {
            return Err("EAPI:Invalid signature".to_owned());
        }
        let nonce = nonce.parse::<u64>().map_err(|_| "EAPI:Invalid nonce")?;
        let last = self.0.entry(holder.key.id).or_default();
        if nonce <= *last {
            return Err("EAPI:Invalid nonce".to_owned());
        }
        *last = nonce;
        Ok(holder)
    }
}

/// A parameter of the body.
fn parameter(request: &Request, name: &str) -> Option<String> {
    let body = request.body_text();
    let found = body.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name);
    found.map(|(_, value)| percent_decoded(value))
}

fn act(
    method: &str,
    request: &Request,
    holder: Holder,
    listings: &[Listing],
    teller: &mut Teller<'_>,
) -> Result<String, String> {
    let row = |order: &crate::account::Order| texts::row(order, &listings[order.instrument]);
    let of_id = parameter(request, "cl_ord_id");
    let is_asked = |order: &&crate::account::Order| of_id.as_ref().is_none_or(|id| order.client_id == *id);
    Ok(match method {
        "GetWebSocketsToken" => format!(r#""token":"{}","expires":900"#, token(holder.key)),
        "GetApiKeyInfo" => rights(holder),
        "BalanceEx" => {
            let held = teller.balances(holder).map(|(asset, balance)| {
                let (name, whole, bound) =
                    (texts::old_asset(asset.as_str()), texts::e8(balance.total_e8), texts::e8(balance.locked_e8));
                format!(r#""{name}":{{"balance":"{whole}","hold_trade":"{bound}"}}"#)
            });
            held.collect::<Vec<_>>().join(",")
        }
        "OpenOrders" => {
            let open = teller.open_orders(holder, None);
            let rows: Vec<String> = open.into_iter().filter(is_asked).map(row).collect();
            format!(r#""open":{{{}}}"#, rows.join(","))
        }
        "ClosedOrders" => {
            let closed = teller.all_orders(holder).iter().filter(|order| !order.is_open());
            let rows: Vec<String> = closed.filter(is_asked).map(row).collect();
            format!(r#""closed":{{{}}},"count":{}"#, rows.join(","), rows.len())
        }
        "QueryOrders" => {
            let id = parameter(request, "txid").and_then(|id| texts::entry_id(&id)).ok_or("EOrder:Invalid order")?;
            row(teller.order(holder, Which::Venue(id)).ok_or("EOrder:Invalid order")?)
        }
        "TradesHistory" => history(request, holder, listings, teller),
        "CancelAll" => {
            let canceled = teller.cancel_all(holder, None).map_err(clerk::refused)?;
            format!(r#""count":{}"#, canceled.len())
        }
        _ => return Err("EGeneral:Unknown Method".to_owned()),
    })
}

/// A page of executions after that second, newest first.
fn history(request: &Request, holder: Holder, listings: &[Listing], teller: &Teller<'_>) -> String {
    let number = |name: &str| parameter(request, name).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    let (start_ns, offset) = (number("start") * 1_000_000_000, usize::try_from(number("ofs")).unwrap_or(usize::MAX));
    let mut fills: Vec<_> = teller.fills(holder, start_ns).collect();
    fills.reverse();
    let rows = fills.iter().skip(offset).take(PAGE_MAX);
    let rows: Vec<String> = rows.map(|fill| texts::history(fill, &listings[fill.instrument])).collect();
    format!(r#""count":{},"trades":{{{}}}"#, fills.len(), rows.join(","))
}

fn rights(holder: Holder) -> String {
    let rights = holder.key.rights;
    let mut words = vec!["query-funds", "query-open-trades", "query-closed-trades", "create-ws-token"];
    words.extend(if rights.trade { &["modify-trades", "close-trades"][..] } else { &[] });
    words.extend(rights.withdraw.then_some("withdraw-funds"));
    let addresses = if rights.address_bound { r#""127.0.0.1""# } else { "" };
    let (id, words) = (holder.key.id, words.join("\",\""));
    format!(
        r#""apiKeyName":"simulated","apiKey":"{id}","nonce":"0","nonceWindow":0,"permissions":["{words}"],"iban":"","validUntil":"0","queryFrom":"0","queryTo":"0","createdTime":"0","modifiedTime":"0","ipAllowlist":[{addresses}],"lastUsed":"0""#
    )
}
