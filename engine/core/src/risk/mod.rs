//! The judge: every wish and every command passes here, people's as well as strategies'.
//!
//! **Owns** limits and trading state, what working orders could still do, the markets and the portfolio as far as they
//! decide, and the only pen that signs [`Approved`].
//!
//! **Never** reads a clock, scans the book-keeping to judge one order, lets a float decide, or changes the trading state
//! at any other moment than when it judges: given the same events up to [`Decision::seen`] it decides the same.
//!
//! Enter at [`Risk`] (the judge, without rings), [`stage`] (the judge at its rings), [`check`] (each check alone).

mod approved;
mod beside;
mod brief;
pub mod check;
mod clusters;
pub mod decision;
mod desk;
mod every;
mod explain;
mod exposure;
mod flatten;
mod fold;
mod judge;
mod ladder;
mod later;
pub mod legacy;
mod pace;
mod pulse;
mod purse;
mod replay;
mod review;
pub mod rules;
mod shrinking;
pub mod stage;
mod stops;
mod trader;
mod uses;
mod volume;

#[cfg(test)]
mod beside_tests;
#[cfg(test)]
mod boundary_tests;
#[cfg(test)]
mod closing_tests;
#[cfg(test)]
mod clusters_tests;
#[cfg(test)]
mod exits_tests;
#[cfg(test)]
mod gate_tests;
#[cfg(test)]
mod nothing_tests;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod oracle_tests;
#[cfg(test)]
mod people_tests;
#[cfg(test)]
mod pulled_tests;
#[cfg(test)]
mod purse_tests;
#[cfg(test)]
mod shrinking_tests;
#[cfg(test)]
mod stops_tests;
#[cfg(test)]
mod story_tests;
#[cfg(test)]
pub(crate) mod test_desk;
#[cfg(test)]
pub(crate) mod test_world;
#[cfg(test)]
mod tests;

pub use approved::Approved;
pub use beside::Beside;
pub use decision::{Breaches, Cause, Decision, DecisionKind, Denial, Wish};
pub use exposure::{Exposure, Working};
pub use legacy::Legacy;
pub use replay::Question;
pub use rules::{Kin, Losses, Mandate, Rules};
pub use stops::trailing_px;

use crate::execution::order_table::OrderTable;
use crate::market_state::MarketState;
use crate::portfolio::{Portfolio, saturated};
use crate::tape::carry;
use clusters::Clusters;
use desk::{Desk, VenueDesk};
use engine_model::image::PortfolioImage;
use engine_model::instrument::{ContractKind, InstrumentId, Instruments};
use engine_model::intent::{Seen, StrategyId};
use engine_model::limit::{Limits, Scope, TradingState};
use engine_model::order::ClientOrderId;
use engine_model::units::{Nanos, Quote};
use engine_model::venue::VENUES_MAX;
use ladder::Ladder;
use purse::Holders;
use shrinking::Shrinking;
use std::collections::VecDeque;
use std::sync::Arc;
use stops::Stops;
use trader::Trader;

/// What is fixed for a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The run's number: part of every client order id.
    pub epoch: u32,
    /// Dollars at the start.
    pub equity_start: Quote,
    /// Rows of the order table. Execution must have as many.
    pub open_orders_max: usize,
}

/// What a judgement depends on that no event tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outside {
    /// The kill switch is on.
    pub killed: bool,
    /// Nobody watches over a run that is to be watched: its sentinel is gone, or hangs.
    pub unwatched: bool,
    /// The journal's disk is nearly full.
    pub scarce: bool,
    /// The `order` ring has only its reserve left: slots used with this one, slots that orders may use.
    pub full: Option<(u64, u64)>,
    /// The journal does not keep up: entries that it is behind, entries that it may be.
    pub journal: Option<(u64, u64)>,
}

