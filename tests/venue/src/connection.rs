//! One client's connection: first HTTP, perhaps for ever; after an upgrade a WebSocket.
//!
//! Owns: the socket, its bounded buffers, the session. A client that vanishes, never reads, or talks nonsense costs a
//! connection, nothing more. Never: decides what is sent.

use crate::http::{Answer, Head, REQUEST_BYTES_MAX, Request, switching_protocols};
use crate::listing::Listing;
use crate::protocol::Session;
use crate::stream::Stream;
use mio::net::TcpStream;
use std::io::{ErrorKind, Read as _, Write as _};
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tungstenite::{Bytes, Error, Message, Utf8Bytes, WebSocket};

/// Bytes of a message that a client may send; subscriptions of a thousand names fit.
const CLIENT_MESSAGE_BYTES_MAX: usize = 64 * 1024;
/// Frames gather here before they are handed to the kernel, at the latest when the turn ends.
const GATHER_BYTES: usize = 32 * 1024;
const SECOND_NS: u64 = 1_000_000_000;

/// Why a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The client left, or spoke no protocol that is known here.
    Left,
    /// It did not read: its out-buffer was full.
    Slow,
}

/// What becomes of a frame on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    Once,
    Twice,
    /// Behind the next one of its stream.
    Late,
    Lost,
}

/// An HTTP connection.
pub(crate) struct Http {
    stream: TcpStream,
    input: Vec<u8>,
    output: Vec<u8>,
    close_when_sent: bool,
    /// It sent more than a head's worth at once. Sockets are edge-triggered, so the rest would never be heard of.
    overran: bool,
}

/// A WebSocket.
pub(crate) struct Socket {
    socket: WebSocket<TcpStream>,
    pub(crate) session: Box<dyn Session>,
    pub(crate) opened_at_ns: u64,
    pub(crate) pinged_at_ns: u64,
    /// Whether it is only half open: neither heard nor spoken to.
    pub(crate) is_deaf: bool,
    /// Since when a ping waits for its pong.
    pub(crate) unanswered_since_ns: Option<u64>,
    second: u64,
    messages_in_second: u32,
    /// Frames that wait until another one of their stream was sent.
    late: Vec<(Stream, Utf8Bytes)>,
}

impl Http {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { stream, input: Vec::new(), output: Vec::new(), close_when_sent: false, overran: false }
    }

    /// Reads what is there.
    pub(crate) fn read(&mut self) -> Result<(), Ended> {
        let mut chunk = [0; 4096];
        loop {
            if self.input.len() > REQUEST_BYTES_MAX {
                self.overran = true;
                return Ok(());
            }
            match self.stream.read(&mut chunk) {
                Ok(0) => return Err(Ended::Left),
                Ok(count) => self.input.extend_from_slice(&chunk[..count]),
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Err(Ended::Left),
            }
        }
    }

    /// The next request, if it is whole. None is taken while an answer is being sent before closing.
    pub(crate) fn next_request(&mut self) -> Option<Request> {
        if self.close_when_sent || self.input.is_empty() {
            return None;
        }
        match Request::parse(&self.input) {
            Head::Whole(request) => {
                self.input.drain(..request.length);
                Some(request)
            }
            Head::Incomplete => None,
            Head::Bad(status) => {
                self.answer(&Answer::of(status, String::new()), false);
                None
            }
        }
    }

    pub(crate) fn answer(&mut self, answer: &Answer, keep_alive: bool) {
        self.output.extend_from_slice(&answer.bytes(keep_alive));
        self.close_when_sent |= !keep_alive;
    }

    /// Sends what waits; `Err` when that was the last of it, or the client is gone or does not read.
    pub(crate) fn flush(&mut self, bytes_max: usize) -> Result<(), Ended> {
        while !self.output.is_empty() {
            match self.stream.write(&self.output) {
                Ok(0) => return Err(Ended::Left),
                Ok(count) => drop(self.output.drain(..count)),
                Err(e) if e.kind() == ErrorKind::WouldBlock => break,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Err(Ended::Left),
            }
        }
        match self.output.len() {
            0 if self.close_when_sent || self.overran => Err(Ended::Left),
            waiting if waiting > bytes_max => Err(Ended::Slow),
            _ => Ok(()),
        }
    }

    /// Becomes a WebSocket. The 129 bytes of the answer always fit a fresh socket's buffer; where they do not, the
    /// client is not worth waiting for.
    pub(crate) fn upgrade(
        mut self,
        key: &[u8],
        session: Box<dyn Session>,
        now_ns: u64,
        bytes_max: usize,
    ) -> Result<Socket, Ended> {
        let answer = switching_protocols(key);
        self.flush(0)?;
        if self.stream.write(&answer).ok() != Some(answer.len()) {
            return Err(Ended::Left);
        }
        let config = WebSocketConfig::default()
            .read_buffer_size(4 * 1024)
            .write_buffer_size(GATHER_BYTES)
            .max_write_buffer_size(bytes_max.max(2 * GATHER_BYTES))
            .max_message_size(Some(CLIENT_MESSAGE_BYTES_MAX))
            .max_frame_size(Some(CLIENT_MESSAGE_BYTES_MAX));
        Ok(Socket {
            socket: WebSocket::from_partially_read(self.stream, self.input, Role::Server, Some(config)),
            session,
            opened_at_ns: now_ns,
            pinged_at_ns: now_ns,
            is_deaf: false,
            unanswered_since_ns: None,
            second: 0,
            messages_in_second: 0,
            late: Vec::new(),
        })
    }

    pub(crate) fn stream_mut(&mut self) -> &mut TcpStream {
        &mut self.stream
    }
}

