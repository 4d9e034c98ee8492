//! An engine played by the test: the writing ends of every ring and snapshot that the bridge reads.

use bridges::{
    Bound, Bounds, BridgeHandle, BridgeParts, Counters, GatewayTold, Gauges, InstrumentHealth, JobsSettings, Locks,
    OrderCounters, Polled, Run, RunStrategy, Snapshots, StreamsHealth, Taps, TelegramSettings, ToldCandle,
    VenueCounters, VenueHealth, VenueState, WebhookSettings,
};
use engine_core::risk::decision::{Breaches, Cause, Decision, DecisionKind, Denial, Wish};
use engine_core::strategy::board::Board;
use engine_core::strategy::catalog::Strategy;
use engine_core::strategy::manual;
use engine_model::command::Command;
use engine_model::image::{BookImage, LatencyImage, PortfolioImage};
use engine_model::instrument::{ContractKind, Grid, Instrument, InstrumentId, Instruments, Name};
use engine_model::intent::StrategyId;
use engine_model::limit::{Limits, Scope, TradingState};
use engine_model::margin::{MarginTier, MarginTiers};
use engine_model::market::{BookState, Level, MarketChange, MarketEvent, Side, Stamp};
use engine_model::order::{ClientOrderId, Order, OrderEvent, OrderStatus};
use engine_model::position::{Opening, Position};
use engine_model::refusal::{Check, Refusal};
use engine_model::report::{Liquidity, Report};
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use engine_model::venue::VenueId;
use engine_ring::Crank;
use engine_ring::clock::{Clock, ClockHand};
use engine_ring::ring::{Ends, Event, Reader, Spec, Writer, ring};
use engine_ring::ring_gauges::RingGauges;
use engine_ring::snapshot::{SnapshotWriter, snapshot};
use engine_ring::stage::{Poll, Stage};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// 2026-03-01 12:00:00 UTC.
pub(crate) const NOW: Nanos = Nanos(1_772_366_400_000_000_000);
pub(crate) const SPOT: InstrumentId = InstrumentId(0);
pub(crate) const USDM: InstrumentId = InstrumentId(1);
pub(crate) const COINM: InstrumentId = InstrumentId(2);

/// Slots of every ring: few, so that the pump is easy to lap.
const DEPTH: usize = 8;

type ToldCandles = (InstrumentId, u64, Vec<ToldCandle>);

pub(crate) struct Rig {
    pub(crate) address: SocketAddr,
    pub(crate) bridge: BridgeHandle,
    pub(crate) clock: ClockHand,
    pub(crate) venues: Arc<Mutex<Vec<VenueHealth>>>,
    /// What no stream tells.
    pub(crate) polled: Arc<Mutex<Vec<Polled>>>,
    /// Candles that a venue told: of which, how long, and what.
    pub(crate) candles: Arc<Mutex<Vec<ToldCandles>>>,
    /// How often the bridge thread has asked for `venues`.
    pub(crate) venues_asked: Arc<AtomicU64>,
    pub(crate) commands: Reader<Command>,
    pub(crate) crank: Crank,
    pub(crate) counters: Counters,
    /// Where it would be said who follows the journal.
    pub(crate) followers: PathBuf,
    rings: Vec<Arc<RingGauges>>,
    market: Vec<Edge<MarketEvent>>,
    order: Edge<Decision>,
    report: Edge<Report>,
    books: Vec<SnapshotWriter<BookImage>>,
    portfolio: SnapshotWriter<PortfolioImage>,
    latency: SnapshotWriter<LatencyImage>,
}

/// A ring with its writer and the gating reader that some stage would be.
struct Edge<E: Event> {
    writer: Writer<E>,
    reader: Reader<E>,
}

impl<E: Event> Edge<E> {
    /// Publishes, and reads at once. A refusal would mean that the bridge holds the ring back.
    fn publish(&mut self, event: E) {
        self.writer.try_publish(event).expect("only the gating reader can refuse, and it has read everything");
        self.reader.take(1, |_, _| {});
    }
}

/// What a house has besides.
enum Extra {
    None,
    Telegram(TelegramSettings),
    Webhooks(WebhookSettings),
    /// The file of alerts.
    Alerts(PathBuf),
    /// A desk for people, as the only strategy.
    Manual,
    /// Strategies of several owners ([`OWNERS`]), a desk for people, and people of Telegram.
    Shared(TelegramSettings),
    /// Gateways, all of them ready while that is set.
    Gateways(Arc<AtomicBool>),
}

