//! From a journal to the state that its run ended in: every wish and command is judged again, on what risk had seen then,
//! and must come out as it was written; every report is folded again.
//!
//! Never believes a verdict it finds: a journal in which risk decided otherwise than this build would is refused at the
//! first such decision.

use super::format::{Damage, PROLOGUE_BYTES};
use super::reader::{Entry, Fault};
use super::record::{Judgement, Record, Run};
use super::stage::BATCH;
use crate::execution::Anomaly;
use crate::execution::order_table::OrderTable;
use crate::risk::{Risk, Terms};
use crate::state::state_hash;
use engine_model::instrument::{Instrument, InstrumentId};
use engine_model::intent::{Seen, ahead};
use engine_model::market::MarketEvent;
use engine_model::planted::planted;
use engine_model::report::Report;
use engine_model::units::Nanos;
use engine_model::venue::VENUES_MAX;
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

/// Later than anything.
const FOREVER: Nanos = Nanos(u64::MAX);

/// What a replay came to.
#[derive(Debug)]
pub struct Replayed {
    /// Risk, with portfolio and markets, as at the end.
    pub risk: Risk,
    /// Execution's order table as at the end.
    pub orders: OrderTable,
    /// Entries by kind: market, decision, report.
    pub counts: [u64; 3],
    /// What stands at the end, and what it rests on does not: decisions, reports. Not among the counts.
    pub left_out: [u64; 2],
}

impl Replayed {
    /// To be compared with the run's own.
    #[must_use]
    pub fn state_hash(&self) -> [u8; 32] {
        state_hash(&self.risk, &self.orders)
    }
}

/// Why a journal cannot be replayed.
#[derive(Debug)]
pub enum ReplayError {
    /// The file is damaged.
    Fault(Fault),
    /// The file ends before its first record.
    Empty,
    /// The file's first words are being written.
    Begins {
        /// Bytes of the prologue that are there.
        written: usize,
    },
    /// No run ever began like that.
    Impossible {
        /// What is wrong with it.
        fault: &'static str,
    },
    /// A decision names events that the journal does not hold.
    Unseen {
        /// Sequence of the decision's record.
        sequence: u64,
        /// What it says risk had read.
        wanted: Seen,
        /// What the journal holds.
        held: Seen,
    },
    /// Judged again, it comes out differently.
    Differs {
        /// Sequence of the decision's record.
        sequence: u64,
        /// As written.
        written: Box<Judgement>,
        /// As judged now; `None`: nothing was decided.
        judged: Option<Box<Judgement>>,
    },
    /// An instrument that the run does not have.
    Foreign {
        /// Of the record.
        sequence: u64,
    },
    /// A report that does not follow from what went before.
    Report {
        /// What the order table said of it.
        anomaly: String,
    },
}

impl ReplayError {
    /// Nothing is wrong: the file is only being begun.
    #[must_use]
    pub fn is_begun(&self) -> bool {
        matches!(self, Self::Begins { .. })
    }
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault(fault) => fault.fmt(f),
            Self::Empty => write!(f, "journal holds no run: it ends behind its prologue"),
            Self::Begins { written } => write!(
                f,
                "JOURNAL_BEGINS: {written} of the {PROLOGUE_BYTES} bytes of its prologue are there and nothing behind them: its \
                 writer is at it, and the next look sees more; or it ended there, and no run is lost with this file"
            ),
            Self::Impossible { fault } => write!(f, "the run's own record is not one of a run: it has {fault}"),
            Self::Unseen { sequence, wanted, held } => {
                write!(f, "record {sequence} was decided on {wanted:?}, the journal holds only {held:?}")
            }
            Self::Differs { sequence, written, judged } => {
                write!(f, "record {sequence} says {written:?}, judged again it is {judged:?}")
            }
            Self::Foreign { sequence } => write!(f, "record {sequence} is of an instrument that the run does not have"),
            Self::Report { anomaly } => write!(f, "a report does not follow: {anomaly}"),
        }
    }
}

impl std::error::Error for ReplayError {}

impl From<Fault> for ReplayError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// The journal's thread reads its rings one after the other, so a decision may stand before events that it was based on:
/// what was read and not yet needed waits here. Of a run that was cut off those events may never have been written: such
/// decisions at the end, and the reports that follow from them, are left out.
#[derive(Clone, Debug)]
pub(super) struct Replay {
    pub(super) risk: Risk,
    pub(super) orders: OrderTable,
    /// By slot of their venue.
    pub(super) market: [VecDeque<MarketEvent>; VENUES_MAX],
    pub(super) reports: VecDeque<Report>,
    decisions: VecDeque<Waiting>,
    /// By kind: market, decision, report.
    pub(super) counts: [u64; 3],
    /// A decision was of a later time.
    is_over: bool,
}

