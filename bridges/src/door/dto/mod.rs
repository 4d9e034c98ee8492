//! Every shape of the API. What goes over the operator's line, to a webhook or into a file of the bridge has its own beside
//! it.
//!
//! Rules: prices and quantities are decimal strings with exactly the decimals of the instrument's tick or lot; times are
//! integers named `*_ns`; ratios are numbers; what is unknown is `null`, never 0. Fields may be added, none changes
//! its meaning. Shapes can be read as well as written, so that the terminal monitor shares them.

mod alert;
mod analysis;
mod attribution;
mod costs;
mod derivatives;
mod engine;
mod exposure;
mod flow;
mod job;
mod market;
mod open;
mod order;
mod people;
mod portfolio;
mod reading;
mod risk;
mod trading;

pub use crate::operator::words::{LimitTold, ToldParam};
pub use alert::{
    AlertHit, AlertHits, AlertMessage, AlertRule, AlertRules, AllAlerts, KeptAlerts, KeptHit, KeptRule, NewAlert,
    OwnedAlert, Snooze,
};
pub use analysis::{
    Activity, AgainstUsual, Analysis, AnalysisMessage, Bands, BestPrice, BestPrices, DayNow, FundingNow, Market,
    Overview, Pace, Score, SessionNow, SessionVwap, SpotPerp, UsualDay, Volume, VolumeMarket, VolumeOverVenues,
};
pub use attribution::{Attribution, Change, LotPosition, OpenLot, PartsUsd, Slice};
pub use costs::{Cost, CostFamily, CostFigures, CostOrder, CostSlice, Costs, OtherFee};
pub use derivatives::{
    FundingMarket, FundingOverVenues, LongShortMarket, LongShortOverVenues, MissingMarket, OpenInterest,
    OpenInterestChange, OpenInterestMarket, OpenInterestPoint, Paid, Sum, Told,
};
pub use engine::{
    Book, Counters, Counts, Door, Engine, Follower, Health, Outbox, Reader, Ring, Stage, Tap, Thread, Venue,
    VenueCounters,
};
pub use exposure::{Balance, Exposure, PortfolioRisk, RiskAlerts, RiskMetrics, Tail, VenueExposure};
pub use flow::{
    Area, Candle, Cvd, CvdBar, CvdMarket, Liquidation, LiquidationMarket, Liquidations, Ohlcv, Profile, ProfileRow,
    Trend, Window,
};
pub use job::{
    Job, JobChoice, JobFigure, JobPast, JobRange, JobTerms, JobWalk, JobWork, Jobs, NewBackfill, NewBacktest,
    NewOptimization, Schedule, Schedules,
};
pub use market::{
    Funding, InstrumentStatus, MarketMessage, OrderBook, Prices, Top, Trade, Trades, VenueStatus, Venues,
};
pub use open::{OpenOrder, OrderTerms, Orders};
pub(crate) use open::{offset, tied};
pub use order::{DeniedBy, NewOrder, OrderChange, OrderOutcome};
pub use people::{
    Again, Audit, AuditLine, FirstAdmin, Key, KeyShownOnce, Keys, Login, Me, NewKey, NewLimit, NewPassword, NewUser,
    Resume, ScopeState, Scoped, Session, Standing, User, UserChange, Users,
};
pub use portfolio::{
    Fill, Fills, Latency, OrderMessage, Performance, PortfolioMessage, Position, Positions, ProtectingStop,
};
pub use reading::Reading;
pub use risk::{Amount, Broken, Denied, Halt, Limit, LimitsInForce};
pub use trading::{Executions, NewParams, OrdersPage, Strategies, StrategyStatus};

use engine_model::market::Side;
use engine_model::units::Nanos;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The listener (or the bridge itself) was too slow: so many events are gone. What follows is a fresh start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Lapped {
    /// How many.
    pub missed: u64,
}

/// What every error says: a problem by RFC 9457, with what was found and what would have been right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Failure {
    /// Stable, for programs: `urn:ringside:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// For people.
    pub title: String,
    /// The status of the answer.
    pub status: u16,
    /// What was wrong.
    pub error: FailureText,
}

/// One error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FailureText {
    /// Stable, for programs.
    pub code: String,
    /// For people.
    pub message: String,
    /// The part of the question that was wrong.
    pub found: Option<String>,
    /// What would have been right.
    pub expected: Vec<String>,
}

/// Zero stands for "not told" in the engine's fixed-size values.
fn told_ns(at: Nanos) -> Option<u64> {
    (at != Nanos(0)).then_some(at.0)
}

fn side_name(side: Side) -> String {
    match side {
        Side::Buy => "BUY".to_owned(),
        Side::Sell => "SELL".to_owned(),
    }
}
