//! Who decides: the strategies that a bar backtest knows by name, each with its parameters.

use super::column::Column;
use super::series::Series;
use crate::declared::{Declared, SetFault};
use engine_analytics::indicator::catalogue::{Param, nearest};
use engine_analytics::signal::{
    BollingerOpinion, BollingerReversion, Donchian, DonchianOpinion, RsiMacd, RsiMacdOpinion, RsiMacdPeriods, SmaCross,
    Wanted,
};
use std::fmt::{Display, Formatter};

/// A strategy by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleName {
    /// Long while a short average is above a long one.
    SmaCross,
    /// Buys a fall that has turned.
    RsiMacd,
    /// Bets on the way back from outside a band.
    BollingerReversion,
    /// Follows a breakout.
    Donchian,
}

/// Longest window that may be asked for, in bars.
const WINDOW_MAX: f64 = 100_000.0;

const fn bars(name: &'static str, default: f64) -> Param {
    Param { name, default, min: 1.0, max: WINDOW_MAX, whole: true }
}

const fn level(name: &'static str, default: f64) -> Param {
    Param { name, default, min: 0.0, max: 100.0, whole: false }
}

impl RuleName {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::SmaCross, Self::RsiMacd, Self::BollingerReversion, Self::Donchian];

    /// As users type it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SmaCross => "sma_cross",
            Self::RsiMacd => "rsi_macd",
            Self::BollingerReversion => "bollinger_reversion",
            Self::Donchian => "donchian",
        }
    }

    /// What can be set.
    #[must_use]
    pub fn params(self) -> &'static [Param] {
        const SMA_CROSS: [Param; 2] = [bars("fast", 20.0), bars("slow", 50.0)];
        const RSI_MACD: [Param; 6] = [
            bars("rsi", 14.0),
            level("low", 40.0),
            level("high", 70.0),
            bars("fast", 12.0),
            bars("slow", 26.0),
            bars("signal", 9.0),
        ];
        const BOLLINGER: [Param; 2] =
            [bars("n", 20.0), Param { name: "k", default: 2.0, min: 0.0, max: 100.0, whole: false }];
        const DONCHIAN: [Param; 2] = [bars("entry", 20.0), bars("exit", 10.0)];
        match self {
            Self::SmaCross => &SMA_CROSS,
            Self::RsiMacd => &RSI_MACD,
            Self::BollingerReversion => &BOLLINGER,
            Self::Donchian => &DONCHIAN,
        }
    }

    /// The strategy of that name.
    pub fn find(found: &str) -> Result<Self, RuleFault> {
        let named = Self::ALL.into_iter().find(|rule| rule.name() == found);
        named.ok_or_else(|| RuleFault::UnknownName { found: found.to_owned() })
    }
}

/// A strategy with its parameters, in the order of [`RuleName::params`].
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    name: RuleName,
    values: Vec<f64>,
}

/// A strategy that cannot be made.
#[derive(Clone, Debug, PartialEq)]
pub enum RuleFault {
    /// Nobody has that name.
    UnknownName {
        /// What was asked for.
        found: String,
    },
    /// A value that it does not take.
    Set(SetFault),
}

impl Display for RuleFault {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UnknownName { found } => {
                let meant = nearest(found, RuleName::ALL.into_iter().map(RuleName::name));
                write!(f, "no strategy is called {found}; nearest: {}", meant.join(", "))
            }
            Self::Set(fault) => fault.fmt(f),
        }
    }
}

impl std::error::Error for RuleFault {}

