//! Volume profile: where most was traded.

use super::levels::{Level, Levels};
use super::{DAY_MS, Trade, period};

/// Share of the volume that a value area holds, if nobody says otherwise.
pub const VALUE_SHARE: f64 = 0.7;

/// Where most was traded; levels by their numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ValueArea {
    /// Point of control: the level with the largest volume, the lower one of equals.
    pub poc: i64,
    /// Highest level of the area.
    pub high: i64,
    /// Lowest one.
    pub low: i64,
    /// Volume of all levels.
    pub total: f64,
    /// What part of it the area holds.
    pub share: f64,
}

/// Levels that an area takes in at once.
const STEP: u64 = 2;

/// How many levels stand within a step of an area's edge, the nearest first, and their volume.
fn near<'a>(levels: impl Iterator<Item = &'a Level>, edge: i64) -> (usize, f64) {
    let near = levels.take_while(|level| level.index.abs_diff(edge) <= STEP);
    near.fold((0, 0.0), |(count, volume), level| (count + 1, volume + level.volume()))
}

/// How far an edge moves towards the next level: a step, or as many as bring it within one. Where nothing was traded nothing
/// else can happen in between, however many levels that are.
fn step(next: &Level, edge: i64) -> u64 {
    let apart = next.index.abs_diff(edge);
    apart.saturating_sub(STEP).div_ceil(STEP).max(1) * STEP
}

impl ValueArea {
    /// The area that holds at least `share` of the volume. It grows from the point of control: of the two levels above and
    /// the two below, those with more volume come in, those above if both have as much, as far as there are levels. A level
    /// without a trade counts as one. `None` where nothing was traded, or not all levels are known.
    #[must_use]
    pub fn of(levels: &Levels, share: f64) -> Option<Self> {
        let poc = levels.poc()?;
        let known = levels.complete()?;
        let at = known.binary_search_by_key(&poc.index, |level| level.index).ok()?;
        let total: f64 = known.iter().map(Level::volume).sum();
        let mut area = Self { poc: poc.index, high: poc.index, low: poc.index, total, share: 0.0 };
        let (mut below, mut above, mut held) = (&known[..at], &known[at + 1..], poc.volume());
        while held < share * total {
            let (up, down) = (near(above.iter(), area.high), near(below.iter().rev(), area.low));
            match (above.first(), below.last()) {
                (Some(next), other) if other.is_none() || up.1 >= down.1 => {
                    let highest = known[known.len() - 1].index;
                    area.high = area.high.saturating_add_unsigned(step(next, area.high)).min(highest);
                    (held, above) = (held + up.1, &above[up.0..]);
                }
                (_, Some(next)) => {
                    area.low = area.low.saturating_sub_unsigned(step(next, area.low)).max(known[0].index);
                    (held, below) = (held + down.1, &below[..below.len() - down.0]);
                }
                _ => break,
            }
        }
        (total > 0.0).then_some(Self { share: held / total, ..area })
    }
}

/// The profile of bars whose trades nobody has: a bar's volume is spread evenly over the levels between its low and its high,
/// both included. Who wanted it is not known, so it tells of no side.
#[derive(Debug)]
pub struct BarProfile(Levels);

impl BarProfile {
    /// Of levels of `height`, at most `capacity` of them. Panics if one of them is not above 0.
    #[must_use]
    pub fn new(height: f64, capacity: usize) -> Self {
        Self(Levels::new(height, capacity))
    }

    /// Takes the next bar: a step a level between its low and its high.
    pub fn update(&mut self, high: f64, low: f64, volume: f64) {
        let (first, last) = (self.0.index(low), self.0.index(high));
        let count = last.saturating_sub(first).saturating_add(1);
        if count > self.0.capacity() as i64 {
            return self.0.miss(volume);
        }
        for index in first..=last {
            self.0.add(Level { index, buy: volume / count as f64, sell: 0.0 });
        }
    }

    /// Number and volume of each level, lowest first.
    pub fn volumes(&self) -> impl Iterator<Item = (i64, f64)> {
        self.0.all().iter().map(|level| (level.index, level.volume()))
    }

    /// Value area of all bars so far.
    #[must_use]
    pub fn value_area(&self) -> Option<ValueArea> {
        ValueArea::of(&self.0, VALUE_SHARE)
    }
}

/// The profile of each day, 00:00 to 24:00 UTC.
#[derive(Debug)]
pub struct DayProfile {
    day_ms: i64,
    levels: Levels,
}

impl DayProfile {
    /// Of levels of `height`, at most `capacity` of them. Panics if one of them is not above 0.
    #[must_use]
    pub fn new(height: f64, capacity: usize) -> Self {
        Self { day_ms: i64::MIN, levels: Levels::new(height, capacity) }
    }

