//! The books of one venue, filled by its feed through [`MarketSink`]; what changed leaves on the `market` ring.
//!
//! Inputs: calls of the feed, on its thread. Outputs: the `market` ring (a full one makes [`MarketSink::ready`] false,
//! nothing is dropped), one [`BookImage`] an instrument for the slow side, [`MarketCounters`].
//!
//! Never: reads a clock (every call brings its time), judges sequence numbers, sees an order.

use super::book::Book;
use super::digest::book_digest;
use super::outlet::Outlet;
use super::reach::Reach;
use super::top::Top;
use engine_model::image::BookImage;
use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::market::{Applied, BookState, Level, MarketChange, MarketEvent, MarketSink};
use engine_model::market::{PROOF_LEVELS_MAX, Side, Stamp, VerifiedMessage};
use engine_model::units::Nanos;
use engine_model::venue::VenueId;
use engine_ring::counter::{CachePadded, Counter};
use engine_ring::ring::Writer;
use engine_ring::ring_gauges::RingGauges;
use engine_ring::snapshot::{SnapshotReader, SnapshotWriter, snapshot};
use std::sync::Arc;

/// Least time between two images of a book, in event time. A person sees no difference; 40 levels every message would be
/// a third of the work.
const IMAGE_PERIOD_NS: u64 = 10 * Nanos::MILLI;

/// What a [`Market`] counts. One writer, any readers.
#[derive(Debug, Default)]
pub struct MarketCounters {
    /// Snapshots applied.
    pub snapshots: Counter,
    /// Deltas applied.
    pub deltas: Counter,
    /// Levels in them.
    pub levels: Counter,
    /// Messages that left a book crossed.
    pub crossed: Counter,
    /// Books lost.
    pub lost: Counter,
    /// Tops published.
    pub tops: Counter,
    /// Trades published.
    pub trades: Counter,
    /// Other events passed on.
    pub others: Counter,
    /// Events that found no room on the ring and had to wait.
    pub waited: Counter,
    /// Times that a book's list of far levels had to grow.
    pub far_growths: Counter,
}

/// One instrument's book and what belongs to it.
#[derive(Debug)]
pub struct Listing {
    instrument: InstrumentId,
    book: Book,
    state: BookState,
    update_id: u64,
    /// Of the last message.
    at: Stamp,
    top: Top,
    /// Of a book whose depth is told.
    reach: Option<Reach>,
    image: SnapshotWriter<BookImage>,
    imaged_at_ns: Nanos,
    image_due: bool,
}

/// The books of one venue.
#[derive(Debug)]
pub struct Market {
    venue: VenueId,
    /// By instrument: position in `listings`; [`ELSEWHERE`] for those of other venues.
    places: Box<[u32]>,
    listings: Box<[Listing]>,
    outlet: Outlet,
    /// When the first of the images that are due may be made.
    image_at_ns: Nanos,
    counters: Arc<CachePadded<MarketCounters>>,
}

/// No position: to ask for an instrument of another venue is a bug, and panics.
const ELSEWHERE: u32 = u32::MAX;

/// The reading ends of a venue's images, by instrument.
pub type BookImages = Vec<(InstrumentId, SnapshotReader<BookImage>)>;

impl Market {
    /// Books for every instrument of `venue`; allocates all there is to allocate.
    #[must_use]
    pub fn new(venue: VenueId, instruments: &Instruments, writer: Writer<MarketEvent>) -> (Self, BookImages) {
        let mut places = vec![ELSEWHERE; instruments.len()].into_boxed_slice();
        let (mut listings, mut images) = (Vec::new(), Vec::new());
        for instrument in instruments.iter().filter(|instrument| instrument.venue == venue) {
            let (image, reader) = snapshot();
            places[instrument.id.index()] = listings.len() as u32;
            listings.push(Listing::new(instrument.id, image));
            images.push((instrument.id, reader));
        }
        let market = Self {
            venue,
            places,
            listings: listings.into_boxed_slice(),
            outlet: Outlet::new(writer),
            image_at_ns: Nanos(u64::MAX),
            counters: Arc::default(),
        };
        (market, images)
    }

    /// From now on an event is published only when everything published before, on any of `rings`, has been consumed by
    /// every reader: a replay then gives the same result in every layout. Live runs are not paced.
    pub fn pace(&mut self, rings: Vec<Arc<RingGauges>>) {
        self.outlet.pace(rings);
    }

    /// From now on the depth of that book is told beside its top. Panics if it is of another venue.
    pub fn tell_depth(&mut self, instrument: InstrumentId) {
        self.listings[self.places[instrument.index()] as usize].reach = Some(Reach::default());
    }