impl Rule {
    /// With what is set, and the defaults for the rest.
    pub fn new<'a>(name: RuleName, set: impl IntoIterator<Item = (&'a str, f64)>) -> Result<Self, RuleFault> {
        let declared = Declared::from(name);
        let mut values = declared.defaults();
        for (key, found) in set {
            values[declared.check(key, found).map_err(RuleFault::Set)?] = found;
        }
        Ok(Self { name, values })
    }

    /// Which strategy.
    #[must_use]
    pub fn name(&self) -> RuleName {
        self.name
    }

    /// Its parameters by name.
    pub fn values(&self) -> impl Iterator<Item = (&'static str, f64)> {
        self.name.params().iter().zip(&self.values).map(|(param, value)| (param.name, *value))
    }

    /// Bars that it needs before it can have an opinion.
    #[must_use]
    pub fn needs(&self) -> usize {
        let whole = |at: usize| self.values[at] as usize;
        match self.name {
            RuleName::SmaCross => whole(0).max(whole(1)),
            RuleName::RsiMacd => (whole(0) + 1).max(whole(3).max(whole(4)) + whole(5)),
            RuleName::BollingerReversion => whole(0),
            RuleName::Donchian => whole(0).max(whole(1)) + 1,
        }
    }

    /// The position wanted after each close. No bar is looked at before its close.
    #[must_use]
    pub fn wanted(&self, series: &Series) -> Vec<Wanted> {
        let closes = series.close().iter();
        let whole = |at: usize| self.values[at] as usize;
        match self.name {
            RuleName::SmaCross => {
                let mut wanted = vec![Wanted::Flat; series.len()];
                SmaCross::new(whole(0), whole(1)).over(series.close(), &mut wanted);
                wanted
            }
            RuleName::RsiMacd => {
                let mut signal = RsiMacd::new(self.rsi_macd());
                closes.map(|close| Wanted::long_if(signal.update(*close))).collect()
            }
            RuleName::BollingerReversion => {
                let mut signal = BollingerReversion::new(whole(0), self.values[1]);
                closes.map(|close| signal.update(*close)).collect()
            }
            RuleName::Donchian => {
                let mut signal = Donchian::new(whole(0), whole(1));
                let bars = series.high().iter().zip(series.low()).zip(closes);
                bars.map(|((high, low), close)| signal.update(*high, *low, *close)).collect()
            }
        }
    }

    fn rsi_macd(&self) -> RsiMacdPeriods {
        let whole = |at: usize| self.values[at] as u32;
        let (low, high) = (self.values[1], self.values[2]);
        RsiMacdPeriods { rsi: whole(0), low, high, fast: whole(3), slow: whole(4), signal: whole(5) }
    }

    /// What it looks at, in the order in which [`Rule::judged`] takes it.
    #[must_use]
    pub fn columns(&self) -> Vec<Column> {
        let whole = |at: usize| self.values[at] as usize;
        match self.name {
            RuleName::SmaCross => vec![Column::Mean(whole(0)), Column::Mean(whole(1))],
            RuleName::RsiMacd => {
                vec![Column::Rsi(whole(0)), Column::Histogram { fast: whole(3), slow: whole(4), signal: whole(5) }]
            }
            RuleName::BollingerReversion => vec![Column::Middle(whole(0)), Column::Deviation(whole(0))],
            RuleName::Donchian => {
                let (entry, exit) = (whole(0), whole(1));
                vec![Column::Highest(entry), Column::Lowest(entry), Column::Highest(exit), Column::Lowest(exit)]
            }
        }
    }

    /// The same as [`Rule::wanted`], out of columns that somebody has.
    ///
    /// # Panics
    /// If they are fewer than [`Rule::columns`], or shorter than the series.
    #[must_use]
    pub fn judged(&self, series: &Series, columns: &[&[f64]]) -> Vec<Wanted> {
        let (closes, bars) = (series.close(), series.len());
        let column = |at: usize| &columns[at][..bars];
        match self.name {
            RuleName::SmaCross => {
                column(0).iter().zip(column(1)).map(|(fast, slow)| Wanted::long_if(fast > slow)).collect()
            }
            RuleName::RsiMacd => {
                let mut opinion = RsiMacdOpinion::new(&self.rsi_macd());
                let both = column(0).iter().zip(column(1));
                both.map(|(rsi, histogram)| Wanted::long_if(opinion.update(*rsi, *histogram))).collect()
            }
            RuleName::BollingerReversion => {
                let mut opinion = BollingerOpinion::new(self.values[1]);
                let band = column(0).iter().zip(column(1));
                closes.iter().zip(band).map(|(close, (middle, away))| opinion.update(*close, *middle, *away)).collect()
            }
            RuleName::Donchian => {
                let mut opinion = DonchianOpinion::default();
                // Of the bars before: at the first there is none.
                let before = |at: usize, bar: usize| bar.checked_sub(1).map_or(f64::NAN, |bar| columns[at][bar]);
                let judge = |(bar, close): (usize, &f64)| {
                    let [high, low, exit_high, exit_low] = [0, 1, 2, 3].map(|at| before(at, bar));
                    opinion.update(*close, [high, low], [exit_high, exit_low])
                };
                closes.iter().enumerate().map(judge).collect()
            }
        }
    }
}