    /// Takes the next trade; gives the start of the day that it ends, and its value area if that is known.
    pub fn update(&mut self, trade: &Trade) -> Option<(i64, Option<ValueArea>)> {
        let day_ms = period(trade.time_ms, DAY_MS);
        let ended = (day_ms != self.day_ms && self.day_ms != i64::MIN).then(|| (self.day_ms, self.value_area()));
        if day_ms != self.day_ms {
            self.levels.clear();
            self.day_ms = day_ms;
        }
        self.levels.update(trade);
        ended
    }

    /// Start of the running day; `None` before the first trade.
    #[must_use]
    pub fn day_ms(&self) -> Option<i64> {
        (self.day_ms != i64::MIN).then_some(self.day_ms)
    }

    /// Value area of the running day so far.
    #[must_use]
    pub fn value_area(&self) -> Option<ValueArea> {
        ValueArea::of(&self.levels, VALUE_SHARE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::market::Side;

    fn trade(time_ms: i64, price: f64, amount: f64) -> Trade {
        Trade { time_ms, aggressor: Side::Buy, price, amount }
    }

    #[test]
    fn an_area_grows_over_levels_without_trades_and_stops_at_the_last() {
        let mut levels = Levels::new(1.0, 8);
        for (price, amount) in [(10.0, 5.0), (14.0, 4.0), (4.0, 1.0)] {
            levels.update(&trade(0, price, amount));
        }
        let area = ValueArea::of(&levels, 0.7).unwrap();
        assert_eq!((area.poc, area.high, area.low), (10, 14, 10));
        assert_eq!(ValueArea::of(&levels, 1.0).unwrap().low, 4);
    }

    /// Level by level, as it is defined.
    fn slow(levels: &Levels, share: f64) -> Option<ValueArea> {
        let (poc, known) = (levels.poc()?, levels.complete()?);
        let (lowest, highest) = (known.first()?.index, known.last()?.index);
        let total: f64 = known.iter().map(Level::volume).sum();
        let at = |index: i64| levels.at(index).map_or(0.0, Level::volume);
        let (mut low, mut high, mut held) = (poc.index, poc.index, poc.volume());
        while held < share * total && (low > lowest || high < highest) {
            let (above, below) = (at(high + 1) + at(high + 2), at(low - 1) + at(low - 2));
            if high < highest && (above >= below || low == lowest) {
                high = (high + 2).min(highest);
                held += above;
            } else {
                low = (low - 2).max(lowest);
                held += below;
            }
        }
        (total > 0.0).then(|| ValueArea { poc: poc.index, high, low, total, share: held / total })
    }

    #[test]
    fn an_area_is_what_level_by_level_comes_to() {
        let mut state = 11_u64;
        let mut dice = |sides: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % sides
        };
        let mut grown = 0;
        for _ in 0..2_000 {
            let (mut levels, range) = (Levels::new(1.0, 64), 2 + dice(60));
            for _ in 0..1 + dice(20) {
                levels.update(&trade(0, dice(range) as f64, dice(4) as f64));
            }
            for share in [0.3, 0.7, 0.95, 1.0] {
                let (found, wanted) = (ValueArea::of(&levels, share), slow(&levels, share));
                assert_eq!(found, wanted, "{share} of {:?}", levels.all());
                grown += usize::from(wanted.is_some_and(|area| area.high > area.poc + 2 && area.low < area.poc - 2));
            }
        }
        assert!(grown > 500, "{grown} areas that grew both ways do not try it");
    }

    #[test]
    fn levels_without_a_trade_cost_nothing_however_many_they_are() {
        let mut levels = Levels::new(1e-12, 8);
        for (price, amount) in [(1.0, 5.0), (1e6, 4.0), (0.5, 3.0), (1e300, 1.0)] {
            levels.update(&trade(0, price, amount));
        }
        let index = |price: f64| levels.index(price);
        let area = |share| ValueArea::of(&levels, share).map(|area| (area.poc, area.high, area.low));
        assert_eq!(area(0.6), Some((index(1.0), index(1e6), index(1.0))));
        assert_eq!(area(1.0), Some((index(1.0), i64::MAX, index(0.5))));
    }

    #[test]
    fn more_levels_than_there_is_room_for_make_the_whole_unknown_until_the_next_day() {
        let mut days = DayProfile::new(1.0, 2);
        for price in [10.0, 11.0, 12.0, 11.0] {
            days.update(&trade(0, price, 1.0));
        }
        assert_eq!(days.value_area(), None);
        assert_eq!(days.update(&trade(DAY_MS, 20.0, 1.0)), Some((0, None)));
        assert_eq!(days.value_area().unwrap().poc, 20);

        let mut bars = BarProfile::new(1.0, 2);
        bars.update(1e18, 0.0, 1.0);
        assert_eq!(bars.value_area(), None);
    }
}
