//! What simulated venues want to see behind a position: one table at all of them, told in the words of each.
//!
//! Its steps are those that count where a venue has told nothing, so that a run that reads them is as careful as one that
//! does not.
//!
//! Owns: the steps as texts. Never: which venue tells them, nor in what.

use crate::text::Text;
use engine_model::margin::MarginTiers;
use engine_model::units::Quote;

/// One step of the table.
pub(crate) struct Step {
    /// Where it begins and ends, in quote.
    pub(crate) from: String,
    pub(crate) up_to: String,
    pub(crate) end: Quote,
    pub(crate) leverage: u16,
    /// What must stay, as a part of 1.
    pub(crate) rate: String,
}

/// The table, its cheapest step first.
pub(crate) fn steps() -> Vec<Step> {
    let table = MarginTiers::conservative();
    let ends = table.steps().map(|(step, _)| step.up_to);
    let froms = [Quote(0)].into_iter().chain(ends);
    let text = |units: i64, decimals: u8| Text::new().decimal(i128::from(units), decimals).take();
    let told = table.steps().zip(froms).map(|((step, _), from)| Step {
        from: text(from.0, 8),
        up_to: text(step.up_to.0, 8),
        end: step.up_to,
        leverage: step.leverage_max,
        rate: text(i64::from(step.maintenance_ppm), 6),
    });
    told.collect()
}
