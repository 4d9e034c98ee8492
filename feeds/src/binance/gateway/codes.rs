//! What an error code of Binance means for an order.

use crate::gateway::heard::{Answer, Unwelcome};
use crate::json::Text;
use engine_model::venue::RejectReason as R;

/// A refusal as the venue sends it, by REST or by WebSocket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusal<'a> {
    /// The status of HTTP; on a line the venue sends the same.
    pub(super) status: u16,
    pub(super) code: i64,
    pub(super) message: Option<Text<'a>>,
    /// How long to be silent, where it says so.
    pub(super) wait_ms: u32,
}

/// Our clock: -1021 of the front, -5028 of the matching engine.
pub(super) const CLOCK: [i64; 2] = [-1021, -5028];

/// The codes whose meaning does not depend on their text.
#[rustfmt::skip]
const CODES: &[(i64, Answer)] = &[
    (-1000, Answer::Unknown),
    (-1001, Answer::Unknown),
    (-1006, Answer::Unknown),                             // an unexpected response of its own parts
    (-1007, Answer::Unknown),                             // a time-out inside: "execution status unknown"
    (-1014, Answer::Refused(R::NotAllowed)),
    (-1016, Answer::Refused(R::Unavailable)),
    (-1020, Answer::Refused(R::NotAllowed)),
    (-1021, Answer::Refused(R::Unavailable)),             // the clock
    (-1022, Answer::Refused(R::NotAllowed)),              // the signature
    (-1111, Answer::Refused(R::Filter)),
    (-1121, Answer::Refused(R::NoMarket)),
    (-2011, Answer::Refused(R::UnknownOrder)),
    (-2013, Answer::NoSuchOrder),
    (-2014, Answer::Refused(R::NotAllowed)),
    (-2015, Answer::Refused(R::NotAllowed)),
    (-2016, Answer::Refused(R::NoMarket)),
    (-2018, Answer::Refused(R::InsufficientFunds)),
    (-2019, Answer::Refused(R::InsufficientFunds)),
    (-2020, Answer::Refused(R::CannotFillWhole)),
    (-2021, Answer::Refused(R::Filter)),                  // the price that it is to wait for has come
    (-2022, Answer::Refused(R::ReduceOnly)),
    (-2024, Answer::Refused(R::InsufficientFunds)),
    (-2025, Answer::Refused(R::TooManyOrders)),
    (-2027, Answer::Refused(R::InsufficientFunds)),
    (-2028, Answer::Refused(R::InsufficientFunds)),
    (-4001, Answer::Refused(R::Filter)),                  // price, quantity, their steps and bounds
    (-4002, Answer::Refused(R::Filter)),
    (-4003, Answer::Refused(R::Filter)),
    (-4004, Answer::Refused(R::Filter)),
    (-4005, Answer::Refused(R::Filter)),
    (-4013, Answer::Refused(R::Filter)),
    (-4014, Answer::Refused(R::Filter)),
    (-4016, Answer::Refused(R::Filter)),
    (-4023, Answer::Refused(R::Filter)),
    (-4024, Answer::Refused(R::Filter)),
    (-4116, Answer::Refused(R::DuplicateId)),
    (-4131, Answer::Refused(R::Filter)),
    (-4164, Answer::Refused(R::Filter)),
    (-4192, Answer::Refused(R::NotAllowed)),
    (-4400, Answer::Refused(R::NotAllowed)),
    (-5021, Answer::Refused(R::CannotFillWhole)),
    (-5022, Answer::Refused(R::PostOnlyWouldTake)),
    (-5028, Answer::Refused(R::Unavailable)),             // too late for the matching engine: nothing happened
];

/// The codes that say nothing without their text, and the words of the texts.
const TEXTS: &[(i64, &str, R)] = &[
    (-1013, "MAX_NUM", R::TooManyOrders),
    (-1013, "", R::Filter),
    (-2010, "insufficient balance", R::InsufficientFunds),
    (-2010, "immediately match", R::PostOnlyWouldTake),
    (-2010, "Duplicate order", R::DuplicateId),
    (-2010, "Market is closed", R::NoMarket),
    (-2010, "MAX_NUM", R::TooManyOrders),
    (-2010, "Filter failure", R::Filter),
    (-2010, "not permitted", R::NotAllowed),
    (-2010, "disabled", R::NotAllowed),
    (-2010, "may not place", R::NotAllowed),
];

impl Refusal<'_> {
    /// What it means.
    pub(super) fn answer(&self) -> Answer {
        if matches!(self.status, 418 | 429) || matches!(self.code, -1003 | -1008 | -1015) {
            return Answer::Later { wait_ms: self.wait_ms };
        }
        if let Some((_, answer)) = CODES.iter().find(|(code, _)| *code == self.code) {
            return *answer;
        }
        let says = |words: &str| words.is_empty() || self.message.is_some_and(|message| message.contains(words));
        if let Some((_, _, reason)) = TEXTS.iter().find(|(code, words, _)| *code == self.code && says(words)) {
            return Answer::Refused(*reason);
        }
        // A code we do not know: a no is one only where the venue says that the fault is ours.
        if (400..500).contains(&self.status) { Answer::Refused(R::Other) } else { Answer::Unknown }
    }

    /// What it means of a greeting.
    pub(super) fn unwelcome(&self) -> Unwelcome {
        match self.code {
            code if CLOCK.contains(&code) => Unwelcome::Clock,
            -1022 | -2014 | -2015 | -1099 | -1002 => Unwelcome::Key,
            _ => Unwelcome::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Value;

    fn answer(status: u16, code: i64, message: &str) -> Answer {
        let quoted = format!("\"{message}\"");
        let message = Value::parse(quoted.as_bytes()).expect("json").string();
        Refusal { status, code, message, wait_ms: 0 }.answer()
    }

    #[test]
    fn every_row_means_what_it_says() {
        for (code, expected) in CODES {
            assert_eq!(answer(400, *code, "whatever it says"), *expected, "{code}");
        }
        for (code, words, reason) in TEXTS {
            assert_eq!(answer(400, *code, &format!("It says {words}.")), Answer::Refused(*reason), "{code} {words}");
        }
    }

    #[test]
    fn what_is_refused_for_its_number_may_be_asked_later_and_what_is_not_understood_is_not_a_no() {
        for (status, code) in [(429, -1003), (418, -1003), (400, -1015), (503, -1008), (429, 0)] {
            assert_eq!(answer(status, code, "slow down"), Answer::Later { wait_ms: 0 }, "{status} {code}");
        }
        assert_eq!(answer(400, -9999, "new"), Answer::Refused(R::Other));
        assert_eq!(answer(503, -9999, "new"), Answer::Unknown);
        assert_eq!(answer(200, -9999, "new"), Answer::Unknown);
        assert_eq!(answer(503, -1000, "Unknown error, please check your request or try again later."), Answer::Unknown);
    }
}
