//! Deribit's codes of refusal: what each means for a question that was asked, or for a login.
//!
//! Owns: the tables. Never: where a code stands in an answer.

use crate::gateway::heard::Answer::{self, Later, NoSuchOrder, Refused, Unknown};
use crate::gateway::heard::Unwelcome;
use crate::json::Text;
use engine_model::venue::RejectReason::*;

/// The login of the line has run out, or never was.
pub(super) const UNAUTHORIZED: i64 = 13_009;

/// It says why in words.
const OTHER_REJECT: i64 = 11_030;

/// What a code means, with the words that it came with. One that is not in the table is a plain no: the venue names the ways
/// in which it does not know itself.
pub(super) fn answer(code: i64, words: Option<Text<'_>>) -> Answer {
    if code == OTHER_REJECT && words.is_some_and(|words| words.contains("reduce_only")) {
        return Refused(ReduceOnly);
    }
    CODES.iter().find(|(codes, _)| codes.contains(&code)).map_or(Refused(Other), |row| row.1)
}

#[rustfmt::skip]
const CODES: [(&[i64], Answer); 11] = [
    // It failed, or its own time ran out, with the request in its hands: it may have happened.
    (&[10001, 11094, 13008, 13028, 13888, -32603],                                     Unknown),
    // Too often; too many at once; the matching engine has no room; to be tried once more.
    (&[10028, 10040, 10047, 10066],                                                    Later { wait_ms: 0 }),
    // Settlement, maintenance, another server; another request came before it; the login is renewed with the line.
    (&[10041, 10048, 10049, 11051, 13025, 13503, 13666, 13777, UNAUTHORIZED],          Refused(Unavailable)),
    // Key, signature, scope, account.
    (&[10000, 10019, 10029, 10072, 11042, 11098, 13004, 13012, 13021, 13031, 13403, 13778], Refused(NotAllowed)),
    (&[10004],                                                                         NoSuchOrder),
    // Filled or withdrawn already.
    (&[10010, 11008, 11044],                                                           Refused(UnknownOrder)),
    (&[11021, 11054],                                                                  Refused(PostOnlyWouldTake)),
    (&[10009, 10039],                                                                  Refused(InsufficientFunds)),
    (&[10013, 10014, 10015, 10016, 10017, 10018, 10037, 10038, 11013, 11022, 11035],   Refused(TooManyOrders)),
    (&[10012, 10020, 13019, 13020],                                                    Refused(NoMarket)),
    (&[10002, 10005, 10006, 10007, 10011, 10021, 10022, 10023, 10024, 10025, 10026, 10027, 10031, 10032, 10036, 10043,
       11029, 11043, 11047, 11049, 11050, 11055, -32600, -32602, -32700, -32000],      Refused(Filter)),
];

/// What a code means for a greeting.
pub(super) fn unwelcome(code: i64) -> Unwelcome {
    // The time of a login lies outside the window, or its signature is none: the venue has one code for both.
    if answer(code, None) == Refused(NotAllowed) { Unwelcome::Key } else { Unwelcome::Other }
}
