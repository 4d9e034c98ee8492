//! The 25 measures of an equity curve. Risk-free return and least acceptable return are 0; a bar's return is
//! `equity[t] / equity[t - 1] - 1`.

mod ends;
mod falls;
mod sums;

use super::special::normal_below;
use super::stats::{Moments, ratio};
use ends::Ends;
use falls::Falls;
use sums::{Held, Sums};

/// What a curve is measured with.
#[derive(Clone, Copy, Debug)]
pub struct Curve<'a> {
    /// The account's value at each bar's close.
    pub equity: &'a [f64],
    /// Prices at the same closes that somebody who only held would have had.
    pub benchmark: Option<&'a [f64]>,
    /// Bars in a year.
    pub periods_per_year: f64,
}

/// The measures, each with its formula. Shares, not percent; what is annual says so.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CurveMeasures {
    /// Last value over the first, less one.
    pub total_return: Option<f64>,
    /// Annual growth: `(last / first)^(P / returns) - 1`.
    pub cagr: Option<f64>,
    /// Annual volatility: sample deviation times `sqrt(P)`.
    pub ann_vol: Option<f64>,
    /// `mean / sample deviation * sqrt(P)`.
    pub sharpe: Option<f64>,
    /// `mean * sqrt(P) / sqrt(mean(min(r, 0)^2))`, the mean over all returns.
    pub sortino: Option<f64>,
    /// The deepest fall from the highest value so far; negative.
    pub max_drawdown: Option<f64>,
    /// The longest run of bars below the highest value so far.
    pub max_dd_bars: Option<f64>,
    /// Mean of the deepest point of each fall.
    pub avg_drawdown: Option<f64>,
    /// `cagr / |max_drawdown|`.
    pub calmar: Option<f64>,
    /// Root of the mean squared fall over all bars.
    pub ulcer: Option<f64>,
    /// `cagr / ulcer`.
    pub upi: Option<f64>,
    /// Sum of gains over sum of losses.
    pub omega: Option<f64>,
    /// Sum of returns over sum of losses.
    pub gain_to_pain: Option<f64>,
    /// The 95th percentile over the 5th, as magnitudes.
    pub tail_ratio: Option<f64>,
    /// Skewness, biased.
    pub skew: Option<f64>,
    /// Excess kurtosis, biased.
    pub kurtosis: Option<f64>,
    /// `tail_ratio * omega`.
    pub common_sense: Option<f64>,
    /// How straight the logarithm of the curve is: R squared against time.
    pub stability: Option<f64>,
    /// How sure it is that Sharpe's ratio is above 0, skew and kurtosis counted (Bailey and Lopez de Prado 2012).
    pub psr: Option<f64>,
    /// Money made over the largest fall in money.
    pub recovery: Option<f64>,
    /// `cov(r, b) / var(b)`.
    pub beta: Option<f64>,
    /// Annual return beyond `beta` times the benchmark's: `(1 + mean(r - beta b))^P - 1`.
    pub alpha: Option<f64>,
    /// Pearson's, with the benchmark.
    pub correlation: Option<f64>,
    /// `mean(r - b) / sample deviation(r - b)`, a bar's.
    pub information_ratio: Option<f64>,
    /// `cagr / beta`.
    pub treynor: Option<f64>,
}

/// What is counted up to a year, by name.
pub const ANNUAL: [&str; 8] = ["cagr", "ann_vol", "sharpe", "sortino", "calmar", "upi", "alpha", "treynor"];

impl CurveMeasures {
    /// Without what is annual: of a run so short that nobody counts it up to a year.
    #[must_use]
    pub fn without_annual(self) -> Self {
        Self {
            cagr: None,
            ann_vol: None,
            sharpe: None,
            sortino: None,
            calmar: None,
            upi: None,
            alpha: None,
            treynor: None,
            ..self
        }
    }

    /// Whether the account was worth nothing or less at some close: a return from there is none, so that all that is made of
    /// returns is unknown.
    #[must_use]
    pub fn is_ruined(&self) -> bool {
        self.max_drawdown.is_some_and(is_ruin)
    }

