//! A value with where it is from and how old it is, or why there is none. (Not called Value: what makes the schemas
//! takes that name for any JSON.)

use crate::desk::answer::Answer;
use engine_model::instrument::Grid;
use engine_model::units::Ticks;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A value that may be unknown. Either `value`, `source`, `at_ns` and `age_ns` are there, or `reason` is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Reading<T: ToSchema> {
    /// What was asked for.
    pub value: Option<T>,
    /// `trades`, `book`, `stream`, `rest` or `computed`.
    pub source: Option<String>,
    /// When it was so.
    pub at_ns: Option<u64>,
    /// How long ago that was.
    pub age_ns: Option<u64>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
}

impl<T: ToSchema> Reading<T> {
    pub(crate) fn new<U>(answer: &Answer<U>, shown: impl FnOnce(&U) -> T) -> Self {
        match answer {
            Ok(known) => Self {
                value: Some(shown(&known.value)),
                source: Some(known.source.name().to_owned()),
                at_ns: Some(known.at.0),
                age_ns: Some(known.age_ns),
                reason: None,
            },
            Err(unknown) => {
                Self { value: None, source: None, at_ns: None, age_ns: None, reason: Some(unknown.0.clone()) }
            }
        }
    }
}

/// A price between ticks, three decimals beyond the tick, rounded to the nearest.
pub(super) fn fine_price(grid: &Grid, ticks: f64) -> String {
    let millis = Grid { price_decimals: grid.price_decimals + 3, ..*grid };
    millis.price_text(Ticks((ticks * 1_000.0).round() as i64))
}
