//! People: who somebody is, what he may, and that what he did is written down.
//!
//! Owns: users, their passwords, sessions and keys, how often somebody may ask, the first admin, the audit. What is asked
//! with every request is answered from a picture in memory; a look at the database each half second brings in what other
//! processes changed, so a revoked key is dead within a second everywhere. Never: HTTP, a secret in clear in what is kept
//! or told.

mod anchor;
mod claim;
mod fault;
mod keys;
mod network;
mod pace;
pub(crate) mod password;
mod picture;
pub(crate) mod secret;
mod users;

pub use fault::PeopleError;
pub use keys::KeyWish;
pub(crate) use network::whose;
pub use password::PasswordCost;
pub(crate) use picture::Asker;
pub use users::UserChange;

use crate::role::UserId;
use crate::store::operational::audit::{AuditRow, Broken, Entry, Head};
use crate::store::operational::done_once::Once;
use crate::store::operational::{Place, Store};
use anchor::Anchor;
use claim::Claim;
use engine_model::units::Nanos;
use engine_ring::clock::Clock;
use pace::Pace;
use password::Passwords;
use picture::Picture;
use std::net::IpAddr;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::watch;

/// Between two looks at what other processes changed.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Between two heads of the audit that are kept elsewhere.
const ANCHOR_EVERY: Duration = Duration::from_secs(60);
/// Logins of a name or from an address: so many in a row, then one each [`LOGIN_EVERY_NS`].
const LOGINS: u64 = 5;
const LOGIN_EVERY_NS: u64 = 12 * Nanos::SECOND;
/// An answer is kept so long for an idempotency key.
const ONCE_NS: i64 = 24 * 3_600 * Nanos::SECOND as i64;

/// How people are known here.
#[derive(Clone)]
pub struct PeopleConfig {
    /// The database.
    pub place: Place,
    /// For the first admin's secret and the audit's heads; made if it is not there.
    pub folder: PathBuf,
    /// What a guess at a password costs.
    pub password: PasswordCost,
    /// How long a login holds.
    pub session: Duration,
    /// Requests a second of one key or session, over time.
    pub rate_per_s: u32,
    /// And in a row.
    pub burst: u32,
}

/// Who does something, for the audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct By {
    /// `user:NAME`, `telegram:ID`, `uid:N`.
    pub actor: String,
    /// By what and from where.
    pub source: String,
}

/// See the module.
pub(crate) struct People {
    store: Store,
    clock: Clock,
    picture: RwLock<Arc<Picture>>,
    passwords: Passwords,
    /// Of keys and sessions.
    asks: Pace,
    /// Of names and of addresses.
    logins: Pace,
    claim: Mutex<Option<Claim>>,
    anchor: Arc<Mutex<Anchor>>,
    session: Duration,
}

