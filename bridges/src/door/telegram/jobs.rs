//! Jobs of one person: begun, looked at and ended from a chat, in the queue that all doors share.
//!
//! Never: a job that a button could begin a second time: what stands below an answer shows it again, or ends it.

use super::Telegram;
use super::api::{Button, Over};
use super::ask::{Ask, JobsAsk, Window};
use super::button::Tap;
use super::deed::{author, chat_of};
use super::figure::{age, clock};
use super::markup::Markup;
use super::outbox::{Notice, Urgency};
use super::people::Person;
use super::view::{View, foot};
use crate::desk::Desk;
use crate::desk::jobs::past::Stock;
use crate::desk::jobs::work::usual_search;
use crate::desk::jobs::{Eyes, Jobs, JobsError};
use crate::door::dto::{Job, JobFigure, JobPast, JobTerms, JobWork, NewBacktest};
use crate::store::operational::jobs::{JobRow, JobState};
use engine_model::instrument::Instrument;
use engine_model::units::Nanos;
use std::collections::BTreeMap;

/// Jobs of a list.
const LISTED: usize = 10;
/// Names of a refusal.
const NAMED: usize = 8;
/// Blocks of a bar of progress.
const BLOCKS: u64 = 10;

impl Telegram {
    /// Answers what is asked about jobs, with buttons of its own.
    pub(super) async fn jobs(&self, person: &Person, ask: &Ask, page: usize, over: Option<Over>) {
        let chat = chat_of(person);
        let (mut text, shown) = match self.told(person, ask).await {
            Ok((text, row)) => (text, row),
            Err(error) => (said(&error), None),
        };
        let habits = self.state().outbox.habits(chat);
        foot(&mut text, &self.door.desk, &habits);
        let (command, more) = match &shown {
            Some(row) => (format!("/jobs {}", row.id), cancel(row)),
            None => ("/jobs".to_owned(), None),
        };
        self.reply(chat, View::text(text), &command, (page, more), over).await;
    }

    async fn told(&self, person: &Person, ask: &Ask) -> Result<(Markup, Option<JobRow>), JobsError> {
        let desk = &self.door.desk;
        let jobs = desk.jobs()?;
        let eyes = Eyes::of(person.caller());
        let begin = async |work: JobWork| desk.start_job(person.user(), &author(person), &work).await;
        let row = match ask {
            Ask::Backtest { strategy, symbol, window } => {
                let past = past(desk, jobs, symbol, *window).await?;
                let (strategy, params, terms) = (strategy.clone(), BTreeMap::new(), JobTerms::usual());
                begin(JobWork::Backtest(NewBacktest { strategy, params, past, terms })).await?
            }
            Ask::Optimize { strategy, symbol, window } => {
                begin(usual_search(strategy, past(desk, jobs, symbol, *window).await?)?).await?
            }
            Ask::Jobs(JobsAsk::Show(id)) => jobs.one(eyes, *id).await?,
            Ask::Jobs(JobsAsk::Cancel(id)) => desk.cancel_job(eyes, &author(person), *id).await?,
            _ => {
                let (rows, is_more) = jobs.list(eyes, None, None, LISTED).await?;
                return Ok((list(&rows, is_more, jobs.now()), None));
            }
        };
        Ok((one(&row, jobs.now()), Some(row)))
    }

    /// What jobs came to since the last look is told whose they are.
    pub(super) fn tell_jobs(&self) {
        let Some(jobs) = &self.door.desk.jobs else { return };
        let now = self.now();
        let mut state = self.state();
        let since = jobs.ended_since(state.jobs);
        state.jobs = since.next;
        for row in since.values {
            let Some(person) = self.people.iter().find(|person| person.user() == row.owner) else { continue };
            let (key, text) = (format!("job {}", row.id), ended(&row));
            state.outbox.notify(chat_of(person), Notice { urgency: Urgency::Market, key, text, at: now });
        }
        drop(state);
        self.to_send.notify_one();
    }
}

