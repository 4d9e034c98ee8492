//! A strategy whose calls are functions of a script.

use crate::declared::Declared;
use crate::desk::Shared;
use crate::indicators::Indicators;
use crate::sandbox::{self, told};
use engine_core::strategy::bars::Bar;
use engine_core::strategy::params::Given;
use engine_core::strategy::play::{self, Need, Play};
use engine_model::instrument::InstrumentId;
use engine_model::market::{BookState, MarketChange, MarketEvent, Side};
use engine_model::report::Report;
use engine_model::units::Nanos;
use engine_ring::alloc_guard::uncounted;
use rhai::{CallFnOptions, Dynamic, Engine, FuncArgs, INT, ImmutableString, Map, Scope};
use std::fmt;
use std::sync::Arc;

/// What a script may answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Call {
    /// Gives the map that is `this` in all others. Called with the parameters.
    Start,
    /// A bar is over: nothing can be wished for.
    Learn,
    /// A bar is over, and was learned.
    Bar,
    /// The market changed.
    Market,
    /// Something happened to an order of its.
    Report,
    /// Its time came.
    Timer,
}

impl Call {
    pub(crate) const ALL: [Self; 6] = [Self::Start, Self::Learn, Self::Bar, Self::Market, Self::Report, Self::Timer];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Learn => "learn",
            Self::Bar => "on_bar",
            Self::Market => "on_market",
            Self::Report => "on_report",
            Self::Timer => "on_timer",
        }
    }

    /// How many values it is called with.
    pub(crate) const fn args(self) -> usize {
        if matches!(self, Self::Timer) { 0 } else { 1 }
    }
}

/// The strategy.
pub(crate) struct Script {
    declared: Arc<Declared>,
    engine: Engine,
    desk: Shared,
    indicators: Indicators,
    instruments: Box<[InstrumentId]>,
    frames_ns: Box<[u64]>,
    every_ns: Option<u64>,
    /// `this` of each call: all that it remembers.
    state: Dynamic,
    fault: Option<String>,
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { instruments, frames_ns, every_ns, indicators, state, fault, .. } = self;
        write!(f, "Script {instruments:?} {frames_ns:?} {every_ns:?} {indicators:?} {state:?} {fault:?}")
    }
}

impl Script {
    pub(crate) fn new(declared: Arc<Declared>, given: &Given<'_>) -> Self {
        let (mut engine, desk) = (sandbox::engine(), Shared::default());
        desk.register(&mut engine);
        let indicators = Indicators::new(declared.frames.len(), given.instruments.len());
        indicators.register(&mut engine);
        let params: Map = declared
            .params
            .iter()
            .zip(given.all())
            .map(|(p, value)| (p.name.into(), Dynamic::from_int(*value)))
            .collect();
        let mut script = Self {
            engine,
            desk,
            indicators,
            instruments: given.instruments.into(),
            frames_ns: declared.frames.iter().map(|length| length.ns(given.all())).collect(),
            every_ns: declared.every.map(|length| length.ns(given.all())),
            state: Dynamic::from_map(Map::new()),
            fault: None,
            declared,
        };
        if let Some(state) = script.run(Call::Start, (params.clone(),)).and_then(Dynamic::try_cast::<Map>) {
            script.state = Dynamic::from_map(state);
        }
        if let Some(mut state) = script.state.write_lock::<Map>() {
            state.insert("params".into(), Dynamic::from_map(params));
        }
        let steps = script.indicators.close();
        script.engine.set_max_operations(steps);
        script
    }

    fn has(&self, call: Call) -> bool {
        self.declared.has[call as usize] && self.fault.is_none()
    }

    /// One call of the script. What it does wrong is remembered, and was its last.
    fn run(&mut self, call: Call, args: impl FuncArgs) -> Option<Dynamic> {
        if !self.has(call) {
            return None;
        }
        let Self { declared, engine, state, fault, .. } = self;
        let options = CallFnOptions::new().eval_ast(false).bind_this_ptr(state);
        let done = engine.call_fn_with_options::<Dynamic>(options, &mut Scope::new(), &declared.ast, call.name(), args);
        match done {
            Ok(value) => Some(value),
            Err(error) => {
                let text = told(&ImmutableString::from(error.to_string()));
                *fault = Some(format!("{}: {text}", call.name()));
                None
            }
        }
    }

    /// A call that may wish. Memory that it takes is the price of a script, and not counted among what the run takes.
    fn turn(&mut self, call: &mut play::Call<'_, '_>, which: Call, args: impl FnOnce(&Self) -> Option<Dynamic>) {
        if self.has(which) {
            uncounted(|| {
                self.desk.see(call, &self.instruments);
                let done = match (args(self), which.args()) {
                    (Some(arg), 1) => self.run(which, (arg,)),
                    (None, 1) => return,
                    _ => self.run(which, ()),
                };
                if done.is_some() {
                    self.desk.carry_out(call);
                }
            });
        }
        if self.fault.is_some() {
            call.give_up();
        }
    }

