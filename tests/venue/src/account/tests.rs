//! Accounts by themselves: a market that is stepped by hand, an account that trades on it.

use super::*;
use crate::listing::Listing;
use crate::market::{Change, Fill, Market, Outcome};
use crate::random::Random;
use engine_model::instrument::Name;
use engine_model::market::{Level, Side};
use engine_model::units::{Lots, Ticks};
use engine_model::venue::VenueId;
use std::time::Duration;

const START_NS: u64 = 1_750_000_000_000_000_000;

/// A venue without sockets.
struct Venue {
    market: Market,
    accounts: Accounts,
    mishaps: Mishaps,
    holder: Holder,
    at_ns: u64,
}

impl Venue {
    fn new(venue: VenueId, seed: u64) -> Self {
        Self::with(venue, &Listing::defaults(venue), seed, &AccountConfig::default())
    }

    fn with(rules: VenueId, listings: &[Listing], seed: u64, account: &AccountConfig) -> Self {
        Self {
            market: Market::new(seed, listings, true),
            accounts: Accounts::new(rules, listings, std::slice::from_ref(account)),
            mishaps: Mishaps::new(seed),
            holder: Holder { account: 0, key: TRADER },
            at_ns: START_NS,
        }
    }

    fn teller(&mut self) -> Teller<'_> {
        Teller::new(&mut self.accounts, &self.market, &mut self.mishaps, self.at_ns)
    }

    fn step(&mut self, events: usize) {
        for _ in 0..events {
            self.at_ns = START_NS + self.market.next_at_ns();
            let outcome = self.market.step();
            self.accounts.meet(outcome, self.at_ns);
        }
        self.accounts.pass_time(self.at_ns);
    }

    fn place(&mut self, entry: Entry) -> Result<Order, Refusal> {
        let holder = self.holder;
        self.teller().place(holder, entry)
    }

    fn best(&self, side: Side) -> (i64, i64) {
        let level = self.market.book(0).best(side);
        (level.px.0, level.qty.0)
    }

    fn truth(&self) -> AccountTruth {
        let truth = self.accounts.truth(0).expect("an account");
        truth.check();
        truth
    }

    fn free(&self, asset: &str) -> i128 {
        self.accounts.list[0].wallet.get(Name::new(asset).expect("short")).free_e8()
    }
}

fn limit(client_id: &str, side: Side, px: i64, qty: i64) -> Entry {
    Entry {
        client_id: client_id.to_owned(),
        instrument: 0,
        side,
        px: Some(px),
        amount: Amount::Lots(qty),
        stands: Stands::UntilCanceled,
        post_only: false,
        reduce_only: false,
    }
}

#[test]
fn a_taker_walks_the_book_pays_for_what_it_got_and_does_not_get_it_twice() {
    let mut venue = Venue::new(VenueId::BinanceSpot, 1);
    let levels: Vec<_> = venue.market.book(0).levels(Side::Sell).take(3).map(|l| (l.px.0, l.qty.0)).collect();
    let qty = levels[0].1 + levels[1].1 + 1;
    let order = venue.place(limit("a", Side::Buy, levels[2].0, qty)).expect("taken in");
    assert_eq!((order.state, order.filled), (State::Filled, qty));
    let told: Vec<_> = venue.accounts.take_events();
    assert_eq!(
        told.iter().map(|e| e.cause).collect::<Vec<_>>(),
        [Cause::Entered, Cause::Filled, Cause::Filled, Cause::Filled]
    );
    let fills = venue.truth().fills;
    let got: Vec<_> = fills.iter().map(|fill| (fill.px, fill.qty)).collect();
    assert_eq!(got, [levels[0], levels[1], (levels[2].0, 1)]);
    assert!(fills.iter().all(|fill| !fill.maker && fill.fee_asset.as_str() == "BTC" && fill.fee_e8 > 0));
    let again = Entry { stands: Stands::Immediate, ..limit("b", Side::Buy, levels[1].0, 1_000) };
    let order = venue.place(again).expect("taken in");
    assert_eq!((order.state, order.filled), (State::Expired, 0), "the two levels are gone");
}

