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

impl ValueArea {
    /// The area that holds at least `share` of the volume. It grows from the point of control: of the two levels above and
    /// the two below, those with more volume come in, those above if both have as much, as far as there are levels. A level
    /// without a trade counts as one. `None` where nothing was traded, or not all levels are known.
    #[must_use]
    pub fn of(levels: &Levels, share: f64) -> Option<Self> {
        let poc = levels.poc()?;
        let known = levels.complete()?;
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
        (total > 0.0).then(|| Self { poc: poc.index, high, low, total, share: held / total })
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
