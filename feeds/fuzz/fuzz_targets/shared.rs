//! A session over one instrument, and a sink that notes every call.
#![allow(dead_code, reason = "each target starts its session in one of two ways")]

use engine_model::instrument::{ContractKind, Grid, Instrument, InstrumentId, Instruments, Name};
use engine_model::market::{Applied, Level, MarketEvent, MarketSink, Stamp, VerifiedMessage};
use engine_model::units::{Lots, Nanos, Quote};
use engine_model::venue::VenueId;
use feeds::counts::Counts;
use feeds::session::Session;

/// What was called, in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Calls(pub Vec<Call>);

/// One call.
#[derive(Debug, PartialEq, Eq)]
pub enum Call {
    Snapshot(Stamp, u64, Vec<Level>, Vec<Level>),
    Delta(Stamp, u64, Vec<Level>, Vec<Level>),
    Lost(Stamp),
    Event(MarketEvent),
}

impl MarketSink for Calls {
    fn book_snapshot(&mut self, at: Stamp, id: u64, bids: &[Level], asks: &[Level]) -> Applied {
        self.0.push(Call::Snapshot(at, id, bids.to_vec(), asks.to_vec()));
        Applied::Valid
    }
    fn book_delta(&mut self, at: Stamp, id: u64, bids: &[Level], asks: &[Level]) -> Applied {
        self.0.push(Call::Delta(at, id, bids.to_vec(), asks.to_vec()));
        Applied::Valid
    }
    fn book_verified(
        &mut self,
        at: Stamp,
        message: &VerifiedMessage<'_>,
        _: &mut dyn FnMut(&[Level], &[Level]) -> bool,
    ) -> Applied {
        match message.is_snapshot {
            true => self.book_snapshot(at, message.update_id, message.bids, message.asks),
            false => self.book_delta(at, message.update_id, message.bids, message.asks),
        }
    }
    fn book_lost(&mut self, at: Stamp) {
        self.0.push(Call::Lost(at));
    }
    fn event(&mut self, event: MarketEvent) {
        self.0.push(Call::Event(event));
    }
    fn ready(&self) -> bool {
        true
    }
    fn turn(&mut self, _: Nanos) -> bool {
        false
    }
}

/// A session over one instrument that has seen nothing.
pub fn session(venue: VenueId, symbol: &str) -> Session {
    let instrument = Instrument {
        id: InstrumentId(0),
        venue,
        symbol: Name::new(symbol).expect("short"),
        base: Name::default(),
        quote: Name::default(),
        kind: ContractKind::Spot,
        grid: Grid { price_decimals: 2, tick_step: 5, qty_decimals: 3, lot_step: 1 },
        contract_size: 1,
        contract_decimals: 0,
        min_qty: Lots(1),
        max_qty: Lots(i64::MAX),
        min_notional: Quote::ZERO,
    };
    Session::new(venue, &Instruments::new(vec![instrument]), 1 << 14)
}

/// In sync at id 100, by a snapshot that came by REST.
pub fn synced(venue: VenueId) -> (Session, Calls) {
    let (mut session, mut calls) = (session(venue, "BTCUSDT"), Calls::default());
    let snapshot = br#"{"symbol":"BTCUSDT","lastUpdateId":100,"bids":[["1.00","1"]],"asks":[]}"#;
    session.on_rest(None, snapshot, Nanos(1), &mut calls);
    assert_eq!(calls.0.len(), 1);
    (session, calls)
}

/// In sync by that answer to that URL.
pub fn answered(venue: VenueId, (url, symbol): (&str, &str), body: &[u8]) -> (Session, Calls) {
    let (mut session, mut calls) = (session(venue, symbol), Calls::default());
    session.on_rest(Some(url), body, Nanos(1), &mut calls);
    assert_eq!(calls.0.len(), 1);
    (session, calls)
}

/// In sync by a snapshot that came in the stream.
pub fn synced_by(venue: VenueId, symbol: &str, snapshot: &str) -> (Session, Calls) {
    let (mut session, mut calls) = (session(venue, symbol), Calls::default());
    session.on_frame(0, snapshot.as_bytes(), Nanos(1), &mut calls);
    assert_eq!(calls.0.len(), 1);
    (session, calls)
}

/// The fast way and the general way (the same bytes behind a space) say the same, and an error changes nothing.
pub fn same_both_ways(synced: impl Fn() -> (Session, Calls), frame: &[u8]) {
    let outcome = |frame: &[u8]| {
        let (mut session, mut calls) = synced();
        // Twice, for the readers now know this form.
        for _ in 0..2 {
            let (errors, before) = (session.counts().errors, calls.0.len());
            session.on_frame(0, frame, Nanos(2), &mut calls);
            assert!(session.counts().errors == errors || calls.0.len() == before);
        }
        (*session.counts(), calls)
    };
    // The bare words are no JSON, so white space makes a difference there.
    if !matches!(frame, b"ping" | b"pong") {
        assert_eq!(outcome(frame), outcome(&[b" ", frame].concat()));
    }
}

/// What becomes of a frame that comes twice behind another: an error must change nothing, and nothing may panic.
pub fn twice_behind(mut session: Session, first: &[u8], frame: &[u8]) -> (Counts, Calls) {
    let mut calls = Calls::default();
    session.on_frame(0, first, Nanos(1), &mut calls);
    assert_eq!(calls.0.len(), 1);
    for _ in 0..2 {
        let (errors, before) = (session.counts().errors, calls.0.len());
        session.on_frame(0, frame, Nanos(2), &mut calls);
        assert!(session.counts().errors == errors || calls.0.len() == before);
    }
    (*session.counts(), calls)
}
