//! Averages and stops.

use super::{atr, bars, ema, greatest, least, mean, rows, run, same, window};

#[test]
fn guppy_is_twelve_exponential_averages() {
    let bars = bars();
    let got = run("GMMA", &[], &[&bars.close]);
    for (got, length) in got.iter().zip([3, 5, 8, 10, 12, 15, 30, 35, 40, 45, 50, 60]) {
        same("GMMA", got, &ema(&bars.close, length, 2.0 / (length as f64 + 1.0)));
    }
}

#[test]
fn a_rainbow_is_averages_of_averages() {
    let bars = bars();
    let mut wanted = bars.close.clone();
    for got in run("RAINBOW", &[("length", 3.0)], &[&bars.close]) {
        wanted = rows(|row| window(&wanted, row, 3).map_or(f64::NAN, mean));
        same("RAINBOW", &got, &wanted);
    }
}

#[test]
fn holt_and_winters_average_is_level_trend_and_change() {
    let bars = bars();
    let [na, nb, nc] = [0.2, 0.1, 0.1];
    let (mut f, mut v, mut a) = (vec![bars.close[0]], vec![0.0], vec![0.0]);
    for (row, price) in bars.close.iter().enumerate() {
        f.push((1.0 - na) * (f[row] + v[row] + a[row] / 2.0) + na * price);
        v.push((1.0 - nb) * (v[row] + a[row]) + nb * (f[row + 1] - f[row]));
        a.push((1.0 - nc) * a[row] + nc * (v[row + 1] - v[row]));
    }
    same("HWMA", &run("HWMA", &[], &[&bars.close])[0], &rows(|row| f[row + 1] + v[row + 1] + a[row + 1] / 2.0));
}

#[test]
fn juriks_average_is_evergets() {
    let bars = bars();
    for (length, phase, ratio) in [(7.0, 0.0, 1.5), (20.0, 100.0, 2.5), (9.0, -100.0, 0.5)] {
        let beta: f64 = 0.45 * (length - 1.0) / (0.45 * (length - 1.0) + 2.0);
        let alpha = beta.powi(2);
        let (mut e0, mut e1, mut e2, mut jma) = (vec![bars.close[0]], vec![0.0], vec![0.0], vec![bars.close[0]]);
        for (row, src) in bars.close.iter().enumerate() {
            e0.push((1.0 - alpha) * src + alpha * e0[row]);
            e1.push((src - e0[row + 1]) * (1.0 - beta) + beta * e1[row]);
            let step = (e0[row + 1] + ratio * e1[row + 1] - jma[row]) * (1.0 - alpha).powi(2) + alpha.powi(2) * e2[row];
            e2.push(step);
            jma.push(step + jma[row]);
        }
        let wanted = rows(|row| if (row as f64) < length - 1.0 { f64::NAN } else { jma[row + 1] });
        same("JMA", &run("JMA", &[("length", length), ("phase", phase)], &[&bars.close])[0], &wanted);
    }
}

#[test]
fn a_longer_bar_is_known_when_it_is_over_and_not_before() {
    let bars = bars();
    let day = |row: usize| (bars.time_ms[row] / 86_400_000.0).floor() as i64;
    let wanted = rows(|row| {
        // The last close of each day before this bar's.
        let mut closes = Vec::new();
        for before in 1..=row {
            if day(before) != day(before - 1) {
                closes.push(bars.close[before - 1]);
            }
        }
        if closes.len() < 5 { f64::NAN } else { mean(&closes[closes.len() - 5..]) }
    });
    let got = run("MTF_MA", &[("length", 5.0)], &[&bars.close, &bars.time_ms]);
    same("MTF_MA", &got[0], &wanted);
    // What a bar says does not depend on what comes after it.
    let cut = 333;
    let short = run("MTF_MA", &[("length", 5.0)], &[&bars.close[..cut], &bars.time_ms[..cut]]);
    same("MTF_MA", &short[0], &got[0][..cut]);
}

