//! `[jobs]`: work in the background, and what is begun by the clock.

use super::{ConfigError, Section};
use bridges::dto::{JobWork, NewBacktest, NewOptimization};
use bridges::{job_fault, schedule_fault};
use engine_core::config::{Jobs, Schedule, ScheduledWork};
use std::path::PathBuf;
use std::time::Duration;

pub(super) fn jobs(section: &Section<'_>) -> Result<Jobs, ConfigError> {
    let folder = |key| section.text(key, "a path", |text| (!text.is_empty()).then(|| PathBuf::from(text)));
    let mut schedules: Vec<Schedule> = Vec::new();
    for entry in section.entries("schedule")? {
        let schedule = schedule(&entry)?;
        if schedules.iter().any(|known| known.name == schedule.name) {
            return Err(entry.refuse("name", "a name that no other schedule has"));
        }
        schedules.push(schedule);
    }
    let jobs = Jobs {
        enabled: section.flag("enabled")?,
        folder: folder("folder")?,
        history: folder("history")?,
        at_once: section.integer("at_once", 1..=64, "jobs")?,
        waiting_max: section.integer("waiting_max", 1..=10_000, "jobs")?,
        own_waiting_max: section.integer("own_waiting_max", 1..=10_000, "jobs")?,
        kept: section.integer("kept", 1..=100_000, "jobs")?,
        longest: Duration::from_secs(60 * section.integer::<u64>("longest_minutes", 1..=10_080, "minutes")?),
        memory_mib: section.integer("memory_mib", 64..=1_048_576, "MiB")?,
        schedules,
    };
    section.finish()?;
    Ok(jobs)
}

fn schedule(entry: &Section<'_>) -> Result<Schedule, ConfigError> {
    let plain = |text: &str| (!text.is_empty() && text.len() <= 64).then(|| text.to_owned());
    let name = entry.text("name", "a name", plain)?;
    let accepted = "minute hour day month weekday in UTC, like \"30 2 * * *\", that comes up at all";
    let cron = entry.text("cron", accepted, |text| schedule_fault(text).is_none().then(|| text.to_owned()))?;
    let kinds = [("backtest", 0), ("optimize", 1), ("backfill", 2), ("report", 3), ("snapshot", 4), ("backup", 5)];
    let work = match entry.choice("job", &kinds)? {
        0 => ScheduledWork::Backtest {
            asked: asked(entry, |text| Ok(JobWork::Backtest(serde_json::from_str::<NewBacktest>(text)?)))?,
        },
        1 => ScheduledWork::Optimize {
            asked: asked(entry, |text| Ok(JobWork::Optimize(serde_json::from_str::<NewOptimization>(text)?)))?,
        },
        2 => ScheduledWork::Backfill {
            venue: entry.text("venue", "a venue", plain)?,
            symbol: entry.text("symbol", "the venue's own spelling", plain)?,
            interval: entry.text("interval", "a length like \"1h\", or \"trades\"", |text| {
                plain(text).map(|text| (text != "trades").then_some(text))
            })?,
            days: entry.integer("days", 1..=3_660, "days")?,
        },
        3 => ScheduledWork::Report,
        4 => ScheduledWork::Snapshot,
        _ => ScheduledWork::Backup,
    };
    entry.finish()?;
    Ok(Schedule { name, cron, work })
}

/// The body of a request, as the API takes it; whether the store has such candles is seen when it is begun.
fn asked(entry: &Section<'_>, read: fn(&str) -> Result<JobWork, serde_json::Error>) -> Result<String, ConfigError> {
    let fault = |text: &str| match read(text) {
        Ok(work) => job_fault(&work),
        Err(error) => Some(error.to_string()),
    };
    let text = entry.text("asked", "the JSON that the API takes for such a job", |text| Some(text.to_owned()))?;
    match fault(&text) {
        None => Ok(text),
        Some(why) => Err(entry.refuse("asked", &format!("the JSON that the API takes for such a job ({why})"))),
    }
}