#[test]
fn a_maker_waits_for_those_before_it_and_is_filled_at_its_price() {
    let mut venue = Venue::new(VenueId::BinanceUsdm, 2);
    let (px, ahead) = venue.best(Side::Buy);
    let order = venue.place(limit("m", Side::Buy, px, 50)).expect("taken in");
    assert_eq!((order.state, order.queue_ahead), (State::Open, ahead));
    while venue.truth().open().count() > 0 {
        venue.step(1);
        assert!(venue.market.event_count() < 1_000_000, "never filled");
    }
    let truth = venue.truth();
    assert!(truth.fills.iter().all(|fill| fill.maker && fill.px == px));
    assert_eq!(truth.positions[0].qty, 50);
}

/// An event of the market at a price: a trade against bids, or a level of that side set anew.
fn event(traded: Option<(i64, i64)>, set: Option<(Side, i64, i64)>) -> Outcome {
    let level = |(px, qty)| Level { px: Ticks(px), qty: Lots(qty) };
    let fill = |at| Fill {
        level: level(at),
        aggressor: Side::Sell,
        parts: [level(at).qty, Lots(0), Lots(0)],
        first_trade_id: 1,
        aggregate_id: 1,
        liquidation: false,
    };
    let change = |(side, px, qty)| Change { side, level: level((px, qty)), update_id: 1 };
    Outcome {
        fills: traded.map(fill).into_iter().collect(),
        changes: set.map(change).into_iter().collect(),
        ..Outcome::default()
    }
}

#[test]
fn two_makers_of_one_price_are_filled_in_turn_behind_the_queue_and_whole_when_it_trades_through() {
    let mut venue = Venue::new(VenueId::BinanceUsdm, 2);
    let (px, _) = venue.best(Side::Buy);
    for id in ["first", "second", "third"] {
        venue.place(limit(id, Side::Buy, px, 10)).expect("taken in");
        venue.accounts.list[0].orders.last_mut().expect("entered").queue_ahead = 7;
    }
    let mut after = |event: Outcome| {
        venue.accounts.meet(&event, venue.at_ns);
        venue.truth().orders.iter().map(|order| (order.filled, order.queue_ahead)).collect::<Vec<_>>()
    };
    assert_eq!(after(event(Some((px, 4)), None)), [(0, 3), (0, 3), (0, 3)]);
    assert_eq!(after(event(Some((px, 5)), None)), [(2, 0), (0, 0), (0, 0)]);
    assert_eq!(after(event(Some((px, 11)), None)), [(10, 0), (3, 0), (0, 0)], "in the order of entry");
    assert_eq!(after(event(Some((px + 1, 100)), None)), [(10, 0), (3, 0), (0, 0)], "a better price is not theirs");
    assert_eq!(after(event(None, Some((Side::Sell, px, 5)))), [(10, 0), (8, 0), (0, 0)], "placed into them");
    assert_eq!(after(event(Some((px - 1, 1)), None)), [(10, 0), (10, 0), (10, 0)], "traded through");
}

#[test]
fn who_withdraws_from_the_queue_makes_it_shorter() {
    let mut venue = Venue::new(VenueId::BinanceUsdm, 2);
    let (px, ahead) = venue.best(Side::Buy);
    venue.place(limit("m", Side::Buy, px, 10)).expect("taken in");
    venue.accounts.meet(&event(None, Some((Side::Buy, px, ahead - 1))), venue.at_ns);
    assert_eq!(venue.truth().orders[0].queue_ahead, ahead - 1);
    venue.accounts.meet(&event(None, Some((Side::Buy, px, ahead + 50))), venue.at_ns);
    assert_eq!(venue.truth().orders[0].queue_ahead, ahead - 1, "who comes later stands behind");
}

