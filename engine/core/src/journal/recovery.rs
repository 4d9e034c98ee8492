//! From the journal of a run that was cut off to what the next one takes over.
//!
//! Owns: which state that run was in, and what of it a run of other instruments and strategies can go on with.
//! Never: decides whether to go on; takes an order over: of a simulated venue it died with the process, of a real one only
//! that can tell.

use super::follower::{Follower, Tail};
use super::record::Run;
use super::replay::{ReplayError, Replayed};
use super::states::{Sheet, StatesFile};
use crate::execution::OrderRow;
use crate::portfolio::{Ledger, dollars, saturated};
use crate::risk::legacy::{Holding, Legacy, Share};
use crate::risk::{Losses, Risk};
use engine_model::instrument::{Instrument, InstrumentId, Instruments};
use engine_model::intent::StrategyId;
use engine_model::limit::Limits;
use engine_model::units::{Lots, Quote};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A run as its journal left it.
#[derive(Debug)]
pub struct Left {
    /// What it began with.
    pub run: Run,
    /// What it came to.
    pub replayed: Replayed,
    /// Its number.
    pub epoch: u32,
    /// It ended in order: its journal was closed.
    pub is_closed: bool,
    /// Snapshots of it that could not be believed, and why.
    pub skipped: Vec<(PathBuf, &'static str)>,
    /// The sequence of the snapshot from which it was replayed; `None`: from its beginning.
    pub begun_at: Option<u64>,
}

/// Writes down, beside a copy of its journal, what that run kept beside its own: what is not active, what had been lost, and
/// the limits that people had set.
///
/// # Errors
/// What the disk says.
pub fn keep_states(path: &Path, run: &Run, replayed: &Replayed) -> std::io::Result<()> {
    let mut file = StatesFile::new(path, &Arc::new(run.listed())).below(&run.rules.limits).of_mode(run.is_live);
    for (scope, state) in replayed.risk.states() {
        file.set(scope, state);
    }
    let (_, losses) = replayed.risk.clone().into_legacy(replayed.state_hash());
    for (of, losses) in losses {
        file.set_losses(of, losses);
    }
    if replayed.risk.is_flattening() {
        file.set_flattening();
    }
    for (limit, row) in (0u8..).zip(Limits::TABLE) {
        file.set_limit(limit, row.get(replayed.risk.limits()));
    }
    let mut sheet = Sheet::default();
    file.fill(&mut sheet);
    sheet.write()
}

/// What the next run takes over, in its own numbers.
#[derive(Debug)]
pub struct Estate {
    /// Positions, money, stops of risk.
    pub legacy: Legacy,
    /// What had been lost of the day and from the peak.
    pub losses: Vec<(StrategyId, Losses)>,
    /// What the account began with, in whichever run that was.
    pub equity_start: Quote,
    /// Orders that had not ended, in the numbers of the run that left them.
    pub orders: Vec<OrderRow>,
}

/// Why a run of these instruments and strategies cannot go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// It does not list what is held, or counts it otherwise.
    Instrument {
        /// What is held.
        symbol: String,
        /// Where.
        venue: &'static str,
        /// How much.
        qty: String,
    },
    /// It does not have who holds something.
    Strategy {
        /// Who.
        name: String,
        /// Of what.
        symbol: String,
    },
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instrument { symbol, venue, qty } => {
                write!(f, "{qty} of {symbol} is held at {venue}, and this run does not list it, or on another grid")
            }
            Self::Strategy { name, symbol } => {
                write!(f, "strategy {name} holds {symbol}, and this run does not have it")
            }
        }
    }
}

impl std::error::Error for Misfit {}

/// Replays the journal that begins in that file from its newest good snapshot on, as far as it is whole; a torn tail was
/// never promised to anybody. `None`: it holds no run.
///
/// # Errors
/// What is wrong with it; what the system says.
pub fn left(first: &Path, build_id: [u8; 16]) -> std::io::Result<Result<Option<Left>, ReplayError>> {
    let mut follower = match Follower::open(first, build_id)? {
        Ok(Some(follower)) => follower,
        Ok(None) => return Ok(Ok(None)),
        Err(error) => return Ok(Err(error)),
    };
    let tail = match follower.advance()? {
        Ok(tail) => tail,
        Err(error) => return Ok(Err(error)),
    };
    let (run, epoch, is_closed) = (follower.run().clone(), follower.epoch(), tail == Tail::Closed);
    let (skipped, begun_at) = (follower.skipped().to_vec(), follower.begun_at());
    let replayed = follower.finish();
    Ok(replayed.map(|replayed| Some(Left { run, replayed, epoch, is_closed, skipped, begun_at })))
}

