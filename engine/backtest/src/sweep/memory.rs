//! What earlier runs of the very same sweep have found, so that one that was broken off goes on where it was.
//!
//! A trial depends on the sweep and its point alone, and which points are tried on the seed and on what came out. So a sweep
//! that is told what it had found asks for the same points again, in the same order, and ends with the same bits.

use super::run::Trial;
use std::fmt::Debug;

/// Which of a sweep's searches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// That over all bars.
    Whole,
    /// That of a window of a walk, from 0.
    Window(u32),
    /// That of a split of a cross-validation, from 0.
    Split(u32),
}

/// Where trials are kept.
pub trait Memory: Debug + Sync {
    /// What is known of a point.
    fn known(&self, scope: Scope, point: u64) -> Option<Trial>;

    /// Keeps what was found. A text, if it cannot: then the sweep ends.
    fn keep(&self, scope: Scope, trial: &Trial) -> Result<(), String>;
}

/// Nothing is known, nothing is kept.
#[derive(Clone, Copy, Debug)]
pub struct Forgetful;

impl Memory for Forgetful {
    fn known(&self, _: Scope, _: u64) -> Option<Trial> {
        None
    }

    fn keep(&self, _: Scope, _: &Trial) -> Result<(), String> {
        Ok(())
    }
}
