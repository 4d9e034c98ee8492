//! The thread that asks: one for all venues, with a REST thread for each behind it.
//!
//! Owns: when each question is due, one question under way a venue. The REST threads keep the budget and the waits after
//! failures: a venue that wants silence gets it, and the others are asked meanwhile.
//!
//! Never: a look at a hot thread, or a guess in place of an answer.

use super::answer::Rows;
use super::board::{Board, Topic};
use super::dialect::{self, Polls};
use super::error::PollError;
use super::question::{Crowd, Period, Question, Span};
use crate::net::endpoint::Endpoint;
use crate::net::error::NetError;
use crate::net::rest::{Job, Outcome, RestClient, RestSettings};
use crate::net::tls::Tls;
use engine_model::instrument::Instruments;
use engine_model::units::Nanos;
use engine_model::venue::VenueId;
use engine_ring::clock::Clock;
use engine_ring::flag::StopFlag;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Between two looks: what is told each quarter of a minute may be so late.
const NAP: Duration = Duration::from_millis(20);
/// From a failure of the venue to the next asking. The REST thread waits longer where it must.
const AGAIN: Duration = Duration::from_secs(1);
/// So long candles stand behind all other questions.
const PAST_WAITS: Duration = Duration::from_secs(20);
/// Of funding so many hours are looked at: the longest interval is eight, and where it is one all rows fit one answer.
const FUNDING_HOURS: u64 = 100;
/// Rows of a ratio or a history in one look.
const ROWS: u64 = 12;
/// Candles in one look, where the venue gives so many: hours that make a hundred and more candles of four of them. With all
/// periods about 110 KiB an instrument.
const CANDLES: u64 = 400;
/// Longest answer: Kraken's tickers of all contracts have about 300 KiB, Hyperliquid's contexts 100 KiB.
pub(super) const BODY_BYTES_MAX: usize = 4 << 20;

/// How often each kind of question is asked.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    /// Open interest.
    pub open_interest: Duration,
    /// Ratios of long to short: venues make a new row each five minutes.
    pub long_short: Duration,
    /// Funding that was paid.
    pub funding: Duration,
    /// Candles. Those that end in a run are made of its own trades: asking anew fills what it has not heard.
    pub candles: Duration,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            open_interest: Duration::from_secs(15),
            long_short: Duration::from_secs(60),
            funding: Duration::from_secs(300),
            candles: Duration::from_secs(3_600),
        }
    }
}

/// Where a venue is.
#[derive(Clone, Debug)]
pub struct Source {
    /// Which.
    pub venue: VenueId,
    /// Of its REST server, without path.
    pub rest_url: String,
}

/// What is asked of the instruments of these venues: everything that each of them answers, in the order of the venues.
#[must_use]
pub fn topics(sources: &[Source], instruments: &Instruments, schedule: &Schedule) -> Vec<Topic> {
    let mut questions = vec![(Question::OpenInterest, schedule.open_interest)];
    questions.extend(Crowd::ALL.map(|crowd| (Question::LongShort(crowd, Period::M5), schedule.long_short)));
    questions.push((Question::FundingHistory, schedule.funding));
    questions.extend(Period::ALL.map(|period| (Question::Candles(period), schedule.candles)));
    let mut topics = Vec::new();
    for source in sources {
        for instrument in instruments.iter().filter(|instrument| instrument.venue == source.venue) {
            let offered = questions.iter().filter(|(question, _)| dialect::offers(instrument, *question));
            topics.extend(offered.map(|&(question, every)| Topic {
                venue: source.venue,
                instrument: instrument.id,
                question,
                every,
            }));
        }
    }
    topics
}

/// The running thread. Dropping it stops it.
#[derive(Debug)]
pub struct Poller {
    board: Arc<Board>,
    stop: StopFlag,
    thread: Option<JoinHandle<()>>,
}

impl Poller {
    /// Starts to ask. Each source's REST thread dials when the first question is due: at once.
    pub fn start(
        sources: &[Source],
        topics: &[Topic],
        instruments: Arc<Instruments>,
        clock: &Clock,
        seed: u64,
    ) -> Result<Self, NetError> {
        let board = Arc::new(Board::new(topics));
        let mut desks = Vec::new();
        for source in sources {
            desks.extend(Desk::new(source, topics, clock, seed)?);
        }
        let stop = StopFlag::new();
        let mut asking = Asking { desks, board: Arc::clone(&board), instruments, clock: clock.clone() };
        let stopped = stop.clone();
        let thread = thread::Builder::new().name("poll".to_owned()).spawn(move || asking.run(&stopped));
        let thread = thread.map_err(|source| NetError::System { what: "starting the poll thread", source })?;
        Ok(Self { board, stop, thread: Some(thread) })
    }

    /// Where the answers stand.
    #[must_use]
    pub fn board(&self) -> Arc<Board> {
        Arc::clone(&self.board)
    }
}

impl Drop for Poller {
    fn drop(&mut self) {
        self.stop.raise();
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // It never waits for a venue. A panic of it is in the log already, and whoever drops this is ending.
            let _ = thread.join();
        }
    }
}

