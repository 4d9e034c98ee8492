//! What is begun by the clock: cron expressions, in UTC. A pure value: the time is handed in.
//!
//! Owns: what has come up since it was last looked at. What came up while nobody was there is counted and told, and not
//! made up: yesterday's backup is no use today.

use crate::desk::jobs::JobsError;
use crate::door::dto::JobWork;
use chrono::{DateTime, Utc};
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use engine_model::units::Nanos;

/// So late something may be begun: a busy machine is no reason to leave it out.
const LATE_NS: u64 = 60 * Nanos::SECOND;
/// Missed times are counted so far: a year of every hour.
const COUNTED_MAX: u64 = 10_000;

/// One line of it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) text: String,
    cron: Cron,
    pub(crate) work: JobWork,
}

/// All lines, in the order of the configuration.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timetable(Vec<Entry>);

/// What a look at one line found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// It is time: the newest time that came up, not long ago.
    pub(crate) due: Option<Nanos>,
    /// Times that came up and are over.
    pub(crate) missed: u64,
    /// Seen to up to here.
    pub(crate) seen: Nanos,
}

/// Reads an expression of five fields: minute, hour, day, month, weekday.
fn read(text: &str) -> Result<Cron, String> {
    let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
    let accepted = "accepted: minute hour day month weekday in UTC, like `30 2 * * *` or `*/15 * * * 1-5`";
    let cron = parser.parse(text).map_err(|error| format!("found `{text}` ({error}), {accepted}"))?;
    match next(&cron, Nanos(0)) {
        Some(_) => Ok(cron),
        None => Err(format!("found `{text}`, which never comes up, {accepted}")),
    }
}

/// What is wrong with an expression, if anything is.
#[must_use]
pub fn fault(text: &str) -> Option<String> {
    read(text).err()
}

/// The first time behind that one.
fn next(cron: &Cron, behind: Nanos) -> Option<Nanos> {
    let behind: DateTime<Utc> = DateTime::from_timestamp_nanos(i64::try_from(behind.0).ok()?);
    let next = cron.find_next_occurrence(&behind, false).ok()?;
    next.timestamp_nanos_opt().and_then(|at| u64::try_from(at).ok()).map(Nanos)
}

impl Timetable {
    pub(crate) fn new(lines: &[(String, String, JobWork)]) -> Result<Self, JobsError> {
        let entry = |(name, text, work): &(String, String, JobWork)| {
            let cron = read(text).map_err(|why| JobsError::Schedule { name: name.clone(), why })?;
            Ok(Entry { name: name.clone(), text: text.clone(), cron, work: work.clone() })
        };
        lines.iter().map(entry).collect::<Result<_, _>>().map(Self)
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.0
    }
}

impl Entry {
    /// What has come up since it was seen to, as it is now.
    pub(crate) fn look(&self, seen: Nanos, now: Nanos) -> Found {
        let (mut at, mut count, mut last) = (seen, 0, None);
        while let Some(next) = next(&self.cron, at).filter(|next| *next <= now) {
            (at, last) = (next, Some(next));
            count += 1;
            if count == COUNTED_MAX {
                // Far more than anybody counts: the rest of the time is over, too.
                at = now;
                break;
            }
        }
        let due = last.filter(|due| now.since(*due) <= LATE_NS);
        Found { due, missed: count - u64::from(due.is_some()), seen: at }
    }

    /// When it comes up next.
    pub(crate) fn next(&self, now: Nanos) -> Option<Nanos> {
        next(&self.cron, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::parse;

    fn entry(text: &str) -> Entry {
        let lines = [("nightly".to_owned(), text.to_owned(), JobWork::Backup)];
        Timetable::new(&lines).expect("an expression").entries()[0].clone()
    }

    fn at(text: &str) -> Nanos {
        Nanos(parse(text).expect("a time"))
    }

    /// A day of looks, two a second apart, as the runner does it.
    #[test]
    fn each_time_comes_up_once_and_none_between() {
        let entry = entry("30 2,14 * * *");
        let (mut seen, mut begun) = (at("2026-02-28T00:00:00Z"), Vec::new());
        let end = at("2026-03-01T03:00:00Z");
        let mut now = seen;
        while now < end {
            now = now.plus(7 * Nanos::SECOND);
            let found = entry.look(seen, now);
            assert_eq!(found.missed, 0);
            begun.extend(found.due);
            seen = found.seen;
        }
        let wanted = ["2026-02-28T02:30:00Z", "2026-02-28T14:30:00Z", "2026-03-01T02:30:00Z"].map(at);
        assert_eq!(begun, wanted);
        assert_eq!(entry.next(end), Some(at("2026-03-01T14:30:00Z")));
    }

    #[test]
    fn what_came_up_while_nobody_was_there_is_counted_and_not_made_up() {
        let hourly = entry("0 * * * *");
        let seen = at("2026-02-01T00:00:00Z");
        let found = hourly.look(seen, at("2026-02-03T05:30:00Z"));
        assert_eq!(found, Found { due: None, missed: 53, seen: at("2026-02-03T05:00:00Z") });
        let found = hourly.look(seen, at("2026-02-03T05:00:59Z"));
        assert_eq!((found.due, found.missed), (Some(at("2026-02-03T05:00:00Z")), 52), "the last one is only late");
        let found = hourly.look(found.seen, at("2026-02-03T05:01:00Z"));
        assert_eq!((found.due, found.missed), (None, 0), "and is begun once");
    }

    #[test]
    fn a_clock_that_is_set_back_begins_nothing_twice() {
        let hourly = entry("0 * * * *");
        let found = hourly.look(at("2026-02-03T05:00:00Z"), at("2026-02-03T04:00:01Z"));
        assert_eq!(found, Found { due: None, missed: 0, seen: at("2026-02-03T05:00:00Z") });
    }

    #[test]
    fn years_of_nobody_are_counted_to_an_end() {
        let found = entry("* * * * *").look(at("1990-01-01"), at("2026-01-01T00:00:30Z"));
        assert_eq!((found.missed, found.seen), (COUNTED_MAX, at("2026-01-01T00:00:30Z")));
        assert_eq!(found.due, None);
    }

    #[test]
    fn what_is_no_expression_is_refused_by_name() {
        for wrong in ["", "nightly", "60 * * * *", "* * * *", "* * * * * *", "0 0 30 2 *", "@reboot"] {
            let lines = [("x".to_owned(), wrong.to_owned(), JobWork::Report)];
            let error = Timetable::new(&lines).map(|_| ()).expect_err(wrong);
            assert!(error.to_string().starts_with(&format!("schedule x: found `{wrong}`")), "{error}");
        }
    }
}
