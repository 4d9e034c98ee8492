//! Hyperliquid's words of refusal: what each means for an action, or for an order's end. There are no codes.
//!
//! Owns: the tables. Never: where a text stands in an answer.

use crate::gateway::heard::Answer::{self, Later, Refused};
use crate::gateway::heard::OrderState::{self, Canceled, Expired, Filled, Open, Rejected};
use crate::json::Text;
use engine_model::venue::RejectReason::*;

/// An account that has used up its actions gets one each so often.
const STARVED_MS: u32 = 10_000;

/// A moment in which clocks and numbers get right.
const MOMENT_MS: u32 = 1_000;

/// A minute's weight of an address is spent.
pub(super) const ADDRESS_PAUSE_MS: u32 = 60_000;

/// The switch needs a volume that the account has not traded yet.
pub(super) const NO_SWITCH: &str = "Cannot set scheduled cancel time until enough volume traded";

/// The price that an order waited for has come.
pub(super) const PULLED: &str = "triggered";

/// What a text means. An unknown one is a plain no: the venue answers when the block is made.
pub(super) fn answer(said: Text<'_>) -> Answer {
    WORDS.iter().find(|(words, _)| said.contains(words)).map_or(Refused(Other), |(_, answer)| *answer)
}

/// The part of a text that does not change, and what it means. The first that is found counts.
#[rustfmt::skip]
pub(super) const WORDS: [(&str, Answer); 24] = [
    ("must be divisible by tick size",                              Refused(Filter)),
    ("Order must have minimum value of",                            Refused(Filter)),
    ("Order has invalid price",                                     Refused(Filter)),
    ("Order has invalid size",                                      Refused(Filter)),
    ("Order has zero size",                                         Refused(Filter)),
    ("Invalid TP/SL price",                                         Refused(Filter)),
    ("Order price too far from oracle",                             Refused(Filter)),
    ("Order price cannot be more than",                             Refused(Filter)),
    ("Insufficient margin to place order",                          Refused(InsufficientFunds)),
    ("insufficient spot balance",                                   Refused(InsufficientFunds)),
    ("exceed margin tier limit",                                    Refused(InsufficientFunds)),
    ("Reduce only order would increase position",                   Refused(ReduceOnly)),
    ("Post only order would have immediately matched",              Refused(PostOnlyWouldTake)),
    ("could not immediately match against any resting orders",      Refused(CannotFillWhole)),
    ("No liquidity available for market order",                     Refused(NoMarket)),
    ("Trading is halted",                                           Refused(NoMarket)),
    ("Only post-only orders allowed immediately after",             Refused(Unavailable)),
    ("Order was never placed, already canceled, or filled",         Refused(UnknownOrder)),
    // Of a wrong signature, too: it names whose the signature would be.
    ("User or API Wallet",                                          Refused(NotAllowed)),
    (NO_SWITCH,                                                     Refused(NotAllowed)),
    ("Too many cumulative requests sent",                           Later { wait_ms: STARVED_MS }),
    ("Too Many Requests",                                           Later { wait_ms: 0 }),
    // Too late by the end that we gave it: the next one is of another moment.
    ("expired",                                                     Refused(Unavailable)),
    ("nonce",                                                       Later { wait_ms: MOMENT_MS }),
];

/// What a word in an order's `status` means; `None` of an unknown one.
pub(super) fn state(word: Text<'_>) -> Option<OrderState> {
    STATES.iter().find(|(text, _)| word.is(text)).map(|(_, state)| *state)
}

#[rustfmt::skip]
pub(super) const STATES: [(&str, OrderState); 31] = [
    ("open",                                        Open),
    (PULLED,                                        Open),
    ("filled",                                      Filled),
    ("canceled",                                    Canceled),
    ("marginCanceled",                              Canceled),
    ("vaultWithdrawalCanceled",                     Canceled),
    ("openInterestCapCanceled",                     Canceled),
    ("selfTradeCanceled",                           Canceled),
    ("reduceOnlyCanceled",                          Canceled),
    ("siblingFilledCanceled",                       Canceled),
    ("delistedCanceled",                            Canceled),
    ("liquidatedCanceled",                          Canceled),
    ("outcomeSettledCanceled",                      Canceled),
    ("scheduledCancel",                             Expired),
    ("rejected",                                    Rejected(Other)),
    ("tickRejected",                                Rejected(Filter)),
    ("minTradeNtlRejected",                         Rejected(Filter)),
    ("minTradeSpotNtlRejected",                     Rejected(Filter)),
    ("badTriggerPxRejected",                        Rejected(Filter)),
    ("oracleRejected",                              Rejected(Filter)),
    ("perpMarginRejected",                          Rejected(InsufficientFunds)),
    ("insufficientSpotBalanceRejected",             Rejected(InsufficientFunds)),
    ("perpMaxPositionRejected",                     Rejected(InsufficientFunds)),
    ("reduceOnlyRejected",                          Rejected(ReduceOnly)),
    ("badAloPxRejected",                            Rejected(PostOnlyWouldTake)),
    ("iocCancelRejected",                           Rejected(CannotFillWhole)),
    ("marketOrderNoLiquidityRejected",              Rejected(NoMarket)),
    ("positionIncreaseAtOpenInterestCapRejected",   Rejected(Other)),
    ("positionFlipAtOpenInterestCapRejected",       Rejected(Other)),
    ("tooAggressiveAtOpenInterestCapRejected",      Rejected(Other)),
    ("openInterestIncreaseRejected",                Rejected(Other)),
];
