//! Frames of a canned engine, word by word; and an engine that is not there.

use super::*;
use crate::http::Place;
use ratatui::backend::TestBackend;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};

const CANNED: &str = include_str!("canned.json");
const CANNED_VENUES: &str = include_str!("canned_venues.json");

fn place() -> Place {
    Place::default()
}

fn canned() -> Engine {
    serde_json::from_str(CANNED).expect("a canned answer")
}

/// The live frame as text.
fn drawn(columns: u16, rows: u16, change: impl FnOnce(&mut view::Screen<'_>)) -> String {
    let (engine, place) = (canned(), place());
    let mut screen = view::Screen {
        engine: &engine,
        place: &place,
        is_paused: false,
        is_help: false,
        fault: None,
        panel: view::Panel::All,
        from_row: 0,
        from_column: 0,
    };
    change(&mut screen);
    let mut terminal = ratatui::Terminal::new(TestBackend::new(columns, rows)).expect("a backend of memory");
    terminal.draw(|frame| view::draw(frame, &screen)).expect("drawn");
    let cells = terminal.backend().buffer().content();
    let line = |cells: &[ratatui::buffer::Cell]| cells.iter().map(|cell| cell.symbol()).collect::<String>();
    cells.chunks(usize::from(columns)).map(|cells| line(cells).trim_end().to_owned() + "\n").collect()
}

/// Answers one request of that route with these bytes, on a port of its own.
fn serving(route: &'static str, answer: String) -> Caller {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a caller");
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut part = [0; 1024];
            let length = stream.read(&mut part).expect("a request");
            assert!(length > 0, "the caller went away in the middle of its request");
            request.extend_from_slice(&part[..length]);
        }
        assert!(request.starts_with(format!("GET {route} HTTP/1.0\r\n").as_bytes()));
        stream.write_all(answer.as_bytes()).expect("answered");
    });
    at(address)
}

/// Somebody without a key.
fn at(address: SocketAddr) -> Caller {
    Caller::new(&args::Door { url: Some(address.to_string()), ..args::Door::default() }).expect("no key is none")
}

/// Compares with the golden text, or writes it when `UPDATE_GOLDEN` is set.
#[track_caller]
fn check_golden(name: &str, text: &str) {
    let path = format!("{}/src/command/monitor/golden/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, text).expect("written");
    }
    let expected = std::fs::read_to_string(&path).expect("a golden text; UPDATE_GOLDEN=1 writes it");
    assert_eq!(text, expected, "{name}: `cargo xtask golden` writes it anew");
}

#[test]
fn a_plain_frame_shows_everything() {
    check_golden("plain", &view::plain(&canned(), &place(), view::COLUMNS));
}

/// A row each below all else, with the streams that say nothing or are refused; an engine that does not tell has none.
#[test]
fn each_instrument_of_each_venue_has_a_row() {
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{CANNED_VENUES}", CANNED_VENUES.len());
    let engine = with_instruments(&serving(VENUES_ROUTE, answer), canned());
    let frame = view::plain(&engine, &place(), view::COLUMNS);
    let (above, instruments) = frame.split_once(" Instruments ").expect("a section");
    assert!(above.contains(" Positions "), "{frame}");
    check_golden("instruments", instruments);
    let refused = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";
    let engine = with_instruments(&serving(VENUES_ROUTE, refused.into()), canned());
    assert_eq!(engine.venues.len(), 2);
    assert!(!view::plain(&engine, &place(), view::COLUMNS).contains(" Instruments "));
}

/// An engine that also tells of orders, limits and alerts.
fn trading() -> Engine {
    let orders = r#"{"open": [{"client_order_id": "R3-1-7", "symbol": "BTCUSDT", "venue": "bybit", "side": "SELL",
        "status": "ACCEPTED", "px": "61000.5", "qty": "0.200", "filled_qty": "0.050", "changed_at_ns": 0,
        "terms": {"type": "STOP_LIMIT", "trigger_px": "61010.0"}}], "total": 3}"#;
    let limits = r#"{"limits": [{"name": "leverage_max_pct", "limit": 300, "used": 12, "used_ratio": 0.04, "state": "OK"},
        {"name": "order_notional_max_usd", "limit": "10000.00", "used": null, "used_ratio": null},
        {"name": "position_notional_max_usd", "limit": "50000.00", "used": "49000.00", "used_ratio": 0.98, "state": "NEAR",
         "by": "BTCUSDT.bybit"}]}"#;
    let hits =
        r#"{"hits": [{"alert": 4, "at_ns": 0, "text": "price of BTC is 1"}, {"at_ns": 0, "text": "not well: okx"}]}"#;
    let limits: answer::Limits = serde_json::from_str(limits).expect("limits");
    Engine {
        orders: Some(serde_json::from_str(orders).expect("orders")),
        limits: limits.limits,
        hits: Some(serde_json::from_str(hits).expect("hits")),
        ..canned()
    }
}

