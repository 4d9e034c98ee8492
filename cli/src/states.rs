//! What outlives a run beside its journal, as the next one finds it: trading states, losses, limits that people set.
//!
//! Owns: what is told of it. Never: a state of its own.

use engine_core::config::{Config, Mode};
use engine_core::journal::states::StatesFile;
use engine_core::risk::Losses;
use engine_model::instrument::Instruments;
use engine_model::intent::StrategyId;
use std::path::Path;
use std::sync::Arc;

/// The trading states of the run before. A file that cannot be believed halts everything: whoever stopped something must not
/// find it trading.
pub(crate) fn states(path: &Path, config: &Config, instruments: &Arc<Instruments>) -> StatesFile {
    let file = StatesFile::open(path, instruments).unwrap_or_else(|fault| {
        tracing::error!(
            "{} {fault}: everything is halted until an operator resumes it, and limits set by people are forgotten",
            path.display()
        );
        StatesFile::halted(path, instruments)
    });
    let file = file.below(&config.limits).of_mode(config.run.mode == Mode::Live);
    for limit in file.limits() {
        tracing::warn!(
            ?limit,
            "is as people set it in a run before, tighter than the file; `ringside limits set` sets it back"
        );
    }
    if file.flattens().is_some() {
        tracing::error!(
            "the run before was closing all positions and had not been resumed: this run goes on closing them, and adopts no \
             orders; `ringside resume` ends that"
        );
    }
    if file.other_flattens() {
        tracing::warn!(
            "a run of the other mode (paper, or live) was closing its positions: nothing of this one is closed for that"
        );
    }
    for (scope, state) in file.states() {
        let (scope, state) = (scope.name(instruments.iter().as_slice()), state.name());
        tracing::warn!(scope, state, "is as the run before left it; `ringside resume` lets it trade again");
    }
    for (StrategyId(strategy), Losses { loss, fall, .. }) in file.losses() {
        let (loss_usd, fall_usd) = (loss.to_string(), fall.to_string());
        tracing::info!(
            strategy,
            loss_usd,
            fall_usd,
            "had been lost by the run before, of its day and from its peak: both go on"
        );
    }
    file
}
