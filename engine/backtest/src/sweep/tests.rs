//! What is tried, in which order, and what is refused.
#![expect(clippy::disallowed_types, reason = "workers of a search hand in what they tried; no stage is here")]
#![expect(clippy::float_cmp, reason = "the same trial has the same bits")]
#![expect(clippy::single_range_in_vec_init, reason = "stretches of bars, of which there may be one")]

use super::by_bars::ByBars;
use super::condition::Condition;
use super::cross::Cross;
use super::front::{dominates, front};
use super::memory::{Forgetful, Memory, Scope};
use super::objective::Objective;
use super::past::{Came, Ground, Past, PastFault, Set};
use super::run::{Shard, Sweep, SweepFault, Trial, best};
use super::search::{Method, MethodFault, Plan};
use super::space::{Choice, Space};
use super::walk::{Walk, Walked};
use crate::bars::account::{Sizing, Terms};
use crate::bars::rule::{Rule, RuleName};
use crate::bars::run::run_over;
use crate::bars::series::{Bar, Series};
use engine_analytics::performance::curve;
use engine_analytics::performance::overfit::deflated_sharpe;
use engine_analytics::performance::stats::Moments;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex};

/// A price that swings with a slow drift.
fn series(bars: u32) -> Series {
    let mut series = Series::default();
    for n in 0..bars {
        let x = f64::from(n);
        let px = |x: f64| 100.0 + 0.01 * x + 10.0 * (x / 17.0).sin() + 3.0 * (x / 5.3).cos();
        let (open, close) = (px(x), px(x + 1.0));
        let bar = Bar { time_ms: i64::from(n), open, high: open.max(close), low: open.min(close), close };
        series.push(bar).unwrap();
    }
    series
}

fn range(name: &str, min: f64, max: f64, step: f64) -> (String, Choice) {
    (name.to_owned(), Choice::Range { min, max, step })
}

fn space() -> Space {
    Space::new(RuleName::SmaCross, &[range("slow", 2.0, 40.0, 1.0), range("fast", 1.0, 20.0, 1.0)]).unwrap()
}

fn by_bars<'a>(series: &'a Series, terms: &'a Terms) -> ByBars<'a> {
    ByBars { rule: RuleName::SmaCross, series, terms, periods_per_year: 365.0 }
}

fn sweep<'a>(past: &'a ByBars<'a>, space: &'a Space, threads: usize) -> Sweep<'a> {
    static SHARPE: LazyLock<Vec<Objective>> = LazyLock::new(|| Objective::list("sharpe").unwrap());
    Sweep { past, space, objectives: &SHARPE, threads, memory: &Forgetful }
}

fn search(sweep: &Sweep<'_>, method: Method, trials: Option<u64>, seed: u64, shard: Shard) -> Vec<Trial> {
    sweep.search(Plan::new(sweep.space, method, trials, seed).unwrap(), shard, &|_| ()).unwrap()
}

#[test]
fn every_point_is_numbered_once_in_the_strategys_order() {
    let space = space();
    assert_eq!((space.size(), space.axes()[0].name, space.axes()[1].name), (20 * 39, "fast", "slow"));
    for point in 0..space.size() {
        assert_eq!(space.point(&space.places(point)), point);
    }
    assert_eq!(space.values(40).collect::<Vec<_>>(), [("fast", 2.0), ("slow", 3.0)]);
    let tenths = Space::new(RuleName::BollingerReversion, &[range("k", 0.1, 0.3, 0.1)]).unwrap();
    assert_eq!(tenths.size(), 3, "rounding does not take the last one");
}

fn held(text: &[&str]) -> Space {
    let conditions = text.iter().map(|text| Condition::parse(&RuleName::SmaCross.into(), text).unwrap());
    space().held(conditions.collect()).unwrap()
}

