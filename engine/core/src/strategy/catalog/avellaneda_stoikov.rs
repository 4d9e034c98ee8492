//! `avellaneda_stoikov`: a market maker that knows what its inventory costs (Avellaneda and Stoikov 2008).
//!
//! Both quotes stand around a price of its own, r = m - q g v t: the mid, less what a further unit of inventory would risk.
//! q: inventory in orders. v: variance of the mid over a second, in ticks squared, measured on `bars` candles' closes of the
//! mid. t: `horizon_s`. g: `aversion_e4`, ten-thousandths for a tick. Each stands off by g v t / 2 + ln(1 + g / k) / g, where
//! k, `decay_centi` hundredths, says how fast orders grow rare with the distance in ticks. Post-only, never beyond the touch;
//! no quote before the variance is known, nor one that could lead beyond `inventory_max_quote`. How often quotes move:
//! [`super::quotes`].

use super::quotes::{Aim, Pace, Quotes};
use crate::strategy::context::Context;
use crate::strategy::params::{Given, Param, ParamFault};
use crate::strategy::play::{ANY, Call, Entry, Need, Play, Retuned, ns};
use crate::strategy::sizing::Sizing;
use engine_analytics::indicator::block::Moments;
use engine_model::instrument::{ContractKind, InstrumentId};
use engine_model::market::{MarketChange, MarketEvent, Side};
use engine_model::report::Report;
use engine_model::units::{Lots, Nanos, Quote, Ticks};

pub(super) const ENTRY: Entry = Entry {
    name: "avellaneda_stoikov",
    idea: "resting on both sides earns the spread; standing off further when prices are wild, and against what is held, keeps it",
    risks: "a trend fills one side alone; the variance is of the past; who knows more trades first",
    params: &PARAMS,
    instruments: ANY,
    is_fixed: false,
    make: &|given| Maker::new(given).map(|made| Box::new(made) as Box<dyn Play>),
};

const PARAMS: [Param; 9] = [
    Param::new("order_quote", 200, (1, 10_000_000), "worth of a quote; forty times a venue's usual minimum"),
    Param::new(
        "inventory_max_quote",
        1_000,
        (1, 100_000_000),
        "worth of the largest position, long or short; five quotes",
    ),
    Param::new("bars", 60, (2, 1_000), "seconds whose mids the variance is measured on; a minute"),
    Param::new("horizon_s", 10, (1, 86_400), "how long inventory is held until it is sold; ten seconds"),
    Param::new("aversion_e4", 100, (1, 100_000), "risk aversion for a tick; a hundredth"),
    Param::new("decay_centi", 30, (1, 10_000), "how fast orders grow rare with a tick of distance; a third"),
    Param::new("hysteresis_ticks", 1, (0, 1_000_000), "a quote so far from its aim stays; each move costs its place"),
    Param::new("requote_ms", 250, (1, 60_000), "rest after messages; 8 a second stay below risk's 10"),
    Param::new("backoff_ms", 2_000, (0, 600_000), "rest of a side after risk's denial"),
];

#[derive(Clone, Copy, Debug)]
struct Settings {
    order: Quote,
    inventory_max: Quote,
    bars: usize,
    horizon: f64,
    aversion: f64,
    decay: f64,
    pace: Pace,
}

#[derive(Debug)]
struct Maker {
    settings: Settings,
    books: Box<[Book]>,
}

#[derive(Debug)]
struct Book {
    quotes: Quotes,
    /// Of the mid's change from second to second, in ticks.
    moments: Moments,
    mid: f64,
    /// The second that the next change ends.
    second: u64,
    variance: f64,
}

impl Settings {
    fn new(given: &Given<'_>) -> Result<Self, ParamFault> {
        let [order, inventory, bars, horizon_s, aversion_e4, decay_centi, hysteresis, requote_ms, backoff_ms] =
            given.values();
        if order > inventory {
            return Err(ParamFault::Relation("`order_quote` must not be above `inventory_max_quote`"));
        }
        let hysteresis_ticks = hysteresis.unsigned_abs();
        Ok(Self {
            order: Quote::whole(order),
            inventory_max: Quote::whole(inventory),
            bars: bars as usize,
            horizon: horizon_s as f64,
            aversion: aversion_e4 as f64 / 1e4,
            decay: decay_centi as f64 / 100.0,
            pace: Pace { hysteresis_ticks, requote_ns: ns(requote_ms), backoff_ns: ns(backoff_ms) },
        })
    }

    /// How far the own price is from the mid, and each quote from it, in ticks.
    fn offsets(&self, orders_held: f64, variance: f64) -> (f64, f64) {
        let risk = self.aversion * variance * self.horizon;
        (-orders_held * risk, risk / 2.0 + (1.0 + self.aversion / self.decay).ln() / self.aversion)
    }
}

