//! What no stream tells, asked for while a door is open: feeds ask, the slow side is handed what they know.

use crate::venues;
use bridges::{CandleSource, Crowd, Polled, PolledAnswer, PolledQuestion, PolledSource, PolledValue, ToldCandle};
use engine_core::config;
use engine_model::instrument::Instruments;
use engine_ring::clock::Clock;
use feeds::net::error::NetError;
use feeds::poll::answer::{Candle, Rows};
use feeds::poll::board::{self, Board};
use feeds::poll::poller::{Poller, Schedule, Source, topics};
use feeds::poll::question::{self, Period, Question};
use std::sync::Arc;

/// Where the venues of the configuration are asked.
pub(crate) fn sources(venues: &[config::Venue]) -> Vec<Source> {
    venues.iter().map(|venue| Source { venue: venue.id, rest_url: venues::urls(venue).rest }).collect()
}

/// Starts to ask the venues of a run about its contracts.
pub(crate) fn start(
    config: &config::Config,
    instruments: &Arc<Instruments>,
    clock: &Clock,
) -> Result<Poller, NetError> {
    let sources = sources(&config.venues);
    let topics = topics(&sources, instruments, &Schedule::default());
    Poller::start(&sources, &topics, Arc::clone(instruments), clock, config.run.seed)
}

/// What is known, for the slow side; nothing where nobody asks.
pub(crate) fn known(board: Option<Arc<Board>>) -> PolledSource {
    let Some(board) = board else { return Arc::new(Vec::new) };
    Arc::new(move || board.all().into_iter().filter_map(|polled| one(&board, polled)).collect())
}

/// The candles that were over when they were told, for the slow side; none where nobody asks.
pub(crate) fn candles(board: Option<Arc<Board>>) -> CandleSource {
    let Some(board) = board else { return Arc::new(|_, _| Vec::new()) };
    Arc::new(move |instrument, length_ns| {
        let period = Period::ALL.into_iter().find(|period| period.ns() == length_ns);
        let polled = period.and_then(|period| board.of(instrument, Question::Candles(period)));
        let Some(answered) = polled.and_then(|polled| polled.answer) else { return Vec::new() };
        let Rows::Candles(rows) = &*answered.rows else { return Vec::new() };
        let is_over = |row: &&Candle| row.opened_at.plus(length_ns) <= answered.received_at;
        rows.iter().filter(is_over).map(told).collect()
    })
}

fn told(row: &Candle) -> ToldCandle {
    let Candle { opened_at: start, open, high, low, close, volume } = *row;
    ToldCandle { start, open, high, low, close, volume }
}

/// `None` of a question that nobody is shown.
fn one(board: &Board, polled: board::Polled) -> Option<Polled> {
    let question = match polled.topic.question {
        Question::OpenInterest => PolledQuestion::OpenInterest,
        Question::LongShort(crowd, _) => PolledQuestion::LongShort(whose(crowd)),
        Question::FundingHistory => PolledQuestion::Funding,
        Question::OpenInterestHistory(_) | Question::Candles(_) | Question::Trades(_) => return None,
    };
    let answer = polled.answer.as_ref().and_then(|answered| {
        let value = value(polled.topic.question, &answered.rows)?;
        Some(PolledAnswer { value, received_at: answered.received_at })
    });
    let silence = board.silent(polled.topic.venue);
    let trouble = polled.failure.as_ref().or(silence.as_ref()).map(ToString::to_string);
    Some(Polled {
        instrument: polled.topic.instrument,
        question,
        every: polled.topic.every,
        answer,
        trouble,
        silent: silence.is_some(),
    })
}

const fn whose(crowd: question::Crowd) -> Crowd {
    match crowd {
        question::Crowd::TopPositions => Crowd::TopPositions,
        question::Crowd::TopAccounts => Crowd::TopAccounts,
        question::Crowd::AllAccounts => Crowd::AllAccounts,
    }
}

/// The newest row, or all where the past is what was asked for.
fn value(question: Question, rows: &Rows) -> Option<PolledValue> {
    match (question, rows) {
        (_, Rows::OpenInterest(rows)) => rows.last().map(|row| PolledValue::OpenInterest { at: row.at, qty: row.qty }),
        (Question::LongShort(_, period), Rows::LongShort(rows)) => rows.last().map(|row| PolledValue::LongShort {
            at: row.at,
            long_e8: row.long_e8,
            period_s: period.seconds(),
        }),
        (_, Rows::Funding(rows)) => Some(PolledValue::Funding(rows.iter().map(|row| (row.at, row.rate_e8)).collect())),
        _ => None,
    }
}