#[test]
fn points_that_break_a_condition_are_left_out_by_each_method_and_all_others_are_there() {
    let (series, terms) = (series(150), Terms::default());
    for conditions in [&["fast < slow"][..], &["fast < slow", "slow >= 10", "fast != 7"], &["slow == 12"]] {
        let space = held(conditions);
        let is_right = |point: u64| {
            let values: Vec<f64> = space.values(point).map(|(_, value)| value).collect();
            let (fast, slow) = (values[0], values[1]);
            match conditions.len() {
                3 => fast < slow && slow >= 10.0 && fast != 7.0,
                _ if conditions[0].starts_with("slow") => slow == 12.0,
                _ => fast < slow,
            }
        };
        let wanted: Vec<u64> = (0..space.size()).filter(|point| is_right(*point)).collect();
        let mut ranked: Vec<u64> = (0..space.tried()).map(|rank| space.nth(rank)).collect();
        ranked.sort_unstable();
        assert_eq!(ranked, wanted, "{conditions:?}");
        assert!((0..space.size()).all(|point| space.holds(point) == is_right(point)));
        for method in Method::ALL {
            let trials = (method != Method::Grid).then_some(2_000);
            let found = search(&sweep(&by_bars(&series, &terms), &space, 2), method, trials, 3, Shard::WHOLE);
            let mut points: Vec<u64> = found.iter().map(|trial| trial.point).collect();
            points.sort_unstable();
            assert_eq!(points, wanted, "{method:?}: {conditions:?}");
        }
    }
    let free = space();
    assert_eq!((free.tried(), free.nth(17), free.holds(17)), (free.size(), 17, true));
    let large: Vec<f64> = (1..=2_000).map(f64::from).collect();
    let choices = ["fast", "slow"].map(|name| (name.to_owned(), Choice::Values(large.clone())));
    let condition = |text: &str| vec![Condition::parse(&RuleName::SmaCross.into(), text).unwrap()];
    let space = Space::new(RuleName::SmaCross, &choices).unwrap();
    let fault = space.clone().held(condition("fast < slow")).unwrap_err().to_string();
    assert!(fault.starts_with("found 4000000 ways to set its parameters"), "{fault}");
    let past = by_bars(&series, &terms);
    let needs = |space: &Space| sweep(&past, space, 1).needs();
    assert_eq!(needs(&space.clone().held(condition("slow <= 60")).unwrap()), Ok(2_000), "the other one is free");
    let fault = space.held(condition("slow > 2000")).unwrap_err().to_string();
    assert_eq!(fault, "found no point of the space that holds, expected at least one");
    assert_eq!(needs(&held(&["slow <= 12", "fast < slow"])), Ok(12), "what is left out needs nothing");
}

#[test]
fn the_same_seed_has_the_same_trials_on_any_number_of_threads_and_none_twice() {
    let (series, space, terms) = (series(150), space(), Terms::default());
    for method in Method::ALL {
        let trials = (method != Method::Grid).then_some(70);
        let alone = search(&sweep(&by_bars(&series, &terms), &space, 1), method, trials, 7, Shard::WHOLE);
        assert_eq!(alone, search(&sweep(&by_bars(&series, &terms), &space, 3), method, trials, 7, Shard::WHOLE));
        assert!(alone.iter().zip(0..).all(|(trial, number)| trial.number == number));
        let mut points: Vec<u64> = alone.iter().map(|trial| trial.point).collect();
        points.sort_unstable();
        points.dedup();
        assert_eq!(points.len() as u64, trials.unwrap_or(space.size()), "{method:?}");
        if method != Method::Grid {
            assert_ne!(
                alone,
                search(&sweep(&by_bars(&series, &terms), &space, 1), method, trials, 8, Shard::WHOLE),
                "{method:?}"
            );
        }
    }
}

/// The long way: every measure of the whole curve, whichever is looked for.
#[test]
fn a_trial_says_what_the_whole_report_of_its_point_says() {
    let (series, space, terms) = (series(400), space(), Terms { fee: 0.0005, ..Terms::default() });
    let near = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1e-6),
        (a, b) => a == b,
    };
    for name in ["sharpe", "-max_drawdown", "calmar", "sortino", "final_equity", "profit_factor", "exposure", "ulcer"] {
        let objectives = Objective::list(name).unwrap();
        let past = by_bars(&series, &terms);
        let sweep = Sweep { objectives: &objectives, ..sweep(&past, &space, 2) };
        for trial in search(&sweep, Method::Random, Some(60), 3, Shard::WHOLE) {
            let rule = Rule::new(RuleName::SmaCross, space.values(trial.point)).unwrap();
            let report = run_over([&series], &rule, &terms, 365.0).unwrap();
            let slow = sweep.trial_of(trial.number, trial.point, past.came(&report, &objectives));
            assert!(near(trial.objective(), slow.objective()), "{name}: {trial:?} {slow:?}");
            assert!(near(trial.sharpe_per_bar, slow.sharpe_per_bar), "{name}: {trial:?} {slow:?}");
            assert!(near(trial.max_drawdown, slow.max_drawdown), "{name}: {trial:?} {slow:?}");
            assert!(near(trial.equity_final, slow.equity_final), "{name}: {trial:?} {slow:?}");
            assert_eq!((trial.trades, trial.fees), (slow.trades, slow.fees), "{name}");
        }
    }
}