    fn place_of(&self, id: InstrumentId) -> Option<usize> {
        self.instruments.iter().position(|known| *known == id)
    }

    fn place(&self, id: InstrumentId) -> Option<Dynamic> {
        self.place_of(id).map(|at| Dynamic::from_int(at as INT))
    }

    fn bar(&self, bar: &Bar) -> Option<Dynamic> {
        let candle = &bar.candle;
        let numbers = [
            ("frame", bar.frame as INT),
            ("start_ms", (candle.start_at_ns.0 / Nanos::MILLI) as INT),
            ("open", candle.open.0),
            ("high", candle.high.0),
            ("low", candle.low.0),
            ("close", candle.close.0),
            ("volume", candle.volume.0),
            ("buy_volume", candle.buy_volume.0),
            ("trades", INT::from(candle.trades)),
        ];
        Some(map(self.place(bar.instrument)?, None, &numbers))
    }

    fn event(&self, event: &MarketEvent) -> Option<Dynamic> {
        let i = self.place(event.at.instrument)?;
        let side = |side: Side| side.sign();
        let of = |kind: &'static str, numbers: &[(&'static str, INT)]| Some(map(i.clone(), Some(kind), numbers));
        match event.change {
            MarketChange::Book(state) => of("book", &[("synced", INT::from(state == BookState::Synced))]),
            MarketChange::Top { .. } => of("top", &[]),
            MarketChange::Trade { px, qty, aggressor, .. } => {
                of("trade", &[("px", px.0), ("qty", qty.0), ("side", side(aggressor))])
            }
            MarketChange::Mark { px } => of("mark", &[("px", px.0)]),
            MarketChange::Index { px } => of("index", &[("px", px.0)]),
            MarketChange::Funding { rate_e8, interval_s, .. } => {
                of("funding", &[("rate_e8", rate_e8), ("interval_s", INT::from(interval_s))])
            }
            MarketChange::OpenInterest { qty } => of("open_interest", &[("qty", qty.0)]),
            MarketChange::Liquidation { px, qty, closed } => {
                of("liquidation", &[("px", px.0), ("qty", qty.0), ("closed", side(closed))])
            }
            MarketChange::Quote { .. } | MarketChange::Depth { .. } | MarketChange::BookDigest { .. } => None,
        }
    }

    fn report(&self, report: &Report) -> Option<Dynamic> {
        let numbers =
            [("side", report.side.sign()), ("qty", report.qty.0), ("px", report.px.0), ("filled", report.filled_qty.0)];
        let of = map(self.place(report.instrument)?, Some(report.event.name()), &numbers);
        let mut of = of.try_cast::<Map>()?;
        of.insert("status".into(), report.status.name().into());
        Some(Dynamic::from_map(of))
    }
}

/// What is told of something: at which instrument, of what kind, and its numbers.
fn map(i: Dynamic, kind: Option<&'static str>, numbers: &[(&'static str, INT)]) -> Dynamic {
    let mut map: Map = numbers.iter().map(|(name, value)| ((*name).into(), Dynamic::from_int(*value))).collect();
    map.insert("i".into(), i);
    if let Some(kind) = kind {
        map.insert("kind".into(), kind.into());
    }
    Dynamic::from_map(map)
}

impl Play for Script {
    fn needs(&self) -> &[Need] {
        &self.declared.needs
    }

    fn frames_ns(&self) -> &[u64] {
        &self.frames_ns
    }

    fn every_ns(&self) -> Option<u64> {
        self.every_ns
    }

    fn learn(&mut self, bar: &Bar) {
        uncounted(|| {
            self.place_of(bar.instrument).into_iter().for_each(|place| self.indicators.learn(place, bar));
            if let Some(bar) = self.bar(bar).filter(|_| self.has(Call::Learn)) {
                self.run(Call::Learn, (bar,));
            }
        });
    }

    fn on_bar(&mut self, call: &mut play::Call<'_, '_>, bar: &Bar) {
        self.turn(call, Call::Bar, |script| script.bar(bar));
    }

    fn on_market(&mut self, call: &mut play::Call<'_, '_>, event: &MarketEvent) {
        self.turn(call, Call::Market, |script| script.event(event));
    }

    fn on_report(&mut self, call: &mut play::Call<'_, '_>, report: &Report) {
        self.turn(call, Call::Report, |script| script.report(report));
    }

    fn on_timer(&mut self, call: &mut play::Call<'_, '_>) {
        self.turn(call, Call::Timer, |_| None);
    }

    fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }
}
