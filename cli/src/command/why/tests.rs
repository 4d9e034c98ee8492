//! Orders of a written journal, as they are told.

use super::gather::{Story, story};
use super::*;
use engine_core::journal::format::{Damage, Head};
use engine_core::journal::reader::{Entry, Fault};
use engine_core::journal::record::{Judgement, Record, Run, Verdict};
use engine_core::risk::{Breaches, Cause, Rules, Wish};
use engine_model::closeout::{self, Closeout};
use engine_model::instrument::{ContractKind, Grid, Instrument, InstrumentId, Instruments, Name};
use engine_model::intent::{Seen, StrategyId};
use engine_model::limit::Limits;
use engine_model::market::{BookState, Level, MarketChange, MarketEvent, Side, Stamp};
use engine_model::order::{ClientOrderId, Contingency, Order, OrderEvent, OrderStatus};
use engine_model::refusal::{Check, Refusal};
use engine_model::report::{Liquidity, Report};
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use engine_model::venue::VenueId;

const MS: u64 = 1_000_000;
/// 2023-11-14, so that times read like times.
const START: u64 = 1_700_000_000_000_000_000;

fn instrument() -> Instrument {
    let name = |text| Name::new(text).expect("short");
    Instrument {
        id: InstrumentId(0),
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
    }
}

fn begin() -> Record {
    let rules = Box::new(Rules::open(Limits::default(), &Instruments::new(vec![instrument()])));
    Record::Run(Run {
        instruments: vec![instrument()],
        margin_tiers: vec![None],
        rules,
        equity_start: Quote::whole(10_000),
        open_orders_max: 64,
        is_live: false,
        strategies: Vec::new(),
    })
}

fn at(ms: u64) -> Nanos {
    Nanos(START + ms * MS)
}

fn id(counter: u32) -> ClientOrderId {
    ClientOrderId::new(1, 5, counter)
}

fn market(ms: u64, change: MarketChange) -> Record {
    let stamp = Stamp { received_at_ns: at(ms), venue: VenueId::BinanceUsdm, ..Stamp::default() };
    Record::Market(MarketEvent { at: stamp, change })
}

fn top(ms: u64, bid: i64, ask: i64) -> Record {
    let level = |px| Level { px: Ticks(px), qty: Lots(2_000) };
    market(ms, MarketChange::Top { bid: level(bid), ask: level(ask), imbalance_bps: 0 })
}

fn order(counter: u32) -> Order {
    let (client_order_id, px, qty) = (id(counter), Ticks(600_003), Lots(100));
    Order { client_order_id, side: Side::Buy, px, qty, ..Order::default() }
}

/// Decided 12.5 µs after what caused it, having read so many events of the market.
fn decision(caused: u64, read: u32, verdict: Verdict) -> Record {
    let mut seen = Seen::default();
    seen.market[0] = read;
    let (caused_at_ns, at_ns) = (at(caused), at(caused).plus(12_500));
    Record::Decision(Judgement { seen, at_ns, caused_at_ns, strategy: StrategyId(1), verdict })
}

fn report(counter: u32, ms: u64, event: OrderEvent, status: OrderStatus, filled: i64) -> Record {
    let Order { side, px, qty, client_order_id, .. } = order(counter);
    let (filled_qty, received_at_ns, strategy) = (Lots(filled), at(ms), StrategyId(1));
    let report = Report { client_order_id, strategy, side, event, status, qty, px, filled_qty, ..Report::default() };
    Record::Report(Report { received_at_ns, ..report })
}

fn filled(ms: u64, px: i64, so_far: i64, status: OrderStatus) -> Record {
    let (last_px, last_qty, fee) = (Ticks(px), Lots(50), Quote(Quote::ONE));
    let event = OrderEvent::Filled { trade_id: 7, last_px, last_qty, fee, liquidity: Liquidity::Taker };
    report(1, ms, event, status, so_far)
}

