//! Candles, windows, profiles, liquidations.

use super::reading::{Reading, fine_price};
use crate::desk::analysis as reading;
use crate::desk::candle;
use crate::desk::flow as desk;
use crate::hub::flow::series::Bar;
use engine_model::instrument::{Grid, Instrument};
use engine_model::market::Side;
use engine_model::units::{Lots, Nanos, Ticks};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `/api/v1/market/ohlcv/{symbol}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Ohlcv {
    /// The venue's spelling.
    pub symbol: String,
    /// Where.
    pub venue: String,
    /// Length of a candle.
    pub timeframe: String,
    /// Oldest first. A time without a trade has none.
    pub candles: Vec<Candle>,
    /// Whether the last candle is over.
    pub last_is_closed: bool,
    /// Since when trades are heard: a candle that began before, and was not told by the venue, is not whole.
    pub heard_since_ns: Option<u64>,
    /// There are older ones: ask with `before` set to this.
    pub older_ns: Option<u64>,
}

/// One candle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Candle {
    /// When it began.
    pub start_ns: u64,
    /// First price.
    pub open: String,
    /// Highest.
    pub high: String,
    /// Lowest.
    pub low: String,
    /// Last.
    pub close: String,
    /// Bought and sold, in the instrument's own unit.
    pub volume: String,
    /// Whether the venue told it; else it is made of the trades of this run.
    pub told: bool,
    /// What takers bought; `null` where this run has not heard it whole, as what follows.
    pub buy: Option<String>,
    /// What takers sold.
    pub sell: Option<String>,
    /// Mean price by amount, three decimals beyond the tick.
    pub vwap: Option<String>,
    /// How many.
    pub trades: Option<u32>,
}

/// What was traded in a time that ends now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Window {
    /// Its length.
    pub asked_s: u64,
    /// How much of it was heard.
    pub heard_s: u64,
    /// Heard from end to end, without a hole.
    pub whole: bool,
    /// Times in it at which trades may have been missed.
    pub holes: u64,
    /// The last price before it, else the first in it.
    pub from_px: String,
    /// The last price.
    pub last_px: String,
    /// How far the price went, as a share.
    pub change: Option<f64>,
    /// Highest price.
    pub high: Option<String>,
    /// Lowest price.
    pub low: Option<String>,
    /// What takers bought, in the instrument's own unit.
    pub buy: String,
    /// What takers sold.
    pub sell: String,
    /// Both together.
    pub volume: String,
    /// Bought less sold.
    pub delta: String,
    /// Bought of both, 0 to 1.
    pub buy_share: Option<f64>,
    /// Bought over sold.
    pub taker_ratio: Option<f64>,
    /// Mean price by amount, three decimals beyond the tick.
    pub vwap: Option<String>,
    /// How many.
    pub trades: u64,
}

/// `/api/v1/market/cvd/{symbol}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Cvd {
    /// The venue's spelling.
    pub symbol: String,
    /// Where.
    pub venue: String,
    /// Length of a bar.
    pub timeframe: String,
    /// The last 24 h, whatever the timeframe.
    pub day: Reading<Window>,
    /// The last 15 min.
    pub quarter: Reading<Window>,
    /// Where it goes, over the last closed bars.
    pub trend: Reading<Trend>,
    /// Oldest first; `cvd` is counted from the first of them.
    pub bars: Vec<CvdBar>,
    /// Whether the last bar is over.
    pub last_is_closed: bool,
    /// The same coin's other markets in this run.
    pub others: Vec<CvdMarket>,
}

/// Delta of one bar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CvdBar {
    /// When it began.
    pub start_ns: u64,
    /// Bought less sold.
    pub delta: String,
    /// Sum of the deltas so far.
    pub cvd: String,
    /// Bought and sold.
    pub volume: String,
}

/// Windows of another market.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CvdMarket {
    /// The venue's spelling.
    pub symbol: String,
    /// Where.
    pub venue: String,
    /// The last 24 h.
    pub day: Reading<Window>,
    /// The last 15 min.
    pub quarter: Reading<Window>,
}

