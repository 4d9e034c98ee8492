//! Rules with something wrong, planted, and those of the house.

use super::brief_tests::{any_rule, walk};
use super::column::Column;
use super::lint::{disagreements, foresight, memory};
use super::series::Series;
use crate::dice::Dice;
use engine_analytics::signal::Wanted;

/// Wants what the close so many bars later will have shown.
fn seer(ahead: usize) -> impl Fn(&Series) -> Vec<Wanted> {
    move |series| {
        let closes = series.close();
        let at = |bar: usize| closes.get(bar).copied().unwrap_or(f64::NAN);
        (0..closes.len()).map(|bar| Wanted::long_if(at(bar + ahead) > at(bar))).collect()
    }
}

#[test]
fn who_sees_the_future_is_caught_with_how_far() {
    let series = walk(&mut Dice(1), 2_000);
    for ahead in [1, 2, 7, 300] {
        let found = foresight(&series, &seer(ahead), 1).foresight.expect("it sees the future");
        assert!(found.ahead() <= ahead && found.hidden_from > found.bar, "{ahead}: {found:?}");
    }
    // Normalised by the whole past and future, as people do with a scaler.
    let scaled = |series: &Series| -> Vec<Wanted> {
        let closes = series.close();
        let mean = closes.iter().sum::<f64>() / closes.len() as f64;
        closes.iter().map(|close| Wanted::long_if(*close > mean)).collect()
    };
    assert!(foresight(&series, &scaled, 1).foresight.is_some(), "a mean of bars that had not come");
    // Only the bar before the last knows: one bar in two thousand, behind the last cut of any grid.
    let last = |series: &Series| -> Vec<Wanted> {
        let bars = series.len();
        (0..bars).map(|bar| Wanted::long_if(bar + 2 >= bars)).collect()
    };
    assert!(foresight(&series, &last, 1).foresight.is_some(), "it knows where the series ends");
}

#[test]
fn the_rules_of_the_house_do_not() {
    for seed in 0..16 {
        let mut dice = Dice(seed);
        let (series, rule) = (walk(&mut dice, 400), any_rule(&mut dice));
        let looked = foresight(&series, &|series| rule.wanted(series), rule.needs());
        assert_eq!((looked.foresight, looked.closes, looked.of), (None, 399, 399), "seed {seed}, {rule:?}");
    }
}

/// One bar of a thousand, whichever: the others are honest, and neighbours show nothing.
#[test]
fn a_single_peek_is_found_wherever_it_is() {
    let series = walk(&mut Dice(9), 1_200);
    let peeks = |at: usize| {
        move |series: &Series| -> Vec<Wanted> {
            let (closes, times) = (series.close(), series.time_ms());
            let sees = |bar: usize| closes.get(bar + 1).is_some_and(|next| *next > 0.0);
            let wants = |bar: usize| times[bar] == at as i64 * 60_000 && sees(bar);
            (0..closes.len()).map(|bar| Wanted::long_if(closes[bar] > 100.0 || wants(bar))).collect()
        }
    };
    let mut hidden = 0;
    for at in (1..1_199).step_by(37).filter(|at| series.close()[*at] <= 100.0).take(8) {
        let found = foresight(&series, &peeks(at), 30).foresight;
        let found = found.map(|found| (found.bar, found.ahead()));
        assert_eq!(found, Some((at, 1)), "one look ahead after bar {at}");
        hidden += 1;
    }
    assert!(hidden > 4, "{hidden} places do not try it");
}

#[test]
fn what_remembers_all_is_named_with_its_size_and_what_forgets_is_not() {
    let series = walk(&mut Dice(3), 4_000);
    let of = |column: Column, needs| memory(&series, &|series| column.of(series), needs).expect("bars enough");
    let mean = of(Column::Mean(50), 50);
    // Its window is full: what differs is rounding.
    assert!(!mean.is_biased() && mean.difference < 1e-9 && mean.settles_after == Some(50), "{mean:?}");
    let histogram = Column::Histogram { fast: 12, slow: 26, signal: 9 };
    let early = of(histogram, 35);
    assert!(early.is_biased() && early.settles_after.is_some_and(|bars| bars > 100), "{early:?}");
    let late = of(histogram, 400);
    assert!(!late.is_biased() && late.difference < early.difference, "{late:?}");
    let rsi = of(Column::Rsi(14), 15);
    assert!(rsi.is_biased() && rsi.settles_after > early.settles_after.map(|_| 100), "{rsi:?}");
    // A sum of all that ever was never settles.
    let total = |series: &Series| -> Vec<f64> {
        series
            .close()
            .iter()
            .scan(0.0, |sum, close| {
                *sum += close;
                Some(*sum)
            })
            .collect()
    };
    let never = memory(&series, &total, 10).expect("bars enough");
    assert!(never.is_biased() && never.settles_after.is_none(), "{never:?}");
    assert_eq!(memory(&series.part(0..40), &total, 35), None, "too short to try");
}

#[test]
fn a_rule_that_starts_anew_is_held_against_one_that_ran_all_along() {
    let series = walk(&mut Dice(5), 3_000);
    let latched = |series: &Series| -> Vec<Wanted> {
        // Long once the first close has been passed by a tenth, for ever.
        let first = series.close()[0];
        let mut is_long = false;
        series
            .close()
            .iter()
            .map(|close| {
                is_long |= *close > first * 1.1;
                Wanted::long_if(is_long)
            })
            .collect()
    };
    let (apart, of) = disagreements(&series, &latched, 500, 20);
    assert!(apart > 0 && of == 2_481, "{apart} of {of}");
    let honest = |series: &Series| series.close().iter().map(|close| Wanted::long_if(*close > 100.0)).collect();
    assert_eq!(disagreements(&series, &honest, 500, 20).0, 0);
}
