//! A day's trading out of a journal, as it is printed.

use super::journal::{Unread, fold};
use super::*;
use crate::args::SliceName;
use engine_core::journal::format::Head;
use engine_core::journal::reader::{Entry, Fault};
use engine_core::journal::record::{Record, Run};
use engine_core::portfolio::books::LotMethod;
use engine_model::instrument::{ContractKind, Grid, Instrument, InstrumentId, Instruments, Name};
use engine_model::intent::StrategyId;
use engine_model::limit::Limits;
use engine_model::market::{BookState, Level, MarketChange, MarketEvent, Side, Stamp};
use engine_model::order::{ClientOrderId, OrderEvent};
use engine_model::payment::{Payment, PaymentKind};
use engine_model::report::{Liquidity, Report};
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use engine_model::venue::VenueId;

const PERPETUAL: u32 = 0;
const SPOT: u32 = 1;
const SECOND: u64 = Nanos::SECOND;

fn instruments() -> Vec<Instrument> {
    let name = |text| Name::new(text).expect("short");
    let perpetual = Instrument {
        id: InstrumentId(PERPETUAL),
        venue: VenueId::BinanceUsdm,
        symbol: name("BTCUSDT"),
        base: name("BTC"),
        quote: name("USDT"),
        kind: ContractKind::Linear,
        grid: Grid { price_decimals: 1, tick_step: 1, qty_decimals: 3, lot_step: 1 },
        contract_size: 1,
        contract_decimals: 0,
        min_qty: Lots(1),
        max_qty: Lots(1_000_000),
        min_notional: Quote::whole(5),
    };
    let spot = Instrument {
        id: InstrumentId(SPOT),
        venue: VenueId::BinanceSpot,
        symbol: name("BNBUSDT"),
        base: name("BNB"),
        kind: ContractKind::Spot,
        ..perpetual
    };
    vec![perpetual, spot]
}

pub(crate) fn begin() -> Record {
    let (instruments, equity_start) = (instruments(), Quote::whole(10_000));
    let rules = Box::new(engine_core::risk::Rules::open(Limits::default(), &Instruments::new(instruments.clone())));
    Record::Run(Run {
        margin_tiers: vec![None; instruments.len()],
        instruments,
        rules,
        equity_start,
        open_orders_max: 64,
        is_live: false,
        strategies: Vec::new(),
    })
}

pub(crate) fn market(id: u32, at: u64, change: MarketChange) -> Record {
    let venue = instruments()[id as usize].venue;
    let at = Stamp { received_at_ns: Nanos(at * SECOND), instrument: InstrumentId(id), venue, ..Stamp::default() };
    Record::Market(MarketEvent { at, change })
}

pub(crate) fn top(id: u32, at: u64, bid: i64, ask: i64) -> Record {
    let level = |px| Level { px: Ticks(px), qty: Lots(1) };
    market(id, at, MarketChange::Top { bid: level(bid), ask: level(ask), imbalance_bps: 0 })
}

pub(crate) fn report(id: u32, at: u64, side: Side, event: OrderEvent) -> Record {
    let (instrument, received_at_ns) = (InstrumentId(id), Nanos(at * SECOND));
    let client_order_id = ClientOrderId::new(1, 1, 1);
    Record::Report(Report {
        client_order_id,
        strategy: StrategyId(1),
        instrument,
        side,
        event,
        received_at_ns,
        ..Report::default()
    })
}

fn filled(id: u32, at: u64, side: Side, px: i64, qty: i64, fee: i64) -> Record {
    let (last_px, last_qty, fee, liquidity) = (Ticks(px), Lots(qty), Quote(fee), Liquidity::Maker);
    report(id, at, side, OrderEvent::Filled { trade_id: 1, last_px, last_qty, fee, liquidity })
}

fn paid(id: u32, at: u64, kind: PaymentKind, name: &str, amount: i64) -> Record {
    let asset = Instruments::new(instruments()).asset(Name::new(name).expect("short")).expect("of the run");
    report(id, at, Side::Buy, OrderEvent::Paid(Payment { kind, asset, amount: Quote(amount) }))
}

