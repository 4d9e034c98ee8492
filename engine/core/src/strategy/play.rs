//! What a strategy is: the calls that it answers, and its row in the catalogue.
//!
//! A strategy sits behind this trait, so that one of another room (a script) is like one of the catalogue. What that costs
//! is a call through a pointer, 1 to 2 ns of an event's 200.

use super::bars::{Bar, Bars};
use super::context::Context;
use super::manual::Answered;
use super::params::{Given, Param, ParamFault, check};
use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::market::MarketEvent;
use engine_model::report::Report;
use engine_model::units::Nanos;
use std::fmt::{self, Debug};
use std::ops::{Deref, DerefMut};

/// A strategy. The same calls in the same order make the same wishes: it has no clock, no randomness and no other input.
/// Its `Debug` text tells all of its state; that is what two runs are compared by.
pub trait Play: Debug + Send {
    /// Lengths of the bars that it wants of each of its instruments, in ns, shortest first; at most
    /// [`FRAMES_MAX`](super::bars::FRAMES_MAX).
    fn frames_ns(&self) -> &[u64] {
        &[]
    }

    /// How often it wants [`Play::on_timer`], in ns.
    fn every_ns(&self) -> Option<u64> {
        None
    }

    /// Instruments whose depth it wants to be told beside the top.
    fn deep(&self) -> &[InstrumentId] {
        &[]
    }

    /// What it lives on beside trades and best prices of each of its instruments: without it, it would do nothing.
    fn needs(&self) -> &[Need] {
        &[]
    }

    /// Takes its place in a run.
    ///
    /// # Errors
    /// Says which of the instruments it cannot trade, and why.
    fn sit(&mut self, _instruments: &Instruments) -> Result<(), Unfit> {
        Ok(())
    }

    /// Takes a bar in that is over, without a way to wish: this is also how a strategy that is made anew while it runs learns
    /// what went before.
    fn learn(&mut self, _bar: &Bar) {}

    /// A bar is over, and was learned. Of several that end together the longest comes first.
    fn on_bar(&mut self, _call: &mut Call<'_, '_>, _bar: &Bar) {}

    /// The market of one of its instruments changed; the call knows it already.
    fn on_market(&mut self, _call: &mut Call<'_, '_>, _event: &MarketEvent) {}

    /// Something happened to one of its orders; the call knows it already.
    fn on_report(&mut self, _call: &mut Call<'_, '_>, _report: &Report) {}

    /// Its time came: at whole multiples of [`Play::every_ns`], once for all that passed.
    fn on_timer(&mut self, _call: &mut Call<'_, '_>) {}

    /// Takes other parameters while it runs.
    ///
    /// # Errors
    /// They make no sense together, or stand while it runs. Then it is as it was.
    fn retune(&mut self, _given: &Given<'_>) -> Result<Retuned, ParamFault> {
        Ok(Retuned::Anew)
    }

    /// Other parameters came into force, and it is where it can wish.
    fn on_retuned(&mut self, _call: &mut Call<'_, '_>) {}

    /// What came of the last thing that a person asked of it, of one that is asked.
    fn answer(&self) -> Option<Answered> {
        None
    }

    /// Why it takes no further part, if it had to give up. Asked when it has said so ([`Call::give_up`]).
    fn fault(&self) -> Option<&str> {
        None
    }
}

/// What some strategies live on and not every market's past has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// How much stands at the best prices and behind them.
    Depth,
    /// A price in every second.
    Seconds,
    /// Several instruments at once.
    Instruments,
    /// Rates of funding.
    Funding,
    /// Positions that the venue closes.
    Liquidations,
    /// Marks, indices, open interest.
    Derivatives,
}

impl Need {
    /// For people.
    #[must_use]
    pub const fn told(self) -> &'static str {
        match self {
            Self::Depth => "how much stands at the best prices and behind them",
            Self::Seconds => "a price in every second",
            Self::Instruments => "several instruments at once",
            Self::Funding => "rates of funding",
            Self::Liquidations => "liquidations",
            Self::Derivatives => "marks, indices or open interest",
        }
    }
}

/// How other parameters came into force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retuned {
    /// It is made anew, and learns the bars that are kept.
    Anew,
    /// It took them, and keeps what it remembers.
    InPlace,
}

/// Instruments that it cannot trade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit(pub String);

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unfit {}

/// One call: what is seen and may be done, and the strategy's bars.
#[derive(Debug)]
pub struct Call<'a, 'b> {
    context: &'a mut Context<'b>,
    bars: &'a Bars,
    pub(super) gave_up: bool,
}

impl<'a, 'b> Call<'a, 'b> {
    pub(super) fn new(context: &'a mut Context<'b>, bars: &'a Bars) -> Self {
        Self { context, bars, gave_up: false }
    }

    /// The strategy cannot go on, and [`Play::fault`] says why. What it has standing that could make a position larger is
    /// withdrawn, and it is not called again before a person starts it anew.
    pub fn give_up(&mut self) {
        self.gave_up = true;
    }

    /// The strategy's bars.
    #[must_use]
    pub fn bars(&self) -> &'a Bars {
        self.bars
    }
}

impl<'b> Deref for Call<'_, 'b> {
    type Target = Context<'b>;

    fn deref(&self) -> &Self::Target {
        self.context
    }
}

impl DerefMut for Call<'_, '_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.context
    }
}

/// Makes a strategy.
pub type Maker = dyn Fn(&Given<'_>) -> Result<Box<dyn Play>, ParamFault> + Send + Sync;

/// A row of the catalogue: all that is known of a strategy before it is made.
#[derive(Clone, Copy)]
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// Why it should earn.
    pub idea: &'static str,
    /// When it loses.
    pub risks: &'static str,
    /// Its parameters.
    pub params: &'static [Param],
    /// Fewest and most instruments that it trades.
    pub instruments: (usize, usize),
    /// Whether its parameters stand while it runs.
    pub is_fixed: bool,
    /// Makes it.
    pub make: &'static Maker,
}

impl Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Any number of instruments.
pub(super) const ANY: (usize, usize) = (1, usize::MAX);

impl Entry {
    /// Whether it can be made so: number of instruments, ranges, and what the values are to each other.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self, given: &Given<'_>) -> Result<Box<dyn Play>, ParamFault> {
        let (least, most) = self.instruments;
        let found = given.instruments.len();
        match found {
            0 => return Err(ParamFault::NoInstrument),
            _ if (least..=most).contains(&found) => {}
            _ => return Err(ParamFault::Instruments { found, least, most }),
        }
        self.params.iter().zip(given.all()).try_for_each(|(param, value)| check(param, *value))?;
        (self.make)(given)
    }
}

/// A parameter in ms, as ns.
pub(super) fn ns(ms: i64) -> u64 {
    ms.unsigned_abs() * Nanos::MILLI
}
