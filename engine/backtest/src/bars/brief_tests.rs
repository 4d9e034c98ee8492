//! The short way held against the long one: columns that are shared against streams, sums against curves.

use super::account::{self, Closed, Sizing, Terms};
use super::brief::{self, MEASURES};
use super::rule::{Rule, RuleName};
use super::run::{run, run_over};
use super::series::{Bar, Series};
use crate::dice::Dice;

/// A price that walks about, with gaps.
pub(super) fn walk(dice: &mut Dice, bars: usize) -> Series {
    let (mut series, mut px) = (Series::default(), 100.0);
    for n in 0..bars {
        let open = px * (1.0 + 0.004 * dice.normal());
        let close = open * (1.0 + 0.01 * dice.normal());
        let (high, low) =
            (open.max(close) * (1.0 + 0.004 * dice.share()), open.min(close) * (1.0 - 0.004 * dice.share()));
        series.push(Bar { time_ms: n as i64 * 60_000, open, high, low, close }).expect("a bar");
        px = close;
    }
    series
}

/// Any rule, with windows that a short series fills.
pub(super) fn any_rule(dice: &mut Dice) -> Rule {
    let name = RuleName::ALL[dice.below(4) as usize];
    let mut set = Vec::new();
    for param in name.params() {
        let value = match param.name {
            "k" => 0.3 + 2.0 * dice.share(),
            "low" => 30.0 + 30.0 * dice.share(),
            "high" => 55.0 + 25.0 * dice.share(),
            _ => 1.0 + dice.below(40) as f64,
        };
        set.push((param.name, value));
    }
    Rule::new(name, set).expect("a rule")
}

fn any_terms(dice: &mut Dice) -> Terms {
    let mut one_in = |n: u64| dice.below(n) == 0;
    let (units, stop, target) = (one_in(2), one_in(2), one_in(2));
    Terms {
        cash: 10_000.0,
        fee: 0.001 * dice.share(),
        slippage: 0.001 * dice.share(),
        sizing: if units { Sizing::Units(1.0 + dice.below(50) as f64) } else { Sizing::AllIn },
        stop: stop.then(|| 0.005 + 0.05 * dice.share()),
        target: target.then(|| 0.005 + 0.05 * dice.share()),
    }
}

fn is_near(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1e-6),
        _ => false,
    }
}

#[test]
fn a_rule_judges_shared_columns_as_it_does_its_own_stream() {
    for seed in 0..400 {
        let mut dice = Dice(seed);
        let (series, rule) = (walk(&mut dice, 300), any_rule(&mut dice));
        let columns: Vec<Vec<f64>> = rule.columns().into_iter().map(|column| column.of(&series)).collect();
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        assert_eq!(rule.judged(&series, &columns), rule.wanted(&series), "seed {seed}, {rule:?}");
    }
}

#[test]
fn a_brief_run_says_what_the_whole_one_says() {
    let (mut traded, mut left) = (0, 0);
    for seed in 0..600 {
        let mut dice = Dice(seed);
        let bars = 2 + dice.below(700) as usize;
        let (series, rule, terms) = (walk(&mut dice, bars), any_rule(&mut dice), any_terms(&mut dice));
        let wanted = rule.wanted(&series);
        let whole = run(&series, &rule, &terms, 365.0);
        let brief = brief::run(&series, &wanted, &terms, 365.0);
        let (whole, brief) = match (whole, brief) {
            (Ok(whole), Ok(Some(brief))) => (whole, brief),
            // What cannot be short cannot be so either way; what never traded has no curve to sum.
            (Err(a), Err(b)) => {
                assert_eq!(a, b, "seed {seed}");
                continue;
            }
            (whole, brief) => panic!("seed {seed}: {whole:?} {brief:?}"),
        };
        for ((name, wanted), (_, found)) in whole.curve.named().into_iter().zip(brief.curve.named()) {
            if MEASURES.contains(&name) {
                assert!(is_near(wanted, found), "seed {seed}, {name}: found {found:?}, expected {wanted:?}");
            }
        }
        let closed = |of: &[Closed]| -> Vec<_> { of.iter().map(|of| (of.trade, of.exit_px, of.left)).collect() };
        assert_eq!(closed(&brief.trades), closed(&whole.outcome.trades), "seed {seed}");
        assert_eq!(brief.trade_measures(), whole.trades, "seed {seed}");
        assert!(is_near(Some(brief.equity_final), Some(whole.equity_final(&terms))), "seed {seed}");
        traded += brief.trades.len();
        left += brief.trades.iter().filter(|closed| closed.left != account::Left::Signal).count();
    }
    assert!(traded > 2_000 && left > 500, "{traded} trades, {left} by stop or target do not try it");
}

#[test]
fn stretches_are_begun_anew_and_go_on_in_value_the_short_way_and_the_long_one() {
    for seed in 0..200 {
        let mut dice = Dice(seed);
        let (series, rule) = (walk(&mut dice, 500), any_rule(&mut dice));
        let terms = Terms { sizing: Sizing::Units(1.0 + dice.below(50) as f64), ..any_terms(&mut dice) };
        let parts = [series.part(0..150), series.part(200..260), series.part(300..500)];
        let (mut brief, mut worth, mut trades) = (brief::Stretches::new(), terms.cash, 0);
        for part in &parts {
            brief.go(part, &rule.wanted(part), &terms).expect("units can be short");
            let alone = run(part, &rule, &terms, 365.0).expect("units can be short");
            worth *= alone.equity_final(&terms) / terms.cash;
            trades += alone.outcome.trades.len();
        }
        let whole = run_over(&parts, &rule, &terms, 365.0).expect("units can be short");
        assert!(is_near(Some(worth), Some(whole.equity_final(&terms))), "seed {seed}");
        assert_eq!((whole.outcome.equity.len(), whole.outcome.trades.len()), (410, trades), "seed {seed}");
        assert!(whole.outcome.trades.is_sorted_by_key(|closed| closed.trade.exit_bar), "seed {seed}");
        let Some(brief) = brief.end(&terms, 365.0) else { panic!("seed {seed}: it moves") };
        for ((name, wanted), (_, found)) in whole.curve.named().into_iter().zip(brief.curve.named()) {
            if MEASURES.contains(&name) {
                assert!(is_near(wanted, found), "seed {seed}, {name}: found {found:?}, expected {wanted:?}");
            }
        }
        let closed = |of: &[Closed]| -> Vec<_> { of.iter().map(|of| (of.trade, of.exit_px, of.left)).collect() };
        assert_eq!(closed(&brief.trades), closed(&whole.outcome.trades), "seed {seed}");
        assert_eq!(brief.trade_measures(), whole.trades, "seed {seed}");
    }
}
