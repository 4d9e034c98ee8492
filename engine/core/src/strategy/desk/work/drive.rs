//! What is done for an order that is worked in parts, each time that something may have changed for it.

use super::parent::{Child, How, News, Parent, Stage};
use super::{SLICES_MAX, Worked, committed};
use crate::strategy::desk::follow::{ROOM_NS, back_off};
use crate::strategy::desk::{NEVER, way::Way};
use crate::strategy::sizing::Sizing;
use engine_model::algorithm::Algorithm;
use engine_model::intent::{Change, IntentKind};
use engine_model::market::{MarketChange, MarketEvent};
use engine_model::order::{Contingency, Order, OrderType, TimeInForce};
use engine_model::units::{Lots, Nanos, Ticks};

impl Worked {
    /// An event of an instrument that orders are worked of.
    #[cold]
    #[inline(never)]
    pub(in crate::strategy::desk) fn on_market(&mut self, way: &mut Way<'_>, event: &MarketEvent) {
        let traded = match event.change {
            MarketChange::Trade { qty, .. } => qty.0.max(0) as u64,
            MarketChange::Top { .. } | MarketChange::Book(_) => 0,
            _ => return,
        };
        for at in 0..self.parents.len() {
            let parent = &mut self.parents[at];
            if parent.order.instrument != event.at.instrument {
                continue;
            }
            if parent.stage == Stage::Working {
                parent.traded = parent.traded.saturating_add(traded);
            }
            self.drive(way, at);
        }
        self.look_ahead();
    }

    /// What was in doubt is no more; schedules go on; orders end.
    pub(in crate::strategy::desk) fn on_time(&mut self, way: &mut Way<'_>) {
        let now = way.now;
        self.children.retain(|child| child.doubted_until_ns.is_none_or(|until| until > now));
        for at in 0..self.parents.len() {
            if self.parents[at].due_at_ns <= now {
                self.drive(way, at);
            }
        }
        self.look_ahead();
    }

    /// Does what is to be done now for one order.
    pub(super) fn drive(&mut self, way: &mut Way<'_>, at: usize) {
        let parent = &mut self.parents[at];
        parent.due_at_ns = NEVER;
        if parent.ends_at_ns <= way.now {
            parent.stage = parent.stage.after(News::TimeUp);
        }
        let live = self.live(self.parents[at].counter());
        match self.parents[at].stage {
            Stage::Asked => self.wait(at, self.parents[at].ends_at_ns),
            Stage::Working => match live {
                Some(child) => self.follow(way, at, child),
                None => self.begin(way, at),
            },
            Stage::Ending(how) => match live {
                Some(child) => self.withdraw(way, at, child),
                None => self.leave(way, at, how),
            },
            Stage::Over => {
                if let Some(child) = live {
                    self.withdraw(way, at, child);
                }
            }
            Stage::Leaving => {}
        }
    }

    /// Wishes for the next slice, if there is to be one now.
    fn begin(&mut self, way: &mut Way<'_>, at: usize) {
        let parent = &mut self.parents[at];
        let (order, now, instruments) = (parent.order, way.now, way.instruments);
        let (view, sizing) = (way.view(order.instrument), Sizing::new(instruments.get(order.instrument)));
        let committed = committed(&self.children, parent);
        let left = Lots(order.qty.0 - committed.0);
        let is_cut = order.qty < parent.wished && parent.filled >= order.qty;
        if is_cut || committed == parent.filled && parent.is_dust(view, &sizing, left) {
            return self.give_up(way, at); // made smaller, and done; or too small a rest to be sent
        }
        let next = match parent.again_at_ns <= now {
            true => parent.next_slice(view, &sizing, committed, now),
            false => None,
        };
        let Some((px, qty)) = next else { return self.wait_for_more(at, now) };
        let (last_px, last_qty, last_at_ns) = parent.last;
        let may_be_again_at_ns = last_at_ns.plus(parent.gap_ns);
        if (px, qty) == (last_px, last_qty) && may_be_again_at_ns > now {
            return self.wait(at, may_be_again_at_ns);
        }
        let slice = slice_of(parent, px, qty);
        if self.children.len() == SLICES_MAX {
            return self.wait(at, now.plus(ROOM_NS));
        }
        let Ok(id) = way.enter(slice, IntentKind::Submit) else { return self.wait(at, now.plus(ROOM_NS)) };
        self.parents[at].last = (px, qty, now);
        self.children.push(Child {
            order: Order { client_order_id: id, ..slice },
            filled: Lots(0),
            asked: None,
            is_ending: false,
            is_settled: false,
            is_fixed: false,
            doubted_until_ns: None,
        });
        self.wait(at, self.parents[at].ends_at_ns);
    }

