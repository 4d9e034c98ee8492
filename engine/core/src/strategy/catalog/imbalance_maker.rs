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

use super::quotes::{Aim, Pace, Quotes};
use crate::strategy::context::Context;
use crate::strategy::params::{Given, Param, ParamFault};
use crate::strategy::play::{ANY, Call, Entry, Need, Play, Retuned, ns};
use crate::strategy::sizing::Sizing;
use engine_model::instrument::ContractKind;
use engine_model::market::{MarketChange, MarketEvent, Side};
use engine_model::report::Report;
use engine_model::units::{Lots, Quote, Ticks};

pub(super) const ENTRY: Entry = Entry {
    name: "imbalance_maker",
    idea: "who rests on both sides earns the spread, and loses less when he leans as the book does",
    risks: "those who know more trade first: a trend fills one side again and again",
    params: &PARAMS,
    instruments: ANY,
    is_fixed: false,
    make: &|given| ImbalanceMaker::new(given).map(|made| Box::new(made) as Box<dyn Play>),
};

/// Order of the values: as `new` takes them apart.
const PARAMS: [Param; 8] = [
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

/// The checked parameters.
#[derive(Clone, Copy, Debug)]
struct Settings {
    order: Quote,
    inventory_max: Quote,
    distance_ticks: i64,
    imbalance_skew_ticks: i64,
    inventory_skew_ticks: i64,
    pace: Pace,
}

/// The strategy.
#[derive(Debug)]
struct ImbalanceMaker {
    settings: Settings,
    quotes: Box<[Quotes]>,
}

impl Settings {
    fn new(given: &Given<'_>) -> Result<Self, ParamFault> {
        let [
            order,
            inventory,
            distance_ticks,
            imbalance_skew_ticks,
            inventory_skew_ticks,
            hysteresis,
            requote_ms,
            backoff_ms,
        ] = given.values();
        if order > inventory {
            return Err(ParamFault::Relation("`order_quote` must not be above `inventory_max_quote`"));
        }
        let hysteresis_ticks = hysteresis.unsigned_abs();
        Ok(Self {
            order: Quote::whole(order),
            inventory_max: Quote::whole(inventory),
            distance_ticks,
            imbalance_skew_ticks,
            inventory_skew_ticks,
            pace: Pace { hysteresis_ticks, requote_ns: ns(requote_ms), backoff_ns: ns(backoff_ms) },
        })
    }
}

impl ImbalanceMaker {
    fn new(given: &Given<'_>) -> Result<Self, ParamFault> {
        let quotes = given.instruments.iter().map(|id| Quotes::new(*id)).collect();
        Ok(Self { settings: Settings::new(given)?, quotes })
    }
}

impl Play for ImbalanceMaker {
    fn needs(&self) -> &[Need] {
        &[Need::Depth]
    }

    fn every_ns(&self) -> Option<u64> {
        Some(self.settings.pace.requote_ns)
    }

    fn on_market(&mut self, call: &mut Call<'_, '_>, event: &MarketEvent) {
        let Self { settings, quotes } = self;
        let Some(quotes) = quotes.iter_mut().find(|quotes| quotes.instrument() == event.at.instrument) else { return };
        match event.change {
            MarketChange::Top { .. } | MarketChange::Book(_) => look(quotes, call, settings),
            _ => {}
        }
    }

    fn on_report(&mut self, call: &mut Call<'_, '_>, report: &Report) {
        let Self { settings, quotes } = self;
        if let Some(quotes) = quotes.iter_mut().find(|quotes| quotes.instrument() == report.instrument) {
            quotes.on_report(call.now(), report, &settings.pace);
        }
    }

    fn on_timer(&mut self, call: &mut Call<'_, '_>) {
        let Self { settings, quotes } = self;
        quotes.iter_mut().for_each(|quotes| look(quotes, call, settings));
    }

    /// What stands stays, and moves to where it should be now.
    fn retune(&mut self, given: &Given<'_>) -> Result<Retuned, ParamFault> {
        self.settings = Settings::new(given)?;
        Ok(Retuned::InPlace)
    }
}

fn look(quotes: &mut Quotes, context: &mut Context<'_>, settings: &Settings) {
    quotes.look(context, &settings.pace, |context, sizing| {
        let stance = Stance::of(context, sizing, settings);
        [Side::Buy, Side::Sell].map(|side| stance.as_ref().and_then(|stance| stance.aim(sizing, side, settings)))
    });
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
