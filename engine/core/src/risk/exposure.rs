//! What working orders could still do: every lot that is approved and not known to be over counts as if it filled, on the
//! worse side. Orders in flight and orders whose outcome is unknown are working.
//!
//! Kept by adding and subtracting, by instrument, sector, cluster and venue; nothing is ever counted anew.

use crate::portfolio::wide::product;
use crate::portfolio::{Scale, UNTELLABLE};
use crate::risk::rules::Kin;
use crate::tape::carry;
use engine_model::instrument::InstrumentId;
use engine_model::margin::MarginTiers;
use engine_model::market::Side;
use engine_model::planted::planted;
use engine_model::units::{Lots, Ticks};
use engine_model::venue::VENUES_MAX;

/// Lots of one instrument's working orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Working {
    /// Of buy orders.
    pub buys: i128,
    /// Of sell orders.
    pub sells: i128,
}

carry!(Working { buys, sells });

impl Working {
    /// The position, if every working order of `side` filled and none of the other side.
    #[must_use]
    pub fn position_if_filled(&self, qty: i64, side: Side) -> i128 {
        match side {
            Side::Buy => i128::from(qty) + self.buys,
            Side::Sell => i128::from(qty) - self.sells,
        }
    }

    /// The largest position, either way, that working orders could make.
    #[must_use]
    pub fn worst(&self, qty: i64) -> i128 {
        self.position_if_filled(qty, Side::Buy).abs().max(self.position_if_filled(qty, Side::Sell).abs())
    }

    /// With `lots` more (or fewer) on `side`.
    #[must_use]
    pub fn with(mut self, side: Side, lots: i128) -> Self {
        match side {
            Side::Buy => self.buys += lots,
            Side::Sell => self.sells += lots,
        }
        self
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.buys == 0 && self.sells == 0
    }
}

/// What a worst position weighs against each limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weight {
    /// Worth in 1e-8 dollars.
    pub worth: i128,
    /// Of that, what can be liquidated: contracts.
    pub contracts: i128,
    /// Initial margin in 1e-8 dollars.
    pub initial: i128,
    /// Maintenance margin in 1e-8 dollars.
    pub maintenance: i128,
    /// A day's loss that one day in a hundred exceeds, in 1e-8 dollars times 1/10000.
    pub var: i128,
    /// Mean of such days, likewise.
    pub cvar: i128,
}

carry!(Weight { worth, contracts, initial, maintenance, var, cvar });

impl Weight {
    /// The sum, with `of` in place of `then`.
    #[must_use]
    pub fn exchanged(&self, then: &Self, of: &Self) -> Self {
        Self {
            worth: self.worth - then.worth + of.worth,
            contracts: self.contracts - then.contracts + of.contracts,
            initial: self.initial - then.initial + of.initial,
            maintenance: self.maintenance - then.maintenance + of.maintenance,
            var: self.var - then.var + of.var,
            cvar: self.cvar - then.cvar + of.cvar,
        }
    }
}

/// One instrument's part.
#[derive(Clone, Debug, Default)]
struct Part {
    working: Working,
    /// Of its worst position, when it was last valued.
    weight: Weight,
    kin: Kin,
    /// The cluster that it is in now: that of the file, or one that moves with it.
    cluster: u16,
    venue: u8,
    /// Of a contract: what its venue wants to see behind it.
    margin: Option<MarginTiers>,
    /// A day's loss in 1/10000 of the worth: that one day in a hundred exceeds, and the mean of such days.
    tail_bps: (i64, i64),
}

carry!(Part { working, weight, cluster, tail_bps } fixed { kin, venue, margin });

impl Part {
    fn weigh(&self, worth: i128) -> Weight {
        let part = |bps: i64| product(worth, i128::from(bps)).unwrap_or(UNTELLABLE);
        let (var, cvar) = (part(self.tail_bps.0), part(self.tail_bps.1));
        let Some(tiers) = &self.margin else { return Weight { worth, var, cvar, ..Weight::default() } };
        Weight {
            worth,
            contracts: worth,
            initial: tiers.initial(worth, u16::MAX),
            maintenance: tiers.maintenance(worth).unwrap_or(UNTELLABLE),
            var,
            cvar,
        }
    }
}

/// Working orders of all instruments.
#[derive(Clone, Debug)]
pub struct Exposure {
    parts: Box<[Part]>,
    /// Sum of all weights.
    total: Weight,
    /// Worths by sector, by cluster and by venue.
    sectors: Box<[i128]>,
    clusters: Box<[i128]>,
    venues: [i128; VENUES_MAX],
}

carry!(Exposure { parts, total, sectors, clusters, venues });

