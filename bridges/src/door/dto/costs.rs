//! What executions have cost.

use super::attribution::{asset_name, name_of};
use super::side_name;
use crate::desk::Desk;
use crate::desk::sight::Sight;
use engine_core::portfolio::books::{ATOMS_PER_E8, BooksFault};
use engine_core::portfolio::costs::{Arrival, Costs as Fold, Family as Kin, Measure, OrderCost as Known, Tally};
use engine_core::portfolio::saturated;
use engine_model::instrument::{Grid, InstrumentId, Instruments};
use engine_model::intent::StrategyId;
use engine_model::market::Side;
use engine_model::order::ClientOrderId;
use engine_model::payment::AssetId;
use engine_model::units::{Lots, Nanos};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `/api/v1/portfolio/costs`. Amounts are in `currency`, what the contracts settle in. A cost is positive, and so is a
/// markout in our favour. A figure is `null` where it is known of no execution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Costs {
    /// The strategies that it is of, where it is not of the whole account: whoever asks sees no more.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub of: Option<Vec<String>>,
    /// Up to when all is in it: a running engine's figures are a second behind.
    pub at_ns: Option<u64>,
    /// Whether every execution, fee and price of the run is in it: `false` once one was missed or did not fit.
    pub complete: bool,
    /// Orders that are over and were too many to be told one by one; they are in all sums. 0 of a part: of whom they were is
    /// not kept.
    pub orders_left_out: u64,
    /// By instrument.
    pub by_instrument: Vec<CostSlice>,
    /// By strategy; `0` is the operator.
    pub by_strategy: Vec<CostSlice>,
    /// By venue.
    pub by_venue: Vec<CostSlice>,
    /// Orders that belong together: a whole with its slices, a list with its members.
    pub families: Vec<CostFamily>,
    /// Orders with an execution.
    pub orders: Vec<CostOrder>,
}

/// One figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Cost {
    /// In basis points of the value that it is told against.
    pub bps: Option<f64>,
    /// The same in money.
    pub amount: String,
    /// Executions in it: fewer than all where a price was not known.
    pub fills: u64,
}

/// A fee in another asset: in no other figure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OtherFee {
    /// In what.
    pub asset: String,
    /// Paid; negative is a rebate.
    pub amount: String,
}

/// The figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CostFigures {
    /// What the amounts are in.
    pub currency: String,
    /// Executions.
    pub fills: u64,
    /// What was paid and received, unsigned.
    pub value: String,
    /// Fees; negative is a rebate.
    pub fees: String,
    /// Fees in other assets.
    pub other_fees: Vec<OtherFee>,
    /// Implementation shortfall of what was executed: worse than the middle at the decision, with fees.
    pub shortfall: Option<Cost>,
    /// The same before fees.
    pub arrival: Option<Cost>,
    /// Worse than the best opposite price at the decision.
    pub touch: Option<Cost>,
    /// Effective spread: twice the way to the middle when the execution was told.
    pub spread: Option<Cost>,
    /// What the market did in favour of the position one second after each execution.
    pub markout_1s: Option<Cost>,
    /// After ten.
    pub markout_10s: Option<Cost>,
    /// After sixty.
    pub markout_60s: Option<Cost>,
    /// Mean time from the event that led to an order to the decision.
    pub decide_ns: Option<u64>,
    /// From the decision to the order's being sent.
    pub send_ns: Option<u64>,
    /// From there to the venue's having it.
    pub ack_ns: Option<u64>,
    /// From being sent to the first execution.
    pub first_fill_ns: Option<u64>,
}

/// One instrument, strategy or venue, in one currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CostSlice {
    /// Which.
    pub name: String,
    /// Orders with an execution.
    pub orders: u64,
    /// The figures.
    #[serde(flatten)]
    pub figures: CostFigures,
}

/// Orders that belong together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CostFamily {
    /// The outermost.
    pub order: String,
    /// Orders with an execution.
    pub orders: u64,
    /// Of what; `null`: of several.
    pub instrument: Option<String>,
    /// Bought or sold; `null`: both.
    pub side: Option<String>,
    /// Average price of what was executed, of one instrument and side.
    pub average_px: Option<String>,
    /// The figures.
    #[serde(flatten)]
    pub figures: CostFigures,
}

