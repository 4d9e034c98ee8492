//! What risk decided: the event of the `order` ring. With `seen` it also says on what knowledge, so that a replay can
//! stand where risk stood and judge again.

use crate::risk::approved::Approved;
use engine_model::command::CommandKind;
use engine_model::instrument::InstrumentId;
use engine_model::intent::{Change, Seen, StrategyId};
use engine_model::limit::{Scope, TradingState};
use engine_model::order::{ClientOrderId, Order};
use engine_model::refusal::{Check, Refusal};
use engine_model::steer::Steer;
use engine_model::units::{Nanos, Quote, Ticks};

/// One decision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(align(64))]
pub struct Decision {
    /// How far risk had read when it decided.
    pub seen: Seen,
    /// When it decided.
    pub at_ns: Nanos,
    /// Receive time of the event that led to it; for a command, when it was asked.
    pub caused_at_ns: Nanos,
    /// Whose wish it was; 0 for commands and for risk's own.
    pub strategy: StrategyId,
    /// What was decided.
    pub what: DecisionKind,
}

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecisionKind {
    /// The order may leave. A market order has become an IOC limit order at the collar.
    Submit(Approved<Order>),
    /// The order may not leave.
    Denied(Denial),
    /// The order is to be held on our side.
    Hold(Approved<Order>),
    /// The held order may leave, as it stands here.
    Release(Approved<Order>),
    /// The order is to be changed.
    Modify(Approved<Change>),
    /// The order is to be withdrawn.
    Cancel(ClientOrderId),
    /// The order is to be withdrawn, because its time ran out.
    Expire(ClientOrderId),
    /// There is no such open order to withdraw, whatever for.
    CancelDenied(ClientOrderId),
    /// A command was obeyed. When it was asked is in [`Decision::caused_at_ns`].
    CommandTaken {
        /// Matches the answer to the question.
        id: u64,
        /// What was asked.
        what: CommandKind,
    },
    /// Risk itself changed the trading state.
    State {
        /// Of what.
        scope: Scope,
        /// To what.
        state: TradingState,
        /// Why.
        cause: Cause,
    },
    /// A stop of risk's own behind a position of [`Decision::strategy`] followed a better price, or was pulled: then the
    /// strategy is halted and the position closed.
    Stop {
        /// Of what.
        instrument: InstrumentId,
        /// Why it was pulled; `None`: it followed.
        cause: Option<Cause>,
        /// Best price since the position was entered, as far as it was followed.
        best: Ticks,
        /// The price now.
        px: Ticks,
    },
    /// A day began between two judgements. What the day has lost is counted from here.
    DayOpened {
        /// Equity then.
        equity: Quote,
    },
    /// Ten seconds passed, and something moved equity. Peaks are counted with it.
    Marked {
        /// Equity then.
        equity: Quote,
        /// What the day had lost by then; negative is a gain.
        loss: Quote,
        /// How far equity was below its peak.
        fall: Quote,
    },
}

impl Default for DecisionKind {
    fn default() -> Self {
        Self::CancelDenied(ClientOrderId::default())
    }
}

/// Why risk changed a trading state by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum Cause {
    /// The loss of the day, at its first step.
    #[default]
    DailyLoss = 0,
    /// The kill switch.
    Killed = 1,
    /// The loss of the day, at its second step.
    CircuitBreaker = 2,
    /// The loss of the day, at its last step: positions are closed.
    EmergencyFlatten = 3,
    /// The fall from the peak.
    Drawdown = 4,
    /// The loss within five minutes.
    LossSpeed = 5,
    /// A liquidation came near: positions are closed.
    Liquidation = 6,
    /// A strategy repeated itself.
    Duplicates = 7,
    /// A strategy was filled on one side again and again.
    SameSideFills = 8,
    /// Venues refused a strategy's orders one after the other.
    Rejects = 9,
    /// A position's price fell too far behind its best.
    StopTrailing = 10,
    /// So far in average true ranges.
    StopAtr = 11,
    /// A position was held for too long.
    StopAge = 12,
}

