//! The private REST routes: which request is which, who may, and what it costs.
//!
//! Owns: the table of routes. Never: what a request answers.

use super::clerk::{Clerk, Verb};
use super::params::Params;
use super::refusal::No;
use super::{auth, order_counts};
use crate::account::Teller;
use crate::binance::rest::{base, faulty};
use crate::floor::Floor;
use crate::http::{Answer, Request};
use crate::protocol::Asked;
use engine_model::venue::VenueId;

/// A route: method, path below the venue's prefix, what it is, its request weight.
type Route = (&'static str, &'static str, Verb, u32);

const SPOT: [Route; 11] = [
    ("POST", "api/v3/order", Verb::Place, 1),
    ("DELETE", "api/v3/order", Verb::Cancel, 1),
    ("GET", "api/v3/order", Verb::Order, 4),
    ("POST", "api/v3/order/cancelReplace", Verb::CancelReplace, 1),
    ("PUT", "api/v3/order/amend/keepPriority", Verb::Amend, 4),
    ("DELETE", "api/v3/openOrders", Verb::CancelAll, 1),
    ("GET", "api/v3/openOrders", Verb::OpenOrders, 6),
    ("GET", "api/v3/allOrders", Verb::AllOrders, 20),
    ("GET", "api/v3/myTrades", Verb::Trades, 20),
    ("GET", "api/v3/account", Verb::Account, 20),
    ("GET", "sapi/v1/account/apiRestrictions", Verb::Restrictions, 1),
];

/// Both futures; `f` of the path is `d` on COIN-M.
const FUTURES: [Route; 24] = [
    ("POST", "fapi/v1/order", Verb::Place, 0),
    ("PUT", "fapi/v1/order", Verb::Modify, 0),
    ("DELETE", "fapi/v1/order", Verb::Cancel, 1),
    ("GET", "fapi/v1/order", Verb::Order, 1),
    ("DELETE", "fapi/v1/allOpenOrders", Verb::CancelAll, 1),
    ("GET", "fapi/v1/openOrders", Verb::OpenOrders, 1),
    ("POST", "fapi/v1/algoOrder", Verb::PlaceWaiting, 0),
    ("DELETE", "fapi/v1/algoOrder", Verb::CancelWaiting, 1),
    ("GET", "fapi/v1/algoOrder", Verb::WaitingOrder, 1),
    ("GET", "fapi/v1/openAlgoOrders", Verb::WaitingOrders, 1),
    ("DELETE", "fapi/v1/algoOpenOrders", Verb::CancelAllWaiting, 1),
    ("GET", "fapi/v1/allOrders", Verb::AllOrders, 5),
    ("GET", "fapi/v1/userTrades", Verb::Trades, 5),
    ("GET", "fapi/v1/positionSide/dual", Verb::Mode, 30),
    ("GET", "fapi/v1/symbolConfig", Verb::Setup, 5),
    ("POST", "fapi/v1/countdownCancelAll", Verb::Countdown, 10),
    ("POST", "fapi/v1/listenKey", Verb::ListenKey, 1),
    ("PUT", "fapi/v1/listenKey", Verb::KeepListenKey, 1),
    ("DELETE", "fapi/v1/listenKey", Verb::DropListenKey, 1),
    ("GET", "fapi/v3/balance", Verb::Balances, 5),
    ("GET", "fapi/v3/positionRisk", Verb::Positions, 5),
    ("GET", "fapi/v1/balance", Verb::Balances, 1),
    ("GET", "fapi/v1/positionRisk", Verb::Positions, 1),
    ("GET", "sapi/v1/account/apiRestrictions", Verb::Restrictions, 1),
];

/// The route of a request; `None`: it is not private.
fn route(venue: VenueId, request: &Request) -> Option<(Verb, u32)> {
    let path = request.path.strip_prefix('/')?;
    // Versions 2 and 3 of the account are USD-M's alone, version 1 COIN-M's.
    let old = path.ends_with("v1/balance") || path.ends_with("v1/positionRisk");
    let (routes, path): (&[Route], _) = match venue {
        VenueId::BinanceSpot => (&SPOT, path.to_owned()),
        VenueId::BinanceCoinm if path.starts_with("fapi") || path.contains("v3") => return None,
        VenueId::BinanceCoinm => (&FUTURES, path.replacen("dapi", "fapi", 1)),
        _ if old => return None,
        _ => (&FUTURES, path.to_owned()),
    };
    let found = routes.iter().find(|(method, known, ..)| *method == request.method && *known == path);
    found.map(|(_, _, verb, weight)| (*verb, *weight))
}

/// Answers one request; `None`: it is not private.
pub(in crate::binance) fn answer(floor: &Floor, asked: &mut Asked<'_>, teller: &mut Teller<'_>) -> Option<Answer> {
    let (verb, weight) = route(floor.venue, asked.request)?;
    if let Some(status) = asked.armed.take_rest_status() {
        return Some(faulty(status));
    }
    let is_within = asked.weights.spend(asked.now_ns, weight, base(floor.venue).1);
    let used_weight = asked.weights.used();
    if !is_within {
        return Some(Answer { used_weight, ..faulty(429) });
    }
    let (answered, headers) = answered(floor, asked.request, verb, teller);
    let answer = match answered {
        Ok(body) => Answer::of(200, body),
        Err(no) => {
            let waits = matches!(no.status, 418 | 429).then_some(1);
            Answer { retry_after_s: waits, ..Answer::of(no.status, no.body()) }
        }
    };
    Some(Answer { used_weight, headers, ..answer })
}

type Headers = Vec<(String, String)>;

fn answered(floor: &Floor, request: &Request, verb: Verb, teller: &mut Teller<'_>) -> (Result<String, No>, Headers) {
    let body = request.body_text();
    let params = Params::of_forms(&[&request.query, &body]);
    let holder = auth::holder(request.header("X-MBX-APIKEY"), teller).and_then(|holder| {
        let signed = auth::signed_of_forms(&request.query, &body);
        let checked = if verb.needs_signature() { auth::check(holder, &params, &signed, teller) } else { Ok(()) };
        checked.map(|()| holder)
    });
    let holder = match holder {
        Ok(holder) => holder,
        Err(no) => return (Err(no), Headers::new()),
    };
    let mut clerk = Clerk { venue: floor.venue, listings: &floor.listings, params: &params, holder, teller };
    let answer = clerk.answer(verb);
    let counts = matches!(verb, Verb::Place | Verb::CancelReplace | Verb::Modify);
    let headers = if counts { order_counts(holder, teller) } else { Vec::new() };
    let header = |(interval, letter, used, _): (u64, char, u32, u32)| {
        (format!("X-MBX-ORDER-COUNT-{interval}{letter}"), used.to_string())
    };
    (answer, headers.into_iter().map(header).collect())
}
