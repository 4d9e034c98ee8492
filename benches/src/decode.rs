//! `decode`: one message from its bytes to a book.
//!
//! Owns: our two arrangements (the venue stage as it runs, with tops leaving on the `market` ring and drained here; and the
//! session with nothing but books behind it, which is what rivals do too), whole passes over whole streams, a pass timed
//! message by message for percentiles and kinds, and the demand that all contenders end with equal books.
//! Never: decides what is fair by itself: contenders get the same bytes in the same order, nothing else.
//!
//! Every pass begins with books that are lost and ends with the stream, so snapshots and the wait for them are in it.

use crate::call::Call;
use crate::error::BenchError;
use crate::machine;
use crate::report::Report;
use crate::rounds::{Contender, Round, Series, interleave, percentile};
use crate::stream::{Kind, Stream};
use engine_core::config::Rings;
use engine_core::market::{Book, Market};
use engine_core::topology::Stage;
use engine_core::wiring::Wiring;
use engine_model::instrument::{Instrument, InstrumentId};
use engine_model::market::{Applied, Level, MarketEvent, MarketSink, Side, Stamp, VerifiedMessage};
use engine_model::units::Nanos;
use engine_ring::clock::Clock;
use engine_ring::ring::{Reader, Tap};
use feeds::capture::{Direction, Record};
use feeds::session::{KEEP_BYTES, Session};
use serde_json::{Map, Value, json};
use std::hint::black_box;

/// Bytes to books, in somebody's way.
pub trait Decoder: Sized {
    /// Its name in the report.
    const NAME: &'static str;
    /// Whether it keeps every rule of the venue, so that its books must end as ours do.
    const ENDS_EQUAL: bool = true;

    /// Ready for that stream.
    fn new(stream: &Stream) -> Result<Self, BenchError>;

    /// Forgets all books: the next message may be the first again.
    fn begin(&mut self, stream: &Stream);

