//! What stands behind a position: what the venue wants to see, where it would close it, which stop orders would do so
//! first, and whose it is since when.

use super::Desk;
use super::answer::Unknown;
use super::limit::told;
use crate::hub::image::Image;
use engine_core::portfolio::books::{Books, Held, Margin};
use engine_core::portfolio::margin::Liquidation;
use engine_model::instrument::{ContractKind, Instrument};
use engine_model::intent::StrategyId;
use engine_model::limit::Limits;
use engine_model::market::Side;
use engine_model::order::{ClientOrderId, Order};
use engine_model::position::Position;
use engine_model::units::{Nanos, Ticks};

/// Behind one position.
#[derive(Clone, Debug)]
pub(crate) struct Behind {
    /// What it takes to open and to keep it.
    pub(crate) margin: Result<Margin, Unknown>,
    /// Where the venue would close it, with all equity behind it.
    pub(crate) liquidation: Result<Ticks, Unknown>,
    /// Stop orders that would make it smaller, the one that is reached first at the front; never none.
    pub(crate) stops: Result<Vec<Order>, Unknown>,
    /// When the oldest lot was opened; of one that the account held when the run began: when the run saw it first.
    pub(crate) opened_at: Option<Nanos>,
    /// Who holds a part of it.
    pub(crate) strategies: Vec<StrategyId>,
}

impl Desk {
    /// Of a position as the engine has just told it.
    pub(crate) fn behind(&self, position: &Position) -> Behind {
        let limits = self.limits_now();
        let image = self.hub.image();
        let instrument = self.instruments.get(position.instrument);
        let held = held(&image, instrument, position);
        let margin = held.as_ref().map_err(Unknown::clone).and_then(|(books, held)| margin(books, held, instrument));
        let liquidation = margin.as_ref().map_err(Unknown::clone).and_then(|margin| match margin.liquidation {
            Liquidation::At(px) => Ok(px),
            Liquidation::Never => Err(Unknown::because("no price takes all that stands behind it")),
            Liquidation::Untellable => Err(Unknown::because("another position or an asset has no price")),
        });
        let owners = held
            .iter()
            .flat_map(|(books, held)| books.rows().filter(|(id, row)| *id == held.instrument && row.lots().qty() != 0));
        let mut strategies: Vec<StrategyId> = owners.map(|(_, row)| row.owner.strategy).collect();
        strategies.sort_unstable();
        strategies.dedup();
        let opened_at = held.as_ref().ok().and_then(|(_, held)| held.lots.open().map(|lot| lot.opened_at_ns).min());
        Behind { margin, liquidation, stops: stops(&image, &limits, position, |_| true), opened_at, strategies }
    }

    /// A strategy's name; of what nobody wished for, `nobody`.
    pub(crate) fn strategy_name(&self, strategy: StrategyId) -> &str {
        let place = usize::from(strategy.0).checked_sub(1);
        place.and_then(|place| self.run.strategies.get(place)).map_or("nobody", |strategy| strategy.name.as_str())
    }
}

/// As the books have it, if that is what the engine holds: margin of another quantity would be another's.
fn held<'i>(image: &'i Image, instrument: &Instrument, position: &Position) -> Result<(&'i Books, Held<'i>), Unknown> {
    if position.qty.0 == 0 {
        return Err(Unknown::because("flat"));
    }
    let books = image.books.as_ref().map_err(|fault| Unknown(fault.to_string()))?;
    let held = books.positions().find(|held| held.instrument == instrument.id && held.lots.qty() == position.qty.0);
    held.map(|held| (books, held)).ok_or_else(|| {
        let missed = image.orders.missed;
        let why =
            if missed > 0 { format!("{missed} reports were missed") } else { "not all reports are in".to_owned() };
        Unknown(format!("the books hold another quantity: {why}"))
    })
}

fn margin(books: &Books, held: &Held<'_>, instrument: &Instrument) -> Result<Margin, Unknown> {
    if instrument.kind == ContractKind::Spot {
        return Err(Unknown::because("spot takes no margin"));
    }
    books.margin(held).ok_or_else(|| Unknown::because("it has no price, or no number fits it"))
}

/// Those of the ones that are meant which close it. One that its parent's first fill lets go protects nothing before that.
pub(super) fn stops(
    image: &Image,
    limits: &Limits,
    position: &Position,
    is_meant: impl Fn(&Order) -> bool,
) -> Result<Vec<Order>, Unknown> {
    if position.qty.0 == 0 {
        return Err(Unknown::because("flat"));
    }
    let is_long = position.qty.0 > 0;
    let is_waiting = |order: &Order| {
        let id = order.client_order_id;
        let parent = ClientOrderId::new(id.strategy(), id.epoch(), order.parent);
        order.parent != 0 && image.orders.open.get(&parent).is_some_and(|parent| parent.filled_qty.0 == 0)
    };
    let closing = if is_long { Side::Sell } else { Side::Buy };
    let of = image.terms.behind(position.instrument, closing).filter(|order| is_meant(order) && !is_waiting(order));
    let mut stops: Vec<Order> = of.copied().collect();
    // One that trails from its first price on has told no trigger, nor has one that was moved: they come last.
    stops.sort_by_key(|order| match order.trigger_px.0 {
        0 => i64::MAX,
        px if is_long => -px,
        px => px,
    });
    if !stops.is_empty() {
        return Ok(stops);
    }
    Err(Unknown(if image.terms.is_partial() {
        "news of orders were missed, or there are too many: one may stand that is not known in this run".to_owned()
    } else {
        format!("no stop order of this run stands{}", own_stops(limits))
    }))
}

/// What risk itself holds against every position of a strategy.
fn own_stops(limits: &Limits) -> String {
    let keys = ["stop_trailing_bps", "stop_atr_pct", "stop_age_s"];
    let rows = Limits::TABLE.iter().filter(|row| keys.contains(&row.key) && row.get(limits) != i64::MAX);
    let own: Vec<String> = rows.map(|row| format!("{} {}", row.key, told(row, row.get(limits)))).collect();
    if own.is_empty() { String::new() } else { format!("; risk's own stop: {}", own.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn that_no_stop_order_stands_is_told_with_what_risk_itself_does() {
        assert_eq!(own_stops(&Limits::default()), "");
        let limits = Limits { stop_trailing_bps: 150, stop_age_ns: 60 * Nanos::SECOND, ..Limits::default() };
        assert_eq!(own_stops(&limits), "; risk's own stop: stop_trailing_bps 150, stop_age_s 60");
    }
}
