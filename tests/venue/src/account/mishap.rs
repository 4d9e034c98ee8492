//! What goes wrong on the private side, on request or drawn by the seed.
//!
//! Owns: the faults that wait for their occasion. Never: an order; the [`Teller`](super::Teller) asks what is to happen.

use crate::random::Random;
use std::collections::VecDeque;
use std::time::Duration;

/// What happens to the next request about an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderFault {
    /// It is done, and never answered.
    ReplyLost,
    /// It is done, and answered so much later. What it caused is told at once.
    ReplyDelayed(Duration),
    /// The next order that is entered is executed whole at once, and that is told before the order is answered.
    FillBeforeAck,
    /// The next order that is withdrawn is executed whole just before.
    CancelFillRace,
    /// It is answered with that HTTP status, done or not.
    Status {
        /// 429, 418, 5xx.
        status: u16,
        /// Whether it is done all the same.
        acted: bool,
    },
    /// It is done, and the connection that it came by is cut without an answer.
    Cut,
}

/// What happens to the next private connection or text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrivateFault {
    /// The next login is answered, then its connection is cut.
    CutAfterLogin,
    /// The next private subscription cuts its connection in place of an answer.
    CutBeforeSubscribed,
    /// The next private connection is accepted, and then neither heard nor spoken to.
    HalfOpen,
    /// The next private text is sent twice.
    Repeat,
    /// The next private text is sent behind those of the 300 ms that follow.
    Swap,
    /// Every private text is so late. Zero ends it.
    Slow(Duration),
}

/// What becomes of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Fate {
    #[default]
    Sent,
    /// So many nanoseconds later.
    Delayed(u64),
    Lost,
    /// Lost, and the connection with it.
    Cut,
    /// Sent, and then the connection is cut.
    SentThenCut,
}

/// What is about to be done to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    Place,
    Modify,
    Cancel,
}

/// By how much a private text is late that others are to overtake, and an answer that its own consequences are.
pub(crate) const OVERTAKEN_NS: u64 = 300_000_000;
pub(crate) const ACK_DELAY_NS: u64 = 50_000_000;

pub(crate) struct Mishaps {
    orders: VecDeque<OrderFault>,
    private: Vec<PrivateFault>,
    /// Every private text is so late.
    pub(crate) slow_ns: u64,
    draws_per_mille: u64,
    random: Random,
}

impl Mishaps {
    pub(crate) fn new(seed: u64) -> Self {
        let random = Random::branch(seed, "mishaps");
        Self { orders: VecDeque::new(), private: Vec::new(), slow_ns: 0, draws_per_mille: 0, random }
    }

    pub(crate) fn arm_order(&mut self, fault: OrderFault) {
        self.orders.push_back(fault);
    }

    pub(crate) fn arm_private(&mut self, fault: PrivateFault) {
        match fault {
            PrivateFault::Slow(late) => self.slow_ns = u64::try_from(late.as_nanos()).unwrap_or(u64::MAX),
            fault => self.private.push(fault),
        }
    }

    /// From now on of a thousand occasions so many go wrong, in a way that the seed draws.
    pub(crate) fn draw(&mut self, per_mille: u64) {
        self.draws_per_mille = per_mille;
    }

    /// What goes wrong with what is about to be done: the first that waits for such a deed, or what is drawn.
    pub(crate) fn next_order(&mut self, deed: Deed) -> Option<OrderFault> {
        let waits = self.orders.iter().position(|fault| applies(*fault, deed));
        waits.and_then(|place| self.orders.remove(place)).or_else(|| self.drawn_order(deed))
    }

    fn drawn_order(&mut self, deed: Deed) -> Option<OrderFault> {
        if !self.random.chance(self.draws_per_mille) {
            return None;
        }
        let delay = Duration::from_millis(self.random.below(400));
        let acted = self.random.chance(500);
        let drawn = match self.random.below(7) {
            0 => OrderFault::ReplyLost,
            1 => OrderFault::ReplyDelayed(delay),
            2 => OrderFault::FillBeforeAck,
            3 => OrderFault::CancelFillRace,
            4 => OrderFault::Status { status: 503, acted },
            5 => OrderFault::Status { status: 429, acted: false },
            _ => OrderFault::Cut,
        };
        applies(drawn, deed).then_some(drawn)
    }

    /// Whether that happens to a connection now: it was waiting, or the seed draws it.
    pub(crate) fn happens(&mut self, fault: PrivateFault) -> bool {
        // Connections are few, and everything on one ends with it.
        self.take(fault) || self.random.chance(self.draws_per_mille / 4)
    }

    /// Whether that fault was waiting.
    fn take(&mut self, fault: PrivateFault) -> bool {
        let found = self.private.iter().position(|waiting| *waiting == fault);
        found.map(|place| self.private.remove(place)).is_some()
    }

    /// How often a private text is sent, and how late.
    pub(crate) fn next_text(&mut self) -> (usize, u64) {
        let drawn = self.random.chance(self.draws_per_mille).then(|| self.random.below(2));
        let times = 1 + usize::from(self.take(PrivateFault::Repeat) || drawn == Some(0));
        let overtaken = self.take(PrivateFault::Swap) || drawn == Some(1);
        (times, self.slow_ns + if overtaken { OVERTAKEN_NS } else { 0 })
    }
}

fn applies(fault: OrderFault, deed: Deed) -> bool {
    match fault {
        OrderFault::FillBeforeAck => deed == Deed::Place,
        OrderFault::CancelFillRace => deed == Deed::Cancel,
        _ => true,
    }
}
