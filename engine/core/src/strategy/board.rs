//! What everybody may read of the strategies of a run: mode, parameters in force, why one gave up.
//!
//! One writer, the stage; any readers, at any time.

use super::catalog::Strategy;
use super::manual::Answered;
use super::play::Entry;
use engine_model::order::ClientOrderId;
use engine_model::refusal::{Check, Refusal};
use engine_model::steer::Mode;
use engine_ring::counter::Counter;
use std::sync::OnceLock;

/// The strategies of a run, in the order of their ids: the first is 1.
#[derive(Debug, Default)]
pub struct Board {
    /// One each.
    pub rows: Box<[BoardRow]>,
}

/// One strategy.
#[derive(Debug)]
pub struct BoardRow {
    /// What it is.
    pub entry: &'static Entry,
    mode: Counter,
    /// As the bits of a signed number each.
    values: Box<[Counter]>,
    fault: OnceLock<String>,
    answer: AnswerRow,
}

/// What came of the last thing that a person asked, as numbers: the ticket is written last and read first.
#[derive(Debug, Default)]
struct AnswerRow {
    /// 0: nobody asked.
    ticket: Counter,
    /// Of the order; of a refusal 0.
    order: Counter,
    /// Place of the check, and what it tells, as the bits of signed numbers.
    check: Counter,
    numbers: [Counter; 4],
}

impl AnswerRow {
    fn get(&self) -> Option<Answered> {
        let ticket = self.ticket.get_acquire();
        let order = ClientOrderId(self.order.get());
        let [value, limit, headroom, passes] = self.numbers.each_ref().map(|number| number.get() as i64);
        let check = Check::ALL.get(self.check.get() as usize).copied().unwrap_or_default();
        let refusal = Refusal { check, value, limit, headroom, passes };
        let outcome = if order == ClientOrderId(0) { Err(refusal) } else { Ok(order) };
        (ticket != 0).then_some(Answered { ticket: ticket as i64, outcome })
    }

    fn set(&self, answer: &Answered) {
        let (order, refusal) = match answer.outcome {
            Ok(order) => (order, Refusal::default()),
            Err(refusal) => (ClientOrderId(0), refusal),
        };
        let Refusal { check, value, limit, headroom, passes } = refusal;
        self.order.set(order.0);
        self.check.set(check as u64);
        self.numbers.iter().zip([value, limit, headroom, passes]).for_each(|(row, number)| row.set(number as u64));
        self.ticket.set_release(answer.ticket as u64);
    }
}

impl Board {
    /// Of the strategies of a run, as they are before it.
    #[must_use]
    pub fn new(strategies: &[Strategy]) -> Self {
        let row = |strategy: &Strategy| {
            let values: Box<[Counter]> = strategy.values().iter().map(|_| Counter::default()).collect();
            let row = BoardRow {
                entry: strategy.entry(),
                mode: Counter::default(),
                values,
                fault: OnceLock::new(),
                answer: AnswerRow::default(),
            };
            row.set_values(strategy.values());
            row
        };
        Self { rows: strategies.iter().map(row).collect() }
    }
}

impl BoardRow {
    /// What it may do.
    #[must_use]
    pub fn mode(&self) -> Mode {
        let number = self.mode.get();
        Mode::ALL.into_iter().find(|mode| *mode as u64 == number).unwrap_or_default()
    }

    /// Its parameters in force, in the order of its table. Read one by one: for a moment some may be older than others.
    #[must_use]
    pub fn values(&self) -> Vec<i64> {
        self.values.iter().map(|value| value.get() as i64).collect()
    }

    /// Why it gave up the first time, if it did.
    #[must_use]
    pub fn fault(&self) -> Option<&str> {
        self.fault.get().map(String::as_str)
    }

    /// What came of the last thing that a person asked of it. One asks at a time: while nobody does, it is whole.
    #[must_use]
    pub fn answer(&self) -> Option<Answered> {
        self.answer.get()
    }

    /// For the one writer.
    pub fn set_answer(&self, answer: Option<Answered>) {
        answer.iter().for_each(|answer| self.answer.set(answer));
    }

    /// For the one writer.
    pub fn set_mode(&self, mode: Mode) {
        self.mode.set(mode as u64);
    }

    /// For the one writer.
    pub fn set_values(&self, values: &[i64]) {
        self.values.iter().zip(values).for_each(|(row, value)| row.set(*value as u64));
    }

    pub(super) fn set_fault(&self, fault: &str) {
        self.fault.get_or_init(|| fault.to_owned());
    }
}
