//! Every measure that there is for what was asked, or why there is none.

use super::asked::Asked;
use engine_analytics::performance::coverage::{self, Coverage};
use engine_analytics::performance::loss;
use engine_analytics::performance::portfolio::{self, Parts};
use engine_analytics::performance::special::bends_upward;
use engine_analytics::performance::stats::{self, Moments};
use engine_analytics::performance::student::Student;

/// A value, or why it cannot be told.
pub(super) type Known<T = f64> = Result<T, String>;
/// By their names.
pub(super) type Named = Vec<(String, Known)>;
/// One of each asset by each, in their order.
pub(super) type Matrix = Vec<Vec<Known>>;

/// What was found.
pub(super) struct Answer {
    /// Of each asset, at each confidence.
    pub(super) single: Vec<Vec<Named>>,
    /// Of each asset, at each confidence: whether its value at risk kept its promise.
    pub(super) coverage: Vec<Vec<Known<Coverage>>>,
    /// Of each promise of others.
    pub(super) promised: Vec<Known<Coverage>>,
    /// Of all together.
    pub(super) portfolio: Known<Together>,
    pub(super) covariance: Matrix,
    pub(super) correlation: Matrix,
    pub(super) rank_correlation: Matrix,
    /// Weights that follow from the risk alone.
    pub(super) allocation: [(&'static str, Known<Vec<f64>>); 3],
    /// What a reader should know who believes the numbers.
    pub(super) notes: Vec<String>,
}

/// All assets with their weights, each at each confidence.
pub(super) struct Together {
    pub(super) single: Vec<Named>,
    pub(super) coverage: Vec<Known<Coverage>>,
    pub(super) parts: Vec<Known<Parts>>,
}

/// Measures.
pub(super) fn measure(asked: &Asked) -> Answer {
    let mut notes = Vec::new();
    let count = asked.returns.first().map_or(0, Vec::len);
    for confidence in &asked.confidences {
        let beyond = (1.0 - confidence) * count as f64;
        if beyond < 1.0 {
            notes.push(format!(
                "{confidence}: of {count} returns not one lies beyond the historical value at risk by right: it is little more than the worst"
            ));
        }
    }
    let single: Vec<_> =
        asked.names.iter().zip(&asked.returns).map(|(name, series)| of_one(asked, name, series, &mut notes)).collect();
    let coverage = asked.returns.iter().map(|series| kept(asked, series)).collect();
    let share = asked.confidences.first().copied().unwrap_or(0.0);
    let promised = asked.promised.iter().map(|(at, losses)| {
        coverage::of_promised(&asked.returns[*at], losses, share).ok_or_else(|| "nothing was promised".to_owned())
    });
    let promised = promised.collect();
    let portfolio = match &asked.weights {
        Some(weights) => Ok(together(asked, weights, &mut notes)),
        None => Err("no --weights".to_owned()),
    };
    let covariance = matrix(asked, stats::covariance, |_, _| "too few returns".to_owned());
    let still = |a: usize, b: usize| {
        let at = if does_not_move(&asked.returns[a]) { a } else { b };
        format!("{} does not move", asked.names[at])
    };
    Answer {
        single,
        coverage,
        promised,
        portfolio,
        covariance,
        correlation: matrix(asked, stats::correlation, still),
        rank_correlation: matrix(asked, stats::rank_correlation, still),
        allocation: allocation(asked),
        notes,
    }
}

fn of_one(asked: &Asked, name: &str, returns: &[f64], notes: &mut Vec<String>) -> Vec<Named> {
    let fitted = Student::fit(returns);
    if let Some((skew, kurtosis)) = Moments::of(returns).and_then(|m| Some((m.skew()?, m.excess_kurtosis()?)))
        && !bends_upward(skew, kurtosis)
    {
        notes.push(format!(
            "{name}: cf_var bends a normal curve by a skew of {skew:.2} and a kurtosis of {kurtosis:.2} beyond where it rises: a rarer loss may come out as a smaller one"
        ));
    }
    let grown = returns.iter().scan(1.0, |value, r| {
        *value *= 1.0 + r;
        Some(*value)
    });
    let curve: Vec<f64> = grown.collect();
    let at = |confidence: f64| {
        let (seen, normal) = (loss::historical(returns, confidence), loss::normal(returns, confidence));
        let depth = loss::drawdown(&curve, confidence);
        let fitted = fitted.as_ref();
        let mut named = vec![
            ("hist_var".to_owned(), seen.map(|tail| tail.var)),
            ("hist_cvar".to_owned(), seen.map(|tail| tail.cvar)),
            ("normal_var".to_owned(), normal.map(|tail| tail.var)),
            ("normal_cvar".to_owned(), normal.map(|tail| tail.cvar)),
            ("cf_var".to_owned(), loss::cornish_fisher(returns, confidence)),
            ("ewma_var".to_owned(), loss::weighted(returns, confidence)),
            ("t_var".to_owned(), fitted.map(|fitted| fitted.var(confidence))),
            ("t_df".to_owned(), fitted.map(|fitted| fitted.degrees)),
            ("dar".to_owned(), depth.map(|tail| tail.var)),
            ("cdar".to_owned(), depth.map(|tail| tail.cvar)),
        ];
        named.extend(asked.horizons.iter().map(|periods| {
            (format!("normal_var_h{periods}"), loss::normal_over(returns, confidence, f64::from(*periods)))
        }));
        let known = |(measure, value): (String, Option<f64>)| {
            let value = value.filter(|value| value.is_finite()).ok_or_else(|| why(returns, &measure));
            (measure, value)
        };
        named.into_iter().map(known).collect()
    };
    asked.confidences.iter().map(|confidence| at(*confidence)).collect()
}

fn why(returns: &[f64], measure: &str) -> String {
    match measure {
        "t_var" | "t_df" if returns.len() < 3 => "fewer than three returns".to_owned(),
        _ if does_not_move(returns) => "the returns do not differ".to_owned(),
        "t_var" | "t_df" => "more than half of the returns are the same, and no width fits them".to_owned(),
        _ => "it has no finite value of these returns".to_owned(),
    }
}

fn kept(asked: &Asked, returns: &[f64]) -> Vec<Known<Coverage>> {
    let at = |confidence: &f64| {
        coverage::of_historical(returns, asked.window, *confidence)
            .ok_or_else(|| format!("{} returns, expected more than the --window of {}", returns.len(), asked.window))
    };
    asked.confidences.iter().map(at).collect()
}

fn together(asked: &Asked, weights: &[f64], notes: &mut Vec<String>) -> Together {
    let returns = portfolio::returns(&asked.returns, weights);
    let parts = |confidence: &f64| {
        portfolio::parts(&asked.returns, weights, *confidence)
            .ok_or_else(|| "the portfolio's returns do not differ".to_owned())
    };
    Together {
        single: of_one(asked, "portfolio", &returns, notes),
        coverage: kept(asked, &returns),
        parts: asked.confidences.iter().map(parts).collect(),
    }
}

fn matrix(
    asked: &Asked,
    measure: impl Fn(&[f64], &[f64]) -> Option<f64>,
    why: impl Fn(usize, usize) -> String,
) -> Matrix {
    let count = asked.returns.len();
    let of = |a: usize, b: usize| measure(&asked.returns[a], &asked.returns[b]).ok_or_else(|| why(a, b));
    (0..count).map(|a| (0..count).map(|b| of(a, b)).collect()).collect()
}

fn allocation(asked: &Asked) -> [(&'static str, Known<Vec<f64>>); 3] {
    let still = asked.names.iter().zip(&asked.returns).find(|(_, series)| does_not_move(series));
    let found = portfolio::covariance(&asked.returns);
    let of = |weights: fn(&[Vec<f64>]) -> Option<Vec<f64>>, why: &str| {
        if let Some((name, _)) = still {
            return Err(format!("{name} does not move"));
        }
        let weights = found.as_deref().and_then(weights);
        weights.filter(|weights| weights.iter().all(|weight| weight.is_finite())).ok_or_else(|| why.to_owned())
    };
    [
        ("least_variance", of(portfolio::least_variance, "an asset moves exactly as others do: there are many")),
        ("inverse_volatility", of(portfolio::inverse_volatility, "an asset does not move")),
        ("risk_parity", of(portfolio::risk_parity, "the search for it does not settle")),
    ]
}

fn does_not_move(returns: &[f64]) -> bool {
    returns.array_windows().all(|[a, b]: &[f64; 2]| a.total_cmp(b).is_eq())
}