#[test]
fn a_search_for_more_trials_than_points_ends_with_all_of_them() {
    let (series, terms) = (series(60), Terms::default());
    let space = Space::new(RuleName::SmaCross, &[range("fast", 1.0, 9.0, 1.0), range("slow", 3.0, 10.0, 1.0)]).unwrap();
    for method in Method::ALL {
        let trials = (method != Method::Grid).then_some(1_000);
        assert_eq!(
            search(&sweep(&by_bars(&series, &terms), &space, 2), method, trials, 1, Shard::WHOLE).len(),
            72,
            "{method:?}"
        );
    }
}

#[test]
fn an_account_that_was_worth_nothing_wins_nothing_whatever_is_looked_for() {
    let (series, space) = (series(300), space());
    // A swing of ten lost on a thousand units is all the cash.
    let terms = Terms { cash: 20_000.0, sizing: Sizing::Units(1_000.0), ..Terms::default() };
    for looked_for in ["sharpe", "final_equity", "win_rate", "-max_drawdown,total_return"] {
        let objectives = Objective::list(looked_for).unwrap();
        let past = by_bars(&series, &terms);
        let sweep = Sweep { objectives: &objectives, ..sweep(&past, &space, 2) };
        let trials = search(&sweep, Method::Grid, None, 1, Shard::WHOLE);
        let (ruined, sound): (Vec<Trial>, Vec<Trial>) =
            trials.iter().cloned().partition(|trial: &Trial| trial.max_drawdown.is_some_and(|fall| fall <= -1.0));
        assert!(ruined.len() > 10 && sound.len() > 10, "{} and {}", ruined.len(), sound.len());
        assert!(ruined.iter().all(|trial| trial.score() == f64::NEG_INFINITY && trial.sharpe_per_bar.is_none()));
        assert!(ruined.iter().all(|trial| trial.equity_final.is_some_and(f64::is_finite)), "what it came to is told");
        assert!(best(&trials).unwrap().max_drawdown > Some(-1.0), "{looked_for}");
        assert!(front(&trials).iter().all(|trial| trial.max_drawdown > Some(-1.0)), "{looked_for}");
        assert_eq!(best(&ruined), None, "{looked_for}: nobody wins among the ruined");
        sweep.doubt(&trials).unwrap().unwrap();
    }
}

#[test]
fn who_looks_back_finds_better_than_chance_over_many_seeds() {
    let (series, terms) = (series(300), Terms::default());
    let space =
        Space::new(RuleName::SmaCross, &[range("fast", 1.0, 60.0, 1.0), range("slow", 1.0, 150.0, 1.0)]).unwrap();
    let past = by_bars(&series, &terms);
    let sweep = sweep(&past, &space, 2);
    let mean = |method| {
        let scores = (0..10).map(|seed| best(&search(&sweep, method, Some(90), seed, Shard::WHOLE)).unwrap().score());
        scores.sum::<f64>() / 10.0
    };
    let chance = mean(Method::Random);
    for method in [Method::Tpe, Method::Cmaes, Method::Nsga2] {
        let found = mean(method);
        assert!(found > chance, "{method:?}: found {found}, by chance {chance}");
    }
}

/// Whoever is not on the front is worse in everything than somebody on it; nobody on it is.
#[test]
fn of_several_measures_the_front_is_kept_and_who_looks_back_finds_more_of_it() {
    let (series, terms) = (series(300), Terms { fee: 0.001, ..Terms::default() });
    let space =
        Space::new(RuleName::SmaCross, &[range("fast", 1.0, 60.0, 1.0), range("slow", 1.0, 150.0, 1.0)]).unwrap();
    let objectives = Objective::list("total_return,max_drawdown,-trades").unwrap();
    let past = by_bars(&series, &terms);
    let sweep = Sweep { objectives: &objectives, ..sweep(&past, &space, 2) };
    let all = search(&sweep, Method::Grid, None, 1, Shard::WHOLE);
    let best_of_all = front(&all);
    assert!(best_of_all.len() > 3, "{best_of_all:?}");
    for trial in &all {
        let is_on_it = best_of_all.iter().any(|other| other.number == trial.number);
        let is_worse = best_of_all.iter().any(|other| dominates(&other.scores, &trial.scores));
        let is_equal = best_of_all.iter().any(|other| other.scores == trial.scores);
        let is_untold = trial.objectives[..3].contains(&None);
        assert!(if is_on_it { !is_worse && !is_untold } else { is_worse || is_equal || is_untold }, "{trial:?}");
    }
    let missed = |method| -> usize {
        let missed = |seed| {
            let trials = search(&sweep, method, Some(300), seed, Shard::WHOLE);
            let is_found = |of: &&&Trial| trials.iter().any(|trial| trial.scores == of.scores);
            best_of_all.len() - best_of_all.iter().filter(is_found).count()
        };
        (0..5).map(missed).sum()
    };
    let (chance, found) = (missed(Method::Random), missed(Method::Nsga2));
    assert!(found < chance, "of the front {found} were missed, by chance {chance}");
    let refused = sweep.search(Plan::new(&space, Method::Tpe, None, 1).unwrap(), Shard::WHOLE, &|_| ());
    let many = MethodFault::Objectives { method: Method::Tpe, found: 3 };
    assert_eq!(refused, Err(SweepFault::Method(many)));
}

