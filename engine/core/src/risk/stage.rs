//! Purpose: the judge at its rings. Every intent and command becomes a decision, or waits where it is.
//! Inputs: `command`, `intent`, every `market`, `report`; the kill switch.
//! State: [`Risk`], and how far the strategies had read when it last looked.
//! Never: knows more of market and orders than the strategies did when they spoke (then a decision is the same on every
//! layout of threads), except while it is blocked: then it reads on, because others wait for it to.

use crate::journal::disk::{JournalGauges, LAG_MAX_NS, SCARCE_PCT};
use crate::risk::decision::{Decision, DecisionKind};
use crate::risk::{Beside, Outside, Risk};
use crate::topology::{Ring, Stage as Place, row};
use engine_model::command::Command;
use engine_model::image::PortfolioImage;
use engine_model::instrument::Instruments;
use engine_model::intent::{Intent, IntentKind, Seen, ahead};
use engine_model::limit::TradingState;
use engine_model::market::MarketEvent;
use engine_model::refusal::Check;
use engine_model::report::Report;
use engine_model::units::Nanos;
use engine_model::venue::VenueId;
use engine_ring::clock::Clock;
use engine_ring::counter::{CachePadded, Counter};
use engine_ring::flag::Switch;
use engine_ring::pulse::{Fact, Pulse};
use engine_ring::ring::{Event, Reader, Writer};
use engine_ring::ring_gauges::RingGauges;
use engine_ring::snapshot::SnapshotWriter;
use engine_ring::stage::{Poll, Stage};
use std::sync::Arc;

/// Intents and commands judged in one poll.
const BATCH: usize = 16;
/// Events read from one ring in one poll when nobody waits for a judgement.
const EVENTS: u32 = 256;
/// Slots that one judgement may need: a change of the trading state, and the decision itself.
const JUDGEMENT: usize = 2;
/// Images are at least this far apart.
const IMAGE_EVERY_NS: u64 = 100 * Nanos::MILLI;

/// The ends that risk holds.
#[derive(Debug)]
pub struct RiskEnds {
    /// What people ask.
    pub commands: Reader<Command>,
    /// What strategies wish.
    pub intents: Reader<Intent>,
    /// What venues tell.
    pub markets: Vec<(VenueId, Reader<MarketEvent>)>,
    /// What became of orders.
    pub reports: Reader<Report>,
    /// What is decided.
    pub orders: Writer<Decision>,
    /// Positions and money for the slow side.
    pub images: SnapshotWriter<PortfolioImage>,
    /// While it is on, no order passes.
    pub kill: Switch,
    /// The time.
    pub clock: Clock,
}

/// What the stage counts. One writer, any readers.
#[derive(Debug)]
pub struct RiskCounters {
    /// Market events read.
    pub events: Counter,
    /// Reports read.
    pub reports: Counter,
    /// Commands obeyed.
    pub commands: Counter,
    /// Orders approved: to leave, to be held, to be let go, to be changed.
    pub approved: Counter,
    /// Orders denied.
    pub denied: Counter,
    /// Cancels passed on.
    pub cancels: Counter,
    /// Breaches of each check, in the order of [`Check::ALL`]; one order may break several.
    pub breaches: [Counter; Check::ALL.len()],
    /// Polls that found a wish or a command and no room for its decision.
    pub blocked: Counter,
    /// Orders by which everything is closed that were priced beside their book, in the order of [`Beside::ALL`].
    pub beside: [Counter; Beside::ALL.len()],
}

impl Default for RiskCounters {
    fn default() -> Self {
        let zero = Counter::default;
        Self {
            events: zero(),
            reports: zero(),
            commands: zero(),
            approved: zero(),
            denied: zero(),
            cancels: zero(),
            breaches: std::array::from_fn(|_| zero()),
            blocked: zero(),
            beside: std::array::from_fn(|_| zero()),
        }
    }
}

/// The stage.
#[derive(Debug)]
pub struct RiskStage {
    risk: Risk,
    ends: RiskEnds,
    leader: Leader,
    scribe: Scribe,
    /// How far the journal was behind when it was last looked at, where that is too far.
    journal_lag: Option<(u64, u64)>,
    /// Where it stands who watches over the run, if it is to be watched.
    page: Option<Arc<Pulse>>,
    /// Slots of `order` that only cancels, denials and commands may use; the last half of them only commands.
    reserve: usize,
    image_at_ns: Nanos,
    image_is_old: bool,
    counters: Arc<CachePadded<RiskCounters>>,
}

