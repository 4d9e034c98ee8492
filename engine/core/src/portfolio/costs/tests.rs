//! The fold against its slow twin, and the rules that a trader would ask about one by one.

use super::twin::{Done, Top, Twin};
use super::*;
use crate::test_instruments::{CROSS, INVERSE, LINEAR, SPOT, instruments};
use crate::test_random::Random;
use engine_model::market::{BookState, Level, MarketChange, Stamp};
use engine_model::order::{OrderStatus, OrderType};
use engine_model::report::Liquidity;
use std::collections::BTreeMap;

const MS: u64 = Nanos::MILLI;
const ALL: [InstrumentId; 4] = [LINEAR, SPOT, INVERSE, CROSS];

fn costs() -> Costs {
    let mut costs = Costs::new(instruments(), usize::MAX).expect("whole atoms");
    for (id, book) in ALL.into_iter().zip([BookState::Synced; 4]) {
        costs.on_market(&market(id, 0, MarketChange::Book(book)));
    }
    costs
}

fn market(instrument: InstrumentId, at: u64, change: MarketChange) -> MarketEvent {
    MarketEvent { at: Stamp { instrument, received_at_ns: Nanos(at), ..Stamp::default() }, change }
}

fn top(of: InstrumentId, at: u64, bid: i64, ask: i64) -> MarketEvent {
    let level = |px| Level { px: Ticks(px), qty: Lots(1) };
    market(of, at, MarketChange::Top { bid: level(bid), ask: level(ask), imbalance_bps: 0 })
}

fn order(counter: u32, instrument: InstrumentId, side: Side, qty: i64) -> Order {
    Order { client_order_id: ClientOrderId::new(1, 1, counter), instrument, side, qty: Lots(qty), ..Order::default() }
}

fn decided(at: u64, verdict: Verdict) -> Judgement {
    let (at_ns, caused_at_ns) = (Nanos(at), Nanos(at - MS));
    Judgement { seen: Default::default(), at_ns, caused_at_ns, strategy: StrategyId(1), verdict }
}

fn report(of: &Order, at: u64, event: OrderEvent, status: OrderStatus) -> Report {
    Report {
        client_order_id: of.client_order_id,
        strategy: StrategyId(1),
        instrument: of.instrument,
        side: of.side,
        event,
        status,
        qty: of.qty,
        received_at_ns: Nanos(at),
        ..Report::default()
    }
}

fn filled(of: &Order, at: u64, px: i64, qty: i64, fee: i64) -> Report {
    let (last_px, last_qty, fee, liquidity) = (Ticks(px), Lots(qty), Quote(fee), Liquidity::Taker);
    report(of, at, OrderEvent::Filled { trade_id: 1, last_px, last_qty, fee, liquidity }, OrderStatus::PartiallyFilled)
}

fn tally(costs: &Costs, counter: u32) -> &Tally {
    &costs.order(ClientOrderId::new(1, 1, counter)).expect("known").tally
}

/// Dollars in atoms, rounded down to 1e-8.
fn dollars(atoms: Option<i128>) -> Option<i128> {
    atoms.map(|atoms| atoms.div_euclid(ATOMS_PER_E8))
}

