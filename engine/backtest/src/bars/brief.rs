//! The few measures that a search asks of each of many runs, summed while the account goes along: no curve is kept.
//!
//! They are those of [`super::run`], to what is left of a float after another order of adding; a test holds each against it.

use super::account::{Closed, Course, Keep, RunFault, Terms};
use super::series::Series;
use engine_analytics::performance::curve::{self, CurveMeasures};
use engine_analytics::performance::stats::ratio;
use engine_analytics::performance::trades::{self, Trade, TradeMeasures};
use engine_analytics::signal::Wanted;

/// Values that are looked at together: they fit the nearest cache, and their sums lanes.
const BLOCK: usize = 128;
/// Additions that do not wait for each other.
const LANES: usize = 4;
/// A variance below this share of the mean square is rounding, not movement.
const NOISE: f64 = 1e-10;

/// What a run came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Brief {
    /// Of the equity: what [`MEASURES`] names, and nothing else.
    pub curve: CurveMeasures,
    /// The account's value at the end.
    pub equity_final: f64,
    /// Sharpe's ratio of a bar, not annual.
    pub sharpe_per_bar: Option<f64>,
    /// Closed positions.
    pub trades: Vec<Closed>,
    /// Closes with a position.
    pub held: usize,
    /// Bars that it went over.
    pub bars: usize,
}

/// Measures of the curve that are known of a brief run.
pub const MEASURES: [&str; 7] = ["total_return", "cagr", "ann_vol", "sharpe", "sortino", "max_drawdown", "calmar"];

/// Runs an account along, measuring on the way. `None` where the equity hardly moves: then sums do not tell, and the curve is
/// wanted.
///
/// # Panics
/// If there are more or fewer wanted positions than bars.
pub fn run(series: &Series, wanted: &[Wanted], terms: &Terms, periods: f64) -> Result<Option<Brief>, RunFault> {
    let mut stretches = Stretches::new();
    stretches.go(series, wanted, terms)?;
    Ok(stretches.end(terms, periods))
}

/// The same over several stretches of bars, one after another: each is begun anew, its value goes on.
#[derive(Clone, Debug)]
pub struct Stretches(Course<Tally>);

impl Default for Stretches {
    fn default() -> Self {
        Self::new()
    }
}

impl Stretches {
    /// Before the first.
    #[must_use]
    pub fn new() -> Self {
        Self(Course::new(Tally::default()))
    }

    /// Runs along the next one.
    ///
    /// # Panics
    /// If there are more or fewer wanted positions than bars.
    pub fn go(&mut self, series: &Series, wanted: &[Wanted], terms: &Terms) -> Result<(), RunFault> {
        self.0.go(series, wanted, terms)
    }

    /// What they came to; `None` as [`run`] has it.
    #[must_use]
    pub fn end(self, terms: &Terms, periods: f64) -> Option<Brief> {
        let Course { kept: tally, trades, held, bars, .. } = self.0;
        // Of an account that was worth nothing only the curve knows what can be told.
        if curve::is_ruin(tally.deepest) {
            return None;
        }
        let n = tally.count as f64;
        let mean = tally.sum / n;
        let second = tally.squares / n - mean * mean;
        if tally.count == 0 || (tally.squares > 0.0 && second < NOISE * tally.squares / n) {
            return None;
        }
        // The account's value at the first close is its cash: nothing is held before the second bar.
        let (first, last, deepest) = (terms.cash, tally.last, tally.deepest);
        let deviation = ratio(second * n, n - 1.0).map(f64::sqrt);
        let per_bar = deviation.and_then(|spread| ratio(mean, spread));
        let cagr = ratio(last, first).map(|grown| grown.powf(periods / n) - 1.0).filter(|annual| annual.is_finite());
        let curve = CurveMeasures {
            total_return: ratio(last, first).map(|grown| grown - 1.0),
            cagr,
            ann_vol: deviation.map(|spread| spread * periods.sqrt()),
            sharpe: per_bar.map(|per_bar| per_bar * periods.sqrt()),
            sortino: ratio(mean * periods.sqrt(), (tally.downside / n).sqrt()),
            max_drawdown: Some(deepest),
            calmar: cagr.and_then(|cagr| ratio(cagr, deepest.abs())),
            ..CurveMeasures::default()
        };
        Some(Brief { curve, equity_final: last, sharpe_per_bar: per_bar, trades, held, bars })
    }
}

