//! The stage of one venue: sockets in, a [`MarketSink`] out.
//!
//! In: frames of one or two routes, REST answers. State: the session, the lines, which snapshots are under way. Counters:
//! [`FeedGauges`]. A poll takes a bounded number of frames while the sink has room; parking blocks in the poller until a
//! socket moves or a REST answer comes.
//!
//! Never: names resolved or answers awaited on this thread, anything allocated while all is well, a frame dropped
//! because the sink is full (the sockets back up instead).

use super::dialect::{self, Dialect, Resync};
use super::gauges::{FeedGauges, FeedState};
use super::line::{Line, Taken};
use super::plan::{LinePlan, Wanted};
use super::settings::FeedSettings;
use super::snapshots::{Came, Snapshots};
use super::streams::{SILENT_AFTER_NS, Streams};
use super::talk::Tools;
use super::watched::{Seen, Slots, Watched};
use crate::capture::recorder::Tap;
use crate::gateway::desk::gauges::GatewayGauges;
use crate::gateway::desk::{Gateway, GatewayError, GatewaySettings};
use crate::gateway::key::Key;
use crate::integrity::Fault;
use crate::net::endpoint::Endpoint;
use crate::net::error::NetError;
use crate::net::poller::Poller;
use crate::net::rest::{RestClient, RestSettings};
use crate::net::tls::Tls;
use crate::net::ws::SocketSettings;
use crate::session::Session;
use engine_model::instrument::{Instrument, InstrumentId, Instruments};
use engine_model::market::{BookState, MarketSink};
use engine_model::units::Nanos;
use engine_model::venue::{Reply, Request};
use engine_ring::clock::Clock;
use engine_ring::flag::StopFlag;
use engine_ring::ring::{Reader, Writer};
use engine_ring::stage::{Poll, Stage};
use std::collections::VecDeque;
use std::fmt;
use std::os::fd::RawFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often states are looked at, snapshots asked for and gauges set: far below every limit that is checked.
const CHECK_EVERY_NS: u64 = 10_000_000;

/// One venue's market data.
pub struct VenueFeed<S> {
    settings: FeedSettings,
    session: Session,
    sink: S,
    clock: Clock,
    poller: Poller,
    /// Those of the plans in their order; where there are two of each, the second ones behind the first.
    lines: Vec<Line>,
    plan_count: usize,
    snapshots: Snapshots,
    /// By slot: when a book is asked for in the stream once more.
    again: Box<[Again]>,
    dialect: &'static Dialect,
    gauges: Arc<FeedGauges>,
    slots: Slots,
    /// By slot.
    books: Vec<Book>,
    /// The line that is to be opened once more.
    giving_up: Option<usize>,
    /// Plans of lines that were lost in this poll.
    lost: Vec<usize>,
    /// Slots whose book must be let go of, as soon as the sink has room.
    losing: VecDeque<usize>,
    /// By slot.
    seen: Box<[Seen]>,
    streams: Streams,
    check_at_ns: u64,
    /// Timers run on the machine's monotonic clock: the clock of the stamps follows the wall when that is set, which
    /// must not make every line look silent. It bounds waits and never becomes part of a record.
    started: Instant,
    closing: StopFlag,
    /// Whether the sink has said its last words.
    has_ended: bool,
    /// Where a copy of what comes goes, if anybody wants one.
    tap: Option<Tap>,
    /// Orders to the venue, in a run that sends some: on the same thread, asleep in the same poller.
    gateway: Option<Gateway>,
}

/// What the feed knows of a book besides the session.
#[derive(Clone, Copy, Debug)]
struct Book {
    instrument: InstrumentId,
    /// Which plan brings its changes, and its place among the books of that plan; none where books are not subscribed to.
    line: Option<(usize, usize)>,
    /// What it is called while it is lost: gapped, unless the feed itself let go of it.
    lost: FeedState,
}

impl Book {
    fn of(instrument: &Instrument, plans: &[LinePlan]) -> Self {
        let place = |(number, plan): (usize, &LinePlan)| Some((number, plan.book(&instrument.symbol)?));
        let line = plans.iter().enumerate().find_map(place);
        Self { instrument: instrument.id, line, lost: FeedState::Gapped }
    }
}