/// The candles that somebody means: of the run's instruments of that coin the first that the store has, or what is named as
/// the store names it.
async fn past(desk: &Desk, jobs: &Jobs, symbol: &str, window: Window) -> Result<JobPast, JobsError> {
    let stock = jobs.stock().await?;
    let data = data(desk, &stock, symbol).ok_or_else(|| {
        let mut names = stock.names();
        names.truncate(NAMED);
        if names.is_empty() {
            names.push("nothing yet: ringside data backfill, or ringside jobs start backfill".to_owned());
        }
        JobsError::Bad { what: "the store's candles", found: symbol.to_owned(), expected: names }
    })?;
    let timeframe = stock.usual(&data).unwrap_or_else(|| "1h".to_owned());
    let from_ns = jobs.now().0.saturating_sub(window.0.saturating_mul(Nanos::SECOND));
    Ok(JobPast { data, timeframe, from_ns: Some(from_ns), to_ns: None, days: None })
}

fn data(desk: &Desk, stock: &Stock, symbol: &str) -> Option<String> {
    let named = stock.names().into_iter().find(|name| name.eq_ignore_ascii_case(symbol));
    let in_store = |one: &Instrument| stock.find(one.venue.name(), one.symbol.as_str());
    named.or_else(|| {
        let meant = desk.find(symbol, None).ok()?;
        let others = || desk.instruments().iter().filter(|one| one.base == meant.base).find_map(in_store);
        in_store(meant).or_else(others)
    })
}

fn said(error: &JobsError) -> Markup {
    let mut text = Markup::default();
    text.say(match error {
        JobsError::Bad { .. } => format!("not begun: {error} - for example: /backtest sma_cross BTC 30d"),
        JobsError::Off => format!("n/a: {error}"),
        JobsError::NoJob { .. } | JobsError::Over { .. } | JobsError::NoResult { .. } | JobsError::Full { .. } => {
            format!("{error} - /jobs lists yours")
        }
        JobsError::Schedule { .. }
        | JobsError::Folder { .. }
        | JobsError::History { .. }
        | JobsError::Store(_)
        | JobsError::Audit(_) => {
            // The inside is for the log.
            tracing::error!(error = error as &dyn std::error::Error, "jobs");
            "not done: the queue of jobs does not answer".to_owned()
        }
    });
    text
}

/// Below a job that waits or runs.
fn cancel(row: &JobRow) -> Option<Button> {
    let command = format!("/jobs cancel {}", row.id);
    (!row.state.is_over()).then(|| Tap::Again { page: 0, command }.button("✖ Cancel")).flatten()
}

fn list(rows: &[JobRow], is_more: bool, now: Nanos) -> Markup {
    let mut text = Markup::default();
    text.head(format!("Jobs: {}{}", rows.len(), if is_more { " of more" } else { "" }));
    for row in rows {
        let job = Job::new(row);
        let ago = age(now.since(Nanos(job.asked_at_ns)));
        text.line().bold(format!("{}. ", job.id)).text(format!(
            "{} {} - {}, {ago} ago",
            mark(row.state),
            job.kind,
            job.state
        ));
        text.say(format!("  {}", job.about));
    }
    text.gap();
    text.line().text("one: ").code("/jobs 12").text(", end it: ").code("/jobs cancel 12");
    text
}

/// All of one.
fn one(row: &JobRow, now: Nanos) -> Markup {
    let job = Job::new(row).at(now);
    let mut text = Markup::default();
    text.head(format!("{} Job {}: {} - {}", mark(row.state), job.id, job.kind, job.state));
    text.say(&job.about);
    if let (Some(done), Some(total)) = (job.done, job.total) {
        let over = job.over_at_ns.map(|at| format!(", over at about {} UTC", clock(Nanos(at), 0))).unwrap_or_default();
        text.say(format!("{} {} %{over}", bar(done, total), done.saturating_mul(100) / total.max(1)));
    }
    if let Some(told) = &job.told {
        text.say(told.as_str());
    }
    for figure in &job.figures {
        text.row(format!("{:<16}{:>16}", figure.name, value(figure)));
    }
    let span = |from: u64, to: u64| age(Nanos(to).since(Nanos(from)));
    text.say(match (job.started_at_ns, job.ended_at_ns) {
        (Some(began), Some(ended)) => format!("took {}, asked by {}", span(began, ended), job.asked_by),
        (Some(began), None) => format!("runs for {}, asked by {}", span(began, now.0), job.asked_by),
        (None, _) => format!("asked {} ago by {}", span(job.asked_at_ns, now.0), job.asked_by),
    });
    text
}

