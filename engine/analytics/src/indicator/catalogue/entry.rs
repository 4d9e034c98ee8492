//! What the catalogue says of an indicator.

use super::{Fault, Running, nearest};

/// What kind of thing an indicator is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Shapes of one to five candles.
    CandlestickPattern,
    /// What a derivatives venue says beside its prices.
    CryptoDerivatives,
    /// Periods and phases.
    Cycle,
    /// Traded against quoted.
    Microstructure,
    /// How fast a price moves.
    Momentum,
    /// The best bid and ask.
    OrderBook,
    /// Who wanted what was traded.
    OrderFlow,
    /// Averages, bands, stops: what is drawn over a price.
    Overlap,
    /// One price made of a bar.
    PriceTransform,
    /// Moments, regressions, ranks.
    Statistics,
    /// Arithmetic on columns.
    VectorMaths,
    /// How far a price moves.
    Volatility,
    /// What was traded.
    Volume,
    /// What was traded, or how long, at which price.
    VolumeProfile,
}

impl Group {
    /// Its name, as users see it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CandlestickPattern => "candlestick pattern",
            Self::CryptoDerivatives => "crypto derivatives",
            Self::Cycle => "cycle",
            Self::Microstructure => "microstructure",
            Self::Momentum => "momentum",
            Self::OrderBook => "order book",
            Self::OrderFlow => "order flow (trades)",
            Self::Overlap => "overlap/trend",
            Self::PriceTransform => "price transform",
            Self::Statistics => "statistics",
            Self::VectorMaths => "vector maths",
            Self::Volatility => "volatility",
            Self::Volume => "volume",
            Self::VolumeProfile => "volume profile",
        }
    }
}

/// What the outputs are measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// As the first input: a price of a price, a volume of a volume.
    Input,
    /// The same, squared.
    InputSquared,
    /// 0 to 100, or -100 to 100, or unbounded around 0 where the formula is so.
    Percent,
    /// Hundredths of a percent.
    BasisPoints,
    /// A number without unit.
    Ratio,
    /// Units of the base asset.
    Volume,
    /// Price times volume.
    Money,
    /// A number of bars, or the number of a bar.
    Bars,
    /// An angle in degrees.
    Degrees,
    /// Whole numbers that stand for something: up, down, a pattern, a swing.
    Sign,
}

impl Unit {
    /// Its name, as users see it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::InputSquared => "input squared",
            Self::Percent => "percent",
            Self::BasisPoints => "basis points",
            Self::Ratio => "ratio",
            Self::Volume => "volume",
            Self::Money => "price times volume",
            Self::Bars => "bars",
            Self::Degrees => "degrees",
            Self::Sign => "sign",
        }
    }
}

/// One input: a name and the columns that it takes by nature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Input {
    /// Name, as in `--inputs`.
    pub name: &'static str,
    /// Its columns, in order.
    pub columns: &'static [&'static str],
}

/// One parameter. Bounds belong to the range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Param {
    /// Name, as in `--params`.
    pub name: &'static str,
    /// What it is when nobody says.
    pub default: f64,
    /// Least value.
    pub min: f64,
    /// Greatest value.
    pub max: f64,
    /// No fractions.
    pub whole: bool,
}

/// One indicator.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Abbreviation, by which it is asked for.
    pub name: &'static str,
    /// Its name in words.
    pub title: &'static str,
    /// What kind of thing it is.
    pub group: Group,
    /// What it takes.
    pub inputs: &'static [Input],
    /// What may be set.
    pub params: &'static [Param],
    /// Names of what it gives.
    pub outputs: &'static [&'static str],
    /// What that is measured in.
    pub unit: Unit,
    /// Where the formula is from.
    pub source: &'static str,
    /// Makes one of checked values of `params`, in their order.
    pub(crate) make: fn(&[f64]) -> Running,
}

impl Entry {
    /// The columns that it takes by nature, in the order in which it takes them.
    pub fn columns(&self) -> impl Iterator<Item = &'static str> {
        self.inputs.iter().flat_map(|input| input.columns).copied()
    }

    /// The default of every parameter, in order.
    #[must_use]
    pub fn defaults(&self) -> Vec<f64> {
        self.params.iter().map(|param| param.default).collect()
    }

    /// Makes one, with the named values in the place of the defaults.
    ///
    /// # Errors
    /// If a name is not one of its parameters, or a value is not in its range.
    pub fn make(&self, named: &[(&str, f64)]) -> Result<Running, Fault> {
        let mut values = self.defaults();
        for &(name, value) in named {
            let at = self.params.iter().position(|param| param.name == name);
            let at = at.ok_or_else(|| self.no_param(name))?;
            values[at] = self.params[at].check(self.name, value)?;
        }
        Ok((self.make)(&values))
    }

    fn no_param(&self, found: &str) -> Fault {
        let names = self.params.iter().map(|param| param.name);
        Fault::UnknownParam { indicator: self.name, found: found.to_owned(), nearest: nearest(found, names) }
    }
}

impl Param {
    fn check(&self, indicator: &'static str, found: f64) -> Result<f64, Fault> {
        // NaN is in no range.
        let fits = (self.min..=self.max).contains(&found) && (!self.whole || found.fract() == 0.0);
        if fits { Ok(found) } else { Err(Fault::ParamRange { indicator, param: *self, found }) }
    }
}