impl RiskStage {
    /// The judge at its rings. `gauges` are those of all rings of the run: the stage looks up there how far the strategies
    /// have read. A run without strategies has nobody to follow, and reads freely.
    #[must_use]
    pub fn new(risk: Risk, ends: RiskEnds, gauges: &[Arc<RingGauges>]) -> Self {
        let leader = Leader::new(risk.instruments(), &ends, gauges);
        let scribe = Scribe::new(gauges);
        let reserve = row(Ring::Order).reserve.min(ends.orders.depth() / 4);
        let counters = Arc::default();
        Self {
            risk,
            ends,
            leader,
            scribe,
            journal_lag: None,
            page: None,
            reserve,
            image_at_ns: Nanos(0),
            image_is_old: true,
            counters,
        }
    }

    /// From now on no new order passes while that journal's oldest record waits for the disk for too long.
    #[must_use]
    pub fn written_down_by(mut self, journal: Option<Arc<JournalGauges>>) -> Self {
        self.scribe.journal = journal;
        self
    }

    /// From now on only what reduces passes while nobody stands as the watcher on that page.
    #[must_use]
    pub fn watched_on(mut self, page: Option<Arc<Pulse>>) -> Self {
        self.page = page;
        self
    }

    /// The judge.
    #[must_use]
    pub fn risk(&self) -> &Risk {
        &self.risk
    }

    /// What is counted.
    #[must_use]
    pub fn counters(&self) -> Arc<CachePadded<RiskCounters>> {
        self.counters.clone()
    }
}

impl Stage for RiskStage {
    fn name(&self) -> &str {
        Place::Risk.name()
    }

    fn poll(&mut self) -> Poll {
        let now = Nanos(self.ends.clock.now());
        // Before the intents: whatever the strategies had read by now, they have already spoken about.
        let read_by_leader = self.leader.look(self.risk.seen());
        let mut done =
            self.obey_kill(now) + self.take_commands(now) + self.take_intents(now) + self.shrink(now) + self.close(now);
        let waiting = self.ends.intents.has_next() || self.ends.commands.has_next();
        let blocked = waiting && done == 0;
        if blocked {
            // Execution may wait for us to read its reports, a venue for its events: reading on is what unblocks them.
            self.counters.blocked.add(1);
            done += self.read(None, now);
        } else if !waiting {
            done += self.read(Some(&read_by_leader), now);
        }
        self.tell(now);
        self.image_is_old |= done > 0;
        self.show(now);
        match (done, blocked) {
            (0, true) => Poll::Blocked,
            _ => Poll::from_count(done),
        }
    }

    fn finish(&mut self) {
        self.image_at_ns = Nanos(0);
        self.image_is_old = true;
        self.show(Nanos(self.ends.clock.now()));
    }
}

impl RiskStage {
    /// The kill switch does not wait for a wish: it halts, and that withdraws every working order.
    fn obey_kill(&mut self, now: Nanos) -> usize {
        let killed = self.ends.kill.is_on();
        if !killed || self.risk.trading_state() == TradingState::Halted || self.ends.orders.room() < JUDGEMENT {
            return 0;
        }
        review(&mut self.risk, &mut self.ends.orders, now, killed)
    }

    /// What was lost is told at once behind what it led to, and behind the end of the run: nobody may come after it. A stop
    /// that found no room behind its event is looked at now.
    #[inline]
    fn tell(&mut self, now: Nanos) {
        if self.risk.owes_marks() || self.risk.has_due_stops() {
            watch(&mut self.risk, &mut self.ends.orders, now);
        }
    }

    fn take_commands(&mut self, now: Nanos) -> usize {
        let Self { risk, ends, counters, .. } = self;
        if !ends.commands.has_next() {
            return 0;
        }
        let limit = BATCH.min(ends.orders.room() / JUDGEMENT);
        if limit == 0 {
            return 0;
        }
        let killed = ends.kill.is_on();
        let orders = &mut ends.orders;
        ends.commands.take(limit, |_, command| {
            review(risk, orders, now, killed);
            publish(orders, risk.on_command(command, now));
            counters.commands.add(1);
        })
    }

