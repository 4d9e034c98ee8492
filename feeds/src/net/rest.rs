//! REST off the hot path: one thread a venue that asks one question after another, within a budget.
//!
//! Jobs go in and answers come back through bounded lock-free queues; the asking side ([`RestClient`]) never blocks and
//! never allocates: bodies travel in buffers that it lends and gets back. The thread blocks as it likes: on names,
//! connecting, TLS, reading, on the venue's budget.
//!
//! Never: decides what to ask, parses a body, retries on its own (except a GET on a kept connection that the server had
//! closed: of anything else nobody knows whether it was done).

use super::Headers;
use super::backoff::Backoff;
use super::budget::Budget;
use super::dated::{Link, resolve};
use super::endpoint::Endpoint;
use super::error::NetError;
use super::http::{self, Head, Question};
use super::poller::Bell;
use super::request::Request;
use super::tls::Tls;
use crossbeam::queue::ArrayQueue;
use engine_ring::clock::Clock;
use engine_ring::flag::{StopFlag, Switch};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// What the thread is made from.
#[derive(Clone, Debug)]
pub struct RestSettings {
    /// The venue's REST server.
    pub endpoint: Endpoint,
    /// Whom to trust; needed for `https://`.
    pub tls: Option<Tls>,
    /// What the venue wants to hear besides in each question: names in lower case, values.
    pub headers: Headers,
    /// From asking to the last byte of the answer, connecting included.
    pub answer_within: Duration,
    /// Longest body that is accepted.
    pub body_bytes_max: usize,
    /// Request weight that may be spent in any minute: below the venue's limit, other programs share the address.
    pub weight_per_minute: u32,
    /// First and longest wait after a failure.
    pub backoff: (Duration, Duration),
    /// Silence after a passed limit whose answer names no time. Each further one in a row doubles it, up to a minute.
    pub limited_for: Duration,
    /// For the jitter of those waits.
    pub seed: u64,
    /// Whether what could not be asked within `answer_within`, or waits while the venue wants silence, is given back
    /// unsent: an order that leaves later is not the order that was wanted. A limit (429) that an order met, which is what
    /// may be forbidden, is one of orders: those behind it are given back, whoever asks holds the next, and cancels go on.
    pub sheds: bool,
    /// Depth of the queues; at least the number of instruments plus one a socket.
    pub queue: usize,
}

impl RestSettings {
    /// Defaults: 10 s for an answer, 16 MiB a body, waits of 250 ms to 30 s, a minute after a limit, 64 jobs.
    #[must_use]
    pub fn new(endpoint: Endpoint, tls: Option<Tls>, weight_per_minute: u32, seed: u64) -> Self {
        Self {
            endpoint,
            tls,
            headers: &[],
            answer_within: Duration::from_secs(10),
            body_bytes_max: 16 << 20,
            weight_per_minute,
            backoff: (Duration::from_millis(250), Duration::from_secs(30)),
            limited_for: LIMITED_MAX,
            seed,
            sheds: false,
            queue: 64,
        }
    }
}

/// Something to do for the thread.
#[derive(Debug)]
pub enum Job {
    /// GET a path, as snapshots and lists are asked for.
    Get {
        /// Returned with the answer.
        id: u64,
        /// Path and query, percent-encoded.
        path: Arc<str>,
        /// Its request weight at the venue.
        weight: u32,
        /// A buffer for the body; comes back with the answer.
        body: Vec<u8>,
    },
    /// A request of any kind.
    Send {
        /// Returned with the answer.
        id: u64,
        /// Method, path, headers, body.
        request: Request,
        /// Its request weight at the venue.
        weight: u32,
        /// A buffer for the body of the answer; comes back with it.
        body: Vec<u8>,
    },
    /// Find the address of a name.
    Resolve {
        /// Returned with the answer.
        id: u64,
        /// The name.
        host: Arc<str>,
        /// The port that the address shall have.
        port: u16,
        /// Which of several addresses, counted round: a caller that could not connect asks for the next.
        choice: u32,
    },
}

/// What came of a job.
#[derive(Debug)]
pub struct Answer {
    /// The job's.
    pub id: u64,
    /// What came of it.
    pub outcome: Outcome,
    /// When it was complete.
    pub received_at_ns: u64,
}