#[test]
fn a_market_order_through_two_levels_told_figure_by_figure() {
    let mut costs = costs();
    let buy = order(1, LINEAR, Side::Buy, 1_000);
    // Middle 60,000.0, touch 60,001.0: half at the touch and half 2 dollars beyond it, for 3 dollars of fees.
    costs.on_market(&top(LINEAR, 10 * MS, 599_990, 600_010));
    costs.on_decision(&decided(11 * MS, Verdict::Submit(buy)));
    costs.on_report(&report(&buy, 12 * MS, OrderEvent::Submitted, OrderStatus::Submitted));
    costs.on_report(&report(&buy, 15 * MS, OrderEvent::Accepted, OrderStatus::Accepted));
    costs.on_market(&top(LINEAR, 16 * MS, 600_000, 600_030));
    costs.on_report(&filled(&buy, 20 * MS, 600_010, 500, Quote::ONE));
    costs.on_report(&filled(&buy, 21 * MS, 600_030, 500, 2 * Quote::ONE));
    costs.on_market(&top(LINEAR, 500 * MS, 600_100, 600_120));
    costs.on_market(&top(LINEAR, 10_020 * MS, 599_000, 599_020));
    costs.finish();
    let told = tally(&costs, 1);
    let figure = |measure: &Measure| (dollars(measure.amount()), measure.bps_hundredths(), measure.fills);
    let e8 = i128::from(Quote::ONE);
    assert_eq!(figure(&told.arrival), (Some(2 * e8), Some(33), 2), "1 and 3 dollars on half a coin each");
    assert_eq!(figure(&told.shortfall), (Some(5 * e8), Some(83), 2), "and 3 dollars of fees");
    assert_eq!(figure(&told.touch), (Some(e8), Some(17), 2), "2 dollars on half a coin");
    assert_eq!(figure(&told.spread), (Some(e8), Some(17), 2), "middle 60,001.5 then: -0.5 and 1.5, twice, on half");
    assert_eq!(figure(&told.markouts[0]), (Some(9 * e8), Some(150), 2), "60,011 against 60,002 on average");
    assert_eq!(figure(&told.markouts[1]).2, 1, "the journal ends at the first one's ten seconds");
    assert_eq!(dollars(told.markouts[1].amount()), Some(5 * e8), "what comes at that very time does not count");
    assert_eq!(figure(&told.markouts[2]), (None, None, 0), "unknown, not 0");
    let lags = [told.decide, told.send, told.ack, told.first_fill].map(|lag| lag.mean_ns());
    assert_eq!(lags, [Some(MS), Some(MS), Some(3 * MS), Some(8 * MS)]);
    assert_eq!(costs.average_px(LINEAR, told), Some(600_020 * 10_000));
    assert_eq!(costs.by(|_, strategy| strategy).values().collect::<Vec<_>>(), [told]);
}

#[test]
fn what_has_no_price_is_unknown_and_the_rest_is_told() {
    let mut costs = costs();
    let (adopted, blind) = (order(1, LINEAR, Side::Sell, 10), order(2, LINEAR, Side::Sell, 10));
    costs.on_decision(&decided(2 * MS, Verdict::Submit(blind)));
    costs.on_market(&top(LINEAR, 3 * MS, 599_990, 600_010));
    costs.on_report(&filled(&adopted, 4 * MS, 600_010, 10, 0));
    costs.on_report(&filled(&blind, 4 * MS, 600_010, 10, 0));
    costs.on_market(&market(LINEAR, 100 * MS, MarketChange::Book(BookState::Lost)));
    costs.on_market(&top(SPOT, 70_000 * MS, 1, 2));
    costs.finish();
    for counter in [1, 2] {
        let told = tally(&costs, counter);
        assert_eq!((told.arrival.amount(), told.touch.amount()), (None, None), "no decision, or no book then");
        assert_eq!(told.spread.bps_hundredths(), Some(-33), "sold a dollar above the middle, twice");
        assert_eq!(told.markouts.map(|markout| markout.amount()), [None; 3], "the book was lost until the end");
    }
}

#[test]
fn a_slice_is_held_against_the_market_of_the_whole_and_a_stop_against_that_of_its_trigger() {
    let mut costs = costs();
    let whole = Order { display_qty: Lots(10), ..order(1, LINEAR, Side::Buy, 20) };
    let slice = Order { parent: 1, contingency: Contingency::Spawned, ..order(2, LINEAR, Side::Buy, 10) };
    let stop = Order { order_type: OrderType::StopMarket, ..order(3, LINEAR, Side::Sell, 10) };
    costs.on_market(&top(LINEAR, MS, 599_990, 600_010));
    costs.on_decision(&decided(2 * MS, Verdict::Hold(whole)));
    costs.on_decision(&decided(2 * MS, Verdict::Hold(stop)));
    costs.on_market(&top(LINEAR, 3 * MS, 600_990, 601_010));
    costs.on_decision(&decided(4 * MS, Verdict::Submit(slice)));
    costs.on_report(&filled(&slice, 5 * MS, 601_010, 10, 0));
    costs.on_decision(&decided(6 * MS, Verdict::Release(Order { order_type: OrderType::Market, ..stop })));
    costs.on_report(&filled(&stop, 7 * MS, 600_990, 10, 0));
    costs.finish();
    let e8 = i128::from(Quote::ONE);
    assert_eq!(dollars(tally(&costs, 2).arrival.amount()), Some(101 * e8 / 100), "since the whole was wished");
    assert_eq!(dollars(tally(&costs, 2).touch.amount()), Some(0), "at its own best price");
    assert_eq!(dollars(tally(&costs, 3).arrival.amount()), Some(e8 / 100), "the trigger is no cost");
    let families = costs.families();
    let family = families.iter().next().expect("one");
    assert_eq!((family.0.0, families.len()), (ClientOrderId::new(1, 1, 1), 1));
    assert_eq!((family.1.side, &family.1.tally), (Some(Side::Buy), tally(&costs, 2)));
}

