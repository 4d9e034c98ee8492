//! Jobs: work in the background that people ask for, or the clock. One queue for all doors, kept in the database.
//!
//! Owns: what may be asked ([`work`]), whose a job is, how many may wait, how a job is ended, who is told when it is over.
//! Never: the work itself. That is done by [`ops::jobs`](crate::ops::jobs), and what takes long by a process of its own:
//! research neither allocates nor crashes beside an engine.

mod fault;
mod known;
pub(crate) mod past;
pub(crate) mod work;

pub use fault::JobsError;

use super::Desk;
use crate::desk::people::By;
use crate::door::dto::{JobFigure, JobWork};
use crate::hub::Since;
use crate::hub::trail::Trail;
use crate::ops::jobs::schedule::Timetable;
use crate::role::{Caller, Role, UserId};
use crate::store::operational::jobs::{JobEnd, JobRow, JobState, JobsAsked, NewJob, Room, ScheduleRow};
use crate::store::operational::{Place, Store};
use engine_model::units::Nanos;
use engine_ring::clock::Clock;
use past::Stock;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// Ends of jobs that are kept for those who are told of them.
const ENDS_KEPT: usize = 200;
/// In the folder: where venues are, for what asks them.
const VENUES: &str = "venues.toml";

/// How jobs are worked at.
#[derive(Clone)]
pub struct JobsSettings {
    /// The database of the queue.
    pub place: Place,
    /// For backups, the list of venues and the lock of who works; made if it is not there.
    pub folder: PathBuf,
    /// The store of history that jobs read and fill.
    pub history: PathBuf,
    /// Our own program, which does what takes long.
    pub program: PathBuf,
    /// Settings that say where venues are.
    pub venues: String,
    /// So many at once.
    pub at_once: u32,
    /// So many wait at most.
    pub waiting_max: u32,
    /// Of one user.
    pub own_waiting_max: u32,
    /// So many that are over are kept.
    pub kept: u32,
    /// One that takes longer is ended.
    pub longest: Duration,
    /// Memory of one.
    pub memory_mib: u64,
    /// Cores that it stays off: hot threads have them.
    pub hot_cores: Vec<usize>,
    /// What is begun by the clock: name, cron expression, work.
    pub schedules: Vec<(String, String, JobWork)>,
}

/// Whose jobs somebody sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Eyes {
    user: UserId,
    sees_all: bool,
}

impl Eyes {
    pub(crate) fn of(caller: Caller) -> Self {
        Self { user: caller.user, sees_all: caller.role == Role::Admin }
    }

    fn see(self, job: &JobRow) -> bool {
        self.sees_all || job.owner == self.user
    }
}

/// See the module.
pub(crate) struct Jobs {
    pub(crate) store: Store,
    pub(crate) settings: JobsSettings,
    /// Of people's time, not of the engine's.
    clock: Clock,
    pub(crate) timetable: Timetable,
    /// Rings when there may be something to begin.
    pub(crate) begin: Notify,
    /// Rings when a running job may have to end.
    pub(crate) hurry: Notify,
    ends: Mutex<Trail<JobRow>>,
}

