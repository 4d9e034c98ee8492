//! Gate's labels of refusal: what each means for a question that was asked.
//!
//! Owns: the table. Never: where a label stands in an answer.

use crate::gateway::heard::Answer::{self, Done, Later, NoSuchOrder, Refused, Unknown};
use crate::json::Text;
use engine_model::venue::RejectReason::*;

/// A moment in which a clock is set or a busy service breathes.
const MOMENT_MS: u32 = 1_000;

/// The time of the question lies too far from the venue's.
pub(super) const CLOCK: &str = "REQUEST_EXPIRED";

/// What a label means. An unknown one is a plain no: the venue names each way in which it does not know itself.
pub(super) fn answer(label: Text<'_>) -> Answer {
    let is_here = |labels: &[&str]| labels.iter().any(|known| label.is(known));
    LABELS.iter().find(|(labels, _)| is_here(labels)).map_or(Refused(Other), |(_, answer)| *answer)
}

#[rustfmt::skip]
const LABELS: [(&[&str], Answer); 16] = [
    // It failed: it may have happened.
    (&["INTERNAL", "SERVER_ERROR", "CANCEL_FAIL"],                              Unknown),
    (&["TOO_BUSY", CLOCK],                                                      Later { wait_ms: MOMENT_MS }),
    (&["TOO_MANY_REQUESTS"],                                                    Later { wait_ms: 0 }),
    // Key, signature, permission, address of the key, account and its mode.
    (&["INVALID_CREDENTIALS", "INVALID_KEY", "IP_FORBIDDEN", "READ_ONLY", "INVALID_SIGNATURE",
       "MISSING_REQUIRED_HEADER", "ACCOUNT_LOCKED", "FORBIDDEN", "SUB_ACCOUNT_LOCKED", "ACCOUNT_EXCEPTION",
       "USER_NOT_FOUND", "TRADE_RESTRICTED", "POSITION_DUAL_MODE"],             Refused(NotAllowed)),
    // The line is not logged in any more.
    (&["AUTHENTICATION_FAILED", "NOT_LOGIN"],                                   Refused(Unavailable)),
    (&["INVALID_PARAM_VALUE", "INVALID_PROTOCOL", "INVALID_ARGUMENT", "INVALID_REQUEST_BODY", "MISSING_REQUIRED_PARAM",
       "BAD_REQUEST", "INVALID_PRECISION", "AMOUNT_TOO_LITTLE", "AMOUNT_TOO_MUCH", "QUANTITY_NOT_ENOUGH",
       "ERR_QUOTA_LOWER_LIMIT", "SIZE_TOO_LARGE", "SIZE_TOO_SMALL", "PRICE_TOO_DEVIATED", "INVALID_CLIENT_ORDER_ID",
       "PRICE_OVER_LIQUIDATION", "PRICE_OVER_BANKRUPT", "RISK_LIMIT_EXCEEDED",
       // The price that it is to wait for has come.
       "AUTO_TRIGGER_PRICE_GREATE_LAST", "AUTO_TRIGGER_PRICE_LESS_LAST", "AUTO_TRIGGER_PRICE_GREATE_MARK",
       "AUTO_TRIGGER_PRICE_LESS_MARK", "AUTO_TRIGGER_PRICE_GREATE_INDEX", "AUTO_TRIGGER_PRICE_LESS_INDEX"],
                                                                                Refused(Filter)),
    (&["INVALID_CURRENCY", "INVALID_CURRENCY_PAIR", "CONTRACT_NOT_FOUND", "CONTRACT_IN_DELISTING",
       "CONTRACT_NO_COUNTER", "ORDER_BOOK_NOT_FOUND"],                          Refused(NoMarket)),
    (&["BALANCE_NOT_ENOUGH", "MARGIN_BALANCE_NOT_ENOUGH", "INSUFFICIENT_AVAILABLE", "FUTURES_BALANCE_NOT_ENOUGH",
       "LIQUIDATE_IMMEDIATELY", "INITIAL_MARGIN_TOO_LOW"],                      Refused(InsufficientFunds)),
    (&["TOO_MANY_ORDERS"],                                                      Refused(TooManyOrders)),
    (&["INCREASE_POSITION", "REDUCE_EXCEEDED", "POSITION_EMPTY", "POSITION_NOT_FOUND"], Refused(ReduceOnly)),
    (&["POC_FILL_IMMEDIATELY", "ORDER_POC_IMMEDIATE"],                          Refused(PostOnlyWouldTake)),
    (&["FOK_NOT_FILL", "ORDER_FOK"],                                            Refused(CannotFillWhole)),
    (&["DUPLICATE_REQUEST", "REPEATED_CREATION", "ORDER_EXISTS"],               Refused(DuplicateId)),
    (&["ORDER_NOT_FOUND", "AUTO_ORDER_NOT_FOUND"],                                                      NoSuchOrder),
    // It stands as it was asked to.
    (&["NO_CHANGE"],                                                            Done),
    // Filled or withdrawn already.
    (&["ORDER_CLOSED", "ORDER_CANCELLED", "ORDER_FINISHED", "ORDER_NOT_OWNED"], Refused(UnknownOrder)),
];
