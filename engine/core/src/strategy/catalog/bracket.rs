//! `bracket`: follows the book's imbalance with an entry, a profit target and a trailing stop that know of each other.
//!
//! Every `every_ms`, with no position and no order on an instrument: where the imbalance is at least `lean_bps`, one IOC
//! limit order at the touch, worth `order_quote`, with two children tied by OUO. The target rests `target_bps` beyond the
//! entry; the stop trails `stop_bps` behind the best bid (ask) since. A spot market is only entered long.
//!
//! A position that nothing protects (its stop was denied, or a part was filled twice) is shown as an iceberg at the touch, a
//! fifth at a time, until it is gone: the way out when there is no hurry.

use crate::strategy::context::Context;
use crate::strategy::params::{Given, Param, ParamFault};
use crate::strategy::play::{ANY, Call, Entry, Need, Play, Retuned, ns};
use crate::strategy::sizing::Sizing;
use engine_model::instrument::{ContractKind, InstrumentId};
use engine_model::market::Side;
use engine_model::order::{Contingency, OffsetUnit, Order, OrderType, TimeInForce, TriggerType};
use engine_model::units::{Lots, Quote, Ticks};

pub(super) const ENTRY: Entry = Entry {
    name: "bracket",
    idea: "a book that leans moves the way it leans for a moment",
    risks: "a lean that is shown to be followed; a gap through the stop",
    params: &PARAMS,
    instruments: ANY,
    is_fixed: false,
    make: &|given| Bracket::new(given).map(|made| Box::new(made) as Box<dyn Play>),
};

/// Order of the values: as `new` takes them apart.
const PARAMS: [Param; 5] = [
    Param { name: "every_ms", default: 1_000, min: 10, max: 86_400_000, why: "time between two looks for an entry" },
    Param { name: "lean_bps", default: 4_000, min: 1, max: 10_000, why: "imbalance of the book that is followed" },
    Param { name: "target_bps", default: 10, min: 1, max: 5_000, why: "profit that is taken; twice a taker's fee" },
    Param { name: "stop_bps", default: 10, min: 1, max: 5_000, why: "loss from the best price that ends it" },
    Param {
        name: "order_quote",
        default: 500,
        min: 1,
        max: 10_000_000,
        why: "worth of an entry in whole units of quote; a hundred times a venue's usual minimum",
    },
];

/// An unprotected position is shown in so many parts.
const PARTS: i64 = 5;

/// The strategy.
#[derive(Clone, Debug)]
struct Bracket {
    every_ns: u64,
    lean_bps: i64,
    target_bps: i64,
    stop_bps: u32,
    order_quote: Quote,
    instruments: Box<[InstrumentId]>,
}

impl Bracket {
    fn new(given: &Given<'_>) -> Result<Self, ParamFault> {
        let [every_ms, lean_bps, target_bps, stop_bps, order_quote] = given.values();
        Ok(Self {
            every_ns: ns(every_ms),
            lean_bps,
            target_bps,
            stop_bps: stop_bps as u32,
            order_quote: Quote::whole(order_quote),
            instruments: given.instruments.into(),
        })
    }

    fn enter(&self, context: &mut Context<'_>, id: InstrumentId, (bid, ask): (Ticks, Ticks)) -> Option<()> {
        let lean = i64::from(context.view(id).imbalance_bps);
        let instrument = context.instrument(id);
        let (side, px) = match lean {
            _ if lean >= self.lean_bps => (Side::Buy, ask),
            _ if lean <= -self.lean_bps && instrument.kind != ContractKind::Spot => (Side::Sell, bid),
            _ => return None,
        };
        let qty = Sizing::new(instrument).order_size(px, self.order_quote).ok()?;
        let profit = (i128::from(px.0) * i128::from(self.target_bps) / 10_000).max(1) as i64;
        let entry = Order { instrument: id, side, px, qty, time_in_force: TimeInForce::Ioc, ..Order::default() };
        let out = Order { side: side.opposite(), time_in_force: TimeInForce::Gtc, reduce_only: true, ..entry };
        let target = Order { px: Ticks(px.0 + side.sign() * profit), ..out };
        let stop = Order {
            order_type: OrderType::TrailingStopMarket,
            px: Ticks(0),
            trailing_offset: self.stop_bps,
            offset_unit: OffsetUnit::Bps,
            trigger_type: TriggerType::BidAsk,
            ..out
        };
        context.submit_with_children(entry, Contingency::Ouo, &[target, stop]).ok().map(|_| ())
    }
}

impl Play for Bracket {
    fn needs(&self) -> &[Need] {
        &[Need::Depth]
    }

    fn every_ns(&self) -> Option<u64> {
        Some(self.every_ns)
    }

    fn on_timer(&mut self, call: &mut Call<'_, '_>) {
        for &id in &self.instruments {
            let works = call.working().iter().any(|working| working.order.instrument == id);
            let Some(touch) = call.view(id).touch().filter(|_| !works) else { continue };
            // A refusal is remembered by nobody: the next look asks again if it is still wanted.
            let _ = match call.position(id) {
                Lots(0) => self.enter(call, id, touch),
                held => leave(call, id, held, touch),
            };
        }
    }

    fn retune(&mut self, given: &Given<'_>) -> Result<Retuned, ParamFault> {
        *self = Self::new(given)?;
        Ok(Retuned::InPlace)
    }
}

/// Shows what is held, part by part, where it would be the best price.
fn leave(context: &mut Context<'_>, id: InstrumentId, held: Lots, (bid, ask): (Ticks, Ticks)) -> Option<()> {
    let instrument = context.instrument(id);
    let (side, px) = if held.0 > 0 { (Side::Sell, ask) } else { (Side::Buy, bid) };
    let qty = Lots(held.0.abs()).min(instrument.max_qty);
    let sizing = Sizing::new(instrument);
    sizing.check_size(px, qty).ok()?;
    let shown = Lots((qty.0 / PARTS).max(1));
    let display_qty = if shown < qty && sizing.check_size(px, shown).is_ok() { shown } else { Lots(0) };
    let order = Order { instrument: id, side, px, qty, reduce_only: true, display_qty, ..Order::default() };
    context.submit(order).ok().map(|_| ())
}

#[cfg(test)]
#[path = "bracket_tests.rs"]
mod tests;
