//! Jobs: what is asked of the background, where it stands, and what it came to.

use crate::desk::jobs::{figures_of, work_of};
use crate::door::body::Asked;
use crate::ops::jobs::schedule::Entry;
use crate::store::operational::jobs::{JobRow, JobState, ScheduleRow};
use engine_model::units::Nanos;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// To run a strategy over the past: `{"strategy": "sma_cross", "past": {"data": "binance-usdm:BTCUSDT"}}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBacktest {
    /// Which strategy: `sma_cross`, `rsi_macd`, `bollinger_reversion`, `donchian` by their rule over bars, or another one of
    /// the engine that lives on prices of one instrument, through every stage.
    pub strategy: String,
    /// Its parameters; those that are not named have their defaults.
    #[serde(default)]
    pub params: BTreeMap<String, f64>,
    /// Over what.
    pub past: JobPast,
    /// On which terms.
    #[serde(default)]
    pub terms: JobTerms,
}

impl Asked for NewBacktest {
    const FIELDS: &'static [&'static str] = &["strategy", "params (optional)", PAST, TERMS];
}

/// To look for parameters: `{"strategy": "sma_cross", "space": {"fast": [5, 10], "slow": {"min": 20, "max": 200,
/// "step": 20}}, "method": "grid", "past": {"data": "binance-usdm:BTCUSDT"}}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOptimization {
    /// Which strategy: `sma_cross`, `rsi_macd`, `bollinger_reversion`, `donchian` by their rule over bars, or another one of
    /// the engine that lives on prices of one instrument, through every stage.
    pub strategy: String,
    /// What is tried; the rest has its defaults.
    pub space: BTreeMap<String, JobChoice>,
    /// Only points that hold all of these: two parameters, or one and a number, with `<`, `<=`, `>`, `>=`, `==` or `!=`
    /// between them: `["fast < slow"]`.
    #[serde(default, rename = "where", skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<String>,
    /// In which order: `grid`, `random`, `tpe`, `cmaes`, `nsga2`.
    pub method: String,
    /// The measure that is looked for; `sharpe` if nothing is said. With `-` before it the less the better.
    #[serde(default)]
    pub objective: Option<String>,
    /// How many points are tried; of a grid all.
    #[serde(default)]
    pub trials: Option<u64>,
    /// Where chance begins.
    #[serde(default)]
    pub seed: Option<u64>,
    /// Picks a winner of each stretch and measures it on the next.
    #[serde(default)]
    pub walk_forward: Option<JobWalk>,
    /// Over what.
    pub past: JobPast,
    /// On which terms.
    #[serde(default)]
    pub terms: JobTerms,
}

impl Asked for NewOptimization {
    const FIELDS: &'static [&'static str] = &[
        "strategy",
        "space",
        "where (optional)",
        "method",
        "objective (optional)",
        "trials (optional)",
        "seed (optional)",
        "walk_forward (optional: train, test)",
        PAST,
        TERMS,
    ];
}

const PAST: &str = "past (data, timeframe, from_ns, to_ns)";
const TERMS: &str = "terms (optional: cash, fee, slippage, stop, target, units)";

/// Values of one parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum JobChoice {
    /// These.
    Values(Vec<f64>),
    /// From the one to the other.
    Range(JobRange),
}

/// From `min` on, every `step`, up to `max`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JobRange {
    /// The first.
    pub min: f64,
    /// None is beyond.
    pub max: f64,
    /// From one to the next.
    pub step: f64,
}

/// A stretch to learn on, and one to be measured on, in bars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JobWalk {
    /// To pick the winner on.
    pub train: u64,
    /// To measure it on.
    pub test: u64,
}

/// Candles of the store of history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JobPast {
    /// `VENUE:SYMBOL`, as `ringside data list` tells it.
    pub data: String,
    /// Length of a candle; `1h` if nothing is said. Longer ones are made of shorter ones.
    #[serde(default = "one_hour")]
    pub timeframe: String,
    /// Where they begin.
    #[serde(default)]
    pub from_ns: Option<u64>,
    /// Where they end, itself left out.
    #[serde(default)]
    pub to_ns: Option<u64>,
    /// So many days back, in place of `from_ns`: from where they end, else from when the job is begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
}

fn one_hour() -> String {
    "1h".to_owned()
}

/// On which terms a strategy trades. Shares of one, not percent: 0.001 is a tenth of a percent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JobTerms {
    /// Cash at the start.
    #[serde(default)]
    pub cash: Option<f64>,
    /// Fee of each fill, as a share of its value.
    #[serde(default)]
    pub fee: Option<f64>,
    /// By how much each fill is worse than the open, as a share of it.
    #[serde(default)]
    pub slippage: Option<f64>,
    /// Loss at which a position is left, as a share.
    #[serde(default)]
    pub stop: Option<f64>,
    /// Gain at which it is left, as a share.
    #[serde(default)]
    pub target: Option<f64>,
    /// So many are bought; `null`: all that the cash is good for.
    #[serde(default)]
    pub units: Option<f64>,
}

impl JobTerms {
    /// What is meant where nobody says: each fill pays a tenth of a percent, what venues take of a new account that trades
    /// at once on spot, and twice what they take on contracts. A rule that lives on less lives on nothing.
    #[must_use]
    pub fn usual() -> Self {
        Self { fee: Some(0.001), ..Self::default() }
    }
}