/// What came of a job.
#[derive(Debug)]
pub enum Outcome {
    /// A status from 200 to 299 and the whole body.
    Body(Vec<u8>),
    /// No answer, or one of another status: then the buffer comes back with what was said.
    Failed(NetError, Vec<u8>),
    /// An address.
    Address(SocketAddr),
    /// No address.
    NoAddress(NetError),
}

/// The asking side. Dropping it ends the thread as soon as its current question is answered or out of time.
#[derive(Debug)]
pub struct RestClient {
    shared: Arc<Shared>,
    worker: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    /// With the moment that each was asked: it waits from then on, not from the turn that takes it.
    jobs: ArrayQueue<(Instant, Job, Option<Switch>)>,
    answers: ArrayQueue<Answer>,
    stop: StopFlag,
}

impl RestClient {
    /// Starts the thread. `bell` is rung with every answer.
    pub fn start(settings: RestSettings, clock: Clock, bell: Option<Bell>) -> Result<Self, NetError> {
        let depth = settings.queue.max(1);
        let shared = Shared { jobs: ArrayQueue::new(depth), answers: ArrayQueue::new(depth), stop: StopFlag::new() };
        let shared = Arc::new(shared);
        let worker = Worker::new(settings, clock, bell, Arc::clone(&shared));
        let worker = thread::Builder::new().name("rest".to_owned()).spawn(move || worker.run());
        let worker = worker.map_err(|source| NetError::System { what: "starting the rest thread", source })?;
        Ok(Self { shared, worker })
    }

    /// Hands a job over; gives it back when the queue is full. Never waits.
    pub fn try_ask(&self, job: Job) -> Result<(), Job> {
        self.push(job, None)
    }

    /// The same, of what is not to leave any more once a switch is on: looked at when it is about to be sent.
    pub fn try_ask_unless(&self, job: Job, off: Switch) -> Result<(), Job> {
        self.push(job, Some(off))
    }

    fn push(&self, job: Job, unless: Option<Switch>) -> Result<(), Job> {
        self.shared.jobs.push((Instant::now(), job, unless)).map_err(|(_, job, _)| job)?;
        self.worker.thread().unpark();
        Ok(())
    }

    /// The next answer, if one waits.
    #[must_use]
    pub fn try_take(&self) -> Option<Answer> {
        self.shared.answers.pop()
    }
}

impl Drop for RestClient {
    fn drop(&mut self) {
        // Not joined: it may be in the middle of a slow answer, and whoever drops this may be in a hurry.
        self.shared.stop.raise();
        self.worker.thread().unpark();
    }
}

/// Longest sleep: bounds how late a stop is noticed if its unpark got lost between check and park.
const NAP: Duration = Duration::from_millis(50);

/// Why an order is given back.
const KILLED: &str = "the kill switch is on";

/// The longest ban that Binance documents: three days.
const BAN_MAX_S: u64 = 3 * 24 * 3_600;

/// The status of a ban.
const BANNED: u16 = 418;

/// The longest silence that we choose ourselves: as long as any venue's window of weight.
const LIMITED_MAX: Duration = Duration::from_secs(60);

/// A request that waits for the budget.
struct Waiting {
    id: u64,
    request: Request,
    weight: u32,
    body: Vec<u8>,
    since: Instant,
    /// Not to be sent when it is on.
    unless: Option<Switch>,
}

struct Worker {
    settings: RestSettings,
    peer: String,
    authority: String,
    clock: Clock,
    bell: Option<Bell>,
    shared: Arc<Shared>,
    waiting: VecDeque<Waiting>,
    budget: Budget,
    backoff: Backoff,
    /// Silence after the next passed limit that names no time: it grows with each in a row.
    limited_for: Duration,
    /// The last limit was met by an order and no other has passed since: what else passes ends no row of orders.
    limits_orders: bool,
    link: Option<Link>,
    started: Instant,
}

/// Whom a venue wants to hear no more of for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Silenced {
    Nobody,
    Orders,
    All,
}

impl Worker {
    fn new(settings: RestSettings, clock: Clock, bell: Option<Bell>, shared: Arc<Shared>) -> Self {
        let (first, longest) = settings.backoff;
        Self {
            peer: settings.endpoint.to_string(),
            authority: settings.endpoint.authority(),
            budget: Budget::new(settings.weight_per_minute, 0),
            backoff: Backoff::new(nanos(first), nanos(longest), settings.seed),
            waiting: VecDeque::with_capacity(settings.queue),
            limited_for: settings.limited_for,
            limits_orders: false,
            settings,
            clock,
            bell,
            shared,
            link: None,
            started: Instant::now(),
        }
    }

