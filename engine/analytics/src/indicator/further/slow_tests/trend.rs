//! Turns, structure, regimes.

use super::{BARS, Dice, bars, greatest, least, rows, run, same};
use crate::indicator::catalogue::find;

/// Turns that are small enough for some to occur.
const PERCENT: [(&str, f64); 1] = [("pct", 2.0)];

/// Bar at which a turn was known, its own bar, its price: of the zigzag, which has an oracle.
fn turns(high: &[f64], low: &[f64]) -> Vec<(usize, usize, f64)> {
    let mut zigzag = find("ZIGZAG").expect("an entry").make(&PERCENT).expect("in range");
    let (mut turns, mut told) = (Vec::new(), [0.0; 2]);
    for row in 0..high.len() {
        zigzag.update(&[high[row], low[row]], &mut told);
        if !told[0].is_nan() {
            turns.push((row, row - zigzag.back(0), told[0]));
        }
    }
    turns
}

#[test]
fn levels_are_shares_of_the_leg_since_the_last_turn() {
    let bars = bars();
    let turns = turns(&bars.high, &bars.low);
    assert!(turns.len() > 10, "it turns");
    let got = run("AUTOFIB", &PERCENT, &[&bars.high, &bars.low]);
    for (got, share) in got.iter().zip([0.0, 0.236, 0.382, 0.5, 0.618, 0.786, 1.0]) {
        let wanted = rows(|row| {
            let Some((_, at, price)) = turns.iter().rfind(|(known, ..)| *known <= row) else { return f64::NAN };
            let is_low = (*price - bars.low[*at]).abs() < 1e-9 && *price < bars.high[row];
            let reached = if is_low { greatest(&bars.high[at + 1..=row]) } else { least(&bars.low[at + 1..=row]) };
            reached + (price - reached) * share
        });
        same("AUTOFIB", got, &wanted);
    }
}

#[test]
fn a_fork_lies_on_the_last_three_turns() {
    let bars = bars();
    let turns = turns(&bars.high, &bars.low);
    let got = run("PITCHFORK", &PERCENT, &[&bars.high, &bars.low]);
    let line = |row: usize, pick: fn([f64; 3]) -> f64| {
        let known: Vec<_> = turns.iter().filter(|(known, ..)| *known <= row).collect();
        let [.., (_, t0, p0), (_, t1, p1), (_, t2, p2)] = known[..] else { return f64::NAN };
        let (rise, run) = ((p1 + p2) / 2.0 - p0, (*t1 + *t2) as f64 / 2.0 - *t0 as f64);
        let through = |time: usize, price: f64| price + rise / run * (row as f64 - time as f64);
        pick([through(*t0, *p0), through(*t1, *p1), through(*t2, *p2)])
    };
    same("PITCHFORK", &got[0], &rows(|row| line(row, |[median, ..]| median)));
    same("PITCHFORK", &got[1], &rows(|row| line(row, |[_, one, two]| if one.is_nan() { one } else { one.max(two) })));
    same("PITCHFORK", &got[2], &rows(|row| line(row, |[_, one, two]| if one.is_nan() { one } else { one.min(two) })));
}

#[test]
fn a_regime_is_read_from_strength_and_sides() {
    let mut bars = bars();
    // Up, nowhere, down.
    let (mut dice, mut close) = (Dice(23), 500.0);
    for row in 0..BARS {
        close += [1.0, 0.0, -1.0][row * 3 / BARS] + (dice.next(17) - 8.0) / 4.0;
        let [high, low] = [close + dice.next(9) / 4.0, close - dice.next(9) / 4.0];
        (bars.high[row], bars.low[row], bars.close[row]) = (high, low, close);
    }
    let of = |name: &str| run_plain(name, &[&bars.high, &bars.low, &bars.close]);
    let (strength, plus, minus) = (of("ADX"), of("PLUS_DI"), of("MINUS_DI"));
    let mut label = 0.0;
    let mut wanted = Vec::new();
    for row in 0..BARS {
        if strength[row] >= 25.0 {
            label = (plus[row] - minus[row]).signum();
        } else if strength[row] < 20.0 {
            label = 0.0;
        }
        wanted.push(if strength[row].is_nan() { f64::NAN } else { label });
    }
    for label in [-1.0, 0.0, 1.0] {
        assert!(wanted.contains(&label), "{label} occurs");
    }
    same("TREND_REGIME", &run("TREND_REGIME", &[], &[&bars.high, &bars.low, &bars.close])[0], &wanted);
}