/// To ask a venue for its past: `{"venue": "binance-usdm", "symbol": "BTCUSDT", "candles": "1h", "days": 30}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBackfill {
    /// Which venue.
    pub venue: String,
    /// Its own spelling.
    pub symbol: String,
    /// Length of a candle; `null`: trades.
    #[serde(default)]
    pub candles: Option<String>,
    /// Where it begins; or `days`.
    #[serde(default)]
    pub from_ns: Option<u64>,
    /// Where it ends; now if nothing is said.
    #[serde(default)]
    pub to_ns: Option<u64>,
    /// So many days back from the end.
    #[serde(default)]
    pub days: Option<u32>,
}

impl Asked for NewBackfill {
    const FIELDS: &'static [&'static str] =
        &["venue", "symbol", "candles (1m to 1d; null: trades)", "from_ns, or days", "to_ns (optional)"];
}

/// What a job does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum JobWork {
    /// A strategy over the past.
    Backtest(NewBacktest),
    /// Its parameters over the past.
    Optimize(NewOptimization),
    /// The past of a venue into the store of history.
    Backfill(NewBackfill),
    /// How the account stands and what it has made.
    Report,
    /// How every market stands.
    Snapshot,
    /// A copy of the database of users, audit and jobs.
    Backup,
}

/// Several jobs, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Jobs {
    /// One's own; of an admin, everybody's.
    pub jobs: Vec<Job>,
    /// What to say as `before` for those before them; `null`: there are none.
    pub next_before: Option<u64>,
}

/// One job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Job {
    /// Its number.
    pub id: u64,
    /// `backtest`, `optimize`, `backfill`, `report`, `snapshot`, `backup`.
    pub kind: String,
    /// `queued`, `running`, `done`, `failed`, `canceled`, `interrupted`.
    pub state: String,
    /// In a line.
    pub about: String,
    /// Who asked for it.
    pub asked_by: String,
    /// So much of `total` is done; `null`: it does not say.
    pub done: Option<u64>,
    /// In whatever it counts: trials, milliseconds of the past.
    pub total: Option<u64>,
    /// When it would be over, if it goes on as it did.
    pub over_at_ns: Option<u64>,
    /// When it was asked for.
    pub asked_at_ns: u64,
    /// When it began.
    pub started_at_ns: Option<u64>,
    /// When it ended.
    pub ended_at_ns: Option<u64>,
    /// Why it ended as it did, where that is not well.
    pub told: Option<String>,
    /// The numbers of its result that people ask for first.
    pub figures: Vec<JobFigure>,
    /// What it does, as it was asked; `null`: another build asked for it.
    pub work: Option<JobWork>,
}

/// A number of a result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct JobFigure {
    /// As in the result.
    pub name: String,
    /// `null`: there is no such number.
    pub value: Option<f64>,
}

/// What is begun by the clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Schedules {
    /// In the order of the configuration.
    pub schedules: Vec<Schedule>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Schedule {
    /// What it is called.
    pub name: String,
    /// When, in UTC.
    pub cron: String,
    /// What.
    pub about: String,
    /// When it comes up next.
    pub next_at_ns: Option<u64>,
    /// Which job it has begun last.
    pub last_job: Option<u64>,
    /// How often it came up and nobody was there: such times are not made up.
    pub missed: u64,
}

/// Zero stands for "not yet".
fn yet(at: i64) -> Option<u64> {
    u64::try_from(at).ok().filter(|at| *at != 0)
}

impl Jobs {
    pub(crate) fn new(rows: &[JobRow], is_more: bool) -> Self {
        let next_before = rows.last().filter(|_| is_more).map(|last| last.id.unsigned_abs());
        Self { jobs: rows.iter().map(Job::new).collect(), next_before }
    }
}

impl Job {
    pub(crate) fn new(row: &JobRow) -> Self {
        let work = work_of(row);
        let has_total = row.total > 0;
        Self {
            id: row.id.unsigned_abs(),
            kind: row.kind.clone(),
            state: row.state.name().to_owned(),
            about: work.as_ref().map_or_else(|| "of another build".to_owned(), JobWork::about),
            asked_by: row.asked_by.clone(),
            done: has_total.then_some(row.done.unsigned_abs()),
            total: has_total.then_some(row.total.unsigned_abs()),
            over_at_ns: None,
            asked_at_ns: row.asked_ns.unsigned_abs(),
            started_at_ns: yet(row.started_ns),
            ended_at_ns: yet(row.ended_ns),
            told: (!row.told.is_empty()).then(|| row.told.clone()),
            figures: figures_of(row),
            work,
        }
    }

    /// The same with when it would be over, if it goes on as it did.
    pub(crate) fn at(self, now: Nanos) -> Self {
        let is_running = self.state == JobState::Running.name();
        let over_at_ns = match (self.started_at_ns, self.done, self.total) {
            (Some(began), Some(done), Some(total)) if is_running && done > 0 => {
                let took = u128::from(now.since(Nanos(began)));
                let whole = took * u128::from(total) / u128::from(done);
                u64::try_from(whole).ok().and_then(|whole| began.checked_add(whole))
            }
            _ => None,
        };
        Self { over_at_ns, ..self }
    }
}

impl Schedule {
    pub(crate) fn new(entry: &Entry, row: Option<&ScheduleRow>, now: Nanos) -> Self {
        Self {
            name: entry.name.clone(),
            cron: entry.text.clone(),
            about: entry.work.about(),
            next_at_ns: entry.next(now).map(|at| at.0),
            last_job: row.and_then(|row| yet(row.last_job)),
            missed: row.map_or(0, |row| row.missed.unsigned_abs()),
        }
    }
}
