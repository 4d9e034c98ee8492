//! Smart routing: one wish for a pair that several venues list goes out to those that give the best price after fees.
//!
//! | part | what |
//! |---|---|
//! | here | which venue gets how much: a pure function of what stands in the books |
//! | [`router`] | one wish on its way: what was sent, what is filled, what is left, which venues are left out and why |
//!
//! **Rule.** As much as there is (within the wish and its limit), and of all ways to place that much the cheapest after
//! fees. Quantities are shared out in steps that every venue can trade (the least common multiple of their lots); what is
//! left of the wish below a step goes where it is cheapest and fits. A venue gets nothing or at least its minimum.
//!
//! **Never** more than the wish, to all venues together.

pub mod router;
#[cfg(test)]
mod router_tests;
#[cfg(test)]
mod tests;

use engine_model::market::{Level, Side};
use engine_model::units::{Lots, Ticks};
use engine_model::venue::VENUES_MAX;

/// Fees are in millionths.
const MILLION: i128 = 1_000_000;

/// What one venue offers on the side that is to be taken.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    /// Units of quantity, common to all venues, in one lot. Positive.
    pub lot: i64,
    /// Units of price, common to all venues, in one tick. Positive.
    pub tick: i64,
    /// What a taker pays, in millionths of the value; negative is a rebate.
    pub fee_ppm: i64,
    /// Least that an order may be, in lots.
    pub min: Lots,
    /// Most that an order may be, in lots.
    pub max: Lots,
    /// What stands there, best first. Prices do not get better.
    pub levels: &'a [Level],
}

/// What one venue is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// How much; 0 is nothing.
    pub qty: Lots,
    /// The worst price among what it takes.
    pub px: Ticks,
}

/// Who gets what, by place in the list of offers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// By place.
    pub parts: [Part; VENUES_MAX],
    /// What all of it costs with fees (of a sale: brings, negative), in units of price times quantity, in millionths.
    pub cost: i128,
    /// What found no place, in units of quantity.
    pub unplaced: i64,
}