/// A row that has an oracle, over a series.
pub(super) fn run_plain(name: &str, columns: &[&[f64]]) -> Vec<f64> {
    let entry = find(name).expect("an entry");
    let mut values = vec![vec![0.0; columns[0].len()]; entry.outputs.len()];
    let mut made = entry.make(&[]).expect("defaults");
    made.run(columns, &mut values.iter_mut().map(Vec::as_mut_slice).collect::<Vec<_>>());
    values.remove(0)
}

#[test]
fn structure_is_read_from_all_swings_anew_at_each_bar() {
    let bars = bars();
    let n = 5;
    let swing_high = |at: usize| {
        (at - n..at).all(|other| bars.high[other] < bars.high[at])
            && (at + 1..=at + n).all(|other| bars.high[other] <= bars.high[at])
    };
    let swing_low = |at: usize| {
        (at - n..at).all(|other| bars.low[other] > bars.low[at])
            && (at + 1..=at + n).all(|other| bars.low[other] >= bars.low[at])
    };
    let mut wanted = vec![vec![f64::NAN; BARS]; 6];
    let (mut direction, mut block) = (0.0, (f64::NAN, f64::NAN));
    for row in 2 * n..BARS {
        // The last swing that was known before this bar, unless a close has gone beyond it since it was known.
        let open_high = (n..row - n).rev().find(|at| swing_high(*at)).map(|at| (at, bars.high[at]));
        let open_low = (n..row - n).rev().find(|at| swing_low(*at)).map(|at| (at, bars.low[at]));
        let high = open_high.filter(|(at, price)| (at + n + 1..row).all(|since| bars.close[since] <= *price));
        let low = open_low.filter(|(at, price)| (at + n + 1..row).all(|since| bars.close[since] >= *price));
        let colour = |sign: f64| {
            let newest = (0..row).rev().find(|at| (bars.close[*at] - bars.open[*at]) * sign > 0.0);
            newest.map_or((f64::NAN, f64::NAN), |at| (bars.high[at], bars.low[at]))
        };
        let (mut broken, mut sweep) = (0.0, 0.0);
        if let Some((_, price)) = low {
            if bars.close[row] < price {
                broken = -1.0;
            } else if bars.low[row] < price {
                sweep = 1.0;
            }
        }
        if let Some((_, price)) = high {
            if bars.close[row] > price {
                broken = 1.0;
            } else if bars.high[row] > price && sweep == 0.0 {
                sweep = -1.0;
            }
        }
        if broken != 0.0 {
            block = colour(-broken);
        }
        let gap = if bars.low[row] > bars.high[row - 2] {
            1.0
        } else if bars.high[row] < bars.low[row - 2] {
            -1.0
        } else {
            0.0
        };
        let (bos, choch) = if broken * direction > 0.0 { (broken, 0.0) } else { (0.0, broken) };
        if broken != 0.0 {
            direction = broken;
        }
        for (column, value) in wanted.iter_mut().zip([bos, choch, gap, sweep, block.0, block.1]) {
            column[row] = value;
        }
    }
    let got = run("SMC", &[], &[&bars.open, &bars.high, &bars.low, &bars.close]);
    for (name, (got, wanted)) in
        ["bos", "choch", "fvg", "sweep", "ob_high", "ob_low"].iter().zip(got.iter().zip(&wanted))
    {
        same(name, got, wanted);
    }
}
