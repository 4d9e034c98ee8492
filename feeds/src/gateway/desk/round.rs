//! Rounds: the venue's open orders and positions held against ours, balances read, now and then and after each loss of a
//! line; behind each, how the account is set up.
//!
//! One question at a time. A round after a loss also asks for the executions since.

use super::orders::NEVER;
use super::verdict::{Gate, Position, gate};
use super::{Asked, Desk, Now, PREPARE_AGAIN_NS, Phase, Post, TRY_AGAIN_NS};
use crate::gateway::ask::{Ask, AskId};
use crate::gateway::desk::gauges::Trouble;
use crate::gateway::heard::Answer;
use engine_model::instrument::{ContractKind, InstrumentId, Instruments};
use engine_model::order::Order;
use engine_model::units::{Lots, Nanos};

/// Rounds in a row in which a position is another: a fill may be under way between the two.
const OFF: u8 = 2;

/// Where a round is.
#[derive(Debug)]
pub(super) struct Round {
    /// Instruments whose orders and executions are asked for: one stands for all where each answer is the whole account's.
    asked_of: Box<[InstrumentId]>,
    /// Of the run's those that have positions: what is held of a coin is a balance.
    pub(super) contracts: Box<[InstrumentId]>,
    /// What is asked next, counted through orders, fills and positions; `None` between two rounds.
    step: Option<usize>,
    asked: Option<AskId>,
    /// Whether the round that a session of the lines begins with is done.
    is_full_done: bool,
    not_before_ns: u64,
    /// Since when executions are asked for, if a line was lost.
    since: Option<Nanos>,
    /// By instrument: what the venue's answer said; a flat one has no row.
    told: Box<[i64]>,
    /// By instrument: what the account held beside our fills when it was first looked at.
    pub(super) base: Option<Box<[i64]>>,
    /// The same by the look before, while orders that were adopted may have been executed between the two answers.
    base_before: Option<Box<[i64]>>,
    /// Rounds in a row in which that did not hold.
    differs: Box<[u8]>,
    /// By instrument: how much more the account held than our fills come to, when that was last looked at.
    off: Box<[i64]>,
    /// By instrument: what the last whole answer said.
    held: Box<[i64]>,
    /// The same: what our fills came to when positions were asked for.
    asked_net: Box<[i64]>,
    /// The last answer was a page: what is asked next goes on behind it.
    goes_on: bool,
    /// When the first page of a step's answer was asked for.
    first_ns: Option<u64>,
    /// Something was missed while the round was under way: another one behind it.
    is_repeated: bool,
}

impl Round {
    /// `is_whole`: see [`Manners`](crate::gateway::tongue::Manners).
    pub(super) fn new(own: &[InstrumentId], is_whole: bool, instruments: &Instruments) -> Self {
        let is_contract = |id: &InstrumentId| instruments.get(*id).kind != ContractKind::Spot;
        Self {
            asked_of: own[..if is_whole { own.len().min(1) } else { own.len() }].into(),
            contracts: own.iter().copied().filter(is_contract).collect(),
            step: None,
            asked: None,
            is_full_done: false,
            not_before_ns: NEVER,
            since: None,
            told: vec![0; instruments.len()].into(),
            base: None,
            base_before: None,
            differs: vec![0; instruments.len()].into(),
            off: vec![0; instruments.len()].into(),
            held: vec![0; instruments.len()].into(),
            asked_net: vec![0; instruments.len()].into(),
            goes_on: false,
            first_ns: None,
            is_repeated: false,
        }
    }

    /// Lines are up again: a round before any order.
    pub(super) fn start_full(&mut self, now_ns: u64) {
        (self.step, self.asked, self.not_before_ns, self.is_full_done) = (Some(0), None, now_ns, false);
        (self.first_ns, self.goes_on, self.is_repeated) = (None, false, false);
    }

    pub(super) const fn is_under_way(&self) -> bool {
        self.step.is_some()
    }

    /// Whether that is the question whose answer is waited for.
    pub(super) fn waits_for(&self, id: AskId) -> bool {
        self.asked == Some(id)
    }

    /// The round that is under way may be too early: once more.
    pub(super) fn repeat(&mut self) {
        self.is_repeated = true;
    }

    /// Whether an order may be entered as far as positions go: where the venue's is not what our fills come to, only one
    /// that makes it smaller. Of a contract the venue itself sees to that, if it is told so. Of a coin nobody does, and what
    /// was told may be old: no more is sold than one of the two says that there is.
    pub(super) fn admits(&self, order: &Order) -> bool {
        let at = order.instrument.index();
        if gate(self.against_ours(order.instrument)) == Gate::Open {
            return true;
        }
        let (held, is_contract) = (self.held[at], self.contracts.contains(&order.instrument));
        let most = if is_contract { held } else { held.max(held.saturating_sub(self.off[at])) };
        is_contract && order.reduce_only || makes_smaller(order, most)
    }