/// Shares `qty` units out over at most [`VENUES_MAX`] offers.
#[must_use]
pub fn allocate(side: Side, qty: i64, offers: &[Offer<'_>]) -> Plan {
    let step = step(offers);
    let mut best = [0; VENUES_MAX];
    let mut best_value = (0, 0);
    // A minimum is a price of entry: which venues take part is tried out, at most 2^8 ways.
    for venues in 0_u32..1 << offers.len().min(VENUES_MAX) {
        let Some(steps) = share(side, qty / step, step, offers, venues) else { continue };
        let placed: i64 = steps.iter().sum();
        let cost: i128 = steps.iter().zip(offers).map(|(n, offer)| offer.cost(side, n * step / offer.lot)).sum();
        if (placed, -cost) > best_value {
            (best, best_value) = (steps, (placed, -cost));
        }
    }
    let mut lots = [0; VENUES_MAX];
    for ((lots, steps), offer) in lots.iter_mut().zip(best).zip(offers) {
        *lots = steps * step / offer.lot;
    }
    let mut unplaced = qty - best_value.0 * step;
    place_rest(side, &mut unplaced, &mut lots, offers);
    let mut plan = Plan { unplaced, ..Plan::default() };
    for ((part, lots), offer) in plan.parts.iter_mut().zip(lots).zip(offers) {
        *part = Part { qty: Lots(lots), px: offer.last_px(lots) };
        plan.cost += offer.cost(side, lots);
    }
    plan
}

/// Shares `steps` out over the venues in the set, each of which gets at least its minimum. `None`: one cannot.
fn share(side: Side, steps: i64, step: i64, offers: &[Offer<'_>], venues: u32) -> Option<[i64; VENUES_MAX]> {
    let mut given = [0; VENUES_MAX];
    let mut left = steps;
    for (place, offer) in offers.iter().enumerate().filter(|(place, _)| venues >> place & 1 == 1) {
        given[place] = offer.steps_min(step);
        left -= given[place];
        if left < 0 || given[place] > offer.steps(step) {
            return None;
        }
    }
    while left > 0 {
        let open = (0..offers.len()).filter(|place| venues >> place & 1 == 1);
        let next = open.filter_map(|place| Some((offers[place].next(side, given[place], step)?, place)));
        let Some(((_, run), place)) = next.min_by_key(|((cost, _), _)| *cost) else { break };
        given[place] += run.min(left);
        left -= run.min(left);
    }
    Some(given)
}

/// Places what is below a step, or beyond what stands in whole steps, wherever it is cheapest and fits.
fn place_rest(side: Side, unplaced: &mut i64, lots: &mut [i64; VENUES_MAX], offers: &[Offer<'_>]) {
    loop {
        let fits = |place: &usize| {
            let (offer, held) = (&offers[*place], lots[*place]);
            let more = (*unplaced / offer.lot).min(offer.room(held));
            more > 0 && held + more >= offer.min.0
        };
        let price = |place: &usize| offers[*place].price(side, offers[*place].px_after(lots[*place]));
        let Some(place) = (0..offers.len()).filter(fits).min_by_key(price) else { return };
        let offer = &offers[place];
        // To the end of the level, or of what the minimum asks for.
        let run = offer.level_left(lots[place]).max(offer.min.0 - lots[place]);
        let more = (*unplaced / offer.lot).min(offer.room(lots[place])).min(run);
        lots[place] += more;
        *unplaced -= more * offer.lot;
    }
}

/// The smallest quantity that is a whole number of lots everywhere.
fn step(offers: &[Offer<'_>]) -> i64 {
    offers.iter().fold(1, |step, offer| step / divisor(step, offer.lot) * offer.lot)
}

fn divisor(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { divisor(b, a % b) }
}

impl Offer<'_> {
    /// Lots that can be taken at all.
    fn depth(&self) -> i64 {
        self.levels.iter().fold(0, |sum: i64, level| sum.saturating_add(level.qty.0)).min(self.max.0)
    }

    fn room(&self, held: i64) -> i64 {
        self.depth() - held
    }

    fn steps(&self, step: i64) -> i64 {
        self.depth() / (step / self.lot)
    }

    /// The fewest steps that are an order.
    fn steps_min(&self, step: i64) -> i64 {
        let (lots, least) = (step / self.lot, self.min.0.max(1));
        least / lots + i64::from(least % lots > 0)
    }

    /// A unit of quantity at a price, with fees: the smaller the better.
    fn price(&self, side: Side, px: Ticks) -> i128 {
        let rate = MILLION + i128::from(side.sign() * self.fee_ppm);
        i128::from(side.sign()) * i128::from(px.0) * i128::from(self.tick) * rate
    }

    /// What the first `lots` of the book cost.
    fn cost(&self, side: Side, lots: i64) -> i128 {
        let mut left = lots;
        let mut cost = 0;
        for level in self.levels {
            let taken = left.min(level.qty.0);
            cost += i128::from(taken) * i128::from(self.lot) * self.price(side, level.px);
            left -= taken;
        }
        cost
    }

    /// The level in which the lot behind the first `held` stands, and how much of it is left.
    fn at(&self, held: i64) -> Option<(Ticks, i64)> {
        let mut before: i64 = 0;
        self.levels.iter().find_map(|level| {
            before = level.qty.0.saturating_add(before);
            (before > held).then_some((level.px, before - held))
        })
    }

    fn px_after(&self, held: i64) -> Ticks {
        self.at(held).unwrap_or_default().0
    }

    fn level_left(&self, held: i64) -> i64 {
        self.at(held).unwrap_or_default().1
    }

    fn last_px(&self, lots: i64) -> Ticks {
        if lots > 0 { self.px_after(lots - 1) } else { Ticks(0) }
    }

    /// What the next step behind `given` costs, and how many in a row cost the same.
    fn next(&self, side: Side, given: i64, step: i64) -> Option<(i128, i64)> {
        let lots = step / self.lot;
        if given >= self.steps(step) {
            return None;
        }
        let (px, left) = self.at(given * lots)?;
        if left >= lots {
            let whole = (left / lots).min(self.steps(step) - given);
            return Some((i128::from(step) * self.price(side, px), whole));
        }
        Some((self.cost(side, (given + 1) * lots) - self.cost(side, given * lots), 1))
    }
}