/// Who owns the first strategies of a house that is shared: the third is the house's, the fourth the desk of people.
pub(crate) const OWNERS: [&str; 2] = ["tom", "eve"];

/// A stage that does nothing.
struct Idle;

impl Stage for Idle {
    fn name(&self) -> &str {
        "strategy"
    }

    fn poll(&mut self) -> Poll {
        Poll::Idle
    }
}

fn ends<E: Event>(name: &str, depth: usize) -> Ends<E> {
    ring(&Spec { name, depth, readers: &["strategy"], taps: &["bridge"] })
}

fn instrument(id: u32, venue: VenueId, names: [&str; 3], kind: ContractKind, decimals: [u8; 2]) -> Instrument {
    let [symbol, base, quote] = names.map(|name| Name::new(name).expect("a short name"));
    let [price_decimals, qty_decimals] = decimals;
    Instrument {
        id: InstrumentId(id),
        venue,
        symbol,
        base,
        quote,
        kind,
        grid: Grid { price_decimals, tick_step: 1, qty_decimals, lot_step: 1 },
        contract_size: if kind == ContractKind::Inverse { 100 } else { 1 },
        contract_decimals: 0,
        min_qty: Lots(1),
        max_qty: Lots(1_000_000_000),
        min_notional: Quote::whole(5),
    }
}

pub(crate) fn instruments() -> Instruments {
    Instruments::new(vec![
        instrument(0, VenueId::BinanceSpot, ["BTCUSDT", "BTC", "USDT"], ContractKind::Spot, [2, 5]),
        instrument(1, VenueId::BinanceUsdm, ["BTCUSDT", "BTC", "USDT"], ContractKind::Linear, [1, 3]),
        instrument(2, VenueId::BinanceCoinm, ["BTCUSD_PERP", "BTC", "USD"], ContractKind::Inverse, [1, 0]),
    ])
    .with_margin_tiers(vec![None, Some(tiers()), None])
}

/// What the venue of USDM wants to see behind a position.
fn tiers() -> MarginTiers {
    let tier =
        |up_to, leverage_max, maintenance_ppm| MarginTier { up_to: Quote::whole(up_to), leverage_max, maintenance_ppm };
    MarginTiers::new(&[tier(50_000, 125, 4_000), tier(600_000, 100, 5_000)]).expect("a table")
}

fn synced(venue: VenueId) -> VenueHealth {
    let last_message_at_ns = Some(Nanos(NOW.0 - 2_000_000));
    let instruments = vec![InstrumentHealth {
        instrument: InstrumentId(venue as u32),
        state: VenueState::Synced,
        gaps: 1,
        resyncs: 1,
        crossed: 0,
        checksum_failed: 0,
        streams: StreamsHealth { silent: vec!["mark"], quiet: vec!["trade"], rejected: vec!["book"] },
        last_message_at_ns,
        score: 80,
        message_rate: Some(12),
        clock_offset_us: Some(-1_500),
    }];
    let state = VenueState::Synced;
    VenueHealth {
        venue,
        state,
        messages: 100,
        gaps: 1,
        resyncs: 1,
        errors: 0,
        last_message_at_ns,
        message_rate: Some(34),
        instruments,
    }
}

/// In this rig instrument n trades on venue n.
const VENUES: [VenueId; 3] = [VenueId::BinanceSpot, VenueId::BinanceUsdm, VenueId::BinanceCoinm];

impl Rig {
    pub(crate) fn new() -> Self {
        Self::with(Bounds::default())
    }

    pub(crate) fn with(bounds: Bounds) -> Self {
        Self::make(Some((bounds, Locks::default())), None, Vec::new(), Extra::None)
    }

    /// With rings as deep as a run's.
    pub(crate) fn with_rings(bounds: Bounds, depth: usize) -> Self {
        Self::make_all(Some((bounds, Locks::default())), None, Vec::new(), Extra::None, None, depth)
    }

    /// With a door to Telegram.
    pub(crate) fn with_telegram(settings: TelegramSettings) -> Self {
        Self::make(Some((Bounds::default(), Locks::default())), None, Vec::new(), Extra::Telegram(settings))
    }