impl Cause {
    /// Every cause, by number.
    pub const ALL: [Self; 13] = [
        Self::DailyLoss,
        Self::Killed,
        Self::CircuitBreaker,
        Self::EmergencyFlatten,
        Self::Drawdown,
        Self::LossSpeed,
        Self::Liquidation,
        Self::Duplicates,
        Self::SameSideFills,
        Self::Rejects,
        Self::StopTrailing,
        Self::StopAtr,
        Self::StopAge,
    ];

    /// The name used in JSON and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DailyLoss => "DAILY_LOSS",
            Self::Killed => "KILLED",
            Self::CircuitBreaker => "CIRCUIT_BREAKER",
            Self::EmergencyFlatten => "EMERGENCY_FLATTEN",
            Self::Drawdown => "DRAWDOWN",
            Self::LossSpeed => "LOSS_SPEED",
            Self::Liquidation => "LIQUIDATION_NEAR",
            Self::Duplicates => "DUPLICATES",
            Self::SameSideFills => "SAME_SIDE_FILLS",
            Self::Rejects => "REJECTS",
            Self::StopTrailing => "STOP_TRAILING",
            Self::StopAtr => "STOP_ATR",
            Self::StopAge => "STOP_AGE",
        }
    }

    /// The limit that it stands behind, by its key: a strategy's own losses have limits of their own.
    #[must_use]
    pub const fn limit_key(self, scope: Scope) -> Option<&'static str> {
        let is_own = matches!(scope, Scope::Strategy(_));
        Some(match self {
            Self::Killed => return None,
            Self::DailyLoss if is_own => "strategy_loss_reduce_bps",
            Self::DailyLoss => "daily_loss_reduce_bps",
            Self::CircuitBreaker if is_own => "strategy_loss_halt_bps",
            Self::CircuitBreaker => "daily_loss_halt_bps",
            Self::EmergencyFlatten => "daily_loss_flatten_bps",
            Self::Drawdown if is_own => "strategy_drawdown_max_bps",
            Self::Drawdown => "drawdown_max_bps",
            Self::LossSpeed if is_own => "strategy_loss_speed_max_bps",
            Self::LossSpeed => "loss_speed_max_bps",
            Self::Liquidation => "liquidation_flatten_bps",
            Self::Duplicates => "duplicates_halt",
            Self::SameSideFills => "same_side_fills_halt",
            Self::Rejects => "rejects_halt",
            Self::StopTrailing => "stop_trailing_bps",
            Self::StopAtr => "stop_atr_pct",
            Self::StopAge => "stop_age_s",
        })
    }

    /// Whether positions are closed for it.
    #[must_use]
    pub const fn flattens(self) -> bool {
        matches!(self, Self::EmergencyFlatten | Self::Liquidation)
    }
}

/// What was wished of an order that was denied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Wish {
    /// To enter it.
    #[default]
    Submit = 0,
    /// To hold it.
    Hold = 1,
    /// To let it go.
    Release = 2,
    /// To change it: `px` and `qty` are the new ones.
    Modify = 3,
}

/// A denied order: as it was wished, and every check that it broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Denial {
    /// As it was wished: a market order is still one.
    pub order: Order,
    /// What was wished of it.
    pub wish: Wish,
    /// Every check that it broke; the worst one is reported.
    pub breaches: Breaches,
    /// What the worst one found, what it allows, and what would have passed it.
    pub refusal: Refusal,
}

/// A set of checks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Breaches(u64);

impl Breaches {
    /// The set with `check` in it.
    #[must_use]
    pub const fn with(self, check: Check) -> Self {
        Self(self.0 | 1 << check as u64)
    }

    /// Whether `check` is in it.
    #[must_use]
    pub const fn contains(self, check: Check) -> bool {
        self.0 & (1 << check as u64) != 0
    }

    /// Whether nothing was broken.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The worst: checks are numbered worst first.
    #[must_use]
    pub fn worst(self) -> Option<Check> {
        self.iter().next()
    }

