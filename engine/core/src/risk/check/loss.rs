//! The ladder of losses: reduce, halt, flatten; of the account, and of a strategy as if the account were its alone.

use super::{BPS, Verdict, share_at_most};
use engine_model::limit::Limits;
use engine_model::refusal::Check;

/// Beyond the first step of the day's loss only reducing orders pass.
pub fn daily_loss(limits: &Limits, loss: i128, day_open: i128) -> Verdict {
    share_at_most(Check::DailyLoss, loss, day_open, limits.daily_loss_reduce_bps, BPS)
}

/// Beyond the second none.
pub fn circuit_breaker(limits: &Limits, loss: i128, day_open: i128) -> Verdict {
    share_at_most(Check::CircuitBreaker, loss, day_open, limits.daily_loss_halt_bps, BPS)
}

/// Beyond the third positions are closed.
pub fn emergency(limits: &Limits, loss: i128, day_open: i128) -> Verdict {
    share_at_most(Check::EmergencyFlatten, loss, day_open, limits.daily_loss_flatten_bps, BPS)
}

/// So far below its peak equity may be.
pub fn drawdown(limits: &Limits, equity: i128, peak: i128) -> Verdict {
    share_at_most(Check::Drawdown, peak - equity, peak, limits.drawdown_max_bps, BPS)
}

/// So much may be lost within five minutes.
pub fn speed(limits: &Limits, equity: i128, high: i128, day_open: i128) -> Verdict {
    share_at_most(Check::LossSpeed, high - equity, day_open, limits.loss_speed_max_bps, BPS)
}

/// Beyond the first step of a strategy's own loss only its reducing orders pass.
pub fn strategy_loss(limits: &Limits, (part, whole): (i128, i128)) -> Verdict {
    share_at_most(Check::StrategyLoss, part, whole, limits.strategy_loss_reduce_bps, BPS)
}

/// Beyond the second none of it.
pub fn strategy_halt(limits: &Limits, (part, whole): (i128, i128)) -> Verdict {
    share_at_most(Check::StrategyHalt, part, whole, limits.strategy_loss_halt_bps, BPS)
}

/// So far below its peak a strategy may be.
pub fn strategy_drawdown(limits: &Limits, (part, whole): (i128, i128)) -> Verdict {
    share_at_most(Check::StrategyDrawdown, part, whole, limits.strategy_drawdown_max_bps, BPS)
}

/// So much a strategy may lose within five minutes.
pub fn strategy_speed(limits: &Limits, (part, whole): (i128, i128)) -> Verdict {
    share_at_most(Check::StrategyLossSpeed, part, whole, limits.strategy_loss_speed_max_bps, BPS)
}
