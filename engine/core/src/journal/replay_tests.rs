//! Journals of random worlds, as they are and with anything in them changed.

use super::*;
use crate::journal::format::{Head, RecordKind};
use crate::journal::record::Verdict;
use crate::risk::test_desk::{self, EPOCH};
use crate::risk::test_world::World;
use crate::test_instruments::{LINEAR, SPOT};
use crate::test_random::Random;
use engine_model::intent::StrategyId;
use engine_model::limit::Limits;
use engine_model::market::Side;
use engine_model::order::{ClientOrderId, Order, OrderEvent, OrderStatus, OrderType};
use engine_model::position::Opening;
use engine_model::refusal::Check;
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use engine_model::venue::{ReplyKind, VenueId};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The records of a world, and the state hash it ended with.
pub(in crate::journal) fn journal(seed: u64) -> (Vec<Record>, [u8; 32]) {
    journal_of(World::new(seed), true)
}

/// The names of a world's strategies, by number from 1.
pub(in crate::journal) fn names() -> Vec<String> {
    (1..=8).map(|number| format!("strategy-{number}")).collect()
}

/// The same of a world that was made already, with or without positions of before.
pub(in crate::journal) fn journal_of(mut world: World, is_opened: bool) -> (Vec<Record>, [u8; 32]) {
    world.desk.is_watched = true;
    let run = Run {
        instruments: world.desk.instruments.iter().copied().collect(),
        margin_tiers: world.desk.instruments.all_margin_tiers(),
        rules: Box::new(world.desk.rules.clone()),
        equity_start: world.desk.risk.portfolio().equity_start(),
        open_orders_max: world.desk.clerk.orders().open_max() as u32,
        is_live: false,
        strategies: names(),
    };
    // Held before, of both signs, told before the market moves and in the midst of it.
    let opened = |world: &mut World, of, qty| {
        let opening = Opening { qty: Lots(qty), avg_px_milliticks: 599_000_500 };
        world.desk.reply_on(of, ClientOrderId::new(1, 0, 0), ReplyKind::Opened(opening));
    };
    let held = if world.random.once_in(2) { 7 } else { -7 };
    if is_opened {
        opened(&mut world, LINEAR, held);
    }
    for at in 0..60 {
        if at == 20 && is_opened {
            opened(&mut world, SPOT, 5);
        }
        world.step();
        if world.random.once_in(2) {
            let order = world.order();
            world.desk.ask(engine_model::intent::IntentKind::Submit(order));
        }
    }
    let entries = world.desk.entries.iter().map(|entry| match entry {
        test_desk::Entry::Market(event) => Record::Market(*event),
        test_desk::Entry::Report(report) => Record::Report(*report),
        test_desk::Entry::Decision(decision) => Record::Decision(Judgement::from(decision)),
    });
    let records = std::iter::once(Record::Run(run)).chain(entries).collect();
    (records, state_hash(&world.desk.risk, world.desk.clerk.orders()))
}

pub(in crate::journal) fn replayed(records: &[Record]) -> Result<Replayed, ReplayError> {
    let head = |sequence| Head {
        length: 0,
        crc: 0,
        previous: 0,
        kind: RecordKind::Market as u16,
        version: 0,
        sequence,
        at_ns: 0,
    };
    let entries = records.iter().cloned().zip(0..);
    replay(entries.map(|(record, sequence)| Ok(Entry { offset: 0, head: head(sequence), record })), EPOCH)
}

#[test]
fn what_a_world_wrote_down_is_replayed_to_the_state_that_it_ended_in() {
    for seed in 0..200 {
        let (records, hash) = journal(seed);
        assert_eq!(replayed(&records).unwrap().state_hash(), hash, "seed {seed}");
    }
}

#[test]
fn decisions_at_the_end_whose_events_were_never_written_are_left_out_and_told() {
    let (mut decisions, mut reports) = (0, 0);
    for seed in 0..40 {
        let (records, _) = journal(seed);
        for at in 2..records.len() - 1 {
            // Risk read the event and decided on it; the thread wrote the decision, and was cut off before the event.
            let [Record::Market(_), Record::Decision(judgement), next] = &records[at - 1..=at + 1] else { continue };
            let before = &records[..at - 1];
            let mut cut = [before, &records[at..=at]].concat();
            let of = judgement.verdict.order_id();
            let is_of = |report: &Report| !report.event.is_of_account() && Some(report.client_order_id) == of;
            cut.extend(matches!(next, Record::Report(report) if is_of(report)).then(|| next.clone()));
            let (left, whole) = (replayed(&cut).expect("left out"), replayed(before).expect("whole"));
            assert_eq!(left.left_out, [1, (cut.len() - at) as u64], "seed {seed}, record {at}");
            assert_eq!(
                (left.counts, left.state_hash()),
                (whole.counts, whole.state_hash()),
                "seed {seed}, record {at}"
            );
            decisions += left.left_out[0];
            reports += left.left_out[1];
        }
    }
    assert!(decisions > 100 && reports > 20, "{decisions} {reports}: nothing was tried");
}

