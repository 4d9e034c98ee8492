//! What is at stake: balances, exposure, value at risk, what is near its limit.

use super::reading::Reading;
use super::risk::{Denied, Halt, Limit, LimitsInForce};
use super::{Change, told_ns};
use crate::desk::Desk;
use crate::desk::part::Part;
use crate::desk::risk as desk;
use crate::desk::sight::Sight;
use engine_core::portfolio::saturated;
use engine_model::image::PortfolioImage;
use engine_model::instrument::Instruments;
use engine_model::position::Position;
use engine_model::units::Quote;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// `/api/v1/portfolio/balance`. What an account held before the run is told in dollars, what changed since by asset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Balance {
    /// The strategies that it is of, where it is not of the whole account: whoever asks sees no more.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub of: Option<Vec<String>>,
    /// When the engine said so.
    pub at_ns: Option<u64>,
    /// At the start of the run.
    pub equity_start_usd: Option<String>,
    /// Now.
    pub equity_usd: Option<String>,
    /// What each venue's ledger must show for the run; `null` where the run's books cannot be kept.
    pub changes: Option<Vec<Change>>,
    /// Whether every execution and payment of the run is in it.
    pub complete: bool,
}

/// `/api/v1/portfolio/risk`. All `null` until the engine has told its first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PortfolioRisk {
    /// The strategies that it is of, where it is not of the whole account: whoever asks sees no more.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub of: Option<Vec<String>>,
    /// When the engine said so.
    pub at_ns: Option<u64>,
    /// Now.
    pub equity_usd: Option<String>,
    /// Reading of all positions, unsigned.
    pub gross_usd: Option<String>,
    /// Longs less shorts; `null` where a position has no price.
    pub net_usd: Option<String>,
    /// Gross over equity.
    pub leverage: Option<f64>,
    /// Loss since the start of the day (UTC), as a share of the equity then; 0 in profit.
    pub day_loss_ratio: Option<f64>,
    /// Loss from the highest equity so far, as a share of it.
    pub drawdown_ratio: Option<f64>,
    /// The largest first.
    pub positions: Vec<Exposure>,
    /// By venue, the largest first.
    pub venues: Vec<VenueExposure>,
}

/// What one position weighs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Exposure {
    /// The venue's spelling.
    pub symbol: String,
    /// Where.
    pub venue: String,
    /// `LONG` or `SHORT`.
    pub side: String,
    /// Its value; `null` without a price.
    pub notional_usd: Option<String>,
    /// As a share of all.
    pub share: Option<f64>,
}

/// What is held at one venue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct VenueExposure {
    /// Where.
    pub venue: String,
    /// Reading of its positions, unsigned.
    pub gross_usd: String,
    /// As a share of all.
    pub share: Option<f64>,
}

/// `/api/v1/risk/alerts`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RiskAlerts {
    /// `ACTIVE`, `REDUCING` or `HALTED`.
    pub trading_state: Option<String>,
    /// Strategies, venues and instruments that are not active.
    pub halts: Vec<Halt>,
    /// Limits of which four fifths are used, or more.
    pub limits: Vec<Limit>,
    /// The last orders that risk refused, oldest first.
    pub denied: Vec<Denied>,
    /// Decisions that the bridge came too late for.
    pub missed: u64,
}

/// `/api/v1/risk/metrics`: out of what equity did from minute to minute, in this run and those that it goes on from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RiskMetrics {
    /// Minutes that it is taken of.
    pub minutes: usize,
    /// Historical, at 95 %, of one minute.
    pub minute: Reading<Tail>,
    /// By a normal curve of the same mean and deviation, at 95 %, of one day.
    pub day_var: Reading<f64>,
    /// Standard deviation of a minute's returns.
    pub volatility_minute: Reading<f64>,
    /// Largest fall from a peak, as a share of the peak.
    pub drawdown_max: Reading<f64>,
}

/// A loss that is passed once in twenty times, and the mean of what is worse; as shares of equity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Tail {
    /// Reading at risk.
    pub var: f64,
    /// Expected shortfall.
    pub cvar: f64,
}

impl Balance {
    /// All of it is the account's: whoever sees a part is told of what, and no more.
    pub(crate) fn new(desk: &Desk, sight: &Sight) -> Self {
        let portfolio = desk.portfolio(sight);
        let told = desk.books(sight, |books, seen, is_whole| {
            seen.sight.is_whole().then(|| (Change::list(books), is_whole && books.skipped() == 0))
        });
        let (changes, complete) = told.ok().flatten().unzip();
        Self {
            of: desk.part_names(sight),
            at_ns: portfolio.and_then(|portfolio| told_ns(portfolio.at_ns)),
            equity_start_usd: portfolio.map(|portfolio| portfolio.equity_start.to_string()),
            equity_usd: portfolio.map(|portfolio| portfolio.equity.to_string()),
            changes,
            complete: complete.unwrap_or(false),
        }
    }
}