/// Where cumulative delta goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Trend {
    /// `RISING`, `FALLING` or `FLAT`.
    pub trend: String,
    /// Change by its line, as a share of the volume: -1 to 1.
    pub cvd_share: f64,
    /// Change of price by its line, as a share.
    pub price_share: f64,
    /// Closed bars that were looked at.
    pub bars: usize,
    /// `BULLISH`: price falls while takers buy; `BEARISH`: the other way; `null`: none.
    pub divergence: Option<String>,
}

/// `/api/v1/market/profile/{symbol}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Profile {
    /// The venue's spelling.
    pub symbol: String,
    /// Where.
    pub venue: String,
    /// The last price.
    pub last_px: Reading<String>,
    /// The session first.
    pub rows: Vec<ProfileRow>,
}

/// Where most was traded in one look-back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProfileRow {
    /// `session` (since 00:00 UTC, by trades), `15m`, `1h`, `4h`, `24h`, `7d` (by bars).
    pub look_back: String,
    /// Whether all of it was heard.
    pub whole: bool,
    /// The prices.
    pub area: Reading<Area>,
    /// Whether the last price is in the value area.
    pub in_value: Option<bool>,
    /// Last price above VWAP, as a share of VWAP.
    pub vwap_distance: Option<f64>,
}

/// A value area.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Area {
    /// Highest price of the value area.
    pub vah: String,
    /// Point of control: middle of the level with the largest volume.
    pub poc: String,
    /// Lowest price of the value area.
    pub val: String,
    /// Mean price by amount, three decimals beyond the tick.
    pub vwap: String,
    /// Part of the volume in the area.
    pub share: f64,
}

/// `/api/v1/market/liquidations/{symbol}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Liquidations {
    /// The coin.
    pub coin: String,
    /// How far back.
    pub window_s: u64,
    /// Each contract of the run.
    pub markets: Vec<LiquidationMarket>,
}

/// What one market's venue closed by force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LiquidationMarket {
    /// The venue's spelling.
    pub symbol: String,
    /// Where.
    pub venue: String,
    /// How many.
    pub count: usize,
    /// Of longs, in the instrument's own unit.
    pub longs: String,
    /// Of shorts.
    pub shorts: String,
    /// There were more than the venue tells or than are kept.
    pub lower_bound: bool,
    /// Oldest first.
    pub last: Vec<Liquidation>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Liquidation {
    /// When.
    pub at_ns: u64,
    /// The position that was closed: `LONG` or `SHORT`.
    pub closed: String,
    /// Price.
    pub px: String,
    /// Quantity.
    pub qty: String,
    /// Reading in quote.
    pub notional: Option<String>,
}

impl Ohlcv {
    pub(crate) fn new(instrument: &Instrument, candles: &candle::Candles) -> Self {
        Self {
            symbol: instrument.symbol.to_string(),
            venue: instrument.venue.name().to_owned(),
            timeframe: candles.timeframe.name().to_owned(),
            candles: candles.rows.iter().map(|row| Candle::new(&instrument.grid, row)).collect(),
            last_is_closed: candles.is_closed,
            heard_since_ns: candles.heard_since.map(|at| at.0),
            older_ns: candles.older.map(|at| at.0),
        }
    }
}

impl Candle {
    fn new(grid: &Grid, row: &candle::Candle) -> Self {
        let heard = row.heard.as_ref();
        Self {
            start_ns: row.start.0,
            open: grid.price_text(row.open),
            high: grid.price_text(row.high),
            low: grid.price_text(row.low),
            close: grid.price_text(row.close),
            volume: grid.qty_text(row.volume),
            told: row.is_told,
            buy: heard.map(|bar| grid.qty_text(bar.buy)),
            sell: heard.map(|bar| grid.qty_text(bar.sell)),
            vwap: heard.and_then(Bar::vwap_ticks).map(|ticks| fine_price(grid, ticks)),
            trades: heard.map(|bar| bar.trades),
        }
    }
}

