//! Candles through every stage: on which grid, of which instrument, and who cannot trade on them.
//!
//! Owns: what was typed for that. What a candle is taken for is [`engine_backtest::candles`]; never a price that it made up.

use super::tell::terms;
use super::{Asked, Of, Ran, events, settings, whole};
use crate::args::{Backtest, OverCandles, PathName};
use crate::command::backtest::asked::{Bars, Input, bars_and, share_of_one};
use crate::command::replay::{Gate, Replayed, Settled, is_script, row, seated, unknown_venue};
use crate::exit::Exit;
use crate::series::Source;
use crate::{config, output};
use anyhow::anyhow;
use engine_backtest::candles::feed::{Around, CandleFeed, Told};
use engine_backtest::candles::path::points;
use engine_backtest::candles::waits::Waits;
use engine_backtest::candles::{Candles, Rounded, Telling, Way, grid, usual_ms};
use engine_backtest::declared::Declared;
use engine_backtest::ticks::Outcome;
use engine_backtest::venue::PaperMarket;
use engine_core::config::Config;
use engine_core::state::{hex, text_hash};
use engine_core::strategy::catalog::Strategy;
use engine_core::strategy::play::{Entry, Need};
use engine_model::instrument::{Grid, Instrument, InstrumentId, Instruments};
use engine_model::units::{Nanos, Quote};
use engine_model::venue::VenueId;
use engine_ring::snapshot::snapshot_of;
use feeds::metadata;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Whose fees and contracts, where nothing else says it: it can be sold short there, as under the rule over bars.
const VENUE: VenueId = VenueId::BinanceUsdm;
/// What the candles are of, where nothing says it.
const SYMBOL: &str = "COINUSDT";
/// The parameter that says how long a strategy's bar is: where it is not typed, it is a candle.
const CANDLE_MS: &str = "candle_ms";
/// Bounds of an account in dollars, those of the settings.
const CASH: std::ops::RangeInclusive<f64> = 1.0..=1e9;

/// What was traded on.
pub(super) struct OfCandles {
    pub(super) source: String,
    pub(super) count: usize,
    pub(super) period: Duration,
    pub(super) telling: Telling,
    pub(super) has_volumes: bool,
    pub(super) silent: usize,
    pub(super) missing: u64,
    pub(super) rounded: Rounded,
}

impl OfCandles {
    /// Which extreme comes first, as it was typed.
    pub(super) fn path(&self) -> &'static str {
        match self.telling.way {
            Way::Near => "near",
            Way::Far => "far",
            Way::High => "high",
            Way::Low => "low",
        }
    }

    /// How they were told, and what of them could not be.
    pub(super) fn told(&self) -> String {
        let Self { telling: Telling { steps, slip_e9, .. }, silent, missing, has_volumes, .. } = self;
        let steps = if *steps == 1 { String::new() } else { format!(" in {steps} steps each") };
        let touch = if *slip_e9 == 0 { "a tick".to_owned() } else { format!("{} %", f64::from(*slip_e9) / 1e7) };
        let size = if *has_volumes { "as much as the candle before traded" } else { "without end" };
        let path =
            format!("open, the {} extreme first, close{steps}; bid and ask {touch} around it, {size}", self.path());
        format!("{path}; {silent} without a trade, {missing} missing")
    }

    /// For `--json`.
    pub(super) fn json(&self) -> Value {
        let Self { telling, rounded, .. } = self;
        json!({
            "candles": self.source, "bars": self.count, "bar_ms": self.period.as_millis() as u64,
            "path": self.path(), "steps": telling.steps, "slippage": f64::from(telling.slip_e9) / 1e9,
            "has_volumes": self.has_volumes, "bars_without_trade": self.silent, "bars_missing": self.missing,
            "prices_rounded": rounded.prices, "price_share_rounded_max": rounded.price_share_max,
            "volumes_rounded": rounded.volumes, "volume_rounded_max": rounded.volume_max,
        })
    }

    /// What did not lie on the grid.
    pub(super) fn rounded(&self) -> String {
        let Rounded { prices, price_share_max, volumes, volume_max } = self.rounded;
        format!("{prices} prices by up to {:.4} %, {volumes} volumes by up to {volume_max:.8}", price_share_max * 100.0)
    }
}

