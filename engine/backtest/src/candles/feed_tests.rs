//! The stage by itself: what it tells, when, and that it knows nothing of what is to come.

use super::feed::{Around, CandleFeed, Told};
use super::path::corners;
use super::tests::series;
use super::waits::Waits;
use super::{Candle, Candles, Telling, Way};
use crate::dice::Dice;
use engine_model::instrument::{Grid, InstrumentId};
use engine_model::market::{Applied, Level, MarketChange, MarketEvent, MarketSink, Side, Stamp, VerifiedMessage};
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::VenueId;
use engine_ring::clock::Clock;
use engine_ring::flag::{StopFlag, Switch};
use engine_ring::snapshot::{SnapshotWriter, snapshot_of};
use engine_ring::stage::{Poll, Stage as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const GRID: Grid = Grid { price_decimals: 0, tick_step: 1, qty_decimals: 0, lot_step: 1 };

/// What a sink heard: the second, what, and its numbers.
#[derive(Clone, Debug, PartialEq)]
enum Heard {
    Touch(u64, (i64, i64), (i64, i64)),
    Trade(u64, i64, i64, Side),
}

struct Notes {
    clock: Clock,
    heard: Vec<Heard>,
    /// Its book: best bid and ask.
    book: [Vec<Level>; 2],
    due: Option<Nanos>,
    stood_at: Vec<u64>,
    ended: bool,
    /// Stops that somebody holds here, where he tells them: side and trigger.
    stops: Vec<(Side, i64)>,
    waits: Option<SnapshotWriter<Waits>>,
    /// What was pulled, and the price that it met.
    pulled: Vec<((Side, i64), i64)>,
}

impl Notes {
    fn show(&mut self, bids: &[Level], asks: &[Level]) -> Applied {
        for (book, levels) in self.book.iter_mut().zip([bids, asks]) {
            for level in levels {
                book.retain(|old| old.px != level.px);
                if level.qty.0 > 0 {
                    book.push(*level);
                }
            }
        }
        let [[bid], [ask]] = [&self.book[0][..], &self.book[1][..]] else {
            panic!("one level a side: {:?}", self.book)
        };
        assert_eq!(bid.qty, ask.qty);
        self.heard.push(Heard::Touch(self.clock.now() / Nanos::SECOND, (bid.px.0, ask.px.0), (bid.qty.0, ask.qty.0)));
        let px = i64::midpoint(bid.px.0, ask.px.0);
        pull(&mut self.stops, px, &mut self.pulled);
        let at = |(_, trigger): &(Side, i64)| Ticks(*trigger);
        self.waits.iter_mut().for_each(|waits| waits.write(Waits::at(self.stops.iter().map(at))));
        if bid.px < ask.px { Applied::Valid } else { Applied::Crossed }
    }
}

/// Those that a price pulls, with it.
fn pull(stops: &mut Vec<(Side, i64)>, px: i64, pulled: &mut Vec<((Side, i64), i64)>) {
    stops.retain(|stop| {
        let is_pulled = if stop.0 == Side::Buy { px >= stop.1 } else { px <= stop.1 };
        if is_pulled {
            pulled.push((*stop, px));
        }
        !is_pulled
    });
}

impl MarketSink for Notes {
    fn book_snapshot(&mut self, _: Stamp, _: u64, bids: &[Level], asks: &[Level]) -> Applied {
        assert!(self.heard.is_empty(), "one snapshot, and then what changes");
        self.show(bids, asks)
    }
    fn book_delta(&mut self, at: Stamp, _: u64, bids: &[Level], asks: &[Level]) -> Applied {
        assert_eq!(at.received_at_ns.0, self.clock.now());
        self.show(bids, asks)
    }
    fn book_verified(
        &mut self,
        _: Stamp,
        _: &VerifiedMessage<'_>,
        _: &mut dyn FnMut(&[Level], &[Level]) -> bool,
    ) -> Applied {
        panic!("candles prove nothing")
    }
    fn book_lost(&mut self, _: Stamp) {
        panic!("a touch is never crossed")
    }
    fn event(&mut self, event: MarketEvent) {
        let MarketChange::Trade { px, qty, aggressor, .. } = event.change else { panic!("{event:?}") };
        self.heard.push(Heard::Trade(self.clock.now() / Nanos::SECOND, px.0, qty.0, aggressor));
    }
    fn ready(&self) -> bool {
        true
    }
    fn turn(&mut self, now: Nanos) -> bool {
        let is_due = self.due.is_some_and(|due| due <= now);
        if is_due {
            self.stood_at.push(self.clock.now() / Nanos::SECOND);
            self.due = None;
        }
        is_due
    }
    fn next_due(&self) -> Option<Nanos> {
        self.due
    }
    fn end(&mut self, _: Nanos) {
        self.ended = true;
    }
}

struct Rig {
    settled: Arc<AtomicBool>,
    done: StopFlag,
    warm: Switch,
}

type Row = (i64, [f64; 4], f64);

fn candles(rows: &[Row]) -> Arc<Candles> {
    let bars = series(&rows.iter().map(|(minute, prices, _)| (*minute, *prices)).collect::<Vec<_>>());
    let volumes: Vec<f64> = rows.iter().map(|row| row.2).collect();
    Arc::new(Candles::new(&bars, &volumes, 60_000, &GRID).expect("candles"))
}

fn feed(rows: &[Row], telling: Telling) -> (CandleFeed<Notes, impl FnMut() -> bool + Send + use<>>, Rig) {
    let candles = candles(rows);
    let (clock, hand) = Clock::manual();
    let sink = Notes {
        clock,
        heard: Vec::new(),
        book: Default::default(),
        due: None,
        stood_at: Vec::new(),
        ended: false,
        stops: Vec::new(),
        waits: None,
        pulled: Vec::new(),
    };
    let rig = Rig { settled: Arc::new(AtomicBool::new(true)), done: StopFlag::new(), warm: Switch::new() };
    let settled = Arc::clone(&rig.settled);
    let around = Around {
        name: "venue".to_owned(),
        sink,
        settled: move || settled.load(Ordering::Relaxed),
        hand,
        done: rig.done.clone(),
        warm: rig.warm.clone(),
    };
    let told = Told { candles, telling, instrument: InstrumentId(0), venue: VenueId::BinanceUsdm };
    (CandleFeed::new(around, vec![told]), rig)
}

fn heard(rows: &[Row], telling: Telling) -> Vec<Heard> {
    let (mut feed, rig) = feed(rows, telling);
    while feed.poll() != Poll::Idle {}
    assert!(rig.done.is_raised() && feed.sink().ended);
    feed.sink().heard.clone()
}

#[test]
fn each_point_is_a_touch_and_then_a_trade_and_what_stands_is_what_the_candle_before_traded() {
    let rows = [(1, [100.0, 103.0, 90.0, 95.0], 40.0), (2, [96.0; 4], 0.0), (4, [96.0, 97.0, 96.0, 97.0], 5.0)];
    let touch = |at, px: i64, size| Heard::Touch(at, (px - 1, px + 1), (size, size));
    let wanted = [
        touch(60, 100, 1),
        Heard::Trade(60, 100, 1, Side::Buy),
        touch(75, 103, 1),
        Heard::Trade(75, 103, 1, Side::Buy),
        touch(90, 90, 1),
        Heard::Trade(90, 90, 1, Side::Sell),
        touch(105, 95, 1),
        Heard::Trade(105, 95, 37, Side::Buy),
        // It traded nothing: a touch, and no trade.
        touch(120, 96, 40),
        touch(135, 96, 40),
        touch(150, 96, 40),
        touch(165, 96, 40),
        // Two minutes later; a candle is missing, and nothing is made up for it.
        touch(240, 96, 40),
        Heard::Trade(240, 96, 1, Side::Buy),
        touch(255, 96, 40),
        Heard::Trade(255, 96, 1, Side::Buy),
        touch(270, 97, 40),
        Heard::Trade(270, 97, 1, Side::Buy),
        touch(285, 97, 40),
        Heard::Trade(285, 97, 2, Side::Buy),
    ];
    assert_eq!(heard(&rows, Telling::default()), wanted);
}

#[test]
fn one_candle_is_four_points_and_an_end() {
    let told = heard(&[(0, [5.0, 6.0, 4.0, 5.0], 9.0)], Telling::default());
    assert_eq!(told.iter().filter(|heard| matches!(heard, Heard::Trade(..))).count(), 4);
}

#[test]
fn nothing_is_told_while_the_last_message_is_under_way_and_what_is_due_happens_at_its_own_time() {
    let (mut feed, rig) = feed(&[(1, [5.0, 6.0, 4.0, 5.0], 9.0)], Telling::default());
    rig.settled.store(false, Ordering::Relaxed);
    assert_eq!((feed.poll(), feed.messages()), (Poll::Blocked, 0));
    rig.settled.store(true, Ordering::Relaxed);
    while feed.messages() < 2 {
        assert_eq!(feed.poll(), Poll::Worked);
    }
    feed.around_mut().sink.due = Some(Nanos(67 * Nanos::SECOND));
    while feed.messages() < 3 {
        assert_eq!(feed.poll(), Poll::Worked);
    }
    assert_eq!(feed.sink().stood_at, [67]);
    assert!(!rig.done.is_raised());
    while feed.poll() != Poll::Idle {}
    assert!(rig.done.is_raised() && rig.warm.is_on());
}

/// Candles of random prices and volumes, some missing, some without a trade.
fn random(dice: &mut Dice, count: usize, first: i64) -> Vec<Row> {
    let mut minute = first;
    let mut row = || {
        minute += if dice.share() < 0.1 { 3 } else { 1 };
        let mut px = || 50.0 + dice.below(100) as f64;
        let (open, close, one, other) = (px(), px(), px(), px());
        let prices = [open, open.max(close).max(one), open.min(close).min(other), close];
        (minute, prices, if dice.share() < 0.2 { 0.0 } else { dice.below(90) as f64 })
    };
    (0..count).map(|_| row()).collect()
}

#[test]
fn what_is_told_before_a_candle_is_the_same_whatever_that_one_and_all_behind_it_are() {
    let mut compared = 0;
    for seed in 0..300 {
        let mut dice = Dice(seed);
        let telling = Telling { steps: 1 + dice.below(3) as u32, ..Telling::default() };
        let mut rows = random(&mut dice, 12, 0);
        rows[0].2 = 5.0;
        let cut = 1 + dice.below(11) as usize;
        let whole = heard(&rows, telling);
        let short = heard(&rows[..cut], telling);
        assert_eq!(whole[..short.len()], short, "seed {seed}: cut at {cut}");
        let mut other = rows.clone();
        let last = other[cut - 1].0;
        other.splice(cut.., random(&mut dice, 12 - cut, last));
        let changed = heard(&other, telling);
        assert_eq!(whole[..short.len()], changed[..short.len()], "seed {seed}: other behind {cut}");
        // At a candle's open the touch knows the open, and nothing else of it.
        let mut turned = rows.clone();
        let (open, [.., low, _]) = (turned[cut].1[0], turned[cut].1);
        turned[cut].1 = [open, open + 500.0, low.min(open), open + 400.0];
        turned[cut].2 = 1e6;
        assert_eq!(heard(&turned, telling)[..=short.len()], whole[..=short.len()], "seed {seed}: turned at {cut}");
        compared += short.len();
    }
    assert!(compared > 10_000, "{compared} messages do not try it");
}

/// What a sink heard of several instruments: when, of which, and what.
#[derive(Default)]
struct Order(Vec<(Nanos, InstrumentId, String)>);

impl Order {
    fn hear(&mut self, at: Stamp, what: String) -> Applied {
        self.0.push((at.received_at_ns, at.instrument, what));
        Applied::Valid
    }
}

impl MarketSink for Order {
    fn book_snapshot(&mut self, at: Stamp, _: u64, bids: &[Level], asks: &[Level]) -> Applied {
        self.hear(at, format!("{bids:?} {asks:?}"))
    }
    fn book_delta(&mut self, at: Stamp, _: u64, bids: &[Level], asks: &[Level]) -> Applied {
        self.hear(at, format!("{bids:?} {asks:?}"))
    }
    fn book_verified(
        &mut self,
        _: Stamp,
        _: &VerifiedMessage<'_>,
        _: &mut dyn FnMut(&[Level], &[Level]) -> bool,
    ) -> Applied {
        panic!("candles prove nothing")
    }
    fn book_lost(&mut self, _: Stamp) {
        panic!("a touch is never crossed")
    }
    fn event(&mut self, event: MarketEvent) {
        let MarketChange::Trade { px, qty, aggressor, .. } = event.change else { panic!("{event:?}") };
        _ = self.hear(event.at, format!("{px:?} {qty:?} {aggressor:?}"));
    }
    fn ready(&self) -> bool {
        true
    }
    fn turn(&mut self, _: Nanos) -> bool {
        false
    }
    fn next_due(&self) -> Option<Nanos> {
        None
    }
    fn end(&mut self, _: Nanos) {}
}

#[test]
fn several_series_are_told_in_the_order_of_time_each_as_it_is_alone() {
    let rows = |seed: f64, lacks: i64| -> Vec<Row> {
        let row = |minute: i64| {
            let px = 100.0 + (9.0 * (seed * minute as f64).sin()).round();
            (minute, [px, px + 3.0, px - 2.0, px + 1.0], 10.0 + minute as f64)
        };
        (0..40).filter(|minute| *minute != lacks).map(row).collect()
    };
    let all = [rows(1.3, 7), rows(2.1, 20)];
    let told = |which: &[usize]| {
        let line = |n: &usize| Told {
            candles: candles(&all[*n]),
            telling: Telling::default(),
            instrument: InstrumentId(*n as u32),
            venue: VenueId::BinanceUsdm,
        };
        let around = Around {
            name: "venue".to_owned(),
            sink: Order::default(),
            settled: || true,
            hand: Clock::manual().1,
            done: StopFlag::new(),
            warm: Switch::new(),
        };
        let mut feed = CandleFeed::new(around, which.iter().map(line).collect());
        while feed.poll() != Poll::Idle {}
        feed.into_sink().0
    };
    let both = told(&[0, 1]);
    assert!(both.is_sorted_by_key(|(at, ..)| *at), "in the order of time");
    for n in [0, 1] {
        // The touch of an open is a nanosecond early, but for the last one.
        let begun = |at: Nanos| Nanos(at.0 + u64::from(n == 0 && (at.0 + 1).is_multiple_of(60 * Nanos::SECOND)));
        let one = both.iter().filter(|(_, of, _)| of.index() == n).cloned();
        let one: Vec<_> = one.map(|(at, of, what)| (begun(at), of, what)).collect();
        assert_eq!(one, told(&[n]), "instrument {n}");
    }
    let early = both.iter().filter(|(at, ..)| (at.0 + 1).is_multiple_of(60 * Nanos::SECOND)).count();
    assert_eq!(early, 38, "the first begins with time itself, and one is not there");
}

/// Runs with somebody who holds those stops.
fn with_stops(rows: &[Row], telling: Telling, stops: &[(Side, i64)]) -> Notes {
    let (mut feed, _) = feed(rows, telling);
    let (writer, reader) = snapshot_of(Waits::NONE);
    feed.around_mut().sink.waits = Some(writer);
    feed.around_mut().sink.stops = stops.to_vec();
    let mut feed = feed.with_waits(Some(reader));
    while feed.poll() != Poll::Idle {}
    feed.into_sink()
}

/// Tick by tick along the path, and with one leap from a close to the next open.
fn slow(rows: &[Row], way: Way, stops: &[(Side, i64)]) -> Vec<((Side, i64), i64)> {
    let (mut left, mut pulled) = (stops.to_vec(), Vec::new());
    for (_, prices, _) in rows {
        let [open, high, low, close] = prices.map(|px| Ticks(px as i64));
        let candle = Candle { at: Nanos(0), open, high, low, close, volume: Lots(0) };
        let corners = corners(&candle, way);
        pull(&mut left, corners[0].0, &mut pulled);
        for pair in corners.windows(2) {
            let (mut px, end) = (pair[0].0, pair[1].0);
            while px != end {
                px += (end - px).signum();
                pull(&mut left, px, &mut pulled);
            }
        }
    }
    pulled
}

#[test]
fn a_stop_is_pulled_where_it_lies_or_at_the_open_beyond_it_and_volume_is_what_it_was() {
    let (mut at_trigger, mut at_open) = (0, 0);
    for seed in 0..500 {
        let mut dice = Dice(seed);
        let way = [Way::Near, Way::Far, Way::High, Way::Low][dice.below(4) as usize];
        let telling = Telling { steps: 1 + dice.below(3) as u32, way, slip_e9: 0 };
        let rows = random(&mut dice, 8, 0);
        let stops: Vec<(Side, i64)> = (0..1 + dice.below(6))
            .map(|_| (if dice.share() < 0.5 { Side::Buy } else { Side::Sell }, 45 + dice.below(110) as i64))
            .collect();
        let found = with_stops(&rows, telling, &stops);
        // What the first open pulls was told before anybody could wait; from there on, the price is the trigger's own.
        assert_eq!(found.pulled, slow(&rows, way, &stops), "seed {seed}: {stops:?} over {rows:?}");
        for ((_, trigger), px) in &found.pulled {
            *(if trigger == px { &mut at_trigger } else { &mut at_open }) += 1;
        }
        let times = |heard: &Heard| match heard {
            Heard::Touch(at, ..) | Heard::Trade(at, ..) => *at,
        };
        assert!(found.heard.is_sorted_by_key(times), "seed {seed}");
        for (minute, _, volume) in &rows {
            let begin = *minute as u64 * 60;
            let told = |of: &Notes| -> i64 {
                let trades = of.heard.iter().filter(|heard| (begin..begin + 60).contains(&times(heard)));
                trades.map(|heard| if let Heard::Trade(_, _, qty, _) = heard { *qty } else { 0 }).sum()
            };
            let (with, without) = (told(&found), told(&with_stops(&rows, telling, &[])));
            let is_room = *volume as i64 > 3 * i64::from(telling.steps) + stops.len() as i64 + 1;
            assert!(with == without || !is_room, "seed {seed}: {with} of {without} traded");
        }
    }
    assert!(at_trigger > 300 && at_open > 300, "{at_trigger} at their triggers and {at_open} at an open do not try it");
}
