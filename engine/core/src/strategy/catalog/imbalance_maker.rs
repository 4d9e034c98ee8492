//! `imbalance_maker`: rests one bid and one ask around the top, leaning with the book and against what it holds.
//!
//! Both quotes are moved by the same number of ticks: `imbalance_skew_ticks` times the imbalance of the five best levels
//! (a book that is bid goes up), less `inventory_skew_ticks` times the position over its bound (what is held wants to be
//! sold). Each stands `distance_ticks` behind its touch, never at or beyond the other side's: all orders are post-only.
//!
//! - *Message rate*: after it has sent something, an instrument is not looked at for `requote_ms`; one look sends at most
//!   one message a side. A quote that has to move is withdrawn at one look and placed anew at a later one. So 8 messages a
//!   second and instrument at most, with the default.
//! - *Hysteresis*: a quote within `hysteresis_ticks` of where it should be stays and keeps its place in the queue.
//! - *Inventory*: no order that could lead beyond `inventory_max_quote`, valued at the touch; a spot position is never
//!   sold short.
//! - *A no*: after a denial that side rests for `backoff_ms`; after the venue's rejection (a post-only order would have
//!   taken) for `requote_ms`.
//! - *No price*: when the book is not in sync, or a side of it is empty, both quotes are withdrawn at once.

use crate::strategy::context::Context;
use crate::strategy::params::{Param, ParamFault, read};
use crate::strategy::sizing::Sizing;
use engine_model::instrument::{ContractKind, InstrumentId};
use engine_model::market::{MarketChange, MarketEvent, Side};
use engine_model::order::{ClientOrderId, Order, OrderEvent, OrderType, TimeInForce};
use engine_model::report::Report;
use engine_model::units::{Lots, Nanos, Quote, Ticks};

pub(super) const NAME: &str = "imbalance_maker";

/// Order of the values: as `new` takes them apart.
pub(super) const PARAMS: [Param; 8] = [
    Param {
        name: "order_quote",
        default: 200,
        min: 1,
        max: 10_000_000,
        why: "worth of a quote in whole units of quote; forty times a venue's usual minimum",
    },
    Param {
        name: "inventory_max_quote",
        default: 1_000,
        min: 1,
        max: 100_000_000,
        why: "worth of the largest position, long or short; five quotes",
    },
    Param {
        name: "distance_ticks",
        default: 0,
        min: 0,
        max: 1_000_000,
        why: "how far behind the touch without a lean; at the touch the queue decides",
    },
    Param {
        name: "imbalance_skew_ticks",
        default: 2,
        min: 0,
        max: 1_000_000,
        why: "lean when all of the best levels are on one side",
    },
    Param {
        name: "inventory_skew_ticks",
        default: 4,
        min: 0,
        max: 1_000_000,
        why: "lean at the largest position; stronger than the book's, so that it never grows on the book's word alone",
    },
    Param {
        name: "hysteresis_ticks",
        default: 1,
        min: 0,
        max: 1_000_000,
        why: "a quote so far from its aim stays; each move costs the place in the queue",
    },
    Param {
        name: "requote_ms",
        default: 250,
        min: 1,
        max: 60_000,
        why: "rest after messages; 8 a second stay below risk's 10",
    },
    Param {
        name: "backoff_ms",
        default: 2_000,
        min: 0,
        max: 600_000,
        why: "rest of a side after risk's denial; what was denied is hardly right a moment later",
    },
];

/// A cancel that nobody answered for so many times `requote_ms` is asked for again.
const ASK_AGAIN_AFTER: u64 = 8;

/// The checked parameters.
#[derive(Clone, Copy, Debug)]
struct Settings {
    order: Quote,
    inventory_max: Quote,
    distance_ticks: i64,
    imbalance_skew_ticks: i64,
    inventory_skew_ticks: i64,
    hysteresis_ticks: u64,
    requote_ns: u64,
    backoff_ns: u64,
}

/// The strategy.
#[derive(Debug)]
pub struct ImbalanceMaker {
    settings: Settings,
    desks: Box<[Desk]>,
}

/// One instrument.
#[derive(Debug)]
struct Desk {
    instrument: InstrumentId,
    /// Not to be looked at before.
    rest_until_ns: Nanos,
    bid: Quoted,
    ask: Quoted,
}

/// One side's quote.
#[derive(Clone, Copy, Debug, Default)]
struct Quoted {
    order: Option<Standing>,
    /// No new order before.
    rest_until_ns: Nanos,
}