    /// Whose alerts are sent to URLs.
    pub(crate) fn with_webhooks(settings: WebhookSettings) -> Self {
        Self::make(Some((Bounds::default(), Locks::default())), None, Vec::new(), Extra::Webhooks(settings))
    }

    /// Behind locks, with a file of alerts.
    pub(crate) fn with_alerts(locks: Locks, file: &Path) -> Self {
        Self::make(Some((Bounds::default(), locks)), None, Vec::new(), Extra::Alerts(file.to_owned()))
    }

    /// With a door behind locks.
    pub(crate) fn behind(locks: Locks) -> Self {
        Self::make(Some((Bounds::default(), locks)), None, Vec::new(), Extra::None)
    }

    /// With such a door of those bounds.
    pub(crate) fn bounded(bounds: Bounds, locks: Locks) -> Self {
        Self::make(Some((bounds, locks)), None, Vec::new(), Extra::None)
    }

    /// With a door behind locks, and a queue of jobs.
    pub(crate) fn with_jobs(locks: Locks, jobs: JobsSettings, telegram: Option<TelegramSettings>) -> Self {
        let extra = telegram.map_or(Extra::None, Extra::Telegram);
        Self::make_all(Some((Bounds::default(), locks)), None, Vec::new(), extra, Some(jobs), DEPTH)
    }

    /// With strategies of several owners, behind locks, with jobs and Telegram.
    pub(crate) fn shared(locks: Locks, jobs: JobsSettings, telegram: TelegramSettings) -> Self {
        Self::make_all(Some((Bounds::default(), locks)), None, Vec::new(), Extra::Shared(telegram), Some(jobs), DEPTH)
    }

    /// With a line for the operator, in a run that begins with these trading states.
    pub(crate) fn with_line(path: &Path, begun: Vec<(Scope, TradingState)>) -> Self {
        Self::make(Some((Bounds::default(), Locks::default())), Some(path), begun, Extra::None)
    }

    /// With that line, and a desk for people.
    pub(crate) fn with_manual(path: &Path) -> Self {
        Self::make(Some((Bounds::default(), Locks::default())), Some(path), Vec::new(), Extra::Manual)
    }

    /// With that line, in a run with gateways that are ready while that is set.
    pub(crate) fn with_gateways(path: &Path, is_ready: &Arc<AtomicBool>) -> Self {
        Self::make(None, Some(path), Vec::new(), Extra::Gateways(Arc::clone(is_ready)))
    }

    /// With that line, and no door.
    pub(crate) fn line_only(path: &Path) -> Self {
        Self::make(None, Some(path), Vec::new(), Extra::None)
    }

    fn make(
        door: Option<(Bounds, Locks)>,
        line: Option<&Path>,
        begun: Vec<(Scope, TradingState)>,
        extra: Extra,
    ) -> Self {
        Self::make_all(door, line, begun, extra, None, DEPTH)
    }