    /// Whether what is left of it closes a position or a part of it, by its word, or by what was held at the first look and
    /// the fills since. Each for itself: two plain ones that each close the whole are not seen together.
    pub(super) fn only_reduces(&self, order: &Order, filled: Lots, net: &[i64]) -> bool {
        let at = order.instrument.index();
        let before = self.base.as_ref().map_or(0, |base| base[at]);
        let left = Order { qty: Lots(order.qty.0 - filled.0), ..*order };
        order.reduce_only || makes_smaller(&left, before.saturating_add(net[at]))
    }

    /// The account's position against what our fills come to, as it was found in two rounds.
    fn against_ours(&self, of: InstrumentId) -> Position {
        match self.off[of.index()] {
            _ if self.differs[of.index()] < OFF => Position::Agrees,
            off if off > 0 => Position::More,
            _ => Position::Less,
        }
    }

    /// What a look found of an instrument: what the venue has, and what it should be. Whether that differs for the second
    /// time in a row.
    pub(super) fn finds(&mut self, of: InstrumentId, told: i64, ours: i64) -> bool {
        let at = of.index();
        (self.held[at], self.off[at]) = (told, told.saturating_sub(ours));
        let differs = &mut self.differs[at];
        *differs = if told == ours { 0 } else { differs.saturating_add(1) };
        *differs == OFF
    }

    /// A line was lost: what happened since that time at the venue is not known.
    pub(super) fn lost(&mut self, at: Nanos) {
        self.since = Some(self.since.map_or(at, |since| since.min(at)));
    }

    /// A row of the venue's answer about positions.
    pub(super) fn position(&mut self, instrument: InstrumentId, qty: Lots) {
        self.told[instrument.index()] = qty.0;
    }

    /// The question of a step; `None` behind the last.
    fn question(&self, step: usize) -> Option<Ask> {
        let count = self.asked_of.len();
        if let Some(instrument) = self.asked_of.get(step) {
            return Some(Ask::OpenOrders(*instrument));
        }
        let step = step - count;
        let fills = if self.since.is_some() { count } else { 0 };
        match (self.since, self.asked_of.get(step)) {
            (Some(since), Some(instrument)) => Some(Ask::Fills(*instrument, since)),
            _ if step == fills => Some(Ask::Positions),
            _ if step == fills + 1 => Some(Ask::Balances),
            _ => None,
        }
    }
}

fn makes_smaller(order: &Order, held: i64) -> bool {
    held.signum() == -order.side.sign() && order.qty.0 <= held.saturating_abs()
}

impl Desk {
    /// The next question of a round, or the next round.
    pub(super) fn go_round(&mut self, now: Now, post: &mut dyn Post) {
        if self.round.asked.is_some() || now.timer_ns < self.round.not_before_ns {
            return;
        }
        if self.round.step.is_none()
            && let Some(ask) = self.setups.question()
        {
            return self.ask_setup(ask, now, post);
        }
        let step = self.round.step.unwrap_or(0);
        let Some(ask) = self.round.question(step) else { return self.round_done(now) };
        if !self.purses.spares_rounds(now.timer_ns) {
            self.round.not_before_ns = now.timer_ns + TRY_AGAIN_NS;
            return;
        }
        self.round.step = Some(step);
        let begins = self.round.first_ns.is_none();
        if begins && ask == Ask::Balances {
            self.coins.asked(&self.orders.moved_e8);
        }
        // Positions that broke off between two parts begin anew as well: what was told of the first is forgotten here.
        let forgets = ask == Ask::Positions && !self.round.goes_on;
        if forgets {
            self.round.told.fill(0);
            self.round.asked_net.copy_from_slice(&self.orders.net);
        }
        if begins || forgets {
            self.tongue.begin_anew(&ask);
        }
        match self.send(ask, now, post) {
            Ok(id) => {
                self.round.asked = Some(id);
                self.round.first_ns.get_or_insert(now.timer_ns);
            }
            Err(super::NotSent::NotThere) => {
                self.round.step = Some(step + 1);
                self.go_round(now, post);
            }
            Err(_) => self.round.not_before_ns = now.timer_ns + TRY_AGAIN_NS,
        }
    }

    /// Behind a round, so that no order waits for it.
    fn ask_setup(&mut self, ask: Ask, now: Now, post: &mut dyn Post) {
        if !self.purses.spares_rounds(now.timer_ns) {
            self.round.not_before_ns = now.timer_ns + TRY_AGAIN_NS;
            return;
        }
        if !self.round.goes_on {
            self.setups.asks(&ask);
            self.tongue.begin_anew(&ask);
        }
        match self.send(ask, now, post) {
            Ok(id) => self.round.asked = Some(id),
            Err(super::NotSent::NotThere) => {
                self.setups.skip();
                self.look_goes_on(now);
            }
            Err(_) => self.round.not_before_ns = now.timer_ns + TRY_AGAIN_NS,
        }
    }

