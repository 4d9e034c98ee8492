//! The past of a venue into a file: every row as the venue has it, on each venue; what is there is gone on with, what is not
//! there is named, and nothing that was in a file is lost by a call that goes wrong.

use crate::process::{Call, ringside};
use crate::scratch::Scratch;
use engine_model::venue::VenueId;
use std::path::Path;
use std::time::{Duration, Instant};
use tests_venue::{Config, Listing, PastCandle, PastTrade, SimulatedVenue};

const MINUTE_MS: u64 = 60_000;
const VENUES: [VenueId; 13] = [
    VenueId::BinanceSpot,
    VenueId::BinanceUsdm,
    VenueId::BinanceCoinm,
    VenueId::Bybit,
    VenueId::Okx,
    VenueId::GateSpot,
    VenueId::GateFutures,
    VenueId::Bitget,
    VenueId::Hyperliquid,
    VenueId::Coinbase,
    VenueId::Kraken,
    VenueId::KrakenFutures,
    VenueId::Deribit,
];
/// They tell the newest trades only.
const NEWEST_ONLY: [VenueId; 2] = [VenueId::Bybit, VenueId::Hyperliquid];

/// A venue, and settings that say where it is.
struct Place {
    venue: VenueId,
    listings: Vec<Listing>,
    scratch: Scratch,
    _exchange: SimulatedVenue,
}

impl Place {
    fn start(venue: VenueId) -> Self {
        let exchange = SimulatedVenue::start(Config::new(venue, 7)).expect("a free port");
        let scratch = Scratch::new();
        let text = format!("[[venue]]\nname = \"{}\"\nrest_url = \"{}\"\n", venue.name(), exchange.rest_url());
        scratch.file("settings.toml", text);
        Self { venue, listings: Listing::defaults(venue), scratch, _exchange: exchange }
    }

    /// A call for the past of an instrument, into `FILE`.
    fn call(&self, of: &Listing, words: &str) -> Call {
        let call = ringside(["data", "backfill", "--config", "settings.toml", "--venue", self.venue.name()]);
        let call = call.arg("--symbol").arg(of.instrument.symbol.as_str()).within(self.scratch.path());
        words.split_whitespace().fold(call, |call, word| call.arg(word))
    }

    fn text(&self, file: &str) -> String {
        std::fs::read_to_string(self.scratch.path().join(file)).expect("a file")
    }

    fn is_there(&self, file: &str) -> bool {
        Path::new(&self.scratch.path().join(file)).exists()
    }

    /// A spot one, a linear one, an inverse one: the first of each kind that is listed.
    fn one_of_each_kind(&self) -> Vec<&Listing> {
        let mut kinds = Vec::new();
        self.listings
            .iter()
            .filter(|listing| {
                let is_new = !kinds.contains(&listing.instrument.kind);
                kinds.push(listing.instrument.kind);
                is_new
            })
            .collect()
    }
}

fn now_ms() -> u64 {
    engine_ring::clock::Clock::machine().now() / 1_000_000
}

/// As the command line takes it.
fn at(ms: u64) -> String {
    let (days, minutes) = (ms / 86_400_000, ms / MINUTE_MS % 1_440);
    let (year, month, first) = month_of(days);
    format!("{year:04}-{month:02}-{:02}T{:02}:{:02}:00Z", days - first + 1, minutes / 60, minutes % 60)
}