    /// One after the other: each needs the room that the one before has left.
    fn take_intents(&mut self, now: Nanos) -> usize {
        let mut taken = 0;
        while taken < BATCH && self.ends.intents.has_next() {
            let room = self.ends.orders.room();
            if room < self.reserve / 2 + JUDGEMENT {
                break;
            }
            let full = (room < self.reserve + JUDGEMENT).then(|| {
                let (depth, reserve) = (self.ends.orders.depth(), self.reserve);
                ((depth - room + JUDGEMENT) as u64, (depth - reserve) as u64)
            });
            if !self.take_intent(now, full) {
                break;
            }
            taken += 1;
        }
        taken
    }

    fn take_intent(&mut self, now: Nanos, full: Option<(u64, u64)>) -> bool {
        let (unwatched, scarce) = (self.is_unwatched(), self.scribe.is_scarce());
        let Self { risk, ends, counters, journal_lag, .. } = self;
        let RiskEnds { intents, markets, reports, orders, kill, .. } = ends;
        let outside = Outside { killed: kill.is_on(), unwatched, scarce, full, journal: *journal_lag };
        let taken = intents.take(1, |_, intent| {
            // Losses are not watched in between: the review that follows holds all of them against the limits. Stops are: a
            // price that comes back would never pull them.
            read_up_to(risk, markets, reports, &intent.seen, u32::MAX, |risk| watch_stops(risk, orders, now));
            review(risk, orders, now, outside.killed);
            let decision = risk.judge(intent, now, outside);
            counters.count(&decision);
            publish(orders, decision);
        });
        taken > 0
    }

    #[inline]
    fn is_unwatched(&self) -> bool {
        self.page.as_ref().is_some_and(|page| page.get(Fact::Watcher) == 0)
    }

    /// Closes positions, where risk was told to or has to. These wishes are risk's own: no ring carries them.
    fn close(&mut self, now: Nanos) -> usize {
        let mut done = 0;
        while self.risk.is_closing_any() && self.ends.orders.room() >= JUDGEMENT {
            let Some(intent) = self.risk.next_closing(now) else { break };
            let beside = self.risk.is_flattening().then(|| self.beside(&intent, now)).flatten();
            let approved = self.counters.approved.get();
            self.judge_own(&intent, now);
            if let (Some(beside), true) = (beside, self.counters.approved.get() > approved) {
                self.counters.beside[beside as usize].add(1);
            }
            done += 1;
        }
        done
    }

    #[cold]
    fn beside(&self, intent: &Intent, now: Nanos) -> Option<Beside> {
        let IntentKind::Submit(order) = &intent.what else { return None };
        self.risk.beside(intent.strategy, order, now).map(|(beside, _)| beside)
    }

    /// Withdraws what would grow where a state only lets reduce, as far as there is room.
    #[inline]
    fn shrink(&mut self, now: Nanos) -> usize {
        if !self.risk.is_shrinking() || self.ends.orders.room() < JUDGEMENT {
            return 0;
        }
        let mut done = 0;
        self.risk.look_for_growing();
        while self.ends.orders.room() >= JUDGEMENT {
            let Some(intent) = self.risk.next_shrinking(now) else { break };
            self.judge_own(&intent, now);
            done += 1;
        }
        self.risk.shrink_later();
        done
    }

    /// Judges a wish of risk's own into room that was counted before.
    fn judge_own(&mut self, intent: &Intent, now: Nanos) {
        let outside = Outside {
            killed: self.ends.kill.is_on(),
            unwatched: self.is_unwatched(),
            scarce: self.scribe.is_scarce(),
            full: None,
            journal: self.journal_lag,
        };
        review(&mut self.risk, &mut self.ends.orders, now, outside.killed);
        let decision = self.risk.judge(intent, now, outside);
        self.counters.count(&decision);
        publish(&mut self.ends.orders, decision);
    }