    /// Every check in it, worst first.
    pub fn iter(self) -> impl Iterator<Item = Check> {
        Check::ALL.into_iter().filter(move |check| self.contains(*check))
    }

    /// From bits; `None` when a bit names no check.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Option<Self> {
        if bits >> Check::ALL.len() == 0 { Some(Self(bits)) } else { None }
    }

    /// As bits: bit n is the check number n.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0
    }
}

impl Decision {
    /// Which trading state it sets for longer than this run, if it does.
    #[must_use]
    pub const fn sets(&self) -> Option<(Scope, TradingState)> {
        match self.what {
            DecisionKind::CommandTaken { what: CommandKind::SetTradingState { scope, state }, .. }
            | DecisionKind::State { scope, state, .. } => Some((scope, state)),
            DecisionKind::CommandTaken { what: CommandKind::Flatten, .. } => Some((Scope::Whole, TradingState::Halted)),
            DecisionKind::Stop { cause: Some(_), .. } => Some((Scope::Strategy(self.strategy), TradingState::Halted)),
            _ => None,
        }
    }

    /// Whether every position is to be closed from now on.
    #[must_use]
    pub const fn flattens(&self) -> bool {
        match self.what {
            DecisionKind::CommandTaken { what: CommandKind::Flatten, .. } => true,
            DecisionKind::State { cause, .. } => cause.flattens(),
            _ => false,
        }
    }

    /// Whose working orders are to be withdrawn, if any.
    #[must_use]
    pub const fn withdraws(&self) -> Option<Scope> {
        match self.what {
            DecisionKind::CommandTaken {
                what: CommandKind::CancelAll | CommandKind::Flatten | CommandKind::End,
                ..
            } => Some(Scope::Whole),
            DecisionKind::CommandTaken {
                what: CommandKind::SetTradingState { scope, state: TradingState::Halted },
                ..
            }
            | DecisionKind::State { scope, state: TradingState::Halted, .. } => Some(scope),
            DecisionKind::CommandTaken { what: CommandKind::Steer { strategy, what: Steer::Stop }, .. } => {
                Some(Scope::Strategy(strategy))
            }
            DecisionKind::Stop { cause: Some(_), .. } => Some(Scope::Strategy(self.strategy)),
            _ => None,
        }
    }
}

const _: () = assert!(size_of::<Decision>() == 192, "a decision is three cache lines");
const _: () = assert!(Check::ALL.len() <= 64, "a set of checks is 64 bits");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_run_withdraws_everything_and_so_does_a_halt_where_it_reaches() {
        let taken = |what| {
            let what = DecisionKind::CommandTaken { id: 1, what };
            Decision { what, ..Decision::default() }.withdraws()
        };
        for what in [CommandKind::End, CommandKind::CancelAll, CommandKind::Flatten] {
            assert_eq!(taken(what), Some(Scope::Whole), "{what:?}");
        }
        let scope = Scope::Strategy(StrategyId(2));
        let set = |state| taken(CommandKind::SetTradingState { scope, state });
        assert_eq!([set(TradingState::Halted), set(TradingState::Reducing)], [Some(scope), None]);
    }

    #[test]
    fn the_worst_breach_is_the_one_with_the_lowest_number() {
        let set = Breaches::default().with(Check::Leverage).with(Check::StalePrice).with(Check::ShortSpot);
        assert_eq!(set.worst(), Some(Check::StalePrice));
        assert_eq!(set.iter().collect::<Vec<_>>(), [Check::StalePrice, Check::Leverage, Check::ShortSpot]);
        let bits = [Check::Leverage, Check::StalePrice, Check::ShortSpot].map(|check| 1 << check as u64);
        assert_eq!(set.bits(), bits.iter().sum::<u64>());
        assert_eq!((Breaches::default().worst(), Breaches::default().is_empty()), (None, true));
    }

    #[test]
    fn every_check_has_the_number_of_its_place() {
        for (place, check) in Check::ALL.into_iter().enumerate() {
            assert_eq!(check as usize, place);
        }
    }
}