fn wanted(settings: &FeedSettings, own: &[&Instrument]) -> Wanted {
    Wanted {
        venue: settings.venue,
        symbols: own.iter().map(|instrument| instrument.symbol).collect(),
        channels: settings.channels.clone(),
        depth_ms: settings.depth_ms,
        levels: settings.snapshot_levels,
        streams_max: settings.streams_max,
    }
}

fn lines(
    settings: &FeedSettings,
    dialect: &'static Dialect,
    tls: Option<&Tls>,
    plans: Vec<LinePlan>,
    (streams, plan_count): (&Streams, usize),
) -> Vec<Line> {
    let line = |(number, plan): (usize, LinePlan)| {
        let (message_bytes_max, headers) = (settings.message_bytes_max, (dialect.headers)(settings.venue));
        let socket =
            SocketSettings { message_bytes_max, headers, ..SocketSettings::new(plan.endpoint.clone(), tls.cloned()) };
        // First the books are asked for again, which takes one such time.
        let market_after_ns = settings.stale_after_ns.max(settings.line.silent_after_ns).saturating_mul(2);
        let market_after_ns = streams.must_speak(number % plan_count).then_some(market_after_ns);
        let seed = settings.seed.wrapping_add(1 + number as u64);
        Line::new(plan, dialect, socket, settings.line, market_after_ns, seed)
    };
    plans.into_iter().enumerate().map(line).collect()
}

impl<S: MarketSink> VenueFeed<S> {
    /// Allocates everything and starts the REST thread. Nothing is dialled before the first poll.
    pub fn new(mut settings: FeedSettings, instruments: &Instruments, sink: S, clock: Clock) -> Result<Self, NetError> {
        settings.stale_after_ns =
            settings.stale_after_ns.max(dialect::quiet_ns(settings.venue, settings.snapshot_levels));
        let own: Vec<&Instrument> = instruments.iter().filter(|i| i.venue == settings.venue).collect();
        let dialect = dialect::of(settings.venue);
        let wanted = wanted(&settings, &own);
        let plans = (dialect.plan)(&wanted, &settings.urls)?;
        let plan_count = plans.len();
        let mut plans_of_lines = plans.clone();
        if let Some(urls) = &settings.second_urls {
            if matches!(dialect.resync, Resync::Reconnect) {
                return Err(NetError::OneLine { venue: settings.venue.name() });
            }
            plans_of_lines.extend((dialect.plan)(&wanted, urls)?);
        }
        let streams = Streams::new(dialect, &wanted, &settings.urls, &plans)?;
        let endpoint = Endpoint::rest(&settings.urls.rest)?;
        let tls = match &settings.tls {
            None if endpoint.tls || plans_of_lines.iter().any(|plan| plan.endpoint.tls) => Some(Tls::public()?),
            given => given.clone(),
        };
        let session = Session::new(settings.venue, instruments, settings.keep_bytes).with_floor(settings.score_min);
        let mut session = if settings.second_urls.is_some() { session.on_two_lines() } else { session };
        for (number, plan) in plans_of_lines.iter().enumerate() {
            session.on_open(number as u32, &plan.endpoint.path);
        }
        let poller = Poller::new()?;
        let rest = RestSettings {
            answer_within: settings.answer_within,
            headers: (dialect.headers)(settings.venue),
            limited_for: dialect::limited_for(settings.venue),
            queue: own.len() + plans_of_lines.len() + 1,
            ..RestSettings::new(endpoint, tls.clone(), settings.weight_per_minute, settings.seed)
        };
        let rest = RestClient::start(rest, clock.clone(), Some(poller.bell()))?;
        Ok(Self {
            session,
            again: vec![Again::default(); own.len()].into(),
            dialect,
            gauges: Arc::new(FeedGauges::new(settings.venue, own.iter().map(|i| i.id))),
            snapshots: Snapshots::new(
                rest,
                (settings.venue, dialect),
                settings.snapshot_levels,
                &own,
                plans_of_lines.len(),
            ),
            slots: Slots::new(instruments, &own),
            books: own.iter().map(|instrument| Book::of(instrument, &plans)).collect(),
            giving_up: None,
            lost: Vec::with_capacity(2 * plan_count),
            losing: VecDeque::with_capacity(2 * own.len()),
            lines: lines(&settings, dialect, tls.as_ref(), plans_of_lines, (&streams, plan_count)),
            plan_count,
            seen: vec![Seen::default(); own.len()].into(),
            streams,
            check_at_ns: 0,
            started: Instant::now(),
            closing: StopFlag::new(),
            has_ended: false,
            tap: None,
            gateway: None,
            settings,
            sink,
            clock,
            poller,
        })
    }

