//! The queue of jobs, their history and results. Several engines may share one database: who begins a job takes it by one
//! statement, and only one can.

use super::{Store, StoreError, doing, is_taken};
use crate::role::UserId;
use sqlx::Row as _;
use sqlx::any::AnyRow;

/// Others who add a job at the same moment: each loses to each at most once.
const TRIES: u32 = 64;

/// A statement with all that a [`JobRow`] has.
macro_rules! with_columns {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            " id, owner, asked_by, kind, work, state, done, total, asked_ns, started_ns, ended_ns, told, figures ",
            $after
        )
    };
}

/// What is told of a job whose engine ended before it did.
pub(crate) const CUT_OFF: &str = "the engine ended while it ran: ask for it again";

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JobState {
    /// It waits.
    Queued,
    /// It is worked at.
    Running,
    /// It ended well.
    Done,
    /// It ended otherwise, and says how.
    Failed,
    /// Somebody ended it.
    Canceled,
    /// The engine that worked at it ended before it did.
    Interrupted,
}

impl JobState {
    pub(crate) const ALL: [Self; 6] =
        [Self::Queued, Self::Running, Self::Done, Self::Failed, Self::Canceled, Self::Interrupted];

    /// As in the database and in answers.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Interrupted => "interrupted",
        }
    }

    pub(crate) const fn is_over(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }

    fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// A job as it is kept; its result apart, for it may be long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JobRow {
    /// From 1, in the order of asking.
    pub(crate) id: i64,
    pub(crate) owner: UserId,
    /// As in the audit: `user:ada`, `telegram:7`, `schedule:nightly`.
    pub(crate) asked_by: String,
    pub(crate) kind: String,
    /// What is to be done, as JSON.
    pub(crate) work: String,
    pub(crate) state: JobState,
    /// Of `total`, in whatever it counts; 0 of 0: it does not say.
    pub(crate) done: i64,
    pub(crate) total: i64,
    pub(crate) asked_ns: i64,
    pub(crate) started_ns: i64,
    pub(crate) ended_ns: i64,
    /// Why it ended as it did, where that is not well.
    pub(crate) told: String,
    /// The few numbers of its result that people ask for first, as JSON.
    pub(crate) figures: String,
}

/// A job to be.
#[derive(Clone, Debug)]
pub(crate) struct NewJob<'a> {
    pub(crate) owner: UserId,
    pub(crate) asked_by: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) work: &'a str,
    pub(crate) now_ns: i64,
}

/// So many may wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    pub(crate) all: i64,
    pub(crate) own: i64,
}

/// How a job ended.
#[derive(Clone, Debug)]
pub(crate) struct JobEnd {
    pub(crate) state: JobState,
    pub(crate) told: String,
    pub(crate) figures: String,
    pub(crate) result: String,
}

/// Which jobs are listed, newest first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct JobsAsked<'a> {
    /// `None`: everybody's.
    pub(crate) owner: Option<UserId>,
    /// `None`: every kind.
    pub(crate) kind: Option<&'a str>,
    /// Only those with a smaller number.
    pub(crate) before: i64,
    pub(crate) count: i64,
}

/// How far a schedule was seen to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ScheduleRow {
    pub(crate) name: String,
    pub(crate) seen_ns: i64,
    pub(crate) last_job: i64,
    pub(crate) missed: i64,
}

impl Store {
    /// The new job's number; `None`: as many wait as may.
    pub(crate) async fn add_job(&self, job: &NewJob<'_>, room: Room) -> Result<Option<i64>, StoreError> {
        let mut tries = 0;
        loop {
            match self.insert_job(job, room).await {
                Ok(row) => {
                    return row.map(|row| row.try_get("id")).transpose().map_err(doing("adding a job"));
                }
                Err(error) if is_taken(&error) && tries < TRIES => tries += 1,
                Err(error) => return Err(doing("adding a job")(error)),
            }
        }
    }

