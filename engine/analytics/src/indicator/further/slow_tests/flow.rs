//! Books, tapes and profiles, row by row, against a reading of all rows so far.

use super::{Dice, run, same};
use std::collections::{BTreeMap, BTreeSet};

const TRADES: usize = 600;
const DAY_MS: f64 = 86_400_000.0;

struct Tape {
    time_ms: Vec<f64>,
    price: Vec<f64>,
    signed: Vec<f64>,
}

/// Some days of trades on eighths around a price that wanders.
fn tape() -> Tape {
    let mut dice = Dice(11);
    let mut tape = Tape { time_ms: vec![], price: vec![], signed: vec![] };
    let (mut time, mut price) = (1_700_000_000_000.0, 50.0);
    for _ in 0..TRADES {
        time += dice.next(2_700_000);
        price += (dice.next(9) - 4.0) / 8.0;
        let amount = (dice.next(40) + 1.0) / 4.0;
        tape.time_ms.push(time);
        tape.price.push(price);
        tape.signed.push(if dice.next(2) > 0.0 { amount } else { -amount });
    }
    tape
}

impl Tape {
    fn columns(&self) -> [&[f64]; 3] {
        [&self.time_ms, &self.price, &self.signed]
    }

    fn day(&self, row: usize) -> i64 {
        (self.time_ms[row] / DAY_MS).floor() as i64
    }

    fn level(&self, row: usize) -> i64 {
        self.price[row].floor() as i64
    }

    /// Bought and sold by level of the rows that `is` of.
    fn levels(&self, last: usize, is: impl Fn(usize) -> bool) -> BTreeMap<i64, (f64, f64)> {
        let mut levels = BTreeMap::new();
        for row in (0..=last).filter(|row| is(*row)) {
            let (buy, sell): &mut (f64, f64) = levels.entry(self.level(row)).or_default();
            *buy += self.signed[row].max(0.0);
            *sell += (-self.signed[row]).max(0.0);
        }
        levels
    }
}

/// The fullest level, the lower one of equals.
fn poc(levels: &BTreeMap<i64, (f64, f64)>) -> i64 {
    let most = levels.values().fold(0.0_f64, |most, (buy, sell)| most.max(buy + sell));
    *levels.iter().find(|(_, (buy, sell))| buy + sell >= most).expect("a level").0
}

/// Highest and lowest level of the area that holds so much: by the words of the oracles' definitions.
fn area(levels: &BTreeMap<i64, (f64, f64)>, share: f64) -> (i64, i64) {
    let at = |index: i64| levels.get(&index).map_or(0.0, |(buy, sell)| buy + sell);
    let total: f64 = levels.values().map(|(buy, sell)| buy + sell).sum();
    let (first, last) = (*levels.keys().next().expect("one"), *levels.keys().next_back().expect("one"));
    let (mut high, mut low) = (poc(levels), poc(levels));
    while (low..=high).map(at).sum::<f64>() < share * total && (low > first || high < last) {
        let (up, down) = (at(high + 1) + at(high + 2), at(low - 1) + at(low - 2));
        if high < last && (up >= down || low == first) {
            high = last.min(high + 2);
        } else {
            low = first.max(low - 2);
        }
    }
    (high, low)
}

fn rows(of: impl Fn(usize) -> f64) -> Vec<f64> {
    (0..TRADES).map(of).collect()
}

#[test]
fn profiles_of_all_trades_are_told_row_by_row() {
    let tape = tape();
    let all: Vec<_> = (0..TRADES).map(|row| tape.levels(row, |_| true)).collect();
    let own = |row: usize| all[row][&tape.level(row)];
    let got = run("VP", &[], &tape.columns());
    let level = rows(|row| tape.level(row) as f64);
    same("VP level", &got[0], &level);
    same("VP buy", &got[1], &rows(|row| own(row).0));
    same("VP sell", &got[2], &rows(|row| own(row).1));
    same("VP levels", &got[3], &rows(|row| all[row].len() as f64));
    let got = run("VP_DELTA", &[], &tape.columns());
    same("VP_DELTA level", &got[0], &level);
    same("VP_DELTA delta", &got[3], &rows(|row| own(row).0 - own(row).1));
    same("POC", &run("POC", &[], &tape.columns())[0], &rows(|row| poc(&all[row]) as f64));
    let got = run("VALUE_AREA", &[("share", 0.6)], &tape.columns());
    same("VALUE_AREA vah", &got[0], &rows(|row| area(&all[row], 0.6).0 as f64));
    same("VALUE_AREA val", &got[1], &rows(|row| area(&all[row], 0.6).1 as f64));
}