#[test]
fn shards_are_the_whole_and_what_looks_back_has_none() {
    let (series, space, terms) = (series(120), space(), Terms::default());
    let past = by_bars(&series, &terms);
    let sweep = sweep(&past, &space, 2);
    for (method, trials) in [(Method::Grid, None), (Method::Random, Some(100))] {
        let whole = search(&sweep, method, trials, 5, Shard::WHOLE);
        let shard = |index| search(&sweep, method, trials, 5, Shard { index, of: 3 });
        let mut parts: Vec<Trial> = (0..3).flat_map(shard).collect();
        parts.sort_by_key(|trial| trial.number);
        assert_eq!(parts, whole);
    }
    let plan = Plan::new(&space, Method::Tpe, None, 1).unwrap();
    let refused = sweep.search(plan, Shard { index: 0, of: 2 }, &|_| ());
    assert_eq!(refused, Err(SweepFault::Method(MethodFault::Shard { method: Method::Tpe })));
}

#[test]
fn a_walk_tests_each_winner_on_bars_that_it_was_not_picked_from() {
    let (series, space, terms) = (series(200), space(), Terms::default());
    let past = by_bars(&series, &terms);
    let sweep = sweep(&past, &space, 2);
    let walk = Walk { train: 100, test: 30 };
    assert_eq!(walk.check(series.len(), sweep.needs().unwrap()), Ok(3));
    assert_eq!(walk.left_over(series.len()), series.len() - (walk.train + 3 * walk.test));
    let plan = Plan::new(&space, Method::Grid, None, 0).unwrap();
    let walked = sweep.walk(walk, plan, &|_| ()).unwrap();
    let windows: Vec<_> = walked.windows.iter().map(|window| (window.train.clone(), window.test.clone())).collect();
    assert_eq!(windows, [(0..100, 100..130), (30..130, 130..160), (60..160, 160..190)]);
    assert_eq!(walked.runs, 3 * (20 * 39 + 1));
    for window in &walked.windows {
        let train = series.part(window.train.clone());
        let trials =
            search(&Sweep { past: &ByBars { series: &train, ..past }, ..sweep }, Method::Grid, None, 0, Shard::WHOLE);
        assert_eq!(best(&trials), window.winner.as_ref());
        // These bars open where the one before closed: what is held from the training on and what is bought at the test's
        // first open gain the same.
        let known = series.part(window.train.start..window.test.end);
        let through = Sweep { past: &ByBars { series: &known, ..past }, ..sweep }
            .whole()
            .account(window.winner.as_ref().unwrap().point)
            .unwrap();
        let gained = (through.last().unwrap() - through[walk.train - 1]) / terms.cash;
        assert!((window.tested.total_return.unwrap() - gained).abs() < 1e-12, "{window:?}: {gained}");
    }
    let product: f64 = walked.windows.iter().map(|window| 1.0 + window.tested.total_return.unwrap()).product();
    assert!((product - 1.0 - walked.tested.total_return.unwrap()).abs() < 1e-12);
    // What comes after a window changes neither its winner nor its test.
    let shorter = series.part(0..130);
    let first = Sweep { past: &ByBars { series: &shorter, ..past }, ..sweep }.walk(walk, plan, &|_| ()).unwrap();
    assert_eq!(first.windows, walked.windows[..1]);
    for (walk, bars) in [((40, 161), 200), ((39, 10), 200), ((100, 0), 200), ((100, 30), 129)] {
        let walk = Walk { train: walk.0, test: walk.1 };
        assert!(walk.check(bars, 40).is_err(), "{walk:?}");
    }
}

/// The same bars with other prices in a stretch of them.
fn changed(series: &Series, stretch: std::ops::Range<usize>) -> Series {
    let mut other = Series::default();
    for n in 0..series.len() {
        let by = if stretch.contains(&n) { 0.5 + 0.1 * (n % 7) as f64 } else { 1.0 };
        let [open, high, low, close] =
            [series.open(), series.high(), series.low(), series.close()].map(|of| of[n] * by);
        other.push(Bar { time_ms: n as i64, open, high, low, close }).unwrap();
    }
    other
}