/// The candles of one instrument, and what was read.
#[derive(Debug)]
struct Series {
    input: Input,
    candles: Arc<Candles>,
}

/// Candles as a market, and who is to trade on it: all that its runs have in common.
#[derive(Debug)]
pub(crate) struct Market {
    /// One for each instrument, in their order; all of one length.
    series: Vec<Series>,
    strategy: String,
    row: &'static Entry,
    venue: VenueId,
    config: Config,
    instruments: Arc<Instruments>,
    telling: Telling,
    warm_up: Duration,
    sample: Duration,
}

/// Everything that is asked is checked before the first candle.
pub(super) fn ran(args: &Backtest) -> Result<Ran, Exit> {
    if args.lint {
        let told = "found with a strategy through every stage, accepted: a rule over bars; there nothing is seen early";
        return Err(Exit::Usage(format!("--lint: {told}")));
    }
    let progress = output::Progress::new();
    progress.step("reading");
    let market = Market::typed(args.over())?;
    let mut params = whole(&args.params)?;
    let strategy = market.seat(&mut params)?;
    progress.step("running");
    let candles: Vec<Arc<Candles>> = market.series.iter().map(|one| Arc::clone(&one.candles)).collect();
    let (replayed, outcome) = market.run(strategy, &candles, market.warm_up)?;
    progress.end();
    let of = Of::Candles { of: market.told(), apart: market.apart(), messages: replayed.feed.messages() };
    let events = events(replayed.feed.sink().market());
    let Replayed { ended, elapsed_ns, .. } = replayed;
    let Market { strategy, venue, config, instruments, warm_up, sample, .. } = market;
    Ok(Ran { strategy, params, venue, of, config, instruments, warm_up, sample, events, ended, elapsed_ns, outcome })
}

/// What `--json` says.
#[cfg(test)]
pub(crate) fn told(args: &Backtest) -> Result<serde_json::Value, Exit> {
    ran(args).map(|ran| ran.json())
}

impl Market {
    /// As typed.
    pub(crate) fn typed(over: OverCandles<'_>) -> Result<Self, Exit> {
        belongs(&over)?;
        let sources = sources(&over)?;
        let (venue, symbols) = place(&over, sources.len())?;
        let mut config = settings(over.staged.config.as_deref())?;
        money(&over, venue, &mut config)?;
        let strategy = over.past.strategy.clone();
        let row = row(&strategy)?;
        fits(&strategy, row, sources.len())?;
        let telling = telling(&over)?;
        let ticks = each("--tick", &over.staged.tick, sources.len())?;
        let lots = each("--lot", &over.staged.lot, sources.len())?;
        let (mut series, mut instruments) = (Vec::<Series>::new(), Vec::new());
        for (n, (source, symbol)) in sources.into_iter().zip(symbols).enumerate() {
            let (candles, grid, input) = candles(over.staged.candle, [ticks[n], lots[n]], source)?;
            if let Some(first) = series.first().filter(|first| first.candles.period_ns() != candles.period_ns()) {
                let [found, wanted] = [&candles, &first.candles].map(|of| Duration::from_nanos(of.period_ns()));
                let told = format!("{source}: found candles of {found:?}, accepted: of {wanted:?}, as the first ones");
                return Err(Exit::Usage(told));
            }
            let id = InstrumentId(u32::try_from(n).unwrap_or(u32::MAX));
            instruments.push(Instrument { id, ..instrument(venue, symbol, grid)? });
            series.push(Series { input, candles });
        }
        let instruments = Arc::new(Instruments::new(instruments));
        let (warm_up, sample) = (over.staged.warm_up.unwrap_or_default(), over.staged.sample);
        let sample = sample.unwrap_or(Duration::from_nanos(series[0].candles.period_ns()));
        Ok(Self { series, strategy, row, venue, config, instruments, telling, warm_up, sample })
    }

    /// What was read first.
    pub(crate) fn input(&self) -> &Input {
        &self.series[0].input
    }

    /// What can be set of the strategy. Where it has a length of its bars, that is by itself a candle's.
    pub(crate) fn declared(&self) -> Declared {
        let mut declared = Declared::from(self.row);
        declared.strategy = self.strategy.clone().into();
        let candle = declared.params.to_mut().iter_mut().find(|param| param.name == CANDLE_MS);
        candle.into_iter().for_each(|param| param.default = self.candle_ms() as f64);
        declared
    }

