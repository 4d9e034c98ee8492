//! A journal written by the real stage, read back and put together wrongly.

use super::disk::{Disk, Epoch, create};
use super::format::{Damage, HEAD_BYTES, PROLOGUE_BYTES, Prologue};
use super::reader::{Fault, Reader};
use super::record::{Judgement, Record, Run, Verdict};
use super::stage::{JournalInputs, JournalStage};
use super::states::StatesFile;
use crate::config::Rings;
use crate::portfolio::Ledger;
use crate::risk::legacy::{Holding, LeftStop, Legacy, Share};
use crate::risk::{Breaches, Cause, Decision, DecisionKind, Denial, Kin, Losses, Rules, Wish};
use crate::test_instruments;
use crate::topology::Stage as Name;
use crate::wiring::Wiring;
use engine_model::closeout::{self, Closeout};
use engine_model::command::CommandKind;
use engine_model::instrument::InstrumentId;
use engine_model::intent::StrategyId;
use engine_model::limit::{Limits, Scope, TradingState};
use engine_model::market::{BookState, Level, MarketChange, MarketEvent, Side, Stamp};
use engine_model::order::{ClientOrderId, Order, OrderEvent, OrderStatus};
use engine_model::payment::{AssetId, Payment, PaymentKind};
use engine_model::position::Opening;
use engine_model::refusal::{Check, Refusal};
use engine_model::report::{Liquidity, Report};
use engine_model::steer::Steer;
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use engine_model::venue::{RejectReason, VenueId};
use engine_ring::clock::Clock;
use engine_ring::flag::Switch;
use engine_ring::stage::Stage;
use std::path::PathBuf;

/// A folder of this test's own, gone when it ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ringside-journal-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn run() -> Run {
    Run {
        instruments: test_instruments::instruments().iter().copied().collect(),
        margin_tiers: test_instruments::instruments().all_margin_tiers(),
        rules: Box::new(rules()),
        equity_start: Quote::whole(100_000),
        open_orders_max: 64,
        is_live: true,
        strategies: vec!["one".to_owned(), "two".to_owned()],
    }
}

fn rules() -> Rules {
    let limits = Limits { message_burst: 7, ..Limits::default() };
    let mut rules = Rules::open(limits, &test_instruments::instruments());
    rules.kin[1] = Kin { is_major: false, sector: 3, cluster: 700 };
    rules.states = scopes().map(|scope| (scope, TradingState::Reducing)).to_vec();
    rules.closed_gates = vec![VenueId::BinanceSpot];
    let losses = |fall| Losses { day: 20_000, loss: Quote(-3), fall: Quote(fall) };
    rules.losses = vec![(StrategyId(0), losses(9)), (StrategyId(2), losses(7))];
    rules.legacy = Some(Box::new(legacy()));
    rules
}

fn legacy() -> Legacy {
    let opening = Opening { qty: Lots(8), avg_px_milliticks: 9 };
    let ledger = Ledger {
        qty: -1,
        cost: -(1 << 90),
        realised: 3,
        fees: 4,
        payments: -5,
        fills: u64::MAX,
        last_px: Ticks(7),
        opening,
    };
    let (instrument, strategy) = (InstrumentId(1), StrategyId(8));
    let stop = |is_pulled| Some(LeftStop { entered_at: Nanos(10), best: Ticks(11), is_pulled });
    Legacy {
        run: 12,
        state_hash: [13; 32],
        holdings: vec![Holding { instrument, ledger, px: Some(Ticks(14)) }],
        shares: vec![
            Share { strategy, instrument, ledger, stop: stop(true) },
            Share { strategy: StrategyId(7), instrument, ledger, stop: stop(false) },
            Share { strategy: StrategyId(0), instrument, ledger: Ledger { qty: 2, ..ledger }, stop: None },
        ],
    }
}

fn scopes() -> [Scope; 4] {
    [
        Scope::Whole,
        Scope::Strategy(StrategyId(7)),
        Scope::Venue(VenueId::BinanceUsdm),
        Scope::Instrument(InstrumentId(2)),
    ]
}

fn market_events() -> Vec<MarketEvent> {
    let level = |px, qty| Level { px: Ticks(px), qty: Lots(qty) };
    [
        MarketChange::Book(BookState::Synced),
        MarketChange::Top { bid: level(-3, 4), ask: level(i64::MAX, 1), imbalance_bps: -10_000 },
        MarketChange::Trade { px: Ticks(7), qty: Lots(8), aggressor: Side::Sell, trade_id: u64::MAX },
        MarketChange::Quote { bid: level(1, 2), ask: level(3, 4) },
        MarketChange::Mark { px: Ticks(9) },
        MarketChange::Index { px: Ticks(10) },
        MarketChange::Funding { rate_e8: -12, next_at_ns: Nanos(13), interval_s: 28_800 },
        MarketChange::OpenInterest { qty: Lots(20) },
        MarketChange::Liquidation { px: Ticks(14), qty: Lots(15), closed: Side::Buy },
        MarketChange::BookDigest { digest: 16, bid_levels: 17, ask_levels: 18, update_id: 19 },
        MarketChange::Depth { side: Side::Sell, qty: [21, 22, 23, 24, 25, 26, u32::MAX], px: Ticks(27) },
    ]
    .into_iter()
    .zip(1..)
    .map(|(change, at)| MarketEvent {
        at: Stamp { received_at_ns: Nanos(at), venue: VenueId::BinanceUsdm, ..Stamp::default() },
        change,
    })
    .collect()
}