impl PortfolioRisk {
    pub(crate) fn new(desk: &Desk, sight: &Sight) -> Self {
        let part = desk.part(sight);
        if let Some(part) = part {
            return Self::of_part(desk.instruments(), part);
        }
        let portfolio = desk.portfolio(sight);
        let portfolio = portfolio.as_ref();
        let held = portfolio.map_or(&[][..], |p| &p.positions[..p.positions_count as usize]);
        let gross = portfolio.map_or(Quote::ZERO, |portfolio| portfolio.gross);
        let (positions, venues) = exposures(desk.instruments(), held.to_vec(), gross);
        Self {
            of: None,
            at_ns: portfolio.and_then(|portfolio| told_ns(portfolio.at_ns)),
            equity_usd: portfolio.map(|portfolio| portfolio.equity.to_string()),
            gross_usd: portfolio.map(|portfolio| portfolio.gross.to_string()),
            net_usd: portfolio.and_then(|portfolio| net(desk.instruments(), portfolio)).map(|net| net.to_string()),
            leverage: portfolio.and_then(|portfolio| share(portfolio.gross, portfolio.equity)),
            day_loss_ratio: portfolio.and_then(|portfolio| fall(portfolio.day_open, portfolio.equity)),
            drawdown_ratio: portfolio.and_then(|portfolio| fall(portfolio.peak, portfolio.equity)),
            positions,
            venues,
        }
    }

    /// What is held by what somebody sees. What is a share of equity is the account's.
    fn of_part(instruments: &Instruments, part: Part) -> Self {
        let gross = part.sum.map(|sum| saturated(sum.gross));
        let held = part.held.iter().map(|share| share.position).collect();
        let (positions, venues) = exposures(instruments, held, gross.unwrap_or_default());
        Self {
            of: Some(part.names),
            at_ns: part.at.and_then(told_ns),
            equity_usd: None,
            gross_usd: gross.map(|gross| gross.to_string()),
            net_usd: part.sum.map(|sum| saturated(sum.net).to_string()),
            leverage: None,
            day_loss_ratio: None,
            drawdown_ratio: None,
            positions,
            venues,
        }
    }
}

fn exposures(instruments: &Instruments, mut held: Vec<Position>, gross: Quote) -> (Vec<Exposure>, Vec<VenueExposure>) {
    held.retain(|held| held.qty.0 != 0);
    held.sort_by_key(|held| std::cmp::Reverse(held.notional));
    let mut venues: BTreeMap<_, Quote> = BTreeMap::new();
    for held in &held {
        let sum = venues.entry(instruments.get(held.instrument).venue).or_default();
        sum.0 = sum.0.saturating_add(dollars(instruments, held).unwrap_or_default().0);
    }
    let mut venues: Vec<_> = venues.into_iter().collect();
    venues.sort_by_key(|(_, gross)| std::cmp::Reverse(*gross));
    let positions = held.iter().map(|held| {
        let instrument = instruments.get(held.instrument);
        Exposure {
            symbol: instrument.symbol.to_string(),
            venue: instrument.venue.name().to_owned(),
            side: if held.qty.0 > 0 { "LONG" } else { "SHORT" }.to_owned(),
            notional_usd: dollars(instruments, held).map(|notional| notional.to_string()),
            share: dollars(instruments, held).and_then(|notional| share(notional, gross)),
        }
    });
    let venues = venues.iter().map(|(venue, held)| VenueExposure {
        venue: venue.name().to_owned(),
        gross_usd: held.to_string(),
        share: share(*held, gross),
    });
    (positions.collect(), venues.collect())
}

/// What is not quoted in dollars is worth an unknown number of them here.
fn dollars(instruments: &Instruments, held: &Position) -> Option<Quote> {
    held.notional.filter(|_| instruments.get(held.instrument).is_dollar_quoted())
}

fn net(instruments: &Instruments, portfolio: &PortfolioImage) -> Option<Quote> {
    let held = portfolio.positions[..portfolio.positions_count as usize].iter().filter(|held| held.qty.0 != 0);
    let signed = held.map(|held| Some(dollars(instruments, held)?.0 * held.qty.0.signum()));
    signed.sum::<Option<i64>>().filter(|_| portfolio.is_complete).map(Quote)
}

fn share(part: Quote, whole: Quote) -> Option<f64> {
    (whole.0 > 0).then(|| part.0 as f64 / whole.0 as f64)
}

fn fall(from: Quote, to: Quote) -> Option<f64> {
    share(Quote(from.0.saturating_sub(to.0).max(0)), from)
}

impl RiskAlerts {
    pub(crate) fn new(desk: &Desk, sight: &Sight) -> Self {
        let LimitsInForce { trading_state, halts, limits, denied, missed, .. } = LimitsInForce::new(desk, sight);
        let is_near = |limit: &Limit| limit.state.as_deref().is_some_and(|state| state != "OK");
        Self { trading_state, halts, limits: limits.into_iter().filter(is_near).collect(), denied, missed }
    }
}

impl RiskMetrics {
    pub(crate) fn new(metrics: &desk::Metrics) -> Self {
        Self {
            minutes: metrics.minutes,
            minute: Reading::new(&metrics.minute, |tail| Tail { var: tail.var, cvar: tail.cvar }),
            day_var: Reading::new(&metrics.day_var, |var| *var),
            volatility_minute: Reading::new(&metrics.volatility, |volatility| *volatility),
            drawdown_max: Reading::new(&metrics.drawdown, |drawdown| *drawdown),
        }
    }
}