#[test]
fn a_winner_of_all_but_a_test_knows_nothing_of_it() {
    let (series, space, terms) = (series(300), space(), Terms { fee: 0.0005, ..Terms::default() });
    let past = by_bars(&series, &terms);
    let sweep = sweep(&past, &space, 2);
    let cross = Cross { groups: 5, test: 2, purge: 3, embargo: 5 };
    assert_eq!(cross.check(series.len(), sweep.needs().unwrap()), Ok(10));
    let plan = Plan::new(&space, Method::Grid, None, 0).unwrap();
    let crossed = sweep.cross(cross, plan, &|_| ()).unwrap();
    assert_eq!((crossed.splits.len(), crossed.paths.len(), crossed.runs), (10, 4, 10 * (20 * 39 + 2)));
    for split in &crossed.splits {
        // The long way: every point over the stretches, measured by its whole curve.
        let parts: Vec<Series> = split.train.iter().map(|train| series.part(train.clone())).collect();
        let score = |point| {
            let report =
                run_over(&parts, &Rule::new(RuleName::SmaCross, space.values(point)).unwrap(), &terms, 365.0).unwrap();
            report.curve.sharpe.unwrap_or(f64::NEG_INFINITY)
        };
        let most = (0..space.size()).map(score).fold(f64::NEG_INFINITY, f64::max);
        assert!((split.winner.as_ref().unwrap().score() - most).abs() < 1e-9, "{split:?}: {most}");
        // Other prices where it is tested: the same winner, another result.
        let other = split.test.iter().fold(series.clone(), |series, test| changed(&series, test.clone()));
        let other = Sweep { past: &ByBars { series: &other, ..past }, ..sweep }.cross(cross, plan, &|_| ()).unwrap();
        let same = other.splits.iter().find(|other| other.test == split.test).unwrap();
        assert_eq!(same.winner, split.winner);
        assert_ne!(same.tested, split.tested);
    }
}

#[test]
fn with_one_group_a_test_the_only_path_is_all_tests_together() {
    let (series, space, terms) = (series(300), space(), Terms::default());
    let past = by_bars(&series, &terms);
    let sweep = sweep(&past, &space, 2);
    let cross = Cross { groups: 4, test: 1, purge: 0, embargo: 10 };
    let crossed = sweep.cross(cross, Plan::new(&space, Method::Nsga2, Some(60), 3).unwrap(), &|_| ()).unwrap();
    let trains: Vec<_> = crossed.splits.iter().map(|split| split.train.clone()).collect();
    assert_eq!(trains[0], [85..300]);
    assert_eq!(trains[1], [0..75, 160..300]);
    assert_eq!(trains[3], [0..225]);
    let product: f64 = crossed.splits.iter().map(|split| 1.0 + split.tested.total_return.unwrap()).product();
    let [path] = &crossed.paths[..] else { panic!("{crossed:?}") };
    assert!((product - 1.0 - path.total_return.unwrap()).abs() < 1e-12);
}

/// Prices that stand still for so many bars, then swing.
fn still_then(still: usize, bars: u32) -> Series {
    let mut series = Series::default();
    for n in 0..still {
        series.push(Bar { time_ms: n as i64, open: 100.0, high: 100.0, low: 100.0, close: 100.0 }).unwrap();
    }
    let moving = self::series(bars);
    for n in 0..moving.len() {
        let [open, high, low, close] =
            [moving.open(), moving.high(), moving.low(), moving.close()].map(|column| column[n]);
        series.push(Bar { time_ms: (still + n) as i64, open, high, low, close }).unwrap();
    }
    series
}

#[test]
fn a_window_without_a_winner_is_told_and_holds_nothing() {
    let (series, space, terms) = (still_then(100, 100), space(), Terms::default());
    let past = by_bars(&series, &terms);
    let sweep = sweep(&past, &space, 2);
    let plan = Plan::new(&space, Method::Grid, None, 0).unwrap();
    let walked = sweep.walk(Walk { train: 100, test: 30 }, plan, &|_| ()).unwrap();
    let is_won: Vec<bool> = walked.windows.iter().map(|window| window.winner.is_some()).collect();
    assert_eq!(is_won, [false, true, true], "over a price that stood still no trial has a Sharpe ratio");
    assert_eq!((walked.windows[0].test.clone(), walked.windows[0].tested.total_return), (100..130, Some(0.0)));
    let product: f64 = walked.windows.iter().map(|window| 1.0 + window.tested.total_return.unwrap()).product();
    assert!((product - 1.0 - walked.tested.total_return.unwrap()).abs() < 1e-12);
    // All tests are one curve of all their bars: its mean is over each of them, those without a winner among them.
    let spread = |of: &Walked| of.tested.ann_vol.unwrap();
    let later = series.part(30..series.len());
    let without = Sweep { past: &ByBars { series: &later, ..past }, ..sweep }
        .walk(Walk { train: 100, test: 30 }, plan, &|_| ())
        .unwrap();
    assert_eq!(without.windows.len(), 2);
    assert!(spread(&walked) < spread(&without), "a third of the bars did not move");
}

