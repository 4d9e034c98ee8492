//! What somebody holds and has earned who does not see the whole: strategy by strategy, by the books.
//!
//! Owns: a share as a position. Never: what is of the account alone, like margin, equity and its curve.

use super::Desk;
use super::answer::Unknown;
use super::behind::{Behind, stops};
use super::risk::OF_ACCOUNT;
use super::sight::Sight;
use engine_core::portfolio::books::{ATOMS_PER_E8, Atoms, Books, Group, Part as Of, Row};
use engine_model::instrument::{ContractKind, Instrument};
use engine_model::intent::StrategyId;
use engine_model::position::Position;
use engine_model::units::{Lots, Nanos, Quote, Ticks};

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// The strategies that it is of.
    pub(crate) names: Vec<String>,
    /// When the engine told something last.
    pub(crate) at: Option<Nanos>,
    /// `None` where the books of this run cannot be kept.
    pub(crate) sum: Option<Group>,
    /// What each strategy has traded.
    pub(crate) held: Vec<Share>,
    pub(crate) is_complete: bool,
}

/// Of one strategy in one instrument.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Share {
    pub(crate) strategy: StrategyId,
    pub(crate) position: Position,
    /// When its oldest lot was opened.
    pub(crate) opened_at: Option<Nanos>,
}

impl Desk {
    /// Of whoever does not see the whole; else `None`.
    pub(crate) fn part(&self, sight: &Sight) -> Option<Part> {
        let names = self.part_names(sight)?;
        let image = self.hub.image();
        let at = image.portfolio.as_ref().map(|portfolio| portfolio.at_ns);
        let is_complete = image.orders.missed == 0 && image.portfolio.is_some();
        let Ok(books) = &image.books else {
            return Some(Part { names, at, sum: None, held: Vec::new(), is_complete: false });
        };
        let mut held = Vec::new();
        for (id, row) in books.rows().filter(|(_, row)| sight.sees(row.owner.strategy)) {
            held.push(Share::new(books, self.instruments.get(id), row));
        }
        let sum = books.by(|_, owner| sight.sees(owner.strategy)).remove(&true).unwrap_or_default();
        Some(Part { names, at, sum: Some(sum), held, is_complete: is_complete && books.skipped() == 0 })
    }

    /// What stands behind a share: its strategy's own stops. Margin is the account's.
    pub(crate) fn behind_share(&self, share: &Share) -> Behind {
        let of_account = || Unknown::because(OF_ACCOUNT);
        let (limits, image) = (self.limits_now(), self.hub.image());
        let strategies = if share.position.qty.0 == 0 { Vec::new() } else { vec![share.strategy] };
        let is_own = |order: &engine_model::order::Order| order.client_order_id.strategy() == share.strategy.0;
        Behind {
            margin: Err(of_account()),
            liquidation: Err(of_account()),
            stops: stops(&image, &limits, &share.position, is_own),
            opened_at: share.opened_at,
            strategies,
        }
    }
}

impl Share {
    fn new(books: &Books, instrument: &Instrument, row: &Row) -> Self {
        let (lots, mark_px) = (row.lots(), books.mark_px(instrument.id));
        let qty = Lots(lots.qty());
        let of = |part: Of| row.purses().first().map_or(0, |purse| purse.native()[part]);
        let worth = mark_px.and_then(|px| instrument.notional(px, Lots(qty.0.saturating_abs())));
        let position = Position {
            instrument: instrument.id,
            qty,
            avg_px_milliticks: average(instrument, lots.qty(), lots.cost()).unwrap_or_default(),
            realised: quote(lots.realised()),
            unrealised: mark_px.map(|_| quote(row.held() - lots.cost())),
            fees: quote(-of(Of::Fee)),
            payments: quote(of(Of::Funding) + of(Of::Interest)),
            mark_px,
            notional: worth,
            ..Position::default()
        };
        Self { strategy: row.owner.strategy, position, opened_at: lots.open().map(|lot| lot.opened_at_ns).min() }
    }
}

/// What the lots cost, in thousandths of a tick: of an inverse contract the harmonic mean, as venues tell it.
fn average(instrument: &Instrument, qty: i64, cost: i128) -> Option<i64> {
    let all = Atoms::new(instrument)?.lot(Ticks(1))?.checked_mul(i128::from(qty))?;
    let (of, by) = if instrument.kind == ContractKind::Inverse { (all, cost) } else { (cost, all) };
    of.checked_mul(1_000)?.checked_div(by).and_then(|px| i64::try_from(px).ok())
}

/// Atoms, rounded down.
fn quote(atoms: i128) -> Quote {
    engine_core::portfolio::saturated(atoms.div_euclid(ATOMS_PER_E8))
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::instrument::{Grid, InstrumentId, Name};
    use engine_model::venue::VenueId;

    #[test]
    fn what_lots_cost_is_told_in_thousandths_of_a_tick() {
        let name = |text| Name::new(text).expect("short");
        let linear = Instrument {
            id: InstrumentId(0),
            venue: VenueId::BinanceUsdm,
            symbol: name("BTCUSDT"),
            base: name("BTC"),
            quote: name("USDT"),
            kind: ContractKind::Linear,
            grid: Grid { price_decimals: 1, tick_step: 1, qty_decimals: 3, lot_step: 1 },
            contract_size: 1,
            contract_decimals: 0,
            min_qty: Lots(1),
            max_qty: Lots(1_000),
            min_notional: Quote::whole(5),
        };
        // Two lots of 0.001 at 60000.0 and one at 60000.3: atoms of a dollar.
        let cost = |tenths: i128| tenths * 100_000_000_000_000;
        assert_eq!(average(&linear, 3, 2 * cost(600_000) + cost(600_003)), Some(600_001_000));
        assert_eq!(average(&linear, -3, -(2 * cost(600_000) + cost(600_003))), Some(600_001_000), "short");
        assert_eq!(average(&linear, 0, 0), None, "flat");
        let inverse = Instrument { kind: ContractKind::Inverse, contract_size: 100, ..linear };
        let atoms = Atoms::new(&inverse).expect("whole atoms");
        let owed = 2 * atoms.lot(Ticks(500_000)).expect("a price");
        assert_eq!(average(&inverse, 2, owed), Some(500_000_000));
    }
}
