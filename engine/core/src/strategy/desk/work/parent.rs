//! One order that is worked in parts, and one of its slices.

use engine_model::algorithm::{Algorithm, PegTo, Random, WHOLE_BPS, Work, schedule::Schedule};
use engine_model::market::{Level, Side};
use engine_model::order::{Order, OrderType};
use engine_model::units::{Lots, Nanos, Ticks};

use crate::strategy::sizing::Sizing;
use crate::strategy::view::View;

/// How an order ends that is not filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    Canceled,
    Expired,
}

/// Where an order is in its life, as far as the desk is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Wished, not judged.
    Asked,
    /// Slices leave.
    Working,
    /// No slice leaves any more; the one that stands is withdrawn first.
    Ending(How),
    /// Its own end was wished.
    Leaving,
    /// Nothing any more, but a slice of it may still stand.
    Over,
}

/// What can happen to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// It is held.
    Held,
    /// It is not wanted any more, or cannot be worked.
    Withdrawn,
    /// Its time ran out.
    TimeUp,
    /// No slice stands, and its end was wished.
    Bare,
    /// It is over, as it was told.
    Closed,
}

impl Stage {
    /// The law of its life.
    pub(super) const fn after(self, news: News) -> Self {
        match (self, news) {
            (Self::Asked, News::Held) => Self::Working,
            (Self::Asked | Self::Working, News::Withdrawn) => Self::Ending(How::Canceled),
            (Self::Working, News::TimeUp) => Self::Ending(How::Expired),
            (Self::Ending(_), News::Bare) => Self::Leaving,
            (_, News::Closed) => Self::Over,
            (as_it_was, _) => as_it_was,
        }
    }
}

/// One order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parent {
    /// As it was wished, with the price and quantity that it was changed to.
    pub(super) order: Order,
    /// The quantity that it was wished with: with that it is over by itself.
    pub(super) wished: Lots,
    pub(super) work: Work,
    pub(super) schedule: Option<Schedule>,
    pub(super) random: Random,
    pub(super) stage: Stage,
    pub(super) begun_at_ns: Nanos,
    /// When it ends by itself.
    pub(super) ends_at_ns: Nanos,
    /// By all of its slices.
    pub(super) filled: Lots,
    /// By everybody since it began.
    pub(super) traded: u64,
    /// No slice before this, after a no or after one that took.
    pub(super) again_at_ns: Nanos,
    /// Noes in a row.
    pub(super) refused: u8,
    /// Price and quantity of the last slice, and when it was wished.
    pub(super) last: (Ticks, Lots, Nanos),
    /// What risk says must lie between two slices that are the same; 0 until it has.
    pub(super) gap_ns: u64,
    /// When it is looked at again of its own accord.
    pub(super) due_at_ns: Nanos,
}

/// One slice.
#[derive(Clone, Copy, Debug)]
pub(super) struct Child {
    /// With the price and quantity that the venue has.
    pub(super) order: Order,
    pub(super) filled: Lots,
    /// The price that a change asks for, until it is answered.
    pub(super) asked: Option<Ticks>,
    /// Its withdrawal was wished for.
    pub(super) is_ending: bool,
    /// Stands at the venue, and nothing is under way.
    pub(super) is_settled: bool,
    /// The venue changed it not: it is withdrawn instead, and another one follows.
    pub(super) is_fixed: bool,
    /// It is said to be over, and until then a fill may come that was under way.
    pub(super) doubted_until_ns: Option<Nanos>,
}

impl Child {
    /// What may still fill of it.
    pub(super) fn leaves(&self) -> Lots {
        Lots(self.order.qty.0 - self.filled.0)
    }

    pub(super) fn is_live(&self) -> bool {
        self.doubted_until_ns.is_none()
    }
}

impl Parent {
    pub(super) fn counter(&self) -> u32 {
        self.order.client_order_id.counter()
    }

    /// The price and quantity of the next slice, if there is to be one now. `committed`: what slices did and may still do.
    pub(super) fn next_slice(
        &mut self,
        view: &View,
        sizing: &Sizing<'_>,
        committed: Lots,
        now: Nanos,
    ) -> Option<(Ticks, Lots)> {
        let left = Lots(self.order.qty.0 - committed.0);
        if left.0 <= 0 {
            return None;
        }
        let allowed = self.allowed(now).map_or(left, |allowed| Lots(allowed.min(self.order.qty).0 - committed.0));
        let (px, most) = match *self.work.algorithm() {
            Algorithm::Iceberg { display } => (self.order.px, self.jittered(display)),
            Algorithm::Peg { .. } => (self.peg_px(view, None)?, left),
            Algorithm::Sniper { shown_min } => {
                let there = self.takeable(view)?;
                (there.px, if there.qty >= shown_min { there.qty } else { return None })
            }
            _ => {
                let there = self.takeable(view)?;
                // What is not there would only be in doubt for a while; but the least that can be sent is tried.
                let least = least(sizing, there.px)?;
                (there.px, there.qty.max(least))
            }
        };
        let qty = self.sized(sizing, px, allowed.min(most), left)?;
        Some((px, qty))
    }

