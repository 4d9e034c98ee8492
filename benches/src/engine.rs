//! The engine around a venue's stage, as every bench that trades needs it: one strategy that answers each frame, risk with
//! its usual limits, execution, and the slow side's ends.
//!
//! Owns the making of those stages at the rings of the topology. Never: a venue's stage, which is what benches differ in,
//! nor a stage made for a bench where the engine has one.

use crate::error::BenchError;
use crate::synthetic::SYMBOL;
use engine_core::execution::Execution;
use engine_core::execution::stage::{ExecutionEnds, ExecutionStage};
use engine_core::risk::stage::{RiskEnds, RiskStage};
use engine_core::risk::{Decision, Risk, Rules, Terms};
use engine_core::strategy::catalog::Strategy;
use engine_core::strategy::{StrategyStage, Time};
use engine_core::topology::Stage as Place;
use engine_core::wiring::Wiring;
use engine_model::command::Command;
use engine_model::instrument::{ContractKind, Grid, Instrument, InstrumentId, Instruments, Name};
use engine_model::limit::Limits;
use engine_model::market::MarketEvent;
use engine_model::report::Report;
use engine_model::units::{Lots, Nanos, Quote};
use engine_model::venue::VenueId;
use engine_ring::clock::Clock;
use engine_ring::flag::Switch;
use engine_ring::ring::{Reader, Tap, Writer};
use engine_ring::snapshot::snapshot;
use std::sync::Arc;

/// Where the strategy trades.
pub(crate) const VENUE: VenueId = VenueId::BinanceUsdm;
/// Open orders that risk and execution keep rows for.
const OPEN_ORDERS_MAX: usize = 256;
/// A frame's event time lies that much after the one before: as long as the strategy rests between two looks. So the
/// strategy answers every frame, though the machine's clock moves by far less.
pub(crate) const FRAME_STEP_NS: u64 = Nanos::MILLI;
/// Event time runs ahead of the machine's clock by this and, with every frame, by more: the strategy, which goes by the
/// later of the two, then rests by event time alone.
pub(crate) const HEAD_START_NS: u64 = 60 * Nanos::SECOND;

/// The instrument that is traded: as Binance lists the perpetual contract.
pub(crate) fn instrument() -> Instrument {
    let name = |text| Name::new(text).unwrap_or_default();
    Instrument {
        id: InstrumentId(0),
        venue: VENUE,
        symbol: name(SYMBOL),
        base: name("BTC"),
        quote: name("USDT"),
        kind: ContractKind::Linear,
        grid: Grid { price_decimals: 1, tick_step: 1, qty_decimals: 3, lot_step: 1 },
        contract_size: 1,
        contract_decimals: 0,
        min_qty: Lots(1),
        max_qty: Lots(1_000_000),
        min_notional: Quote::whole(5),
    }
}

/// Ends that a bridge holds.
type BridgeEnds = (Writer<Command>, Vec<(VenueId, Tap<MarketEvent>)>, Tap<Decision>, Tap<Report>);

/// The slow side's ends: the journal's are read between frames, as its own thread would; the bridge's are held and not
/// read.
pub(crate) struct Slow {
    markets: Vec<(VenueId, Reader<MarketEvent>)>,
    orders: Reader<Decision>,
    reports: Reader<Report>,
    // Ends that others would hold: an end that is dropped leaves its ring as it is.
    _bridge: BridgeEnds,
}

impl Slow {
    /// Claims them.
    pub(crate) fn claim(wiring: &mut Wiring) -> Result<Self, BenchError> {
        let bridge = Place::Bridge.name();
        Ok(Self {
            markets: wiring.market_readers(Place::Journal)?,
            orders: wiring.order().reader(Place::Journal.name())?,
            reports: wiring.report().reader(Place::Journal.name())?,
            _bridge: (
                wiring.command().writer(bridge)?,
                wiring.market_taps(Place::Bridge)?,
                wiring.order().tap(bridge)?,
                wiring.report().tap(bridge)?,
            ),
        })
    }

