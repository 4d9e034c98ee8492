//! What a venue (or a race with it) said that does not fit our order table: named and counted, never applied.

use engine_model::order::ClientOrderId;

/// What did not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Anomaly {
    /// An answer for an order that we never sent.
    UnknownOrder = 0,
    /// An answer for an order that is over and was forgotten.
    AfterEnd = 1,
    /// The lifecycle has no such step.
    InvalidTransition = 2,
    /// This execution was booked before.
    DuplicateTrade = 3,
    /// An execution beyond the order's quantity. The venue and we disagree about money: reconcile.
    Overfill = 4,
    /// An execution without a positive quantity and a price that money can be computed from.
    ImpossibleFill = 5,
    /// An execution after the cancel or the expiry. The one anomaly that *is* applied: the law admits it.
    LateFill = 6,
    /// A cancel or a change that crossed other news on its way: to the venue, or refused by it.
    CrossedCancel = 7,
    /// A denied order under a number that was not its turn: no report can name it.
    Misnumbered = 8,
}

impl Anomaly {
    /// Every anomaly.
    pub const ALL: [Self; 9] = [
        Self::UnknownOrder,
        Self::AfterEnd,
        Self::InvalidTransition,
        Self::DuplicateTrade,
        Self::Overfill,
        Self::ImpossibleFill,
        Self::LateFill,
        Self::CrossedCancel,
        Self::Misnumbered,
    ];

    /// The name used in metrics and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::UnknownOrder => "unknown_order",
            Self::AfterEnd => "after_end",
            Self::InvalidTransition => "invalid_transition",
            Self::DuplicateTrade => "duplicate_trade",
            Self::Overfill => "overfill",
            Self::ImpossibleFill => "impossible_fill",
            Self::LateFill => "late_fill",
            Self::CrossedCancel => "crossed_cancel",
            Self::Misnumbered => "misnumbered",
        }
    }

    /// Whether it is two messages that crossed on their ways, as they do in an ordinary run, and nobody's fault.
    #[must_use]
    pub const fn is_race(self) -> bool {
        matches!(self, Self::LateFill | Self::CrossedCancel)
    }
}

/// How often each was met, and with which order last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Anomalies {
    counts: [u64; Anomaly::ALL.len()],
    /// The order that each was last met with.
    orders: [ClientOrderId; Anomaly::ALL.len()],
    noted: u64,
}

impl Anomalies {
    /// Counts one.
    pub fn note(&mut self, anomaly: Anomaly, client_order_id: ClientOrderId) {
        self.counts[anomaly as usize] += 1;
        self.orders[anomaly as usize] = client_order_id;
        self.noted += 1;
    }

    /// How many in all.
    #[must_use]
    pub fn noted(&self) -> u64 {
        self.noted
    }

    /// How often this one was met.
    #[must_use]
    pub fn count(&self, anomaly: Anomaly) -> u64 {
        self.counts[anomaly as usize]
    }

    /// The order that this one was last met with.
    #[must_use]
    pub fn order(&self, anomaly: Anomaly) -> ClientOrderId {
        self.orders[anomaly as usize]
    }
}
