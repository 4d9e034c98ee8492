//! Purpose: writes down what the core acts on: market events, decisions, reports.
//! Inputs: every `market` ring, `order`, `report`; all gating, so nothing is acted on that is not written down.
//! State: the page being filled, the sequence, the checksum of the last record.
//! Never: waits for the disk. A full page goes to the disk thread; without a free page the stage is blocked, and the
//! pressure reaches the sockets through the rings.

use super::disk::{Disk, JournalGauges, PAGE_BYTES, Page};
use super::format::{HEAD_BYTES, Head, Prologue, RecordKind};
use super::record::Run;
use super::row::decision::DecisionRow;
use super::row::market::MarketRow;
use super::row::run::RunRow;
use super::row::{ROW_VERSION, ReportRow};
use super::segments::End;
use super::states::StatesFile;
use crate::risk::{Decision, DecisionKind, Losses};
use crate::topology::Stage as Name;
use engine_model::command::CommandKind;
use engine_model::market::MarketEvent;
use engine_model::report::Report;
use engine_model::units::Nanos;
use engine_model::venue::VenueId;
use engine_ring::clock::Clock;
use engine_ring::ring::Reader;
use engine_ring::stage::{Poll, Stage};
use rkyv::api::high::{HighSerializer, to_bytes_in};
use rkyv::ser::allocator::ArenaHandle;
use rkyv::{Serialize, rancor};
use std::path::PathBuf;
use std::sync::Arc;

/// Events taken from one ring in one poll.
pub(super) const BATCH: usize = 256;
/// No record of the engine's own is longer; the run record, which may be, gets its page grown once at the start.
const RECORD_BYTES_MAX: usize = 512;

/// The ends that the journal reads.
#[derive(Debug)]
pub struct JournalInputs {
    /// Of every venue.
    pub market: Vec<(VenueId, Reader<MarketEvent>)>,
    /// Decisions of risk.
    pub order: Reader<Decision>,
    /// Transitions of orders.
    pub report: Reader<Report>,
}

/// The journal.
#[derive(Debug)]
pub struct JournalStage {
    inputs: JournalInputs,
    pages: Pages,
    /// `None` after the last words.
    disk: Option<Disk>,
    path: PathBuf,
    gauges: Arc<JournalGauges>,
    /// Where trading states outlive the run; a run of a test or a recording keeps none.
    states: Option<StatesFile>,
}

/// Where records are encoded.
#[derive(Debug)]
pub(super) struct Pages {
    pub(super) page: Option<Page>,
    pub(super) end: End,
    pub(super) clock: Clock,
}

impl JournalStage {
    /// Begins the journal with what the run begins with.
    #[must_use]
    pub fn new(inputs: JournalInputs, disk: Disk, prologue: &Prologue, run: &Run) -> Self {
        let crc_of_prologue = crc32c::crc32c(&prologue.encode()[..60]);
        let end = End { sequence: 0, previous: crc_of_prologue };
        let mut pages = Pages { page: disk.free.try_recv().ok(), end, clock: disk.clock.clone() };
        pages.append(RecordKind::Run, 0, &RunRow::from(run));
        let (path, gauges) = (disk.path().to_owned(), disk.gauges.clone());
        Self { inputs, pages, disk: Some(disk), path, gauges, states: None }
    }

    /// Keeps trading states and losses, too: the disk thread writes them behind the page that tells of the change.
    #[must_use]
    pub fn keeping(self, states: Option<StatesFile>) -> Self {
        Self { states, ..self }
    }

