//! Orders, fills, positions, money.

use super::{Lapped, Orders, side_name, told_ns};
use crate::desk::Desk;
use crate::desk::answer::Unknown;
use crate::desk::behind::Behind;
use crate::desk::part::{Part, Share};
use crate::desk::sight::Sight;
use engine_core::portfolio::books::{ATOMS_PER_E8, Group, Part as Of};
use engine_core::portfolio::saturated;
use engine_model::closeout::Closeout;
use engine_model::image::{LatencyImage, PortfolioImage};
use engine_model::instrument::{ContractKind, Grid, Instrument, Instruments};
use engine_model::order::{Order, OrderEvent};
use engine_model::report::{Liquidity, Report};
use engine_model::units::{Quote, Ticks};
use engine_model::{image, position};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `/api/v1/portfolio/positions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Positions {
    /// The strategies that it is of, where it is not of the whole account: whoever asks sees no more.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub of: Option<Vec<String>>,
    /// When the engine said so.
    pub at_ns: Option<u64>,
    /// Of each instrument that has traded; of a part, of each of its strategies by itself.
    pub positions: Vec<Position>,
    /// Whether these are all: `false` where more have traded than the engine shows.
    pub complete: bool,
}

/// A net position and what it has earned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Position {
    /// The venue's spelling.
    pub symbol: String,
    /// Where.
    pub venue: String,
    /// Negative is short.
    pub qty: String,
    /// Average entry price, three decimals beyond the tick; `null` when flat.
    pub avg_px: Option<String>,
    /// What the account held when the run began; `null`: nothing that the run took over.
    pub opening: Option<Opening>,
    /// The price that values are taken at.
    pub mark_px: Option<String>,
    /// Reading at that price, unsigned, in the quote currency.
    pub notional: Option<String>,
    /// Profit of what was closed, before fees, in `currency`.
    pub realised: String,
    /// Profit of what is open, before fees, in `currency`.
    pub unrealised: Option<String>,
    /// Paid; negative is a rebate, in `currency`.
    pub fees: String,
    /// Funding and interest received less paid, in `currency`.
    pub payments: String,
    /// What the contract settles in.
    pub currency: String,
    /// Where the venue would close it, with all equity behind it.
    pub liquidation_px: Option<String>,
    /// Why there is no such price, or why it is not known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub liquidation_reason: Option<String>,
    /// What it uses: what opening it takes at the most leverage that its step allows, in the quote currency.
    pub initial_margin: Option<String>,
    /// What must stay, in the quote currency.
    pub maintenance_margin: Option<String>,
    /// Why there is no margin, or why it is not known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub margin_reason: Option<String>,
    /// The trigger of the stop order that is reached first; `null` also of one that has told none, because it trails or may
    /// have been moved.
    pub stop_px: Option<String>,
    /// Why no stop order is known of.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stop_reason: Option<String>,
    /// Stop orders that would make it smaller, the one that is reached first at the front.
    pub stops: Vec<ProtectingStop>,
    /// When the oldest lot of it was opened, or seen first by the run.
    pub opened_at_ns: Option<u64>,
    /// Strategies that hold a part of it.
    pub strategies: Vec<String>,
}

/// A stop order behind a position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProtectingStop {
    /// Ours.
    pub client_order_id: String,
    /// `STOP_MARKET`, `STOP_LIMIT`, `TRAILING_STOP_MARKET` or `TRAILING_STOP_LIMIT`.
    pub order_type: String,
    /// What pulls it; `null` of one that trails from its first price on, and of one that its strategy may have moved,
    /// which tells nobody where to. The trigger of one that trails has moved since.
    pub trigger_px: Option<String>,
    /// The limit that it then has, if any.
    pub px: Option<String>,
    /// For how much.
    pub qty: String,
    /// Whether it may only make the position smaller.
    pub reduce_only: bool,
}

/// What an account held when the run began. In the run it counts from the first price that the run saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Opening {
    /// Negative is short.
    pub qty: String,
    /// The venue's average entry price, three decimals beyond the tick; `null` where it told none, as of a coin.
    pub avg_px: Option<String>,
}

/// `/api/v1/portfolio/performance`. All `null` until the engine has told its first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Performance {
    /// The strategies that it is of, where it is not of the whole account: whoever asks sees no more.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub of: Option<Vec<String>>,
    /// When the engine said so.
    pub at_ns: Option<u64>,
    /// `ACTIVE`, `REDUCING` or `HALTED`.
    pub trading_state: Option<String>,
    /// At the start of the run.
    pub equity_start_usd: Option<String>,
    /// At the start of the day (UTC), or of the run if that came later.
    pub day_open_usd: Option<String>,
    /// Now.
    pub equity_usd: Option<String>,
    /// Now less start.
    pub pnl_usd: Option<String>,
    /// The same over start.
    pub return_ratio: Option<f64>,
    /// Before fees.
    pub realised_usd: Option<String>,
    /// Before fees.
    pub unrealised_usd: Option<String>,
    /// Paid.
    pub fees_usd: Option<String>,
    /// Funding and interest received less paid.
    pub payments_usd: Option<String>,
    /// Now less the day's start.
    pub day_pnl_usd: Option<String>,
    /// Highest equity so far.
    pub peak_usd: Option<String>,
    /// Peak less now.
    pub drawdown_now_usd: Option<String>,
    /// The same over the peak.
    pub drawdown_now_ratio: Option<f64>,
    /// Reading of all positions, unsigned.
    pub gross_usd: Option<String>,
    /// Gross over equity.
    pub leverage: Option<f64>,
    /// Largest loss from a peak so far.
    pub drawdown_usd: Option<String>,
    /// Orders that passed risk.
    pub orders: Option<u64>,
    /// Wishes refused.
    pub denied: Option<u64>,
    /// Executions.
    pub fills: Option<u64>,
    /// From the event that caused an order to the order; `null` until one was measured, and of a part.
    pub tick_to_order_ns: Option<Latency>,
}

/// A distribution of latency, in ns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Latency {
    /// Median.
    pub p50: u64,
    /// 90 %.
    pub p90: u64,
    /// 99 %.
    pub p99: u64,
    /// 99.9 %.
    pub p999: u64,
    /// Largest.
    pub max: u64,
    /// Orders measured.
    pub samples: u64,
}

/// Executions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Fills {
    /// Oldest first.
    pub fills: Vec<Fill>,
}

/// One execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Fill {
    /// Of which order.
    pub client_order_id: String,
    /// The venue's spelling.
    pub symbol: String,
    /// Where.
    pub venue: String,
    /// `BUY` or `SELL`.
    pub side: String,
    /// The venue's id.
    pub trade_id: u64,
    /// Price.
    pub px: String,
    /// Quantity.
    pub qty: String,
    /// Negative is a rebate, in `currency`.
    pub fee: String,
    /// What the contract settles in.
    pub currency: String,
    /// `MAKER` or `TAKER`.
    pub liquidity: String,
    /// Why the venue placed it: LIQUIDATION, TAKEOVER, DELEVERAGING (it is of order R0-0-0 then), or COIN_FEE, what it kept
    /// of the order's coins; absent of our own orders.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cause: Option<String>,
    /// The venue's time.
    pub venue_at_ns: Option<u64>,
    /// When we knew.
    pub received_at_ns: u64,
}

/// What `/ws/portfolio` says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum PortfolioMessage {
    /// The first: everything.
    Snapshot {
        /// Positions.
        positions: Positions,
        /// Money.
        performance: Box<Performance>,
        /// Open orders.
        orders: Orders,
        /// The last fills.
        fills: Fills,
    },
    /// Positions and money are now these.
    Portfolio {
        /// Positions.
        positions: Positions,
        /// Money.
        performance: Box<Performance>,
    },
    /// Open orders are now these.
    Orders(Orders),
    /// These happened.
    Fills(Fills),
    /// Something is lost; open orders follow afresh.
    Lapped(Lapped),
}

/// What `/ws/orders` says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum OrderMessage {
    /// The first: everything.
    Snapshot {
        /// Open orders.
        orders: Orders,
        /// The last fills.
        fills: Fills,
    },
    /// Open orders are now these.
    Orders(Orders),
    /// These happened.
    Fills(Fills),
    /// Something is lost; open orders follow afresh.
    Lapped(Lapped),
}

impl Positions {
    pub(crate) fn new(desk: &Desk, sight: &Sight) -> Self {
        if let Some(Part { names, at, held, is_complete, .. }) = desk.part(sight) {
            let one = |share: &Share| Position::new(desk, &share.position, desk.behind_share(share));
            let positions = held.iter().map(one).collect();
            return Self { of: Some(names), at_ns: at.and_then(told_ns), positions, complete: is_complete };
        }
        let portfolio = desk.portfolio(sight);
        let portfolio = portfolio.as_ref();
        let held = portfolio.map_or(&[][..], |p| &p.positions[..p.positions_count as usize]);
        Self {
            of: None,
            at_ns: portfolio.and_then(|p| told_ns(p.at_ns)),
            positions: held.iter().map(|p| Position::new(desk, p, desk.behind(p))).collect(),
            complete: portfolio.is_none_or(|p| p.is_complete),
        }
    }
}

impl Position {
    fn new(desk: &Desk, position: &position::Position, behind: Behind) -> Self {
        let instrument = desk.instruments().get(position.instrument);
        let stops = behind.stops.as_deref().unwrap_or_default();
        let grid = &instrument.grid;
        let millis = Grid { price_decimals: grid.price_decimals + 3, ..*grid };
        let told = |milliticks| (milliticks != 0).then(|| millis.price_text(Ticks(milliticks)));
        Self {
            symbol: instrument.symbol.to_string(),
            venue: instrument.venue.name().to_owned(),
            qty: grid.qty_text(position.qty),
            avg_px: (position.qty.0 != 0).then(|| millis.price_text(Ticks(position.avg_px_milliticks))),
            opening: (position.opening.qty.0 != 0).then(|| Opening {
                qty: grid.qty_text(position.opening.qty),
                avg_px: told(position.opening.avg_px_milliticks),
            }),
            mark_px: position.mark_px.map(|px| grid.price_text(px)),
            notional: position.notional.map(|q| q.to_string()),
            realised: position.realised.to_string(),
            unrealised: position.unrealised.map(|q| q.to_string()),
            fees: position.fees.to_string(),
            payments: position.payments.to_string(),
            currency: settlement(instrument),
            liquidation_px: behind.liquidation.as_ref().ok().map(|px| grid.price_text(*px)),
            liquidation_reason: reason(&behind.liquidation),
            initial_margin: behind.margin.as_ref().ok().map(|margin| saturated(margin.initial).to_string()),
            maintenance_margin: behind.margin.as_ref().ok().map(|margin| saturated(margin.maintenance).to_string()),
            margin_reason: reason(&behind.margin),
            stop_px: stops.first().and_then(|order| price(grid, order.trigger_px)),
            stop_reason: reason(&behind.stops),
            stops: stops.iter().map(|order| ProtectingStop::new(grid, order)).collect(),
            opened_at_ns: behind.opened_at.and_then(told_ns),
            strategies: behind.strategies.iter().map(|of| desk.strategy_name(*of).to_owned()).collect(),
        }
    }
}

fn reason<T>(answer: &Result<T, Unknown>) -> Option<String> {
    answer.as_ref().err().map(|unknown| unknown.0.clone())
}

fn price(grid: &Grid, px: Ticks) -> Option<String> {
    (px != Ticks(0)).then(|| grid.price_text(px))
}

impl ProtectingStop {
    fn new(grid: &Grid, order: &Order) -> Self {
        Self {
            client_order_id: order.client_order_id.to_string(),
            order_type: order.order_type.name().to_owned(),
            trigger_px: price(grid, order.trigger_px),
            px: price(grid, order.px),
            qty: grid.qty_text(order.qty),
            reduce_only: order.reduce_only,
        }
    }
}

impl Performance {
    pub(crate) fn new(desk: &Desk, sight: &Sight) -> Self {
        let told = Self::of_account(desk.portfolio(sight).as_ref(), desk.latency(sight).as_ref());
        match desk.part(sight) {
            Some(part) => {
                Self { trading_state: desk.trading_state().map(|state| state.name().to_owned()), ..told }.of(part)
            }
            None => told,
        }
    }

    /// With what a part of the account has earned. Of equity and its curve there is no part.
    fn of(self, part: Part) -> Self {
        let sum = part.sum;
        let money = |of: fn(&Group) -> i128| sum.as_ref().map(|sum| saturated(of(sum)).to_string());
        Self {
            of: Some(part.names),
            at_ns: part.at.and_then(told_ns),
            pnl_usd: money(|sum| sum.parts.total().div_euclid(ATOMS_PER_E8)),
            realised_usd: money(|sum| sum.realised.div_euclid(ATOMS_PER_E8)),
            unrealised_usd: money(|sum| sum.unrealised.div_euclid(ATOMS_PER_E8)),
            fees_usd: money(|sum| -sum.parts[Of::Fee].div_euclid(ATOMS_PER_E8)),
            payments_usd: money(|sum| (sum.parts[Of::Funding] + sum.parts[Of::Interest]).div_euclid(ATOMS_PER_E8)),
            gross_usd: money(|sum| sum.gross),
            fills: sum.map(|sum| sum.fills),
            ..self
        }
    }

    fn of_account(portfolio: Option<&PortfolioImage>, latency: Option<&LatencyImage>) -> Self {
        let money = |pick: fn(&image::PortfolioImage) -> Quote| portfolio.map(|p| pick(p).to_string());
        Self {
            of: None,
            at_ns: portfolio.and_then(|p| told_ns(p.at_ns)),
            trading_state: portfolio.map(|p| p.trading_state.name().to_owned()),
            equity_start_usd: money(|p| p.equity_start),
            day_open_usd: money(|p| p.day_open),
            equity_usd: money(|p| p.equity),
            pnl_usd: money(profit),
            return_ratio: portfolio.and_then(|p| ratio(profit(p), p.equity_start)),
            realised_usd: money(|p| p.realised),
            unrealised_usd: money(|p| p.unrealised),
            fees_usd: money(|p| p.fees),
            payments_usd: money(|p| p.payments),
            day_pnl_usd: money(|p| Quote(p.equity.0.saturating_sub(p.day_open.0))),
            peak_usd: money(|p| p.peak),
            drawdown_now_usd: money(fall),
            drawdown_now_ratio: portfolio.and_then(|p| ratio(fall(p), p.peak)),
            gross_usd: money(|p| p.gross),
            leverage: portfolio.and_then(|p| ratio(p.gross, p.equity)),
            drawdown_usd: money(|p| p.drawdown),
            orders: portfolio.map(|p| p.orders),
            denied: portfolio.map(|p| p.denied),
            fills: portfolio.map(|p| p.fills),
            tick_to_order_ns: latency.map(Latency::new),
        }
    }
}

impl Latency {
    pub(crate) fn new(latency: &LatencyImage) -> Self {
        Self {
            p50: latency.p50_ns,
            p90: latency.p90_ns,
            p99: latency.p99_ns,
            p999: latency.p999_ns,
            max: latency.max_ns,
            samples: latency.samples,
        }
    }
}

impl Fills {
    /// Reports that are not executions have no place here and are left out.
    pub(crate) fn new(instruments: &Instruments, reports: &[Report]) -> Self {
        Self { fills: reports.iter().filter_map(|r| Fill::new(instruments.get(r.instrument), r)).collect() }
    }
}

impl Fill {
    fn new(instrument: &Instrument, report: &Report) -> Option<Self> {
        let (trade_id, last_px, last_qty, fee, liquidity, cause) = match report.event {
            OrderEvent::Filled { trade_id, last_px, last_qty, fee, liquidity } => {
                (trade_id, last_px, last_qty, fee, liquidity, None)
            }
            OrderEvent::ClosedOut(Closeout { cause, trade_id, px, qty, fee }) => {
                (trade_id, px, qty, fee, Liquidity::Taker, Some(cause))
            }
            _ => return None,
        };
        Some(Self {
            client_order_id: report.client_order_id.to_string(),
            symbol: instrument.symbol.to_string(),
            venue: instrument.venue.name().to_owned(),
            side: side_name(report.side),
            trade_id,
            px: instrument.grid.price_text(last_px),
            qty: instrument.grid.qty_text(last_qty),
            fee: fee.to_string(),
            currency: settlement(instrument),
            liquidity: match liquidity {
                Liquidity::Maker => "MAKER".to_owned(),
                Liquidity::Taker => "TAKER".to_owned(),
            },
            cause: cause.map(|cause| cause.name().to_owned()),
            venue_at_ns: told_ns(report.venue_at_ns),
            received_at_ns: report.received_at_ns.0,
        })
    }
}

fn settlement(instrument: &Instrument) -> String {
    match instrument.kind {
        ContractKind::Spot | ContractKind::Linear => instrument.quote.to_string(),
        ContractKind::Inverse => instrument.base.to_string(),
    }
}

fn profit(portfolio: &PortfolioImage) -> Quote {
    Quote(portfolio.equity.0.saturating_sub(portfolio.equity_start.0))
}

fn fall(portfolio: &PortfolioImage) -> Quote {
    Quote(portfolio.peak.0.saturating_sub(portfolio.equity.0))
}

fn ratio(part: Quote, whole: Quote) -> Option<f64> {
    (whole.0 > 0).then(|| part.0 as f64 / whole.0 as f64)
}
