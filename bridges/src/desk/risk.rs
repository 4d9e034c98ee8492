//! Questions about limits: what is allowed, and how much of it is used.

use super::Desk;
use crate::hub::verdicts::Verdicts;
use engine_model::image::PortfolioImage;
use engine_model::instrument::InstrumentId;
use engine_model::limit::Limits;
use engine_model::market::BookState;
use engine_model::units::Quote;

/// What the numbers of a limit count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// In units of 1e-8.
    Usd,
    Bps,
    Percent,
    Lots,
    Ns,
    PerSecond,
    Orders,
}

impl Unit {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Usd => "usd",
            Self::Bps => "bps",
            Self::Percent => "percent",
            Self::Lots => "lots",
            Self::Ns => "ns",
            Self::PerSecond => "per_second",
            Self::Orders => "orders",
        }
    }
}

/// One limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LimitUse {
    /// As in configuration.
    pub(crate) name: &'static str,
    pub(crate) unit: Unit,
    /// `None`: the venue's own limit only.
    pub(crate) limit: Option<i64>,
    /// `None` where the limit judges single orders, or nothing is known yet.
    pub(crate) used: Option<i64>,
    /// The instrument that uses the most of it.
    pub(crate) by: Option<InstrumentId>,
}

impl LimitUse {
    /// Used over limit; above 1 it is broken.
    pub(crate) fn share(&self) -> Option<f64> {
        let (limit, used) = (self.limit?, self.used?);
        (limit > 0).then(|| used as f64 / limit as f64)
    }

    const fn new(name: &'static str, unit: Unit, limit: i64) -> Self {
        Self { name, unit, limit: Some(limit), used: None, by: None }
    }

    const fn used(self, used: Option<i64>, by: Option<InstrumentId>) -> Self {
        Self { used, by, ..self }
    }
}

impl Desk {
    /// Every limit, in the order of configuration. Use is that of positions as they are; what working orders would add
    /// is known to risk alone.
    pub(crate) fn limits(&self) -> Vec<LimitUse> {
        let portfolio = self.portfolio();
        let oldest = self.oldest_price();
        limit_uses(&self.limits, portfolio.as_ref(), oldest)
    }

    /// What risk refused so far.
    pub(crate) fn verdicts(&self) -> Verdicts {
        self.hub.image().verdicts.clone()
    }

    /// The synced instrument whose top of book is oldest, and its age.
    fn oldest_price(&self) -> Option<(InstrumentId, u64)> {
        let now = self.now();
        let image = self.hub.image();
        image
            .instruments
            .iter()
            .filter(|i| i.book.state == BookState::Synced)
            .map(|i| (i.book.instrument, now.since(i.top.map_or(i.book.received_at_ns, |top| top.at_ns))))
            .max_by_key(|(_, age)| *age)
    }
}

fn limit_uses(
    limits: &Limits,
    portfolio: Option<&PortfolioImage>,
    oldest: Option<(InstrumentId, u64)>,
) -> Vec<LimitUse> {
    let largest = portfolio.and_then(largest_position);
    let by = largest.and_then(|(instrument, _)| instrument);
    let notional = largest.map(|(_, notional)| notional.0);
    let share = portfolio.and_then(|p| scaled(largest?.1, p.equity, 10_000));
    let leverage = portfolio.and_then(|p| scaled(p.gross, p.equity, 100));
    let loss = portfolio.and_then(loss_bps);
    let age = oldest.map(|(_, age)| whole(age));
    let qty = LimitUse::new("order_qty_max", Unit::Lots, limits.order_qty_max_lots);
    vec![
        LimitUse { limit: qty.limit.filter(|lots| *lots != i64::MAX), ..qty },
        LimitUse::new("order_notional_max", Unit::Usd, limits.order_notional_max.0),
        LimitUse::new("price_collar", Unit::Bps, limits.price_collar_bps),
        LimitUse::new("position_notional_max", Unit::Usd, limits.position_notional_max.0).used(notional, by),
        LimitUse::new("position_share_max", Unit::Bps, limits.position_share_max_bps).used(share, by),
        LimitUse::new("leverage_max", Unit::Percent, limits.leverage_max_pct).used(leverage, None),
        LimitUse::new("daily_loss_reduce", Unit::Bps, limits.daily_loss_reduce_bps).used(loss, None),
        LimitUse::new("daily_loss_halt", Unit::Bps, limits.daily_loss_halt_bps).used(loss, None),
        LimitUse::new("price_age_max", Unit::Ns, whole(limits.price_age_max_ns)).used(age, oldest.map(|o| o.0)),
        LimitUse::new("message_rate", Unit::PerSecond, i64::from(limits.message_rate_per_s)),
        LimitUse::new("message_burst", Unit::Orders, i64::from(limits.message_burst)),
    ]
}

