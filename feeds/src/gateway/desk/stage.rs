//! The gateway as a part of its venue's stage: the desk, its lines, its rings.
//!
//! Inputs: the engine's requests, private messages, answers by REST. Outputs: messages to the venue, replies.
//! State: [`Desk`]. Counters: [`GatewayGauges`]. A poll takes a bounded number of each; a request is taken only when the
//! replies that it may lead to have room.
//!
//! Never: a name resolved or an answer awaited on this thread; anything allocated on the way of an order by a line once
//! warm.

use super::answers::unreadable;
use super::gauges::{GatewayGauges, Trouble};
use super::mail::{LOOK_UPS, Mail, rest};
use super::takeover::Takeover;
use super::watchdog::Watchdog;
use super::wire::{Tools, Wire};
use super::{Desk, Now, Phase, Rules};
use crate::gateway::ask::AskId;
use crate::gateway::call::Call;
use crate::gateway::heard::Heard;
use crate::gateway::key::Key;
use crate::gateway::tongue::{self, DeadMan, NoTongue, Place};
use crate::live::dialect;
use crate::net::endpoint::Endpoint;
use crate::net::error::NetError;
use crate::net::poller::Poller;
use crate::net::rest::Outcome;
use crate::net::tls::Tls;
use crate::net::ws::Incoming;
use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::setup::Setup;
use engine_model::units::Nanos;
use engine_model::venue::{Reply, Request, VenueId};
use engine_ring::clock::Clock;
use engine_ring::flag::Switch;
use engine_ring::ring::{Reader, Writer};
use std::sync::Arc;
use std::time::{Duration, Instant};
use thiserror::Error;

/// Between two looks at what only time brings.
const TICK_NS: u64 = 5_000_000;
/// Between two walks through the orders, to count those that are unknown: 0.1 ms each.
const COUNT_NS: u64 = 100_000_000;
/// Messages taken from a line, and requests from the ring, in one poll.
const BATCH: usize = 16;

/// What a gateway is made from.
#[derive(Clone, Debug)]
pub struct GatewaySettings {
    /// Which venue.
    pub venue: VenueId,
    /// Where its REST is; `None`: the venue's own host.
    pub rest_url: Option<String>,
    /// Where its lines are; `None`: the venue's own hosts.
    pub ws_url: Option<String>,
    /// Whom to trust; `None`: the roots that browsers trust.
    pub tls: Option<Tls>,
    /// Without an answer for so long the outcome is unknown, and is asked for.
    pub answer_within: Duration,
    /// Between two looks at open orders and positions.
    pub reconcile_every: Duration,
    /// A stage that did not turn for so long is taken for dead, and everything is withdrawn.
    pub still_after: Duration,
    /// Orders, changes and cancels in the venue's window, of an account that may send more than every account may.
    pub orders: Option<u32>,
    /// Maker's and taker's fee in parts of a million: of an execution whose fee the venue does not tell.
    pub fees_ppm: [i64; 2],
    /// Number of the run.
    pub epoch: u32,
    /// Whether orders of runs before that stand are this one's from now on; else they are withdrawn.
    pub adopts: bool,
    /// By instrument: whose what the account holds at the start is from then on, as the place of its strategy, 0 of the
    /// operator; `None`: nobody's.
    pub owners: Option<Box<[u8]>>,
    /// Whether orders of somebody else on the run's instruments are withdrawn; else they are left alone.
    pub withdraws_foreign: bool,
    /// How contracts must be set up on the account for orders to pass.
    pub expected: Setup,
    /// When it is on, no order leaves.
    pub kill: Switch,
    /// For the jitter of waits.
    pub seed: u64,
}

impl GatewaySettings {
    /// Defaults: 5 s for an answer, a look every 30 s, a watchdog after 10 s.
    #[must_use]
    pub fn new(venue: VenueId, epoch: u32, seed: u64) -> Self {
        Self {
            venue,
            rest_url: None,
            ws_url: None,
            tls: None,
            answer_within: Duration::from_secs(5),
            reconcile_every: Duration::from_secs(30),
            still_after: Duration::from_secs(10),
            orders: None,
            fees_ppm: [0; 2],
            epoch,
            adopts: false,
            owners: None,
            withdraws_foreign: false,
            expected: Setup::ONE_WAY,
            kill: Switch::new(),
            seed,
        }
    }

    /// The same, with a kill word.
    #[must_use]
    pub fn killed_by(self, kill: &Switch) -> Self {
        Self { kill: kill.clone(), ..self }
    }

    pub(super) fn rest_endpoint(&self, own: &str) -> Result<Endpoint, NetError> {
        Endpoint::rest(self.rest_url.as_deref().unwrap_or(own))
    }