    async fn insert_job(&self, job: &NewJob<'_>, room: Room) -> Result<Option<AnyRow>, sqlx::Error> {
        sqlx::query(
            "INSERT INTO jobs (id, owner, asked_by, kind, work, state, runner, cancel, done, total, asked_ns, started_ns, \
             ended_ns, beat_ns, told, figures, result) \
             SELECT (SELECT COALESCE(MAX(id), 0) + 1 FROM jobs), $1, $2, $3, $4, 'queued', '', 0, 0, 0, $5, 0, 0, 0, '', '', '' \
             WHERE (SELECT COUNT(*) FROM jobs WHERE state = 'queued') < $6 \
             AND (SELECT COUNT(*) FROM jobs WHERE state = 'queued' AND owner = $1) < $7 RETURNING id",
        )
        .bind(job.owner.0)
        .bind(job.asked_by.to_owned())
        .bind(job.kind.to_owned())
        .bind(job.work.to_owned())
        .bind(job.now_ns)
        .bind(room.all)
        .bind(room.own)
        .fetch_optional(&self.pool)
        .await
    }

    /// How many wait: of all, and of one.
    pub(crate) async fn jobs_waiting(&self, owner: UserId) -> Result<(i64, i64), StoreError> {
        let row = sqlx::query(
            "SELECT COUNT(*) AS whole, COUNT(CASE WHEN owner = $1 THEN 1 END) AS own FROM jobs WHERE state = 'queued'",
        )
        .bind(owner.0)
        .fetch_one(&self.pool)
        .await;
        let counts = row.and_then(|row| Ok((row.try_get("whole")?, row.try_get("own")?)));
        counts.map_err(doing("counting the jobs"))
    }

    /// Takes the next job that waits: of the owner whose last one began longest ago, the oldest. Nobody's queue is before
    /// somebody's first.
    pub(crate) async fn take_job(&self, runner: &str, now_ns: i64) -> Result<Option<JobRow>, StoreError> {
        let what = "taking a job";
        loop {
            let next = sqlx::query(
                "SELECT id FROM jobs WHERE state = 'queued' ORDER BY (SELECT COALESCE(MAX(other.started_ns), 0) \
                 FROM jobs AS other WHERE other.owner = jobs.owner), id LIMIT 1",
            );
            let Some(next) = next.fetch_optional(&self.pool).await.map_err(doing(what))? else { return Ok(None) };
            let id: i64 = next.try_get("id").map_err(doing(what))?;
            let taken = sqlx::query(
                "UPDATE jobs SET state = 'running', runner = $1, started_ns = $2, beat_ns = $2 \
                 WHERE id = $3 AND state = 'queued'",
            )
            .bind(runner.to_owned())
            .bind(now_ns)
            .bind(id)
            .execute(&self.pool)
            .await
            .map_err(doing(what))?;
            if taken.rows_affected() == 1 {
                let read = self.job(id).await;
                if read.is_err() {
                    // Nobody will work at it: else it would run for ever, in the name of a runner that lives.
                    let given_back = sqlx::query("UPDATE jobs SET state = 'queued' WHERE id = $1").bind(id);
                    given_back.execute(&self.pool).await.map_err(doing("giving a job back"))?;
                }
                return read;
            }
        }
    }

    /// Says how far a running job is, and that somebody works at it. Whether it is to end.
    pub(crate) async fn beat_job(&self, id: i64, done: i64, total: i64, now_ns: i64) -> Result<bool, StoreError> {
        let row = sqlx::query(
            "UPDATE jobs SET done = $1, total = $2, beat_ns = $3 WHERE id = $4 AND state = 'running' RETURNING cancel",
        )
        .bind(done)
        .bind(total)
        .bind(now_ns)
        .bind(id)
        .fetch_optional(&self.pool)
        .await
        .map_err(doing("telling how far a job is"))?;
        // Somebody has given it up for dead: it is to end, too.
        let Some(row) = row else { return Ok(true) };
        let cancel: i64 = row.try_get("cancel").map_err(doing("telling how far a job is"))?;
        Ok(cancel != 0)
    }

    /// Ends a running job. Whether it ran: what is over stays as it is.
    pub(crate) async fn end_job(&self, id: i64, end: &JobEnd, now_ns: i64) -> Result<bool, StoreError> {
        sqlx::query(
            "UPDATE jobs SET state = $1, told = $2, figures = $3, result = $4, ended_ns = $5 \
             WHERE id = $6 AND state = 'running'",
        )
        .bind(end.state.name())
        .bind(end.told.clone())
        .bind(end.figures.clone())
        .bind(end.result.clone())
        .bind(now_ns)
        .bind(id)
        .execute(&self.pool)
        .await
        .map(|ended| ended.rows_affected() == 1)
        .map_err(doing("ending a job"))
    }