impl Exposure {
    /// None working. Of each instrument: its kin, the slot of its venue, and of a contract its margin table.
    #[must_use]
    pub fn new(instruments: impl Iterator<Item = (Kin, usize, Option<MarginTiers>)>) -> Self {
        let parts: Box<[Part]> = instruments
            .map(|(kin, venue, margin)| Part {
                kin,
                cluster: kin.cluster,
                venue: venue as u8,
                margin,
                ..Part::default()
            })
            .collect();
        let clusters = parts.iter().map(|part| usize::from(part.kin.cluster) + 1).max().unwrap_or(1);
        Self {
            parts,
            total: Weight::default(),
            sectors: vec![0; 256].into_boxed_slice(),
            clusters: vec![0; clusters].into_boxed_slice(),
            venues: [0; VENUES_MAX],
        }
    }

    /// Counts `change` lots more on `side`, or fewer.
    ///
    /// # Panics
    /// When fewer than none would be left: the fold lost count.
    pub fn add(&mut self, instrument: InstrumentId, side: Side, change: Lots) {
        let part = &mut self.parts[instrument.index()];
        let side = if planted("risk/working-orders-on-the-wrong-side") { side.opposite() } else { side };
        part.working = part.working.with(side, i128::from(change.0));
        let Working { buys, sells } = part.working;
        assert!(buys >= 0 && sells >= 0, "instrument {}: {:?}", instrument.0, part.working);
    }

    /// Lots of one instrument.
    #[must_use]
    pub fn working(&self, instrument: InstrumentId) -> Working {
        self.parts[instrument.index()].working
    }

    /// What a day may lose of an instrument, in 1/10000 of its worth; counts from the next time that it is valued.
    pub fn set_tail(&mut self, instrument: InstrumentId, var_bps: i64, cvar_bps: i64) {
        self.parts[instrument.index()].tail_bps = (var_bps, cvar_bps);
    }

    /// What a day may lose of an instrument.
    #[must_use]
    pub fn tail_bps(&self, instrument: InstrumentId) -> (i64, i64) {
        self.parts[instrument.index()].tail_bps
    }

    /// Values one instrument's worst position at `px`.
    pub fn value_at(&mut self, instrument: InstrumentId, qty: i64, scale: &Scale, px: Option<Ticks>) {
        let part = &mut self.parts[instrument.index()];
        let lots = part.working.worst(qty);
        let worth = match px {
            _ if lots == 0 || !scale.is_dollar_quoted() => 0,
            Some(px) => scale.notional(px, lots).unwrap_or(UNTELLABLE).abs(),
            None => UNTELLABLE,
        };
        let now = part.weigh(worth);
        let then = std::mem::replace(&mut part.weight, now);
        self.total = self.total.exchanged(&then, &now);
        let change = worth - then.worth;
        self.sectors[usize::from(part.kin.sector)] += change;
        self.clusters[usize::from(part.cluster)] += change;
        self.venues[usize::from(part.venue)] += change;
    }

    /// Puts instruments into other clusters: `of` tells the number for each of the file's, itself or that of another.
    pub(super) fn tie(&mut self, of: impl Fn(u16) -> u16) {
        for part in &mut self.parts {
            let (then, now) = (part.cluster, of(part.kin.cluster));
            self.clusters[usize::from(then)] -= part.weight.worth;
            self.clusters[usize::from(now)] += part.weight.worth;
            part.cluster = now;
        }
    }

    /// What one instrument's worst position weighs, as last valued.
    #[must_use]
    pub fn weight(&self, instrument: InstrumentId) -> &Weight {
        &self.parts[instrument.index()].weight
    }

    /// What it would weigh at that worth.
    #[must_use]
    pub fn weigh(&self, instrument: InstrumentId, worth: i128) -> Weight {
        self.parts[instrument.index()].weigh(worth)
    }

    /// What its venue wants to see behind a contract; `None` of spot.
    #[inline]
    #[must_use]
    pub fn margin(&self, instrument: InstrumentId) -> Option<&MarginTiers> {
        self.parts[instrument.index()].margin.as_ref()
    }

    /// Sum over all instruments.
    #[must_use]
    pub fn total(&self) -> &Weight {
        &self.total
    }

    /// Worst worths of the instrument's sector, cluster and venue, itself included.
    #[inline]
    #[must_use]
    pub fn groups(&self, instrument: InstrumentId) -> [i128; 3] {
        let part = &self.parts[instrument.index()];
        [
            self.sectors[usize::from(part.kin.sector)],
            self.clusters[usize::from(part.cluster)],
            self.venues[usize::from(part.venue)],
        ]
    }

    /// Writes the working lots in the order of the instruments.
    pub fn digest(&self, hasher: &mut blake3::Hasher) {
        for part in &self.parts {
            hasher.update(&part.working.buys.to_le_bytes());
            hasher.update(&part.working.sells.to_le_bytes());
        }
    }
}