impl Brief {
    /// Measures of the closed positions.
    #[must_use]
    pub fn trade_measures(&self) -> TradeMeasures {
        let closed: Vec<Trade> = self.trades.iter().map(|closed| closed.trade).collect();
        trades::measure(&closed, self.held, self.bars)
    }
}

/// Sums over an equity that goes by.
#[derive(Clone, Copy, Debug)]
struct Tally {
    last: f64,
    /// Whether there was a value.
    is_begun: bool,
    /// Returns.
    count: usize,
    sum: f64,
    squares: f64,
    /// Of the squares of the losses.
    downside: f64,
    peak: f64,
    /// A share, 0 or negative.
    deepest: f64,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            last: 0.0,
            is_begun: false,
            count: 0,
            sum: 0.0,
            squares: 0.0,
            downside: 0.0,
            peak: f64::MIN,
            deepest: 0.0,
        }
    }
}

impl Tally {
    /// One value behind the last.
    fn step(&mut self, value: f64) {
        if self.is_begun {
            let r = value / self.last - 1.0;
            self.count += 1;
            self.sum += r;
            self.squares += r * r;
            self.downside += if r < 0.0 { r * r } else { 0.0 };
        }
        self.fall(value);
        (self.is_begun, self.last) = (true, value);
    }

    fn fall(&mut self, value: f64) {
        if value >= self.peak {
            self.peak = value;
        } else {
            self.deepest = self.deepest.min(value / self.peak - 1.0);
        }
    }

    /// Values behind the last; the first of `values` is the last itself.
    fn block(&mut self, values: &[f64]) {
        let mut lanes = [[0.0; LANES]; 3];
        let mut add = |lane: usize, r: f64| {
            lanes[0][lane] += r;
            lanes[1][lane] += r * r;
            lanes[2][lane] += if r < 0.0 { r * r } else { 0.0 };
        };
        let mut returns = [0.0; BLOCK];
        let returns = &mut returns[..values.len() - 1];
        returns.iter_mut().zip(values.array_windows()).for_each(|(r, [before, now])| *r = now / before - 1.0);
        let (whole, rest) = returns.as_chunks::<LANES>();
        whole.iter().for_each(|chunk| (0..LANES).for_each(|lane| add(lane, chunk[lane])));
        rest.iter().enumerate().for_each(|(lane, r)| add(lane, *r));
        let [sum, squares, downside] = lanes.map(|lanes| lanes.iter().sum::<f64>());
        self.count += returns.len();
        self.sum += sum;
        self.squares += squares;
        self.downside += downside;
        self.falls(&values[1..]);
        self.last = values[values.len() - 1];
    }

    /// A block in which nothing can be deeper than what was is passed by its highest and lowest.
    fn falls(&mut self, values: &[f64]) {
        let (low, high) = extremes(values);
        if low >= self.peak.max(high) * (1.0 + self.deepest) {
            self.peak = self.peak.max(high);
            return;
        }
        values.iter().for_each(|value| self.fall(*value));
    }
}

fn extremes(values: &[f64]) -> (f64, f64) {
    let mut lanes = [(f64::INFINITY, f64::NEG_INFINITY); LANES];
    let mut look = |lane: usize, value: f64| {
        let (low, high) = lanes[lane];
        lanes[lane] = (if value < low { value } else { low }, if value > high { value } else { high });
    };
    let (whole, rest) = values.as_chunks::<LANES>();
    whole.iter().for_each(|chunk| (0..LANES).for_each(|lane| look(lane, chunk[lane])));
    rest.iter().enumerate().for_each(|(lane, value)| look(lane, *value));
    lanes.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |all, one| (all.0.min(one.0), all.1.max(one.1)))
}

impl Keep for Tally {
    fn flat(&mut self, closes: usize, cash: f64) {
        if closes > 0 {
            self.step(cash);
            self.count += closes - 1;
        }
    }

    fn held(&mut self, closes: &[f64], cash: f64, units: f64) {
        let mut rest = closes;
        if !self.is_begun
            && let Some((first, others)) = closes.split_first()
        {
            self.step(cash + units * first);
            rest = others;
        }
        let mut values = [0.0; BLOCK + 1];
        for closes in rest.chunks(BLOCK) {
            values[0] = self.last;
            values[1..].iter_mut().zip(closes).for_each(|(value, close)| *value = cash + units * close);
            self.block(&values[..=closes.len()]);
        }
    }

    fn last(&self) -> Option<f64> {
        self.is_begun.then_some(self.last)
    }
}
