//! `twap`, `vwap`, `pov`, `iceberg`, `shortfall`, `sniper`, `peg`: one order an instrument, worked in parts by the desk.
//!
//! As soon as there is a touch, an order worth `order_quote` begins, with a limit `limit_bps` beyond the mid of that moment.
//! With `turn`, what was done is undone in the same way once it is over, and then it begins again: for demonstrations. A spot
//! market is only sold from what was bought.

use crate::strategy::context::Context;
use crate::strategy::params::{Given, Param, ParamFault};
use crate::strategy::play::{ANY, Call, Entry, Maker, Need, Play, ns};
use crate::strategy::sizing::Sizing;
use engine_model::algorithm::{Algorithm, AlgorithmKind, Manner, PegTo, Profile, WHOLE_BPS, Work, WorkFault};
use engine_model::instrument::InstrumentId;
use engine_model::market::Side;
use engine_model::order::{Order, OrderEvent};
use engine_model::report::Report;
use engine_model::units::{Lots, Quote, Ticks};

/// Parameters that all of them have.
const SHARED: usize = 8;

const COMMON: [Param; SHARED] = [
    Param { name: "every_ms", default: 1_000, min: 10, max: 86_400_000, why: "time between two looks for a begin" },
    Param { name: "sell_flag", default: 0, min: 0, max: 1, why: "1 sells, 0 buys" },
    Param { name: "turn_flag", default: 0, min: 0, max: 1, why: "1 undoes it once it is over, and begins again" },
    Param {
        name: "order_quote",
        default: 2_000,
        min: 1,
        max: 10_000_000,
        why: "worth of the order in whole units of quote; four hundred times a venue's usual minimum",
    },
    Param {
        name: "limit_bps",
        default: 50,
        min: -5_000,
        max: 5_000,
        why: "limit beyond the mid at its begin, towards the other side; half of what one slice may be off",
    },
    Param { name: "size_jitter_bps", default: 0, min: 0, max: 5_000, why: "a slice is so much smaller or larger" },
    Param { name: "time_jitter_bps", default: 0, min: 0, max: 5_000, why: "a slice is so much later" },
    Param { name: "seed", default: 1, min: 0, max: i64::MAX, why: "where the jitter comes from" },
];

const fn own(name: &'static str, default: i64, range: (i64, i64), why: &'static str) -> Param {
    Param { name, default, min: range.0, max: range.1, why }
}

/// Those that all have, and those of its own.
const fn with<const OWN: usize, const ALL: usize>(own: [Param; OWN]) -> [Param; ALL] {
    assert!(ALL == OWN + SHARED, "as many as there are");
    let mut all = [COMMON[0]; ALL];
    let mut at = 0;
    while at < ALL {
        all[at] = if at < SHARED { COMMON[at] } else { own[at - SHARED] };
        at += 1;
    }
    all
}

const DURATION: Param = own("duration_ms", 60_000, (500, 604_800_000), "from the first slice until it ends");
const SLICES: Param = own("slices", 12, (1, 64), "parts of the schedule; five seconds each");
const EIGHTH: &str = "usual volume of one eighth of the time; all eight are 10000";

const TWAP: [Param; 10] = with([DURATION, SLICES]);
const VWAP: [Param; 18] = with([
    DURATION,
    SLICES,
    own("profile_1_bps", 1_600, (0, 10_000), EIGHTH),
    own("profile_2_bps", 1_200, (0, 10_000), EIGHTH),
    own("profile_3_bps", 1_000, (0, 10_000), EIGHTH),
    own("profile_4_bps", 900, (0, 10_000), EIGHTH),
    own("profile_5_bps", 900, (0, 10_000), EIGHTH),
    own("profile_6_bps", 1_000, (0, 10_000), EIGHTH),
    own("profile_7_bps", 1_400, (0, 10_000), EIGHTH),
    own("profile_8_bps", 2_000, (0, 10_000), EIGHTH),
]);
const POV: [Param; 10] = with([
    own("duration_ms", 0, (0, 604_800_000), "from its begin until it ends; 0 = when it is filled"),
    own("participation_bps", 1_000, (1, 10_000), "part of what is traded; a tenth moves few markets"),
]);
const ICEBERG: [Param; 9] = with([own("display_bps", 2_000, (1, 9_999), "shown at once, of the whole order")]);
const SHORTFALL: [Param; 11] =
    with([DURATION, SLICES, own("urgency_centi", 200, (0, 2_000), "aversion to risk over that to impact; 0 = a TWAP")]);