/// The questions of one venue.
#[derive(Debug)]
struct Desk {
    polls: &'static Polls,
    rest: RestClient,
    /// Places on the board, and when each is due.
    due: Vec<(usize, Topic, Instant)>,
    /// The place in `due` of the question that is under way.
    asked: Option<usize>,
    spare: Vec<u8>,
}

impl Desk {
    /// `None` of a venue without questions.
    fn new(source: &Source, topics: &[Topic], clock: &Clock, seed: u64) -> Result<Option<Self>, NetError> {
        let own = topics.iter().enumerate().filter(|(_, topic)| topic.venue == source.venue);
        let now = Instant::now();
        let due: Vec<_> = own.map(|(place, topic)| (place, *topic, now)).collect();
        let Some(polls) = dialect::of(source.venue).filter(|_| !due.is_empty()) else { return Ok(None) };
        let endpoint = Endpoint::rest(&source.rest_url)?;
        let tls = if endpoint.tls { Some(Tls::public()?) } else { None };
        let settings = RestSettings {
            body_bytes_max: BODY_BYTES_MAX,
            queue: 1,
            headers: crate::headers(source.venue),
            limited_for: crate::limited_for(source.venue),
            ..RestSettings::new(endpoint, tls, (polls.weight_per_minute)(source.venue), seed)
        };
        let rest = RestClient::start(settings, clock.clone(), None)?;
        Ok(Some(Self { polls, rest, due, asked: None, spare: Vec::new() }))
    }

    /// Asks the question that has been due for longest. The past waits for what is told of now, but not for ever: a venue's
    /// weight may be no more than that wants.
    fn ask(&mut self, instruments: &Instruments, now: Instant, clock: &Clock) {
        let due = self.due.iter().enumerate().filter(|(_, (_, _, at))| self.asked.is_none() && *at <= now);
        let first = due.min_by_key(|(_, (_, topic, at))| match topic.question {
            Question::Candles(_) => *at + PAST_WAITS,
            _ => *at,
        });
        let Some((index, &(_, topic, _))) = first else { return };
        let candles = (self.polls.rows_max)(topic.question).min(CANDLES);
        let span = span(topic.question, candles, Nanos(clock.now()));
        let Some(ask) = (self.polls.ask)(instruments.get(topic.instrument), topic.question, span) else { return };
        let body = std::mem::take(&mut self.spare);
        let job = Job::Send { id: index as u64, request: ask.request, weight: ask.weight, body };
        // The queue has room for the one question that is under way.
        self.asked = self.rest.try_ask(job).is_ok().then_some(index);
    }

    /// Takes an answer, if one has come.
    fn take(&mut self, instruments: &Instruments, board: &Board, now: Instant) -> bool {
        let Some(answer) = self.rest.try_take() else { return false };
        let Some(index) = self.asked.take() else { return false };
        let (place, topic, at) = &mut self.due[index];
        let outcome = match answer.outcome {
            Outcome::Body(body) => {
                let rows = dialect::read(self.polls, instruments.get(topic.instrument), topic.question, &body);
                self.spare = body;
                rows
            }
            Outcome::Failed(error, body) => {
                self.spare = body;
                Err(PollError::Net(error))
            }
            // Nobody asked for an address.
            Outcome::Address(_) | Outcome::NoAddress(_) => return true,
        };
        *at = now + pause(topic, &outcome, board.knows(*place));
        match outcome {
            Ok(rows) => board.answered(*place, rows, Nanos(answer.received_at_ns)),
            Err(error) => board.failed(*place, error),
        }
        true
    }
}

/// What the thread has.
struct Asking {
    desks: Vec<Desk>,
    board: Arc<Board>,
    instruments: Arc<Instruments>,
    clock: Clock,
}

impl Asking {
    fn run(&mut self, stop: &StopFlag) {
        while !stop.is_raised() {
            let now = Instant::now();
            let mut is_busy = false;
            for desk in &mut self.desks {
                is_busy |= desk.take(&self.instruments, &self.board, now);
                desk.ask(&self.instruments, now, &self.clock);
            }
            if !is_busy {
                thread::park_timeout(NAP);
            }
        }
    }
}

/// From an answer to the next asking. The candle that runs while a run begins is heard by halves: when it is over, it is
/// asked for.
fn pause(topic: &Topic, outcome: &Result<Rows, PollError>, is_known: bool) -> Duration {
    match (outcome, topic.question) {
        (Err(error), _) if error.is_silence() => AGAIN.min(topic.every),
        (Ok(_), Question::Candles(period)) if !is_known => Duration::from_nanos(period.ns()).min(topic.every),
        _ => topic.every,
    }
}

/// How far back one look goes.
fn span(question: Question, candles: u64, now: Nanos) -> Span {
    match question {
        Question::FundingHistory => Span::last(FUNDING_HOURS, Period::H1.ns(), now),
        Question::OpenInterestHistory(period) | Question::LongShort(_, period) => Span::last(ROWS, period.ns(), now),
        // Both ends are included, so that one row more would fit.
        Question::Candles(period) => Span::last(candles.saturating_sub(1), period.ns(), now),
        Question::OpenInterest | Question::Trades(_) => Span { from: now, to: now },
    }
}
