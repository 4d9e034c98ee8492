//! The newest answer to each question, for whoever looks: written by the polling thread, read by the slow side.
//!
//! A failure does not take an answer away: the answer grows older, and the failure stands beside it.

use super::answer::Rows;
use super::error::PollError;
use super::question::Question;
use engine_model::instrument::InstrumentId;
use engine_model::units::Nanos;
use engine_model::venue::VenueId;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A venue that has failed to answer so often in a row is silent: one failure is weather.
const SILENT_AFTER: u32 = 2;

/// A question that is asked again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Of whom.
    pub venue: VenueId,
    /// Of what.
    pub instrument: InstrumentId,
    /// What.
    pub question: Question,
    /// From an answer to the next asking.
    pub every: Duration,
}

/// What is known of a question.
#[derive(Clone, Debug)]
pub struct Polled {
    /// The question.
    pub topic: Topic,
    /// The newest answer that could be read.
    pub answer: Option<Answered>,
    /// Why the last asking gave none; `None` where it did.
    pub failure: Option<Arc<PollError>>,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answered {
    /// Oldest first, at least one.
    pub rows: Arc<Rows>,
    /// When it reached us.
    pub received_at: Nanos,
}

/// The answers of all venues.
#[derive(Debug)]
pub struct Board {
    polled: Vec<Mutex<Polled>>,
    silences: Vec<(VenueId, Mutex<Silence>)>,
}

/// How long a venue has not answered.
#[derive(Debug, Default)]
struct Silence {
    failures: u32,
    error: Option<Arc<PollError>>,
}

impl Board {
    /// For these topics: nothing is known of any.
    #[must_use]
    pub fn new(topics: &[Topic]) -> Self {
        let mut venues: Vec<VenueId> = topics.iter().map(|topic| topic.venue).collect();
        venues.dedup();
        let unknown = |topic: &Topic| Mutex::new(Polled { topic: *topic, answer: None, failure: None });
        Self {
            polled: topics.iter().map(unknown).collect(),
            silences: venues.into_iter().map(|venue| (venue, Mutex::default())).collect(),
        }
    }

    /// What is known of every question, in the order of the topics.
    #[must_use]
    pub fn all(&self) -> Vec<Polled> {
        self.polled.iter().map(|polled| lock(polled).clone()).collect()
    }

    /// What is known of one question; `None` where it is not asked.
    #[must_use]
    pub fn of(&self, instrument: InstrumentId, question: Question) -> Option<Polled> {
        let is_it = |polled: &Polled| polled.topic.instrument == instrument && polled.topic.question == question;
        self.polled.iter().map(lock).find(|polled| is_it(polled)).map(|polled| polled.clone())
    }

    /// Whether there was an answer.
    pub(super) fn knows(&self, topic: usize) -> bool {
        lock(&self.polled[topic]).answer.is_some()
    }

    /// Why the venue does not answer; `None` while it does, or nobody has asked it yet.
    #[must_use]
    pub fn silent(&self, venue: VenueId) -> Option<Arc<PollError>> {
        let silence = lock(self.silence(venue)?);
        silence.error.clone().filter(|_| silence.failures >= SILENT_AFTER)
    }

    /// An answer came and can be read.
    pub(super) fn answered(&self, topic: usize, rows: Rows, received_at: Nanos) {
        let mut polled = lock(&self.polled[topic]);
        polled.answer = Some(Answered { rows: Arc::new(rows), received_at });
        polled.failure = None;
        self.speaks(polled.topic.venue);
    }

    /// None came, or none that can be read.
    pub(super) fn failed(&self, topic: usize, error: PollError) {
        let error = Arc::new(error);
        let mut polled = lock(&self.polled[topic]);
        polled.failure = Some(Arc::clone(&error));
        let venue = polled.topic.venue;
        drop(polled);
        if !error.is_silence() {
            // Whoever refuses speaks.
            self.speaks(venue);
        } else if let Some(silence) = self.silence(venue) {
            let mut silence = lock(silence);
            silence.failures = silence.failures.saturating_add(1);
            silence.error = Some(error);
        }
    }

    fn speaks(&self, venue: VenueId) {
        if let Some(silence) = self.silence(venue) {
            *lock(silence) = Silence::default();
        }
    }

    fn silence(&self, venue: VenueId) -> Option<&Mutex<Silence>> {
        self.silences.iter().find(|(of, _)| *of == venue).map(|(_, silence)| silence)
    }
}

/// Every value is whole whenever the lock is free, also after a panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::error::NetError;
    use crate::poll::answer::OpenInterest;
    use engine_model::units::Lots;

    fn board() -> Board {
        let topic = Topic {
            venue: VenueId::Bybit,
            instrument: InstrumentId(0),
            question: Question::OpenInterest,
            every: Duration::from_secs(15),
        };
        Board::new(&[topic, Topic { instrument: InstrumentId(1), ..topic }])
    }

    fn rows() -> Rows {
        Rows::OpenInterest(vec![OpenInterest { at: Nanos(1), qty: Lots(7) }])
    }

    fn silence() -> PollError {
        let (peer, retry_after_ms) = ("venue:443".to_owned(), 1_000);
        PollError::Net(NetError::Limited { peer, status: 429, retry_after_ms })
    }

    #[test]
    fn a_failure_stands_beside_the_answer_before_it() {
        let board = board();
        assert!(board.all().iter().all(|polled| polled.answer.is_none() && polled.failure.is_none()));
        board.answered(0, rows(), Nanos(100));
        board.failed(0, PollError::Empty);
        let polled = &board.all()[0];
        let answer = polled.answer.as_ref().expect("kept");
        assert_eq!((&*answer.rows, answer.received_at), (&rows(), Nanos(100)));
        assert!(matches!(polled.failure.as_deref(), Some(PollError::Empty)));
        board.answered(0, rows(), Nanos(200));
        assert!(board.all()[0].failure.is_none(), "it answers again");
    }

    #[test]
    fn a_venue_is_silent_after_two_failures_in_a_row_of_whatever_question() {
        let board = board();
        board.failed(0, silence());
        assert!(board.silent(VenueId::Bybit).is_none(), "one is weather");
        board.failed(1, silence());
        assert!(board.silent(VenueId::Bybit).is_some_and(|error| error.to_string().contains("429")));
        assert!(board.silent(VenueId::Okx).is_none(), "nobody asks it");
        board.failed(0, PollError::Empty);
        assert!(board.silent(VenueId::Bybit).is_none(), "it speaks, if only nonsense");
        board.failed(0, silence());
        board.answered(1, rows(), Nanos(1));
        board.failed(0, silence());
        assert!(board.silent(VenueId::Bybit).is_none(), "an answer was between");
    }
}