    /// Moves a slice that rests to where it belongs: by a change, or where that is not to be had by another one in its place.
    fn follow(&mut self, way: &mut Way<'_>, at: usize, child: usize) {
        let (parent, slice) = (&self.parents[at], &self.children[child]);
        let (view, until) = (way.view(parent.order.instrument), parent.ends_at_ns.min(parent.again_at_ns.max(way.now)));
        let (target, threshold) = match *parent.work.algorithm() {
            Algorithm::Iceberg { .. } => (Some(parent.order.px), 1),
            Algorithm::Peg { reprice_ticks, .. } => (parent.peg_px(view, Some(slice)), reprice_ticks),
            _ => (None, 0),
        };
        let is_off = |px: &Ticks| px.0.abs_diff(slice.order.px.0) >= threshold.unsigned_abs();
        let Some(px) = target.filter(is_off).filter(|_| slice.is_settled && !slice.is_ending) else {
            return self.wait(at, self.parents[at].ends_at_ns);
        };
        if parent.again_at_ns > way.now {
            return self.wait(at, until);
        }
        if slice.is_fixed || !way.native(&slice.order).can_modify {
            return self.withdraw(way, at, child);
        }
        let change = Change { client_order_id: slice.order.client_order_id, px, qty: slice.order.qty };
        if way.wish(IntentKind::Modify(change)).is_err() {
            return self.wait(at, way.now.plus(ROOM_NS));
        }
        let slice = &mut self.children[child];
        (slice.asked, slice.is_settled) = (Some(px), false);
        self.wait(at, self.parents[at].ends_at_ns);
    }

    /// Wishes for a slice's withdrawal, once.
    fn withdraw(&mut self, way: &mut Way<'_>, at: usize, child: usize) {
        let slice = &mut self.children[child];
        if slice.is_ending {
            return;
        }
        if self.parents[at].again_at_ns > way.now {
            return self.wait(at, self.parents[at].again_at_ns); // its venue just refused that
        }
        slice.is_ending = way.wish(IntentKind::Cancel(slice.order.client_order_id)).is_ok();
        if !slice.is_ending {
            self.wait(at, way.now.plus(ROOM_NS));
        }
    }

    /// Wishes for the end of the order itself.
    fn leave(&mut self, way: &mut Way<'_>, at: usize, how: How) {
        let parent = &mut self.parents[at];
        let id = parent.order.client_order_id;
        let wish = match how {
            How::Canceled => IntentKind::Cancel(id),
            How::Expired => IntentKind::Expire(id),
        };
        if way.wish(wish).is_ok() {
            parent.stage = parent.stage.after(News::Bare);
        } else {
            self.wait(at, way.now.plus(ROOM_NS));
        }
    }

    /// Ends an order of which nothing more can be had.
    pub(super) fn give_up(&mut self, way: &mut Way<'_>, at: usize) {
        let parent = &mut self.parents[at];
        parent.stage = parent.stage.after(News::Withdrawn);
        self.drive(way, at);
    }

    /// After a no: looked at again, a little later each time.
    pub(super) fn pause(&mut self, at: usize, now: Nanos) {
        let parent = &mut self.parents[at];
        parent.again_at_ns = now.plus(back_off(parent.refused));
        parent.refused = parent.refused.saturating_add(1);
    }

    /// Looked at again when there may be more to do without anything that is heard.
    fn wait_for_more(&mut self, at: usize, now: Nanos) {
        let parent = &self.parents[at];
        let begun = parent.begun_at_ns;
        let next = parent.schedule.as_ref().and_then(|schedule| schedule.next_after_ns(now.since(begun)));
        let doubts = self.children.iter().filter(|child| child.order.parent == parent.counter());
        let doubted = doubts.filter_map(|child| child.doubted_until_ns).fold(NEVER, Nanos::min);
        let paused = if parent.again_at_ns > now { parent.again_at_ns } else { NEVER };
        let next = next.map_or(NEVER, |after| begun.plus(after));
        self.wait(at, parent.ends_at_ns.min(next).min(doubted).min(paused));
    }

    pub(super) fn wait(&mut self, at: usize, until: Nanos) {
        let parent = &mut self.parents[at];
        let ends_at_ns = if parent.stage == Stage::Working { parent.ends_at_ns } else { NEVER };
        parent.due_at_ns = parent.due_at_ns.min(until).min(ends_at_ns);
        self.due_at_ns = self.due_at_ns.min(parent.due_at_ns);
    }
}

/// A slice of an order: plain, and spawned from it.
fn slice_of(parent: &Parent, px: Ticks, qty: Lots) -> Order {
    let rests = parent.work.algorithm().rests();
    Order {
        order_type: OrderType::Limit,
        time_in_force: if rests { TimeInForce::Gtc } else { TimeInForce::Ioc },
        post_only: parent.order.post_only && rests,
        px,
        qty,
        display_qty: Lots(0),
        expire_at_s: 0,
        parent: parent.counter(),
        contingency: Contingency::Spawned,
        ..parent.order
    }
}