impl Left {
    /// What a run of these instruments, and of strategies with these names, takes over.
    ///
    /// # Errors
    /// Names what is held that it cannot hold.
    pub fn for_run(self, instruments: &Instruments, strategies: &[&str]) -> Result<Estate, Misfit> {
        let Self { run, replayed, .. } = self;
        let orders = replayed.orders.open().copied().collect();
        let state_hash = replayed.state_hash();
        let (found, losses) = replayed.risk.clone().into_legacy(state_hash);
        let place = Places { run: &run, instruments, strategies };
        let mut legacy = Legacy { run: found.run, state_hash, ..Legacy::default() };
        let mut equity = i128::from(run.equity_start.0);
        for holding in found.holdings {
            match place.of_instrument(holding.instrument) {
                Some(instrument) => legacy.holdings.push(Holding { instrument, ..holding }),
                None => equity += place.gone(&replayed.risk, &holding)?,
            }
        }
        for share in found.shares {
            let Some(instrument) = place.of_instrument(share.instrument) else { continue };
            let strategy = match place.of_strategy(share.strategy) {
                Some(strategy) => strategy,
                None if share.ledger.qty == 0 => StrategyId(0),
                None => return Err(place.nobody(&share)),
            };
            let known =
                legacy.shares.iter_mut().find(|known| (known.strategy, known.instrument) == (strategy, instrument));
            match known {
                Some(known) => add(&mut known.ledger, &share.ledger),
                None => legacy.shares.push(Share { strategy, instrument, ..share }),
            }
        }
        let losses = losses.into_iter().filter_map(|(of, losses)| Some((place.of_strategy(of)?, losses))).collect();
        Ok(Estate { legacy, losses, equity_start: saturated(equity), orders })
    }
}

/// Where things of one run have their place in another.
struct Places<'a> {
    run: &'a Run,
    instruments: &'a Instruments,
    strategies: &'a [&'a str],
}

impl Places<'_> {
    fn of_instrument(&self, id: InstrumentId) -> Option<InstrumentId> {
        let old = &self.run.instruments[id.index()];
        let new = self.instruments.find(old.venue, old.symbol.as_str())?;
        let counts = |i: &Instrument| (i.kind, i.grid, i.contract_size, i.contract_decimals, i.quote);
        (counts(old) == counts(new)).then_some(new.id)
    }

    /// By name, and among those of one name by their order.
    fn of_strategy(&self, strategy: StrategyId) -> Option<StrategyId> {
        let Some(place) = usize::from(strategy.0).checked_sub(1) else { return Some(strategy) };
        let name = self.run.strategies.get(place)?;
        let nth = self.run.strategies[..place].iter().filter(|other| *other == name).count();
        let found = (1u8..).zip(self.strategies).filter(|(_, other)| *other == name).nth(nth)?;
        Some(StrategyId(found.0))
    }

    /// An instrument that is not traded any more: its profit is part of what the run begins with. In 1e-8 dollars.
    fn gone(&self, risk: &Risk, holding: &Holding) -> Result<i128, Misfit> {
        let of = &self.run.instruments[holding.instrument.index()];
        match holding.ledger.qty {
            0 => Ok(dollars(risk.portfolio().scale(holding.instrument), &holding.ledger, holding.px).profit()),
            qty => Err(Misfit::Instrument {
                symbol: of.symbol.as_str().to_owned(),
                venue: of.venue.name(),
                qty: of.grid.qty_text(Lots(qty)).to_string(),
            }),
        }
    }

    fn nobody(&self, share: &Share) -> Misfit {
        let name = self.run.strategies.get(usize::from(share.strategy.0).saturating_sub(1));
        Misfit::Strategy {
            name: name.map_or_else(|| share.strategy.0.to_string(), Clone::clone),
            symbol: self.run.instruments[share.instrument.index()].symbol.as_str().to_owned(),
        }
    }
}

/// Adds what was earned by whoever is not there any more and holds nothing.
fn add(to: &mut Ledger, flat: &Ledger) {
    to.cost += flat.cost;
    to.realised += flat.realised;
    to.fees += flat.fees;
    to.payments += flat.payments;
    to.fills += flat.fills;
}

#[cfg(test)]
#[path = "recovery_tests.rs"]
mod tests;
