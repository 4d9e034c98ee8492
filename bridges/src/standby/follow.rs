//! The follower's side: a line to the primary that comes back by itself, and the copy that it fills.
//!
//! Owns: the line and the copy's files. What the journal says is folded by who reads the copy, as it would any journal.
//! Never: a byte into the copy that is not proved.

use super::StandbyError;
use super::wire::{Down, Hearer, SharedSecret, Up, greet_primary};
use engine_core::journal::fence::Taker;
use engine_core::journal::hashes::Hashed;
use engine_core::journal::mirror::{Chunk, Mirror};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;

/// To connect and to greet takes no longer.
const GREETS_WITHIN: Duration = Duration::from_secs(5);
/// The primary says how things stand ten times a second: a line that is still for so long is dead.
const STILL_AFTER: Duration = Duration::from_secs(3);
/// Between two tries.
const AGAIN_AFTER: Duration = Duration::from_millis(300);
/// Between two looks whether it is stopped.
const STOP_EVERY: Duration = Duration::from_millis(20);
/// Frames that were heard and not taken yet.
const FRAMES: usize = 8;

/// Whom to follow, and where the copy goes.
#[derive(Clone, Debug)]
pub struct Following {
    /// Host and port.
    pub host: String,
    /// What both know.
    pub secret: SharedSecret,
    /// Whose certificates are believed; `None`: plain TCP, which a loopback alone may be.
    pub tls_ca: Option<PathBuf>,
    /// The folder of the copy.
    pub folder: PathBuf,
}

/// How the line stands.
#[derive(Clone, Debug, Default)]
pub struct LineState {
    /// It is there.
    pub is_up: bool,
    /// Why it is not, as far as it is known.
    pub trouble: Option<String>,
    /// The run that is followed.
    pub epoch: Option<u32>,
    /// The primary's disk has all before that record, as it said last.
    pub synced: u64,
    /// The engine lived when that was said.
    pub is_alive: bool,
    /// All has come that will ever come.
    pub is_over: bool,
    /// When the primary said its last word.
    pub heard_at: Option<Instant>,
    /// The answer to a fence: its run, and why it was not raised.
    pub fenced: Option<(u32, Option<String>)>,
    /// Bytes behind which the copy is, of those that came.
    pub bytes: u64,
    /// It will not come back by itself.
    pub end: Option<String>,
}

