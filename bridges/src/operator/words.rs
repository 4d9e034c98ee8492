//! What goes over the operator's line: one JSON object each way, ended by the end of the sending.

use crate::door::dto::{NewOrder, OrderChange, OrderOutcome};
use crate::role::Deed;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

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
    /// Enter an order of a person's.
    Place {
        /// Which.
        order: Box<NewOrder>,
    },
    /// Withdraw one order, whosever it is.
    Cancel {
        /// Its number: `R2-1-7`.
        order: String,
    },
    /// Close a part of a position at the market, by a reduce-only order of the desk of people.
    Close {
        /// Of what.
        symbol: String,
        /// How much of it, 1 to 100.
        share_pct: u32,
    },
    /// Change an order of the desk of people.
    Modify {
        /// Its number.
        order: String,
        /// To what.
        to: OrderChange,
    },
    /// Set a limit of risk. Looser is said twice, as resuming is.
    SetLimit {
        /// As in configuration: `order_notional_max_usd`.
        key: String,
        /// In the unit that the key ends with.
        value: String,
        /// From the first time.
        token: Option<String>,
    },
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
            Self::Place { .. } => Deed::PlaceOrder.word(),
            Self::Cancel { .. } => Deed::CancelOrder.word(),
            Self::Close { .. } => Deed::ClosePosition.word(),
            Self::Modify { .. } => Deed::ModifyOrder.word(),
            Self::SetLimit { .. } => Deed::SetLimit.word(),
            Self::Strategies => "strategies",
            Self::Steer { what: Steering::Start, .. } => Deed::StartStrategy.word(),
            Self::Steer { what: Steering::Pause, .. } => Deed::PauseStrategy.word(),
            Self::Steer { what: Steering::Stop, .. } => Deed::StopStrategy.word(),
            Self::Steer { what: Steering::Set(_), .. } => Deed::SetStrategy.word(),
        }
    }

    /// It only stops something: twice is no more than once.
    #[must_use]
    pub fn only_stops(&self) -> bool {
        matches!(
            self,
            Self::Halt { .. }
                | Self::Reduce { .. }
                | Self::Flatten
                | Self::CancelAll
                | Self::Cancel { .. }
                | Self::Steer { what: Steering::Stop, .. }
        )
    }

    /// Of what.
    #[must_use]
    pub fn scope(&self) -> &str {
        match self {
            Self::Halt { scope } | Self::Reduce { scope } | Self::Resume { scope, .. } => scope,
            Self::Steer { strategy, .. } => strategy,
            Self::SetLimit { key, .. } => key,
            Self::Close { symbol, .. } => symbol,
            Self::Place { order } => &order.symbol,
            Self::Cancel { order } | Self::Modify { order, .. } => order,
            Self::State | Self::Strategies | Self::Flatten | Self::CancelAll => "whole",
        }
    }
}

/// Of what, with what is asked of it.
impl Ask {
    /// In a line, for the audit.
    #[must_use]
    pub fn about(&self) -> String {
        match self {
            Self::Place { order } => json(&order),
            Self::Modify { order, to } => format!("{order} {}", json(&to)),
            Self::SetLimit { key, value, .. } => format!("{key} {value}"),
            Self::Close { symbol, share_pct } => format!("{symbol} {share_pct}%"),
            Self::Steer { strategy, what: Steering::Set(params) } => {
                let params: Vec<String> = params.iter().map(|(name, value)| format!("{name}={value}")).collect();
                format!("{strategy} {}", params.join(" "))
            }
            _ => self.scope().to_owned(),
        }
    }

    /// To tell one request from another: what was confirmed of an order does not make another of it.
    #[must_use]
    pub fn request(&self) -> String {
        let mut bare = self.clone();
        match &mut bare {
            Self::Place { order } => order.confirm_usd = None,
            Self::Modify { to, .. } => to.confirm_usd = None,
            _ => {}
        }
        format!("{} {}", bare.word(), bare.about())
    }
}

/// Strings, numbers and flags in plain structs: nothing here can fail to become JSON.
fn json(of: &impl Serialize) -> String {
    serde_json::to_string(of).unwrap_or_default()
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// Risk has taken it; so trading stands behind it.
    Done(Trading),
    /// The limit as it stands now.
    Limit(LimitTold),
    /// What came of an order.
    Order(OrderOutcome),
    /// It is entered when it is said again with what it is worth, in whole dollars.
    Confirm {
        /// That.
        worth_usd: String,
    },
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

/// A limit of the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LimitTold {
    /// As in configuration.
    pub limit: String,
    /// In force, in the unit that the key ends with.
    pub value: String,
    /// What the configuration says: never looser than that.
    pub file: String,
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = StrategyParam)]
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

    #[test]
    fn what_is_confirmed_of_an_order_makes_no_other_request_of_it() {
        let place = |qty: &str, confirm_usd: Option<&str>| {
            let confirm_usd = confirm_usd.map(str::to_owned);
            let order = NewOrder { symbol: "BTC".to_owned(), qty: qty.to_owned(), confirm_usd, ..NewOrder::default() };
            Ask::Place { order: Box::new(order) }
        };
        let modify = |qty: &str, confirm_usd: Option<&str>| {
            let to = OrderChange {
                qty: Some(qty.to_owned()),
                confirm_usd: confirm_usd.map(str::to_owned),
                ..OrderChange::default()
            };
            Ask::Modify { order: "R6-1-3".to_owned(), to }
        };
        assert_eq!(place("1", None).request(), place("1", Some("6000")).request());
        assert_ne!(place("1", None).request(), place("2", None).request());
        assert_eq!(modify("1", None).request(), modify("1", Some("6000")).request());
        assert_ne!(modify("1", None).request(), modify("2", None).request());
        assert!(place("1", Some("6000")).about().contains("6000"), "the audit has it");
        assert_eq!(Ask::Halt { scope: "whole".to_owned() }.request(), "halt whole");
    }

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
