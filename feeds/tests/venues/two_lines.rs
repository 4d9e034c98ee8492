//! A feed taken twice: the recorded second socket of OKX, and frames of our own. The first copy counts, the second fills the
//! holes of the first, and nothing is counted twice.

use crate::book::Books;
use crate::desk::{Desk, instruments};
use crate::shared::shared;
use engine_model::instrument::Instruments;
use engine_model::market::{BookState, MarketChange};
use engine_model::units::Nanos;
use engine_model::venue::VenueId;
use feeds::capture::{Direction, Record, Recording};
use feeds::counts::Counts;
use feeds::metadata;
use feeds::session::{KEEP_BYTES, Session};

const A: u32 = 0;
const B: u32 = 1;
const MS: u64 = 1_000_000;

/// What the records of these lines come to, in the order in which they were received.
fn replay(instruments: &Instruments, lines: &[&[Record<'_>]]) -> (Session, Books) {
    let session = Session::new(VenueId::Okx, instruments, KEEP_BYTES);
    let mut session = if lines.len() == 2 { session.on_two_lines() } else { session };
    let mut books = Books::new(instruments);
    let mut records: Vec<(u32, Record<'_>)> = Vec::new();
    for (line, of_line) in lines.iter().enumerate() {
        records.extend(of_line.iter().map(|record| (line as u32, *record)));
    }
    records.sort_by_key(|(_, record)| record.received_at_ns);
    for (line, record) in records {
        match record.direction {
            Direction::In => session.on_frame(line, record.payload, Nanos(record.received_at_ns), &mut books),
            Direction::Open => session.on_open(line, record.url.unwrap_or_default()),
            Direction::Rest | Direction::Other => {}
        }
    }
    (session, books)
}

/// Everything that goes wrong with a book.
fn losses(session: &Session) -> [u64; 4] {
    let counts = session.counts();
    [counts.gaps, counts.crossed, counts.checksum_failed, counts.resyncs]
}

#[test]
fn two_recorded_lines_are_one_feed_and_fill_each_others_holes() {
    let Some(root) = shared() else { return };
    let files = ["cf_20210722", "cf_20210722_c2"].map(|name| root.join(format!("data/okx/{name}.ndjson.zst")));
    let instruments = metadata::infer(&Recording::read(&files).expect("readable"), VenueId::Okx);
    let recordings = files.map(|file| Recording::read(&[file]).expect("readable"));
    let [a, b] = recordings.each_ref().map(|recording| recording.iter().collect::<Vec<_>>());
    let alone = [&a, &b].map(|line| replay(&instruments, &[line]));
    let (both, books) = replay(&instruments, &[&a, &b]);
    assert_eq!(losses(&both), [0; 4]);
    assert!(both.counts().copies > 1_500, "{:?}", both.counts());
    for instrument in &instruments {
        let crc = |books: &Books| books.of(instrument.id).crc(instrument);
        let either = alone.each_ref().map(|(_, books)| crc(books));
        assert!(either.contains(&crc(&books)), "{}", instrument.symbol);
        let trades = |session: &Session| session.trade_stats(instrument.id);
        let either = alone.each_ref().map(|(session, _)| trades(session));
        assert!(either.contains(&trades(&both)), "{} {:?} {either:?}", instrument.symbol, trades(&both));
    }
    // A change of a book that one line misses and the other has: the book is the same, and nobody notices. Not of the first
    // second, when only one of them has begun.
    let is_change = |record: &Record<'_>| record.payload.windows(17).any(|text| text == b"\"action\":\"update\"");
    let (mut holes, mut lost_alone) = (0, 0);
    for lines in [[&a, &b], [&b, &a]] {
        let changes: Vec<usize> = (120..lines[0].len() - 100).filter(|place| is_change(&lines[0][*place])).collect();
        for hole in changes.iter().step_by(80) {
            let mut holed = lines[0].clone();
            holed.remove(*hole);
            let (session, of_holed) = replay(&instruments, &[&holed, lines[1]]);
            assert_eq!((losses(&session), of_holed.books == books.books), ([0; 4], true), "{hole}");
            holes += 1;
            lost_alone += losses(&replay(&instruments, &[&holed]).0)[2];
        }
    }
    // A checksum is of the best 25 levels a side: not every missing change shows.
    assert!(holes > 30 && lost_alone * 2 > holes, "{lost_alone} of {holes}");
}

/// A change of today's kind: it names the one before.
fn change(before: u64, last: u64, px: u64) -> String {
    format!(
        r#"{{"arg":{{"channel":"books","instId":"A-USDT"}},"action":"update","data":[{{"asks":[],"bids":[["{px}","1","0","1"]],"ts":"{last}","checksum":0,"seqId":{last},"prevSeqId":{before}}}]}}"#
    )
}

const SNAPSHOT: &str = r#"{"arg":{"channel":"books","instId":"A-USDT"},"action":"snapshot","data":[{"asks":[["900","1","0","1"]],"bids":[["100","1","0","1"]],"ts":"10","checksum":0,"seqId":10,"prevSeqId":-1}]}"#;

struct Lines(Session, Books);

impl Lines {
    fn new() -> Self {
        let instruments = instruments(VenueId::Okx, &[("A-USDT", 0, 0)]);
        let session = Session::new(VenueId::Okx, &instruments, 1 << 16).on_two_lines();
        let mut lines = Self(session, Books::new(&instruments));
        lines.say(A, SNAPSHOT, 0);
        lines.say(B, SNAPSHOT, 0);
        lines
    }

    fn say(&mut self, line: u32, frame: &str, at_ms: u64) {
        self.0.on_frame(line, frame.as_bytes(), Nanos(at_ms * MS), &mut self.1);
    }

    /// Prices on the bid side, and the counts of gaps and of holes filled.
    fn told(&self) -> (Vec<i64>, u64, u64) {
        let Counts { gaps, filled, .. } = *self.0.counts();
        (self.1.books[0].bids.keys().map(|px| px.0).collect(), gaps, filled)
    }

    fn state(&self) -> BookState {
        self.0.book(engine_model::instrument::InstrumentId(0)).state
    }
}

#[test]
fn what_one_line_says_early_waits_for_what_it_missed() {
    let mut lines = Lines::new();
    lines.say(A, &change(10, 11, 101), 1);
    lines.say(A, &change(12, 13, 103), 3);
    lines.say(A, &change(13, 14, 104), 4);
    assert_eq!((lines.told(), lines.state()), ((vec![100, 101], 0, 0), BookState::Synced), "12 may still come");
    lines.say(B, &change(10, 11, 101), 5);
    lines.say(B, &change(11, 12, 102), 6);
    assert_eq!(lines.told(), (vec![100, 101, 102, 103, 104], 0, 1), "one line's hole, the other's piece");
    lines.say(B, &change(12, 13, 103), 7);
    lines.say(A, &change(14, 15, 105), 8);
    assert_eq!(lines.told(), (vec![100, 101, 102, 103, 104, 105], 0, 1));
}

#[test]
fn what_both_lines_miss_is_a_gap_and_no_later_than_a_fifth_of_a_second() {
    for tells_later in [true, false] {
        let mut lines = Lines::new();
        lines.say(A, &change(11, 12, 102), 1);
        lines.say(B, &change(11, 12, 102), 2);
        assert_eq!(lines.state(), BookState::Synced);
        if tells_later {
            lines.say(A, &change(12, 13, 103), 300);
        } else {
            lines.0.close_holes(Nanos(100 * MS), &mut lines.1);
            assert_eq!(lines.state(), BookState::Synced);
            lines.0.close_holes(Nanos(300 * MS), &mut lines.1);
        }
        assert_eq!((lines.told(), lines.state()), ((vec![], 1, 0), BookState::Lost));
        lines.say(B, &SNAPSHOT.replace("10", "20").replace("200", "100"), 301);
        assert_eq!(
            (lines.told(), lines.state()),
            ((vec![100], 1, 0), BookState::Synced),
            "nothing that waited is left"
        );
    }
}

#[test]
fn a_line_that_comes_back_does_not_turn_the_book_back() {
    let mut lines = Lines::new();
    lines.say(A, &change(10, 11, 101), 1);
    lines.say(A, &change(11, 12, 102), 2);
    lines.0.on_open(B, "wss://ws.okx.com:8443/ws/v5/public");
    lines.say(B, &SNAPSHOT.replace("900", "901"), 3);
    assert_eq!(lines.told(), (vec![100, 101, 102], 0, 0), "its snapshot is of before");
    lines.say(B, &SNAPSHOT.replace("\"ts\":\"10\"", "\"ts\":\"15\""), 3);
    assert_eq!(lines.told(), (vec![100, 101, 102], 0, 0), "of before, and served late");
    let again = SNAPSHOT.replace("\"ts\":\"10\"", "\"ts\":\"1012\"").replace("\"seqId\":10", "\"seqId\":3");
    lines.say(B, &again, 4);
    assert_eq!(lines.told(), (vec![100], 0, 0), "a smaller number a second later: the venue began anew");
}

#[test]
fn a_trade_counts_once_by_its_id_whatever_else_the_frame_says() {
    let trade = |id: u64, count: u64| {
        format!(
            r#"{{"arg":{{"channel":"trades","instId":"A-USDT"}},"data":[{{"instId":"A-USDT","tradeId":"{id}","px":"100","sz":"1","side":"buy","ts":"1","count":"{count}"}}]}}"#
        )
    };
    let mut lines = Lines::new();
    for (line, id, count) in [(A, 1, 1), (A, 3, 1), (B, 1, 1), (B, 2, 1), (B, 3, 9), (A, 4, 1), (B, 4, 1)] {
        lines.say(line, &trade(id, count), 1);
    }
    let ids = lines.1.events.iter().filter_map(|event| match event.change {
        MarketChange::Trade { trade_id, .. } => Some(trade_id),
        _ => None,
    });
    assert_eq!(ids.collect::<Vec<_>>(), [1, 3, 2, 4], "the second line's 2 is the first line's hole");
}

#[test]
fn one_line_says_what_it_says() {
    let mut desk = Desk::new(VenueId::Okx, &[("A-USDT", 0, 0)]).after(&[SNAPSHOT]);
    desk.frame(change(11, 12, 102).as_bytes());
    assert_eq!((desk.counts().gaps, desk.state(0)), (1, BookState::Lost), "there is nobody to wait for");
}