#[test]
fn a_split_without_a_winner_leaves_each_path_with_the_tests_that_are_its_own() {
    let (series, space, terms) = (still_then(200, 200), space(), Terms::default());
    let past = by_bars(&series, &terms);
    let sweep = sweep(&past, &space, 2);
    let cross = Cross { groups: 4, test: 2, purge: 0, embargo: 0 };
    let crossed = sweep.cross(cross, Plan::new(&space, Method::Grid, None, 0).unwrap(), &|_| ()).unwrap();
    assert_eq!((crossed.splits.len(), crossed.paths.len()), (6, 3));
    let without: Vec<_> = crossed.splits.iter().filter(|split| split.winner.is_none()).collect();
    let [without] = &without[..] else { panic!("one: {without:?}") };
    assert_eq!(without.test, [200..300, 300..400], "learned from what stood still");
    assert_eq!((without.tested.total_return, without.tested.max_drawdown), (Some(0.0), Some(0.0)));
    // The long way: the nth path goes through the nth split that tests each group.
    for (n, path) in crossed.paths.iter().enumerate() {
        let grown = |group: std::ops::Range<usize>| {
            let split = crossed.splits.iter().filter(|split| split.test.contains(&group)).nth(n).unwrap();
            let equity = sweep.tested(0, &group, split.winner.as_ref()).unwrap();
            equity.last().unwrap() / terms.cash
        };
        let wanted: f64 = [0..100, 100..200, 200..300, 300..400].map(grown).iter().product();
        assert!((wanted - 1.0 - path.total_return.unwrap()).abs() < 1e-12, "path {n}: {path:?}, expected {wanted}");
    }
}

#[test]
fn who_was_ruined_is_counted_among_those_that_were_tried() {
    // An account that trades more than it has: who trades often is ruined by the fees.
    let (series, space) = (series(300), space());
    let terms = Terms { cash: 40.0, fee: 0.01, sizing: Sizing::Units(1.0), ..Terms::default() };
    let past = by_bars(&series, &terms);
    let sweep = sweep(&past, &space, 2);
    let trials = search(&sweep, Method::Random, Some(150), 5, Shard::WHOLE);
    let ruined = trials.iter().filter(|trial| trial.is_ruined()).count();
    let ratios: Vec<f64> = trials.iter().filter_map(|trial| trial.sharpe_per_bar).collect();
    assert!(ruined > 20 && ratios.len() > 20, "{ruined} ruined and {} not do not try it", ratios.len());
    let doubt = sweep.doubt(&trials).unwrap().unwrap();
    assert_eq!((doubt.compared, doubt.without_ratio), (150, 150 - ratios.len()));
    let winner = sweep.whole().account(best(&trials).unwrap().point).unwrap();
    let moments = Moments::of(&curve::returns(&winner)).unwrap();
    assert_eq!(doubt.deflated, deflated_sharpe(&moments, &ratios, 150));
    assert_ne!(doubt.deflated, deflated_sharpe(&moments, &ratios, ratios.len()), "the survivors alone");
}

/// Keeps so many trials, then cannot.
#[derive(Debug)]
struct Notebook {
    pages: usize,
    kept: Mutex<Vec<(Scope, Trial)>>,
}

impl Memory for Notebook {
    fn known(&self, scope: Scope, point: u64) -> Option<Trial> {
        let kept = self.kept.lock().unwrap();
        kept.iter().find(|(at, trial)| *at == scope && trial.point == point).map(|(_, trial)| trial.clone())
    }

    fn keep(&self, scope: Scope, trial: &Trial) -> Result<(), String> {
        let mut kept = self.kept.lock().unwrap();
        if kept.len() == self.pages {
            return Err("full".to_owned());
        }
        kept.push((scope, trial.clone()));
        Ok(())
    }
}

