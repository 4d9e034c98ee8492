//! The convention, point by point, and every reason why candles are none.

use super::grid::{decimals, lot_decimals, typed};
use super::path::{Point, corners, point, points, touch};
use super::{Candle, CandleFault, Candles, Telling, Way, usual_ms};
use crate::bars::series::{Bar, BarFault, Series};
use crate::dice::Dice;
use engine_model::instrument::Grid;
use engine_model::units::{Lots, Nanos, Ticks};

const MINUTE_MS: i64 = 60_000;
const CENTS: Grid = Grid { price_decimals: 2, tick_step: 1, qty_decimals: 3, lot_step: 1 };

pub(super) fn series(rows: &[(i64, [f64; 4])]) -> Series {
    let mut series = Series::default();
    for &(minute, [open, high, low, close]) in rows {
        series.push(Bar { time_ms: minute * MINUTE_MS, open, high, low, close }).expect("a bar");
    }
    series
}

fn candle([open, high, low, close]: [i64; 4], volume: i64) -> Candle {
    let at = Nanos(120 * Nanos::SECOND);
    Candle { at, open: Ticks(open), high: Ticks(high), low: Ticks(low), close: Ticks(close), volume: Lots(volume) }
}

fn path(candle: &Candle, telling: &Telling, has_volumes: bool) -> Vec<(u64, i64, i64)> {
    let all = (0..points(telling)).map(|number| point(candle, telling, (60 * Nanos::SECOND, has_volumes), number));
    all.map(|Point { at, px, qty }| ((at.0 - candle.at.0) / Nanos::SECOND, px.0, qty.0)).collect()
}

#[test]
fn a_candle_is_four_points_at_even_times_and_its_volume_is_told_when_nothing_more_can_come() {
    let telling = Telling::default();
    let of = candle([100, 130, 90, 120], 50);
    assert_eq!(path(&of, &telling, true), [(0, 100, 1), (15, 90, 1), (30, 130, 1), (45, 120, 47)]);
    let tiny = candle([100, 130, 90, 120], 2);
    assert_eq!(path(&tiny, &telling, true).map_qty(), [1, 1, 1, 1], "each point is told, be there lots for it or not");
    assert_eq!(path(&candle([7, 7, 7, 7], 0), &telling, true).map_qty(), [0; 4], "nothing traded");
    assert_eq!(path(&candle([7, 7, 7, 7], 0), &telling, false).map_qty(), [1; 4], "nobody knows how much");
}

trait MapQty {
    fn map_qty(self) -> Vec<i64>;
}

impl MapQty for Vec<(u64, i64, i64)> {
    fn map_qty(self) -> Vec<i64> {
        self.into_iter().map(|(_, _, qty)| qty).collect()
    }
}

#[test]
fn which_extreme_is_first_is_a_choice_and_near_is_the_one_nearer_to_the_open() {
    let first = |prices, way| corners(&candle(prices, 1), way)[1].0;
    let (near_high, near_low, even) = ([100, 103, 90, 95], [100, 130, 90, 95], [100, 110, 90, 95]);
    assert_eq!([near_high, near_low, even].map(|of| first(of, Way::Near)), [103, 90, 90]);
    assert_eq!([near_high, near_low, even].map(|of| first(of, Way::Far)), [90, 130, 110]);
    assert_eq!([near_high, near_low, even].map(|of| first(of, Way::High)), [103, 130, 110]);
    assert_eq!([near_high, near_low, even].map(|of| first(of, Way::Low)), [90, 90, 90]);
}

#[test]
fn with_more_steps_it_passes_what_lies_between() {
    let telling = Telling { steps: 2, ..Telling::default() };
    let wanted = [(0, 100, 1), (8, 95, 1), (17, 90, 1), (25, 110, 1), (34, 130, 1), (42, 125, 1), (51, 120, 44)];
    assert_eq!(path(&candle([100, 130, 90, 120], 50), &telling, true), wanted);
}

#[test]
fn random_paths_stay_in_the_candle_touch_its_extremes_and_tell_its_volume() {
    let mut dice = Dice(11);
    for _ in 0..2_000 {
        let mut px = || 10 + dice.below(1_000) as i64;
        let (open, close) = (px(), px());
        let (low, high) = (open.min(close).min(px()), open.max(close).max(px()));
        let volume = dice.below(500) as i64;
        let steps = 1 + dice.below(9) as u32;
        let way = [Way::Near, Way::Far, Way::High, Way::Low][dice.below(4) as usize];
        let telling = Telling { steps, way, slip_e9: 0 };
        let path = path(&candle([open, high, low, close], volume), &telling, true);
        assert!(path.is_sorted_by(|a, b| a.0 < b.0) && path[0].0 == 0 && path[path.len() - 1].0 < 60, "{path:?}");
        assert_eq!((path[0].1, path[path.len() - 1].1), (open, close));
        let prices = || path.iter().map(|point| point.1);
        assert_eq!((prices().min(), prices().max()), (Some(low), Some(high)), "{path:?}");
        let told: i64 = path.iter().map(|point| point.2).sum();
        let wanted = if volume == 0 { 0 } else { volume.max(path.len() as i64) };
        assert_eq!(told, wanted, "{path:?}");
    }
}

#[test]
fn a_touch_is_a_tick_to_each_side_or_the_share_that_was_asked_rounded_to_what_is_worse() {
    assert_eq!(touch(Ticks(10_000), 0), (Ticks(9_999), Ticks(10_001)));
    assert_eq!(touch(Ticks(10_000), 1_000_000), (Ticks(9_990), Ticks(10_010)));
    assert_eq!(touch(Ticks(10_000), 1_000_001), (Ticks(9_989), Ticks(10_011)));
    assert_eq!(touch(Ticks(2), 499_999_999), (Ticks(1), Ticks(3)), "a bid is a price");
}