    /// All of them, of the first instrument.
    pub(crate) fn candles(&self) -> &Arc<Candles> {
        &self.series[0].candles
    }

    /// Between two samples of the account.
    pub(crate) fn sample(&self) -> Duration {
        self.sample
    }

    /// So long orders do not pass, as typed.
    pub(crate) fn warm_up(&self) -> Duration {
        self.warm_up
    }

    /// The account at the start, in dollars.
    pub(crate) fn cash(&self) -> f64 {
        self.config.paper.equity.0 as f64 / 1e8
    }

    /// When the last price of a candle is told, since it began.
    pub(crate) fn close_told_ns(&self) -> u64 {
        let points = u64::from(points(&self.telling));
        self.candles().period_ns() / points * (points - 1)
    }

    /// On which terms, a line each.
    pub(crate) fn terms(&self) -> Vec<(&'static str, String)> {
        let Self { config, venue, instruments, warm_up, sample, .. } = self;
        terms((config, *venue), instruments, [*warm_up, *sample], (&self.told(), self.apart()))
    }

    /// A hash of the settings, and of the script if there is one: what else a run depends on.
    pub(crate) fn hash(&self) -> String {
        let script =
            if is_script(&self.strategy) { std::fs::read(&self.strategy).unwrap_or_default() } else { Vec::new() };
        let candles = format!("{:?} {:?} {:?}", self.config, self.instruments, self.series);
        hex(&text_hash(&[script, candles.into_bytes()].concat()))
    }

    /// One run over some of the candles; orders pass from the end of the warm-up on.
    pub(crate) fn run(
        &self,
        strategy: Strategy,
        candles: &[Arc<Candles>],
        warm_up: Duration,
    ) -> Result<(Replayed<CandleFeed<PaperMarket, Settled>>, Outcome), Exit> {
        let Self { config, venue, instruments, sample, telling, .. } = self;
        let one = |(of, candles): (&Instrument, &Arc<Candles>)| Told {
            candles: Arc::clone(candles),
            telling: *telling,
            instrument: of.id,
            venue: *venue,
        };
        let told = instruments.iter().zip(candles).map(one).collect();
        // Who waits is told of one instrument alone.
        let (waits, told_waits) = (candles.len() == 1).then(|| snapshot_of(Waits::NONE)).unzip();
        let sample = *sample;
        let asked = Asked { config, venue: *venue, instruments, strategy, warm_up, sample, waits };
        asked.run(|Gate { name, sink, settled, hand, stop, warm }| {
            CandleFeed::new(Around { name, sink, settled, hand, done: stop, warm }, told).with_waits(told_waits)
        })
    }

    /// The strategy, if candles tell what it lives on. Where its bars have a length and none was typed, it is a candle's.
    pub(crate) fn seat(&self, params: &mut Vec<(String, i64)>) -> Result<Strategy, Exit> {
        let (name, period_ns) = (self.strategy.as_str(), self.candles().period_ns());
        let is_typed = params.iter().any(|(typed, _)| typed == CANDLE_MS);
        if !is_typed && self.row.params.iter().any(|param| param.name == CANDLE_MS) {
            params.push((CANDLE_MS.to_owned(), self.candle_ms()));
        }
        let strategy = seated(self.row, name, params, &self.instruments)?;
        let apart_ns = period_ns / u64::from(points(&self.telling));
        let is_told = |need: &Need| match need {
            Need::Seconds => apart_ns <= Nanos::SECOND,
            Need::Instruments => self.series.len() > 1,
            Need::Depth | Need::Funding | Need::Liquidations | Need::Derivatives => false,
        };
        if let Some(need) = strategy.needs().into_iter().find(|need| !is_told(need)) {
            return Err(unfit(name, need));
        }
        if let Some(bar_ns) = strategy.frames_ns().iter().find(|bar_ns| *bar_ns % period_ns != 0) {
            let [bar, candle] = [*bar_ns, period_ns].map(Duration::from_nanos);
            let told =
                format!("--params: found bars of {bar:?} for {name}, accepted: whole numbers of candles of {candle:?}");
            return Err(Exit::Usage(told));
        }
        Ok(strategy)
    }