#[test]
fn a_fee_in_another_asset_is_told_apart_and_one_in_the_same_is_of_the_shortfall() {
    let mut costs = costs();
    let buy = order(1, LINEAR, Side::Buy, 10);
    let asset = |name| instruments().asset(engine_model::instrument::Name::new(name).unwrap()).unwrap();
    let fee = |asset, amount| OrderEvent::Paid(Payment { kind: PaymentKind::Fee, asset, amount: Quote(amount) });
    costs.on_market(&top(LINEAR, MS, 599_990, 600_010));
    costs.on_decision(&decided(2 * MS, Verdict::Submit(buy)));
    costs.on_report(&report(&buy, 3 * MS, fee(asset("USDT"), -Quote::ONE), OrderStatus::Submitted));
    costs.on_report(&filled(&buy, 3 * MS, 600_000, 10, Quote::ONE));
    costs.on_report(&report(&buy, 3 * MS, fee(asset("BTC"), -7), OrderStatus::Filled));
    costs.on_report(&Report {
        client_order_id: ClientOrderId::default(),
        ..report(&buy, 4 * MS, fee(asset("BTC"), -1), OrderStatus::Filled)
    });
    costs.finish();
    let told = tally(&costs, 1);
    assert_eq!((told.arrival.amount(), dollars(told.shortfall.amount())), (Some(0), Some(2 * i128::from(Quote::ONE))));
    assert_eq!(told.other_fees, [(asset("BTC"), 7 * ATOMS_PER_E8)]);
    let total = costs.by(|id, _| id).into_values().next().expect("one");
    assert_eq!(total.other_fees, [(asset("BTC"), 8 * ATOMS_PER_E8)], "one of them is of no order");
}

#[test]
fn orders_that_are_over_are_let_go_oldest_first_and_stay_in_the_totals() {
    let mut costs = Costs::new(instruments(), 2).expect("whole atoms");
    for counter in 1..=4 {
        let buy = order(counter, LINEAR, Side::Buy, 10);
        let status = if counter == 1 { OrderStatus::PartiallyFilled } else { OrderStatus::Filled };
        costs.on_report(&Report { status, ..filled(&buy, u64::from(counter), 600_000, 5, 0) });
    }
    costs.on_market(&top(LINEAR, 2 * Nanos::SECOND, 600_000, 600_002));
    costs.finish();
    let kept: Vec<u32> = costs.orders().map(|order| order.id.counter()).collect();
    assert_eq!((kept, costs.left_out()), (vec![1, 3, 4], 1), "the first is not over");
    let total = costs.by(|_, _| ()).into_values().next().expect("one");
    assert_eq!((total.orders, total.fills, total.markouts[0].fills), (4, 4, 0), "no book then");
}

#[test]
fn what_does_not_fit_is_counted_and_leaves_the_order_as_it_was() {
    let mut costs = costs();
    let buy = order(1, LINEAR, Side::Buy, 10);
    for (px, qty) in [(i64::MAX, i64::MAX), (600_000, 0)] {
        costs.on_report(&filled(&buy, MS, px, qty, 1));
    }
    costs.finish();
    assert_eq!((costs.skipped(), tally(&costs, 1)), (2, &Tally::default()));
}

/// What happens in one random run, as both are told it.
struct Run {
    news: Vec<News>,
    twin: Twin,
    done: BTreeMap<ClientOrderId, Vec<Done>>,
}

