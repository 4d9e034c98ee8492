//! Bitget's codes of refusal: what each means for a question that was asked, or for a login.
//!
//! Owns: the tables. Never: where a code stands in an answer.

use crate::gateway::heard::Answer::{self, Done, Later, NoSuchOrder, Refused, Unknown};
use crate::gateway::heard::Unwelcome;
use engine_model::venue::RejectReason::*;

/// A moment in which a clock is set or a busy service breathes.
pub(super) const MOMENT_MS: u32 = 1_000;

/// What a code means. An unknown one is a plain no: the venue names each way in which it does not know itself.
pub(super) fn answer(code: u64) -> Answer {
    CODES.iter().find(|(codes, _)| codes.contains(&code)).map_or(Refused(Other), |(_, answer)| *answer)
}

/// Whether a code says that our time is too far from the venue's.
pub(super) fn is_clock(code: u64) -> bool {
    CLOCK.contains(&code)
}

/// The time of a question or of a login lies outside the window.
const CLOCK: [u64; 6] = [40005, 40008, 40078, 40902, 30013, 30014];

#[rustfmt::skip]
const CODES: [(&[u64], Answer); 13] = [
    // There was nothing to withdraw.
    (&[0, 22001, 43004],                                                        Done),
    // It failed, or its own time ran out: it may have happened.
    (&[25000, 25001, 40010, 40015, 40725, 40910, 45001, 45023, 45024],          Unknown),
    (&CLOCK,                                                                    Later { wait_ms: MOMENT_MS }),
    // Too often; somebody else is at it.
    (&[429, 25003, 25004, 30006, 30007],                                        Later { wait_ms: 0 }),
    // Key, signature, pass phrase, address, permission, account and its mode.
    (&[25005, 25006, 25007, 25008, 25012, 30004, 30005, 30011, 30012, 30015, 40001, 40002, 40003, 40006, 40009, 40012,
       40014, 40025, 40037, 40038, 40040, 40041, 40301, 40774, 40775, 40828, 45019],  Refused(NotAllowed)),
    (&[22006, 22007, 22008, 22009, 22034, 25200, 25205, 25206, 25207, 25208, 40017, 40019, 40020, 40057, 40058, 40059,
       40064, 40304, 40305, 40402, 40706, 40718, 40719, 40722, 40748, 40808, 40811, 40813, 40815, 40816, 40820, 40821,
       40826, 40915, 40917, 40921, 41002, 43006, 43008, 43009, 43027, 43028, 43037, 43039, 43040, 43042, 43051, 45035, 45110, 45111,
       45115, 45122, 400172],                                                          Refused(Filter)),
    (&[22004, 22043, 22067, 25013, 25100, 25101, 25102, 25103, 25104, 25105, 25106, 25108, 25209, 40034, 40102, 40720,
       40721, 40824],                                                           Refused(NoMarket)),
    (&[25202, 25203, 40754, 40756, 40762, 40800, 43012],                        Refused(InsufficientFunds)),
    (&[40723, 40761, 43128],                                                    Refused(TooManyOrders)),
    (&[40786, 43118, 45034],                                                    Refused(DuplicateId)),
    (&[22002, 40717, 40755, 40757, 40804, 40939],                               Refused(ReduceOnly)),
    (&[25204, 40109, 43001, 43025],                                             NoSuchOrder),
    // Filled or withdrawn already, or on its way there.
    (&[40764, 40859],                                                           Refused(UnknownOrder)),
];

/// What a code means for a login or a subscription.
pub(super) fn unwelcome(code: u64) -> Unwelcome {
    match answer(code) {
        _ if is_clock(code) => Unwelcome::Clock,
        Refused(NotAllowed) => Unwelcome::Key,
        _ => Unwelcome::Other,
    }
}
