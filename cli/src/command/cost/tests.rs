//! A day's executions out of a journal, as they are printed.

use super::journal::fold;
use super::*;
use crate::args::CostSliceName;
use crate::command::pnl::journal::Unread;
use crate::command::pnl::tests::{begin, entries, market, report, top};
use engine_core::journal::record::{Judgement, Record, Verdict};
use engine_model::instrument::InstrumentId;
use engine_model::intent::StrategyId;
use engine_model::market::{BookState, MarketChange, Side};
use engine_model::order::{Contingency, Order, OrderEvent, OrderStatus};
use engine_model::report::{Liquidity, Report};
use engine_model::units::{Lots, Nanos, Quote, Ticks};

const PERPETUAL: u32 = 0;
const SPOT: u32 = 1;
const MICRO: u64 = 1_000;

fn order(counter: u32, instrument: u32, side: Side, qty: i64) -> Order {
    let client_order_id = ClientOrderId::new(1, 1, counter);
    Order { client_order_id, instrument: InstrumentId(instrument), side, qty: Lots(qty), ..Order::default() }
}

fn decided(at: u64, verdict: Verdict) -> Record {
    let caused_at_ns = Nanos(at * Nanos::SECOND);
    let at_ns = caused_at_ns.plus(12 * MICRO);
    Record::Decision(Judgement { seen: Default::default(), at_ns, caused_at_ns, strategy: StrategyId(1), verdict })
}

fn of(order: &Order, at: u64, micros: u64, status: OrderStatus, event: OrderEvent) -> Record {
    let Record::Report(report) = report(order.instrument.0, at, order.side, event) else { panic!("a report") };
    let received_at_ns = report.received_at_ns.plus(micros * MICRO);
    let client_order_id = order.client_order_id;
    Record::Report(Report { client_order_id, status, qty: order.qty, received_at_ns, ..report })
}

fn filled(order: &Order, at: u64, micros: u64, px: i64, qty: i64) -> Record {
    let (last_px, last_qty, fee) = (Ticks(px), Lots(qty), Quote(3 * Quote::ONE));
    let event = OrderEvent::Filled { trade_id: 1, last_px, last_qty, fee, liquidity: Liquidity::Taker };
    of(order, at, micros, OrderStatus::Filled, event)
}

/// An iceberg of two slices in a rising market, and a sale of spot nine seconds before the journal ends.
fn day() -> Vec<Record> {
    let whole = Order { display_qty: Lots(500), ..order(1, PERPETUAL, Side::Buy, 1_000) };
    let slice =
        |counter| Order { parent: 1, contingency: Contingency::Spawned, ..order(counter, PERPETUAL, Side::Buy, 500) };
    let (first, second, sale) = (slice(2), slice(3), order(4, SPOT, Side::Sell, 10_000));
    let sent = |order: &Order, at| {
        [(20, OrderStatus::Submitted, OrderEvent::Submitted), (520, OrderStatus::Accepted, OrderEvent::Accepted)]
            .map(|(micros, status, event)| of(order, at, micros, status, event))
    };
    let mut day = vec![
        begin(),
        market(PERPETUAL, 1, MarketChange::Book(BookState::Synced)),
        market(SPOT, 1, MarketChange::Book(BookState::Synced)),
        top(SPOT, 1, 5_999, 6_001),
        top(PERPETUAL, 2, 599_999, 600_001),
        decided(3, Verdict::Hold(whole)),
        decided(3, Verdict::Submit(first)),
        // The journal's thread had read further on this ring before it came to the reports.
        top(PERPETUAL, 4, 600_099, 600_101),
    ];
    day.extend(sent(&first, 3));
    day.extend([filled(&first, 3, 900, 600_001, 500), decided(5, Verdict::Submit(second))]);
    day.extend(sent(&second, 5));
    day.push(filled(&second, 5, 700, 600_102, 500));
    day.extend([top(PERPETUAL, 13, 600_199, 600_201), top(PERPETUAL, 70, 599_899, 599_901)]);
    day.extend([decided(71, Verdict::Submit(sale))]);
    day.extend(sent(&sale, 71));
    day.extend([filled(&sale, 71, 800, 5_998, 10_000), top(SPOT, 73, 5_990, 5_992), top(SPOT, 80, 5_980, 5_982)]);
    day
}

fn told(day: Vec<Record>) -> Costs {
    fold(entries(day), &mut 0).expect("whole")
}

#[test]
fn a_day_is_printed_as_the_golden_text_says() {
    let told = told(day());
    let all = [CostSliceName::Instrument, CostSliceName::Strategy, CostSliceName::Venue, CostSliceName::Order];
    let printed: Vec<String> = all.into_iter().map(|by| table::text(&told, by)).collect();
    let printed = printed.join("\n----\n\n");
    assert_eq!(printed, include_str!("golden.txt"), "now it is:\n{printed}");
}

#[test]
fn a_day_for_programs_is_what_the_golden_object_says() {
    let mut told = told(day());
    narrow(&mut told, ClientOrderId::new(1, 1, 1)).expect("its slices");
    let text = serde_json::to_string_pretty(&told).expect("plain") + "\n";
    assert_eq!(text, include_str!("golden.json"), "now it is:\n{text}");
}

#[test]
fn an_order_without_an_execution_is_named() {
    let refused = narrow(&mut told(day()), ClientOrderId::new(1, 1, 9)).expect_err("nobody's");
    assert_eq!(refused.message().as_deref(), Some("ORDER: R1-1-9 has no execution here, nor has a part of it"));
}

#[test]
fn a_journal_of_no_run_or_of_another_says_so() {
    let unread = |day: Vec<Record>| match fold(entries(day), &mut 0).expect_err("no costs") {
        Unread::Not(what) => what,
        other => panic!("{other:?}"),
    };
    assert_eq!(unread(Vec::new()), "journal holds no run");
    assert_eq!(unread(vec![top(PERPETUAL, 1, 1, 2)]), "journal does not begin with a run");
    let stranger = decided(1, Verdict::Submit(order(1, 7, Side::Buy, 1)));
    assert_eq!(unread(vec![begin(), stranger]), "record 1 is of an instrument that the run does not have");
}
