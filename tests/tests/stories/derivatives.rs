//! What no stream tells: open interest, funding, long against short, asked of the venues of a run and told over all of them.
//! A venue that stops is named; what it said last grows older, and is in no sum.

use crate::client::{PATIENCE, get, get_until, get_within};
use crate::demo::Demo;
use crate::process::{Going, ringside};
use crate::scratch::Scratch;
use engine_model::instrument::{ContractKind, Instrument, InstrumentId, Instruments};
use engine_model::units::Nanos;
use engine_model::venue::VenueId;
use engine_ring::clock::Clock;
use feeds::poll::answer::Rows;
use feeds::poll::backfill::{Backfill, Part};
use feeds::poll::board::{Board, Polled};
use feeds::poll::error::PollError;
use feeds::poll::poller::{Poller, Schedule, Source, topics};
use feeds::poll::question::{Period, Question, Span};
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};
use tests_venue::{Config, Fault, Listing, SimulatedVenue};

/// An amount of eight decimals in its last unit.
fn e8(amount: &Value) -> i128 {
    let text = amount.as_str().unwrap_or_else(|| panic!("no amount: {amount}"));
    let (whole, fraction) = text.split_once('.').unwrap_or_else(|| panic!("no decimals: {text}"));
    assert_eq!(fraction.len(), 8, "{text}");
    [whole, fraction].concat().parse().expect("digits")
}

fn rows<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name].as_array().unwrap_or_else(|| panic!("{name} is no list: {value}"))
}

#[test]
fn the_demo_tells_open_interest_funding_and_ratios_over_its_venues() {
    let demo = Demo::start(&[]);
    let all = get_until(demo.door, "/api/v1/market/open-interest/btc-usdt", |all| rows(all, "missing").is_empty());
    assert_eq!(all["coin"], "BTC");
    let markets = rows(&all, "markets");
    let margins = |venue: &str| -> Vec<&str> {
        markets
            .iter()
            .filter(|market| market["venue"] == venue)
            .filter_map(|market| market["margin"].as_str())
            .collect()
    };
    for venue in ["binance-usdm", "gate-futures", "bitget"] {
        assert_eq!(margins(venue), ["linear-usdt"], "{venue}: {all}");
    }
    for venue in ["bybit", "okx"] {
        assert_eq!(margins(venue), ["linear-usdt", "inverse"], "{venue}: {all}");
    }
    assert_eq!(margins("hyperliquid"), ["linear-usdc"], "{all}");
    for (name, sums) in [("coins", "by_margin"), ("usd", "by_margin"), ("coins", "by_venue"), ("usd", "by_venue")] {
        let parts: i128 = rows(&all, sums).iter().map(|sum| e8(&sum[name])).sum();
        assert_eq!(parts, e8(&all["total"][name]), "{sums} {name}: {all}");
        assert_eq!(markets.iter().map(|market| e8(&market[name])).sum::<i128>(), parts, "{name}: {all}");
    }
    // Of each the dollars are the coins at about the one price there is: contracts of 100 dollars are not taken for coins.
    for market in markets {
        let px = e8(&market["usd"]) / e8(&market["coins"]).max(1);
        assert!((20_000..200_000).contains(&px), "{px} dollars a bitcoin: {market}");
        assert!(market["received_at_ns"].is_u64() && market["age_ns"].as_u64() < Some(45 * Nanos::SECOND), "{market}");
    }

    let told = |all: &Value| rows(all, "markets").len() >= 8 && rows(all, "missing").is_empty();
    let funding = get_until(demo.door, "/api/v1/market/funding/BTC", told);
    for market in rows(&funding, "markets") {
        assert!(market["interval_s"] == 28_800 || market["interval_s"] == 3_600, "{market}");
        assert!(rows(market, "paid").len() > 5 && market["rate_year"].is_f64(), "{market}");
    }
    // Three of Binance and Gate and of either swap of OKX, two of Bitget; of Bybit all accounts, of Hyperliquid nothing.
    let told = |all: &Value| rows(all, "markets").len() >= 16 && rows(all, "missing").is_empty();
    let ratios = get_until(demo.door, "/api/v1/market/long-short/BTC", told);
    for ratio in rows(&ratios, "markets") {
        let [long, short] = ["long_share", "short_share"].map(|name| ratio[name].as_f64().expect("a share"));
        assert!((long + short - 1.0).abs() < 1e-12 && (0.3..0.7).contains(&long), "{ratio}");
        assert_eq!(ratio["long_coins"].is_string(), ratio["counted_by"] == "size", "{ratio}");
    }
    demo.terminate();
    demo.end().ran.json();
}

/// Of these runs: what is dialled in vain for so long is dead.
const DEAD_AFTER: Duration = Duration::from_secs(8);