/// An order of ours that has not ended.
#[derive(Clone, Copy, Debug)]
struct Standing {
    id: ClientOrderId,
    px: Ticks,
    /// When it was last asked to be withdrawn.
    leaving_since_ns: Option<Nanos>,
}

impl ImbalanceMaker {
    pub(super) fn new(instruments: &[InstrumentId], params: &[(String, i64)]) -> Result<Self, ParamFault> {
        let [
            order,
            inventory,
            distance_ticks,
            imbalance_skew_ticks,
            inventory_skew_ticks,
            hysteresis,
            requote,
            backoff,
        ] = read(&PARAMS, params)?;
        if order > inventory {
            return Err(ParamFault::Relation("`order_quote` must not be above `inventory_max_quote`"));
        }
        let settings = Settings {
            order: Quote::whole(order),
            inventory_max: Quote::whole(inventory),
            distance_ticks,
            imbalance_skew_ticks,
            inventory_skew_ticks,
            hysteresis_ticks: hysteresis.unsigned_abs(),
            requote_ns: requote.unsigned_abs() * Nanos::MILLI,
            backoff_ns: backoff.unsigned_abs() * Nanos::MILLI,
        };
        let desk = |&instrument: &InstrumentId| Desk {
            instrument,
            rest_until_ns: Nanos(0),
            bid: Quoted::default(),
            ask: Quoted::default(),
        };
        Ok(Self { settings, desks: instruments.iter().map(desk).collect() })
    }

    pub(super) fn instruments(&self) -> impl Iterator<Item = InstrumentId> {
        self.desks.iter().map(|desk| desk.instrument)
    }

    pub(super) fn timer_ns(&self) -> u64 {
        self.settings.requote_ns
    }

    pub(super) fn on_market(&mut self, context: &mut Context<'_>, event: &MarketEvent) {
        let Some(desk) = self.desks.iter_mut().find(|desk| desk.instrument == event.at.instrument) else { return };
        match event.change {
            MarketChange::Top { .. } | MarketChange::Book(_) => desk.look(context, &self.settings),
            _ => {}
        }
    }

    pub(super) fn on_timer(&mut self, context: &mut Context<'_>) {
        for desk in &mut self.desks {
            desk.look(context, &self.settings);
        }
    }

    pub(super) fn on_report(&mut self, context: &mut Context<'_>, report: &Report) {
        let Some(desk) = self.desks.iter_mut().find(|desk| desk.instrument == report.instrument) else { return };
        desk.quoted(report.side).take_in(context.now(), report, &self.settings);
    }
}

impl Desk {
    fn quoted(&mut self, side: Side) -> &mut Quoted {
        match side {
            Side::Buy => &mut self.bid,
            Side::Sell => &mut self.ask,
        }
    }

    /// Brings each side one message closer to where it should be, if it is time.
    fn look(&mut self, context: &mut Context<'_>, settings: &Settings) {
        if context.view(self.instrument).touch().is_none() {
            return self.withdraw_all(context);
        }
        let now = context.now();
        if now < self.rest_until_ns {
            return;
        }
        let sizing = Sizing::new(context.instrument(self.instrument));
        let stance = Stance::of(context, &sizing, settings);
        for side in [Side::Buy, Side::Sell] {
            let aim = stance.as_ref().and_then(|stance| stance.aim(&sizing, side, settings));
            let instrument = self.instrument;
            let quoted = self.quoted(side);
            match (&quoted.order, aim) {
                (None, Some(aim)) if now >= quoted.rest_until_ns => {
                    quoted.place(context, aim.order(instrument, side), settings);
                }
                (Some(standing), aim) if standing.must_leave(aim, now, settings) => quoted.withdraw(context),
                _ => continue,
            }
            self.rest_until_ns = now.plus(settings.requote_ns);
        }
    }

    /// There is no price: nothing may stand.
    fn withdraw_all(&mut self, context: &mut Context<'_>) {
        for side in [Side::Buy, Side::Sell] {
            let quoted = self.quoted(side);
            if quoted.order.is_some_and(|standing| standing.leaving_since_ns.is_none()) {
                quoted.withdraw(context);
            }
        }
    }
}

impl Standing {
    fn must_leave(&self, aim: Option<Aim>, now: Nanos, settings: &Settings) -> bool {
        if let Some(since) = self.leaving_since_ns {
            return now.since(since) >= ASK_AGAIN_AFTER * settings.requote_ns;
        }
        aim.is_none_or(|aim| aim.px.0.abs_diff(self.px.0) > settings.hysteresis_ticks)
    }
}

