//! Words that are thrown: stop, and switches.
//!
//! Owns [`StopFlag`] (once raised, a run ends in order) and [`Switch`] (on and off again; the kill word is one). Reading
//! either costs one load of a line that is almost never written.

use crate::counter::CachePadded;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The end of a run. Whoever holds a clone may raise it: a signal handler, a stage at the end of its capture, a panic.
#[derive(Clone, Debug, Default)]
pub struct StopFlag(Switch);

impl StopFlag {
    /// A flag that is not raised.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Raises the flag. It never comes down.
    pub fn raise(&self) {
        self.0.set(true);
    }

    /// Whether the run is to end.
    #[inline]
    #[must_use]
    pub fn is_raised(&self) -> bool {
        self.0.is_on()
    }
}

/// A word that is on or off.
#[derive(Clone, Debug, Default)]
pub struct Switch(Arc<CachePadded<AtomicBool>>);

impl Switch {
    /// A switch that is off.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Turns it on or off. Release: who sees the switch sees what was done before it was thrown.
    pub fn set(&self, on: bool) {
        self.0.store(on, Ordering::Release);
    }

    /// Whether it is on.
    #[inline]
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