/// A run on venues that can be stopped.
fn settings(venues: &[(&str, &str, &SimulatedVenue)]) -> String {
    let mut text = "[bridge]\naddress = \"127.0.0.1:0\"\npast = \"past.json\"\n[journal]\nenabled = false\n".to_owned();
    text += &format!("[feeds]\ndead_after_s = {}\n", DEAD_AFTER.as_secs());
    for (name, symbol, venue) in venues {
        let (ws, rest) = (venue.ws_url(), venue.rest_url());
        text += &format!(
            "[[venue]]\nname = \"{name}\"\nsymbols = [\"{symbol}\"]\nws_url = \"{ws}\"\nrest_url = \"{rest}\"\n"
        );
    }
    text + "[[strategy]]\nname = \"imbalance_maker\"\ninstruments = [\"binance-usdm:BTCUSDT\"]\n"
}

/// The real binary on those.
struct Run {
    going: Going,
    door: SocketAddr,
    _scratch: Scratch,
}

fn run(venues: &[(&str, &str, &SimulatedVenue)]) -> Run {
    let scratch = Scratch::new();
    let (going, door) = begin(&scratch, venues);
    Run { going, door, _scratch: scratch }
}

fn begin(scratch: &Scratch, venues: &[(&str, &str, &SimulatedVenue)]) -> (Going, SocketAddr) {
    let file = scratch.file("settings.toml", settings(venues));
    let mut going = ringside(["run", "--json", "--config"]).arg(file).within(scratch.path()).start();
    let said = going.until_said("no journal").to_owned();
    let door = said.split("the door is http://").nth(1).and_then(|rest| rest.split('/').next()).expect("a door");
    (going, door.parse().expect("an address"))
}

#[test]
fn a_venue_that_stops_is_named_missing_and_not_counted_as_nothing() {
    let start = |venue| SimulatedVenue::start(Config::new(venue, 7)).expect("a free port");
    let (usdm, bybit) = (start(VenueId::BinanceUsdm), start(VenueId::Bybit));
    let Run { going, door, _scratch } = run(&[("binance-usdm", "BTCUSDT", &usdm), ("bybit", "linear:BTCUSDT", &bybit)]);

    let path = "/api/v1/market/open-interest/BTC";
    let both = get_until(door, path, |all| all["total"]["markets"] == 2);
    usdm.stop();
    let stopped = Instant::now();
    let one = get_until(door, path, |all| {
        rows(all, "missing")
            .iter()
            .any(|missing| missing["reason"].as_str().is_some_and(|it| it.contains("not connected")))
    });
    assert!(stopped.elapsed() < PATIENCE, "it took {:?}", stopped.elapsed());
    let missing = rows(&one, "missing");
    assert_eq!((missing.len(), &missing[0]["venue"]), (1, &Value::from("binance-usdm")), "{one}");
    assert_eq!(one["total"]["markets"], 1, "{one}");
    let last = &rows(&one, "markets")[0];
    assert_eq!((&last["venue"], &last["counts"]), (&Value::from("binance-usdm"), &Value::from(false)), "{one}");
    assert!(e8(&last["coins"]) > 0, "what it said last is still there: {one}");
    assert_eq!(rows(&one, "by_venue").len(), 1, "{one}");
    let of_bybit = |all: &Value| e8(&rows(all, "markets")[1]["coins"]);
    assert_eq!(e8(&one["total"]["coins"]), of_bybit(&one), "the sum is the other venue's");
    assert!(e8(&both["total"]["coins"]) > of_bybit(&both));
    let age = |all: Value| rows(&all, "markets")[0]["age_ns"].as_u64().expect("an age");
    let before = age(one);
    std::thread::sleep(Duration::from_millis(100));
    assert!(age(get(door, path).json()) >= before + 100 * Nanos::MILLI, "it grows older");
    for route in ["funding", "long-short"] {
        let all = get_until(door, &format!("/api/v1/market/{route}/BTC"), |all| !rows(all, "missing").is_empty());
        assert!(rows(&all, "missing").iter().all(|missing| missing["venue"] == "binance-usdm"), "{all}");
    }
    going.terminate();
    going.end();
}

/// The snapshots that its changes are told by outlive the run.
#[test]
fn open_interest_of_before_a_restart_is_known_behind_it() {
    let exchange = SimulatedVenue::start(Config::new(VenueId::BinanceUsdm, 7)).expect("a free port");
    let scratch = Scratch::new();
    let start = || begin(&scratch, &[("binance-usdm", "BTCUSDT", &exchange)]);
    let history = |all: &Value| rows(all, "markets").first().map(|market| rows(market, "history").to_vec());
    let path = "/api/v1/market/open-interest/BTC";
    let (first, door) = start();
    let told = get_until(door, path, |all| history(all).is_some_and(|history| !history.is_empty()));
    let before = history(&told).expect("one market")[0].clone();
    first.terminate();
    first.end();
    let (second, door) = start();
    let told = get_until(door, path, |all| history(all).is_some_and(|history| !history.is_empty()));
    assert_eq!(history(&told).expect("one market")[0], before, "{told}");
    second.terminate();
    second.end();
}

