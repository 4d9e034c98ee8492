//! Random worlds that are cut off and gone on from.

use super::*;
use crate::journal::kill_tests::Scratch;
use crate::journal::record::Record;
use crate::journal::replay::tests::{journal, journal_of, names, replayed};
use crate::portfolio::books::{Books, Terms as BookTerms};
use crate::risk::test_desk::EPOCH;
use crate::risk::test_world::World;
use crate::risk::{Rules, Terms};
use engine_model::command::CommandKind;
use engine_model::units::Ticks;
use std::sync::Arc;

fn left(records: &[Record]) -> Left {
    let Record::Run(run) = &records[0] else { panic!("a journal begins with its run") };
    let (run, replayed) = (run.clone(), replayed(records).expect("whole"));
    Left { run, replayed, epoch: EPOCH, is_closed: false, skipped: Vec::new(), begun_at: None }
}

fn words(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

/// The rules of the run after it.
fn rules(estate: &Estate, of: &Rules) -> Rules {
    Rules { losses: estate.losses.clone(), legacy: Some(Box::new(estate.legacy.clone())), ..of.clone() }
}

fn begun(estate: &Estate, rules: &Rules, instruments: &Arc<Instruments>) -> Risk {
    let terms = Terms { epoch: EPOCH, equity_start: estate.equity_start, open_orders_max: 64 };
    Risk::new(Arc::clone(instruments), rules, terms)
}

#[test]
fn what_is_gone_on_from_is_what_was_left_to_the_last_unit() {
    let (mut held, mut lost) = (0, 0);
    for seed in 0..200 {
        let (records, hash) = journal(seed);
        let left = left(&records);
        let instruments = Arc::new(left.run.listed());
        let before = left.replayed.risk.clone();
        let rules_before = left.run.rules.clone();
        let estate = left.for_run(&instruments, &words(&names())).expect("the same");
        assert_eq!((estate.legacy.run, estate.legacy.state_hash), (EPOCH, hash), "seed {seed}");
        let after = begun(&estate, &rules(&estate, &rules_before), &instruments);
        let ids = || (0..).map(InstrumentId).take(instruments.len());
        for id in ids() {
            let px = before.markets()[id.index()].known_px().or(Some(Ticks(1)));
            let of = |risk: &Risk| risk.portfolio().position(id, px);
            assert_eq!(of(&before), of(&after), "seed {seed}, {id:?}");
            held += u32::from(of(&after).qty.0 != 0);
        }
        // Losses, stops and shares, too: what would be left now is what was left.
        let told = (estate.legacy.holdings, estate.legacy.shares, estate.losses);
        let (again, losses) = after.clone().into_legacy([0; 32]);
        assert_eq!((again.holdings.clone(), again.shares.clone(), losses), told, "seed {seed}");
        lost += told.2.len();
        let mut books = Books::new(
            Arc::clone(&instruments),
            BookTerms { equity_start: estate.equity_start, ..BookTerms::default() },
        )
        .expect("kept");
        books.inherit(&again).expect("fits");
        assert!(books.adds_up(), "seed {seed}");
        assert_eq!(books.skipped(), 0);
        for id in ids() {
            let qty: i64 = books.rows().filter(|(of, _)| *of == id).map(|(_, row)| row.lots().qty()).sum();
            assert_eq!(qty, after.portfolio().qty(id), "seed {seed}, {id:?}");
        }
    }
    assert!(held > 100 && lost > 100, "{held} {lost}: nothing was tried");
}

#[test]
fn the_journal_of_a_run_that_goes_on_is_replayed_like_any_other() {
    let mut orders = 0;
    for seed in 0..60 {
        let left = left(&journal(seed).0);
        let mut world = World::new(seed + 1_000);
        let instruments = Arc::clone(&world.desk.instruments);
        let estate = left.for_run(&instruments, &words(&names())).expect("the same");
        let open_orders_max = world.desk.clerk.orders().open_max();
        let terms = Terms { epoch: EPOCH, equity_start: estate.equity_start, open_orders_max };
        let rules = rules(&estate, &world.desk.rules);
        world.desk.going_on(rules, terms);
        let (records, hash) = journal_of(world, false);
        let again = replayed(&records).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert_eq!(again.state_hash(), hash, "seed {seed}");
        orders += again.counts[1];
    }
    assert!(orders > 100, "{orders}: nothing was tried");
}

#[test]
fn limits_that_people_set_are_kept_beside_a_copy_of_the_journal() {
    let place = |key: &str| Limits::TABLE.iter().position(|row| row.key == key).expect("known") as u8;
    let scratch = Scratch::new("kept-limits");
    std::fs::create_dir_all(&scratch.0).expect("a folder");
    let path = scratch.0.join("trading-states");
    for seed in 0..20 {
        let mut world = World::new(seed);
        let file_says = world.desk.rules.limits;
        let set = ["order_notional_max_usd", "price_age_max_ms"].map(|key| {
            let (limit, row) = (place(key), Limits::row(key).expect("known"));
            CommandKind::SetLimit { limit, value: row.get(&file_says) / 2 }
        });
        set.into_iter().for_each(|what| world.desk.command(what));
        let Left { run, replayed, .. } = left(&journal_of(world, false).0);
        keep_states(&path, &run, &replayed).expect("written");
        let file = StatesFile::open(&path, &Arc::new(run.listed())).expect("whole").below(&file_says);
        let all: Vec<CommandKind> = file.limits().collect();
        assert_eq!(all.len(), 2, "seed {seed}: {all:?}");
        assert!(set.iter().all(|what| all.contains(what)), "seed {seed}: {all:?} is not {set:?}");
    }
}

#[test]
fn that_positions_were_being_closed_is_kept_for_a_run_of_the_same_mode() {
    let scratch = Scratch::new("kept-flatten");
    std::fs::create_dir_all(&scratch.0).expect("a folder");
    let path = scratch.0.join("trading-states");
    let mut kept = 0;
    for (seed, is_live) in (0..40).flat_map(|seed| [(seed, false), (seed, true)]) {
        let mut world = World::new(seed);
        world.desk.command(CommandKind::Flatten);
        let Left { mut run, replayed, .. } = left(&journal_of(world, false).0);
        run.is_live = is_live;
        let is_closing = replayed.risk.is_flattening(); // else somebody resumed in what the world went through
        kept += u32::from(is_closing);
        keep_states(&path, &run, &replayed).expect("written");
        let flattens = |is_live| {
            let file = StatesFile::open(&path, &Arc::new(run.listed())).expect("whole").of_mode(is_live);
            file.flattens()
        };
        let expected = is_closing.then_some(CommandKind::Flatten);
        assert_eq!((flattens(is_live), flattens(!is_live)), (expected, None), "seed {seed}, live {is_live}");
    }
    assert!(kept > 10, "{kept} were closing: nothing was tried");
}

#[test]
fn what_has_no_place_any_more_is_refused_by_name_and_what_is_flat_is_money() {
    let mut refused = 0;
    for seed in 0..60 {
        let records = journal(seed).0;
        let whole = left(&records);
        let all = whole.run.listed();
        let fewer = Instruments::new(all.iter().take(1).copied().collect());
        let is_held = |of: &Risk| (1..).map(InstrumentId).take(all.len() - 1).any(|id| of.portfolio().qty(id) != 0);
        let (is_held, before) = (is_held(&whole.replayed.risk), whole.replayed.risk.clone());
        match whole.for_run(&fewer, &words(&names())) {
            Err(misfit) => {
                assert!(is_held, "seed {seed}: {misfit}");
                refused += 1;
            }
            Ok(estate) => {
                assert!(!is_held, "seed {seed}");
                let flat: i128 =
                    (1..).map(InstrumentId).take(all.len() - 1).map(|id| before.portfolio().value(id).profit()).sum();
                let more = estate.equity_start.0 - before.portfolio().equity_start().0;
                assert_eq!(i128::from(more), flat, "seed {seed}");
            }
        }
        let shares = left(&records).for_run(&all, &words(&names())).expect("the same").legacy.shares;
        let is_held = Share::of_strategies(&shares).any(|share| share.ledger.qty != 0);
        let nobody = left(&records).for_run(&all, &[]);
        assert_eq!(nobody.is_err(), is_held, "seed {seed}");
        // Another order of the same names is no other strategy.
        let mut turned = names();
        turned.reverse();
        let moved = left(&records).for_run(&all, &words(&turned)).expect("the same").legacy.shares;
        let at = |share: &Share| (share.instrument, if share.strategy.0 == 0 { 0 } else { 9 - share.strategy.0 });
        assert!(
            moved
                .iter()
                .zip(&shares)
                .all(|(now, then)| { at(now) == (then.instrument, then.strategy.0) && now.ledger == then.ledger })
        );
    }
    assert!(refused > 10, "{refused}: nothing was tried");
}
