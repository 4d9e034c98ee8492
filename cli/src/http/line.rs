//! A connection to a door, plain or by TLS, that is over at a deadline whatever the other side does.
//!
//! Owns: names into addresses, that no key leaves the machine in the clear, whom TLS believes, how its noes read.

use super::HttpError;
use super::place::Place;
use crate::exit::Exit;
use feeds::net::tls::Tls;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{CertificateError, ClientConnection, StreamOwned};
use std::fmt;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

/// Whose certificates are believed.
#[derive(Clone, Debug)]
pub(crate) struct Trust {
    tls: Tls,
    /// The house's own, if not the public ones.
    ca: Option<PathBuf>,
}

impl Trust {
    /// The roots that browsers believe, or those of a file of PEM alone.
    pub(crate) fn new(ca: Option<&Path>) -> Result<Self, Exit> {
        let Some(file) = ca else {
            let tls = Tls::public().map_err(|error| Exit::Failed(error.into()))?;
            return Ok(Self { tls, ca: None });
        };
        let wrong = |why: &dyn fmt::Display| Exit::Usage(format!("--ca {}: {why}", file.display()));
        let none = "found no certificate, accepted: a file of PEM, -----BEGIN CERTIFICATE----- …";
        let text = std::fs::read(file).map_err(|error| wrong(&error))?;
        let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
        let certificates: Vec<Vec<u8>> = read.map_err(|_| wrong(&none))?.iter().map(|der| der.to_vec()).collect();
        if certificates.is_empty() {
            return Err(wrong(&none));
        }
        Ok(Self { tls: Tls::only(&certificates).map_err(|error| wrong(&error))?, ca: Some(file.to_owned()) })
    }

    /// What a no of TLS means to whoever asked, and what he does about it.
    fn told(&self, error: &rustls::Error, host: &str) -> String {
        let rustls::Error::InvalidCertificate(why) = error else {
            return match error {
                rustls::Error::InvalidMessage(_) => "it speaks no TLS: is it http:// there?".to_owned(),
                error => format!("no TLS with it: {error}"),
            };
        };
        match why {
            // Of two certificates of one name the wrong one is found by the signature alone.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => match &self.ca {
                None => {
                    "its certificate is of nobody who is believed here; name the house's own with --ca FILE".to_owned()
                }
                Some(file) => format!("its certificate is not of {} (--ca)", file.display()),
            },
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                format!("its certificate is not for the name {host}; ask by a name that it is for")
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "its certificate has expired; renew it there".to_owned()
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "its certificate is not valid yet; is this machine's clock right?".to_owned()
            }
            why => format!("its certificate is refused: {why}"),
        }
    }
}

/// A socket that has as long as is left.
pub(super) struct Timed {
    stream: TcpStream,
    until: Instant,
}

impl Timed {
    fn left(&self) -> io::Result<Duration> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
    }
}

impl Read for Timed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(self.left()?))?;
        self.stream.read(into)
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(self.left()?))?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// See the module. Nothing was said on it yet.
pub(super) enum Line {
    Plain(Timed),
    Tls(Box<StreamOwned<ClientConnection, Timed>>),
}

impl Line {
    /// Connects, and shakes hands where TLS is spoken. `has_key`: then not in the clear beyond this machine.
    pub(super) fn open(place: &Place, trust: &Trust, has_key: bool, until: Instant) -> Result<Self, HttpError> {
        let addresses = resolve(place, until)?;
        if has_key && !place.is_tls() && !addresses.iter().all(|address| address.ip().to_canonical().is_loopback()) {
            return Err(HttpError::Open);
        }
        let mut sock = Timed { stream: connect(&addresses, until)?, until };
        if !place.is_tls() {
            return Ok(Self::Plain(sock));
        }
        let failed = |error: io::Error| match error.get_ref().and_then(|inner| inner.downcast_ref()) {
            Some(error) => HttpError::Trust(trust.told(error, place.host())),
            None => HttpError::of(error),
        };
        let session = trust.tls.connection(place.host());
        let mut session = session.map_err(|error| HttpError::Trust(error.to_string()))?;
        while session.is_handshaking() {
            session.complete_io(&mut sock).map_err(failed)?;
        }
        Ok(Self::Tls(Box::new(StreamOwned::new(session, sock))))
    }

    /// Says something, and hears everything until the other side ends it; at most so many bytes and one more.
    pub(super) fn talk(&mut self, said: &[u8], bytes_max: u64) -> io::Result<Vec<u8>> {
        let mut heard = Vec::new();
        let (line, is_tls): (&mut dyn ReadWrite, _) = match self {
            Self::Plain(line) => (line, false),
            Self::Tls(line) => (line, true),
        };
        // In one piece: `write!` on a bare socket sends a packet for each fragment of the text.
        line.write_all(said)?;
        line.flush()?;
        match line.take(bytes_max + 1).read_to_end(&mut heard) {
            // An end without a farewell: whether it is whole, the length in its head says.
            Err(error) if is_tls && error.kind() == io::ErrorKind::UnexpectedEof => Ok(heard),
            Err(error) => Err(error),
            Ok(_) => Ok(heard),
        }
    }
}

trait ReadWrite: Read + Write {}
impl<T: Read + Write> ReadWrite for T {}

/// The addresses of a name. A resolver knows no deadline: it is asked on a thread of its own, which is left behind.
fn resolve(place: &Place, until: Instant) -> Result<Vec<SocketAddr>, HttpError> {
    let (host, port) = (place.host().to_owned(), place.port());
    let (sender, receiver) = sync_channel(1);
    std::thread::spawn(move || {
        let found = (host.as_str(), port).to_socket_addrs().map(Iterator::collect::<Vec<_>>);
        // Nobody may wait any more.
        let _gone = sender.send(found);
    });
    let found = receiver.recv_timeout(until.saturating_duration_since(Instant::now())).map_err(|_| HttpError::Late)?;
    let found = found.map_err(|error| HttpError::Name(error.to_string()))?;
    if found.is_empty() { Err(HttpError::Name("it has no address".to_owned())) } else { Ok(found) }
}

/// To the first address that lets us.
fn connect(addresses: &[SocketAddr], until: Instant) -> Result<TcpStream, HttpError> {
    let mut last = HttpError::Late;
    for (index, address) in addresses.iter().enumerate() {
        let left = until.saturating_duration_since(Instant::now());
        // One that is silent leaves the others their share of the time.
        let share = left / u32::try_from(addresses.len() - index).unwrap_or(u32::MAX);
        if share.is_zero() {
            break;
        }
        match TcpStream::connect_timeout(address, share) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = HttpError::of(error),
        }
    }
    Err(last)
}