/// It is dead after the time that the settings name; what it said last counts for three quarters of a minute.
#[test]
fn one_of_six_exchanges_that_stops_is_dead_when_the_settings_say_and_missing_from_the_sum() {
    let start = |venue| SimulatedVenue::start(Config::new(venue, 7)).expect("a free port");
    let [usdm, bybit, okx] = [VenueId::BinanceUsdm, VenueId::Bybit, VenueId::Okx].map(start);
    let [gate, bitget, hyperliquid] = [VenueId::GateFutures, VenueId::Bitget, VenueId::Hyperliquid].map(start);
    let Run { going, door, _scratch } = run(&[
        ("binance-usdm", "BTCUSDT", &usdm),
        ("bybit", "linear:BTCUSDT", &bybit),
        ("okx", "BTC-USDT-SWAP", &okx),
        ("gate-futures", "BTC_USDT", &gate),
        ("bitget", "USDT-FUTURES:BTCUSDT", &bitget),
        ("hyperliquid", "BTC", &hyperliquid),
    ]);
    let (open, venues) = ("/api/v1/market/open-interest/BTC", "/api/v1/market/venues");
    let states = |all: &Value| -> Vec<String> {
        rows(all, "venues").iter().map(|venue| venue["state"].as_str().expect("a state").to_owned()).collect()
    };
    get_until(door, venues, |all| states(all) == ["synced"; 6] && rows(all, "missing").is_empty());
    get_until(door, open, |all| all["total"]["markets"] == 6 && rows(all, "missing").is_empty());
    okx.stop();
    let stopped = Instant::now();
    let dead = get_until(door, venues, |all| states(all)[2] == "dead");
    assert!(stopped.elapsed() >= DEAD_AFTER - Duration::from_secs(1), "dead after {:?}", stopped.elapsed());
    assert_eq!(rows(&dead, "venues")[2]["instruments"][0]["state"], "dead", "{dead}");
    assert_eq!(states(&dead).iter().filter(|state| *state == "synced").count(), 5, "the others go on: {dead}");
    assert!(rows(&dead, "missing").iter().any(|missing| missing.to_string().contains("okx")), "{dead}");
    let five = get_within(2 * PATIENCE, door, open, |all| all["total"]["markets"] == 5);
    assert_eq!(rows(&five, "missing").len(), 1, "{five}");
    assert_eq!(rows(&five, "missing")[0]["venue"], "okx", "{five}");
    going.terminate();
    going.end();
}

/// A poller on one venue.
struct Asked {
    exchange: SimulatedVenue,
    board: Arc<Board>,
    _poller: Poller,
}

fn ask(venue: VenueId, schedule: &Schedule) -> Asked {
    let exchange = SimulatedVenue::start(Config::new(venue, 7)).expect("a free port");
    // Its first contract, or what it has.
    let listed = Listing::defaults(venue);
    let contract = listed.iter().find(|listing| listing.instrument.kind != ContractKind::Spot).unwrap_or(&listed[0]);
    let one = Instrument { id: InstrumentId(0), ..contract.instrument };
    let instruments = Arc::new(Instruments::new(vec![one]));
    let sources = [Source { venue, rest_url: exchange.rest_url() }];
    let topics = topics(&sources, &instruments, schedule);
    let poller = Poller::start(&sources, &topics, instruments, &Clock::machine(), 7).expect("a thread");
    Asked { exchange, board: poller.board(), _poller: poller }
}

