//! One instrument at the venue: our orders on both sides, and what was eaten from its book.
//!
//! Owns: what can be had of a displayed level. Never: replies, fees, instruments.

use super::account::Accounts;
use super::impact::Pressure;
use super::paper::PaperConfig;
use super::queue::{Filled, Footprint, Queue};
use engine_core::market::Book;
use engine_model::instrument::Instrument;
use engine_model::market::{Level, Side, Stamp};
use engine_model::planted::planted;
use engine_model::units::{Lots, Nanos, Ticks};

/// Levels that one order may walk. What would go further is withdrawn, as by a venue's price protection.
pub(super) const WALK_LEVELS_MAX: usize = 128;

/// One instrument.
#[derive(Debug)]
pub(super) struct Shelf {
    pub(super) bids: Queue,
    pub(super) asks: Queue,
    pub(super) accounts: Accounts,
    pub(super) pressure: Pressure,
    footprint: Footprint,
    /// Venue time of the last book message.
    pub(super) book_at_ns: Nanos,
    /// Newest venue time of any message.
    newest_at_ns: Nanos,
}

/// Whether a level at `px` can be had by an order of that side and limit.
pub(super) fn is_within(side: Side, limit: Ticks, px: Ticks) -> bool {
    match side {
        Side::Buy => px <= limit,
        Side::Sell => px >= limit,
    }
}

/// An order that meets the other side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Crossing<'a> {
    pub(super) instrument: &'a Instrument,
    pub(super) book: &'a Book,
    pub(super) side: Side,
    pub(super) limit: Ticks,
    pub(super) lots: i64,
}

impl Shelf {
    pub(super) fn new(instrument: &Instrument, config: &PaperConfig) -> Self {
        let footprint = config.footprint;
        let queue = |side| Queue::new(side, config.queue, footprint, &instrument.grid);
        Self {
            bids: queue(Side::Buy),
            asks: queue(Side::Sell),
            accounts: Accounts::new(footprint),
            pressure: Pressure::new(config.impact),
            footprint,
            book_at_ns: Nanos(0),
            newest_at_ns: Nanos(0),
        }
    }

    /// The venue's time of a message. One that brings none (a REST snapshot of spot) is as new as the newest seen; where
    /// the venue never sends any, receive times do. The two clocks are never compared.
    pub(super) fn venue_time(&mut self, at: Stamp) -> Nanos {
        let venue_at_ns = match (at.venue_at_ns, self.newest_at_ns) {
            (Nanos(0), Nanos(0)) => return at.received_at_ns,
            (Nanos(0), newest) => newest,
            (known, _) => known,
        };
        self.newest_at_ns = self.newest_at_ns.max(venue_at_ns);
        venue_at_ns
    }

    pub(super) fn queue(&mut self, side: Side) -> &mut Queue {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }

    /// What an order could take now, up to its quantity.
    pub(super) fn takeable(&self, crossing: &Crossing<'_>) -> i64 {
        let Crossing { book, side, limit, lots, .. } = *crossing;
        let (far, mut left) = (side.opposite(), lots);
        for level in book.levels(far).take(WALK_LEVELS_MAX).take_while(|level| is_within(side, limit, level.px)) {
            left -= self.accounts.left(far, level).min(left);
        }
        lots - left
    }

    /// Whether there is something within the limit that was not taken: behind the levels that may be walked.
    pub(super) fn has_more(&self, book: &Book, side: Side, limit: Ticks) -> bool {
        let far = side.opposite();
        let mut within = book.levels(far).take_while(|level| is_within(side, limit, level.px));
        within.by_ref().take(WALK_LEVELS_MAX).any(|level| self.accounts.left(far, level) > 0) || within.next().is_some()
    }

    /// Takes what an order can have of the other side, tells each fill, and gives back how much it was.
    pub(super) fn cross(&mut self, crossing: &Crossing<'_>, mut each: impl FnMut(Level)) -> i64 {
        let Crossing { instrument, book, side, limit, lots } = *crossing;
        let Self { accounts, pressure, .. } = self;
        take(accounts, book, (side, limit, lots), |taken| {
            let px = pressure.shifted(instrument, side, taken, limit);
            pressure.take(instrument, side, taken);
            each(Level { px, ..taken });
        })
    }

    /// The book changed: the other side may stand at or beyond our prices.
    pub(super) fn meet(&mut self, side: Side, book: &Book, filled: impl FnMut(Filled)) {
        let Self { bids, asks, accounts, footprint, .. } = self;
        let queue = if side == Side::Buy { bids } else { asks };
        let best = book.best(side.opposite());
        match footprint {
            Footprint::Remembered => queue.meet(|px, lots| take(accounts, book, (side, px, lots), |_| ()), filled),
            Footprint::Forgotten => {
                let is_there = |px| best.is_some_and(|best| is_within(side, px, best.px));
                queue.meet(|px, lots| if is_there(px) { lots } else { 0 }, filled);
            }
        }
    }
}

/// Takes up to so many lots from the levels that the side could have at its limit, tells each, and gives back how much it
/// was.
fn take(
    accounts: &mut Accounts,
    book: &Book,
    (side, limit, lots): (Side, Ticks, i64),
    mut each: impl FnMut(Level),
) -> i64 {
    let far = side.opposite();
    let mut left = lots;
    for level in book.levels(far).take(WALK_LEVELS_MAX) {
        if left == 0 || !is_within(side, limit, level.px) {
            break;
        }
        let taken = accounts.left(far, level).min(left);
        if taken > 0 {
            each(Level { px: level.px, qty: Lots(taken) });
            if !planted("paper/level-eaten-twice") {
                accounts.take(far, level.px, taken);
            }
            left -= taken;
        }
    }
    lots - left
}