#[test]
fn orders_limits_and_alerts_have_their_sections_and_each_its_panel() {
    let frame = view::plain(&trading(), &place(), view::COLUMNS);
    let (_, trading_sections) = frame.split_once(" Open orders ").expect("a section");
    check_golden("trading", trading_sections);
    let limits = frame.find("position_notional_max_usd").zip(frame.find("leverage_max_pct"));
    assert!(limits.is_some_and(|(near, far)| near < far), "the nearest limit first: {frame}");
    assert!(!frame.contains("order_notional_max_usd"), "whose use nobody knows has no gauge");
    let titles = [" Stages ", " Feeds ", " Positions ", " Open orders ", " Risk ", " Alerts "];
    for (place, panel) in view::Panel::ALL.into_iter().enumerate().skip(1) {
        let engine = trading();
        let shown = drawn(80, 24, |screen| (screen.engine, screen.panel) = (Box::leak(Box::new(engine)), panel));
        for (title, of) in titles.iter().zip(1..) {
            assert_eq!(shown.contains(title), of == place, "{title} in panel {place}: {shown}");
        }
        assert!(shown.starts_with(" ringside 0.1.0"), "the header stays");
    }
}

#[test]
fn the_live_frame_has_its_keys_and_its_help() {
    check_golden("live", &drawn(120, 40, |_| {}));
    check_golden("help", &drawn(120, 40, |screen| screen.is_help = true));
}

#[test]
fn a_small_terminal_shows_what_fits() {
    check_golden("small", &drawn(60, 14, |screen| screen.is_paused = true));
    let end = drawn(60, 14, |screen| (screen.from_row, screen.from_column) = (100, 200));
    assert!(end.contains("0.00001"), "the end can be reached: {end}");
    assert!(end.starts_with(" ringside 0.1.0"), "the header stays: {end}");
    for (columns, rows) in [(1, 1), (10, 3), (300, 100)] {
        assert!(!drawn(columns, rows, |screen| screen.is_help = true).is_empty());
    }
}

#[test]
fn a_lost_engine_is_told_over_the_last_picture() {
    let frame = drawn(120, 40, |screen| screen.fault = Some("Connection refused (os error 111)"));
    assert!(frame.lines().nth(1).is_some_and(|line| line.contains("NO ANSWER: Connection refused")), "{frame}");
    assert!(frame.contains("binance-spot"), "the last picture stays");
}

#[test]
fn an_answer_with_unknown_and_missing_fields_is_understood() {
    let engine: Engine = serde_json::from_str(r#"{"at_ns": 5, "brand_new": {"x": 1}, "stages": [{"name": "risk"}]}"#)
        .expect("understood");
    let frame = view::plain(&engine, &place(), view::COLUMNS);
    assert!(frame.contains("risk") && frame.contains("no order yet"), "{frame}");
    assert!(serde_json::from_str::<Engine>(r#"{"hello": "world"}"#).is_err(), "what has no time is no engine");
}

#[test]
fn an_engine_is_asked_over_a_socket() {
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{CANNED}", CANNED.len());
    let engine = serving(ROUTE, answer).one::<Engine>(ROUTE).expect("answered");
    assert_eq!(engine.stages.len(), 6);
}

#[test]
fn an_engine_that_is_not_there_ends_with_four_and_says_what_to_do() {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
    let exit = at(free).one::<Engine>(ROUTE).expect_err("nobody listens");
    assert_eq!(exit.code(), 4);
    assert!(exit.message().is_some_and(|text| text.contains("start one with `ringside demo`")));
    let exit = serving(ROUTE, "HTTP/1.1 200 OK\r\n\r\nhello".into()).one::<Engine>(ROUTE).expect_err("no engine");
    assert_eq!(exit.code(), 4);
}
