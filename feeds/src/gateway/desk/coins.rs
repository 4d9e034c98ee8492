//! Coins of spot: what the account has of them, held against what our executions, their fees and payments have made of it
//! since the first look.
//!
//! What is compared is a coin of an instrument of spot of this venue, once, by the first of its instruments; not one that a
//! contract of ours settles in, for that moves with every price. A difference as large as the smallest order
//! ([`tolerance_lots`]) in two looks in a row is one of the position: on that instrument only orders pass that make what is
//! held smaller, until it agrees.
//! A look that an execution or a payment fell into says nothing either way.
//!
//! Never: a guess whose a coin is that came or went.

use super::{Desk, Now};
use crate::gateway::desk::gauges::Trouble;
use engine_model::instrument::{ContractKind, Instrument, InstrumentId, Instruments, Name};
use engine_model::units::Lots;

/// What is less than the smallest order is nobody's order: fees come to fractions of 1e-8, which is a whole lot at some
/// venues, and each of them is rounded. One lot at least, for the account's amount is rounded, too.
fn tolerance_lots(of: &Instrument) -> u64 {
    (of.min_qty.0 - 1).max(1).unsigned_abs()
}

/// See the module.
#[derive(Debug)]
pub(super) struct Coins {
    /// The first instrument of each coin, with the place of the coin among the run's assets.
    of: Box<[(InstrumentId, usize)]>,
    /// By asset: what the account has by the venue's last word, in 1e-8.
    told_e8: Box<[i64]>,
    /// By asset: what we had moved when that was asked for.
    asked_e8: Box<[i64]>,
    /// By asset: what the account had beside what we moved, at the first look that is believed.
    base_e8: Option<Box<[i64]>>,
    /// The same by the look before, while adopted orders may have been executed between the two answers.
    before_e8: Option<Box<[i64]>>,
}

impl Coins {
    pub(super) fn new(own: &[InstrumentId], instruments: &Instruments) -> Self {
        let own = || own.iter().map(|id| instruments.get(*id));
        let settles = |asset| own().any(|of| of.kind != ContractKind::Spot && of.settlement() == asset);
        let mut of: Vec<(InstrumentId, usize)> = Vec::new();
        for spot in own().filter(|of| of.kind == ContractKind::Spot && !settles(of.base)) {
            let Some(asset) = instruments.asset(spot.base) else { continue };
            let place = usize::from(asset.0);
            if of.iter().all(|(_, known)| *known != place) {
                of.push((spot.id, place));
            }
        }
        let nothing: Box<[i64]> = vec![0; instruments.assets()].into();
        Self { of: of.into(), told_e8: nothing.clone(), asked_e8: nothing, base_e8: None, before_e8: None }
    }

    /// The question leaves: what the answer does not name, the account has none of.
    pub(super) fn asked(&mut self, moved_e8: &[i64]) {
        self.told_e8.fill(0);
        self.asked_e8.copy_from_slice(moved_e8);
    }
}

impl Desk {
    /// What the account has of an asset.
    pub(super) fn has_coins(&mut self, asset: Name, amount_e8: i64) {
        if let Some(asset) = self.orders.asset(asset) {
            self.coins.told_e8[asset] = amount_e8;
        }
    }

    /// Balances were told whole.
    pub(super) fn compare_coins(&mut self, now: Now) {
        let is_known = self.unknown() == 0;
        let moved_e8 = &self.orders.moved_e8;
        let Some(base_e8) = &self.coins.base_e8 else {
            let found: Box<[i64]> =
                self.coins.told_e8.iter().zip(moved_e8).map(|(told, moved)| told.saturating_sub(*moved)).collect();
            if self.orders.adopted == 0 || is_known && self.coins.before_e8.as_ref() == Some(&found) {
                self.coins.base_e8 = Some(found);
                self.take_over_coins(now);
            } else {
                self.coins.before_e8 = Some(found);
                self.round.repeat();
            }
            return;
        };
        for &(id, asset) in &self.coins.of {
            if moved_e8[asset] != self.coins.asked_e8[asset] {
                continue;
            }
            let of = self.orders.instrument(id);
            let (told, ours) = (self.coins.told_e8[asset], base_e8[asset].saturating_add(moved_e8[asset]));
            let (told, ours) = (lots(of, told), lots(of, ours));
            let agrees = told.abs_diff(ours) <= tolerance_lots(of);
            let is_news = self.round.finds(id, told, if agrees { told } else { ours });
            if is_news {
                let trouble = Trouble::Coins { instrument: id, ours: Lots(ours), venue: Lots(told) };
                self.troubles.push(trouble);
            }
        }
    }

    /// What the account has of coins that orders of the venue could sell is the run's from now on, if it is to be. Less than
    /// the smallest order is dust, which nobody could trade.
    fn take_over_coins(&mut self, now: Now) {
        let (Some(takeover), Some(base_e8)) = (&self.takeover, &self.coins.base_e8) else { return };
        for &(id, asset) in &self.coins.of {
            let of = self.orders.instrument(id);
            let (held, least) = (lots(of, base_e8[asset]), of.min_qty.0.max(1));
            if held >= least {
                self.orders.open_with(id, takeover.owner(id), held, 0, now);
            }
        }
    }
}

/// Whole lots of spot in so much of the coin.
fn lots(of: &Instrument, amount_e8: i64) -> i64 {
    let lots = i128::from(amount_e8) * 10i128.pow(u32::from(of.size_decimals()))
        / (100_000_000 * i128::from(of.grid.lot_step.max(1)));
    i64::try_from(lots).unwrap_or(i64::MAX)
}
