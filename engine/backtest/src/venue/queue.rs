//! Resting orders of one side in price-time priority, each with its place in the real queue.
//!
//! The place is `ahead`: the quantity displayed at the level when the order arrived, less what has left it since:
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

use engine_model::market::Side;
use engine_model::order::ClientOrderId;
use engine_model::units::{Lots, Nanos, Ticks};

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
    /// Real quantity before us, in lots.
    ahead: i64,
    /// Taken off `ahead` by book messages up to `credit_at_ns`, and not yet seen as trades.
    credit: i64,
    credit_at_ns: Nanos,
    /// Venue time of the book that `ahead` was taken from.
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
    orders: Vec<Resting>,
}

impl Resting {
    /// An order that joins the end of a level which displays `level_lots`, in a book of that venue time.
    pub(super) fn new(id: ClientOrderId, px: Ticks, left: Lots, level_lots: Lots, book_at_ns: Nanos) -> Self {
        let ahead = level_lots.0;
        let (filled, post_only) = (0, false);
        Self {
            id,
            px,
            left: left.0,
            filled,
            post_only,
            ahead,
            credit: 0,
            credit_at_ns: Nanos(0),
            placed_at_ns: book_at_ns,
        }
    }

    /// What of `lots` traded at our price gets past everybody ahead.
    fn pass(&mut self, lots: i64, at_ns: Nanos) -> i64 {
        let known = if at_ns <= self.credit_at_ns { self.credit.min(lots) } else { 0 };
        self.credit -= known;
        let moved = self.ahead.min(lots - known);
        self.ahead -= moved;
        lots - known - moved
    }

    fn shrink(&mut self, level_lots: i64, at_ns: Nanos) {
        if level_lots < self.ahead {
            self.credit += self.ahead - level_lots;
            self.credit_at_ns = at_ns;
            self.ahead = level_lots;
        }
    }

    fn fill(&mut self, lots: i64) -> Filled {
        self.left -= lots;
        self.filled += lots;
        Filled { id: self.id, px: self.px, lots }
    }
}

impl Queue {
    pub(super) fn new(side: Side) -> Self {
        Self { side, orders: Vec::with_capacity(ORDERS_MAX) }
    }

    pub(super) fn len(&self) -> usize {
        self.orders.len()
    }

    /// How much `a` is better than `b` for this side, in ticks: above zero is better.
    fn better_by(&self, a: Ticks, b: Ticks) -> i64 {
        a.0.saturating_sub(b.0).saturating_mul(self.side.sign())
    }

    /// Behind everyone at its price.
    pub(super) fn insert(&mut self, order: Resting) {
        debug_assert!(self.orders.len() < ORDERS_MAX && order.left > 0);
        let index = self.orders.partition_point(|o| self.better_by(o.px, order.px) >= 0);
        self.orders.insert(index, order);
    }

    /// Takes an order out; `None` when it does not rest here.
    pub(super) fn remove(&mut self, id: ClientOrderId) -> Option<Resting> {
        let index = self.orders.iter().position(|o| o.id == id)?;
        Some(self.orders.remove(index))
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
        let mut lots = hit.lots;
        // Credit is counted order by order; it must never let a later order be filled before an earlier one is whole.
        let mut is_blocked = false;
        let side = self.side;
        for order in &mut self.orders {
            let better_by = order.px.0.saturating_sub(hit.px.0).saturating_mul(side.sign());
            if better_by < 0 {
                break;
            }
            if hit.at_ns <= order.placed_at_ns {
                continue;
            }
            if better_by > 0 {
                let fill = order.fill(order.left);
                lots = (lots - fill.lots).max(0);
                filled(fill);
                continue;
            }
            let reaches = order.pass(lots, hit.at_ns);
            let fills = if is_blocked { 0 } else { reaches.min(order.left) };
            if fills > 0 {
                lots -= fills;
                filled(order.fill(fills));
            }
            is_blocked |= order.left > 0;
        }
        self.orders.retain(|o| o.left > 0);
    }

    /// The book changed: nobody has more ahead than its level displays.
    pub(super) fn shrink(&mut self, at_ns: Nanos, mut level_lots: impl FnMut(Ticks) -> Lots) {
        for order in &mut self.orders {
            let lots = level_lots(order.px).0;
            order.shrink(lots, at_ns);
        }
    }

    /// The other side stands at or beyond our prices: fills orders, best first, with what `take` gives for them
    /// (`take(limit, lots)`, at most `lots`). Ends at the first order that gets nothing.
    pub(super) fn meet(&mut self, mut take: impl FnMut(Ticks, i64) -> i64, mut filled: impl FnMut(Filled)) {
        for order in &mut self.orders {
            let lots = take(order.px, order.left);
            debug_assert!((0..=order.left).contains(&lots));
            if lots == 0 {
                break;
            }
            filled(order.fill(lots));
        }
        self.orders.retain(|o| o.left > 0);
    }
}
