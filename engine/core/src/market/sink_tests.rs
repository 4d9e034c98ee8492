//! The sink as a feed and its readers see it, over real rings.

use super::*;
use engine_model::instrument::{ContractKind, Grid, Instrument, Name};
use engine_model::units::{Lots, Quote, Ticks};
use engine_ring::ring::{Ends, Reader, Spec, ring};

const MS: u64 = Nanos::MILLI;

fn instrument(id: u32, venue: VenueId) -> Instrument {
    let name = |text| Name::new(text).expect("short");
    Instrument {
        id: InstrumentId(id),
        venue,
        symbol: name("BTCUSDT"),
        base: name("BTC"),
        quote: name("USDT"),
        kind: ContractKind::Spot,
        grid: Grid { price_decimals: 2, tick_step: 1, qty_decimals: 5, lot_step: 1 },
        contract_size: 1,
        contract_decimals: 0,
        min_qty: Lots(1),
        max_qty: Lots(i64::MAX),
        min_notional: Quote::whole(5),
    }
}

struct Bench {
    market: Market,
    reader: Reader<MarketEvent>,
    images: BookImages,
    ends: Ends<MarketEvent>,
}

/// Two spot instruments (0 and 2) with one of another venue between, and a ring of `depth`.
fn bench(depth: usize) -> Bench {
    let venues = [VenueId::BinanceSpot, VenueId::BinanceUsdm, VenueId::BinanceSpot];
    let list = venues.into_iter().enumerate().map(|(id, venue)| instrument(id as u32, venue)).collect();
    let mut ends = ring(&Spec { name: "market", depth, readers: &["strategy"], taps: &[] });
    let writer = ends.writer("venue").expect("free");
    let reader = ends.reader("strategy").expect("granted");
    let (market, images) = Market::new(VenueId::BinanceSpot, &Instruments::new(list), writer);
    Bench { market, reader, images, ends }
}

impl Bench {
    fn told(&mut self) -> Vec<MarketChange> {
        let mut changes = Vec::new();
        self.reader.take(usize::MAX >> 1, |_, event| changes.push(event.change));
        changes
    }

    fn image(&mut self, at: usize) -> BookImage {
        *self.images[at].1.read()
    }
}

fn at(ms: u64, id: u32) -> Stamp {
    Stamp {
        venue_at_ns: Nanos(ms * MS - 7),
        received_at_ns: Nanos(ms * MS),
        instrument: InstrumentId(id),
        venue: VenueId::BinanceSpot,
    }
}

fn level(px: i64, qty: i64) -> Level {
    Level { px: Ticks(px), qty: Lots(qty) }
}

fn top(bid: Level, ask: Level, imbalance_bps: i16) -> MarketChange {
    MarketChange::Top { bid, ask, imbalance_bps }
}

fn trade(id: u32, trade_id: u64) -> MarketEvent {
    let change = MarketChange::Trade { px: Ticks(1), qty: Lots(1), aggressor: Side::Buy, trade_id };
    MarketEvent { at: at(1, id), change }
}

#[test]
fn depth_stands_behind_its_top_where_it_was_asked_for_and_nowhere_else() {
    let mut bench = bench(64);
    bench.market.tell_depth(InstrumentId(0));
    let snapshot = |bench: &mut Bench, ms, id, bid| {
        let (bids, asks) = ([level(bid, 5), level(bid - 1, 2)], [level(bid + 1, 4)]);
        assert_eq!(bench.market.book_snapshot(at(ms, id), ms, &bids, &asks), Applied::Valid);
        bench.told()
    };
    let depth = |side, qty, px| MarketChange::Depth { side, qty: [qty; 7], px: Ticks(px) };
    let told = snapshot(&mut bench, 1, 0, 100_000);
    assert_eq!(told[2..], [depth(Side::Buy, 7, 100_000), depth(Side::Sell, 4, 100_001)]);
    assert_eq!(snapshot(&mut bench, 1, 2, 100_000).len(), 2, "state and top");
    assert_eq!(snapshot(&mut bench, 2, 0, 100_000), [], "nothing moved, and it was told a moment ago");
    let told = snapshot(&mut bench, 3, 0, 99_999);
    assert_eq!(told[1..], [depth(Side::Buy, 7, 99_999), depth(Side::Sell, 4, 100_000)]);
    bench.market.book_lost(at(4, 0));
    bench.told();
    assert_eq!(snapshot(&mut bench, 5, 0, 99_999)[2..], told[1..], "after a loss it is told anew");
}

#[test]
fn a_snapshot_tells_sync_and_top_and_a_delta_only_what_it_changed() {
    let mut bench = bench(64);
    let seven = |sign: i64| (0..7).map(|i| level(100 + sign * (1 + i), 10)).collect::<Vec<_>>();
    assert_eq!(bench.market.book_snapshot(at(1, 0), 5, &seven(-1), &seven(1)), Applied::Valid);
    let synced = MarketChange::Book(BookState::Synced);
    assert_eq!(bench.told(), [synced, top(level(99, 10), level(101, 10), 0)]);

    let _ = bench.market.book_delta(at(2, 0), 6, &[level(94, 50)], &[level(107, 0)]);
    assert_eq!(bench.told(), [], "the sixth level and below are nobody's business");
    let _ = bench.market.book_delta(at(2, 0), 7, &[level(95, 60)], &[]);
    assert_eq!(bench.told(), [top(level(99, 10), level(101, 10), 3_333)], "the fifth is in the imbalance");
    let _ = bench.market.book_delta(at(3, 0), 8, &[level(99, 10)], &[]);
    assert_eq!(bench.told(), [], "what is repeated is not told again");
    let _ = bench.market.book_delta(at(3, 0), 9, &[level(99, 0)], &[]);
    assert_eq!(bench.told(), [top(level(98, 10), level(101, 10), 4_736)], "50 that stood at the sixth moves up");
    assert_eq!(bench.market.listing(InstrumentId(0)).update_id(), 9);
    assert_eq!(bench.market.listing(InstrumentId(2)).state(), BookState::Waiting, "the other book is another");
}