    /// The next question at once; behind the last the next round when it is due.
    fn look_goes_on(&mut self, now: Now) {
        let is_over = self.setups.question().is_none();
        self.round.not_before_ns = now.timer_ns + if is_over { self.rules.reconcile_every_ns } else { 0 };
    }

    fn round_done(&mut self, now: Now) {
        if self.round.is_repeated {
            return self.round.start_full(now.timer_ns + PREPARE_AGAIN_NS);
        }
        (self.round.step, self.round.since) = (None, None);
        self.round.is_full_done = true;
        self.setups.begin();
        self.look_goes_on(now);
    }

    /// Orders pass once the round behind a loss is done, and only while the switch of the venue guards them.
    pub(super) fn admit(&mut self, now: Now) {
        let is_guarded = self.switch.holds(now.timer_ns);
        match self.phase {
            Phase::Reconciling if is_guarded && self.round.is_full_done => self.phase = Phase::Ready,
            // It may have gone off.
            Phase::Ready if !is_guarded => {
                self.troubles.push(Trouble::DeadMan);
                self.phase = Phase::Reconciling;
                self.round.start_full(now.timer_ns);
            }
            _ => {}
        }
    }

    pub(super) fn round_answered(&mut self, id: AskId, asked: &Asked, answer: Answer, now: Now) {
        if let (Ask::Fills(instrument, since), Answer::Done) = (asked.ask, answer) {
            self.orders.searched(self.told_of(instrument), since, asked.at_ns);
        }
        if self.round.asked != Some(id) {
            return;
        }
        self.round.asked = None;
        self.round.goes_on = answer == Answer::More;
        if matches!(asked.ask, Ask::Mode(_) | Ask::Setup(_)) {
            if answer != Answer::More {
                self.setups.answered(asked.ask, answer, &mut self.troubles);
                self.look_goes_on(now);
            }
            return;
        }
        match answer {
            Answer::Done => {}
            // A page, or a half: the same question goes on behind it at once.
            Answer::More => return,
            _ => {
                self.round.not_before_ns = now.timer_ns + PREPARE_AGAIN_NS;
                return;
            }
        }
        // Of an answer in pages the first may have been told long before the last.
        let first_ns = self.round.first_ns.take().unwrap_or(asked.at_ns);
        match asked.ask {
            Ask::OpenOrders(instrument) => self.miss(self.told_of(instrument), first_ns, now),
            Ask::Positions => self.compare_positions(now),
            Ask::Balances => self.compare_coins(now),
            _ => {}
        }
        self.round.step = self.round.step.map(|step| step + 1);
    }

    /// Orders that we believe open, and that the venue did not name although they were there before it was asked.
    fn miss(&mut self, of: Option<InstrumentId>, asked_ns: u64, now: Now) {
        let is_missed = |entry: &super::orders::Entry| {
            let is_told = of.is_none_or(|of| entry.known.order.instrument == of);
            is_told && entry.sent_ns < asked_ns && entry.heard_ns < asked_ns
        };
        let missed = self.orders.doubt_all(is_missed, now);
        if missed > 0 {
            self.troubles.push(Trouble::Missed { orders: missed });
        }
        self.strays.forget_unseen(of, asked_ns);
    }

    /// What an answer about the orders or executions of an instrument tells of; `None`: of all.
    fn told_of(&self, asked: InstrumentId) -> Option<InstrumentId> {
        (!self.manners.is_whole).then_some(asked)
    }

    /// Twice in a row: a fill may be under way between the two. A look that a fill of ours fell into says nothing.
    fn compare_positions(&mut self, now: Now) {
        let is_known = self.unknown() == 0;
        let (told, net) = (&self.round.told, &self.orders.net);
        if self.round.base.is_none() {
            let found = Some(told.iter().zip(net).map(|(told, net)| told.saturating_sub(*net)).collect());
            // An execution of an adopted order may be in the one and not yet in the other: until two looks agree, and nothing
            // is missing.
            if self.orders.adopted == 0 || self.round.base_before == found && is_known {
                self.round.base = found;
                self.take_over_positions(now);
            } else {
                self.round.base_before = found;
                self.round.repeat();
            }
            return;
        }
        for place in 0..self.round.contracts.len() {
            let instrument = self.round.contracts[place];
            let at = instrument.index();
            if self.orders.net[at] != self.round.asked_net[at] {
                continue;
            }
            let base = self.round.base.as_ref().map_or(0, |base| base[at]);
            let (theirs, ours) = (self.round.told[at], base.saturating_add(self.orders.net[at]));
            if self.round.finds(instrument, theirs, ours) {
                self.troubles.push(Trouble::Position { instrument, ours: Lots(ours), venue: Lots(theirs) });
            }
        }
    }

    /// Positions that do not hold.
    pub(super) fn positions_off(&self) -> usize {
        self.round.differs.iter().filter(|differs| **differs >= OFF).count()
    }
}
