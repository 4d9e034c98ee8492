//! What people ask of the books: sums by strategy, venue, instrument or tag, and how to show them so that they add up.

use super::parts::{Part, Parts};
use super::row::{Owner, Row};
use super::{ATOMS_PER_E8, Books, Position, rate};
use crate::portfolio::books::lots::Lots;
use engine_model::instrument::InstrumentId;
use engine_model::position::PositionSide;
use engine_model::units::Ticks;
use std::collections::BTreeMap;

/// What one strategy, venue, instrument or tag has made and holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// In atoms of a dollar: sums to the profit.
    pub parts: Parts,
    /// Closed, before fees, in atoms of a dollar at the rate of now.
    pub realised: i128,
    /// Open at the mark, in atoms of a dollar at the rate of now.
    pub unrealised: i128,
    /// Value of what is held, each row unsigned, in 1e-8 dollars.
    pub gross: i128,
    /// The same with shorts against longs.
    pub net: i128,
    /// Executions.
    pub fills: u64,
}

/// What one account holds of one position.
#[derive(Clone, Copy, Debug)]
pub struct Held<'b> {
    /// Of what.
    pub instrument: InstrumentId,
    /// Which.
    pub side: PositionSide,
    /// Its lots, with what they have realised, in atoms of the settlement.
    pub lots: &'b Lots,
    /// Open at the mark, in atoms of the settlement.
    pub unrealised: i128,
    /// The price that it is valued at.
    pub mark_px: Option<Ticks>,
}

impl Books {
    /// All rows, summed by what `key` says of them.
    #[must_use]
    pub fn by<K: Ord>(&self, key: impl Fn(InstrumentId, &Owner) -> K) -> BTreeMap<K, Group> {
        let mut groups: BTreeMap<K, Group> = BTreeMap::new();
        for (id, row) in self.rows() {
            groups.entry(key(id, &row.owner)).or_default().add(&self.group(id, row));
        }
        groups
    }

    /// All of it.
    #[must_use]
    pub fn total(&self) -> Group {
        self.by(|_, _| ()).remove(&()).unwrap_or_default()
    }

    /// Every position as the venue sees it, in the order of the instruments.
    pub fn positions(&self) -> impl Iterator<Item = Held<'_>> {
        (0..).map(InstrumentId).zip(&self.accounts).flat_map(move |(id, account)| {
            let mark = self.worths_of(id).unwrap_or_default().mark;
            account.sides.iter().map(move |(side, Position { lots, .. })| Held {
                instrument: id,
                side: *side,
                lots,
                unrealised: i128::from(lots.qty()) * mark - lots.cost(),
                mark_px: self.mark_px(id),
            })
        })
    }

    /// The price that positions of an instrument are valued at; `None`: nobody has told one.
    #[must_use]
    pub fn mark_px(&self, id: InstrumentId) -> Option<Ticks> {
        self.markets[id.index()].known_px().or(self.last_px[id.index()])
    }

    fn group(&self, id: InstrumentId, row: &Row) -> Group {
        let index = id.index();
        let of = |asset| rate(&self.worths, &self.atoms, &self.markets, asset);
        let settled = of(self.settlements[index]);
        // What does not fit was never booked; at a price that has moved out of range since, it is shown as nothing.
        let dollars = |atoms| settled.dollars(atoms).unwrap_or_default();
        let qty = row.lots().qty();
        let value = self.mark_px(id).and_then(|px| self.atoms[index].notional(px, qty)).unwrap_or_default();
        let quote = self.instruments.asset(self.instruments.get(id).quote).unwrap_or_default();
        let net = of(quote).dollars(value).unwrap_or_default();
        Group {
            parts: row.parts(),
            realised: dollars(row.lots().realised()),
            unrealised: dollars(row.held() - row.lots().cost()),
            gross: net.abs(),
            net,
            fills: row.lots().fills(),
        }
    }
}

impl Group {
    fn add(&mut self, other: &Self) {
        self.parts.add(&other.parts);
        self.realised += other.realised;
        self.unrealised += other.unrealised;
        self.gross += other.gross;
        self.net += other.net;
        self.fills += other.fills;
    }
}

/// Atoms as units of 1e-8 such that whatever is printed adds up: the parts of each row to the row, and each column to what
/// is printed of the sum of all rows, whichever way the rows are cut. Each cell is the difference of running sums that were
/// rounded down, so it is at most two units from the atoms.
#[must_use]
pub fn rounded(rows: &[Parts]) -> Vec<Parts> {
    let mut above = [0; Part::ALL.len()];
    let mut sums = Parts::default();
    rows.iter()
        .map(|row| {
            sums.add(row);
            let mut left = 0;
            let mut told_left = 0;
            let mut cells = [0; Part::ALL.len()];
            for part in Part::ALL {
                left += sums[part];
                let corner = left.div_euclid(ATOMS_PER_E8);
                cells[part as usize] = corner - told_left - above[part as usize];
                told_left = corner;
                above[part as usize] += cells[part as usize];
            }
            Parts::new(cells)
        })
        .collect()
}