/// The judge.
#[derive(Clone, Debug)]
pub struct Risk {
    instruments: Arc<Instruments>,
    /// Of the run; each strategy's own are in `traders`.
    limits: Limits,
    /// What they were when the run began: none is ever looser.
    ceiling: Limits,
    terms: Terms,
    /// Of everything; strategies, venues and instruments have their own beside it.
    state: TradingState,
    /// Positions are being closed.
    is_flattening: bool,
    /// What is to be withdrawn where only less is allowed.
    shrinking: Shrinking,
    ladder: Ladder,
    seen: Seen,
    /// By number of the strategy; the last one is nobody's.
    traders: Box<[Trader]>,
    /// By instrument.
    desks: Box<[Desk]>,
    /// By slot.
    venues: Box<[VenueDesk; VENUES_MAX]>,
    markets: Box<[MarketState]>,
    portfolio: Portfolio,
    exposure: Exposure,
    orders: OrderTable,
    /// Instruments whose dollars are older than their price, position or working orders.
    stale: Vec<InstrumentId>,
    is_stale: Box<[bool]>,
    /// Something became old since the losses were held against their limits.
    is_unwatched: bool,
    /// A mark was made when something was judged, and is not told yet.
    is_mark_untold: bool,
    /// Strategies to be halted at the next review, and why. At most one entry for each.
    to_halt: VecDeque<(StrategyId, Cause)>,
    /// Strategies' shares of positions.
    holders: Holders,
    /// When a review last decided something, and on what: a replay reviews once more before the wish that came behind it.
    decided: Option<(Nanos, Seen)>,
    /// Which coins move with each other.
    clusters: Clusters,
    /// Stops behind strategies' positions.
    stops: Stops,
    /// Until then the limits on amounts are those of a warm-up; `None` before the first judgement.
    warm_at: Option<Nanos>,
    /// Oldest history among the instruments that something is held of, and when it is looked for next.
    oldest_model: Option<Nanos>,
    models_due_at: Nanos,
    approved_count: u64,
    denied_count: u64,
}

carry!(Risk {
    limits,
    state,
    is_flattening,
    shrinking,
    ladder,
    is_mark_untold,
    seen,
    to_halt,
    holders,
    decided,
    clusters,
    stops,
    traders,
    desks,
    venues,
    markets,
    portfolio,
    exposure,
    orders,
    stale,
    is_stale,
    is_unwatched,
    warm_at,
    oldest_model,
    models_due_at,
    approved_count,
    denied_count,
} fixed { instruments, ceiling, terms });

impl Risk {
    /// Flat or with what an earlier run left, in the states that the rules tell, and nothing seen. Allocates all that it will
    /// ever need.
    #[must_use]
    pub fn new(instruments: Arc<Instruments>, rules: &Rules, terms: Terms) -> Self {
        let count = instruments.len();
        let kin = instruments.iter().map(|instrument| {
            let is_contract = instrument.kind != ContractKind::Spot;
            let margin = is_contract.then(|| *instruments.margin_tiers(instrument.id));
            (rules.kin_of(instrument.id), instruments.slot(instrument.venue), margin)
        });
        let mut exposure = Exposure::new(kin);
        let prior = rules.limits.var_prior_bps;
        instruments.iter().for_each(|instrument| exposure.set_tail(instrument.id, prior, prior));
        let traders = Trader::all(rules, &instruments, terms.equity_start);
        let mut risk = Self {
            limits: rules.limits,
            ceiling: rules.limits,
            terms,
            state: TradingState::Active,
            is_flattening: false,
            shrinking: Shrinking::new(count, 2 * terms.open_orders_max),
            ladder: Ladder::new(i128::from(terms.equity_start.0), rules.losses_of(StrategyId(0))),
            is_mark_untold: false,
            seen: Seen::default(),
            to_halt: VecDeque::with_capacity(traders.len()),
            holders: Holders::new(count, traders.len()),
            decided: None,
            clusters: Clusters::new(instruments.iter().map(|instrument| rules.kin_of(instrument.id).cluster)),
            stops: Stops::new(count, traders.iter().map(|trader| &trader.limits[0])),
            traders,
            desks: Desk::all(rules, &instruments, terms.open_orders_max + 1),
            venues: Box::default(),
            markets: vec![MarketState::default(); count].into_boxed_slice(),
            portfolio: Portfolio::new(&instruments, terms.equity_start),
            exposure,
            orders: OrderTable::new(terms.open_orders_max),
            stale: Vec::with_capacity(count),
            is_stale: vec![false; count].into_boxed_slice(),
            is_unwatched: false,
            warm_at: None,
            oldest_model: None,
            models_due_at: Nanos(0),
            approved_count: 0,
            denied_count: 0,
            instruments,
        };
        rules.states.iter().for_each(|(scope, state)| risk.set_state(*scope, *state));
        for slot in rules.closed_gates.iter().filter_map(|venue| risk.instruments.place(*venue)) {
            risk.venues[slot].is_closed = true;
        }
        if let Some(legacy) = &rules.legacy {
            risk.inherit(legacy, |strategy| rules.losses_of(strategy));
        }
        risk
    }

