//! What goes over the operator's line: one JSON object each way, ended by the end of the sending.

use crate::role::Deed;
use serde::{Deserialize, Serialize};

/// A question. Scopes are spelled as everywhere: `whole`, `strategy:1`, `venue:bybit`, `instrument:BTCUSDT.binance-spot`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Ask {
    /// How trading stands.
    State,
    /// No order of the scope passes any more, and those that work are withdrawn.
    Halt {
        /// Of what.
        scope: String,
    },
    /// Only orders that make a position smaller pass.
    Reduce {
        /// Of what.
        scope: String,
    },
    /// Orders pass again. Said twice: see `again`.
    Resume {
        /// Of what.
        scope: String,
        /// From the first time.
        token: Option<String>,
    },
    /// Halt everything, and close every position.
    Flatten,
    /// Withdraw every working order. Trading goes on.
    CancelAll,
    /// The strategies of the run.
    Strategies,
    /// Something of one strategy.
    Steer {
        /// Its name, or its number where several have the name.
        strategy: String,
        /// What.
        what: Steering,
    },
}

/// What is asked of a strategy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Steering {
    /// Its wishes pass again.
    Start,
    /// It may only make positions smaller.
    Pause,
    /// It may do nothing.
    Stop,
    /// Other parameters, in force together.
    Set(Vec<(String, i64)>),
}

impl Ask {
    /// In a word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Halt { .. } => Deed::Halt.word(),
            Self::Reduce { .. } => Deed::Reduce.word(),
            Self::Resume { .. } => Deed::Resume.word(),
            Self::Flatten => Deed::Flatten.word(),
            Self::CancelAll => Deed::CancelAll.word(),
            Self::Strategies => "strategies",
            Self::Steer { what: Steering::Start, .. } => "strategy start",
            Self::Steer { what: Steering::Pause, .. } => "strategy pause",
            Self::Steer { what: Steering::Stop, .. } => "strategy stop",
            Self::Steer { what: Steering::Set(_), .. } => "strategy set",
        }
    }

    /// It only stops something: twice is no more than once.
    #[must_use]
    pub fn only_stops(&self) -> bool {
        matches!(self, Self::Halt { .. } | Self::Reduce { .. } | Self::Flatten | Self::CancelAll)
    }

    /// Of what.
    #[must_use]
    pub fn scope(&self) -> &str {
        match self {
            Self::Halt { scope } | Self::Reduce { scope } | Self::Resume { scope, .. } => scope,
            Self::Steer { strategy, .. } => strategy,
            Self::State | Self::Strategies | Self::Flatten | Self::CancelAll => "whole",
        }
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// Risk has taken it; so trading stands behind it.
    Done(Trading),
    /// The strategies, as they are now.
    Strategies {
        /// One after the other, by number. A field, because a list alone has no place for the tag `answer`.
        strategies: Vec<Told>,
    },
    /// It has to be said again, with the token.
    Again {
        /// To be repeated.
        token: String,
        /// Not sooner than that, in ns since 1970.
        not_before_ns: u64,
        /// Not later than that, in ns since 1970.
        until_ns: u64,
    },
    /// Nothing happened.
    Refused {
        /// Why, as a sentence.
        why: String,
        /// What was found.
        found: String,
    },
}

impl Answer {
    pub(crate) fn refused(why: &str, found: &str) -> Self {
        Self::Refused { why: why.to_owned(), found: found.to_owned() }
    }
}

/// How trading stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trading {
    /// State of the whole; `None` until the engine has told it.
    pub state: Option<String>,
    /// Scopes that are stricter by themselves, with their states.
    pub scopes: Vec<(String, String)>,
    /// Orders that have not ended.
    pub open_orders: u64,
    /// Instruments with a position; `None` until the engine has told it.
    pub positions: Option<u64>,
}

/// A strategy of the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Its number in the run.
    pub strategy: u8,
    /// Its name.
    pub name: String,
    /// `RUNNING`, `PAUSED`, `STOPPED` or `FAILED`.
    pub mode: String,
    /// Why it gave up the first time, if it did.
    pub fault: Option<String>,
    /// Whether its parameters stand while it runs.
    pub is_fixed: bool,
    /// Why it should earn.
    pub idea: String,
    /// When it loses.
    pub risks: String,
    /// Its parameters in force.
    pub params: Vec<ToldParam>,
}

/// A parameter of a strategy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldParam {
    /// Its name.
    pub name: String,
    /// In force.
    pub value: i64,
    /// Least.
    pub min: i64,
    /// Largest.
    pub max: i64,
    /// The unit of all three.
    pub unit: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tag has no place beside a bare list: such an answer compiles, and fails when it is first spoken.
    #[test]
    fn every_answer_can_be_said_and_understood() {
        let state = Some("ACTIVE".to_owned());
        let trading = Trading { state, scopes: Vec::new(), open_orders: 2, positions: Some(1) };
        let param = ToldParam { name: "fast".to_owned(), value: 20, min: 2, max: 400, unit: "bars".to_owned() };
        let told = Told {
            strategy: 1,
            name: "sma_cross".to_owned(),
            mode: "RUNNING".to_owned(),
            fault: None,
            is_fixed: false,
            idea: String::new(),
            risks: String::new(),
            params: vec![param],
        };
        let answers = [
            Answer::Done(trading),
            Answer::Strategies { strategies: vec![told] },
            Answer::Again { token: "t".to_owned(), not_before_ns: 1, until_ns: 2 },
            Answer::refused("no such scope", "venue:nowhere"),
        ];
        for answer in answers {
            let said = serde_json::to_string(&answer).unwrap_or_else(|error| panic!("{answer:?}: {error}"));
            assert_eq!(serde_json::from_str::<Answer>(&said).expect("understood"), answer, "{said}");
        }
    }
}
