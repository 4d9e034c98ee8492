//! What was traded at which price, and for how long, trade by trade or bar by bar. Levels are told by their lowest price.

use super::Known;
use super::tape::at_price;
use crate::flow::levels::Levels;
use crate::flow::profile::{BarProfile, DayProfile, VALUE_SHARE, ValueArea};
use crate::flow::tpo::Tpo;
use crate::flow::{DAY_MS, period};
use crate::indicator::catalogue::{Entry, rows};
use crate::indicator::{FURTHER, Indicator};
use std::collections::VecDeque;

/// Price levels that are kept; a profile with more is unknown.
const LEVELS_MAX: usize = 16_384;
/// Points of control that are remembered, a day each.
const NAKED_MAX: usize = 1_024;
/// Longest composite, in days: each has levels of its own.
const DAYS_MAX: usize = 31;

pub(in crate::indicator) const ROWS: &[Entry] = rows! { VolumeProfile, FURTHER;
    "POC" "Point of control of all trades", TRADE -> ["poc"] Input, (height: f64 = 1.0 in 1e-12..=1e12), 0 => {
        let mut levels = Levels::new(height, LEVELS_MAX);
        Known(move |row: [f64; 3]| {
            levels.update(&at_price(row));
            [levels.poc().map(|level| level.index as f64 * height)]
        })
    };
    "VALUE_AREA" "Value area of all trades", TRADE -> ["vah", "val"] Input,
        (height: f64 = 1.0 in 1e-12..=1e12, share: f64 = 0.7 in 0.01..=1.0), 0 => {
        let mut levels = Levels::new(height, LEVELS_MAX);
        Known(move |row: [f64; 3]| {
            levels.update(&at_price(row));
            let [_, high, low] = prices(ValueArea::of(&levels, share), height);
            [high, low]
        })
    };
    "VP" "Volume profile of all trades", TRADE -> ["level", "buy", "sell", "levels"] Input,
        (height: f64 = 1.0 in 1e-12..=1e12), 0 => {
        let mut levels = Levels::new(height, LEVELS_MAX);
        Known(move |row: [f64; 3]| {
            let trade = at_price(row);
            levels.update(&trade);
            let index = levels.index(trade.price);
            let (Some(level), Some(all)) = (levels.at(index), levels.complete()) else { return [None; 4] };
            [index as f64 * height, level.buy, level.sell, all.len() as f64].map(Some)
        })
    };
    "VP_BARS" "Volume profile estimated from bars", HLV -> ["poc", "vah", "val", "levels"] Input,
        (height: f64 = 1.0 in 1e-12..=1e12), 0 => {
        let mut profile = BarProfile::new(height, LEVELS_MAX);
        Known(move |[high, low, volume]: [f64; 3]| {
            profile.update(high, low, volume);
            let area = profile.value_area();
            let [poc, high, low] = prices(area, height);
            [poc, high, low, area.map(|_| profile.volumes().count() as f64)]
        })
    };
    "VP_SESSION" "Volume profile of the UTC day", TRADE -> ["poc", "vah", "val"] Input,
        (height: f64 = 1.0 in 1e-12..=1e12), 0 => {
        let mut profile = DayProfile::new(height, LEVELS_MAX);
        Known(move |row: [f64; 3]| {
            profile.update(&at_price(row));
            prices(profile.value_area(), height)
        })
    };
    "VP_DELTA" "Delta profile of all trades", TRADE -> ["level", "buy", "sell", "delta"] Input,
        (height: f64 = 1.0 in 1e-12..=1e12), 0 => {
        let mut levels = Levels::new(height, LEVELS_MAX);
        Known(move |row: [f64; 3]| {
            let trade = at_price(row);
            levels.update(&trade);
            let index = levels.index(trade.price);
            let Some(level) = levels.at(index) else { return [None; 4] };
            [index as f64 * height, level.buy, level.sell, level.buy - level.sell].map(Some)
        })
    };
    "VP_COMPOSITE" "Volume profile of the last UTC days", TRADE -> ["poc", "vah", "val"] Input,
        (height: f64 = 1.0 in 1e-12..=1e12, days: usize = 5 in 1..=DAYS_MAX), 0 => {
        let mut composite = Composite::new(height, days);
        Known(move |row: [f64; 3]| prices(composite.update(row), height))
    };
    "NAKED_POC" "Points of control of past days not traded since", TRADE -> ["above", "below", "count"] Input,
        (height: f64 = 1.0 in 1e-12..=1e12), 0 => Naked::new(height);
    "TPO" "Time-price opportunities of the UTC day", HLT -> ["poc", "vah", "val", "ib_high", "ib_low", "levels"] Input,
        (height: f64 = 1.0 in 1e-12..=1e12, letter_min: usize = 30 in 1..=1_440), 0 => {
        let mut tpo = Tpo::new(letter_min as i64 * 60_000, height, LEVELS_MAX);
        Known(move |[high, low, time_ms]: [f64; 3]| {
            tpo.update(time_ms as i64, high, low);
            let [poc, top, bottom] = prices(tpo.value_area(), height);
            let balance = tpo.initial_balance();
            let (low, high) = (balance.map(|both| both.0), balance.map(|both| both.1));
            [poc, top, bottom, low, high, Some(tpo.letters().count() as f64)]
        })
    };
};