#[test]
fn profiles_of_days_are_told_row_by_row() {
    let tape = tape();
    assert!(tape.day(TRADES - 1) - tape.day(0) > 5, "some days");
    let of_day = |row: usize| tape.levels(row, |other| tape.day(other) == tape.day(row));
    let got = run("VP_SESSION", &[], &tape.columns());
    same("VP_SESSION poc", &got[0], &rows(|row| poc(&of_day(row)) as f64));
    same("VP_SESSION vah", &got[1], &rows(|row| area(&of_day(row), 0.7).0 as f64));
    same("VP_SESSION val", &got[2], &rows(|row| area(&of_day(row), 0.7).1 as f64));
    let composite = |row: usize| tape.levels(row, |other| tape.day(other) > tape.day(row) - 3);
    let got = run("VP_COMPOSITE", &[("days", 3.0)], &tape.columns());
    same("VP_COMPOSITE poc", &got[0], &rows(|row| poc(&composite(row)) as f64));
    same("VP_COMPOSITE vah", &got[1], &rows(|row| area(&composite(row), 0.7).0 as f64));
    same("VP_COMPOSITE val", &got[2], &rows(|row| area(&composite(row), 0.7).1 as f64));
}

#[test]
fn a_point_of_control_is_naked_until_the_price_comes_by() {
    let tape = tape();
    let naked = |row: usize| {
        let ended: BTreeSet<i64> = (0..row).map(|row| tape.day(row)).filter(|day| *day < tape.day(row)).collect();
        let mut naked = Vec::new();
        for day in ended {
            let last = (0..row).rfind(|other| tape.day(*other) == day).expect("a trade");
            let point = poc(&tape.levels(last, |other| tape.day(other) == day));
            let comes_by = |at: usize| {
                let (from, to) = (tape.level(at - 1), tape.level(at));
                (from.min(to)..=from.max(to)).contains(&point)
            };
            if !(last + 1..=row).any(comes_by) {
                naked.push(point as f64);
            }
        }
        naked
    };
    let got = run("NAKED_POC", &[], &tape.columns());
    let now = |row: usize| tape.level(row) as f64;
    let known = |value: f64| if value.is_finite() { value } else { f64::NAN };
    let all: Vec<_> = (0..TRADES).map(naked).collect();
    let above = |row: usize| all[row].iter().filter(|point| **point > now(row)).fold(f64::INFINITY, |a, b| a.min(*b));
    let below = |row: usize| all[row].iter().filter(|point| **point <= now(row)).fold(-f64::INFINITY, |a, b| a.max(*b));
    same("NAKED_POC above", &got[0], &rows(|row| known(above(row))));
    same("NAKED_POC below", &got[1], &rows(|row| known(below(row))));
    same("NAKED_POC count", &got[2], &rows(|row| all[row].len() as f64));
}

