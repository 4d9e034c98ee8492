//! Purpose: the clerk at its rings. Decisions become requests, replies become reports.
//! Inputs: `order`, every `reply`.
//! State: [`Execution`], and tick-to-order latency.
//! Never: takes an event whose consequences have no room; drops a report or a cancel.

use crate::execution::anomaly::Anomaly;
use crate::execution::latency::Latency;
use crate::execution::{Execution, Outcome};
use crate::journal::disk::{JournalGauges, LAG_MAX_NS};
use crate::risk::Decision;
use crate::topology::{Ring, Stage as Place, row};
use engine_model::image::LatencyImage;
use engine_model::planted::planted;
use engine_model::refusal::{Check, Refusal};
use engine_model::report::Report;
use engine_model::units::Nanos;
use engine_model::venue::{Reply, Request, RequestKind, VenueId};
use engine_ring::clock::Clock;
use engine_ring::counter::{CachePadded, Counter};
use engine_ring::flag::Switch;
use engine_ring::pulse::{Fact, Pulse};
use engine_ring::ring::{Reader, Writer};
use engine_ring::snapshot::SnapshotWriter;
use engine_ring::stage::{Poll, Stage};
use std::sync::Arc;

/// Decisions, and replies of one venue, taken in one poll.
const BATCH: usize = 16;
/// Reports that one reply or decision may lead to.
const REPORTS: usize = 3;
/// As long as a decision waits for the disk at most, in milliseconds.
const LAG_MAX_MS: i64 = (LAG_MAX_NS / Nanos::MILLI) as i64;
/// Images are at least this far apart.
const IMAGE_EVERY_NS: u64 = 100 * Nanos::MILLI;

/// The ends that execution holds.
#[derive(Debug)]
pub struct ExecutionEnds {
    /// What risk decided.
    pub orders: Reader<Decision>,
    /// What venues answer.
    pub replies: Vec<(VenueId, Reader<Reply>)>,
    /// What venues are asked.
    pub requests: Vec<(VenueId, Writer<Request>)>,
    /// What became of orders.
    pub reports: Writer<Report>,
    /// Tick-to-order for the slow side.
    pub images: SnapshotWriter<LatencyImage>,
    /// When it is on, no order is handed to a venue, whatever was approved.
    pub kill: Switch,
    /// The time.
    pub clock: Clock,
}

/// What the stage counts. One writer, any readers.
#[derive(Debug, Default)]
pub struct ExecutionCounters {
    /// Decisions carried out.
    pub decisions: Counter,
    /// Replies taken in.
    pub replies: Counter,
    /// Orders and changes of orders handed to a venue.
    pub placed: Counter,
    /// Cancels handed to a venue.
    pub cancels: Counter,
    /// Reports published.
    pub reports: Counter,
    /// Orders that are not over.
    pub open: Counter,
    /// What did not fit, in the order of [`Anomaly::ALL`].
    pub anomalies: [Counter; Anomaly::ALL.len()],
    /// The id of the order that each was last met with, written before its count.
    pub anomaly_orders: [Counter; Anomaly::ALL.len()],
    /// Polls that found an input and no room for its consequences.
    pub blocked: Counter,
}

/// The stage.
#[derive(Debug)]
pub struct ExecutionStage {
    execution: Execution,
    orders: Reader<Decision>,
    replies: Vec<(VenueId, Reader<Reply>)>,
    way_out: WayOut,
    images: SnapshotWriter<LatencyImage>,
    kill: Switch,
    clock: Clock,
    /// Whose disk a decision waits for, where it does.
    journal: Option<Arc<JournalGauges>>,
    /// Which decision waits, by its place on the ring, and since when.
    waiting: Option<(u64, Nanos)>,
    image_at_ns: Nanos,
    image_samples: u64,
    anomalies_told: u64,
}

/// Where consequences go.
#[derive(Debug)]
struct WayOut {
    /// By venue; `None` for one that takes no part in the run.
    requests: [Option<Writer<Request>>; VenueId::ALL.len()],
    reports: Writer<Report>,
    latency: Latency,
    counters: Arc<CachePadded<ExecutionCounters>>,
    /// Where other processes read how many orders are open.
    page: Option<Arc<Pulse>>,
}

impl ExecutionStage {
    /// The clerk at its rings.
    #[must_use]
    pub fn new(execution: Execution, ends: ExecutionEnds) -> Self {
        let ExecutionEnds { orders, replies, requests, reports, images, kill, clock } = ends;
        let mut by_venue = [const { None }; VenueId::ALL.len()];
        for (venue, writer) in requests {
            by_venue[venue as usize] = Some(writer);
        }
        let latency = Latency::default();
        let way_out = WayOut { requests: by_venue, reports, latency, counters: Arc::default(), page: None };
        let (image_at_ns, image_samples, anomalies_told) = (Nanos(0), 0, 0);
        Self {
            execution,
            orders,
            replies,
            way_out,
            images,
            kill,
            clock,
            journal: None,
            waiting: None,
            image_at_ns,
            image_samples,
            anomalies_told,
        }
    }

