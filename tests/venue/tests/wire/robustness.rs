//! Clients that vanish, never read or talk nonsense cost the others nothing; stopping is quick.

use crate::client::{Client, get_json, start, start_with};
use engine_model::venue::VenueId;
use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};
use tests_venue::{Config, Fault, SimulatedVenue};

const ALL: &str = "/stream?streams=btcusdt@bookTicker/btcusdt@trade/btcusdt@aggTrade/btcusdt@depth@100ms/ethusdt@bookTicker/solusdt@bookTicker";

fn wait_for(venue: &SimulatedVenue, what: impl Fn(&SimulatedVenue) -> bool) -> bool {
    let until = Instant::now() + Duration::from_secs(20);
    while Instant::now() < until {
        if what(venue) {
            return true;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    false
}

#[test]
fn a_client_that_never_reads_is_cut_and_the_others_never_notice() {
    let venue =
        start_with(Config { speed_percent: 500, out_bytes_max: 256 * 1024, ..Config::new(VenueId::BinanceSpot, 1) });
    let _lazy = Client::open(&venue, ALL);
    let mut busy = Client::open(&venue, ALL);
    let mut heard = 0;
    while venue.figures().slow == 0 {
        busy.next();
        heard += 1;
        assert!(heard < 500_000, "never cut");
    }
    // The kernel's buffers and ours held several megabytes for the lazy one meanwhile.
    assert!(heard > 1_000, "the reader heard only {heard} frames");
    busy.next();
    assert_eq!(venue.figures().slow, 1);
}

#[test]
fn vanished_clients_are_forgotten() {
    let venue = start(VenueId::BinanceSpot);
    for _ in 0..30 {
        drop(Client::open(&venue, ALL));
        drop(TcpStream::connect(venue.address()).expect("a connection"));
    }
    assert!(wait_for(&venue, |v| v.figures().open == 0), "{:?}", venue.figures());
    get_json(&venue, "/api/v3/time");
}

#[test]
fn nonsense_is_refused_and_survived() {
    let venue = start(VenueId::BinanceSpot);
    let long = vec![b'a'; 100_000];
    let lines: [&[u8]; 6] = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\r\n\r\n\r\n\r\n",
        b"POST /api/v3/depth?symbol=BTCUSDT HTTP/1.1\r\n\r\n",
        b"GET /nowhere HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n",
        b"GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        &long,
    ];
    for line in lines {
        let mut stream = TcpStream::connect(venue.address()).expect("a connection");
        let _ = stream.write_all(line);
    }
    let mut client = Client::open(&venue, "/ws");
    for text in ["", "nonsense", "[[[[[[[[", "{\"method\":\"SUBSCRIBE\",\"params\":{}}"] {
        client.say(text);
        assert!(client.next().starts_with("{\"error\""), "{text}");
    }
    assert!(wait_for(&venue, |v| v.figures().open <= 1), "{:?}", venue.figures());
    get_json(&venue, "/api/v3/time");
}

#[test]
fn who_says_too_much_in_a_second_is_closed() {
    let venue = start(VenueId::BinanceSpot);
    let mut client = Client::open(&venue, "/ws");
    for _ in 0..30 {
        client.say("{\"method\":\"LIST_SUBSCRIPTIONS\",\"id\":1}");
    }
    let until = Instant::now() + Duration::from_secs(5);
    while client.hear(Duration::from_millis(100)).is_ok() {
        assert!(Instant::now() < until, "still open");
    }
}

#[test]
fn connections_have_a_bound() {
    let venue = start(VenueId::BinanceSpot);
    let held: Vec<_> = (0..100).map(|_| TcpStream::connect(venue.address()).expect("a connection")).collect();
    assert!(wait_for(&venue, |v| v.figures().open == 64), "{:?}", venue.figures());
    drop(held);
    assert!(wait_for(&venue, |v| v.figures().open == 0));
    get_json(&venue, "/api/v3/time");
}

#[test]
fn stopping_waits_neither_for_clients_nor_for_a_stall() {
    for stalled in [false, true] {
        let venue = start(VenueId::BinanceUsdm);
        let _client = Client::open(&venue, "/public/stream?streams=btcusdt@bookTicker");
        if stalled {
            venue.inject(Fault::Stall(Duration::from_secs(60)));
            std::thread::sleep(Duration::from_millis(50));
        }
        let asked = Instant::now();
        venue.stop();
        assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    }
}

#[test]
fn a_port_that_is_taken_is_an_error_not_a_panic() {
    let venue = start(VenueId::BinanceSpot);
    let second = SimulatedVenue::start(Config { bind: venue.address(), ..Config::new(VenueId::BinanceSpot, 1) });
    assert!(second.is_err_and(|e| e.kind() == std::io::ErrorKind::AddrInUse));
}