    /// From now on a copy of each frame and answer goes to a recorder, in the order in which the session sees them.
    pub fn record_into(&mut self, tap: Tap) {
        let tap = self.tap.insert(tap);
        let at_ns = self.clock.now();
        for (number, line) in self.lines.iter().enumerate() {
            tap.opened(number as u32, at_ns, &line.plan().endpoint.websocket_url());
        }
    }

    /// From now on orders go to the venue, too, with that key; the rings' ends are the venue's.
    pub fn trade(
        &mut self,
        settings: &GatewaySettings,
        key: &Key,
        instruments: &Instruments,
        ends: (Reader<Request>, Writer<Reply>),
    ) -> Result<Arc<GatewayGauges>, GatewayError> {
        let gateway = Gateway::new(settings, key, instruments, ends, &self.clock, &self.poller)?;
        Ok(self.gateway.insert(gateway).gauges())
    }

    /// What it tells of itself.
    #[must_use]
    pub fn gauges(&self) -> Arc<FeedGauges> {
        Arc::clone(&self.gauges)
    }

    /// Once raised, nothing further is read: the sink says its last words, and only what is under way goes on.
    #[must_use]
    pub fn closing(&self) -> StopFlag {
        self.closing.clone()
    }

    /// Its session, for counts.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Its sink.
    #[must_use]
    pub fn sink(&self) -> &S {
        &self.sink
    }

    /// Its sink, to be set up or drained between polls.
    #[must_use]
    pub fn sink_mut(&mut self) -> &mut S {
        &mut self.sink
    }