/// A decision whose events are not all here.
#[derive(Clone, Debug)]
struct Waiting {
    sequence: u64,
    judgement: Judgement,
    /// What was held when it was read.
    held: Seen,
}

/// Replays a whole journal. `epoch` is the prologue's.
pub fn replay(entries: impl IntoIterator<Item = Result<Entry, Fault>>, epoch: u32) -> Result<Replayed, ReplayError> {
    replay_until(entries, epoch, FOREVER)
}

/// Replays what had happened by then: what was decided, what that rests on, and all else that had come. Records are written
/// down one ring after the other, and risk's time is that of its turn, so what it read in that turn may be a little later.
/// A tail that is torn tells nothing of a time before it.
pub fn replay_until(
    entries: impl IntoIterator<Item = Result<Entry, Fault>>,
    epoch: u32,
    at: Nanos,
) -> Result<Replayed, ReplayError> {
    let mut entries = entries.into_iter();
    let first = entries.next().ok_or(ReplayError::Empty)??;
    let Record::Run(run) = first.record else { return Err(ReplayError::Empty) };
    let mut replay = Replay::new(&run, epoch)?;
    for entry in entries {
        match entry {
            Err(Fault { damage: Damage::Torn, .. }) if at < FOREVER => break,
            entry => replay.take(entry?, at)?,
        }
    }
    replay.finish(at)
}

impl Replay {
    pub(super) fn new(run: &Run, epoch: u32) -> Result<Self, ReplayError> {
        if let Some(fault) = run.fault() {
            return Err(ReplayError::Impossible { fault });
        }
        let open_orders_max = run.open_orders_max as usize;
        let terms = Terms { epoch, equity_start: run.equity_start, open_orders_max };
        Ok(Self {
            risk: Risk::new(Arc::new(run.listed()), &run.rules, terms),
            orders: OrderTable::new(open_orders_max),
            market: Default::default(),
            reports: VecDeque::new(),
            decisions: VecDeque::new(),
            counts: [0; 3],
            is_over: false,
        })
    }

    /// Takes the next entry behind the run's own, as far as it had happened by then.
    pub(super) fn take(&mut self, entry: Entry, at: Nanos) -> Result<(), ReplayError> {
        let Entry { head, record, .. } = entry;
        if let Record::Decision(_) = record {
            self.check_waiting()?;
        }
        match record {
            Record::Market(event) => {
                self.counts[0] += u64::from(head.at_ns <= at.0);
                let venue = self.known(event.at.instrument, head.sequence)?.venue;
                if venue != event.at.venue {
                    return Err(ReplayError::Foreign { sequence: head.sequence });
                }
                let slot = self.risk.instruments().slot(venue);
                self.market[slot].push_back(event);
            }
            Record::Decision(_) if self.is_over || head.at_ns > at.0 => self.is_over = true,
            Record::Decision(judgement) => {
                self.counts[1] += 1;
                if let Some(order) = judgement.verdict.order() {
                    self.known(order.instrument, head.sequence)?;
                }
                let held = self.held();
                self.decisions.push_back(Waiting { sequence: head.sequence, judgement, held });
            }
            Record::Report(report) => {
                self.counts[2] += u64::from(head.at_ns <= at.0);
                self.known(report.instrument, head.sequence)?;
                self.reports.push_back(report);
            }
            Record::Run(_) => unreachable!("the reader admits a run record as the first only"),
        }
        self.judge_ready()
    }

    fn known(&self, id: InstrumentId, sequence: u64) -> Result<&Instrument, ReplayError> {
        self.risk.instruments().iter().as_slice().get(id.index()).ok_or(ReplayError::Foreign { sequence })
    }

    fn held(&self) -> Seen {
        let mut held = *self.risk.seen();
        for (held, waiting) in held.market.iter_mut().zip(&self.market) {
            *held = held.wrapping_add(waiting.len() as u32);
        }
        held.report = held.report.wrapping_add(self.reports.len() as u32);
        held
    }