    /// Ends a job that waits, and asks for the end of one that runs. Whether there was either.
    pub(crate) async fn cancel_job(&self, id: i64, now_ns: i64) -> Result<bool, StoreError> {
        let what = "canceling a job";
        let waiting =
            sqlx::query("UPDATE jobs SET state = 'canceled', ended_ns = $1 WHERE id = $2 AND state = 'queued'")
                .bind(now_ns)
                .bind(id)
                .execute(&self.pool)
                .await
                .map_err(doing(what))?;
        if waiting.rows_affected() == 1 {
            return Ok(true);
        }
        let running = sqlx::query("UPDATE jobs SET cancel = 1 WHERE id = $1 AND state = 'running'").bind(id);
        running.execute(&self.pool).await.map(|running| running.rows_affected() == 1).map_err(doing(what))
    }

    /// What this runner left running when it ended without a word is interrupted. Those jobs.
    pub(crate) async fn interrupt_left(&self, runner: &str, now_ns: i64) -> Result<Vec<JobRow>, StoreError> {
        let text = with_columns!(
            "UPDATE jobs SET state = 'interrupted', ended_ns = $1, told = $4 \
             WHERE state = 'running' AND runner = $2 AND started_ns <= $3 RETURNING",
            ""
        );
        self.interrupt(text, runner, now_ns, now_ns).await
    }

    /// What any other runner has not said anything of since `silent_since_ns` is interrupted. Those jobs. Our own are ours to
    /// end, however long a database or a clock kept their words from us.
    pub(crate) async fn interrupt_silent(
        &self,
        runner: &str,
        silent_since_ns: i64,
        now_ns: i64,
    ) -> Result<Vec<JobRow>, StoreError> {
        let text = with_columns!(
            "UPDATE jobs SET state = 'interrupted', ended_ns = $1, told = $4 \
             WHERE state = 'running' AND runner <> $2 AND beat_ns < $3 RETURNING",
            ""
        );
        self.interrupt(text, runner, silent_since_ns, now_ns).await
    }

    async fn interrupt(
        &self,
        text: &'static str,
        runner: &str,
        silent_since_ns: i64,
        now_ns: i64,
    ) -> Result<Vec<JobRow>, StoreError> {
        let rows = sqlx::query(text)
            .bind(now_ns)
            .bind(runner.to_owned())
            .bind(silent_since_ns)
            .bind(CUT_OFF)
            .fetch_all(&self.pool)
            .await
            .map_err(doing("looking for jobs that were cut off"))?;
        rows.iter().map(job).collect()
    }

    /// Of jobs that are over only the newest `kept` stay.
    pub(crate) async fn forget_jobs(&self, kept: i64) -> Result<u64, StoreError> {
        sqlx::query(
            "DELETE FROM jobs WHERE state NOT IN ('queued', 'running') AND id NOT IN \
             (SELECT id FROM jobs WHERE state NOT IN ('queued', 'running') ORDER BY id DESC LIMIT $1)",
        )
        .bind(kept.max(1))
        .execute(&self.pool)
        .await
        .map(|gone| gone.rows_affected())
        .map_err(doing("forgetting old jobs"))
    }

    /// One job, whosever it is.
    pub(crate) async fn job(&self, id: i64) -> Result<Option<JobRow>, StoreError> {
        let text = with_columns!("SELECT", "FROM jobs WHERE id = $1");
        let row = sqlx::query(text).bind(id).fetch_optional(&self.pool).await;
        row.map_err(doing("reading a job"))?.as_ref().map(job).transpose()
    }

    /// What a job came to, as it was told; empty before that.
    pub(crate) async fn job_result(&self, id: i64) -> Result<String, StoreError> {
        let row = sqlx::query("SELECT result FROM jobs WHERE id = $1").bind(id).fetch_one(&self.pool).await;
        row.and_then(|row| row.try_get("result")).map_err(doing("reading a job's result"))
    }

