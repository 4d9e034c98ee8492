//! The one thread: sleeps until a client speaks or something is due, never spins.
//!
//! Purpose: paces the exchange by the wall clock, answers clients, sends frames.
//! Inputs: sockets, and commands (faults, stop) through a channel with a waker.
//! State: connections by token; REST answers held back; what is owed to who asked for it; armed faults.

use crate::account::{AccountTruth, PrivateFault};
use crate::connection::{Delivery, Ended, Http, Socket};
use crate::exchange::{Exchange, Truth};
use crate::fault::{Armed, Fault};
use crate::figures::Counters;
use crate::http::{Answer, Request};
use crate::protocol::{self, Said};
use crate::stream::{Frame, Stream};
use crate::venue::Config;
use crate::weights::Weights;
use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token, Waker};
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError};
use std::time::{Duration, Instant};
use tungstenite::Utf8Bytes;
use tungstenite::protocol::frame::coding::CloseCode;

mod private;

use private::Late;

pub(crate) const LISTENER: Token = Token(0);
pub(crate) const WAKER: Token = Token(1);
const FIRST_CLIENT: usize = 2;
/// Connections at a time; more are closed at once.
const CONNECTIONS_MAX: usize = 64;
/// Exchange steps in a turn: a client never waits long behind the market.
const STEPS_A_TURN: usize = 4_096;
/// The market does not catch up over a longer gap (a stall, a suspended machine): it goes on from now.
const LAG_MAX_NS: u64 = 500_000_000;
const HOUSEKEEPING_NS: u64 = 100_000_000;

pub(crate) enum Command {
    Fault(Fault),
    /// Of the instrument of that symbol; nothing of one that is not listed.
    Truth(String, Sender<Truth>),
    Account(Sender<AccountTruth>),
    Stop,
}

enum Link {
    Http(Http),
    Socket(Box<Socket>),
}

struct Held {
    due_ns: u64,
    token: Token,
    answer: Answer,
    keep_alive: bool,
}

pub(crate) struct Server {
    config: Config,
    exchange: Exchange,
    poll: Poll,
    listener: TcpListener,
    commands: Receiver<Command>,
    counters: Arc<Counters>,
    links: BTreeMap<Token, Link>,
    next_token: usize,
    held: Vec<Held>,
    /// What was asked for and is to be told whole before it goes on in parts, and what comes behind it.
    owed: Vec<(Token, Said)>,
    late: Vec<Late>,
    armed: Armed,
    weights: Weights,
    wanted: Vec<bool>,
    housekeeping_at_ns: u64,
    started: Instant,
    /// Whether it was told to stop.
    is_over: bool,
}