    fn run(mut self) {
        while !self.shared.stop.is_raised() {
            self.take_jobs();
            match self.next() {
                Ok(waiting) if self.settings.sheds && waiting.since.elapsed() >= self.settings.answer_within => {
                    self.shed(waiting, "its turn came too late");
                }
                Ok(waiting) if waiting.unless.as_ref().is_some_and(Switch::is_on) => {
                    self.shed(waiting, KILLED);
                }
                Ok(waiting) => self.send(waiting),
                Err(wait) => thread::park_timeout(wait.min(NAP)),
            }
        }
    }

    /// Monotonic time of this thread, for the budget.
    fn elapsed_ns(&self) -> u64 {
        nanos(self.started.elapsed())
    }

    /// Names are looked up at once: a socket waits for them, and they cost the venue nothing.
    fn take_jobs(&mut self) {
        while self.waiting.len() < self.settings.queue {
            match self.shared.jobs.pop() {
                Some((_, Job::Resolve { id, host, port, choice }, _)) => {
                    let pick = |all: Vec<SocketAddr>| all[choice as usize % all.len()];
                    self.answer(id, resolve(&host, port).map(pick).map_or_else(Outcome::NoAddress, Outcome::Address));
                }
                Some((since, Job::Get { id, path, weight, body }, unless)) => {
                    self.waiting.push_back(Waiting { id, request: Request::get(path), weight, body, since, unless });
                }
                Some((since, Job::Send { id, request, weight, body }, unless)) => {
                    self.waiting.push_back(Waiting { id, request, weight, body, since, unless });
                }
                None => return,
            }
        }
    }

    /// The next request that the budget allows, or how long to wait.
    fn next(&mut self) -> Result<Waiting, Duration> {
        let now_ns = self.elapsed_ns();
        let weight = self.waiting.front().ok_or(NAP)?.weight;
        self.budget.take(weight, now_ns).map_err(Duration::from_nanos)?;
        self.waiting.pop_front().ok_or(NAP)
    }

    fn send(&mut self, Waiting { id, request, mut body, unless, .. }: Waiting) {
        // What an earlier answer left in the lent buffer is not this one's.
        body.clear();
        let outcome = self.exchange(&request, unless.as_ref(), &mut body);
        let outcome = outcome.and_then(|head| self.judge(&request.path, head));
        let Err(error) = outcome else {
            self.backoff.reset();
            self.passed(unless.is_some());
            return self.answer(id, Outcome::Body(body));
        };
        let sheds = self.settings.sheds;
        let silenced = match error {
            NetError::Limited { status, .. } if sheds && status != BANNED && unless.is_some() => Silenced::Orders,
            NetError::Limited { .. } if sheds => Silenced::All,
            _ => Silenced::Nobody,
        };
        match silenced {
            Silenced::Orders => self.limits_orders = true,
            Silenced::Nobody | Silenced::All => self.pause_after(&error),
        }
        self.answer(id, Outcome::Failed(error, body));
        self.shed_all(silenced);
    }

    /// The venue answered. Only how long the next silence is without a time begins anew: one that was told lasts until its
    /// time, and a cancel, which has a limit of its own, says nothing of that of orders.
    fn passed(&mut self, is_order: bool) {
        if is_order || !self.limits_orders {
            (self.limited_for, self.limits_orders) = (self.settings.limited_for, false);
        }
    }

    /// Gives back what waits and the venue does not want to hear.
    fn shed_all(&mut self, silenced: Silenced) {
        if silenced == Silenced::Nobody {
            return;
        }
        self.take_jobs();
        for waiting in std::mem::take(&mut self.waiting) {
            match silenced {
                Silenced::Orders if waiting.unless.is_none() => self.waiting.push_back(waiting),
                _ => self.shed(waiting, "the venue wants silence"),
            }
        }
    }

    fn shed(&self, waiting: Waiting, reason: &'static str) {
        let error = self.not_sent(&waiting.request, reason);
        self.answer(waiting.id, Outcome::Failed(error, waiting.body));
    }

    fn not_sent(&self, request: &Request, reason: &'static str) -> NetError {
        let path = request.path.split('?').next().unwrap_or_default().to_owned();
        NetError::NotSent { peer: self.peer.clone(), path, reason }
    }