    fn candle_ms(&self) -> i64 {
        i64::try_from(self.candles().period_ns() / Nanos::MILLI).unwrap_or(i64::MAX)
    }

    fn told(&self) -> Vec<OfCandles> {
        let one = |Series { input, candles }: &Series| OfCandles {
            source: input.name.clone(),
            count: candles.list().len(),
            period: Duration::from_nanos(candles.period_ns()),
            telling: self.telling,
            has_volumes: candles.has_volumes(),
            silent: candles.silent(),
            missing: candles.missing(),
            rounded: candles.rounded(),
        };
        self.series.iter().map(one).collect()
    }

    /// Times at which some have a candle and others do not.
    fn apart(&self) -> usize {
        let mut begun: Vec<Nanos> =
            self.series.iter().flat_map(|one| one.candles.list()).map(|candle| candle.at).collect();
        begun.sort_unstable();
        begun.chunk_by(|a, b| a == b).filter(|at_once| at_once.len() < self.series.len()).count()
    }
}

/// The series of candles that were typed.
fn sources<'a>(over: &OverCandles<'a>) -> Result<Vec<Source<'a>>, Exit> {
    if over.input.is_empty() {
        return Ok(vec![Source::typed(None, over.of)?]);
    }
    over.input.iter().map(|path| Source::typed(Some(path), over.of)).collect()
}

/// Whether it trades so many instruments.
fn fits(name: &str, row: &Entry, found: usize) -> Result<(), Exit> {
    let (least, most) = row.instruments;
    if (least..=most).contains(&found) {
        return Ok(());
    }
    let lives =
        if least > 1 { format!("it lives on {}", Need::Instruments.told()) } else { "it trades one".to_owned() };
    let told = format!("--strategy {name}: {lives}: found {found} series of candles, accepted: {least}");
    Err(Exit::Usage(told + ", by `backtest` with --input and --instrument once for each"))
}

/// What was typed for each series: nothing, or as much as there are.
fn each<'a>(key: &str, typed: &'a [String], count: usize) -> Result<Vec<Option<&'a str>>, Exit> {
    if typed.is_empty() {
        return Ok(vec![None; count]);
    }
    if typed.len() == count {
        return Ok(typed.iter().map(|one| Some(one.as_str())).collect());
    }
    let told = format!("{key}: found {}, accepted: one for each of {count} series of candles", typed.len());
    Err(Exit::Usage(told + ", in their order"))
}

fn instrument(venue: VenueId, symbol: &str, grid: Grid) -> Result<Instrument, Exit> {
    metadata::assumed(venue, symbol, grid).filter(Instrument::is_dollar_quoted).ok_or_else(|| {
        let told = format!("--instrument: found `{symbol}`, accepted: a symbol of {} that is priced", venue.name());
        Exit::Usage(told + " in dollars, such as BTCUSDT as that venue spells it")
    })
}

/// What belongs to the rule over bars alone.
fn belongs(over: &OverCandles<'_>) -> Result<(), Exit> {
    let terms = &over.past.terms;
    let typed = [
        ("--sizing", terms.sizing.is_some(), "the strategy's own --params"),
        ("--stop", terms.stop.is_some(), "a strategy that sends one"),
        ("--target", terms.target.is_some(), "a strategy that sends one"),
        ("--periods-per-year", over.past.periods_per_year.is_some(), "--sample, by which a year is counted"),
    ];
    match typed.into_iter().find(|(_, is_typed, _)| *is_typed) {
        Some((key, _, instead)) => Err(Exit::Usage(format!(
            "{key}: found with {} through every stage, accepted: {instead}",
            over.past.strategy
        ))),
        None => Ok(()),
    }
}

/// Where the candles are from, and of what.
fn place<'a>(over: &OverCandles<'a>, count: usize) -> Result<(VenueId, Vec<&'a str>), Exit> {
    let stored = over.of.data.as_deref().and_then(|data| data.split_once(':'));
    let typed = over.staged.venue.as_deref().map(|name| VenueId::from_name(name).ok_or_else(|| unknown_venue(name)));
    let known = || stored.and_then(|(venue, _)| VenueId::from_name(venue)).unwrap_or(VENUE);
    let venue = typed.transpose()?.unwrap_or_else(known);
    let usual = stored.map_or(SYMBOL, |(_, symbol)| symbol);
    let symbols = each("--instrument", &over.staged.instrument, count)?;
    let symbols: Vec<&str> = symbols.into_iter().map(|symbol| symbol.unwrap_or(usual)).collect();
    match symbols.iter().enumerate().find(|(n, symbol)| symbols[..*n].contains(symbol)) {
        Some((_, twice)) => Err(Exit::Usage(format!(
            "--instrument: found {twice} for two series of candles, accepted: another one for each"
        ))),
        None => Ok((venue, symbols)),
    }
}