    /// From now on a decision is carried out when that journal's disk has it. Nobody waits for long: then orders are refused
    /// and cancels leave.
    #[must_use]
    pub fn waiting_for(mut self, journal: Option<Arc<JournalGauges>>) -> Self {
        self.journal = journal;
        self
    }

    /// Says on that page how many orders are open, as it counts them.
    #[must_use]
    pub fn on_page(mut self, page: Option<Arc<Pulse>>) -> Self {
        self.way_out.page = page;
        self
    }

    /// The clerk.
    #[must_use]
    pub fn execution(&self) -> &Execution {
        &self.execution
    }

    /// Tick-to-order of the run so far.
    #[must_use]
    pub fn latency(&self) -> &Latency {
        &self.way_out.latency
    }

    /// What is counted.
    #[must_use]
    pub fn counters(&self) -> Arc<CachePadded<ExecutionCounters>> {
        self.way_out.counters.clone()
    }
}

impl Stage for ExecutionStage {
    fn name(&self) -> &str {
        Place::Execution.name()
    }

    fn poll(&mut self) -> Poll {
        // Replies first: an order that is over needs no cancel.
        let done = self.take_replies() + self.withdraw() + self.take_decisions();
        if done > 0 {
            self.count();
            return Poll::Worked;
        }
        if self.execution.is_withdrawing() || self.orders.has_next() || self.replies.iter().any(|(_, r)| r.has_next()) {
            self.way_out.counters.blocked.add(u64::from(self.waiting.is_none()));
            return Poll::Blocked;
        }
        self.show();
        Poll::Idle
    }

    fn finish(&mut self) {
        self.image_at_ns = Nanos(0);
        self.show();
    }
}

impl ExecutionStage {
    fn take_replies(&mut self) -> usize {
        let Self { execution, replies, way_out, .. } = self;
        let mut done = 0;
        for (_, ring) in replies {
            if !ring.has_next() {
                continue;
            }
            let limit = BATCH.min(way_out.reports.room() / REPORTS);
            if limit > 0 {
                done += ring.take(limit, |_, reply| {
                    execution.on_reply(reply).iter().flatten().for_each(|report| way_out.report(report));
                    way_out.count_open(execution);
                });
            }
        }
        self.way_out.counters.replies.add(done as u64);
        done
    }

    /// A withdrawal goes on before the next decision is taken, as far as its venues have room. A venue whose ring is full
    /// holds up its own orders alone.
    fn withdraw(&mut self) -> usize {
        // The clock is read where something may be due, and nowhere else.
        if !self.execution.is_withdrawing() && !self.execution.has_refused() {
            return 0;
        }
        let Self { execution, way_out, clock, .. } = self;
        let done = way_out.withdraw(execution, Nanos(clock.now()));
        way_out.count_open(execution);
        done
    }

    fn take_decisions(&mut self) -> usize {
        let mut done = 0;
        while done < BATCH && self.orders.has_next() && self.way_out.has_room() {
            let Some(late) = self.is_due() else { break };
            let Self { execution, orders, way_out, kill, clock, .. } = self;
            let taken = orders.take(1, |_, decision| {
                let barred =
                    execution.venue_of(decision).and_then(|venue| barred(kill, way_out, execution, venue)).or(late);
                let now = Nanos(clock.now());
                // A cancel is neither dropped nor in the way of what stands behind it.
                if execution.cancels_at(decision).is_some_and(|venue| !way_out.has_slot(execution, venue)) {
                    return execution.cancel_later(decision);
                }
                let outcome = execution.on_decision(decision, now, barred);
                if matches!(&outcome.request, Some((_, Request { what: RequestKind::Place(_), .. }))) {
                    way_out.latency.record(decision.caused_at_ns, now);
                }
                way_out.send(&outcome);
                // Inside: until here the decision counts as unread, and a withdrawal begins with what has room now.
                way_out.withdraw(execution, now);
                way_out.count_open(execution);
            });
            if taken == 0 {
                break;
            }
            done += taken;
        }
        self.way_out.counters.decisions.add(done as u64);
        done
    }

    /// Whether the next decision may be carried out; with a refusal for it if it is an order, which is not to leave then.
    /// `None`: it waits for the disk.
    fn is_due(&mut self) -> Option<Option<Refusal>> {
        let place = self.orders.position();
        let Some(journal) = &self.journal else { return Some(None) };
        let durable = journal.durable_decisions.get_acquire();
        if durable > place || self.kill.is_on() || planted("execution/disk-not-waited-for") {
            self.waiting = None;
            return Some(None);
        }
        let now = Nanos(self.clock.now());
        // Since the disk last moved, whoever is next: else each would wait its own time behind one that hangs.
        let since = self.waiting.filter(|(was, _)| *was == durable).map_or(now, |(_, since)| since);
        self.waiting = Some((durable, since));
        let waits_ns = now.since(since);
        let refusal = || Refusal::new(Check::JournalHealth, (waits_ns / Nanos::MILLI) as i64, LAG_MAX_MS);
        (waits_ns > LAG_MAX_NS).then(|| Some(refusal()))
    }

