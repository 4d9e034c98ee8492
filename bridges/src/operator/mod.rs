//! The operator's line: a socket of this machine which only the engine's own user may open, and over it what a person asks
//! of a running engine: halt, let only smaller positions pass, resume, flatten, an order, a limit.
//!
//! Owns: the socket, one question and one answer a connection. What is asked goes the way of every command (`desk/teller`).
//! Never: a rule of risk (the engine obeys or not, and its journal has it); another machine; another user: the
//! file's mode 0600 is the lock. The kill word does not come this way, it has a page of its own.

pub mod words;

use crate::desk::people::By;
use crate::desk::second::Voice;
use crate::desk::sight::Sight;
use crate::door::Door;
use crate::error::BridgeError;
use std::fs::{Permissions, metadata, remove_file, set_permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use words::{Answer, Ask};

/// A question is a line shorter than that.
const QUESTION_BYTES_MAX: u64 = 1_024;
/// For a question to come, and for an answer to be taken.
const TALK_WITHIN: Duration = Duration::from_secs(5);
/// At once; a person has two hands.
const CALLERS_MAX: usize = 8;
/// When the system has no file or memory for another caller.
const PAUSE: Duration = Duration::from_millis(50);

/// A socket that is ours, before anything runs behind it. It is gone with this value.
pub(crate) struct Line {
    listener: UnixListener,
    path: PathBuf,
    owner: u32,
}

impl Line {
    /// Makes the socket. What lies there already is of a process that had our number and is gone. Needs a runtime around it.
    pub(crate) fn open(path: &Path) -> Result<Self, BridgeError> {
        let open = || -> io::Result<(UnixListener, u32)> {
            match remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let listener = UnixListener::bind(path)?;
            set_permissions(path, Permissions::from_mode(0o600))?;
            Ok((listener, metadata(path)?.uid()))
        };
        let (listener, owner) = open().map_err(|source| BridgeError::Line { path: path.to_owned(), source })?;
        Ok(Self { listener, path: path.to_owned(), owner })
    }

    /// Answers until the bridge ends. A caller that says nothing keeps nobody else waiting.
    pub(crate) async fn serve(self, door: Arc<Door>) {
        let operator = Arc::new(Operator { door, owner: self.owner });
        let places = Arc::new(Semaphore::new(CALLERS_MAX));
        let mut stop = operator.door.stop.clone();
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                _ = stop.changed() => return,
            };
            match (accepted, places.clone().try_acquire_owned()) {
                (Ok((stream, _)), Ok(place)) => {
                    let operator = Arc::clone(&operator);
                    tokio::spawn(async move {
                        if let Err(error) = operator.talk(stream).await {
                            tracing::warn!(%error, "the operator's line");
                        }
                        drop(place);
                    });
                }
                (Ok(_), Err(_)) => {
                    tracing::warn!("the operator's line: {CALLERS_MAX} callers are on it, one more is cut")
                }
                (Err(error), _) => {
                    tracing::warn!(%error, "the operator's line");
                    sleep(PAUSE).await;
                }
            }
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Err(error) = remove_file(&self.path) {
            tracing::debug!(%error, path = %self.path.display(), "the operator's socket stays behind");
        }
    }
}

/// Who answers.
struct Operator {
    door: Arc<Door>,
    /// The user that the socket belongs to: ours.
    owner: u32,
}

impl Operator {
    async fn talk(&self, mut stream: UnixStream) -> io::Result<()> {
        let by = stream.peer_cred()?;
        // Between the socket's making and its mode somebody else may have come.
        if by.uid() != self.owner {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, format!("user {} may not ask", by.uid())));
        }
        let mut line = Vec::new();
        let (reading, mut writing) = stream.split();
        timeout(TALK_WITHIN, reading.take(QUESTION_BYTES_MAX).read_to_end(&mut line)).await??;
        let answer = match serde_json::from_slice::<Ask>(&line) {
            Ok(ask) => {
                if !matches!(ask, Ask::State | Ask::Strategies) {
                    tracing::warn!(?ask, uid = by.uid(), pid = by.pid(), "an operator asks");
                }
                let source = by.pid().map_or_else(|| "line".to_owned(), |pid| format!("line:{pid}"));
                let by = By { actor: format!("uid:{}", by.uid()), source };
                self.door.desk.tell(ask, Voice::Line, &by, &Sight::WHOLE).await
            }
            Err(error) => Answer::refused("the question is not understood", &error.to_string()),
        };
        let mut text = serde_json::to_vec(&answer)?;
        text.push(b'\n');
        timeout(TALK_WITHIN, writing.write_all(&text)).await?
    }
}
