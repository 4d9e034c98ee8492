//! The request weight that REST answers cost.

const MINUTE_NS: u64 = 60_000_000_000;

/// The weight used in the running minute.
#[derive(Default)]
pub(crate) struct Weights {
    minute: u64,
    used: u32,
}

impl Weights {
    /// Whether that much more stays within the limit of a minute.
    pub(crate) fn spend(&mut self, now_ns: u64, weight: u32, max: u32) -> bool {
        if now_ns / MINUTE_NS != self.minute {
            *self = Self { minute: now_ns / MINUTE_NS, used: 0 };
        }
        self.used = self.used.saturating_add(weight);
        self.used <= max
    }

    pub(crate) fn used(&self) -> u32 {
        self.used
    }
}
