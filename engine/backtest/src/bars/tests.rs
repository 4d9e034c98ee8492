//! What the conventions say, each in a run of a few bars.

use super::account::{Left, Outcome, RunFault, Sizing, Terms, run};
use super::rule::{Rule, RuleFault, RuleName};
use super::series::{Bar, BarFault, Series};
use engine_analytics::signal::Wanted::{self, Flat, Long, Short};

fn series(bars: &[(f64, f64, f64, f64)]) -> Series {
    let mut series = Series::default();
    for (n, (open, high, low, close)) in bars.iter().copied().enumerate() {
        series.push(Bar { time_ms: n as i64, open, high, low, close }).unwrap();
    }
    series
}

/// A bar that only has an open and a close.
fn bar(open: f64, close: f64) -> (f64, f64, f64, f64) {
    (open, open.max(close), open.min(close), close)
}

fn outcome(bars: &[(f64, f64, f64, f64)], wanted: &[Wanted], terms: Terms) -> Outcome {
    run(&series(bars), wanted, &terms).unwrap()
}

const TERMS: Terms =
    Terms { cash: 1_000.0, fee: 0.0, slippage: 0.0, sizing: Sizing::Units(1.0), stop: None, target: None };

#[test]
fn what_is_wanted_after_a_close_is_traded_at_the_next_open() {
    let bars = [bar(10.0, 11.0), bar(12.0, 13.0), bar(14.0, 15.0), bar(16.0, 17.0)];
    let done = outcome(&bars, &[Long, Long, Flat, Flat], Terms { fee: 0.1, slippage: 0.5, ..TERMS });
    let [closed] = done.trades[..] else { panic!("{done:?}") };
    assert_eq!((closed.position.entry_bar, closed.position.entry_px), (1, 18.0), "12 and half of it");
    assert_eq!((closed.trade.exit_bar, closed.exit_px, closed.left), (3, 8.0, Left::Signal), "half of 16");
    assert!((closed.trade.fees - 2.6).abs() < 1e-12 && (closed.trade.pnl + 12.6).abs() < 1e-12, "{closed:?}");
    assert!((closed.trade.share + 0.7).abs() < 1e-12, "{closed:?}");
    // Cash 1000 - 18 - 1.8, and a unit at 13, then 15; at the end 8 - 0.8 came in.
    let wanted = [1_000.0, 993.2, 995.2, 987.4];
    assert!(done.equity.iter().zip(wanted).all(|(got, wanted)| (got - wanted).abs() < 1e-9), "{:?}", done.equity);
    assert_eq!((done.held, done.open), (2, None));
}

#[test]
fn turning_round_is_two_fills_at_one_open() {
    let bars = [bar(10.0, 10.0), bar(10.0, 10.0), bar(20.0, 20.0), bar(5.0, 5.0)];
    let done = outcome(&bars, &[Long, Short, Flat, Flat], Terms { fee: 0.01, ..TERMS });
    let pnl: Vec<_> = done.trades.iter().map(|closed| (closed.position.side, closed.trade.pnl)).collect();
    assert_eq!(pnl.len(), 2);
    assert!(pnl[0].0 == Long && (pnl[0].1 - 9.7).abs() < 1e-12, "{pnl:?}");
    assert!(pnl[1].0 == Short && (pnl[1].1 - 14.75).abs() < 1e-12, "{pnl:?}");
    assert!((done.trades.iter().map(|closed| closed.trade.fees).sum::<f64>() - 0.55).abs() < 1e-12);
}

#[test]
fn the_stop_is_looked_at_before_the_target_and_a_gap_is_filled_at_the_open() {
    let terms = Terms { stop: Some(0.1), target: Some(0.1), ..TERMS };
    // Signal at 100: stop 90, target 110. One bar reaches both.
    let both = [bar(100.0, 100.0), (100.0, 120.0, 80.0, 100.0), bar(100.0, 100.0)];
    let done = outcome(&both, &[Long, Long, Long], terms);
    assert_eq!((done.trades[0].exit_px, done.trades[0].left, done.trades[0].trade.exit_bar), (90.0, Left::Stop, 1));
    let gap = [bar(100.0, 100.0), bar(100.0, 100.0), bar(85.0, 95.0)];
    let done = outcome(&gap, &[Long, Long, Long], terms);
    assert_eq!((done.trades[0].exit_px, done.trades[0].left), (85.0, Left::Stop), "opened below the stop");
    let gain = [bar(100.0, 100.0), bar(100.0, 105.0), bar(115.0, 105.0)];
    let done = outcome(&gain, &[Long, Long, Long], terms);
    assert_eq!((done.trades[0].exit_px, done.trades[0].left), (115.0, Left::Target), "opened above the target");
    let short = [bar(100.0, 100.0), bar(100.0, 100.0), (100.0, 111.0, 85.0, 100.0)];
    let done = outcome(&short, &[Short, Short, Short], terms);
    assert!((done.trades[0].exit_px - 110.0).abs() < 1e-12 && done.trades[0].left == Left::Stop, "{done:?}");
}

