//! The trading states: what people set, and what risk tightens by itself. Risk never loosens one; that takes a command.

use crate::execution::is_within;
use crate::portfolio::saturated;
use crate::risk::ladder::Steps;
use crate::risk::{Cause, Decision, DecisionKind, Risk, check};
use engine_model::command::{Command, CommandKind};
use engine_model::instrument::InstrumentId;
use engine_model::intent::StrategyId;
use engine_model::limit::{Limits, Scope, TradingState};
use engine_model::units::Nanos;

impl Risk {
    /// Obeys a command. What it decides is what the command came to.
    pub fn on_command(&mut self, command: &Command, now: Nanos) -> Decision {
        let obeyed = self.obeyed(command.what);
        match obeyed {
            CommandKind::CancelAll => {}
            CommandKind::SetTradingState { scope, state } => {
                let resumes = state < self.state_of(scope);
                self.set_state(scope, state);
                if resumes {
                    self.resume(scope, now);
                }
            }
            CommandKind::End => {
                self.state = TradingState::Halted;
                self.owe_mark(); // a restart forgives nothing
            }
            CommandKind::Flatten => self.flatten(now),
            CommandKind::SetGate { venue, is_open } => {
                if let Some(slot) = self.instruments.place(venue) {
                    self.venues[slot].is_closed = !is_open;
                }
            }
            CommandKind::SetLimit { limit, value } => self.set_limit(limit, value),
            CommandKind::Steer { strategy, what } => {
                let place = self.place(strategy);
                self.traders[place].steered.take(what);
            }
        }
        let what = DecisionKind::CommandTaken { id: command.id, what: obeyed };
        self.marked(Decision {
            seen: self.seen,
            at_ns: now,
            caused_at_ns: command.asked_at_ns,
            strategy: StrategyId(0),
            what,
        })
    }

    /// A resumption is always to ACTIVE. Whoever asks for REDUCING wishes for less trading: what is HALTED stays so, however
    /// little the asker knew of it.
    fn obeyed(&self, asked: CommandKind) -> CommandKind {
        match asked {
            CommandKind::SetTradingState { scope, state: TradingState::Reducing } => {
                CommandKind::SetTradingState { scope, state: self.state_of(scope).max(TradingState::Reducing) }
            }
            asked => asked,
        }
    }

    /// One limit of the run, and of everybody whose own is not tighter. What stands while a run lasts, and what would be
    /// looser than at its start, is left as it is: who asks is told before.
    fn set_limit(&mut self, limit: u8, value: i64) {
        let Some(row) = Limits::TABLE.get(usize::from(limit)).filter(|row| row.is_settable()) else { return };
        let within = |ceiling: &Limits| {
            let mut limits = *ceiling;
            row.tighten(&mut limits, value);
            row.get(&limits)
        };
        row.set(&mut self.limits, within(&self.ceiling));
        for trader in &mut self.traders {
            let value = within(&trader.ceiling);
            row.set(&mut trader.limits[0], value);
            trader.limits[1] = trader.limits[0].warming_up();
            trader.step();
        }
        // What was lost already is held against it with the next wish, or event.
        self.ladder.set_floor(&Steps::of_whole(&self.limits));
        self.is_unwatched = true;
        self.alarm();
    }

    /// What is held and withdrawn by a decision is not let go behind it.
    fn marked(&mut self, decision: Decision) -> Decision {
        if let Some(scope) = decision.withdraws() {
            let Self { orders, instruments, .. } = self;
            orders.withdraw_held(|row| is_within(scope, row, instruments));
        }
        decision
    }

    /// The state of a scope by itself. What the run does not have is halted.
    #[must_use]
    pub fn state_of(&self, scope: Scope) -> TradingState {
        match scope {
            Scope::Whole => self.state,
            Scope::Strategy(strategy) => self.traders[self.place(strategy)].state,
            Scope::Venue(venue) => {
                self.instruments.place(venue).map_or(TradingState::Halted, |slot| self.venues[slot].state)
            }
            Scope::Instrument(id) => self.desks.get(id.index()).map_or(TradingState::Halted, |desk| desk.state),
        }
    }

