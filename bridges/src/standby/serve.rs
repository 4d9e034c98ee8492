//! The primary's side: a listener over the files of one run, in a process of its own.
//!
//! Owns: who may follow, and how long one that does not take what he asked for is waited for. Fencing is the caller's: it is
//! asked, and its answer is told. A run behind which another has begun is served no longer: that one is to be followed, and
//! wants the place.
//! Never: holds more of the journal in memory than one chunk a follower.

use super::StandbyError;
use super::lag::{Lags, Seat, TOLD_EVERY};
use super::wire::{Down, Hearer, SharedSecret, Speaker, Up, greet_follower};
use crate::TlsFiles;
use engine_core::journal::fence::Taker;
use engine_core::journal::hashes::Told;
use engine_core::journal::outlet::Outlet;
use engine_core::journal::reader::Cursor;
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{Receiver, channel, error::TryRecvError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

/// Followers at once.
const FOLLOWERS_MAX: usize = 4;
/// Who has not greeted yet is nobody: so many of them at once, beside those who follow.
const STRANGERS_MAX: usize = 16;
/// A greeting takes no longer.
const GREETS_WITHIN: Duration = Duration::from_secs(5);
/// A follower that takes nothing for so long is cut.
const TAKES_WITHIN: Duration = Duration::from_secs(5);
/// Between two looks at the files while nothing comes.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// Between two words about how things stand.
const STATE_EVERY: Duration = Duration::from_millis(100);
/// Chunks between two looks at what the follower says.
const CHUNKS_MAX: usize = 16;
/// Behind the end of the engine, a follower that lost its line is waited for so long.
const LINGERS: Duration = Duration::from_secs(10);

/// Throws the engine off, for good: what it is to be told, or why it could not be.
pub type Fencing = Arc<dyn Fn(Taker) -> Result<(), String> + Send + Sync>;

/// The engine whose journal it is.
#[derive(Clone)]
pub struct Primary {
    /// The first file of its journal.
    pub first: PathBuf,
    /// Where its hashes are told.
    pub hashes: PathBuf,
    /// Its number.
    pub epoch: u32,
    /// Whether its process lives.
    pub lives: Arc<dyn Fn() -> bool + Send + Sync>,
    /// Whether a newer run has begun in its folder.
    pub is_followed_by: Arc<dyn Fn() -> bool + Send + Sync>,
    /// Throws it off.
    pub fence: Fencing,
    /// Where it is said how far followers are behind, for as long as it is served.
    pub lags: Option<PathBuf>,
}

/// Where it is served, and how.
#[derive(Clone, Debug)]
pub struct Serving {
    /// The listener's address.
    pub address: SocketAddr,
    /// What a follower must know.
    pub secret: SharedSecret,
    /// Needed off loopback.
    pub tls: Option<TlsFiles>,
}

impl Serving {
    /// Serves until the engine is gone and nobody follows any more, or another run has begun behind it. `bound` is told the
    /// address once.
    ///
    /// # Errors
    /// When the place is not to be had, or not allowed.
    pub fn run(self, primary: &Primary, bound: impl FnOnce(SocketAddr)) -> Result<(), StandbyError> {
        if !self.address.ip().is_loopback() && self.tls.is_none() {
            return Err(StandbyError::NotLoopback(self.address));
        }
        let acceptor = match &self.tls {
            Some(files) => Some(
                files
                    .clone()
                    .open()
                    .map_err(|error| StandbyError::Tls { path: files.certificates.clone(), why: error.to_string() })?
                    .acceptor,
            ),
            None => None,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let listener = TcpListener::bind(self.address).await?;
            bound(listener.local_addr()?);
            let served = self.listen(&listener, acceptor.as_ref(), primary).await;
            // A file that is not there any more tells as little.
            let _ = primary.lags.as_ref().map(std::fs::remove_file);
            served
        })
    }

    async fn listen(
        &self,
        listener: &TcpListener,
        acceptor: Option<&TlsAcceptor>,
        primary: &Primary,
    ) -> Result<(), StandbyError> {
        let (strangers, followers) = (Arc::new(Semaphore::new(STRANGERS_MAX)), seats());
        let lags = Lags::default();
        let (mut left_at, mut told_at): (Option<Instant>, Option<Instant>) = (None, None);
        loop {
            if let Some(file) = primary.lags.as_ref().filter(|_| told_at.is_none_or(|at| at.elapsed() >= TOLD_EVERY)) {
                told_at = Some(Instant::now());
                if let Err(error) = lags.tell(file) {
                    tracing::debug!("{}: how far followers are behind is not told: {error}", file.display());
                }
            }
            let accepted = timeout(STATE_EVERY, listener.accept()).await;
            if let Ok(Ok((stream, from))) = accepted {
                match Arc::clone(&strangers).try_acquire_owned() {
                    Err(_) => tracing::warn!(%from, "{STRANGERS_MAX} have not greeted yet: one more is not let in"),
                    Ok(stranger) => {
                        let (seats, lags) = (Arc::clone(&followers), lags.clone());
                        let door = Door { stranger: Some(stranger), seats, lags, from: from.to_string() };
                        let attended = attend(stream, self.secret.clone(), acceptor.cloned(), primary.clone(), door);
                        tokio::spawn(async move {
                            match attended.await {
                                Ok(()) => tracing::info!(%from, "a follower left"),
                                Err(error) => tracing::warn!(%from, "a follower is gone: {error}"),
                            }
                        });
                    }
                }
            }
            let lives = (primary.lives)();
            if !lives && (primary.is_followed_by)() {
                // Whoever follows comes back to the newer one, which waits for this place.
                return Ok(());
            }
            match lives || followers.available_permits() < FOLLOWERS_MAX {
                true => left_at = None,
                false if left_at.get_or_insert_with(Instant::now).elapsed() > LINGERS => return Ok(()),
                false => {}
            }
        }
    }
}