const SNIPER: [Param; 9] = with([own("shown_min_bps", 1_000, (1, 10_000), "least that is shown, of the whole order")]);
const PEG: [Param; 11] = with([
    own("peg_to_index", 0, (0, 2), "0 own side of the touch, 1 the other side, 2 the mid"),
    own("offset_ticks", 0, (-1_000_000, 1_000_000), "how far behind that it rests"),
    own("reprice_ticks", 1, (1, 1_000_000), "it stays while it is not so far off; each change costs its place"),
]);

/// One for each algorithm.
pub(super) const ENTRIES: [Entry; 7] = [
    entry("twap", &TWAP, &|given| worker(AlgorithmKind::Twap, given)),
    entry("vwap", &VWAP, &|given| worker(AlgorithmKind::Vwap, given)),
    entry("pov", &POV, &|given| worker(AlgorithmKind::Pov, given)),
    entry("iceberg", &ICEBERG, &|given| worker(AlgorithmKind::Iceberg, given)),
    entry("shortfall", &SHORTFALL, &|given| worker(AlgorithmKind::Shortfall, given)),
    entry("sniper", &SNIPER, &|given| worker(AlgorithmKind::Sniper, given)),
    entry("peg", &PEG, &|given| worker(AlgorithmKind::Peg, given)),
];

const fn entry(name: &'static str, params: &'static [Param], make: &'static Maker) -> Entry {
    Entry {
        name,
        idea: "an order too large to be shown at once costs less when it is worked in parts",
        risks: "the price moves away while parts of it wait",
        params,
        instruments: ANY,
        is_fixed: true,
        make,
    }
}

fn worker(kind: AlgorithmKind, given: &Given<'_>) -> Result<Box<dyn Play>, ParamFault> {
    Ok(Box::new(Worker::new(kind, given)?))
}

/// Quantities of an algorithm are parts of its order, which is not known before it begins.
#[derive(Clone, Copy, Debug)]
enum Plan {
    /// The same for an order of any size.
    Fixed(Algorithm),
    Iceberg {
        display_bps: i64,
    },
    Sniper {
        shown_min_bps: i64,
    },
}

/// The strategy.
#[derive(Debug)]
struct Worker {
    plan: Plan,
    manner: Manner,
    every_ns: u64,
    side: Side,
    turns: bool,
    order_quote: Quote,
    limit_bps: i64,
    /// What it trades, and whether it has begun there.
    places: Box<[(InstrumentId, bool)]>,
}

impl Worker {
    fn new(kind: AlgorithmKind, given: &Given<'_>) -> Result<Self, ParamFault> {
        let (common, plan) = planned(kind, given)?;
        let [every_ms, sell, turn, order_quote, limit_bps, size_jitter_bps, time_jitter_bps, seed] = common;
        let manner = Manner {
            child_max: Lots(0),
            size_jitter_bps: size_jitter_bps as u32,
            time_jitter_bps: time_jitter_bps as u32,
            seed: seed as u64,
        };
        // Of some order: what is wrong is wrong for each.
        work(plan, manner, Lots(i64::from(WHOLE_BPS))).map_err(fault)?;
        Ok(Self {
            plan,
            manner,
            every_ns: ns(every_ms),
            side: if sell == 1 { Side::Sell } else { Side::Buy },
            turns: turn == 1,
            order_quote: Quote::whole(order_quote),
            limit_bps,
            places: given.instruments.iter().map(|id| (*id, false)).collect(),
        })
    }

    /// `held`: what is to be undone, and nothing beyond.
    fn begin(&self, context: &mut Context<'_>, id: InstrumentId, side: Side, held: Option<Lots>) -> Option<()> {
        let (bid, ask) = context.view(id).touch()?;
        let sizing = Sizing::new(context.instrument(id));
        let px = beyond_mid(bid, ask, side, self.limit_bps)?;
        let qty = match held {
            Some(held) => sizing.check_size(px, held.min(context.instrument(id).max_qty)).ok()?,
            None => sizing.order_size(px, self.order_quote).ok()?,
        };
        let work = work(self.plan, self.manner, qty).ok()?;
        let order = Order { instrument: id, side, px, qty, reduce_only: held.is_some(), ..Order::default() };
        context.work(order, &work).ok().map(|_| ())
    }
}

impl Play for Worker {
    fn needs(&self) -> &[Need] {
        if matches!(self.plan, Plan::Sniper { .. }) { &[Need::Depth] } else { &[] }
    }

    fn every_ns(&self) -> Option<u64> {
        Some(self.every_ns)
    }

    /// An order has begun when risk let it pass, not when it was wished: a run may start halted.
    fn on_report(&mut self, _: &mut Call<'_, '_>, report: &Report) {
        if report.event == OrderEvent::Emulated {
            let place = self.places.iter_mut().find(|(id, _)| *id == report.instrument);
            place.into_iter().for_each(|(_, has_begun)| *has_begun = true);
        }
    }

