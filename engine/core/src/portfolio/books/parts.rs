//! What a profit is made of, and the purse that keeps it: exact in its own asset, and in dollars as they were.
//!
//! **The law, and where the one rounding is.** In its own asset every part is a whole number of atoms and nothing is ever
//! rounded: the parts sum to what was received, less what was paid, plus what is held. In dollars each change counts at
//! the price of its asset when it happened, rounded down to an atom of a dollar; what the purse is worth now, less all of
//! that, is what the asset's own price has done: the part *currency*. So the parts sum to the account's change by what
//! currency is, and for an asset that counts as a dollar currency is nothing, which is proved by tests, as is that it is
//! the sum of `held * change of price` otherwise.

use super::atoms::Atoms;
use engine_model::payment::AssetId;
use engine_model::units::Ticks;
use std::ops::{Index, IndexMut};

/// What a profit is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The underlying moved while we held it: the index, or the mark where no index is told.
    Price = 0,
    /// Bought below the middle of the book or sold above it; negative is the spread paid.
    Spread = 1,
    /// Fees, less rebates.
    Fee = 2,
    /// Funding received, less paid.
    Funding = 3,
    /// Interest of what was borrowed.
    Interest = 4,
    /// The mark moved against the index while we held it, and what the mark stood apart from the middle when we traded.
    Basis = 5,
    /// What is kept in another asset than dollars changed in dollars.
    Currency = 6,
}

impl Part {
    /// In the order of the columns.
    pub const ALL: [Self; 7] =
        [Self::Price, Self::Spread, Self::Fee, Self::Funding, Self::Interest, Self::Basis, Self::Currency];

    /// The word used in JSON and tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Price => "price",
            Self::Spread => "spread",
            Self::Fee => "fee",
            Self::Funding => "funding",
            Self::Interest => "interest",
            Self::Basis => "basis",
            Self::Currency => "currency",
        }
    }
}

/// An amount of each part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts([i128; Part::ALL.len()]);

impl Parts {
    /// Of these amounts, in the order of [`Part::ALL`].
    #[must_use]
    pub fn new(amounts: [i128; Part::ALL.len()]) -> Self {
        Self(amounts)
    }

    /// All of it.
    #[must_use]
    pub fn total(&self) -> i128 {
        self.0.iter().sum()
    }

    /// Adds another, part by part.
    pub fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(own, more)| *own += more);
    }

    /// Each amount through `f`.
    #[must_use]
    pub fn map(self, f: impl FnMut(i128) -> i128) -> Self {
        Self(self.0.map(f))
    }
}

impl Index<Part> for Parts {
    type Output = i128;
    fn index(&self, part: Part) -> &i128 {
        &self.0[part as usize]
    }
}

impl IndexMut<Part> for Parts {
    fn index_mut(&mut self, part: Part) -> &mut i128 {
        &mut self.0[part as usize]
    }
}

/// What one of an asset is in dollars, now.
#[derive(Clone, Copy, Debug)]
pub enum Rate<'s> {
    /// A dollar.
    Par,
    /// The price of an instrument.
    At(&'s Atoms, Ticks),
    /// Nobody has told yet.
    Unknown,
}

impl Rate<'_> {
    /// Atoms of the asset as atoms of a dollar, rounded down; nothing while the rate is unknown. `None`: overflow.
    #[must_use]
    pub fn dollars(self, atoms: i128) -> Option<i128> {
        match self {
            Self::Par => Some(atoms),
            Self::At(of, px) => of.base_in_quote(atoms, px),
            Self::Unknown => Some(0),
        }
    }
}

impl Rate<'_> {
    /// So many dollars in the asset, rounded down. `None`: overflow, or nobody tells.
    #[must_use]
    pub fn of_dollars(self, amount: i128) -> Option<i128> {
        match self {
            Self::Par => Some(amount),
            Self::At(of, px) => of.quote_in_base(amount, px),
            Self::Unknown => None,
        }
    }
}

/// What was earned in one asset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purse {
    /// Of what.
    pub asset: AssetId,
    /// In atoms of the asset; currency is always 0.
    native: Parts,
    /// In atoms of a dollar, each change at the rate it happened at; currency is always 0.
    dollars: Parts,
    /// What it is worth at the last rate, in atoms of a dollar.
    value: i128,
    has_rate: bool,
}

impl Purse {
    /// Empty.
    #[must_use]
    pub fn new(asset: AssetId) -> Self {
        Self { asset, ..Self::default() }
    }

    /// Books what `change` says, at `rate`. What was booked before the first rate counts at that first rate. `None`: it
    /// does not fit, and nothing was booked.
    #[must_use]
    pub fn book(&mut self, change: &Parts, rate: Rate<'_>) -> Option<()> {
        let mut next = *self;
        next.native.add(change);
        let due = if self.has_rate { change } else { &next.native };
        for part in Part::ALL {
            next.dollars[part] += rate.dollars(due[part])?;
        }
        next.has_rate |= !matches!(rate, Rate::Unknown);
        next.value = rate.dollars(next.native.total())?;
        *self = next;
        Some(())
    }

    /// What it is worth at the last rate, in atoms of a dollar.
    #[must_use]
    pub fn value(&self) -> i128 {
        self.value
    }

    /// In atoms of the asset.
    #[must_use]
    pub fn native(&self) -> &Parts {
        &self.native
    }

    /// In atoms of a dollar: sums to [`Purse::value`].
    #[must_use]
    pub fn parts(&self) -> Parts {
        let mut parts = self.dollars;
        parts[Part::Currency] = self.value - self.dollars.total();
        parts
    }

    /// Whether there is something in it that no price is known for.
    #[must_use]
    pub fn is_unpriced(&self) -> bool {
        !self.has_rate && self.native.total() != 0
    }
}
