//! Words that are thrown: stop, and switches.
//!
//! Owns [`StopFlag`] (once raised, a run ends in order) and [`Switch`] (on and off again; the kill word is one, on a page
//! that other processes see). Reading either costs one load of a line that is almost never written.

use crate::counter::CachePadded;
use crate::pulse::Pulse;
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
#[derive(Clone, Debug)]
pub struct Switch(Arc<Place>);

/// Where the word is.
#[derive(Debug)]
enum Place {
    /// In this process only.
    Own(CachePadded<AtomicBool>),
    /// The kill word of a page.
    Page(Arc<Pulse>),
}

impl Default for Switch {
    fn default() -> Self {
        Self(Arc::new(Place::Own(CachePadded::default())))
    }
}

impl Switch {
    /// A switch that is off, of this process alone.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) fn on_page(pulse: Arc<Pulse>) -> Self {
        Self(Arc::new(Place::Page(pulse)))
    }

    /// Turns it on or off. Release: who sees the switch sees what was done before it was thrown.
    pub fn set(&self, on: bool) {
        match &*self.0 {
            Place::Own(word) => word.store(on, Ordering::Release),
            Place::Page(pulse) => pulse.set_kill(on),
        }
    }

    /// Whether it is on.
    #[inline]
    #[must_use]
    pub fn is_on(&self) -> bool {
        match &*self.0 {
            Place::Own(word) => word.load(Ordering::Acquire),
            Place::Page(pulse) => pulse.is_killed(),
        }
    }
}
