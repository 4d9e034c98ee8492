//! Windows forget: whatever came before them, they say what one says that saw nothing else.

use super::*;
use crate::indicator::Filter;

const LENGTH: usize = 20;

/// A price that moves a little, in a few digits.
fn quiet(at: usize) -> f64 {
    1.0 + ((at * 7_919) % 1_000) as f64 / 100_000.0
}

/// What is said at the end by one that saw huge values first, and by one that did not.
fn both<T>(new: fn() -> T, mut next: impl FnMut(&mut T, f64, f64) -> f64) -> (f64, f64) {
    let (mut old, mut fresh) = (new(), new());
    for at in 0..1_013 {
        next(&mut old, 1e15 / (1.0 + at as f64), 1e12 * quiet(at));
    }
    let (mut of_old, mut of_fresh) = (f64::NAN, f64::NAN);
    for at in 0..2 * LENGTH + 1 {
        of_old = next(&mut old, quiet(at), quiet(at + 500));
        of_fresh = next(&mut fresh, quiet(at), quiet(at + 500));
    }
    (of_old, of_fresh)
}

#[test]
fn after_two_windows_nothing_is_left_of_what_was_huge() {
    let variance = |moments: &mut Moments, x, _| moments.next(x).1;
    let slope = |fit: &mut LineFit, x, _| fit.next(x).map_or(f64::NAN, |line| line.slope);
    let covariance = |both: &mut CoMoments, x, y| both.next(x, y).map_or(f64::NAN, |both| both.cov);
    for (name, (old, fresh)) in [
        ("sum", both(|| Sum::new(LENGTH), |sum, x, _| sum.next(x))),
        ("weighted", both(|| Wma::new(LENGTH), |average, x, _| average.next(x))),
        ("variance", both(|| Moments::new(LENGTH), variance)),
        ("slope", both(|| LineFit::new(LENGTH), slope)),
        ("covariance", both(|| CoMoments::new(LENGTH), covariance)),
        ("maximum", both(|| Maximum::new(LENGTH), |extreme, x, _| extreme.next(x))),
    ] {
        assert!((old - fresh).abs() <= 1e-12 * fresh.abs(), "{name}: {old} after huge values, {fresh} without");
    }
}

#[test]
fn nothing_drifts_over_a_million_inputs() {
    const BARS: usize = 1_000_000;
    let (mut sum, mut moments, mut fit) = (Sum::new(LENGTH), Moments::new(LENGTH), LineFit::new(LENGTH));
    let (mut last, mut line) = ((f64::NAN, (f64::NAN, f64::NAN)), None);
    for at in 0..BARS {
        let input = 50_000.0 * quiet(at);
        last = (sum.next(input), moments.next(input));
        line = fit.next(input);
    }
    let window: Vec<_> = (BARS - LENGTH..BARS).map(|at| 50_000.0 * quiet(at)).collect();
    let (n, exact) = (LENGTH as f64, window.iter().sum::<f64>());
    let variance = window.iter().map(|value| (value - exact / n).powi(2)).sum::<f64>() / n;
    let cross: f64 = window.iter().enumerate().map(|(k, value)| (k as f64 - (n - 1.0) / 2.0) * value).sum();
    let slope = cross / (n * (n * n - 1.0) / 12.0);
    let near = |got: f64, want: f64| (got - want).abs() <= 1e-12 * want.abs();
    assert!(near(last.0, exact), "{} of {exact}", last.0);
    assert!((last.1.1 - variance).abs() <= 1e-10 * variance, "{} of {variance}", last.1.1);
    let found = line.expect("a full window").slope;
    assert!((found - slope).abs() <= 1e-9 * slope.abs(), "{found} of {slope}");
}
