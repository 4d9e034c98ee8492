//! What everybody may read of the strategies of a run: mode, parameters in force, why one gave up.
//!
//! One writer, the stage; any readers, at any time.

use super::catalog::Strategy;
use super::play::Entry;
use engine_model::steer::Mode;
use engine_ring::counter::Counter;
use std::sync::OnceLock;

/// The strategies of a run, in the order of their ids: the first is 1.
#[derive(Debug, Default)]
pub struct Board {
    /// One each.
    pub rows: Box<[BoardRow]>,
}

/// One strategy.
#[derive(Debug)]
pub struct BoardRow {
    /// What it is.
    pub entry: &'static Entry,
    mode: Counter,
    /// As the bits of a signed number each.
    values: Box<[Counter]>,
    fault: OnceLock<String>,
}

impl Board {
    /// Of the strategies of a run, as they are before it.
    #[must_use]
    pub fn new(strategies: &[Strategy]) -> Self {
        let row = |strategy: &Strategy| {
            let values: Box<[Counter]> = strategy.values().iter().map(|_| Counter::default()).collect();
            let row = BoardRow { entry: strategy.entry(), mode: Counter::default(), values, fault: OnceLock::new() };
            row.set_values(strategy.values());
            row
        };
        Self { rows: strategies.iter().map(row).collect() }
    }
}

impl BoardRow {
    /// What it may do.
    #[must_use]
    pub fn mode(&self) -> Mode {
        let number = self.mode.get();
        Mode::ALL.into_iter().find(|mode| *mode as u64 == number).unwrap_or_default()
    }

    /// Its parameters in force, in the order of its table. Read one by one: for a moment some may be older than others.
    #[must_use]
    pub fn values(&self) -> Vec<i64> {
        self.values.iter().map(|value| value.get() as i64).collect()
    }

    /// Why it gave up the first time, if it did.
    #[must_use]
    pub fn fault(&self) -> Option<&str> {
        self.fault.get().map(String::as_str)
    }

    pub(super) fn set_mode(&self, mode: Mode) {
        self.mode.set(mode as u64);
    }

    pub(super) fn set_values(&self, values: &[i64]) {
        self.values.iter().zip(values).for_each(|(row, value)| row.set(*value as u64));
    }

    pub(super) fn set_fault(&self, fault: &str) {
        self.fault.get_or_init(|| fault.to_owned());
    }
}