/// The line, as others see it.
#[derive(Clone, Debug)]
pub struct Line {
    state: Arc<Mutex<LineState>>,
    hashes: Arc<Mutex<Vec<Hashed>>>,
    fences: Sender<Taker>,
    stop: Arc<AtomicBool>,
    thread: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl Line {
    /// How it stands now.
    #[must_use]
    pub fn state(&self) -> LineState {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The hashes that were told since they were taken last.
    #[must_use]
    pub fn take_hashes(&self) -> Vec<Hashed> {
        std::mem::take(&mut self.hashes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Asks the primary's side to throw the engine off. Whether somebody is there to be asked.
    #[must_use]
    pub fn fence(&self, taker: Taker) -> bool {
        self.set(|state| state.fenced = None);
        self.state().is_up && self.fences.try_send(taker).is_ok()
    }

    /// Ends it.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Ends it, and waits until nothing is written into the copy any more; how it stood last.
    #[must_use]
    pub fn end(&self) -> LineState {
        self.stop();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        // A panic of the thread has left its mark in the process' panic output; it writes nothing any more either.
        let _ = thread.map(JoinHandle::join);
        self.state()
    }

    fn set(&self, change: impl FnOnce(&mut LineState)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Follows on a thread of its own, until it is stopped or cannot.
///
/// # Errors
/// When the settings are none, or the system gives no thread.
pub fn follow(following: Following) -> Result<Line, StandbyError> {
    let connector = match &following.tls_ca {
        Some(path) => Some(connector(path)?),
        None => {
            let is_loopback = |address: std::net::SocketAddr| address.ip().is_loopback();
            let all = std::net::ToSocketAddrs::to_socket_addrs(&following.host.as_str())?.collect::<Vec<_>>();
            if let Some(address) = all.into_iter().find(|address| !is_loopback(*address)) {
                return Err(StandbyError::NotLoopback(address));
            }
            None
        }
    };
    let (fences, mut wishes) = channel(4);
    let (state, hashes, stop, thread) = (Arc::default(), Arc::default(), Arc::default(), Arc::default());
    let line = Line { state, hashes, fences, stop, thread };
    let own = line.clone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let body = move || {
        runtime.block_on(async {
            // Whatever it waits for is let go of; what is written into the copy is written between two waits.
            tokio::select! {
                () = stopped(&own) => {}
                () = follow_on_and_on(&following, connector.as_ref(), &own, &mut wishes) => {}
            }
        });
    };
    let thread = std::thread::Builder::new().name("standby-line".into()).spawn(body)?;
    *line.thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread);
    Ok(line)
}

async fn stopped(line: &Line) {
    while !line.stop.load(Ordering::Relaxed) {
        sleep(STOP_EVERY).await;
    }
}

/// One line after the other, until one ends for good.
async fn follow_on_and_on(
    following: &Following,
    connector: Option<&TlsConnector>,
    line: &Line,
    wishes: &mut Receiver<Taker>,
) {
    loop {
        let ended = follow_once(following, connector, line, wishes).await;
        line.set(|state| {
            state.is_up = false;
            state.trouble = ended.as_ref().err().map(ToString::to_string);
        });
        if let Err(error) = ended
            && is_last(&error)
        {
            line.set(|state| state.end = Some(error.to_string()));
            return;
        }
        sleep(AGAIN_AFTER).await;
    }
}

/// Another try would come to the same.
fn is_last(error: &StandbyError) -> bool {
    matches!(error, StandbyError::Fault(_) | StandbyError::Refused(_))
        || matches!(error, StandbyError::Io(error) if error.kind() == std::io::ErrorKind::StorageFull)
}

async fn follow_once(
    following: &Following,
    connector: Option<&TlsConnector>,
    line: &Line,
    wishes: &mut Receiver<Taker>,
) -> Result<(), StandbyError> {
    let late = || StandbyError::Io(std::io::ErrorKind::TimedOut.into());
    let stream = timeout(GREETS_WITHIN, TcpStream::connect(&following.host)).await.map_err(|_| late())??;
    stream.set_nodelay(true)?;
    match connector {
        None => follow_on(stream, &following.secret, &following.folder, line, wishes).await,
        Some(connector) => {
            let host = following.host.rsplit_once(':').map_or(following.host.as_str(), |(host, _)| host);
            let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned());
            let name = name.map_err(|_| StandbyError::Secret(format!("{host} is no name of a host")))?;
            let stream = timeout(GREETS_WITHIN, connector.connect(name, stream)).await.map_err(|_| late())??;
            follow_on(stream, &following.secret, &following.folder, line, wishes).await
        }
    }
}

/// One line, from the greeting to its end. Over whatever stream: the tests have one of their own.
pub(super) async fn follow_on<S>(
    stream: S,
    secret: &SharedSecret,
    folder: &Path,
    line: &Line,
    wishes: &mut Receiver<Taker>,
) -> Result<(), StandbyError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let late = || StandbyError::Io(std::io::ErrorKind::TimedOut.into());
    let (mut speaker, mut hearer) =
        timeout(GREETS_WITHIN, greet_primary(stream, secret)).await.map_err(|_| late())??;
    let Down::Run { epoch } = Down::read(&timeout(GREETS_WITHIN, hearer.hear()).await.map_err(|_| late())??)? else {
        return Err(StandbyError::Forged("a primary says first which run it is"));
    };
    let mut mirror = Mirror::open(folder, epoch)??;
    speaker.up(Up::From(mirror.at())).await?;
    line.set(|state| {
        *state = LineState { is_up: true, epoch: Some(epoch), heard_at: Some(Instant::now()), ..LineState::default() };
    });
    let (heard, mut words) = channel(FRAMES);
    let hearing = tokio::spawn(hear_on(hearer, heard));
    let ended = loop {
        tokio::select! {
            wish = wishes.recv() => {
                let Some(taker) = wish else { break Ok(()) };
                if let Err(error) = speaker.up(Up::Fence(taker)).await {
                    break Err(error);
                }
            }
            word = timeout(STILL_AFTER, words.recv()) => match word {
                Err(_) => break Err(late()),
                Ok(None) => break Err(StandbyError::Io(std::io::ErrorKind::UnexpectedEof.into())),
                Ok(Some(word)) => {
                    let is_state = matches!(word, Ok(Down::State { .. }));
                    if let Err(error) = word.and_then(|word| take(word, &mut mirror, line)) {
                        break Err(error);
                    }
                    // As often as the other side says how far it is.
                    if is_state && let Err(error) = speaker.up(Up::Has(mirror.at())).await {
                        break Err(error);
                    }
                }
            },
        }
    };
    hearing.abort();
    ended
}

async fn hear_on<R: AsyncRead + Unpin>(mut hearer: Hearer<R>, heard: Sender<Result<Down, StandbyError>>) {
    loop {
        let word = hearer.hear().await.and_then(|frame| Down::read(&frame));
        let is_last = word.is_err();
        if heard.send(word).await.is_err() || is_last {
            return;
        }
    }
}

fn take(word: Down, mirror: &mut Mirror, line: &Line) -> Result<(), StandbyError> {
    let is_end = word.is_end();
    match word {
        Down::Chunk { segment, offset, length, is_last, bytes } => {
            mirror.take(&Chunk { segment, offset, length, bytes: &bytes, is_last })??;
            let behind = (offset + bytes.len() as u64).saturating_sub(mirror.at().offset);
            line.set(|state| state.bytes = behind);
        }
        Down::Hash(hashed) => line.hashes.lock().unwrap_or_else(PoisonError::into_inner).push(hashed),
        Down::State { synced, is_alive, .. } => {
            line.set(|state| (state.synced, state.is_alive, state.is_over) = (synced, is_alive, is_end));
        }
        Down::Fenced { run, fault } => line.set(|state| state.fenced = Some((run, fault))),
        Down::Refused(why) => return Err(StandbyError::Refused(why)),
        Down::Run { .. } => return Err(StandbyError::Forged("a primary says once which run it is")),
    }
    line.set(|state| state.heard_at = Some(Instant::now()));
    Ok(())
}

fn connector(path: &Path) -> Result<TlsConnector, StandbyError> {
    let fault = |why: &dyn ToString| StandbyError::Tls { path: path.to_owned(), why: why.to_string() };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| fault(&error))? {
        roots.add(certificate.map_err(|error| fault(&error))?).map_err(|error| fault(&error))?;
    }
    if roots.is_empty() {
        return Err(fault(&"it holds no certificate"));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| fault(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

#[cfg(test)]
pub(super) fn line_of_tests() -> (Line, Receiver<Taker>) {
    let (fences, wishes) = channel(4);
    let (state, hashes, stop, thread) = (Arc::default(), Arc::default(), Arc::default(), Arc::default());
    (Line { state, hashes, fences, stop, thread }, wishes)
}
