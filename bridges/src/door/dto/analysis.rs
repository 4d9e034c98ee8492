//! One market in words and numbers, and one coin over its markets.

use super::flow::{Trend, Window};
use super::reading::{Reading, fine_price};
use crate::desk::analysis as desk;
use crate::desk::overview as coins;
use crate::desk::session;
use engine_model::instrument::Instrument;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `/api/v1/market/analysis/{symbol}`. Every part is known or says why not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Analysis {
    /// The venue's spelling.
    pub symbol: String,
    /// Where.
    pub venue: String,
    /// Length of the bars that indicators are taken of.
    pub timeframe: String,
    /// The last price.
    pub last_px: Reading<String>,
    /// The last 24 h.
    pub day: Reading<Window>,
    /// The last timeframe, up to now.
    pub recent: Reading<Window>,
    /// By what takers bought in 24 h: `BUYERS` from 65 %, `SELLERS` to 35 %, else `BALANCED`.
    pub control: Reading<String>,
    /// The delta of `recent` against that of `day`: `ACCELERATING`, `DECELERATING`, `STEADY`, or `REVERSING`.
    pub momentum: Reading<String>,
    /// Volume of `recent` against what is usual.
    pub activity: Reading<Activity>,
    /// Much is taken from one side and the price stands: `SUPPORT`, `RESISTANCE`, `SELLERS EXHAUSTED`, `BUYERS EXHAUSTED`, or
    /// `NONE`.
    pub absorption: Reading<String>,
    /// The last closed bar's volume against the bars before it.
    pub volume: Reading<Volume>,
    /// Where cumulative delta goes.
    pub trend: Reading<Trend>,
    /// Relative strength by Wilder's average over 14 closed bars, 0 to 100; known after 96 bars.
    pub rsi: Reading<f64>,
    /// Average true range by Wilder's average over 14 closed bars, three decimals beyond the tick; known after 96 bars.
    pub atr: Reading<String>,
    /// Two standard deviations (population) around the mean of 20 closes.
    pub bands: Reading<Bands>,
    /// Standard deviation of the last 24 returns of one bar, as a share.
    pub volatility: Reading<f64>,
    /// Mean price by amount since 00:00 UTC.
    pub vwap: Reading<SessionVwap>,
    /// What the parts say together.
    pub score: Reading<Score>,
    /// The running session against the same hours of the days before.
    pub session: SessionNow,
    /// The day since 00:00 UTC against the days before.
    pub today: DayNow,
}

/// A session of the day, and what was traded in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SessionNow {
    /// `Asia` from 00:00 UTC, `London` from 08:00, `New York` from 13:00.
    pub name: String,
    /// When it began.
    pub start_ns: u64,
    /// When it ends.
    pub end_ns: u64,
    /// Up to now.
    pub volume: Reading<Window>,
    /// Against what is usual.
    pub pace: Reading<Pace>,
    /// What part of the day's volume so far is of the session, up to the last full quarter of an hour.
    pub share: Reading<AgainstUsual>,
}

/// The running day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DayNow {
    /// 00:00 UTC.
    pub start_ns: u64,
    /// Up to now.
    pub volume: Reading<Window>,
    /// Against what is usual by this time.
    pub pace: Reading<Pace>,
    /// A whole day, and how far this one is.
    pub usual: Reading<UsualDay>,
}

/// Volume up to the last full quarter of an hour against the same stretch of the days before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Pace {
    /// From the beginning of the stretch to that quarter.
    pub length_ns: u64,
    /// In lots.
    pub lots: f64,
    /// Median of the days before, in lots.
    pub usual_lots: f64,
    /// How many days that is of: at most 7, each heard whole in that stretch.
    pub days: usize,
    /// `lots` in `usual_lots`.
    pub times: f64,
    /// `EXTREME` from 5, `HIGH` from 3, `ELEVATED` from 1.5, `NORMAL` from 0.5, else `LOW`.
    pub name: String,
}

/// A share, and what it usually is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AgainstUsual {
    /// Today; 1 is all.
    pub now: f64,
    /// By the medians of the days before.
    pub usual: f64,
}