#[test]
fn a_crossed_message_tells_no_price_and_the_loss_is_told_once() {
    let mut bench = bench(64);
    let _ = bench.market.book_snapshot(at(1, 0), 5, &[level(99, 1)], &[level(101, 1)]);
    bench.told();
    assert_eq!(bench.market.book_delta(at(2, 0), 6, &[level(101, 1)], &[]), Applied::Crossed);
    assert_eq!(bench.told(), []);
    bench.market.book_lost(at(2, 0));
    bench.market.book_lost(at(2, 0));
    assert_eq!(bench.told(), [MarketChange::Book(BookState::Lost)]);
    assert!(bench.market.book(InstrumentId(0)).is_empty());

    let _ = bench.market.book_snapshot(at(3, 0), 9, &[level(99, 1)], &[level(101, 1)]);
    let synced = MarketChange::Book(BookState::Synced);
    assert_eq!(bench.told(), [synced, top(level(99, 1), level(101, 1), 0)], "the same top is told again after a loss");
}

#[test]
fn a_book_without_a_snapshot_cannot_be_lost_but_a_crossed_first_snapshot_is() {
    let mut bench = bench(64);
    bench.market.book_lost(at(1, 0));
    assert_eq!(bench.told(), []);
    assert_eq!(bench.market.book_snapshot(at(1, 0), 5, &[level(101, 1)], &[level(101, 1)]), Applied::Crossed);
    bench.market.book_lost(at(1, 0));
    assert_eq!(bench.told(), [MarketChange::Book(BookState::Lost)]);
}

#[test]
fn a_full_ring_holds_the_feed_and_drops_nothing() {
    let mut bench = bench(4);
    for id in 0..10 {
        assert_eq!(bench.market.ready(), id <= 4, "trade {id}");
        bench.market.event(trade(0, id));
    }
    let mut ids = Vec::new();
    while ids.len() < 11 {
        bench.reader.take(2, |_, event| {
            if let MarketChange::Trade { trade_id, .. } = event.change {
                ids.push(trade_id);
            }
        });
        if ids.len() == 2 {
            bench.market.event(trade(0, 10)); // there is room now, but others were first
        }
        assert!(!bench.market.ready() || ids.len() >= 8);
        bench.market.turn(Nanos(0));
    }
    assert_eq!(ids, (0..11).collect::<Vec<_>>());
    assert!(bench.market.ready());
    assert_eq!(bench.market.counters().waited.get(), 7);
}

#[test]
fn a_paced_market_tells_the_next_event_only_when_the_last_was_consumed() {
    let mut bench = bench(64);
    bench.market.pace(vec![bench.ends.gauges()]);
    let _ = bench.market.book_snapshot(at(1, 0), 5, &[level(99, 1)], &[level(101, 1)]);
    assert!(!bench.market.ready());
    assert!(!bench.market.turn(Nanos(0)), "nothing was consumed");
    assert_eq!(bench.told(), [MarketChange::Book(BookState::Synced)]);
    assert!(bench.market.turn(Nanos(0)));
    assert!(bench.market.ready() && !bench.market.is_settled());
    assert_eq!(bench.told(), [top(level(99, 1), level(101, 1), 0)]);
    assert!(bench.market.is_settled());
}

#[test]
fn images_are_ten_milliseconds_apart_and_the_last_change_is_not_forgotten() {
    let mut bench = bench(64);
    let _ = bench.market.book_snapshot(at(20, 2), 5, &[level(99, 1)], &[level(101, 1)]);
    let image = bench.image(1);
    assert_eq!((image.instrument, image.state, image.update_id), (InstrumentId(2), BookState::Synced, 5));
    assert_eq!((image.bids[0], image.bids[1], image.asks[0]), (level(99, 1), Level::default(), level(101, 1)));

    let _ = bench.market.book_delta(at(29, 2), 6, &[level(98, 4)], &[]);
    assert!(!bench.market.turn(Nanos(29 * MS)), "too early");
    assert_eq!(bench.image(1).update_id, 5);
    assert!(bench.market.turn(Nanos(30 * MS)));
    assert_eq!((bench.image(1).update_id, bench.image(1).bids[1]), (6, level(98, 4)));
    assert!(!bench.market.turn(Nanos(90 * MS)), "nothing is owed");

    bench.market.book_lost(at(91, 2));
    let image = bench.image(1);
    assert_eq!((image.state, image.update_id, image.bids[0]), (BookState::Lost, 0, Level::default()));
}

#[test]
fn digests_name_every_book_of_the_venue_and_no_other() {
    let mut bench = bench(64);
    let _ = bench.market.book_snapshot(at(1, 2), 5, &[level(99, 1), level(98, 1)], &[level(101, 1)]);
    bench.told();
    bench.market.digest(Nanos(50 * MS));
    let mut digests = Vec::new();
    bench.reader.take(64, |_, event| digests.push(*event));
    assert_eq!(digests.iter().map(|e| e.at.instrument.0).collect::<Vec<_>>(), [0, 2]);
    assert!(digests.iter().all(|e| e.at.received_at_ns == Nanos(50 * MS) && e.at.venue == VenueId::BinanceSpot));
    let expected = book_digest(bench.market.book(InstrumentId(2)));
    let digest = MarketChange::BookDigest { digest: expected, bid_levels: 2, ask_levels: 1, update_id: 5 };
    assert_eq!(digests[1].change, digest);
}