#[test]
fn what_a_venue_refuses_is_refused_with_its_reason_and_changes_nothing() {
    let mut venue = Venue::new(VenueId::BinanceUsdm, 3);
    let (bid, ask) = (venue.best(Side::Buy).0, venue.best(Side::Sell).0);
    let before = venue.truth();
    let cases = [
        (Refusal::Price, limit("x", Side::Buy, 0, 100)),
        (Refusal::Price, limit("x", Side::Buy, ask * 6, 100)),
        (Refusal::TooSmall, limit("x", Side::Buy, bid, 0)),
        (Refusal::TooLarge, limit("x", Side::Buy, bid, 1_000_001)),
        (Refusal::NotionalTooSmall, limit("x", Side::Buy, bid, 1)),
        (Refusal::Balance, limit("x", Side::Buy, bid, 1_000_000)),
        (Refusal::WouldTake, Entry { post_only: true, ..limit("x", Side::Buy, ask, 100) }),
        (Refusal::CannotFill, Entry { stands: Stands::AllOrNothing, ..limit("x", Side::Buy, bid, 100) }),
        (Refusal::NothingToReduce, Entry { reduce_only: true, ..limit("x", Side::Sell, ask, 100) }),
    ];
    for (refusal, entry) in cases {
        assert_eq!(venue.place(entry.clone()), Err(refusal), "{entry:?}");
    }
    assert_eq!(venue.truth(), before);
    venue.place(limit("x", Side::Buy, bid, 100)).expect("taken in");
    assert_eq!(venue.place(limit("x", Side::Buy, bid, 100)), Err(Refusal::DuplicateClientId));
    let holder = Holder { key: READER, ..venue.holder };
    assert_eq!(venue.teller().place(holder, limit("y", Side::Buy, bid, 100)), Err(Refusal::NoTradeRight));
    let holder = venue.holder;
    assert_eq!(venue.teller().cancel(holder, Which::Client("nothing")), Err(Refusal::NoSuchOrder));
    venue.teller().cancel(holder, Which::Client("x")).expect("withdrawn");
    assert_eq!(venue.teller().cancel(holder, Which::Client("x")), Err(Refusal::Done(State::Canceled)));
}

#[test]
fn a_buy_binds_its_money_and_a_withdrawal_frees_it() {
    let mut venue = Venue::new(VenueId::BinanceSpot, 4);
    let (bid, _) = venue.best(Side::Buy);
    let before = venue.free("USDT");
    venue.place(limit("a", Side::Buy, bid - 500, 100_000)).expect("taken in");
    assert_eq!(before - venue.free("USDT"), i128::from(bid - 500) * 100_000 * 10);
    let holder = venue.holder;
    let smaller = venue.teller().modify(holder, Which::Client("a"), bid - 500, 60_000).expect("changed");
    assert_eq!((smaller.qty, smaller.state), (60_000, State::Open));
    assert_eq!(before - venue.free("USDT"), i128::from(bid - 500) * 60_000 * 10);
    assert_eq!(venue.teller().cancel_all(holder, Some(0)).expect("withdrawn").len(), 1);
    assert_eq!(venue.free("USDT"), before);
    venue.truth();
}

#[test]
fn a_change_keeps_its_place_only_when_it_gets_smaller_and_takes_when_it_crosses() {
    let mut venue = Venue::new(VenueId::BinanceUsdm, 5);
    let ((bid, _), (ask, _)) = (venue.best(Side::Buy), venue.best(Side::Sell));
    venue.place(limit("a", Side::Buy, bid, 100)).expect("taken in");
    venue.accounts.list[0].orders[0].queue_ahead = 7;
    let holder = venue.holder;
    let mut change = |px, qty| venue.teller().modify(holder, Which::Client("a"), px, qty);
    assert_eq!(change(bid, 60).map(|order| order.queue_ahead), Ok(7));
    assert_eq!(change(bid, 60), Err(Refusal::NoChange));
    assert!(change(bid, 80).expect("changed").queue_ahead > 7);
    let crossed = change(ask, 80).expect("changed");
    assert!(crossed.filled > 0);
    venue.truth();
}