/// Volume of a whole day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UsualDay {
    /// Median of whole days (UTC), in lots.
    pub lots: f64,
    /// How many days that is of, at most 7.
    pub days: usize,
    /// What part of that was traded by now; `null` where today or this time of the days before was not heard whole.
    pub progress: Option<AgainstUsual>,
}

/// What `/ws/analysis/{symbol}` says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AnalysisMessage {
    /// The first.
    Snapshot(Box<Analysis>),
    /// It is now this.
    Analysis(Box<Analysis>),
}

/// How much is traded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Activity {
    /// Times what is usual in such a time.
    pub times: f64,
    /// `EXTREME` above 3, `HIGH` above 2, `ABOVE AVERAGE` above 1.5, `LOW` below 0.5, else `NORMAL`.
    pub name: String,
}

/// Volume of a closed bar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Volume {
    /// When the bar began.
    pub start_ns: u64,
    /// Its volume, in the instrument's own unit.
    pub volume: String,
    /// Median of the bars before it, in lots.
    pub baseline_lots: f64,
    /// How many bars that is the median of.
    pub bars: usize,
    /// Above the baseline, in percent of it.
    pub percent: f64,
    /// `EXTREME` from 500 %, `HIGH` from 300, `MODERATE` from 150, `LOW` from 50, else `NORMAL`.
    pub spike: String,
    /// From 150 %.
    pub significant: bool,
}

/// `/api/v1/market/volume/{symbol}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct VolumeOverVenues {
    /// The coin.
    pub coin: String,
    /// Length of a bar.
    pub timeframe: String,
    /// The market that was asked for first, then the coin's others.
    pub markets: Vec<VolumeMarket>,
}

/// Volume of one market.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct VolumeMarket {
    /// The venue's spelling.
    pub symbol: String,
    /// Where.
    pub venue: String,
    /// The last closed bar.
    pub closed: Reading<Volume>,
    /// The last timeframe, up to now.
    pub running: Reading<Window>,
}

/// Bands around a mean; three decimals beyond the tick.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Bands {
    /// Lower.
    pub lower: String,
    /// The mean.
    pub middle: String,
    /// Upper.
    pub upper: String,
}

/// VWAP of the day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SessionVwap {
    /// Three decimals beyond the tick.
    pub px: String,
    /// Whether all of the day was heard.
    pub whole: bool,
}

/// What the parts say together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Score {
    /// -100 to 100, of what is known.
    pub total: f64,
    /// `BUYERS` above 30, `SELLERS` below -30, else `BALANCED`.
    pub name: String,
    /// -3 to 3, by the change of a day.
    pub price: i32,
    /// -2 to 2, by the trend of CVD and its divergence.
    pub cvd: i32,
    /// -2 to 2: volume amplifies the direction of the two.
    pub volume: Option<i32>,
    /// -1 to 1.
    pub rsi: Option<i32>,
}

/// `/api/v1/market/overview/{symbol}`: a coin over all its markets of the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Overview {
    /// The coin.
    pub coin: String,
    /// What `recent` is of each market.
    pub timeframe: String,
    /// In the order of the run.
    pub markets: Vec<Market>,
    /// Highest bid and lowest ask over spot markets in dollars.
    pub best_spot: BestPrices,
    /// The same over perpetual contracts.
    pub best_perp: BestPrices,
    /// The first perpetual against the first spot market.
    pub spot_perp: Reading<SpotPerp>,
    /// Perpetual by spot, of a day's volume in dollars.
    pub volume_ratio: Reading<f64>,
}

/// One market of a coin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Market {
    /// The venue's spelling.
    pub symbol: String,
    /// Where.
    pub venue: String,
    /// `spot`, or what a contract is settled in: `linear-usdt`, `linear-usdc`, `inverse`.
    pub kind: String,
    /// The last trade's price.
    pub last_px: Reading<String>,
    /// Best bid.
    pub bid_px: Reading<String>,
    /// Best ask.
    pub ask_px: Reading<String>,
    /// Mark price.
    pub mark_px: Reading<String>,
    /// Index price.
    pub index_px: Reading<String>,
    /// Of the running interval.
    pub funding: Reading<FundingNow>,
    /// The last 24 h.
    pub day: Reading<Window>,
    /// The last timeframe.
    pub recent: Reading<Window>,
    /// What was traded in 24 h, in coins.
    pub day_coins: Option<f64>,
    /// The same in units of the quote.
    pub day_quote: Option<f64>,
}

