//! A WebSocket client for one thread that never blocks it.
//!
//! Owns: one connection, from dialling to close. The way up is one `match` ([`Socket::advance`]); once open, frames are
//! read straight from the socket ([`Socket::read`]) and lent out without a copy: the library's message is held here
//! until the next read and dropped before it, which lets its buffer be reused (0 allocations a message).
//!
//! Never: resolves names, sleeps, reconnects (that is the caller's policy), parses what is inside a frame.

use super::Headers;
use super::endpoint::Endpoint;
use super::error::NetError;
use super::poller::Poller;
use super::tls::Tls;
use super::wire::{OWN_FRAME_BYTES, Secured, Stamped, Wire, secure, shake_hands, tls_error};
use engine_ring::clock::Clock;
use std::io::ErrorKind;
use std::mem;
use std::net::SocketAddr;
use tungstenite::client::IntoClientRequest;
use tungstenite::handshake::client::ClientHandshake;
use tungstenite::handshake::{HandshakeError, MidHandshake};
use tungstenite::http::HeaderValue;
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Bytes, Error, Message, Utf8Bytes, WebSocket};

/// What a socket is made from.
#[derive(Clone, Debug)]
pub struct SocketSettings {
    /// Where to.
    pub endpoint: Endpoint,
    /// Whom to trust; needed for `wss://`.
    pub tls: Option<Tls>,
    /// What the venue wants to hear besides in the request for the upgrade: names in lower case, values.
    pub headers: Headers,
    /// Longest message that is accepted; longer ones end the connection before they are held.
    pub message_bytes_max: usize,
    /// Bytes asked from the kernel at a time, see [`READ_BYTES`].
    pub read_bytes: usize,
    /// From dialling to open.
    pub open_within_ns: u64,
}

/// Longest message by default: no venue documents more, and a hostile one is stopped before it fills memory.
pub const MESSAGE_BYTES_MAX: usize = 16 << 20;

/// Bytes a read by default. The library zeroes that many before each one, so it is a price of every poll, above all of
/// the empty ones. Measured (ns an empty poll): 336 with 1 KiB, 364 with 4, 460 with 16, 1165 with the library's own
/// 128 KiB; a backlog of frames of 200 to 1600 bytes is read fastest with 4 KiB (203 ns a frame; 451 with 1, 573 with 16).
pub const READ_BYTES: usize = 4 << 10;

/// Longest that writes may pile up when the peer does not read: then the connection is given up.
const WRITE_BYTES_MAX: usize = 1 << 20;

impl SocketSettings {
    /// Defaults for this endpoint: 16 MiB a message, 10 s to open.
    #[must_use]
    pub fn new(endpoint: Endpoint, tls: Option<Tls>) -> Self {
        let open_within_ns = 10_000_000_000;
        let (message_bytes_max, read_bytes) = (MESSAGE_BYTES_MAX, READ_BYTES);
        Self { endpoint, tls, headers: &[], message_bytes_max, read_bytes, open_within_ns }
    }

    fn websocket(&self) -> WebSocketConfig {
        WebSocketConfig::default()
            .read_buffer_size(self.read_bytes)
            .write_buffer_size(0)
            .max_write_buffer_size(WRITE_BYTES_MAX)
            .max_message_size(Some(self.message_bytes_max))
            .max_frame_size(Some(self.message_bytes_max))
    }
}

/// What a read brought.
#[derive(Debug, PartialEq, Eq)]
pub enum Incoming<'a> {
    /// A whole text or binary message.
    Frame {
        /// Its payload, valid until the next call.
        bytes: &'a [u8],
        /// When the read that completed it returned.
        received_at_ns: u64,
    },
    /// A ping (answered) or pong: the line lives, there may be more.
    Control,
    /// Nothing waits.
    Nothing,
}

/// One connection.
#[derive(Debug)]
pub struct Socket {
    settings: SocketSettings,
    peer: String,
    phase: Phase,
    held: Option<Message>,
    held_at_ns: u64,
    /// The kernel took only a part of what was sent.
    unsent: bool,
    /// The memory of the last text of [`Socket::send_text`], for the next.
    outgoing: Bytes,
    dialled_at_ns: u64,
}