impl Maker {
    fn new(given: &Given<'_>) -> Result<Self, ParamFault> {
        let settings = Settings::new(given)?;
        let book = |id: &InstrumentId| Book {
            quotes: Quotes::new(*id),
            moments: Moments::new(settings.bars),
            mid: f64::NAN,
            second: 0,
            variance: f64::NAN,
        };
        Ok(Self { settings, books: given.instruments.iter().map(book).collect() })
    }
}

impl Book {
    /// Once a second, as long as there is a mid; a hole makes no change.
    fn measure(&mut self, context: &Context<'_>) {
        let second = context.now().0 / Nanos::SECOND;
        if second == self.second {
            return;
        }
        let is_next = second == self.second + 1;
        let mid = context.view(self.quotes.instrument()).touch().map_or(f64::NAN, |(bid, ask)| mid(bid, ask));
        let before = std::mem::replace(&mut self.mid, mid);
        self.second = second;
        let variance = self.moments.next(if is_next { mid - before } else { f64::NAN }).1;
        self.variance = if variance.is_nan() { self.variance } else { variance };
    }

    fn look(&mut self, context: &mut Context<'_>, settings: &Settings) {
        let variance = self.variance;
        self.quotes.look(context, &settings.pace, |context, sizing| aims(context, sizing, settings, variance));
    }
}

fn mid(Ticks(bid): Ticks, Ticks(ask): Ticks) -> f64 {
    (bid as f64 + ask as f64) / 2.0
}

/// Where bid and ask should be.
fn aims(context: &Context<'_>, sizing: &Sizing<'_>, settings: &Settings, variance: f64) -> [Option<Aim>; 2] {
    let instrument = sizing.instrument();
    let room = || {
        let (bid, ask) = context.view(instrument.id).touch()?;
        let one = sizing.order_size(ask, settings.order).ok()?;
        let most = sizing.lots_within(ask, settings.inventory_max)?;
        Some((bid, ask, one, most.0))
    };
    let Some((bid, ask, one, most)) = room().filter(|_| variance.is_finite()) else { return [None; 2] };
    let held = context.position(instrument.id).0;
    let (shift, away) = settings.offsets(held as f64 / one.0 as f64, variance);
    let own = mid(bid, ask) + shift;
    let short = if instrument.kind == ContractKind::Spot { 0 } else { most };
    let aim = |side, px: i64, room: i64| {
        let full = sizing.order_size(Ticks(px), settings.order).ok()?;
        let qty = if room < full.0 { sizing.check_size(Ticks(px), Lots(room)).ok()? } else { full };
        (px > 0).then_some((side, Aim { px: Ticks(px), qty })).map(|(_, aim)| aim)
    };
    [
        aim(Side::Buy, ((own - away).floor() as i64).min(ask.0.saturating_sub(1)), most.saturating_sub(held)),
        aim(Side::Sell, ((own + away).ceil() as i64).max(bid.0.saturating_add(1)), held.saturating_add(short)),
    ]
}

impl Play for Maker {
    fn needs(&self) -> &[Need] {
        &[Need::Seconds]
    }

    fn every_ns(&self) -> Option<u64> {
        Some(self.settings.pace.requote_ns)
    }

    fn on_market(&mut self, call: &mut Call<'_, '_>, event: &MarketEvent) {
        let Self { settings, books } = self;
        let book = books.iter_mut().find(|book| book.quotes.instrument() == event.at.instrument);
        if let (MarketChange::Top { .. } | MarketChange::Book(_), Some(book)) = (event.change, book) {
            book.measure(call);
            book.look(call, settings);
        }
    }

    fn on_report(&mut self, call: &mut Call<'_, '_>, report: &Report) {
        let Self { settings, books } = self;
        if let Some(book) = books.iter_mut().find(|book| book.quotes.instrument() == report.instrument) {
            book.quotes.on_report(call.now(), report, &settings.pace);
        }
    }

    fn on_timer(&mut self, call: &mut Call<'_, '_>) {
        let Self { settings, books } = self;
        for book in books {
            book.measure(call);
            book.look(call, settings);
        }
    }

    /// What stands stays and moves to where it should be now; another length of the window is measured anew.
    fn retune(&mut self, given: &Given<'_>) -> Result<Retuned, ParamFault> {
        let settings = Settings::new(given)?;
        if settings.bars != self.settings.bars {
            self.books.iter_mut().for_each(|book| book.moments = Moments::new(settings.bars));
        }
        self.settings = settings;
        Ok(Retuned::InPlace)
    }
}