#[test]
fn a_sweep_that_was_broken_off_anywhere_goes_on_to_the_same_end() {
    let (series, space, terms) = (series(200), space(), Terms { fee: 0.0005, ..Terms::default() });
    let (walk, cross) = (Walk { train: 100, test: 40 }, Cross { groups: 4, test: 1, purge: 1, embargo: 2 });
    for method in [Method::Random, Method::Tpe, Method::Cmaes, Method::Nsga2] {
        let plan = Plan::new(&space, method, Some(40), 6).unwrap();
        let whole = |memory: &dyn Memory| -> Result<_, SweepFault> {
            let past = by_bars(&series, &terms);
            let sweep = Sweep { memory, ..sweep(&past, &space, 2) };
            let trials = sweep.search(plan, Shard::WHOLE, &|_| ())?;
            Ok((trials, sweep.walk(walk, plan, &|_| ())?, sweep.cross(cross, plan, &|_| ())?))
        };
        let expected = whole(&Forgetful).unwrap();
        let mut book = Notebook { pages: 7, kept: Mutex::default() };
        let mut ends = 0;
        let found = loop {
            match whole(&book) {
                Ok(found) => break found,
                Err(fault) => assert_eq!(fault, SweepFault::Memory { told: "full".to_owned() }),
            }
            (book.pages, ends) = (book.pages + 61, ends + 1);
        };
        assert_eq!(found, expected, "{method:?}");
        // 40 of the whole, of each of two windows, of each of four splits.
        assert_eq!((book.kept.lock().unwrap().len(), ends), (7 * 40, 5), "{method:?}: nothing was run twice");
    }
}

#[test]
fn what_cannot_be_searched_is_refused_by_name() {
    let refused = |choices: &[(String, Choice)]| Space::new(RuleName::SmaCross, choices).unwrap_err().to_string();
    let values = |name: &str, values: &[f64]| (name.to_owned(), Choice::Values(values.to_vec()));
    for (choices, wanted) in [
        (vec![], "found no parameter, expected at least one of sma_cross: fast, slow"),
        (vec![values("fast", &[])], "fast: found no value, expected at least one"),
        (vec![values("fats", &[1.0])], "sma_cross has no parameter fats; nearest: fast, slow"),
        (vec![values("fast", &[1.5])], "sma_cross fast: found 1.5, accepted: a whole number from 1 to 100000"),
        (vec![values("fast", &[3.0, 2.0, 3.0])], "fast: found 3 twice, expected each value once"),
        (
            vec![range("fast", 5.0, 4.0, 1.0)],
            "fast: found min 5, max 4, step 1, accepted: min at most max, step above 0",
        ),
        (
            vec![range("fast", 1.0, 4.0, 0.0)],
            "fast: found min 1, max 4, step 0, accepted: min at most max, step above 0",
        ),
        (vec![range("fast", 1.0, 2e6, 1.0)], "fast: found 2000000 values, accepted: at most 100000; take a wider step"),
    ] {
        assert_eq!(refused(&choices), wanted);
    }
    let large =
        Space::new(RuleName::SmaCross, &[range("fast", 1.0, 2_000.0, 1.0), range("slow", 1.0, 501.0, 1.0)]).unwrap();
    let refused = |method, trials| Plan::new(&large, method, trials, 1).unwrap_err();
    assert_eq!(refused(Method::Grid, None), MethodFault::Grid { points: 1_002_000 });
    assert_eq!(refused(Method::Grid, Some(5)), MethodFault::GridTrials);
    assert_eq!(refused(Method::Random, Some(0)), MethodFault::Trials { method: Method::Random, found: 0 });
    assert_eq!(refused(Method::Tpe, Some(10_001)), MethodFault::Trials { method: Method::Tpe, found: 10_001 });
    let told = Method::find("griid").unwrap_err().to_string();
    assert!(told.starts_with("no method is called griid; nearest: grid"), "{told}");
    let told = Objective::find("sharp").unwrap_err().to_string();
    assert!(told.starts_with("no measure is called sharp; nearest: sharpe"), "{told}");
    let told = |list: &str| Objective::list(list).unwrap_err().to_string();
    assert_eq!(told("sharpe,-sharpe"), "found sharpe twice, expected each measure once");
    assert_eq!(told("sharpe,ulcer,calmar,omega,upi"), "found 5 measures, accepted: at most 4");
    assert_eq!(Method::find("genetic"), Ok(Method::Nsga2), "a name that it had before");
    let ulcer = Objective::find("-ulcer").unwrap();
    assert!(ulcer.score(Some(2.0)) < ulcer.score(Some(1.0)) && ulcer.score(None) < ulcer.score(Some(1e9)));
}

