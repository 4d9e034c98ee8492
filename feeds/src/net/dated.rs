//! A blocking socket for the REST thread whose every read and write ends by a deadline.
//!
//! The deadline is of the machine's monotonic clock: it bounds waiting, and never becomes part of a record.

use super::endpoint::Endpoint;
use super::error::NetError;
use super::tls::Tls;
use super::wire::tls_error;
use rustls::{ClientConnection, StreamOwned};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

/// A peer that sends a byte a second passes each single read limit; only a deadline for the whole stops it.
#[derive(Debug)]
pub(super) struct Dated {
    tcp: TcpStream,
    deadline: Instant,
}

impl Dated {
    /// Time left, or the error that a passed deadline is.
    fn left(&self) -> io::Result<Option<Duration>> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(Some(left)) }
    }
}

/// A socket's own time-out is called `WouldBlock` on this system.
fn as_time_out(error: io::Error) -> io::Error {
    if error.kind() == ErrorKind::WouldBlock { ErrorKind::TimedOut.into() } else { error }
}

impl Read for Dated {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.tcp.set_read_timeout(self.left()?)?;
        self.tcp.read(buffer).map_err(as_time_out)
    }
}

impl Write for Dated {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.tcp.set_write_timeout(self.left()?)?;
        self.tcp.write(buffer).map_err(as_time_out)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.tcp.flush()
    }
}

/// A connection to a REST server.
#[derive(Debug)]
pub(super) enum Link {
    Plain(Dated),
    Tls(Box<StreamOwned<ClientConnection, Dated>>),
}

impl Link {
    /// Connects and, for https, completes the TLS handshake.
    pub(super) fn open(endpoint: &Endpoint, tls: Option<&Tls>, deadline: Instant) -> Result<Self, NetError> {
        let tcp = connect(&resolve(&endpoint.host, endpoint.port)?, deadline);
        let tcp = tcp.and_then(|tcp| tcp.set_nodelay(true).map(|()| tcp));
        let tcp = tcp.map_err(|source| NetError::Connect { peer: endpoint.to_string(), source })?;
        let dated = Dated { tcp, deadline };
        match (endpoint.tls, tls) {
            (false, _) => Ok(Self::Plain(dated)),
            (true, Some(tls)) => Self::secured(endpoint, tls, dated),
            (true, None) => {
                Err(NetError::Url { url: endpoint.to_string(), problem: "https:// without roots to trust" })
            }
        }
    }

    fn secured(endpoint: &Endpoint, tls: &Tls, dated: Dated) -> Result<Self, NetError> {
        let mut stream = Box::new(StreamOwned::new(tls.connection(&endpoint.host)?, dated));
        while stream.conn.is_handshaking() {
            let outcome = stream.conn.complete_io(&mut stream.sock);
            outcome.map_err(|e| tls_error(&endpoint.to_string(), e))?;
        }
        Ok(Self::Tls(stream))
    }

    /// Moves the deadline for the next question.
    pub(super) fn set_deadline(&mut self, deadline: Instant) {
        match self {
            Self::Plain(dated) => dated.deadline = deadline,
            Self::Tls(stream) => stream.sock.deadline = deadline,
        }
    }
}

impl Read for Link {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(dated) => dated.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Link {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(dated) => dated.write(buffer),
            Self::Tls(stream) => stream.write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(dated) => dated.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

/// Connects to the first address that answers; the error is the last one's.
fn connect(addresses: &[SocketAddr], deadline: Instant) -> io::Result<TcpStream> {
    let mut outcome = Err(ErrorKind::AddrNotAvailable.into());
    for address in addresses {
        let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        outcome = TcpStream::connect_timeout(address, left);
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

/// The addresses of a name, at least one. Blocks as long as the system's resolver likes: only for the REST thread.
pub(super) fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, NetError> {
    let refused = |reason: String| NetError::Resolve { host: host.to_owned(), reason };
    let addresses: Vec<_> = (host, port).to_socket_addrs().map_err(|e| refused(e.to_string()))?.collect();
    if addresses.is_empty() { Err(refused("the resolver returned an empty list".to_owned())) } else { Ok(addresses) }
}
