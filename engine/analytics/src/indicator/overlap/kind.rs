//! An average by its number.

use super::{Dema, Hma, Kama, Mama, T3, Tema, Trima, Zlema};
use crate::indicator::Filter;
use crate::indicator::block::{Ema, Rma, Sma, Wma};
use crate::indicator::catalogue::Parameter;

/// Kinds of averages, numbered as TA-Lib does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Plain.
    Sma,
    /// Exponential.
    Ema,
    /// Linearly weighted.
    Wma,
    /// Double exponential.
    Dema,
    /// Triple exponential.
    Tema,
    /// Triangular.
    Trima,
    /// Kaufman's.
    Kama,
    /// Ehlers' adaptive one; it has no period.
    Mama,
    /// Tillson's, at a factor of 0.7.
    T3,
    /// Hull's.
    Hma,
    /// The input as it is.
    Disabled,
    /// What the indicator at hand has by default.
    Default,
    /// With the lag taken back.
    Zlema,
    /// Wilder's.
    Rma,
}

/// Greatest number of a [`Kind`].
pub(crate) const KIND_MAX: usize = 13;

impl Parameter for Kind {
    const WHOLE: bool = true;
    fn of(value: f64) -> Self {
        const ALL: [Kind; KIND_MAX + 1] = [
            Kind::Sma,
            Kind::Ema,
            Kind::Wma,
            Kind::Dema,
            Kind::Tema,
            Kind::Trima,
            Kind::Kama,
            Kind::Mama,
            Kind::T3,
            Kind::Hma,
            Kind::Disabled,
            Kind::Default,
            Kind::Zlema,
            Kind::Rma,
        ];
        ALL[value as usize]
    }
}

impl Kind {
    /// Itself, or the default of the indicator at hand.
    #[must_use]
    pub fn or(self, default: Self) -> Self {
        if self == Self::Default { default } else { self }
    }

    /// Inputs before the first value of an average of that period.
    #[must_use]
    pub fn lookback(self, period: usize) -> usize {
        match self {
            _ if period <= 1 => 0,
            Self::Sma | Self::Ema | Self::Wma | Self::Trima | Self::Rma | Self::Default => period - 1,
            Self::Dema => 2 * (period - 1),
            Self::Tema => 3 * (period - 1),
            Self::Kama => period,
            Self::Mama => Mama::LOOKBACK,
            Self::T3 => 6 * (period - 1),
            Self::Hma => period + Hma::smoothing(period) - 2,
            Self::Disabled => 0,
            Self::Zlema => period - 1 + Zlema::lag(period),
        }
    }
}

/// An average of any [`Kind`].
#[expect(clippy::large_enum_variant, reason = "made once; behind a pointer, a stochastic takes twice as long a bar")]
#[derive(Clone, Debug)]
pub enum Average {
    /// A period of 1, or none wanted.
    Same,
    /// Plain.
    Sma(Sma),
    /// Exponential.
    Ema(Ema),
    /// Linearly weighted.
    Wma(Wma),
    /// Double exponential.
    Dema(Dema),
    /// Triple exponential.
    Tema(Tema),
    /// Triangular.
    Trima(Trima),
    /// Kaufman's.
    Kama(Kama),
    /// Ehlers'.
    Mama(Box<Mama>),
    /// Tillson's.
    T3(T3),
    /// Hull's.
    Hma(Hma),
    /// With the lag taken back.
    Zlema(Zlema),
    /// Wilder's.
    Rma(Rma),
}

impl Average {
    /// Of a kind and a period; at a period of 1 every kind is the input. [`Kind::Default`] is the plain one. Panics on a
    /// period of 0.
    #[must_use]
    pub fn new(kind: Kind, period: usize) -> Self {
        assert!(period > 0, "an average of nothing");
        match kind {
            _ if period == 1 => Self::Same,
            Kind::Disabled => Self::Same,
            Kind::Sma | Kind::Default => Self::Sma(Sma::new(period)),
            Kind::Ema => Self::Ema(Ema::new(period)),
            Kind::Wma => Self::Wma(Wma::new(period)),
            Kind::Dema => Self::Dema(Dema::new(period)),
            Kind::Tema => Self::Tema(Tema::new(period)),
            Kind::Trima => Self::Trima(Trima::new(period)),
            Kind::Kama => Self::Kama(Kama::new(period)),
            Kind::Mama => Self::Mama(Box::new(Mama::new(0.5, 0.05))),
            Kind::T3 => Self::T3(T3::new(period, 0.7)),
            Kind::Hma => Self::Hma(Hma::new(period)),
            Kind::Zlema => Self::Zlema(Zlema::new(period)),
            Kind::Rma => Self::Rma(Rma::new(period)),
        }
    }
}

impl Filter for Average {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        match self {
            Self::Same => input,
            Self::Sma(average) => average.next(input),
            Self::Ema(average) => average.next(input),
            Self::Wma(average) => average.next(input),
            Self::Dema(average) => average.next(input),
            Self::Tema(average) => average.next(input),
            Self::Trima(average) => average.next(input),
            Self::Kama(average) => average.next(input),
            Self::Mama(average) => average.next(input).mama,
            Self::T3(average) => average.next(input),
            Self::Hma(average) => average.next(input),
            Self::Zlema(average) => average.next(input),
            Self::Rma(average) => average.next(input),
        }
    }

    #[inline]
    fn over(&mut self, values: &mut [f64]) {
        match self {
            Self::Same => {}
            Self::Sma(average) => average.over(values),
            Self::Ema(average) => average.over(values),
            Self::Rma(average) => average.over(values),
            _ => values.iter_mut().for_each(|value| *value = self.next(*value)),
        }
    }
}