    /// What it has done, for the slow side.
    #[must_use]
    pub fn gauges(&self) -> Arc<JournalGauges> {
        self.gauges.clone()
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &PathBuf {
        &self.path
    }

    /// Hands the page on and takes a fresh one; whether there is one to write into.
    fn turn_page(&mut self) -> bool {
        let Some(disk) = &self.disk else { return false };
        match self.pages.page.take() {
            Some(page) if page.bytes.is_empty() => self.pages.page = Some(page),
            Some(page) => match disk.to_disk.try_send(page) {
                Ok(()) => self.pages.page = disk.free.try_recv().ok(),
                Err(refused) => self.pages.page = Some(refused.into_inner()),
            },
            None => self.pages.page = disk.free.try_recv().ok(),
        }
        self.pages.room() > 0
    }

    /// Tells since when the page gathers. One that was handed on stands there until the disk is through, or another begins:
    /// the disk's thread may take a moment to wake.
    fn tell_gathering(&self) {
        match (&self.pages.page, &self.disk) {
            (Some(page), _) if page.begun_at_ns > 0 => self.gauges.gathers_since_ns.set_release(page.begun_at_ns),
            (_, Some(disk)) if disk.is_idle() => self.gauges.gathers_since_ns.set_release(0),
            _ => {}
        }
    }

    fn drain(&mut self) -> usize {
        let Self { inputs, pages, states, .. } = self;
        let mut taken = 0;
        for (_, market) in &mut inputs.market {
            taken += market.take(BATCH.min(pages.room()), |_, event| {
                pages.append(RecordKind::Market, event.at.received_at_ns.0, &MarketRow::from(event));
            });
        }
        taken += inputs.order.take(BATCH.min(pages.room()), |_, decision| {
            pages.append(RecordKind::Decision, decision.at_ns.0, &DecisionRow::from(decision));
            let Some(states) = states else { return };
            let mut is_news = decision.sets().is_some_and(|(scope, state)| states.set(scope, state));
            is_news |= decision.flattens() && states.set_flattening();
            if let DecisionKind::CommandTaken { what: CommandKind::SetLimit { limit, value }, .. } = decision.what {
                is_news |= states.set_limit(limit, value);
            }
            if let DecisionKind::Marked { loss, fall, .. } = decision.what {
                let losses = Losses { day: decision.at_ns.0 / Nanos::DAY, loss, fall };
                is_news |= states.set_losses(decision.strategy, losses);
            }
            if is_news {
                pages.keep(states);
            }
        });
        taken += inputs.report.take(BATCH.min(pages.room()), |_, report| {
            pages.append(RecordKind::Report, report.received_at_ns.0, &ReportRow::from(report));
        });
        taken
    }

    fn has_input(&self) -> bool {
        self.inputs.market.iter().any(|(_, market)| market.has_next())
            || self.inputs.order.has_next()
            || self.inputs.report.has_next()
    }
}

impl Stage for JournalStage {
    fn name(&self) -> &str {
        Name::Journal.name()
    }

    fn poll(&mut self) -> Poll {
        self.tell_gathering();
        if self.pages.room() < BATCH && !self.turn_page() {
            return if self.has_input() { Poll::Blocked } else { Poll::Idle };
        }
        let taken = self.drain();
        self.gauges.encoded.add(taken as u64);
        // Quiet, or a halt that is to outlive us: what has gathered goes to the disk now, not when the page is full. Quiet,
        // but the disk still at work: it waits here, and gathers. Else sixty-four quiet moments within one slow sync would
        // use up all pages, each with a handful of records in it.
        if self.pages.is_urgent() || (taken == 0 && self.disk.as_ref().is_some_and(Disk::is_idle)) {
            self.turn_page();
        }
        Poll::from_count(taken)
    }

    fn finish(&mut self) {
        let Some(disk) = self.disk.take() else { return };
        self.gauges.gathers_since_ns.set_release(0);
        if let Some(page) = self.pages.page.take() {
            // The disk thread lives as long as `disk`; were it dead, the fault would already be recorded.
            let _ = disk.to_disk.send(page);
        }
        disk.close();
    }
}

impl Pages {
    /// Records that fit the page for certain.
    fn room(&self) -> usize {
        self.page.as_ref().map_or(0, |page| PAGE_BYTES.saturating_sub(page.bytes.len()) / RECORD_BYTES_MAX)
    }

    /// Has the file written behind the page.
    fn keep(&mut self, states: &StatesFile) {
        let Some(page) = &mut self.page else { unreachable!("room() was asked before") };
        states.fill(&mut page.sheet);
    }

    fn is_urgent(&self) -> bool {
        self.page.as_ref().is_some_and(|page| page.sheet.is_due())
    }

    pub(super) fn append<R>(&mut self, kind: RecordKind, at_ns: u64, row: &R)
    where
        R: for<'a> Serialize<HighSerializer<Vec<u8>, ArenaHandle<'a>, rancor::Error>>,
    {
        let Some(page) = &mut self.page else { unreachable!("room() was asked before") };
        let start = page.bytes.len();
        page.bytes.resize(start + HEAD_BYTES, 0);
        // The vector goes in and comes back: rkyv writes behind what it already holds, and nothing is copied.
        let Ok(bytes) = to_bytes_in::<_, rancor::Error>(row, std::mem::take(&mut page.bytes)) else {
            unreachable!("a row of fixed layout always serializes into memory")
        };
        page.bytes = bytes;
        let length = page.bytes.len() - start;
        assert!(kind == RecordKind::Run || length <= RECORD_BYTES_MAX, "{} record of {length} bytes", kind.name());
        let record = &mut page.bytes[start..];
        let End { sequence, previous } = self.end;
        self.end =
            End { sequence: sequence + 1, previous: Head::seal(record, kind, ROW_VERSION, sequence, at_ns, previous) };
        page.end = self.end;
        if page.records == 0 {
            page.begun_at_ns = self.clock.now();
        }
        // The run record has no event's time: nothing waited for it.
        if page.oldest_at_ns == 0 {
            page.oldest_at_ns = at_ns;
        }
        page.records += 1;
        page.decisions += u64::from(kind == RecordKind::Decision);
    }
}

#[cfg(test)]
#[path = "stage_tests.rs"]
mod tests;