    /// What is known of a ruined account: where it began and ended, and its falls.
    fn of_ruin(self) -> Self {
        let Self { total_return, max_drawdown, max_dd_bars, avg_drawdown, ulcer, recovery, .. } = self;
        Self { total_return, max_drawdown, max_dd_bars, avg_drawdown, ulcer, recovery, ..Self::default() }
    }

    /// All with their names, in the order of the definition.
    #[must_use]
    pub fn named(&self) -> [(&'static str, Option<f64>); 25] {
        [
            ("total_return", self.total_return),
            ("cagr", self.cagr),
            ("ann_vol", self.ann_vol),
            ("sharpe", self.sharpe),
            ("sortino", self.sortino),
            ("max_drawdown", self.max_drawdown),
            ("max_dd_bars", self.max_dd_bars),
            ("avg_drawdown", self.avg_drawdown),
            ("calmar", self.calmar),
            ("ulcer", self.ulcer),
            ("upi", self.upi),
            ("omega", self.omega),
            ("gain_to_pain", self.gain_to_pain),
            ("tail_ratio", self.tail_ratio),
            ("skew", self.skew),
            ("kurtosis", self.kurtosis),
            ("common_sense", self.common_sense),
            ("stability", self.stability),
            ("psr", self.psr),
            ("recovery", self.recovery),
            ("beta", self.beta),
            ("alpha", self.alpha),
            ("correlation", self.correlation),
            ("information_ratio", self.information_ratio),
            ("treynor", self.treynor),
        ]
    }
}

/// Whether a fall, a negative share, left nothing.
#[must_use]
pub fn is_ruin(fall: f64) -> bool {
    fall <= -1.0
}

/// The bars' returns.
#[must_use]
pub fn returns(equity: &[f64]) -> Vec<f64> {
    equity.array_windows().map(|[before, now]| now / before - 1.0).collect()
}

/// Measures a curve; of fewer than two values nothing is known.
///
/// # Panics
/// If the benchmark has another length.
#[must_use]
pub fn measure(curve: &Curve<'_>) -> CurveMeasures {
    assert!(curve.benchmark.is_none_or(|held| held.len() == curve.equity.len()), "a benchmark of another length");
    let (Some(first), Some(last)) = (curve.equity.first(), curve.equity.last()) else {
        return CurveMeasures::default();
    };
    let mut ends = Ends::of(curve.equity);
    let sums = Sums::of(curve.equity, curve.benchmark, |returns| ends.take(returns));
    let Some(moments) = sums.moments() else { return CurveMeasures::default() };
    let (periods, count) = (curve.periods_per_year, moments.count as f64);
    let falls = Falls::of(curve.equity);
    let deviation = moments.sample_deviation();
    let per_bar = deviation.and_then(|spread| ratio(moments.mean, spread));
    let cagr =
        ratio(*last, *first).map(|growth| growth.powf(periods / count) - 1.0).filter(|annual| annual.is_finite());
    let omega = ratio(sums.gains, sums.losses);
    let tail_ratio = ends.end(curve.equity).and_then(|[low, high]| ratio(high, low)).map(f64::abs);
    let measures = CurveMeasures {
        total_return: ratio(*last, *first).map(|growth| growth - 1.0),
        cagr,
        ann_vol: deviation.map(|spread| spread * periods.sqrt()),
        sharpe: per_bar.map(|per_bar| per_bar * periods.sqrt()),
        sortino: ratio(moments.mean * periods.sqrt(), (sums.downside / count).sqrt()),
        max_drawdown: Some(falls.deepest),
        max_dd_bars: Some(falls.longest as f64),
        avg_drawdown: ratio(falls.sum_of_deepest, falls.spells as f64),
        calmar: cagr.and_then(|cagr| ratio(cagr, falls.deepest.abs())),
        ulcer: Some(falls.ulcer),
        upi: cagr.and_then(|cagr| ratio(cagr, falls.ulcer)),
        omega,
        gain_to_pain: ratio(sums.gains - sums.losses, sums.losses),
        tail_ratio,
        skew: moments.skew(),
        kurtosis: moments.excess_kurtosis(),
        common_sense: tail_ratio.zip(omega).map(|(tail, omega)| tail * omega),
        stability: Some(sums.straightness()).filter(|straight| straight.is_finite()),
        psr: per_bar.and_then(|per_bar| probability_above(per_bar, 0.0, &moments)),
        recovery: ratio(last - first, falls.in_money),
        ..CurveMeasures::default()
    };
    match curve.benchmark {
        _ if measures.is_ruined() => measures.of_ruin(),
        Some(_) => against(measures, &sums.held(), &moments, periods),
        None => measures,
    }
}

/// Adds the measures that need a benchmark.
fn against(measures: CurveMeasures, held: &Held, ours: &Moments, periods: f64) -> CurveMeasures {
    let count = ours.count as f64;
    let beta = ratio(held.products, held.squares);
    CurveMeasures {
        beta,
        alpha: beta.map(|beta| (1.0 + ours.mean - beta * held.mean).powf(periods) - 1.0),
        correlation: ratio(held.products, (held.squares * ours.second * count).sqrt()),
        information_ratio: ratio(ours.mean - held.mean, (held.apart / (count - 1.0)).sqrt()),
        treynor: measures.cagr.zip(beta).and_then(|(cagr, beta)| ratio(cagr, beta)),
        ..measures
    }
}

/// How sure it is that the true Sharpe ratio of a bar is above `other`, given the one that was seen (Bailey and Lopez de
/// Prado, "The Sharpe ratio efficient frontier", 2012).
#[must_use]
pub fn probability_above(per_bar: f64, other: f64, moments: &Moments) -> Option<f64> {
    let (skew, kurtosis) = (moments.skew()?, moments.excess_kurtosis()? + 3.0);
    let spread = 1.0 - skew * per_bar + (kurtosis - 1.0) / 4.0 * per_bar * per_bar;
    let sure = (per_bar - other) * (moments.count as f64 - 1.0).sqrt() / spread.sqrt();
    sure.is_finite().then(|| normal_below(sure))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_told_is_none() {
        let of = |equity: &[f64]| measure(&Curve { equity, benchmark: None, periods_per_year: 365.0 });
        assert_eq!(of(&[]), CurveMeasures::default());
        assert_eq!(of(&[100.0]), CurveMeasures::default());
        let flat = of(&[100.0; 5]);
        assert_eq!((flat.total_return, flat.sharpe, flat.omega, flat.calmar), (Some(0.0), None, None, None));
        assert_eq!(of(&[100.0, 50.0, 60.0]).beta, None, "without a benchmark");
    }

    #[test]
    fn what_is_annual_is_all_that_a_longer_year_changes() {
        let equity = [100.0, 101.0, 99.5, 103.0, 102.0, 104.0];
        let of = |periods_per_year| {
            measure(&Curve { equity: &equity, benchmark: Some(&[1.0, 1.1, 1.0, 1.2, 1.3, 1.25]), periods_per_year })
        };
        let (short, long) = (of(365.0), of(8_760.0));
        for ((name, short), (_, long)) in short.named().into_iter().zip(long.named()) {
            assert_eq!(short != long, ANNUAL.contains(&name), "{name}");
        }
        for ((name, told), (_, known)) in short.without_annual().named().into_iter().zip(short.named()) {
            assert_eq!(told, known.filter(|_| !ANNUAL.contains(&name)), "{name}");
        }
    }

    #[test]
    fn an_account_that_was_worth_nothing_has_falls_and_no_returns() {
        for equity in [[100.0, 50.0, -10.0, 40.0], [100.0, 50.0, 0.0, 0.0], [100.0, -1.0, 500.0, 600.0]] {
            let prices = [1.0, 2.0, 3.0, 4.0];
            let ruined = measure(&Curve { equity: &equity, benchmark: Some(&prices), periods_per_year: 365.0 });
            let known: Vec<_> = ruined.named().into_iter().filter(|(_, value)| value.is_some()).collect();
            let names = ["total_return", "max_drawdown", "max_dd_bars", "avg_drawdown", "ulcer", "recovery"];
            assert_eq!(known.iter().map(|(name, _)| *name).collect::<Vec<_>>(), names, "{equity:?}");
            assert!(ruined.is_ruined() && ruined.total_return == Some(equity[3] / 100.0 - 1.0), "{ruined:?}");
        }
    }
}