    /// What it may have done in all by now, for one that is bound by time or by what is traded.
    pub(super) fn allowed(&self, now: Nanos) -> Option<Lots> {
        if let Algorithm::Pov { participation_bps, .. } = *self.work.algorithm() {
            let part = u128::from(self.traded) * u128::from(participation_bps) / u128::from(WHOLE_BPS);
            return Some(Lots(i64::try_from(part).unwrap_or(i64::MAX)));
        }
        self.schedule.as_ref().map(|schedule| schedule.allowed(now.since(self.begun_at_ns)))
    }

    /// At most what is wanted and can be sent, and such that no rest is left that could not.
    fn sized(&self, sizing: &Sizing<'_>, px: Ticks, wanted: Lots, left: Lots) -> Option<Lots> {
        let own_max = self.work.manner().child_max;
        let most = if own_max.0 > 0 { own_max } else { left };
        let qty = wanted.min(left).min(most).min(sizing.instrument().max_qty);
        sizing.check_size(px, qty).ok()?;
        let rest = Lots(left.0 - qty.0);
        if rest.0 == 0 || sizing.check_size(px, rest).is_ok() {
            return Some(qty);
        }
        let least = least(sizing, px)?;
        let smaller = Lots(left.0 - least.0);
        match smaller >= least {
            true => Some(smaller.min(qty)),
            // One that is allowed more as time goes on waits until it is allowed all of it.
            false if self.allowed(Nanos(0)).is_some() && left <= most => None,
            false => Some(qty),
        }
    }

    /// Whether what is left is too little for any order.
    pub(super) fn is_dust(&self, view: &View, sizing: &Sizing<'_>, left: Lots) -> bool {
        let px = if self.order.px.0 > 0 { Some(self.order.px) } else { view.touch().map(|(bid, _)| bid) };
        px.is_some_and(|px| left.0 > 0 && sizing.check_size(px, left).is_err())
    }

    /// The best of the other side, where it is at the limit or better.
    fn takeable(&self, view: &View) -> Option<Level> {
        view.touch()?;
        let there = if self.order.side == Side::Buy { view.ask } else { view.bid };
        (self.bounded(there.px) == there.px).then_some(there)
    }

    /// Where it is to rest: by the market as it is without `own`, the slice that stands.
    pub(super) fn peg_px(&self, view: &View, own: Option<&Child>) -> Option<Ticks> {
        let Algorithm::Peg { to, offset_ticks, .. } = *self.work.algorithm() else { return None };
        let (bid, ask) = view.touch()?;
        let buys = self.order.side == Side::Buy;
        let (same, opposite) = if buys { (view.bid, ask) } else { (view.ask, bid) };
        let is_alone = own.is_some_and(|own| own.order.px == same.px && own.leaves() >= same.qty);
        if is_alone && to != PegTo::Opposite {
            return None; // it would follow itself
        }
        let sum = i128::from(bid.0) + i128::from(ask.0);
        let reference = match to {
            PegTo::Own => i128::from(same.px.0),
            PegTo::Opposite => i128::from(opposite.0),
            PegTo::Mid if buys => sum.div_euclid(2),
            PegTo::Mid => (sum + 1).div_euclid(2),
        };
        let px = reference - i128::from(self.order.side.sign()) * i128::from(offset_ticks);
        let px = Ticks(i64::try_from(px).ok().filter(|px| *px > 0)?);
        Some(self.bounded(px))
    }

    /// No worse than the limit.
    fn bounded(&self, px: Ticks) -> Ticks {
        match (self.order.order_type, self.order.side) {
            (OrderType::Market, _) => px,
            (_, Side::Buy) => px.min(self.order.px),
            (_, Side::Sell) => px.max(self.order.px),
        }
    }

    fn jittered(&mut self, qty: Lots) -> Lots {
        let jitter = self.work.manner().size_jitter_bps;
        let by = i128::from(self.random.upto(2 * jitter)) - i128::from(jitter);
        let changed = i128::from(qty.0) + i128::from(qty.0) * by / i128::from(WHOLE_BPS);
        Lots(i64::try_from(changed).unwrap_or(qty.0).max(1))
    }
}

/// The least that the venue takes at that price.
fn least(sizing: &Sizing<'_>, px: Ticks) -> Option<Lots> {
    let below = sizing.lots_within(px, sizing.instrument().min_notional)?;
    let least = below.max(sizing.instrument().min_qty).max(Lots(1));
    Some(if sizing.check_size(px, least).is_ok() { least } else { Lots(least.0 + 1) })
}
