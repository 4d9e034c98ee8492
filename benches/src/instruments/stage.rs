//! A venue's stage of the bench: its session and its books, fed by frames that are due by a plan.
//!
//! Owns the plan of one venue: which frame is due when. A frame is written when it is taken, and belongs to when it was
//! due. Never: sockets.

use super::frame::{BEGIN, Frame};
use super::words::{symbol, url, words};
use crate::error::BenchError;
use engine_core::market::Market;
use engine_core::topology::Stage as Place;
use engine_core::wiring::Wiring;
use engine_model::instrument::{Instrument, Instruments};
use engine_model::market::{BookState, MarketSink as _};
use engine_model::units::Nanos;
use engine_model::venue::{Reply, Request, VenueId};
use engine_ring::clock::Clock;
use engine_ring::counter::{CachePadded, Counter};
use engine_ring::ring::{Reader, Writer};
use engine_ring::stage::{Poll, Stage};
use feeds::session::{KEEP_BYTES, Session};
use std::sync::Arc;

/// What harness and venue tell each other.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// When the next frame is due. The harness sets it once.
    pub(super) next_due_ns: Counter,
    /// Between two frames of the venue; 0: the next is always due.
    pub(super) every_ns: Counter,
    /// Frames taken.
    pub(super) taken: Counter,
    /// Of the last frame: completion minus due time.
    pub(super) wait_ns: Counter,
    /// What went wrong in the session by its end: errors, unknown frames, gaps, checksums, crossed books, books that are
    /// not in sync.
    pub(super) wrong: Counter,
}

impl Told {
    /// Frames that are due and not taken.
    pub(super) fn backlog(&self, now_ns: u64) -> u64 {
        let (due_ns, every_ns) = (self.next_due_ns.get(), self.every_ns.get());
        if every_ns == 0 || now_ns < due_ns { 0 } else { (now_ns - due_ns) / every_ns + 1 }
    }
}

/// One instrument: its four frames in turn.
struct Spoken {
    frames: [Frame; 4],
    last: u64,
}

/// The stage.
pub(super) struct Venue {
    name: String,
    session: Session,
    market: Market,
    spoken: Vec<Spoken>,
    socket: u64,
    number: usize,
    clock: Clock,
    told: Arc<CachePadded<Told>>,
    own: Vec<Instrument>,
    // Ends that a gateway would hold: nobody here sends orders that would have to be answered.
    _gateway: (Reader<Request>, Writer<Reply>),
}

impl Venue {
    /// The stage, its books in sync.
    pub(super) fn new(
        venue: VenueId,
        instruments: &Instruments,
        wiring: &mut Wiring,
        told: Arc<CachePadded<Told>>,
    ) -> Result<Self, BenchError> {
        let (mut market, _images) = Market::new(venue, instruments, wiring.market_writer(venue)?);
        let mut session = Session::new(venue, instruments, KEEP_BYTES);
        let clock = Clock::machine();
        let own: Vec<Instrument> = instruments.iter().filter(|i| i.venue == venue).copied().collect();
        session.on_open(0, url(venue));
        let mut socket = BEGIN;
        let mut spoken = Vec::new();
        for number in 0..own.len() {
            let words = words(venue, &symbol(venue, number).1);
            let (question, book) = &words.book;
            let (mut last, at) = (BEGIN, Nanos(clock.now()));
            match question {
                Some(_) => session.on_rest(question.as_deref(), book.as_bytes(), at, &mut market),
                None => session.on_frame(0, Frame::new(book).next(&mut last, &mut socket), at, &mut market),
            }
            spoken.push(Spoken { frames: words.frames.map(|words| Frame::new(&words)), last: BEGIN });
        }
        let name = format!("{}.{}", Place::Venue, venue.name());
        let gateway = (wiring.request_reader(venue)?, wiring.reply_writer(venue)?);
        Ok(Self { name, session, market, spoken, socket, number: 0, clock, told, own, _gateway: gateway })
    }

    /// Each instrument's frame in turn, then the next frame of each.
    #[inline]
    fn take(&mut self, at: Nanos) {
        let Self { spoken, session, market, socket, number, .. } = self;
        let count = spoken.len();
        let Spoken { frames, last } = &mut spoken[*number % count];
        let frame = frames[*number / count % frames.len()].next(last, socket);
        *number += 1;
        session.on_frame(0, frame, at, market);
    }
}

impl Stage for Venue {
    fn name(&self) -> &str {
        &self.name
    }

    fn poll(&mut self) -> Poll {
        let now_ns = self.clock.now();
        let turned = self.market.turn(Nanos(now_ns));
        let due_ns = self.told.next_due_ns.get();
        if now_ns < due_ns {
            return Poll::from_count(usize::from(turned));
        }
        if !self.market.ready() {
            return Poll::Blocked;
        }
        self.take(Nanos(now_ns));
        self.told.wait_ns.set(self.clock.now().saturating_sub(due_ns));
        self.told.next_due_ns.set(due_ns + self.told.every_ns.get());
        self.told.taken.add(1);
        Poll::Worked
    }

    fn finish(&mut self) {
        let counts = self.session.counts();
        let lost = self.own.iter().filter(|own| self.session.book(own.id).state != BookState::Synced).count() as u64;
        let wrong = counts.errors + counts.unknown + counts.control + counts.foreign + counts.gaps + counts.crossed;
        self.told.wrong.set(wrong + counts.checksum_failed + lost);
    }
}