#[test]
fn candles_lie_on_their_grid_and_what_did_not_is_counted() {
    let rows = [(0, [10.0, 10.5, 9.994, 10.25]), (1, [10.25, 10.3, 10.2, 10.3])];
    let candles = Candles::new(&series(&rows), &[1.5, 0.00012], MINUTE_MS, &CENTS).expect("candles");
    let [first, second] = candles.list() else { panic!("two") };
    assert_eq!([first.open, first.high, first.low, first.close], [1_000, 1_050, 999, 1_025].map(Ticks));
    assert_eq!((first.volume, second.volume), (Lots(1_500), Lots(1)), "what traded at all is a lot");
    let rounded = candles.rounded();
    assert_eq!((rounded.prices, rounded.volumes), (1, 1));
    assert!((rounded.price_share_max - 0.004 / 9.994).abs() < 1e-9 && (rounded.volume_max - 0.000_88).abs() < 1e-9);
    assert!(candles.has_volumes() && candles.silent() == 0 && candles.period_ns() == 60 * Nanos::SECOND);
}

#[test]
fn volumes_that_nobody_told_are_unknown_and_a_candle_without_one_among_others_traded_nothing() {
    let rows = [(0, [10.0; 4]), (1, [10.0; 4]), (5, [10.0; 4])];
    let of = |volumes: &[f64]| Candles::new(&series(&rows), volumes, MINUTE_MS, &CENTS).expect("candles");
    assert_eq!((of(&[]).has_volumes(), of(&[0.0; 3]).has_volumes()), (false, false));
    let some = of(&[0.0, 2.0, 0.0]);
    assert_eq!((some.has_volumes(), some.silent(), some.missing()), (true, 2, 3));
}

#[test]
fn what_is_no_candle_is_refused_with_its_row() {
    let rows = [(0, [10.0; 4]), (1, [10.0; 4])];
    let refused = |volumes: &[f64], period, grid: &Grid| {
        Candles::new(&series(&rows), volumes, period, grid).expect_err("refused").to_string()
    };
    assert_eq!(refused(&[1.0, -2.0], MINUTE_MS, &CENTS), "bar 1: volume is -2, expected 0 or a number above it");
    assert_eq!(refused(&[1.0, f64::NAN], MINUTE_MS, &CENTS), "bar 1: volume is NaN, expected 0 or a number above it");
    assert_eq!(
        refused(&[f64::INFINITY, 1.0], MINUTE_MS, &CENTS),
        "bar 0: volume is inf, expected 0 or a number above it"
    );
    let told = refused(&[], MINUTE_MS * 7, &CENTS);
    assert!(
        told.starts_with("bar 1: its time 60000 is 60000 ms behind a whole multiple of its length, 420000 ms"),
        "{told}"
    );
    let coarse = Grid { price_decimals: 0, tick_step: 10, ..CENTS };
    assert_eq!(refused(&[], MINUTE_MS, &coarse), "bar 0: a price of 10 is no 2 to 9e15 ticks: another tick fits");
    assert_eq!(Candles::new(&Series::default(), &[], MINUTE_MS, &CENTS), Err(CandleFault::None));
    // A price that is none never becomes a bar: the series that candles are made of says its row.
    let mut bars = series(&rows);
    let bar = Bar { time_ms: 2 * MINUTE_MS, open: 10.0, high: f64::NAN, low: 10.0, close: 10.0 };
    let fault = bars.push(bar).map_err(CandleFault::Bar).expect_err("refused");
    assert!(matches!(fault, CandleFault::Bar(BarFault::Price { row: 2, name: "high", .. })), "{fault}");
}

#[test]
fn the_length_is_the_usual_distance_and_one_candle_does_not_tell_it() {
    assert_eq!(usual_ms(&[0, 60, 120, 1_000, 1_060]), Some(60));
    assert_eq!((usual_ms(&[5]), usual_ms(&[])), (None, None));
}

#[test]
fn a_grid_is_what_numbers_use_as_far_as_there_is_room() {
    assert_eq!(decimals(&[10.0, 10.25, 10.5]), 2);
    assert_eq!(decimals(&[0.000_000_744_08]), 11);
    assert_eq!(decimals(&[95_025.3 + 1e-10]), 7, "as far as there is room");
    assert_eq!(decimals(&[0.1 + 0.2]), 11);
    assert_eq!(decimals(&[9e10 + 0.5]), 1);
    assert_eq!((decimals(&[]), decimals(&[1e300])), (0, 0));
    assert_eq!(
        (typed("0.01"), typed("0.50"), typed("25"), typed("1.0")),
        (Some((2, 1)), Some((1, 5)), Some((0, 25)), Some((0, 1)))
    );
    assert_eq!(lot_decimals(&[1_902.0], 130.0, 2), 5, "a lot of at most a cent");
    assert_eq!(lot_decimals(&[], 95_000.0, 2), 7);
    assert_eq!(
        (lot_decimals(&[0.123_456], 1.0, 2), lot_decimals(&[1e11], 1.0, 2), lot_decimals(&[], 1e-6, 11)),
        (6, 1, 0)
    );
    assert_eq!(lot_decimals(&[0.000_000_01], 1e-6, 11), 7, "books count in 18 decimals");
    for wrong in ["", "0", "0.0", "-1", "1e-3", "a", ".5", "1.2.3"] {
        assert_eq!(typed(wrong), None, "{wrong}");
    }
}
