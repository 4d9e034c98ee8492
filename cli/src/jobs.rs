//! Jobs from both sides: the settings of the queue of a run, and what our program does first when it is called as a job.
//!
//! Never: what a job does; that is the command that stands behind `--job`.

use crate::exit::Exit;
use crate::layout::hot_cores;
use anyhow::{Context as _, anyhow};
use bridges::dto::{JobWork, NewBackfill};
use bridges::{DatabasePlace, JobsSettings};
use engine_core::config::{Config, Schedule, ScheduledWork, Venue};
use engine_ring::background;
use signal_hook::consts::SIGTERM;
use std::io::Read as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The database in the folder, where there are no users.
const FILE: &str = "jobs.db";
/// The binary that runs: the same one for its jobs, even when its file has been replaced since.
const PROGRAM: &str = "/proc/self/exe";
/// To end in order when it is told to.
const GRACE: Duration = Duration::from_secs(4);

/// Whether this process is a job.
static IS_JOB: AtomicBool = AtomicBool::new(false);

/// The queue of a run; `None` where nobody could ask for a job.
pub(crate) fn settings(
    config: &Config,
    people: Option<&DatabasePlace>,
    has_telegram: bool,
) -> Result<Option<JobsSettings>, Exit> {
    let jobs = &config.jobs;
    if !jobs.enabled || (people.is_none() && !has_telegram && jobs.schedules.is_empty()) {
        return Ok(None);
    }
    Ok(Some(JobsSettings {
        place: people.cloned().unwrap_or_else(|| DatabasePlace::File(jobs.folder.join(FILE))),
        folder: jobs.folder.clone(),
        history: jobs.history.clone(),
        program: PathBuf::from(PROGRAM),
        venues: config.venues.iter().map(venue).collect(),
        at_once: jobs.at_once,
        waiting_max: jobs.waiting_max,
        own_waiting_max: jobs.own_waiting_max,
        kept: jobs.kept,
        longest: jobs.longest,
        memory_mib: jobs.memory_mib,
        hot_cores: hot_cores(config),
        schedules: jobs.schedules.iter().map(scheduled).collect::<Result<_, _>>()?,
    }))
}

/// Where a venue is, as in a file of settings: a job asks the same one as the run.
fn venue(venue: &Venue) -> String {
    let url =
        |key: &str, url: &Option<String>| url.as_ref().map(|url| format!("{key} = {url:?}\n")).unwrap_or_default();
    let (ws, rest) = (url("ws_url", &venue.ws_url), url("rest_url", &venue.rest_url));
    let symbols: Vec<String> = venue.symbols.iter().map(|symbol| format!("{symbol:?}")).collect();
    format!("[[venue]]\nname = \"{}\"\nsymbols = [{}]\n{ws}{rest}\n", venue.id.name(), symbols.join(", "))
}

fn scheduled(schedule: &Schedule) -> Result<(String, String, JobWork), Exit> {
    let unread = |error: serde_json::Error| Exit::Usage(format!("jobs.schedule.{}.asked: {error}", schedule.name));
    let work = match &schedule.work {
        ScheduledWork::Backfill { venue, symbol, interval, days } => JobWork::Backfill(NewBackfill {
            venue: venue.clone(),
            symbol: symbol.clone(),
            candles: interval.clone(),
            from_ns: None,
            to_ns: None,
            days: Some(*days),
        }),
        ScheduledWork::Backtest { asked } => JobWork::Backtest(serde_json::from_str(asked).map_err(unread)?),
        ScheduledWork::Optimize { asked } => JobWork::Optimize(serde_json::from_str(asked).map_err(unread)?),
        ScheduledWork::Report => JobWork::Report,
        ScheduledWork::Snapshot => JobWork::Snapshot,
        ScheduledWork::Backup => JobWork::Backup,
    };
    Ok((schedule.name.clone(), schedule.cron.clone(), work))
}

/// First of all in a process that an engine has called as a job: it takes what is left over of the machine, stays off the
/// cores of hot threads, has at most so much memory, is the first that the system ends when memory is short, and ends when
/// its standard input does.
pub(crate) fn begin(memory_mib: u64, off: &[usize]) -> Result<(), Exit> {
    background::yield_to_all().context("--job: the lowest priority")?;
    background::keep_off(off).context("--job: the cores of others")?;
    background::limit_memory(memory_mib << 20).context("--job: the limit of memory")?;
    // Where that file cannot be written, the engine still stands before us by its size.
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    IS_JOB.store(true, Ordering::Relaxed);
    let watch = std::thread::Builder::new().name("line".to_owned()).spawn(watch);
    watch.map(|_| ()).map_err(|error| Exit::Failed(anyhow!(error).context("--job: a thread")))
}

/// Whoever holds the other end of standard input closes it, or is gone: the job ends like by a signal, and if it does not
/// hear that, anyway.
fn watch() {
    let (mut line, mut byte) = (std::io::stdin().lock(), [0; 64]);
    while matches!(line.read(&mut byte), Ok(1..)) {}
    loop {
        // What does not listen is ended by the first; what does and does not end, by the second.
        let _ = signal_hook::low_level::raise(SIGTERM);
        std::thread::sleep(GRACE);
    }
}

/// Whether somebody reads our progress from standard error.
pub(crate) fn is_job() -> bool {
    IS_JOB.load(Ordering::Relaxed)
}