/// Point of control, highest and lowest level.
fn prices(area: Option<ValueArea>, height: f64) -> [Option<f64>; 3] {
    area.map_or([None; 3], |area| [area.poc, area.high, area.low].map(|index| Some(index as f64 * height)))
}

/// The running day and those before it, as one profile. A day without a trade is none.
#[derive(Debug)]
struct Composite {
    /// Each day's, the running one last.
    days: VecDeque<Levels>,
    kept: usize,
    day_ms: i64,
    whole: Levels,
}

impl Composite {
    fn new(height: f64, days: usize) -> Self {
        let levels = |_| Levels::new(height, LEVELS_MAX);
        Self { days: (0..days).map(levels).collect(), kept: days, day_ms: i64::MIN, whole: levels(0) }
    }

    fn update(&mut self, row: [f64; 3]) -> Option<ValueArea> {
        let trade = at_price(row);
        let day_ms = period(trade.time_ms, DAY_MS);
        if day_ms != self.day_ms {
            self.day_ms = day_ms;
            self.days.rotate_left(1);
            self.days[self.kept - 1].clear();
            self.whole.clear();
            for day in &self.days {
                day.all().iter().for_each(|level| self.whole.add(*level));
                self.whole.miss(day.missed());
            }
        }
        self.days[self.kept - 1].update(&trade);
        self.whole.update(&trade);
        ValueArea::of(&self.whole, VALUE_SHARE)
    }
}

/// The points of control of ended days at whose level nothing was traded since, and across which the price did not go from
/// one trade to the next: the nearest above the price, the nearest below or at it, and how many there are. The oldest make
/// room.
#[derive(Debug)]
struct Naked {
    height: f64,
    profile: DayProfile,
    levels: Levels,
    naked: VecDeque<i64>,
    last: Option<i64>,
}

impl Naked {
    fn new(height: f64) -> Self {
        let (profile, naked) = (DayProfile::new(height, LEVELS_MAX), VecDeque::with_capacity(NAKED_MAX));
        Self { height, profile, levels: Levels::new(height, 1), naked, last: None }
    }
}

impl Indicator<3, 3> for Naked {
    fn update(&mut self, row: [f64; 3]) -> [f64; 3] {
        if row.iter().any(|value| value.is_nan()) {
            return [f64::NAN; 3];
        }
        let trade = at_price(row);
        if let Some((_, Some(area))) = self.profile.update(&trade) {
            if self.naked.len() == NAKED_MAX {
                self.naked.pop_front();
            }
            self.naked.push_back(area.poc);
        }
        let now = self.levels.index(trade.price);
        let last = self.last.replace(now).unwrap_or(now);
        self.naked.retain(|poc| !(now.min(last)..=now.max(last)).contains(poc));
        let above = self.naked.iter().filter(|poc| **poc > now).min();
        let below = self.naked.iter().filter(|poc| **poc <= now).max();
        let price = |index: Option<&i64>| index.map_or(f64::NAN, |index| *index as f64 * self.height);
        [price(above), price(below), self.naked.len() as f64]
    }
}
