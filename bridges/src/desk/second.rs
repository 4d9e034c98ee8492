//! What must be said twice: to let trade what was stopped. The first time gives a token; said again with it, not sooner than
//! in five seconds (a finger that slips does not wait) and not later than in ten minutes (what was true then may not be now),
//! it holds. A token is of one scope and used up by any try; a stop in between, or any other change of how the scope stands,
//! uses it up, too: who says the second word knows what the first one knew.
//!
//! Users say it two by two: who has said it the first time cannot say it the second. On the operator's line, where one person
//! is the whole house, the wait is the second person. Never: who may say it at all; roles and the socket's mode tell.

use crate::role::UserId;
use engine_model::limit::TradingState;
use engine_model::units::Nanos;

const NOT_BEFORE_NS: u64 = 5 * Nanos::SECOND;
const UNTIL_NS: u64 = 600 * Nanos::SECOND;

/// What was said once.
#[derive(Debug, Default)]
pub(crate) struct Second(Option<Open>);

/// Who says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Voice {
    /// Whoever may open the operator's socket.
    Line,
    /// A user, by a door.
    User(UserId),
}

impl Voice {
    /// Whether he can be the second behind that first.
    fn seconds(self, first: Self) -> bool {
        match (first, self) {
            (Self::Line, Self::Line) => true,
            (Self::User(first), Self::User(second)) => first != second,
            _ => false,
        }
    }
}

#[derive(Debug)]
struct Open {
    by: Voice,
    scope: String,
    token: String,
    at: Nanos,
    /// How the scope stood.
    stood: Option<TradingState>,
}

/// What came of saying it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// It has to be said again with this.
    Once { token: String, not_before_ns: u64, until_ns: u64 },
    /// It holds.
    Twice,
    /// It has to be begun anew: why.
    Wrong(&'static str),
}

impl Second {
    /// The first time. A token that was open is no longer.
    pub(crate) fn first(
        &mut self,
        by: Voice,
        (scope, stood): (&str, Option<TradingState>),
        drawn: u32,
        now: Nanos,
    ) -> Said {
        let token = format!("{drawn:08x}");
        self.0 = Some(Open { by, scope: scope.to_owned(), token: token.clone(), at: now, stood });
        Said::Once { token, not_before_ns: now.0 + NOT_BEFORE_NS, until_ns: now.0 + UNTIL_NS }
    }

    /// Somebody stops: what was said before that no longer counts.
    pub(crate) fn stopped(&mut self) {
        self.0 = None;
    }

    /// The second time.
    pub(crate) fn again(
        &mut self,
        by: Voice,
        (scope, stands): (&str, Option<TradingState>),
        token: &str,
        now: Nanos,
    ) -> Said {
        let Some(open) = self.0.take() else { return Said::Wrong("no token is open: say it without one first") };
        match now.since(open.at) {
            _ if open.token != token => Said::Wrong("that is not the token: say it without one again"),
            _ if open.scope != scope => Said::Wrong("the token is of another scope: say it without one again"),
            _ if !by.seconds(open.by) => {
                Said::Wrong("another person has to say it the second time: say it without one again")
            }
            _ if open.stood != stands => {
                Said::Wrong("it stands otherwise than when it was said first: look, and say it without one again")
            }
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
    const RED: Option<TradingState> = Some(TradingState::Reducing);

    /// What becomes of the second word, so many ns behind the first.
    fn after(ns: u64) -> Said {
        let mut second = Second::default();
        second.first(Voice::Line, ("whole", RED), 7, Nanos(S));
        second.again(Voice::Line, ("whole", RED), "00000007", Nanos(S + ns))
    }

    #[test]
    fn it_holds_when_it_is_said_twice_in_time() {
        let once = Second::default().first(Voice::Line, ("whole", RED), 0xab, Nanos(S));
        assert_eq!(once, Said::Once { token: "000000ab".to_owned(), not_before_ns: 6 * S, until_ns: 601 * S });
        assert_eq!((after(5 * S), after(600 * S)), (Said::Twice, Said::Twice));
        assert!(matches!(after(5 * S - 1), Said::Wrong(why) if why.contains("too soon")));
        assert!(matches!(after(600 * S + 1), Said::Wrong(why) if why.contains("older")));
    }

    #[test]
    fn a_token_is_of_one_scope_and_of_one_try() {
        let mut second = Second::default();
        assert!(
            matches!(second.again(Voice::Line, ("whole", RED), "00000007", Nanos(9 * S)), Said::Wrong(why) if why.contains("no token"))
        );
        second.first(Voice::Line, ("venue:bybit", RED), 7, Nanos(S));
        assert!(
            matches!(second.again(Voice::Line, ("whole", RED), "00000007", Nanos(9 * S)), Said::Wrong(why) if why.contains("another"))
        );
        assert!(
            matches!(second.again(Voice::Line, ("venue:bybit", RED), "00000007", Nanos(9 * S)), Said::Wrong(_)),
            "it is used up"
        );
        second.first(Voice::Line, ("whole", RED), 7, Nanos(S));
        assert!(
            matches!(second.again(Voice::Line, ("whole", RED), "00000008", Nanos(9 * S)), Said::Wrong(why) if why.contains("not the"))
        );
        second.first(Voice::Line, ("whole", RED), 7, Nanos(S));
        second.first(Voice::Line, ("whole", RED), 8, Nanos(S));
        assert!(
            matches!(second.again(Voice::Line, ("whole", RED), "00000007", Nanos(9 * S)), Said::Wrong(_)),
            "the newest counts"
        );
    }

    #[test]
    fn users_say_it_two_by_two_and_a_line_is_no_second_user() {
        let (one, other) = (Voice::User(UserId(1)), Voice::User(UserId(2)));
        for (first, second, holds) in [
            (one, other, true),
            (other, one, true),
            (one, one, false),
            (one, Voice::Line, false),
            (Voice::Line, one, false),
            (Voice::Line, Voice::Line, true),
        ] {
            let mut open = Second::default();
            open.first(first, ("whole", RED), 7, Nanos(S));
            let said = open.again(second, ("whole", RED), "00000007", Nanos(7 * S));
            assert_eq!(said == Said::Twice, holds, "{first:?} then {second:?}: {said:?}");
        }
    }

    #[test]
    fn a_stop_between_the_two_words_and_any_other_change_end_the_first() {
        let mut second = Second::default();
        second.first(Voice::Line, ("whole", RED), 7, Nanos(S));
        let halted = Some(TradingState::Halted);
        let said = second.again(Voice::Line, ("whole", halted), "00000007", Nanos(9 * S));
        assert!(matches!(said, Said::Wrong(why) if why.contains("stands otherwise")), "{said:?}");
        // Halted before, and halted once more by somebody who did not know that it was.
        second.first(Voice::Line, ("whole", halted), 7, Nanos(S));
        second.stopped();
        let said = second.again(Voice::Line, ("whole", halted), "00000007", Nanos(9 * S));
        assert!(matches!(said, Said::Wrong(why) if why.contains("no token")), "{said:?}");
    }
}
