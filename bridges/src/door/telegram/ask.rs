//! What people may ask, as values, and what a question changes. Read out of text by [`super::read`].

use super::outbox::{Level, Urgency};
use crate::desk::flow::Timeframe;
use crate::operator::words::Steering;
use crate::role::Telegram;
use engine_model::venue::VenueId;

/// A command with its arguments.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Ask {
    Price { symbol: String, frame: Timeframe, venue: Option<VenueId> },
    Analysis { symbol: String, frame: Timeframe },
    Volume { symbol: String, frame: Timeframe },
    Cvd { symbol: String, frame: Timeframe },
    OpenInterest { symbol: String },
    Funding { symbol: String },
    LongShort { symbol: String },
    Profile { symbol: String },
    Liquidations { symbol: Option<String>, window: Window },
    VolumeScan { threshold_pct: u32, frame: Timeframe },
    TopTen { by: TopBy },
    Signals { symbol: Option<String> },
    Portfolio { window: Window },
    Positions,
    Position { symbol: String },
    Orders,
    Trades { count: usize },
    Balance { is_full: bool },
    Performance { window: Window },
    Daily,
    Weekly,
    Monthly,
    Risk,
    RiskLimits,
    RiskLimitsSet { name: String, value: String },
    RiskAlerts { count: usize },
    PositionSize { symbol: String, share_bps: u32, stop: Option<String> },
    Alerts(AlertsAsk),
    Backtest { strategy: String, symbol: String, window: Window },
    Optimize { strategy: String, symbol: String, window: Window },
    Jobs(JobsAsk),
    StrategyStatus,
    Strategy { what: Steering, name: String },
    Pause,
    Resume,
    Close { what: Which, share_pct: u32 },
    Cancel { what: Which },
    EmergencyStop,
    Rearm { reason: String },
    Health,
    Feeds,
    Logs { count: usize },
    Version,
    ShowConfig,
    Audit { count: usize },
    WhoAmI,
    Web,
    Start,
    Help { about: Option<Telegram> },
    Settings(SettingsAsk),
}

/// A span of the past, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Window(pub(super) u64);

impl Window {
    pub(super) const HOUR: Self = Self(3_600);
    pub(super) const DAY: Self = Self(86_400);
    pub(super) const MONTH: Self = Self(30 * 86_400);
    pub(super) const QUARTER: Self = Self(90 * 86_400);

    /// As people write it.
    pub(super) fn name(self) -> String {
        match self.0 {
            s if s % 86_400 == 0 => format!("{}d", s / 86_400),
            s if s % 3_600 == 0 => format!("{}h", s / 3_600),
            s => format!("{}m", s / 60),
        }
    }
}

/// What the first ten are the first ten of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TopBy {
    Spot,
    Perps,
    Volume,
    OpenInterest,
    Funding,
}

impl TopBy {
    pub(super) const ALL: [Self; 5] = [Self::Spot, Self::Perps, Self::Volume, Self::OpenInterest, Self::Funding];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Spot => "spot",
            Self::Perps => "perps",
            Self::Volume => "volume",
            Self::OpenInterest => "oi",
            Self::Funding => "funding",
        }
    }
}

/// One or all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Which {
    All,
    One(String),
}

/// About alerts: one's own, and an admin about everybody's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AlertsAsk {
    List,
    /// The rule as it was written: the desk reads it.
    Add(String),
    Delete(String),
    /// Everybody's.
    ListAll,
    /// Whosever it is.
    DeleteAny(String),
    /// Nothing of the market for so many minutes; 0: from now on again.
    Mute(u32),
    /// What is told, and how.
    Levels(Option<(Urgency, Level)>),
}

/// About one's own jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JobsAsk {
    List,
    Show(i64),
    Cancel(i64),
}

/// About one's own zone and hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SettingsAsk {
    Show,
    /// Minutes before UTC.
    Zone(i32),
    /// Minutes of the day; `None`: no silent hours.
    Silent(Option<(u16, u16)>),
    /// The minute of the day; `None`: no summary.
    Summary(Option<u16>),
}

/// What changes something: it is asked twice, or it is the safe direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// The scope as it is spelled everywhere: `whole`, `strategy:1`.
    Reduce {
        scope: String,
    },
    /// Something of one strategy, by its name or number.
    Steer {
        strategy: String,
        what: Steering,
    },
    /// Trade again; why, where that must be said.
    Resume {
        scope: String,
        reason: Option<String>,
        /// What the first saying of it has given.
        token: Option<String>,
    },
    CancelAll,
    Flatten,
    /// Sell (or buy back) that part of a position.
    Close {
        symbol: String,
        share_pct: u32,
    },
    /// Withdraw one order.
    Cancel {
        order: String,
    },
    /// Set a limit of risk.
    SetLimit {
        name: String,
        value: String,
    },
}

impl Act {
    /// The row of the table of roles that it needs.
    pub(super) const fn row(&self) -> Telegram {
        match self {
            Self::Reduce { .. } => Telegram::Pause,
            Self::Steer { what, .. } => steering_row(what),
            Self::Resume { .. } => Telegram::Resume,
            Self::CancelAll | Self::Cancel { .. } => Telegram::Cancel,
            Self::Flatten | Self::Close { .. } => Telegram::Close,
            Self::SetLimit { .. } => Telegram::RiskLimitsSet,
        }
    }