/// One order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CostOrder {
    /// Which.
    pub order: String,
    /// The same as a number.
    pub number: u64,
    /// The order that it is part of.
    pub part_of: Option<String>,
    /// Whose.
    pub strategy: u8,
    /// Of what.
    pub instrument: String,
    /// Bought or sold.
    pub side: String,
    /// Status.
    pub status: Option<String>,
    /// Wished.
    pub qty: String,
    /// Executed.
    pub filled_qty: String,
    /// Average price of what was executed.
    pub average_px: Option<String>,
    /// The middle when it was decided; of a slice, when the whole was.
    pub arrival_mid_px: Option<String>,
    /// The best opposite price when it was decided.
    pub touch_px: Option<String>,
    /// When the event was received that led to it.
    pub caused_at_ns: Option<u64>,
    /// When it was decided.
    pub decided_at_ns: Option<u64>,
    /// When it was sent.
    pub sent_at_ns: Option<u64>,
    /// When the venue was known to have it.
    pub acked_at_ns: Option<u64>,
    /// When its first execution was known.
    pub first_fill_at_ns: Option<u64>,
    /// The figures.
    #[serde(flatten)]
    pub figures: CostFigures,
}

impl Costs {
    /// Of what somebody sees; or why it cannot be told.
    pub(crate) fn told(desk: &Desk, sight: &Sight) -> Result<Self, BooksFault> {
        let told = desk.costs(sight, |fold, seen, is_complete| {
            let all = Self::of_those(fold, is_complete, |of| sight.sees(of), |order| seen.number(order));
            if sight.is_whole() { all } else { Self { orders_left_out: 0, ..all } }
        })?;
        Ok(Self { of: desk.part_names(sight), ..told })
    }

    /// What the fold says. `is_complete`: whether it was told everything.
    #[must_use]
    pub fn new(fold: &Fold, is_complete: bool) -> Self {
        Self::of_those(fold, is_complete, |_| true, |_| true)
    }

    fn of_those(
        fold: &Fold,
        is_complete: bool,
        is_seen: impl Fn(StrategyId) -> bool,
        is_order_seen: impl Fn(ClientOrderId) -> bool,
    ) -> Self {
        let list = fold.instruments();
        let slices = |rows: Vec<(String, AssetId, Tally)>| {
            rows.into_iter().map(|(name, asset, tally)| slice(list, name, asset, &tally)).collect()
        };
        let by_instrument = sums(fold, &is_seen, |id, _| id);
        let by_strategy = sums(fold, &is_seen, |_, strategy| strategy.0);
        let by_venue = sums(fold, &is_seen, |id, _| list.get(id).venue.name());
        // A part of an order that is seen is seen.
        let is_known = |order: &&Known| is_order_seen(order.id) || order.part_of.is_some_and(&is_order_seen);
        let families = fold.families();
        let families = families.iter().filter(|((id, _), _)| is_order_seen(*id));
        Self {
            of: None,
            at_ns: fold.at_ns().map(|at| at.0),
            complete: is_complete && fold.skipped() == 0,
            orders_left_out: fold.left_out(),
            by_instrument: slices(
                by_instrument.map(|(id, asset, tally)| (name_of(list.get(id)), asset, tally)).collect(),
            ),
            by_strategy: slices(by_strategy.map(|(of, asset, tally)| (of.to_string(), asset, tally)).collect()),
            by_venue: slices(by_venue.map(|(venue, asset, tally)| (venue.to_owned(), asset, tally)).collect()),
            families: families.map(|((id, asset), kin)| family(fold, *id, *asset, kin)).collect(),
            orders: fold.orders().filter(is_known).map(|order| self::order(fold, order)).collect(),
        }
    }
}

/// The sums of strategies that are seen, by what `key` says of them.
fn sums<K: Ord>(
    fold: &Fold,
    is_seen: impl Fn(StrategyId) -> bool,
    key: impl Fn(InstrumentId, StrategyId) -> K,
) -> impl Iterator<Item = (K, AssetId, Tally)> {
    let all = fold.by(|id, strategy| is_seen(strategy).then(|| key(id, strategy)));
    all.into_iter().filter_map(|((key, asset), tally)| Some((key?, asset, tally)))
}

fn slice(list: &Instruments, name: String, asset: AssetId, tally: &Tally) -> CostSlice {
    CostSlice { name, orders: tally.orders, figures: figures(list, asset, tally) }
}

fn family(fold: &Fold, id: ClientOrderId, asset: AssetId, kin: &Kin) -> CostFamily {
    let list = fold.instruments();
    let average = kin.instrument.filter(|_| kin.side.is_some()).and_then(|id| average_px(fold, id, &kin.tally));
    CostFamily {
        order: id.to_string(),
        orders: kin.tally.orders,
        instrument: kin.instrument.map(|id| name_of(list.get(id))),
        side: kin.side.map(side_name),
        average_px: average,
        figures: figures(list, asset, &kin.tally),
    }
}

