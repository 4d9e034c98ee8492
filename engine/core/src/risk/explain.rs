//! What a refused order could have been: how much of the limit was left, and what would have passed.
//!
//! Asked for the worst breach of a denial only. Exact where the limit is on one amount; for a group of instruments it is
//! what the group had left, all of it spent on this order.

use crate::portfolio::wide::saturating_product;
use crate::risk::Risk;
use crate::risk::check::{self, BPS, PERCENT, shown};
use crate::risk::every::Case;
use engine_model::instrument::InstrumentId;
use engine_model::limit::Limits;
use engine_model::market::Side;
use engine_model::refusal::{Check, Refusal};

impl Risk {
    /// The refusal with its headroom, and with the price or quantity that would have passed.
    pub(super) fn explained(&self, case: &Case<'_>, refusal: Refusal) -> Refusal {
        let Case { order, now, .. } = *case;
        let limits = self.limits_at(case.place, now);
        let desk = &self.desks[order.instrument.index()];
        let collar = if desk.is_major { limits.price_collar_bps } else { limits.price_collar_others_bps };
        let market = &self.markets[order.instrument.index()];
        let mid = market.mid_doubled();
        let px_within = |reference: Option<i128>, bps: i64| {
            let furthest = |doubled| check::price::collar_px(order.side, doubled, bps).0;
            (bps, reference.map_or(0, furthest))
        };
        let (headroom, passes) = match refusal.check {
            Check::PriceCollar => px_within(mid, collar),
            Check::PriceCollarHard => {
                let mark = market.value_px().map(|px| 2 * i128::from(px.0));
                px_within(mark.or(mid), limits.price_collar_hard_bps)
            }
            Check::SelfMatch => (0, refusal.limit),
            Check::OrderQtyMin | Check::OrderQtyMax => (refusal.limit, refusal.limit),
            Check::VolumeShare => {
                let share = saturating_product(i128::from(desk.volume.day()), i128::from(refusal.limit));
                (refusal.limit, shown(share / i128::from(BPS)))
            }
            Check::OrderNotionalMax => (refusal.limit, self.lots_of(case, i128::from(refusal.limit))),
            Check::BatchNotional => {
                let left = i128::from(refusal.limit) - self.traders[case.place].batch.sum();
                (shown(left.max(0)), self.lots_of(case, left))
            }
            Check::Reducing | Check::ReduceOnly | Check::ShortSpot => {
                let before = self.sizes(order).before;
                let flat = if (before < 0) == (order.side == Side::Buy) { before.abs() } else { 0 };
                (shown(flat), shown(flat))
            }
            Check::MessageRate | Check::VenueRate | Check::Backpressure => {
                ((refusal.limit - refusal.value + 1).max(0), 0)
            }
            Check::OpenOrders | Check::OpenOrdersVenue | Check::OpenOrdersInstrument => (0, 0),
            _ => self.room(case, limits, refusal.check).unwrap_or_default(),
        };
        Refusal { headroom, passes, ..refusal }
    }

    /// What the instrument's worst position may still grow by, as a share or in dollars, and the lots of it.
    fn room(&self, case: &Case<'_>, limits: &Limits, check: Check) -> Option<(i64, i64)> {
        let id = case.order.instrument;
        let (equity, total) = (self.portfolio.equity().max(0), self.exposure.total());
        let own = self.exposure.weight(id).worth;
        let [sector, cluster, venue] = self.exposure.groups(id);
        let of_side = self.worth_of(case, self.sizes(case.order).before.abs())?;
        // What is used already, what may be used, and in which part of equity the limit is told.
        let (used, allowed, unit) = match check {
            Check::PositionNotional => (of_side, i128::from(limits.position_notional_max.0), 0),
            Check::PositionShare => {
                (of_side, saturating_product(equity, i128::from(limits.position_share_max_bps)) / 10_000, BPS)
            }
            Check::SectorShare => {
                (sector, saturating_product(equity, i128::from(limits.sector_share_max_bps)) / 10_000, BPS)
            }
            Check::ClusterShare => {
                (cluster, saturating_product(equity, i128::from(limits.cluster_share_max_bps)) / 10_000, BPS)
            }
            Check::VenueShare => {
                (venue, saturating_product(equity, i128::from(limits.venue_share_max_bps)) / 10_000, BPS)
            }
            Check::Leverage => {
                (total.worth, saturating_product(equity, i128::from(limits.leverage_max_pct)) / 100, PERCENT)
            }
            _ => return None,
        };
        let left = (allowed - used).max(0);
        let headroom = if unit == 0 { left } else { saturating_product(left, i128::from(unit)) / equity.max(1) };
        let is_of_side = matches!(check, Check::PositionNotional | Check::PositionShare);
        let largest = self.lots_worth(case, if is_of_side { allowed } else { own + left })?;
        let before = self.sizes(case.order).before * i128::from(case.order.side.sign());
        Some((shown(headroom), shown((largest - before).max(0))))
    }

    /// Lots of this order that are worth so many 1e-8 dollars.
    fn lots_of(&self, case: &Case<'_>, dollars: i128) -> i64 {
        let worth = self.sizes(case.order).value_max.unwrap_or(0);
        let lots = i128::from(case.order.qty.0);
        if worth <= 0 { 0 } else { shown(saturating_product(lots, dollars.max(0)).div_euclid(worth)) }
    }

    /// Value of a position, 1e-8 dollars.
    fn worth_of(&self, case: &Case<'_>, lots: i128) -> Option<i128> {
        let id: InstrumentId = case.order.instrument;
        self.portfolio.scale(id).notional(self.markets[id.index()].value_px()?, lots)
    }

    /// Lots of a position that is worth so many 1e-8 dollars.
    fn lots_worth(&self, case: &Case<'_>, dollars: i128) -> Option<i128> {
        // A million lots at once: one alone may be worth less than a unit.
        const MANY: i128 = 1_000_000;
        let worth = self.worth_of(case, MANY)?;
        (worth > 0).then(|| saturating_product(dollars, MANY).div_euclid(worth))
    }
}