/// A long of 2 coins bought in two steps and sold in part, with funding, and a fee in a token that falls afterwards.
fn day() -> Vec<Record> {
    vec![
        begin(),
        market(PERPETUAL, 1, MarketChange::Book(BookState::Synced)),
        market(SPOT, 1, MarketChange::Book(BookState::Synced)),
        top(SPOT, 1, 5_999, 6_001),
        top(PERPETUAL, 2, 599_999, 600_001),
        market(PERPETUAL, 3, MarketChange::Index { px: Ticks(599_900) }),
        // The journal's thread had read further on this ring before it came to the reports.
        top(PERPETUAL, 6, 610_000, 610_002),
        market(PERPETUAL, 6, MarketChange::Index { px: Ticks(609_800) }),
        filled(PERPETUAL, 4, Side::Buy, 599_999, 1_000, 6 * Quote::ONE),
        filled(PERPETUAL, 5, Side::Buy, 600_010, 1_000, 0),
        paid(PERPETUAL, 5, PaymentKind::Fee, "BNB", -Quote::ONE / 100),
        paid(PERPETUAL, 7, PaymentKind::Funding, "USDT", -12 * Quote::ONE),
        filled(PERPETUAL, 8, Side::Sell, 610_000, 1_500, 9 * Quote::ONE),
        top(SPOT, 9, 5_499, 5_501),
    ]
}

pub(crate) fn entries(records: Vec<Record>) -> Vec<Result<Entry, Fault>> {
    let head = |sequence| Head { length: 0, crc: 0, previous: 0, kind: 0, version: 0, sequence, at_ns: 0 };
    let entry = |(record, sequence)| Ok(Entry { offset: 0, head: head(sequence), record });
    records.into_iter().zip(0..).map(entry).collect()
}

fn told(records: Vec<Record>, method: LotMethod) -> Attribution {
    fold(entries(records), method, &mut 0).expect("a run")
}

#[test]
fn the_report_adds_up_in_print_and_says_so() {
    let told = told(day(), LotMethod::Fifo);
    assert!(holds(&told));
    assert_eq!(table::text(&told, SliceName::Instrument), include_str!("golden.txt"));
}

#[test]
fn lots_change_what_is_realised_and_nothing_that_the_profit_is_made_of() {
    let [average, fifo, lifo] =
        [LotMethod::Average, LotMethod::Fifo, LotMethod::Lifo].map(|method| told(day(), method));
    assert!(average.parts == fifo.parts && fifo.parts == lifo.parts);
    let realised = [&average, &fifo, &lifo].map(|told| told.positions[0].realised.as_str());
    // Sold at 61,000: 1.5 of 59,999.9 and 60,001 by 60,000.45 on average; the first whole and half the second; the other way.
    assert_eq!(realised, ["1499.325", "1499.60", "1499.05"]);
}

#[test]
fn what_is_missing_or_does_not_add_up_is_said_and_does_not_hold() {
    let mut told = told(day(), LotMethod::Average);
    told.complete = false;
    told.unpriced = vec!["OKB".to_owned()];
    let text = table::text(&told, SliceName::Strategy);
    assert!(text.ends_with(
        "\nThe parts add up, but something of the run is missing: it was missed, or does not fit.\n\
         Nothing of the run prices OKB: their dollars are missing.\n"
    ));
    assert!(!holds(&told));
    told.adds_up = false;
    assert!(table::text(&told, SliceName::Tag).contains("do NOT add up"));
}

#[test]
fn a_file_that_is_no_run_is_refused_by_what_is_wrong_with_it() {
    let refused = |records| match fold(entries(records), LotMethod::Average, &mut 0) {
        Err(Unread::Not(what)) => what,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(vec![]), "journal holds no run");
    assert_eq!(refused(vec![top(0, 1, 1, 2)]), "journal does not begin with a run");
    let Record::Market(foreign) = top(0, 1, 1, 2) else { panic!() };
    let at = Stamp { instrument: InstrumentId(9), ..foreign.at };
    let foreign = Record::Market(MarketEvent { at, ..foreign });
    assert_eq!(refused(vec![begin(), foreign]), "record 1 is of an instrument that the run does not have");
}