/// Funding of the running interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FundingNow {
    /// For the interval; 0.0001 is 0.01 %.
    pub rate: f64,
    /// Seconds from one payment to the next.
    pub interval_s: Option<u32>,
    /// The same rate for eight hours.
    pub rate_8h: Option<f64>,
    /// In percent a year by its real interval, not compounded.
    pub year_percent: Option<f64>,
    /// When it is paid.
    pub next_at_ns: Option<u64>,
}

/// The best prices over markets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BestPrices {
    /// Highest bid.
    pub bid: Reading<BestPrice>,
    /// Lowest ask.
    pub ask: Reading<BestPrice>,
}

/// A price, and whose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BestPrice {
    /// Where.
    pub venue: String,
    /// The venue's spelling.
    pub symbol: String,
    /// Price.
    pub px: String,
    /// Quantity there, in the instrument's own unit.
    pub qty: String,
}

/// A perpetual contract against the coin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SpotPerp {
    /// Perpetual less spot, in dollars.
    pub basis_usd: f64,
    /// In hundredths of a percent of spot.
    pub basis_bps: f64,
}

impl Analysis {
    pub(crate) fn new(analysis: &desk::Analysis<'_>) -> Self {
        let instrument = analysis.instrument;
        let grid = &instrument.grid;
        let window = |window: &crate::desk::flow::Window| Window::new(grid, window);
        Self {
            symbol: instrument.symbol.to_string(),
            venue: instrument.venue.name().to_owned(),
            timeframe: analysis.timeframe.name().to_owned(),
            last_px: Reading::new(&analysis.last, |px| grid.price_text(*px)),
            day: Reading::new(&analysis.day, window),
            recent: Reading::new(&analysis.recent, window),
            control: Reading::new(&analysis.control, |control| control.name().to_owned()),
            momentum: Reading::new(&analysis.momentum, |momentum| momentum.name().to_owned()),
            activity: Reading::new(&analysis.activity, |(times, name)| Activity {
                times: *times,
                name: name.name().to_owned(),
            }),
            absorption: Reading::new(&analysis.absorption, |seen| seen.map_or("NONE", |seen| seen.name()).to_owned()),
            volume: Reading::new(&analysis.volume, |volume| Volume::new(instrument, volume)),
            trend: Reading::new(&analysis.trend, Trend::new),
            rsi: Reading::new(&analysis.rsi, |rsi| *rsi),
            atr: Reading::new(&analysis.atr_ticks, |ticks| fine_price(grid, *ticks)),
            bands: Reading::new(&analysis.bands, |bands| Bands {
                lower: fine_price(grid, bands.lower),
                middle: fine_price(grid, bands.middle),
                upper: fine_price(grid, bands.upper),
            }),
            volatility: Reading::new(&analysis.volatility, |volatility| *volatility),
            vwap: Reading::new(&analysis.vwap, |(ticks, whole)| SessionVwap {
                px: fine_price(grid, *ticks),
                whole: *whole,
            }),
            score: Reading::new(&analysis.score, Score::new),
            session: SessionNow::new(instrument, &analysis.today),
            today: DayNow::new(instrument, &analysis.today),
        }
    }
}

impl SessionNow {
    fn new(instrument: &Instrument, today: &session::Today) -> Self {
        let stretch = &today.of_session;
        Self {
            name: today.session.name().to_owned(),
            start_ns: stretch.from.0,
            end_ns: stretch.until.0,
            volume: Reading::new(&stretch.window, |window| Window::new(&instrument.grid, window)),
            pace: Reading::new(&stretch.pace, Pace::new),
            share: Reading::new(&today.share, |(now, usual)| AgainstUsual { now: *now, usual: *usual }),
        }
    }
}

impl DayNow {
    fn new(instrument: &Instrument, today: &session::Today) -> Self {
        let stretch = &today.of_day;
        Self {
            start_ns: stretch.from.0,
            volume: Reading::new(&stretch.window, |window| Window::new(&instrument.grid, window)),
            pace: Reading::new(&stretch.pace, Pace::new),
            usual: Reading::new(&today.usual_day, |day| UsualDay {
                lots: day.lots,
                days: day.days,
                progress: day.progress.map(|(now, usual)| AgainstUsual { now, usual }),
            }),
        }
    }
}