fn steer(id: u64, what: Steer) -> DecisionKind {
    DecisionKind::CommandTaken { id, what: CommandKind::Steer { strategy: StrategyId(2), what } }
}

fn decisions() -> Vec<Decision> {
    let refusal = Refusal { headroom: 7, passes: -8, ..Refusal::new(Check::StalePrice, -5, 6) };
    let state = TradingState::Halted;
    let [_, _, venue, instrument] = scopes();
    let breaches = Breaches::default().with(Check::StalePrice).with(Check::ShortSpot);
    let order = Order { client_order_id: ClientOrderId::new(1, 2, 3), qty: Lots(4), ..Order::default() };
    [
        DecisionKind::Denied(Denial { order, wish: Wish::Release, breaches, refusal }),
        DecisionKind::Expire(ClientOrderId(8)),
        DecisionKind::Cancel(ClientOrderId(9)),
        DecisionKind::CancelDenied(ClientOrderId(10)),
        DecisionKind::CommandTaken { id: 3, what: CommandKind::CancelAll },
        DecisionKind::CommandTaken { id: 4, what: CommandKind::SetTradingState { scope: venue, state } },
        DecisionKind::CommandTaken { id: 5, what: CommandKind::Flatten },
        DecisionKind::CommandTaken { id: 7, what: CommandKind::End },
        DecisionKind::CommandTaken { id: 6, what: CommandKind::SetGate { venue: VenueId::BinanceSpot, is_open: true } },
        steer(8, Steer::Stop),
        steer(9, Steer::Set { param: 3, value: -5, is_last: true }),
        DecisionKind::State { scope: instrument, state, cause: Cause::Rejects },
        DecisionKind::Marked { equity: Quote(8), loss: Quote(-2), fall: Quote(3) },
        DecisionKind::DayOpened { equity: Quote(-7) },
        DecisionKind::Stop { instrument: InstrumentId(2), cause: None, best: Ticks(-3), px: Ticks(4) },
        DecisionKind::Stop { instrument: InstrumentId(1), cause: Some(Cause::StopAge), best: Ticks(5), px: Ticks(6) },
    ]
    .into_iter()
    .map(|what| Decision { at_ns: Nanos(5), what, ..Decision::default() })
    .collect()
}

#[test]
fn a_limit_that_is_set_is_read_as_it_was_written() {
    let what = CommandKind::SetLimit { limit: 7, value: -3 };
    let decision = Decision { what: DecisionKind::CommandTaken { id: 11, what }, ..Decision::default() };
    let judgement = super::row::decision::DecisionRow::from(&decision).into_judgement().expect("known");
    assert_eq!(judgement, Judgement::from(&decision));
    let steer = Decision { what: steer(8, Steer::Set { param: 7, value: -3, is_last: true }), ..decision };
    assert_eq!(
        super::row::decision::DecisionRow::from(&steer).into_judgement().expect("known"),
        Judgement::from(&steer)
    );
}

fn reports() -> Vec<Report> {
    [
        OrderEvent::Denied(Refusal::new(Check::Leverage, 1, 2)),
        OrderEvent::ModifyDenied { refusal: Refusal::new(Check::PriceCollar, 3, 4), was_granted: true },
        OrderEvent::Submitted,
        OrderEvent::Rejected(RejectReason::TooManyOrders),
        OrderEvent::Filled {
            trade_id: 1,
            last_px: Ticks(2),
            last_qty: Lots(3),
            fee: Quote(-4),
            liquidity: Liquidity::Taker,
        },
        OrderEvent::Paid(Payment { kind: PaymentKind::Funding, asset: AssetId(3), amount: Quote(-5) }),
        OrderEvent::Opened(Opening { qty: Lots(-6), avg_px_milliticks: 7 }),
        OrderEvent::ClosedOut(Closeout {
            cause: closeout::Cause::Deleveraging,
            trade_id: u64::MAX,
            px: Ticks(6),
            qty: Lots(7),
            fee: Quote(-8),
        }),
    ]
    .into_iter()
    .map(|event| Report { event, status: OrderStatus::Filled, filled_qty: Lots(3), ..Report::default() })
    .collect()
}

/// Writes everything above through the stage, its rings and its thread; gives back the file's bytes.
fn written(folder: &Folder) -> Vec<u8> {
    written_keeping(folder, None)
}

