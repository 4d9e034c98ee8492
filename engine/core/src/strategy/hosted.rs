//! A strategy of a run: its row, its parameters, its bars, and itself.
//!
//! Owns: which of its calls an event becomes, and how other parameters come into force. Never: a ring, an order.

use super::bars::{Bars, Closed};
use super::catalog::CATALOGUE;
use super::context::Context;
use super::manual::{self, Answered};
use super::params::{Given, ParamFault, complete};
use super::play::{Call, Entry, Need, Play, Retuned, Unfit};
use crate::market::candle::Candle;
use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::market::MarketEvent;
use engine_model::report::Report;
use engine_model::units::Nanos;

/// A strategy with its parameters and what it remembers.
#[derive(Debug)]
pub struct Strategy {
    entry: &'static Entry,
    instruments: Box<[InstrumentId]>,
    /// In the order of the row's table.
    values: Box<[i64]>,
    /// The same with what was set and is not in force yet.
    staged: Box<[i64]>,
    bars: Bars,
    play: Box<dyn Play>,
    /// The last of its own periods that it was called for.
    turn: u64,
    /// It said that it cannot go on.
    gave_up: bool,
}

impl Strategy {
    /// The strategy of that name, trading these instruments, with the parameters given and defaults for the rest.
    ///
    /// # Errors
    /// Names what is unknown, out of range or makes no sense together.
    pub fn new(name: &str, instruments: &[InstrumentId], params: &[(String, i64)]) -> Result<Self, ParamFault> {
        let entry = CATALOGUE.iter().chain([&manual::ENTRY]).find(|entry| entry.name == name);
        Self::of(entry.ok_or_else(|| ParamFault::UnknownStrategy(name.to_owned()))?, instruments, params)
    }

    /// The strategy of a row, which need not be one of the catalogue.
    ///
    /// # Errors
    /// Names what is unknown, out of range or makes no sense together.
    pub fn of(
        entry: &'static Entry,
        instruments: &[InstrumentId],
        params: &[(String, i64)],
    ) -> Result<Self, ParamFault> {
        let values = complete(entry.params, params)?;
        let play = entry.check(&Given::new(instruments, &values))?;
        let bars = Bars::new(instruments, play.frames_ns());
        let staged = values.clone();
        Ok(Self { entry, instruments: instruments.into(), values, staged, bars, play, turn: 0, gave_up: false })
    }

