//! Resting orders of one side in price-time priority, each with its place in the real queue.
//!
//! The place is a model's ([`QueueModel`]). Ours is `ahead`: the quantity displayed at the level when the order arrived,
//! less what has left it since:
//!
//! * a trade at that price by the opposite aggressor leaves from the front: `ahead` first, then us;
//! * a level that shrinks without a trade is not known to have shrunk in front of us or behind; `ahead` shrinks only as
//!   far as it must, to the level's new quantity. (Pessimistic: everybody who leaves stood behind us.)
//!
//! Trade and book message race. Three rules keep one quantity from moving the queue twice:
//!
//! 1. *Trade first*: it lowers `ahead`; the book message that shows it then finds `ahead` at or below the level.
//! 2. *Book first*: by how much a book message of venue time `E` lowered `ahead` is kept as `credit`; a trade that
//!    happened at or before `E` uses the credit up before it moves anything.
//! 3. *Before our time*: a trade that happened at or before the book message that `ahead` was taken from is in it
//!    already; it moves nothing and fills nothing.
//!
//! Why that is enough: let a trade of `x` at our price be shown by the book as a level lower by `x`. Whatever part of `x`
//! the book message took off `ahead` is in `credit`, so trade and message together lower `ahead` by at most `x` (rule 2)
//! or lower it once (rule 1, since lowering to a level that is not below changes nothing). What a trade does not spend on
//! credit or `ahead` is all that it can fill, and is spent for the orders behind us when it fills us: at its own price, the
//! fills of one trade never exceed its quantity. (Orders at a better price it fills whole, whatever its quantity: the
//! market cannot have passed them by.) Wrong guesses (a cancel taken for a trade's trace) make fills rarer, never more.
//!
//! Owns: the order of priority and the places. Never: prices of the other side, replies, fees.

mod place;

use engine_core::config::QueueModel;
use engine_model::instrument::Grid;
use engine_model::market::{Level, Side};
use engine_model::order::ClientOrderId;
use engine_model::units::{Lots, Nanos, Ticks};
use place::{Place, Shown, Unit};

/// Orders that may rest on one instrument, both sides together: the venue's own MAX_NUM_ORDERS.
pub(super) const ORDERS_MAX: usize = 200;

/// An order that rests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resting {
    pub(super) id: ClientOrderId,
    pub(super) px: Ticks,
    /// What is still to be filled, in lots.
    pub(super) left: i64,
    /// What was filled before, in lots.
    pub(super) filled: i64,
    /// Whether it must rest wherever it is moved.
    pub(super) post_only: bool,
    place: Place,
    /// What its level showed last, in lots.
    shown: i64,
    /// Venue time of the book that its place was taken from.
    placed_at_ns: Nanos,
}

/// One trade by the market's aggressor, as a side's queue sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hit {
    pub(super) px: Ticks,
    pub(super) lots: i64,
    /// Venue time.
    pub(super) at_ns: Nanos,
}

/// How much of an order a venue event filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Filled {
    pub(super) id: ClientOrderId,
    pub(super) px: Ticks,
    pub(super) lots: i64,
}

/// One side's resting orders, best price first, then first come.
#[derive(Debug)]
pub(super) struct Queue {
    side: Side,
    model: QueueModel,
    footprint: Footprint,
    unit: Unit,
    orders: Vec<Resting>,
}

/// What an order takes of the market's quantity, and whether it is gone then for the next of ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Footprint {
    /// It is gone until the venue shows the level anew; our orders share what trades.
    #[default]
    Remembered,
    /// As in `hftbacktest`: each of our orders meets the market alone, as if the others were not, and is filled whole when
    /// the other side reaches its price. For comparisons with it; it makes fills out of nothing.
    Forgotten,
}

/// An order on its way into a queue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    pub(super) id: ClientOrderId,
    pub(super) px: Ticks,
    /// What is to be filled, in lots.
    pub(super) left: i64,
    /// What was filled before, in lots.
    pub(super) filled: i64,
    pub(super) post_only: bool,
    /// What its level shows.
    pub(super) level_lots: Lots,
    /// Venue time of that book.
    pub(super) book_at_ns: Nanos,
}

impl Resting {
    fn show(&mut self, model: QueueModel, unit: Unit, level: Lots, at_ns: Nanos) {
        self.place.show(model, unit, Shown { before: self.shown, now: level.0, at_ns });
        self.shown = level.0;
    }

    fn fill(&mut self, lots: i64) -> Filled {
        self.left -= lots;
        self.filled += lots;
        Filled { id: self.id, px: self.px, lots }
    }
}

impl Queue {
    pub(super) fn new(side: Side, model: QueueModel, footprint: Footprint, grid: &Grid) -> Self {
        Self { side, model, footprint, unit: Unit::new(grid), orders: Vec::with_capacity(ORDERS_MAX) }
    }