fn written_keeping(folder: &Folder, states: Option<StatesFile>) -> Vec<u8> {
    let mut wiring = Wiring::new(&[VenueId::BinanceUsdm], &Rings::default(), &[Name::Bridge]);
    let inputs = JournalInputs {
        market: wiring.market_readers(Name::Journal).expect("granted"),
        order: wiring.order().reader(Name::Journal.name()).expect("granted"),
        report: wiring.report().reader(Name::Journal.name()).expect("granted"),
    };
    let prologue = Prologue { epoch: 1, ..Prologue::default() };
    let file = create(&folder.0, Epoch::AtLeast(1)).expect("a folder of our own");
    let disk = Disk::start(file, &prologue, Clock::machine(), Switch::new()).expect("disk");
    let mut stage = JournalStage::new(inputs, disk, &prologue, &run()).keeping(states);
    let mut market = wiring.market_writer(VenueId::BinanceUsdm).expect("granted");
    market_events().into_iter().for_each(|event| assert!(market.try_publish(event).is_ok()));
    let mut order = wiring.order().writer(Name::Risk.name()).expect("granted");
    decisions().into_iter().for_each(|event| assert!(order.try_publish(event).is_ok()));
    let mut report = wiring.report().writer(Name::Execution.name()).expect("granted");
    reports().into_iter().for_each(|event| assert!(report.try_publish(event).is_ok()));
    while stage.poll() == engine_ring::stage::Poll::Worked {}
    stage.finish();
    assert_eq!(stage.gauges().fault(), None);
    let bytes = std::fs::read(stage.path()).expect("written");
    let marks = bytes.len() - PROLOGUE_BYTES - stage.gauges().bytes.get() as usize;
    assert!(marks > 0 && marks.is_multiple_of(HEAD_BYTES), "{marks} bytes are neither records nor marks");
    assert_eq!(stage.gauges().durable_decisions.get(), decisions().len() as u64);
    bytes
}

fn read(bytes: &[u8]) -> Result<Vec<Record>, Fault> {
    Reader::new(bytes)?.map(|entry| Ok(entry?.record)).collect()
}

#[test]
fn what_was_written_is_read_back_field_by_field() {
    let folder = Folder::new("roundtrip");
    let records = read(&written(&folder)).expect("whole");
    let mut expected = vec![Record::Run(run())];
    expected.extend(market_events().into_iter().map(Record::Market));
    expected.extend(decisions().iter().map(Judgement::from).map(Record::Decision));
    expected.extend(reports().into_iter().map(Record::Report));
    assert_eq!(records, expected);
    let denied = records.iter().find_map(|record| match record {
        Record::Decision(Judgement { verdict: Verdict::Denied { breaches, .. }, .. }) => Some(*breaches),
        _ => None,
    });
    assert!(
        denied.is_some_and(|breaches| breaches.contains(Check::ShortSpot)),
        "every breach is kept, not only the worst"
    );
}

#[test]
fn states_and_losses_of_decisions_are_in_their_file_once_the_disk_has_the_page() {
    let folder = Folder::new("kept");
    let path = folder.0.join("trading-states");
    let open = || StatesFile::open(&path, &test_instruments::instruments()).expect("readable");
    written_keeping(&folder, Some(open()));
    let [_, _, venue, instrument] = scopes();
    let stopped = Scope::Strategy(StrategyId(0));
    let halted = [venue, Scope::Whole, instrument, stopped].map(|scope| (scope, TradingState::Halted));
    assert_eq!(open().states(), halted);
    let losses = Losses { day: 0, loss: Quote(-2), fall: Quote(3) };
    assert_eq!(open().losses(), [(StrategyId(0), losses)]);
}

#[test]
fn a_record_cut_out_or_put_twice_breaks_the_chain() {
    let folder = Folder::new("chain");
    let bytes = written(&folder);
    let starts: Vec<usize> = Reader::new(&bytes).expect("whole").map(|e| e.expect("whole").offset as usize).collect();
    let (from, to) = (starts[2], starts[3]);
    assert!(to - from > HEAD_BYTES);
    let without = [&bytes[..from], &bytes[to..]].concat();
    assert!(matches!(read(&without), Err(Fault { damage: Damage::Chain { .. }, .. })));
    let twice = [&bytes[..to], &bytes[from..]].concat();
    assert!(matches!(read(&twice), Err(Fault { damage: Damage::Chain { .. }, .. })));
}

#[test]
fn each_run_in_a_folder_gets_the_next_number_and_never_an_old_file() {
    let folder = Folder::new("epochs");
    assert_eq!(create(&folder.0, Epoch::AtLeast(1)).expect("first").epoch, 1);
    assert_eq!(create(&folder.0, Epoch::AtLeast(1)).expect("second").epoch, 2);
    assert_eq!(create(&folder.0, Epoch::Exactly(7)).expect("chosen").epoch, 7);
    assert!(create(&folder.0, Epoch::Exactly(7)).is_err(), "an epoch used twice would reuse client order ids");
    assert_eq!(create(&folder.0, Epoch::AtLeast(1)).expect("after").epoch, 8);
}
