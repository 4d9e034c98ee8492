//! One run of the engine, its stages on the simulation's own thread and its journal on a simulated disk.

use crate::options::Options;
use crate::trader::Trader;
use crate::venue::{End, Site};
use engine_core::config::Rings;
use engine_core::execution::Execution;
use engine_core::execution::stage::{ExecutionEnds, ExecutionStage};
use engine_core::journal::disk::{Disk, DiskHand, JournalGauges, NewFile};
use engine_core::journal::format::Prologue;
use engine_core::journal::record::Run;
use engine_core::journal::simulated::SimulatedDisk;
use engine_core::journal::stage::{JournalInputs, JournalStage};
use engine_core::risk::stage::{RiskEnds, RiskStage};
use engine_core::risk::{Decision, DecisionKind, Risk, Rules, Terms};
use engine_core::state::{hex, state_hash};
use engine_core::topology::Stage as Place;
use engine_core::wiring::Wiring;
use engine_model::command::{Command, CommandKind};
use engine_model::instrument::{ContractKind, Grid, Instrument, InstrumentId, Instruments, Name};
use engine_model::limit::Limits;
use engine_model::order::ClientOrderId;
use engine_model::units::{Lots, Nanos, Quote};
use engine_model::venue::VenueId;
use engine_ring::clock::Clock;
use engine_ring::flag::Switch;
use engine_ring::lossy::{Tap, Tapped};
use engine_ring::ring::Writer;
use engine_ring::snapshot::snapshot;
use engine_ring::stage::{Poll, Stage as _};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Where it trades.
/// Every rule by which books are numbered is among them, books by REST and by the stream, and one that is told whole each
/// time.
pub(crate) const VENUES: [VenueId; 6] =
    [VenueId::BinanceUsdm, VenueId::Bybit, VenueId::Deribit, VenueId::Okx, VenueId::GateFutures, VenueId::Hyperliquid];
/// Largest value of a position, in whole dollars.
pub(crate) const POSITION_MAX_USD: i64 = 3_000;
/// Orders that may be open at a venue.
pub(crate) const OPEN_MAX: u32 = 12;
const EQUITY: Quote = Quote::whole(100_000);
const OPEN_ORDERS_MAX: usize = 128;
/// Rounds with work after which the stages will never rest.
const ROUNDS_MAX: usize = 10_000;

/// What it trades, all contracts in dollars.
pub(crate) fn instruments() -> Instruments {
    let name = |text| Name::new(text).expect("short");
    let instrument = |(id, (venue, symbol, base, price_decimals, qty_decimals))| Instrument {
        id: InstrumentId(id),
        venue,
        symbol: name(symbol),
        base: name(base),
        quote: name("USDT"),
        kind: ContractKind::Linear,
        grid: Grid { price_decimals, tick_step: 1, qty_decimals, lot_step: 1 },
        contract_size: 1,
        contract_decimals: 0,
        min_qty: Lots(1),
        max_qty: Lots(10_000_000),
        min_notional: Quote::whole(5),
    };
    let rows = [
        (VenueId::BinanceUsdm, "BTCUSDT", "BTC", 1, 3),
        (VenueId::BinanceUsdm, "ETHUSDT", "ETH", 2, 3),
        (VenueId::Bybit, "linear:XRPUSDT", "XRP", 4, 0),
        (VenueId::Deribit, "BTC_USDC-PERPETUAL", "BTC", 1, 3),
        (VenueId::Okx, "ETH-USDT-SWAP", "ETH", 2, 3),
        (VenueId::GateFutures, "XRP_USDT", "XRP", 4, 0),
        (VenueId::Hyperliquid, "BTC", "BTC", 1, 3),
    ];
    Instruments::new((0..).zip(rows).map(instrument).collect())
}

/// A price that such a coin may have, in ticks.
pub(crate) fn usual_px(of: &Instrument) -> i64 {
    match of.base.as_str() {
        "BTC" => 600_000,
        "ETH" => 300_000,
        _ => 6_000,
    }
}

/// An order of some two hundred dollars.
pub(crate) fn lots_of(of: &Instrument) -> i64 {
    match of.base.as_str() {
        "BTC" => 3,
        "ETH" => 60,
        _ => 300,
    }
}

fn limits() -> Limits {
    Limits {
        price_collar_bps: 200,
        position_notional_max: Quote::whole(POSITION_MAX_USD),
        open_orders_venue_max: OPEN_MAX,
        price_age_max_ns: 20 * Nanos::SECOND,
        clock_skew_max_ns: Nanos::SECOND,
        ..Limits::wide()
    }
}

/// The stages of one run.
pub(crate) struct Engine {
    pub(crate) ends: Vec<End>,
    pub(crate) trader: Trader,
    pub(crate) risk: RiskStage,
    pub(crate) execution: ExecutionStage,
    journal: JournalStage,
    hand: DiskHand,
    pub(crate) gauges: Arc<JournalGauges>,
    pub(crate) kill: Switch,
    commands: Writer<Command>,
    decisions: Tap<Decision>,
    /// Orders that risk let leave.
    pub(crate) decided: BTreeSet<ClientOrderId>,
    /// The disk takes nothing until then.
    pub(crate) hangs_until: Nanos,
}

