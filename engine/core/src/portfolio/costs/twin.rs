//! The slow twin: the same figures in plain decimals, straight from the words of the module docs. It keeps everything that
//! ever happened and looks through all of it for each figure; it knows nothing of atoms, sums, waiting or dues.

use super::{Costs, HORIZONS, Measure, Tally};
use engine_model::instrument::{ContractKind, Instrument, InstrumentId};
use engine_model::market::Side;
use engine_model::units::{Nanos, Ticks};
use rust_decimal::{Decimal, RoundingStrategy};

/// Best bid and ask from then on; `None`: the book tells no middle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Top {
    pub(super) at: u64,
    pub(super) of: InstrumentId,
    pub(super) touch: Option<(i64, i64)>,
}

/// One execution, and when its order was decided.
#[derive(Clone, Copy, Debug)]
pub(super) struct Done {
    pub(super) at: u64,
    pub(super) of: InstrumentId,
    pub(super) side: Side,
    pub(super) px: i64,
    pub(super) qty: i64,
    pub(super) fee: i64,
    /// When the order, and when the whole that it is a slice of, was decided.
    pub(super) decided: Option<u64>,
    pub(super) whole_decided: Option<u64>,
}

#[derive(Debug, Default)]
pub(super) struct Twin {
    pub(super) tops: Vec<Top>,
    pub(super) newest: u64,
}

/// An amount, what it is told against, and of how many executions.
type Figure = (Decimal, Decimal, u64);

impl Twin {
    /// The book as it stood at a time, what came at that very time included or not.
    fn touch(&self, of: InstrumentId, at: u64, inclusive: bool) -> Option<(i64, i64)> {
        let mut known = self.tops.iter().filter(|top| top.of == of && (top.at < at || inclusive && top.at == at));
        known.next_back().and_then(|top| top.touch)
    }

    /// What all of `done` cost: fills, value, fees, then the figures in the order of the table and the markouts.
    pub(super) fn check(&self, costs: &Costs, done: &[Done], tally: &Tally) {
        let mut figures = [(Decimal::ZERO, Decimal::ZERO, 0); 4 + HORIZONS.len()];
        let (mut value, mut fees) = (Decimal::ZERO, Decimal::ZERO);
        for done in done {
            let of = costs.instruments().get(done.of);
            let (cash, fee) = (cash(of, done), Decimal::new(done.fee, 8));
            value += cash.abs();
            fees += fee;
            let signed = Decimal::from(done.side.sign() * done.qty);
            let mut add = |at: usize, price: Option<(i64, i64)>, cost: &dyn Fn(Decimal) -> Decimal, own: bool| {
                let Some((bid, ask)) = price else { return };
                let worth = signed * (lot(of, bid) + lot(of, ask)) / Decimal::TWO;
                let figure: &mut Figure = &mut figures[at];
                *figure = (figure.0 + cost(worth), figure.1 + if own { cash.abs() } else { worth.abs() }, figure.2 + 1);
            };
            let own = done.decided.and_then(|at| self.touch(done.of, at, true));
            let whole = done.whole_decided.and_then(|at| self.touch(done.of, at, true)).or(own);
            add(0, whole, &|worth| -(cash + worth), false);
            add(1, whole, &|worth| fee - (cash + worth), false);
            let opposite = own.map(|(bid, ask)| if done.side == Side::Buy { (ask, ask) } else { (bid, bid) });
            add(2, opposite, &|worth| -(cash + worth), false);
            let now = self.touch(done.of, done.at, true);
            add(3, now, &|worth| -(cash + worth) * Decimal::TWO, false);
            for (horizon, seconds) in HORIZONS.into_iter().enumerate() {
                let due = done.at + seconds * Nanos::SECOND;
                let then = (due <= self.newest).then(|| self.touch(done.of, due, false)).flatten();
                add(4 + horizon, then, &|worth| cash + worth, true);
            }
        }
        let told = [tally.arrival, tally.shortfall, tally.touch, tally.spread].into_iter().chain(tally.markouts);
        for (at, (told, due)) in told.zip(figures).enumerate() {
            assert_eq!(plain(&told), due, "figure {at} of {done:?}");
        }
        let atoms = |amount| Decimal::from_i128_with_scale(amount, 18);
        assert_eq!((tally.fills, atoms(tally.value), atoms(tally.fees)), (done.len() as u64, value, fees));
    }
}

fn plain(measure: &Measure) -> Figure {
    let half = |doubled| Decimal::from_i128_with_scale(doubled, 18) / Decimal::TWO;
    (half(measure.amount_doubled), half(measure.value_doubled), measure.fills)
}

fn size(of: &Instrument) -> Decimal {
    Decimal::new(of.grid.lot_step, u32::from(of.grid.qty_decimals))
        * Decimal::new(of.contract_size, u32::from(of.contract_decimals))
}

fn px(of: &Instrument, px: i64) -> Decimal {
    Decimal::new(of.grid.tick_step, u32::from(of.grid.price_decimals)) * Decimal::from(Ticks(px).0)
}

fn cut(value: Decimal, decimals: u32) -> Decimal {
    value.round_dp_with_strategy(decimals, RoundingStrategy::ToZero)
}

/// One lot held long, in what it settles in.
fn lot(of: &Instrument, at: i64) -> Decimal {
    if of.kind == ContractKind::Inverse { -cut(size(of) / px(of, at), 18) } else { size(of) * px(of, at) }
}

/// What was received; negative was paid. Coins are cut as the venue cuts them.
fn cash(of: &Instrument, done: &Done) -> Decimal {
    let (signed, qty) = (Decimal::from(done.side.sign()), Decimal::from(done.qty));
    match of.kind {
        ContractKind::Inverse => signed * cut(size(of) * qty / px(of, done.px), 16),
        ContractKind::Linear | ContractKind::Spot => -signed * qty * size(of) * px(of, done.px),
    }
}
