//! An open loop: due times are planned before, never shifted, and a late start counts as latency.
//!
//! Owns the plan, in short windows, and the judgement which windows are clean: one in which the system provably took the
//! core away (it says so, or the spin between two readings of the clock had a hole) is dropped whole, never a single slow
//! sample. A shared machine takes the core every few milliseconds, so windows are two milliseconds long.

use crate::machine::switches_of_this_thread;
use engine_ring::clock::Clock;

/// How long a window lasts.
const WINDOW_NS: u64 = 2_000_000;
/// From the making of a window to its first due time.
const RUN_UP_NS: u64 = 20_000;
/// Two readings of the clock further apart while waiting: somebody else had the core. A timer interrupt takes 3 µs here.
const HOLE_NS: u64 = 10_000;

/// A window of due times.
#[derive(Debug)]
pub struct Pacer {
    clock: Clock,
    interval_ns: u64,
    next_due_ns: u64,
    left: u64,
    hole: bool,
    switches: Option<u64>,
    latencies_ns: Vec<u64>,
}

/// What a window gave.
#[derive(Debug)]
pub struct Window {
    /// Completion minus due time, in order.
    pub latencies_ns: Vec<u64>,
    /// Whether the core was ours all the time.
    pub clean: bool,
}

impl Pacer {
    /// A window at that rate.
    #[must_use]
    pub fn window(rate_per_s: u64) -> Self {
        let interval_ns = 1_000_000_000 / rate_per_s;
        let count = (WINDOW_NS / interval_ns).max(1);
        let clock = Clock::machine();
        let switches = switches_of_this_thread();
        let latencies_ns = Vec::with_capacity(count as usize);
        let next_due_ns = clock.now() + RUN_UP_NS;
        Self { clock, interval_ns, next_due_ns, left: count, hole: false, switches, latencies_ns }
    }

    /// Frames a second.
    #[must_use]
    pub fn rate_per_s(&self) -> u64 {
        1_000_000_000 / self.interval_ns
    }

    /// Spins until the next due time and returns it; `None` when the window is over.
    #[inline]
    pub fn wait(&mut self) -> Option<u64> {
        self.left = self.left.checked_sub(1)?;
        let due_ns = self.next_due_ns;
        self.next_due_ns += self.interval_ns;
        let mut last_ns = self.clock.now();
        while last_ns < due_ns {
            let now_ns = self.clock.now();
            self.hole |= now_ns - last_ns > HOLE_NS;
            last_ns = now_ns;
        }
        Some(due_ns)
    }

    /// The work that was due then is complete now.
    #[inline]
    pub fn done(&mut self, due_ns: u64) {
        self.done_at(due_ns, self.clock.now());
    }

    /// The work that was due then was complete at `at_ns`.
    #[inline]
    pub fn done_at(&mut self, due_ns: u64, at_ns: u64) {
        self.latencies_ns.push(at_ns.saturating_sub(due_ns));
    }

    /// The window's samples.
    #[must_use]
    pub fn end(self) -> Window {
        let clean = !self.hole && self.switches == switches_of_this_thread();
        Window { latencies_ns: self.latencies_ns, clean }
    }
}

/// Latencies of many windows, the clean ones apart.
#[derive(Debug, Default)]
pub struct Windows {
    /// Samples of clean windows.
    pub clean_ns: Vec<u64>,
    /// Samples of all windows.
    pub all_ns: Vec<u64>,
}

impl Windows {
    /// Adds a window.
    pub fn add(&mut self, window: Window) {
        if window.clean {
            self.clean_ns.extend(&window.latencies_ns);
        }
        self.all_ns.extend(window.latencies_ns);
    }
}

/// The empty harness: due times with nothing to do; what a latency of zero reads as.
#[must_use]
pub fn overhead_ns(rate_per_s: u64) -> Option<f64> {
    let mut windows = Windows::default();
    for _ in 0..20 {
        let mut pacer = Pacer::window(rate_per_s);
        while let Some(due_ns) = pacer.wait() {
            pacer.done(due_ns);
        }
        windows.add(pacer.end());
    }
    crate::rounds::percentile(&windows.clean_ns, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_start_counts_and_does_not_shift_the_plan() {
        let mut pacer = Pacer::window(10_000);
        let mut dues = Vec::new();
        while let Some(due_ns) = pacer.wait() {
            if dues.is_empty() {
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
            dues.push(due_ns);
            pacer.done(due_ns);
        }
        let window = pacer.end();
        assert!(dues.windows(2).all(|pair| pair[1] - pair[0] == 100_000), "{dues:?}");
        assert_eq!(dues.len(), 20);
        assert!(window.latencies_ns[0] >= 1_000_000 && window.latencies_ns[1] >= 900_000, "{window:?}");
    }
}
