//! The task that works jobs off: it takes what waits, calls what takes long as a process of its own ([`child`]), and begins
//! what the clock says ([`schedule`]).
//!
//! Owns: who works. Of several engines on one folder only one does, by a lock that the system takes back when it dies;
//! another waits for it. Never: what may be asked, whose a job is (the desk has those).

mod child;
mod own;
pub(crate) mod schedule;

use crate::desk::jobs::{Jobs, JobsError, work_of};
use crate::desk::people::By;
use crate::door::Door;
use crate::door::dto::JobWork;
use crate::role::UserId;
use crate::store::operational::jobs::{CUT_OFF, JobEnd, JobRow, JobState, ScheduleRow};
use child::{Call, Ended, Line};
use engine_model::units::Nanos;
use std::fs::{File, TryLockError};
use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// Between two looks for what is to be done; what is asked here rings at once.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Between two words of a running job that it lives, and of how far it is.
const BEAT_EVERY: Duration = Duration::from_secs(1);
/// A job of another engine that has said nothing for so long is cut off.
const SILENT_NS: u64 = 60 * Nanos::SECOND;
/// Between two clean-ups.
const TIDY_EVERY: Duration = Duration::from_secs(60);
/// Between two lines of the log about a database that does not answer.
const TROUBLE_EVERY: Duration = Duration::from_secs(60);
/// In the folder: held by who works.
const LOCK: &str = "lock";

/// Until the bridge ends.
pub(crate) async fn run(door: Arc<Door>) {
    let Some(jobs) = door.desk.jobs.clone() else { return };
    let mut stop = door.stop.clone();
    let (ending, ends) = watch::channel(false);
    let mut worker = Worker {
        door,
        jobs,
        lock: None,
        name: String::new(),
        tidied: None,
        troubled: None,
        working: JoinSet::new(),
        ends,
    };
    loop {
        if let Err(error) = worker.look().await {
            worker.trouble(&error);
        }
        tokio::select! {
            () = worker.jobs.begin.notified() => {}
            () = sleep(LOOK_EVERY) => {}
            Some(_ended) = worker.working.join_next() => {}
            _ = stop.changed() => break,
        }
    }
    // What runs is cut off, and says so; what waits goes on in the next run.
    ending.send_replace(true);
    while worker.working.join_next().await.is_some() {}
    worker.jobs.store.close().await;
}

struct Worker {
    door: Arc<Door>,
    jobs: Arc<Jobs>,
    /// Held by who works.
    lock: Option<File>,
    /// As it stands at the jobs that it works at; empty until it has the lock.
    name: String,
    tidied: Option<Instant>,
    troubled: Option<Instant>,
    working: JoinSet<()>,
    /// Becomes true when the engine ends.
    ends: watch::Receiver<bool>,
}

impl Worker {
    async fn look(&mut self) -> Result<(), JobsError> {
        if self.lock.is_none() && !self.begin().await? {
            return Ok(());
        }
        self.clock().await?;
        let at_once = self.jobs.settings.at_once as usize;
        while self.working.len() < at_once {
            let Some(job) = self.jobs.store.take_job(&self.name, self.jobs.now_ns()).await? else { break };
            self.working.spawn(work(self.door.clone(), self.jobs.clone(), job, self.ends.clone()));
        }
        if self.tidied.is_none_or(|at| at.elapsed() >= TIDY_EVERY) {
            self.tidied = Some(Instant::now());
            let now = self.jobs.now();
            let silent = now.0.saturating_sub(SILENT_NS) as i64;
            let left = self.jobs.store.interrupt_silent(&self.name, silent, now.0 as i64).await?;
            left.into_iter().for_each(|job| self.jobs.tell(job));
            self.jobs.store.forget_jobs(i64::from(self.jobs.settings.kept)).await?;
        }
        Ok(())
    }

    /// Whether it is ours to work: then what the run before has left is told.
    async fn begin(&mut self) -> Result<bool, JobsError> {
        let path = self.jobs.settings.folder.join(LOCK);
        let failed = |source| JobsError::Folder { path: path.clone(), source };
        let file = File::options().create(true).read(true).append(true).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(false),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        self.name = name_of(&file).map_err(failed)?;
        own::clear(&self.jobs.settings.folder);
        let left = self.jobs.store.interrupt_left(&self.name, self.jobs.now_ns()).await?;
        left.into_iter().for_each(|job| self.jobs.tell(job));
        self.lock = Some(file);
        Ok(true)
    }