impl Jobs {
    /// Opens the queue, and makes its folder.
    pub(crate) async fn open(settings: JobsSettings, clock: Clock) -> Result<Arc<Self>, JobsError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| JobsError::Folder { path, source }
        };
        let timetable = Timetable::new(&settings.schedules)?;
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&settings.folder);
        made.map_err(failed(&settings.folder))?;
        let venues = settings.folder.join(VENUES);
        std::fs::write(&venues, &settings.venues).map_err(failed(&venues))?;
        let store = Store::open(&settings.place, clock.now() as i64).await?;
        let ends = Mutex::new(Trail::new(ENDS_KEPT));
        let (begin, hurry) = (Notify::new(), Notify::new());
        Ok(Arc::new(Self { store, settings, clock, timetable, begin, hurry, ends }))
    }

    pub(crate) fn now(&self) -> Nanos {
        Nanos(self.clock.now())
    }

    pub(crate) fn now_ns(&self) -> i64 {
        self.clock.now() as i64
    }

    /// Where the list of venues is.
    pub(crate) fn venues(&self) -> PathBuf {
        self.settings.folder.join(VENUES)
    }

    /// What the store of history has. Read beside the runtime: a disk may take its time.
    pub(crate) async fn stock(&self) -> Result<Stock, JobsError> {
        let root = self.settings.history.clone();
        let read = tokio::task::spawn_blocking(move || Stock::read(&root)).await;
        read.unwrap_or_else(|error| {
            Err(JobsError::History { path: self.settings.history.clone(), why: error.to_string() })
        })
    }

    /// Puts a job into the queue, if it can be done and there is room.
    pub(crate) async fn ask(&self, owner: UserId, by: &str, work: &JobWork) -> Result<JobRow, JobsError> {
        work.check(&self.stock().await?)?;
        let text = serde_json::to_string(work).unwrap_or_default();
        let JobsSettings { waiting_max, own_waiting_max, .. } = self.settings;
        let room = Room { all: i64::from(waiting_max), own: i64::from(own_waiting_max) };
        let job = NewJob { owner, asked_by: by, kind: work.kind(), work: &text, now_ns: self.now_ns() };
        let Some(id) = self.store.add_job(&job, room).await? else {
            let (_, own) = self.store.jobs_waiting(owner).await?;
            let is_own = own >= room.own;
            return Err(JobsError::Full { is_own, most: if is_own { own_waiting_max } else { waiting_max } });
        };
        self.begin.notify_one();
        self.any(id).await
    }

    async fn any(&self, id: i64) -> Result<JobRow, JobsError> {
        self.store.job(id).await?.ok_or(JobsError::NoJob { id })
    }

    /// Jobs that somebody sees, newest first, and whether there are more.
    pub(crate) async fn list(
        &self,
        eyes: Eyes,
        kind: Option<&str>,
        before: Option<i64>,
        count: usize,
    ) -> Result<(Vec<JobRow>, bool), JobsError> {
        let (owner, before) = ((!eyes.sees_all).then_some(eyes.user), before.unwrap_or(i64::MAX));
        let count = i64::try_from(count).unwrap_or(i64::MAX - 1);
        let mut rows = self.store.jobs(JobsAsked { owner, kind, before, count: count + 1 }).await?;
        let is_more = rows.len() as i64 > count;
        rows.truncate(count as usize);
        Ok((rows, is_more))
    }

    /// One job. Somebody else's is none.
    pub(crate) async fn one(&self, eyes: Eyes, id: i64) -> Result<JobRow, JobsError> {
        let job = self.any(id).await?;
        if eyes.see(&job) { Ok(job) } else { Err(JobsError::NoJob { id }) }
    }

    /// What a job came to, as its program told it.
    pub(crate) async fn result(&self, eyes: Eyes, id: i64) -> Result<(JobRow, String), JobsError> {
        let job = self.one(eyes, id).await?;
        if job.state != JobState::Done {
            return Err(JobsError::NoResult { id, state: job.state.name() });
        }
        let result = self.store.job_result(id).await?;
        Ok((job, result))
    }

    /// Ends a job, whether it waits or runs.
    async fn cancel(&self, eyes: Eyes, id: i64) -> Result<JobRow, JobsError> {
        self.one(eyes, id).await?;
        if !self.store.cancel_job(id, self.now_ns()).await? {
            let state = self.any(id).await?.state.name();
            return Err(JobsError::Over { id, state });
        }
        self.hurry.notify_waiters();
        let job = self.any(id).await?;
        if job.state.is_over() {
            self.tell(job.clone());
        }
        Ok(job)
    }

    /// How a job ended: kept, and told those who listen.
    pub(crate) async fn end(&self, id: i64, end: &JobEnd) -> Result<(), JobsError> {
        if self.store.end_job(id, end, self.now_ns()).await? {
            self.tell(self.any(id).await?);
        }
        Ok(())
    }

    /// A job is over.
    pub(crate) fn tell(&self, job: JobRow) {
        tracing::info!(
            job = job.id,
            kind = job.kind,
            by = job.asked_by,
            state = job.state.name(),
            told = job.told,
            "job"
        );
        self.ends().push(job);
    }

    /// Jobs that were over since that number.
    pub(crate) fn ended_since(&self, next: u64) -> Since<JobRow> {
        self.ends().since(next)
    }

    fn ends(&self) -> MutexGuard<'_, Trail<JobRow>> {
        // Every push leaves it whole.
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How far each schedule was seen to.
    pub(crate) async fn seen(&self) -> Result<Vec<ScheduleRow>, JobsError> {
        Ok(self.store.schedules().await?)
    }
}

/// What a row says that is kept as JSON. A row that a later build wrote is told as far as it goes.
pub(crate) fn work_of(job: &JobRow) -> Option<JobWork> {
    serde_json::from_str(&job.work).ok()
}

/// The numbers that are kept with it.
pub(crate) fn figures_of(job: &JobRow) -> Vec<JobFigure> {
    serde_json::from_str(&job.figures).unwrap_or_default()
}

impl Desk {
    /// Begins a job for somebody. It is written down before.
    pub(crate) async fn start_job(&self, owner: UserId, by: &By, work: &JobWork) -> Result<JobRow, JobsError> {
        let jobs = self.jobs()?;
        let Some(people) = &self.people else { return jobs.ask(owner, &by.actor, work).await };
        let (action, what) = ("job start", format!("{}: {}", work.kind(), work.about()));
        let asked = people.asked(by, action, &what, "").await?;
        let begun = jobs.ask(owner, &by.actor, work).await;
        let (after, outcome) = match &begun {
            Ok(job) => (format!("job {}", job.id), "done".to_owned()),
            Err(error) => (String::new(), format!("refused: {error}")),
        };
        // It stands in the queue: whoever were told otherwise would ask for it twice.
        if let Err(error) = people.came(asked, by, action, &after, &outcome).await {
            tracing::error!(%error, after, outcome, "what came of a job's asking is not in the audit");
        }
        begun
    }

    /// Ends a job. That takes load away: it is not held up by the audit.
    pub(crate) async fn cancel_job(&self, eyes: Eyes, by: &By, id: i64) -> Result<JobRow, JobsError> {
        let canceled = self.jobs()?.cancel(eyes, id).await;
        if let Some(people) = &self.people {
            let outcome = canceled.as_ref().map_or_else(|error| format!("refused: {error}"), |_| "done".to_owned());
            let written = async {
                let asked = people.asked(by, "job cancel", &format!("job {id}"), "").await?;
                people.came(asked, by, "job cancel", "", &outcome).await
            };
            if let Err(error) = written.await {
                tracing::error!(%error, id, "the end of a job is not in the audit");
            }
        }
        canceled
    }

    /// The queue of this run, if it has one.
    pub(crate) fn jobs(&self) -> Result<&Arc<Jobs>, JobsError> {
        self.jobs.as_ref().ok_or(JobsError::Off)
    }
}

#[cfg(test)]
mod tests;
