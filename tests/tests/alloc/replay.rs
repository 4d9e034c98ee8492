//! The engine in the inline layout around a recording that can be handed in again and again, later each time.

use benches::BenchError;
use benches::stream::Stream;
use engine_backtest::venue::{Latency, PaperConfig, PaperMarket};
use engine_core::config::Rings;
use engine_core::execution::Execution;
use engine_core::execution::stage::{ExecutionCounters, ExecutionEnds, ExecutionStage};
use engine_core::market::Market;
use engine_core::risk::stage::{RiskEnds, RiskStage};
use engine_core::risk::{Risk, Rules, Terms};
use engine_core::strategy::catalog::Strategy;
use engine_core::strategy::{StrategyStage, Time};
use engine_core::topology::Stage as Place;
use engine_core::wiring::Wiring;
use engine_model::instrument::Instruments;
use engine_model::limit::Limits;
use engine_model::market::{BookState, MarketSink as _};
use engine_model::units::{Nanos, Quote};
use engine_ring::Crank;
use engine_ring::clock::{Clock, ClockHand};
use engine_ring::counter::CachePadded;
use engine_ring::flag::Switch;
use engine_ring::snapshot::snapshot;
use engine_ring::stage::Stage;
use feeds::capture::{Direction, Record};
use feeds::counts::EventKind;
use feeds::session::{KEEP_BYTES, Session};
use std::sync::Arc;

const OPEN_ORDERS_MAX: usize = 1_024;
/// Between the end of a recording and its next beginning.
const PAUSE_NS: u64 = Nanos::SECOND;
/// Turns in which the consequences of a message have come home.
const TURNS_MAX: usize = 64;

/// The engine, its venue's stage kept in hand, because the recording is handed in from outside.
pub(crate) struct Replay {
    session: Session,
    sink: PaperMarket,
    crank: Crank,
    hand: ClockHand,
    shift_ns: u64,
    instruments: Arc<Instruments>,
    execution: Arc<CachePadded<ExecutionCounters>>,
}

/// What has happened so far.
#[derive(Debug)]
pub(crate) struct Counts {
    pub(crate) placed: u64,
    pub(crate) reports: u64,
    pub(crate) errors: u64,
    /// Snapshots and deltas.
    pub(crate) book_events: u64,
    /// Books in sync.
    pub(crate) synced: usize,
}

impl Replay {
    pub(crate) fn new(stream: &Stream) -> Result<Self, BenchError> {
        let venue = stream.venue;
        let instruments = Arc::new(stream.instruments.clone());
        let (clock, hand) = Clock::manual();
        let mut wiring = Wiring::new(&[venue], &Rings::default(), &[Place::Journal]);
        let (market, _images) = Market::new(venue, &instruments, wiring.market_writer(venue)?);
        let ways = 5 * Nanos::MILLI;
        let paper = PaperConfig {
            latency: Latency { feed_ns: ways, order_ns: ways, reply_ns: ways },
            ..PaperConfig::of(venue)
        };
        let (requests, replies) = (wiring.request_reader(venue)?, wiring.reply_writer(venue)?);
        let sink = PaperMarket::new(market, &instruments, requests, replies, &paper);
        // What has no dollars is only denied.
        let traded: Vec<_> = instruments.iter().filter(|i| i.is_dollar_quoted()).map(|i| i.id).collect();
        let maker = (!traded.is_empty()).then(|| Strategy::new("imbalance_maker", &traded, &[]));
        let strategy = StrategyStage::new(
            Vec::from_iter(maker.transpose().map_err(|fault| BenchError::Strategy(fault.to_string()))?),
            1,
            instruments.clone(),
            wiring.market_readers(Place::Strategy)?,
            wiring.report().reader(Place::Strategy.name())?,
            wiring.intent().writer(Place::Strategy.name())?,
            Time::Events,
        );
        let terms = Terms { epoch: 1, equity_start: Quote::whole(100_000), open_orders_max: OPEN_ORDERS_MAX };
        let ends = RiskEnds {
            commands: wiring.command().reader(Place::Risk.name())?,
            intents: wiring.intent().reader(Place::Risk.name())?,
            markets: wiring.market_readers(Place::Risk)?,
            reports: wiring.report().reader(Place::Risk.name())?,
            orders: wiring.order().writer(Place::Risk.name())?,
            images: snapshot().0,
            kill: Switch::new(),
            clock: clock.clone(),
        };
        // As a replay has them: the clock of a recording was its recorder's.
        let limits = Limits { clock_skew_max_ns: u64::MAX, ..Limits::default() };
        let risk = RiskStage::new(
            Risk::new(instruments.clone(), &Rules::open(limits, &instruments), terms),
            ends,
            &wiring.gauges(),
        );
        let ends = ExecutionEnds {
            orders: wiring.order().reader(Place::Execution.name())?,
            replies: wiring.reply_readers()?,
            requests: wiring.request_writers()?,
            reports: wiring.report().writer(Place::Execution.name())?,
            images: snapshot().0,
            kill: Switch::new(),
            clock,
        };
        let execution = ExecutionStage::new(Execution::new(instruments.clone(), OPEN_ORDERS_MAX), ends);
        let counters = execution.counters();
        let stages: Vec<Box<dyn Stage>> = vec![Box::new(strategy), Box::new(risk), Box::new(execution)];
        let mut crank = Crank::new(stages);
        crank.start();
        let session = Session::new(venue, &instruments, KEEP_BYTES);
        Ok(Self { session, sink, crank, hand, shift_ns: 0, instruments, execution: counters })
    }

    /// The whole recording once more, from books that are lost.
    pub(crate) fn pass(&mut self, stream: &Stream, records: &[Record<'_>]) {
        let Some((first, last)) = records.first().zip(records.last()) else { return };
        stream.open(&mut self.session);
        self.session.lose_all(Nanos(first.received_at_ns + self.shift_ns), &mut self.sink);
        for record in records {
            let at = Nanos(record.received_at_ns + self.shift_ns);
            self.hand.set(at.0);
            match record.direction {
                Direction::In => self.session.on_frame(record.channel, record.payload, at, &mut self.sink),
                Direction::Rest => self.session.on_rest(record.url, record.payload, at, &mut self.sink),
                Direction::Open | Direction::Other => {}
            }
            self.come_home(at);
        }
        self.shift_ns += last.received_at_ns.saturating_sub(first.received_at_ns) + PAUSE_NS;
    }

    fn come_home(&mut self, at: Nanos) {
        for _ in 0..TURNS_MAX {
            self.crank.until_idle(TURNS_MAX);
            if !self.sink.turn(at) {
                return;
            }
        }
    }

    pub(crate) fn counts(&self) -> Counts {
        let (placed, reports) = (self.execution.placed.get(), self.execution.reports.get());
        let counts = self.session.counts();
        let book_events = counts.event(EventKind::BookSnapshot) + counts.event(EventKind::BookDelta);
        let synced = self.instruments.iter().filter(|i| self.session.book(i.id).state == BookState::Synced).count();
        Counts { placed, reports, errors: counts.errors, book_events, synced }
    }
}
