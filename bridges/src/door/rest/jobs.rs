//! `/api/v1/jobs…` and `/api/v1/backtesting…`: work in the background. One's own; an admin sees everybody's.

use super::command::{Key, answered, keep, known, to_its_end, written};
use crate::desk::jobs::work::KINDS;
use crate::desk::jobs::{Eyes, JobsError};
use crate::desk::people::Asker;
use crate::door::auth::{Known, people};
use crate::door::body::Body;
use crate::door::error::ApiError;
use crate::door::query::Query;
use crate::door::shape::{BEFORE_NUMBER, JOB_KIND, ROWS};
use crate::door::{Door, dto};
use crate::ops::jobs::schedule::Entry;
use crate::role::{Caller, Route};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::{Extension, Json};
use std::sync::Arc;

type Id = Result<Path<u64>, PathRejection>;
type Told = Result<Response, ApiError>;
type Here = State<Arc<Door>>;

pub(crate) async fn list(
    State(door): Here,
    Extension(caller): Extension<Caller>,
    RawQuery(raw): RawQuery,
) -> Result<Json<dto::Jobs>, ApiError> {
    let query = Query::of(Route::Jobs, raw.as_deref())?;
    let kind = match query.text(&JOB_KIND) {
        Some(_) => Some(query.word(&JOB_KIND, |text| KINDS.into_iter().find(|k| *k == text))?),
        None => None,
    };
    listed(&door, caller, &query, kind).await
}

pub(crate) async fn backtests(
    State(door): Here,
    Extension(caller): Extension<Caller>,
    RawQuery(raw): RawQuery,
) -> Result<Json<dto::Jobs>, ApiError> {
    listed(&door, caller, &Query::of(Route::Backtests, raw.as_deref())?, Some("backtest")).await
}

pub(crate) async fn optimizations(
    State(door): Here,
    Extension(caller): Extension<Caller>,
    RawQuery(raw): RawQuery,
) -> Result<Json<dto::Jobs>, ApiError> {
    listed(&door, caller, &Query::of(Route::Optimizations, raw.as_deref())?, Some("optimize")).await
}

async fn listed(
    door: &Door,
    caller: Caller,
    query: &Query<'_>,
    kind: Option<&str>,
) -> Result<Json<dto::Jobs>, ApiError> {
    let (count, before) = (query.count(&ROWS)?, query.number(&BEFORE_NUMBER)?);
    let before = before.map(|before| i64::try_from(before).unwrap_or(i64::MAX));
    let jobs = door.desk.jobs()?;
    let (rows, is_more) = jobs.list(Eyes::of(caller), kind, before, count).await?;
    let mut told = dto::Jobs::new(&rows, is_more);
    let now = jobs.now();
    told.jobs = told.jobs.into_iter().map(|job| job.at(now)).collect();
    Ok(Json(told))
}

pub(crate) async fn one(
    State(door): Here,
    Extension(caller): Extension<Caller>,
    id: Id,
    RawQuery(raw): RawQuery,
) -> Result<Json<dto::Job>, ApiError> {
    Query::of(Route::Job, raw.as_deref())?;
    let jobs = door.desk.jobs()?;
    let row = jobs.one(Eyes::of(caller), number(id)?).await?;
    Ok(Json(dto::Job::new(&row).at(jobs.now())))
}

/// The job, and its program's own words: they are JSON already.
pub(crate) async fn result(
    State(door): Here,
    Extension(caller): Extension<Caller>,
    id: Id,
    RawQuery(raw): RawQuery,
) -> Told {
    Query::of(Route::JobResult, raw.as_deref())?;
    let (row, result) = door.desk.jobs()?.result(Eyes::of(caller), number(id)?).await?;
    if row.kind == "report" {
        whole(&door, caller)?;
    }
    let job = written(&dto::Job::new(&row))?;
    Ok(answered(StatusCode::OK, format!("{{\"job\":{job},\"result\":{result}}}")))
}

pub(crate) async fn cancel(State(door): Here, Known(who): Known, id: Id) -> Result<Json<dto::Job>, ApiError> {
    let row = door.desk.cancel_job(Eyes::of(who.caller), &who.by(), number(id)?).await?;
    Ok(Json(dto::Job::new(&row)))
}

pub(crate) async fn schedules(State(door): Here, RawQuery(raw): RawQuery) -> Result<Json<dto::Schedules>, ApiError> {
    Query::of(Route::Schedules, raw.as_deref())?;
    let jobs = door.desk.jobs()?;
    let (rows, now) = (jobs.seen().await?, jobs.now());
    let one = |entry: &Entry| dto::Schedule::new(entry, rows.iter().find(|row| row.name == entry.name), now);
    Ok(Json(dto::Schedules { schedules: jobs.timetable.entries().iter().map(one).collect() }))
}