    pub(super) fn set_state(&mut self, scope: Scope, state: TradingState) {
        match scope {
            Scope::Whole => self.state = state,
            Scope::Strategy(strategy) => {
                let trader = &mut self.traders[self.place(strategy)];
                trader.state = state;
                trader.step();
            }
            Scope::Venue(venue) => {
                if let Some(slot) = self.instruments.place(venue) {
                    self.venues[slot].state = state;
                }
            }
            Scope::Instrument(id) => {
                if let Some(desk) = self.desks.get_mut(id.index()) {
                    desk.state = state;
                }
            }
        }
        self.look_at_states();
    }

    /// Whoever resumes knows of the losses of before: what is counted from a peak begins anew, and slowly.
    fn resume(&mut self, scope: Scope, now: Nanos) {
        self.warm_at = Some(now.plus(self.limits.warm_up_ns));
        self.alarm();
        // What was decided in this very moment is undone: the next judgement holds the losses against their limits again.
        self.decided = None;
        match scope {
            Scope::Whole => {
                self.is_flattening = false;
                self.ladder.resume(self.portfolio.equity());
                self.traders.iter_mut().for_each(super::trader::Trader::forgive);
            }
            Scope::Strategy(strategy) => {
                let trader = &mut self.traders[self.place(strategy)];
                trader.forgive();
                trader.forgive_fall();
            }
            Scope::Venue(_) | Scope::Instrument(_) => {}
        }
    }

    /// The strictest of what an order is in.
    #[inline]
    pub(super) fn state_for(&self, place: usize, id: InstrumentId) -> TradingState {
        let desk = &self.desks[id.index()];
        self.state.max(self.traders[place].state).max(desk.state).max(self.venues[desk.slot].state)
    }

    /// Holds losses and kill switch against the trading states, before each wish and each command is judged.
    pub fn review(&mut self, now: Nanos, killed: bool) -> Option<Decision> {
        self.refresh();
        if self.warm_at.is_none() {
            self.warm_at = Some(now.plus(self.limits.warm_up_ns));
        }
        if self.ladder.is_due(now) {
            self.owe_mark();
        }
        self.look(now);
        self.look_for_models(now);
        if self.decided == Some((now, self.seen)) {
            return None; // one at a moment: what else follows is told at the next
        }
        let decided = self.judge_loss(now, killed);
        if decided.is_some() {
            self.decided = Some((now, self.seen));
        }
        decided
    }

    /// Whether something moved a loss since it was last held against its limits, or a strategy is to be halted. Without a
    /// position there never was a loss.
    #[inline]
    #[must_use]
    pub fn is_unwatched(&self) -> bool {
        self.is_unwatched && self.portfolio.has_any()
            || !self.to_halt.is_empty()
            || self.owes_marks()
            || self.has_due_stops()
    }

    /// Whether some stop may have something to say.
    #[inline]
    #[must_use]
    pub fn has_due_stops(&self) -> bool {
        self.stops.is_due()
    }

    /// Whether losses are to be told, for the run after this one.
    #[inline]
    #[must_use]
    pub fn owes_marks(&self) -> bool {
        self.is_mark_untold || self.holders.is_untold()
    }

    /// What was lost is to be told: ten seconds passed, a loss changed a state, or the run ends. Without a position there is
    /// none.
    pub(super) fn owe_mark(&mut self) {
        self.is_mark_untold |= self.portfolio.has_any();
    }

    /// Looks at equity; whether a day began.
    #[inline]
    fn look(&mut self, now: Nanos) -> bool {
        let is_due = self.ladder.is_due(now);
        let turns = self.ladder.look(self.portfolio.equity(), now, &Steps::of_whole(&self.limits));
        if is_due {
            self.look_at_strategies(now);
            self.look_at_clusters(now);
        }
        turns
    }

