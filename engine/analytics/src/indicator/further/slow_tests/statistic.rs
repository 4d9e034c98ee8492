//! Two series, and what a series says of itself.

use super::{BARS, Dice, bars, log_returns, mean, rows, run, same, variance, window};

/// A series that follows the close of the bars, and its own way a little.
fn follower(close: &[f64]) -> Vec<f64> {
    let (mut dice, mut off) = (Dice(99), 0.0);
    rows(|_| 0.0)
        .iter()
        .zip(close)
        .map(|(_, close)| {
            off = 0.9 * off + dice.next(17) - 8.0;
            20.0 + 1.7 * close + off
        })
        .collect()
}

#[test]
fn tau_counts_all_pairs() {
    let bars = bars();
    let other = follower(&bars.close);
    let wanted = rows(|row| {
        let (Some(xs), Some(ys)) = (window(&bars.close, row, 20), window(&other, row, 20)) else { return f64::NAN };
        let (mut concordant, mut discordant, mut ties_x, mut ties_y, mut pairs) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for i in 0..20 {
            for j in 0..i {
                let product = (xs[i] - xs[j]) * (ys[i] - ys[j]);
                pairs += 1.0;
                concordant += f64::from(product > 0.0);
                discordant += f64::from(product < 0.0);
                ties_x += f64::from(xs[i] - xs[j] == 0.0);
                ties_y += f64::from(ys[i] - ys[j] == 0.0);
            }
        }
        let whole: f64 = (pairs - ties_x) * (pairs - ties_y);
        (concordant - discordant) / whole.sqrt()
    });
    same("KENDALL", &run("KENDALL", &[], &[&bars.close, &other])[0], &wanted);
}

#[test]
fn a_series_against_its_benchmark_is_a_line_through_returns() {
    let bars = bars();
    let other = follower(&bars.close);
    let simple = |values: &[f64]| rows(|row| if row == 0 { f64::NAN } else { values[row] / values[row - 1] - 1.0 });
    let (own, benchmark) = (simple(&other), simple(&bars.close));
    let all: Vec<_> = (0..BARS)
        .map(|row| {
            let (Some(y), Some(x)) = (window(&own, row, 60), window(&benchmark, row, 60)) else { return [f64::NAN; 3] };
            let (mx, my) = (mean(x), mean(y));
            let xy: f64 = x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum();
            let xx: f64 = x.iter().map(|x| (x - mx).powi(2)).sum();
            let yy: f64 = y.iter().map(|y| (y - my).powi(2)).sum();
            let beta = xy / xx;
            let rest: f64 = x.iter().zip(y).map(|(x, y)| (y - my - beta * (x - mx)).powi(2)).sum();
            [beta, my - beta * mx, 1.0 - rest / yy]
        })
        .collect();
    for (at, got) in run("ROLLING_BETA", &[], &[&other, &bars.close]).iter().enumerate() {
        same("ROLLING_BETA", got, &rows(|row| all[row][at]));
    }
}

#[test]
fn sample_entropy_compares_all_stretches() {
    let bars = bars();
    let wanted = rows(|row| {
        let Some(window) = window(&bars.close, row, 40) else { return f64::NAN };
        let near = 0.2 * variance(window, 0.0).sqrt();
        // Stretches of both lengths begin at the same places.
        let matches = |length: usize| {
            let stretches: Vec<_> = (0..38).map(|at| &window[at..at + length]).collect();
            let close = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() <= near);
            let pairs = (0..38).flat_map(|a| (0..38).map(move |b| (a, b))).filter(|(a, b)| a != b);
            pairs.filter(|(a, b)| close(stretches[*a], stretches[*b])).count() as f64
        };
        if matches(3) > 0.0 { -(matches(3) / matches(2)).ln() } else { f64::NAN }
    });
    same("SAMPLE_ENTROPY", &run("SAMPLE_ENTROPY", &[("length", 40.0)], &[&bars.close])[0], &wanted);
}

#[test]
fn variance_ratios_are_lo_and_mackinlays() {
    let bars = bars();
    let returns = log_returns(&bars);
    let of = |row: usize, q: usize| {
        let Some(r) = window(&returns, row, 100) else { return [f64::NAN; 2] };
        let (n, mu, qf) = (100.0, mean(r), q as f64);
        let one = variance(r, 1.0);
        let sums = r.windows(q).map(|part| (part.iter().sum::<f64>() - qf * mu).powi(2)).sum::<f64>();
        let ratio = sums / (qf * (n - qf + 1.0) * (1.0 - qf / n)) / one;
        let e: Vec<_> = r.iter().map(|r| (r - mu).powi(2)).collect();
        let whole: f64 = e.iter().sum::<f64>().powi(2);
        let theta: f64 = (1..q)
            .map(|j| {
                let delta = (j..100).map(|t| e[t] * e[t - j]).sum::<f64>() * n / whole;
                (2.0 * (qf - j as f64) / qf).powi(2) * delta
            })
            .sum();
        [ratio, n.sqrt() * (ratio - 1.0) / theta.sqrt()]
    };
    let got = run("VARIANCE_RATIO", &[], &[&bars.close]);
    for (got, q) in got.chunks(2).zip([2, 4, 8]) {
        same("VARIANCE_RATIO", &got[0], &rows(|row| of(row, q)[0]));
        same("VARIANCE_RATIO", &got[1], &rows(|row| of(row, q)[1]));
    }
}