    pub(super) fn len(&self) -> usize {
        self.orders.len()
    }

    /// How much `a` is better than `b` for this side, in ticks: above zero is better.
    fn better_by(&self, a: Ticks, b: Ticks) -> i64 {
        a.0.saturating_sub(b.0).saturating_mul(self.side.sign())
    }

    /// Behind everyone at its price.
    pub(super) fn insert(&mut self, arrival: Arrival) {
        let Arrival { id, px, left, filled, post_only, level_lots, book_at_ns } = arrival;
        debug_assert!(self.orders.len() < ORDERS_MAX && left > 0);
        let place = Place::last(self.model, self.unit, level_lots.0);
        let order = Resting { id, px, left, filled, post_only, place, shown: level_lots.0, placed_at_ns: book_at_ns };
        let index = self.orders.partition_point(|o| self.better_by(o.px, px) >= 0);
        self.orders.insert(index, order);
    }

    /// Takes an order out; `None` when it does not rest here.
    pub(super) fn remove(&mut self, id: ClientOrderId) -> Option<Resting> {
        let index = self.orders.iter().position(|o| o.id == id)?;
        Some(self.orders.remove(index))
    }

    /// Takes all orders out, best first, and names each.
    pub(super) fn clear(&mut self, mut each: impl FnMut(ClientOrderId)) {
        self.orders.drain(..).for_each(|order| each(order.id));
    }

    /// An order that rests here.
    pub(super) fn find(&self, id: ClientOrderId) -> Option<&Resting> {
        self.orders.iter().find(|o| o.id == id)
    }

    /// Makes an order smaller where it stands.
    pub(super) fn shorten(&mut self, id: ClientOrderId, left: i64) {
        self.orders.iter_mut().filter(|o| o.id == id).for_each(|order| order.left = left);
    }

    /// A trade by the opposite aggressor. Orders at a better price than it was printed at are filled whole: the market
    /// went through them; what they take of its quantity is no longer there for those at its price.
    pub(super) fn hit(&mut self, hit: Hit, mut filled: impl FnMut(Filled)) {
        let is_shared = self.footprint == Footprint::Remembered;
        let mut lots = hit.lots;
        // Places are counted order by order; that must never let a later order be filled before an earlier one is whole.
        let mut is_blocked = false;
        let mut has_filled = false;
        let (side, unit) = (self.side, self.unit);
        for order in &mut self.orders {
            let better_by = order.px.0.saturating_sub(hit.px.0).saturating_mul(side.sign());
            if better_by < 0 {
                break;
            }
            if is_shared && hit.at_ns <= order.placed_at_ns {
                continue;
            }
            let fills = match better_by {
                0 if is_blocked => {
                    order.place.pass(unit, lots, hit.at_ns);
                    0
                }
                0 => order.place.pass(unit, lots, hit.at_ns).min(order.left),
                _ => order.left,
            };
            if fills > 0 {
                filled(order.fill(fills));
                has_filled = true;
            }
            if is_shared {
                lots = (lots - fills).max(0);
                is_blocked |= better_by == 0 && order.left > 0;
            }
        }
        if has_filled {
            self.orders.retain(|o| o.left > 0);
        }
    }

    /// A book message with those levels of our side in it.
    pub(super) fn show(&mut self, at_ns: Nanos, levels: &[Level]) {
        let (Some(best), Some(worst)) = (self.orders.first(), self.orders.last()) else { return };
        let (best, worst) = (best.px, worst.px);
        for level in levels {
            if self.better_by(level.px, best) > 0 || self.better_by(worst, level.px) > 0 {
                continue;
            }
            let first = self.orders.partition_point(|o| self.better_by(o.px, level.px) > 0);
            for order in self.orders[first..].iter_mut().take_while(|o| o.px == level.px) {
                order.show(self.model, self.unit, level.qty, at_ns);
            }
        }
    }

    /// A whole new book.
    pub(super) fn show_all(&mut self, at_ns: Nanos, mut level_lots: impl FnMut(Ticks) -> Lots) {
        for order in &mut self.orders {
            order.show(self.model, self.unit, level_lots(order.px), at_ns);
        }
    }

    /// The other side stands at or beyond our prices: fills orders, best first, with what `take` gives for them
    /// (`take(limit, lots)`, at most `lots`). Ends at the first order that gets nothing.
    pub(super) fn meet(&mut self, mut take: impl FnMut(Ticks, i64) -> i64, mut filled: impl FnMut(Filled)) {
        let mut has_filled = false;
        for order in &mut self.orders {
            let lots = take(order.px, order.left);
            debug_assert!((0..=order.left).contains(&lots));
            if lots == 0 {
                break;
            }
            has_filled = true;
            filled(order.fill(lots));
        }
        if has_filled {
            self.orders.retain(|o| o.left > 0);
        }
    }
}
