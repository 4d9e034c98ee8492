//! One private line kept alive: dialled, greeted step by step, read, beaten, dialled again when it breaks.
//!
//! Owns at most one connection. Never: what is inside a message.

use crate::gateway::call::Call;
use crate::gateway::text::Text;
use crate::gateway::tongue::{PrivateLine, Tongue};
use crate::live::dialect::Beat;
use crate::net::Headers;
use crate::net::backoff::Backoff;
use crate::net::endpoint::Endpoint;
use crate::net::error::NetError;
use crate::net::poller::Poller;
use crate::net::tls::Tls;
use crate::net::ws::{Incoming, Socket, SocketSettings};
use engine_model::units::Nanos;
use engine_ring::clock::Clock;
use std::net::SocketAddr;

/// First and longest wait before a line is dialled again.
const BACKOFF_NS: (u64, u64) = (250_000_000, 30_000_000_000);
/// A greeting that is not answered for so long is not going to be.
const GREET_WITHIN_NS: u64 = 10_000_000_000;
/// Up for so long ends the trouble: the next one is new, with short waits.
const STEADY_NS: u64 = 60_000_000_000;

/// What a line needs to work.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tools<'a> {
    pub(super) now_ns: u64,
    /// The venue's time.
    pub(super) venue: Nanos,
    pub(super) clock: &'a Clock,
    pub(super) poller: &'a Poller,
}

/// A private line.
#[derive(Debug)]
pub(super) struct Wire {
    number: usize,
    line: &'static PrivateLine,
    host: Endpoint,
    tls: Option<Tls>,
    /// What the venue wants to be told when a connection opens.
    headers: Headers,
    address: Option<SocketAddr>,
    pub(super) is_looking_up: bool,
    socket: Option<Socket>,
    /// Steps of the greeting that were said, and whether the last one was taken.
    said: usize,
    is_taken: bool,
    pub(super) is_ready: bool,
    opened_ns: Option<u64>,
    /// When something was last heard on it.
    pub(super) heard_ns: u64,
    said_ns: u64,
    /// The venue asked whether we are there, and was not told yet.
    is_beat_asked: bool,
    retry_at_ns: u64,
    pub(super) failures: u32,
    backoff: Backoff,
}

