//! Every indicator by its name: what it takes, what it gives, where its formula is from, and how to make one.
//!
//! Owns: the list, and the refusals of a name or a parameter that is not in it.
//! Never: a formula. Each group lists its own rows beside its definitions.

mod entry;
mod fault;
pub mod inputs;
mod nearest;
mod row;
mod running;

pub use entry::{Entry, Group, Input, Param, Unit};
pub use fault::Fault;
pub use nearest::nearest;
pub use running::{Running, place};

pub(super) use row::{Parameter, rows};
pub(super) use running::running;

/// All groups' rows.
const GROUPS: &[&[Entry]] = &[
    super::pattern::ROWS,
    super::cycle::ROWS,
    super::math::ROWS,
    super::momentum::ROWS,
    super::overlap::ROWS,
    super::cycle::OVERLAP_ROWS,
    super::price::ROWS,
    super::statistic::ROWS,
    super::volatility::ROWS,
    super::volume::ROWS,
    super::further::overlap::ROWS,
    super::further::volatility::ROWS,
    super::further::statistic::ROWS,
    super::further::volume::ROWS,
    super::further::momentum::ROWS,
    super::further::trend::ROWS,
    super::further::cycle::ROWS,
    super::further::microstructure::ROWS,
    super::further::flow::ROWS,
    super::further::flow::tape::ROWS,
    super::further::flow::profile::ROWS,
    super::further::flow::book::ROWS,
    super::further::flow::derivatives::ROWS,
];

/// Every entry, by group.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    GROUPS.iter().copied().flatten()
}

/// The entry of a name, whatever its case.
///
/// # Errors
/// If there is none; the refusal offers the nearest.
pub fn find(name: &str) -> Result<&'static Entry, Fault> {
    entries().find(|entry| entry.name.eq_ignore_ascii_case(name)).ok_or_else(|| Fault::UnknownName {
        found: name.to_owned(),
        nearest: nearest(name, entries().map(|entry| entry.name)),
    })
}

#[cfg(test)]
mod tests;