/// In a line, for who waits for it.
fn ended(row: &JobRow) -> String {
    let job = Job::new(row);
    let figures: Vec<String> = job.figures.iter().map(|figure| format!("{} {}", figure.name, value(figure))).collect();
    let came = match (&job.told, figures.is_empty()) {
        (Some(told), _) => format!(": {told}"),
        (None, true) => String::new(),
        (None, false) => format!(": {}", figures.join(", ")),
    };
    format!("job {} is {} ({}, {}){came} - /jobs {}", job.id, job.state, job.kind, job.about, job.id)
}

fn value(figure: &JobFigure) -> String {
    match figure.value {
        None => "n/a".to_owned(),
        Some(value) if value.fract().total_cmp(&0.0).is_eq() => format!("{value}"),
        Some(value) => format!("{value:.4}"),
    }
}

fn bar(done: u64, total: u64) -> String {
    let full = done.saturating_mul(BLOCKS) / total.max(1);
    (0..BLOCKS).map(|block| if block < full { '▓' } else { '░' }).collect()
}

const fn mark(state: JobState) -> &'static str {
    match state {
        JobState::Queued => "⏳",
        JobState::Running => "▶",
        JobState::Done => "✔",
        JobState::Failed => "❌",
        JobState::Canceled => "✖",
        JobState::Interrupted => "⚡",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::role::UserId;

    fn row(state: JobState, figures: &str) -> JobRow {
        let past = JobPast {
            data: "bybit:linear:BTCUSDT".to_owned(),
            timeframe: "1h".to_owned(),
            from_ns: Some(1_769_817_600_000_000_000),
            to_ns: None,
            days: None,
        };
        let (strategy, params, terms) = ("sma_cross".to_owned(), BTreeMap::new(), JobTerms::default());
        let work = JobWork::Backtest(NewBacktest { strategy, params, past, terms });
        JobRow {
            id: 7,
            owner: UserId(-5),
            asked_by: "telegram:5".to_owned(),
            kind: "backtest".to_owned(),
            work: serde_json::to_string(&work).expect("JSON"),
            state,
            done: 42,
            total: 100,
            asked_ns: 1_769_817_600_000_000_000,
            started_ns: 1_769_817_601_000_000_000,
            ended_ns: if state.is_over() { 1_769_817_643_000_000_000 } else { 0 },
            told: String::new(),
            figures: figures.to_owned(),
        }
    }

    fn plain(text: &Markup) -> String {
        text.parts(super::super::markup::MESSAGE_UNITS_MAX)[0].plain.clone()
    }

    #[test]
    fn one_that_runs_says_how_far_it_is_and_has_a_button_to_end_it() {
        let row = row(JobState::Running, "");
        let text = plain(&one(&row, Nanos(1_769_817_643_000_000_000)));
        assert!(text.contains("Job 7: backtest - running"), "{text}");
        assert!(text.contains("sma_cross over 1h of bybit:linear:BTCUSDT from 2026-01-31"), "{text}");
        assert!(text.contains("▓▓▓▓░░░░░░ 42 %, over at about"), "{text}");
        assert_eq!(cancel(&row).map(|button| button.data).as_deref(), Some("1:r:0:/jobs cancel 7"));
    }

    #[test]
    fn one_that_is_over_says_what_it_came_to_and_has_none() {
        let figures = r#"[{"name":"sharpe","value":1.25},{"name":"trades","value":34},{"name":"pbo","value":null}]"#;
        let row = row(JobState::Done, figures);
        let text = plain(&one(&row, Nanos(1_769_817_700_000_000_000)));
        assert!(text.contains("1.2500") && text.contains("n/a") && !text.contains("over at"), "{text}");
        assert!(cancel(&row).is_none());
        let line = ended(&row);
        assert!(line.starts_with("job 7 is done (backtest, sma_cross over 1h"), "{line}");
        assert!(line.ends_with("sharpe 1.2500, trades 34, pbo n/a - /jobs 7"), "{line}");
    }
}