    /// Reads what waits for the journal.
    pub(crate) fn drain(&mut self) {
        self.markets.iter_mut().for_each(|(_, ring)| while ring.take(64, |_, _| ()) > 0 {});
        while self.orders.take(64, |_, _| ()) > 0 {}
        while self.reports.take(64, |_, _| ()) > 0 {}
    }
}

/// The stage of a maker on the first instrument.
pub(crate) fn strategy(
    instruments: &Arc<Instruments>,
    wiring: &mut Wiring,
    clock: &Clock,
) -> Result<StrategyStage, BenchError> {
    // The shortest rest there is, so that it answers every frame (see `FRAME_STEP_NS`), and the widest tolerance, so that
    // its offer stays where it was placed first: the venue withdraws bids, and each frame leads to one order.
    let requote_ms = (FRAME_STEP_NS / Nanos::MILLI) as i64;
    // Far apart: the offer never moves, and a bid that came up to it would be denied as a match with oneself.
    let params = [("requote_ms", requote_ms), ("hysteresis_ticks", 1_000_000), ("distance_ticks", 1_000)];
    let params = params.map(|(name, value)| (name.to_owned(), value));
    let maker = Strategy::new("imbalance_maker", &[InstrumentId(0)], &params);
    let maker = maker.map_err(|fault| BenchError::Strategy(fault.to_string()))?;
    Ok(StrategyStage::new(
        vec![maker],
        1,
        instruments.clone(),
        wiring.market_readers(Place::Strategy)?,
        wiring.report().reader(Place::Strategy.name())?,
        wiring.intent().writer(Place::Strategy.name())?,
        Time::Clock(clock.clone()),
    ))
}

/// Risk's stage.
pub(crate) fn risk(
    instruments: &Arc<Instruments>,
    wiring: &mut Wiring,
    clock: &Clock,
) -> Result<RiskStage, BenchError> {
    // All limits as they are by default, but the rate: a hundred thousand orders a second are the question here.
    let limits = Limits {
        message_rate_per_s: 1_000_000,
        message_burst: 1_000_000,
        venue_rate_per_s: 1_000_000,
        venue_burst: 1_000_000,
        batch_notional_max: Quote(i64::MAX),
        orders_per_fill_max: 1_000_000_000,
        duplicate_window_ns: 0,
        clock_skew_max_ns: u64::MAX,
        ..Limits::default()
    };
    let terms = Terms { epoch: 1, equity_start: Quote::whole(100_000), open_orders_max: OPEN_ORDERS_MAX };
    let name = Place::Risk.name();
    let ends = RiskEnds {
        commands: wiring.command().reader(name)?,
        intents: wiring.intent().reader(name)?,
        markets: wiring.market_readers(Place::Risk)?,
        reports: wiring.report().reader(name)?,
        orders: wiring.order().writer(name)?,
        images: snapshot().0,
        kill: Switch::new(),
        clock: clock.clone(),
    };
    Ok(RiskStage::new(Risk::new(instruments.clone(), &Rules::open(limits, instruments), terms), ends, &wiring.gauges()))
}

/// Execution's stage.
pub(crate) fn execution(
    instruments: &Arc<Instruments>,
    wiring: &mut Wiring,
    clock: &Clock,
) -> Result<ExecutionStage, BenchError> {
    let name = Place::Execution.name();
    let ends = ExecutionEnds {
        orders: wiring.order().reader(name)?,
        replies: wiring.reply_readers()?,
        requests: wiring.request_writers()?,
        reports: wiring.report().writer(name)?,
        images: snapshot().0,
        kill: Switch::new(),
        clock: clock.clone(),
    };
    Ok(ExecutionStage::new(Execution::new(instruments.clone(), OPEN_ORDERS_MAX), ends))
}
