//! OKX's codes of refusal: what each means for a question that was asked, or for a login.
//!
//! Owns: the tables. Never: where a code stands in an answer.

use crate::gateway::heard::Answer::{self, Done, Later, NoSuchOrder, Refused, Unknown};
use crate::gateway::heard::Unwelcome;
use engine_model::venue::RejectReason::*;

/// The time of a request, or of a login, lies outside the window.
pub(super) const CLOCK: [u64; 4] = [50102, 50112, 60004, 60006];

/// A moment in which a busy service breathes.
const MOMENT_MS: u32 = 1_000;

/// The window of the venue's limits.
pub(super) const WINDOW_MS: u32 = 2_000;

/// What a code means. An unknown one is a plain no: the venue names each way in which it does not know itself.
pub(super) fn answer(code: u64) -> Answer {
    CODES.iter().find(|(codes, _)| codes.contains(&code)).map_or(Refused(Other), |(_, answer)| *answer)
}

#[rustfmt::skip]
const CODES: [(&[u64], Answer); 17] = [
    (&[0],                                                                       Done),
    // Its own time ran out, or it failed: it may have happened.
    (&[50004, 50026, 51054, 51149],                                              Unknown),
    // The time of the request lies outside the window.
    (&CLOCK,                                                                     Refused(Unavailable)),
    // Down, busy, offline for a while.
    (&[50001, 50005, 50013, 63999],                                              Later { wait_ms: MOMENT_MS }),
    // Too often: by address, by account, on the line.
    (&[50011, 50040, 50061, 60014],                                              Later { wait_ms: WINDOW_MS }),
    // Key, signature, pass phrase, address, permission, account and its mode.
    (&[50007, 50009, 50030, 50100, 50101, 50103, 50104, 50105, 50110, 50111, 50113, 50114, 50119, 50120, 51010, 51024,
       51155],                                                                   Refused(NotAllowed)),
    (&[50014, 50015, 51000, 51004, 51005, 51006, 51020, 51045, 51116, 51120, 51121, 51136, 51137, 51138, 51139,
       51201, 51202, 60012, 60013],                                              Refused(Filter)),
    (&[51001, 51021, 51027, 51028, 51087, 51115],                                Refused(NoMarket)),
    (&[51008, 51119, 51127, 51131, 51502],                                       Refused(InsufficientFunds)),
    (&[51016],                                                                   Refused(DuplicateId)),
    (&[51102, 51103],                                                            Refused(TooManyOrders)),
    (&[51112, 51169, 51170, 51174, 51205],                                       Refused(ReduceOnly)),
    // The line is not logged in any more.
    (&[60011],                                                                   Refused(Unavailable)),
    (&[51511],                                                                   Refused(PostOnlyWouldTake)),
    (&[51400, 51603],                                                            NoSuchOrder),
    // Filled or withdrawn already.
    (&[51401, 51402, 51503, 51509, 51510, 51527],                                Refused(UnknownOrder)),
    // Being withdrawn already.
    (&[51410],                                                                   Done),
];

/// A code of which only the words say what it means: a post-only order that would take, or a position that may not be.
pub(super) const IN_WORDS: u64 = 51019;

/// What a code means for a login.
pub(super) fn unwelcome(code: u64) -> Unwelcome {
    match code {
        60005 | 60007 | 60009 | 60024 | 60032 | 50101 | 50110 | 50111 | 50113 | 50119 => Unwelcome::Key,
        code if CLOCK.contains(&code) => Unwelcome::Clock,
        _ => Unwelcome::Other,
    }
}