    fn make_all(
        door: Option<(Bounds, Locks)>,
        line: Option<&Path>,
        begun: Vec<(Scope, TradingState)>,
        extra: Extra,
        jobs: Option<JobsSettings>,
        depth: usize,
    ) -> Self {
        let mut clock = Clock::manual();
        clock.1.set(NOW.0);
        let mut crank = Crank::new(vec![Box::new(Idle)]);
        crank.start();
        let venues = Arc::new(Mutex::new(VENUES.map(synced).to_vec()));
        let mut market_ends: Vec<Ends<MarketEvent>> =
            VENUES.iter().map(|venue| ends(&format!("market.{}", venue.name()), depth)).collect();
        let mut order_ends: Ends<Decision> = ends("order", depth);
        let mut report_ends: Ends<Report> = ends("report", depth);
        let mut command_ends: Ends<Command> = ring(&Spec { name: "command", depth: 2, readers: &["risk"], taps: &[] });
        let list = Arc::new(instruments());
        let (books, book_readers): (Vec<_>, Vec<_>) = list.iter().map(|_| snapshot::<BookImage>()).unzip();
        let (portfolio, portfolio_reader) = snapshot();
        let (latency, latency_reader) = snapshot();
        let rings: Vec<_> = market_ends
            .iter()
            .map(Ends::gauges)
            .chain([order_ends.gauges(), report_ends.gauges(), command_ends.gauges()])
            .collect();
        let shown = venues.clone();
        let polled = Arc::new(Mutex::new(Vec::new()));
        let told = polled.clone();
        let candles = Arc::new(Mutex::new(Vec::new()));
        let of_candles: Arc<Mutex<Vec<ToldCandles>>> = Arc::clone(&candles);
        let venues_asked = Arc::new(AtomicU64::new(0));
        let asked = venues_asked.clone();
        let orders = || match &extra {
            Extra::Gateways(is_ready) => {
                let is_ready = Arc::clone(is_ready);
                let told = move || GatewayTold { readings: Vec::new(), is_ready: is_ready.load(Ordering::Relaxed) };
                OrderCounters::Gateway(Arc::new(told))
            }
            _ => OrderCounters::Paper(Arc::default()),
        };
        let of_venue = |venue| VenueCounters { venue, market: Arc::default(), orders: orders() };
        let desks: Vec<Strategy> = match extra {
            Extra::Manual => vec![Strategy::new(manual::NAME, &[USDM], &[]).expect("whole")],
            Extra::Shared(_) => {
                let names = ["sma_cross", "rsi_macd", "imbalance_maker", manual::NAME];
                names.map(|name| Strategy::new(name, &[USDM], &[]).expect("whole")).into()
            }
            _ => [("sma_cross", SPOT), ("imbalance_maker", USDM)]
                .map(|(name, of)| Strategy::new(name, &[of], &[]).expect("whole"))
                .into(),
        };
        let owners = if matches!(extra, Extra::Shared(_)) { &OWNERS[..] } else { &[] };
        let owner = |place: usize| owners.get(place).map(|owner| (*owner).to_owned());
        let listed = |(place, of): (usize, &Strategy)| RunStrategy { name: of.name().to_owned(), owner: owner(place) };
        let strategies = desks.iter().enumerate().map(listed).collect();
        let board = Arc::new(Board::new(&desks));
        let counters = Counters { venues: VENUES.map(of_venue).to_vec(), strategies: board, ..Counters::default() };
        let counted = counters.clone();
        static RIGS: AtomicU64 = AtomicU64::new(0);
        let (process, number) = (std::process::id(), RIGS.fetch_add(1, Ordering::Relaxed));
        let followers = std::env::temp_dir().join(format!("ringside-door-{process}-{number}.followers"));
        let gauges = Gauges {
            rings: rings.clone(),
            stages: crank.gauges(),
            threads: Vec::new(),
            counters: counted,
            journal: None,
            followers: Some(followers.clone()),
        };
        let parts = BridgeParts {
            taps: Taps {
                market: VENUES
                    .into_iter()
                    .zip(&mut market_ends)
                    .map(|(venue, ends)| (venue, ends.tap("bridge").expect("granted")))
                    .collect(),
                order: order_ends.tap("bridge").expect("granted"),
                report: report_ends.tap("bridge").expect("granted"),
            },
            snapshots: Snapshots {
                books: list.iter().map(|i| i.id).zip(book_readers).collect(),
                portfolio: portfolio_reader,
                latency: latency_reader,
            },
            command: command_ends.writer("bridge").expect("granted"),
            commands_before: 0,
            instruments: list,
            limits: Limits::default(),
            begun,
            legacy: None,
            gauges,
            venues: Arc::new(move || {
                asked.fetch_add(1, Ordering::Release);
                shown.lock().expect("whole").clone()
            }),
            polled: Arc::new(move || told.lock().expect("whole").clone()),
            told: Arc::new(move |instrument, length_ns| {
                let all = of_candles.lock().expect("whole");
                let of = all.iter().find(|(of, length, _)| (*of, *length) == (instrument, length_ns));
                of.map_or(Vec::new(), |(_, _, candles)| candles.clone())
            }),
            run: Run {
                mode: "paper".to_owned(),
                strategies,
                layout: "inline".to_owned(),
                version: "0.0.0".to_owned(),
                started_at_ns: Nanos(NOW.0 - 60 * Nanos::SECOND),
                is_after_crashes: false,
            },
            clock: clock.0,
        };
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let bound = match door {
            Some((bounds, locks)) => Bound::bind_behind(locks, any, bounds, &parts.clock),
            None => Bound::without_door(),
        };
        let bound = bound.expect("a free port");
        let bound = match line {
            Some(path) => bound.with_line(path).expect("a socket"),
            None => bound,
        };
        let bound = match extra {
            Extra::None | Extra::Manual | Extra::Gateways(_) => bound,
            Extra::Telegram(settings) | Extra::Shared(settings) => bound.with_telegram(settings),
            Extra::Webhooks(settings) => bound.with_webhooks(settings),
            Extra::Alerts(file) => bound.with_files(Some(&file), None).expect("a file that can be read"),
        };
        let bound = match jobs {
            Some(settings) => bound.with_jobs(settings).expect("a queue"),
            None => bound,
        };
        let bridge = bound.start(parts).expect("a thread");
        Self {
            address: bridge.address().unwrap_or(any),
            bridge,
            clock: clock.1,
            venues,
            polled,
            candles,
            venues_asked,
            commands: command_ends.reader("risk").expect("granted"),
            crank,
            counters,
            followers,
            rings,
            market: market_ends.iter_mut().map(edge).collect(),
            order: edge(&mut order_ends),
            report: edge(&mut report_ends),
            books,
            portfolio,
            latency,
        }
    }

