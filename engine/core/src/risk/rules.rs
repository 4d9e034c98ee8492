//! What a run is judged by, all of it known at the start: the limits, who may trade what, which coins belong together, and
//! what the run before left behind.

use crate::risk::Legacy;
use crate::tape::carry;
use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::intent::StrategyId;
use engine_model::limit::{Limits, Scope, TradingState};
use engine_model::units::Quote;
use engine_model::venue::VenueId;

/// What a run is judged by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Of the whole run; a strategy may have tighter ones.
    pub limits: Limits,
    /// Who may trade what. A strategy without a mandate trades nothing; the operator (0) everything.
    pub mandates: Vec<Mandate>,
    /// By instrument. An instrument beyond the list is no major, and of the sector that is not known.
    pub kin: Vec<Kin>,
    /// Trading states that outlived the run before.
    pub states: Vec<(Scope, TradingState)>,
    /// What had been lost by then: by the account, which stands under 0, and by strategies.
    pub losses: Vec<(StrategyId, Losses)>,
    /// Venues where no order passes until what we know agrees with what they say.
    pub closed_gates: Vec<VenueId>,
    /// What it goes on from; `None`: it begins flat.
    pub legacy: Option<Box<Legacy>>,
}

/// What an account, or a strategy, had lost when a run ended, or was last looked at: a restart forgives nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    /// The day (UTC) that it is of, from the epoch.
    pub day: u64,
    /// Since that day began; negative is a gain.
    pub loss: Quote,
    /// Below the peak.
    pub fall: Quote,
}

carry!(Losses { day, loss, fall });

/// What one strategy may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mandate {
    /// Who.
    pub strategy: StrategyId,
    /// What it may trade.
    pub instruments: Vec<InstrumentId>,
    /// By which limits: never looser than those of the run.
    pub limits: Limits,
}

/// What an instrument has in common with others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kin {
    /// One of the coins with the tighter collars.
    pub is_major: bool,
    /// Number of its sector; 0 is the sector of all that have none.
    pub sector: u8,
    /// Number of the cluster of coins that move with it.
    pub cluster: u16,
}

impl Rules {
    /// The first eight strategies may trade everything, and every coin is a major that moves by itself. For tests and
    /// measurements.
    #[must_use]
    pub fn open(limits: Limits, instruments: &Instruments) -> Self {
        let all: Vec<InstrumentId> = instruments.iter().map(|instrument| instrument.id).collect();
        let mandate = |strategy| Mandate { strategy: StrategyId(strategy), instruments: all.clone(), limits };
        let kin = |id: &InstrumentId| Kin { is_major: true, sector: 0, cluster: id.0 as u16 };
        Self {
            limits,
            mandates: (1..=8).map(mandate).collect(),
            kin: all.iter().map(kin).collect(),
            states: Vec::new(),
            losses: Vec::new(),
            closed_gates: Vec::new(),
            legacy: None,
        }
    }

    /// What a strategy had lost by the end of the run before; 0 is the account.
    #[must_use]
    pub fn losses_of(&self, strategy: StrategyId) -> Option<Losses> {
        self.losses.iter().find(|(of, _)| *of == strategy).map(|(_, losses)| *losses)
    }

    /// What is known of an instrument's kin.
    #[must_use]
    pub fn kin_of(&self, id: InstrumentId) -> Kin {
        self.kin.get(id.index()).copied().unwrap_or_default()
    }
}
