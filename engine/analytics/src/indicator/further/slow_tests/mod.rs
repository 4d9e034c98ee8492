//! What has no oracle of another engine, against slow definitions: each written anew, over the whole series at once, with no
//! block of the fast one in it.

mod flow;
mod momentum;
mod overlap;
mod statistic;
mod trend;
mod volatility;

use crate::indicator::catalogue::{find, place};

/// Bars of the test series.
const BARS: usize = 700;
/// Every so many bars one that is none is put in.
const HOLE: usize = 37;

/// A series that nobody chose: integers of splitmix64, so that it is the same everywhere.
pub(super) struct Bars {
    pub(super) open: Vec<f64>,
    pub(super) high: Vec<f64>,
    pub(super) low: Vec<f64>,
    pub(super) close: Vec<f64>,
    pub(super) time_ms: Vec<f64>,
}

pub(super) struct Dice(pub(super) u64);

impl Dice {
    /// Below `sides`.
    pub(super) fn next(&mut self, sides: u64) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % sides) as f64
    }
}

/// Prices on quarters, so that equal ones occur, with gaps, drifts and turns.
pub(super) fn bars() -> Bars {
    let mut dice = Dice(7);
    let mut bars = Bars { open: vec![], high: vec![], low: vec![], close: vec![], time_ms: vec![] };
    let mut close = 400.0;
    for bar in 0..BARS {
        let drift = 3.0 * (bar as f64 / 40.0).sin();
        let open = close + (dice.next(9) - 4.0) / 4.0;
        close = (close + (drift * 4.0).round() / 4.0 + (dice.next(41) - 20.0) / 4.0).max(50.0);
        bars.open.push(open);
        bars.high.push(open.max(close) + dice.next(9) / 4.0);
        bars.low.push(open.min(close) - dice.next(9) / 4.0);
        bars.close.push(close);
        bars.time_ms.push(1.7e12 + bar as f64 * 14_400_000.0);
    }
    bars
}

/// The row of the catalogue over a series: bar by bar and as a batch to the same bits; and the same bits where bars that
/// are no numbers are put between.
#[track_caller]
pub(super) fn run(name: &str, params: &[(&str, f64)], columns: &[&[f64]]) -> Vec<Vec<f64>> {
    let entry = find(name).expect("an entry");
    let made = || entry.make(params).expect("parameters");
    let (rows, outputs) = (columns[0].len(), entry.outputs.len());
    let empty = || vec![vec![0.0; rows]; outputs];
    let mut batch = empty();
    made().run(columns, &mut batch.iter_mut().map(Vec::as_mut_slice).collect::<Vec<_>>());
    let (mut stream, mut holed) = (empty(), empty());
    let (mut plain, mut other, mut row_of) = (made(), made(), vec![0.0; outputs]);
    for row in 0..rows {
        let input: Vec<_> = columns.iter().map(|column| column[row]).collect();
        plain.update(&input, &mut row_of);
        for (output, column) in stream.iter_mut().enumerate() {
            place(column, row, plain.back(output), row_of[output]);
        }
        if row % HOLE == HOLE - 1 {
            let mut hole = input.clone();
            hole[row % columns.len()] = f64::NAN;
            other.update(&hole, &mut row_of);
            assert!(row_of.iter().all(|value| value.is_nan()), "{name}, row {row}: a value of no bar");
        }
        other.update(&input, &mut row_of);
        for (output, column) in holed.iter_mut().enumerate() {
            place(column, row, other.back(output), row_of[output]);
        }
    }
    let bits = |columns: &[Vec<f64>]| columns.iter().flatten().map(|value| value.to_bits()).collect::<Vec<_>>();
    assert!(bits(&stream) == bits(&batch), "{name}: a batch is another thing than a stream");
    assert!(bits(&stream) == bits(&holed), "{name}: what is no bar moved it");
    batch
}

/// To 1e-9 of the largest of the column, and no number exactly where there is none; something other than 0 occurs.
#[track_caller]
pub(super) fn same(name: &str, got: &[f64], wanted: &[f64]) {
    assert_eq!(got.len(), wanted.len(), "{name}: rows");
    let scale = wanted.iter().filter(|value| !value.is_nan()).fold(0.0_f64, |scale, value| scale.max(value.abs()));
    assert!(scale > 0.0, "{name}: a column of nothing");
    for (row, (got, wanted)) in got.iter().zip(wanted).enumerate() {
        let is = if wanted.is_nan() { got.is_nan() } else { (got - wanted).abs() <= 1e-9 * scale };
        assert!(is, "{name}, row {row}: found {got}, expected {wanted}, scale {scale}");
    }
}

/// A function of each row.
pub(super) fn rows(of: impl Fn(usize) -> f64) -> Vec<f64> {
    (0..BARS).map(of).collect()
}

/// Exponential average, seeded with the mean of its first inputs.
pub(super) fn ema(values: &[f64], length: usize, weight: f64) -> Vec<f64> {
    let begin = values.iter().position(|value| !value.is_nan()).expect("values") + length - 1;
    let mut average = vec![f64::NAN; values.len()];
    average[begin] = values[begin + 1 - length..=begin].iter().sum::<f64>() / length as f64;
    for row in begin + 1..values.len() {
        average[row] = weight * values[row] + (1.0 - weight) * average[row - 1];
    }
    average
}

/// Average true range by Wilder's average.
pub(super) fn atr(bars: &Bars, length: usize) -> Vec<f64> {
    let range = rows(|row| {
        if row == 0 {
            return f64::NAN;
        }
        let before = bars.close[row - 1];
        bars.high[row].max(before) - bars.low[row].min(before)
    });
    ema(&range, length, 1.0 / length as f64)
}

pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Sum of squared distances to the mean, by `n - less`.
pub(super) fn variance(values: &[f64], less: f64) -> f64 {
    let mean = mean(values);
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (values.len() as f64 - less)
}

/// The window of so many rows that ends at a row, once there are as many that are numbers.
pub(super) fn window(values: &[f64], row: usize, length: usize) -> Option<&[f64]> {
    let window = &values[(row + 1).checked_sub(length)?..=row];
    (!window.iter().any(|value| value.is_nan())).then_some(window)
}

pub(super) fn greatest(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::MIN, f64::max)
}

pub(super) fn least(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::MAX, f64::min)
}

/// Logarithms of each close by the one before.
pub(super) fn log_returns(bars: &Bars) -> Vec<f64> {
    rows(|row| if row == 0 { f64::NAN } else { bars.close[row].ln() - bars.close[row - 1].ln() })
}
