//! What must hold between the parameters of a point: `fast < slow`. Points that break it are nobody's trials.
//!
//! Owns: how one is written, and whether a point holds it. Never: which points there are.

use crate::declared::{Declared, SetFault};
use std::fmt::{Display, Formatter};

/// How two sides compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    Below,
    AtMost,
    Above,
    AtLeast,
    Equal,
    Other,
}

/// As they are written; the longer ones first, for they begin as the others do.
const RELATIONS: [(&str, Relation); 6] = [
    ("<=", Relation::AtMost),
    (">=", Relation::AtLeast),
    ("==", Relation::Equal),
    ("!=", Relation::Other),
    ("<", Relation::Below),
    (">", Relation::Above),
];

impl Relation {
    fn holds(self, a: f64, b: f64) -> bool {
        let order = a.total_cmp(&b);
        match self {
            Self::Below => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::Above => order.is_gt(),
            Self::AtLeast => order.is_ge(),
            Self::Equal => order.is_eq(),
            Self::Other => order.is_ne(),
        }
    }
}

/// A side: a parameter, by its place in the strategy's order, or a number.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Side {
    Param(usize),
    Number(f64),
}

/// A comparison of two parameters, or of a parameter and a number.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    text: String,
    left: Side,
    relation: Relation,
    right: Side,
}

/// What is no condition.
#[derive(Clone, Debug, PartialEq)]
pub enum ConditionFault {
    /// It is not two sides with a relation between them.
    Form {
        /// As it was written.
        found: String,
    },
    /// The strategy has no such parameter.
    Unknown(SetFault),
    /// It says nothing of a parameter.
    Constant {
        /// As it was written.
        found: String,
    },
}

impl Display for ConditionFault {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Form { found } => write!(
                f,
                "found `{found}`, accepted: a parameter, one of < <= > >= == !=, and a parameter or a number, like `fast < slow`"
            ),
            Self::Unknown(fault) => fault.fmt(f),
            Self::Constant { found } => write!(f, "found `{found}`, which says nothing of a parameter"),
        }
    }
}

impl std::error::Error for ConditionFault {}

impl Condition {
    /// Reads one, of a strategy's parameters.
    pub fn parse(of: &Declared, text: &str) -> Result<Self, ConditionFault> {
        let form = || ConditionFault::Form { found: text.to_owned() };
        let (at, word, relation) = RELATIONS
            .into_iter()
            .filter_map(|(word, relation)| Some((text.find(word)?, word, relation)))
            .min_by_key(|(at, word, _)| (*at, std::cmp::Reverse(word.len())))
            .ok_or_else(form)?;
        let (left, right) = (text[..at].trim(), text[at + word.len()..].trim());
        let side = |written: &str| {
            if let Ok(number) = written.parse::<f64>() {
                return if number.is_finite() { Ok(Side::Number(number)) } else { Err(form()) };
            }
            let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
            if written.is_empty() || !written.chars().all(is_name) {
                return Err(form());
            }
            let place = of.params.iter().position(|param| param.name == written);
            let unknown = || SetFault::Unknown { of: of.clone(), found: written.to_owned() };
            place.map(Side::Param).ok_or_else(|| ConditionFault::Unknown(unknown()))
        };
        let (left_side, right_side) = (side(left)?, side(right)?);
        if let (Side::Number(_), Side::Number(_)) = (left_side, right_side) {
            return Err(ConditionFault::Constant { found: text.to_owned() });
        }
        Ok(Self { text: format!("{left} {word} {right}"), left: left_side, relation, right: right_side })
    }

    /// Whether it holds; `value` says what a parameter is, by its place in the strategy's order.
    pub(super) fn holds(&self, value: impl Fn(usize) -> f64) -> bool {
        let of = |side| match side {
            Side::Param(place) => value(place),
            Side::Number(number) => number,
        };
        self.relation.holds(of(self.left), of(self.right))
    }

    /// The parameters that it is about, by their places.
    pub(super) fn params(&self) -> impl Iterator<Item = usize> {
        [self.left, self.right].into_iter().filter_map(|side| match side {
            Side::Param(place) => Some(place),
            Side::Number(_) => None,
        })
    }
}

impl Display for Condition {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bars::rule::RuleName;

    fn declared() -> Declared {
        RuleName::SmaCross.into()
    }

    #[test]
    fn each_relation_is_read_with_and_without_room_and_holds_as_it_says() {
        // Values are by place: fast 5, slow 9.
        let holds =
            |text: &str| Condition::parse(&declared(), text).unwrap().holds(|place| if place == 0 { 5.0 } else { 9.0 });
        for (text, wanted) in [
            ("fast < slow", true),
            ("fast<slow", true),
            ("slow<fast", false),
            ("fast <= 5", true),
            ("fast >= 5.5", false),
            ("9 == slow", true),
            ("fast != slow", true),
            ("slow > -1e3", true),
        ] {
            assert_eq!(holds(text), wanted, "{text}");
        }
        assert_eq!(Condition::parse(&declared(), " fast<=slow ").unwrap().to_string(), "fast <= slow");
    }

    #[test]
    fn what_is_none_is_named() {
        let fault = |text: &str| Condition::parse(&declared(), text).unwrap_err().to_string();
        for text in [
            "",
            "fast",
            "fast slow",
            "< slow",
            "fast <",
            "fast < slow < 9",
            "fast + 1 < slow",
            "fast = slow",
            "fast < nan",
        ] {
            assert!(
                fault(text).starts_with(&format!("found `{text}`, accepted: a parameter, one of <")),
                "{text}: {}",
                fault(text)
            );
        }
        assert_eq!(fault("fsat < slow"), "sma_cross has no parameter fsat; nearest: fast, slow");
        assert_eq!(fault("1 < 2"), "found `1 < 2`, which says nothing of a parameter");
    }
}
