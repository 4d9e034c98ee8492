//! Columns that many runs of one sweep look at: each is computed once, by whichever thread needs it first.

use crate::bars::column::Column;
use crate::bars::series::Series;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Values that are kept at most, 1 GiB; what was announced later is computed for each run by itself.
const KEPT_MAX: usize = 1 << 27;

/// See the module.
#[derive(Debug)]
pub(super) struct Shared {
    series: Series,
    columns_max: usize,
    columns: BTreeMap<Column, OnceLock<Vec<f64>>>,
}

impl Shared {
    pub(super) fn new(series: Series) -> Self {
        Self { columns_max: KEPT_MAX / series.len().max(1), series, columns: BTreeMap::new() }
    }

    pub(super) fn series(&self) -> &Series {
        &self.series
    }

    /// Runs to come will look at it.
    pub(super) fn announce(&mut self, column: Column) {
        if self.columns.len() < self.columns_max {
            self.columns.entry(column).or_default();
        }
    }

    /// The column, which is the same whoever computed it.
    pub(super) fn get(&self, column: Column) -> Cow<'_, [f64]> {
        match self.columns.get(&column) {
            Some(slot) => Cow::Borrowed(slot.get_or_init(|| column.of(&self.series))),
            None => Cow::Owned(column.of(&self.series)),
        }
    }
}