fn run(random: &mut Random) -> Run {
    let mut run = Run { news: Vec::new(), twin: Twin::default(), done: BTreeMap::new() };
    let mut at = 1_000 * MS;
    let mut known: Vec<(Order, Option<u64>, Option<u64>)> = Vec::new();
    let mut books = [BookState::Synced; 4];
    for counter in 1..=random.within(5, 60) as u32 {
        // Steps of no time, of less than a second, and of the very horizons.
        at += *random.pick(&[0, 0, MS, 400 * MS, 1_000 * MS, 9_000 * MS, 30_000 * MS]);
        let id = *random.pick(&ALL);
        match random.below(8) {
            // A book that is lost tells no top.
            0..=2 if books[id.index()] != BookState::Synced => continue,
            0..=2 => {
                let bid = random.within(9_000, 10_000);
                let (ask, one_sided) = (bid + random.within(1, 40), random.once_in(12));
                let mut event = top(id, at, bid, ask);
                if let MarketChange::Top { ask, .. } = &mut event.change
                    && one_sided
                {
                    ask.qty = Lots(0);
                }
                run.twin.tops.push(Top { at, of: id, touch: (!one_sided).then_some((bid, ask)) });
                run.news.push(News::Market(event));
            }
            3 if random.once_in(2) => {
                books[id.index()] = *random.pick(&[BookState::Synced, BookState::Lost]);
                let event = market(id, at, MarketChange::Book(books[id.index()]));
                if books[id.index()] != BookState::Synced {
                    run.twin.tops.push(Top { at, of: id, touch: None });
                }
                run.news.push(News::Market(event));
            }
            3..=5 => {
                let whole = known.iter().rev().find(|(order, ..)| order.parent == 0 && random.once_in(3)).copied();
                let mut order = order(counter, id, *random.pick(&[Side::Buy, Side::Sell]), 10);
                if let Some((whole, ..)) = whole {
                    order = Order {
                        instrument: whole.instrument,
                        side: whole.side,
                        parent: whole.client_order_id.counter(),
                        contingency: Contingency::Spawned,
                        ..order
                    };
                }
                known.push((order, Some(at), whole.map_or(Some(at), |(_, decided, _)| decided)));
                let judgement = decided(at, Verdict::Submit(order));
                let Judgement { at_ns, caused_at_ns, .. } = judgement;
                run.news.push(News::Decided(Decided { at_ns, caused_at_ns, order, is_release: false }));
            }
            _ => {
                if known.is_empty() || random.once_in(10) {
                    known.push((order(counter, id, Side::Sell, 10), None, None));
                }
                let (order, decided, whole_decided) = *random.pick(&known);
                let (px, qty, fee) =
                    (random.within(9_000, 10_000), random.within(1, 900), random.within(-500, 5_000_000));
                let (of, side) = (order.instrument, order.side);
                let done = Done { at, of, side, px, qty, fee, decided, whole_decided };
                run.done.entry(order.client_order_id).or_default().push(done);
                run.news.push(News::Report(filled(&order, at, px, qty, fee)));
            }
        }
        run.twin.newest = at;
    }
    run
}

#[test]
fn a_hundred_thousand_random_events_cost_what_the_slow_twin_says() {
    let mut known = [0; 3];
    for seed in 0..3_000 {
        let mut random = Random::new(seed);
        let mut run = run(&mut random);
        // Rings are read one after the other: what is at most a second apart comes in any order of the rings.
        let rank = |news: &News| match news {
            News::Market(event) => (event.at.received_at_ns, 2),
            News::Decided(decided) => (decided.at_ns, 0),
            News::Report(report) => (report.received_at_ns, 1),
        };
        run.news.sort_by_key(|news| {
            let (at, ring) = rank(news);
            (at.0 / Nanos::SECOND, ring, at)
        });
        let mut costs = costs();
        for news in run.news {
            match news {
                News::Market(event) => costs.on_market(&event),
                News::Decided(Decided { at_ns, order, .. }) => {
                    costs.on_decision(&decided(at_ns.0, Verdict::Submit(order)))
                }
                News::Report(report) => costs.on_report(&report),
            }
        }
        costs.finish();
        assert_eq!(costs.skipped(), 0);
        for (id, done) in &run.done {
            run.twin.check(&costs, done, &costs.order(*id).expect("known").tally);
        }
        for ((id, _), total) in costs.by(|id, _| id) {
            let of: Vec<Done> = run.done.values().flatten().filter(|done| done.of == id).copied().collect();
            run.twin.check(&costs, &of, &total);
            for (count, markout) in known.iter_mut().zip(total.markouts) {
                *count += markout.fills;
            }
        }
    }
    assert!(known.iter().all(|count| *count > 500), "the runs reach every horizon: {known:?}");
}