    /// Writes the whole image, valued now.
    pub fn write_image(&mut self, now: Nanos, image: &mut PortfolioImage) {
        self.refresh();
        self.portfolio.watch();
        let markets = &self.markets;
        self.portfolio.write_image(image, |id| markets[id.index()].value_px());
        image.at_ns = now;
        image.day_open = saturated(self.ladder.day_open);
        image.orders = self.approved_count;
        image.denied = self.denied_count;
        image.trading_state = self.state;
        image.limit_uses = self.uses(now);
    }

    /// Writes what risk alone knows: trading state, day, counts, accounts, working orders, order table. Portfolio and
    /// markets have digests of their own. Allocates: not for the hot path.
    pub fn digest(&self, hasher: &mut blake3::Hasher) {
        hasher.update(&[self.state as u8, u8::from(self.is_flattening)]);
        self.ladder.digest(hasher);
        self.digest_limits(hasher);
        hasher.update(&self.approved_count.to_le_bytes());
        hasher.update(&self.denied_count.to_le_bytes());
        self.traders.iter().for_each(|trader| trader.digest(hasher));
        for venue in self.venues.iter() {
            hasher.update(&[venue.state as u8, u8::from(venue.is_closed)]);
            venue.bucket.digest(hasher);
        }
        self.desks.iter().for_each(|desk| {
            hasher.update(&[desk.state as u8]);
        });
        self.exposure.digest(hasher);
        self.orders.digest(hasher);
    }

    /// Nothing, as long as nobody set one.
    fn digest_limits(&self, hasher: &mut blake3::Hasher) {
        for row in Limits::TABLE.iter().filter(|row| row.get(&self.limits) != row.get(&self.ceiling)) {
            hasher.update(row.key.as_bytes()).update(&row.get(&self.limits).to_le_bytes());
        }
    }

    /// What it judges.
    #[must_use]
    pub(super) fn instruments(&self) -> &Instruments {
        &self.instruments
    }

    /// How far it has read.
    #[must_use]
    pub fn seen(&self) -> &Seen {
        &self.seen
    }

    /// Whether orders pass, as a whole.
    #[must_use]
    pub fn trading_state(&self) -> TradingState {
        self.state
    }

    /// Every scope that is not active.
    pub fn states(&self) -> impl Iterator<Item = (Scope, TradingState)> + '_ {
        let traders = (0u8..).zip(self.traders.iter()).map(|(n, t)| (Scope::Strategy(StrategyId(n)), t.state));
        let venues = self.instruments.venues().map(|(slot, venue)| (Scope::Venue(venue), self.venues[slot].state));
        let desks = (0u32..).zip(self.desks.iter()).map(|(n, d)| (Scope::Instrument(InstrumentId(n)), d.state));
        let all = std::iter::once((Scope::Whole, self.state)).chain(traders).chain(venues).chain(desks);
        all.filter(|(_, state)| *state != TradingState::Active)
    }

    /// The limits it judges by.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Positions and money.
    #[must_use]
    pub fn portfolio(&self) -> &Portfolio {
        &self.portfolio
    }

    /// Markets, in the order of the instruments.
    #[must_use]
    pub fn markets(&self) -> &[MarketState] {
        &self.markets
    }

    /// What working orders could still do.
    #[must_use]
    pub fn exposure(&self) -> &Exposure {
        &self.exposure
    }

    /// Orders that passed, and wishes that did not.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        (self.approved_count, self.denied_count)
    }

    /// Loss since the day's start in 1e-8 dollars; negative is a gain.
    #[must_use]
    pub fn day_loss(&self) -> i128 {
        self.ladder.day_open - self.portfolio.equity()
    }

    /// The id that the next order of a strategy must have.
    #[must_use]
    pub fn next_id(&self, strategy: StrategyId) -> ClientOrderId {
        let counter = self.traders[self.place(strategy)].counter.saturating_add(1);
        ClientOrderId::new(strategy.0, self.terms.epoch, counter)
    }

    /// Where a strategy stands among the traders; whoever has no mandate is the last.
    #[inline]
    fn place(&self, strategy: StrategyId) -> usize {
        usize::from(strategy.0).min(self.traders.len() - 1)
    }

    /// Equity in dollars, as last valued.
    #[must_use]
    pub fn equity(&self) -> Quote {
        saturated(self.portfolio.equity())
    }
}