    /// Reads up to `target`; without one, whatever is there. In either case a bounded number.
    fn read(&mut self, target: Option<&Seen>, now: Nanos) -> usize {
        let Self { risk, ends, .. } = self;
        let RiskEnds { markets, reports, orders, .. } = ends;
        let target = target.copied().unwrap_or_else(|| anything(risk.seen()));
        read_up_to(risk, markets, reports, &target, EVENTS, |risk| watch(risk, orders, now))
    }

    fn show(&mut self, now: Nanos) {
        self.counters.events.set(self.ends.markets.iter().map(|(_, market)| market.position()).sum());
        self.counters.reports.set(self.ends.reports.position());
        if self.image_is_old && now.since(self.image_at_ns) >= IMAGE_EVERY_NS {
            self.image_is_old = false;
            self.image_at_ns = now;
            self.journal_lag = self.scribe.lag(now);
            let Self { risk, ends, .. } = self;
            let reports = ends.reports.position();
            ends.images.write_with(|image| {
                risk.write_image(now, image);
                image.reports = reports;
            });
        }
    }
}

impl RiskCounters {
    fn count(&self, decision: &Decision) {
        match decision.what {
            DecisionKind::Submit(_) | DecisionKind::Hold(_) | DecisionKind::Release(_) | DecisionKind::Modify(_) => {
                self.approved.add(1);
            }
            DecisionKind::Cancel(_) | DecisionKind::Expire(_) => self.cancels.add(1),
            DecisionKind::Denied(denial) => {
                self.denied.add(1);
                denial.breaches.iter().for_each(|check| self.breaches[check as usize].add(1));
            }
            DecisionKind::CancelDenied(_) => self.breaches[Check::UnknownOrder as usize].add(1),
            DecisionKind::CommandTaken { .. }
            | DecisionKind::State { .. }
            | DecisionKind::DayOpened { .. }
            | DecisionKind::Stop { .. }
            | DecisionKind::Marked { .. } => {}
        }
    }
}

#[inline]
fn review(risk: &mut Risk, orders: &mut Writer<Decision>, now: Nanos, killed: bool) -> usize {
    let changed = risk.review(now, killed);
    changed.into_iter().map(|decision| publish(orders, decision)).count()
}

/// After each event, and before it counts as read: what follows from it must be on its way by then (a mark, and a state, at
/// most one for everything and one for each strategy). Without room, the next event has its turn.
#[inline]
fn watch(risk: &mut Risk, orders: &mut Writer<Decision>, now: Nanos) {
    while risk.is_unwatched()
        && orders.room() >= JUDGEMENT
        && let Some(decision) = risk.watch_loss(now)
    {
        publish(orders, decision);
    }
}

/// The same for stops alone, and of room that leaves the wish behind the event what it needs.
#[inline]
fn watch_stops(risk: &mut Risk, orders: &mut Writer<Decision>, now: Nanos) {
    while risk.has_due_stops()
        && orders.room() >= 2 * JUDGEMENT
        && let Some(decision) = risk.watch_loss(now)
    {
        publish(orders, decision);
    }
}

/// Publishes into room that was counted before.
#[inline]
fn publish(orders: &mut Writer<Decision>, decision: Decision) {
    let published = orders.try_publish(decision);
    assert!(published.is_ok(), "the order ring had room and is full");
}

/// Reads each ring up to `target`, but at most `limit` events of each, and says how many in all. Calls `after` each event.
fn read_up_to(
    risk: &mut Risk,
    markets: &mut [(VenueId, Reader<MarketEvent>)],
    reports: &mut Reader<Report>,
    target: &Seen,
    limit: u32,
    mut after: impl FnMut(&mut Risk),
) -> usize {
    let mut done = take_up_to(reports, target.report, limit, |report| {
        risk.on_report(report);
        after(risk);
    });
    for (venue, market) in markets {
        let slot = risk.instruments().slot(*venue);
        done += take_up_to(market, target.market[slot], limit, |event| {
            risk.on_market(event);
            after(risk);
        });
        assert!(
            risk.seen().market[slot] == market.position() as u32,
            "{} carries events of another venue",
            venue.name()
        );
    }
    done
}

fn take_up_to<E: Event>(ring: &mut Reader<E>, target: u32, limit: u32, mut each: impl FnMut(&E)) -> usize {
    let wanted = ahead(target, ring.position() as u32).min(limit);
    if wanted == 0 {
        return 0;
    }
    ring.take(wanted as usize, |_, event| each(event))
}

