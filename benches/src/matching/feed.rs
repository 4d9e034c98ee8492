//! A recorded stream as a simulator wants it: messages in whole numbers, and orders among them that are the same for all.
//!
//! Owns: what is sent when. Orders depend on the recording and a seed, never on what was filled: so no simulator's fills
//! can change another's orders. Never: what an order meets.

use crate::error::BenchError;
use crate::random::Random;
use crate::stream::Stream;
use engine_core::market::Book;
use engine_model::instrument::{Instrument, InstrumentId};
use engine_model::market::{Applied, Level, MarketChange, MarketEvent, MarketSink, Side, Stamp, VerifiedMessage};
use engine_model::units::{Lots, Nanos, Ticks};
use feeds::capture::Direction;
use feeds::session::{KEEP_BYTES, Session};
use std::collections::VecDeque;

/// What happens next.
#[derive(Clone, Debug)]
pub struct Step {
    /// When, in ns; rises.
    pub at_ns: u64,
    /// What.
    pub what: What,
}

/// One happening.
#[derive(Clone, Debug)]
pub enum What {
    /// Levels of a book; the first message replaces it, all others change it.
    Book {
        /// Changed bids: absolute quantities, zero deletes.
        bids: Vec<Level>,
        /// Changed asks.
        asks: Vec<Level>,
    },
    /// A trade.
    Trade {
        /// Price.
        px: Ticks,
        /// Quantity.
        qty: Lots,
        /// Who crossed.
        aggressor: Side,
    },
    /// An order of ours.
    Place(Wish),
    /// Its end. It may be filled by then.
    Cancel(Wish),
}

/// An order.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// Never used twice.
    pub id: u32,
    /// Which side.
    pub side: Side,
    /// Limit.
    pub px: Ticks,
    /// Quantity.
    pub qty: Lots,
    /// Takes at once what it can; else it only ever rests.
    pub takes: bool,
}

/// How large orders are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sizes {
    /// One lot each, one in eight takes.
    One,
    /// 1 to 400 lots, all rest: filled in parts.
    Many,
}

/// A stream and the orders among it.
pub struct Feed {
    /// What it is of.
    pub instrument: Instrument,
    /// In order.
    pub steps: Vec<Step>,
    /// Levels and trades among them.
    pub events: usize,
}

/// Messages between two orders of a side, and how many orders a side has at most.
const MESSAGES_BETWEEN: usize = 12;
const ORDERS_A_SIDE: usize = 8;

impl Feed {
    /// The first instrument of a stream, from its first whole book on.
    pub fn new(stream: &Stream, sizes: Sizes, seed: u64) -> Result<Self, BenchError> {
        let instrument = stream.instruments.iter().next().ok_or_else(|| BenchError::Empty(stream.name.clone()))?;
        let mut collected = Collected { of: instrument.id, book: Book::default(), is_synced: false, steps: Vec::new() };
        let mut session = Session::new(stream.venue, &stream.instruments, KEEP_BYTES);
        stream.open(&mut session);
        let mut writer = Writer { random: Random::new(seed), sizes, orders: Default::default(), ids: 0 };
        let mut messages = 0;
        for record in stream.messages() {
            let (at, before) = (Nanos(record.received_at_ns), collected.steps.len());
            match record.direction {
                Direction::In => session.on_frame(record.channel, record.payload, at, &mut collected),
                Direction::Rest => session.on_rest(record.url, record.payload, at, &mut collected),
                Direction::Open | Direction::Other => {}
            }
            if collected.steps.len() > before {
                messages += 1;
                if messages % MESSAGES_BETWEEN == 0 {
                    writer.write(&mut collected);
                }
            }
        }
        let events = |step: &Step| match &step.what {
            What::Book { bids, asks } => bids.len() + asks.len(),
            What::Trade { .. } => 1,
            What::Place(_) | What::Cancel(_) => 0,
        };
        let events = collected.steps.iter().map(events).sum();
        match events {
            0 => Err(BenchError::Empty(stream.name.clone())),
            _ => Ok(Self { instrument: *instrument, steps: collected.steps, events }),
        }
    }
}

/// Who writes orders between messages.
struct Writer {
    random: Random,
    sizes: Sizes,
    /// By side, oldest first.
    orders: [VecDeque<Wish>; 2],
    ids: u32,
}

impl Writer {
    fn write(&mut self, collected: &mut Collected) {
        let at_ns = collected.steps.last().map_or(0, |step| step.at_ns);
        for side in [Side::Buy, Side::Sell] {
            let (Some(own), Some(far)) = (collected.book.best(side), collected.book.best(side.opposite())) else {
                continue;
            };
            if self.orders[side as usize].len() == ORDERS_A_SIDE
                && let Some(oldest) = self.orders[side as usize].pop_front()
            {
                collected.steps.push(Step { at_ns, what: What::Cancel(oldest) });
            }
            self.ids += 1;
            let takes = self.sizes == Sizes::One && self.random.happens(12);
            let away = self.random.below(3) as i64;
            let px = if takes { far.px } else { Ticks(own.px.0 - side.sign() * away) };
            let qty = if self.sizes == Sizes::One { 1 } else { 1 + self.random.below(400) as i64 };
            let wish = Wish { id: self.ids, side, px, qty: Lots(qty), takes };
            if !takes {
                self.orders[side as usize].push_back(wish);
            }
            collected.steps.push(Step { at_ns, what: What::Place(wish) });
        }
    }
}

/// The stream as it comes.
struct Collected {
    of: InstrumentId,
    book: Book,
    is_synced: bool,
    steps: Vec<Step>,
}

impl Collected {
    fn push(&mut self, at: Stamp, what: What) {
        // Time never stands still between messages: no simulator has to decide what comes first.
        let after = self.steps.last().map_or(0, |step| step.at_ns + 1);
        self.steps.push(Step { at_ns: at.received_at_ns.0.max(after), what });
    }
}

impl MarketSink for Collected {
    fn book_snapshot(&mut self, at: Stamp, _: u64, bids: &[Level], asks: &[Level]) -> Applied {
        let applied = self.book.snapshot(bids, asks);
        if at.instrument == self.of && !self.is_synced {
            self.is_synced = true;
            self.push(at, What::Book { bids: bids.to_vec(), asks: asks.to_vec() });
        }
        applied
    }

    fn book_delta(&mut self, at: Stamp, _: u64, bids: &[Level], asks: &[Level]) -> Applied {
        let applied = self.book.apply(bids, asks);
        if at.instrument == self.of && self.is_synced {
            self.push(at, What::Book { bids: bids.to_vec(), asks: asks.to_vec() });
        }
        applied
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

    fn book_lost(&mut self, _: Stamp) {}

    fn event(&mut self, event: MarketEvent) {
        if let MarketChange::Trade { px, qty, aggressor, .. } = event.change
            && event.at.instrument == self.of
            && self.is_synced
        {
            self.push(event.at, What::Trade { px, qty, aggressor });
        }
    }

    fn ready(&self) -> bool {
        true
    }

    fn turn(&mut self, _: Nanos) -> bool {
        false
    }
}