#[test]
fn a_decision_whose_events_were_written_by_nobody_is_refused() {
    let mut refused = 0;
    for seed in 0..40 {
        let (mut records, _) = journal(seed);
        let at = records.iter().position(|record| matches!(record, Record::Decision(_))).expect("some");
        let Record::Decision(judgement) = &mut records[at] else { panic!("record {at} is no decision") };
        judgement.seen.market[0] += 1_000;
        match replayed(&records) {
            Err(ReplayError::Unseen { sequence, .. }) if sequence == at as u64 => refused += 1,
            other => panic!("seed {seed}: {other:?}"),
        }
    }
    assert_eq!(refused, 40);
}

/// A number that nobody expects there.
fn wild(random: &mut Random) -> i64 {
    *random.pick(&[i64::MIN, -1, 0, 1, 2, 7, 40, 600_000, i64::MAX - 1, i64::MAX])
}

fn change_order(order: &mut Order, random: &mut Random) {
    match random.below(6) {
        0 => order.instrument = InstrumentId(wild(random) as u32),
        1 => order.client_order_id = ClientOrderId(order.client_order_id.0 ^ 1 << random.below(64)),
        2 => order.qty = Lots(wild(random)),
        3 => order.px = Ticks(wild(random)),
        4 => order.side = order.side.opposite(),
        _ => order.order_type = OrderType::Market,
    }
}

fn change_judgement(judgement: &mut Judgement, random: &mut Random) {
    match random.below(5) {
        0 => {
            let seen = random.pick(&[0, 1, 3, u32::MAX]);
            judgement.seen.market[random.below(4) as usize] = *seen;
        }
        1 => judgement.seen.report = judgement.seen.report.wrapping_add(wild(random) as u32),
        2 => judgement.at_ns = Nanos(wild(random) as u64),
        3 => judgement.strategy = StrategyId(random.below(256) as u8),
        _ => match &mut judgement.verdict {
            Verdict::Submit(order) | Verdict::Denied { order, .. } => change_order(order, random),
            Verdict::Cancel(id) | Verdict::CancelDenied(id) => id.0 ^= 1 << random.below(64),
            other => *other = Verdict::DayOpened { equity: Quote(wild(random)) },
        },
    }
}

fn change_report(report: &mut Report, random: &mut Random) {
    match random.below(9) {
        0 => report.instrument = InstrumentId(wild(random) as u32),
        1 => report.client_order_id.0 ^= 1 << random.below(64),
        2 => report.qty = Lots(wild(random)),
        3 => report.filled_qty = Lots(wild(random)),
        4 => report.px = Ticks(wild(random)),
        5 => report.side = if report.side == Side::Buy { Side::Sell } else { Side::Buy },
        6 => report.status = *random.pick(&OrderStatus::ALL),
        7 => report.strategy = StrategyId(random.below(256) as u8),
        _ => match &mut report.event {
            OrderEvent::Filled { last_qty, last_px, .. } if random.once_in(2) => {
                (*last_qty, *last_px) = (Lots(wild(random)), Ticks(wild(random)));
            }
            event => *event = *random.pick(&[OrderEvent::Submitted, OrderEvent::Accepted, OrderEvent::Canceled]),
        },
    }
}