impl Pace {
    fn new(pace: &session::Pace) -> Self {
        let session::Pace { length_ns, lots, usual_lots, days } = *pace;
        Self { length_ns, lots, usual_lots, days, times: pace.times(), name: pace.name().to_owned() }
    }
}

impl Volume {
    pub(crate) fn new(instrument: &Instrument, volume: &desk::VolumeReading) -> Self {
        Self {
            start_ns: volume.start.0,
            volume: instrument.grid.qty_text(volume.volume),
            baseline_lots: volume.baseline,
            bars: volume.bars,
            percent: volume.percent,
            spike: volume.spike.name().to_owned(),
            significant: volume.spike.is_significant(),
        }
    }
}

impl Score {
    fn new(score: &desk::Score) -> Self {
        let desk::Score { total, price, cvd, volume, rsi } = *score;
        Self { total, name: score.name().to_owned(), price, cvd, volume, rsi }
    }
}

impl Overview {
    pub(crate) fn new(overview: &coins::Overview<'_>) -> Self {
        Self {
            coin: overview.coin.to_owned(),
            timeframe: overview.recent.name().to_owned(),
            markets: overview.markets.iter().map(Market::new).collect(),
            best_spot: BestPrices::new(&overview.best_spot),
            best_perp: BestPrices::new(&overview.best_perp),
            spot_perp: Reading::new(&overview.spot_perp, |apart| SpotPerp {
                basis_usd: apart.basis,
                basis_bps: apart.basis_bps,
            }),
            volume_ratio: Reading::new(&overview.volume_ratio, |ratio| *ratio),
        }
    }
}

impl Market {
    fn new(market: &coins::Market<'_>) -> Self {
        let instrument = market.instrument;
        let grid = &instrument.grid;
        let window = |window: &crate::desk::flow::Window| Window::new(grid, window);
        let day = market.day.as_ref().ok().map(|day| day.value);
        let kind = if coins::is_spot(instrument) { "spot".to_owned() } else { crate::desk::coin::margin(instrument) };
        Self {
            symbol: instrument.symbol.to_string(),
            venue: instrument.venue.name().to_owned(),
            kind,
            last_px: Reading::new(&market.last, |px| grid.price_text(*px)),
            bid_px: Reading::new(&market.bid, |level| grid.price_text(level.px)),
            ask_px: Reading::new(&market.ask, |level| grid.price_text(level.px)),
            mark_px: Reading::new(&market.mark, |px| grid.price_text(*px)),
            index_px: Reading::new(&market.index, |px| grid.price_text(*px)),
            funding: Reading::new(&market.funding, FundingNow::new),
            day: Reading::new(&market.day, window),
            recent: Reading::new(&market.recent, window),
            day_coins: day.and_then(|day| coins::coins(instrument, day.volume().0, day.vwap_ticks.unwrap_or(0.0))),
            day_quote: day.and_then(|day| coins::dollars(instrument, &day)),
        }
    }
}

impl FundingNow {
    fn new(funding: &coins::FundingNow) -> Self {
        let coins::FundingNow { rate, interval_s, rate_8h, year_percent, next_at } = *funding;
        Self { rate, interval_s, rate_8h, year_percent, next_at_ns: next_at.map(|at| at.0) }
    }
}

type BestOf<'d> = crate::desk::answer::Answer<coins::Best<'d>>;

impl BestPrices {
    fn new((bid, ask): &(BestOf<'_>, BestOf<'_>)) -> Self {
        Self { bid: Reading::new(bid, BestPrice::new), ask: Reading::new(ask, BestPrice::new) }
    }
}

impl BestPrice {
    fn new(best: &coins::Best<'_>) -> Self {
        let instrument = best.instrument;
        Self {
            venue: instrument.venue.name().to_owned(),
            symbol: instrument.symbol.to_string(),
            px: instrument.grid.price_text(best.level.px),
            qty: instrument.grid.qty_text(best.level.qty),
        }
    }
}
