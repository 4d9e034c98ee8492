//! What was typed, and the bars it is asked of.

use crate::args::Terms as Args;
use crate::exit::Exit;
use crate::series::{self, Source};
use crate::typed;
use anyhow::anyhow;
use engine_backtest::bars::account::{Sizing, Terms};
use engine_backtest::bars::rule::{Rule, RuleName};
use engine_backtest::bars::series::{Bar, Series};
use serde_json::{Value, json};

/// What a file of candles must have.
const COLUMNS: [&str; 5] = ["time_ms", "open", "high", "low", "close"];
/// A fee, a slippage or a level beyond it was meant in percent.
const SHARE_MAX: f64 = 0.5;
/// At the start, unless something else is typed.
const CASH: f64 = 100_000.0;
const DAY_MS: i64 = 86_400_000;
const YEAR_MS: f64 = 365.0 * DAY_MS as f64;

/// Bars, and where they are from.
#[derive(Debug)]
pub(crate) struct Bars {
    pub(crate) series: Series,
    pub(crate) input: Input,
}

/// What was read, so that a result says what it is of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Input {
    /// A file's name, or the venue and symbol of the store.
    pub(crate) name: String,
    /// BLAKE3 of the text that was read, uncompressed.
    pub(crate) blake3: String,
    /// When the first bar and the last one opened, in ms since the epoch.
    pub(crate) first_ms: i64,
    pub(crate) last_ms: i64,
}

impl Input {
    /// As reports have it.
    pub(crate) fn json(&self) -> Value {
        json!({ "name": self.name, "blake3": self.blake3, "first_ms": self.first_ms, "last_ms": self.last_ms })
    }
}

/// The strategy.
pub(crate) fn rule(name: &str, params: &str) -> Result<Rule, Exit> {
    let name = RuleName::find(name).map_err(|fault| Exit::Usage(format!("--strategy: {fault}")))?;
    let set = typed::numbers("--params", params)?;
    let set = set.iter().map(|(name, value)| (name.as_str(), *value));
    Rule::new(name, set).map_err(|fault| Exit::Usage(format!("--params: {fault}")))
}

/// The terms.
pub(crate) fn terms(args: &Args) -> Result<Terms, Exit> {
    let cash = args.cash.unwrap_or(CASH);
    if !(cash.is_finite() && cash > 0.0) {
        return Err(Exit::Usage(format!("--cash: found {cash}, accepted: a number above 0")));
    }
    let level = |key, share: Option<f64>| match share {
        Some(0.0) => Err(Exit::Usage(format!("{key}: found 0, accepted: a share above 0, or leave it out for none"))),
        Some(found) => share_of_one(key, found).map(Some),
        None => Ok(None),
    };
    Ok(Terms {
        cash,
        fee: share_of_one("--fee", args.fee.unwrap_or_default())?,
        slippage: share_of_one("--slippage", args.slippage.unwrap_or_default())?,
        sizing: args.sizing.as_deref().map_or(Ok(Sizing::Units(1.0)), sizing)?,
        stop: level("--stop", args.stop)?,
        target: level("--target", args.target)?,
    })
}

pub(super) fn share_of_one(key: &str, found: f64) -> Result<f64, Exit> {
    if (0.0..=SHARE_MAX).contains(&found) {
        return Ok(found);
    }
    let told = format!("{key}: found {found}, accepted: a share from 0 to {SHARE_MAX}");
    Err(Exit::Usage(format!("{told} (0.001 is a tenth of a percent)")))
}

fn sizing(text: &str) -> Result<Sizing, Exit> {
    let told =
        || Exit::Usage(format!("--sizing: found {text}, accepted: [\"units\", U] with U above 0, or [\"allin\"]"));
    match serde_json::from_str::<Value>(text).map_err(|_| told())?.as_array().map(Vec::as_slice) {
        Some([kind]) if kind == "allin" => Ok(Sizing::AllIn),
        Some([kind, units]) if kind == "units" => {
            let units = units.as_f64().filter(|units| units.is_finite() && *units > 0.0);
            units.map(Sizing::Units).ok_or_else(told)
        }
        _ => Err(told()),
    }
}

/// The bars of a file or of the store, and one more column if there is one of that name.
pub(super) fn bars_and(source: Source<'_>, perhaps: &[String]) -> Result<(Bars, Vec<f64>), Exit> {
    let mut read = series::open_with(source, &COLUMNS.map(str::to_owned), perhaps)?;
    let more = if perhaps.is_empty() { Vec::new() } else { read.columns.pop().unwrap_or_default() };
    let mut bars = Series::default();
    for row in 0..read.rows {
        let [time_ms, open, high, low, close] = [0, 1, 2, 3, 4].map(|column: usize| read.columns[column][row]);
        let bar = Bar { time_ms: time_ms as i64, open, high, low, close };
        bars.push(bar).map_err(|fault| Exit::Failed(anyhow!("{source}: {fault}")))?;
    }
    let [first_ms, last_ms] = [bars.time_ms().first(), bars.time_ms().last()].map(|ms| ms.copied().unwrap_or(0));
    let input = Input { name: source.name(), blake3: read.blake3, first_ms, last_ms };
    Ok((Bars { series: bars, input }, more))
}

/// The bars of a file or of the store: enough of them for the strategy to have an opinion.
pub(crate) fn bars<'a>(source: impl Into<Source<'a>>, rule: &Rule) -> Result<Bars, Exit> {
    let source = source.into();
    let (bars, _) = bars_and(source, &[])?;
    let needed = rule.needs();
    if bars.series.len() < needed {
        let (found, name) = (bars.series.len(), rule.name().name());
        let told = format!("{source}: found {found} bars, expected at least {needed}");
        return Err(Exit::Failed(anyhow!("{told}: {name} with these parameters has no opinion before")));
    }
    Ok(bars)
}

/// Bars in a year: as typed, or by the distance that most bars have.
pub(crate) fn periods_per_year(typed: Option<f64>, series: &Series) -> Result<f64, Exit> {
    if let Some(found) = typed {
        let is_right = found.is_finite() && found > 0.0;
        let told = || Exit::Usage(format!("--periods-per-year: found {found}, accepted: a number above 0"));
        return if is_right { Ok(found) } else { Err(told()) };
    }
    let told = || Exit::Usage("--periods-per-year: one bar does not tell how far bars are apart".to_owned());
    usual_ms(series).map(|ms| YEAR_MS / ms as f64).ok_or_else(told)
}

/// The distance that most bars have, in ms; of several that are as common the shortest. `None` of less than two bars.
fn usual_ms(series: &Series) -> Option<i64> {
    let mut apart: Vec<i64> =
        series.time_ms().array_windows().map(|[before, now]| now.saturating_sub(*before)).collect();
    apart.sort_unstable();
    let equal = apart.chunk_by(|a, b| a == b);
    equal.reduce(|most, other| if other.len() > most.len() { other } else { most }).map(|most| most[0])
}

/// Whether the bars, the last one with its length, span less than a day.
pub(crate) fn is_short(series: &Series) -> bool {
    let [first, last] = [series.time_ms().first(), series.time_ms().last()].map(|ms| ms.copied().unwrap_or(0));
    last.saturating_sub(first).saturating_add(usual_ms(series).unwrap_or(0)) < DAY_MS
}