/// How one comes in: as a stranger, and behind the greeting to a seat of his own, if one is left.
pub(super) struct Door {
    pub(super) stranger: Option<OwnedSemaphorePermit>,
    pub(super) seats: Arc<Semaphore>,
    pub(super) lags: Lags,
    pub(super) from: String,
}

/// For those who follow.
pub(super) fn seats() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(FOLLOWERS_MAX))
}

impl Door {
    fn greeted(self) -> Result<(OwnedSemaphorePermit, Seat), StandbyError> {
        drop(self.stranger);
        let permit = self.seats.try_acquire_owned().map_err(|_| StandbyError::Full(FOLLOWERS_MAX))?;
        Ok((permit, self.lags.seat(self.from)))
    }
}

async fn attend(
    stream: TcpStream,
    secret: SharedSecret,
    acceptor: Option<TlsAcceptor>,
    primary: Primary,
    door: Door,
) -> Result<(), StandbyError> {
    stream.set_nodelay(true)?;
    match acceptor {
        None => attend_on(stream, &secret, &primary, door).await,
        Some(acceptor) => {
            let stream = within(GREETS_WITHIN, async { Ok(acceptor.accept(stream).await?) }).await?;
            attend_on(stream, &secret, &primary, door).await
        }
    }
}

/// One follower, from the greeting to its end. Over whatever stream: the tests have one of their own.
pub(super) async fn attend_on<S>(
    stream: S,
    secret: &SharedSecret,
    primary: &Primary,
    door: Door,
) -> Result<(), StandbyError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut speaker, mut hearer) = within(GREETS_WITHIN, greet_follower(stream, secret)).await?;
    let (_permit, seat) = door.greeted()?;
    within(TAKES_WITHIN, speaker.run(primary.epoch)).await?;
    let Up::From(at) = Up::read(&within(GREETS_WITHIN, hearer.hear()).await?)? else {
        return Err(StandbyError::Forged("a follower says first what it has"));
    };
    let Some(mut outlet) = Outlet::open(&primary.first, at)?? else {
        let told = format!("run {} has no place {at:?}: the copy is of another journal, move it away", primary.epoch);
        within(TAKES_WITHIN, speaker.refused(&told)).await?;
        return Err(StandbyError::Refused(told));
    };
    let (heard, mut wishes) = channel(4);
    // Hearing is not cut off in the middle of a frame: it has a task of its own.
    let hearing = tokio::spawn(hear_on(hearer, heard));
    let served = serve_on(&mut speaker, &mut outlet, &mut wishes, primary, (&seat, at)).await;
    hearing.abort();
    served
}