impl Wire {
    /// To that host, of which the path is the venue's business. Nothing is dialled yet.
    pub(super) fn new(
        (number, line): (usize, &'static PrivateLine),
        host: Endpoint,
        tls: Option<Tls>,
        headers: Headers,
        seed: u64,
    ) -> Self {
        Self {
            number,
            line,
            address: host.literal(),
            host,
            tls,
            headers,
            is_looking_up: false,
            socket: None,
            said: 0,
            is_taken: true,
            is_ready: false,
            opened_ns: None,
            heard_ns: 0,
            said_ns: 0,
            is_beat_asked: false,
            retry_at_ns: 0,
            failures: 0,
            backoff: Backoff::new(BACKOFF_NS.0, BACKOFF_NS.1, seed),
        }
    }

    /// The name that must be looked up before it can be dialled.
    pub(super) fn wants_address(&self, now_ns: u64) -> Option<(&str, u16)> {
        let wants = self.address.is_none() && !self.is_looking_up && now_ns >= self.retry_at_ns;
        wants.then_some((self.host.host.as_str(), self.host.port))
    }

    /// What the look-up found.
    pub(super) fn found(&mut self, address: Option<SocketAddr>, now_ns: u64) {
        self.is_looking_up = false;
        self.address = address;
        if address.is_none() {
            self.failed(now_ns);
        }
    }

    /// Moves it up: dials, greets, beats. `true` when it became ready by this call.
    pub(super) fn advance(
        &mut self,
        tongue: &mut dyn Tongue,
        call: &mut Call,
        tools: Tools<'_>,
    ) -> Result<bool, NetError> {
        if self.socket.is_none() {
            self.dial(tongue, tools)?;
        }
        let Some(socket) = &mut self.socket else { return Ok(false) };
        if !socket.advance(tools.now_ns)? {
            return Ok(false);
        }
        if self.opened_ns.is_none() {
            (self.opened_ns, self.heard_ns, self.said_ns) = (Some(tools.now_ns), tools.now_ns, tools.now_ns);
        }
        self.check_silence(tools.now_ns)?;
        self.beat(tools.now_ns)?;
        if self.is_ready {
            return Ok(false);
        }
        if self.is_taken {
            if !tongue.greet(self.number, self.said, tools.venue, call) {
                self.is_ready = true;
                return Ok(true);
            }
            (self.is_taken, self.said) = (false, self.said + 1);
            self.send(call.body.bytes(), tools.now_ns)?;
        }
        Ok(false)
    }

    fn dial(&mut self, tongue: &dyn Tongue, tools: Tools<'_>) -> Result<(), NetError> {
        let Some(address) = self.address.filter(|_| tools.now_ns >= self.retry_at_ns) else { return Ok(()) };
        let mut path = Text::default();
        tongue.line_path(self.number, &mut path);
        let path = String::from_utf8_lossy(path.bytes()).into_owned();
        let endpoint = Endpoint { path, ..self.host.clone() };
        let settings = SocketSettings { headers: self.headers, ..SocketSettings::new(endpoint, self.tls.clone()) };
        self.socket = Some(Socket::dial(settings, address, tools.poller, tools.clock.clone(), tools.now_ns)?);
        Ok(())
    }

    /// The step that was said last was taken.
    pub(super) fn welcome(&mut self) {
        self.is_taken = true;
    }

    fn beat(&mut self, now_ns: u64) -> Result<(), NetError> {
        let Some(heartbeat) = &self.line.heartbeat else { return Ok(()) };
        let is_due = self.is_beat_asked || now_ns.saturating_sub(self.said_ns) >= heartbeat.every_ns;
        let Some(socket) = self.socket.as_mut().filter(|_| is_due) else { return Ok(()) };
        (self.said_ns, self.is_beat_asked) = (now_ns, false);
        match heartbeat.beat {
            Beat::Text(text) | Beat::Asked(text, _) => socket.send_text(text.as_bytes()),
            Beat::Ping => socket.ping(),
        }
    }

    fn check_silence(&self, now_ns: u64) -> Result<(), NetError> {
        let limit_ns = self.line.silent_after_ns;
        let unanswered = !self.is_ready
            && self.opened_ns.is_some_and(|opened_ns| now_ns.saturating_sub(opened_ns) >= GREET_WITHIN_NS);
        if now_ns.saturating_sub(self.heard_ns) < limit_ns && !unanswered {
            return Ok(());
        }
        let step = if unanswered { "the answer to the greeting" } else { "the next message" };
        let limit_ms = if unanswered { GREET_WITHIN_NS } else { limit_ns } / 1_000_000;
        Err(NetError::TimedOut { peer: self.host.to_string(), step, limit_ms })
    }

    /// Whether something of what was said has not left: it would with the next thing that is said or read.
    pub(super) fn is_unsent(&self) -> bool {
        self.socket.as_ref().is_some_and(Socket::is_unsent)
    }

    /// Cuts the line, so that what has not left never does. What was on it is unknown.
    pub(super) fn cut_off(&mut self, reason: &str) -> Option<NetError> {
        self.socket.as_mut().map(|socket| socket.cut_off(reason))
    }

    /// Sends a text. Asks for no memory once one of its length was sent.
    pub(super) fn send(&mut self, text: &[u8], now_ns: u64) -> Result<(), NetError> {
        self.said_ns = now_ns;
        match &mut self.socket {
            Some(socket) => socket.send_text(text),
            None => Ok(()),
        }
    }

    /// The next message, if one waits.
    pub(super) fn read(&mut self, now_ns: u64) -> Result<Incoming<'_>, NetError> {
        let Some(socket) = self.socket.as_mut().filter(|socket| socket.is_open()) else { return Ok(Incoming::Nothing) };
        let incoming = socket.read()?;
        if !matches!(incoming, Incoming::Nothing) {
            self.heard_ns = now_ns;
        }
        if let (Incoming::Frame { bytes, .. }, Some(heartbeat)) = (&incoming, &self.line.heartbeat) {
            self.is_beat_asked |= heartbeat.beat.is_asked_by(bytes);
        }
        Ok(incoming)
    }

    /// It broke, or is given up. Whether it was ready.
    pub(super) fn failed(&mut self, now_ns: u64) -> bool {
        let was_ready = self.is_ready;
        let was_steady = self.opened_ns.is_some_and(|opened_ns| now_ns.saturating_sub(opened_ns) >= STEADY_NS);
        self.close();
        if was_steady {
            self.failures = 0;
            self.backoff.reset();
        }
        self.failures = self.failures.saturating_add(1);
        self.retry_at_ns = now_ns.saturating_add(self.backoff.next_wait_ns());
        // The host may have moved: a name is looked up again, an address stays.
        self.address = self.host.literal();
        was_ready
    }

    /// Says goodbye.
    pub(super) fn close(&mut self) {
        if let Some(mut socket) = self.socket.take() {
            socket.close();
        }
        (self.said, self.is_taken, self.is_ready, self.opened_ns) = (0, true, false, None);
        self.is_beat_asked = false;
    }
}
