//! A venue's session with a few instruments, and what a frame does to it.

use crate::book::Books;
use engine_model::instrument::{ContractKind, Grid, Instrument, InstrumentId, Instruments, Name};
use engine_model::market::{BookState, MarketChange};
use engine_model::units::{Lots, Nanos, Quote};
use engine_model::venue::VenueId;
use feeds::counts::Counts;
use feeds::error::FrameError;
use feeds::session::Session;

/// The socket that frames come by unless said otherwise.
pub(crate) const CHANNEL: u32 = 7;

/// A session, its books, and everything else that came out.
pub(crate) struct Desk {
    pub(crate) session: Session,
    pub(crate) books: Books,
    now_ns: u64,
}

/// Instruments by symbol, decimals of price and of quantity.
pub(crate) fn instruments(venue: VenueId, rows: &[(&str, u8, u8)]) -> Instruments {
    let of = |(index, (symbol, price_decimals, qty_decimals)): (usize, &(&str, u8, u8))| Instrument {
        id: InstrumentId(index as u32),
        venue,
        symbol: Name::new(symbol).expect("short"),
        base: Name::default(),
        quote: Name::default(),
        kind: ContractKind::Spot,
        grid: Grid { price_decimals: *price_decimals, tick_step: 1, qty_decimals: *qty_decimals, lot_step: 1 },
        contract_size: 1,
        contract_decimals: 0,
        min_qty: Lots(1),
        max_qty: Lots(i64::MAX),
        min_notional: Quote::ZERO,
    };
    Instruments::new(rows.iter().enumerate().map(of).collect())
}

impl Desk {
    /// Instruments by symbol, decimals of price and of quantity; ids are places in the list.
    pub(crate) fn new(venue: VenueId, rows: &[(&str, u8, u8)]) -> Self {
        Self::of(venue, &instruments(venue, rows))
    }

    /// Instruments as a venue's list has them.
    pub(crate) fn of(venue: VenueId, instruments: &Instruments) -> Self {
        Self { session: Session::new(venue, instruments, 1 << 16), books: Books::new(instruments), now_ns: 0 }
    }

    /// The socket [`CHANNEL`] was opened.
    pub(crate) fn open(mut self, url: &str) -> Self {
        self.session.on_open(CHANNEL, url);
        self
    }

    /// Takes in frames, one after the other.
    pub(crate) fn after(mut self, frames: &[&str]) -> Self {
        frames.iter().for_each(|frame| self.frame(frame.as_bytes()));
        self
    }

    pub(crate) fn frame(&mut self, frame: &[u8]) {
        self.now_ns += 1;
        self.session.on_frame(CHANNEL, frame, Nanos(self.now_ns), &mut self.books);
    }

    pub(crate) fn rest(&mut self, url: &str, body: &str) {
        self.now_ns += 1;
        self.session.on_rest(Some(url), body.as_bytes(), Nanos(self.now_ns), &mut self.books);
    }

    /// What came out besides books since the last call: of which instrument, what.
    pub(crate) fn take_events(&mut self) -> Vec<(u32, MarketChange)> {
        self.books.events.drain(..).map(|event| (event.at.instrument.0, event.change)).collect()
    }

    pub(crate) fn state(&self, instrument: u32) -> BookState {
        self.session.book(InstrumentId(instrument)).state
    }

    pub(crate) fn counts(&self) -> Counts {
        *self.session.counts()
    }
}

/// What becomes of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Refused whole with this error; nothing but the counts of errors changes.
    Refused(FrameError),
    /// JSON of no known kind; nothing else changes.
    Unknown,
    /// An answer or a heartbeat; nothing else changes.
    Control,
    /// A frame of a known kind that is counted and has no effect on books: of a foreign instrument, old, a double.
    NoEffect,
    /// Instrument 0 is lost and its book empty; counted as a gap, a crossed book or a failed checksum.
    Lost,
}

/// Holds each named frame against what must become of it, each on a fresh desk.
pub(crate) fn check(desk: impl Fn() -> Desk, cases: &[(&str, &str, Outcome)]) {
    for (name, frame, expected) in cases {
        let mut desk = desk();
        let (before, kept) = (desk.counts(), desk.books.clone());
        desk.frame(frame.as_bytes());
        let (after, told) = (desk.counts(), format!("{name}: {frame}"));
        assert_eq!(after.messages, before.messages + 1, "{told}");
        match expected {
            Outcome::Refused(error) => {
                let refusal =
                    desk.session.take_refusal(Nanos(u64::MAX)).unwrap_or_else(|| panic!("not refused: {told}"));
                assert_eq!(refusal.error, *error, "{told}");
                let mut errors_by_kind = before.errors_by_kind;
                errors_by_kind[error.kind() as usize] += 1;
                let (messages, errors) = (before.messages + 1, before.errors + 1);
                assert_eq!(after, Counts { messages, errors, errors_by_kind, ..before }, "{told}");
                assert_eq!(desk.books, kept, "{told}");
            }
            Outcome::Unknown => {
                let (messages, unknown) = (before.messages + 1, before.unknown + 1);
                assert_eq!(after, Counts { messages, unknown, ..before }, "{told}");
                assert_eq!(desk.books, kept, "{told}");
            }
            Outcome::Control => {
                let (messages, control) = (before.messages + 1, before.control + 1);
                assert_eq!(after, Counts { messages, control, ..before }, "{told}");
                assert_eq!(desk.books, kept, "{told}");
            }
            Outcome::NoEffect => {
                let losses = |c: &Counts| (c.errors, c.unknown, c.control, c.gaps, c.crossed, c.checksum_failed);
                assert_eq!(losses(&after), losses(&before), "{told}");
                assert_eq!(desk.books.books, kept.books, "{told}");
                assert_eq!(desk.state(0), BookState::Synced, "{told}");
            }
            Outcome::Lost => {
                let losses = |c: &Counts| c.gaps + c.crossed + c.checksum_failed;
                assert_eq!(losses(&after), losses(&before) + 1, "{told}");
                assert_eq!((after.errors, desk.state(0)), (before.errors, BookState::Lost), "{told}");
                assert_eq!(desk.books.books[0], Default::default(), "{told}");
            }
        }
    }
}
