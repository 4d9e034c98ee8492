//! The byte stream under a WebSocket: a non-blocking socket that stamps what it reads, with or without TLS on top.
//!
//! The stamp is taken directly after the read that brought the bytes returned: all frames of one read share it.

use super::error::NetError;
use super::poller::Poller;
use super::tls::Tls;
use engine_ring::clock::Clock;
use rustls::{ClientConnection, StreamOwned};
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;

/// A non-blocking socket that knows when it last received and how much.
#[derive(Debug)]
pub(super) struct Stamped {
    tcp: mio::net::TcpStream,
    clock: Clock,
    pub(super) read_at_ns: u64,
    pub(super) bytes_in: u64,
    ahead: Ahead,
}

/// What a read gives besides the socket's bytes as they come.
///
/// The library above grows its read buffer when a frame is longer than any before: an allocation in the middle of a run,
/// just when the market bursts. So its first frame is one of our own, as long as the buffer should be. That frame must
/// not fall into another one, so nothing behind the answer to the upgrade is read before it.
#[derive(Debug)]
enum Ahead {
    /// Bytes up to the end of the answer's head, and no further.
    Head,
    /// A frame of our own, from this place on.
    Own(usize),
    /// The socket's bytes.
    Nothing,
}

/// Payload of our own frame. The longest of 522074 recorded messages has 34,571 bytes; this is almost four times that.
pub(super) const OWN_FRAME_BYTES: usize = 128 << 10;

/// A text frame with a 64-bit length: never masked, it pretends to come from the server.
const OWN_FRAME_HEAD: [u8; 10] = {
    let length = (OWN_FRAME_BYTES as u64).to_be_bytes();
    [0x81, 127, length[0], length[1], length[2], length[3], length[4], length[5], length[6], length[7]]
};

impl Stamped {
    /// Starts to connect and returns at once.
    pub(super) fn dial(address: SocketAddr, poller: &Poller, clock: Clock) -> io::Result<Self> {
        let mut tcp = mio::net::TcpStream::connect(address)?;
        poller.watch(&mut tcp)?;
        Ok(Self { tcp, clock, read_at_ns: 0, bytes_in: 0, ahead: Ahead::Nothing })
    }

    /// Whether the connection stands. Asked by system call, not by event, so that a busy poll needs no epoll.
    pub(super) fn connected(&self) -> io::Result<bool> {
        if let Some(failed) = self.tcp.take_error()? {
            return Err(failed);
        }
        match self.tcp.peer_addr() {
            // Without delay: requests and pongs are small and single, Nagle would hold them for an acknowledgement.
            Ok(_) => self.tcp.set_nodelay(true).map(|()| true),
            Err(e) if e.kind() == ErrorKind::NotConnected || e.raw_os_error() == Some(EINPROGRESS) => Ok(false),
            Err(e) => Err(e),
        }
    }
}

impl Stamped {
    /// From now on nothing behind the head of the answer to an upgrade is read.
    pub(super) fn stop_behind_head(&mut self) {
        self.ahead = Ahead::Head;
    }

    /// From now on a frame of our own is read, then the socket.
    pub(super) fn own_frame_first(&mut self) {
        self.ahead = Ahead::Own(0);
    }

    fn head_length(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let seen = self.tcp.peek(buffer)?;
        let end = buffer[..seen].windows(4).position(|four| four == b"\r\n\r\n");
        match (end, seen) {
            (Some(end), _) => Ok(end + 4),
            // The stream's own end.
            (None, 0) => Ok(buffer.len()),
            // All but what may be the beginning of the head's end: that waits for the rest.
            (None, 1..=3) => Err(ErrorKind::WouldBlock.into()),
            (None, _) => Ok(seen - 3),
        }
    }
}

/// Writes the next bytes of our own frame into the buffer.
fn own_frame(from: usize, buffer: &mut [u8]) -> usize {
    let length = buffer.len().min(OWN_FRAME_HEAD.len() + OWN_FRAME_BYTES - from);
    for (at, byte) in buffer[..length].iter_mut().enumerate() {
        *byte = OWN_FRAME_HEAD.get(from + at).copied().unwrap_or(b' ');
    }
    length
}

/// Linux's number for "operation now in progress"; std has no stable kind for it.
const EINPROGRESS: i32 = 115;

impl Read for Stamped {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match self.ahead {
            Ahead::Nothing => self.tcp.read(buffer)?,
            Ahead::Head => {
                let length = self.head_length(buffer)?;
                self.tcp.read(&mut buffer[..length])?
            }
            Ahead::Own(from) => {
                let length = own_frame(from, buffer);
                let is_last = from + length == OWN_FRAME_HEAD.len() + OWN_FRAME_BYTES;
                self.ahead = if is_last { Ahead::Nothing } else { Ahead::Own(from + length) };
                return Ok(length);
            }
        };
        self.read_at_ns = self.clock.now();
        self.bytes_in += count as u64;
        Ok(count)
    }
}

impl Write for Stamped {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.tcp.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.tcp.flush()
    }
}

/// TLS over a stamped socket. rustls allocates once for each record it decrypts (its buffer of plaintext is a queue of
/// vectors); nothing above it does.
pub(super) type Secured = StreamOwned<ClientConnection, Stamped>;

/// Plain (loopback, tests) or TLS (every real venue).
#[derive(Debug)]
pub(super) enum Wire {
    Plain(Stamped),
    Tls(Box<Secured>),
}

impl Wire {
    pub(super) fn stamped(&self) -> &Stamped {
        match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => &stream.sock,
        }
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(buffer),
            Self::Tls(stream) => stream.write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

/// Puts TLS on a connected socket; nothing is sent yet.
pub(super) fn secure(stream: Stamped, tls: &Tls, host: &str) -> Result<Box<Secured>, NetError> {
    Ok(Box::new(StreamOwned::new(tls.connection(host)?, stream)))
}

/// Drives the TLS handshake as far as the socket allows. `true` when it is complete.
pub(super) fn shake_hands(stream: &mut Secured, peer: &str) -> Result<bool, NetError> {
    while stream.conn.is_handshaking() {
        match stream.conn.complete_io(&mut stream.sock) {
            Ok((0, 0)) => return Err(cut(peer, "end of stream")),
            Ok(_) => {}
            Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(false),
            Err(e) => return Err(tls_error(peer, e)),
        }
    }
    Ok(true)
}

/// rustls hides its own errors inside those of I/O.
pub(super) fn tls_error(peer: &str, error: io::Error) -> NetError {
    match error.downcast::<rustls::Error>() {
        Ok(source) => NetError::Tls { peer: peer.to_owned(), source },
        Err(error) => cut(peer, &error.to_string()),
    }
}

fn cut(peer: &str, reason: &str) -> NetError {
    NetError::Cut { peer: peer.to_owned(), during: "the tls handshake", reason: reason.to_owned() }
}