    pub(super) fn tls_for(&self, endpoint: &Endpoint) -> Result<Option<Tls>, NetError> {
        match &self.tls {
            None if endpoint.tls => Tls::public().map(Some),
            given => Ok(given.clone()),
        }
    }
}

/// Why a gateway could not be made.
#[derive(Debug, Error)]
pub enum GatewayError {
    /// Nobody speaks the venue's language, or the key does not fit it.
    #[error(transparent)]
    Tongue(#[from] NoTongue),
    /// An address, or the machine.
    #[error(transparent)]
    Net(#[from] NetError),
}

/// Orders to one venue and news from it.
#[derive(Debug)]
pub struct Gateway {
    desk: Desk,
    mail: Mail,
    requests: Reader<Request>,
    replies: Writer<Reply>,
    gauges: Arc<GatewayGauges>,
    heard: Vec<Heard>,
    greeting: Call,
    clock: Clock,
    started: Instant,
    tick_at_ns: u64,
    count_at_ns: u64,
    /// Until an orderly end.
    watchdog: Option<Watchdog>,
}

impl Gateway {
    /// Allocates everything and starts the REST threads and the watchdog. Nothing is asked before the first poll.
    pub(crate) fn new(
        settings: &GatewaySettings,
        key: &Key,
        instruments: &Instruments,
        (requests, replies): (Reader<Request>, Writer<Reply>),
        clock: &Clock,
        poller: &Poller,
    ) -> Result<Self, GatewayError> {
        let tongue = tongue::of(settings.venue, key, instruments)?;
        let manners = tongue.manners();
        let endpoint = settings.rest_endpoint(manners.rest)?;
        let tls = settings.tls_for(&endpoint)?;
        let client = |bell| rest(settings, &endpoint, tls.as_ref(), clock, bell).map_err(GatewayError::from);
        let rung = || client(Some(poller.bell()));
        let switch = manners.dead_man.map(|_| rung()).transpose()?;
        let clients = (rung()?, rung()?, switch);
        let mut wires = Vec::new();
        for (number, line) in manners.lines.iter().enumerate() {
            let host = Endpoint::websocket(settings.ws_url.as_deref().unwrap_or(line.host))?;
            let tls = settings.tls_for(&host)?;
            let seed = settings.seed.wrapping_add(1 + number as u64);
            wires.push(Wire::new((number, line), host, tls, dialect::headers(settings.venue), seed));
        }
        let own: Vec<InstrumentId> =
            instruments.iter().filter(|i| i.venue == settings.venue).map(|instrument| instrument.id).collect();
        let ns = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let rules = Rules {
            answer_within_ns: ns(settings.answer_within),
            reconcile_every_ns: ns(settings.reconcile_every),
            orders: settings.orders,
            epoch: settings.epoch,
            adopts: settings.adopts,
        };
        let gauges = Arc::new(GatewayGauges::new(settings.venue));
        if let Some(DeadMan { seconds, is_fed: false, .. }) = manners.dead_man {
            gauges.trouble(Trouble::StaysSet { seconds });
        }
        let own_tongue = tongue::of(settings.venue, key, instruments)?;
        let watchdog = Watchdog::start(own_tongue, client(None)?, own.clone(), settings, clock, &gauges)?;
        let mut desk = Desk {
            takeover: settings.owners.clone().map(Takeover::new),
            withdraws_foreign: settings.withdraws_foreign,
            ..Desk::new(tongue, instruments, own, rules)
        };
        desk.orders.fees_ppm = settings.fees_ppm;
        desk.setups.expect(settings.expected);
        Ok(Self {
            desk,
            mail: Mail::new(wires, clients, settings.kill.clone()),
            requests,
            replies,
            gauges,
            heard: Vec::with_capacity(256),
            greeting: Call::default(),
            clock: clock.clone(),
            started: Instant::now(),
            tick_at_ns: 0,
            count_at_ns: 0,
            watchdog: Some(watchdog),
        })
    }

    /// What it tells of itself.
    #[must_use]
    pub fn gauges(&self) -> Arc<GatewayGauges> {
        Arc::clone(&self.gauges)
    }

    /// One turn. Whether anything was done.
    pub(crate) fn poll(&mut self, poller: &Poller) -> bool {
        self.gauges.turns.add(1);
        let now = self.now();
        self.mail.now_ns = now.timer_ns;
        let mut worked = self.release();
        worked |= self.take_requests(now);
        if !self.desk.is_backed_up() {
            worked |= self.take_answer(now);
            worked |= self.poll_lines(now, poller);
        }
        if now.timer_ns >= self.tick_at_ns {
            self.tick_at_ns = now.timer_ns + TICK_NS;
            self.mail.look_up();
            self.desk.tick(now, &mut self.mail);
            self.show(now);
        }
        self.lose_broken(now);
        worked | self.release()
    }

    /// When the next look is due, from now, in nanoseconds.
    pub(crate) fn tick_in_ns(&self) -> u64 {
        self.tick_at_ns.saturating_sub(self.timer_ns())
    }

    /// The run ends: see [`Desk::end`]. Polled on until [`Gateway::has_ended`].
    pub(crate) fn end(&mut self) {
        let now = self.now();
        self.desk.end(now, &mut self.mail);
    }

    /// Says goodbye on every line. Behind an end that left no order the watchdog is dismissed, and the venue told that the
    /// loss of the line means nothing; else both are let go with the gateway.
    pub(crate) fn close(&mut self) {
        let is_over = self.desk.has_nothing_left();
        if is_over && let Some(watchdog) = self.watchdog.take() {
            watchdog.dismiss();
        }
        let now_ns = self.timer_ns();
        for (line, wire) in self.mail.wires.iter_mut().enumerate() {
            if is_over
                && wire.is_ready
                && self.desk.tongue.leave(line, &mut self.greeting)
                && let Err(error) = wire.send(self.greeting.body.bytes(), now_ns)
            {
                self.gauges.trouble(Trouble::Net(error));
            }
            wire.close();
        }
        self.gauges.set_phase(Phase::Ended);
    }

    fn timer_ns(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn now(&self) -> Now {
        let clock = Nanos(self.clock.now());
        Now { timer_ns: self.timer_ns(), clock, venue: self.desk.venue_time(clock) }
    }

    /// Puts replies on the ring, as far as there is room.
    fn release(&mut self) -> bool {
        let Self { desk, gauges, .. } = self;
        desk.orders.answered_in_ns.drain(..).for_each(|ns| gauges.answered_in(ns));
        let mut done = 0;
        while self.replies.room() > 0
            && let Some(reply) = self.desk.orders.replies.pop_front()
        {
            let published = self.replies.try_publish(reply);
            debug_assert!(published.is_ok(), "the reply ring had room");
            done += 1;
        }
        self.gauges.replies.add(done);
        done > 0
    }

    fn take_requests(&mut self, now: Now) -> bool {
        let Self { requests, desk, mail, gauges, .. } = self;
        if desk.is_backed_up() {
            return false;
        }
        let taken = requests.take(BATCH, |_, request| {
            // Before it is sent: with the first one the watchdog has something to withdraw.
            gauges.requests.add(1);
            desk.request(request, now, mail);
        });
        taken > 0
    }

    /// Takes one answer by REST.
    fn take_answer(&mut self, now: Now) -> bool {
        let Some(answer) = self.mail.take() else { return false };
        if let Some(line) = answer.id.checked_sub(LOOK_UPS) {
            let (wire, now_ns) = (&mut self.mail.wires[line as usize], now.timer_ns);
            match answer.outcome {
                Outcome::Address(address) => wire.found(Some(address), now_ns),
                Outcome::NoAddress(error) | Outcome::Failed(error, _) => {
                    wire.found(None, now_ns);
                    self.trouble_of_net(error);
                }
                Outcome::Body(_) => wire.found(None, now_ns),
            }
            return true;
        }
        let id = AskId(answer.id);
        match answer.outcome {
            Outcome::Body(body) => {
                self.understand(id, 200, &body, now);
                self.mail.give_back(body);
            }
            Outcome::Failed(error, body) => {
                self.failed(id, &error, &body, now);
                self.mail.give_back(body);
                self.trouble_of_net(error);
            }
            Outcome::Address(_) | Outcome::NoAddress(_) => {}
        }
        true
    }

    fn failed(&mut self, id: AskId, error: &NetError, body: &[u8], now: Now) {
        match error {
            NetError::Status { status, .. } => self.understand(id, *status, body, now),
            NetError::Limited { status, retry_after_ms, .. } => {
                self.desk.limited(id, *status, *retry_after_ms, now);
                self.understand(id, *status, body, now);
            }
            // It has no connection, or never left: nothing happened.
            NetError::Connect { .. } | NetError::Resolve { .. } | NetError::NotSent { .. } | NetError::Url { .. } => {
                self.desk.not_sent(id, now, &mut self.mail);
            }
            _ => self.desk.unknown_outcome(id, now, &mut self.mail),
        }
    }

    /// An answer with a body, whatever its status.
    fn understand(&mut self, id: AskId, status: u16, body: &[u8], now: Now) {
        let Some(ask) = self.desk.ask_of(id) else { return };
        self.heard.clear();
        match self.desk.tongue.hear(Place::Rest(id, ask, status), body, &mut self.heard) {
            Ok(()) => self.desk.hear(&self.heard, Some(id), now, &mut self.mail),
            Err(error) => {
                self.desk.hear(&[Heard::Answer(id, unreadable(&ask, status))], Some(id), now, &mut self.mail);
                self.trouble_of_frame(error);
            }
        }
    }

    fn poll_lines(&mut self, now: Now, poller: &Poller) -> bool {
        let mut worked = false;
        for line in 0..self.mail.wires.len() {
            match self.poll_line(line, now, poller) {
                Ok(done) => worked |= done,
                Err(error) => self.mail.lose(line, Some(error)),
            }
        }
        worked
    }

    fn poll_line(&mut self, line: usize, now: Now, poller: &Poller) -> Result<bool, NetError> {
        // Before anything is read or said on it: that would push out what waits.
        if self.mail.cuts(line) {
            return Ok(true);
        }
        let tools = Tools { now_ns: now.timer_ns, venue: now.venue, clock: &self.clock, poller };
        let Self { desk, mail, heard, greeting, gauges, .. } = self;
        let wire = &mut mail.wires[line];
        // While tokens are being asked for, what is up stays up.
        if (desk.opens_lines() || wire.is_ready) && wire.advance(&mut *desk.tongue, greeting, tools)? {
            gauges.connects.add(1);
            desk.line_up(line, now);
        }
        let mut worked = false;
        for _ in 0..BATCH {
            let wire = &mut mail.wires[line];
            match wire.read(now.timer_ns)? {
                Incoming::Nothing => break,
                Incoming::Control => {}
                Incoming::Frame { bytes, .. } => {
                    heard.clear();
                    if let Err(error) = desk.tongue.hear(Place::Line(line), bytes, heard) {
                        gauges.errors.add(1);
                        gauges.trouble(Trouble::Frame(error));
                        desk.misheard(now);
                    }
                }
            }
            worked = true;
            let wants_more = listen(line, heard, desk, mail, now);
            heard.clear();
            if !wants_more {
                break;
            }
        }
        Ok(worked)
    }

    /// Lines that broke, were given up, or that the venue wants to be left.
    fn lose_broken(&mut self, now: Now) {
        while let Some((line, error)) = self.mail.next_lost() {
            let heard_ns = self.mail.wires[line].heard_ns;
            let was_ready = self.mail.wires[line].failed(now.timer_ns);
            if let Some(error) = error {
                self.trouble_of_net(error);
            }
            if was_ready {
                self.desk.line_down(line, heard_ns, now, &mut self.mail);
            }
        }
    }

    fn show(&mut self, now: Now) {
        let Self { desk, gauges, .. } = self;
        gauges.set_phase(desk.phase);
        gauges.open.set(desk.orders.open() as u64);
        gauges.in_flight.set(desk.in_flight() as u64);
        if now.timer_ns >= self.count_at_ns {
            self.count_at_ns = now.timer_ns + COUNT_NS;
            gauges.unknown.set(desk.unknown() as u64);
        }
        gauges.strays.set(desk.strays.standing() as u64);
        gauges.stray_fills.set(desk.strays.fills);
        gauges.budget_left.set(u64::from(desk.purses.left(now.timer_ns)));
        gauges.rejects.set(desk.rejects);
        gauges.skipped.set(desk.skipped);
        gauges.positions_off.set(desk.positions_off() as u64);
        gauges.setups_off.set(desk.setups.off() as u64);
        gauges.foreign_fees.set(desk.orders.foreign_fees);
        desk.balances.drain(..).for_each(|balance| gauges.holds(balance));
        desk.troubles.drain(..).for_each(|trouble| gauges.trouble(trouble));
    }

    fn trouble_of_net(&self, error: NetError) {
        self.gauges.net_errors.add(1);
        self.gauges.trouble(Trouble::Net(error));
    }

    fn trouble_of_frame(&self, error: crate::error::FrameError) {
        self.gauges.errors.add(1);
        self.gauges.trouble(Trouble::Frame(error));
    }
}

/// What was heard on a line. Whether the line is to be read on.
fn listen(line: usize, heard: &[Heard], desk: &mut Desk, mail: &mut Mail, now: Now) -> bool {
    for said in heard {
        match said {
            Heard::Welcome => mail.wires[line].welcome(),
            Heard::Unwelcome(_) if !mail.wires[line].is_ready => mail.lose(line, None),
            Heard::Leave => mail.lose(line, None),
            _ => {}
        }
    }
    desk.hear(heard, None, now, mail);
    !desk.is_backed_up() && !mail.has_lost(line)
}