/// The account and the fees, where they were typed; else those of the settings.
fn money(over: &OverCandles<'_>, venue: VenueId, config: &mut Config) -> Result<(), Exit> {
    if let Some(cash) = over.past.terms.cash {
        if !CASH.contains(&cash) {
            return Err(Exit::Usage(format!("--cash: found {cash}, accepted: 1 to 1000000000 dollars")));
        }
        config.paper.equity = Quote((cash * 1e8).round() as i64);
    }
    if let Some(fee) = over.past.terms.fee {
        let ppm = (share_of_one("--fee", fee)? * 1e6).round() as i64;
        let mut listed = config::read_venue(over.staged.config.as_deref(), venue)?;
        (listed.maker_fee_e6, listed.taker_fee_e6) = (ppm, ppm);
        listed.fee_tiers.clear();
        listed.fees_of.clear();
        config.venues.retain(|other| other.id != venue);
        config.venues.push(listed);
    }
    Ok(())
}

fn telling(over: &OverCandles<'_>) -> Result<Telling, Exit> {
    let way = match over.staged.path {
        None | Some(PathName::Near) => Way::Near,
        Some(PathName::Far) => Way::Far,
        Some(PathName::High) => Way::High,
        Some(PathName::Low) => Way::Low,
    };
    let slip = share_of_one("--slippage", over.past.terms.slippage.unwrap_or_default())?;
    // Half of the price is the most that can be typed, and a bid of nothing is none.
    let slip_e9 = ((slip * 1e9).round() as u32).min(499_999_999);
    Ok(Telling { way, steps: over.staged.steps.unwrap_or(1), slip_e9 })
}

/// The candles on their grid.
fn candles(
    length: Option<Duration>,
    [tick, lot]: [Option<&str>; 2],
    source: Source<'_>,
) -> Result<(Arc<Candles>, Grid, Input), Exit> {
    let (Bars { series: bars, input }, volumes) = bars_and(source, &["volume".to_owned()])?;
    let typed = length.map(|length| i64::try_from(length.as_millis()).unwrap_or(i64::MAX));
    let period_ms = typed.or_else(|| usual_ms(bars.time_ms())).ok_or_else(|| {
        Exit::Usage(format!("--candle: found nothing; {source} has {} candles, which do not tell it", bars.len()))
    })?;
    let prices = [bars.open(), bars.high(), bars.low(), bars.close()];
    let step = |key: &str, typed: Option<&str>| {
        let told = |text: &str| Exit::Usage(format!("{key}: found {text}, accepted: a step such as 0.01 or 5"));
        typed.map(|text| grid::typed(text).ok_or_else(|| told(text))).transpose()
    };
    let tick = step("--tick", tick)?;
    let (price_decimals, tick_step) = tick.unwrap_or_else(|| (grid::decimals(prices.into_iter().flatten()), 1));
    let price_max = bars.high().iter().fold(0.0_f64, |most, high| most.max(*high));
    let lot = step("--lot", lot)?;
    let (qty_decimals, lot_step) = lot.unwrap_or((grid::lot_decimals(&volumes, price_max, price_decimals), 1));
    let grid = Grid { price_decimals, tick_step, qty_decimals, lot_step };
    let candles = Candles::new(&bars, &volumes, period_ms, &grid);
    let candles = candles.map_err(|fault| Exit::Failed(anyhow!("{source}: {fault}")))?;
    Ok((Arc::new(candles), grid, input))
}

fn unfit(name: &str, need: Need) -> Exit {
    let told = format!("--strategy {name}: it lives on {}, which candles do not tell", need.told());
    Exit::Usage(told + ": run `backtest` over a recording (--capture)")
}

#[cfg(test)]
#[path = "candles_tests.rs"]
mod tests;