/// Year and month of a day since the epoch, and the day that the month begins with.
fn month_of(days: u64) -> (u64, u64, u64) {
    let (mut year, mut month, mut first) = (1970, 1, 0);
    loop {
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = match month {
            4 | 6 | 9 | 11 => 30,
            2 => 28 + u64::from(is_leap),
            _ => 31,
        };
        if days < first + length {
            return (year, month, first);
        }
        first += length;
        (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    }
}

/// Without zeros behind the point: the venue writes more of them than a tick or lot has.
fn plain(line: &str) -> String {
    let plain = |field: &str| match field.contains('.') {
        true => field.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => field.to_owned(),
    };
    line.split(',').map(plain).collect::<Vec<_>>().join(",")
}

fn plain_lines(text: &str) -> String {
    text.lines().map(|line| plain(line) + "\n").collect()
}

fn candle_line(of: &Listing, opened_at_ms: u64) -> String {
    let grid = of.instrument.grid;
    let PastCandle { open, high, low, close, volume, .. } = PastCandle::of(of, opened_at_ms, MINUTE_MS);
    let [open, high, low, close] = [open, high, low, close].map(|px| grid.price_text(px));
    plain(&format!("{opened_at_ms},{open},{high},{low},{close},{}", grid.qty_text(volume)))
}

fn candles_of(of: &Listing, from_ms: u64, to_ms: u64) -> String {
    let lines = (from_ms / MINUTE_MS..to_ms / MINUTE_MS).map(|minute| candle_line(of, minute * MINUTE_MS) + "\n");
    "ts_ms,open,high,low,close,volume\n".to_owned() + &lines.collect::<String>()
}

#[test]
fn the_candles_of_every_venue_come_whole_and_as_they_were() {
    for venue in VENUES {
        let place = Place::start(venue);
        // Longer than one answer of most venues; as long as Kraken remembers.
        let to_ms = now_ms() / MINUTE_MS * MINUTE_MS - 5 * MINUTE_MS;
        let from_ms = to_ms - 600 * MINUTE_MS;
        for of in place.one_of_each_kind() {
            let words = format!("--kind candles --from {} --to {} --out btc.csv --json", at(from_ms), at(to_ms));
            let told = place.call(of, &words).run().json();
            assert_eq!((&told["rows"], &told["fetched"]), (&600.into(), &600.into()), "{told}");
            assert_eq!((&told["gaps"], &told["interval"]), (&0.into(), &"1m".into()), "{told}");
            assert_eq!(plain_lines(&place.text("btc.csv")), candles_of(of, from_ms, to_ms), "{}", of.instrument.symbol);
            assert!(!place.is_there("btc.csv.part"));
            std::fs::remove_file(place.scratch.path().join("btc.csv")).expect("there");
        }
    }
}

fn trade_line(of: &Listing, id: u64) -> String {
    let grid = of.instrument.grid;
    let PastTrade { at_ms, px, qty, is_bought, .. } = PastTrade::of(of, id);
    let (side, px, qty) = (if is_bought { "buy" } else { "sell" }, grid.price_text(px), grid.qty_text(qty));
    plain(&format!("{at_ms}000000,{id},{side},{px},{qty}"))
}

/// One each quarter of a second, both ends included.
fn trades_of(of: &Listing, from_ms: u64, to_ms: u64) -> String {
    let lines = (from_ms.div_ceil(250)..=to_ms / 250).map(|id| trade_line(of, id) + "\n");
    "ts_ns,id,side,price,qty\n".to_owned() + &lines.collect::<String>()
}

#[test]
fn the_trades_of_every_venue_that_turns_pages_come_whole_and_as_they_were() {
    for venue in VENUES.into_iter().filter(|venue| !NEWEST_ONLY.contains(venue)) {
        let place = Place::start(venue);
        // Two pages of a thousand and twenty of a hundred; its end is left out.
        let to_ms = now_ms() / MINUTE_MS * MINUTE_MS - 5 * MINUTE_MS;
        let from_ms = to_ms - 8 * MINUTE_MS;
        for of in place.one_of_each_kind() {
            let words = format!("--kind trades --from {} --to {} --out trades.csv --json", at(from_ms), at(to_ms));
            let told = place.call(of, &words).run().json();
            assert_eq!((&told["rows"], &told["gaps"]), (&(8 * 240).into(), &0.into()), "{told}");
            let (text, expected) = (plain_lines(&place.text("trades.csv")), trades_of(of, from_ms, to_ms - 1));
            assert!(text == expected, "{}: {text:.300} instead of {expected:.300}", of.instrument.symbol);
            std::fs::remove_file(place.scratch.path().join("trades.csv")).expect("there");
        }
    }
}

#[test]
fn trades_that_were_interrupted_go_on_where_they_were() {
    // From the oldest, and from the newest window by window.
    for venue in [VenueId::BinanceUsdm, VenueId::Okx] {
        let place = Place::start(venue);
        let of = &place.listings[0];
        let from_ms = now_ms() / MINUTE_MS * MINUTE_MS - 24 * 60 * MINUTE_MS;
        let words = format!("--kind trades --from {} --out trades.csv --json", at(from_ms));
        let going = place.call(of, &words).start();
        let part = || std::fs::read_to_string(place.scratch.path().join("trades.csv.part")).unwrap_or_default();
        let started = Instant::now();
        while part().lines().count() < 200 {
            assert!(started.elapsed() < Duration::from_secs(120), "nothing comes");
            std::thread::sleep(Duration::from_millis(10));
        }
        going.terminate();
        going.end().refused(130, &["rows are in trades.csv.part: the same call goes on behind them"]);
        let rows = part().lines().count() as u64 - 1;
        assert!(
            !place.is_there("trades.csv") && plain_lines(&part()) == trades_of(of, from_ms, from_ms + (rows - 1) * 250)
        );
        // What was cut is gone on with behind its last whole row: half a row is no row.
        place.scratch.file("trades.csv.part", part() + "1790");
        let minutes = rows / 240 + 2;
        let words = words.replace("--json", &format!("--to {} --json", at(from_ms + minutes * MINUTE_MS)));
        let told = place.call(of, &words).run().json();
        assert_eq!((&told["rows"], &told["gaps"]), (&(minutes * 240).into(), &0.into()), "{told}");
        assert_eq!(told["fetched"], minutes * 240 - rows, "{told}");
        let whole = plain_lines(&place.text("trades.csv"));
        assert!(whole == trades_of(of, from_ms, from_ms + minutes * MINUTE_MS - 1), "none twice, none lost");
    }
}

#[test]
fn trades_that_a_venue_does_not_keep_are_named() {
    // Kraken Futures has nothing that is older than a week; Binance's contracts refuse what is older than a year.
    for (venue, days, before) in [(VenueId::KrakenFutures, 7, 180), (VenueId::BinanceUsdm, 365, 2)] {
        let place = Place::start(venue);
        let of = &place.listings[0];
        let kept_ms = now_ms() / MINUTE_MS * MINUTE_MS - days * 1_440 * MINUTE_MS;
        let (from_ms, to_ms) = (kept_ms - before * MINUTE_MS, kept_ms + 3 * MINUTE_MS);
        let words = format!("--kind trades --from {} --to {} --out trades.csv --json", at(from_ms), at(to_ms));
        let told = place.call(of, &words).run().json();
        let (text, gap) = (place.text("trades.csv"), &told["gaps_told"][0]);
        let first = text.lines().nth(1).and_then(|line| line.split(',').next()?.parse::<u64>().ok()).expect("a trade");
        assert_eq!((&told["gaps"], &gap["from_ns"]), (&1.into(), &told["from_ns"]), "{told}");
        assert!(gap["to_ns"].as_u64().expect("a time") <= first && first >= kept_ms * 1_000_000, "{told}");
        assert!(plain_lines(&text) == trades_of(of, first / 1_000_000, to_ms - 1), "all that it has");
    }
}

#[test]
fn the_newest_trades_come_where_there_are_no_others_and_what_was_before_is_named() {
    for venue in NEWEST_ONLY {
        let place = Place::start(venue);
        for of in place.one_of_each_kind() {
            let from = at(now_ms() - 86_400_000);
            let words = format!("--kind trades --from {from} --out trades.csv --json");
            let told = place.call(of, &words).run().json();
            let text = place.text("trades.csv");
            let mut lines = text.lines();
            assert_eq!(lines.next(), Some("ts_ns,id,side,price,qty"));
            let first: Vec<&str> = lines.clone().next().expect("a trade").split(',').collect();
            let first_ns: u64 = first[0].parse().expect("a time");
            let first_id = first_ns / 250_000_000;
            for (id, line) in (first_id..).zip(lines) {
                let expected = trade_line(of, id);
                // Of Bybit's contracts trades have no numbers.
                let expected = if line.contains(",,") { expected.replace(&format!(",{id},"), ",,") } else { expected };
                assert_eq!(plain(line), expected, "{}", of.instrument.symbol);
            }
            assert_eq!(told["gaps"], 1, "the day before: {told}");
            assert_eq!(told["gaps_told"][0]["to_ns"], first_ns, "{told}");
            // Once more: only what was traded since.
            let again = place.call(of, &words).run().json();
            let after = place.text("trades.csv");
            assert!(after.starts_with(&text), "what was there is there");
            assert_eq!(after.lines().count() as u64, again["rows"].as_u64().expect("a count") + 1, "{again}");
            let mut times: Vec<&str> = after.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
            times.dedup();
            assert_eq!(times.len() + 1, after.lines().count(), "none twice");
            std::fs::remove_file(place.scratch.path().join("trades.csv")).expect("there");
        }
    }
}

#[test]
fn a_file_is_gone_on_with_and_never_spoilt() {
    let place = Place::start(VenueId::BinanceUsdm);
    let [of, other] = [&place.listings[0], &place.listings[1]];
    let to_ms = now_ms() / MINUTE_MS * MINUTE_MS - 5 * MINUTE_MS;
    let from_ms = to_ms - 100 * MINUTE_MS;
    let words = |to_ms| format!("--kind candles --from {} --to {} --out btc.csv --json", at(from_ms), at(to_ms));
    let half = place.call(of, &words(to_ms - 50 * MINUTE_MS)).run().json();
    assert_eq!(half["rows"], 50);

    // Of another instrument, or not what it should be: refused, and left as it is.
    let before = place.text("btc.csv");
    place.call(other, &words(to_ms)).run().refused(1, &["btc.csv"]);
    assert_eq!(place.text("btc.csv"), before);
    let part = place.scratch.path().join("btc.csv.part");
    let _ = std::fs::remove_file(&part);
    for (wrong, said) in [
        (before.replacen("ts_ms", "time", 1), "btc.csv.part:1: found `time,open"),
        (before.replacen('\n', "\nx", 2), "btc.csv.part:2: found `x"),
        (before.clone() + "1,2,3\n", "btc.csv.part:52: found `1,2,3`"),
        (before.clone() + before.lines().last().expect("a row") + "\n", "later than the one before"),
        (String::new(), "btc.csv.part:1: found ``"),
    ] {
        place.scratch.file("btc.csv", &wrong);
        place.call(of, &words(to_ms)).run().refused(1, &[said]);
        assert_eq!(place.text("btc.csv"), wrong, "it is as it was");
        std::fs::remove_file(&part).expect("the copy");
    }
    place.scratch.file("btc.csv", &before);

    // Half a row is what a machine that died leaves behind.
    place.scratch.file("btc.csv.part", before.clone() + "179");
    let whole = place.call(of, &words(to_ms)).run().json();
    assert_eq!((&whole["rows"], &whole["fetched"], &whole["gaps"]), (&100.into(), &50.into(), &0.into()), "{whole}");
    assert_eq!(plain_lines(&place.text("btc.csv")), candles_of(of, from_ms, to_ms));
    let nothing = place.call(of, &words(to_ms)).run().json();
    assert_eq!((&nothing["rows"], &nothing["fetched"]), (&100.into(), &0.into()), "{nothing}");
}

#[test]
fn what_a_venue_does_not_have_is_named() {
    // Kraken has the last 720 candles, whatever is asked for; it is asked once, and not a hundred times in vain.
    let place = Place::start(VenueId::Kraken);
    let of = &place.listings[0];
    let to_ms = now_ms() / MINUTE_MS * MINUTE_MS;
    let from = at(to_ms - 30 * 1_440 * MINUTE_MS);
    let started = Instant::now();
    let told = place.call(of, &format!("--kind candles --from {from} --out btc.csv --json")).run().json();
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
    assert!((718..=720).contains(&told["rows"].as_u64().expect("a count")), "{told}");
    let gap = &told["gaps_told"][0];
    assert_eq!((&told["gaps"], &gap["from_ns"]), (&1.into(), &told["from_ns"]), "{told}");
    let first: u64 =
        place.text("btc.csv").lines().nth(1).and_then(|line| line.split(',').next()?.parse().ok()).expect("a time");
    assert_eq!(gap["to_ns"], first * 1_000_000);

    // A hole in the middle of a file.
    let text = place.text("btc.csv");
    let lines: Vec<&str> = text.lines().collect();
    let holed: Vec<&str> =
        lines.iter().enumerate().filter(|(at, _)| !(100..103).contains(at)).map(|(_, l)| *l).collect();
    place.scratch.file("btc.csv", holed.join("\n") + "\n");
    let told = place.call(of, &format!("--kind candles --from {from} --out btc.csv")).run();
    assert_eq!(told.code, Some(0), "{told}");
    assert_eq!(told.stdout.matches("missing from").count(), 2, "{told}");
}

#[test]
fn what_was_interrupted_goes_on_where_it_was() {
    // OKX gives a hundred candles at a time: of a fortnight nobody gets all before he is told to stop.
    let place = Place::start(VenueId::Okx);
    let of = &place.listings[0];
    let to_ms = now_ms() / MINUTE_MS * MINUTE_MS;
    let from_ms = to_ms - 14 * 1_440 * MINUTE_MS;
    let words = format!("--kind candles --from {} --out btc.csv --json", at(from_ms));
    let going = place.call(of, &words).start();
    let part = || std::fs::read_to_string(place.scratch.path().join("btc.csv.part")).unwrap_or_default();
    let started = Instant::now();
    while part().lines().count() < 200 {
        assert!(started.elapsed() < Duration::from_secs(120), "nothing comes");
        std::thread::sleep(Duration::from_millis(10));
    }
    // Two that write one file would mix their rows.
    place.call(of, &words).run().refused(3, &["btc.csv.part", "another back-fill writes it"]);
    going.terminate();
    let ran = going.end();
    ran.refused(130, &["rows are in btc.csv.part: the same call goes on behind them"]);
    assert!(!place.is_there("btc.csv"));
    let rows = part().lines().count() as u64 - 1;
    assert!(part().ends_with('\n') && plain_lines(&part()) == candles_of(of, from_ms, from_ms + rows * MINUTE_MS));
    let words = words.replace("--json", &format!("--to {} --json", at(from_ms + (rows + 10) * MINUTE_MS)));
    let told = place.call(of, &words).run().json();
    assert_eq!((&told["fetched"], &told["gaps"]), (&10.into(), &0.into()), "{told}");
    assert_eq!(plain_lines(&place.text("btc.csv")), candles_of(of, from_ms, from_ms + (rows + 10) * MINUTE_MS));
}

#[test]
fn a_wrong_call_says_what_is_right() {
    let place = Place::start(VenueId::Coinbase);
    let of = &place.listings[0];
    let call = |words: &str| place.call(of, words).run();
    let span = "--from 2026-01-01 --to 2026-01-02 --out x.csv";
    call(&format!("--kind candles --interval 4h {span}"))
        .refused(2, &["--interval", "found 4h", "1m, 5m, 15m, 1h, 1d"]);
    call(&format!("--kind candles --interval 7m {span}")).refused(2, &["7m", "1m, 5m, 15m, 1h, 4h, 1d"]);
    call(&format!("--kind trades --interval 1m {span}")).refused(2, &["--interval", "--kind trades"]);
    call("--kind candles --from 2026-01-02 --to 2026-01-01 --out x.csv").refused(2, &["--from, --to", "2026-01-02"]);
    call("--kind candles --from 2099-01-01 --out x.csv").refused(2, &["--from, --to", "of the past"]);
    call("--kind candles --from yesterday --out x.csv").refused(2, &["yesterday", "2026-01-31"]);
    call("--kind candles --from 2026-01-01 --out x.csv.zst").refused(2, &["--out", ".zst"]);
    let other = |venue: &str, symbol: &str| {
        let words = ["data", "backfill", "--config", "settings.toml", "--venue", venue, "--symbol", symbol];
        let call = ringside(words).within(place.scratch.path());
        span.split_whitespace().fold(call.arg("--kind").arg("candles"), |call, word| call.arg(word)).run()
    };
    other("coinbsae", "BTC-USD").refused(2, &["--venue", "`coinbsae`", "did you mean `coinbase`"]);
    other("coinbase", "BTC-UDS").refused(2, &["--symbol", "BTC-UDS", "did you mean"]);
    assert!(!place.is_there("x.csv") && !place.is_there("x.csv.part"));
}