    /// Where another decision stands: refuses the first of those that wait if its events will not come any more. The thread
    /// has read their ring between the two, and took fewer than it may at once: so that ring was empty, and they in it.
    fn check_waiting(&self) -> Result<(), ReplayError> {
        let Some(Waiting { sequence, judgement, held: before }) = self.decisions.front() else { return Ok(()) };
        let (wanted, held) = (judgement.seen, self.held());
        let is_missed = |wanted: u32, held: u32, before: u32| {
            ahead(wanted, held) > 0 && !(held.wrapping_sub(before) as usize).is_multiple_of(BATCH)
        };
        let is_missed = (0..VENUES_MAX)
            .any(|slot| is_missed(wanted.market[slot], held.market[slot], before.market[slot]))
            || is_missed(wanted.report, held.report, before.report);
        if is_missed { Err(ReplayError::Unseen { sequence: *sequence, wanted, held }) } else { Ok(()) }
    }

    /// Judges every decision whose events are all here.
    fn judge_ready(&mut self) -> Result<(), ReplayError> {
        while let Some(next) = self.decisions.front() {
            let (wanted, held) = (next.judgement.seen, self.held());
            if !held.covers(&wanted) {
                return Ok(());
            }
            let Some(Waiting { sequence, judgement: written, .. }) = self.decisions.pop_front() else { return Ok(()) };
            self.read_until(&written.seen)?;
            self.judge(sequence, &written)?;
        }
        Ok(())
    }

    fn judge(&mut self, sequence: u64, written: &Judgement) -> Result<(), ReplayError> {
        let decision = self.risk.answer(&written.question(), written.at_ns, written.outside());
        let judged = decision.as_ref().map(Judgement::from);
        if judged != Some(*written) && !planted("recovery/decisions-not-judged-again") {
            let written = Box::new(*written);
            return Err(ReplayError::Differs { sequence, written, judged: judged.map(Box::new) });
        }
        Ok(())
    }

    fn read_until(&mut self, seen: &Seen) -> Result<(), ReplayError> {
        for (slot, waiting) in self.market.iter_mut().enumerate() {
            while ahead(seen.market[slot], self.risk.seen().market[slot]) > 0 {
                let Some(event) = waiting.pop_front() else { break };
                self.risk.on_market(&event);
            }
        }
        while ahead(seen.report, self.risk.seen().report) > 0 {
            let Some(report) = self.reports.pop_front() else { break };
            // Risk panics on a report that cannot follow, for live it would be a bug; a file may simply be wrong.
            let refused = |anomaly: Anomaly| ReplayError::Report { anomaly: format!("{anomaly:?}") };
            self.risk.doubt(&report).map_or(Ok(()), |anomaly| Err(refused(anomaly)))?;
            if !report.event.is_of_account() {
                self.orders.apply(&report).map_err(refused)?;
            }
            self.risk.on_report(&report);
        }
        Ok(())
    }

    /// Whether every decision so far was judged: then what waits are events alone.
    pub(super) fn is_settled(&self) -> bool {
        self.decisions.is_empty()
    }

    /// Reads what had come by then and no decision waited for. Says how much was left out.
    pub(super) fn finish(mut self, at: Nanos) -> Result<Replayed, ReplayError> {
        let come = |event: &MarketEvent| event.at.received_at_ns <= at;
        self.market.iter_mut().for_each(|waiting| waiting.truncate(waiting.iter().take_while(|e| come(e)).count()));
        self.reports.truncate(self.reports.iter().take_while(|report| report.received_at_ns <= at).count());
        let mut left_out = [self.decisions.len() as u64, 0];
        let mut held = self.held();
        held.report = self.risk.seen().report;
        self.read_until(&held)?;
        while let Some(report) = self.reports.front() {
            if self.lacks_its_decision(report) {
                left_out[1] = self.reports.len() as u64;
                break;
            }
            held.report = held.report.wrapping_add(1);
            self.read_until(&held)?;
        }
        let Self { risk, orders, mut counts, .. } = self;
        counts[1] -= left_out[0];
        counts[2] -= left_out[1];
        Ok(Replayed { risk, orders, counts, left_out })
    }

    /// Whether the next report tells of what was decided and is left out, or not here.
    fn lacks_its_decision(&self, report: &Report) -> bool {
        // What stands before a decision tells of others, with the exception of an order that is not known yet.
        let is_behind = |waiting: &Waiting| ahead(waiting.held.report, self.risk.seen().report) == 0;
        let is_of = |waiting: &Waiting| waiting.judgement.verdict.order_id() == Some(report.client_order_id);
        !report.event.is_of_account()
            && (self.decisions.iter().any(|waiting| is_behind(waiting) && is_of(waiting))
                || self.risk.doubt(report) == Some(Anomaly::UnknownOrder))
    }
}

#[cfg(test)]
#[path = "replay_tests.rs"]
pub(super) mod tests;