    fn on_timer(&mut self, call: &mut Call<'_, '_>) {
        for &(id, has_begun) in &self.places {
            let works = call.working().iter().any(|working| working.order.instrument == id);
            if works || has_begun && !self.turns {
                continue;
            }
            let held = call.position(id);
            // A refusal is remembered by nobody: the next look asks again.
            match held {
                Lots(0) => self.begin(call, id, self.side, None),
                held => {
                    let back = if held.0 > 0 { Side::Sell } else { Side::Buy };
                    self.begin(call, id, back, Some(Lots(held.0.abs())))
                }
            };
        }
    }
}

/// The limit: beyond the mid for its side, on whole ticks.
fn beyond_mid(Ticks(bid): Ticks, Ticks(ask): Ticks, side: Side, limit_bps: i64) -> Option<Ticks> {
    let doubled = i128::from(bid) + i128::from(ask);
    let away = doubled * i128::from(side.sign() * limit_bps) / i128::from(WHOLE_BPS);
    let px = i64::try_from((doubled + away).div_euclid(2)).ok()?;
    (px > 0).then_some(Ticks(px))
}

/// The parameters that all have, and the plan that the others make.
fn planned(kind: AlgorithmKind, given: &Given<'_>) -> Result<([i64; SHARED], Plan), ParamFault> {
    Ok(match kind {
        AlgorithmKind::Twap => {
            let [common @ .., duration, slices] = given.values::<{ TWAP.len() }>();
            (common, Plan::Fixed(Algorithm::Twap { duration_ms: duration as u64, slices: slices as u32 }))
        }
        AlgorithmKind::Vwap => {
            let values = given.values::<{ VWAP.len() }>();
            let [common @ .., duration, slices, _, _, _, _, _, _, _, _] = values;
            let mut parts = [0; 8];
            parts.iter_mut().zip(&values[SHARED + 2..]).for_each(|(part, value)| *part = *value as u16);
            let profile = Profile::new(&parts).map_err(fault)?;
            (common, Plan::Fixed(Algorithm::Vwap { duration_ms: duration as u64, slices: slices as u32, profile }))
        }
        AlgorithmKind::Pov => {
            let [common @ .., duration, participation] = given.values::<{ POV.len() }>();
            let (duration_ms, participation_bps) = (duration as u64, participation as u32);
            (common, Plan::Fixed(Algorithm::Pov { participation_bps, duration_ms }))
        }
        AlgorithmKind::Iceberg => {
            let [common @ .., display_bps] = given.values::<{ ICEBERG.len() }>();
            (common, Plan::Iceberg { display_bps })
        }
        AlgorithmKind::Shortfall => {
            let [common @ .., duration, slices, urgency] = given.values::<{ SHORTFALL.len() }>();
            let (duration_ms, slices, urgency_centi) = (duration as u64, slices as u32, urgency as u32);
            (common, Plan::Fixed(Algorithm::Shortfall { duration_ms, slices, urgency_centi }))
        }
        AlgorithmKind::Sniper => {
            let [common @ .., shown_min_bps] = given.values::<{ SNIPER.len() }>();
            (common, Plan::Sniper { shown_min_bps })
        }
        AlgorithmKind::Peg => {
            let [common @ .., to, offset_ticks, reprice_ticks] = given.values::<{ PEG.len() }>();
            let to = [PegTo::Own, PegTo::Opposite, PegTo::Mid][to as usize];
            (common, Plan::Fixed(Algorithm::Peg { to, offset_ticks, reprice_ticks }))
        }
    })
}

/// The algorithm for an order of that size.
fn work(plan: Plan, manner: Manner, qty: Lots) -> Result<Work, WorkFault> {
    let part = |bps: i64| {
        let lots = i128::from(qty.0) * i128::from(bps) / i128::from(WHOLE_BPS);
        Lots(i64::try_from(lots).unwrap_or(qty.0).max(1))
    };
    let algorithm = match plan {
        Plan::Fixed(algorithm) => algorithm,
        Plan::Iceberg { display_bps } => Algorithm::Iceberg { display: part(display_bps) },
        Plan::Sniper { shown_min_bps } => Algorithm::Sniper { shown_min: part(shown_min_bps) },
    };
    Work::new(algorithm, manner)
}

/// What is out of a range that depends on another parameter.
fn fault(fault: WorkFault) -> ParamFault {
    let WorkFault { param: name, value, min, max } = fault;
    ParamFault::OutOfRange { param: Param { name, default: min, min, max, why: "" }, value }
}

#[cfg(test)]
#[path = "worker_tests.rs"]
mod tests;
