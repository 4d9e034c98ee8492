//! Candles as a market: each becomes events that go through every stage, as a venue's own would.
//!
//! What a candle is taken for:
//!
//! - **Path.** It opens, goes to one extreme, then to the other, and closes: each way in [`Telling::steps`] even steps, all
//!   points at even fractions of its time, the first at its beginning. Which extreme is first says [`Way`].
//! - **Waits.** On its way from one point to the next the price passes each price in between. Where somebody waits for one
//!   ([`waits`]) there is a point more: what is pulled there is executed there, and not where the way ends. Between two
//!   candles there is no way: who waits within the gap meets the open.
//! - **Touch.** At each point bid and ask stand [`Telling::slip_e9`] of the price to its sides, a tick at least. They move
//!   first, then it is traded between them.
//! - **Size.** At each side stands what the last candle traded that traded at all; before the first, one lot. Candles whose
//!   volumes nobody told have a touch that nobody empties.
//! - **Volume.** A lot trades at each point, and what is left at the close: nobody can know how much a candle trades before
//!   it has. Of a candle without volume the touch is told and no trade, so that no strategy has a bar of it, as live.
//! - **Aggressor.** Who lifted the price, or lowered it; where it stood, the same as before.
//!
//! Nothing is told before its time: a point says its own price and nothing of those after it. (Which extreme comes first is
//! chosen by looking at the whole candle; a strategy sees it when the price gets there.) A strategy's bar is over when the
//! next candle's first touch is told, so that what it sends then is filled around that candle's open.
//!
//! Owns: the check of candles against a grid ([`Candles`]), the path ([`path`]), the stage that tells them ([`feed`]).
//! Never: an order, a file, a strategy. Who waits for a price is told as that price alone.

pub mod feed;
pub mod grid;
pub mod path;
pub mod waits;

#[cfg(test)]
mod feed_tests;
#[cfg(test)]
mod tests;

use crate::bars::series::{BarFault, Series};
use engine_model::instrument::Grid;
use engine_model::units::{Lots, Nanos, Ticks};
use std::fmt::{Display, Formatter};
use std::ops::Range;

/// Least price, in ticks: a bid stands a tick below, and that is a price, too.
const PRICE_MIN: i64 = 2;
/// Most ticks of a price and lots of a volume: floats hold every whole number up to it.
const UNITS_MAX: f64 = 9e15;
/// Off the grid by less than this share of itself, a number is what a float makes of one that is on it.
const FLOAT_NOISE: f64 = 1e-12;

/// A candle on its grid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Candle {
    /// When it begins.
    pub at: Nanos,
    /// First price.
    pub open: Ticks,
    /// Highest price.
    pub high: Ticks,
    /// Lowest price.
    pub low: Ticks,
    /// Last price.
    pub close: Ticks,
    /// What traded; of candles whose volumes nobody told, none.
    pub volume: Lots,
}

/// Which extreme a candle's price goes to first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// The one nearer to the open; the low where both are as near.
    #[default]
    Near,
    /// The one farther from the open; the high where both are as far.
    Far,
    /// The high.
    High,
    /// The low.
    Low,
}

/// How candles are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Telling {
    /// Which extreme is first.
    pub way: Way,
    /// Steps from the open to an extreme, to the other, and to the close: at least 1.
    pub steps: u32,
    /// How far bid and ask stand from the price, in 1e-9 of it, below a half; never nearer than a tick.
    pub slip_e9: u32,
}

impl Default for Telling {
    fn default() -> Self {
        Self { way: Way::default(), steps: 1, slip_e9: 0 }
    }
}

/// What did not lie on the grid.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rounded {
    /// Prices that were moved to the next tick.
    pub prices: usize,
    /// The farthest of them, as a share of the price.
    pub price_share_max: f64,
    /// Volumes that were moved to the next lot.
    pub volumes: usize,
    /// The farthest of them, in coins or contracts.
    pub volume_max: f64,
}

/// Candles of one length on one grid, in the order of time, checked once.
#[derive(Clone, Debug, PartialEq)]
pub struct Candles {
    list: Vec<Candle>,
    period_ns: u64,
    has_volumes: bool,
    rounded: Rounded,
}

/// Why candles are no market, by row (the first is 0).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CandleFault {
    /// It is no bar.
    Bar(BarFault),
    /// There is none.
    None,
    /// A volume that nobody trades.
    Volume {
        /// Its row.
        row: usize,
        /// What stood there.
        found: f64,
    },
    /// A price that the grid does not have room for.
    Grid {
        /// Its row.
        row: usize,
        /// What stood there.
        found: f64,
    },
    /// It does not begin at a whole multiple of its length since the epoch, where a strategy's bar does.
    Begin {
        /// Its row.
        row: usize,
        /// ms since the epoch.
        found: i64,
        /// The length, in ms.
        period: i64,
    },
}

