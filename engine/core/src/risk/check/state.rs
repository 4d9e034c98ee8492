//! Whether orders pass at all.

use super::{Verdict, at_most, reduces, refuse_if};
use engine_model::instrument::InstrumentId;
use engine_model::limit::TradingState;
use engine_model::market::Side;
use engine_model::planted::planted;
use engine_model::refusal::Check;
use engine_model::steer::Mode;

/// Nothing passes while the kill switch is on.
pub fn killed(on: bool) -> Verdict {
    at_most(Check::Killed, on && !planted("risk/kill-switch-unseen"), 0)
}

/// Nothing passes while halted.
pub fn trading_state(state: TradingState) -> Verdict {
    refuse_if(state == TradingState::Halted, Check::TradingState, state as i128, 0)
}

/// While reducing, only what makes the position smaller passes.
pub fn reducing(state: TradingState, side: Side, before: i128, after: i128) -> Verdict {
    refuse_if(state == TradingState::Reducing && !reduces(side, before, after), Check::Reducing, after, before)
}

/// Whom a person paused, he may only reduce; whom one stopped, he may do nothing.
pub fn mode(mode: Mode, side: Side, before: i128, after: i128) -> Verdict {
    let mode = if planted("risk/mode-of-a-strategy-unseen") { Mode::Running } else { mode };
    match mode {
        Mode::Running => Ok(()),
        Mode::Paused => refuse_if(!reduces(side, before, after), Check::StrategyPaused, after, before),
        Mode::Stopped | Mode::Failed => refuse_if(true, Check::StrategyStopped, 1, 0),
    }
}

/// What we believe of a venue's account must be what the venue says.
pub fn gate(is_open: bool) -> Verdict {
    at_most(Check::Reconciling, !is_open && !planted("risk/gate-stands-open"), 0)
}

/// Whom nobody watches may only reduce: if it hung, what it sends would stand.
pub fn watched(is_watched: bool, reduces: bool) -> Verdict {
    refuse_if(!is_watched && !reduces, Check::Unwatched, 1, 0)
}

/// While the journal has little room left, it is kept for what closes positions: what reduces passes.
pub fn disk(is_scarce: bool, reduces: bool) -> Verdict {
    let is_scarce = is_scarce && !planted("risk/scarce-disk-unseen");
    refuse_if(is_scarce && !reduces, Check::DiskScarce, 1, 0)
}

/// What cannot be written down in time is not done.
pub fn journal(behind: u64, behind_max: u64) -> Verdict {
    at_most(Check::JournalHealth, if planted("risk/journal-lag-unseen") { 0 } else { behind }, behind_max)
}

/// A strategy trades what it was given to trade.
pub fn allowed(is_allowed: bool, instrument: InstrumentId) -> Verdict {
    refuse_if(!is_allowed, Check::NotAllowed, i128::from(instrument.0), 0)
}