impl People {
    /// Opens the database. Where there is nobody yet, a one-time secret for the first admin is made: see [`claim`].
    pub(crate) async fn open(config: &PeopleConfig, clock: Clock) -> Result<Self, PeopleError> {
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&config.folder);
        made.map_err(|source| PeopleError::File { path: config.folder.clone(), source })?;
        let passwords = Passwords::new(config.password)?;
        let store = Store::open(&config.place, clock.now() as i64).await?;
        let picture = Picture::read(&store, clock.now() as i64).await?;
        let rate = u64::from(config.rate_per_s.max(1));
        Ok(Self {
            store,
            clock,
            picture: RwLock::new(Arc::new(picture)),
            passwords,
            asks: Pace::new(Nanos::SECOND / rate, u64::from(config.burst.max(1))),
            logins: Pace::new(LOGIN_EVERY_NS, LOGINS),
            claim: Mutex::default(),
            anchor: Arc::new(Mutex::new(Anchor::new(&config.folder))),
            session: config.session,
        })
    }

    /// Who shows that text, from there; also when he asks too often.
    pub(crate) fn find(&self, shown: &str, from: IpAddr) -> Result<Asker, PeopleError> {
        let found = self.picture().find(shown, from, self.now_ns());
        let asker = found.or_else(|error| self.unknown(from).and(Err(error)))?;
        let waits = self.asks.take(&asker.token, self.clock.now());
        waits.map_err(too_many)?;
        Ok(asker)
    }

    /// Whether somebody who was found may still what he could then. Costs him nothing: he does not ask.
    pub(crate) fn still_knows(&self, asker: &Asker) -> bool {
        self.picture().still_knows(asker, self.now_ns())
    }

    /// How long that is from now, in whole seconds.
    pub(crate) fn seconds_until(&self, at_ns: i64) -> u64 {
        u64::try_from(at_ns.saturating_sub(self.now_ns())).unwrap_or(0) / Nanos::SECOND
    }

    /// Somebody shows nothing, or nothing good: so often from one address.
    pub(crate) fn unknown(&self, from: IpAddr) -> Result<(), PeopleError> {
        self.asks.take(&whose(from).to_string(), self.clock.now()).map_err(too_many)
    }

    /// Whether that is a user who is not let in. Numbers below the users' are of others: of this machine, of Telegram.
    pub(crate) fn is_shut_out(&self, user: UserId) -> bool {
        user > UserId::LOCAL && !self.picture().is_enabled(user)
    }

    /// Looks for changes and keeps the audit's head, until the bridge ends.
    pub(crate) async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut next_anchor = tokio::time::Instant::now() + ANCHOR_EVERY;
        loop {
            let is_over = tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => false,
                _ = stop.changed() => true,
            };
            let now = tokio::time::Instant::now();
            if is_over || now >= next_anchor {
                next_anchor = now + ANCHOR_EVERY;
                let people = Arc::clone(&self);
                let keeping = tokio::spawn(async move {
                    if let Err(error) = people.keep_head().await {
                        tracing::error!(%error, "the audit's head is not kept");
                    }
                });
                if is_over {
                    let _ended = keeping.await;
                }
            }
            if is_over {
                return self.store.close().await;
            }
            if let Err(error) = self.look().await {
                tracing::error!(%error, "the database of people does not answer: what is known of them may be old");
            }
        }
    }

    /// Brings the picture up to date, if somebody changed something.
    pub(crate) async fn look(&self) -> Result<(), PeopleError> {
        if self.store.revision().await? != self.picture().revision {
            self.refresh().await?;
        }
        Ok(())
    }

    async fn refresh(&self) -> Result<(), PeopleError> {
        let newest = Picture::read(&self.store, self.now_ns()).await?;
        *self.picture.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(newest);
        Ok(())
    }

    pub(crate) fn picture(&self) -> Arc<Picture> {
        Arc::clone(&self.picture.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn now_ns(&self) -> i64 {
        self.clock.now() as i64
    }

    /// Writes down that something is asked, before anything comes of it. The row's number.
    pub(crate) async fn asked(&self, by: &By, action: &str, what: &str, before: &str) -> Result<i64, PeopleError> {
        Ok(self.store.write_audit(&self.entry(by, action, what, before, "", "asked", 0)).await?)
    }

    /// Writes down what came of it.
    pub(crate) async fn came(
        &self,
        of: i64,
        by: &By,
        action: &str,
        after: &str,
        outcome: &str,
    ) -> Result<(), PeopleError> {
        self.store.write_audit(&self.entry(by, action, "", "", after, outcome, of)).await?;
        Ok(())
    }

    #[allow(clippy::too_many_arguments, reason = "the columns of a row")]
    fn entry(
        &self,
        by: &By,
        action: &str,
        what: &str,
        before: &str,
        after: &str,
        outcome: &str,
        answers: i64,
    ) -> Entry {
        let By { actor, source } = by.clone();
        let text = secret::veiled;
        Entry {
            at_ns: self.now_ns(),
            actor,
            source,
            action: text(action),
            what: text(what),
            before: text(before),
            after: text(after),
            outcome: text(outcome),
            answers,
        }
    }

    /// A change of people: written down, done, written down.
    pub(super) async fn audited<T>(
        &self,
        by: &By,
        action: &str,
        what: &str,
        before: &str,
        after: &str,
        deed: impl Future<Output = Result<T, PeopleError>>,
    ) -> Result<T, PeopleError> {
        let asked = self.asked(by, action, what, before).await?;
        let done = deed.await;
        let came = match &done {
            Ok(_) => self.came(asked, by, action, after, "done").await,
            Err(error) => self.came(asked, by, action, "", &format!("refused: {error}")).await,
        };
        // What was done was done: a database that is away behind it takes no key back, and lets nobody in again.
        if let Err(error) = came {
            tracing::error!(%error, action, what, "what came of it is not in the audit");
        }
        if let Err(error) = self.refresh().await {
            tracing::error!(%error, action, what, "is looked at again within half a second");
        }
        done
    }

    /// Rows of the audit behind that one.
    pub(crate) async fn audit_after(&self, seq: i64, count: i64) -> Result<Vec<AuditRow>, PeopleError> {
        Ok(self.store.audit_after(seq, count).await?)
    }

    /// The last rows of the audit, oldest first.
    pub(crate) async fn audit_last(&self, count: usize) -> Result<Vec<AuditRow>, PeopleError> {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let before = self.store.audit_head().await?.seq.saturating_sub(count).max(0);
        self.audit_after(before, count).await
    }

    /// The whole chain, held against the heads that were kept.
    pub(crate) async fn verify_audit(&self) -> Result<Result<Head, Broken>, PeopleError> {
        let kept = self.anchor.lock().unwrap_or_else(PoisonError::into_inner).heads()?;
        Ok(self.store.verify_audit(&kept).await?)
    }

    /// Keeps the audit's head in the file beside it, on a thread where a slow disk holds up nobody.
    pub(crate) async fn keep_head(&self) -> Result<(), PeopleError> {
        let (head, now, anchor) = (self.store.audit_head().await?, self.clock.now(), Arc::clone(&self.anchor));
        let keeps = move || anchor.lock().unwrap_or_else(PoisonError::into_inner).keep(&head, now);
        tokio::task::spawn_blocking(keeps).await.map_err(|_| PeopleError::Ended)?
    }

    /// Takes an idempotency key for a request.
    pub(crate) async fn begin_once(&self, user: UserId, key: &str, request: &str) -> Result<Once, PeopleError> {
        let now = self.now_ns();
        Ok(self.store.begin_once(user, key, request, now, now - ONCE_NS).await?)
    }

    /// Keeps what was answered under it.
    pub(crate) async fn end_once(&self, user: UserId, key: &str, status: u16, body: &str) -> Result<(), PeopleError> {
        Ok(self.store.end_once(user, key, status, body).await?)
    }

    /// Nothing was done under it.
    pub(crate) async fn forget_once(&self, user: UserId, key: &str) -> Result<(), PeopleError> {
        Ok(self.store.forget_once(user, key).await?)
    }

    /// Ends it without the task: of a call on the command line.
    pub(crate) async fn close(&self) -> Result<(), PeopleError> {
        self.keep_head().await?;
        self.store.close().await;
        Ok(())
    }
}

/// Opens it for a run: with the secret of the first admin, where there is nobody yet.
pub(crate) async fn begin(config: &PeopleConfig, clock: Clock) -> Result<Arc<People>, PeopleError> {
    let people = People::open(config, clock).await?;
    if let Some(path) = people.offer(&config.folder)? {
        let path = path.display();
        tracing::warn!("there are no users yet: whoever shows the secret in {path} within an hour becomes the admin");
    }
    Ok(Arc::new(people))
}

fn too_many(in_ns: u64) -> PeopleError {
    PeopleError::TooMany { again_in_s: in_ns.div_ceil(Nanos::SECOND) }
}
