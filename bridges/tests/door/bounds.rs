//! Who gets in, how many, and for how long.

use crate::client::{PATIENCE, Stream, connect, exchange, get, get_until, get_with};
use crate::rig::Rig;
use bridges::{Bound, Bounds, BridgeError};
use serde_json::json;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Reads until the other side ends, and says how long that took.
fn until_closed(mut stream: TcpStream) -> Duration {
    let start = Instant::now();
    // A reset is an end too.
    let _ = stream.read_to_end(&mut Vec::new());
    start.elapsed()
}

#[test]
fn an_address_that_others_can_reach_is_refused() {
    for address in ["0.0.0.0:0", "192.168.0.1:8420", "[::]:0", "8.8.8.8:80"] {
        let address: SocketAddr = address.parse().expect("an address");
        let refused = Bound::bind(address, Bounds::default()).err().expect("refused");
        assert!(matches!(refused, BridgeError::NotLoopback { address: found } if found == address), "{refused}");
        assert!(refused.to_string().contains("127.0.0.1"), "{refused}");
    }
}

#[test]
fn a_taken_port_is_named_with_what_to_do() {
    let rig = Rig::new();
    let refused = Bound::bind(rig.address, Bounds::default()).err().expect("refused");
    assert!(matches!(refused, BridgeError::AddressTaken { .. }), "{refused:?}");
    let message = refused.to_string();
    assert!(message.contains(&rig.address.to_string()) && message.contains("another port"), "{message}");
}

#[test]
fn a_rebound_name_and_a_foreign_page_are_turned_away() {
    let rig = Rig::new();
    for host in ["evil.example", "evil.example:8420", "127.0.0.1.evil.example"] {
        let answer =
            exchange(rig.address, &format!("GET /health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"));
        assert_eq!((answer.status, &answer.error()["code"]), (403, &json!("host_not_allowed")), "{host}");
    }
    let no_host = exchange(rig.address, "GET /health HTTP/1.0\r\n\r\n");
    assert_eq!(no_host.status, 403);
    for path in ["/health", "/ws/portfolio"] {
        let answer = get_with(rig.address, path, "Origin: http://evil.example\r\n");
        assert_eq!((answer.status, &answer.error()["code"]), (403, &json!("origin_not_allowed")), "{path}");
    }
    let own = get_with(rig.address, "/health", &format!("Origin: http://{}\r\n", rig.address));
    assert_eq!(own.status, 200);
}

#[test]
fn nothing_can_be_written() {
    let rig = Rig::new();
    let host = format!("Host: {}\r\nConnection: close\r\n", rig.address);
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
        let answer = exchange(rig.address, &format!("{method} /api/v1/risk/limits HTTP/1.1\r\n{host}\r\n"));
        assert_eq!((answer.status, &answer.error()["code"]), (405, &json!("method_not_allowed")), "{method}");
    }
    let with_body = |method: &str, path: &str| {
        let answer = exchange(rig.address, &format!("{method} {path} HTTP/1.1\r\n{host}Content-Length: 2\r\n\r\n{{}}"));
        (answer.status, answer.error()["code"].clone())
    };
    for method in ["GET", "DELETE"] {
        assert_eq!(with_body(method, "/health"), (413, json!("body_not_allowed")), "{method}");
    }
    // A body makes no answer of a method that there is none of.
    for method in ["TRACE", "OPTIONS", "PATCH"] {
        assert_eq!(with_body(method, "/health"), (405, json!("method_not_allowed")), "{method}");
    }
}

#[test]
fn a_head_without_end_is_refused() {
    let rig = Rig::new();
    let long = format!("GET / HTTP/1.1\r\nHost: {}\r\nX: {}\r\n\r\n", rig.address, "x".repeat(40_000));
    let mut stream = connect(rig.address);
    let _ = stream.write_all(long.as_bytes());
    let mut start = [0; 64];
    // The refusal, or a reset when the rest of the head was still on its way.
    let read = stream.read(&mut start).unwrap_or(0);
    let text = String::from_utf8_lossy(&start[..read]).into_owned();
    assert!(read == 0 || text.starts_with("HTTP/1.1 431"), "{text}");
    assert_eq!(get(rig.address, "/health").status, 200, "and the door goes on");
}