#[test]
fn the_dead_man_withdraws_what_stands_when_nobody_speaks_and_not_before() {
    let mut venue = Venue::new(VenueId::BinanceUsdm, 6);
    let (bid, _) = venue.best(Side::Buy);
    let holder = venue.holder;
    let short_lived = Entry { stands: Stands::Until(venue.at_ns + 1_000), ..limit("b", Side::Buy, bid / 2, 100) };
    venue.place(limit("a", Side::Buy, bid / 2, 100)).expect("taken in");
    venue.place(short_lived).expect("taken in");
    venue.teller().dead_man(holder, Some(0), 5_000);
    venue.teller().dead_man(holder, Some(1), 2_000);
    assert_eq!(venue.accounts.next_at_ns(), venue.at_ns + 1_000);
    venue.accounts.pass_time(venue.at_ns + 4_999);
    let state = |venue: &Venue, id| venue.truth().order(id).map(|order| order.state);
    assert_eq!((state(&venue, "a"), state(&venue, "b")), (Some(State::Open), Some(State::Expired)));
    venue.accounts.pass_time(venue.at_ns + 5_000);
    assert_eq!((state(&venue, "a"), venue.accounts.next_at_ns()), (Some(State::Canceled), u64::MAX));
}

#[test]
fn limits_are_counted_by_window() {
    let mut venue = Venue::new(VenueId::Bybit, 7);
    let (bid, _) = venue.best(Side::Buy);
    for id in 0..10 {
        venue.place(limit(&id.to_string(), Side::Buy, bid / 2, 100)).expect("taken in");
    }
    let opens_at_ns = (venue.at_ns / 1_000_000_000 + 1) * 1_000_000_000;
    assert_eq!(venue.place(limit("a", Side::Buy, bid / 2, 100)), Err(Refusal::TooMany(opens_at_ns)));
    let holder = venue.holder;
    assert_eq!(venue.teller().used(holder), [(1_000_000_000, 10, 10)]);
    venue.at_ns = opens_at_ns;
    venue.place(limit("a", Side::Buy, bid / 2, 100)).expect("taken in");
}

#[test]
fn faults_do_what_they_say_and_once() {
    let mut venue = Venue::new(VenueId::BinanceUsdm, 8);
    let (bid, _) = venue.best(Side::Buy);
    let holder = venue.holder;
    let mut go = |fault, client_id: &str| {
        venue.mishaps.arm_order(fault);
        let mut teller = venue.teller();
        let placed = teller.place(holder, limit(client_id, Side::Buy, bid, 100));
        (placed.map(|order| order.state), teller.fate(), venue.truth().order(client_id).is_some())
    };
    let late = Duration::from_millis(3);
    assert_eq!(go(OrderFault::ReplyLost, "a"), (Ok(State::Open), Fate::Lost, true));
    assert_eq!(go(OrderFault::ReplyDelayed(late), "b"), (Ok(State::Open), Fate::Delayed(3_000_000), true));
    assert_eq!(go(OrderFault::FillBeforeAck, "c"), (Ok(State::Filled), Fate::Delayed(50_000_000), true));
    let status = |acted| OrderFault::Status { status: 503, acted };
    assert_eq!(go(status(true), "d"), (Err(Refusal::Status(503)), Fate::Sent, true));
    assert_eq!(go(status(false), "e"), (Err(Refusal::Status(503)), Fate::Sent, false));
    assert_eq!(go(OrderFault::Cut, "f"), (Ok(State::Open), Fate::Cut, true));
    assert_eq!(go(OrderFault::CancelFillRace, "g"), (Ok(State::Open), Fate::Sent, true), "it waits for a withdrawal");
    assert_eq!(venue.teller().cancel(holder, Which::Client("g")), Err(Refusal::Done(State::Filled)));
    assert_eq!(venue.teller().cancel(holder, Which::Client("a")).map(|order| order.state), Ok(State::Canceled));
}