    /// Begins what the clock says.
    async fn clock(&self) -> Result<(), JobsError> {
        let entries = self.jobs.timetable.entries();
        if entries.is_empty() {
            return Ok(());
        }
        let (now, rows) = (self.jobs.now(), self.jobs.seen().await?);
        for entry in entries {
            let row = rows.iter().find(|row| row.name == entry.name);
            let Some(ScheduleRow { seen_ns, .. }) = row else {
                // The first time that we hear of it: from now on.
                self.jobs.store.see_schedule(&entry.name, now.0 as i64, 0).await?;
                continue;
            };
            let found = entry.look(Nanos(seen_ns.unsigned_abs()), now);
            if found.missed == 0 && found.due.is_none() {
                continue;
            }
            let missed = i64::try_from(found.missed).unwrap_or(i64::MAX);
            if !self.jobs.store.see_schedule(&entry.name, found.seen.0 as i64, missed).await? {
                // Another engine of this database was there before.
                continue;
            }
            if missed > 0 {
                tracing::warn!(schedule = entry.name, missed, "came up while nobody was there: not made up");
            }
            if found.due.is_some() {
                self.begin_scheduled(&entry.name, &entry.work, missed).await?;
            }
        }
        Ok(())
    }

    async fn begin_scheduled(&self, name: &str, work: &JobWork, missed: i64) -> Result<(), JobsError> {
        let by = By { actor: format!("schedule:{name}"), source: format!("the clock, {missed} times missed before") };
        match self.door.desk.start_job(UserId::LOCAL, &by, work).await {
            Ok(job) => Ok(self.jobs.store.schedule_began(name, job.id).await?),
            // It does not come up again before its next time, and that it was not begun is in the log and in the audit.
            Err(error) => {
                tracing::error!(schedule = name, %error, "is not begun");
                Ok(())
            }
        }
    }

    /// Once a minute, however often.
    fn trouble(&mut self, error: &JobsError) {
        if self.troubled.is_none_or(|at| at.elapsed() >= TROUBLE_EVERY) {
            self.troubled = Some(Instant::now());
            tracing::error!(error = error as &dyn std::error::Error, "jobs are not worked at");
        }
    }
}

/// The folder's, drawn when it is first worked in and kept in the lock: two engines of one database may be of equal machines
/// and paths (an image that runs twice), and each would take the other's jobs for its own that it had left.
fn name_of(mut lock: &File) -> std::io::Result<String> {
    let mut kept = String::new();
    lock.read_to_string(&mut kept)?;
    if !kept.trim().is_empty() {
        return Ok(kept.trim().to_owned());
    }
    let mut drawn = [0; 16];
    File::open("/dev/urandom")?.read_exact(&mut drawn)?;
    let name: String = drawn.iter().map(|byte| format!("{byte:02x}")).collect();
    lock.write_all(name.as_bytes())?;
    lock.sync_all()?;
    Ok(name)
}

/// One job, to its end.
async fn work(door: Arc<Door>, jobs: Arc<Jobs>, job: JobRow, ends: watch::Receiver<bool>) {
    let Some(what) = work_of(&job) else {
        let told = "it is of another build: ask for it again".to_owned();
        return keep(&jobs, job.id, &ended(JobState::Failed, told), ends).await;
    };
    let end = match what.args(&jobs.settings.history, &jobs.venues(), jobs.now()) {
        Some(args) => by_program(&jobs, &job, &what, args, ends.clone()).await,
        None => by_ourselves(&door, &jobs, &job, &what, ends.clone()).await,
    };
    keep(&jobs, job.id, &end, ends).await;
}

fn ended(state: JobState, told: String) -> JobEnd {
    JobEnd { state, told, figures: String::new(), result: String::new() }
}

