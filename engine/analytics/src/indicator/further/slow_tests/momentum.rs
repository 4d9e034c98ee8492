//! Relative strength of other kinds, countdowns, divergences.

use super::trend::run_plain;
use super::{BARS, bars, mean, rows, run, same, variance, window};

#[test]
fn the_smoothed_strength_is_the_public_scripts() {
    let bars = bars();
    let n = 14.0;
    let (f18, f20) = (3.0 / (n + 2.0), 1.0 - 3.0 / (n + 2.0));
    // A stage of the script: once and twice smoothed, from nothing, over the changes.
    let stage = |values: &[f64]| {
        let (mut once, mut twice) = (vec![0.0], vec![0.0]);
        for (row, value) in values.iter().enumerate() {
            once.push(f20 * once[row] + f18 * value);
            twice.push(f18 * once[row + 1] + f20 * twice[row]);
        }
        (0..values.len()).map(|row| once[row + 1] * 1.5 - twice[row + 1] * 0.5).collect::<Vec<_>>()
    };
    let changes: Vec<_> = bars.close.windows(2).map(|pair| 100.0 * (pair[1] - pair[0])).collect();
    let sizes: Vec<_> = changes.iter().map(|change| change.abs()).collect();
    let (up, all) = (stage(&stage(&stage(&changes))), stage(&stage(&stage(&sizes))));
    let wanted =
        rows(|row| if row < 13 { f64::NAN } else { ((up[row - 1] / all[row - 1] + 1.0) * 50.0).clamp(0.0, 100.0) });
    same("RSX", &run("RSX", &[], &[&bars.close])[0], &wanted);
}

#[test]
fn the_dynamic_index_looks_back_as_far_as_the_market_is_quiet() {
    let bars = bars();
    let deviation = rows(|row| window(&bars.close, row, 5).map_or(f64::NAN, |window| variance(window, 0.0).sqrt()));
    let mut lengths = std::collections::BTreeSet::new();
    let mut wanted = vec![f64::NAN; BARS];
    for row in 30..BARS {
        let volatility = deviation[row] / mean(window(&deviation, row, 10).expect("deviations"));
        let length = ((14.0 / volatility) as usize).clamp(5, 30);
        lengths.insert(length);
        let changes = || (row + 1 - length..=row).map(|at| bars.close[at] - bars.close[at - 1]);
        let up: f64 = changes().filter(|change| *change > 0.0).sum();
        let all: f64 = changes().map(f64::abs).sum();
        wanted[row] = 100.0 * up / all;
    }
    assert!(lengths.len() > 10, "{lengths:?}");
    same("DYN_MI", &run("DYN_MI", &[], &[&bars.close])[0], &wanted);
}

#[test]
fn woodies_are_two_channel_indexes() {
    let bars = bars();
    let columns: [&[f64]; 3] = [&bars.high, &bars.low, &bars.close];
    let got = run("WOODIES_CCI", &[], &columns);
    same("WOODIES_CCI", &got[0], &run_plain("CCI", &columns));
    let typical = rows(|row| (bars.high[row] + bars.low[row] + bars.close[row]) / 3.0);
    let turbo = rows(|row| {
        let Some(window) = window(&typical, row, 6) else { return f64::NAN };
        let middle = mean(window);
        let off = mean(&window.iter().map(|value| (value - middle).abs()).collect::<Vec<_>>());
        (typical[row] - middle) / (0.015 * off)
    });
    same("WOODIES_CCI", &got[1], &turbo);
}

#[test]
fn a_countdown_runs_from_a_setup_of_nine_to_thirteen() {
    let bars = bars();
    // Shorter swings, so that setups complete on both sides.
    let close: Vec<f64> = rows(|row| 500.0 + 60.0 * (row as f64 / 25.0).sin() + (row % 3) as f64);
    let (high, low) = (rows(|row| close[row] + 2.0), rows(|row| close[row] - 2.0));
    for (high, low, close) in [(&high, &low, &close), (&bars.high, &bars.low, &bars.close)] {
        let streak =
            |row: usize, sign: f64| (4..=row).rev().take_while(|at| (close[*at] - close[at - 4]) * sign > 0.0).count();
        let setup = rows(|row| if row < 4 { f64::NAN } else { streak(row, 1.0) as f64 - streak(row, -1.0) as f64 });
        let mut countdown = vec![f64::NAN; 4];
        // Side, and the bars that counted.
        let mut running: Option<(f64, u32)> = None;
        for row in 4..BARS {
            if running.is_some_and(|(_, count)| count == 13) {
                running = None;
            }
            for side in [1.0, -1.0] {
                if (setup[row] * side - 9.0).abs() < 0.5 && running.is_none_or(|(running, _)| running * side < 0.0) {
                    running = Some((side, 0));
                }
            }
            let mut told = 0.0;
            if let Some((side, count)) = &mut running {
                let counts = if *side > 0.0 { close[row] >= high[row - 2] } else { close[row] <= low[row - 2] };
                *count += u32::from(counts);
                told = *side * f64::from(*count);
            }
            countdown.push(told);
        }
        let got = run("TD_SEQ", &[], &[high, low, close]);
        same("TD_SEQ", &got[0], &setup);
        same("TD_SEQ", &got[1], &countdown);
        if close[0] > 499.0 {
            assert!(countdown.contains(&13.0) && countdown.contains(&-13.0), "both sides are counted out");
        }
    }
}

#[test]
fn turns_of_price_and_oscillator_are_compared_with_the_turn_before() {
    let bars = bars();
    let strength = run_plain("RSI", &[&bars.close]);
    // From its first value on, on quarters, so that equal ones occur.
    let oscillator: Vec<_> = strength[14..].iter().map(|value| (value * 4.0).round() / 4.0).collect();
    let (high, low) = (&bars.high[14..], &bars.low[14..]);
    let n = 5;
    let turns = |sign: f64| -> Vec<usize> {
        let is = |at: &usize| {
            let value = sign * oscillator[*at];
            (at - n..*at).all(|other| sign * oscillator[other] < value)
                && (at + 1..=at + n).all(|other| sign * oscillator[other] <= value)
        };
        (n..oscillator.len() - n).filter(is).collect()
    };
    let (mut regular, mut hidden) = (vec![0.0; oscillator.len()], vec![0.0; oscillator.len()]);
    regular[..2 * n].fill(f64::NAN);
    hidden[..2 * n].fill(f64::NAN);
    for (sign, price) in [(1.0, high), (-1.0, low)] {
        for pair in turns(sign).windows(2) {
            let (before, at) = (pair[0], pair[1]);
            if !(5..=60).contains(&(at - before)) {
                continue;
            }
            let further = (price[at] - price[before]) * sign;
            let stronger = (oscillator[at] - oscillator[before]) * sign;
            if further > 0.0 && stronger < 0.0 {
                regular[at + n] -= sign;
            }
            if further < 0.0 && stronger > 0.0 {
                hidden[at + n] -= sign;
            }
        }
    }
    for told in [&regular, &hidden] {
        assert!(told.contains(&1.0) && told.contains(&-1.0), "both sides diverge");
    }
    let got = run("DIVERGENCE", &[], &[high, low, &oscillator]);
    same("DIVERGENCE", &got[0], &regular);
    same("DIVERGENCE", &got[1], &hidden);
}
