//! Bybit's codes and words of refusal: what each means for a question that was asked.
//!
//! Owns: the tables. Never: where a code stands in an answer.

use crate::gateway::heard::Answer::{self, Later, NoSuchOrder, Refused, Unknown};
use crate::json::Text;
use engine_model::venue::RejectReason::{self, *};

/// Too many questions from an address, or what stands before the venue refuses one: asked again after so long. The venue
/// speaks of ten minutes, but a page does not tell why it came, and until then no order could be asked for.
pub(super) const ADDRESS_PAUSE_MS: u32 = 60_000;

/// The time of the request lies outside the window.
pub(super) const CLOCK: u64 = 10002;

/// A moment in which a busy service breathes.
const MOMENT_MS: u32 = 1_000;

/// What a code means. An unknown one is a plain no: the venue names each way in which it does not know itself.
pub(super) fn answer(code: u64) -> Answer {
    CODES.iter().find(|(codes, _)| codes.contains(&code)).map_or(Refused(Other), |(_, answer)| *answer)
}

#[rustfmt::skip]
const CODES: [(&[u64], Answer); 15] = [
    // The service failed or its own time ran out: it may have happened.
    (&[10000, 10016, 170007, 170032, 170146, 170147],                           Unknown),
    (&[10001, 110003, 110094, 170124, 170130, 170132, 170133, 170134,
       170135, 170136, 170137, 170140, 170193, 170194],                         Refused(Filter)),
    (&[CLOCK],                                                                  Refused(Unavailable)),
    // Key, signature, permission, address of the key; account, region or symbol not open to it.
    (&[10003, 10004, 10005, 10007, 10009, 10010, 10024, 10027, 10028, 10029, 33004], Refused(NotAllowed)),
    (&[10006],                                                                  Later { wait_ms: 0 }),
    (&[10018],                                                                  Later { wait_ms: ADDRESS_PAUSE_MS }),
    // The system protects itself; the order is being worked on.
    (&[10429, 110079, 170222],                                                  Later { wait_ms: MOMENT_MS }),
    (&[110001, 170143, 170213],                                                 NoSuchOrder),
    // Filled or withdrawn already.
    (&[110008, 110010, 170139, 170142],                                         Refused(UnknownOrder)),
    (&[110004, 110006, 110007, 110012, 110044, 110045, 110052, 170033, 170131], Refused(InsufficientFunds)),
    (&[110009, 110020, 110021, 170810],                                         Refused(TooManyOrders)),
    (&[110017],                                                                 Refused(ReduceOnly)),
    (&[110072, 170141],                                                         Refused(DuplicateId)),
    (&[110074, 170121],                                                         Refused(NoMarket)),
    (&[170218],                                                                 Refused(PostOnlyWouldTake)),
];

/// What a word in `rejectReason` means.
pub(super) fn reason(word: Option<Text<'_>>) -> RejectReason {
    let is = |text: &str| word.is_some_and(|word| word.is(text));
    WORDS.iter().find(|(text, _)| is(text)).map_or(Other, |(_, reason)| *reason)
}

/// The word for a post-only order that would have taken: it comes with `Cancelled`.
pub(super) const WOULD_TAKE: &str = "EC_PostOnlyWillTakeLiquidity";

#[rustfmt::skip]
const WORDS: [(&str, RejectReason); 9] = [
    (WOULD_TAKE,                    PostOnlyWouldTake),
    ("EC_NoEnoughQtyToFill",        CannotFillWhole),
    ("EC_CancelForNoFullFill",      CannotFillWhole),
    ("EC_DuplicatedClOrdID",        DuplicateId),
    ("EC_LimitOrderInvalidPrice",   Filter),
    ("EC_InvalidSymbolStatus",      NoMarket),
    ("EC_OrderNotExist",            UnknownOrder),
    ("EC_OrigClOrdIDDoesNotExist",  UnknownOrder),
    ("EC_TooLateToCancel",          UnknownOrder),
];