#[test]
fn the_profit_maximiser_is_its_scripts() {
    let bars = bars();
    let middle = rows(|row| (bars.high[row] + bars.low[row]) / 2.0);
    let (average, range) = (ema(&middle, 10, 2.0 / 11.0), atr(&bars, 10));
    let (mut line, mut direction) = (vec![f64::NAN; middle.len()], vec![f64::NAN; middle.len()]);
    let (mut long_stop, mut short_stop, mut dir) = (f64::NAN, f64::NAN, 1.0);
    for row in 10..middle.len() {
        let ma = average[row];
        let (long, short) = (ma - 3.0 * range[row], ma + 3.0 * range[row]);
        let (long_before, short_before) = if row == 10 { (long, short) } else { (long_stop, short_stop) };
        long_stop = if ma > long_before { long.max(long_before) } else { long };
        short_stop = if ma < short_before { short.min(short_before) } else { short };
        dir = if dir < 0.0 && ma > short_before {
            1.0
        } else if dir > 0.0 && ma < long_before {
            -1.0
        } else {
            dir
        };
        (line[row], direction[row]) = (if dir > 0.0 { long_stop } else { short_stop }, dir);
    }
    assert!(direction.contains(&-1.0) && direction.contains(&1.0), "it turns");
    let got = run("PMAX", &[], &[&bars.high, &bars.low, &bars.close]);
    same("PMAX", &got[0], &line);
    same("PMAX", &got[1], &direction);
}

#[test]
fn the_bots_stop_is_its_scripts() {
    let bars = bars();
    let range = atr(&bars, 10);
    let (mut stop, mut signal) = (vec![f64::NAN; range.len()], vec![f64::NAN; range.len()]);
    for row in 10..range.len() {
        let (src, before, last) = (bars.close[row], bars.close[row - 1], stop[row - 1]);
        stop[row] = if row == 10 {
            src - range[row]
        } else if src > last && before > last {
            last.max(src - range[row])
        } else if src < last && before < last {
            last.min(src + range[row])
        } else if src > last {
            src - range[row]
        } else {
            src + range[row]
        };
        let crosses_up = row > 10 && before <= last && src > stop[row];
        let crosses_down = row > 10 && before >= last && src < stop[row];
        signal[row] = if crosses_up {
            1.0
        } else if crosses_down {
            -1.0
        } else {
            0.0
        };
    }
    assert!(signal.contains(&-1.0) && signal.contains(&1.0), "it signals");
    let got = run("UT_BOT", &[], &[&bars.high, &bars.low, &bars.close]);
    same("UT_BOT", &got[0], &stop);
    same("UT_BOT", &got[1], &signal);
}

#[test]
fn the_half_trend_is_its_scripts() {
    let bars = bars();
    let (n, range) = (bars.close.len(), atr(&bars, 100));
    let (mut line, mut direction) = (vec![f64::NAN; n], vec![f64::NAN; n]);
    // The script's words: trend 0 rises, 1 falls.
    let (mut trend, mut max_low, mut min_high, mut up, mut down) = (0, f64::NAN, f64::NAN, f64::NAN, f64::NAN);
    for row in 1..n {
        let (highs, lows) = (window(&bars.high, row, 2).unwrap(), window(&bars.low, row, 2).unwrap());
        let (high_price, low_price) = (greatest(highs), least(lows));
        let before = trend;
        if trend == 0 {
            max_low = if max_low.is_nan() { low_price } else { low_price.max(max_low) };
            if mean(highs) < max_low && bars.close[row] < bars.low[row - 1] {
                (trend, min_high) = (1, high_price);
            }
        } else {
            min_high = high_price.min(min_high);
            if mean(lows) > min_high && bars.close[row] > bars.high[row - 1] {
                (trend, max_low) = (0, low_price);
            }
        }
        if trend == 0 {
            up = if before != 0 {
                down
            } else if up.is_nan() {
                max_low
            } else {
                up.max(max_low)
            };
        } else {
            down = if before != 1 { up } else { down.min(min_high) };
        }
        line[row] = if trend == 0 { up } else { down };
        direction[row] = if trend == 0 { 1.0 } else { -1.0 };
    }
    let known = |values: &[f64]| rows(|row| if row < 100 { f64::NAN } else { values[row] });
    let (line, direction) = (known(&line), known(&direction));
    assert!(direction.contains(&-1.0) && direction.contains(&1.0), "it turns");
    let got = run("HT_CHANNEL", &[], &[&bars.high, &bars.low, &bars.close]);
    same("HT_CHANNEL", &got[0], &line);
    same("HT_CHANNEL", &got[1], &direction);
    same("HT_CHANNEL", &got[2], &rows(|row| line[row] + range[row]));
    same("HT_CHANNEL", &got[3], &rows(|row| line[row] - range[row]));
}