    /// What it does, as a sentence.
    pub(super) fn says(&self) -> String {
        match self {
            Self::Reduce { scope } => format!("let {} only reduce positions", whose(scope)),
            Self::Steer { strategy, what: Steering::Start } => format!("let the wishes of {strategy} pass again"),
            Self::Steer { strategy, what: Steering::Pause } => format!("let {strategy} only make positions smaller"),
            Self::Steer { strategy, what: Steering::Stop } => {
                format!("stop {strategy} and withdraw its orders; what it holds, it holds")
            }
            Self::Steer { strategy, what: Steering::Set(params) } => {
                let params: Vec<String> = params.iter().map(|(name, value)| format!("{name}={value}")).collect();
                format!("let {strategy} trade by {}", params.join(" "))
            }
            Self::Resume { scope, .. } => format!("let {} trade again", whose(scope)),
            Self::CancelAll => "withdraw every working order".to_owned(),
            Self::Flatten => "halt everything and close every position".to_owned(),
            Self::Close { symbol, share_pct: 100 } => format!("close the position in {symbol} at the market"),
            Self::Close { symbol, share_pct } => {
                format!("close {share_pct}% of the position in {symbol} at the market")
            }
            Self::Cancel { order } => format!("withdraw order {order}"),
            Self::SetLimit { name, value } => format!("set the limit {name} to {value}"),
        }
    }
}

const fn steering_row(what: &Steering) -> Telegram {
    match what {
        Steering::Start => Telegram::StrategyStart,
        Steering::Pause => Telegram::StrategyPause,
        Steering::Stop => Telegram::StrategyStop,
        Steering::Set(_) => Telegram::StrategySet,
    }
}

fn whose(scope: &str) -> String {
    if scope == "whole" { "everything".to_owned() } else { scope.to_owned() }
}

impl Ask {
    /// The row of the table of roles that it needs.
    pub(super) const fn row(&self) -> Telegram {
        match self {
            Self::Price { .. } => Telegram::Price,
            Self::Analysis { .. } => Telegram::Analysis,
            Self::Volume { .. } => Telegram::Volume,
            Self::Cvd { .. } => Telegram::Cvd,
            Self::OpenInterest { .. } => Telegram::OpenInterest,
            Self::Funding { .. } => Telegram::Funding,
            Self::LongShort { .. } => Telegram::LongShort,
            Self::Profile { .. } => Telegram::Profile,
            Self::Liquidations { .. } => Telegram::Liquidations,
            Self::VolumeScan { .. } => Telegram::VolumeScan,
            Self::TopTen { .. } => Telegram::TopTen,
            Self::Signals { .. } => Telegram::Signals,
            Self::Portfolio { .. } => Telegram::Portfolio,
            Self::Positions => Telegram::Positions,
            Self::Position { .. } => Telegram::Position,
            Self::Orders => Telegram::Orders,
            Self::Trades { .. } => Telegram::Trades,
            Self::Balance { .. } => Telegram::Balance,
            Self::Performance { .. } => Telegram::Performance,
            Self::Daily => Telegram::Daily,
            Self::Weekly => Telegram::Weekly,
            Self::Monthly => Telegram::Monthly,
            Self::Risk => Telegram::Risk,
            Self::RiskLimits => Telegram::RiskLimits,
            Self::RiskLimitsSet { .. } => Telegram::RiskLimitsSet,
            Self::RiskAlerts { .. } => Telegram::RiskAlerts,
            Self::PositionSize { .. } => Telegram::PositionSize,
            Self::Alerts(AlertsAsk::ListAll | AlertsAsk::DeleteAny(_)) => Telegram::AllAlerts,
            Self::Alerts(_) => Telegram::Alerts,
            Self::Backtest { .. } => Telegram::Backtest,
            Self::Optimize { .. } => Telegram::Optimize,
            Self::Jobs(_) => Telegram::Jobs,
            Self::StrategyStatus => Telegram::StrategyStatus,
            Self::Strategy { what, .. } => steering_row(what),
            Self::Pause => Telegram::Pause,
            Self::Resume => Telegram::Resume,
            Self::Close { .. } => Telegram::Close,
            Self::Cancel { .. } => Telegram::Cancel,
            Self::EmergencyStop => Telegram::EmergencyStop,
            Self::Rearm { .. } => Telegram::Rearm,
            Self::Health => Telegram::Health,
            Self::Feeds => Telegram::Feeds,
            Self::Logs { .. } => Telegram::Logs,
            Self::Version => Telegram::Version,
            Self::ShowConfig => Telegram::ShowConfig,
            Self::Audit { .. } => Telegram::Audit,
            Self::WhoAmI => Telegram::WhoAmI,
            Self::Web => Telegram::Web,
            Self::Start => Telegram::Start,
            Self::Help { .. } => Telegram::Help,
            Self::Settings(_) => Telegram::Settings,
        }
    }
}
