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
}

impl Stamped {
    /// Starts to connect and returns at once.
    pub(super) fn dial(address: SocketAddr, poller: &Poller, clock: Clock) -> io::Result<Self> {
        let mut tcp = mio::net::TcpStream::connect(address)?;
        poller.watch(&mut tcp)?;
        Ok(Self { tcp, clock, read_at_ns: 0, bytes_in: 0 })
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

/// Linux's number for "operation now in progress"; std has no stable kind for it.
const EINPROGRESS: i32 = 115;

impl Read for Stamped {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.tcp.read(buffer)?;
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