    /// Its row.
    #[must_use]
    pub fn entry(&self) -> &'static Entry {
        self.entry
    }

    /// Its name in the catalogue.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.entry.name
    }

    /// Its parameters, in the order of its row's table.
    #[must_use]
    pub fn values(&self) -> &[i64] {
        &self.values
    }

    /// What it trades: it hears of these alone.
    #[must_use]
    pub fn instruments(&self) -> Vec<InstrumentId> {
        self.instruments.to_vec()
    }

    /// Instruments whose depth it wants to be told beside the top.
    #[must_use]
    pub fn deep(&self) -> Vec<InstrumentId> {
        self.play.deep().to_vec()
    }

    /// What it lives on beside trades and best prices of one instrument, each once.
    #[must_use]
    pub fn needs(&self) -> Vec<Need> {
        let several = (self.entry.instruments.0 > 1).then_some(Need::Instruments);
        let deep = (!self.play.deep().is_empty()).then_some(Need::Depth);
        let mut needs: Vec<Need> = Vec::new();
        for need in several.into_iter().chain(deep).chain(self.play.needs().iter().copied()) {
            if !needs.contains(&need) {
                needs.push(need);
            }
        }
        needs
    }

    /// Lengths of its bars, shortest first, in ns.
    #[must_use]
    pub fn frames_ns(&self) -> &[u64] {
        self.bars.frames_ns()
    }

    /// Why it takes no further part, if it had to give up.
    #[must_use]
    pub fn fault(&self) -> Option<&str> {
        self.play.fault()
    }

    /// Whether it said that it cannot go on.
    #[inline]
    pub(super) fn gave_up(&self) -> bool {
        self.gave_up
    }

    /// Takes its place in a run.
    ///
    /// # Errors
    /// Names an instrument that it cannot trade, or not together with its others.
    pub fn sit(&mut self, instruments: &Instruments) -> Result<(), Unfit> {
        self.play.sit(instruments)
    }

    /// Learns what its markets did before the run began: candles that were over, oldest first, of an instrument and one of
    /// its [`Strategy::frames_ns`] each. Once, before it hears of anything; allocates.
    pub fn learn_past(&mut self, past: &[(InstrumentId, usize, Vec<Candle>)]) {
        for (instrument, frame, candles) in past {
            self.bars.fill(*instrument, *frame, candles);
        }
        self.bars.again(|bar| self.play.learn(bar));
    }

    /// Writes all that it is and remembers: the same after the same events. Allocates, not for the hot path.
    pub fn digest(&self, hasher: &mut blake3::Hasher) {
        let Self { entry, instruments, values, staged, bars, play, turn, gave_up } = self;
        let text = format!("{entry:?} {instruments:?} {values:?} {staged:?} {bars:?} {play:?} {turn} {gave_up}");
        hasher.update(text.as_bytes());
    }

    /// How often it wants to be called without an event, in ns: at whole multiples of it, once for each that passed.
    pub(super) fn timer_ns(&self) -> u64 {
        let bars = self.bars.frames_ns().first().copied();
        bars.into_iter().chain(self.play.every_ns()).min().unwrap_or(u64::MAX)
    }

    /// The market of one of its instruments changed; the context knows it already.
    #[inline]
    pub(super) fn on_market(&mut self, context: &mut Context<'_>, event: &MarketEvent) {
        if !self.bars.frames_ns().is_empty() {
            let closed = self.bars.on_market(event);
            self.close(context, &closed);
        }
        let mut call = Call::new(context, &self.bars);
        self.play.on_market(&mut call, event);
        self.gave_up |= call.gave_up;
    }

    /// Something happened to one of its orders; the context knows it already.
    #[inline]
    pub(super) fn on_report(&mut self, context: &mut Context<'_>, report: &Report) {
        let mut call = Call::new(context, &self.bars);
        self.play.on_report(&mut call, report);
        self.gave_up |= call.gave_up;
    }

    /// Time passed.
    pub(super) fn on_timer(&mut self, context: &mut Context<'_>) {
        let now = context.now();
        if !self.bars.frames_ns().is_empty() {
            for at in 0..self.instruments.len() {
                let closed = self.bars.advance(self.instruments[at], now);
                self.close(context, &closed);
            }
        }
        let Some(every) = self.play.every_ns() else { return };
        let turn = now.0 / every.max(1);
        if turn != self.turn {
            self.turn = turn;
            let mut call = Call::new(context, &self.bars);
            self.play.on_timer(&mut call);
            self.gave_up |= call.gave_up;
        }
    }

    /// All that ended together is learned before anything is made of it; the longest first.
    #[inline]
    fn close(&mut self, context: &mut Context<'_>, closed: &Closed) {
        for bar in closed.iter().rev().flatten() {
            self.play.learn(bar);
        }
        for bar in closed.iter().rev().flatten() {
            let mut call = Call::new(context, &self.bars);
            self.play.on_bar(&mut call, bar);
            self.gave_up |= call.gave_up;
        }
    }

    /// Takes note of a value that comes into force with [`Strategy::retune`].
    pub(super) fn stage(&mut self, param: usize, value: i64) -> Result<(), ParamFault> {
        let Some(row) = self.entry.params.get(param) else {
            return Err(ParamFault::UnknownParam { name: param.to_string(), nearest: Vec::new() });
        };
        super::params::check(row, value)?;
        self.staged[param] = value;
        Ok(())
    }

    /// Brings what was set into force, all of it or nothing. Takes memory: what it asks for is a person's deed.
    pub(super) fn retune(&mut self, instruments: &Instruments) -> Result<(), ParamFault> {
        let done = self.try_retune(instruments);
        match done {
            Ok(()) => self.values.copy_from_slice(&self.staged),
            Err(_) => self.staged.copy_from_slice(&self.values),
        }
        done
    }

    fn try_retune(&mut self, instruments: &Instruments) -> Result<(), ParamFault> {
        if self.entry.is_fixed {
            return Err(ParamFault::Fixed(self.entry.name));
        }
        let given = Given::new(&self.instruments, &self.staged);
        let mut anew = self.entry.check(&given)?;
        if !self.gave_up && self.play.retune(&given)? == Retuned::InPlace {
            return Ok(());
        }
        anew.sit(instruments).map_err(|_| ParamFault::Relation("its instruments do not fit together any more"))?;
        if anew.frames_ns() == self.bars.frames_ns() {
            self.bars.again(|bar| anew.learn(bar));
        } else {
            // Bars of another length are not made out of trades that are gone: it warms up again.
            self.bars = Bars::new(&self.instruments, anew.frames_ns());
        }
        (self.play, self.gave_up) = (anew, false);
        Ok(())
    }

    /// Other parameters came into force: it may wish now.
    pub(super) fn on_retuned(&mut self, context: &mut Context<'_>) {
        let mut call = Call::new(context, &self.bars);
        self.play.on_retuned(&mut call);
        self.gave_up |= call.gave_up;
    }

    /// What came of the last thing that a person asked of it.
    pub(super) fn answer(&self) -> Option<Answered> {
        self.play.answer()
    }

    /// The time of a timer that is due now.
    pub(super) fn next_turn(&self, now: Nanos) -> Nanos {
        let period = self.timer_ns();
        Nanos((now.0 / period).saturating_add(1).saturating_mul(period))
    }
}
