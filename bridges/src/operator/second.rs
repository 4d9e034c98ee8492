//! What must be said twice: to let trade what was stopped. The first time gives a token; said again with it, not sooner than
//! in five seconds (a finger that slips does not wait) and not later than in ten minutes (what was true then may not be now),
//! it holds. A token is of one scope and used up by any try.
//!
//! Where one person is the whole house, this is the second person. Never: who may say it; the socket's mode tells.

use engine_model::units::Nanos;

const NOT_BEFORE_NS: u64 = 5 * Nanos::SECOND;
const UNTIL_NS: u64 = 600 * Nanos::SECOND;

/// What was said once.
#[derive(Debug, Default)]
pub(super) struct Second(Option<Open>);

#[derive(Debug)]
struct Open {
    scope: String,
    token: String,
    at: Nanos,
}

/// What came of saying it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// It has to be said again with this.
    Once { token: String, not_before_ns: u64, until_ns: u64 },
    /// It holds.
    Twice,
    /// It has to be begun anew: why.
    Wrong(&'static str),
}

impl Second {
    /// The first time. A token that was open is no longer.
    pub(super) fn first(&mut self, scope: &str, drawn: u32, now: Nanos) -> Said {
        let token = format!("{drawn:08x}");
        self.0 = Some(Open { scope: scope.to_owned(), token: token.clone(), at: now });
        Said::Once { token, not_before_ns: now.0 + NOT_BEFORE_NS, until_ns: now.0 + UNTIL_NS }
    }

    /// The second time.
    pub(super) fn again(&mut self, scope: &str, token: &str, now: Nanos) -> Said {
        let Some(open) = self.0.take() else { return Said::Wrong("no token is open: say it without one first") };
        match now.since(open.at) {
            _ if open.token != token => Said::Wrong("that is not the token: say it without one again"),
            _ if open.scope != scope => Said::Wrong("the token is of another scope: say it without one again"),
            past if past < NOT_BEFORE_NS => Said::Wrong("too soon, 5 s must lie between: say it without one again"),
            past if past > UNTIL_NS => Said::Wrong("the token is older than 10 min: say it without one again"),
            _ => Said::Twice,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: u64 = Nanos::SECOND;

    /// What becomes of the second word, so many ns behind the first.
    fn after(ns: u64) -> Said {
        let mut second = Second::default();
        second.first("whole", 7, Nanos(S));
        second.again("whole", "00000007", Nanos(S + ns))
    }

    #[test]
    fn it_holds_when_it_is_said_twice_in_time() {
        let once = Second::default().first("whole", 0xab, Nanos(S));
        assert_eq!(once, Said::Once { token: "000000ab".to_owned(), not_before_ns: 6 * S, until_ns: 601 * S });
        assert_eq!((after(5 * S), after(600 * S)), (Said::Twice, Said::Twice));
        assert!(matches!(after(5 * S - 1), Said::Wrong(why) if why.contains("too soon")));
        assert!(matches!(after(600 * S + 1), Said::Wrong(why) if why.contains("older")));
    }

    #[test]
    fn a_token_is_of_one_scope_and_of_one_try() {
        let mut second = Second::default();
        assert!(
            matches!(second.again("whole", "00000007", Nanos(9 * S)), Said::Wrong(why) if why.contains("no token"))
        );
        second.first("venue:bybit", 7, Nanos(S));
        assert!(matches!(second.again("whole", "00000007", Nanos(9 * S)), Said::Wrong(why) if why.contains("another")));
        assert!(matches!(second.again("venue:bybit", "00000007", Nanos(9 * S)), Said::Wrong(_)), "it is used up");
        second.first("whole", 7, Nanos(S));
        assert!(matches!(second.again("whole", "00000008", Nanos(9 * S)), Said::Wrong(why) if why.contains("not the")));
        second.first("whole", 7, Nanos(S));
        second.first("whole", 8, Nanos(S));
        assert!(matches!(second.again("whole", "00000007", Nanos(9 * S)), Said::Wrong(_)), "the newest counts");
    }
}
