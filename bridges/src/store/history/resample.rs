//! Longer candles out of shorter ones.

use super::decimal::Decimal;
use super::kind::{Kind, Period};
use super::table::{Cell, Table, TooLong};

/// Of the first Monday behind the epoch, which was a Thursday.
const MONDAY_NS: i64 = 4 * 86_400_000_000_000;
const WEEK_MS: u64 = 7 * 86_400_000;

/// When the candle of that length begins in which `at_ns` lies: a whole number of lengths after the epoch, of weeks after a
/// Monday, as people and venues count them.
fn begins(at_ns: i64, period: Period) -> i64 {
    let from = if period.ms().is_multiple_of(WEEK_MS) { MONDAY_NS } else { 0 };
    (at_ns - from).div_euclid(period.ns()) * period.ns() + from
}

/// Longer candles.
#[derive(Clone, Debug, PartialEq)]
pub struct Longer {
    /// In the order of time.
    pub table: Table,
    /// When those began that are made of fewer shorter ones than fit, for there are holes. ns since the epoch.
    pub holed: Vec<i64>,
}

/// Candles of a length made of shorter ones. One whose end no shorter candle has reached is not over, and is left out, as is
/// the first one where the rows begin in its middle; one with holes is of what there is. What is not known of each part
/// is not known of the whole. `None` where the rows are no candles, their length does not fit a whole number of times, or one
/// does not begin at a whole number of its lengths.
pub fn resample(table: &Table, period: Period) -> Result<Option<Longer>, TooLong> {
    let Kind::Candles(of, length) = table.kind() else { return Ok(None) };
    if !period.ms().is_multiple_of(length.ms()) {
        return Ok(None);
    }
    let (mut out, mut holed, mut start) = (Table::new(Kind::Candles(of, period)), Vec::new(), 0);
    let parts = (period.ms() / length.ms()) as usize;
    let times_ns = table.times_ns();
    // One that begins in the middle of its own length may reach over the end of what it is counted to.
    if times_ns.iter().any(|at| begins(*at, length) != *at) {
        return Ok(None);
    }
    while let Some(at) = times_ns.get(start) {
        let begins = begins(*at, period);
        let ends = begins.saturating_add(period.ns());
        let rows = start..start + times_ns[start..].partition_point(|at| *at < ends);
        let is_over = rows.end < times_ns.len() || times_ns[rows.end - 1] + length.ns() >= ends;
        let has_begun = start > 0 || *at == begins;
        if is_over && has_begun {
            if rows.len() < parts {
                holed.push(begins);
            }
            let whole = (0..table.columns().len()).map(|column| folded(table, rows.clone(), column));
            let whole: Vec<Option<Cell>> = whole.collect::<Result<_, _>>()?;
            out.push(begins, whole)?;
        }
        start = rows.end;
    }
    Ok(Some(Longer { table: out, holed }))
}

/// One cell out of those of a column.
fn folded(table: &Table, mut rows: std::ops::Range<usize>, column: usize) -> Result<Option<Cell>, TooLong> {
    let number = |row: usize| match table.cell(row, column) {
        Some(Cell::Number(number)) => Some(number),
        _ => None,
    };
    let of = |keep: fn(Decimal, Decimal) -> bool| {
        rows.clone().filter_map(number).reduce(|kept, next| if keep(next, kept) { next } else { kept })
    };
    let cell = match table.kind().fields()[column].name {
        "open" => number(rows.start),
        "high" => of(|next, kept| next > kept),
        "low" => of(|next, kept| next < kept),
        "close" => number(rows.end - 1),
        _ => rows.try_fold(Some(Decimal::default()), |sum, row| match (sum, number(row)) {
            (Some(sum), Some(next)) => sum.plus(next).ok_or(TooLong).map(Some),
            _ => Ok(None),
        })?,
    };
    Ok(cell.map(Cell::Number))
}
