//! The 25 measures of an equity curve. Risk-free return and least acceptable return are 0; a bar's return is
//! `equity[t] / equity[t - 1] - 1`.

use super::special::normal_below;
use super::stats::{self, Moments, mean, ratio};

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

impl CurveMeasures {
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

/// The bars' returns.
#[must_use]
pub fn returns(equity: &[f64]) -> Vec<f64> {
    equity.windows(2).map(|pair| pair[1] / pair[0] - 1.0).collect()
}

/// Measures a curve; of fewer than two values nothing is known.
#[must_use]
pub fn measure(curve: &Curve<'_>) -> CurveMeasures {
    let (Some(first), Some(last)) = (curve.equity.first(), curve.equity.last()) else {
        return CurveMeasures::default();
    };
    let mut returns = returns(curve.equity);
    let Some(moments) = Moments::of(&returns) else { return CurveMeasures::default() };
    let (periods, count) = (curve.periods_per_year, returns.len() as f64);
    let (sums, falls) = (Sums::of(&returns), Falls::of(curve.equity));
    let deviation = moments.sample_deviation();
    let per_bar = deviation.and_then(|spread| ratio(moments.mean, spread));
    let cagr =
        ratio(*last, *first).map(|growth| growth.powf(periods / count) - 1.0).filter(|annual| annual.is_finite());
    let omega = ratio(sums.gains, sums.losses);
    let against = curve.benchmark.map_or_else(Against::default, |prices| Against::of(&returns, prices, periods));
    let stability = straightness(curve.equity);
    let tail_ratio = tail_ratio(&mut returns);
    CurveMeasures {
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
        stability,
        psr: per_bar.and_then(|per_bar| probability_above(per_bar, 0.0, &moments)),
        recovery: ratio(last - first, falls.in_money),
        beta: against.beta,
        alpha: against.alpha,
        correlation: against.correlation,
        information_ratio: against.information_ratio,
        treynor: cagr.zip(against.beta).and_then(|(cagr, beta)| ratio(cagr, beta)),
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

/// Sums over the returns.
#[derive(Default)]
struct Sums {
    gains: f64,
    /// As a magnitude.
    losses: f64,
    /// Of the squares of the losses.
    downside: f64,
}

impl Sums {
    fn of(returns: &[f64]) -> Self {
        let mut sums = Self::default();
        for r in returns {
            let loss = r.min(0.0);
            sums.gains += r.max(0.0);
            sums.losses -= loss;
            sums.downside += loss * loss;
        }
        sums
    }
}

/// What the falls from the highest value so far come to.
#[derive(Default)]
struct Falls {
    deepest: f64,
    longest: usize,
    spells: usize,
    sum_of_deepest: f64,
    ulcer: f64,
    in_money: f64,
}

impl Falls {
    fn of(equity: &[f64]) -> Self {
        let mut falls = Self::default();
        let (mut peak, mut bars, mut deepest, mut squares) = (f64::MIN, 0, 0.0_f64, 0.0);
        for value in equity {
            if *value >= peak {
                falls.end(bars, deepest);
                (peak, bars, deepest) = (*value, 0, 0.0);
                continue;
            }
            let depth = value / peak - 1.0;
            (bars, deepest, squares) = (bars + 1, deepest.min(depth), squares + depth * depth);
            falls.in_money = falls.in_money.max(peak - value);
        }
        falls.end(bars, deepest);
        falls.ulcer = (squares / equity.len() as f64).sqrt();
        falls
    }

    fn end(&mut self, bars: usize, deepest: f64) {
        if bars > 0 {
            self.spells += 1;
            self.sum_of_deepest += deepest;
            (self.longest, self.deepest) = (self.longest.max(bars), self.deepest.min(deepest));
        }
    }
}

/// Leaves the returns in another order.
fn tail_ratio(returns: &mut [f64]) -> Option<f64> {
    let (high, low) = (stats::quantile(returns, 0.95)?, stats::quantile(returns, 0.05)?);
    ratio(high, low).map(f64::abs)
}

/// R squared of the curve's logarithm against time. The first value is where it starts from, not a point.
fn straightness(equity: &[f64]) -> Option<f64> {
    let (first, rest) = equity.split_first()?;
    let (n, middle) = (rest.len() as f64, (rest.len() as f64 - 1.0) / 2.0);
    let (mut sum, mut squares, mut with_time) = (0.0, 0.0, 0.0);
    let start = first.ln();
    for (bar, value) in rest.iter().enumerate() {
        let log = value.ln() - start;
        sum += log;
        squares += log * log;
        with_time += log * (bar as f64 - middle);
    }
    let of_time = n * (n * n - 1.0) / 12.0;
    ratio(with_time * with_time, of_time * (squares - sum * sum / n))
}

/// The measures that need a benchmark.
#[derive(Default)]
struct Against {
    beta: Option<f64>,
    alpha: Option<f64>,
    correlation: Option<f64>,
    information_ratio: Option<f64>,
}

impl Against {
    fn of(returns: &[f64], prices: &[f64], periods: f64) -> Self {
        let held = self::returns(prices);
        let beta =
            stats::covariance(returns, &held).zip(stats::covariance(&held, &held)).and_then(|(a, b)| ratio(a, b));
        let beyond = |beta: f64| -> Vec<f64> { returns.iter().zip(&held).map(|(r, b)| r - beta * b).collect() };
        let active = beyond(1.0);
        Self {
            beta,
            alpha: beta.and_then(|beta| mean(&beyond(beta))).map(|mean| (1.0 + mean).powf(periods) - 1.0),
            correlation: stats::correlation(returns, &held),
            information_ratio: mean(&active)
                .zip(stats::deviation(&active, 1))
                .and_then(|(mean, spread)| ratio(mean, spread)),
        }
    }
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
        let ruined = of(&[100.0, 50.0, -10.0]);
        assert_eq!((ruined.cagr, ruined.stability), (None, None), "no root of what is below nothing");
        assert_eq!(ruined.beta, None, "without a benchmark");
    }
}