#[test]
fn footprints_and_deltas_of_bars_are_told_row_by_row() {
    let tape = tape();
    let bar = |row: usize| (tape.time_ms[row] / 14_400_000.0).floor() as i64;
    let of_bar = |row: usize| tape.levels(row, |other| bar(other) == bar(row));
    let bars_of = [("bar_ms", 14_400_000.0)];
    let got = run("FOOTPRINT", &bars_of, &tape.columns());
    same("FOOTPRINT buy", &got[1], &rows(|row| of_bar(row)[&tape.level(row)].0));
    same("FOOTPRINT sell", &got[2], &rows(|row| of_bar(row)[&tape.level(row)].1));
    same("FOOTPRINT poc", &got[3], &rows(|row| poc(&of_bar(row)) as f64));
    same("FOOTPRINT levels", &got[4], &rows(|row| of_bar(row).len() as f64));
    let count = |row: usize, buys: bool| {
        let levels = of_bar(row);
        let overran = |(index, (buy, sell)): (&i64, &(f64, f64))| {
            let other = if buys { levels.get(&(index - 1)) } else { levels.get(&(index + 1)) };
            let Some((other_buy, other_sell)) = other else { return false };
            let (own, against) = if buys { (*buy, *other_sell) } else { (*sell, *other_buy) };
            against > 0.0 && own >= 3.0 * against
        };
        levels.iter().filter(|level| overran(*level)).count() as f64
    };
    let got = run("FP_IMBALANCE", &bars_of, &tape.columns());
    same("FP_IMBALANCE buy", &got[0], &rows(|row| count(row, true)));
    same("FP_IMBALANCE sell", &got[1], &rows(|row| count(row, false)));
    let ends = |row: usize| {
        let (mut sum, mut most, mut least) = (0.0, 0.0_f64, 0.0_f64);
        for other in (0..=row).filter(|other| bar(*other) == bar(row)) {
            sum += tape.signed[other];
            (most, least) = (most.max(sum), least.min(sum));
        }
        (most, least)
    };
    let got = run("DELTA_MINMAX", &bars_of, &[&tape.time_ms, &tape.signed]);
    same("DELTA_MINMAX max", &got[0], &rows(|row| ends(row).0));
    same("DELTA_MINMAX min", &got[1], &rows(|row| ends(row).1));
}

#[test]
fn buckets_are_filled_in_order_and_split_at_their_edges() {
    let tape = tape();
    // Amounts are quarters: a bucket is so many of them, each bought or sold.
    let (mut quarters, mut wanted) = (Vec::new(), Vec::new());
    for signed in &tape.signed {
        quarters.extend(std::iter::repeat_n(signed.signum(), (signed.abs() * 4.0) as usize));
        let buckets: Vec<_> = quarters.chunks_exact(80).map(|bucket| bucket.iter().sum::<f64>().abs() / 80.0).collect();
        let last = buckets.len().checked_sub(5).map(|from| &buckets[from..]);
        wanted.push(last.map_or(f64::NAN, super::mean));
    }
    same("VPIN", &run("VPIN", &[("bucket", 20.0), ("length", 5.0)], &[&tape.signed])[0], &wanted);
}

#[test]
fn a_trade_is_settled_by_the_quotes_behind_it() {
    let mut dice = Dice(5);
    let (mut price, mut signed, mut bid, mut ask) = (vec![], vec![], vec![], vec![]);
    let mut mid = 100.0;
    for _ in 0..TRADES {
        let is_trade = dice.next(3) == 0.0;
        if !is_trade {
            mid += (dice.next(5) - 2.0) / 8.0;
        }
        bid.push(mid - 0.25);
        ask.push(mid + 0.25);
        price.push(mid + (dice.next(5) - 2.0) / 8.0);
        signed.push(if is_trade { dice.next(9) - 4.5 } else { 0.0 });
    }
    let middle = |row: usize| (bid[row] + ask[row]) / 2.0;
    let is_quote = |row: usize| signed[row] == 0.0 || row > 0 && (bid[row], ask[row]) != (bid[row - 1], ask[row - 1]);
    let quotes: Vec<_> = (0..TRADES).filter(|row| *row == 0 || is_quote(*row)).collect();
    let paid = |row: usize, mid: f64| 2.0 * f64::signum(signed[row]) * (price[row] - mid);
    let effective = rows(|row| if signed[row] == 0.0 { f64::NAN } else { paid(row, middle(row)) });
    let (mut realised, mut impact) = (vec![Vec::new(); TRADES], vec![Vec::new(); TRADES]);
    for row in (0..TRADES).filter(|row| signed[*row] != 0.0) {
        let at = quotes.partition_point(|quote| *quote <= row) - 1;
        if let Some(settles) = quotes.get(at + 10) {
            realised[*settles].push(paid(row, middle(*settles)));
            impact[*settles].push(effective[row] - paid(row, middle(*settles)));
        }
    }
    let of = |told: &[Vec<f64>]| rows(|row| if told[row].is_empty() { f64::NAN } else { super::mean(&told[row]) });
    let got = run("EFF_SPREAD", &[], &[&price, &signed, &bid, &ask]);
    same("EFF_SPREAD effective", &got[0], &effective);
    same("EFF_SPREAD realised", &got[1], &of(&realised));
    same("EFF_SPREAD impact", &got[2], &of(&impact));
}