type Matrix = [[f64; 2]; 2];

fn times(a: Matrix, b: Matrix) -> Matrix {
    std::array::from_fn(|i| std::array::from_fn(|j| a[i][0] * b[0][j] + a[i][1] * b[1][j]))
}

#[test]
fn the_hedge_ratio_is_a_filter_of_two_states() {
    let bars = bars();
    let other = follower(&bars.close);
    let step = 1e-4 / (1.0 - 1e-4);
    let (mut state, mut p): ([f64; 2], Matrix) = ([0.0; 2], [[0.0; 2]; 2]);
    let mut all = Vec::new();
    for (close, other) in bars.close.iter().zip(&other) {
        let x = [*close, 1.0];
        p[0][0] += step;
        p[1][1] += step;
        let error = other - state[0] * x[0] - state[1];
        let px: [f64; 2] = std::array::from_fn(|i| p[i][0] * x[0] + p[i][1] * x[1]);
        let s = x[0] * px[0] + x[1] * px[1] + 1e-3;
        let k = px.map(|value| value / s);
        // Joseph's form of the update: (I - k x') P (I - k x')' + k noise k'.
        let keep: Matrix = std::array::from_fn(|i| std::array::from_fn(|j| f64::from(i == j) - k[i] * x[j]));
        let turned: Matrix = std::array::from_fn(|i| std::array::from_fn(|j| keep[j][i]));
        let kept = times(times(keep, p), turned);
        p = std::array::from_fn(|i| std::array::from_fn(|j| kept[i][j] + k[i] * 1e-3 * k[j]));
        state = [state[0] + k[0] * error, state[1] + k[1] * error];
        all.push([state[0], state[1], error, s.sqrt()]);
    }
    for (at, got) in run("KALMAN_HEDGE", &[], &[&other, &bars.close]).iter().enumerate() {
        let wanted = rows(|row| all[row][at]);
        // Two ways to the same variances differ by what a float cannot hold.
        let scale = wanted.iter().fold(0.0_f64, |scale, value| scale.max(value.abs()));
        for (got, wanted) in got.iter().zip(&wanted) {
            assert!((got - wanted).abs() <= 1e-6 * scale, "{at}: {got} {wanted}");
        }
    }
    assert!((all[BARS - 1][0] - 1.7).abs() < 0.2, "{:?}", all[BARS - 1]);
}

#[test]
fn the_test_for_a_tie_is_that_of_statsmodels() {
    // statsmodels 0.15, coint(y, x, trend="c", maxlag=0, autolag=None).
    let x: Vec<_> = (0..40_i64).map(|i| 100.0 + ((i * 7919) % 101) as f64 / 7.0 + i as f64 * 0.1).collect();
    let y: Vec<_> = (0..40_i64).map(|i| 2.0 * x[i as usize] + 3.0 + ((i * 104_729) % 53) as f64 / 11.0).collect();
    let got = run("COINT", &[("length", 40.0)], &[&y, &x]);
    assert!((got[0][39] - -2.181_427_552_994_938).abs() < 1e-9, "{}", got[0][39]);
    assert!((got[1][39] / 0.433_960_585_437_556_56 - 1.0).abs() < 1e-6, "{}", got[1][39]);
}

#[test]
fn what_is_left_is_pulled_back() {
    let bars = bars();
    let other = follower(&bars.close);
    let wanted = rows(|row| {
        let (Some(x), Some(y)) = (window(&bars.close, row, 100), window(&other, row, 100)) else { return f64::NAN };
        // Normal equations, solved by Cramer's rule.
        let sum = |of: &dyn Fn(usize) -> f64| (0..100).map(of).sum::<f64>();
        let (n, sx, sy) = (100.0, sum(&|i| x[i]), sum(&|i| y[i]));
        let (sxx, sxy) = (sum(&|i| x[i] * x[i]), sum(&|i| x[i] * y[i]));
        let whole = n * sxx - sx * sx;
        let (a, b) = ((sy * sxx - sx * sxy) / whole, (n * sxy - sx * sy) / whole);
        let left: Vec<_> = (0..100).map(|i| y[i] - a - b * x[i]).collect();
        let squares: f64 = left[..99].iter().map(|left| left * left).sum();
        let pull = left.windows(2).map(|pair| pair[0] * (pair[1] - pair[0])).sum::<f64>() / squares;
        let rest: f64 = left.windows(2).map(|pair| (pair[1] - (1.0 + pull) * pair[0]).powi(2)).sum();
        pull / (rest / 98.0 / squares).sqrt()
    });
    let got = run("COINT", &[], &[&other, &bars.close]);
    for (got, wanted) in got[0].iter().zip(&wanted) {
        assert!(wanted.is_nan() && got.is_nan() || (got - wanted).abs() < 1e-6, "{got} {wanted}");
    }
    assert!(got[1].iter().any(|p| *p < 0.01) && got[1].iter().any(|p| *p > 0.05), "tied, and not");
}