#[derive(Debug)]
enum Phase {
    Connecting(Stamped),
    Securing(Box<Secured>),
    Upgrading(Box<MidHandshake<ClientHandshake<Wire>>>),
    Open(Box<WebSocket<Wire>>),
    Closed,
}

/// Longer than the text of any order.
const ROOM: usize = 4 << 10;

/// Memory that can be filled, shared with the library, and taken back without asking for more: of the kind that is counted
/// from the start.
fn room() -> Bytes {
    let whole = Bytes::from(vec![0; ROOM]).try_into_mut();
    whole.map(|mut whole| whole.split_off(0).freeze()).unwrap_or_default()
}

impl Socket {
    /// Starts to connect; never waits. `now_ns` is of the caller's timers, as in [`Socket::advance`]; `clock` stamps what
    /// is received.
    pub fn dial(
        settings: SocketSettings,
        address: SocketAddr,
        poller: &Poller,
        clock: Clock,
        now_ns: u64,
    ) -> Result<Self, NetError> {
        let peer = settings.endpoint.to_string();
        let stream =
            Stamped::dial(address, poller, clock).map_err(|source| NetError::Connect { peer: peer.clone(), source })?;
        let phase = Phase::Connecting(stream);
        Ok(Self {
            settings,
            peer,
            phase,
            held: None,
            held_at_ns: 0,
            unsent: false,
            outgoing: room(),
            dialled_at_ns: now_ns,
        })
    }

