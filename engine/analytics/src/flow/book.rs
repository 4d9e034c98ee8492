//! What the best bid and ask say.

use super::{known, ratio};
use crate::indicator::Filter;
use crate::indicator::block::Sum;

/// Best bid and ask.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quote {
    /// Highest price bid.
    pub bid: f64,
    /// Amount there, in units of the base asset.
    pub bid_size: f64,
    /// Lowest price asked.
    pub ask: f64,
    /// Amount there.
    pub ask_size: f64,
}

impl Quote {
    /// Halfway between both prices.
    #[must_use]
    #[inline]
    pub fn mid(&self) -> f64 {
        (self.bid + self.ask) / 2.0
    }

    /// Asked less bid.
    #[must_use]
    #[inline]
    pub fn spread(&self) -> f64 {
        self.ask - self.bid
    }

    /// The same in hundredths of a percent of the mid.
    #[must_use]
    pub fn spread_bps(&self) -> Option<f64> {
        ratio(1e4 * self.spread(), self.mid())
    }

    /// Amount bid less amount asked, as a share of both: -1 to 1. `None` where both are 0.
    #[must_use]
    #[inline]
    pub fn imbalance(&self) -> Option<f64> {
        ratio(self.bid_size - self.ask_size, self.bid_size + self.ask_size)
    }

    /// Mean of both prices, each weighing as much as lies on the other side: nearer to the price that is about to give way.
    /// `None` where both amounts are 0.
    #[must_use]
    #[inline]
    pub fn microprice(&self) -> Option<f64> {
        ratio(self.bid * self.ask_size + self.ask * self.bid_size, self.bid_size + self.ask_size)
    }
}

/// Order flow imbalance (Cont, Kukanov, Stoikov 2014): what came to the bid or left the ask, less what left the bid or came
/// to the ask.
#[derive(Clone, Debug)]
pub struct Ofi {
    last: Option<Quote>,
    sum: Sum,
}

/// What a quote did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OfiEvent {
    /// Flow since the quote before; 0 of the first, before which nothing is known to have moved.
    pub flow: f64,
    /// Sum of the last so many; `None` before there were.
    pub sum: Option<f64>,
}

impl Ofi {
    /// Summed over `length` quotes. Panics on 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self { last: None, sum: Sum::new(length) }
    }

    /// Takes the next quote.
    #[inline]
    pub fn update(&mut self, quote: &Quote) -> OfiEvent {
        let flow = self.last.replace(*quote).map_or(0.0, |last| {
            let mut flow = 0.0;
            if quote.bid >= last.bid {
                flow += quote.bid_size;
            }
            if quote.bid <= last.bid {
                flow -= last.bid_size;
            }
            if quote.ask <= last.ask {
                flow -= quote.ask_size;
            }
            if quote.ask >= last.ask {
                flow += last.ask_size;
            }
            flow
        });
        OfiEvent { flow, sum: known(self.sum.next(flow)) }
    }
}