pub(crate) async fn start_backtest(
    State(door): Here,
    Known(who): Known,
    key: Key,
    Body(asked): Body<dto::NewBacktest>,
) -> Told {
    start(&door, who, key, dto::JobWork::Backtest(asked)).await
}

pub(crate) async fn start_optimization(
    State(door): Here,
    Known(who): Known,
    key: Key,
    Body(asked): Body<dto::NewOptimization>,
) -> Told {
    start(&door, who, key, dto::JobWork::Optimize(asked)).await
}

pub(crate) async fn start_backfill(
    State(door): Here,
    Known(who): Known,
    key: Key,
    Body(asked): Body<dto::NewBackfill>,
) -> Told {
    start(&door, who, key, dto::JobWork::Backfill(asked)).await
}

pub(crate) async fn start_report(State(door): Here, Known(who): Known, key: Key) -> Told {
    whole(&door, who.caller)?;
    start(&door, who, key, dto::JobWork::Report).await
}

/// A report tells all that its owner sees: to a key that sees less it is not told.
fn whole(door: &Door, caller: Caller) -> Result<(), ApiError> {
    if door.desk.sees_less(caller) { Err(ApiError::sees_less()) } else { Ok(()) }
}

pub(crate) async fn start_snapshot(State(door): Here, Known(who): Known, key: Key) -> Told {
    start(&door, who, key, dto::JobWork::Snapshot).await
}

pub(crate) async fn start_backup(State(door): Here, Known(who): Known, key: Key) -> Told {
    start(&door, who, key, dto::JobWork::Backup).await
}

/// Once for each idempotency key, and to its end: a caller who leaves has asked for it.
async fn start(door: &Arc<Door>, who: Asker, key: Key, work: dto::JobWork) -> Told {
    to_its_end(door, move |door| async move { start_once(&door, who, key, work).await }).await
}

async fn start_once(door: &Door, who: Asker, Key(key): Key, work: dto::JobWork) -> Told {
    let begin = async || {
        let row = door.desk.start_job(who.caller.user, &who.by(), &work).await?;
        written(&dto::Job::new(&row))
    };
    let Some(key) = key else { return Ok(answered(StatusCode::ACCEPTED, begin().await?)) };
    let people = people(door)?;
    let request = format!("job {}", blake3::hash(written(&work)?.as_bytes()).to_hex());
    if let Some(known) = known(people, &who, &key, &request, false).await? {
        return Ok(known);
    }
    let begun = begin().await;
    keep(people, &who, &key, begun.as_ref().ok().map(|body| (StatusCode::ACCEPTED, body.as_str()))).await;
    begun.map(|body| answered(StatusCode::ACCEPTED, body))
}

fn number(id: Id) -> Result<i64, ApiError> {
    let id = id.ok().and_then(|Path(id)| i64::try_from(id).ok());
    id.ok_or_else(|| ApiError::new(StatusCode::BAD_REQUEST, "bad_path", "not the number of a job"))
}

impl From<JobsError> for ApiError {
    fn from(error: JobsError) -> Self {
        let (status, code, message) = match &error {
            JobsError::Bad { what, found, expected } => {
                let error = Self::new(StatusCode::BAD_REQUEST, "bad_job", "a job cannot be asked for like that");
                return error.found(&format!("{what}={found}")).expected(expected.iter().take(50).cloned());
            }
            JobsError::Off => (StatusCode::NOT_FOUND, "jobs_off", "this run has no queue for jobs"),
            JobsError::NoJob { .. } => (StatusCode::NOT_FOUND, "no_such_job", "you have no job of that number"),
            JobsError::Full { .. } => (StatusCode::CONFLICT, "too_many_jobs", "as many jobs wait as may"),
            JobsError::Over { .. } => (StatusCode::CONFLICT, "job_is_over", "what is over cannot be ended"),
            JobsError::NoResult { .. } => (StatusCode::CONFLICT, "no_result", "the job has no result"),
            JobsError::Schedule { .. }
            | JobsError::Folder { .. }
            | JobsError::History { .. }
            | JobsError::Store(_)
            | JobsError::Audit(_) => {
                // The inside is for the log.
                tracing::error!(error = &error as &dyn std::error::Error, "jobs");
                let message = "the queue of jobs does not answer";
                return Self::new(StatusCode::SERVICE_UNAVAILABLE, "no_queue", message);
            }
        };
        Self::new(status, code, message).found(&error.to_string())
    }
}
