//! One strategy's share of one position: its lots, its purses, and what it holds at the mark and at the index.

use super::lots::{LotMethod, Lots};
use super::parts::{Part, Parts, Purse, Rate};
use engine_model::intent::StrategyId;
use engine_model::payment::AssetId;
use engine_model::position::PositionSide;
use engine_model::units::Nanos;

/// Whose share, and of which position of an instrument.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owner {
    /// Whose.
    pub strategy: StrategyId,
    /// Of which position.
    pub side: PositionSide,
    /// What the strategy calls the trade; 0 is untagged.
    pub tag: u16,
}

/// What one lot held long is worth, in atoms of the settlement currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Worths {
    /// At the mark: what positions are valued at.
    pub mark: i128,
    /// At the index, where one is told.
    pub index: Option<i128>,
    /// At the best bid and ask together, twice the middle, where there are both.
    pub middle_doubled: Option<i128>,
}

/// One row.
#[derive(Clone, Debug)]
pub struct Row {
    /// Whose.
    pub owner: Owner,
    lots: Lots,
    /// The settlement's first.
    purses: Vec<Purse>,
    at: Worths,
}

impl Row {
    pub(super) fn new(owner: Owner, method: LotMethod, settlement: AssetId, at: Worths) -> Self {
        Self { owner, lots: Lots::new(method), purses: vec![Purse::new(settlement)], at }
    }

    /// The market moved.
    pub(super) fn moved(&mut self, to: Worths, rate: Rate<'_>) -> Option<()> {
        let qty = i128::from(self.lots.qty());
        let mark = qty.checked_mul(to.mark.checked_sub(self.at.mark)?)?;
        let price = match (self.at.index, to.index) {
            (Some(then), Some(now)) => qty.checked_mul(now.checked_sub(then)?)?,
            // Where no index is told, or it has just begun, what the mark does is all there is to say.
            _ => mark,
        };
        let mut change = Parts::default();
        change[Part::Price] = price;
        change[Part::Basis] = mark.checked_sub(price)?;
        self.purses[0].book(&change, rate)?;
        self.at = to;
        Some(())
    }

    /// An execution of `qty` lots (a sale: negative) that paid `cash` and cost `fee`, both in atoms of the settlement. The
    /// row is at the prices of now.
    pub(super) fn filled(&mut self, qty: i64, cash: i128, fee: i128, at_ns: Nanos, rate: Rate<'_>) -> Option<()> {
        if !self.lots.fits(qty) {
            return None;
        }
        let lots = i128::from(qty);
        let at_mark = lots.checked_mul(self.at.mark)?;
        let at_middle = match self.at.middle_doubled {
            Some(doubled) => lots.checked_mul(doubled)?.div_euclid(2),
            None => at_mark,
        };
        let mut change = Parts::default();
        change[Part::Spread] = cash.checked_add(at_middle)?;
        change[Part::Basis] = at_mark.checked_sub(at_middle)?;
        change[Part::Fee] = fee.checked_neg()?;
        self.purses[0].book(&change, rate)?;
        self.lots.book(qty, cash, at_ns);
        Some(())
    }

    /// See [`Lots::join_last`].
    pub(super) fn join_last(&mut self) {
        self.lots.join_last();
    }

    /// The account held `qty` lots when the run began, taken to have been worth `-cash` then. The row is at the prices of
    /// now: what they have moved since is the price's doing.
    pub(super) fn opened(&mut self, qty: i64, cash: i128, at_ns: Nanos, rate: Rate<'_>) -> Option<()> {
        if !self.lots.fits(qty) {
            return None;
        }
        let mut change = Parts::default();
        change[Part::Price] = cash.checked_add(i128::from(qty).checked_mul(self.at.mark)?)?;
        self.purses[0].book(&change, rate)?;
        self.lots.open_with(qty, cash, at_ns);
        Some(())
    }

    /// Goes on from what was left, which had been made of such parts. The row is at the prices of then.
    pub(super) fn inherit(
        &mut self,
        qty: i64,
        [cost, realised]: [i128; 2],
        parts: &Parts,
        rate: Rate<'_>,
    ) -> Option<()> {
        self.purses[0].book(parts, rate)?;
        self.lots.inherit(qty, cost, realised, Nanos(0));
        Some(())
    }

    /// Money moved.
    pub(super) fn paid(&mut self, part: Part, asset: AssetId, amount: i128, rate: Rate<'_>) -> Option<()> {
        let mut change = Parts::default();
        change[part] = amount;
        let known = self.purses.iter().position(|purse| purse.asset == asset);
        let place = known.unwrap_or_else(|| {
            self.purses.push(Purse::new(asset));
            self.purses.len() - 1
        });
        self.purses[place].book(&change, rate)
    }

    /// What an asset is worth changed.
    pub(super) fn priced(&mut self, asset: AssetId, rate: Rate<'_>) -> Option<()> {
        let purses = self.purses.iter_mut().filter(|purse| purse.asset == asset);
        purses.map(|purse| purse.book(&Parts::default(), rate)).collect()
    }

    /// Its lots.
    #[must_use]
    pub fn lots(&self) -> &Lots {
        &self.lots
    }

    /// What it earned, asset by asset, the settlement's first.
    #[must_use]
    pub fn purses(&self) -> &[Purse] {
        &self.purses
    }

    /// What is held, at the mark, in atoms of the settlement.
    #[must_use]
    pub fn held(&self) -> i128 {
        i128::from(self.lots.qty()) * self.at.mark
    }

    /// Dollars of all purses, in atoms.
    #[must_use]
    pub fn value(&self) -> i128 {
        self.purses.iter().map(Purse::value).sum()
    }

    /// What it is made of, in atoms of a dollar: sums to [`Row::value`].
    #[must_use]
    pub fn parts(&self) -> Parts {
        let mut sum = Parts::default();
        self.purses.iter().for_each(|purse| sum.add(&purse.parts()));
        sum
    }
}
