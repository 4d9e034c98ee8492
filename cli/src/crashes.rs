//! Runs of one folder that are cut off one behind the other: whatever ends them ends the next one, too, and each of them has
//! orders out when it does. So the next start trades nothing until a person has looked.
//!
//! Owns: how many are too many, and that a start behind them is halted. What is known of them stands in their journals.

use crate::exit::Exit;
use crate::recover::claim;
use anyhow::Context as _;
use engine_core::config::Config;
use engine_core::journal::crashes::{End, end};
use engine_core::journal::states::{Sheet, StatesFile};
use engine_core::journal::stored;
use engine_model::limit::{Scope, TradingState};
use engine_model::units::Nanos;
use std::path::Path;

/// So many in a row, within so long from the end of the first to that of the last.
const CRASHES: usize = 3;
const WITHIN_NS: u64 = 60 * Nanos::SECOND;

/// Whether the runs of the journal's folder that were last all crashed, and soon behind each other. To be asked before one of
/// them is gone on from.
pub(crate) fn is_loop(config: &Config) -> bool {
    config.journal.enabled && is_loop_in(&config.journal.directory)
}

fn is_loop_in(folder: &Path) -> bool {
    // A folder that cannot be looked at is the next step's to tell.
    let runs = stored::runs(folder).unwrap_or_default();
    let mut crashes = Vec::new();
    for first in runs.iter().rev() {
        match cut_off(first) {
            Ok(End::CutOff(at)) => crashes.push(at),
            // Of a run that had not begun nobody knows when it was.
            Ok(End::Empty) => {}
            Ok(End::Closed) => return false,
            Err(error) => {
                tracing::warn!("{}: how it ended is not known: {error:#}", first.display());
                return false;
            }
        }
        if let &[last, _, earliest] = &crashes[..] {
            return last.since(earliest) <= WITHIN_NS;
        }
    }
    false
}

/// How a run ended; one that lives has not, which is as good as in order.
fn cut_off(first: &Path) -> anyhow::Result<End> {
    let claim = claim(first).map_err(|exit| anyhow::anyhow!(exit.message().unwrap_or_default()))?;
    if claim.is_none() {
        return Ok(End::Closed);
    }
    Ok(end(first)?)
}

/// Halts the run that begins, and whichever comes behind it, until somebody resumes.
pub(crate) fn halt(states: &mut StatesFile) -> Result<(), Exit> {
    states.set(Scope::Whole, TradingState::Halted);
    let mut sheet = Sheet::default();
    states.fill(&mut sheet);
    sheet.write().context("the trading states beside the journal").map_err(Exit::Failed)?;
    tracing::error!(
        "the last {CRASHES} runs of this folder ended without a word within {} s: this one begins HALTED and enters no order. \
         Look at what ended them (the log, `ringside journal list`), then `ringside resume` lets it trade",
        WITHIN_NS / Nanos::SECOND
    );
    Ok(())
}