impl Asked {
    fn until(&self, what: &str, right: impl Fn(&[Polled]) -> bool) -> Vec<Polled> {
        let start = Instant::now();
        loop {
            let all = self.board.all();
            if right(&all) {
                return all;
            }
            assert!(start.elapsed() < 3 * PATIENCE, "{what}: {all:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn open_interest(all: &[Polled]) -> Option<(i64, Nanos)> {
    let polled = all.iter().find(|polled| polled.topic.question == Question::OpenInterest)?;
    let answer = polled.answer.as_ref()?;
    match &*answer.rows {
        Rows::OpenInterest(rows) => Some((rows.last()?.qty.0, answer.received_at)),
        _ => None,
    }
}

#[test]
fn every_question_that_a_venue_answers_is_answered_within_its_limits() {
    for (venue, questions) in [
        (VenueId::BinanceUsdm, 5 + 6),
        (VenueId::BinanceCoinm, 5 + 6),
        (VenueId::BinanceSpot, 6),
        (VenueId::Bybit, 3 + 6),
        (VenueId::GateFutures, 5 + 6),
        (VenueId::Bitget, 4 + 6),
        (VenueId::Okx, 5 + 6),
        (VenueId::Hyperliquid, 2 + 6),
        (VenueId::KrakenFutures, 2 + 6),
        // Neither has candles of four hours.
        (VenueId::Deribit, 2 + 5),
        (VenueId::Kraken, 6),
        (VenueId::Coinbase, 5),
    ] {
        // Each once: at Hyperliquid eight questions are a minute's weight.
        let seldom = Duration::from_secs(300);
        let schedule = Schedule { open_interest: seldom, long_short: seldom, ..Schedule::default() };
        let asked = ask(venue, &schedule);
        let is_answered = |all: &[Polled]| all.iter().all(|polled| polled.answer.is_some());
        let all = asked.until(venue.name(), is_answered);
        assert_eq!(all.len(), questions, "{}", venue.name());
        assert!(all.iter().all(|polled| polled.failure.is_none()), "{all:?}");
    }
}

#[test]
fn whatever_a_venue_answers_instead_the_answer_before_stays_and_it_recovers() {
    for (status, count, word) in [(500, 3, "status 500"), (503, 2, "status 503"), (429, 2, "429"), (418, 2, "418")] {
        let often = Duration::from_millis(500);
        let schedule = Schedule { open_interest: often, long_short: often, funding: often, candles: often };
        let asked = ask(VenueId::BinanceUsdm, &schedule);
        let before = asked.until("an answer", |all| open_interest(all).is_some());
        let (_, at) = open_interest(&before).expect("there");
        asked.exchange.inject(Fault::RestStatus { status, count });
        let start = Instant::now();
        let failure = loop {
            let all = asked.board.all();
            assert!(open_interest(&all).is_some_and(|(_, now)| now >= at), "{status}: the answer before is gone");
            let failed = all.iter().find_map(|polled| polled.failure.as_ref().map(ToString::to_string));
            if let Some(failure) = failed {
                break failure;
            }
            assert!(start.elapsed() < PATIENCE, "{status} was not seen");
            std::thread::sleep(Duration::from_millis(1));
        };
        assert!(failure.contains(word), "{status}: {failure}");
        let is_well = |all: &[Polled]| {
            all.iter().all(|polled| polled.failure.is_none()) && open_interest(all).is_some_and(|(_, now)| now > at)
        };
        asked.until("recovered", is_well);
        assert!(asked.board.silent(VenueId::BinanceUsdm).is_none());
    }
}

#[test]
fn the_past_is_fetched_whole_and_no_row_twice() {
    for (venue, days) in [(VenueId::BinanceUsdm, 130), (VenueId::Bybit, 30)] {
        let exchange = SimulatedVenue::start(Config::new(venue, 7)).expect("a free port");
        let instrument = Listing::defaults(venue)[0].instrument;
        let source = Source { venue, rest_url: exchange.rest_url() };
        let clock = Clock::machine();
        let span = Span::last(days * 24, Period::H1.ns(), Nanos(clock.now()));
        let (mut at, mut answers) = (Vec::new(), 0);
        let mut each = |part: Part| {
            let Part::Rows(rows) = part else { panic!("{part:?}") };
            answers += 1;
            match rows {
                Rows::Funding(rows) => at.extend(rows.iter().map(|row| row.at.0)),
                other => panic!("not funding: {other:?}"),
            }
            Ok::<(), PollError>(())
        };
        let backfill = Backfill::new(&source, &instrument, Question::FundingHistory, &clock);
        let mut backfill = backfill.expect("an address").expect("the venue has it");
        let is_whole = backfill.fetch(span, &AtomicBool::new(false), &mut each).expect("answers");
        let mut no_more = |part: Part| -> Result<(), PollError> { panic!("nobody is there: {part:?}") };
        assert!(is_whole && answers > 3, "{answers} answers");
        assert_eq!(at.len() as u64, days * 3, "three a day on {}", venue.name());
        assert!(at.windows(2).all(|pair| pair[1] - pair[0] == 8 * Period::H1.ns()), "one each eight hours");
        assert!(
            !backfill.fetch(span, &AtomicBool::new(true), &mut no_more).expect("no error"),
            "it can be interrupted"
        );
        exchange.stop();
        let gone = backfill.fetch(span, &AtomicBool::new(false), &mut no_more);
        assert!(gone.expect_err("nobody is there").to_string().contains("not connected"));
    }
}