async fn hear_on<R: AsyncRead + Unpin>(
    mut hearer: Hearer<R>,
    heard: tokio::sync::mpsc::Sender<Up>,
) -> Result<(), StandbyError> {
    loop {
        let wish = Up::read(&hearer.hear().await?)?;
        if heard.send(wish).await.is_err() {
            return Ok(());
        }
    }
}

async fn serve_on<W: AsyncWrite + Unpin>(
    speaker: &mut Speaker<W>,
    outlet: &mut Outlet,
    wishes: &mut Receiver<Up>,
    primary: &Primary,
    (seat, mut has): (&Seat, Cursor),
) -> Result<(), StandbyError> {
    let mut told = Told::new(primary.hashes.clone());
    let (mut stated_at, mut is_fenced): (Option<Instant>, bool) = (None, false);
    loop {
        match wishes.try_recv() {
            Ok(Up::Fence(taker)) => {
                let (fence, run) = (Arc::clone(&primary.fence), taker.run);
                let fenced = tokio::task::spawn_blocking(move || fence(taker)).await;
                let fault = fenced.unwrap_or_else(|_| Err("it panicked".to_owned())).err();
                is_fenced |= fault.is_none();
                within(TAKES_WITHIN, speaker.fenced(run, fault.as_deref())).await?;
            }
            Ok(Up::Has(at)) => {
                has = at;
                // Perhaps there is a wish behind it.
                continue;
            }
            Ok(Up::From(_)) => return Err(StandbyError::Forged("a follower says once what it has")),
            Err(TryRecvError::Disconnected) => return Ok(()),
            Err(TryRecvError::Empty) => {}
        }
        let is_alive = (primary.lives)();
        // Behind its fence an engine that hangs writes nothing more: what it left is all there is.
        if !is_alive || is_fenced {
            outlet.leave()?;
        }
        let mut chunks = 0;
        while chunks < CHUNKS_MAX {
            let Some(chunk) = outlet.take()?? else { break };
            within(TAKES_WITHIN, speaker.chunk(&chunk)).await?;
            chunks += 1;
        }
        seat.disk_has(outlet.synced(), Instant::now());
        seat.copy_has(has, outlet.behind(&has)?);
        for hashed in told.read()? {
            within(TAKES_WITHIN, speaker.hash(&hashed)).await?;
        }
        if chunks < CHUNKS_MAX {
            if stated_at.is_none_or(|at| at.elapsed() >= STATE_EVERY) {
                stated_at = Some(Instant::now());
                within(TAKES_WITHIN, speaker.state(outlet.synced(), is_alive, outlet.is_over())).await?;
            }
            sleep(LOOK_EVERY).await;
        }
    }
}

/// A follower is waited for so long, and no longer.
async fn within<T>(limit: Duration, work: impl Future<Output = Result<T, StandbyError>>) -> Result<T, StandbyError> {
    timeout(limit, work).await.unwrap_or(Err(StandbyError::Slow(limit.as_secs())))
}

impl Down {
    /// Whether it says that all has come.
    pub(super) fn is_end(&self) -> bool {
        matches!(self, Self::State { is_over: true, .. })
    }
}