    pub(crate) fn publish(&mut self, instrument: InstrumentId, change: MarketChange) {
        self.publish_at(Nanos(NOW.0 - 3_000_000), instrument, change);
    }

    /// The venue says that it happened at that time.
    pub(crate) fn publish_at(&mut self, venue_at_ns: Nanos, instrument: InstrumentId, change: MarketChange) {
        // In this rig instrument n trades on venue n.
        let venue = VENUES[instrument.index()];
        let at = Stamp { venue_at_ns, received_at_ns: Nanos(NOW.0 - 1_000_000), instrument, venue };
        self.market[instrument.index()].publish(MarketEvent { at, change });
    }

    /// Events published of the instrument's venue, and how often that ring was full.
    pub(crate) fn published(&self, instrument: InstrumentId) -> (u64, u64) {
        let gauges = &self.rings[instrument.index()];
        (gauges.published(), gauges.refusals())
    }

    pub(crate) fn trade(&mut self, instrument: InstrumentId, trade_id: u64) {
        let (px, qty) = (Ticks(6_183_763), Lots(1_500));
        self.publish(instrument, MarketChange::Trade { px, qty, aggressor: Side::Sell, trade_id });
    }

    /// Of that strategy's.
    pub(crate) fn decide_of(&mut self, strategy: u8, what: DecisionKind) {
        let strategy = StrategyId(strategy);
        self.order.publish(Decision { at_ns: NOW, strategy, what, ..Decision::default() });
    }

    pub(crate) fn decide(&mut self, what: DecisionKind) {
        if let DecisionKind::Denied(denial) = &what {
            denial.breaches.iter().for_each(|check| self.counters.risk.breaches[check as usize].add(1));
        }
        self.decide_of(1, what);
    }

    pub(crate) fn report(&mut self, report: Report) {
        self.report.publish(report);
    }

    pub(crate) fn book(&mut self, instrument: InstrumentId, update_id: u64) {
        let mut book = BookImage {
            instrument,
            state: BookState::Synced,
            update_id,
            received_at_ns: Nanos(NOW.0 - 5_000_000),
            ..BookImage::default()
        };
        for step in 0..3_i64 {
            book.bids[step as usize] = Level { px: Ticks(6_183_763 - step), qty: Lots(100_000 + step) };
            book.asks[step as usize] = Level { px: Ticks(6_183_764 + step), qty: Lots(200_000 + step) };
        }
        self.books[instrument.index()].write(book);
    }