    /// Asks over the kept connection or a new one. A kept one may have been closed meanwhile, which is no failure of a
    /// question: then once more over a new one. An order is never sent twice. To open one may take long: `unless` is looked
    /// at behind that.
    fn exchange(&mut self, request: &Request, unless: Option<&Switch>, body: &mut Vec<u8>) -> Result<Head, NetError> {
        let deadline = Instant::now() + self.settings.answer_within;
        if let Some(mut link) = self.link.take() {
            link.set_deadline(deadline);
            match self.ask(link, request, body, deadline) {
                Err(NetError::Cut { .. }) if request.method.may_be_repeated() => {}
                outcome => return outcome,
            }
        }
        let opened = Link::open(&self.settings.endpoint, self.settings.tls.as_ref(), deadline);
        let link = opened.map_err(|error| self.or_time_out(error, deadline))?;
        if unless.is_some_and(Switch::is_on) {
            self.link = Some(link);
            return Err(self.not_sent(request, KILLED));
        }
        self.ask(link, request, body, deadline)
    }

    fn ask(
        &mut self,
        mut link: Link,
        request: &Request,
        body: &mut Vec<u8>,
        deadline: Instant,
    ) -> Result<Head, NetError> {
        let limit = self.settings.body_bytes_max;
        let (headers, authority) = (self.settings.headers, &self.authority);
        let question = Question { peer: &self.peer, authority, request, headers, body_bytes_max: limit };
        let head = http::ask(&mut link, &question, body).map_err(|error| self.or_time_out(error, deadline))?;
        self.link = head.keep.then_some(link);
        Ok(head)
    }

    /// Whatever broke after the deadline broke because of it.
    fn or_time_out(&self, error: NetError, deadline: Instant) -> NetError {
        if Instant::now() < deadline {
            return error;
        }
        let limit_ms = u64::try_from(self.settings.answer_within.as_millis()).unwrap_or(u64::MAX);
        NetError::TimedOut { peer: self.peer.clone(), step: "the rest answer", limit_ms }
    }

    fn judge(&mut self, path: &str, head: Head) -> Result<(), NetError> {
        let peer = self.peer.clone();
        let advice = match head.status {
            200..=299 => return Ok(()),
            status @ (BANNED | 429) => {
                let retry_after_ms = self.silence_ms(status, head.retry_after_s);
                return Err(NetError::Limited { peer, status, retry_after_ms });
            }
            300..=399 => "redirects are not followed, set the new address in the configuration",
            403 | 451 => "the venue refuses this address or country",
            400..=499 => "check the symbol and the path",
            _ => "the venue is in trouble, it will be asked again",
        };
        // Not its query: a signature may stand there.
        let path = path.split('?').next().unwrap_or_default().to_owned();
        Err(NetError::Status { peer, status: head.status, path, advice })
    }

    /// How long a venue that is asked too often wants silence. A nonsense value must not silence us for ever; a ban that
    /// names no time is none of a short window.
    fn silence_ms(&mut self, status: u16, retry_after_s: Option<u64>) -> u64 {
        if let Some(seconds) = retry_after_s {
            return seconds.min(BAN_MAX_S) * 1_000;
        }
        let silence = if status == BANNED { LIMITED_MAX } else { self.limited_for };
        self.limited_for = (self.limited_for * 2).min(LIMITED_MAX);
        u64::try_from(silence.as_millis()).unwrap_or(u64::MAX)
    }

    fn pause_after(&mut self, error: &NetError) {
        let wait_ns = match error {
            NetError::Limited { retry_after_ms, .. } => retry_after_ms.saturating_mul(1_000_000),
            // It was not the venue that said no.
            NetError::NotSent { .. } => return,
            _ => self.backoff.next_wait_ns(),
        };
        let now_ns = self.elapsed_ns();
        self.budget.pause(wait_ns, now_ns);
    }

    /// Waits for room: the asking side takes its answers or has stopped.
    fn answer(&self, id: u64, outcome: Outcome) {
        let mut answer = Answer { id, outcome, received_at_ns: self.clock.now() };
        while let Err(back) = self.shared.answers.push(answer) {
            if self.shared.stop.is_raised() {
                return;
            }
            answer = back;
            thread::park_timeout(NAP);
        }
        if let Some(bell) = &self.bell {
            bell.ring();
        }
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
