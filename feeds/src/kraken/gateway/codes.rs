//! Kraken's texts of refusal: what each means for a question that was asked, or for a greeting.
//!
//! Owns: the tables. Never: where a text stands in an answer.

use crate::gateway::heard::Answer::{self, Later, NoSuchOrder, Refused, Unknown};
use crate::gateway::heard::Unwelcome;
use crate::json::Text;
use engine_model::venue::RejectReason::*;

/// The token was forgotten: another one is needed, and a line of its own.
pub(super) const SESSION: &str = "ESession:Invalid session";

/// What a text means; the first row counts whose words stand in it. An unknown one is a plain no: the venue names the ways
/// in which it does not know itself.
pub(super) fn answer(text: Text<'_>) -> Answer {
    TEXTS.iter().find(|(words, _)| words.iter().any(|words| text.contains(words))).map_or(Refused(Other), |row| row.1)
}

#[rustfmt::skip]
const TEXTS: [(&[&str], Answer); 17] = [
    // The service failed, or its own time ran out, with the request in its hands: it may have happened.
    (&["EService:Unavailable", "EService:Busy", "EService:Timeout", "EGeneral:Internal error"],          Unknown),
    // The matching engine had no time for it before its deadline, and let it be.
    (&["EService:Deadline elapsed", "EService:Throttled"],                                  Later { wait_ms: 0 }),
    (&["Rate limit exceeded", "Domain rate limit", "Temporary lockout", "Too many requests"], Later { wait_ms: 0 }),
    // Two questions overtook each other, or the token was forgotten: the next try has another.
    (&["EAPI:Invalid nonce", SESSION],                                                      Refused(Unavailable)),
    (&["EService:Market in"],                                                               Refused(Unavailable)),
    // Key, signature, permission; account or region not open to it.
    (&["EAPI:Invalid key", "EAPI:Invalid signature", "EAPI:Bad request", "EAPI:Feature disabled", "Permission denied",
       "EAccount:", "EAuth:", "ESession:", "Trading agreement required", "Unknown Method"], Refused(NotAllowed)),
    (&["cl_ord_id already in use"],                                                         Refused(DuplicateId)),
    (&["EOrder:Unknown order", "EOrder:Invalid order"],                                     NoSuchOrder),
    (&["EOrder:Post only order"],                                                           Refused(PostOnlyWouldTake)),
    (&["EOrder:Reduce only"],                                                               Refused(ReduceOnly)),
    (&["EOrder:Insufficient", "EOrder:Not enough leverage", "Margin allowance exceeded", "Margin level too low"],
                                                                                            Refused(InsufficientFunds)),
    (&["Orders limit exceeded", "Positions limit exceeded", "Open orders limit"],           Refused(TooManyOrders)),
    (&["Unknown asset pair", "Currency pair not supported", "Market suspended"],            Refused(NoMarket)),
    (&["EOrder:Order minimum not met", "EOrder:Cost minimum not met", "Tick size check failed", "EOrder:Invalid price"],
                                                                                            Refused(Filter)),
    (&["EGeneral:Invalid arguments"],                                                       Refused(Filter)),
    // The line says in its own words what is wrong with a message.
    (&["must be a", "Unsupported field", "Malformed request"],                              Refused(Filter)),
    (&["Not enough liquidity", "cannot be filled"],                                         Refused(CannotFillWhole)),
];

/// What a text means for a greeting.
pub(super) fn unwelcome(text: Text<'_>) -> Unwelcome {
    let is_of_key = !text.contains(SESSION) && answer(text) == Refused(NotAllowed);
    if is_of_key { Unwelcome::Key } else { Unwelcome::Other }
}