/// How far the strategies have read: their gauges on our input rings.
#[derive(Debug)]
struct Leader {
    /// By slot of their venue.
    markets: Vec<(usize, Followed)>,
    report: Followed,
}

/// The journal's places on the rings that it writes down, and what its disk does.
#[derive(Debug)]
struct Scribe {
    places: Vec<(Arc<RingGauges>, usize)>,
    /// `None` where time is not of the same clock, or of no account: a replay.
    journal: Option<Arc<JournalGauges>>,
}

impl Scribe {
    fn new(gauges: &[Arc<RingGauges>]) -> Self {
        let of_journal = |gauges: &Arc<RingGauges>| {
            let place = gauges.readers().position(|(name, _)| name == Place::Journal.name())?;
            Some((gauges.clone(), place))
        };
        Self { places: gauges.iter().filter_map(of_journal).collect(), journal: None }
    }

    /// Whether so little of the disk is free that only what reduces is to be written down.
    #[inline]
    fn is_scarce(&self) -> bool {
        self.journal.as_ref().is_some_and(|journal| journal.free_pct.get() <= SCARCE_PCT)
    }

    /// Where it is behind by more than half of a ring: by how many entries, and how many it may be. Else where a record waits
    /// for the disk for too long: milliseconds, and how many it may. Else where the disk has no room for the next segment:
    /// the one that is wanted, of none.
    fn lag(&self, now: Nanos) -> Option<(u64, u64)> {
        let behind = |(gauges, place): &(Arc<RingGauges>, usize)| {
            let (lag, half) = (gauges.published().saturating_sub(gauges.reader(*place)), gauges.depth as u64 / 2);
            (lag > half).then_some((lag, half))
        };
        let waits_ns = self.journal.as_ref().map_or(0, |journal| journal.waits_ns(now));
        let late = waits_ns > LAG_MAX_NS;
        let late = late.then_some((waits_ns / Nanos::MILLI, LAG_MAX_NS / Nanos::MILLI));
        let is_full = self.journal.as_ref().is_some_and(|journal| journal.is_full.get() > 0);
        self.places.iter().find_map(behind).or(late).or(is_full.then_some((1, 0)))
    }
}

/// One ring, and the place of the strategy stage among its readers.
#[derive(Debug)]
struct Followed {
    gauges: Option<(Arc<RingGauges>, usize)>,
}

impl Leader {
    fn new(instruments: &Instruments, ends: &RiskEnds, gauges: &[Arc<RingGauges>]) -> Self {
        let of_venue = |venue: VenueId| Followed::new(gauges, &format!("{}.{}", Ring::Market, venue.name()));
        Self {
            markets: ends.markets.iter().map(|(venue, _)| (instruments.slot(*venue), of_venue(*venue))).collect(),
            report: Followed::new(gauges, Ring::Report.name()),
        }
    }

    /// How far they are; of a ring that nobody is followed on, all there will ever be.
    fn look(&self, own: &Seen) -> Seen {
        let mut seen = anything(own);
        seen.report = self.report.position().unwrap_or(seen.report);
        for (slot, followed) in &self.markets {
            seen.market[*slot] = followed.position().unwrap_or(seen.market[*slot]);
        }
        seen
    }
}

impl Followed {
    fn new(gauges: &[Arc<RingGauges>], ring: &str) -> Self {
        let found = gauges.iter().find(|gauges| gauges.name == ring);
        let leader = Place::Strategy.name();
        let place = found.and_then(|gauges| gauges.readers().position(|(name, _)| name == leader));
        Self { gauges: found.cloned().zip(place) }
    }

    /// Events read; `None` if nobody is to be followed.
    fn position(&self) -> Option<u32> {
        let (gauges, place) = self.gauges.as_ref()?;
        Some(gauges.reader(*place) as u32)
    }
}

/// As far ahead of a place as places can be told apart.
fn anything(own: &Seen) -> Seen {
    let ahead = |place: u32| place.wrapping_add(u32::MAX / 2);
    Seen { market: own.market.map(ahead), report: ahead(own.report) }
}

#[cfg(test)]
#[path = "stage_tests.rs"]
mod tests;