/// Somebody to whom `fast` above `slow` is impossible, whose books hold no `fast` of 3, and who counts runs.
#[derive(Debug, Default)]
struct Picky {
    runs: AtomicUsize,
}

impl Picky {
    fn seat(set: &Set) -> Result<(), PastFault> {
        if set[0].1 > set[1].1 { Err(PastFault::Told("impossible".to_owned())) } else { Ok(()) }
    }
}

impl Past for Picky {
    fn bars(&self) -> usize {
        10
    }

    fn cash(&self) -> f64 {
        1.0
    }

    fn periods_per_year(&self) -> f64 {
        1.0
    }

    fn needs(&self, _: &Set) -> Result<usize, PastFault> {
        Ok(1)
    }

    fn over<'a>(&'a self, _: &[Range<usize>], _: &'a [Objective]) -> Box<dyn Ground + 'a> {
        Box::new(OfPicky(self))
    }

    fn tested(&self, _: &Set, _: usize, test: &Range<usize>) -> Result<Vec<f64>, PastFault> {
        Ok(self.idle(test))
    }
}

#[derive(Debug)]
struct OfPicky<'a>(&'a Picky);

impl Ground for OfPicky<'_> {
    fn announce(&mut self, set: &Set) -> Result<(), PastFault> {
        Picky::seat(set)
    }

    fn run(&self, set: &Set) -> Result<Came, PastFault> {
        self.0.runs.fetch_add(1, Ordering::Relaxed);
        Picky::seat(set)?;
        if set[0].1 == 3.0 {
            return Err(PastFault::Told("more than the books hold".to_owned()));
        }
        Ok(Came { objectives: [Some(set[0].1), None, None, None], ..Came::default() })
    }

    fn account(&self, _: &Set) -> Result<Vec<f64>, PastFault> {
        Ok(vec![1.0; 10])
    }
}

/// What cannot be kept, where that is.
#[derive(Debug)]
struct Full;

impl Memory for Full {
    fn known(&self, _: Scope, _: u64) -> Option<Trial> {
        None
    }

    fn keep(&self, _: Scope, _: &Trial) -> Result<(), String> {
        Err("no space left".to_owned())
    }
}

#[test]
fn what_cannot_be_is_refused_where_all_is_known_and_a_trial_without_a_value_where_it_is_searched() {
    let (past, space) = (Picky::default(), space());
    let objectives = Objective::list("sharpe").unwrap();
    let sweep = Sweep { past: &past, space: &space, objectives: &objectives, threads: 2, memory: &Forgetful };
    let run = |method, trials| sweep.search(Plan::new(&space, method, trials, 5).unwrap(), Shard::WHOLE, &|_| ());
    for (method, trials) in [(Method::Grid, None), (Method::Random, Some(200))] {
        assert!(matches!(run(method, trials), Err(SweepFault::Point { .. })), "{method:?}");
    }
    assert_eq!(past.runs.load(Ordering::Relaxed), 0, "refused before anything runs");
    for method in [Method::Tpe, Method::Cmaes, Method::Nsga2] {
        let trials = run(method, Some(200)).unwrap();
        assert_eq!(trials.len(), 200, "{method:?}");
        for trial in &trials {
            let set: Vec<f64> = space.values(trial.point).map(|(_, value)| value).collect();
            let told = if set[0] > set[1] {
                Some("impossible")
            } else {
                (set[0] == 3.0).then_some("more than the books hold")
            };
            assert_eq!(trial.fault.as_deref(), told, "{set:?}");
            assert_eq!(trial.score() > f64::NEG_INFINITY, told.is_none(), "{trial:?}");
        }
        assert!(trials.iter().any(|trial| trial.fault.as_deref() == Some("impossible")), "{method:?}");
        assert!(best(&trials).is_some_and(|best| best.fault.is_none()));
        assert!(sweep.doubt(&trials).unwrap().unwrap().without_ratio == 200);
    }
}

#[test]
fn after_a_fault_that_ends_a_sweep_nothing_more_is_begun() {
    let (past, space) = (Picky::default(), held(&["fast <= slow"]));
    let objectives = Objective::list("sharpe").unwrap();
    let sweep = Sweep { past: &past, space: &space, objectives: &objectives, threads: 1, memory: &Full };
    let ended = sweep.search(Plan::new(&space, Method::Grid, None, 5).unwrap(), Shard::WHOLE, &|_| ());
    assert_eq!(ended, Err(SweepFault::Memory { told: "no space left".to_owned() }));
    assert_eq!(past.runs.load(Ordering::Relaxed), 1, "of hundreds");
}