    /// Takes in a message.
    fn message(&mut self, record: &Record<'_>);

    /// All levels of an instrument's side, best first, as `price:quantity` without trailing zeros.
    fn levels(&self, instrument: &Instrument, side: Side) -> Vec<String>;
}

const ROUNDS: usize = 9;
/// Messages in a part at most: some 10 µs, so that two readings of the clock are nothing to it.
const PART: usize = 128;
/// A part ends behind the message that brings it to so many bytes: messages of some venues are as long as 128 of Binance.
const PART_BYTES: usize = 32 << 10;
/// Messages in a round at least: a short recording is gone through so many times over, each time from lost books.
const ROUND_MESSAGES: usize = 4_096;

/// Ours and the rivals given; rivals come from [`contender`].
pub fn run(call: &Call, rivals: Vec<Maker>) -> Result<Report, BenchError> {
    let streams = Stream::all(call)?;
    let rounds = call.rounds.unwrap_or(ROUNDS);
    let before = machine::before();
    let makers: Vec<Maker> = [contender::<Staged>, contender::<Bare>].into_iter().map(Maker).chain(rivals).collect();
    let mut contenders = Vec::new();
    let mut books: Vec<Vec<String>> = Vec::new();
    for Maker(make) in makers {
        let (contender, ends_with) = make(&streams)?;
        if let Some(ends_with) = ends_with {
            equal(contender.name, &ends_with, books.first().unwrap_or(&ends_with))?;
            books.push(ends_with);
        }
        contenders.push(contender);
    }
    let series = interleave(&mut contenders, rounds)?;
    drop(contenders);
    let of = |stream: &Stream| {
        let (venue, messages) = (stream.venue.name(), stream.kinds().len());
        json!({"name": stream.name, "venue": venue, "messages": messages, "bytes": stream.bytes()})
    };
    let config = json!({"rounds": rounds, "streams": streams.iter().map(of).collect::<Vec<_>>()});
    let more = by_bytes(&streams, &series);
    Ok(Report {
        bench: "decode",
        question: "what does one message cost, from bytes to a book?",
        sample: "one message, timed alone (the clock's 10 ns steps and its reading are in it)",
        headline: "mean of a message over whole streams, timed in parts of 128 messages or 32 KiB",
        config: config.as_object().cloned().unwrap_or_default(),
        machine: before.after(),
        overhead_ns: overhead_ns(&streams),
        series,
        ours: 2,
        per_second_of: Some("-"),
        more,
    })
}

/// The headlines again, by the byte: messages of one venue are ten times as long as those of another.
fn by_bytes(streams: &[Stream], series: &[Series]) -> Map<String, Value> {
    let messages: usize = streams.iter().map(|stream| passes(stream) * stream.kinds().len()).sum();
    let bytes: usize = streams.iter().map(|stream| passes(stream) * stream.bytes()).sum();
    let a_message = bytes as f64 / messages.max(1) as f64;
    let a_byte =
        |series: &Series| (series.name.to_owned(), json!(series.headline_ns().map(|ns| thousandths(ns / a_message))));
    let mut more = Map::new();
    more.insert("bytes_per_message".into(), json!(a_message.round()));
    more.insert("ns_per_byte".into(), series.iter().map(a_byte).collect::<Map<_, _>>().into());
    more
}

fn thousandths(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

/// How often a round goes through a stream.
fn passes(stream: &Stream) -> usize {
    ROUND_MESSAGES.div_ceil(stream.kinds().len().max(1))
}

/// How a contender is made, and with which books it ends.
#[derive(Clone, Copy)]
pub struct Maker(pub for<'a> fn(&'a [Stream]) -> Made<'a>);

/// A contender and what its books came to, for comparison; `None` of one that does not keep the venue's rules.
pub type Made<'a> = Result<(Contender<'a>, Option<Vec<String>>), BenchError>;

/// A decoder as a contender, and its books after one pass.
pub fn contender<D: Decoder + 'static>(streams: &[Stream]) -> Made<'_> {
    let mut decoders = streams.iter().map(D::new).collect::<Result<Vec<D>, _>>()?;
    let messages: Vec<Vec<Record<'_>>> = streams.iter().map(|stream| stream.messages().collect()).collect();
    let clock = Clock::machine();
    let mut levels = Vec::new();
    for ((decoder, stream), messages) in decoders.iter_mut().zip(streams).zip(&messages) {
        decoder.begin(stream);
        pass(decoder, messages);
        for (instrument, side) in stream.instruments.iter().flat_map(|i| [(i, Side::Buy), (i, Side::Sell)]) {
            levels.push(format!("{} {side:?}", instrument.symbol));
            levels.extend(decoder.levels(instrument, side));
        }
    }
    if levels.len() == 2 * streams.iter().map(|stream| stream.instruments.len()).sum::<usize>() {
        return Err(BenchError::Differ { rival: D::NAME.to_owned(), what: "there is no level at all".to_owned() });
    }
    let round = move || {
        let mut round = Round::default();
        let mut by_kind = Kind::ALL.map(|_| Vec::new());
        let mut names = STREAM_METRICS.into_iter();
        for ((decoder, stream), messages) in decoders.iter_mut().zip(streams).zip(&messages) {
            for _ in 0..passes(stream) {
                decoder.begin(stream);
                for part in parts(messages) {
                    let start_ns = clock.now();
                    pass(decoder, part);
                    round.parts.ns.push(clock.now() - start_ns);
                }
            }
            let work = passes(stream) * messages.len();
            round.parts.work += work;
            round.parts.groups.extend(names.next().map(|name| (name, round.parts.ns.len(), work)));
            for _ in 0..passes(stream) {
                decoder.begin(stream);
                timed_pass(decoder, messages, stream.kinds(), &clock, &mut by_kind);
            }
        }
        for (samples_ns, names) in by_kind.iter().zip(KIND_METRICS) {
            let figures = [percentile(samples_ns, 0.5), percentile(samples_ns, 0.99)];
            round.metrics.extend(names.into_iter().zip(figures).filter_map(|(name, figure)| Some((name, figure?))));
        }
        round.samples_ns = by_kind.concat();
        Ok(round)
    };
    Ok((Contender::new(D::NAME, round), D::ENDS_EQUAL.then_some(levels)))
}

/// Means of the first streams.
const STREAM_METRICS: [&str; 2] = ["first_stream_ns", "second_stream_ns"];
/// In the order of [`Kind::ALL`].
const KIND_METRICS: [[&str; 2]; 4] = [
    ["depth_p50_ns", "depth_p99_ns"],
    ["quote_p50_ns", "quote_p99_ns"],
    ["trade_p50_ns", "trade_p99_ns"],
    ["other_p50_ns", "other_p99_ns"],
];

/// Passes of our stage over the captures given, else over the made-up stream: the same on every machine. Nothing timed.
pub fn steady(call: &Call, passes: usize) -> Result<u64, BenchError> {
    let streams = if call.captures.is_empty() { vec![Stream::made_up(call.seed)?] } else { Stream::all(call)? };
    let mut messages = 0;
    for stream in &streams {
        let mut decoder = Staged::new(stream)?;
        let records: Vec<Record<'_>> = stream.messages().collect();
        for _ in 0..passes {
            decoder.begin(stream);
            pass(&mut decoder, &records);
            messages += records.len() as u64;
        }
    }
    Ok(messages)
}

/// The messages in parts that take some 10 µs each.
fn parts<'m, 'r>(mut messages: &'m [Record<'r>]) -> impl Iterator<Item = &'m [Record<'r>]> {
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let has_room = |record: &&Record<'_>| {
            let room = bytes < PART_BYTES;
            bytes += record.payload.len();
            room
        };
        let count = messages.iter().take(PART).take_while(has_room).count();
        let part;
        (part, messages) = messages.split_at(count);
        (count > 0).then_some(part)
    })
}

