//! `liquidation_fade`: buys what is sold because it must be, when those who must are done.
//!
//! Liquidations of one side worth at least `burst_quote` within `window_ms`, and a price that moved at least `move_bps` from
//! where it was at the first of them: when none has come for `quiet_ms`, one IOC limit order at the touch the other way,
//! worth `order_quote` (a spot market is only bought), with a target `target_bps` and a stop `stop_bps` off, tied by OUO.
//! What is left after `hold_ms` is closed at the touch.

use super::towards::{at, ioc, towards};
use crate::strategy::account::Working;
use crate::strategy::context::Context;
use crate::strategy::params::{Given, Param, ParamFault};
use crate::strategy::play::{ANY, Call, Entry, Need, Play, Retuned, ns};
use crate::strategy::sizing::Sizing;
use engine_analytics::signal::Wanted;
use engine_model::instrument::{ContractKind, InstrumentId};
use engine_model::market::{MarketChange, MarketEvent, Side};
use engine_model::order::{ClientOrderId, Contingency, Order, OrderStatus, OrderType, TimeInForce, TriggerType};
use engine_model::units::{Lots, Nanos, Quote, Ticks};

pub(super) const ENTRY: Entry = Entry {
    name: "liquidation_fade",
    idea: "who is liquidated sells at any price: behind the last of them the price comes back to where it was wanted",
    risks: "a pause is taken for the end, and the next wave comes; venues tell only some of their liquidations",
    params: &PARAMS,
    instruments: ANY,
    is_fixed: false,
    make: &|given| Fade::new(given).map(|made| Box::new(made) as Box<dyn Play>),
};

const PARAMS: [Param; 8] = [
    Param::new(
        "burst_quote",
        500_000,
        (1, 1_000_000_000),
        "worth of the liquidations of one side; it moves a large coin",
    ),
    Param::new("window_ms", 60_000, (1_000, 86_400_000), "time in which they come; a minute"),
    Param::new("move_bps", 50, (1, 5_000), "how far the price must have gone; less is not worth its fees"),
    Param::new("quiet_ms", 3_000, (0, 600_000), "time without one that says they are done"),
    Param::new("target_bps", 25, (1, 5_000), "profit that is taken; half of the way back"),
    Param::new("stop_bps", 40, (1, 5_000), "loss that ends it"),
    Param::new("hold_ms", 300_000, (1_000, 86_400_000), "longest time; what has not come back by then will not"),
    Param::order_quote("worth of an entry; a hundred times a venue's usual minimum"),
];

/// How often it looks.
const LOOK_NS: u64 = 100 * Nanos::MILLI;

#[derive(Clone, Copy, Debug)]
struct Settings {
    burst: Quote,
    window_ns: u64,
    move_bps: i64,
    quiet_ns: u64,
    target_bps: i64,
    stop_bps: i64,
    hold_ns: u64,
    worth: Quote,
}

#[derive(Debug)]
struct Fade {
    settings: Settings,
    tracks: Box<[Track]>,
}

#[derive(Debug)]
struct Track {
    instrument: InstrumentId,
    burst: Burst,
    entered_at_ns: Nanos,
}

/// Liquidations that came one upon the other.
#[derive(Clone, Copy, Debug, Default)]
struct Burst {
    from_ns: Nanos,
    last_ns: Nanos,
    /// Twice the mid at the first of them.
    doubled: i64,
    /// Of longs and of shorts.
    worth: [Quote; 2],
}

impl Settings {
    fn new(given: &Given<'_>) -> Self {
        let [burst, window_ms, move_bps, quiet_ms, target_bps, stop_bps, hold_ms, order] = given.values();
        Self {
            burst: Quote::whole(burst),
            window_ns: ns(window_ms),
            move_bps,
            quiet_ns: ns(quiet_ms),
            target_bps,
            stop_bps,
            hold_ns: ns(hold_ms),
            worth: Quote::whole(order),
        }
    }
}

impl Fade {
    fn new(given: &Given<'_>) -> Result<Self, ParamFault> {
        let track = |&instrument: &InstrumentId| Track { instrument, burst: Burst::default(), entered_at_ns: Nanos(0) };
        Ok(Self { settings: Settings::new(given), tracks: given.instruments.iter().map(track).collect() })
    }
}

