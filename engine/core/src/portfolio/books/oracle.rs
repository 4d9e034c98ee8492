//! The slow twin: the same book-keeping in plain decimals of dollars and coins, straight from the words of the module docs.
//! It knows nothing of ticks, atoms, rows or purses.

use super::parts::Part;
use engine_model::instrument::{ContractKind, Instrument};
use engine_model::units::Ticks;
use rust_decimal::{Decimal, RoundingStrategy};

/// What one strategy made on one instrument.
#[derive(Clone, Debug, Default)]
pub(super) struct Share {
    pub(super) qty: Decimal,
    pub(super) cash: Decimal,
    /// In the settlement currency, by [`Part`].
    pub(super) parts: [Decimal; 7],
    /// Paid in another asset.
    pub(super) token: Decimal,
}

/// What the market says of one instrument, in quote.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Prices {
    pub(super) mark: Option<Decimal>,
    pub(super) index: Option<Decimal>,
    pub(super) touch: Option<(Decimal, Decimal)>,
}

/// One instrument.
#[derive(Clone, Debug)]
pub(super) struct Contract {
    kind: ContractKind,
    /// Coins (inverse: quote) in one lot.
    size: Decimal,
    tick: Decimal,
    pub(super) prices: Prices,
    pub(super) shares: Vec<Share>,
    /// What is open: signed lots, and cash paid for each; oldest first.
    open: Vec<(Decimal, Decimal)>,
    pub(super) realised: Decimal,
    pub(super) flows: Decimal,
}

pub(super) fn down(value: Decimal) -> Decimal {
    value.round_dp_with_strategy(18, RoundingStrategy::ToNegativeInfinity)
}

fn cut(value: Decimal, decimals: u32) -> Decimal {
    value.round_dp_with_strategy(decimals, RoundingStrategy::ToZero)
}

/// Atoms of it.
pub(super) fn atoms(value: Decimal) -> i128 {
    let mut value = value.normalize();
    assert!(value.scale() <= 18, "{value} is finer than an atom");
    value.rescale(18);
    value.mantissa()
}

impl Contract {
    pub(super) fn new(of: &Instrument, strategies: usize) -> Self {
        let grid = &of.grid;
        let lot = Decimal::new(grid.lot_step, u32::from(grid.qty_decimals));
        Self {
            kind: of.kind,
            size: lot * Decimal::new(of.contract_size, u32::from(of.contract_decimals)),
            tick: Decimal::new(grid.tick_step, u32::from(grid.price_decimals)),
            prices: Prices::default(),
            shares: vec![Share::default(); strategies],
            open: Vec::new(),
            realised: Decimal::ZERO,
            flows: Decimal::ZERO,
        }
    }

    pub(super) fn px(&self, ticks: Ticks) -> Decimal {
        self.tick * Decimal::from(ticks.0)
    }

    /// One lot held long, in the settlement currency.
    fn lot(&self, px: Decimal) -> Decimal {
        if self.kind == ContractKind::Inverse { -cut(self.size / px, 18) } else { self.size * px }
    }

    fn cash(&self, signed: Decimal, px: Decimal) -> Decimal {
        if self.kind == ContractKind::Inverse {
            let coins = cut(self.size * signed.abs() / px, 16);
            return if signed.is_sign_positive() { coins } else { -coins };
        }
        -signed * self.size * px
    }

    pub(super) fn held(&self, share: &Share) -> Decimal {
        self.prices.mark.map_or(Decimal::ZERO, |mark| share.qty * self.lot(mark))
    }

    /// The market has other prices now.
    pub(super) fn moves(&mut self, to: Prices) {
        let then = self.prices;
        let lots = |px: Option<Decimal>| px.map(|px| self.lot(px));
        let mark = lots(to.mark).unwrap_or_default() - lots(then.mark).or(lots(to.mark)).unwrap_or_default();
        let index = match (lots(then.index), lots(to.index)) {
            (Some(then), Some(now)) => now - then,
            _ => mark,
        };
        for share in &mut self.shares {
            share.parts[Part::Price as usize] += share.qty * index;
            share.parts[Part::Basis as usize] += share.qty * (mark - index);
        }
        self.prices = to;
    }

    pub(super) fn fills(&mut self, of: usize, signed: Decimal, px: Decimal, fee: Decimal, is_fifo: bool) {
        let cash = self.cash(signed, px);
        let mark = self.lot(self.prices.mark.unwrap_or(px));
        let middle = match self.prices.touch {
            // Of an odd atom the half is rounded down.
            Some((bid, ask)) => down(signed * (self.lot(bid) + self.lot(ask)) / Decimal::TWO),
            None => signed * mark,
        };
        let share = &mut self.shares[of];
        share.parts[Part::Spread as usize] += cash + middle;
        share.parts[Part::Basis as usize] += signed * mark - middle;
        share.parts[Part::Fee as usize] -= fee;
        share.qty += signed;
        share.cash += cash;
        self.flows -= fee;
        self.lots(signed, cash, is_fifo);
    }

    /// Lots are closed one after the other; an execution's cash is shared out by quantity.
    fn lots(&mut self, signed: Decimal, cash: Decimal, is_fifo: bool) {
        let closes = self.open.iter().map(|(qty, _)| *qty).sum::<Decimal>();
        let is_opposite = !closes.is_zero() && closes.is_sign_positive() != signed.is_sign_positive();
        let closing = if is_opposite { signed.abs().min(closes.abs()) } else { Decimal::ZERO };
        let closing_cash = cut(cash * closing / signed.abs(), 18);
        let mut left = closing;
        self.realised += closing_cash;
        while !left.is_zero() {
            let at = if is_fifo { 0 } else { self.open.len() - 1 };
            let (qty, paid) = &mut self.open[at];
            let taken = left.min(qty.abs());
            let part = cut(*paid * taken / qty.abs(), 18);
            self.realised += part;
            *paid -= part;
            *qty -= if qty.is_sign_positive() { taken } else { -taken };
            left -= taken;
            if qty.is_zero() {
                self.open.remove(at);
            }
        }
        if closing < signed.abs() {
            let rest = signed.abs() - closing;
            self.open.push((if signed.is_sign_positive() { rest } else { -rest }, cash - closing_cash));
        }
    }
}