impl Engine {
    /// A run of that number, whose journal begins on `disk`.
    pub(crate) fn start(
        options: &Options,
        instruments: &Arc<Instruments>,
        epoch: u32,
        disk: &SimulatedDisk,
        clock: &Clock,
    ) -> Self {
        let mut wiring = Wiring::new(&VENUES, &Rings::default(), &[]);
        let rules = Rules::open(limits(), instruments);
        let kill = Switch::new();
        let prologue = Prologue { epoch, ..Prologue::default() };
        let file = NewFile::on(Box::new(disk.clone()), epoch).expect("a new disk");
        let file = file.with_segments_of(options.segment_bytes);
        let (disk, hand) = Disk::by_hand(file, &prologue, clock.clone(), kill.clone()).expect("a new disk");
        let gauges = disk.gauges();
        let ends = RiskEnds {
            commands: wiring.command().reader(Place::Risk.name()).expect("free"),
            intents: wiring.intent().reader(Place::Risk.name()).expect("free"),
            markets: wiring.market_readers(Place::Risk).expect("free"),
            reports: wiring.report().reader(Place::Risk.name()).expect("free"),
            orders: wiring.order().writer(Place::Risk.name()).expect("free"),
            images: snapshot().0,
            kill: kill.clone(),
            clock: clock.clone(),
        };
        let terms = Terms { epoch, equity_start: EQUITY, open_orders_max: OPEN_ORDERS_MAX };
        let risk = RiskStage::new(Risk::new(Arc::clone(instruments), &rules, terms), ends, &wiring.gauges());
        let ends = ExecutionEnds {
            orders: wiring.order().reader(Place::Execution.name()).expect("free"),
            replies: wiring.reply_readers().expect("free"),
            requests: wiring.request_writers().expect("free"),
            reports: wiring.report().writer(Place::Execution.name()).expect("free"),
            images: snapshot().0,
            kill: kill.clone(),
            clock: clock.clone(),
        };
        let execution = ExecutionStage::new(Execution::new(Arc::clone(instruments), OPEN_ORDERS_MAX), ends);
        let inputs = JournalInputs {
            market: wiring.market_readers(Place::Journal).expect("free"),
            order: wiring.order().reader(Place::Journal.name()).expect("free"),
            report: wiring.report().reader(Place::Journal.name()).expect("free"),
        };
        let run = Run {
            instruments: instruments.iter().copied().collect(),
            margin_tiers: instruments.all_margin_tiers(),
            rules: Box::new(rules.clone()),
            equity_start: EQUITY,
            is_live: false,
            strategies: Vec::new(),
            open_orders_max: OPEN_ORDERS_MAX as u32,
        };
        Self {
            ends: VENUES.iter().map(|venue| End::new(*venue, instruments, &mut wiring)).collect(),
            trader: Trader::new(instruments, epoch, clock.clone(), &mut wiring),
            risk: risk.written_down_by(Some(Arc::clone(&gauges))),
            execution: execution.waiting_for(options.sync_before_send.then(|| Arc::clone(&gauges))),
            journal: JournalStage::new(inputs, disk, &prologue, &run),
            hand,
            gauges,
            kill,
            commands: wiring.command().writer(Place::Bridge.name()).expect("free"),
            decisions: wiring.order().tap(Place::Bridge.name()).expect("free"),
            decided: BTreeSet::new(),
            hangs_until: Nanos(0),
        }
    }

    /// An operator says something. The ring may be full: then it was not said.
    pub(crate) fn command(&mut self, what: CommandKind, now: Nanos) {
        let _ = self.commands.try_publish(Command { id: 1, asked_at_ns: now, what });
    }

    /// Until every stage rests.
    pub(crate) fn settle(&mut self, sites: &mut [Site], now: Nanos) {
        let rests = (0..ROUNDS_MAX).any(|_| !self.turn(sites, now));
        assert!(rests, "the stages do not come to rest");
    }

    fn turn(&mut self, sites: &mut [Site], now: Nanos) -> bool {
        let mut has_worked = false;
        for (end, site) in self.ends.iter_mut().zip(sites) {
            has_worked |= end.turn(site, now);
        }
        has_worked |= self.trader.turn();
        has_worked |= self.risk.poll() == Poll::Worked;
        has_worked |= self.execution.poll() == Poll::Worked;
        has_worked |= self.journal.poll() == Poll::Worked;
        match now < self.hangs_until {
            true => self.hand.hang(),
            false => has_worked |= self.hand.turn(),
        }
        self.hear_decisions();
        has_worked
    }

    fn hear_decisions(&mut self) {
        loop {
            match self.decisions.next() {
                Tapped::Event(_, Decision { what: DecisionKind::Submit(order) | DecisionKind::Release(order), .. }) => {
                    self.decided.insert(order.client_order_id);
                }
                Tapped::Event(..) => {}
                Tapped::Lapped { missed } => panic!("{missed} decisions unheard"),
                Tapped::Empty => return,
            }
        }
    }

    /// The state that risk and execution are in.
    pub(crate) fn state(&self) -> String {
        hex(&state_hash(self.risk.risk(), self.execution.execution().orders()))
    }

    /// Everybody says his last words; all of the journal is on the disk when this returns.
    pub(crate) fn finish(mut self) {
        self.risk.finish();
        self.execution.finish();
        self.journal.finish();
        self.hand.close();
    }
}