    fn timer_ns(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Lets go of the books that were lost with their line, as far as the sink has room. `true` when none is left.
    fn let_go(&mut self, now_ns: u64, at: Nanos) -> bool {
        while self.sink.ready() {
            let Some(slot) = self.losing.pop_front() else { return true };
            self.snapshots.outdate(slot);
            let mut sink = Watched {
                sink: &mut self.sink,
                gauges: &self.gauges,
                slots: &self.slots,
                seen: &mut self.seen,
                is_stream: false,
                now_ns,
            };
            self.session.drop_book(self.books[slot].instrument, at, &mut sink);
        }
        false
    }

    /// Once, when there is room for it.
    fn end(&mut self, at: Nanos) -> bool {
        if self.has_ended || !self.sink.ready() {
            return false;
        }
        self.sink.end(at);
        self.has_ended = true;
        true
    }

    /// One turn of every line.
    fn poll_lines(&mut self, now_ns: u64) -> bool {
        let mut worked = false;
        let mut lost = std::mem::take(&mut self.lost);
        let tools = Tools { now_ns, clock: &self.clock, poller: &self.poller, gauges: &self.gauges };
        for (number, line) in self.lines.iter_mut().enumerate() {
            let channel = number as u32;
            let mut sink = Watched {
                sink: &mut self.sink,
                gauges: &self.gauges,
                slots: &self.slots,
                seen: &mut self.seen,
                is_stream: true,
                now_ns,
            };
            let turn = line.poll(self.settings.frames_a_poll, tools, |frame, received_at_ns| {
                if let Some(tap) = &mut self.tap {
                    tap.frame(channel, received_at_ns, frame);
                }
                self.session.on_frame(channel, frame, Nanos(received_at_ns), &mut sink);
                self.gauges.last_message_at_ns.set(received_at_ns);
                Taken { more: sink.ready(), is_market: self.session.told_market() }
            });
            worked |= turn.worked;
            if turn.lost {
                // States are told at once, not at the next regular look.
                self.check_at_ns = 0;
                begin_anew(channel, line, &mut self.session, self.tap.as_mut(), self.clock.now());
                lost.push(number % self.plan_count);
            }
        }
        for plan in lost.drain(..) {
            self.lose_plan(plan);
        }
        self.lost = lost;
        worked
    }

    /// A line of a plan is gone. While its other line is up, nothing is lost.
    fn lose_plan(&mut self, plan: usize) {
        if self.line_of(plan, 0).asked_all_at_ns().is_none() {
            lose_books(plan, &mut self.books, &mut self.losing);
            self.streams.begin_anew(plan, &mut self.seen);
        }
    }

    /// Which line of a plan there is to speak of: of those that are up the one that last brought market data.
    fn number_of(&self, plan: usize, now_ns: u64) -> usize {
        let numbers = || (plan..self.lines.len()).step_by(self.plan_count);
        let is_up = |number: &usize| self.lines[*number].asked_all_at_ns().is_some();
        let silent_ns = |number: &usize| self.lines[*number].market_silent_ns(now_ns);
        numbers().filter(is_up).min_by_key(silent_ns).unwrap_or(plan)
    }

    fn line_of(&self, plan: usize, now_ns: u64) -> &Line {
        &self.lines[self.number_of(plan, now_ns)]
    }

    /// Takes one REST answer: a deep snapshot takes milliseconds.
    fn take_answer(&mut self, now_ns: u64) -> bool {
        let Some(came) = self.snapshots.take(|instrument| self.slots.of(instrument), now_ns) else {
            return false;
        };
        let tools = Tools { now_ns, clock: &self.clock, poller: &self.poller, gauges: &self.gauges };
        match came {
            // Meanwhile the stream has brought it, and has gone on: the answer would replace what is right by what was.
            Came::Body { slot, body, .. }
                if self.session.book(self.books[slot].instrument).state == BookState::Synced =>
            {
                self.snapshots.give_back(body);
                self.snapshots.fitted(slot);
            }
            Came::Body { slot, path, body, received_at_ns } => {
                let mut sink = Watched {
                    sink: &mut self.sink,
                    gauges: &self.gauges,
                    slots: &self.slots,
                    seen: &mut self.seen,
                    is_stream: false,
                    now_ns,
                };
                if let Some(tap) = &mut self.tap {
                    tap.answer(&path, received_at_ns, &body);
                }
                self.session.on_rest(Some(&path), &body, Nanos(received_at_ns), &mut sink);
                self.snapshots.give_back(body);
                match self.session.book(self.books[slot].instrument).state {
                    BookState::Synced => self.snapshots.fitted(slot),
                    BookState::Waiting | BookState::Lost => self.snapshots.again_later(slot, now_ns),
                }
            }
            Came::Nothing(error) => {
                self.gauges.snapshots_failed.add(u64::from(error.is_some()));
                error.into_iter().for_each(|error| self.gauges.trouble(error));
            }
            Came::Address { line, found } => self.lines[line].set_address(found, tools),
        }
        true
    }

    /// Books with a hole that neither of two lines has filled are lost, as far as the sink has room.
    fn close_holes(&mut self, now_ns: u64, at: Nanos) {
        if self.settings.second_urls.is_some() && self.sink.ready() {
            let mut sink = Watched {
                sink: &mut self.sink,
                gauges: &self.gauges,
                slots: &self.slots,
                seen: &mut self.seen,
                is_stream: false,
                now_ns,
            };
            self.session.close_holes(at, &mut sink);
        }
    }

    /// Asks for what is missing, lets go of what is stale, and says how everything is doing.
    fn check(&mut self, now_ns: u64) {
        for (number, line) in self.lines.iter().enumerate() {
            if line.wants_address(now_ns) {
                let endpoint = &line.plan().endpoint;
                self.snapshots.look_up(number, &endpoint.host, endpoint.port, line.failures());
            }
        }
        while let Some(rejection) = self.session.take_rejection() {
            self.streams.rejected(rejection.channel as usize % self.plan_count, rejection, &self.gauges);
        }
        let mut worst = FeedState::Synced;
        let at_ns = self.clock.now();
        for slot in 0..self.books.len() {
            let state = self.check_book(slot, now_ns, at_ns);
            let (lines, plan_count) = (&self.lines, self.plan_count);
            let asked_at_ns = |plan: usize| {
                (plan..lines.len()).step_by(plan_count).filter_map(|number| lines[number].asked_all_at_ns()).min()
            };
            self.streams.check(slot, self.seen[slot].heard, asked_at_ns, now_ns, &self.gauges);
            let gauges = &self.gauges.instruments()[slot];
            gauges.state.set(state);
            let book = self.session.book(self.books[slot].instrument);
            gauges.tell(&book.losses);
            gauges.score.set(book.score(Nanos(at_ns)));
            let seen = &mut self.seen[slot];
            gauges.messages.set(seen.messages);
            gauges.clock_offset_us.set(seen.offset.told());
            if seen.offset.take_jump() {
                self.session.fault(gauges.instrument, Fault::ClockJump, Nanos(at_ns));
            }
            worst = worst.max(state);
        }
        if let Some(number) = self.giving_up.take() {
            self.lines[number].give_up();
            let line = &self.lines[number];
            begin_anew(number as u32, line, &mut self.session, self.tap.as_mut(), self.clock.now());
            self.lose_plan(number % self.plan_count);
        }
        // A line without books (trades, marks) that is down is no reason to call the venue synced.
        for plan in 0..self.plan_count {
            worst = worst.max(line_state(self.line_of(plan, now_ns), now_ns).unwrap_or(FeedState::Synced));
        }
        self.gauges.state.set(worst);
        let counts = self.session.counts();
        self.gauges.messages.set(counts.messages);
        self.gauges.errors.set(counts.errors);
        self.gauges.gaps.set(counts.gaps);
        self.gauges.resyncs.set(counts.resyncs);
        self.gauges.copies.set(counts.copies);
        self.gauges.filled.set(counts.filled);
        if let Some(refusal) = self.session.take_refusal(Nanos(now_ns)) {
            self.gauges.refused(refusal);
        }
    }

    fn check_book(&mut self, slot: usize, now_ns: u64, at_ns: u64) -> FeedState {
        let Some((plan, place)) = self.books[slot].line else { return FeedState::Synced };
        let number = self.number_of(plan, now_ns);
        let book = &mut self.books[slot];
        let line = &mut self.lines[number];
        let Some(asked_at_ns) = line.asked_all_at_ns() else {
            return line_state(line, now_ns).unwrap_or(FeedState::Connecting);
        };
        let state = match self.session.book(book.instrument).state {
            BookState::Synced => {
                let quiet_ns = now_ns.saturating_sub(self.seen[slot].book_at_ns);
                if quiet_ns < self.settings.stale_after_ns {
                    self.again[slot] = Again::default();
                    book.lost = FeedState::Gapped;
                    return FeedState::Synced;
                }
                self.gauges.stale_books.add(1);
                book.lost = FeedState::Stale;
                self.losing.push_back(slot);
                return FeedState::Stale;
            }
            BookState::Waiting => FeedState::Syncing,
            BookState::Lost => book.lost,
        };
        // Asked for now it would not be taken.
        if self.session.is_held_back(book.instrument, Nanos(at_ns)) {
            return state;
        }
        let asked = match self.dialect.resync {
            Resync::Rest(_) => {
                now_ns.saturating_sub(asked_at_ns) >= self.settings.snapshot_after_ns
                    && self.snapshots.ask(slot, now_ns)
            }
            Resync::Again | Resync::Reconnect => self.again[slot].is_due(state, asked_at_ns, now_ns),
        };
        if asked {
            self.gauges.snapshots_asked.add(1);
            match self.dialect.resync {
                Resync::Rest(_) => {}
                Resync::Again => line.want_again(place),
                Resync::Reconnect => self.giving_up = Some(number),
            }
        }
        state
    }
}

/// When a book that the stream alone can bring back is asked for once more.
#[derive(Clone, Copy, Debug, Default)]
struct Again {
    not_before_ns: u64,
    wait_ns: u64,
}

/// Longest wait before it is asked for once more.
const AGAIN_MAX_NS: u64 = 60_000_000_000;

impl Again {
    /// Whether to ask now: of a lost book at once, of one that was asked for when it should have come; then later each
    /// time.
    fn is_due(&mut self, state: FeedState, asked_at_ns: u64, now_ns: u64) -> bool {
        let first_ns = if state == FeedState::Syncing { asked_at_ns.saturating_add(SILENT_AFTER_NS) } else { 0 };
        let is_due = now_ns >= self.not_before_ns.max(first_ns);
        if is_due {
            self.wait_ns = (2 * self.wait_ns).clamp(SILENT_AFTER_NS, AGAIN_MAX_NS);
            self.not_before_ns = now_ns.saturating_add(self.wait_ns);
        }
        is_due
    }
}

/// What comes by that line is not continued: whoever follows it forgets where it was.
fn begin_anew(channel: u32, line: &Line, session: &mut Session, tap: Option<&mut Tap>, at_ns: u64) {
    let endpoint = &line.plan().endpoint;
    session.on_open(channel, &endpoint.path);
    if let Some(tap) = tap {
        tap.opened(channel, at_ns, &endpoint.websocket_url());
    }
}

/// Everything that came by a line is to be let go of.
fn lose_books(line: usize, books: &mut [Book], losing: &mut VecDeque<usize>) {
    let of_line = |book: &Book| book.line.is_some_and(|(of, _)| of == line);
    for (slot, book) in books.iter_mut().enumerate().filter(|(_, book)| of_line(book)) {
        book.lost = FeedState::Syncing;
        losing.push_back(slot);
    }
}

/// The state of a line that is not up; `None` for one that is.
fn line_state(line: &Line, now_ns: u64) -> Option<FeedState> {
    match (line.asked_all_at_ns(), line.is_dead(now_ns)) {
        (Some(_), _) => None,
        (None, true) => Some(FeedState::Dead),
        (None, false) => Some(FeedState::Connecting),
    }
}

impl<S> fmt::Debug for VenueFeed<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VenueFeed")
            .field("name", &self.settings.name)
            .field("gauges", &self.gauges)
            .finish_non_exhaustive()
    }
}

