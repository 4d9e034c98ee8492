//! Which books wait for a REST snapshot, and who was asked when.
//!
//! Owns: the REST thread, one question in flight an instrument at most, and the buffers that go back and forth. Never: the
//! request budget (the REST thread's), parsing, books.

use super::dialect::{Dialect, Resync};
use crate::net::error::NetError;
use crate::net::rest::{Answer, Job, Outcome, RestClient};
use engine_model::instrument::{Instrument, InstrumentId};
use engine_model::venue::VenueId;
use std::net::SocketAddr;
use std::sync::Arc;

/// Ids of look-ups lie above those of instruments.
const LOOK_UPS: u64 = 1 << 32;

/// First wait before a snapshot that did not fit is asked for again; doubles up to [`AGAIN_MAX_NS`].
const AGAIN_NS: u64 = 500_000_000;
/// Longest such wait.
const AGAIN_MAX_NS: u64 = 8_000_000_000;

/// Where an instrument's snapshot stands.
#[derive(Debug)]
struct Ask {
    instrument: InstrumentId,
    path: Arc<str>,
    in_flight: bool,
    /// The book was lost while the question was under way: the answer is of a time before.
    outdated: bool,
    not_before_ns: u64,
    again_ns: u64,
}

/// What came back.
#[derive(Debug)]
pub(super) enum Came {
    /// A snapshot for the session. The buffer is to be given back.
    Body { slot: usize, path: Arc<str>, body: Vec<u8>, received_at_ns: u64 },
    /// A question failed, or its answer is of no use any more.
    Nothing(Option<NetError>),
    /// The address of a line's host.
    Address { line: usize, found: Result<SocketAddr, NetError> },
}

/// The snapshots of one venue.
#[derive(Debug)]
pub(super) struct Snapshots {
    rest: RestClient,
    weight: u32,
    asks: Vec<Ask>,
    spare: Vec<Vec<u8>>,
    looking_up: Vec<bool>,
}

impl Snapshots {
    /// For these instruments, in the order of their slots, and so many lines.
    pub(super) fn new(
        rest: RestClient,
        (venue, dialect): (VenueId, &Dialect),
        limit: u32,
        own: &[&Instrument],
        lines: usize,
    ) -> Self {
        // Of a venue that sends whole books in the stream nobody asks for one here.
        let (path, weight): (&dyn Fn(&Instrument) -> String, u32) = match &dialect.resync {
            Resync::Rest(rest) => {
                (&|of: &Instrument| (rest.path)(venue, &of.symbol, limit), (rest.weight)(venue, limit))
            }
            Resync::Again | Resync::Reconnect => (&|_: &Instrument| String::new(), 0),
        };
        let ask = |instrument: &&Instrument| Ask {
            instrument: instrument.id,
            path: path(instrument).into(),
            in_flight: false,
            outdated: false,
            not_before_ns: 0,
            again_ns: AGAIN_NS,
        };
        let asks: Vec<Ask> = own.iter().map(ask).collect();
        let spare = Vec::with_capacity(asks.len());
        Self { rest, weight, asks, spare, looking_up: vec![false; lines] }
    }

    /// Asks for the snapshot of a slot, unless it is under way or was asked for a moment ago. Whether it was asked.
    pub(super) fn ask(&mut self, slot: usize, now_ns: u64) -> bool {
        let ask = &mut self.asks[slot];
        if ask.in_flight || now_ns < ask.not_before_ns {
            return false;
        }
        let body = self.spare.pop().unwrap_or_default();
        let id = u64::from(ask.instrument.0);
        match self.rest.try_ask(Job::Get { id, path: Arc::clone(&ask.path), weight: self.weight, body }) {
            Ok(()) => {
                ask.in_flight = true;
                ask.outdated = false;
                true
            }
            Err(Job::Get { body, .. }) => {
                self.spare.push(body);
                false
            }
            Err(Job::Send { .. } | Job::Resolve { .. }) => false,
        }
    }

    /// Asks for the address of a line's host, unless that is under way: the next one after each failure.
    pub(super) fn look_up(&mut self, line: usize, host: &str, port: u16, choice: u32) {
        if !self.looking_up[line] {
            let job = Job::Resolve { id: LOOK_UPS + line as u64, host: host.into(), port, choice };
            self.looking_up[line] = self.rest.try_ask(job).is_ok();
        }
    }

    /// The book of a slot was lost: what is under way for it is of no use.
    pub(super) fn outdate(&mut self, slot: usize) {
        let ask = &mut self.asks[slot];
        ask.outdated = ask.in_flight;
        ask.not_before_ns = 0;
        ask.again_ns = AGAIN_NS;
    }

    /// The next answer.
    pub(super) fn take(&mut self, slot_of: impl Fn(InstrumentId) -> usize, now_ns: u64) -> Option<Came> {
        let Answer { id, outcome, received_at_ns } = self.rest.try_take()?;
        if let Some(line) = id.checked_sub(LOOK_UPS).and_then(|line| usize::try_from(line).ok()) {
            return Some(self.found(line, outcome));
        }
        let slot = slot_of(InstrumentId(u32::try_from(id).unwrap_or(u32::MAX)));
        let ask = &mut self.asks[slot];
        ask.in_flight = false;
        let outdated = std::mem::take(&mut ask.outdated);
        match outcome {
            Outcome::Body(body) if !outdated => {
                Some(Came::Body { slot, path: Arc::clone(&ask.path), body, received_at_ns })
            }
            Outcome::Failed(error, body) => {
                self.give_back(body);
                self.again_later(slot, now_ns);
                Some(Came::Nothing(Some(error)))
            }
            Outcome::Body(body) => {
                self.give_back(body);
                Some(Came::Nothing(None))
            }
            Outcome::Address(_) | Outcome::NoAddress(_) => Some(Came::Nothing(None)),
        }
    }

    fn found(&mut self, line: usize, outcome: Outcome) -> Came {
        self.looking_up[line] = false;
        match outcome {
            Outcome::Address(address) => Came::Address { line, found: Ok(address) },
            Outcome::NoAddress(error) => Came::Address { line, found: Err(error) },
            Outcome::Body(_) | Outcome::Failed(..) => Came::Nothing(None),
        }
    }

    /// Takes a buffer back for the next question.
    pub(super) fn give_back(&mut self, body: Vec<u8>) {
        self.spare.push(body);
    }

    /// The snapshot came and the book is in sync.
    pub(super) fn fitted(&mut self, slot: usize) {
        self.asks[slot].again_ns = AGAIN_NS;
    }

    /// It did not fit (older than what the socket has brought) or did not come: again, later each time.
    pub(super) fn again_later(&mut self, slot: usize, now_ns: u64) {
        let ask = &mut self.asks[slot];
        ask.not_before_ns = now_ns.saturating_add(ask.again_ns);
        ask.again_ns = (ask.again_ns * 2).min(AGAIN_MAX_NS);
    }
}