    /// Whether frames can be read and sent.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Open(_))
    }

    /// Takes the next steps on the way up, as many as go without waiting. `true` once open.
    pub fn advance(&mut self, now_ns: u64) -> Result<bool, NetError> {
        while !self.is_open() {
            let (phase, moved) = self.step()?;
            self.phase = phase;
            if !moved {
                self.check_deadline(now_ns)?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// One step up: the phase after it, and whether it is another one than before.
    fn step(&mut self) -> Result<(Phase, bool), NetError> {
        match mem::replace(&mut self.phase, Phase::Closed) {
            Phase::Connecting(stream) => match stream.connected() {
                Ok(true) => self.connected(stream).map(|phase| (phase, true)),
                Ok(false) => Ok((Phase::Connecting(stream), false)),
                Err(source) => Err(NetError::Connect { peer: self.peer.clone(), source }),
            },
            Phase::Securing(mut stream) => match shake_hands(&mut stream, &self.peer)? {
                true => self.upgrade(Wire::Tls(stream)).map(|phase| (phase, true)),
                false => Ok((Phase::Securing(stream), false)),
            },
            Phase::Upgrading(halfway) => match halfway.handshake() {
                Ok((socket, _)) => self.open(socket).map(|phase| (phase, true)),
                Err(HandshakeError::Interrupted(halfway)) => Ok((Phase::Upgrading(Box::new(halfway)), false)),
                Err(HandshakeError::Failure(error)) => Err(self.upgrade_error(error)),
            },
            Phase::Open(socket) => Ok((Phase::Open(socket), false)),
            Phase::Closed => Err(self.cut("a closed socket", "closed by us")),
        }
    }

    fn connected(&self, stream: Stamped) -> Result<Phase, NetError> {
        let endpoint = &self.settings.endpoint;
        match (endpoint.tls, &self.settings.tls) {
            (false, _) => {
                let mut stream = stream;
                if self.takes_own_frame() {
                    stream.stop_behind_head();
                }
                self.upgrade(Wire::Plain(stream))
            }
            (true, Some(tls)) => Ok(Phase::Securing(secure(stream, tls, &endpoint.host)?)),
            (true, None) => Err(NetError::Url { url: self.peer.clone(), problem: "wss:// without roots to trust" }),
        }
    }

    fn upgrade(&self, wire: Wire) -> Result<Phase, NetError> {
        let endpoint = &self.settings.endpoint;
        let scheme = if endpoint.tls { "wss" } else { "ws" };
        let url = format!("{scheme}://{}{}", endpoint.authority(), endpoint.path);
        let mut request = url.as_str().into_client_request().map_err(|error| self.upgrade_error(error))?;
        for (name, value) in self.settings.headers {
            request.headers_mut().insert(*name, HeaderValue::from_static(value));
        }
        let halfway = ClientHandshake::start(wire, request, Some(self.settings.websocket()));
        halfway.map(|halfway| Phase::Upgrading(Box::new(halfway))).map_err(|error| self.upgrade_error(error))
    }

    fn takes_own_frame(&self) -> bool {
        self.settings.message_bytes_max >= OWN_FRAME_BYTES
    }

    /// Makes the library's read buffer as large as it will ever need to be (see [`Wire::Plain`]; with TLS each record is
    /// an allocation of its own anyhow).
    fn open(&self, mut socket: WebSocket<Wire>) -> Result<Phase, NetError> {
        if let (true, Wire::Plain(stream)) = (self.takes_own_frame(), socket.get_mut()) {
            stream.own_frame_first();
            let own = socket.read().map_err(|error| self.read_error(error))?;
            debug_assert_eq!(own.len(), OWN_FRAME_BYTES);
        }
        Ok(Phase::Open(Box::new(socket)))
    }

    fn check_deadline(&self, now_ns: u64) -> Result<(), NetError> {
        if now_ns.saturating_sub(self.dialled_at_ns) < self.settings.open_within_ns {
            return Ok(());
        }
        let step = match self.phase {
            Phase::Connecting(_) => "connecting",
            Phase::Securing(_) => "the tls handshake",
            Phase::Upgrading(_) => "the websocket upgrade",
            Phase::Open(_) | Phase::Closed => "opening",
        };
        Err(NetError::TimedOut { peer: self.peer.clone(), step, limit_ms: self.settings.open_within_ns / 1_000_000 })
    }

    /// The next frame, if one waits. Reads the socket directly, without epoll; a ping is answered on the way.
    pub fn read(&mut self) -> Result<Incoming<'_>, NetError> {
        // First of all: while a message lives, the library cannot reclaim its buffer and would allocate.
        self.held = None;
        if self.unsent {
            self.flush()?;
        }
        let Phase::Open(socket) = &mut self.phase else {
            return Err(self.cut("reading", "the socket is not open"));
        };
        let message = match socket.read() {
            Ok(message) => message,
            Err(Error::Io(e)) if e.kind() == ErrorKind::WouldBlock => return Ok(Incoming::Nothing),
            Err(error) => return Err(self.read_error(error)),
        };
        if let Message::Ping(_) = message {
            // The library has queued the answer; out with it now, not with the next read.
            return self.flush().map(|()| Incoming::Control);
        }
        if let Message::Close(frame) = message {
            let code = frame.as_ref().map_or(1005, |frame| u16::from(frame.code));
            let reason = frame.map_or_else(|| "no reason".to_owned(), |frame| frame.reason.to_string());
            return Err(NetError::Closed { peer: self.peer.clone(), code, reason });
        }
        self.held_at_ns = socket.get_ref().stamped().read_at_ns;
        self.held = Some(message);
        Ok(self.again())
    }

    /// What the last [`Socket::read`] brought, once more and without reading.
    #[must_use]
    pub fn again(&self) -> Incoming<'_> {
        let received_at_ns = self.held_at_ns;
        match &self.held {
            Some(Message::Text(text)) => Incoming::Frame { bytes: text.as_bytes(), received_at_ns },
            Some(Message::Binary(bytes)) => Incoming::Frame { bytes, received_at_ns },
            Some(_) => Incoming::Control,
            None => Incoming::Nothing,
        }
    }

    /// Sends a text message. When the kernel takes only a part, the rest goes out with the following reads. A text from
    /// `Utf8Bytes::from_static` is not copied and so asks for no memory.
    pub fn send(&mut self, text: impl Into<Utf8Bytes>) -> Result<(), NetError> {
        let Phase::Open(socket) = &mut self.phase else {
            return Err(self.cut("sending", "the socket is not open"));
        };
        let written = socket.send(Message::Text(text.into()));
        self.written(written)
    }

    /// Sends a text that was written elsewhere: it is copied into memory that is used again and again, so this asks for
    /// none once a text of its length was sent.
    pub fn send_text(&mut self, text: &[u8]) -> Result<(), NetError> {
        // The library has let go of the last one: it masks and copies what it is given.
        let mut room = match mem::take(&mut self.outgoing).try_into_mut() {
            Ok(room) => room,
            Err(_) => return Err(self.cut("sending", "the last text is still held")),
        };
        room.clear();
        room.extend_from_slice(text);
        let text = room.freeze();
        self.outgoing = text.clone();
        let text = Utf8Bytes::try_from(text).map_err(|_| self.cut("sending", "a text that is not UTF-8"))?;
        self.send(text)
    }

    /// Sends a ping of the protocol itself, with nothing in it: asks for no memory.
    pub fn ping(&mut self) -> Result<(), NetError> {
        let Phase::Open(socket) = &mut self.phase else {
            return Err(self.cut("sending", "the socket is not open"));
        };
        let written = socket.send(Message::Ping(Bytes::new()));
        self.written(written)
    }

    fn flush(&mut self) -> Result<(), NetError> {
        let Phase::Open(socket) = &mut self.phase else {
            return Err(self.cut("sending", "the socket is not open"));
        };
        let written = socket.flush();
        self.written(written)
    }

    fn written(&mut self, outcome: Result<(), Error>) -> Result<(), NetError> {
        let blocked = matches!(&outcome, Err(Error::Io(e)) if e.kind() == ErrorKind::WouldBlock);
        self.unsent = blocked || matches!(&outcome, Err(Error::WriteBufferFull(_)));
        match outcome {
            Err(error) if !blocked => Err(self.read_error(error)),
            _ => Ok(()),
        }
    }

    /// Says goodbye without waiting for the answer, and closes. What the kernel did not take of earlier texts stays here, and
    /// then so does the goodbye: it would push them out before it.
    pub fn close(&mut self) {
        self.held = None;
        if let Phase::Open(mut socket) = mem::replace(&mut self.phase, Phase::Closed)
            && !self.unsent
        {
            // A peer that does not take our goodbye will notice the closed connection.
            let _ = socket.close(None);
        }
        self.unsent = false;
    }

    /// Whether the kernel took only a part of what was sent: the rest leaves with the next read or text.
    #[must_use]
    pub fn is_unsent(&self) -> bool {
        self.unsent
    }

    /// Closes without a word, so that what was not sent never is.
    pub fn cut_off(&mut self, reason: &str) -> NetError {
        self.held = None;
        self.phase = Phase::Closed;
        self.unsent = false;
        self.cut("sending", reason)
    }

    /// Bytes received since dialling, on the wire (TLS and framing included).
    #[must_use]
    pub fn bytes_in(&self) -> u64 {
        match &self.phase {
            Phase::Open(socket) => socket.get_ref().stamped().bytes_in,
            _ => 0,
        }
    }

    fn cut(&self, during: &'static str, reason: &str) -> NetError {
        NetError::Cut { peer: self.peer.clone(), during, reason: reason.to_owned() }
    }

    fn upgrade_error(&self, error: Error) -> NetError {
        let peer = self.peer.clone();
        match error {
            Error::Http(answer) => NetError::Upgrade { peer, reason: format!("status {}", answer.status().as_u16()) },
            Error::Io(e) => self.cut("the websocket upgrade", &e.to_string()),
            other => NetError::Upgrade { peer, reason: other.to_string() },
        }
    }

    fn read_error(&self, error: Error) -> NetError {
        let peer = self.peer.clone();
        match error {
            Error::Capacity(tungstenite::error::CapacityError::MessageTooLong { size, max_size }) => {
                NetError::Oversized { peer, what: "message", found: size, limit: max_size }
            }
            Error::ConnectionClosed | Error::AlreadyClosed => self.cut("reading", "closed"),
            Error::Io(e) => match tls_error(&self.peer, e) {
                NetError::Cut { peer, reason, .. } => NetError::Cut { peer, during: "reading", reason },
                tls => tls,
            },
            Error::Protocol(tungstenite::error::ProtocolError::ResetWithoutClosingHandshake) => {
                self.cut("reading", "end of stream without a close frame")
            }
            Error::WriteBufferFull(_) => self.cut("sending", "the peer does not read"),
            other => NetError::Malformed { peer, what: "websocket frame", reason: other.to_string() },
        }
    }
}
