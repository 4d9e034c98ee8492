//! Coinbase's words of refusal: what each means for a question that was asked.
//!
//! Owns: the tables. Never: where a word stands in an answer.

use crate::gateway::heard::Answer::{self, Done, Later, NoSuchOrder, Refused, Unknown};
use crate::json::Text;
use engine_model::venue::RejectReason::{self, *};

/// What a word means. The same words come with `PREVIEW_` before them, and of changes with others around them. An unknown
/// one is a plain no: the venue said so beside it.
pub(super) fn answer(word: Text<'_>) -> Answer {
    WORDS.iter().find(|(words, _)| words.iter().any(|known| word.contains(known))).map_or(Refused(Other), |row| row.1)
}

/// What a word means for an order that the venue took and then refused.
pub(super) fn reason(word: Option<Text<'_>>) -> RejectReason {
    match word.map(answer) {
        Some(Refused(reason)) => reason,
        _ => Other,
    }
}

#[rustfmt::skip]
const WORDS: [(&[&str], Answer); 14] = [
    // It says that it does not know why: so neither whether.
    (&["UNKNOWN_CANCEL_FAILURE_REASON"],                                                    Unknown),
    (&["UNKNOWN_CANCEL_ORDER", "ORDER_NOT_FOUND", "NOT_FOUND"],                             NoSuchOrder),
    // Being withdrawn already.
    (&["DUPLICATE_CANCEL_REQUEST"],                                                         Done),
    // A change or the entry is under way.
    (&["ORDER_IS_BEING_REPLACED", "RATE_LIMIT", "RESOURCE_EXHAUSTED"],                      Later { wait_ms: 0 }),
    // Filled or withdrawn already.
    (&["ORDER_IS_FULLY_FILLED", "COMMANDER_REJECTED_CANCEL_ORDER", "ONLY_OPEN_ORDERS_CAN_BE_EDITED"],
                                                                                            Refused(UnknownOrder)),
    (&["DUPLICATE_CLIENT_ORDER_ID"],                                                        Refused(DuplicateId)),
    (&["INSUFFICIENT_FUND", "LEDGER_BALANCE"],                                              Refused(InsufficientFunds)),
    (&["POST_ONLY_NOT_ALLOWED"],                                                            Refused(Filter)),
    (&["POST_ONLY"],                                                                        Refused(PostOnlyWouldTake)),
    (&["REDUCE_ONLY"],                                                                      Refused(ReduceOnly)),
    (&["INVALID_PRODUCT_ID", "INELIGIBLE_PAIR", "UNTRADABLE_PRODUCT", "NO_LIQUIDITY", "PRODUCT_PRICE_BOOK",
       "MISSING_MARKET_TRADE_DATA"],                                                        Refused(NoMarket)),
    (&["ORDER_ENTRY_DISABLED", "TRADING_SESSION"],                                          Refused(Unavailable)),
    (&["GEOFENCING", "NOT_ALLOWED_TO_CANCEL", "ONLY_LIMIT_ORDER_EDITS", "PERMISSION_DENIED", "UNAUTHENTICATED"],
                                                                                            Refused(NotAllowed)),
    (&["PRECISION", "LIMIT_PRICE", "INVALID_PRICE", "INVALID_SIZE", "INVALID_EDITED", "BASE_SIZE", "QUOTE_SIZE",
       "BELOW_FILLED_SIZE", "UNSUPPORTED_ORDER_CONFIGURATION", "INVALID_SIDE", "INVALID_ORDER_CONFIG", "FOK_",
       "INVALID_REQUEST", "INVALID_CANCEL_REQUEST", "INVALID_ARGUMENT"],                    Refused(Filter)),
];