impl Server {
    /// Everything that can fail is done here, before the thread starts.
    pub(crate) fn new(
        config: Config,
        commands: Receiver<Command>,
        counters: Arc<Counters>,
    ) -> io::Result<(Self, Waker, std::net::SocketAddr)> {
        let protocol = protocol::of(config.venue).ok_or_else(|| {
            let told = format!("{} is not simulated: there is no protocol of it here", config.venue.name());
            io::Error::new(io::ErrorKind::Unsupported, told)
        })?;
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKER)?;
        let mut listener = TcpListener::bind(config.bind)?;
        poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
        let address = listener.local_addr()?;
        let server = Self {
            exchange: Exchange::new(protocol, &config),
            wanted: vec![false; Stream::count(config.listings.len())],
            poll,
            listener,
            commands,
            counters,
            links: BTreeMap::new(),
            next_token: FIRST_CLIENT,
            held: Vec::new(),
            owed: Vec::new(),
            late: Vec::new(),
            armed: Armed::default(),
            weights: Weights::default(),
            housekeeping_at_ns: 0,
            started: Instant::now(),
            is_over: false,
            config,
        };
        Ok((server, waker, address))
    }

    /// Serves until it is told to stop.
    pub(crate) fn run(mut self) {
        let mut events = Events::with_capacity(128);
        while !self.is_over {
            let wait = Duration::from_nanos(self.due_at_ns().saturating_sub(self.now_ns()));
            if let Err(error) = self.poll.poll(&mut events, Some(wait))
                && error.kind() != io::ErrorKind::Interrupted
            {
                return;
            }
            self.obey();
            for event in &events {
                match event.token() {
                    LISTENER => self.accept(),
                    WAKER => {}
                    token => self.serve(token),
                }
            }
            self.play();
            self.tell_events();
            self.release_held();
            self.release_late();
            self.keep_house();
            self.flush();
        }
    }

    fn now_ns(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn due_at_ns(&self) -> u64 {
        let held = self.held.iter().map(|h| h.due_ns).min().unwrap_or(u64::MAX);
        let late = self.late.iter().map(|l| l.due_ns).min().unwrap_or(u64::MAX);
        let market = self.exchange.next_at_ns().min(self.exchange.next_account_at_ns());
        market.min(self.housekeeping_at_ns).min(held).min(late)
    }

    /// Takes commands. Also between hearing a client and doing what it says: what was commanded before a client spoke is
    /// done before.
    fn obey(&mut self) {
        while !self.is_over {
            match self.commands.try_recv() {
                Ok(Command::Fault(Fault::Stall(duration))) => {
                    self.counters.faults.add(1);
                    self.is_over = !self.stall(duration);
                }
                Ok(Command::Fault(fault)) => self.arm(fault),
                Ok(Command::Truth(symbol, to)) => self.tell_truth(&symbol, &to),
                Ok(Command::Account(to)) => self.tell_account(&to),
                Err(TryRecvError::Empty) => return,
                Ok(Command::Stop) | Err(TryRecvError::Disconnected) => self.is_over = true,
            }
        }
    }

    /// Does nothing, except that it can be told to stop, which ends it with `false`, and takes notice of further faults.
    fn stall(&mut self, duration: Duration) -> bool {
        let until = Instant::now() + duration;
        while let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            match self.commands.recv_timeout(left) {
                Ok(Command::Fault(fault)) => self.arm(fault),
                Ok(Command::Truth(symbol, to)) => self.tell_truth(&symbol, &to),
                Ok(Command::Account(to)) => self.tell_account(&to),
                Ok(Command::Stop) | Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return false,
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) => return true,
            }
        }
        true
    }

    fn tell_truth(&self, symbol: &str, to: &Sender<Truth>) {
        let listed = self.exchange.floor.listings.iter().position(|l| l.instrument.symbol.as_str() == symbol);
        // Who asked may not wait any more.
        let _ = listed.map(|instrument| to.send(self.exchange.truth(instrument)));
    }

    fn arm(&mut self, fault: Fault) {
        self.counters.faults.add(1);
        let nanos = |d: Duration| u64::try_from(d.as_nanos()).unwrap_or(u64::MAX);
        match fault {
            Fault::DropNextDelta(symbol) => self.armed.drop_delta.push(symbol),
            Fault::DropNextDeltaOfOneLine(symbol) => self.armed.drop_of_one.push(symbol),
            Fault::RepeatNextDelta(symbol) => self.armed.repeat_delta.push(symbol),
            Fault::SwapNextDeltas(symbol) => self.armed.swap_deltas.push(symbol),
            Fault::WrongChecksum(symbol) => self.armed.wrong_checksum.push(symbol),
            Fault::Disconnect => {
                let sockets: Vec<_> =
                    self.links.iter().filter(|(_, l)| matches!(l, Link::Socket(_))).map(|(t, _)| *t).collect();
                sockets.into_iter().for_each(|token| self.end(token, Ended::Left));
            }
            Fault::DisconnectOldest => {
                let oldest =
                    self.links.iter().find(|(_, link)| matches!(link, Link::Socket(_))).map(|(token, _)| *token);
                oldest.into_iter().for_each(|token| self.end(token, Ended::Left));
            }
            Fault::SilenceOf(symbol, duration) => {
                self.armed.silent_of.push((symbol, self.now_ns().saturating_add(nanos(duration))));
            }
            Fault::Silence(duration) => self.armed.silent_until_ns = self.now_ns().saturating_add(nanos(duration)),
            Fault::Calm(duration) => self.exchange.calm(self.now_ns(), nanos(duration)),
            Fault::Garbage(text) => self.armed.garbage.push(text),
            Fault::GarbageBytes => self.armed.garbage_bytes = true,
            Fault::SlowRest(duration) => self.armed.slow_rest_ns = nanos(duration),
            Fault::RestStatus { status, count } => self.armed.rest_status = Some((status, count)),
            Fault::OldSnapshots { count, update_ids } => self.armed.old_snapshots = Some((count, update_ids)),
            Fault::Order(fault) => self.exchange.mishaps.arm_order(fault),
            Fault::Private(fault) => self.exchange.mishaps.arm_private(fault),
            Fault::Draw { per_mille } => self.exchange.mishaps.draw(u64::from(per_mille)),
            Fault::Setup(setup) => self.exchange.accounts.list[0].setup = setup,
            Fault::ClockSkew { ms } => self.exchange.floor.skew_ms = ms,
            // One stall inside another: the longer one is already running.
            Fault::Stall(_) => {}
        }
    }

    fn accept(&mut self) {
        while let Ok((mut stream, _)) = self.listener.accept() {
            let token = Token(self.next_token);
            let interest = Interest::READABLE | Interest::WRITABLE;
            if self.links.len() >= CONNECTIONS_MAX
                || self.poll.registry().register(&mut stream, token, interest).is_err()
            {
                continue;
            }
            // Without it a frame could wait 40 ms for the acknowledgement of the one before.
            let _ = stream.set_nodelay(true);
            self.next_token += 1;
            self.counters.accepted.add(1);
            self.links.insert(token, Link::Http(Http::new(stream)));
        }
    }

    /// Reads what a client sent and answers it.
    fn serve(&mut self, token: Token) {
        let ended = match self.links.get_mut(&token) {
            Some(Link::Http(http)) => {
                let read = http.read();
                self.obey();
                read.err().or_else(|| self.serve_http(token).err())
            }
            Some(Link::Socket(_)) => self.serve_socket(token).err(),
            None => None,
        };
        self.tell_events();
        if let Some(ended) = ended {
            self.end(token, ended);
        }
    }

    fn serve_http(&mut self, token: Token) -> Result<(), Ended> {
        while let Some(Link::Http(http)) = self.links.get_mut(&token) {
            let Some(request) = http.next_request() else { break };
            match &request.upgrade_key {
                Some(key) => return self.upgrade(token, &request, key),
                None => self.answer(token, &request)?,
            }
            let Some(Link::Http(http)) = self.links.get_mut(&token) else { break };
            http.flush(self.config.out_bytes_max)?;
        }
        let Some(Link::Http(http)) = self.links.get_mut(&token) else { return Ok(()) };
        http.flush(self.config.out_bytes_max)
    }

    fn upgrade(&mut self, token: Token, request: &Request, key: &[u8]) -> Result<(), Ended> {
        let now_ns = self.now_ns();
        let Some(mut session) = self.exchange.session(request, token.0) else {
            self.answer_not_found(token);
            return Ok(());
        };
        session.opens(&mut self.exchange.teller(now_ns).1);
        let is_deaf = session.is_private() && self.exchange.mishaps.happens(PrivateFault::HalfOpen);
        let Some(Link::Http(http)) = self.links.remove(&token) else { return Ok(()) };
        let greeting = session.greeting(self.exchange.floor.at_ms(now_ns));
        let mut socket = http.upgrade(key, session, now_ns, self.config.out_bytes_max)?;
        socket.is_deaf = is_deaf;
        if let Some(text) = greeting {
            socket.tell(None, Utf8Bytes::from(text), &self.exchange.floor.listings)?;
        }
        self.links.insert(token, Link::Socket(Box::new(socket)));
        self.counters.sockets.add(1);
        self.count_wanted();
        // Messages may have come right behind the upgrade.
        self.serve_socket(token)
    }

    fn answer_not_found(&mut self, token: Token) {
        if let Some(Link::Http(http)) = self.links.get_mut(&token) {
            http.answer(&Answer::of(404, String::new()), false);
        }
    }

    fn serve_socket(&mut self, token: Token) -> Result<(), Ended> {
        let now_ns = self.now_ns();
        let mut changed = false;
        while self.hear(token, now_ns)? {
            changed = true;
        }
        if changed {
            self.count_wanted();
        }
        Ok(())
    }

    fn count_wanted(&mut self) {
        self.wanted.fill(false);
        for link in self.links.values() {
            if let Link::Socket(socket) = link {
                self.wanted.iter_mut().zip(socket.session.wanted()).for_each(|(all, one)| *all |= one);
            }
        }
    }

    fn end(&mut self, token: Token, ended: Ended) {
        if let Some(link) = self.links.remove(&token) {
            let mut link = link;
            let stream = match &mut link {
                Link::Http(http) => http.stream_mut(),
                Link::Socket(socket) => socket.stream_mut(),
            };
            // The descriptor closes with the value; a failed deregistration changes nothing.
            let _ = self.poll.registry().deregister(stream);
            if let Link::Socket(socket) = &mut link {
                self.close_session(socket);
            }
            if ended == Ended::Slow {
                self.counters.slow.add(1);
            }
        }
        self.count_wanted();
    }

    /// Plays the market up to now and sends what it says.
    fn play(&mut self) {
        let now_ns = self.now_ns();
        if now_ns.saturating_sub(self.exchange.next_at_ns()) > LAG_MAX_NS {
            self.exchange.skip_to(now_ns);
        }
        // Before the market moves on: what follows continues what was told whole.
        if now_ns >= self.armed.silent_until_ns {
            self.tell_owed(now_ns);
        }
        let mut frames = std::mem::take(self.exchange.run_until(now_ns, STEPS_A_TURN, &self.wanted));
        self.counters.events.set(self.exchange.floor.market.event_count());
        let is_silent = now_ns < self.armed.silent_until_ns;
        frames.drain(..).for_each(|frame| self.dispatch(frame, is_silent));
    }

    fn tell_owed(&mut self, now_ns: u64) {
        for (token, said) in std::mem::take(&mut self.owed) {
            let Some(Link::Socket(socket)) = self.links.get_mut(&token) else { continue };
            let listings = &self.exchange.floor.listings;
            let told = match said {
                Said::Text(text) => socket.tell(None, Utf8Bytes::from(text), listings),
                // It may not be wanted any more.
                Said::Whole(stream) if !wants(socket, stream) => Ok(()),
                Said::Whole(stream) => self.exchange.whole(stream, now_ns).into_iter().try_for_each(|text| {
                    self.counters.frames.add(1);
                    socket.tell(Some(stream), Utf8Bytes::from(text), listings)
                }),
            };
            if let Err(ended) = told {
                self.end(token, ended);
            }
        }
    }

    /// One frame to everyone who wants it, unless something happens to it on the way.
    fn dispatch(&mut self, frame: Frame, is_silent: bool) {
        let Frame { stream, mut text, is_change } = frame;
        let delivery = if is_silent { Delivery::Lost } else { self.delivery(stream, is_change) };
        let is_lost = delivery == Delivery::Lost;
        let symbol = self.exchange.floor.listings[stream.instrument].instrument.symbol;
        if is_change && !is_lost && Armed::take(&mut self.armed.wrong_checksum, symbol.as_str()) {
            text = self.exchange.voice.with_wrong_checksum(&text).unwrap_or(text);
        }
        let (text, listings) = (Utf8Bytes::from(text), &self.exchange.floor.listings);
        let garbage = if is_lost { Vec::new() } else { std::mem::take(&mut self.armed.garbage) };
        let garbage_bytes = !is_lost && std::mem::take(&mut self.armed.garbage_bytes);
        let mut misses_one = is_change && !is_lost && Armed::take(&mut self.armed.drop_of_one, symbol.as_str());
        let mut ended = Vec::new();
        for (&token, link) in &mut self.links {
            let Link::Socket(socket) = link else { continue };
            if !wants(socket, stream) {
                continue;
            }
            let delivery = if std::mem::take(&mut misses_one) { Delivery::Lost } else { delivery };
            let mut result = if garbage_bytes { socket.write_garbage_bytes() } else { Ok(()) };
            for text in &garbage {
                result = result.and_then(|()| socket.send(Utf8Bytes::from(text.as_str())));
            }
            let text = socket.session.dress(Some(stream), text.clone(), listings);
            let sent = result.and_then(|()| socket.deliver(stream, &text, delivery));
            self.counters.frames.add(garbage.len() as u64 + sent.unwrap_or(0));
            ended.extend(sent.err().map(|e| (token, e)));
        }
        ended.into_iter().for_each(|(token, e)| self.end(token, e));
    }

    /// What becomes of the next frame of that stream.
    fn delivery(&mut self, stream: Stream, is_change: bool) -> Delivery {
        let symbol = self.exchange.floor.listings[stream.instrument].instrument.symbol;
        let now_ns = self.now_ns();
        if self.armed.silent_of.iter().any(|(silent, until)| silent == symbol.as_str() && now_ns < *until) {
            return Delivery::Lost;
        }
        let is_armed = |list: &mut Vec<String>| is_change && Armed::take(list, symbol.as_str());
        if is_armed(&mut self.armed.drop_delta) {
            Delivery::Lost
        } else if is_armed(&mut self.armed.repeat_delta) {
            Delivery::Twice
        } else if is_armed(&mut self.armed.swap_deltas) {
            Delivery::Late
        } else {
            Delivery::Once
        }
    }

    fn release_held(&mut self) {
        let now_ns = self.now_ns();
        while let Some(index) = self.held.iter().position(|h| h.due_ns <= now_ns) {
            let held = self.held.remove(index);
            if let Some(Link::Http(http)) = self.links.get_mut(&held.token) {
                http.answer(&held.answer, held.keep_alive);
            }
        }
    }

    /// Pings, pongs that did not come, connections that lived long enough.
    fn keep_house(&mut self) {
        let now_ns = self.now_ns();
        if now_ns < self.housekeeping_at_ns {
            return;
        }
        self.housekeeping_at_ns = now_ns + HOUSEKEEPING_NS;
        let nanos = |d: Duration| u64::try_from(d.as_nanos()).unwrap_or(u64::MAX);
        let (every_ns, patience_ns) = (nanos(self.config.ping_every), nanos(self.config.pong_within));
        let lifetime_ns = nanos(self.config.lifetime);
        let mut ended = Vec::new();
        for (&token, link) in &mut self.links {
            let Link::Socket(socket) = link else { continue };
            if now_ns - socket.opened_at_ns > lifetime_ns {
                socket.close(CloseCode::Away, "connection lifetime over");
                ended.push((token, Ended::Left));
            } else if socket.unanswered_since_ns.is_some_and(|since| now_ns - since > patience_ns) {
                socket.close(CloseCode::Policy, "Pong timeout");
                ended.push((token, Ended::Left));
            } else if now_ns - socket.pinged_at_ns > every_ns {
                ended.extend(socket.ping(now_ns).err().map(|e| (token, e)));
            }
        }
        ended.into_iter().for_each(|(token, e)| self.end(token, e));
    }

    fn flush(&mut self) {
        let mut ended = Vec::new();
        for (&token, link) in &mut self.links {
            let result = match link {
                Link::Http(http) => http.flush(self.config.out_bytes_max),
                Link::Socket(socket) => socket.flush(),
            };
            ended.extend(result.err().map(|e| (token, e)));
        }
        ended.into_iter().for_each(|(token, e)| self.end(token, e));
        self.counters.open.set(self.links.len() as u64);
    }
}

/// Whether a socket wants that stream; a private one wants none.
fn wants(socket: &Socket, stream: Stream) -> bool {
    socket.session.wanted().get(stream.index()) == Some(&true)
}