#[inline(never)]
fn pass(decoder: &mut impl Decoder, messages: &[Record<'_>]) {
    messages.iter().for_each(|record| decoder.message(record));
}

#[inline(never)]
fn timed_pass(
    decoder: &mut impl Decoder,
    messages: &[Record<'_>],
    kinds: &[Kind],
    clock: &Clock,
    by_kind: &mut [Vec<u64>; 4],
) {
    for (record, kind) in messages.iter().zip(kinds) {
        let start_ns = clock.now();
        decoder.message(record);
        by_kind[*kind as usize].push(clock.now() - start_ns);
    }
}

/// The loop over all messages, each looked at and left.
fn overhead_ns(streams: &[Stream]) -> Option<f64> {
    let clock = Clock::machine();
    let records: Vec<Record<'_>> = streams.iter().flat_map(Stream::messages).collect();
    let pass = |_| {
        let start_ns = clock.now();
        for record in &records {
            black_box(record.payload.first());
        }
        (clock.now() - start_ns) as f64 / records.len() as f64
    };
    (0..5).map(pass).min_by(f64::total_cmp)
}

fn equal(rival: &str, theirs: &[String], ours: &[String]) -> Result<(), BenchError> {
    let differs = |what: String| BenchError::Differ { rival: rival.to_owned(), what };
    if let Some((own, their)) = ours.iter().zip(theirs).find(|(own, their)| own != their) {
        return Err(differs(format!("`{own}` is `{their}` there")));
    }
    if ours.len() == theirs.len() { Ok(()) } else { Err(differs(format!("{} levels, {}", ours.len(), theirs.len()))) }
}

/// A price or quantity as all contenders write it: no trailing zeros, no trailing point.
#[must_use]
pub fn plain(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// A level as all contenders write it.
#[must_use]
pub fn level_text(instrument: &Instrument, level: Level) -> String {
    let (px, qty) = (instrument.grid.price_text(level.px), instrument.grid.qty_text(level.qty));
    format!("{}:{}", plain(&px), plain(&qty))
}

fn levels_of(book: &Book, instrument: &Instrument, side: Side) -> Vec<String> {
    book.levels(side).map(|level| level_text(instrument, level)).collect()
}

#[inline]
fn hand_in<S: MarketSink>(session: &mut Session, record: &Record<'_>, sink: &mut S) {
    let at = Nanos(record.received_at_ns);
    match record.direction {
        Direction::In => session.on_frame(record.channel, record.payload, at, sink),
        Direction::Rest => session.on_rest(record.url, record.payload, at, sink),
        Direction::Open | Direction::Other => {}
    }
}

/// The venue stage's work as it runs: session, books, tops, images, and the `market` ring with its readers and tap.
struct Staged {
    session: Session,
    market: Market,
    readers: Vec<Reader<MarketEvent>>,
    /// Never read: a tap costs its writer the same.
    _taps: Vec<Tap<MarketEvent>>,
    // The other rings, and the reading ends of images: dropping them would change nothing but the topology.
    _wiring: Wiring,
}

impl Decoder for Staged {
    const NAME: &'static str = "ringside";

    fn new(stream: &Stream) -> Result<Self, BenchError> {
        let venue = stream.venue;
        let mut wiring = Wiring::new(&[venue], &Rings::default(), &[]);
        let (market, _images) = Market::new(venue, &stream.instruments, wiring.market_writer(venue)?);
        let mut readers = Vec::new();
        for stage in [Stage::Strategy, Stage::Risk, Stage::Journal] {
            readers.extend(wiring.market_readers(stage)?.into_iter().map(|(_, reader)| reader));
        }
        let taps = wiring.market_taps(Stage::Bridge)?.into_iter().map(|(_, tap)| tap).collect();
        let session = Session::new(venue, &stream.instruments, KEEP_BYTES);
        Ok(Self { session, market, readers, _taps: taps, _wiring: wiring })
    }

    fn begin(&mut self, stream: &Stream) {
        stream.open(&mut self.session);
        let first = stream.messages().next();
        self.session.lose_all(Nanos(first.map_or(0, |record| record.received_at_ns)), &mut self.market);
        self.drain();
    }

    #[inline]
    fn message(&mut self, record: &Record<'_>) {
        hand_in(&mut self.session, record, &mut self.market);
        self.market.turn(Nanos(record.received_at_ns));
        self.drain();
    }

    fn levels(&self, instrument: &Instrument, side: Side) -> Vec<String> {
        levels_of(self.market.book(instrument.id), instrument, side)
    }
}

impl Staged {
    /// What the readers do with an event is theirs; that they read it is the ring's price.
    #[inline]
    fn drain(&mut self) {
        for reader in &mut self.readers {
            reader.take(64, |_, event| {
                black_box(event);
            });
        }
    }
}

/// The session with nothing but books behind it: no checksum is worked out, as no rival does.
struct Bare {
    session: Session,
    books: Books,
}

/// Books by instrument.
struct Books(Vec<Book>);

impl Books {
    #[inline]
    fn of(&mut self, instrument: InstrumentId) -> &mut Book {
        &mut self.0[instrument.index()]
    }
}

impl MarketSink for Books {
    fn book_snapshot(&mut self, at: Stamp, _: u64, bids: &[Level], asks: &[Level]) -> Applied {
        self.of(at.instrument).snapshot(bids, asks)
    }

    #[inline]
    fn book_delta(&mut self, at: Stamp, _: u64, bids: &[Level], asks: &[Level]) -> Applied {
        self.of(at.instrument).apply(bids, asks)
    }

    fn book_verified(
        &mut self,
        at: Stamp,
        message: &VerifiedMessage<'_>,
        _: &mut dyn FnMut(&[Level], &[Level]) -> bool,
    ) -> Applied {
        let applied = match message.is_snapshot {
            true => self.book_snapshot(at, message.update_id, message.bids, message.asks),
            false => self.book_delta(at, message.update_id, message.bids, message.asks),
        };
        message.depth_max.map_or(applied, |depth| self.of(at.instrument).cut(depth))
    }

    fn book_lost(&mut self, at: Stamp) {
        self.of(at.instrument).clear();
    }

    #[inline]
    fn event(&mut self, event: MarketEvent) {
        black_box(&event);
    }

    fn ready(&self) -> bool {
        true
    }

    fn turn(&mut self, _: Nanos) -> bool {
        false
    }
}

impl Decoder for Bare {
    const NAME: &'static str = "ringside-books";

    fn new(stream: &Stream) -> Result<Self, BenchError> {
        let books = Books(stream.instruments.iter().map(|_| Book::default()).collect());
        Ok(Self { session: Session::new(stream.venue, &stream.instruments, KEEP_BYTES), books })
    }

    fn begin(&mut self, stream: &Stream) {
        stream.open(&mut self.session);
        self.session.lose_all(Nanos(0), &mut self.books);
    }

    #[inline]
    fn message(&mut self, record: &Record<'_>) {
        hand_in(&mut self.session, record, &mut self.books);
    }

    fn levels(&self, instrument: &Instrument, side: Side) -> Vec<String> {
        levels_of(&self.books.0[instrument.id.index()], instrument, side)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic;

    #[test]
    fn both_of_our_arrangements_end_with_the_same_books_and_every_frame_counts() {
        let stream = Stream::new("made up".to_owned(), synthetic::recording(3).expect("a recording"));
        let streams = [stream];
        let books = |made: Made<'_>| made.expect("runs").1.expect("keeps the rules");
        let (staged, bare) = (books(contender::<Staged>(&streams)), books(contender::<Bare>(&streams)));
        assert!(equal("ringside-books", &bare, &staged).is_ok());
        assert!(staged.len() > 900, "a book in sync has all its levels: {}", staged.len());
        assert!(streams[0].kinds().iter().filter(|kind| **kind == Kind::Depth).count() > 6_000);
    }

    #[test]
    fn parts_are_short_in_messages_and_in_bytes_and_leave_nothing_out() {
        let stream = Stream::new("made up".to_owned(), synthetic::recording(3).expect("a recording"));
        let records: Vec<Record<'_>> = stream.messages().collect();
        let lengths: Vec<usize> = parts(&records).map(<[_]>::len).collect();
        assert_eq!(lengths.iter().sum::<usize>(), records.len());
        assert!(lengths.iter().all(|length| (1..=PART).contains(length)));
        let bytes = |part: &[Record<'_>]| part.iter().map(|record| record.payload.len()).sum::<usize>();
        assert!(parts(&records).all(|part| bytes(&part[..part.len() - 1]) < PART_BYTES));
    }

    #[test]
    fn a_level_that_differs_is_named() {
        let error = equal("r", &["1:2".to_owned()], &["1:3".to_owned()]).expect_err("must differ");
        assert_eq!(error.to_string(), "r and ringside end differently: `1:3` is `1:2` there");
    }
}