fn whole(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// `None` when a position has no price, or no place in the list: then the largest is unknown. Flat everywhere is a use of
/// zero, by nobody.
fn largest_position(portfolio: &PortfolioImage) -> Option<(Option<InstrumentId>, Quote)> {
    if !portfolio.is_complete {
        return None;
    }
    let mut largest = (None, Quote::ZERO);
    for position in portfolio.positions[..portfolio.positions_count as usize].iter().filter(|p| p.qty.0 != 0) {
        let notional = position.notional?;
        if notional >= largest.1 {
            largest = (Some(position.instrument), notional);
        }
    }
    Some(largest)
}

/// As risk counts it: from the start of the day, not of the run.
fn loss_bps(portfolio: &PortfolioImage) -> Option<i64> {
    let loss = portfolio.day_open.0.saturating_sub(portfolio.equity.0).max(0);
    scaled(Quote(loss), portfolio.day_open, 10_000)
}

/// `part / whole` in `1/scale`, rounded up: use must not look smaller than it is. `None` without a positive whole.
fn scaled(part: Quote, whole: Quote, scale: i128) -> Option<i64> {
    if whole.0 <= 0 {
        return None;
    }
    let (part, whole) = (i128::from(part.0) * scale, i128::from(whole.0));
    i64::try_from(part.div_euclid(whole) + i128::from(part.rem_euclid(whole) != 0)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::position::Position;
    use engine_model::units::Lots;

    fn portfolio(notionals: &[Option<i64>]) -> PortfolioImage {
        let mut image = PortfolioImage {
            positions_count: notionals.len() as u32,
            equity_start: Quote::whole(1_000_000),
            day_open: Quote::whole(100_000),
            equity: Quote::whole(99_000),
            gross: Quote::whole(33_333),
            ..PortfolioImage::default()
        };
        for (index, notional) in notionals.iter().enumerate() {
            let instrument = InstrumentId(index as u32);
            image.positions[index] =
                Position { instrument, qty: Lots(1), notional: notional.map(Quote::whole), ..Position::default() };
        }
        image
    }

    fn used(uses: &[LimitUse], name: &str) -> Option<i64> {
        uses.iter().find(|u| u.name == name).expect("a limit of that name").used
    }

    #[test]
    fn use_is_rounded_up_and_named_after_the_largest_position() {
        let uses = limit_uses(&Limits::default(), Some(&portfolio(&[Some(1_000), Some(4_951), Some(7)])), None);
        assert_eq!(used(&uses, "position_notional_max"), Some(Quote::whole(4_951).0));
        assert_eq!(uses[3].by, Some(InstrumentId(1)));
        assert_eq!(used(&uses, "position_share_max"), Some(501), "4951/99000 = 5.001 %");
        assert_eq!(used(&uses, "leverage_max"), Some(34));
        assert_eq!(used(&uses, "daily_loss_halt"), Some(100));
        assert!(uses[4].share().is_some_and(|share| share > 1.0));
    }

    #[test]
    fn what_is_unknown_is_not_called_zero() {
        let uses = limit_uses(&Limits::default(), None, None);
        assert!(uses.iter().all(|u| u.used.is_none() && u.share().is_none()));
        let uses = limit_uses(&Limits::default(), Some(&portfolio(&[Some(1_000), None])), None);
        assert_eq!(used(&uses, "position_notional_max"), None, "one position has no price");
        assert_eq!(
            used(&limit_uses(&Limits::default(), Some(&portfolio(&[])), None), "position_notional_max"),
            Some(0),
            "flat is known"
        );
        let more = PortfolioImage { is_complete: false, ..portfolio(&[Some(1_000)]) };
        let uses = limit_uses(&Limits::default(), Some(&more), None);
        assert_eq!(used(&uses, "position_share_max"), None, "one that is not listed may be the largest");
        let broke = PortfolioImage { equity: Quote(-1), ..portfolio(&[Some(1)]) };
        assert_eq!(used(&limit_uses(&Limits::default(), Some(&broke), None), "leverage_max"), None);
    }
}