impl<S: MarketSink + Send + 'static> Stage for VenueFeed<S> {
    fn name(&self) -> &str {
        &self.settings.name
    }

    fn poll(&mut self) -> Poll {
        let at = Nanos(self.clock.now());
        let now_ns = self.timer_ns();
        let traded = self.gateway.as_mut().is_some_and(|gateway| gateway.poll(&self.poller));
        let turned = self.sink.turn(at) | traded;
        if self.closing.is_raised() {
            self.gateway.iter_mut().for_each(Gateway::end);
            return Poll::from_count(usize::from(turned | self.end(at)));
        }
        if !self.let_go(now_ns, at) {
            return if turned { Poll::Worked } else { Poll::Blocked };
        }
        let mut worked = turned | self.take_answer(now_ns);
        if self.sink.ready() {
            worked |= self.poll_lines(now_ns);
        }
        if now_ns >= self.check_at_ns {
            self.check_at_ns = now_ns + CHECK_EVERY_NS;
            self.close_holes(now_ns, at);
            self.check(now_ns);
        }
        Poll::from_count(usize::from(worked))
    }

    fn source(&self) -> Option<RawFd> {
        Some(self.poller.descriptor())
    }

    fn park(&mut self, limit: Duration) {
        // Checks go on while it sleeps: a silent socket must be noticed although nothing wakes us.
        let check_in_ns = self.check_at_ns.saturating_sub(self.timer_ns());
        let tick_in_ns = self.gateway.as_ref().map_or(u64::MAX, Gateway::tick_in_ns);
        self.poller.sleep(limit.min(Duration::from_nanos(check_in_ns.min(tick_in_ns))));
    }

    fn finish(&mut self) {
        self.lines.iter_mut().for_each(Line::close);
        self.gateway.iter_mut().for_each(Gateway::close);
    }
}