impl Window {
    pub(crate) fn new(grid: &Grid, window: &desk::Window) -> Self {
        Self {
            asked_s: window.asked_ns / Nanos::SECOND,
            heard_s: window.heard_ns / Nanos::SECOND,
            whole: window.is_whole(),
            holes: window.holes,
            from_px: grid.price_text(window.from_px),
            last_px: grid.price_text(window.last_px),
            change: window.change(),
            high: window.range.map(|(high, _)| grid.price_text(high)),
            low: window.range.map(|(_, low)| grid.price_text(low)),
            buy: grid.qty_text(window.buy),
            sell: grid.qty_text(window.sell),
            volume: grid.qty_text(window.volume()),
            delta: grid.qty_text(window.delta()),
            buy_share: window.buy_share(),
            taker_ratio: window.taker_ratio(),
            vwap: window.vwap_ticks.map(|ticks| fine_price(grid, ticks)),
            trades: window.trades,
        }
    }
}

impl CvdBar {
    pub(crate) fn list(grid: &Grid, bars: &[Bar]) -> Vec<Self> {
        let mut sum = 0_i64;
        let one = |bar: &Bar| {
            sum = sum.saturating_add(bar.delta().0);
            Self {
                start_ns: bar.start.0,
                delta: grid.qty_text(bar.delta()),
                cvd: grid.qty_text(Lots(sum)),
                volume: grid.qty_text(bar.volume()),
            }
        };
        bars.iter().map(one).collect()
    }
}

impl Trend {
    pub(crate) fn new(trend: &reading::Trend) -> Self {
        let name = |is_bullish| if is_bullish { "BULLISH" } else { "BEARISH" };
        Self {
            trend: trend.name().to_owned(),
            cvd_share: trend.cvd_share,
            price_share: trend.price_share,
            bars: trend.bars,
            divergence: trend.divergence_is_bullish.map(|is_bullish| name(is_bullish).to_owned()),
        }
    }
}

impl ProfileRow {
    pub(crate) fn new(grid: &Grid, row: &desk::ProfileRow, last: Option<Ticks>) -> Self {
        let both = row.area.as_ref().ok().map(|area| area.value).zip(last);
        let far = |(area, last): (desk::Area, Ticks)| (last.0 as f64 - area.vwap_ticks) / area.vwap_ticks;
        Self {
            look_back: row.look_back.to_owned(),
            whole: row.is_whole,
            area: Reading::new(&row.area, |area| Area::new(grid, area)),
            in_value: both.map(|(area, last)| (area.low..=area.high).contains(&last)),
            vwap_distance: both.map(far).filter(|far| far.is_finite()),
        }
    }
}

impl Area {
    fn new(grid: &Grid, area: &desk::Area) -> Self {
        Self {
            vah: grid.price_text(area.high),
            poc: grid.price_text(area.poc),
            val: grid.price_text(area.low),
            vwap: fine_price(grid, area.vwap_ticks),
            share: area.share,
        }
    }
}

impl Liquidations {
    /// With the last `limit` of each market.
    pub(crate) fn new(coin: &str, window_ns: u64, told: &[desk::Liquidations<'_>], limit: usize) -> Self {
        let markets = told.iter().map(|told| LiquidationMarket::new(told, limit)).collect();
        Self { coin: coin.to_owned(), window_s: window_ns / Nanos::SECOND, markets }
    }
}

impl LiquidationMarket {
    fn new(told: &desk::Liquidations<'_>, limit: usize) -> Self {
        let instrument = told.instrument;
        let grid = &instrument.grid;
        let (longs, shorts) = told.sums();
        let one = |one: &crate::hub::flow::Liquidation| Liquidation {
            at_ns: one.at.0,
            closed: if one.closed == Side::Buy { "LONG" } else { "SHORT" }.to_owned(),
            px: grid.price_text(one.px),
            qty: grid.qty_text(one.qty),
            notional: instrument.notional(one.px, one.qty).map(|notional| notional.to_string()),
        };
        Self {
            symbol: instrument.symbol.to_string(),
            venue: instrument.venue.name().to_owned(),
            count: told.last.len(),
            longs: grid.qty_text(longs),
            shorts: grid.qty_text(shorts),
            lower_bound: told.is_lower_bound,
            last: told.last[told.last.len().saturating_sub(limit)..].iter().map(one).collect(),
        }
    }
}