/// One order that fills in two parts, its stop that is let go by its fills, one that is denied, one adopted.
fn day() -> Vec<Record> {
    let stop = Order { parent: 1, side: Side::Sell, contingency: Contingency::None, ..order(2) };
    let refusal = Refusal { headroom: 500, passes: 40, ..Refusal::new(Check::OrderNotionalMax, 6_000, 500) };
    let breaches = Breaches::default().with(Check::OrderNotionalMax).with(Check::Leverage);
    let denied = Verdict::Denied { order: order(3), wish: Wish::Submit, breaches, refusal };
    vec![
        begin(),
        market(1, MarketChange::Book(BookState::Synced)),
        top(2, 599_999, 600_002),
        // The journal's thread had read on: risk had not seen this one when it judged.
        top(3, 610_000, 610_002),
        decision(2, 2, Verdict::Submit(order(1))),
        decision(2, 2, Verdict::Hold(stop)),
        report(1, 3, OrderEvent::Submitted, OrderStatus::Submitted, 0),
        report(1, 4, OrderEvent::Accepted, OrderStatus::Accepted, 0),
        filled(5, 600_002, 50, OrderStatus::PartiallyFilled),
        filled(6, 600_003, 100, OrderStatus::Filled),
        decision(7, 3, denied),
        report(3, 8, OrderEvent::Denied(refusal), OrderStatus::Denied, 0),
        report(9, 9, OrderEvent::Accepted, OrderStatus::Accepted, 0),
    ]
}

fn entries(records: Vec<Record>) -> Vec<Result<Entry, Fault>> {
    let head = |sequence| Head { length: 0, crc: 0, previous: 0, kind: 0, version: 0, sequence, at_ns: 0 };
    let entry = |(record, sequence)| Ok(Entry { offset: 0, head: head(sequence), record });
    records.into_iter().zip(0..).map(entry).collect()
}

fn path() -> &'static Path {
    Path::new("journal/ringside-00000005.journal")
}

fn of(counter: u32) -> Result<Story, Exit> {
    story([entries(day()), entries(day()), entries(day())], id(counter), path())
}

fn told(counter: u32) -> Story {
    of(counter).unwrap_or_else(|exit| panic!("{exit:?}"))
}

#[test]
fn an_order_is_told_from_its_cause_to_its_profit() {
    let story = told(1);
    assert!(story.holds());
    let (text, json) = (text::text(&story, path(), 5), json::json(&story, path(), 5));
    assert_eq!(text, include_str!("golden.txt"), "{text}");
    let json = serde_json::to_string_pretty(&json).expect("JSON") + "\n";
    assert_eq!(json, include_str!("golden.json"), "{json}");
}

#[test]
fn a_denied_order_says_every_check_and_the_figures_that_the_journal_has() {
    let story = told(3);
    let text = text::text(&story, path(), 5);
    assert!(
        text.contains("NOTIONAL_EXCEEDS_MAX_PER_ORDER: found 6000, allowed 500, left 500; 40 would have passed\n"),
        "{text}"
    );
    assert!(text.contains("LEVERAGE_EXCEEDED: figures unknown, not in the journal\n"), "{text}");
    assert!(text.contains("Profit     0: nothing of it was filled\n"), "{text}");
    // Nothing of the market came at the time that led to it.
    assert!(text.contains("unknown: the journal has no event of that time\n"), "{text}");
    let json = json::json(&story, path(), 5);
    let denied = json["timeline"].as_array().expect("a list").iter().find(|step| step["kind"] == "decision");
    let breaches = &denied.expect("decided")["breaches"];
    assert_eq!(breaches[0]["would_pass"], 40);
    assert_eq!((&breaches[1]["check"], &breaches[1]["value"]), (&"LEVERAGE_EXCEEDED".into(), &serde_json::Value::Null));
}