#[test]
fn silent_connections_are_closed_and_nobody_waits_for_them() {
    let head_timeout = Duration::from_secs(2);
    let rig = Rig::with(Bounds { head_timeout, ..Bounds::default() });
    let silent = connect(rig.address);
    let mut half = connect(rig.address);
    half.write_all(b"GET /health HTTP/1.1\r\nHost: 127").expect("sent");
    let start = Instant::now();
    assert_eq!(get(rig.address, "/health").status, 200);
    assert!(start.elapsed() < head_timeout, "answered at once");
    assert!(until_closed(silent) < head_timeout * 2);
    assert!(until_closed(half) < head_timeout * 2);
}

#[test]
fn a_connection_too_many_is_closed_and_places_come_back() {
    let rig = Rig::with(Bounds { connections_max: 2, ..Bounds::default() });
    let (first, second) = (connect(rig.address), connect(rig.address));
    std::thread::sleep(Duration::from_millis(50));
    assert!(until_closed(connect(rig.address)) < PATIENCE / 2, "the third finds no place");
    drop((first, second));
    let start = Instant::now();
    let request = format!("GET /health HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", rig.address);
    loop {
        let mut stream = connect(rig.address);
        let _ = stream.write_all(request.as_bytes());
        let mut text = String::new();
        if stream.read_to_string(&mut text).is_ok() && text.starts_with("HTTP/1.1 200") {
            break;
        }
        assert!(start.elapsed() < PATIENCE, "no place came back");
    }
}

#[test]
fn a_stream_too_many_is_told_so_and_places_come_back() {
    let rig = Rig::with(Bounds { sockets_max: 1, ..Bounds::default() });
    let mut first = Stream::open(rig.address, "/ws/portfolio");
    first.next_of("snapshot");
    let refused = Stream::try_open(rig.address, "/ws/portfolio").err().expect("no place");
    assert!(refused.contains("503"), "{refused}");
    drop(first);
    get_until(rig.address, "/api/v1/engine", |a| a.json()["door"]["clients"] == 0);
    Stream::open(rig.address, "/ws/portfolio").next_of("snapshot");
}

#[test]
fn a_stream_path_without_an_upgrade_says_what_it_speaks() {
    let rig = Rig::new();
    let answer = get(rig.address, "/ws/portfolio");
    assert_eq!((answer.status, &answer.error()["code"]), (426, &json!("upgrade_required")));
}

#[test]
fn a_stop_says_goodbye_ends_in_time_and_frees_the_port() {
    let rig = Rig::new();
    let mut stream = Stream::open(rig.address, "/ws/portfolio");
    stream.next_of("snapshot");
    let idle = connect(rig.address);
    let start = Instant::now();
    rig.bridge.stop();
    assert_eq!(stream.close_code(), Some(1001), "going away");
    rig.bridge.join().expect("no panic");
    assert!(start.elapsed() < PATIENCE / 2, "took {:?}", start.elapsed());
    until_closed(idle);
    assert!(TcpStream::connect(rig.address).is_err(), "nobody listens");
    assert!(Bound::bind(rig.address, Bounds::default()).is_ok(), "the address is free at once");
}

#[test]
fn one_connection_carries_many_requests_until_it_is_old() {
    let age = Duration::from_secs(1);
    let rig = Rig::with(Bounds { connection_age_max: age, ..Bounds::default() });
    let mut stream = connect(rig.address);
    let request = format!("HEAD /health HTTP/1.1\r\nHost: {}\r\n\r\n", rig.address);
    let start = Instant::now();
    let mut answered = 0;
    loop {
        let mut head = [0; 4_096];
        if stream.write_all(request.as_bytes()).is_err() {
            break;
        }
        match stream.read(&mut head) {
            Ok(read) if read > 0 => assert!(head.starts_with(b"HTTP/1.1 200"), "answer {answered}"),
            _ => break,
        }
        answered += 1;
        std::thread::sleep(Duration::from_millis(10));
        assert!(start.elapsed() < PATIENCE, "never closed");
    }
    assert!(answered > 5, "{answered} answers");
    assert!(start.elapsed() >= age, "closed after {:?}", start.elapsed());
}