impl Quoted {
    fn place(&mut self, context: &mut Context<'_>, order: Order, settings: &Settings) {
        match context.submit(order) {
            Ok(id) => self.order = Some(Standing { id, px: order.px, leaving_since_ns: None }),
            Err(_) => self.rest_until_ns = context.now().plus(settings.backoff_ns),
        }
    }

    /// A cancel that finds no room is asked for again at the next look: the quote is not marked as leaving.
    fn withdraw(&mut self, context: &mut Context<'_>) {
        if let Some(standing) = &mut self.order
            && context.cancel(standing.id).is_ok()
        {
            standing.leaving_since_ns = Some(context.now());
        }
    }

    fn take_in(&mut self, now: Nanos, report: &Report, settings: &Settings) {
        let Some(standing) = self.order.as_mut().filter(|standing| standing.id == report.client_order_id) else {
            return;
        };
        match report.event {
            OrderEvent::Denied(_) => self.rest_until_ns = now.plus(settings.backoff_ns),
            OrderEvent::Rejected(_) => self.rest_until_ns = now.plus(settings.requote_ns),
            OrderEvent::CancelRejected(_) => standing.leaving_since_ns = None,
            _ => {}
        }
        if report.status.is_terminal() {
            self.order = None;
        }
    }
}

/// Where a side's quote should be.
#[derive(Clone, Copy, Debug)]
struct Aim {
    px: Ticks,
    qty: Lots,
}

impl Aim {
    fn order(self, instrument: InstrumentId, side: Side) -> Order {
        let Self { px, qty } = self;
        let (order_type, time_in_force, post_only) = (OrderType::Limit, TimeInForce::Gtc, true);
        Order { instrument, side, order_type, time_in_force, post_only, px, qty, ..Order::default() }
    }
}

/// What the aims of both sides have in common.
struct Stance {
    best_bid: Ticks,
    best_ask: Ticks,
    /// Lots held, and the most that may be, long or short.
    held: i64,
    most: i64,
    /// Ticks by which both quotes move up.
    lean: i64,
}

impl Stance {
    #[inline]
    fn of(context: &Context<'_>, sizing: &Sizing<'_>, settings: &Settings) -> Option<Self> {
        let id = sizing.instrument().id;
        let view = context.view(id);
        let (best_bid, best_ask) = view.touch()?;
        let held = context.position(id).0;
        let most = sizing.lots_within(best_ask, settings.inventory_max)?.0;
        Some(Self { best_bid, best_ask, held, most, lean: lean(view.imbalance_bps, held, most, settings) })
    }

    /// What should stand on a side now, if anything may.
    fn aim(&self, sizing: &Sizing<'_>, side: Side, settings: &Settings) -> Option<Aim> {
        let instrument = sizing.instrument();
        let Self { best_bid: Ticks(best_bid), best_ask: Ticks(best_ask), held, most, lean } = *self;
        let (px, room) = match side {
            Side::Buy => {
                let px = best_bid.saturating_sub(settings.distance_ticks).saturating_add(lean);
                (px.min(best_ask.saturating_sub(1)), most.saturating_sub(held))
            }
            Side::Sell => {
                let px = best_ask.saturating_add(settings.distance_ticks).saturating_add(lean);
                let short = if instrument.kind == ContractKind::Spot { 0 } else { most };
                (px.max(best_bid.saturating_add(1)), held.saturating_add(short))
            }
        };
        let (px, room) = (Ticks(px), Lots(room));
        let full = sizing.order_size(px, settings.order).ok()?;
        let qty = if room < full { sizing.check_size(px, room).ok()? } else { full };
        Some(Aim { px, qty })
    }
}

/// Ticks by which both quotes move up.
fn lean(imbalance_bps: i16, held: i64, most: i64, settings: &Settings) -> i64 {
    let with_book = i64::from(imbalance_bps) * settings.imbalance_skew_ticks / 10_000;
    let skew = settings.inventory_skew_ticks;
    let against_held = match held.checked_mul(skew) {
        Some(product) => product / most.max(1),
        None => {
            let share = i128::from(held) * i128::from(skew) / i128::from(most.max(1));
            share.clamp(i128::from(-skew), i128::from(skew)) as i64
        }
    };
    // Beyond the bound (the price fell since) the lean stops growing.
    with_book - against_held.clamp(-skew, skew)
}

#[cfg(test)]
#[path = "imbalance_maker_tests.rs"]
mod tests;