    /// Whether nothing is on its way on the rings given to [`Market::pace`]; always, when it was not called.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.outlet.is_settled()
    }

    /// What is counted.
    #[must_use]
    pub fn counters(&self) -> Arc<CachePadded<MarketCounters>> {
        self.counters.clone()
    }

    /// Which venue.
    #[must_use]
    pub fn venue(&self) -> VenueId {
        self.venue
    }

    /// Every instrument of the venue.
    #[must_use]
    pub fn listings(&self) -> &[Listing] {
        &self.listings
    }

    /// One instrument. Panics if it is of another venue.
    #[must_use]
    pub fn listing(&self, instrument: InstrumentId) -> &Listing {
        &self.listings[self.place(instrument)]
    }

    /// One instrument's book. Panics if it is of another venue.
    #[must_use]
    pub fn book(&self, instrument: InstrumentId) -> &Book {
        &self.listing(instrument).book
    }

    /// Tells the digest of every book, and shows the last image of each: at the end of a stream, so that depth takes part
    /// in what two runs are compared by.
    pub fn digest(&mut self, now: Nanos) {
        for place in 0..self.listings.len() {
            let listing = &mut self.listings[place];
            listing.show(now);
            let at = Stamp { received_at_ns: now, ..listing.stamp(self.venue) };
            let change = MarketChange::BookDigest {
                digest: book_digest(&listing.book),
                bid_levels: listing.book.len(Side::Buy) as u32,
                ask_levels: listing.book.len(Side::Sell) as u32,
                update_id: listing.update_id,
            };
            self.send(MarketEvent { at, change });
        }
    }

    fn place(&self, instrument: InstrumentId) -> usize {
        self.places[instrument.index()] as usize
    }

    /// After a message was applied to a book.
    fn applied(&mut self, place: usize, at: Stamp, update_id: u64, applied: Applied) -> Applied {
        let listing = &mut self.listings[place];
        listing.at = at;
        listing.update_id = update_id;
        if applied == Applied::Crossed {
            // Nothing is told of it: the caller declares the book lost next.
            self.counters.crossed.add(1);
            return applied;
        }
        let news = listing.state != BookState::Synced;
        listing.state = BookState::Synced;
        let top = listing.top.refresh(&listing.book, at.received_at_ns);
        self.owe(place);
        if news {
            self.send(MarketEvent { at, change: MarketChange::Book(BookState::Synced) });
        }
        if let Some(change) = top {
            self.counters.tops.add(1);
            self.send(MarketEvent { at, change });
        }
        if self.listings[place].reach.is_some() {
            self.tell_reach(place, at);
        }
        applied
    }

    fn tell_reach(&mut self, place: usize, at: Stamp) {
        for side in [Side::Buy, Side::Sell] {
            let Listing { reach, book, .. } = &mut self.listings[place];
            let change = reach.as_mut().and_then(|reach| reach.refresh(book, side, at.received_at_ns));
            if let Some(change) = change {
                self.send(MarketEvent { at, change });
            }
        }
    }

    fn send(&mut self, event: MarketEvent) {
        if !self.outlet.send(event) {
            self.counters.waited.add(1);
        }
    }

    /// Remembers to make the image of a book that changed: at a later turn, when what the change causes is on its way. Its
    /// forty levels cost as much as those of a message.
    #[inline]
    fn owe(&mut self, place: usize) {
        let listing = &mut self.listings[place];
        listing.image_due = true;
        self.image_at_ns = self.image_at_ns.min(listing.imaged_at_ns.plus(IMAGE_PERIOD_NS));
    }

    /// Makes the image of a book that changed, or remembers to.
    fn show_or_owe(&mut self, place: usize, now: Nanos) {
        let listing = &mut self.listings[place];
        if now < listing.imaged_at_ns.plus(IMAGE_PERIOD_NS) {
            return self.owe(place);
        }
        listing.show(now);
        self.counters.far_growths.set(self.listings.iter().map(|listing| listing.book.far_growths()).sum());
    }

    /// Makes the images that were put off and may be made by now.
    fn show_due(&mut self, now: Nanos) -> bool {
        if now < self.image_at_ns {
            return false;
        }
        self.image_at_ns = Nanos(u64::MAX);
        let mut shown = false;
        for place in 0..self.listings.len() {
            if self.listings[place].image_due {
                self.show_or_owe(place, now);
                shown |= !self.listings[place].image_due;
            }
        }
        shown
    }
}

impl Listing {
    fn new(instrument: InstrumentId, image: SnapshotWriter<BookImage>) -> Self {
        Self {
            instrument,
            book: Book::default(),
            state: BookState::Waiting,
            update_id: 0,
            at: Stamp::default(),
            top: Top::default(),
            reach: None,
            image,
            imaged_at_ns: Nanos(0),
            image_due: false,
        }
    }

    /// Which instrument.
    #[must_use]
    pub fn instrument(&self) -> InstrumentId {
        self.instrument
    }

    /// Its book; empty unless in sync.
    #[must_use]
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// Trust in the book.
    #[must_use]
    pub fn state(&self) -> BookState {
        self.state
    }

    /// Id of the last message applied; 0 unless in sync.
    #[must_use]
    pub fn update_id(&self) -> u64 {
        self.update_id
    }

