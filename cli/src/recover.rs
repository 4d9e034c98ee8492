//! A paper run that goes on where an earlier one of its folder was left.
//!
//! Owns: which one that is, and the lock by which two processes never go on from the same. What was left and cannot be taken
//! over (orders, held stops) is told by name before anything trades.
//! Never: of a live run; that asks its venues.

use crate::exit::Exit;
use crate::number::look_at_newest;
use crate::outcome;
use anyhow::{Context as _, anyhow};
use engine_core::config::{Config, Mode, Recover};
use engine_core::execution::OrderRow;
use engine_core::journal::record::Run;
use engine_core::journal::recovery::{Estate, Left, left};
use engine_core::journal::replay::ReplayError;
use engine_core::journal::stored;
use engine_core::portfolio::books::{Books, BooksFault, Terms};
use engine_core::risk::legacy::Share;
use engine_core::state::hex;
use engine_core::strategy::catalog::Strategy;
use engine_model::instrument::Instruments;
use engine_model::intent::StrategyId;
use engine_model::market::Side;
use engine_model::units::Lots;
use serde_json::{Value, json};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the run goes on from.
pub(crate) struct Recovered {
    pub(crate) estate: Estate,
    /// Its first file.
    pub(crate) journal: PathBuf,
    /// Held while this run lives: nobody else goes on from there. `None`: a process that hangs behind the fence has it.
    _claim: Option<File>,
}

impl Recovered {
    /// In one line.
    pub(crate) fn text(&self) -> String {
        let Estate { legacy, orders, .. } = &self.estate;
        let held = legacy.holdings.iter().filter(|holding| holding.ledger.qty != 0).count();
        format!(
            "goes on from run {} ({held} positions held, {} orders ended with it, state {})",
            legacy.run,
            orders.len(),
            hex(&legacy.state_hash)
        )
    }

    /// For programs.
    pub(crate) fn json(&self) -> Value {
        let Estate { legacy, orders, .. } = &self.estate;
        let ids: Vec<String> = orders.iter().map(|order| order.client_order_id.to_string()).collect();
        let state_hash = hex(&legacy.state_hash);
        json!({"run": legacy.run, "journal": self.journal, "state_hash": state_hash, "orders_ended": ids})
    }

    /// The books that the bridge goes on from.
    pub(crate) fn books(&self, instruments: &Arc<Instruments>) -> Result<Books, BooksFault> {
        let terms = Terms { equity_start: self.estate.equity_start, ..Terms::default() };
        let mut books = Books::new(Arc::clone(instruments), terms)?;
        books.inherit(&self.estate.legacy)?;
        Ok(books)
    }
}

/// What a run takes over, as its standby has proved it.
#[derive(Clone, Debug)]
pub(crate) struct Takes {
    /// The number below which runs are over.
    pub(crate) fence: u32,
    /// Of the state that it goes on from.
    pub(crate) state_hash: String,
}

/// Looks for the run to go on from; `None`: this one begins flat.
pub(crate) fn recover(
    config: &Config,
    instruments: &Instruments,
    strategies: &[Strategy],
    takes: Option<&Takes>,
) -> Result<Option<Recovered>, Exit> {
    if !config.journal.enabled {
        return Ok(None);
    }
    let folder = &config.journal.directory;
    look_at_newest(folder)?;
    if config.run.mode == Mode::Live || config.journal.recover == Recover::Never {
        return Ok(None);
    }
    let Some((journal, claim, left)) = last(folder, takes.is_some())? else { return Ok(None) };
    let file = journal.display();
    if left.run.is_live {
        tracing::warn!("{file} is of a live run: this paper run begins flat");
        return Ok(None);
    }
    if left.is_closed && config.journal.recover == Recover::Crashed {
        return Ok(None);
    }
    if let Some(Takes { state_hash, .. }) = takes
        && hex(&left.replayed.state_hash()) != *state_hash
    {
        let found = hex(&left.replayed.state_hash());
        return Err(Exit::Failed(anyhow!("STATE_DIFFERS: {file} comes to {found}, the standby had {state_hash}")));
    }
    for (path, why) in &left.skipped {
        tracing::warn!("{} {why}: it is skipped", path.display());
    }
    let run = left.run.clone();
    let names: Vec<&str> = strategies.iter().map(Strategy::name).collect();
    let estate = left.for_run(instruments, &names).map_err(|misfit| {
        Exit::Refused(format!("{file} cannot be gone on from: {misfit}; put it back, or begin flat: --recover never"))
    })?;
    let recovered = Recovered { estate, journal: journal.clone(), _claim: claim };
    tracing::warn!("{}", recovered.text());
    let is_pulled = |share: &&Share| share.stop.is_some_and(|stop| stop.is_pulled);
    for share in recovered.estate.legacy.shares.iter().filter(is_pulled) {
        let (strategy, symbol) = (share.strategy.0, instruments.get(share.instrument).symbol.as_str());
        tracing::error!(
            strategy,
            symbol,
            "its stop had been pulled: while the settings give it stops, what is left of the position goes on being closed"
        );
    }
    for order in &recovered.estate.orders {
        tell(order, &run);
    }
    Ok(Some(recovered))
}

/// The last run of a folder that holds one at all; `None` where there is none, or another process has it.
fn last(folder: &Path, is_fenced: bool) -> Result<Option<(PathBuf, Option<File>, Left)>, Exit> {
    let told = || format!("journal.directory {}", folder.display());
    if !folder.exists() {
        return Ok(None);
    }
    for first in stored::runs(folder).with_context(told)?.into_iter().rev() {
        let claim = claim(&first)?;
        if claim.is_none() && !is_fenced {
            tracing::warn!("{} is in use by another process: this run begins flat beside it", first.display());
            return Ok(None);
        }
        match left(&first, outcome::build_id()).with_context(|| first.display().to_string())? {
            Ok(None) => {}
            Ok(Some(left)) => return Ok(Some((first, claim, left))),
            // Told by whoever looked at the newest file.
            Err(ReplayError::Fault(fault)) if fault.is_of_another_build() => return Ok(None),
            Err(error) => {
                return Err(Exit::Failed(anyhow!(
                    "{} cannot be gone on from: {error}; `ringside journal verify` says more; begin flat: --recover never",
                    first.display()
                )));
            }
        }
    }
    Ok(None)
}

/// Takes the lock of a run, which the system gives back when this process ends, however it does; `None`: somebody has it.
pub(crate) fn claim(first: &Path) -> Result<Option<File>, Exit> {
    let told = || first.display().to_string();
    let file = File::open(first).with_context(told)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(Exit::Failed(anyhow!("{}: {error}", told()))),
    }
}

/// Its simulated venue and the desk that held it were in the process that is gone, so that it is over is certain.
fn tell(order: &OrderRow, run: &Run) {
    let OrderRow { client_order_id: id, strategy, instrument, side, is_held, .. } = *order;
    let of = &run.instruments[instrument.index()];
    let who = match strategy {
        StrategyId(0) => "operator",
        StrategyId(number) => run.strategies.get(usize::from(number) - 1).map_or("?", String::as_str),
    };
    let left = of.grid.qty_text(Lots(order.leaves().0)).to_string();
    let (symbol, venue) = (of.symbol.as_str(), of.venue.name());
    let side = if side == Side::Buy { "buy" } else { "sell" };
    if is_held {
        tracing::warn!("{id} of {who} is gone: {side} {left} {symbol}.{venue} was held by the process that ended");
    } else {
        tracing::warn!(
            "{id} of {who} has ended: {side} {left} {symbol}.{venue} stood at a simulated venue that is gone"
        );
    }
}
