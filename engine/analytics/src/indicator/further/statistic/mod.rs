//! Statistics of one or two series.

mod hedge;
mod moment;
mod pair;
mod window;

pub use hedge::{Cointegration, KalmanHedge};
pub use moment::{Entropy, HigherMoment, Hurst, MeanAbsolute, Median, MedianDeviation, Quantile, Shape, ZScore};
pub(super) use pair::rank;
pub use pair::{Autocorrelation, Covariance, Fit, Fitness, HalfLife, Spearman};
pub use window::{AgainstBenchmark, Kendall, SampleEntropy, VarianceRatio};

use crate::indicator::catalogue::{Entry, rows};
use crate::indicator::{FURTHER, Filter, Indicator, PERIOD_MAX};

/// Longest window of what takes the square of it many steps.
pub(super) const SQUARE_MAX: usize = 1_000;

pub(in crate::indicator) const ROWS: &[Entry] = rows! { Statistics, FURTHER;
    "AUTOCORR" "Autocorrelation of log returns", CLOSE -> ["autocorr"] Ratio,
        (length: usize = 20 in 2..=PERIOD_MAX, lag: usize = 1 in 1..=PERIOD_MAX),
        length + lag => Autocorrelation::new(length, lag);
    "COINT" "Engle-Granger cointegration test", PAIR -> ["stat", "p"] Ratio,
        (length: usize = 100 in 10..=PERIOD_MAX), length - 1 => Cointegration::new(length);
    "COVAR" "Covariance of close and volume", CV -> ["cov"] Money,
        (length: usize = 20 in 1..=PERIOD_MAX), length - 1 => Covariance::new(length);
    "DRAWDOWN" "Drawdown from the running maximum", CLOSE -> ["dd", "dd_pct"] Input, (), 0 => Drawdown(f64::NAN);
    "ENTROPY" "Entropy of the window's shares", CLOSE -> ["entropy"] Ratio,
        (length: usize = 10 in 1..=PERIOD_MAX), 2 * (length - 1) => Entropy::new(length);
    "HALF_LIFE" "Half-life of mean reversion", CLOSE -> ["half_life"] Bars,
        (length: usize = 60 in 3..=PERIOD_MAX), length - 1 => HalfLife::new(length);
    "HURST_RS" "Hurst exponent by rescaled range", CLOSE -> ["hurst"] Ratio,
        (length: usize = 128 in 32..=PERIOD_MAX), length => Hurst::new(length);
    "KALMAN_HEDGE" "Hedge ratio by Kalman's filter", PAIR -> ["beta", "alpha", "error", "deviation"] Ratio,
        (delta: f64 = 1e-4 in 1e-12..=0.5, noise: f64 = 1e-3 in 1e-12..=1e12),
        0 => KalmanHedge::new(delta, noise);
    "KENDALL" "Kendall's rank correlation", PAIR -> ["tau"] Ratio,
        (length: usize = 20 in 2..=SQUARE_MAX), length - 1 => Kendall::new(length);
    "KURTOSIS" "Sample excess kurtosis", CLOSE -> ["kurtosis"] Ratio,
        (length: usize = 30 in 4..=PERIOD_MAX), length - 1 => HigherMoment::new(length, Shape::Kurtosis);
    "LOG_RETURN" "Log return", CLOSE -> ["log_return"] Ratio,
        (length: usize = 1 in 1..=PERIOD_MAX), length => LogReturn(crate::indicator::block::Lag::new(length));
    "MEAN_AD" "Mean absolute deviation", CLOSE -> ["mad"] Input,
        (length: usize = 30 in 1..=PERIOD_MAX), length - 1 => MeanAbsolute::new(length);
    "MEDIAN" "Median", CLOSE -> ["median"] Input,
        (length: usize = 30 in 1..=PERIOD_MAX), length - 1 => Median::new(length);
    "MEDIAN_AD" "Median absolute deviation", CLOSE -> ["mad"] Input,
        (length: usize = 30 in 1..=PERIOD_MAX), length - 1 => MedianDeviation::new(length);
    "QUANTILE" "Quantile, interpolated", CLOSE -> ["quantile"] Input,
        (length: usize = 30 in 1..=PERIOD_MAX, q: f64 = 0.25 in 0.0..=1.0), length - 1 => Quantile::new(length, q);
    "ROLLING_BETA" "Beta, alpha and R² against a benchmark", PAIR -> ["beta", "alpha", "r2"] Ratio,
        (length: usize = 60 in 2..=PERIOD_MAX), length => AgainstBenchmark::new(length);
    "R_SQUARED" "Squared correlation with time", CLOSE -> ["r2"] Ratio,
        (length: usize = 14 in 2..=PERIOD_MAX), length - 1 => Fitness::new(length, Fit::RSquared);
    "SAMPLE_ENTROPY" "Sample entropy", CLOSE -> ["se"] Ratio,
        (length: usize = 100 in 10..=SQUARE_MAX, m: usize = 2 in 1..=9, r: f64 = 0.2 in 0.0..=100.0),
        length - 1 => SampleEntropy::new(length, m, r);
    "SKEW" "Sample skewness", CLOSE -> ["skew"] Ratio,
        (length: usize = 30 in 3..=PERIOD_MAX), length - 1 => HigherMoment::new(length, Shape::Skew);
    "SPEARMAN" "Rank correlation of close and volume", CV -> ["rho"] Ratio,
        (length: usize = 20 in 2..=SQUARE_MAX), length - 1 => Spearman::new(length);
    "STDERR" "Standard error of the regression", CLOSE -> ["stderr"] Input,
        (length: usize = 14 in 3..=PERIOD_MAX), length - 1 => Fitness::new(length, Fit::StandardError);
    "VARIANCE_RATIO" "Lo-MacKinlay variance ratio", CLOSE -> ["vr_2", "z_2", "vr_4", "z_4", "vr_8", "z_8"] Ratio,
        (length: usize = 100 in 9..=PERIOD_MAX), length => VarianceRatio::new(length);
    "ZSCORE" "Z-score", CLOSE -> ["z"] Ratio,
        (length: usize = 30 in 2..=PERIOD_MAX), length - 1 => ZScore::new(length);
};

/// The greatest so far, less the input; and as a fraction of it.
#[derive(Debug)]
struct Drawdown(f64);

impl Indicator<1, 2> for Drawdown {
    #[inline]
    fn update(&mut self, [input]: [f64; 1]) -> [f64; 2] {
        // The maximum of a number and NaN is the number.
        self.0 = self.0.max(input);
        [self.0 - input, 1.0 - input / self.0]
    }
}

/// Logarithm of an input by an earlier one.
#[derive(Debug)]
struct LogReturn(crate::indicator::block::Lag);

impl Filter for LogReturn {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        (input / self.0.next(input)).ln()
    }
}
