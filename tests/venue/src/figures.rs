//! What the server counts, readable while it runs.

use std::sync::atomic::{AtomicU64, Ordering};

/// A count written by the server's thread alone.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, more: u64) {
        self.set(self.get() + more);
    }

    pub(crate) fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) events: Counter,
    pub(crate) frames: Counter,
    pub(crate) accepted: Counter,
    pub(crate) sockets: Counter,
    pub(crate) slow: Counter,
    pub(crate) rest_requests: Counter,
    pub(crate) faults: Counter,
    pub(crate) open: Counter,
}

/// The counts at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Market events played.
    pub events: u64,
    /// Market frames sent, one for each client that got it.
    pub frames: u64,
    /// Connections accepted.
    pub accepted: u64,
    /// Of them, those that became WebSockets.
    pub sockets: u64,
    /// Clients that were cut because they did not read.
    pub slow: u64,
    /// REST requests answered.
    pub rest_requests: u64,
    /// Faults injected.
    pub faults: u64,
    /// Connections open now.
    pub open: u64,
}

impl Counters {
    pub(crate) fn figures(&self) -> Figures {
        Figures {
            events: self.events.get(),
            frames: self.frames.get(),
            accepted: self.accepted.get(),
            sockets: self.sockets.get(),
            slow: self.slow.get(),
            rest_requests: self.rest_requests.get(),
            faults: self.faults.get(),
            open: self.open.get(),
        }
    }
}