fn order(fold: &Fold, known: &Known) -> CostOrder {
    let list = fold.instruments();
    let of = list.get(known.instrument);
    let ns = |at: Option<Nanos>| at.map(|at| at.0);
    let opposite = |at: Arrival| if known.side == Side::Buy { at.ask } else { at.bid };
    CostOrder {
        order: known.id.to_string(),
        number: known.id.0,
        part_of: known.part_of.map(|id| id.to_string()),
        strategy: known.strategy.0,
        instrument: name_of(of),
        side: side_name(known.side),
        status: known.status.map(|status| status.name().to_owned()),
        qty: of.grid.qty_text(known.qty),
        filled_qty: of.grid.qty_text(Lots(i64::try_from(known.tally.qty).unwrap_or(i64::MAX))),
        average_px: average_px(fold, known.instrument, &known.tally),
        arrival_mid_px: known
            .arrival
            .map(|at| px_text(&of.grid, (i128::from(at.bid.0) + i128::from(at.ask.0)) * 5_000)),
        touch_px: known.touch.map(|at| of.grid.price_text(opposite(at))),
        caused_at_ns: ns(known.caused_at_ns),
        decided_at_ns: ns(known.decided_at_ns),
        sent_at_ns: ns(known.sent_at_ns),
        acked_at_ns: ns(known.acked_at_ns),
        first_fill_at_ns: ns(known.first_fill_at_ns),
        figures: figures(list, fold.settlement(known.instrument), &known.tally),
    }
}

fn figures(list: &Instruments, asset: AssetId, tally: &Tally) -> CostFigures {
    let [markout_1s, markout_10s, markout_60s] = tally.markouts.each_ref().map(cost);
    let fee = |(asset, amount): &(AssetId, i128)| OtherFee { asset: asset_name(list, *asset), amount: money(*amount) };
    CostFigures {
        currency: asset_name(list, asset),
        fills: tally.fills,
        value: money(tally.value),
        fees: money(tally.fees),
        other_fees: tally.other_fees.iter().map(fee).collect(),
        shortfall: cost(&tally.shortfall),
        arrival: cost(&tally.arrival),
        touch: cost(&tally.touch),
        spread: cost(&tally.spread),
        markout_1s,
        markout_10s,
        markout_60s,
        decide_ns: tally.decide.mean_ns(),
        send_ns: tally.send.mean_ns(),
        ack_ns: tally.ack.mean_ns(),
        first_fill_ns: tally.first_fill.mean_ns(),
    }
}

fn cost(measure: &Measure) -> Option<Cost> {
    let bps = measure.bps_hundredths().map(|hundredths| hundredths as f64 / 100.0);
    Some(Cost { bps, amount: money(measure.amount()?), fills: measure.fills })
}

fn average_px(fold: &Fold, id: InstrumentId, tally: &Tally) -> Option<String> {
    Some(px_text(&fold.instruments().get(id).grid, fold.average_px(id, tally)?))
}

/// A price in ten thousandths of a tick: as many decimals as the tick has, and more where they are not zero.
fn px_text(grid: &Grid, parts: i128) -> String {
    let decimals = usize::from(grid.price_decimals);
    let value = parts * i128::from(grid.tick_step);
    let digits = format!("{:0width$}", value.unsigned_abs(), width = decimals + 5);
    let (whole, rest) = digits.split_at(digits.len() - decimals - 4);
    let kept = rest.trim_end_matches('0').len().max(decimals);
    let sign = if value < 0 { "-" } else { "" };
    let point = if kept > 0 { "." } else { "" };
    format!("{sign}{whole}{point}{}", &rest[..kept])
}

/// Atoms as text, rounded down to 1e-8.
fn money(atoms: i128) -> String {
    saturated(atoms.div_euclid(ATOMS_PER_E8)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_between_ticks_has_the_decimals_that_it_needs() {
        let of = |price_decimals, tick_step| Grid { price_decimals, tick_step, qty_decimals: 3, lot_step: 1 };
        for (of, parts, text) in [
            (of(1, 1), 6_000_000_000, "60000.0"),
            (of(1, 1), 6_000_005_000, "60000.05"),
            (of(1, 5), 6_001, "0.30005"),
            (of(0, 1), 70_000, "7"),
            (of(0, 1), 7_500, "0.75"),
            (of(2, 1), -1_234, "-0.001234"),
        ] {
            assert_eq!(px_text(&of, parts), text);
        }
    }
}