    /// Jobs, newest first.
    pub(crate) async fn jobs(&self, asked: JobsAsked<'_>) -> Result<Vec<JobRow>, StoreError> {
        let text = with_columns!(
            "SELECT",
            "FROM jobs WHERE id < $1 AND ($2 = 1 OR owner = $3) AND ($4 = '' OR kind = $4) ORDER BY id DESC LIMIT $5"
        );
        let rows = sqlx::query(text)
            .bind(asked.before)
            .bind(i64::from(asked.owner.is_none()))
            .bind(asked.owner.map_or(0, |owner| owner.0))
            .bind(asked.kind.unwrap_or_default().to_owned())
            .bind(asked.count)
            .fetch_all(&self.pool)
            .await
            .map_err(doing("reading the jobs"))?;
        rows.iter().map(job).collect()
    }

    /// How far each schedule was seen to.
    pub(crate) async fn schedules(&self) -> Result<Vec<ScheduleRow>, StoreError> {
        let what = "reading the schedules";
        let rows = sqlx::query("SELECT name, seen_ns, last_job, missed FROM schedules ORDER BY name");
        let rows = rows.fetch_all(&self.pool).await.map_err(doing(what))?;
        let one = |row: &AnyRow| {
            Ok(ScheduleRow {
                name: row.try_get("name")?,
                seen_ns: row.try_get("seen_ns")?,
                last_job: row.try_get("last_job")?,
                missed: row.try_get("missed")?,
            })
        };
        rows.iter().map(one).collect::<Result<_, _>>().map_err(doing(what))
    }

    /// A schedule is seen to up to that time, `missed` times more were missed. Whether nobody else was there before: who is
    /// first begins the job.
    pub(crate) async fn see_schedule(&self, name: &str, seen_ns: i64, missed: i64) -> Result<bool, StoreError> {
        let what = "keeping a schedule";
        let new = sqlx::query("INSERT INTO schedules (name, seen_ns, last_job, missed) VALUES ($1, $2, 0, $3)")
            .bind(name.to_owned())
            .bind(seen_ns)
            .bind(missed)
            .execute(&self.pool)
            .await;
        match new {
            Ok(_) => return Ok(true),
            Err(error) if is_taken(&error) => {}
            Err(error) => return Err(doing(what)(error)),
        }
        sqlx::query("UPDATE schedules SET seen_ns = $1, missed = missed + $2 WHERE name = $3 AND seen_ns < $1")
            .bind(seen_ns)
            .bind(missed)
            .bind(name.to_owned())
            .execute(&self.pool)
            .await
            .map(|seen| seen.rows_affected() == 1)
            .map_err(doing(what))
    }

    /// Which job a schedule has begun last.
    pub(crate) async fn schedule_began(&self, name: &str, job: i64) -> Result<(), StoreError> {
        let update = sqlx::query("UPDATE schedules SET last_job = $1 WHERE name = $2").bind(job).bind(name.to_owned());
        update.execute(&self.pool).await.map(|_| ()).map_err(doing("keeping a schedule"))
    }

    /// A copy of the whole database in a file that is not there yet; only of SQLite. Whether there could be one.
    pub(crate) async fn copy_to(&self, file: &str) -> Result<bool, StoreError> {
        if !self.is_sqlite {
            return Ok(false);
        }
        let copy = sqlx::query("VACUUM INTO $1").bind(file.to_owned()).execute(&self.pool).await;
        copy.map(|_| true).map_err(doing("copying the database"))
    }
}

fn job(row: &AnyRow) -> Result<JobRow, StoreError> {
    let read = doing("reading a job");
    let text = |name: &str| row.try_get::<String, _>(name).map_err(&read);
    let number = |name: &str| row.try_get::<i64, _>(name).map_err(&read);
    let state = text("state")?;
    let state = JobState::find(&state).ok_or(StoreError::Unread { what: "the state of a job", found: state })?;
    Ok(JobRow {
        id: number("id")?,
        owner: UserId(number("owner")?),
        asked_by: text("asked_by")?,
        kind: text("kind")?,
        work: text("work")?,
        state,
        done: number("done")?,
        total: number("total")?,
        asked_ns: number("asked_ns")?,
        started_ns: number("started_ns")?,
        ended_ns: number("ended_ns")?,
        told: text("told")?,
        figures: text("figures")?,
    })
}
