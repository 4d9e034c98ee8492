//! REST requests that are an account's: a login that tells what a key may do, and methods with a signature each.
//!
//! Owns: the proof. Never: what a method does.

use super::super::rest::{faulty, framed};
use super::super::rpc::{No, no};
use super::{INVALID_CREDENTIALS, login, methods, proven};
use crate::account::{Holder, Teller};
use crate::http::{Answer, Request, percent_decoded};
use crate::listing::Listing;
use crate::protocol::Asked;
use serde_json::Value;

/// 20 in a second.
const REQUESTS_A_MINUTE: u32 = 1_200;

/// Answers a request of an account; `None` where the method is everyone's.
pub(in crate::deribit) fn answer(
    asked: &mut Asked<'_>,
    listings: &[Listing],
    teller: &mut Teller<'_>,
) -> Option<Answer> {
    let request = asked.request;
    let method = request.path.strip_prefix("/api/v2/private/");
    if method.is_none() && request.path != "/api/v2/public/auth" {
        return None;
    }
    if let Some(status) = asked.armed.take_rest_status() {
        return Some(faulty(status));
    }
    let at_ms = teller.at_ms();
    if !asked.weights.spend(asked.now_ns, 1, REQUESTS_A_MINUTE) {
        return Some(framed(&Err(no(10_028, "too_many_requests")), at_ms));
    }
    let params = parameters(request);
    let done = match method {
        None => login(&params, teller).map(|(_, result)| result),
        Some(method) => {
            holder(request, teller).and_then(|holder| methods::act(method, &params, holder, listings, teller))
        }
    };
    Some(framed(&done, at_ms))
}

fn parameters(request: &Request) -> Value {
    let pairs = request.query.split('&').filter_map(|pair| pair.split_once('='));
    Value::Object(pairs.map(|(name, value)| (name.to_owned(), Value::from(percent_decoded(value)))).collect())
}

/// Whose request it is: `deri-hmac-sha256 id=…,ts=…,nonce=…,sig=…` over method, address and body.
fn holder(request: &Request, teller: &Teller<'_>) -> Result<Holder, No> {
    let header = request.header("Authorization").and_then(|text| text.strip_prefix("deri-hmac-sha256 "));
    let header = header.ok_or(no(13_009, "unauthorized"))?;
    let part = |name: &str| {
        let pairs = header.split(',').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).next().ok_or(INVALID_CREDENTIALS)
    };
    let address = format!("{}?{}", request.path, request.query);
    let data = format!("{}\n{address}\n{}\n", request.method, request.body_text());
    proven(teller, part("id")?, [part("ts")?, part("nonce")?, &data], part("sig")?)
}
