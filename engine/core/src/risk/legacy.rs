//! What a run leaves to the one that goes on from it: positions, money, stops. Losses are left beside it, as
//! [`Losses`](super::Losses).
//!
//! Owns: taking it out of a judge and putting it into another one. An order is never left: the one who goes on has to be told
//! by a venue that it stands.
//! Never: decides whether a run may go on; whoever starts it does.

use crate::journal::record::Run;
use crate::portfolio::Ledger;
use crate::risk::ladder::Ladder;
use crate::risk::{Losses, Risk};
use engine_model::instrument::InstrumentId;
use engine_model::intent::StrategyId;
use engine_model::position::Opening;
use engine_model::units::{Nanos, Ticks};

/// What was left, in the numbers of the run that goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Legacy {
    /// Number of the run that left it.
    pub run: u32,
    /// The state in which it was left: what a replay of that run's journal came to.
    pub state_hash: [u8; 32],
    /// The account's, of each instrument that it traded.
    pub holdings: Vec<Holding>,
    /// Strategies' shares of the same; 0 is the operator.
    pub shares: Vec<Share>,
}

/// The account's book-keeping of an instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holding {
    /// Of what.
    pub instrument: InstrumentId,
    /// Its book-keeping.
    pub ledger: Ledger,
    /// What it was valued at last; `None`: at the price of its last execution.
    pub px: Option<Ticks>,
}

/// A strategy's share of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Whose.
    pub strategy: StrategyId,
    /// Of what.
    pub instrument: InstrumentId,
    /// Its book-keeping.
    pub ledger: Ledger,
    /// Risk's own stop behind it.
    pub stop: Option<LeftStop>,
}

/// What a stop of risk's own goes by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftStop {
    /// When the position was entered.
    pub entered_at: Nanos,
    /// Best price since then.
    pub best: Ticks,
    /// It was pulled: what is left of the position is to be closed.
    pub is_pulled: bool,
}

impl Share {
    /// What strategies hold: what nobody's strategy holds is left out.
    pub fn of_strategies(shares: &[Self]) -> impl Iterator<Item = &Self> {
        shares.iter().filter(|share| share.strategy != StrategyId(0))
    }
}

impl Legacy {
    /// What no run ever left, if anything: a file may be whole and still be nobody's.
    #[must_use]
    pub fn fault(&self, run: &Run) -> Option<&'static str> {
        // Room for 2^31 executions more, as behind an opening.
        let amount_max = 1u128 << 96;
        let is_price = |px: &Ticks| px.0.unsigned_abs() < 1 << 48;
        let is_kept = |ledger: &Ledger| {
            let Ledger { qty, cost, realised, fees, payments, last_px, .. } = *ledger;
            qty.unsigned_abs() <= Opening::LOTS_MAX.unsigned_abs()
                && [cost, realised, fees, payments].iter().all(|amount| amount.unsigned_abs() <= amount_max)
                && is_price(&last_px)
        };
        let is_of_run = |id: InstrumentId| id.index() < run.instruments.len();
        let held = |holding: &Holding| {
            is_of_run(holding.instrument) && is_kept(&holding.ledger) && holding.px.iter().all(is_price)
        };
        let last = run.rules.mandates.iter().map(|mandate| mandate.strategy).max().unwrap_or_default();
        let shared = |share: &Share| share.strategy <= last && is_of_run(share.instrument) && is_kept(&share.ledger);
        let is_whole = self.holdings.iter().all(held) && self.shares.iter().all(shared);
        (!is_whole).then_some("a legacy that no run can have left")
    }
}

impl Risk {
    /// What it leaves, and the losses of its days. The hash is that of the whole state, which is not risk's alone.
    #[must_use]
    pub fn into_legacy(mut self, state_hash: [u8; 32]) -> (Legacy, Vec<(StrategyId, Losses)>) {
        self.refresh();
        let ids = || (0..).map(InstrumentId).take(self.desks.len());
        let blank = |ledger: &Ledger| ledger.is_blank() && ledger.fees == 0;
        let holding = |id: InstrumentId| {
            let (ledger, px) = (*self.portfolio.ledger(id), self.valued_px(id));
            (!blank(&ledger)).then_some(Holding { instrument: id, ledger, px })
        };
        // The last one is a stranger, who never had an order.
        let strategies = (0u8..).map(StrategyId).zip(&self.traders[..self.traders.len() - 1]);
        let share = |(strategy, instrument): (StrategyId, InstrumentId)| {
            let place = self.place(strategy);
            let ledger = *self.traders[place].purse.share(instrument);
            let stop = self.stops.of(instrument, place);
            (!blank(&ledger)).then_some(Share { strategy, instrument, ledger, stop })
        };
        let pairs = ids().flat_map(|id| strategies.clone().map(move |(strategy, _)| (strategy, id)));
        let legacy = Legacy {
            run: self.terms.epoch,
            state_hash,
            holdings: ids().filter_map(holding).collect(),
            shares: pairs.filter_map(share).collect(),
        };
        let of_account = self.ladder.told(self.portfolio.equity()).map(|losses| (StrategyId(0), losses));
        let told = |(strategy, trader): (StrategyId, &super::trader::Trader)| {
            Some((strategy, trader.purse.ladder.told(trader.purse.equity)?))
        };
        (legacy, of_account.into_iter().chain(strategies.skip(1).filter_map(told)).collect())
    }

    /// Goes on from what was left. Losses are counted from what all of it was worth then.
    pub(super) fn inherit(&mut self, legacy: &Legacy, losses: impl Fn(StrategyId) -> Option<Losses>) {
        for Holding { instrument, ledger, px } in &legacy.holdings {
            self.portfolio.inherit(*instrument, ledger);
            self.desks[instrument.index()].left_px = *px;
        }
        for Share { strategy, instrument, ledger, stop } in &legacy.shares {
            let place = self.place(*strategy);
            self.inherit_share(place, *instrument, ledger);
            if let Some(LeftStop { entered_at, best, is_pulled }) = *stop {
                self.set_stop(place, *instrument, best, entered_at);
                if is_pulled {
                    self.go_on_pulling(place, *instrument);
                }
            }
        }
        for Holding { instrument, .. } in &legacy.holdings {
            self.outdate(*instrument);
        }
        self.refresh();
        self.ladder = Ladder::going_on(self.portfolio.equity(), losses(StrategyId(0)));
        for (number, trader) in (0u8..).zip(&mut self.traders).skip(1) {
            trader.purse.ladder = Ladder::going_on(trader.purse.equity, losses(StrategyId(number)));
        }
    }
}