    pub(crate) fn portfolio(&mut self, equity: i64) {
        let mut image = PortfolioImage {
            at_ns: NOW,
            positions_count: 2,
            equity_start: Quote::whole(100_000),
            day_open: Quote::whole(100_100),
            equity: Quote::whole(equity),
            realised: Quote::whole(-20),
            unrealised: Quote(150_000_000),
            fees: Quote(-12_345_678),
            payments: Quote(-700_000_000),
            gross: Quote::whole(3_100),
            peak: Quote::whole(100_400),
            drawdown: Quote::whole(45),
            orders: 12,
            denied: 3,
            fills: 7,
            ..PortfolioImage::default()
        };
        let used = [
            ("position_notional_max_usd", Quote::whole(3_091).0),
            ("position_share_max_bps", 310),
            ("leverage_max_pct", 4),
            ("liquidation_distance_min_bps", 1_600),
            ("daily_loss_reduce_bps", 215),
            ("daily_loss_halt_bps", 215),
        ];
        for (key, used) in used {
            let place = Limits::TABLE.iter().position(|row| row.key == key).expect("a limit of that key");
            image.limit_uses[place] = Some(used);
        }
        image.positions[0] = Position {
            instrument: USDM,
            qty: Lots(-50),
            opening: Opening { qty: Lots(-50), avg_px_milliticks: 618_000_500 },
            avg_px_milliticks: 618_370_123,
            realised: Quote::whole(-20),
            unrealised: Some(Quote(150_000_000)),
            fees: Quote(-12_345_678),
            payments: Quote(-700_000_000),
            mark_px: Some(Ticks(618_340)),
            notional: Some(Quote::whole(3_091)),
        };
        image.positions[1] = Position { instrument: COINM, ..Position::default() };
        self.portfolio.write(image);
    }

    /// So many lots of the contract are held, as the engine tells it behind so many reports.
    pub(crate) fn held(&mut self, lots: i64, reports: u64) {
        self.held_and_open(lots, reports, None);
    }

    /// The same, with as many open orders as risk counts.
    pub(crate) fn held_and_open(&mut self, lots: i64, reports: u64, open: Option<i64>) {
        let place = Limits::TABLE.iter().position(|row| row.key == "open_orders_max").expect("a limit");
        let mut image = PortfolioImage { at_ns: NOW, positions_count: 1, reports, ..PortfolioImage::default() };
        image.positions[0] = Position { instrument: USDM, qty: Lots(lots), ..Position::default() };
        image.limit_uses[place] = open;
        self.portfolio.write(image);
    }

    pub(crate) fn latency(&mut self) {
        let latency =
            LatencyImage { samples: 12, p50_ns: 240, p90_ns: 400, p99_ns: 900, p999_ns: 2_000, max_ns: 2_100 };
        self.latency.write(latency);
    }
}

fn edge<E: Event>(ends: &mut Ends<E>) -> Edge<E> {
    Edge { writer: ends.writer("engine").expect("free"), reader: ends.reader("strategy").expect("granted") }
}

/// Order `counter` of strategy 1 became `status`.
pub(crate) fn report(counter: u32, status: OrderStatus) -> Report {
    Report {
        client_order_id: ClientOrderId::new(1, 7, counter),
        strategy: StrategyId(1),
        instrument: USDM,
        side: Side::Buy,
        event: OrderEvent::Accepted,
        status,
        parent: 0,
        qty: Lots(50),
        px: Ticks(618_340),
        filled_qty: Lots(0),
        venue_at_ns: Nanos(0),
        received_at_ns: NOW,
    }
}

/// Order `counter` of strategy 1 was filled whole.
pub(crate) fn fill(counter: u32, trade_id: u64) -> Report {
    let event = OrderEvent::Filled {
        trade_id,
        last_px: Ticks(618_340),
        last_qty: Lots(50),
        fee: Quote(61_834),
        liquidity: Liquidity::Maker,
    };
    Report { event, filled_qty: Lots(50), venue_at_ns: NOW, ..report(counter, OrderStatus::Filled) }
}

/// Order `counter` of strategy 1 sold what the engine's picture is short of.
pub(crate) fn sold(counter: u32, trade_id: u64) -> Report {
    Report { side: Side::Sell, ..fill(counter, trade_id) }
}

/// Order `counter` of strategy 1 broke two checks.
pub(crate) fn denial(counter: u32) -> DecisionKind {
    let order = Order {
        client_order_id: ClientOrderId::new(1, 7, counter),
        instrument: SPOT,
        px: Ticks(6_400_000),
        qty: Lots(50_000_000),
        ..Order::default()
    };
    let breaches = Breaches::default().with(Check::OrderNotionalMax).with(Check::PriceCollar);
    DecisionKind::Denied(Denial {
        order,
        wish: Wish::Submit,
        breaches,
        refusal: Refusal::new(Check::OrderNotionalMax, 3_200_000_000_000, 1_000_000_000_000),
    })
}

/// Risk itself allows no more than reducing.
pub(crate) fn loss_of_the_day() -> DecisionKind {
    DecisionKind::State { scope: Scope::Whole, state: TradingState::Reducing, cause: Cause::DailyLoss }
}