impl Socket {
    /// The client's next text, if there is one. `messages_max`: what the venue allows in a second, pings and pongs
    /// included; more closes the socket with 1008.
    pub(crate) fn next_text(&mut self, now_ns: u64, messages_max: u32) -> Result<Option<Utf8Bytes>, Ended> {
        if self.is_deaf {
            return Ok(None);
        }
        loop {
            let message = match self.socket.read() {
                Ok(message) => message,
                Err(Error::Io(e)) if e.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(_) => return Err(Ended::Left),
            };
            if matches!(message, Message::Pong(_)) {
                self.unanswered_since_ns = None;
            }
            if self.is_over_limit(now_ns, messages_max) {
                self.close(CloseCode::Policy, "Too many requests");
                return Err(Ended::Left);
            }
            if let Message::Text(text) = message {
                return Ok(Some(text));
            }
        }
    }

    fn is_over_limit(&mut self, now_ns: u64, messages_max: u32) -> bool {
        if now_ns / SECOND_NS != self.second {
            (self.second, self.messages_in_second) = (now_ns / SECOND_NS, 0);
        }
        self.messages_in_second += 1;
        self.messages_in_second > messages_max
    }

    /// Sends a text in this connection's own wrapping.
    pub(crate) fn tell(&mut self, stream: Option<Stream>, text: Utf8Bytes, listings: &[Listing]) -> Result<(), Ended> {
        let text = self.session.dress(stream, text, listings);
        self.send(text)
    }

    /// Sends a dressed frame as told; how many texts went out.
    pub(crate) fn deliver(&mut self, stream: Stream, text: &Utf8Bytes, delivery: Delivery) -> Result<u64, Ended> {
        let copies = match delivery {
            Delivery::Once => 1,
            Delivery::Twice => 2,
            Delivery::Lost => return Ok(0),
            Delivery::Late => {
                self.late.push((stream, text.clone()));
                return Ok(0);
            }
        };
        let late = self.late.extract_if(.., |(of, _)| *of == stream).map(|(_, text)| text);
        let texts: Vec<Utf8Bytes> = std::iter::repeat_n(text.clone(), copies).chain(late).collect();
        let count = texts.len() as u64;
        texts.into_iter().try_for_each(|text| self.send(text)).map(|()| count)
    }

    pub(crate) fn send(&mut self, text: Utf8Bytes) -> Result<(), Ended> {
        self.write(Message::Text(text))
    }

    pub(crate) fn ping(&mut self, now_ns: u64) -> Result<(), Ended> {
        self.pinged_at_ns = now_ns;
        self.unanswered_since_ns.get_or_insert(now_ns);
        self.write(Message::Ping(Bytes::from((now_ns / 1_000_000).to_string())))
    }

    fn write(&mut self, message: Message) -> Result<(), Ended> {
        if self.is_deaf {
            return Ok(());
        }
        match self.socket.write(message) {
            Ok(()) => Ok(()),
            // The frame is in the buffer; the kernel takes it later.
            Err(Error::Io(e)) if e.kind() == ErrorKind::WouldBlock => Ok(()),
            Err(Error::WriteBufferFull(_)) => Err(Ended::Slow),
            Err(_) => Err(Ended::Left),
        }
    }

    pub(crate) fn flush(&mut self) -> Result<(), Ended> {
        match self.socket.flush() {
            Ok(()) => Ok(()),
            Err(Error::Io(e)) if e.kind() == ErrorKind::WouldBlock => Ok(()),
            Err(_) => Err(Ended::Left),
        }
    }

    /// Says goodbye as far as the kernel takes it at once.
    pub(crate) fn close(&mut self, code: CloseCode, reason: &'static str) {
        // A client that cannot be told any more is gone all the same.
        let _ = self.socket.close(Some(CloseFrame { code, reason: Utf8Bytes::from_static(reason) }));
        let _ = self.socket.flush();
    }

    /// Bytes beside the protocol: an unknown opcode with reserved bits.
    pub(crate) fn write_garbage_bytes(&mut self) -> Result<(), Ended> {
        self.flush()?;
        self.socket.get_mut().write(&[0xff, 0x7f, 0x00, 0xff, 0xff, 0xff]).map(|_| ()).map_err(|_| Ended::Left)
    }

    pub(crate) fn stream_mut(&mut self) -> &mut TcpStream {
        self.socket.get_mut()
    }
}