#[test]
fn letters_are_half_hours_at_a_level() {
    let bars = super::bars();
    // Ten minutes a bar, from the beginning of a day on.
    let time: Vec<_> = (0..bars.high.len()).map(|bar| 19_000.0 * DAY_MS + bar as f64 * 600_000.0).collect();
    let day = |bar: usize| (time[bar] / DAY_MS).floor() as i64;
    let letters = |row: usize| {
        let mut seen = BTreeSet::new();
        for bar in (0..=row).filter(|bar| day(*bar) == day(row)) {
            let (low, high) = (bars.low[bar] / 5.0, bars.high[bar] / 5.0);
            for level in low.floor() as i64..=high.floor() as i64 {
                seen.insert((level, (time[bar] / 1_800_000.0).floor() as i64));
            }
        }
        let mut levels = BTreeMap::new();
        for (level, _) in seen {
            levels.entry(level).or_insert((0.0, 0.0)).0 += 1.0;
        }
        levels
    };
    let all: Vec<_> = (0..time.len()).map(letters).collect();
    let wanted = |of: &dyn Fn(usize) -> f64| (0..time.len()).map(of).collect::<Vec<_>>();
    let got = run("TPO", &[("height", 5.0)], &[&bars.high, &bars.low, &time]);
    same("TPO poc", &got[0], &wanted(&|row| 5.0 * poc(&all[row]) as f64));
    same("TPO vah", &got[1], &wanted(&|row| 5.0 * area(&all[row], 0.7).0 as f64));
    same("TPO val", &got[2], &wanted(&|row| 5.0 * area(&all[row], 0.7).1 as f64));
    same("TPO levels", &got[5], &wanted(&|row| all[row].len() as f64));
    let first_hour = |row: usize| {
        let begin = (0..time.len()).find(|bar| day(*bar) == day(row)).expect("a bar");
        (row >= begin + 6).then_some(begin..begin + 6)
    };
    let high = |row: usize| first_hour(row).map_or(f64::NAN, |hour| super::greatest(&bars.high[hour]));
    let low = |row: usize| first_hour(row).map_or(f64::NAN, |hour| super::least(&bars.low[hour]));
    same("TPO ib_high", &got[3], &wanted(&high));
    same("TPO ib_low", &got[4], &wanted(&low));
    let volume = vec![1.0; time.len()];
    let spread = |row: usize| {
        let mut levels = BTreeMap::new();
        for bar in 0..=row {
            let all = (bars.low[bar] / 5.0).floor() as i64..=(bars.high[bar] / 5.0).floor() as i64;
            let count = all.clone().count() as f64;
            for level in all {
                levels.entry(level).or_insert((0.0, 0.0)).0 += 1.0 / count;
            }
        }
        levels
    };
    let got = run("VP_BARS", &[("height", 5.0)], &[&bars.high, &bars.low, &volume]);
    same("VP_BARS levels", &got[3], &wanted(&|row| spread(row).len() as f64));
    same("VP_BARS poc", &got[0], &wanted(&|row| 5.0 * poc(&spread(row)) as f64));
}

