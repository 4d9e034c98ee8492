//! Why a measure of a run cannot be told: a `null` without a reason is a riddle.

use engine_analytics::performance::curve::{ANNUAL, CurveMeasures};
use engine_analytics::performance::trades::TradeMeasures;
use serde_json::{Map, Value, json};

/// What is annual, of a run that is too short for it.
pub(crate) const SHORT: &str = "the bars span less than a day, which nobody counts up to a year";
/// What is made of returns, of an account that had none.
pub(crate) const RUINED: &str = "the account was worth nothing at some close: from there on there are no returns";

/// What is made of a price that the account is held against.
const AGAINST: [&str; 5] = ["correlation", "beta", "alpha", "treynor", "information_ratio"];

/// The measures of a run.
#[derive(Clone, Copy)]
pub(crate) struct Run<'a> {
    pub(crate) curve: &'a CurveMeasures,
    pub(crate) trades: &'a TradeMeasures,
    /// Bars, or samples of the account.
    pub(crate) bars: usize,
    /// Whether it is too short for what is annual.
    pub(crate) is_short: bool,
    /// Whether there is one price that the account is held against.
    pub(crate) has_price: bool,
}

/// Each measure that is unknown, with its reason.
pub(crate) fn unknown(
    run: Run<'_>,
    named: impl IntoIterator<Item = (&'static str, Option<f64>)>,
) -> Map<String, Value> {
    let unknown = named.into_iter().filter(|(_, value)| value.is_none());
    unknown.map(|(name, _)| (name.to_owned(), json!(why(name, run)))).collect()
}

/// Of one measure by its name, which is unknown in that run.
fn why(name: &str, Run { curve, trades, bars, is_short, has_price }: Run<'_>) -> &'static str {
    let closed = trades.trades.unwrap_or(0.0);
    let won = closed * trades.win_rate.unwrap_or(0.0);
    let of_trades = trades.named().iter().any(|(known, _)| *known == name);
    match name {
        "exposure" => "there is no bar",
        _ if of_trades && closed < 1.0 => "no position was closed",
        "payoff" | "kelly" if won < 1.0 => "no trade won",
        "profit_factor" | "payoff" => "no trade lost",
        "kelly" => "its payoff is 0, or no trade lost",
        "sqn" | "sqn_sample" => "there are fewer than two trades, or all came to the same",
        _ if of_trades => "it has no value of these trades",
        _ if !has_price && AGAINST.contains(&name) => {
            "an account that went through the stages is held against no price"
        }
        _ if bars < 2 => "there are fewer than two bars",
        _ if curve.is_ruined() => RUINED,
        _ if is_short && ANNUAL.contains(&name) => SHORT,
        "cagr" => "the growth of so few bars, counted up to a year, is beyond all numbers",
        // The account's returns differ where there is a skew.
        "ann_vol" | "sharpe" | "psr" | "skew" | "kurtosis" | "stability" | "correlation" if curve.skew.is_none() => {
            "the account's value moved at no bar, or at each by the same"
        }
        "calmar" | "upi" if curve.cagr.is_none() && !is_short => "the growth of a year is not known",
        "calmar" | "upi" | "avg_drawdown" | "recovery" => "the account never fell below its highest value",
        "sortino" | "omega" | "gain_to_pain" => "no bar lost",
        "tail_ratio" => "the 5th percentile of the returns is 0",
        "common_sense" => "no bar lost, or the 5th percentile of the returns is 0",
        "correlation" | "beta" | "alpha" => "the price did not move",
        "treynor" => "there is no beta, or it is 0",
        "information_ratio" => "the account moved as the price did at each bar",
        _ => "it has no value of this curve",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_analytics::performance::curve::{self, Curve};
    use engine_analytics::performance::trades::{self, Trade};

    fn of<'a>(curve: &'a CurveMeasures, trades: &'a TradeMeasures, bars: usize, is_short: bool) -> Run<'a> {
        Run { curve, trades, bars, is_short, has_price: true }
    }

    #[test]
    fn every_measure_that_is_not_known_has_a_reason_of_its_own() {
        let won = Trade { entry_bar: 1, exit_bar: 2, fees: 0.0, pnl: 1.0, share: 0.1 };
        let runs: [(&[f64], &[f64], &[Trade]); 5] = [
            (&[100.0; 30], &[5.0; 30], &[]),
            (&[100.0, 101.0, 103.0, 104.0], &[1.0, 2.0, 3.0, 4.0], &[won]),
            (&[100.0, -5.0, 3.0, 4.0], &[1.0, 2.0, 3.0, 4.0], &[Trade { pnl: -1.0, ..won }]),
            (&[100.0], &[1.0], &[]),
            (&[], &[], &[]),
        ];
        let mut reasons = std::collections::BTreeSet::new();
        for (equity, prices, closed) in runs {
            let curve = curve::measure(&Curve { equity, benchmark: Some(prices), periods_per_year: 365.0 });
            let trades = trades::measure(closed, 0, equity.len());
            for (name, value) in curve.named().into_iter().chain(trades.named()) {
                if value.is_none() {
                    let told = why(name, of(&curve, &trades, equity.len(), false));
                    assert!(!told.starts_with("it has no value"), "{name} of {equity:?}");
                    reasons.insert(told);
                }
            }
        }
        assert!(reasons.len() >= 9, "{reasons:?}");
        let still = curve::measure(&Curve { equity: &[100.0; 3], benchmark: None, periods_per_year: 365.0 });
        let none = trades::measure(&[], 0, 3);
        let still = |is_short| of(&still, &none, 3, is_short);
        assert_eq!(why("sharpe", still(false)), "the account's value moved at no bar, or at each by the same");
        assert_eq!(why("sharpe", still(true)), SHORT);
        assert_eq!(why("calmar", still(false)), "the account never fell below its highest value");
        assert_eq!(why("win_rate", still(true)), "no position was closed");
        let run = Run { has_price: false, ..still(false) };
        assert_eq!(why("beta", run), "an account that went through the stages is held against no price");
    }
}