/// An answer that is one JSON object, and nothing else.
fn well(what: &JobWork, answer: String) -> JobEnd {
    match serde_json::from_str::<serde_json::Value>(&answer) {
        Ok(value) if value.is_object() => {
            let figures = serde_json::to_string(&what.figures(&value)).unwrap_or_default();
            JobEnd { state: JobState::Done, told: String::new(), figures, result: answer.trim_end().to_owned() }
        }
        _ => ended(JobState::Failed, "its answer is no JSON object".to_owned()),
    }
}

/// Does it here, says each second that it lives, and leaves it where it stands when it is to end.
async fn by_ourselves(
    door: &Door,
    jobs: &Jobs,
    job: &JobRow,
    what: &JobWork,
    mut ends: watch::Receiver<bool>,
) -> JobEnd {
    let (began, longest) = (Instant::now(), jobs.settings.longest);
    let sight = door.desk.sight_of_job(job.owner);
    let working = own::work(&door.desk, jobs, what, job.id, &sight);
    tokio::pin!(working);
    while !*ends.borrow_and_update() {
        tokio::select! {
            answer = &mut working => {
                return match answer {
                    Ok(answer) => well(what, answer),
                    Err(why) => ended(JobState::Failed, why),
                };
            }
            () = sleep(BEAT_EVERY) => {}
            () = jobs.hurry.notified() => {}
            _ = ends.changed() => continue,
        }
        if began.elapsed() >= longest {
            return ended(JobState::Failed, format!("it took longer than {} minutes", longest.as_secs() / 60));
        }
        match jobs.store.beat_job(job.id, 0, 0, jobs.now_ns()).await {
            Ok(true) => return ended(JobState::Canceled, String::new()),
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, job = job.id, "that a job lives cannot be kept"),
        }
    }
    ended(JobState::Interrupted, CUT_OFF.to_owned())
}

/// Calls our program, says each second how far it is, and hears whether it is to end.
async fn by_program(
    jobs: &Jobs,
    job: &JobRow,
    what: &JobWork,
    args: Vec<String>,
    mut ends: watch::Receiver<bool>,
) -> JobEnd {
    let settings = &jobs.settings;
    let call = Call {
        program: settings.program.clone(),
        args,
        memory_mib: settings.memory_mib,
        hot_cores: settings.hot_cores.clone(),
        longest: settings.longest,
    };
    let line: Arc<Line> = Arc::default();
    let running = child::run(call, Arc::clone(&line));
    tokio::pin!(running);
    let (mut is_canceled, mut is_over) = (false, *ends.borrow_and_update());
    if is_over {
        line.end();
    }
    loop {
        tokio::select! {
            how = &mut running => {
                return match how {
                    Ended::Well(answer) => well(what, answer),
                    Ended::Badly(why) => ended(JobState::Failed, why),
                    Ended::Told if is_canceled => ended(JobState::Canceled, String::new()),
                    Ended::Told => ended(JobState::Interrupted, CUT_OFF.to_owned()),
                };
            }
            () = sleep(BEAT_EVERY) => {}
            () = jobs.hurry.notified() => {}
            _ = ends.changed(), if !is_over => {
                is_over = true;
                line.end();
                continue;
            }
        }
        let (done, total) = line.progress();
        match jobs.store.beat_job(job.id, done, total, jobs.now_ns()).await {
            Ok(true) if !is_canceled && !is_over => {
                is_canceled = true;
                line.end();
            }
            Ok(_) => {}
            // It goes on: what it comes to is kept when the database answers again, or is told as lost.
            Err(error) => tracing::warn!(%error, job = job.id, "how far a job is cannot be kept"),
        }
    }
}

/// Keeps how a job ended; a database that is away does not lose an hour's work while we are there to wait for it.
async fn keep(jobs: &Jobs, id: i64, end: &JobEnd, mut ends: watch::Receiver<bool>) {
    let mut pause_s = 1;
    while !*ends.borrow_and_update() {
        match jobs.end(id, end).await {
            Ok(()) => return,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, job = id, "its end is not kept yet")
            }
        }
        tokio::select! {
            () = sleep(Duration::from_secs(pause_s)) => {}
            _ = ends.changed() => {}
        }
        pause_s = (pause_s * 5).min(30);
    }
    if let Err(error) = jobs.end(id, end).await {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            job = id,
            "its end is lost: it will be told as interrupted"
        );
    }
}
