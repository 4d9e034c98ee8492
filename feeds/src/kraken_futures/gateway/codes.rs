//! Kraken Futures' words of refusal, those for the end of an order, and those for what the venue executed itself: what each
//! means.
//!
//! Owns: the tables. Never: where a word stands in an answer.

use crate::gateway::heard::Answer::{self, Done, Later, NoSuchOrder, Refused, Unknown};
use crate::gateway::heard::OrderState;
use crate::json::Text;
use engine_model::closeout::Cause;
use engine_model::venue::RejectReason::{self, *};

/// What became of an order, a change or a withdrawal, or why a question was not answered. One that is not in the table is a
/// plain no: the venue names the ways in which it does not know itself.
pub(super) fn answer(word: Text<'_>) -> Answer {
    WORDS.iter().find(|(words, _)| words.iter().any(|known| word.is(known))).map_or(Refused(Other), |row| row.1)
}

/// An order that takes or goes took nothing.
pub(super) const TAKES_NOTHING: &str = "iocWouldNotExecute";
/// The price that it waited for has come: it was removed, and becomes another.
pub(super) const PULLED: &str = "stop_order_triggered";
/// What it became, where that has a limit.
pub(super) const FROM_PULLED: &str = "limit_order_from_stop";
/// To a withdrawal: there is nothing left of it.
pub(super) const FILLED: &str = "filled";

#[rustfmt::skip]
const WORDS: [(&[&str], Answer); 14] = [
    (&["placed", "partiallyFilled", FILLED, "edited", "cancelled", "noOrdersToCancel"],        Done),
    // It failed with the request in its hands: it may have happened.
    (&["Server Error", "unknownError", "Unavailable"],                                         Unknown),
    (&["apiLimitExceeded"],                                                                    Later { wait_ms: 0 }),
    // Two questions overtook each other, or it was too late for this one: nothing happened, and the next try has another.
    (&["nonceBelowThreshold", "nonceDuplicate", "wouldProcessAfterSpecifiedTime"],             Refused(Unavailable)),
    (&["marketSuspended", "marketInactive", "marketUnavailable", "marketIsPostOnly"],          Refused(Unavailable)),
    // Key, signature, permission, account.
    (&["authenticationError", "accountInactive", "invalidAccount"],                            Refused(NotAllowed)),
    (&["clientOrderIdAlreadyExist"],                                                           Refused(DuplicateId)),
    (&["notFound", "orderForEditNotFound"],                                                    NoSuchOrder),
    (&["postWouldExecute"],                                                                    Refused(PostOnlyWouldTake)),
    (&["wouldNotReducePosition"],                                                              Refused(ReduceOnly)),
    (&[TAKES_NOTHING],                                                                         Refused(CannotFillWhole)),
    (&["insufficientAvailableFunds", "insufficientFunds", "wouldCauseLiquidation", "maxPositionViolation",
       "fixedLeverageTooHigh"],                                                                Refused(InsufficientFunds)),
    (&["tooManyOrders", "tooManySmallOrders"],                                                 Refused(TooManyOrders)),
    (&["invalidPrice", "invalidSize", "invalidAmount", "invalidArgument", "invalidUnit", "invalidSide", "invalidOrderType",
       "requiredArgumentMissing", "outsidePriceCollar", "wouldIncreasePriceDislocation", "clientOrderIdTooBig",
       "clientOrderIdTooLong", "clientOrderIdInvalid", "orderForEditNotAStop", "Json Parse Error"], Refused(Filter)),
];

/// Why an order left the book. One that took nothing though it had to, and one that the account itself stood against, never
/// was in it.
pub(super) fn end(reason: Text<'_>) -> OrderState {
    ENDS.iter().find(|(words, _)| reason.is(words)).map_or(OrderState::Canceled, |row| row.1)
}

const ENDS: [(&str, OrderState); 5] = [
    ("full_fill", OrderState::Filled),
    ("contract_expired", OrderState::Expired),
    ("post_order_failed_because_it_would_filled", OrderState::Rejected(RejectReason::PostOnlyWouldTake)),
    ("would_not_reduce_position", OrderState::Rejected(RejectReason::ReduceOnly)),
    ("would_execute_self", OrderState::Rejected(RejectReason::Other)),
];

/// Why the venue executed on our account, if it did, by the type of the execution
/// (<https://docs.kraken.com/api/docs/futures-api/websocket/fills>): what the market does not take of a liquidation is assigned
/// to accounts that stand ready for it, and what is left is unwound against those that hold the other side. Ours may be any
/// of the four. Whoever rested against a liquidation is told `maker`.
pub(super) fn cause(kind: Text<'_>) -> Option<Cause> {
    CAUSES.iter().find(|(word, _)| kind.is(word)).map(|row| row.1)
}

const CAUSES: [(&str, Cause); 6] = [
    ("liquidation", Cause::Liquidation),
    ("partialLiquidation", Cause::Liquidation),
    ("assignor", Cause::Takeover),
    ("assignee", Cause::Takeover),
    ("unwindBankrupt", Cause::Takeover),
    ("unwindCounterparty", Cause::Deleveraging),
];