#[test]
fn what_left_at_a_stop_comes_again_only_when_something_else_was_wanted() {
    let terms = Terms { stop: Some(0.1), ..TERMS };
    let fall = (100.0, 100.0, 80.0, 100.0);
    let bars = [bar(100.0, 100.0), fall, bar(100.0, 100.0), bar(100.0, 100.0), bar(100.0, 100.0), bar(100.0, 100.0)];
    let stays = outcome(&bars, &[Long; 6], terms);
    assert_eq!((stays.trades.len(), stays.open, stays.held), (1, None, 0));
    let again = outcome(&bars, &[Long, Long, Flat, Long, Long, Long], terms);
    assert_eq!(again.open.map(|open| open.entry_bar), Some(4));
}

#[test]
fn all_in_buys_what_the_cash_pays_and_is_never_short() {
    let bars = [bar(10.0, 10.0), bar(10.0, 10.0), bar(11.0, 11.0)];
    let terms = Terms { fee: 0.25, sizing: Sizing::AllIn, ..TERMS };
    let done = outcome(&bars, &[Long, Long, Long], terms);
    assert_eq!(done.open.map(|open| open.units), Some(80.0), "1000 / (10 * 1.25)");
    assert_eq!(done.equity, [1_000.0, 800.0, 880.0]);
    assert_eq!(run(&series(&bars), &[Short, Short, Short], &terms), Err(RunFault::ShortAllIn { bar: 1 }));
}

#[test]
fn a_run_of_no_bar_is_empty_and_what_is_wanted_last_is_never_had() {
    assert_eq!(run(&Series::default(), &[], &TERMS), Ok(Outcome::default()));
    let done = outcome(&[bar(10.0, 10.0)], &[Long], TERMS);
    assert_eq!((done.equity, done.open, done.trades.len()), (vec![1_000.0], None, 0));
}

#[test]
fn a_bar_that_cannot_be_is_named_by_its_row() {
    let mut series = series(&[bar(10.0, 10.0)]);
    let good = Bar { time_ms: 5, open: 10.0, high: 12.0, low: 9.0, close: 11.0 };
    let fault = series.push(Bar { time_ms: 0, ..good }).unwrap_err();
    assert_eq!(fault, BarFault::Time { row: 1, found: 0, before: 0 });
    for (name, bar) in [
        ("open", Bar { open: f64::NAN, ..good }),
        ("high", Bar { high: f64::INFINITY, ..good }),
        ("low", Bar { low: 0.0, ..good }),
        ("close", Bar { close: -1.0, ..good }),
    ] {
        let fault = series.push(bar).unwrap_err().to_string();
        assert!(fault.starts_with(&format!("row 2 (below the names): {name} is ")), "{fault}");
    }
    let fault = series.push(Bar { low: 10.5, ..good }).unwrap_err().to_string();
    assert_eq!(fault, "row 2 (below the names): open 10 and close 11 do not lie between low 10.5 and high 12");
    series.push(good).unwrap();
    assert_eq!(series.len(), 2, "what was refused left nothing behind");
}

#[test]
fn a_mistyped_name_gets_the_nearest_and_a_value_out_of_range_its_bounds() {
    let told = |fault: RuleFault| fault.to_string();
    let unknown = told(RuleName::find("sma_cros").unwrap_err());
    assert!(unknown.starts_with("no strategy is called sma_cros; nearest: sma_cross"), "{unknown}");
    let param = told(Rule::new(RuleName::Donchian, [("entyr", 3.0)]).unwrap_err());
    assert_eq!(param, "donchian has no parameter entyr; nearest: entry, exit");
    for bad in [0.0, 1.5, -1.0, f64::NAN, 1e9] {
        let range = told(Rule::new(RuleName::SmaCross, [("fast", bad)]).unwrap_err());
        assert_eq!(range, format!("sma_cross fast: found {bad}, accepted: a whole number from 1 to 100000"));
    }
    let rule = Rule::new(RuleName::SmaCross, [("slow", 30.0)]).unwrap();
    assert_eq!(rule.values().collect::<Vec<_>>(), [("fast", 20.0), ("slow", 30.0)]);
}

/// A strategy that sees the future changes its mind about the past when the future changes.
#[test]
fn no_rule_looks_at_a_bar_before_its_close() {
    let mut state = 5_u64;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / f64::from(1 << 24)
    };
    let mut px = 100.0;
    let bars: Vec<_> = (0..600)
        .map(|_| {
            let open = px;
            px *= 1.0 + (draw() - 0.5) * 0.04;
            (open, open.max(px) * 1.002, open.min(px) * 0.998, px)
        })
        .collect();
    for name in RuleName::ALL {
        let rule = Rule::new(name, []).unwrap();
        let whole = rule.wanted(&series(&bars));
        assert!(whole.iter().any(|wanted| *wanted != Flat), "{}: the bars do not try it", name.name());
        for cut in [100, 333, 599] {
            assert_eq!(rule.wanted(&series(&bars[..cut])), whole[..cut], "{} at {cut}", name.name());
        }
    }
}