/// Any request whatever, near the market.
fn any(random: &mut Random, venue: &Venue, number: usize) -> Entry {
    let instrument = random.below(venue.accounts.instruments.len() as u64) as usize;
    let book = venue.market.book(instrument);
    let side = if random.chance(500) { Side::Buy } else { Side::Sell };
    let px = book.best(side).px.0 + random.around_zero(40);
    let instrument_is = venue.accounts.instruments[instrument];
    let typical = Listing::defaults(instrument_is.venue)[instrument].typical_qty.0.unsigned_abs();
    let qty = random.below(typical * 20) as i64;
    let stands = match random.below(6) {
        0 => Stands::Immediate,
        1 => Stands::AllOrNothing,
        2 => Stands::Until(venue.at_ns + random.below(3_000_000_000)),
        _ => Stands::UntilCanceled,
    };
    Entry {
        client_id: format!("c{}", number.saturating_sub(random.below(3) as usize)),
        instrument,
        side,
        px: (!random.chance(150)).then_some(px),
        amount: if random.chance(50) { Amount::Quote(i128::from(random.bits() >> 20)) } else { Amount::Lots(qty) },
        stands,
        post_only: random.chance(150),
        reduce_only: random.chance(200),
    }
}

/// One of each kind of rules, and what is listed.
const VENUES: [(VenueId, VenueId); 6] = [
    (VenueId::BinanceSpot, VenueId::BinanceSpot),
    (VenueId::BinanceUsdm, VenueId::BinanceUsdm),
    (VenueId::BinanceCoinm, VenueId::BinanceCoinm),
    (VenueId::Bybit, VenueId::Bybit),
    (VenueId::Kraken, VenueId::BinanceSpot),
    (VenueId::KrakenFutures, VenueId::BinanceUsdm),
];

/// Whatever is asked of whatever venue: everything adds up after each step, and what is done stays as it was.
#[test]
fn nothing_is_ever_lost_or_made_and_what_is_done_is_done() {
    let mut seen = [0_usize; 4];
    for ((rules, listed), seed) in VENUES.into_iter().flat_map(|venue| [(venue, 1), (venue, 2)]) {
        let listings = Listing::defaults(listed);
        let rich = AccountConfig::default();
        let poor = rich.opening(&listings).into_iter().map(|(asset, amount_e8)| (asset, amount_e8 / 500)).collect();
        let poor = AccountConfig { opening: Some(poor), ..rich.clone() };
        let mut venue = Venue::with(rules, &listings, seed, if seed == 1 { &rich } else { &poor });
        let mut random = Random::branch(seed, "account");
        venue.mishaps.draw(100);
        let mut before = venue.truth();
        for number in 0..300 {
            let holder = venue.holder;
            let entry = any(&mut random, &venue, number);
            let known = format!("c{}", random.below(number as u64 + 1));
            let refused = match random.below(10) {
                0..=4 => venue.place(entry).err(),
                5 => venue.teller().cancel(holder, Which::Client(&known)).err(),
                6 => {
                    let px = entry.px.unwrap_or(1);
                    let qty = random.below(1_000_000) as i64;
                    venue.teller().modify(holder, Which::Client(&known), px, qty).err()
                }
                7 if random.chance(100) => venue.teller().cancel_all(holder, None).err(),
                _ => None,
            };
            seen[3] += usize::from(refused == Some(Refusal::Balance));
            venue.step(random.below(60) as usize);
            let after = venue.truth();
            for (old, new) in before.orders.iter().zip(&after.orders) {
                assert!(old.is_open() || old == new, "done and yet changed: {old:?} {new:?}");
                assert!(old.filled <= new.filled);
            }
            assert_eq!(after.fills[..before.fills.len()], before.fills[..], "fills stay");
            before = after;
        }
        seen[0] += before.fills.iter().filter(|fill| fill.maker).count();
        seen[1] += before.fills.iter().filter(|fill| !fill.maker).count();
        seen[2] += before.orders.iter().filter(|order| order.state != State::Open).count();
        let told = venue.accounts.take_events();
        assert!(told.iter().enumerate().all(|(place, event)| event.number == place as u64 + 1));
        assert_eq!(
            told.iter().filter(|event| event.fill.is_some()).count(),
            before.fills.len(),
            "each fill is told once"
        );
    }
    assert!(seen.iter().all(|count| *count > 20), "makers, takers, ends, want of money: {seen:?}");
}