fn change_run(run: &mut Run, random: &mut Random) {
    match random.below(14) {
        0..=8 => {
            let row = random.pick(Limits::TABLE);
            let value = wild(random);
            row.set(&mut run.rules.limits, value);
            row.set(&mut run.rules.mandates[0].limits, value);
        }
        9 => run.equity_start = Quote(wild(random)),
        10 => run.open_orders_max = wild(random) as u32,
        11 => {
            let numbers = run.instruments.len() as u64;
            let instrument = &mut run.instruments[random.below(numbers) as usize];
            match random.below(5) {
                0 => instrument.contract_size = wild(random),
                1 => instrument.grid.tick_step = wild(random),
                2 => instrument.grid.lot_step = wild(random),
                3 => instrument.grid.price_decimals = wild(random) as u8,
                _ => instrument.id = InstrumentId(wild(random) as u32),
            }
        }
        12 => drop(run.instruments.pop()),
        _ => {
            let like = run.instruments[0];
            let next = run.instruments.len();
            run.instruments.extend((next..).zip(VenueId::ALL).map(|(id, venue)| Instrument {
                id: InstrumentId(id as u32),
                venue,
                ..like
            }));
        }
    }
}

/// Changes one record, or leaves it out, or puts it twice.
fn change(records: &mut Vec<Record>, random: &mut Random) {
    let at = 1 + random.below(records.len() as u64 - 1) as usize;
    match random.below(6) {
        0 => drop(records.remove(at)),
        1 => records.insert(at, records[at].clone()),
        _ => match &mut records[at] {
            Record::Run(_) => {}
            Record::Market(event) => event.at.instrument = InstrumentId(wild(random) as u32),
            Record::Decision(judgement) => change_judgement(judgement, random),
            Record::Report(report) => change_report(report, random),
        },
    }
}

#[test]
fn a_journal_in_which_anything_was_changed_is_replayed_or_refused() {
    let mut refused = 0;
    for seed in 0..4_000 {
        let mut random = Random::new(seed);
        let (mut records, _) = journal(seed % 40);
        for _ in 0..1 + random.below(3) {
            change(&mut records, &mut random);
        }
        let outcome = catch_unwind(AssertUnwindSafe(|| replayed(&records)));
        let outcome = outcome.unwrap_or_else(|_| panic!("seed {seed} panicked"));
        refused += u32::from(outcome.is_err());
    }
    assert!((2_000..4_000).contains(&refused), "{refused} were refused");
}

#[test]
fn a_decision_that_would_be_taken_otherwise_is_named() {
    let (records, _) = journal(3);
    let mut met = 0;
    for at in 1..records.len() {
        let mut changed = records.clone();
        let Record::Decision(Judgement { verdict: Verdict::Denied { refusal, .. }, .. }) = &mut changed[at] else {
            continue;
        };
        // How far the disk or a ring was behind is in no event: it is taken from the denial itself.
        if matches!(refusal.check, Check::Backpressure | Check::JournalHealth) {
            continue;
        }
        refusal.value ^= 1;
        let error = replayed(&changed).unwrap_err();
        assert!(
            matches!(error, ReplayError::Differs { sequence, .. } if sequence == at as u64),
            "record {at}: {error}"
        );
        met += 1;
    }
    assert!(met > 5, "{met} denials");
}

#[test]
fn a_run_that_began_otherwise_is_replayed_or_refused() {
    let mut refused = 0;
    for seed in 0..800 {
        let mut random = Random::new(seed);
        let (mut records, _) = journal(seed % 40);
        let Record::Run(run) = &mut records[0] else { panic!("the first record is the run's") };
        change_run(run, &mut random);
        let outcome = catch_unwind(AssertUnwindSafe(|| replayed(&records)));
        let outcome = outcome.unwrap_or_else(|_| panic!("seed {seed} panicked"));
        refused += u32::from(outcome.is_err());
    }
    assert!((400..800).contains(&refused), "{refused} were refused");
}

#[test]
fn an_instrument_that_the_run_does_not_have_is_refused_in_every_kind_of_record() {
    let (records, _) = journal(3);
    let mut met = [false; 4];
    for at in 1..records.len() {
        let mut changed = records.clone();
        let (kind, id) = match &mut changed[at] {
            Record::Market(event) => (0, &mut event.at.instrument),
            Record::Report(report) => (1, &mut report.instrument),
            Record::Decision(Judgement { verdict: Verdict::Submit(order), .. }) => (2, &mut order.instrument),
            Record::Decision(Judgement { verdict: Verdict::Denied { order, .. }, .. }) => (3, &mut order.instrument),
            _ => continue,
        };
        *id = InstrumentId(4);
        let error = replayed(&changed).unwrap_err();
        assert!(matches!(error, ReplayError::Foreign { sequence } if sequence == at as u64), "record {at}: {error}");
        met[kind] = true;
    }
    assert_eq!(met, [true; 4]);
}