#[test]
fn an_order_by_which_risk_closes_a_position_says_why() {
    let (cause, best, px) = (Some(Cause::StopTrailing), Ticks(600_000), Ticks(593_999));
    let closing = Order { client_order_id: ClientOrderId::new(0, 5, 1), side: Side::Sell, ..order(4) };
    let submit = Record::Decision(Judgement {
        strategy: StrategyId(0),
        at_ns: at(9),
        caused_at_ns: at(9),
        seen: Seen::default(),
        verdict: Verdict::Submit(closing),
    });
    let mut records = day();
    let stop = |instrument| Verdict::Stop { instrument: InstrumentId(instrument), cause, best, px };
    records.extend([decision(8, 3, stop(0)), submit]);
    let passes = [(); 3].map(|()| entries(records.clone()));
    let story = story(passes, closing.client_order_id, path()).unwrap_or_else(|exit| panic!("{exit:?}"));
    let text = text::text(&story, path(), 5);
    assert!(text.contains("what STOP_TRAILING, best_px 60000.0, px 59399.9"), "{text}");
}

#[test]
fn orders_that_are_tied_name_each_other() {
    let relations = |counter| told(counter).kin.iter().map(|kin| (kin.relation, kin.id)).collect::<Vec<_>>();
    assert_eq!(relations(1), [("child", id(2))]);
    assert_eq!(relations(2), [("parent", id(1))]);
    assert_eq!(relations(3), []);
}

#[test]
fn what_nobody_here_decided_is_unknown() {
    let text = text::text(&told(9), path(), 5);
    assert!(text.contains("Wished by  unknown: the journal has no decision on it\n"), "{text}");
    assert!(text.contains("Book then  unknown"), "{text}");
}

#[test]
fn an_id_that_is_not_there_names_the_nearest() {
    let Err(exit) = of(4) else { panic!("there is none") };
    assert_eq!(exit.code(), 2);
    let message = exit.message().expect("said");
    assert!(message.ends_with("does not hold; the nearest it holds: R1-5-2, R1-5-3, R1-5-9"), "{message}");
    let none = || entries(vec![begin()]);
    let Err(exit) = story([none(), none(), none()], id(4), path()) else { panic!("there is none") };
    assert!(exit.message().is_some_and(|message| message.ends_with("holds no order")));
}

#[test]
fn a_torn_tail_is_said_and_does_not_hold() {
    let torn = || {
        let mut entries = entries(day());
        entries.push(Err(Fault { segment: 0, offset: 4_000, damage: Damage::Torn }));
        entries
    };
    let story = story([torn(), torn(), torn()], id(1), path()).unwrap_or_else(|exit| panic!("{exit:?}"));
    assert!(!story.holds());
    let text = text::text(&story, path(), 5);
    assert!(text.contains("torn tail at byte 4000"), "{text}");
    assert_eq!(json::json(&story, path(), 5)["damage"]["records_before"], 13);
}

#[test]
fn what_the_venue_closed_afterwards_is_told_with_the_order_and_not_with_later_ones() {
    let closeout =
        Closeout { cause: closeout::Cause::Liquidation, trade_id: 9, px: Ticks(540_000), qty: Lots(40), fee: Quote(7) };
    let closed =
        Report { side: Side::Sell, event: OrderEvent::ClosedOut(closeout), received_at_ns: at(6), ..Report::default() };
    let records = || {
        let mut records = day();
        records.insert(10, Record::Report(closed));
        entries(records)
    };
    let text = |counter| {
        let story =
            story([records(), records(), records()], id(counter), path()).unwrap_or_else(|exit| panic!("{exit:?}"));
        assert!(story.holds());
        text::text(&story, path(), 5)
    };
    let (bought, later) = (text(1), text(3));
    assert!(bought.contains("PositionClosedOut") && bought.contains("LIQUIDATION"), "{bought}");
    assert!(!later.contains("PositionClosedOut"), "{later}");
}
