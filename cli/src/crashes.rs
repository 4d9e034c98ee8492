//! Runs of one folder that are cut off, or panic, one behind the other: whatever ends them ends the next one, too, and each
//! of them has orders out when it does. So the next start trades nothing until a person has looked.
//!
//! Owns: how many are too many, and that a start behind them is halted. What is known of them stands in their journals.

use crate::exit::Exit;
use crate::recover::claim;
use anyhow::Context as _;
use engine_core::config::{Config, Mode};
use engine_core::journal::crashes::{self, End};
use engine_core::journal::states::{Sheet, StatesFile};
use engine_core::journal::stored;
use engine_model::limit::{Scope, TradingState};
use engine_model::units::Nanos;
use std::path::Path;

/// So many in a row, within so long from the end of the first to that of the last.
const CRASHES: usize = 3;
const WITHIN_NS: u64 = 60 * Nanos::SECOND;

/// Whether the runs of the journal's folder that were last, of those of this one's mode, all crashed, and soon behind each
/// other. To be asked before one of them is gone on from.
pub(crate) fn is_loop(config: &Config) -> bool {
    config.journal.enabled && is_loop_in(&config.journal.directory, config.run.mode == Mode::Live)
}

fn is_loop_in(folder: &Path, is_live: bool) -> bool {
    // A folder that cannot be looked at is the next step's to tell.
    let runs = stored::runs(folder).unwrap_or_default();
    let mut crashes = Vec::new();
    for first in runs.iter().rev() {
        match ended(first, is_live) {
            Ok(End::Crashed(at)) => crashes.push(at),
            // Of a run that had not begun nobody knows when it was.
            Ok(End::Empty) => {}
            Ok(End::InOrder) => return false,
            Err(error) => {
                tracing::warn!("{}: how it ended is not known: {error:#}", first.display());
                return false;
            }
        }
        if let &[last, middle, earliest] = &crashes[..] {
            return are_soon_behind([earliest, middle, last]);
        }
    }
    false
}

/// Where one ends before an earlier one its clock was set back, and how long lies between them nobody knows.
fn are_soon_behind(ends: [Nanos; CRASHES]) -> bool {
    let [first, .., last] = ends;
    ends.is_sorted() && last.since(first) <= WITHIN_NS
}

/// How a run ended; one that lives has not, which is as good as in order. A run of the other mode is none.
fn ended(first: &Path, is_live: bool) -> anyhow::Result<End> {
    if crashes::is_live(first)? != Some(is_live) {
        return Ok(End::Empty);
    }
    let claim = claim(first).map_err(|exit| anyhow::anyhow!(exit.message().unwrap_or_default()))?;
    if claim.is_none() {
        return Ok(End::InOrder);
    }
    Ok(crashes::end(first)?)
}

/// Halts the run that begins, and whichever comes behind it, until somebody resumes.
pub(crate) fn halt(states: &mut StatesFile) -> Result<(), Exit> {
    states.set(Scope::Whole, TradingState::Halted);
    let mut sheet = Sheet::default();
    states.fill(&mut sheet);
    sheet.write().context("the trading states beside the journal").map_err(Exit::Failed)?;
    tracing::error!(
        "the last {CRASHES} runs of this folder and mode ended without a word within {} s: this one begins HALTED and enters no order. \
         Look at what ended them (the log, `ringside journal list`), then `ringside resume` lets it trade",
        WITHIN_NS / Nanos::SECOND
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::journal::tests::{Folder, START_NS, Story, story, written};
    use engine_core::risk::{Decision, DecisionKind};
    use engine_model::command::CommandKind;

    /// The journals of three paper runs that were closed; whether the last one said that it ends.
    fn three(name: &str, says_end: bool) -> Folder {
        let folder = Folder::new(name);
        for epoch in 1..=3 {
            let Story { mut decisions, market, reports, state_hash } = story();
            if says_end && epoch == 3 {
                let what = DecisionKind::CommandTaken { id: 1, what: CommandKind::End };
                decisions.push(Decision { what, at_ns: Nanos(START_NS), ..Decision::default() });
            }
            written(&folder, epoch, &Story { market, decisions, reports, state_hash });
        }
        folder
    }

    #[test]
    fn runs_that_panicked_are_a_loop_for_those_of_their_mode_alone() {
        let folder = three("panicked", false);
        assert!(is_loop_in(&folder.0, false));
        assert!(!is_loop_in(&folder.0, true), "real orders left in none of them");
        assert!(!is_loop_in(&three("ended", true).0, false), "the last one ended in order");
    }

    #[test]
    fn a_clock_that_was_set_back_is_no_loop() {
        let at = |seconds: [u64; CRASHES]| are_soon_behind(seconds.map(|s| Nanos(s * Nanos::SECOND)));
        assert!(at([100, 130, 160]) && at([100, 100, 100]));
        assert!(!at([100, 130, 161]));
        assert!(!at([100, 130, 20]) && !at([500, 100, 120]) && !at([100, 90, 110]));
    }
}
