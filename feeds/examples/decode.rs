//! What decoding and the session cost on a real capture: every message through the session into a sink that does nothing.
//!
//! `cargo run --profile bench -p feeds --example decode -- VENUE FILE…` prints ns a message over all messages, the best and
//! the median of many passes in one thread, warm; its own overhead (the loop over records) is below 2 ns a message.
//! `GENERAL=1` measures the general way of every frame.

use engine_model::market::{Applied, Level, MarketEvent, MarketSink, Stamp, VerifiedMessage};
use engine_model::units::Nanos;
use engine_model::venue::VenueId;
use feeds::capture::{Direction, Record, Recording};
use feeds::metadata;
use feeds::session::{KEEP_BYTES, Session};
use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

/// Takes everything, keeps nothing.
struct Nowhere;

impl MarketSink for Nowhere {
    fn book_snapshot(&mut self, _: Stamp, _: u64, bids: &[Level], asks: &[Level]) -> Applied {
        black_box((bids, asks));
        Applied::Valid
    }
    fn book_delta(&mut self, _: Stamp, _: u64, bids: &[Level], asks: &[Level]) -> Applied {
        black_box((bids, asks));
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
    fn book_lost(&mut self, _: Stamp) {}
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

#[inline(never)]
fn pass(session: &mut Session, records: &[Record<'_>]) -> f64 {
    let start = Instant::now();
    for record in records {
        let at = Nanos(record.received_at_ns);
        match record.direction {
            Direction::In => session.on_frame(record.channel, record.payload, at, &mut Nowhere),
            Direction::Rest => session.on_rest(record.url, record.payload, at, &mut Nowhere),
            Direction::Open => session.on_open(record.channel, record.url.unwrap_or_default()),
            Direction::Other => {}
        }
    }
    start.elapsed().as_nanos() as f64 / records.len() as f64
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let venue = arguments.next().and_then(|name| VenueId::from_name(&name)).ok_or("usage: decode VENUE FILE…")?;
    let recording = Recording::read(&arguments.collect::<Vec<_>>())?;
    let instruments = metadata::infer(&recording, venue);
    // White space in front of a frame sends it the general way.
    let spaced: Vec<Vec<u8>> = recording.iter().map(|record| [b" ", record.payload].concat()).collect();
    let mut records: Vec<_> = recording.iter().collect();
    if std::env::var_os("GENERAL").is_some() {
        records.iter_mut().zip(&spaced).for_each(|(record, spaced)| record.payload = spaced);
    }
    let passes = std::env::var("PASSES").ok().and_then(|n| n.parse().ok()).unwrap_or(40);
    let kinds: [(&str, &[&[u8]]); 4] = [
        ("all", &[b""]),
        (
            "depth",
            &[
                b"depthUpdate",
                b"\"channel\":\"book",
                b"\"topic\":\"orderbook",
                b"orderBookL2",
                b"order_book_update",
                b"sequenceStart",
            ],
        ),
        ("quote", &[b"bookTicker", b"\"channel\":\"bbo-tbt"]),
        ("trade", &[b"rade\",\"E\"", b"\"channel\":\"trade", b"\"topic\":\"publicTrade"]),
    ];
    for (name, words) in kinds {
        let has = |r: &Record<'_>, word: &[u8]| {
            word.is_empty() || r.payload.windows(word.len()).take(80).any(|window| window == word)
        };
        let holds = |r: &&Record<'_>| words.iter().any(|word| has(r, word));
        // The snapshot goes in with the deltas, so that they are applied and not kept; and what names a market.
        let needs = |direction| direction == Direction::Open || (name == "depth" && direction == Direction::Rest);
        let with = |r: &&Record<'_>| holds(r) || needs(r.direction);
        let chosen: Vec<_> = records.iter().filter(with).copied().collect();
        if !chosen.iter().any(|record| holds(&record)) {
            continue;
        }
        let mut costs: Vec<f64> =
            (0..passes).map(|_| pass(&mut Session::new(venue, &instruments, KEEP_BYTES), &chosen)).collect();
        costs.sort_by(f64::total_cmp);
        let bytes: usize = chosen.iter().map(|r| r.payload.len()).sum();
        let mean = bytes / chosen.len();
        let (best, median) = (costs[0], costs[costs.len() / 2]);
        let count = chosen.len();
        writeln!(
            std::io::stdout(),
            "{name}: {count} messages of {mean} B, ns a message: best {best:.1} median {median:.1}"
        )?;
    }
    Ok(())
}
