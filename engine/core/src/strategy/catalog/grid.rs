//! `grid`: one bid and one ask on a ladder of fixed prices, `step_bps` apart, around the first mid that was seen.
//!
//! The bid rests on the next line below, the ask on the next line above; each is worth `order_quote`. When one fills, the
//! ladder is stood one line further, so that the other side is now the line that was left: each pair of fills earns a step.
//! At most `levels` lines to each side are used, so no more than so many orders are ever held. Post-only; a spot market is
//! only sold from what was bought.

use super::quotes::{Aim, Pace, Quotes};
use crate::strategy::context::Context;
use crate::strategy::params::{Given, Param, ParamFault};
use crate::strategy::play::{ANY, Call, Entry, Play, Retuned, ns};
use crate::strategy::sizing::Sizing;
use engine_model::instrument::{ContractKind, InstrumentId};
use engine_model::market::{MarketChange, MarketEvent, Side};
use engine_model::order::OrderStatus;
use engine_model::report::Report;
use engine_model::units::{Lots, Quote, Ticks};

pub(super) const ENTRY: Entry = Entry {
    name: "grid",
    idea: "a price that goes nowhere passes the same lines again and again, and pays a step each time it comes back",
    risks: "it leaves the ladder: then the most that may be held is held, at prices that are gone",
    params: &PARAMS,
    instruments: ANY,
    is_fixed: false,
    make: &|given| Grid::new(given).map(|made| Box::new(made) as Box<dyn Play>),
};

const PARAMS: [Param; 5] = [
    Param::new("step_bps", 20, (1, 5_000), "from line to line; more than a maker's two fees"),
    Param::new("levels", 5, (1, 100), "lines to each side of the first price"),
    Param::new("requote_ms", 500, (1, 60_000), "rest after messages; lines do not move"),
    Param::new("backoff_ms", 2_000, (0, 600_000), "rest of a side after risk's denial"),
    Param::new("order_quote", 200, (1, 10_000_000), "worth of an order; five of them are the most that is held"),
];

#[derive(Clone, Copy, Debug)]
struct Settings {
    step_bps: i64,
    levels: i64,
    pace: Pace,
    order: Quote,
}

#[derive(Debug)]
struct Grid {
    settings: Settings,
    ladders: Box<[Ladder]>,
}

#[derive(Debug)]
struct Ladder {
    quotes: Quotes,
    /// The price of line 0.
    first: Option<Ticks>,
    /// Where it stands: lines above the first.
    line: i64,
}

impl Settings {
    fn new(given: &Given<'_>) -> Self {
        let [step_bps, levels, requote_ms, backoff_ms, order_quote] = given.values();
        let pace = Pace { hysteresis_ticks: 0, requote_ns: ns(requote_ms), backoff_ns: ns(backoff_ms) };
        Self { step_bps, levels, pace, order: Quote::whole(order_quote) }
    }
}

impl Grid {
    fn new(given: &Given<'_>) -> Result<Self, ParamFault> {
        let ladder = |id: &InstrumentId| Ladder { quotes: Quotes::new(*id), first: None, line: 0 };
        Ok(Self { settings: Settings::new(given), ladders: given.instruments.iter().map(ladder).collect() })
    }
}

impl Ladder {
    fn look(&mut self, context: &mut Context<'_>, settings: &Settings) {
        let touch = context.view(self.quotes.instrument()).touch();
        let middle = touch.map(|(bid, ask)| Ticks(bid.0.midpoint(ask.0)));
        self.first = self.first.or(middle);
        let (line, first) = (self.line, self.first);
        self.quotes.look(context, &settings.pace, |context, sizing| {
            [Side::Buy, Side::Sell].map(|side| aim(context, sizing, settings, (line - side.sign(), first?), side))
        });
    }
}

/// What rests on that line, if it is one of the ladder's and the other side has not come as far.
fn aim(
    context: &Context<'_>,
    sizing: &Sizing<'_>,
    settings: &Settings,
    (line, first): (i64, Ticks),
    side: Side,
) -> Option<Aim> {
    let instrument = sizing.instrument();
    let (bid, ask) = context.view(instrument.id).touch()?;
    let off = i128::from(first.0) * i128::from(line * settings.step_bps) / 10_000;
    let px = Ticks(i64::try_from(i128::from(first.0) + off).ok()?);
    let is_passive = if side == Side::Buy { px < ask } else { px > bid };
    if line.abs() > settings.levels || px.0 <= 0 || !is_passive {
        return None;
    }
    let full = sizing.order_size(px, settings.order).ok()?;
    let held = context.position(instrument.id);
    let is_bound = side == Side::Sell && instrument.kind == ContractKind::Spot && held < full;
    let qty = if is_bound { sizing.check_size(px, Lots(held.0.max(0))).ok()? } else { full };
    Some(Aim { px, qty })
}

impl Play for Grid {
    fn every_ns(&self) -> Option<u64> {
        Some(self.settings.pace.requote_ns)
    }

    fn on_market(&mut self, call: &mut Call<'_, '_>, event: &MarketEvent) {
        let Self { settings, ladders } = self;
        let ladder = ladders.iter_mut().find(|ladder| ladder.quotes.instrument() == event.at.instrument);
        if let (MarketChange::Top { .. } | MarketChange::Book(_), Some(ladder)) = (event.change, ladder) {
            ladder.look(call, settings);
        }
    }

    fn on_report(&mut self, call: &mut Call<'_, '_>, report: &Report) {
        let Self { settings, ladders } = self;
        if let Some(ladder) = ladders.iter_mut().find(|ladder| ladder.quotes.instrument() == report.instrument) {
            if report.status == OrderStatus::Filled && !report.event.is_of_account() {
                ladder.line = (ladder.line - report.side.sign()).clamp(-settings.levels, settings.levels);
            }
            ladder.quotes.on_report(call.now(), report, &settings.pace);
        }
    }

    fn on_timer(&mut self, call: &mut Call<'_, '_>) {
        let Self { settings, ladders } = self;
        ladders.iter_mut().for_each(|ladder| ladder.look(call, settings));
    }

    /// The first price stays, and the line where it stands; what rests moves to the new lines.
    fn retune(&mut self, given: &Given<'_>) -> Result<Retuned, ParamFault> {
        self.settings = Settings::new(given);
        for ladder in &mut self.ladders {
            ladder.line = ladder.line.clamp(-self.settings.levels, self.settings.levels);
        }
        Ok(Retuned::InPlace)
    }
}