    fn count(&mut self) {
        let counters = &self.way_out.counters;
        let met = self.execution.anomalies();
        if met.noted() != self.anomalies_told {
            self.anomalies_told = met.noted();
            for anomaly in Anomaly::ALL {
                counters.anomaly_orders[anomaly as usize].set(met.order(anomaly).0);
                counters.anomalies[anomaly as usize].set(met.count(anomaly));
            }
        }
    }

    /// In a moment without work: see [`Latency`].
    fn show(&mut self) {
        let samples = self.way_out.latency.samples();
        if samples == self.image_samples {
            return;
        }
        let now = Nanos(self.clock.now());
        if now.since(self.image_at_ns) >= IMAGE_EVERY_NS {
            self.image_at_ns = now;
            self.image_samples = samples;
            self.images.write(self.way_out.latency.image());
        }
    }
}

/// Why no order may be handed to a venue now, if it may not.
fn barred(kill: &Switch, way_out: &mut WayOut, execution: &Execution, venue: VenueId) -> Option<Refusal> {
    if kill.is_on() && !planted("execution/kill-word-unseen") {
        return Some(Refusal::new(Check::Killed, 1, 0));
    }
    way_out.full(execution, venue)
}

impl WayOut {
    /// Whether what a decision leads to can be told.
    fn has_room(&mut self) -> bool {
        self.reports.room() >= REPORTS
    }

    /// Whether a cancel may be handed to that venue now: there is a slot for it, and none waits before it.
    fn has_slot(&mut self, execution: &Execution, venue: VenueId) -> bool {
        self.slots(venue) > 0 && !execution.is_withdrawing_at(venue)
    }

    fn slots(&mut self, venue: VenueId) -> usize {
        self.requests[venue as usize].as_mut().map_or(0, |ring| ring.room())
    }

    /// Hands out what is to be withdrawn, as far as there is room. How many orders that were.
    fn withdraw(&mut self, execution: &mut Execution, now: Nanos) -> usize {
        let mut done = 0;
        while (execution.is_withdrawing() || execution.asks_again(now)) && self.has_room() {
            let Some(outcome) = execution.withdraw_next(now, |venue| self.slots(venue) > 0) else { break };
            self.send(&outcome);
            done += 1;
        }
        done
    }

    /// Slots used with one order more and slots that orders may use, when only the reserve is left, or less: cancels wait.
    fn full(&mut self, execution: &Execution, venue: VenueId) -> Option<Refusal> {
        let refusal = |value, limit| Refusal::new(Check::Backpressure, value, limit);
        let Some(ring) = &mut self.requests[venue as usize] else { return Some(refusal(1, 0)) };
        let reserve = row(Ring::Request).reserve.min(ring.depth() / 4);
        let reserve = if planted("execution/no-reserve-for-cancels") { 0 } else { reserve };
        let used = if execution.is_withdrawing_at(venue) { ring.depth() } else { ring.depth() - ring.room() };
        let slots = ring.depth() - reserve;
        (used >= slots).then(|| refusal(used as i64 + 1, slots as i64))
    }

    /// Hands out into room that was counted before. The request first: it is what the market waits for.
    fn send(&mut self, outcome: &Outcome) {
        if let Some((venue, request)) = &outcome.request {
            let published = self.requests[*venue as usize].as_mut().map(|ring| ring.try_publish(*request));
            assert!(matches!(published, Some(Ok(_))), "the request ring of {} had room and is full", venue.name());
            match request.what {
                RequestKind::Place(_) | RequestKind::Modify { .. } => self.counters.placed.add(1),
                RequestKind::Cancel => self.counters.cancels.add(1),
            }
        }
        outcome.reports.iter().flatten().for_each(|report| self.report(report));
    }

    /// Before the event that changed it counts as read: who sees that all is read sees what is open.
    #[inline]
    fn count_open(&self, execution: &Execution) {
        let open = execution.orders().open_count() as u64;
        self.counters.open.set(open);
        if let Some(page) = &self.page {
            page.set(Fact::Open, open);
        }
    }

    fn report(&mut self, report: &Report) {
        let published = self.reports.try_publish(*report);
        assert!(published.is_ok(), "the report ring had room and is full");
        self.counters.reports.add(1);
    }
}

#[cfg(test)]
#[path = "stage_tests.rs"]
mod tests;