impl Display for CandleFault {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bar(fault) => fault.fmt(f),
            Self::None => f.write_str("found no candle, expected one at least"),
            Self::Volume { row, found } => write!(f, "bar {row}: volume is {found}, expected 0 or a number above it"),
            Self::Grid { row, found } => {
                write!(f, "bar {row}: a price of {found} is no {PRICE_MIN} to 9e15 ticks: another tick fits")
            }
            Self::Begin { row, found, period } => {
                let off = found.rem_euclid(*period);
                write!(
                    f,
                    "bar {row}: its time {found} is {off} ms behind a whole multiple of its length, {period} ms, "
                )?;
                f.write_str("where bars of strategies begin")
            }
        }
    }
}

impl std::error::Error for CandleFault {}

impl Candles {
    /// Puts bars on a grid. `volumes` is a number a bar, or empty where nobody told them (as when all of them are 0).
    ///
    /// # Errors
    /// Names the first bar that is none, with its row.
    pub fn new(bars: &Series, volumes: &[f64], period_ms: i64, grid: &Grid) -> Result<Self, CandleFault> {
        if bars.is_empty() || period_ms < 1 {
            return Err(CandleFault::None);
        }
        let (tick, lot) =
            (grid::step(grid.price_decimals, grid.tick_step), grid::step(grid.qty_decimals, grid.lot_step));
        let has_volumes = volumes.iter().any(|volume| *volume != 0.0);
        let mut rounded = Rounded::default();
        let mut list = Vec::with_capacity(bars.len());
        for row in 0..bars.len() {
            let found = bars.time_ms()[row];
            if found < 0 || found % period_ms != 0 {
                return Err(CandleFault::Begin { row, found, period: period_ms });
            }
            let mut price = |found: f64| {
                let ticks = tick.whole(found);
                if !(PRICE_MIN as f64..=UNITS_MAX).contains(&ticks) {
                    return Err(CandleFault::Grid { row, found });
                }
                let off = tick.off(found, ticks) / found;
                if off > FLOAT_NOISE {
                    rounded.prices += 1;
                    rounded.price_share_max = rounded.price_share_max.max(off);
                }
                Ok(Ticks(ticks as i64))
            };
            let (open, high) = (price(bars.open()[row])?, price(bars.high()[row])?);
            let (low, close) = (price(bars.low()[row])?, price(bars.close()[row])?);
            let found_volume = volumes.get(row).copied().unwrap_or_default();
            let volume = if has_volumes { found_volume } else { 0.0 };
            let lots = lot.whole(volume);
            if !(0.0..=UNITS_MAX).contains(&lots) || volume < 0.0 {
                return Err(CandleFault::Volume { row, found: volume });
            }
            // What traded at all is a lot at least: a candle that traded is one that tells a trade.
            let lots = if volume > 0.0 { lots.max(1.0) } else { lots };
            let off = lot.off(volume, lots);
            if off > FLOAT_NOISE * volume {
                rounded.volumes += 1;
                rounded.volume_max = rounded.volume_max.max(off);
            }
            let at = Nanos(found.unsigned_abs() * Nanos::MILLI);
            list.push(Candle { at, open, high, low, close, volume: Lots(lots as i64) });
        }
        let period_ns = period_ms.unsigned_abs() * Nanos::MILLI;
        Ok(Self { list, period_ns, has_volumes, rounded })
    }

    /// Some of them, by their places, as they are told among all.
    ///
    /// # Panics
    /// If there are not so many.
    #[must_use]
    pub fn part(&self, places: Range<usize>) -> Self {
        Self { list: self.list[places].to_vec(), ..*self }
    }

    /// One behind the other.
    #[must_use]
    pub fn list(&self) -> &[Candle] {
        &self.list
    }

    /// How long one lasts.
    #[must_use]
    pub fn period_ns(&self) -> u64 {
        self.period_ns
    }

    /// Whether somebody told their volumes.
    #[must_use]
    pub fn has_volumes(&self) -> bool {
        self.has_volumes
    }

    /// What did not lie on the grid.
    #[must_use]
    pub fn rounded(&self) -> Rounded {
        self.rounded
    }

    /// How many traded nothing: no strategy has a bar of them.
    #[must_use]
    pub fn silent(&self) -> usize {
        if self.has_volumes { self.list.iter().filter(|candle| candle.volume.0 == 0).count() } else { 0 }
    }

    /// Whole lengths between candles that no candle has.
    #[must_use]
    pub fn missing(&self) -> u64 {
        let between = |pair: &[Candle; 2]| (pair[1].at.since(pair[0].at) / self.period_ns).saturating_sub(1);
        self.list.array_windows().map(between).sum()
    }
}

/// The length that candles have: the distance that most of them have to the next, in ms. `None` of fewer than two.
#[must_use]
pub fn usual_ms(time_ms: &[i64]) -> Option<i64> {
    let mut apart: Vec<i64> = time_ms.array_windows().map(|[before, now]| now.saturating_sub(*before)).collect();
    apart.sort_unstable();
    apart.get(apart.len() / 2).copied()
}