    /// Holds the losses against their limits between two judgements: with quotes resting, they wait for no wish. A day or a
    /// mark that comes here is told, because a replay knows the moments of records only; one that came with a judgement is
    /// told behind it, for the run after this one.
    pub fn watch_loss(&mut self, now: Nanos) -> Option<Decision> {
        if !self.is_unwatched() {
            return None;
        }
        self.refresh();
        if self.ladder.is_due(now) || self.is_mark_untold {
            self.is_mark_untold = false;
            // One that came with a judgement was looked at then.
            let turns = self.ladder.is_due(now) && self.look(now);
            let (equity, loss) = (self.equity(), saturated(self.day_loss()));
            let fall = saturated(self.ladder.peak - self.portfolio.equity());
            let what = match turns {
                true => DecisionKind::DayOpened { equity },
                false => DecisionKind::Marked { equity, loss, fall },
            };
            self.tell_strategies();
            return Some(self.own(now, what));
        }
        if let Some((strategy, what)) = self.tell_strategy() {
            return Some(self.own_of(strategy, now, what));
        }
        if self.stops.is_due()
            && let Some(decision) = self.watch_stops(now)
        {
            return Some(decision);
        }
        let decided = self.judge_loss(now, false);
        if decided.is_some() {
            // A replay reviews before it decides the same again, and so looks at equity.
            self.look(now);
        }
        decided
    }

    fn judge_loss(&mut self, now: Nanos, killed: bool) -> Option<Decision> {
        self.is_unwatched = false;
        let is_calm = !killed && self.loses_little() && self.to_halt.is_empty() && !self.holders.is_alarmed();
        if is_calm {
            return None;
        }
        let decided = self.tighten(now, killed);
        if decided.is_some() {
            self.owe_mark();
        }
        decided
    }

    /// Whether no step of the ladder is reached, and no liquidation near.
    #[inline]
    pub(super) fn loses_little(&self) -> bool {
        let (equity, total) = (self.portfolio.equity(), self.exposure.total());
        // At no leverage a liquidation is further away than any limit asks for.
        self.ladder.is_calm(equity) && (total.contracts <= equity - total.maintenance || self.is_far_from_liquidation())
    }

    #[cold]
    fn is_far_from_liquidation(&self) -> bool {
        let total = self.exposure.total();
        let free = self.portfolio.equity() - total.maintenance;
        check::holding::liquidation(free, total.contracts, self.limits.liquidation_flatten_bps).is_ok()
    }

    /// Out of line: what nearly never happens must not stand before every judgement.
    #[cold]
    #[inline(never)]
    fn tighten(&mut self, now: Nanos, killed: bool) -> Option<Decision> {
        let (limits, equity) = (&self.limits, self.portfolio.equity());
        let (loss, open) = (self.day_loss(), self.ladder.day_open);
        let steps = [
            (killed, TradingState::Halted, Cause::Killed),
            (check::loss::emergency(limits, loss, open).is_err(), TradingState::Halted, Cause::EmergencyFlatten),
            (!self.is_far_from_liquidation(), TradingState::Halted, Cause::Liquidation),
            (check::loss::circuit_breaker(limits, loss, open).is_err(), TradingState::Halted, Cause::CircuitBreaker),
            (check::loss::drawdown(limits, equity, self.ladder.peak).is_err(), TradingState::Halted, Cause::Drawdown),
            (check::loss::daily_loss(limits, loss, open).is_err(), TradingState::Reducing, Cause::DailyLoss),
            (
                check::loss::speed(limits, equity, self.ladder.high, open).is_err(),
                TradingState::Reducing,
                Cause::LossSpeed,
            ),
        ];
        let reached = steps.into_iter().filter(|(is_reached, ..)| *is_reached);
        for (_, state, cause) in reached {
            let flattens = cause.flattens() && !self.is_flattening;
            if flattens {
                self.flatten(now);
            } else if state <= self.state {
                continue;
            }
            self.set_state(Scope::Whole, self.state.max(state));
            return Some(self.own(now, DecisionKind::State { scope: Scope::Whole, state, cause }));
        }
        let (strategy, state, cause) = match self.to_halt.pop_front() {
            Some((strategy, cause)) => (strategy, TradingState::Halted, cause),
            None => self.losing_strategy()?,
        };
        let scope = Scope::Strategy(strategy);
        self.set_state(scope, state);
        Some(self.own(now, DecisionKind::State { scope, state, cause }))
    }

    /// A decision that nobody asked for.
    fn own(&mut self, now: Nanos, what: DecisionKind) -> Decision {
        self.own_of(StrategyId(0), now, what)
    }

    /// The same about one strategy.
    pub(super) fn own_of(&mut self, strategy: StrategyId, now: Nanos, what: DecisionKind) -> Decision {
        self.marked(Decision { seen: self.seen, at_ns: now, caused_at_ns: now, strategy, what })
    }
}
