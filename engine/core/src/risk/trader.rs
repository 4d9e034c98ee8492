//! What is kept of one strategy: its mandate, the number of its last order, and how fast it has been.

use crate::risk::pace::{Batch, Bucket, Minute, Recent, Tally};
use crate::risk::purse::Purse;
use crate::risk::rules::{Mandate, Rules};
use crate::tape::carry;
use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::intent::StrategyId;
use engine_model::limit::{Limits, TradingState};
use engine_model::market::Side;
use engine_model::steer::{Mode, Steer};
use engine_model::units::Quote;

/// What is kept of a strategy for one instrument.
#[derive(Clone, Debug, Default)]
pub(super) struct Hand {
    /// May trade it.
    pub(super) is_allowed: bool,
    /// The last orders.
    pub(super) recent: Recent,
    /// Fills of the side that filled last.
    pub(super) filled: (Side, Tally),
}

carry!(Hand { recent, filled } fixed { is_allowed });

/// One strategy.
#[derive(Clone, Debug)]
pub(super) struct Trader {
    pub(super) state: TradingState,
    /// As they are, and while warming up.
    pub(super) limits: [Limits; 2],
    /// What its mandate says: never looser.
    pub(super) ceiling: Limits,
    /// The last counter of its client order ids.
    pub(super) counter: u32,
    pub(super) bucket: Bucket,
    pub(super) batch: Batch,
    pub(super) minute: Minute,
    pub(super) duplicates: Tally,
    pub(super) rejects: Tally,
    /// By instrument.
    pub(super) hands: Box<[Hand]>,
    /// What it has made.
    pub(super) purse: Purse,
    /// What people asked of it. Its mode is a rule of risk, its parameters are none, but part of what a run has become.
    pub(super) steered: Steered,
}

/// Parameters of a strategy that can be set while it runs.
const PARAMS_MAX: usize = 32;

/// What people asked of a strategy.
#[derive(Clone, Debug, Default)]
pub(super) struct Steered {
    mode: Mode,
    /// By parameter: the last value that was set.
    set: [Option<i64>; PARAMS_MAX],
}

carry!(Steered { mode, set });

impl Steered {
    #[inline]
    pub(super) fn mode(&self) -> Mode {
        self.mode
    }

    pub(super) fn take(&mut self, what: Steer) {
        self.mode = what.mode().unwrap_or(self.mode);
        if let Steer::Set { param, value, .. } = what
            && let Some(set) = self.set.get_mut(usize::from(param))
        {
            *set = Some(value);
        }
    }

    /// Nothing, as long as nobody asked for anything.
    fn digest(&self, hasher: &mut blake3::Hasher) {
        if self.mode != Mode::Running {
            hasher.update(&[self.mode as u8]);
        }
        for (param, value) in (0u8..).zip(self.set) {
            value.into_iter().for_each(|value| {
                hasher.update(&[param]).update(&value.to_le_bytes());
            });
        }
    }
}

carry!(Trader {
    limits, state, counter, bucket, batch, minute, duplicates, rejects, hands, purse, steered
} fixed { ceiling });

impl Trader {
    fn new(mandate: &Mandate, instruments: usize, purse: Purse) -> Self {
        let mut hands = vec![Hand::default(); instruments].into_boxed_slice();
        for id in &mandate.instruments {
            hands[id.index()].is_allowed = true;
        }
        Self {
            state: TradingState::Active,
            limits: [mandate.limits, mandate.limits.warming_up()],
            ceiling: mandate.limits,
            counter: 0,
            bucket: Bucket::default(),
            batch: Batch::default(),
            minute: Minute::default(),
            duplicates: Tally::default(),
            rejects: Tally::default(),
            hands,
            purse,
            steered: Steered::default(),
        }
    }

    /// Everyone who has a mandate, by number, the operator first; and at the end a stranger, who may do nothing.
    pub(super) fn all(rules: &Rules, instruments: &Instruments, equity: Quote) -> Box<[Self]> {
        let none = |strategy| Mandate { strategy, instruments: Vec::new(), limits: rules.limits };
        let all = instruments.iter().map(|instrument| instrument.id).collect();
        let operator = Mandate { instruments: all, ..none(StrategyId(0)) };
        let last = rules.mandates.iter().map(|mandate| mandate.strategy).max().unwrap_or_default();
        let mandate = |number: u8| {
            let given = rules.mandates.iter().find(|mandate| mandate.strategy.0 == number);
            given.cloned().unwrap_or_else(|| none(StrategyId(number)))
        };
        let given = (1..=last.0).map(mandate);
        let everyone = std::iter::once(operator).chain(given).chain([none(StrategyId(u8::MAX))]);
        let purse = |of: &Mandate| {
            let before = rules.losses_of(of.strategy).filter(|_| of.strategy != StrategyId(0)); // those of 0 are the whole's
            Purse::new(equity, before, instruments.len())
        };
        everyone.map(|mandate| Self::new(&mandate, instruments.len(), purse(&mandate))).collect()
    }

    pub(super) fn hand(&self, id: InstrumentId) -> &Hand {
        &self.hands[id.index()]
    }

    /// Whoever is let trade again begins anew.
    pub(super) fn forgive(&mut self) {
        self.duplicates.clear();
        self.rejects.clear();
        self.hands.iter_mut().for_each(|hand| hand.filled.1.clear());
    }

    pub(super) fn digest(&self, hasher: &mut blake3::Hasher) {
        hasher.update(&self.counter.to_le_bytes());
        hasher.update(&[self.state as u8]);
        self.bucket.digest(hasher);
        self.purse.ladder.digest(hasher);
        self.steered.digest(hasher);
    }
}