#[test]
fn a_book_of_twenty_levels_is_read_level_by_level() {
    let mut dice = Dice(3);
    let mut columns = vec![Vec::new(); 80];
    for _ in 0..300 {
        let mid = 1_000.0 + dice.next(100) / 10.0;
        for side in 0..2 {
            for level in 0..20 {
                let away = (0.5 + level as f64 * (1.0 + dice.next(3) / 10.0)) * if side == 0 { -1.0 } else { 1.0 };
                columns[40 * side + 2 * level].push(mid + away);
                let wall = if dice.next(60) == 0.0 { 400.0 } else { 0.0 };
                columns[40 * side + 2 * level + 1].push(dice.next(50) / 4.0 + wall);
            }
        }
    }
    // A side that is empty, and one whose best level is not there.
    (0..20).for_each(|level| columns[40 + 2 * level + 1][7] = 0.0);
    columns[1][9] = 0.0;
    let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let side = |row: usize, from: usize| -> Vec<(f64, f64)> {
        let all = (0..20).map(|level| (columns[from + 2 * level][row], columns[from + 2 * level + 1][row]));
        all.filter(|(_, size)| *size > 0.0).collect()
    };
    let per = |of: &dyn Fn(usize) -> f64| (0..300).map(of).collect::<Vec<_>>();
    let mid = |row: usize| match (side(row, 0).first(), side(row, 40).first()) {
        (Some((bid, _)), Some((ask, _))) => (bid + ask) / 2.0,
        _ => f64::NAN,
    };
    let got = run("BOOK_IMB_N", &[], &slices);
    for (got, n) in got.iter().zip([5, 10, 20]) {
        let sum = |row: usize, from: usize| (0..n).map(|level| columns[from + 2 * level + 1][row]).sum::<f64>();
        same("BOOK_IMB_N", got, &per(&|row| (sum(row, 0) - sum(row, 40)) / (sum(row, 0) + sum(row, 40))));
    }
    let near = |row: usize, from: usize, points: f64| {
        let middle = mid(row);
        let sum = side(row, from).into_iter().filter(|(price, _)| (price - middle).abs() <= middle * points / 1e4);
        if middle.is_nan() { f64::NAN } else { sum.map(|(_, size)| size).sum::<f64>() }
    };
    let got = run("DEPTH_BPS", &[], &slices);
    for (got, points) in got.chunks(3).zip([10.0, 25.0, 50.0]) {
        let (bid, ask) = (per(&|row| near(row, 0, points)), per(&|row| near(row, 40, points)));
        same("DEPTH_BPS bid", &got[0], &bid);
        same("DEPTH_BPS ask", &got[1], &ask);
        same("DEPTH_BPS imbalance", &got[2], &per(&|row| (bid[row] - ask[row]) / (bid[row] + ask[row])));
    }
    let slope = |row: usize, from: usize| {
        let (levels, middle) = (side(row, from), mid(row));
        let points: Vec<_> = (0..levels.len())
            .map(|last| {
                let filled: f64 = levels[..=last].iter().map(|(_, size)| size).sum();
                (1e4 * (levels[last].0 / middle - 1.0).abs(), filled)
            })
            .collect();
        points.iter().map(|(x, y)| x * y).sum::<f64>() / points.iter().map(|(x, _)| x * x).sum::<f64>()
    };
    let known = |row: usize, value: f64| if mid(row).is_nan() { f64::NAN } else { value };
    let got = run("BOOK_SLOPE", &[], &slices);
    same("BOOK_SLOPE bid", &got[0], &per(&|row| known(row, slope(row, 0))));
    same("BOOK_SLOPE ask", &got[1], &per(&|row| known(row, slope(row, 40))));
    let wall = |row: usize, from: usize| {
        let levels = side(row, from);
        let mut sizes: Vec<_> = levels.iter().map(|(_, size)| *size).collect();
        sizes.sort_by(f64::total_cmp);
        let n = sizes.len();
        if n == 0 {
            return (f64::NAN, f64::NAN);
        }
        let median = if n % 2 == 1 { sizes[n / 2] } else { (sizes[n / 2] + sizes[n / 2 - 1]) / 2.0 };
        let largest = sizes[n - 1];
        let first = levels.iter().find(|(_, size)| *size >= largest).expect("it is there");
        if largest > 5.0 * median { *first } else { (f64::NAN, f64::NAN) }
    };
    let got = run("WALLS", &[], &slices);
    for (got, from) in got.chunks(2).zip([0, 40]) {
        same("WALLS price", &got[0], &per(&|row| wall(row, from).0));
        same("WALLS size", &got[1], &per(&|row| wall(row, from).1));
    }
}