impl Track {
    fn take(&mut self, context: &Context<'_>, (px, qty): (Ticks, Lots), closed: Side, window_ns: u64) {
        let now = context.now();
        let Some((bid, ask)) = context.view(self.instrument).touch() else { return };
        let Some(worth) = context.instrument(self.instrument).notional(px, qty) else { return };
        if self.burst.doubled == 0 || now.since(self.burst.from_ns) > window_ns {
            self.burst = Burst { from_ns: now, doubled: bid.0.saturating_add(ask.0), ..Burst::default() };
        }
        self.burst.last_ns = now;
        let sum = &mut self.burst.worth[closed as usize];
        sum.0 = sum.0.saturating_add(worth.0);
    }

    /// Which way to go against what came, if enough came and it is over.
    fn entry(&self, now: Nanos, (bid, ask): (Ticks, Ticks), settings: &Settings) -> Option<Side> {
        let Burst { from_ns, last_ns, doubled, worth: [longs, shorts] } = self.burst;
        if now.since(last_ns) < settings.quiet_ns || now.since(from_ns) > settings.window_ns || doubled <= 0 {
            return None;
        }
        let moved = i128::from(bid.0) + i128::from(ask.0) - i128::from(doubled);
        let moved_bps = moved * 10_000 / i128::from(doubled);
        match moved_bps {
            _ if longs >= settings.burst && moved_bps <= -i128::from(settings.move_bps) => Some(Side::Buy),
            _ if shorts >= settings.burst && moved_bps >= i128::from(settings.move_bps) => Some(Side::Sell),
            _ => None,
        }
    }

    fn look(&mut self, context: &mut Context<'_>, settings: &Settings) -> Option<()> {
        let (id, now) = (self.instrument, context.now());
        let touch = context.view(id).touch()?;
        let works = context.working().iter().any(|working| working.order.instrument == id);
        if context.position(id) != Lots(0) {
            if now.since(self.entered_at_ns) < settings.hold_ns {
                return None;
            }
            // Its time is over: the children make room, and what is held goes when they have.
            match first_working(context, id) {
                Some(child) => context.cancel(child).ok()?,
                None => towards(context, id, Wanted::Flat, settings.worth),
            }
            return None;
        }
        let side = self.entry(now, touch, settings).filter(|_| !works)?;
        self.burst = Burst::default();
        let instrument = context.instrument(id);
        if side == Side::Sell && instrument.kind == ContractKind::Spot {
            return None;
        }
        let px = at(side, touch);
        let qty = Sizing::new(instrument).order_size(px, settings.worth).ok()?;
        let off = |bps: i64| (i128::from(px.0) * i128::from(bps) / 10_000).max(1) as i64 * side.sign();
        let entry = ioc(id, side, touch, qty, false);
        let out = Order { side: side.opposite(), time_in_force: TimeInForce::Gtc, reduce_only: true, ..entry };
        let target = Order { px: Ticks(px.0.saturating_add(off(settings.target_bps))), ..out };
        let trigger_px = Ticks(px.0.saturating_sub(off(settings.stop_bps)));
        let trigger_type = TriggerType::BidAsk;
        let stop = Order { order_type: OrderType::StopMarket, px: Ticks(0), trigger_px, trigger_type, ..out };
        self.entered_at_ns = now;
        context.submit_with_children(entry, Contingency::Ouo, &[target, stop]).ok().map(|_| ())
    }
}

fn first_working(context: &Context<'_>, id: InstrumentId) -> Option<ClientOrderId> {
    let stands = |w: &&Working| w.order.instrument == id && w.status != OrderStatus::PendingCancel;
    context.working().iter().find(stands).map(|working| working.order.client_order_id)
}

impl Play for Fade {
    fn needs(&self) -> &[Need] {
        &[Need::Liquidations]
    }

    fn every_ns(&self) -> Option<u64> {
        Some(LOOK_NS)
    }

    fn on_market(&mut self, call: &mut Call<'_, '_>, event: &MarketEvent) {
        let MarketChange::Liquidation { px, qty, closed } = event.change else { return };
        if let Some(track) = self.tracks.iter_mut().find(|track| track.instrument == event.at.instrument) {
            track.take(call, (px, qty), closed, self.settings.window_ns);
        }
    }

    fn on_timer(&mut self, call: &mut Call<'_, '_>) {
        let Self { settings, tracks } = self;
        for track in tracks {
            track.look(call, settings);
        }
    }

    /// It keeps what it has entered.
    fn retune(&mut self, given: &Given<'_>) -> Result<Retuned, ParamFault> {
        self.settings = Settings::new(given);
        Ok(Retuned::InPlace)
    }
}