    fn stamp(&self, venue: VenueId) -> Stamp {
        Stamp { instrument: self.instrument, venue, ..self.at }
    }

    fn show(&mut self, now: Nanos) {
        self.imaged_at_ns = now;
        self.image_due = false;
        let (book, state, instrument) = (&self.book, self.state, self.instrument);
        let (update_id, received_at_ns) = (self.update_id, self.at.received_at_ns);
        self.image.write_with(|image| {
            *image = BookImage { instrument, state, update_id, received_at_ns, ..BookImage::default() };
            image.bids.iter_mut().zip(book.levels(Side::Buy)).for_each(|(to, from)| *to = from);
            image.asks.iter_mut().zip(book.levels(Side::Sell)).for_each(|(to, from)| *to = from);
        });
    }
}

impl MarketSink for Market {
    fn book_snapshot(&mut self, at: Stamp, update_id: u64, bids: &[Level], asks: &[Level]) -> Applied {
        self.counters.snapshots.add(1);
        self.counters.levels.add((bids.len() + asks.len()) as u64);
        let place = self.place(at.instrument);
        let applied = self.listings[place].book.snapshot(bids, asks);
        let applied = self.applied(place, at, update_id, applied);
        self.show_due(at.received_at_ns);
        applied
    }

    fn book_delta(&mut self, at: Stamp, update_id: u64, bids: &[Level], asks: &[Level]) -> Applied {
        let place = self.place(at.instrument);
        let listing = &mut self.listings[place];
        debug_assert_eq!(listing.state, BookState::Synced, "the session keeps deltas back until there is a snapshot");
        if listing.state != BookState::Synced {
            return Applied::Valid;
        }
        self.counters.deltas.add(1);
        self.counters.levels.add((bids.len() + asks.len()) as u64);
        let applied = listing.book.apply(bids, asks);
        self.applied(place, at, update_id, applied)
    }

    fn book_verified(
        &mut self,
        at: Stamp,
        message: &VerifiedMessage<'_>,
        holds: &mut dyn FnMut(&[Level], &[Level]) -> bool,
    ) -> Applied {
        let VerifiedMessage { is_snapshot, update_id, bids, asks, depth_max, proof_levels } = *message;
        let place = self.place(at.instrument);
        let listing = &mut self.listings[place];
        debug_assert!(is_snapshot || listing.state == BookState::Synced, "the session drops deltas until a snapshot");
        if !is_snapshot && listing.state != BookState::Synced {
            return Applied::Valid;
        }
        let counter = if is_snapshot { &self.counters.snapshots } else { &self.counters.deltas };
        counter.add(1);
        self.counters.levels.add((bids.len() + asks.len()) as u64);
        let book = &mut listing.book;
        let mut applied = if is_snapshot { book.snapshot(bids, asks) } else { book.apply(bids, asks) };
        if let Some(depth) = depth_max {
            applied = book.cut(depth);
        }
        let best = [Side::Buy, Side::Sell].map(|side| best_levels(book, side, proof_levels));
        let [bids, asks] = best.each_ref().map(|(levels, count)| &levels[..*count]);
        if proof_levels > 0 && !holds(bids, asks) {
            return Applied::Mismatch;
        }
        self.applied(place, at, update_id, applied)
    }

    fn book_lost(&mut self, at: Stamp) {
        let place = self.place(at.instrument);
        let listing = &mut self.listings[place];
        // A book that nobody has trusted yet cannot be lost, except by a first snapshot that crossed.
        if listing.state != BookState::Synced && listing.book.is_empty() {
            return;
        }
        listing.state = BookState::Lost;
        listing.book.clear();
        listing.top.forget();
        listing.reach.iter_mut().for_each(Reach::forget);
        listing.at = at;
        listing.update_id = 0;
        self.counters.lost.add(1);
        self.show_or_owe(place, at.received_at_ns);
        self.send(MarketEvent { at, change: MarketChange::Book(BookState::Lost) });
    }

    fn event(&mut self, event: MarketEvent) {
        match event.change {
            MarketChange::Trade { .. } => self.counters.trades.add(1),
            _ => self.counters.others.add(1),
        }
        self.send(event);
    }

    fn ready(&self) -> bool {
        self.outlet.is_empty()
    }

    fn end(&mut self, now: Nanos) {
        self.digest(now);
    }

    fn turn(&mut self, now: Nanos) -> bool {
        // Both, always: `|` and not `||`.
        self.outlet.drain() | self.show_due(now)
    }
}

/// The best levels of a side, and how many there are.
fn best_levels(book: &Book, side: Side, count: usize) -> ([Level; PROOF_LEVELS_MAX], usize) {
    let mut best = [Level::default(); PROOF_LEVELS_MAX];
    let found = best.iter_mut().zip(book.levels(side).take(count)).map(|(to, from)| *to = from).count();
    (best, found)
}

#[cfg(test)]
#[path = "sink_tests.rs"]
mod tests;
